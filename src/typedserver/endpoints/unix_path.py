"""The file of a Unix socket: it is made with its rights, never taken from a live server, and removed by its owner.

A path is bound under a lock on its folder: if two servers start at once, one binds, and the other finds it alive. The
file never has wider rights than its mode. Only the process and the socket that have made a file remove it. Internal to
the endpoints; ``unix.py`` holds the recipes.
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

# Seconds to wait for a folder's lock. Binding takes microseconds, so another program that holds it for longer will not
# release it.
_LOCK_TIMEOUT: Final = 5.0

# Seconds between two attempts at the lock.
_LOCK_RETRY: Final = 0.01


@dataclass(frozen=True, slots=True)
class OwnFile:
    """The file of a socket of this process.

    path: absolute, because the working directory may change before the file is removed.
    device, inode: identify the file (stat(2)). pid: the process that removes it.
    """

    path: str
    device: int
    inode: int
    pid: int

    @staticmethod
    def found_at(path: str) -> "OwnFile":
        """Describe the file that is at a path now, as one of this process."""
        found = os.lstat(path)
        return OwnFile(os.path.abspath(path), found.st_dev, found.st_ino, os.getpid())  # noqa: PTH100 - a str in

    def is_at(self, path: str) -> bool:
        """Return whether a path leads to this very file."""
        with contextlib.suppress(OSError):
            found = os.lstat(path)
            return (found.st_dev, found.st_ino) == (self.device, self.inode)
        return False

    def unlink(self) -> None:
        """Remove it, unless it belongs to a parent, or another file has its name. The folder must be locked."""
        with contextlib.suppress(OSError):
            if os.getpid() == self.pid and self.is_at(self.path):
                os.unlink(self.path)  # noqa: PTH108 - a str in

    def remove(self) -> None:
        """Lock the folder, and remove the file as ``unlink`` does; the file stays if the lock cannot be taken."""
        with contextlib.suppress(OSError), _folder_locked(self.path):
            self.unlink()


# By the descriptor of its socket, because a successor must remove the file instead of this process.
_files: Final[dict[int, OwnFile]] = {}


def adopt_file(fd: int, file: OwnFile) -> Callable[[], None]:
    """Note the file of a socket; returns a function that removes it, unless another file has its name by then."""
    _files[fd] = file

    def remove() -> None:
        _files.pop(fd, None)
        file.remove()

    return remove


def file_of(fd: int) -> OwnFile | None:
    """Return the file that this process must remove for a socket; None if there is none."""
    file = _files.get(fd)
    return file if file is not None and file.pid == os.getpid() and file.is_at(file.path) else None


def bind_file(made: socket.socket, path: str, mode: int, activate: Callable[[], object]) -> Callable[[], None]:
    """Bind a socket to a path with these rights, and activate it; returns a function that removes the file.

    Raises OSError, and leaves no file, if the path is not free: EADDRINUSE if a live socket has it, EEXIST if a file
    that is no socket has it, ETIMEDOUT if another program holds the folder's lock.
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
    """Keep other servers from binding or removing a path in the same folder; leaves no lock file behind."""
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
            # Closing is not enough: if another thread forks meanwhile, the child's copy would hold the lock.
            fcntl.flock(folder, fcntl.LOCK_UN)
    finally:
        os.close(folder)


def _clear_the_way(path: str, kind: socket.SocketKind) -> None:
    """Remove a socket that no process serves; raises OSError if another file has the name. The folder is locked."""
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
    """Return whether a live socket is bound to the path: only a dead one refuses connections (connect(2))."""
    with socket.socket(socket.AF_UNIX, kind) as probe:
        # A blocking probe would wait if the queue of a live server is full.
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
        # The file gets the rights of the socket's own inode, less the umask (net/unix/af_unix.c, unix_bind).
        os.fchmod(made.fileno(), mode)
        made.bind(path)
        # This adds what the umask took, so that rights only ever grow up to the mode.
        os.chmod(path, mode)  # noqa: PTH101 - a str in
    else:
        # On other systems fchmod does not reach the file, so it is bound in a private folder first.
        import tempfile  # noqa: PLC0415 - with all that it imports, each fork would cost a third more
        from pathlib import Path  # noqa: PLC0415 - the same

        with tempfile.TemporaryDirectory(dir=os.path.dirname(path) or ".", prefix=".ts") as private:  # noqa: PTH120
            hidden = Path(private, "s")
            made.bind(str(hidden))
            hidden.chmod(mode)
            hidden.rename(path)
