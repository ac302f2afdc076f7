"""Events: what an observer sees, and that a failing observer does no harm."""

import errno
import logging
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

from tests.contexts import Context
from tests.running import PATIENCE, ask_datagram, connect, running
from tests.test_draining import STRATEGIES, greeted, stuck, upper
from tests.test_limits import Seen
from typedserver import (
    TCP,
    UDP,
    Accepted,
    AcceptFailed,
    AddressDenied,
    AuthenticationFailed,
    BaseDispatcher,
    BaseStrategy,
    CertificateExpires,
    Closed,
    Deadlines,
    Drained,
    Draining,
    Finished,
    Forks,
    Group,
    HandshakeFailed,
    Inline,
    LineTooLong,
    Listening,
    LogObserver,
    Observer,
    Outcome,
    Prefork,
    ProxyHeaderRefused,
    Refusal,
    Refused,
    Reloaded,
    ReloadFailed,
    SelectorReactor,
    Server,
    ServerConfig,
    ServerContext,
    ServerEvent,
    Started,
    Stream,
    StreamRequest,
    Threads,
    UnixStream,
    WorkerEnded,
    WorkerStarted,
    datagram_handler,
    stream_handler,
)
from typedserver.events import outcome_of
from typedserver.requests import telling
from typedserver.testing import Faulty


class SeenAll(Seen):
    wants_requests = True


@pytest.fixture(params=list(STRATEGIES))
def strategy(request: pytest.FixtureRequest) -> Any:
    with ThreadPoolExecutor(8) as executor:
        yield STRATEGIES[request.param](executor)


def kinds(seen: Seen) -> list[str]:
    return [type(event).__name__ for event in seen.events]


def test_observer_sees_the_life_of_a_server_and_of_its_requests(strategy: Any) -> None:
    seen = SeenAll()
    server = Server(TCP(port=0), upper, strategy, config=ServerConfig(observer=seen))
    with running(server):
        address = server.server_address
        with greeted(address) as client:
            own = client.getsockname()
        (finished,) = seen.wait_for(Finished)
        server.drain()
    assert seen.events[0] == Listening(address, server=server)
    number = finished.connection_id
    assert Accepted(own, server=server, connection_id=number) in seen.events
    started = Started(own, server=server, connection_id=number)
    assert (started in seen.events) is not isinstance(strategy, Forks)
    assert (finished.client_address, finished.outcome, finished.error) == (own, Outcome.SERVED, None)
    assert 0 < finished.seconds < 20
    draining, drained, closed = seen.events[-3:]
    assert isinstance(draining, Draining)
    assert isinstance(drained, Drained)
    assert drained.report.cut == ()
    assert closed == Closed(address, server=server)


def fail(_request: StreamRequest, _client_address: object, _server: object) -> None:
    raise ZeroDivisionError


def hang_up(request: StreamRequest, _client_address: object, _server: object) -> None:
    raise ConnectionResetError


@stream_handler
async def impatient(stream: Stream) -> None:
    await stream.readline()


@pytest.mark.parametrize(
    ("handler", "outcome", "error"),
    [
        (fail, Outcome.FAILED, ZeroDivisionError),
        (hang_up, Outcome.DISCONNECTED, ConnectionResetError),
        (impatient, Outcome.GIVEN_UP, TimeoutError),
    ],
)
def test_finished_reports_the_error_of_a_failed_request(handler: Any, outcome: Outcome, error: type[Exception]) -> None:
    for strategy in (Inline(), Threads()):
        seen = SeenAll()
        config = ServerConfig(observer=seen, deadlines=Deadlines(read=0.1))
        server = Server(TCP(port=0), handler, strategy, config=config)
        with running(server), connect(server.server_address) as client:
            (finished,) = seen.wait_for(Finished)
            client.close()
        assert finished.outcome is outcome
        assert isinstance(finished.error, error)


def test_finished_reports_that_a_request_was_cut(strategy: Any) -> None:
    seen = SeenAll()
    config = ServerConfig(observer=seen, deadlines=Deadlines(total=0.2))
    server = Server(TCP(port=0), stuck, strategy, config=config)
    with running(server), connect(server.server_address) as client:
        client.sendall(b"ab\nc")
        (finished,) = seen.wait_for(Finished)
    assert finished.outcome is Outcome.CUT


