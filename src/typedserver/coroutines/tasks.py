"""TaskGroup: the tasks of a handler. The public face alone: what runs the handler has the rest."""

import types
from collections.abc import Coroutine
from threading import get_ident
from typing import Any, Self, TypeVar

from typedserver.coroutines.drive import is_coroutine
from typedserver.coroutines.runner import GroupScope, Task, current_runner
from typedserver.errors import LifecycleError

T = TypeVar("T")


class TaskGroup:
    """Coroutines that run beside one another, as tasks of one block, which waits for all of them.

    ``async with TaskGroup() as tasks: task = tasks.create_task(fetch(name))``. The names and their meaning are
    asyncio's, and under ``Asyncio`` it is an asyncio.TaskGroup. It works under every strategy: where a handler has a
    thread or a child of its own, its tasks share that.

    If a task raises an exception, the other tasks and the block are cancelled, and the block raises an ExceptionGroup
    of all that was raised, as soon as all have ended (``except*`` takes it apart). If the block itself raises, or is
    cancelled, its tasks are cancelled. No task outlives its block, so none outlives its request. KeyboardInterrupt and
    SystemExit are raised as they are. A task that ends by a cancellation is no failure.

    Each task has a copy of the context (contextvars) of who has made it.
    """

    __slots__ = ("_scope", "_thread")

    def __init__(self) -> None:
        self._scope: GroupScope | None = None
        self._thread = 0

    async def __aenter__(self) -> Self:
        if self._scope is not None:
            raise LifecycleError("a TaskGroup serves one block: make another one")
        scope = (await current_runner()).task_group()
        await scope.__aenter__()
        self._scope = scope
        self._thread = get_ident()
        return self

    def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: types.TracebackType | None, /
    ) -> Coroutine[Any, Any, None]:
        assert self._scope is not None
        return self._scope.__aexit__(kind, error, traceback)

    def create_task(self, coroutine: Coroutine[Any, Any, T], /, *, name: str | None = None) -> Task[T]:
        """Run a coroutine beside the others, from the next turn on; in the block, or in a task of it that runs.

        name: of the task, for logs.

        Raises RuntimeError if the block has not begun or is over, or belongs to another thread; TypeError for what is
        no coroutine. A coroutine that is refused is closed.
        """
        scope = self._scope
        # By a name of its own, because its result is still known by the other one.
        given: object = coroutine
        if not is_coroutine(given):
            raise TypeError(f"create_task() needs a coroutine, not {coroutine!r}: call the `async def` function")
        try:
            if scope is None:
                raise LifecycleError("this TaskGroup has no block yet: enter it by `async with` before create_task()")
            if get_ident() != self._thread:
                raise LifecycleError(
                    "this TaskGroup belongs to another thread: create tasks in the handler whose block it is"
                )
            return scope.create_task(coroutine, name=name)
        except RuntimeError:
            coroutine.close()
            raise
