"""What is asked of any loop, ours, asyncio's or uvloop's: whether it is closed, and to call something in it.

It knows loops by the contract alone.
"""

import contextlib
from collections.abc import Callable

from typedserver.protocols.reactors import Reactor


def is_closed(reactor: Reactor) -> bool:
    """Whether a loop says that it is closed, as asyncio's and uvloop's do."""
    is_closed = getattr(reactor, "is_closed", None)
    return bool(is_closed is not None and is_closed())


def call_in_loop(reactor: Reactor, callback: Callable[[], object]) -> None:
    """Call back once in the loop, from any thread or signal handler; nothing happens where that is closed."""
    # asyncio's and uvloop's raise then; who tells of the end of a request can do nothing about it.
    with contextlib.suppress(RuntimeError):
        reactor.call_soon_threadsafe(callback)
