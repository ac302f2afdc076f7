"""Wrappers that change nothing: an endpoint and a strategy serve through them as they do bare, in everything."""

import contextlib
import itertools
import os
import socket
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest

from tests.matrix import StreamBase, datagram_plain_function, stream_function
from tests.running import PATIENCE, Run, ask, ask_datagram, connect, running
from tests.test_deadlines import raw, silent_and_cut
from tests.test_draining import STRATEGIES, asleep, greeted, refuses, stuck, upper
from tests.test_hot_restart import end, new_program
from tests.test_limits import Seen
from tests.test_prefork import forked, pid_from, pid_of_datagram, tell_pid, tell_pid_as_coroutine, tell_pid_of_datagram
from typedserver import (
    TCP,
    UDP,
    BaseEndpoint,
    BaseListener,
    Bounded,
    CompositionError,
    ConcurrencyStrategy,
    DatagramRequestHandler,
    Deadlines,
    Dispatcher,
    DispatcherWrapper,
    DrainReport,
    Endpoint,
    EndpointWrapper,
    Finished,
    Forks,
    InetAddress,
    LifecycleError,
    Limits,
    Listener,
    ListenerWrapper,
    Multiplexed,
    OnExecutor,
    Outcome,
    Prefork,
    Reactor,
    Refused,
    RequestKind,
    RequestProcessor,
    Server,
    ServerConfig,
    ServerContext,
    StrategyWrapper,
    Stream,
    StreamRequest,
    ThreadPool,
    Threads,
    UnixDatagram,
    UnixStream,
    run_blocking,
    stream_handler,
)
from typedserver.protocols.requests import Address_co, Request_co, Result_contra
from typedserver.service.hot_restart import HotRestart


@dataclass(frozen=True)
class Plain(EndpointWrapper[Request_co, Address_co]):
    """The least that a wrapper of an endpoint can be."""

    endpoint: Endpoint[Request_co, Address_co]

    @property
    def inner(self) -> Endpoint[Request_co, Address_co]:
        return self.endpoint

    def listen(self) -> Listener[Request_co, Address_co]:
        return ListenerWrapper(self.endpoint.listen())


class EstablishingListener(ListenerWrapper[Request_co, Address_co]):
    """Must do something before a request is served, and lets the wrapped listener do it."""

    async def establish(
        self, request: Any, client_address: Any, server: ServerContext, /
    ) -> tuple[Request_co, Address_co]:
        established: Any = self.inner.establish(request, client_address, server)
        return established  # type: ignore[no-any-return]  # what the listener gave


class Establishing(Plain[Request_co, Address_co]):
    """The same, with something to do for each request."""

    def listen(self) -> Listener[Request_co, Address_co]:
        return EstablishingListener(self.endpoint.listen())


@dataclass(frozen=True)
class PlainStrategy(StrategyWrapper[Result_contra]):
    """The least that a wrapper of a strategy can be."""

    strategy: ConcurrencyStrategy[Result_contra]

    @property
    def inner(self) -> ConcurrencyStrategy[Result_contra]:
        return self.strategy

    def start(self, processor: RequestProcessor[Result_contra], reactor: Reactor | None, /) -> Dispatcher:
        return DispatcherWrapper(self.strategy.start(processor, reactor))


def as_it_is(piece: Any) -> Any:
    return piece


@dataclass(frozen=True)
class Wrapping:
    """How the pieces of a server are wrapped."""

    endpoint: Callable[[Any], Any] = as_it_is
    strategy: Callable[[Any], Any] = as_it_is


BARE: Final = Wrapping()
WRAPPINGS: Final = {
    "endpoint": Wrapping(endpoint=Plain),
    "strategy": Wrapping(strategy=PlainStrategy),
    "both": Wrapping(endpoint=Establishing, strategy=PlainStrategy),
}
NAMES: Final = [name for name in STRATEGIES if name != "uvloop"]
COROUTINES: Final = ("multiplexed", "asyncio")


@pytest.fixture(params=list(WRAPPINGS))
def wrapping(request: pytest.FixtureRequest) -> Wrapping:
    return WRAPPINGS[request.param]


@pytest.fixture
def executor() -> Generator[ThreadPoolExecutor, None, None]:
    with ThreadPoolExecutor(8) as made:
        yield made


def config_of(**deadlines: float | None) -> ServerConfig:
    return ServerConfig(deadlines=Deadlines(**deadlines))


# Every row of the matrix

