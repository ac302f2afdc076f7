"""Gathered writes: the answers to pipelined requests leave together, and never later than their handler waits."""

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.contexts import Context
from tests.running import PATIENCE, connect, running
from tests.test_outbox import every_strategy
from typedserver import (
    TCP,
    Event,
    Multiplexed,
    Server,
    SlowPeer,
    Stream,
    StreamConfig,
    TaskGroup,
    sleep,
    stream_handler,
)
from typedserver.coroutines.drive import drive
from typedserver.coroutines.gathering import MOST_GATHERED, unsent
from typedserver.sockets.accepted import Connection

LINES = [b"line %d\n" % number for number in range(16)]


class Sends:
    """What each connection of this process has sent, call by call."""

    def __init__(self) -> None:
        self.calls: list[bytes] = []


@pytest.fixture
def sends(monkeypatch: pytest.MonkeyPatch) -> Sends:
    noted = Sends()
    send = Connection.send

    def noting(self: Connection, data: bytes, flags: int = 0, /) -> int:
        noted.calls.append(bytes(data))
        return send(self, data, flags)

    monkeypatch.setattr(Connection, "send", noting)
    return noted


@contextmanager
def streams(config: StreamConfig | None = None) -> Generator[tuple[Stream[str, Context], socket.socket], None, None]:
    left, right = socket.socketpair()
    with left, right:
        right.settimeout(PATIENCE)
        yield Stream(left, "client", Context(), config or StreamConfig(timeout=PATIENCE)), right
    assert not unsent


