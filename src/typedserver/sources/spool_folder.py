"""The folders of a spool: how a file is claimed, put aside and found again, by renames alone.

``NAME`` in the spool's folder is a new file. In ``.claimed/OWNER/DUE-ATTEMPT-UNIQUE/NAME`` it is a process's that works
on it, in ``.waiting/DUE-ATTEMPT-UNIQUE/NAME`` it waits for its next attempt, which is due at a time in milliseconds.
Each owner holds a lock on ``.claimed/OWNER.lock`` (flock(2)): the kernel gives that up when the process and its
children have ended, however that was. Nothing here knows listeners or handlers.
"""

import contextlib
import errno
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CLAIMED: Final = ".claimed"
WAITING: Final = ".waiting"
FAILED: Final = "failed"
DONE: Final = "done"

_MILLISECONDS: Final = 1000

# Bytes of a name, which Linux and nearly all file systems take (NAME_MAX).
_LONGEST_NAME: Final = 255

# Digits of a time in milliseconds, so that names sort by it; enough until the year 2286.
_DIGITS: Final = 13


@dataclass(frozen=True, slots=True)
class Entry:
    """What the name of an entry says: ``DUE-ATTEMPT-UNIQUE``.

    due: when its next attempt is due, by time.time. attempt: the number of that attempt, from 1.
    """

    due: float
    attempt: int

    def name(self) -> str:
        """Return a name that no other entry has."""
        return f"{int(self.due * _MILLISECONDS):0{_DIGITS}}-{self.attempt}-{secrets.token_hex(4)}"

    @classmethod
    def of(cls, name: str) -> "Entry | None":
        """Read a name; None if it is no entry's."""
        parts = name.split("-")
        try:
            due, attempt, _ = parts
            return cls(int(due) / _MILLISECONDS, int(attempt))
        except ValueError:
            return None


class Lock:
    """The lock of an owner: held as long as its file is open in this process, or in a child of it.

    path: its file.
    """

    __slots__ = ("_fd", "path")

    def __init__(self, path: Path, fd: int) -> None:
        self.path: Path = path
        self._fd = fd

    @classmethod
    def make(cls, path: Path) -> "Lock":
        """Make a new lock file that is locked from the moment that it has its name."""
        import fcntl  # noqa: PLC0415 - Windows has none, and no spool

        hidden = path.with_suffix(".new")
        fd = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(fd, fcntl.LOCK_EX)
        hidden.rename(path)
        return cls(path, fd)

    @classmethod
    def of_dead(cls, path: Path) -> "Lock | None":
        """Take the lock of an owner that has ended; None if it lives, or somebody else has taken it."""
        import fcntl  # noqa: PLC0415 - as above

        try:
            fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(fd)
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                return None
            raise
        return cls(path, fd)

    def close(self, *, remove: bool) -> None:
        """Give up the lock; remove its file before, if nobody need look for it."""
        if remove:
            self.path.unlink(missing_ok=True)
        os.close(self._fd)


def entries_of(folder: Path) -> Iterator[tuple[Path, Entry, Path | None]]:
    """Yield each entry of a folder by name: its folder, what its name says, and its file (None if it has none left)."""
    for name in sorted(_names_of(folder)):
        entry = Entry.of(name)
        if entry is not None:
            files = _names_of(folder / name)
            yield folder / name, entry, folder / name / files[0] if files else None


