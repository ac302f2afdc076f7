"""The file of a Unix socket: it is made with its rights, never taken from a live server, and removed by its owner.

The law: a live socket is the lock on its own file. No server replaces the file of a socket that takes connections, so
its owner removes it while the socket lives, and needs no lock, no descriptor and no wait for that; so a drain may do it
in the loop's thread. Servers that start at once on one path do need a lock, and get one of their own: a folder's lock
(flock) is the folder's owner's, as systemd-tmpfiles asks for it.

The file never has wider rights than its mode. Only the socket that has made a file removes it, in whichever process
closes that for good: the one that has bound it may have gone, as a daemon's. Internal to the endpoints; ``unix.py``
holds the recipes.
"""

import contextlib
import errno
import logging
import os
import socket
import stat
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Final

if sys.platform != "win32":
    import fcntl

_log = logging.getLogger("typedserver")

# Seconds to wait for another server that starts on the same path. Binding takes microseconds, so one that holds the
# lock for longer was stopped, and must not keep this one from starting.
_LOCK_TIMEOUT: Final = 1.0

# Seconds between two attempts at the lock.
_LOCK_RETRY: Final = 0.01


@dataclass(frozen=True, slots=True)
class OwnFile:
    """The file of a socket of this process.

    path: absolute, and without links to folders: the working directory may change before the file is removed, and a
    link may be turned to another release. device, inode: identify the file (stat(2)); the kernel gives the number to no
    other file while the socket is open.
    """

    path: str
    device: int
    inode: int

    @staticmethod
    def found_at(path: str) -> "OwnFile":
        """Describe the file that is at a path now, as one of this process."""
        found = os.lstat(path)
        return OwnFile(place_of(path), found.st_dev, found.st_ino)

    def is_at(self, path: str) -> bool:
        """Return whether a path leads to this very file."""
        with contextlib.suppress(OSError):
            return self._is(os.lstat(path))
        return False

    def check_that_it_is_at(self, path: str) -> None:
        """Raise OSError (EADDRINUSE) if another server has put its file there, as one without the lock may do."""
        if not self.is_at(path):
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))

    def _is(self, found: os.stat_result) -> bool:
        return (found.st_dev, found.st_ino) == (self.device, self.inode)

    def remove(self) -> bool:
        """Remove it, unless it is gone, or another file has its name; returns whether it did.

        Must be called while its socket is open, because only then no server that starts takes the file for a dead one
        and puts its own in the place. Raises OSError if the file stays.
        """
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            if self._is(os.lstat(self.path)):
                os.unlink(self.path)  # noqa: PTH108 - a str in
                return True
        return False


def place_of(path: str) -> str:
    """Return the absolute path of a file, without links to folders; the file itself may be a link."""
    folder, name = os.path.split(path)
    return os.path.join(os.path.realpath(folder or "."), name)  # noqa: PTH118 - a str in, a str out


# By the descriptor of its socket, because a successor must remove the file instead of this process.
_files: Final[dict[int, OwnFile]] = {}


def adopt_file(fd: int, file: OwnFile) -> Callable[[], bool]:
    """Note the file of a socket; returns a function that removes it as ``OwnFile.remove`` does."""
    _files[fd] = file
    root = _root()

    def remove() -> bool:
        _files.pop(fd, None)
        if _root() != root:
            # There the path leads elsewhere, or nowhere, which does not mean that the file has gone.
            raise OSError(errno.EXDEV, "this process has another root directory by now")
        return file.remove()

    return remove


def _root() -> tuple[int, int]:
    """Identify the root directory, which a program may change (chroot(2))."""
    found = os.stat("/")  # noqa: PTH116 - the same for a Path
    return found.st_dev, found.st_ino


def file_of(fd: int) -> OwnFile | None:
    """Return the file that this process has made for a socket, even if it is gone by now; None if it made none."""
    return _files.get(fd)


