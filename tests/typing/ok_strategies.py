"""Strategies: which handlers each takes, which ones a wrapper takes, and a program's own strategy."""

import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, assert_type

import uvloop

from typedserver import (
    TCP,
    UDP,
    Asyncio,
    BaseDispatcher,
    BaseStrategy,
    Bounded,
    Companion,
    ConcurrencyStrategy,
    DatagramRequest,
    Dispatcher,
    DispatcherWrapper,
    Forks,
    InetAddress,
    Inline,
    Multiplexed,
    OnExecutor,
    Place,
    PlainConnections,
    Reactor,
    RequestKind,
    RequestProcessor,
    Server,
    ServerContext,
    StrategyWrapper,
    Stream,
    StreamConfig,
    StreamRequest,
    StreamRequestHandler,
    Threads,
    UnixStream,
    datagram_handler,
    stream_handler,
)
from typedserver.protocols.messages import Unfinished
from typedserver.protocols.requests import Result_contra


class CountingDispatcher:
    """Has all members of the contract; a plain attribute is as good as a property."""

    place: Place = Place.IN_PLACE
    has_capacity: bool = True
    runs_exchanges: bool = False
    establishes: bool = False
    calls_only: RequestProcessor[object] | None = None

    def __init__(self, processor: RequestProcessor[object]) -> None:
        self.processor = processor
        self.count = 0

    def compose(self, plain: PlainConnections[object], /) -> Callable[[object, object], object] | None: ...

    def process_request(self, request: Any, client_address: Any, /) -> None:
        self.count += 1
        self.processor.serve_request(request, client_address)
        assert_type(self.processor.begin_request(request, client_address), object)
        self.processor.end_request(request, client_address, None)
        self.processor.release(request, client_address, None)

    def is_worker(self) -> bool:
        return False

    def service_actions(self) -> None: ...

    def drain(self) -> None: ...

    def cut(self, request: object, /) -> None: ...

    def accompany(self, companion: Companion, /) -> Callable[[], object] | None: ...

    def close(self, timeout: float | None = None, /) -> int:
        return 0 if timeout is None else self.count


@dataclass(frozen=True)
class Counting:
    """Takes what any handler returns."""

    request_kind: RequestKind | None = None
    runs_coroutines: bool = False
    reactor_factory: Callable[[], Reactor] | None = None

    def load(self) -> None: ...

    def check_before_fork(self) -> None: ...

    def start(self, processor: RequestProcessor[object], reactor: Reactor | None, /) -> Dispatcher:
        del reactor
        return CountingDispatcher(processor)


class BriefDispatcher(BaseDispatcher):
    """Defines what no base can know, and inherits the rest."""

    has_capacity: bool = True

    def process_request(self, request: object, client_address: object, /) -> None: ...


class Brief(BaseStrategy):
    def start(self, _processor: RequestProcessor[object], _reactor: Reactor | None, /) -> BriefDispatcher:
        return BriefDispatcher()


class Slowed(DispatcherWrapper):
    """A dispatcher around another one."""

    def process_request(self, request: object, client_address: object, /) -> None:
        time.sleep(1)
        self.inner.process_request(request, client_address)


@dataclass(frozen=True)
class Slow(StrategyWrapper[Result_contra]):
    """A strategy around another one takes the same handlers."""

    strategy: ConcurrencyStrategy[Result_contra]

    @property
    def inner(self) -> ConcurrencyStrategy[Result_contra]:
        return self.strategy

    def start(self, processor: RequestProcessor[Result_contra], reactor: Reactor | None, /) -> Slowed:
        return Slowed(self.strategy.start(processor, reactor))


COUNTING: type[ConcurrencyStrategy[object]] = Counting
BRIEF: type[ConcurrencyStrategy[object]] = Brief
DISPATCHERS: tuple[type[Dispatcher], ...] = (CountingDispatcher, BriefDispatcher, Slowed)
assert_type(Slow(Multiplexed()), Slow[Unfinished])
COROUTINES: tuple[ConcurrencyStrategy[Coroutine[Any, Any, object]], ...] = (Multiplexed(), Asyncio())
# A strategy that takes any handler takes coroutines too.
THREADS: ConcurrencyStrategy[Coroutine[Any, Any, object]] = Threads()


class Blocking(StreamRequestHandler): ...


@stream_handler
async def echo(stream: Stream) -> None:
    await stream.write(await stream.readline())


@stream_handler(config=StreamConfig(timeout=None))
async def patient(stream: Stream) -> None:
    await stream.write(await stream.readline())


