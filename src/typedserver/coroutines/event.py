"""Event: what handlers wait for until another one, or any thread, says that it has happened."""

import types
from collections.abc import Generator
from typing import Literal

from typedserver.coroutines.waiters import block
from typedserver.coroutines.waits import Meeting
from typedserver.recipes import check_seconds


class Event:
    """Something that happens once, until it is taken back: all who wait for it go on then.

    As ``asyncio.Event``, for handlers of any strategy and server of this process, tasks of asyncio, and threads.
    ``set``, ``clear`` and ``is_set`` may be called from everywhere, a signal handler included. A process that is forked
    has a copy of its own, which nothing reaches.
    """

    __slots__ = ("__weakref__", "_is_set", "_waiting")

    def __init__(self) -> None:
        self._is_set = False
        self._waiting: dict[Meeting, None] = {}

    def __repr__(self) -> str:
        return f"<Event {'set' if self._is_set else 'unset'}, {len(self._waiting)} waiting>"

    def is_set(self) -> bool:
        """Return whether it has happened, and was not taken back."""
        return self._is_set

    def set(self) -> None:
        """Say that it has happened. All who wait by now go on, even if it is taken back at once."""
        # Before the waiters are looked at: who comes in between sees it.
        self._is_set = True
        waiting = self._waiting
        if waiting:
            for waiter in list(waiting):
                waiting.pop(waiter, None)
                # As its ``wake`` does, without the call.
                waiter.woken = True
                if waiter.call is not None:
                    waiter.call(waiter.argument)

    def clear(self) -> None:
        """Take it back: who comes now waits for the next ``set``."""
        self._is_set = False

    async def wait(self) -> Literal[True]:
        """Wait until it has happened; returns at once if it has. For coroutines, under every strategy.

        Raises CannotMeet after the server's read deadline where no other handler can run meanwhile: under Inline, and
        in a child of Forks.
        """
        if not self._is_set:
            await self._wait()
        return True

    def wait_blocking(self, timeout: float | None = None) -> bool:
        """Wait in this thread, at most ``timeout`` seconds (None: for ever); returns whether it has happened.

        For handlers that are no coroutines, and other threads. The cut of a request does not end it: give a timeout.
        Raises RecipeError unless the timeout is a number from 0 on, or None, and LifecycleError if it would stop the
        loop of a coroutine that calls it.
        """
        check_seconds("wait_blocking", "timeout", timeout)
        if self._is_set:
            return True
        waiter = Meeting()
        self._waiting[waiter] = None
        try:
            # As in ``_wait``.
            if self.is_set():
                return True
            block(waiter, timeout)
            return waiter.woken
        finally:
            self._waiting.pop(waiter, None)

    @types.coroutine
    def _wait(self) -> Generator[Meeting, None, None]:
        waiter = Meeting()
        self._waiting[waiter] = None
        # Looked at again, because it may have happened before the waiter was seen.
        if self.is_set():
            self._waiting.pop(waiter, None)
            return
        try:
            yield waiter
        except BaseException:
            self._waiting.pop(waiter, None)
            raise
