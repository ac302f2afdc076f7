"""What a strategy, its dispatcher and the server's request processor promise one another. Typing only.

Every member that a server calls stands here. In ``strategies/bases.py``, ``BaseStrategy`` and ``BaseDispatcher`` have
the defaults, ``StrategyWrapper`` and ``DispatcherWrapper`` pass everything on to what they wrap.

A strategy passes requests through untouched: hence ``object``. One that looks into a request says so by ``Any``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, Protocol

from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.messages import Answer
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.requests import RequestKind, Result_co, Result_contra


class LiveRequest(Protocol):
    """What is known of a request from its accept until its release.

    request: as it was accepted. began: when that was, by the monotonic clock.
    """

    request: Any
    client_address: Any
    began: float


class Overdue(Protocol):
    """What looks at the live requests when one of them may be overdue."""

    awake: bool

    def begin(self) -> None:
        """Look when the request that has come now may be overdue."""
        ...


@dataclass(frozen=True, slots=True)
class PlainConnections(Generic[Result_co]):
    """Connections for which a server does nothing but call its handler, and close them at their end.

    No hook is overridden, nobody observes, and nothing is established or counted: see ``Dispatcher.compose``.

    handle: calls the handler with a connection, its client's address, and the server.
    gives_exchanges: whether it says that it returns MessageExchanges.
    answer: as an AnsweringHandler says.
    overdue: what must be awake while one is live; None: nothing.
    otherwise: takes one that the dispatcher does not know what to do with.
    """

    handle: Callable[[object, object, ServerContext], Result_co]
    gives_exchanges: bool
    answer: Answer | None
    overdue: Overdue | None
    otherwise: Callable[[object, object], object]


class RequestProcessor(Protocol[Result_co]):
    """What a strategy may ask of the server that it works for."""

    @property
    def live(self) -> dict[int, LiveRequest]:
        """The live requests, by the identity of each; ``release`` takes one out.

        Whoever serves a request in the loop may put what it has of it in the place of its entry.
        """
        ...

    @property
    def server(self) -> ServerContext:
        """The server as its handlers see it."""
        ...

    def serve_request(self, request: object, client_address: object, /) -> None:
        """Live a request's whole life: establish, handle, report an error, shut down. Called in the worker.

        A coroutine handler is run to its end in this thread. No Exception leaves it, except what an overridden hook
        raises; a BaseException that is no Exception does, after the request was closed. Either is the thread's, or the
        loop's by ``fail``: it does not say that the request was refused, which must be released all the same.
        """
        ...

    def connection_of(self, request: object, /) -> object:
        """Return what a request has become, if the server has established it by now; else the request itself.

        For a strategy that looks into connections: what it was given may have lost its descriptor to that.
        """
        ...

    def begin_request(self, request: object, client_address: object, /) -> Result_co:
        """Begin what ``serve_request`` does, for a strategy that runs coroutines itself.

        Returns the coroutine that must be run, if the handler (or ``establish``) is one, or the MessageExchange, if the
        dispatcher ``runs_exchanges``: ``end_request`` must follow.
        Otherwise the request is over, and this is what the handler returned, or the Exception that was reported in its
        place. Raises as ``serve_request`` does.
        """
        ...

    def end_request(self, request: object, client_address: object, error: BaseException | None, /) -> None:
        """Report and shut down, after what ``begin_request`` has returned has ended; once, in the thread that ran it.

        error: what the coroutine raised, None if it raised no error. No descriptor of the request may be watched any
        more: it is closed here. Raises what an overridden ``handle_error`` does.
        """
        ...

    def close_request(self, request: object, /) -> None:
        """Give up this process's copy: called by the parent of a fork, or if the request cannot be served."""
        ...

    def leave_to_child(self, request: object, /) -> None:
        """Say that a process of its own serves this request, whose end is then all that is known of the request's.

        Called by the parent of a fork, once there is a child. ``release`` says whether that failed.
        """
        ...

    def enter_child(self, request: object, /) -> None:
        """In a forked child, once, before it serves: give up all descriptors of the parent's but the request's."""
        ...

    def drain_in_child(self) -> None:
        """In a forked child: note that the parent drains; in its main thread or a signal handler."""
        ...

    def fail(self, error: BaseException, /) -> None:
        """End the server's loop by an exception that left a request served in the loop; from any thread."""
        ...

    def release(self, request: object, client_address: object, error: BaseException | None, /) -> None:
        """Say that a request is over; exactly once a request, in the server's process, from any thread.

        error: what the worker itself could not report: a killed child, a thread that did not start.
        """
        ...


class Place(Enum):
    """Where a dispatcher serves a request."""

    IN_PLACE = "before process_request returns"
    """In the loop's thread, which does nothing else meanwhile. ``cut`` may then be called in any thread."""
    IN_LOOP = "in the loop's thread, while the loop turns"
    """The loop must run on for a request to be served."""
    APART = "out of the loop's thread"
    """In another thread or process."""


