"""Signals that a program is told by: what is called for each of them, while a block of the main thread runs.

It knows numbers, functions and a loop that is to be woken, nothing of what the functions do.
"""

import contextlib
import os
import signal
import socket
from collections.abc import Callable, Generator, Mapping
from typing import Final

from typedserver.protocols.reactors import Reactor

# As many wake-ups as are read at once; what is left of them wakes again.
_READ_AT_ONCE: Final = 4096


@contextlib.contextmanager
def handled_by(
    functions: Mapping[signal.Signals, Callable[[], object]], reactor: Callable[[], Reactor]
) -> Generator[None, None, None]:
    """Have functions called for signals, in the main thread, while the block runs; afterwards all is as it was.

    reactor: returns the loop that the block runs: it is woken by each signal. One that comes between Python's last look
    for signals and the loop's wait would else be seen with the next event only (signal.set_wakeup_fd's documentation).

    Raises ValueError in any thread but the main one.
    """
    # Before the loop may find any: a handler that was not set yet would end the program.
    before = {number: signal.signal(number, _calling(function)) for number, function in functions.items()}
    try:
        with _woken_by_signals(reactor()):
            yield
    finally:
        for number, handler in before.items():
            # None: one that was not set by Python, and can not be set by it.
            if handler is not None:
                signal.signal(number, handler)


def _calling(function: Callable[[], object]) -> Callable[[int, object], None]:
    pid = os.getpid()

    def handle(_number: int, _frame: object) -> None:
        # A forked child has a copy of this, and what is told to the program is not told to it.
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
            # The block may have closed the loop, which has forgotten it by then.
            with contextlib.suppress(Exception):
                reactor.remove_reader(receiver.fileno())
