"""Of the processes that have one thing by fork, the kernel knows which use it."""

import os
import signal
from collections.abc import Callable, Iterator

import pytest

from typedserver.process.share import Share


@pytest.fixture
def share() -> Iterator[Share]:
    share = Share()
    share.hold()
    yield share
    share.close()


class Child:
    """A process that does something with the share, says that, and lives until it is killed."""

    def __init__(self, share: Share, action: Callable[[], object] = lambda: None) -> None:
        ready, tell = os.pipe()
        share.before_fork()
        self.pid = os.fork()
        if not self.pid:
            share.enter_child()
            action()
            os.write(tell, b"x")
            signal.pause()
            os._exit(0)
        share.after_fork()
        os.close(tell)
        assert os.read(ready, 1) == b"x"
        os.close(ready)

    def end(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def test_thing_is_unused_when_nobody_else_uses_it(share: Share) -> None:
    assert share.begin_use()
    assert share.is_unused()


def test_thing_is_used_as_long_as_another_process_uses_it(share: Share) -> None:
    child = Child(share, share.begin_use)
    assert share.begin_use()
    assert not share.is_unused()
    child.end()
    assert share.is_unused()


def test_process_that_has_it_and_does_not_use_it_counts_for_one_that_never_used_it(share: Share) -> None:
    child = Child(share)
    assert share.is_unused()
    assert not share.is_nobodys()
    child.end()
    assert share.is_nobodys()


def test_child_counts_from_its_fork_on(share: Share) -> None:
    ready, begin = os.pipe()
    share.before_fork()
    pid = os.fork()
    if not pid:
        os.read(ready, 1)
        share.enter_child()
        signal.pause()
        os._exit(0)
    share.after_fork()
    os.write(begin, b"x")
    assert not share.is_nobodys()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(ready)
    os.close(begin)


def test_nobody_begins_to_use_what_was_ended(share: Share) -> None:
    assert share.is_unused()
    share.note_end()
    assert not share.begin_use()


def is_share(number: int) -> bool:
    try:
        return "typedserver share" in os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        return False


def test_share_whose_descriptor_is_another_files_by_now_knows_of_nobody(share: Share) -> None:
    child = Child(share, share.begin_use)
    number = next(number for number in range(1024) if is_share(number))
    other = os.open(os.devnull, os.O_RDWR)
    os.dup2(other, number)
    os.close(other)
    assert share.begin_use()
    assert share.is_unused()
    share.close()
    os.fstat(number)
    os.close(number)
    child.end()
