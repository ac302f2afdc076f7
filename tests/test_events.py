"""Events: what an observer sees, and that a failing observer does no harm."""

import errno
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.running import ask_datagram, connect, running
from tests.test_draining import STRATEGIES, greeted, stuck, upper
from tests.test_limits import Seen
from typedserver import (
    TCP,
    UDP,
    Accepted,
    AcceptFailed,
    Closed,
    Deadlines,
    Drained,
    Draining,
    Finished,
    Forks,
    Inline,
    Listening,
    Observer,
    Outcome,
    Refused,
    Server,
    ServerConfig,
    ServerEvent,
    Started,
    Stream,
    StreamRequest,
    Threads,
    datagram_handler,
    stream_handler,
)
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
    assert seen.events[0] == Listening(address)
    assert Accepted(own) in seen.events
    assert (Started(own) in seen.events) is not isinstance(strategy, Forks)
    assert (finished.client_address, finished.outcome, finished.error) == (own, Outcome.SERVED, None)
    assert 0 < finished.seconds < 20
    draining, drained, closed = seen.events[-3:]
    assert isinstance(draining, Draining)
    assert isinstance(drained, Drained)
    assert drained.report.cut == ()
    assert closed == Closed(address)


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
    assert "verify_request" in refused.reason


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
