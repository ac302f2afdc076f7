"""The endpoints for tests fit the same handlers as the endpoints that they wrap."""

import errno
import time
from itertools import repeat
from typing import assert_type

from typedserver import (
    TCP,
    UDP,
    Bounded,
    DatagramRequest,
    InetAddress,
    Multiplexed,
    Server,
    Stream,
    StreamRequest,
    Threads,
    UnixAddress,
    datagram_handler,
    sleep,
    stream_handler,
)
from typedserver.testing import Fault, Faults, Faulty, Socketpairs


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
