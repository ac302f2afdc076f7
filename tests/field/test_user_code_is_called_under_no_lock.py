"""User code under a lock: what a server calls while it opens, serves or closes may call the server back."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from tests.running import PATIENCE, Run, connect, running

from typedserver import (
    TCP,
    Asyncio,
    Closed,
    Drained,
    Draining,
    Finished,
    Forks,
    Group,
    LifecycleError,
    Listening,
    Multiplexed,
    Prefork,
    SelectorReactor,
    Server,
    ServerConfig,
    ServerEvent,
    State,
    Stream,
    Threads,
    stream_handler,
)
from typedserver.lifetime.serving import Serving


@stream_handler
async def upper(stream: Stream) -> None:
    await stream.write((await stream.readline()).upper())


@stream_handler
async def waits(stream: Stream) -> None:
    await stream.write(b"waiting")
    await stream.readline()


class Caller:
    """An observer that calls its server back at one kind of event, here or by a thread that it waits for."""

    def __init__(self, when: type, call: Callable[[Serving], object], *, apart: bool) -> None:
        self.when = when
        self.call = call
        self.apart = apart
        self.server: Serving | None = None
        self.told: list[str] = []
        self.outcomes: list[BaseException | None] = []

    def __call__(self, event: ServerEvent) -> None:
        self.told.append(type(event).__name__)
        if isinstance(event, self.when):
            if self.apart:
                in_time(self._call)
            else:
                self._call()

    def _call(self) -> None:
        assert self.server is not None
        try:
            self.call(self.server)
        except Exception as error:
            self.outcomes.append(error)
        else:
            self.outcomes.append(None)


def in_time(function: Callable[[], object]) -> None:
    """Call in a thread; a function that waits for ever fails the test."""
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    thread.join(PATIENCE / 4)
    assert not thread.is_alive(), "it waits for ever"


def one(observer: Caller) -> Server[Any, Any]:
    return Server(TCP(port=0), upper, Threads(), config=ServerConfig(observer=observer))


MAKERS: dict[str, Callable[[Caller], Serving]] = {
    "server": one,
    "group": lambda observer: Group([one(observer), Group([one(observer)])]),
    "prefork": lambda observer: Prefork(one(observer), 1),
}


@pytest.fixture(params=list(MAKERS))
def make(request: pytest.FixtureRequest) -> Callable[[Caller], Serving]:
    return MAKERS[request.param]


@pytest.fixture(params=["here", "in a thread"])
def apart(request: pytest.FixtureRequest) -> bool:
    return bool(request.param != "here")


def test_observer_of_the_close_may_close_again(make: Callable[[Caller], Serving], apart: bool) -> None:
    observer = Caller(Closed, lambda server: server.server_close(), apart=apart)
    observer.server = server = make(observer)
    server.open()
    in_time(server.server_close)
    assert server.state is State.CLOSED
    assert observer.outcomes == [None] * observer.told.count("Closed")
    assert observer.told.count("Closed") == observer.told.count("Listening")


def test_observer_of_the_opening_may_open_and_ask(make: Callable[[Caller], Serving], apart: bool) -> None:
    def call(server: Serving) -> None:
        server.open()
        assert server.state is State.LISTENING
        server.suspend()
        server.resume()

    observer = Caller(Listening, call, apart=apart)
    observer.server = server = make(observer)
    in_time(server.open)
    assert observer.outcomes == [None] * observer.told.count("Listening")
    in_time(server.server_close)


@pytest.mark.parametrize("begin", ["open", "serve_forever", "drain"])
def test_observer_of_the_opening_may_close(make: Callable[[Caller], Serving], apart: bool, begin: str) -> None:
    observer = Caller(Listening, lambda server: server.server_close(), apart=apart)
    observer.server = server = make(observer)
    refused: list[LifecycleError] = []

    def run() -> None:
        try:
            getattr(server, begin)()
        except LifecycleError as error:
            refused.append(error)

    in_time(run)
    assert server.state is State.CLOSED
    assert observer.outcomes == [None] * observer.told.count("Listening")
    assert observer.told.count("Closed") == observer.told.count("Listening")
    assert bool(refused) is (begin == "serve_forever")


def test_observer_of_a_drain_may_ask_for_it_again(apart: bool) -> None:
    def call(server: Serving) -> None:
        server.request_drain(0)
        assert server.state is State.DRAINING
        assert server.drain_report is not None

    observer = Caller(Draining, call, apart=apart)
    observer.server = server = one(observer)
    server.open()
    run = Run(server)
    in_time(lambda: server.drain(PATIENCE))
    run.join()
    assert observer.outcomes == [None]
    assert observer.told == ["Listening", "Draining", "Drained", "Closed"]


def test_observer_of_the_end_of_a_drain_may_ask_and_stop(apart: bool) -> None:
    def call(server: Serving) -> None:
        server.request_stop()
        server.request_drain()
        assert server.drain_report is not None

    observer = Caller(Drained, call, apart=apart)
    observer.server = server = one(observer)
    with running(server):
        in_time(lambda: server.drain(PATIENCE))
    assert observer.outcomes == [None]


@pytest.mark.parametrize("strategy", [Multiplexed(), Asyncio(grace=0), Forks()], ids=repr)
def test_observer_of_a_request_that_a_close_ends_may_close_again(strategy: Any, apart: bool) -> None:
    observer = Caller(Finished, lambda server: server.server_close(), apart=apart)
    observer.server = server = Server(TCP(port=0), waits, strategy, config=ServerConfig(observer=observer))
    server.open()
    run = Run(server)
    with connect(server.server_address) as client:
        assert client.recv(10) == b"waiting"
        server.shutdown()
        run.join()
        if isinstance(strategy, Forks):
            client.sendall(b"\n")
        in_time(server.server_close)
    assert observer.outcomes == [None]
    assert observer.told[-2:] == ["Finished", "Closed"]


def attach(server: Serving) -> None:
    reactor = SelectorReactor()
    try:
        server.attach(reactor)
    finally:
        reactor.close()


CALLS: dict[str, Callable[[Serving], object]] = {
    "open": lambda server: server.open(),
    "retract": lambda server: server.retract(),
    "serve_forever": lambda server: server.serve_forever(),
    "attach": attach,
    "server_close": lambda server: server.server_close(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_endpoint_that_calls_its_server_while_it_is_opened_is_refused(call: Callable[[Serving], object]) -> None:
    refused: list[str] = []

    class Calls(TCP):
        def listen(self) -> Any:
            try:
                call(server)
            except LifecycleError as error:
                refused.append(str(error))
            server.request_stop()
            assert server.state is State.NEW
            return super().listen()

    server = Server(Calls(port=0), upper, Threads())
    in_time(server.open)
    assert server.state is State.LISTENING
    assert len(refused) == 1
    assert "is being opened" in refused[0]
    in_time(server.server_close)


def test_loop_that_is_made_or_closed_may_call_its_server() -> None:
    refused: list[str] = []

    class Loop(SelectorReactor):
        def close(self) -> None:
            super().close()
            server.server_close()

    def make() -> Loop:
        try:
            server.server_close()
        except LifecycleError as error:
            refused.append(str(error))
        return Loop()

    server = Server(TCP(port=0), upper, Threads(), config=ServerConfig(reactor_factory=make))
    server.request_stop()
    in_time(server.serve_forever)
    in_time(server.server_close)
    assert server.state is State.CLOSED
    assert len(refused) == 1


def test_end_of_an_attachment_may_close_the_server() -> None:
    reactor = SelectorReactor()
    server = Server(TCP(port=0), upper, Threads())
    attachment = server.attach(reactor, ended=lambda _error: server.server_close())
    in_time(attachment.detach)
    assert server.state is State.CLOSED
    reactor.close()


def test_callback_of_a_drain_may_ask_the_server() -> None:
    called: list[object] = []

    def call() -> None:
        in_time(lambda: called.append((server.state, server.draining)))
        server.request_drain(0)
        server.forget_when_draining(about)

    about = object()
    server = Server(TCP(port=0), upper, Threads())
    with server:
        server.call_when_draining(about, call)
        in_time(lambda: server.request_drain(PATIENCE))
    assert called == [(State.LISTENING, True)]


def test_hook_that_is_called_as_a_close_ends_its_request_may_ask_the_server() -> None:
    outcomes: list[object] = []

    class Asking(Server[Any, Any]):
        def shutdown_request(self, request: Any, /) -> None:
            in_time(lambda: outcomes.append(self.state))
            self.request_stop()
            super().shutdown_request(request)

    server = Asking(TCP(port=0), waits, Multiplexed()).open()
    run = Run(server)
    with connect(server.server_address) as client:
        assert client.recv(10) == b"waiting"
        server.shutdown()
        run.join()
        in_time(server.server_close)
    assert outcomes == [State.CLOSED]
