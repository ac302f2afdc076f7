"""Sources: what becomes of a message, under each strategy, and when the server stops, drains, pauses or fails."""

import asyncio
import contextlib
import errno
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop
from typing_extensions import override

from tests.lending import BLOCKING, STRATEGIES, Lending, live, until
from tests.reliability import stock
from tests.running import PATIENCE, ask, running
from typedserver import (
    TCP,
    Accepted,
    AcceptFailed,
    Asyncio,
    BaseListener,
    BaseRequestHandler,
    CompositionError,
    Deadlines,
    Delivery,
    DrainReport,
    Endpoint,
    EndpointWrapper,
    Finished,
    Group,
    Inline,
    Leased,
    Limits,
    ListenError,
    ListenerWrapper,
    Multiplexed,
    Outcome,
    Polled,
    RecipeError,
    RequestOverdue,
    RequestRefused,
    Retries,
    Server,
    ServerConfig,
    ServerContext,
    ServerEvent,
    Started,
    Stream,
    ThreadPool,
    Threads,
    sleep,
    stream_handler,
)
from typedserver.prefork.messages import parts_of, report_of
from typedserver.sources import BaseSource
from typedserver.testing import FaultySource


def fail_by_threes(number: int, delivery: Delivery, server: ServerContext) -> None:
    assert server.server_address == delivery.source == "numbers"
    assert (delivery.key, delivery.attempt) == (number, 1)
    if number % 3 == 0:
        raise ValueError(number)


async def fail_by_threes_later(number: int, delivery: Delivery, server: ServerContext) -> None:
    await sleep(0)
    fail_by_threes(number, delivery, server)


class FailByThrees(BaseRequestHandler[int, ServerContext, Delivery]):
    @override
    def handle(self) -> None:
        fail_by_threes(self.request, self.client_address, self.server)


HANDLERS: dict[str, Any] = {
    "function": fail_by_threes,
    "coroutine": fail_by_threes_later,
    "class": FailByThrees,
}
COMPOSITIONS = [
    pytest.param(strategy, handler, id=f"{name}-{kind}")
    for name, strategy in STRATEGIES.items()
    for kind, handler in HANDLERS.items()
    if name in BLOCKING or kind == "coroutine"
]


# What becomes of a message


@pytest.mark.parametrize("prefetch", [1, 4])
@pytest.mark.parametrize(("strategy", "handler"), COMPOSITIONS)
def test_source_hears_of_each_message_once_whether_its_handler_returned(
    strategy: Any, handler: Any, prefetch: int
) -> None:
    source = Lending(*range(1, 13))
    with running(Server(source.polled(prefetch), handler, strategy)):
        source.wait_until(lambda: len(source.did("acknowledge")) + len(source.did("reject")) == 12)
    assert sorted(source.did("acknowledge")) == [1, 2, 4, 5, 7, 8, 10, 11]
    assert sorted(source.did("reject")) == [3, 6, 9, 12]
    assert source.notes[-1] == "close"
    assert not source.did("release")


@pytest.mark.parametrize("strategy", [each for name, each in STRATEGIES.items() if name != "forks"])
def test_source_gets_the_error_of_the_handler(strategy: Any) -> None:
    source = Lending(3)
    with running(Server(source.polled(), fail_by_threes_later, strategy)):
        source.wait_for("reject 3")
    assert repr(source.errors[3]) == "ValueError(3)"


def test_source_of_forked_handlers_learns_that_the_child_failed() -> None:
    source = Lending(3)
    with running(Server(source.polled(), fail_by_threes, BLOCKING["forks"])):
        source.wait_for("reject 3")
    assert "exited with status 70" in str(source.errors[3])


def leave(_number: int, _delivery: Delivery, _server: ServerContext) -> None:
    sys.exit(0)


def test_source_of_forked_handlers_does_not_take_an_exit_for_a_return() -> None:
    source = Lending(1)
    with running(Server(source.polled(), leave, BLOCKING["forks"])):
        source.wait_for("reject 1")


def kill_itself(_number: int, _delivery: Delivery, _server: ServerContext) -> None:
    os.kill(os.getpid(), 9)


