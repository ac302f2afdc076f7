"""Clients that misbehave at random and all at once: a separate program, which runs until the line ``END``.

``python -m tests.reliability.rogues`` reads an order as a line of JSON. On the line ``END`` it closes all connections
and writes how often it did what. The clients reset connections at each point of an exchange, hold connections on which
they never send, break off in mid-line, and stall as readers. It must know nothing of the server but its address.
"""

import json
import os
import random
import select
import socket
import struct
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, cast

from tests.reliability.clients import END, LOADED, Lines

# Fast enough to fill a hundred descriptors several times a second, and slow enough to leave others a processor.
_TURN: Final = 0.001
_AT_A_TURN: Final = 2

# Bytes that a stalled reader asks for: more than all buffers between it and the handler hold.
_LINES: Final = b"0 0 0\n" * 100_000


@dataclass(kw_only=True)
class Mischief:
    """The orders of the rogues: the address, and the most connections that they hold at a time."""

    address: Any
    hold: int
    seed: int = 5


class _Rogues:
    def __init__(self, mischief: Mischief) -> None:
        self._address: Any = mischief.address if isinstance(mischief.address, str) else tuple(mischief.address[:2])
        self._family = (
            socket.AF_UNIX
            if isinstance(self._address, str)
            else socket.AF_INET6
            if ":" in cast("str", self._address[0])
            else socket.AF_INET
        )
        self._most = mischief.hold
        self._held: list[socket.socket] = []
        self._choice = random.Random(mischief.seed)
        self.done: Counter[str] = Counter()

    def misbehave(self) -> None:
        """Do one thing."""
        if len(self._held) >= self._most:
            # All at once now and then: the server must end a hundred, and has descriptors again.
            self._let_go(self._choice.choice([1, 1, 1, 1, 10, len(self._held)]))
        acts: list[Callable[[], None]] = [
            self._reset_before_it_is_accepted,
            self._reset_in_mid_line,
            self._reset_while_it_is_answered,
            self._hold_in_silence,
            self._hold_in_mid_line,
            self._stall,
            self._end_in_mid_line,
        ]
        act = self._choice.choice(acts)
        try:
            act()
        except OSError as error:
            self.done[f"{act.__name__[1:]}: {error.strerror}"] += 1
        else:
            self.done[act.__name__[1:]] += 1

    def _connect(self, said: bytes = b"") -> socket.socket:
        connection = socket.socket(self._family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            with suppress(BlockingIOError):
                connection.connect(self._address)
            if said:
                connection.send(said)
        except OSError:
            connection.close()
            raise
        return connection

    def _reset(self, connection: socket.socket) -> None:
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    def _reset_before_it_is_accepted(self) -> None:
        self._reset(self._connect())

    def _reset_in_mid_line(self) -> None:
        self._reset(self._connect(b"0 0"))

    def _reset_while_it_is_answered(self) -> None:
        self._reset(self._connect(b"0 0 0\n"))

    def _hold_in_silence(self) -> None:
        self._held.append(self._connect())

    def _hold_in_mid_line(self) -> None:
        self._held.append(self._connect(b"0 0"))

    def _stall(self) -> None:
        self._held.append(self._connect(_LINES))

    def _end_in_mid_line(self) -> None:
        self._connect(b"0 0").close()

    def _let_go(self, number: int) -> None:
        self._choice.shuffle(self._held)
        for _ in range(number):
            connection = self._held.pop()
            if self._choice.random() < 0.5:
                connection.close()
            else:
                self._reset(connection)

    def end(self) -> None:
        """Close all connections."""
        self._let_go(len(self._held))


def main() -> None:
    """Run the command line."""
    control = Lines(0)
    rogues = _Rogues(Mischief(**json.loads(control.read())))
    os.write(1, json.dumps(LOADED).encode() + b"\n")
    control_ready = select.poll()
    control_ready.register(0, select.POLLIN)
    while not control_ready.poll(_TURN * 1000):
        for _ in range(_AT_A_TURN):
            rogues.misbehave()
    assert control.read() in (END, ""), "there is no other order"
    rogues.end()
    os.write(1, json.dumps(rogues.done).encode() + b"\n")


if __name__ == "__main__":
    main()
