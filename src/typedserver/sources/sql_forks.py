"""A fork waits until no source of this process is in the middle of a statement to SQLite.

That library has locks of its own. If a thread held one at the fork, nobody would ever give it back in the child, and a
handler that uses SQLite there would hang. What a program's own threads do with SQLite is the program's affair.
"""

import os
import threading
import weakref
from typing import Final


class ForkLocks:
    """The locks of the sources, each held for a statement; a fork holds all of them."""

    def __init__(self) -> None:
        self._locks: Final[weakref.WeakSet[StatementLock]] = weakref.WeakSet()
        # By the thread that forks, because two may at once.
        self._held: Final[dict[int, list[StatementLock]]] = {}
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._before, after_in_parent=self._after, after_in_child=self._after)

    def add(self, lock: "StatementLock") -> None:
        """Have forks wait for a lock, for as long as it exists."""
        self._locks.add(lock)

    def _before(self) -> None:
        # In an order of all, so that two threads that fork do not wait for one another.
        held = sorted(self._locks, key=id)
        for lock in held:
            lock.acquire()
        self._held[threading.get_ident()] = held

    def _after(self) -> None:
        for lock in self._held.pop(threading.get_ident(), ()):
            lock.release()


fork_locks: Final = ForkLocks()


class StatementLock:
    """A lock that its holder may take again, because a function of the program's may fork in a source's thread."""

    def __init__(self) -> None:
        self._lock: Final = threading.RLock()
        fork_locks.add(self)

    def acquire(self) -> None:
        """Wait for it."""
        self._lock.acquire()

    def release(self) -> None:
        """Give it back."""
        self._lock.release()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_error: object) -> None:
        self._lock.release()
