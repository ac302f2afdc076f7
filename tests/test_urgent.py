"""Urgent data: what a stream does with the byte that a peer sends past all others, under every strategy."""

import ftplib
import functools
import resource
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tests.everywhere import STRATEGIES, everywhere, serving
from tests.matrix import LOOP_MAKING_STRATEGIES, MULTIPLEXING_STRATEGIES
from tests.matrix import STRATEGIES as BLOCKING
from tests.running import PATIENCE, connect, running
from tests.test_tls import strategy_of
from tests.tls import client_context
from tests.tls_files import files
from typedserver import (
    TCP,
    TLS,
    ClientStream,
    Deadlines,
    IncompleteRead,
    LifecycleError,
    Multiplexed,
    RecipeError,
    Server,
    ServerConfig,
    Stream,
    StreamConfig,
    StreamRequestHandler,
    TaskGroup,
    Threads,
    TLSConfig,
    UnixStream,
    drive,
    inet_address,
    sleep,
    stream_handler,
)
from typedserver import connect as connect_by_stream

DELIVER: Final = StreamConfig(urgent="deliver")
OOB: Final = socket.MSG_OOB

# The types of its overloads are for addresses of a known kind.
call_out: Any = connect_by_stream

WITHOUT_FORKS: Final = [name for name in STRATEGIES if name != "forks"]


@contextmanager
def client_of(server: Any) -> Generator[socket.socket, None, None]:
    with connect(server.server_address) as client:
        client.settimeout(PATIENCE)
        if client.family != socket.AF_UNIX:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield client


