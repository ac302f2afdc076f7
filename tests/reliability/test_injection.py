"""Injection: every error that the manual pages list, in every call that a server makes, under every strategy.

After each of them the server serves the next client, and has reported it once for each request that it concerned.
"""

import errno
import gzip
import logging
import os
import re
import select
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests import matrix
from tests.running import PATIENCE, Run, ask, ask_datagram, connect
from tests.test_strategies_thread_pool import Raising
from typedserver import (
    TCP,
    UDP,
    Address,
    Bounded,
    ConcurrencyStrategy,
    Dispatcher,
    OnExecutor,
    ProcessorWrapper,
    Reactor,
    RequestProcessor,
    Server,
    StrategyWrapper,
    UnixDatagram,
    UnixStream,
    compat,
)
from typedserver.errors import is_disconnect
from typedserver.requests import exhaustion
from typedserver.testing import Faults, Faulty

# accept(2), ERRORS, except those below: errors of one connection, and the "network errors for the new socket".
ACCEPT_GOES_ON = [
    *("EAGAIN", "ECONNABORTED", "EINTR", "EPERM", "EPROTO"),
    *("ENETDOWN", "ENOPROTOOPT", "EHOSTDOWN", "ENONET", "EHOSTUNREACH", "ENETUNREACH"),
    *("ESOCKTNOSUPPORT", "EPROTONOSUPPORT", "ETIMEDOUT"),
]
ACCEPT_PAUSES = ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "ENOSR", "EOPNOTSUPP"]
ACCEPT_ENDS = ["EBADF", "EFAULT", "EINVAL", "ENOTSOCK"]
# recv(2), ERRORS; and what tcp(7) adds.
RECV = ["EAGAIN", "EBADF", "ECONNREFUSED", "EFAULT", "EINTR", "EINVAL", "ENOMEM", "ENOTCONN", "ENOTSOCK"]
RECV_OF_TCP = ["ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"]
# The same for a datagram listener, which calls recvfrom instead of accept; and what udp(7) and ip(7) add.
RECVFROM_GOES_ON = [
    "EAGAIN",
    "ECONNREFUSED",
    "EINTR",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "EPROTO",
    "ENOPROTOOPT",
    "EMSGSIZE",
]
RECVFROM_PAUSES = ["ENOMEM", "ENOTCONN", "ENOBUFS"]
RECVFROM_ENDS = ["EBADF", "EFAULT", "EINVAL", "ENOTSOCK"]
# send(2), ERRORS, which also describes sendto.
SEND = [
    *("EACCES", "EAGAIN", "EALREADY", "EBADF", "ECONNRESET", "EDESTADDRREQ", "EFAULT", "EINTR", "EINVAL", "EISCONN"),
    *("EMSGSIZE", "ENOBUFS", "ENOMEM", "ENOTCONN", "ENOTSOCK", "EOPNOTSUPP", "EPIPE"),
]
# shutdown(2), ERRORS
SHUTDOWN = ["EBADF", "EINVAL", "ENOTCONN", "ENOTSOCK"]
# fork(2), ERRORS, without the one that is "seen only during a trace".
FORK = ["EAGAIN", "ENOMEM", "ENOSYS"]

# An error that no manual page lists.
UNHEARD_OF = 9999

COROUTINE_STRATEGIES = matrix.MULTIPLEXING_STRATEGIES | matrix.LOOP_MAKING_STRATEGIES
STRATEGIES = matrix.STRATEGIES | COROUTINE_STRATEGIES

# Python raises BlockingIOError for these, and a Stream on a non-blocking socket waits.
NOT_YET = {"EAGAIN", "EALREADY"}


def number_of(name: str) -> int:
    return int(getattr(errno, name))


def canonical(name: str) -> str:
    """Return Python's name of the number, because some have two."""
    return errno.errorcode[number_of(name)]


class Report:
    """What handle_error and the log reported, in any process: one line each, through a pipe."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        self._unread = b""

    def add(self, line: str) -> None:
        os.write(self._writer, line.encode() + b"\n")

    def line(self) -> str:
        """Wait for the next line."""
        while b"\n" not in self._unread:
            assert select.select([self._reader], [], [], PATIENCE)[0], "nothing was reported"
            self._unread += os.read(self._reader, 65536)
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode()

    def rest(self) -> list[str]:
        """Return what else was reported so far."""
        while select.select([self._reader], [], [], 0)[0]:
            self._unread += os.read(self._reader, 65536)
        lines, self._unread = self._unread.decode().splitlines(), b""
        return lines

    def close(self) -> None:
        os.close(self._reader)
        os.close(self._writer)


class ReportingLog(logging.Handler):
    """Reports what the library logs except its events, and every record from WARNING on."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report

    def emit(self, record: logging.LogRecord) -> None:
        is_event = record.filename == "events.py"
        if (record.name == "typedserver" and not is_event) or record.levelno >= logging.WARNING:
            traceback = " with traceback" if record.exc_info else ""
            self.report.add(f"{record.levelname}{traceback}: {record.getMessage()}".partition("\n")[0])


