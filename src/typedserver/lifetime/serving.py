"""Serving: how a server drains, rests and runs as a program; one server or many alike.

It knows the life that it ends (``lifetime.py``), and the signals that a program is ended by. What is told, emptied and
cut is the subclass's.
"""

import contextlib
import logging
import math
import signal
import threading
import time
from abc import abstractmethod
from collections.abc import Callable
from enum import IntEnum
from functools import partial
from typing import Final

from typedserver.errors import LifecycleError
from typedserver.events import DrainReport
from typedserver.lifetime.attachment import Attachment
from typedserver.lifetime.drain_request import CUT_GRACE
from typedserver.lifetime.lifecycle import State, Step, after
from typedserver.lifetime.lifetime import DEFAULT_POLL_INTERVAL, Lifetime
from typedserver.process.signals import handled_by
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.servers import AnyServer
from typedserver.reactor.calls import call_in_loop

_log = logging.getLogger("typedserver")

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


class Serving(Lifetime):
    """A server that ends without losing what it has accepted, over what a subclass does for its parts."""

    def __init__(self, reactor_factory: Callable[[], Reactor]) -> None:
        super().__init__(reactor_factory)
        # Until when it drains, by the monotonic clock; None: it does not.
        self._drain_until: float | None = None
        # What is called when it drains, by the identity of what it concerns: mostly a request.
        self._told: dict[int, Callable[[], object]] = {}
        self._suspended = False

    @abstractmethod
    def _drain_seconds(self) -> float | None:
        """Return how long running requests have when it drains, as configured; None: for ever."""

    @abstractmethod
    def _tell_parts_to_drain(self, until: float) -> None:
        """Tell the handlers, and cut them all where the time is over; from any thread or signal handler, again."""

    @abstractmethod
    def _drain_parts(self, attachment: Attachment, until: float, /) -> None:
        """Begin to drain, in the loop, and detach when that is over; again, with an earlier end."""

    def _is_drained(self) -> bool:
        return self._state is not State.LISTENING

    @abstractmethod
    def _report_of_parts(self) -> DrainReport | None:
        """Tell what the drain has come to, so far or in the end; None where none has begun."""

    @abstractmethod
    def _suspend_parts(self, *, suspended: bool) -> None:
        """Stop or start accepting, in the loop."""

    @property
    def needs_loop(self) -> str | None:
        """What in it can serve in no loop but one of its own kind; None: it serves in any."""
        return None

    def share_listener(self) -> None:
        """Note that another process has the same listening sockets, and goes on serving them; from any thread.

        A drain then only stops accepting: what waits in the kernel's queue is the other process's to serve, and so is
        the file of a Unix socket.
        """

    @property
    def members(self) -> tuple[AnyServer, ...]:
        """The servers in it: of a Group all of them, of a Prefork the one that runs in each worker; else none."""
        return ()

    def reload(self) -> None:
        """Take over what has changed outside, where there is anything; hook, called for SIGHUP by ``run``."""

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

    def enter_worker(self, begun: Callable[[Reactor], object] | None = None) -> None:
        """In a forked worker process: begin a life there, with what the parent has opened."""
        super().enter_worker(begun)
        self._drain_until = None
        self._told = {}

    def _entered(self, attachment: Attachment) -> None:
        if self._suspended:
            self._suspend_parts(suspended=True)
        if self._drain_until is not None:
            self._drain_in_loop(attachment)

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
        if attachment.reactor.is_closed():
            attachment.detach()
        else:
            call_in_loop(attachment.reactor, partial(self._drain_in_loop, attachment))

    def call_when_draining(self, about: object, callback: Callable[[], object]) -> None:
        """Have a function called when it is asked to drain, each time, and now where it was before; from any thread.

        about: what that concerns, alive until ``forget_when_draining``. What concerns a request is forgotten with it.
        callback: called in any thread or in a signal handler; it must not wait. What it raises is logged.
        """
        self._told[id(about)] = callback
        # Afterwards: whoever drains says so first, and looks then.
        if self._drain_until is not None:
            callback()

    def forget_when_draining(self, about: object) -> None:
        """Take ``call_when_draining`` back; from any thread."""
        if self._told:
            self._told.pop(id(about), None)

    def _tell_that_it_drains(self) -> None:
        for callback in list(self._told.values()):
            try:
                callback()
            except Exception:  # noqa: BLE001 - the others are to be told all the same
                _log.exception("%r failed at being told that the server drains", callback)

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
        if self._own_loop_thread == ident:
            # Its own loop was interrupted in its end.
            self._end_own_loop(self._attachment)
        self.request_drain(deadline)
        may_serve = self._state in (State.LISTENING, State.DRAINING) and not self._is_drained()
        if may_serve and self._attachment is None and self._own_loop_thread is None:
            # What was asked for then is less than this.
            self._stop_requested = False
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

        It holds from the loop's next turn on, and does not wait for that. From any thread, any number of times, also
        before serving.
        """
        self._accept_or_not(suspended=True)

    def resume(self) -> None:
        """Accept again after ``suspend``; from any thread, any number of times."""
        self._accept_or_not(suspended=False)

    def _accept_or_not(self, *, suspended: bool) -> None:
        self._check_that_it_is_here()
        self._suspended = suspended
        attachment = self._attachment
        if attachment is not None and not attachment.reactor.is_closed():
            call_in_loop(attachment.reactor, partial(self._suspend_in_loop, attachment))

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
        asked: Callable[[int], object] | None = None,
    ) -> int:
        """Serve as a program does, until a signal ends it; returns the exit status, one of ``Exit``.

        deadline: seconds that running requests have once it drains; None: as configured (``Deadlines(drain=)``).
        reload: called in the loop for SIGHUP; None: the ``reload`` hook. What it raises is logged.
        ready: called once in the loop, when it serves.
        asked: called in the signal handler for each signal that asks it to end, with how many of these there were.

        The first SIGTERM or SIGINT drains, a second one cuts at once what is left, whichever it is, and a third raises
        KeyboardInterrupt. It closes the server in the end, also where ``serve_forever`` raises. Handlers in threads or
        children go on through all that.

        Main thread alone: raises LifecycleError in others. Raises as ``serve_forever`` does.
        """
        if threading.current_thread() is not threading.main_thread():
            raise LifecycleError(
                f"run() of {self!r} handles signals, which come to the main thread alone: in another, use "
                "`with server: server.serve_forever()` and end it by request_drain()"
            )
        times = 0

        def end() -> None:
            nonlocal times
            times += 1
            if times > _SIGNALS_OBEYED:
                raise KeyboardInterrupt
            if asked is not None:
                asked(times)
            self.request_drain(deadline if times == 1 else 0.0)

        plan: dict[signal.Signals, Callable[[], object]] = {signal.SIGTERM: end, signal.SIGINT: end}
        hook = reload or self.reload

        def reload_in_loop() -> None:
            try:
                hook()
            except Exception:  # noqa: BLE001 - whatever the hook raises, the server goes on
                _log.exception("reloading failed: what was loaded before stays")

        if hasattr(signal, "SIGHUP"):
            reactor = self._reactor()
            # Not in the signal handler: a program's own code is not to run between any two steps of the loop's.
            plan[signal.SIGHUP] = lambda: call_in_loop(reactor, reload_in_loop)
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
        if report is None or not (report.cut or report.left):
            return Exit.DRAINED
        return Exit.CUT if times > 1 else Exit.DEADLINE

    def _reactor_for_signals(self) -> Reactor:
        return self._reactor()
