"""Spool: the files of a folder as requests, claimed by renames, found again when their process has died."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.lending import STRATEGIES, until
from tests.running import PATIENCE, running
from typedserver import (
    Delivery,
    Limits,
    ListenError,
    ProcessDied,
    RecipeError,
    Retries,
    Server,
    ServerConfig,
    ServerContext,
    Spool,
    Threads,
    sleep,
)
from typedserver.sources.spool_folder import SpoolFolder

QUICK = Retries(max_attempts=3, min_backoff=0.02, max_backoff=0.03)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


def drop(folder: Path, name: str, text: str = "") -> None:
    """Put a file into a spool as a producer does."""
    draft = folder.parent / f"{name}.draft"
    draft.write_text(text or name)
    draft.rename(folder / name)


def names(folder: Path) -> list[str]:
    """Return what files are below a folder, without the locks. It may change meanwhile."""
    return sorted(name for _, _, found in os.walk(folder) for name in found if not name.endswith(".lock"))


def has(folder: Path, count: int) -> bool:
    return len(names(folder)) == count


class Handled:
    """A handler that notes name, text and attempt of each file, and fails for some names."""

    def __init__(self, log: Path, fails: Callable[[str], bool] = lambda _name: False) -> None:
        self._log = log
        self._fails = fails

    async def __call__(self, file: Path, delivery: Delivery, _server: ServerContext) -> None:
        await sleep(0)
        self._note(f"{file.name} {file.read_text()} {delivery.key} {delivery.attempt}")  # noqa: ASYNC240 - a short one
        if self._fails(file.name):
            raise ValueError(file.name)

    def _note(self, line: str) -> None:
        with self._log.open("a") as log:
            log.write(f"{line}\n")

    @property
    def lines(self) -> list[str]:
        return sorted(self._log.read_text().splitlines()) if self._log.exists() else []


@pytest.fixture
def handled(tmp_path: Path) -> Handled:
    return Handled(tmp_path / "log", lambda name: name.startswith("bad"))


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
def test_spool_gives_each_file_once_and_deletes_it(strategy: Any, folder: Path, handled: Handled) -> None:
    for number in range(5):
        drop(folder, f"job{number}", "text")
    with running(Server(Spool(folder, poll=0.02), handled, strategy)):
        until(lambda: len(handled.lines) == 5)
        drop(folder, "late")
        until(lambda: not names(folder))
    assert handled.lines == [*(f"job{number} text job{number} 1" for number in range(5)), "late late late 1"]
    # Nothing is left of its folders but their places.
    assert sorted(path.name for path in folder.rglob("*")) == [".claimed", ".waiting"]


def test_spool_moves_what_is_done(folder: Path, handled: Handled) -> None:
    with running(Server(Spool(folder, poll=0.02, when_done="move"), handled)):
        for text in ("first", "second"):
            drop(folder, "job.txt", text)
            until(partial(has, folder / "done", 1 if text == "first" else 2))
    assert names(folder / "done") == ["job.1.txt", "job.txt"]
    assert (folder / "done" / "job.txt").read_text() == "first"
    assert (folder / "done" / "job.1.txt").read_text() == "second"


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
def test_spool_tries_again_what_failed_and_puts_it_into_failed(strategy: Any, folder: Path, handled: Handled) -> None:
    dead: list[tuple[Path, BaseException]] = []
    for name in ("bad", "good"):
        drop(folder, name)
    source = Spool(folder, poll=0.02, retries=QUICK, dead_letter=lambda path, error: dead.append((path, error)))
    with running(Server(source, handled, strategy)):
        until(lambda: dead)
    assert handled.lines == ["bad bad bad 1", "bad bad bad 2", "bad bad bad 3", "good good good 1"]
    assert [path for path, _ in dead] == [folder / "failed" / "bad"]
    assert names(folder) == ["bad"]


def test_spool_without_a_dead_letter_logs_what_it_puts_aside(
    folder: Path, handled: Handled, caplog: pytest.LogCaptureFixture
) -> None:
    drop(folder, "bad")
    with running(Server(Spool(folder, poll=0.02, retries=Retries(max_attempts=1)), handled)):
        until(lambda: names(folder / "failed") == ["bad"])
    assert f"{str(folder / 'failed' / 'bad')!r} is put aside after 1 attempts: ValueError('bad')" in caplog.text


def test_spool_keeps_two_dead_files_of_one_name(folder: Path, handled: Handled) -> None:
    with running(Server(Spool(folder, poll=0.02, retries=Retries(max_attempts=1)), handled)):
        for count in (1, 2, 3):
            drop(folder, "bad.job")
            until(partial(has, folder / "failed", count))
    assert names(folder / "failed") == ["bad.1.job", "bad.2.job", "bad.job"]


def test_dead_file_that_was_moved_by_half_when_its_process_was_killed_is_moved_once(folder: Path) -> None:
    spool = SpoolFolder(folder)
    (folder / "a").write_text("a")
    claimed = spool.claim_new("a")
    assert claimed is not None
    (folder / "failed").mkdir()
    os.link(claimed, folder / "failed" / "a")
    assert spool.move(claimed, "failed") == folder / "failed" / "a"
    spool.close()
    assert os.listdir(folder / "failed") == ["a"]
    assert not claimed.exists()


def test_file_that_waits_for_its_next_attempt_is_found_by_the_next_server(folder: Path, handled: Handled) -> None:
    drop(folder, "bad")
    source = Spool(folder, poll=0.02, retries=Retries(min_backoff=0.3))
    with running(Server(source, handled)):
        until(lambda: handled.lines)
        until(lambda: names(folder / ".waiting"))
    assert names(folder) == ["bad"]
    with running(Server(source, handled)):
        until(lambda: len(handled.lines) == 2)
    assert handled.lines == ["bad bad bad 1", "bad bad bad 2"]


def test_spool_takes_files_by_name_and_only_those_of_its_pattern(folder: Path, tmp_path: Path) -> None:
    taken: list[str] = []
    (folder / "folder.job").mkdir()
    for name in ("c.job", "a.job", "b.job", "a.txt", ".hidden.job"):
        drop(folder, name)
    with running(
        Server(Spool(folder, pattern="*.job", poll=0.02), lambda file, _delivery, _server: taken.append(file.name))
    ):
        until(lambda: len(taken) == 3)
    assert taken == ["a.job", "b.job", "c.job"]
    assert names(folder) == [".hidden.job", "a.txt"]
    assert (folder / "folder.job").is_dir()


def test_drain_gives_back_what_was_claimed_and_not_begun(folder: Path) -> None:
    begun, go = threading.Event(), threading.Event()
    attempts: list[tuple[str, int]] = []

    def work(file: Path, delivery: Delivery, _server: ServerContext) -> None:
        attempts.append((file.name, delivery.attempt))
        begun.set()
        assert go.wait(PATIENCE)

    for name in "abc":
        drop(folder, name)
    config = ServerConfig(limits=Limits(connections=1))
    server = Server(Spool(folder, poll=0.02), work, Threads(), config=config)
    with running(server) as run:
        assert begun.wait(PATIENCE)
        until(lambda: not (folder / "b").exists())
        server.request_drain(PATIENCE)
        until(lambda: names(folder / ".waiting") == ["b"])
        go.set()
        run.join()
    assert names(folder) == ["b", "c"]
    with running(Server(Spool(folder, poll=0.02), work, Threads())):
        until(lambda: not names(folder))
    # It was no attempt. Both have threads of their own.
    assert sorted(attempts) == [("a", 1), ("b", 1), ("c", 1)]


def test_handler_may_move_or_delete_its_file(folder: Path, tmp_path: Path) -> None:
    def work(file: Path, _delivery: Delivery, _server: ServerContext) -> None:
        file.rename(tmp_path / "mine") if file.name == "moved" else file.unlink()
        if file.name == "lost":
            raise ValueError

    for name in ("deleted", "lost", "moved"):
        drop(folder, name)
    with running(Server(Spool(folder, poll=0.02, retries=QUICK), work)):
        until(lambda: not names(folder))
        until(lambda: not list((folder / ".waiting").iterdir()))
    assert (tmp_path / "mine").read_text() == "moved"
    assert not list((folder / ".claimed").iterdir())


def tried_twice(log: Path, attempt: int) -> bool:
    return log.exists() and log.read_text().count(f" {attempt}\n") == 2


SERVES = """
import sys, time
from pathlib import Path
from typedserver import Server, Spool, Threads, Retries

