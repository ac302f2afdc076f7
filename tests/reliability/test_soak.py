"""After a tenth of very many requests nothing grows.

The short form; tests/proofs/test_soak.py has more strategies, and the long one makes a million.
"""

import pytest

from tests.reliability import soak

REQUESTS = 20_000


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["multiplexed"])
def test_soak_leaves_nothing_behind(strategy: str) -> None:
    found = soak.run(strategy, REQUESTS)
    assert not found.faults
    assert found.answered >= REQUESTS
