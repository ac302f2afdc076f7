"""Workers: threads that serve requests from one queue and are used again, in place of one started for each request.

They know a processor and what it serves, nothing of why there are as many of them as there are: that is the
strategies' (``Threads``, ``ThreadPool``).
"""

import contextlib
import queue
import sys
import threading
import time
import weakref
from contextvars import Context
from typing import Any, Final

from typedserver.protocols.strategies import RequestProcessor

_all: Final["weakref.WeakSet[Workers]"] = weakref.WeakSet()


def _dismiss_all() -> None:
    for workers in list(_all):
        workers.dismiss()


# The interpreter joins all threads that are no daemons before it ends, and would wait for ever for one that waits for
# requests. What comes before that is private (concurrent.futures uses it); without it a server must be closed.
if hasattr(threading, "_register_atexit"):
    threading._register_atexit(_dismiss_all)  # noqa: SLF001  # pyright: ignore  # see above; typeshed does not have it


def _tell_end(error: BaseException) -> None:
    """Tell what would have ended this thread as threading does, which survives a hook that fails, too."""
    try:
        threading.excepthook(
            threading.ExceptHookArgs((type(error), error, error.__traceback__, threading.current_thread()))
        )
    except BaseException as failure:  # noqa: BLE001 - of whatever kind, it must not cost the pool a thread
        failure.__suppress_context__ = True
        # Nobody is left to be told where that fails as well.
        with contextlib.suppress(BaseException):
            sys.excepthook(type(failure), failure, failure.__traceback__)


def serve_apart(processor: RequestProcessor[object], request: object, client_address: object) -> None:
    """Serve a request as a thread of its own would: in a context of its own; what would end that thread is told."""
    Context().run(_serve, processor, request, client_address)


def _serve(processor: RequestProcessor[object], request: object, client_address: object) -> None:
    try:
        processor.serve_request(request, client_address)
    except BaseException as error:  # noqa: BLE001 - what would have ended a thread of its own ends the request here
        _tell_end(error)


class Workers:
    """Serves requests in threads; one is started when all are busy.

    processor: what serves.
    most: the most threads, beyond which requests wait for one; None: as many as there are requests.
    daemon: whether the interpreter may end while a request is served.
    keep: seconds that a thread without a request waits for the next one; None: for ever.

    ``serve`` belongs to the loop's thread, ``close`` to whoever closes the server.
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
        # Its put and get cost less than any lock of Python's, and its get needs none to wait.
        self._queue: queue.SimpleQueue[tuple[Any, Any] | None] = queue.SimpleQueue()
        # Held for what decides whether a thread waits for the next request: the counts, and who is in the set.
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._taken = 0
        self._finished = 0
        self._started = 0
        _all.add(self)

    @property
    def unfinished(self) -> int:
        """How many requests are served or wait for a thread."""
        return self._taken - self._finished

    def serve(self, request: object, client_address: object) -> None:
        """Have a thread serve a request; where none can be started the client is refused, and it is released."""
        with self._lock:
            waiting = len(self._threads) - (self._taken - self._finished)
            self._taken += 1
        if waiting <= 0 and (self._most is None or len(self._threads) < self._most):
            try:
                self._start_thread()
            except BaseException as error:
                # RuntimeError where the kernel grants no thread (EAGAIN, clone(2)), MemoryError where Python has no
                # room for its account: of this request alone, and told by its release. Ctrl-C is not.
                refused = isinstance(error, Exception)
                if self._threads and self._most is not None and refused:
                    # Those that there are serve on, slower.
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
        # Again: an interrupted start (Ctrl-C) has taken it out.
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
            # What belongs to a request must not outlive it while the thread waits for the next.
            del taken
            serve_apart(self._processor, request, client_address)
            with self._lock:
                self._finished += 1
            self._processor.release(request, client_address, None)
            del request, client_address

    def _may_leave(self, thread: threading.Thread) -> bool:
        with self._lock:
            # A request that counts on this thread may be on its way into the queue.
            if self._taken - self._finished >= len(self._threads):
                return False
            self._threads.discard(thread)
            return True

    def dismiss(self) -> None:
        """Let the threads end when what was taken is served; from any thread."""
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
