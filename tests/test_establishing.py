"""Handshakes: a client that is silent in its handshake holds nothing that others need, however the handshake ends.

The endpoint here knocks: a client must send one byte before its connection is one. It stands for every handshake, TLS
and authentication included.
"""

import os
import socket
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest
from typing_extensions import override

from tests.running import PATIENCE, Run, connect, running
from tests.test_draining import STRATEGIES, upper
from tests.test_limits import Seen
from typedserver import (
    TCP,
    Accepted,
    Asyncio,
    AuthenticationFailed,
    Bounded,
    Deadlines,
    Endpoint,
    EndpointWrapper,
    Established,
    Finished,
    Forks,
    InetAddress,
    Inline,
    LifecycleError,
    Limits,
    Listener,
    ListenerWrapper,
    Multiplexed,
    Outcome,
    Refusal,
    Refused,
    Server,
    ServerConfig,
    ServerContext,
    Started,
    Stream,
    StreamRequest,
    ThreadPool,
    Threads,
    run_blocking,
    sleep,
    stream_handler,
)
from typedserver.coroutines.exact import ExactStream
from typedserver.sockets.accepted import Connection

Hook = Callable[[bytes, StreamRequest], Any]


async def _admit(_knock: bytes, _request: StreamRequest) -> None:
    """Admit everybody."""


class KnockingListener(ListenerWrapper[StreamRequest, InetAddress]):
    """Reads one byte of each client before its handler does; ``then`` is awaited after that, and may fail."""

    def __init__(self, inner: Listener[object, object], then: Hook) -> None:
        super().__init__(inner)
        self._then = then

    @override
    async def establish(
        self, request: StreamRequest, client_address: InetAddress, server: ServerContext, /
    ) -> tuple[StreamRequest, InetAddress]:
        try:
            knock = await ExactStream(request, client_address, server).readexactly(1)
            if knock == b"?":
                raise AuthenticationFailed("it has not knocked")
            await self._then(knock, request)
        except BaseException:
            self.inner.close_request(request)
            raise
        return request, client_address


@dataclass(frozen=True)
class Knocking(EndpointWrapper[StreamRequest, InetAddress]):
    endpoint: Endpoint[StreamRequest, InetAddress] = field(default_factory=lambda: TCP(port=0))
    then: Hook = _admit

    @property
    @override
    def inner(self) -> Endpoint[StreamRequest, InetAddress]:
        return self.endpoint

    def listen(self) -> KnockingListener:
        return KnockingListener(self.endpoint.listen(), self.then)


class All(Seen):
    wants_requests = True


NAMES: Final = list(STRATEGIES)


@pytest.fixture
def executor() -> Generator[ThreadPoolExecutor, None, None]:
    with ThreadPoolExecutor(8) as made:
        yield made


@pytest.fixture(params=NAMES)
def strategy(request: pytest.FixtureRequest, executor: ThreadPoolExecutor) -> Any:
    return STRATEGIES[request.param](executor)


def config_of(observer: Any = None, limits: Limits | None = None, **deadlines: float | None) -> ServerConfig:
    more: dict[str, Any] = {} if observer is None else {"observer": observer}
    if limits is not None:
        more["limits"] = limits
    return ServerConfig(deadlines=Deadlines(**deadlines), quiet=0.01, **more)


def talk(client: socket.socket) -> bytes:
    """Knock, and exchange a line."""
    client.sendall(b"!ab\n")
    return client.recv(100)


def events_of(seen: Seen) -> list[str]:
    return [type(event).__name__ for event in seen.events]


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.005)


# The way of a request


def test_client_is_served_when_it_is_established(strategy: Any) -> None:
    seen = All()
    with running(Server(Knocking(), upper, strategy, config=config_of(seen))) as run:
        with connect(run.server.server_address) as client:
            assert talk(client) == b"AB\n"
            client.sendall(b"cd\n")
            assert client.recv(100) == b"CD\n"
        (finished,) = seen.wait_for(Finished)
    assert finished.outcome is Outcome.SERVED
    kinds = events_of(seen)
    assert kinds == ["Listening", "Accepted", "Started", "Established", "Finished", "Closed"]
    about = [event for event in seen.events if isinstance(event, Accepted | Started | Established | Finished)]
    assert len({event.connection_id for event in about}) == 1
    assert len({event.client_address for event in about}) == 1


