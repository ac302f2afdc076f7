"""A handler made of a coroutine function of a Stream."""

import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, Generic, overload

from typedserver.config import DEFAULT_STREAM_CONFIG, StreamConfig, check_stream_config
from typedserver.coroutines.stream import Stream
from typedserver.errors import CompositionError
from typedserver.protocols.handlers import (
    AdapterAddress_contra,
    AdapterAddressT,
    AdapterServer_contra,
    AdapterServerT,
    AdapterSocket_contra,
    AdapterSocketT,
    HandlerMarks,
)
from typedserver.recipes import name_of


class StreamHandler(Generic[AdapterAddress_contra, AdapterServer_contra, AdapterSocket_contra]):
    """A coroutine function of a Stream, as a handler; made by ``stream_handler``."""

    marks: ClassVar[HandlerMarks] = HandlerMarks(request_kind="connections", limits_waits=True)

    def __init__(
        self,
        function: Callable[
            [Stream[AdapterAddress_contra, AdapterServer_contra, AdapterSocket_contra]], Coroutine[Any, Any, None]
        ],
        config: StreamConfig,
    ) -> None:
        self._function = function
        self._config = config
        functools.update_wrapper(self, function)

    def __call__(
        self,
        request: AdapterSocket_contra,
        client_address: AdapterAddress_contra,
        server: AdapterServer_contra,
        /,
    ) -> Coroutine[Any, Any, object]:
        """Return the coroutine that answers the connection."""
        return self._function(Stream(request, client_address, server, self._config))

    def __repr__(self) -> str:
        return name_of(self._function)


@overload
def stream_handler(
    function: Callable[[Stream[AdapterAddressT, AdapterServerT, AdapterSocketT]], Coroutine[Any, Any, None]], /
) -> StreamHandler[AdapterAddressT, AdapterServerT, AdapterSocketT]: ...


@overload
def stream_handler(
    *, config: StreamConfig
) -> Callable[
    [Callable[[Stream[AdapterAddressT, AdapterServerT, AdapterSocketT]], Coroutine[Any, Any, None]]],
    StreamHandler[AdapterAddressT, AdapterServerT, AdapterSocketT],
]: ...


def stream_handler(
    function: Callable[[Stream[Any, Any, Any]], Coroutine[Any, Any, None]] | None = None,
    /,
    *,
    config: StreamConfig = DEFAULT_STREAM_CONFIG,
) -> object:
    """Make a handler of ``async def f(stream: Stream)``; a decorator, with or without ``(config=StreamConfig(...))``.

    The handler runs under every strategy: in a thread or a child it waits in place, under a multiplexing strategy it
    suspends. Annotate ``Stream[InetAddress, MyServer]`` to bind it to one kind of address or to one server,
    and ``Stream[Address, ServerContext, ssl.SSLSocket]`` to bind it to TLS.

    Raises CompositionError if the function is no ``async def``, or cannot be called with one argument, RecipeError if
    ``config`` is no StreamConfig.
    """
    check_stream_config("stream_handler", config)
    if function is None:
        return functools.partial(stream_handler, config=config)
    if not inspect.iscoroutinefunction(function):
        raise CompositionError(
            f"stream_handler takes an `async def` of one Stream, not {function!r}; "
            "a plain function (request, client_address, server) is a handler as it stands"
        )
    try:
        inspect.signature(function).bind(None)
    except TypeError as error:
        raise CompositionError(
            f"stream_handler takes an `async def` of one Stream, and {name_of(function)} cannot be called so: {error}"
        ) from None
    return StreamHandler(function, config)
