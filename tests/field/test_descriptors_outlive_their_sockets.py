"""A descriptor's number outlives its socket: a handler that gives its connection up harms its own client alone.

It may close it, detach it, keep a copy, or have another thread do so. The next connection gets the number.
"""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import pytest
import uvloop
from tests.reactors import REACTORS
from tests.running import PATIENCE, Client, connect, running

from typedserver import (
    TCP,
    Asyncio,
    Deadlines,
    Multiplexed,
    Server,
    ServerConfig,
    Stream,
    Threads,
    run_blocking,
    sleep,
    stream_handler,
)

# More than the kernel takes from a writer whose peer reads nothing.
BIG: Final = 20_000_000

# Seconds. Far less than any deadline here, far more than a wake-up takes.
SOON: Final = 3.0

LOOPS: Final = ("ours", "asyncio", "uvloop", "Asyncio", "Asyncio of uvloop")


def served(handler: Any, kind: str, make: Callable[..., Server[Any, Any]] = Server) -> Server[Any, Any]:
    # A wait that nobody ends would last until such a deadline, which is longer than the test waits.
    deadlines = Deadlines(read=60, write=60)
    match kind:
        case "Threads":
            return make(TCP(port=0), handler, Threads(), config=ServerConfig(deadlines=deadlines))
        case "Asyncio" | "Asyncio of uvloop":
            strategy = Asyncio(
                grace=0, loop_factory=asyncio.new_event_loop if kind == "Asyncio" else uvloop.new_event_loop
            )
            return make(TCP(port=0), handler, strategy, config=ServerConfig(deadlines=deadlines))
        case _:
            config = ServerConfig(deadlines=deadlines, reactor_factory=REACTORS[kind])
            return make(TCP(port=0), handler, Multiplexed(), config=config)


async def until(done: threading.Event) -> None:
    """Wait in any loop for what another thread or handler does."""
    deadline = time.monotonic() + PATIENCE
    while not done.is_set():
        assert time.monotonic() < deadline
        await sleep(0.002)


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def assert_idle() -> None:
    """Check that no thread of this process is busy, after a moment for what goes on."""
    time.sleep(0.02)
    begun = time.process_time()
    time.sleep(0.1)
    assert time.process_time() - begun < 0.03


# How a handler gives its connection up. Each returns what keeps the connection open, if something does.


async def _close(stream: Stream) -> None:
    stream.socket.close()


async def _detach_and_close(stream: Stream) -> None:
    os.close(stream.socket.detach())


async def _close_in_a_thread(stream: Stream) -> None:
    await run_blocking(stream.socket.close)


async def _detach(stream: Stream) -> object:
    return socket.socket(fileno=stream.socket.detach())


async def _copy(stream: Stream) -> object:
    return stream.socket.dup()


async def _copy_and_close(stream: Stream) -> object:
    copy = stream.socket.dup()
    stream.socket.close()
    return copy


async def _copy_and_close_in_a_thread(stream: Stream) -> object:
    copy = stream.socket.dup()
    await run_blocking(stream.socket.close)
    return copy


async def _copy_and_close_the_number(stream: Stream) -> object:
    copy = stream.socket.dup()
    # Past the socket, which then gives up a number that is nobody's.
    os.close(stream.socket.fileno())
    stream.socket.detach()
    return copy


async def _make_file(stream: Stream) -> object:
    return stream.socket.makefile("rb")


async def _send_away(stream: Stream) -> object:
    left, right = socket.socketpair()
    with left:
        socket.send_fds(left, [b"x"], [stream.socket.fileno()])
    return right


async def _give_to_a_program(stream: Stream) -> object:
    program = [sys.executable, "-c", "import os; os.read(int(os.sys.argv[1]), 1)"]
    wait, go_on = os.pipe()
    child = subprocess.Popen(  # noqa: ASYNC220 - a moment, and the others may wait for it
        [*program, str(wait)], stdin=stream.socket.fileno(), pass_fds=[wait]
    )
    os.close(wait)
    return _Program(child, go_on)


class _Program:
    def __init__(self, child: "subprocess.Popen[bytes]", go_on: int) -> None:
        self._child = child
        self._go_on = go_on

    def close(self) -> None:
        os.close(self._go_on)
        self._child.wait(PATIENCE)


FREEING: Final = (
    _close,
    _detach_and_close,
    _close_in_a_thread,
    _copy_and_close,
    _copy_and_close_in_a_thread,
    _copy_and_close_the_number,
)
KEEPING: Final = (
    _detach,
    _copy,
    _copy_and_close,
    _copy_and_close_in_a_thread,
    _copy_and_close_the_number,
    _make_file,
    _send_away,
    _give_to_a_program,
)


def _with_loops(ways: tuple[Any, ...]) -> pytest.MarkDecorator:
    # Nobody can tell asyncio's loops and uvloop's to forget a number that was closed past its socket.
    return pytest.mark.parametrize(
        ("kind", "give_up"),
        [
            pytest.param(kind, way, id=f"{kind}-{way.__name__.strip('_')}")
            for kind in LOOPS
            for way in ways
            if kind == "ours" or way is not _copy_and_close_the_number
        ],
    )