def test_source_of_forked_handlers_learns_that_the_child_was_killed() -> None:
    source = Lending(1)
    with running(Server(source.polled(), kill_itself, BLOCKING["forks"])):
        source.wait_for("reject 1")
    assert "signal 9" in str(source.errors[1])


def ignore(_args: object) -> None:
    """Report nothing."""


@pytest.mark.parametrize("name", ["threads", "pool"])
def test_handler_that_exits_in_its_thread_has_failed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", ignore)
    source = Lending(1, 2)
    with running(Server(source.polled(), leave, BLOCKING[name])):
        source.wait_for("reject 1", "reject 2")


@pytest.mark.parametrize("name", ["inline", "threads", "multiplexed", "asyncio"])
def test_equal_messages_that_are_one_object_are_settled_each(name: str) -> None:
    source = Lending(*[1] * 5)
    entered: list[int] = []

    async def note(number: int, _delivery: Delivery, _server: ServerContext) -> None:
        entered.append(number)
        await sleep(0.01)

    with running(Server(source.polled(5), note, STRATEGIES[name])):
        source.wait_until(lambda: len(source.did("acknowledge")) == 5)
    assert entered == [1] * 5


def test_source_is_used_by_one_thread() -> None:
    source = Lending(*range(1, 20))
    with running(Server(source.polled(4), fail_by_threes, Threads())):
        source.wait_until(lambda: len(source.did("acknowledge")) + len(source.did("reject")) == 19)
    assert [thread.name.startswith("typedserver source") for thread in source.threads] == [True]


# Refused, overdue, cut


class Choosy(Server[int, Delivery]):
    @override
    def verify_request(self, request: Any, client_address: Any, /) -> bool:
        return bool(client_address.key != 2)


@pytest.mark.parametrize("strategy", [Inline(), Threads()])
def test_message_that_verify_request_refuses_is_rejected(strategy: Any) -> None:
    source = Lending(1, 2, 3)
    with running(Choosy(source.polled(), fail_by_threes, strategy)):
        source.wait_for("acknowledge 1", "reject 2", "reject 3")
    assert isinstance(source.errors[2], RequestRefused)


def test_message_beyond_a_limit_that_refuses_is_given_back_and_served_later() -> None:
    source = Lending(1, 2, 4)
    config = ServerConfig(limits=Limits(connections=1, over="refuse"))

    def work(number: int, _delivery: Delivery, _server: ServerContext) -> None:
        if number == 1:
            source.wait_until(lambda: source.did("release"))

    with running(Server(source.polled(), work, Threads(), config=config)):
        source.wait_for("acknowledge 1", "acknowledge 2", "acknowledge 4")
    assert not source.did("reject")


def test_message_that_is_refused_again_and_again_is_asked_for_after_longer_and_longer_pauses() -> None:
    source = Lending(1, 2)
    config = ServerConfig(limits=Limits(connections=1, over="refuse"))
    go = threading.Event()

    def work(_number: int, _delivery: Delivery, _server: ServerContext) -> None:
        assert go.wait(PATIENCE)

    with running(Server(source.polled(), work, Threads(), config=config)):
        source.wait_until(lambda: source.did("release"))
        time.sleep(0.3)
        # 10, 20, 40, 80, 160 ms.
        assert len(source.did("release")) <= 6
        go.set()
        source.wait_for("acknowledge 1", "acknowledge 2")


def test_leases_of_many_messages_are_renewed_together(tmp_path: Path) -> None:
    source = Lending(*range(50), lease=0.3)
    go = tmp_path / "go"

    async def work(_number: int, _delivery: Delivery, _server: ServerContext) -> None:
        while not go.exists():
            await sleep(0.01)

    faulty = FaultySource(source)
    with running(Server(Polled(lambda: faulty, prefetch=10), work, Multiplexed())):
        source.wait_until(lambda: len(source.did("renew")) >= 100)
        go.touch()
        source.wait_until(lambda: len(source.did("acknowledge")) == 50)
    assert all(source.did("renew").count(number) >= 2 for number in range(50))
    assert len([call for call, _ in faulty.calls if call == "renew"]) < 40


