"""The mix-in that serves each request in a thread of its own. It works on any class that has the hooks it calls.

The core's ``Threads`` is not adapted here: programs read ``daemon_threads`` and ``block_on_close`` anew for each
request, override ``process_request_thread``, look into ``_threads``, and see a thread that can not start in
``handle_error``. A frozen recipe with a table of its own has none of that, and hiding it would take more than it does.
"""

import threading
from typing import TYPE_CHECKING, Any, Final

from typedserver._compat.annotations import AnyRequest

if TYPE_CHECKING:
    from typedserver._compat.base_server import BaseServer as _Mixed
else:
    # Mixed into any class: nothing of a server is inherited.
    _Mixed = object

# Dead threads are looked for when the list is twice as long as it was alive, and never in a shorter one than this.
_FIRST_REAPING: Final = 8


class _Threads(list[threading.Thread]):
    """The threads to wait for. Appending costs the same however many live; the dead are at most as many again."""

    def __init__(self) -> None:
        super().__init__()
        self._reap_at = _FIRST_REAPING

    def append(self, thread: threading.Thread, /) -> None:
        if thread.daemon:
            return
        if len(self) >= self._reap_at:
            self.reap()
        super().append(thread)

    def discard(self, thread: threading.Thread) -> None:
        if thread in self:
            self.remove(thread)

    def reap(self) -> None:
        self[:] = [thread for thread in self if thread.is_alive()]
        self._reap_at = max(_FIRST_REAPING, 2 * len(self))

    def pop_all(self) -> list[threading.Thread]:
        taken = self[:]
        self.clear()
        return taken

    def join(self) -> None:
        for thread in self.pop_all():
            thread.join()


class _NoThreads:
    """What a class has before its first request, or where nothing is to be waited for."""

    def append(self, thread: threading.Thread, /) -> None:
        """Let it run."""

    def discard(self, thread: threading.Thread, /) -> None:
        """It was never here."""

    def join(self) -> None:
        """Wait for none."""


class ThreadingMixIn(_Mixed):
    """Serves each request in a new thread.

    daemon_threads: whether the interpreter may end while a request is served.
    block_on_close: whether ``server_close`` waits for the threads that are no daemons.
    """

    daemon_threads: bool = False
    block_on_close: bool = True
    _threads: _Threads | _NoThreads = _NoThreads()

    def process_request_thread(self, request: AnyRequest, client_address: Any) -> None:
        """Serve a request, in its thread."""
        try:
            self.finish_request(request, client_address)
        except Exception:  # noqa: BLE001 - the hook decides what to tell of it
            self.handle_error(request, client_address)
        finally:
            self.shutdown_request(request)

    def process_request(self, request: AnyRequest, client_address: Any) -> None:
        """Start the request's thread."""
        if self.block_on_close:
            vars(self).setdefault("_threads", _Threads())
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address))
        thread.daemon = self.daemon_threads
        # Before the start: server_close may come between.
        self._threads.append(thread)
        try:
            thread.start()
        except Exception:
            # Or server_close, which joins them all, would raise for one that never ran.
            self._threads.discard(thread)
            raise

    def server_close(self) -> None:
        """Close the server, then wait for its threads."""
        super().server_close()
        self._threads.join()
