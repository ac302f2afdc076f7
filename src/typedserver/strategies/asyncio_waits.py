"""Our waits in an asyncio loop: if a task of the loop awaits one of ``waits.py``, it awaits a future of that loop.

Only this file knows both; it knows no server, request or strategy. Loop's thread only, unless said otherwise; the
wake-up of ``Parked`` may be called from any thread.
"""

import asyncio
import contextlib
import contextvars
import logging
import socket
import threading
import time
import traceback
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from threading import get_ident
from types import CodeType, CoroutineType, FrameType
from typing import Any, Final, Protocol, Self, cast, runtime_checkable

from typedserver.coroutines.awaited_by_asyncio import running_loop
from typedserver.coroutines.blocking_calls import DEFAULT_THREADS, BlockingCalls
from typedserver.coroutines.ends import end_coroutine
from typedserver.coroutines.gathering import note_drivers, send_gathered, unsent
from typedserver.coroutines.runner import GroupScope, Runner, TimeScope
from typedserver.coroutines.waits import (
    Blocking,
    Current,
    Holder,
    Meeting,
    Parked,
    Readable,
    ReadableOrCalled,
    Sleep,
    Writable,
    check_held,
    deadline_of,
)
from typedserver.process.forking import call_apart
from typedserver.reactor.calls import call_in_loop
from typedserver.reactor.timer_wheel import TimerWheel
from typedserver.sockets.accepted import Connection
from typedserver.sockets.announced import Leaving, announce_end, tell_ends
from typedserver.strategies.asyncio_readiness import (
    BlockingWait,
    Direction,
    Readiness,
    TimedWait,
    Wait,
    cancel,
    fulfil,
)

_log = logging.getLogger("typedserver")


@runtime_checkable
class Serves(Protocol):
    """An owner that is a request being served."""

    request: object


class HasOwner(Protocol):
    """What runs for somebody.

    owner: whom: a request mostly.
    """

    owner: object


class AsyncioRunner:
    """What runs a coroutine of a loop of asyncio's kind: its groups and limits of time are asyncio's own."""

    __slots__ = ("_adapted",)

    def __init__(self, adapted: HasOwner) -> None:
        self._adapted = adapted

    def served(self) -> object:
        """Return the request that it serves."""
        owner = self._adapted.owner
        return owner.request if isinstance(owner, Serves) else None

    def task_group(self) -> GroupScope:
        """Make a group."""
        return asyncio.TaskGroup()

    def timeout(self, when: float | None, /) -> TimeScope:
        """Make a limit of time. Loops of asyncio's kind have the monotonic clock."""
        return asyncio.timeout_at(when)


_runner_conforms: type[Runner] = AsyncioRunner


def _awaited(future: "asyncio.Future[Any]") -> "asyncio.Future[Any]":
    """Mark a future as one that a task may wait for, as `await` does."""
    # By the name that asyncio's tasks read from the futures of any library: `await` itself would take longer.
    future._asyncio_future_blocking = True  # noqa: SLF001 - it is asyncio's contract with these
    return future


