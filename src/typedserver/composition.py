"""Whether the pieces of a server fit, asked when it is made: for programs without types, and for what no type tells.

It knows the pieces by their contracts and by two marks: ``request_kind``, of an endpoint, handler or strategy that is
for connections or for datagrams alone, and ``runs_coroutines``, of a strategy that can run no other handlers.
"""

import functools
import inspect
from typing import Any

from typedserver.errors import CompositionError
from typedserver.recipes import has_methods, name_of

_REMEDIES = {
    "connections": "give an endpoint such as TCP(port=9999)",
    "datagrams": "give an endpoint such as UDP(port=9999)",
}


def check_composition(endpoint: object, handler: object, strategy: object) -> None:
    """Raise CompositionError for pieces that can not serve together."""
    if not has_methods(endpoint, "listen"):
        raise CompositionError(f"{endpoint!r} is no endpoint: give a recipe such as TCP(port=9999)")
    if not callable(handler):
        raise CompositionError(f"{handler!r} is no handler: give a callable (request, client_address, server)")
    if not has_methods(strategy, "start"):
        raise CompositionError(f"{strategy!r} is no strategy: give a recipe such as Threads()")
    _check_kinds(endpoint, handler, strategy)
    _check_arguments(handler)
    if getattr(strategy, "runs_coroutines", False) and isinstance(_inner(handler), type):
        raise CompositionError(
            f"{strategy!r} needs handlers that are coroutines, and the class {name_of(_inner(handler))} is none: "
            "make it an `async def` by stream_handler, or serve it with Threads()"
        )


def sets_timeout(handler: object) -> bool:
    """Whether a handler limits by itself how long it waits for its peer, or is a coroutine, which never waits so."""
    inner = _inner(handler)
    return bool(getattr(inner, "sets_timeout", False)) or inspect.iscoroutinefunction(inner)


def _inner(handler: object) -> object:
    """Return what a functools.partial calls."""
    while isinstance(handler, functools.partial):
        handler = handler.func
    return handler


def _check_kinds(endpoint: object, handler: object, strategy: object) -> None:
    gives = getattr(endpoint, "request_kind", None)
    if gives is None:
        return
    if (takes := getattr(strategy, "request_kind", None) or gives) != gives:
        raise CompositionError(
            f"{strategy!r} serves {takes}, and {endpoint!r} gives {gives}: serve it with Inline(), Threads() or Forks()"
        )
    if (takes := getattr(_inner(handler), "request_kind", gives)) != gives:
        raise CompositionError(
            f"the handler {name_of(_inner(handler))} answers {takes}, and {endpoint!r} gives {gives}: "
            f"{_REMEDIES[takes]}, or another handler"
        )


def _check_arguments(handler: Any) -> None:
    try:
        # Not what a decorator like stream_handler has wrapped: the decorator's own arguments count.
        signature = inspect.signature(handler, follow_wrapped=False)
    except (TypeError, ValueError):
        # Some builtins and extension types tell nothing of their arguments.
        return
    try:
        signature.bind(None, None, None)
    except TypeError as error:
        decorator = "@stream_handler" if inspect.iscoroutinefunction(handler) else "@datagram_handler"
        raise CompositionError(
            f"the handler {name_of(handler)} can not be called with (request, client_address, server): {error}; "
            f"give it these three, or decorate it with {decorator}"
        ) from None
