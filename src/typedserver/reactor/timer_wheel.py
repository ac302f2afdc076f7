"""The timer wheel: thousands of deadlines on one timer, cheap to set again for every wait.

Most waits end long before their deadline, so a wait only writes its deadline down. The wheel looks at the waiting
thing soon after its first wait, and then again in the slot of time of its deadline. It knows a reactor and things with
a deadline, nothing of connections. Loop's thread only.
"""

import math
import time
from typing import Final, Protocol

from typedserver.protocols.reactors import Reactor, TimerHandle

# The length of a slot in seconds. A deadline is at most two slots late; shorter slots would wake an idle loop more
# often. It is a power of two, so that multiplying and dividing by it is exact.
SLOT: Final = 1 / 16

_NEVER: Final = math.inf
# When a thing is looked at that is watched since the last look.
SOON: Final = -math.inf


class Waiting(Protocol):
    """Something that may wait until a deadline."""

    due: float
    """When the wheel looks at it next, as a time.monotonic value; SOON with its next look, infinite for never.

    Only the wheel sets it.
    """

    @property
    def deadline(self) -> float | None:
        """A time.monotonic value; None while it does not wait, or waits for ever. It may move on without ``watch``."""
        ...

    def expire(self) -> None:
        """End the wait: the deadline has passed."""
        ...


class TimerWheel:
    """Calls ``expire`` of each watched thing, at most two slots after its deadline."""

    __slots__ = ("_looks_soon", "_new", "_reactor", "_slots", "_timer", "_timer_due")

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor
        # Those that are watched since the last look. Most connections end before the next one, and need no slot. They
        # are forgotten at their end: what a thousand ended connections keep alive until the next look would cost more,
        # because the garbage collector goes through it.
        self._new: set[Waiting] = set()
        # Whether the timer is set for them; it stays so if all of them are forgotten.
        self._looks_soon = False
        # When each is looked at, as one number for all of them, and who that is.
        self._slots: dict[int, tuple[float, set[Waiting]]] = {}
        self._timer: TimerHandle | None = None
        self._timer_due = _NEVER

    def watch(self, waiting: Waiting) -> None:
        """Expire it at its deadline. Needed only if ``deadline < due``: otherwise the wheel looks at it in time."""
        if waiting.due < _NEVER:
            self.forget(waiting)
        waiting.due = SOON
        if not self._looks_soon:
            self._looks_soon = True
            self._set_timer(time.monotonic() + SLOT)
        self._new.add(waiting)

    def forget(self, waiting: Waiting) -> None:
        """Stop watching it. Its ``deadline`` must be None, because the wheel may still look at it once."""
        due = waiting.due
        if due == SOON:
            self._new.discard(waiting)
        elif due < _NEVER:
            there = self._slots.get(int(due / SLOT))
            if there is not None:
                there[1].discard(waiting)
        waiting.due = _NEVER

    def close(self) -> None:
        """Stop watching all."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._timer_due = _NEVER
        self._looks_soon = False
        self._slots.clear()
        self._new.clear()

    def _set_timer(self, due: float) -> None:
        if due < self._timer_due:
            if self._timer is not None:
                self._timer.cancel()
            self._timer_due = due
            self._timer = self._reactor.call_later(max(0.0, due - time.monotonic()), self._look)

    def _look(self) -> None:
        self._timer = None
        self._timer_due = _NEVER
        self._looks_soon = False
        now = time.monotonic()
        new, self._new = self._new, set()
        for waiting in new:
            self._look_at(waiting, now)
        for slot in sorted(slot for slot in self._slots if slot * SLOT <= now):
            for waiting in self._slots.pop(slot)[1]:
                self._look_at(waiting, now)
        if self._slots:
            self._set_timer(min(self._slots) * SLOT)

    def _look_at(self, waiting: Waiting, now: float) -> None:
        deadline = waiting.deadline
        if deadline is None:
            # It does not wait now; if it waits again, it is watched again.
            waiting.due = _NEVER
        elif deadline <= now:
            waiting.due = _NEVER
            waiting.expire()
        else:
            slot = int(deadline / SLOT) + 1
            there = self._slots.get(slot)
            if there is None:
                there = self._slots[slot] = slot * SLOT, set()
            waiting.due = there[0]
            there[1].add(waiting)