ENDPOINTS: Final[dict[str, Callable[[Path], Any]]] = {
    "tcp": lambda _path: TCP(port=0),
    "unix": lambda path: UnixStream(str(path)),
    "udp": lambda _path: UDP(port=0),
    "unix_datagram": lambda path: UnixDatagram(str(path)),
}
STREAMS: Final = list(itertools.product(["tcp", "unix"], NAMES))
DATAGRAMS: Final = list(itertools.product(["udp", "unix_datagram"], [name for name in NAMES if name not in COROUTINES]))


class All(Seen):
    """An observer that wants to know of each request as well."""

    wants_requests = True


@dataclass(frozen=True)
class Account:
    """All that is known of a server that has served: its answers, its events, and its end."""

    answers: list[bytes]
    events: list[str] = field(default_factory=list[str])
    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    drained: DrainReport | None = None


def account_of(server_of: Callable[[ServerConfig], Server[Any, Any]], exchange: Callable[[Any], bytes]) -> Account:
    seen = All()
    with running(server_of(ServerConfig(observer=seen, quiet=0.01))) as run:
        answers = [exchange(run.server.server_address) for _ in range(2)]
        seen.wait_for(Finished, 2)
        # The last request is over, but the server may count it before or after the drain begins.
        drained = replace(run.server.drain(), served=0, seconds=0)
    events = [type(event).__name__ for event in seen.events]
    # Two threads report in either order.
    return Account(answers, sorted(events), [event.outcome for event in seen.wait_for(Finished, 2)], drained)


@pytest.mark.parametrize(("endpoint", "strategy"), STREAMS)
def test_stream_is_served_as_by_the_bare_pieces(
    endpoint: str, strategy: str, tmp_path: Path, executor: ThreadPoolExecutor
) -> None:
    def account(wrapping: Wrapping) -> Account:
        pieces = (
            wrapping.endpoint(ENDPOINTS[endpoint](tmp_path / "s")),
            upper if strategy in COROUTINES else stream_function,
            wrapping.strategy(STRATEGIES[strategy](executor)),
        )
        return account_of(lambda config: Server(*pieces, config=config), lambda address: ask(address, b"one\ntwo\n"))

    bare = account(BARE)
    assert bare.answers == [b"ONE\nTWO\n"] * 2
    for name, wrapping in WRAPPINGS.items():
        # What is established before a child has it is told of by its parent, which tells of no child's requests.
        more = ["Established", *(["Started"] if strategy == "forks" else [])] * 2 if name == "both" else []
        assert account(wrapping) == replace(bare, events=sorted(bare.events + more)), name


@pytest.mark.parametrize(("endpoint", "strategy"), DATAGRAMS)
def test_datagram_is_served_as_by_the_bare_pieces(
    endpoint: str, strategy: str, tmp_path: Path, executor: ThreadPoolExecutor
) -> None:
    own_paths = (tmp_path / f"client{number}" for number in itertools.count())

    def exchange(address: Any) -> bytes:
        own_path = next(own_paths)
        try:
            return ask_datagram(address, b"one", str(own_path))
        finally:
            own_path.unlink(missing_ok=True)

    def account(wrapping: Wrapping) -> Account:
        pieces = (
            wrapping.endpoint(ENDPOINTS[endpoint](tmp_path / "s")),
            datagram_plain_function,
            wrapping.strategy(STRATEGIES[strategy](executor)),
        )
        return account_of(lambda config: Server(*pieces, config=config), exchange)

    bare = account(BARE)
    assert bare.answers == [b"ONE"] * 2
    for name, wrapping in WRAPPINGS.items():
        more = ["Established"] * 2 if name == "both" and strategy != "forks" else []
        assert account(wrapping) == replace(bare, events=sorted(bare.events + more)), name


# Deadlines


def handler_for(strategy: str) -> Any:
    """A handler that leaves its waits to the server; a coroutine if the strategy takes only those."""
    return upper if strategy in COROUTINES else raw


@pytest.mark.parametrize("strategy", NAMES)
@pytest.mark.parametrize("deadlines", [{"total": 0.1, "read": None}, {"read": 0.1, "total": None}], ids=str)
def test_silent_client_is_given_up_in_time_through_a_wrapper(
    wrapping: Wrapping, strategy: str, deadlines: dict[str, float | None], executor: ThreadPoolExecutor
) -> None:
    chosen = wrapping.strategy(STRATEGIES[strategy](executor))
    server = Server(wrapping.endpoint(TCP(port=0)), handler_for(strategy), chosen, config=config_of(**deadlines))
    assert 0.05 < silent_and_cut(server) < 3


# One request at a time


