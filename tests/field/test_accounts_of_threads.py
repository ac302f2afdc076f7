"""Accounts of threads: nobody is counted who is not there, and nobody waits for ever, wherever a thread ends."""

import ctypes
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.running import PATIENCE, Client, Run, connect, running
from tests.test_strategies_threads import Recorder

from typedserver import (
    TCP,
    Accepted,
    Asyncio,
    Bounded,
    Closed,
    Drained,
    Draining,
    Finished,
    Forks,
    Inline,
    LifecycleError,
    Limits,
    Listening,
    Multiplexed,
    OnExecutor,
    Server,
    ServerConfig,
    Started,
    Stream,
    StreamRequest,
    ThreadPool,
    Threads,
    stream_handler,
)

STRATEGIES: dict[str, Callable[[ThreadPoolExecutor], Any]] = {
    "inline": lambda _: Inline(),
    "threads": lambda _: Threads(),
    "thread_pool": lambda _: ThreadPool(workers=1, queue=0),
    "on_executor": OnExecutor,
    "forks": lambda _: Forks(max_children=1),
    "bounded": lambda _: Bounded(Threads(), 1),
    "multiplexed": lambda _: Multiplexed(),
    "bounded_multiplexed": lambda _: Bounded(Multiplexed(), 1),
    "asyncio": lambda _: Asyncio(grace=0),
}


@pytest.fixture(params=list(STRATEGIES))
def strategy(request: pytest.FixtureRequest) -> Iterator[Any]:
    with ThreadPoolExecutor(1) as executor:
        yield STRATEGIES[request.param](executor)


@pytest.fixture
def quiet_threads(monkeypatch: pytest.MonkeyPatch) -> list[type[BaseException] | None]:
    """What would have ended threads, instead of a report on stderr."""
    seen: list[type[BaseException] | None] = []

    def note(args: threading.ExceptHookArgs) -> None:
        seen.append(args.exc_type)

    monkeypatch.setattr(threading, "excepthook", note)
    return seen


@stream_handler
async def upper(stream: Stream) -> None:
    await stream.write((await stream.readline()).upper())


def answered(server: Server[Any, Any]) -> bool:
    with connect(server.server_address) as client:
        client.sendall(b"x\n")
        return client.recv(10) == b"X\n"


def live(server: Server[Any, Any]) -> int:
    return len(server.__lifetime__.servable.table.requests)


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.001)


def throw_into(thread: threading.Thread, error: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(error))


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("typedserver worker")]


# Observers


@pytest.mark.parametrize("when", [Accepted, Started, Finished])
def test_observer_that_exits_costs_no_client_anything(strategy: Any, when: type) -> None:
    told = 0

    def observe(event: object) -> None:
        nonlocal told
        if isinstance(event, when):
            told += 1
            raise SystemExit("a supervisor's")

    config = ServerConfig(observer=observe, limits=Limits(connections=1, per_peer=1))
    with running(Server(TCP(port=0), upper, strategy, config=config)) as run:
        for _ in range(4):
            assert answered(run.server)
        wait_until(lambda: live(run.server) == 0)
    # A child reports no start to its parent.
    assert told == (0 if isinstance(strategy, Forks) and when is Started else 4)


@pytest.mark.parametrize("when", [Listening, Draining, Drained, Closed])
def test_observer_that_exits_does_not_keep_a_server_from_its_end(when: type, caplog: pytest.LogCaptureFixture) -> None:
    def observe(event: object) -> None:
        if isinstance(event, when):
            raise SystemExit

    with running(Server(TCP(port=0), upper, Threads(), config=ServerConfig(observer=observe))) as run:
        assert answered(run.server)
        run.server.drain()
    assert f"failed at {when.__name__}" in caplog.text


@pytest.mark.parametrize("when", [Accepted, Started, Finished])
@pytest.mark.parametrize("strategy", [Inline(), Multiplexed(), Bounded(Multiplexed(), 1), Asyncio(grace=0)], ids=repr)
def test_ctrl_c_in_an_observer_ends_the_loop_and_the_account_is_even(strategy: Any, when: type) -> None:
    def observe(event: object) -> None:
        if isinstance(event, when):
            signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    config = ServerConfig(observer=observe, limits=Limits(per_peer=1))
    try:
        with Server(TCP(port=0), upper, strategy, config=config) as server, connect(server.server_address) as client:
            client.sendall(b"x\n")
            with pytest.raises(KeyboardInterrupt):
                server.serve_forever()
            server.server_close()
            assert live(server) == 0
            assert client.recv(10) in (b"", b"X\n")
    finally:
        signal.signal(signal.SIGINT, before)


