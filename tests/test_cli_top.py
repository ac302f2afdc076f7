"""``typedserver top``: a server from second to second, as text and in a terminal."""

import os
import pty
import re
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli import HANDLERS, Program, command, program, ran, refusal
from tests.running import PATIENCE, connect
from typedserver.cli.shown_status import age, cells, duration, lines, table
from typedserver.cli.top import Seen
from typedserver.control.said import Row, Status, Times

NEVER = Times(count=0, p50=0.0, p99=0.0, most=0.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(HANDLERS)
    return tmp_path


def page_of(served: Program) -> str:
    while "operator's page" not in (line := served.line()):
        pass
    return line.rpartition(" ")[2]


def test_top_writes_text_where_there_is_no_terminal(folder: Path) -> None:
    with program(folder, "app:server", "--control", "control.sock") as served:
        port = served.port()
        with connect(("127.0.0.1", port)) as client:
            client.sendall(b"a\n")
            assert client.recv(10) == b"A\n"
            ended = ran(folder, "top", "--updates", "2")
            assert (ended.returncode, ended.stderr) == (0, "")
            blocks = re.findall(
                r"^state .*?^id +age +state +handler +address\n\d+ .*?\n$", ended.stdout, re.DOTALL | re.MULTILINE
            )
            assert len(blocks) == 2
            assert "{}:{}".format(*client.getsockname()) in blocks[0]


def test_top_sees_a_server_by_its_page(folder: Path) -> None:
    with program(folder, "app:prefork", "--operator-page", "127.0.0.1:0") as served:
        url = page_of(served)
        ended = ran(folder, "top", url, "--updates", "1")
        assert ended.stdout.startswith("state        serving, process ")
        assert len(re.findall("^worker ", ended.stdout, re.MULTILINE)) == 2
        wrong = refusal(folder, "top", url[:-1])
        assert wrong.endswith("that is not the token that the server has shown")


def test_top_ends_with_its_server(folder: Path) -> None:
    with program(folder, "app:server", "--control", "control.sock") as served:
        served.port()
        with subprocess.Popen(command("top"), cwd=folder, stdout=subprocess.PIPE, text=True) as top:
            assert top.stdout is not None
            assert top.stdout.readline().startswith("state ")
            served.end()
            top.stdout.read()
            assert top.wait(PATIENCE) == 0


def test_top_draws_in_a_terminal(folder: Path) -> None:
    with program(folder, "app:server", "--control", "control.sock") as served:
        port = served.port()
        ours, theirs = pty.openpty()
        try:
            with (
                connect(("127.0.0.1", port)),
                subprocess.Popen(
                    command("top", "--updates", "2"),
                    cwd=folder,
                    stdout=theirs,
                    env={**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "30"},
                ) as top,
            ):
                os.close(theirs)
                drawn = b""
                # The end of a terminal is an error (EIO) on Linux.
                with suppress(OSError):
                    while part := os.read(ours, 65536):
                        drawn += part
                assert top.wait(PATIENCE) == 0
        finally:
            os.close(ours)
        assert b"connections" in drawn
        assert b"upper at 127.0.0.1:%d" % port in drawn


def test_top_needs_rich_in_a_terminal_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "rich.py").write_text("raise ModuleNotFoundError('No module named rich', name='rich')\n")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    with program(folder, "app:server", "--control", "control.sock") as served:
        served.port()
        assert ran(folder, "top", "--updates", "1").returncode == 0
        ours, theirs = pty.openpty()
        ended = subprocess.run(
            command("top"), cwd=folder, stdout=theirs, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )
        os.close(ours)
        os.close(theirs)
        assert ended.stderr == "typedserver: typedserver top needs rich: pip install 'typedserver[top]'\n"
        assert ended.returncode == 2


def test_top_without_a_server_says_what_to_do(folder: Path) -> None:
    assert "control.sock: No such file or directory: does the server run" in refusal(folder, "top")


# What it shows


def status_of(connections: int) -> Status:
    return Status(
        state="serving",
        pid=7,
        seconds=3.0,
        connections=connections,
        requests={"served": 1},
        refused={},
        messages={"count": 0, "failed": 0},
        rates={"requests": 0.0, "messages": 0.0, "refused": 0.0},
        latencies={"requests": NEVER, "messages": NEVER},
        servers=[],
        workers=[],
        workers_ended=0,
    )


def row(name: str, seconds: float, **other: str) -> Row:
    return Row(id=name, address=other.get("address", "a"), handler="h", seconds=seconds, state="serving")


def test_top_keeps_what_it_has_heard() -> None:
    seen = Seen()
    seen.hear({"status": status_of(2), "new": [row("1", 5.0), row("2", 9.0)], "gone": [], "changed": []})
    assert [each[0] for each in seen.rows(9)] == ["2", "1"]
    assert [each[0] for each in seen.rows(1)] == ["2"]
    assert list(seen.rows(-3)) == []
    seen.hear({"status": status_of(1), "new": [], "gone": ["2"], "changed": [("1", "ending")]})
    assert [(each[0], each[2]) for each in seen.rows(9)] == [("1", "ending")]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (59.9, "59.9 s"), (60, "1 min 0 s"), (3725, "1 h 2 min"), (200_000, "2 d 7 h")],
)
def test_age_is_said_as_people_do(seconds: float, text: str) -> None:
    assert age(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(2.5, "2.5 s"), (0.0123, "12.3 ms"), (0.0000456, "45.6 µs")])
def test_duration_has_three_digits(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_what_a_server_says_cannot_command_the_terminal() -> None:
    shown = cells(row("1", 1.0, address="\x1b[2J\n[red]" + "x" * 60), 1.0)
    assert shown[4].startswith("\\x1b[2J\\n[red]xxx")
    assert len(shown[4]) == 40
    status = status_of(1)
    status["servers"] = [
        {
            "handler": "a\nb\x1b",
            "address": None,
            "endpoint": None,
            "strategy": None,
            "connections": None,
            "limit": None,
        }
    ]
    assert "server       a\\nb\\x1b at None" in list(lines(status))
    assert len(list(table([shown]))) == 2
