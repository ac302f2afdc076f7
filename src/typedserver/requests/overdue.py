"""Looking at a table of live requests when one of them may be overdue: in a loop, or in a thread of its own.

It knows the table and its deadlines, nothing of what a request is.
"""

import itertools
import logging
import math
import queue
import threading
import time
from collections.abc import Callable
from typing import Final

from typedserver.protocols.reactors import Reactor, TimerHandle
from typedserver.requests.table import PUNCTUALITY, Live, LiveRequests

_log = logging.getLogger("typedserver")

# Longest pause between two drain notifications, in seconds: a handler that ignored the first ones will not react to
# more frequent ones.
LONGEST_PAUSE: Final = 0.25


class DeadlineTimer:
    """Has a loop look at the table when a request in it may be overdue. All but ``awake`` belongs to the loop's thread.

    awake: whether a look is due already, so that nobody need ask for one.
    """

    __slots__ = ("_reactor", "_table", "_timer", "awake")

    def __init__(self, table: LiveRequests, reactor: Reactor) -> None:
        self._table = table
        self._reactor = reactor
        self._timer: TimerHandle | None = None
        # Without deadlines there is nothing to look for.
        self.awake: bool = table.first_look is None

    def begin(self) -> None:
        """Look when the request that has come now may be overdue."""
        self.awake = True
        self._set(self._table.first_look)

    def _set(self, seconds: float | None) -> None:
        self._timer = None if seconds is None else self._reactor.call_later(seconds, self._look)

    def _look(self) -> None:
        # A request that must be established first has a deadline of its own, which no timer for the others keeps.
        first = self._table.first_look
        seconds = self._table.look()
        if seconds is None or first is None:
            self._timer = None
            self.awake = False
        else:
            self._set(min(seconds, first))

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Watchdog:
    """Looks at the table in a thread of its own, for a loop that is blocked by its handlers.

    quiet, notify: what a Drain does in its loop is done here: handlers are notified again and again, first after
    ``quiet`` seconds, that the server drains.
    awake: whether the thread runs; ``begin`` starts it with the first request.

    It needs no descriptor, so it works when the process has none left. ``drain`` may be called from any thread and from
    a signal handler, because a SimpleQueue's put is reentrant.
    """

    __slots__ = ("_lacks", "_notify", "_orders", "_quiet", "_table", "_thread", "awake")

    _names: Final = itertools.count(1)

    def __init__(self, table: LiveRequests, quiet: float, notify: Callable[[], object]) -> None:
        self._table = table
        self._quiet = quiet
        self._notify = notify
        # The times at which a drain cuts what is left; None ends the thread.
        self._orders: queue.SimpleQueue[float | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        # Whether there was no thread to be had, which was logged.
        self._lacks = False
        self.awake: bool = False

    def begin(self) -> None:
        """Start the thread; if there is none to be had, requests are served all the same, and the next one tries."""
        thread = threading.Thread(target=self._watch, name=f"typedserver deadlines {next(self._names)}", daemon=True)
        try:
            thread.start()
        except (RuntimeError, MemoryError) as error:
            if not self._lacks:
                _log.error("total deadlines, and a drain's, are not kept: no thread can watch them (%s)", error)
            self._lacks = True
            return
        if self._lacks:
            _log.warning("deadlines are kept again: there is a thread to watch them")
        self._lacks = False
        self._thread, self.awake = thread, True

    def _watch(self) -> None:
        try:
            self._watch_until_stopped()
        finally:
            # Whatever has ended it: the next request starts another thread, which finds the orders in the queue.
            self.awake = False

    def _watch_until_stopped(self) -> None:
        first = self._table.first_look
        cut_at = math.inf
        pause: float | None = None
        while True:
            seconds = self._table.look()
            # A request that comes while we wait is due no earlier than ``first`` seconds from now.
            wait = math.inf if first is None else min(first, math.inf if seconds is None else seconds)
            until_cut = cut_at - time.monotonic()
            # A loop that empties its queue begins requests after the cut as well: they are cut soon.
            wait = min(wait, until_cut if until_cut > 0 else PUNCTUALITY, math.inf if pause is None else pause)
            try:
                order = self._orders.get(timeout=None if wait == math.inf else min(wait, threading.TIMEOUT_MAX))
            except queue.Empty:
                if time.monotonic() >= cut_at:
                    self._table.cut_all()
                if pause is not None:
                    self._notify()
                    pause = min(pause * 2, LONGEST_PAUSE)
                continue
            if order is None:
                return
            cut_at = min(cut_at, order)
            pause = pause or self._quiet

    def drain(self, until: float) -> None:
        """Notify handlers that the server drains, and cut every request at this time of the monotonic clock."""
        # The queue keeps the order for a thread that starts later.
        self._orders.put(until)

    def stop(self) -> None:
        """End the thread."""
        thread, self._thread = self._thread, None
        self.awake = False
        if thread is not None:
            self._orders.put(None)
            if thread is not threading.current_thread():
                thread.join()


class Watch:
    """Who looks at the table of one server: each loop by itself, or a thread if handlers block it.

    quiet, notify: see ``Watchdog``.
    """

    __slots__ = ("_notify", "_quiet", "_table", "_watchdog")

    def __init__(self, table: LiveRequests, quiet: float, notify: Callable[[], object]) -> None:
        self._table = table
        self._quiet = quiet
        self._notify = notify
        # Kept from one loop to the next.
        self._watchdog: Watchdog | None = None

    def in_loop(self, reactor: Reactor) -> DeadlineTimer:
        """Return what has this loop look."""
        return DeadlineTimer(self._table, reactor)

    def in_thread(self) -> Watchdog:
        """Return what looks in a thread."""
        if self._watchdog is None:
            self._watchdog = Watchdog(self._table, self._quiet, self._notify)
        return self._watchdog

    def note(self, request: object, client_address: object) -> None:
        """Note a datagram whose coroutine waits in the loop's thread, and have it looked at."""
        self._table.requests.setdefault(id(request), Live(request, client_address, time.monotonic()))
        if self._watchdog is not None and not self._watchdog.awake:
            self._watchdog.begin()

    def drain(self, until: float) -> bool:
        """Have the thread notify handlers, and cut every request at this time; returns whether there is one."""
        if self._watchdog is None:
            return False
        self._watchdog.drain(until)
        return True

    def stop(self) -> None:
        """End the thread."""
        if self._watchdog is not None:
            self._watchdog.stop()
            self._watchdog = None
