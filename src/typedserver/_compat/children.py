"""Waits for any of several child processes. It forks nothing and reaps nothing."""

import os
import select
import time
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Final

from typedserver.process.pidfd import open_pidfd

# Without pidfd_open (Linux 5.3) one can only look again: often enough that a freed place is not missed for long.
_LOOK_INTERVAL: Final = 0.01


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
