"""The types that the signatures of the drop-in share. Nothing here runs, and no class lives here."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from typing_extensions import Buffer

from typedserver.protocols.requests import StreamRequest

if TYPE_CHECKING:
    import socketserver

DatagramRequest: TypeAlias = tuple[bytes, StreamRequest]
"""A packet, with the server's own socket for the reply."""

AnyRequest: TypeAlias = StreamRequest | DatagramRequest
"""A request as one hook hands it to the next: a connected socket, or a packet with the socket that sends the reply."""

ServerAddress: TypeAlias = tuple[Any, ...] | str | Buffer
"""Any address that ``socket.bind`` accepts."""

InetServerAddress: TypeAlias = tuple[str | bytes | bytearray, int] | tuple[str | bytes | bytearray, int, int, int]
"""The address of a TCP or UDP server."""

UnixServerAddress: TypeAlias = str | Buffer
"""The address of a Unix server: a path, or bytes that begin with NUL for an abstract name (unix(7))."""

if TYPE_CHECKING:
    # The server is Any, because such a handler asks for a server of its own module but works with one of ours.
    StdlibHandler: TypeAlias = Callable[[Any, Any, Any], socketserver.BaseRequestHandler]
    """A handler class of the standard library, or a function that makes such a handler."""
else:
    # typing.get_type_hints evaluates this at run time, when socketserver must not be imported.
    StdlibHandler = Callable[[Any, Any, Any], Any]
