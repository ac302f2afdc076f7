"""The epoll of a loop of asyncio's kind, in a child that the program has forked: it is the parent's as well.

What the child adds or removes there, by an end of the loop or of what it serves, would reach the parent's loop
(epoll(7), Q6). Ours is closed in the child; of these loops only the descriptor can be reached.
"""

import contextlib
import os
import select
import selectors
import sys

from typedserver.protocols.reactors import Reactor


def part_from_parent(reactor: Reactor) -> None:
    """Have the loop watch nothing, by an epoll of this process's own under the number of the parent's."""
    if sys.platform != "linux":
        return
    number = _epoll_of(reactor)
    if number is not None:
        with contextlib.suppress(OSError), select.epoll() as own:
            os.dup2(own.fileno(), number, inheritable=False)


def _epoll_of(reactor: Reactor) -> int | None:
    if sys.platform != "linux" or not hasattr(select, "epoll"):
        return None
    # asyncio's loops have a selector of ``selectors``; uvloop says it in a method of its own tests.
    selector = getattr(reactor, "_selector", None)
    if isinstance(selector, selectors.EpollSelector):
        return selector.fileno()
    backend = getattr(reactor, "_get_backend_id", None)
    return None if backend is None else int(backend())
