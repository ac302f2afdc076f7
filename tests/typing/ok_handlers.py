"""Every way to write a handler, with the types that its author sees."""

import io
import socket
from functools import partial
from typing import Any, assert_type

from typedserver import (
    TCP,
    UDP,
    Address,
    BaseRequestHandler,
    DatagramRequest,
    DatagramRequestHandler,
    DatagramSocket,
    HandlerFactory,
    InetAddress,
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
    run_blocking,
    sleep,
    stream_handler,
)
from typedserver.handlers.datagram_handler import DatagramHandler
from typedserver.handlers.stream_handler import StreamHandler
from typedserver.protocols.requests import AddressT, RequestT

# Classes


class Lines(StreamRequestHandler):
    def handle(self) -> None:
        assert_type(self.request, StreamRequest)
        assert_type(self.connection, socket.socket)
        assert_type(self.client_address, Address)
        assert_type(self.server, ServerContext)
        assert_type(self.config, StreamConfig)
        assert_type(self.rfile, io.BufferedIOBase)
        assert_type(self.wfile, io.BufferedIOBase)
        assert_type(self.rfile.readline(), bytes)
        self.wfile.write(b"")
        if self.server.draining:
            self.server.request_stop()


class InetLines(StreamRequestHandler[ServerContext, InetAddress]):
    def handle(self) -> None:
        assert_type(self.client_address, InetAddress)
        assert_type(self.client_address[1], int)


class Packets(DatagramRequestHandler):
    def handle(self) -> None:
        assert_type(self.request, DatagramRequest)
        assert_type(self.packet, bytes)
        assert_type(self.socket, DatagramSocket)
        assert_type(self.rfile, io.BytesIO)
        assert_type(self.wfile, io.BytesIO)


class Plain(BaseRequestHandler[StreamRequest]):
    def handle(self) -> None:
        assert_type(self.request, socket.socket)
        assert_type(self.client_address, Address)


class PlainPacket(BaseRequestHandler[DatagramRequest]):
    def handle(self) -> None:
        data, listener = self.request
        assert_type(data, bytes)
        assert_type(listener, DatagramSocket)


class Either(BaseRequestHandler[StreamRequest | DatagramRequest]):
    """Checks types at run time, as some programs do."""

    def handle(self) -> None:
        if isinstance(self.request, tuple):
            assert_type(self.request, DatagramRequest)
        else:
            assert_type(self.request, StreamRequest)


assert_type(Server(TCP(port=0), InetLines), Server[socket.socket, InetAddress])
assert_type(Server(TCP(port=0), Either), Server[StreamRequest, InetAddress])
assert_type(Server(UDP(port=0), Either), Server[DatagramRequest, InetAddress])


def kinds(server: Server[RequestT, AddressT, Any]) -> tuple[RequestT, AddressT]:
    """Tell what a server gives. mypy takes a partial for a callable of anything, also of any lifespan."""
    raise NotImplementedError


QUICK = partial(Lines, config=StreamConfig(timeout=1.0, disable_nagle_algorithm=True))
assert_type(kinds(Server(TCP(port=0), QUICK, Threads())), tuple[StreamRequest, InetAddress])
assert_type(kinds(Server(UnixStream("s"), partial(Lines, config=StreamConfig()))), tuple[StreamRequest, UnixAddress])
assert_type(
    Server(
        TCP(port=0),
        lambda request, client_address, server: Lines(request, client_address, server, config=StreamConfig()),
    ),
    Server[StreamRequest, InetAddress],
)


# Functions


def greet(request: socket.socket, client_address: object, server: object) -> None: ...
def greet_inet(request: socket.socket, client_address: InetAddress, server: ServerContext, /) -> int:
    return 0


def anything(*_request_and_all: object) -> None: ...


assert_type(Server(TCP(port=0), greet), Server[StreamRequest, InetAddress])
assert_type(Server(TCP(port=0), greet_inet), Server[StreamRequest, InetAddress])
assert_type(Server(UDP(port=0), anything), Server[DatagramRequest, InetAddress])
assert_type(
    Server(TCP(port=0), lambda request, client_address, server: assert_type(request, socket.socket)),
    Server[StreamRequest, InetAddress],
)
assert_type(
    Server(TCP(port=0), lambda request, client_address, server: assert_type(client_address, InetAddress)),
    Server[StreamRequest, InetAddress],
)
assert_type(
    Server(UDP(port=0), lambda request, client_address, server: request[1].sendto(request[0], client_address)),
    Server[DatagramRequest, InetAddress],
)


