"""A cut ends whatever a handler waits for, is not repeated while the handler cleans up, and leaves nothing behind."""

import asyncio
import contextlib
import gc
import math
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import uvloop
from tests.reactors import REACTORS
from tests.running import PATIENCE, Run, all_started, ask, connect, running

from typedserver import (
    TCP,
    Asyncio,
    Bounded,
    Deadlines,
    Exit,
    Finished,
    Forks,
    Inline,
    Multiplexed,
    OnExecutor,
    RecipeError,
    SelectorReactor,
    Server,
    ServerConfig,
    ServerEvent,
    Stream,
    ThreadPool,
    Threads,
    run_blocking,
    sleep,
    stream_handler,
    wait_draining,
)
from typedserver.coroutines.blocking_calls import BlockingCalls
from typedserver.coroutines.drive import drive

# Whatever a handler waits for here is never over by itself.
FOR_EVER = 86_400.0

executor = ThreadPoolExecutor(4)


@pytest.fixture(scope="module", autouse=True)
def executor_of_the_module() -> Generator[None, None, None]:
    with all_started(executor, 4):
        yield


IN_PLACE: dict[str, Any] = {
    "inline": Inline(),
    "threads": Threads(),
    "pool": ThreadPool(workers=8),
    "executor": OnExecutor(executor),
    "bounded": Bounded(Threads(), 8),
}
IN_LOOP: dict[str, Any] = {
    "multiplexed": Multiplexed(),
    "asyncio": Asyncio(grace=0),
    "uvloop": Asyncio(grace=0, loop_factory=uvloop.new_event_loop),
}
IN_PROCESS = IN_PLACE | IN_LOOP
ALL = IN_PROCESS | {"forks": Forks()}


