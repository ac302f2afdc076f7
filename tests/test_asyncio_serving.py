"""A server in an asyncio program: ``async with server.serving()``, ``wait_closed()``, and what a cancellation does."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any, TypeVar

import pytest
import uvloop

from tests.running import PATIENCE, Run, ask, connect
from typedserver import (
    TCP,
    Asyncio,
    Forks,
    Group,
    Inline,
    LifecycleError,
    ListenError,
    Multiplexed,
    Prefork,
    RecipeError,
    Server,
    ServerConfig,
    Serving,
    State,
    Stream,
    ThreadPool,
    Threads,
    inet_address,
    sleep,
    stream_handler,
)

T = TypeVar("T")

FACTORIES: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}
CONFIG = ServerConfig(quiet=0.0005)


@pytest.fixture(params=FACTORIES)
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Run a program in a loop of each kind."""

    def run(program: Coroutine[Any, Any, T]) -> T:
        with asyncio.Runner(loop_factory=FACTORIES[request.param]) as runner:
            return runner.run(asyncio.wait_for(program, PATIENCE))

    return run


@stream_handler
async def upper(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())


def served_by(strategy: Any, handler: Any = upper) -> Server[Any, Any]:
    return Server(TCP(port=0), handler, strategy, config=CONFIG)


STRATEGIES = [Inline(), Threads(), ThreadPool(), Forks(), Multiplexed(), Asyncio()]


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
def test_server_serves_while_the_block_runs_and_has_drained_after_it(run: Any, strategy: Any) -> None:
    async def program() -> None:
        made = served_by(strategy)
        async with made.serving() as server:
            assert server is made
            assert server.state is State.SERVING
            for line in (b"x\n", b"y\n"):
                assert await asyncio.to_thread(ask, server.server_address, line) == line.upper()
        assert made.state is State.CLOSED
        assert made.drain_report is not None
        assert not made.drain_report.cut
        with pytest.raises(OSError, match="refused"):
            connect(made.server_address)

    run(program())


AROUND: dict[str, Callable[[Server[Any, Any]], Serving]] = {
    "Group": lambda server: Group([server]),
    "Prefork": lambda server: Prefork(server, 2),
    "Prefork of a Group": lambda server: Prefork(Group([server]), 1),
}


@pytest.mark.parametrize("around", AROUND)
def test_groups_and_preforks_are_served_so_too(run: Any, around: str) -> None:
    async def program() -> None:
        inner = served_by(Threads())
        async with AROUND[around](inner).serving():
            assert await asyncio.to_thread(ask, inner.server_address, b"x\n") == b"X\n"

    run(program())


@pytest.mark.parametrize("end", ["request_drain", "request_stop", "shutdown"])
@pytest.mark.parametrize("elsewhere", [False, True])
def test_block_waits_until_the_server_is_asked_to_end(run: Any, end: str, elsewhere: bool) -> None:
    async def program() -> None:
        async with served_by(Threads()).serving() as server:
            ask_to_end = getattr(server, end)
            thread = threading.Thread(target=ask_to_end)
            if elsewhere:
                thread.start()
            else:
                asyncio.get_running_loop().call_soon(ask_to_end)
            await server.wait_closed()
            assert server.state is not State.SERVING
        if elsewhere:
            thread.join()
        assert server.state is State.CLOSED

    run(program())


def test_drain_and_its_wait_are_one_after_the_other() -> None:
    async def program() -> None:
        async with served_by(Asyncio()).serving() as server:
            with pytest.raises(
                LifecycleError, match=r"request_drain\(\), and in asyncio `await server.wait_closed\(\)`"
            ):
                server.drain()
            server.request_drain()
            await server.wait_closed()
            assert server.drain_report is not None

    asyncio.run(program())


@stream_handler
async def slow(stream: Stream) -> None:
    await stream.write(b"begun")
    await sleep(0.05)
    await stream.write(b" ended")


@stream_handler
async def endless(stream: Stream) -> None:
    await stream.write(b"begun")
    await sleep(PATIENCE)


