"""Waits for any of several child processes. It forks nothing and reaps nothing."""

import os
import select
import time
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Final

from typedserver.process.pidfd import open_pidfd

# Seconds between two looks if the kernel has no pidfd_open (it came with Linux 5.3). At the bound of children a client
# waits for one of them to end, so this is short; a hundred calls of waitpid a second cost less than a thousandth of a
# processor.
_LOOK_INTERVAL: Final = 0.01


def wait_for_an_end(pids: Iterable[int]) -> None:
    """Wait until one of the children has ended, or for 10 ms if the kernel cannot report that; reap none.

    pids: children of this process. If one of them has been reaped already, the wait is 10 ms as well.
    """
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
