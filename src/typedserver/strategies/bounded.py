"""Bounded: any strategy, with a bound on how many requests it has at once."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic

from typing_extensions import TypeVar

from typedserver.errors import CompositionError
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.requests import RequestKind, Result_contra
from typedserver.protocols.strategies import ConcurrencyStrategy, Dispatcher, RequestProcessor
from typedserver.recipes import check_at_least, has_methods

BoundedResult = TypeVar("BoundedResult")


@dataclass(frozen=True, slots=True)
class Bounded(Generic[Result_contra]):
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
    def request_kind(self) -> RequestKind | None:
        """What the wrapped strategy serves alone; None where it serves all."""
        kind: RequestKind | None = getattr(self.strategy, "request_kind", None)
        return kind

    @property
    def runs_coroutines(self) -> bool:
        """Whether the wrapped strategy runs coroutine handlers alone."""
        return bool(getattr(self.strategy, "runs_coroutines", False))

    @property
    def reactor_factory(self) -> Callable[[], Reactor] | None:
        """What makes the loop that the wrapped strategy needs; None where any will do."""
        factory: Callable[[], Reactor] | None = getattr(self.strategy, "reactor_factory", None)
        return factory

    def start(self, processor: RequestProcessor[Result_contra], reactor: Reactor | None, /) -> Dispatcher:
        """Begin work for a server."""
        return _BoundedDispatcher(self, processor, reactor)

    def check_before_fork(self) -> None:
        """As the wrapped strategy has it."""
        check: Callable[[], object] | None = getattr(self.strategy, "check_before_fork", None)
        if check is not None:
            check()

    def __repr__(self) -> str:
        return f"Bounded({self.strategy!r}, {self.max_requests})"


_conforms: type[ConcurrencyStrategy[object]] = Bounded[object]


class _BoundedDispatcher:
    """Counts what goes in by process_request and what comes out by release; it is the wrapped one's processor."""

    __slots__ = ("_begun", "_count", "_inner", "_lock", "_max_requests", "_processor")

    def __init__(
        self, recipe: Bounded[BoundedResult], processor: RequestProcessor[BoundedResult], reactor: Reactor | None
    ) -> None:
        self._processor: RequestProcessor[Any] = processor
        self._max_requests = recipe.max_requests
        self._count = 0
        # The last request that was given to the wrapped strategy, until it is released.
        self._begun: Any = None
        # Released in any thread, counted up in the loop's: an addition is no single step.
        self._lock = threading.Lock()
        self._inner = recipe.strategy.start(self, reactor)

    @property
    def has_capacity(self) -> bool:
        return self._count < self._max_requests and self._inner.has_capacity

    @property
    def runs_in_loop(self) -> bool:
        """As the wrapped strategy has it."""
        return bool(getattr(self._inner, "runs_in_loop", False))

    @property
    def blocks_loop(self) -> bool:
        """As the wrapped strategy has it."""
        return bool(getattr(self._inner, "blocks_loop", False))

    def is_worker(self) -> bool:
        """As the wrapped strategy has it."""
        is_worker: Callable[[], bool] | None = getattr(self._inner, "is_worker", None)
        return is_worker is not None and is_worker()

    def process_request(self, request: Any, client_address: Any, /) -> None:
        with self._lock:
            self._count += 1
        self._begun = request
        try:
            self._inner.process_request(request, client_address)
        except Exception:
            # It was to release what it does not serve (Dispatcher). One that forgets that would take a place for ever
            # with each, until nothing more is accepted.
            if self._begun is request:
                self.release(request, client_address, None)
            raise

    def service_actions(self) -> None:
        self._inner.service_actions()

    def drain(self) -> None:
        self._inner.drain()

    def cut(self, request: Any, /) -> None:
        self._inner.cut(request)

    def close(self, timeout: float | None = None, /) -> int:
        return self._inner.close(timeout)

    # What the wrapped strategy sees: a RequestProcessor

    def serve_request(self, request: Any, client_address: Any, /) -> None:
        self._processor.serve_request(request, client_address)

    def begin_request(self, request: Any, client_address: Any, /) -> Any:
        return self._processor.begin_request(request, client_address)

    def end_request(self, request: Any, client_address: Any, error: BaseException | None, /) -> None:
        self._processor.end_request(request, client_address, error)

    def close_request(self, request: Any, /) -> None:
        self._processor.close_request(request)

    def enter_child(self, request: Any, /) -> None:
        self._processor.enter_child(request)

    def drain_in_child(self) -> None:
        self._processor.drain_in_child()

    def fail(self, error: BaseException, /) -> None:
        self._processor.fail(error)

    def release(self, request: Any, client_address: Any, error: BaseException | None, /) -> None:
        # Before the server looks at the capacity again.
        with self._lock:
            self._count -= 1
            if self._begun is request:
                self._begun = None
        self._processor.release(request, client_address, error)
