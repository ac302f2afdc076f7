"""Tasks and limits of time in a loop of ours: the blocks that a coroutine is in.

It knows the tasks of one loop, nothing of requests or reactors. Loop's thread only.

A cancellation is an exception that is thrown into a task where it waits, once, and whoever has caused it knows it by
its identity. A task keeps those that were thrown, until the block that has caused one is left: so an inner block whose
time is over makes no TimeoutError of what was thrown from outside meanwhile.
"""

import itertools
import time
import types
from collections.abc import Callable, Coroutine, Generator
from contextvars import copy_context
from functools import partial
from typing import Any, Final, Generic, TypeVar

from typing_extensions import override

from typedserver.coroutines.foreign import explained
from typedserver.coroutines.loop_task import CUT, Blocks, LoopTask, Run
from typedserver.coroutines.runner import GroupScope, Task, TimeScope
from typedserver.coroutines.waits import CURRENT, Cancelled, Parked, wait_for
from typedserver.errors import LifecycleError
from typedserver.protocols.reactors import TimerHandle

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# What ends a program: it is raised as it is, not in a group.
_ENDS_PROGRAM: Final = (KeyboardInterrupt, SystemExit)


class LoopBlocks:
    """The groups and limits of time that a task is in; what runs it (Runner)."""

    __slots__ = ("_groups", "_task", "cancellations")

    def __init__(self, task: LoopTask) -> None:
        self._task = task
        self._groups: list[LoopGroup] = []
        self.cancellations: list[Cancelled] = []

    def served(self) -> object:
        """Return the request that the task serves."""
        return self._task.served()

    def task_group(self) -> "LoopGroup":
        """Make a group."""
        return LoopGroup(self._task, self)

    def timeout(self, when: float | None, /) -> "LoopTimeout":
        """Make a limit of time."""
        return LoopTimeout(self._task, self, when)

    def enter(self, group: "LoopGroup") -> None:
        """Note a group whose block begins."""
        self._groups.append(group)

    def leave(self, group: "LoopGroup") -> None:
        """Forget a group whose block and tasks have ended."""
        if group in self._groups:
            self._groups.remove(group)

    def forget(self, cancelled: Cancelled | None) -> Cancelled | None:
        """Forget a cancellation whose cause is over; returns one that was thrown besides, by a cause outside of it."""
        if cancelled in self.cancellations:
            self.cancellations.remove(cancelled)
        return self.cancellations[-1] if self.cancellations else None

    def are_stuck(self) -> bool:
        """Whether all tasks of its groups wait for other coroutines alone."""
        return all(group.is_stuck() for group in self._groups)

    def abandon(self) -> None:
        """End the tasks of its groups where they wait, the innermost first."""
        while self._groups:
            self._groups.pop().abandon()


_conforms: type[Blocks] = LoopBlocks


