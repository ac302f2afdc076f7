"""The jobs of the examples: a table, a spool and a queue feed one function, as the example itself says."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.running import PATIENCE, ask
from tests.test_examples import free_port

ROOT = Path(__file__).parents[1]

pytest.importorskip("sqlalchemy")


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": f"{os.environ.get('PYTHONPATH', '')}:{ROOT}"}


def begin(folder: Path, number: int) -> None:
    """Make the database, with a job whose id is its number."""
    command = [sys.executable, "-m", "examples.jobs", str(number), str(number)]
    subprocess.run(command, cwd=folder, env=environment(), check=True, timeout=PATIENCE)


def add(folder: Path, number: int) -> None:
    """Add a job as any other program does."""
    with closing(sqlite3.connect(folder / "jobs.db", timeout=PATIENCE)) as connection, connection:
        connection.execute("INSERT INTO jobs (id, number) VALUES (?, ?)", (number, number))


def found(folder: Path, statement: str) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(folder / "jobs.db")) as connection:
        return connection.execute(statement).fetchall()


def results(folder: Path) -> list[tuple[int, str]]:
    return found(folder, "SELECT id, factors FROM results ORDER BY id")


@contextmanager
def working(folder: Path, module: str, attribute: str) -> Generator[None, None, None]:
    """Run the example from its command line, then end it by SIGTERM."""
    command = [sys.executable, "-m", "typedserver", f"{module}:{attribute}"]
    process = subprocess.Popen(command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, errors
        assert errors == b""
    finally:
        process.kill()
        process.communicate()


def wait_for(folder: Path, expected: list[tuple[int, str]]) -> None:
    deadline = time.monotonic() + PATIENCE
    while results(folder) != expected:
        assert time.monotonic() < deadline, results(folder)
        time.sleep(0.02)


def test_rows_of_a_table_are_worked_off(tmp_path: Path) -> None:
    begin(tmp_path, 91)
    add(tmp_path, 92)
    with working(tmp_path, "examples.jobs", "table"):
        wait_for(tmp_path, [(91, "[7, 13]"), (92, "[2, 2, 23]")])
        add(tmp_path, 93)
        wait_for(tmp_path, [(91, "[7, 13]"), (92, "[2, 2, 23]"), (93, "[3, 31]")])
    assert found(tmp_path, "SELECT id FROM jobs") == []


def test_files_of_a_spool_are_worked_off(tmp_path: Path) -> None:
    begin(tmp_path, 2)
    spool = tmp_path / "jobs"
    spool.mkdir()
    (spool / "first.json").write_text('{"id": 91, "number": 91}')
    with working(tmp_path, "examples.jobs", "spool"):
        wait_for(tmp_path, [(91, "[7, 13]")])
        (spool / "second.tmp").write_text('{"id": 92, "number": 92}')
        (spool / "second.tmp").rename(spool / "second.json")
        wait_for(tmp_path, [(91, "[7, 13]"), (92, "[2, 2, 23]")])
    assert list(spool.rglob("*.json")) == []


def test_what_comes_over_tcp_is_answered_at_once_and_worked_off_later(tmp_path: Path) -> None:
    begin(tmp_path, 2)
    port = free_port()
    text = (ROOT / "examples" / "jobs.py").read_text()
    (tmp_path / "program.py").write_text(text.replace("7310", str(port)))
    with working(tmp_path, "program", "queued"):
        assert ask(("127.0.0.1", port), b'{"id": 91, "number": 91}\n') == b"job 91 waits\n"
        wait_for(tmp_path, [(91, "[7, 13]")])
