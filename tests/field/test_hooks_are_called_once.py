"""User code that is called twice: a hook that raises is not called again for its own error, and ends nothing twice."""

import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from tests.running import PATIENCE, Run, connect, running

from typedserver import (
    TCP,
    UDP,
    Asyncio,
    BaseDispatcher,
    BaseStrategy,
    Bounded,
    Finished,
    Inline,
    Multiplexed,
    OnExecutor,
    Place,
    Refused,
    Server,
    ServerConfig,
    Stream,
    StreamRequest,
    ThreadPool,
    Threads,
    datagram_handler,
    stream_handler,
)
from typedserver.testing import Faults, Faulty


class HandlerError(Exception):
    """What a handler raises."""


class HookError(Exception):
    """What a hook raises."""


@dataclass(frozen=True)
class OwnInline(BaseStrategy):
    """A program's own strategy, in the loop's thread: it takes no precautions."""

    def start(self, processor: Any, _reactor: object, /) -> Any:
        return OwnDispatcher(processor)


class OwnDispatcher(BaseDispatcher):
    place = Place.IN_PLACE
    has_capacity = True

    def __init__(self, processor: Any) -> None:
        self.processor = processor

    def process_request(self, request: object, client_address: object, /) -> None:
        try:
            self.processor.serve_request(request, client_address)
        finally:
            self.processor.release(request, client_address, None)


STRATEGIES: dict[str, Callable[[ThreadPoolExecutor], Any]] = {
    "inline": lambda _: Inline(),
    "own": lambda _: OwnInline(),
    "bounded": lambda _: Bounded(Inline(), 1),
    "multiplexed": lambda _: Multiplexed(),
    "bounded_multiplexed": lambda _: Bounded(Multiplexed(), 1),
    "asyncio": lambda _: Asyncio(grace=0),
    "threads": lambda _: Threads(),
    "thread_pool": lambda _: ThreadPool(workers=1),
    "on_executor": OnExecutor,
}
# In the loop's thread: what a hook raises there ends the loop.
IN_LOOP = {"inline", "own", "bounded", "multiplexed", "bounded_multiplexed", "asyncio"}


def fails_at_once(_request: object, _client_address: object, _server: object) -> None:
    raise HandlerError


@stream_handler
async def fails_late(stream: Stream) -> None:
    await stream.readline()
    raise HandlerError


@stream_handler
async def ends(stream: Stream) -> None:
    await stream.readline()


class Counting(Server[Any, Any]):
    """Counts its hooks' calls; those in ``raising`` raise."""

    def __init__(self, *args: Any, raising: tuple[str, ...] = ("handle_error",)) -> None:
        self.calls: list[str] = []
        self.events: list[object] = []
        self.finished = threading.Event()
        self.raising = raising
        super().__init__(*args, config=ServerConfig(observer=self.note, timeout=PATIENCE))

    def note(self, event: object) -> None:
        self.events.append(event)
        if isinstance(event, Finished):
            self.finished.set()

    def call(self, name: str) -> None:
        self.calls.append(name)
        if name in self.raising:
            raise HookError

    def handle_error(self, _request: Any, _client_address: Any, /) -> None:
        self.call("handle_error")

    def shutdown_request(self, request: Any, /) -> None:
        super().shutdown_request(request)
        self.call("shutdown_request")

    def check_that_it_was_told_once(self) -> None:
        finished = [event for event in self.events if isinstance(event, Finished)]
        assert len(finished) == 1
        assert isinstance(finished[0].error, HandlerError)
        assert not [event for event in self.events if isinstance(event, Refused)]
        assert not self.__lifetime__.servable.table.requests


