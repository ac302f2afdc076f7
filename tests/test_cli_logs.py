"""What the program logs: levels, lines of JSON, and a line for each request."""

import json
import logging
from pathlib import Path

import pytest

from tests.cli import HANDLERS, program
from tests.running import ask
from typedserver import JSONFormatter

ANYWHERE = "tcp://127.0.0.1:0"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(HANDLERS)
    return tmp_path


def logged(folder: Path, *arguments: str) -> list[str]:
    """Run a server for one request; returns what it has logged."""
    with program(folder, *arguments) as served:
        assert ask(("127.0.0.1", served.port()), b"hello\n") == b"HELLO\n"
        return served.end().splitlines()


def test_access_log_has_a_line_for_each_request(folder: Path) -> None:
    [line] = logged(folder, "app:server", "--access-log")
    assert " INFO ('127.0.0.1', " in line
    assert ") served in 0." in line


def test_access_log_is_off_unless_it_is_asked_for(folder: Path) -> None:
    assert [line for line in logged(folder, "app:server", "--log-level", "INFO") if "served in" in line] == []


def test_access_log_is_written_by_workers_too(folder: Path) -> None:
    [line] = logged(folder, "app:prefork", "--access-log")
    assert ") served in 0." in line


def test_log_lines_are_json_if_that_is_asked_for(folder: Path) -> None:
    lines = logged(folder, "app:upper", "--listen", ANYWHERE, "--log-format", "json", "--access-log")
    [record] = [json.loads(line) for line in lines]
    assert (record["level"], record["logger"], record["outcome"]) == ("INFO", "typedserver.access", "served")
    assert record["client"].startswith("('127.0.0.1', ")
    assert 0 < record["seconds"] < 60
    assert record["connection"] == 1
    assert record["time"].endswith("Z")


def test_json_line_holds_whatever_is_logged() -> None:
    record = logging.makeLogRecord({"msg": 'a "quoted"\nline %s', "args": ("x",), "levelname": "INFO", "thing": {1}})
    try:
        raise ValueError("wrong\n")
    except ValueError as error:
        record.exc_info = (ValueError, error, error.__traceback__)
    written = JSONFormatter().format(record)
    assert "\n" not in written
    line = json.loads(written)
    assert (line["message"], line["thing"]) == ('a "quoted"\nline x', "{1}")
    assert "ValueError: wrong" in line["exception"]


def test_access_log_warns_of_an_observer_that_may_keep_it_silent(folder: Path) -> None:
    (folder / "app.py").write_text(
        HANDLERS + "\nserver = Server(TCP(port=0), upper, config=ServerConfig(observer=lambda _event: None))\n"
    )
    [line] = logged(folder, "app:server", "--access-log")
    assert (
        "has an observer of its own, and lines are written only if that passes its events on to LogObserver()" in line
    )


def test_access_log_is_written_by_a_log_observer_among_others(folder: Path) -> None:
    observer = "ServerConfig(observer=Observers(lambda _event: None, Observers(LogObserver())))"
    (folder / "app.py").write_text(
        f"from typedserver import LogObserver, Observers\n{HANDLERS}\n"
        f"server = Server(TCP(port=0), upper, config={observer})\n"
    )
    [line] = logged(folder, "app:server", "--access-log")
    assert ") served in 0." in line
