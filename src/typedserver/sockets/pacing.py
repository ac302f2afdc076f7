"""Pacing: how many bytes may move now, and until when to pause otherwise, by rates in bytes a second.

A connection has a ``Pace`` for each direction, which alone decides that. A pace has up to two accounts: one of the
connection, and one that all connections of a server have in common. An account is one point in time: up to then, what
has moved is paid for by the rate. What was not used for ``BURST`` seconds is lost, so no more than that moves at once.

In the common account a place is reserved before the pause: whoever pauses is in a line with all others, and its share
is its own when its turn has come. A fast connection goes to the end of that line like any other.

It knows numbers, the clock, and calls that end a pause; no socket, nothing of threads that wait or of loops.
"""

import contextlib
import math
import os
import struct
import sys
import threading
import weakref
from collections.abc import Callable
from time import monotonic
from typing import Final, Self

from typedserver.process.share import make_file

if sys.platform != "win32":
    # At once, as all that is needed later: see ``process/share.py``.
    import fcntl

# Seconds of a rate that may move at once after an idle time: a fortieth of five seconds, and longer than a loaded
# machine wakes a thread or a loop too late. What is lost by that is lost for good.
BURST: Final = 1 / 8

# Seconds of a rate that move at once behind a pause. Less would wake a connection more often, more would move in
# coarser pieces.
SHARE: Final = 1 / 32

# Bytes that move at least for one place in the line of all connections, if its rate allows that: to take turns by less
# would cost more than the bytes.
_LEAST_SHARE: Final = 1024

_number = struct.Struct("@d")


def _burst(rate: float) -> float:
    # A whole byte at least, or nothing would ever move; and half a one more, because products are rounded down.
    return max(BURST, 1.5 / rate)


class Account:
    """Up to when the bytes of one connection are paid for, by its own rate. For one thread at a time."""

    __slots__ = ("_burst", "_paid", "_rate", "_share")

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._burst = _burst(rate)
        self._share = max(1, int(rate * SHARE))
        self._paid = monotonic() - self._burst

    def left(self, now: float) -> int:
        """Return how many bytes may move now."""
        return int((now - max(self._paid, now - self._burst)) * self._rate)

    def enough(self, size: int) -> int:
        """Return how many of so many bytes must be left, for it to be worth while to move them."""
        return min(size, self._share)

    def refill(self) -> float:
        """Return when a share will be left."""
        # Half a byte more, because the product of time and rate is rounded down.
        return self._paid + (self._share + 0.5) / self._rate

    def spend(self, now: float, count: int) -> None:
        """Note that so many bytes have moved."""
        self._paid = max(self._paid, now - self._burst) + count / self._rate


