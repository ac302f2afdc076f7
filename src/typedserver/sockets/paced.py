"""PacedConnection: a Connection whose reads and writes pause, so that it moves no more bytes than its rates allow.

It knows one socket and its paces; nothing of handlers, servers or loops. Whoever may wait does so here, in the pause as
for the peer; whoever may not finds BlockingIOError, and ``pause_of`` says what to wait for. A deadline bounds the wait
for the peer alone, and begins anew behind a pause. What uses the descriptor past these methods is not paced: another
program, the transport of another library, a TLS layer that a handler makes by itself.
"""

import errno
import os
import socket
import time
from collections.abc import Callable, Iterable
from typing import ClassVar, Final, Protocol, Self, TypeAlias, TypeVar

from typing_extensions import Buffer, override

from typedserver.protocols.files import SendableFile
from typedserver.sockets.accepted import Connection
from typedserver.sockets.limited import PolledConnection, is_ready_within, send_rest, size_of
from typedserver.sockets.pacing import Pace, Pacer, pause_in_place
from typedserver.sockets.silence import SilenceError
from typedserver.sockets.waiting import DONT_WAIT

T = TypeVar("T")

_Address: TypeAlias = tuple[object, ...] | str | Buffer
_Ancillary: TypeAlias = tuple[int, int, Buffer]
_Received: TypeAlias = list[tuple[int, int, bytes]]


# Plain numbers, as DONT_WAIT is.
_PEEK: Final = int(socket.MSG_PEEK)
_WAIT_ALL: Final = int(socket.MSG_WAITALL)

# How much of a file is read at once.
_AT_ONCE: Final = 64 * 1024

# Past what the classes above do.
_recv = socket.socket.recv
_recv_into = socket.socket.recv_into
_send = socket.socket.send
_recvfrom = socket.socket.recvfrom
_recvmsg = socket.socket.recvmsg
_fileno = socket.socket.fileno
_gettimeout = socket.socket.gettimeout
_detach = socket.socket.detach


class PacedConnection(PolledConnection):
    """A connection that moves its bytes as fast as its paces say; in place of the one that was accepted."""

    __slots__ = ("_pacer",)

    keeps_kind: ClassVar[bool] = True

    def __init__(
        self,
        family: int = -1,
        type: int = -1,  # noqa: A002 - socket.socket's names
        proto: int = -1,
        fileno: int | None = None,
        pacer: Pacer | None = None,
    ) -> None:
        super().__init__(family, type, proto, fileno)
        self._pacer = pacer

    @classmethod
    def of(cls, connection: socket.socket, pacer: Pacer) -> "Self":
        """Make one of a connection that nobody has used yet, and take its descriptor over."""
        made = cls(connection.family, connection.type, connection.proto, _detach(connection), pacer)
        if made.gettimeout() is not None:
            # The program's default timeout.
            made.setblocking(True)
        return made

    @property
    @override
    def pacer(self) -> Pacer | None:
        return self._pacer

    @override
    def dup(self) -> Self:
        """Return a copy with the same limits and the same paces."""
        copy = super().dup()
        copy._pacer = self._pacer  # noqa: SLF001 - it is of this class
        return copy

    @override
    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        data = self._receive(bufsize, flags, lambda size, how: _recv(self, size, how), len)
        if len(data) < bufsize:
            if not data:
                self.note_end()
            elif flags & _WAIT_ALL:
                return data + self.recv(bufsize - len(data), flags)
        return data

    @override
    def recv_into(self, buffer: Buffer, nbytes: int = 0, flags: int = 0) -> int:
        size = nbytes or size_of(buffer)
        received = self._receive(size, flags, lambda most, how: _recv_into(self, buffer, most, how), int)
        if flags & _WAIT_ALL and 0 < received < size:
            return received + self.recv_into(memoryview(buffer).cast("B")[received:size], 0, flags)
        if not received and size:
            self.note_end()
        return received

    @override
    def recvfrom(self, bufsize: int, flags: int = 0, /) -> tuple[bytes, object]:
        return self._receive(bufsize, flags, lambda size, how: _recvfrom(self, size, how), lambda got: len(got[0]))

    @override
    def recvfrom_into(self, buffer: Buffer, nbytes: int = 0, flags: int = 0) -> tuple[int, object]:
        # A stream has no other address than its peer's, which the kernel does not say here.
        return self.recv_into(buffer, nbytes, flags), None

    @override
    def recvmsg(self, bufsize: int, ancbufsize: int = 0, flags: int = 0, /) -> tuple[bytes, _Received, int, object]:
        return self._receive(
            bufsize, flags, lambda size, how: _recvmsg(self, size, ancbufsize, how), lambda got: len(got[0])
        )

    @override
    def recvmsg_into(
        self, buffers: Iterable[Buffer], ancbufsize: int = 0, flags: int = 0, /
    ) -> tuple[int, _Received, int, object]:
        views = [memoryview(buffer).cast("B") for buffer in buffers]
        data, ancillary, how, address = self.recvmsg(sum(map(len, views)), ancbufsize, flags)
        start = 0
        for view in views:
            part = data[start : start + len(view)]
            view[: len(part)] = part
            start += len(part)
        return len(data), ancillary, how, address

    @override
    def send(self, data: Buffer, flags: int = 0, /) -> int:
        size = size_of(data)

        def send(granted: int, how: int) -> int:
            if granted == size:
                return _send(self, data, how)
            with memoryview(data) as view, view.cast("B") as whole:
                return _send(self, whole[:granted], how)

        return self._move(self._writes, 1, size, flags, send, int)

    @override
    def sendall(self, data: Buffer, flags: int = 0, /) -> None:
        send_rest(self.send, data, 0, flags)

    @override
    def sendmsg(
        self,
        buffers: Iterable[Buffer],
        ancdata: Iterable[_Ancillary] = (),
        flags: int = 0,
        address: _Address | None = None,
        /,
    ) -> int:
        data, control = b"".join(buffers), list(ancdata)
        # Past what sets the kernel's timers, because nothing waits there.
        sendmsg = socket.socket.sendmsg
        return self._move(
            self._writes,
            1,
            len(data),
            flags,
            lambda size, how: sendmsg(self, [data[:size]], control, how, address),
            int,
        )

    @override
    def sendfile(self, file: SendableFile, offset: int = 0, count: int | None = None) -> int:
        """Send a file, from ``offset`` on and at most ``count`` bytes; returns how many."""
        if offset:
            file.seek(offset)
        total = 0
        while count is None or total < count:
            data = file.read(_AT_ONCE if count is None else min(_AT_ONCE, count - total))
            if not data:
                break
            self.sendall(data)
            total += len(data)
        file.seek(offset + total)
        return total

    @property
    def _writes(self) -> Pace | None:
        return None if self._pacer is None else self._pacer.writes

    def _receive(self, size: int, flags: int, call: Callable[[int, int], T], count: Callable[[T], int]) -> T:
        # What is only looked at is read later.
        pace = None if self._pacer is None or flags & _PEEK else self._pacer.reads
        return self._move(pace, 0, size, flags, call, count)

    def _move(  # noqa: PLR0917 - names would hide what it does
        self,
        pace: Pace | None,
        direction: int,
        size: int,
        flags: int,
        call: Callable[[int, int], T],
        count: Callable[[T], int],
    ) -> T:
        """Wait for the pace and for the peer, then make a call that moves up to so many bytes, and does not wait.

        direction: 0 to read, 1 to write. Raises BlockingIOError if it may not wait, SilenceError or TimeoutError if the
        peer lets it wait for too long.
        """
        own = _gettimeout(self)
        may_wait = not flags & DONT_WAIT and own != 0
        limit = self.limits[direction] if own is None else own
        flags |= DONT_WAIT
        if size <= 0:
            # That moves nothing, or is an error.
            pace = None
        silent = _Silence(_fileno(self), direction, limit)
        while True:
            granted = size if pace is None else pace.grant(size)
            if pace is not None and not granted:
                _pause(pace, may_wait=may_wait)
                silent = _Silence(_fileno(self), direction, limit)
                continue
            moved = 0
            try:
                # With a timeout, Python would wait by itself, and have others wait for what is granted.
                if not own or is_ready_within(_fileno(self), 0, not direction):
                    result = call(granted, flags)
                    moved = count(result)
                    return result
            except BlockingIOError:
                if not may_wait:
                    raise
            finally:
                if pace is not None:
                    pace.moved(moved)
            if not silent.goes_on():
                raise SilenceError if own is None else TimeoutError("timed out")


