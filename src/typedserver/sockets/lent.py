"""A socket that others hold too: whoever has lent it to this process finds it as it was.

The law: O_NONBLOCK belongs to the open file description, and the options belong to the socket (open(2), socket(7)), so
what one holder changes is changed for all. Of a socket that was lent, nothing is changed that can be left alone, what
had to be changed is restored, and nothing relies on a change, because another holder may undo it at any time. A plain
``socket.socket(fileno=)`` may change the mode, too: ``socket_of`` does not. Nothing here knows servers.
"""

import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from typedserver.sockets.datagram_options import limit_sends, reporting_of, set_reporting

ResultT = TypeVar("ResultT")

# Bytes of struct timeval.
_TIMEVAL_SIZE: Final = 16


def _blocks(fd: int) -> bool:
    # Windows cannot be asked before Python 3.12, and there no process is handed sockets.
    return True if sys.platform == "win32" else os.get_blocking(fd)


def socket_of(fd: int) -> socket.socket:
    """Make a socket of a descriptor, and leave its mode to those who hold it too; the caller closes it."""
    blocks = _blocks(fd)
    made = socket.socket(fileno=fd)
    if made.gettimeout() is not None:
        # By socket.setdefaulttimeout, which makes the descriptor non-blocking.
        made.settimeout(None)
        if sys.platform != "win32":
            os.set_blocking(fd, blocks)
    return made


@dataclass(frozen=True, slots=True)
class Before:
    """How a socket was when it was lent.

    blocks: whether its descriptor blocks. send_timeout: its SO_SNDTIMEO, as the kernel writes it; empty if unknown.
    reporting: whether the kernel reports to which address its datagrams were sent, as ``reporting_of`` says it.
    """

    blocks: bool
    send_timeout: bytes
    reporting: tuple[int, ...] = ()

    @staticmethod
    def of(lent: socket.socket) -> "Before":
        """Look at a socket, before it is changed."""
        known = sys.platform == "linux"
        timeout = lent.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _TIMEVAL_SIZE) if known else b""
        return Before(_blocks(lent.fileno()), timeout, reporting_of(lent))


class Lent:
    """A socket that was lent to this process, until it is given back.

    before: how its other holders had it.
    """

    __slots__ = ("_before", "_pid", "_socket")

    def __init__(self, lent: socket.socket, before: Before) -> None:
        self._socket = lent
        self._before = before
        # A forked child has a copy, but has borrowed nothing.
        self._pid = os.getpid()

    def without_blocking(self, accept: Callable[[], ResultT]) -> Callable[[], ResultT]:
        """Return an accept that never waits: recvfrom can be report so for each call, accept cannot (accept(2)).

        The mode is looked at each time, because another holder that ends, such as a sibling, restores it.
        """
        self._socket.setblocking(False)
        if sys.platform == "win32":
            return accept
        fd, get_blocking, set_blocking = self._socket.fileno(), os.get_blocking, os.set_blocking

        def accept_one() -> ResultT:
            if get_blocking(fd):
                set_blocking(fd, False)
            return accept()

        return accept_one

    def limit_sends(self, timeout: float) -> None:
        """Limit how long a send may wait, in seconds; a descriptor that does not block is left so."""
        if sys.platform == "win32":
            # There a receive cannot be told not to wait.
            self._socket.setblocking(False)
        limit_sends(self._socket, timeout)

    def give_back(self) -> None:
        """Restore what was changed, by this process or by its event loop; the socket must be open."""
        if sys.platform == "win32" or os.getpid() != self._pid:
            return
        os.set_blocking(self._socket.fileno(), self._before.blocks)
        if self._before.send_timeout:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, self._before.send_timeout)
        set_reporting(self._socket, self._before.reporting)
