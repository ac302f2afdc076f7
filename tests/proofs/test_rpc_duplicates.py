"""Ten thousand calls over a network that loses, repeats and reorders a third of what it carries: each runs once."""

from typing import Any

import pytest

from tests.rpc_counter import COUNT, Counter, accepted, call, number, served
from tests.rpc_relay import ask_until_answered, perturbing
from tests.running import running
from typedserver import UDP, Asyncio, ConcurrencyStrategy, Multiplexed, Server, Threads, rpc

CALLS = 10_000


@pytest.mark.parametrize("strategy", [Multiplexed(), Asyncio(), Threads()], ids=repr)
def test_each_of_ten_thousand_calls_is_run_once(strategy: ConcurrencyStrategy[Any]) -> None:
    counter = Counter()
    calls = {xid: call(COUNT, number(xid), xid=xid) for xid in range(CALLS)}
    with (
        running(Server(UDP(port=0), rpc.datagram_handler(served(counter)), strategy)) as run,
        perturbing(run.server.server_address, loss=0.3, seed=5) as address,
    ):
        replies = ask_until_answered(address, calls, at_once=16, patience=120)
    assert replies == {xid: accepted(0, number(1), xid=xid) for xid in calls}
    assert counter.counted == dict.fromkeys(calls, 1)
