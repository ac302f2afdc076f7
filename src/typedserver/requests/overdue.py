"""Has a table of live requests looked at when something in it may be overdue: in a loop, or in a thread."""

import itertools
import math
import queue
import threading
import time
from collections.abc import Callable
from typing import Final

from typedserver.protocols.reactors import Reactor, TimerHandle
from typedserver.requests.table import PUNCTUALITY, LiveRequests

# Between two times that handlers are told the same: those that still do not heed it will not come to it by being told
# more often.
LONGEST_PAUSE: Final = 0.25


class LoopLooks:
    """Has a loop look at the table when something in it may be overdue."""

    __slots__ = ("_live", "_reactor", "_timer", "awake")

    def __init__(self, live: LiveRequests, reactor: Reactor) -> None:
        self._live = live
        self._reactor = reactor
        self._timer: TimerHandle | None = None
        # Whether a look is to come: nobody need ask for one.
        self.awake: bool = live.first_look is None

    def begin(self) -> None:
        """Look when the request that has come now may be overdue; in the loop's thread."""
        self.awake = True
        self._set(self._live.first_look)

    def _set(self, seconds: float | None) -> None:
        self._timer = None if seconds is None else self._reactor.call_later(seconds, self._look)

    def _look(self) -> None:
        # Those that are to be established first have a deadline of their own, which no timer for the others keeps.
        first = self._live.first_look
        seconds = self._live.look()
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


class ThreadLooks:
    """Has a thread of its own look, for a loop that sits in a handler; started with the first request.

    quiet, tell: what a Drain does in its loop is done here: handlers are told again and again, first after ``quiet``
    seconds, that the server drains.

    ``drain`` may be called from any thread and from a signal handler: a SimpleQueue's put is reentrant.
    """

    __slots__ = ("_live", "_orders", "_quiet", "_tell", "_thread", "awake")

    _names: Final = itertools.count(1)

    def __init__(self, live: LiveRequests, quiet: float, tell: Callable[[], object]) -> None:
        self._live = live
        self._quiet = quiet
        self._tell = tell
        self._orders: queue.SimpleQueue[float | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self.awake: bool = False

    def begin(self) -> None:
        """Start the thread."""
        thread = threading.Thread(target=self._watch, name=f"typedserver deadlines {next(self._names)}", daemon=True)
        thread.start()
        self._thread, self.awake = thread, True

    def _watch(self) -> None:
        first = self._live.first_look
        cut_at = math.inf
        pause: float | None = None
        while True:
            seconds = self._live.look()
            # What comes while it waits is due no earlier than that.
            wait = math.inf if first is None else min(first, math.inf if seconds is None else seconds)
            until_cut = cut_at - time.monotonic()
            # What begins after it is cut as well, soon: a loop that empties its queue goes on to do so.
            wait = min(wait, until_cut if until_cut > 0 else PUNCTUALITY, math.inf if pause is None else pause)
            try:
                order = self._orders.get(timeout=None if wait == math.inf else min(wait, threading.TIMEOUT_MAX))
            except queue.Empty:
                if time.monotonic() >= cut_at:
                    self._live.cut_all()
                if pause is not None:
                    self._tell()
                    pause = min(pause * 2, LONGEST_PAUSE)
                continue
            if order is None:
                return
            cut_at = min(cut_at, order)
            pause = pause or self._quiet

    def drain(self, until: float) -> None:
        """Tell handlers that the server drains, and cut what there is at this time of the monotonic clock."""
        # Kept for a thread that is still to be started.
        self._orders.put(until)

    def stop(self) -> None:
        """End the thread."""
        thread, self._thread = self._thread, None
        self.awake = False
        if thread is not None:
            self._orders.put(None)
            if thread is not threading.current_thread():
                thread.join()
