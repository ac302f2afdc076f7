"""Bounded: any strategy, with a bound on how many requests it has at once.

It knows the strategy inside by its contract only.
"""

import threading
from dataclasses import dataclass

from typing_extensions import override

from typedserver.composition import check_strategy
from typedserver.errors import CompositionError
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.requests import Result_co, Result_contra
from typedserver.protocols.strategies import ConcurrencyStrategy, Dispatcher, RequestProcessor
from typedserver.recipes import check_at_least, has_methods
from typedserver.strategies.bases import DispatcherWrapper, ProcessorWrapper, StrategyWrapper


@dataclass(frozen=True, slots=True)
class Bounded(StrategyWrapper[Result_contra]):
    """Serve by ``strategy``, and accept nothing while it has ``max_requests``: new clients wait in the kernel's queue.

    Raises RecipeError for a bound below 1, CompositionError if ``strategy`` is no strategy.
    """

    strategy: ConcurrencyStrategy[Result_contra]
    max_requests: int

    def __post_init__(self) -> None:
        check_at_least("Bounded", "max_requests", self.max_requests, 1, "give the most requests at once")
        if not has_methods(self.strategy, "start"):
            raise CompositionError(f"{self.strategy!r} is no strategy: give Bounded a recipe such as Threads()")
        check_strategy(self.strategy)

    @property
    def inner(self) -> ConcurrencyStrategy[Result_contra]:
        """The strategy that this one bounds."""
        return self.strategy

    def start(self, processor: RequestProcessor[Result_contra], reactor: Reactor | None, /) -> Dispatcher:
        """Begin work for a server."""
        counting = _CountingProcessor(processor)
        return _BoundedDispatcher(self.strategy.start(counting, reactor), counting, self.max_requests)

    def __repr__(self) -> str:
        return f"Bounded({self.strategy!r}, {self.max_requests})"


_conforms: type[ConcurrencyStrategy[object]] = Bounded[object]


class _CountingProcessor(ProcessorWrapper[Result_co]):
    """What the wrapped strategy sees of the server: counts the requests that are begun and not released.

    count: how many there are.
    """

    __slots__ = ("_begun", "_lock", "count")

    def __init__(self, inner: RequestProcessor[Result_co]) -> None:
        super().__init__(inner)
        self.count: int = 0
        # The last request that was given to the wrapped strategy, until it is released.
        self._begun: object = None
        # The loop's thread counts up, any thread counts down, and an addition is no single step.
        self._lock = threading.Lock()

    def begin(self, request: object) -> None:
        """Count a request that is given to the wrapped strategy next."""
        with self._lock:
            self.count += 1
        self._begun = request

    def is_begun(self, request: object) -> bool:
        """Whether this request is the last one that was given to the wrapped strategy, and was not released."""
        return self._begun is request

    @override
    def release(self, request: object, client_address: object, error: BaseException | None, /) -> None:
        """Make room, then pass the request on, because the server looks at the capacity then."""
        with self._lock:
            self.count -= 1
            if self._begun is request:
                self._begun = None
        self.inner.release(request, client_address, error)


class _BoundedDispatcher(DispatcherWrapper):
    """Has capacity for as many requests as the recipe says."""

    __slots__ = ("_max_requests", "_processor")

    def __init__(self, inner: Dispatcher, processor: _CountingProcessor[object], max_requests: int) -> None:
        super().__init__(inner)
        self._processor = processor
        self._max_requests = max_requests

    @property
    @override
    def has_capacity(self) -> bool:
        return self._processor.count < self._max_requests and self.inner.has_capacity

    @override
    def process_request(self, request: object, client_address: object, /) -> None:
        processor = self._processor
        processor.begin(request)
        try:
            self.inner.process_request(request, client_address)
        except Exception:
            # A dispatcher must release a request that it does not serve. If one forgets that, each such request would
            # take a place for ever, until nothing more is accepted.
            if processor.is_begun(request):
                processor.release(request, client_address, None)
            raise
