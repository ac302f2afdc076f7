"""Threads: each request in a thread that it has to itself while it is served.

It knows workers by their count, nothing of how they take requests.
"""

from dataclasses import dataclass
from typing import Final

from typedserver.protocols.reactors import Reactor
from typedserver.protocols.strategies import ConcurrencyStrategy, Dispatcher, RequestProcessor
from typedserver.recipes import check_flags, check_positive, recipe_repr
from typedserver.strategies.bases import BaseDispatcher, BaseStrategy
from typedserver.strategies.workers import Workers

# Seconds; long enough that a busy server hardly ever starts a thread, short enough that a burst's threads end soon.
DEFAULT_KEEP: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Threads(BaseStrategy):
    """Serve each request in a thread of its own, without a bound; threads are used again.

    daemon: whether the interpreter may end while a request is served (threading's daemon threads).
    block_on_close: whether closing the server waits for the threads. As in ``socketserver``, it never waits for daemon
    threads.
    keep: seconds that a thread without a request waits for the next one before it ends.

    Each request has a context (contextvars) of its own. If a handler leaves something in a ``threading.local``, the
    next handler in that thread finds it.

    Raises RecipeError for a time that cannot work.
    """

    daemon: bool = False
    block_on_close: bool = True
    keep: float = DEFAULT_KEEP

    def __post_init__(self) -> None:
        check_flags("Threads", daemon=self.daemon, block_on_close=self.block_on_close)
        check_positive("Threads", "keep", self.keep, "give the seconds that an idle thread waits", needed=True)

    def start(self, processor: RequestProcessor[object], _reactor: Reactor | None, /) -> Dispatcher:
        """Begin work for a server."""
        return _ThreadsDispatcher(self, processor)

    __repr__ = recipe_repr


_conforms: type[ConcurrencyStrategy[object]] = Threads


class _ThreadsDispatcher(BaseDispatcher):
    """Has any number of workers."""

    __slots__ = ("_recipe", "_workers", "process_request")

    has_capacity = True

    def __init__(self, recipe: Threads, processor: RequestProcessor[object]) -> None:
        self._recipe = recipe
        self._workers = Workers(processor, most=None, daemon=recipe.daemon, keep=recipe.keep)
        self.process_request = self._workers.serve

    def close(self, timeout: float | None = None, /) -> int:
        """End the threads, and wait for them at most ``timeout`` seconds, unless the recipe forbids it."""
        return self._workers.close(timeout, wait=self._recipe.block_on_close and not self._recipe.daemon)
