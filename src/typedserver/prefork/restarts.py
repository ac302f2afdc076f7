"""When a worker is started again: at once, or after a pause; and when too many starts in a row have failed.

It knows a loop's timers and numbers of workers, nothing of processes.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from typedserver.protocols.reactors import Reactor, TimerHandle
from typedserver.reactor.calls import Backoff

# Seconds. A worker that ends soon after its start is started again after a pause. The first pause is not noticed; each
# is twice as long as the last one, up to one that leaves the processor to others and still finds within a second that
# the reason has gone.
FIRST_PAUSE: Final = 0.005
LAST_PAUSE: Final = 1.0

# How many workers are started a second, all in all, if they serve and yet end soon. Workers that one request kills
# again and again are back at once, and take a small part of one processor.
STARTS_PER_SECOND: Final = 50


@dataclass(frozen=True, slots=True)
class StartLimits:
    """When a worker's end counts as a failed start, and how many of them in a row are too many."""

    start_seconds: float
    failures: int


class Restarts:
    """The starts that are due, and the failures in a row.

    count: how many workers there are.
    limits: when a start has failed, and how many may fail.
    start: starts a worker, given its number; in the loop.

    failures: how many starts in a row have failed.
    """

    def __init__(self, reactor: Reactor, count: int, limits: StartLimits, start: Callable[[int], object]) -> None:
        self._reactor = reactor
        self._count = count
        self._limits = limits
        self._start = start
        self._waiting: dict[int, TimerHandle] = {}
        self._last_failure = 0.0
        self._pauses_after_failures = Backoff(FIRST_PAUSE, LAST_PAUSE)
        self._pauses_after_refusals = Backoff(FIRST_PAUSE, LAST_PAUSE)
        self._refused = False
        self.failures: int = 0

    @property
    def are_due(self) -> bool:
        """Whether a start is still to come."""
        return bool(self._waiting)

    def enter_loop(self, reactor: Reactor) -> None:
        """Have another loop keep the pauses."""
        self._reactor = reactor

    def after_success(self, number: int, lived: float) -> None:
        """Start a worker again whose predecessor had started, and lived so many seconds."""
        self._forget_failures()
        pause = self._count / STARTS_PER_SECOND - lived
        if pause > 0:
            self._later(number, pause)
        else:
            self._start(number)

    def note_failure(self, lived: float) -> bool:
        """Note that a start has failed, after so many seconds; returns whether these are too many in a row."""
        now = time.monotonic()
        # The longest time between two failures in a row, if each new worker fails.
        if now - self._last_failure > max(self._limits.start_seconds, lived) + LAST_PAUSE:
            self._forget_failures()
        self._last_failure = now
        self.failures += 1
        return self.failures > self._limits.failures

    def _forget_failures(self) -> None:
        self.failures = 0
        self._pauses_after_failures.reset()

    def after_failure(self, number: int) -> None:
        """Start a worker again whose predecessor has failed to start."""
        self._later(number, self._pauses_after_failures.next())

    def after_refusal(self, number: int) -> bool:
        """Try again later, because no process could be started; returns whether this is the first refusal in a row."""
        self._later(number, self._pauses_after_refusals.next())
        first, self._refused = not self._refused, True
        return first

    def begin(self, number: int) -> None:
        """Note that a worker is about to be started: its pause is over."""
        self._waiting.pop(number, None)

    def note_started(self) -> None:
        """Note that a process could be started."""
        self._refused = False
        self._pauses_after_refusals.reset()

    def cancel(self) -> None:
        """Start no more workers."""
        for timer in self._waiting.values():
            timer.cancel()
        self._waiting.clear()

    def _later(self, number: int, pause: float) -> None:
        self._waiting[number] = self._reactor.call_later(pause, partial(self._start, number))
