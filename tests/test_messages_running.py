"""What runs an exchange of messages means the same under every strategy, and in both ways that Multiplexed has.

``fast``: the loop of Multiplexed itself. Over an endpoint that establishes something, a coroutine runs the exchange.
"""

import asyncio
import contextvars
import socket
import sys
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest
import uvloop
from typing_extensions import override

from tests.launched import wait_for
from tests.running import PATIENCE, Client, ask, connect, running
from tests.test_events import SeenAll
from typedserver import (
    TCP,
    Accepted,
    Answered,
    Asyncio,
    Bounded,
    Deadlines,
    EndpointWrapper,
    Finished,
    Framed,
    FramingError,
    IncompleteMessage,
    Inline,
    Last,
    LifecycleError,
    Limits,
    Lines,
    ListenerWrapper,
    Multiplexed,
    OnExecutor,
    Outcome,
    PeerTimedOut,
    PushSessions,
    Refused,
    SelectorReactor,
    Server,
    ServerConfig,
    ServerContext,
    SlowPeer,
    Started,
    ThreadPool,
    Threads,
    UnixStream,
    sleep,
    timeout,
)

Establishes = Literal["nothing", "at once", "later"]


class Established(ListenerWrapper[Any, Any]):
    def __init__(self, inner: Any, establishes: Establishes) -> None:
        super().__init__(inner)
        self._establishes = establishes

    @override
    def establish(self, request: Any, client_address: Any, _server: ServerContext, /) -> Any:
        return (request, client_address) if self._establishes == "at once" else self._later(request, client_address)

    async def _later(self, request: Any, client_address: Any) -> tuple[Any, Any]:
        # In a thread, the rest runs in a loop of its own from here on.
        async with timeout(PATIENCE):
            await sleep(0.0)
        return request, client_address


@dataclass(frozen=True)
class Establishing(EndpointWrapper[Any, Any]):
    endpoint: Any
    establishes: Establishes

    @property
    @override
    def inner(self) -> Any:
        return self.endpoint

    def listen(self) -> Established:
        return Established(self.endpoint.listen(), self.establishes)


@dataclass(frozen=True)
class Way:
    """A strategy, given an executor; what the endpoint establishes; and the loop."""

    strategy: Callable[[ThreadPoolExecutor], Any]
    establishes: Establishes = "nothing"
    reactor: Callable[[], Any] = SelectorReactor
    is_inline: bool = False


WAYS = {
    "fast": Way(lambda _: Multiplexed()),
    "fast_in_asyncio": Way(lambda _: Multiplexed(), reactor=asyncio.new_event_loop),
    "fast_in_uvloop": Way(lambda _: Multiplexed(), reactor=uvloop.new_event_loop),
    "fast_bounded": Way(lambda _: Bounded(Multiplexed(), 100)),
    "multiplexed_established_at_once": Way(lambda _: Multiplexed(), "at once"),
    "multiplexed_established_later": Way(lambda _: Multiplexed(), "later"),
    "threads": Way(lambda _: Threads()),
    "threads_established_later": Way(lambda _: Threads(), "later"),
    "thread_pool": Way(lambda _: ThreadPool(workers=4)),
    "on_executor": Way(OnExecutor),
    "inline": Way(lambda _: Inline(), is_inline=True),
    "asyncio": Way(lambda _: Asyncio(grace=0)),
    "uvloop": Way(lambda _: Asyncio(grace=0, loop_factory=uvloop.new_event_loop)),
    "asyncio_established_later": Way(lambda _: Asyncio(grace=0), "later"),
}


# Every way over TCP, and those that differ in how they wait over a Unix socket.
PLACES = [(name, "tcp") for name in WAYS] + [
    (name, "unix") for name in ("fast", "multiplexed_established_later", "threads", "asyncio")
]


@pytest.fixture(params=PLACES, ids="_".join)
def place(request: pytest.FixtureRequest) -> tuple[str, str]:
    chosen: tuple[str, str] = request.param
    return chosen


@pytest.fixture
def endpoint(place: tuple[str, str], tmp_path: Path) -> Any:
    return TCP(port=0) if place[1] == "tcp" else UnixStream(str(tmp_path / "s"))


@pytest.fixture
def way(place: tuple[str, str]) -> Way:
    return WAYS[place[0]]


