"""The servers that have a socket: TCP, UDP, and both on Unix addresses. They know no loop and no concurrency."""

import socket as sockets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast, overload

from typedserver._compat.annotations import (
    AnyRequest,
    DatagramRequest,
    InetServerAddress,
    StdlibHandler,
    UnixServerAddress,
)
from typedserver._compat.base_server import BaseServer
from typedserver.protocols.requests import StreamRequest
from typedserver.sockets.listening import accepting


class TCPServer(BaseServer):
    """Serves TCP connections: a request is the connected socket.

    server_address: the address to bind to; a port of 0 lets the system choose one.
    RequestHandlerClass: called with the connection, the client's address and the server.
    bind_and_activate: whether the constructor binds the socket and listens. If not, call ``server_bind`` and
    ``server_activate``.

    The attributes below are read when the socket is made, bound and listens. Set them in a subclass, or on the server
    before that step.

    address_family, socket_type: the arguments of ``socket.socket``.
    request_queue_size: how many connections may wait to be accepted (listen(2)).
    allow_reuse_address, allow_reuse_port: whether to set SO_REUSEADDR and SO_REUSEPORT (socket(7)).
    """

    address_family: int = sockets.AF_INET
    socket_type: int = sockets.SOCK_STREAM
    request_queue_size: int = 5
    allow_reuse_address: bool = False
    allow_reuse_port: bool = False
    socket: StreamRequest
    __accepts_from: StreamRequest | None = None
    __accept: Callable[[], tuple[StreamRequest, Any]]
    # Narrower than in BaseServer, as in typeshed, because no program binds a TCPServer to a path through a BaseServer.
    # pyright reports this at the declaration in a stub, and at the last assignment in this file.
    server_address: InetServerAddress  # pyright: ignore[reportIncompatibleVariableOverride]

    @overload
    def __init__(
        self,
        server_address: InetServerAddress,
        RequestHandlerClass: StdlibHandler,  # noqa: N803 - as in BaseServer
        bind_and_activate: bool = True,
    ) -> None: ...
    @overload
    def __init__(
        self,
        server_address: InetServerAddress,
        RequestHandlerClass: Callable[[Any, Any, Self], object],  # noqa: N803 - as in BaseServer
        bind_and_activate: bool = True,
    ) -> None: ...
    def __init__(
        self,
        server_address: InetServerAddress,
        RequestHandlerClass: StdlibHandler | Callable[[Any, Any, Self], object],  # noqa: N803 - as in BaseServer
        bind_and_activate: bool = True,
    ) -> None:
        """Make the socket; unless ``bind_and_activate`` is false, bind it and listen.

        Raises OSError if one of these fails. The server is closed then.
        """
        # By name and not by super(), because super() would also call the constructor of a mix-in that stands between.
        BaseServer.__init__(self, server_address, cast("Any", RequestHandlerClass))
        self.socket = sockets.socket(self.address_family, self.socket_type)
        if bind_and_activate:
            try:
                self.server_bind()
                self.server_activate()
            except BaseException:
                self.server_close()
                raise

    def server_bind(self) -> None:
        """Bind the socket to ``server_address``, and set that to the address that it got."""
        if self.allow_reuse_address and hasattr(sockets, "SO_REUSEADDR"):
            self.socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
        if self.allow_reuse_port and hasattr(sockets, "SO_REUSEPORT"):
            self.socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEPORT, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()  # pyright: ignore[reportIncompatibleVariableOverride]

    def server_activate(self) -> None:
        """Listen for connections, of which ``request_queue_size`` may wait."""
        self.socket.listen(self.request_queue_size)

    def server_close(self) -> None:
        """Close the server's socket."""
        self.socket.close()

    def fileno(self) -> int:
        """Return the descriptor of the server's socket; it is readable when a request waits."""
        return self.socket.fileno()

    def get_request(self) -> tuple[StreamRequest, Any]:
        """Accept a connection; return it with the client's address. Raises OSError if the kernel refuses."""
        # The way to accept is looked up once for each socket, because a program may replace the socket at any time.
        listener = self.socket
        if listener is not self.__accepts_from:
            self.__accepts_from, self.__accept = listener, accepting(listener)
        return self.__accept()

    def shutdown_request(self, request: AnyRequest) -> None:
        """End a connection: send the client an end of file, then close."""
        try:
            connection: Any = request
            connection.shutdown(sockets.SHUT_WR)
        except OSError:
            # ENOTCONN if the client has reset the connection: it needs no end of file then.
            pass
        self.close_request(request)

    def close_request(self, request: AnyRequest) -> None:
        """Close a connection."""
        connection: Any = request
        connection.close()