def test_handler_gets_what_the_listener_has_made_of_the_connection(strategy: Any) -> None:
    class Renamed(KnockingListener):
        @override
        async def establish(self, request: Any, client_address: Any, server: ServerContext, /) -> Any:
            await super().establish(request, client_address, server)
            taken_over = socket.socket(fileno=request.detach())
            taken_over.setblocking(False)
            return taken_over, ("somebody", 1)

    @dataclass(frozen=True)
    class Renaming(Knocking):
        @override
        def listen(self) -> KnockingListener:
            return Renamed(self.endpoint.listen(), self.then)

    @stream_handler
    async def name(stream: Stream) -> None:
        await stream.write(repr((stream.client_address, type(stream.socket).__name__)).encode())

    seen = All()
    with running(Server(Renaming(), name, strategy, config=config_of(seen))) as run:
        with connect(run.server.server_address) as client:
            client.sendall(b"!")
            assert client.recv(100).startswith(b"(('somebody', 1), ")
            assert client.recv(100) == b""
        seen.wait_for(Finished)
    (established,) = seen.wait_for(Established)
    assert established.client_address == ("somebody", 1)


def test_blocking_handler_gets_a_connection_that_blocks(executor: ThreadPoolExecutor) -> None:
    def handle(request: StreamRequest, _client_address: object, _server: object) -> None:
        request.sendall(repr(request.gettimeout() != 0.0 and request.getblocking()).encode())
        request.sendall(request.recv(100))

    for name in ("inline", "threads", "thread_pool", "forks", "on_executor"):
        server = Server(Knocking(), handle, STRATEGIES[name](executor))
        with running(server), connect(server.server_address) as client:
            client.sendall(b"!")
            assert client.recv(100) == b"True", name
            client.sendall(b"ab")
            assert client.recv(100) == b"ab", name


def test_handshake_that_is_refused_has_its_outcome_and_one_line(
    strategy: Any, caplog: pytest.LogCaptureFixture
) -> None:
    seen = All()
    caplog.set_level("INFO", "typedserver")
    with running(Server(Knocking(), upper, strategy, config=config_of(seen))) as run:
        with connect(run.server.server_address) as client:
            client.sendall(b"?")
            assert client.recv(100) == b""
        (finished,) = seen.wait_for(Finished)
    assert finished.outcome is Outcome.REJECTED
    assert isinstance(finished.error, AuthenticationFailed)
    assert "Established" not in events_of(seen)
    lines = [record for record in caplog.records if "has not knocked" in record.getMessage()]
    assert [(record.levelname, record.exc_info) for record in lines] == [("INFO", None)]


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        (lambda: ValueError("a mistake"), Outcome.FAILED),
        (ConnectionResetError, Outcome.DISCONNECTED),
        (lambda: AuthenticationFailed("wrong key"), Outcome.REJECTED),
    ],
)
def test_place_is_given_back_when_a_handshake_fails(ending: Callable[[], BaseException], outcome: Outcome) -> None:
    async def fail(knock: bytes, _request: StreamRequest) -> None:
        if knock == b"x":
            raise ending()

    for strategy in (Inline(), Bounded(Threads(), 1), ThreadPool(workers=1), Multiplexed()):
        seen = All()
        server = Server(Knocking(then=fail), upper, strategy, config=config_of(seen, Limits(connections=1)))
        with running(server) as run:
            for _ in range(3):
                with connect(run.server.server_address) as client:
                    client.sendall(b"x")
                    assert client.recv(100) == b""
            with connect(run.server.server_address) as client:
                assert talk(client) == b"AB\n"
            ends = seen.wait_for(Finished, 4)
        assert [event.outcome for event in ends] == [outcome] * 3 + [Outcome.SERVED], strategy


