"""Lifespans: entered in each process that serves before its first request, and left after its last one."""

import asyncio
import contextvars
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvloop

from tests.reactors import REACTORS
from tests.running import PATIENCE, Run, ask, ask_datagram, connect, running
from tests.test_draining import STRATEGIES
from tests.test_strategies_forks import wait_until
from typedserver import (
    TCP,
    UDP,
    Asyncio,
    BaseRequestHandler,
    Bounded,
    CompositionError,
    CrashLoop,
    DatagramRequest,
    Forks,
    Group,
    HasLifespan,
    InetAddress,
    Inline,
    LifecycleError,
    Multiplexed,
    Prefork,
    Server,
    ServerConfig,
    State,
    Stream,
    StreamConfig,
    StreamRequest,
    StreamRequestHandler,
    TaskGroup,
    Threads,
    inet_address,
    run_blocking,
    sleep,
    stream_handler,
    timeout,
)
from typedserver.testing import serving


class Log:
    """What has happened, in its order; the same for all threads."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, word: str) -> None:
        self.said.append(word)

    @contextmanager
    def lifespan(self) -> Generator["Log"]:
        self.say("entered")
        yield self
        self.say("left")

    @asynccontextmanager
    async def asynchronous(self) -> AsyncGenerator["Log"]:
        await sleep(0)
        self.say("entered")
        yield self
        await sleep(0)
        self.say("left")

    @asynccontextmanager
    async def of_asyncio(self) -> AsyncGenerator["Log"]:
        await asyncio.sleep(0)
        self.say("entered")
        yield self
        await asyncio.sleep(0)
        self.say("left")


@stream_handler
async def use(stream: Stream[InetAddress, HasLifespan[Log]]) -> None:
    stream.server.lifespan_value.say("served")
    await stream.write(await stream.readline())


async def _until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 - it is set in other threads
        await asyncio.sleep(0.001)


LIFESPANS: dict[str, Callable[[Log], Any]] = {"plain": Log.lifespan, "asynchronous": Log.asynchronous}
ASYNCIOS = {
    "asyncio": Asyncio(),
    "uvloop": Asyncio(loop_factory=uvloop.new_event_loop),
    "bounded": Bounded(Asyncio(), 9),
}


@pytest.fixture(params=list(STRATEGIES))
def strategy(request: pytest.FixtureRequest) -> Any:
    with ThreadPoolExecutor(8) as executor:
        yield STRATEGIES[request.param](executor)


@pytest.fixture(params=list(ASYNCIOS))
def asyncio_strategy(request: pytest.FixtureRequest) -> Any:
    return ASYNCIOS[request.param]


@pytest.mark.parametrize("kind", list(LIFESPANS))
def test_lifespan_is_entered_before_the_first_request_and_left_after_the_last(strategy: Any, kind: str) -> None:
    log = Log()
    server = Server(TCP(port=0), use, strategy, lifespan=partial(LIFESPANS[kind], log))
    with running(server):
        assert [ask(server.server_address, b"a\n") for _ in range(2)] == [b"a\n", b"a\n"]
        assert log.said[0] == "entered"
        assert "left" not in log.said
    served = [] if isinstance(strategy, Forks) else ["served"] * 2
    assert log.said == ["entered", *served, "left"]


def test_lifespan_of_asyncio_lives_in_the_servers_loop(asyncio_strategy: Any) -> None:
    log = Log()
    server = Server(TCP(port=0), use, asyncio_strategy, lifespan=log.of_asyncio)
    with running(server):
        assert ask(server.server_address, b"a\n") == b"a\n"
    assert log.said == ["entered", "served", "left"]


@pytest.mark.parametrize("kind", list(LIFESPANS))
def test_lifespan_is_left_after_the_drain(strategy: Any, kind: str) -> None:
    log = Log()
    server = Server(TCP(port=0), use, strategy, lifespan=partial(LIFESPANS[kind], log))
    with running(server) as run, connect(server.server_address) as client:
        client.sendall(b"a\n")
        assert client.recv(9) == b"a\n"
        server.drain()
        run.join()
    assert log.said[-1] == "left"
    assert log.said.count("entered") == log.said.count("left") == 1


def test_lifespan_is_left_after_a_request_that_goes_on_when_the_server_stops() -> None:
    log = Log()
    may_end = threading.Event()

    def slow(_request: StreamRequest, _client_address: object, server: HasLifespan[Log]) -> None:
        server.lifespan_value.say("begun")
        assert may_end.wait(PATIENCE)
        server.lifespan_value.say("served")

    server = Server(TCP(port=0), slow, Threads(), lifespan=log.lifespan).open()
    run = Run(server)
    with connect(server.server_address):
        wait_until(lambda: "begun" in log.said)
        server.shutdown()
        run.join()
        assert log.said == ["entered", "begun"]
        may_end.set()
        server.server_close()
    assert log.said == ["entered", "begun", "served", "left"]


def test_lifespan_is_entered_once_although_the_server_serves_again() -> None:
    log = Log()
    server = Server(TCP(port=0), use, Threads(), lifespan=log.lifespan)
    with running(server):
        ask(server.server_address, b"a\n")
        server.shutdown()
    assert log.said == ["entered", "served", "left"]
    log = Log()
    with Server(TCP(port=0), use, lifespan=log.lifespan) as server:
        for _ in range(2):
            run = Run(server)
            assert ask(server.server_address, b"a\n") == b"a\n"
            server.shutdown()
            run.join()
            assert log.said[-1] == "served"
    assert log.said == ["entered", "served", "served", "left"]


@pytest.mark.parametrize("strategy", [Inline(), Threads(), Asyncio()], ids=repr)
@pytest.mark.parametrize("kind", list(LIFESPANS))
def test_lifespan_is_there_for_handle_request(strategy: Any, kind: str) -> None:
    log = Log()
    config = ServerConfig(timeout=PATIENCE)
    with Server(TCP(port=0), use, strategy, config=config, lifespan=partial(LIFESPANS[kind], log)) as server:
        for _ in range(2):
            with connect(server.server_address) as client:
                client.sendall(b"a\n")
                server.handle_request()
                assert client.recv(9) == b"a\n"
    assert log.said == ["entered", "served", "served", "left"]


def test_lifespan_is_never_entered_if_nothing_is_served(strategy: Any) -> None:
    log = Log()
    with Server(TCP(port=0), use, strategy, lifespan=log.lifespan):
        pass
    assert log.said == []


class Packet(BaseRequestHandler[DatagramRequest, HasLifespan[Log]]):
    def handle(self) -> None:
        self.server.lifespan_value.say("served")
        self.request[1].sendto(self.request[0], self.client_address)


def test_lifespan_serves_datagrams_too() -> None:
    log = Log()
    server = Server(UDP(port=0), Packet, lifespan=log.lifespan)
    with running(server):
        assert ask_datagram(server.server_address, b"a") == b"a"
    assert log.said == ["entered", "served", "left"]


# Its failures


class LifespanError(Exception):
    """What a lifespan raises."""


def fail(message: str = "") -> None:
    raise LifespanError(message)


@contextmanager
def failing_entry() -> Generator[None]:
    fail()
    yield


@asynccontextmanager
async def failing_entry_later() -> AsyncGenerator[None]:
    await sleep(0)
    fail()
    yield


@contextmanager
def failing_exit() -> Generator[None]:
    yield
    raise LifespanError


@asynccontextmanager
async def failing_exit_later() -> AsyncGenerator[None]:
    yield
    await sleep(0)
    raise LifespanError


@stream_handler
async def echo(stream: Stream) -> None:
    await stream.write(await stream.readline())


@pytest.mark.parametrize("lifespan", [failing_entry, failing_entry_later])
def test_lifespan_that_cannot_be_entered_ends_serving_before_anything_is_accepted(strategy: Any, lifespan: Any) -> None:
    with Server(TCP(port=0), echo, strategy, lifespan=lifespan) as server:
        for _ in range(2):
            with connect(server.server_address) as client:
                client.sendall(b"a\n")
                with pytest.raises(LifespanError):
                    server.serve_forever()
                assert server.state is State.LISTENING
                client.settimeout(0.01)
                with pytest.raises(TimeoutError):
                    client.recv(9)


@pytest.mark.parametrize("lifespan", [failing_exit, failing_exit_later])
def test_lifespan_that_cannot_be_left_fails_the_close_once(strategy: Any, lifespan: Any) -> None:
    server = Server(TCP(port=0), echo, strategy, lifespan=lifespan).open()
    run = Run(server)
    assert ask(server.server_address, b"a\n") == b"a\n"
    server.shutdown()
    run.join()
    assert run.result is None
    with pytest.raises(LifespanError):
        server.server_close()
    server.server_close()
    assert server.state is State.CLOSED


def test_lifespan_that_cannot_be_left_fails_the_drain_after_all_is_served() -> None:
    server = Server(TCP(port=0), echo, Multiplexed(), lifespan=failing_exit).open()
    run = Run(server)
    with connect(server.server_address) as client:
        client.sendall(b"a\n")
        assert client.recv(9) == b"a\n"
        with pytest.raises(LifespanError):
            server.drain()
    run.join()


def test_lifespan_that_is_left_by_run_fails_it() -> None:
    server = Server(TCP(port=0), echo, Threads(), lifespan=failing_exit)
    with pytest.raises(LifespanError):
        server.run(ready=server.request_drain)


def test_lifespan_is_entered_by_run_after_opened_was_called() -> None:
    seen: list[object] = []

    @contextmanager
    def lifespan() -> Generator[None, None, None]:
        seen.append("entered")
        yield

    server = Server(TCP(port=0), echo, Threads(), lifespan=lifespan)
    assert server.run(opened=lambda: seen.append(server.state), ready=server.request_drain) == 0
    assert seen == [State.LISTENING, "entered"]


def test_run_ends_by_what_opened_raises_and_serves_nobody() -> None:
    server = Server(TCP(port=0), echo, Threads(), lifespan=failing_exit)

    def opened() -> None:
        raise LifespanError

    with pytest.raises(LifespanError):
        server.run(opened=opened)
    assert server.state is State.CLOSED


def test_lifespan_of_asyncio_that_fails_while_it_serves_ends_serving(asyncio_strategy: Any) -> None:
    @asynccontextmanager
    async def watched() -> AsyncGenerator[asyncio.Event]:
        broken = asyncio.Event()

        async def watch() -> None:
            await broken.wait()
            raise LifespanError

        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(watch())
            yield broken
            watching.cancel()

    @stream_handler
    async def break_it(stream: Stream[InetAddress, HasLifespan[asyncio.Event]]) -> None:
        stream.server.lifespan_value.set()
        await stream.readline()

    server = Server(TCP(port=0), break_it, asyncio_strategy, lifespan=watched).open()
    run = Run(server)
    with connect(server.server_address):
        run.join()
    caught: list[BaseException] = []
    try:
        raise run.result or AssertionError
    except* LifespanError as group:
        caught.extend(group.exceptions)
    assert len(caught) == 1
    with pytest.raises(LifecycleError, match="is not entered"):
        server.lifespan_value  # noqa: B018 - it raises
    server.server_close()


def test_lifespan_of_asyncio_is_left_in_the_task_that_has_entered_it(asyncio_strategy: Any) -> None:
    tasks: list[object] = []

    @asynccontextmanager
    async def timed() -> AsyncGenerator[None]:
        tasks.append(asyncio.current_task())
        async with asyncio.timeout(PATIENCE):
            yield
        tasks.append(asyncio.current_task())

    with running(Server(TCP(port=0), echo, asyncio_strategy, lifespan=timed)) as run:
        ask(run.server.server_address, b"a\n")
    assert len(set(tasks)) == 1


def test_lifespan_of_asyncio_goes_on_beside_the_requests_and_after_them(asyncio_strategy: Any) -> None:
    @asynccontextmanager
    async def counting() -> AsyncGenerator[list[str]]:
        said: list[str] = []

        async def count() -> None:
            while True:
                said.append("beat")
                await asyncio.sleep(0.001)

        counter = asyncio.get_running_loop().create_task(count())
        yield said
        # It was not cancelled with what handlers have left.
        assert not counter.done()
        counter.cancel()
        said.append("left")

    @stream_handler
    async def wait_for_beats(stream: Stream[InetAddress, HasLifespan[list[str]]]) -> None:
        beats.append(stream.server.lifespan_value)
        before = len(beats[0])
        await _until(lambda: len(beats[0]) > before + 1)
        await stream.write(b"b")

    beats: list[list[str]] = []
    with running(Server(TCP(port=0), wait_for_beats, asyncio_strategy, lifespan=counting)) as run:
        assert ask(run.server.server_address, b"") == b"b"
    assert beats[0][-1] == "left"


def test_context_of_a_lifespan_is_its_own(strategy: Any) -> None:
    variable = contextvars.ContextVar("variable", default="unset")

    @asynccontextmanager
    async def setting() -> AsyncGenerator[None]:
        variable.set("set")
        yield
        assert variable.get() == "set"

    @stream_handler
    async def tell(stream: Stream) -> None:
        await stream.write(variable.get().encode())

    with running(Server(TCP(port=0), tell, strategy, lifespan=setting)) as run:
        assert ask(run.server.server_address, b"") == b"unset"


def has_grown(said: list[str], before: int) -> bool:
    return len(said) > before


def test_lifespan_spans_a_task_group_and_a_timeout_of_ours_under_every_strategy(strategy: Any) -> None:
    said: list[str] = []
    threads: set[int] = set()

    async def beat() -> None:
        while True:
            threads.add(threading.get_ident())
            said.append("beat")
            await sleep(0.001)

    @asynccontextmanager
    async def beating() -> AsyncGenerator[list[str]]:
        async with timeout(PATIENCE), TaskGroup() as tasks:
            task = tasks.create_task(beat())
            yield said
            assert not task.done()
            task.cancel()
        said.append("left")

    with running(Server(TCP(port=0), echo, strategy, lifespan=beating)) as run:
        for _ in range(2):
            wait_until(partial(has_grown, said, len(said)))
            assert ask(run.server.server_address, b"a\n") == b"a\n"
        # In the server's own loop; what closes the server runs that for its end.
        assert threads == {run.thread.ident}
    assert said[-1] == "left"


def test_task_of_a_lifespan_that_fails_while_it_serves_ends_serving(strategy: Any) -> None:
    broken = threading.Event()

    async def watch() -> None:
        while not broken.is_set():
            await sleep(0.001)
        fail()

    @asynccontextmanager
    async def watched() -> AsyncGenerator[None]:
        async with TaskGroup() as tasks:
            tasks.create_task(watch())
            yield

    server = Server(TCP(port=0), echo, strategy, lifespan=watched).open()
    run = Run(server)
    assert ask(server.server_address, b"a\n") == b"a\n"
    broken.set()
    run.join()
    assert isinstance(run.result, ExceptionGroup)
    with pytest.raises(LifecycleError, match="is not entered"):
        server.lifespan_value  # noqa: B018 - it raises
    server.server_close()


# While it is entered in a loop


class Gate:
    """An asynchronous lifespan that is entered when it is told to."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.may_enter = threading.Event()
        self.said: list[str] = []

    @asynccontextmanager
    async def lifespan(self) -> AsyncGenerator[None]:
        self.begun.set()
        try:
            while not self.may_enter.is_set():
                await sleep(0.001)
        except BaseException:
            self.said.append("cancelled")
            raise
        self.said.append("entered")
        yield
        self.said.append("left")


