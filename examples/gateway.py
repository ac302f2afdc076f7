"""A gateway of devices, which report over TCP and do what operators tell them over a Unix socket.

`python -m typedserver examples.gateway:server`, then `nc -U gateway.sock`: `do DEVICE TEXT`, or `list`. A device says
HELLO with its name, then REPORT, and answers a COMMAND by a RESULT of the same number. A silent one is sent a PING.
"""

import itertools
import struct

from typedserver import (
    TCP,
    Group,
    Multiplexed,
    Queue,
    Server,
    Stream,
    TaskGroup,
    UnixStream,
    stream_handler,
    timeout,
)

HELLO, REPORT, ACK, PING, PONG, COMMAND, RESULT = range(7)
HEADER = struct.Struct(">BIH")
SILENCE, PATIENCE, WAITING = 30.0, 5.0, 100  # seconds until a ping; seconds for a result; frames for one device
devices: dict[bytes, "Device"] = {}


def frame(kind: int, number: int = 0, payload: bytes = b"") -> bytes:
    return HEADER.pack(kind, number, len(payload)) + payload


class Device:
    def __init__(self, stream: Stream) -> None:
        self.stream, self.last, self.numbers = stream, b"", itertools.count(1)
        self.downlink = Queue[bytes](WAITING)
        self.results: dict[int, Queue[bytes]] = {}

    async def send(self) -> None:
        async for each in self.downlink:
            await self.stream.write(each)

    async def receive(self) -> tuple[int, int, bytes]:
        try:
            async with timeout(SILENCE):
                header = await self.stream.readexactly(HEADER.size)
        except TimeoutError:
            await self.downlink.put(frame(PING))
            header = await self.stream.readexactly(HEADER.size)  # what had come of it is still there
        kind, number, length = HEADER.unpack(header)
        return kind, number, await self.stream.readexactly(length)

    async def do(self, command: bytes) -> bytes:
        number = next(self.numbers)
        result = self.results[number] = Queue[bytes](1)
        try:
            async with timeout(PATIENCE):
                await self.downlink.put(frame(COMMAND, number, command))
                return await result.get()
        except TimeoutError:
            return b"error: no answer"
        finally:
            self.results.pop(number, None)


@stream_handler
async def serve_device(stream: Stream) -> None:
    device = Device(stream)
    _, _, name = await device.receive()
    devices[name] = device  # one that has come again takes its own place
    try:
        async with TaskGroup() as tasks:
            tasks.create_task(device.send())
            while True:
                kind, number, payload = await device.receive()
                if kind == REPORT:
                    device.last = payload
                    await device.downlink.put(frame(ACK, number))
                elif kind == RESULT and (result := device.results.pop(number, None)):
                    result.put_nowait(payload)
                stream.message_done()
    finally:
        if devices.get(name) is device:
            del devices[name]


@stream_handler
async def serve_operator(stream: Stream) -> None:
    async for line in stream:
        match line.split():
            case [b"do", name, *words] if name in devices:
                answer = await devices[name].do(b" ".join(words))
            case _:
                answer = b" ".join(b"%b=%b" % (name, device.last) for name, device in tuple(devices.items()))
        await stream.write(answer + b"\n")


tcp = Server(TCP(port=7100), serve_device, Multiplexed())
server = Group([tcp, Server(UnixStream("gateway.sock"), serve_operator, Multiplexed())])