def test_observer_sees_why_a_request_was_refused() -> None:
    class Choosy(Server[Any, Any]):
        def verify_request(self, _request: Any, _client_address: Any, /) -> bool:
            return False

    seen = Seen()
    server = Choosy(TCP(port=0), upper, Threads(), config=ServerConfig(observer=seen))
    with running(server), connect(server.server_address) as client:
        assert client.recv(10) == b""
        (refused,) = seen.wait_for(Refused)
    assert (refused.reason, refused.limit, refused.error) == ("verify_request", None, None)
    assert refused.server is server


def test_observer_sees_the_error_of_a_hook_that_refuses_by_it() -> None:
    class Failing(Server[Any, Any]):
        def verify_request(self, _request: Any, _client_address: Any, /) -> bool:
            raise ZeroDivisionError

        def handle_error(self, _request: Any, _client_address: Any, /) -> None:
            """Say nothing."""

    seen = Seen()
    server = Failing(TCP(port=0), upper, Threads(), config=ServerConfig(observer=seen))
    with running(server), connect(server.server_address) as client:
        assert client.recv(10) == b""
        (refused,) = seen.wait_for(Refused)
    assert refused.reason == "error"
    assert isinstance(refused.error, ZeroDivisionError)


def test_each_event_names_its_server_and_its_connection(strategy: Any) -> None:
    seen = SeenAll()
    servers = [Server(TCP(port=0), upper, strategy, config=ServerConfig(observer=seen)) for _ in range(2)]
    with running(Group(servers, reactor_factory=strategy.reactor_factory or SelectorReactor)):
        for server in servers * 2:
            greeted(server.server_address).close()
        seen.wait_for(Finished, 4)
    assert {id(event.server) for event in seen.events} == set(map(id, servers))
    for server in servers:
        accepted = [event for event in seen.events if isinstance(event, Accepted) and event.server is server]
        assert len({event.connection_id for event in accepted}) == 2
        for kind in (Finished,) if isinstance(strategy, Forks) else (Started, Finished):
            of_kind = [event for event in seen.events if isinstance(event, kind) and event.server is server]
            assert {(event.connection_id, event.client_address) for event in of_kind} == {
                (event.connection_id, event.client_address) for event in accepted
            }
    assert len({event.connection_id for event in seen.events if isinstance(event, Accepted)}) == 4


def test_connections_without_an_address_are_told_apart(tmp_path: Path) -> None:
    seen = SeenAll()
    with running(Server(UnixStream(str(tmp_path / "s")), upper, Threads(), config=ServerConfig(observer=seen))) as run:
        with greeted(run.server.server_address), greeted(run.server.server_address):
            pass
        ended = {event.connection_id for event in seen.wait_for(Finished, 2)}
    assert ended == {event.connection_id for event in seen.events if isinstance(event, Accepted)}
    assert len(ended) == 2


class Refusing(BaseStrategy):
    """Takes no request."""

    def start(self, _processor: Any, _reactor: Any, /) -> Any:
        return _RefusingDispatcher()


class _RefusingDispatcher(BaseDispatcher):
    has_capacity = True

    def process_request(self, _request: object, _client_address: object, /) -> None:
        raise ZeroDivisionError


def test_connection_that_a_strategy_refuses_has_one_number() -> None:
    seen = SeenAll()
    with running(Server(TCP(port=0), upper, Refusing(), config=ServerConfig(observer=seen))) as run:
        with connect(run.server.server_address) as client:
            assert client.recv(9) == b""
        seen.wait_for(Refused)
    assert kinds(seen) == ["Listening", "Accepted", "Finished", "Refused", "Closed"]
    _, accepted, finished, refused, _ = seen.events
    assert isinstance(accepted, Accepted)
    assert isinstance(finished, Finished)
    assert isinstance(refused, Refused)
    assert accepted.connection_id == finished.connection_id == refused.connection_id
    assert isinstance(refused.error, ZeroDivisionError)


