"""Asyncio: handlers that use asyncio's libraries and ours, and how their tasks end."""

import asyncio
import contextlib
import contextvars
import gc
import logging
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
import uvloop

from tests.running import PATIENCE, Run, ask, connect, running
from tests.test_strategies_threads import Recorder
from typedserver import (
    TCP,
    Asyncio,
    Bounded,
    CompositionError,
    Finished,
    Group,
    LifecycleError,
    RecipeError,
    SelectorReactor,
    Server,
    ServerConfig,
    ServerEvent,
    Stream,
    StreamConfig,
    UnixStream,
    inet_address,
    run_blocking,
    sleep,
    stream_handler,
)
from typedserver.coroutines.ends import MOST_CUTS
from typedserver.coroutines.waits import Parked, wait_for


def debugging() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    loop.set_debug(True)
    return loop


LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "debug": debugging,
    "uvloop": uvloop.new_event_loop,
}


@pytest.fixture(params=list(LOOPS))
def loop_factory(request: pytest.FixtureRequest) -> Callable[[], asyncio.AbstractEventLoop]:
    return LOOPS[request.param]


@pytest.fixture
def strategy(loop_factory: Callable[[], asyncio.AbstractEventLoop]) -> Asyncio:
    """A strategy that gives connections no time to go on, unless a test needs it."""
    return Asyncio(loop_factory=loop_factory, grace=0)


@pytest.fixture(autouse=True)
def forgiven(caplog: pytest.LogCaptureFixture) -> Generator[list[str], None, None]:
    """Fail if asyncio logs a complaint (a destroyed task, an unretrieved exception) that the test does not forgive."""
    forgiven: list[str] = []
    yield forgiven
    gc.collect()
    complaints = [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.name == "asyncio" and record.levelno >= logging.ERROR
    ]
    assert not [complaint for complaint in complaints if not complaint.startswith(tuple(forgiven))]


def logged(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """The records of the library's own log; asyncio's debug mode also logs slow steps."""
    return [record for record in caplog.records if record.name == "typedserver"]


@stream_handler
async def upper(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())


def served(handler: Any, strategy: Any, **kwargs: Any) -> Server[Any, Any]:
    return Server(TCP(port=0), handler, strategy, **kwargs)


def answer_of(handler: Any, strategy: Any, data: bytes = b"") -> bytes:
    with running(served(handler, strategy)) as run:
        return ask(run.server.server_address, data)


# What a handler may await


def test_asyncio_serves_many_at_once_in_one_thread(strategy: Asyncio) -> None:
    with running(served(upper, strategy)) as run:
        clients = [connect(run.server.server_address) for _ in range(100)]
        for number in range(3):
            for client in clients:
                client.sendall(b"line %d\n" % number)
            assert all(client.recv(100) == b"LINE %d\n" % number for client in clients)
        assert threading.active_count() == 2, "the test's own and the loop's"
        for client in clients:
            client.close()


def test_asyncio_writes_to_a_slow_reader_while_others_are_served(strategy: Asyncio) -> None:
    size = 20_000_000

    @stream_handler
    async def send_much(stream: Stream) -> None:
        await stream.write(bytes(size) if await stream.readline() == b"much\n" else b"little")

    with running(served(send_much, strategy)) as run, connect(run.server.server_address) as slow:
        slow.sendall(b"much\n")
        assert slow.recv(1)
        assert ask(run.server.server_address, b"x\n") == b"little"
        received = 1
        while received < size:
            received += len(slow.recv(1_000_000))
        assert received == size


def test_asyncio_handler_mixes_waits_of_asyncio_and_of_this_library(strategy: Asyncio) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        await asyncio.sleep(0)
        await sleep(0.001)
        await queue.put(await stream.readline())
        await wait_for(Parked(lambda wake: threading.Timer(0.001, wake).start()))
        line = await asyncio.to_thread((await queue.get()).upper)
        line = await run_blocking(line.strip)
        line = await asyncio.get_running_loop().run_in_executor(None, line.swapcase)
        await asyncio.sleep(0.001)
        await stream.write(line)

    assert answer_of(serve, strategy, b"Mixed\n") == b"mixed"


def test_asyncio_handler_is_a_task_from_its_first_line(strategy: Asyncio) -> None:
    def serve(request: socket.socket, _client_address: object, server: Any) -> Coroutine[Any, Any, None]:
        task = asyncio.current_task()

        async def go_on() -> None:
            assert task is not None
            assert task is asyncio.current_task()
            assert "_serve" in repr(task)
            assert task.get_stack()
            await asyncio.get_running_loop().sock_sendall(request, b"a task")

        return go_on()

    assert answer_of(serve, strategy) == b"a task"


def test_asyncio_inner_tasks_wait_for_streams_too(strategy: Asyncio) -> None:
    async def read_twice(stream: Stream) -> bytes:
        return await stream.readline() + await stream.readline()

    async def tick() -> str:
        await sleep(0.001)
        return "ticked"

    @stream_handler
    async def serve(stream: Stream) -> None:
        lines, ticked = await asyncio.gather(read_twice(stream), tick())
        assert ticked == "ticked"
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(asyncio.wait_for(stream.readline(), PATIENCE))
            group.create_task(stream.write(b"go on\n"))
        await stream.write(lines + reading.result())

    with running(served(serve, strategy)) as run, connect(run.server.server_address) as client:
        client.sendall(b"one\n")
        client.sendall(b"two\n")
        with client.makefile("rb") as answers:
            assert answers.readline() == b"go on\n"
            client.sendall(b"three\n")
            assert answers.read() == b"one\ntwo\nthree\n"


def test_asyncio_timeouts_end_a_read_and_the_stream_goes_on(strategy: Asyncio) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(stream.read(1), 0.01)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await stream.readline()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await sleep(PATIENCE)
        await stream.write(b"now\n")
        await stream.write(await stream.readline())

    with running(served(serve, strategy)) as run, connect(run.server.server_address) as client:
        assert client.recv(10) == b"now\n"
        client.sendall(b"late\n")
        assert client.recv(10) == b"late\n"


def test_asyncio_timeout_does_not_end_a_write_that_goes_on(strategy: Asyncio) -> None:
    size = 20_000_000

    @stream_handler
    async def serve(stream: Stream) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stream.write(bytes(size)), 0.01)

    with running(served(serve, strategy)) as run, connect(run.server.server_address) as client:
        received = 0
        time.sleep(0.05)
        while data := client.recv(1_000_000):
            received += len(data)
        assert 0 < received < size


