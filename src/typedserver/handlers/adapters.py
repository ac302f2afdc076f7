"""Handlers made of something simpler: a coroutine over a Stream, a function of a datagram, the stdlib's classes."""

import contextlib
import functools
import inspect
import socket
import socketserver
import traceback
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, Final, Generic, Literal, overload

from typing_extensions import TypeVar

from typedserver.config import (
    DEFAULT_STREAM_CONFIG,
    StreamConfig,
    check_positive,
    deadlines_of,
    name_of,
)
from typedserver.drive import silence
from typedserver.errors import CompositionError, PeerTimedOut
from typedserver.protocols import Address, DatagramRequest, RequestKind, ServerContext, StreamRequest
from typedserver.sockets import is_silence, send_reply
from typedserver.stream import Stream

AdapterAddress_contra = TypeVar("AdapterAddress_contra", contravariant=True, default=Address)
AdapterServer_contra = TypeVar("AdapterServer_contra", contravariant=True, default=ServerContext)
AdapterRequest_contra = TypeVar("AdapterRequest_contra", contravariant=True)
AdapterAddressT = TypeVar("AdapterAddressT", default=Address)
AdapterServerT = TypeVar("AdapterServerT", default=ServerContext)


class StreamHandler(Generic[AdapterAddress_contra, AdapterServer_contra]):
    """A coroutine function of a Stream, as a handler; made by ``stream_handler``."""

    request_kind: ClassVar[RequestKind] = "connections"
    sets_timeout: ClassVar[bool] = True

    def __init__(
        self,
        function: Callable[[Stream[AdapterAddress_contra, AdapterServer_contra]], Coroutine[Any, Any, None]],
        config: StreamConfig,
    ) -> None:
        self._function = function
        self._config = config
        functools.update_wrapper(self, function)

    def __call__(
        self,
        request: StreamRequest,
        client_address: AdapterAddress_contra,
        server: AdapterServer_contra,
        /,
    ) -> Coroutine[Any, Any, object]:
        """Return the coroutine that will answer the connection."""
        return self._function(Stream(request, client_address, server, self._config))

    def __repr__(self) -> str:
        return name_of(self._function)


@overload
def stream_handler(
    function: Callable[[Stream[AdapterAddressT, AdapterServerT]], Coroutine[Any, Any, None]], /
) -> StreamHandler[AdapterAddressT, AdapterServerT]: ...
@overload
def stream_handler(
    *, config: StreamConfig
) -> Callable[
    [Callable[[Stream[AdapterAddressT, AdapterServerT]], Coroutine[Any, Any, None]]],
    StreamHandler[AdapterAddressT, AdapterServerT],
]: ...
def stream_handler(
    function: Callable[[Stream[Any, Any]], Coroutine[Any, Any, None]] | None = None,
    /,
    *,
    config: StreamConfig = DEFAULT_STREAM_CONFIG,
) -> object:
    """Make a handler of ``async def f(stream: Stream)``; a decorator, with or without ``(config=StreamConfig(...))``.

    The handler runs under every strategy: in a thread or a child it waits in place, under a multiplexing strategy it
    suspends. Annotate ``Stream[InetAddress, MyServer]`` to bind it to one kind of address or to one server.

    Raises CompositionError for a function that is no ``async def``.
    """
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
            f"stream_handler takes an `async def` of one Stream, and {name_of(function)} can not be called so: {error}"
        ) from None
    return StreamHandler(function, config)


class DatagramHandler(Generic[AdapterAddress_contra]):
    """A function of a datagram, as a handler; made by ``datagram_handler``."""

    request_kind: ClassVar[RequestKind] = "datagrams"

    def __init__(self, function: Callable[..., bytes | None], *, wants_address: bool) -> None:
        self._function = function
        self._wants_address = wants_address
        functools.update_wrapper(self, function)

    def __call__(
        self, request: DatagramRequest, client_address: AdapterAddress_contra, _server: ServerContext, /
    ) -> None:
        """Answer with what the function returns; None is no answer."""
        data, listener = request
        reply = self._function(data, client_address) if self._wants_address else self._function(data)
        if reply is not None:
            # The endpoint gives one of the kernel's addresses, whatever the function has narrowed it to.
            address: Any = client_address
            send_reply(listener, reply, address)

    def __repr__(self) -> str:
        return name_of(self._function)


@overload
def datagram_handler(function: Callable[[bytes], bytes | None], /) -> DatagramHandler[Address]: ...
@overload
def datagram_handler(
    function: Callable[[bytes, AdapterAddressT], bytes | None], /
) -> DatagramHandler[AdapterAddressT]: ...
def datagram_handler(function: Callable[..., bytes | None], /) -> DatagramHandler[Any]:
    """Make a handler of ``f(data)`` or ``f(data, client_address)`` that returns the reply, or None for none.

    A reply that can not be delivered is dropped with a line in the log.

    One that can be called either way is called with the data alone. Raises CompositionError for one that can be called
    neither way, or is a coroutine's.
    """
    if inspect.iscoroutinefunction(function):
        raise CompositionError(
            f"datagram_handler takes a plain function, not the `async def` {function!r}: make it a `def`, or give "
            "Server an `async def f(request, client_address, server)` under Inline(), Threads() or Forks()"
        )
    return DatagramHandler(function, wants_address=_wants_address(function))


