"""A server's place in a loop, and the end of a loop as an event that Ctrl-C may interrupt."""

import contextlib
import threading
from collections.abc import Callable
from typing import TypeAlias

from typedserver.protocols.reactors import Reactor

Ended: TypeAlias = Callable[[BaseException | None], object]
"""Called once when a server has left a loop, with what made it leave; None if somebody asked for that."""


class Attachment:
    """A server's place in a loop; made by ``attach``."""

    __slots__ = ("_ended", "_leave", "attached", "reactor")

    def __init__(self, reactor: Reactor, leave: "Callable[[Attachment], object]", ended: Ended) -> None:
        self.reactor: Reactor = reactor
        self.attached: bool = True
        self._leave = leave
        self._ended = ended

    def refuse(self) -> None:
        """Note that the server does not enter the loop at all: it was asked to end before."""
        self.attached = False
        self._ended(None)

    def detach(self) -> None:
        """Leave the loop: nothing more is accepted, running requests go on. Loop's thread only; idempotent."""
        self.end(None)

    def end(self, error: BaseException | None) -> None:
        """Leave the loop because of an error; as ``detach`` without one."""
        if self.attached:
            self.attached = False
            try:
                self._leave(self)
            finally:
                self._ended(error)


class End:
    """The end of one run of a loop: an Event that Ctrl-C can interrupt anywhere.

    Unlike threading.Event, it is safe against KeyboardInterrupt at any bytecode: Event's internal lock stays locked if
    the interrupt arrives while the lock is being acquired.
    """

    __slots__ = ("_callbacks", "_lock", "_reached")

    def __init__(self, *, reached: bool) -> None:
        self._reached = reached
        self._callbacks: list[Callable[[], object]] = []
        self._lock = threading.Lock()
        self._lock.acquire()

    def reach(self) -> None:
        """Wake all who wait; another call does nothing more."""
        self._reached = True
        # Nobody holds the lock for good: a thread that was just woken releases it as well.
        with contextlib.suppress(RuntimeError):
            self._lock.release()
        for callback in list(self._callbacks):
            callback()

    def call(self, callback: Callable[[], object]) -> None:
        """Call back when it is reached, or now, once or more often; the callback must not wait. From any thread."""
        # First: whoever reaches it meanwhile sees the callback, or this sees that it was reached.
        self._callbacks.append(callback)
        if self._reached:
            callback()

    def forget(self, callback: Callable[[], object]) -> None:
        """Take ``call`` back."""
        self._callbacks.remove(callback)

    def wait(self) -> None:
        """Wait until it is reached."""
        try:
            if not self._reached:
                self._lock.acquire()
        finally:
            if self._reached:
                self.reach()


def raise_in_loop(error: BaseException | None) -> None:
    """Raise what made a server leave its loop, if anything did."""
    if error is not None:
        raise error
