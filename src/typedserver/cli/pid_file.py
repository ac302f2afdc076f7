"""The file with the number of the process that serves.

The law: the file says which process serves. The new process of a hot restart writes its number when it serves, and a
process that ends removes the file only if it still has its own number. It knows processes by their numbers.
"""

import contextlib
import logging
import os
import stat
from pathlib import Path
from typing import Final

from typedserver.cli.accounts import Account
from typedserver.cli.mistakes import UsageError
from typedserver.endpoints.passed import predecessor

_log = logging.getLogger("typedserver")

# Whoever sends signals must read it; only its owner may write.
_MODE: Final = 0o644

# Bytes: no kernel has longer numbers.
_LONGEST: Final = 32

# Seconds by which clocks of files and of processes may differ (a clock tick, and the granularity of file times).
_CLOCKS: Final = 2.0


class PidFile:
    """The file at a path. ``place``: absolute, because the program may change its folder."""

    __slots__ = ("_path", "_place", "_successor")

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow a link
        # Asked now, because it is forgotten when this process takes over.
        self._successor = predecessor()

    @property
    def waits(self) -> bool:
        """Whether another process serves still, which this one takes over from."""
        return self._successor is not None

    def check(self) -> None:
        """Raise UsageError if a process that serves has written it, or if it cannot be written."""
        try:
            found = self._place.lstat()
        except FileNotFoundError:
            folder = self._place.parent
            if not folder.is_dir():
                raise UsageError(f"--pid-file {self._path}: there is no folder {folder}: make it") from None
            return
        except OSError as error:
            raise UsageError(f"--pid-file {self._path}: {error.strerror}") from error
        if not stat.S_ISREG(found.st_mode):
            raise UsageError(f"--pid-file {self._path}: that is no plain file: choose another path")
        pid = self._read()
        if pid is not None and pid not in (os.getpid(), self._successor) and _runs_since(pid, found.st_mtime):
            raise UsageError(
                f"--pid-file {self._path}: process {pid} has written it and runs: stop that, or choose another path"
            )

    def write(self, account: Account | None = None) -> None:
        """Write this process's number; ``account``: whose file it becomes. Raises UsageError if that fails."""
        try:
            # In place, and not by a new file: the user that the process has become may not make one there.
            fd = os.open(self._place, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, _MODE)
            try:
                self._check_that_it_is_ours(os.fstat(fd))
                if account is not None:
                    os.fchown(fd, account.uid, account.gid)
                text = f"{os.getpid()}\n".encode()
                os.write(fd, text)
                os.ftruncate(fd, len(text))
            finally:
                os.close(fd)
        except OSError as error:
            raise UsageError(f"--pid-file {self._path}: {error.strerror}: choose a path that can be written") from error

    def _check_that_it_is_ours(self, found: os.stat_result) -> None:
        # Somebody else may have made a link to a file of root's meanwhile, if the folder is everybody's.
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            raise UsageError(f"--pid-file {self._path}: that is no plain file of one name: choose another path")

    def remove(self) -> None:
        """Remove it, unless another process has written it meanwhile."""
        if self._read() != os.getpid():
            return
        try:
            self._place.unlink()
        except OSError as error:
            # Emptied, it names nobody.
            with contextlib.suppress(OSError):
                os.truncate(self._place, 0)
            _log.warning("the pid file %s stays, and is empty: %s", self._path, error.strerror)

    def _read(self) -> int | None:
        try:
            with self._place.open("rb") as file:
                text = file.read(_LONGEST).strip()
        except OSError:
            return None
        return int(text) if text.isdigit() else None


def _runs_since(pid: int, written: float) -> bool:
    """Whether a process runs that was there when the file was written; the number may be another one's by now."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    started = _start_of(pid)
    return started is None or started < written + _CLOCKS


def _start_of(pid: int) -> float | None:
    """Return when a process has started, in seconds since 1970; None if the system does not say (proc(5), stat)."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        # Behind the name, which may have any letters.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        lines = Path("/proc/stat").read_text(encoding="utf-8").splitlines()
        boot = next(int(line.split()[1]) for line in lines if line.startswith("btime "))
        return boot + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return None