@contextmanager
def entering(gate: Gate, strategy: Any) -> Generator[Server[StreamRequest, InetAddress]]:
    with Server(TCP(port=0), echo, strategy, lifespan=gate.lifespan) as server:
        run = Run(server)
        assert gate.begun.wait(PATIENCE)
        try:
            yield server
        finally:
            server.request_stop()
            run.join()
        assert run.result is None


def test_nothing_is_accepted_before_the_lifespan_is_entered(strategy: Any) -> None:
    gate, ready = Gate(), threading.Event()
    server = Server(TCP(port=0), echo, strategy, lifespan=gate.lifespan).open()
    server.when_ready(ready.set)
    with running(server), connect(server.server_address) as client:
        client.sendall(b"a\n")
        assert gate.begun.wait(PATIENCE)
        client.settimeout(0.02)
        with pytest.raises(TimeoutError):
            client.recv(9)
        assert not ready.is_set()
        gate.may_enter.set()
        client.settimeout(PATIENCE)
        assert client.recv(9) == b"a\n"
        assert ready.wait(PATIENCE)
    assert gate.said == ["entered", "left"]


def test_stop_ends_the_entry_of_a_lifespan(strategy: Any) -> None:
    gate = Gate()
    with entering(gate, strategy):
        pass
    assert gate.said == ["cancelled"]


