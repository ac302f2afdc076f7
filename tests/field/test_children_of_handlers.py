"""Processes that a handler forks by itself: nothing that they do, or that unwinds in them, reaches the server.

Such a child ends where the handler ends, as a child of Forks does, with the status of its SystemExit. Signals mean to
it what they meant before the server ran.
"""

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.reactors import REACTORS
from tests.running import PATIENCE, ask, connect, running

import typedserver.compat as socketserver
from typedserver import (
    TCP,
    Asyncio,
    Bounded,
    Forks,
    Inline,
    LifecycleError,
    Multiplexed,
    OnExecutor,
    Prefork,
    Server,
    ServerConfig,
    Stream,
    StreamRequest,
    ThreadPool,
    Threads,
    run_blocking,
    stream_handler,
)

LOOPS = list(REACTORS)

STRATEGIES: dict[str, Callable[[], Any]] = {
    "inline": Inline,
    "threads": Threads,
    "thread_pool": ThreadPool,
    "bounded": lambda: Bounded(Threads(), 5),
    "forks": Forks,
    "multiplexed": Multiplexed,
}


def fork_and_wait(end: Callable[[], object]) -> int | None:
    """Fork a child that ends so, and return its status; None in the child, if it returns."""
    pid = os.fork()
    if not pid:
        end()
        return None
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def fail() -> None:
    raise ValueError("in the child")


def interrupt() -> None:
    raise KeyboardInterrupt


# How a child ends, and its exit status.
ENDS: dict[str, tuple[Callable[[], object], int]] = {
    "exits": (lambda: sys.exit(3), 3),
    "returns": (lambda: None, 0),
    "fails": (fail, 1),
    "is_interrupted": (interrupt, 1),
}


def forking_echo(end: Callable[[], object]) -> Any:
    @stream_handler
    async def handle(stream: Stream) -> None:
        async for line in stream:
            if line == b"fork\n":
                status = fork_and_wait(end)
            elif line == b"fork apart\n":
                status = await run_blocking(lambda: fork_and_wait(end))
            else:
                await stream.write(line)
                continue
            if status is None:
                return
            await stream.write(b"%d\n" % status)

    return handle


def said_to(client: socket.socket, line: bytes) -> bytes:
    client.sendall(line)
    return client.recv(100)


def assert_children_end_and_the_server_goes_on(server: Any, status: int, *, alone: bool = False) -> None:
    """Have handlers fork; alone: whether the server serves one connection at a time."""
    with running(server):
        address = server.server_address
        others = [] if alone else [connect(address)]
        with connect(address) as client:
            for other in others:
                assert said_to(other, b"a\n") == b"a\n"
            for line in (b"fork\n", b"fork apart\n"):
                assert said_to(client, line) == b"%d\n" % status
                assert said_to(client, b"b\n") == b"b\n", "its connection is as it was"
            for other in others:
                assert said_to(other, b"c\n") == b"c\n"
                other.close()
        with connect(address) as late:
            assert said_to(late, b"d\n") == b"d\n"


@pytest.mark.parametrize("end", list(ENDS))
@pytest.mark.parametrize("strategy", list(STRATEGIES))
def test_child_of_a_handler_ends_with_it_and_the_server_serves_on(
    strategy: str, end: str, capfd: pytest.CaptureFixture[str]
) -> None:
    how, status = ENDS[end]
    server = Server(TCP(port=0), forking_echo(how), STRATEGIES[strategy]())
    assert_children_end_and_the_server_goes_on(server, status, alone=strategy == "inline")
    capfd.readouterr()


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("strategy", ["inline", "threads", "multiplexed"])
def test_child_of_a_handler_reaches_no_loop(strategy: str, loop: str) -> None:
    config = ServerConfig(reactor_factory=REACTORS[loop])
    server = Server(TCP(port=0), forking_echo(lambda: sys.exit(3)), STRATEGIES[strategy](), config=config)
    assert_children_end_and_the_server_goes_on(server, 3, alone=strategy == "inline")


@pytest.mark.parametrize("end", list(ENDS))
@pytest.mark.parametrize("loop", [loop for loop in LOOPS if loop in ("asyncio", "uvloop")])
def test_child_of_a_task_ends_with_it(loop: str, end: str, capfd: pytest.CaptureFixture[str]) -> None:
    how, status = ENDS[end]
    factory: Any = REACTORS[loop]
    assert_children_end_and_the_server_goes_on(
        Server(TCP(port=0), forking_echo(how), Asyncio(loop_factory=factory)), status
    )
    capfd.readouterr()


