"""Processes that the program forks after it has opened: each does to its own copy what it likes, the others serve on.

The last one that serves ends it for all: new clients are refused, the queue is emptied, the file is gone.
"""

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.reactors import REACTORS
from tests.running import PATIENCE, Run, ask_datagram, connect

from typedserver import (
    TCP,
    UDP,
    Asyncio,
    Deadlines,
    Forks,
    Group,
    Inline,
    LifecycleError,
    Multiplexed,
    Prefork,
    Server,
    ServerConfig,
    Stream,
    Threads,
    UnixDatagram,
    UnixStream,
    datagram_handler,
    stream_handler,
)
from typedserver.lifecycle import State

STRATEGIES: dict[str, Callable[[], Any]] = {
    "inline": Inline,
    "threads": Threads,
    "multiplexed": Multiplexed,
    "asyncio": Asyncio,
    "forks": Forks,
}

ENDPOINTS: dict[str, Callable[[Path], Any]] = {
    "tcp": lambda _: TCP(port=0),
    "unix": lambda folder: UnixStream(str(folder / "s")),
}

# What ends a process that serves: a drain, and a stop with the close that follows.
ENDS = {"drains": signal.SIGTERM, "closes": signal.SIGUSR1}


@stream_handler
async def echo(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line)


class Sibling:
    """A process that is forked here and serves what was opened here."""

    def __init__(self, server: Any, *, more: Callable[[], object] = lambda: None) -> None:
        self._ready, tell = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            status = 99
            try:
                more()
                signal.signal(signal.SIGUSR1, lambda _number, _frame: server.request_stop())
                status = server.run(deadline=2, ready=lambda: os.write(tell, b"x"))
            finally:
                os._exit(status)
        os.close(tell)
        self.status: int | None = None

    def wait_until_it_serves(self) -> None:
        assert select.select([self._ready], [], [], PATIENCE)[0]
        assert os.read(self._ready, 1) == b"x"

    def end(self, number: signal.Signals) -> int:
        os.kill(self.pid, number)
        return self.join()

    def join(self) -> int:
        if self.status is None:
            until = time.monotonic() + PATIENCE
            while not (found := os.waitpid(self.pid, os.WNOHANG))[0]:
                if time.monotonic() > until:
                    os.kill(self.pid, signal.SIGKILL)
                time.sleep(0.002)
            self.status = os.waitstatus_to_exitcode(found[1])
            os.close(self._ready)
        return self.status


Forking = Callable[..., list[Sibling]]


@pytest.fixture
def forking() -> Iterator[Forking]:
    siblings: list[Sibling] = []

    def fork(server: Any, count: int) -> list[Sibling]:
        forked = [Sibling(server) for _ in range(count)]
        siblings.extend(forked)
        for sibling in forked:
            sibling.wait_until_it_serves()
        return forked

    yield fork
    for sibling in siblings:
        if sibling.status is None:
            with suppress(ProcessLookupError):
                os.kill(sibling.pid, signal.SIGKILL)
            sibling.join()


def is_served(address: Any) -> bool:
    try:
        with connect(address) as client:
            client.sendall(b"x\n")
            return client.recv(10) == b"x\n"
    except OSError:
        return False


def is_refused(address: Any) -> bool:
    try:
        connect(address).close()
    except (ConnectionRefusedError, FileNotFoundError):
        return True
    return False


def assert_all_is_over(server: Any, folder: Path) -> None:
    assert is_refused(server.server_address)
    server.server_close()
    assert not list(folder.iterdir())


@pytest.mark.parametrize("how", list(ENDS))
@pytest.mark.parametrize("endpoint", list(ENDPOINTS))
@pytest.mark.parametrize("strategy", list(STRATEGIES))
def test_siblings_serve_on_when_one_ends_and_the_last_ends_it_for_all(
    strategy: str, endpoint: str, how: str, forking: Forking, tmp_path: Path
) -> None:
    server = Server(ENDPOINTS[endpoint](tmp_path), echo, STRATEGIES[strategy]()).open()
    address = server.server_address
    one, other = forking(server, 2)
    assert one.end(ENDS[how]) == 0
    assert all(is_served(address) for _ in range(4))
    assert other.end(ENDS[how]) == 0
    if endpoint == "unix":
        assert not (tmp_path / "s").exists()
    if how == "drains":
        assert is_refused(address)
    server.server_close()
    assert is_refused(address)


