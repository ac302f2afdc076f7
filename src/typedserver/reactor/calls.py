"""Calling something in a loop, whichever it is: ours, asyncio's or uvloop's. It knows loops by the contract alone."""

import contextlib
from collections.abc import Callable

from typedserver.protocols.reactors import Reactor


def call_in_loop(reactor: Reactor, callback: Callable[[], object]) -> None:
    """Call back once in the loop, from any thread or signal handler; nothing happens where that is closed."""
    # asyncio's and uvloop's raise then; who tells of the end of a request can do nothing about it.
    with contextlib.suppress(RuntimeError):
        reactor.call_soon_threadsafe(callback)
