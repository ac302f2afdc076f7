"""Waiting for urgent data, beside a coroutine that reads the same connection.

It knows one connection's urgent bytes and the values of ``waits.py``. A loop tells one coroutine of a descriptor that
there is something to read; so the kernel is asked for urgent data by another descriptor, which stands for that alone:
that of an epoll which watches the connection (epoll(7), Q3). Every loop and every thread can wait for it.
"""

import select
import socket
import sys
import time
from typing import Final

from typedserver.coroutines.waits import Calls, ReadableOrCalled, Sleep, wait_for
from typedserver.errors import IncompleteRead, LifecycleError, PeerTimedOut
from typedserver.sockets.urgent import UrgentSource, has_ended

# Seconds between two looks where there is no epoll: a person who presses a key to interrupt does not notice it.
_LOOK: Final = 0.05


class Urgent:
    """One connection's urgent data: what has come of it, and a wait for more.

    source: what the connection is read through, so that none is lost.
    """

    __slots__ = ("_connection", "_poll", "_waits", "source")

    def __init__(self, connection: socket.socket, read_timeout: float | None) -> None:
        self._connection = connection
        self.source: UrgentSource = UrgentSource(connection, read_timeout)
        self._waits = False
        # Made for the first wait, and kept: to close it after each would have every loop find that out.
        self._poll: _Poll | None = None

    async def wait(self, until: float | None) -> bytes:
        """Return the urgent bytes that come next; b"" when the time is over.

        Raises IncompleteRead if the peer, a drain or a cut has ended the stream, LifecycleError if another coroutine
        waits already.
        """
        if self._waits:
            raise LifecycleError("another coroutine waits for urgent data of this stream already: let one hand it on")
        self._waits = True
        source, calls = self.source, Calls()
        if self._poll is None:
            self._poll = _Poll(self._connection)
        source.came = calls.come
        try:
            while True:
                calls.has_come = False
                if data := source.take():
                    return data
                # Asked behind the bytes, which may have come just before the end.
                if has_ended(self._connection):
                    raise IncompleteRead(b"", 1)
                try:
                    await self._poll.wait(until, calls)
                except PeerTimedOut:
                    return source.take()
        finally:
            self._waits = False
            source.came = None


class _Poll:
    """What is readable when there is urgent data, or when the stream has ended."""

    __slots__ = ("_epoll",)

    def __init__(self, connection: socket.socket) -> None:
        if sys.platform == "linux":
            self._epoll = select.epoll()
            self._epoll.register(connection.fileno(), select.EPOLLPRI | select.EPOLLRDHUP)

    async def wait(self, until: float | None, calls: Calls) -> None:
        """Wait for it, or for a call; raises PeerTimedOut at a point in time."""
        if sys.platform == "linux":
            await wait_for(ReadableOrCalled(self._epoll.fileno(), until, self._epoll, start=calls.start))
        else:
            now = time.monotonic()
            if until is not None and now >= until:
                raise PeerTimedOut
            await wait_for(Sleep(now + _LOOK if until is None else min(now + _LOOK, until)))
