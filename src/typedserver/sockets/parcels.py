"""Parcels: what one writer sends in its turn, piece by piece: bytes, or a part of a file.

They know the file, and a socket as far as the kernel sends a file over it; nothing of turns, waits or streams.
"""

import errno
import io
import os
import socket
import stat
import sys
from collections.abc import Callable
from typing import Final, Protocol, TypeAlias, cast

from typedserver.errors import FileTruncated, RecipeError
from typedserver.protocols.files import SendableFile
from typedserver.recipes import bytes_of, shown
from typedserver.sockets.limited import FiledConnection, PolledConnection

# How much of a file the kernel sends at once, after which others that share the thread have their turn. It takes a
# millisecond over TCP, where a quarter of it at once costs a file of 50 MB a quarter more (benchmarks/files.py).
MOST_OF_FILE: Final = 4 * 1024 * 1024

# How much of a file is read at once, where the kernel does not send it: what TLS encrypts at once.
_AT_ONCE: Final = 64 * 1024

# What the kernel says if it cannot send such a file over such a socket (sendfile(2)): some file systems, some kernels.
_REFUSALS: Final = frozenset((errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP))

# The sends of sockets that give the kernel what they are given: TLS, a pace, or a program's own does more.
_PLAIN_SENDS: Final = (socket.socket.send, FiledConnection.send, PolledConnection.send)

# What ``open`` makes of a binary file that is read.
_BUFFERED: Final = (io.BufferedReader, io.BufferedRandom)

# Past what the classes above do, and past what a connection says of its limits.
_fileno = socket.socket.fileno
_gettimeout = socket.socket.gettimeout

Send: TypeAlias = Callable[[memoryview], int]
"""Sends at least one byte, and returns how many; raises BlockingIOError if it must not wait, and would."""

SendFile: TypeAlias = Callable[[int, int, int], int]
"""Has the kernel send a part of a file, as ``Send`` sends bytes; for its descriptor, an offset and how many bytes."""


class Parcel(Protocol):
    """What one writer sends in its turn."""

    @property
    def sent(self) -> int:
        """How many bytes were sent so far."""
        ...

    def load(self) -> bool:
        """Have something to send; returns False if all was sent."""
        ...

    def send(self, send: Send, /) -> None:
        """Send some of what was loaded; raises what ``send`` raises."""
        ...


class Data:
    """Bytes.

    view: all of them. sent: how many were sent.
    """

    __slots__ = ("_view", "sent")

    def __init__(self, view: memoryview, sent: int) -> None:
        self._view = view
        self.sent: int = sent

    def load(self) -> bool:
        """Return whether some are left."""
        return self.sent < len(self._view)

    def send(self, send: Send, /) -> None:
        """Send some of them."""
        self.sent += send(self._view[self.sent :])


