"""Sending files: every byte of them, by the kernel or by reads, under every strategy and beside other writers."""

import functools
import gzip
import http.server
import io
import os
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from tests.contexts import Context
from tests.running import PATIENCE, connect, running
from tests.tls import client_context, server_context
from typedserver import (
    TCP,
    TLS,
    Asyncio,
    ConcurrencyStrategy,
    Endpoint,
    FileTruncated,
    Forks,
    Inline,
    Limits,
    Multiplexed,
    PeerTimedOut,
    RecipeError,
    SendableFile,
    Server,
    ServerConfig,
    SlowPeer,
    Stream,
    StreamConfig,
    StreamRequestHandler,
    TaskGroup,
    ThreadPool,
    Threads,
    UnixStream,
    from_stdlib,
    stream_handler,
    timeout,
)
from typedserver.coroutines.drive import drive
from typedserver.sockets import parcels
from typedserver.sockets.accepted import Connection

# Far beyond what the kernel's buffers of a connection hold.
LARGE = 12_000_000

PATIENT = StreamConfig(timeout=PATIENCE)

STRATEGIES: dict[str, Callable[[], ConcurrencyStrategy[Any]]] = {
    "inline": Inline,
    "threads": Threads,
    "thread_pool": lambda: ThreadPool(workers=2),
    "forks": Forks,
    "multiplexed": Multiplexed,
    "asyncio": Asyncio,
}
SUSPENDING = ["multiplexed", "asyncio"]

Answer = Callable[[Stream], Coroutine[Any, Any, None]]


@pytest.fixture(scope="module")
def data() -> bytes:
    return os.urandom(LARGE)


