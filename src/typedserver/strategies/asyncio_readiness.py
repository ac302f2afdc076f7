"""Our waits as asyncio's futures, and one direction of a descriptor in asyncio's loop.

It knows asyncio's loop, nothing of requests. Loop's thread only.
"""

import asyncio
import math
import weakref
from collections.abc import Callable
from typing import Any

from typing_extensions import override

from typedserver.coroutines.blocking_calls import BlockingCall, BlockingCalls
from typedserver.coroutines.waits import Holder
from typedserver.reactor.timer_wheel import TimerWheel
from typedserver.sockets.silence import deadline_passed


def fulfil(future: "asyncio.Future[None]") -> None:
    """End the future, unless it is done."""
    # A late wake-up finds it cancelled.
    if not future.done():
        future.set_result(None)


def cancel(future: "asyncio.Future[object] | asyncio.Future[None]") -> None:
    """Cancel a future, unless it is done."""
    # A future raises if its loop is closed, because it cannot call back any more.
    if not future.done() and not future.get_loop().is_closed():
        future.cancel()


class Wait:
    """A wait that has become a future.

    owner: what the coroutine that waits runs for; the coroutine sets it.
    """

    __slots__ = ("future", "owner")

    owner: object

    def __init__(self, future: "asyncio.Future[Any]") -> None:
        self.future: asyncio.Future[Any] = future

    def end(self) -> None:
        """Leave nothing of it in the loop, whether it is done or not."""
        cancel(self.future)


class TimedWait(Wait):
    """A wait that ends at a point in time, if not before."""

    __slots__ = ("_timer",)

    def __init__(self, future: "asyncio.Future[None]", delay: float) -> None:
        super().__init__(future)
        self._timer = future.get_loop().call_later(delay, fulfil, future)

    @override
    def end(self) -> None:
        self._timer.cancel()
        super().end()


class BlockingWait(Wait):
    """A wait for a function that runs in a thread."""

    __slots__ = ("_call",)

    def __init__(self, future: "asyncio.Future[object]", calls: BlockingCalls, function: Callable[[], object]) -> None:
        super().__init__(future)
        self._call = calls.call(function, self._ended)

    def _ended(self, call: BlockingCall) -> None:
        value, error = call.take()
        if self.future.done():
            return
        if error is None:
            self.future.set_result(value)
        else:
            self.future.set_exception(error)

    @override
    def end(self) -> None:
        self._call.cancel()
        super().end()


class Readiness(Wait):
    """A wait for one direction of a descriptor, until a deadline if it has one.

    deadline, due: see ``Waiting`` of the timer wheel.
    """

    __slots__ = ("_deadlines", "_direction", "deadline", "due")

    def __init__(
        self, future: "asyncio.Future[None]", direction: "Direction", deadline: float | None, deadlines: TimerWheel
    ) -> None:
        super().__init__(future)
        self.deadline = deadline
        self.due: float = math.inf
        self._direction = direction
        self._deadlines = deadlines
        direction.waits.append(self)
        if deadline is not None:
            deadlines.watch(self)

    def expire(self) -> None:
        """Raise where it is awaited that the peer was silent for too long; the timer wheel calls this."""
        if not self.future.done():
            self.future.set_exception(deadline_passed())

    @override
    def end(self) -> None:
        self.deadline = None
        self._deadlines.forget(self)
        self._direction.leave(self)
        super().end()


class Direction:
    """Reading or writing of one descriptor: registered with the loop for as long as it is in its table.

    table: the directions of this kind, by descriptor.
    add, remove: register with the loop, and leave it.
    holder: the object that has the descriptor. When the holder has closed it, the number may be another's.
    stays: whether it stays registered between two waits: most coroutines wait for the same descriptor again and again.
    polls_again: whether the loop polls once more before a woken task runs, as asyncio's does.
    """

    __slots__ = ("_callback", "_fd", "_polls_again", "_remove", "_stale", "_stays", "_table", "holder", "waits")

    def __init__(
        self,
        table: "dict[int, Direction]",
        fd: int,
        add: Callable[[int, Callable[[], object]], object],
        remove: Callable[[int], object],
        holder: Holder | None,
        *,
        stays: bool,
        polls_again: bool,
    ) -> None:
        self._table = table
        self._fd = fd
        self._remove = remove
        self.holder: Holder | None = holder
        self._stays = stays
        # uvloop does not poll again, and reports a reset only once: that report must not count as stale.
        self._polls_again = polls_again
        self._stale = False
        self.waits: list[Readiness] = []
        callback = self._ready
        add(fd, callback)
        # Only the loop refers to it, so it is gone when somebody has removed it or has registered another callback.
        self._callback = weakref.ref(callback)
        table[fd] = self

    def _ready(self) -> None:
        if self._stale:
            # asyncio has polled once more before the woken task could run, so this is the event that woke the task. If
            # it is a new one, the next poll reports it again.
            self._stale = False
            return
        woken = False
        for wait in self.waits:
            if not wait.future.done():
                wait.future.set_result(None)
                woken = True
        self._stale = woken and self._polls_again
        if not self.waits:
            # Nobody waits by now, and what the peer sends meanwhile would wake the loop again and again.
            self.close()

    def leave(self, wait: Readiness) -> None:
        """Forget a wait that is over."""
        self.waits.remove(wait)
        if not self.waits and not self._stays:
            self.close()

    @property
    def is_lost(self) -> bool:
        """Whether the loop reports nothing of it any more: the descriptor is closed, or another's in the loop."""
        return (self.holder is not None and self.holder.fileno() != self._fd) or self._callback() is None

    def close(self, over: object = None) -> None:
        """Leave the loop, and wake who waits still: their next read or write raises what has happened.

        over: an owner that is over. What waits for it is left of it, and nobody would see its error: it is cancelled.
        """
        if self._table.get(self._fd) is self:
            del self._table[self._fd]
            # If our callback is gone, the registration belongs to a transport of asyncio's that has taken over the
            # descriptor, or to the next object with this number: we must not remove it. But if a connection is reset,
            # uvloop drops our callback and keeps the broken registration, which the next object would find.
            if self._callback() is not None or (self.holder is not None and self.holder.fileno() == self._fd):
                try:  # noqa: SIM105 - once for each connection, and suppress() costs more than the rest of this
                    self._remove(self._fd)
                except (OSError, RuntimeError):
                    # The descriptor was closed before, and asyncio has just found that out; or a transport has it, and
                    # removes it.
                    pass
            for wait in self.waits:
                if over is not None and wait.owner is over:
                    cancel(wait.future)
                elif not wait.future.get_loop().is_closed():
                    fulfil(wait.future)