class FilePart:
    """A part of a file.

    file, offset, count: what part of it; see ``Stream.sendfile``, for what is raised as well.
    send_file: how the kernel sends it; None if the file must be read, because its bytes are not sent as they are.

    sent: how many bytes were sent.
    """

    __slots__ = ("_data", "_descriptor", "_file", "_left", "_offset", "_seeks", "_send_file", "_size", "sent")

    def __init__(self, file: SendableFile, offset: int, count: int | None, send_file: SendFile | None) -> None:
        _refuse_text(file)
        self._offset = bytes_of("sendfile", "offset", offset)
        # How many bytes are still to be loaded; None: as many as there are.
        self._left: int | None = None if count is None else bytes_of("sendfile", "count", count)
        self._file = file
        self._seeks = self._can_seek()
        self._data = memoryview(b"")
        self.sent: int = 0
        # Its descriptor, and its size if that says how much there is to be sent.
        self._descriptor, self._size = _measured(file)
        self._send_file = send_file if self._size else None
        if self._size:
            there = max(0, self._size - self._offset)
            self._left = there if self._left is None else min(there, self._left)

    def _can_seek(self) -> bool:
        # At once, because it also writes what the file may still hold that was written to it.
        try:
            self._file.seek(self._offset)
        except OSError as error:
            if self._offset:
                raise RecipeError(
                    f"sendfile(offset={self._offset}) needs a file that can be sought in, and {shown(self._file)} "
                    f"cannot: {error}; read what comes before by yourself"
                ) from error
            return False
        return True

    def load(self) -> bool:
        """Have some of it ready; returns False if all was sent.

        Raises FileTruncated if the file ends before, and what its ``read`` raises.
        """
        left = self._left
        if self._data or left == 0:
            return bool(self._data)
        if self._send_file is not None:
            return True
        most = _AT_ONCE if left is None else min(_AT_ONCE, left)
        data = memoryview(self._file.read(most))[:most]
        if not data:
            if self._size:
                raise self._truncated()
            self._left = 0
            return False
        if left is not None:
            self._left = left - len(data)
        self._data = data
        return True

    def send(self, send: Send, /) -> None:
        """Send some of it; raises FileTruncated as ``load`` does."""
        if self._send_file is not None:
            if self._has_kernel_send(self._send_file):
                return
            self._send_file = None
            self._file.seek(self._offset + self.sent)
            self.load()
        sent = send(self._data)
        self._data = self._data[sent:]
        self.sent += sent

    def _has_kernel_send(self, send_file: SendFile) -> bool:
        """Have the kernel send some of it; returns False if it cannot."""
        assert self._left is not None
        try:
            sent = send_file(self._descriptor, self._offset + self.sent, min(self._left, MOST_OF_FILE))
        except OSError as error:
            if error.errno in _REFUSALS:
                return False
            raise
        if not sent:
            raise self._truncated()
        self._left -= sent
        self.sent += sent
        return True

    def _truncated(self) -> FileTruncated:
        return FileTruncated(
            f"{shown(self._file)} had {self._size} bytes, and ends after {self._offset + self.sent}: it was truncated "
            f"while it was sent, of which {self._left} bytes are missing"
        )

    def settle(self) -> None:
        """Have the next read of the file begin behind what was sent."""
        if self._seeks:
            self._file.seek(self._offset + self.sent)


def _refuse_text(file: object) -> None:
    if isinstance(file, io.TextIOBase):
        raise TypeError(f"sendfile({shown(file)}) takes a file of bytes: open it in binary mode")


def _measured(file: object) -> tuple[int, int]:
    """Return the descriptor and size of a regular file that is read as it is; (-1, 0) for any other.

    That is one of ``open`` in binary mode. The descriptor of another class does not say what is read from it: that of
    a gzip.GzipFile is the compressed file's, and a subclass may read in its own way.
    """
    raw = cast("io.BufferedReader", file).raw if type(file) in _BUFFERED else file
    if not isinstance(raw, io.FileIO) or type(raw) is not io.FileIO or not raw.readable():
        return -1, 0
    descriptor = raw.fileno()
    status = os.fstat(descriptor)
    # A file of proc(5) says that it has no bytes, and some can be read all the same.
    return (descriptor, status.st_size) if stat.S_ISREG(status.st_mode) else (-1, 0)


def is_regular(file: object) -> bool:
    """Return whether a file is a regular one that is read as it is, so that the kernel may send it."""
    return _measured(file)[1] > 0


def takes_files(connection: socket.socket) -> bool:
    """Return whether the kernel may send a file over a connection: it is given what is sent as it is."""
    return sys.platform != "win32" and type(connection).send in _PLAIN_SENDS


def send_file(connection: socket.socket, descriptor: int, offset: int, count: int) -> int:
    """Have the kernel send a part of a file without waiting; returns how many bytes, 0 at the end of the file.

    Only for a connection that ``takes_files``. Raises BlockingIOError if the kernel takes nothing now, OSError if it
    cannot, or the connection is lost.
    """
    assert sys.platform != "win32"
    number = _fileno(connection)
    if not os.get_blocking(number):
        return os.sendfile(number, descriptor, offset, count)
    # No flag says it for one call. Whoever reads meanwhile, in another thread, knows such an EAGAIN (limited.py).
    os.set_blocking(number, False)
    try:
        return os.sendfile(number, descriptor, offset, count)
    finally:
        if _fileno(connection) == number:
            os.set_blocking(number, True)
            # What runs its coroutine may have made it non-blocking meanwhile: the object says so first, then the
            # kernel. We do it the other way round, so the last who tells the kernel says the right thing.
            if _gettimeout(connection) == 0:
                os.set_blocking(number, False)
