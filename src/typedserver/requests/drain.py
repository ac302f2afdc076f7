"""Draining: how a server ends without losing a request that it has accepted.

It knows an acceptor, a listener and a table of requests, and nothing of handlers or strategies. All but
``Drain.released`` and the count belongs to the loop's thread.
"""

import math
import threading
import time
from collections.abc import Callable
from typing import Final

from typedserver.events import DrainReport
from typedserver.lifetime.drain_request import CUT_GRACE, LEAKING_LIMIT
from typedserver.protocols.endpoints import Listener, Withdrawal
from typedserver.protocols.reactors import Reactor, TimerHandle
from typedserver.reactor.calls import Backoff, call_in_loop
from typedserver.requests.acceptor import Acceptor
from typedserver.requests.overdue import LONGEST_PAUSE
from typedserver.requests.table import LiveRequests

# Seconds between two looks at the queue while there is no capacity: nobody notices so little, and it is no busy wait.
_LEAST_PAUSE: Final = 0.01


class DrainCount:
    """What becomes of a server's requests from the moment that a drain is asked for.

    taken, accepted: how many have come since, and how many of these the strategy got; the intake counts them in the
    loop's thread.
    """

    __slots__ = ("_began", "_ended", "_live", "_lock", "_served", "accepted", "taken")

    def __init__(self, live: LiveRequests) -> None:
        self._live = live
        self._began = self._ended = 0.0
        self._served = 0
        # Requests end in many threads.
        self._lock = threading.Lock()
        self.taken: int = 0
        self.accepted: int = 0

    @property
    def counts(self) -> bool:
        """Whether a drain was asked for."""
        return self._began > 0

    def begin(self) -> None:
        """Count from now on; from any thread or signal handler, again."""
        self._began = self._began or time.monotonic()

    def end(self) -> None:
        """Note that the drain is over, or was given up."""
        self._ended = time.monotonic()

    def served(self) -> None:
        """Note that a request has ended by itself; from any thread."""
        with self._lock:
            self._served += 1

    def report(self) -> DrainReport:
        """Return what the drain has come to, so far or in the end; from any thread."""
        seconds = (self._ended or time.monotonic()) - self._began
        left = len(self._live.requests)
        return DrainReport(self._served, self.accepted, tuple(self._live.cut_addresses), left, seconds)


class Drain:
    """One drain, from the kernel's queue to the last request.

    reactor: the loop that serves.
    listener: takes nothing new from now on.
    acceptor: empties the listener's queue.
    live, count: the requests that are being served, and the account of them.
    withdraw: has the kernel refuse new clients, and returns what becomes of them.
    quiet: after how many seconds without a new connection the queue counts as empty.
    notify: notifies workers and handlers that the server drains. It is called again and again, after longer and longer
    pauses, because a client that has just connected has some time to begin before it counts as idle.
    emptied: called when nothing more is accepted.
    drained: called when the drain is over.
    accepts: whether the listener is still open.
    """

    def __init__(
        self,
        reactor: Reactor,
        listener: Listener[object, object],
        acceptor: Acceptor,
        live: LiveRequests,
        count: DrainCount,
        *,
        withdraw: Callable[[], Withdrawal],
        quiet: float,
        notify: Callable[[], object],
        emptied: Callable[[], object],
        drained: Callable[[], object],
        accepts: bool,
    ) -> None:
        self._reactor = reactor
        self._listener = listener
        self._acceptor = acceptor
        self._live = live
        self._withdraw = withdraw
        self._quiet = quiet
        self._pauses = Backoff(quiet, LONGEST_PAUSE)
        self._notify = notify
        self._emptied = emptied
        self._drained = drained
        self._count = count
        self._until = math.inf
        # One timer for each step that is still to be taken.
        self._timers: dict[str, TimerHandle] = {}
        self._seen = 0
        self._over = False
        self._accepting = accepts
        self._limit = math.inf

    @property
    def over(self) -> bool:
        """Whether it has come to its end."""
        return self._over

    def begin(self) -> None:
        """Take nothing new, and begin to empty the queue."""
        self._notify_again()
        withdrawal = self._withdraw()
        if withdrawal == "shared" or not self._accepting:
            # Another process serves on by this socket, so that what waits in it is not lost; or an earlier drain has
            # emptied the queue, and was left before its end.
            self._finish_accepting()
            return
        self._acceptor.resume()
        if withdrawal == "leaking":
            self._limit = time.monotonic() + LEAKING_LIMIT
        if withdrawal == "settled" or self._listener.request_kind != "connections":
            # Nothing can be on its way: a datagram has arrived or has not, and a settled queue grows no more.
            self._quiet = 0.0
        self._call_later("look", self._quiet, self._look_for_more)

    def _notify_again(self) -> None:
        if not self.over:
            self._notify()
            self._call_later("notify", self._pauses.next(), self._notify_again)

    def _look_for_more(self) -> None:
        # By hand: a loop may run its timers before it asks the kernel for readable descriptors.
        found_empty = self._acceptor.accept()
        quiet = found_empty and (self._count.taken == self._seen or not self._quiet)
        self._seen = self._count.taken
        if not self._accepting or self.over:
            return
        # A client that waits for capacity has come, and must be served.
        if quiet or (time.monotonic() > self._limit and not self._acceptor.paused):
            self._finish_accepting()
        else:
            self._call_later("look", max(self._quiet, _LEAST_PAUSE), self._look_for_more)

    def _finish_accepting(self) -> None:
        self._accepting = False
        self._acceptor.stop()
        self._emptied()
        self.look()

    def set_deadline(self, until: float) -> None:
        """Cut what is left at this time of the monotonic clock; a later call can only bring that forward."""
        if until < self._until:
            self._until = until
            if until < math.inf:
                self._call_later("cut", until - time.monotonic(), self._cut)

    def _cut(self) -> None:
        if self.over:
            return
        left = self._until - time.monotonic()
        if left > 0:
            # uvloop's timers come up to a millisecond early.
            self._call_later("cut", left, self._cut)
            return
        if self._accepting:
            # There is no time left for what still waits in the queue.
            self._finish_accepting()
        self._live.cut_all()
        if not self.over:
            self._call_later("cut", CUT_GRACE, self._end)

    def released(self) -> None:
        """Look in the loop whether the drain is over; from any thread."""
        if not self._live.requests:
            call_in_loop(self._reactor, self.look)

    def look(self) -> None:
        """End if nothing is accepted and nothing is served any more."""
        if not self.over and not self._accepting and not self._live.requests:
            self._end()

    def _end(self) -> None:
        if not self.over:
            self._count.end()
            self.stop()
            self._drained()

    def stop(self) -> None:
        """Do nothing more, because the server leaves the loop."""
        self._over = True
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _call_later(self, what: str, seconds: float, callback: Callable[[], object]) -> None:
        former = self._timers.pop(what, None)
        if former is not None:
            former.cancel()
        self._timers[what] = self._reactor.call_later(max(0.0, seconds), callback)
