"""A worker of a Prefork: its life, from the fork to its end.

It knows the server that it runs, and the channel by which it reports its progress and takes orders; nothing of the
other workers, nor of who replaces it. All of this runs in the worker's own process.
"""

import contextlib
import logging
import math
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, cast

from typedserver.events import DrainReport
from typedserver.group import Group
from typedserver.lifetime.tree import leaves
from typedserver.prefork.messages import ANSWER, BEATS, REPORT, Order, Progress, parts_of
from typedserver.prefork.reports import REPORT_INTERVAL, Reports
from typedserver.prefork.worker_server import worker_server
from typedserver.process.channel import Channel
from typedserver.process.handled import Handled
from typedserver.process.inheritance import close_after_fork, leave_all_but, leave_to_parent
from typedserver.process.pidfd import open_pidfd
from typedserver.protocols.endpoints import Listener, Withdrawal
from typedserver.protocols.servers import ListeningServer
from typedserver.server import Server

_log = logging.getLogger("typedserver")

# What the kernel sends for a fault of the process itself: if the process went on, it would commit the fault again, for
# ever.
_FAULTS: Final = frozenset((signal.SIGSEGV, signal.SIGFPE, signal.SIGILL, getattr(signal, "SIGBUS", signal.SIGSEGV)))

# Seconds. Without pidfd_open (Linux 5.3) a worker asks who its parent is: for a second a port may be held in vain.
_PARENT_INTERVAL: Final = 1.0

# Seconds that a worker waits until its parent has taken its last report, or an answer: the parent is up, or has
# stopped.
_PATIENCE_WITH_PARENT: Final = 1.0

# Seconds: the longest wait at once, because poll(2) bounds its milliseconds.
_LONGEST_WAIT: Final = 3600.0


