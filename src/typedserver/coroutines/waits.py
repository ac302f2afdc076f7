"""Waits: what a coroutine of this library may wait for. It does not know what drives the coroutine.

A coroutine yields one of these values to its driver: ``drive`` waits in place in a worker's thread, a multiplexing
strategy registers with its reactor. The driver resumes the coroutine with None, or with ``Blocking``'s result; when a
deadline passes, it throws TimeoutError into the coroutine. ``Current`` is no wait: it is answered at once. No other
room yields anything.

Whatever a coroutine waits for, the cut of its request ends it there: a driver throws RequestCut, or cancels it as
asyncio does. Nothing of the wait may be left then: no timer, no callback.
"""

import errno
import math
import time
import types
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, ParamSpec, Protocol, TypeAlias, TypeVar, cast

from typing_extensions import override

from typedserver.coroutines.awaited_by_asyncio import AwaitedByAsyncio
from typedserver.coroutines.context import context_of
from typedserver.errors import ForeignAwaitable
from typedserver.protocols.handlers import ServerContext
from typedserver.recipes import check_number, check_seconds


class Cancelled(BaseException):
    """What runs this was cancelled: let this pass, it is nobody's error.

    It is raised where a coroutine waits: in a task by its ``cancel`` or by the end of its group, in the block of a
    ``timeout`` that expires, and in a handler whose request is cut. ``finally`` clauses run, and may wait. Under
    ``Asyncio`` asyncio.CancelledError is raised in its place. Each cancellation is an exception of its own, so that
    whoever has caused one knows it again.
    """


class RequestCut(Cancelled):
    """The request was cut: let this pass, it is nobody's error.

    It is raised where a coroutine waits. Its ``finally`` clauses may wait as well, until the next cut, a second later.
    GeneratorExit, which Python has for this, would not do: what is awaited in ``finally`` clauses cannot go on under
    it, and an async generator that waits does not even get it (Python 3.11).
    """


T = TypeVar("T")
P = ParamSpec("P")

# Not frozen, because a wait is made for each suspension of each connection: a frozen dataclass sets each field through
# object.__setattr__, which costs more than the rest of a wait.


class Holder(Protocol):
    """An object that has a descriptor and may close it at any time; a socket, most often."""

    def fileno(self) -> int:
        """Return the descriptor; -1 once it is closed."""
        ...


@dataclass(slots=True)
class Readable:
    """Until the descriptor is readable; ``deadline`` is a time.monotonic value, or None.

    seconds: how long it may take from its beginning, for a wait that has no deadline, because it is handed out again
    and again; None: for ever.
    holder: who has the descriptor. If it has another one or none by now, the number may be another's, and a driver must
    not wait for that: see ``check_held``. None if that is not known.
    """

    fd: int
    deadline: float | None = None
    holder: Holder | None = field(default=None, compare=False)
    seconds: float | None = None


@dataclass(slots=True)
class Writable:
    """Until the descriptor is writable; the fields are those of ``Readable``."""

    fd: int
    deadline: float | None = None
    holder: Holder | None = field(default=None, compare=False)


@dataclass(slots=True)
class ReadableOrCalled(Readable):
    """Until the descriptor is readable, or something else calls back; who waits finds out by itself which it was.

    start: see ``Parked``.
    """

    start: Callable[[Callable[[], object]], object] = field(kw_only=True, compare=False)


def deadline_of(wait: Readable | Writable) -> float | None:
    """Return until when a wait that begins now may last, as a time.monotonic value; None: for ever."""
    if isinstance(wait, Writable) or wait.seconds is None:
        return wait.deadline
    return time.monotonic() + wait.seconds


def check_held(wait: Readable | Writable) -> None:
    """Raise OSError (EBADF) if the holder of a descriptor has closed it or given it away."""
    if wait.holder is not None and wait.holder.fileno() != wait.fd:
        raise OSError(errno.EBADF, f"descriptor {wait.fd} was closed or given away: there is nothing to wait for")


@dataclass(slots=True)
class Sleep:
    """Until a time.monotonic value."""

    until: float


@dataclass(slots=True)
class Parked:
    """Until something else calls back.

    start: called with the wake-up, which may be called from any thread and more than once.
    until: a time.monotonic value at which the wait ends in any case, or None.
    joins: whether this waits for tasks of the same request alone.
    """

    start: Callable[[Callable[[], object]], object]
    until: float | None = None
    joins: bool = False


class Meeting(AwaitedByAsyncio):
    """Until somebody else says so: another handler most often, or a thread that is none. It is for one wait.

    It is a kind of its own beside ``Parked``, because it may be in vain: where this coroutine keeps all other handlers
    from running, only a thread outside can end it. A driver that is asked to wait so there must not do it for ever.

    woken: whether it is over.
    granted: whether what it waits for is its own by now. If it goes away then, it must pass that on.
    claim: what the first takes who decides about it: the one that grants, or the one that waits no more.
    generation: see ``lineage`` of process/inheritance.py; what a fork has copied never comes back here.
    """

    # Values of the class, because one is made for each wait: to set them all would cost more than the rest of it.
    woken: bool = False
    granted: bool = False
    generation: int = 0
    claim: list[bool]
    call: Callable[[Any], object] | None = None
    argument: Any = None

    @override
    def start(self, call: Callable[[T], object], argument: T) -> None:
        """Have ``call(argument)`` called when it is over, from whatever thread; now, if it is. Drivers call this."""
        self.argument = argument
        # ``woken`` is read after this is set, and ``wake`` does it the other way round: it is called at least once.
        self.call = call
        if self.woken:
            call(argument)

    def is_over(self) -> bool:
        """Return whether it is over; a method for who has looked at ``woken`` before, which another thread changes."""
        return self.woken

    def take_claim(self) -> bool:
        """Decide about it, unless somebody else has done that; returns whether nobody has."""
        try:
            return self.claim.pop()
        except IndexError:
            return False

    def wake(self) -> None:
        """End the wait; from any thread or signal handler."""
        self.woken = True
        if self.call is not None:
            self.call(self.argument)