class Handler:
    """A signal handler that ends the program, in each of the forms that Python takes."""

    def method(self, _number: int, _frame: object) -> None:
        sys.exit(7)

    def __call__(self, number: int, frame: object) -> None:
        self.method(number, frame)


def exit_program(_number: int, _frame: object) -> None:
    sys.exit(7)


@pytest.mark.parametrize("handler", [Handler(), Handler().method, exit_program], ids=["object", "method", "def"])
def test_exit_of_a_signal_handler_passes_through_an_observer(handler: Any) -> None:
    def observe(event: object) -> None:
        if isinstance(event, Accepted):
            signal.raise_signal(signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, handler)
    try:
        with (
            Server(TCP(port=0), upper, Threads(), config=ServerConfig(observer=observe)) as server,
            connect(server.server_address),
            pytest.raises(SystemExit, match="7"),
        ):
            server.serve_forever()
        assert live(server) == 0
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("strategy", [Threads(), ThreadPool(workers=1), Bounded(Threads(), 1)], ids=repr)
def test_worker_cannot_close_its_server_in_an_observer_either(strategy: Any, caplog: pytest.LogCaptureFixture) -> None:
    servers: list[Server[Any, Any]] = []

    def observe(event: object) -> None:
        if isinstance(event, Finished):
            servers[0].server_close()

    servers.append(Server(TCP(port=0), upper, strategy, config=ServerConfig(observer=observe)))
    with running(servers[0]) as run:
        assert answered(run.server)
        wait_until(lambda: live(run.server) == 0)
        assert answered(run.server)
    assert LifecycleError.__name__ in caplog.text


def test_callback_of_a_drain_that_exits_keeps_no_other_from_being_called() -> None:
    called: list[str] = []

    def leave() -> None:
        called.append("leave")
        raise SystemExit

    with Server(TCP(port=0), upper, Threads()) as server:
        abouts = object(), object(), object()
        server.call_when_draining(abouts[0], leave)
        server.call_when_draining(abouts[1], lambda: called.append("second"))
        server.request_drain()
        # Asked for already: called at once.
        server.call_when_draining(abouts[2], leave)
    assert called == ["leave", "second", "leave"]


# Threads that end

WORKERS = (Threads(), ThreadPool(workers=1, queue=0), Bounded(ThreadPool(workers=1), 1))


@pytest.mark.parametrize(
    "strategy", [Threads(), ThreadPool(workers=1, queue=0), Bounded(ThreadPool(workers=1), 1)], ids=repr
)
@pytest.mark.parametrize("error", [SystemExit, ValueError])
def test_exception_thrown_into_an_idle_worker_costs_no_client_anything(
    strategy: Any, error: type[BaseException], quiet_threads: list[type[BaseException] | None]
) -> None:
    with running(Server(TCP(port=0), upper, strategy)) as run:
        for _ in range(3):
            assert answered(run.server)
            wait_until(lambda: live(run.server) == 0)
            for worker in workers():
                throw_into(worker, error)
        assert answered(run.server)
    assert set(quiet_threads) == {error}


@pytest.mark.parametrize(
    "strategy", [Threads(), ThreadPool(workers=1, queue=0), Bounded(ThreadPool(workers=1), 1)], ids=repr
)
def test_exception_thrown_into_a_handler_ends_its_request_alone(
    strategy: Any, quiet_threads: list[type[BaseException] | None]
) -> None:
    entered = threading.Event()

    def wait(request: StreamRequest, _client_address: object, _server: object) -> None:
        entered.set()
        request.sendall(request.recv(10).upper())

    with running(Server(TCP(port=0), wait, strategy)) as run:
        for _ in range(3):
            entered.clear()
            with connect(run.server.server_address) as client:
                assert entered.wait(PATIENCE)
                for worker in workers():
                    throw_into(worker, SystemExit)
                client.sendall(b"x\n")
                client.recv(10)
            wait_until(lambda: live(run.server) == 0)
            assert answered(run.server)
    assert set(quiet_threads) <= {SystemExit}


