"""What one fork needs: signals that are held back, and the whole life of the child.

It does not know its caller, or what the child does.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Collection, Iterable
from typing import Any, Final, NoReturn

# The C module below ``signal``, without its enumerations. ``signal`` makes an enumeration member of sixty numbers for
# each mask, and tries to do so for each handler, in the parent and the child of each fork.
plain_signal: Final[Any] = sys.modules.get("_signal", signal)

ALL_SIGNALS: Final = tuple(int(number) for number in signal.valid_signals())

# The signal by which a parent ends a child.
ENDING_SIGNALS: Final = frozenset((int(signal.SIGTERM),))

# For starmap: one call without arguments.
ONCE: Final = ((),)


def handled_signals() -> list[int]:
    """Return the numbers of the signals that this program or its children handle.

    Not all signals, because the child then makes a system call for each.
    """
    held = [number for number in ALL_SIGNALS if callable(plain_signal.getsignal(number))]
    held.extend(ENDING_SIGNALS)
    return held


def forget_signals(numbers: Iterable[int], interrupt: Callable[[int, object], object]) -> None:
    """Reset these signals in a child if a Python function of the parent handles them.

    interrupt: called for SIGINT, unless SIGINT is ignored. Ctrl-C reaches the whole process group, but the parent
    decides what it means for its children. It must be a function, because programs that the child starts would inherit
    SIG_IGN.
    """
    # The wake-up descriptor belongs to the parent's loop: asyncio would take the child's signals for its own.
    signal.set_wakeup_fd(-1)
    for number in numbers:
        if callable(plain_signal.getsignal(number)):
            plain_signal.signal(number, interrupt if number == signal.SIGINT else plain_signal.SIG_DFL)


def flush_standard_streams() -> None:
    """Flush stdout and stderr.

    Needed before a fork, because the parent and the child would both write what is buffered, and at a child's end,
    because os._exit flushes nothing.
    """
    # A program may have closed a stream, or replaced it by None.
    for stream in (sys.stdout, sys.stderr):
        try:  # noqa: SIM105 - contextlib.suppress costs three more calls, in the parent and the child of each fork
            stream.flush()
        except (AttributeError, ValueError, OSError):
            pass


def live_as_child(prepare: Callable[[], object], work: Callable[[], object], blocked: Collection[int]) -> NoReturn:
    """Run a forked child to its end. It never returns into the parent's program, whatever happens.

    prepare: called first, with the signals still blocked.
    blocked: the signals that the child blocks from then on.
    work: called last. If it raises SystemExit, that is the exit status; any other exception is printed, and the status
    is 1.
    """
    status = 1
    try:
        prepare()
        plain_signal.pthread_sigmask(plain_signal.SIG_SETMASK, blocked)
        work()
        status = 0
    except SystemExit as end:
        status = _exit_status(end)
    except BaseException:  # noqa: BLE001 - there is no caller left to raise it to
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
