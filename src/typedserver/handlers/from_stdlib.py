"""A handler made of one of the standard library's handler classes."""

import socket
import socketserver
import traceback
from collections.abc import Callable
from typing import Any, ClassVar, Final, Generic, Literal, overload

from typedserver.coroutines.context import context_of
from typedserver.errors import CompositionError, PeerTimedOut
from typedserver.protocols.handlers import AdapterRequest_contra, HandlerMarks, ServerContext
from typedserver.protocols.requests import Address, DatagramRequest, StreamRequest
from typedserver.recipes import check_positive, name_of
from typedserver.sockets.silence import is_silence, silence

# What has not happened where a file of the stdlib's handlers gave up.
_IN_VAIN: Final = {"SocketIO.readinto": "sent nothing", "_SocketWriter.write": "took nothing"}


class StdlibHandler(Generic[AdapterRequest_contra]):
    """A handler class of the standard library, as a handler of this one; made by ``from_stdlib``."""

    marks: ClassVar[HandlerMarks] = HandlerMarks(limits_waits=True)

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
            limit = context_of(server).deadlines.read if isinstance(self._timeout, str) else self._timeout
            request.settimeout(limit)
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
