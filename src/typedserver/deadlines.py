"""Deadlines: thousands of them on one timer, set again at every wait for next to nothing.

A wait mostly ends long before its deadline, so the deadline is only noted; whoever waits is looked at when its slot of
time comes, and goes on to a later slot if it has waited anew meanwhile. It knows a reactor and things that have a
deadline, nothing of connections. Loop's thread only.
"""

import time
from typing import Final, Protocol

from typedserver.protocols import Reactor, TimerHandle

# A deadline is kept to this many seconds: finer slots would wake an idle loop for nothing but punctuality.
SLOT: Final = 1 / 16


class Waiting(Protocol):
    """Something that may be waiting until a deadline."""

    deadline: float | None
    """A time.monotonic value; None while it does not wait, or waits for ever."""

    slot: int
    """The slot of time in which it is to be looked at; 0 for none. The Deadlines' own."""

    def expire(self) -> None:
        """Take note that the deadline has passed."""
        ...


class Deadlines:
    """Calls ``expire`` of each thing that was watched, at most one slot after its deadline."""

    __slots__ = ("_reactor", "_slots", "_timer", "_timer_slot")

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor
        self._slots: dict[int, set[Waiting]] = {}
        self._timer: TimerHandle | None = None
        self._timer_slot = 0

    def watch(self, waiting: Waiting, deadline: float) -> None:
        """Look at it when its deadline comes; for one that is looked at early enough already this does nothing."""
        slot = int(deadline / SLOT) + 1
        if waiting.slot:
            if waiting.slot <= slot:
                return
            self.forget(waiting)
        waiting.slot = slot
        there = self._slots.get(slot)
        if there is None:
            self._slots[slot] = {waiting}
            if self._timer is None or slot < self._timer_slot:
                self._set_timer(slot)
        else:
            there.add(waiting)

    def forget(self, waiting: Waiting) -> None:
        """Look at it no more."""
        if waiting.slot:
            there = self._slots.get(waiting.slot)
            if there is not None:
                there.discard(waiting)
            waiting.slot = 0

    def close(self) -> None:
        """Forget all."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._slots.clear()

    def _set_timer(self, slot: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_slot = slot
        self._timer = self._reactor.call_later(max(0.0, slot * SLOT - time.monotonic()), self._run)

    def _run(self) -> None:
        self._timer = None
        now = time.monotonic()
        for slot in sorted(slot for slot in self._slots if slot * SLOT <= now):
            for waiting in self._slots.pop(slot):
                waiting.slot = 0
                deadline = waiting.deadline
                if deadline is None:
                    continue
                if deadline <= now:
                    waiting.expire()
                else:
                    self.watch(waiting, deadline)
        if self._slots and self._timer is None:
            self._set_timer(min(self._slots))
