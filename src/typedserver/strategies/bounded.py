"""Bounded: any strategy, with a bound on how many requests it has at once.

It knows the strategy inside by its contract only.
"""

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

    A connection counts from its handler's beginning: one whose handshake goes on takes no place. Only ``Asyncio`` runs
    handshakes itself, so that there they count.

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
    """What the wrapped strategy sees of the server: notes the requests that are begun and not released.

    begun: which these are, by their identity. A set and not a count: it changes in one step, in whatever thread, and
    whatever comes between two steps, no request can be counted twice.
    """

    __slots__ = ("begun",)

    def __init__(self, inner: RequestProcessor[Result_co]) -> None:
        super().__init__(inner)
        self.begun: set[int] = set()

    @override
    def release(self, request: object, client_address: object, error: BaseException | None, /) -> None:
        """Make room, then pass the request on, because the server looks at the capacity then."""
        self.begun.discard(id(request))
        self.inner.release(request, client_address, error)


class _BoundedDispatcher(DispatcherWrapper):
    """Has capacity for as many requests as the recipe says."""

    __slots__ = ("_begun", "_max_requests", "_processor")

    def __init__(self, inner: Dispatcher, processor: _CountingProcessor[object], max_requests: int) -> None:
        super().__init__(inner)
        self._processor = processor
        self._begun = processor.begun
        self._max_requests = max_requests

    @property
    @override
    def has_capacity(self) -> bool:
        return len(self._begun) < self._max_requests and self.inner.has_capacity

    @property
    @override
    def establishes(self) -> bool:
        """Return False: a client that is silent in its handshake must not hold a place."""
        return False

    @override
    def process_request(self, request: object, client_address: object, /) -> None:
        self._begun.add(id(request))
        try:
            self.inner.process_request(request, client_address)
        except Exception:
            # A dispatcher must release a request that it does not serve. If one forgets that, each such request would
            # take a place for ever, until nothing more is accepted.
            if id(request) in self._begun:
                self._processor.release(request, client_address, None)
            raise
