"""Prefork: workers that share a server's listener, the parent that keeps them alive, and how they end."""

import asyncio
import errno
import http.client
import http.server
import logging
import os
import select
import signal
import socket
import socketserver
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest

from tests import matrix
from tests.running import PATIENCE, Run, ask, ask_datagram, connect, running
from tests.test_strategies_forks import children, wait_until
from typedserver import (
    TCP,
    UDP,
    BaseStrategy,
    CompositionError,
    CrashLoop,
    Forks,
    Group,
    Inherited,
    Inline,
    LifecycleError,
    ListenError,
    ListeningServer,
    Multiplexed,
    Prefork,
    RecipeError,
    SelectorReactor,
    Server,
    ServerConfig,
    State,
    Stream,
    StreamRequest,
    Threads,
    UnixDatagram,
    UnixStream,
    compat,
    datagram_handler,
    stream_handler,
)
from typedserver.prefork import supervisor
from typedserver.prefork.supervisor import Supervisor
from typedserver.process.channel import Channel, open_channel

ServerT = TypeVar("ServerT", bound=ListeningServer | Group)


def tell_pid(request: StreamRequest, _client_address: object, _server: object) -> None:
    while data := request.recv(65536):
        request.sendall(b"%d %b" % (os.getpid(), data))


@datagram_handler
def tell_pid_of_datagram(data: bytes) -> bytes:
    return b"%d %b" % (os.getpid(), data)


@stream_handler
async def tell_pid_as_coroutine(stream: Stream) -> None:
    async for line in stream:
        await stream.write(b"%d %b" % (os.getpid(), line))


def pid_from(address: Any) -> int:
    pid, data = ask(address, b"x").split()
    assert data == b"x"
    return int(pid)


def pid_of_datagram(address: Any, own_path: Path) -> int:
    pid, data = ask_datagram(address, b"x", str(own_path)).split()
    own_path.unlink(missing_ok=True)
    assert data == b"x"
    return int(pid)


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    os.kill(pid, number)


def wait_for_replacement(prefork: Prefork[Any], pid: int, count: int) -> None:
    wait_until(lambda: pid not in prefork.pids and len(prefork.pids) == count)


@contextmanager
def forked(prefork: Prefork[ServerT]) -> Generator[Run[Prefork[ServerT]], None, None]:
    """Serve while the block runs, with all workers started."""
    with running(prefork) as run:
        wait_until(lambda: len(prefork.pids) == prefork.processes)
        yield run


def served_by(prefork: Prefork[Any]) -> Run[Prefork[Any]]:
    """Serve in a thread, with all workers started."""
    run = Run(prefork)
    wait_until(lambda: len(prefork.pids) >= prefork.processes)
    return run


def messages(caplog: pytest.LogCaptureFixture, level: int = logging.ERROR) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= level]


