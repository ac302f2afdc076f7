"""Forks: each request in a child process of its own."""

import contextlib
import os
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NoReturn

from typedserver.config import check_at_least, recipe_repr
from typedserver.drive import drive
from typedserver.errors import ChildFailed, CompositionError
from typedserver.pidfd import open_pidfd
from typedserver.protocols import ConcurrencyStrategy, Dispatcher, Reactor, RequestProcessor, TimerHandle

# socketserver's own bound.
DEFAULT_MAX_CHILDREN: Final = 40

# Without pidfd_open (Linux 5.3) an ended child is found by asking, and only while there are children: often enough
# that none is a zombie for a second, seldom enough to cost nothing.
_REAP_INTERVAL: Final = 0.1

# How often close() asks for its children when it may not wait for ever.
_CLOSE_INTERVAL: Final = 0.005


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Forks:
    """Serve each request in a forked child: memory of its own, and a crash ends one request alone. POSIX only.

    max_children: how many may run at once; accepting pauses at the bound.
    block_on_close: whether closing the server waits for the children.

    Raises RecipeError for a bound below 1, CompositionError where the platform can not fork.
    """

    max_children: int = DEFAULT_MAX_CHILDREN
    block_on_close: bool = True

    def __post_init__(self) -> None:
        check_at_least("Forks", "max_children", self.max_children, 1, "give the most children to run at once")
        if not hasattr(os, "fork"):
            raise CompositionError("Forks() needs fork(), which this platform lacks: use Threads()")

    def start(self, processor: RequestProcessor[object], reactor: Reactor | None, /) -> Dispatcher:
        """Begin work for a server."""
        return _ForksDispatcher(self, processor, reactor)

    __repr__ = recipe_repr


_conforms: type[ConcurrencyStrategy[object]] = Forks


@dataclass(slots=True)
class _Child:
    """A running child, and what its end must report. ``pidfd`` is None where the kernel has none."""

    pid: int
    pidfd: int | None
    request: Any
    client_address: Any


def _flush_standard_streams() -> None:
    # Before a fork: what lies in the buffers would be written by parent and child. Before a child's end: os._exit
    # flushes nothing. A stream that was closed or replaced by None is nobody's loss.
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            stream.flush()


def _forget_the_parents_signals() -> None:
    """In a child: take over none of what a signal means to the server."""
    # A wake-up descriptor is the parent's loop's: asyncio would take the child's signals for its own.
    signal.set_wakeup_fd(-1)
    if callable(signal.getsignal(signal.SIGTERM)):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if callable(signal.getsignal(signal.SIGINT)):
        # Ctrl-C reaches the whole process group: the parent stops by it, and its children finish what they have.
        # A function rather than SIG_IGN, which a program that the handler starts would inherit.
        signal.signal(signal.SIGINT, _finish_first)


def _finish_first(_number: int, _frame: object) -> None:
    """Let the request be served to its end."""


def _exit_status(end: SystemExit) -> int:
    match end.code:
        case None:
            return 0
        case int(code):
            return code & 0xFF
        case message:
            print(message, file=sys.stderr)  # noqa: T201 - what the interpreter does with sys.exit("message")
            return 1


