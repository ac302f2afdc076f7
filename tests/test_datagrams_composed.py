"""Datagrams that are received, answered and sent in one loop mean the same as those that go the general way.

Each fact is stated of both: ``composed`` has nothing between the socket and the function; to be ``wrapped`` by an
endpoint that changes nothing, ``hooked`` by an override that calls its default, or ``observed`` takes that away.
"""

import contextlib
import contextvars
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import uvloop
from typing_extensions import override

from tests.running import PATIENCE, running
from tests.test_events import SeenAll
from typedserver import (
    UDP,
    Asyncio,
    Bounded,
    Coded,
    DatagramContext,
    Dispatcher,
    EndpointWrapper,
    Finished,
    Group,
    Inline,
    LifecycleError,
    Limits,
    ListenerWrapper,
    Multiplexed,
    ProcessorWrapper,
    Reactor,
    RequestProcessor,
    SelectorReactor,
    Server,
    ServerConfig,
    StrategyWrapper,
    Submitted,
    Text,
    Threads,
    UnixDatagram,
    datagram_handler,
    sleep,
)
from typedserver.endpoints.datagram_listener import DatagramListener
from typedserver.handlers.datagram_handler import DatagramHandler

WAYS: Final = ("composed", "wrapped", "hooked", "observed")


class Passing(ListenerWrapper[Any, Any]):
    """Passes everything on."""


@dataclass(frozen=True)
class Wrapped(EndpointWrapper[Any, Any]):
    endpoint: Any

    @property
    @override
    def inner(self) -> Any:
        return self.endpoint

    def listen(self) -> Passing:
        return Passing(self.endpoint.listen())


class Reporting(Server[Any, Any]):
    """Keeps what ``handle_error`` is called with."""

    reports: list[tuple[Any, Any, BaseException | None]]

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        self.reports.append((request, client_address, sys.exception()))


class Hooked(Reporting):
    @override
    def verify_request(self, request: Any, client_address: Any, /) -> bool:
        return super().verify_request(request, client_address)


