"""A chat with one client that never reads: ``python -m tests.reliability.chat``.

Each line that a client says is broadcast to all. Checked is that every other client gets every line, how long a speaker
waits until its own line comes back, and that the client that never reads is ended at the write deadline.
"""

import argparse
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import uvloop

from tests.running import PATIENCE, connect, running
from typedserver import (
    TCP,
    Asyncio,
    Deadlines,
    Multiplexed,
    Server,
    ServerConfig,
    Stream,
    StreamConfig,
    ThreadPool,
    Threads,
    broadcast,
    stream_handler,
)

STRATEGIES: Final[dict[str, Callable[[], Any]]] = {
    "Multiplexed": Multiplexed,
    "Threads": Threads,
    "ThreadPool": lambda: ThreadPool(workers=128, queue=1),
    "Asyncio": lambda: Asyncio(grace=0),
    "uvloop": lambda: Asyncio(grace=0, loop_factory=uvloop.new_event_loop),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """How a chat went.

    lost: how many lines did not reach a client that reads, over all such clients.
    waits: how many seconds each speaker waited until it had its own line, in order.
    slow_was_ended: whether the client that never reads found its end before all lines.
    """

    lost: int
    waits: tuple[float, ...]
    slow_was_ended: bool


def room(strategy: Any, write: float, sending: int | None) -> Server[Any, Any]:
    """Make the server of a chat.

    sending: the size of the kernel's buffer for what is sent to the first member; None: the kernel's choice.
    """
    members: set[Stream] = set()

    # What a member that reads may be behind on a machine with much else to do.
    @stream_handler(config=StreamConfig(outbox=1 << 20))
    async def member(stream: Stream) -> None:
        if sending is not None and not members:
            stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, sending)
        members.add(stream)
        await stream.write(b"welcome\n")
        try:
            async for line in stream:
                broadcast(members, line)
        finally:
            members.discard(stream)

    return Server(TCP(port=0), member, strategy, config=ServerConfig(deadlines=Deadlines(write=write)))


class _Member:
    """A client: how much of what was said it has got, and what it has said itself and not got yet.

    To look at each line would cost more than the server does for it. All lines have one size, and each of a member's
    own is looked for by its number.
    """

    def __init__(self, address: Any) -> None:
        self.socket = connect(address)
        assert self.socket.recv(8) == b"welcome\n"
        self.socket.setblocking(False)
        self.got = 0
        self._end = b""
        self.said: dict[int, bytes] = {}

    def receive(self) -> list[int]:
        """Take what has come, and return the numbers of its own lines that have come back."""
        data = self.socket.recv(1 << 18)
        self.got += len(data)
        # A number may lie across two receives.
        searched = self._end + data
        self._end = searched[-7:]
        back = [number for number, line in self.said.items() if line in searched] if self.said else []
        for number in back:
            del self.said[number]
        return back


def talk(address: Any, members: int, lines: int, rate: float, size: int, write: float) -> Figures:
    """Have members talk in turn, and one more listen to nobody.

    rate: how many lines a second, of ``size`` bytes. write: the server's deadline.
    """
    with connect(address) as slow:
        assert slow.recv(8) == b"welcome\n"
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        clients = [_Member(address) for _ in range(members - 1)]
        said: list[float] = []
        waits = [PATIENCE] * lines
        with selectors.DefaultSelector() as selector:
            for client in clients:
                selector.register(client.socket, selectors.EVENT_READ, client)
            begun = time.monotonic()
            missing = lines * size * len(clients)
            while missing and time.monotonic() < begun + lines / rate + PATIENCE:
                now = time.monotonic()
                if len(said) < lines and begun + len(said) / rate <= now:
                    number = len(said)
                    speaker = clients[number % len(clients)]
                    speaker.said[number] = line = b"%08d" % number
                    said.append(now)
                    speaker.socket.send(line.ljust(size - 1) + b"\n")
                    continue
                due = begun + len(said) / rate - now if len(said) < lines else 0.1
                for key, _ in selector.select(due):
                    member: _Member = key.data
                    before = member.got
                    for number in member.receive():
                        waits[number] = time.monotonic() - said[number]
                    missing -= member.got - before
        for client in clients:
            client.socket.close()
        return Figures(
            lost=sum(lines - each.got // size for each in clients),
            waits=tuple(sorted(waits)),
            slow_was_ended=_is_ended(slow, lines * size, write),
        )


def _is_ended(slow: socket.socket, most: int, write: float) -> bool:
    # It reads only now, and may have room left to be ended in.
    time.sleep(write + 0.5)
    got = 0
    try:
        while data := slow.recv(1 << 20):
            got += len(data)
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return got < most


def chat(
    strategy: Any, *, members: int, lines: int, rate: float, size: int, write: float, sending: int | None = 1 << 16
) -> Figures:
    """Have a chat with a server in a thread of this process."""
    server = room(strategy, write, sending)
    with running(server):
        return talk(server.server_address, members, lines, rate, size, write)


def main() -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.chat", description="A chat with a slow client.")
    parser.add_argument("--serve", choices=STRATEGIES, help=argparse.SUPPRESS)
    parser.add_argument("--strategy", choices=STRATEGIES, action="append")
    parser.add_argument("--members", type=int, default=100)
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=500)
    parser.add_argument("--size", type=int, default=1000)
    parser.add_argument("--write", type=float, default=2.0, help="the write deadline in seconds")
    options = parser.parse_args()
    if options.serve is not None:
        server = room(STRATEGIES[options.serve](), options.write, None)
        with running(server):
            print(server.server_address[1], flush=True)
            sys.stdin.read()
        return 0
    print(f"{'':<14}{'lost':>6}{'median ms':>11}{'99.9 %':>8}{'longest':>9}  the slow one")
    kept = True
    for name in options.strategy or STRATEGIES:
        command = [sys.executable, "-m", "tests.reliability.chat", "--serve", name, "--write", str(options.write)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
            assert program.stdout is not None
            address = "127.0.0.1", int(program.stdout.readline())
            figures = talk(address, options.members, options.lines, options.rate, options.size, options.write)
            assert program.stdin is not None
            program.stdin.close()
        waits = [wait * 1000 for wait in figures.waits]
        middle, late = waits[len(waits) // 2], waits[int(len(waits) * 0.999)]
        ended = "was ended" if figures.slow_was_ended else "was NOT ended"
        print(f"{name:<14}{figures.lost:>6}{middle:>11.2f}{late:>8.1f}{waits[-1]:>9.1f}  {ended}", flush=True)
        kept = kept and figures.lost == 0 and figures.slow_was_ended
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
