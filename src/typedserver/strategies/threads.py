"""Threads: each request in a thread that it has for itself while it is served."""

from dataclasses import dataclass
from typing import Final

from typedserver.protocols.reactors import Reactor
from typedserver.protocols.strategies import ConcurrencyStrategy, Dispatcher, RequestProcessor
from typedserver.recipes import check_positive, recipe_repr
from typedserver.strategies.bases import BaseDispatcher, BaseStrategy
from typedserver.strategies.workers import Workers

# Long enough that a busy server hardly ever starts a thread, short enough that a burst is soon forgotten.
DEFAULT_KEEP: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Threads(BaseStrategy):
    """Serve each request in a thread of its own, however many there are; threads are used again.

    daemon: whether the interpreter may end while a request is served (threading's daemon threads).
    block_on_close: whether closing the server waits for the threads; daemon threads are never waited for, as in
    ``socketserver``.
    keep: seconds that a thread without a request waits for the next one before it ends.

    Each request has a context (contextvars) of its own; what a handler leaves in a ``threading.local`` the next one in
    that thread finds.

    Raises RecipeError for a time that can not work.
    """

    daemon: bool = False
    block_on_close: bool = True
    keep: float = DEFAULT_KEEP

    def __post_init__(self) -> None:
        check_positive("Threads", "keep", self.keep, "give the seconds that an idle thread waits")

    def start(self, processor: RequestProcessor[object], _reactor: Reactor | None, /) -> Dispatcher:
        """Begin work for a server."""
        return _ThreadsDispatcher(self, processor)

    __repr__ = recipe_repr


_conforms: type[ConcurrencyStrategy[object]] = Threads


class _ThreadsDispatcher(BaseDispatcher):
    """Has workers without a bound."""

    __slots__ = ("_recipe", "_workers", "process_request")

    has_capacity = True

    def __init__(self, recipe: Threads, processor: RequestProcessor[object]) -> None:
        self._recipe = recipe
        self._workers = Workers(processor, most=None, daemon=recipe.daemon, keep=recipe.keep)
        self.process_request = self._workers.serve

    def close(self, timeout: float | None = None, /) -> int:
        """Join the threads, unless the recipe says not to."""
        return self._workers.close(timeout, wait=self._recipe.block_on_close and not self._recipe.daemon)
