"""The exchange of one connection: replies in order, what is outstanding, failures, and how it ends. No socket."""

import gc
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, cast

import pytest
from typing_extensions import override

from typedserver import (
    Framed,
    FramingError,
    IncompleteMessage,
    Last,
    Lines,
    MessageExchange,
    RecipeError,
    Reply,
    Submitted,
)
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.messages import MeasurableExchange
from typedserver.protocols.requests import StreamRequest

NO_REQUEST = cast("StreamRequest", None)
NO_SERVER = cast("ServerContext", None)


def begun(recipe: Framed[Any, Any], wake: Callable[[], object] = lambda: None) -> MessageExchange:
    exchange = recipe(NO_REQUEST, ("127.0.0.1", 1), NO_SERVER)
    assert exchange.start(wake) == b""
    return exchange


def now(exchange: MessageExchange) -> MessageExchange:
    """Return the exchange: a checker takes what was asserted of one to hold until the end."""
    return exchange


def upper(message: bytes) -> bytes:
    return message.upper()


class Futures:
    """A function whose replies are given later, in any order; ``woken`` counts the wakes of its exchange."""

    def __init__(self) -> None:
        self.given: dict[bytes, Future[bytes | Last[bytes] | None]] = {}
        self.woken = 0

    def __call__(self, message: bytes) -> Future[bytes | Last[bytes] | None]:
        future: Future[bytes | Last[bytes] | None] = Future()
        self.given[message] = future
        return future

    def wake(self) -> None:
        self.woken += 1


def test_messages_are_answered_by_the_function() -> None:
    exchange = begun(Framed(Lines(), upper))
    assert exchange.receive(b"a\nb") == b"A\n"
    assert not now(exchange).is_idle
    assert exchange.receive(b"c\n") == b"BC\n"
    assert now(exchange).is_idle
    assert now(exchange).wants_data
    assert not now(exchange).awaits_wake
    assert exchange.receive(b"") == b""
    assert now(exchange).is_over
    assert now(exchange).error is None


def test_none_is_no_reply() -> None:
    assert begun(Framed(Lines(), lambda message: message or None)).receive(b"a\n\nb\n") == b"a\nb\n"


def test_greeting_comes_first() -> None:
    exchange = Framed(Lines(), upper, greeting=b"hello")(NO_REQUEST, "", NO_SERVER)
    assert exchange.start(lambda: None) == b"hello\n"


def test_greeting_that_cannot_be_sent_is_refused_at_once() -> None:
    with pytest.raises(RecipeError, match="greeting"):
        Framed(Lines(), upper, greeting=b"two\nlines")


def test_last_reply_ends_the_exchange_and_what_follows_is_dropped() -> None:
    exchange = begun(Framed(Lines(), lambda message: Last(b"bye") if message == b"quit" else message))
    assert exchange.receive(b"a\nquit\nb\nc") == b"a\nbye\n"
    assert now(exchange).is_over
    assert now(exchange).error is None
    assert not now(exchange).wants_data
    assert exchange.receive(b"more\n") == b""


def test_unfinished_message_at_the_end_is_dropped() -> None:
    seen: list[bytes] = []
    exchange = begun(Framed(Lines(), seen.append))
    assert exchange.receive(b"a\nrest") == b""
    assert exchange.receive(b"") == b""
    assert isinstance(now(exchange).error, IncompleteMessage)
    assert now(exchange).is_over
    assert seen == [b"a"]


def test_replies_before_a_message_beyond_the_limit_are_sent() -> None:
    exchange = begun(Framed(Lines(limit=4), upper))
    assert exchange.receive(b"a\nb\nlonger\n") == b"A\nB\n"
    assert isinstance(now(exchange).error, FramingError)
    assert now(exchange).is_over


# What is outstanding


def test_pending_replies_keep_the_order_of_their_messages() -> None:
    later = Futures()
    exchange = begun(Framed(Lines(), later), later.wake)
    assert exchange.receive(b"a\nb\nc\n") == b""
    assert now(exchange).awaits_wake
    assert not now(exchange).is_idle
    later.given[b"c"].set_result(b"C")
    later.given[b"b"].set_result(None)
    assert later.woken == 0, "there is nothing to do for these yet"
    assert exchange.proceed() == b""
    later.given[b"a"].set_result(b"A")
    assert later.woken == 1
    assert exchange.proceed() == b"A\nC\n"
    assert now(exchange).is_idle


