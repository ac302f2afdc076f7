"""A channel between two processes: it carries whole messages both ways, in order, and sending never blocks.

It knows a pair of sockets. It does not know what the messages mean, or which process forks the other.
"""

import json
import select
import socket
import sys
from typing import Any, Final, TypeAlias

# Both kinds keep messages apart, so several threads and a signal handler may send without a lock. SEQPACKET also
# reports the end of the other side (unix(7)); Python has it on Linux.
_KIND: Final = socket.SOCK_SEQPACKET if sys.platform == "linux" else socket.SOCK_DGRAM

LONGEST: Final = 32_768
"""The longest message in bytes: a sixth of what Linux queues in a channel by default (net.core.wmem_default). Other
kernels may take less."""

Message: TypeAlias = tuple[str, Any]
"""What the message is, and its content: any value that JSON can write."""


class Channel:
    """One end of a channel.

    ended: whether nothing more can come.
    """

    __slots__ = ("_socket", "ended")

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._socket = end
        self.ended: bool = False

    def fileno(self) -> int:
        """Return the descriptor that is readable when a message waits; -1 after ``close``."""
        return self._socket.fileno()

    def send(self, what: str, about: object = None) -> bool:
        """Send a message; from any thread or signal handler.

        Returns whether it was sent. A message is lost if it is too long, if the other side has not read for long, or
        if the other side has gone.
        """
        data = json.dumps((what, about), default=repr).encode()
        try:
            return len(data) <= LONGEST and self._socket.send(data) == len(data)
        except OSError:
            return False

    def wait_for_room(self, seconds: float) -> bool:
        """Wait until a message can be sent, at most so many seconds; returns whether one can."""
        room = select.poll()
        try:
            room.register(self._socket, select.POLLOUT)
        except ValueError:
            # The channel is closed.
            return False
        return any(events & select.POLLOUT for _, events in room.poll(seconds * 1000))

    def receive(self) -> list[Message]:
        """Return all messages that have come, without waiting."""
        messages: list[Message] = []
        while not self.ended:
            try:
                data = self._socket.recv(LONGEST)
            except BlockingIOError:
                break
            except OSError:
                # The other side has gone with messages unread, or this end is closed.
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
    """Open a channel; returns its ends, which the caller closes. Raises OSError if descriptors are short."""
    one, other = socket.socketpair(socket.AF_UNIX, _KIND)
    return Channel(one), Channel(other)
