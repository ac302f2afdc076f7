"""Lock and Semaphore: how many handlers may do something at once, and in which order the others have their turn."""

import math
from collections import OrderedDict
from types import TracebackType
from typing import Literal

from typedserver.coroutines.waiters import Line, Waiter, first_of, guard, left_in_time
from typedserver.errors import LifecycleError
from typedserver.recipes import check_at_least, check_seconds


class _Permits:
    """Permits: who takes one gives it back, and who finds none waits. What Lock and Semaphore have in common.

    _free: how many there are. If there is one, nobody waits.
    _most: how many there may be.
    """

    __slots__ = ("__weakref__", "_free", "_line", "_most")

    def __init__(self, value: int, most: float) -> None:
        self._free = value
        self._most = most
        self._line: Line = OrderedDict()

    def locked(self) -> bool:
        """Return whether ``acquire`` would wait."""
        return self._free <= 0

    async def acquire(self) -> Literal[True]:
        """Take it, and wait for that until it is this one's turn. For coroutines, under every strategy.

        If it is cut or cancelled, it has taken nothing. Raises CannotMeet after the server's read deadline where no
        other handler can run meanwhile: under Inline, and in a child of Forks.
        """
        waiter = self._take_or_line_up()
        if waiter is not None:
            try:
                await waiter.wait()
            except BaseException:
                self._give_up(waiter)
                raise
        return True

    def acquire_blocking(self, timeout: float | None = None) -> bool:
        """Take it, and wait for that in this thread, at most ``timeout`` seconds (None: for ever).

        Returns whether it was taken. For handlers that are no coroutines, and other threads. The cut of a request does
        not end it: give a timeout. Raises RecipeError unless the timeout is a number from 0 on, or None, and
        LifecycleError if it would stop the loop of a coroutine that calls it.
        """
        check_seconds("acquire_blocking", "timeout", timeout)
        waiter = self._take_or_line_up()
        if waiter is None:
            return True
        try:
            waiter.block(timeout)
        except BaseException:
            self._give_up(waiter)
            raise
        return left_in_time(waiter, self._line)

    def release(self) -> None:
        """Give it back, for the one that waits first; from any thread or signal handler.

        Raises LifecycleError for a Lock that nobody holds.
        """
        with guard:
            if self._free >= self._most:
                raise LifecycleError("release() of a Lock that nobody holds: release it once for each acquire()")
            self._free += 1
            waiter = self._grant()
        if waiter is not None:
            waiter.wake()

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def _take_or_line_up(self) -> Waiter | None:
        with guard:
            if self._free > 0:
                self._free -= 1
                return None
            waiter = Waiter()
            self._line[waiter] = None
            # A signal handler may have given one back before this was in the line.
            self._grant()
            return waiter

    def _grant(self) -> Waiter | None:
        """Give a free permit to the one that waits first; the caller has the guard, and wakes that one later."""
        if self._free <= 0 or not self._line:
            return None
        # First, because a signal handler may come between.
        self._free -= 1
        waiter = first_of(self._line)
        if waiter is None:
            self._free += 1
        else:
            waiter.granted = waiter.woken = True
        return waiter

    def _give_up(self, waiter: Waiter) -> None:
        """Leave the line; or pass on what was granted just before."""
        with guard:
            if not waiter.granted:
                self._line.pop(waiter, None)
                return
        self.release()


class Semaphore(_Permits):
    """A number of permits: who takes one gives it back, and who finds none waits, first come, first served.

    value: how many there are, from 0 on.

    As ``asyncio.Semaphore``, for handlers of any strategy and server of this process, and for any thread:
    ``async with semaphore:``. A process that is forked has a copy of its own, as it was at that moment, which nothing
    of the parent reaches. Raises RecipeError for a value that is no int, or less than 0.
    """

    __slots__ = ()

    def __init__(self, value: int) -> None:
        check_at_least("Semaphore", "value", value, 0, "it is how many may go on at once")
        super().__init__(value, math.inf)

    def __repr__(self) -> str:
        return f"<Semaphore {self._free} free, {len(self._line)} waiting>"


class Lock(_Permits):
    """What one handler holds at a time, and others wait for, first come, first served.

    As ``asyncio.Lock``, for handlers of any strategy and server of this process, and for any thread:
    ``async with lock:``. Whoever holds it must not take it again. Any thread may release it, not only the one that has
    taken it. A process that is forked has a copy of its own: one that is held at that moment stays so there.
    """

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(1, 1)

    def __repr__(self) -> str:
        return f"<Lock {'held' if self.locked() else 'free'}, {len(self._line)} waiting>"