def test_immediate_reply_waits_behind_a_pending_one() -> None:
    later = Futures()
    exchange = begun(Framed(Lines(), lambda message: later(message) if message == b"a" else message), later.wake)
    assert exchange.receive(b"0\na\nb\n") == b"0\n"
    assert exchange.receive(b"c\n") == b""
    later.given[b"a"].set_result(b"A")
    assert exchange.proceed() == b"A\nb\nc\n"


def test_reply_that_is_done_already_is_sent_at_once() -> None:
    def done(message: bytes) -> Future[bytes]:
        future: Future[bytes] = Future()
        future.set_result(message)
        return future

    assert begun(Framed(Lines(), done)).receive(b"a\nb\n") == b"a\nb\n"


def test_reading_pauses_while_as_many_replies_are_outstanding_as_may_be() -> None:
    later = Futures()
    exchange = begun(Framed(Lines(), later, in_flight=2), later.wake)
    exchange.receive(b"a\nb\nc\nd\n")
    assert list(later.given) == [b"a", b"b"]
    assert not now(exchange).wants_data
    later.given[b"a"].set_result(b"A")
    assert exchange.proceed() == b"A\n"
    assert list(later.given) == [b"a", b"b", b"c"]
    later.given[b"b"].set_result(b"B")
    later.given[b"c"].set_result(b"C")
    assert exchange.proceed() == b"B\nC\n"
    assert now(exchange).wants_data
    later.given[b"d"].set_result(b"D")
    assert exchange.proceed() == b"D\n"


def test_replies_are_still_sent_after_the_peer_has_ended_its_stream() -> None:
    later = Futures()
    exchange = begun(Framed(Lines(), later), later.wake)
    exchange.receive(b"a\nrest")
    exchange.receive(b"")
    assert not now(exchange).is_over
    later.given[b"a"].set_result(b"A")
    assert exchange.proceed() == b"A\n"
    assert now(exchange).is_over
    assert isinstance(now(exchange).error, IncompleteMessage)


def test_pending_reply_that_takes_too_long_is_cancelled() -> None:
    later = Futures()
    exchange = begun(Framed(Lines(), later, timeout=0.01, on_error=lambda error: type(error).__name__.encode()))
    exchange.receive(b"a\nb\n")
    later.given[b"b"].set_result(b"B")
    deadline = exchange.deadline
    assert deadline is not None
    while time.monotonic() < deadline:
        time.sleep(0.001)
    assert exchange.proceed() == b"TimeoutError\nB\n"
    assert later.given[b"a"].cancelled()
    assert exchange.deadline is None


def test_no_wake_is_lost_while_threads_give_the_replies() -> None:
    woken = threading.Event()
    with ThreadPoolExecutor(4) as executor:
        exchange = begun(Framed(Lines(), lambda message: executor.submit(bytes.upper, message), in_flight=8), woken.set)
        messages = b"".join(b"m%d\n" % number for number in range(2000))
        sent = exchange.receive(messages)
        while not now(exchange).is_idle:
            assert woken.wait(10), "a reply is there, and nobody was told"
            woken.clear()
            sent += exchange.proceed()
    assert sent == messages.upper()


def test_close_cancels_what_is_outstanding_and_wakes_nobody() -> None:
    later = Futures()
    exchange = begun(Framed(Lines(), later), later.wake)
    exchange.receive(b"a\nb\n")
    exchange.close()
    assert all(future.cancelled() for future in later.given.values())
    assert later.woken == 0
    assert now(exchange).is_over


def test_close_cancels_the_newest_first_so_that_none_of_them_begins_instead_of_another() -> None:
    begun_messages: list[bytes] = []

    class OneAtOnce(Executor):
        @override
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            begun_messages.append(args[0])
            return Future()

    exchange = begun(Framed(Lines(), Submitted(OneAtOnce(), upper, limit=1)))
    exchange.receive(b"a\nb\nc\n")
    exchange.close()
    assert begun_messages == [b"a"]


