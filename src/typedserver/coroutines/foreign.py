"""What belongs to another library's event loop: how that is recognised where a handler awaits it, and the remedy.

It knows asyncio, trio and anyio by the names of their modules and functions alone, and loads none of them. A strategy
that runs no asyncio cannot hear that a handler calls asyncio: its functions find out by themselves that no loop of
asyncio's runs, and raise RuntimeError. So that is looked at when a coroutine has ended by it, which costs all others
nothing.
"""

import traceback
from types import FrameType
from typing import Final

from typedserver.errors import ForeignAwaitable

# The libraries whose functions find no loop, and what they say then.
_LIBRARIES: Final = ("asyncio", "trio", "anyio", "sniffio")
_NO_LOOP: Final = ("no running event loop", "There is no current event loop", "must be called from async context")

# What they stumble over if they do not ask first.
_STUMBLES: Final = (
    "'NoneType' object has no attribute 'create_future'",
    "'RunContext' object has no attribute",
)

# anyio's own errors, which have no text of their own in all versions.
_NO_LOOP_TYPES: Final = ("AsyncLibraryNotFoundError", "NoEventLoopError")

# What stands here for what a handler has called, by its name in any of the libraries.
_COUNTERPARTS: Final = {
    name: ours
    for ours, names in {
        "typedserver.sleep": "sleep sleep_until sleep_forever checkpoint",
        "typedserver.timeout": "timeout timeout_at Timeout wait_for CancelScope fail_after fail_at move_on_after",
        "typedserver.TaskGroup": "TaskGroup gather create_task ensure_future wait as_completed open_nursery "
        "NurseryManager create_task_group",
        "typedserver.run_blocking": "to_thread to_thread_run_sync run_sync run_in_executor",
        "typedserver.Event": "Event EventAdapter Condition",
        "typedserver.Queue": "Queue PriorityQueue LifoQueue MemorySendChannel MemoryReceiveChannel "
        "MemoryObjectSendStream MemoryObjectReceiveStream",
        "typedserver.Lock": "Lock LockAdapter",
        "typedserver.Semaphore": "Semaphore SemaphoreAdapter BoundedSemaphore",
        "typedserver.connect": "open_connection open_unix_connection open_tcp_stream open_unix_socket connect_tcp "
        "connect_unix",
    }.items()
    for name in names.split()
}

_ALL: Final = "Stream, connect, sleep, timeout, TaskGroup, Event, Queue, Lock, Semaphore or run_blocking of typedserver"


def foreign_awaitable(awaited: object) -> ForeignAwaitable:
    """Make the error that a driver throws into a coroutine that awaits what the driver cannot give."""
    if awaited is None:
        # asyncio gives others a turn so.
        return _error("a bare yield, as asyncio.sleep(0) does it", "asyncio", "typedserver.sleep(0)")
    kind: type = awaited if isinstance(awaited, type) else type(awaited)
    library = kind.__module__.lstrip("_").partition(".")[0]
    # Tasks, and what gather makes of them; a plain future is fulfilled by something else.
    ours = "typedserver.TaskGroup" if kind.__name__ in ("Task", "_GatheringFuture") else _ALL
    return _error(repr(awaited), library if library in _LIBRARIES else None, ours)


def explained(error: BaseException) -> BaseException:
    """Return the error that a coroutine has ended by, or ForeignAwaitable from it, if it misses another loop."""
    if not _misses_loop(error):
        return error
    library, called = _called(error)
    made = _error(called, library, _COUNTERPARTS.get(called.partition(".")[2], _ALL))
    made.__cause__ = error
    return made


def _misses_loop(error: BaseException) -> bool:
    if isinstance(error, RuntimeError):
        return str(error).startswith(_NO_LOOP) or type(error).__name__ in _NO_LOOP_TYPES
    if isinstance(error, AttributeError) and str(error).startswith(_STUMBLES):
        *_, (frame, _) = traceback.walk_tb(error.__traceback__)
        return _library_of(frame) in _LIBRARIES
    return False


def _library_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__")).partition(".")[0]


def _called(error: BaseException) -> tuple[str, str]:
    """Return the library that has raised an error, and which of its functions or classes a handler has called."""
    library, called = "", ""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        root = _library_of(frame)
        if root not in _LIBRARIES:
            library = called = ""
            continue
        library = library or root
        # Of a method the class, unless it is one of the library's own.
        name = frame.f_code.co_qualname.partition(".")[0]
        if not called and not name.startswith("_"):
            called = f"{library}.{name}"
    # Only asyncio has functions for it that are no frames.
    library = library or "asyncio"
    return library, called or f"{library}.get_running_loop"


def _error(what: str, library: str | None, ours: str) -> ForeignAwaitable:
    if library is None:
        return ForeignAwaitable(f"a handler awaited {what}, which belongs to another event loop: use {ours}")
    remedy = "no strategy runs trio's" if library == "trio" else f"or serve it with Asyncio(), which runs {library}'s"
    return ForeignAwaitable(
        f"a handler awaited {what}, which belongs to another event loop, {library}'s: use {ours}; {remedy}"
    )