@pytest.mark.parametrize("strategy", [Threads(), ThreadPool(workers=1)], ids=repr)
def test_worker_whose_release_raises_serves_on(strategy: Any, quiet_threads: list[type[BaseException] | None]) -> None:
    class Raising(Recorder):
        def release(self, request: Any, client_address: Any, error: BaseException | None, /) -> None:
            super().release(request, client_address, error)
            raise SystemExit

    recorder = Raising()
    dispatcher = strategy.start(recorder, None)
    for number in range(5):
        dispatcher.process_request(number, "address")
        recorder.wait_released(number + 1)
    assert dispatcher.close() == 0
    assert [request for request, _, _ in recorder.released] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("strategy", [Threads(), ThreadPool(workers=1, queue=0), Bounded(Threads(), 1)], ids=repr)
def test_request_whose_thread_is_interrupted_at_its_start_leaves_the_account(
    strategy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder()
    dispatcher = strategy.start(recorder, None)
    with monkeypatch.context() as patch:

        def interrupt(_thread: threading.Thread) -> None:
            raise KeyboardInterrupt

        patch.setattr(threading.Thread, "start", interrupt)
        with pytest.raises(KeyboardInterrupt):
            dispatcher.process_request("first", "address")
    assert [request for request, _, _ in recorder.released] == ["first"]
    assert dispatcher.has_capacity
    dispatcher.process_request("second", "address")
    recorder.wait_released(2)
    assert dispatcher.close() == 0


# The interpreter's end

PROGRAM = """
    import sys, threading, time
    from typedserver import *
    def handle(request, client_address, server):
        line = request.recv(100)
        if line == b"slow\\n":
            time.sleep(0.5)
        request.sendall(line.upper())
    server = Server(TCP(port=0), handle, {strategy})
    print(server.open().server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.readline()
"""


def start_program(strategy: str) -> tuple["subprocess.Popen[str]", tuple[str, int]]:
    source = textwrap.dedent(PROGRAM).format(strategy=strategy)
    program = subprocess.Popen(
        [sys.executable, "-c", source],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert program.stdout is not None
    return program, ("127.0.0.1", int(program.stdout.readline()))


def ended_in_time(program: "subprocess.Popen[str]") -> bool:
    try:
        return program.wait(5) == 0
    finally:
        program.kill()
        program.wait()
        for stream in (program.stdin, program.stdout):
            assert stream is not None
            stream.close()


@pytest.mark.parametrize(
    "strategy", ["ThreadPool(workers=8)", "ThreadPool(workers=1)", "Threads()", "Threads(keep=60.0)"]
)
@pytest.mark.parametrize("load", ["one", "many"])
def test_program_whose_server_was_left_open_ends_when_what_it_had_is_served(strategy: str, load: str) -> None:
    program, address = start_program(strategy)
    try:
        with connect(address) as slow:
            slow.sendall(b"slow\n")
            assert program.stdin is not None
            time.sleep(0.1)
            program.stdin.write("\n")
            program.stdin.flush()
            time.sleep(0.1)
            late = ask_while_it_lives(address, forever=load == "many")
            assert slow.recv(10) == b"SLOW\n"
            assert ended_in_time(program)
            for thread in late:
                thread.join()
    finally:
        program.kill()


def ask_while_it_lives(address: tuple[str, int], *, forever: bool) -> list[threading.Thread]:
    """Have clients come after the end of the main thread: one, or without a pause until nobody is there."""

    def ask() -> None:
        try:
            while True:
                with connect(address) as client:
                    client.sendall(b"x\n")
                    client.recv(10)
                if not forever:
                    return
        except OSError:
            return

    threads = [threading.Thread(target=ask) for _ in range(4 if forever else 1)]
    for thread in threads:
        thread.start()
    return threads


def test_close_waits_for_a_worker_that_was_hit_while_it_was_idle(
    quiet_threads: list[type[BaseException] | None],
) -> None:
    server = Server(TCP(port=0), upper, ThreadPool(workers=3)).open()
    run = Run(server)
    clients: list[Client] = [connect(server.server_address) for _ in range(3)]
    wait_until(lambda: len(workers()) == 3)
    for client in clients:
        client.sendall(b"x\n")
        assert client.recv(10) == b"X\n"
        client.close()
    server.shutdown()
    run.join()
    wait_until(lambda: live(server) == 0)
    for worker in workers():
        throw_into(worker, SystemExit)
    closing = threading.Thread(target=server.server_close)
    closing.start()
    closing.join(PATIENCE)
    assert not closing.is_alive()