@pytest.mark.parametrize("strategy", COROUTINES)
def test_handle_request_serves_a_coroutine_to_its_end_through_a_wrapper(
    wrapping: Wrapping, strategy: str, executor: Any
) -> None:
    chosen = wrapping.strategy(STRATEGIES[strategy](executor))
    with (
        Server(wrapping.endpoint(TCP(port=0)), upper, chosen) as server,
        ThreadPoolExecutor(1) as client,
    ):
        answer = client.submit(ask, server.server_address, b"one\n")
        server.handle_request()
        assert answer.result(PATIENCE) == b"ONE\n"


# Limits


@pytest.mark.parametrize("strategy", ["threads", "forks", "multiplexed"])
def test_client_beyond_the_limit_is_closed_through_a_wrapper(wrapping: Wrapping, strategy: str, executor: Any) -> None:
    for limits, reason in (
        (Limits(connections=1, over="refuse"), "connections"),
        (Limits(per_peer=1), "per_peer"),
    ):
        seen = Seen()
        config = ServerConfig(limits=limits, observer=seen)
        chosen = wrapping.strategy(STRATEGIES[strategy](executor))
        server = Server(wrapping.endpoint(TCP(port=0)), upper, chosen, config=config)
        with running(server), greeted(server.server_address) as first, connect(server.server_address) as second:
            assert second.recv(100) == b""
            assert seen.wait_for(Refused)[0].reason == reason
            first.sendall(b"cd\n")
            assert first.recv(100) == b"CD\n"


def second_waits(server: Server[Any, Any]) -> bool:
    """Whether a second client is served when the first has gone, and not before."""
    with running(server):
        first = greeted(server.server_address)
        with connect(server.server_address) as second:
            second.sendall(b"cd\n")
            second.settimeout(0.05)
            with pytest.raises(TimeoutError):
                second.recv(100)
            first.close()
            second.settimeout(PATIENCE)
            return second.recv(100) == b"CD\n"


@pytest.mark.parametrize("strategy", ["threads", "forks", "multiplexed"])
def test_client_beyond_the_limit_waits_through_a_wrapper(wrapping: Wrapping, strategy: str, executor: Any) -> None:
    config = ServerConfig(limits=Limits(connections=1))
    chosen = wrapping.strategy(STRATEGIES[strategy](executor))
    assert second_waits(Server(wrapping.endpoint(TCP(port=0)), upper, chosen, config=config))


@pytest.mark.parametrize("strategy", [Bounded(Threads(), 1), ThreadPool(workers=1, queue=0)], ids=repr)
def test_client_beyond_the_strategys_own_bound_waits_through_a_wrapper(wrapping: Wrapping, strategy: Any) -> None:
    assert second_waits(Server(wrapping.endpoint(TCP(port=0)), upper, wrapping.strategy(strategy)))
    assert second_waits(Server(wrapping.endpoint(TCP(port=0)), upper, Bounded(wrapping.strategy(strategy), 5)))


# Draining


@pytest.mark.parametrize("strategy", NAMES)
def test_drain_ends_an_idle_connection_through_a_wrapper(wrapping: Wrapping, strategy: str, executor: Any) -> None:
    server = Server(wrapping.endpoint(TCP(port=0)), upper, wrapping.strategy(STRATEGIES[strategy](executor)))
    with running(server), greeted(server.server_address) as client:
        report = server.drain(PATIENCE)
        assert report.seconds < PATIENCE / 4
        assert client.recv(100) == b""
        assert (report.served, report.cut, report.left) == (1, (), 0)
        assert refuses(server.server_address)


@pytest.mark.parametrize(
    ("strategy", "handler"),
    # Its strategy ends a coroutine that sleeps. The end of its connection ends a thread that waits for its client.
    [*((name, stuck) for name in NAMES), ("multiplexed", asleep), ("asyncio", asleep), ("forks", asleep)],
    ids=str,
)
def test_drain_cuts_at_its_deadline_through_a_wrapper(
    wrapping: Wrapping, strategy: str, handler: Any, executor: Any
) -> None:
    server = Server(wrapping.endpoint(TCP(port=0)), handler, wrapping.strategy(STRATEGIES[strategy](executor)))
    with running(server), connect(server.server_address) as client:
        client.sendall(b"ab\nc")
        assert client.recv(100) == b"ab\n"
        report = server.drain(0.1)
        assert client.recv(100) == b""
        assert (report.served, report.cut, report.left) == (0, (client.getsockname(),), 0)


