"""The timer wheel: thousands of deadlines on one timer, each set again at every wait for next to nothing.

A wait mostly ends long before its deadline, so the deadline is only noted; whoever waits is looked at soon after the
first of its waits, and then in the slot of time in which its deadline lies. It knows a reactor and things that have a
deadline, nothing of connections. Loop's thread only.
"""

import math
import time
from typing import Final, Protocol

from typedserver.protocols.reactors import Reactor, TimerHandle

# A deadline is kept to twice so many seconds: finer slots would wake an idle loop for nothing but punctuality. A power
# of two, so that a slot's time divided by it is the slot again.
SLOT: Final = 1 / 16

_NEVER: Final = math.inf
_SOON: Final = -math.inf


class Waiting(Protocol):
    """Something that may be waiting until a deadline."""

    deadline: float | None
    """A time.monotonic value; None while it does not wait, or waits for ever."""

    due: float
    """The time.monotonic value at which it is looked at next; infinite for never. The wheel's own to set."""

    def expire(self) -> None:
        """Take note that the deadline has passed."""
        ...


class TimerWheel:
    """Calls ``expire`` of each thing that was watched, at most two slots after its deadline."""

    __slots__ = ("_new", "_reactor", "_slots", "_timer", "_timer_due")

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor
        # Those that were watched in this slot of time: most connections are over before it is, and cost no place.
        self._new: list[Waiting] = []
        self._slots: dict[int, set[Waiting]] = {}
        self._timer: TimerHandle | None = None
        self._timer_due = _NEVER

    def watch(self, waiting: Waiting) -> None:
        """Look at it in time for its deadline; to be called where ``deadline < due``, as otherwise it is already."""
        self.forget(waiting)
        waiting.due = _SOON
        if not self._new:
            self._set_timer(time.monotonic() + SLOT)
        self._new.append(waiting)

    def forget(self, waiting: Waiting) -> None:
        """Expire it no more; its ``deadline`` is to be None, for what is looked at soon is only then left alone."""
        if _SOON < waiting.due < _NEVER:
            there = self._slots.get(int(waiting.due / SLOT))
            if there is not None:
                there.discard(waiting)
            waiting.due = _NEVER

    def close(self) -> None:
        """Forget all."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._timer_due = _NEVER
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
        now = time.monotonic()
        new, self._new = self._new, []
        for waiting in new:
            self._look_at(waiting, now)
        for slot in sorted(slot for slot in self._slots if slot * SLOT <= now):
            for waiting in self._slots.pop(slot):
                self._look_at(waiting, now)
        if self._slots:
            self._set_timer(min(self._slots) * SLOT)

    def _look_at(self, waiting: Waiting, now: float) -> None:
        deadline = waiting.deadline
        if deadline is None:
            # It does not wait just now, or never will again; with its next wait it is watched anew.
            waiting.due = _NEVER
        elif deadline <= now:
            waiting.due = _NEVER
            waiting.expire()
        else:
            slot = int(deadline / SLOT) + 1
            waiting.due = slot * SLOT
            self._slots.setdefault(slot, set()).add(waiting)
