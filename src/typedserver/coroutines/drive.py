"""Drive: runs a handler's coroutine in a thread or a child of its own, by waiting in place for what it waits for.

It knows the values of ``waits.py``, nothing of servers or strategies.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Coroutine
from functools import partial
from types import CoroutineType
from typing import Any, TypeGuard, cast

from typedserver.coroutines.waits import Blocking, Parked, Readable, Sleep, Writable
from typedserver.errors import CompositionError, ForeignAwaitable
from typedserver.sockets.silence import deadline_passed
from typedserver.sockets.waiting import wait_until_ready


def is_coroutine(result: object) -> TypeGuard[Coroutine[Any, Any, object]]:
    """Whether a handler's result is still to be run."""
    # None and the native type first, because they are nearly all cases: the abstract class costs ten times more.
    return result is not None and (type(result) is CoroutineType or isinstance(result, Coroutine))


def foreign_awaitable(awaited: object) -> ForeignAwaitable:
    """Make the error that a driver throws into a coroutine that awaits what the driver cannot give."""
    return ForeignAwaitable(
        f"a handler awaited {awaited!r}, which belongs to another event loop: await only what typedserver offers "
        "(Stream, sleep, run_blocking), or serve it with Asyncio(), which runs asyncio's"
    )


def not_a_coroutine(strategy: str, result: object) -> CompositionError:
    """Make the error of a strategy that runs coroutines, and was given a handler that blocks."""
    return CompositionError(
        f"{strategy}() needs handlers that are coroutines, and this one returned {result!r}: "
        "make it an `async def` by stream_handler, or serve it with Threads()"
    )


def not_a_connection(strategy: str) -> CompositionError:
    """Make the error of a strategy that waits for connections, and was given another kind of request."""
    return CompositionError(f"{strategy}() serves connections, and this is none: serve datagrams with Inline()")


def _seconds_until(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())


def _wait_in_place(wait: object) -> object:
    match wait:
        case Readable() | Writable():
            if not wait_until_ready(
                wait.fd, readable=isinstance(wait, Readable), timeout=_seconds_until(wait.deadline)
            ):
                raise deadline_passed()
        case Sleep():
            time.sleep(_seconds_until(wait.until) or 0.0)
        case Parked():
            _park(wait)
        case Blocking():
            return wait.function()
        case _:
            raise foreign_awaitable(wait)
    return None


def _park(wait: Parked) -> None:
    # A plain lock, because a signal handler may wake us: if it interrupts this very thread inside Event.wait(), which
    # holds the Event's internal lock, Event.set() would wait for ever.
    woken = threading.Lock()
    woken.acquire()

    def wake() -> None:
        with contextlib.suppress(RuntimeError):
            woken.release()

    wait.start(wake)
    seconds = _seconds_until(wait.until)
    woken.acquire(timeout=-1 if seconds is None else min(seconds, threading.TIMEOUT_MAX))


def drive(result: object) -> object:
    """Run a coroutine to its end in this thread and return its result; return anything else as it is.

    Raises what the coroutine raises. If an exception interrupts the wait (KeyboardInterrupt), it is thrown into the
    coroutine, so that its ``finally`` clauses run. From any thread.
    """
    if not is_coroutine(result):
        return result
    resume: Callable[[], object] = partial(result.send, None)
    while True:
        try:
            wait = resume()
        except StopIteration as end:
            return cast("object", end.value)
        try:
            resume = partial(result.send, _wait_in_place(wait))
        except BaseException as error:  # noqa: BLE001 - the coroutine handles it or passes it on, whatever it is
            resume = partial(result.throw, error)
