"""Turns: what is done under a lock, by one thread at a time, and what is told of it when no lock is held any more.

Whoever opens or closes a server calls other people's code: endpoints, listeners, loops, hooks. While that runs under a
lock, it must not find the same lock in its way: a lifetime asks ``is_taken_here`` first. And observers are called when
the lock is free, so that they may call the server back, also by another thread.
"""

import threading
from collections.abc import Callable
from typing import Final, TypeVar

from typedserver.events import Observer, ServerEvent, emit
from typedserver.process.callers import is_called_by

T = TypeVar("T")


class _Here(threading.local):
    """What this thread has to tell.

    locked: whether it may be in a turn. Only the stack knows, because Ctrl-C may come between any two steps; but that
    need not be asked of a thread which never takes a turn.
    """

    locked: bool = False

    def __init__(self) -> None:
        self.untold: list[tuple[Observer, ServerEvent]] = []


_here: Final = _Here()


class Turn:
    """A lock, and the steps that are taken under it."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def take(self, step: Callable[[], T]) -> T:
        """Take a step when nobody else does, and tell afterwards what happened; returns what it returns."""
        try:
            return self.take_and_tell_nothing(step)
        finally:
            _tell_the_rest()

    def take_and_tell_nothing(self, step: Callable[[], T]) -> T:
        """Take a step; what happens in it waits for the end of a turn."""
        _here.locked = True
        with self._lock:
            return step()

    def is_taken_here(self) -> bool:
        """Whether the calling thread is in a step of this turn: to take another one would wait for itself."""
        return is_called_by(_TAKES, lambda turn: turn is self)


_TAKES: Final = (Turn.take_and_tell_nothing.__code__,)


def _is_in_a_turn() -> bool:
    return _here.locked and is_called_by(_TAKES)


def tell(observer: Observer, event: ServerEvent) -> None:
    """Report an event to an observer, now or, in a turn, when the outermost one of this thread is over."""
    if _is_in_a_turn():
        _here.untold.append((observer, event))
    else:
        emit(observer, event)


def _tell_the_rest() -> None:
    if not _is_in_a_turn():
        _here.locked = False
        while _here.untold:
            emit(*_here.untold.pop(0))