@pytest.mark.parametrize("kind", ["group", "prefork"])
def test_siblings_of_a_group_and_of_a_prefork_serve_on(kind: str, forking: Forking, tmp_path: Path) -> None:
    server = Server(UnixStream(str(tmp_path / "s")), echo, Threads())
    whole: Any = Group([server]) if kind == "group" else Prefork(server, 2)
    whole.open()
    one, other = forking(whole, 2)
    assert one.end(signal.SIGTERM) == 0
    assert all(is_served(server.server_address) for _ in range(4))
    assert other.end(signal.SIGTERM) == 0
    assert is_refused(server.server_address)
    whole.server_close()


@pytest.mark.parametrize("kind", ["udp", "unix"])
def test_siblings_answer_datagrams_when_one_has_drained(kind: str, forking: Forking, tmp_path: Path) -> None:
    endpoint: Any = UDP(port=0) if kind == "udp" else UnixDatagram(str(tmp_path / "s"))
    server: Any = Server(endpoint, datagram_handler(bytes.upper)).open()
    one, other = forking(server, 2)
    assert one.end(signal.SIGTERM) == 0
    assert ask_datagram(server.server_address, b"x", str(tmp_path / "c")) == b"X"
    (tmp_path / "c").unlink(missing_ok=True)
    assert other.end(signal.SIGTERM) == 0
    assert not (tmp_path / "s").exists()
    server.server_close()


@pytest.mark.parametrize(
    "config", [ServerConfig(reactor_factory=factory) for factory in REACTORS.values()], ids=REACTORS
)
def test_process_that_forks_and_serves_too_leaves_its_siblings_alone(
    config: ServerConfig, forking: Forking, tmp_path: Path
) -> None:
    server = Server(UnixStream(str(tmp_path / "s")), echo, Threads(), config=config).open()
    (sibling,) = forking(server, 1)
    serving = Run(server)
    while server.state is State.LISTENING:
        time.sleep(0.001)
    server.drain()
    serving.join()
    assert serving.result is None
    assert is_served(server.server_address)
    assert sibling.end(signal.SIGTERM) == 0
    assert is_refused(server.server_address)


def test_parent_that_closes_its_copy_leaves_the_socket_to_children_that_have_not_begun(tmp_path: Path) -> None:
    server = Server(UnixStream(str(tmp_path / "s")), echo, Threads()).open()
    may_begin, begin = os.pipe()
    sibling = Sibling(server, more=lambda: os.read(may_begin, 1))
    server.server_close()
    os.write(begin, b"x")
    sibling.wait_until_it_serves()
    assert is_served(str(tmp_path / "s"))
    assert sibling.end(signal.SIGTERM) == 0
    assert not (tmp_path / "s").exists()
    os.close(may_begin)
    os.close(begin)


def test_parent_removes_the_file_when_its_children_have_gone_without_serving(tmp_path: Path) -> None:
    server = Server(UnixStream(str(tmp_path / "s")), echo, Threads()).open()
    for _ in range(3):
        if not (pid := os.fork()):
            os._exit(0)
        os.waitpid(pid, 0)
    server.server_close()
    assert not (tmp_path / "s").exists()


def test_killed_sibling_does_not_count(forking: Forking, tmp_path: Path) -> None:
    server = Server(UnixStream(str(tmp_path / "s")), echo, Threads()).open()
    killed, last = forking(server, 2)
    assert killed.end(signal.SIGKILL) == -signal.SIGKILL
    assert last.end(signal.SIGTERM) == 0
    assert_all_is_over(server, tmp_path)


@pytest.mark.parametrize("endpoint", list(ENDPOINTS))
def test_siblings_that_drain_at_once_lose_nothing(endpoint: str, forking: Forking, tmp_path: Path) -> None:
    server = Server(ENDPOINTS[endpoint](tmp_path), echo, Threads()).open()
    siblings = forking(server, 3)
    lost: list[str] = []
    refused = threading.Event()
    served = threading.Semaphore(0)

    def ask_until_refused() -> None:
        while not refused.is_set():
            try:
                client = connect(server.server_address)
            except OSError:
                refused.set()
                return
            with client:
                try:
                    client.sendall(b"x\n")
                    answer = client.recv(10)
                except OSError as error:
                    answer = repr(error).encode()
                if answer == b"x\n":
                    served.release()
                else:
                    lost.append(answer.decode())

    clients = [threading.Thread(target=ask_until_refused) for _ in range(4)]
    for client in clients:
        client.start()
    for _ in range(40):
        assert served.acquire(timeout=PATIENCE)
    for sibling in siblings:
        os.kill(sibling.pid, signal.SIGTERM)
    assert [sibling.join() for sibling in siblings] == [0, 0, 0]
    assert refused.wait(PATIENCE)
    for client in clients:
        client.join()
    assert not lost
    assert_all_is_over(server, tmp_path)