@pytest.fixture
def path(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(data)
    return path


@pytest.fixture(params=["tcp", "unix", "tls", "paced"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def endpoint_of(way: str, folder: Path) -> Endpoint[Any, Any]:
    match way:
        case "unix":
            return UnixStream(str(folder / "socket"))
        case "tls":
            return TLS(TCP(port=0), server_context(folder))
        case _:
            return TCP(port=0)


def limits_of(way: str) -> ServerConfig:
    # A rate that takes the bytes another way, and never makes a test wait for long.
    return ServerConfig(limits=Limits(write_rate=500_000_000)) if way == "paced" else ServerConfig()


@contextmanager
def answering(
    answer: Answer,
    way: str,
    strategy: str,
    folder: Path,
    config: StreamConfig = PATIENT,
) -> Generator[Callable[[], socket.socket], None, None]:
    """Serve; yields what connects a client."""
    handler = stream_handler(config=config)(answer)
    server: Server[Any, Any] = Server(endpoint_of(way, folder), handler, STRATEGIES[strategy](), config=limits_of(way))
    clients: list[socket.socket] = []

    def new_client() -> socket.socket:
        client: socket.socket = connect(server.server_address)
        clients.append(client)
        if way == "tls":
            client = client_context().wrap_socket(client)
            clients.append(client)
        return client

    with running(server):
        try:
            yield new_client
        finally:
            for client in clients:
                client.close()


def received(client: socket.socket) -> bytes:
    """Return all that comes until the end of the stream."""
    gathered = bytearray()
    while part := client.recv(1 << 20):
        gathered += part
    return bytes(gathered)


class Calls:
    """Counts what the kernel is asked to send."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.counts: list[int] = []
        sendfile = os.sendfile

        def counted(out: int, file: int, offset: int, count: int) -> int:
            self.counts.append(count)
            return sendfile(out, file, offset, count)

        monkeypatch.setattr(os, "sendfile", counted)


# What is sent


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_sendfile_sends_every_byte_between_two_writes(
    strategy: str, way: str, path: Path, data: bytes, tmp_path: Path
) -> None:
    async def answer(stream: Stream) -> None:
        await stream.readline()
        with path.open("rb") as file:
            await stream.write(b"<")
            sent = await stream.sendfile(file)
            await stream.write(b"> %d %d" % (sent, file.tell()))

    with answering(answer, way, strategy, tmp_path) as new_client:
        client = new_client()
        client.sendall(b"?\n")
        assert received(client) == b"<" + data + b"> %d %d" % (LARGE, LARGE)


@pytest.mark.parametrize("strategy", ["threads", "multiplexed"])
def test_sendfile_sends_50_megabytes(strategy: str, tmp_path: Path) -> None:
    whole = os.urandom(1_000_000) * 50
    path = tmp_path / "file"
    path.write_bytes(whole)

    async def answer(stream: Stream) -> None:
        with path.open("rb", buffering=0) as file:
            assert await stream.sendfile(file) == len(whole)

    with answering(answer, "tcp", strategy, tmp_path) as new_client:
        assert received(new_client()) == whole


SMALL = bytes(range(100))


@contextmanager
def stream_on_pair() -> Generator[tuple[Stream, socket.socket], None, None]:
    accepted, peer = socket.socketpair()
    # As a server accepts it: the descriptor blocks, and the kernel limits the waits.
    with Connection(accepted.family, accepted.type, accepted.proto, accepted.detach()) as ours, peer:
        peer.settimeout(PATIENCE)
        yield Stream(ours, "client", Context(), PATIENT), peer


@pytest.mark.parametrize("opened", [True, False])
@pytest.mark.parametrize(
    ("offset", "count", "expected"),
    [
        (0, None, SMALL),
        (0, 7, SMALL[:7]),
        (10, None, SMALL[10:]),
        (10, 5, SMALL[10:15]),
        (0, 0, b""),
        (10, 1000, SMALL[10:]),
        (100, None, b""),
        (1000, 5, b""),
    ],
)
def test_sendfile_sends_the_part_it_is_asked_for(
    offset: int, count: int | None, expected: bytes, tmp_path: Path, *, opened: bool
) -> None:
    path = tmp_path / "file"
    path.write_bytes(SMALL)
    file: BinaryIO = path.open("rb") if opened else io.BytesIO(SMALL)
    with file, stream_on_pair() as (stream, peer):
        file.seek(50)
        assert drive(stream.sendfile(file, offset, count)) == len(expected)
        assert file.tell() == offset + len(expected)
        stream.write_eof()
        assert received(peer) == expected


def test_sendfile_sends_what_the_file_still_held_to_be_written(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w+b") as file, stream_on_pair() as (stream, peer):
        file.write(SMALL)
        assert drive(stream.sendfile(file)) == len(SMALL)
        assert peer.recv(1000) == SMALL


def test_sendfile_sends_what_gzip_reads_and_not_what_its_descriptor_has(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "file", "wb") as packed:
        packed.write(SMALL)
    with gzip.open(tmp_path / "file") as file, stream_on_pair() as (stream, peer):
        assert drive(stream.sendfile(cast("SendableFile", file), 10)) == len(SMALL) - 10
        assert peer.recv(1000) == SMALL[10:]


def test_sendfile_sends_what_a_subclass_reads(tmp_path: Path) -> None:
    class Shouting(io.FileIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(size).upper()

    (tmp_path / "file").write_bytes(b"quiet")
    with Shouting(tmp_path / "file") as file, stream_on_pair() as (stream, peer):
        assert drive(stream.sendfile(file)) == 5
        assert peer.recv(1000) == b"QUIET"


def test_sendfile_sends_a_file_that_says_it_has_no_bytes() -> None:
    with Path("/proc/self/cmdline").open("rb") as file, stream_on_pair() as (stream, peer):
        assert drive(stream.sendfile(file)) > 0
        assert peer.recv(100_000) == Path("/proc/self/cmdline").read_bytes()


@pytest.mark.parametrize("count", [None, 4])
def test_sendfile_sends_a_pipe_from_where_it_is(count: int | None) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"piped")
    os.close(writing)
    with open(reading, "rb") as file, stream_on_pair() as (stream, peer):
        assert drive(stream.sendfile(file, count=count)) == (count or 5)
        assert peer.recv(1000) == b"piped"[:count]
        with pytest.raises(RecipeError, match=r"sendfile\(offset=3\) needs a file that can be sought in"):
            drive(stream.sendfile(file, 3))


def test_sendfile_refuses_what_it_cannot_send(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(SMALL)
    wrong: Any = "5"
    with (tmp_path / "file").open("rb") as file, stream_on_pair() as (stream, peer):
        with pytest.raises(TypeError, match=r"sendfile\(offset='5'\) takes a number of bytes, as an int"):
            drive(stream.sendfile(file, wrong))
        with pytest.raises(TypeError, match=r"sendfile\(count=True\) takes a number of bytes, as an int"):
            drive(stream.sendfile(file, 0, True))
        with pytest.raises(RecipeError, match=r"sendfile\(offset=-1\) must be a number of bytes, from 0 on"):
            drive(stream.sendfile(file, -1))
        with pytest.raises(RecipeError, match=r"sendfile\(count=-1\) must be a number of bytes, from 0 on"):
            drive(stream.sendfile(file, 0, -1))
        with pytest.raises(RecipeError, match="must be a number of bytes"):
            drive(stream.sendfile(file, 2**63))
        with (tmp_path / "file").open() as text, pytest.raises(TypeError, match="open it in binary mode"):
            drive(stream.sendfile(cast("Any", text)))
        with (tmp_path / "other").open("wb") as unreadable, pytest.raises(io.UnsupportedOperation):
            drive(stream.sendfile(unreadable))
        closed = (tmp_path / "file").open("rb")
        closed.close()
        with pytest.raises(ValueError, match="closed"):
            drive(stream.sendfile(closed))
        # None of it has done harm.
        assert drive(stream.sendfile(file, 0, 3)) == 3
        assert peer.recv(1000) == SMALL[:3]


def test_kernel_sends_regular_files_over_plain_connections_alone(
    way: str, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answer(stream: Stream) -> None:
        with path.open("rb") as file:
            await stream.sendfile(file)

    calls = Calls(monkeypatch)
    with answering(answer, way, "multiplexed", tmp_path) as new_client:
        assert len(received(new_client())) == LARGE
    if way in {"tcp", "unix"}:
        # A bound for each turn.
        assert max(calls.counts) == parcels.MOST_OF_FILE
    else:
        assert calls.counts == []


@pytest.mark.parametrize("strategy", ["threads", "multiplexed"])
def test_file_that_the_kernel_does_not_take_is_read(
    strategy: str, path: Path, data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> int:
        raise OSError(22, "Invalid argument")

    async def answer(stream: Stream) -> None:
        with path.open("rb") as file:
            await stream.sendfile(file, 1)

    monkeypatch.setattr(os, "sendfile", refuse)
    with answering(answer, "tcp", strategy, tmp_path) as new_client:
        assert received(new_client()) == data[1:]


def test_connection_blocks_as_before_when_the_kernel_has_sent(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[bool] = []

    def look(out: int, _file: int, _offset: int, count: int) -> int:
        modes.append(os.get_blocking(out))
        return count

    monkeypatch.setattr(os, "sendfile", look)
    with path.open("rb") as file, stream_on_pair() as (stream, _peer):
        drive(stream.sendfile(file, 0, 10))
        assert modes == [False]
        assert os.get_blocking(stream.socket.fileno())


def test_connection_that_was_made_non_blocking_meanwhile_stays_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with path.open("rb") as file, stream_on_pair() as (stream, _peer):

        def interrupt(_out: int, _file: int, _offset: int, count: int) -> int:
            stream.socket.setblocking(False)
            return count

        monkeypatch.setattr(os, "sendfile", interrupt)
        drive(stream.sendfile(file, 0, 10))
        assert not os.get_blocking(stream.socket.fileno())


def test_sendfile_over_a_layer_that_waits_by_itself_sends_all(path: Path, data: bytes, tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with ThreadPoolExecutor(1) as executor, theirs:
        accepting = executor.submit(server_context(tmp_path).wrap_socket, ours, server_side=True)
        with client_context().wrap_socket(theirs) as client, accepting.result() as connection:
            stream = Stream(connection, "client", Context(), PATIENT)

            def send() -> None:
                with path.open("rb") as file:
                    assert drive(stream.sendfile(file)) == LARGE
                drive(stream.write(b"!"))
                connection.unwrap()

            sending = executor.submit(send)
            client.settimeout(PATIENCE)
            assert received(client) == data + b"!"
            with suppress(OSError):
                client.unwrap()
            sending.result(PATIENCE)


# A file that changes


@pytest.mark.parametrize("strategy", ["threads", "multiplexed", "asyncio"])
def test_file_that_is_truncated_while_it_is_sent_is_an_error(
    strategy: str, way: str, path: Path, tmp_path: Path
) -> None:
    errors: list[BaseException] = []
    done = threading.Event()

    async def answer(stream: Stream) -> None:
        try:
            with path.open("rb") as file:
                await stream.sendfile(file)
        except FileTruncated as error:
            errors.append(error)
            try:
                await stream.write(b"more")
            except BrokenPipeError as broken:
                errors.append(broken)
        finally:
            done.set()

    with answering(answer, way, strategy, tmp_path) as new_client:
        client = new_client()
        # The kernel's buffers are full long before its end.
        first = client.recv(1000)
        os.truncate(path, LARGE // 2)
        assert len(first + received(client)) == LARGE // 2
        assert done.wait(PATIENCE)
    truncated, broken = errors
    assert f"had {LARGE} bytes, and ends after {LARGE // 2}" in str(truncated)
    assert "broken off in its middle" in str(broken)


def test_what_is_appended_while_a_file_is_sent_is_not_sent(path: Path, data: bytes, tmp_path: Path) -> None:
    async def answer(stream: Stream) -> None:
        with path.open("rb") as file:
            await stream.sendfile(file)

    with answering(answer, "tcp", "multiplexed", tmp_path) as new_client:
        client = new_client()
        first = client.recv(1000)
        with path.open("ab") as file:
            file.write(b"appended")
        assert first + received(client) == data


# Deadlines


@pytest.mark.parametrize("strategy", ["threads", "multiplexed", "asyncio"])
def test_peer_that_takes_nothing_of_a_file_is_given_up(strategy: str, way: str, path: Path, tmp_path: Path) -> None:
    errors: list[BaseException] = []
    done = threading.Event()

    async def answer(stream: Stream) -> None:
        try:
            with path.open("rb") as file:
                await stream.sendfile(file)
        except SlowPeer as error:
            errors.append(error)
        finally:
            done.set()

    with answering(answer, way, strategy, tmp_path, StreamConfig(timeout=0.2)) as new_client:
        new_client()
        assert done.wait(PATIENCE)
    assert "took nothing for 0.2 s" in str(errors[0])


@pytest.mark.parametrize("strategy", ["threads", "multiplexed", "asyncio"])
@pytest.mark.parametrize("way", ["unix", "tls"])
def test_peer_that_takes_a_file_slowly_gets_all_of_it(
    strategy: str, way: str, path: Path, data: bytes, tmp_path: Path
) -> None:
    async def answer(stream: Stream) -> None:
        with path.open("rb") as file:
            await stream.sendfile(file)

    with answering(answer, way, strategy, tmp_path, StreamConfig(timeout=1.0)) as new_client:
        client = new_client()
        pause = threading.Event()
        gathered = bytearray()
        # Two seconds in all, twice the time that one wait may take.
        for _ in range(20):
            wanted = len(gathered) + LARGE // 25
            while len(gathered) < wanted:
                gathered += client.recv(wanted - len(gathered))
            pause.wait(0.1)
        assert bytes(gathered) + received(client) == data


# Beside others


@pytest.mark.parametrize("strategy", ["threads", "multiplexed", "asyncio"])
def test_writers_of_one_connection_send_whole_and_in_the_order_of_their_calls(
    strategy: str, way: str, path: Path, data: bytes, tmp_path: Path
) -> None:
    async def send(stream: Stream, offset: int) -> None:
        with path.open("rb") as file:
            await stream.sendfile(file, offset)

    async def write(stream: Stream, words: bytes) -> None:
        await stream.write(words)

    async def answer(stream: Stream) -> None:
        await stream.readline()
        async with TaskGroup() as tasks:
            tasks.create_task(send(stream, 0))
            tasks.create_task(write(stream, b"<written>"))
            tasks.create_task(send(stream, LARGE // 2))
            tasks.create_task(write(stream, b"<last>"))

    with answering(answer, way, strategy, tmp_path) as new_client:
        client = new_client()
        client.sendall(b"?\n")
        assert received(client) == data + b"<written>" + data[LARGE // 2 :] + b"<last>"


@pytest.mark.parametrize("strategy", ["threads", "multiplexed"])
def test_file_goes_out_behind_what_the_outbox_keeps(strategy: str, path: Path, data: bytes, tmp_path: Path) -> None:
    kept = bytes(5_000_000)

    async def answer(stream: Stream) -> None:
        assert stream.try_write(kept)
        with path.open("rb") as file:
            sending = stream.sendfile(file)
            await sending
        assert stream.try_write(b"!")

    with answering(answer, "tcp", strategy, tmp_path, StreamConfig(outbox=6_000_000)) as new_client:
        assert received(new_client()) == kept + data + b"!"


@pytest.mark.parametrize("sender", ["threads", "multiplexed"])
def test_handler_sends_a_file_to_anothers_connection(sender: str, path: Path, data: bytes, tmp_path: Path) -> None:
    first: list[Stream] = []
    taken = threading.Event()

    async def answer(stream: Stream) -> None:
        if not first:
            first.append(stream)
            taken.set()
            # Its own handler only reads.
            await stream.read()
            return
        with path.open("rb") as file:
            await first[0].sendfile(file)
        await first[0].write(b"!")
        first[0].write_eof()

    with answering(answer, "tcp", sender, tmp_path) as new_client:
        client = new_client()
        assert taken.wait(PATIENCE)
        other = new_client()
        assert received(client) == data + b"!"
        assert received(other) == b""


@pytest.mark.parametrize("strategy", SUSPENDING)
def test_other_connections_have_their_turns_while_a_file_is_sent_fast(
    strategy: str, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    asking: list[socket.socket] = []

    def take_all(_out: int, _file: int, _offset: int, count: int) -> int:
        if not calls:
            asking[0].sendall(b"how many?\n")
        calls.append(count)
        return count

    async def answer(stream: Stream) -> None:
        if await stream.readline() == b"file\n":
            with path.open("rb") as file:
                await stream.sendfile(file)
        await stream.write(b"%d" % len(calls))

    monkeypatch.setattr(os, "sendfile", take_all)
    with answering(answer, "tcp", strategy, tmp_path) as new_client:
        asking.append(new_client())
        filing = new_client()
        filing.sendall(b"file\n")
        whole = -(-LARGE // parcels.MOST_OF_FILE)
        assert int(received(filing)) == whole
        assert int(received(asking[0])) < whole


@pytest.mark.parametrize("strategy", ["threads", "multiplexed", "asyncio"])
def test_sendfile_that_is_cancelled_leaves_half_a_message(strategy: str, way: str, path: Path, tmp_path: Path) -> None:
    errors: list[BaseException] = []
    positions: list[int] = []
    done = threading.Event()

    async def answer(stream: Stream) -> None:
        try:
            with path.open("rb") as file:
                try:
                    async with timeout(0.1):
                        await stream.sendfile(file)
                except TimeoutError as error:
                    errors.append(error)
                    positions.append(file.tell())
            await stream.write(b"more")
        except BrokenPipeError as error:
            errors.append(error)
        finally:
            done.set()

    with answering(answer, way, strategy, tmp_path) as new_client:
        client = new_client()
        assert done.wait(PATIENCE)
        # TLS counts its last byte as sent when all that was encrypted is on its way.
        assert 0 <= len(received(client)) - positions[0] <= 1
    assert [type(error) for error in errors] == [TimeoutError, BrokenPipeError]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_drain_waits_for_a_file_that_is_being_sent(
    strategy: str, way: str, path: Path, data: bytes, tmp_path: Path
) -> None:
    async def answer(stream: Stream) -> None:
        async for _line in stream:
            with path.open("rb") as file:
                await stream.sendfile(file)

    server: Server[Any, Any] = Server(
        endpoint_of(way, tmp_path), stream_handler(answer), STRATEGIES[strategy](), config=limits_of(way)
    )
    with ThreadPoolExecutor(1) as executor, running(server), connect(server.server_address) as plain:
        client = client_context().wrap_socket(plain) if way == "tls" else plain
        client.sendall(b"?\n")
        first = client.recv(1000)
        draining = executor.submit(server.drain, PATIENCE)
        # Nothing of it ends before all was taken, and then the connection is between two messages.
        assert first + received(client) == data
        assert draining.result(PATIENCE).cut == ()
        client.close()


@pytest.mark.parametrize("strategy", ["threads", "multiplexed", "asyncio"])
def test_cut_ends_a_file_that_is_being_sent(strategy: str, way: str, path: Path, tmp_path: Path) -> None:
    over = threading.Event()

    async def answer(stream: Stream) -> None:
        try:
            with path.open("rb") as file:
                await stream.sendfile(file)
        finally:
            over.set()

    server: Server[Any, Any] = Server(
        endpoint_of(way, tmp_path), stream_handler(answer), STRATEGIES[strategy](), config=limits_of(way)
    )
    with running(server), connect(server.server_address) as plain:
        client = client_context().wrap_socket(plain) if way == "tls" else plain
        assert client.recv(1000)
        assert len(server.drain(0).cut) == 1
        assert over.wait(PATIENCE)
        client.close()


# Handlers that block


class Sending(StreamRequestHandler):
    path: Path

    def handle(self) -> None:
        self.wfile.write(b"<")
        with self.path.open("rb") as file:
            self.wfile.write(b"%d>" % self.sendfile(file, 1))


@pytest.mark.parametrize("buffer", [0, -1])
@pytest.mark.parametrize("strategy", ["inline", "threads", "forks"])
def test_handler_class_sends_a_file_between_what_it_writes(
    strategy: str, buffer: int, way: str, path: Path, data: bytes, tmp_path: Path
) -> None:
    class Handler(Sending):
        pass

    Handler.path = path
    server: Server[Any, Any] = Server(
        endpoint_of(way, tmp_path),
        functools.partial(Handler, config=StreamConfig(wbufsize=buffer)),
        STRATEGIES[strategy](),
        config=limits_of(way),
    )
    with running(server), connect(server.server_address) as plain:
        client = client_context().wrap_socket(plain) if way == "tls" else plain
        with client:
            assert received(client) == b"<" + data[1:] + b"%d>" % (LARGE - 1)


@pytest.mark.parametrize("way", ["tcp", "tls"])
def test_handler_class_gives_up_a_peer_that_takes_nothing_of_a_file(way: str, path: Path, tmp_path: Path) -> None:
    errors: list[BaseException] = []
    done = threading.Event()

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            try:
                with path.open("rb") as file:
                    self.sendfile(file)
            except PeerTimedOut as error:
                errors.append(error)
            try:
                self.wfile.write(b"more")
            except OSError as error:
                errors.append(error)
            done.set()

    server: Server[Any, Any] = Server(
        endpoint_of(way, tmp_path), functools.partial(Handler, config=StreamConfig(timeout=0.2)), Threads()
    )
    with running(server), connect(server.server_address) as plain:
        client = client_context().wrap_socket(plain) if way == "tls" else plain
        with client:
            assert done.wait(PATIENCE)
    assert "took nothing for 0.2 s" in str(errors[0])
    assert "broken off in its middle" in str(errors[1])


def test_handler_class_says_that_a_file_was_truncated(path: Path) -> None:
    errors: list[BaseException] = []
    done = threading.Event()

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            try:
                with path.open("rb") as file:
                    self.sendfile(file)
            except FileTruncated as error:
                errors.append(error)
            done.set()

    server: Server[Any, Any] = Server(TCP(port=0), Handler, Threads())
    with running(server), connect(server.server_address) as client:
        first = client.recv(1000)
        os.truncate(path, LARGE // 2)
        assert len(first + received(client)) == LARGE // 2
        assert done.wait(PATIENCE)
    assert "was truncated while it was sent" in str(errors[0])


# The standard library's handler


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *_arguments: object) -> None:  # noqa: A002 - the base's name
        pass


class Copying(Quiet):
    """Sends its files in its own way."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        outputfile.write(b"copied: ")
        super().copyfile(source, outputfile)


class Wrapping(Quiet):
    """Has a file before the connection, which does more than pass on."""

    def setup(self) -> None:
        super().setup()
        inner = self.wfile

        class Counted(io.RawIOBase):
            def writable(self) -> bool:
                return True

            def fileno(self) -> int:
                return inner.fileno()

            def write(self, data: Any, /) -> int:
                return inner.write(bytes(data).replace(b"\0", b"\1"))

        self.wfile = cast("io.BufferedIOBase", Counted())


def fetched(kind: type[Quiet], way: str, folder: Path, name: str = "file") -> bytes:
    """Return the body that a server by this class answers with."""
    handler = from_stdlib(functools.partial(kind, directory=str(folder)))
    server: Server[Any, Any] = Server(endpoint_of(way, folder), handler, Threads(), config=limits_of(way))
    with running(server), connect(server.server_address) as plain:
        client = client_context().wrap_socket(plain) if way == "tls" else plain
        with client:
            client.sendall(b"GET /%s HTTP/1.0\r\n\r\n" % name.encode())
            return received(client).partition(b"\r\n\r\n")[2]


def test_http_handler_sends_files_by_the_kernel(
    way: str, path: Path, data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert path.name == "file"
    calls = Calls(monkeypatch)
    assert fetched(Quiet, way, tmp_path) == data
    assert bool(calls.counts) == (way in {"tcp", "unix"})


def test_http_handler_sends_its_listing_of_a_folder(path: Path, tmp_path: Path) -> None:
    assert path.name.encode() in fetched(Quiet, "tcp", tmp_path, "")


def test_http_handler_with_a_copyfile_of_its_own_is_asked(path: Path, data: bytes, tmp_path: Path) -> None:
    assert path.exists()
    assert fetched(Copying, "tcp", tmp_path) == b"copied: " + data


def test_http_handler_with_a_file_of_its_own_writes_to_that(path: Path, data: bytes, tmp_path: Path) -> None:
    assert path.exists()
    assert fetched(Wrapping, "tcp", tmp_path) == data.replace(b"\0", b"\1")


def test_http_handler_stays_what_the_program_gave(path: Path, tmp_path: Path) -> None:
    seen: list[type] = []

    class Looking(Quiet):
        def send_head(self) -> Any:
            seen.append(type(self))
            return super().send_head()

    assert path.exists()
    assert len(fetched(Looking, "tcp", tmp_path)) == LARGE
    assert seen == [Looking]


def test_http_client_that_takes_nothing_is_given_up(path: Path, tmp_path: Path) -> None:
    said: list[str] = []
    done = threading.Event()

    class Noting(Quiet):
        def log_error(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base's name
            said.append(format % arguments)

        def finish(self) -> None:
            super().finish()
            done.set()

    handler = from_stdlib(functools.partial(Noting, directory=str(tmp_path)), timeout=0.2)
    server: Server[Any, Any] = Server(TCP(port=0), handler, Threads())
    with running(server), connect(server.server_address) as client:
        client.sendall(b"GET /%s HTTP/1.0\r\n\r\n" % path.name.encode())
        assert done.wait(PATIENCE)
    # http.server handles that itself.
    assert said == ["Request timed out: TimeoutError('timed out')"]


def test_stdlib_handler_whose_client_takes_nothing_of_a_file_gets_it_said(path: Path) -> None:
    errors: list[BaseException | None] = []
    done = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with path.open("rb") as file:
                self.connection.sendfile(file)

    class Noting(Server[Any, Any]):
        def handle_error(self, _request: object, _client_address: object, /) -> None:
            errors.append(sys.exception())
            done.set()

    server = Noting(TCP(port=0), from_stdlib(Handler, timeout=0.2), Threads())
    with running(server), connect(server.server_address):
        assert done.wait(PATIENCE)
    assert "took nothing for 0.2 s" in str(errors[0])
