"""A bell: wakes a thread that waits in place for a descriptor.

It knows descriptors, nothing of what they are for.
"""

import contextlib
import select
import socket
import sys
import weakref
from typing import Final

# Seconds between two looks whether it has rung, if no descriptors are left for it.
_LOOK: Final = 0.01


class Bell:
    """Rung from any thread while another one waits for a descriptor.

    has_rung: whether it has rung since it was last muted.

    It is never closed but by the interpreter, when nobody can ring it any more: whoever rings late, when the request is
    over, must not write to what has its number then.
    """

    __slots__ = ("__weakref__", "_receiver", "_sender", "has_rung")

    def __init__(self) -> None:
        self.has_rung: bool = False
        self._receiver: socket.socket | None = None
        self._sender: socket.socket | None = None
        with contextlib.suppress(OSError):
            self._receiver, self._sender = socket.socketpair()
            self._receiver.setblocking(False)
            self._sender.setblocking(False)
            # Not by ``__del__``: the garbage collector may end the sockets of a cycle first, which then complain.
            weakref.finalize(self, _close, self._receiver, self._sender).atexit = False

    def ring(self) -> None:
        """Wake who waits, or will wait next; from any thread or signal handler."""
        if not self.has_rung:
            self.has_rung = True
            if self._sender is not None:
                # If the pair is full, who waits is woken anyway.
                with contextlib.suppress(OSError):
                    self._sender.send(b"\0")

    def mute(self) -> None:
        """Forget that it has rung; whoever does that looks afterwards whether there is a reason to ring."""
        self.has_rung = False

    def wait_readable(self, fd: int, seconds: float) -> bool:
        """Wait until a descriptor is readable, it rings, or so many seconds are over; returns whether it is."""
        bell = -1 if self._receiver is None else self._receiver.fileno()
        if bell < 0:
            seconds = min(seconds, _LOOK)
        if sys.platform == "win32":
            ready, _, _ = select.select([fd] if bell < 0 else [fd, bell], [], [], seconds)
        else:
            poll = select.poll()
            poll.register(fd, select.POLLIN)
            if bell >= 0:
                poll.register(bell, select.POLLIN)
            ready = [number for number, _ in poll.poll(seconds * 1000)]
        if self._receiver is not None and bell in ready:
            # ``has_rung`` was set before the byte was sent.
            with contextlib.suppress(OSError):
                self._receiver.recv(4096)
        return fd in ready


def _close(*ends: socket.socket) -> None:
    for end in ends:
        end.close()
