"""Unix sockets: connections and datagrams within the machine, and the care of their files.

A path is bound under a lock on its folder: of two servers that start at once one binds and the other sees it live. The
file never has wider rights than the recipe says, and is removed by the process and the socket that made it, alone.
"""

import contextlib
import errno
import os
import socket
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from typedserver.config import check_at_least, check_positive, recipe_repr
from typedserver.endpoints.base import DatagramListener, StreamListener
from typedserver.endpoints.inet import check_backlog
from typedserver.errors import ListenError, RecipeError
from typedserver.protocols import DatagramRequest, Endpoint, StreamRequest, UnixAddress
from typedserver.sockets import unix_address

# Only its owner may connect, unless told otherwise.
DEFAULT_MODE: Final = 0o600

_ALL_RIGHTS: Final = 0o777

# sun_path with its closing NUL (unix(7); 104 on BSD and macOS).
_MAX_PATH: Final = 108 if sys.platform == "linux" else 104

# Unix datagrams may be as long as the sender's buffer (net.core.wmem_default, 208 KiB): by default none is refused.
MAX_PACKET_SIZE: Final = 256 * 1024

# As for UDP. A Unix peer's queue holds ten datagrams (net.unix.max_dgram_qlen), so a burst does wait here.
SEND_TIMEOUT: Final = 0.1

# Binding takes microseconds; who waits longer for the folder's lock waits for a program that will not give it back.
_LOCK_TIMEOUT: Final = 5.0
_LOCK_RETRY: Final = 0.01


@dataclass(frozen=True, slots=True, repr=False)
class UnixStream:
    r"""Listen for connections on a Unix socket (unix(7)).

    path: a file system path, or ``"\0name"`` for an abstract name (Linux), which has no file and no rights.
    mode: the rights of the file; connecting needs the right to write.
    backlog: how many connections may wait to be accepted.

    A socket that another process serves is never taken over, one that nobody serves is replaced. Closing the listener
    removes the file if it is still its own.

    Raises RecipeError for values that can not work; ``listen`` raises ListenError.
    """

    path: str
    mode: int = DEFAULT_MODE
    backlog: int = socket.SOMAXCONN

    def __post_init__(self) -> None:
        _check_unix("UnixStream", self.path, self.mode)
        check_backlog("UnixStream", self.backlog)

    def listen(self) -> StreamListener[UnixAddress]:
        """Open a listener; raises ListenError where the path can not be had."""
        bound, remove = _bind(self, self.path, self.mode, socket.SOCK_STREAM, lambda made: made.listen(self.backlog))
        return StreamListener(bound, unix_address, remove)

    __repr__ = recipe_repr


@dataclass(frozen=True, slots=True, repr=False)
class UnixDatagram:
    """Receive datagrams on a Unix socket (unix(7)).

    path, mode: as for UnixStream; sending needs the right to write.
    max_packet_size: the longest datagram in bytes; a longer one is refused with a line in the log, never cut.
    send_timeout: seconds that a reply may wait for a peer whose queue is full before it is dropped.

    A peer that bound no name has the address ``""`` and can not be answered.

    Raises RecipeError for values that can not work; ``listen`` raises ListenError.
    """

    path: str
    mode: int = DEFAULT_MODE
    max_packet_size: int = MAX_PACKET_SIZE
    send_timeout: float = SEND_TIMEOUT

    def __post_init__(self) -> None:
        _check_unix("UnixDatagram", self.path, self.mode)
        check_at_least("UnixDatagram", "max_packet_size", self.max_packet_size, 1, "give the longest datagram in bytes")
        check_positive("UnixDatagram", "send_timeout", self.send_timeout, "give the seconds that a reply may wait")

    def listen(self) -> DatagramListener[UnixAddress]:
        """Open a listener; raises ListenError where the path can not be had."""
        bound, remove = _bind(self, self.path, self.mode, socket.SOCK_DGRAM, lambda _made: None)
        return DatagramListener(
            bound,
            unix_address,
            max_packet_size=self.max_packet_size,
            send_timeout=self.send_timeout,
            on_close=remove,
        )

    __repr__ = recipe_repr


_stream_conforms: type[Endpoint[StreamRequest, UnixAddress]] = UnixStream
_datagram_conforms: type[Endpoint[DatagramRequest, UnixAddress]] = UnixDatagram


def _check_unix(recipe: str, path: object, mode: int) -> None:
    if not isinstance(path, str) or not path:
        raise RecipeError(f"{recipe}(path={path!r}) must be a str with a path, or '\\0name' for an abstract name")
    length = len(os.fsencode(path)) + 1
    if length > _MAX_PATH:
        raise RecipeError(
            f"{recipe}(path={path!r}) is {length - _MAX_PATH} bytes too long: the kernel takes {_MAX_PATH - 1} "
            "(unix(7)); use a shorter folder, or a path relative to the working directory"
        )
    if not 0 <= mode <= _ALL_RIGHTS:
        raise RecipeError(f"{recipe}(mode={mode!r}) must be rights from 0o000 to 0o777")


