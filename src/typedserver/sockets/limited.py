"""Connections whose reads and writes wait for the peer as long as they may; ``limits.py`` says what that means.

The classes are states of one object: ``limit_waits`` and these methods set an accepted connection's class. They add no
field, and no ``__dict__``, so that this can be done at any time. They know one socket; nothing of handlers or servers.
"""

import os
import select
import socket
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final, ParamSpec, TypeAlias, TypeVar

from typing_extensions import Buffer, override

from typedserver.protocols.files import SendableFile
from typedserver.sockets.accepted import Connection
from typedserver.sockets.connection import timeval
from typedserver.sockets.silence import SilenceError
from typedserver.sockets.waiting import DONT_WAIT, LONGEST_WAIT, wait_until_ready

T = TypeVar("T")
P = ParamSpec("P")

_Address: TypeAlias = tuple[object, ...] | str | Buffer
_Ancillary: TypeAlias = tuple[int, int, Buffer]
_Received: TypeAlias = list[tuple[int, int, bytes]]


# A plain number, as DONT_WAIT is.
_WAIT_ALL: Final = int(socket.MSG_WAITALL)

# The methods below our own, by their own names: to look them up by super() costs each read and write as much again.
_recv = socket.socket.recv
_recv_into = socket.socket.recv_into
_send = socket.socket.send
_fileno = socket.socket.fileno
_gettimeout = socket.socket.gettimeout


def _set_kernels_timers(request: Connection) -> None:
    """Have the kernel limit the waits of a connection that blocks."""
    request.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval(request.limits[0]))
    request.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeval(request.limits[1]))


def _become(request: Connection, kind: type[Connection]) -> None:
    request.__class__ = kind


def size_of(data: Buffer) -> int:
    """Return how many bytes a buffer has."""
    return len(data) if type(data) is bytes else memoryview(data).nbytes


def must_wait_on(request: socket.socket) -> bool:
    """Return whether a read or write that raised EAGAIN must be tried again, because nothing was waited for.

    A copy of the descriptor in other hands may have made the open file non-blocking (fcntl(2)).
    """
    if type(request) is TimedConnection and _gettimeout(request) is None and not os.get_blocking(_fileno(request)):
        _become(request, PolledConnection)
        return True
    return False


def send_rest(send: Callable[..., int], data: Buffer, sent: int, *flags: int) -> None:
    """Send what comes after the first ``sent`` bytes, each part with a wait of its own."""
    with memoryview(data) as view, view.cast("B") as whole:
        while sent < len(whole):
            sent += send(whole[sent:], *flags)


def is_ready_within(fd: int, seconds: float | None, readable: bool) -> bool:
    """Wait until a descriptor is ready, at most so many seconds; returns whether it is."""
    # One that was closed meanwhile is not waited for: the next call says so.
    if fd < 0:
        return True
    if seconds is None or seconds > LONGEST_WAIT:
        return wait_until_ready(fd, readable=readable, timeout=seconds)
    # What that does, without its calls, because a connection waits here at least once.
    poll = select.poll()
    poll.register(fd, select.POLLIN if readable else select.POLLOUT)
    return bool(poll.poll(seconds * 1000))


class TimedConnection(Connection):
    """A connection whose waits the kernel limits.

    It notes when its peer ends: to ask the kernel at its own end whether something is unread costs ten times more.
    """

    __slots__ = ()

    @override
    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        try:
            # Without flags, which cost to be read, because nearly nobody has any.
            data = _recv(self, bufsize, flags) if flags else _recv(self, bufsize)
        except BlockingIOError:
            self._check_silence(flags)
            return self.recv(bufsize, flags)
        if not data and bufsize:
            self.note_end()
        return data

    if not TYPE_CHECKING:
        # The standard library's has ten overloads.
        def makefile(self, *arguments, **keywords):  # noqa: ANN002, ANN003, ANN201, D102 - its types are the base's
            if type(self) is TimedConnection:
                _become(self, FiledConnection)
            return super().makefile(*arguments, **keywords)

    @override
    def sendfile(self, file: SendableFile, offset: int = 0, count: int | None = None) -> int:
        # socket.socket's waits by the timeout of the object, and counts each wait for itself.
        own = _gettimeout(self)
        if own is None:
            self.settimeout(self.limits[1])
        try:
            return super().sendfile(file, offset, count)
        finally:
            self.settimeout(own)

    def _check_wish(self, flags: int) -> None:
        """Raise the EAGAIN that is being handled if the handler does not want to wait."""
        if flags & DONT_WAIT or _gettimeout(self) is not None:
            raise  # noqa: PLE0704 - the error that is being handled

    def _check_silence(self, flags: int) -> None:
        """Raise what an EAGAIN means; return if the call must be made again, because nothing was waited for."""
        self._check_wish(flags)
        if os.get_blocking(_fileno(self)):
            raise SilenceError from None
        # See ``must_wait_on``.
        _become(self, PolledConnection)


