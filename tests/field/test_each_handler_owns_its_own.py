"""What a handler sets, leaves open or has raised is its own: no other handler meets it, whatever shares its thread."""

import asyncio
import contextlib
import decimal
import gc
import logging
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from typing import Any

import pytest
import uvloop
from tests.running import PATIENCE, all_started, ask, connect, running
from typing_extensions import override

from typedserver import (
    TCP,
    Asyncio,
    Bounded,
    Deadlines,
    Forks,
    Inline,
    Multiplexed,
    OnExecutor,
    RecipeError,
    SelectorReactor,
    Server,
    ServerConfig,
    Stream,
    ThreadPool,
    Threads,
    drive,
    run_blocking,
    sleep,
    stream_handler,
)

user: ContextVar[str] = ContextVar("user", default="nobody")

executor = ThreadPoolExecutor(2)


@pytest.fixture(scope="module", autouse=True)
def executor_of_the_module() -> Generator[None, None, None]:
    with all_started(executor, 2):
        yield


# A strategy, and the loop that it serves in: None for its own.
Served = tuple[Any, Callable[[], Any] | None]

IN_PLACE: dict[str, Served] = {
    "threads": (Threads(), None),
    "pool": (ThreadPool(workers=2), None),
    "executor": (OnExecutor(executor), None),
    "bounded": (Bounded(Threads(), 4), None),
}
IN_LOOP: dict[str, Served] = {
    "multiplexed": (Multiplexed(), None),
    "multiplexed in asyncio": (Multiplexed(), asyncio.new_event_loop),
    "multiplexed in uvloop": (Multiplexed(), uvloop.new_event_loop),
    "asyncio": (Asyncio(grace=0), None),
    "uvloop": (Asyncio(grace=0, loop_factory=uvloop.new_event_loop), None),
}
CONCURRENT: dict[str, Served] = IN_PLACE | IN_LOOP
INLINE: dict[str, Served] = {"inline": (Inline(), None), "inline in asyncio": (Inline(), asyncio.new_event_loop)}
IN_PROCESS: dict[str, Served] = CONCURRENT | INLINE
ALL: dict[str, Served] = IN_PROCESS | {"forks": (Forks(), None)}


