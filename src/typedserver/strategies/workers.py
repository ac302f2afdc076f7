"""Workers: threads that serve requests from one queue, and are used again instead of started for each request.

They know a processor and its requests. The strategies (``Threads``, ``ThreadPool``) decide how many there may be.
"""

import contextlib
import queue
import sys
import threading
import time
import weakref
from collections.abc import Callable
from contextvars import Context
from typing import Final

from typedserver.protocols.strategies import RequestProcessor

_all: Final["weakref.WeakSet[Workers]"] = weakref.WeakSet()


def _dismiss_all() -> None:
    for workers in list(_all):
        workers.dismiss()


# The interpreter joins all threads but daemons before it ends, and would wait for ever for a worker that waits for
# requests. Only this private function, which concurrent.futures uses, calls us before that; without it a program must
# close its servers.
_register_atexit: Final[Callable[[Callable[[], object]], object] | None] = getattr(threading, "_register_atexit", None)
if _register_atexit is not None:
    _register_atexit(_dismiss_all)


def _report(error: BaseException) -> None:
    """Report what would have ended this thread as threading does, which also survives a hook that fails."""
    try:
        threading.excepthook(
            threading.ExceptHookArgs((type(error), error, error.__traceback__, threading.current_thread()))
        )
    except BaseException as failure:  # noqa: BLE001 - whatever it is, it must not cost the pool a thread
        failure.__suppress_context__ = True
        # If this fails as well, there is nobody left to report to.
        with contextlib.suppress(BaseException):
            sys.excepthook(type(failure), failure, failure.__traceback__)


def serve_apart(processor: RequestProcessor[object], request: object, client_address: object) -> None:
    """Serve a request as a new thread would: in a context of its own. What would end the thread is only reported."""
    Context().run(_serve, processor, request, client_address)


def _serve(processor: RequestProcessor[object], request: object, client_address: object) -> None:
    try:
        processor.serve_request(request, client_address)
    except BaseException as error:  # noqa: BLE001 - what would have ended a thread of its own ends the request here
        _report(error)


class Workers:
    """Serves requests in threads; if all are busy, another one is started.

    processor: serves a request.
    most: the most threads; if all are busy, requests wait for one. None: as many as there are requests.
    daemon: whether the interpreter may end while a request is served.
    keep: seconds that a thread without a request waits for the next one; None: for ever.

    ``serve`` must be called in the loop's thread, ``close`` by the thread that closes the server.
    """

    __slots__ = (
        "__weakref__",
        "_daemon",
        "_finished",
        "_keep",
        "_lock",
        "_most",
        "_processor",
        "_queue",
        "_started",
        "_taken",
        "_threads",
    )

    def __init__(
        self, processor: RequestProcessor[object], *, most: int | None, daemon: bool, keep: float | None
    ) -> None:
        self._processor = processor
        self._most = most
        self._daemon = daemon
        self._keep = keep
        # It is written in C: put, get and the wait for a request cost less than a lock and a condition would.
        self._queue: queue.SimpleQueue[tuple[object, object] | None] = queue.SimpleQueue()
        # Held to read or change what decides whether a thread waits for the next request: the counts and the set.
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._taken = 0
        self._finished = 0
        self._started = 0
        _all.add(self)

    @property
    def unfinished(self) -> int:
        """How many requests are served or wait for a thread; from any thread."""
        return self._taken - self._finished

    def serve(self, request: object, client_address: object) -> None:
        """Have a thread serve a request; if none can be started, the client is refused and the request released."""
        with self._lock:
            waiting = len(self._threads) - (self._taken - self._finished)
            self._taken += 1
        if waiting <= 0 and (self._most is None or len(self._threads) < self._most):
            try:
                self._start_thread()
            except BaseException as error:
                # RuntimeError if the kernel grants no thread (EAGAIN, clone(2)), MemoryError if Python has no room for
                # it: they concern only this request, and its release reports them. Ctrl-C concerns the server.
                refused = isinstance(error, Exception)
                if self._threads and self._most is not None and refused:
                    # The threads that there are serve it, later.
                    self._queue.put((request, client_address))
                    return
                with self._lock:
                    self._finished += 1
                try:
                    self._processor.close_request(request)
                finally:
                    self._processor.release(request, client_address, error)
                if refused:
                    return
                raise
        self._queue.put((request, client_address))

    def _start_thread(self) -> None:
        self._started += 1
        thread = threading.Thread(target=self._work, name=f"typedserver worker {self._started}", daemon=self._daemon)
        with self._lock:
            self._threads.add(thread)
        try:
            thread.start()
        except BaseException:
            with self._lock:
                self._threads.discard(thread)
            raise

    def _work(self) -> None:
        thread = threading.current_thread()
        # Again, because a start that Ctrl-C interrupted has taken it out.
        with self._lock:
            self._threads.add(thread)
        while True:
            try:
                taken = self._queue.get(timeout=self._keep)
            except queue.Empty:
                taken = None
            if taken is None:
                if self._may_leave(thread):
                    return
                continue
            request, client_address = taken
            # A request must not be kept alive by a thread that waits for the next one.
            del taken
            serve_apart(self._processor, request, client_address)
            with self._lock:
                self._finished += 1
            self._processor.release(request, client_address, None)
            del request, client_address

    def _may_leave(self, thread: threading.Thread) -> bool:
        with self._lock:
            # ``serve`` may have counted on this thread for a request that is not in the queue yet.
            if self._taken - self._finished >= len(self._threads):
                return False
            self._threads.discard(thread)
            return True

    def dismiss(self) -> None:
        """Let the threads end when the requests that were taken are served; from any thread."""
        for _ in range(len(self._threads)):
            self._queue.put(None)

    def close(self, timeout: float | None, *, wait: bool) -> int:
        """Dismiss the threads and wait for them, at most ``timeout`` seconds; returns how many requests are left."""
        self.dismiss()
        if wait:
            deadline = None if timeout is None else time.monotonic() + timeout
            for thread in list(self._threads):
                thread.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
        return self.unfinished
