"""Requests as tasks of an asyncio loop: how they begin, and how they are made to end.

The live side of the strategy Asyncio, in a file of its own because asyncio is loaded with it. What a coroutine of ours
waits for is ``asyncio_waits.py``'s.
"""

import asyncio
import contextlib
import logging
import threading
import time
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast

from typedserver.coroutines.drive import is_coroutine, not_a_connection, not_a_coroutine
from typedserver.errors import CompositionError
from typedserver.process.callers import is_called_by
from typedserver.protocols.requests import StreamRequest
from typedserver.protocols.strategies import Place, RequestProcessor
from typedserver.recipes import has_methods
from typedserver.strategies.asyncio_readiness import fulfil
from typedserver.strategies.asyncio_waits import AdaptedCoroutine, LoopWaits, running_loop, was_raised_by_loop
from typedserver.strategies.bases import BaseDispatcher

_log = logging.getLogger("typedserver")

# Seconds that a cancelled handler has for what its finally clauses await: a last write, a rollback.
_CLEAN_UP: Final = 2.0

# How much longer than all that another thread's loop is given, which may be busy; then it is taken for stopped.
_MARGIN: Final = 1.0

# What is to be shut down with a loop at its end is nobody else's only in one that was made for a server.
_own_loops: Final["weakref.WeakSet[asyncio.AbstractEventLoop]"] = weakref.WeakSet()

# The executors that were given to loops which do not show theirs.
_executors: Final["weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, ThreadPoolExecutor]"] = (
    weakref.WeakKeyDictionary()
)


def own(loop: object, loop_factory: Callable[[], object]) -> None:
    """Take note that a loop was made for a server, and ends with it; what is no loop of asyncio is refused later."""
    if isinstance(loop, asyncio.AbstractEventLoop):
        _own_loops.add(loop)
        if getattr(loop_factory, "__module__", None) == "uvloop":
            _executors[loop] = ThreadPoolExecutor(thread_name_prefix="uvloop")
            loop.set_default_executor(_executors[loop])


def _shows_its_executor(loop: asyncio.AbstractEventLoop) -> bool:
    return loop in _executors or hasattr(loop, "_default_executor")


def _executor_of(loop: asyncio.AbstractEventLoop) -> ThreadPoolExecutor | None:
    # One that was set over ours is asyncio's business, and shows nowhere.
    executor: ThreadPoolExecutor | None = _executors.get(loop) or getattr(loop, "_default_executor", None)
    return executor


@dataclass(eq=False, slots=True)
class _Serving:
    """A request that is being served."""

    request: StreamRequest
    client_address: object
    fd: int
    handling: Coroutine[Any, Any, object] | None = None
    adapted: AdaptedCoroutine | None = None
    task: "asyncio.Task[Any] | None" = None