def test_child_of_a_handler_in_an_executor_does_not_wait_there_for_more() -> None:
    with ThreadPoolExecutor(2) as executor:
        server = Server(TCP(port=0), forking_echo(lambda: sys.exit(3)), OnExecutor(executor))
        assert_children_end_and_the_server_goes_on(server, 3)


def test_child_of_a_handler_in_a_worker_of_prefork_reports_nothing() -> None:
    server = Server(TCP(port=0), forking_echo(lambda: sys.exit(3)), Threads())
    with running(Prefork(server, 1)) as run:
        with connect(server.server_address) as client:
            assert said_to(client, b"a\n") == b"a\n"
            before = run.server.pids
            for _ in range(3):
                assert said_to(client, b"fork\n") == b"3\n"
        assert run.server.pids == before, "its worker was not taken for one that leaves"


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        if self.request.recv(10) == b"fork":
            fork_and_wait(lambda: sys.exit(3))
        self.request.sendall(b"ok")


@pytest.mark.parametrize("kind", [socketserver.TCPServer, socketserver.ThreadingTCPServer], ids=str)
def test_drop_in_serves_on_when_a_child_has_unwound(kind: Any) -> None:
    with kind(("127.0.0.1", 0), _Handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        ask(server.server_address, b"fork")
        assert ask(server.server_address, b"x") == b"ok"
        assert ask(server.server_address, b"x") == b"ok"
        server.shutdown()
        serving.join()


HOOKS = ("verify_request", "handle_error", "process_request", "service_actions")


@pytest.mark.parametrize("hook", HOOKS)
def test_child_of_a_hook_ends_in_the_loop(hook: str) -> None:
    statuses: list[int | None] = []

    def fork_once() -> None:
        if not statuses:
            statuses.append(fork_and_wait(lambda: sys.exit(3)))

    class Hooked(Server[Any, Any]):
        def verify_request(self, request: Any, client_address: Any) -> bool:
            if hook == "verify_request":
                fork_once()
            return super().verify_request(request, client_address)

        def process_request(self, request: Any, client_address: Any) -> None:
            if hook == "process_request":
                fork_once()
            super().process_request(request, client_address)

        def handle_error(self, request: Any, client_address: Any) -> None:
            del request, client_address
            if hook == "handle_error":
                fork_once()

        def service_actions(self) -> None:
            if hook == "service_actions":
                fork_once()

    def handle(request: StreamRequest, _client_address: object, _server: object) -> None:
        if request.recv(10) == b"fail":
            raise ValueError("for handle_error")
        request.sendall(b"ok")

    with running(Hooked(TCP(port=0), handle, Threads())) as run:
        ask(run.server.server_address, b"fail")
        until = time.monotonic() + PATIENCE
        while not statuses and time.monotonic() < until:
            assert ask(run.server.server_address, b"x") == b"ok"
        assert statuses == [3]
        assert ask(run.server.server_address, b"x") == b"ok"


def test_forking_in_process_request_as_socketserver_does_it() -> None:
    class Forking(Server[Any, Any]):
        def process_request(self, request: Any, client_address: Any) -> None:
            pid = os.fork()
            if not pid:
                try:
                    self.finish_request(request, client_address)
                    self.shutdown_request(request)
                finally:
                    os._exit(0)
            os.waitpid(pid, 0)
            self.close_request(request)

    def handle(request: StreamRequest, _client_address: object, _server: object) -> None:
        request.sendall(request.recv(10))

    with running(Forking(TCP(port=0), handle)) as run:
        for _ in range(3):
            assert ask(run.server.server_address, b"x") == b"x"


def test_child_of_another_thread_can_neither_stop_nor_serve_and_closes_its_own_alone() -> None:
    def handle(request: StreamRequest, _client_address: object, _server: object) -> None:
        request.sendall(request.recv(10))

    with running(Server(TCP(port=0), handle, Threads())) as run:
        server = run.server

        def use_what_is_not_its_own() -> None:
            server.server_close()
            refused = 0
            for call in (server.request_stop, server.shutdown, server.serve_forever, server.request_drain):
                try:
                    call()
                except LifecycleError:
                    refused += 1
            os._exit(refused)

        assert fork_and_wait(use_what_is_not_its_own) == 4
        assert ask(server.server_address, b"x") == b"x"


# Signals


def sleep_until_a_signal(tell: int) -> None:
    try:
        os.write(tell, b"x")
        time.sleep(PATIENCE)
    except KeyboardInterrupt:
        os._exit(7)


def status_after(number: int, pid: int) -> int:
    # Again and again: Python's handler waits for the end of a sleep that begins just when the signal has come.
    while True:
        os.kill(pid, number)
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)