class Companion(Protocol):
    """What lives beside a server's requests, from before the first until after the last: an asynchronous lifespan."""

    async def run(self) -> None:
        """Live until the end; raises nothing but GeneratorExit."""
        ...

    def end(self) -> None:
        """Ask it to end, without waiting; in the loop's thread."""
        ...


class Dispatcher(Protocol):
    """A strategy's live side: it starts workers and keeps account of them.

    All methods but ``is_worker`` and ``cut`` are called in the loop's thread, or by whoever closes the server when the
    loop has ended.
    """

    @property
    def place(self) -> Place:
        """Where it serves; asked once for each loop."""
        ...

    @property
    def has_capacity(self) -> bool:
        """Whether one more request may come; while it is False the server leaves its listener out of the reactor."""
        ...

    @property
    def runs_exchanges(self) -> bool:
        """Whether ``begin_request`` may return the MessageExchange of a connection as it is; asked once for each loop.

        If not, or if something was established before, it returns a coroutine that runs the exchange.
        """
        ...

    @property
    def establishes(self) -> bool:
        """Whether a connection may be given to it that must be established first; asked once for each loop.

        ``begin_request`` returns a coroutine then, which does that before it calls the handler. To be True only of a
        dispatcher in whose loop a client that is silent in its handshake holds nothing which others need: no thread,
        and no place of which there is a bound. For any other one the server's loop establishes the connection before.
        """
        ...

    @property
    def calls_only(self) -> "RequestProcessor[object] | None":
        """The processor whose methods are all that ``process_request`` calls; asked once for each loop.

        It calls ``serve_request`` at once, in a copy of the thread's context, then ``release``. The server may do that
        by itself then, in a shorter way. None: the dispatcher does more, or something else.
        """
        ...

    def compose(self, plain: PlainConnections[object], /) -> Callable[[object, object], object] | None:
        """Return what the acceptor calls with each connection and its client's address, for as long as all are plain.

        It does what the server would have done: it wakes ``overdue``, notes the connection in the processor's
        ``live``, and calls the handler. The end is as ever: ``end_request``, then ``release``. None: the server does
        it, and calls ``process_request``. Asked once for each loop.
        """
        ...

    def process_request(self, request: object, client_address: object, /) -> None:
        """Have the request served. The dispatcher calls ``release`` for it, also if this raises."""
        ...

    def is_worker(self) -> bool:
        """Whether it runs one of its requests in the calling thread just now; from any thread.

        Such a thread cannot close its server. Needed of a dispatcher that runs what ``begin_request`` returned: whoever
        is inside ``serve_request`` is known by the server.
        """
        ...

    def service_actions(self) -> None:
        """Do what a reactor would have called for, if the strategy was started without one."""
        ...

    def drain(self) -> None:
        """Pass on to workers out of this process, and to exchanges, that the server drains; maybe more than once."""
        ...

    def cut(self, request: object, /) -> None:
        """End the worker of this request now, if the end of its connection does not."""
        ...

    def accompany(self, companion: Companion, /) -> Callable[[], object] | None:
        """Run a companion in the loop of the requests; ``close`` ends it after them.

        Returns what cancels it, in the loop's thread. None: it runs none; the server has the loop run it then.
        """
        ...

    def close(self, timeout: float | None = None, /) -> int:
        """Wait for workers, at most ``timeout`` seconds (None: as the recipe says); returns how many are left."""
        ...


class ConcurrencyStrategy(Protocol[Result_contra]):
    """How many requests run at once, and where: a frozen recipe.

    The type of result says which handlers it can run: one that drives blocking handlers and coroutines alike takes
    ``object``, one that needs a coroutine takes ``Coroutine``; a handler that gives less is then a type error.
    """

    @property
    def request_kind(self) -> RequestKind | None:
        """The one kind of request that it serves; None: all kinds."""
        ...

    @property
    def runs_coroutines(self) -> bool:
        """Whether it serves handlers that are coroutines, and no others."""
        ...

    @property
    def reactor_factory(self) -> Callable[[], Reactor] | None:
        """What makes a loop that it can serve in; None: any loop will do."""
        ...

    def load(self) -> None:
        """Import what its work will need; called each time that a server opens.

        Later it may be too late: a program opens its server, then goes to another root or gives up its rights.
        """
        ...

    def check_before_fork(self) -> None:
        """Raise CompositionError if it has something that a process forked now would lack: running threads, say."""
        ...

    def start(self, processor: RequestProcessor[Result_contra], reactor: Reactor | None, /) -> Dispatcher:
        """Begin work for a server. Without a reactor, what it would watch is done in ``service_actions``."""
        ...