class FiledConnection(TimedConnection):
    """A connection that files are made of: they must be able to tell a silence from the end."""

    __slots__ = ()

    @override
    def recv_into(self, buffer: Buffer, nbytes: int = 0, flags: int = 0) -> int:
        try:
            received = _recv_into(self, buffer, nbytes, flags)
        except BlockingIOError:
            self._check_silence(flags)
            return self.recv_into(buffer, nbytes, flags)
        if not received and size_of(buffer):
            self.note_end()
        return received

    @override
    def send(self, data: Buffer, flags: int = 0, /) -> int:
        try:
            return _send(self, data, flags)
        except BlockingIOError:
            self._check_silence(flags)
            return self.send(data, flags)

    @override
    def sendall(self, data: Buffer, flags: int = 0, /) -> None:
        sent = self.send(data, flags)
        if sent != size_of(data):
            send_rest(self.send, data, sent, flags)


class PolledConnection(FiledConnection):
    """A connection whose waits are bounded by poll(2): a signal does not make it count anew.

    The first read and each write are tried before they wait, because mostly there is nothing to wait for.

    _has_timers: whether the kernel's timers are set as well, for what goes past these methods.
    _drained: whether the last read has emptied the kernel's buffer: if so, it costs less to wait first than to be
    refused.
    """

    __slots__ = ()

    @override
    def fileno(self) -> int:
        """Return the descriptor; whoever uses it past this object is bounded by the kernel's timers."""
        self._set_timers()
        return super().fileno()

    @override
    def detach(self) -> int:
        """Give the descriptor away, with the kernel's timers for whoever takes it over."""
        self._set_timers()
        return super().detach()

    @override
    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        if self._drained and not flags and _gettimeout(self) is None:
            data = self._when_ready(self.limits[0], True, _recv, bufsize, DONT_WAIT)
        else:
            try:
                data = _recv(self, bufsize, flags | DONT_WAIT)
            except BlockingIOError:
                self._check_wish(flags)
                data = self._when_ready(self.limits[0], True, _recv, bufsize, flags | DONT_WAIT)
        if len(data) < bufsize:
            self._drained = True
            if not data:
                self.note_end()
            elif flags & _WAIT_ALL:
                return data + self.recv(bufsize - len(data), flags)
        else:
            self._drained = False
        return data

    @override
    def recv_into(self, buffer: Buffer, nbytes: int = 0, flags: int = 0) -> int:
        try:
            received = _recv_into(self, buffer, nbytes, flags | DONT_WAIT)
        except BlockingIOError:
            self._check_wish(flags)
            received = self._when_ready(self.limits[0], True, _recv_into, buffer, nbytes, flags | DONT_WAIT)
        if flags & _WAIT_ALL and 0 < received < (nbytes or size_of(buffer)):
            rest = memoryview(buffer).cast("B")[received : nbytes or None]
            return received + self.recv_into(rest, 0, flags)
        if not received and size_of(buffer):
            self.note_end()
        return received

    @override
    def send(self, data: Buffer, flags: int = 0, /) -> int:
        try:
            return _send(self, data, flags | DONT_WAIT)
        except BlockingIOError:
            self._check_wish(flags)
            return self._when_ready(self.limits[1], False, _send, data, flags | DONT_WAIT)

    @override
    def sendall(self, data: Buffer, flags: int = 0, /) -> None:
        try:
            sent = _send(self, data, flags | DONT_WAIT)
        except BlockingIOError:
            sent = 0
        if type(data) is not bytes or sent != len(data):
            send_rest(self.send, data, sent, flags)

    # Rare calls, by the kernel's timers.

    @override
    def recvfrom(self, bufsize: int, flags: int = 0, /) -> tuple[bytes, object]:
        self._set_timers()
        return super().recvfrom(bufsize, flags)

    @override
    def recvfrom_into(self, buffer: Buffer, nbytes: int = 0, flags: int = 0) -> tuple[int, object]:
        self._set_timers()
        return super().recvfrom_into(buffer, nbytes, flags)

    @override
    def recvmsg(self, bufsize: int, ancbufsize: int = 0, flags: int = 0, /) -> tuple[bytes, _Received, int, object]:
        self._set_timers()
        return super().recvmsg(bufsize, ancbufsize, flags)

    @override
    def recvmsg_into(
        self, buffers: Iterable[Buffer], ancbufsize: int = 0, flags: int = 0, /
    ) -> tuple[int, _Received, int, object]:
        self._set_timers()
        return super().recvmsg_into(list(buffers), ancbufsize, flags)

    @override
    def sendmsg(
        self,
        buffers: Iterable[Buffer],
        ancdata: Iterable[_Ancillary] = (),
        flags: int = 0,
        address: _Address | None = None,
        /,
    ) -> int:
        self._set_timers()
        return super().sendmsg(list(buffers), list(ancdata), flags, address)

    def _set_timers(self) -> None:
        if not self._has_timers:
            self._has_timers = True
            if _fileno(self) >= 0:
                _set_kernels_timers(self)

    def _when_ready(self, limit: float | None, readable: bool, call: Callable[..., T], *arguments: object) -> T:
        """Wait, then make a call that does not wait; raises SilenceError after ``limit`` seconds."""
        deadline = None if limit is None else time.monotonic() + limit
        in_time = is_ready_within(_fileno(self), limit, readable)
        while True:
            try:
                # At the end of the time as well: the kernel reports a socket as writable only when a third of its
                # buffer is free (sk_stream_is_writeable), and the peer may have taken less.
                return call(self, *arguments)
            except BlockingIOError:
                if not in_time:
                    raise SilenceError from None
                left = None if deadline is None else max(0.0, deadline - time.monotonic())
                in_time = is_ready_within(_fileno(self), left, readable)
