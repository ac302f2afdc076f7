"""ThreadPool and Bounded: accepting pauses at the bound, exactly."""

import contextvars
import socket
import sys
import threading
import time
from typing import Any

import pytest

from tests.running import PATIENCE, Run, ask, connect, running
from tests.test_strategies_threads import Recorder, echo
from typedserver import (
    TCP,
    BaseDispatcher,
    BaseStrategy,
    Bounded,
    CompositionError,
    Dispatcher,
    Forks,
    Inline,
    Multiplexed,
    RecipeError,
    RequestProcessor,
    Server,
    ServerConfig,
    StreamRequest,
    ThreadPool,
    Threads,
    sleep,
    stream_handler,
)
from typedserver.coroutines.stream import Stream


class Gate:
    """A handler that holds its clients until the test opens it, and counts how many are inside."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0
        self.entered = threading.Semaphore(0)
        self.opened = threading.Event()
        self.lock = threading.Lock()

    def __call__(self, request: StreamRequest, _client_address: object, _server: object) -> None:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.entered.release()
        assert self.opened.wait(PATIENCE)
        request.sendall(b"through")
        with self.lock:
            self.inside -= 1


@pytest.mark.parametrize("strategy", [ThreadPool(workers=3, queue=0), Bounded(Threads(), 3)], ids=repr)
def test_bound_of_three_admits_three_and_the_rest_waits_in_the_kernel(strategy: Any, config: ServerConfig) -> None:
    gate = Gate()
    with running(Server(TCP(port=0), gate, strategy, config=config)) as run:
        clients = [connect(run.server.server_address) for _ in range(10)]
        for _ in range(3):
            assert gate.entered.acquire(timeout=PATIENCE)
        used = time.process_time()
        assert not gate.entered.acquire(timeout=0.1)
        assert time.process_time() - used < 0.08, "it waits without using the processor"
        gate.opened.set()
        assert [client.recv(10) for client in clients] == [b"through"] * 10
        assert gate.most == 3
        for client in clients:
            client.close()


BOUNDED = [Bounded(Inline(), 1), Bounded(Forks(), 2), Bounded(ThreadPool(workers=2), 1)]


@pytest.mark.parametrize("strategy", BOUNDED, ids=repr)
def test_bounded_serves_by_any_strategy(strategy: Any, config: ServerConfig) -> None:
    with running(Server(TCP(port=0), echo, strategy, config=config)) as run:
        for _ in range(5):
            assert ask(run.server.server_address, b"x") == b"x"


def test_bounded_multiplexed_has_at_most_so_many_coroutines(config: ServerConfig) -> None:
    inside, most = 0, 0

    @stream_handler
    async def serve(stream: Stream) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await sleep(0.01)
        inside -= 1
        await stream.write(b"through")

    with running(Server(TCP(port=0), serve, Bounded(Multiplexed(), 4), config=config)) as run:
        clients = [connect(run.server.server_address) for _ in range(12)]
        assert [client.recv(10) for client in clients] == [b"through"] * 12
        for client in clients:
            client.close()
    assert most == 4


def test_bounded_count_is_exact_under_threads() -> None:
    with Server(TCP(port=0), echo, Bounded(Threads(), 5)) as server:
        run = Run(server)
        workers = [
            threading.Thread(target=lambda: [ask(server.server_address, b"x") for _ in range(50)]) for _ in range(8)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        server.shutdown()
        run.join()
        dispatcher: Any = server.__lifetime__.servable.dispatchers.current
        dispatcher.close()
        assert not dispatcher._processor.begun


class Raising(BaseStrategy, BaseDispatcher):
    """A strategy, and its live side, that cannot serve; it raises with or without the release that it owes."""

    has_capacity = True

    def __init__(self, *, releases: bool) -> None:
        self.releases = releases
        self.processor: RequestProcessor[object] | None = None

    def start(self, processor: RequestProcessor[object], _reactor: object, /) -> Dispatcher:
        self.processor = processor
        return self

    def process_request(self, request: Any, client_address: Any, /) -> None:
        assert self.processor is not None
        if self.releases:
            self.processor.release(request, client_address, None)
        raise ValueError("not this one")


@pytest.mark.parametrize("releases", [True, False])
def test_bounded_strategy_that_raises_takes_no_place_and_is_released_once(releases: bool) -> None:
    recorder = Recorder()
    dispatcher = Bounded(Raising(releases=releases), 2).start(recorder, None)
    requests = [object(), object(), object()]
    for request in requests:
        assert dispatcher.has_capacity
        with pytest.raises(ValueError, match="not this one"):
            dispatcher.process_request(request, "address")
    assert dispatcher.has_capacity
    assert [request for request, _, _ in recorder.released] == requests


def test_bounded_handle_request_serves_one(config: ServerConfig) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        await stream.write(await stream.readline())

    server = Server(TCP(port=0), serve, Bounded(Multiplexed(), 1), config=config)
    with server, connect(server.server_address) as client:
        client.sendall(b"one\n")
        server.handle_request()
        assert client.recv(10) == b"one\n"


def test_bounded_passes_on_what_the_server_asks() -> None:
    recorder = Recorder()
    dispatcher = Bounded(Threads(), 1).start(recorder, None)
    dispatcher.service_actions()
    dispatcher.drain()
    dispatcher.cut("none")
    assert dispatcher.close(0.1) == 0


def test_bounded_refuses_values_that_cannot_work() -> None:
    with pytest.raises(RecipeError, match="max_requests"):
        Bounded(Threads(), 0)
    with pytest.raises(CompositionError, match="no strategy"):
        Bounded(Threads, 1)  # type: ignore[arg-type]  # what is tested
    assert repr(Bounded(ThreadPool(workers=2), 10)) == "Bounded(ThreadPool(workers=2), 10)"


def test_thread_pool_starts_threads_as_requests_come_and_keeps_them() -> None:
    names: set[str] = set()

    def note(request: StreamRequest, _client_address: object, _server: object) -> None:
        names.add(threading.current_thread().name)
        request.sendall(b"x")

    with running(Server(TCP(port=0), note, ThreadPool(workers=4))) as run:
        for _ in range(20):
            assert ask(run.server.server_address, b"") == b"x"
    assert 1 <= len(names) <= 4
    assert all(name.startswith("typedserver worker") for name in names)


def test_thread_pool_gives_each_request_a_context_of_its_own() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="fresh")
    seen: list[str] = []

    def note(_request: object, _client_address: object, _server: object) -> None:
        seen.append(variable.get())
        variable.set("stale")

    with running(Server(TCP(port=0), note, ThreadPool(workers=1))) as run:
        for _ in range(3):
            ask(run.server.server_address, b"")
    assert seen == ["fresh"] * 3


def test_thread_pool_outlives_a_base_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    escaped: list[object] = []

    def escape(args: threading.ExceptHookArgs) -> None:
        escaped.append(args.exc_type)

    monkeypatch.setattr(threading, "excepthook", escape)

    def fail(_request: object, _client_address: object, _server: object) -> None:
        raise SystemExit

    with running(Server(TCP(port=0), fail, ThreadPool(workers=1))) as run:
        for _ in range(3):
            assert ask(run.server.server_address, b"") == b""
    assert escaped == [SystemExit] * 3


@pytest.mark.parametrize("raised", [ValueError, SystemExit])
@pytest.mark.parametrize("last_fails", [False, True])
def test_thread_pool_outlives_a_hook_that_fails(
    last_fails: bool, raised: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    raised_kinds: list[object] = []

    def fail(_args: threading.ExceptHookArgs) -> None:
        raise raised

    def note(kind: type[BaseException], _error: object, _traceback: object) -> None:
        raised_kinds.append(kind)
        if last_fails:
            raise raised

    monkeypatch.setattr(threading, "excepthook", fail)
    monkeypatch.setattr(sys, "excepthook", note)

    def end(_request: object, _client_address: object, _server: object) -> None:
        raise SystemExit

    with running(Server(TCP(port=0), end, Bounded(ThreadPool(workers=1), 1))) as run:
        for _ in range(3):
            assert ask(run.server.server_address, b"") == b""
    assert raised_kinds == [raised] * 3


def test_thread_pool_close_serves_what_was_accepted() -> None:
    gate = Gate()
    server = Server(TCP(port=0), gate, ThreadPool(workers=1, queue=5)).open()
    run = Run(server)
    clients = [connect(server.server_address) for _ in range(4)]
    assert gate.entered.acquire(timeout=PATIENCE)
    time.sleep(0.05)
    server.shutdown()
    run.join()
    threading.Timer(0.02, gate.opened.set).start()
    server.server_close()
    assert [client.recv(10) for client in clients] == [b"through"] * 4
    for client in clients:
        client.close()


def test_thread_pool_close_with_a_timeout_returns_how_many_are_left() -> None:
    may_end = threading.Event()
    recorder = Recorder(lambda _request: may_end.wait(PATIENCE))
    dispatcher = ThreadPool(workers=2).start(recorder, None)
    dispatcher.process_request("one", "address")
    assert dispatcher.close(0.01) == 1
    may_end.set()
    assert dispatcher.close() == 0
    assert len(recorder.released) == 1


def test_thread_pool_without_any_thread_refuses_and_with_one_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    starts = threading.Thread.start
    failing = True

    def start(thread: threading.Thread) -> None:
        if failing:
            raise RuntimeError("can't start new thread")
        starts(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    may_end = threading.Event()
    recorder = Recorder(lambda _request: may_end.wait(PATIENCE))
    dispatcher = ThreadPool(workers=2).start(recorder, None)
    dispatcher.process_request("refused", "address")
    assert recorder.closed == ["refused"]
    failing = False
    dispatcher.process_request("served", "address")
    failing = True
    dispatcher.process_request("served by the same", "address")
    may_end.set()
    assert dispatcher.close() == 0
    assert [request for request, _, _ in recorder.released] == ["refused", "served", "served by the same"]


def test_thread_pool_refuses_values_that_cannot_work() -> None:
    with pytest.raises(RecipeError, match="workers"):
        ThreadPool(workers=0)
    with pytest.raises(RecipeError, match="queue"):
        ThreadPool(queue=-1)


def test_thread_pool_half_closed_client_is_answered() -> None:
    with running(Server(TCP(port=0), echo, ThreadPool())) as run, connect(run.server.server_address) as client:
        client.sendall(b"x")
        client.shutdown(socket.SHUT_WR)
        assert client.recv(10) == b"x"
        assert client.recv(10) == b""