def how_children_end(*, at_once: bool) -> bytes:
    found: list[int] = []
    # Whoever started this may have had it ignore SIGINT.
    for number in (signal.SIGTERM, signal.SIGHUP, *(() if at_once else (signal.SIGINT,))):
        ready, tell = os.pipe()
        pid = os.fork()
        if not pid:
            sleep_until_a_signal(tell)
            os._exit(9)
        if not at_once:
            os.read(ready, 1)
        found.append(status_after(number, pid))
        os.close(ready)
        os.close(tell)
    return repr(found).encode()


def tell_how_children_end(request: StreamRequest, _client_address: object, _server: object) -> None:
    request.sendall(how_children_end(at_once=request.recv(10) == b"at once"))


@pytest.fixture
def running_as_a_program() -> Iterator[Callable[..., bytes]]:
    """Run a server in the main thread while a client asks it."""

    def run(whole: Any, server: Any, question: bytes) -> bytes:
        answers: list[bytes] = []

        def ask_and_stop() -> None:
            answers.append(ask(server.server_address, question))
            os.kill(os.getpid(), signal.SIGTERM)

        client = threading.Thread(target=ask_and_stop)
        assert whole.run(deadline=PATIENCE, ready=client.start) == 0
        client.join()
        return answers[0]

    interrupts = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield run
    signal.signal(signal.SIGINT, interrupts)


@pytest.mark.parametrize("question", [b"ready", b"at once"])
@pytest.mark.parametrize("how", ["inline", "threads", "forks", "prefork", "prefork_forks"])
def test_signals_mean_to_a_child_of_a_handler_what_they_meant_before(
    how: str, question: bytes, running_as_a_program: Callable[..., bytes]
) -> None:
    strategy = Forks() if how.endswith("forks") else Inline() if how == "inline" else Threads()
    server = Server(TCP(port=0), tell_how_children_end, strategy)
    whole = Prefork(server, 1) if how.startswith("prefork") else server
    answer = running_as_a_program(whole, server, question)
    # SIGINT raises KeyboardInterrupt there. If it comes at once, Python itself may lose it.
    assert answer == (b"[-15, -1, 7]" if question == b"ready" else b"[-15, -1]")


def test_process_of_multiprocessing_is_terminated_at_once(running_as_a_program: Callable[..., bytes]) -> None:
    def handle(request: StreamRequest, _client_address: object, _server: object) -> None:
        process = multiprocessing.get_context("fork").Process(target=time.sleep, args=(PATIENCE,))
        process.start()
        process.terminate()
        process.join()
        request.sendall(b"%d" % (process.exitcode or 0))

    server = Server(TCP(port=0), handle, Threads())
    assert running_as_a_program(server, server, b"") == b"-15"


# Processes that live on


POOL = """
import multiprocessing, sys
from concurrent.futures import ProcessPoolExecutor
from typedserver import TCP, Inline, Server, Threads

pools = []

def handle(request, client_address, server):
    context = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(1, mp_context=context) if sys.argv[1] == "futures" else context.Pool(1)
    pools.append(pool)
    pid = pool.submit(os.getpid).result() if sys.argv[1] == "futures" else pool.apply(os.getpid)
    request.sendall(b"%d" % pid)

import os
server = Server(TCP(port=0), handle, Inline() if sys.argv[2] == "inline" else Threads()).open()
print(server.server_address[1], flush=True)
server.run()
"""


@pytest.mark.parametrize("strategy", ["inline", "threads"])
@pytest.mark.parametrize("pool", ["futures", "multiprocessing"])
def test_process_of_a_pool_holds_no_port_of_a_server_that_has_gone(pool: str, strategy: str) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", POOL, pool, strategy], stdout=subprocess.PIPE, start_new_session=True
    )
    assert program.stdout is not None
    lives_on = program.pid
    try:
        address = ("127.0.0.1", int(program.stdout.readline()))
        lives_on = int(ask(address, b"x"))
        program.kill()
        program.wait()
        with pytest.raises(ConnectionRefusedError):
            connect(address)
    finally:
        program.stdout.close()
        for pid in {program.pid, lives_on}:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
