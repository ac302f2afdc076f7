"""Serving: how anything that serves opens, enters a loop, leaves it and closes; one server or many alike.

It knows the lifecycle table and a reactor. What is opened and what is done in the loop is the subclass's: a server has
a listener and an acceptor, a group has servers. ``serve_forever`` is ``attach`` to a reactor of its own, ``run`` is
that with the signals that a program is ended by.

Ctrl-C may come between any two steps, and again while the first one is obeyed: each step of an end may be taken again,
and ``server_close`` takes those that are left.
"""

import contextlib
import math
import signal
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import IntEnum
from functools import partial
from types import TracebackType
from typing import Final, Self, TypeAlias

from typedserver.callers import is_called_by
from typedserver.draining import CUT_GRACE, DrainReport
from typedserver.errors import LifecycleError
from typedserver.inheritance import generation
from typedserver.lifecycle import State, Step, after
from typedserver.protocols import Reactor
from typedserver.signals import handled_by

# socketserver's own interval between two calls of service_actions, in seconds.
DEFAULT_POLL_INTERVAL: Final = 0.5

Ended: TypeAlias = Callable[[BaseException | None], object]
"""Called once when a server has left a loop, with what made it leave: None for a stop that was asked for."""


class Attachment:
    """A server's place in a loop; made by ``attach``."""

    __slots__ = ("_ended", "_leave", "attached", "reactor")

    def __init__(self, reactor: Reactor, leave: "Callable[[Attachment], object]", ended: Ended) -> None:
        self.reactor: Reactor = reactor
        self.attached: bool = True
        self._leave = leave
        self._ended = ended

    def detach(self) -> None:
        """Leave the loop: nothing more is accepted, running requests go on. Loop's thread only; idempotent."""
        self.end(None)

    def end(self, error: BaseException | None) -> None:
        """Leave the loop because of an error; as ``detach`` without one."""
        if self.attached:
            self.attached = False
            try:
                self._leave(self)
            finally:
                self._ended(error)


class _End:
    """The end of one run of a loop: an Event that Ctrl-C can interrupt anywhere.

    The lock of threading's own stays locked where it comes as that is entered; of this one, no step is harmed.
    """

    __slots__ = ("_lock", "_reached")

    def __init__(self, *, reached: bool) -> None:
        self._reached = reached
        self._lock = threading.Lock()
        self._lock.acquire()

    def reach(self) -> None:
        """Wake all who wait; another call does nothing more."""
        self._reached = True
        # Held by whoever has just been woken, or by nobody: either way it is to be had.
        with contextlib.suppress(RuntimeError):
            self._lock.release()

    def wait(self) -> None:
        """Wait until it is reached."""
        try:
            if not self._reached:
                self._lock.acquire()
        finally:
            if self._reached:
                self.reach()


def is_closed(reactor: Reactor) -> bool:
    """Whether a loop says that it is closed, as asyncio's and uvloop's do."""
    is_closed = getattr(reactor, "is_closed", None)
    return bool(is_closed is not None and is_closed())


def _raise_in_loop(error: BaseException | None) -> None:
    if error is not None:
        raise error


# The first drains, the second cuts; who asks again wants out of what neither has ended.
_SIGNALS_OBEYED: Final = 2


class Exit(IntEnum):
    """The exit status of a program that has run a server."""

    DRAINED = 0
    """Every request that was accepted came to its end."""
    DEADLINE = 3
    """Some were cut when the time was over that the drain had."""
    CUT = 130
    """Some were cut by a second signal: 128 and the number of Ctrl-C's."""


