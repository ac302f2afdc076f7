"""Handlers that are wrong in themselves: their shape, what they return, how they use their arguments."""

import socketserver
from collections.abc import AsyncIterator

from typedserver import (
    TCP,
    UDP,
    Address,
    BaseRequestHandler,
    DatagramContext,
    DatagramRequestHandler,
    InetAddress,
    Server,
    ServerContext,
    Stream,
    StreamConfig,
    StreamRequestHandler,
    datagram_handler,
    from_stdlib,
    run_blocking,
    sleep,
    stream_handler,
)

# Functions that stream_handler does not take


@stream_handler  # error: [arg-type] (reportArgumentType)
def plain(stream: Stream) -> None: ...


@stream_handler  # error: [arg-type] (reportArgumentType)
async def two_arguments(stream: Stream, client_address: InetAddress) -> None: ...


@stream_handler  # error: [arg-type] (reportArgumentType)
async def no_argument() -> None: ...


@stream_handler  # error: [arg-type] (reportArgumentType)
async def of_bytes(data: bytes) -> None: ...


@stream_handler(config=StreamConfig())  # error: [arg-type] (reportArgumentType)
def plain_configured(stream: Stream) -> None: ...


def takes_stream(stream: Stream) -> None: ...


stream_handler(takes_stream)  # error: [arg-type] (reportArgumentType)
stream_handler(StreamRequestHandler)  # error: [arg-type] (reportArgumentType)
stream_handler(config=3)  # error: [call-overload] (reportArgumentType)
stream_handler(timeout=3)  # error: [call-overload] (reportCallIssue)

# Functions that datagram_handler does not take


@datagram_handler  # error: [arg-type] (reportArgumentType)
def returns_text(data: bytes) -> str:
    return data.decode()


@datagram_handler  # error: [arg-type] (reportArgumentType)
async def returns_text_later(data: bytes) -> str:
    return data.decode()


@datagram_handler  # error: [arg-type] (reportArgumentType)
async def gives_later(data: bytes, _client_address: InetAddress) -> AsyncIterator[bytes]:
    yield data


@datagram_handler
async def misuses_its_context(_data: bytes, _client_address: Address, context: DatagramContext) -> None:
    await context.reply("text")  # error: [arg-type] (reportArgumentType)
    context.reply(b"")  # error: [unused-coroutine] (reportUnusedCoroutine)
    await context.reply_blocking(b"")  # error: [misc] (reportGeneralTypeIssues)
    context.server.state = 3  # error: [attr-defined] (reportAttributeAccessIssue)
    _path: str = context.client_address  # error: [assignment] (reportAssignmentType)


@datagram_handler  # error: [arg-type] (reportArgumentType)
def takes_text(data: str) -> bytes:
    return data.encode()


@datagram_handler  # error: [arg-type] (reportArgumentType)
def three_arguments(data: bytes, client_address: InetAddress, server: ServerContext) -> bytes:
    return data


@datagram_handler  # error: [arg-type] (reportArgumentType)
def nothing() -> bytes:
    return b""


# Arguments that from_stdlib does not take
from_stdlib(StreamRequestHandler)  # error: [arg-type] (reportArgumentType)
from_stdlib(socketserver.TCPServer)  # error: [arg-type] (reportArgumentType)


def serve_anything(handler: type, kind: type[object]) -> None:
    # Nothing says which kind of request it answers, so it must not be taken for one.
    Server(TCP(port=0), from_stdlib(handler))  # error: [arg-type] (reportArgumentType)
    Server(UDP(port=0), from_stdlib(handler))  # error: [arg-type] (reportArgumentType)
    from_stdlib(kind)  # error: [arg-type] (reportCallIssue)


from_stdlib(socketserver.StreamRequestHandler, timeout="5")  # error: [call-overload] (reportArgumentType)

# Wrong uses of a Stream


@stream_handler
async def misuse(stream: Stream[InetAddress]) -> None:
    _line: str = await stream.readline()  # error: [assignment] (reportAssignmentType)
    _all: str = await stream.read()  # error: [assignment] (reportAssignmentType)
    _forgotten: bytes = stream.readline()  # error: [assignment] (reportAssignmentType)
    stream.readline()  # error: [unused-coroutine] (reportUnusedCoroutine)
    await stream.write("text")  # error: [arg-type] (reportArgumentType)
    await stream.write_eof()  # error: [misc] (reportGeneralTypeIssues)
    await stream.readuntil("\n")  # error: [arg-type] (reportArgumentType)
    await stream.readexactly()  # error: [call-arg] (reportCallIssue)
    await stream.drain()  # error: [attr-defined] (reportAttributeAccessIssue)
    for _ in stream:  # error: [attr-defined] (reportGeneralTypeIssues)
        pass
    stream.client_address = ("", 0)  # error: [misc] (reportAttributeAccessIssue)
    _path: str = stream.client_address  # error: [assignment] (reportAssignmentType)
    await sleep("1")  # error: [arg-type] (reportArgumentType)
    _number: str = await run_blocking(lambda: 3)  # error: [arg-type] (reportAssignmentType)


# Wrong handler classes


class Misuse(StreamRequestHandler):
    def handle(self) -> int:  # error: [override] (reportIncompatibleMethodOverride)
        self.wfile.write("text")  # error: [arg-type] (reportArgumentType)
        _line: str = self.rfile.readline()  # error: [assignment] (reportAssignmentType)
        self.config.timeout = 1  # error: [misc] (reportAttributeAccessIssue)
        return 0


class MisusedPacket(DatagramRequestHandler):
    def handle(self) -> None:
        self.wfile.write(self.packet.decode())  # error: [arg-type] (reportArgumentType)
        self.request.recv(1)  # error: [attr-defined] (reportAttributeAccessIssue)


class Needy(BaseRequestHandler[bytes]): ...


Server(TCP(port=0), Needy)  # error: [arg-type] (reportArgumentType)
