"""Waiters: a number of permits, and those that wait for one, in their order. What a permit allows is said by others.

It knows the kind of wait that a driver is handed, and the coroutines of a loop, which nobody must stop.

There is no lock. A handler may be called back from any thread; a signal handler, or the garbage collector that ends a
coroutine, may come between any two steps of the very thread that is at work here; a fork may come as well, and would
leave a lock as it is in a child. So whatever several threads change is changed by one call of the interpreter's own,
and whoever has put something down looks again whether somebody else has missed it meanwhile.
"""

import contextlib
import sys
import threading
import time
import types
from collections import OrderedDict, deque
from collections.abc import Generator, Iterator
from itertools import repeat
from operator import length_hint

from typedserver.coroutines.loop_task import STEPS
from typedserver.coroutines.waits import Meeting
from typedserver.errors import LifecycleError
from typedserver.process.callers import is_called_by
from typedserver.process.inheritance import lineage


class Permits:
    """Permits: who takes one gives it back, and who finds none waits, first come, first served.

    returned: those that were given back; once all were taken, there are no others.
    line: those that wait. Not a deque, from which one that gives up could not be taken so fast.
    over: whether there will be none any more: nobody waits then.
    """

    __slots__ = ("_all_taken", "_fresh", "line", "over", "returned")

    def __init__(self, value: int) -> None:
        # Those that were never taken, as an iterator, because there may be many; and whether it is known that there are
        # none of these any more.
        self._fresh: Iterator[bool] = repeat(True, value)
        self._all_taken = False
        self.returned: deque[bool] = deque()
        self.line: OrderedDict[Meeting, None] = OrderedDict()
        self.over: bool = False

    def free(self) -> int:
        """Return how many nobody has."""
        return len(self.returned) + length_hint(self._fresh)

    def take(self) -> bool:
        """Take a permit if there is one that nobody waits for; returns whether it was taken."""
        if self.returned:
            try:
                return self.returned.pop()
            except IndexError:
                # Another thread was faster.
                pass
        return not self.line and not self._all_taken and self._take_fresh()

    def _take_fresh(self) -> bool:
        if next(self._fresh, False):
            return True
        self._all_taken = True
        return False

    def give(self) -> None:
        """Give a permit back."""
        # At once to the one that waits first; but somebody may come into the line when we have found nobody there.
        if not (self.line and self._grant(granted=True)):
            self.returned.append(True)
            if self.line:
                self._match()

    def end(self) -> None:
        """Have no more permits given; those that are left may be taken. A second call does nothing."""
        self.over = True
        self._match()

    def _match(self) -> None:
        """Give those that wait first what there is; if there will be nothing any more, end all waits."""
        # Looked at anew after each step: what comes into the line while we have a permit in hand finds none.
        while self.line:
            try:
                granted = self.returned.pop()
            except IndexError:
                granted = self._take_fresh()
            if not granted and not self.over:
                return
            if not self._grant(granted=granted) and granted:
                self.returned.append(True)

    def _grant(self, *, granted: bool) -> bool:
        """Take the first waiter out of the line, and end its wait; returns whether there was one."""
        try:
            # The first; by position, because a keyword costs as much again as the rest.
            waiter, _ = self.line.popitem(False)
        except KeyError:
            return False
        # Before the claim, because who finds it claimed looks at this.
        waiter.granted = granted
        # What a fork has copied waits in the parent. And the claim as ``take_claim`` takes it.
        if waiter.generation != lineage.generation:
            return False
        try:
            waiter.claim.pop()
        except IndexError:
            return False
        # As its ``wake`` does, without the call.
        waiter.woken = True
        if waiter.call is not None:
            waiter.call(waiter.argument)
        return True

    @types.coroutine
    def wait(self) -> Generator[Meeting, None, bool]:
        """Wait for a permit; returns whether there was one, or will be none any more."""
        waiter = Meeting()
        # As ``_line_up`` does, without the call.
        waiter.generation = lineage.generation
        waiter.claim = [True]
        self.line[waiter] = None
        if self.returned or self.over or not self._all_taken:
            self._match()
        while True:
            if not waiter.woken:
                try:
                    yield waiter
                except BaseException:
                    self._give_up(waiter)
                    raise
            if waiter.granted or self.take():
                return True
            if self.over:
                return False
            waiter = Meeting()
            self._line_up(waiter, first=True)

    def block(self, timeout: float | None) -> bool | None:
        """Wait for a permit in this thread, at most ``timeout`` seconds; returns as ``wait``, None if the time is over.

        Raises LifecycleError in a thread whose loop would stand still meanwhile.
        """
        until = None if timeout is None else time.monotonic() + timeout
        waiter = Meeting()
        self._line_up(waiter, first=False)
        while True:
            if not waiter.woken:
                try:
                    block(waiter, None if until is None else max(0.0, until - time.monotonic()))
                except BaseException:
                    self._give_up(waiter)
                    raise
                if not waiter.is_over() and self._leave(waiter):
                    return None
            if waiter.granted or self.take():
                return True
            if self.over:
                return False
            waiter = Meeting()
            self._line_up(waiter, first=True)

    def _line_up(self, waiter: Meeting, *, first: bool) -> None:
        waiter.generation = lineage.generation
        waiter.claim = [True]
        self.line[waiter] = None
        if first:
            # Unless it was given a permit just now.
            with contextlib.suppress(KeyError):
                self.line.move_to_end(waiter, last=False)
        # A permit may have come before this was in the line.
        if self.returned or self.over or not self._all_taken:
            self._match()

    def _leave(self, waiter: Meeting) -> bool:
        """Wait no more; returns whether nobody has granted or refused anything before."""
        try:
            del self.line[waiter]
        except KeyError:
            # Somebody has taken it out, and decides about it just now: whoever claims it first is right.
            return waiter.take_claim()
        return True

    def _give_up(self, waiter: Meeting) -> None:
        """Wait no more, and leave to others what was granted just before."""
        if self._leave(waiter):
            return
        if waiter.granted:
            self.returned.append(True)
        # The next one is woken to take it, and not given it: if limits of time end faster than those who were woken go
        # on, a permit would be passed along the line for ever. Whoever is there first may take it.
        while self.returned and self.line and not self._grant(granted=False):
            pass


def block(waiter: Meeting, timeout: float | None) -> None:
    """Wait in this thread until a wait is over, at most ``timeout`` seconds.

    Raises LifecycleError in a thread whose loop would stand still meanwhile.
    """
    if is_called_by(STEPS) or _runs_task_of_asyncio():
        raise LifecycleError(
            "a coroutine that runs in a loop must not block its thread: all others of the loop would wait as well, "
            "perhaps for what would end this; await wait(), get(), put() or acquire()"
        )
    # A plain lock, because a signal handler in this very thread may be what releases it.
    woken = threading.Lock()
    woken.acquire()
    waiter.start(_release, woken)
    woken.acquire(timeout=threading.TIMEOUT_MAX if timeout is None else min(timeout, threading.TIMEOUT_MAX))


def _release(woken: threading.Lock) -> None:
    # A wake-up may come twice.
    with contextlib.suppress(RuntimeError):
        woken.release()


def _runs_task_of_asyncio() -> bool:
    # It is loaded only if a program uses it.
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return False
    try:
        return asyncio.current_task() is not None
    except RuntimeError:
        return False