@_with_loops(FREEING)
def test_next_client_with_the_number_is_served_before_and_after_the_former_handler_ends(
    kind: str, give_up: Callable[[Stream], Any]
) -> None:
    kept: list[Any] = []
    numbers: list[int] = []
    given_up, may_end, over = threading.Event(), threading.Event(), threading.Event()

    @stream_handler
    async def serve(stream: Stream) -> None:
        numbers.append(stream.socket.fileno())
        async for line in stream:
            if line == b"give up\n":
                kept.append(await give_up(stream))
                given_up.set()
                await until(may_end)
                over.set()
                return
            await stream.write(line.upper())

    # We make both first, so that the connection gets the number that becomes free.
    with Client() as client, running(served(serve, kind)) as run:
        with connect(run.server.server_address) as former:
            former.sendall(b"one\n")
            assert former.recv(10) == b"ONE\n"
            former.sendall(b"give up\n")
            assert given_up.wait(PATIENCE)
            # What comes to a copy concerns nobody here.
            with contextlib.suppress(OSError):
                former.sendall(b"for whom it concerns\n")
            client.settimeout(SOON)
            client.connect(run.server.server_address)
            client.sendall(b"two\n")
            assert client.recv(10) == b"TWO\n"
            may_end.set()
            assert over.wait(PATIENCE)
            time.sleep(0.02)
            for _ in range(3):
                client.sendall(b"three\n")
                assert client.recv(10) == b"THREE\n"
            assert_idle()
        for copy in kept:
            if copy is not None:
                copy.close()
        # Our loop may have noticed already, and have made an epoll anew, which takes the number.
        noticed = give_up is _copy_and_close_the_number
        assert numbers[0] == numbers[1] or noticed, "the test needs the same number"


@_with_loops(KEEPING)
def test_connection_in_other_hands_leaves_the_loop_idle(kind: str, give_up: Callable[[Stream], Any]) -> None:
    kept: list[Any] = []

    @stream_handler
    async def serve(stream: Stream) -> None:
        await stream.readline()
        kept.append(await give_up(stream))

    with running(served(serve, kind)) as run, connect(run.server.server_address) as client:
        # Later than the connection, so that the server waits for it.
        time.sleep(0.02)
        client.sendall(b"go\n")
        wait_for(lambda: kept)
        time.sleep(0.02)
        with contextlib.suppress(OSError):
            client.sendall(b"more\n")
            client.shutdown(socket.SHUT_WR)
        assert_idle()
        kept[0].close()


@pytest.mark.parametrize("kind", LOOPS)
def test_connection_that_a_hook_keeps_leaves_the_loop_idle(kind: str) -> None:
    kept: list[Any] = []

    class Keeps(Server[Any, Any]):
        def shutdown_request(self, request: Any) -> None:
            kept.append(request)

    @stream_handler
    async def serve(stream: Stream) -> None:
        await stream.readline()

    with running(served(serve, kind, Keeps)) as run, connect(run.server.server_address) as client:
        time.sleep(0.02)
        client.sendall(b"go\n")
        wait_for(lambda: kept)
        client.sendall(b"more\n")
        assert_idle()
        kept[0].close()


# Who waits for another's connection


@pytest.mark.parametrize("how", ["over", "close", "detach", "thread"])
@pytest.mark.parametrize("kind", [*LOOPS, "Threads"])
def test_writer_to_a_connection_that_ends_gets_a_broken_pipe_and_goes_on(kind: str, how: str) -> None:
    streams: dict[bytes, Stream] = {}
    seen: list[str] = []
    writing = threading.Event()

    @stream_handler
    async def serve(stream: Stream) -> None:
        name = await stream.readline()
        streams[name] = stream
        await stream.write(b"ready\n")
        async for line in stream:
            if line == b"leave\n":
                if how == "close":
                    stream.socket.close()
                elif how == "detach":
                    os.close(stream.socket.detach())
                elif how == "thread":
                    await run_blocking(stream.socket.close)
                return
            if line == b"tell\n":
                writing.set()
                try:
                    await streams[b"slow\n"].write(bytes(BIG))
                except OSError as error:
                    seen.append(type(error).__name__)
            await stream.write(line)

    with (
        running(served(serve, kind)) as run,
        connect(run.server.server_address) as slow,
        connect(run.server.server_address) as writer,
    ):
        for client, name in ((slow, b"slow\n"), (writer, b"writer\n")):
            client.sendall(name)
            assert client.recv(10) == b"ready\n"
        writer.sendall(b"tell\n")
        assert writing.wait(PATIENCE)
        time.sleep(0.05)
        slow.sendall(b"leave\n")
        writer.settimeout(SOON)
        assert writer.recv(10) == b"tell\n"
        writer.sendall(b"on\n")
        assert writer.recv(10) == b"on\n"
        assert seen == ["BrokenPipeError"]
        assert_idle()