class Shouting(DatagramHandler[Any]):
    """Overrides the call."""

    @override
    def __call__(self, request: Any, client_address: Any, server: Any, /) -> None:
        data, through = request
        through.sendto(data.upper() + b"!", client_address)


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(params=["udp", "unix"])
def endpoint(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return UDP(port=0) if request.param == "udp" else UnixDatagram(str(tmp_path / "s"))


@pytest.fixture
def own(tmp_path: Path) -> str:
    """Return a path for a Unix client."""
    return str(tmp_path / "c")


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return a list of what plain listeners were asked for."""
    requests: list[object] = []
    get_request: Any = vars(DatagramListener)["get_request"]

    def note(self: object) -> object:
        request = get_request(self)
        requests.append(request)
        return request

    monkeypatch.setattr(DatagramListener, "get_request", note)
    return requests


def make(
    way: str, endpoint: Any, function: Any, strategy: Any = None, *, seen: SeenAll | None = None, **config: Any
) -> Reporting:
    """Make a server whose datagrams go this way."""
    adapt: Any = datagram_handler
    handler: Any = function if isinstance(function, Shouting) else adapt(function)
    if way == "observed":
        config["observer"] = seen or SeenAll()
    server = (Hooked if way == "hooked" else Reporting)(
        Wrapped(endpoint) if way == "wrapped" else endpoint,
        handler,
        strategy or Inline(),
        config=ServerConfig(**config),
    )
    server.reports = []
    return server


@contextmanager
def client_of(server: Server[Any, Any], own: str) -> Generator[socket.socket, None, None]:
    """Open a client's socket that has a name and is connected to the server."""
    address = server.server_address
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        client.bind(own if isinstance(address, str) else ("127.0.0.1", 0))
        client.connect(address)
        try:
            yield client
        finally:
            Path(own).unlink(missing_ok=True)


def asked(server: Server[Any, Any], own: str) -> bytes:
    """Ask once."""
    with client_of(server, own) as client:
        client.send(b"one")
        return client.recv(100)


def upper(data: bytes) -> bytes:
    return data.upper()


def with_address(data: bytes, address: object) -> bytes:
    return data.upper() if address else b"?"


def with_context(data: bytes, address: object, context: DatagramContext) -> bytes | None:
    if data == b"context":
        context.reply_blocking(b"CONTEXT")
        return None
    return data.upper() if address == context.client_address and context.server.server_address else b"?"


async def later(data: bytes) -> bytes:
    await sleep(0)
    return data.upper()


async def later_with_address(data: bytes, address: object) -> bytes:
    await sleep(0.001)
    return with_address(data, address)


def in_an_array(data: bytes) -> Any:
    return bytearray(data.upper())


FUNCTIONS: Final[dict[str, Any]] = {
    "data": upper,
    "address": with_address,
    "context": with_context,
    "text": Coded(Text(), str.upper),
    "builtin": bytes.upper,
    "array": in_an_array,
}
COROUTINES: Final[dict[str, Any]] = {"coroutine": later, "coroutine_address": later_with_address}
LOOPS: Final[dict[str, Callable[[], Any]]] = {
    "multiplexed": Multiplexed,
    "asyncio": lambda: Asyncio(grace=0),
    "uvloop": lambda: Asyncio(grace=0, loop_factory=uvloop.new_event_loop),
}
REACTORS: Final[dict[str, Callable[[], Any]]] = {"ours": SelectorReactor, "uvloop": uvloop.new_event_loop}


@pytest.mark.parametrize("reactor", REACTORS)
@pytest.mark.parametrize("function", [*FUNCTIONS, *COROUTINES])
def test_function_answers_inline(way: str, endpoint: Any, function: str, reactor: str, own: str) -> None:
    server = make(way, endpoint, (FUNCTIONS | COROUTINES)[function], reactor_factory=REACTORS[reactor])
    with running(server), client_of(server, own) as client:
        for data in (b"one", b"context", b"", b"x" * 1400):
            client.send(data)
            assert client.recv(65536) == data.upper()
    assert server.reports == []


@pytest.mark.parametrize("strategy", LOOPS)
@pytest.mark.parametrize("function", COROUTINES)
def test_coroutine_answers_in_a_loop(way: str, endpoint: Any, function: str, strategy: str, own: str) -> None:
    server = make(way, endpoint, COROUTINES[function], LOOPS[strategy]())
    with running(server), client_of(server, own) as client:
        for data in (b"one", b"", b"x" * 1400):
            client.send(data)
            assert client.recv(65536) == data.upper()


def test_reply_that_is_pending_is_waited_for(way: str, endpoint: Any, own: str) -> None:
    with ThreadPoolExecutor(1) as executor:
        server = make(way, endpoint, Submitted(executor, upper))
        with running(server), client_of(server, own) as client:
            for data in (b"one", b"two"):
                client.send(data)
                assert client.recv(100) == data.upper()


def none_unless_spoken_to(data: bytes) -> bytes | None:
    return data if data == b"speak" else None


def test_function_that_returns_none_sends_nothing(way: str, endpoint: Any, own: str) -> None:
    server = make(way, endpoint, none_unless_spoken_to)
    with running(server), client_of(server, own) as client:
        for data in (b"silent", b"speak"):
            client.send(data)
        assert client.recv(100) == b"speak"


# Which way


@pytest.mark.parametrize("function", [*FUNCTIONS, *COROUTINES])
def test_composed_datagram_is_not_taken_from_the_listener(
    endpoint: Any, function: str, own: str, taken: list[object]
) -> None:
    with running(make("composed", endpoint, (FUNCTIONS | COROUTINES)[function])) as run:
        assert asked(run.server, own) == b"ONE"
    assert taken == []


class Delegating(Passing):
    """Has whatever the wrapped listener has."""

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)


class Delegated(Wrapped):
    @override
    def listen(self) -> Delegating:
        return Delegating(self.endpoint.listen())


def test_wrapper_that_passes_on_whatever_it_is_asked_for_gets_each_datagram(own: str, taken: list[object]) -> None:
    with running(make("composed", Delegated(UDP(port=0)), upper)) as run:
        assert asked(run.server, own) == b"ONE"
    assert len(taken) == 1


class Counting(ProcessorWrapper[object]):
    """Counts what is served."""

    served = 0

    @override
    def serve_request(self, request: object, client_address: object, /) -> None:
        type(self).served += 1
        super().serve_request(request, client_address)


class Counted(StrategyWrapper[object]):
    """Wraps what a strategy sees of its server, and not its dispatcher."""

    @property
    @override
    def inner(self) -> Inline:
        return Inline()

    def start(self, processor: RequestProcessor[object], reactor: Reactor | None, /) -> Dispatcher:
        return self.inner.start(Counting(processor), reactor)


def test_strategy_that_wraps_the_processor_gets_each_datagram(own: str) -> None:
    Counting.served = 0
    with running(make("composed", UDP(port=0), upper, Counted())) as run:
        assert asked(run.server, own) == b"ONE"
    assert Counting.served == 1