def test_client_that_leaves_in_its_handshake_counts_as_gone(strategy: Any) -> None:
    seen = All()
    with running(Server(Knocking(), upper, strategy, config=config_of(seen))) as run:
        connect(run.server.server_address).close()
        (finished,) = seen.wait_for(Finished)
    assert finished.outcome is Outcome.DISCONNECTED


def test_exit_that_a_handshake_raises_ends_the_loop_and_no_place_is_kept() -> None:
    async def leave(_knock: bytes, _request: StreamRequest) -> None:
        raise SystemExit(3)

    seen = All()
    server = Server(Knocking(then=leave), upper, Threads(), config=config_of(seen)).open()
    run = Run(server)
    with connect(server.server_address) as client:
        client.sendall(b"!")
        run.join()
    server.server_close()
    assert isinstance(run.result, SystemExit)
    assert len(seen.wait_for(Finished)) == 1


# Silent clients


def silent(address: Any, count: int, stack: ExitStack) -> list[socket.socket]:
    return [stack.enter_context(connect(address)) for _ in range(count)]


@pytest.mark.parametrize("name", NAMES)
def test_silent_clients_do_not_delay_a_good_one(name: str, executor: ThreadPoolExecutor) -> None:
    strategy = ThreadPool(workers=8) if name == "thread_pool" else STRATEGIES[name](executor)
    with ExitStack() as stack:
        run = stack.enter_context(running(Server(Knocking(), upper, strategy)))
        silent(run.server.server_address, 60, stack)
        waits: list[float] = []
        for _ in range(5):
            begun = time.monotonic()
            with connect(run.server.server_address) as client:
                assert talk(client) == b"AB\n"
                waits.append(time.monotonic() - begun)
        # They would wait for the silent ones' deadline, which is 10 seconds.
        assert sorted(waits)[2] < 1, waits


@pytest.mark.parametrize("inner", [Threads(), Forks(), Multiplexed()], ids=repr)
def test_silent_clients_take_no_bounded_place(inner: Any) -> None:
    with ExitStack() as stack:
        run = stack.enter_context(running(Server(Knocking(), upper, Bounded(inner, 2))))
        silent(run.server.server_address, 30, stack)
        first, second = silent(run.server.server_address, 2, stack)
        assert talk(first) == talk(second) == b"AB\n"
        third, fourth = silent(run.server.server_address, 2, stack)
        for each in (third, fourth):
            each.sendall(b"!cd\n")
        third.settimeout(0.1)
        with pytest.raises(TimeoutError):
            third.recv(100)
        # In the order in which they were established.
        third.settimeout(PATIENCE)
        first.close()
        assert third.recv(100) == b"CD\n"
        second.close()
        assert fourth.recv(100) == b"CD\n"


def test_silent_client_is_cut_at_the_deadline_of_its_handshake(strategy: Any) -> None:
    seen = All()
    with running(Server(Knocking(), upper, strategy, config=config_of(seen, establish=0.3))) as run:
        with connect(run.server.server_address) as client, connect(run.server.server_address) as good:
            begun = time.monotonic()
            assert talk(good) == b"AB\n"
            if not isinstance(strategy, Inline):
                assert client.recv(100) == b""
                assert 0.25 < time.monotonic() - begun < 0.3 + 1
                time.sleep(0.3)
            good.sendall(b"cd\n")
            assert good.recv(100) == b"CD\n"
        if not isinstance(strategy, Inline):
            assert seen.wait_for(Finished)[0].outcome is Outcome.CUT


def test_deadline_of_a_handshake_holds_while_a_handler_blocks_the_loop() -> None:
    server = Server(Knocking(), upper, Inline(), config=config_of(establish=0.2))
    with running(server), connect(server.server_address) as good:
        with connect(server.server_address) as silent_one:
            # From now on a handler has the loop's thread.
            assert talk(good) == b"AB\n"
            begun = time.monotonic()
            assert silent_one.recv(100) == b""
            assert time.monotonic() - begun < 2
        good.sendall(b"cd\n")
        assert good.recv(100) == b"CD\n"


