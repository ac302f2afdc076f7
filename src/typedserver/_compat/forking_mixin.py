"""The mix-in that serves each request in a forked child. It works on any class that has the hooks it calls.

The core's ``Forks`` is not adapted here: ``active_children``, ``max_children`` and ``collect_children`` are public and
may be set or overridden at any time, and the child's order of hooks and exit status are the stdlib's own. What is
shared is the reactor that notices a child's end, and what a child leaves to its parent.
"""

import os
from typing import TYPE_CHECKING, Any, NoReturn

from typedserver._compat.annotations import AnyRequest
from typedserver._compat.children import wait_for_an_end
from typedserver.process.inheritance import leave_all_in_child

if TYPE_CHECKING:
    from typedserver._compat.base_server import BaseServer as _Mixed
    from typedserver._compat.serving_loop import ServingLoop
else:
    # Mixed into any class: nothing of a server is inherited.
    _Mixed = object


class ForkingMixIn(_Mixed):
    """Serves each request in a new child process.

    active_children: the pids of the children that were not reaped yet; None before the first.
    max_children: how many may run at once; at the bound no request is accepted.
    block_on_close: whether ``server_close`` waits for the children.
    """

    timeout: float | None = 300
    active_children: set[int] | None = None
    max_children: int = 40
    block_on_close: bool = True

    def collect_children(self, *, blocking: bool = False) -> None:
        """Reap the children that have ended; ``blocking``: wait for all.

        At the bound it waits for one of them, unless it can have the loop that called it accept nothing meanwhile.
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
            # Each by its own pid: other children of the process are not ours to reap.
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

    def _loop_of_caller(self) -> "ServingLoop | None":
        # A class that is not ours has no such loop: there service_actions does it all, as in the stdlib.
        find = getattr(self, "_serving_loop", None)
        loop: ServingLoop | None = find() if find is not None else None
        return loop

    def handle_timeout(self) -> None:
        """Reap, after ``timeout`` seconds without a request."""
        self.collect_children()

    def service_actions(self) -> None:
        """Reap, after each request and each tick."""
        self.collect_children()

    def process_request(self, request: AnyRequest, client_address: Any) -> None:
        """Fork the request's child."""
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
        except Exception:  # noqa: BLE001 - the hook decides what to tell of it
            self.handle_error(request, client_address)
        finally:
            try:
                self.shutdown_request(request)
            finally:
                os._exit(status)

    def server_close(self) -> None:
        """Close the server, then reap its children."""
        super().server_close()
        self.collect_children(blocking=self.block_on_close)