@pytest.fixture(params=["pidfd", "waitpid"])
def reaping(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Watch workers with pidfd_open and, as on kernels that lack it, without."""
    if request.param == "waitpid":
        monkeypatch.delattr(os, "pidfd_open")
    return request.param  # type: ignore[no-any-return]  # one of the two above


# Endpoints, and servers of every class


STREAMS: dict[str, Callable[[Path], Server[Any, Any]]] = {
    "tcp4": lambda _path: Server(TCP(port=0), tell_pid),
    "tcp6": lambda _path: Server(TCP(port=0, host="::1"), tell_pid),
    "unix": lambda path: Server(UnixStream(str(path)), tell_pid),
    "inherited": lambda _path: Server(Inherited.stream(fd=matrix.opened(socket.SOCK_STREAM)), tell_pid),
}
DATAGRAMS: dict[str, Callable[[Path], Server[Any, Any]]] = {
    "udp4": lambda _path: Server(UDP(port=0), tell_pid_of_datagram),
    "udp6": lambda _path: Server(UDP(port=0, host="::1"), tell_pid_of_datagram),
    "unix_datagram": lambda path: Server(UnixDatagram(str(path)), tell_pid_of_datagram),
    "inherited": lambda _path: Server(Inherited.datagram(fd=matrix.opened(socket.SOCK_DGRAM)), tell_pid_of_datagram),
}


@pytest.mark.parametrize("endpoint", STREAMS)
def test_prefork_serves_streams_in_workers(endpoint: str, tmp_path: Path) -> None:
    with forked(Prefork(STREAMS[endpoint](tmp_path / "s"), 2)) as run:
        pids = run.server.pids
        assert len(pids) == 2
        assert os.getpid() not in pids
        for _ in range(5):
            assert pid_from(run.server.server_address) in pids
    assert run.server.pids == ()


@pytest.mark.parametrize("endpoint", DATAGRAMS)
def test_prefork_serves_datagrams_in_workers(endpoint: str, tmp_path: Path) -> None:
    with forked(Prefork(DATAGRAMS[endpoint](tmp_path / "s"), 2)) as run:
        for _ in range(5):
            assert pid_of_datagram(run.server.server_address, tmp_path / "client") in run.server.pids


def test_prefork_runs_on_each_loop_and_makes_the_workers_own(config: ServerConfig) -> None:
    inner = Server(TCP(port=0), tell_pid_as_coroutine, Multiplexed(), config=config)
    with forked(Prefork(inner, 2, reactor_factory=config.reactor_factory)) as run:
        address = run.server.server_address
        for _ in range(5):
            assert ask(address, b"a\n").split()[1] == b"a"
        killed = run.server.pids[0]
        kill(killed)
        wait_for_replacement(run.server, killed, 2)
        assert ask(address, b"a\n").split()[1] == b"a"


def test_prefork_whichever_worker_is_free_takes_the_next_connection() -> None:
    with forked(Prefork(Server(TCP(port=0), tell_pid), 3)) as run:
        answered: set[int] = set()
        clients = [connect(run.server.server_address) for _ in range(3)]
        for client in clients:
            client.sendall(b"x")
            answered.add(int(client.recv(100).split()[0]))
        assert answered == set(run.server.pids)
        for client in clients:
            client.close()


def test_prefork_of_a_group_serves_all_its_servers_in_each_worker(tmp_path: Path) -> None:
    tcp = Server(TCP(port=0), tell_pid)
    udp = Server(UDP(port=0), tell_pid_of_datagram)
    unix = Server(UnixStream(str(tmp_path / "s")), tell_pid)
    foreign = socketserver.TCPServer(("127.0.0.1", 0), TellPid)
    with forked(Prefork(Group([tcp, udp, Group([unix, foreign])]), 2)) as run:
        pids = run.server.pids
        for _ in range(3):
            assert pid_from(tcp.server_address) in pids
            assert pid_of_datagram(udp.server_address, tmp_path / "client") in pids
            assert pid_from(unix.server_address) in pids
            assert pid_from(foreign.server_address) in pids
    assert tcp.state is udp.state is unix.state is State.CLOSED
    assert foreign.fileno() == -1


def test_prefork_in_a_group_shares_the_groups_loop(config: ServerConfig, tmp_path: Path) -> None:
    prefork = Prefork(Server(TCP(port=0), tell_pid), 2)
    beside = Server(UnixStream(str(tmp_path / "s")), tell_pid)
    with running(Group([prefork, beside], reactor_factory=config.reactor_factory)) as run:
        wait_until(lambda: len(prefork.pids) == 2)
        assert pid_from(prefork.server_address) in prefork.pids
        assert pid_from(beside.server_address) == os.getpid()
        killed = prefork.pids[0]
        kill(killed)
        wait_for_replacement(prefork, killed, 2)
        run.server.shutdown()
        assert State.LISTENING is prefork.state is beside.state


class TellPid(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"%d %b" % (os.getpid(), self.rfile.read()))


class TellPidOfDatagram(socketserver.DatagramRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"%d %b" % (os.getpid(), self.rfile.read()))


class Quiet(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = str(os.getpid()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Write nothing."""


@contextmanager
def running_foreign(prefork: Prefork[Any]) -> Generator[Prefork[Any], None, None]:
    # A foreign server stops when its poll_interval has passed.
    with prefork:
        run = served_by(prefork)
        try:
            yield prefork
        finally:
            prefork.shutdown()
            run.join()
    assert run.result is None


@pytest.mark.parametrize("serving", [http.server.HTTPServer, http.server.ThreadingHTTPServer])
def test_prefork_takes_http_servers(serving: type[http.server.HTTPServer]) -> None:
    with running_foreign(Prefork(serving(("127.0.0.1", 0), Quiet), 3)) as prefork:
        # Several workers wake up for each connection. If another one has accepted it, they go on.
        for _ in range(20):
            host, port = prefork.server_address
            client = http.client.HTTPConnection(host, port, timeout=PATIENCE)
            client.request("GET", "/")
            assert int(client.getresponse().read()) in prefork.pids
            client.close()


@pytest.mark.parametrize(
    "serving",
    [
        socketserver.TCPServer,
        socketserver.ThreadingTCPServer,
        socketserver.ForkingTCPServer,
        compat.TCPServer,
        compat.ThreadingTCPServer,
        compat.ForkingTCPServer,
    ],
    ids=lambda serving: f"{serving.__module__}.{serving.__name__}",
)
def test_prefork_takes_socketservers_streams(serving: Any) -> None:
    forking = "Forking" in serving.__name__
    with running_foreign(Prefork(serving(("127.0.0.1", 0), TellPid), 3)) as prefork:
        for _ in range(5):
            assert (pid_from(prefork.server_address) in prefork.pids) is not forking


@pytest.mark.parametrize(
    "serving",
    [socketserver.UDPServer, socketserver.ThreadingUDPServer, compat.UDPServer, compat.ThreadingUDPServer],
    ids=lambda serving: f"{serving.__module__}.{serving.__name__}",
)
def test_prefork_takes_socketservers_datagrams(serving: Any, tmp_path: Path) -> None:
    with running_foreign(Prefork(serving(("127.0.0.1", 0), TellPidOfDatagram), 3)) as prefork:
        for _ in range(5):
            assert pid_of_datagram(prefork.server_address, tmp_path / "client") in prefork.pids


def test_prefork_says_of_a_foreign_server_that_it_is_closed() -> None:
    closed = http.server.HTTPServer(("127.0.0.1", 0), Quiet)
    closed.server_close()
    with pytest.raises(ListenError, match="is it closed"):
        Prefork(closed, 2).open()


# What a worker has, and what it leaves


def test_prefork_worker_keeps_no_descriptor_of_the_parents(config: ServerConfig, tmp_path: Path) -> None:
    def tell_descriptors(request: StreamRequest, _client_address: object, _server: object) -> None:
        request.recv(1)
        lines: list[str] = []
        for fd in os.listdir("/proc/self/fd"):
            try:
                lines.append(os.readlink(f"/proc/self/fd/{fd}"))
            except OSError:
                continue
        request.sendall("\n".join(lines).encode())

    def inode(fd: int) -> str:
        return os.readlink(f"/proc/self/fd/{fd}")

    prefork = Prefork(Server(TCP(port=0), tell_descriptors), 1)
    forking = Server(TCP(port=0), tell_pid, Forks())
    beside = Server(UnixStream(str(tmp_path / "s")), tell_pid)
    with running(Group([forking, prefork, beside], reactor_factory=config.reactor_factory)):
        # A sibling of the worker's replacement is running: the parent holds its pidfd.
        with connect(forking.server_address) as held:
            held.sendall(b"x")
            sibling = int(held.recv(100).split()[0])
            killed = prefork.pids[0]
            kill(killed)
            wait_for_replacement(prefork, killed, 1)
            open_files = ask(prefork.server_address, b"").decode().splitlines()
            assert sibling in children()
        assert inode(prefork.fileno()) in open_files
        assert inode(forking.fileno()) not in open_files
        assert inode(beside.fileno()) not in open_files
    # Its own pidfd, by which it sees the parent's end, and its own epoll; a foreign loop adds one of its own.
    assert sum("pidfd" in line for line in open_files) == 1
    assert sum("eventpoll" in line for line in open_files) == (1 if config.reactor_factory is SelectorReactor else 2)


@contextmanager
def signals_mean(meanings: dict[signal.Signals, Any]) -> Generator[None, None, None]:
    before = {number: signal.signal(number, meaning) for number, meaning in meanings.items()}
    try:
        yield
    finally:
        for number, meaning in before.items():
            signal.signal(number, meaning)


@pytest.mark.parametrize("sigint", [signal.default_int_handler, signal.SIG_DFL, signal.SIG_IGN], ids=str)
def test_prefork_worker_takes_no_notice_of_what_the_parent_handles(sigint: Any) -> None:
    def bear(request: StreamRequest, _client_address: object, _server: object) -> None:
        request.recv(1)
        for number in (signal.SIGUSR1, signal.SIGHUP, signal.SIGINT):
            signal.raise_signal(number)
            request.sendall(b"%d " % number)
        # A program that it starts inherits ignored signals, but no handlers.
        left = subprocess.run(
            ["sh", "-c", "kill -HUP $$; echo still there"], capture_output=True, text=True, check=False
        )
        request.sendall(left.stdout.encode())

    in_parent: list[int] = []

    def note(number: int, _frame: object) -> None:
        in_parent.append(number)

    with (
        signals_mean({signal.SIGUSR1: note, signal.SIGHUP: note, signal.SIGTERM: note, signal.SIGINT: sigint}),
        forked(Prefork(Server(TCP(port=0), bear), 1)) as run,
    ):
        pids = run.server.pids
        assert ask(run.server.server_address, b"") == b"%d %d %d " % (signal.SIGUSR1, signal.SIGHUP, signal.SIGINT)
        assert run.server.pids == pids
    assert not in_parent


def test_prefork_worker_finishes_its_requests_when_it_is_ordered_to_stop() -> None:
    with Prefork(Server(TCP(port=0), tell_pid, Threads()), 2) as prefork:
        run = served_by(prefork)
        with connect(prefork.server_address) as client:
            client.sendall(b"1")
            first = client.recv(100).split()[0]
            prefork.shutdown()
            run.join()
            client.sendall(b"2")
            assert client.recv(100).split() == [first, b"2"]


def test_prefork_worker_that_stops_its_own_server_is_replaced(caplog: pytest.LogCaptureFixture) -> None:
    def stop(request: StreamRequest, _client_address: object, server: Server[Any, Any]) -> None:
        request.sendall(b"%d %b" % (os.getpid(), request.recv(1)))
        server.request_stop()

    with caplog.at_level(logging.INFO), forked(Prefork(Server(TCP(port=0), stop), 1)) as run:
        stopped = pid_from(run.server.server_address)
        wait_for_replacement(run.server, stopped, 1)
        assert pid_from(run.server.server_address) != stopped
    assert any(f"worker {stopped} exited with status 0" in line for line in messages(caplog, logging.INFO))


def test_prefork_is_not_stopped_or_closed_by_a_worker(tmp_path: Path) -> None:
    def try_to(request: StreamRequest, _client_address: object, _server: object) -> None:
        request.recv(1)
        for call in (prefork.request_stop, prefork.shutdown, prefork.server_close, group.shutdown):
            try:
                call()
            except LifecycleError:
                request.sendall(b"refused ")

    prefork = Prefork(Server(UnixStream(str(tmp_path / "s")), try_to), 1)
    group = Group([prefork])
    with running(group):
        assert ask(prefork.server_address, b"") == b"refused " * 4
        assert ask(prefork.server_address, b"") == b"refused " * 4, "it serves on"


def test_prefork_worker_may_stop_and_close_with_forked_children_of_its_own() -> None:
    with forked(Prefork(Server(TCP(port=0), tell_pid, Forks()), 2)) as run:
        pids = {pid_from(run.server.server_address) for _ in range(4)}
        assert len(pids) == 4
        assert not pids & set(run.server.pids)


@pytest.mark.parametrize("serving", [socketserver.ForkingTCPServer, compat.ForkingTCPServer], ids=str)
def test_prefork_forked_child_of_a_worker_ends_by_sigterm_and_the_worker_serves_on(serving: Any) -> None:
    class Holding(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(b"%d" % os.getpid())
            self.request.recv(1)

    with running_foreign(Prefork(serving(("127.0.0.1", 0), Holding), 1)) as prefork:
        workers = prefork.pids
        with connect(prefork.server_address) as client:
            kill(int(client.recv(100)), signal.SIGTERM)
            assert client.recv(100) == b""
        with connect(prefork.server_address) as client:
            assert client.recv(100)
        assert prefork.pids == workers


def test_prefork_serves_what_has_served_in_the_parent_before() -> None:
    inner = Server(TCP(port=0), tell_pid, Threads())
    with Prefork(inner, 2) as prefork, connect(prefork.server_address) as client:
        client.sendall(b"x")
        inner.handle_request()
        assert int(client.recv(100).split()[0]) == os.getpid()
        run = served_by(prefork)
        assert pid_from(prefork.server_address) in prefork.pids
        client.sendall(b"x")
        assert int(client.recv(100).split()[0]) == os.getpid()
        prefork.shutdown()
        run.join()
        client.close()


def test_prefork_unix_path_stays_when_workers_end_and_goes_at_the_close(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with forked(Prefork(Server(UnixStream(str(path)), tell_pid), 2)) as run:
        for number in (signal.SIGKILL, signal.SIGTERM):
            ended = run.server.pids[0]
            kill(ended, number)
            wait_for_replacement(run.server, ended, 2)
            assert path.exists()
            assert pid_from(str(path)) in run.server.pids
    assert not path.exists()


# Supervision


def test_prefork_replaces_a_killed_worker_within_100_ms(
    config: ServerConfig, reaping: str, caplog: pytest.LogCaptureFixture
) -> None:
    took: list[float] = []
    prefork = Prefork(Server(TCP(port=0), tell_pid), 2, reactor_factory=config.reactor_factory)
    with forked(prefork):
        for _ in range(5):
            killed = prefork.pids[0]
            begun = time.monotonic()
            kill(killed)
            wait_for_replacement(prefork, killed, 2)
            took.append(time.monotonic() - begun)
            assert f"worker {killed} was killed by signal 9" in messages(caplog)[-1]
        assert pid_from(prefork.server_address) in prefork.pids
    # Without pidfds the parent polls every 100 ms. We take the median because the machine may be busy.
    assert statistics.median(took) < (0.1 if reaping == "pidfd" else 0.25)


@pytest.mark.parametrize("reuse_port", [False, True], ids=["shared", "reuse_port"])
def test_prefork_what_waits_is_served_when_the_worker_dies(*, reuse_port: bool) -> None:
    with forked(Prefork(Server(TCP(port=0), tell_pid), 1, reuse_port=reuse_port)) as run:
        address = run.server.server_address
        with connect(address) as in_hand, connect(address) as waiting:
            in_hand.sendall(b"x")
            killed = int(in_hand.recv(100).split()[0])
            waiting.sendall(b"y")
            kill(killed)
            pid, data = waiting.recv(100).split()
            assert int(pid) in run.server.pids
            assert (int(pid) != killed, data) == (True, b"y")
            assert in_hand.recv(100) == b"", "what it had in hand is lost"


class Failing:
    """Fails to serve while a file exists, and is otherwise the server that it wraps."""

    def __init__(self, failing: Path, end: Callable[[], object]) -> None:
        self.inner = socketserver.TCPServer(("127.0.0.1", 0), TellPid)
        self.failing = failing
        self.end = end
        self.shutdown = self.inner.shutdown
        self.server_close = self.inner.server_close
        self.fileno = self.inner.fileno
        self.handle_request = self.inner.handle_request

    @property
    def server_address(self) -> Any:
        return self.inner.server_address

    def serve_forever(self, _poll_interval: float = 0.5, /) -> None:
        if self.failing.exists():
            self.end()
        self.inner.serve_forever(0.01)


def fail() -> None:
    sys.stderr = None  # no traceback among the test's own output
    raise OSError("no such database")


@pytest.mark.parametrize(
    ("end", "status"),
    [(fail, 1), (lambda: sys.exit(3), 3), (lambda: kill(os.getpid()), -9), (lambda: os._exit(0), 0)],
    ids=["raises", "exits", "killed", "ends"],
)
def test_prefork_gives_up_when_workers_end_again_and_again(
    end: Callable[[], object], status: int, config: ServerConfig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "failing").touch()
    server = Failing(tmp_path / "failing", end)
    # On a loaded machine a worker needs longer than the default to come to its end.
    prefork = Prefork(server, 2, start_retries=1, start_seconds=10, reactor_factory=config.reactor_factory)
    with caplog.at_level(logging.INFO), prefork:
        with pytest.raises(CrashLoop, match=r"3 workers in a row ended within 10 s of their start") as raised:
            prefork.serve_forever()
        assert raised.value.status == status
        assert str(raised.value.pid) in str(raised.value)
    assert sum("it is replaced" in line for line in messages(caplog, logging.INFO)) == 3


def test_prefork_does_not_give_up_while_a_worker_lives_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    failing = tmp_path / "failing"
    server = Failing(failing, lambda: os._exit(3))
    with running_foreign(Prefork(server, 2, start_retries=0, start_seconds=0.1)) as prefork:
        time.sleep(0.15)
        first, survivor = prefork.pids
        failing.touch()
        kill(first)
        wait_until(lambda: len(messages(caplog)) > 4)
        assert survivor in prefork.pids
        assert pid_from(prefork.server_address) == survivor
        failing.unlink()
        wait_until(lambda: len(prefork.pids) == 2)


def ends_for(end: Callable[[Any], object]) -> Callable[..., None]:
    """Make a handler that answers, and ends its worker if the request says so."""

    def answer(request: StreamRequest, _client_address: object, server: Any) -> None:
        data = request.recv(100)
        if data == b"end":
            end(server)
        request.sendall(b"%d %b" % (os.getpid(), data))

    return answer


def handling(handler: Callable[..., None]) -> type[socketserver.BaseRequestHandler]:
    """Make a class of handlers for foreign servers."""

    class Handling(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            handler(self.request, self.client_address, self.server)

    return Handling


def end_worker(address: Any) -> None:
    """End the worker that takes the request."""
    with suppress(ConnectionResetError):
        ask(address, b"end")


SERVING: dict[str, Callable[[Callable[..., None]], Any]] = {
    "ours": lambda handler: Server(TCP(port=0), handler),
    "group": lambda handler: Group([Server(TCP(port=0), handler)]),
    "stdlib": lambda handler: socketserver.TCPServer(("127.0.0.1", 0), handling(handler)),
    "compat": lambda handler: compat.TCPServer(("127.0.0.1", 0), handling(handler)),
}


@pytest.mark.parametrize("kind", SERVING)
def test_prefork_bears_requests_that_kill_fresh_workers(kind: str) -> None:
    inner = SERVING[kind](ends_for(lambda _server: kill(os.getpid())))
    address = inner.servers[0] if kind == "group" else inner
    # By their age, all of them have failed to start.
    with running_foreign(Prefork(inner, 2, start_retries=0, start_seconds=PATIENCE)) as prefork:
        for _ in range(5):
            end_worker(address.server_address)
        pid = pid_from(address.server_address)
        # The worker may answer before the parent has noted it.
        wait_until(lambda: pid in prefork.pids)


def test_prefork_bears_workers_that_stop_after_each_request(config: ServerConfig) -> None:
    inner = Server(TCP(port=0), ends_for(lambda server: server.request_stop()), config=config)
    prefork = Prefork(inner, 1, start_retries=0, start_seconds=PATIENCE, reactor_factory=config.reactor_factory)
    with running(prefork) as run:
        begun = time.monotonic()
        pids = {ask(run.server.server_address, b"end").split()[0] for _ in range(10)}
        assert len(pids) == 10
        # The parent starts at most fifty a second, because a tight loop of forks would use up a processor.
        assert time.monotonic() - begun > 0.15


def test_prefork_gives_up_when_its_servers_do_not_reach_their_loop(config: ServerConfig) -> None:
    class Unable(BaseStrategy):
        def start(self, _processor: object, _reactor: object, /) -> Any:
            fail()

    inner = Server(TCP(port=0), tell_pid, Unable(), config=config)
    with (
        Prefork(inner, 2, start_retries=1, reactor_factory=config.reactor_factory) as prefork,
        pytest.raises(CrashLoop, match=r"3 workers in a row ended within 0.25 s of their start"),
    ):
        prefork.serve_forever()


def channels() -> set[str]:
    """Return this process's ends of channels; no other socket of it is of this kind."""
    found: set[str] = set()
    for fd in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):
            target = os.readlink(f"/proc/self/fd/{fd}")
            if target.startswith("socket:"):
                with socket.socket(fileno=os.dup(int(fd))) as end:
                    if (end.family, end.type) == (socket.AF_UNIX, socket.SOCK_SEQPACKET):
                        found.add(target)
    return found


def tell_channels(request: StreamRequest, _client_address: object, _server: object) -> None:
    request.sendall(" ".join(channels()).encode())


def test_prefork_workers_channels_are_closed_in_every_other_process() -> None:
    def reported_by(server: Server[Any, Any]) -> set[str]:
        return set(ask(server.server_address, b"").decode().split())

    sharing, forking = Server(TCP(port=0), tell_channels), Server(TCP(port=0), tell_channels, Forks())
    forking_within = Server(TCP(port=0), tell_channels, Forks())
    prefork = Prefork(Group([sharing, forking_within]), 2)
    with running(Group([prefork, forking])):
        wait_until(lambda: len(prefork.pids) == 2)
        # The workers' ends are closed here a moment after their forks.
        wait_until(lambda: len(channels()) == 2)
        reported: set[str] = set()

        def all_have_reported() -> bool:
            one = reported_by(sharing)
            assert len(one) == 1, "its own"
            reported.update(one)
            return len(reported) == 2

        wait_until(all_have_reported)
        assert not reported & channels(), "the parent's ends are its own"
        assert not reported_by(forking), "a child of the parent"
        assert not reported_by(forking_within), "a child of a worker"
    assert not channels()


class RaisingInLoop(Server[StreamRequest, Any]):
    """Fails in its loop when a request has said so."""

    failing = False

    def service_actions(self) -> None:
        if self.failing:
            raise OSError("in the loop")


def hold(request: StreamRequest, _client_address: object, server: Any) -> None:
    """Answer each message with the pid; the messages "stop" and "fail" make the worker leave by itself."""
    while data := request.recv(100):
        if data == b"stop":
            server.request_stop()
        elif data == b"fail":
            sys.stderr = None
            server.failing = True
        request.sendall(b"%d %b" % (os.getpid(), data))


def descriptors(pid: int) -> set[str]:
    found: set[str] = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with suppress(FileNotFoundError):
            found.add(os.readlink(f"/proc/{pid}/fd/{fd}"))
    return found


def wait_until_accepting_ends(pid: int, prefork: Prefork[Any]) -> None:
    # The worker may be about to accept when it is ordered to stop.
    listener = os.readlink(f"/proc/self/fd/{prefork.fileno()}")
    wait_until(lambda: listener not in descriptors(pid))


def holding_pid(client: socket.socket, word: bytes = b"x") -> int:
    client.sendall(word)
    return int(client.recv(100).split()[0])


@pytest.mark.parametrize("leaving", ["ordered", "stop", "fail", "stdlib"])
def test_prefork_worker_that_leaves_with_a_request_in_hand_is_replaced_at_once(
    leaving: str, config: ServerConfig
) -> None:
    inner: Any = RaisingInLoop(TCP(port=0), hold, Threads(), config=config)
    if leaving == "stdlib":
        inner = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handling(hold))
        inner.daemon_threads = False
    prefork: Prefork[Any] = Prefork(inner, 1, stop_timeout=PATIENCE, reactor_factory=config.reactor_factory)
    with running_foreign(prefork), connect(inner.server_address) as held:
        pid = holding_pid(held)
        if leaving in ("stop", "fail"):
            assert holding_pid(held, leaving.encode()) == pid
        else:
            kill(pid, signal.SIGTERM)
        wait_until(lambda: len(prefork.pids) == 2)
        wait_until_accepting_ends(pid, prefork)
        assert pid_from(inner.server_address) not in (pid, os.getpid())
        assert holding_pid(held) == pid
        held.close()
        wait_until(lambda: pid not in prefork.pids)
        assert len(prefork.pids) == 1


@pytest.mark.parametrize("strategy", [Threads(), Inline()], ids=repr)
def test_prefork_worker_that_leaves_is_killed_after_stop_timeout(
    strategy: Any, config: ServerConfig, caplog: pytest.LogCaptureFixture
) -> None:
    inner = Server(TCP(port=0), hold, strategy, config=config)
    prefork = Prefork(inner, 1, stop_timeout=0.1, reactor_factory=config.reactor_factory)
    with forked(prefork), connect(prefork.server_address) as held:
        pid = holding_pid(held)
        kill(pid, signal.SIGTERM)
        # Once more if need be: a signal that comes just before the handler waits is noticed after that wait.
        while not select.select([held], [], [], 0.05)[0]:
            kill(pid, signal.SIGTERM)
        assert held.recv(100) == b""
        wait_for_replacement(prefork, pid, 1)
        assert pid_from(prefork.server_address) != pid
    assert f"worker {pid} leaves, and did not end within 0.1 s: it is killed" in messages(caplog)[0]


def test_prefork_workers_that_leave_one_after_the_other_do_not_pile_up() -> None:
    with forked(Prefork(Server(TCP(port=0), hold, Threads()), 1)) as run:
        address = run.server.server_address
        with connect(address) as first:
            pid = holding_pid(first, b"stop")
            wait_until_accepting_ends(pid, run.server)
            second = connect(address)
            leaving = {pid, pid := holding_pid(second, b"stop")}
            wait_until_accepting_ends(pid, run.server)
            assert len(leaving) == 2
            third = connect(address)
            third.sendall(b"x")
            third.settimeout(0.1)
            with pytest.raises(TimeoutError):
                third.recv(100)
            assert set(run.server.pids) == leaving
            first.close()
            third.settimeout(PATIENCE)
            assert int(third.recv(100).split()[0]) not in leaving
            second.close()
            third.close()


def test_prefork_tries_again_when_no_channel_can_be_made(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refusals = iter([True] * 3)

    def unreliable() -> tuple[Channel, Channel]:
        if next(refusals, False):
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return open_channel()

    monkeypatch.setattr(supervisor, "open_channel", unreliable)
    with forked(Prefork(Server(TCP(port=0), tell_pid), 2)) as run:
        assert pid_from(run.server.server_address) in run.server.pids
    assert "Too many open files" in messages(caplog)[0]


def test_prefork_starts_again_ever_more_slowly(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "failing").touch()
    prefork = Prefork(Failing(tmp_path / "failing", lambda: os._exit(3)), 1, start_retries=6)
    begun = time.monotonic()
    with prefork, pytest.raises(CrashLoop):
        prefork.serve_forever()
    # 5 + 10 + 20 + 40 + 80 + 160 ms
    assert time.monotonic() - begun > 0.315


def test_prefork_tries_again_when_no_process_can_be_forked(
    config: ServerConfig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fork = os.fork
    refusals = iter([True] * 5)

    def unreliable() -> int:
        if next(refusals, False):
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return fork()

    monkeypatch.setattr(os, "fork", unreliable)
    prefork = Prefork(Server(TCP(port=0), tell_pid), 2, reactor_factory=config.reactor_factory)
    with forked(prefork):
        wait_until(lambda: len(prefork.pids) == 2)
        assert pid_from(prefork.server_address) in prefork.pids
    refused = [line for line in messages(caplog) if "no worker can be started" in line]
    assert len(refused) == 1, "one line for all of an episode"
    assert "Resource temporarily unavailable" in refused[0]


def test_prefork_stops_while_no_process_can_be_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(os, "fork", refuse)
    with running(Prefork(Server(TCP(port=0), tell_pid), 2)) as run:
        assert run.server.pids == ()


def test_prefork_bears_that_somebody_else_reaps_its_workers(caplog: pytest.LogCaptureFixture) -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        with forked(Prefork(Server(TCP(port=0), tell_pid), 1)) as run:
            killed = run.server.pids[0]
            kill(killed)
            wait_for_replacement(run.server, killed, 1)
            assert pid_from(run.server.server_address) != killed
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert f"worker {killed} ended, and was reaped by other code" in messages(caplog)[0]


# Stopping


@pytest.fixture
def sigterm_blocked() -> Generator[None, None, None]:
    """Block the signals in all threads, as a program does that waits for them with sigwait."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


@pytest.mark.usefixtures("sigterm_blocked")
def test_prefork_workers_of_a_program_that_blocks_sigterm_are_stopped_by_it(caplog: pytest.LogCaptureFixture) -> None:
    with forked(Prefork(Server(TCP(port=0), tell_pid), 2, stop_timeout=1.0)) as run:
        assert pid_from(run.server.server_address) in run.server.pids
    assert not messages(caplog), "none had to be killed"


def test_prefork_stops_at_once_when_idle(config: ServerConfig, reaping: str) -> None:
    took: list[float] = []
    for _ in range(5):
        inner = Server(TCP(port=0), tell_pid, config=config)
        with Prefork(inner, 2, reactor_factory=config.reactor_factory) as prefork:
            run = Run(prefork)
            assert pid_from(prefork.server_address)
            begun = time.monotonic()
            prefork.shutdown()
            took.append(time.monotonic() - begun)
            run.join()
            assert run.result is None
    assert statistics.median(took) < 0.05, reaping


def test_prefork_serves_again_after_a_shutdown() -> None:
    with Prefork(Server(TCP(port=0), tell_pid), 2) as prefork:
        seen: set[int] = set()
        for _ in range(3):
            run = Run(prefork)
            wait_until(lambda: prefork.state is State.SERVING)
            # A worker of an earlier run may still be ending.
            wait_until(lambda: pid_from(prefork.server_address) not in seen)
            seen.update(prefork.pids)
            prefork.shutdown()
            run.join()


@pytest.mark.usefixtures("reaping")
def test_prefork_that_serves_again_reaps_the_workers_of_before_when_they_end(config: ServerConfig) -> None:
    prefork = Prefork(Server(TCP(port=0), tell_pid, Threads()), 1, reactor_factory=config.reactor_factory)
    with prefork:
        run = served_by(prefork)
        with connect(prefork.server_address) as held:
            pid = holding_pid(held)
            prefork.shutdown()
            run.join()
            again = Run(prefork)
            wait_until(lambda: len(prefork.pids) == 2)
            assert pid_from(prefork.server_address) != pid
        wait_until(lambda: pid not in prefork.pids)
        assert pid not in children()
        prefork.shutdown()
        again.join()


def test_prefork_keeps_a_stop_that_was_asked_for_before() -> None:
    with Prefork(Server(TCP(port=0), tell_pid), 2) as prefork:
        prefork.request_stop()
        prefork.serve_forever()


def test_prefork_kills_workers_that_do_not_stop_in_time(caplog: pytest.LogCaptureFixture) -> None:
    with Prefork(Server(TCP(port=0), tell_pid, Threads()), 2, stop_timeout=0.5) as prefork:
        run = served_by(prefork)
        with connect(prefork.server_address) as client:
            client.sendall(b"x")
            held = int(client.recv(100).split()[0])
            prefork.shutdown()
            run.join()
            prefork.server_close()
            assert client.recv(100) == b""
    assert f"workers {held} did not end within 0.5 s: they are killed" in messages(caplog)[0]
    assert not children()


class Interrupted(BaseException):
    """Stands for KeyboardInterrupt."""


def interrupted_once(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function so that its first call is interrupted as it begins."""
    pending = [True]

    def interrupted(*arguments: Any) -> Any:
        if pending:
            pending.clear()
            raise Interrupted
        return function(*arguments)

    return interrupted


@pytest.mark.parametrize(("owner", "name"), [(Supervisor, "stop"), (os, "kill")], ids=["none", "half"])
def test_prefork_close_stops_the_workers_that_an_interrupted_stop_has_missed(
    owner: Any, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def interrupt() -> None:
        raise Interrupted

    reactor = SelectorReactor()
    prefork = Prefork(Server(TCP(port=0), tell_pid), 2, stop_timeout=1.0, reactor_factory=lambda: reactor).open()
    run = served_by(prefork)
    monkeypatch.setattr(owner, name, interrupted_once(getattr(owner, name)))
    reactor.call_soon_threadsafe(interrupt)
    run.join()
    assert isinstance(run.result, Interrupted)
    assert len(prefork.pids) == 2
    prefork.server_close()
    assert not children(), "none was replaced"
    assert not messages(caplog), "none had to be killed"


def test_prefork_close_may_be_interrupted_and_done_again() -> None:
    def interrupt(_number: int, _frame: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGUSR1, interrupt)
    prefork = Prefork(Server(TCP(port=0), tell_pid, Threads()), 1).open()
    try:
        run = served_by(prefork)
        with connect(prefork.server_address) as client:
            client.sendall(b"x")
            held = int(client.recv(100).split()[0])
            prefork.shutdown()
            run.join()
            threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1)).start()
            with pytest.raises(Interrupted):
                prefork.server_close()
            assert held in prefork.pids
    finally:
        signal.signal(signal.SIGUSR1, before)
        prefork.server_close()
    assert not prefork.pids


def test_prefork_may_be_attached_to_a_running_loop() -> None:
    async def main() -> None:
        with Prefork(Server(TCP(port=0), tell_pid), 2) as prefork:
            attachment = prefork.attach(asyncio.get_running_loop())
            reader, writer = await asyncio.open_connection(*prefork.server_address)
            writer.write(b"x")
            assert int((await reader.read(100)).split()[0]) in prefork.pids
            writer.close()
            killed = prefork.pids[0]
            kill(killed)
            while killed in prefork.pids or len(prefork.pids) < 2:  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(0.002)
            attachment.detach()

    asyncio.run(main())


# One listener for each worker


def wait_until_all_answer(pids: tuple[int, ...], pid: Callable[[], int]) -> None:
    answered: set[int] = set()

    def all_have() -> bool:
        answered.add(pid())
        return answered == set(pids)

    wait_until(all_have)


@pytest.mark.parametrize("endpoint", [TCP(port=0), TCP(port=0, host="::", dual_stack=True)], ids=["tcp4", "dual"])
def test_prefork_reuse_port_spreads_connections_over_the_workers(endpoint: TCP) -> None:
    with forked(Prefork(Server(endpoint, tell_pid), 3, reuse_port=True)) as run:
        port = run.server.server_address[1]
        assert port != 0
        wait_until_all_answer(run.server.pids, lambda: pid_from(("127.0.0.1", port)))
    with pytest.raises(ConnectionRefusedError):
        connect(("127.0.0.1", port))


def test_prefork_reuse_port_spreads_datagrams_over_the_workers(tmp_path: Path) -> None:
    with forked(Prefork(Server(UDP(port=0), tell_pid_of_datagram), 2, reuse_port=True)) as run:
        address = run.server.server_address
        wait_until_all_answer(run.server.pids, lambda: pid_of_datagram(address, tmp_path / "client"))


def test_prefork_reuse_port_of_a_group_gives_each_worker_one_listener_of_each_server() -> None:
    tcp, udp = Server(TCP(port=0), tell_pid), Server(UDP(port=0), tell_pid_of_datagram)
    with Prefork(Group([tcp, udp]), 2, reuse_port=True) as prefork:
        run = served_by(prefork)
        assert pid_from(tcp.server_address) in prefork.pids
        assert pid_of_datagram(udp.server_address, Path("unused")) in prefork.pids
        prefork.shutdown()
        run.join()


def test_prefork_reuse_port_takes_an_open_back_and_opens_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        prefork = Prefork(Server(TCP(port=0), tell_pid), 2, reuse_port=True)
        group = Group([prefork, Server(TCP(port=taken.getsockname()[1]), tell_pid)])
        with pytest.raises(ListenError, match="is in use"):
            group.open()
    with forked(prefork):
        assert pid_from(prefork.server_address) in prefork.pids
    group.server_close()


def test_prefork_reuse_port_leaves_nothing_open_when_a_server_fails_to_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        first = Server(TCP(port=0), tell_pid)
        prefork = Prefork(Group([first, Server(TCP(port=port), tell_pid)]), 2, reuse_port=True)
        with pytest.raises(ListenError, match=f"port {port} is in use"):
            prefork.open()
        assert first.state is State.NEW


def test_prefork_reuse_port_refuses_a_server_that_is_open_already() -> None:
    with Server(TCP(port=0), tell_pid) as server, pytest.raises(LifecycleError, match="open already"):
        Prefork(server, 2, reuse_port=True).open()


@pytest.mark.parametrize("reuse_port", [False, True], ids=["shared", "reuse_port"])
def test_prefork_resolves_port_0_once(*, reuse_port: bool) -> None:
    with Prefork(Server(TCP(port=0), tell_pid), 2, reuse_port=reuse_port) as prefork:
        address = prefork.server_address
        run = served_by(prefork)
        for killed in prefork.pids:
            kill(killed)
            wait_for_replacement(prefork, killed, 2)
        assert prefork.server_address == address
        assert pid_from(address) in prefork.pids
        prefork.shutdown()
        run.join()


# What does not fit


def test_prefork_refuses_numbers_that_cannot_work() -> None:
    server = Server(TCP(port=0), tell_pid)
    for wrong in (0, -1, cast("int", 1.5), cast("int", "4")):
        with pytest.raises(RecipeError, match="processes"):
            Prefork(server, wrong)
    with pytest.raises(RecipeError, match="stop_timeout"):
        Prefork(server, 2, stop_timeout=0)
    with pytest.raises(RecipeError, match="heartbeat"):
        Prefork(server, 2, heartbeat=0)
    with pytest.raises(RecipeError, match="start_seconds"):
        Prefork(server, 2, start_seconds=-1)
    with pytest.raises(RecipeError, match="start_retries"):
        Prefork(server, 2, start_retries=-1)


def test_prefork_refuses_what_processes_cannot_share(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoDescriptor:
        def serve_forever(self, _poll_interval: float = 0.5, /) -> None: ...
        def shutdown(self) -> None: ...
        def server_close(self) -> None: ...

    server = Server(TCP(port=0), tell_pid)
    with pytest.raises(CompositionError, match="forks workers itself"):
        Prefork(Group([Prefork(server, 2)]), 2)
    with pytest.raises(CompositionError, match="lacks"):
        Prefork(Group([NoDescriptor()]), 2)
    with pytest.raises(CompositionError, match="lacks"):
        Prefork(cast("Any", TCP(port=0)), 2)
    monkeypatch.delattr(os, "fork")
    with pytest.raises(CompositionError, match="needs fork"):
        Prefork(server, 2)


def test_prefork_reuse_port_refuses_what_can_be_opened_once_only() -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Quiet) as foreign:
        for server in (
            foreign,
            Group([Server(TCP(port=0), tell_pid), foreign]),
            Server(UnixStream("s"), tell_pid),
            Group([Server(UnixStream("s"), tell_pid)]),
            Server(Inherited.stream(fd=3), tell_pid),
        ):
            with pytest.raises(CompositionError, match=r"reuse_port=True.* cannot open"):
                Prefork(cast("Any", server), 2, reuse_port=True)


def test_prefork_does_not_serve_what_is_served_elsewhere() -> None:
    with running(Server(TCP(port=0), tell_pid)) as run:
        wait_until(lambda: run.server.state is State.SERVING)
        prefork = Prefork(run.server, 2)
        with pytest.raises(LifecycleError, match="it serves already"):
            prefork.serve_forever()
        assert pid_from(run.server.server_address) == os.getpid()
        prefork.server_close()


def test_prefork_has_the_address_of_a_server_and_none_of_a_group() -> None:
    with Prefork(Server(TCP(port=0), tell_pid), 2) as prefork:
        assert prefork.server_address == prefork.server.server_address
        assert prefork.fileno() == prefork.server.fileno()
    group = cast("Any", Prefork(Group([Server(TCP(port=0), tell_pid)]), 2))
    assert not hasattr(group, "server_address")
    with pytest.raises(AttributeError, match="fileno"):
        group.fileno()


def test_prefork_repr_reads_like_the_code_that_made_it() -> None:
    server = Server(TCP(port=1), tell_pid)
    assert repr(Prefork(server, 2)) == "Prefork(Server(TCP(port=1), tell_pid), 2)"
    assert repr(Prefork(server, 2, reuse_port=True)) == "Prefork(Server(TCP(port=1), tell_pid), 2, reuse_port=True)"


# Programs


PROGRAM = """
import os, signal, sys
import http.server
from typedserver import *

def tell_pid(request, client_address, server):
    while data := request.recv(65536):
        request.sendall(b"%d %b" % (os.getpid(), data))

def fail(poll_interval=0.5):
    sys.exit(3)

inline = Prefork(Server(TCP(port=0), tell_pid), 2)
threads = Prefork(Server(TCP(port=0), tell_pid, Threads()), 2, stop_timeout=float(os.environ.get("STOP_TIMEOUT", 30)))
unix = Prefork(Server(UnixStream("s"), tell_pid), 2)
beating = Prefork(Server(TCP(port=0), tell_pid), 2, heartbeat=1.0)
group = Prefork(Group([Server(TCP(port=0), tell_pid), Server(UDP(port=0), tell_pid)]), 2)
nested = Group([threads])
beside = Group([threads, Server(UnixStream("s"), tell_pid)])
foreign = Prefork(http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler), 2)
crashing = Prefork(Server(TCP(port=0), tell_pid), 1, start_retries=0)
crashing.server.serve_forever = fail
without_pidfd = threads
if "HANDLE" in os.environ:
    signal.signal(signal.Signals[os.environ["HANDLE"]], lambda number, frame: None)
if "WITHOUT_PIDFD" in os.environ:
    del os.pidfd_open
if __name__ == "__main__":
    with threads:
        print(threads.server_address[1], flush=True)
        threads.serve_forever()
"""


class Program:
    """A server that runs in a process group of its own; it knows its workers once a test has asked for them."""

    def __init__(self, folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> None:
        (folder / "app.py").write_text(PROGRAM)
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=folder,
            env=dict(os.environ, **(environment or {})),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )
        assert self.process.stdout is not None
        self.first_line = self.process.stdout.readline()

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", int(self.first_line.split()[-1])

    @property
    def workers(self) -> set[int]:
        return set(map(int, Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()))

    def wait(self) -> int:
        return self.process.wait(PATIENCE)

    def stderr(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read()

    def signal_group(self, number: signal.Signals) -> None:
        """Send SIGINT to the group, as a terminal does at Ctrl-C."""
        os.killpg(self.process.pid, number)


@contextmanager
def program(folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> Generator[Program, None, None]:
    started = Program(folder, *arguments, environment=environment)
    try:
        yield started
    finally:
        with suppress(ProcessLookupError):
            os.killpg(started.process.pid, signal.SIGKILL)
        started.process.communicate()


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_for_ends(pids: set[int]) -> None:
    wait_until(lambda: not any(map(is_alive, pids)))


def wait_for_more(served: list[bytes], count: int) -> None:
    enough = len(served) + count
    wait_until(lambda: len(served) >= enough)


def wait_for_workers(started: Program, count: int = 2) -> set[int]:
    wait_until(lambda: len(started.workers) == count)
    return started.workers


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=str)
@pytest.mark.parametrize("app", ["inline", "threads", "group", "beside", "foreign"])
def test_prefork_program_ends_by_a_signal_to_its_group_with_one_status_and_no_orphan(
    app: str, number: signal.Signals, tmp_path: Path
) -> None:
    with program(tmp_path, "-m", "typedserver", f"app:{app}") as started:
        workers = wait_for_workers(started)
        connect(started.address).close()
        started.signal_group(number)
        assert started.wait() == 0
        wait_for_ends(workers)
        output = started.stderr()
        assert "Traceback" not in output
        assert "ERROR" not in output
        with pytest.raises(ConnectionRefusedError):
            connect(started.address)


def test_prefork_program_prints_the_addresses_of_a_group(tmp_path: Path) -> None:
    with program(tmp_path, "-m", "typedserver", "app:group") as started:
        assert started.first_line.startswith("listening on tcp 127.0.0.1:")
        assert started.process.stdout is not None
        assert started.process.stdout.readline().startswith("listening on udp 127.0.0.1:")
        started.process.send_signal(signal.SIGTERM)
        assert started.wait() == 0


def test_prefork_program_serves_what_is_in_hand_after_ctrl_c(tmp_path: Path) -> None:
    with program(tmp_path, "-m", "typedserver", "app:threads") as started, connect(started.address) as client:
        client.sendall(b"1")
        pid = int(client.recv(100).split()[0])
        assert pid in started.workers
        started.signal_group(signal.SIGINT)
        assert started.process.stdout is not None
        wait_until(lambda: len(started.workers) == 1)
        client.sendall(b"2")
        assert client.recv(100).split() == [str(pid).encode(), b"2"]
        client.close()
        assert started.wait() == 0


@pytest.mark.parametrize("app", ["threads", "nested"])
def test_prefork_program_is_cut_by_a_second_ctrl_c(app: str, tmp_path: Path) -> None:
    with program(tmp_path, "-m", "typedserver", f"app:{app}") as started, connect(started.address) as client:
        client.sendall(b"1")
        assert client.recv(100)
        workers = wait_for_workers(started)
        started.signal_group(signal.SIGINT)
        wait_until(lambda: len(started.workers) == 1)
        started.signal_group(signal.SIGINT)
        assert started.wait() == 130
        assert client.recv(100) == b""
        wait_for_ends(workers)


def test_prefork_program_of_ones_own_ends_by_ctrl_c_with_its_workers(tmp_path: Path) -> None:
    with program(tmp_path, "app.py") as started:
        workers = wait_for_workers(started)
        started.signal_group(signal.SIGINT)
        assert started.wait() == -signal.SIGINT, "the KeyboardInterrupt of the program's own thread"
        assert not any(map(is_alive, workers)), "the close has waited for them"


def test_prefork_program_that_crashes_again_and_again_says_so(tmp_path: Path) -> None:
    with program(tmp_path, "-m", "typedserver", "app:crashing") as started:
        assert started.wait() == 1
        output = started.stderr()
        assert "1 workers in a row ended within 0.25 s of their start" in output
        assert "exited with status 3" in output
        assert "Traceback" not in output


@pytest.mark.parametrize("environment", [{}, {"WITHOUT_PIDFD": "1"}], ids=["pidfd", "getppid"])
def test_prefork_workers_end_when_the_parent_is_killed(environment: dict[str, str], tmp_path: Path) -> None:
    with program(tmp_path, "-m", "typedserver", "app:threads", environment=environment) as started:
        workers = wait_for_workers(started)
        with connect(started.address) as client:
            client.sendall(b"1")
            held = int(client.recv(100).split()[0])
            started.process.kill()
            started.wait()
            wait_for_ends(workers - {held})
            client.sendall(b"2")
            assert client.recv(100).split()[1] == b"2", "what is in hand is still served"
        wait_for_ends(workers)
        with pytest.raises(ConnectionRefusedError):
            connect(started.address)
        socket.create_server(started.address).close()


def test_prefork_workers_serve_what_is_in_hand_when_a_signal_to_the_group_ends_the_parent_at_once(
    tmp_path: Path,
) -> None:
    # A program that leaves SIGTERM to the kernel's default action.
    with program(tmp_path, "app.py") as started, connect(started.address) as client:
        client.sendall(b"1")
        held = int(client.recv(100).split()[0])
        workers = wait_for_workers(started)
        started.signal_group(signal.SIGTERM)
        assert started.wait() == -signal.SIGTERM
        wait_for_ends(workers - {held})
        client.sendall(b"2")
        assert client.recv(100).split()[1] == b"2"
        client.close()
        wait_for_ends(workers)


def test_prefork_workers_end_at_last_when_the_parent_is_gone(tmp_path: Path) -> None:
    with program(tmp_path, "app.py", environment={"STOP_TIMEOUT": "0.2"}) as started:
        with connect(started.address) as client:
            client.sendall(b"1")
            workers = wait_for_workers(started)
            assert client.recv(100)
            started.signal_group(signal.SIGTERM)
            assert client.recv(100) == b""
        wait_for_ends(workers)


def test_prefork_worker_is_ended_by_a_fault_even_if_the_parent_handles_the_signal(tmp_path: Path) -> None:
    with program(tmp_path, "app.py", environment={"HANDLE": "SIGSEGV"}) as started:
        ended = wait_for_workers(started).pop()
        kill(ended, signal.SIGSEGV)
        wait_until(lambda: ended not in started.workers and len(started.workers) == 2)


def test_prefork_under_load_loses_what_a_killed_worker_had_in_hand_and_nothing_else(tmp_path: Path) -> None:
    kills = 5
    with program(tmp_path, "-m", "typedserver", "app:inline") as started:
        lost: list[BaseException | bytes] = []
        served: list[bytes] = []
        stopping = threading.Event()

        def load(client: int) -> None:
            number = 0
            while not stopping.is_set():
                number += 1
                try:
                    answer = ask(started.address, b"%d.%d" % (client, number))
                except OSError as error:
                    lost.append(error)
                    continue
                if answer.split()[1:] == [b"%d.%d" % (client, number)]:
                    served.append(answer)
                else:
                    lost.append(answer)

        threads = [threading.Thread(target=load, args=(client,)) for client in range(8)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(kills):
                wait_for_more(served, 100)
                kill(wait_for_workers(started).pop())
            wait_for_more(served, 100)
        finally:
            stopping.set()
            for thread in threads:
                thread.join()
        # Inline serves one request at a time.
        assert len(lost) <= kills, lost
        started.process.send_signal(signal.SIGTERM)
        assert started.wait() == 0
