"""What the user gets to see of a stop, and how the program ends if the interpreter would wait too long.

A signal may come when neither a thread nor a descriptor can be had, and its handler may interrupt whoever holds a lock:
what a stop needs is the loop's or the kernel's, and is there beforehand.
"""

import contextlib
import logging
import os
import signal
import sys
from typing import Final, NoReturn

from typedserver.lifetime.program import Exit
from typedserver.protocols.reactors import Reactor
from typedserver.reactor.calls import call_in_loop
from typedserver.service.terminal import show

CUT: Final = int(Exit.CUT)

# Seconds that a stop may take before the program says that it waits: most stops are over sooner.
_PATIENCE: Final = 0.5

# Seconds that requests have to end after they were cut. Then the program exits without them.
_LAST_PATIENCE: Final = 2.0

# Seconds that the exit without them may take to write what is buffered.
_FLUSH_TIMEOUT: Final = 1.0


class Stop:
    """What the user gets to see of a stop: a hint if it takes a while, and the program's end at the second signal.

    hint: what is shown after a while.

    Signal handlers call ``asked``, so it starts no thread and takes no lock: the hint is the loop's to show, and the
    end is the kernel's to remind of.
    """

    def __init__(self, hint: str) -> None:
        self._hint = hint
        self._reactor: Reactor | None = None
        self._exits = False

    def enter_loop(self, reactor: Reactor) -> None:
        """Note the loop that serves, in its thread."""
        self._reactor = reactor

    def asked(self, signals: int) -> None:
        """Note that so many signals have asked the program to end; in a signal handler."""
        reactor = self._reactor
        if signals > 1:
            self._exits = True
            _exit_after(_LAST_PATIENCE, CUT)
        elif reactor is not None:
            call_in_loop(reactor, lambda: reactor.call_later(_PATIENCE, self._show_hint))

    def _show_hint(self) -> None:
        show(self._hint, sys.stdout)

    def close(self) -> None:
        """Have the program end now, if a second signal has asked for that."""
        if self._exits:
            _exit_after(0, CUT)


def _exit_after(seconds: float, status: int) -> None:
    """Have the program exit after so many seconds, whatever the main thread waits for; 0 takes that back.

    By SIGALRM, because a thread may not be had at that moment. From here on that signal is not the program's any more:
    all that it does is to end.
    """
    if sys.platform != "win32":
        signal.signal(signal.SIGALRM, lambda _number, _frame: os._exit(status) if seconds else None)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGALRM,))
        signal.setitimer(signal.ITIMER_REAL, seconds)


def exit_at_once(status: int) -> NoReturn:
    """End the program without waiting for threads; what is buffered is written, unless that takes a second."""
    # A pipe that nobody reads, or a lock that a thread holds which writes to it, would keep the program.
    _exit_after(_FLUSH_TIMEOUT, status)
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            stream.flush()
    os._exit(status)