@pytest.mark.parametrize("strategy", [Bounded(Inline(), 5), Threads()], ids=repr)
def test_strategy_that_does_more_gets_each_datagram(strategy: Any, own: str, taken: list[object]) -> None:
    with running(make("composed", UDP(port=0), upper, strategy)) as run:
        assert asked(run.server, own) == b"ONE"
    assert len(taken) == 1


@pytest.mark.parametrize("other", WAYS[1:])
def test_whoever_is_between_gets_each_datagram(other: str, endpoint: Any, own: str, taken: list[object]) -> None:
    with running(make(other, endpoint, upper)) as run:
        assert asked(run.server, own) == b"ONE"
    assert len(taken) == 1


def test_handler_that_overrides_the_call_is_called(endpoint: Any, own: str, taken: list[object]) -> None:
    with running(make("composed", endpoint, Shouting(upper, takes=1))) as run:
        assert asked(run.server, own) == b"ONE!"
    assert len(taken) == 1


@pytest.mark.parametrize(
    "limits", [Limits(rate=1000), Limits(per_peer=5), Limits(connections=5, over="refuse")], ids=str
)
def test_limits_are_asked_for_each_datagram(limits: Limits, own: str, taken: list[object]) -> None:
    with running(make("composed", UDP(port=0), upper, limits=limits)) as run:
        assert asked(run.server, own) == b"ONE"
    assert len(taken) == 1


def test_observer_hears_of_each_datagram(endpoint: Any, own: str) -> None:
    seen = SeenAll()
    with running(make("observed", endpoint, upper, seen=seen)) as run, client_of(run.server, own) as client:
        for _ in range(3):
            client.send(b"one")
            client.recv(100)
        seen.wait_for(Finished, 3)


def test_handle_request_takes_one_datagram(way: str, own: str) -> None:
    served: list[bytes] = []
    with make(way, UDP(port=0), served.append) as server, client_of(server, own) as client:
        client.send(b"one")
        client.send(b"two")
        server.handle_request()
        assert served == [b"one"]


# What goes wrong


def test_function_that_raises_is_reported_and_costs_its_client_alone(way: str, endpoint: Any, own: str) -> None:
    def fail(data: bytes) -> bytes:
        if data == b"bad":
            raise LookupError("no such thing")
        return data

    server = make(way, endpoint, fail)
    with running(server), client_of(server, own) as client:
        for data in (b"bad", b"good", b"bad", b"good"):
            client.send(data)
        assert [client.recv(100), client.recv(100)] == [b"good", b"good"]
        address = client.getsockname()
    assert [(request[0], asked, type(error)) for request, asked, error in server.reports] == [
        (b"bad", address, LookupError)
    ] * 2
    assert all(request[1].fileno() == -1 for request, *_ in server.reports), "it is the listener's socket"


def test_coroutine_that_raises_is_reported(way: str, endpoint: Any, own: str) -> None:
    async def fail(data: bytes) -> bytes:
        await sleep(0)
        if data == b"bad":
            raise LookupError("no such thing")
        return data

    server = make(way, endpoint, fail)
    with running(server), client_of(server, own) as client:
        for data in (b"bad", b"good"):
            client.send(data)
        assert client.recv(100) == b"good"
    assert [type(error) for *_, error in server.reports] == [LookupError]


def too_much(data: bytes) -> bytes:
    return b"x" * 70_000 if data == b"long" else data


def test_reply_that_is_too_long_is_the_functions_error(way: str, own: str) -> None:
    server = make(way, UDP(port=0), too_much)
    with running(server), client_of(server, own) as client:
        for data in (b"long", b"short"):
            client.send(data)
        assert client.recv(100) == b"short"
    assert [type(error) for *_, error in server.reports] == [OSError]


def test_reply_that_is_no_bytes_is_the_functions_error(way: str, endpoint: Any, own: str) -> None:
    def answer(data: bytes) -> Any:
        return "text" if data == b"text" else data

    server = make(way, endpoint, answer)
    with running(server), client_of(server, own) as client:
        for data in (b"text", b"bytes"):
            client.send(data)
        assert client.recv(100) == b"bytes"
    assert [type(error) for *_, error in server.reports] == [TypeError]


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_what_is_no_exception_ends_the_loop(way: str, error: type[BaseException], own: str) -> None:
    def leave(_data: bytes) -> bytes:
        raise error(3)

    server = make(way, UDP(port=0), leave)
    with pytest.raises(error), running(server) as run, client_of(server, own) as client:
        client.send(b"leave")
        run.join()
    assert server.reports == []


