"""The requests that are being served: which there are, since when, and which of them have no more time.

It knows them by their identity, and one callback that ends one. Requests are added in the loop's thread and taken out
in any; a look at all of them copies the table first, which is one step of the interpreter.
"""

import itertools
import math
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from typedserver.protocols import Address, Reactor, TimerHandle

LiveRequest: TypeAlias = tuple[Any, Any, float]
"""The request as it was accepted, its client's address, and when that was by the monotonic clock."""

# Between two times that handlers are told the same: those that still do not heed it will not come to it by being told
# more often.
LONGEST_PAUSE: Final = 0.25

# Who was cut and is still here is cut again so many seconds later: a coroutine that has found the end of its connection
# may wait for something else.
_CUT_AGAIN: Final = 1.0

# Below it a loop that sleeps is not woken again: a deadline is kept to so many seconds (as the timer wheel's).
_PUNCTUALITY: Final = 1 / 16


class LiveRequests:
    """The table of live requests, and the deadlines that hold for each of them alike.

    total: seconds that each may take; None: for ever.
    establish: seconds until it is established, of those that ``establishing`` holds.
    end: ends one, given the request as it was accepted and its client's address; from any thread.

    All that wait longest are first in the table, for the time is the same for all: one timer is enough.
    """

    __slots__ = ("_end", "_establish", "_total", "cut", "cut_addresses", "establishing", "requests")

    def __init__(self, total: float | None, establish: float | None, end: Callable[[Any, Any], object]) -> None:
        # By identity: to compare datagrams would be to compare their bytes.
        self.requests: dict[int, LiveRequest] = {}
        # Those of them that the listener still works on; only where it does something then.
        self.establishing: set[int] = set()
        # Those that were cut and are not over yet, and the clients of all that the end of the server has cut.
        self.cut: set[int] = set()
        self.cut_addresses: list[Address] = []
        self._total = math.inf if total is None else total
        self._establish = math.inf if establish is None else establish
        self._end = end

    def forget(self, request: Any) -> None:
        """Forget what else was noted of a request that was taken out of the table."""
        self.establishing.discard(id(request))
        self.cut.discard(id(request))

    def forget_all(self) -> None:
        """Forget all, in a forked process: they are the parent's."""
        self.requests.clear()
        self.establishing.clear()
        self.cut.clear()

    def cut_all(self) -> None:
        """Cut all that there are, because the server ends; ``cut_addresses`` tells whose they were."""
        for key in list(self.requests):
            self._cut_one(key, self.cut_addresses)

    def _cut_one(self, key: int, addresses: list[Address] | None = None) -> None:
        live = self.requests.get(key)
        if live is None:
            return
        if key in self.cut:
            # Told once and still here: it has gone on to wait for something else, maybe.
            self._end(live[0], live[1])
            return
        self.cut.add(key)
        if addresses is not None:
            # Before it ends: with the last one the report is asked for, maybe in another thread.
            addresses.append(live[1])
        self._end(live[0], live[1])
        if key not in self.requests:
            # It ended meanwhile, and nobody asks any more.
            self.cut.discard(key)

    def look(self) -> float | None:
        """Cut what is overdue; returns the seconds until more may be, None where nothing has a deadline."""
        now = time.monotonic()
        next_due = math.inf
        for key, (_, _, began) in list(self.requests.items()):
            due = began + (min(self._establish, self._total) if key in self.establishing else self._total)
            if due <= now:
                self._cut_one(key)
                next_due = min(next_due, now + _CUT_AGAIN)
            else:
                next_due = min(next_due, due)
                if not self.establishing:
                    break
        return None if next_due == math.inf else max(_PUNCTUALITY, next_due - now)

    @property
    def first_look(self) -> float | None:
        """How many seconds after a request came it is to be looked at first; None: never."""
        first = min(self._establish, self._total)
        return None if first == math.inf else first


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
            wait = min(wait, until_cut if until_cut > 0 else _PUNCTUALITY, math.inf if pause is None else pause)
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
