"""The servers that have a socket: TCP, UDP, and both over Unix addresses. They know no loop and no concurrency."""

import socket as sockets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from typedserver._compat.annotations import AnyRequest, InetServerAddress, StdlibHandler, UnixServerAddress
from typedserver._compat.base_server import BaseServer
from typedserver.protocols.requests import DatagramRequest, StreamRequest
from typedserver.sockets.listening import accepting


class TCPServer(BaseServer):
    """A server of stream connections.

    The class attributes are read when the socket is made, bound and told to listen, so a subclass, an instance or a
    ``server_bind`` of one's own may set them.
    """

    address_family: int = sockets.AF_INET
    socket_type: int = sockets.SOCK_STREAM
    request_queue_size: int = 5
    allow_reuse_address: bool = False
    allow_reuse_port: bool = False
    socket: StreamRequest
    __accepts_from: StreamRequest | None = None
    __accept: Callable[[], tuple[StreamRequest, Any]]
    # Narrower than in BaseServer, as it is in typeshed: no program binds a TCPServer to a path through its base. In a
    # stub that is reported here, in this file where it is assigned last.
    server_address: InetServerAddress  # pyright: ignore[reportIncompatibleVariableOverride]

    def __init__(
        self,
        server_address: InetServerAddress,
        RequestHandlerClass: "Callable[[Any, Any, Self], object] | StdlibHandler",  # noqa: N803 - the stdlib's keyword
        bind_and_activate: bool = True,
    ) -> None:
        # By name, not super(): a mix-in between has its own constructor called by whoever mixes it in.
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
        """Bind the socket, and learn the address that it got."""
        if self.allow_reuse_address and hasattr(sockets, "SO_REUSEADDR"):
            self.socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
        if self.allow_reuse_port and hasattr(sockets, "SO_REUSEPORT"):
            self.socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEPORT, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()  # pyright: ignore[reportIncompatibleVariableOverride]

    def server_activate(self) -> None:
        """Listen."""
        self.socket.listen(self.request_queue_size)

    def server_close(self) -> None:
        """Close the socket."""
        self.socket.close()

    def fileno(self) -> int:
        """Return the socket's descriptor, for whoever waits for requests."""
        return self.socket.fileno()

    def get_request(self) -> tuple[StreamRequest, Any]:
        """Accept a connection; returns it with its peer's address."""
        # Found out once for each socket: a program may put another one, or one of another class, in its place.
        listener = self.socket
        if listener is not self.__accepts_from:
            self.__accepts_from, self.__accept = listener, accepting(listener)
        return self.__accept()

    def shutdown_request(self, request: AnyRequest) -> None:
        """Tell the peer that no more will come, and close."""
        try:
            connection: Any = request
            connection.shutdown(sockets.SHUT_WR)
        except OSError:
            # ENOTCONN where the peer has reset it: nothing is left to be told.
            pass
        self.close_request(request)

    def close_request(self, request: AnyRequest) -> None:
        """Close a connection."""
        connection: Any = request
        connection.close()


class UDPServer(TCPServer):
    """A server of datagrams: a request is the packet, with the server's own socket for the reply."""

    allow_reuse_address: bool = False
    allow_reuse_port: bool = False
    socket_type: int = sockets.SOCK_DGRAM
    max_packet_size: ClassVar[int] = 8192

    # The stdlib has it extend TCPServer, and programs ask isinstance; a type checker sees that a packet is no socket.
    def get_request(self) -> tuple[DatagramRequest, Any]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        """Receive a packet, cut to ``max_packet_size``; returns it with its peer's address."""
        data, client_address = self.socket.recvfrom(self.max_packet_size)
        return (data, self.socket), client_address

    def server_activate(self) -> None:
        """Datagrams are not listened for."""

    def shutdown_request(self, request: AnyRequest) -> None:
        """Close the request, which has no peer to be told."""
        self.close_request(request)

    def close_request(self, request: AnyRequest) -> None:
        """Leave the socket open: it is the server's."""


class UnixStreamServer(TCPServer):
    """A server of stream connections to a Unix address."""

    # AF_UNIX is missing where this class is not composed.
    address_family: int = getattr(sockets, "AF_UNIX", sockets.AF_INET)
    server_address: UnixServerAddress  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleVariableOverride] - the stdlib's classes are related so

    if TYPE_CHECKING:

        def __init__(
            self,
            server_address: UnixServerAddress,
            RequestHandlerClass: "Callable[[Any, Any, Self], object] | StdlibHandler",  # noqa: N803 - the stdlib's keyword
            bind_and_activate: bool = True,
        ) -> None: ...


class UnixDatagramServer(UDPServer):
    """A server of datagrams to a Unix address."""

    address_family: int = getattr(sockets, "AF_UNIX", sockets.AF_INET)
    server_address: UnixServerAddress  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleVariableOverride] - as above

    if TYPE_CHECKING:

        def __init__(
            self,
            server_address: UnixServerAddress,
            RequestHandlerClass: "Callable[[Any, Any, Self], object] | StdlibHandler",  # noqa: N803 - the stdlib's keyword
            bind_and_activate: bool = True,
        ) -> None: ...