class AdaptedCoroutine(Coroutine[Any, Any, object]):
    """A coroutine as a Task of asyncio takes it: our waits become futures, asyncio's own pass through.

    owner: what the coroutine runs for, a request mostly. The inner tasks and the functions in threads that it starts
    have the same owner.
    """

    __slots__ = (
        "__name__",
        "__qualname__",
        "_abandoned",
        "_coroutine",
        "_meeting",
        "_send",
        "_wait",
        "_waits",
        "owner",
    )

    def __init__(self, waits: "LoopWaits", coroutine: Coroutine[Any, Any, object], owner: object = None) -> None:
        self._waits = waits
        named: Any = coroutine
        try:
            self.__name__: str = named.__name__
            self.__qualname__: str = named.__qualname__
        except AttributeError:
            # One that is not Python's own may lack them, and so does this then.
            pass
        self._coroutine = coroutine
        self._send = coroutine.send
        self.owner: object = owner
        self._wait: Wait | None = None
        # The latest wait for another handler, over or not.
        self._meeting: asyncio.Future[None] | None = None
        self._abandoned = False

    # What asyncio reads from a coroutine to show a task: its name, its stack. Each by itself, because all attributes of
    # a class that has ``__getattr__`` are slow.

    @property
    def cr_code(self) -> CodeType:
        """Its code."""
        return self._native.cr_code

    @property
    def cr_frame(self) -> FrameType | None:
        """Its frame; None when it has ended."""
        return self._native.cr_frame

    @property
    def cr_running(self) -> bool:
        """Whether it runs just now."""
        return self._native.cr_running

    @property
    def cr_await(self) -> object:
        """What it awaits."""
        return self._native.cr_await

    @property
    def _native(self) -> "CoroutineType[Any, Any, object]":
        # One that is none lacks these, as AttributeError says to whoever asks.
        return cast("CoroutineType[Any, Any, object]", self._coroutine)

    def __await__(self) -> Generator[Any, Any, object]:
        # The task that awaits it is one of this loop, so it is adapted already.
        return self._coroutine.__await__()

    def send(self, value: object, /) -> object:
        """Run until the next wait; returns a future of asyncio, or what else asyncio's own code has yielded."""
        wait = self._wait
        if wait is not None:
            self._wait = None
            wait.end()
            # A task sends None, because the result of a future goes to what awaits it: to us.
            value = wait.future.result()
        if self._abandoned:
            raise StopIteration
        waits = self._waits
        waits.stepping = self
        waits.thread = get_ident()
        awaited: object
        try:
            awaited = self._send(value)
        finally:
            waits.thread = 0
            if unsent:
                send_gathered()
        # As ``_adapt`` does, without the call: these two are the cheapest of all.
        kind = type(awaited)
        if kind is Meeting:
            met: Any = awaited
            # As ``start`` does.
            self._meeting = met.argument = future = waits.create_future()
            met.call = waits.fulfil_soon
            if met.woken:
                waits.fulfil_soon(future)
            # As ``_awaited`` does.
            future._asyncio_future_blocking = True  # noqa: SLF001 - see there
            return future
        return awaited if kind is asyncio.Future else self._adapt(awaited)

    def _meet(self, wait: Meeting) -> object:
        # Without a ``Wait``: whoever ends it has nothing else to do than the loop's own ``set_result``.
        future = self._meeting = self._waits.create_future()
        wait.start(self._waits.fulfil_soon, future)
        return _awaited(future)

    def throw(self, error: Any, /, *rest: Any) -> object:
        """Raise an error where the coroutine waits (a cancellation, a future's exception), and run on."""
        self._end_wait()
        try:
            if self._abandoned:
                raise error
            return self._adapt(self._coroutine.throw(error, *rest))
        finally:
            if unsent:
                send_gathered()
            # Its traceback names this frame: neither would be freed without the garbage collector.
            del error

    def close(self) -> None:
        """End the coroutine where it waits; it may not wait again."""
        self._end_wait()
        self._coroutine.close()

    def abandon(self) -> None:
        """Run the coroutine no more: a task that still has it ends by its next step. The caller closes it."""
        self._abandoned = True
        self._end_wait()

    def end(self) -> None:
        """Abandon the coroutine, and end it where it waits: its ``finally`` clauses run, and may wait for nothing."""
        self.abandon()
        end_coroutine(self._coroutine, asyncio.CancelledError)

    def _end_wait(self) -> None:
        wait, self._wait = self._wait, None
        if wait is not None:
            wait.end()
        elif self._meeting is not None:
            cancel(self._meeting)

    def _adapt(self, awaited: object) -> object:
        """Turn what the coroutine has yielded into what a Task understands."""
        while True:
            begin = _BEGIN.get(type(awaited))
            if begin is None:
                if type(awaited) is Meeting:
                    return self._meet(awaited)
                if type(awaited) is not Current:
                    return awaited
                awaited = self._coroutine.send(AsyncioRunner(self))
                continue
            try:
                wait = begin(self._waits, awaited)
            except BaseException as error:  # noqa: BLE001 - the coroutine handles it or passes it on, whatever it is
                failure = error
            else:
                self._wait = wait
                if wait is None:
                    return None
                wait.owner = self.owner
                return _awaited(wait.future)
            try:
                # Outside of the clause above: what is handled there would be what the coroutine handles.
                awaited = self._coroutine.throw(failure)
            finally:
                del failure


