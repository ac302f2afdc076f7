"""Calls in any loop: once from another thread, again and again, and after growing pauses.

It knows a loop by its contract alone, so that ours, asyncio's and uvloop's all fit.
"""

import time
from collections.abc import Callable

from typedserver.protocols.reactors import Reactor, TimerHandle


def call_in_loop(reactor: Reactor, callback: Callable[[], object]) -> None:
    """Call back once in the loop; nothing happens if the loop is closed. From any thread or signal handler."""
    try:  # noqa: SIM105 - coroutines wake one another by it, and contextlib.suppress costs as much as the rest of this
        reactor.call_soon_threadsafe(callback)
    except RuntimeError:
        # asyncio's and uvloop's loops raise it once they are closed, and no caller of this could do anything.
        pass


class MonotonicClock:
    """The time of a loop that keeps none."""

    __slots__ = ()

    @property
    def now(self) -> float:
        """The monotonic clock's."""
        return time.monotonic()


def every(reactor: Reactor, seconds: float, callback: Callable[[], object]) -> TimerHandle:
    """Call back every so many seconds, first after the first of them, until the returned timer is cancelled.

    An exception of the callback goes to the loop, and does not end the calls. Loop's thread only.
    """
    return _Repeated(reactor, seconds, callback)


class _Repeated:
    """A timer that is set anew each time before it calls back."""

    __slots__ = ("_callback", "_reactor", "_seconds", "_timer")

    def __init__(self, reactor: Reactor, seconds: float, callback: Callable[[], object]) -> None:
        self._reactor = reactor
        self._seconds = seconds
        self._callback = callback
        self._timer: TimerHandle = reactor.call_later(seconds, self._call)

    def _call(self) -> None:
        # First, so that the callback may cancel it, or raise.
        self._timer = self._reactor.call_later(self._seconds, self._call)
        self._callback()

    def cancel(self) -> None:
        """Call back no more."""
        self._timer.cancel()


class Backoff:
    """Pauses between attempts: the first one, then each twice as long as the one before, up to the last one.

    first, last: in seconds; ``last`` may be infinite.
    """

    __slots__ = ("_first", "_last", "_next")

    def __init__(self, first: float, last: float) -> None:
        self._first = first
        self._last = last
        self._next = first

    def next(self) -> float:
        """Return the pause before the next attempt."""
        pause = self._next
        self._next = min(pause * 2, self._last)
        return pause

    def reset(self) -> None:
        """Begin with the first pause again: an attempt has succeeded."""
        self._next = self._first
