"""Asyncio: all requests in an asyncio loop, each a task of it, for handlers that use asyncio's libraries.

The recipe alone, which loads no asyncio: that takes a program twenty milliseconds and five megabytes, and most servers
have no use for it.
"""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, Protocol

from typedserver.errors import CompositionError
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.requests import RequestKind
from typedserver.protocols.strategies import ConcurrencyStrategy, Dispatcher, RequestProcessor
from typedserver.recipes import check_positive, has_methods, recipe_repr
from typedserver.strategies.bases import BaseStrategy

# Time for an exchange in progress, not for a client that is merely connected: with what follows it is well below the
# ten seconds after which `docker stop` kills.
DEFAULT_GRACE: Final = 3.0


class TaskLoop(Reactor, Protocol):
    """A loop of asyncio's kind, as far as it differs from any other reactor; asyncio's and uvloop's are."""

    def create_task(self, coroutine: Coroutine[Any, Any, object], /) -> object:
        """Run a coroutine as a task."""
        ...

    def run_until_complete(self, future: Awaitable[object], /) -> object:
        """Run until the task has ended."""
        ...


def new_event_loop() -> TaskLoop:
    """Make the loop that asyncio makes by default."""
    import asyncio  # noqa: PLC0415 - see above

    return asyncio.new_event_loop()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Asyncio(BaseStrategy):
    """Serve every request as a task in one asyncio loop: for handlers that are coroutines and use asyncio's libraries.

    loop_factory: makes the server's loop; ``uvloop.new_event_loop`` fits.
    grace: seconds that running requests are given when the server is closed, before they are cancelled; 0 cancels at
    once, None waits for ever.

    A handler awaits what it likes of asyncio's and of this library's. One that blocks holds up all of them: give what
    blocks to ``run_blocking`` or ``asyncio.to_thread``.

    Closing the server runs its loop on for ``grace``, then cancels what is left: ``finally`` clauses run, and may await
    for two seconds more; what has not ended by then is abandoned, with a line in the log. What handlers have given to
    threads has two seconds as well: a thread can not be ended, and one that blocks for longer is left, for which the
    interpreter waits at its end (None waits for those, too; so does a close that runs a loop of another kind than
    asyncio's and uvloop's own). A loop of somebody else's to which it was attached is run for the requests as well, if
    nobody runs it at that time; while it runs, a close in its own thread only begins with all that, and one in another
    thread waits for it.

    Raises RecipeError for values that can not work.
    """

    loop_factory: Callable[[], TaskLoop] = new_event_loop
    grace: float | None = DEFAULT_GRACE

    def __post_init__(self) -> None:
        if not callable(self.loop_factory):
            raise CompositionError(
                f"Asyncio(loop_factory={self.loop_factory!r}) can make no loop: give asyncio.new_event_loop or its like"
            )
        # A number below 0 is told apart from 0, which cancels at once.
        if self.grace != 0:
            check_positive(
                "Asyncio", "grace", self.grace, "give seconds, 0 to cancel at once, or None to wait for ever"
            )

    @property
    def request_kind(self) -> RequestKind:
        """Connections alone."""
        return "connections"

    @property
    def runs_coroutines(self) -> bool:
        """True: its handlers are coroutines."""
        return True

    @property
    def reactor_factory(self) -> Callable[[], Reactor]:
        """What makes the loop of a server: ``loop_factory``, checked.

        Calling it raises CompositionError if ``loop_factory`` makes what is no event loop.
        """
        return self._make_loop

    def _make_loop(self) -> Reactor:
        from typedserver.strategies.asyncio_tasks import own  # noqa: PLC0415 - see above

        loop = self.loop_factory()
        if not has_methods(loop, "run_forever", "create_task", "add_reader", "call_soon_threadsafe"):
            raise CompositionError(
                f"Asyncio(loop_factory={self.loop_factory!r}) made {loop!r}, which is no event loop: "
                "give asyncio.new_event_loop or uvloop.new_event_loop"
            )
        own(loop, self.loop_factory)
        return loop

    def start(self, processor: RequestProcessor[Coroutine[Any, Any, object]], reactor: Reactor | None, /) -> Dispatcher:
        """Begin work for a server; raises CompositionError for a reactor that is no asyncio loop."""
        from typedserver.strategies.asyncio_tasks import AsyncioDispatcher  # noqa: PLC0415 - see above

        return AsyncioDispatcher(processor, reactor, self.grace)

    __repr__ = recipe_repr


_conforms: type[ConcurrencyStrategy[Coroutine[Any, Any, object]]] = Asyncio
