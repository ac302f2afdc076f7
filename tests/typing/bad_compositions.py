"""An endpoint and a handler that do not belong together, by the kind of request or of address."""

import http.server
import socket
import socketserver
from functools import partial

from typedserver import (
    TCP,
    UDP,
    BaseRequestHandler,
    DatagramContext,
    DatagramRequest,
    DatagramRequestHandler,
    HandlerFactory,
    InetAddress,
    Inherited,
    Multiplexed,
    Server,
    ServerContext,
    Stream,
    StreamConfig,
    StreamRequest,
    StreamRequestHandler,
    Threads,
    UnixAddress,
    UnixDatagram,
    UnixStream,
    datagram_handler,
    from_stdlib,
    stream_handler,
)
from typedserver.protocols.requests import Address_contra, Request_contra, Result_co, Server_contra


class StreamClass(StreamRequestHandler): ...


class InetStreamClass(StreamRequestHandler[ServerContext, InetAddress]): ...


class PlainStreamClass(BaseRequestHandler[StreamRequest]): ...


class DatagramClass(DatagramRequestHandler): ...


class PlainDatagramClass(BaseRequestHandler[DatagramRequest]): ...


def stream_function(_request: StreamRequest, _client_address: object, _server: object) -> None: ...
def datagram_function(_request: DatagramRequest, _client_address: object, _server: object) -> None: ...


async def bare_coroutine(_request: StreamRequest, _client_address: object, _server: object) -> None: ...


@stream_handler
async def coroutine(_stream: Stream) -> None: ...


@stream_handler
async def inet_coroutine(_stream: Stream[InetAddress]) -> None: ...


@stream_handler
async def unix_coroutine(_stream: Stream[UnixAddress]) -> None: ...


@stream_handler(config=StreamConfig(timeout=1))
async def configured_unix_coroutine(_stream: Stream[UnixAddress]) -> None: ...


@datagram_handler
def reply(data: bytes) -> bytes:
    return data


@datagram_handler
def reply_to_unix(data: bytes, _client_address: UnixAddress) -> bytes:
    return data


CONFIG = StreamConfig(timeout=1)


def wrapped(
    inner: HandlerFactory[Request_contra, Address_contra, Server_contra, Result_co],
) -> HandlerFactory[Request_contra, Address_contra, Server_contra, Result_co]:
    return inner


SERVER = Server(TCP(port=0), coroutine)
FILES = from_stdlib(http.server.SimpleHTTPRequestHandler)
FOLDER = from_stdlib(partial(http.server.SimpleHTTPRequestHandler, directory="/srv"))


@datagram_handler
async def answer_later(data: bytes, _client_address: InetAddress) -> bytes:
    return data


class Counting(Server[DatagramRequest, InetAddress]):
    asked: int = 0


@datagram_handler
async def counted_later(
    _data: bytes, _client_address: InetAddress, context: DatagramContext[InetAddress, Counting]
) -> None:
    context.server.asked += 1


PACKETS = from_stdlib(socketserver.DatagramRequestHandler)

# Handlers of streams on endpoints of datagrams
Server(UDP(port=0), StreamClass)  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), PlainStreamClass, Threads())  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), stream_function)  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), bare_coroutine)  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), coroutine)  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), coroutine, Threads())  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), FILES)  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), FOLDER)  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), lambda r, _a, _s: r.recv(1))  # error: [attr-defined] (reportAttributeAccessIssue)
Server(UnixDatagram("d"), StreamClass)  # error: [arg-type] (reportArgumentType)
Server(UnixDatagram("d"), coroutine)  # error: [arg-type] (reportArgumentType)
Server(UnixDatagram("d"), FILES)  # error: [arg-type] (reportArgumentType)
Server(Inherited.datagram(fd=3), StreamClass)  # error: [arg-type] (reportArgumentType)
Server(Inherited.datagram(fd=3), stream_function)  # error: [arg-type] (reportArgumentType)
Server(Inherited.datagram(fd=3), coroutine)  # error: [arg-type] (reportArgumentType)
Server(Inherited.datagram(name="log"), FILES)  # error: [arg-type] (reportArgumentType)

