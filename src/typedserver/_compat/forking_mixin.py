"""The mix-in that serves each request in a forked child. It works on any class that has the hooks it calls.

It does not adapt the core's ``Forks``: ``active_children``, ``max_children`` and ``collect_children`` are public, a
program may set or override them at any time, and the child's order of hooks and exit status are the standard library's.
It shares with the core the loop that notices a child's end, and the list of what a child must close.
"""

import os
from typing import TYPE_CHECKING, Any, NoReturn

from typedserver._compat.annotations import AnyRequest
from typedserver._compat.children import wait_for_an_end
from typedserver._compat.serving_loop import ServingLoop
from typedserver.process.inheritance import leave_all_in_child

if TYPE_CHECKING:
    from typedserver._compat.base_server import BaseServer as _Mixed
else:
    # The mix-in has no base, because it must mix into any class.
    _Mixed = object


class ForkingMixIn(_Mixed):
    """Serves each request in a new child process.

    Mix it in before the server class: ``class Server(ForkingMixIn, TCPServer)``. The attributes may be set on the class
    or on the server, at any time.

    timeout: seconds after which ``handle_request`` stops waiting for a request and reaps children.
    active_children: the pids of the children that have not been reaped; None before the first request.
    max_children: how many children may run at once; while there are so many, no request is accepted.
    block_on_close: whether ``server_close`` waits for the children.
    """

    timeout: float | None = 300
    active_children: set[int] | None = None
    max_children: int = 40
    block_on_close: bool = True

    def collect_children(self, *, blocking: bool = False) -> None:
        """Reap the children that have ended.

        blocking: whether to wait for all of them.

        If there are still ``max_children``, the caller waits until one ends. But if ``serve_forever`` called, the loop
        stops accepting until then and goes on with all else.
        """
        if self.active_children is None:
            return
        self._reap(blocking=blocking)
        while self._at_bound() and not self._rest_from_accepting():
            wait_for_an_end(self.active_children)
            self._reap(blocking=False)

    def _reap(self, *, blocking: bool) -> None:
        children = self.active_children or set()
        for child in children.copy():
            # Each by its own pid, because the process may have children that are not this server's.
            try:
                pid, _ = os.waitpid(child, 0 if blocking else os.WNOHANG)
            except ChildProcessError:
                children.discard(child)
            except OSError:
                continue
            else:
                children.discard(pid)

    def _at_bound(self) -> bool:
        children = self.active_children
        return children is not None and len(children) >= max(1, self.max_children)

    def _rest_from_accepting(self) -> bool:
        loop = self._loop_of_caller()
        if loop is None or not loop.awaits_children:
            return False
        loop.rest_while(self._at_bound)
        return True

    def _loop_of_caller(self) -> ServingLoop | None:
        # A server class that is not ours has no such loop. Its service_actions then does everything, as in the
        # standard library.
        find = getattr(self, "_serving_loop", None)
        loop: ServingLoop | None = find() if find is not None else None
        return loop

    def handle_timeout(self) -> None:
        """Reap the children that have ended, because ``timeout`` seconds passed without a request."""
        self.collect_children()

    def service_actions(self) -> None:
        """Reap the children that have ended, after each request and each ``poll_interval``."""
        self.collect_children()

    def process_request(self, request: AnyRequest, client_address: Any) -> None:
        """Fork a child that serves this request, and close the parent's copy of it.

        Raises OSError if the process cannot fork; the server then calls ``handle_error``.
        """
        pid = os.fork()
        if pid == 0:
            self._serve_in_child(request, client_address)
        if self.active_children is None:
            self.active_children = set()
        self.active_children.add(pid)
        loop = self._loop_of_caller()
        if loop is not None:
            loop.await_child(pid)
        self.close_request(request)

    def _serve_in_child(self, request: AnyRequest, client_address: Any) -> NoReturn:
        # Whatever happens, this process must never return into the parent's loop.
        status = 1
        try:
            leave_all_in_child(request)
            self.finish_request(request, client_address)
            status = 0
        except Exception:  # noqa: BLE001 - the hook decides what to report of it
            self.handle_error(request, client_address)
        finally:
            try:
                self.shutdown_request(request)
            finally:
                os._exit(status)

    def server_close(self) -> None:
        """Close the server, then reap its children; wait for them if ``block_on_close`` is set."""
        super().server_close()
        self.collect_children(blocking=self.block_on_close)