def _wants_address(function: Callable[..., object]) -> bool:
    # As the overloads have it, one argument goes before two: what can do without the address does.
    try:
        signature = inspect.signature(function)
    except ValueError:
        # Some builtins (bytes.upper) can not be asked; the type checker's first overload takes them for f(data).
        if not isinstance(function, functools.partial):
            return False
    except TypeError:
        raise CompositionError(f"datagram_handler takes a function, not {function!r}") from None
    else:
        for arguments in ((b"",), (b"", "")):
            with contextlib.suppress(TypeError):
                signature.bind(*arguments)
                return len(arguments) > 1
    raise CompositionError(f"datagram_handler takes f(data) or f(data, client_address), not {function!r}")


# What has not happened where a file of the stdlib's handlers gave up.
_IN_VAIN: Final = {"SocketIO.readinto": "sent nothing", "_SocketWriter.write": "took nothing"}


class StdlibHandler(Generic[AdapterRequest_contra]):
    """A handler class of the standard library, as a handler of this one; made by ``from_stdlib``."""

    sets_timeout: ClassVar[bool] = True

    def __init__(
        self, handler: Callable[..., socketserver.BaseRequestHandler], timeout: float | Literal["server"] | None
    ) -> None:
        self._handler = handler
        self._timeout = timeout

    def __call__(
        self, request: AdapterRequest_contra, client_address: Address, server: ServerContext, /
    ) -> socketserver.BaseRequestHandler:
        """Make the handler; its constructor answers the request."""
        if isinstance(request, socket.socket):
            # Not the kernel's timers: the stdlib's rfile would take their EAGAIN for "nothing there".
            request.settimeout(deadlines_of(server).read if isinstance(self._timeout, str) else self._timeout)
            if isinstance(client_address, str):
                # http.server and its like index the address; a Unix peer mostly has an empty one.
                client_address = (client_address or "unix", 0)
        try:
            return self._handler(request, client_address, server)
        except TimeoutError as error:
            # What the stdlib's files raise for a silent client: that one's fault, not the handler's.
            if isinstance(request, socket.socket) and request.gettimeout() is not None and is_silence(error):
                raise self._silence(error, client_address, request.gettimeout()) from error
            raise

    def _silence(self, error: TimeoutError, client_address: Address, seconds: float | None) -> PeerTimedOut:
        # The handler's own reads and writes may have been either; the stdlib's files are known by their methods.
        *_, (frame, _) = traceback.walk_tb(error.__traceback__)
        what = _IN_VAIN.get(frame.f_code.co_qualname, "neither sent nor took anything")
        limit = f"{'Deadlines(read=) or ' * isinstance(self._timeout, str)}from_stdlib(timeout=)"
        own: object = getattr(self._handler, "timeout", None)
        return silence(what, client_address, seconds, limit if own is None else f"{name_of(self._handler)}.timeout")

    def __repr__(self) -> str:
        return f"from_stdlib({name_of(self._handler)})"


# What is known only as a BaseRequestHandler could be either kind, and is taken for both: that is all its type tells, so
# the last overload gives more than the first two, which the checkers call unsafe.
@overload
def from_stdlib(  # type: ignore[overload-overlap]  # see above
    handler: Callable[..., socketserver.DatagramRequestHandler], /, *, timeout: float | Literal["server"] | None = ...
) -> StdlibHandler[DatagramRequest]: ...
@overload
def from_stdlib(  # type: ignore[overload-overlap]  # see above
    handler: Callable[..., socketserver.StreamRequestHandler], /, *, timeout: float | Literal["server"] | None = ...
) -> StdlibHandler[StreamRequest]: ...
@overload
def from_stdlib(
    handler: Callable[..., socketserver.BaseRequestHandler], /, *, timeout: float | Literal["server"] | None = ...
) -> StdlibHandler[StreamRequest | DatagramRequest]: ...
def from_stdlib(
    handler: Callable[..., socketserver.BaseRequestHandler],
    /,
    *,
    timeout: float | Literal["server"] | None = "server",
) -> StdlibHandler[Any]:
    """Make a handler of a class of the standard library (or a ``functools.partial`` of one).

    timeout: seconds that one read or write on a connection may wait for the peer, None for ever; ``"server"``: as long
    as the server's Deadlines say for a read. A class that sets a ``timeout`` of its own keeps that. A TimeoutError that
    leaves the handler then goes on as PeerTimedOut.

    ``self.server`` is the server of this library, which has what ``socketserver``'s handlers use of theirs. On a Unix
    stream socket ``client_address`` is a pair, ``("unix", 0)`` for a peer without a name, since http.server indexes it.

    Raises CompositionError for what is not callable, RecipeError for a timeout that can not work.
    """
    if not callable(handler):
        raise CompositionError(f"from_stdlib takes a handler class, not {handler!r}")
    if timeout != "server":
        check_positive("from_stdlib", "timeout", timeout, "give seconds, or None to wait for ever")
    return StdlibHandler(handler, timeout)