def test_drain_waits_for_the_entry_and_serves_what_has_come(strategy: Any) -> None:
    gate = Gate()
    with entering(gate, strategy) as server, connect(server.server_address) as client:
        client.sendall(b"a\n")
        server.request_drain()
        gate.may_enter.set()
        assert client.recv(9) == b"a\n"
        report = server.drain()
    assert (report.from_queue, report.cut) == (1, ())
    assert gate.said == ["entered", "left"]


def test_drain_ends_the_entry_of_a_lifespan_at_its_deadline(strategy: Any) -> None:
    gate = Gate()
    with entering(gate, strategy) as server:
        began = time.monotonic()
        server.drain(0.05)
        assert time.monotonic() - began < PATIENCE / 2
    assert gate.said == ["cancelled"]


def test_suspension_holds_when_the_lifespan_is_entered(strategy: Any) -> None:
    gate = Gate()
    with entering(gate, strategy) as server, connect(server.server_address) as client:
        server.suspend()
        client.sendall(b"a\n")
        gate.may_enter.set()
        client.settimeout(0.05)
        with pytest.raises(TimeoutError):
            client.recv(9)
        server.resume()
        client.settimeout(PATIENCE)
        assert client.recv(9) == b"a\n"


# Other doors


@pytest.mark.parametrize("strategy", [Threads(), Multiplexed(), Asyncio()], ids=repr)
def test_lifespan_is_entered_in_a_loop_of_somebody_elses(strategy: Any) -> None:
    log = Log()

    async def program() -> None:
        loop = asyncio.get_running_loop()
        left = loop.create_future()
        with Server(TCP(port=0), use, strategy, lifespan=log.asynchronous) as server:
            server.attach(loop, ended=lambda _error: left.set_result(None))
            reader, writer = await asyncio.open_connection(*inet_address(server))
            writer.write(b"a\n")
            assert await reader.read() == b"a\n"
            writer.close()
            await writer.wait_closed()
            server.request_stop()
            await left
        # The close has only begun with its end.
        await _until(lambda: log.said[-1] == "left")

    asyncio.run(program())
    assert log.said == ["entered", "served", "left"]


