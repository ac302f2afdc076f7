"""The descriptor that reports the end of a child, if the kernel has one. Nothing here forks, waits or reaps."""

import os
import sys


def open_pidfd(pid: int) -> int | None:
    """Open the descriptor that is readable once a child has ended (pidfd_open(2)); the caller closes it.

    Returns None if the kernel gives none.
    """
    # A type checker knows the platform; the call is also missing if Python was built for an old kernel.
    if sys.platform != "linux" or not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        # ENOSYS before Linux 5.3, ESRCH if other code has reaped the child, EMFILE if descriptors are short.
        return None
