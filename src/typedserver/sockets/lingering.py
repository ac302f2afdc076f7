"""Lingering: a connection is kept for a while after its end if its peer may still be sending.

If a connection is closed while bytes of its peer wait unread, or if more come after the close, the kernel resets it,
and a reset destroys what the peer has not read yet: the answer (RFC 9112, 9.6; RFC 1122, 4.2.2.13). So if something is
unread, or part of the answer not sent yet, when a handler is over (a refused upload, a message behind the last one),
the end of the stream is sent, and then what still comes is read and thrown away, until the peer ends its side as well.
A peer that has broken a limit, or was cut, is not waited for.

It is bounded in time and bytes, and done by one thread for all connections of the process, which exists only while
there are any: no worker and no loop waits for it.

It knows sockets; nothing of servers. Whoever ends a process without the interpreter's help calls ``finish`` before.
"""

import _socket
import os
import select
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Final

from typedserver.sockets.states import has_not_ended, unsent
from typedserver.sockets.waiting import DONT_WAIT

# Seconds without a byte after which the peer is taken for done: some round trips of the slowest path, and as long as
# Apache waits (lingering_close).
IDLE: Final = 2.0

# Seconds and bytes after which a peer that sends without end is reset after all.
LONGEST: Final = 30.0
MOST: Final = 1 << 30

# Seconds that a server which closes waits for them: an answer that is on its way has come by then, or its peer is gone.
LONGEST_AT_CLOSE: Final = 5.0

# How many connections may linger at once. Each holds a descriptor that no limit of a server counts; one more ends the
# oldest.
MOST_AT_ONCE: Final = 256

# Bytes of one read, and how many reads are made for a connection in the thread that ends it: most of what is unread has
# come already, and often its end with it.
_AT_ONCE: Final = 256 * 1024
_FIRST_READS: Final = 4

# Seconds between two looks of the thread for connections that have come meanwhile.
_TICK: Final = 0.02


@dataclass(slots=True, eq=False)
class _Rest:
    """A connection that lingers."""

    connection: _socket.socket
    began: float = field(default_factory=time.monotonic)
    heard: float = 0.0
    read: int = 0
    # How much of the answer was left to send, when that was looked at last.
    unsent: int = 0
    # Whether our own end of reading hides what comes: then there is nothing to wait for, and it is looked at each time.
    deaf: bool = False

    def discard(self, buffer: bytearray, reads: int) -> bool:
        """Throw away what has come; returns whether more may come."""
        for _ in range(reads):
            try:
                received = self.connection.recv_into(buffer, 0, DONT_WAIT)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not received:
                # Our end of reading (shutdown(2), SHUT_RD) looks like the peer's.
                self.deaf = has_not_ended(self.connection)
                return self.deaf
            self.heard = time.monotonic()
            self.read += received
        return self.read <= MOST

    def is_over(self, now: float) -> bool:
        """Return whether its time is up."""
        if now < max(self.began, self.heard) + IDLE:
            return now > self.began + LONGEST
        # It has said nothing for long enough, unless it is still busy with the answer.
        before, self.unsent = self.unsent, unsent(self.connection.fileno())
        self.heard = now
        return not 0 < self.unsent < before


class Lingering:
    """The connections of this process that linger; from any thread."""

    __slots__ = ("_lock", "_rests", "_thread")

    def __init__(self) -> None:
        self._forget()
        if sys.platform != "win32":
            os.register_at_fork(after_in_child=self._forget_in_child)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._rests: dict[_Rest, None] = {}
        self._thread: threading.Thread | None = None

    def _forget_in_child(self) -> None:
        # The parent's thread reads on; here there are copies of its descriptors.
        rests = list(self._rests)
        self._forget()
        for rest in rests:
            rest.connection.close()

    def add(self, connection: _socket.socket) -> None:
        """Take over a connection whose end was sent, and close it when its peer has ended as well."""
        rest = _Rest(connection, unsent=unsent(connection.fileno()))
        if not rest.discard(bytearray(_AT_ONCE), _FIRST_READS):
            connection.close()
            return
        with self._lock:
            self._rests[rest] = None
            if len(self._rests) > MOST_AT_ONCE:
                oldest = next(iter(self._rests))
                del self._rests[oldest]
                oldest.connection.close()
            if self._thread is None:
                thread = threading.Thread(target=self._work, name="typedserver lingering", daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    # There is no thread left, or the interpreter ends: the peer has what it has.
                    del self._rests[rest]
                    connection.close()
                else:
                    self._thread = thread

    def finish(self, seconds: float) -> bool:
        """Wait until nothing lingers any more, at most so many seconds; returns whether that is so."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(max(0.0, seconds))
        return self._thread is None

    def _work(self) -> None:
        buffer = bytearray(_AT_ONCE)
        while True:
            with self._lock:
                rests = {rest.connection.fileno(): rest for rest in self._rests}
                if not rests:
                    self._thread = None
                    return
            poll = select.poll()
            for fd, rest in rests.items():
                if not rest.deaf:
                    poll.register(fd, select.POLLIN)
            ready = {fd for fd, _ in poll.poll(_TICK * 1000)}
            now = time.monotonic()
            for fd, rest in rests.items():
                if ((fd in ready or rest.deaf) and not rest.discard(buffer, 1)) or rest.is_over(now):
                    self._end(rest)

    def _end(self, rest: _Rest) -> None:
        with self._lock:
            if self._rests.pop(rest, self) is None:
                rest.connection.close()


lingering: Final = Lingering()
"""Those of this process."""


def linger(connection: socket.socket) -> None:
    """Take the descriptor out of an object, whose end was sent, and close it when its peer has ended as well."""
    family, kind, proto = connection.family, connection.type, connection.proto
    # Whoever waits for the descriptor hears that the connection has ended, as at a close (announced.py).
    number = connection.detach()
    if number < 0:
        return
    # The class below all others: gevent's would wait by itself.
    rest = _socket.socket(family, kind, proto, number)
    if rest.gettimeout() is not None:
        # The program's default timeout.
        rest.settimeout(None)
    lingering.add(rest)
