"""Calling out: the address says what the stream's peer is."""

from collections.abc import Iterable
from typing import assert_type

from typedserver import (
    Asyncio,
    ClientStream,
    InetAddress,
    Multiplexed,
    Stream,
    StreamConfig,
    TaskGroup,
    UnixAddress,
    connect,
    drive,
    stream_handler,
)


async def send(streams: Iterable[Stream], data: bytes) -> None:
    for stream in streams:
        await stream.write(data)


@stream_handler
async def forward(stream: Stream[InetAddress]) -> None:
    assert_type(await connect(("h", 1)), ClientStream[InetAddress])
    assert_type(await connect(("::1", 1, 0, 2), local_address=("::", 0)), ClientStream[InetAddress])
    assert_type(await connect("/path", local_address="/own"), ClientStream[UnixAddress])
    async with await connect(stream.client_address, timeout=None, config=StreamConfig(timeout=1)) as peer:
        assert_type(peer, ClientStream[InetAddress])
        assert_type(peer.client_address, InetAddress)
        plain: Stream[InetAddress] = peer
        await send([stream, plain], await peer.readline())
    async with TaskGroup() as tasks:
        task = tasks.create_task(connect("/path"))
    assert_type(task.result(), ClientStream[UnixAddress])


async def greeting_of(address: InetAddress) -> bytes:
    async with await connect(address) as peer:
        return await peer.readline()


assert_type(drive(greeting_of(("h", 1))), bytes)
assert_type(drive(connect("/path")), ClientStream[UnixAddress])
# What may be a coroutine or not, as a handler's result.
assert_type(drive(len), object)

strategies = [Multiplexed(threads=8), Asyncio(threads=8)]