def _bind(
    recipe: object, path: str, mode: int, kind: socket.SocketKind, activate: Callable[[socket.socket], object]
) -> tuple[socket.socket, Callable[[], None] | None]:
    """Bind and activate a socket; returns it with what removes its file, None for an abstract name."""
    made = socket.socket(socket.AF_UNIX, kind)
    try:
        if path.startswith("\0"):
            made.bind(path)
            activate(made)
            return made, None
        with _folder_locked(path):
            _clear_the_way(path, kind)
            identity = _bind_file(made, path, mode)
            activate(made)
        return made, lambda: _remove_own(path, identity)
    except OSError as error:
        made.close()
        raise _refusal(recipe, path, error) from error


def _refusal(recipe: object, path: str, error: OSError) -> ListenError:
    folder = os.path.dirname(path) or "."  # noqa: PTH120 - a str in, a str out
    remedies = {
        errno.EADDRINUSE: "another process serves it: stop that one, or choose another path",
        errno.ENOENT: f"the folder {folder!r} does not exist: make it first",
        errno.ENOTDIR: f"{folder!r} is no folder: choose another path",
        errno.EACCES: f"the folder {folder!r} can not be written to: choose another, or change its rights",
        errno.EROFS: "the file system is read-only: choose another path",
        errno.EEXIST: "a file that is no socket has that name, and is not ours to remove: choose another path",
        errno.ETIMEDOUT: f"another program holds a lock on {folder!r}: choose another folder",
    }
    remedy = remedies.get(error.errno or 0, "see unix(7)")
    return ListenError(f"{recipe!r} can not listen: {error.strerror}; {remedy}", error.errno)


@contextlib.contextmanager
def _folder_locked(path: str) -> Generator[None, None, None]:
    """Hold off other servers that bind or remove a path in the same folder; leaves no lock file behind."""
    if sys.platform == "win32":
        yield
        return
    import fcntl  # noqa: PLC0415 - POSIX only

    folder = os.open(os.path.dirname(path) or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)  # noqa: PTH120
    try:
        deadline = time.monotonic() + _LOCK_TIMEOUT
        while True:
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise OSError(errno.ETIMEDOUT, "the folder is locked") from None
                time.sleep(_LOCK_RETRY)
        yield
    finally:
        os.close(folder)


def _clear_the_way(path: str, kind: socket.SocketKind) -> None:
    """Remove a socket that nobody serves; raises where something else has the name. The folder is locked."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise OSError(errno.EEXIST, "the file exists and is no socket")
    if _is_served(path, kind):
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
    os.unlink(path)  # noqa: PTH108 - a str in


def _is_served(path: str, kind: socket.SocketKind) -> bool:
    """Ask the kernel whether a socket is bound to the path: only a dead one refuses (connect(2))."""
    with socket.socket(socket.AF_UNIX, kind) as probe:
        # A server whose queue is full would make a blocking probe wait; it is alive all the same.
        probe.setblocking(False)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            return False
        except OSError:
            return True
        return True


def _bind_file(made: socket.socket, path: str, mode: int) -> tuple[int, int]:
    """Bind with the rights that the recipe says, from the first moment; returns the file's device and inode."""
    if sys.platform == "linux":
        # The file takes the rights of the socket's own inode, less the umask (net/unix/af_unix.c, unix_bind).
        os.fchmod(made.fileno(), mode)
        made.bind(path)
        # What the umask took is given back: rights only ever grow up to the mode.
        os.chmod(path, mode)  # noqa: PTH101 - a str in
    else:
        # Elsewhere fchmod does not reach the file: it is bound in a folder of its own, which nobody else may enter.
        with tempfile.TemporaryDirectory(dir=os.path.dirname(path) or ".", prefix=".ts") as private:  # noqa: PTH120
            hidden = Path(private, "s")
            made.bind(str(hidden))
            hidden.chmod(mode)
            hidden.rename(path)
    found = os.lstat(path)
    return found.st_dev, found.st_ino


def _remove_own(path: str, identity: tuple[int, int]) -> None:
    """Remove the file if it is still the one that was bound; somebody else's of the same name stays."""
    with contextlib.suppress(OSError), _folder_locked(path):
        found = os.lstat(path)
        if (found.st_dev, found.st_ino) == identity:
            os.unlink(path)  # noqa: PTH108 - a str in
