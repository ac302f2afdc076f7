"""The request handlers: the constructor of each does all the work of one request. They use no method of a server."""

import contextlib
import socket as sockets
from io import BufferedIOBase, BytesIO
from types import GenericAlias
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from typing_extensions import Buffer, TypeVar

from typedserver._compat.base_server import BaseServer
from typedserver.protocols.requests import StreamRequest

_RequestT = TypeVar("_RequestT", default=Any)
_ServerT = TypeVar("_ServerT", default=BaseServer)


class BaseRequestHandler(Generic[_RequestT, _ServerT]):
    """Serves one request in its constructor, which calls ``setup``, ``handle`` and ``finish``.

    request: the request: a connected socket, or a packet with the socket that sends the reply.
    client_address: the client's address.
    server: the server that accepted the request.

    A subclass overrides ``handle``. For type checkers it may name what it handles:
    ``BaseRequestHandler[socket.socket, MyServer]``.
    """

    if TYPE_CHECKING:

        def __class_getitem__(cls, item: Any, /) -> GenericAlias: ...
    else:
        # Generic does not become a base of the public class, because programs can see the order of its bases. This is
        # all of Generic that run time needs.
        __class_getitem__ = classmethod(GenericAlias)

    request: _RequestT
    client_address: Any
    server: _ServerT

    def __init__(self, request: _RequestT, client_address: Any, server: _ServerT) -> None:
        """Serve the request: call ``setup``, then ``handle``, then ``finish`` whether or not ``handle`` raised."""
        self.request = request
        self.client_address = client_address
        self.server = server
        self.setup()
        try:
            self.handle()
        finally:
            self.finish()

    def setup(self) -> None:
        """Prepare for ``handle``. If this raises, neither ``handle`` nor ``finish`` is called."""

    def handle(self) -> None:
        """Do the work of the request."""

    def finish(self) -> None:
        """Clean up after ``handle``, even if it raised."""


class _SocketWriter(BufferedIOBase):
    """Writes to a socket without a buffer: each write returns when all of it has been sent."""

    def __init__(self, connection: StreamRequest) -> None:
        self._connection = connection

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        self._connection.sendall(data)
        with memoryview(data) as view:
            return view.nbytes

    def fileno(self) -> int:
        return self._connection.fileno()


class StreamRequestHandler(BaseRequestHandler[_RequestT, _ServerT]):
    """Serves a connection through two files: ``rfile`` reads from it, ``wfile`` writes to it.

    rbufsize, wbufsize: the buffer sizes of the files as in ``open``: -1 is the default size, 0 is no buffer.
    timeout: seconds that one read or write may wait for the client; None waits for ever.
    disable_nagle_algorithm: whether to set TCP_NODELAY (tcp(7)).
    connection: the same socket as ``request``.

    A read or write that takes longer than ``timeout`` raises TimeoutError.
    """

    rbufsize: ClassVar[int] = -1
    wbufsize: ClassVar[int] = 0
    timeout: ClassVar[float | None] = None
    disable_nagle_algorithm: ClassVar[bool] = False
    connection: _RequestT
    rfile: BufferedIOBase
    wfile: BufferedIOBase

    def setup(self) -> None:
        """Set the socket's options and open ``rfile`` and ``wfile``."""
        self.connection = self.request
        # Any, because the program may declare the request as any type.
        connection: Any = self.connection
        if self.timeout is not None:
            connection.settimeout(self.timeout)
        if self.disable_nagle_algorithm:
            connection.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, True)
        self.rfile = connection.makefile("rb", self.rbufsize)
        if self.wbufsize == 0:
            self.wfile = _SocketWriter(connection)
        else:
            self.wfile = connection.makefile("wb", self.wbufsize)

    def finish(self) -> None:
        """Flush ``wfile`` and close both files. An OSError of the flush is ignored: the client has gone."""
        if not self.wfile.closed:
            with contextlib.suppress(OSError):
                self.wfile.flush()
        self.wfile.close()
        self.rfile.close()


class DatagramRequestHandler(BaseRequestHandler[_RequestT, _ServerT]):
    """Serves a packet through two files: ``rfile`` holds the packet, ``wfile`` collects the reply.

    packet: the bytes of the packet.
    socket: the server's socket, which sends the reply.

    A reply is sent even if nothing was written: it is an empty packet then.
    """

    packet: bytes
    socket: StreamRequest
    rfile: BufferedIOBase
    wfile: BufferedIOBase

    def setup(self) -> None:
        """Split the request into ``packet`` and ``socket``, and open ``rfile`` and ``wfile``."""
        request: Any = self.request
        self.packet, self.socket = request
        self.rfile = BytesIO(self.packet)
        self.wfile = BytesIO()

    def finish(self) -> None:
        """Send what ``wfile`` holds to the client."""
        written: Any = self.wfile
        self.socket.sendto(written.getvalue(), self.client_address)
