"""ThreadPool: a fixed number of threads, and a queue before them that has an end."""

from dataclasses import dataclass
from typing import Final

from typedserver.protocols.reactors import Reactor
from typedserver.protocols.strategies import ConcurrencyStrategy, Dispatcher, RequestProcessor
from typedserver.recipes import check_at_least, recipe_repr
from typedserver.strategies.bases import BaseDispatcher, BaseStrategy
from typedserver.strategies.workers import Workers

# Blocking handlers wait more than they compute, so many threads for a processor; a stack is only touched when used.
DEFAULT_WORKERS: Final = 64

# Enough to keep every worker busy through a burst; what is beyond waits in the kernel's queue, where it costs nothing.
DEFAULT_QUEUE: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ThreadPool(BaseStrategy):
    """Serve requests in a fixed number of threads.

    workers: how many threads; they are started as requests come, and kept.
    queue: how many accepted requests may wait for a thread; accepting pauses when so many wait.
    daemon: whether the interpreter may end while a request is served.

    Closing the server waits for the requests that were accepted; with daemon threads it does not.

    Raises RecipeError for numbers that can not work.
    """

    workers: int = DEFAULT_WORKERS
    queue: int = DEFAULT_QUEUE
    daemon: bool = False

    def __post_init__(self) -> None:
        check_at_least("ThreadPool", "workers", self.workers, 1, "give how many threads serve")
        check_at_least("ThreadPool", "queue", self.queue, 0, "give how many requests may wait, or 0 for none")

    def start(self, processor: RequestProcessor[object], _reactor: Reactor | None, /) -> Dispatcher:
        """Begin work for a server."""
        return _ThreadPoolDispatcher(self, processor)

    __repr__ = recipe_repr


_conforms: type[ConcurrencyStrategy[object]] = ThreadPool


class _ThreadPoolDispatcher(BaseDispatcher):
    """Has as many workers as the recipe says, and room for as many requests before them."""

    __slots__ = ("_most", "_recipe", "_workers", "process_request")

    def __init__(self, recipe: ThreadPool, processor: RequestProcessor[object]) -> None:
        self._recipe = recipe
        self._most = recipe.workers + recipe.queue
        self._workers = Workers(processor, most=recipe.workers, daemon=recipe.daemon, keep=None)
        self.process_request = self._workers.serve

    @property
    def has_capacity(self) -> bool:
        return self._workers.unfinished < self._most

    def close(self, timeout: float | None = None, /) -> int:
        """Wait until what was accepted is served, and end the workers; of daemons nothing is waited for."""
        return self._workers.close(timeout, wait=not self._recipe.daemon)