@dataclass(frozen=True, slots=True)
class Rights:
    """Who may use a file: its mode, and the number of the group that this is about; None: as the kernel chooses."""

    mode: int
    gid: int | None = None

    @property
    def at_first(self) -> int:
        """The mode of a file that has another group as yet, which must not profit of that."""
        return self.mode if self.gid is None else self.mode & ~stat.S_IRWXG

    def grant(self, path: str) -> None:
        """Give a file its group, then its mode; raises OSError (EPERM) if this process may not."""
        if self.gid is not None:
            os.chown(path, -1, self.gid, follow_symlinks=False)
        os.chmod(path, self.mode)  # noqa: PTH101 - a str in


def bind_file(made: socket.socket, path: str, rights: Rights, activate: Callable[[], object]) -> Callable[[], bool]:
    """Bind a socket to a path with these rights, and activate it; returns a function that removes the file.

    That function returns whether it did, and raises OSError if the file stays. Raises OSError, and leaves no file, if
    the path is not free: EADDRINUSE if a live socket has it, EEXIST if a file that is no socket has it.
    """
    with _start_lock(path):
        _clear_the_way(path, made.type)
        _bind_with_rights(made, path, rights)
        own = OwnFile.found_at(path)
        try:
            # Rights only ever grow: this adds what the umask took, and those of the group.
            rights.grant(path)
            activate()
            own.check_that_it_is_at(path)
        except BaseException:
            with contextlib.suppress(OSError):
                own.remove()
            raise
    return adopt_file(made.fileno(), own)


@contextlib.contextmanager
def _start_lock(path: str) -> Generator[None, None, None]:
    """Have servers that start on one path at once bind one after the other; leaves no file behind.

    A socket that is bound and does not listen yet looks dead, as one does that nobody serves any more. If the lock
    cannot be had, the path is bound without it: what it guards against is rare, and bind(2) asks for no lock.
    """
    if sys.platform == "win32":
        yield
        return
    folder, name = os.path.split(path)
    lock = os.path.join(folder, f".{name}.typedserver")  # noqa: PTH118 - a str in, a str out
    held = _hold(lock)
    try:
        yield
    finally:
        if held is not None:
            # In this order: whoever waits for this file finds that it is gone, and makes a new one. If it cannot be
            # removed, the next start on the path uses it.
            with contextlib.suppress(OSError):
                os.unlink(lock)  # noqa: PTH108 - a str in
            # Closing is not enough: if another thread forks meanwhile, the child's copy would hold the lock.
            fcntl.flock(held, fcntl.LOCK_UN)
            os.close(held)


def _hold(lock: str) -> int | None:
    """Lock a file that is made for this; returns its descriptor, None if the lock could not be had in time."""
    deadline = time.monotonic() + _LOCK_TIMEOUT
    while True:
        try:
            held = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError:
            # If no file can be made there, the bind fails by the same reason, and reports it.
            return None
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(held), os.lstat(lock)):
                    return held
        except BlockingIOError:
            pass
        except BaseException:
            os.close(held)
            raise
        os.close(held)
        if time.monotonic() > deadline:
            _log.warning("another program holds %r for longer than a start takes: the socket is bound without it", lock)
            return None
        time.sleep(_LOCK_RETRY)


def _clear_the_way(path: str, kind: socket.SocketKind) -> None:
    """Remove a socket that no process serves; raises OSError if another file has the name. The lock is held."""
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


def _bind_with_rights(made: socket.socket, path: str, rights: Rights) -> None:
    """Bind a socket; its file has at no moment more than these rights."""
    if sys.platform == "linux":
        # The file gets the rights of the socket's own inode, less the umask (net/unix/af_unix.c, unix_bind).
        os.fchmod(made.fileno(), rights.at_first)
        made.bind(path)
    else:
        # On other systems fchmod does not reach the file, so it is bound in a private folder first.
        import tempfile  # noqa: PLC0415 - with all that it imports, each fork would cost a third more
        from pathlib import Path  # noqa: PLC0415 - the same

        with tempfile.TemporaryDirectory(dir=os.path.dirname(path) or ".", prefix=".ts") as private:  # noqa: PTH120
            hidden = Path(private, "s")
            made.bind(str(hidden))
            rights.grant(str(hidden))
            hidden.rename(path)
