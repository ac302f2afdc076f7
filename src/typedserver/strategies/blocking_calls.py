"""Blocking calls: the functions that coroutines of one loop give to threads.

It knows an executor and a reactor, nothing of coroutines or requests.
"""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from typedserver.protocols.reactors import Reactor

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

# Seconds between two looks, during a close that has a limit, whether the functions have ended: one cannot wait for an
# executor with a limit.
_CLOSE_INTERVAL: Final = 0.005


class BlockingCalls:
    """Functions that run in threads, and are reported to a loop when they have ended."""

    __slots__ = ("_executor", "_reactor", "_running")

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor
        self._executor: ThreadPoolExecutor | None = None
        # The threads that run a function at this moment.
        self._running: set[int] = set()

    def call(self, function: Callable[[], object], ended: "Callable[[Future[object]], object]") -> None:
        """Call the function in a thread, and ``ended`` in the loop with its outcome; loop's thread only.

        Raises RuntimeError or MemoryError if no thread can be started; the function is not called then.
        """
        if self._executor is None:
            from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - most servers have no use for it

            self._executor = ThreadPoolExecutor(thread_name_prefix="typedserver blocking")
        given_up = threading.Event()
        try:
            call = self._executor.submit(self._run, function, given_up)
        except BaseException:
            # The call stays in the executor's queue, and a thread that is started later finds it there.
            given_up.set()
            raise
        call.add_done_callback(lambda done: self._reactor.call_soon_threadsafe(partial(ended, done)))

    def _run(self, function: Callable[[], object], given_up: threading.Event) -> object:
        if given_up.is_set():
            return None
        self._running.add(threading.get_ident())
        try:
            return function()
        finally:
            self._running.discard(threading.get_ident())

    def runs_here(self) -> bool:
        """Whether the calling thread runs one of the functions; from any thread."""
        return threading.get_ident() in self._running

    def close(self, timeout: float | None) -> int:
        """Wait for the functions that run, at most ``timeout`` seconds (None: any); returns how many are left.

        Those that have not begun are not called any more.
        """
        if self._executor is not None:
            self._executor.shutdown(wait=timeout is None, cancel_futures=True)
            deadline = time.monotonic() + (timeout or 0.0)
            while self._running and time.monotonic() < deadline:
                time.sleep(_CLOSE_INTERVAL)
        return len(self._running)
