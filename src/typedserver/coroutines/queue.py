"""Queue: what one handler hands to another, a bounded number of items at a time."""

import queue
from collections import OrderedDict, deque
from enum import Enum
from typing import Final, Generic, Literal, Self, TypeVar

from typedserver.coroutines.waiters import Line, Waiter, first_of, guard, left_in_time
from typedserver.errors import QueueClosed
from typedserver.recipes import check_at_least, check_seconds

T = TypeVar("T")


class _Nothing(Enum):
    """No item: any other object may be one."""

    HERE = 1


_NOTHING: Final = _Nothing.HERE


class Queue(Generic[T]):
    """Items that handlers hand to one another: who gets waits for an item, who puts waits for room.

    maxsize: how many items it holds, at least 1. There is no queue without a bound, because memory has one.

    As ``asyncio.Queue``, for handlers of any strategy and server of this process, and for any thread. The items, those
    that get and those that put have their turns in the order in which they came. An item is handed over when the one
    that gets it goes on: if that one is cut or cancelled just before, the next one has it.
    ``async for item in queue:`` ends when the queue is closed and empty.

    A process that is forked has a copy of its own, as it was at that moment, which nothing of the parent reaches.
    Raises RecipeError for a ``maxsize`` that is no int, or less than 1.
    """

    # _promised: how many items are for those that were woken to get one, and have not gone on yet.
    # _admitted: how many were woken to put one, and have not gone on yet.
    # Both count a call in progress too, because a signal handler may come between: it then finds less, never too much.
    # If there is an item that is not promised, nobody waits to get one; if there is room, nobody waits to put one.
    __slots__ = ("__weakref__", "_admitted", "_closed", "_getters", "_items", "_maxsize", "_promised", "_putters")

    def __init__(self, maxsize: int) -> None:
        check_at_least("Queue", "maxsize", maxsize, 1, "it is how many items wait at most")
        self._maxsize = maxsize
        self._items: deque[T] = deque()
        self._getters: Line = OrderedDict()
        self._putters: Line = OrderedDict()
        self._promised = 0
        self._admitted = 0
        self._closed = False

    def __repr__(self) -> str:
        return f"<Queue {'closed, ' if self._closed else ''}{self.qsize()} of {self._maxsize} items>"

    @property
    def maxsize(self) -> int:
        """How many items it holds at most."""
        return self._maxsize

    def qsize(self) -> int:
        """Return how many items there are that nobody was woken for."""
        return max(0, len(self._items) - self._promised)

    def empty(self) -> bool:
        """Return whether ``get`` would wait, or find it closed."""
        return self.qsize() == 0

    def full(self) -> bool:
        """Return whether ``put`` would wait."""
        return len(self._items) + self._admitted >= self._maxsize

    def close(self) -> None:
        """Have nothing more put in: who waits to put gets QueueClosed, who gets has what is left, and then QueueClosed.

        From any thread or signal handler; a second call does nothing.
        """
        with guard:
            self._closed = True
            over = _refuse(self._putters) + self._end()
        for waiter in over:
            waiter.wake()

    def _end(self) -> list[Waiter]:
        """Return those whose wait to get is over, because nothing comes any more; the caller has the guard."""
        # What is promised may come back yet.
        return _refuse(self._getters) if self._closed and not self._items else []

    # Put

    async def put(self, item: T) -> None:
        """Put an item in, and wait for room until it is this one's turn. For coroutines, under every strategy.

        If it is cut or cancelled, the item is not in the queue. Raises QueueClosed; and CannotMeet after the server's
        read deadline where no other handler can run meanwhile: under Inline, and in a child of Forks.
        """
        if not self._put(item):
            waiter = self._wait_to_put()
            try:
                await waiter.wait()
            except BaseException:
                self._put_no_more(waiter)
                raise
            self._put_after(waiter, item)

    def put_blocking(self, item: T, timeout: float | None = None) -> None:
        """Put an item in, and wait for room in this thread, at most ``timeout`` seconds (None: for ever).

        For handlers that are no coroutines, and other threads. The cut of a request does not end it: give a timeout.
        Raises ``queue.Full`` when the time is over, QueueClosed, RecipeError unless the timeout is a number from 0 on
        or None, and LifecycleError if it would stop the loop of a coroutine that calls it.
        """
        check_seconds("put_blocking", "timeout", timeout)
        if not self._put(item):
            waiter = self._wait_to_put()
            try:
                waiter.block(timeout)
            except BaseException:
                self._put_no_more(waiter)
                raise
            if not left_in_time(waiter, self._putters):
                raise queue.Full
            self._put_after(waiter, item)

    def put_nowait(self, item: T) -> None:
        """Put an item in if there is room; from any thread or signal handler. Raises ``queue.Full`` and QueueClosed."""
        if not self._put(item):
            raise queue.Full

    def _put(self, item: T) -> bool:
        """Put an item in if there is room; returns whether there was."""
        with guard:
            if self._closed:
                raise _closed("put() into")
            self._admitted += 1
            if len(self._items) + self._admitted > self._maxsize:
                self._admitted -= 1
                return False
            self._items.append(item)
            self._admitted -= 1
            getter = self._promise() if self._getters else None
        if getter is not None:
            getter.wake()
        return True

    def _wait_to_put(self) -> Waiter:
        waiter = Waiter()
        with guard:
            self._putters[waiter] = None
            # There may be room by now, or none ever again.
            admitted = self._admit()
            refused = _refuse(self._putters) if self._closed else []
        _wake(admitted)
        for each in refused:
            each.wake()
        return waiter

    def _admit(self) -> Waiter | None:
        """Let the first that waits for room put its item in, if there is any; who calls has the guard, and wakes it."""
        if not self._putters:
            return None
        self._admitted += 1
        waiter = first_of(self._putters) if len(self._items) + self._admitted <= self._maxsize else None
        if waiter is None:
            self._admitted -= 1
        else:
            waiter.granted = waiter.woken = True
        return waiter

    def _put_after(self, waiter: Waiter, item: T) -> None:
        """Put an item in, after a wait."""
        with guard:
            if waiter.granted:
                self._admitted -= 1
            if self._closed:
                raise _closed("put() into")
            self._items.append(item)
            getter = self._promise()
        _wake(getter)

    def _put_no_more(self, waiter: Waiter) -> None:
        """Leave the line, or pass on the room that was granted just before."""
        with guard:
            if not waiter.granted:
                self._putters.pop(waiter, None)
                return
            self._admitted -= 1
            other = self._admit()
        _wake(other)

    # Get

    async def get(self) -> T:
        """Take the oldest item out, and wait for one until it is this one's turn. For coroutines, under every strategy.

        If it is cut or cancelled, it has taken none. Raises QueueClosed if the queue is closed and empty; and
        CannotMeet after the server's read deadline where no other handler can run meanwhile: under Inline, and in a
        child of Forks.
        """
        item = self._get()
        if item is not _NOTHING:
            return item
        waiter = self._wait_to_get()
        try:
            await waiter.wait()
        except BaseException:
            self._get_no_more(waiter)
            raise
        return self._get_after(waiter)

    def get_blocking(self, timeout: float | None = None) -> T:
        """Take the oldest item out, and wait for one in this thread, at most ``timeout`` seconds (None: for ever).

        For handlers that are no coroutines, and other threads. The cut of a request does not end it: give a timeout.
        Raises ``queue.Empty`` when the time is over, QueueClosed if the queue is closed and empty, RecipeError unless
        the timeout is a number from 0 on or None, and LifecycleError if it would stop the loop of a coroutine that
        calls it.
        """
        check_seconds("get_blocking", "timeout", timeout)
        item = self._get()
        if item is not _NOTHING:
            return item
        waiter = self._wait_to_get()
        try:
            waiter.block(timeout)
        except BaseException:
            self._get_no_more(waiter)
            raise
        if not left_in_time(waiter, self._getters):
            raise queue.Empty
        return self._get_after(waiter)

    def get_nowait(self) -> T:
        """Take the oldest item out if there is one; from any thread or signal handler.

        Raises ``queue.Empty``, and QueueClosed if the queue is closed and empty.
        """
        item = self._get()
        if item is _NOTHING:
            raise queue.Empty
        return item

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        try:
            return await self.get()
        except QueueClosed:
            raise StopAsyncIteration from None

    def _get(self) -> T | Literal[_Nothing.HERE]:
        """Take the oldest item out if there is one for those that come now."""
        with guard:
            self._promised += 1
            if len(self._items) < self._promised:
                self._promised -= 1
                if self._closed and not self._items:
                    raise _closed("get() from")
                return _NOTHING
            item = self._items.popleft()
            self._promised -= 1
            putter = self._admit() if self._putters else None
            over = self._end() if self._closed else ()
        if putter is not None:
            putter.wake()
        for waiter in over:
            waiter.wake()
        return item

    def _wait_to_get(self) -> Waiter:
        waiter = Waiter()
        with guard:
            self._getters[waiter] = None
            # There may be an item by now, or none ever again.
            promised = self._promise()
            over = self._end()
        _wake(promised)
        for each in over:
            each.wake()
        return waiter

    def _promise(self) -> Waiter | None:
        """Let the first that waits for an item take one, if there is any; who calls has the guard, and wakes it."""
        if not self._getters:
            return None
        self._promised += 1
        waiter = first_of(self._getters) if len(self._items) >= self._promised else None
        if waiter is None:
            self._promised -= 1
        else:
            waiter.granted = waiter.woken = True
        return waiter

    def _get_after(self, waiter: Waiter) -> T:
        """Take the oldest item out, after a wait."""
        with guard:
            if not waiter.granted:
                raise _closed("get() from")
            item = self._items.popleft()
            self._promised -= 1
            putter = self._admit() if self._putters else None
            over = self._end() if self._closed else ()
        if putter is not None:
            putter.wake()
        for each in over:
            each.wake()
        return item

    def _get_no_more(self, waiter: Waiter) -> None:
        """Leave the line, or pass on the item that was promised just before."""
        with guard:
            if not waiter.granted:
                self._getters.pop(waiter, None)
                return
            self._promised -= 1
            other = self._promise()
        _wake(other)


def _closed(call: str) -> QueueClosed:
    return QueueClosed(f"{call} a queue that was closed")


def _wake(waiter: Waiter | None) -> None:
    if waiter is not None:
        waiter.wake()


def _refuse(line: Line) -> list[Waiter]:
    """Empty a line whose wait is in vain; the caller has the guard, and wakes them."""
    refused = list(line)
    line.clear()
    for waiter in refused:
        waiter.woken = True
    return refused
