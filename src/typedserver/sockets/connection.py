"""Operations on a connection: its time limits, its options and its end. They know no server and no loop."""

import contextlib
import math
import socket
import struct
import sys
from functools import lru_cache
from typing import Final

from typedserver.process.inheritance import copies
from typedserver.sockets.waiting import wait_until_ready

IP_FAMILIES: Final = (socket.AF_INET, socket.AF_INET6)

# A plain number, because the conversion of the enumeration would cost time for each request.
_SHUT_WR: Final = int(socket.SHUT_WR)


@lru_cache(maxsize=64)
def timeval(seconds: float | None) -> bytes:
    """Write seconds as SO_RCVTIMEO and SO_SNDTIMEO take them; None means no limit."""
    # A timeval of zero means no timeout (socket(7)), so a tiny one is rounded up.
    microseconds = 0 if seconds is None else max(1, math.ceil(seconds * 1e6))
    return struct.pack("@ll", *divmod(microseconds, 1_000_000))


def limit_waits(request: socket.socket, read: float | None, write: float | None) -> None:
    """Limit how long a read and a write on a blocking socket may wait for the peer, in seconds; None: for ever.

    If the time is over, they raise BlockingIOError on a plain socket under Linux, else TimeoutError; callers must
    expect both. The kernel's own timers (SO_RCVTIMEO, socket(7)) are used if possible, because ``settimeout`` makes
    the descriptor non-blocking and costs a poll(2) for each read.
    """
    if sys.platform == "linux" and type(request) is socket.socket and request.gettimeout() is None:
        request.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval(read))
        request.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeval(write))
    else:
        # There is one timeout for both directions, so the longer one is set.
        request.settimeout(None if read is None or write is None else max(read, write))


def disable_nagle(request: socket.socket) -> None:
    """Set TCP_NODELAY (tcp(7)); a Unix socket has no such delay."""
    if request.family in IP_FAMILIES:
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


# The first byte of struct tcp_info, and the state in which neither side has ended (include/net/tcp_states.h).
_TCP_STATE_SIZE: Final = 1

_TCP_ESTABLISHED: Final = 1


def end_reading(request: socket.socket) -> None:
    """Wake a reader that waits on a connection, with the end of the stream; from any thread.

    Nothing happens if data has come: then no reader waits, and on a Unix socket the peer's next send would fail. A TLS
    connection is ended both ways: OpenSSL answers an end of reading by a fatal alert, so the peer would find an error.
    """
    # Who has no connection that speaks TLS need not load the module.
    ssl = sys.modules.get("ssl")
    how = socket.SHUT_RDWR if ssl is not None and isinstance(request, ssl.SSLSocket) else socket.SHUT_RD
    # poll, because the socket may have a timeout. socket.socket's shutdown, because SSLSocket's would drop the TLS
    # layer and continue in plain text.
    with contextlib.suppress(OSError, ValueError):
        if not wait_until_ready(request.fileno(), readable=True, timeout=0.0):
            socket.socket.shutdown(request, how)


def may_still_send(request: socket.socket) -> bool:
    """Return whether the peer may still send the rest of a message after ``end_reading``.

    TCP under Linux still receives then. The peer of a Unix socket sees the end at once, and can send no more.
    """
    if sys.platform != "linux" or request.family not in IP_FAMILIES:
        return False
    try:
        state = request.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_STATE_SIZE)
    except OSError:
        return False
    return state[0] == _TCP_ESTABLISHED


def end_and_close(request: socket.socket) -> None:
    """Send the end of the stream to the peer, and close.

    ``close`` alone would reset a TCP connection if some data was not read (RFC 2525, 2.17).
    """
    try:  # noqa: SIM105 - contextlib.suppress costs a third of a microsecond for each connection
        request.shutdown(_SHUT_WR)
    except OSError:
        # ENOTCONN: the peer has reset the connection.
        pass
    request.close()


def close_to_end(request: socket.socket) -> None:
    """End a Unix connection as ``end_and_close`` does, by ``close`` alone if possible, which wakes the peer only once.

    ``close`` is not enough if a forked child has a copy of the descriptor, or if a file of ``makefile`` is still open.
    """
    if copies.possible:
        end_and_close(request)
        return
    request.close()
    if request.fileno() >= 0:
        end_and_close(request)
