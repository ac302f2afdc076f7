"""Waits for child processes by descriptor, where the kernel has them. It forks nothing and reaps nothing."""

import os
import select
import time
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Final

# Without pidfd_open (Linux 5.3) one can only look again: often enough that a freed place is not missed for long.
_LOOK_INTERVAL: Final = 0.01


def open_pidfd(pid: int) -> int | None:
    """Open the descriptor that is readable once this child has ended (pidfd_open(2)); None where there is none."""
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        # ENOSYS on an old kernel, ESRCH for a child that somebody else has reaped, EMFILE when descriptors are short.
        return None


def wait_for_an_end(pids: Iterable[int]) -> None:
    """Wait until one of the children has ended, or until it is time to look again; reaps none."""
    with ExitStack() as opened:
        ends = select.poll()
        for pid in pids:
            pidfd = open_pidfd(pid)
            if pidfd is None:
                time.sleep(_LOOK_INTERVAL)
                return
            opened.callback(os.close, pidfd)
            ends.register(pidfd, select.POLLIN)
        ends.poll()
