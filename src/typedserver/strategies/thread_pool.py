"""ThreadPool: a fixed number of threads, and a bounded queue before them.

It knows workers by their count, nothing of how they take requests.
"""

from dataclasses import dataclass
from typing import Final

from typedserver.protocols.reactors import Reactor
from typedserver.protocols.strategies import ConcurrencyStrategy, Dispatcher, RequestProcessor
from typedserver.recipes import check_at_least, check_flags, recipe_repr
from typedserver.strategies.bases import BaseDispatcher, BaseStrategy
from typedserver.strategies.workers import Workers

# Many threads for each processor, because blocking handlers wait more than they compute, and a thread that was never
# needed costs nothing.
DEFAULT_WORKERS: Final = 64

# Enough to keep every worker busy through a burst. Further clients wait in the kernel's queue, which costs nothing.
DEFAULT_QUEUE: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ThreadPool(BaseStrategy):
    """Serve requests in a fixed number of threads.

    workers: how many threads; each is started when a request needs it, and kept.
    queue: how many accepted requests may wait for a thread; accepting pauses while so many wait.
    daemon: whether the interpreter may end while a request is served.

    Closing the server waits for the requests that were accepted, unless the threads are daemons.

    Raises RecipeError for numbers that cannot work.
    """

    workers: int = DEFAULT_WORKERS
    queue: int = DEFAULT_QUEUE
    daemon: bool = False

    def __post_init__(self) -> None:
        check_at_least("ThreadPool", "workers", self.workers, 1, "give how many threads serve")
        check_flags("ThreadPool", daemon=self.daemon)
        check_at_least("ThreadPool", "queue", self.queue, 0, "give how many requests may wait, or 0 for none")

    def start(self, processor: RequestProcessor[object], _reactor: Reactor | None, /) -> Dispatcher:
        """Begin work for a server."""
        return _ThreadPoolDispatcher(self, processor)

    __repr__ = recipe_repr


_conforms: type[ConcurrencyStrategy[object]] = ThreadPool


class _ThreadPoolDispatcher(BaseDispatcher):
    """Has a fixed number of workers, and room for a fixed number of waiting requests."""

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
        """End the workers when the accepted requests are served, and wait for them unless they are daemons."""
        return self._workers.close(timeout, wait=not self._recipe.daemon)