@pytest.mark.parametrize("kind", LOOPS)
def test_handler_that_waits_for_a_connection_which_another_closes_ends_at_once(kind: str) -> None:
    streams: dict[bytes, Stream] = {}
    ended: list[bytes] = []

    @stream_handler
    async def serve(stream: Stream) -> None:
        name = await stream.readline()
        streams[name] = stream
        try:
            await stream.write(b"ready\n")
            async for line in stream:
                if line == b"much\n":
                    await stream.write(bytes(BIG))
                elif line == b"kick\n":
                    for other in (b"reader\n", b"writer\n"):
                        streams[other].socket.close()
                await stream.write(line)
        except OSError:
            # A closed socket, and a broken pipe.
            ended.append(name)

    with contextlib.ExitStack() as stack:
        run = stack.enter_context(running(served(serve, kind)))
        clients = {
            name: stack.enter_context(connect(run.server.server_address))
            for name in (b"reader\n", b"writer\n", b"admin\n")
        }
        for name, client in clients.items():
            client.sendall(name)
            assert client.recv(10) == b"ready\n"
        clients[b"writer\n"].sendall(b"much\n")
        time.sleep(0.05)
        admin = clients[b"admin\n"]
        admin.settimeout(SOON)
        admin.sendall(b"kick\n")
        assert admin.recv(10) == b"kick\n"
        wait_for(lambda: sorted(ended) == [b"reader\n", b"writer\n"])
        with connect(run.server.server_address) as client:
            client.sendall(b"new\n")
            assert client.recv(10) == b"ready\n"
        assert_idle()


@pytest.mark.parametrize("kind", ["Asyncio", "Asyncio of uvloop"])
def test_task_that_a_member_began_for_all_outlives_that_member(kind: str) -> None:
    members: dict[bytes, Stream] = {}
    tasks: list[asyncio.Task[None]] = []
    lost: list[bytes] = []
    telling = threading.Event()

    async def tell_all() -> None:
        for name in list(members):
            telling.set()
            try:
                await members[name].write(b"news\n" + bytes(BIG if name == b"first\n" else 0))
            except BrokenPipeError:
                lost.append(name)

    @stream_handler
    async def serve(stream: Stream) -> None:
        name = await stream.readline()
        members[name] = stream
        await stream.write(b"ready\n")
        async for line in stream:
            if line == b"begin\n":
                tasks.append(asyncio.create_task(tell_all()))
            else:
                return

    with (
        running(served(serve, kind)) as run,
        connect(run.server.server_address) as first,
        connect(run.server.server_address) as second,
    ):
        for client, name in ((first, b"first\n"), (second, b"second\n")):
            client.sendall(name)
            assert client.recv(10) == b"ready\n"
        first.sendall(b"begin\n")
        assert telling.wait(PATIENCE)
        time.sleep(0.05)
        first.sendall(b"leave\n")
        second.settimeout(SOON)
        assert second.recv(10) == b"news\n"
        assert lost == [b"first\n"]


@pytest.mark.parametrize("kind", ["Asyncio", "Asyncio of uvloop"])
def test_connection_that_a_handler_opens_has_its_number_to_itself(kind: str) -> None:
    numbers: list[int] = []

    @stream_handler
    async def relay(stream: Stream) -> None:
        line = await stream.readline()
        numbers.append(stream.socket.fileno())
        if line == b"up\n":
            # In one step, so that the number is free for no longer than it takes to be used again.
            stream.socket.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            numbers.append(writer.get_extra_info("socket").fileno())
            for _ in range(3):
                writer.write(b"x\n")
                answers.append(await asyncio.wait_for(reader.readline(), SOON))
            writer.close()
            await writer.wait_closed()
            over.set()
        else:
            await stream.write(line)

    def answer() -> None:
        upstream, _ = listener.accept()
        with upstream:
            while data := upstream.recv(100):
                upstream.sendall(data)

    answers: list[bytes] = []
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener, running(served(relay, kind)) as run:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=answer)
        thread.start()
        with connect(run.server.server_address) as client:
            time.sleep(0.02)
            client.sendall(b"up\n")
            assert over.wait(PATIENCE)
        thread.join()
        assert answers == [b"x\n"] * 3
        # Before it connects, uvloop opens something else.
        assert numbers[0] == numbers[1] or kind != "Asyncio", "the test needs the same number"
        with connect(run.server.server_address) as client:
            client.sendall(b"on\n")
            assert client.recv(10) == b"on\n"


@pytest.mark.parametrize("kind", LOOPS)
def test_child_of_a_handler_that_closes_its_copy_leaves_the_parents_loop_alone(kind: str) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        async for line in stream:
            pid = os.fork()
            if pid == 0:
                stream.socket.close()
                os._exit(0)
            os.waitpid(pid, 0)  # noqa: ASYNC222 - a moment, and nobody else waits
            await stream.write(line)

    with running(served(serve, kind)) as run, connect(run.server.server_address) as client:
        client.settimeout(SOON)
        for _ in range(3):
            time.sleep(0.01)
            client.sendall(b"x\n")
            assert client.recv(10) == b"x\n"