@pytest.fixture
def report() -> Iterator[Report]:
    made = Report()
    handler = ReportingLog(made)
    ours, root = logging.getLogger("typedserver"), logging.getLogger()
    before = ours.level
    ours.setLevel(logging.DEBUG)
    root.addHandler(handler)
    try:
        yield made
    finally:
        root.removeHandler(handler)
        ours.setLevel(before)
        made.close()


class Reporting(Server[Any, Any]):
    """Reports each call of handle_error, and counts accepted requests."""

    report: Report

    taken = 0

    def verify_request(self, _request: Any, _client_address: Any, /) -> bool:
        self.taken += 1
        return True

    def handle_error(self, request: Any, client_address: Any, /) -> None:
        self.report.add(f"handle_error: {name_of_current_error()}")
        super().handle_error(request, client_address)


class CountingReleases(ProcessorWrapper[Any]):
    def __init__(self, inner: RequestProcessor[Any], releases: deque[object]) -> None:
        super().__init__(inner)
        self._releases = releases

    def release(self, request: object, client_address: object, error: BaseException | None, /) -> None:
        self._releases.append(None)
        super().release(request, client_address, error)


class Counted(StrategyWrapper[Any]):
    """A strategy whose releases are counted."""

    def __init__(self, inner: ConcurrencyStrategy[Any]) -> None:
        self._inner = inner
        self.releases: deque[object] = deque()

    @property
    def inner(self) -> ConcurrencyStrategy[Any]:
        return self._inner

    def start(self, processor: RequestProcessor[Any], reactor: Reactor | None, /) -> Dispatcher:
        return self._inner.start(CountingReleases(processor, self.releases), reactor)


def name_of_current_error() -> str:
    error = sys.exception()
    number = error.errno if isinstance(error, OSError) else None
    return errno.errorcode.get(number or 0, type(error).__name__)


@contextmanager
def serving(
    endpoint: Any, handler: Any, strategy: Any, report: Report, kind: type[Reporting] = Reporting
) -> Generator[Reporting, None, None]:
    """Serve while the block runs; afterwards each request was released once, and nothing more was reported."""
    chosen: Any = eval(STRATEGIES[strategy], matrix.NAMES) if isinstance(strategy, str) else strategy
    counted = Counted(chosen)
    server = kind(endpoint, handler, counted)
    server.report = report
    try:
        with server:
            run = Run(server)
            try:
                yield server
            finally:
                server.shutdown()
                run.join()
    finally:
        if isinstance(chosen, OnExecutor):
            chosen.executor.shutdown()
    assert run.result is None
    assert len(counted.releases) == server.taken
    assert report.rest() == []


class Dealer:
    """Gives a running server one fault of the test at a time."""

    def __init__(self) -> None:
        self.waiting: deque[Any] = deque()

    def __iter__(self) -> Iterator[Any]:
        while True:
            yield self.waiting.popleft() if self.waiting else None

    def give(self, thing: Any) -> None:
        self.waiting.append(thing)


def attempt(address: Address, data: bytes) -> bytes:
    """Ask as a client that may be reset at any point."""
    with suppress(ConnectionError), connect(address) as client:
        with suppress(OSError):
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(100), b""))
    return b""


def check_reported(report: Report, name: str, error: str | None = None) -> None:
    """Check for one report to handle_error and one to the log, with a traceback unless a peer caused the error."""
    assert report.line() == f"handle_error: {error or canonical(name)}"
    line = report.line()
    if error is not None:
        assert line.startswith("WARNING: ")
    elif is_disconnect(OSError(number_of(name), "")):
        assert line.startswith("DEBUG: ")
    else:
        assert line.startswith("ERROR with traceback: ")


# accept(2), recvfrom(2)


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exhaustion, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(exhaustion, "LAST_PAUSE", 0.001)


def check_accept_reports(report: Report, goes_on: list[str]) -> None:
    lines = report.rest()
    assert len([line for line in lines if line.startswith("ERROR: accepting pauses")]) == 1
    lost = [line for line in lines if line.startswith("DEBUG: connection lost")]
    assert len(lost) == len(set(goes_on) - NOT_YET)
    assert len(lines) == len(lost) + 1


