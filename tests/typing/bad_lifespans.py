"""Lifespans that do not yield what the handler asks for, and values that make none.

A lifespan that is left out, although the handler asks for its value, is found by pyright alone, and at run time by
Server itself: the other checkers solve the value's type by the handler.
"""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

from typedserver import (
    TCP,
    UDP,
    Asyncio,
    BaseRequestHandler,
    DatagramRequest,
    HasLifespan,
    InetAddress,
    Server,
    Stream,
    StreamRequest,
    StreamRequestHandler,
    Threads,
    stream_handler,
)


class Database:
    def query(self) -> bytes:
        return b""


class ReplicatedDatabase(Database): ...


@contextmanager
def database() -> Generator[Database]:
    yield Database()


@contextmanager
def name() -> Generator[str]:
    yield ""


@asynccontextmanager
async def names() -> AsyncGenerator[str]:
    yield ""


def generator() -> Generator[Database]:
    yield Database()


async def coroutine() -> Database:
    return Database()


@contextmanager
def of_app(_app: object) -> Generator[Database]:
    yield Database()


@stream_handler
async def shop(stream: Stream[InetAddress, HasLifespan[Database]]) -> None:
    await stream.write(stream.server.lifespan_value.quary())  # error: [attr-defined] (reportAttributeAccessIssue)


@stream_handler
async def replicated(stream: Stream[InetAddress, HasLifespan[ReplicatedDatabase]]) -> None: ...


@stream_handler
async def unasked(stream: Stream[InetAddress]) -> None:
    print(stream.server.lifespan_value)  # error: [attr-defined] (reportAttributeAccessIssue)


class Shop(StreamRequestHandler[HasLifespan[Database]]):
    def handle(self) -> None:
        self.server.lifespan_value = Database()  # error: [misc] (reportAttributeAccessIssue)


class PacketShop(BaseRequestHandler[DatagramRequest, HasLifespan[Database]]): ...


def function(_request: StreamRequest, _client_address: object, _server: HasLifespan[Database]) -> None: ...


Server(TCP(port=0), shop, lifespan=name)  # error: [misc] (reportArgumentType)
Server(TCP(port=0), shop, Asyncio(), lifespan=names)  # error: [misc] (reportArgumentType)
Server(TCP(port=0), replicated, lifespan=database)  # error: [misc] (reportArgumentType)
Server(TCP(port=0), Shop, Threads(), lifespan=name)  # error: [misc] (reportArgumentType)
Server(TCP(port=0), function, lifespan=name)  # error: [misc] (reportArgumentType)
Server(UDP(port=0), PacketShop, lifespan=name)  # error: [misc] (reportArgumentType)
Server(UDP(port=0), shop, lifespan=database)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), shop, lifespan=database())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), shop, lifespan=generator)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), shop, lifespan=coroutine)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), shop, lifespan=of_app)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), shop, lifespan=Database)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), shop, database)  # error: [arg-type] (reportArgumentType)
SERVER = Server(TCP(port=0), shop, lifespan=database)
NAMED: HasLifespan[str] = SERVER  # error: [assignment] (reportAssignmentType)


class ShopServer(Server[StreamRequest, InetAddress, Database]): ...


class PlainServer(Server[StreamRequest, InetAddress]): ...


def own(_request: StreamRequest, _client_address: object, _server: ShopServer) -> None: ...


ShopServer(TCP(port=0), own, lifespan=name)  # error: [arg-type] (reportArgumentType)
ShopServer(TCP(port=0), replicated, lifespan=database)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), own, lifespan=database)  # error: [arg-type] (reportArgumentType)
PlainServer(TCP(port=0), shop, lifespan=database)  # error: [arg-type] (reportArgumentType)
PlainServer(TCP(port=0), shop)  # error: [arg-type] (reportArgumentType)