# The methods that run the code of a task's coroutine.
_STEPS: Final = (AdaptedCoroutine.send.__code__, AdaptedCoroutine.throw.__code__)
note_drivers(AdaptedCoroutine.send, AdaptedCoroutine.throw)


def _became(former: Holder, holder: Holder) -> bool:
    return isinstance(former, Connection) and former.became is holder


def was_raised_by_loop(error: BaseException) -> bool:
    """Whether the loop has raised this error already, before it was raised where the task that ended by it is awaited.

    If an error ends a program (KeyboardInterrupt, SystemExit), asyncio both raises it from the call that runs the loop,
    and makes it the result of the task.
    """
    return isinstance(error, (KeyboardInterrupt, SystemExit)) and any(
        frame.f_code in _STEPS for frame, _ in traceback.walk_tb(error.__traceback__)
    )


def _adapted(task: "asyncio.Task[object]", owner: object) -> AdaptedCoroutine | None:
    """Return the coroutine of a task if this is its owner."""
    coroutine: object = task.get_coro()
    return coroutine if isinstance(coroutine, AdaptedCoroutine) and coroutine.owner is owner else None


def abandon_task(task: "asyncio.Task[object]") -> None:
    """End an inner task where it waits: its ``finally`` clauses run, and may wait for nothing."""
    coroutine: object = task.get_coro()
    if isinstance(coroutine, AdaptedCoroutine):
        try:
            coroutine.end()
        except BaseException:  # noqa: BLE001 - no coroutine may keep the others from their end
            _log.exception("%r failed when it was abandoned with its request", task)
        if not task.get_loop().is_closed():
            task.cancel()