def test_asyncio_handler_uses_asyncios_streams(strategy: Asyncio) -> None:
    @stream_handler
    async def relay(stream: Stream[Any, Server[Any, Any]]) -> None:
        line = await stream.readline()
        if line.startswith(b"relay "):
            reader, writer = await asyncio.open_connection(*inet_address(stream.server))
            writer.write(line.removeprefix(b"relay "))
            line = b"relayed " + await reader.readline()
            writer.close()
            await writer.wait_closed()
        await stream.write(line)

    assert answer_of(relay, strategy, b"relay this\n") == b"relayed this\n"


def test_asyncio_two_tasks_share_a_stream_one_reads_one_writes(strategy: Asyncio) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        outgoing: asyncio.Queue[bytes] = asyncio.Queue()

        async def send() -> None:
            while line := await outgoing.get():
                await stream.write(line * 100_000)

        async with asyncio.TaskGroup() as group:
            group.create_task(send())
            async for line in stream:
                outgoing.put_nowait(line)
            outgoing.put_nowait(b"")

    assert len(answer_of(serve, strategy, b"0123456789\n" * 10)) == 11 * 100_000 * 10


def test_asyncio_gives_up_a_silent_client_and_one_that_never_reads(
    strategy: Asyncio, caplog: pytest.LogCaptureFixture
) -> None:
    @stream_handler(config=StreamConfig(timeout=0.2))
    async def serve(stream: Stream) -> None:
        async for line in stream:
            await stream.write(line * 1_000_000)

    with running(served(serve, strategy)) as run:
        begun = time.monotonic()
        with connect(run.server.server_address) as silent:
            assert silent.recv(1) == b""
        assert 0.19 < time.monotonic() - begun < 2.0
        with connect(run.server.server_address) as never_reads:
            never_reads.sendall(b"0123456789012345678\n")
            deadline = time.monotonic() + PATIENCE
            while len(logged(caplog)) < 2 and time.monotonic() < deadline:
                time.sleep(0.01)
    assert [record.levelno for record in logged(caplog)] == [logging.WARNING] * 2


def test_asyncio_each_request_has_a_context_of_its_own_and_its_threads_share_it(strategy: Asyncio) -> None:
    variable: contextvars.ContextVar[bytes] = contextvars.ContextVar("variable", default=b"fresh")

    async def inner() -> bytes:
        await sleep(0.001)
        return variable.get()

    @stream_handler
    async def serve(stream: Stream) -> None:
        before = variable.get()
        variable.set(await stream.readline())
        await sleep(0.001)
        parts = (before, variable.get(), await asyncio.create_task(inner()), await run_blocking(variable.get))
        await stream.write(b" ".join(part.strip() for part in parts))

    with running(served(serve, strategy)) as run:
        assert ask(run.server.server_address, b"one\n") == b"fresh one one one"
        assert ask(run.server.server_address, b"two\n") == b"fresh two two two"


