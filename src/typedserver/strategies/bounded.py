"""Bounded: any strategy, with a bound on how many requests it has at once."""

import threading
from dataclasses import dataclass
from typing import Any

from typing_extensions import TypeVar

from typedserver.errors import CompositionError
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.requests import Result_contra
from typedserver.protocols.strategies import ConcurrencyStrategy, Dispatcher, RequestProcessor
from typedserver.recipes import check_at_least, has_methods
from typedserver.strategies.bases import DispatcherWrapper, StrategyWrapper

BoundedResult = TypeVar("BoundedResult")


@dataclass(frozen=True, slots=True)
class Bounded(StrategyWrapper[Result_contra]):
    """Serve by ``strategy``, and accept nothing while it has ``max_requests``: the rest waits in the kernel's queue.

    Raises RecipeError for a bound below 1, CompositionError for what is no strategy.
    """

    strategy: ConcurrencyStrategy[Result_contra]
    max_requests: int

    def __post_init__(self) -> None:
        check_at_least("Bounded", "max_requests", self.max_requests, 1, "give the most requests at once")
        if not has_methods(self.strategy, "start"):
            raise CompositionError(f"{self.strategy!r} is no strategy: give Bounded a recipe such as Threads()")

    @property
    def inner(self) -> ConcurrencyStrategy[Result_contra]:
        """The strategy that it bounds."""
        return self.strategy

    def start(self, processor: RequestProcessor[Result_contra], reactor: Reactor | None, /) -> Dispatcher:
        """Begin work for a server."""
        return _BoundedDispatcher(self, processor, reactor)

    def __repr__(self) -> str:
        return f"Bounded({self.strategy!r}, {self.max_requests})"


_conforms: type[ConcurrencyStrategy[object]] = Bounded[object]


class _BoundedDispatcher(DispatcherWrapper):
    """Counts what goes in by process_request and what comes out by release; it is the wrapped one's processor."""

    __slots__ = ("_begun", "_count", "_lock", "_max_requests", "_processor")

    def __init__(
        self, recipe: Bounded[BoundedResult], processor: RequestProcessor[BoundedResult], reactor: Reactor | None
    ) -> None:
        self._processor: RequestProcessor[Any] = processor
        self._max_requests = recipe.max_requests
        self._count = 0
        # The last request that was given to the wrapped strategy, until it is released.
        self._begun: object = None
        # Released in any thread, counted up in the loop's: an addition is no single step.
        self._lock = threading.Lock()
        super().__init__(recipe.strategy.start(self, reactor))

    @property
    def has_capacity(self) -> bool:
        return self._count < self._max_requests and self.inner.has_capacity

    def process_request(self, request: object, client_address: object, /) -> None:
        with self._lock:
            self._count += 1
        self._begun = request
        try:
            self.inner.process_request(request, client_address)
        except Exception:
            # It was to release what it does not serve (Dispatcher). One that forgets that would take a place for ever
            # with each, until nothing more is accepted.
            if self._begun is request:
                self.release(request, client_address, None)
            raise

    # What the wrapped strategy sees: a RequestProcessor

    def serve_request(self, request: object, client_address: object, /) -> None:
        self._processor.serve_request(request, client_address)

    def begin_request(self, request: object, client_address: object, /) -> Any:
        return self._processor.begin_request(request, client_address)

    def end_request(self, request: object, client_address: object, error: BaseException | None, /) -> None:
        self._processor.end_request(request, client_address, error)

    def close_request(self, request: object, /) -> None:
        self._processor.close_request(request)

    def enter_child(self, request: object, /) -> None:
        self._processor.enter_child(request)

    def drain_in_child(self) -> None:
        self._processor.drain_in_child()

    def fail(self, error: BaseException, /) -> None:
        self._processor.fail(error)

    def release(self, request: object, client_address: object, error: BaseException | None, /) -> None:
        # Before the server looks at the capacity again.
        with self._lock:
            self._count -= 1
            if self._begun is request:
                self._begun = None
        self._processor.release(request, client_address, error)
