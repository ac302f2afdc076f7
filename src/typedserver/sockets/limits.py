"""How long a read or a write on a blocking socket may wait for the peer: one meaning, whatever the socket looks like.

A limit bounds one wait: it begins anew when the peer has sent or taken something, and never otherwise, however many
signals arrive. A read or write that has waited for so long raises an error that ``is_silence`` knows. Several things
stand in the way, and each has its place here:

- SO_RCVTIMEO and SO_SNDTIMEO (socket(7)) cost nothing, and each direction has its own. But they say EAGAIN, which a
  file takes for the end; a signal handler makes the kernel count from the beginning; and they mean nothing once
  somebody has made the open file non-blocking. So they are used where no signal handler runs again and again; a file
  gets another error; and our own readers believe an EAGAIN only if the open file still blocks.
- The main thread of a program that handles such signals waits by poll(2) up to a point in time, which costs more.
- A socket of another class (TLS, gevent's) waits by its own timeout, of which there is one for both directions.
- ``sendall`` with a timeout counts from the beginning of the call, though the peer takes something all the time.

It knows one socket; nothing of handlers or servers.
"""

import _socket
import errno
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from functools import lru_cache
from threading import get_ident
from time import monotonic
from typing import Final, ParamSpec, Protocol, TypeVar

from typing_extensions import Buffer

from typedserver.process.forking import plain_signal
from typedserver.sockets.accepted import Connection, limit_unsent
from typedserver.sockets.connection import timeval
from typedserver.sockets.limited import PolledConnection, TimedConnection, send_rest
from typedserver.sockets.silence import is_silence

T = TypeVar("T")
P = ParamSpec("P")

# Whether the kernel's timers and MSG_DONTWAIT can be used: not if gevent or eventlet has put another class in the
# place of the socket, whose descriptors do not block though they say so.
_HAS_KERNELS_TIMERS: Final = sys.platform == "linux" and _socket.socket in socket.socket.__mro__

# ssl's exceptions for a call that would have to wait.
_WOULD_BLOCK: Final = frozenset(("SSLWantReadError", "SSLWantWriteError"))

# Seconds: what stands for no limit in one direction while the other has one; 11 days, which poll(2) can count.
_LONGEST: Final = 1e6


# The signals that a program may get again and again, if it handles them: of interval timers (profilers, statistics), of
# its children, of terminals and files, and those that mean what it likes. One that ends it comes once.
_RECURRING: Final = tuple(
    int(number)
    for number in signal.Signals
    if number.name[3:] in {"ALRM", "VTALRM", "PROF", "CHLD", "WINCH", "IO", "URG", "USR1", "USR2"}
)

# Seconds for which it holds what signals a program handles: to ask costs a connection half a microsecond.
_ASKED_FOR: Final = 0.05


class _MainThread:
    """The thread in which Python runs signal handlers; in a forked child it is the one that has forked.

    ident: its identity. ``threading.main_thread()`` costs each connection ten times more.
    expects_signals: whether signals come again and again in any case.
    """

    __slots__ = ("_asked_until", "_handles_recurring", "expects_signals", "ident")

    def __init__(self) -> None:
        self._note()
        self.expects_signals = False
        self._asked_until = 0.0
        self._handles_recurring = False
        if sys.platform != "win32":
            os.register_at_fork(after_in_child=self._note)

    def _note(self) -> None:
        self.ident = threading.main_thread().ident

    def is_interrupted(self) -> bool:
        """Return whether the program handles signals that may come again; to be asked in this thread."""
        if self.expects_signals:
            return True
        # Asked again and again, because a program may begin to handle them at any time.
        now = monotonic()
        if now > self._asked_until:
            self._asked_until = now + _ASKED_FOR
            self._handles_recurring = any(callable(_getsignal(number)) for number in _RECURRING)
        return self._handles_recurring


_main_thread: Final = _MainThread()

# Set for each connection.
_SOL_SOCKET: Final = int(socket.SOL_SOCKET)
_SO_RCVTIMEO: Final = int(socket.SO_RCVTIMEO)
_SO_SNDTIMEO: Final = int(socket.SO_SNDTIMEO)

_getsignal = plain_signal.getsignal

# Past what a connection says of its limits.
_gettimeout = socket.socket.gettimeout


