"""What authors of strategies, dispatchers and wrappers of them inherit: defaults, and passing on.

A class that inherits one of these has every member of its contract, also those that come later. Nothing here knows how
requests are served.
"""

from collections.abc import Callable
from typing import Generic

from typedserver.composition import check_dispatcher
from typedserver.errors import CompositionError
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.requests import RequestKind, Result_co, Result_contra
from typedserver.protocols.strategies import (
    Companion,
    ConcurrencyStrategy,
    Dispatcher,
    LiveRequest,
    Place,
    PlainConnections,
    RequestProcessor,
)


class BaseStrategy:
    """The defaults of a strategy: it serves every kind of request, in any loop; ``start`` is the heir's to say."""

    __slots__ = ()

    @property
    def request_kind(self) -> RequestKind | None:
        """None: it serves every kind of request."""
        return None

    @property
    def runs_coroutines(self) -> bool:
        """False: it serves plain handlers and coroutines alike."""
        return False

    @property
    def reactor_factory(self) -> Callable[[], Reactor] | None:
        """None: any loop will do."""
        return None

    def load(self) -> None:
        """Import nothing: its module has imported what it needs."""

    def check_before_fork(self) -> None:
        """Raise nothing: it has nothing that a forked process would lack."""


class StrategyWrapper(Generic[Result_contra]):
    """A strategy around another one: passes on what that says of itself. ``inner`` and ``start`` are the heir's."""

    __slots__ = ()

    @property
    def inner(self) -> ConcurrencyStrategy[Result_contra]:
        """The strategy that it wraps."""
        raise CompositionError(
            f"{type(self).__name__} is no complete wrapper: its property `inner` must return the wrapped strategy"
        )

    @property
    def request_kind(self) -> RequestKind | None:
        """As the wrapped strategy."""
        return self.inner.request_kind

    @property
    def runs_coroutines(self) -> bool:
        """As the wrapped strategy."""
        return self.inner.runs_coroutines

    @property
    def reactor_factory(self) -> Callable[[], Reactor] | None:
        """As the wrapped strategy."""
        return self.inner.reactor_factory

    def load(self) -> None:
        """As the wrapped strategy."""
        self.inner.load()

    def check_before_fork(self) -> None:
        """As the wrapped strategy."""
        self.inner.check_before_fork()


class BaseDispatcher:
    """The defaults of a dispatcher whose workers are threads of this process.

    ``has_capacity`` and ``process_request`` are the heir's to say, and ``place`` if it differs.
    """

    __slots__ = ()

    place: Place = Place.APART
    runs_exchanges: bool = False
    establishes: bool = False
    calls_only: RequestProcessor[object] | None = None

    def compose(self, _plain: PlainConnections[object], /) -> Callable[[object, object], object] | None:
        """Return None: each request comes by ``process_request``."""
        return None

    def is_worker(self) -> bool:
        """Return False: whoever is inside ``serve_request`` is known by the server."""
        return False

    def service_actions(self) -> None:
        """Do nothing: nothing is left to a loop."""

    def drain(self) -> None:
        """Do nothing: no worker is out of this process."""

    def cut(self, request: object, /) -> None:
        """Leave it to the end of the request's connection: a thread cannot be ended from outside."""

    def accompany(self, _companion: Companion, /) -> Callable[[], object] | None:
        """Return None: the server has the loop run it."""
        return None

    def close(self, _timeout: float | None = None, /) -> int:
        """Return 0: no worker is left when the loop has ended."""
        return 0


class DispatcherWrapper:
    """A dispatcher around another one: passes everything on. The heir overrides what it changes.

    inner: the dispatcher that it wraps; closed with it. Raises CompositionError for one that lacks a member.
    """

    __slots__ = ("inner",)

    def __init__(self, inner: Dispatcher) -> None:
        # Here, because the wrapper itself has every member.
        check_dispatcher(inner)
        self.inner: Dispatcher = inner

    @property
    def place(self) -> Place:
        """As the wrapped dispatcher."""
        return self.inner.place

    @property
    def has_capacity(self) -> bool:
        """As the wrapped dispatcher."""
        return self.inner.has_capacity

    @property
    def runs_exchanges(self) -> bool:
        """As the wrapped dispatcher."""
        return self.inner.runs_exchanges

    @property
    def establishes(self) -> bool:
        """Return False: the heir may have a bound, whose places silent clients must not hold. Override it otherwise."""
        return False

    @property
    def calls_only(self) -> RequestProcessor[object] | None:
        """Return None: the heir may do more than the wrapped dispatcher."""
        return None

    def compose(self, _plain: PlainConnections[object], /) -> Callable[[object, object], object] | None:
        """Return None: the heir may have overridden ``process_request``, which each request must come by then."""
        return None

    def process_request(self, request: object, client_address: object, /) -> None:
        """As the wrapped dispatcher."""
        self.inner.process_request(request, client_address)

    def is_worker(self) -> bool:
        """As the wrapped dispatcher."""
        return self.inner.is_worker()

    def service_actions(self) -> None:
        """As the wrapped dispatcher."""
        self.inner.service_actions()

    def drain(self) -> None:
        """As the wrapped dispatcher."""
        self.inner.drain()

    def cut(self, request: object, /) -> None:
        """As the wrapped dispatcher."""
        self.inner.cut(request)

    def accompany(self, companion: Companion, /) -> Callable[[], object] | None:
        """As the wrapped dispatcher."""
        return self.inner.accompany(companion)

    def close(self, timeout: float | None = None, /) -> int:
        """Close the wrapped dispatcher."""
        return self.inner.close(timeout)


class ProcessorWrapper(Generic[Result_co]):
    """A request processor around another one, for a strategy that wraps another: passes everything on.

    inner: the processor that it wraps, mostly the server's own.
    """

    __slots__ = ("inner",)

    def __init__(self, inner: RequestProcessor[Result_co]) -> None:
        self.inner: RequestProcessor[Result_co] = inner

    @property
    def live(self) -> dict[int, LiveRequest]:
        """As the wrapped processor."""
        return self.inner.live

    @property
    def server(self) -> ServerContext:
        """As the wrapped processor."""
        return self.inner.server

    def serve_request(self, request: object, client_address: object, /) -> None:
        """As the wrapped processor."""
        self.inner.serve_request(request, client_address)

    def connection_of(self, request: object, /) -> object:
        """As the wrapped processor."""
        return self.inner.connection_of(request)

    def begin_request(self, request: object, client_address: object, /) -> Result_co:
        """As the wrapped processor."""
        return self.inner.begin_request(request, client_address)

    def end_request(self, request: object, client_address: object, error: BaseException | None, /) -> None:
        """As the wrapped processor."""
        self.inner.end_request(request, client_address, error)

    def close_request(self, request: object, /) -> None:
        """As the wrapped processor."""
        self.inner.close_request(request)

    def leave_to_child(self, request: object, /) -> None:
        """As the wrapped processor."""
        self.inner.leave_to_child(request)

    def enter_child(self, request: object, /) -> None:
        """As the wrapped processor."""
        self.inner.enter_child(request)

    def drain_in_child(self) -> None:
        """As the wrapped processor."""
        self.inner.drain_in_child()

    def fail(self, error: BaseException, /) -> None:
        """As the wrapped processor."""
        self.inner.fail(error)

    def release(self, request: object, client_address: object, error: BaseException | None, /) -> None:
        """As the wrapped processor."""
        self.inner.release(request, client_address, error)


_wrapper_conforms: type[Dispatcher] = DispatcherWrapper
_processor_wrapper_conforms: type[RequestProcessor[object]] = ProcessorWrapper[object]
