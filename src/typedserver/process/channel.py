"""A channel between two processes: messages both ways, each whole and in order, for which nobody waits.

It knows a pair of sockets, not what is told by them, nor who forks.
"""

import json
import select
import socket
import sys
from typing import Any, Final, TypeAlias

# Messages stay apart by themselves, so that many threads and a signal's handler may send with no lock; Linux tells the
# other side's end besides (unix(7)).
_KIND: Final = socket.SOCK_SEQPACKET if sys.platform == "linux" else socket.SOCK_DGRAM

LONGEST: Final = 32_768
"""Bytes that a message may have: a sixth of what Linux lets wait in a channel by default. Where messages are datagrams
a kernel may take less."""

Message: TypeAlias = tuple[str, Any]
"""What it is, and what is told about it: whatever JSON can write."""


class Channel:
    """One end of a channel."""

    __slots__ = ("_socket", "ended")

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._socket = end
        # Whether nothing more can come.
        self.ended: bool = False

    def fileno(self) -> int:
        """The descriptor that is readable when something was told; -1 after the close."""
        return self._socket.fileno()

    def tell(self, what: str, about: object = None) -> bool:
        """Send a message; from any thread or signal handler.

        Returns whether it was: it is not, and is lost, where it is too long, where the other side does not listen for
        long, or has gone.
        """
        data = json.dumps((what, about), default=repr).encode()
        try:
            return len(data) <= LONGEST and self._socket.send(data) == len(data)
        except OSError:
            return False

    def wait_for_place(self, seconds: float) -> bool:
        """Wait until a message may be sent, so long at the most; returns whether one may."""
        place = select.poll()
        try:
            place.register(self._socket, select.POLLOUT)
        except ValueError:
            # It is closed.
            return False
        return any(events & select.POLLOUT for _, events in place.poll(seconds * 1000))

    def told(self) -> list[Message]:
        """Take all that has come."""
        messages: list[Message] = []
        while not self.ended:
            try:
                data = self._socket.recv(LONGEST)
            except BlockingIOError:
                break
            except OSError:
                # The other side has gone with something unread, or this one is closed.
                data = b""
            if data:
                what, about = json.loads(data)
                messages.append((what, about))
            else:
                self.ended = True
        return messages

    def close(self) -> None:
        """Close this end; a second call does nothing."""
        self._socket.close()


def open_channel() -> tuple[Channel, Channel]:
    """Open a channel; returns its ends, which the caller closes. Raises OSError where descriptors are short."""
    one, other = socket.socketpair(socket.AF_UNIX, _KIND)
    return Channel(one), Channel(other)
