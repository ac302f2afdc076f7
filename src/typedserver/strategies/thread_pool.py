"""ThreadPool: a fixed number of threads, and a queue before them that has an end."""

import queue
import threading
import time
from contextvars import Context
from dataclasses import dataclass
from typing import Any, Final

from typedserver.config import check_at_least, recipe_repr
from typedserver.drive import drive
from typedserver.protocols import ConcurrencyStrategy, Dispatcher, Reactor, RequestProcessor

# Blocking handlers wait more than they compute, so many threads for a processor; a stack is only touched when used.
DEFAULT_WORKERS: Final = 64

# Enough to keep every worker busy through a burst; what is beyond waits in the kernel's queue, where it costs nothing.
DEFAULT_QUEUE: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ThreadPool:
    """Serve requests in a fixed number of threads.

    workers: how many threads; they are started as requests come, and kept.
    queue: how many accepted requests may wait for a thread; accepting pauses when so many wait.
    daemon: whether the interpreter may end while a request is served.

    Closing the server waits for the requests that were accepted; with daemon threads it does not.

    Raises RecipeError for numbers that can not work.
    """

    workers: int = DEFAULT_WORKERS
    queue: int = DEFAULT_QUEUE
    daemon: bool = False

    def __post_init__(self) -> None:
        check_at_least("ThreadPool", "workers", self.workers, 1, "give how many threads serve")
        check_at_least("ThreadPool", "queue", self.queue, 0, "give how many requests may wait, or 0 for none")

    def start(self, processor: RequestProcessor[object], _reactor: Reactor | None, /) -> Dispatcher:
        """Begin work for a server."""
        return _ThreadPoolDispatcher(self, processor)

    __repr__ = recipe_repr


_conforms: type[ConcurrencyStrategy[object]] = ThreadPool


class _ThreadPoolDispatcher:
    """Hands requests to its workers through a SimpleQueue, whose put and get cost less than any lock of Python's.

    The counts of taken and finished requests each have one writer at a time: the loop's thread, and whoever holds the
    lock. Their difference is what has not been finished.
    """

    __slots__ = ("_closed", "_finished", "_lock", "_queue", "_recipe", "_taken", "_workers", "processor")

    def __init__(self, recipe: ThreadPool, processor: RequestProcessor[object]) -> None:
        self._recipe = recipe
        self.processor = processor
        self._queue: queue.SimpleQueue[tuple[Any, Any] | None] = queue.SimpleQueue()
        self._workers: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._taken = 0
        self._finished = 0
        self._closed = False

    @property
    def has_capacity(self) -> bool:
        return self._taken - self._finished < self._recipe.workers + self._recipe.queue

    def process_request(self, request: Any, client_address: Any, /) -> None:
        busy = self._taken - self._finished
        if busy >= len(self._workers) and len(self._workers) < self._recipe.workers:
            try:
                self._start_worker()
            except RuntimeError as error:
                # No thread is to be had; those that there are serve on, slower.
                if not self._workers:
                    self.processor.close_request(request)
                    self.processor.release(request, client_address, error)
                    return
        self._taken += 1
        self._queue.put((request, client_address))

    def _start_worker(self) -> None:
        worker = threading.Thread(
            target=self._work, name=f"typedserver worker {len(self._workers) + 1}", daemon=self._recipe.daemon
        )
        worker.start()
        self._workers.append(worker)

    def _work(self) -> None:
        while (taken := self._queue.get()) is not None:
            request, client_address = taken
            # References of the last request must not outlive it while the worker waits for the next.
            del taken
            try:
                # A context of its own for each, as a thread of its own would have had.
                Context().run(self._serve, request, client_address)
            finally:
                with self._lock:
                    self._finished += 1
                self.processor.release(request, client_address, None)
            del request, client_address

    def _serve(self, request: Any, client_address: Any) -> None:
        try:
            drive(self.processor.serve_request(request, client_address))
        except Exception:
            raise
        except BaseException as error:  # noqa: BLE001 - SystemExit and its like end a request here, not the pool
            threading.excepthook(
                threading.ExceptHookArgs((type(error), error, error.__traceback__, threading.current_thread()))
            )

    def service_actions(self) -> None:
        """Nothing is left to a loop."""

    def drain(self) -> None:
        """No worker is out of this process."""

    def cut(self, request: Any, /) -> None:
        """Leave it to the request's socket: a thread can not be ended from outside."""

    def close(self, timeout: float | None = None, /) -> int:
        """Wait until what was accepted is served, and end the workers."""
        if not self._closed:
            self._closed = True
            for _ in self._workers:
                self._queue.put(None)
        if not self._recipe.daemon:
            deadline = None if timeout is None else time.monotonic() + timeout
            for worker in self._workers:
                worker.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
        return sum(worker.is_alive() for worker in self._workers)