def test_events_are_matched_by_their_first_fields() -> None:
    server = Server(TCP(port=0), upper)
    events: list[ServerEvent] = [
        Refused(("h", 1), "per_peer", limit=3, server=server, connection_id=7),
        Finished(("h", 1), Outcome.SERVED, 0.5, server=server, connection_id=8),
        WorkerEnded(12, 0, -9, False, 1.5, server=Prefork(server, 1)),
    ]
    found: list[object] = []
    for event in events:
        match event:
            case Refused(client_address, "per_peer" as reason, limit=limit):
                found.append((client_address, reason, limit))
            case Finished(client_address, Outcome.SERVED, connection_id=connection_id):
                found.append((client_address, connection_id))
            case WorkerEnded(pid, expected=False):
                found.append(pid)
            case _:
                pass
    assert found == [(("h", 1), "per_peer", 3), (("h", 1), 8), 12]


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (("verify_request", None, None), "verify_request() has refused it"),
        (("connections", 5, None), "there are 5 already: Limits(connections=)"),
        (("rate", 0.5, None), "more than 0.5 come a second: Limits(rate=)"),
        (("per_peer", 2, None), "its peer has 2 already: Limits(per_peer=)"),
        (("filter", None, None), "its address is denied: Filtered()"),
        (("failures", None, None), "its peer has failed to authenticate too often: Authenticated(max_failures=)"),
        (("error", None, KeyError("x")), "KeyError('x')"),
    ],
)
def test_default_observer_says_why_a_request_was_refused(
    refused: tuple[Refusal, float | None, BaseException | None], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    reason, limit, error = refused
    server = Server(TCP(port=0), upper)
    with caplog.at_level(logging.INFO, "typedserver"):
        LogObserver()(Refused(("h", 1), reason, limit=limit, error=error, server=server, connection_id=1))
    assert caplog.messages == [f"request of ('h', 1) refused: {said}"]


def test_access_log_is_off_until_its_own_level_is_info(caplog: pytest.LogCaptureFixture) -> None:
    event = Finished("a\nb", Outcome.SERVED, 0.25, server=Context(), connection_id=7)
    with caplog.at_level(logging.INFO), caplog.at_level(logging.INFO, "typedserver"):
        assert not LogObserver().wants_requests
        LogObserver()(event)
        assert caplog.messages == []
    with caplog.at_level(logging.INFO, "typedserver.access"):
        assert LogObserver().wants_requests
        LogObserver()(event)
    [record] = caplog.records
    assert record.getMessage() == r"'a\nb' served in 0.250000 s"
    fields = {name: vars(record)[name] for name in ("client", "outcome", "seconds", "connection")}
    assert fields == {"client": r"'a\nb'", "outcome": "served", "seconds": 0.25, "connection": 7}


@pytest.mark.parametrize(
    ("event", "level", "said"),
    [
        (Reloaded(server=Context()), "INFO", "'/served' has reloaded"),
        (
            ReloadFailed(ValueError("no key"), server=Context()),
            "ERROR",
            "'/served' could not reload, and goes on as it was: no key",
        ),
        (
            CertificateExpires("a.pem", "a.example", 129_600, server=Context()),
            "WARNING",
            "the certificate a.pem of a.example expires in 1.5 days: renew it, then reload",
        ),
        (
            CertificateExpires("a.pem", "a.example", -1, server=Context()),
            "WARNING",
            "the certificate a.pem of a.example has expired, and clients refuse it: renew it, then reload",
        ),
    ],
)
def test_default_observer_tells_of_reloads_and_certificates(
    event: ServerEvent, level: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "typedserver"):
        LogObserver()(event)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [(level, said)]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (HandshakeFailed("plain text"), Outcome.REJECTED),
        (AuthenticationFailed("wrong key"), Outcome.REJECTED),
        (ExceptionGroup("", [AddressDenied("denied"), ConnectionResetError()]), Outcome.REJECTED),
        (ExceptionGroup("", [AddressDenied("denied"), LineTooLong("long")]), Outcome.GIVEN_UP),
        (ExceptionGroup("", [ProxyHeaderRefused("none"), KeyError("mistake")]), Outcome.FAILED),
        (PermissionError("a file"), Outcome.FAILED),
    ],
)
def test_peer_that_is_turned_away_counts_as_rejected(error: BaseException, outcome: Outcome) -> None:
    assert outcome_of(error, was_cut=False) is outcome
    assert outcome_of(error, was_cut=True) is Outcome.CUT


def leave(_request: StreamRequest, _client_address: object, server: ServerContext) -> None:
    server.request_stop()


