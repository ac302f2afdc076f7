"""No source loses a message while its consumers are killed and drained, and none repeats one that was done."""

from pathlib import Path

import pytest

from tests.reliability import test_sourced
from tests.reliability.sourced import Kind

# With how many messages; those whose handlers have a transaction each take the longest.
CELLS: dict[tuple[Kind, bool], int] = {
    ("postgresql", False): 5000,
    ("postgresql", True): 2000,
    ("sqlite", False): 5000,
    ("sqlite", True): 1000,
    ("spool", False): 5000,
    ("redis", False): 5000,
}


@pytest.mark.slow
# Seconds: a machine that does other work as well takes ten times as long as an idle one.
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("kind", "once"), test_sourced.marked(*CELLS))
def test_message_is_repeated_only_if_its_consumer_was_killed(kind: Kind, once: bool, tmp_path: Path) -> None:
    test_sourced.check(kind, once, CELLS[kind, once], tmp_path)