async def begun(server: Server[Any, Any]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(*inet_address(server))
    assert await reader.read(5) == b"begun"
    return reader, writer


@pytest.mark.parametrize("strategy", [Threads(), Multiplexed(), Asyncio()], ids=repr)
def test_cancelled_block_drains_first_and_is_cancelled_then(run: Any, strategy: Any) -> None:
    async def program() -> None:
        server = served_by(strategy, slow)
        inside = asyncio.Event()

        async def serve() -> None:
            async with server.serving():
                inside.set()
                await server.wait_closed()

        task = asyncio.create_task(serve())
        await inside.wait()
        reader, writer = await begun(server)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert server.state is State.CLOSED
        assert await reader.read() == b" ended"
        writer.close()
        assert server.drain_report is not None
        assert server.drain_report.served == 1

    run(program())


@pytest.mark.parametrize("strategy", [Threads(), Multiplexed(), Asyncio()], ids=repr)
def test_another_cancellation_cuts_what_is_left(run: Any, strategy: Any) -> None:
    async def program() -> None:
        server = served_by(strategy, endless)
        inside = asyncio.Event()

        async def serve() -> None:
            async with server.serving(deadline=PATIENCE):
                inside.set()
                await server.wait_closed()

        task = asyncio.create_task(serve())
        await inside.wait()
        _, writer = await begun(server)
        draining = asyncio.Event()
        server.call_when_draining(draining, draining.set)
        task.cancel()
        await draining.wait()
        assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        writer.close()
        assert server.state is State.CLOSED
        assert server.drain_report is not None
        assert len(server.drain_report.cut) == 1

    run(program())


@pytest.mark.parametrize("strategy", [Threads(), Multiplexed(), Asyncio()], ids=repr)
def test_end_of_the_block_cuts_at_the_deadline(run: Any, strategy: Any) -> None:
    async def program() -> None:
        server = served_by(strategy, endless)
        async with server.serving(deadline=0.0):
            _, writer = await begun(server)
        writer.close()
        assert server.drain_report is not None
        assert len(server.drain_report.cut) == 1

    run(program())


def test_loop_goes_on_while_the_server_drains(run: Any) -> None:
    async def program() -> None:
        loop = asyncio.get_running_loop()
        go_on = asyncio.Event()

        @stream_handler
        async def wait(stream: Stream) -> None:
            await stream.write(b"begun")
            await go_on.wait()
            await stream.write(b" ended")

        async with served_by(Asyncio(), wait).serving() as server:
            reader, writer = await begun(server)
            server.call_when_draining(go_on, lambda: loop.call_later(0.001, go_on.set))
        assert await reader.read() == b" ended"
        writer.close()

    run(program())


class _Broken(BaseException):
    pass


def _break(_request: object, _address: object, _server: object) -> None:
    raise _Broken


def test_failure_of_the_server_is_raised_after_the_block(run: Any) -> None:
    async def fails() -> None:
        async with served_by(Inline(), _break).serving() as server:
            with connect(server.server_address):
                await server.wait_closed()

    async def fails_with_the_block() -> None:
        async with served_by(Inline(), _break).serving() as server:
            with connect(server.server_address):
                await server.wait_closed()
            raise ZeroDivisionError

    with pytest.raises(_Broken):
        run(fails())
    with pytest.raises(_Broken) as broken:
        run(fails_with_the_block())
    assert isinstance(broken.value.__context__, ZeroDivisionError)


def test_exception_of_the_block_is_raised_when_the_server_has_drained(run: Any) -> None:
    server = served_by(Threads())

    async def program() -> None:
        async with server.serving():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(program())
    assert server.state is State.CLOSED


def test_server_that_cannot_open_may_be_tried_again(run: Any) -> None:
    async def program() -> None:
        with socket.create_server(("127.0.0.1", 0)) as holder:
            server = Server(TCP(port=holder.getsockname()[1]), upper, Threads(), config=CONFIG)
            with pytest.raises(ListenError):
                async with server.serving():
                    pass
        async with server.serving():
            assert await asyncio.to_thread(ask, server.server_address, b"x\n") == b"X\n"

    run(program())


def test_drain_that_was_asked_for_before_is_kept(run: Any) -> None:
    async def program() -> None:
        server = served_by(Threads())
        server.request_drain()
        async with server.serving():
            await server.wait_closed()
        async with server.serving():
            await server.wait_closed()

    run(program())


@pytest.mark.parametrize("strategy", [Multiplexed(), Asyncio()], ids=repr)
@pytest.mark.parametrize("asynchronous", [False, True])
def test_lifespan_surrounds_the_block(run: Any, strategy: Any, asynchronous: bool) -> None:
    said: list[str] = []

    @contextlib.asynccontextmanager
    async def later() -> AsyncGenerator[None, None]:
        await sleep(0.01)
        said.append("entered")
        yield
        await sleep(0.01)
        said.append("left")

    @contextlib.contextmanager
    def at_once() -> Generator[None, None, None]:
        said.append("entered")
        yield
        said.append("left")

    async def program() -> None:
        lifespan: Any = later if asynchronous else at_once
        async with Server(TCP(port=0), upper, strategy, config=CONFIG, lifespan=lifespan).serving():
            said.append("block")
        said.append("after")

    run(program())
    assert said == ["entered", "block", "left", "after"]


def test_values_and_places_that_cannot_work_are_refused() -> None:
    server = served_by(Threads())

    async def program() -> None:
        with pytest.raises(RecipeError, match=r"serving\(deadline=-1\)"):
            async with server.serving(deadline=-1):
                pass
        async with server.serving():
            with pytest.raises(LifecycleError, match="serves already"):
                async with server.serving():
                    pass
            assert server.state is State.SERVING

    asyncio.run(program())
    for call in (served_by(Threads()).serving().__aenter__(), served_by(Threads()).wait_closed()):
        with pytest.raises(LifecycleError, match="no loop of asyncio's runs here"):
            call.send(None)


# wait_closed


def test_wait_closed_waits_for_a_server_of_another_thread(run: Any) -> None:
    async def program() -> None:
        server = served_by(Threads()).open()
        other = Run(server)
        await asyncio.to_thread(ask, server.server_address, b"x\n")
        waits = [asyncio.create_task(server.wait_closed()) for _ in range(3)]
        cancelled = asyncio.create_task(server.wait_closed())
        await asyncio.sleep(0.001)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        assert not any(wait.done() for wait in waits)
        server.request_drain()
        await asyncio.gather(*waits)
        await asyncio.to_thread(other.join)
        server.server_close()

    run(program())


def test_wait_closed_returns_at_once_if_nothing_serves(run: Any) -> None:
    async def program() -> None:
        server = served_by(Threads())
        await server.wait_closed()
        with server:
            await server.wait_closed()
        await server.wait_closed()

    run(program())


def test_program_that_is_interrupted_drains() -> None:
    # asyncio.run cancels the main task at Ctrl-C, and all tasks that are left when it ends.
    server = served_by(Asyncio(), endless)
    inside = threading.Event()

    async def program() -> None:
        async with server.serving(deadline=0.0):
            inside.set()
            await server.wait_closed()

    async def all_of_it() -> None:
        main = asyncio.create_task(program())
        await asyncio.to_thread(inside.wait, PATIENCE)
        _, writer = await begun(server)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        began = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await main
        assert time.monotonic() - began < PATIENCE / 2
        writer.close()

    asyncio.run(all_of_it())
    assert server.state is State.CLOSED
