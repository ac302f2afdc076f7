"""Waits of ours as asyncio's futures, and one direction of a descriptor in asyncio's loop.

It knows asyncio's loop, nothing of requests.
"""

import asyncio
import math
import weakref
from collections.abc import Callable
from typing import Any, Protocol

from typing_extensions import override

from typedserver.reactor.timer_wheel import TimerWheel
from typedserver.sockets.silence import deadline_passed


def fulfil(future: "asyncio.Future[None]") -> None:
    """Have whoever waits for the future go on."""
    # A wake-up that comes late finds it cancelled.
    if not future.done():
        future.set_result(None)


def cancel(future: "asyncio.Future[Any]") -> None:
    """Cancel a future, unless it is done."""
    # A future cannot call back any more once its loop is closed.
    if not future.done() and not future.get_loop().is_closed():
        future.cancel()


class Wait:
    """A wait that has become a future."""

    __slots__ = ("future",)

    def __init__(self, future: "asyncio.Future[Any]") -> None:
        self.future: asyncio.Future[Any] = future

    def end(self) -> None:
        """Take back what is left of it, whether it is done or not."""
        cancel(self.future)


class Pause(Wait):
    """A wait for a point in time."""

    __slots__ = ("_timer",)

    def __init__(self, loop: asyncio.AbstractEventLoop, delay: float) -> None:
        super().__init__(loop.create_future())
        self._timer = loop.call_later(delay, fulfil, self.future)

    @override
    def end(self) -> None:
        self._timer.cancel()
        super().end()


class Readiness(Wait):
    """A wait for one direction of a descriptor, maybe until a deadline."""

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
        """Tell who waits that its peer was silent for too long."""
        if not self.future.done():
            self.future.set_exception(deadline_passed())

    @override
    def end(self) -> None:
        self.deadline = None
        self._deadlines.forget(self)
        self._direction.leave(self)
        super().end()


class Owner(Protocol):
    """What has a descriptor, and may close it at any time: a socket, most often."""

    def fileno(self) -> int:
        """Return the descriptor; -1 once it is closed."""
        ...


class Direction:
    """Reading or writing of one descriptor: registered with the loop for as long as it stands in its table."""

    __slots__ = ("_callback", "_fd", "_polls_again", "_remove", "_stale", "_stays", "_table", "owner", "waits")

    def __init__(
        self,
        table: "dict[int, Direction]",
        fd: int,
        add: Callable[[int, Callable[[], object]], object],
        remove: Callable[[int], object],
        owner: Owner | None,
        *,
        stays: bool,
        polls_again: bool,
    ) -> None:
        self._table = table
        self._fd = fd
        self._remove = remove
        # Who holds the descriptor: once it was closed, the number may be another's.
        self.owner: Owner | None = owner
        # Whether it is registered between two waits as well: most coroutines wait for the same one again and again.
        self._stays = stays
        # uvloop does not poll before a woken task has run, and tells of a reset once: that must not be taken for stale.
        self._polls_again = polls_again
        self._stale = False
        self.waits: list[Readiness] = []
        callback = self._ready
        add(fd, callback)
        # Only the loop has it: it is gone once somebody else has put their own in its place, or has removed it.
        self._callback = weakref.ref(callback)
        table[fd] = self

    def _ready(self) -> None:
        if self._stale:
            # asyncio has polled once more before the woken task could run: this event is the one it knows of. Where it
            # is a new one, the next poll tells of it again.
            self._stale = False
            return
        woken = False
        for wait in self.waits:
            if not wait.future.done():
                wait.future.set_result(None)
                woken = True
        self._stale = woken and self._polls_again
        if not self.waits:
            # Nobody waits by now: what the peer sends meanwhile would wake the loop in vain, again and again.
            self.close()

    def leave(self, wait: Readiness) -> None:
        """Take out a wait that is over."""
        self.waits.remove(wait)
        if not self.waits and not self._stays:
            self.close()

    @property
    def is_lost(self) -> bool:
        """Whether nothing is to be heard of it any more: the owner has closed it, or another has it in the loop."""
        return (self.owner is not None and self.owner.fileno() != self._fd) or self._callback() is None

    def close(self) -> None:
        """Leave the loop; whoever still waits is cancelled."""
        if self._table.get(self._fd) is self:
            del self._table[self._fd]
            # Where a transport of asyncio's has taken the descriptor over, this is its registration by now, or that of
            # whoever has the number since it was closed. But uvloop lets the callback go by itself when a connection is
            # reset, and keeps the broken registration for whoever has the number next.
            if self._callback() is not None or (self.owner is not None and self.owner.fileno() == self._fd):
                try:  # noqa: SIM105 - once for each connection, and suppress() costs more than the rest of this
                    self._remove(self._fd)
                except RuntimeError:
                    # A transport is about to.
                    pass
            for wait in self.waits:
                cancel(wait.future)