def test_handle_error_that_raises_ends_the_loop(way: str, own: str) -> None:
    def fail(_data: bytes) -> bytes:
        raise LookupError("no such thing")

    server = make(way, UDP(port=0), fail)

    def raise_again(_request: object, _client_address: object) -> None:
        raise RuntimeError("of the hook")

    vars(server)["handle_error"] = raise_again
    with pytest.raises(RuntimeError, match="of the hook"), running(server) as run, client_of(server, own) as client:
        client.send(b"one")
        run.join()


def test_datagram_past_the_limit_is_refused_and_the_next_is_taken(
    way: str, own: str, caplog: pytest.LogCaptureFixture
) -> None:
    served: list[bytes] = []

    def answer(data: bytes) -> bytes:
        served.append(data)
        return data

    with running(make(way, UDP(port=0, max_packet_size=10), answer)) as run, client_of(run.server, own) as client:
        for size in (11, 10, 500, 3):
            client.send(b"x" * size)
        assert [len(client.recv(100)) for _ in range(2)] == [10, 3]
    assert list(map(len, served)) == [10, 3]
    assert caplog.text.count("longer than max_packet_size=10") == 2


def test_client_without_a_name_is_served_and_its_reply_dropped(
    way: str, tmp_path: Path, own: str, caplog: pytest.LogCaptureFixture
) -> None:
    addresses: list[object] = []

    def note(data: bytes, address: object) -> bytes:
        addresses.append(address)
        return data

    caplog.set_level(logging.INFO, "typedserver")
    with (
        running(make(way, UnixDatagram(str(tmp_path / "s")), note)) as run,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as nameless,
        client_of(run.server, own) as client,
    ):
        nameless.sendto(b"one", run.server.server_address)
        client.send(b"two")
        assert client.recv(100) == b"two"
    assert addresses == ["", own]
    assert caplog.text.count("reply of 3 bytes to '' dropped") == 1


def test_abstract_client_is_known_and_answered(way: str, tmp_path: Path) -> None:
    addresses: list[object] = []

    def note(data: bytes, address: object) -> bytes:
        addresses.append(address)
        return data

    name = f"\0typedserver {os.getpid()} {way}"
    with (
        running(make(way, UnixDatagram(str(tmp_path / "s")), note)) as run,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client,
    ):
        client.settimeout(PATIENCE)
        client.bind(name)
        client.sendto(b"one", run.server.server_address)
        assert client.recv(100) == b"one"
    assert addresses == [name]


def test_reply_to_a_client_that_has_gone_is_dropped(way: str, endpoint: Any, own: str) -> None:
    begun, gone = threading.Event(), threading.Event()

    def answer(data: bytes) -> bytes:
        if data == b"leave":
            begun.set()
            gone.wait(PATIENCE)
        return data

    server = make(way, endpoint, answer)
    with running(server):
        with client_of(server, own) as client:
            client.send(b"leave")
            assert begun.wait(PATIENCE)
        gone.set()
        with client_of(server, f"{own}2") as client:
            client.send(b"another")
            assert client.recv(100) == b"another"
    assert server.reports == []


def test_peer_that_does_not_read_is_waited_for_once(
    way: str, tmp_path: Path, own: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "typedserver")
    server = make(way, UnixDatagram(str(tmp_path / "s"), send_timeout=0.4), upper)
    with running(server), client_of(server, own) as client:
        dropped = 0
        began = time.monotonic()
        while not dropped:
            client.send(b"more")
            dropped = caplog.text.count("the peer does not read")
            assert time.monotonic() - began < PATIENCE
        assert client.recv(100) == b"MORE"
    assert server.reports == []


# What a server keeps


def test_datagram_has_a_context_of_its_own_which_its_error_is_reported_in(way: str, own: str) -> None:
    variable: contextvars.ContextVar[bytes] = contextvars.ContextVar("variable", default=b"none")
    reported: list[bytes] = []

    def answer(data: bytes) -> bytes:
        before = variable.get()
        variable.set(data)
        if data == b"bad":
            raise LookupError
        return before

    server = make(way, UDP(port=0), answer)

    def note(_request: object, _client_address: object) -> None:
        reported.append(variable.get())

    vars(server)["handle_error"] = note
    with running(server), client_of(server, own) as client:
        for data in (b"one", b"bad", b"two"):
            client.send(data)
        assert [client.recv(100), client.recv(100)] == [b"none", b"none"]
    assert reported == [b"bad"]


