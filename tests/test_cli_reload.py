"""``--reload``: the program starts anew when a file changes, and outlives a file that cannot be imported."""

import signal
import socket
from pathlib import Path

import pytest

from tests.cli import HANDLERS, Program, program, refusal_apart
from tests.running import PATIENCE, ask


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(HANDLERS)
    return tmp_path


def lines_until(served: Program, beginning: str) -> None:
    while not served.line().startswith(beginning):
        pass


def ready(served: Program) -> None:
    lines_until(served, "listening on")


ARGUMENTS = ["app:upper", "--listen", "unix:s", "--reload", "--reload-folder", "."]


def test_reload_serves_what_a_file_says_by_now(folder: Path) -> None:
    with program(folder, *ARGUMENTS) as served:
        ready(served)
        assert ask(str(folder / "s"), b"hello\n") == b"HELLO\n"
        (folder / "app.py").write_text(HANDLERS.replace("line.upper()", "line[::-1].strip()"))
        lines_until(served, "app.py has changed: starting anew")
        ready(served)
        assert ask(str(folder / "s"), b"hello\n") == b"olleh"
        assert served.end() == ""


def test_reload_ends_by_ctrl_c_with_the_status_of_what_it_serves(folder: Path) -> None:
    with program(folder, *ARGUMENTS) as served:
        ready(served)
        assert served.end(signal.SIGINT) == ""


def test_reload_waits_for_the_change_that_mends_a_module(folder: Path) -> None:
    with program(folder, *ARGUMENTS) as served:
        ready(served)
        (folder / "app.py").write_text("this is no Python")
        lines_until(served, "it has ended with status 1; waiting for a change")
        (folder / "app.py").write_text(HANDLERS)
        ready(served)
        assert ask(str(folder / "s"), b"hello\n") == b"HELLO\n"
        served.process.terminate()
        assert served.process.wait(PATIENCE) == 0


def test_reload_of_a_config_file_starts_anew_too(folder: Path) -> None:
    (folder / "server.toml").write_text('app = "app:upper"\nlisten = "unix:a"\nreload = true\n')
    with program(folder, "--config", "server.toml") as served:
        ready(served)
        (folder / "server.toml").write_text('app = "app:upper"\nlisten = "unix:b"\nreload = true\n')
        ready(served)
        assert ask(str(folder / "b"), b"hello\n") == b"HELLO\n"
        assert served.end() == ""


def test_reload_refuses_descriptors_that_are_passed_once(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as passed:
        number = passed.fileno()
        with program(folder, "app:upper", "--reload", "--listen", f"fd://{number}", pass_fds=(number,)) as served:
            assert served.process.wait(PATIENCE) == 2
            assert served.process.stderr is not None
            assert "--reload starts the program anew, and descriptors are passed once" in served.process.stderr.read()


def test_reload_without_its_extra_names_it(folder: Path) -> None:
    (folder / "watchfiles.py").write_text("raise ModuleNotFoundError('no', name='watchfiles')")
    assert refusal_apart(folder, *ARGUMENTS) == (
        "typedserver: --reload needs watchfiles: pip install 'typedserver[reload]'"
    )
