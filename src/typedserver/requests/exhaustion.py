"""Exhaustion: what becomes of accepting while descriptors or memory are short. It rests, and the log tells it once.

It knows a loop's timers and the log, nothing of listeners or requests. All methods belong to the loop's thread.
"""

import logging
import time
from collections.abc import Callable
from typing import Final

from typedserver.protocols.reactors import Reactor, TimerHandle

_log = logging.getLogger("typedserver")

# Why it rests, and keeps no reserve descriptor to accept and close with: who waits in the kernel's queue is served
# when there is something to serve with, and loses nothing but time; who is closed has lost its request, and most come
# back at once, which keeps the server busy with refusals. A reserve helps where descriptors are short, not where memory
# is; it is one more for each listener, and any thread may take its number between the close and the accept.

# Soon enough that nobody notices a short episode.
FIRST_PAUSE: Final = 0.005

# Each pause is twice as long as the last one, up to this: half of the 100 ms within which a client is to be served
# again, and twenty accepts a second are a tenth of a percent of a processor. Where it is a request of the server's own
# that gives a descriptor back, nobody waits for that: the acceptor is told of each, and tries at once.
LAST_PAUSE: Final = 0.05

# Without a failure for so many seconds an episode is over. Before that, one that is served and one that fails take
# turns: at the limit each descriptor that is given back is taken at once, and that is one episode with two lines in
# the log, not hundreds.
SETTLED: Final = 1.0


class Exhaustion:
    """The episodes of one acceptor: when to try again, and what to tell of it.

    again: called when a pause is over; to be ignored where accepting goes on already.

    An episode is two lines in the log however long it lasts: that it began, with the error, and that it is over, with
    its failed attempts and seconds. One that the server does not outlive has no second line: it was not over.
    """

    __slots__ = (
        "_again",
        "_began",
        "_due",
        "_failures",
        "_next_pause",
        "_reactor",
        "_tells",
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
        self._tells = True
        # Whether there is an episode; an attribute, since a loop may ask for each request.
        self.lasts: bool = False

    def time_left(self) -> float:
        """Return the seconds until it has something to do, for whoever waits by themselves; only while it lasts."""
        return max(0.0, self._due - time.monotonic())

    def rest(self, error: OSError, *, tell: bool = True) -> None:
        """Take note that accepting has failed, and call ``again`` after a pause.

        tell: whether an episode that begins with this is one for the log.
        """
        if not self.lasts:
            self.lasts, self._tells = True, tell
            self._began, self._failures, self._next_pause = time.monotonic(), 0, FIRST_PAUSE
            if tell:
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
        if self._tells:
            _log.warning(
                "accepting goes on: %d attempts had failed in %.2f s", self._failures, self._until - self._began
            )
