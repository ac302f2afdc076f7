"""Draining: requests that have come are served, idle connections end, and the rest is cut at the deadline."""

import contextlib
import math
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
import uvloop

from tests.running import PATIENCE, Client, Run, ask_datagram, connect, running
from typedserver import (
    TCP,
    UDP,
    Asyncio,
    Bounded,
    Deadlines,
    Dispatcher,
    DispatcherWrapper,
    DrainReport,
    Forks,
    Group,
    Inline,
    LifecycleError,
    Multiplexed,
    OnExecutor,
    Reactor,
    SelectorReactor,
    Server,
    ServerConfig,
    State,
    StrategyWrapper,
    Stream,
    StreamRequestHandler,
    ThreadPool,
    Threads,
    UnixStream,
    datagram_handler,
    run_blocking,
    sleep,
    stream_handler,
    wait_draining,
)

# All strategies that can run a coroutine; the test makes the executors.
STRATEGIES: Final[dict[str, Callable[[ThreadPoolExecutor], Any]]] = {
    "inline": lambda _executor: Inline(),
    "threads": lambda _executor: Threads(),
    "thread_pool": lambda _executor: ThreadPool(workers=4),
    "bounded": lambda _executor: Bounded(Threads(), 100),
    "on_executor": OnExecutor,
    "forks": lambda _executor: Forks(),
    "multiplexed": lambda _executor: Multiplexed(),
    "asyncio": lambda _executor: Asyncio(),
    "uvloop": lambda _executor: Asyncio(loop_factory=uvloop.new_event_loop),
}

# The strategies that serve several requests at once.
MANY_AT_ONCE: Final = [name for name in STRATEGIES if name != "inline"]


@pytest.fixture
def executor() -> Any:
    with ThreadPoolExecutor(8) as made:
        yield made


@pytest.fixture(params=list(STRATEGIES))
def strategy(request: pytest.FixtureRequest, executor: ThreadPoolExecutor) -> Any:
    return STRATEGIES[request.param](executor)


@pytest.fixture(params=MANY_AT_ONCE)
def parallel(request: pytest.FixtureRequest, executor: ThreadPoolExecutor) -> Any:
    return STRATEGIES[request.param](executor)


@stream_handler
async def upper(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())


@stream_handler
async def by_pieces(stream: Stream) -> None:
    while not stream.at_eof():
        await stream.write((await stream.readexactly(4)).upper())


