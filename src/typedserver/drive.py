"""Runs a handler's coroutine in a thread or a child of its own, by waiting in place for whatever it waits for."""

import contextlib
import threading
import time
from collections.abc import Callable, Coroutine
from functools import partial
from types import CoroutineType
from typing import Any, TypeGuard, cast

from typedserver.errors import CompositionError, ForeignAwaitable, PeerTimedOut
from typedserver.sockets import wait_until_ready
from typedserver.waits import Blocking, Parked, Readable, Sleep, Writable


def is_coroutine(result: object) -> TypeGuard[Coroutine[Any, Any, object]]:
    """Whether a handler's result is still to be run."""
    # None and the native type first: they are all but every case, and asking the abstract class costs ten times more.
    return result is not None and (type(result) is CoroutineType or isinstance(result, Coroutine))


def deadline_passed() -> PeerTimedOut:
    """Make the error that a driver throws into a coroutine whose wait has reached its deadline.

    It knows no more than that: who waits tells the rest, by ``sent_nothing`` or ``took_nothing``.
    """
    return PeerTimedOut("the peer neither sent nor took anything before the deadline")


def sent_nothing(client_address: object, seconds: float | None, *, by_server: bool) -> PeerTimedOut:
    """Make the error of a read that waited so many seconds; by_server: as the server's Deadlines say."""
    return silence(
        "sent nothing", client_address, seconds, f"{'Deadlines(read=) or ' * by_server}StreamConfig(timeout=)"
    )


def took_nothing(client_address: object, seconds: float | None, *, by_server: bool) -> PeerTimedOut:
    """Make the error of a write that waited so many seconds; by_server: as the server's Deadlines say."""
    return silence(
        "took nothing", client_address, seconds, f"{'Deadlines(write=) or ' * by_server}StreamConfig(timeout=)"
    )


def silence(what: str, client_address: object, seconds: float | None, limit: str) -> PeerTimedOut:
    """Make the error of a wait in vain: of whom, for how long, and by which limit.

    seconds: None where nobody here has set the limit. client_address: a peer on a Unix socket mostly has none.
    """
    how_long = "before the deadline" if seconds is None else f"for {seconds:g} s"
    who = repr(client_address) if client_address else "the peer"
    return PeerTimedOut(f"{who} {what} {how_long}: raise {limit} if that is right")


def foreign_awaitable(awaited: object) -> ForeignAwaitable:
    """Make the error that a driver throws into a coroutine which awaits what it can not give."""
    return ForeignAwaitable(
        f"a handler awaited {awaited!r}, which belongs to another event loop: await only what typedserver offers "
        "(Stream, sleep, run_blocking), or serve it with Asyncio(), which runs asyncio's"
    )


def not_a_coroutine(strategy: str, result: object) -> CompositionError:
    """Make the error of a strategy that was given a handler which blocks."""
    return CompositionError(
        f"{strategy}() needs handlers that are coroutines, and this one returned {result!r}: "
        "make it an `async def` by stream_handler, or serve it with Threads()"
    )


def not_a_connection(strategy: str) -> CompositionError:
    """Make the error of a strategy that was given a request on which nothing can be waited for."""
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
    # A plain lock: an Event's own would be held, now and then, by the thread that a signal handler wakes.
    woken = threading.Lock()
    woken.acquire()

    def wake() -> None:
        with contextlib.suppress(RuntimeError):
            woken.release()

    wait.start(wake)
    seconds = _seconds_until(wait.until)
    woken.acquire(timeout=-1 if seconds is None else min(seconds, threading.TIMEOUT_MAX))


def drive(result: object) -> object:
    """Run a coroutine to its end in this thread and return what it returns; anything else is returned as it is.

    Raises what the coroutine raises. An exception that hits the waiting thread (KeyboardInterrupt) is thrown into the
    coroutine, so that its ``finally`` clauses run.
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
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is the coroutine's to handle or to pass on
            resume = partial(result.throw, error)
