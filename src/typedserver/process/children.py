"""The children of this process: forked while signals are held back, watched by a loop, each reaped by its own pid.

It knows pids, a reactor and callbacks. It does not know what a child does, or why its parent forks it.
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
from typedserver.process.inheritance import close_after_fork, leave_to_parent, lineage
from typedserver.process.pidfd import open_pidfd
from typedserver.protocols.reactors import Reactor, TimerHandle

AboutT = TypeVar("AboutT")

# Seconds between two calls of waitpid for a child without a pidfd (before Linux 5.3): often enough that no child is a
# zombie for long, seldom enough to cost nothing.
_REAP_INTERVAL: Final = 0.1

# The same, in seconds, while a caller waits for the end of such a child.
_CLOSE_INTERVAL: Final = 0.005

# Pids of children that no Children waits for any more. They are zombies from their end until any Children forks, reaps
# or waits. A forked child has a copy of this set, and drops the pids when waitpid does not know them; clearing the
# copy in each child would copy a page of memory.
_forgotten: Final[set[int]] = set()


def _reap_forgotten() -> None:
    for pid in list(_forgotten):
        try:
            ended, _ = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            # Other code has reaped it, or it is a child of our parent.
            ended = pid
        if ended:
            _forgotten.discard(pid)


@dataclass(slots=True)
class _Child(Generic[AboutT]):
    """A child that was not reaped yet; ``pidfd`` is None if the kernel gave none."""

    pid: int
    pidfd: int | None
    about: AboutT


def _close_pidfd(child: _Child[AboutT]) -> None:
    if child.pidfd is not None:
        os.close(child.pidfd)
        child.pidfd = None


class Children(Generic[AboutT]):
    """The live children of one parent, each with a value that the parent gave for it.

    reactor: the loop that notices the end of a child. Without one, the caller must call ``reap`` now and then.
    ended: called once for each child, with its pid, its exit status (negative for a signal, as in subprocess; None if
    other code has reaped it) and the value.

    Methods must be called in the loop's thread, or in the thread that closes when the loop has ended, unless they say
    otherwise.
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
        close_after_fork(self)
        leave_to_parent(self)

    def __len__(self) -> int:
        return len(self._children)

    @property
    def about(self) -> dict[int, AboutT]:
        """The value that was given for each child, by its pid; from any thread."""
        return {child.pid: child.about for child in list(self._children.values())}

    def fork(self, about: AboutT, prepare: Callable[[], object], work: Callable[[], object]) -> OSError | None:
        """Fork a child that works and ends; returns None, or the kernel's error if there is no child.

        about: the value to keep for the child.
        prepare: called first in the child, to set its signal handlers, while SIGTERM and all signals that Python
        handles are blocked. Then the child blocks what the parent blocks, except SIGTERM.
        work: called then. When it returns or raises, the child ends: it flushes its streams, but does not run the
        parent's exit handlers.

        Raises what a signal handler raises; if the child was forked by then, it is in the table.
        """
        if _forgotten:
            _reap_forgotten()
        flush_standard_streams()
        # A call of its own, because a handler may raise as soon as the mask is set.
        unblocked = plain_signal.pthread_sigmask(plain_signal.SIG_BLOCK, ())
        # A parent that waits for signals by sigwait blocks SIGTERM, but must be able to end its children by it.
        blocked_in_child = unblocked - ENDING_SIGNALS
        forked: list[int] = []
        try:
            # The parent's handlers must not run in the child before ``prepare``, nor in the parent before the child
            # is in the table.
            plain_signal.pthread_sigmask(plain_signal.SIG_BLOCK, handled_signals())
            lineage.begin_own_fork()
            # fork() and the append of its pid happen inside one C call, so no Python signal handler can run in between
            # and lose the pid. Blocking signals is not enough: another thread may receive one, and Python runs its
            # handler in the main thread.
            forked.extend(starmap(os.fork, ONCE))
            if not forked[0]:
                live_as_child(prepare, work, blocked_in_child)
        except OSError as error:
            if forked:
                raise
            # EAGAIN, ENOMEM (fork(2)).
            return error
        finally:
            lineage.end_own_fork()
            try:
                for pid in forked:
                    self._watch(_Child(pid, open_pidfd(pid) if self._reactor else None, about))
            finally:
                plain_signal.pthread_sigmask(plain_signal.SIG_SETMASK, unblocked)
        return None

    def leave_in_child(self, _request: object, /) -> None:
        """Forget all children, in a forked child: they are its parent's."""
        for child in self._children.values():
            _close_pidfd(child)
        self._children.clear()

    def leave_to_parent(self) -> None:
        """Forget all children, in a process that the program has forked: nobody signals those of another process."""
        self._timer = None
        self.leave_in_child(None)

    def _watch(self, child: _Child[AboutT]) -> None:
        self._children[child.pid] = child
        if self._reactor is None:
            return
        if child.pidfd is not None:
            try:
                self._reactor.add_reader(child.pidfd, partial(self._reap, child))
            except OSError:
                # ENOSPC, ENOMEM (epoll_ctl(2)): the child exists all the same, so the timer looks after it.
                _close_pidfd(child)
        if child.pidfd is None and self._timer is None:
            self._timer = self._reactor.call_later(_REAP_INTERVAL, self._reap_by_timer)

    def _reap_by_timer(self) -> None:
        self._timer = None
        self.reap()
        if self._reactor is not None and any(child.pidfd is None for child in self._children.values()):
            self._timer = self._reactor.call_later(_REAP_INTERVAL, self._reap_by_timer)

    def reap(self) -> int:
        """Reap the children that have ended; returns how many have not."""
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
            # Other code has reaped it, or SIGCHLD is ignored (waitpid(2)): its exit status cannot be known.
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
        """Watch the live children by another loop from now on."""
        self._reactor = reactor
        for child in list(self._children.values()):
            self._watch(child)

    def leave_loop(self) -> None:
        """Stop watching the children; they can still be signalled and waited for."""
        for child in self._children.values():
            self._unwatch(child)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._reactor = None

    def forget(self) -> None:
        """Stop watching and waiting: the children end on their own.

        A child that has ended is reaped when any Children of this process forks, reaps or waits next.
        """
        for child in self._children.values():
            self._unwatch(child)
            _close_pidfd(child)
            _forgotten.add(child.pid)

    def send_signal(self, number: signal.Signals, *, to: Callable[[AboutT], bool] | None = None) -> None:
        """Send a signal to all children, or to those whose value ``to`` accepts; from any thread."""
        for child in list(self._children.values()):
            if to is None or to(child.about):
                # The child was not reaped, so its pid is still its own, but it may have ended.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, number)

    def wait(self, timeout: float | None = None) -> int:
        """Wait until all children have ended, at most ``timeout`` seconds; returns how many have not."""
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
