"""Objects that are no strategy, and handlers that a strategy cannot run: blocking ones if it takes only coroutines."""

import asyncio
import http.server
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from typedserver import (
    TCP,
    UDP,
    Asyncio,
    BaseRequestHandler,
    Bounded,
    ConcurrencyStrategy,
    DatagramContext,
    DatagramRequest,
    Dispatcher,
    Forks,
    InetAddress,
    Inline,
    Multiplexed,
    OnExecutor,
    Reactor,
    RequestProcessor,
    SelectorReactor,
    Server,
    Stream,
    StreamRequest,
    StreamRequestHandler,
    Threads,
    datagram_handler,
    from_stdlib,
    stream_handler,
)


class Blocking(StreamRequestHandler): ...


class PlainBlocking(BaseRequestHandler[StreamRequest]): ...


def blocking_function(_request: StreamRequest, _client_address: object, _server: object) -> None: ...


@stream_handler
async def echo(_stream: Stream) -> None: ...


@datagram_handler
def reply(data: bytes) -> bytes:
    return data


@datagram_handler
def reply_with_context(data: bytes, _client_address: InetAddress, _context: DatagramContext[InetAddress]) -> bytes:
    return data


def blocking_datagram(_request: DatagramRequest, _client_address: object, _server: object) -> None: ...


FILES = from_stdlib(http.server.SimpleHTTPRequestHandler)

# No strategy, or not yet one
Server(TCP(port=0), Blocking, Threads)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), echo, Inline)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Blocking, Forks)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Blocking, "threads")  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Blocking, None)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Blocking, 8)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Threads(), Blocking)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), echo, Multiplexed)  # error: [arg-type] (reportArgumentType)

# Blocking handlers under strategies that take only coroutines
Server(TCP(port=0), Blocking, Multiplexed())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), PlainBlocking, Multiplexed())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), blocking_function, Multiplexed())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), FILES, Multiplexed())  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), reply, Multiplexed())  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), reply_with_context, Multiplexed())  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), blocking_datagram, Multiplexed())  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), blocking_datagram, Asyncio())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), lambda r, _a, _s: r.close(), Multiplexed())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Blocking, Asyncio())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), PlainBlocking, Asyncio())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), blocking_function, Asyncio())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), FILES, Asyncio())  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), reply, Asyncio())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), lambda r, _a, _s: r.close(), Asyncio())  # error: [arg-type] (reportArgumentType)

# The same, with the strategy in another
Server(TCP(port=0), Blocking, Bounded(Multiplexed(), 10))  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), PlainBlocking, Bounded(Multiplexed(), 10))  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), blocking_function, Bounded(Multiplexed(), 10))  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), FILES, Bounded(Multiplexed(), 10))  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), reply, Bounded(Multiplexed(), 10))  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Blocking, Bounded(Asyncio(), 10))  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), reply, Bounded(Asyncio(), 10))  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Blocking, Bounded(Bounded(Multiplexed(), 10), 5))  # error: [arg-type] (reportArgumentType)
Bounded(Threads, 10)  # error: [arg-type] (reportArgumentType)
OnExecutor(Threads())  # error: [arg-type] (reportArgumentType)
OnExecutor(ThreadPoolExecutor)  # error: [arg-type] (reportArgumentType)
Asyncio(loop_factory=asyncio.new_event_loop())  # error: [arg-type] (reportArgumentType)
Asyncio(loop_factory=SelectorReactor)  # error: [arg-type] (reportArgumentType)
Bounded("threads", 10)  # error: [arg-type] (reportArgumentType)


# A program's own strategies that break the contract


class NoStart:
    def run(self) -> None: ...


class NoDispatcher:
    def start(self, processor: RequestProcessor[object], reactor: Reactor | None, /) -> None: ...


class NeedsReactor:
    """Under compat's mix-ins there is none."""

    def start(self, processor: RequestProcessor[object], reactor: Reactor, /) -> Dispatcher:
        raise NotImplementedError


@dataclass
class HalfDispatcher:
    has_capacity: bool = True

    def process_request(self, request: Any, client_address: Any, /) -> None: ...


Server(TCP(port=0), Blocking, NoStart())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Blocking, NoDispatcher())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Blocking, NeedsReactor())  # error: [arg-type] (reportArgumentType)
NARROW: type[ConcurrencyStrategy[object]] = Multiplexed  # error: [assignment] (reportAssignmentType)
HALF: Dispatcher = HalfDispatcher()  # error: [assignment] (reportAssignmentType)


def blocks_in(processor: RequestProcessor[object]) -> RequestProcessor[Coroutine[Any, Any, object]]:
    return processor  # error: [return-value] (reportReturnType)
