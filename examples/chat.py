"""A chat: `python -m typedserver examples.chat:server`, then `nc 127.0.0.1 7000` as often as you like.

`/nick NAME`, `/who` and `/quit`; any other line goes to all others. Nobody waits for a member who does not read: what
is said meanwhile is kept for that one, up to a limit, and then its connection ends.
"""

import contextlib
import itertools
from collections.abc import Generator

from typedserver import (
    TCP,
    Deadlines,
    HasLifespan,
    InetAddress,
    Keepalive,
    Multiplexed,
    Server,
    ServerConfig,
    Stream,
    StreamConfig,
    StreamRequest,
    broadcast,
    stream_handler,
)


class Room:
    def __init__(self) -> None:
        self.members: dict[str, Stream] = {}
        self.numbers = itertools.count(1)

    def say(self, text: str, *, but: str = "") -> None:
        others = [stream for name, stream in self.members.items() if name != but]
        for slow in broadcast(others, f"{text}\n".encode()):
            slow.close()

    def enter(self, stream: Stream) -> str:
        name = f"guest{next(self.numbers)}"
        self.members[name] = stream
        self.say(f"* {name} has come")
        return name

    def rename(self, name: str, new: str) -> str:
        if new in self.members:
            self.members[name].try_write(f"! {new} is taken\n".encode())
            return name
        self.members[new] = self.members.pop(name)
        self.say(f"* {name} is now {new}")
        return new

    def leave(self, name: str) -> None:
        del self.members[name]
        self.say(f"* {name} has gone")


@contextlib.contextmanager
def room() -> Generator[Room]:
    """One room for each process that serves."""
    yield Room()


@stream_handler(config=StreamConfig(limit=1000))
async def talk(stream: Stream[InetAddress, HasLifespan[Room]]) -> None:
    room = stream.server.lifespan_value
    name = room.enter(stream)
    try:
        async for line in stream:
            match line.decode(errors="replace").split():
                case []:
                    pass
                case ["/quit"]:
                    return
                case ["/who"]:
                    await stream.write(f"* {' '.join(room.members)}\n".encode())
                case ["/nick", new]:
                    name = room.rename(name, new)
                case [word, *_] if word.startswith("/"):
                    await stream.write(b"! /nick NAME, /who, /quit\n")
                case words:
                    room.say(f"<{name}> {' '.join(words)}", but=name)
        if stream.draining:
            await stream.write(b"* the server goes down\n")
    finally:
        room.leave(name)


def chat(port: int) -> Server[StreamRequest, InetAddress]:
    endpoint = TCP(port=port, keepalive=Keepalive())
    config = ServerConfig(deadlines=Deadlines(read=None, total=None, write=10))  # a member may listen for days
    return Server(endpoint, talk, Multiplexed(), config=config, lifespan=room)


server = chat(7000)
