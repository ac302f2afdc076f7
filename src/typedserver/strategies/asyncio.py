"""Asyncio: all requests in an asyncio loop, each a task of it, for handlers that use asyncio's libraries.

The recipe alone, which does not load asyncio: to load it costs twenty milliseconds and five megabytes, and most servers
have no use for it.
"""

import importlib
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, Protocol

from typedserver.coroutines.blocking_calls import DEFAULT_THREADS, check_threads
from typedserver.errors import CompositionError
from typedserver.protocols.messages import Unfinished
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.strategies import ConcurrencyStrategy, Dispatcher, RequestProcessor
from typedserver.recipes import check_positive, has_methods, recipe_repr
from typedserver.strategies.bases import BaseStrategy

# Seconds; enough for an exchange in progress, not for a client that is only connected. With all that follows, a close
# takes well below the ten seconds after which `docker stop` kills.
DEFAULT_GRACE: Final = 3.0

# What a server needs while it runs. asyncio gives functions to threads of concurrent.futures, which imports them only
# when they are asked for.
_NEEDED: Final = (
    "concurrent.futures.thread",
    "typedserver.strategies.asyncio_end",
    "typedserver.strategies.asyncio_tasks",
)


class TaskLoop(Reactor, Protocol):
    """A loop of asyncio's kind, such as asyncio's and uvloop's: a reactor that runs tasks."""

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
    grace: seconds that running requests have when the server is closed, before they are cancelled; 0 cancels at once,
    None waits for ever.
    threads: how many functions of ``run_blocking`` run at once; others wait for their turn. A thread is made when it is
    needed. Servers that share a loop share its threads, as many as the one with the most may have.

    A handler may await anything of asyncio's and of this library's. If a handler blocks, it holds up all of them: give
    functions that block to ``run_blocking`` or ``asyncio.to_thread``.

    Closing the server runs its loop for ``grace`` seconds, then cancels the requests that are left: their ``finally``
    clauses run, and may await for two seconds more. Requests that have not ended by then are abandoned, with a line in
    the log. A request that a deadline cuts has its two seconds likewise; each is cancelled once, whoever ends it.
    Functions that handlers have given to threads have two seconds as well. A thread cannot be ended: if its function
    blocks for longer, it is left. The interpreter waits at its end for those of ``asyncio.to_thread``, not for those of
    ``run_blocking``. If ``grace`` is None, the close waits for all of them; if the loop is neither asyncio's nor
    uvloop's own, for those of ``asyncio.to_thread``.

    If the server was attached to a loop of somebody else's, and nobody runs that loop at the close, the close runs it
    for the requests. If it runs, a close in its own thread only begins with all of that; a close in another thread
    waits for it.

    Raises RecipeError for values that cannot work, CompositionError if ``loop_factory`` cannot be called.
    """

    loop_factory: Callable[[], TaskLoop] = new_event_loop
    grace: float | None = DEFAULT_GRACE
    threads: int = DEFAULT_THREADS

    def __post_init__(self) -> None:
        if not callable(self.loop_factory):
            raise CompositionError(
                f"Asyncio(loop_factory={self.loop_factory!r}) cannot make a loop: give asyncio.new_event_loop"
            )
        check_threads("Asyncio", self.threads)
        # 0 cancels at once; a number below 0 is a mistake.
        if self.grace != 0 or isinstance(self.grace, bool):
            check_positive(
                "Asyncio", "grace", self.grace, "give seconds, 0 to cancel at once, or None to wait for ever"
            )

    @property
    def runs_coroutines(self) -> bool:
        """True: its handlers are coroutines."""
        return True

    @property
    def reactor_factory(self) -> Callable[[], Reactor]:
        """What makes the loop of a server: ``loop_factory``, with a check of its result.

        To call it raises CompositionError if ``loop_factory`` returns something that is no event loop.
        """
        return self._make_loop

    def _make_loop(self) -> Reactor:
        from typedserver.strategies.asyncio_end import note_own_loop  # noqa: PLC0415 - see above

        loop = self.loop_factory()
        if not has_methods(loop, "run_forever", "create_task", "add_reader", "call_soon_threadsafe"):
            raise CompositionError(
                f"Asyncio(loop_factory={self.loop_factory!r}) made {loop!r}, which is no event loop: "
                "give asyncio.new_event_loop or uvloop.new_event_loop"
            )
        note_own_loop(loop, self.loop_factory)
        return loop

    def load(self) -> None:
        """Import asyncio, and what is built on it here."""
        for module in _NEEDED:
            importlib.import_module(module)

    def start(self, processor: RequestProcessor[Unfinished], reactor: Reactor | None, /) -> Dispatcher:
        """Begin work for a server; raises CompositionError if the reactor is no asyncio loop."""
        from typedserver.strategies.asyncio_tasks import AsyncioDispatcher  # noqa: PLC0415 - see above

        return AsyncioDispatcher(processor, reactor, self.grace, self.threads)

    __repr__ = recipe_repr


_conforms: type[ConcurrencyStrategy[Unfinished]] = Asyncio
