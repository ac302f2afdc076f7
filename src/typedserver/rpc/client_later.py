"""Later: a thread that runs coroutines for others, who get futures of their results.

It knows coroutines, nothing of calls.
"""

import contextlib
import threading
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, InvalidStateError
from typing import Any, Final, TypeAlias, TypeVar, final

from typedserver.coroutines.drive import drive
from typedserver.coroutines.queue import Queue
from typedserver.coroutines.tasks import TaskGroup
from typedserver.coroutines.waits import Cancelled
from typedserver.errors import LifecycleError
from typedserver.process.inheritance import generation

R = TypeVar("R")

_Run: TypeAlias = Callable[[], Coroutine[Any, Any, None]]

# How many coroutines wait for the thread to begin them, which takes it no time: who comes then waits as well.
_WAITING: Final = 4096


class _Life:
    """The thread of one process, and what it is to run."""

    def __init__(self) -> None:
        self.generation: Final = generation()
        self.queue: Final[Queue[_Run]] = Queue(_WAITING)
        self.thread: threading.Thread | None = None
        # A client that is forgotten without a close must not leave the thread. It knows the queue, but not this.
        weakref.finalize(self, self.queue.close).atexit = False


@final
class Later:
    """Runs coroutines beside one another, in a thread that begins with the first of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._life = _Life()

    def submit(self, make: Callable[[], Coroutine[Any, Any, R]]) -> Future[R]:
        """Have a coroutine run, and return the future of its result; raises QueueClosed after ``close``."""
        future: Future[R] = Future()

        async def run() -> None:
            try:
                result = await make()
            except Exception as error:  # noqa: BLE001 - it is the future's, whatever it is
                with contextlib.suppress(InvalidStateError):
                    future.set_exception(error)
            except Cancelled:
                future.cancel()
                raise
            else:
                # It may have been cancelled meanwhile.
                with contextlib.suppress(InvalidStateError):
                    future.set_result(result)

        life = self._life
        if life.generation != generation():
            # The thread is the parent's, and another one of the parent's may have held the lock.
            self._lock = threading.Lock()
            life = self._life = _Life()
        life.queue.put_blocking(run)
        with self._lock:
            if life.thread is None:
                life.thread = threading.Thread(
                    target=drive, args=(_serve(life.queue),), name="typedserver rpc calls", daemon=True
                )
                life.thread.start()
        return future

    def check_caller(self) -> None:
        """Raise LifecycleError in the thread itself, where to wait for another coroutine would be for ever."""
        if threading.current_thread() is self._life.thread:
            raise LifecycleError(
                "a callback of a future must not wait for another call, because its thread makes them all: use "
                "call_later in it"
            )

    def close(self) -> None:
        """Run what was submitted to its end, and end the thread; returns at once in the thread itself."""
        life = self._life
        if life.generation == generation():
            life.queue.close()
            if life.thread is not None and life.thread is not threading.current_thread():
                life.thread.join()


async def _serve(queue: Queue[_Run]) -> None:
    async with TaskGroup() as tasks:
        async for run in queue:
            tasks.create_task(run())
