"""Clients that misbehave, each a function of the server's address; run as a separate program.

They need a separate process because a child that the server under test forks would hold copies of a client's socket.
While a copy is open, the kernel sends no reset.
"""

import json
import socket
import struct
import subprocess
import sys
from typing import Any

from tests.running import ask, connect


def reset(client: socket.socket) -> None:
    """Close so that the peer gets a reset: SO_LINGER with no time to linger (socket(7))."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.socket.close(client)


def resets_in_mid_line(address: Any) -> None:
    client = connect(address)
    client.sendall(b"half a li")
    reset(client)


def resets_before_it_is_accepted(address: Any) -> None:
    reset(connect(address))


def closes_before_it_is_accepted(address: Any) -> None:
    connect(address).close()


def never_sends(address: Any) -> None:
    with connect(address) as client:
        assert client.recv(1) == b"", "it is given up"


def never_reads(address: Any) -> None:
    """Keeps sending until the server gives it up because it does not read the answers."""
    with connect(address) as client:
        # Long lines fill the buffers soon.
        lines = (b"x" * 4_999 + b"\n") * 10
        try:
            for _ in range(1_000):
                client.sendall(lines)
        except ConnectionError:
            return
    raise AssertionError("50 MB of answers were taken by nobody, and yet it was served")


def sends_a_hundred_megabytes_without_a_newline(address: Any) -> None:
    with connect(address) as client:
        try:
            for _ in range(100):
                client.sendall(b"x" * 1_000_000)
        except ConnectionError:
            return
    raise AssertionError("a line of 100 MB was taken")


def half_closes(address: Any) -> None:
    assert ask(address, b"half\n") == b"HALF\n"
    assert ask(address, b"no newline") == b"NO NEWLINE"
    assert ask(address, b"") == b""


def ends_while_it_is_answered(address: Any) -> None:
    client = connect(address)
    client.sendall(b"line\n" * 100)
    reset(client)


def run(client: str, address: Any) -> None:
    """Run a client by its name in a separate process; raises if it was not treated as it expects."""
    subprocess.run([sys.executable, "-m", "tests.hostile", client, json.dumps(address)], check=True)


if __name__ == "__main__":
    name, where = sys.argv[1:]
    decoded = json.loads(where)
    # JSON has no tuples, and an address of IP must be one.
    globals()[name](decoded if isinstance(decoded, str) else tuple(decoded))