class CommonAccount:
    """The same for all connections of a server, in whatever thread or forked process they are served.

    Each fork makes it common to both processes, by a file without a name: a lock on that is given up by the kernel
    however its process ends.
    """

    __slots__ = ("__weakref__", "_burst", "_fd", "_least", "_lock", "_paid", "_rate")

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._burst = _burst(rate)
        self._least = max(1, min(_LEAST_SHARE, int(rate * SHARE)))
        self._paid = monotonic() - self._burst
        self._fd = -1
        # Held for a sum, or for a few calls of the kernel that do not wait for anything else.
        self._lock = threading.Lock()
        _common.add(self)

    def reserve(self, now: float, size: int) -> tuple[int, float]:
        """Reserve a place in the line for up to so many bytes; returns for how many, and when they may move."""
        # The longer the line is, the smaller the shares are. This half of what is missing to a full share has all who
        # are in the line get the same in the end: each looks at a line of the others' shares.
        fd = self._fd
        behind = max(0.0, (self._paid if fd < 0 else _read(fd)) - now)
        share = max(self._least, int((SHARE - behind) / 2 * self._rate))
        granted = min(size, share)
        return granted, self._advance(granted, now - self._burst)

    def spend(self, count: int) -> None:
        """Note that so many bytes have moved for which no place was reserved; less than none gives some back."""
        self._advance(count, -math.inf)

    def _advance(self, count: int, least: float) -> float:
        seconds = count / self._rate
        with self._lock:
            if self._fd < 0:
                self._paid = paid = max(self._paid, least) + seconds
                return paid
            fcntl.lockf(self._fd, fcntl.LOCK_EX)
            try:
                paid = max(_read(self._fd), least) + seconds
                os.pwrite(self._fd, _number.pack(paid), 0)
            finally:
                fcntl.lockf(self._fd, fcntl.LOCK_UN)
            return paid

    # Around a fork, whoever makes it

    def before_fork(self) -> None:
        """Have what is paid be where the child finds it too; the child's copy of the lock is this thread's."""
        self._lock.acquire()
        if self._fd < 0:
            # Without descriptors each process has its own account.
            with contextlib.suppress(OSError):
                self._fd = make_file()
                os.pwrite(self._fd, _number.pack(self._paid), 0)

    def after_fork(self) -> None:
        """Go on, in both processes."""
        self._lock.release()

    def close(self) -> None:
        """Be common to no other process any more."""
        with self._lock:
            fd, self._fd = self._fd, -1
            if fd >= 0:
                self._paid = _read(fd)
                os.close(fd)

    def __del__(self) -> None:
        # Of a server that nobody has closed.
        self.close()


def _read(fd: int) -> float:
    return float(_number.unpack(os.pread(fd, _number.size, 0))[0])


_common: Final["weakref.WeakSet[CommonAccount]"] = weakref.WeakSet()


_forking: Final[list[CommonAccount]] = []


def _before_fork() -> None:
    for account in list(_common):
        account.before_fork()
        _forking.append(account)


def _after_fork() -> None:
    while _forking:
        _forking.pop().after_fork()


if sys.platform != "win32":
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)


class Pace:
    """How fast the bytes of one direction of one connection may move.

    until: when the pause is over that the last ``grant`` has asked for; 0: for none.
    """

    __slots__ = ("_common", "_due", "_own", "_reserved", "pacer", "until")

    def __init__(self, pacer: "Pacer", own: Account | None, common: CommonAccount | None) -> None:
        self.pacer: Pacer = pacer
        self._own = own
        self._common = common
        # The place in the line: for how many bytes, and when it is their turn.
        self._reserved = 0
        self._due = 0.0
        self.until: float = 0.0

    def grant(self, size: int) -> int:
        """Return how many of so many bytes may move now; 0 if none may, before ``until``.

        If some may, call ``moved`` when they have, or have not.
        """
        if self.pacer.is_lifted:
            self.until = 0.0
            return size
        now = monotonic()
        own, common = self._own, self._common
        if own is not None:
            left = own.left(now)
            if left < own.enough(size):
                self.until = own.refill()
                return 0
            size = min(size, left)
        if common is not None:
            if not self._reserved:
                self._reserved, self._due = common.reserve(now, size)
            if self._due > now:
                self.until = self._due
                return 0
            size = min(size, self._reserved)
        self.until = 0.0
        return size

    def moved(self, count: int) -> None:
        """Note how many bytes have moved of those that were granted, and give the others back."""
        if self._own is not None and count:
            self._own.spend(monotonic(), count)
        if self._common is not None:
            reserved, self._reserved = self._reserved, 0
            if count != reserved:
                self._common.spend(count - reserved)

    def note(self, count: int) -> None:
        """Note that bytes have moved which nothing could hold up: later ones are paced for them."""
        if self._own is not None:
            self._own.spend(monotonic(), count)
        if self._common is not None:
            self._common.spend(count)

    @property
    def is_paused(self) -> bool:
        """Whether nothing may move just now."""
        return self.until > 0 and not self.pacer.is_lifted and self.until > monotonic()


