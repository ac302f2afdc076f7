"""Clients that wear a server out, each a function of its address that raises if the server treats it wrongly.

``python -m tests.reliability.hostile`` reads ``[name, address]`` a line, and answers with null or with what went wrong.
It runs as a separate process, because a forked child of the server under test would hold copies of a client's socket,
and an open copy prevents the reset. It knows the server's deadlines, and nothing else about it.
"""

import json
import os
import socket
import struct
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final

from tests.reliability.clients import Lines
from tests.running import ask, connect

READ_DEADLINE: Final = 0.4
WRITE_DEADLINE: Final = 0.4
TOTAL_DEADLINE: Final = 0.8

# A drip comes well before the server's deadline for a silent client.
_DRIP: Final = 0.1

# Seconds that a loaded machine may add to a deadline.
_LATE: Final = 3.0

# Two replies of this size fill no buffer, and take a while to arrive.
_LINE: Final = b"x" * 30_000 + b"\n"


def reset(client: socket.socket) -> None:
    """Close so that the peer gets a reset: SO_LINGER with no time to linger (socket(7))."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.socket.close(client)


def _is_cut_after(seconds: float, address: Any, *, said: bytes = b"", drip: bytes = b"") -> None:
    with connect(address) as client:
        begun = time.monotonic()
        client.sendall(said)
        client.settimeout(_DRIP if drip else seconds + _LATE)
        while True:
            try:
                # The end is orderly or a reset, depending on the data that is still on its way.
                ended = client.recv(65536) == b""
                assert ended, "nothing was asked for"
                break
            except ConnectionError:
                break
            except TimeoutError:
                assert drip, f"it was not cut within {seconds + _LATE} s"
                assert time.monotonic() - begun < seconds + _LATE, f"it was not cut within {seconds + _LATE} s"
            try:
                client.sendall(drip)
            except ConnectionError:
                break
        took = time.monotonic() - begun
    assert took > seconds * 0.8, f"it was cut after {took:.2f} s, and may take {seconds} s"


def is_silent(address: Any) -> None:
    _is_cut_after(READ_DEADLINE, address)


def is_silent_in_mid_line(address: Any) -> None:
    _is_cut_after(READ_DEADLINE, address, said=b"half a li")


def sends_a_byte_now_and_then(address: Any) -> None:
    _is_cut_after(TOTAL_DEADLINE, address, drip=b"x")


def never_reads(address: Any) -> None:
    """Sends on until the server cuts it, because it does not take its answers."""
    with connect(address) as client:
        client.settimeout(TOTAL_DEADLINE + WRITE_DEADLINE + _LATE)
        # Long ones, so that few of them fill the buffers.
        lines = (b"x" * 4_999 + b"\n") * 10
        try:
            for _ in range(1_000):
                client.sendall(lines)
        except ConnectionError:
            return
    raise AssertionError("50 MB of answers were taken by nobody, and yet it was served")


def reads_a_byte_now_and_then(address: Any) -> None:
    """Asks for more than the buffers hold, and reads it so slowly that each write progresses a little."""
    with connect(address) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        begun = time.monotonic()
        client.settimeout(TOTAL_DEADLINE + _LATE)
        try:
            client.sendall(_LINE * 300)
            while time.monotonic() - begun < TOTAL_DEADLINE + _LATE:
                time.sleep(_DRIP)
                if not client.recv(1):
                    return
                client.send(b"x")
        except ConnectionError:
            return
        raise AssertionError(f"it was served for more than {TOTAL_DEADLINE + _LATE} s")


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


def closes_before_it_is_accepted(address: Any) -> None:
    connect(address).close()


def resets_before_it_is_accepted(address: Any) -> None:
    reset(connect(address))


def resets_in_mid_line(address: Any) -> None:
    client = connect(address)
    client.sendall(b"half a li")
    reset(client)


def resets_when_it_has_asked(address: Any) -> None:
    client = connect(address)
    client.sendall(b"line\n")
    reset(client)


def ends_while_it_is_answered(address: Any) -> None:
    client = connect(address)
    client.sendall(b"line\n" * 100)
    reset(client)


def resets_while_it_is_answered(address: Any) -> None:
    client = connect(address)
    client.sendall(_LINE * 20)
    assert client.recv(10), "the answer has begun"
    reset(client)


def resets_after_its_half_close(address: Any) -> None:
    client = connect(address)
    client.sendall(b"half a li")
    client.shutdown(socket.SHUT_WR)
    reset(client)


def resets_between_two_requests(address: Any) -> None:
    client = connect(address)
    client.sendall(b"line\n")
    assert client.recv(10) == b"LINE\n"
    reset(client)


def holds_five_thousand(address: Any) -> None:
    """Hold this many idle connections until the next line comes."""
    with ExitStack() as held:
        for _ in range(5_000):
            held.enter_context(connect(address))
        os.write(1, b'"held"\n')
        _control.read()


_control: Final = Lines(0)

_BY_NAME: Final[dict[str, Callable[[Any], None]]] = {
    client.__name__: client
    for client in (
        is_silent,
        is_silent_in_mid_line,
        sends_a_byte_now_and_then,
        never_reads,
        reads_a_byte_now_and_then,
        sends_a_hundred_megabytes_without_a_newline,
        half_closes,
        closes_before_it_is_accepted,
        resets_before_it_is_accepted,
        resets_in_mid_line,
        resets_when_it_has_asked,
        ends_while_it_is_answered,
        resets_while_it_is_answered,
        resets_after_its_half_close,
        resets_between_two_requests,
    )
}
CLIENTS: Final = tuple(_BY_NAME)


def main() -> None:
    """Run the command line."""
    while line := _control.read():
        name, address = json.loads(line)
        error = None
        try:
            {**_BY_NAME, holds_five_thousand.__name__: holds_five_thousand}[name](
                address if isinstance(address, str) else tuple(address)
            )
        except Exception:
            error = traceback.format_exc()
        os.write(1, json.dumps(error).encode() + b"\n")


if __name__ == "__main__":
    main()
