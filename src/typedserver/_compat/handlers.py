"""The request handlers: objects whose making is the handling. They know a request, and no kind of server."""

import contextlib
import socket as sockets
import types
from io import BufferedIOBase, BytesIO
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from typing_extensions import Buffer, TypeVar

from typedserver._compat.base_server import BaseServer
from typedserver.protocols.requests import StreamRequest

_RequestT = TypeVar("_RequestT", default=Any)
_ServerT = TypeVar("_ServerT", default=BaseServer)

if TYPE_CHECKING:

    class _Subscriptable(Generic[_RequestT, _ServerT]): ...
else:

    class _Subscriptable:
        """Takes type arguments without Generic's place in the order of bases, which programs can see."""

        __class_getitem__ = classmethod(types.GenericAlias)


class BaseRequestHandler(_Subscriptable[_RequestT, _ServerT]):
    """Handles one request by being made: ``setup``, ``handle``, and in any case ``finish``.

    A subclass may name what it handles, ``BaseRequestHandler[socket.socket, MyServer]``, for type checkers.
    """

    request: _RequestT
    client_address: Any
    server: _ServerT

    def __init__(self, request: _RequestT, client_address: Any, server: _ServerT) -> None:
        self.request = request
        self.client_address = client_address
        self.server = server
        self.setup()
        try:
            self.handle()
        finally:
            self.finish()

    def setup(self) -> None:
        """Prepare; if it raises, neither ``handle`` nor ``finish`` is called."""

    def handle(self) -> None:
        """Do the work."""

    def finish(self) -> None:
        """Clean up, also when ``handle`` raised."""


class _SocketWriter(BufferedIOBase):
    """Writes to a socket at once and whole."""

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
    """Handles a connection through two files.

    rbufsize, wbufsize: buffer sizes as in ``open``: -1 the default size, 0 none.
    timeout: seconds that one read or write may wait for the peer.
    disable_nagle_algorithm: whether to set TCP_NODELAY (tcp(7)).
    """

    rbufsize: ClassVar[int] = -1
    wbufsize: ClassVar[int] = 0
    timeout: ClassVar[float | None] = None
    disable_nagle_algorithm: ClassVar[bool] = False
    connection: _RequestT
    rfile: BufferedIOBase
    wfile: BufferedIOBase

    def setup(self) -> None:
        """Open the files."""
        self.connection = self.request
        # Any, as the request's type is the program's to say.
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
        """Flush and close the files; a peer that has gone is no error here."""
        if not self.wfile.closed:
            with contextlib.suppress(OSError):
                self.wfile.flush()
        self.wfile.close()
        self.rfile.close()


class DatagramRequestHandler(BaseRequestHandler[_RequestT, _ServerT]):
    """Handles a packet through two files; what was written is the reply, an empty one if nothing was."""

    packet: bytes
    socket: StreamRequest
    rfile: BufferedIOBase
    wfile: BufferedIOBase

    def setup(self) -> None:
        """Unpack the request."""
        request: Any = self.request
        self.packet, self.socket = request
        self.rfile = BytesIO(self.packet)
        self.wfile = BytesIO()

    def finish(self) -> None:
        """Send the reply."""
        written: Any = self.wfile
        self.socket.sendto(written.getvalue(), self.client_address)
