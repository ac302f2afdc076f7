"""Children of this process: forked while signals are held back, watched by a loop, and reaped each by its own pid.

It knows pids, a reactor and callbacks, nothing of what a child does or what its parent wants it for.
"""

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import starmap
from typing import Final, Generic

from typing_extensions import TypeVar

from typedserver.process.forking import (
    ENDING_SIGNALS,
    ONCE,
    flush_standard_streams,
    handled_signals,
    live_as_child,
    plain_signal,
)
from typedserver.process.inheritance import leave_behind
from typedserver.process.pidfd import open_pidfd
from typedserver.protocols.reactors import Reactor, TimerHandle

AboutT = TypeVar("AboutT")

# Without pidfd_open (Linux 5.3) an ended child is found by asking, and only while there are children: often enough
# that none is a zombie for a second, seldom enough to cost nothing.
_REAP_INTERVAL: Final = 0.1

# How often it is asked for children that have no pidfd while a close waits for them.
_CLOSE_INTERVAL: Final = 0.005

# The pids of children that nobody waits for any more: zombies when they end, until one of those below looks. A child
# has a copy, and finds at its first look that they are not its own: to clear it would cost each of them a page.
_forgotten: Final[set[int]] = set()


def _reap_forgotten() -> None:
    for pid in list(_forgotten):
        try:
            ended, _ = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            # Somebody else has, or it is the parent's.
            ended = pid
        if ended:
            _forgotten.discard(pid)


@dataclass(slots=True)
class _Child(Generic[AboutT]):
    """A child that was not reaped yet. ``pidfd`` is None where the kernel has none."""

    pid: int
    pidfd: int | None
    about: AboutT


def _close_pidfd(child: _Child[AboutT]) -> None:
    if child.pidfd is not None:
        os.close(child.pidfd)
        child.pidfd = None


