"""Workers: threads that serve requests from one queue, and are used again instead of started for each request.

They know a processor and its requests. The strategies (``Threads``, ``ThreadPool``) decide how many there may be.

The account holds wherever a thread ends. An exception may come between any two of its calls (PyThreadState_SetAsyncExc;
a hook that raises SystemExit): what a thread has in hand is then served or released, a thread that has ended is in no
set, and no order to end is lost with it. So each step that takes something has no call between the taking and the
``try`` that gives it back: the interpreter looks for such exceptions as it calls and as it loops.
"""

import contextlib
import queue
import sys
import threading
import time
import weakref
from collections.abc import Callable
from contextvars import Context
from itertools import repeat, starmap
from typing import Final

from typedserver.coroutines.drive import end_generators_here
from typedserver.protocols.strategies import RequestProcessor


class _Everyone:
    """All workers of this process, and whether the interpreter ends.

    It has no lock: a process that is forked while another thread holds one would wait for it for ever.
    """

    def __init__(self) -> None:
        self._workers: weakref.WeakSet[Workers] = weakref.WeakSet()
        self.ends: bool = False

    def add(self, workers: "Workers") -> None:
        """Take in one that was made; one that is made at the end is dismissed by itself."""
        self._workers.add(workers)
        if self.ends:
            workers.dismiss()

    def end(self) -> None:
        """Have no worker wait for requests any more, because the interpreter is about to join them."""
        self.ends = True
        for workers in self._present():
            workers.dismiss()

    def _present(self) -> "list[Workers]":
        while True:
            try:
                return list(self._workers)
            except RuntimeError:
                # Another thread has made one meanwhile.
                continue


_everyone: Final = _Everyone()

# The interpreter joins all threads but daemons before it ends, and would wait for ever for a worker that waits for
# requests. Only this private function, which concurrent.futures uses, calls us before that; without it a program must
# close its servers.
_register_atexit: Final[Callable[[Callable[[], object]], object] | None] = getattr(threading, "_register_atexit", None)
if _register_atexit is not None:
    _register_atexit(_everyone.end)


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
        "_dismissed",
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
        self._dismissed = False
        _everyone.add(self)

    @property
    def unfinished(self) -> int:
        """How many requests are served or wait for a thread; from any thread."""
        return self._taken - self._finished

    def serve(self, request: object, client_address: object) -> None:
        """Have a thread serve a request; if none can be started, the client is refused and the request released."""
        item = request, client_address
        counted = given = False
        try:
            with self._lock:
                waiting = len(self._threads) - (self._taken - self._finished)
                self._taken += 1
                counted = True
            if (waiting <= 0 and (self._most is None or len(self._threads) < self._most)) or _everyone.ends:
                self._start_thread()
            given = True
            self._queue.put(item)
        except BaseException as error:
            # RuntimeError if the kernel grants no thread (EAGAIN, clone(2)), MemoryError if Python has no room for
            # it: they concern only this request, and its release reports them. Ctrl-C concerns the server.
            refused = isinstance(error, Exception)
            if not given and refused and self._threads and self._most is not None:
                # The threads that there are serve it, later.
                self._queue.put(item)
            elif not given:
                self._refuse(request, client_address, error, counted=counted)
            if not refused:
                raise

    def _refuse(self, request: object, client_address: object, error: BaseException, *, counted: bool) -> None:
        try:
            if counted:
                with self._lock:
                    self._finished += 1
            self._processor.close_request(request)
        finally:
            self._processor.release(request, client_address, error)

    def _start_thread(self) -> None:
        self._started += 1
        # The interpreter that ends waits for what was taken before. What comes meanwhile is served as long as it waits,
        # and must not have it wait longer: under load it would wait for ever.
        daemon = self._daemon or _everyone.ends
        thread = threading.Thread(target=self._work, name=f"typedserver worker {self._started}", daemon=daemon)
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
        try:
            end_generators_here()
            # Again, because a start that Ctrl-C interrupted has taken it out.
            with self._lock:
                self._threads.add(thread)
            while self._serve_while_needed(thread):
                pass
        finally:
            with self._lock:
                self._threads.discard(thread)

    def _serve_while_needed(self, thread: threading.Thread) -> bool:
        """Serve requests; returns False when this thread has left the account, True if it must go on."""
        taken = None
        try:
            # A loop, because the interpreter takes no other step between the end of ``get`` and the assignment: if an
            # exception was thrown into this thread while it waited, what it got is in hand when that is raised.
            for taken in starmap(self._queue.get, repeat((True, self._keep))):
                if taken is None:
                    if self._is_dismissed(thread):
                        return False
                    continue
                # As a new thread has it. This is also the call at which such an exception is raised.
                context = Context()
                request, client_address = taken
                taken = None  # noqa: PLW2901 - from here on the ``finally`` below ends it
                try:
                    try:
                        context.run(_serve, self._processor, request, client_address)
                    finally:
                        with self._lock:
                            self._finished += 1
                finally:
                    self._processor.release(request, client_address, None)
                    # A request must not be kept alive by a thread that waits for the next one.
                    del request, client_address, context
        except queue.Empty:
            return not self._may_leave(thread)
        except BaseException as error:  # noqa: BLE001 - whoever threw it, it must not cost the account a thread or a request
            if taken is not None:
                self._queue.put(taken)
            if self._dismissed:
                # The order may have been lost with it.
                self._queue.put(None)
            _report(error)
        return True

    def _is_dismissed(self, thread: threading.Thread) -> bool:
        """Whether this thread leaves, because a dismissal has reached it; then the others are reached by it."""
        leaves = self._may_leave(thread)
        if not leaves or self._threads:
            self._queue.put(None)
        return leaves

    def _may_leave(self, thread: threading.Thread) -> bool:
        with self._lock:
            # ``serve`` may have counted on this thread for a request that is not in the queue yet.
            if self._taken - self._finished >= len(self._threads):
                return False
            self._threads.discard(thread)
            return True

    def dismiss(self) -> None:
        """Let the threads end when the requests that were taken are served; from any thread.

        One order is enough for all, those included that start later: whoever leaves passes it on.
        """
        self._dismissed = True
        self._queue.put(None)

    def close(self, timeout: float | None, *, wait: bool) -> int:
        """Dismiss the threads and wait for them, at most ``timeout`` seconds; returns how many requests are left."""
        self.dismiss()
        if wait:
            deadline = None if timeout is None else time.monotonic() + timeout
            for thread in list(self._threads):
                thread.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
        return self.unfinished
