"""The outbox: data that is sent without anybody waiting for it, behind and before what others write."""

import asyncio
import socket
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any, Final

import pytest
import uvloop

from tests.contexts import Context
from tests.running import PATIENCE, connect, running
from tests.tls import client_context, server_context
from typedserver import (
    TCP,
    Asyncio,
    CompositionError,
    Deadlines,
    Finished,
    ForeignAwaitable,
    Forks,
    Inline,
    Multiplexed,
    Outcome,
    RecipeError,
    Server,
    ServerConfig,
    SlowPeer,
    Stream,
    StreamConfig,
    ThreadPool,
    Threads,
    UnixStream,
    drive,
    sleep,
    stream_handler,
)
from typedserver.sockets.emptying import emptying
from typedserver.testing import Socketpairs

STRATEGIES: Final[dict[str, Callable[[], Any]]] = {
    "Multiplexed": Multiplexed,
    "Asyncio": lambda: Asyncio(grace=0),
    "uvloop": lambda: Asyncio(grace=0, loop_factory=uvloop.new_event_loop),
    "Threads": Threads,
    "ThreadPool": lambda: ThreadPool(workers=16, queue=4),
}

every_strategy = pytest.mark.parametrize("make", STRATEGIES.values(), ids=STRATEGIES)

# Bytes, of which the kernel takes many.
LINE: Final = bytes(range(256)) * 4


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


PATIENT: Final = StreamConfig(timeout=PATIENCE)


def stream_of(end: socket.socket, config: StreamConfig = PATIENT) -> Stream[str, Context]:
    return Stream(end, "client", Context(), config)


@contextmanager
def pair(*, blocking: bool) -> Generator[tuple[socket.socket, socket.socket], None, None]:
    left, right = socket.socketpair()
    with left, right:
        left.setblocking(blocking)
        right.settimeout(PATIENCE)
        yield left, right


def fill(stream: Stream[Any, Any]) -> int:
    """Write lines until the outbox takes no more, and return how many it has taken; nothing is read meanwhile."""
    lines = 0
    while stream.try_write(LINE):
        lines += 1
    return lines


def received(client: socket.socket, size: int) -> bytes:
    got = bytearray()
    while len(got) < size:
        data = client.recv(1 << 16)
        assert data, "the stream ended too early"
        got += data
    return bytes(got)


def rest(client: socket.socket) -> bytes:
    got = bytearray()
    while data := client.recv(1 << 16):
        got += data
    return bytes(got)