def received(client: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        piece = client.recv(size - len(data))
        assert piece, bytes(data)
        data += piece
    return bytes(data)


@stream_handler
async def echo(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line)


@every_strategy
def test_answers_to_pipelined_lines_are_sent_together(make: Callable[[], Any], sends: Sends) -> None:
    with running(Server(TCP(port=0), echo, make())) as run, connect(run.server.server_address) as client:
        client.sendall(b"".join(LINES))
        assert received(client, len(b"".join(LINES))) == b"".join(LINES)
        # The kernel may hand a send to the server in two parts, never in sixteen.
        assert len(sends.calls) <= 3
        client.sendall(b"alone\n")
        assert received(client, 6) == b"alone\n"
        assert sends.calls[-1] == b"alone\n"


@every_strategy
def test_gathered_answer_leaves_before_its_handler_waits(make: Callable[[], Any]) -> None:
    go_on = Event()

    @stream_handler
    async def handler(stream: Stream) -> None:
        await stream.write(await stream.readline())
        await go_on.wait()
        await stream.write(await stream.readline())

    with running(Server(TCP(port=0), handler, make())) as run, connect(run.server.server_address) as client:
        client.sendall(b"first\nsecond\n")
        assert received(client, 6) == b"first\n"
        go_on.set()
        assert received(client, 7) == b"second\n"


@every_strategy
def test_gathered_answer_leaves_before_its_handler_ends(make: Callable[[], Any]) -> None:
    @stream_handler
    async def handler(stream: Stream) -> None:
        await stream.write(await stream.readline())

    with running(Server(TCP(port=0), handler, make())) as run, connect(run.server.server_address) as client:
        client.sendall(b"first\nnever read\n")
        assert received(client, 6) == b"first\n"


@every_strategy
def test_what_an_inner_task_has_gathered_leaves_at_its_end(make: Callable[[], Any]) -> None:
    told = Event()

    @stream_handler
    async def handler(stream: Stream) -> None:
        line = await stream.readline()
        async with TaskGroup() as tasks:
            tasks.create_task(stream.write(line))
            await told.wait()

    with running(Server(TCP(port=0), handler, make())) as run, connect(run.server.server_address) as client:
        client.sendall(b"first\nsecond\n")
        assert received(client, 6) == b"first\n"
        told.set()
        assert client.recv(1) == b""


def test_flush_sends_what_was_gathered() -> None:
    async def handle(stream: Stream[str, Context], client: socket.socket) -> None:
        await stream.readline()
        await stream.write(b"one")
        client.setblocking(False)
        with pytest.raises(BlockingIOError):
            client.recv(10)
        await stream.flush()
        assert client.recv(10) == b"one"
        await stream.flush()

    with streams() as (stream, client):
        client.sendall(b"a\nb\n")
        drive(handle(stream, client))


def test_gathered_bytes_are_bounded() -> None:
    async def handle(stream: Stream[str, Context], client: socket.socket) -> None:
        await stream.readline()
        await stream.write(bytes(MOST_GATHERED - 1))
        client.setblocking(False)
        with pytest.raises(BlockingIOError):
            client.recv(10)
        await stream.write(b"x")
        assert client.recv(10) == bytes(10)

    with streams() as (stream, client):
        client.sendall(b"a\nb\n")
        drive(handle(stream, client))


@pytest.mark.parametrize("send", ["try_write", "socket", "buffer", "write_eof", "close"])
def test_what_follows_comes_behind_what_was_gathered(send: str) -> None:
    async def handle(stream: Stream[str, Context]) -> None:
        await stream.readline()
        await stream.write(b"one ")
        if send == "try_write":
            assert stream.try_write(b"two")
        elif send == "socket":
            stream.socket.send(b"two")
        elif send == "buffer":
            await stream.write(bytearray(b"two"))
        else:
            await stream.write(b"two")
            getattr(stream, send)()

    with streams() as (stream, client):
        client.sendall(b"a\nb\n")
        drive(handle(stream))
        assert received(client, 7) == b"one two"


def test_stream_whose_socket_was_asked_for_gathers_nothing() -> None:
    async def handle(stream: Stream[str, Context]) -> None:
        connection = stream.socket
        await stream.readline()
        await stream.write(b"one ")
        connection.send(b"two")

    with streams() as (stream, client):
        client.sendall(b"a\nb\n")
        drive(handle(stream))
        assert received(client, 7) == b"one two"


def test_another_handlers_write_comes_behind_what_was_gathered() -> None:
    heard = Event()
    members: list[Stream] = []

    @stream_handler
    async def chat(stream: Stream) -> None:
        members.append(stream)
        async for line in stream:
            await members[0].write(line)
            if line == b"heard\n":
                heard.set()

    with (
        running(Server(TCP(port=0), chat, Multiplexed())) as run,
        connect(run.server.server_address) as first,
    ):
        first.sendall(b"x\n")
        assert received(first, 2) == b"x\n"
        with connect(run.server.server_address) as second:
            second.sendall(b"a\nb\nheard\n")
            assert received(first, 10) == b"a\nb\nheard\n"


def test_failed_send_of_gathered_answers_reaches_the_next_read() -> None:
    async def handle(stream: Stream[str, Context], client: socket.socket) -> None:
        await stream.readline()
        client.close()
        await stream.write(b"lost")
        await sleep(0)
        with pytest.raises(BrokenPipeError):
            await stream.readline()
        with pytest.raises(BrokenPipeError):
            await stream.write(b"more")

    with streams() as (stream, client):
        client.sendall(b"a\nb\nc\n")
        drive(handle(stream, client))


def test_peer_that_takes_nothing_holds_up_who_gathers_for_it() -> None:
    async def handle(stream: Stream[str, Context]) -> None:
        while True:
            await stream.readline()
            await stream.write(bytes(30_000))

    with streams(StreamConfig(timeout=0.2)) as (stream, client):
        client.sendall(b"\n" * 1000)
        with pytest.raises(SlowPeer):
            drive(handle(stream))


def test_child_of_a_handler_does_not_send_what_its_parent_has_gathered() -> None:
    async def handle(stream: Stream[str, Context]) -> None:
        await stream.readline()
        await stream.write(b"once")
        pid = os.fork()
        if not pid:
            os._exit(0)
        os.waitpid(pid, 0)  # noqa: ASYNC222 - the handler has this thread for itself

    with streams() as (stream, client):
        client.sendall(b"a\nb\n")
        drive(handle(stream))
        assert received(client, 4) == b"once"
        client.setblocking(False)
        with pytest.raises(BlockingIOError):
            client.recv(1)


def test_write_that_no_driver_of_ours_runs_is_sent_at_once() -> None:
    with streams() as (stream, client):
        client.sendall(b"a\nb\n")
        assert drive(stream.readline()) == b"a\n"
        asyncio.run(_write(stream))
        assert received(client, 3) == b"now"
        writing = stream.write(b"now")
        with pytest.raises(StopIteration):
            writing.send(None)
        assert received(client, 3) == b"now"


async def _write(stream: Stream[str, Context]) -> None:
    await stream.write(b"now")


def test_other_threads_write_behind_what_was_gathered() -> None:
    written = threading.Event()

    async def handle(stream: Stream[str, Context]) -> None:
        await stream.readline()
        await stream.write(b"one ")

        def write() -> None:
            drive(stream.write(b"two"))
            written.set()

        writer = threading.Thread(target=write)
        writer.start()
        assert not written.wait(0.05)
        await stream.flush()
        assert written.wait(PATIENCE)
        writer.join()

    with streams() as (stream, client):
        client.sendall(b"a\nb\n")
        drive(handle(stream))
        assert received(client, 7) == b"one two"


@every_strategy
def test_drain_answers_all_of_a_pipelined_batch(make: Callable[[], Any]) -> None:
    begun = threading.Event()

    @stream_handler
    async def handler(stream: Stream) -> None:
        async for line in stream:
            await stream.write(line)
            begun.set()

    batch = b"".join(b"%d\n" % number for number in range(500))
    with running(Server(TCP(port=0), handler, make())) as run, connect(run.server.server_address) as client:
        client.sendall(batch)
        assert begun.wait(PATIENCE)
        run.server.drain()
        assert received(client, len(batch)) == batch
        assert client.recv(1) == b""


def test_file_comes_behind_what_was_gathered(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"two ")

    async def handle(stream: Stream[str, Context]) -> None:
        await stream.readline()
        await stream.write(b"one ")
        with path.open("rb") as file:
            assert await stream.sendfile(file) == 4
        await stream.write(b"three")

    with streams() as (stream, client):
        client.sendall(b"a\nb\n")
        drive(handle(stream))
        assert received(client, 13) == b"one two three"
