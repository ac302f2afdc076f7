"""Lifespans: a handler asks for what its server's lifespan yields, and gets it typed."""

from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from types import TracebackType
from typing import Generic, assert_type

from typedserver import (
    TCP,
    UDP,
    Address,
    Asyncio,
    BaseRequestHandler,
    DatagramRequest,
    Group,
    HasLifespan,
    InetAddress,
    Inline,
    Prefork,
    Server,
    ServerContext,
    Stream,
    StreamRequest,
    StreamRequestHandler,
    Threads,
    stream_handler,
)
from typedserver.server import Lifespan_co


class Database:
    def query(self) -> bytes:
        return b""


class ReplicatedDatabase(Database): ...


@contextmanager
def database() -> Generator[Database]:
    yield Database()


@asynccontextmanager
async def pool() -> AsyncGenerator[Database]:
    yield Database()


@contextmanager
def replicated() -> Generator[ReplicatedDatabase]:
    yield ReplicatedDatabase()


class Transaction:
    def __enter__(self) -> Database:
        return Database()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


def opened() -> AbstractContextManager[Database]:
    return nullcontext(Database())


@stream_handler
async def shop(stream: Stream[InetAddress, HasLifespan[Database]]) -> None:
    assert_type(stream.server, HasLifespan[Database])
    assert_type(stream.server.draining, bool)
    await stream.write(stream.server.lifespan_value.query())


@stream_handler
async def greet(stream: Stream) -> None:
    await stream.write(b"hello")


class Shop(StreamRequestHandler[HasLifespan[Database]]):
    def handle(self) -> None:
        assert_type(self.server.lifespan_value, Database)


class AnyShop(BaseRequestHandler[DatagramRequest, HasLifespan[Database], Address]): ...


def function(_request: StreamRequest, _client_address: Address, server: HasLifespan[Database]) -> None:
    assert_type(server.lifespan_value, Database)


assert_type(Server(TCP(port=0), shop, lifespan=database), Server[StreamRequest, InetAddress, Database])
assert_type(Server(TCP(port=0), shop, Threads(), lifespan=pool), Server[StreamRequest, InetAddress, Database])
assert_type(Server(TCP(port=0), shop, Inline(), lifespan=Transaction), Server[StreamRequest, InetAddress, Database])
assert_type(Server(TCP(port=0), shop, Asyncio(), lifespan=opened), Server[StreamRequest, InetAddress, Database])
assert_type(Server(TCP(port=0), Shop, lifespan=database), Server[StreamRequest, InetAddress, Database])
assert_type(Server(UDP(port=0), AnyShop, lifespan=pool), Server[DatagramRequest, InetAddress, Database])
assert_type(Server(TCP(port=0), function, lifespan=database), Server[StreamRequest, InetAddress, Database])
# Whoever asks for less takes what there is.
assert_type(Server(TCP(port=0), shop, lifespan=replicated), Server[StreamRequest, InetAddress, ReplicatedDatabase])
assert_type(Server(TCP(port=0), greet, lifespan=database), Server[StreamRequest, InetAddress, Database])
Server(TCP(port=0), lambda _r, _a, s: s.lifespan_value.query(), lifespan=database)

assert_type(Server(TCP(port=0), shop, lifespan=database).lifespan_value, Database)
assert_type(Server(TCP(port=0), greet).lifespan_value, object)


def takes_any(_server: Server[StreamRequest, InetAddress]) -> None: ...


SERVER = Server(TCP(port=0), shop, lifespan=database)
takes_any(SERVER)
Prefork(Group([SERVER, Server(UDP(port=0), AnyShop, lifespan=pool)]), 2)
assert_type(Prefork(SERVER, 2).server, Server[StreamRequest, InetAddress, Database])


# Classes of one's own


class ShopServer(Server[StreamRequest, InetAddress, Database]):
    sold: int = 0


class OwnShop(StreamRequestHandler[ShopServer]):
    def handle(self) -> None:
        self.server.sold += 1
        assert_type(self.server.lifespan_value, Database)


class OpeningShopServer(Server[StreamRequest, InetAddress, Database]):
    def __init__(self) -> None:
        super().__init__(TCP(port=0), shop, lifespan=database)


assert_type(ShopServer(TCP(port=0), OwnShop, lifespan=database), ShopServer)
assert_type(ShopServer(TCP(port=0), shop, Threads(), lifespan=replicated), ShopServer)


class CountingServer(Server[StreamRequest, InetAddress, Lifespan_co], Generic[Lifespan_co]):
    count: int = 0


assert_type(CountingServer(TCP(port=0), shop, lifespan=database), CountingServer[Database])


class PlainServer(Server[StreamRequest, InetAddress]):
    count: int = 0


def plain(_request: StreamRequest, _client_address: object, _server: PlainServer) -> None: ...


# Without a value that anybody asks for: it is only entered and left.
assert_type(PlainServer(TCP(port=0), plain, lifespan=database), PlainServer)
CONTEXT: ServerContext = SERVER
HAS_LIFESPAN: HasLifespan[Database] = SERVER
