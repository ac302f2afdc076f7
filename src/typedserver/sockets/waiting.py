"""Waiting in place for a descriptor, and calls that do not wait. It does not know what the descriptor is for."""

import select
import socket
import sys
import time
from typing import Final

# The flag by which one call on a socket does not wait. A plain number, because the conversion of an enumeration would
# cost time for each read. Windows has none; there a socket waits by its own timeout, or does not block at all.
DONT_WAIT: Final = 0 if sys.platform == "win32" else int(socket.MSG_DONTWAIT)

# The longest single wait in seconds, because poll(2) counts milliseconds in a C int; a longer one takes several.
LONGEST_WAIT: Final = 86_400.0


def wait_until_ready(fd: int, *, readable: bool, timeout: float | None) -> bool:
    """Block until a descriptor is readable (or writable); returns False if it is not within ``timeout`` seconds."""
    if timeout is not None and 0 <= timeout <= LONGEST_WAIT:
        # Nearly always; the rest of this would cost as much as the wait.
        return _is_ready_within(fd, timeout, readable=readable)
    deadline = None if timeout is None else time.monotonic() + timeout
    while True:
        left = LONGEST_WAIT if deadline is None else max(0.0, deadline - time.monotonic())
        if _is_ready_within(fd, min(left, LONGEST_WAIT), readable=readable):
            return True
        if left < LONGEST_WAIT:
            return False


def _is_ready_within(fd: int, seconds: float, *, readable: bool) -> bool:
    if sys.platform == "win32":
        reads, writes, _ = select.select([fd] if readable else [], [] if readable else [fd], [], seconds)
        return bool(reads or writes)
    poll = select.poll()
    poll.register(fd, select.POLLIN if readable else select.POLLOUT)
    return bool(poll.poll(seconds * 1000))