@pytest.mark.parametrize("sent", [b"a\n", b"a\na\n", b"a\na\nrest", b"pending\na\n", b"cancelled\n", b"two\n"])
def test_failure_that_was_answered_leaves_nothing_to_the_garbage_collector(sent: bytes) -> None:
    class Fails:
        def __call__(self, message: bytes) -> bytes | Future[bytes]:
            if message == b"two":
                return b"two\nlines"
            if message == b"a":
                raise ValueError(message)
            future: Future[bytes] = Future()
            if message == b"cancelled":
                future.cancel()
            return future

    function = Fails()
    gone = weakref.ref(function)
    exchange = begun(Framed(Lines(), function, on_error=lambda _error: b"no"))
    gc.collect()
    gc.disable()
    try:
        exchange.receive(sent)
        exchange.close()
        del function, exchange
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("ends", ["answered", "timed out", "closed"])
def test_pending_reply_is_freed_without_the_garbage_collector(ends: str) -> None:
    later = Futures()
    exchange = begun(Framed(Lines(), later, timeout=0.001, on_error=lambda _error: b""))
    gc.collect()
    gc.disable()
    try:
        exchange.receive(b"a\n")
        future = weakref.ref(later.given[b"a"])
        if ends == "answered":
            later.given[b"a"].set_result(b"A")
        elif ends == "timed out":
            time.sleep(0.005)
        later.given.clear()
        exchange.close() if ends == "closed" else exchange.proceed()
        assert future() is None
    finally:
        gc.enable()


def test_last_of_a_pending_reply_drops_those_behind_it() -> None:
    later = Futures()
    exchange = begun(Framed(Lines(), later), later.wake)
    exchange.receive(b"a\nb\n")
    later.given[b"a"].set_result(Last(b"A"))
    assert exchange.proceed() == b"A\n"
    assert now(exchange).is_over
    assert later.given[b"b"].cancelled()


def test_what_is_wrong_behind_the_last_reply_does_not_matter() -> None:
    later = Futures()
    exchange = begun(Framed(Lines(), later), later.wake)
    exchange.receive(b"a\nunfinished")
    exchange.receive(b"")
    assert isinstance(now(exchange).error, IncompleteMessage)
    later.given[b"a"].set_result(Last(b"A"))
    assert exchange.proceed() == b"A\n"
    assert now(exchange).error is None


# Failures


def failing(message: bytes) -> bytes:
    if message == b"b":
        raise KeyError(message)
    return message


def test_failure_ends_the_exchange_after_the_replies_before_it() -> None:
    exchange = begun(Framed(Lines(), failing))
    assert exchange.receive(b"a\nb\nc\n") == b"a\n"
    assert isinstance(now(exchange).error, KeyError)
    assert now(exchange).is_over


@pytest.mark.parametrize("ends", [b"b", b"quit"])
def test_nothing_behind_what_ends_the_exchange_is_taken_while_it_waits_for_its_turn(ends: bytes) -> None:
    later = Futures()
    called: list[bytes] = []

    def function(message: bytes) -> Reply[bytes]:
        called.append(message)
        return later(message) if message == b"a" else Last(b"bye") if message == b"quit" else failing(message)

    exchange = begun(Framed(Lines(), function), later.wake)
    assert exchange.receive(b"a\n%s\nc\nd" % ends) == b""
    assert called == [b"a", ends]
    assert not now(exchange).wants_data
    assert not now(exchange).is_over
    later.given[b"a"].set_result(b"A")
    assert exchange.proceed() == (b"A\nbye\n" if ends == b"quit" else b"A\n")
    assert now(exchange).is_over
    assert isinstance(now(exchange).error, type(None) if ends == b"quit" else KeyError)


def test_on_error_gives_the_reply_of_a_message_that_failed() -> None:
    exchange = begun(Framed(Lines(), failing, on_error=lambda error: repr(error).encode()))
    assert exchange.receive(b"a\nb\nc\n") == b"a\nKeyError(b'b')\nc\n"
    assert now(exchange).error is None


def test_on_error_may_end_the_exchange_by_a_last_reply() -> None:
    exchange = begun(Framed(Lines(), failing, on_error=lambda _error: Last(b"sorry")))
    assert exchange.receive(b"a\nb\nc\n") == b"a\nsorry\n"
    assert now(exchange).is_over
    assert now(exchange).error is None