async def bare_coroutine(request: socket.socket, client_address: Address, server: ServerContext) -> None: ...


assert_type(Server(TCP(port=0), bare_coroutine), Server[StreamRequest, InetAddress])


# A coroutine over a Stream


@stream_handler
async def everything(stream: Stream) -> None:
    assert_type(stream.client_address, Address)
    assert_type(stream.server, ServerContext)
    assert_type(stream.socket, socket.socket)
    assert_type(stream.draining, bool)
    assert_type(await stream.read(), bytes)
    assert_type(await stream.read(10), bytes)
    assert_type(await stream.readexactly(4), bytes)
    assert_type(await stream.readuntil(b"\0"), bytes)
    assert_type(await stream.readline(), bytes)
    async for line in stream:
        assert_type(line, bytes)
    await stream.write(b"")
    await stream.write(bytearray())
    await stream.write(memoryview(b""))
    assert_type(stream.at_eof(), bool)
    stream.write_eof()
    stream.close()
    await sleep(0.1)
    assert_type(await run_blocking(lambda: 3), int)


@stream_handler(config=StreamConfig(timeout=5))
async def configured(stream: Stream) -> None:
    assert_type(stream.client_address, Address)


@stream_handler(config=StreamConfig(timeout=5))
async def configured_inet(stream: Stream[InetAddress]) -> None: ...


@stream_handler
async def inet(stream: Stream[InetAddress]) -> None:
    assert_type(stream.client_address, InetAddress)


@stream_handler
async def unix(stream: Stream[UnixAddress]) -> None:
    assert_type(stream.client_address, str)


assert_type(everything, StreamHandler[Address, ServerContext])
assert_type(configured, StreamHandler[Address, ServerContext])
assert_type(configured_inet, StreamHandler[InetAddress, ServerContext])
assert_type(inet, StreamHandler[InetAddress, ServerContext])
assert_type(unix, StreamHandler[UnixAddress, ServerContext])
assert_type(Server(TCP(port=0), inet), Server[StreamRequest, InetAddress])
assert_type(Server(TCP(port=0), configured), Server[StreamRequest, InetAddress])
assert_type(Server(TCP(port=0), configured_inet), Server[StreamRequest, InetAddress])
assert_type(Server(UnixStream("s"), unix), Server[StreamRequest, UnixAddress])


# A function of a datagram


@datagram_handler
def silent(_data: bytes) -> None: ...


@datagram_handler
def upper(data: bytes) -> bytes | None:
    return data.upper()


@datagram_handler
def where(_data: bytes, client_address: InetAddress) -> bytes:
    assert_type(client_address[1], int)
    return client_address[0].encode()


@datagram_handler
def name_of(data: bytes, client_address: UnixAddress) -> bytes | None:
    return client_address.encode() if data else None


assert_type(silent, DatagramHandler[Address])
assert_type(upper, DatagramHandler[Address])
assert_type(where, DatagramHandler[InetAddress])
assert_type(Server(UDP(port=0), silent), Server[DatagramRequest, InetAddress])
assert_type(Server(UDP(port=0), upper), Server[DatagramRequest, InetAddress])
assert_type(Server(UDP(port=0), where), Server[DatagramRequest, InetAddress])
assert_type(Server(UnixDatagram("d"), name_of), Server[DatagramRequest, UnixAddress])
assert_type(Server(UDP(port=0), datagram_handler(lambda data: data.upper())), Server[DatagramRequest, InetAddress])


# The contract by name: all of these are handler factories

FACTORIES: list[HandlerFactory[StreamRequest, InetAddress, Server[StreamRequest, InetAddress], Any]] = [
    Lines,
    InetLines,
    Plain,
    Either,
    QUICK,
    greet,
    greet_inet,
    bare_coroutine,
    everything,
    inet,
]
for factory in FACTORIES:
    Server(TCP(port=0), factory)