# Handlers of datagrams on endpoints of streams
Server(TCP(port=0), answer_later, Multiplexed())  # error: [arg-type] (reportArgumentType)
Server(UnixDatagram("d"), answer_later, Multiplexed())  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), counted_later, Multiplexed())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), DatagramClass)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), PlainDatagramClass)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), datagram_function, Threads())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), reply)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), PACKETS)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), lambda r, _a, _s: r[0])  # error: [index] (reportIndexIssue)
Server(UnixStream("s"), DatagramClass)  # error: [arg-type] (reportArgumentType)
Server(UnixStream("s"), reply_to_unix)  # error: [arg-type] (reportArgumentType)
Server(Inherited.stream(fd=3), DatagramClass)  # error: [arg-type] (reportArgumentType)
Server(Inherited.stream(fd=3), reply)  # error: [arg-type] (reportArgumentType)
Server(Inherited.stream(name="web"), PACKETS)  # error: [arg-type] (reportArgumentType)

# Inherited by its bare constructor: the kind decides
Server(Inherited(kind=socket.SOCK_DGRAM, fd=3), StreamClass)  # error: [arg-type] (reportArgumentType)
Server(Inherited(kind=socket.SOCK_DGRAM, fd=3), coroutine)  # error: [arg-type] (reportArgumentType)
Server(Inherited(kind=socket.SOCK_STREAM, fd=3), reply)  # error: [arg-type] (reportArgumentType)
Inherited(kind=socket.SOCK_RAW, fd=3)  # error: [call-overload] (reportCallIssue)
Inherited(kind=socket.SOCK_STREAM, fd=3, send_timeout=1)  # error: [call-overload] (reportArgumentType)

# Handlers bound to another kind of address
Server(TCP(port=0), unix_coroutine)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), configured_unix_coroutine)  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), reply_to_unix)  # error: [arg-type] (reportArgumentType)
Server(UnixStream("s"), inet_coroutine)  # error: [arg-type] (reportArgumentType)
Server(UnixStream("s"), InetStreamClass)  # error: [arg-type] (reportArgumentType)
Server(Inherited.stream(fd=3), inet_coroutine)  # error: [arg-type] (reportArgumentType)

# Handlers within a handler
Server(UDP(port=0), wrapped(StreamClass))  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), wrapped(coroutine))  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), wrapped(unix_coroutine))  # error: [arg-type] (reportArgumentType)

# A server is of the type that its endpoint says
UNIX: Server[StreamRequest, UnixAddress] = Server(TCP(port=0), coroutine)  # error: [arg-type] (reportAssignmentType)
PACKET: Server[DatagramRequest, InetAddress] = SERVER  # error: [assignment] (reportAssignmentType)

# Not an endpoint, or not a handler
Server(TCP, StreamClass)  # error: [arg-type] (reportArgumentType)
Server("127.0.0.1:80", StreamClass)  # error: [arg-type] (reportArgumentType)
Server(("", 0), StreamClass)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), "StreamClass")  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), from_stdlib)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), http.server.SimpleHTTPRequestHandler)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0))  # error: [call-arg] (reportCallIssue)
Server(TCP(port=0), lambda r: r.close())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), lambda r, _a, _s, _more: r.close())  # error: [arg-type] (reportArgumentType)

# mypy takes a partial for a callable of anything (its plug-in checks only calls), so only pyright sees the first error.
# Both check a lambda in the partial's place.
Server(UDP(port=0), partial(StreamClass, config=CONFIG))  # error: (reportArgumentType)
Server(UDP(port=0), lambda r, a, s: StreamClass(r, a, s, config=CONFIG))  # error: [arg-type] (reportArgumentType)
partial(StreamClass, config=3)  # error: [arg-type] (reportArgumentType)
