"""A share in something that several processes have by fork: which of them use it, and whether one is the last.

The kernel keeps the account, in locks on a file without a name (fcntl(2), F_SETLK): a process has its locks for itself,
a fork does not hand them on, and the end of a process, of whatever kind, gives them up. It knows a file and processes,
nothing of what they share.
"""

import contextlib
import os
import select
import sys
import time
from threading import get_ident
from typing import Final

if sys.platform != "win32":
    # At once, as all that is needed later: the program may go to another root, or give up its rights.
    import fcntl

# The bytes of the file that are locked: by who uses the thing, and by who has it and may use it yet.
_USES: Final = 0
_HAS: Final = 1

# Seconds that a child may take from its fork until it runs: a thousandth is plenty, unless the machine is overloaded.
_BIRTH: Final = 1.0


# A type checker knows the platform; the call is also missing if Python was built for an old kernel.
if sys.platform == "linux" and hasattr(os, "memfd_create"):

    def make_file() -> int:
        """Make a file without a name, and return its descriptor; raises OSError if none is left."""
        return os.memfd_create("typedserver share")

else:
    import tempfile

    def make_file() -> int:
        """Make a file without a name, and return its descriptor; raises OSError if none is left."""
        with tempfile.TemporaryFile() as file:
            return os.dup(file.fileno())


class Share:
    """What this process knows of those that have the same thing; made before the first fork that hands it on.

    Raises OSError if no descriptor is left.
    """

    __slots__ = ("_births", "_fd", "_file", "_unborn")

    def __init__(self) -> None:
        # A pipe for each fork: its writing end is closed in the child once that has its lock, or has ended. By thread,
        # while the thread forks; then the reading ends alone.
        self._births: dict[int, tuple[int, int]] = {}
        self._unborn: list[int] = []
        self._file: tuple[int, int] | None = None
        self._fd = -1
        self._fd = make_file()
        found = os.fstat(self._fd)
        self._file = found.st_dev, found.st_ino

    def hold(self) -> None:
        """Have the thing, without using it."""
        self._lock(fcntl.LOCK_SH | fcntl.LOCK_NB, _HAS)

    # Around a fork

    def before_fork(self) -> None:
        """In the parent: prepare to know when the child has the thing."""
        self._forget_born()
        with contextlib.suppress(OSError):
            # Without descriptors a parent that closes at once may take itself for the last one.
            self._births[get_ident()] = os.pipe()

    def after_fork(self) -> None:
        """In the parent."""
        birth = self._births.pop(get_ident(), None)
        if birth is not None:
            os.close(birth[1])
            self._unborn.append(birth[0])

    def enter_child(self) -> None:
        """In the child: have the thing as well."""
        self.hold()
        for ends in self._births.values():
            for end in ends:
                os.close(end)
        for end in self._unborn:
            os.close(end)
        self._births, self._unborn = {}, []

    def _forget_born(self, until: float = 0.0) -> None:
        """Forget the children that have begun to run; waits for that until a point in time."""
        for end in list(self._unborn):
            born = select.poll()
            born.register(end, select.POLLIN)
            if born.poll(max(0.0, until - time.monotonic()) * 1000):
                os.close(end)
                self._unborn.remove(end)

    # Using it

    def begin_use(self) -> bool:
        """Use it from now on; returns False if it was ended by the last process that did."""
        return self._lock(fcntl.LOCK_SH | fcntl.LOCK_NB, _USES) and not (self._is_open() and os.pread(self._fd, 1, 0))

    def end_use(self) -> None:
        """Use it no more."""
        self._lock(fcntl.LOCK_UN, _USES)

    def is_unused(self) -> bool:
        """Use it no more, and return whether no other process does; if so, none can begin while this one goes on."""
        # First given up, then asked: of several that end at once, at least one finds that it was the last.
        self.end_use()
        return self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB, _USES)

    def is_nobodys(self) -> bool:
        """Return whether no other process uses it, or has it and may use it yet."""
        self._forget_born(time.monotonic() + _BIRTH)
        return self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB, _USES, count=2)

    def note_end(self) -> None:
        """Note that this process, the last that used it, has ended it for all."""
        if self._is_open():
            os.pwrite(self._fd, b"\1", 0)

    def close(self) -> None:
        """Have it no more."""
        self._forget_born()
        for end in self._unborn:
            os.close(end)
        self._unborn = []
        if self._is_open():
            os.close(self._fd)
        self._fd = -1

    def __del__(self) -> None:
        # Of a server that nobody has closed.
        self.close()

    def _lock(self, how: int, byte: int, count: int = 1) -> bool:
        """Take or give up a lock; returns False if another process has one that forbids it."""
        # Without the file nobody can be asked: whoever closes all descriptors, as daemons do, is on its own.
        if self._is_open():
            try:
                fcntl.lockf(self._fd, how, count, byte)
            except (BlockingIOError, PermissionError):
                return False
        return True

    def _is_open(self) -> bool:
        """Whether the descriptor is still the file's, and not another one's that the program has opened since."""
        try:
            found = os.fstat(self._fd)
        except OSError:
            return False
        return self._file == (found.st_dev, found.st_ino)