class LoopWaits:
    """What an asyncio loop does for coroutines of this library; it is that loop's task factory.

    While somebody uses it (from ``join`` to ``leave``), every coroutine that the loop makes a task of is adapted, also
    the inner tasks of ``wait_for``, ``gather`` and ``TaskGroup``. The tasks themselves are made as before.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, threads: int = DEFAULT_THREADS) -> None:
        self._loop = loop
        self.create_future: Callable[[], asyncio.Future[None]] = loop.create_future
        # The thread that runs a step of a task just now, or 0: the loop looks into its queue before it waits then.
        self.thread: int = 0
        # What it runs then; of any other time nothing is said.
        self.stepping: AdaptedCoroutine | None = None
        self._former: Any = loop.get_task_factory()
        self._users = 0
        self._deadlines = TimerWheel(loop)
        self._polls_again = isinstance(loop, asyncio.BaseEventLoop)
        self._readers: dict[int, Direction] = {}
        self._writers: dict[int, Direction] = {}
        self._held: dict[int, Holder] = {}
        # The owners of the functions that threads run now, by the thread's identity.
        self._blocked: dict[int, object] = {}
        tell_ends(self)
        # Not in the loop's executor, whose threads the interpreter waits for at its end.
        self.blocking_calls: BlockingCalls = BlockingCalls(loop, threads)

    @classmethod
    def join(cls, loop: asyncio.AbstractEventLoop, threads: int = DEFAULT_THREADS) -> Self:
        """Return the one of this loop, installed if need be; each call must be matched by one of ``leave``.

        threads: how many functions that block its user may have running at once.
        """
        installed: object = loop.get_task_factory()
        if not isinstance(installed, cls):
            installed = cls(loop, threads)
            # Its type in typeshed is narrower than what the loops accept and return: any callable of these arguments.
            loop.set_task_factory(installed)
        installed.blocking_calls.allow(threads)
        installed.enter()
        return installed

    def enter(self) -> None:
        """Count one more user; ``join`` calls this."""
        self._users += 1

    def leave(self) -> None:
        """Give the loop its former task factory back, unless somebody else uses this one."""
        self._users -= 1
        if not self._users:
            # Nobody is left whose functions it could call.
            self.blocking_calls.close(0)
        # If another factory was put over this one in the meantime, it goes on calling this one, which then passes on.
        if not self._users and self._loop.get_task_factory() is self:
            self._loop.set_task_factory(self._former)

    def __call__(self, loop: asyncio.AbstractEventLoop, coroutine: Any, /, **options: Any) -> "asyncio.Task[Any]":
        """Make a task; the loop calls this."""
        # The task itself refuses what is no coroutine. The native type first, because all other questions cost more.
        given: object = coroutine
        if self._users and (
            type(given) is CoroutineType or (not isinstance(given, AdaptedCoroutine) and asyncio.iscoroutine(given))
        ):
            coroutine = AdaptedCoroutine(self, coroutine, self._owner_of_task())
        if self._former is None:
            return asyncio.Task(coroutine, loop=loop, **options)
        made: asyncio.Task[Any] = self._former(loop, coroutine, **options)
        return made

    def hold(self, holder: Holder) -> None:
        """Keep the holder's descriptor registered between waits, until ``drop``; also when it has become another."""
        fd = holder.fileno()
        # The former holder has closed it, or somebody to whom it was given: a transport of asyncio's.
        for table in (self._readers, self._writers):
            if fd in table:
                table[fd].close()
        self._held[fd] = holder

    def drop(self, fd: int, holder: Holder, over: object = None) -> None:
        """Leave the loop with a held descriptor that is closed next, or was just now.

        Tasks that wait for it are woken: they find that out by their next read or write.

        fd: the number under which it was held. If another object has that number by now, it is left alone.
        over: an owner that is over. If a task of its own still reads, nobody would see its error: it is cancelled.
        """
        held = self._held.get(fd)
        if held is not holder:
            if held is None or not _became(holder, held):
                return
            holder = held
        del self._held[fd]
        for table, left in ((self._readers, over), (self._writers, None)):
            direction = table.get(fd)
            if direction is not None and direction.holder is holder:
                direction.close(left)

    def ends(self, connection: socket.socket, /) -> Leaving | None:
        """Leave the descriptor of a connection, because it is closed or given away next; from any thread."""
        fd = connection.fileno()
        # What a handler has connected by itself is not held, and is of interest only while somebody waits for it.
        is_known = self._held.get(fd) is connection or fd in self._readers or fd in self._writers
        if not is_known or self._loop.is_closed():
            return None
        if running_loop() is not self._loop:
            return partial(self._leave_soon, fd)
        self._leave(fd)
        return None

    def _leave(self, fd: int) -> None:
        # It stays held: its holder may be about to become another one, which goes on under this number.
        for table in (self._readers, self._writers):
            if fd in table:
                table[fd].close()

    def _leave_soon(self, fd: int, after: Callable[[], object] | None) -> None:
        """Leave it in the loop, and call back there; from any thread."""

        def leave() -> None:
            self._leave(fd)
            if after is not None:
                after()

        call_in_loop(self._loop, leave)

    def _holder_of(self, fd: int, waiting: Holder | None) -> Holder | None:
        """Return who is held under this number, if it still has that: perhaps as what it has become, which waits."""
        holder = self._held.get(fd)
        if holder is None or holder.fileno() == fd:
            return holder
        if waiting is None or not _became(holder, waiting):
            return None
        announce_end(waiting)
        self._held[fd] = waiting
        return waiting

    def current_owner(self) -> object:
        """Return the owner of the task, or of a task's function, that the calling thread runs; None if there is none.

        From any thread.
        """
        return self._owner_of_task() if running_loop() is self._loop else self._blocked.get(threading.get_ident())

    def _owner_of_task(self) -> object:
        stepping = self.stepping
        if stepping is not None and self.thread == get_ident():
            return stepping.owner
        task = asyncio.current_task(self._loop)
        coroutine: object = None if task is None else task.get_coro()
        return coroutine.owner if isinstance(coroutine, AdaptedCoroutine) else None

    def tasks_of(self, owner: object) -> "list[asyncio.Task[object]]":
        """Return the tasks of an owner that have not ended."""
        return [task for task in asyncio.all_tasks(self._loop) if _adapted(task, owner) is not None]

    def _block(self, owner: object, function: Callable[[], object]) -> object:
        self._blocked[threading.get_ident()] = owner
        try:
            return call_apart(function)
        finally:
            del self._blocked[threading.get_ident()]

    @staticmethod
    def _found(wait: Readable | Writable, direction: Direction | None) -> Direction | None:
        """Return the direction that was found under a number if it is the one to wait for.

        Raises OSError if the holder of the number has it no more: it may be another's by now.
        """
        check_held(wait)
        if direction is not None and direction.is_lost:
            direction.close()
            return None
        return direction

    # What each wait becomes

    def readable(self, wait: Readable) -> Wait:
        """Wait for input."""
        fd = wait.fd
        direction = self._readers.get(fd)
        if direction is None or direction.holder is not wait.holder or direction.is_lost:
            direction = self._found(wait, direction)
        if direction is None:
            loop = self._loop
            held = self._holder_of(fd, wait.holder)
            direction = Direction(
                self._readers,
                fd,
                loop.add_reader,
                loop.remove_reader,
                held or wait.holder,
                stays=held is not None,
                polls_again=self._polls_again,
            )
        return Readiness(self._loop.create_future(), direction, deadline_of(wait), self._deadlines)

    def writable(self, wait: Writable) -> Wait:
        """Wait for room to send."""
        direction = self._found(wait, self._writers.get(wait.fd))
        if direction is None:
            loop = self._loop
            # A socket is writable most of the time: unlike a reader, a writer that stays registered would wake the loop
            # in each turn.
            direction = Direction(
                self._writers,
                wait.fd,
                loop.add_writer,
                loop.remove_writer,
                self._holder_of(wait.fd, wait.holder) or wait.holder,
                stays=False,
                polls_again=self._polls_again,
            )
        return Readiness(self._loop.create_future(), direction, deadline_of(wait), self._deadlines)

    def sleep(self, wait: Sleep) -> Wait | None:
        """Wait for a point in time; None if it has passed: then others only have their turn."""
        delay = wait.until - time.monotonic()
        return TimedWait(self._loop.create_future(), delay) if delay > 0 else None

    def parked(self, wait: Parked) -> Wait:
        """Wait for a call."""
        future = self._loop.create_future()

        def wake() -> None:
            # A loop that was closed raises: no task of it will go on.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(fulfil, future)

        wait.start(wake)
        return Wait(future) if wait.until is None else TimedWait(future, max(0.0, wait.until - time.monotonic()))

    def readable_or_called(self, wait: ReadableOrCalled) -> Wait:
        """Wait for input or a call."""
        readiness = self.readable(wait)
        wait.start(partial(self.fulfil_soon, readiness.future))
        return readiness

    def fulfil_soon(self, future: "asyncio.Future[None]") -> None:
        """End a future; from any thread or signal handler."""
        if self.thread == get_ident():
            # A late call finds it cancelled.
            if not future.done():
                future.set_result(None)
        else:
            # Between two steps too, because a signal handler may come just before the loop waits.
            call_in_loop(self._loop, partial(fulfil, future))

    def blocking(self, wait: Blocking) -> Wait:
        """Wait for a function, in a thread and a copy of the coroutine's context, as ``asyncio.to_thread`` does."""
        function: Callable[[], object] = partial(contextvars.copy_context().run, wait.function)
        future: asyncio.Future[object] = self._loop.create_future()
        return BlockingWait(future, self.blocking_calls, partial(self._block, self._owner_of_task(), function))


# By the exact type, because it is looked up for each thing that a task of the loop awaits.
_BEGIN: Final[dict[type, Callable[[LoopWaits, Any], Wait | None]]] = {
    Readable: LoopWaits.readable,
    ReadableOrCalled: LoopWaits.readable_or_called,
    Writable: LoopWaits.writable,
    Sleep: LoopWaits.sleep,
    Parked: LoopWaits.parked,
    Blocking: LoopWaits.blocking,
}
