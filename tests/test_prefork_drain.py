"""Prefork: how its workers come to their end together, that nothing is lost, and which other orders they obey."""

import errno
import math
import os
import signal
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import pytest

from tests.running import PATIENCE, Client, Run, ask, connect
from tests.test_prefork import (
    forked,
    handling,
    hold,
    holding_pid,
    is_alive,
    kill,
    messages,
    pid_from,
    program,
    served_by,
    tell_pid,
    tell_pid_as_coroutine,
    wait_for_replacement,
    wait_for_workers,
    wait_until_accepting_ends,
)
from tests.test_strategies_forks import wait_until
from typedserver import (
    TCP,
    UDP,
    Asyncio,
    Bounded,
    Forks,
    Group,
    Inline,
    Multiplexed,
    Prefork,
    Server,
    ServerConfig,
    State,
    Stream,
    StreamConfig,
    StreamRequest,
    ThreadPool,
    Threads,
    UnixStream,
    datagram_handler,
    stream_handler,
)
from typedserver.lifetime.program import Exit
from typedserver.prefork import workers

CLIENTS = 32


class Load:
    """Clients that ask without a pause, with a connection for each request, until they are refused."""

    def __init__(self, address: Any, clients: int = CLIENTS) -> None:
        self.address = address
        self.answered = 0
        self.lost: list[object] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._ask_on, args=(number,)) for number in range(clients)]
        for thread in self._threads:
            thread.start()
        wait_until(lambda: self.answered > 2 * clients)

    def _ask_on(self, client: int) -> None:
        number = 0
        while not self._stopping.is_set():
            number += 1
            try:
                connection = connect(self.address)
            except OSError as error:
                # The client is refused before it has sent anything, so nothing is lost.
                if error.errno in (errno.ECONNREFUSED, errno.ENOENT):
                    return
                raise
            request = b"%d.%d" % (client, number)
            with connection:
                failure = self._ask_one(connection, request)
            with self._lock:
                if failure is None:
                    self.answered += 1
                else:
                    self.lost.append(failure)

    def _ask_one(self, connection: socket.socket, request: bytes) -> object:
        answer = b""
        try:
            connection.sendall(request + b"\n")
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(1000):
                answer += part
        except OSError as error:
            return error
        return None if answer.split()[1:] == [request] else (request, answer)

    def join(self) -> None:
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()

    def stop(self) -> None:
        self._stopping.set()
        self.join()


@contextmanager
def served(prefork: Prefork[Any]) -> Generator[Run[Prefork[Any]], None, None]:
    """Serve until the block has drained the server, and close it afterwards."""
    run = served_by(prefork.open())
    try:
        yield run
        run.join()
    finally:
        prefork.server_close()
        run.join()
    if run.result is not None:
        raise run.result
    assert prefork.pids == ()


def slow(request: StreamRequest, _client_address: object, _server: object) -> None:
    """Answer after two milliseconds, so that requests wait in the kernel's queue."""
    data = b""
    while part := request.recv(1000):
        data += part
    time.sleep(0.002)
    request.sendall(b"%d %b" % (os.getpid(), data))


# A drain ends a stream that has not read anything yet, because it is idle. So the client says when it ends.
@stream_handler(config=StreamConfig(ends_idle=False))
async def slow_as_coroutine(stream: Stream) -> None:
    async for line in stream:
        await stream.write(b"%d %b" % (os.getpid(), line))


ENDPOINTS: dict[str, Callable[[Path], TCP | UnixStream]] = {
    "tcp": lambda _path: TCP(port=0),
    "tcp6": lambda _path: TCP(port=0, host="::1"),
    "unix": lambda path: UnixStream(str(path / "s")),
    "reuse_port": lambda _path: TCP(port=0),
}


@pytest.mark.parametrize("sharing", ENDPOINTS)
@pytest.mark.parametrize(
    "strategy", [Inline(), Threads(), ThreadPool(), Forks(), Bounded(Multiplexed(), 4), Asyncio()], ids=repr
)
def test_prefork_drain_under_load_loses_nothing(strategy: Any, sharing: str, tmp_path: Path) -> None:
    coroutines = isinstance(strategy, Bounded | Asyncio)
    handler: Any = slow_as_coroutine if coroutines else slow
    inner: Server[StreamRequest, Any] = Server(ENDPOINTS[sharing](tmp_path), handler, strategy)
    prefork = Prefork(inner, 2, reuse_port=sharing == "reuse_port")
    with served(prefork):
        load = Load(prefork.server_address)
        before = load.answered
        report = prefork.drain()
        load.join()
        assert load.lost == []
        assert before < load.answered
        assert report.cut == ()
        assert report.left == 0
        assert report.seconds < PATIENCE / 2
    assert prefork.state is State.CLOSED