def test_asyncio_async_generators_and_blocking_functions_fail_as_ever(strategy: Asyncio) -> None:
    async def lines(stream: Stream) -> AsyncGenerator[bytes, None]:
        try:
            async for line in stream:
                yield line
        finally:
            await sleep(0)

    @stream_handler
    async def serve(stream: Stream) -> None:
        async with contextlib.aclosing(lines(stream)) as read:
            async for line in read:
                with pytest.raises(ZeroDivisionError):
                    await run_blocking(lambda: 1 // 0)
                await stream.write(line)
                break

    assert answer_of(serve, strategy, b"one\ntwo\n") == b"one\n"


def test_asyncio_client_that_sends_without_pause_starves_nobody(strategy: Asyncio) -> None:
    with running(served(upper, strategy)) as run:
        address = run.server.server_address

        def chatter(client: socket.socket) -> None:
            with contextlib.suppress(OSError):
                while True:
                    client.sendall(b"x\n" * 50_000)

        def swallow(client: socket.socket) -> None:
            with contextlib.suppress(OSError):
                while client.recv(1_000_000):
                    pass

        with connect(address) as chatty:
            threads = [threading.Thread(target=work, args=(chatty,)) for work in (chatter, swallow)]
            for thread in threads:
                thread.start()
            waits: list[float] = []
            for _ in range(5):
                begun = time.monotonic()
                assert ask(address, b"y\n") == b"Y\n"
                waits.append(time.monotonic() - begun)
            chatty.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()
        assert sorted(waits)[2] < 0.2, waits


def test_asyncio_data_that_nobody_awaits_does_not_make_the_loop_spin(strategy: Asyncio) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        await stream.readline()
        await asyncio.sleep(0.3)
        await stream.write(await stream.readline())

    with running(served(serve, strategy)) as run, connect(run.server.server_address) as client:
        client.sendall(b"one\n")
        time.sleep(0.02)
        used = time.process_time()
        client.sendall(b"two\n")
        assert client.recv(10) == b"two\n"
        assert time.process_time() - used < 0.15


def test_asyncio_task_that_outlives_its_handler_no_longer_waits_for_the_client(strategy: Asyncio) -> None:
    ended = threading.Event()
    kept: set[asyncio.Task[None]] = set()

    @stream_handler
    async def serve(stream: Stream) -> None:
        async def read_on() -> None:
            try:
                await stream.readline()
            finally:
                ended.set()

        await stream.write(b"served")
        kept.add(asyncio.create_task(read_on()))
        # So that it already waits when this one ends.
        await asyncio.sleep(0.01)

    with running(served(serve, strategy)) as run:
        address = run.server.server_address
        for _ in range(3):
            ended.clear()
            with connect(address) as client:
                assert client.recv(10) == b"served"
                assert client.recv(10) == b""
            assert ended.wait(PATIENCE)
    assert all(task.cancelled() for task in kept)


def test_asyncio_resets_leave_nothing_behind(strategy: Asyncio) -> None:
    with running(served(upper, strategy)) as run:
        for _ in range(20):
            with connect(run.server.server_address) as client:
                client.sendall(b"x" * 1000)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                socket.socket.close(client)
        assert ask(run.server.server_address, b"x\n") == b"X\n"


@pytest.mark.parametrize("read_first", [True, False])
@pytest.mark.parametrize("grouped", [False, True])
def test_asyncio_connection_has_its_number_to_itself_when_a_transport_has_closed_the_former(
    grouped: bool, read_first: bool, loop_factory: Any
) -> None:
    if read_first and loop_factory is uvloop.new_event_loop:
        pytest.skip("a transport of uvloop's takes no descriptor that is watched already")
    numbers: list[int] = []
    loops: list[asyncio.AbstractEventLoop] = []
    may_end = asyncio.Event()
    released = threading.Event()

    @stream_handler
    async def serve(stream: Stream) -> None:
        numbers.append(stream.socket.fileno())
        if len(numbers) == 2:
            async for line in stream:
                await stream.write(line)
            return
        if read_first:
            await stream.readline()
        _, writer = await asyncio.open_connection(sock=stream.socket)
        writer.close()
        await writer.wait_closed()
        loops.append(asyncio.get_running_loop())
        await may_end.wait()

    def note(event: ServerEvent) -> None:
        if isinstance(event, Finished):
            released.set()

    strategy = Asyncio(loop_factory=loop_factory, grace=0)
    servers = [Server(TCP(port=0), serve, strategy, config=ServerConfig(observer=note)) for _ in range(2)]
    serving: Any = Group(servers, reactor_factory=loop_factory) if grouped else servers[0]
    # We make both first, so that the accepted connection gets the first free number.
    with socket.socket() as first, socket.socket() as second, running(serving):
        for client, server in ((first, servers[0]), (second, servers[grouped])):
            client.settimeout(PATIENCE)
            client.connect(server.server_address)
            if client is first:
                if read_first:
                    client.sendall(b"x\n")
                assert client.recv(1) == b""
        second.sendall(b"one\n")
        assert second.recv(10) == b"one\n"
        assert numbers[0] == numbers[1]
        loops[0].call_soon_threadsafe(may_end.set)
        assert released.wait(PATIENCE)
        second.sendall(b"two\n")
        assert second.recv(10) == b"two\n"


def test_asyncio_handler_may_leave_its_socket_to_a_transport(strategy: Asyncio) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        if strategy.loop_factory is not uvloop.new_event_loop:
            await stream.readline()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(asyncio.Protocol, sock=stream.socket)
        # The task still has the descriptor when the handler ends.
        loop.call_soon(transport.abort)

    with running(served(serve, strategy)) as run:
        for _ in range(2):
            assert ask(run.server.server_address, b"") == b""


# Handlers that fail


def test_asyncio_handlers_exception_costs_its_client_alone(strategy: Asyncio, caplog: pytest.LogCaptureFixture) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        if await stream.readline() == b"bad\n":
            raise ValueError("a handler's fault")
        await stream.write(b"good")

    with running(served(serve, strategy)) as run:
        assert ask(run.server.server_address, b"bad\n") == b""
        assert ask(run.server.server_address, b"fine\n") == b"good"
    assert [record.levelno for record in logged(caplog)] == [logging.ERROR]


def test_asyncio_handler_that_cancels_itself_is_closed_in_silence(
    strategy: Asyncio, caplog: pytest.LogCaptureFixture
) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await stream.readline()

    with running(served(serve, strategy)) as run:
        with connect(run.server.server_address) as client:
            assert client.recv(10) == b""
        with connect(run.server.server_address) as client:
            assert client.recv(10) == b""
    assert not logged(caplog)


class Stopping(BaseException):
    """A BaseException that is no Exception, like SystemExit and KeyboardInterrupt."""


@pytest.mark.parametrize("wait_first", [False, True])
@pytest.mark.parametrize("kind", [Stopping, KeyboardInterrupt, SystemExit])
def test_asyncio_raises_a_base_exception_from_serving(
    kind: type[BaseException], wait_first: bool, strategy: Asyncio
) -> None:
    @stream_handler
    async def serve(_stream: Stream) -> None:
        if wait_first:
            await sleep(0.001)
        raise kind

    with served(serve, strategy) as server, connect(server.server_address) as client:
        with pytest.raises(kind):
            server.serve_forever()
        assert client.recv(1) == b"", "the request was closed all the same"


def test_asyncio_blocking_handler_without_types_gets_a_clear_error(
    strategy: Asyncio, caplog: pytest.LogCaptureFixture
) -> None:
    def blocking(_request: object, _client_address: object, _server: object) -> None:
        """Return at once, unlike a coroutine."""

    assert answer_of(blocking, strategy) == b""
    assert "make it an `async def` by stream_handler" in str(logged(caplog)[0].exc_info)


def test_asyncio_cut_cancels_the_request(strategy: Asyncio) -> None:
    ended: list[str] = []

    @stream_handler
    async def serve(stream: Stream) -> None:
        try:
            await stream.write(b"waiting")
            await asyncio.sleep(PATIENCE)
        except asyncio.CancelledError:
            ended.append("cut")
            raise

    class Noting(Server[Any, Any]):
        request: Any = None

        def verify_request(self, request: Any, _client_address: Any, /) -> bool:
            self.request = request
            return True

    with running(Noting(TCP(port=0), serve, strategy)) as run, connect(run.server.server_address) as client:
        assert client.recv(10) == b"waiting"
        dispatcher = run.server.__lifetime__.servable.dispatchers.current  # pyright: ignore[reportPrivateUsage]  # what is tested
        dispatcher.cut("another")
        dispatcher.cut(run.server.request)
        assert client.recv(10) == b""
    assert ended == ["cut"]


def test_asyncio_handler_cannot_close_or_wait_for_its_server(strategy: Asyncio) -> None:
    refused: list[str] = []

    @stream_handler
    async def serve(stream: Stream[Any, Server[Any, Any]]) -> None:
        async def call_in_a_task(call: Callable[[], object]) -> None:
            call()

        for call in (stream.server.shutdown, stream.server.server_close):
            for calling in (call_in_a_task(call), asyncio.create_task(call_in_a_task(call))):
                try:
                    await calling
                except LifecycleError as error:
                    refused.append(str(error))
        stream.server.request_stop()

    with served(serve, strategy) as server:
        run = Run(server)
        connect(server.server_address).close()
        run.join()
    assert len(refused) == 4


# How it ends


def test_asyncio_close_lets_requests_run_on_for_the_grace(loop_factory: Any) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        await stream.write(b"begun ")
        await stream.readline()
        await asyncio.sleep(0.05)
        await stream.write(b"ended")

    server = served(serve, Asyncio(loop_factory=loop_factory, grace=PATIENCE)).open()
    run = Run(server)
    with connect(server.server_address) as client:
        assert client.recv(10) == b"begun "
        server.shutdown()
        run.join()
        client.sendall(b"go on\n")
        begun = time.monotonic()
        server.server_close()
        assert time.monotonic() - begun < PATIENCE / 2
        assert client.recv(10) == b"ended"
        assert client.recv(10) == b""


@pytest.mark.parametrize("inner", [False, True])
def test_asyncio_close_cancels_after_the_grace_and_finally_clauses_may_await(inner: bool, loop_factory: Any) -> None:
    ended: list[str] = []

    async def wait(stream: Stream) -> None:
        try:
            await stream.readline()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        finally:
            await sleep(0.001)
            await asyncio.sleep(0.001)
            await stream.write(b"farewell")
            ended.append("cleaned up")

    @stream_handler
    async def serve(stream: Stream) -> None:
        await stream.write(b"waiting")
        await (asyncio.wait_for(wait(stream), PATIENCE) if inner else wait(stream))

    server = served(serve, Asyncio(loop_factory=loop_factory, grace=0.1)).open()
    run = Run(server)
    with connect(server.server_address) as client:
        assert client.recv(10) == b"waiting"
        server.shutdown()
        run.join()
        begun = time.monotonic()
        server.server_close()
        assert 0.09 < time.monotonic() - begun < 2.0
        assert client.recv(10) == b"farewell"
        assert client.recv(10) == b""
    assert ended == ["cancelled", "cleaned up"]


def test_asyncio_close_abandons_what_does_not_end(
    strategy: Asyncio, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typedserver.strategies.asyncio_end._CLEAN_UP", 0.05)
    ended: list[str] = []

    @stream_handler
    async def stubborn(stream: Stream) -> None:
        await stream.write(b"waiting")
        try:
            while True:
                try:
                    await stream.readline()
                except asyncio.CancelledError:
                    ended.append("not cancelled")
        finally:
            ended.append("abandoned")
            if await stream.readline():
                ended.append("never")

    @stream_handler
    async def obedient(stream: Stream) -> None:
        await stream.write(b"waiting")
        await stream.readline()

    for handler in (stubborn, obedient):
        server = served(handler, strategy).open()
        run = Run(server)
        with connect(server.server_address) as client:
            assert client.recv(10) == b"waiting"
            server.shutdown()
            run.join()
            server.server_close()
            assert client.recv(10) == b""
    # It is told that it is cancelled as often as a cut request under other strategies, and closed then.
    assert ended == ["not cancelled"] * (1 + MOST_CUTS) + ["abandoned"]
    messages = [record.getMessage() for record in logged(caplog)]
    assert ["is abandoned" in message for message in messages] == [True, False]
    assert "ignored GeneratorExit" in str(logged(caplog)[1].exc_info)


def test_asyncio_close_abandons_even_one_that_takes_no_end(
    strategy: Asyncio, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typedserver.strategies.asyncio_end._CLEAN_UP", 0.01)

    class Stubborn:
        """Awaits asyncio's futures, and goes on whatever is raised in it."""

        def __init__(self, times: int) -> None:
            self.times = times

        def __await__(self) -> Generator[Any, Any, None]:
            for _ in range(self.times):
                with contextlib.suppress(BaseException):
                    yield from asyncio.sleep(PATIENCE).__await__()

    @stream_handler
    async def serve(stream: Stream) -> None:
        await stream.write(b"waiting")
        # It ignores a cancellation and an end, or one more; then the interpreter ends it with its last reference.
        await Stubborn(2 if await stream.readline() == b"ends\n" else 3)

    for kind in (b"ends\n", b"does not\n"):
        server = served(serve, strategy).open()
        run = Run(server)
        with connect(server.server_address) as client:
            assert client.recv(10) == b"waiting"
            client.sendall(kind)
            time.sleep(0.02)
            server.shutdown()
            run.join()
            server.server_close()
            assert client.recv(10) == b""
    assert "is abandoned" in logged(caplog)[0].getMessage()


def test_asyncio_timeout_of_a_close_is_the_grace(loop_factory: Any) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        await stream.write(b"waiting")
        await stream.readline()

    server = served(serve, Asyncio(loop_factory=loop_factory, grace=None)).open()
    run = Run(server)
    with connect(server.server_address) as client:
        assert client.recv(10) == b"waiting"
        server.shutdown()
        run.join()
        dispatcher = server.__lifetime__.servable.dispatchers.current  # pyright: ignore[reportPrivateUsage]  # what is tested
        assert dispatcher.close(0.01) == 0
        assert client.recv(10) == b""
    server.server_close()


def test_asyncio_request_cancelled_before_its_first_step_is_closed(strategy: Asyncio) -> None:
    class Cancelling(Server[Any, Any]):
        def process_request(self, request: Any, client_address: Any, /) -> None:
            super().process_request(request, client_address)
            for task in asyncio.all_tasks():
                task.cancel()

    with running(Cancelling(TCP(port=0), upper, strategy)) as run, connect(run.server.server_address) as client:
        assert client.recv(10) == b""
        assert ask(run.server.server_address, b"") == b""


def test_asyncio_interrupt_in_a_handler_ends_the_close(loop_factory: Any) -> None:
    kept: list[asyncio.Task[None]] = []

    @stream_handler
    async def serve(stream: Stream) -> None:
        await stream.write(b"waiting")
        kept.append(asyncio.create_task(sleep(PATIENCE)))
        if await stream.readline() == b"interrupt\n":
            raise KeyboardInterrupt

    server = served(serve, Asyncio(loop_factory=loop_factory, grace=PATIENCE)).open()
    run = Run(server)
    with connect(server.server_address) as client, connect(server.server_address) as other:
        assert client.recv(10) == other.recv(10) == b"waiting"
        server.shutdown()
        run.join()
        client.sendall(b"interrupt\n")
        begun = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            server.server_close()
        assert time.monotonic() - begun < PATIENCE / 2
        assert client.recv(10) == other.recv(10) == b""
    server.server_close()


def test_asyncio_close_ends_background_tasks_generators_and_threads_of_its_loop(strategy: Asyncio) -> None:
    ended: list[str] = []
    kept: list[Any] = []

    async def background() -> None:
        try:
            await sleep(PATIENCE)
        finally:
            await asyncio.sleep(0)
            ended.append("task")

    async def numbers() -> AsyncGenerator[int, None]:
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0)
            ended.append("generator")

    @stream_handler
    async def serve(stream: Stream) -> None:
        kept.append(asyncio.create_task(background()))
        kept.append(numbers())
        assert await anext(kept[1]) == 1
        await asyncio.to_thread(lambda: None)
        await stream.write(b"served")

    assert answer_of(serve, strategy) == b"served"
    assert ended == ["task", "generator"]


def with_an_executor() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    loop.set_default_executor(ThreadPoolExecutor(1))
    return loop


async def in_a_task_group(coroutine: Coroutine[Any, Any, None]) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(coroutine)


async def in_a_thread(coroutine: Coroutine[Any, Any, None]) -> None:
    def run() -> None:
        with contextlib.suppress(StopIteration):
            coroutine.send(None)

    await asyncio.to_thread(run)


@pytest.mark.parametrize("inner", [asyncio.gather, asyncio.shield, in_a_task_group, in_a_thread])
@pytest.mark.parametrize("kind", [Stopping, KeyboardInterrupt, SystemExit])
def test_asyncio_what_serving_has_raised_does_not_hurry_the_close(
    kind: type[BaseException], inner: Any, loop_factory: Any, forgiven: list[str]
) -> None:
    forgiven.append("_GatheringFuture exception was never retrieved")
    ended: list[str] = []
    may_raise = threading.Event()

    async def fail() -> None:
        raise kind

    @stream_handler
    async def serve(stream: Stream) -> None:
        if await stream.readline() == b"raise\n":
            await inner(fail())
        await stream.write(b"waiting")
        may_raise.set()
        try:
            await stream.readline()
        finally:
            await asyncio.sleep(0.01)
            ended.append("cleaned up")

    # The test is about the close: a close without grace does not wait for awaits in a finally clause.
    server = served(serve, Asyncio(loop_factory=loop_factory, grace=0.05)).open()
    with connect(server.server_address) as waiting, connect(server.server_address) as raising:
        waiting.sendall(b"wait\n")

        def have_it_raised() -> None:
            assert may_raise.wait(PATIENCE)
            raising.sendall(b"raise\n")

        thread = threading.Thread(target=have_it_raised)
        thread.start()
        # A TaskGroup puts exceptions in a group that asyncio itself does not raise.
        with pytest.raises((kind, BaseExceptionGroup)):
            server.serve_forever()
        thread.join()
        server.server_close()
        assert waiting.recv(10) == b"waiting"
        assert waiting.recv(10) == raising.recv(10) == b""
    assert ended == ["cleaned up"]


@pytest.mark.parametrize("call", [run_blocking, asyncio.to_thread])
@pytest.mark.parametrize("make_loop", [*LOOPS.values(), with_an_executor])
def test_asyncio_close_leaves_a_thread_that_blocks(
    make_loop: Any, call: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("typedserver.strategies.asyncio_end._CLEAN_UP", 0.05)
    begun, may_end = threading.Event(), threading.Event()

    def block() -> None:
        begun.set()
        may_end.wait(2 * PATIENCE)

    @stream_handler
    async def serve(_stream: Stream) -> None:
        await call(block)

    server = served(serve, Asyncio(loop_factory=make_loop, grace=0)).open()
    run = Run(server)
    with connect(server.server_address) as client:
        assert begun.wait(PATIENCE)
        server.shutdown()
        run.join()
        before = time.monotonic()
        server.server_close()
        assert time.monotonic() - before < PATIENCE
        assert client.recv(1) == b""
    may_end.set()
    assert "threads are left" in logged(caplog)[0].getMessage()


@pytest.mark.parametrize("grace", [0, None])
def test_asyncio_close_runs_the_loop_on_for_what_threads_ask_of_it(grace: float | None, loop_factory: Any) -> None:
    begun = threading.Event()
    results: list[str] = []

    async def answer() -> str:
        return "answer"

    def ask_the_loop(loop: asyncio.AbstractEventLoop) -> None:
        begun.set()
        time.sleep(0.05)
        results.append(asyncio.run_coroutine_threadsafe(answer(), loop).result(PATIENCE))

    @stream_handler
    async def serve(_stream: Stream) -> None:
        asyncio.get_running_loop().run_in_executor(None, ask_the_loop, asyncio.get_running_loop())

    with running(served(serve, Asyncio(loop_factory=loop_factory, grace=grace))) as run:
        assert ask(run.server.server_address, b"") == b""
        assert begun.wait(PATIENCE)
    assert results == ["answer"]


def test_asyncio_close_does_not_wait_for_a_generator_that_will_not_end(
    loop_factory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typedserver.strategies.asyncio_end._CLEAN_UP", 0.05)
    kept: list[AsyncGenerator[int, None]] = []

    async def numbers() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            await asyncio.sleep(2 * PATIENCE)

    @stream_handler
    async def serve(stream: Stream) -> None:
        kept.append(numbers())
        assert await anext(kept[0]) == 1
        await stream.write(b"served")

    before = time.monotonic()
    assert answer_of(serve, Asyncio(loop_factory=loop_factory, grace=0)) == b"served"
    assert time.monotonic() - before < PATIENCE


def test_asyncio_connections_outlive_a_stop_and_go_on_with_the_next_serving(strategy: Asyncio) -> None:
    with served(upper, strategy) as server:
        run = Run(server)
        with connect(server.server_address) as client:
            client.sendall(b"one\n")
            assert client.recv(10) == b"ONE\n"
            server.shutdown()
            run.join()
            client.sendall(b"two\n")
            again = Run(server)
            assert client.recv(10) == b"TWO\n"
            server.shutdown()
            again.join()


def test_asyncio_handle_request_returns_when_the_request_is_over(strategy: Asyncio) -> None:
    with served(upper, strategy) as server, connect(server.server_address) as client:
        client.sendall(b"one\n")
        client.shutdown(socket.SHUT_WR)
        server.handle_request()
        assert client.recv(10) == b"ONE\n"
        assert client.recv(10) == b""


def test_asyncio_server_is_closed_inside_another_loop(strategy: Asyncio) -> None:
    async def main() -> None:
        server = served(upper, strategy).open()
        serving = asyncio.create_task(asyncio.to_thread(server.serve_forever))
        client = await asyncio.to_thread(connect, server.server_address)
        with client:
            client.sendall(b"x\n")
            assert await asyncio.to_thread(client.recv, 10) == b"X\n"
            await asyncio.to_thread(server.shutdown)
            await serving
            server.server_close()
            assert client.recv(10) == b""

    asyncio.run(main())


def test_asyncio_that_never_served_closes_its_loop() -> None:
    with served(upper, Asyncio()) as server:
        server.request_stop()
        server.serve_forever()


# In a foreign loop


def run_in(loop_factory: Callable[[], asyncio.AbstractEventLoop], main: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(main)


async def restored(factory: object) -> None:
    """Wait until the loop has its task factory back, because the last request may still be ending."""
    async with asyncio.timeout(PATIENCE):
        while asyncio.get_running_loop().get_task_factory() is not factory:  # noqa: ASYNC110 - no event reports it
            await asyncio.sleep(0.001)


async def line_of(address: Any, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(data)
    answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return answer


def test_asyncio_serves_in_a_running_loop_and_leaves_it_as_it_was(loop_factory: Any) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        await stream.write(await asyncio.wait_for(stream.readline(), PATIENCE))

    async def main() -> None:
        loop = asyncio.get_running_loop()
        with served(serve, Asyncio()) as server:
            server.attach(loop)
            assert await line_of(server.server_address, b"both\n") == b"both\n"
            await asyncio.create_task(sleep(0.001))
        await restored(None)

    run_in(loop_factory, main())


def test_asyncio_keeps_a_loops_own_task_factory(loop_factory: Any) -> None:
    made: list[str] = []

    def factory(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> "asyncio.Task[Any]":
        made.append(coroutine.__qualname__)
        return asyncio.Task(coroutine, loop=loop, **options)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(factory)
        with served(upper, Asyncio()) as first, served(upper, Asyncio()) as second:
            for server in (first, second):
                server.attach(loop)
            for server in (first, second):
                assert await line_of(server.server_address, b"x\n") == b"X\n"
            first.server_close()
            assert await line_of(second.server_address, b"y\n") == b"Y\n"
        await restored(factory)

    run_in(loop_factory, main())
    assert sum(name.endswith("_serve") for name in made) == 3


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
def test_asyncio_serves_in_eager_tasks() -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        at_once = await asyncio.create_task(asyncio.sleep(0, b"!"))
        await stream.write(await asyncio.wait_for(stream.readline(), PATIENCE) + at_once)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(getattr(asyncio, "eager_task_factory"))  # noqa: B009 - mypy reads as 3.11
        with served(serve, Asyncio()) as server:
            server.attach(loop)
            assert await line_of(server.server_address, b"eager\n") == b"eager\n"

    asyncio.run(main())


def test_asyncio_closed_in_its_running_loop_cancels_there_and_waits_for_nothing(
    loop_factory: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("typedserver.strategies.asyncio_end._CLEAN_UP", 0.05)
    ended: list[str] = []

    @stream_handler
    async def serve(stream: Stream) -> None:
        stubborn = await stream.readline() == b"stubborn\n"
        await stream.write(b"waiting\n")
        try:
            await stream.readline()
        except asyncio.CancelledError:
            ended.append("cancelled")
            if stubborn:
                await stream.readline()
            raise

    async def main() -> None:
        loop = asyncio.get_running_loop()
        clients: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        with served(serve, Asyncio(grace=0.1)) as server:
            server.attach(loop)
            for kind in (b"stubborn\n", b"obedient\n"):
                reader, writer = await asyncio.open_connection(*inet_address(server))
                clients.append((reader, writer))
                writer.write(kind)
                assert await reader.readline() == b"waiting\n"
            begun = time.monotonic()
        assert time.monotonic() - begun < 0.09
        for reader, writer in reversed(clients):
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()
        await restored(None)

    run_in(loop_factory, main())
    assert ended == ["cancelled"] * 2
    assert "abandoned" in logged(caplog)[0].getMessage()


def test_asyncio_requests_end_with_the_run_that_they_are_part_of(loop_factory: Any) -> None:
    ended: list[str] = []

    @stream_handler
    async def serve(stream: Stream) -> None:
        try:
            await stream.write(b"waiting\n")
            await stream.readline()
        finally:
            await sleep(0.001)
            ended.append("cleaned up")

    async def main(close: bool) -> None:
        server = served(serve, Asyncio()).open()
        servers.append(server)
        server.attach(asyncio.get_running_loop())
        reader, writer = await asyncio.open_connection(*inet_address(server))
        writers.append(writer)
        assert await reader.readline() == b"waiting\n"
        if close:
            server.server_close()

    servers: list[Server[Any, Any]] = []
    writers: list[asyncio.StreamWriter] = []
    for close in (True, False):
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(main(close))
            writers[-1].close()
    for server in servers:
        server.server_close()
    assert ended == ["cleaned up"] * 2


def test_asyncio_closed_by_another_thread_waits_for_the_running_loop(loop_factory: Any) -> None:
    ended: list[str] = []

    @stream_handler
    async def serve(stream: Stream) -> None:
        try:
            await stream.write(b"waiting")
            await stream.readline()
        finally:
            await asyncio.sleep(0.01)
            ended.append("cleaned up")

    loop = loop_factory()
    server = served(serve, Asyncio(grace=0.01)).open()
    loop.call_soon(server.attach, loop)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    with connect(server.server_address) as client:
        assert client.recv(10) == b"waiting"
        server.request_stop()
        detached = threading.Event()
        loop.call_soon_threadsafe(detached.set)
        assert detached.wait(PATIENCE)
        server.server_close()
        assert ended == ["cleaned up"]
        assert client.recv(10) == b""
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_asyncio_closed_by_another_thread_does_not_wait_for_a_loop_that_hangs(
    loop_factory: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("_CLEAN_UP", "_MARGIN"):
        monkeypatch.setattr(f"typedserver.strategies.asyncio_end.{name}", 0.01)
    may_go_on, hangs = threading.Event(), threading.Event()

    def hang() -> None:
        hangs.set()
        may_go_on.wait(PATIENCE)

    loop = loop_factory()
    server = served(upper, Asyncio(grace=0)).open()
    loop.call_soon(server.attach, loop)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    with connect(server.server_address) as client:
        client.sendall(b"x\n")
        assert client.recv(10) == b"X\n"
        server.request_stop()
        loop.call_soon_threadsafe(hang)
        assert hangs.wait(PATIENCE)
        server.server_close()
        assert "does not run" in logged(caplog)[0].getMessage()
        may_go_on.set()
        assert client.recv(10) == b""
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_asyncio_closed_beside_an_idle_loop_runs_it(loop_factory: Any) -> None:
    async def main() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        server.attach(asyncio.get_running_loop())
        reader, writer = await asyncio.open_connection(*inet_address(server))
        writer.write(b"x\n")
        assert await reader.readline() == b"X\n"
        server.shutdown()
        return reader, writer

    loop = loop_factory()
    server = served(upper, Asyncio(grace=0)).open()
    reader, writer = loop.run_until_complete(main())
    server.server_close()
    assert loop.run_until_complete(reader.read()) == b""
    writer.close()
    loop.run_until_complete(writer.wait_closed())
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


def test_asyncio_closed_after_its_loop_abandons_what_was_left_in_it(loop_factory: Any, forgiven: list[str]) -> None:
    # If a loop is closed with tasks in it, its owner is at fault.
    forgiven.append("Task was destroyed but it is pending!")
    ended: list[str] = []

    @stream_handler
    async def serve(stream: Stream) -> None:
        try:
            await stream.write(b"waiting\n")
            await (stream.readline() if await stream.readline() == b"read\n" else asyncio.sleep(PATIENCE))
        finally:
            ended.append("ended")

    async def main() -> None:
        server.attach(asyncio.get_running_loop())
        while len(clients) < 3:
            client = await asyncio.to_thread(connect, server.server_address)
            clients.append(client)
            assert await asyncio.to_thread(client.recv, 10) == b"waiting\n"
        clients[0].sendall(b"read\n")
        clients[1].sendall(b"sleep\n")
        await asyncio.sleep(0.02)
        await asyncio.get_running_loop().shutdown_default_executor()

    loop = loop_factory()
    server = served(serve, Asyncio()).open()
    clients: list[socket.socket] = []
    loop.run_until_complete(main())
    loop.close()
    server.server_close()
    assert ended == ["ended"] * 3
    for client in clients:
        assert client.recv(10) == b""
        client.close()


# Composition


def test_asyncio_serves_in_a_group_of_one_asyncio_loop(loop_factory: Any, tmp_path: Any) -> None:
    path = str(tmp_path / "s")
    members = [served(upper, Asyncio(grace=0)), Server(UnixStream(path), upper, Bounded(Asyncio(grace=0), 2))]
    with running(Group(members, reactor_factory=loop_factory)):
        assert ask(members[0].server_address, b"one\n") == b"ONE\n"
        assert ask(path, b"two\n") == b"TWO\n"


def test_asyncio_in_another_loop_is_refused_with_the_remedy() -> None:
    remedy = r"Group\(\.\.\., reactor_factory=asyncio\.new_event_loop\)"
    for strategy in (Asyncio(), Bounded(Asyncio(), 2)):
        with pytest.raises(CompositionError, match=remedy):
            Group([served(upper, strategy)])
    other = Group([served(upper, Asyncio())], reactor_factory=partial(SelectorReactor, None))
    with other, pytest.raises(CompositionError, match=remedy):
        other.serve_forever()
    with pytest.raises(CompositionError, match="made None, which is no event loop"):
        served(upper, Asyncio(loop_factory=lambda: None)).handle_request()  # type: ignore[arg-type, return-value]  # what is tested
    with pytest.raises(CompositionError, match="None is none"):
        Asyncio().start(Recorder(), None)  # type: ignore[arg-type]  # the double serves anything


@pytest.mark.parametrize("strategy", [Asyncio(), Bounded(Asyncio(), 3)], ids=["asyncio", "bounded"])
def test_asyncio_makes_the_loop_and_no_config_does(strategy: Any) -> None:
    with pytest.raises(CompositionError, match=r"leave out ServerConfig\(reactor_factory="):
        served(upper, strategy, config=ServerConfig(reactor_factory=uvloop.new_event_loop))
    assert served(upper, strategy, config=ServerConfig(timeout=1)).config.timeout == 1


def test_asyncio_is_loaded_by_whom_it_serves() -> None:
    program = "import sys, typedserver; typedserver.Asyncio(); assert 'asyncio' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_asyncio_bounded_has_at_most_so_many_tasks(strategy: Asyncio) -> None:
    inside, most = 0, 0

    @stream_handler
    async def serve(stream: Stream) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.01)
        inside -= 1
        await stream.write(b"through")

    with running(served(serve, Bounded(strategy, 4))) as run:
        clients = [connect(run.server.server_address) for _ in range(12)]
        assert [client.recv(10) for client in clients] == [b"through"] * 12
        for client in clients:
            client.close()
    assert most == 4


def test_asyncio_refuses_values_that_cannot_work() -> None:
    with pytest.raises(CompositionError, match=r"Asyncio\(loop_factory=None\)"):
        Asyncio(loop_factory=None)  # type: ignore[arg-type]  # what is tested
    with pytest.raises(RecipeError, match=r"Asyncio\(grace=-1\)"):
        Asyncio(grace=-1)
    assert Asyncio(grace=None).grace is None
    assert repr(Asyncio()) == "Asyncio()"
    assert repr(Asyncio(grace=0)) == "Asyncio(grace=0)"


def test_asyncio_dispatcher_has_nothing_else_to_do(loop_factory: Any) -> None:
    loop = loop_factory()
    dispatcher = Asyncio().start(Recorder(), loop)  # type: ignore[arg-type]  # the double serves anything
    dispatcher.service_actions()
    dispatcher.drain()
    assert dispatcher.close() == 0
    assert dispatcher.close() == 0
    loop.close()


def test_asyncio_descriptors_are_given_back_and_used_again(strategy: Asyncio) -> None:
    """A registration that outlives its descriptor fails the next connection, which has the same number."""
    with running(served(upper, strategy)) as run:
        assert ask(run.server.server_address, b"x\n") == b"X\n"
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(50):
            assert ask(run.server.server_address, b"x\n") == b"X\n"
        assert len(os.listdir("/proc/self/fd")) <= before + 2


def served_now(server: Any) -> dict[int, object]:
    live: dict[int, object] = server.__lifetime__.servable.table.requests
    return live


def test_asyncio_serves_on_under_the_number_of_a_connection_that_was_reset(loop_factory: Any) -> None:
    with running(Server(TCP(port=0), upper, Asyncio(loop_factory=loop_factory))) as run:
        for _ in range(3):
            with connect(run.server.server_address) as client:
                client.sendall(b"ab\n")
                assert client.recv(100) == b"AB\n"
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                # Closed without a shutdown before, which resets the connection.
                socket.socket.close(client)
            # Until its number is free again.
            while served_now(run.server):
                time.sleep(0.001)
            assert ask(run.server.server_address, b"cd\n") == b"CD\n"
