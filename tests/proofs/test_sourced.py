"""No source loses a message while its consumers are killed and drained, and none repeats one that was done."""

from pathlib import Path

import pytest

from tests.reliability import test_sourced
from tests.reliability.sourced import Kind

CELLS: list[tuple[Kind, bool]] = [
    ("postgresql", False),
    ("postgresql", True),
    ("sqlite", False),
    ("sqlite", True),
    ("spool", False),
    ("redis", False),
]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "once"), test_sourced.marked(*CELLS))
def test_message_is_repeated_only_if_its_consumer_was_killed(kind: Kind, once: bool, tmp_path: Path) -> None:
    test_sourced.check(kind, once, 1000 if kind == "sqlite" and once else 5000, tmp_path)