@pytest.mark.parametrize("serving", [socketserver.TCPServer, socketserver.ThreadingTCPServer], ids=lambda s: s.__name__)
def test_prefork_drain_of_a_foreign_server_under_load_loses_nothing(serving: Any) -> None:
    prefork = Prefork(serving(("127.0.0.1", 0), handling(slow)), 2)
    with served(prefork):
        load = Load(prefork.server_address)
        prefork.drain()
        load.join()
        assert load.lost == []


def test_prefork_drain_of_a_group_under_load_loses_nothing(tmp_path: Path) -> None:
    servers: list[Server[StreamRequest, Any]] = [
        Server(TCP(port=0), slow, Threads()),
        Server(UnixStream(str(tmp_path / "s")), slow, Threads()),
    ]
    with served(Prefork(Group(servers), 2)) as run:
        loads = [Load(server.server_address, CLIENTS // 2) for server in servers]
        run.server.drain()
        for load in loads:
            load.join()
            assert load.lost == []


@pytest.mark.parametrize("reuse_port", [False, True], ids=["shared", "reuse_port"])
def test_prefork_drain_loses_nothing_when_a_signal_to_the_group_reaches_the_workers(*, reuse_port: bool) -> None:
    with served(Prefork(Server(TCP(port=0), slow, Threads()), 2, reuse_port=reuse_port)) as run:
        load = Load(run.server.server_address)
        for pid in run.server.pids:
            kill(pid, signal.SIGTERM)
        run.server.drain()
        load.join()
        assert load.lost == []


def test_prefork_worker_crashes_in_a_drain_lose_what_they_had_in_hand_and_nothing_else() -> None:
    with served(Prefork(Server(TCP(port=0), slow), 4)) as run:
        load = Load(run.server.server_address)
        run.server.request_drain()
        kill(run.server.pids[0])
        kill(run.server.pids[1])
        load.join()
        # Inline serves one request at a time.
        assert len(load.lost) <= 2, load.lost


@pytest.mark.parametrize("reuse_port", [False, True], ids=["shared", "reuse_port"])
def test_prefork_drain_loses_nothing_if_workers_stop_after_each_request(*, reuse_port: bool) -> None:
    def stop_afterwards(request: StreamRequest, client_address: object, server: Any) -> None:
        slow(request, client_address, server)
        server.request_stop()

    with served(Prefork(Server(TCP(port=0), stop_afterwards), 2, reuse_port=reuse_port)) as run:
        load = Load(run.server.server_address, 4)
        run.server.drain()
        load.join()
        assert load.lost == []


# What is in hand


def holding_all(address: Any, count: int) -> list[Client]:
    """Connect this many clients, each of them with its request in a worker."""
    clients = [connect(address) for _ in range(count)]
    for client in clients:
        holding_pid(client)
    return clients


def wait_until_refused(address: Any) -> None:
    def is_refused() -> bool:
        try:
            connect(address).close()
        except (ConnectionRefusedError, FileNotFoundError):
            return True
        return False

    wait_until(is_refused)


def wait_until_all_drain(prefork: Prefork[Any]) -> None:
    for pid in prefork.pids:
        # A worker without a request may have ended.
        with suppress(FileNotFoundError):
            wait_until_accepting_ends(pid, prefork)


def test_prefork_drain_finishes_what_is_in_hand_and_reports_the_sum_of_its_workers(config: ServerConfig) -> None:
    inner = Server(TCP(port=0), hold, Threads(), config=config)
    with served(Prefork(inner, 3, reactor_factory=config.reactor_factory)) as run:
        clients = holding_all(run.server.server_address, 12)
        run.server.request_drain()
        assert run.server.draining
        wait_until_all_drain(run.server)
        assert run.server.state is State.DRAINING
        assert run.server.drain_report is not None
        for client in clients:
            assert holding_pid(client) in run.server.pids
            client.close()
        run.join()
        report = run.server.drain_report
        assert (report.served, report.cut, report.left) == (12, (), 0)
        assert run.server.drain() == report, "another one returns the same"


CUTTING: dict[str, tuple[Callable[[], Prefork[Any]], int]] = {
    "inline": (lambda: Prefork(Server(TCP(port=0), hold), 2), 2),
    "threads": (lambda: Prefork(Server(TCP(port=0), hold, Threads()), 2), 8),
    "forks": (lambda: Prefork(Server(TCP(port=0), hold, Forks()), 2), 8),
    "reuse_port": (lambda: Prefork(Server(TCP(port=0), hold, Threads()), 2, reuse_port=True), 8),
    "group": (lambda: Prefork(Group([Server(TCP(port=0), hold, Threads())]), 2), 8),
}


def address_of(prefork: Prefork[Any]) -> Any:
    server = prefork.server
    return cast("Any", server.servers[0] if isinstance(server, Group) else server).server_address


@pytest.mark.parametrize("kind", CUTTING)
def test_prefork_drain_cuts_at_the_deadline_and_reports_the_clients(kind: str) -> None:
    make, count = CUTTING[kind]
    with served(make()) as run:
        clients = holding_all(address_of(run.server), count)
        begun = time.monotonic()
        report = run.server.drain(0.2)
        assert 0.2 <= time.monotonic() - begun < PATIENCE / 4
        assert set(report.cut) == {client.getsockname() for client in clients}
        assert (report.served, report.left) == (0, 0)
        for client in clients:
            assert client.recv(100) == b""
            client.close()


def test_prefork_drain_reports_hundreds_of_clients_that_were_cut() -> None:
    with served(Prefork(Server(TCP(port=0), tell_pid_as_coroutine, Multiplexed()), 2)) as run:
        clients = [connect(run.server.server_address) for _ in range(300)]
        for client in clients:
            # In the middle of a line: the drain waits for its rest.
            client.sendall(b"x\ny")
            assert client.recv(100)
        report = run.server.drain(0.1)
        assert set(report.cut) == {client.getsockname() for client in clients}
        assert len(report.cut) == 300
        for client in clients:
            client.close()


def test_prefork_drain_is_cut_short_by_another_one() -> None:
    with served(Prefork(Server(TCP(port=0), hold, Threads()), 2)) as run:
        clients = holding_all(run.server.server_address, 4)
        run.server.request_drain(PATIENCE)
        wait_until_all_drain(run.server)
        begun = time.monotonic()
        run.server.request_drain(0.0)
        run.join()
        assert time.monotonic() - begun < PATIENCE / 4
        assert run.server.drain_report is not None
        assert len(run.server.drain_report.cut) == 4
        for client in clients:
            client.close()


@stream_handler
async def say_goodbye(stream: Stream) -> None:
    async for line in stream:
        await stream.write(b"%d %b" % (os.getpid(), line))
    await stream.write(b"goodbye")


def test_prefork_drain_notifies_handlers_in_the_workers() -> None:
    with served(Prefork(Server(TCP(port=0), say_goodbye, Multiplexed()), 2)) as run:
        clients = [connect(run.server.server_address) for _ in range(4)]
        for client in clients:
            client.sendall(b"x\n")
            assert client.recv(100).endswith(b" x\n")
        begun = time.monotonic()
        report = run.server.drain()
        assert time.monotonic() - begun < PATIENCE / 4
        assert report.cut == ()
        assert report.served == 4
        for client in clients:
            assert client.recv(100) == b"goodbye"
            client.close()


def test_prefork_drain_kills_a_worker_that_does_not_end_after_the_deadline(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(workers, "KILL_GRACE", 0.3)
    with served(Prefork(Server(TCP(port=0), hold, Threads()), 2)) as run:
        stopped = run.server.pids[0]
        kill(stopped, signal.SIGSTOP)
        begun = time.monotonic()
        run.server.drain(0.1)
        assert time.monotonic() - begun < PATIENCE / 4
        assert any(f"workers {stopped} did not end after the drain's deadline" in line for line in messages(caplog))


def test_prefork_worker_that_dies_in_a_drain_is_logged_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    with served(Prefork(Server(TCP(port=0), hold, Threads()), 2)) as run:
        clients = connect(run.server.server_address), connect(run.server.server_address)
        pids = [holding_pid(client) for client in clients]
        while pids[0] == pids[1]:
            another = connect(run.server.server_address)
            pids[1] = holding_pid(another)
            clients[1].close()
            clients = clients[0], another
        run.server.request_drain()
        wait_until_all_drain(run.server)
        kill(pids[0])
        assert clients[0].recv(100) == b""
        assert holding_pid(clients[1]) == pids[1]
        clients[1].close()
        run.join()
        assert run.server.drain_report is not None
        assert run.server.drain_report.served == 1
        assert f"worker {pids[0]} was killed by signal 9" in messages(caplog)[0]
        clients[0].close()


def test_prefork_drain_waits_for_a_worker_that_leaves_by_itself() -> None:
    with served(Prefork(Server(TCP(port=0), hold, Threads()), 1)) as run:
        with connect(run.server.server_address) as held:
            pid = holding_pid(held)
            kill(pid, signal.SIGTERM)
            wait_until(lambda: len(run.server.pids) == 2)
            run.server.request_drain()
            wait_until(lambda: run.server.pids == (pid,))
            assert holding_pid(held) == pid
        run.join()


def test_prefork_drain_cuts_also_what_a_worker_that_leaves_has_in_hand(caplog: pytest.LogCaptureFixture) -> None:
    with (
        served(Prefork(Server(TCP(port=0), hold, Threads()), 1)) as run,
        connect(run.server.server_address) as held,
    ):
        pid = holding_pid(held)
        kill(pid, signal.SIGTERM)
        wait_until(lambda: len(run.server.pids) == 2)
        begun = time.monotonic()
        run.server.drain(0.2)
        assert time.monotonic() - begun < PATIENCE / 4
        assert held.recv(100) == b""
    assert not messages(caplog), "none had to be killed"


def test_prefork_worker_that_hangs_in_a_drain_without_a_deadline_is_killed(caplog: pytest.LogCaptureFixture) -> None:
    with served(Prefork(Server(TCP(port=0), hold), 2, heartbeat=0.2)) as run:
        kill(run.server.pids[0], signal.SIGSTOP)
        run.server.drain(math.inf)
    assert "hangs" in messages(caplog)[0]


# When it begins


def test_prefork_drain_reaches_workers_that_are_starting() -> None:
    for _ in range(5):
        prefork = Prefork(Server(TCP(port=0), tell_pid), 3).open()
        run = Run(prefork)
        wait_until(lambda: prefork.state is State.SERVING)  # noqa: B023 - called here
        prefork.drain()
        run.join()
        assert run.result is None
        assert prefork.pids == ()


def test_prefork_drain_before_serving_serves_what_waits_in_the_queue() -> None:
    with Prefork(Server(TCP(port=0), tell_pid), 2) as prefork:
        clients = [connect(prefork.server_address) for _ in range(5)]
        for client in clients:
            client.sendall(b"x")
            client.shutdown(socket.SHUT_WR)
        assert prefork.drain().from_queue == 5
        for client in clients:
            assert client.recv(100).endswith(b" x")
            client.close()
    assert prefork.state is State.CLOSED


@pytest.mark.parametrize("reuse_port", [False, True], ids=["shared", "reuse_port"])
def test_prefork_drain_serves_what_waits_for_a_worker_that_has_died(*, reuse_port: bool) -> None:
    with served(Prefork(Server(TCP(port=0), tell_pid), 1, reuse_port=reuse_port)) as run:
        with connect(run.server.server_address) as held, connect(run.server.server_address) as waiting:
            pid = holding_pid(held)
            waiting.sendall(b"x")
            waiting.shutdown(socket.SHUT_WR)
            run.server.request_drain()
            wait_until_refused(run.server.server_address)
            kill(pid)
            assert waiting.recv(100).endswith(b" x")
        run.join()


def test_prefork_drains_in_a_group_beside_others(config: ServerConfig, tmp_path: Path) -> None:
    prefork = Prefork(Server(TCP(port=0), hold, Threads()), 2)
    beside = Server(UnixStream(str(tmp_path / "s")), hold, Threads())
    group = Group([prefork, beside], reactor_factory=config.reactor_factory)
    with served_group(group) as run:
        wait_until(lambda: len(prefork.pids) == 2)
        clients = [connect(prefork.server_address), connect(beside.server_address)]
        for client in clients:
            holding_pid(client)
        group.request_drain()
        wait_until_all_drain(prefork)
        for client in clients:
            holding_pid(client)
            client.close()
        run.join()
        assert group.drain_report is not None
        assert group.drain_report.served == 2


@contextmanager
def served_group(group: Group) -> Generator[Run[Group], None, None]:
    run = Run(group.open())
    try:
        yield run
    finally:
        group.server_close()
        run.join()
    assert run.result is None


def test_prefork_drain_empties_datagram_queues() -> None:
    @datagram_handler
    def answer_late(data: bytes) -> bytes:
        time.sleep(0.01)
        return data

    with (
        served(Prefork(Server(UDP(port=0), answer_late), 2)) as run,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        client.settimeout(PATIENCE)
        for number in range(20):
            client.sendto(b"%d" % number, run.server.server_address)
        run.server.drain()
        assert {client.recv(100) for _ in range(20)} == {b"%d" % number for number in range(20)}


def test_prefork_shutdown_in_a_drain_ends_it(caplog: pytest.LogCaptureFixture) -> None:
    with (
        served(Prefork(Server(TCP(port=0), hold, Threads()), 2, stop_timeout=0.3)) as run,
        connect(run.server.server_address) as held,
    ):
        holding_pid(held)
        run.server.request_drain(PATIENCE)
        wait_until_all_drain(run.server)
        run.server.shutdown()
        run.join()
        run.server.server_close()
        assert held.recv(100) == b""
    assert "did not end within 0.3 s" in messages(caplog)[0]


def test_prefork_drain_of_the_workers_of_a_shutdown_cuts_them() -> None:
    with served(Prefork(Server(TCP(port=0), hold, Threads()), 2)) as run, connect(run.server.server_address) as held:
        holding_pid(held)
        run.server.shutdown()
        run.join()
        closing = threading.Thread(target=run.server.server_close)
        closing.start()
        wait_until(lambda: run.server.state is State.CLOSED)
        run.server.request_drain(0.0)
        assert held.recv(100) == b""
        closing.join(PATIENCE)


# One worker by itself


def drain_if_asked(request: StreamRequest, _client_address: object, server: Any) -> None:
    data = request.recv(100)
    request.sendall(b"%d %b" % (os.getpid(), data))
    if data == b"drain":
        server.request_drain()


def test_prefork_worker_that_drains_by_itself_leaves_the_listener_to_its_siblings() -> None:
    with forked(Prefork(Server(TCP(port=0), drain_if_asked), 2)) as run:
        for _ in range(3):
            pid = int(ask(run.server.server_address, b"drain").split()[0])
            wait_for_replacement(run.server, pid, 2)
            assert pid_from(run.server.server_address) in run.server.pids


# Suspended


def wait_for_a_turn(prefork: Prefork[Any]) -> Client:
    """Connect until no worker answers; returns the client that waits.

    The order to suspend goes to each process, and no event says when the last one has obeyed.
    """
    while True:
        client = connect(prefork.server_address)
        client.sendall(b"x")
        if is_kept_waiting(client):
            return client
        client.close()


def is_kept_waiting(client: Client) -> bool:
    client.settimeout(0.3)
    try:
        client.recv(100)
    except TimeoutError:
        return True
    finally:
        client.settimeout(PATIENCE)
    return False


def test_prefork_suspended_accepts_nothing_and_keeps_its_connections(config: ServerConfig) -> None:
    inner = Server(TCP(port=0), hold, Threads(), config=config)
    with (
        forked(Prefork(inner, 2, reactor_factory=config.reactor_factory)) as run,
        connect(run.server.server_address) as held,
    ):
        pid = holding_pid(held)
        run.server.suspend()
        assert run.server.suspended
        with wait_for_a_turn(run.server) as waiting:
            assert holding_pid(held) == pid
            [killed] = set(run.server.pids) - {pid}
            kill(killed)
            wait_for_replacement(run.server, killed, 2)
            assert is_kept_waiting(waiting), "also by the new worker"
            run.server.resume()
            assert int(waiting.recv(100).split()[0]) in run.server.pids
        assert not run.server.suspended


def test_prefork_suspended_is_drained_of_what_waits() -> None:
    with served(Prefork(Server(TCP(port=0), tell_pid, Threads()), 2)) as run:
        run.server.suspend()
        with wait_for_a_turn(run.server) as waiting:
            waiting.shutdown(socket.SHUT_WR)
            assert run.server.drain().from_queue == 1
            assert waiting.recv(100).endswith(b" x")


# Reloading


class Reloading(Server[StreamRequest, Any]):
    """Counts in each process how often it was reloaded; fails in a process if ``fails()`` is true there."""

    reloads = 0
    fails: Callable[[], bool] = staticmethod(lambda: False)

    def reload(self) -> None:
        if self.fails():
            raise OSError("no such certificate")
        self.reloads += 1


def tell_reloads(request: StreamRequest, _client_address: object, server: Reloading) -> None:
    request.sendall(b"%d %d" % (os.getpid(), server.reloads))


def reloads_of(prefork: Prefork[Any]) -> dict[int, int]:
    """Ask until every worker has answered."""
    counts: dict[int, int] = {}

    def all_have() -> bool:
        pid, count = map(int, ask(prefork.server_address, b"").split())
        counts[pid] = count
        return set(counts) >= set(prefork.pids)

    wait_until(all_have)
    return {pid: counts[pid] for pid in prefork.pids}


def test_prefork_reload_reaches_every_worker_and_those_that_start_later() -> None:
    with forked(Prefork(Reloading(TCP(port=0), tell_reloads), 2)) as run:
        assert set(reloads_of(run.server).values()) == {0}
        run.server.reload()
        wait_until(lambda: set(reloads_of(run.server).values()) == {1})
        killed = run.server.pids[0]
        kill(killed)
        wait_for_replacement(run.server, killed, 2)
        assert set(reloads_of(run.server).values()) == {1}


def test_prefork_reload_that_fails_in_the_parent_is_raised_and_reaches_no_worker() -> None:
    inner = Reloading(TCP(port=0), tell_reloads)
    with forked(Prefork(inner, 2)) as run:
        inner.fails = lambda: True
        with pytest.raises(OSError, match="no such certificate"):
            run.server.reload()
        time.sleep(0.1)
        assert set(reloads_of(run.server).values()) == {0}


def test_prefork_worker_serves_on_and_obeys_if_its_reload_fails() -> None:
    inner = Reloading(TCP(port=0), tell_reloads)
    parent = os.getpid()
    inner.fails = lambda: os.getpid() != parent
    with forked(Prefork(inner, 1)) as run:
        pids = run.server.pids
        run.server.reload()
        run.server.suspend()
        run.server.resume()
        assert reloads_of(run.server) == {pids[0]: 0}
        run.server.drain()
        run.join()


# Shared with another program


@pytest.mark.parametrize("endpoint", ["tcp", "unix", "reuse_port"])
def test_prefork_drain_of_a_shared_listener_leaves_what_waits_to_the_other_program(
    endpoint: str, tmp_path: Path
) -> None:
    path = tmp_path / "s"
    recipe = UnixStream(str(path)) if endpoint == "unix" else TCP(port=0)
    with served(Prefork(Server(recipe, hold, Threads()), 1, reuse_port=endpoint == "reuse_port")) as run:
        address = run.server.server_address
        with socket.socket(fileno=os.dup(run.server.fileno())) as others:
            others.settimeout(PATIENCE)
            run.server.__lifetime__.servable.share()
            with connect(address) as held:
                pid = holding_pid(held)
                run.server.request_drain()
                wait_until_accepting_ends(pid, run.server)
                with connect(address) as waiting:
                    accepted, _ = others.accept()
                    accepted.sendall(b"by another")
                    accepted.close()
                    assert waiting.recv(100) == b"by another"
                assert holding_pid(held) == pid
            run.join()
            run.server.server_close()
            with connect(address):
                others.accept()[0].close()
    if endpoint == "unix":
        path.unlink()


# Programs


RUN = """
import sys, app
app.threads.open()
print(app.threads.server_address[1], flush=True)
sys.exit(app.threads.run(%s))
"""


@pytest.mark.parametrize("to_all", [False, True], ids=["parent", "group"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=str)
def test_prefork_program_drains_under_load_when_a_signal_ends_it(
    number: signal.Signals, *, to_all: bool, tmp_path: Path
) -> None:
    with program(tmp_path, "-c", RUN % "") as started:
        workers = wait_for_workers(started)
        load = Load(started.address)
        if to_all:
            started.signal_group(number)
        else:
            started.process.send_signal(number)
        load.join()
        assert load.lost == []
        assert started.wait() == Exit.DRAINED
        assert not any(map(is_alive, workers))
        assert not started.stderr()


def test_prefork_program_cuts_at_a_second_signal_and_its_exit_status_says_so(tmp_path: Path) -> None:
    with program(tmp_path, "-c", RUN % "") as started, connect(started.address) as held:
        holding_pid(held)
        started.signal_group(signal.SIGTERM)
        wait_until_refused(started.address)
        started.signal_group(signal.SIGTERM)
        assert started.wait() == Exit.CUT
        assert held.recv(100) == b""


def test_prefork_program_cuts_at_the_deadline_and_its_exit_status_says_so(tmp_path: Path) -> None:
    with program(tmp_path, "-c", RUN % "deadline=0.2") as started, connect(started.address) as held:
        holding_pid(held)
        started.process.send_signal(signal.SIGTERM)
        assert started.wait() == Exit.DEADLINE
        assert held.recv(100) == b""