def _pause(pace: Pace, *, may_wait: bool) -> None:
    if not may_wait:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    pause_in_place(pace)


class _Silence:
    """How long a peer has neither sent nor taken anything: one wait, in as many parts as it takes."""

    __slots__ = ("_deadline", "_direction", "_fd", "_in_time", "_limit")

    def __init__(self, fd: int, direction: int, limit: float | None) -> None:
        self._fd = fd
        self._direction = direction
        self._limit = limit
        self._deadline: float | None = None
        self._in_time = True

    def goes_on(self) -> bool:
        """Wait for the peer; returns False if the time is over, and something was tried since."""
        if not self._in_time:
            return False
        left = self._limit
        if left is not None:
            now = time.monotonic()
            self._deadline = deadline = now + left if self._deadline is None else self._deadline
            left = max(0.0, deadline - now)
        # At the end of the time it is tried once more: see PolledConnection.
        self._in_time = is_ready_within(self._fd, left, not self._direction)
        return True


class PacedSink:
    """What sends the rest of a connection that has ended as fast as its pace says, without waiting."""

    __slots__ = ("_pace", "_rest")

    def __init__(self, rest: "_Sends", pace: Pace) -> None:
        self._rest = rest
        self._pace = pace

    def send(self, data: Buffer, flags: int = 0, /) -> int:
        """Send at least one byte; returns how many."""
        with memoryview(data) as view:
            granted = self._pace.grant(len(view))
            if not granted:
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            sent = 0
            try:
                sent = self._rest.send(view[:granted], flags)
            finally:
                self._pace.moved(sent)
            return sent


class _Sends(Protocol):
    """A socket, as far as a sink needs it."""

    def send(self, data: Buffer, flags: int = ..., /) -> int: ...


def pause_of(connection: socket.socket, *, reads: bool) -> Pace | None:
    """Return the pace by which a read or write of this connection must wait just now; None: it need not."""
    pacer = connection.pacer if isinstance(connection, Connection) else None
    if pacer is None:
        return None
    pace = pacer.reads if reads else pacer.writes
    return pace if pace is not None and pace.is_paused else None
