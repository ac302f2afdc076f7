"""A wait as asyncio's tasks take it that no server has made: those of a program which a server serves beside.

A task asks of any object that it waits for what is here, and takes it for a future of another library. It knows no
handler, and imports no asyncio: what calls it is asyncio, so that is loaded.
"""

import sys
from abc import abstractmethod
from collections.abc import Callable
from contextvars import Context
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")


class _Asyncio(Protocol):
    CancelledError: type[BaseException]

    def get_running_loop(self) -> "asyncio.AbstractEventLoop": ...


def running_loop() -> "asyncio.AbstractEventLoop | None":
    """Return the loop of asyncio's kind that runs in this thread, None if there is none."""
    # It is loaded only if a program uses it.
    module: Any = sys.modules.get("asyncio")
    if module is None:
        return None
    # The public function raises if none runs, which would cost each connection half a microsecond.
    loop: asyncio.AbstractEventLoop | None = module._get_running_loop()  # noqa: SLF001 - see above
    return loop


class AwaitedByAsyncio:
    """A wait that ends by a call from whatever thread."""

    # What asyncio's tasks look for. They set it on the object as well.
    _asyncio_future_blocking = True
    _in_task: "_InTask | None" = None

    @abstractmethod
    def start(self, call: Callable[[T], object], argument: T) -> None:
        """Have ``call(argument)`` called when it is over, from whatever thread, and more than once perhaps."""

    def get_loop(self) -> "asyncio.AbstractEventLoop":
        """Return the loop that runs in this thread; the task looks whether it is its own."""
        return _asyncio().get_running_loop()

    def add_done_callback(self, callback: "Callable[[AwaitedByAsyncio], object]", *, context: Context) -> None:
        """Have the task called when it is over; the task calls this."""
        in_task = self._in_task = _InTask(self.get_loop(), partial(callback, self), context)
        self.start(_InTask.end_soon, in_task)

    def result(self) -> None:
        """Raise CancelledError if the task was cancelled; the task calls this when it is called."""
        if self._in_task is not None and self._in_task.cancelled is not None:
            raise _asyncio().CancelledError(*self._in_task.cancelled)

    def cancel(self, msg: object = None) -> bool:
        """Wait no more, because the task is cancelled; the task calls this."""
        return self._in_task is not None and self._in_task.cancel(() if msg is None else (msg,))


def _asyncio() -> "_Asyncio":
    module: Any = sys.modules["asyncio"]
    found: _Asyncio = module
    return found


class _InTask:
    """The wait of a task. All but ``end_soon`` is done in its loop."""

    __slots__ = ("_callback", "_context", "_loop", "cancelled")

    def __init__(self, loop: "asyncio.AbstractEventLoop", callback: Callable[[], object], context: Context) -> None:
        self._loop = loop
        self._callback: Callable[[], object] | None = callback
        self._context = context
        # The arguments of the cancellation, once there is one.
        self.cancelled: tuple[object, ...] | None = None

    def end_soon(self) -> None:
        """Go on with the task; from any thread or signal handler."""
        try:
            self._loop.call_soon_threadsafe(self._end, context=self._context)
        except RuntimeError:
            # The loop is closed: no task of it will go on.
            return

    def cancel(self, arguments: tuple[object, ...]) -> bool:
        """Go on with the task by a cancellation; returns False if it has gone on already."""
        if self._callback is None:
            return False
        self.cancelled = arguments
        self.end_soon()
        return True

    def _end(self) -> None:
        # It may have been called and cancelled, and a task must not be called twice.
        callback, self._callback = self._callback, None
        if callback is not None:
            callback()