class Broken(Server[int, Delivery]):
    @override
    def process_request(self, request: Any, client_address: Any, /) -> None:
        if client_address.key == 1:
            raise OSError("no")
        super().process_request(request, client_address)


def test_message_that_process_request_fails_for_is_given_back(caplog: pytest.LogCaptureFixture) -> None:
    source = Lending(1)
    with running(Broken(source.polled(), fail_by_threes, Threads())):
        source.wait_for("release 1")
    assert not source.did("acknowledge")
    assert "OSError: no" in caplog.text


async def never_ends(_number: int, _delivery: Delivery, _server: ServerContext) -> None:
    await sleep(3600)


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
def test_message_that_takes_too_long_has_failed(strategy: Any) -> None:
    source = Lending(1)
    config = ServerConfig(deadlines=Deadlines(total=0.1))
    with running(Server(source.polled(), never_ends, strategy, config=config)):
        source.wait_for("reject 1")
    assert isinstance(source.errors[1], RequestOverdue)


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
def test_message_that_a_drain_cuts_is_given_back(strategy: Any) -> None:
    source = Lending(1)
    server = Server(source.polled(), never_ends, strategy)
    with running(server) as run:
        source.wait_for("lend 1")
        until(lambda: live(server))
        report = server.drain(0.1)
        run.join()
    assert source.did("release") == [1]
    assert not source.did("reject") + source.did("acknowledge")
    assert [str(each) for each in report.cut] == [str(Delivery(source="numbers", key=1, attempt=1))]


@pytest.mark.parametrize("name", ["threads", "pool"])
def test_handler_that_outlives_a_cut_in_its_thread_is_acknowledged_if_it_returns_in_time(name: str) -> None:
    source = Lending(1)
    over = threading.Event()

    def work(_number: int, _delivery: Delivery, _server: ServerContext) -> None:
        assert over.wait(PATIENCE)

    server = Server(source.polled(), work, BLOCKING[name])
    with running(server):
        until(lambda: live(server))
        threading.Timer(0.3, over.set).start()
        server.drain(0.1)
    assert source.did("acknowledge") == [1]
    assert not source.did("release")


def test_handler_that_fails_after_a_cut_in_its_thread_has_failed() -> None:
    source = Lending(1)
    over = threading.Event()

    def work(number: int, _delivery: Delivery, _server: ServerContext) -> None:
        assert over.wait(PATIENCE)
        raise ValueError(number)

    server = Server(source.polled(), work, Threads())
    with running(server):
        until(lambda: live(server))
        threading.Timer(0.3, over.set).start()
        server.drain(0.1)
    assert source.did("reject") == [1]


def test_handler_that_outlives_its_server_gives_its_message_back() -> None:
    source = Lending(1)
    over = threading.Event()
    ended = threading.Event()

    def work(_number: int, _delivery: Delivery, _server: ServerContext) -> None:
        assert over.wait(PATIENCE)
        ended.set()

    server = Server(source.polled(), work, Threads())
    with running(server):
        until(lambda: live(server))
        server.drain(0.05)
    assert source.notes[-2:] == ["release 1", "close"]
    over.set()
    assert ended.wait(PATIENCE)


# Draining, suspending, capacity


@pytest.mark.parametrize("strategy", [each for name, each in STRATEGIES.items() if name != "inline"])
def test_drain_finishes_what_runs_and_gives_back_what_was_prefetched(strategy: Any, tmp_path: Path) -> None:
    source = Lending(*range(1, 10))
    go = tmp_path / "go"

    async def work(_number: int, _delivery: Delivery, _server: ServerContext) -> None:
        while not go.exists():
            await sleep(0.005)

    config = ServerConfig(limits=Limits(connections=2))
    server = Server(source.polled(3), work, strategy, config=config)
    with running(server) as run:
        source.wait_until(lambda: len(source.did("lend")) == 5)
        until(lambda: live(server) == 2)
        server.request_drain(PATIENCE)
        source.wait_for("release 3", "release 4", "release 5")
        go.touch()
        run.join()
    assert sorted(source.did("acknowledge")) == [1, 2]
    assert sorted(source.did("lend")) == [1, 2, 3, 4, 5]
    assert source.notes[-1] == "close"