class GroupTask(LoopTask, Generic[T_co]):
    """One task of a group."""

    __slots__ = ("_awaited_by", "_cancelled", "_error", "_group", "_name", "_value")

    def __init__(self, group: "LoopGroup", run: Run, coroutine: Coroutine[Any, Any, T_co], name: str | None) -> None:
        super().__init__(group.parent.loop, run, coroutine)
        self._group = group
        self._name = name
        self._value: T_co | None = None
        self._error: BaseException | None = None
        self._cancelled = False
        # What wakes those that await it.
        self._awaited_by: list[Callable[[], object]] | None = None
        self.waiting: object = _TO_BEGIN

    def __repr__(self) -> str:
        state = "pending" if not self.over else "cancelled" if self.cancelled() else "done"
        return f"<Task {self.get_name()!r} {state}>"

    def begin(self) -> None:
        """Take the first step, unless it was cancelled before."""
        if self.waiting is _TO_BEGIN:
            self.waiting = None
            self.resume(None)

    @override
    def served(self) -> object:
        return self._group.parent.served()

    @override
    def end(self, end: BaseException) -> None:
        self.settle()
        if type(end) is StopIteration:
            self._value = end.value
        elif isinstance(end, CUT):
            self._cancelled = True
        else:
            # Without the frame of its step, which names this task: neither would be freed without the garbage
            # collector.
            if end.__traceback__ is not None:
                end.__traceback__ = end.__traceback__.tb_next
            self._error = explained(end)
        self._group.ended(self, self._error)
        awaited_by, self._awaited_by = self._awaited_by, None
        for wake in awaited_by or ():
            wake()
        del end

    # What Task promises

    def cancel(self) -> bool:
        """Raise Cancelled in it where it waits, soon; returns False if it has ended already."""
        if self.over:
            return False
        if self.waiting is _TO_BEGIN:
            # It does not begin any more.
            self.waiting = None
        self.interrupt_soon(Cancelled(f"{self!r} was cancelled"))
        return True

    def done(self) -> bool:
        """Whether it has ended."""
        return self.over

    def cancelled(self) -> bool:
        """Whether it has ended because it was cancelled."""
        return self._cancelled

    def result(self) -> T_co:
        """Return what it returned, or raise what it raised."""
        error = self.exception()
        try:
            if error is not None:
                raise error
        finally:
            del error
        value: Any = self._value
        result: T_co = value
        return result

    def exception(self) -> BaseException | None:
        """Return what it raised."""
        if not self.over:
            raise LifecycleError(f"{self!r} has not ended: await it, or ask when its group is over")
        if self._cancelled:
            raise Cancelled(f"{self!r} was cancelled")
        return self._error

    def get_name(self) -> str:
        """Return its name."""
        if self._name is None:
            self._name = f"Task-{next(_numbers)}"
        return self._name

    def __await__(self) -> Generator[Any, Any, T_co]:
        if not self.over:
            cancelled: Cancelled | None = None
            runner = yield CURRENT
            if runner is self.blocks:
                raise LifecycleError(f"{self!r} awaits itself: it would wait for ever")
            while not self.done():
                try:
                    yield Parked(self._wake_at_end, joins=True)
                except Cancelled as error:
                    # As asyncio's does it.
                    cancelled = error
                    self.cancel()
            if cancelled is not None:
                try:
                    raise cancelled
                finally:
                    del cancelled
        return self.result()

    def _wake_at_end(self, wake: Callable[[], object]) -> None:
        if self._awaited_by is None:
            self._awaited_by = []
        self._awaited_by.append(wake)


# Of the tasks whose names were asked for and not given.
_numbers: Final = itertools.count(1)

# What a task waits for that has not begun.
_TO_BEGIN: Final = object()