@dataclass(slots=True)
class Blocking:
    """Until a function that blocks has run, in a thread that may block; resumed with what the function returned."""

    function: Callable[[], object]


@dataclass(slots=True)
class Current:
    """No wait: the coroutine is resumed at once, with the Runner that runs it."""


CURRENT: Final = Current()

Wait: TypeAlias = Readable | ReadableOrCalled | Writable | Sleep | Parked | Meeting | Blocking | Current


# What a task of asyncio says of an object that it cannot wait for (RuntimeError).
_NOT_ASYNCIOS: Final = "Task got bad yield"


class Calls:
    """Calls from elsewhere for one coroutine, which waits for the next one by ``Parked`` or ``ReadableOrCalled``.

    has_come: whether one has come; who waits sets it to False, before it looks what the call was for.
    """

    __slots__ = ("_wake", "has_come")

    def __init__(self) -> None:
        self._wake: Callable[[], object] | None = None
        self.has_come: bool = False

    def come(self) -> None:
        """Call; from any thread or signal handler, and any number of times."""
        self.has_come = True
        wake = self._wake
        if wake is not None:
            # A loop that was closed raises: no coroutine of it will go on.
            try:
                wake()
            except RuntimeError:
                return

    def start(self, wake: Callable[[], object]) -> None:
        """Keep the wake-up of the coroutine that waits, and call it if a call has come meanwhile; drivers call this."""
        self._wake = wake
        # It is kept first and asked then; ``come`` does it the other way round. So one of both threads sees the other.
        if self.has_come:
            wake()


def by_generator(function: Callable[P, Generator[Any, Any, T]]) -> Callable[P, Coroutine[object, None, T]]:
    """Have a generator function be one of coroutines, for all but asyncio: that is one level less at each wait."""
    # A generator lacks ``__await__``, but ``await`` and all drivers of this library take it (types.coroutine).
    return cast("Callable[P, Coroutine[object, None, T]]", types.coroutine(function))


@by_generator
def _nothing() -> Generator[Any, Any, None]:
    return
    yield


# What is over already, to be awaited any number of times: a generator that has ended is awaited for nothing.
DONE: Final = _nothing()


@types.coroutine
def wait_for(wait: Wait) -> Generator[Any, Any, object]:
    """Hand a wait to the driver; returns what the driver resumes with, and raises what it throws.

    Raises ForeignAwaitable if a task of asyncio awaits it that no server has made.
    """
    try:
        return (yield wait)
    except RuntimeError as error:
        if not str(error).startswith(_NOT_ASYNCIOS):
            raise
        raise ForeignAwaitable(
            "a coroutine of this library was awaited in an asyncio program outside of a server's handlers: run it by "
            "drive() in a thread, or await what asyncio has for it (sleep, timeout, TaskGroup, to_thread, "
            "open_connection)"
        ) from error


def end_of(seconds: float) -> float:
    """Return when so many seconds from now are over, by time.monotonic."""
    try:
        return time.monotonic() + seconds
    except OverflowError:
        # An int beyond all floats.
        return math.inf if seconds > 0 else -math.inf


async def sleep(seconds: float) -> None:
    """Let the coroutine sleep for so many seconds, under every strategy; other coroutines of its thread go on.

    ``math.inf`` sleeps until the request is cut, 0 or less gives others a turn. Raises RecipeError for what is no
    number.
    """
    # A time that has passed is usual: ``sleep(due - now)``.
    check_number("sleep", "seconds", seconds)
    await wait_for(Sleep(end_of(seconds)))


async def wait_draining(server: ServerContext, seconds: float | None = None) -> bool:
    """Let the coroutine wait until the server drains, at most so many seconds; returns whether the server drains.

    For handlers that do something now and then, and do not read meanwhile:
    ``while not await wait_draining(stream.server, 1.0): await stream.write(b"tick")``. Works under every strategy. A
    server of another library never drains. Raises RecipeError unless ``seconds`` is a number from 0 on, or None.
    """
    check_seconds("wait_draining", "seconds", seconds)
    until = None if seconds is None else end_of(seconds)
    # A fresh key, because several coroutines of one request may wait.
    about = object()
    context = context_of(server)
    try:
        await wait_for(Parked(partial(context.call_when_draining, about), until))
    finally:
        context.forget_when_draining(about)
    return context.draining


async def run_blocking(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function that may block, with these arguments, and return what it returns or raise what it raises.

    If the request has a thread or a child of its own, the function runs there; a multiplexing strategy runs it in
    another thread. In either case it has a copy of the coroutine's context (contextvars). It cannot be interrupted: if
    the request is cut, the coroutine ends, at once or when the function returns, and its result is lost.
    """
    # The driver passes the function's result on as it is.
    return cast("T", await wait_for(Blocking(partial(function, *args, **kwargs))))
