"""Signal handlers that are set while a block of the main thread runs, and what its signals mean as the program ends.

It knows signal numbers, functions, and a loop that must wake up. It does not know what the functions do.

What a signal means is not ours alone. Whoever has started the program may have had it ignore a signal of the terminal,
so it is asked first (``stays_ignored``). What a function raises must not come out of whatever code the signal has
interrupted. And a signal that comes when the program has obeyed already must not change how it ends.
"""

import atexit
import contextlib
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Generator, Mapping
from types import FrameType
from typing import Any, Final, TypeAlias

from typedserver.process.handled import Handled
from typedserver.protocols.reactors import Reactor

_log = logging.getLogger("typedserver")

_Meaning: TypeAlias = "Callable[[int, FrameType | None], Any] | int | None"

# Wake-ups that are read at once, in bytes. If some are left, they wake the loop again.
_READ_AT_ONCE: Final = 4096

# A terminal sends these to everything that was started from it. A shell without job control ignores SIGINT for what it
# starts in the background (POSIX, shell, 2.11), and nohup ignores SIGHUP: what is for others must not end it.
_OF_THE_TERMINAL: Final = frozenset(("SIGINT", "SIGHUP", "SIGQUIT"))

# The order to end: it is sent to this very program, so it arrives also if whoever started the program has blocked it.
_ORDER_TO_END: Final = signal.SIGTERM

# Seconds for which a program that has obeyed takes no notice of further signals: plenty for it to end. If it does not
# end, they mean again what they meant before.
_AFTERMATH: Final = 1.0


def stays_ignored(number: signal.Signals) -> bool:
    """Return whether a signal comes from a terminal, and the program was started so that it ignores that."""
    return number.name in _OF_THE_TERMINAL and signal.getsignal(number) is signal.SIG_IGN


@contextlib.contextmanager
def handled_by(
    functions: Mapping[signal.Signals, Callable[[], object]],
    reactor: Callable[[], Reactor],
    ends: Callable[[], bool],
) -> Generator[None, None, None]:
    """Call functions for signals, in the main thread, while the block runs; then restore the former handlers.

    reactor: returns the loop that the block runs. Each signal wakes it up, because a signal that comes after Python has
    last looked for signals, and before the loop waits, would be handled at the next event only
    (signal.set_wakeup_fd's documentation).
    ends: asked when the block is over: whether the program ends now, because a signal has asked for that. Then none of
    these signals changes its exit status, as ``take_no_notice`` says.

    A signal that ``stays_ignored`` is left alone. What a function raises is logged, unless it is no Exception.

    Raises ValueError in any thread but the main one.
    """
    handlers = {number: _Handler(function) for number, function in functions.items() if not stays_ignored(number)}
    # The handlers are set before the wake-up, because until then a signal would end the program.
    handled = Handled()
    for number, handler in handlers.items():
        handled.set(number, handler, _former(signal.getsignal(number)))
    before = {number: handled.former[number] for number in handlers}
    try:
        with unblocked(_ORDER_TO_END), _woken_by_signals(reactor()):
            yield
    finally:
        # First of all: a function that raises would leave the rest undone.
        for handler in handlers.values():
            handler.over = True
        if ends():
            for number, former in before.items():
                take_no_notice(number, former)
        else:
            for number, former in before.items():
                _set(number, former)
            for number in [number for number, handler in handlers.items() if handler.missed]:
                signal.raise_signal(number)


class _Handler:
    """Calls a function for a signal, in the process that it was made for.

    over: whether the block has ended, so that the function is called no more.
    missed: whether the signal has come since.
    """

    __slots__ = ("_function", "_pid", "missed", "over")

    def __init__(self, function: Callable[[], object]) -> None:
        self._function = function
        # A forked child has a copy of this handler, but the signal is meant for the program.
        self._pid = os.getpid()
        self.over: bool = False
        self.missed: bool = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        if os.getpid() != self._pid:
            return
        if self.over:
            self.missed = True
            return
        try:
            self._function()
        except Exception:  # noqa: BLE001 - it would come out of the loop, or out of a handler, and end what is in hand
            _log.exception("obeying a signal failed: the program goes on")


def take_no_notice(number: signal.Signals, former: _Meaning) -> None:
    """Have a signal mean nothing for a moment, and to the interpreter's end; later it means again what it did before.

    For a program that ends already: a second SIGTERM in its last milliseconds would kill it, and a second Ctrl-C raise
    KeyboardInterrupt, so that nobody learns how it has ended. Main thread alone.
    """
    signal.signal(number, _Obeyed(_former(former)))


def keep_the_exit_status() -> None:
    """Have no signal change it any more, for a program that ends now whatever it was asked; main thread alone."""
    for number in (signal.SIGTERM, signal.SIGINT, *(() if sys.platform == "win32" else (signal.SIGHUP,))):
        if not stays_ignored(number):
            take_no_notice(number, signal.getsignal(number))


class _Obeyed:
    """What a signal means once it was obeyed: nothing for a moment, then what it meant before."""

    __slots__ = ("_pid", "_until", "former")

    def __init__(self, former: _Meaning) -> None:
        self.former = former
        self._pid = os.getpid()
        self._until = time.monotonic() + _AFTERMATH

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        # None: the handler was set outside Python, which cannot set it again.
        if self.former is not None and (time.monotonic() >= self._until or os.getpid() != self._pid):
            _set(signal.Signals(number), self.former)
            signal.raise_signal(number)


def _former(meaning: _Meaning) -> _Meaning:
    return meaning.former if isinstance(meaning, _Obeyed) else meaning


def _set(number: signal.Signals, meaning: _Meaning) -> None:
    # None means that a handler was set outside Python, which cannot set it again.
    if meaning is not None:
        signal.signal(number, meaning)


@atexit.register
def _take_no_notice_to_the_end() -> None:
    # The interpreter takes its own handlers back before it has ended, and the default ones would kill it. Registered
    # at the import, so that it comes after what the program has registered, which a signal may have to end.
    for number in signal.valid_signals():
        if isinstance(signal.getsignal(number), _Obeyed):
            with contextlib.suppress(ValueError):
                signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def unblocked(*numbers: signal.Signals) -> Generator[None, None, None]:
    """Let signals arrive while the block runs, also if whoever started the program has blocked them."""
    if sys.platform == "win32":
        yield
        return
    blocked = signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers).intersection(numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_BLOCK, blocked)


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