def test_on_error_that_fails_ends_the_exchange_by_its_own_failure() -> None:
    def worse(error: Exception) -> bytes:
        raise RuntimeError("worse") from error

    exchange = begun(Framed(Lines(), failing, on_error=worse))
    assert exchange.receive(b"a\nb\nc\n") == b"a\n"
    assert isinstance(now(exchange).error, RuntimeError)


def test_reply_that_cannot_be_sent_is_a_failure_of_the_function() -> None:
    exchange = begun(Framed(Lines(), lambda message: message + b"\n" if message == b"b" else message))
    assert exchange.receive(b"a\nb\nc\n") == b"a\n"
    assert isinstance(now(exchange).error, ValueError)
    assert not isinstance(now(exchange).error, FramingError)


def test_framing_error_of_the_function_is_the_peers_and_not_for_on_error() -> None:
    def refusing(_message: bytes) -> bytes:
        raise FramingError("no such value")

    exchange = begun(Framed(Lines(), refusing, on_error=lambda _error: b"unused"))
    assert exchange.receive(b"a\n") == b""
    assert isinstance(now(exchange).error, FramingError)


def test_failure_of_a_pending_reply_that_is_no_exception_does_not_end_the_program() -> None:
    later = Futures()
    exchange = begun(Framed(Lines(), later), later.wake)
    exchange.receive(b"a\n")
    later.given[b"a"].set_exception(SystemExit(3))
    assert exchange.proceed() == b""
    error = exchange.error
    assert isinstance(error, RuntimeError)
    assert isinstance(error.__cause__, SystemExit)


def test_pending_reply_that_others_have_cancelled_is_a_failure() -> None:
    later = Futures()
    exchange = begun(Framed(Lines(), later, on_error=lambda error: type(error).__name__.encode()), later.wake)
    exchange.receive(b"a\n")
    later.given[b"a"].cancel()
    assert exchange.proceed() == b"CancelledError\n"


def test_what_is_no_exception_is_raised_by_receive() -> None:
    def leaving(_message: bytes) -> bytes:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        begun(Framed(Lines(), leaving)).receive(b"a\n")


# Bounds


def test_much_to_send_is_sent_before_more_messages_are_taken() -> None:
    woken: list[None] = []
    called: list[bytes] = []

    def long(message: bytes) -> bytes:
        called.append(message)
        return b"x" * 10_000

    exchange = begun(Framed(Lines(), long), lambda: woken.append(None))
    sent = exchange.receive(b"a\n" * 200)
    assert len(called) == 64
    assert woken
    assert not now(exchange).wants_data
    while not now(exchange).wants_data:
        woken.clear()
        sent += exchange.proceed()
        assert now(exchange).wants_data or woken
    assert sent == (b"x" * 10_000 + b"\n") * 200
    assert now(exchange).is_idle


# The time of messages


def test_measured_exchange_tells_the_seconds_and_the_failure_of_each_message() -> None:
    told: list[tuple[float, Exception | None]] = []
    later = Futures()
    exchange = Framed(Lines(), lambda message: later(message) if message == b"a" else failing(message))(
        NO_REQUEST, "", NO_SERVER
    )
    assert isinstance(exchange, MeasurableExchange)
    exchange.measure(lambda seconds, error: told.append((seconds, error)))
    exchange.start(lambda: None)
    exchange.receive(b"0\na\nb\n")
    assert [error for _, error in told] == [None]
    time.sleep(0.01)
    later.given[b"a"].set_result(b"A")
    exchange.proceed()
    assert [type(error) for _, error in told] == [type(None), type(None), KeyError]
    assert told[1][0] >= 0.01


# Recipes


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Framed(Lines(), upper, in_flight=0),
        lambda: Framed(Lines(), upper, timeout=0),
        lambda: Framed(cast("Any", b"\n"), upper),
        lambda: Framed(Lines(), cast("Any", None)),
        lambda: Framed(Lines(), upper, on_error=cast("Any", b"sorry")),
        lambda: Lines(separator=b""),
        lambda: Lines(separator=cast("Any", "\n")),
        lambda: Lines(limit=0),
    ],
)
def test_recipes_refuse_what_cannot_work(wrong: Callable[[], object]) -> None:
    with pytest.raises(RecipeError):
        wrong()


def test_async_function_is_refused() -> None:
    async def answer(message: bytes) -> bytes:
        return message

    with pytest.raises(RecipeError, match="async def"):
        Framed(Lines(), cast("Any", answer))