@pytest.fixture(params=[True, False], ids=["blocking", "non-blocking"])
def blocking(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


# One stream by itself


def test_what_the_kernel_does_not_take_is_kept_and_sent_in_order(blocking: bool) -> None:
    with pair(blocking=blocking) as (left, right):
        stream = stream_of(left)
        lines = fill(stream)
        assert lines * len(LINE) >= StreamConfig().outbox
        assert received(right, lines * len(LINE)) == LINE * lines
        until(lambda: not emptying.pending)
        assert stream.try_write(b"more")
        assert right.recv(10) == b"more"


def test_outbox_keeps_at_most_its_limit_and_never_a_part(blocking: bool) -> None:
    with pair(blocking=blocking) as (left, right):
        stream = stream_of(left, StreamConfig(outbox=1000))
        sent = 0
        while stream.try_write(bytes(1000)):
            sent += 1000
        # It holds between nothing and all of one piece.
        assert not stream.try_write(bytes(1000))
        assert not stream.try_write(bytes(1001))
        assert len(received(right, sent)) == sent
        right.setblocking(False)
        with pytest.raises(BlockingIOError):
            right.recv(1)


def test_data_that_never_fits_is_not_sent_in_part(blocking: bool) -> None:
    with pair(blocking=blocking) as (left, right):
        stream = stream_of(left, StreamConfig(outbox=1000))
        assert not stream.try_write(bytes(1001))
        assert stream.try_write(b"fits")
        assert right.recv(2000) == b"fits"


def test_stream_without_an_outbox_keeps_nothing() -> None:
    with pair(blocking=False) as (left, _):
        assert not stream_of(left, StreamConfig(outbox=0)).try_write(b"x")
        assert stream_of(left, StreamConfig(outbox=0)).try_write(b"")
        with pytest.raises(RecipeError, match=r"StreamConfig\(outbox=-1\)"):
            StreamConfig(outbox=-1)


def test_what_is_kept_does_not_change_with_the_callers_buffer(blocking: bool) -> None:
    with pair(blocking=blocking) as (left, right):
        stream = stream_of(left)
        buffer = bytearray(b"a" * 1024)
        lines = 0
        while stream.try_write(buffer):
            lines += 1
        buffer[:] = b"b" * 1024
        assert received(right, lines * 1024) == b"a" * 1024 * lines


def test_write_goes_behind_what_is_kept(blocking: bool) -> None:
    with pair(blocking=blocking) as (left, right):
        stream = stream_of(left)
        lines = fill(stream)
        writer = threading.Thread(target=drive, args=(stream.write(b"last"),))
        writer.start()
        try:
            assert received(right, lines * len(LINE) + 4) == LINE * lines + b"last"
        finally:
            writer.join()


def test_what_is_kept_goes_behind_a_write_that_has_begun(blocking: bool) -> None:
    with pair(blocking=blocking) as (left, right):
        stream = stream_of(left)
        big = b"w" * (1 << 21)
        writer = threading.Thread(target=drive, args=(stream.write(big),))
        writer.start()
        try:
            until(lambda: stream._outbox is not None)  # pyright: ignore[reportPrivateUsage]  # that it waits
            assert stream.try_write(b"kept")
            assert received(right, len(big) + 4) == big + b"kept"
        finally:
            writer.join()


@pytest.mark.parametrize("end", ["write_eof", "close"])
def test_end_of_the_stream_goes_behind_what_is_kept(blocking: bool, end: str) -> None:
    with pair(blocking=blocking) as (left, right):
        stream = stream_of(left)
        lines = fill(stream)
        getattr(stream, end)()
        with pytest.raises(BrokenPipeError, match="nothing more can be sent to 'client': the stream was ended"):
            stream.try_write(b"more")
        assert rest(right) == LINE * lines
        with pytest.raises(BrokenPipeError):
            drive(stream.write(b"more"))


def test_peer_that_has_gone_fails_what_is_written_and_drops_what_is_kept(blocking: bool) -> None:
    with pair(blocking=blocking) as (left, right):
        stream = stream_of(left)
        fill(stream)
        right.close()
        until(lambda: not emptying.pending)
        with pytest.raises(ConnectionError):
            stream.try_write(b"more")


def test_peer_that_takes_nothing_loses_its_connection(blocking: bool) -> None:
    with pair(blocking=blocking) as (left, right):
        context = Context()
        context.deadlines = Deadlines(read=PATIENCE, write=0.05)
        stream = Stream(left, "client", context)
        fill(stream)
        with pytest.raises(SlowPeer, match=r"'client' took nothing for 0\.05 s: raise Deadlines\(write=\)"):
            drive(stream.read(1))
        until(lambda: not emptying.pending)
        with pytest.raises(SlowPeer) as slow:
            stream.try_write(b"x")
        assert slow.value.client_address == "client"
        with pytest.raises(SlowPeer):
            drive(stream.write(b"x"))
        rest(right)


def test_peer_that_takes_a_little_is_given_its_time_anew() -> None:
    with pair(blocking=False) as (left, right):
        stream = stream_of(left, StreamConfig(timeout=0.4))
        lines = fill(stream)
        got = 0
        # Longer than the limit in all, and never as long without a step.
        while got < lines * len(LINE):
            got += len(right.recv(1 << 15))
            time.sleep(0.05)
        until(lambda: not emptying.pending)
        assert stream.try_write(b"more")


def test_outboxes_need_no_thread_once_they_are_empty(blocking: bool) -> None:
    with pair(blocking=blocking) as (left, right):
        stream = stream_of(left)
        lines = fill(stream)
        assert "typedserver outboxes" in {thread.name for thread in threading.enumerate()}
        received(right, lines * len(LINE))
        until(lambda: "typedserver outboxes" not in {thread.name for thread in threading.enumerate()})


def test_connection_that_its_handler_closes_takes_its_outbox_along(blocking: bool) -> None:
    with pair(blocking=blocking) as (left, _):
        stream = stream_of(left)
        fill(stream)
        stream.socket.close()
        until(lambda: not emptying.pending)
        with pytest.raises(BrokenPipeError, match="its handler is over"):
            stream.try_write(b"x")


def test_tls_connection_has_no_outbox(tmp_path: Any) -> None:
    left, right = socket.socketpair()
    with left, right:

        def shake() -> None:
            with client_context().wrap_socket(right) as client:
                assert client.recv(10) == b"hello"

        peer = threading.Thread(target=shake)
        peer.start()
        with server_context(tmp_path).wrap_socket(left, server_side=True) as served:
            stream = stream_of(served)
            with pytest.raises(CompositionError, match=r"a send on a SSLSocket may wait: await Stream\.write"):
                stream.try_write(b"x")
            drive(stream.write(b"hello"))
            peer.join()


@pytest.fixture
def hasty_threads() -> Generator[None, None, None]:
    """Have the interpreter change to another thread as often as it can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("hasty_threads")
def test_threads_that_write_to_one_stream_mingle_nothing(blocking: bool) -> None:
    with pair(blocking=blocking) as (left, right):
        stream = stream_of(left)
        refused = [0] * 8

        def write(number: int) -> None:
            for _ in range(100):
                line = bytes([65 + number]) * 999 + b"\n"
                if number % 2:
                    drive(stream.write(line))
                elif not stream.try_write(line):
                    refused[number] += 1

        writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for writer in writers:
            writer.start()
        got = bytearray()

        def read() -> None:
            while data := right.recv(1 << 14):
                got.extend(data)

        reader = threading.Thread(target=read)
        reader.start()
        for writer in writers:
            writer.join()
        stream.write_eof()
        reader.join()
        lines = got.split(b"\n")
        assert lines.pop() == b""
        assert all(len(line) == 999 and len(set(line)) == 1 for line in lines)
        assert len(lines) == 800 - sum(refused)


# Writing from elsewhere


def test_write_of_a_foreign_loop_that_must_wait_is_refused() -> None:
    with pair(blocking=False) as (left, _):
        stream = stream_of(left)

        async def write(data: bytes) -> None:
            await stream.write(data)

        asyncio.run(write(b"x"))
        with pytest.raises(ForeignAwaitable, match="use try_write or broadcast"):
            asyncio.run(write(bytes(1 << 22)))


# Servers


class Room:
    """A server whose handlers put their streams where a test finds them, and read until the end."""

    def __init__(self, make: Callable[[], Any], *, write: float = PATIENCE, leave: bool = False) -> None:
        self.streams: list[Stream] = []
        self.outcomes: list[Outcome] = []
        self.left = threading.Event()
        if leave:
            self.left.clear()

        @stream_handler
        async def member(stream: Stream) -> None:
            self.streams.append(stream)
            async for _ in stream:
                if leave:
                    return

        config = ServerConfig(deadlines=Deadlines(write=write, read=PATIENCE), observer=self.observe)
        self.server: Server[Any, Any] = Server(TCP(port=0), member, make(), config=config)

    def observe(self, event: object) -> None:
        if isinstance(event, Finished):
            self.outcomes.append(event.outcome)

    def joined(self, client: socket.socket) -> Stream:
        until(lambda: any(stream.client_address == client.getsockname() for stream in self.streams))
        found = next(stream for stream in self.streams if stream.client_address == client.getsockname())
        # The kernel's own buffers would grow while nothing is read.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        found.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
        return found


@every_strategy
def test_thread_that_is_no_handlers_writes_to_any_connection(make: Callable[[], Any]) -> None:
    room = Room(make)
    with running(room.server), connect(room.server.server_address) as client:
        stream = room.joined(client)
        assert stream.try_write(b"tried ")
        drive(stream.write(b"driven"))
        assert received(client, 12) == b"tried driven"
        big = bytes(1 << 23)
        writer = threading.Thread(target=drive, args=(stream.write(big),))
        writer.start()
        assert received(client, len(big)) == big
        writer.join()


@every_strategy
def test_what_is_kept_when_the_handler_ends_is_still_sent(make: Callable[[], Any]) -> None:
    room = Room(make, leave=True)
    with running(room.server) as run:
        with connect(room.server.server_address) as client:
            lines = fill(room.joined(client))
            client.sendall(b"leave\n")
            until(lambda: room.outcomes == [Outcome.SERVED])
            assert any(outbox.closes for outbox in emptying.pending)
            # Others are served meanwhile, also those who get the number of a closed connection.
            with connect(room.server.server_address) as other:
                room.joined(other).try_write(b"served")
                assert other.recv(10) == b"served"
            assert rest(client) == LINE * lines
        until(lambda: not emptying.pending)
        assert run.result is None


@every_strategy
def test_writer_behind_what_is_kept_finds_the_connection_gone_when_its_handler_ends(make: Callable[[], Any]) -> None:
    room = Room(make, leave=True)
    raised: list[BaseException] = []
    with running(room.server), connect(room.server.server_address) as client:
        stream = room.joined(client)
        lines = fill(stream)

        def write() -> None:
            try:
                drive(stream.write(b"late"))
            except BrokenPipeError as error:
                raised.append(error)

        writer = threading.Thread(target=write)
        writer.start()
        until(lambda: len(stream._outbox._pieces) > 1)  # type: ignore[union-attr]  # pyright: ignore[reportPrivateUsage, reportOptionalMemberAccess]  # that it waits
        client.sendall(b"leave\n")
        writer.join()
        assert "its handler is over" in str(raised)
        assert rest(client) == LINE * lines


@every_strategy
def test_connection_whose_peer_takes_nothing_after_its_end_is_closed_at_the_write_deadline(
    make: Callable[[], Any],
) -> None:
    room = Room(make, write=0.2, leave=True)
    with running(room.server), connect(room.server.server_address) as client:
        fill(room.joined(client))
        client.sendall(b"leave\n")
        until(lambda: len(room.outcomes) == 1)
        until(lambda: not emptying.pending)


@every_strategy
def test_slow_peer_is_given_up_and_nobody_else(make: Callable[[], Any]) -> None:
    room = Room(make, write=0.3)
    with running(room.server), connect(room.server.server_address) as slow:
        stream = room.joined(slow)
        with suppress(SlowPeer):
            # The kernel's buffers grow for a while.
            while True:
                stream.try_write(LINE)
                time.sleep(0.0001)
        until(lambda: room.outcomes == [Outcome.GIVEN_UP])
        with connect(room.server.server_address) as other:
            room.joined(other).try_write(b"served")
            assert other.recv(10) == b"served"


@every_strategy
def test_writer_to_a_slow_peer_learns_its_name_and_goes_on(make: Callable[[], Any]) -> None:
    streams: dict[bytes, Stream] = {}
    outcomes: list[tuple[object, Outcome]] = []

    @stream_handler
    async def member(stream: Stream) -> None:
        name = await stream.readline()
        streams[name] = stream
        await stream.write(b"hello\n")
        async for line in stream:
            try:
                await streams[b"slow\n"].write(line * 1_000_000)
            except SlowPeer as error:
                await stream.write(f"{error.client_address}\n".encode())

    def observe(event: object) -> None:
        if isinstance(event, Finished):
            outcomes.append((event.client_address, event.outcome))

    config = ServerConfig(deadlines=Deadlines(write=0.3), observer=observe)
    server: Server[Any, Any] = Server(TCP(port=0), member, make(), config=config)
    with running(server):
        address = server.server_address
        with connect(address) as slow, connect(address) as one, connect(address) as two:
            for client, name in ((slow, b"slow\n"), (one, b"one\n"), (two, b"two\n")):
                client.sendall(name)
                assert received(client, 6) == b"hello\n"
            # Both wait, one behind the other.
            for client in (one, two):
                client.sendall(b"line of text\n")
            told = f"{slow.getsockname()}\n".encode()
            for client in (one, two):
                assert received(client, len(told)) == told
            until(lambda: (slow.getsockname(), Outcome.GIVEN_UP) in outcomes)
            for client in (one, two):
                client.shutdown(socket.SHUT_WR)
                assert client.recv(1) == b""
    assert sorted(outcome.name for _, outcome in outcomes) == ["GIVEN_UP", "SERVED", "SERVED"]


@pytest.mark.parametrize("make", [Inline, Forks], ids=["Inline", "Forks"])
def test_handler_that_ends_at_once_leaves_its_answer_in_the_outbox(make: Callable[[], Any], tmp_path: Any) -> None:
    path = str(tmp_path / "socket")

    @stream_handler
    async def answer(stream: Stream) -> None:
        lines = fill(stream)
        assert lines

    server: Server[Any, Any] = Server(UnixStream(path), answer, make())
    with running(server), connect(path) as client:
        got = rest(client)
        assert len(got) >= StreamConfig().outbox
        assert got == LINE * (len(got) // len(LINE))


@every_strategy
def test_server_that_closes_waits_for_what_its_outboxes_keep(make: Callable[[], Any]) -> None:
    room = Room(make)
    with connect_to(room) as (client, run):
        lines = fill(room.joined(client))
        got: list[bytes] = []

        def read_late() -> None:
            time.sleep(0.05)
            got.append(rest(client))
            client.close()

        reader = threading.Thread(target=read_late)
        reader.start()
        report = run.server.drain()
        reader.join()
        assert report.cut == ()
        assert got == [LINE * lines]


@contextmanager
def connect_to(room: Room) -> Generator[tuple[socket.socket, Any], None, None]:
    with running(room.server) as run, connect(room.server.server_address) as client:
        yield client, run


# Between two messages


@every_strategy
def test_handler_of_a_client_that_alone_speaks_drains_at_once_if_it_says_so(make: Callable[[], Any]) -> None:
    messages: list[bytes] = []

    @stream_handler
    async def collect(stream: Stream) -> None:
        while size := await stream.read(1):
            messages.append(await stream.readexactly(size[0]))
            stream.message_done()

    server: Server[Any, Any] = Server(TCP(port=0), collect, make())
    with running(server) as run, connect(server.server_address) as client:
        client.sendall(b"\x03one\x03two")
        until(lambda: messages == [b"one", b"two"])
        begun = time.monotonic()
        assert run.server.drain().cut == ()
        assert time.monotonic() - begun < 2


@every_strategy
def test_message_that_is_done_while_the_server_drains_is_the_last(make: Callable[[], Any]) -> None:
    ended = threading.Event()

    @stream_handler
    async def collect(stream: Stream) -> None:
        await stream.readexactly(3)
        while not stream.draining:
            await sleep(0.002)
        stream.message_done()
        assert await stream.read(1) == b""
        ended.set()

    server: Server[Any, Any] = Server(TCP(port=0), collect, make())
    with running(server) as run, connect(server.server_address) as client:
        client.sendall(b"one")
        time.sleep(0.02)
        assert run.server.drain().cut == ()
        assert ended.is_set()


def test_message_done_before_the_first_message_changes_nothing() -> None:
    with pair(blocking=False) as (left, _):
        stream = stream_of(left)
        stream.message_done()
        assert stream._exchange.mid_message is None  # pyright: ignore[reportPrivateUsage]  # a first message may be on its way


def test_connections_that_are_kept_after_their_end_are_bounded_however_many_end_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("typedserver.sockets.emptying.MOST_CLOSING", 2)
    together = threading.Barrier(12)

    @stream_handler
    async def handler(stream: Stream) -> None:
        while stream.try_write(LINE * 16):
            pass
        together.wait(PATIENCE)

    config = ServerConfig(deadlines=Deadlines(write=PATIENCE))
    pairs = Socketpairs()
    with running(Server(pairs, handler, Threads(), config=config)):
        clients = [pairs.connect() for _ in range(12)]
        try:
            began = time.monotonic()
            until(lambda: len([each for each in emptying.pending if each.closes]) == 2 and len(emptying.pending) == 2)
            assert time.monotonic() - began < PATIENCE / 4
        finally:
            for client in clients:
                client.close()
    until(lambda: not emptying.pending)