def test_handshake_that_waits_for_something_else_is_cut_as_well(strategy: Any) -> None:
    async def stall(_knock: bytes, _request: StreamRequest) -> None:
        await sleep(PATIENCE)

    seen = All()
    with running(Server(Knocking(then=stall), upper, strategy, config=config_of(seen, establish=0.2))) as run:
        with connect(run.server.server_address) as client:
            client.sendall(b"!")
            assert client.recv(100) == b""
        assert seen.wait_for(Finished)[0].outcome is Outcome.CUT


def test_connection_that_waits_for_room_is_cut_at_its_total_deadline() -> None:
    held = threading.Event()

    def hold(request: StreamRequest, _client_address: object, _server: object) -> None:
        request.sendall(b"held")
        held.wait(PATIENCE)

    seen = All()
    server = Server(Knocking(), hold, Bounded(Threads(), 1), config=config_of(seen, total=0.4))
    with running(server) as run, connect(run.server.server_address) as first:
        with connect(run.server.server_address) as second:
            first.sendall(b"!")
            assert first.recv(100) == b"held"
            second.sendall(b"!")
            seen.wait_for(Established, 2)
            assert second.recv(100) == b""
            until(lambda: any(isinstance(event, Finished) for event in seen.events))
            held.set()
        ends = seen.wait_for(Finished, 2)
    assert [event.outcome for event in ends] == [Outcome.CUT] * 2


# Ends of the server


@pytest.mark.parametrize("seconds", [10.0, 0.1])
def test_drain_does_not_wait_for_silent_clients(strategy: Any, seconds: float) -> None:
    seen = All()
    server = Server(Knocking(), upper, strategy, config=config_of(seen))
    with ExitStack() as stack:
        run = stack.enter_context(running(server))
        clients = silent(server.server_address, 5, stack)
        seen.wait_for(Accepted, 5)
        begun = time.monotonic()
        report = server.drain(seconds)
        assert time.monotonic() - begun < 3
        assert report is not None
        cut = 0 if seconds > 1 else 5
        assert (report.left, len(report.cut), report.served) == (0, cut, 5 - cut)
        for client in clients:
            assert client.recv(100) == b""
        run.join()
    ends = seen.wait_for(Finished, 5)
    assert {event.outcome for event in ends} == {Outcome.DISCONNECTED if seconds > 1 else Outcome.CUT}


def test_close_ends_handshakes_and_what_waits_for_room() -> None:
    release = threading.Event()

    def hold(request: StreamRequest, _client_address: object, _server: object) -> None:
        request.sendall(b"held")
        release.wait(PATIENCE)

    seen = All()
    server = Server(Knocking(), hold, Bounded(Threads(), 1), config=config_of(seen))
    with ExitStack() as stack:
        run = stack.enter_context(running(server))
        held, waiting, quiet = silent(server.server_address, 3, stack)
        held.sendall(b"!")
        assert held.recv(100) == b"held"
        waiting.sendall(b"!")
        seen.wait_for(Established, 2)
        server.shutdown()
        run.join()
        assert waiting.recv(100) == quiet.recv(100) == b""
        release.set()
    ends = seen.wait_for(Finished, 3)
    assert sorted(event.outcome.value for event in ends) == ["cut", "cut", "served"]


def test_server_that_serves_again_establishes_again(strategy: Any) -> None:
    with Server(Knocking(), upper, strategy, config=config_of()) as server:
        for _ in range(2):
            run = Run(server)
            with connect(server.server_address) as quiet, connect(server.server_address) as client:
                assert talk(client) == b"AB\n"
                client.close()
                server.shutdown()
                run.join()
                if isinstance(strategy, Asyncio | Multiplexed):
                    # It runs the handshake itself, which stays until the loop goes on, or the server is closed.
                    continue
                assert quiet.recv(100) == b""


@pytest.mark.parametrize("name", NAMES)
def test_handle_request_serves_one_that_must_be_established(name: str, executor: ThreadPoolExecutor) -> None:
    with Server(Knocking(), upper, STRATEGIES[name](executor), config=config_of()) as server:
        for knock, answer in ((b"!ab\n", b"AB\n"), (b"?", b"")):
            client = connect(server.server_address)
            client.sendall(knock)
            client.shutdown(socket.SHUT_WR)
            server.handle_request()
            with client:
                assert client.recv(100) == answer


