"""One fork: with signals held back, and the whole life of the child.

It knows nothing of who forks, or of what the child does.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Collection, Iterable
from typing import Any, Final, NoReturn

# What the module ``signal`` is made of, without its enumerations: a lookup that fails for each handler that is a
# function, sixty numbers made into names for each mask, in parent and child of each fork.
plain_signal: Final[Any] = sys.modules.get("_signal", signal)

# As plain numbers: all that there are, and what a parent tells a child to end by.
ALL_SIGNALS: Final = tuple(int(number) for number in signal.valid_signals())

ENDING_SIGNALS: Final = frozenset((int(signal.SIGTERM),))

# No arguments, for one call.
ONCE: Final = ((),)


def handled_signals() -> list[int]:
    """Name the signals that mean something to this program or to its children, as plain numbers.

    Not all that there are: the child is told them when it takes them, and each that it is told of costs.
    """
    held = [number for number in ALL_SIGNALS if callable(plain_signal.getsignal(number))]
    held.extend(ENDING_SIGNALS)
    return held


def forget_signals(numbers: Iterable[int], interrupt: Callable[[int, object], object]) -> None:
    """In a child: take over none of the functions by which the parent handles these signals.

    interrupt: called for SIGINT, unless that is ignored: Ctrl-C reaches the whole process group, and what it means to
    the children is the parent's to tell them. A function, since programs that a child starts inherit an SIG_IGN.
    """
    # A wake-up descriptor is the parent's loop's: asyncio would take the child's signals for its own.
    signal.set_wakeup_fd(-1)
    for number in numbers:
        if callable(plain_signal.getsignal(number)):
            plain_signal.signal(number, interrupt if number == signal.SIGINT else plain_signal.SIG_DFL)


def flush_standard_streams() -> None:
    """Write out what is buffered.

    Before a fork: the parent and the child would both write it. Before a child's end: os._exit flushes nothing.
    """
    # A stream that was closed, or replaced by None, is nobody's loss.
    for stream in (sys.stdout, sys.stderr):
        try:  # noqa: SIM105 - three more calls, in parent and child of each fork
            stream.flush()
        except (AttributeError, ValueError, OSError):
            pass


def live_as_child(prepare: Callable[[], object], work: Callable[[], object], blocked: Collection[int]) -> NoReturn:
    """Live the whole life of a forked child: it never returns into the parent's program, whatever happens.

    prepare: called first, with the signals still blocked.
    work: called then; SystemExit out of it is the exit status, any other exception is printed and makes it 1.
    blocked: the signals that the parent had blocked before the fork.
    """
    status = 1
    try:
        prepare()
        plain_signal.pthread_sigmask(plain_signal.SIG_SETMASK, blocked)
        work()
        status = 0
    except SystemExit as end:
        status = _exit_status(end)
    except BaseException:  # noqa: BLE001 - there is nobody left to raise it to
        traceback.print_exc()
    finally:
        try:
            flush_standard_streams()
        finally:
            os._exit(status)


def _exit_status(end: SystemExit) -> int:
    match end.code:
        case None:
            return 0
        case int(code):
            return code & 0xFF
        case message:
            print(message, file=sys.stderr)  # noqa: T201 - what the interpreter does with sys.exit("message")
            return 1