def test_daemon_owns_what_its_ancestor_has_opened(tmp_path: Path) -> None:
    # As a daemon is made: two forks, and whoever has forked ends.
    server = Server(UnixStream(str(tmp_path / "s")), echo, Threads()).open()
    told, tell = os.pipe()

    def daemonize() -> None:
        os.setsid()
        if os.fork():
            os._exit(0)
        os.write(tell, b"%d\n" % os.getpid())

    launcher = Sibling(server, more=daemonize)
    server.__lifetime__.servable.listener.leave_in_child(None)  # as the end of this process would
    launcher.wait_until_it_serves()
    daemon = int(os.read(told, 20))
    assert is_served(str(tmp_path / "s"))
    os.kill(daemon, signal.SIGTERM)
    until = time.monotonic() + PATIENCE
    while os.path.exists(f"/proc/{daemon}/fd") and time.monotonic() < until:
        with suppress(OSError):
            if not os.listdir(f"/proc/{daemon}/fd"):
                break
        time.sleep(0.005)
    assert not (tmp_path / "s").exists()
    assert launcher.join() == 0
    server.server_close()
    os.close(told)
    os.close(tell)


def test_daemon_that_has_closed_all_other_descriptors_drains_as_the_only_one(forking: Forking, tmp_path: Path) -> None:
    server = Server(UnixStream(str(tmp_path / "s")), echo, Threads()).open()
    kept = server.fileno()

    def close_all_others() -> None:
        # All that this library has opened for the fork.
        for name in os.listdir("/proc/self/fd"):
            with suppress(OSError):
                if "memfd" in os.readlink(f"/proc/self/fd/{name}") and int(name) != kept:
                    os.close(int(name))
                    # Its number is another file's from now on.
                    os.dup2(os.open(os.devnull, os.O_RDONLY), int(name))

    daemon = Sibling(server, more=close_all_others)
    daemon.wait_until_it_serves()
    assert daemon.end(signal.SIGTERM) == 0
    assert_all_is_over(server, tmp_path)


def test_process_that_begins_after_the_last_one_has_drained_is_told_so(forking: Forking, tmp_path: Path) -> None:
    server = Server(TCP(port=0), echo, Threads()).open()
    (only,) = forking(server, 1)
    assert only.end(signal.SIGTERM) == 0
    with pytest.raises(LifecycleError, match="the last process that served its listener has drained"):
        server.serve_forever()
    server.server_close()


@pytest.mark.parametrize("strategy", list(STRATEGIES))
def test_server_that_has_served_begins_anew_in_a_forked_process(
    strategy: str, forking: Forking, tmp_path: Path
) -> None:
    config = ServerConfig(deadlines=Deadlines(read=0.2))
    server = Server(UnixStream(str(tmp_path / "s")), echo, STRATEGIES[strategy](), config=config).open()
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    assert is_served(server.server_address)
    server.shutdown()
    serving.join()
    (sibling,) = forking(server, 1)
    assert is_served(server.server_address)
    with connect(server.server_address) as silent:
        assert silent.recv(1) == b"", "its deadlines hold there"
    assert sibling.end(signal.SIGTERM) == 0
    server.server_close()
    assert not (tmp_path / "s").exists()


def test_process_that_never_forks_has_no_descriptor_more() -> None:
    before = len(os.listdir("/proc/self/fd"))
    server = Server(TCP(port=0), echo, Threads()).open()
    assert len(os.listdir("/proc/self/fd")) == before + 1
    server.server_close()


def test_fork_without_descriptors_is_a_fork_all_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object) -> int:
        raise OSError(24, "Too many open files")

    server = Server(UnixStream(str(tmp_path / "s")), echo, Threads()).open()
    monkeypatch.setattr(os, "memfd_create", refuse)
    pid = os.fork()
    if not pid:
        os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
    server.server_close()
    assert not (tmp_path / "s").exists()


def test_share_in_a_listener_is_closed_with_it(tmp_path: Path) -> None:
    server = Server(UnixStream(str(tmp_path / "s")), echo, Threads()).open()
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)
    assert any("typedserver share" in os.readlink(f"/proc/self/fd/{fd}") for fd in _open_descriptors())
    server.server_close()
    assert not any("typedserver share" in os.readlink(f"/proc/self/fd/{fd}") for fd in _open_descriptors())


def _open_descriptors() -> list[str]:
    found: list[str] = []
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            os.readlink(f"/proc/self/fd/{name}")
            found.append(name)
    return found
