"""After a stampede everything is as it was before.

The short form; tests/proofs/test_stampede.py has more strategies, and the long one goes on for half a minute.
"""

import pytest

from tests.reliability import stampede

SECONDS = 3.0


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["threads"])
def test_stampede_leaves_the_server_as_it_was(strategy: str) -> None:
    assert not stampede.run(strategy, SECONDS).faults