class Worker:
    """A worker's life: it serves until it is asked to stop, or its parent has gone.

    parent: the process that forks it. reports: what its observers report. stop_timeout, heartbeat: Prefork's.
    poll_interval: ``serve_forever``'s.
    answer: returns the parts of the answer to a question of the parent's; what they mean is not known here.

    Made in the parent; all methods are called in the worker, ``begin`` first.
    """

    def __init__(
        self,
        server: "ListeningServer | Group",
        parent: int,
        reports: Reports,
        *,
        stop_timeout: float | None,
        heartbeat: float | None,
        poll_interval: float,
        answer: Callable[[object], Iterable[object]],
    ) -> None:
        self._leaves = [cast("ListeningServer", leaf) for leaf in leaves(server)]
        self._server = worker_server(server)
        self._parent = parent
        self._reports = reports
        self._stop_timeout = stop_timeout
        # Seconds between two beats.
        self._interval = None if heartbeat is None else heartbeat / BEATS
        self._poll_interval = poll_interval
        self._answer = answer
        self._channel: Channel | None = None
        self._has_begun = False
        self._stopping = False
        self._draining = False
        # Until when it drains, by the monotonic clock; whether it has cut what was left; what became of new clients.
        self._until = math.inf
        self._has_cut = False
        self._withdrawals: list[Withdrawal] = []

    def begin(self, listeners: "list[tuple[Server[Any, Any], Listener[object, object]]]", channel: Channel) -> None:
        """Leave to the parent what is the parent's, and take over the server; all signals are blocked at its end."""
        # All of them: the thread below must not take any, so that they come to the main thread.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        self._channel = channel
        self._handled = Handled()
        _leave_signals_to_the_parent(self._handled)
        self._handled.set(signal.SIGTERM, self._stop)
        leave_all_but({listener.fileno() for _, listener in listeners} or {leaf.fileno() for leaf in self._leaves})
        self._reports.enter_worker()
        self._server.enter(self._begin_to_serve, partial(self._report, Progress.BEAT), self._interval)
        for server, listener in listeners:
            server.__lifetime__.servable.listener.adopt(listener)
        # Python runs its handlers when the main thread looks for signals: not for a signal that comes as it begins to
        # wait.
        receiver, self._wake_sender = socket.socketpair()
        receiver.setblocking(False)
        self._wake_sender.setblocking(False)
        signal.set_wakeup_fd(self._wake_sender.fileno(), warn_on_full_buffer=False)
        leave_to_parent(self)
        close_after_fork(self)
        self._obey(channel)
        threading.Thread(target=self._watch, args=(receiver, channel), name="waiting for orders", daemon=True).start()

    def _begin_to_serve(self) -> None:
        self._has_begun = True
        self._report(Progress.BEGUN)

    def leave_in_child(self, _request: object, /) -> None:
        """In a child of the worker's: it reports nothing."""
        self.leave_to_parent()

    def leave_to_parent(self) -> None:
        """In a process that a handler in the worker has forked: report nothing, whatever unwinds here."""
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.close()

    def _report(self, progress: Progress) -> None:
        if self._channel is not None:
            self._channel.send(progress)

    def serve(self) -> None:
        """Serve until the end."""
        try:
            self._server.serve(self._poll_interval)
        except BaseException:
            if not self._has_begun:
                self._report(Progress.FAILED)
            raise
        finally:
            self._report(Progress.LEAVING if self._leaves_somebody_waiting() else Progress.DRAINED)
            try:
                self._server.close()
            finally:
                report = self._server.report() if self._draining else None
                if report is not None:
                    self._report_drain(report)
                if self._channel is not None:
                    self._reports.send(self._channel, _PATIENCE_WITH_PARENT)

    def _leaves_somebody_waiting(self) -> bool:
        """Whether a queue may not be empty that it should have emptied: it was stopped before, or by a handler."""
        if self._stopping or not self._draining:
            return True
        waiting = select.poll()
        for leaf, withdrawal in zip(self._leaves, self._withdrawals, strict=True):
            # A listener whose queue was emptied is closed.
            listening = leaf.fileno()
            if withdrawal != "shared" and listening >= 0:
                waiting.register(listening, select.POLLIN)
        return time.monotonic() < self._until and bool(waiting.poll(0))

    def _report_drain(self, report: DrainReport) -> None:
        if not self._send_all(REPORT, parts_of(report)):
            _log.warning("worker %d could not report its whole drain: its parent did not listen", os.getpid())

    def _send_all(self, what: str, parts: Iterable[object]) -> bool:
        """Send messages, and wait for the parent to read if need be; returns whether all were sent."""
        channel = self._channel
        until = time.monotonic() + _PATIENCE_WITH_PARENT
        return channel is None or all(self._send(channel, what, part, until) for part in parts)

    @staticmethod
    def _send(channel: Channel, what: str, part: object, until: float) -> bool:
        while not channel.send(what, part):
            if time.monotonic() >= until or not channel.wait_for_room(max(0.0, until - time.monotonic())):
                return False
        return True

    def _stop(self, _number: int = 0, _frame: object = None) -> None:
        # A worker that drains ends by itself, and the parent waits for that: to leave at once would lose what waits in
        # the queue.
        if self._stopping or self._draining:
            return
        self._stopping = True
        self._server.stop()
        # Reported here already: the loop may be in a handler, and end when that does.
        self._report(Progress.LEAVING)

    # What the parent orders

    def _obey(self, channel: Channel) -> bool:
        """Do what is ordered; returns whether more orders may come."""
        for what, about in channel.receive():
            try:
                self._obey_one(Order(what), about)
            except Exception:  # noqa: BLE001 - a hook that fails: the other orders must not be missed
                _log.exception("worker %d could not do what it was ordered: %s", os.getpid(), what)
        return not channel.ended

    def _obey_one(self, order: Order, about: Any) -> None:  # noqa: ANN401 - JSON that the other process wrote
        match order:
            case Order.DRAIN:
                self._drain(*about)
            case Order.SUSPEND:
                self._server.suspend()
            case Order.RESUME:
                self._server.resume()
            case Order.RELOAD:
                self._server.reload()
            case Order.ASK:
                self._answer_one(*about)

    def _answer_one(self, number: int, question: object) -> None:
        parts = ((os.getpid(), number, part) for part in self._answer(question))
        # The end of an answer that did not get through would say that all of it had.
        if self._send_all(ANSWER, parts):
            self._send_all(ANSWER, [(os.getpid(), number, None)])

    def _drain(self, until: float, withdrawals: list[Withdrawal]) -> None:
        again = self._draining
        # ``_draining`` comes last: the main thread reads it first, and the other two then.
        self._until, self._withdrawals = until, withdrawals
        self._draining = True
        self._server.drain(until, withdrawals, again=again)

    def _patience(self, pidfd: int | None) -> float | None:
        """Return for how many milliseconds there is nothing to do but wait; None: for ever."""
        until = math.inf if self._has_cut else self._until
        longest = _LONGEST_WAIT if pidfd is not None else _PARENT_INTERVAL
        if self._reports:
            longest = min(longest, REPORT_INTERVAL)
        elif pidfd is not None and until == math.inf:
            return None
        return max(0.0, min(until - time.monotonic(), longest)) * 1000

    def _cut_if_due(self) -> None:
        if not self._has_cut and time.monotonic() >= self._until:
            self._has_cut = True
            self._server.cut()

    def _watch(self, signals: socket.socket, channel: Channel) -> None:
        watched = select.poll()
        watched.register(signals, select.POLLIN)
        watched.register(channel.fileno(), select.POLLIN)
        ordered = True
        pidfd = open_pidfd(self._parent)
        if pidfd is not None:
            watched.register(pidfd, select.POLLIN)
        # Asked for after the pidfd was opened: if the parent had ended before, its pid may be another process's.
        while os.getppid() == self._parent:
            watched.poll(self._patience(pidfd))
            with contextlib.suppress(BlockingIOError):
                if signal.SIGTERM in signals.recv(4096):
                    self._stop()
            if ordered and not self._obey(channel):
                ordered = False
                watched.unregister(channel.fileno())
            self._cut_if_due()
            self._reports.send(channel)
        # The parent has gone: what is in hand is still served. Nobody knows whether the parent had ordered a stop,
        # because SIGTERM may have come to the whole process group.
        self._stop()
        if self._stop_timeout is not None:
            time.sleep(self._stop_timeout)
            os._exit(1)


def _leave_signals_to_the_parent(handled: Handled) -> None:
    """Take no notice of Ctrl-C, nor of what the parent handles: a signal to the group comes to the parent as well."""
    # A wake-up descriptor is the parent's loop's.
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        handler = signal.getsignal(number)
        if not callable(handler) and (number != signal.SIGINT or handler is signal.SIG_IGN):
            continue
        if number in _FAULTS:
            signal.signal(number, signal.SIG_DFL)
        else:
            # A function, because programs that a worker starts would inherit SIG_IGN.
            handled.set(number, _leave_it_to_the_parent)


def _leave_it_to_the_parent(_number: int, _frame: object) -> None:
    """Go on."""