@pytest.mark.parametrize("lifespan", [failing_entry, failing_entry_later])
def test_lifespan_that_fails_in_a_loop_of_somebody_elses_is_told(lifespan: Any) -> None:
    async def program() -> BaseException | None:
        loop = asyncio.get_running_loop()
        left: asyncio.Future[BaseException | None] = loop.create_future()
        with Server(TCP(port=0), echo, Asyncio(), lifespan=lifespan) as server:
            try:
                server.attach(loop, ended=left.set_result)
            except LifespanError as error:
                left.cancel()
                return error
            return await left

    assert isinstance(asyncio.run(program()), LifespanError)


@pytest.mark.parametrize("strategy", [Threads(), Multiplexed(), Asyncio()], ids=repr)
def test_lifespan_in_a_loop_of_somebody_elses_is_left_by_a_close_in_another_thread(strategy: Any) -> None:
    log = Log()

    async def program() -> None:
        for lifespan in (log.asynchronous, failing_exit_later):
            server: Server[StreamRequest, InetAddress] = Server(TCP(port=0), echo, strategy, lifespan=lifespan)
            attachment = server.attach(asyncio.get_running_loop())
            reader, writer = await asyncio.open_connection(*inet_address(server))
            writer.write(b"a\n")
            assert await reader.read() == b"a\n"
            writer.close()
            await writer.wait_closed()
            attachment.detach()
            await asyncio.to_thread(server.server_close)

    with pytest.raises(LifespanError):
        asyncio.run(program())
    assert log.said == ["entered", "left"]