@pytest.mark.usefixtures("short_pauses")
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_injected_errors_of_accept_cost_no_client(strategy: str, report: Report) -> None:
    accept = Dealer()
    endpoint = Faulty(TCP(port=0), accept=accept)
    with serving(endpoint, matrix.stream_coroutine, strategy, report) as server:
        for name in ACCEPT_GOES_ON + ACCEPT_PAUSES:
            accept.give(number_of(name))
            assert ask(server.server_address, b"served\n") == b"SERVED\n", name
        accept.give(UNHEARD_OF)
        assert ask(server.server_address, b"served\n") == b"SERVED\n"
        assert not accept.waiting
        check_accept_reports(report, ACCEPT_GOES_ON)


@pytest.mark.usefixtures("short_pauses")
@pytest.mark.parametrize("strategy", matrix.STRATEGIES)
def test_injected_errors_of_recvfrom_cost_no_client(strategy: str, report: Report) -> None:
    accept = Dealer()
    endpoint = Faulty(UDP(port=0), accept=accept)
    with serving(endpoint, matrix.datagram_of_data, strategy, report) as server:
        for name in RECVFROM_GOES_ON + RECVFROM_PAUSES:
            accept.give(number_of(name))
            assert ask_datagram(server.server_address, b"served") == b"SERVED", name
        assert not accept.waiting
        check_accept_reports(report, RECVFROM_GOES_ON)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_injected_error_of_a_listener_that_cannot_accept_ends_serving(strategy: str, report: Report) -> None:
    for name in ACCEPT_ENDS:
        check_ends(Faulty(TCP(port=0), accept=[number_of(name)]), matrix.stream_coroutine, strategy, name)
    assert report.rest() == []


@pytest.mark.parametrize("strategy", matrix.STRATEGIES)
def test_injected_error_of_a_socket_that_cannot_receive_ends_serving(strategy: str, report: Report) -> None:
    for name in RECVFROM_ENDS:
        check_ends(Faulty(UDP(port=0), accept=[number_of(name)]), matrix.datagram_of_data, strategy, name)
    assert report.rest() == []


def check_ends(endpoint: Any, handler: Any, strategy: str, name: str) -> None:
    chosen = eval(STRATEGIES[strategy], matrix.NAMES)
    kind = socket.SOCK_DGRAM if endpoint.request_kind == "datagrams" else socket.SOCK_STREAM
    with Server(endpoint, handler, chosen) as server, connect(server.server_address, kind) as client:
        client.send(b"x")
        with pytest.raises(OSError) as raised:
            server.serve_forever()
    assert raised.value.errno == number_of(name)
    if isinstance(chosen, OnExecutor):
        chosen.executor.shutdown()


# recv(2), send(2), shutdown(2)

HANDLERS_AND_STRATEGIES = [
    *(("stream_function", strategy) for strategy in matrix.STRATEGIES),
    *(("stream_coroutine", strategy) for strategy in STRATEGIES),
]


def calls_failing(name: str) -> list[tuple[str, Faults]]:
    number = number_of(name)
    failing = [("recv", Faults(recv=[number]))] if name in RECV + RECV_OF_TCP else []
    if name in SEND:
        failing.append(("send", Faults(send=[number])))
    return failing


@pytest.mark.parametrize(("handler", "strategy"), HANDLERS_AND_STRATEGIES)
def test_injected_errors_of_a_connection_cost_its_own_client_alone(handler: str, strategy: str, report: Report) -> None:
    requests = Dealer()
    endpoint = Faulty(TCP(port=0), requests=requests)
    with serving(endpoint, matrix.STREAM_HANDLERS[handler], strategy, report) as server:
        address = server.server_address
        for name in dict.fromkeys(RECV + RECV_OF_TCP + SEND):
            for call, faults in calls_failing(name):
                requests.give(faults)
                answer = attempt(address, b"failing\n")
                # A socket whose class sends in its own way, as this one's, may wait in a send unless it is in a loop.
                if name in NOT_YET and strategy in COROUTINE_STRATEGIES:
                    assert answer == b"FAILING\n", f"{call}: {name}"
                else:
                    assert answer == b"", f"{call}: {name}"
                    # If we wait in the kernel, EAGAIN means that the peer's time is up (SO_RCVTIMEO, socket(7)).
                    silence = name == "EAGAIN" or (name in NOT_YET and handler == "stream_coroutine")
                    error = "SlowPeer" if call == "send" and handler == "stream_coroutine" else "PeerTimedOut"
                    check_reported(report, name, error if silence else None)
                assert ask(address, b"served\n") == b"SERVED\n", f"{call}: {name}"
        assert report.rest() == []


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_injected_errors_of_shutdown_cost_nobody(strategy: str, report: Report) -> None:
    requests = Dealer()
    with serving(Faulty(TCP(port=0), requests=requests), matrix.stream_coroutine, strategy, report) as server:
        for name in SHUTDOWN:
            requests.give(Faults(shutdown=[number_of(name)]))
            assert ask(server.server_address, b"served\n") == b"SERVED\n", name