class LoopGroup:
    """The tasks of one block.

    parent: whose block it is.
    """

    __slots__ = ("_aborted", "_base_error", "_blocks", "_errors", "_failed", "_in_block", "_tasks", "_wake", "parent")

    def __init__(self, parent: LoopTask, blocks: LoopBlocks) -> None:
        self.parent: LoopTask = parent
        self._blocks = blocks
        self._tasks: set[GroupTask[object]] = set()
        self._errors: list[BaseException] = []
        self._base_error: BaseException | None = None
        # Whether its tasks were cancelled; what was thrown into the block then; what wakes the parent that waits for
        # the last of them.
        self._aborted = False
        self._failed: Cancelled | None = None
        self._in_block = False
        self._wake: Callable[[], object] | None = None

    async def __aenter__(self) -> object:
        self._in_block = True
        self._blocks.enter(self)
        return self

    def create_task(self, coroutine: Coroutine[Any, Any, T], /, *, name: str | None = None) -> GroupTask[T]:
        """Run a coroutine as a task of the block; raises LifecycleError if the block is over."""
        if not (self._in_block or self._tasks) or self.parent.over:
            raise LifecycleError("this TaskGroup is over: create tasks in its block, or in a task of it that runs")
        if self._aborted and not self._tasks:
            raise LifecycleError("this TaskGroup ends, because a task of it has failed or its block was cancelled")
        loop = self.parent.loop
        task = GroupTask(self, loop.step_in(copy_context()), coroutine, name)
        loop.reactor.call_soon_threadsafe(task.begin)
        self._tasks.add(task)
        return task

    def ended(self, task: GroupTask[object], error: BaseException | None) -> None:
        """Note the end of a task; error: what it has raised, if that is a failure."""
        self._tasks.discard(task)
        if error is not None:
            if isinstance(error, _ENDS_PROGRAM) and self._base_error is None:
                self._base_error = error
            else:
                self._errors.append(error)
            if not self._aborted:
                self._abort()
                if self._in_block:
                    self._failed = Cancelled("a task of its TaskGroup has failed")
                    self.parent.interrupt_soon(self._failed, unless=self._is_left)
        if not self._tasks and self._wake is not None:
            wake, self._wake = self._wake, None
            wake()

    def is_stuck(self) -> bool:
        """Whether all tasks wait for other coroutines alone."""
        return all(task.is_stuck() for task in self._tasks)

    def _is_left(self) -> bool:
        return not self._in_block

    def _abort(self) -> None:
        self._aborted = True
        for task in self._tasks:
            task.cancel()

    def abandon(self) -> None:
        """End the tasks where they wait: their ``finally`` clauses run, and may wait for nothing."""
        self._aborted = True
        while self._tasks:
            self._tasks.pop().abandon()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: types.TracebackType | None, /
    ) -> None:
        self._in_block = False
        cancelled: BaseException | None = None
        try:
            if error is not None:
                if isinstance(error, Cancelled):
                    if error is not self._failed:
                        cancelled = error
                elif isinstance(error, _ENDS_PROGRAM):
                    self._base_error = self._base_error or error
                if isinstance(error, GeneratorExit):
                    # Whoever closes a coroutine lets it wait for nothing.
                    self.abandon()
                    return
                self._abort()
            while self._tasks:
                try:
                    await wait_for(Parked(self._wake_at_end, joins=True))
                except Cancelled as raised:
                    cancelled = cancelled or raised
                    self._abort()
                except GeneratorExit:
                    self.abandon()
                    raise
                except BaseException as raised:  # noqa: BLE001 - Ctrl-C: raised below, when all tasks have ended
                    self._base_error = self._base_error or raised
                    self._abort()
            self._conclude(error, cancelled)
        finally:
            self._blocks.leave(self)
            self._blocks.forget(self._failed)
            # Their tracebacks name this frame.
            del error, cancelled, traceback
            self._base_error = self._failed = None
            self._errors = []

    def _conclude(self, error: BaseException | None, cancelled: BaseException | None) -> None:
        """Raise what the block and its tasks ended by; a cancellation of the block itself passes by returning."""
        try:
            if self._base_error is not None:
                if self._base_error is error:
                    return
                raise self._base_error
            if error is not None and not isinstance(error, Cancelled):
                self._errors.append(error)
            if not self._errors:
                if cancelled is None or cancelled is error:
                    return
                raise cancelled
            if isinstance(cancelled, Cancelled):
                # The errors come first. If they are handled, the cancellation is raised at the next wait.
                self.parent.interrupt_soon(cancelled, unless=partial(self._is_forgotten, cancelled))
            raise BaseExceptionGroup("unhandled errors in a TaskGroup", self._errors)
        finally:
            del error, cancelled

    def _is_forgotten(self, cancelled: Cancelled) -> bool:
        return cancelled not in self._blocks.cancellations

    def _wake_at_end(self, wake: Callable[[], object]) -> None:
        self._wake = wake


class LoopTimeout:
    """The time that one block may take."""

    __slots__ = ("_blocks", "_entered", "_error", "_expired", "_task", "_timer", "_when")

    def __init__(self, task: LoopTask, blocks: LoopBlocks, when: float | None) -> None:
        self._task = task
        self._blocks = blocks
        self._when = when
        self._timer: TimerHandle | None = None
        self._error: Cancelled | None = None
        self._expired = False
        self._entered = False

    async def __aenter__(self) -> object:
        self._entered = True
        self.reschedule(self._when)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: types.TracebackType | None, /
    ) -> None:
        self._entered = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        own, self._error = self._error, None
        if own is None:
            return
        try:
            outer = self._blocks.forget(own)
            if error is own:
                if outer is not None:
                    raise outer from None
                raise TimeoutError("the time of this block is over") from error
        finally:
            # Their tracebacks name this frame.
            del own, error, traceback

    def when(self) -> float | None:
        """Return when it expires."""
        return self._when

    def expired(self) -> bool:
        """Whether it has expired."""
        return self._expired

    def reschedule(self, when: float | None, /) -> None:
        """Have it expire at another time."""
        if not self._entered or self._expired:
            state = "has expired" if self._expired else "is left or was not entered"
            raise LifecycleError(f"this timeout {state}: reschedule one whose block runs")
        self._when = when
        if self._timer is not None:
            self._timer.cancel()
        self._timer = (
            None
            if when is None
            else self._task.loop.reactor.call_later(max(0.0, when - time.monotonic()), self._expire)
        )

    def _expire(self) -> None:
        self._timer = None
        self._expired = True
        self._error = Cancelled("the time of a block is over")
        self._task.interrupt(self._error)


_groups_conform: type[GroupScope] = LoopGroup
_timeouts_conform: type[TimeScope] = LoopTimeout
_tasks_conform: type[Task[object]] = GroupTask[object]