def test_drain_in_place_finishes_what_runs_and_gives_back_the_rest() -> None:
    source = Lending(1, 2, 3)
    begun, go = threading.Event(), threading.Event()

    def work(_number: int, _delivery: Delivery, _server: ServerContext) -> None:
        begun.set()
        assert go.wait(PATIENCE)

    server = Server(source.polled(), work)
    with running(server) as run:
        assert begun.wait(PATIENCE)
        source.wait_for("lend 2")
        server.request_drain(PATIENCE)
        go.set()
        run.join()
    assert source.did("acknowledge")[0] == 1
    assert sorted(source.did("acknowledge") + source.did("release")) == sorted(source.did("lend"))


def test_stop_without_a_drain_gives_back_what_was_not_begun() -> None:
    source = Lending(*range(1, 6))
    go = threading.Event()

    def work(_number: int, _delivery: Delivery, _server: ServerContext) -> None:
        assert go.wait(PATIENCE)

    with running(Server(source.polled(2), work, Threads(), config=ServerConfig(limits=Limits(connections=1)))) as run:
        source.wait_for("lend 3")
        run.server.request_stop()
        run.join()
        go.set()
    assert source.did("acknowledge") == [1]
    assert sorted(source.did("release")) == [2, 3]


def test_source_lends_no_more_than_runs_and_is_prefetched() -> None:
    source = Lending(*range(1, 30))
    go = threading.Event()

    def work(_number: int, _delivery: Delivery, _server: ServerContext) -> None:
        assert go.wait(PATIENCE)

    server = Server(source.polled(3), work, ThreadPool(workers=2, queue=2))
    with running(server):
        until(lambda: live(server) == 4)
        # It asks for more when half of them, or fewer, wait here.
        source.wait_until(lambda: len(source.did("lend")) >= 6)
        time.sleep(0.1)
        assert len(source.did("lend")) <= 7
        go.set()
        source.wait_until(lambda: len(source.did("acknowledge")) == 29)


def test_source_is_asked_for_half_of_what_is_prefetched_at_least() -> None:
    source = Lending(*range(1, 101))
    with running(Server(source.polled(8), lambda _number, _delivery, _server: None)):
        source.wait_until(lambda: len(source.did("acknowledge")) == 100)
    assert min(source.asked) >= 4


def test_suspended_server_gives_back_what_it_has_prefetched_and_goes_on_when_resumed() -> None:
    source = Lending()
    server = Server(source.polled(patience=0.05), fail_by_threes, Threads())
    with running(server):
        until(lambda: source.asked)
        server.suspend()
        source.put(1)
        source.wait_for("release 1")
        lent = len(source.did("lend"))
        time.sleep(0.2)
        assert len(source.did("lend")) == lent
        assert not source.did("acknowledge")
        server.resume()
        source.wait_for("acknowledge 1")


def test_message_that_waits_too_long_for_a_busy_server_is_given_back() -> None:
    source = Lending(1, 2)
    go = threading.Event()

    def work(_number: int, _delivery: Delivery, _server: ServerContext) -> None:
        assert go.wait(PATIENCE)

    config = ServerConfig(limits=Limits(connections=1))
    with running(Server(source.polled(patience=0.05), work, Threads(), config=config)):
        source.wait_for("release 2")
        assert source.did("lend") == [1, 2]
        go.set()
        source.wait_for("acknowledge 1", "acknowledge 2")


# Leases


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
def test_lease_is_renewed_while_the_handler_runs(strategy: Any, tmp_path: Path) -> None:
    source = Lending(1, lease=0.06)
    go = tmp_path / "go"

    async def work(_number: int, _delivery: Delivery, _server: ServerContext) -> None:
        while not go.exists():
            await sleep(0.005)

    with running(Server(source.polled(), work, strategy)):
        source.wait_until(lambda: source.did("renew") == [1, 1, 1])
        go.touch()
        source.wait_for("acknowledge 1")
    assert not source.did("release")
    assert source.did("renew")[-1:] == [1]


# A source that fails