def each(strategies: dict[str, Served]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("served", strategies.values(), ids=strategies)


def server_of(handler: Any, served: Served, kind: Any = Server, total: float | None = None) -> Any:
    strategy, loop = served
    deadlines = Deadlines(total=total)
    config = ServerConfig(deadlines=deadlines)
    if loop is not None:
        config = ServerConfig(deadlines=deadlines, reactor_factory=loop)
    return kind(TCP(port=0), handler, strategy, config=config)


@stream_handler
async def log_in(stream: Stream) -> None:
    """Answers who it takes its client for, and a third as exactly as it computes."""
    async for line in stream:
        if line != b"log in\n":
            await stream.write(f"{user.get()} {decimal.Decimal(1) / 3}\n".encode())
            continue
        user.set("alice")
        with decimal.localcontext() as context:
            context.prec = 3
            await stream.write(b"hello\n")
            await stream.readline()
            await stream.write(f"{user.get()} {decimal.Decimal(1) / 3}\n".encode())


@each(CONCURRENT | {"forks": (Forks(), None)})
def test_context_of_a_handler_that_waits_is_not_anothers(served: Served) -> None:
    with running(server_of(log_in, served)) as run, connect(run.server.server_address) as alice:
        alice.sendall(b"log in\n")
        assert alice.recv(100) == b"hello\n"
        with connect(run.server.server_address) as bob:
            bob.sendall(b"who\n")
            answer = bob.recv(100)
            assert answer.startswith(b"nobody 0.3333333333")
        alice.sendall(b"who\n")
        assert alice.recv(100) == b"alice 0.333\n"


@each(ALL)
def test_context_of_a_handler_is_not_the_next_ones(served: Served) -> None:
    with running(server_of(log_in, served)) as run:
        assert ask(run.server.server_address, b"log in\nwho\n") == b"hello\nalice 0.333\n"
        assert ask(run.server.server_address, b"who\n").startswith(b"nobody 0.3333333333")


@each(IN_PLACE | INLINE | {"forks": (Forks(), None)})
def test_context_of_a_plain_handler_is_not_the_next_ones(served: Served) -> None:
    def plain(request: Any, _client_address: object, _server: object) -> None:
        seen = user.get()
        user.set("alice")
        request.recv(10)
        request.sendall(seen.encode())

    with running(server_of(plain, served)) as run:
        for _ in range(3):
            assert ask(run.server.server_address, b"\n") == b"nobody"


@each(INLINE | IN_LOOP)
def test_context_begins_as_that_of_the_loop(served: Served) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        await stream.write(user.get().encode())

    server = server_of(serve, served).open()
    context = copy_context()
    context.run(user.set, "operator")
    thread = threading.Thread(target=context.run, args=(server.serve_forever,))
    thread.start()
    try:
        assert ask(server.server_address, b"") == b"operator"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@each(ALL)
def test_function_in_a_thread_has_a_copy_of_the_handlers_context(served: Served) -> None:
    def rename() -> str:
        former = user.get()
        user.set("mallory")
        return former

    @stream_handler
    async def serve(stream: Stream) -> None:
        user.set("alice")
        seen = await run_blocking(rename)
        await stream.write(f"{seen} {user.get()}".encode())

    with running(server_of(serve, served)) as run:
        assert ask(run.server.server_address, b"") == b"alice alice"


@each(IN_PROCESS)
def test_error_is_reported_in_the_context_of_its_handler(served: Served) -> None:
    seen: list[tuple[str, BaseException | None]] = []

    class Reporting(Server[Any, Any]):
        @override
        def handle_error(self, request: Any, client_address: object) -> None:
            seen.append((user.get(), sys.exception()))

    error = LookupError("its own")

    @stream_handler
    async def serve(_stream: Stream) -> None:
        user.set("alice")
        await sleep(0)
        raise error

    with running(server_of(serve, served, Reporting)) as run:
        assert ask(run.server.server_address, b"") == b""
    assert seen == [("alice", error)]


@each(ALL)
def test_async_generator_that_is_left_open_ends_while_its_handler_goes_on(served: Served) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        async def rows() -> AsyncGenerator[int, None]:
            try:
                while True:
                    yield 1
            finally:
                # What it awaits is over in time, and its context is the handler's.
                await sleep(0.01)
                await stream.write(f"rolled back for {user.get()}\n".encode())

        user.set("alice")
        async for _ in stream:
            async for _row in rows():
                break

    with running(server_of(serve, served)) as run, connect(run.server.server_address) as client:
        for _ in range(3):
            client.sendall(b"\n")
            assert client.recv(100) == b"rolled back for alice\n"


@each(IN_PROCESS)
def test_async_generator_that_is_left_by_an_error_ends(served: Served) -> None:
    ended = threading.Event()

    async def rows() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            await sleep(0.01)
            ended.set()

    @stream_handler
    async def serve(_stream: Stream) -> None:
        async for _ in rows():
            raise LookupError("in the middle")

    with running(server_of(serve, served)) as run:
        assert ask(run.server.server_address, b"") == b""
        assert ended.wait(PATIENCE)


@each(IN_PROCESS)
def test_async_generator_that_the_garbage_collector_finds_ends(served: Served) -> None:
    ended = threading.Event()

    async def rows(kept: list[Any]) -> AsyncGenerator[int, None]:
        try:
            yield len(kept)
        finally:
            await sleep(0.01)
            ended.set()

    @stream_handler
    async def serve(stream: Stream) -> None:
        kept: list[Any] = []
        kept.append(rows(kept))
        await anext(kept[0])
        del kept
        await stream.write(b"left")

    with running(server_of(serve, served)) as run:
        assert ask(run.server.server_address, b"") == b"left"
        # In this thread, which is none of the server's.
        gc.collect()
        assert ended.wait(PATIENCE)


@each(IN_PROCESS)
def test_end_of_an_async_generator_that_fails_is_logged_and_harms_nobody(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    async def rows() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            await sleep(0)
            raise LookupError("no such transaction")

    @stream_handler
    async def serve(stream: Stream) -> None:
        async for _ in rows():
            break
        await sleep(0.02)
        await stream.write(b"served")

    with running(server_of(serve, served)) as run:
        assert ask(run.server.server_address, b"") == b"served"
    assert "no such transaction" in caplog.text


@each(IN_LOOP)
def test_close_does_not_wait_for_a_generator_that_was_left_open(served: Served) -> None:
    seen: list[str] = []

    async def rows() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            seen.append("begun")
            try:
                await sleep(PATIENCE * 2)
            finally:
                seen.append("ended")

    @stream_handler
    async def serve(stream: Stream) -> None:
        async for _ in rows():
            break
        await stream.write(b"served")

    before = time.monotonic()
    with running(server_of(serve, served)) as run:
        assert ask(run.server.server_address, b"") == b"served"
    assert time.monotonic() - before < PATIENCE
    assert seen == ["begun", "ended"]


@each(IN_PROCESS)
@pytest.mark.parametrize("where", ["in the generator", "in the loop over it"])
def test_cut_handler_leaves_its_async_generator_an_end(served: Served, where: str) -> None:
    ended = threading.Event()

    async def rows() -> AsyncGenerator[int, None]:
        try:
            if where == "in the generator":
                await sleep(PATIENCE * 2)
            yield 1
        finally:
            await sleep(0.01)
            ended.set()

    @stream_handler
    async def serve(_stream: Stream) -> None:
        async for _ in rows():
            await sleep(PATIENCE * 2)

    with running(server_of(serve, served, total=0.2)) as run:
        assert ask(run.server.server_address, b"") == b""
        assert ended.wait(PATIENCE)


@each(ALL)
def test_exception_is_nobody_elses(served: Served) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        seen = [sys.exception()]
        order = await stream.readline()
        seen.append(sys.exception())
        if order == b"fail\n":
            raise LookupError("its own")
        # A wait that the driver refuses raises here, and is over when it was handled.
        with contextlib.suppress(RecipeError):
            await sleep("soon")  # type: ignore[arg-type]  # what is tested
        with contextlib.suppress(Exception):
            await Foreign()
        await sleep(0)
        seen.append(sys.exception())
        error = LookupError()
        with contextlib.suppress(LookupError):
            raise error
        seen.append(error.__context__)
        await stream.write(b"%d" % sum(each is not None for each in seen))

    with running(server_of(serve, served)) as run:
        if isinstance(served[0], Inline):
            assert ask(run.server.server_address, b"fail\n") == b""
            assert ask(run.server.server_address, b"go on\n") == b"0"
            return
        with connect(run.server.server_address) as client:
            assert ask(run.server.server_address, b"fail\n") == b""
            client.sendall(b"go on\n")
            assert client.recv(10) == b"0"


class Foreign:
    """Awaits what no driver knows."""

    def __await__(self) -> Generator[object, None, None]:
        yield self


def test_drive_and_the_loop_leave_the_threads_own_hooks() -> None:
    def first(_generator: object) -> None: ...

    def last(_generator: object) -> None: ...

    former = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(first, last)
    try:
        assert drive(sleep(0)) is None
        assert sys.get_asyncgen_hooks() == (first, last)
        server = Server(TCP(port=0), log_in, Multiplexed()).open()
        server.request_drain(0)
        server.serve_forever()
        server.server_close()
        assert sys.get_asyncgen_hooks() == (first, last)
        reactor = SelectorReactor()
        reactor.end_generators_by(last)
        reactor.call_soon_threadsafe(reactor.stop)
        reactor.run_forever()
        reactor.close()
        assert sys.get_asyncgen_hooks() == (first, last)
    finally:
        sys.set_asyncgen_hooks(*former)


def test_multiplexed_in_somebody_elses_loop_leaves_that_its_generators() -> None:
    ended: list[str] = []

    async def rows(name: str, wait: Callable[[], Any]) -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            await wait()
            ended.append(name)

    @stream_handler
    async def serve(stream: Stream) -> None:
        async for _ in rows("ours", lambda: sleep(0.01)):
            break
        await stream.write(b"served")

    async def main() -> None:
        server = Server(TCP(port=0), serve, Multiplexed())
        attachment = server.attach(asyncio.get_running_loop())
        async for _ in rows("theirs", lambda: asyncio.sleep(0.01)):
            break
        assert await asyncio.to_thread(ask, server.server_address, b"") == b"served"
        async for _ in rows("theirs, later", lambda: asyncio.sleep(0.01)):
            break
        await asyncio.sleep(0.1)
        attachment.detach()
        server.server_close()

    asyncio.run(main())
    assert sorted(ended) == ["ours", "theirs", "theirs, later"]


def test_driven_coroutine_is_told_of_no_generators_end_but_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def rows() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            raise LookupError("in the end")

    async def leave() -> str:
        async for _ in rows():
            break
        return "result"

    with caplog.at_level(logging.ERROR):
        assert drive(leave()) == "result"
    assert "in the end" in caplog.text
