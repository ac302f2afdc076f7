"""What is no strategy, and handlers that a strategy can not run: those that block, where only coroutines can go on."""

import http.server
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from tests.typing.ok_strategies import Bounded, CoroutinesOnly

from typedserver import (
    TCP,
    UDP,
    BaseRequestHandler,
    ConcurrencyStrategy,
    Dispatcher,
    Forks,
    Inline,
    Reactor,
    RequestProcessor,
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


FILES = from_stdlib(http.server.SimpleHTTPRequestHandler)

# No strategy, or not yet one
Server(TCP(port=0), Blocking, Threads)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), echo, Inline)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Blocking, Forks)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Blocking, "threads")  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Blocking, None)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Blocking, 8)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Threads(), Blocking)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), echo, CoroutinesOnly)  # error: [arg-type] (reportArgumentType)

# Blocking handlers where only coroutines go on
Server(TCP(port=0), Blocking, CoroutinesOnly())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), PlainBlocking, CoroutinesOnly())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), blocking_function, CoroutinesOnly())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), FILES, CoroutinesOnly())  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), reply, CoroutinesOnly())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), lambda r, _a, _s: r.close(), CoroutinesOnly())  # error: [arg-type] (reportArgumentType)

# The same, with the strategy in another
Server(TCP(port=0), Blocking, Bounded(CoroutinesOnly(), 10))  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), PlainBlocking, Bounded(CoroutinesOnly(), 10))  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), blocking_function, Bounded(CoroutinesOnly(), 10))  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), FILES, Bounded(CoroutinesOnly(), 10))  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), reply, Bounded(CoroutinesOnly(), 10))  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Blocking, Bounded(Bounded(CoroutinesOnly(), 10), 5))  # error: [arg-type] (reportArgumentType)
Bounded(Threads, 10)  # error: [arg-type] (reportArgumentType)
Bounded("threads", 10)  # error: [arg-type] (reportArgumentType)


# Strategies of one's own that break the contract


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
NARROW: type[ConcurrencyStrategy[object]] = CoroutinesOnly  # error: [assignment] (reportAssignmentType)
HALF: Dispatcher = HalfDispatcher()  # error: [assignment] (reportAssignmentType)


def blocks_in(processor: RequestProcessor[object]) -> RequestProcessor[Coroutine[Any, Any, object]]:
    return processor  # error: [return-value] (reportReturnType)