class Failing(Lending):
    """Fails in the calls that are named, until it is told to stop."""

    def __init__(self, *messages: int, fails: str, **kwargs: Any) -> None:
        super().__init__(*messages, **kwargs)
        self.fails = fails
        self.failed = 0

    def _fail(self, call: str) -> None:
        if call == self.fails:
            self.failed += 1
            self._note(f"fail {self.failed}")
            raise ConnectionError(f"no {call}")

    @override
    def receive(self, most: int, wait: float, /) -> Any:
        self._fail("receive")
        return super().receive(most, wait)

    @override
    def acknowledge(self, leased: Leased[int], /) -> None:
        self._fail("acknowledge")
        super().acknowledge(leased)

    @override
    def reject(self, leased: Leased[int], error: BaseException, /) -> None:
        self._fail("reject")
        super().reject(leased, error)

    @override
    def renew(self, leased: Leased[int], /) -> None:
        self._fail("renew")
        super().renew(leased)

    @override
    def close(self) -> None:
        super().close()
        self._fail("close")


@pytest.mark.parametrize("strategy", [Inline(), Multiplexed()])
def test_source_that_gives_nothing_is_tried_again_and_reported_once(
    strategy: Any, caplog: pytest.LogCaptureFixture
) -> None:
    events: list[ServerEvent] = []
    source = Failing(1, 2, fails="receive")
    config = ServerConfig(observer=events.append)
    with running(Server(source.polled(), fail_by_threes_later, strategy, config=config)):
        source.wait_for("fail 2")
        source.fails = ""
        source.wait_for("acknowledge 1", "acknowledge 2")
    assert caplog.text.count("numbers gives no messages, and is tried again: ConnectionError: no receive") == 1
    assert caplog.text.count("numbers gives messages again: 2 attempts had failed in") == 1
    failures = [event for event in events if isinstance(event, AcceptFailed)]
    assert [(str(each.error), each.pauses) for each in failures] == [("numbers gives no messages: no receive", True)]
    assert isinstance(failures[0].error.__cause__, ConnectionError)


@pytest.mark.parametrize("call", ["acknowledge", "reject", "renew"])
def test_source_that_cannot_settle_is_logged_and_goes_on(call: str, caplog: pytest.LogCaptureFixture) -> None:
    source = Failing(1, 3, fails=call, lease=0.03 if call == "renew" else None)
    with running(Server(source.polled(), slow_by_threes, Threads())):
        source.wait_for("fail 1")
        source.fails = ""
        source.put(4, 6)
        source.wait_for("acknowledge 4", "reject 6")
    assert f"numbers could not {call} {3 if call != 'acknowledge' else 1}" in caplog.text


def slow_by_threes(number: int, delivery: Delivery, server: ServerContext) -> None:
    if number == 3:
        time.sleep(0.1)
    fail_by_threes(number, delivery, server)


def test_source_that_cannot_be_closed_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    source = Failing(1, fails="close")
    with running(Server(source.polled(), fail_by_threes)):
        source.wait_for("acknowledge 1")
    assert "numbers could not be closed" in caplog.text


def test_source_that_cannot_be_opened_is_a_listen_error() -> None:
    def refuse() -> Lending:
        raise ConnectionRefusedError("nobody there")

    with pytest.raises(ListenError, match="cannot be opened: ConnectionRefusedError: nobody there"):
        Server(Polled(refuse), fail_by_threes).open()


def test_source_that_is_opened_and_never_served_is_closed_with_its_server() -> None:
    source = Lending(1)
    with Server(source.polled(), fail_by_threes):
        assert not source.notes
    assert source.notes == ["close"]


class Unfinished(BaseSource[int]):
    pass


def test_source_without_a_member_says_so() -> None:
    source, nothing = Unfinished(), Leased(1, Delivery(source="", key=1, attempt=1))
    calls: dict[str, Callable[[], object]] = {
        "name": lambda: source.name,
        "receive": lambda: source.receive(1, 1.0),
        "acknowledge": lambda: source.acknowledge(nothing),
    }
    for member, call in calls.items():
        with pytest.raises(CompositionError, match=f"Unfinished is no complete source: .* override .*`{member}`"):
            call()


# What is around it


