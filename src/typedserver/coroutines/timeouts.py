"""timeout: a limit of time for a part of a handler. The public face alone: what runs the handler has the rest."""

import math
import types
from collections.abc import Coroutine
from typing import Any, Self, cast

from typedserver.coroutines.runner import TimeScope, current_runner
from typedserver.coroutines.waits import end_of
from typedserver.errors import LifecycleError
from typedserver.recipes import check_number


class Timeout:
    """A limit of time for one block; ``timeout`` makes it."""

    __slots__ = ("_scope", "_when")

    def __init__(self, when: float | None) -> None:
        self._when = when
        self._scope: TimeScope | None = None

    async def __aenter__(self) -> Self:
        if self._scope is not None:
            raise LifecycleError("a timeout serves one block: make another one")
        scope = (await current_runner()).timeout(self._when)
        await scope.__aenter__()
        self._scope = scope
        return self

    def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: types.TracebackType | None, /
    ) -> Coroutine[Any, Any, None]:
        assert self._scope is not None
        # It never swallows an exception, which a type checker would believe of a bool.
        return cast("Coroutine[Any, Any, None]", self._scope.__aexit__(kind, error, traceback))

    def when(self) -> float | None:
        """Return when it expires, as a time.monotonic value; None: never."""
        return self._when if self._scope is None else self._scope.when()

    def reschedule(self, when: float | None, /) -> None:
        """Have the block expire at another time, a time.monotonic value; None: never.

        Raises RuntimeError if the block has not begun or is over, or if it has expired.
        """
        if self._scope is None:
            raise LifecycleError("this timeout has no block yet: enter it by `async with` before reschedule()")
        self._scope.reschedule(when)

    def expired(self) -> bool:
        """Whether the block has expired."""
        return self._scope is not None and self._scope.expired()


def timeout(seconds: float | None) -> Timeout:
    """Make a limit of time for a block, which raises TimeoutError when it is over.

    ``async with timeout(5): ...`` is the usual form.

    seconds: from the call on; None or ``math.inf``: no limit. 0 or less ends the block at its first wait.

    What the block waits for is cancelled, as by ``Task.cancel``, and its ``finally`` clauses run. Only the block whose
    time is over raises TimeoutError, and a cancellation that comes from outside stays one. The limit ends with the
    block: nothing is raised later. Under ``Asyncio`` it is asyncio.timeout.

    A Stream stays as it was: what had come is there for the next read, also if half a line had come. But what a read
    has returned is the handler's. A frame that is read by two calls, a header and a body, loses its header if the time
    is over between them and the header was in a variable of the block alone: keep it in a variable outside of it, or
    read the frame by one call. What must not be cancelled (a commit) belongs behind the block, or into a task of a
    TaskGroup around it.

    Raises RecipeError for what is no number.
    """
    if seconds is None:
        return Timeout(None)
    check_number("timeout", "seconds", seconds)
    when = end_of(seconds)
    return Timeout(None if when == math.inf else when)