@pytest.mark.parametrize("strategy", [Threads(), Multiplexed(), Asyncio()], ids=repr)
def test_lifespan_ends_where_it_is_if_its_loop_is_closed_before_the_server(strategy: Any) -> None:
    said: list[str] = []

    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[None]:
        try:
            yield
        finally:
            said.append("ended")

    async def program() -> None:
        attachment = server.attach(asyncio.get_running_loop())
        reader, writer = await asyncio.open_connection(*inet_address(server))
        writer.write(b"a\n")
        assert await reader.read() == b"a\n"
        writer.close()
        await writer.wait_closed()
        attachment.detach()

    with Server(TCP(port=0), echo, strategy, lifespan=lifespan) as server:
        asyncio.run(program())
    assert said == ["ended"]


@pytest.mark.parametrize("lifespan", [failing_exit, failing_exit_later])
def test_lifespan_that_fails_ends_the_block_of_serving(strategy: Any, lifespan: Any) -> None:
    with pytest.raises(LifespanError), serving(Server(TCP(port=0), echo, strategy, lifespan=failing_entry)):
        pytest.fail("it does not serve")
    with pytest.raises(LifespanError), serving(Server(TCP(port=0), echo, strategy, lifespan=lifespan)) as server:
        assert ask(server.server_address, b"a\n") == b"a\n"


@pytest.mark.parametrize("kind", list(LIFESPANS))
def test_lifespan_spans_the_block_of_serving_in_an_asyncio_program(strategy: Any, kind: str) -> None:
    log = Log()

    async def program() -> None:
        async with Server(TCP(port=0), echo, strategy, lifespan=partial(LIFESPANS[kind], log)).serving() as server:
            assert log.said == ["entered"]
            # In another thread, because what serves Inline holds this one up.
            assert await asyncio.to_thread(ask, server.server_address, b"a\n") == b"a\n"
            assert log.said == ["entered"]

    asyncio.run(program())
    assert log.said == ["entered", "left"]


@pytest.mark.parametrize("lifespan", [failing_entry, failing_entry_later, failing_exit, failing_exit_later])
def test_lifespan_that_fails_ends_the_block_of_serving_in_an_asyncio_program(strategy: Any, lifespan: Any) -> None:
    async def program() -> None:
        async with Server(TCP(port=0), echo, strategy, lifespan=lifespan).serving():
            assert lifespan in {failing_exit, failing_exit_later}

    with pytest.raises(LifespanError):
        asyncio.run(program())


def test_stop_that_was_asked_for_before_enters_no_lifespan() -> None:
    log = Log()
    with Server(TCP(port=0), use, Threads(), lifespan=log.lifespan) as server:
        server.request_stop()
        server.serve_forever()
        assert log.said == []