class Serving(ABC):
    """The life of a server, over what a subclass does for its parts."""

    def __init__(self, reactor_factory: Callable[[], Reactor]) -> None:
        self._reactor_factory = reactor_factory
        # Of the process that it serves in: in a forked child it is a copy.
        self._generation = generation()
        self._state = State.NEW
        self._state_lock = threading.Lock()
        self._own_reactor: Reactor | None = None
        self._attachment: Attachment | None = None
        self._loop_thread: int | None = None
        # While a loop of its own runs, the thread that runs it: longer than it is attached to it.
        self._own_loop_thread: int | None = None
        self._close_lock = threading.Lock()
        self._stop_requested = False
        # Of the loop of its own that runs, or has run last; and of the attachment to any loop.
        self._loop_end = _End(reached=True)
        self._left = _End(reached=True)
        # Until when it drains, by the monotonic clock; None: it does not.
        self._drain_until: float | None = None
        # What is called when it drains, by the identity of what it concerns: mostly a request.
        self._told: dict[int, Callable[[], object]] = {}
        self._suspended = False

    @abstractmethod
    def _open_parts(self) -> None:
        """Open what is not open yet; where that fails, nothing is left open that was not before."""

    @abstractmethod
    def _retract_parts(self) -> None:
        """Close what ``_open_parts`` opened, so that it may be opened again."""

    @abstractmethod
    def _start_parts(self, attachment: Attachment, poll_interval: float) -> None:
        """Begin to serve in the attachment's loop; what ends that by itself calls ``attachment.end``."""

    def _halt_parts(self) -> None:
        """Begin nothing more, as ``_stop_parts`` is to follow; from any thread or signal handler, so without a lock."""

    @abstractmethod
    def _stop_parts(self) -> None:
        """Leave the loop, in its thread; again, where that was interrupted."""

    @abstractmethod
    def _close_parts(self) -> None:
        """Close what is open, and wait for workers; again, where that was interrupted."""

    @abstractmethod
    def _drain_seconds(self) -> float | None:
        """Return how long running requests have when it drains, as configured; None: for ever."""

    @abstractmethod
    def _tell_parts_to_drain(self, until: float) -> None:
        """Tell the handlers, and cut them all where the time is over; from any thread or signal handler, again."""

    @abstractmethod
    def _drain_parts(self, attachment: Attachment, until: float, /) -> None:
        """Begin to drain, in the loop, and detach when that is over; again, with an earlier end."""

    @abstractmethod
    def _report_of_parts(self) -> DrainReport | None:
        """Tell what the drain has come to, so far or in the end; None where none has begun."""

    @abstractmethod
    def _suspend_parts(self, *, suspended: bool) -> None:
        """Stop or start accepting, in the loop."""

    def reload(self) -> None:
        """Take over what has changed outside, where there is anything; hook, called for SIGHUP by ``run``."""

    def _in_worker(self) -> bool:
        """Whether this thread is serving a request of this server."""
        return self._is_copy()

    def _is_copy(self) -> bool:
        return self._generation != generation()

    @property
    def state(self) -> State:
        """Where it stands in its life."""
        return self._state

    @property
    def draining(self) -> bool:
        """Whether it is on its way to stop and wants its handlers to end."""
        return self._drain_until is not None and self._state is not State.CLOSED

    @property
    def suspended(self) -> bool:
        """Whether it accepts nothing until ``resume``."""
        return self._suspended

    @property
    def drain_report(self) -> DrainReport | None:
        """What the drain has come to, so far or in the end; None where none has begun."""
        return self._report_of_parts()

    # Opening and closing

    def open(self) -> Self:
        """Open what it listens on, if that is not done; returns the server itself.

        Raises ListenError where that can not be opened, LifecycleError after a close.
        """
        with self._state_lock:
            state = after(self._state, Step.OPEN)
            self._open_parts()
            self._state = state
        return self

    def retract(self) -> None:
        """Take an ``open`` back: what it opened is closed, and may be opened again. Does nothing while it serves."""
        with self._state_lock:
            if self._state is State.LISTENING and self._own_loop_thread is None:
                self._retract_parts()
                self._state = after(self._state, Step.RETRACT)

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.server_close()

    def server_close(self) -> None:
        """Close what is open, then wait for workers as their recipes say; a second call does nothing.

        A loop that runs in another thread is shut down first. Where Ctrl-C has interrupted it, or has ended
        ``serve_forever`` in the middle of its end, another call does what is left. Raises LifecycleError from a worker,
        from the loop's own thread while it runs, and in a forked child: each would wait for itself.
        """
        if self._in_worker():
            raise LifecycleError(f"{self!r} can not be closed by one of its workers: use request_stop()")
        while not self._closed_if_idle():
            self._leave_loop()
        with self._close_lock:
            try:
                self._close_parts()
            finally:
                if self._own_reactor is not None:
                    self._own_reactor.close()

    def _closed_if_idle(self) -> bool:
        with self._state_lock:
            if self._own_loop_thread is not None or self._attachment is not None:
                return False
            self._state = after(self._state, Step.CLOSE)
            return True

    def _leave_loop(self) -> None:
        attachment = self._attachment
        if self._own_loop_thread == threading.get_ident():
            if self._serves_here():
                raise LifecycleError(f"{self!r} can not be closed inside its own loop: use request_stop()")
            self._end_own_loop(attachment)
        elif self._own_loop_thread is not None:
            # Of this run: before the wait, somebody may begin another one.
            end = self._loop_end
            self.request_stop()
            end.wait()
        elif attachment is None:
            return
        elif (
            self._loop_thread == threading.get_ident()
            or is_closed(attachment.reactor)
            # A loop of its own that runs no more: it was interrupted in its end.
            or attachment.reactor is self._own_reactor
        ):
            self._detach(attachment)
        else:
            raise LifecycleError(f"{self!r} is attached to a loop: detach() there before it is closed elsewhere")

    def _serves_here(self) -> bool:
        """Whether a loop of its own runs in this thread; what says so may be left from one that was interrupted."""
        return is_called_by(_SERVES, lambda server: server is self)

    def enter_worker(self) -> None:
        """In a forked worker process: begin a life there, with what the parent has opened.

        The parent's loop, its threads and whoever held a lock are not in this process.
        """
        suspended = self._suspended
        Serving.__init__(self, self._reactor_factory)
        self._suspended = suspended
        self._state = State.LISTENING

    # Serving

    def serve_forever(self, poll_interval: float = DEFAULT_POLL_INTERVAL) -> None:
        """Serve until ``shutdown`` or ``request_stop``, in the thread that calls; opens what is not open.

        poll_interval: how often an overridden ``service_actions`` is called, in seconds. Nothing else polls.

        A stop that was asked for before is kept, and ends it at once. Raises ListenError where something can not be
        opened, LifecycleError where it was closed or serves already, and whatever ended the loop otherwise: a fatal
        error of a listener, a BaseException that is no Exception out of a handler that ran in the loop.
        """
        self._serve(lambda attachment: self._start_parts(attachment, poll_interval))

    def _serve(self, start: Callable[[Attachment], object]) -> None:
        reactor = self._reactor()
        failures: list[BaseException] = []
        running = False

        def ended(error: BaseException | None) -> None:
            # Recorded rather than raised: asyncio's and uvloop's loops would only log it.
            if error is not None:
                failures.append(error)
            # A stop outside the run would be kept by the loop, and end its next run.
            if running:
                reactor.stop()

        attachment = self._attach(reactor, ended, start, own=True)
        try:
            if attachment.attached:
                running = True
                reactor.run_forever()
        finally:
            running = False
            self._end_own_loop(attachment)
        if failures:
            raise failures[0]

    def _reactor(self) -> Reactor:
        with self._state_lock:
            after(self._state, Step.SERVE)
            if self._own_reactor is None:
                self._own_reactor = self._reactor_factory()
            return self._own_reactor

    def attach(
        self, reactor: Reactor, *, ended: Ended = _raise_in_loop, poll_interval: float = DEFAULT_POLL_INTERVAL
    ) -> Attachment:
        """Serve in a loop that somebody else runs, until ``detach``, ``request_stop`` or ``shutdown``.

        reactor: the loop, asyncio's and uvloop's included; call this in the thread that runs it.
        ended: called once when the server has left the loop, with the exception that made it leave, or None where that
        was asked for; unless given, the exception is raised in the loop.
        poll_interval: as for ``serve_forever``.

        Opens what is not open. Raises as ``serve_forever`` does.
        """
        return self._attach(reactor, ended, lambda attachment: self._start_parts(attachment, poll_interval))

    def _attach(
        self, reactor: Reactor, ended: Ended, start: Callable[[Attachment], object], *, own: bool = False
    ) -> Attachment:
        attachment = Attachment(reactor, self._exit_loop, ended)
        while (ending := self._enter_loop(attachment, own=own)) is not None:
            ending.wait()
        try:
            start(attachment)
        except BaseException:
            if own:
                self._end_own_loop(attachment)
            else:
                self._detach(attachment)
            raise
        if self._suspended:
            self._suspend_parts(suspended=True)
        if self._stop_requested:
            attachment.detach()
        elif self._drain_until is not None:
            self._drain_in_loop(attachment)
        return attachment

    def _enter_loop(self, attachment: Attachment, *, own: bool) -> _End | None:
        """Take the attachment; returns the end to be waited for, where another thread is still leaving its loop."""
        with self._state_lock:
            state = after(self._state, Step.SERVE)
            if self._own_loop_thread not in (None, threading.get_ident()):
                return self._loop_end
            self._open_parts()
            # The state last, and by _exit_loop first: what is serving has an attachment to be ended.
            if own:
                self._own_loop_thread = threading.get_ident()
                self._loop_end = _End(reached=False)
            self._left = _End(reached=False)
            self._loop_thread = threading.get_ident()
            self._attachment = attachment
            self._state = state
            return None

    def _detach(self, attachment: Attachment) -> None:
        """Have it leave the loop, also where it was interrupted at that before."""
        attachment.detach()
        if self._attachment is attachment:
            self._exit_loop(attachment)

    def _exit_loop(self, attachment: Attachment) -> None:
        failure: Exception | None = None
        try:
            self._stop_parts()
        except Exception as error:  # noqa: BLE001 - raised below; an interrupt instead leaves all of this to the next call
            failure = error
        with self._state_lock:
            if self._attachment is attachment:
                if self._state is State.SERVING:
                    self._state = after(self._state, Step.STOP)
                self._stop_requested = False
                self._attachment = None
                self._loop_thread = None
                self._left.reach()
        if failure is not None:
            raise failure

    def _end_own_loop(self, attachment: Attachment | None) -> None:
        try:
            if attachment is not None:
                self._detach(attachment)
        finally:
            with self._state_lock:
                self._loop_end.reach()
                self._own_loop_thread = None

    # Stopping

    def request_stop(self) -> None:
        """Have it stop serving, without waiting: from any thread or signal handler, any number of times.

        Before serving it is kept for the next ``serve_forever``. In a loop that is not its own, it leaves that loop.
        Raises LifecycleError in a forked child, whose server is in another process.
        """
        # No lock is taken: a signal handler may have interrupted the thread that holds it.
        self._check_that_it_is_here()
        self._stop_requested = True
        self._halt_parts()
        attachment = self._attachment
        if attachment is None:
            return
        if is_closed(attachment.reactor):
            # Whoever ran the loop has forgotten to detach: nothing will ever run in it again.
            attachment.detach()
        else:
            attachment.reactor.call_soon_threadsafe(attachment.detach)

    def shutdown(self) -> None:
        """Stop serving and wait until the loop has ended; running requests go on.

        Any thread may call it, a handler in a thread of its own included. In a loop that is not its own it leaves that
        loop and waits for nothing. Raises LifecycleError from the serving thread itself, and in a forked child.
        """
        self._check_that_it_is_here()
        ident = threading.get_ident()
        if self._own_loop_thread == ident and self._serves_here():
            raise LifecycleError(f"shutdown() in the serving thread of {self!r} would wait for itself: request_stop()")
        attachment = self._attachment
        if self._own_loop_thread == ident:
            self._end_own_loop(attachment)
        elif attachment is not None and self._own_loop_thread is None and self._loop_thread == ident:
            attachment.detach()
        else:
            end = self._loop_end
            self.request_stop()
            end.wait()

    # Draining

    def request_drain(self, deadline: float | None = None) -> None:
        """Have it drain and then stop, without waiting: from any thread or signal handler, any number of times.

        deadline: seconds that running requests have from now before they are cut, 0 cuts at once; None: as configured.
        A later call can only bring that forward.

        New clients are refused by the kernel from now on, where it can do so; who has connected before is served, also
        from the kernel's queue. Handlers see ``draining``; connections that wait between two messages end. When all is
        over, or cut, ``serve_forever`` returns. Before serving it is kept for the next ``serve_forever``.

        Raises LifecycleError in a forked child, whose server is in another process.
        """
        self._check_that_it_is_here()
        seconds = self._drain_seconds() if deadline is None else deadline
        until = math.inf if seconds is None else time.monotonic() + max(0.0, seconds)
        if self._drain_until is None or until < self._drain_until:
            self._drain_until = until
        # Here and now: the loop may sit in a handler that waits for exactly this.
        self._tell_parts_to_drain(self._drain_until)
        self._tell_that_it_drains()
        attachment = self._attachment
        if attachment is None:
            return
        if is_closed(attachment.reactor):
            attachment.detach()
        else:
            attachment.reactor.call_soon_threadsafe(partial(self._drain_in_loop, attachment))

    def call_when_draining(self, about: object, callback: Callable[[], object]) -> None:
        """Have a function called when it is asked to drain, each time, and now where it was before; from any thread.

        about: what that concerns, alive until ``forget_when_draining``. What concerns a request is forgotten with it.
        callback: called in any thread or in a signal handler; it must not wait, nor raise.
        """
        self._told[id(about)] = callback
        # Afterwards: whoever drains says so first, and looks then.
        if self.draining:
            callback()

    def forget_when_draining(self, about: object) -> None:
        """Take ``call_when_draining`` back; from any thread."""
        if self._told:
            self._told.pop(id(about), None)

    def _tell_that_it_drains(self) -> None:
        for callback in list(self._told.values()):
            callback()

    def drain(self, deadline: float | None = None) -> DrainReport:
        """Serve to the end what has come, then close; returns what it has come to.

        deadline: seconds that running requests have before they are cut; None: as configured (``Deadlines(drain=)``).

        Where nobody serves at the moment, it serves what waits in the kernel's queue, in this thread. Raises
        LifecycleError from a worker, from the loop's own thread (where ``request_drain`` does not wait), and in a
        forked child.
        """
        ident = threading.get_ident()
        if self._in_worker() or (self._loop_thread == ident and self._own_loop_thread is None):
            raise LifecycleError(f"drain() in a thread that serves for {self!r} would wait for itself: request_drain()")
        if self._own_loop_thread == ident and self._serves_here():
            raise LifecycleError(f"drain() in the serving thread of {self!r} would wait for itself: request_drain()")
        self.request_drain(deadline)
        if self._state is State.LISTENING and self._attachment is None and self._own_loop_thread is None:
            # Somebody else may begin to serve just now, and drains then.
            with contextlib.suppress(LifecycleError):
                self._serve(lambda attachment: self._start_parts(attachment, DEFAULT_POLL_INTERVAL))
        while self._attachment is not None or self._own_loop_thread is not None:
            left, end = self._left, self._loop_end
            left.wait()
            end.wait()
        self.server_close()
        return self._report_of_parts() or DrainReport(0, 0, (), 0, 0.0)

    def _drain_in_loop(self, attachment: Attachment) -> None:
        if self._attachment is not attachment or not attachment.attached or self._drain_until is None:
            return
        try:
            with self._state_lock:
                self._state = after(self._state, Step.DRAIN)
            self._drain_parts(attachment, self._drain_until)
        except BaseException as error:  # noqa: BLE001 - asyncio's loops swallow what a callback raises
            attachment.end(error)

    def _time_to_close(self) -> float | None:
        """How long closing waits for workers: as their recipes say (None), or what a drain has left them."""
        if self._drain_until is None or self._drain_until == math.inf:
            return None
        # Reckoned from the deadline, not from now: a drain in the loop has waited for them as long already.
        return max(0.0, self._drain_until + CUT_GRACE - time.monotonic())

    # Accepting or not

    def suspend(self) -> None:
        """Accept nothing until ``resume``; running requests go on, and who comes waits in the kernel's queue.

        From any thread, any number of times, also before serving.
        """
        self._accept_or_not(suspended=True)

    def resume(self) -> None:
        """Accept again after ``suspend``; from any thread, any number of times."""
        self._accept_or_not(suspended=False)

    def _accept_or_not(self, *, suspended: bool) -> None:
        self._check_that_it_is_here()
        self._suspended = suspended
        attachment = self._attachment
        if attachment is not None and not is_closed(attachment.reactor):
            attachment.reactor.call_soon_threadsafe(partial(self._suspend_in_loop, attachment))

    def _suspend_in_loop(self, attachment: Attachment) -> None:
        if self._attachment is attachment and attachment.attached and not self.draining:
            self._suspend_parts(suspended=self._suspended)

    # A program's main thread

    def run(
        self,
        *,
        deadline: float | None = None,
        reload: Callable[[], object] | None = None,
        ready: Callable[[], object] | None = None,
    ) -> int:
        """Serve as a program does, until a signal ends it; returns the exit status, one of ``Exit``.

        deadline: seconds that running requests have once it drains; None: as configured (``Deadlines(drain=)``).
        reload: called for SIGHUP; None: the ``reload`` hook.
        ready: called once in the loop, when it serves.

        The first SIGTERM or SIGINT drains, a second one cuts at once what is left, whichever it is, and a third raises
        KeyboardInterrupt. It closes the server in the end, also where ``serve_forever`` raises. Handlers in threads or
        children go on through all that.

        Main thread alone: raises ValueError in others, as signal.signal does. Raises as ``serve_forever`` does.
        """
        asked = 0

        def end() -> None:
            nonlocal asked
            asked += 1
            if asked > _SIGNALS_OBEYED:
                raise KeyboardInterrupt
            self.request_drain(deadline if asked == 1 else 0.0)

        plan: dict[signal.Signals, Callable[[], object]] = {signal.SIGTERM: end, signal.SIGINT: end}
        if hasattr(signal, "SIGHUP"):
            plan[signal.SIGHUP] = reload or self.reload
        # Before it opens: who finds it open may send a signal at once.
        with handled_by(plan, self._reactor_for_signals):
            try:
                self.open()
                if ready is not None:
                    self._reactor().call_soon_threadsafe(ready)
                self.serve_forever()
            finally:
                self.server_close()
        report = self._report_of_parts()
        if report is None or not report.cut:
            return Exit.DRAINED
        return Exit.CUT if asked > 1 else Exit.DEADLINE

    def _reactor_for_signals(self) -> Reactor:
        return self._reactor()

    def _check_that_it_is_here(self) -> None:
        if self._is_copy():
            raise LifecycleError(f"{self!r} can not be stopped by a forked child: the server is its parent process")


_SERVES: Final = (Serving._serve.__code__,)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # its own, below it