class Lines(StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(line.upper())


def greeted(address: Any) -> Client:
    """Connect, and exchange a message: from then on it is being served."""
    client = connect(address)
    client.sendall(b"ab\n")
    assert client.recv(100) == b"AB\n"
    return client


def live_requests(server: Any) -> dict[int, object]:
    live: dict[int, object] = server.__lifetime__.servable.table.requests
    return live


def drain_callbacks(server: Any) -> dict[int, object]:
    callbacks: dict[int, object] = server.__lifetime__.drain_request.callbacks
    return callbacks


def refuses(address: Any) -> bool:
    try:
        connect(address).close()
    except (ConnectionRefusedError, FileNotFoundError):
        return True
    return False


def draining(run: Run[Any], deadline: float | None = None) -> "threading.Thread":
    """Drain in a thread; returns as soon as the server has begun. The report is then in the server."""
    thread = threading.Thread(target=run.server.drain, args=(deadline,), name="draining")
    thread.start()
    until = time.monotonic() + PATIENCE
    while run.server.state is State.SERVING and time.monotonic() < until:
        time.sleep(0.001)
    return thread


def test_drain_without_requests_ends_serving_and_closes(strategy: Any) -> None:
    with running(Server(TCP(port=0), upper, strategy)) as run:
        greeted(run.server.server_address).close()
        begun = time.monotonic()
        report = run.server.drain()
        assert time.monotonic() - begun < 2, "it waits for nothing but the quiet of the queue"
        run.join()
        assert run.server.state is State.CLOSED
    assert (report.from_queue, report.cut, report.left) == (0, (), 0)


def test_drain_ends_connections_between_two_messages_at_once(parallel: Any) -> None:
    with running(Server(TCP(port=0), upper, parallel)) as run:
        clients = [greeted(run.server.server_address) for _ in range(3)]
        begun = time.monotonic()
        report = run.server.drain(PATIENCE)
        assert time.monotonic() - begun < PATIENCE / 4
        for client in clients:
            assert client.recv(100) == b""
            client.close()
    assert (report.served, report.cut) == (3, ())


def test_drain_of_inline_ends_the_connection_that_holds_up_the_loop() -> None:
    with running(Server(TCP(port=0), upper)) as run, greeted(run.server.server_address) as client:
        assert run.server.drain(PATIENCE).cut == ()
        assert client.recv(100) == b""


def test_drain_ends_connections_of_handler_classes_between_two_messages() -> None:
    with running(Server(TCP(port=0), Lines, Threads())) as run, greeted(run.server.server_address) as client:
        assert run.server.drain(PATIENCE).cut == ()
        assert client.recv(100) == b""


@pytest.mark.parametrize("handler", [upper, by_pieces, Lines], ids=["lines", "pieces", "class"])
@pytest.mark.parametrize("greeting", [b"", b"abc\n"], ids=["new", "greeted"])
def test_drain_lets_a_message_come_to_its_end(handler: Any, greeting: bytes) -> None:
    with running(Server(TCP(port=0), handler, Threads())) as run, connect(run.server.server_address) as client:
        if greeting:
            client.sendall(greeting)
            assert client.recv(100) == b"ABC\n"
        client.sendall(b"de")
        # The handler has the bytes, or is about to get them. In either case the message has begun.
        while not live_requests(run.server):
            time.sleep(0.001)
        thread = draining(run)
        client.sendall(b"f\n")
        assert client.recv(100) == b"DEF\n"
        assert client.recv(100) == b""
        thread.join()
    assert run.server.drain_report is not None
    assert (run.server.drain_report.served, run.server.drain_report.cut) == (1, ())


def test_drain_lets_a_message_in_the_middle_come_to_its_end(parallel: Any) -> None:
    with running(Server(TCP(port=0), upper, parallel)) as run, greeted(run.server.server_address) as client:
        client.sendall(b"c")
        # After two round trips of another client, the handler has what was sent before.
        for _ in range(2):
            greeted(run.server.server_address).close()
        thread = draining(run)
        time.sleep(0.05)
        client.sendall(b"d\n")
        assert client.recv(100) == b"CD\n"
        assert client.recv(100) == b""
        thread.join()
    assert run.server.drain_report is not None
    assert run.server.drain_report.cut == ()


def endpoint_of(kind: str, tmp_path: Any) -> Any:
    return {
        "tcp4": TCP(port=0),
        "tcp6": TCP(port=0, host="::1"),
        "unix": UnixStream(str(tmp_path / "s")),
        "abstract": UnixStream("\0" + str(tmp_path / "s")),
    }[kind]


@pytest.mark.parametrize("kind", ["tcp4", "tcp6", "unix", "abstract"])
def test_drain_serves_connections_in_the_kernels_queue(kind: str, tmp_path: Any) -> None:
    served = threading.Semaphore(0)
    begun, may_go_on = threading.Event(), threading.Event()

    @stream_handler
    async def held(stream: Stream) -> None:
        begun.set()
        await run_blocking(may_go_on.wait)
        await stream.write((await stream.readline()).upper())
        served.release()

    server = Server(endpoint_of(kind, tmp_path), held, ThreadPool(workers=1, queue=0))
    with running(server) as run:
        clients: list[Client] = []
        for number in range(5):
            clients.append(connect(server.server_address))
            clients[-1].sendall(b"a%d\n" % number)
        assert begun.wait(PATIENCE)
        thread = draining(run)
        may_go_on.set()
        for number, client in enumerate(clients):
            assert client.recv(100) == b"A%d\n" % number
            client.close()
        thread.join()
    report = server.drain_report
    assert report is not None
    assert (report.served, report.from_queue, report.cut, report.left) == (5, 4, (), 0)


@pytest.mark.parametrize("kind", ["tcp4", "tcp6", "unix"])
def test_drain_has_new_clients_refused_while_it_serves(kind: str, tmp_path: Any) -> None:
    with running(Server(endpoint_of(kind, tmp_path), upper, Threads())) as run:
        client = greeted(run.server.server_address)
        client.sendall(b"c")
        for _ in range(2):
            greeted(run.server.server_address).close()
        thread = draining(run)
        until = time.monotonic() + PATIENCE
        while not refuses(run.server.server_address):
            assert time.monotonic() < until
        client.sendall(b"d\n")
        assert client.recv(100) == b"CD\n"
        client.close()
        thread.join()


def test_drain_serves_datagrams_that_have_arrived() -> None:
    begun, may_go_on = threading.Event(), threading.Event()

    @datagram_handler
    def held(data: bytes) -> bytes:
        begun.set()
        may_go_on.wait()
        return data.upper()

    with running(Server(UDP(port=0), held)) as run, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        for number in range(3):
            client.sendto(b"a%d" % number, run.server.server_address)
        assert begun.wait(PATIENCE)
        thread = threading.Thread(target=run.server.drain)
        thread.start()
        may_go_on.set()
        assert {client.recv(100) for _ in range(3)} == {b"A0", b"A1", b"A2"}
        thread.join()


@stream_handler
async def stuck(stream: Stream) -> None:
    await stream.write(await stream.readline())
    await stream.readexactly(100)


def held_by(handler: Any, strategy: Any, deadline: float) -> tuple[DrainReport, Any, float]:
    with running(Server(TCP(port=0), handler, strategy)) as run, connect(run.server.server_address) as client:
        client.sendall(b"ab\nc")
        assert client.recv(100) == b"ab\n"
        begun = time.monotonic()
        report = run.server.drain(deadline)
        seconds = time.monotonic() - begun
        assert client.recv(100) == b""
        return report, client.getsockname(), seconds


def test_drain_cuts_at_the_deadline_a_handler_that_waits_for_its_peer(strategy: Any) -> None:
    report, address, seconds = held_by(stuck, strategy, 0.2)
    assert report.cut == (address,)
    assert (report.served, report.left) == (0, 0)
    assert 0.15 < seconds < 1.5


@stream_handler
async def asleep(stream: Stream) -> None:
    await stream.write(await stream.readline())
    await sleep(PATIENCE)


def test_drain_cuts_at_the_deadline_a_handler_that_sleeps(executor: ThreadPoolExecutor) -> None:
    for strategy in (Multiplexed(), Asyncio(), Forks()):
        report, address, seconds = held_by(asleep, strategy, 0.1)
        assert (report.cut, report.left) == ((address,), 0)
        assert seconds < 1


def test_drain_does_not_wait_for_a_thread_that_ignores_its_cut() -> None:
    may_end = threading.Event()

    @stream_handler
    async def deaf(stream: Stream) -> None:
        await stream.write(await stream.readline())
        await run_blocking(may_end.wait)

    report, address, seconds = held_by(deaf, Threads(), 0.1)
    assert (report.cut, report.left) == ((address,), 1)
    assert seconds < 3
    may_end.set()


def test_second_request_to_drain_brings_the_deadline_forward() -> None:
    with running(Server(TCP(port=0), stuck, Threads())) as run, connect(run.server.server_address) as client:
        client.sendall(b"ab\nc")
        assert client.recv(100) == b"ab\n"
        thread = draining(run, math.inf)
        run.server.request_drain(0)
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_drain_takes_the_deadline_of_the_config() -> None:
    config = ServerConfig(deadlines=Deadlines(drain=0.05))
    server = Server(TCP(port=0), stuck, Threads(), config=config)
    with running(server), connect(server.server_address) as client:
        client.sendall(b"ab\nc")
        assert client.recv(100) == b"ab\n"
        assert len(server.drain().cut) == 1


def test_drain_in_a_thread_that_serves_is_refused() -> None:
    failures: list[BaseException] = []

    def try_to_drain(_request: object, _address: object, server: Any) -> None:
        try:
            server.drain()
        except BaseException as error:
            failures.append(error)

    for strategy in (Inline(), Threads()):
        server = Server(TCP(port=0), try_to_drain, strategy)
        with running(server), connect(server.server_address) as client:
            assert client.recv(100) == b""
    assert len(failures) == 2
    assert all(isinstance(failure, LifecycleError) and "request_drain" in str(failure) for failure in failures)


def test_handler_may_have_its_server_drain() -> None:
    @stream_handler
    async def last(stream: Stream[Any, Server[Any, Any]]) -> None:
        stream.server.request_drain()
        await stream.write(b"bye")

    for strategy in (Inline(), Threads(), Multiplexed()):
        with Server(TCP(port=0), last, strategy) as server:
            run = Run(server)
            with connect(server.server_address) as client:
                assert client.recv(100) == b"bye"
            run.join()
            assert run.result is None


def test_drain_of_a_server_that_does_not_serve_serves_waiting_clients() -> None:
    with Server(TCP(port=0), upper, Threads()) as server, connect(server.server_address) as client:
        client.sendall(b"ab\n")
        report = server.drain()
        assert client.recv(100) == b"AB\n"
    assert (report.served, report.from_queue) == (1, 1)
    assert server.state is State.CLOSED


def test_drain_of_a_server_that_was_never_opened_only_closes_it() -> None:
    server = Server(TCP(port=0), upper)
    report = server.drain()
    assert (report.served, report.from_queue, report.cut, report.left) == (0, 0, (), 0)
    assert server.state is State.CLOSED


def test_group_drains_all_its_servers(tmp_path: Any) -> None:
    tcp, unix = Server(TCP(port=0), upper, Threads()), Server(UnixStream(str(tmp_path / "s")), upper, Multiplexed())
    with running(Group([tcp, unix])) as run:
        clients = [greeted(server.server_address) for server in (tcp, unix)]
        report = run.server.drain(PATIENCE)
        for client in clients:
            assert client.recv(100) == b""
            client.close()
    assert report.served == 2
    assert tcp.state is unix.state is State.CLOSED


def test_wait_draining_ends_when_the_server_drains(parallel: Any) -> None:
    @stream_handler
    async def ticking(stream: Stream) -> None:
        await stream.write(b"tick\n")
        while not await wait_draining(stream.server, PATIENCE):
            await stream.write(b"tick\n")
        await stream.write(b"bye\n")

    with running(Server(TCP(port=0), ticking, parallel)) as run, connect(run.server.server_address) as client:
        assert client.recv(100) == b"tick\n"
        report = run.server.drain(PATIENCE)
        assert client.recv(100) == b"bye\n"
    assert report.cut == ()


def test_wait_draining_reports_that_its_time_is_over(parallel: Any) -> None:
    @stream_handler
    async def ticking(stream: Stream) -> None:
        assert not await wait_draining(stream.server, 0.01)
        await stream.write(b"tick\n")

    with running(Server(TCP(port=0), ticking, parallel)) as run, connect(run.server.server_address) as client:
        assert client.recv(100) == b"tick\n"
        assert client.recv(100) == b""
        assert drain_callbacks(run.server) == {}


# suspend and resume


def test_suspended_server_accepts_nothing_until_it_is_resumed(parallel: Any) -> None:
    with running(Server(TCP(port=0), upper, parallel)) as run, greeted(run.server.server_address) as first:
        run.server.suspend()
        assert run.server.suspended
        # Once another connection has been served, the loop has done what it was asked before.
        first.sendall(b"cd\n")
        assert first.recv(100) == b"CD\n"
        time.sleep(0.05)
        with connect(run.server.server_address) as second:
            second.sendall(b"ef\n")
            second.settimeout(0.1)
            with pytest.raises(TimeoutError):
                second.recv(100)
            first.sendall(b"gh\n")
            assert first.recv(100) == b"GH\n"
            run.server.resume()
            second.settimeout(PATIENCE)
            assert second.recv(100) == b"EF\n"


def test_suspended_server_serves_waiting_clients_when_it_drains() -> None:
    server = Server(TCP(port=0), upper, Threads())
    server.suspend()
    with running(server), connect(server.server_address) as client:
        client.sendall(b"ab\n")
        assert server.drain().from_queue == 1
        assert client.recv(100) == b"AB\n"


# run, in a program


PROGRAM = """
import sys
from typedserver import *

@stream_handler
async def upper(stream):
    async for line in stream:
        await stream.write(line.upper())

def reload():
    print("reloaded", flush=True)

server = Server(TCP(port=0), upper, {strategy})
server.open()
print(server.server_address[1], flush=True)
sys.exit(server.run(reload=reload, deadline={deadline}))
"""


def program(strategy: str, deadline: float = PATIENCE) -> tuple["subprocess.Popen[str]", Any]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(strategy=strategy, deadline=deadline)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, ("127.0.0.1", int(process.stdout.readline()))


def ended(process: "subprocess.Popen[str]") -> int:
    assert process.stdout is not None
    try:
        return process.wait(PATIENCE)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


RUNNABLE = ("Inline()", "Threads()", "Multiplexed()", "Forks()", "Asyncio()")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("strategy", RUNNABLE)
def test_run_drains_at_the_first_signal(strategy: str, number: signal.Signals) -> None:
    process, address = program(strategy)
    with greeted(address) as client:
        process.send_signal(number)
        assert client.recv(100) == b""
    assert ended(process) == 0


@pytest.mark.parametrize("strategy", RUNNABLE)
def test_run_cuts_at_the_second_signal(strategy: str) -> None:
    process, address = program(strategy)
    with greeted(address) as client:
        client.sendall(b"c")
        time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert client.recv(100) == b""
    assert ended(process) == 130


@pytest.mark.parametrize("strategy", RUNNABLE)
def test_run_reports_that_the_deadline_has_cut(strategy: str) -> None:
    process, address = program(strategy, 0.2)
    with greeted(address) as client:
        client.sendall(b"c")
        time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert client.recv(100) == b""
    assert ended(process) == 3


def test_run_calls_the_reload_hook_for_sighup() -> None:
    process, address = program("Threads()")
    greeted(address).close()
    process.send_signal(signal.SIGHUP)
    assert process.stdout is not None
    assert process.stdout.readline() == "reloaded\n"
    greeted(address).close()
    process.send_signal(signal.SIGTERM)
    assert ended(process) == 0


def test_run_serves_only_in_the_main_thread() -> None:
    failures: list[BaseException] = []

    def attempt() -> None:
        try:
            Server(TCP(port=0), upper).run()
        except LifecycleError as error:
            failures.append(error)

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    assert len(failures) == 1


def test_datagram_server_drains_and_answers_nobody_afterwards() -> None:
    @datagram_handler
    def answer(data: bytes) -> bytes:
        return data.upper()

    with running(Server(UDP(port=0), answer, Threads())) as run:
        assert ask_datagram(run.server.server_address, b"a") == b"A"
        assert run.server.drain().cut == ()


def test_draining_child_calls_no_callback_of_its_parent(tmp_path: Any) -> None:
    called_in: list[int] = []
    noted = tmp_path / "pids"

    def note() -> None:
        with open(noted, "a") as file:
            file.write(f"{os.getpid()}\n")
        called_in.append(os.getpid())

    server = Server(TCP(port=0), upper, Forks())
    with running(server):
        server.call_when_draining(note, note)
        with greeted(server.server_address) as client:
            server.request_drain(PATIENCE)
            assert client.recv(100) == b""
    assert set(noted.read_text().split()) == {str(os.getpid())}


def test_client_that_has_connected_has_time_to_begin(parallel: Any) -> None:
    with running(Server(TCP(port=0), upper, parallel)) as run, connect(run.server.server_address) as client:
        while not live_requests(run.server):
            time.sleep(0.001)
        thread = draining(run)
        time.sleep(0.2)
        client.sendall(b"ab\n")
        assert client.recv(100) == b"AB\n"
        assert client.recv(100) == b""
        thread.join()


def test_client_that_has_connected_and_does_not_begin_is_ended(strategy: Any) -> None:
    with running(Server(TCP(port=0), upper, strategy)) as run, connect(run.server.server_address) as client:
        while not live_requests(run.server):
            time.sleep(0.001)
        begun = time.monotonic()
        assert run.server.drain(PATIENCE).cut == ()
        assert 0.5 < time.monotonic() - begun < 5
        assert client.recv(100) == b""


# What can happen during a drain


def test_drain_of_inline_keeps_a_deadline_that_was_asked_for_before_its_first_request() -> None:
    server = Server(TCP(port=0), stuck).open()
    with connect(server.server_address) as client:
        client.sendall(b"ab\nc")
        begun = time.monotonic()
        report = server.drain(0.3)
        assert time.monotonic() - begun < 3
        assert len(report.cut) == 1


def test_drain_serves_the_queue_despite_a_pending_stop() -> None:
    with Server(TCP(port=0), upper, Threads()) as server, connect(server.server_address) as client:
        server.shutdown()
        client.sendall(b"ab\n")
        assert server.drain(PATIENCE).from_queue == 1
        assert client.recv(100) == b"AB\n"


def test_interrupted_drain_can_be_continued() -> None:
    with Server(TCP(port=0), upper, Threads()) as server:
        clients = [connect(server.server_address) for _ in range(3)]
        for client in clients:
            client.sendall(b"ab\n")
        server.request_drain(PATIENCE)
        server.handle_request()
        server.drain(PATIENCE)
        for client in clients:
            assert client.recv(100) == b"AB\n"
            client.close()


def test_drain_cuts_after_a_shutdown_as_well() -> None:
    with Server(TCP(port=0), stuck, Threads()) as server:
        run = Run(server)
        with connect(server.server_address) as client:
            client.sendall(b"ab\nc")
            assert client.recv(100) == b"ab\n"
            server.request_drain(PATIENCE)
            server.shutdown()
            run.join()
            report = server.drain(0.2)
            assert client.recv(100) == b""
    assert len(report.cut) == 1


def test_drain_answers_datagrams_that_wait_for_a_worker() -> None:
    @datagram_handler
    def slow(data: bytes) -> bytes:
        time.sleep(0.4)
        return data.upper()

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        with running(Server(UDP(port=0), slow, ThreadPool(workers=1, queue=0))) as run:
            for number in range(4):
                client.sendto(b"a%d" % number, run.server.server_address)
            run.server.drain(PATIENCE)
            assert {client.recv(100) for _ in range(4)} == {b"A0", b"A1", b"A2", b"A3"}


def test_drain_of_multiplexed_cuts_a_handler_that_waits_for_a_connection_not_its_own() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)

    @stream_handler
    async def forward(stream: Stream) -> None:
        await stream.write(await stream.readline())
        await Stream(ours, "upstream", stream.server).readline()

    with ours, theirs:
        report, address, seconds = held_by(forward, Multiplexed(), 0.1)
    assert (report.cut, report.left) == ((address,), 0)
    assert seconds < 2