@pytest.mark.parametrize("reactor", list(REACTORS))
def test_members_of_a_group_have_their_own_lifespans(reactor: str) -> None:
    logs = [Log(), Log()]
    strategy: Any = Threads() if reactor == "ours" else Asyncio()
    kinds: list[Any] = [logs[0].lifespan, logs[1].asynchronous if reactor == "ours" else logs[1].of_asyncio]
    servers: list[Server[StreamRequest, InetAddress, Any]] = [
        Server(TCP(port=0), use, strategy, lifespan=kind) for kind in kinds
    ]
    with running(Group(servers, reactor_factory=REACTORS[reactor])):
        for server in servers:
            assert ask(server.server_address, b"a\n") == b"a\n"
    assert [log.said for log in logs] == [["entered", "served", "left"]] * 2


def test_member_of_a_group_that_cannot_enter_its_lifespan_fails_the_group() -> None:
    log = Log()
    servers: list[Any] = [
        Server(TCP(port=0), use, Threads(), lifespan=log.lifespan),
        Server(TCP(port=0), echo, lifespan=failing_entry),
    ]
    with Group(servers) as group, pytest.raises(LifespanError):
        group.serve_forever()
    assert log.said == ["entered", "left"]


def test_child_of_forks_inherits_the_value() -> None:
    def tell(request: StreamRequest, _client_address: object, server: HasLifespan[list[int]]) -> None:
        request.sendall(repr((server.lifespan_value, os.getpid() in server.lifespan_value)).encode())

    server = Server(TCP(port=0), tell, Forks(), lifespan=lambda: nullcontext([os.getpid()]))
    with running(server):
        assert ask(server.server_address, b"") == f"([{os.getpid()}], False)".encode()


# Workers


class Marked:
    """A lifespan that leaves a file for each process that has entered it, and another one for each that has left it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def lifespan(self) -> Generator[int]:
        (self._folder / f"entered {os.getpid()}").touch()
        yield os.getpid()
        (self._folder / f"left {os.getpid()}").touch()

    @asynccontextmanager
    async def of_asyncio(self) -> AsyncGenerator[int]:
        await asyncio.sleep(0.01)
        with self.lifespan() as pid:
            yield pid

    def pids(self, word: str) -> set[int]:
        return {int(path.name.split()[1]) for path in self._folder.glob(f"{word} *")}


def tell_value(request: StreamRequest, _client_address: object, server: HasLifespan[int]) -> None:
    assert server.lifespan_value == os.getpid()
    request.sendall(str(server.lifespan_value).encode())


@stream_handler
async def tell_value_later(stream: Stream[InetAddress, HasLifespan[int]]) -> None:
    assert stream.server.lifespan_value == os.getpid()
    await stream.write(str(stream.server.lifespan_value).encode())


@pytest.mark.parametrize("kind", ["plain", "asyncio"])
def test_each_worker_enters_a_lifespan_of_its_own_and_leaves_it(tmp_path: Path, kind: str) -> None:
    marked = Marked(tmp_path)
    server = (
        Server(TCP(port=0), tell_value, Threads(), lifespan=marked.lifespan)
        if kind == "plain"
        else Server(TCP(port=0), tell_value_later, Asyncio(), lifespan=marked.of_asyncio)
    )
    with running(Prefork(server, 2)) as run:
        wait_until(lambda: len(marked.pids("entered")) == 2)
        assert marked.pids("entered") == set(run.server.pids)
        assert int(ask(server.server_address, b"")) in run.server.pids
        # One that dies leaves nothing, and its replacement enters one of its own.
        os.kill(run.server.pids[0], signal.SIGKILL)
        wait_until(lambda: len(marked.pids("entered")) == 3)
        with pytest.raises(LifecycleError, match="is not entered"):
            server.lifespan_value  # noqa: B018 - it raises
    assert os.getpid() not in marked.pids("entered")
    assert len(marked.pids("left")) == 2
    assert marked.pids("left") < marked.pids("entered")


@pytest.mark.parametrize("strategy", [Threads(), Asyncio()], ids=repr)
def test_process_that_is_forked_leaves_alone_what_its_parent_has_entered(strategy: Any, tmp_path: Path) -> None:
    ended = tmp_path / "ended"

    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[int]:
        try:
            yield os.getpid()
        finally:
            with ended.open("a") as file:
                file.write(f"{os.getpid()} ")

    @stream_handler
    async def tell(stream: Stream[InetAddress, HasLifespan[int]]) -> None:
        # What nobody refers to any more is ended by that.
        gc.collect()
        await stream.write(str(stream.server.lifespan_value).encode())

    server = Server(TCP(port=0), tell, strategy, lifespan=lifespan)
    with server:
        run = Run(server)
        assert ask(server.server_address, b"") == str(os.getpid()).encode()
        server.shutdown()
        run.join()
        with running(Prefork(server, 1)) as workers:
            wait_until(lambda: len(workers.server.pids) == 1)
            (pid,) = workers.server.pids
            assert ask(server.server_address, b"") == str(pid).encode()
            assert not ended.exists()
    assert sorted(ended.read_text().split()) == sorted([str(pid), str(os.getpid())])


def test_worker_drains_before_it_leaves_its_lifespan(tmp_path: Path) -> None:
    marked = Marked(tmp_path)

    def slow(request: StreamRequest, _client_address: object, server: HasLifespan[int]) -> None:
        request.sendall(b"begun")
        request.recv(9)
        assert not marked.pids("left")
        request.sendall(str(server.lifespan_value).encode())

    server = Server(TCP(port=0), slow, Threads(), lifespan=marked.lifespan)
    with running(Prefork(server, 1)) as run, connect(server.server_address) as client:
        assert client.recv(9) == b"begun"
        run.server.request_drain()
        client.sendall(b"x")
        assert int(client.recv(9)) in marked.pids("entered")
        assert run.server.drain().cut == ()
    assert marked.pids("left") == marked.pids("entered")


@pytest.mark.parametrize("seconds", [0.0, 0.05])
def test_workers_that_cannot_enter_their_lifespan_are_a_crash_loop(
    seconds: float, capfd: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def failing() -> Generator[None]:
        time.sleep(seconds)
        fail("no database")
        yield

    server = Server(TCP(port=0), echo, Threads(), lifespan=failing)
    # The later ones live longer than a start that counts as one by its time alone.
    with Prefork(server, 2, start_seconds=0.02, start_retries=1) as prefork, pytest.raises(CrashLoop):
        prefork.serve_forever()
    assert "no database" in capfd.readouterr().err


def test_worker_whose_lifespan_cannot_be_left_still_reports_its_drain() -> None:
    server = Server(TCP(port=0), echo, Threads(), lifespan=failing_exit)
    with running(Prefork(server, 1)) as run, connect(server.server_address) as client:
        client.sendall(b"a\n")
        assert client.recv(9) == b"a\n"
        with connect(server.server_address) as waiting:
            waiting.sendall(b"b\n")
            assert waiting.recv(9) == b"b\n"
        assert run.server.drain().left == 0


# Programs

APP = """
import contextlib, sys, asyncio, os
from typedserver import TCP, Asyncio, HasLifespan, Prefork, Server, Stream, Threads, stream_handler