@pytest.fixture
def parallel_way(way: Way) -> Way:
    """One that serves several connections at once."""
    return WAYS["fast"] if way.is_inline else way


class Reporting(Server[Any, Any]):
    """Keeps what ``handle_error`` is called for."""

    errors: list[BaseException | None]

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        self.errors.append(sys.exception())


@dataclass(frozen=True)
class Serving:
    server: Reporting
    seen: SeenAll

    @property
    def address(self) -> Any:
        return self.server.server_address

    def outcome(self, count: int = 1) -> Outcome:
        """Return how the latest of so many requests ended."""
        finished: Finished = self.seen.wait_for(Finished, count)[count - 1]
        return finished.outcome


@contextmanager
def serving(
    way: Way,
    endpoint: Any,
    handler: Any,
    *,
    deadlines: Deadlines = Deadlines(),  # noqa: B008 - a frozen recipe
    limits: Limits = Limits(),  # noqa: B008 - as well
    seen: SeenAll | None = None,
) -> Generator[Serving, None, None]:
    observer = seen or SeenAll()
    with ThreadPoolExecutor(8) as executor:
        strategy = way.strategy(executor)
        own_loop: dict[str, Any] = {} if isinstance(strategy, Asyncio) else {"reactor_factory": way.reactor}
        config = ServerConfig(deadlines=deadlines, limits=limits, observer=observer, **own_loop)
        wrapped = endpoint if way.establishes == "nothing" else Establishing(endpoint, way.establishes)
        server = Reporting(wrapped, handler, strategy, config=config)
        server.errors = []
        with running(server):
            yield Serving(server, observer)


class Given:
    """A function whose replies are given later; ``later`` tells which messages it is so for."""

    def __init__(self, later: Callable[[bytes], bool] = lambda _: True) -> None:
        self.futures: dict[bytes, Future[bytes | None]] = {}
        self.messages: list[bytes] = []
        self._later = later

    def __call__(self, message: bytes) -> Any:
        self.messages.append(message)
        if not self._later(message):
            return message.upper()
        future: Future[bytes | None] = Future()
        self.futures[message] = future
        return future

    def of(self, message: bytes) -> Future[bytes | None]:
        wait_for(lambda: message in self.futures)
        return self.futures[message]


def upper(message: bytes) -> bytes:
    return message.upper()


def said(client: Client, size: int) -> bytes:
    """Receive so many bytes."""
    received = b""
    while len(received) < size:
        part = client.recv(size - len(received))
        assert part, received
        received += part
    return received


def rest(client: Client) -> bytes:
    """Receive what comes before the end; a reset is an end as well."""
    received = b""
    try:
        while part := client.recv(65536):
            received += part
    except ConnectionError:
        pass
    return received


