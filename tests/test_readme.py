"""The README's programs, run as they are pasted and read by the type checker."""

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.running import PATIENCE, ask, ask_datagram, running

README = Path(__file__).parent.parent / "README.md"
PROGRAMS: list[str] = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)


def program_with(text: str) -> str:
    [program] = [program for program in PROGRAMS if text in program]
    return program


def test_readme_example_serves_as_pasted() -> None:
    names: dict[str, Any] = {"__name__": "readme"}
    # The ports are the kernel's choice here.
    exec(PROGRAMS[0].replace("9999", "0"), names)
    with running(names["server"]) as run:
        assert ask(run.server.servers[0].server_address, b"read me\n") == b"READ ME\n"
        assert ask_datagram(run.server.servers[1].server_address, b"read me") == b"READ ME"


def test_readme_handlers_of_a_server_of_ones_own_serve_as_pasted() -> None:
    names: dict[str, Any] = {"__name__": "readme"}
    exec(program_with("class Chat"), names)
    for server in (names["chat"], names["other"]):
        with running(server):
            assert ask(server.server_address, b"") == b"127.0.0.1, welcome to the lobby\n"


def test_readme_program_of_ones_own_ends_by_a_signal_as_pasted(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    # What it listens on is told for the test; the rest is as it is pasted.
    made = "Server(TCP(port=0), upper, Threads()).run()"
    text = program_with("sys.exit(Server").replace("9999", "0")
    assert made in text
    telling = "run(ready=lambda: print(server.server_address[1], flush=True))"
    program.write_text(text.replace(made, f"(server := Server(TCP(port=0), upper, Threads())).{telling}"))
    for number in (signal.SIGINT, signal.SIGTERM):
        with subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True) as running_program:
            assert running_program.stdout is not None
            port = int(running_program.stdout.readline())
            assert ask(("127.0.0.1", port), b"read me\n") == b"READ ME\n"
            running_program.send_signal(number)
            assert running_program.wait(PATIENCE) == 0


def test_readme_asyncio_handler_forwards_as_pasted() -> None:
    names: dict[str, Any] = {"__name__": "readme"}
    exec(PROGRAMS[0].replace("9999", "0"), names)
    with running(names["server"].servers[0]) as target:
        port = str(target.server.server_address[1])
        exec(program_with("open_connection").replace("9999", port).replace("9998", "0"), names)
        with running(names["server"]) as run:
            assert ask(run.server.server_address, b"read\nme\n") == b"READ\nME\n"


def test_readme_servers_of_the_stdlib_run_in_worker_processes_as_pasted() -> None:
    names: dict[str, Any] = {"__name__": "readme"}
    exec(program_with("ThreadingHTTPServer"), names)
    with names["server"].server, running(names["server"]) as run:
        assert ask(run.server.server_address, b"HEAD / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 200 ")
        assert run.server.processes == 4


def test_readme_example_is_as_short_as_it_says() -> None:
    assert len([line for line in PROGRAMS[0].splitlines() if line.strip()]) <= 15


def test_readme_import_is_the_drop_in() -> None:
    names: dict[str, Any] = {}
    exec(program_with("typedserver.compat"), names)
    assert "ThreadingTCPServer" in names["socketserver"].__all__


def test_readme_strategy_serves_as_pasted() -> None:
    names: dict[str, Any] = {"__name__": "readme"}
    exec(program_with("class Pool"), names)
    with running(names["server"]) as run:
        for _ in range(6):
            assert ask(run.server.server_address, b"") == b"hello\n"


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_readme_programs_are_clean_under_mypy_strict(number: int, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAMS[number])
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", "", str(program)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
