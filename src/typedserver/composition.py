"""Whether the pieces of a server are complete and fit: for programs without types, and for what types cannot express.

It knows the pieces by their contracts alone. If a piece lacks a member of its contract, it is refused with the remedy,
because the server would otherwise run without the deadline or limit that needs the member.
"""

import functools
import inspect
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from types import UnionType
from typing import Final, Union, cast, get_args, get_origin

from typing_extensions import get_original_bases, get_protocol_members

from typedserver.errors import CompositionError
from typedserver.protocols.endpoints import Endpoint, Listener, Receiving, ReceivingListener
from typedserver.protocols.handlers import (
    HandlerMarks,
    HasLifespan,
    MarkedHandler,
    Replying,
    ReplyingHandler,
    ServerContext,
)
from typedserver.protocols.messages import Answer, AnsweringHandler
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.requests import DatagramSocket, Identified, RequestKind
from typedserver.protocols.strategies import ConcurrencyStrategy, Dispatcher
from typedserver.recipes import has_methods, misfit, name_of, shown

_REMEDIES: Final[dict[RequestKind, str]] = {
    "connections": "give an endpoint such as TCP(port=9999)",
    "datagrams": "give an endpoint such as UDP(port=9999)",
    "messages": "give a source such as QueueSource(queue.Queue())",
}

# What makes a handler of a plain function, and what of an `async def`.
_ADAPTERS: Final[dict[RequestKind, tuple[str, str]]] = {
    "connections": ("give Framed(Lines(), {})", "decorate it with @stream_handler"),
    "datagrams": ("decorate it with @datagram_handler", "decorate it with @datagram_handler"),
    "messages": ("give message_handler({})", "have it take the message, its Delivery and the server"),
}

# Two before Python 3.14.
_UNIONS: Final[tuple[object, ...]] = (Union, UnionType)

_NO_MARKS: Final = HandlerMarks()


def check_composition(endpoint: object, handler: object, strategy: object) -> None:
    """Raise CompositionError for pieces that cannot serve together."""
    if _is_none_of(Endpoint, endpoint):
        raise CompositionError(f"{endpoint!r} is no endpoint: give a recipe such as TCP(port=9999)")
    if not callable(handler):
        raise CompositionError(f"{handler!r} is no handler: give a callable (request, client_address, server)")
    if _is_none_of(ConcurrencyStrategy, strategy):
        raise CompositionError(f"{strategy!r} is no strategy: give a recipe such as Threads()")
    complete_endpoint, complete_strategy = check_endpoint(endpoint), check_strategy(strategy)
    _check_kinds(complete_endpoint, handler, complete_strategy)
    _check_arguments(complete_endpoint.request_kind, handler)
    _check_identity(complete_endpoint, handler)
    if complete_strategy.runs_coroutines and isinstance(_inner(handler), type):
        raise CompositionError(
            f"{strategy!r} needs handlers that are coroutines, and the class {name_of(_inner(handler))} is none: "
            "make it an `async def` by stream_handler or datagram_handler, or serve it with Threads()"
        )


def check_lifespan(lifespan: object, handler: object, named: object) -> None:
    """Raise CompositionError for what makes no lifespan, and for none if one is needed.

    named: what the server's class names as its value; None if it names nothing.
    """
    if lifespan is None:
        if named is not None:
            raise CompositionError(
                f"the server's class says that its lifespan yields {shown(named)}, and this one has none: give it, as "
                "in Server(..., lifespan=database)"
            )
        if _names(_names_lifespan, handler):
            raise CompositionError(
                f"the handler {name_of(_inner(handler))} asks for a server with a lifespan, and this one has none: "
                "give it, as in Server(..., lifespan=database)"
            )
        return
    if not isinstance(lifespan, type) and isinstance(lifespan, AbstractContextManager | AbstractAsyncContextManager):
        raise CompositionError(
            f"lifespan={lifespan!r} is a context, and each process that serves enters one of its own: give the "
            "function that makes it, without calling it"
        )
    if not callable(lifespan):
        raise CompositionError(f"lifespan={lifespan!r} is no function: give one that returns a context manager")
    if (error := misfit(lifespan, (), follow_wrapped=True)) is not None:
        raise CompositionError(f"the lifespan {name_of(lifespan)} is called without arguments: {error}")