@pytest.mark.parametrize("strategy", [name for name in NAMES if name not in ("inline", *COROUTINES)])
@pytest.mark.parametrize("endpoint", ["udp", "unix_datagram"])
def test_datagram_is_answered_while_the_server_closes_through_a_wrapper(
    wrapping: Wrapping, endpoint: str, strategy: str, executor: Any, tmp_path: Path
) -> None:
    begun, may_answer = os.pipe(), os.pipe()

    def late(request: Any, client_address: Any, _server: object) -> None:
        os.write(begun[1], b"!")
        os.read(may_answer[0], 1)
        request[1].sendto(b"answer", client_address)

    chosen = wrapping.strategy(STRATEGIES[strategy](executor))
    server = Server(wrapping.endpoint(ENDPOINTS[endpoint](tmp_path / "s")), late, chosen).open()
    run = Run(server)
    address = server.server_address
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        if isinstance(address, str):
            client.bind(str(tmp_path / "client"))
        client.sendto(b"question", address)
        os.read(begun[0], 1)
        server.shutdown()
        run.join()
        closing = threading.Thread(target=server.server_close)
        closing.start()
        # It may be closed by then, if it does not wait.
        closing.join(0.05)
        os.write(may_answer[1], b"!")
        assert client.recv(100) == b"answer"
        closing.join()
    (tmp_path / "client").unlink(missing_ok=True)
    for fd in (*begun, *may_answer):
        os.close(fd)


# Workers: threads, children and processes


@pytest.mark.parametrize("strategy", NAMES)
def test_worker_may_not_wait_for_its_server_through_a_wrapper(wrapping: Wrapping, strategy: str, executor: Any) -> None:
    @stream_handler
    async def try_to(stream: Stream[Any, Server[Any, Any]]) -> None:
        for call in (stream.server.server_close, stream.server.drain):
            try:
                # Under a strategy of coroutines this is another thread, which only the strategy knows.
                await run_blocking(call)
            except LifecycleError:
                await stream.write(b"refused ")

    server: Server[Any, Any] = Server(
        wrapping.endpoint(TCP(port=0)), try_to, wrapping.strategy(STRATEGIES[strategy](executor))
    )
    with running(server):
        assert ask(server.server_address, b"") == b"refused " * 2


def test_child_keeps_no_copy_of_a_listener_through_a_wrapper(wrapping: Wrapping) -> None:
    def descriptors(request: Any, _client_address: object, _server: object) -> None:
        request.recv(1)
        for fd in os.listdir("/proc/self/fd"):
            # The descriptor that listed the folder is closed.
            with contextlib.suppress(FileNotFoundError):
                request.sendall(f"{os.readlink(f'/proc/self/fd/{fd}')}\n".encode())

    with running(Server(wrapping.endpoint(TCP(port=0)), descriptors, wrapping.strategy(Forks()))) as run:
        listening = os.readlink(f"/proc/self/fd/{run.server.fileno()}")
        assert listening not in ask(run.server.server_address, b"x").decode().splitlines()


@pytest.mark.parametrize(
    ("endpoint", "strategy", "reuse_port"),
    [
        ("tcp", "threads", False),
        ("tcp", "multiplexed", True),
        ("unix", "multiplexed", False),
        ("udp", "threads", False),
        ("udp", "threads", True),
        ("unix_datagram", "forks", False),
    ],
)
def test_prefork_serves_through_a_wrapper(
    wrapping: Wrapping, endpoint: str, strategy: str, reuse_port: bool, tmp_path: Path, executor: Any
) -> None:
    datagrams = endpoint in ("udp", "unix_datagram")
    handler: Any = tell_pid_of_datagram if datagrams else tell_pid_as_coroutine if strategy in COROUTINES else tell_pid
    made = wrapping.endpoint(ENDPOINTS[endpoint](tmp_path / "s"))
    server = Server(made, handler, wrapping.strategy(STRATEGIES[strategy](executor)))
    with forked(Prefork(server, 2, reuse_port=reuse_port)) as run:
        for _ in range(3):
            address = run.server.server_address
            pid = pid_of_datagram(address, tmp_path / "client") if datagrams else pid_from(address)
            assert (pid in run.server.pids) is (strategy != "forks")
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("reuse_port", [False, True], ids=["shared", "reuse_port"])
def test_prefork_keeps_deadlines_and_drains_through_a_wrapper(wrapping: Wrapping, reuse_port: bool) -> None:
    server = Server(wrapping.endpoint(TCP(port=0)), upper, wrapping.strategy(Threads()), config=config_of(total=0.5))
    with forked(Prefork(server, 2, reuse_port=reuse_port)) as run:
        with greeted(run.server.server_address) as silent:
            begun = time.monotonic()
            assert silent.recv(100) == b""
            assert 0.3 < time.monotonic() - begun < PATIENCE / 4
        with greeted(run.server.server_address) as idle:
            report = run.server.drain(PATIENCE)
            assert idle.recv(100) == b""
            assert (report.served, report.cut, report.left) == (1, (), 0)
            assert report.seconds < 0.5, "its deadline has not ended it"
        assert refuses(server.server_address)


