"""Several observers as one, and the lines that are written of events."""

import io
import json
import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog

from tests.running import ask, connect, running
from typedserver import (
    TCP,
    Accepted,
    AcceptFailed,
    Answered,
    CertificateExpires,
    Closed,
    Drained,
    Draining,
    DrainReport,
    Established,
    EventLog,
    Finished,
    Framed,
    JSONFormatter,
    Limits,
    Lines,
    Listening,
    LogObserver,
    Multiplexed,
    Observers,
    Outcome,
    Prefork,
    RecipeError,
    Refused,
    Reloaded,
    ReloadFailed,
    Server,
    ServerConfig,
    ServerEvent,
    Started,
    Stream,
    Structlog,
    Threads,
    WorkerEnded,
    WorkerStarted,
    stream_handler,
)
from typedserver.events import wants_messages, wants_requests
from typedserver.observers.fields import fields_of, level_of, title_of
from typedserver.observers.several import each_observer
from typedserver.sockets.peers import InetPeer, UnixPeer

SECRET = "hunter2"
# What a client may send, or be called, to break a line or to forge another one.
HOSTILE = 'x"\n{"level": "INFO"}\r\n\x1b[31m\u2028\u202e\x00\udcff'


class Kept:
    """Keeps what it is told."""

    def __init__(self, *, requests: bool = True, messages: bool = False) -> None:
        self.wants_requests = requests
        self.wants_messages = messages
        self.events: list[ServerEvent] = []

    def __call__(self, event: ServerEvent, /) -> None:
        self.events.append(event)

    def kinds(self) -> set[str]:
        return {type(event).__name__ for event in self.events}


@stream_handler
async def echo(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line)


# Several at once


def test_observers_get_each_what_they_want() -> None:
    whole, messages, few = Kept(), Kept(messages=True), Kept(requests=False)
    plain = list[ServerEvent]()
    observers = Observers(whole, Observers(messages, few), plain.append)
    framed = Framed(Lines(), lambda line: line)
    with running(Server(TCP(port=0), framed, Multiplexed(), config=ServerConfig(observer=observers))) as run:
        assert ask(run.server.server_address, b"a\n") == b"a\n"
        run.server.drain()
    of_server = {"Listening", "Draining", "Drained", "Closed"}
    of_requests = {"Accepted", "Started", "Finished"}
    assert few.kinds() == of_server
    assert whole.kinds() == {type(event).__name__ for event in plain} == of_server | of_requests
    assert messages.kinds() == of_server | of_requests | {"Answered"}


def test_observers_want_what_any_of_them_wants() -> None:
    few, whole, messages = Kept(requests=False), Kept(), Kept(messages=True)
    assert not wants_requests(Observers(few, few))
    assert wants_requests(Observers(few, whole))
    assert not wants_messages(Observers(few, whole))
    assert wants_messages(Observers(few, messages))


def test_observer_that_fails_keeps_nothing_from_the_others(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_event: ServerEvent) -> None:
        raise SystemExit

    kept = Kept()
    with Server(TCP(port=0), echo, config=ServerConfig(observer=Observers(fail, kept))):
        pass
    assert kept.kinds() == {"Listening", "Closed"}
    assert caplog.text.count("failed at ") == 2


def test_observers_that_are_none_are_refused() -> None:
    unfit: Any = "print"
    with pytest.raises(RecipeError, match="has nobody to report to"):
        Observers()
    with pytest.raises(RecipeError, match="must be a callable"):
        Observers(LogObserver(), unfit)


def test_observers_are_found_however_deep() -> None:
    first, second, third = Kept(), Kept(), Kept()
    assert list(each_observer(Observers(first, Observers(second, Observers(third))))) == [first, second, third]
    assert repr(Observers(print, repr)) == "Observers(print, repr)"


# Fields


@pytest.fixture
def server() -> Generator[Server[Any, Any], None, None]:
    with Server(TCP(port=0), echo) as server:
        yield server