def reset(client: Client) -> None:
    """End a connection so that the server's next receive says so: nothing can be answered."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    socket.socket.close(client)


# Messages and replies


def test_each_message_is_answered(way: Way, endpoint: Any) -> None:
    with serving(way, endpoint, Framed(Lines(), upper)) as run, connect(run.address) as client:
        for number in range(5):
            client.sendall(b"a%d\n" % number)
            assert said(client, 3) == b"A%d\n" % number


def test_client_that_ends_its_side_gets_all_replies(way: Way, endpoint: Any) -> None:
    sent = b"".join(b"a%d\n" % number for number in range(300))
    with serving(way, endpoint, Framed(Lines(), upper)) as run:
        assert ask(run.address, sent) == sent.upper()
        assert run.outcome() is Outcome.SERVED


def test_pieces_of_a_message_become_one(way: Way, endpoint: Any) -> None:
    with serving(way, endpoint, Framed(Lines(), upper)) as run, connect(run.address) as client:
        for piece in (b"a", b"b", b"c\nd"):
            client.sendall(piece)
            time.sleep(0.002)
        assert said(client, 4) == b"ABC\n"
        client.sendall(b"\n")
        assert said(client, 2) == b"D\n"


def test_pending_replies_keep_the_order_of_their_messages(way: Way, endpoint: Any) -> None:
    given = Given(lambda message: message != b"b")
    with serving(way, endpoint, Framed(Lines(), given)) as run, connect(run.address) as client:
        client.sendall(b"a\nb\n")
        given.of(b"a")
        # It is taken although a reply is outstanding.
        client.sendall(b"c\n")
        given.of(b"c").set_result(b"C")
        given.of(b"a").set_result(b"A")
        assert said(client, 6) == b"A\nB\nC\n"


def test_client_that_ends_its_side_gets_the_pending_replies(way: Way, endpoint: Any) -> None:
    given = Given()
    with serving(way, endpoint, Framed(Lines(), given)) as run, connect(run.address) as client:
        client.sendall(b"a\nb\n")
        client.shutdown(socket.SHUT_WR)
        given.of(b"b").set_result(b"B")
        given.of(b"a").set_result(b"A")
        assert rest(client) == b"A\nB\n"
        assert run.outcome() is Outcome.SERVED


def test_reading_pauses_while_as_many_replies_are_outstanding_as_may_be(way: Way, endpoint: Any) -> None:
    given = Given()
    with serving(way, endpoint, Framed(Lines(), given, in_flight=2)) as run, connect(run.address) as client:
        client.sendall(b"a\nb\n")
        given.of(b"b")
        client.sendall(b"c\nd\ne\n")
        given.of(b"a").set_result(b"A")
        given.of(b"c")
        assert set(given.futures) <= {b"a", b"b", b"c"}
        for name in (b"b", b"c", b"d", b"e"):
            given.of(name).set_result(name.upper())
        assert said(client, 10) == b"A\nB\nC\nD\nE\n"


def test_pending_reply_that_takes_too_long_is_cancelled(way: Way, endpoint: Any) -> None:
    given = Given()
    handler = Framed(Lines(), given, timeout=0.1, on_error=lambda error: type(error).__name__.encode())
    with serving(way, endpoint, handler) as run, connect(run.address) as client:
        client.sendall(b"a\n")
        assert said(client, 13) == b"TimeoutError\n"
        assert given.of(b"a").cancelled()


def test_greeting_comes_first_and_the_last_reply_ends_the_connection(way: Way, endpoint: Any) -> None:
    def answer(message: bytes) -> bytes | Last[bytes]:
        return Last(b"bye") if message == b"quit" else message

    with serving(way, endpoint, Framed(Lines(), answer, greeting=b"hello")) as run, connect(run.address) as client:
        assert said(client, 6) == b"hello\n"
        client.sendall(b"a\nquit\nb\n")
        assert rest(client) == b"a\nbye\n"
        assert run.outcome() is Outcome.SERVED


def test_replies_larger_than_the_kernel_takes_come_whole(way: Way, endpoint: Any) -> None:
    large = bytes(4_000_000)
    with serving(way, endpoint, Framed(Lines(limit=8_000_000), lambda _: large)) as run, connect(run.address) as client:
        for _ in range(2):
            client.sendall(b"a\n")
            assert said(client, len(large) + 1) == large + b"\n"
        # It goes on as before.
        client.sendall(b"a\n")
        client.shutdown(socket.SHUT_WR)
        assert len(rest(client)) == len(large) + 1


def test_pushes_come_while_the_client_says_nothing(way: Way, endpoint: Any) -> None:
    pushes: list[Callable[[bytes], bool]] = []

    def session(_client_address: object, _server: object, push: Callable[[bytes], bool]) -> Callable[[bytes], bytes]:
        pushes.append(push)
        return upper

    with serving(way, endpoint, PushSessions(Lines(), session)) as run, connect(run.address) as client:
        client.sendall(b"a\n")
        assert said(client, 2) == b"A\n"
        assert pushes[0](b"news")
        assert said(client, 5) == b"news\n"
        client.sendall(b"b\n")
        assert said(client, 2) == b"B\n"
        client.shutdown(socket.SHUT_WR)
        assert rest(client) == b""
        run.outcome()
        assert not pushes[0](b"late")


# Failures


def test_replies_before_a_failure_are_sent_and_the_connection_ends_by_it(way: Way, endpoint: Any) -> None:
    def fail(message: bytes) -> bytes:
        if message == b"bad":
            raise RuntimeError("no good")
        return message

    with serving(way, endpoint, Framed(Lines(), fail)) as run:
        assert ask(run.address, b"a\nb\nbad\nc\n") == b"a\nb\n"
        assert run.outcome() is Outcome.FAILED
        (error,) = run.server.errors
        assert isinstance(error, RuntimeError)


def test_failure_of_a_pending_reply_ends_the_connection_behind_the_replies_before(way: Way, endpoint: Any) -> None:
    given = Given()
    with serving(way, endpoint, Framed(Lines(), given)) as run, connect(run.address) as client:
        client.sendall(b"a\nb\nc\n")
        given.of(b"b").set_exception(RuntimeError("no good"))
        given.of(b"a").set_result(b"A")
        assert rest(client) == b"A\n"
        assert run.outcome() is Outcome.FAILED
        assert given.of(b"c").cancelled()


def test_message_that_breaks_the_limit_is_the_clients_fault(way: Way, endpoint: Any) -> None:
    with serving(way, endpoint, Framed(Lines(limit=10), upper)) as run:
        assert ask(run.address, b"a\n" + b"b" * 20 + b"\n") == b"A\n"
        assert run.outcome() is Outcome.GIVEN_UP
        (error,) = run.server.errors
        assert isinstance(error, FramingError)


def test_stream_that_ends_in_a_message_is_the_clients_fault(way: Way, endpoint: Any) -> None:
    with serving(way, endpoint, Framed(Lines(), upper)) as run:
        assert ask(run.address, b"a\nb") == b"A\n"
        assert run.outcome() is Outcome.GIVEN_UP
        (error,) = run.server.errors
        assert isinstance(error, IncompleteMessage)


# Clients that are silent, slow or gone


def test_silent_client_is_given_up_after_the_read_deadline(way: Way, endpoint: Any) -> None:
    with (
        serving(way, endpoint, Framed(Lines(), upper), deadlines=Deadlines(read=0.15)) as run,
        connect(run.address) as client,
    ):
        client.sendall(b"a\n")
        assert said(client, 2) == b"A\n"
        began = time.monotonic()
        assert rest(client) == b""
        assert time.monotonic() - began > 0.1
        assert run.outcome() is Outcome.GIVEN_UP
        (error,) = run.server.errors
        assert isinstance(error, PeerTimedOut)
        assert "sent nothing for 0.15 s" in str(error)


def test_read_deadline_counts_from_the_latest_message(way: Way, endpoint: Any) -> None:
    with (
        serving(way, endpoint, Framed(Lines(), upper), deadlines=Deadlines(read=0.4)) as run,
        connect(run.address) as client,
    ):
        sent = 0.0
        for pause in (0.15, 0.15, 0.15, 0.0):
            sent = time.monotonic()
            client.sendall(b"a\n")
            assert said(client, 2) == b"A\n"
            time.sleep(pause)
        assert rest(client) == b""
        # A deadline is kept to an eighth of a second.
        assert 0.39 < time.monotonic() - sent < 0.7
        assert run.outcome() is Outcome.GIVEN_UP


def test_read_deadline_does_not_run_while_a_reply_is_outstanding(way: Way, endpoint: Any) -> None:
    given = Given()
    with (
        serving(way, endpoint, Framed(Lines(), given), deadlines=Deadlines(read=0.1)) as run,
        connect(run.address) as client,
    ):
        client.sendall(b"a\n")
        given.of(b"a")
        time.sleep(0.35)
        given.of(b"a").set_result(b"A")
        assert said(client, 2) == b"A\n"
        assert run.outcome() is Outcome.GIVEN_UP


def test_client_that_pipelines_and_takes_nothing_is_given_up_after_the_write_deadline(way: Way, endpoint: Any) -> None:
    reply = bytes(100_000)
    count = 0

    def answer(_message: bytes) -> bytes:
        nonlocal count
        count += 1
        return reply

    with (
        serving(way, endpoint, Framed(Lines(limit=200_000), answer), deadlines=Deadlines(write=0.2)) as run,
        connect(run.address) as client,
    ):
        client.sendall(b"a\n" * 2000)
        assert run.outcome() is Outcome.GIVEN_UP
        # What the kernel holds for one connection, and one send; far from all.
        assert count < 400
        (error,) = run.server.errors
        assert isinstance(error, SlowPeer)


def test_connection_that_takes_too_long_is_cut_and_its_pending_replies_are_cancelled(way: Way, endpoint: Any) -> None:
    given = Given()
    with (
        serving(way, endpoint, Framed(Lines(), given), deadlines=Deadlines(total=0.3)) as run,
        connect(run.address) as client,
    ):
        client.sendall(b"a\n")
        given.of(b"a")
        assert rest(client) == b""
        assert run.outcome() is Outcome.CUT
        assert given.of(b"a").cancelled()
        assert run.server.errors == []


def test_pending_replies_are_cancelled_if_the_client_resets_the_connection(way: Way) -> None:
    given = Given()
    with serving(way, TCP(port=0), Framed(Lines(), given)) as run:
        client = connect(run.address)
        client.sendall(b"a\n")
        given.of(b"a")
        reset(client)
        assert run.outcome() is Outcome.DISCONNECTED
        assert given.of(b"a").cancelled()


def test_client_that_has_gone_costs_no_other_anything(parallel_way: Way, endpoint: Any) -> None:
    given = Given(lambda message: message == b"wait")
    with serving(parallel_way, endpoint, Framed(Lines(), given)) as run, connect(run.address) as other:
        client = connect(run.address)
        client.sendall(b"wait\n")
        future = given.of(b"wait")
        client.close()
        other.sendall(b"a\n")
        assert said(other, 2) == b"A\n"
        future.set_result(b"WAIT")
        run.seen.wait_for(Finished)
        other.sendall(b"b\n")
        assert said(other, 2) == b"B\n"


# Drains


def draining(server: Reporting) -> Callable[[], None]:
    """Begin a drain; returns what waits for its end."""
    thread = threading.Thread(target=server.drain)
    thread.start()
    # It may be over before anybody looks.
    wait_for(lambda: server.draining or not thread.is_alive())
    return partial(thread.join, PATIENCE)


def test_drain_ends_a_connection_between_two_messages(way: Way, endpoint: Any) -> None:
    with serving(way, endpoint, Framed(Lines(), upper)) as run, connect(run.address) as client:
        client.sendall(b"a\n")
        assert said(client, 2) == b"A\n"
        join = draining(run.server)
        assert rest(client) == b""
        join()
        assert run.outcome() is Outcome.SERVED


def test_drain_waits_for_a_pending_reply(way: Way, endpoint: Any) -> None:
    given = Given()
    with serving(way, endpoint, Framed(Lines(), given)) as run, connect(run.address) as client:
        client.sendall(b"a\n")
        future = given.of(b"a")
        join = draining(run.server)
        time.sleep(0.05)
        future.set_result(b"A")
        assert rest(client) == b"A\n"
        join()
        assert run.outcome() is Outcome.SERVED


def test_drain_waits_for_the_rest_of_a_message(way: Way, endpoint: Any) -> None:
    with serving(way, endpoint, Framed(Lines(), upper)) as run, connect(run.address) as client:
        client.sendall(b"a\nb")
        assert said(client, 2) == b"A\n"
        join = draining(run.server)
        time.sleep(0.05)
        client.sendall(b"c\n")
        assert rest(client) == b"BC\n"
        join()
        assert run.outcome() is Outcome.SERVED


def test_deadline_of_a_drain_cuts_and_cancels_what_is_pending(way: Way, endpoint: Any) -> None:
    given = Given()
    with (
        serving(way, endpoint, Framed(Lines(), given), deadlines=Deadlines(drain=0.1)) as run,
        connect(run.address) as client,
    ):
        client.sendall(b"a\n")
        given.of(b"a")
        join = draining(run.server)
        assert rest(client) == b""
        join()
        assert run.outcome() is Outcome.CUT
        assert given.of(b"a").cancelled()


def test_close_of_a_server_cancels_what_is_pending(parallel_way: Way, endpoint: Any) -> None:
    given = Given()
    with serving(parallel_way, endpoint, Framed(Lines(), given), deadlines=Deadlines(drain=0.1)) as run:
        with connect(run.address) as client:
            client.sendall(b"a\n")
            future = given.of(b"a")
            if isinstance(run.server.strategy, Multiplexed | Asyncio):
                run.server.shutdown()
                run.server.server_close()
                assert rest(client) == b""
                assert future.cancelled()
        future.cancel()


# The server


def test_limits_hold_for_connections_of_messages(parallel_way: Way, endpoint: Any) -> None:
    limits = Limits(connections=1, over="refuse")
    with (
        serving(parallel_way, endpoint, Framed(Lines(), upper), limits=limits) as run,
        connect(run.address) as first,
    ):
        first.sendall(b"a\n")
        assert said(first, 2) == b"A\n"
        with connect(run.address) as second:
            assert rest(second) == b""
        run.seen.wait_for(Refused)
        first.close()
        run.seen.wait_for(Finished)
        assert ask(run.address, b"b\n") == b"B\n"


def test_observer_hears_of_each_connection_and_of_messages_only_if_it_wants_that(way: Way, endpoint: Any) -> None:
    with serving(way, endpoint, Framed(Lines(), upper)) as run:
        ask(run.address, b"a\nb\n")
        run.outcome()
        kinds = [
            type(event) for event in run.seen.events if isinstance(event, Accepted | Started | Answered | Finished)
        ]
        assert kinds == [Accepted, Started, Finished]


class WantsMessages(SeenAll):
    wants_messages = True


def test_observer_of_messages_hears_of_each_with_its_seconds_and_error(way: Way, endpoint: Any) -> None:
    def answer(message: bytes) -> bytes:
        if message == b"bad":
            raise RuntimeError("no good")
        return message

    seen = WantsMessages()
    with serving(way, endpoint, Framed(Lines(), answer, on_error=lambda _: b"sorry"), seen=seen) as run:
        assert ask(run.address, b"a\nbad\nb\n") == b"a\nsorry\nb\n"
        run.outcome()
    answered: list[Answered] = seen.wait_for(Answered, 3)
    assert [type(event.error) for event in answered] == [type(None), RuntimeError, type(None)]
    assert all(0 <= event.seconds < PATIENCE for event in answered)
    (accepted,) = seen.wait_for(Accepted)
    assert {event.connection_id for event in answered} == {accepted.connection_id}


class Hooked(Reporting):
    calls: list[str]

    @override
    def finish_request(self, request: Any, client_address: Any) -> object:
        self.calls.append("finish")
        return super().finish_request(request, client_address)

    @override
    def shutdown_request(self, request: Any) -> None:
        self.calls.append("shutdown")
        super().shutdown_request(request)

    @override
    def close_request(self, request: Any) -> None:
        self.calls.append("close")
        super().close_request(request)


@pytest.mark.parametrize("strategy", [Multiplexed(), Threads(), Asyncio()], ids=repr)
def test_overridden_hooks_are_called_for_a_connection_of_messages(strategy: Any) -> None:
    server = Hooked(TCP(port=0), Framed(Lines(), upper), strategy)
    server.errors, server.calls = [], []
    with running(server):
        assert ask(server.server_address, b"a\n") == b"A\n"
        wait_for(lambda: len(server.calls) == 3)
    assert server.calls == ["finish", "shutdown", "close"]


def test_each_connection_has_a_context_of_its_own(parallel_way: Way, endpoint: Any) -> None:
    number: contextvars.ContextVar[int] = contextvars.ContextVar("number", default=0)

    def count(_message: bytes) -> bytes:
        number.set(number.get() + 1)
        return b"%d" % number.get()

    with serving(parallel_way, endpoint, Framed(Lines(), count)) as run, connect(run.address) as other:
        if not run.server.strategy.runs_coroutines:
            # A thread of a pool serves one connection after the other in its own context.
            return
        assert ask(run.address, b"a\na\n") == b"1\n2\n"
        other.sendall(b"a\na\na\n")
        assert said(other, 6) == b"1\n2\n3\n"
    assert number.get() == 0


def test_message_function_cannot_close_its_server(way: Way, endpoint: Any) -> None:
    errors: list[BaseException] = []
    running_server: list[Reporting] = []

    def close(message: bytes) -> bytes:
        try:
            running_server[0].server_close()
        except LifecycleError as error:
            errors.append(error)
        return message

    with serving(way, endpoint, Framed(Lines(), close)) as run:
        running_server.append(run.server)
        assert ask(run.address, b"a\n") == b"a\n"
        assert len(errors) == 1


def test_message_function_may_stop_its_server(way: Way, endpoint: Any) -> None:
    servers: list[Reporting] = []

    def stop(message: bytes) -> bytes:
        servers[0].request_stop()
        return message

    with serving(way, endpoint, Framed(Lines(), stop)) as run, connect(run.address) as client:
        servers.append(run.server)
        client.sendall(b"a\n")
        assert said(client, 2) == b"a\n"
        client.close()
        wait_for(lambda: run.server.state.name != "SERVING")


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("name", ["fast", "fast_in_asyncio", "multiplexed_established_later", "inline", "asyncio"])
def test_what_ends_a_program_ends_the_loop_if_a_message_function_raises_it(name: str, error: BaseException) -> None:
    def leave(_message: bytes) -> bytes:
        raise error

    way = WAYS[name]
    with pytest.raises(type(error)), serving(way, TCP(port=0), Framed(Lines(), leave)) as run:
        assert ask(run.address, b"a\n") == b""
        run.seen.wait_for(Finished)


def test_suspended_server_serves_the_connections_that_it_has(parallel_way: Way, endpoint: Any) -> None:
    with serving(parallel_way, endpoint, Framed(Lines(), upper)) as run, connect(run.address) as client:
        client.sendall(b"a\n")
        assert said(client, 2) == b"A\n"
        run.server.suspend()
        client.sendall(b"b\n")
        assert said(client, 2) == b"B\n"
        run.server.resume()
        assert ask(run.address, b"c\n") == b"C\n"


# What the fast way must not do


def test_client_that_sends_without_pause_does_not_starve_the_others() -> None:
    answered: list[bytes] = []

    def note(message: bytes) -> None:
        answered.append(message[:1])

    with (
        serving(WAYS["fast"], TCP(port=0), Framed(Lines(), note)) as run,
        connect(run.address) as greedy,
        connect(run.address) as other,
    ):
        stop = threading.Event()

        def send() -> None:
            while not stop.is_set():
                greedy.sendall(b"g\n" * 50_000)

        sender = threading.Thread(target=send)
        sender.start()
        try:
            wait_for(lambda: len(answered) > 100_000)
            other.sendall(b"o\n")
            wait_for(lambda: b"o" in answered)
        finally:
            stop.set()
            sender.join()


def test_wake_in_the_loops_thread_sends_no_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[int] = []
    wake = SelectorReactor._wake  # pyright: ignore[reportPrivateUsage]  # what costs the system call

    def counted(reactor: SelectorReactor) -> None:
        woken.append(1)
        wake(reactor)

    later: list[Future[bytes]] = []

    def answer(message: bytes) -> Any:
        if message == b"now":
            while later:
                later.pop().set_result(b"later")
            return None
        future: Future[bytes] = Future()
        later.append(future)
        return future

    with (
        serving(WAYS["fast"], TCP(port=0), Framed(Lines(), answer)) as run,
        connect(run.address) as first,
        connect(run.address) as second,
    ):
        first.sendall(b"wait\n")
        wait_for(lambda: later)
        monkeypatch.setattr(SelectorReactor, "_wake", counted)
        second.sendall(b"now\n")
        assert said(first, 6) == b"later\n"
        assert not woken
        monkeypatch.undo()


def test_wakes_of_many_threads_are_none_of_them_lost() -> None:
    with (
        ThreadPoolExecutor(8) as executor,
        serving(WAYS["fast"], TCP(port=0), Framed(Lines(), lambda message: executor.submit(upper, message))) as run,
    ):
        clients = [connect(run.address) for _ in range(10)]
        for number in range(200):
            for client in clients:
                client.sendall(b"m%d\n" % number)
        expected = b"".join(b"M%d\n" % number for number in range(200))
        for client in clients:
            assert said(client, len(expected)) == expected
            client.close()


@pytest.mark.parametrize("name", ["fast", "fast_in_asyncio", "fast_in_uvloop"])
def test_number_of_a_connection_that_is_closed_under_its_exchange_is_left(name: str) -> None:
    requests: list[socket.socket] = []

    def answer(message: bytes) -> bytes:
        if message == b"close":
            requests[0].close()
        return message.upper()

    framed = Framed(Lines(), answer)

    def handler(request: socket.socket, client_address: object, server: ServerContext) -> Any:
        requests.append(request)
        return framed(request, client_address, server)

    with serving(WAYS[name], TCP(port=0), handler) as run, connect(run.address) as client:
        client.sendall(b"a\n")
        assert said(client, 2) == b"A\n"
        client.sendall(b"close\n")
        assert rest(client) == b""
        run.seen.wait_for(Finished)
        # The next connection has its number, mostly.
        for _ in range(3):
            assert ask(run.address, b"b\n") == b"B\n"
