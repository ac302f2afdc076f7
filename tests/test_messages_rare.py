"""Running messages in rare cases: other processes, a drain in the middle of a message, no descriptors left."""

import errno
import gc
import os
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.launched import wait_for
from tests.running import PATIENCE, ask, connect, running
from tests.test_limits import Seen
from tests.test_messages_running import WAYS, Given, Reporting, draining, reset, rest, said, serving, upper
from tests.test_prefork import forked
from typedserver import (
    TCP,
    BaseExchange,
    Deadlines,
    Finished,
    Forks,
    Framed,
    Group,
    Last,
    Lines,
    Multiplexed,
    Outcome,
    Prefork,
    SelectorReactor,
    Server,
    ServerConfig,
    ServerContext,
    StreamRequest,
    Threads,
    UnixStream,
    stream_handler,
)
from typedserver.messages.exchange import Exchange
from typedserver.protocols.messages import MessageExchange
from typedserver.sockets.announced import announce_end
from typedserver.sockets.bell import Bell
from typedserver.strategies import multiplexed_exchanges

FAST = WAYS["fast"]


# Other processes


def pid(_message: bytes) -> bytes:
    return b"%d" % os.getpid()


def test_exchange_runs_in_a_child_of_its_own() -> None:
    with (
        running(Server(TCP(port=0), Framed(Lines(), pid), Forks())) as run,
        connect(run.server.server_address) as client,
    ):
        client.sendall(b"a\n")
        client.shutdown(socket.SHUT_WR)
        assert int(rest(client)) != os.getpid()


def test_drain_of_the_parent_ends_a_child_between_two_messages() -> None:
    server = Server(TCP(port=0), Framed(Lines(), upper), Forks())
    with running(server), connect(server.server_address) as client:
        client.sendall(b"a\n")
        assert said(client, 2) == b"A\n"
        thread = threading.Thread(target=server.drain)
        thread.start()
        assert rest(client) == b""
        thread.join(PATIENCE)


def test_pending_replies_come_in_a_child() -> None:
    executors: list[ThreadPoolExecutor] = []

    def later(message: bytes) -> Future[bytes]:
        if not executors:
            # In the child.
            executors.append(ThreadPoolExecutor(2))
        return executors[0].submit(upper, message)

    server = Server(TCP(port=0), Framed(Lines(), later), Forks())
    with running(server), connect(server.server_address) as client:
        client.sendall(b"a\nb\n")
        assert said(client, 4) == b"A\nB\n"


@pytest.mark.parametrize("strategy", [Multiplexed(), Threads()], ids=repr)
def test_drain_of_a_prefork_ends_connections_between_two_messages(strategy: Any) -> None:
    server = Server(TCP(port=0), Framed(Lines(), pid), strategy)
    with forked(Prefork(server, 2)) as run, connect(server.server_address) as client:
        client.sendall(b"a\n")
        assert client.recv(100).strip().isdigit()
        thread = threading.Thread(target=run.server.drain)
        thread.start()
        assert rest(client) == b""
        thread.join(PATIENCE)


# The fast way, in the middle of a message