def line_of(client: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\n"):
        more = client.recv(1)
        assert more, data
        data += more
    return data


# By default


@everywhere
def test_urgent_byte_is_ignored_by_default(name: str) -> None:
    @stream_handler
    async def echo(stream: Stream) -> None:
        async for line in stream:
            await stream.write(line)

    with serving(name, echo) as server, client_of(server) as client:
        client.send(b"!", OOB)
        client.sendall(b"hel")
        client.send(b"!", OOB)
        client.sendall(b"lo\n")
        assert line_of(client) == b"hello\n"
        client.send(b"!", OOB)
        client.sendall(b"again\n")
        assert line_of(client) == b"again\n"


@pytest.mark.parametrize("kind", ["tcp", "unix"])
@pytest.mark.parametrize("config", ["ignore", "inline", "deliver"])
@pytest.mark.parametrize("strategy", [*BLOCKING, *MULTIPLEXING_STRATEGIES, *LOOP_MAKING_STRATEGIES])
def test_urgent_byte_that_nobody_reads_does_not_spin(strategy: str, config: Any, kind: str, tmp_path: Path) -> None:
    @stream_handler(config=StreamConfig(urgent=config))
    async def reads_then_rests(stream: Stream) -> None:
        await stream.write(b"ready\n")
        await stream.write(await stream.readline())
        # Its reader stays registered in a loop.
        await sleep(0.3)
        await stream.write(b"rested\n")
        # Here it waits in a read.
        while not (await stream.read(100)).endswith(b"end"):
            pass

    endpoint: Any = TCP(port=0) if kind == "tcp" else UnixStream(str(tmp_path / "s"))
    with strategy_of(strategy) as made:
        server = Server(endpoint, reads_then_rests, made)
        with running(server), client_of(server) as client:
            assert line_of(client) == b"ready\n"
            # Long enough that it waits in its read: only then a loop has its descriptor.
            time.sleep(0.05)
            client.sendall(b"hello\n")
            line_of(client)
            client.send(b"!", OOB)
            before = cpu()
            assert line_of(client) == b"rested\n"
            client.send(b"?", OOB)
            time.sleep(0.2)
            # A loop that spins takes half a second of it.
            assert cpu() - before < 0.15
            client.sendall(b"end")


def cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


# As the standard library's handlers do it


@pytest.mark.parametrize("strategy", BLOCKING)
def test_plain_handler_receives_an_urgent_byte_by_itself(strategy: str) -> None:
    def receive(request: socket.socket, _client_address: object, _server: object) -> None:
        request.sendall(request.recv(100))
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                request.sendall(request.recv(1, OOB))
            except OSError:
                time.sleep(0.001)
            else:
                return

    with strategy_of(strategy) as made:
        server = Server(TCP(port=0), receive, made)
        with running(server), client_of(server) as client:
            client.sendall(b"data")
            assert client.recv(100) == b"data"
            client.send(b"!", OOB)
            assert client.recv(100) == b"!"


@pytest.mark.parametrize("strategy", BLOCKING)
def test_handler_of_files_may_have_it_inline(strategy: str) -> None:
    class Echo(StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(self.rfile.readline())

    handler = functools.partial(Echo, config=StreamConfig(urgent="inline"))
    with strategy_of(strategy) as made:
        server = Server(TCP(port=0), handler, made)
        with running(server), client_of(server) as client:
            client.sendall(b"a")
            client.send(b"!", OOB)
            client.sendall(b"b\n")
            assert line_of(client) == b"a!b\n"


def test_handler_of_files_has_none_delivered(caplog: pytest.LogCaptureFixture) -> None:
    server = Server(TCP(port=0), functools.partial(StreamRequestHandler, config=DELIVER), Threads())
    with running(server), client_of(server) as client:
        assert client.recv(1) == b""
    assert "needs a Stream: a handler that reads files asks the kernel" in caplog.text


# In the data


@everywhere
def test_inline_byte_comes_among_the_data_and_its_mark_is_seen(name: str) -> None:
    @stream_handler(config=StreamConfig(urgent="inline"))
    async def tell(stream: Stream) -> None:
        await stream.write(await stream.readexactly(2) + b"\n")
        until = time.monotonic() + PATIENCE
        while not stream.at_mark():
            assert time.monotonic() < until
            await sleep(0.001)
        await stream.write(await stream.read(1) + b"\n")
        assert not stream.at_mark()

    with serving(name, tell) as server, client_of(server) as client:
        client.sendall(b"ab")
        assert line_of(client) == b"ab\n"
        client.send(b"!", OOB)
        assert line_of(client) == b"!\n"


# Delivered


@everywhere
@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_urgent_byte_is_delivered_beside_a_reader(name: str, kind: str, tmp_path: Path) -> None:
    @stream_handler(config=DELIVER)
    async def serve(stream: Stream) -> None:
        async def read() -> None:
            async for line in stream:
                await stream.write(b"line " + line)

        async def interrupt() -> None:
            while True:
                await stream.write(b"urgent " + await stream.wait_urgent() + b"\n")

        async with TaskGroup() as tasks:
            interrupting = tasks.create_task(interrupt())
            await read()
            interrupting.cancel()

    endpoint: Any = TCP(port=0) if kind == "tcp" else UnixStream(str(tmp_path / "s"))
    strategy = STRATEGIES[name]()
    server = Server(endpoint, serve, strategy)
    with running(server), client_of(server) as client:
        for _ in range(5):
            client.send(b"!", OOB)
            assert line_of(client) == b"urgent !\n"
            client.sendall(b"hello\n")
            assert line_of(client) == b"line hello\n"
            client.sendall(b"wor")
            client.send(b"?", OOB)
            client.sendall(b"ld\n")
            assert {line_of(client), line_of(client)} == {b"urgent ?\n", b"line world\n"}
        client.shutdown(socket.SHUT_WR)
        assert client.recv(10) == b""
    if name == "executor":
        strategy.executor.shutdown()


@everywhere
def test_urgent_bytes_are_asked_for_by_a_loop_that_sends(name: str) -> None:
    @stream_handler(config=DELIVER)
    async def count(stream: Stream) -> None:
        await stream.readline()
        number = 0
        while not (stopped := stream.urgent):
            number += 1
            await stream.write(b"%d\n" % number)
            await sleep(0.001)
        await stream.write(b"stopped by " + stopped + b"\n")

    with serving(name, count) as server, client_of(server) as client:
        client.sendall(b"count\n")
        assert line_of(client) == b"1\n"
        client.send(b"!", OOB)
        while (line := line_of(client)) != b"stopped by !\n":
            assert line.strip().isdigit()


@everywhere
def test_wait_ends_when_its_time_is_over(name: str) -> None:
    @stream_handler(config=DELIVER)
    async def wait(stream: Stream) -> None:
        begun = time.monotonic()
        waited = await stream.wait_urgent(0.05)
        await stream.write(repr((waited, time.monotonic() - begun >= 0.05)).encode() + b"\n")

    with serving(name, wait) as server, client_of(server) as client:
        assert line_of(client) == b"(b'', True)\n"


@everywhere
@pytest.mark.parametrize("deadlines", [Deadlines(total=0.3), Deadlines(read=0.2, total=0.5)], ids=["total", "read"])
def test_wait_ends_by_the_deadline_of_the_request_alone(name: str, deadlines: Deadlines) -> None:
    @stream_handler(config=DELIVER)
    async def wait(stream: Stream) -> None:
        await stream.write(await stream.readline())
        await stream.wait_urgent()
        raise AssertionError("it was not ended")

    with serving(name, wait, ServerConfig(deadlines=deadlines)) as server, client_of(server) as client:
        begun = time.monotonic()
        client.sendall(b"hello\n")
        line_of(client)
        assert client.recv(1) == b""
        assert deadlines.total is not None
        # Kept to an eighth of a second.
        assert time.monotonic() - begun > deadlines.total - 0.15


@everywhere
@pytest.mark.parametrize("ends", ["client", "drain"])
def test_wait_ends_with_the_stream(name: str, ends: str) -> None:
    @stream_handler(config=DELIVER)
    async def wait(stream: Stream) -> None:
        await stream.write(await stream.readline())

        async def read() -> None:
            assert await stream.read(100) == b""

        async with TaskGroup() as tasks:
            tasks.create_task(read())
            with pytest.raises(IncompleteRead):
                await stream.wait_urgent()
        await stream.write(b"over\n")

    with serving(name, wait) as server, client_of(server) as client:
        client.sendall(b"hello\n")
        line_of(client)
        if ends == "client":
            client.shutdown(socket.SHUT_WR)
        else:
            server.request_drain()
        assert line_of(client) == b"over\n"


@everywhere
def test_read_never_crosses_the_mark(name: str) -> None:
    @stream_handler(config=DELIVER)
    async def discard(stream: Stream) -> None:
        # What comes before the mark is of no use any more, as behind telnet's Synch.
        await stream.wait_urgent()
        while not stream.at_mark():
            await stream.read(1000)
        await stream.write(await stream.readline())

    with serving(name, discard) as server, client_of(server) as client:
        client.sendall(b"old old old\n" * 100)
        client.send(b"!", OOB)
        client.sendall(b"new\n")
        assert line_of(client) == b"new\n"


@pytest.mark.parametrize("name", WITHOUT_FORKS)
def test_each_urgent_byte_reaches_a_reader_that_is_told_of_none_by_a_wait(name: str) -> None:
    got: list[bytes] = []

    @stream_handler(config=DELIVER)
    async def serve(stream: Stream) -> None:
        async for line in stream:
            got.append(stream.urgent)
            await stream.write(line)

    with serving(name, serve) as server, client_of(server) as client:
        for number in range(50):
            client.send(bytes([number]), OOB)
            client.sendall(b"next\n")
            line_of(client)
    assert b"".join(got) == bytes(range(50))


@everywhere
def test_urgent_byte_is_sent_behind_what_was_written(name: str) -> None:
    @stream_handler(config=DELIVER)
    async def send(stream: Stream) -> None:
        await stream.write(b"before")
        await stream.send_urgent(b"!")
        await stream.write(b"after")
        await stream.read(1)
        for wrong in (b"", b"ab"):
            with pytest.raises(ValueError, match="must be one byte"):
                await stream.send_urgent(wrong)

    with serving(name, send) as server, client_of(server) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
        data = b""
        while len(data) < 12:
            data += client.recv(100)
        assert data == b"before!after"
        client.sendall(b"x")


def test_urgent_byte_waits_for_room() -> None:
    @stream_handler(config=StreamConfig(urgent="deliver", outbox=1 << 24))
    async def send(stream: Stream) -> None:
        assert stream.try_write(b"x" * (1 << 23))
        await stream.send_urgent(b"!")

    with serving("multiplexed", send) as server, client_of(server) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
        size, last = 0, b""
        while more := client.recv(1 << 20):
            size, last = size + len(more), more
        assert size == (1 << 23) + 1
        assert last.endswith(b"!")


def test_client_stream_waits_for_urgent_data_too() -> None:
    @stream_handler(config=DELIVER)
    async def serve(stream: Stream) -> None:
        await stream.send_urgent(await stream.wait_urgent())
        await stream.read(1)

    async def call(address: Any) -> bytes:
        made: ClientStream[Any] = await call_out(address, config=DELIVER)
        async with made as stream:
            await stream.send_urgent(b"?")
            return await stream.wait_urgent(PATIENCE)

    with serving("multiplexed", serve) as server:
        assert drive(call(server.server_address)) == b"?"


@everywhere
def test_ftplib_aborts_a_transfer(name: str) -> None:
    @stream_handler(config=DELIVER)
    async def serve(stream: Stream) -> None:
        await stream.write(b"220 ready\r\n")
        async for line in stream:
            if not line.startswith(b"RETR"):
                await stream.write(b"230 welcome\r\n")
                continue
            await stream.write(b"150 it begins\r\n")
            # The client sends ABOR with its last byte urgent.
            assert await stream.wait_urgent() == b"\n"
            command = b""
            while not stream.at_mark():
                command += await stream.read(100)
            await stream.write(b"226 " + command.strip() + b" done\r\n")

    with serving(name, serve) as server, ftplib.FTP(timeout=PATIENCE) as ftp:
        address = inet_address(server)
        ftp.connect(address[0], address[1])
        assert ftp.login() == "230 welcome"
        assert ftp.sendcmd("RETR large") == "150 it begins"
        assert ftp.abort() == "226 ABOR done"
        assert ftp.sendcmd("NOOP") == "230 welcome"
        # A forked child has a copy of it.
        assert ftp.sock is not None
        ftp.sock.shutdown(socket.SHUT_RDWR)


# What cannot be


@pytest.mark.parametrize("config", [StreamConfig(), StreamConfig(urgent="inline")])
def test_stream_that_delivers_none_says_so(config: StreamConfig) -> None:
    @stream_handler(config=config)
    async def ask(stream: Stream) -> None:
        for awaited in (stream.wait_urgent, functools.partial(stream.send_urgent, b"!")):
            with pytest.raises(LifecycleError, match='give StreamConfig\\(urgent="deliver"\\)'):
                await awaited()
        if config.urgent == "ignore":
            with pytest.raises(LifecycleError):
                stream.at_mark()
        await stream.write(b"said\n")

    with serving("multiplexed", ask) as server, client_of(server) as client:
        assert line_of(client) == b"said\n"


def test_tls_has_none(tmp_path: Path) -> None:
    files(tmp_path)

    @stream_handler(config=DELIVER)
    async def ask(stream: Stream) -> None:
        with pytest.raises(LifecycleError, match="TLS has none"):
            await stream.wait_urgent()
        with pytest.raises(LifecycleError, match="TLS has none"):
            stream.at_mark()
        await stream.write(b"said\n")

    config = TLSConfig(certificate=tmp_path / "certificate", key=tmp_path / "key")
    server = Server(TLS(TCP(port=0), config), ask, Multiplexed())
    with running(server), connect(server.server_address) as raw, client_context().wrap_socket(raw) as client:
        assert client.recv(100) == b"said\n"


def test_second_wait_is_refused() -> None:
    @stream_handler(config=DELIVER)
    async def wait(stream: Stream) -> None:
        async with TaskGroup() as tasks:
            first = tasks.create_task(stream.wait_urgent())
            await sleep(0)
            with pytest.raises(LifecycleError, match="another coroutine waits for urgent data"):
                await stream.wait_urgent()
            await stream.write(b"refused\n")
            await stream.write(await first + b"\n")

    with serving("multiplexed", wait) as server, client_of(server) as client:
        assert line_of(client) == b"refused\n"
        client.send(b"!", OOB)
        assert line_of(client) == b"!\n"


@pytest.mark.parametrize("wrong", ["in-band", None, True])
def test_policy_that_cannot_be_is_refused(wrong: Any) -> None:
    with pytest.raises(RecipeError, match=r"StreamConfig\(urgent=.* must be one of 'ignore', 'inline', 'deliver'"):
        StreamConfig(urgent=wrong)


@pytest.mark.parametrize("wrong", [-1, "1", float("nan")])
def test_time_of_a_wait_that_cannot_be_is_refused(wrong: Any) -> None:
    @stream_handler(config=DELIVER)
    async def wait(stream: Stream) -> None:
        with pytest.raises(RecipeError, match="wait_urgent"):
            await stream.wait_urgent(wrong)
        await stream.write(b"refused\n")

    with serving("multiplexed", wait) as server, client_of(server) as client:
        assert line_of(client) == b"refused\n"
