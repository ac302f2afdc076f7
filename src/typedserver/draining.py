"""Draining: how a server comes to its end without losing a request that a client was told was taken.

It knows an acceptor, a listener and a table of requests, and nothing of handlers or strategies. All but ``released``
and the count belongs to the loop's thread.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from typedserver.acceptor import Acceptor
from typedserver.live import LONGEST_PAUSE, LiveRequests
from typedserver.protocols import Address, Listener, Reactor, TimerHandle, Withdrawal

# How long those that were cut have for their ``finally`` clauses. They wait for nothing of their peers any more, so
# this is much; who needs more computes, or waits for something else, and the stop waits no longer.
CUT_GRACE: Final = 1.0

# Where the kernel can not be had to refuse new connections, clients that come on and on would keep the queue from ever
# being quiet: what has come by then is served, and no more.
LEAKING_LIMIT: Final = 1.0

# While there is no capacity for what waits in the queue: often enough that nobody notices, and no busy waiting.
_LEAST_PAUSE: Final = 0.01


@dataclass(frozen=True, slots=True)
class DrainReport:
    """What a drain has come to.

    served: requests that ended by themselves after it began.
    from_queue: how many were accepted after it began: they had waited in the kernel's queue.
    cut: the clients of those that were ended at the deadline.
    left: how many of these had not ended even so, a second later: threads that compute, or wait for something else
    than their client.
    seconds: how long it took.
    """

    served: int
    from_queue: int
    cut: tuple[Address, ...]
    left: int
    seconds: float

    def __add__(self, other: "DrainReport") -> "DrainReport":
        """Sum up two that went on at the same time."""
        return DrainReport(
            self.served + other.served,
            self.from_queue + other.from_queue,
            self.cut + other.cut,
            self.left + other.left,
            max(self.seconds, other.seconds),
        )


NOTHING_DRAINED: Final = DrainReport(0, 0, (), 0, 0.0)


class DrainCount:
    """What becomes of the requests of a server from the moment that it is told to drain.

    taken, accepted: how many have come since, and how many of these were given to the strategy; whoever takes them
    counts, in the loop's thread.
    """

    __slots__ = ("_at_begin", "_began", "_live", "accepted", "ended", "taken")

    def __init__(self, live: LiveRequests) -> None:
        self._live = live
        self._at_begin = len(live.requests)
        self._began = time.monotonic()
        self.taken: int = 0
        self.accepted: int = 0
        self.ended: float | None = None

    def end(self) -> None:
        """Take note that it is over, or was given up."""
        if self.ended is None:
            self.ended = time.monotonic()

    def report(self) -> DrainReport:
        """Tell what it has come to, so far or in the end; from any thread."""
        cut = tuple(self._live.cut_addresses)
        live = list(self._live.requests)
        cut_and_ended = len(cut) - sum(1 for key in live if key in self._live.cut)
        served = max(0, self._at_begin + self.accepted - len(live) - cut_and_ended)
        ended = time.monotonic() if self.ended is None else self.ended
        return DrainReport(served, self.accepted, cut, len(live), ended - self._began)


class Drain:
    """One drain, from the kernel's queue to the last request.

    reactor: the loop that serves.
    listener: what is to take nothing new.
    withdraw: has the kernel see to that, and returns what becomes of new clients.
    acceptor: what empties its queue.
    live, count: the requests that are being served, and the account of them.
    quiet: how many seconds nobody must come for the queue to count as empty.
    tell: tells workers and handlers that it drains; called again and again, with longer and longer pauses, for who has
    just connected is given some time to begin before it counts as idle.
    emptied: called when nothing more is accepted.
    drained: called when it is over.
    """

    def __init__(
        self,
        reactor: Reactor,
        listener: Listener[Any, Any],
        acceptor: Acceptor,
        live: LiveRequests,
        count: DrainCount,
        *,
        withdraw: Callable[[], Withdrawal],
        quiet: float,
        tell: Callable[[], object],
        emptied: Callable[[], object],
        drained: Callable[[], object],
    ) -> None:
        self._reactor = reactor
        self._listener = listener
        self._acceptor = acceptor
        self._live = live
        self._withdraw = withdraw
        self._quiet = quiet
        self._tell = tell
        self._emptied = emptied
        self._drained = drained
        self._count = count
        self._until = math.inf
        self._timers: list[TimerHandle] = []
        self._seen = 0
        self._over = False
        self._accepting = True
        self._limit = math.inf

    @property
    def over(self) -> bool:
        """Whether it has come to its end."""
        return self._over

    def begin(self) -> None:
        """Take nothing new, and begin to empty the queue."""
        self._tell_again(self._quiet)
        withdrawal = self._withdraw()
        if withdrawal == "shared":
            # Whoever else has this socket serves on: what waits in it is not lost.
            self._finish_accepting()
            return
        self._acceptor.resume()
        if withdrawal == "leaking":
            self._limit = time.monotonic() + LEAKING_LIMIT
        if getattr(self._listener, "answers_requests", False):
            # A datagram has arrived or has not: there is no handshake on its way that were to be waited for.
            self._quiet = 0.0
        self._call_later(self._quiet, self._look_for_more)

    def _tell_again(self, pause: float) -> None:
        if not self.over:
            self._tell()
            self._call_later(pause, partial(self._tell_again, min(pause * 2, LONGEST_PAUSE)))

    def _look_for_more(self) -> None:
        # By hand: a loop may run its timers before it asks the kernel who is there.
        found_empty = self._acceptor.accept()
        quiet = found_empty and (self._count.taken == self._seen or not self._quiet)
        self._seen = self._count.taken
        if not self._accepting or self.over:
            return
        if quiet or time.monotonic() > self._limit:
            self._finish_accepting()
        else:
            self._call_later(max(self._quiet, _LEAST_PAUSE), self._look_for_more)

    def _finish_accepting(self) -> None:
        self._accepting = False
        self._acceptor.stop()
        self._emptied()
        self.look()

    def set_deadline(self, until: float) -> None:
        """Cut what is left at this time of the monotonic clock, or a later call's earlier one."""
        if until < self._until:
            self._until = until
            if until < math.inf:
                self._call_later(until - time.monotonic(), self._cut)

    def _cut(self) -> None:
        if self.over:
            return
        left = self._until - time.monotonic()
        if left > 0:
            # uvloop's timers come up to a millisecond early.
            self._call_later(left, self._cut)
            return
        if self._accepting:
            # What still waits in the queue has no time any more.
            self._finish_accepting()
        self._live.cut_all()
        if not self.over:
            self._call_later(CUT_GRACE, self._end)

    def released(self) -> None:
        """Look again whether it is over, in the loop; from any thread."""
        if not self._live.requests:
            self._reactor.call_soon_threadsafe(self.look)

    def look(self) -> None:
        """End where nothing is accepted and nothing is served any more."""
        if not self._accepting and not self._live.requests:
            self._end()

    def _end(self) -> None:
        if not self.over:
            self._over = True
            self._count.end()
            self.stop()
            self._drained()

    def stop(self) -> None:
        """Do nothing more; where the loop is left before it is over."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _call_later(self, seconds: float, callback: Callable[[], object]) -> None:
        self._timers.append(self._reactor.call_later(max(0.0, seconds), callback))
