"""Farewells: what TLS has still to say at the end of a connection, if the kernel has no room for it just then.

Without it the peer would take its answer for cut off. No worker and no loop waits: the thread of ``emptying.py`` sends
it. It knows a descriptor and bytes, nothing of TLS.
"""

import _socket
import socket
import time
from typing import Final

from typedserver.sockets.accepted import Connection
from typedserver.sockets.emptying import emptying
from typedserver.sockets.lingering import LONGEST, linger, lingering
from typedserver.sockets.states import needs_peer
from typedserver.sockets.waiting import DONT_WAIT

# A plain number, as DONT_WAIT is.
_SHUT_WR: Final = int(socket.SHUT_WR)

_close: Final = socket.socket.close
_fileno: Final = socket.socket.fileno
_send: Final = socket.socket.send
_shutdown: Final = socket.socket.shutdown


def end_in_other_words(connection: Connection, *, lingers: bool, has_copies: bool) -> None:
    """Send what a connection says by itself at its end, then the end, and close it.

    lingers: whether its peer may be sending, so that a close at once could destroy what it has still to read.
    has_copies: whether there may be more descriptors of the connection than this one, so that a close does not end it.
    """
    rest = connection.seal(()) or b""
    try:
        sent = _send(connection, rest, DONT_WAIT) if rest else 0
        if sent == len(rest):
            if not (lingers or has_copies):
                _close(connection)
                if _fileno(connection) < 0:
                    return
            _shutdown(connection, _SHUT_WR)
    except BlockingIOError:
        sent = 0
    except OSError:
        # The peer has gone.
        _close(connection)
        return
    if sent < len(rest):
        _Farewell(connection, rest[sent:]).begin()
    elif lingers:
        linger(connection)
    else:
        _close(connection)


class _Farewell:
    """A connection that is closed when the rest of its last words was sent (Emptied)."""

    __slots__ = ("_deadline", "_raw", "_rest", "closes")

    def __init__(self, connection: Connection, rest: bytes) -> None:
        family, kind, proto = connection.family, connection.type, connection.proto
        # Whoever waits for the descriptor hears that the connection has ended, as at a close (announced.py).
        number = connection.detach()
        self._raw: _socket.socket | None = _socket.socket(family, kind, proto, number) if number >= 0 else None
        self._rest = rest
        self._deadline = time.monotonic() + LONGEST
        self.closes: bool = True

    def begin(self) -> None:
        if self._raw is not None and not emptying.add(self):
            # There is no thread left to send it.
            self._raw.close()

    @property
    def connection(self) -> object:
        """Itself: nobody asks for what its handler knew."""
        return self

    @property
    def rests_until(self) -> float:
        return 0.0

    def fileno(self) -> int:
        return -1 if self._raw is None else self._raw.fileno()

    def empty(self, now: float, /) -> bool:
        rest = self._raw
        if rest is None:
            return False
        try:
            self._rest = self._rest[rest.send(self._rest, DONT_WAIT) :]
            if self._rest and now < self._deadline:
                return True
        except BlockingIOError:
            if now < self._deadline:
                return True
        except OSError:
            self._rest = b""
        emptying.remove(self)
        self._raw = None
        self._end(rest)
        return False

    def _end(self, rest: _socket.socket) -> None:
        try:
            rest.shutdown(_SHUT_WR)
        except OSError:
            rest.close()
            return
        if not self._rest and needs_peer(rest):
            lingering.add(rest)
        else:
            rest.close()

    def is_overdue(self, now: float, /) -> bool:
        return now >= self._deadline

    def take_over(self, *, lingers: bool | None) -> bool:  # noqa: ARG002 - it is taken over already
        return False

    def hurry(self) -> None:
        self._deadline = 0.0

    def leave_to_parent(self) -> None:
        if self._raw is not None:
            self._raw.close()
            self._raw = None
