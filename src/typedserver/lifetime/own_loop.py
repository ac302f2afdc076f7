"""The loop of a server's own: made when it is first needed, and run by one thread at a time.

It knows a reactor and threads, nothing of what is served.
"""

import threading
from collections.abc import Callable
from functools import partial

from typedserver.composition import check_reactor
from typedserver.errors import CompositionError
from typedserver.lifetime.attachment import End
from typedserver.protocols.reactors import Reactor


class OwnLoop:
    """A loop, the thread that runs it, and the end of that run.

    factory: what makes the loop.
    reactor: the loop; None before it is needed.
    thread: while the loop runs, the thread that runs it. It stays set for longer than the server is attached.
    ended: the end of the run that goes on, or was the last one.
    """

    __slots__ = ("_ready", "ended", "factory", "reactor", "thread")

    def __init__(self, reactor_factory: Callable[[], Reactor]) -> None:
        self.factory: Callable[[], Reactor] = reactor_factory
        self.reactor: Reactor | None = None
        self.thread: int | None = None
        self.ended: End = End(reached=True)
        # Whom to call in the first turn of the loop.
        self._ready: list[Callable[[Reactor], object]] = []

    def call_when_begun(self, callback: Callable[[Reactor], object]) -> None:
        """Call back in the first turn of the loop, before whatever is readable; not once the loop was made."""
        self._ready.append(callback)

    def made(self) -> Reactor:
        """Return the loop, made if need be; under the lock of whoever may call at the same time."""
        if self.reactor is None:
            # At once: if Ctrl-C comes next, it is closed with the server.
            self.reactor = self.factory()
            try:
                check_reactor(self.reactor)
            except CompositionError:
                self.reactor = None
                raise
        # Kept until each is called: if Ctrl-C comes between, the next call does what is left.
        while self._ready:
            self.reactor.call_soon_threadsafe(partial(self._ready[0], self.reactor))
            del self._ready[0]
        return self.reactor

    def runs_here(self) -> bool:
        """Whether the calling thread runs it, or has been interrupted in doing so."""
        return self.thread == threading.get_ident()

    def begin(self) -> None:
        """Note that the calling thread runs it from now on."""
        self.thread = threading.get_ident()
        self.ended = End(reached=False)

    def end(self) -> None:
        """Note that nobody runs it any more, and wake those who wait for that."""
        self.ended.reach()
        self.thread = None

    def close(self) -> None:
        """Close the loop, if there is one."""
        if self.reactor is not None:
            self.reactor.close()
