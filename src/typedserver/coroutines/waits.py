"""What a coroutine of this library may wait for, and nothing about who makes it wait.

A coroutine yields one of these five values to whoever drives it: ``drive`` in a worker's thread waits in place, a
multiplexing strategy registers with its reactor. The driver resumes it with None, or with ``Blocking``'s result; at a
deadline it throws TimeoutError into it. No other room yields anything.
"""

import time
import types
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any, ParamSpec, TypeAlias, TypeVar, cast

from typedserver.coroutines.context import context_of
from typedserver.protocols.handlers import ServerContext

T = TypeVar("T")
P = ParamSpec("P")

# Not frozen: a frozen dataclass sets each field through object.__setattr__, which costs more than all the rest of a
# wait (waits are made once for each suspension of each connection).


@dataclass(slots=True)
class Readable:
    """Until the descriptor is readable; ``deadline`` is a time.monotonic value, or None."""

    fd: int
    deadline: float | None = None


@dataclass(slots=True)
class Writable:
    """Until the descriptor is writable; ``deadline`` is a time.monotonic value, or None."""

    fd: int
    deadline: float | None = None


@dataclass(slots=True)
class Sleep:
    """Until a time.monotonic value."""

    until: float


@dataclass(slots=True)
class Parked:
    """Until something else calls back: ``start`` is given a wake-up that may be called from any thread, and again.

    ``until`` is a time.monotonic value at which it ends all the same, or None.
    """

    start: Callable[[Callable[[], object]], object]
    until: float | None = None


@dataclass(slots=True)
class Blocking:
    """Until a function that blocks has run, where that holds up nobody else; resumed with what it returned."""

    function: Callable[[], object]


Wait: TypeAlias = Readable | Writable | Sleep | Parked | Blocking


@types.coroutine
def wait_for(wait: Wait) -> Generator[Any, Any, object]:
    """Hand a wait to the driver; returns what it is resumed with."""
    return (yield wait)


async def sleep(seconds: float) -> None:
    """Let the coroutine sleep, under every strategy; others go on meanwhile where the strategy multiplexes."""
    await wait_for(Sleep(time.monotonic() + seconds))


async def wait_draining(server: ServerContext, seconds: float | None = None) -> bool:
    """Let the coroutine wait until the server drains, at most so many seconds; returns whether it does.

    For handlers that have something to do now and then, and would not see the end of their connection meanwhile:
    ``while not await wait_draining(stream.server, 1.0): await stream.write(b"tick")``. Works under every strategy; a
    server of another kind than this library's never drains.
    """
    # Its own, for many may wait on behalf of one request.
    about = object()
    until = None if seconds is None else time.monotonic() + seconds
    context = context_of(server)
    try:
        await wait_for(Parked(partial(context.call_when_draining, about), until))
    finally:
        context.forget_when_draining(about)
    return context.draining


async def run_blocking(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function that may block, with these arguments, and return what it returns or raise what it raises.

    In a thread or a child of the request's own it runs right there; a multiplexing strategy runs it in a thread.
    """
    # The driver passes the result on untouched: T in, T out.
    return cast("T", await wait_for(Blocking(partial(function, *args, **kwargs))))