def _names(is_named: Callable[[object], bool], handler: object) -> bool:
    """Return whether one of a handler's annotations names something."""
    inner = _inner(handler)
    if isinstance(inner, type):
        named = [base for each in inner.__mro__ for base in get_original_bases(each)]
    else:
        try:
            named = list(
                inspect.get_annotations(inspect.unwrap(cast("Callable[..., object]", inner)), eval_str=True).values()
            )
        except Exception:  # noqa: BLE001 - annotations that cannot be read at run time say nothing
            return False
    return any(map(is_named, named))


def _names_lifespan(annotation: object) -> bool:
    # Not all checkers find that its value is missing.
    origin = get_origin(annotation) or annotation
    if isinstance(origin, type) and HasLifespan in origin.__mro__:
        return True
    return any(map(_names_lifespan, get_args(annotation)))


def _names_principal(annotation: object) -> bool:
    arguments = get_args(annotation)
    origin = get_origin(annotation) or annotation
    if origin in _UNIONS:
        # A handler that takes others as well looks for itself.
        return all(map(_names_principal, arguments))
    return (isinstance(origin, type) and _has_principal(origin)) or any(map(_names_principal, arguments))


def _has_principal(kind: type[object]) -> bool:
    has_members = all(hasattr(kind, name) for name in get_protocol_members(Identified))
    # A client address is a tuple or a str; a stream has a principal too, if its address has one.
    return Identified in kind.__mro__ or (has_members and issubclass(kind, tuple | str))


def check_endpoint(endpoint: object) -> Endpoint[object, object]:
    """Return a complete endpoint; raises CompositionError, which names the missing members, for any other."""
    _check(endpoint, Endpoint, "inherit BaseEndpoint, or EndpointWrapper if it wraps another endpoint")
    return endpoint  # type: ignore[return-value]  # pyright: ignore[reportReturnType]  # it has all members


def check_strategy(strategy: object) -> ConcurrencyStrategy[object]:
    """Return a complete strategy; raises CompositionError, which names the missing members, for any other."""
    _check(strategy, ConcurrencyStrategy, "inherit BaseStrategy, or StrategyWrapper if it wraps another strategy")
    return strategy  # type: ignore[return-value]  # pyright: ignore[reportReturnType]  # it has all members


def check_listener(listener: object) -> None:
    """Raise CompositionError for a listener that lacks a member of its contract; it is closed first, if it can be."""
    try:
        _check(listener, Listener, "inherit BaseListener, or ListenerWrapper if it wraps another listener")
    except CompositionError:
        # Nobody else would close it: no server has it yet.
        if has_methods(listener, "close"):
            cast("Listener[object, object]", listener).close()
        raise


def check_dispatcher(dispatcher: object) -> None:
    """Raise CompositionError for a dispatcher that lacks a member of its contract."""
    _check(dispatcher, Dispatcher, "inherit BaseDispatcher, or DispatcherWrapper if it wraps another dispatcher")


def check_reactor(reactor: object) -> None:
    """Raise CompositionError for a loop that lacks a member of its contract, or is the class of one."""
    if isinstance(reactor, type):
        raise CompositionError(f"{reactor!r} is the class of a loop: call it, and give what it returns")
    _check(reactor, Reactor, "give SelectorReactor, asyncio.new_event_loop or their like")


def _is_none_of(contract: type, piece: object) -> bool:
    """Whether a piece is meant for something else: a class, or what has no member of the contract at all."""
    return isinstance(piece, type) or not any(hasattr(piece, name) for name in get_protocol_members(contract))


