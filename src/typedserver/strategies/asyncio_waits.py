"""Our waits in an asyncio loop: whatever task of it awaits one of ``waits.py``, awaits a future of that loop.

The one place that knows both; nothing here knows a server, a request or a strategy. All of it belongs to the loop's
thread, but for the wake-up that ``Parked`` hands out.
"""

import asyncio
import contextlib
import contextvars
import threading
import time
import traceback
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from typing import Any, Final, Self, cast

from typedserver.coroutines.waits import Blocking, Parked, Readable, Sleep, Writable
from typedserver.reactor.timer_wheel import TimerWheel
from typedserver.strategies.asyncio_readiness import Direction, Owner, Pause, Readiness, Wait, fulfil


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the loop that runs in this thread."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class AdaptedCoroutine(Coroutine[Any, Any, object]):
    """A coroutine as a Task of asyncio takes it: our waits become futures, asyncio's own pass through.

    behalf: on whose behalf it runs, and all that it starts: of the loop's inner tasks, and functions in threads.
    """

    __slots__ = ("_abandoned", "_coroutine", "_wait", "_waits", "behalf")

    def __init__(self, waits: "LoopWaits", coroutine: Coroutine[Any, Any, object], behalf: object = None) -> None:
        self._waits = waits
        self._coroutine = coroutine
        self.behalf: object = behalf
        self._wait: Wait | None = None
        self._abandoned = False

    def __getattr__(self, name: str) -> object:
        # What asyncio shows of a task (its name, its stack) is the coroutine's own.
        return cast("object", getattr(self._coroutine, name))

    def __await__(self) -> Generator[Any, Any, object]:
        # In a task of this loop, which steps its own: there is nothing more to be done.
        return self._coroutine.__await__()

    def send(self, value: object, /) -> object:
        """Run until the next wait; returns a future of asyncio, or whatever else asyncio's own code has yielded."""
        wait = self._wait
        if wait is not None:
            self._wait = None
            wait.end()
            # A task sends None: the result is for whoever awaits the future, which is us.
            value = wait.future.result()
        if self._abandoned:
            raise StopIteration
        return self._meet(self._coroutine.send(value))

    def throw(self, error: Any, /, *rest: Any) -> object:
        """Raise an error where the coroutine waits (a cancellation, a future's exception), and run on."""
        self._end_wait()
        if self._abandoned:
            raise error
        return self._meet(self._coroutine.throw(error, *rest))

    def close(self) -> None:
        """End the coroutine, which may wait no more."""
        self._end_wait()
        self._coroutine.close()

    def abandon(self) -> None:
        """Run the coroutine no more, whose owner closes it: a task that still has it ends by its next step."""
        self._abandoned = True
        self._end_wait()

    def _end_wait(self) -> None:
        wait, self._wait = self._wait, None
        if wait is not None:
            wait.end()

    def _meet(self, awaited: object) -> object:
        """Turn what the coroutine has yielded into what a Task understands."""
        while True:
            begin = _BEGIN.get(type(awaited))
            if begin is None:
                return awaited
            try:
                wait = begin(self._waits, awaited)
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is the coroutine's to handle or to pass on
                awaited = self._coroutine.throw(error)
                continue
            self._wait = wait
            # Taken from the future as `await` takes it: so asyncio knows it for one that a task may wait for.
            return None if wait is None else next(wait.future.__await__())


# What runs the code of a task's coroutine.
_STEPS: Final = (AdaptedCoroutine.send.__code__, AdaptedCoroutine.throw.__code__)


def was_raised_by_loop(error: BaseException) -> bool:
    """Whether the loop has raised this, as another task had ended by it before it came up where that was awaited.

    For asyncio raises what ends a program at once, out of whatever runs the loop, and makes it the task's result, too.
    """
    return isinstance(error, (KeyboardInterrupt, SystemExit)) and any(
        frame.f_code in _STEPS for frame, _ in traceback.walk_tb(error.__traceback__)
    )


