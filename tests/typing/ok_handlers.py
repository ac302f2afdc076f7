"""Every way to write a handler, with the types that its author sees."""

import io
import socket
from collections.abc import Coroutine
from functools import partial
from typing import Any, TypeAlias, assert_type, overload

from typing_extensions import Buffer

from typedserver import (
    TCP,
    UDP,
    Address,
    Asyncio,
    BaseRequestHandler,
    Bounded,
    DatagramContext,
    DatagramRequest,
    DatagramRequestHandler,
    DatagramSocket,
    Forks,
    HandlerFactory,
    InetAddress,
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


class Counting(Server[DatagramRequest, InetAddress]):
    asked: int = 0


@datagram_handler
def counted(data: bytes, _client_address: InetAddress, context: DatagramContext[InetAddress, Counting]) -> None:
    context.server.asked += 1
    assert_type(context.client_address, InetAddress)
    assert_type(context.local_address, Address)
    assert_type(context.reply_blocking(data), bool)


@datagram_handler
async def upper_later(data: bytes) -> bytes:
    await sleep(0)
    return data.upper()


@datagram_handler
async def silent_later(_data: bytes, _client_address: UnixAddress) -> None:
    await sleep(0)


@datagram_handler
async def twice(data: bytes, client_address: InetAddress, context: DatagramContext) -> bytes | None:
    assert_type(client_address, InetAddress)
    assert_type(context.client_address, Address)
    assert_type(context.server, ServerContext)
    assert_type(await context.reply(data), bool)
    return data or None


@datagram_handler
async def counted_later(
    _data: bytes, _client_address: InetAddress, context: DatagramContext[InetAddress, Counting]
) -> None:
    context.server.asked += 1


LATER: TypeAlias = Coroutine[Any, Any, None]

assert_type(counted, DatagramHandler[InetAddress, None, Counting])
assert_type(upper_later, DatagramHandler[Address, LATER])
assert_type(silent_later, DatagramHandler[UnixAddress, LATER])
assert_type(twice, DatagramHandler[InetAddress, LATER])
assert_type(counted_later, DatagramHandler[InetAddress, LATER, Counting])
Counting(UDP(port=0), counted, Threads())
Counting(UDP(port=0), counted_later, Multiplexed())
assert_type(Server(UDP(port=0), twice, Multiplexed()), Server[DatagramRequest, InetAddress])
assert_type(Server(UDP(port=0), upper_later, Asyncio()), Server[DatagramRequest, InetAddress])
assert_type(Server(UnixDatagram("d"), silent_later, Bounded(Multiplexed(), 3)), Server[DatagramRequest, UnixAddress])
assert_type(Server(UnixDatagram("d"), upper_later, Forks()), Server[DatagramRequest, UnixAddress])


async def bare_datagram(request: DatagramRequest, client_address: Address, _server: ServerContext) -> None:
    request[1].sendto(request[0], client_address)


Server(UDP(port=0), bare_datagram, Multiplexed())


class OwnSocket:
    """What an endpoint of a program may give in the place of a socket."""

    @overload
    def sendto(self, data: Buffer, address: Address, /) -> int: ...
    @overload
    def sendto(self, data: Buffer, flags: int, address: Address, /) -> int: ...
    def sendto(self, data: Buffer, flags_or_address: int | Address, address: Address | None = None, /) -> int:
        raise NotImplementedError

    def fileno(self) -> int:
        raise NotImplementedError

    def getsockname(self) -> Address:
        raise NotImplementedError


OWN: DatagramSocket = OwnSocket()


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
