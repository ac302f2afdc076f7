"""A worker of a Prefork: its life, from the fork to its end.

It knows the server that it runs, and the channel by which it tells how far it has come and is told what to do; nothing
of its siblings, nor of who replaces it. All of this runs in the worker's own process.
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
from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast

from typedserver.events import DrainReport
from typedserver.group import Group
from typedserver.lifetime import foreign
from typedserver.lifetime.serving import Serving
from typedserver.lifetime.tree import leaves, nodes
from typedserver.prefork.messages import BEATS, REPORT, Order, Progress, parts_of
from typedserver.prefork.sharing import is_server
from typedserver.process.channel import Channel
from typedserver.process.inheritance import leave_all_but
from typedserver.process.pidfd import open_pidfd
from typedserver.protocols.endpoints import Listener, Withdrawal
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.servers import ListeningServer
from typedserver.server import Server

_log = logging.getLogger("typedserver")

# What the kernel sends for a fault of the process itself: where that goes on, it commits the fault again, for ever.
_FAULTS: Final = frozenset((signal.SIGSEGV, signal.SIGFPE, signal.SIGILL, getattr(signal, "SIGBUS", signal.SIGSEGV)))

# Without pidfd_open (Linux 5.3) a worker asks who its parent is: a second is not long for a port to be held in vain.
_PARENT_INTERVAL: Final = 1.0


# How long a worker that ends waits for its parent to take what it tells last: the parent is up, or stopped itself.
_LAST_WORDS: Final = 1.0

# The longest that is waited at once: what poll(2) may be given in milliseconds is bounded.
_LONGEST_WAIT: Final = 3600.0


class Worker:
    """A worker's life: it serves until it is told to stop, or its parent has gone.

    parent: who made it. stop_timeout, heartbeat: Prefork's. poll_interval: ``serve_forever``'s.

    Made in the parent; all methods are called in the worker, ``begin`` first.
    """

    def __init__(
        self,
        server: "ListeningServer | Group",
        parent: int,
        *,
        stop_timeout: float | None,
        heartbeat: float | None,
        poll_interval: float,
    ) -> None:
        self._server = server
        self._parent = parent
        self._stop_timeout = stop_timeout
        # Seconds between two beats.
        self._interval = None if heartbeat is None else heartbeat / BEATS
        self._poll_interval = poll_interval
        self._channel: Channel | None = None
        self._stopping = False
        self._draining = False
        # Until when it drains, by the monotonic clock; whether it has cut what was left; what became of new clients.
        self._until = math.inf
        self._has_cut = False
        self._withdrawals: list[Withdrawal] = []

    def begin(self, listeners: "list[tuple[Server[Any, Any], Listener[Any, Any]]]", channel: Channel) -> None:
        """Leave to the parent what is the parent's, and take over the server; all signals are held back at its end."""
        # All of them: so they are for the life of the thread below, and are the main thread's to take.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        self._channel = channel
        _leave_signals_to_the_parent()
        signal.signal(signal.SIGTERM, self._stop)
        leave_all_but(
            {listener.fileno() for _, listener in listeners}
            or {cast("ListeningServer", leaf).fileno() for leaf in leaves(self._server)}
        )
        for server in nodes(self._server):
            if isinstance(server, Serving):
                server.__enter_worker__(self._loop_begins if server is self._server else None)
        for server, listener in listeners:
            server.__lifetime__.servable.listener.adopt(listener)
        if not isinstance(self._server, Serving):
            self._enter_foreign_loop(self._server)
        # Python's handlers run when the main thread looks for signals: not where one comes as it begins to wait.
        receiver, self._told = socket.socketpair()
        receiver.setblocking(False)
        self._told.setblocking(False)
        signal.set_wakeup_fd(self._told.fileno(), warn_on_full_buffer=False)
        os.register_at_fork(after_in_child=_take_no_signals_of_the_worker)
        os.register_at_fork(after_in_child=channel.close)
        self._obey(channel)
        threading.Thread(target=self._watch, args=(receiver, channel), name="waiting for orders", daemon=True).start()

    def _tell(self, progress: Progress) -> None:
        if self._channel is not None:
            self._channel.send(progress)

    def _loop_begins(self, reactor: Reactor) -> None:
        self._tell(Progress.BEGUN)
        if self._interval is not None:
            self._beat(reactor, self._interval)

    def _beat(self, reactor: Reactor, interval: float) -> None:
        self._tell(Progress.BEAT)
        reactor.call_later(interval, partial(self._beat, reactor, interval))

    def _enter_foreign_loop(self, server: ListeningServer) -> None:
        beat: Callable[[], object] | None = None
        if self._interval is not None:
            # What it does after each request, and every poll_interval: half of both together.
            interval = self._interval / 2
            self._poll_interval = min(self._poll_interval, interval)
            beat = _at_most_every(interval, partial(self._tell, Progress.BEAT))
        foreign.call_in_its_loop(server, begun=partial(self._tell, Progress.BEGUN), turned=beat)

    def serve(self) -> None:
        """Serve until the end."""
        try:
            self._server.serve_forever(self._poll_interval)
        finally:
            self._tell(Progress.LEAVING if self._leaves_somebody_waiting() else Progress.DRAINED)
            self._server.server_close()
            if self._draining and isinstance(self._server, Serving) and self._server.drain_report is not None:
                self._tell_report(self._server.drain_report)

    def _leaves_somebody_waiting(self) -> bool:
        """Whether a queue that it was to empty may not be: it was told to stop before, or a handler has stopped it."""
        if self._stopping or not self._draining:
            return True
        waiting = select.poll()
        for leaf, withdrawal in zip(leaves(self._server), self._withdrawals, strict=True):
            # What was emptied is closed.
            listening = cast("ListeningServer", leaf).fileno()
            if withdrawal != "shared" and listening >= 0:
                waiting.register(listening, select.POLLIN)
        return time.monotonic() < self._until and bool(waiting.poll(0))

    def _tell_report(self, report: DrainReport) -> None:
        if self._channel is None:
            return
        until = time.monotonic() + _LAST_WORDS
        for part in parts_of(report):
            while not self._channel.send(REPORT, part):
                if not self._channel.wait_for_room(max(0.0, until - time.monotonic())):
                    _log.warning("worker %d could not tell all about its drain: its parent did not listen", os.getpid())
                    return

    def _stop(self, _number: int = 0, _frame: object = None) -> None:
        # Who drains comes to its end, and is waited for: to leave at once would lose what waits in the queue.
        if self._stopping or self._draining:
            return
        self._stopping = True
        if isinstance(self._server, Serving):
            self._server.request_stop()
        else:
            foreign.stop(self._server)
        # Told here already: the loop may be in a handler, and end when that does.
        self._tell(Progress.LEAVING)

    # What the parent orders

    def _obey(self, channel: Channel) -> bool:
        """Do what is ordered; returns whether more may be."""
        for what, about in channel.receive():
            try:
                self._obey_one(Order(what), about)
            except Exception:  # noqa: BLE001 - a hook that fails: what else is ordered must not be missed
                _log.exception("worker %d could not do what it was ordered: %s", os.getpid(), what)
        return not channel.ended

    def _obey_one(self, order: Order, about: Any) -> None:
        server = self._server
        if order is Order.DRAIN:
            self._drain(*about)
        elif isinstance(server, Serving):
            match order:
                case Order.SUSPEND:
                    server.suspend()
                case Order.RESUME:
                    server.resume()
                case Order.RELOAD:
                    server.reload()

    def _drain(self, until: float, withdrawals: list[Withdrawal]) -> None:
        again = self._draining
        # That it drains comes last: the main thread may be about to ask for all of it.
        self._until, self._withdrawals = until, withdrawals
        self._draining = True
        if isinstance(self._server, Serving):
            for leaf, withdrawal in zip(leaves(self._server), withdrawals, strict=True):
                if is_server(leaf):
                    leaf.__lifetime__.servable.listener.note_withdrawal(withdrawal)
            self._server.request_drain(max(0.0, until - time.monotonic()))
        elif not (again or self._stopping):
            foreign.stop_when_its_queue_is_empty(self._server, withdrawals[0], until)

    def _patience(self, pidfd: int | None) -> float | None:
        """Return for how many milliseconds there is nothing to do but to wait."""
        until = math.inf if self._has_cut else self._until
        if pidfd is not None and until == math.inf:
            return None
        longest = _LONGEST_WAIT if pidfd is not None else _PARENT_INTERVAL
        return max(0.0, min(until - time.monotonic(), longest)) * 1000

    def _cut_if_due(self) -> None:
        if not self._has_cut and time.monotonic() >= self._until:
            self._has_cut = True
            if isinstance(self._server, Serving):
                # Its loop does that by itself, unless it has ended and its workers are being waited for.
                self._server.request_drain(0.0)

    def _watch(self, signals: socket.socket, channel: Channel) -> None:
        watched = select.poll()
        watched.register(signals, select.POLLIN)
        watched.register(channel.fileno(), select.POLLIN)
        ordered = True
        pidfd = open_pidfd(self._parent)
        if pidfd is not None:
            watched.register(pidfd, select.POLLIN)
        # Asked for after the pidfd was opened: the pid of a parent that had ended before may be another's.
        while os.getppid() == self._parent:
            watched.poll(self._patience(pidfd))
            with contextlib.suppress(BlockingIOError):
                if signal.SIGTERM in signals.recv(4096):
                    self._stop()
            if ordered and not self._obey(channel):
                ordered = False
                watched.unregister(channel.fileno())
            self._cut_if_due()
        # The parent has gone: what is in hand is still served. Whether it had told to stop can not be known, since
        # SIGTERM may have come to the whole group.
        self._stop()
        if self._stop_timeout is not None:
            time.sleep(self._stop_timeout)
            os._exit(1)


def _leave_signals_to_the_parent() -> None:
    """Take no notice of Ctrl-C, nor of what the parent handles: to the group it comes to the parent, which decides."""
    # A wake-up descriptor is the parent's loop's.
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        handler = signal.getsignal(number)
        if number in _FAULTS:
            meaning: Any = signal.SIG_DFL
        else:
            # A function, since programs that a worker starts inherit an SIG_IGN.
            meaning = _leave_it_to_the_parent
        if callable(handler) or (number == signal.SIGINT and handler is not signal.SIG_IGN):
            signal.signal(number, meaning)


def _leave_it_to_the_parent(_number: int, _frame: object) -> None:
    """Go on."""


def _take_no_signals_of_the_worker() -> None:
    """In whatever is forked from a worker: SIGTERM ends it, and tells the worker nothing."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _at_most_every(interval: float, function: Callable[[], object]) -> Callable[[], object]:
    """Make of a function one that does nothing when it is called again too soon."""
    due = 0.0

    def called() -> None:
        nonlocal due
        now = time.monotonic()
        if now >= due:
            due = now + interval
            function()

    return called
