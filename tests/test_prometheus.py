"""Prometheus: what is counted, what a scrape shows, and that workers' counts are never lost."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tests.running import PATIENCE, ask, ask_datagram, connect, running
from tests.scrapes import Values, read, total
from typedserver import (
    TCP,
    UDP,
    Framed,
    Group,
    Limits,
    Lines,
    LogObserver,
    Multiplexed,
    Observers,
    Outcome,
    Prefork,
    Prometheus,
    RecipeError,
    Refused,
    Server,
    ServerConfig,
    Stream,
    StreamRequest,
    Threads,
    UnixStream,
    datagram_handler,
    stream_handler,
)
from typedserver.events import Accepted, Finished
from typedserver.observers.prometheus import MOST_SERVERS
from typedserver.prefork.reports import Reports
from typedserver.process.channel import LONGEST, open_channel
from typedserver.sockets.queues import queue_of

ACCEPTED, FINISHED = "typedserver_requests_accepted_total", "typedserver_requests_total"
ACTIVE, REFUSED = "typedserver_requests_active", "typedserver_requests_refused_total"


@stream_handler
async def echo(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line)


def exposed(metrics: Prometheus) -> Values:
    """Return what a scrape would show, through the text that it is sent as."""
    registry = CollectorRegistry()
    registry.register(metrics)
    return read(text_string_to_metric_families(generate_latest(registry).decode()))


def wait_for(metrics: Prometheus, condition: Callable[[Values], bool]) -> Values:
    until = time.monotonic() + PATIENCE
    while not condition(values := exposed(metrics)):
        assert time.monotonic() < until, values
        time.sleep(0.01)
    return values


def observed(metrics: Prometheus, limits: Limits | None = None) -> ServerConfig:
    return ServerConfig(observer=metrics, limits=limits or Limits())


def test_requests_are_counted_from_the_accept_to_their_end() -> None:
    metrics = Prometheus()
    with running(Server(TCP(port=0), echo, Threads(), config=observed(metrics))) as run:
        address = run.server.server_address
        with connect(address) as client:
            client.sendall(b"a\n")
            assert client.recv(9) == b"a\n"
            values = exposed(metrics)
            assert total(values, ACCEPTED, server=f"127.0.0.1:{address[1]}", kind="connections") == 1
            assert (total(values, ACTIVE), total(values, FINISHED)) == (1, 0)
        assert ask(address, b"b\n") == b"b\n"
        values = wait_for(metrics, lambda values: total(values, FINISHED, outcome="served") == 2)
    assert (total(values, ACCEPTED), total(values, ACTIVE)) == (2, 0)


def test_outcomes_are_told_apart() -> None:
    def fail(_request: StreamRequest, _client: object, _server: object) -> None:
        raise ZeroDivisionError

    metrics = Prometheus()
    with running(Server(TCP(port=0), fail, Threads(), config=observed(metrics))) as run:
        assert ask(run.server.server_address, b"x") == b""
        wait_for(metrics, lambda values: total(values, FINISHED, outcome="failed") == 1)


def test_histogram_counts_each_request_in_all_buckets_above_it() -> None:
    metrics = Prometheus(buckets=(0.5, 1, 2.5))
    with Server(TCP(port=0), echo) as server:
        for seconds in (0.1, 0.5, 0.6, 99.0):
            metrics(Finished(None, Outcome.SERVED, seconds, server=server, connection_id=1))
    values = exposed(metrics)
    name = "typedserver_request_duration_seconds"
    assert [total(values, f"{name}_bucket", le=bound) for bound in ("0.5", "1.0", "2.5", "+Inf")] == [2, 3, 3, 4]
    assert total(values, f"{name}_count") == 4
    assert total(values, f"{name}_sum") == pytest.approx(100.2)


def test_refusals_are_counted_by_their_reason() -> None:
    metrics = Prometheus()
    config = observed(metrics, Limits(per_peer=1))
    with (
        running(Server(TCP(port=0), echo, Threads(), config=config)) as run,
        connect(run.server.server_address) as client,
    ):
        client.sendall(b"a\n")
        assert client.recv(9) == b"a\n"
        with connect(run.server.server_address) as refused:
            assert refused.recv(1) == b""
        assert total(exposed(metrics), REFUSED, reason="per_peer") == 1


def test_servers_of_one_port_are_told_apart() -> None:
    metrics = Prometheus()

    @datagram_handler
    def answer(data: bytes) -> bytes:
        return data

    connections = Server(TCP(port=0), echo, Threads(), config=observed(metrics))
    datagrams = Server(UDP(port=0), answer, config=observed(metrics))
    with running(Group([connections, datagrams], same_port=True)):
        assert ask(connections.server_address, b"a\n") == b"a\n"
        assert ask_datagram(datagrams.server_address, b"b") == b"b"
        assert ask_datagram(datagrams.server_address, b"c") == b"c"
        values = wait_for(metrics, lambda values: total(values, FINISHED) == 3)
    assert total(values, ACCEPTED, kind="connections") == 1
    assert total(values, ACCEPTED, kind="datagrams") == 2


def test_messages_are_counted_if_that_is_asked_for() -> None:
    def answer(message: bytes) -> bytes:
        if message == b"bad":
            raise ValueError
        return message

    metrics, silent = Prometheus(messages=True), Prometheus()
    framed = Framed(Lines(), answer, on_error=lambda _error: b"failed")
    config = ServerConfig(observer=Observers(metrics, silent))
    with running(Server(TCP(port=0), framed, Multiplexed(), config=config)) as run:
        assert ask(run.server.server_address, b"a\nbad\nb\n") == b"a\nfailed\nb\n"
        values = wait_for(metrics, lambda values: total(values, FINISHED) == 1)
    assert total(values, "typedserver_message_duration_seconds_count") == 3
    assert total(values, "typedserver_messages_failed_total") == 1
    assert not [name for name, _ in exposed(silent) if "message" in name]


def test_labels_never_hold_anything_of_a_client() -> None:
    metrics = Prometheus()
    with Server(TCP(port=0), echo) as server:
        for number in range(200):
            client = (f"192.0.2.{number}", number)
            metrics(Accepted(client, server=server, connection_id=number))
            metrics(Refused(client, "error", error=ValueError(f"{number}"), server=server, connection_id=number))
        values = exposed(metrics)
    assert len(values) < 60
    assert not [labels for _, labels in values if "192.0.2" in str(labels)]


def test_number_of_servers_that_are_told_apart_is_bounded() -> None:
    metrics = Prometheus()
    names = set[str]()
    for number in range(2 * MOST_SERVERS):
        with Server(TCP(host=f"127.0.{number}.1", port=0), echo) as server:
            metrics(Accepted(None, server=server, connection_id=1))
            before = {name for (_, labels) in exposed(metrics) for key, name in labels if key == "server"}
            assert names <= before
            names = before
    assert len(names) == MOST_SERVERS + 1
    values = exposed(metrics)
    assert total(values, ACCEPTED) == 2 * MOST_SERVERS
    assert total(values, ACCEPTED, server="other") == MOST_SERVERS


def test_counts_outlive_their_server() -> None:
    metrics = Prometheus()
    for _ in range(3):
        with Server(TCP(port=0), echo) as server:
            metrics(Accepted(None, server=server, connection_id=1))
        del server
    assert total(exposed(metrics), ACCEPTED) == 3


def test_threads_that_count_at_once_lose_nothing() -> None:
    metrics = Prometheus()
    with Server(TCP(port=0), echo) as server:
        event = Finished(None, Outcome.CUT, 0.1, server=server, connection_id=1)

        def count() -> None:
            for _ in range(5000):
                metrics(event)

        threads = [threading.Thread(target=count) for _ in range(4)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            exposed(metrics)
        for thread in threads:
            thread.join()
    values = exposed(metrics)
    assert total(values, FINISHED, outcome="cut") == 20_000
    assert total(values, "typedserver_request_duration_seconds_count") == 20_000


def test_child_of_the_program_counts_though_a_thread_of_its_parent_held_the_lock() -> None:
    metrics = Prometheus()
    lock = metrics._lock  # pyright: ignore[reportPrivateUsage] - no public call holds it for long
    with Server(TCP(port=0), echo) as server, lock:
        child = os.fork()
        if not child:
            counting = threading.Thread(
                target=metrics, args=(Finished(None, Outcome.SERVED, 0.1, server=server, connection_id=1),)
            )
            counting.start()
            counting.join(PATIENCE)
            os._exit(counting.is_alive())
        assert os.waitpid(child, 0)[1] == 0


# The queue of a listener


def _listener(family: socket.AddressFamily, folder: Path) -> socket.socket:
    listener = socket.socket(family)
    listener.bind(str(folder / "queue.sock") if family == socket.AF_UNIX else ("127.0.0.1", 0))
    listener.listen(7)
    return listener


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX], ids=lambda family: family.name)
def test_queue_of_a_listener_is_what_waits_in_it(family: socket.AddressFamily, tmp_path: Path) -> None:
    with _listener(family, tmp_path) as listener:
        clients = [connect(listener.getsockname()) for _ in range(3)]
        queue = queue_of(listener.fileno())
        assert queue is not None
        assert (queue.length, queue.limit) == (3, 7)
        listener.accept()[0].close()
        later = queue_of(listener.fileno())
        assert later is not None
        assert (later.inode, later.length) == (queue.inode, 2)
        for client in clients:
            client.close()
    (tmp_path / "queue.sock").unlink(missing_ok=True)


def test_queue_is_none_of_what_does_not_listen() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, socket.socket() as unbound, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        assert [queue_of(each.fileno()) for each in (ours, unbound, datagrams)] == [None] * 3
    assert queue_of(-1) is None
    assert queue_of(ours.fileno()) is None
    with Path("/dev/null").open() as file:
        assert queue_of(file.fileno()) is None


@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_scrape_shows_the_queue_of_a_server_that_accepts_nothing(kind: str, tmp_path: Path) -> None:
    metrics = Prometheus()
    path = tmp_path / "queue\n.sock"
    endpoint: Any = TCP(port=0, backlog=5) if kind == "tcp" else UnixStream(path=str(path), backlog=5)
    with Server(endpoint, echo, config=observed(metrics)) as server:
        clients = [connect(server.server_address) for _ in range(2)]
        values = exposed(metrics)
        assert total(values, "typedserver_queue_length") == 2
        assert total(values, "typedserver_queue_limit") == 5
        for client in clients:
            client.close()
    assert total(exposed(metrics), "typedserver_queue_limit") == 0


# Workers


def _prefork(metrics: Prometheus, *, reuse_port: bool = False) -> Prefork[Any]:
    config = ServerConfig(observer=Observers(LogObserver(), metrics))
    return Prefork(Server(TCP(port=0), echo, Multiplexed(), config=config), 2, reuse_port=reuse_port)


@pytest.mark.parametrize("reuse_port", [False, True], ids=["shared", "reuse_port"])
def test_scrape_of_the_parent_shows_each_worker_and_the_sum(*, reuse_port: bool) -> None:
    metrics = Prometheus()
    with running(_prefork(metrics, reuse_port=reuse_port)) as run:
        for _ in range(20):
            assert ask(run.server.server_address, b"a\n") == b"a\n"
        values = wait_for(metrics, lambda values: total(values, FINISHED) == 20)
        workers = [total(values, "typedserver_worker_requests_total", worker=worker) for worker in "01"]
        assert sum(workers) == total(values, ACCEPTED) == 20
        assert [total(values, "typedserver_workers", worker=worker) for worker in "01"] == [1, 1]
        assert total(values, "typedserver_request_duration_seconds_count") == 20
        # One queue that is shared, or one of each: never one for each who looks.
        limit = 2 * socket.SOMAXCONN if reuse_port else socket.SOMAXCONN
        wait_for(metrics, lambda values: total(values, "typedserver_queue_limit") == limit)


def test_counts_of_a_worker_that_was_killed_stay_and_its_requests_are_lost() -> None:
    metrics = Prometheus()
    with running(_prefork(metrics)) as run:
        address = run.server.server_address
        for _ in range(10):
            assert ask(address, b"a\n") == b"a\n"
        with connect(address) as client:
            client.sendall(b"b\n")
            assert client.recv(9) == b"b\n"
            before = wait_for(metrics, lambda values: total(values, ACTIVE) == 1 and total(values, FINISHED) == 10)
            busy = next(worker for worker in "01" if total(before, "typedserver_worker_requests_active", worker=worker))
            pid = dict(zip("01", run.server.pids, strict=True))[busy]
            os.kill(pid, signal.SIGKILL)
            assert client.recv(9) == b""
        after = wait_for(metrics, lambda values: total(values, "typedserver_worker_ends_total", expected="false") == 1)
        assert total(after, "typedserver_worker_ends_total", worker=busy) == 1
        assert total(after, FINISHED, outcome="lost") == 1
        assert (total(after, FINISHED), total(after, ACCEPTED), total(after, ACTIVE)) == (11, 11, 0)
        for name in ("typedserver_worker_requests_total", "typedserver_worker_requests_accepted_total"):
            assert total(after, name, worker=busy) >= total(before, name, worker=busy)
        wait_for(metrics, lambda values: total(values, "typedserver_worker_starts_total", worker=busy) == 2)
        assert ask(address, b"c\n") == b"c\n"
        wait_for(metrics, lambda values: total(values, FINISHED) == 12)


def test_dead_worker_is_marked_until_it_is_replaced() -> None:
    metrics = Prometheus()
    prefork = _prefork(metrics)
    with running(prefork):
        wait_for(metrics, lambda values: total(values, "typedserver_workers") == 2)
    values = exposed(metrics)
    assert [total(values, "typedserver_workers", worker=worker) for worker in "01"] == [0, 0]
    assert total(values, "typedserver_worker_ends_total", expected="true") == 2


def test_last_requests_of_a_worker_that_stops_are_counted() -> None:
    metrics = Prometheus()
    prefork = _prefork(metrics)
    with running(prefork) as run:
        for _ in range(5):
            assert ask(run.server.server_address, b"a\n") == b"a\n"
        run.server.drain()
    assert total(exposed(metrics), FINISHED, outcome="served") == 5


def test_counters_never_go_down_while_workers_come_and_go() -> None:
    metrics = Prometheus()
    with running(_prefork(metrics)) as run:
        last = 0.0
        for _ in range(3):
            assert ask(run.server.server_address, b"a\n") == b"a\n"
            os.kill(run.server.pids[0], signal.SIGKILL)
            deaths = total(exposed(metrics), "typedserver_worker_ends_total")
            while total(values := exposed(metrics), "typedserver_worker_ends_total") == deaths:
                assert total(values, ACCEPTED) >= last
                last = total(values, ACCEPTED)


def test_report_of_as_many_servers_as_are_told_apart_fits_its_messages() -> None:
    metrics = Prometheus(buckets=[float(number) for number in range(1, 101)], messages=True)
    servers = [Server(TCP(host=f"127.0.{number}.1", port=0), echo, config=observed(metrics)) for number in range(3)]
    ours, theirs = open_channel()
    try:
        with Group(servers) as group:
            for server in servers:
                for _ in range(50):
                    metrics(Finished(None, Outcome.SERVED, 5e9, server=server, connection_id=1))
            Reports(group).send(ours, PATIENCE)
            received = theirs.receive()
            assert len(received) == 3
            assert max(len(str(message)) for message in received) < LONGEST / 2
    finally:
        ours.close()
        theirs.close()


def test_report_is_sent_only_if_there_is_something_new() -> None:
    metrics = Prometheus()
    ours, theirs = open_channel()
    try:
        with Server(TCP(port=0), echo, config=observed(metrics)) as server:
            reports = Reports(server)
            for sent in (1, 0):
                reports.send(ours)
                assert len(theirs.receive()) == sent
            metrics(Accepted(None, server=server, connection_id=1))
            reports.send(ours)
            assert len(theirs.receive()) == 1
    finally:
        ours.close()
        theirs.close()


def test_report_that_cannot_be_taken_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(Prometheus):
        def take_report(self, pid: int, _number: int, part: object, /) -> None:
            raise SystemExit

    with Server(TCP(port=0), echo, config=ServerConfig(observer=Failing())) as server:
        Reports(server).take(1, 0, [0, "a part"])
    assert "failed at a report of worker 1" in caplog.text


# Misuse


@pytest.mark.parametrize("buckets", [(), (0.0,), (-1, 1), (2, 1), (1, 1), (float("inf"),), "ab", range(1, 200)])
def test_buckets_that_cannot_be_are_refused(buckets: Any) -> None:
    with pytest.raises(RecipeError, match="must be 1 to 100 numbers of seconds above 0"):
        Prometheus(buckets=buckets)


@pytest.mark.parametrize("namespace", ["", "a-b", "1a", "a\n", 3])
def test_namespace_that_no_metric_can_have_is_refused(namespace: Any) -> None:
    with pytest.raises(RecipeError, match="cannot begin a metric's name"):
        Prometheus(namespace=namespace)


def test_namespace_begins_all_names() -> None:
    registry = CollectorRegistry()
    registry.register(Prometheus(namespace="shop"))
    names = {family.name for family in registry.collect()}
    assert names
    assert all(name.startswith("shop_") for name in names)


@pytest.mark.parametrize(
    ("package", "made"),
    [
        ("prometheus_client", "Prometheus()"),
        ("opentelemetry", "OpenTelemetry()"),
        ("structlog", "Structlog()"),
    ],
)
def test_package_is_imported_only_when_it_is_needed_and_its_lack_names_the_extra(package: str, made: str) -> None:
    program = f"""
import sys
import typedserver
assert {package!r} not in sys.modules
sys.modules[{package!r}] = None
try:
    typedserver.{made}
except typedserver.CompositionError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    extra = {"prometheus_client": "prometheus"}.get(package, package)
    assert done.stdout == f"{package} is not installed: pip install 'typedserver[{extra}]'\n"
