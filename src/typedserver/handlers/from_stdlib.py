"""A handler made of one of the standard library's handler classes."""

import socket
import socketserver
import traceback
from collections.abc import Callable
from typing import ClassVar, Final, Generic, Literal, final, overload

from typedserver.coroutines.context import context_of
from typedserver.errors import CompositionError, PeerTimedOut
from typedserver.handlers.stdlib_files import sending_files
from typedserver.protocols.handlers import AdapterRequest_contra, HandlerMarks, ServerContext
from typedserver.protocols.requests import Address, DatagramRequest, StreamRequest
from typedserver.recipes import check_positive, name_of
from typedserver.sockets.accepted import Connection
from typedserver.sockets.peers import as_pair
from typedserver.sockets.silence import is_silence, silence

# What the peer did not do, by the method of the standard library's files and sockets that gave up.
_SILENT_IN: Final = {
    "SocketIO.readinto": "sent nothing",
    "_SocketWriter.write": "took nothing",
    "socket._sendfile_use_sendfile": "took nothing",
}


class StdlibHandler(Generic[AdapterRequest_contra]):
    """A handler class of the standard library, as a handler of this one; made by ``from_stdlib``."""

    marks: ClassVar[HandlerMarks] = HandlerMarks(limits_waits=True)

    def __init__(
        self, handler: Callable[..., socketserver.BaseRequestHandler], timeout: float | Literal["server"] | None
    ) -> None:
        self._handler = handler
        self._make = sending_files(handler)
        self._timeout = timeout

    def __call__(
        self, request: AdapterRequest_contra, client_address: Address, server: ServerContext, /
    ) -> socketserver.BaseRequestHandler:
        """Make the handler, whose constructor answers the request; raises PeerTimedOut for a silent peer."""
        if isinstance(request, socket.socket):
            # Not by the kernel's timers, because the standard library's rfile takes their EAGAIN for "nothing there".
            limit = context_of(server).deadlines.read if isinstance(self._timeout, str) else self._timeout
            request.settimeout(limit)
            if isinstance(request, Connection):
                # As the standard library's own TLS does, for which these classes were written: most clients of HTTP
                # leave without a word.
                request.take_any_end()
            if isinstance(client_address, str):
                # http.server and others index the address; most Unix peers have an empty one.
                client_address = as_pair(client_address)
        try:
            return self._make(request, client_address, server)
        except TimeoutError as error:
            # The standard library's files raise this for a silent client: its fault, not the handler's.
            if isinstance(request, socket.socket) and request.gettimeout() is not None and is_silence(error):
                raise self._silence(error, client_address, request.gettimeout()) from error
            raise

    def _silence(self, error: TimeoutError, client_address: Address, seconds: float | None) -> PeerTimedOut:
        # Of the handler's own calls we cannot say whether they read or wrote; those of the standard library's files are
        # known by the method that raised.
        *_, (frame, _) = traceback.walk_tb(error.__traceback__)
        what = _SILENT_IN.get(frame.f_code.co_qualname, "neither sent nor took anything")
        limit = f"{'Deadlines(read=) or ' * isinstance(self._timeout, str)}from_stdlib(timeout=)"
        own: object = getattr(self._handler, "timeout", None)
        return silence(what, client_address, seconds, limit if own is None else f"{name_of(self._handler)}.timeout")

    def __repr__(self) -> str:
        return f"from_stdlib({name_of(self._handler)})"


@final
class UnknownHandler(socketserver.BaseRequestHandler):
    """What a type checker takes the handler for that ``from_stdlib`` makes of a class known only as a ``type``.

    It fits no server, because nothing says which kind of request the class answers. Annotate the class as what it is,
    such as ``type[socketserver.StreamRequestHandler]``. There is no such object.
    """


# A class that is known only as a ``type`` makes anything, so it would fit each overload: the first one catches it.
#
# A class that is known only as a BaseRequestHandler may answer either kind of request, and its type does not say which,
# so the last overload returns a handler of both. Those before it return less, which the checkers call unsafe.
@overload
def from_stdlib(  # type: ignore[overload-overlap]  # see above
    handler: Callable[..., UnknownHandler], /, *, timeout: float | Literal["server"] | None = ...
) -> UnknownHandler: ...


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
) -> object:
    """Make a handler of a class of the standard library (or a ``functools.partial`` of one).

    timeout: seconds that one read or write on a connection may wait for the peer, None for ever; ``"server"``: the
    seconds that the server's Deadlines give a read. If the class sets a ``timeout`` of its own, that one holds. A
    TimeoutError that leaves the handler because of it becomes PeerTimedOut.

    ``self.server`` is the server of this library, which has what the handlers of ``socketserver`` and ``http.server``
    use of theirs, ``server_name`` and ``server_port`` among it. What others use (``wsgiref``'s ``get_app``, the
    dispatcher of ``xmlrpc.server``) must be in your subclass of ``Server``.

    ``http.server.SimpleHTTPRequestHandler`` sends regular files by ``socket.sendfile``, which copies nothing over a
    connection without TLS and rates, unless its ``copyfile`` or ``wfile`` is another one than the standard library's.

    Under TLS, a client that leaves without a word (close_notify) has ended its stream, as it has for the standard
    library's own: a handler that must know that nothing was cut off says lengths, as HTTP does.

    On a Unix stream socket ``client_address`` is a pair, ``("unix", 0)`` if the peer has no name, because http.server
    indexes it. That of a peer that ``Authenticated`` has let in has its ``principal``, there too.

    Raises CompositionError if ``handler`` is not callable, RecipeError for a timeout that cannot work.
    """
    if not callable(handler):
        raise CompositionError(f"from_stdlib takes a handler class, not {handler!r}")
    if timeout != "server":
        check_positive("from_stdlib", "timeout", timeout, "give seconds, or None to wait for ever")
    return StdlibHandler[StreamRequest | DatagramRequest](handler, timeout)
