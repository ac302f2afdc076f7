"""Small things that several rooms do with a socket, each with the kernel's behaviour that makes it worth a function."""

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

# A plain number: the enumeration would be made one for each request.
_SHUT_WR: Final = int(socket.SHUT_WR)


@lru_cache(maxsize=64)
def timeval(seconds: float | None) -> bytes:
    """Spell seconds as SO_RCVTIMEO and SO_SNDTIMEO take them; None is no limit."""
    # socket(7): a timeval of zero means no timeout, so a tiny one is rounded up.
    microseconds = 0 if seconds is None else max(1, math.ceil(seconds * 1e6))
    return struct.pack("@ll", *divmod(microseconds, 1_000_000))


def limit_waits(request: socket.socket, read: float | None, write: float | None) -> None:
    """Have reads and writes on a blocking socket end after ``read`` and ``write`` seconds without the peer.

    They end with BlockingIOError on a plain socket under Linux, with TimeoutError elsewhere; callers take both.
    The kernel's own timers (SO_RCVTIMEO, socket(7)) are used where they can be: ``settimeout`` makes the descriptor
    non-blocking and costs a poll(2) for each read.
    """
    if sys.platform == "linux" and type(request) is socket.socket and request.gettimeout() is None:
        request.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval(read))
        request.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeval(write))
    else:
        # One for both is all that there is: the more patient one.
        request.settimeout(None if read is None or write is None else max(read, write))


def disable_nagle(request: socket.socket) -> None:
    """Set TCP_NODELAY (tcp(7)); a Unix socket has no delay to be disabled."""
    if request.family in IP_FAMILIES:
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


# The first byte of struct tcp_info, and the state in which neither side has ended (include/net/tcp_states.h).
_TCP_STATE_SIZE: Final = 1

_TCP_ESTABLISHED: Final = 1


def end_reading(request: socket.socket) -> None:
    """Have whoever waits to read find the end of the stream, if nothing has come; from any thread.

    Where something has, there is nobody to be woken; and of a Unix socket's peer it would break what it still sends.
    """
    # By poll, for the socket may have a timeout; past a class of its own, for SSLSocket's would go on in plain text.
    with contextlib.suppress(OSError, ValueError):
        if not wait_until_ready(request.fileno(), readable=True, timeout=0.0):
            socket.socket.shutdown(request, socket.SHUT_RD)


def may_still_send(request: socket.socket) -> bool:
    """Whether the rest of a message may come although the stream looks ended, because ``end_reading`` has ended it.

    TCP under Linux still takes what comes then. Of a Unix socket the peer is told at once, and can send no more.
    """
    if sys.platform != "linux" or request.family not in IP_FAMILIES:
        return False
    try:
        state = request.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_STATE_SIZE)
    except OSError:
        return False
    return state[0] == _TCP_ESTABLISHED


def end_and_close(request: socket.socket) -> None:
    """Tell the peer that no more will come, and close.

    The close alone would reset a TCP connection of which not all was read (RFC 2525, 2.17).
    """
    try:  # noqa: SIM105 - contextlib.suppress costs a third of a microsecond for each connection
        request.shutdown(_SHUT_WR)
    except OSError:
        # ENOTCONN where the peer has reset it: nothing is left to be told.
        pass
    request.close()


def close_to_end(request: socket.socket) -> None:
    """Do for a Unix connection what ``end_and_close`` does; there the close itself tells the peer, and wakes it once.

    Unless something keeps it open: a copy in a forked child, or a file that was made of it and is still referred to.
    """
    if copies.possible:
        end_and_close(request)
        return
    request.close()
    if request.fileno() >= 0:
        end_and_close(request)
