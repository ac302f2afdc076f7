"""Signal handlers that are set while a block of the main thread runs.

It knows signal numbers, functions, and a loop that must wake up. It does not know what the functions do.
"""

import contextlib
import os
import signal
import socket
from collections.abc import Callable, Generator, Mapping
from typing import Final

from typedserver.protocols.reactors import Reactor

# Wake-ups that are read at once, in bytes. If some are left, they wake the loop again.
_READ_AT_ONCE: Final = 4096


@contextlib.contextmanager
def handled_by(
    functions: Mapping[signal.Signals, Callable[[], object]], reactor: Callable[[], Reactor]
) -> Generator[None, None, None]:
    """Call functions for signals, in the main thread, while the block runs; then restore the former handlers.

    reactor: returns the loop that the block runs. Each signal wakes it up, because a signal that comes after Python has
    last looked for signals, and before the loop waits, would be handled at the next event only
    (signal.set_wakeup_fd's documentation).

    Raises ValueError in any thread but the main one.
    """
    # The handlers are set before the wake-up, because until then a signal would end the program.
    before = {number: signal.signal(number, _calling(function)) for number, function in functions.items()}
    try:
        with _woken_by_signals(reactor()):
            yield
    finally:
        for number, handler in before.items():
            # None means that a handler was set outside Python, which cannot set it again.
            if handler is not None:
                signal.signal(number, handler)


def _calling(function: Callable[[], object]) -> Callable[[int, object], None]:
    pid = os.getpid()

    def handle(_number: int, _frame: object) -> None:
        # A forked child has a copy of this handler, but the signal is meant for the program.
        if os.getpid() == pid:
            function()

    return handle


@contextlib.contextmanager
def _woken_by_signals(reactor: Reactor) -> Generator[None, None, None]:
    receiver, sender = socket.socketpair()
    with receiver, sender:
        receiver.setblocking(False)
        sender.setblocking(False)

        def wake() -> None:
            with contextlib.suppress(BlockingIOError):
                receiver.recv(_READ_AT_ONCE)

        reactor.add_reader(receiver.fileno(), wake)
        before = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            # The block may have closed the loop.
            with contextlib.suppress(Exception):
                reactor.remove_reader(receiver.fileno())