class LimitedSocket(Protocol):
    """What our own streams and files read and write through; at its limit it raises what ``is_silence`` knows."""

    def recv(self, size: int, /) -> bytes:
        """Receive up to ``size`` bytes."""
        ...

    def recv_into(self, buffer: Buffer, /) -> int:
        """Receive into a buffer; returns how many bytes."""
        ...

    def send(self, data: Buffer, flags: int = ..., /) -> int:
        """Send at least one byte; returns how many."""
        ...

    def sendall(self, data: Buffer, /) -> None:
        """Send all bytes."""
        ...


def expect_signals() -> None:
    """Note that this process is sent signals again and again, as the child of a server that drains is."""
    _main_thread.expects_signals = True


def limit_waits(request: socket.socket, read: float | None, write: float | None) -> LimitedSocket:
    """Limit how long a read and a write may wait for the peer, in seconds; None: for ever. To be called in the worker.

    Returns what keeps both limits: the request itself if it is an accepted connection, so that they hold for a handler
    that reads it by itself. A socket of any other class keeps the limit of reads in both directions when it is used by
    itself, because it has one timeout.
    """
    return _limiter(read, write)(request)


def limiter(read: float | None, write: float | None) -> Callable[[socket.socket], LimitedSocket]:
    """Return what limits the waits of one request after the other, as ``limit_waits`` does."""
    limits = read, write
    reading, writing = timeval(read), timeval(write)
    main_thread = _main_thread

    def limit(request: socket.socket) -> LimitedSocket:
        if not isinstance(request, Connection) or not _HAS_KERNELS_TIMERS:
            return TimedSocket(request, read, write)
        request.limits = limits
        if request.keeps_kind:
            request.settimeout(None)
            return request
        if _gettimeout(request) is not None:
            request.settimeout(None)
        if get_ident() == main_thread.ident and main_thread.is_interrupted():
            request.__class__ = PolledConnection
        else:
            request.__class__ = TimedConnection
            set_option = request.setsockopt
            set_option(_SOL_SOCKET, _SO_RCVTIMEO, reading)
            set_option(_SOL_SOCKET, _SO_SNDTIMEO, writing)
        return request

    return limit


# Most connections of a program have the same limits.
_limiter: Final = lru_cache(maxsize=64)(limiter)


def _without_waiting(call: Callable[P, T], *arguments: P.args, **keywords: P.kwargs) -> T:
    try:
        return call(*arguments, **keywords)
    except OSError as error:
        # A TLS layer has names of its own for this. They are compared as text, because the module ``ssl`` is loaded
        # only if a program uses TLS.
        if type(error).__name__ in _WOULD_BLOCK:
            raise BlockingIOError(errno.EAGAIN, str(error)) from None
        raise


class TimedSocket:
    """A socket of any class that keeps a limit for each direction by its own timeout, set anew when that changes.

    If somebody has made the socket non-blocking, that one waits, and nothing here does. A read and a write at the same
    time, in two threads, may exchange their limits for one wait.
    """

    __slots__ = ("_connection", "_read", "_write")

    def __init__(self, connection: socket.socket, read: float | None, write: float | None) -> None:
        self._connection = connection
        self._read = read
        self._write = write
        connection.settimeout(read)
        limit_unsent(connection, read, write)

    def recv(self, size: int, /) -> bytes:
        """Receive up to ``size`` bytes."""
        return self._within(self._read, self._connection.recv, size)

    def recv_into(self, buffer: Buffer, /) -> int:
        """Receive into a buffer; returns how many bytes."""
        return self._within(self._read, self._connection.recv_into, buffer)

    def send(self, data: Buffer, flags: int = 0, /) -> int:
        """Send at least one byte; returns how many."""
        return self._within(self._write, self._connection.send, data, flags)

    def sendall(self, data: Buffer, /) -> None:
        """Send all bytes, each part with a wait of its own."""
        send_rest(self.send, data, 0)

    def _within(self, limit: float | None, call: Callable[P, T], *arguments: P.args, **keywords: P.kwargs) -> T:
        connection = self._connection
        if connection.gettimeout() == 0:
            return _without_waiting(call, *arguments, **keywords)
        # None would make the descriptor block, also for a wait in the other direction.
        seconds = _LONGEST if limit is None and self._read != self._write else limit
        while True:
            if connection.gettimeout() != seconds:
                connection.settimeout(seconds)
            try:
                return call(*arguments, **keywords)
            except OSError as error:
                if limit is not None or not is_silence(error):
                    raise
