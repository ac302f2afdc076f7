"""Functions of messages in executors that do not fit what calls them, and executors that are none."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor

from typedserver import (
    TCP,
    UDP,
    Framed,
    InetAddress,
    Lines,
    Multiplexed,
    Server,
    Submitted,
    Threads,
    UnixDatagram,
    datagram_handler,
)
from typedserver.testing import FaultyExecutor

pool = ThreadPoolExecutor(8)


def upper(data: bytes) -> bytes:
    return data.upper()


def count(text: str) -> int:
    return len(text)


Submitted(8, upper)  # error: [arg-type] (reportArgumentType)
Submitted(lambda: 8, upper)  # error: [arg-type] (reportArgumentType)
Submitted(pool, b"upper")  # error: [arg-type] (reportArgumentType)
Submitted(pool, upper, limit="8")  # error: [arg-type] (reportArgumentType)
Submitted(pool, upper)("text")  # error: [arg-type] (reportArgumentType)
Submitted(pool, upper, 8, 9)  # error: [call-arg] (reportCallIssue)
FaultyExecutor(submits=["EMFILE"])  # error: [list-item] (reportArgumentType)
FaultyExecutor(held=8)  # error: [arg-type] (reportArgumentType)

Framed(Lines(), Submitted(pool, count))  # error: [arg-type] (reportArgumentType)
datagram_handler(Submitted(pool, count))  # error: [arg-type] (reportCallIssue)
Server(UDP(port=0), Framed(Lines(), Submitted(pool, upper)), Threads())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), datagram_handler(Submitted(pool, upper)), Multiplexed())  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), Submitted(pool, upper), Multiplexed())  # error: [arg-type] (reportArgumentType)


@datagram_handler  # error: [arg-type] (reportCallIssue)
def of_asyncio(_data: bytes) -> "asyncio.Future[bytes]":
    return asyncio.get_running_loop().create_future()


@datagram_handler  # error: [arg-type] (reportCallIssue)
def of_text(data: bytes) -> Future[str]:
    return pool.submit(str, data)


@datagram_handler
def of_inet_address(data: bytes, _address: InetAddress) -> Future[bytes]:
    return pool.submit(upper, data)


Server(UnixDatagram("s"), of_inet_address, Multiplexed())  # error: [arg-type] (reportArgumentType)