def test_observer_sees_workers_begin_and_end() -> None:
    seen = Seen()
    server = Server(TCP(port=0), leave, Threads(), config=ServerConfig(observer=seen))
    with running(Prefork(server, 2)) as run:
        began = seen.wait_for(WorkerStarted, 2)
        assert {event.pid for event in began} == set(run.server.pids)
        assert [event.number for event in began] == [0, 1]
        killed = began[0].pid
        os.kill(killed, signal.SIGKILL)
        (ended,) = seen.wait_for(WorkerEnded)
        assert (ended.pid, ended.number, ended.status, ended.expected) == (killed, 0, -signal.SIGKILL, False)
        assert 0 < ended.seconds < PATIENCE
        replacement = seen.wait_for(WorkerStarted, 3)[-1]
        assert replacement.number == 0
        assert replacement.pid != killed
        # One that stops by itself ends in order.
        connect(server.server_address).close()
        left = seen.wait_for(WorkerEnded, 2)[-1]
        assert (left.status, left.expected) == (0, True)
        seen.wait_for(WorkerStarted, 4)
    begun, gone = seen.wait_for(WorkerStarted, 4), seen.wait_for(WorkerEnded, 4)
    assert {event.pid for event in begun} == {event.pid for event in gone}
    assert [event.expected for event in gone[2:]] == [True, True]
    assert {id(event.server) for event in begun + gone} == {id(run.server)}
    assert kinds(seen)[-1] in ("Closed", "WorkerEnded")


def test_observer_of_several_servers_hears_of_each_worker_once() -> None:
    seen, other = Seen(), Seen()
    configs = [ServerConfig(observer=observer) for observer in (seen, seen, other)]
    servers = [Server(TCP(port=0), upper, Threads(), config=config) for config in configs]
    with running(Prefork(Group(servers), 1)):
        seen.wait_for(WorkerStarted)
    for each in (seen, other):
        assert len(each.wait_for(WorkerStarted)) == len(each.wait_for(WorkerEnded)) == 1


def test_observer_sees_datagrams() -> None:
    @datagram_handler
    def answer(data: bytes) -> bytes:
        return data.upper()

    seen = SeenAll()
    with running(Server(UDP(port=0), answer, config=ServerConfig(observer=seen))) as run:
        assert ask_datagram(run.server.server_address, b"a") == b"A"
        seen.wait_for(Finished)
    assert kinds(seen) == ["Listening", "Accepted", "Started", "Finished", "Closed"]


def test_observer_that_wants_no_requests_sees_none() -> None:
    seen = Seen()
    with running(Server(TCP(port=0), upper, Threads(), config=ServerConfig(observer=seen))) as run:
        greeted(run.server.server_address).close()
    assert kinds(seen) == ["Listening", "Closed"]


def test_observer_that_fails_harms_no_request(caplog: pytest.LogCaptureFixture) -> None:
    def failing(event: ServerEvent) -> None:
        raise ZeroDivisionError(event)

    observer: Observer = failing
    with running(Server(TCP(port=0), upper, Threads(), config=ServerConfig(observer=observer))) as run:
        greeted(run.server.server_address).close()
    assert any("failed at Accepted" in record.message for record in caplog.records)


def test_default_observer_logs_each_request_at_debug_and_the_rest_at_info(caplog: pytest.LogCaptureFixture) -> None:
    for level, expected in ((logging.INFO, False), (logging.DEBUG, True)):
        caplog.clear()
        with caplog.at_level(level, "typedserver"), running(Server(TCP(port=0), upper, Threads())) as run:
            greeted(run.server.server_address).close()
        assert any("listening on" in record.message for record in caplog.records)
        assert any("Finished" in record.message for record in caplog.records) is expected
    assert threading.active_count() == 1


def test_observer_sees_accepts_that_fail() -> None:
    seen = Seen()
    endpoint = Faulty(TCP(port=0), accept=[errno.ECONNABORTED, errno.EMFILE])
    with running(Server(endpoint, upper, Threads(), config=ServerConfig(observer=seen))) as run:
        greeted(run.server.server_address).close()
    failures = [(event.error.errno, event.pauses) for event in seen.events if isinstance(event, AcceptFailed)]
    assert failures == [(errno.ECONNABORTED, False), (errno.EMFILE, True)]


def test_events_that_are_made_quickly_are_those_of_their_classes() -> None:
    context = Context()
    quick = telling.finished("client", Outcome.SERVED, 0.5, None, context, 7)
    usual = Finished("client", Outcome.SERVED, 0.5, None, server=context, connection_id=7)
    assert quick == usual
    assert type(quick) is Finished
    assert repr(quick) == repr(usual)
    assert telling.accepted("client", context, 7) == Accepted("client", server=context, connection_id=7)
    assert telling.started("client", context, 7) == Started("client", server=context, connection_id=7)
    for made, name in ((quick, "seconds"), (telling.accepted("client", context, 7), "connection_id")):
        with pytest.raises(FrozenInstanceError):
            setattr(made, name, 1)
        with pytest.raises(FrozenInstanceError):
            delattr(made, name)
