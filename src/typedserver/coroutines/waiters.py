"""Waiters: who waits for another handler, in which order, and how. What they wait for is said by others.

It knows the kind of wait that a driver is handed, and the coroutines of a loop, which a thread must not stop. From any
thread, if not said otherwise.

One lock guards all primitives, because a fork must find it free: whoever held it in the parent is not in the child. It
may be taken again by the thread that has it, because a signal handler may call us at any moment, and the garbage
collector may end a coroutine that waits. Neither may find anything half done: what is counted is counted before it is
looked at. Nobody's code is called under the lock.
"""

import os
import sys
import threading
import types
from collections import OrderedDict
from collections.abc import Generator
from typing import Any, Final, TypeAlias

from typedserver.coroutines.loop_task import STEPS
from typedserver.coroutines.waits import Meeting
from typedserver.errors import LifecycleError
from typedserver.process.callers import is_called_by
from typedserver.process.inheritance import lineage

guard: Final = threading.RLock()
"""Held to look at a primitive or to change it, and never to wait."""

if hasattr(os, "register_at_fork"):
    # Taken before a fork, so that a child finds each primitive whole, and the lock its own thread's.
    os.register_at_fork(before=guard.acquire, after_in_parent=guard.release, after_in_child=guard.release)


class Waiter(Meeting):
    """One that waits.

    granted: whether what it waits for is its own by now. If it goes away then, it must pass that on.
    generation: see ``lineage``.
    """

    __slots__ = ("generation", "granted")

    def __init__(self) -> None:
        super().__init__()
        self.granted: bool = False
        self.generation: int = lineage.generation

    @types.coroutine
    def wait(self) -> Generator[Any, Any, object]:
        """Wait until it is woken; raises what the driver throws."""
        return (yield self)

    def block(self, timeout: float | None) -> None:
        """Wait in this thread until it is woken, at most ``timeout`` seconds.

        Raises LifecycleError in a thread whose loop would stand still meanwhile.
        """
        _check_may_block()
        # A plain lock, because a signal handler in this very thread may be what releases it.
        woken = threading.Lock()
        woken.acquire()
        self.start(woken.release)
        woken.acquire(timeout=threading.TIMEOUT_MAX if timeout is None else min(timeout, threading.TIMEOUT_MAX))


Line: TypeAlias = OrderedDict[Waiter, None]
"""Those that wait, the first of them first. Not a deque, from which one that gives up could not be taken so fast."""


def first_of(line: Line) -> Waiter | None:
    """Take the first waiter out of a line; None if nobody waits. The caller has the guard, and wakes it later."""
    while line:
        try:
            waiter, _ = line.popitem(last=False)
        except KeyError:
            # A signal handler has taken it.
            return None
        # What was copied by a fork waits in the parent, and never comes back here.
        if waiter.generation == lineage.generation:
            return waiter
    return None


def left_in_time(waiter: Waiter, line: Line) -> bool:
    """Take a waiter whose time is over out of its line; returns whether it was woken before."""
    with guard:
        if not waiter.woken:
            line.pop(waiter, None)
        return waiter.woken


def _check_may_block() -> None:
    """Raise LifecycleError if a loop's coroutine calls in this thread: all others of the loop would stand still."""
    if is_called_by(STEPS, lambda _task: True) or _runs_task_of_asyncio():
        raise LifecycleError(
            "a coroutine that runs in a loop must not block its thread, which keeps all others of the loop waiting, "
            "perhaps the one that would end this wait: await wait(), get(), put() or acquire() instead"
        )


def _runs_task_of_asyncio() -> bool:
    # It is loaded only if a program uses it.
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return False
    try:
        return asyncio.current_task() is not None
    except RuntimeError:
        return False