def _make_task(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> "asyncio.Task[Any]":
    return asyncio.Task(coroutine, loop=loop, **options)


class LoopWaits:
    """What an asyncio loop does for coroutines of this library; it is that loop's task factory.

    While somebody uses it (``join`` to ``leave``), every coroutine of which the loop makes a task is adapted: also the
    inner tasks of ``wait_for``, ``gather`` and ``TaskGroup``. The tasks themselves are made as before.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._former: Any = loop.get_task_factory()
        self._users = 0
        self._deadlines = TimerWheel(loop)
        self._polls_again = isinstance(loop, asyncio.BaseEventLoop)
        self._readers: dict[int, Direction] = {}
        self._writers: dict[int, Direction] = {}
        # Who holds a descriptor, by its number.
        self._held: dict[int, Owner] = {}
        # On whose behalf a thread of the loop's executor calls a function at this moment.
        self._blocked: dict[int, object] = {}

    @classmethod
    def join(cls, loop: asyncio.AbstractEventLoop) -> Self:
        """Return the one of this loop, installed if need be; each call is paid back by one of ``leave``."""
        installed: object = loop.get_task_factory()
        if not isinstance(installed, cls):
            installed = cls(loop)
            # Its type in typeshed is narrower than what the loops accept and give: any callable of these arguments.
            loop.set_task_factory(installed)
        installed._users += 1
        return installed

    def leave(self) -> None:
        """Give the loop its former task factory back, if nobody else uses this one."""
        self._users -= 1
        # One that was put over this one in the meantime calls it for ever; it then only passes on.
        if not self._users and self._loop.get_task_factory() is self:
            self._loop.set_task_factory(self._former)

    def __call__(self, loop: asyncio.AbstractEventLoop, coroutine: object, /, **options: object) -> "asyncio.Task[Any]":
        """Make a task; what the loop calls."""
        # What is no coroutine is refused by the task, as ever.
        if self._users and not isinstance(coroutine, AdaptedCoroutine) and asyncio.iscoroutine(coroutine):
            coroutine = AdaptedCoroutine(self, coroutine, self._behalf_of_task())
        make: Callable[..., asyncio.Task[Any]] = self._former or _make_task
        return make(loop, coroutine, **options)

    def hold(self, owner: Owner) -> None:
        """Keep the owner's descriptor registered between waits, until it is dropped."""
        fd = owner.fileno()
        # A former owner has closed it, or somebody to whom it was given: a transport of asyncio's.
        for table in (self._readers, self._writers):
            if fd in table:
                table[fd].close()
        self._held[fd] = owner

    def drop(self, fd: int, owner: Owner) -> None:
        """Leave the loop with a held descriptor that is about to be closed; whatever task waits for it is cancelled.

        fd: the number under which it was held. What has that number by now, if the owner has not, is left alone.
        """
        if self._held.get(fd) is not owner:
            return
        del self._held[fd]
        for table in (self._readers, self._writers):
            direction = table.get(fd)
            if direction is not None and direction.owner is owner:
                direction.close()

    def _owner_of(self, fd: int) -> Owner | None:
        owner = self._held.get(fd)
        return owner if owner is not None and owner.fileno() == fd else None

    def behalf(self) -> object:
        """Say on whose behalf this thread runs at this moment, in a task of the loop or in a function of one; or None.

        From any thread.
        """
        return self._behalf_of_task() if running_loop() is self._loop else self._blocked.get(threading.get_ident())

    def _behalf_of_task(self) -> object:
        task = asyncio.current_task(self._loop)
        coroutine: object = None if task is None else task.get_coro()
        return coroutine.behalf if isinstance(coroutine, AdaptedCoroutine) else None

    def _block(self, behalf: object, function: Callable[[], object]) -> object:
        self._blocked[threading.get_ident()] = behalf
        try:
            return function()
        finally:
            del self._blocked[threading.get_ident()]

    # What each wait becomes

    def readable(self, wait: Readable) -> Wait:
        """Wait for input."""
        fd = wait.fd
        direction = self._readers.get(fd)
        if direction is not None and direction.is_lost:
            direction.close()
            direction = None
        if direction is None:
            loop = self._loop
            owner = self._owner_of(fd)
            direction = Direction(
                self._readers,
                fd,
                loop.add_reader,
                loop.remove_reader,
                owner,
                stays=owner is not None,
                polls_again=self._polls_again,
            )
        return Readiness(self._loop.create_future(), direction, wait.deadline, self._deadlines)

    def writable(self, wait: Writable) -> Wait:
        """Wait for room to send."""
        direction = self._writers.get(wait.fd)
        if direction is None:
            loop = self._loop
            # A socket is writable most of the time: unlike a reader, a writer that stays would never rest.
            direction = Direction(
                self._writers,
                wait.fd,
                loop.add_writer,
                loop.remove_writer,
                self._owner_of(wait.fd),
                stays=False,
                polls_again=self._polls_again,
            )
        return Readiness(self._loop.create_future(), direction, wait.deadline, self._deadlines)

    def sleep(self, wait: Sleep) -> Wait | None:
        """Wait for a point in time; None for one that has passed: then only others have their turn."""
        delay = wait.until - time.monotonic()
        return Pause(self._loop, delay) if delay > 0 else None

    def parked(self, wait: Parked) -> Wait:
        """Wait for a call."""
        future = self._loop.create_future()

        def wake() -> None:
            # A loop that was closed has nobody to wake.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(fulfil, future)

        if wait.until is not None:
            self._loop.call_later(max(0.0, wait.until - time.monotonic()), fulfil, future)
        wait.start(wake)
        return Wait(future)

    def blocking(self, wait: Blocking) -> Wait:
        """Wait for a function, in the loop's executor and the coroutine's context, as asyncio.to_thread has it."""
        function: Callable[[], object] = partial(contextvars.copy_context().run, wait.function)
        return Wait(self._loop.run_in_executor(None, self._block, self._behalf_of_task(), function))


# By the exact type: it is looked up for each thing that a task of the loop awaits.
_BEGIN: Final[dict[type, Callable[[LoopWaits, Any], Wait | None]]] = {
    Readable: LoopWaits.readable,
    Writable: LoopWaits.writable,
    Sleep: LoopWaits.sleep,
    Parked: LoopWaits.parked,
    Blocking: LoopWaits.blocking,
}