def all_events(server: Server[Any, Any], client: object, error: Any) -> list[ServerEvent]:
    of: dict[str, Any] = {"server": server}
    one: dict[str, Any] = {"server": server, "connection_id": 7}
    prefork = Prefork(Server(TCP(port=0), echo), 1)
    return [
        Listening(server.server_address, **of),
        Accepted(client, **one),
        Refused(client, "error", error=error, **one),
        Refused(client, "rate", limit=5.0, **one),
        Started(client, **one),
        Established(client, **one),
        Answered(client, 0.5, error, **one),
        Finished(client, Outcome.FAILED, 0.5, error, **one),
        AcceptFailed(OSError(24, "Too many open files"), True, **of),
        Reloaded(**of),
        ReloadFailed(FileNotFoundError(2, "No such file", "a\n.pem"), **of),
        CertificateExpires("a\n.pem", "localhost\n", -5.0, **of),
        Draining(server.server_address, float("inf"), **of),
        Drained(server.server_address, DrainReport(1, 2, (client,), 0, 0.5), **of),
        Closed(server.server_address, **of),
        WorkerStarted(123, 0, server=prefork),
        WorkerEnded(123, 0, -9, False, 1.5, server=prefork),
    ]


@contextmanager
def json_lines(level: int = logging.DEBUG) -> Generator[tuple[logging.Logger, io.StringIO], None, None]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JSONFormatter())
    logger = logging.getLogger("tests.observers")
    logger.propagate = False
    logger.setLevel(level)
    logger.addHandler(handler)
    try:
        yield logger, written
    finally:
        logger.removeHandler(handler)


def test_fields_of_each_event_are_as_documented(server: Server[Any, Any]) -> None:
    address = f"127.0.0.1:{server.server_address[1]}"
    request: dict[str, object] = {"server": address, "connection": 7, "client": "[::1]:5"}
    expected: list[tuple[str, dict[str, object]]] = [
        ("listening", {"server": address, "kind": "connections"}),
        ("accepted", request),
        ("refused", request | {"reason": "error", "error": "ValueError"}),
        ("refused", request | {"reason": "rate", "limit": 5.0}),
        ("started", request),
        ("established", request),
        ("answered", request | {"seconds": 0.5, "error": "ValueError"}),
        ("finished", request | {"outcome": "failed", "seconds": 0.5, "error": "ValueError"}),
        (
            "accept_failed",
            {"server": address, "error": "OSError", "detail": "Too many open files", "pauses": True},
        ),
        ("reloaded", {"server": address}),
        (
            "reload_failed",
            {
                "server": address,
                "error": "FileNotFoundError",
                "detail": "FileNotFoundError(2, 'No such file')",
            },
        ),
        (
            "certificate_expires",
            {"server": address, "certificate": "a\\n.pem", "identity": "localhost\\n", "seconds": -5.0},
        ),
        ("draining", {"server": address}),
        ("drained", {"server": address, "served": 1, "from_queue": 2, "cut": 1, "left": 0, "seconds": 0.5}),
        ("closed", {"server": address}),
        ("worker_started", {"worker": 0, "pid": 123}),
        ("worker_ended", {"worker": 0, "pid": 123, "status": -9, "expected": False, "seconds": 1.5}),
    ]
    events = all_events(server, ("::1", 5, 0, 0), ValueError(SECRET))
    assert [(title_of(event), fields_of(event)) for event in events] == expected


def test_principal_of_a_known_client_is_a_field(server: Server[Any, Any]) -> None:
    for client, text in ((InetPeer("ada", ("192.0.2.1", 5)), "192.0.2.1:5"), (UnixPeer("ada", ""), "")):
        fields = fields_of(Accepted(client, server=server, connection_id=1))
        assert (fields["client"], fields["principal"]) == (text, "'ada'")


def test_lines_are_json_of_one_line_each_whatever_a_client_is_called(server: Server[Any, Any]) -> None:
    with json_lines() as (logger, written):
        log = EventLog(logger)
        for client in (HOSTILE, (HOSTILE, 5), InetPeer(HOSTILE, ("192.0.2.1", 5)), HOSTILE.encode("utf-8", "replace")):
            for event in all_events(server, client, ValueError(HOSTILE)):
                log(event)
        lines = written.getvalue().split("\n")
    assert lines.pop() == ""
    assert len(lines) == 4 * len(all_events(server, "", None))
    for line in lines:
        assert line.isascii()
        assert line.isprintable()
        read = json.loads(line, parse_constant=pytest.fail)
        assert read["level"] in {"DEBUG", "INFO", "WARNING", "ERROR"}
        assert read["logger"] == "tests.observers"


def test_lines_hold_nothing_of_what_an_error_says(server: Server[Any, Any]) -> None:
    with json_lines() as (logger, written):
        for event in all_events(server, ("192.0.2.1", 5), ValueError(SECRET)):
            EventLog(logger)(event)
    assert "ValueError" in written.getvalue()
    assert SECRET not in written.getvalue()


