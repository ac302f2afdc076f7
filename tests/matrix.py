"""The axes of the matrix: every kind of endpoint, handler and strategy, by the code that makes it.

The code is kept as source text too, so that a type checker can be shown the combinations that the types exclude.
"""

import socket
import socketserver
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import uvloop

import typedserver
from typedserver import (
    Address,
    BaseRequestHandler,
    DatagramContext,
    DatagramRequest,
    DatagramRequestHandler,
    Stream,
    StreamRequest,
    StreamRequestHandler,
    datagram_handler,
    from_stdlib,
    sleep,
    stream_handler,
)


class StreamBase(BaseRequestHandler[StreamRequest]):
    def handle(self) -> None:
        while data := self.request.recv(65536):
            self.request.sendall(data.upper())


class StreamFiles(StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(line.upper())


def stream_function(request: StreamRequest, _client_address: object, _server: object) -> None:
    while data := request.recv(65536):
        request.sendall(data.upper())


@stream_handler
async def stream_coroutine(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())


class StdlibStreamFiles(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(line.upper())


stream_stdlib = from_stdlib(StdlibStreamFiles)


class DatagramBase(BaseRequestHandler[DatagramRequest]):
    def handle(self) -> None:
        data, listener = self.request
        listener.sendto(data.upper(), self.client_address)


class DatagramFiles(DatagramRequestHandler):
    def handle(self) -> None:
        self.wfile.write(self.rfile.read().upper())


def datagram_plain_function(request: DatagramRequest, client_address: Address, _server: object) -> None:
    data, listener = request
    listener.sendto(data.upper(), client_address)


@datagram_handler
def datagram_of_data(data: bytes) -> bytes | None:
    return data.upper()


@datagram_handler
def datagram_of_data_and_address(data: bytes, _client_address: object) -> bytes | None:
    return data.upper()


@datagram_handler
async def datagram_coroutine(data: bytes, _client_address: object, context: DatagramContext) -> bytes | None:
    await sleep(0.001)
    return data.upper() if context.server.server_address else None


class StdlibDatagramFiles(socketserver.DatagramRequestHandler):
    def handle(self) -> None:
        self.wfile.write(self.rfile.read().upper())


datagram_stdlib = from_stdlib(StdlibDatagramFiles)

STREAM_HANDLERS: Final = {
    "StreamBase": StreamBase,
    "StreamFiles": StreamFiles,
    "stream_function": stream_function,
    "stream_coroutine": stream_coroutine,
    "stream_stdlib": stream_stdlib,
}
DATAGRAM_HANDLERS: Final = {
    "DatagramBase": DatagramBase,
    "DatagramFiles": DatagramFiles,
    "datagram_plain_function": datagram_plain_function,
    "datagram_of_data": datagram_of_data,
    "datagram_of_data_and_address": datagram_of_data_and_address,
    "datagram_coroutine": datagram_coroutine,
    "datagram_stdlib": datagram_stdlib,
}
# {path} is a path in the test's own folder, {fd} a socket that the test has opened.
STREAM_ENDPOINTS: Final = {
    "tcp4": "TCP(port=0)",
    "tcp6": "TCP(port=0, host='::1')",
    "tcp_dual": "TCP(port=0, host='::', dual_stack=True)",
    "unix": "UnixStream({path!r})",
    "abstract": "UnixStream('\\0' + {path!r})",
    "inherited": "Inherited.stream(fd={stream_fd})",
}
DATAGRAM_ENDPOINTS: Final = {
    "udp4": "UDP(port=0)",
    "udp6": "UDP(port=0, host='::1')",
    "udp_all": "UDP(port=0, host='')",
    "udp_dual": "UDP(port=0, host='::', dual_stack=True)",
    "unix_datagram": "UnixDatagram({path!r})",
    "abstract_datagram": "UnixDatagram('\\0' + {path!r})",
    "inherited_datagram": "Inherited.datagram(fd={datagram_fd})",
}
STRATEGIES: Final = {
    "inline": "Inline()",
    "threads": "Threads()",
    "forks": "Forks()",
    "thread_pool": "ThreadPool(workers=2, queue=1)",
    "bounded": "Bounded(Threads(), 1)",
    "on_executor": "OnExecutor(ThreadPoolExecutor(2))",
}
# These take only handlers that are coroutines.
MULTIPLEXING_STRATEGIES: Final = {
    "multiplexed": "Multiplexed()",
    "bounded_multiplexed": "Bounded(Multiplexed(), 1)",
}
# These too, and they make the loop themselves.
LOOP_MAKING_STRATEGIES: Final = {
    "asyncio": "Asyncio(grace=0)",
    "uvloop": "Asyncio(grace=0, loop_factory=uvloop.new_event_loop)",
    "bounded_asyncio": "Bounded(Asyncio(grace=0), 1)",
}


# The names that the source texts use.
NAMES: Final[dict[str, Any]] = {name: getattr(typedserver, name) for name in typedserver.__all__} | {
    "ThreadPoolExecutor": ThreadPoolExecutor,
    "uvloop": uvloop,
}


def opened(kind: socket.SocketKind) -> int:
    """Open a socket as a service manager would before it starts the server; returns the descriptor."""
    made = socket.socket(socket.AF_INET, kind)
    made.bind(("127.0.0.1", 0))
    if kind == socket.SOCK_STREAM:
        made.listen()
    return made.detach()
