"""Sources whose code, folder or queue does what it must not: the messages of others go on, and none is lost."""

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from typing_extensions import override

from tests.lending import until
from tests.running import running
from typedserver import Delivery, Leased, ListenError, Polled, QueueSource, RecipeError, Retries, Server, Spool, Threads
from typedserver.sources import BaseSource

ONCE = Retries(max_attempts=1)


class UnspeakableError(Exception):
    @override
    def __str__(self) -> str:
        raise RuntimeError("it cannot be said")

    __repr__ = __str__


def lent(key: object, message: str = "") -> Leased[str]:
    return Leased(message or str(key), Delivery(source="hostile", key=key, attempt=1))


class Hostile(BaseSource[str]):
    """Does something else once, then lends one good message. settled: the keys of what was acknowledged."""

    def __init__(self, first: Callable[[], Any], lease: Any = None) -> None:
        self._first = [first]
        self._good = [lent("good")]
        self._lease = lease
        self.settled: list[object] = []
        self.closed = False

    @property
    def name(self) -> str:
        return "hostile"

    @property
    @override
    def lease(self) -> float | None:
        return cast("float | None", self._lease)

    def receive(self, most: int, wait: float, /) -> Sequence[Leased[str]]:
        if self._first:
            return cast("Sequence[Leased[str]]", self._first.pop()())
        if self._good:
            return [self._good.pop()]
        time.sleep(wait)
        return []

    def acknowledge(self, leased: Leased[str], /) -> None:
        self.settled.append(leased.delivery.key)
        if leased.message == "bad":
            raise UnspeakableError

    @override
    def close(self) -> None:
        self.closed = True


def take(message: object, _delivery: Delivery, _server: object) -> None:
    pass


def fail(message: object, _delivery: Delivery, _server: object) -> None:
    raise ValueError(message)


def unspeakable() -> None:
    raise UnspeakableError


def exits() -> None:
    raise SystemExit(3)


class NoRepr:
    @override
    def __repr__(self) -> str:
        raise RuntimeError("no name")


@pytest.mark.parametrize(
    "first",
    [
        lambda: None,
        lambda: 5,
        lambda: "text",
        lambda: [object()],
        lambda: [Leased("message", cast("Delivery", None))],
        lambda: [lent(NoRepr(), "bad")],
        unspeakable,
        exits,
    ],
    ids=["none", "number", "text", "object", "no delivery", "no repr", "unspeakable", "exit"],
)
def test_listener_goes_on_whatever_a_source_returns_or_raises(first: Callable[[], Any]) -> None:
    source = Hostile(first)
    with running(Server(Polled(lambda: source), take, Threads())):
        until(lambda: "good" in source.settled)


def test_what_a_source_lends_as_an_iterator_is_served_and_settled() -> None:
    def several() -> Iterator[Leased[str]]:
        yield lent("a")
        yield lent("b")

    source = Hostile(several)
    with running(Server(Polled(lambda: source), take, Threads())):
        until(lambda: sorted(map(str, source.settled)) == ["a", "b", "good"])


def test_log_that_raises_does_not_end_the_listener() -> None:
    source = Hostile(unspeakable)

    class Raises(logging.Filter):
        @override
        def filter(self, record: logging.LogRecord) -> bool:
            raise RuntimeError("the log is broken")

    broken = Raises()
    logger = logging.getLogger("typedserver")
    logger.addFilter(broken)
    try:
        with running(Server(Polled(lambda: source), take, Threads())):
            until(lambda: source.settled == ["good"])
    finally:
        logger.removeFilter(broken)


@pytest.mark.parametrize("lease", [0, -1, "a minute", float("nan")])
def test_lease_that_is_no_time_is_refused_as_the_source_is_opened(lease: object) -> None:
    source = Hostile(list, lease)
    with pytest.raises((RecipeError, ListenError), match="lease"):
        Server(Polled(lambda: source), take, Threads()).open()
    assert source.closed


class Closed(queue.Queue[str]):
    """A queue that takes nothing back, as one of ``multiprocessing`` that was closed."""

    @override
    def put(self, item: str, block: bool = True, timeout: float | None = None) -> None:
        if timeout is not None:
            raise ValueError("the queue is closed")
        super().put(item, block)


def test_each_message_that_a_closed_queue_does_not_take_back_is_dead() -> None:
    dead: list[str] = []

    def bury(message: str, _error: BaseException) -> None:
        dead.append(message)
        raise RuntimeError("so is the cemetery")

    messages, failed = Closed(), threading.Semaphore(0)

    def note(message: str, _delivery: Delivery, _server: object) -> None:
        failed.release()
        raise ValueError(message)

    for message in ("a", "b", "c"):
        messages.put(message)
    retries = Retries(max_attempts=2, min_backoff=60.0, max_backoff=60.0)
    with running(Server(QueueSource(messages, retries=retries, dead_letter=bury), note, Threads())):
        for _ in range(3):
            assert failed.acquire(timeout=20)
    assert sorted(dead) == ["a", "b", "c"]
    assert messages.unfinished_tasks == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


