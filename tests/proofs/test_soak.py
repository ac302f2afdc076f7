"""After a tenth of very many requests nothing grows, with a thread for each and with one thread for all."""

import pytest

from tests.reliability import test_soak


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["threads", "multiplexed"])
def test_soak_leaves_nothing_behind(strategy: str) -> None:
    test_soak.test_soak_leaves_nothing_behind(strategy)
