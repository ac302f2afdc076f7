"""Threads: each request in a thread of its own."""

import threading
import time
from dataclasses import dataclass
from typing import Any

from typedserver.config import recipe_repr
from typedserver.drive import drive
from typedserver.protocols import ConcurrencyStrategy, Dispatcher, Reactor, RequestProcessor


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Threads:
    """Serve each request in a new thread.

    daemon: whether the interpreter may end while a request is served (threading's daemon threads).
    block_on_close: whether closing the server waits for the threads; daemon threads are never waited for, as in
    ``socketserver``.
    """

    daemon: bool = False
    block_on_close: bool = True

    def start(self, processor: RequestProcessor[object], _reactor: Reactor | None, /) -> Dispatcher:
        """Begin work for a server."""
        return _ThreadsDispatcher(self, processor)

    __repr__ = recipe_repr


_conforms: type[ConcurrencyStrategy[object]] = Threads


class _ThreadsDispatcher:
    """Keeps the set of live threads; each leaves it by itself, so that a request costs the same however many live."""

    __slots__ = ("_processor", "_recipe", "_workers")

    has_capacity = True

    def __init__(self, recipe: Threads, processor: RequestProcessor[object]) -> None:
        self._recipe = recipe
        self._processor = processor
        self._workers: set[threading.Thread] = set()

    def process_request(self, request: Any, client_address: Any, /) -> None:
        worker = threading.Thread(
            target=self._serve_request, args=(request, client_address), daemon=self._recipe.daemon
        )
        # Before the start: a thread that is quick would leave the set before it had entered.
        self._workers.add(worker)
        try:
            worker.start()
        except BaseException as error:
            self._workers.discard(worker)
            self._processor.close_request(request)
            self._processor.release(request, client_address, error)
            if not isinstance(error, RuntimeError):
                raise

    def _serve_request(self, request: Any, client_address: Any) -> None:
        try:
            drive(self._processor.serve_request(request, client_address))
        finally:
            self._workers.discard(threading.current_thread())
            self._processor.release(request, client_address, None)

    def service_actions(self) -> None:
        """Nothing is left to a loop."""

    def drain(self) -> None:
        """No worker is out of this process."""

    def cut(self, request: Any, /) -> None:
        """Leave it to the request's socket: a thread can not be ended from outside."""

    def close(self, timeout: float | None = None, /) -> int:
        """Join the threads, unless the recipe says not to."""
        if self._recipe.block_on_close and not self._recipe.daemon:
            deadline = None if timeout is None else time.monotonic() + timeout
            for worker in list(self._workers):
                worker.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
        return len(self._workers)
