"""What is pushed to one connection, until whoever runs its exchange sends it. It knows bytes only."""

import threading
from collections.abc import Callable
from typing import Final


class Pushes:
    """Bytes that are to be sent without having been asked for. From any thread, signal handler and ``__del__``.

    limit: the most bytes that wait.
    """

    __slots__ = ("_is_closed", "_limit", "_lock", "_waiting", "_wake")

    def __init__(self, limit: int) -> None:
        self._limit: Final = limit
        # Reentrant, because a signal handler or the garbage collector may push between any two steps of this.
        self._lock: Final = threading.RLock()
        self._waiting = bytearray()
        self._wake: Callable[[], object] | None = None
        self._is_closed = False

    def start(self, wake: Callable[[], object]) -> None:
        """Have a function called when something waits to be taken."""
        self._wake = wake

    def give(self, data: bytes) -> bool:
        """Have bytes sent; returns False if they do not fit beside what waits, or if it is closed."""
        with self._lock:
            if self._is_closed or len(self._waiting) + len(data) > self._limit:
                return False
            was_empty = not self._waiting
            self._waiting += data
            wake = self._wake if was_empty else None
        # Whoever takes, takes everything: one wake will do. It is called without the lock, because it may call back.
        if wake is not None:
            wake()
        return True

    def take(self) -> bytes:
        """Return what waits, to be sent now."""
        if not self._waiting:
            return b""
        with self._lock:
            return self._take_all()

    def _take_all(self) -> bytes:
        # In place of ``clear``, before which a signal handler could add to it.
        data, self._waiting = self._waiting, bytearray()
        return bytes(data)

    def close(self) -> bytes:
        """Take nothing more; returns what still waits."""
        with self._lock:
            self._is_closed = True
            self._wake = None
            return self._take_all()
