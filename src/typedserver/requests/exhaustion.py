"""Exhaustion: accepting rests while descriptors or memory are short, and the log says so once.

It knows a loop's timers and the log, nothing of listeners or requests. All methods belong to the loop's thread.
"""

import logging
import time
from collections.abc import Callable
from typing import Final

from typedserver.protocols.reactors import Reactor, TimerHandle

_log = logging.getLogger("typedserver")

# Why it rests, and keeps no reserve descriptor to accept and close with: a client that waits in the kernel's queue is
# served as soon as there is something to serve it with, and loses nothing but time. A client that is closed has lost
# its request; most come back at once and keep the server busy with refusals. A reserve helps if descriptors are short,
# but not if memory is. It costs a descriptor for each listener, and any thread may take its number between the close
# and the accept.

# Seconds: so soon that nobody notices a short episode.
FIRST_PAUSE: Final = 0.005

# Seconds. Each pause is twice as long as the last one, up to this: half of the 100 ms within which a client should be
# served again, and twenty accepts a second are a tenth of a percent of a processor. If a request of the server's own
# gives a descriptor back, nobody waits that long: the acceptor looks again after each request.
LAST_PAUSE: Final = 0.05

# An episode is over after so many seconds without a failure. At the limit each descriptor that is given back is taken
# at once, so that successes and failures take turns: that is one episode with two lines in the log, not hundreds.
SETTLED: Final = 1.0


class Exhaustion:
    """The episodes of one acceptor: when to try again, and what to log of it.

    again: called when a pause is over; it must do nothing if accepting goes on already.

    An episode is two lines in the log however long it lasts: that it began, with the error, and that it is over, with
    its failed attempts and seconds. If the server ends first there is no second line.
    """

    __slots__ = (
        "_again",
        "_began",
        "_due",
        "_failures",
        "_logs",
        "_next_pause",
        "_reactor",
        "_timer",
        "_until",
        "lasts",
    )

    def __init__(self, reactor: Reactor, again: Callable[[], object]) -> None:
        self._reactor = reactor
        self._again = again
        self._timer: TimerHandle | None = None
        self._failures = 0
        self._next_pause = FIRST_PAUSE
        self._began = self._until = self._due = 0.0
        self._logs = True
        # Whether there is an episode. An attribute, because a loop may ask for each request.
        self.lasts: bool = False

    def time_left(self) -> float:
        """Return the seconds until it has something to do, for a loop without timers; only while an episode lasts."""
        return max(0.0, self._due - time.monotonic())

    def rest(self, error: OSError, *, log: bool = True) -> None:
        """Note that accepting has failed, and call ``again`` after a pause.

        log: whether an episode that begins with this failure is logged.
        """
        if not self.lasts:
            self.lasts, self._logs = True, log
            self._began, self._failures, self._next_pause = time.monotonic(), 0, FIRST_PAUSE
            if log:
                _log.error("accepting pauses: %s; connections wait in the listener's queue", error)
        self._failures += 1
        self._wait(self._next_pause, self._try_again)
        self._next_pause = min(self._next_pause * 2, LAST_PAUSE)

    def end(self) -> None:
        """Leave the reactor, whether it is over or not."""
        self.lasts = False
        self._cancel()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self, seconds: float, then: Callable[[], object]) -> None:
        self._cancel()
        self._due = time.monotonic() + seconds
        self._timer = self._reactor.call_later(seconds, then)

    def _try_again(self) -> None:
        self._until = time.monotonic()
        self._wait(SETTLED, self._over)
        self._again()

    def _over(self) -> None:
        self.lasts, self._timer = False, None
        if self._logs:
            _log.warning(
                "accepting goes on: %d attempts had failed in %.2f s", self._failures, self._until - self._began
            )
