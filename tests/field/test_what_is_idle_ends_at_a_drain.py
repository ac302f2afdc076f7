"""A connection that waits for a message of which nothing was read is idle, whatever read waits: a drain ends it."""

import functools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from tests.running import PATIENCE, connect, running

from typedserver import (
    TCP,
    Asyncio,
    Inline,
    Multiplexed,
    Server,
    ServerConfig,
    Stream,
    StreamConfig,
    StreamRequestHandler,
    Threads,
    stream_handler,
)

STRATEGIES = [Threads(), Multiplexed(), Asyncio(grace=0)]

# A drain gives a client that has just connected twenty times as long for its first byte.
SOON = ServerConfig(quiet=0.005)


async def read_nothing(stream: Stream) -> None:
    await stream.read(0)
    await stream.readline()


async def read_exactly_nothing(stream: Stream) -> None:
    await stream.readexactly(0)
    await stream.readexactly(4)


async def read_to_the_end_after_an_answer(stream: Stream) -> None:
    await stream.write(b"ready\n")
    await stream.readline()
    await stream.write(b"ok\n")
    await stream.read(0)
    await stream.read()


STREAM_READS: dict[str, Callable[[Stream], Any]] = {
    "to the end": lambda stream: stream.read(),
    "some": lambda stream: stream.read(10),
    "exactly": lambda stream: stream.readexactly(10),
    "a line": lambda stream: stream.readline(),
    "a part": lambda stream: stream.readuntil(b";;"),
    "nothing, then a line": read_nothing,
    "exactly nothing": read_exactly_nothing,
}


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
@pytest.mark.parametrize("read", STREAM_READS.values(), ids=STREAM_READS)
def test_stream_of_which_nothing_was_read_is_idle(read: Callable[[Stream], Any], strategy: Any) -> None:
    reads = threading.Event()

    @stream_handler
    async def wait(stream: Stream) -> None:
        reads.set()
        await read(stream)

    with (
        running(Server(TCP(port=0), wait, strategy, config=SOON)) as run,
        connect(run.server.server_address) as client,
    ):
        assert reads.wait(PATIENCE)
        assert run.server.drain(PATIENCE).cut == ()
        assert client.recv(10) == b""


def check_idle_after_an_answer(server: Server[Any, Any]) -> None:
    with (
        running(server) as run,
        connect(run.server.server_address) as client,
        client.makefile("rb") as replied,
    ):
        assert replied.readline() == b"ready\n"
        client.sendall(b"x\n")
        assert replied.readline() == b"ok\n"
        assert run.server.drain(PATIENCE).cut == ()
        assert replied.read() == b""


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
def test_stream_that_is_read_to_its_end_after_an_answer_is_idle(strategy: Any) -> None:
    handler = stream_handler(read_to_the_end_after_an_answer)
    check_idle_after_an_answer(Server(TCP(port=0), handler, strategy, config=SOON))


FILE_READS: dict[str, Callable[[Any], object]] = {
    "to the end": lambda file: file.read(),
    "some": lambda file: file.read1(10),
    "exactly": lambda file: file.read(10),
    "a line": lambda file: file.readline(),
    "all lines": lambda file: file.readlines(),
    "into a buffer": lambda file: file.readinto(bytearray(10)),
    "a look": lambda file: file.peek(),
    "nothing, then a line": lambda file: (file.read(0), file.readline(0), file.readline()),
}


@pytest.mark.parametrize("strategy", [Inline(), Threads()], ids=repr)
@pytest.mark.parametrize("read", FILE_READS.values(), ids=FILE_READS)
def test_file_of_which_nothing_was_read_is_idle(read: Callable[[Any], object], strategy: Any) -> None:
    class Waiting(StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"ready\n")
            self.rfile.readline()
            self.wfile.write(b"ok\n")
            read(self.rfile)

    check_idle_after_an_answer(Server(TCP(port=0), Waiting, strategy, config=SOON))


# What is in the middle of a message is not idle


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
def test_stream_that_has_written_nothing_is_in_the_middle_of_its_message(strategy: Any) -> None:
    begun = threading.Event()

    @stream_handler
    async def compress(stream: Stream) -> None:
        first = await stream.readexactly(2)
        # As a compressor answers that keeps what it was given.
        await stream.write(b"")
        await stream.write(bytearray())
        begun.set()
        await stream.write(first + await stream.readexactly(2))

    with (
        running(Server(TCP(port=0), compress, strategy, config=SOON)) as run,
        connect(run.server.server_address) as client,
    ):
        client.sendall(b"ab")
        assert begun.wait(PATIENCE)
        run.server.request_drain(PATIENCE)
        # The drain looks at it more than once meanwhile.
        threading.Event().wait(0.1)
        client.sendall(b"cd")
        assert client.recv(10) == b"abcd"


@pytest.mark.parametrize("wbufsize", [0, -1])
def test_file_that_has_written_nothing_is_in_the_middle_of_its_message(wbufsize: int) -> None:
    begun = threading.Event()

    class Compressing(StreamRequestHandler):
        def handle(self) -> None:
            first = self.rfile.read(2)
            self.wfile.write(b"")
            self.wfile.flush()
            begun.set()
            self.wfile.write(first + self.rfile.read1(2))

    handler = functools.partial(Compressing, config=StreamConfig(wbufsize=wbufsize))
    with (
        running(Server(TCP(port=0), handler, Threads(), config=SOON)) as run,
        connect(run.server.server_address) as client,
    ):
        client.sendall(b"ab")
        assert begun.wait(PATIENCE)
        run.server.request_drain(PATIENCE)
        threading.Event().wait(0.1)
        client.sendall(b"cd")
        assert client.recv(10) == b"abcd"