# sendto(2)


def send_lost(address: Any) -> None:
    """Send a datagram whose answer will be lost."""
    with connect(address, socket.SOCK_DGRAM) as client:
        client.send(b"lost")


@pytest.mark.parametrize("strategy", matrix.STRATEGIES)
def test_injected_errors_of_sendto_lose_a_reply_and_no_more(strategy: str, report: Report) -> None:
    requests = Dealer()
    endpoint = Faulty(UDP(port=0), requests=requests)
    with serving(endpoint, matrix.datagram_of_data, strategy, report) as server:
        for name in SEND:
            requests.give(Faults(sendto=[number_of(name)]))
            send_lost(server.server_address)
            if name == "EMSGSIZE":
                # The only error that is the handler's own mistake.
                check_reported(report, name)
            else:
                assert report.line().startswith("INFO: reply of 4 bytes"), name
            assert ask_datagram(server.server_address, b"served") == b"SERVED", name


@pytest.mark.parametrize("strategy", matrix.STRATEGIES)
def test_injected_errors_of_a_handlers_own_sendto_are_reported_once(strategy: str, report: Report) -> None:
    requests = Dealer()
    endpoint = Faulty(UDP(port=0), requests=requests)
    with serving(endpoint, matrix.datagram_plain_function, strategy, report) as server:
        for name in SEND:
            requests.give(Faults(sendto=[number_of(name)]))
            send_lost(server.server_address)
            check_reported(report, name)
            assert ask_datagram(server.server_address, b"served") == b"SERVED", name


# Unix sockets, under one strategy, because only the listener differs


def test_injected_errors_over_unix_sockets(tmp_path: Path, report: Report) -> None:
    requests = Dealer()
    path = str(tmp_path / "s")
    with serving(Faulty(UnixStream(path), requests=requests), matrix.stream_coroutine, "threads", report):
        for name in ("ECONNRESET", "EPIPE"):
            requests.give(Faults(recv=[number_of(name)]))
            assert attempt(path, b"failing\n") == b""
            check_reported(report, name)
            assert ask(path, b"served\n") == b"SERVED\n"
    with serving(Faulty(UnixDatagram(path), requests=requests), matrix.datagram_of_data, "threads", report):
        # unix(7): the peer's file is gone or is of another kind, or nobody listens there.
        for number, name in enumerate(("ENOENT", "EPROTOTYPE", "ECONNREFUSED")):
            requests.give(Faults(sendto=[number_of(name)]))
            send_lost(path)
            assert report.line().startswith("INFO: reply of 4 bytes")
            assert ask_datagram(path, b"served", str(tmp_path / f"client{number}")) == b"SERVED"
            (tmp_path / f"client{number}").unlink()


# fork(2), and threads that do not start


@contextmanager
def failing_once(owner: Any, call: str, error: BaseException) -> Generator[None, None, None]:
    """Make the next call raise, and no later one."""
    real: Callable[..., Any] = getattr(owner, call)

    def fail(*_arguments: Any, **_keywords: Any) -> NoReturn:
        setattr(owner, call, real)
        raise error

    setattr(owner, call, fail)
    try:
        yield
        assert getattr(owner, call) is real, f"{call} was not called"
    finally:
        setattr(owner, call, real)


@pytest.mark.parametrize("strategy", ["Forks()", "Bounded(Forks(), 1)", "Forks(max_children=1)"])
def test_injected_errors_of_fork_refuse_one_client_each(strategy: str, report: Report) -> None:
    chosen = eval(strategy, matrix.NAMES)
    with serving(TCP(port=0), matrix.stream_function, chosen, report) as server:
        for name in FORK:
            with failing_once(os, "fork", OSError(number_of(name), os.strerror(number_of(name)))):
                assert attempt(server.server_address, b"refused") == b""
            check_reported(report, name)
            assert ask(server.server_address, b"served") == b"SERVED"


