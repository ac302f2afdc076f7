"""The names of types that the drop-in's signatures share. No class lives here, and nothing that runs."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from typing_extensions import Buffer

from typedserver.protocols.requests import DatagramRequest, StreamRequest

if TYPE_CHECKING:
    import socketserver

AnyRequest: TypeAlias = StreamRequest | DatagramRequest
"""What a server hands from hook to hook: a connected socket, or a packet with the socket that answers it."""

ServerAddress: TypeAlias = tuple[Any, ...] | str | Buffer
"""Whatever ``socket.bind`` takes."""

InetServerAddress: TypeAlias = tuple[str | bytes | bytearray, int] | tuple[str | bytes | bytearray, int, int, int]
"""What a TCP or UDP server is bound to."""

UnixServerAddress: TypeAlias = str | Buffer
"""What a Unix server is bound to: a path, or bytes that begin with NUL for an abstract name (unix(7))."""

StdlibHandler: TypeAlias = "Callable[[Any, Any, socketserver.BaseServer], socketserver.BaseRequestHandler]"
"""A handler class of the standard library's: its server is nominally one of its own, but ours does as well."""