def test_observer_gets_the_events_of_messages() -> None:
    events: list[ServerEvent] = []
    source = Lending(1, 3)
    with running(Server(source.polled(), fail_by_threes, Threads(), config=ServerConfig(observer=events.append))):
        source.wait_for("acknowledge 1", "reject 3")
        until(lambda: len([event for event in events if isinstance(event, Finished)]) == 2)
    first = Delivery(source="numbers", key=1, attempt=1)
    of_first = [e for e in events if isinstance(e, Accepted | Started | Finished) and e.client_address == first]
    assert [type(each) for each in of_first] == [Accepted, Started, Finished]
    outcomes = {e.client_address.key: e.outcome for e in events if isinstance(e, Finished)}  # type: ignore[attr-defined]  # pyright: ignore
    assert outcomes == {1: Outcome.SERVED, 3: Outcome.FAILED}


def test_observer_is_told_that_a_forked_handler_of_a_message_failed(caplog: pytest.LogCaptureFixture) -> None:
    events: list[ServerEvent] = []
    source = Lending(3)
    config = ServerConfig(observer=events.append)
    with running(Server(source.polled(), fail_by_threes, BLOCKING["forks"], config=config)):
        until(lambda: any(isinstance(event, Finished) for event in events))
    assert [event.outcome for event in events if isinstance(event, Finished)] == [Outcome.FAILED]
    # The child has reported it.
    assert "exited with status" not in caplog.text


def test_wrapper_of_an_endpoint_is_asked_and_told() -> None:
    settled: list[tuple[object, BaseException | None]] = []

    class Listener(ListenerWrapper[int, Delivery]):
        @override
        def settle_request(self, request: Any, error: BaseException | None, /) -> None:
            settled.append((request.message, error))
            super().settle_request(request, error)

    class Wrapped(EndpointWrapper[int, Delivery]):
        @property
        @override
        def inner(self) -> Endpoint[int, Delivery]:
            return endpoint

        def listen(self) -> Listener:
            return Listener(endpoint.listen())

    source = Lending(1, 3)
    endpoint = source.polled()
    with running(Server(Wrapped(), fail_by_threes)):
        source.wait_for("acknowledge 1", "reject 3")
    assert [(message, repr(error)) for message, error in settled] == [(1, "None"), (3, "ValueError(3)")]


def test_listener_that_fails_to_settle_is_logged_and_the_server_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    class Listener(ListenerWrapper[int, Delivery]):
        @override
        def settle_request(self, request: Any, error: BaseException | None, /) -> None:
            super().settle_request(request, error)
            raise RuntimeError("cannot")

    class Wrapped(EndpointWrapper[int, Delivery]):
        @property
        @override
        def inner(self) -> Endpoint[int, Delivery]:
            return endpoint

        def listen(self) -> Listener:
            return Listener(endpoint.listen())

    source = Lending(1, 2)
    endpoint = source.polled()
    with running(Server(Wrapped(), fail_by_threes, Threads())):
        source.wait_for("acknowledge 1", "acknowledge 2")
    assert caplog.text.count("could not settle a message") == 2


def test_base_listener_does_not_care_how_requests_end() -> None:
    BaseListener[Any, Any]().settle_request(1, ValueError())


@stream_handler
async def echo(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line)


@pytest.mark.parametrize("loop", [None, asyncio.new_event_loop])
def test_source_is_served_beside_a_tcp_server_in_one_group(loop: Any) -> None:
    source = Lending(*range(1, 10))
    tcp = Server(TCP(port=0), echo, Threads())
    options = {} if loop is None else {"reactor_factory": loop}
    with running(Group([Server(source.polled(), fail_by_threes, Threads()), tcp], **options)):
        assert ask(tcp.server_address, b"hello\n") == b"hello\n"
        source.wait_until(lambda: len(source.did("acknowledge")) + len(source.did("reject")) == 9)


def test_server_handles_one_message_at_a_time() -> None:
    source = Lending(1, 2)
    with Server(source.polled(), fail_by_threes) as server:
        server.handle_request()
        server.handle_request()
    assert source.did("acknowledge") == [1, 2]


def test_server_on_a_source_may_be_served_again_after_a_stop() -> None:
    source = Lending(1)
    server = Server(source.polled(), fail_by_threes, Threads())
    with server:
        for number in (1, 2):
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            source.put(number)
            source.wait_for(f"acknowledge {number}")
            server.shutdown()
            thread.join(PATIENCE)