def test_drain_of_multiplexed_does_not_wait_for_a_function_in_a_thread() -> None:
    may_end = threading.Event()

    @stream_handler
    async def blocks(stream: Stream) -> None:
        await stream.write(await stream.readline())
        await run_blocking(may_end.wait)

    report, _, seconds = held_by(blocks, Multiplexed(), 0.1)
    assert len(report.cut) == 1
    assert seconds < 3
    may_end.set()


def test_children_keep_their_read_deadline_while_the_server_drains() -> None:
    config = ServerConfig(deadlines=Deadlines(read=0.5))
    with (
        running(Server(TCP(port=0), upper, Forks(), config=config)) as run,
        greeted(run.server.server_address) as client,
    ):
        client.sendall(b"c")
        begun = time.monotonic()
        assert run.server.drain(PATIENCE).cut == ()
        assert time.monotonic() - begun < 5


def test_failing_drain_callback_does_not_keep_the_others_from_running(caplog: pytest.LogCaptureFixture) -> None:
    called: list[str] = []

    def fail() -> None:
        raise ZeroDivisionError

    with running(Server(TCP(port=0), upper)) as run:
        run.server.call_when_draining(fail, fail)
        run.server.call_when_draining(called, lambda: called.append("called"))
        run.server.drain()
    assert called
    assert any("failed when the server asked it to drain" in record.message for record in caplog.records)


