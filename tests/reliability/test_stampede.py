"""After a stampede all is as it was before. The short form; the long one lets it go on for half a minute."""

import pytest

from tests.reliability import stampede

SECONDS = 3.0


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["threads", "forks", "prefork_multiplexed"])
def test_stampede_leaves_the_server_as_it_was(strategy: str) -> None:
    assert not stampede.run(strategy, SECONDS).faults