def _check(piece: object, contract: type, remedy: str) -> None:
    lacking = sorted(name for name in get_protocol_members(contract) if not hasattr(piece, name))
    if lacking:
        names = " and ".join(filter(None, (", ".join(lacking[:-1]), lacking[-1])))
        raise CompositionError(f"{piece!r} is no complete {contract.__name__}, because it lacks {names}: {remedy}")


def marks_of(handler: object) -> HandlerMarks:
    """Return the marks of a handler, or of the handler in a functools.partial; the defaults for a plain callable."""
    inner = _inner(handler)
    return inner.marks if isinstance(inner, MarkedHandler) and _are_marks(inner.marks) else _NO_MARKS


def answer_of(handler: object) -> Answer | None:
    """Return what answers in the place of a handler's exchanges, as long as none is needed; None: they are needed."""
    gives = marks_of(handler).gives_exchanges
    return handler.answer if gives and isinstance(handler, AnsweringHandler) else None


def receiving_of(listener: object) -> Receiving | None:
    """Return how a listener receives datagrams, if that is all that it does for one."""
    receiving = listener.receiving if isinstance(listener, ReceivingListener) else None
    # A wrapper may pass on whatever it is asked for.
    return receiving if receiving is not None and receiving.listener is listener else None


def replying_of(handler: object, through: DatagramSocket, server: ServerContext) -> Replying | None:
    """Return what a handler of datagrams does with them, if that is to call a function and send what it returns."""
    if marks_of(handler).request_kind == "datagrams" and isinstance(handler, ReplyingHandler):
        return handler.replying(through, server)
    return None


def _are_marks(marks: object) -> bool:
    # A class of a program may use the attribute's name for another purpose.
    return isinstance(marks, HandlerMarks)


def limits_its_waits(handler: object) -> bool:
    """Return whether a handler itself limits how long it waits for its peer; a coroutine never blocks in its socket."""
    return marks_of(handler).limits_waits or inspect.iscoroutinefunction(_inner(handler))


def _inner(handler: object) -> object:
    """Return the callable inside any functools.partial around it."""
    while isinstance(handler, functools.partial):
        handler = handler.func
    return handler


def _check_kinds(endpoint: Endpoint[object, object], handler: object, strategy: ConcurrencyStrategy[object]) -> None:
    gives = endpoint.request_kind
    if (takes := strategy.request_kind or gives) != gives:
        raise CompositionError(
            f"{strategy!r} serves {takes}, and {endpoint!r} gives {gives}: serve it with Inline(), Threads() or Forks()"
        )
    if (takes := marks_of(handler).request_kind or gives) != gives:
        raise CompositionError(
            f"the handler {name_of(_inner(handler))} answers {takes}, and {endpoint!r} gives {gives}: "
            f"{_REMEDIES[takes]}, or another handler"
        )


def _check_identity(endpoint: Endpoint[object, object], handler: object) -> None:
    if not endpoint.identifies and _names(_names_principal, handler):
        raise CompositionError(
            f"the handler {name_of(_inner(handler))} asks who the peer is (Identified), and {endpoint!r} does not find "
            "out: wrap it, as in Authenticated(UnixStream(path), PeerCredentials()). An endpoint of your own whose "
            "addresses have a principal says so by `identifies`"
        )


def _check_arguments(kind: RequestKind, handler: object) -> None:
    # Of the handler that a decorator such as stream_handler returns, not of the wrapped function.
    if callable(handler) and (error := misfit(handler, (None, None, None), follow_wrapped=False)) is not None:
        remedy = _ADAPTERS[kind][inspect.iscoroutinefunction(handler)].format(name_of(_inner(handler)))
        raise CompositionError(
            f"the handler {name_of(handler)} cannot be called with (request, client_address, server): {error}; "
            f"give it these three, or {remedy}"
        ) from None