def test_group_that_is_resumed_while_nobody_serves_accepts_again() -> None:
    member = Server(TCP(port=0), upper, Threads())
    group = Group([member])
    with running(group):
        group.suspend()
        group.shutdown()
        group.resume()
        run = Run(group)
        greeted(member.server_address).close()
        group.shutdown()
        run.join()


def test_run_goes_on_if_the_reload_hook_fails() -> None:
    text = PROGRAM.replace('    print("reloaded", flush=True)\n', '    print("reloaded", flush=True)\n    1 / 0\n')
    process = subprocess.Popen(
        [sys.executable, "-c", text.format(strategy="Threads()", deadline=PATIENCE)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        address = ("127.0.0.1", int(process.stdout.readline()))
        greeted(address).close()
        process.send_signal(signal.SIGHUP)
        assert process.stdout.readline() == "reloaded\n"
        greeted(address).close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        assert process.stderr is not None
        assert "reloading failed" in process.stderr.read()


@pytest.mark.parametrize("strategy", [Threads(), Multiplexed(), Asyncio(grace=None), ThreadPool()])
def test_drain_that_was_left_after_its_queue_was_empty_goes_on_in_the_next_loop(strategy: Any) -> None:
    may_end = threading.Event()

    @stream_handler
    async def hold(stream: Stream) -> None:
        await stream.write(await stream.readline())
        await run_blocking(may_end.wait, PATIENCE)
        await stream.write(b"served\n")

    with Server(TCP(port=0), hold, strategy) as server:
        first = Run(server)
        with connect(server.server_address) as client, client.makefile("rb") as answers:
            client.sendall(b"begun\n")
            assert answers.readline() == b"begun\n"
            server.request_drain()
            until = time.monotonic() + PATIENCE
            while server.fileno() >= 0 and time.monotonic() < until:
                time.sleep(0.001)
            server.shutdown()
            first.join()
            again = Run(server)
            may_end.set()
            assert answers.readline() == b"served\n"
            again.join()
        assert again.result is None
        report = server.drain()
    assert (report.served, report.cut, report.left) == (1, (), 0)


class Patient(DispatcherWrapper):
    """Waits a second at each close unless a drain says how long, and notes that."""

    def __init__(self, inner: Dispatcher, waits: "list[float | None]") -> None:
        super().__init__(inner)
        self._waits = waits

    def close(self, timeout: float | None = None, /) -> int:
        self._waits.append(timeout)
        return super().close(1.0 if timeout is None else timeout)


class PatientThreads(StrategyWrapper[Any]):
    def __init__(self) -> None:
        self.waits: list[float | None] = []

    @property
    def inner(self) -> Threads:
        return Threads()

    def start(self, processor: Any, reactor: Reactor | None, /) -> Dispatcher:
        return Patient(self.inner.start(processor, reactor), self.waits)


def test_drain_asked_for_while_a_close_waits_cuts_what_is_left() -> None:
    begun = threading.Event()
    strategy = PatientThreads()

    def stuck(request: socket.socket, _client_address: object, _server: object) -> None:
        begun.set()
        request.recv(1)

    with Server(TCP(port=0), stuck, strategy) as server:
        run = Run(server)
        with connect(server.server_address) as client:
            assert begun.wait(PATIENCE)
            server.shutdown()
            run.join()
            closer = threading.Thread(target=server.server_close)
            closer.start()
            until = time.monotonic() + PATIENCE
            while not strategy.waits and time.monotonic() < until:
                time.sleep(0.001)
            server.request_drain(PATIENCE)
            closer.join(PATIENCE)
            assert client.recv(1) == b""
    report = server.drain_report
    assert report is not None
    assert (len(report.cut), report.left) == (1, 0)


def test_close_after_a_drain_waits_until_its_deadline_for_the_dispatchers_of_all_loops() -> None:
    may_end = threading.Event()
    strategy = PatientThreads()

    def stuck(_request: socket.socket, _client_address: object, _server: object) -> None:
        may_end.wait(PATIENCE)

    server = Server(TCP(port=0), stuck, strategy)
    loops = [SelectorReactor() for _ in range(2)]
    with contextlib.ExitStack() as clients, server:
        for number, loop in enumerate(loops, 1):
            attachment = server.attach(loop)
            clients.enter_context(connect(server.server_address))
            while len(server.__lifetime__.servable.table.requests) < number:
                loop.turn(0.01)
            attachment.detach()
        server.request_drain(0.5)
        server.server_close()
        may_end.set()
    for loop in loops:
        loop.close()
    # Each wait, then the second that what was cut has to end. The first wait has taken all there was.
    first, _, second, _ = strategy.waits
    assert first == pytest.approx(1.5, abs=0.5)
    assert second == 0