def work(file, delivery, server):
    with open(sys.argv[2], "a") as log:
        log.write(f"{file.name} {delivery.attempt}\\n")
    time.sleep(3600)

Server(Spool(sys.argv[1], pattern="[ab]", poll=0.02, retries=Retries(max_attempts=2)), work, Threads()).run()
"""


def test_files_of_a_killed_process_are_found_again_and_that_counts_as_an_attempt(
    folder: Path, tmp_path: Path, handled: Handled
) -> None:
    dead: list[tuple[str, str]] = []

    def bury(path: Path, error: BaseException) -> None:
        assert isinstance(error, ProcessDied)
        dead.append((path.name, type(error).__name__))

    for name in ("a", "b"):
        drop(folder, name)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    log = tmp_path / "attempts"
    for attempt in (1, 2):
        program = subprocess.Popen([sys.executable, "-c", SERVES, str(folder), str(log)], env=environment)
        until(partial(tried_twice, log, attempt))
        program.send_signal(signal.SIGKILL)
        program.wait(PATIENCE)
        assert names(folder / ".claimed") == ["a", "b"]
    drop(folder, "c")
    source = Spool(folder, poll=0.02, retries=Retries(max_attempts=2), dead_letter=bury)
    with running(Server(source, handled)):
        until(lambda: len(dead) == 2 and handled.lines)
    assert sorted(dead) == [("a", "ProcessDied"), ("b", "ProcessDied")]
    assert handled.lines == ["c c c 1"]
    assert sorted(log.read_text().splitlines()) == ["a 1", "a 2", "b 1", "b 2"]


def test_files_of_a_process_that_lives_are_left_to_it(folder: Path, tmp_path: Path, handled: Handled) -> None:
    drop(folder, "a")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    log = tmp_path / "attempts"
    program = subprocess.Popen([sys.executable, "-c", SERVES, str(folder), str(log)], env=environment)
    try:
        until(log.exists)
        with running(Server(Spool(folder, poll=0.01), handled)):
            drop(folder, "c")
            until(lambda: handled.lines)
    finally:
        program.kill()
        program.wait(PATIENCE)
    assert handled.lines == ["c c c 1"]
    assert log.read_text() == "a 1\n"


def test_two_servers_of_one_folder_share_its_files(folder: Path, tmp_path: Path) -> None:
    taken: dict[str, list[str]] = {"one": [], "two": []}

    def serve(by: str) -> Server[Path, Delivery]:
        return Server(Spool(folder, poll=0.01), lambda file, _delivery, _server: taken[by].append(file.name), Threads())

    for number in range(100):
        drop(folder, f"{number:03}")
    with running(serve("one")), running(serve("two")):
        until(lambda: not names(folder))
    assert sorted(taken["one"] + taken["two"]) == [f"{number:03}" for number in range(100)]


def test_spool_of_no_folder_is_a_listen_error(tmp_path: Path) -> None:
    with pytest.raises(ListenError, match=r"there is no folder .*; make it"):
        Spool(tmp_path / "missing").listen()


def test_spool_whose_folders_cannot_be_made_is_a_listen_error(folder: Path) -> None:
    (folder / ".claimed").touch()
    with pytest.raises(ListenError, match="must be able to write"):
        Spool(folder).listen()


@pytest.mark.parametrize(
    "values",
    [{"when_done": "keep"}, {"poll": 0}, {"retries": None}, {"prefetch": -1}, {"dead_letter": 1}],
)
def test_spool_refuses_what_cannot_work(values: Any) -> None:
    with pytest.raises(RecipeError, match="Spool"):
        Spool("anywhere", **values)


def test_server_address_of_a_spool_is_its_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    with Server(Spool("spool"), lambda _file, _delivery, _server: None) as server:
        assert server.server_address == str(folder)