def claims(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / ".claimed").rglob("*") if path.is_file() and path.suffix != ".lock")


def test_file_that_cannot_be_settled_now_is_settled_later(folder: Path) -> None:
    (folder / "a").write_text("a")
    # In the place of a folder, as if the file system let us make none.
    (folder / "done").write_text("")
    with running(Server(Spool(folder, pattern="a", poll=0.01, when_done="move"), take, Threads())):
        until(lambda: claims(folder) == ["a"])
        time.sleep(0.05)
        (folder / "done").unlink()
        until((folder / "done" / "a").exists)


def test_dead_letter_is_called_once_for_a_file_that_is_buried_later(folder: Path) -> None:
    dead: list[Path] = []
    (folder / "a").write_text("a")
    (folder / "failed").write_text("")
    spool = Spool(folder, pattern="a", poll=0.01, retries=ONCE, dead_letter=lambda path, _error: dead.append(path))
    with running(Server(spool, fail, Threads())):
        until(lambda: claims(folder) == ["a"])
        time.sleep(0.05)
        (folder / "failed").unlink()
        until(lambda: dead == [folder / "failed" / "a"])


def test_file_that_may_not_be_moved_keeps_no_other_from_being_served(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rename = Path.rename

    def renamed(path: Path, target: Path) -> Path:
        if path.name in {"a", "c"}:
            raise PermissionError(1, "Operation not permitted", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", renamed)
    for name in "abcd":
        (folder / name).write_text(name)
    with running(Server(Spool(folder, poll=0.01, prefetch=4), take, Threads())):
        until(lambda: sorted(path.name for path in folder.iterdir() if path.is_file()) == ["a", "c"])
        time.sleep(0.1)
    assert not list((folder / ".claimed").glob("*/*")), "a claim that has failed leaves nothing"
    assert sorted(str(record.args[1]) for record in caplog.records if isinstance(record.args, tuple)) == ["a", "c"]


def test_files_that_were_claimed_before_a_claim_failed_are_served(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mkdir = Path.mkdir
    left = [OSError(28, "No space left on device")]

    def full(path: Path, *arguments: Any, **named: Any) -> None:
        if left and path.parent.parent.name == ".claimed" and any(path.parent.iterdir()):
            raise left.pop()
        mkdir(path, *arguments, **named)

    monkeypatch.setattr(Path, "mkdir", full)
    for name in "abcd":
        (folder / name).write_text(name)
    with running(Server(Spool(folder, poll=0.01, prefetch=4), take, Threads())):
        until(lambda: not left and not claims(folder) and not [path for path in folder.iterdir() if path.is_file()])


@pytest.mark.parametrize("lost", [".claimed", ".waiting", "."])
def test_folder_that_was_removed_is_served_again_when_it_is_back(folder: Path, lost: str) -> None:
    spool = Spool(folder, pattern="[ab]", poll=0.01)
    with running(Server(spool, take, Threads())):
        (folder / "a").write_text("a")
        until(lambda: not (folder / "a").exists() and not claims(folder))
        (folder / lost).resolve().rename(folder.parent / "gone")
        folder.mkdir(exist_ok=True)
        (folder / "b").write_text("b")
        until(lambda: not (folder / "b").exists() and not claims(folder))


def test_name_as_long_as_can_be_gets_its_number_in_the_place_of_its_end(folder: Path) -> None:
    longest = "é" * 127
    (folder / "failed").mkdir()
    (folder / "failed" / longest).write_text("before")
    (folder / longest).write_text("now")
    with running(Server(Spool(folder, poll=0.01, retries=ONCE), fail, Threads())):
        until(lambda: len(os.listdir(folder / "failed")) == 2)
    assert sorted(path.read_text() for path in (folder / "failed").iterdir()) == ["before", "now"]


@pytest.mark.parametrize("what", ["server_close", "drain", "shutdown"])
def test_dead_letter_may_end_the_server(what: str, caplog: pytest.LogCaptureFixture) -> None:
    messages: queue.Queue[str] = queue.Queue()
    messages.put("a")
    called = threading.Event()

    def end(_message: str, _error: BaseException) -> None:
        try:
            getattr(server, what)()
        finally:
            called.set()

    server = Server(QueueSource(messages, dead_letter=end), fail, Threads())
    with running(server) as run:
        assert called.wait(20)
        run.join()
    assert not [record for record in caplog.records if "could not" in record.getMessage()]


def test_log_of_a_dead_file_is_one_line_of_text_whatever_its_name(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    name = os.fsdecode(b"two\nlines\xff")
    (folder / name).write_text("now")

    def no(_file: Path, _delivery: Delivery, _server: object) -> None:
        raise ValueError("no")

    with running(Server(Spool(folder, poll=0.01, retries=ONCE), no, Threads())):
        until((folder / "failed" / name).exists)
    (said,) = [record.getMessage() for record in caplog.records if "put aside" in record.getMessage()]
    assert "\n" not in said
    assert said.encode()
