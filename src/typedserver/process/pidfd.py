"""The descriptor that tells a child's end, where the kernel has one. It forks, waits for and reaps nothing."""

import os


def open_pidfd(pid: int) -> int | None:
    """Open the descriptor that is readable once this child has ended (pidfd_open(2)).

    Returns None where there is none to be had; the caller closes what is returned.
    """
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        # ENOSYS before Linux 5.3, ESRCH for a child that somebody else has reaped, EMFILE when descriptors are short.
        return None