def test_handshake_may_not_close_its_server() -> None:
    failures: list[BaseException] = []

    async def close(_knock: bytes, _request: StreamRequest) -> None:
        try:
            server.server_close()
        except LifecycleError as error:
            failures.append(error)

    server = Server(Knocking(then=close), upper, Threads())
    with running(server), connect(server.server_address) as client:
        assert talk(client) == b"AB\n"
    assert len(failures) == 1


def test_handshake_may_run_functions_that_block() -> None:
    async def think(_knock: bytes, _request: StreamRequest) -> None:
        assert await run_blocking(threading.current_thread) is not threading.current_thread()

    with running(Server(Knocking(then=think), upper, Inline())) as run, connect(run.server.server_address) as client:
        assert talk(client) == b"AB\n"


# Hooks


def test_overridden_process_request_gets_what_is_established() -> None:
    class Own(Server[StreamRequest, InetAddress]):
        threads: ClassVar[list[threading.Thread]] = []

        @override
        def process_request(self, request: Any, client_address: Any, /) -> None:
            thread = threading.Thread(target=self._serve, args=(request, client_address))
            self.threads.append(thread)
            thread.start()

        def _serve(self, request: Any, client_address: Any) -> None:
            self.finish_request(request, client_address)
            self.shutdown_request(request)

    def raise_line(request: StreamRequest, _client_address: object, _server: object) -> None:
        request.sendall(request.recv(100).upper())

    seen = All()
    server = Own(Knocking(), raise_line, config=config_of(seen, Limits(connections=1)))
    with running(server), connect(server.server_address) as quiet:
        # It holds the only place.
        seen.wait_for(Accepted)
        assert server.threads == []
        quiet.close()
        for _ in range(2):
            with connect(server.server_address) as client:
                assert talk(client) == b"AB\n"
        seen.wait_for(Finished, 3)
    for thread in server.threads:
        thread.join(PATIENCE)
    assert len(server.threads) == 2


@pytest.mark.parametrize("fails", ["before", "after", "never"])
def test_overridden_process_request_may_pass_it_on_or_fail(fails: str, strategy: Any) -> None:
    class Own(Server[StreamRequest, InetAddress]):
        errors: ClassVar[list[BaseException]] = []

        @override
        def process_request(self, request: Any, client_address: Any, /) -> None:
            if fails == "before":
                raise ValueError("not this one")
            super().process_request(request, client_address)
            if fails == "after":
                raise ValueError("too late")

        @override
        def handle_error(self, request: Any, client_address: Any, /) -> None:
            self.errors.append(ValueError())

    seen = All()
    server = Own(Knocking(), upper, strategy, config=config_of(seen, Limits(connections=1)))
    Own.errors = []
    with running(server):
        for _ in range(2):
            with connect(server.server_address) as client:
                assert talk(client) == (b"" if fails == "before" else b"AB\n")
        if fails != "before":
            seen.wait_for(Finished, 2)
    assert len(Own.errors) == (0 if fails == "never" else 2)


# Refusals before anything is done


class Barring(KnockingListener):
    @override
    def refusal(self, client_address: object, /) -> Refusal | None:
        return "filter"


@dataclass(frozen=True)
class Barred(Knocking):
    @override
    def listen(self) -> KnockingListener:
        return Barring(self.endpoint.listen(), self.then)


def test_client_that_the_listener_refuses_is_closed_before_its_handshake(strategy: Any) -> None:
    seen = All()
    with running(Server(Barred(), upper, strategy, config=config_of(seen))) as run:
        with connect(run.server.server_address) as client:
            assert client.recv(100) == b""
        (refused,) = seen.wait_for(Refused)
    assert (refused.reason, refused.limit, refused.error) == ("filter", None, None)
    assert events_of(seen) == ["Listening", "Refused", "Closed"]


