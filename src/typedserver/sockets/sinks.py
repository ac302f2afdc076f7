"""Sinks: how a stream sends what the kernel takes now, and no more, whatever the socket's own mode and timeout are.

It knows one socket; nothing of streams.
"""

import _socket
import socket
from typing import Protocol

from typing_extensions import Buffer

from typedserver.sockets.limits import LimitedSocket
from typedserver.sockets.waiting import DONT_WAIT


class Sink(Protocol):
    """What a stream sends to; it raises BlockingIOError if the kernel takes nothing now."""

    def send(self, data: Buffer, flags: int = ..., /) -> int:
        """Send at least one byte; returns how many."""
        ...


class _UnwaitingSocket:
    """A socket with a timeout of its own, by which Python would wait before it sends."""

    __slots__ = ("_connection",)

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def send(self, data: Buffer, flags: int = 0, /) -> int:
        """Send at least one byte without waiting; returns how many."""
        connection = self._connection
        # The class below, because the timeout is one of the object, not of the descriptor. A fourth argument -1 would
        # make a new socket.
        number = connection.fileno()
        if number < 0:
            return connection.send(data)
        passing = _socket.socket(connection.family, connection.type, connection.proto, number)
        try:
            return passing.send(data, flags)
        finally:
            passing.detach()


def sink_of(connection: socket.socket, source: LimitedSocket) -> Sink | None:
    """Return what a stream on a blocking socket sends to, with ``DONT_WAIT``, so that no send waits.

    source: what keeps the limits of the connection's waits. Returns None if a send may wait: if the connection is of a
    class that sends in its own way, as a TLS layer's is.
    """
    if not DONT_WAIT:
        return None
    if source is connection:
        return connection
    return _UnwaitingSocket(connection) if type(connection).send is socket.socket.send else None