class Pacer:
    """The paces of one connection.

    reads, writes: None for a direction that is not paced.
    pauses: those that are being waited for.
    """

    __slots__ = ("_is_cut", "_rates", "pauses", "reads", "writes")

    def __init__(self, rates: "Rates", reads: Pace | None = None, writes: Pace | None = None) -> None:
        self._rates = rates
        self._is_cut = False
        self.reads: Pace | None = reads
        self.writes: Pace | None = writes
        self.pauses: dict[Pause, None] = {}

    @property
    def is_lifted(self) -> bool:
        """Whether nothing is paced any more: the connection is cut, or its server drains."""
        return self._is_cut or self._rates.is_lifted

    def lift(self) -> None:
        """Pace nothing any more, and end what pauses; from any thread or signal handler."""
        self._is_cut = True
        for pause in list(self.pauses):
            pause.wake()

    def note_pause(self, pause: "Pause") -> None:
        """Have ``lift`` end a pause, as well as that of the rates."""
        self.pauses[pause] = self._rates.pauses[pause] = None

    def forget_pause(self, pause: "Pause") -> None:
        """Take ``note_pause`` back."""
        self.pauses.pop(pause, None)
        self._rates.pauses.pop(pause, None)


class Pause:
    """One wait until a pace may move something again; a context, which lasts as long as the wait.

    until: when that is, by the monotonic clock.
    """

    __slots__ = ("_pacer", "_wake", "until")

    def __init__(self, pace: Pace) -> None:
        self._pacer = pace.pacer
        self._wake: Callable[[], object] | None = None
        self.until: float = pace.until

    def __enter__(self) -> Self:
        return self

    def start(self, wake: Callable[[], object]) -> None:
        """Have a call made if it is over before its time, from any thread and maybe more than once."""
        self._wake = wake
        # It is noted first and asked then; who lifts does it the other way round. So one of both sees the other.
        self._pacer.note_pause(self)
        if self._pacer.is_lifted:
            wake()

    def wake(self) -> None:
        """End it; from any thread or signal handler."""
        if self._wake is not None:
            # A loop that was closed raises: no coroutine of it will go on.
            with contextlib.suppress(RuntimeError):
                self._wake()

    def __exit__(self, *_error: object) -> None:
        # Nobody waits for it any more.
        self._pacer.forget_pause(self)


def pause_in_place(pace: Pace) -> None:
    """Block until a pace may move something again, or is lifted."""
    over = threading.Lock()
    over.acquire()
    with Pause(pace) as pause:
        pause.start(over.release)
        over.acquire(timeout=max(0.0, pause.until - monotonic()))


class Rates:
    """The rates of one server, in bytes a second; None: as fast as it goes.

    read, write: of each connection. total_read, total_write: of all of them, in this process and those forked of it.

    is_lifted: whether the server drains, so that nothing is paced.
    pauses: those that are being waited for.
    """

    __slots__ = ("_read", "_total_read", "_total_write", "_write", "is_lifted", "pauses")

    def __init__(
        self, read: float | None, write: float | None, total_read: float | None, total_write: float | None
    ) -> None:
        self._read = read
        self._write = write
        self._total_read = None if total_read is None else CommonAccount(total_read)
        self._total_write = None if total_write is None else CommonAccount(total_write)
        self.is_lifted: bool = False
        self.pauses: dict[Pause, None] = {}

    def pacer(self) -> Pacer:
        """Return the paces of a new connection."""
        pacer = Pacer(self)
        pacer.reads = _pace(pacer, self._read, self._total_read)
        pacer.writes = _pace(pacer, self._write, self._total_write)
        return pacer

    def lift(self) -> None:
        """Pace nothing any more, and end what pauses; from any thread or signal handler, and any number of times."""
        self.is_lifted = True
        for pause in list(self.pauses):
            pause.wake()

    def close(self) -> None:
        """Give up what is common to other processes."""
        for account in (self._total_read, self._total_write):
            if account is not None:
                account.close()


def _pace(pacer: Pacer, rate: float | None, common: CommonAccount | None) -> Pace | None:
    return None if rate is None and common is None else Pace(pacer, None if rate is None else Account(rate), common)