async def bare(_request: StreamRequest, _client_address: InetAddress, _server: ServerContext) -> bytes:
    return b""


async def bytes_of(_request: StreamRequest) -> bytes:
    return b""


@datagram_handler
def reply(data: bytes) -> bytes:
    return data


assert_type(Server(TCP(port=0), Blocking, Counting()), Server[StreamRequest, InetAddress])
assert_type(Server(TCP(port=0), echo, Counting()), Server[StreamRequest, InetAddress])
assert_type(Server(UDP(port=0), reply, Counting()), Server[DatagramRequest, InetAddress])
assert_type(Server(TCP(port=0), Blocking, Brief()), Server[StreamRequest, InetAddress])
assert_type(Server(TCP(port=0), Blocking, Slow(Threads())), Server[StreamRequest, InetAddress])
assert_type(Server(TCP(port=0), echo, Bounded(Slow(Multiplexed()), 5)), Server[StreamRequest, InetAddress])
assert_type(Server(UDP(port=0), reply, Slow(Slow(Brief()))), Server[DatagramRequest, InetAddress])

assert_type(Server(TCP(port=0), echo, Multiplexed()), Server[StreamRequest, InetAddress])
assert_type(Server(TCP(port=0), patient, Multiplexed()), Server[StreamRequest, InetAddress])
assert_type(Server(TCP(port=0), bare, Multiplexed()), Server[StreamRequest, InetAddress])
assert_type(
    Server(TCP(port=0), lambda request, _client_address, _server: bytes_of(request), Multiplexed()),
    Server[StreamRequest, InetAddress],
)

assert_type(Server(TCP(port=0), echo, Asyncio()), Server[StreamRequest, InetAddress])
assert_type(Server(TCP(port=0), patient, Asyncio(grace=None)), Server[StreamRequest, InetAddress])
assert_type(Server(TCP(port=0), bare, Asyncio(loop_factory=uvloop.new_event_loop)), Server[StreamRequest, InetAddress])
assert_type(Server(UnixStream("s"), echo, Bounded(Asyncio(), 10)), Server[StreamRequest, str])
assert_type(Bounded(Asyncio(), 10), Bounded[Unfinished])

EXECUTOR = ThreadPoolExecutor()
assert_type(Server(TCP(port=0), Blocking, OnExecutor(EXECUTOR)), Server[StreamRequest, InetAddress])
assert_type(Server(TCP(port=0), echo, OnExecutor(EXECUTOR)), Server[StreamRequest, InetAddress])
assert_type(Server(UDP(port=0), reply, Bounded(OnExecutor(EXECUTOR), 8)), Server[DatagramRequest, InetAddress])

assert_type(Bounded(Multiplexed(), 10), Bounded[Unfinished])
assert_type(Bounded(Threads(), 10), Bounded[object])
assert_type(Server(TCP(port=0), echo, Bounded(Multiplexed(), 10)), Server[StreamRequest, InetAddress])
assert_type(Server(TCP(port=0), bare, Bounded(Multiplexed(), 10)), Server[StreamRequest, InetAddress])
assert_type(Server(TCP(port=0), echo, Bounded(Bounded(Multiplexed(), 10), 5)), Server[StreamRequest, InetAddress])
assert_type(Server(TCP(port=0), echo, Bounded(Threads(), 10)), Server[StreamRequest, InetAddress])
assert_type(Server(TCP(port=0), Blocking, Bounded(Threads(), 10)), Server[StreamRequest, InetAddress])
assert_type(Server(TCP(port=0), Blocking, Bounded(Bounded(Forks(), 10), 5)), Server[StreamRequest, InetAddress])
assert_type(Server(UDP(port=0), reply, Bounded(Inline(), 1)), Server[DatagramRequest, InetAddress])


def with_any_strategy(strategy: ConcurrencyStrategy[object]) -> None:
    """Chosen at run time, as from a command line."""
    assert_type(Server(TCP(port=0), Blocking, strategy), Server[StreamRequest, InetAddress])
    assert_type(Server(TCP(port=0), echo, strategy), Server[StreamRequest, InetAddress])


def by_flag(*, threads: bool) -> None:
    assert_type(Server(TCP(port=0), Blocking, Threads() if threads else Inline()), Server[StreamRequest, InetAddress])


for chosen in (Threads(), Forks(), Inline(), Counting(), Brief(), OnExecutor(EXECUTOR), Bounded(Threads(), 3)):
    with_any_strategy(chosen)
