"""Sessions whose replies may come in any order: each is sent when it is there. No socket."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from tests.test_messages_exchange import NO_REQUEST, NO_SERVER, Futures, now
from typedserver import Last, Lines, MessageExchange, RecipeError, Sessions


def begun(
    function: Callable[[bytes], Any], wake: Callable[[], object], *, in_order: bool = False, **options: Any
) -> MessageExchange:
    def session(_address: object, _server: object, /) -> Callable[[bytes], Any]:
        return function

    recipe = Sessions(Lines(), session, in_order=in_order, **options)
    exchange = recipe(NO_REQUEST, ("127.0.0.1", 1), NO_SERVER)
    assert exchange.start(wake) == b""
    return exchange


def _named(error: Exception) -> bytes:
    return type(error).__name__.encode()


def test_reply_overtakes_those_that_are_not_there() -> None:
    futures = Futures()
    exchange = begun(lambda each: b"now" if each == b"d" else futures(each), futures.wake)
    assert exchange.receive(b"a\nb\nc\nd\n") == b"now\n"
    futures.given[b"c"].set_result(b"C")
    futures.given[b"a"].set_result(b"A")
    assert futures.woken == 2
    assert exchange.proceed() == b"A\nC\n"
    assert not now(exchange).is_idle
    futures.given[b"b"].set_result(b"B")
    assert exchange.proceed() == b"B\n"
    assert now(exchange).is_idle


def test_messages_beyond_those_in_flight_wait_for_any_reply() -> None:
    futures = Futures()
    exchange = begun(futures, futures.wake, in_flight=2)
    assert exchange.receive(b"a\nb\nc\n") == b""
    assert list(futures.given) == [b"a", b"b"]
    assert not now(exchange).wants_data
    futures.given[b"b"].set_result(b"B")
    assert exchange.proceed() == b"B\n"
    assert list(futures.given) == [b"a", b"b", b"c"]


def test_end_of_the_peer_waits_for_all_replies() -> None:
    futures = Futures()
    exchange = begun(futures, futures.wake)
    exchange.receive(b"a\nb\n")
    exchange.receive(b"")
    futures.given[b"b"].set_result(b"B")
    assert exchange.proceed() == b"B\n"
    assert not now(exchange).is_over
    futures.given[b"a"].set_result(None)
    assert exchange.proceed() == b""
    assert now(exchange).is_over


def test_last_reply_ends_what_is_outstanding() -> None:
    futures = Futures()
    exchange = begun(futures, futures.wake)
    exchange.receive(b"a\nb\nc\n")
    futures.given[b"b"].set_result(Last(b"bye"))
    assert exchange.proceed() == b"bye\n"
    assert now(exchange).is_over
    assert now(exchange).error is None
    assert [futures.given[each].cancelled() for each in (b"a", b"c")] == [True, True]


def test_reply_that_takes_too_long_fails_alone_if_that_is_answered() -> None:
    futures = Futures()
    exchange = begun(futures, futures.wake, timeout=0.5, on_error=_named)
    exchange.receive(b"a\n")
    first = exchange.deadline
    time.sleep(0.01)
    exchange.receive(b"b\n")
    # Looking at what is not there does not change whose deadline comes first.
    futures.given[b"b"].set_result(b"B")
    exchange.receive(b"c\n")
    assert exchange.proceed() == b"B\n"
    assert first is not None
    assert exchange.deadline == first
    time.sleep(max(0.0, first - time.monotonic()))
    assert exchange.proceed().startswith(b"TimeoutError\n")
    assert futures.given[b"a"].cancelled()


def test_replies_that_are_much_are_sent_in_steps_and_none_is_forgotten() -> None:
    futures = Futures()
    exchange = begun(futures, futures.wake, in_flight=20)
    exchange.receive(b"".join(b"%d\n" % number for number in range(20)))
    for number in range(1, 20):
        futures.given[b"%d" % number].set_result(bytes(50_000).replace(b"\0", b"x"))
    woken, sent = futures.woken, len(exchange.proceed())
    assert 256 * 1024 <= sent < 19 * 50_001
    assert futures.woken > woken
    while more := exchange.proceed():
        sent += len(more)
    assert sent == 19 * 50_001
    futures.given[b"0"].set_result(b"last")
    assert exchange.proceed() == b"last\n"
    assert now(exchange).is_idle


def test_order_is_true_or_false() -> None:
    order: Any = 1
    with pytest.raises(RecipeError, match="in_order"):
        begun(bytes, lambda: None, in_order=order)


def test_future_that_is_there_at_once_is_sent_at_once() -> None:
    done: Future[bytes] = Future()
    done.set_result(b"done")
    assert begun(lambda _each: done, lambda: None).receive(b"a\n") == b"done\n"