def _names_of(folder: Path) -> list[str]:
    try:
        return [each.name for each in folder.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []


class SpoolFolder:
    """One process's claims in a spool's folder.

    folder: the spool's; its subfolders are made as they are needed.

    Raises OSError if it cannot be written.
    """

    __slots__ = ("_lock", "_own", "folder")

    def __init__(self, folder: Path) -> None:
        self.folder: Path = folder
        owner = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._own = folder / CLAIMED / owner
        for subfolder in (CLAIMED, WAITING):
            (folder / subfolder).mkdir(exist_ok=True)
        self._lock = Lock.make(folder / CLAIMED / f"{owner}.lock")
        self._own.mkdir()

    @property
    def is_there(self) -> bool:
        """Whether all is there that claims need: somebody may have removed it, with the folder or by itself."""
        return self._own.is_dir() and self._lock.path.exists() and (self.folder / WAITING).is_dir()

    def claim_new(self, name: str) -> Path | None:
        """Claim a new file; returns where it is from then on, None if somebody else has claimed it."""
        # Of the names that were seen together, others may have claimed thousands: a look at each is ten times cheaper.
        if not (self.folder / name).exists():
            return None
        entry = self._own / Entry(0, 1).name()
        entry.mkdir()
        try:
            (self.folder / name).rename(entry / name)
        except OSError as error:
            _remove_entry(entry)
            if isinstance(error, FileNotFoundError):
                return None
            raise
        return entry / name

    def claim_waiting(self, entry: Path, file: Path) -> Path | None:
        """Claim a file that waits and is due; returns where it is from then on, None if somebody else has it."""
        try:
            entry.rename(self._own / entry.name)
        except FileNotFoundError:
            return None
        return self._own / entry.name / file.name

    def clear(self, entry: Path) -> None:
        """Remove an entry that has no file, because its handler has moved that."""
        _remove_entry(entry)

    def waiting(self) -> Iterator[tuple[Path, Entry, Path | None]]:
        """Yield what waits, what is due first first."""
        return entries_of(self.folder / WAITING)

    def remove(self, file: Path) -> None:
        """Delete a claimed file; the handler may have done that."""
        file.unlink(missing_ok=True)
        _remove_entry(file.parent)

    def move(self, file: Path, subfolder: str) -> Path:
        """Move a claimed file into a subfolder, where it gets a number if its name is taken; returns where it is."""
        target = self.folder / subfolder
        target.mkdir(exist_ok=True)
        moved = _move(file, target)
        _remove_entry(file.parent)
        return moved

    def put_aside(self, file: Path, due: float, attempt: int) -> None:
        """Have a claimed file wait until a time for an attempt of this number."""
        _put_aside(self.folder, file.parent, Entry(due, attempt))

    def find_dead(self) -> Iterator[tuple[Path, int, Path]]:
        """Claim what processes have left that ended; yields each file, the number of its attempt, and its owner."""
        for name in sorted(_names_of(self.folder / CLAIMED)):
            path = self.folder / CLAIMED / name
            if path.suffix != ".lock" or path == self._lock.path or (lock := Lock.of_dead(path)) is None:
                continue
            try:
                for entry, said, file in entries_of(path.with_suffix("")):
                    if file is None:
                        _remove_entry(entry)
                    elif (claimed := self.claim_waiting(entry, file)) is not None:
                        yield claimed, said.attempt, path
                with contextlib.suppress(OSError):
                    path.with_suffix("").rmdir()
            finally:
                lock.close(remove=not path.with_suffix("").exists())

    def close(self) -> None:
        """Give up the lock; what is still claimed is found by the others."""
        with contextlib.suppress(OSError):
            self._own.rmdir()
        # Without the file nobody would look for what is left.
        self._lock.close(remove=not self._own.exists())


def _put_aside(folder: Path, entry: Path, said: Entry) -> None:
    entry.rename(folder / WAITING / said.name())


def _remove_entry(entry: Path) -> None:
    # What a handler has left beside its file stays, and so does its folder.
    with contextlib.suppress(OSError):
        entry.rmdir()


def _move(file: Path, folder: Path) -> Path:
    number = 0
    while True:
        target = folder / (_numbered(file, number) if number else file.name)
        try:
            # A link and not a rename, which would replace a file of the same name.
            os.link(file, target)
        except FileExistsError:
            # A process that was killed in the midst of this has left both names.
            if not _are_one(file, target):
                number += 1
                continue
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS):
                raise
            # A file system without links: the names of what comes at the same moment are not told apart.
            if target.exists():
                number += 1
                continue
            file.rename(target)
            return target
        file.unlink()
        return target


def _numbered(file: Path, number: int) -> str:
    name = f"{file.stem}.{number}{file.suffix}"
    kept = file.name
    while len(os.fsencode(name)) > _LONGEST_NAME:
        # By characters: half of one could be written to no log.
        kept = kept[:-1]
        name = f"{kept}.{number}"
    return name


def _are_one(file: Path, other: Path) -> bool:
    try:
        return file.samefile(other)
    except FileNotFoundError:
        return False


def now() -> float:
    """Return the time by which entries are due: that of the system, because several processes have it in common."""
    return time.time()