def test_rest_of_a_message_that_a_drain_has_broken_in_two_is_received(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first piece comes just before our own end of reading, which hides from the loop that more comes."""
    threads: list[threading.Thread] = []
    with serving(FAST, TCP(port=0), Framed(Lines(), upper)) as run, connect(run.address) as client:

        def send_rest() -> None:
            time.sleep(0.05)
            client.sendall(b"c\n")

        def end_reading(request: Any) -> None:
            if not threads:
                client.sendall(b"b")
                time.sleep(0.02)
                request.deaf = True
                request.shutdown(socket.SHUT_RD)
                threads.append(threading.Thread(target=send_rest))
                threads[0].start()

        monkeypatch.setattr(multiplexed_exchanges, "end_reading", end_reading)
        client.sendall(b"a\n")
        assert said(client, 2) == b"A\n"
        join = draining(run.server)
        assert rest(client) == b"BC\n"
        threads[0].join()
        join()
        assert run.outcome() is Outcome.SERVED


def test_client_that_has_just_connected_may_send_its_first_message_during_a_drain() -> None:
    with serving(FAST, TCP(port=0), Framed(Lines(), upper)) as run, connect(run.address) as client:
        wait_for(lambda: len(run.seen.events) > 2)
        join = draining(run.server)
        time.sleep(0.1)
        client.sendall(b"a\n")
        assert rest(client) == b"A\n"
        join()


def test_client_that_never_sends_anything_is_ended_by_a_drain() -> None:
    with serving(FAST, TCP(port=0), Framed(Lines(), upper)) as run, connect(run.address) as client:
        wait_for(lambda: len(run.seen.events) > 2)
        join = draining(run.server)
        assert rest(client) == b""
        join()
        assert run.outcome() is Outcome.SERVED


def test_drain_waits_until_a_slow_client_has_taken_its_reply() -> None:
    large = bytes(4_000_000)
    framed = Framed(Lines(limit=8_000_000), lambda _: large)
    with serving(FAST, TCP(port=0), framed) as run, connect(run.address) as client:
        client.sendall(b"a\n")
        assert said(client, 1000) == large[:1000]
        join = draining(run.server)
        time.sleep(0.05)
        assert len(rest(client)) == len(large) + 1 - 1000
        client.close()
        join()
        assert run.outcome() is Outcome.SERVED


def test_replies_that_come_while_a_client_is_slow_keep_their_order() -> None:
    given = Given(lambda message: message != b"large")
    large = bytes(3_000_000)

    def answer(message: bytes) -> Any:
        given(message)
        return large if message == b"large" else given.futures[message]

    with serving(FAST, TCP(port=0), Framed(Lines(limit=8_000_000), answer)) as run, connect(run.address) as client:
        client.sendall(b"large\n")
        assert said(client, 1000) == large[:1000]
        # They wait in the kernel until the reply before was taken.
        client.sendall(b"a\nb\n")
        assert len(said(client, len(large) + 1 - 1000)) == len(large) + 1 - 1000
        given.of(b"b").set_result(b"B")
        given.of(b"a").set_result(b"A")
        assert said(client, 4) == b"A\nB\n"


def test_slow_client_that_goes_ends_its_exchange() -> None:
    given = Given()
    closed: list[str] = []
    framed = Framed(Lines(limit=8_000_000), lambda _: bytes(4_000_000))

    def handler(request: StreamRequest, client_address: object, server: ServerContext) -> MessageExchange:
        exchange = framed(request, client_address, server)
        return Told(exchange, closed)

    with serving(FAST, TCP(port=0), handler) as run:
        client = connect(run.address)
        client.sendall(b"a\n")
        said(client, 1000)
        reset(client)
        assert run.outcome() is Outcome.DISCONNECTED
        assert closed == ["start", "close"]
    assert not given.messages


class Told:
    """An exchange around another one, which tells of its beginning and its end."""

    def __init__(self, inner: MessageExchange, calls: list[str]) -> None:
        self.inner = inner
        self.calls = calls

    def start(self, wake: Callable[[], object], /) -> bytes:
        self.calls.append("start")
        return self.inner.start(wake)

    def receive(self, data: bytes, /) -> bytes:
        return self.inner.receive(data)

    def proceed(self) -> bytes:
        return self.inner.proceed()

    @property
    def wants_data(self) -> bool:
        return self.inner.wants_data

    @property
    def waits_for_peer(self) -> bool:
        return self.inner.waits_for_peer

    @property
    def awaits_wake(self) -> bool:
        return self.inner.awaits_wake

    @property
    def is_idle(self) -> bool:
        return self.inner.is_idle

    @property
    def is_over(self) -> bool:
        return self.inner.is_over

    @property
    def deadline(self) -> float | None:
        return self.inner.deadline

    @property
    def error(self) -> Exception | None:
        return self.inner.error

    def close(self) -> None:
        self.calls.append("close")
        self.inner.close()


class Ticking(BaseExchange):
    """Says something every 50 ms, whatever its peer does, until that ends its side."""

    def __init__(self) -> None:
        self.next = time.monotonic() + 0.05
        self.ended = False

    def receive(self, data: bytes, /) -> bytes:
        self.ended = not data
        return data.upper()

    def proceed(self) -> bytes:
        self.next = time.monotonic() + 0.05
        return b"t"

    @property
    def deadline(self) -> float | None:
        return None if self.ended else self.next

    @property
    def is_idle(self) -> bool:
        return True

    @property
    def is_over(self) -> bool:
        return self.ended


def tick(_request: StreamRequest, _client_address: object, _server: ServerContext) -> MessageExchange:
    return Ticking()


@pytest.mark.parametrize("name", list(WAYS))
def test_exchange_of_ones_own_goes_on_at_its_own_deadlines(name: str) -> None:
    deadlines = Deadlines(read=0.1)
    ticking = serving(WAYS[name], TCP(port=0), tick, deadlines=deadlines)
    with ticking as run, connect(run.address) as client:
        # The read deadline is not the peer's as long as the exchange has one itself.
        assert said(client, 5) == b"ttttt"
        client.sendall(b"a")
        assert b"A" in said(client, 4)
        client.shutdown(socket.SHUT_WR)
        assert set(rest(client)) <= {*b"t"}
        assert run.outcome() is Outcome.SERVED


@pytest.mark.parametrize("name", list(WAYS))
def test_drain_ends_an_idle_exchange_that_has_deadlines_of_its_own(name: str) -> None:
    with serving(WAYS[name], TCP(port=0), tick) as run, connect(run.address) as client:
        client.sendall(b"a")
        assert b"A" in said(client, 2)
        join = draining(run.server)
        assert set(rest(client)) <= {*b"t"}
        join()
        assert run.outcome() is Outcome.SERVED


@pytest.mark.parametrize("name", list(WAYS))
def test_exchange_is_started_and_closed_once_however_it_ends(name: str) -> None:
    calls: list[str] = []

    def quit_at(message: bytes) -> bytes | Last[bytes]:
        if message == b"bad":
            raise RuntimeError("no good")
        return Last(b"bye") if message == b"quit" else message

    framed = Framed(Lines(), quit_at)

    def handler(request: StreamRequest, client_address: object, server: ServerContext) -> MessageExchange:
        return Told(framed(request, client_address, server), calls)

    with serving(WAYS[name], TCP(port=0), handler) as run:
        for number, last in enumerate((b"quit\n", b"bad\n", b"half", b""), 1):
            with connect(run.address) as client:
                client.sendall(b"a\n" + last)
                client.shutdown(socket.SHUT_WR)
                assert rest(client).startswith(b"a\n")
            run.seen.wait_for(Finished, number)
        assert calls == ["start", "close"] * 4


def test_reader_that_the_kernel_has_no_room_for_ends_its_connection_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    add_reader = SelectorReactor.add_reader
    refused: list[int] = []

    def refuse(reactor: SelectorReactor, fd: int, callback: Callable[[], object], /) -> None:
        if isinstance(getattr(callback, "__self__", None), multiplexed_exchanges.ExchangeConnection) and not refused:
            refused.append(fd)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        add_reader(reactor, fd, callback)

    monkeypatch.setattr(SelectorReactor, "add_reader", refuse)
    with serving(FAST, TCP(port=0), Framed(Lines(), upper)) as run:
        with connect(run.address) as client:
            assert rest(client) == b""
        assert run.outcome() is Outcome.FAILED
        with connect(run.address) as client:
            client.sendall(b"a\n")
            assert said(client, 2) == b"A\n"


def test_second_small_reply_is_not_held_back() -> None:
    """The kernel holds a small segment back until the one before is acknowledged, which a peer does late."""
    framed = Framed(Lines(), upper)
    with serving(FAST, TCP(port=0), framed) as run, connect(run.address) as client:
        # An acknowledgement of its own is what the client sends late.
        took: list[float] = []
        for _ in range(20):
            began = time.monotonic()
            client.sendall(b"a\n")
            client.sendall(b"b\n")
            assert said(client, 4) == b"A\nB\n"
            took.append(time.monotonic() - began)
    assert sorted(took)[10] < 0.03


def test_messages_and_streams_share_a_loop(tmp_path: Any) -> None:
    @stream_handler
    async def lower(stream: Any) -> None:
        async for line in stream:
            await stream.write(line.lower())

    messages = Server(TCP(port=0), Framed(Lines(), upper), Multiplexed())
    streams = Server(UnixStream(str(tmp_path / "s")), lower, Multiplexed())
    group = Group([messages, streams])
    with running(group), connect(messages.server_address) as first, connect(streams.server_address) as second:
        for _ in range(3):
            first.sendall(b"Aa\n")
            second.sendall(b"Aa\n")
            assert said(first, 3) == b"AA\n"
            assert said(second, 3) == b"aa\n"


def test_server_that_served_in_one_loop_serves_in_another() -> None:
    server = Server(TCP(port=0), Framed(Lines(), upper), Multiplexed())
    server.open()
    try:
        for _ in range(2):
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            with connect(server.server_address) as client:
                client.sendall(b"a\n")
                assert said(client, 2) == b"A\n"
            server.shutdown()
            thread.join(PATIENCE)
    finally:
        server.server_close()


def test_handle_request_serves_one_connection_of_messages() -> None:
    server = Server(TCP(port=0), Framed(Lines(), upper), Multiplexed(), config=ServerConfig(observer=Seen()))
    with server, connect(server.server_address) as client:
        client.sendall(b"a\nb\n")
        client.shutdown(socket.SHUT_WR)
        server.handle_request()
        assert rest(client) == b"A\nB\n"


@pytest.mark.parametrize(
    "name", ["fast", "fast_in_asyncio", "fast_in_uvloop", "multiplexed_established_later", "asyncio", "uvloop"]
)
@pytest.mark.parametrize("waits", ["for its peer", "for a reply"])
def test_connection_that_another_thread_closes_ends_its_exchange(name: str, waits: str) -> None:
    """It is a socket that announces its end, as every one is that a handler has asked its stream for."""
    given = Given(lambda message: message == b"later")
    framed = Framed(Lines(), given)
    requests: list[StreamRequest] = []

    def handler(request: StreamRequest, client_address: object, server: ServerContext) -> MessageExchange:
        announce_end(request)
        requests.append(request)
        return framed(request, client_address, server)

    with serving(WAYS[name], TCP(port=0), handler) as run, connect(run.address) as client:
        client.sendall(b"a\n")
        assert said(client, 2) == b"A\n"
        if waits == "for a reply":
            client.sendall(b"later\n")
            given.of(b"later")
        # It waits again by then, mostly.
        time.sleep(0.01)
        requests[0].close()
        assert rest(client) == b""
        run.seen.wait_for(Finished)
        if waits == "for a reply":
            assert given.of(b"later").cancelled()
        with connect(run.address) as other:
            other.sendall(b"b\n")
            assert said(other, 2) == b"B\n"


@pytest.mark.parametrize("name", ["fast", "multiplexed_established_later", "threads", "asyncio"])
def test_client_that_ends_in_a_message_leaves_nothing_to_the_garbage_collector(name: str) -> None:
    def exchanges() -> int:
        return sum(type(each) is Exchange for each in gc.get_objects())

    with serving(WAYS[name], TCP(port=0), Framed(Lines(), upper)) as run:
        gc.collect()
        before = exchanges()
        gc.disable()
        try:
            for number in range(1, 4):
                assert ask(run.address, b"a\nhalf") == b"A\n"
                assert run.outcome(number) is Outcome.GIVEN_UP
            run.seen.events.clear()
            run.server.errors.clear()
            wait_for(lambda: exchanges() <= before)
        finally:
            gc.enable()


# A thread that waits for its peer and for a reply


def test_bell_wakes_who_waits_for_a_descriptor() -> None:
    bell = Bell()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        timer = threading.Timer(0.05, bell.ring)
        timer.start()
        began = time.monotonic()
        assert not bell.wait_readable(ours.fileno(), PATIENCE)
        assert bell.has_rung
        assert time.monotonic() - began < PATIENCE / 2
        timer.join()
        bell.mute()
        assert not bell.wait_readable(ours.fileno(), 0.01)
        assert [bell.has_rung] == [False]
        theirs.send(b"a")
        assert bell.wait_readable(ours.fileno(), PATIENCE)


def test_bell_without_descriptors_wakes_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left() -> Any:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    ours, theirs = socket.socketpair()
    monkeypatch.setattr(socket, "socketpair", none_left)
    bell = Bell()
    with ours, theirs:
        assert not bell.wait_readable(ours.fileno(), PATIENCE)
        theirs.send(b"a")
        assert bell.wait_readable(ours.fileno(), PATIENCE)


def test_pending_replies_come_in_a_thread_that_has_no_descriptors_left(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Given()
    with serving(WAYS["threads"], TCP(port=0), Framed(Lines(), given)) as run, connect(run.address) as client:

        def none_left() -> Any:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

        with monkeypatch.context() as patched:
            patched.setattr(socket, "socketpair", none_left)
            client.sendall(b"a\n")
            given.of(b"a").set_result(b"A")
            assert said(client, 2) == b"A\n"


def test_late_call_for_a_request_that_is_over_does_no_harm() -> None:
    given = Given()
    for name in ("fast", "threads", "asyncio"):
        with serving(WAYS[name], TCP(port=0), Framed(Lines(), given)) as run:
            client = connect(run.address)
            client.sendall(name.encode() + b"\n")
            future = given.of(name.encode())
            # It cannot be cancelled any more.
            assert future.set_running_or_notify_cancel()
            reset(client)
            run.seen.wait_for(Finished)
            future.set_result(b"late")


def test_failure_that_a_hook_raises_ends_the_loop() -> None:
    class Failing(Reporting):
        def handle_error(self, request: Any, client_address: Any) -> None:
            raise RuntimeError("a hook has failed")

    def fail(_message: bytes) -> bytes:
        raise ValueError("no good")

    server = Failing(TCP(port=0), Framed(Lines(), fail), Multiplexed())
    with (
        pytest.raises(RuntimeError, match="a hook has failed"),
        running(server),
        connect(server.server_address) as client,
    ):
        client.sendall(b"a\n")
        assert rest(client) == b""
        wait_for(lambda: server.state.name != "SERVING")