class AsyncioDispatcher(BaseDispatcher):
    """Keeps the set of requests whose tasks are running, and ends these when it is closed."""

    __slots__ = ("_closer", "_fail", "_grace", "_joined", "_loop", "_processor", "_running", "_waits")

    place = Place.IN_LOOP
    has_capacity: bool = True

    def __init__(
        self,
        processor: RequestProcessor[Coroutine[Any, Any, object]],
        loop: object,
        grace: float | None,
    ) -> None:
        if not isinstance(loop, asyncio.AbstractEventLoop):
            raise CompositionError(
                f"Asyncio() serves in a loop of asyncio's kind, and {loop!r} is none: "
                "for a group, give Group(..., reactor_factory=asyncio.new_event_loop)"
            )
        self._grace = grace
        self._processor = processor
        self._loop = loop
        self._waits = LoopWaits.join(loop)
        self._joined = True
        self._running: set[_Serving] = set()
        self._closer: asyncio.Task[None] | None = None
        self._fail: Callable[[BaseException], object] = processor.fail

    def process_request(self, request: object, client_address: object, /) -> None:
        """Make a task of the request."""
        if not has_methods(request, "setblocking", "fileno"):
            self._processor.close_request(request)
            self._processor.release(request, client_address, not_a_connection("Asyncio"))
            return
        connection = cast("StreamRequest", request)
        connection.setblocking(False)
        serving = _Serving(connection, client_address, connection.fileno())
        self._waits.hold(connection)
        self._running.add(serving)
        serving.adapted = AdaptedCoroutine(self._waits, self._serve(serving), serving)
        serving.task = self._loop.create_task(serving.adapted)
        serving.task.add_done_callback(partial(self._release_unserved, serving))

    async def _serve(self, serving: _Serving) -> None:
        error = None
        try:
            # Inside the task, so that a handler finds it from its first line, and a context of its own.
            handling = self._processor.begin_request(serving.request, serving.client_address)
            if is_coroutine(handling):
                serving.handling = handling
                await handling
                self._end_request(serving, None)
            elif not isinstance(handling, Exception):
                # An Exception was reported by begin_request, before there was a coroutine.
                error = not_a_coroutine("Asyncio", handling)
        except (asyncio.CancelledError, GeneratorExit):
            self._end_request(serving, None)
            raise
        except BaseException as failure:  # noqa: BLE001 - raised from serving; left to the task, some would be raised twice
            # Of one that was abandoned, and would not end, there is nothing more to tell.
            if serving in self._running:
                reported = serving.handling is not None and isinstance(failure, Exception)
                self._end_request(serving, failure)
                if not reported and not was_raised_by_loop(failure):
                    self._fail(failure)
        finally:
            self._release(serving, error)

    def _end_request(self, serving: _Serving, error: BaseException | None) -> None:
        handling, serving.handling = serving.handling, None
        if handling is None or serving not in self._running:
            return
        # Before the descriptor is closed.
        self._waits.drop(serving.fd, serving.request)
        try:
            self._processor.end_request(serving.request, serving.client_address, error)
        except BaseException as raised:  # noqa: BLE001 - an overridden hook's: raised from serving
            self._fail(raised)

    def _release(self, serving: _Serving, error: BaseException | None = None) -> None:
        if serving in self._running:
            self._running.remove(serving)
            # Where it never came to its orderly end, which has left the loop before the descriptor was closed.
            self._waits.drop(serving.fd, serving.request)
            self._processor.release(serving.request, serving.client_address, error)

    def _release_unserved(self, serving: _Serving, _task: "asyncio.Task[Any] | None" = None) -> None:
        """Close a request whose task was cancelled before its first step, or never came to its end."""
        if serving in self._running:
            self._waits.drop(serving.fd, serving.request)
            self._processor.close_request(serving.request)
            self._release(serving)

    def is_worker(self) -> bool:
        """Whether this thread runs a task or a function of a request."""
        # At their end, handlers are run outside their tasks.
        return self._waits.behalf() in self._running or is_called_by(_ENDS, lambda dispatcher: dispatcher is self)

    def cut(self, request: object, /) -> None:
        """Cancel the task that serves this request."""
        for serving in list(self._running):
            if serving.request is request and serving.task is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(serving.task.cancel)

    # Its end

    def close(self, timeout: float | None = None, /) -> int:
        """Let the tasks run on for ``timeout`` seconds (None: as long as the recipe says), then cancel them.

        In the thread of a loop that is running it only begins with that; otherwise it waits. Returns how many are left.
        """
        grace = self._grace if timeout is None else timeout
        if not self._joined or self._closer is not None:
            return len(self._running)
        if self._loop.is_closed():
            self._abandon_all()
            self._leave()
        elif not self._loop.is_running():
            if running_loop() is None:
                self._run_to_its_end(grace)
            else:
                # A thread runs one loop at a time.
                with ThreadPoolExecutor(1) as thread:
                    thread.submit(self._run_to_its_end, grace).result()
        elif running_loop() is not self._loop:
            self._wait_for_its_end(grace)
        elif self._running:
            self._closer = self._loop.create_task(self._end(grace))
        else:
            self._leave()
        return len(self._running)

    def _leave(self) -> None:
        if self._joined:
            self._joined = False
            self._waits.leave()

    async def _end(self, grace: float | None) -> None:
        """In the loop: wait for the requests, cancel what is left, abandon what then has not ended."""
        await _until_none(self._tasks, grace)
        await _until_none(self._tasks, _CLEAN_UP, cancelling=True)
        for serving in self._running:
            _log.error(
                "request of %r has not ended %g seconds after it was cancelled: it is abandoned",
                serving.client_address,
                _CLEAN_UP,
            )
        if self._running:
            self._abandon_all()
            # Their tasks take one more step, in which they find that it is over.
            await asyncio.sleep(0)
        if self._loop in _own_loops:
            # What handlers have left behind. Only now: a request cancels its own inner tasks, and to be cancelled twice
            # ends what these await to clean up.
            me = asyncio.current_task()
            await _until_none(
                lambda: {task for task in asyncio.all_tasks() if task is not me}, _CLEAN_UP, cancelling=True
            )
        self._leave()

    def _tasks(self) -> "set[asyncio.Task[Any]]":
        return {serving.task for serving in self._running if serving.task is not None}

    def _run_to_its_end(self, grace: float | None) -> None:
        """Run the loop, which nobody runs, until all has ended."""
        own = self._loop in _own_loops
        if not own and not self._running:
            self._leave()
            return
        failures: list[BaseException] = []
        closer = self._loop.create_task(self._end(grace))

        def fail(error: BaseException) -> None:
            failures.append(error)
            closer.cancel()

        self._fail = fail
        try:
            self._loop.run_until_complete(closer)
        except BaseException:
            # Ctrl-C, here or in a handler: who is in such a hurry gets no more of it.
            self._abandon_all()
            for task in asyncio.all_tasks(self._loop) if own else {closer}:
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                self._loop.run_until_complete(closer)
            self._leave()
            if failures:
                raise failures[0] from None
            raise
        if own:
            self._loop.run_until_complete(self._end_generators())
            self._loop.run_until_complete(self._end_threads(None if grace is None else _CLEAN_UP))

    async def _end_generators(self) -> None:
        ending = self._loop.create_task(self._loop.shutdown_asyncgens())
        await asyncio.wait({ending}, timeout=_CLEAN_UP)
        await _until_none(lambda: set() if ending.done() else {ending}, _CLEAN_UP, cancelling=True)

    async def _end_threads(self, seconds: float | None) -> None:
        """Wait for what the executor still runs, while the loop runs on: such a function may have a use for it."""
        if not _shows_its_executor(self._loop):
            await self._loop.shutdown_default_executor()
            return
        executor = _executor_of(self._loop)
        if executor is None:
            return
        ended = self._loop.create_future()

        def end() -> None:
            executor.shutdown()
            # Where it was not waited for, the loop may be closed.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(fulfil, ended)

        # shutdown_default_executor() does the same, and waits without a limit before Python 3.12.
        threading.Thread(target=end, name="typedserver waiting for threads", daemon=True).start()
        await asyncio.wait({ended}, timeout=seconds)
        if not ended.done():
            _log.error(
                "what handlers have given to threads has not ended %g seconds after them: "
                "these threads are left, and the interpreter waits for them at its end",
                seconds,
            )

    def _wait_for_its_end(self, grace: float | None) -> None:
        """Wait until all has ended in a loop that another thread runs."""
        ending = asyncio.run_coroutine_threadsafe(self._end(grace), self._loop)
        try:
            # Who runs the loop may end it by cancelling all that is in it, as asyncio.run does.
            with contextlib.suppress(CancelledError):
                ending.result(None if grace is None else grace + _CLEAN_UP + _MARGIN)
        except TimeoutError:
            _log.error("the loop that %d requests are served in does not run: they are left to it", len(self._running))

    def _abandon_all(self) -> None:
        """End requests where they wait: their ``finally`` clauses run, and may wait for nothing."""
        for serving in list(self._running):
            assert serving.adapted is not None
            serving.adapted.abandon()
            if serving.handling is not None:
                error = None
                try:
                    serving.handling.close()
                except BaseException as raised:  # noqa: BLE001 - of many coroutines none may keep the others from their end
                    error = raised
                self._end_request(serving, error)
                self._release(serving)
            else:
                self._release_unserved(serving)
            serving.adapted.close()
            if serving.task is not None and not self._loop.is_closed():
                serving.task.cancel()


_ENDS: Final = (AsyncioDispatcher._abandon_all.__code__,)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # its own, below it


async def _until_none(
    tasks: "Callable[[], set[asyncio.Task[Any]]]", seconds: float | None, *, cancelling: bool = False
) -> None:
    """Wait until there are no such tasks any more, at most so many seconds; each is cancelled once if that is asked."""
    deadline = None if seconds is None else time.monotonic() + seconds
    cancelled: set[asyncio.Task[Any]] = set()
    while left := tasks():
        if cancelling:
            for task in left - cancelled:
                task.cancel()
            cancelled |= left
        remaining = None if deadline is None else deadline - time.monotonic()
        if remaining is not None and remaining <= 0:
            return
        await asyncio.wait(left, timeout=remaining)
