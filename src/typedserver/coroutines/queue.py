"""Queue: what one handler hands to another, a bounded number of items at a time."""

import queue
from collections import deque
from typing import Generic, Self, TypeVar

from typedserver.coroutines.waiters import Permits
from typedserver.errors import QueueClosed
from typedserver.recipes import check_at_least, check_seconds

T = TypeVar("T")


class Queue(Generic[T]):
    """Items that handlers hand to one another: who gets waits for an item, who puts waits for room.

    maxsize: how many items it holds, at least 1. There is no queue without a bound, because memory has one.

    As ``asyncio.Queue``, for handlers of any strategy and server of this process, tasks of asyncio, and threads. The
    items, those that get and those that put have their turns in the order in which they came. An item is handed over
    when the one that gets it goes on: if that one is cut or cancelled just before, the next one has it, or who comes
    before that one goes on.
    ``async for item in queue:`` ends when the queue is closed and empty.

    A process that is forked has a copy of its own, as it was at that moment, which nothing of the parent reaches.
    Raises RecipeError for a ``maxsize`` that is no int, or less than 1.
    """

    # _room: a permit for each item that there is room for; who puts takes one, and who gets gives it back.
    # _filled: a permit for each item that nobody was woken for.
    # Each item has the permit of its room, and so has each that is about to be put: if all are free in a closed queue,
    # nothing comes any more.
    __slots__ = ("__weakref__", "_closed", "_filled", "_items", "_maxsize", "_room")

    def __init__(self, maxsize: int) -> None:
        check_at_least("Queue", "maxsize", maxsize, 1, "it is how many items wait at most")
        self._maxsize = maxsize
        self._items: deque[T] = deque()
        self._room = Permits(maxsize)
        self._filled = Permits(0)
        self._closed = False

    def __repr__(self) -> str:
        return f"<Queue {'closed, ' if self._closed else ''}{self.qsize()} of {self._maxsize} items>"

    @property
    def maxsize(self) -> int:
        """How many items it holds at most."""
        return self._maxsize

    def qsize(self) -> int:
        """Return how many items there are for those that come now."""
        return self._filled.free()

    def empty(self) -> bool:
        """Return whether ``get`` would wait, or find it closed."""
        return not self._filled.free()

    def full(self) -> bool:
        """Return whether ``put`` would wait."""
        return not self._room.free()

    def close(self) -> None:
        """Have nothing more put in: who waits to put gets QueueClosed, who gets has what is left, and then QueueClosed.

        If one that waited for room was given some just before, those that get hear of the end when that one has gone
        on. From any thread or signal handler; a second call does nothing.
        """
        self._closed = True
        self._room.end()
        self._look_for_end()

    def _look_for_end(self) -> None:
        """End the waits of those that get, if nothing comes any more; called when room may have become free."""
        if self._closed and self._room.free() == self._maxsize:
            self._filled.end()

    async def put(self, item: T) -> None:
        """Put an item in, and wait for room until it is this one's turn. For coroutines, under every strategy.

        If it is cut or cancelled, the item is not in the queue. Raises QueueClosed; and CannotMeet after the server's
        read deadline where no other handler can run meanwhile: under Inline, and in a child of Forks.
        """
        if not self._room.take():
            try:
                has_room = await self._room.wait()
            except BaseException:
                self._look_for_end()
                raise
            if not has_room:
                raise _closed("put() into")
        # As ``_put`` does, without the call.
        if self._closed:
            raise self._refuse()
        self._items.append(item)
        self._filled.give()

    def put_blocking(self, item: T, timeout: float | None = None) -> None:
        """Put an item in, and wait for room in this thread, at most ``timeout`` seconds (None: for ever).

        For handlers that are no coroutines, and other threads. The cut of a request does not end it: give a timeout.
        Raises ``queue.Full`` when the time is over, QueueClosed, RecipeError unless the timeout is a number from 0 on
        or None, and LifecycleError if it would stop the loop of a coroutine that calls it.
        """
        check_seconds("put_blocking", "timeout", timeout)
        if not self._room.take():
            try:
                has_room = self._room.block(timeout)
            except BaseException:
                self._look_for_end()
                raise
            if has_room is None:
                raise queue.Full
            if not has_room:
                raise _closed("put_blocking() into")
        self._put(item)

    def put_nowait(self, item: T) -> None:
        """Put an item in if there is room; from any thread or signal handler. Raises ``queue.Full`` and QueueClosed."""
        if self._room.take():
            self._put(item)
        elif self._closed:
            raise _closed("put_nowait() into")
        else:
            raise queue.Full

    def _put(self, item: T) -> None:
        """Put an item in; the caller has a permit for its room."""
        if self._closed:
            raise self._refuse()
        self._items.append(item)
        self._filled.give()

    def _refuse(self) -> QueueClosed:
        """Give a permit for room back, because the queue was closed; returns what to raise."""
        self._room.give()
        self._look_for_end()
        return _closed("put() into")

    async def get(self) -> T:
        """Take the oldest item out, and wait for one until it is this one's turn. For coroutines, under every strategy.

        If it is cut or cancelled, it has taken none. Raises QueueClosed if the queue is closed and empty; and
        CannotMeet after the server's read deadline where no other handler can run meanwhile: under Inline, and in a
        child of Forks.
        """
        filled = self._filled
        # Looked at first, because ``take`` is a call: these permits are all given back by who has put something in.
        if not (filled.returned and filled.take()) and not await filled.wait():
            raise _closed("get() from")
        # As ``_get`` does, without the call.
        item = self._items.popleft()
        self._room.give()
        if self._closed:
            self._look_for_end()
        return item

    def get_blocking(self, timeout: float | None = None) -> T:
        """Take the oldest item out, and wait for one in this thread, at most ``timeout`` seconds (None: for ever).

        For handlers that are no coroutines, and other threads. The cut of a request does not end it: give a timeout.
        Raises ``queue.Empty`` when the time is over, QueueClosed if the queue is closed and empty, RecipeError unless
        the timeout is a number from 0 on or None, and LifecycleError if it would stop the loop of a coroutine that
        calls it.
        """
        check_seconds("get_blocking", "timeout", timeout)
        if not self._filled.take():
            has_item = self._filled.block(timeout)
            if has_item is None:
                raise queue.Empty
            if not has_item:
                raise _closed("get_blocking() from")
        return self._get()

    def get_nowait(self) -> T:
        """Take the oldest item out if there is one; from any thread or signal handler.

        Raises ``queue.Empty``, and QueueClosed if the queue is closed and empty.
        """
        if not self._filled.take():
            if self._filled.over:
                raise _closed("get_nowait() from")
            raise queue.Empty
        return self._get()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        if not self._filled.take() and not await self._filled.wait():
            raise StopAsyncIteration
        return self._get()

    def _get(self) -> T:
        """Take an item out; the caller has a permit for it."""
        item = self._items.popleft()
        self._room.give()
        if self._closed:
            self._look_for_end()
        return item


def _closed(call: str) -> QueueClosed:
    return QueueClosed(f"{call} a queue that was closed")
