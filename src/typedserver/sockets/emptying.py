"""Emptying: one thread of the process sends what outboxes keep, and exists only while one keeps something.

One thread for all strategies, because data is given to an outbox from any thread, and must leave it whatever the
connection's own handler, thread or loop does meanwhile. It is idle unless a peer is slow: what the kernel takes at once
never comes here.

It knows outboxes by their contract, nothing of connections. Whoever ends a process without the interpreter's help calls
``finish`` before.
"""

import os
import select
import sys
import threading
import time
from typing import Final, Protocol

# Seconds between two looks of the thread for outboxes that have come meanwhile. To be woken by them would take
# descriptors, of which there may be none left.
_TICK: Final = 0.02

# Seconds between two looks at the deadlines of all.
_DEADLINES: Final = 0.1

# How many connections may be kept after their end. Each holds a descriptor that no limit of a server counts; one more
# ends the oldest.
MOST_CLOSING: Final = 256


class Emptied(Protocol):
    """An outbox, as far as its emptying goes."""

    @property
    def closes(self) -> bool:
        """Whether its connection is closed when it is empty."""
        ...

    @property
    def connection(self) -> object:
        """What it is the outbox of, as the connection's handler knows it."""
        ...

    @property
    def rests_until(self) -> float:
        """Until when nothing may be sent though the descriptor is ready, by the monotonic clock; 0: something may."""
        ...

    def fileno(self) -> int:
        """Return the descriptor to wait for; -1 if there is none."""
        ...

    def empty(self, now: float, /) -> bool:
        """Send what can be sent; returns whether more is to be sent. It calls ``remove`` if not."""
        ...

    def is_overdue(self, now: float, /) -> bool:
        """Return whether ``empty`` must be called although the descriptor is not ready."""
        ...

    def take_over(self, *, lingers: bool | None) -> bool:
        """Take the connection, to close it when all was sent; returns False if nothing is kept."""
        ...

    def hurry(self) -> None:
        """Have its time be over."""
        ...

    def leave_to_parent(self) -> None:
        """Forget all, in a child that was forked."""
        ...


class Emptying:
    """The outboxes of this process that keep something; from any thread.

    pending: those outboxes.
    """

    __slots__ = ("_changed", "_closing", "_lock", "_new", "_of", "_thread", "pending")

    def __init__(self) -> None:
        self._forget()
        if sys.platform != "win32":
            os.register_at_fork(after_in_child=self._forget_in_child)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self.pending: dict[Emptied, None] = {}
        # The same by the identity of their connections.
        self._of: dict[int, Emptied] = {}
        self._new: list[Emptied] = []
        # Those that are closed when they are empty, the oldest first, without those that have no time left.
        self._closing: dict[Emptied, None] = {}
        self._thread: threading.Thread | None = None

    def _forget_in_child(self) -> None:
        # The parent's thread sends on; here there are copies.
        left = list(self.pending)
        self._forget()
        for outbox in left:
            outbox.leave_to_parent()

    def add(self, outbox: Emptied) -> bool:
        """Empty an outbox from now on; returns False if there is no thread left to do it."""
        with self._lock:
            if self._thread is None:
                thread = threading.Thread(target=self._work, name="typedserver outboxes", daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    # The interpreter may be at its end as well.
                    return False
                self._thread = thread
            self.pending[outbox] = None
            self._of[id(outbox.connection)] = outbox
            self._new.append(outbox)
        return True

    def remove(self, outbox: Emptied) -> None:
        """Note that an outbox keeps nothing more."""
        with self._lock:
            self.pending.pop(outbox, None)
            self._of.pop(id(outbox.connection), None)
            self._closing.pop(outbox, None)
            self._changed.notify_all()

    def take_over(self, connection: object, *, lingers: bool | None) -> bool:
        """Take a connection whose handler is over, to close it when its outbox is empty; returns False if it is.

        lingers: whether something that its peer has sent was not read; None if somebody else reads what comes.
        """
        outbox = self._of.get(id(connection))
        if outbox is None or not outbox.take_over(lingers=lingers):
            return False
        oldest: Emptied | None = None
        with self._lock:
            # It may be empty by now.
            if outbox in self.pending:
                self._closing[outbox] = None
            if len(self._closing) > MOST_CLOSING:
                oldest = next(iter(self._closing))
                # Taken out at once, because the next one must end another.
                del self._closing[oldest]
        if oldest is not None:
            oldest.hurry()
        return True

    def finish(self, seconds: float) -> bool:
        """Wait until all that was ended is sent and closed, at most so many seconds; returns whether that is so."""
        deadline = time.monotonic() + seconds
        with self._lock:
            while any(outbox.closes for outbox in self.pending):
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    return False
            thread = None if self.pending else self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(max(0.0, deadline - time.monotonic()))
        return True

    def _work(self) -> None:
        poll = select.poll()
        watched: dict[int, Emptied] = {}
        # Those whose descriptors are not waited for just now.
        resting: dict[int, Emptied] = {}
        look = 0.0
        while True:
            with self._lock:
                new, self._new = self._new, []
                if not self.pending:
                    self._thread = None
                    return
            for outbox in new:
                self._watch(outbox, poll, watched, resting)
            ready = [fd for fd, _ in poll.poll(_TICK * 1000)]
            now = time.monotonic()
            if resting:
                ready += [fd for fd, outbox in resting.items() if outbox.rests_until <= now]
            if now >= look:
                look = now + _DEADLINES
                ready = [*{*ready, *(fd for fd, outbox in watched.items() if outbox.is_overdue(now))}]
            for fd in ready:
                outbox = watched[fd]
                goes_on = outbox.empty(now)
                if not goes_on:
                    del watched[fd]
                _wait_or_rest(fd, outbox, poll, resting, waits=goes_on and outbox.rests_until <= now)
                if not goes_on:
                    resting.pop(fd, None)

    def _watch(
        self, outbox: Emptied, poll: "select.poll", watched: dict[int, Emptied], resting: dict[int, Emptied]
    ) -> None:
        fd = outbox.fileno()
        former = watched.get(fd)
        if fd < 0:
            outbox.empty(time.monotonic())
            return
        if former is not None and former is not outbox and former.empty(time.monotonic()):
            # Two streams were made of one connection. Otherwise the other's was closed, and this has its number.
            self._new.append(former)
        watched[fd] = outbox
        resting.pop(fd, None)
        poll.register(fd, select.POLLOUT)


def _wait_or_rest(fd: int, outbox: Emptied, poll: "select.poll", resting: dict[int, Emptied], *, waits: bool) -> None:
    """Have the poll wait for a descriptor, or not: it would find it ready again and again."""
    if waits and resting.pop(fd, None) is not None:
        poll.register(fd, select.POLLOUT)
    elif not waits and fd not in resting:
        poll.unregister(fd)
        resting[fd] = outbox


emptying: Final = Emptying()
"""Those of this process."""