class _ForksDispatcher:
    """Keeps the table of live children and reaps each when the kernel says that it has ended."""

    __slots__ = ("_children", "_processor", "_reactor", "_recipe", "_timer")

    def __init__(self, recipe: Forks, processor: RequestProcessor[object], reactor: Reactor | None) -> None:
        self._recipe = recipe
        self._processor = processor
        self._reactor = reactor
        self._children: dict[int, _Child] = {}
        self._timer: TimerHandle | None = None

    @property
    def has_capacity(self) -> bool:
        return len(self._children) < self._recipe.max_children

    def process_request(self, request: Any, client_address: Any, /) -> None:
        _flush_standard_streams()
        # A signal between the fork and the child's own care would raise in the child what is the parent's to handle.
        unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            try:
                pid = os.fork()
            except OSError as error:
                # EAGAIN, ENOMEM (fork(2)): this client is refused, the server goes on.
                self._processor.close_request(request)
                self._processor.release(request, client_address, error)
                return
            if pid == 0:
                self._serve_in_child(request, client_address, unblocked)
            self._watch(_Child(pid, open_pidfd(pid) if self._reactor else None, request, client_address))
            self._processor.close_request(request)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)

    def _serve_in_child(self, request: Any, client_address: Any, unblocked: "set[int | signal.Signals]") -> NoReturn:
        # Whatever happens, this process must never return into the parent's loop.
        status = 1
        try:
            _forget_the_parents_signals()
            signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
            for child in self._children.values():
                if child.pidfd is not None:
                    os.close(child.pidfd)
            self._processor.enter_child(request)
            drive(self._processor.serve_request(request, client_address))
            status = 0
        except SystemExit as end:
            status = _exit_status(end)
        except BaseException:  # noqa: BLE001 - there is nobody left to raise it to
            traceback.print_exc()
        finally:
            try:
                _flush_standard_streams()
            finally:
                os._exit(status)

    def _watch(self, child: _Child) -> None:
        self._children[child.pid] = child
        if self._reactor is None:
            return
        if child.pidfd is not None:
            self._reactor.add_reader(child.pidfd, partial(self._reap, child))
        elif self._timer is None:
            self._timer = self._reactor.call_later(_REAP_INTERVAL, self._reap_by_timer)

    def _reap_by_timer(self) -> None:
        self._timer = None
        self.service_actions()
        if self._reactor is not None and any(child.pidfd is None for child in self._children.values()):
            self._timer = self._reactor.call_later(_REAP_INTERVAL, self._reap_by_timer)

    def service_actions(self) -> None:
        """Reap the children that have ended."""
        for child in list(self._children.values()):
            self._reap(child)

    def _reap(self, child: _Child, *, wait: bool = False) -> bool:
        """Take note of a child's end; returns False if it is still running."""
        try:
            pid, wait_status = os.waitpid(child.pid, 0 if wait else os.WNOHANG)
        except ChildProcessError:
            # Somebody else has reaped it, or SIGCHLD is ignored (waitpid(2)): how it ended can not be known.
            wait_status = 0
        else:
            if pid == 0:
                return False
        if self._children.pop(child.pid, None) is None:
            return True
        self._unwatch(child)
        status = os.waitstatus_to_exitcode(wait_status)
        error = ChildFailed(child.pid, status) if status else None
        self._processor.release(child.request, child.client_address, error)
        return True

    def _unwatch(self, child: _Child) -> None:
        if child.pidfd is not None:
            if self._reactor is not None:
                self._reactor.remove_reader(child.pidfd)
            os.close(child.pidfd)
            child.pidfd = None

    def drain(self) -> None:
        """Send every child SIGTERM."""
        for child in list(self._children.values()):
            self._signal(child, signal.SIGTERM)

    def cut(self, request: Any, /) -> None:
        """Kill the child that serves this request."""
        for child in list(self._children.values()):
            if child.request is request:
                self._signal(child, signal.SIGKILL)

    def _signal(self, child: _Child, number: signal.Signals) -> None:
        # It may have ended, but it was not reaped: its pid is still its own.
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, number)

    def _left(self, *, wait: bool) -> list[_Child]:
        return [child for child in list(self._children.values()) if not self._reap(child, wait=wait)]

    def close(self, timeout: float | None = None, /) -> int:
        """Wait for the children, unless the recipe says not to."""
        deadline = None if timeout is None else time.monotonic() + timeout
        wait = self._recipe.block_on_close
        while self._left(wait=wait and deadline is None):
            if not wait or (deadline is not None and time.monotonic() >= deadline):
                break
            time.sleep(_CLOSE_INTERVAL)
        if not wait:
            # Nobody will watch them any more; they end on their own, as orphans.
            for child in self._children.values():
                self._unwatch(child)
        return len(self._children)
