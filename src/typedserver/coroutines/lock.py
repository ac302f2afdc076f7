"""Lock and Semaphore: how many handlers may do something at once, and in which order the others have their turn."""

from collections import deque
from types import TracebackType
from typing import Literal

from typedserver.coroutines.waiters import Permits
from typedserver.errors import LifecycleError
from typedserver.recipes import check_at_least, check_seconds


class Semaphore:
    """A number of permits: who takes one gives it back, and who finds none waits, first come, first served.

    value: how many there are, from 0 on.

    As ``asyncio.Semaphore``, for handlers of any strategy and server of this process, tasks of asyncio, and threads:
    ``async with semaphore:``. A process that is forked has a copy of its own, as it was at that moment, which nothing
    of the parent reaches. Raises RecipeError for a value that is no int, or less than 0.
    """

    __slots__ = ("__weakref__", "_permits")

    def __init__(self, value: int) -> None:
        check_at_least("Semaphore", "value", value, 0, "it is how many may go on at once")
        self._permits = Permits(value)

    def __repr__(self) -> str:
        return f"<Semaphore {self._permits.free()} free, {len(self._permits.line)} waiting>"

    def locked(self) -> bool:
        """Return whether ``acquire`` would wait."""
        return not self._permits.free()

    async def acquire(self) -> Literal[True]:
        """Take a permit, and wait for it until it is this one's turn. For coroutines, under every strategy.

        If it is cut or cancelled, it has taken none. Raises CannotMeet after the server's read deadline where no other
        handler can run meanwhile: under Inline, and in a child of Forks.
        """
        if not self._permits.take():
            await self._permits.wait()
        return True

    def acquire_blocking(self, timeout: float | None = None) -> bool:
        """Take a permit, and wait for it in this thread, at most ``timeout`` seconds (None: for ever).

        Returns whether it was taken. For handlers that are no coroutines, and other threads. The cut of a request does
        not end it: give a timeout. Raises RecipeError unless the timeout is a number from 0 on, or None, and
        LifecycleError if it would stop the loop of a coroutine that calls it.
        """
        check_seconds("acquire_blocking", "timeout", timeout)
        return self._permits.take() or bool(self._permits.block(timeout))

    def release(self) -> None:
        """Give a permit back, for the one that waits first; from any thread or signal handler."""
        self._permits.give()

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()


class Lock:
    """What one handler holds at a time, and others wait for, first come, first served.

    As ``asyncio.Lock``, for handlers of any strategy and server of this process, tasks of asyncio, and threads:
    ``async with lock:``. Whoever holds it must not take it again. Any thread may release it, not only the one that has
    taken it. A process that is forked has a copy of its own: one that is held at that moment stays so there.
    """

    __slots__ = ("__weakref__", "_held", "_permits")

    def __init__(self) -> None:
        self._permits = Permits(1)
        # One entry while somebody holds it: a release takes that out, which two that come at once cannot both do.
        self._held: deque[bool] = deque()

    def __repr__(self) -> str:
        return f"<Lock {'held' if self.locked() else 'free'}, {len(self._permits.line)} waiting>"

    def locked(self) -> bool:
        """Return whether somebody holds it, or is about to."""
        return not self._permits.free()

    async def acquire(self) -> Literal[True]:
        """Take it, and wait for that until it is this one's turn. For coroutines, under every strategy.

        If it is cut or cancelled, it does not hold it. Raises CannotMeet after the server's read deadline where no
        other handler can run meanwhile: under Inline, and in a child of Forks.
        """
        if not self._permits.take():
            await self._permits.wait()
        self._held.append(True)
        return True

    def acquire_blocking(self, timeout: float | None = None) -> bool:
        """Take it, and wait for that in this thread, at most ``timeout`` seconds (None: for ever).

        Returns whether it was taken. For handlers that are no coroutines, and other threads. The cut of a request does
        not end it: give a timeout. Raises RecipeError unless the timeout is a number from 0 on, or None, and
        LifecycleError if it would stop the loop of a coroutine that calls it.
        """
        check_seconds("acquire_blocking", "timeout", timeout)
        if not self._permits.take() and not self._permits.block(timeout):
            return False
        self._held.append(True)
        return True

    def release(self) -> None:
        """Give it back, for the one that waits first; from any thread or signal handler.

        Raises LifecycleError if nobody holds it.
        """
        try:
            self._held.pop()
        except IndexError:
            raise LifecycleError("release() of a Lock that nobody holds: release it once for each acquire()") from None
        self._permits.give()

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()
