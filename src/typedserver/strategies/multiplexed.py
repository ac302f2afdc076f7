"""Multiplexed: all requests in the loop's one thread, each a coroutine that runs until it must wait.

The recipe alone: it knows no coroutine and no reactor.
"""

from dataclasses import dataclass

from typedserver.coroutines.blocking_calls import DEFAULT_THREADS, check_threads
from typedserver.errors import CompositionError
from typedserver.protocols.messages import Unfinished
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.strategies import ConcurrencyStrategy, Dispatcher, RequestProcessor
from typedserver.recipes import recipe_repr
from typedserver.strategies.bases import BaseStrategy
from typedserver.strategies.multiplexed_tasks import MultiplexedDispatcher


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Multiplexed(BaseStrategy):
    """Serve every request in the loop's own thread, thousands at once: for handlers that are coroutines.

    A handler runs until it must wait, for its peer or for something else; meanwhile others run. If a handler blocks, it
    holds up all of them: give functions that block to ``run_blocking``.

    threads: how many functions of ``run_blocking`` run at once; others wait for their turn. A thread is made when it is
    needed.

    Each request has a context (contextvars) of its own, which begins as the loop's. An async generator that a handler
    leaves open ends beside it, in the loop.

    Closing the server ends the running handlers where they wait: their ``finally`` clauses run, and wait for nothing;
    what they have not written yet is lost. Functions that handlers have given to threads are waited for, but not beyond
    the deadline of a drain, nor by the interpreter at its end.

    Raises RecipeError for values that cannot work.
    """

    threads: int = DEFAULT_THREADS

    def __post_init__(self) -> None:
        check_threads("Multiplexed", self.threads)

    @property
    def runs_coroutines(self) -> bool:
        """True: its handlers are coroutines."""
        return True

    def start(self, processor: RequestProcessor[Unfinished], reactor: Reactor | None, /) -> Dispatcher:
        """Begin work for a server; raises CompositionError if there is no loop to wait in."""
        if reactor is None:
            raise CompositionError("Multiplexed() needs a loop: it cannot serve for a class that has none")
        return MultiplexedDispatcher(processor, reactor, self.threads)

    __repr__ = recipe_repr


_conforms: type[ConcurrencyStrategy[Unfinished]] = Multiplexed
