"""OnExecutor: it uses threads that belong to the caller, and refuses executors of other processes."""

import contextvars
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any, cast

import pytest

from tests.running import PATIENCE, Run, ask, ask_datagram, connect, running
from tests.test_strategies_thread_pool import Gate
from tests.test_strategies_threads import Recorder, echo
from typedserver import (
    TCP,
    UDP,
    Bounded,
    CompositionError,
    Group,
    OnExecutor,
    Prefork,
    Server,
    ServerConfig,
    Stream,
    StreamRequest,
    datagram_handler,
    stream_handler,
)


@pytest.fixture
def executor() -> Generator[ThreadPoolExecutor, None, None]:
    with ThreadPoolExecutor(2, thread_name_prefix="the caller's") as executor:
        yield executor


class InPlace(Executor):
    """Calls the function at once, in the thread that submits it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


class Delegating(Executor):
    """An executor of an unknown class, which wraps another."""

    def __init__(self, inner: Executor) -> None:
        self.inner = inner

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        return self.inner.submit(fn, *args, **kwargs)


def test_on_executor_serves_connections_and_datagrams_in_its_threads(
    executor: ThreadPoolExecutor, config: ServerConfig
) -> None:
    names: set[str] = set()

    @stream_handler
    async def upper(stream: Stream) -> None:
        names.add(threading.current_thread().name)
        async for line in stream:
            await stream.write(line.upper())

    @datagram_handler
    def upper_datagram(data: bytes) -> bytes:
        names.add(threading.current_thread().name)
        return data.upper()

    with running(Server(TCP(port=0), upper, OnExecutor(executor), config=config)) as run:
        for _ in range(5):
            assert ask(run.server.server_address, b"one\n") == b"ONE\n"
    with running(Server(UDP(port=0), upper_datagram, OnExecutor(executor), config=config)) as datagrams:
        assert ask_datagram(datagrams.server.server_address, b"two") == b"TWO"
    assert names
    assert all(name.startswith("the caller's") for name in names)


def test_on_executor_leaves_it_running_for_its_owner_and_waits_for_its_own_requests(
    executor: ThreadPoolExecutor,
) -> None:
    gate, others_may_end = Gate(), threading.Event()
    other = executor.submit(others_may_end.wait, PATIENCE)
    server = Server(TCP(port=0), gate, OnExecutor(executor)).open()
    run = Run(server)
    with connect(server.server_address) as client:
        assert gate.entered.acquire(timeout=PATIENCE)
        server.shutdown()
        run.join()
        threading.Timer(0.02, gate.opened.set).start()
        server.server_close()
        assert gate.opened.is_set()
        assert client.recv(10) == b"through"
    assert not other.done()
    others_may_end.set()
    assert executor.submit(lambda: "still taken").result(PATIENCE) == "still taken"


def test_on_executor_close_with_a_timeout_returns_how_many_are_left(executor: ThreadPoolExecutor) -> None:
    may_end = threading.Event()
    recorder = Recorder(lambda _request: may_end.wait(PATIENCE))
    dispatcher = OnExecutor(executor).start(recorder, None)
    for number in range(3):
        dispatcher.process_request(number, "address")
    dispatcher.service_actions()
    dispatcher.drain()
    dispatcher.cut(0)
    assert dispatcher.close(0.01) == 3
    may_end.set()
    assert dispatcher.close() == 0
    assert sorted(recorder.released) == [(number, "address", None) for number in range(3)]


def test_on_executor_with_all_threads_busy_is_started_without_a_wait() -> None:
    may_end = threading.Event()
    with ThreadPoolExecutor(1) as executor:
        executor.submit(may_end.wait, PATIENCE)
        recorder = Recorder()
        begun = time.monotonic()
        dispatcher = OnExecutor(executor).start(recorder, None)
        dispatcher.process_request("request", "address")
        assert time.monotonic() - begun < 1.0
        assert not recorder.released
        may_end.set()
        assert dispatcher.close() == 0
    assert recorder.released == [("request", "address", None)]


def test_on_executor_gives_each_request_a_context_of_its_own(executor: ThreadPoolExecutor) -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="fresh")
    seen: list[str] = []

    def note(_request: object, _client_address: object, _server: object) -> None:
        seen.append(variable.get())
        variable.set("stale")

    with running(Server(TCP(port=0), note, OnExecutor(executor))) as run:
        for _ in range(4):
            ask(run.server.server_address, b"")
    assert seen == ["fresh"] * 4


def test_on_executor_outlives_a_base_exception(executor: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    escaped: list[object] = []

    def escape(args: threading.ExceptHookArgs) -> None:
        escaped.append(args.exc_type)

    monkeypatch.setattr(threading, "excepthook", escape)

    def fail(_request: object, _client_address: object, _server: object) -> None:
        raise SystemExit

    with running(Server(TCP(port=0), fail, OnExecutor(executor))) as run:
        for _ in range(3):
            assert ask(run.server.server_address, b"") == b""
    assert escaped == [SystemExit] * 3


# Functions that the executor does not accept or does not run


def test_on_executor_that_was_shut_down_refuses_its_clients_and_the_server_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    executor = ThreadPoolExecutor(1)
    with running(Server(TCP(port=0), echo, OnExecutor(executor))) as run:
        assert ask(run.server.server_address, b"x") == b"x"
        executor.shutdown()
        for _ in range(2):
            with connect(run.server.server_address) as client:
                assert client.recv(1) == b""
    assert len(caplog.records) == 2
    assert "cannot schedule new futures after shutdown" in caplog.text


def test_on_executor_cancelled_requests_are_closed_and_released_once() -> None:
    entered, may_end = threading.Event(), threading.Event()

    def wait(_request: object) -> None:
        entered.set()
        assert may_end.wait(PATIENCE)

    executor = ThreadPoolExecutor(1)
    recorder = Recorder(wait)
    dispatcher = OnExecutor(executor).start(recorder, None)
    for request in ("served", "cancelled", "cancelled too"):
        dispatcher.process_request(request, "address")
    assert entered.wait(PATIENCE)
    executor.shutdown(wait=False, cancel_futures=True)
    dispatcher.process_request("refused", "address")
    assert dispatcher.close(0.01) == 1
    may_end.set()
    assert dispatcher.close() == 0
    executor.shutdown()
    assert recorder.closed == ["cancelled", "cancelled too", "refused"]
    assert [(request, type(error)) for request, _, error in recorder.released] == [
        ("cancelled", CancelledError),
        ("cancelled too", CancelledError),
        ("refused", RuntimeError),
        ("served", type(None)),
    ]


def test_on_executor_whose_threads_do_not_come_up_refuses_its_requests() -> None:
    def fail() -> None:
        raise OSError("no such thing")

    recorder = Recorder()
    with ThreadPoolExecutor(1, initializer=fail) as executor:
        dispatcher = OnExecutor(executor).start(recorder, None)
        for request in ("one", "two"):
            dispatcher.process_request(request, "address")
        assert dispatcher.close() == 0
    assert recorder.closed == ["one", "two"]
    assert ["initializer" in str(error) for _, _, error in recorder.released] == [True, True]


def test_on_executor_interrupted_in_the_submission_releases_once() -> None:
    class Interrupted(ThreadPoolExecutor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
            super().submit(may_end.wait, PATIENCE)
            super().submit(fn, *args, **kwargs)
            raise KeyboardInterrupt

    may_end = threading.Event()
    recorder = Recorder()
    with Interrupted(1) as executor:
        dispatcher = OnExecutor(executor).start(recorder, None)
        with pytest.raises(KeyboardInterrupt):
            dispatcher.process_request("request", "address")
        may_end.set()
    assert dispatcher.close() == 0
    assert recorder.closed == ["request"]
    assert len(recorder.released) == 1


# Which executors


def test_on_executor_of_an_unknown_kind_serves_if_it_runs_functions_here(executor: ThreadPoolExecutor) -> None:
    for unknown in (InPlace(), Delegating(executor)):
        with running(Server(TCP(port=0), echo, OnExecutor(unknown))) as run:
            assert ask(run.server.server_address, b"x") == b"x"


class Kin(ProcessPoolExecutor):
    """A subclass, as libraries have them."""


@pytest.mark.parametrize("kind", [ProcessPoolExecutor, Kin])
def test_on_executor_refuses_processes_and_says_why(kind: type[ProcessPoolExecutor]) -> None:
    with kind(1) as executor, pytest.raises(CompositionError, match=r"live socket cannot go there.*Prefork"):
        OnExecutor(executor)


def test_on_executor_refuses_processes_behind_another_class() -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
        refused = pytest.raises(CompositionError, match="it must not leave this process")
        with Server(TCP(port=0), echo, OnExecutor(Delegating(pool))) as server, refused:
            server.serve_forever()


def test_on_executor_refuses_an_executor_that_never_calls_its_function(monkeypatch: pytest.MonkeyPatch) -> None:
    class Elsewhere(Executor):
        """Calls a copy of the function and never the function itself."""

        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
            kind: Callable[[], Callable[..., Any]] = cast("Any", type(fn))
            return InPlace().submit(kind(), *args, **kwargs)

    class Silent(Executor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
            return Future()

    with pytest.raises(CompositionError, match="in another process"):
        OnExecutor(Elsewhere()).start(Recorder(), None)
    monkeypatch.setattr("typedserver.strategies.on_executor._PROBE_PATIENCE", 0.01)
    with pytest.raises(CompositionError, match=r"within 0\.01 seconds.*free to serve"):
        OnExecutor(Silent()).start(Recorder(), None)


def test_on_executor_refuses_an_object_that_is_no_executor() -> None:
    for wrong in (None, ThreadPoolExecutor, 4):
        with pytest.raises(CompositionError, match="give OnExecutor a ThreadPoolExecutor"):
            OnExecutor(wrong)  # type: ignore[arg-type]  # what is tested


def test_on_executor_is_bounded_from_outside(executor: ThreadPoolExecutor) -> None:
    gate = Gate()
    with running(Server(TCP(port=0), gate, Bounded(OnExecutor(executor), 1))) as run:
        clients = [connect(run.server.server_address) for _ in range(4)]
        assert gate.entered.acquire(timeout=PATIENCE)
        assert not gate.entered.acquire(timeout=0.05)
        gate.opened.set()
        assert [client.recv(10) for client in clients] == [b"through"] * 4
        for client in clients:
            client.close()
    assert gate.most == 1


def test_on_executor_half_closed_client_is_answered(executor: ThreadPoolExecutor) -> None:
    def late(request: StreamRequest, _client_address: object, _server: object) -> None:
        while request.recv(100):
            pass
        request.sendall(b"late")

    with running(Server(TCP(port=0), late, OnExecutor(executor))) as run:
        assert ask(run.server.server_address, b"x") == b"late"
    assert repr(OnExecutor(executor)) == f"OnExecutor({executor!r})"


def test_on_executor_serves_in_workers_by_threads_of_their_own(executor: ThreadPoolExecutor) -> None:
    def tell_pid(request: StreamRequest, _client_address: object, _server: object) -> None:
        request.sendall(b"%d" % os.getpid())

    with running(Prefork(Server(TCP(port=0), tell_pid, OnExecutor(executor)), 2)) as run:
        for _ in range(6):
            assert int(ask(run.server.server_address, b"")) in run.server.pids


def test_on_executor_that_has_threads_is_refused_before_workers_are_forked(executor: ThreadPoolExecutor) -> None:
    strategy = OnExecutor(executor)
    prefork = Prefork(Server(TCP(port=0), echo, strategy), 2).open()
    executor.submit(int).result()
    # The executor was in order when it was opened.
    with pytest.raises(CompositionError, match=r"do not survive a fork.*has run nothing yet"):
        prefork.serve_forever()
    prefork.server_close()
    for inner in (Server(TCP(port=0), echo, strategy), Server(TCP(port=0), echo, Bounded(strategy, 2))):
        for prefork_of_any in (Prefork(inner, 2), Prefork(Group([inner]), 2)):
            with pytest.raises(CompositionError, match="has started threads before Prefork"):
                prefork_of_any.open()


def test_on_executor_says_in_a_forked_child_that_its_threads_are_gone(executor: ThreadPoolExecutor) -> None:
    executor.submit(int).result()
    OnExecutor(executor).start(Recorder(), None)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            OnExecutor(executor).start(Recorder(), None)
        except CompositionError as error:
            status = 0 if "in the parent of this process" in str(error) else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_on_executor_that_was_shut_down_says_so_by_itself_in_workers(executor: ThreadPoolExecutor) -> None:
    executor.submit(int).result()
    executor.shutdown()
    with running(Prefork(Server(TCP(port=0), echo, OnExecutor(executor)), 1)) as run:
        for _ in range(2):
            assert ask(run.server.server_address, b"") == b"", "this client is refused, the worker goes on"
