"""No pending reply is lost, whenever it comes: the short form. tests/proofs/test_erratic.py has all ways to serve."""

import pytest

from tests.reliability import erratic
from typedserver import TCP, Multiplexed, Threads


@pytest.mark.slow
@pytest.mark.parametrize("strategy", [Multiplexed(), Threads()], ids=["multiplexed", "threads"])
def test_each_message_has_its_reply_whenever_that_comes(strategy: Multiplexed | Threads) -> None:
    found = erratic.run(TCP(port=0), strategy, 3.0)
    assert not found.faults
    assert found.left