class Children(Generic[AboutT]):
    """The live children of one parent, each with what the parent wants to know when it ends.

    reactor: the loop that notices an end; without one, ``reap`` is to be called now and then.
    ended: called once for each child, with its pid, its exit status (negative for a signal, as in subprocess; None
    where somebody else has reaped it) and what was told about it.

    All methods belong to the loop's thread, or to who closes when the loop has ended.
    """

    __slots__ = ("__weakref__", "_children", "_ended", "_reactor", "_timer")

    def __init__(
        self,
        reactor: Reactor | None,
        ended: Callable[[int, int | None, AboutT], object],
    ) -> None:
        self._reactor = reactor
        self._ended = ended
        self._children: dict[int, _Child[AboutT]] = {}
        self._timer: TimerHandle | None = None
        leave_behind(self)

    def __len__(self) -> int:
        return len(self._children)

    @property
    def about(self) -> dict[int, AboutT]:
        """What was told of each child, by its pid; from any thread."""
        return {child.pid: child.about for child in list(self._children.values())}

    def fork(self, about: AboutT, prepare: Callable[[], object], work: Callable[[], object]) -> OSError | None:
        """Fork a child that works and ends; returns the kernel's refusal, None where there is a child.

        prepare: called first in the child, with SIGTERM held back and all signals that Python handles: it says what
        they shall mean there. After it the child blocks what the parent blocks, but for SIGTERM.
        work: what the child is for. When it returns or raises, the child ends, flushed but without the exit handlers,
        which are the parent's.

        Raises what a signal's handler raises, with the child in the table where there is one.
        """
        if _forgotten:
            _reap_forgotten()
        flush_standard_streams()
        # Asked for by itself: a handler may raise as soon as the mask is set.
        unblocked = plain_signal.pthread_sigmask(plain_signal.SIG_BLOCK, ())
        # A parent that waits for its signals (sigwait) blocks them; its children are ended by this one all the same.
        blocked_in_child = unblocked - ENDING_SIGNALS
        forked: list[int] = []
        try:
            # What is the parent's to handle must raise nothing in the child before its own care, nor in the parent
            # before the child is in the table.
            plain_signal.pthread_sigmask(plain_signal.SIG_BLOCK, handled_signals())
            # Called and noted without a step of Python's in between: with threads beside it, the parent's main thread
            # handles what they have taken, whatever it blocks itself.
            forked.extend(starmap(os.fork, ONCE))
            if not forked[0]:
                live_as_child(prepare, work, blocked_in_child)
        except OSError as error:
            if forked:
                raise
            # EAGAIN, ENOMEM (fork(2)).
            return error
        finally:
            try:
                for pid in forked:
                    self._watch(_Child(pid, open_pidfd(pid) if self._reactor else None, about))
            finally:
                plain_signal.pthread_sigmask(plain_signal.SIG_SETMASK, unblocked)
        return None

    def leave_in_child(self, _request: object, /) -> None:
        """In a forked child: these are the parent's children, not its own."""
        for child in self._children.values():
            _close_pidfd(child)
        self._children.clear()

    def _watch(self, child: _Child[AboutT]) -> None:
        self._children[child.pid] = child
        if self._reactor is None:
            return
        if child.pidfd is not None:
            try:
                self._reactor.add_reader(child.pidfd, partial(self._reap, child))
            except OSError:
                # ENOSPC, ENOMEM (epoll_ctl(2)): there is a child all the same, and it is found by asking.
                _close_pidfd(child)
        if child.pidfd is None and self._timer is None:
            self._timer = self._reactor.call_later(_REAP_INTERVAL, self._reap_by_timer)

    def _reap_by_timer(self) -> None:
        self._timer = None
        self.reap()
        if self._reactor is not None and any(child.pidfd is None for child in self._children.values()):
            self._timer = self._reactor.call_later(_REAP_INTERVAL, self._reap_by_timer)

    def reap(self) -> int:
        """Take note of the children that have ended; returns how many have not."""
        for child in list(self._children.values()):
            self._reap(child)
        if _forgotten:
            _reap_forgotten()
        return len(self._children)

    def _reap(self, child: _Child[AboutT], *, wait: bool = False) -> None:
        status: int | None
        try:
            pid, wait_status = os.waitpid(child.pid, 0 if wait else os.WNOHANG)
        except ChildProcessError:
            # Somebody else has reaped it, or SIGCHLD is ignored (waitpid(2)): how it ended can not be known.
            status = None
        else:
            if pid == 0:
                return
            status = os.waitstatus_to_exitcode(wait_status)
        if self._children.pop(child.pid, None) is None:
            return
        self._unwatch(child)
        _close_pidfd(child)
        self._ended(child.pid, status, child.about)

    def _unwatch(self, child: _Child[AboutT]) -> None:
        if child.pidfd is not None and self._reactor is not None:
            self._reactor.remove_reader(child.pidfd)

    def enter_loop(self, reactor: Reactor) -> None:
        """Have another loop notice the end of those that are still there."""
        self._reactor = reactor
        for child in list(self._children.values()):
            self._watch(child)

    def leave_loop(self) -> None:
        """Have the loop notice nothing more; the children are still there to be signalled and waited for."""
        for child in self._children.values():
            self._unwatch(child)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._reactor = None

    def forget(self) -> None:
        """Watch and wait for none of them any more: they end on their own.

        Those that have ended are reaped when anything of this process forks, reaps or waits for children next.
        """
        for child in self._children.values():
            self._unwatch(child)
            _close_pidfd(child)
            _forgotten.add(child.pid)

    def send_signal(self, number: signal.Signals, *, to: Callable[[AboutT], bool] | None = None) -> None:
        """Send a signal to all of them, or to those of whom ``to`` says so; from any thread."""
        for child in list(self._children.values()):
            if to is None or to(child.about):
                # It may have ended, but it was not reaped: its pid is still its own.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, number)

    def wait(self, timeout: float | None = None) -> int:
        """Wait until all have ended, at most ``timeout`` seconds; returns how many have not."""
        if timeout is None:
            for child in list(self._children.values()):
                self._reap(child, wait=True)
            return self.reap()
        deadline = time.monotonic() + timeout
        while self.reap() and (left := deadline - time.monotonic()) > 0:
            self._wait_for_an_end(left)
        return len(self._children)

    def _wait_for_an_end(self, seconds: float) -> None:
        ends = select.poll()
        for child in self._children.values():
            if child.pidfd is None:
                time.sleep(min(seconds, _CLOSE_INTERVAL))
                return
            ends.register(child.pidfd, select.POLLIN)
        ends.poll(seconds * 1000)