@contextlib.contextmanager
def lifespan():
    print("entered", flush=True)
    yield "value"
    print("left", flush=True)

@contextlib.contextmanager
def failing():
    raise ConnectionError("the database is not there")
    yield

@stream_handler
async def tell(stream: Stream[object, HasLifespan[str]]) -> None:
    await stream.write(stream.server.lifespan_value.encode())
"""


def _program(folder: Path, server: str) -> "subprocess.Popen[str]":
    (folder / "app.py").write_text(f"{APP}\nserver = {server}\n")
    return subprocess.Popen(
        [sys.executable, "-m", "typedserver", "app:server"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    "server",
    [
        "Server(TCP(port=0), tell, Threads(), lifespan=lifespan)",
        "Server(TCP(port=0), tell, Asyncio(), lifespan=lambda: contextlib.nullcontext('value'))",
        "Prefork(Server(TCP(port=0), tell, Threads(), lifespan=lifespan), 1)",
    ],
)
def test_command_line_serves_with_a_lifespan_until_a_signal(tmp_path: Path, server: str) -> None:
    with _program(tmp_path, server) as process:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or "listening on" not in lines[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1], "it has ended"
        host, port = lines[-1].split()[3].rsplit(":", 1)
        with socket.create_connection((host, int(port)), PATIENCE) as client:
            assert client.recv(9) == b"value"
        process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors
    if "lifespan=lifespan" in server:
        assert "entered\n" in lines
        assert "left" in rest


def test_command_line_says_why_a_lifespan_could_not_be_entered(tmp_path: Path) -> None:
    with _program(tmp_path, "Server(TCP(port=0), tell, Threads(), lifespan=failing)") as process:
        said, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "ConnectionError: the database is not there" in errors
    assert "listening on" not in said


# What is refused


async def of_asyncio_alone() -> AsyncGenerator[None]:
    await asyncio.sleep(0.001)
    yield


@asynccontextmanager
async def with_a_task() -> AsyncGenerator[None]:
    task = asyncio.get_running_loop().create_task(asyncio.sleep(0))
    yield
    await task


@pytest.mark.parametrize("lifespan", [asynccontextmanager(of_asyncio_alone), with_a_task])
@pytest.mark.parametrize("strategy", [Inline(), Threads(), Multiplexed()], ids=repr)
def test_lifespan_that_needs_asyncio_is_refused_without_it(strategy: Any, lifespan: Any) -> None:
    server = Server(TCP(port=0), echo, strategy, lifespan=lifespan)
    with server, pytest.raises(CompositionError, match=r"serve with Asyncio\(\)"):
        server.serve_forever()


def test_lifespan_of_both_kinds_is_entered_as_an_asynchronous_one(strategy: Any) -> None:
    class Both(AbstractContextManager[str, None]):
        def __enter__(self) -> str:
            return "plain"

        def __exit__(self, *_error: object) -> None: ...

        async def __aenter__(self) -> str:
            return "asynchronous"

        async def __aexit__(self, *_error: object) -> None: ...

    @stream_handler
    async def tell(stream: Stream[InetAddress, HasLifespan[str]]) -> None:
        await stream.write(stream.server.lifespan_value.encode())

    with running(Server(TCP(port=0), tell, strategy, lifespan=Both)) as run:
        assert ask(run.server.server_address, b"") == b"asynchronous"


@contextmanager
def of_app(_app: object) -> Generator[None]:
    yield


@pytest.mark.parametrize(
    ("lifespan", "message"),
    [
        (nullcontext(), "without calling it"),
        (failing_exit(), "without calling it"),
        ("database", "is no function"),
        (of_app, "called without arguments"),
    ],
)
def test_what_makes_no_lifespan_is_refused_at_once(lifespan: Any, message: str) -> None:
    with pytest.raises(CompositionError, match=message):
        Server(TCP(port=0), echo, lifespan=lifespan)


def test_what_returns_no_context_manager_is_refused_when_it_is_entered() -> None:
    make: Any = object
    with Server(TCP(port=0), echo, lifespan=make) as server, pytest.raises(CompositionError, match="decorate it"):
        server.serve_forever()


class Asks(StreamRequestHandler[HasLifespan[Log]]): ...


class AsksLikeItsBase(Asks): ...


def asks(_request: StreamRequest, _client_address: object, _server: HasLifespan[Log]) -> None: ...


@pytest.mark.parametrize("handler", [use, Asks, AsksLikeItsBase, asks, partial(Asks, config=StreamConfig())])
def test_handler_that_asks_for_a_lifespan_is_refused_without_one(handler: Any) -> None:
    with pytest.raises(CompositionError, match="this one has none"):
        Server(TCP(port=0), handler)


AnyValueT = TypeVar("AnyValueT")


class Counting(Server[StreamRequest, InetAddress, Log]): ...


class CountingMore(Counting): ...


class OfAnyValue(Server[StreamRequest, InetAddress, AnyValueT]): ...


class OfNoValue(Server[StreamRequest, InetAddress]): ...


@pytest.mark.parametrize("kind", [Counting, CountingMore])
def test_class_that_names_the_value_of_a_lifespan_is_refused_without_one(kind: Any) -> None:
    with pytest.raises(CompositionError, match="says that its lifespan yields"):
        kind(TCP(port=0), echo)
    kind(TCP(port=0), echo, lifespan=Log().lifespan)


@pytest.mark.parametrize("kind", [OfAnyValue, OfNoValue])
def test_class_that_names_no_value_needs_no_lifespan(kind: Any) -> None:
    kind(TCP(port=0), echo)


def test_subclass_may_have_the_value_from_elsewhere() -> None:
    class Own(Server[StreamRequest, InetAddress, str]):
        @property
        def lifespan_value(self) -> str:
            return "own"

    @stream_handler
    async def tell(stream: Stream[InetAddress, HasLifespan[str]]) -> None:
        await stream.write(stream.server.lifespan_value.encode())

    with running(Own(TCP(port=0), tell, Threads())) as run:
        assert ask(run.server.server_address, b"") == b"own"


def test_value_is_refused_without_a_lifespan_and_outside_of_it() -> None:
    with pytest.raises(LifecycleError, match="has no lifespan: give one"):
        Server(TCP(port=0), echo).lifespan_value  # noqa: B018 - it raises
    log = Log()
    server = Server(TCP(port=0), use, lifespan=log.lifespan)
    with pytest.raises(LifecycleError, match="is not entered"):
        server.lifespan_value  # noqa: B018 - it raises
    with running(server):
        ask(server.server_address, b"a\n")
        assert server.lifespan_value is log
    with pytest.raises(LifecycleError, match="is not entered"):
        server.lifespan_value  # noqa: B018 - it raises


def test_server_shows_its_lifespan() -> None:
    assert repr(Server(TCP(port=0), echo, lifespan=failing_exit)) == "Server(TCP(port=0), echo, lifespan=failing_exit)"


def test_lifespan_may_use_threads_of_the_server() -> None:
    @asynccontextmanager
    async def reading() -> AsyncGenerator[int]:
        yield await run_blocking(threading.get_ident)

    with running(Server(TCP(port=0), echo, Asyncio(), lifespan=reading)) as run:
        ask(run.server.server_address, b"a\n")
        assert run.server.lifespan_value != run.thread.ident
