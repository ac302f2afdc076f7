"""Programs on the drop-in: what typeshed's ``socketserver`` accepts as a handler, the drop-in accepts too."""

import functools
import http.server
import socket
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar, assert_type

import typedserver.compat as socketserver

ServerT = TypeVar("ServerT", bound=socketserver.TCPServer)
HandlerT = TypeVar("HandlerT", bound=socketserver.BaseRequestHandler)
HandlerT_co = TypeVar("HandlerT_co", bound=socketserver.BaseRequestHandler, covariant=True)

ADDRESS = ("127.0.0.1", 0)


class Counting(socketserver.ThreadingTCPServer):
    count = 0


class Echo(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(self.rfile.readline())


class Typed(socketserver.StreamRequestHandler[socket.socket]):
    pass


class Bound(socketserver.BaseRequestHandler[socket.socket, Counting]):
    def handle(self) -> None:
        self.server.count += 1


class Packet(socketserver.DatagramRequestHandler[tuple[bytes, socket.socket], socketserver.UDPServer]):
    pass


class Configured(socketserver.BaseRequestHandler[socket.socket]):
    def __init__(
        self, request: socket.socket, client_address: tuple[str, int], server: socketserver.BaseServer, *, word: str
    ) -> None:
        self.word = word
        super().__init__(request, client_address, server)


# Functions that make a handler: of any server, and of one class of servers.
def make_echo(request: socket.socket, client_address: Any, server: socketserver.BaseServer) -> Echo:
    return Echo(request, client_address, server)


def make_typed(request: socket.socket, client_address: tuple[str, int], server: socketserver.BaseServer) -> Typed:
    return Typed(request, client_address, server)


def make_configured(
    request: socket.socket, client_address: tuple[str, int], server: socketserver.BaseServer
) -> Configured:
    return Configured(request, client_address, server, word="a word")


def make_any(request: Any, client_address: Any, server: socketserver.BaseServer) -> socketserver.BaseRequestHandler:
    return Typed(request, client_address, server)


def make_bound(request: socket.socket, client_address: Any, server: Counting) -> Bound:
    return Bound(request, client_address, server)


def make_packet(request: tuple[bytes, socket.socket], client_address: Any, server: socketserver.UDPServer) -> Packet:
    return Packet(request, client_address, server)


socketserver.TCPServer(ADDRESS, make_echo)
socketserver.TCPServer(ADDRESS, make_typed)
socketserver.TCPServer(ADDRESS, make_configured)
socketserver.TCPServer(ADDRESS, make_any)
assert_type(Counting(ADDRESS, make_echo), Counting)
Counting(ADDRESS, make_bound)
Counting(ADDRESS, Bound)
socketserver.UDPServer(ADDRESS, make_packet)
socketserver.UnixStreamServer("path", make_any)
socketserver.ForkingUDPServer(ADDRESS, RequestHandlerClass=make_packet)
socketserver.BaseServer("anywhere", make_echo)

# The same as lambdas, for our handlers and for the standard library's.
socketserver.TCPServer(ADDRESS, lambda request, client_address, server: Echo(request, client_address, server))  # noqa: PLW0108 - as users write it
socketserver.TCPServer(ADDRESS, lambda r, a, s: Configured(r, a, s, word="a word"))
Counting(ADDRESS, lambda r, a, s: Bound(r, a, s))  # noqa: PLW0108 - as above
socketserver.TCPServer(ADDRESS, functools.partial(Configured, word="a word"))
socketserver.TCPServer(ADDRESS, lambda r, a, s: http.server.SimpleHTTPRequestHandler(r, a, s, directory="/srv"))

server = Counting(ADDRESS, make_echo)
server.RequestHandlerClass = make_typed
server.RequestHandlerClass = make_bound
server.RequestHandlerClass = Typed
server.RequestHandlerClass = lambda r, a, s: Configured(r, a, s, word="a word")


# Functions that pass a handler on, as programs write them for typeshed.
Maker = Callable[[Any, Any, socketserver.BaseServer], socketserver.BaseRequestHandler]


class Makes(Protocol[HandlerT_co]):
    def __call__(self, request: Any, client_address: Any, server: socketserver.BaseServer, /) -> HandlerT_co: ...


def start(server_class: type[ServerT], maker: Maker) -> ServerT:
    return server_class(ADDRESS, maker)


def start_class(handler_class: type[HandlerT]) -> None:
    socketserver.TCPServer(ADDRESS, handler_class)


def start_any(maker: Makes[HandlerT]) -> None:
    socketserver.TCPServer(ADDRESS, maker)


assert_type(start(Counting, make_typed), Counting)
start(socketserver.TCPServer, Typed)
start_class(Echo)
start_any(make_configured)
for maker in (make_echo, make_typed):
    socketserver.TCPServer(ADDRESS, maker)


class Own(socketserver.TCPServer):
    RequestHandlerClass: Maker

    def __init__(self, address: tuple[str, int], maker: Maker) -> None:
        super().__init__(address, maker)
        self.RequestHandlerClass = make_typed

    def __enter__(self) -> Self:
        return super().__enter__()

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        super().__exit__(exc_type, exc_val, exc_tb)


with Own(ADDRESS, make_echo) as own:
    assert_type(own, Own)