def test_injected_errors_of_fork_refuse_one_datagram_each(report: Report) -> None:
    chosen = eval("Forks()", matrix.NAMES)
    with serving(UDP(port=0), matrix.datagram_of_data, chosen, report) as server:
        for name in FORK:
            with failing_once(os, "fork", OSError(number_of(name), os.strerror(number_of(name)))):
                send_lost(server.server_address)
                check_reported(report, name)
            assert ask_datagram(server.server_address, b"served") == b"SERVED"


THREADED = ["Threads()", "ThreadPool(workers=2, queue=1)", "Bounded(Threads(), 1)", "OnExecutor(ThreadPoolExecutor(2))"]


@pytest.mark.parametrize("error", [RuntimeError("can't start new thread"), MemoryError()], ids=repr)
@pytest.mark.parametrize("strategy", THREADED)
def test_injected_failure_to_start_a_thread_refuses_one_client(strategy: str, error: Exception, report: Report) -> None:
    with serving(TCP(port=0), matrix.stream_function, eval(strategy, matrix.NAMES), report) as server:
        with failing_once(threading.Thread, "start", error):
            assert attempt(server.server_address, b"refused") == b""
        assert report.line() == f"handle_error: {type(error).__name__}"
        assert report.line().startswith("ERROR with traceback: ")
        for _ in range(3):
            assert ask(server.server_address, b"served") == b"SERVED"


class CompatReport:
    """Mixed into compat's servers: reports each call of handle_error."""

    report: Report

    def handle_error(self, request: Any, client_address: Any) -> None:
        self.report.add(f"handle_error: {name_of_current_error()}")


class ForkingCompat(CompatReport, compat.ForkingTCPServer):
    pass


class ThreadingCompat(CompatReport, compat.ThreadingTCPServer):
    pass


FAILURES_IN_COMPAT: list[Any] = [
    *((ForkingCompat, os, "fork", OSError(number_of(name), name), name) for name in FORK),
    (ThreadingCompat, threading.Thread, "start", RuntimeError("can't start new thread"), "RuntimeError"),
    (ThreadingCompat, threading.Thread, "start", MemoryError(), "MemoryError"),
]


@pytest.mark.parametrize(("kind", "owner", "call", "error", "name"), FAILURES_IN_COMPAT)
def test_injected_failure_of_a_worker_refuses_one_client_of_compat(
    kind: Any, owner: Any, call: str, error: Exception, name: str, report: Report
) -> None:
    with kind(("127.0.0.1", 0), matrix.StdlibStreamFiles) as server:
        server.report = report
        run = Run(server)
        try:
            with failing_once(owner, call, error):
                assert attempt(server.server_address, b"refused\n") == b""
            assert report.line() == f"handle_error: {name}"
            assert ask(server.server_address, b"served\n") == b"SERVED\n"
        finally:
            server.shutdown()
            run.join()
    assert report.rest() == []


# A strategy that raises


@pytest.mark.parametrize(
    "strategy", [Raising(releases=True), Bounded(Raising(releases=False), 1)], ids=["plain", "bounded"]
)
def test_injected_failure_of_a_strategy_refuses_one_client_after_the_other(strategy: Any, report: Report) -> None:
    with serving(TCP(port=0), matrix.stream_function, strategy, report) as server:
        for _ in range(3):
            assert attempt(server.server_address, b"refused") == b""
            assert report.line() == "handle_error: ValueError"
            assert report.line().startswith("ERROR with traceback: ")


# The sources of the lists


@pytest.mark.parametrize(
    ("page", "injected"),
    [
        ("accept", ACCEPT_GOES_ON + ACCEPT_PAUSES + ACCEPT_ENDS),
        ("recv", RECV),
        ("recv", RECVFROM_GOES_ON + RECVFROM_PAUSES + RECVFROM_ENDS),
        ("send", SEND),
        ("shutdown", SHUTDOWN),
        ("fork", FORK),
    ],
)
def test_injected_errors_are_all_that_the_page_lists(page: str, injected: list[str]) -> None:
    file = Path(f"/usr/share/man/man2/{page}.2.gz")
    if not file.exists():
        pytest.skip("no manual pages are installed here")
    text = gzip.decompress(file.read_bytes()).decode()
    errors = re.split(r"^\.SH ", text.partition(".SH ERRORS\n")[2], flags=re.MULTILINE)[0]
    listed = set(re.findall(r"\bE[A-Z]{3,}\b", errors)) - {"ERRORS", "EWOULDBLOCK"}
    # Seen only during a trace.
    listed -= {"ERESTARTSYS", "ERESTARTNOINTR"}
    assert listed <= set(injected)
