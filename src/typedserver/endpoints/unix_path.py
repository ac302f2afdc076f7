"""The care of a Unix socket's file: made with its rights, never stolen, removed by whoever made it.

A path is bound under a lock on its folder: of two servers that start at once one binds and the other sees it live. The
file never has wider rights than it shall have, and is removed by the process and the socket that made it, alone.
Internal to the endpoints; ``unix.py`` holds the recipes.
"""

import contextlib
import errno
import os
import socket
import stat
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Final

# Binding takes microseconds; who waits longer for the folder's lock waits for a program that will not give it back.
_LOCK_TIMEOUT: Final = 5.0
_LOCK_RETRY: Final = 0.01


@dataclass(frozen=True, slots=True)
class OwnFile:
    """The file of a socket of this process: absolute, for the working directory may change before it is removed.

    pid: the process that removes it; device, inode: by which it is known again (stat(2)).
    """

    path: str
    device: int
    inode: int
    pid: int

    @staticmethod
    def found_at(path: str) -> "OwnFile":
        """Know again what is there now, as this process's."""
        found = os.lstat(path)
        return OwnFile(os.path.abspath(path), found.st_dev, found.st_ino, os.getpid())  # noqa: PTH100 - a str in

    def is_at(self, path: str) -> bool:
        """Whether a path leads to this very file."""
        with contextlib.suppress(OSError):
            found = os.lstat(path)
            return (found.st_dev, found.st_ino) == (self.device, self.inode)
        return False

    def unlink(self) -> None:
        """Remove it, unless it is another's: a parent's, or one that has taken its name. The folder is locked."""
        with contextlib.suppress(OSError):
            if os.getpid() == self.pid and self.is_at(self.path):
                os.unlink(self.path)  # noqa: PTH108 - a str in

    def remove(self) -> None:
        """Remove it as ``unlink`` does, under the folder's lock; where that can not be had it stays."""
        with contextlib.suppress(OSError), _folder_locked(self.path):
            self.unlink()


# By the descriptor of the socket, for a successor that is to remove it in place of this process.
_files: Final[dict[int, OwnFile]] = {}


def adopt_file(fd: int, file: OwnFile) -> Callable[[], None]:
    """Note the file of a socket; returns what removes it, if it is still its own."""
    _files[fd] = file

    def remove() -> None:
        _files.pop(fd, None)
        file.remove()

    return remove


def file_of(fd: int) -> OwnFile | None:
    """Return the file that a socket of this process has to remove; None where it has none, or it is another's now."""
    file = _files.get(fd)
    return file if file is not None and file.pid == os.getpid() and file.is_at(file.path) else None


def bind_file(made: socket.socket, path: str, mode: int, activate: Callable[[], object]) -> Callable[[], None]:
    """Bind a socket to a path with these rights and activate it; returns what removes the file, if it is still its own.

    Raises OSError where the path can not be had: EADDRINUSE for a live socket's, EEXIST for one of a file that is no
    socket, ETIMEDOUT where another program holds the folder's lock. Nothing is left behind then.
    """
    with _folder_locked(path):
        _clear_the_way(path, made.type)
        _bind_with_rights(made, path, mode)
        own = OwnFile.found_at(path)
        try:
            activate()
        except BaseException:
            own.unlink()
            raise
    return adopt_file(made.fileno(), own)


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
        try:
            yield
        finally:
            # Closing would do, unless another thread has forked meanwhile: the child's copy would hold the lock.
            fcntl.flock(folder, fcntl.LOCK_UN)
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


def _bind_with_rights(made: socket.socket, path: str, mode: int) -> None:
    if sys.platform == "linux":
        # The file takes the rights of the socket's own inode, less the umask (net/unix/af_unix.c, unix_bind).
        os.fchmod(made.fileno(), mode)
        made.bind(path)
        # What the umask took is given back: rights only ever grow up to the mode.
        os.chmod(path, mode)  # noqa: PTH101 - a str in
    else:
        # Elsewhere fchmod does not reach the file: it is bound in a folder of its own, which nobody else may enter.
        import tempfile  # noqa: PLC0415 - with all that it brings it makes each fork a third dearer
        from pathlib import Path  # noqa: PLC0415 - the same

        with tempfile.TemporaryDirectory(dir=os.path.dirname(path) or ".", prefix=".ts") as private:  # noqa: PTH120
            hidden = Path(private, "s")
            made.bind(str(hidden))
            hidden.chmod(mode)
            hidden.rename(path)
