"""``typedserver ctl``: a program that looks at another one and steers it, and ``serve --control``."""

import json
import os
import signal
from pathlib import Path
from typing import cast

import pytest

from tests.cli import HANDLERS, Program, program, ran, refusal
from tests.launched import wait_for
from tests.running import connect
from typedserver.control.client import ControlClient

ANYWHERE = "tcp://127.0.0.1:0"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(HANDLERS)
    return tmp_path


def port_of(served: Program) -> int:
    port = served.port()
    assert served.line().endswith("try: typedserver ctl --socket control.sock status")
    return port


def said(folder: Path, *arguments: str) -> str:
    ended = ran(folder, "ctl", *arguments)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


@pytest.mark.parametrize("processes", [(), ("--processes", "2")], ids=["one", "two"])
def test_ctl_looks_at_a_server_and_steers_it(processes: tuple[str, ...], folder: Path) -> None:
    arguments = [
        "app:upper",
        "--listen",
        ANYWHERE,
        "--strategy",
        "multiplexed",
        "--control",
        "control.sock",
        *processes,
    ]
    with program(folder, *arguments) as served, connect(("127.0.0.1", port_of(served))) as client:
        client.sendall(b"a\n")
        assert client.recv(10) == b"A\n"
        lines = said(folder, "status").splitlines()
        assert lines[0].startswith("state        serving, process ")
        assert "connections  1 now, of at most 10,000" in lines
        assert len([line for line in lines if line.startswith("worker ")]) == (2 if processes else 0)
        listing = json.loads(said(folder, "connections", "--json"))
        [found] = listing["connections"]
        shown = said(folder, "connections", "--filter", found["address"]).splitlines()
        assert shown[0].split() == ["id", "age", "state", "handler", "address"]
        assert shown[1].split()[0] == found["id"]
        assert shown[1].endswith(f"serving  upper    {found['address']}")
        assert shown[2] == "1 of 1"
        assert said(folder, "suspend") == "the server is suspended\n"
        assert said(folder, "resume") == "the server is serving\n"
        assert said(folder, "cut", found["id"]) == f"{found['id']} is cut\n"
        assert client.recv(10) == b""
        assert "there is no connection 'x', or no more" in refusal(folder, "ctl", "cut", "x")
        assert said(folder, "drain", "--deadline", "5") == "the server is draining\n"
        served.process.wait(20)
        assert served.process.returncode == 0
    assert not (folder / "control.sock").exists()


def test_ctl_finds_the_socket_by_an_option_or_a_variable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with program(folder, "app:server", "--control", "other.sock") as served:
        served.port()
        assert "state" in said(folder, "--socket", "other.sock", "status")
        monkeypatch.setenv("TYPEDSERVER_CONTROL", str(folder / "other.sock"))
        assert "state" in said(folder, "status")


def test_ctl_speaks_to_the_new_process_after_a_hot_restart(folder: Path) -> None:
    arguments = ["app:plain", "--listen", "unix:plain.sock", "--control", "control.sock"]
    with program(folder, *arguments) as served:
        assert "control.sock" in served.line() + served.line()
        with connect(str(folder / "plain.sock")):
            old = _pid(folder)
            os.kill(old, signal.SIGUSR2)
            # The old one hears of it a moment after the new one serves, and waits for its client.
            assert served.process.stderr is not None
            assert "this one ends with what it has in hand" in served.process.stderr.readline()
            # Its loop turns once more. So many in a row are no chance.
            wait_for(lambda: old not in {_pid(folder) for _ in range(20)})
            assert served.process.poll() is None
            # It is in the same group, and would outlive the program that this test has started.
            os.kill(_pid(folder), signal.SIGTERM)


def _pid(folder: Path) -> int:
    with ControlClient(str(folder / "control.sock")) as control:
        return cast("int", control.ask("status")["pid"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ctl", "status"], "control.sock: No such file or directory: does the server run, with --control"),
        (["ctl", "cut"], "ctl cut needs the id of a connection: `typedserver ctl connections` lists them"),
        (["ctl", "status", "7"], "ctl status takes no '7': leave it out"),
        (["ctl", "drain", "--filter", "a"], "ctl drain takes no --filter: leave it out"),
        (["ctl", "reboot"], "invalid choice: 'reboot'"),
        (["serve", "app:server", "--count-messages"], "--count-messages shows its counts to nobody: give --control"),
    ],
)
def test_ctl_says_what_is_wrong(arguments: list[str], message: str, folder: Path) -> None:
    assert message in refusal(folder, *arguments)


def test_check_and_explain_show_who_sees_the_server(folder: Path) -> None:
    checked = ran(folder, "serve", "--check", "app:prefork", "--control", "control.sock").stdout.splitlines()
    assert checked[-2:] == ["in 2 processes", "shown by Control(path='control.sock')"]
    explained = ran(folder, "explain", "app:server", "--control", "control.sock").stdout.splitlines()
    assert explained[0] == "app:server  an Operated server, with 1 face"
    assert explained[-1] == "└─ face       Control(path='control.sock')"
