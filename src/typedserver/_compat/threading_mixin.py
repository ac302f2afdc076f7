"""The mix-in that serves each request in a new thread. It works on any class that has the hooks it calls.

It does not adapt the core's ``Threads``: a program may change ``daemon_threads`` and ``block_on_close`` between two
requests, override ``process_request_thread``, read ``_threads``, and expects ``handle_error`` if a thread cannot start.
A frozen recipe with its own table of threads offers none of this.
"""

import functools
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from typedserver._compat.annotations import AnyRequest

if TYPE_CHECKING:
    from typedserver._compat.base_server import BaseServer as _Mixed
else:
    # The mix-in has no base, because it must mix into any class.
    _Mixed = object

# A list of at most this many threads is not searched for those that do not report their end. Below it a search saves
# no memory worth its time; above it one search follows each doubling of the list, so that appending costs the same
# however many threads there are.
_FIRST_SEARCH: Final = 8


class _Threads(list[threading.Thread]):
    """The threads that ``server_close`` waits for, the newest first.

    A thread that has ended leaves the list at the next ``append``, as in the standard library. There each ``append``
    asks every thread whether it is alive, which takes a millisecond for 4,000 of them. Here a thread reports its end,
    and ``append`` asks only those that did. The threads that the program itself appends do not report: they are asked
    when the list has doubled.
    """

    def __init__(self) -> None:
        super().__init__()
        self._reported: deque[threading.Thread] = deque()
        self._search_at = _FIRST_SEARCH

    def reporting(self, serve: Callable[[Any, Any], object]) -> Callable[[Any, Any], None]:
        """Return a target for a thread: it serves, then reports that the thread has only to end."""

        # A thread takes its name from its target, so the target must keep its own name.
        @functools.wraps(serve)
        def serve_and_report(request: AnyRequest, client_address: Any) -> None:
            try:
                serve(request, client_address)
            finally:
                self._reported.append(threading.current_thread())

        return serve_and_report

    def append(self, thread: threading.Thread, /) -> None:
        """Add a thread, unless ``server_close`` need not wait for it because it is a daemon."""
        self._remove_reported()
        if thread.daemon:
            return
        if len(self) >= self._search_at:
            self.reap()
            self._search_at = max(_FIRST_SEARCH, 2 * len(self))
        # In front: most threads that end are among the newest, and remove() searches from the front.
        self.insert(0, thread)

    def _remove_reported(self) -> None:
        for _ in range(len(self._reported)):
            # Empty if another thread serves the same server and has just done the same.
            with suppress(IndexError):
                thread = self._reported.popleft()
                if thread.is_alive():
                    # It has reported and has yet to end. The next append asks it again.
                    self._reported.append(thread)
                else:
                    self.discard(thread)

    def discard(self, thread: threading.Thread) -> None:
        """Remove a thread if it is in the list."""
        with suppress(ValueError):
            self.remove(thread)

    def reap(self) -> None:
        """Remove every thread that has ended."""
        self[:] = [thread for thread in self if thread.is_alive()]

    def pop_all(self) -> list[threading.Thread]:
        """Empty the list and return what was in it."""
        taken = self[:]
        self.clear()
        return taken

    def join(self) -> None:
        """Empty the list and wait until all that were in it have ended."""
        for thread in self.pop_all():
            thread.join()
        self._reported.clear()


class _NoThreads:
    """The list of a class before its first request, and of a server that does not wait for its threads."""

    def append(self, thread: threading.Thread, /) -> None:
        """Forget the thread at once."""

    def join(self) -> None:
        """Wait for nothing."""


class ThreadingMixIn(_Mixed):
    """Serves each request in a new thread.

    Mix it in before the server class: ``class Server(ThreadingMixIn, TCPServer)``. The attributes may be set on the
    class or on the server, at any time.

    daemon_threads: whether the interpreter may exit while a request is being served.
    block_on_close: whether ``server_close`` waits for the threads that are not daemons.
    """

    daemon_threads: bool = False
    block_on_close: bool = True
    _threads: _Threads | _NoThreads = _NoThreads()

    def process_request_thread(self, request: AnyRequest, client_address: Any) -> None:
        """Serve one request in the thread made for it: finish it, report an exception, shut it down."""
        try:
            self.finish_request(request, client_address)
        except Exception:  # noqa: BLE001 - the hook decides what to report of it
            self.handle_error(request, client_address)
        finally:
            self.shutdown_request(request)

    def process_request(self, request: AnyRequest, client_address: Any) -> None:
        """Start a thread that serves this request.

        Raises RuntimeError if the thread cannot start; the server then calls ``handle_error``.
        """
        if self.block_on_close:
            vars(self).setdefault("_threads", _Threads())
        threads = self._threads
        serve: Callable[[Any, Any], None] = self.process_request_thread
        if isinstance(threads, _Threads):
            serve = threads.reporting(serve)
        thread = threading.Thread(target=serve, args=(request, client_address))
        thread.daemon = self.daemon_threads
        # Before the start, because another thread may call server_close right after it.
        threads.append(thread)
        try:
            thread.start()
        except Exception:
            # server_close would join it, and joining a thread that never started raises RuntimeError.
            if isinstance(threads, _Threads):
                threads.discard(thread)
            raise

    def server_close(self) -> None:
        """Close the server, then wait for its threads if ``block_on_close`` is set."""
        super().server_close()
        self._threads.join()