# Prefork

PREFORK = """
import os, sys, time
from pathlib import Path
from typedserver import Prefork, Server, Inline
from typedserver.sources import BaseSource, Delivery, Leased, Polled

folder = Path(sys.argv[1])

class Numbers(BaseSource[int]):
    # Each process has numbers of its own.
    def __init__(self):
        (folder / f"opened-{os.getpid()}").touch()
        self.left = list(range(5))
    name = "numbers"
    def receive(self, most, wait):
        if not self.left:
            time.sleep(wait)
        taken, self.left = self.left[:most], self.left[most:]
        return [Leased(n, Delivery(source="numbers", key=n, attempt=1)) for n in taken]
    def acknowledge(self, leased):
        (folder / f"done-{os.getpid()}-{leased.message}").touch()
    def close(self):
        (folder / f"closed-{os.getpid()}").touch()

Prefork(Server(Polled(Numbers), lambda number, delivery, server: None), processes=2).run()
"""


def test_each_worker_of_a_prefork_opens_the_source_and_closes_it(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    program = subprocess.Popen([sys.executable, "-c", PREFORK, str(tmp_path)], env=environment)
    try:
        until(lambda: len(list(tmp_path.glob("done-*"))) >= 10)
    finally:
        program.terminate()
        assert program.wait(PATIENCE) == 0
    opened = {path.name.split("-")[1] for path in tmp_path.glob("opened-*")}
    assert len(opened) == 3
    assert {path.name.split("-")[1] for path in tmp_path.glob("closed-*")} == opened
    # The parent has opened it to see whether that is possible, and serves nothing.
    assert {path.name.split("-")[1] for path in tmp_path.glob("done-*")} == opened - {str(program.pid)}


# Recipes


@pytest.mark.parametrize("values", [{"prefetch": 0}, {"prefetch": 1.5}, {"wait": 0}, {"wait": None}, {"patience": -1}])
def test_polled_refuses_what_cannot_work(values: Any) -> None:
    with pytest.raises(RecipeError, match=f"Polled\\({next(iter(values))}="):
        Polled(Lending, **values)


def test_polled_needs_a_function() -> None:
    with pytest.raises(RecipeError, match="open="):
        Polled(Lending())  # type: ignore[arg-type]  # pyright: ignore


def test_retries_double_their_pauses_up_to_the_longest() -> None:
    retries = Retries(max_attempts=6, min_backoff=1, max_backoff=5)
    assert [retries.backoff(attempt) for attempt in range(1, 7)] == [1, 2, 4, 5, 5, None]
    assert Retries(max_attempts=None).backoff(10_000) == 300.0


@pytest.mark.parametrize(
    "values", [{"max_attempts": 0}, {"min_backoff": 0}, {"max_backoff": None}, {"min_backoff": 9.0, "max_backoff": 1.0}]
)
def test_retries_refuse_what_cannot_work(values: Any) -> None:
    with pytest.raises(RecipeError):
        Retries(**values)


def test_no_log_of_a_source_that_works(caplog: pytest.LogCaptureFixture) -> None:
    source = Lending(1, 2)
    with caplog.at_level(logging.WARNING), running(Server(source.polled(), fail_by_threes, Threads())):
        source.wait_for("acknowledge 1", "acknowledge 2")
    assert not caplog.text


# The command line

APP = """
import os
import signal
from pathlib import Path
from typedserver import Group, Server, Spool, Threads, UnixStream

def note(file, delivery, server):
    with open("log", "a") as log:
        log.write(f"{file.name} {os.getpid()}\\n")

spool = Server(Spool("spool", poll=0.02), note, Threads())
server = Group([spool, Server(UnixStream("s"), lambda request, address, server: None, Threads())])
"""


def tried(folder: Path) -> dict[str, int]:
    log = folder / "log"
    return {line.split()[0]: int(line.split()[1]) for line in log.read_text().splitlines()} if log.exists() else {}


@pytest.mark.parametrize("app", ["spool", "server"])
def test_program_of_a_source_is_replaced_by_a_new_process_and_drains(tmp_path: Path, app: str) -> None:
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "spool").mkdir()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    program = subprocess.Popen(
        [sys.executable, "-m", "typedserver", f"app:{app}"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert program.stdout is not None
        assert program.stdout.readline() == f"receiving from {tmp_path / 'spool'}\n"
        (tmp_path / "spool" / "before").touch()
        until(lambda: "before" in tried(tmp_path))
        assert tried(tmp_path)["before"] == program.pid
        program.send_signal(signal.SIGUSR2)
        # It has drained, and ended in order.
        assert program.wait(PATIENCE) == 0
        (tmp_path / "spool" / "after").touch()
        until(lambda: "after" in tried(tmp_path))
        assert tried(tmp_path)["after"] != program.pid
        os.kill(tried(tmp_path)["after"], signal.SIGTERM)
        until(lambda: not list((tmp_path / "spool" / ".claimed").iterdir()))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()
        assert program.stdout is not None
        program.stdout.close()


# A source that fails as told


def test_faulty_source_fails_in_turn_and_notes_what_was_called(caplog: pytest.LogCaptureFixture) -> None:
    inner = Lending(1, 3)
    entered: list[str] = []
    source = FaultySource(
        inner,
        receive=[errno.ECONNREFUSED, None],
        acknowledge=[lambda: entered.append("acknowledge")],
        reject=[errno.EIO],
        close=[errno.EPIPE],
    )
    with running(Server(Polled(lambda: source), fail_by_threes)):
        until(lambda: [call for call in source.calls if call[0] == "reject"])
        inner.wait_for("acknowledge 1")
    assert entered == ["acknowledge"]
    assert "numbers gives no messages, and is tried again: ConnectionRefusedError" in caplog.text
    assert "numbers could not reject 3" in caplog.text
    assert "numbers could not be closed" in caplog.text
    # What failed has not reached it.
    assert not inner.did("reject")
    assert "close" not in inner.notes
    assert source.calls[0] == ("receive", ())
    assert {("receive", (1,)), ("receive", (3,)), ("acknowledge", (1,)), ("reject", (3,))} <= set(source.calls)
    assert source.calls[-1] == ("close", ())


def test_faulty_source_passes_the_rest_on(tmp_path: Path) -> None:
    inner = Lending(1, lease=0.03)
    source = FaultySource(inner, renew=[errno.EIO])
    go = tmp_path / "go"

    def work(_number: int, _delivery: Delivery, _server: ServerContext) -> None:
        until(go.exists)

    server = Server(Polled(lambda: source, patience=0.05), work, config=ServerConfig(limits=Limits(connections=1)))
    with running(server):
        inner.wait_for("renew 1")
        inner.put(2)
        inner.wait_for("release 2")
        go.touch()
        inner.wait_for("acknowledge 1", "acknowledge 2")
    assert ("release", (2,)) in source.calls
    assert source.calls[-1][0] == "close"


@pytest.mark.parametrize("name", ["inline", "threads", "multiplexed"])
def test_each_of_many_messages_ends_once_whatever_fails_and_drains(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "typedserver")
    assert stock.run(name, 300).faults == []


@pytest.mark.parametrize(
    "strategy",
    [Multiplexed(), Asyncio(grace=0), Asyncio(loop_factory=uvloop.new_event_loop, grace=0)],
    ids=["multiplexed", "asyncio", "uvloop"],
)
def test_coroutine_that_the_close_of_its_server_ends_gives_its_message_back(strategy: Any) -> None:
    source = Lending(1)
    server = Server(source.polled(), never_ends, strategy)
    with running(server) as run:
        until(lambda: live(server))
        run.server.request_stop()
        run.join()
    assert source.did("release") == [1]
    assert source.notes[-1] == "close"


def test_report_of_a_worker_names_the_messages_that_were_cut() -> None:
    cut = (Delivery(source="numbers", key=object, attempt=2), ("127.0.0.1", 9), "path")
    [part] = parts_of(DrainReport(1, 2, cut, 3, 0.5))
    report = report_of(json.loads(json.dumps(part)))
    assert report.cut == (repr(cut[0]), ("127.0.0.1", 9), "path")
