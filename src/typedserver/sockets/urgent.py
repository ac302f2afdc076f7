"""Urgent data: the one byte that a peer sends past all others (tcp(7), RFC 6093; unix(7)), kept apart from the rest.

The kernel forgets an urgent byte as soon as a read comes to where it was sent: what follows is read as if it had never
been. So whoever wants both must ask for it before each read, and must not read past a place that has come to be urgent
in between. It knows one socket; nothing of streams.
"""

import contextlib
import select
import socket
import sys
from collections.abc import Callable
from typing import Final

from typedserver.sockets.silence import SilenceError
from typedserver.sockets.states import IP_FAMILIES
from typedserver.sockets.waiting import DONT_WAIT, wait_until_ready

_OUT_OF_BAND: Final = int(socket.MSG_OOB)
_PEEK: Final = int(socket.MSG_PEEK)

# SIOCATMARK (tcp(7)): its number in asm-generic/sockios.h, and in BSD's sys/sockio.h, as macOS has it.
_AT_MARK: Final = 0x8905 if sys.platform == "linux" else 0x40047307
_ROOM: Final = 4

# Urgent bytes that are kept until somebody asks for them. A peer that sends more without pause tells nothing new.
_MOST_KEPT: Final = 64


def have_inline(connection: socket.socket) -> None:
    """Have urgent bytes come among the others (SO_OOBINLINE, socket(7))."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)


def is_at_mark(connection: socket.socket) -> bool:
    """Return whether the next read begins where the peer has sent an urgent byte; raises OSError if it is closed."""
    if sys.platform == "win32":
        return False
    import fcntl  # noqa: PLC0415 - Windows has none

    answer = fcntl.ioctl(connection.fileno(), _AT_MARK, bytes(_ROOM))
    return bool(int.from_bytes(answer, sys.byteorder))


def has_ended(connection: socket.socket) -> bool:
    """Return whether nothing more can come: the peer has ended its stream, or somebody here has ended it."""
    fd = connection.fileno()
    if fd < 0:
        return True
    if sys.platform != "linux":
        return False
    poll = select.poll()
    poll.register(fd, select.POLLRDHUP)
    return bool(poll.poll(0))


class UrgentSource:
    """What a stream reads from if it has urgent bytes delivered: no read of it loses one.

    connection: the connection, plain. timeout: how many seconds a read may wait, if the connection blocks.
    came: called when an urgent byte was found; None: nobody waits for one.
    """

    __slots__ = ("_connection", "_kept", "_timeout", "came")

    def __init__(self, connection: socket.socket, timeout: float | None) -> None:
        self._connection = connection
        self._timeout = timeout
        self._kept = bytearray()
        self.came: Callable[[], object] | None = None

    def take(self) -> bytes:
        """Return the urgent bytes that have come since it was last asked; b"" if there are none."""
        self._look()
        kept = bytes(self._kept)
        self._kept.clear()
        return kept

    def _look(self) -> bool:
        """Keep an urgent byte if there is one; returns whether there was."""
        try:
            found = self._connection.recv(1, _OUT_OF_BAND | DONT_WAIT)
        except OSError:
            # EINVAL: there is none; EAGAIN: it was announced, and is on its way.
            return False
        if not found:
            return False
        if len(self._kept) < _MOST_KEPT:
            self._kept += found
        if self.came is not None:
            self.came()
        return True

    def recv(self, size: int, /) -> bytes:
        """Receive as the connection does, but not past a place that has come to be urgent meanwhile."""
        connection = self._connection
        while True:
            try:
                # What follows an urgent byte is seen as well, and what is urgent by then is found below.
                waiting = len(connection.recv(size, _PEEK | DONT_WAIT))
            except BlockingIOError:
                waiting = None
            self._look()
            if waiting is not None:
                # At the end of the stream as well, so that the connection notes it.
                return connection.recv(waiting or size, DONT_WAIT)
            if connection.family not in IP_FAMILIES:
                # The place of an urgent byte that was taken stays readable on a Unix socket until a read has passed it,
                # though there is nothing to be read.
                with contextlib.suppress(BlockingIOError):
                    return connection.recv(size, DONT_WAIT)
            if not connection.getblocking():
                raise BlockingIOError
            if not wait_until_ready(connection.fileno(), readable=True, timeout=self._timeout):
                raise SilenceError
