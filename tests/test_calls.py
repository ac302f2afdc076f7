"""Calls in any loop: from another thread, repeatedly, and after growing pauses."""

import math
import time
from collections.abc import Generator
from itertools import pairwise

import pytest

from tests.reactors import REACTORS
from typedserver import Reactor, SelectorReactor
from typedserver.reactor.calls import Backoff, call_in_loop, every


@pytest.fixture(params=REACTORS)
def reactor(request: pytest.FixtureRequest) -> Generator[Reactor, None, None]:
    made = REACTORS[request.param]()
    yield made
    made.close()


def test_repeated_call_is_made_at_intervals_until_it_is_cancelled(reactor: Reactor) -> None:
    calls: list[float] = []

    def note() -> None:
        calls.append(time.monotonic())
        if len(calls) == 3:
            timer.cancel()

    begun = time.monotonic()
    timer = every(reactor, 0.02, note)
    reactor.call_later(0.2, reactor.stop)
    reactor.run_forever()
    assert len(calls) == 3, "its own third call has cancelled it"
    # The timers of asyncio and uvloop may be a clock's tick early.
    assert all(after - before > 0.018 for before, after in pairwise([begun, *calls]))


def test_repeated_call_cancelled_before_its_time_is_never_made(reactor: Reactor) -> None:
    calls: list[float] = []
    every(reactor, 0.01, lambda: calls.append(0.01)).cancel()
    reactor.call_later(0.05, reactor.stop)
    reactor.run_forever()
    assert not calls


def test_repeated_call_that_fails_is_made_again() -> None:
    reactor = SelectorReactor()
    calls: list[float] = []

    def fail() -> None:
        calls.append(time.monotonic())
        raise RuntimeError

    timer = every(reactor, 0.01, fail)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            reactor.run_forever()
    timer.cancel()
    reactor.close()
    assert len(calls) == 2


def test_call_in_a_closed_loop_is_ignored() -> None:
    for make in REACTORS.values():
        closed = make()
        closed.close()
        call_in_loop(closed, lambda: pytest.fail("a closed loop calls nothing"))


@pytest.mark.parametrize(
    ("last", "pauses"), [(5.0, [1.0, 2.0, 4.0, 5.0, 5.0]), (1.0, [1.0] * 3), (math.inf, [1.0, 2.0, 4.0, 8.0])]
)
def test_pauses_double_up_to_the_last_and_begin_again(last: float, pauses: list[float]) -> None:
    backoff = Backoff(1.0, last)
    for _ in range(2):
        assert [backoff.next() for _ in pauses] == pauses
        backoff.reset()
