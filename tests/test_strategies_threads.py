"""Threads: a thread for each request, and a record of the threads that stays small."""

import resource
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.running import PATIENCE, Run, ask, connect, running
from typedserver import TCP, LiveRequest, Server, ServerContext, StreamRequest, Threads


class Recorder:
    """A processor that records the calls of a strategy."""

    def __init__(self, serve: Callable[[Any], object] = lambda _request: None) -> None:
        self.serve = serve
        self.closed: list[Any] = []
        self.released: list[tuple[Any, Any, BaseException | None]] = []
        self.changed = threading.Condition()

    @property
    def live(self) -> dict[int, LiveRequest]:
        raise AssertionError("a strategy of workers notes no request")

    @property
    def server(self) -> ServerContext:
        raise AssertionError("a strategy of workers asks nothing of the server")

    def serve_request(self, request: Any, _client_address: Any, /) -> None:
        self.serve(request)

    def connection_of(self, request: object, /) -> object:
        return request

    def begin_request(self, request: Any, _client_address: Any, /) -> object:
        raise AssertionError(f"{request} is served in place")

    def end_request(self, request: Any, _client_address: Any, _error: BaseException | None, /) -> None:
        raise AssertionError(f"{request} is served in place")

    def leave_to_child(self, request: object, /) -> None:
        """The child's end is the request's."""

    def close_request(self, request: Any, /) -> None:
        self.closed.append(request)

    def enter_child(self, request: Any, /) -> None:
        raise AssertionError(f"no child serves {request}")

    def drain_in_child(self) -> None:
        pass

    def fail(self, error: BaseException, /) -> None:
        raise AssertionError("nothing is served in the loop") from error

    def release(self, request: Any, client_address: Any, error: BaseException | None, /) -> None:
        with self.changed:
            self.released.append((request, client_address, error))
            self.changed.notify_all()

    def wait_released(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.released) >= count, PATIENCE)


def test_threads_serve_at_once_what_inline_serves_in_turn() -> None:
    meeting = threading.Barrier(3, timeout=PATIENCE)

    def meet(request: StreamRequest, _client_address: object, _server: object) -> None:
        meeting.wait()
        request.sendall(b"met")

    with running(Server(TCP(port=0), meet, Threads())) as run:
        clients = [connect(run.server.server_address) for _ in range(3)]
        assert [client.recv(10) for client in clients] == [b"met"] * 3
        for client in clients:
            client.close()


def test_threads_leave_the_account_by_themselves_and_are_released_once() -> None:
    recorder = Recorder()
    dispatcher = Threads().start(recorder, None)
    for number in range(50):
        dispatcher.process_request(number, "address")
    recorder.wait_released(50)
    assert sorted(recorder.released) == [(number, "address", None) for number in range(50)]
    assert dispatcher.has_capacity
    assert dispatcher.close() == 0


def test_threads_close_waits_for_them_as_the_recipe_says() -> None:
    may_end = threading.Event()
    for recipe, left_by_close in ((Threads(block_on_close=False), 1), (Threads(daemon=True), 1), (Threads(), 0)):
        recorder = Recorder(lambda _request: may_end.wait(PATIENCE))
        dispatcher = recipe.start(recorder, None)
        may_end.clear()
        dispatcher.process_request("request", "address")
        assert dispatcher.close(0.01) == 1, recipe
        if left_by_close == 0:
            threading.Timer(0.01, may_end.set).start()
        assert dispatcher.close() == left_by_close, recipe
        may_end.set()
        recorder.wait_released(1)


def test_threads_daemon_is_the_recipes() -> None:
    seen: list[bool] = []
    for recipe in (Threads(), Threads(daemon=True)):
        recorder = Recorder(lambda _request: seen.append(threading.current_thread().daemon))
        dispatcher = recipe.start(recorder, None)
        dispatcher.process_request("request", "address")
        recorder.wait_released(1)
        dispatcher.close()
    assert seen == [False, True]


@pytest.mark.parametrize("kind", [RuntimeError, MemoryError])
def test_threads_refuse_the_request_whose_thread_does_not_start(
    kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder()
    dispatcher = Threads().start(recorder, None)

    def fail(_thread: threading.Thread) -> None:
        raise kind("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", fail)
    dispatcher.process_request("request", "address")
    assert recorder.closed == ["request"]
    ((_, _, error),) = recorder.released
    assert type(error) is kind
    assert dispatcher.close() == 0


def test_threads_release_a_refused_request_that_cannot_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    dispatcher = Threads().start(recorder, None)

    def fail(_thing: object) -> None:
        raise ValueError("an override's")

    monkeypatch.setattr(threading.Thread, "start", fail)
    monkeypatch.setattr(recorder, "close_request", fail)
    with pytest.raises(ValueError, match="an override's"):
        dispatcher.process_request("request", "address")
    assert [request for request, _, _ in recorder.released] == ["request"]


def test_threads_that_do_not_start_cost_one_client_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    starts = threading.Thread.start
    failing = True

    def start(thread: threading.Thread) -> None:
        if failing and thread.name != "serving":
            raise RuntimeError("can't start new thread")
        starts(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    with running(Server(TCP(port=0), echo, Threads())) as run:
        assert ask(run.server.server_address, b"") == b""
        failing = False
        assert ask(run.server.server_address, b"next") == b"next"
    assert caplog.text.count("can't start new thread") >= 1


def echo(request: StreamRequest, _client_address: object, _server: object) -> None:
    while data := request.recv(65536):
        request.sendall(data)


def test_threads_let_a_base_exception_out(monkeypatch: pytest.MonkeyPatch) -> None:
    escaped: list[object] = []

    def escape(args: threading.ExceptHookArgs) -> None:
        escaped.append(args.exc_type)

    monkeypatch.setattr(threading, "excepthook", escape)

    class Odd(BaseException):
        pass

    def fail(_request: object, _client_address: object, _server: object) -> None:
        raise Odd

    with running(Server(TCP(port=0), fail, Threads())) as run:
        assert ask(run.server.server_address, b"") == b""
        assert ask(run.server.server_address, b"") == b""
    assert escaped == [Odd, Odd]


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_threads_memory_is_flat_over_a_hundred_thousand_requests() -> None:
    recorder = Recorder()
    recorder.release = lambda *_: None  # type: ignore[method-assign]  # what is released is not to be kept either
    dispatcher = Threads().start(recorder, None)

    def serve(count: int) -> int:
        for _ in range(count):
            dispatcher.process_request("request", "address")
        dispatcher.close()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    before = serve(10_000)
    # 90,000 kept threads would take hundreds of MiB (a Thread object alone is 1 KiB).
    assert serve(90_000) - before < 20 * 1024


def test_threads_shutdown_does_not_wait_for_them_and_close_does() -> None:
    may_end = threading.Event()
    entered = threading.Event()

    def wait(request: StreamRequest, _client_address: object, _server: object) -> None:
        entered.set()
        may_end.wait(PATIENCE)
        request.sendall(b"late")

    server = Server(TCP(port=0), wait, Threads()).open()
    run = Run(server)
    with connect(server.server_address) as client:
        assert entered.wait(PATIENCE)
        server.shutdown()
        run.join()
        assert not may_end.is_set()
        threading.Timer(0.01, may_end.set).start()
        server.server_close()
        assert may_end.is_set()
        assert client.recv(10) == b"late"