# Children


class Taking(KnockingListener):
    """Gives the descriptor to another object before it reads, as a layer of TLS does."""

    @override
    async def establish(self, request: Any, client_address: Any, server: ServerContext, /) -> Any:
        taken = Connection(request.family, request.type, request.proto, request.detach())
        taken.setblocking(False)
        return await super().establish(taken, client_address, server)


@dataclass(frozen=True)
class TakingOver(Knocking):
    @override
    def listen(self) -> KnockingListener:
        return Taking(self.endpoint.listen(), self.then)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="descriptors are listed by Linux alone")
@pytest.mark.parametrize("takes_over", [False, True])
def test_child_of_forks_keeps_no_connection_but_its_own(*, takes_over: bool) -> None:
    def count(request: StreamRequest, _client_address: object, _server: object) -> None:
        own = os.fstat(request.fileno()).st_ino
        sockets = {os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd") if _is_open(name)}
        tcp = {line.split()[9] for line in Path("/proc/self/net/tcp").read_text().splitlines()[1:]}
        found = {name for name in tcp if f"socket:[{name}]" in sockets} - {str(own), "0"}
        local = [name for name in found if name in ours]
        request.sendall(repr(len(local)).encode())

    ours: set[str] = set()
    with ExitStack() as stack:
        seen = All()
        endpoint = TakingOver() if takes_over else Knocking()
        run = stack.enter_context(running(Server(endpoint, count, Forks(), config=config_of(seen))))
        port = run.server.server_address[1]
        silent(run.server.server_address, 5, stack)
        seen.wait_for(Started, 5)
        for line in Path("/proc/self/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[1].endswith(f":{port:04X}"):
                ours.add(fields[9])
        assert len(ours) >= 6
        client = stack.enter_context(connect(run.server.server_address))
        client.sendall(b"!")
        assert client.recv(100) == b"0"


def _is_open(name: str) -> bool:
    return os.path.lexists(f"/proc/self/fd/{name}")


def test_endpoint_that_is_no_wrapper_of_connections_is_established_by_its_workers() -> None:
    """A plain ``establish`` may block, so it stays where it was."""
    threads: list[str] = []

    class Plain(ListenerWrapper[StreamRequest, InetAddress]):
        @override
        def establish(self, request: Any, client_address: Any, server: ServerContext, /) -> Any:
            threads.append(threading.current_thread().name)
            return self.inner.establish(request, client_address, server)

    @dataclass(frozen=True)
    class PlainEndpoint(Knocking):
        @override
        def listen(self) -> Any:
            return Plain(self.endpoint.listen())

    with running(Server(PlainEndpoint(), upper, Threads())) as run, connect(run.server.server_address) as client:
        client.sendall(b"ab\n")
        assert client.recv(100) == b"AB\n"
    assert threads == ["typedserver worker 1"]


def test_generator_that_a_handshake_leaves_open_is_ended_beside_those_of_handlers() -> None:
    ended: list[str] = []

    async def numbers(name: str) -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            await sleep(0)
            ended.append(name)

    async def leave_open(_knock: bytes, _request: StreamRequest) -> None:
        async for _ in numbers("handshake"):
            break

    @stream_handler
    async def leave_as_well(stream: Stream) -> None:
        async for _ in numbers("handler"):
            break
        await stream.write(b"left")

    with running(Server(Knocking(then=leave_open), leave_as_well, Multiplexed())) as run:
        with connect(run.server.server_address) as client:
            client.sendall(b"!")
            assert client.recv(100) == b"left"
        until(lambda: sorted(ended) == ["handler", "handshake"])


def test_server_that_handles_one_request_after_the_other_keeps_nothing_of_their_handshakes() -> None:
    with Server(Knocking(), upper, Inline()) as server:
        for _ in range(3):
            with connect(server.server_address) as client:
                client.sendall(b"!ab\n")
                client.shutdown(socket.SHUT_WR)
                server.handle_request()
                assert client.recv(100) == b"AB\n"
        servable: Any = server.__lifetime__.servable
        assert servable._left_establishing == []
