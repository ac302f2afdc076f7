"""Functions of messages that run in executors: what they return, and where they fit."""

from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import assert_type

from typedserver import (
    TCP,
    UDP,
    Address,
    Asyncio,
    DatagramContext,
    Forks,
    Framed,
    InetAddress,
    Inline,
    Lines,
    Multiplexed,
    Pending,
    Server,
    Submitted,
    ThreadPool,
    Threads,
    UnixDatagram,
    datagram_handler,
)
from typedserver.testing import FaultyExecutor

pool = ThreadPoolExecutor(8)


def upper(data: bytes) -> bytes:
    return data.upper()


def maybe(data: bytes) -> bytes | None:
    return data or None


def count(text: str) -> int:
    return len(text)


def processes() -> Executor:
    return ProcessPoolExecutor(2)


assert_type(Submitted(pool, upper), Submitted[bytes, bytes])
assert_type(Submitted(pool, upper)(b""), Future[bytes])
assert_type(Submitted(processes, count, limit=8), Submitted[str, int])
assert_type(Submitted(lambda: ThreadPoolExecutor(8), count)("").result(), int)
assert_type(Submitted(ThreadPoolExecutor, maybe)(b""), Future[bytes | None])
with Submitted(FaultyExecutor(submits=[None, 5], calls=[lambda: None], held=True), upper) as entered:
    assert_type(entered, Submitted[bytes, bytes])

# A connection
Server(TCP(port=0), Framed(Lines(), Submitted(pool, upper)), Multiplexed())
Server(TCP(port=0), Framed(Lines(), Submitted(processes, maybe, limit=2), timeout=1.0), Threads())

# A datagram: its handler is a coroutine, so all strategies fit
reply = datagram_handler(Submitted(pool, upper))
Server(UDP(port=0), reply, Multiplexed())
Server(UDP(port=0), reply, Asyncio())
Server(UDP(port=0), reply, Threads())
Server(UDP(port=0), reply, ThreadPool(workers=8))
Server(UDP(port=0), reply, Inline())
Server(UDP(port=0), reply, Forks())
Server(UnixDatagram("s"), datagram_handler(Submitted(pool, maybe)), Multiplexed())


@datagram_handler
def of_address(data: bytes, _address: Address) -> Future[bytes]:
    return pool.submit(upper, data)


@datagram_handler
def of_inet_address(data: bytes, _address: InetAddress) -> Pending[bytes | None]:
    return pool.submit(upper, data)


@datagram_handler
def of_context(data: bytes, _address: Address, _context: DatagramContext) -> Pending[bytes | None]:
    return pool.submit(maybe, data)


Server(UDP(port=0), of_address, Multiplexed())
Server(UDP(port=0), of_inet_address, Asyncio())
Server(UnixDatagram("s"), of_context, Multiplexed())
