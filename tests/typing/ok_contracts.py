"""Endpoints, wrappers, reactors and servers that fit a contract just by their shape."""

import asyncio
import http.server
import socket
import socketserver
import xmlrpc.server
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, assert_type

import uvloop

from typedserver import (
    TCP,
    UDP,
    Address,
    AnyServer,
    Attachment,
    BaseEndpoint,
    BaseListener,
    CertificateState,
    DatagramRequest,
    Endpoint,
    EndpointWrapper,
    Group,
    HandlerFactory,
    InetAddress,
    Inherited,
    Inline,
    Listener,
    ListenerWrapper,
    ListeningServer,
    Prefork,
    Reactor,
    RequestKind,
    SelectorReactor,
    Server,
    ServerConfig,
    ServerContext,
    State,
    Stream,
    StreamRequest,
    StreamRequestHandler,
    Threads,
    TimerHandle,
    UnixAddress,
    UnixStream,
    Withdrawal,
    datagram_handler,
    stream_handler,
)
from typedserver.protocols.requests import (
    Address_co,
    Address_contra,
    Request_co,
    Request_contra,
    Result_co,
    Server_contra,
)


@stream_handler
async def echo(stream: Stream) -> None:
    await stream.write(await stream.readline())


@datagram_handler
def reply(data: bytes) -> bytes:
    return data


# Endpoints


class Row:
    """A request that is no socket at all."""

    number: int


class RowListener:
    """Has all members of the contract; a plain attribute is as good as a property."""

    request_kind: RequestKind = "messages"
    establishes: bool = True
    establishes_in_loop: bool = True
    refuses: bool = False
    certificates: tuple[CertificateState, ...] = ()
    watch: float | None = None
    server_address: str = "jobs"

    def fileno(self) -> int:
        return 0

    def get_request(self) -> tuple[int, str]:
        return 1, "jobs"

    async def establish(self, request: int, client_address: str, server: ServerContext, /) -> tuple[Row, str]:
        assert_type(server.deadlines.read, float | None)
        row = Row()
        row.number = request
        return row, client_address

    def refusal(self, _client_address: object, /) -> None:
        return None

    def shutdown_request(self, request: object, /) -> None: ...

    def close_request(self, request: object, /) -> None: ...

    def cut_request(self, request: object, /) -> None: ...

    def settle_request(self, request: object, error: BaseException | None, /) -> None: ...

    def withdraw(self) -> Withdrawal:
        return "leaking"

    def share(self) -> None: ...

    def inherit(self) -> None: ...

    def reload(self) -> None: ...

    def has_changed(self) -> bool:
        return False

    def leave_in_child(self, request: object, /) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Table:
    """The same for an endpoint."""

    name: str
    fd_name: str | None = None
    identifies: bool = False

    @property
    def request_kind(self) -> RequestKind:
        return "messages"

    def sharing_port(self, _port: int, /) -> None:
        return None

    def on_port(self, _port: int, /) -> None:
        return None

    def listen(self) -> RowListener:
        return RowListener()


class BriefListener(BaseListener[Row, str]):
    """Defines what no base can know, and inherits the rest."""

    request_kind: RequestKind = "messages"
    server_address: str = "jobs"

    def fileno(self) -> int:
        return 0

    def get_request(self) -> tuple[Row, str]:
        return Row(), "jobs"

    def shutdown_request(self, request: object, /) -> None: ...

    def close_request(self, request: object, /) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class BriefTable(BaseEndpoint[Row, str]):
    @property
    def request_kind(self) -> RequestKind:
        return "messages"

    def listen(self) -> BriefListener:
        return BriefListener()


def handle_row(row: Row, _table: str, _server: ServerContext) -> None:
    assert_type(row.number, int)


TABLE: type[Endpoint[Row, str]] = Table
ROW_LISTENER: type[Listener[Row, str]] = RowListener
BRIEF_TABLE: type[Endpoint[Row, str]] = BriefTable
BRIEF_LISTENER: type[Listener[Row, str]] = BriefListener
assert_type(Server(Table("jobs"), handle_row), Server[Row, str])
assert_type(Server(Table("jobs"), lambda row, _table, _server: row.number, Threads()), Server[Row, str])


assert_type(Server(BriefTable(), handle_row, Threads()), Server[Row, str])


class NumberedListener(ListenerWrapper[Row, Address_co]):
    """A listener around one of another kind, with its own type of request."""

    def __init__(self, inner: Listener[StreamRequest, Address_co]) -> None:
        super().__init__(inner)

    def establish(
        self, request: StreamRequest, client_address: Any, _server: ServerContext, /
    ) -> tuple[Row, Address_co]:
        row = Row()
        row.number = request.fileno()
        return row, client_address


@dataclass(frozen=True)
class Numbered(EndpointWrapper[Row, Address_co]):
    endpoint: Endpoint[StreamRequest, Address_co]

    @property
    def inner(self) -> Endpoint[StreamRequest, Address_co]:
        return self.endpoint

    def listen(self) -> NumberedListener[Address_co]:
        return NumberedListener(self.endpoint.listen())


NUMBERED: type[Endpoint[Row, InetAddress]] = Numbered[InetAddress]
assert_type(Server(Numbered(UnixStream("s")), handle_row), Server[Row, str])


@dataclass(frozen=True)
class Named(EndpointWrapper[Request_co, Address_co]):
    """An endpoint around an endpoint of the same type of request."""

    endpoint: Endpoint[Request_co, Address_co]
    name: str

    @property
    def inner(self) -> Endpoint[Request_co, Address_co]:
        return self.endpoint

    def listen(self) -> Listener[Request_co, Address_co]:
        return ListenerWrapper(self.endpoint.listen())


