"""The end of requests that are tasks of an asyncio loop: they get time, then they are cancelled, then abandoned.

If the loop was made for a server, its generators, threads and other tasks end with it as well. It knows asyncio's loop
and tasks, nothing of servers or of how a request is served.
"""

import asyncio
import contextlib
import logging
import threading
import time
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, ThreadPoolExecutor
from typing import Any, Final, Protocol

from typedserver.coroutines.awaited_by_asyncio import running_loop
from typedserver.protocols.strategies import Companion
from typedserver.strategies.asyncio_readiness import fulfil

_log = logging.getLogger("typedserver")

# Seconds that a cancelled handler has for what its ``finally`` clauses await: a last write, a rollback. Whoever ends it
# meanwhile, a deadline, a drain or a close, must not cancel it again: that would end what it awaits to clean up.
_CLEAN_UP: Final = 2.0

# How many seconds longer than all of that we wait for a loop of another thread, which may be busy. Then it counts as
# stopped.
_MARGIN: Final = 1.0

# The loops that were made for a server: nobody else has generators, threads or tasks in one of these.
_own_loops: Final["weakref.WeakSet[asyncio.AbstractEventLoop]"] = weakref.WeakSet()

# The executors that were given to loops which do not show theirs.
_executors: Final["weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, ThreadPoolExecutor]"] = (
    weakref.WeakKeyDictionary()
)


def note_own_loop(loop: object, loop_factory: Callable[[], object]) -> None:
    """Note that a loop was made for a server, and ends with it; the dispatcher refuses what is no loop of asyncio's."""
    if isinstance(loop, asyncio.AbstractEventLoop):
        _own_loops.add(loop)
        if getattr(loop_factory, "__module__", None) == "uvloop":
            _executors[loop] = ThreadPoolExecutor(thread_name_prefix="uvloop")
            loop.set_default_executor(_executors[loop])


def _shows_its_executor(loop: asyncio.AbstractEventLoop) -> bool:
    return loop in _executors or isinstance(loop, asyncio.BaseEventLoop)


def _executor_of(loop: asyncio.AbstractEventLoop) -> ThreadPoolExecutor | None:
    # If a handler has set another one in place of ours, uvloop does not show it, and it is left alone.
    executor: ThreadPoolExecutor | None = _executors.get(loop) or getattr(loop, "_default_executor", None)
    return executor


def clean_up_left(cancelled: float) -> float:
    """Return the seconds that a handler still has which was cancelled at this time.monotonic value; 0 or less: none."""
    return cancelled + _CLEAN_UP - time.monotonic()


def log_abandoned(client_address: object) -> None:
    """Say in the log that a request is abandoned."""
    _log.error(
        "request of %r has not ended %g seconds after it was cancelled: it is abandoned", client_address, _CLEAN_UP
    )


class Unfinished(Protocol):
    """The requests of a loop that have not ended."""

    def tasks(self) -> "set[asyncio.Task[object]]":
        """Return the tasks that serve them."""
        ...

    def client_addresses(self) -> list[object]:
        """Return the clients' addresses, one for each request."""
        ...

    def cancel_all(self) -> float:
        """Cancel those that were not cancelled yet; returns the seconds until all have had their time."""
        ...

    def close_threads(self, timeout: float | None) -> int:
        """Wait for the functions that they have given to threads of ours; returns how many are left.

        From any thread. Those that have not begun are not called any more.
        """
        ...

    def abandon_all(self) -> None:
        """End them where they wait: their ``finally`` clauses run, and may wait for nothing."""
        ...

    def leave(self) -> None:
        """Leave the loop: no request of it is served any more. Called once."""
        ...


