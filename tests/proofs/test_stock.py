"""10,000 messages with handlers that fail, a source that fails, drains and suspensions: the books are exact."""

import logging

import pytest

from tests.reliability import stock


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["threads", "pool", "multiplexed", "asyncio", "uvloop"])
def test_each_of_ten_thousand_messages_ends_once(strategy: str, caplog: pytest.LogCaptureFixture) -> None:
    # Each failure of a handler is logged.
    caplog.set_level(logging.CRITICAL, "typedserver")
    ledger = stock.run(strategy, 10_000)
    assert ledger.faults[:5] == []
    assert ledger.drains > 3
    assert ledger.released