assert_type(Named(TCP(port=0), "web"), Named[StreamRequest, InetAddress])
assert_type(Server(Named(TCP(port=0), "web"), echo, Threads()), Server[StreamRequest, InetAddress])
assert_type(Server(Named(Named(UDP(port=0), "a"), "b"), reply), Server[DatagramRequest, InetAddress])
assert_type(Server(Named(UnixStream("s"), "local"), echo), Server[StreamRequest, UnixAddress])
assert_type(Inherited.stream(name="web"), Inherited[StreamRequest])
assert_type(Inherited.datagram(fd=3), Inherited[DatagramRequest])
assert_type(Inherited(kind=socket.SOCK_STREAM, fd=3), Inherited[StreamRequest])
assert_type(Inherited(kind=socket.SOCK_DGRAM, name="log", send_timeout=1), Inherited[DatagramRequest])


def on(endpoint: Endpoint[StreamRequest, Address]) -> Server[StreamRequest, Address]:
    """Chosen at run time, so its address may be of any kind."""
    return Server(endpoint, echo)


for endpoint in (on(TCP(port=0)), on(UnixStream("s")), on(Inherited.stream(fd=3))):
    assert_type(endpoint, Server[socket.socket, Address])


# Handlers around handlers


class Lines(StreamRequestHandler): ...


@dataclass(frozen=True)
class Counted(Generic[Request_contra, Address_contra, Server_contra, Result_co]):
    inner: HandlerFactory[Request_contra, Address_contra, Server_contra, Result_co]

    def __call__(self, request: Request_contra, client_address: Address_contra, server: Server_contra, /) -> Result_co:
        return self.inner(request, client_address, server)


assert_type(Server(TCP(port=0), Counted(echo)), Server[StreamRequest, InetAddress])
assert_type(Server(TCP(port=0), Counted(Lines)), Server[StreamRequest, InetAddress])
assert_type(Server(UDP(port=0), Counted(reply), Inline()), Server[DatagramRequest, InetAddress])
COROUTINE: HandlerFactory[StreamRequest, InetAddress, ServerContext, Coroutine[Any, Any, object]] = Counted(echo)


def counted(
    inner: HandlerFactory[Request_contra, Address_contra, Server_contra, Result_co],
) -> HandlerFactory[Request_contra, Address_contra, Server_contra, Result_co]:
    """The same as a decorator."""
    return Counted(inner)


assert_type(Server(TCP(port=0), counted(echo)), Server[StreamRequest, InetAddress])
assert_type(Server(TCP(port=0), counted(Lines), Threads()), Server[StreamRequest, InetAddress])
assert_type(Server(UDP(port=0), counted(counted(reply))), Server[DatagramRequest, InetAddress])
assert_type(Server(Table("jobs"), counted(handle_row)), Server[Row, str])


# Reactors


LOOP: Reactor = asyncio.new_event_loop()
UV_LOOP: Reactor = uvloop.new_event_loop()
OURS: Reactor = SelectorReactor()
FACTORIES: list[Callable[[], Reactor]] = [asyncio.new_event_loop, uvloop.new_event_loop, SelectorReactor]
assert_type(ServerConfig(reactor_factory=asyncio.new_event_loop), ServerConfig)
assert_type(ServerConfig(reactor_factory=uvloop.new_event_loop), ServerConfig)
assert_type(ServerConfig(reactor_factory=asyncio.SelectorEventLoop), ServerConfig)


def later(reactor: Reactor) -> None:
    assert_type(reactor.call_later(1.0, reactor.stop), TimerHandle)


# Servers

SERVER = Server(TCP(port=0), echo, config=ServerConfig(timeout=1, reactor_factory=uvloop.new_event_loop))
ATTACHMENT = SERVER.attach(asyncio.new_event_loop())
assert_type(ATTACHMENT, Attachment)
assert_type(SERVER.state, State)
assert_type(SERVER.endpoint, Endpoint[StreamRequest, InetAddress])
assert_type(SERVER.open(), Server[StreamRequest, InetAddress])
with SERVER as entered:
    assert_type(entered, Server[StreamRequest, InetAddress])

FOREIGN = http.server.ThreadingHTTPServer(("", 0), http.server.SimpleHTTPRequestHandler)
GROUP = Group([SERVER, Server(UDP(port=0), reply), FOREIGN], reactor_factory=asyncio.new_event_loop)
assert_type(GROUP, Group)
assert_type(GROUP.servers, tuple[AnyServer, ...])
with Group([GROUP, SERVER]) as group:
    assert_type(group, Group)

PREFORK = Prefork(SERVER, 4, reuse_port=True, stop_timeout=None, reactor_factory=uvloop.new_event_loop)
assert_type(PREFORK, Prefork[Server[StreamRequest, InetAddress]])
assert_type(PREFORK.server.endpoint, Endpoint[StreamRequest, InetAddress])
assert_type(PREFORK.fileno(), int)
assert_type(Prefork(GROUP, processes=4).server, Group)
with Prefork(FOREIGN, 4) as prefork:
    assert_type(prefork, Prefork[http.server.ThreadingHTTPServer])
    assert_type(prefork.server_address, Any)
Group([Prefork(GROUP, 4), PREFORK])

ANY: list[AnyServer] = [
    SERVER,
    GROUP,
    PREFORK,
    FOREIGN,
    xmlrpc.server.SimpleXMLRPCServer(("", 0)),
    socketserver.UDPServer(("", 0), socketserver.DatagramRequestHandler),
]
LISTENING: list[ListeningServer] = [SERVER, FOREIGN]
CONTEXT: ServerContext = SERVER