def each(strategies: dict[str, Any]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("strategy", strategies.values(), ids=strategies)


class Ends:
    """Counts the requests that are over, as an observer."""

    def __init__(self) -> None:
        self._over = threading.Semaphore(0)

    def __call__(self, event: ServerEvent, /) -> None:
        if isinstance(event, Finished):
            self._over.release()

    def wait(self, requests: int = 1, seconds: float = PATIENCE) -> bool:
        return all(self._over.acquire(timeout=seconds) for _ in range(requests))


@contextmanager
def serving(
    handler: Any, strategy: Any, *, total: float | None = 0.2, **config: Any
) -> Generator[tuple[Server[Any, Any], Ends], None, None]:
    ends = Ends()
    settings = ServerConfig(deadlines=Deadlines(total=total), observer=ends, **config)
    server = Server(TCP(port=0), handler, strategy, config=settings)
    with running(server):
        yield server, ends
        # What is left is cut, so that a failed test ends.
        server.drain(0)


WAITS: dict[str, Callable[[Stream], Any]] = {
    "sleep": lambda _stream: sleep(FOR_EVER),
    "inf": lambda _stream: sleep(math.inf),
    "1e18": lambda _stream: sleep(1e18),
    "10**400": lambda _stream: sleep(10**400),
    "drain": lambda stream: wait_draining(stream.server),
    "drain in time": lambda stream: wait_draining(stream.server, FOR_EVER),
    "drain, inf": lambda stream: wait_draining(stream.server, math.inf),
    "read": lambda stream: stream.readline(),
}


@stream_handler
async def wait_as_told(stream: Stream) -> None:
    await WAITS[(await stream.readline()).decode().strip()](stream)


@each(ALL)
def test_total_deadline_ends_every_wait(strategy: Any) -> None:
    names = ["sleep", "drain"] if isinstance(strategy, Inline) else WAITS
    with serving(wait_as_told, strategy) as (server, ends):
        clients = [connect(server.server_address) for _ in names]
        for client, name in zip(clients, names, strict=True):
            client.sendall(name.encode() + b"\n")
        for client in clients:
            assert client.recv(1) == b""
            client.close()
        # Only the read of a connection that was cut may go on for a moment.
        assert ends.wait(len(clients), 3)


@each(ALL)
@pytest.mark.parametrize("name", ["sleep", "drain"])
def test_deadline_of_a_drain_ends_every_wait(strategy: Any, name: str) -> None:
    began = threading.Event()

    @stream_handler
    async def serve(stream: Stream) -> None:
        await stream.write(b"begun")
        # ``wait_draining`` ends by the drain itself; what follows it does not.
        if name == "drain":
            await wait_draining(stream.server)
        await sleep(FOR_EVER)

    with serving(serve, strategy, total=None) as (server, _), connect(server.server_address) as client:
        assert client.recv(5) == b"begun"
        began.set()
        before = time.monotonic()
        report = server.drain(0.2)
        assert time.monotonic() - before < 3
        assert len(report.cut) == 1
        assert report.left == 0


@each(IN_PROCESS)
def test_cut_runs_finally_clauses(strategy: Any) -> None:
    ended: list[str] = []

    @stream_handler
    async def serve(_stream: Stream) -> None:
        try:
            await sleep(FOR_EVER)
        finally:
            ended.append("finally")

    with serving(serve, strategy) as (server, ends), connect(server.server_address):
        assert ends.wait()
    assert ended == ["finally"]


@each(IN_PROCESS)
def test_handler_that_swallows_its_cut_and_waits_on_is_ended(strategy: Any) -> None:
    @stream_handler
    async def serve(_stream: Stream) -> None:
        with contextlib.suppress(BaseException):
            await sleep(FOR_EVER)
        await sleep(FOR_EVER)

    with serving(serve, strategy) as (server, ends), connect(server.server_address):
        assert ends.wait(1, 5)


@each(IN_PLACE)
def test_clean_up_in_a_thread_has_a_second(strategy: Any) -> None:
    seen: list[str] = []

    @stream_handler
    async def serve(stream: Stream) -> None:
        await stream.write(b"begun")
        # The cut ends the connection, and so this.
        await stream.readline()
        seen.append("read")
        await sleep(0.5)
        seen.append("cleaned up")

    with serving(serve, strategy, total=None) as (server, _), connect(server.server_address) as client:
        assert client.recv(5) == b"begun"
        client.sendall(b"half a line")
        server.drain(0.1)
    assert seen == ["read", "cleaned up"]


@pytest.mark.parametrize("how", ["total", "drain", "total and drain"])
def test_asyncio_clean_up_is_not_cancelled_again_by_a_later_cut(how: str) -> None:
    seen: list[str] = []

    @stream_handler
    async def serve(stream: Stream) -> None:
        await stream.write(b"begun")
        try:
            await asyncio.sleep(FOR_EVER)
        finally:
            try:
                await asyncio.sleep(1.3)
                seen.append("cleaned up")
            except BaseException as error:
                seen.append(repr(error))
                raise

    loop_factory = asyncio.new_event_loop if how == "total" else uvloop.new_event_loop
    strategy = Asyncio(grace=0, loop_factory=loop_factory)
    total = 0.1 if "total" in how else None
    with serving(serve, strategy, total=total) as (server, ends), connect(server.server_address) as client:
        assert client.recv(5) == b"begun"
        if "drain" in how:
            # A moment after the cut that the total deadline makes, if there is one.
            assert client.recv(5) == b"" if total else True
            server.drain(0)
            server.server_close()
        assert ends.wait()
    assert seen == ["cleaned up"]


def test_asyncio_request_that_never_ends_its_clean_up_is_abandoned_while_the_server_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("typedserver.strategies.asyncio_end._CLEAN_UP", 0.1)

    @stream_handler
    async def serve(stream: Stream) -> None:
        if await stream.readline() == b"quick\n":
            await stream.write(b"answer")
            return
        while True:
            try:
                await asyncio.sleep(FOR_EVER)
            except asyncio.CancelledError:
                continue

    with serving(serve, Asyncio(grace=0)) as (server, ends), connect(server.server_address) as client:
        client.sendall(b"stubborn\n")
        assert ends.wait()
        with connect(server.server_address) as other:
            other.sendall(b"quick\n")
            assert other.recv(10) == b"answer"
    assert "it is abandoned" in caplog.text


def test_request_that_was_cut_before_its_turn_waits_for_nothing() -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        await stream.readline()
        await sleep(FOR_EVER)

    with serving(serve, ThreadPool(workers=1, queue=8)) as (server, ends):
        clients = [connect(server.server_address) for _ in range(6)]
        for client in clients:
            client.sendall(b"\n")
        # A second for each of them, if each had to be cut again.
        before = time.monotonic()
        assert ends.wait(len(clients))
        assert time.monotonic() - before < 2.5
        for client in clients:
            client.close()


class Local:
    """Something that a handler has in a local variable."""


@each(IN_PROCESS)
def test_cut_requests_leave_nothing_behind(strategy: Any) -> None:
    alive: weakref.WeakSet[Local] = weakref.WeakSet()

    @stream_handler
    async def serve(stream: Stream) -> None:
        local = Local()
        alive.add(local)
        match await stream.readline():
            case b"sleep\n":
                await sleep(FOR_EVER)
            case b"drain\n":
                await wait_draining(stream.server, FOR_EVER)
            case b"function\n":
                await run_blocking(may_end.wait, PATIENCE)
            case _:
                try:
                    await sleep(FOR_EVER)
                finally:
                    # An error on the way of the end has a traceback, too.
                    await run_blocking(int, "none")

    may_end = threading.Event()
    orders = [b"sleep\n"] if isinstance(strategy, Inline) else [b"sleep\n", b"drain\n"] * 12
    with serving(serve, strategy) as (server, ends):
        if strategy in (*IN_LOOP.values(), IN_PLACE["threads"]):
            orders += [b"function\n"]
        clients = [connect(server.server_address) for _ in orders]
        for client, order in zip(clients, orders, strict=True):
            client.sendall(order)
        gc.collect()
        gc.disable()
        try:
            for client in clients:
                assert client.recv(1) == b""
                client.close()
            may_end.set()
            assert ends.wait(len(clients))
            deadline = time.monotonic() + 2
            while alive and time.monotonic() < deadline:
                time.sleep(0.01)
            assert not alive
        finally:
            gc.enable()
        lifetime = server.__lifetime__
        assert not lifetime.drain_request.callbacks
        assert not lifetime.servable.table.requests
        assert not lifetime.servable.table.cut
        # ours: the deadlines' own, and a few that were cancelled.
        assert len(getattr(lifetime.own_loop.reactor, "_timers", ())) < 20


@pytest.mark.parametrize(
    "strategy", [Multiplexed(threads=1), Asyncio(threads=1, grace=0)], ids=["multiplexed", "asyncio"]
)
def test_function_that_never_returns_keeps_no_thread_from_others(strategy: Any) -> None:
    may_end = threading.Event()

    @stream_handler
    async def serve(stream: Stream) -> None:
        if await stream.readline() == b"block\n":
            await run_blocking(may_end.wait, PATIENCE)
        else:
            await run_blocking(int)
            await stream.write(b"done")

    with serving(serve, strategy) as (server, ends):
        with connect(server.server_address) as client:
            client.sendall(b"block\n")
            assert ends.wait()
        assert ask(server.server_address, b"quick\n") == b"done"
        may_end.set()


def test_function_that_nobody_waits_for_any_more_is_not_begun() -> None:
    begun, may_end = threading.Event(), threading.Event()
    called: list[str] = []
    reactor = SelectorReactor()

    def block() -> None:
        begun.set()
        may_end.wait(PATIENCE)

    calls = BlockingCalls(reactor, 1)
    calls.call(block, lambda _call: called.append("reported"))
    assert begun.wait(PATIENCE)
    calls.call(lambda: called.append("given up"), lambda _call: None).cancel()
    calls.call(lambda: called.append("called"), lambda _call: reactor.stop())
    may_end.set()
    reactor.run_forever()
    assert called == ["called", "reported"] or called == ["reported", "called"]
    assert calls.close(PATIENCE) == 0
    reactor.close()


PROGRAM = """
import sys, threading, time
from typedserver import *

@stream_handler
async def serve(stream):
    await stream.write(b"begun")
    await {wait}

server = Server(TCP(port=0), serve, {strategy})
sys.exit(server.run(deadline=0.2, ready=lambda: print(server.server_address[1], flush=True)))
"""


@pytest.mark.parametrize(
    ("strategy", "wait"),
    [
        ("Threads()", "sleep(60)"),
        ("ThreadPool()", "sleep(60)"),
        ("Inline()", "sleep(60)"),
        ("Forks()", "sleep(60)"),
        ("Multiplexed()", "run_blocking(time.sleep, 60)"),
        ("Asyncio(grace=0)", "run_blocking(time.sleep, 60)"),
    ],
)
def test_program_ends_when_the_time_of_its_drain_is_over(strategy: str, wait: str) -> None:
    source = PROGRAM.format(strategy=strategy, wait=wait)
    with subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            with connect(("127.0.0.1", int(program.stdout.readline()))) as client:
                assert client.recv(5) == b"begun"
                program.send_signal(signal.SIGTERM)
                assert program.wait(10) == Exit.DEADLINE
        finally:
            program.kill()


def test_multiplexed_cut_in_each_loop_ends_a_sleep() -> None:
    for make_loop in REACTORS.values():
        served = serving(wait_as_told, Multiplexed(), reactor_factory=make_loop)
        with served as (server, ends), connect(server.server_address) as client:
            client.sendall(b"inf\n")
            assert ends.wait(1, 3)


@pytest.mark.parametrize("value", [math.nan, True, "1", None, 1j])
def test_sleep_of_no_number_is_refused(value: Any) -> None:
    with pytest.raises(RecipeError, match=r"sleep\(seconds=.*\) must be a number of seconds"):
        drive(sleep(value))


def test_cut_by_a_signal_handler_ends_the_sleep_that_it_interrupts() -> None:
    """Inline in the main thread: a second Ctrl-C cuts."""
    ends = Ends()
    server = Server(TCP(port=0), wait_as_told, Inline(), config=ServerConfig(observer=ends)).open()
    former = signal.signal(signal.SIGUSR1, lambda _number, _frame: server.request_drain(0))
    seen: list[bytes] = []

    def talk() -> None:
        with connect(server.server_address) as client:
            client.sendall(b"sleep\n")
            time.sleep(0.1)
            os.kill(os.getpid(), signal.SIGUSR1)
            seen.append(client.recv(1))

    thread = threading.Thread(target=talk)
    try:
        with server:
            thread.start()
            server.serve_forever()
    finally:
        signal.signal(signal.SIGUSR1, former)
        thread.join()
    assert seen == [b""]
    assert ends.wait()


def test_close_of_a_drain_ends_waits_that_begin_after_its_last_cut() -> None:
    """A thread that computes for long is left; what it waits for later ends at once."""
    may_go_on, ended = threading.Event(), threading.Event()

    @stream_handler
    async def serve(stream: Stream) -> None:
        await stream.write(b"begun")
        may_go_on.wait(PATIENCE)
        try:
            await sleep(FOR_EVER)
        finally:
            ended.set()

    server = Server(TCP(port=0), serve, Threads()).open()
    run = Run(server)
    with connect(server.server_address) as client:
        assert client.recv(5) == b"begun"
        assert server.drain(0).left == 1
        run.join()
        server.server_close()
        may_go_on.set()
        assert ended.wait(PATIENCE)
