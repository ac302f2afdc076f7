"""Writing in place: a thread waits until the peer has taken the rest of a write, or the connection has gone.

It knows one exchange. A thread that waits inside send(2) keeps the open file alive, and does not hear that another
thread has closed the socket or given it away. So it waits for the descriptor instead, and looks at the socket now and
then.
"""

import socket
import time
from typing import Final

from typedserver.sockets.exchange import Exchange
from typedserver.sockets.silence import is_silence
from typedserver.sockets.states import speaks_tls
from typedserver.sockets.waiting import DONT_WAIT, wait_until_ready

# Seconds between two looks. Somebody who writes to a connection that was just closed under it waits for so long.
_LOOK: Final = 0.25


def flags_of(connection: socket.socket) -> int:
    """Return the flags for a write in place; an SSLSocket takes none (ssl.SSLSocket.send)."""
    return 0 if speaks_tls(connection) else DONT_WAIT


def write_rest(exchange: Exchange, fd: int, data: memoryview, sent: int, flags: int) -> None:
    """Send what comes after the first ``sent`` bytes; on a blocking socket only.

    flags: as ``flags_of`` says.

    Raises PeerTimedOut if the peer takes nothing for as long as a write may wait, BrokenPipeError if the connection was
    closed or given away, OSError if it is lost. Half a message is noted as broken off.
    """
    connection = exchange.connection
    try:
        while sent < len(data):
            in_time = _wait_until_writable(exchange, fd)
            try:
                sent += connection.send(data[sent:], flags)
            except BlockingIOError:
                # A socket counts as writable only when a third of its buffer is free, so it is tried at the end, too.
                if not in_time:
                    raise exchange.took_nothing() from None
            except OSError as error:
                exchange.broken_off = not flags and is_silence(error)
                raise exchange.write_error(error) from None
    finally:
        if 0 < sent < len(data):
            exchange.broken_off = True


def _wait_until_writable(exchange: Exchange, fd: int) -> bool:
    """Wait until the descriptor takes more; returns False if the peer took nothing in time."""
    deadline = None if exchange.write_timeout is None else time.monotonic() + exchange.write_timeout
    while exchange.connection.fileno() == fd:
        left = _LOOK if deadline is None else deadline - time.monotonic()
        if left <= 0:
            return False
        if wait_until_ready(fd, readable=False, timeout=min(left, _LOOK)):
            return True
    raise exchange.gone()
