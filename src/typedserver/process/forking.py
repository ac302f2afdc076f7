"""What one fork needs: signals that are held back, and the whole life of the child.

It does not know its caller, or what the child does.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Collection
from typing import Any, Final, NoReturn, TypeVar

from typedserver.process.endings import end_all
from typedserver.process.inheritance import lineage

ResultT = TypeVar("ResultT")

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


def end_as_child(error: BaseException | None) -> NoReturn:
    """End a child that the program has forked, where it would return into what its parent goes on with.

    error: what it has raised; its exit status is then as for ``live_as_child``. As a child of the library's, it does
    not run what the parent does at its own end.
    """
    status = 1
    try:
        status = _status_of(error)
    finally:
        _exit(status)


def call_apart(function: Callable[[], ResultT]) -> ResultT:
    """Call a function in a thread of a pool's; a child that it forks ends where the function does.

    In that child the thread is the only one. It would wait there for a next call, for ever.
    """
    before = lineage.generation
    try:
        return function()
    finally:
        if lineage.generation != before:
            end_as_child(sys.exception())


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
    except BaseException as error:  # noqa: BLE001 - there is no caller left to raise it to
        status = _status_of(error)
    finally:
        _exit(status)


def _exit(status: int) -> NoReturn:
    try:
        end_all()
    finally:
        try:
            flush_standard_streams()
        finally:
            os._exit(status)


def _status_of(error: BaseException | None) -> int:
    """Return the exit status of a child that has raised something; prints what the interpreter would print."""
    if error is None:
        return 0
    if not isinstance(error, SystemExit):
        traceback.print_exception(error)
        return 1
    match error.code:
        case None:
            return 0
        case int(code):
            return code & 0xFF
        case message:
            print(message, file=sys.stderr)  # noqa: T201 - what the interpreter does with sys.exit("message")
            return 1