class LoopEnd:
    """How the requests of one loop end, in whatever thread it runs.

    requests: the requests to end.
    fail: ends the server's loop by an exception.
    """

    __slots__ = ("_closer", "_companions", "_ending", "_fail", "_failures", "_left", "_loop", "_requests")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, requests: Unfinished, fail: Callable[[BaseException], object]
    ) -> None:
        self._loop = loop
        self._requests = requests
        self._fail = fail
        self._left = False
        # The end as a task of a loop that runs on by itself, and of a loop that we run for it.
        self._ending: asyncio.Task[None] | None = None
        self._closer: asyncio.Task[None] | None = None
        self._failures: list[BaseException] = []
        # What lives beside the requests, and ends after them; each with its task.
        self._companions: dict[Companion, tuple[Coroutine[Any, Any, object], asyncio.Task[object]]] = {}

    def accompany(self, companion: Companion, adapted: Coroutine[Any, Any, object]) -> Callable[[], object]:
        """Run a companion of the requests, as its adapted coroutine; returns what cancels it."""
        task = self._loop.create_task(adapted)
        self._companions[companion] = adapted, task
        task.add_done_callback(lambda _task: self._companions.pop(companion, None))
        return task.cancel

    def _abandon_companions(self) -> None:
        for coroutine, _task in list(self._companions.values()):
            try:
                coroutine.close()
            except Exception:  # noqa: BLE001 - its loop is closed: nobody else can end it
                _log.exception(
                    "the lifespan of a server could not be left in order, because its loop was closed before"
                )
        self._companions.clear()

    def fail(self, error: BaseException) -> None:
        """Take an exception that no request may keep: it is raised from the call that runs the loop."""
        if self._closer is None:
            self._fail(error)
        else:
            self._failures.append(error)
            self._closer.cancel()

    def close(self, grace: float | None) -> None:
        """Let the tasks run on for ``grace`` seconds (None: any time), then cancel them, then abandon them.

        In the thread of a loop that is running it only begins with that; otherwise it waits.
        """
        if self._left or self._ending is not None:
            return
        if self._loop.is_closed():
            self._requests.abandon_all()
            self._abandon_companions()
            self._leave()
        elif not self._loop.is_running():
            if running_loop() is None:
                self._run(grace)
            else:
                # A thread runs one loop at a time.
                with ThreadPoolExecutor(1) as thread:
                    thread.submit(self._run, grace).result()
        elif running_loop() is not self._loop:
            self._wait(grace)
        elif self._requests.client_addresses() or self._companions:
            self._ending = self._loop.create_task(self._end(grace))
        else:
            self._leave()

    def _leave(self) -> None:
        if not self._left:
            self._left = True
            self._requests.leave()

    async def _end(self, grace: float | None) -> None:
        """End all in the loop: wait for the requests, cancel those that are left, abandon those that do not end."""
        await _until_none(self._requests.tasks, grace)
        while tasks := self._requests.tasks():
            seconds = self._requests.cancel_all()
            if seconds <= 0:
                break
            await asyncio.wait(tasks, timeout=seconds)
        stubborn = self._requests.client_addresses()
        for client_address in stubborn:
            log_abandoned(client_address)
        if stubborn:
            self._requests.abandon_all()
            # Their tasks take one more step, in which they find that they are over.
            await asyncio.sleep(0)
        # As long as they like: so does the end of a `with` block.
        for companion, (_coroutine, task) in reversed(list(self._companions.items())):
            companion.end()
            await asyncio.wait((task,))
        if self._loop in _own_loops:
            # The tasks that handlers have left. Only now, because a request cancels its own inner tasks, and a second
            # cancellation would end what these await to clean up.
            me = asyncio.current_task()
            await _until_none(
                lambda: {task for task in asyncio.all_tasks() if task is not me}, _CLEAN_UP, cancelling=True
            )
        self._leave()

    def _run(self, grace: float | None) -> None:
        """Run the loop, which nobody runs, until all has ended."""
        own = self._loop in _own_loops
        if not own and not self._requests.client_addresses() and not self._companions:
            self._leave()
            return
        self._closer = closer = self._loop.create_task(self._end(grace))
        try:
            self._loop.run_until_complete(closer)
        except BaseException:
            # Ctrl-C, here or in a handler, asks to end at once: nobody gets more time.
            self._requests.abandon_all()
            companions = (task for _, task in self._companions.values())
            for task in asyncio.all_tasks(self._loop) if own else {closer, *companions}:
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                self._loop.run_until_complete(closer)
            self._leave()
            if self._failures:
                raise self._failures[0] from None
            raise
        if own:
            self._loop.run_until_complete(self._end_generators())
            self._loop.run_until_complete(self._end_threads(None if grace is None else _CLEAN_UP))

    async def _end_generators(self) -> None:
        ending = self._loop.create_task(self._loop.shutdown_asyncgens())
        await asyncio.wait({ending}, timeout=_CLEAN_UP)
        await _until_none(lambda: set() if ending.done() else {ending}, _CLEAN_UP, cancelling=True)

    async def _end_threads(self, seconds: float | None) -> None:
        """Wait for the functions that threads still run. The loop runs meanwhile, because they may use it."""
        if not _shows_its_executor(self._loop):
            await self._loop.shutdown_default_executor()
        executor = _executor_of(self._loop) if _shows_its_executor(self._loop) else None
        if executor is None and not self._requests.close_threads(0):
            return
        ended = self._loop.create_future()

        def end() -> None:
            if executor is not None:
                executor.shutdown()
            self._requests.close_threads(None)
            # If it took too long, the loop may be closed.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(fulfil, ended)

        # shutdown_default_executor() does the same, but without a limit before Python 3.12.
        try:
            threading.Thread(target=end, name="typedserver waiting for threads", daemon=True).start()
        except (RuntimeError, MemoryError) as error:
            if executor is not None:
                executor.shutdown(wait=False)
            _log.error("what handlers have given to threads is left to them: no thread can wait for it (%s)", error)
            return
        await asyncio.wait({ended}, timeout=seconds)
        if not ended.done():
            _log.error(
                "what handlers have given to threads has not ended %g seconds after them: "
                "these threads are left, and the interpreter waits at its end for those of asyncio.to_thread",
                seconds,
            )

    def _wait(self, grace: float | None) -> None:
        """Wait until all has ended in a loop that another thread runs."""
        ending = asyncio.run_coroutine_threadsafe(self._end(grace), self._loop)
        try:
            # The program that runs the loop may end it by cancelling all its tasks, as asyncio.run does.
            with contextlib.suppress(CancelledError):
                ending.result(None if grace is None else grace + _CLEAN_UP + _MARGIN)
        except TimeoutError:
            _log.error(
                "the loop that %d requests are served in does not run: they are left to it",
                len(self._requests.client_addresses()),
            )


async def _until_none(
    tasks: "Callable[[], set[asyncio.Task[object]]]", seconds: float | None, *, cancelling: bool = False
) -> None:
    """Wait until no such task is left, at most so many seconds.

    cancelling: whether to cancel each task, once.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    cancelled: set[asyncio.Task[object]] = set()
    while left := tasks():
        if cancelling:
            for task in left - cancelled:
                task.cancel()
            cancelled |= left
        remaining = None if deadline is None else deadline - time.monotonic()
        if remaining is not None and remaining <= 0:
            return
        await asyncio.wait(left, timeout=remaining)