def test_prefork_refuses_what_a_fork_would_lose_through_a_wrapper(executor: ThreadPoolExecutor) -> None:
    executor.submit(int).result()
    server = Server(TCP(port=0), raw, PlainStrategy(PlainStrategy(OnExecutor(executor))))
    with pytest.raises(CompositionError, match="has started threads before Prefork forks"):
        Prefork(server, 2).open()


def test_prefork_opens_no_port_for_each_worker_if_the_wrapped_endpoint_has_none(tmp_path: Path) -> None:
    with pytest.raises(CompositionError, match="cannot open"):
        Prefork(Server(Plain(UnixStream(str(tmp_path / "s"))), raw), 2, reuse_port=True)


# Another process that serves on


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_shared_listener_is_left_to_the_other_process_through_a_wrapper(
    wrapping: Wrapping, endpoint: str, tmp_path: Path
) -> None:
    path = tmp_path / "s"
    listener = wrapping.endpoint(ENDPOINTS[endpoint](path)).listen()
    listener.share()
    assert listener.withdraw() == "shared"
    listener.close()
    assert path.exists() is (endpoint in ("unix", "unix_datagram"))
    path.unlink(missing_ok=True)


@pytest.mark.parametrize("endpoint", ["tcp", "unix"])
def test_hot_restart_leaves_the_listener_to_the_new_process_through_a_wrapper(
    wrapping: Wrapping, endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    server = Server(wrapping.endpoint(ENDPOINTS[endpoint](tmp_path / "s")), upper, wrapping.strategy(Threads()))
    with running(server) as run:
        address = server.server_address
        pid = HotRestart(server, command=new_program("serve()")).restart()
        run.join()
        server.server_close()
        # The new process never accepts, but has the socket: the kernel takes clients for it.
        assert not refuses(address)
    end(pid)
    (tmp_path / "s").unlink(missing_ok=True)


# The checks of a server before it serves


def test_wrapped_pieces_are_refused_as_the_bare_ones() -> None:
    for endpoint, handler, strategy, reason in (
        (UDP(port=0), upper, Threads(), "answers connections"),
        (UDP(port=0), DatagramRequestHandler, Multiplexed(), "needs handlers that are coroutines"),
        (TCP(port=0), StreamBase, Multiplexed(), "needs handlers that are coroutines"),
    ):
        for wrapping in (BARE, *WRAPPINGS.values()):
            pieces: Any = wrapping.endpoint(endpoint), handler, wrapping.strategy(strategy)
            with pytest.raises(CompositionError, match=reason):
                Server(*pieces)


class OwnListener(BaseListener[StreamRequest, InetAddress]):
    """A listener whose author knows only the contract."""

    request_kind: RequestKind = "connections"

    def __init__(self, bound: socket.socket) -> None:
        bound.setblocking(False)
        self.bound = bound

    @property
    def server_address(self) -> InetAddress:
        address: InetAddress = self.bound.getsockname()
        return address

    def fileno(self) -> int:
        return self.bound.fileno()

    def get_request(self) -> tuple[socket.socket, InetAddress]:
        return self.bound.accept()

    def shutdown_request(self, request: socket.socket, /) -> None:
        self.close_request(request)

    def close_request(self, request: socket.socket, /) -> None:
        request.close()

    def leave_in_child(self, _request: object, /) -> None:
        self.bound.close()

    def close(self) -> None:
        self.bound.close()


class OwnEndpoint(BaseEndpoint[StreamRequest, InetAddress]):
    request_kind: RequestKind = "connections"

    def listen(self) -> OwnListener:
        return OwnListener(socket.create_server(("127.0.0.1", 0)))


def test_child_of_forks_leaves_a_listener_by_an_author_to_its_parent() -> None:
    def name_listening(request: StreamRequest, _client_address: object, _server: object) -> None:
        try:
            os.fstat(listening)
        except OSError:
            request.sendall(b"left")
        else:
            request.sendall(b"kept")

    with running(Server(OwnEndpoint(), name_listening, Forks())) as run:
        listening = run.server.fileno()
        with connect(run.server.server_address) as client:
            assert client.recv(10) == b"left"
        os.fstat(listening)
