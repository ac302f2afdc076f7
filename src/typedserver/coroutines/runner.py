"""What runs a coroutine, as the coroutine asks for it: the way to tasks and limits of time. Nearly typing only.

Every driver of coroutines has a Runner of its own; under ``Asyncio`` its groups and limits are asyncio's own.
"""

import types
from collections.abc import Coroutine, Generator
from typing import Any, Protocol, TypeVar, cast

from typedserver.coroutines.waits import CURRENT, wait_for

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Task(Protocol[T_co]):
    """A coroutine that runs beside the one that has made it; asyncio.Task is one.

    Await it for its result: that raises what the task raised, and Cancelled if it was cancelled. If who awaits it is
    cancelled meanwhile, the task is cancelled as well. Loop's thread only.
    """

    def cancel(self) -> bool:
        """Raise Cancelled in it where it waits, soon; returns False if it has ended already."""
        ...

    def done(self) -> bool:
        """Whether it has ended."""
        ...

    def cancelled(self) -> bool:
        """Whether it has ended because it was cancelled."""
        ...

    def result(self) -> T_co:
        """Return what it returned; raises what it raised, Cancelled if it was cancelled.

        Raises LifecycleError if it has not ended (under ``Asyncio`` asyncio.InvalidStateError).
        """
        ...

    def exception(self) -> BaseException | None:
        """Return what it raised, None if it returned; raises Cancelled if it was cancelled.

        Raises LifecycleError if it has not ended (under ``Asyncio`` asyncio.InvalidStateError).
        """
        ...

    def get_name(self) -> str:
        """Return its name."""
        ...

    def __await__(self) -> Generator[Any, Any, T_co]: ...


class GroupScope(Protocol):
    """The tasks of one block; asyncio.TaskGroup is one."""

    async def __aenter__(self) -> object: ...

    def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: types.TracebackType | None, /
    ) -> Coroutine[Any, Any, None]: ...

    def create_task(self, coroutine: Coroutine[Any, Any, T], /, *, name: str | None = None) -> Task[T]:
        """Run a coroutine as a task of the block."""
        ...


class TimeScope(Protocol):
    """The time that one block may take; asyncio.Timeout is one."""

    async def __aenter__(self) -> object: ...

    def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: types.TracebackType | None, /
    ) -> Coroutine[Any, Any, bool | None]: ...

    def when(self) -> float | None:
        """Return when it expires, as a time.monotonic value; None: never."""
        ...

    def reschedule(self, when: float | None, /) -> None:
        """Have it expire at another time."""
        ...

    def expired(self) -> bool:
        """Whether it has expired."""
        ...


class Runner(Protocol):
    """What runs a coroutine."""

    def served(self) -> object:
        """Return the request that the coroutine serves, as it was accepted; None if it serves none."""
        ...

    def task_group(self) -> GroupScope:
        """Make a group whose block is the coroutine's."""
        ...

    def timeout(self, when: float | None, /) -> TimeScope:
        """Make a limit of time, a time.monotonic value or None, whose block is the coroutine's."""
        ...


async def current_runner() -> Runner:
    """Return what runs the calling coroutine."""
    return cast("Runner", await wait_for(CURRENT))
