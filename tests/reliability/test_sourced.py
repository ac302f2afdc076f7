"""A source loses nothing while its consumers are killed and drained: the short form, on SQLite and on Redis.

tests/proofs/test_sourced.py has all sources; ``python -m tests.reliability --only sources`` has very many messages.
"""

import shutil
from pathlib import Path

import pytest

from tests import postgresql
from tests.reliability import sourced
from tests.reliability.sourced import Kind

NEEDED = {
    "postgresql": pytest.mark.skipif(postgresql.programs() is None, reason="PostgreSQL"),
    "redis": pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server"),
}


def marked(*cells: tuple[Kind, bool]) -> list[object]:
    """Return the parameters, each with what its source needs."""
    return [pytest.param(kind, once, marks=NEEDED.get(kind, ())) for kind, once in cells]


def check(kind: Kind, once: bool, messages: int, folder: Path) -> None:
    """Run a trial, which must have had its share of accidents."""
    with sourced.stock_of(kind, folder) as stock:
        found = sourced.run(stock, messages, once=once)
    assert not found.faults, "; ".join(found.faults)
    assert found.killed
    assert found.drained


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "once"), marked(("sqlite", False), ("redis", False)))
def test_message_is_repeated_only_if_its_consumer_was_killed(kind: Kind, once: bool, tmp_path: Path) -> None:
    check(kind, once, 500, tmp_path)
