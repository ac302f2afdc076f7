"""A forked child leaves to its parent everything that the parent still uses."""

import gc
import os

import pytest

from typedserver.process import inheritance
from typedserver.process.inheritance import close_after_fork, copies, leave_all_but, leave_all_in_child


@pytest.fixture(autouse=True)
def nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    # These tests run in the test's own process, which may have other objects open.
    monkeypatch.setattr(inheritance, "_open", {})


class Thing:
    def __init__(self, left: list[tuple[str, object]], name: str) -> None:
        self.left = left
        self.name = name

    def leave_in_child(self, request: object, /) -> None:
        self.left.append((self.name, request))


def test_everything_open_is_left_and_gets_the_request() -> None:
    left: list[tuple[str, object]] = []
    things = [Thing(left, name) for name in "ab"]
    for thing in things:
        close_after_fork(thing)
    request = object()
    leave_all_in_child(request)
    assert sorted(name for name, _ in left) == ["a", "b"]
    assert all(received is request for _, received in left)


def test_collected_object_is_forgotten() -> None:
    left: list[tuple[str, object]] = []
    thing = Thing(left, "gone")
    close_after_fork(thing)
    del thing
    gc.collect()
    leave_all_in_child(None)
    assert left == []


def test_object_noted_twice_is_left_once() -> None:
    left: list[tuple[str, object]] = []
    thing = Thing(left, "once")
    close_after_fork(thing)
    close_after_fork(thing)
    leave_all_in_child(None)
    assert left == [("once", None)]


class Listening(Thing):
    def __init__(self, left: list[tuple[str, object]], name: str, fd: int) -> None:
        super().__init__(left, name)
        self.fd = fd

    def fileno(self) -> int:
        return self.fd


def test_worker_keeps_the_listeners_that_it_serves() -> None:
    left: list[tuple[str, object]] = []
    things = [Thing(left, "loop"), Listening(left, "served", 5), Listening(left, "another's", 6)]
    for thing in things:
        close_after_fork(thing)
    leave_all_but({5})
    assert sorted(name for name, _ in left) == ["another's", "loop"]


def test_child_holds_the_only_copy_of_what_it_opens_and_the_parent_may_not() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(copies.possible)
    assert copies.possible
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