class UDPServer(TCPServer):
    """Serves UDP datagrams: a request is the packet, with the server's own socket for the reply.

    max_packet_size: bytes of a packet that are kept; the rest of a longer packet is lost.

    For all else see ``TCPServer``.
    """

    allow_reuse_address: bool = False
    allow_reuse_port: bool = False
    socket_type: int = sockets.SOCK_DGRAM
    max_packet_size: ClassVar[int] = 8192

    # It extends TCPServer as in the standard library, because programs ask isinstance. A type checker objects that a
    # packet is no socket.
    def get_request(self) -> tuple[DatagramRequest, Any]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        """Receive a packet, cut to ``max_packet_size`` bytes; return it with the client's address."""
        data, client_address = self.socket.recvfrom(self.max_packet_size)
        return (data, self.socket), client_address

    def server_activate(self) -> None:
        """Do nothing, because a datagram socket does not listen."""

    def shutdown_request(self, request: AnyRequest) -> None:
        """Close the request; there is no connection whose end could be signalled."""
        self.close_request(request)

    def close_request(self, request: AnyRequest) -> None:
        """Do nothing, because the socket in the request is the server's own."""


class UnixStreamServer(TCPServer):
    """Serves connections to a Unix address: a path, or bytes that begin with NUL for an abstract name.

    The socket file stays when the server closes. For all else see ``TCPServer``.
    """

    # A platform without AF_UNIX does not compose this class, but must be able to import this module.
    address_family: int = getattr(sockets, "AF_UNIX", sockets.AF_INET)
    server_address: UnixServerAddress  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleVariableOverride] - the stdlib's class extends TCPServer as well

    if TYPE_CHECKING:

        @overload
        def __init__(
            self,
            server_address: UnixServerAddress,
            RequestHandlerClass: StdlibHandler,  # noqa: N803 - as in BaseServer
            bind_and_activate: bool = True,
        ) -> None: ...
        @overload
        def __init__(
            self,
            server_address: UnixServerAddress,
            RequestHandlerClass: Callable[[Any, Any, Self], object],  # noqa: N803 - as in BaseServer
            bind_and_activate: bool = True,
        ) -> None: ...
        def __init__(
            self,
            server_address: UnixServerAddress,
            RequestHandlerClass: StdlibHandler | Callable[[Any, Any, Self], object],  # noqa: N803 - as in BaseServer
            bind_and_activate: bool = True,
        ) -> None: ...


class UnixDatagramServer(UDPServer):
    """Serves datagrams to a Unix address: a path, or bytes that begin with NUL for an abstract name.

    The socket file stays when the server closes. For all else see ``UDPServer``.
    """

    address_family: int = getattr(sockets, "AF_UNIX", sockets.AF_INET)
    server_address: UnixServerAddress  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleVariableOverride] - as above

    if TYPE_CHECKING:

        @overload
        def __init__(
            self,
            server_address: UnixServerAddress,
            RequestHandlerClass: StdlibHandler,  # noqa: N803 - as in BaseServer
            bind_and_activate: bool = True,
        ) -> None: ...
        @overload
        def __init__(
            self,
            server_address: UnixServerAddress,
            RequestHandlerClass: Callable[[Any, Any, Self], object],  # noqa: N803 - as in BaseServer
            bind_and_activate: bool = True,
        ) -> None: ...
        def __init__(
            self,
            server_address: UnixServerAddress,
            RequestHandlerClass: StdlibHandler | Callable[[Any, Any, Self], object],  # noqa: N803 - as in BaseServer
            bind_and_activate: bool = True,
        ) -> None: ...