def test_levels_tell_steps_from_ends_and_faults(server: Server[Any, Any]) -> None:
    levels = {title_of(event): logging.getLevelName(level_of(event)) for event in all_events(server, "", None)}
    assert {name for name, level in levels.items() if level == "DEBUG"} == {
        "accepted",
        "started",
        "established",
        "answered",
    }
    assert {name for name, level in levels.items() if level in ("WARNING", "ERROR")} == {
        "accept_failed",
        "reload_failed",
        "certificate_expires",
        "drained",
        "worker_ended",
    }


def test_event_log_wants_what_its_logger_writes() -> None:
    with json_lines(logging.WARNING) as (logger, _):
        log = EventLog("tests.observers")
        assert (wants_requests(log), wants_messages(log)) == (False, False)
        logger.setLevel(logging.INFO)
        assert (wants_requests(log), wants_messages(log)) == (True, False)
        logger.setLevel(logging.DEBUG)
        assert (wants_requests(log), wants_messages(log)) == (True, True)


def test_event_log_writes_a_line_of_each_request_that_is_over() -> None:
    with json_lines(logging.INFO) as (logger, written):
        config = ServerConfig(observer=EventLog(logger), limits=Limits(per_peer=1))
        with running(Server(TCP(port=0), echo, Threads(), config=config)) as run:
            with connect(run.server.server_address) as client:
                client.sendall(b"a\n")
                assert client.recv(9) == b"a\n"
                with connect(run.server.server_address) as refused:
                    assert refused.recv(1) == b""
            run.server.drain()
        lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert sorted(line["message"] for line in lines) == [
        "closed",
        "drained",
        "draining",
        "finished",
        "listening",
        "refused",
    ]
    [finished] = [line for line in lines if line["message"] == "finished"]
    assert finished["client"].startswith("127.0.0.1:")
    assert finished["outcome"] == "served"
    assert finished["seconds"] > 0


class Silent:
    def __repr__(self) -> str:
        return "<silent>"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (float("inf"), "inf"),
        ({(1, 2): 3}, "{(1, 2): 3}"),
        (Silent(), "<silent>"),
        ([float("nan")], "[nan]"),
        (2.5, 2.5),
        ({"a": [None]}, {"a": [None]}),
    ],
)
def test_json_line_holds_what_json_does_not_know(value: object, written: object) -> None:
    record = logging.makeLogRecord({"msg": "hello", "levelname": "INFO", "thing": value, "other": 1})
    line = json.loads(JSONFormatter().format(record), parse_constant=pytest.fail)
    assert (line["thing"], line["other"]) == (written, 1)


# structlog


@contextmanager
def structured() -> Generator[list[dict[str, Any]], None, None]:
    with structlog.testing.capture_logs() as entries:
        yield entries  # type: ignore[misc]  # structlog says MutableMapping, which each of them is


def test_structlog_gets_the_name_the_level_and_the_fields_of_each_event(server: Server[Any, Any]) -> None:
    events = all_events(server, ("192.0.2.1", 5), ValueError(SECRET))
    with structured() as entries:
        for event in events:
            Structlog(steps=True)(event)
    assert entries == [
        {"event": title_of(event), "log_level": logging.getLevelName(level_of(event)).lower(), **fields_of(event)}
        for event in events
    ]
    assert SECRET not in str(entries)


def test_structlog_gets_the_steps_of_requests_only_if_that_is_asked_for(server: Server[Any, Any]) -> None:
    assert (wants_messages(Structlog()), wants_messages(Structlog(steps=True))) == (False, True)
    with structured() as entries:
        for event in all_events(server, "", None):
            Structlog()(event)
    assert {entry["log_level"] for entry in entries} == {"info", "warning", "error"}


def test_structlog_goes_on_with_a_logger_that_is_bound(server: Server[Any, Any]) -> None:
    with structured() as entries:
        Structlog(structlog.get_logger().bind(shop="north"))(Reloaded(server=server))
    assert entries[0]["shop"] == "north"


def test_structlog_lines_are_one_each_whatever_a_client_is_called(server: Server[Any, Any]) -> None:
    written = io.StringIO()
    logger = structlog.wrap_logger(
        structlog.PrintLogger(written),
        processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
    )
    for event in all_events(server, HOSTILE, ValueError(HOSTILE)):
        Structlog(logger, steps=True)(event)
    lines = written.getvalue().split("\n")[:-1]
    assert [json.loads(line)["event"] for line in lines] == [title_of(event) for event in all_events(server, "", None)]