def test_stop_from_within_lets_its_reply_out_and_takes_nothing_more(way: str, endpoint: Any, own: str) -> None:
    served: list[bytes] = []

    def answer(data: bytes) -> bytes:
        served.append(data)
        if data == b"stop":
            server.request_stop()
        return data

    server = make(way, endpoint, answer)
    with server, client_of(server, own) as client:
        # All of it is there before the first turn.
        for data in (b"one", b"stop", b"late"):
            client.send(data)
        server.serve_forever()
        assert [client.recv(100), client.recv(100)] == [b"one", b"stop"]
    assert served == [b"one", b"stop"]


def test_close_from_within_is_refused(way: str, own: str) -> None:
    def close(_data: bytes) -> bytes:
        with pytest.raises(LifecycleError) as refused:
            server.server_close()
        return str(refused.value).encode()

    server = make(way, UDP(port=0), close)
    with running(server), client_of(server, own) as client:
        client.send(b"close")
        assert b"close" in client.recv(1000)


@pytest.mark.parametrize("within", [True, False], ids=["from_within", "from_outside"])
def test_drain_answers_all_that_has_come_and_counts_it(way: str, own: str, *, within: bool) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def answer(data: bytes) -> bytes:
        if data == b"0":
            begun.set()
            if within:
                server.request_drain(PATIENCE)
            go_on.wait(PATIENCE)
        return data

    server = make(way, UDP(port=0), answer)
    with running(server) as run, client_of(server, own) as client:
        client.send(b"0")
        assert begun.wait(PATIENCE)
        for number in range(1, 150):
            client.send(b"%d" % number)
        if not within:
            server.request_drain(PATIENCE)
        go_on.set()
        run.join()
        assert [client.recv(100) for _ in range(150)] == [b"%d" % number for number in range(150)]
        report = server.drain_report
    assert report is not None
    assert (report.served, report.from_queue, report.left, report.cut) == (150, 149, 0, ())


def test_turn_is_bounded_so_that_other_listeners_have_theirs(way: str, own: str) -> None:
    served: list[bytes] = []

    def note(data: bytes) -> None:
        served.append(data)
        if len(served) == 12:
            group.request_stop()

    servers = [make(way, UDP(port=0), note, accept_batch=2) for _ in range(2)]
    group = Group(servers)
    with group, client_of(servers[0], own) as one, client_of(servers[1], own) as two:
        for _ in range(6):
            one.send(b"a")
            two.send(b"b")
        group.serve_forever()
    turns = [served[start : start + 2] for start in range(0, 12, 2)]
    assert all(first == second for first, second in turns)
    assert [first for first, _ in turns] in ([b"a", b"b"] * 3, [b"b", b"a"] * 3)


def test_child_that_a_function_forks_ends_with_the_function(way: str, own: str) -> None:
    children: list[int] = []

    def fork(data: bytes) -> bytes:
        child = os.fork()
        if not child:
            return b"child"
        children.append(child)
        if len(children) == 2:
            server.request_stop()
        return data

    server = make(way, UDP(port=0), fork)
    with server, client_of(server, own) as client:
        for _ in range(2):
            client.send(b"parent")
        server.serve_forever()
        answers = sorted(client.recv(100) for _ in range(4))
        ends = [os.waitpid(child, 0)[1] for child in children]
    assert answers == [b"child", b"child", b"parent", b"parent"]
    assert ends == [0, 0]


def test_server_serves_again_after_a_loop(way: str, own: str) -> None:
    server = make(way, UDP(port=0), upper)
    with server, client_of(server, own) as client:
        for _ in range(2):
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            client.send(b"one")
            assert client.recv(100) == b"ONE"
            with contextlib.suppress(LifecycleError):
                server.shutdown()
            thread.join(PATIENCE)


def test_signal_ends_the_server_between_two_datagrams(way: str, own: str) -> None:
    served: list[bytes] = []

    def answer(data: bytes) -> bytes:
        served.append(data)
        if data == b"kill":
            os.kill(os.getpid(), signal.SIGUSR1)
        return data

    server = make(way, UDP(port=0), answer)
    former = signal.signal(signal.SIGUSR1, lambda _number, _frame: server.request_stop())
    try:
        with server, client_of(server, own) as client:
            for data in (b"kill", b"late"):
                client.send(data)
            server.serve_forever()
            assert client.recv(100) == b"kill"
    finally:
        signal.signal(signal.SIGUSR1, former)
    assert served == [b"kill"]