@pytest.fixture(params=list(STRATEGIES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def raised_in_threads(monkeypatch: pytest.MonkeyPatch) -> list[type[BaseException] | None]:
    seen: list[type[BaseException] | None] = []

    def note(args: threading.ExceptHookArgs) -> None:
        seen.append(args.exc_type)

    monkeypatch.setattr(threading, "excepthook", note)
    return seen


def end_of(client: socket.socket) -> bytes:
    """Return what comes before the end of a connection, which is a reset if something was not read."""
    try:
        return client.recv(10)
    except ConnectionResetError:
        return b""


def serve_one(server: Counting) -> BaseException | None:
    """Serve one client that is not answered; returns what ended the loop, if anything did."""
    server.open()
    run = Run(server)
    try:
        with connect(server.server_address) as client:
            client.sendall(b"x\n")
            assert end_of(client) == b""
            assert server.finished.wait(PATIENCE)
    finally:
        server.shutdown()
        run.join()
    return run.result


@pytest.mark.parametrize("handler", [fails_at_once, fails_late])
@pytest.mark.parametrize("fault", [None, HandlerError], ids=["handler", "establish"])
def test_handle_error_that_raises_is_called_once_and_its_error_goes_on(
    kind: str, handler: Any, fault: type[Exception] | None, raised_in_threads: list[type[BaseException] | None]
) -> None:
    def fail() -> None:
        raise HandlerError

    endpoint = TCP(port=0) if fault is None else Faulty(TCP(port=0), requests=[Faults(establish=fail)])
    with ThreadPoolExecutor(1) as executor:
        server = Counting(endpoint, handler, STRATEGIES[kind](executor))
        ended_by = serve_one(server)
        server.server_close()
        assert server.calls.count("handle_error") == 1
        assert server.calls.count("shutdown_request") <= 1
        if kind in IN_LOOP:
            assert isinstance(ended_by, HookError)
            assert raised_in_threads == []
        else:
            assert ended_by is None
            assert raised_in_threads == [HookError]
        server.check_that_it_was_told_once()


@pytest.mark.parametrize("handler", [fails_late, ends])
def test_shutdown_request_that_raises_is_called_once_and_its_error_goes_on(
    kind: str, handler: Any, raised_in_threads: list[type[BaseException] | None]
) -> None:
    with ThreadPoolExecutor(1) as executor:
        server = Counting(TCP(port=0), handler, STRATEGIES[kind](executor), raising=("shutdown_request",))
        ended_by = serve_one(server)
        server.server_close()
    assert server.calls.count("shutdown_request") == 1
    assert server.calls.count("handle_error") == (1 if handler is fails_late else 0)
    if kind in IN_LOOP:
        assert isinstance(ended_by, HookError)
    else:
        assert raised_in_threads == [HookError]
    assert not [event for event in server.events if isinstance(event, Refused)]


@pytest.mark.parametrize("handler", [fails_at_once, fails_late])
@pytest.mark.parametrize("own", [k for k in STRATEGIES if k in IN_LOOP])
def test_handle_request_raises_what_handle_error_raises(own: str, handler: Any) -> None:
    with ThreadPoolExecutor(1) as executor, Counting(TCP(port=0), handler, STRATEGIES[own](executor)) as server:
        with connect(server.server_address) as client:
            client.sendall(b"x\n")
            with pytest.raises(HookError):
                server.handle_request()
            assert end_of(client) == b""
        assert server.calls == ["handle_error", "shutdown_request"]
        server.check_that_it_was_told_once()


@pytest.mark.parametrize("strategy", [Inline(), OwnInline(), Bounded(Inline(), 1)], ids=repr)
def test_handle_error_of_a_datagram_that_raises_is_called_once(strategy: Any) -> None:
    @datagram_handler
    def fail(_data: bytes) -> None:
        raise HandlerError

    server = Counting(UDP(port=0), fail, strategy).open()
    run = Run(server)
    with connect(server.server_address, socket.SOCK_DGRAM) as client:
        client.send(b"x")
        run.join()
    server.server_close()
    assert isinstance(run.result, HookError)
    assert server.calls == ["handle_error", "shutdown_request"]
    assert not [event for event in server.events if isinstance(event, Refused)]


def test_request_is_closed_although_the_report_of_its_failed_check_raises() -> None:
    class Choosy(Counting):
        def verify_request(self, _request: Any, _client_address: Any, /) -> bool:
            raise HandlerError

    server = Choosy(TCP(port=0), ends, Threads()).open()
    run = Run(server)
    with connect(server.server_address) as client:
        assert end_of(client) == b""
        run.join()
    server.server_close()
    assert isinstance(run.result, HookError)
    assert server.calls == ["handle_error", "shutdown_request"]


@pytest.mark.parametrize("given", ["before", "never"])
def test_process_request_that_raises_refuses_only_what_the_strategy_has_not_got(given: str) -> None:
    class Raising(Counting):
        def process_request(self, request: Any, client_address: Any, /) -> None:
            if given == "before":
                super().process_request(request, client_address)
            raise HandlerError

    @stream_handler
    async def upper(stream: Stream) -> None:
        await stream.write((await stream.readline()).upper())

    with running(Raising(TCP(port=0), upper, Threads(), raising=())) as run:
        with connect(run.server.server_address) as client:
            client.sendall(b"x\n")
            assert end_of(client) == (b"X\n" if given == "before" else b"")
            assert end_of(client) == b""
        if given == "before":
            assert run.server.finished.wait(PATIENCE)
    calls, events = run.server.calls, run.server.events
    assert sorted(calls) == ["handle_error", "shutdown_request"]
    assert bool([event for event in events if isinstance(event, Refused)]) is (given == "never")


def test_strategy_that_raises_without_having_begun_refuses_that_request_alone() -> None:
    class Refusing(OwnDispatcher):
        refused = False

        def process_request(self, request: object, client_address: object, /) -> None:
            if not self.refused:
                self.refused = True
                raise HandlerError
            super().process_request(request, client_address)

    class Refuses(OwnInline):
        def start(self, processor: Any, _reactor: object, /) -> Any:
            return Refusing(processor)

    def answer(request: StreamRequest, _client_address: object, _server: object) -> None:
        request.sendall(b"answer")

    with running(Counting(TCP(port=0), answer, Refuses(), raising=())) as run:
        with connect(run.server.server_address) as client:
            assert end_of(client) == b""
        with connect(run.server.server_address) as client:
            assert client.recv(10) == b"answer"
        assert run.server.calls[:2] == ["handle_error", "shutdown_request"]
        assert len([event for event in run.server.events if isinstance(event, Refused)]) == 1
