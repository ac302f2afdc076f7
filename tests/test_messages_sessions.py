"""Sessions: one for each connection, entered and left, and what they push. No socket."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Any, cast

import pytest

from typedserver import (
    Framed,
    Last,
    LengthPrefixed,
    Lines,
    MessageExchange,
    Push,
    PushSessions,
    RecipeError,
    ServerContext,
    Sessions,
)
from typedserver.protocols.requests import StreamRequest

NO_REQUEST = cast("StreamRequest", None)
NO_SERVER = cast("ServerContext", None)

# What is done with a session, in its order
LOG: list[object] = []


@pytest.fixture(autouse=True)
def _new_log() -> None:
    LOG.clear()


class Counting:
    """Counts the messages of its connection."""

    def __init__(self, client_address: str, server: ServerContext) -> None:
        assert server is NO_SERVER
        self.name = client_address
        self.count = 0

    def __call__(self, message: bytes) -> bytes:
        self.count += 1
        return b"%s %d %s" % (self.name.encode(), self.count, message)


class Entered(Counting):
    """Notes how it is entered and left."""

    def __enter__(self) -> int:
        LOG.append("entered")
        return 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        LOG.append(error)


def begun(recipe: Any, wake: Callable[[], object] = lambda: None) -> MessageExchange:
    exchange: MessageExchange = recipe(NO_REQUEST, "ann", NO_SERVER)
    exchange.start(wake)
    return exchange


def test_connections_have_a_session_each() -> None:
    recipe = Sessions(Lines(), Counting)
    ann, bob = recipe(NO_REQUEST, "ann", NO_SERVER), recipe(NO_REQUEST, "bob", NO_SERVER)
    assert ann.start(lambda: None) == bob.start(lambda: None) == b""
    assert ann.receive(b"x\ny\n") == b"ann 1 x\nann 2 y\n"
    assert bob.receive(b"x\n") == b"bob 1 x\n"


def test_session_that_is_no_context_manager_is_only_called() -> None:
    def session(_client_address: object, _server: object) -> Callable[[bytes], bytes]:
        return bytes.upper

    exchange = begun(Sessions(Lines(), session, greeting=b"hello"))
    assert exchange.receive(b"x\n") == b"X\n"
    exchange.close()
    assert exchange.error is None


def test_session_is_entered_before_the_first_message_and_left_once() -> None:
    recipe = Sessions(Lines(), Entered)
    exchange = recipe(NO_REQUEST, "ann", NO_SERVER)
    assert LOG == []
    exchange.start(lambda: None)
    assert LOG == ["entered"]
    exchange.receive(b"x\n")
    exchange.receive(b"")
    assert LOG == ["entered"]
    exchange.close()
    exchange.close()
    assert LOG == ["entered", None]


def test_session_is_left_with_what_the_connection_has_ended_by() -> None:
    class Failing(Entered):
        def __call__(self, message: bytes) -> bytes:
            raise KeyError(message)

    exchange = begun(Sessions(Lines(), Failing))
    exchange.receive(b"x\n")
    exchange.close()
    assert ["entered", exchange.error] == LOG
    assert isinstance(exchange.error, KeyError)


def test_session_is_left_after_what_is_outstanding_was_cancelled() -> None:
    future: Future[bytes] = Future()
    future.add_done_callback(lambda _future: LOG.append("cancelled"))

    class Slow(Entered):
        def __call__(self, message: bytes) -> Any:
            return future

    exchange = begun(Sessions(Lines(), Slow))
    exchange.receive(b"x\n")
    exchange.close()
    assert LOG == ["entered", "cancelled", None]


def test_session_that_cannot_be_made_ends_the_connection() -> None:
    def session(_client_address: object, _server: object) -> Callable[[bytes], bytes]:
        raise OSError("no database")

    exchange = Sessions(Lines(), session, greeting=b"hello")(NO_REQUEST, "ann", NO_SERVER)
    assert exchange.start(lambda: None) == b""
    assert exchange.is_over
    assert isinstance(exchange.error, OSError)
    assert exchange.receive(b"x\n") == b""
    exchange.close()


def test_session_that_cannot_be_entered_is_not_left() -> None:
    class Locked(Entered):
        def __enter__(self) -> int:
            raise OSError("locked")

    exchange = begun(Sessions(Lines(), Locked))
    assert isinstance(exchange.error, OSError)
    exchange.close()
    assert LOG == []


def test_failure_to_leave_is_what_the_connection_has_ended_by() -> None:
    class Sticky(Entered):
        def __exit__(self, *_how: object) -> None:
            raise OSError("not left")

    exchange = begun(Sessions(Lines(), Sticky))
    exchange.receive(b"x\n")
    exchange.close()
    assert isinstance(exchange.error, OSError)


def test_exchange_that_was_never_started_makes_no_session() -> None:
    exchange = Sessions(Lines(), Entered)(NO_REQUEST, "ann", NO_SERVER)
    exchange.close()
    assert LOG == []


# What is pushed


class Talking:
    """Keeps its push; a message is pushed ``b"+"`` before it is answered."""

    def __init__(self, client_address: str, server: ServerContext, push: Push[bytes]) -> None:
        self.push = push
        LOG.append(self)

    def __call__(self, message: bytes) -> bytes | Last[bytes] | None:
        if message == b"quit":
            return Last(b"bye")
        assert self.push(b"+" + message)
        return message


def talking(**fields: Any) -> tuple[MessageExchange, Talking, list[str]]:
    woken: list[str] = []
    exchange = begun(PushSessions(Lines(), Talking, **fields), lambda: woken.append("woken"))
    (session,) = LOG
    assert isinstance(session, Talking)
    return exchange, session, woken


def test_push_wakes_and_is_sent_by_the_next_proceed() -> None:
    exchange, session, woken = talking()
    assert exchange.awaits_wake
    assert exchange.is_idle
    assert session.push(b"one")
    assert session.push(b"two")
    assert woken == ["woken"]
    assert exchange.proceed() == b"one\ntwo\n"
    assert exchange.proceed() == b""
    assert session.push(b"three")
    assert woken == ["woken", "woken"]


def test_push_by_the_function_comes_before_its_reply_and_after_earlier_ones() -> None:
    exchange, _session, _woken = talking()
    assert exchange.receive(b"a\nb\n") == b"+a\na\n+b\nb\n"


def test_push_does_not_wait_for_a_pending_reply() -> None:
    future: Future[bytes] = Future()

    def session(_client_address: object, _server: object, push: Push[bytes]) -> Callable[[bytes], Future[bytes]]:
        LOG.append(push)
        return lambda _message: future

    exchange = begun(PushSessions(Lines(), session))
    exchange.receive(b"a\n")
    cast("Push[bytes]", LOG[0])(b"news")
    assert exchange.proceed() == b"news\n"
    future.set_result(b"A")
    assert exchange.proceed() == b"A\n"


def test_push_while_the_session_is_made_comes_after_the_greeting() -> None:
    class Eager(Talking):
        def __init__(self, client_address: str, server: ServerContext, push: Push[bytes]) -> None:
            push(b"first")
            super().__init__(client_address, server, push)

    exchange = PushSessions(Lines(), Eager, greeting=b"hello")(NO_REQUEST, "ann", NO_SERVER)
    assert exchange.start(lambda: None) == b"hello\nfirst\n"


def test_push_that_does_not_fit_is_refused_until_there_is_room() -> None:
    exchange, session, _woken = talking(outbox=10)
    assert session.push(b"12345")
    assert not session.push(b"12345")
    assert session.push(b"123")
    assert exchange.proceed() == b"12345\n123\n"
    assert session.push(b"12345")


def test_push_that_cannot_be_sent_raises_in_the_caller() -> None:
    exchange, session, woken = talking()
    with pytest.raises(ValueError, match="the reply"):
        session.push(b"two\nlines")
    assert exchange.proceed() == b""
    assert woken == []


def test_push_is_refused_after_the_end() -> None:
    exchange, session, woken = talking()
    assert session.push(b"before")
    assert exchange.receive(b"quit\n") == b"before\nbye\n"
    assert exchange.is_over
    assert not exchange.awaits_wake
    assert not session.push(b"after")
    LOG.clear()
    exchange, session, woken = talking()
    exchange.close()
    assert not session.push(b"after")
    assert woken == []


def test_push_is_refused_after_the_peer_has_ended_its_stream() -> None:
    exchange, session, _woken = talking()
    assert exchange.receive(b"") == b""
    assert not session.push(b"after")


def test_pushes_of_many_threads_are_all_sent_or_refused() -> None:
    exchange, session, _woken = talking(outbox=1000)
    accepted: list[bytes] = []

    def push_many(name: int) -> None:
        accepted.extend(text for number in range(200) if session.push(text := b"%d-%d" % (name, number)))

    threads = [threading.Thread(target=push_many, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    sent = b""
    while any(thread.is_alive() for thread in threads):
        sent += exchange.proceed()
    for thread in threads:
        thread.join()
    sent += exchange.proceed()
    assert sorted(sent.splitlines()) == sorted(accepted)
    # Each thread's in its order.
    for name in range(4):
        numbers = [int(text.partition(b"-")[2]) for text in sent.splitlines() if text.startswith(b"%d-" % name)]
        assert numbers == sorted(numbers)


def of_message(message: bytes) -> bytes:
    return message


def without_push(_client_address: object, _server: object) -> Callable[[bytes], bytes]:
    return of_message


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Sessions(Lines(), cast("Any", None)),
        lambda: PushSessions(Lines(), cast("Any", None)),
        # A function of a message, and a session that expects no push.
        lambda: Sessions(Lines(), cast("Any", of_message)),
        lambda: PushSessions(Lines(), cast("Any", without_push)),
        lambda: PushSessions(Lines(), Talking, outbox=0),
        lambda: Sessions(Lines(), Counting, in_flight=0),
    ],
)
def test_recipes_refuse_what_cannot_work(wrong: Callable[[], object]) -> None:
    with pytest.raises(RecipeError):
        wrong()


def test_recipes_are_shown_as_they_are_written() -> None:
    assert repr(Sessions(LengthPrefixed(2), Counting, in_flight=3)).startswith(
        "Sessions(framing=LengthPrefixed(size=2)"
    )
    assert repr(Framed(Lines(), bytes.upper)).startswith("Framed(framing=Lines(), function=")
