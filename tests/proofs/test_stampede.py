"""After a stampede everything is as it was before, under threads, forked children and workers."""

import pytest

from tests.reliability import test_stampede


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["threads", "forks", "prefork_multiplexed"])
def test_stampede_leaves_the_server_as_it_was(strategy: str) -> None:
    test_stampede.test_stampede_leaves_the_server_as_it_was(strategy)
