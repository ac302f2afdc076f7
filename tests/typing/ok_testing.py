"""The endpoints for tests fit the same handlers as the endpoints that they wrap."""

import errno
import time
from collections.abc import Iterator
from itertools import repeat
from typing import TypeVar, assert_type

from typedserver import (
    TCP,
    UDP,
    Bounded,
    DatagramRequest,
    DrainReport,
    Group,
    InetAddress,
    Multiplexed,
    Prefork,
    Server,
    Serving,
    Stream,
    StreamRequest,
    Threads,
    UnixAddress,
    datagram_handler,
    sleep,
    stream_handler,
)
from typedserver.testing import Fault, Faults, Faulty, Socketpairs, serving


@stream_handler
async def chat(stream: Stream) -> None:
    await stream.write(await stream.readline())


@datagram_handler
def reply(data: bytes) -> bytes:
    return data


accept: list[Fault] = [errno.EMFILE, None, lambda: time.sleep(1)]

assert_type(
    Server(Faulty(TCP(port=0), accept=[errno.EMFILE, None, errno.ECONNABORTED]), chat),
    Server[StreamRequest, InetAddress],
)
assert_type(Server(Faulty(TCP(port=0), accept=accept), chat, Threads()), Server[StreamRequest, InetAddress])
assert_type(
    Server(
        Faulty(TCP(port=0), requests=[None, Faults(establish=lambda: sleep(1), recv=[errno.ECONNRESET])]),
        chat,
        Bounded(Multiplexed(), 10),
    ),
    Server[StreamRequest, InetAddress],
)
assert_type(
    Server(Faulty(UDP(port=0), requests=repeat(Faults(sendto=(errno.ENOBUFS,)))), reply),
    Server[DatagramRequest, InetAddress],
)
assert_type(Server(Socketpairs(), chat, Multiplexed()), Server[StreamRequest, UnixAddress])
assert_type(Server(Faulty(Faulty(Socketpairs())), chat), Server[StreamRequest, UnixAddress])


# What Server, Group and Prefork have in common is one type, as a bound, in a list, in a fixture; ``serving`` gives back
# what it was given.

ServingT = TypeVar("ServingT", bound=Serving)


def opened(server: ServingT) -> ServingT:
    with server:
        assert_type(server.drain(), DrainReport)
    return server.open()


lines = Server(TCP(port=0), chat, Threads())
everything: list[Serving] = [lines, Group([lines]), Prefork(lines, 2), Prefork(Group([lines]), 2)]
assert_type(opened(lines), Server[StreamRequest, InetAddress])
assert_type(opened(Group(everything)), Group)


def fixture() -> Iterator[Server[StreamRequest, InetAddress]]:
    with serving(Server(TCP(port=0), chat, Threads()), deadline=1.0) as server:
        yield server


def any_fixture() -> Iterator[Serving]:
    with serving(everything[0]) as server:
        yield server


with serving(Prefork(lines, 2)) as prefork:
    assert_type(prefork, Prefork[Server[StreamRequest, InetAddress]])


async def in_asyncio() -> None:
    async with lines.serving(deadline=1.0) as server:
        assert_type(server, Server[StreamRequest, InetAddress])
        await server.wait_closed()
    async with Prefork(lines, 2).serving() as workers:
        assert_type(workers, Prefork[Server[StreamRequest, InetAddress]])


pair = Group([Server(TCP(port=0), chat, Threads()), Server(UDP(port=0), reply)], same_port=True)
