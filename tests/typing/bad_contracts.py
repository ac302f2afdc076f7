"""Endpoints, listeners, strategies and dispatchers that lack a member of their contract, and incomplete subclasses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from typedserver import (
    TCP,
    UDP,
    Address,
    BaseDispatcher,
    BaseEndpoint,
    BaseListener,
    BaseStrategy,
    Bounded,
    ConcurrencyStrategy,
    DatagramRequest,
    Dispatcher,
    DispatcherWrapper,
    Endpoint,
    EndpointWrapper,
    HandlerMarks,
    InetAddress,
    Listener,
    ListenerWrapper,
    MarkedHandler,
    Multiplexed,
    Observer,
    Place,
    Reactor,
    RequestKind,
    RequestProcessor,
    SelectiveObserver,
    Server,
    ServerConfig,
    ServerContext,
    StrategyWrapper,
    StreamRequest,
    StreamRequestHandler,
    Threads,
    TimerHandle,
)
from typedserver.protocols.requests import Address_co, Request_co, Result_contra


class Blocking(StreamRequestHandler): ...


# Written by their shape, with only the most obvious members: each would serve without its deadlines


class BareListener:
    server_address: InetAddress = ("127.0.0.1", 9999)

    def fileno(self) -> int:
        return 0

    def get_request(self) -> tuple[StreamRequest, InetAddress]:
        raise NotImplementedError

    def establish(
        self, request: StreamRequest, client_address: InetAddress, _server: ServerContext, /
    ) -> tuple[StreamRequest, InetAddress]:
        return request, client_address

    def shutdown_request(self, request: StreamRequest, /) -> None: ...

    def close_request(self, request: StreamRequest, /) -> None: ...

    def leave_in_child(self, request: object, /) -> None: ...

    def close(self) -> None: ...


class BareEndpoint:
    def listen(self) -> Listener[StreamRequest, InetAddress]:
        raise NotImplementedError


class BareDispatcher:
    has_capacity: bool = True

    def process_request(self, request: object, client_address: object, /) -> None: ...

    def service_actions(self) -> None: ...

    def drain(self) -> None: ...

    def cut(self, request: object, /) -> None: ...

    def close(self, timeout: float | None = None, /) -> int:
        raise NotImplementedError


class BareStrategy:
    def start(self, processor: RequestProcessor[object], reactor: Reactor | None, /) -> Dispatcher:
        return BareDispatcher()  # error: [return-value] (reportReturnType)


LISTENER: Listener[StreamRequest, InetAddress] = BareListener()  # error: [assignment] (reportAssignmentType)
ENDPOINT: Endpoint[StreamRequest, InetAddress] = BareEndpoint()  # error: [assignment] (reportAssignmentType)
STRATEGY: ConcurrencyStrategy[object] = BareStrategy()  # error: [assignment] (reportAssignmentType)
Server(BareEndpoint(), Blocking)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Blocking, BareStrategy())  # error: [arg-type] (reportArgumentType)
Bounded(BareStrategy(), 8)  # error: [arg-type] (reportArgumentType)
ListenerWrapper[StreamRequest, InetAddress](BareListener())  # error: [arg-type] (reportArgumentType)
DispatcherWrapper(BareDispatcher())  # error: [arg-type] (reportArgumentType)


class OpensBare(BaseEndpoint[StreamRequest, InetAddress]):
    request_kind: RequestKind = "connections"

    def listen(self) -> BareListener:
        return BareListener()


class StartsBare(BaseStrategy):
    def start(self, _processor: RequestProcessor[object], _reactor: Reactor | None, /) -> BareDispatcher:
        return BareDispatcher()


Server(OpensBare(), Blocking)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Blocking, StartsBare())  # error: [arg-type] (reportArgumentType)


# Subclasses that leave out a member that no base can know, or define it wrongly


class Kindless(BaseEndpoint[StreamRequest, InetAddress]):
    def listen(self) -> Listener[StreamRequest, InetAddress]:
        raise NotImplementedError


class Unopened(EndpointWrapper[StreamRequest, InetAddress]):
    @property
    @override
    def inner(self) -> TCP:
        return TCP(port=0)


class OfAnotherKind(BaseEndpoint[StreamRequest, InetAddress]):
    request_kind: str = "streams"

    def listen(self) -> Listener[StreamRequest, InetAddress]:
        raise NotImplementedError


class Deaf(BaseListener[DatagramRequest, Address]):
    request_kind: RequestKind = "datagrams"


class Unstarted(StrategyWrapper[object]):
    @property
    @override
    def inner(self) -> Threads:
        return Threads()


class Idle(BaseDispatcher):
    place: Place = Place.IN_LOOP


Server(Kindless(), Blocking)  # error: [arg-type] (reportArgumentType)
Server(Unopened(), Blocking)  # error: [arg-type] (reportArgumentType)
Server(OfAnotherKind(), Blocking)  # error: [arg-type] (reportArgumentType)
DEAF: Listener[DatagramRequest, Address] = Deaf()  # error: [assignment] (reportAssignmentType)
Server(TCP(port=0), Blocking, Unstarted())  # error: [arg-type] (reportArgumentType)
IDLE: Dispatcher = Idle()  # error: [assignment] (reportAssignmentType)


class Misspelled(BaseStrategy):
    @property
    @override
    def run_coroutines(self) -> bool:  # error: [misc] (reportGeneralTypeIssues)
        return True


class Unasked(BaseListener[StreamRequest, InetAddress]):
    @override
    def cut_requests(self, request: StreamRequest, /) -> None: ...  # error: [misc] (reportGeneralTypeIssues)


class ByWord(BaseDispatcher):
    place: str = "in the loop"  # error: [assignment] (reportIncompatibleVariableOverride)


class WithoutServer(BaseListener[bytes, str]):
    def establish(self, r: bytes, a: str, /) -> Any: ...  # error: [override] (reportIncompatibleMethodOverride)


# The wrapped strategy decides on the handlers, as it does unwrapped


@dataclass(frozen=True)
class PlainEndpoint(EndpointWrapper[Request_co, Address_co]):
    endpoint: Endpoint[Request_co, Address_co]

    @property
    @override
    def inner(self) -> Endpoint[Request_co, Address_co]:
        return self.endpoint

    def listen(self) -> Listener[Request_co, Address_co]:
        return ListenerWrapper(self.endpoint.listen())


@dataclass(frozen=True)
class PlainStrategy(StrategyWrapper[Result_contra]):
    strategy: ConcurrencyStrategy[Result_contra]

    @property
    @override
    def inner(self) -> ConcurrencyStrategy[Result_contra]:
        return self.strategy

    def start(self, processor: RequestProcessor[Result_contra], reactor: Reactor | None, /) -> Dispatcher:
        return DispatcherWrapper(self.strategy.start(processor, reactor))


Server(PlainEndpoint(UDP(port=0)), Blocking)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Blocking, PlainStrategy(Multiplexed()))  # error: [arg-type] (reportArgumentType)
PlainEndpoint(BareEndpoint())  # error: [arg-type] (reportArgumentType)
PlainStrategy(BareStrategy())  # error: [arg-type] (reportArgumentType)


# Loops, marks and observers


class MarkedByWord:
    marks: str = "connections"

    def __call__(self, request: StreamRequest, client_address: object, server: object) -> None: ...


class HalfSelective:
    wants_requests: str = "no"

    def __call__(self, event: object, /) -> None: ...


class NeverClosed:
    """A loop that has all members of asyncio's loops that are needed here, except one."""

    def add_reader(self, fd: int, callback: Callable[[], object], /) -> None: ...
    def remove_reader(self, fd: int, /) -> object: ...
    def add_writer(self, fd: int, callback: Callable[[], object], /) -> None: ...
    def remove_writer(self, fd: int, /) -> object: ...
    def call_later(self, delay: float, callback: Callable[[], object], /) -> TimerHandle:
        raise NotImplementedError

    def call_soon_threadsafe(self, callback: Callable[[], object], /) -> object: ...
    def run_forever(self) -> None: ...
    def stop(self) -> None: ...
    def close(self) -> None: ...


LOOP: Reactor = NeverClosed()  # error: [assignment] (reportAssignmentType)
ServerConfig(reactor_factory=NeverClosed)  # error: [arg-type] (reportArgumentType)
MARKED: MarkedHandler = MarkedByWord()  # error: [assignment] (reportAssignmentType)
HandlerMarks(request_kind="streams")  # error: [arg-type] (reportArgumentType)
HandlerMarks("connections")  # error: [call-arg] (reportCallIssue)
SELECTIVE: SelectiveObserver = HalfSelective()  # error: [assignment] (reportAssignmentType)
SILENT: Observer = UDP(port=0)  # error: [assignment] (reportAssignmentType)
