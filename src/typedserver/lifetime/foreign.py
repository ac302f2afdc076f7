"""Servers of other classes: they know neither a loop that they share nor a drain, and are watched from outside.

What is done here holds for ``socketserver``'s classes, and for whatever has their methods.
"""

import contextlib
import queue
import select
import threading
import time
from collections.abc import Callable
from typing import Final

from typedserver.lifetime.attachment import Ended
from typedserver.lifetime.drain_request import LEAKING_LIMIT
from typedserver.protocols.endpoints import Withdrawal
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.servers import AnyServer

# Seconds without a waiting client after which a queue counts as empty (ServerConfig has the same), and between two
# looks at it: often enough to see that a worker which accepts one at a time finds it empty.
_QUIET: Final = 0.05
_LOOK: Final = 0.005


def call_in_its_loop(server: AnyServer, *, begun: Callable[[], object], turned: Callable[[], object] | None) -> None:
    """Have functions called as a server's loop begins and as it turns, if its class has a place for that.

    turned: called after each request, and every ``poll_interval``; None: nothing is called.
    """
    # socketserver's loop asks for the descriptor as it begins. If a class does not, a worker counts as started by age.
    _call_before(server, "fileno", begun)
    if turned is not None:
        _call_before(server, "service_actions", turned)


def _call_before(server: AnyServer, name: str, callback: Callable[[], object]) -> None:
    method: Callable[[], object] | None = getattr(server, name, None)
    if method is None:
        return

    def called() -> object:
        callback()
        return method()

    with contextlib.suppress(AttributeError):
        setattr(server, name, called)


class Stopper:
    """Stops a server when it is told to, in a thread: a foreign shutdown() waits for the loop.

    The thread is started beforehand, because the stop may come when no other can be had. All methods may be called
    from any thread and from a signal handler, because a SimpleQueue's put is reentrant. Must be dismissed in the end,
    unless the process ends.
    """

    __slots__ = ("_orders", "_server")

    def __init__(self, server: AnyServer) -> None:
        self._server = server
        self._orders: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        # A daemon: a foreign server that does not stop must not keep the interpreter alive.
        threading.Thread(target=self._obey, name="stopping a foreign server", daemon=True).start()

    def _obey(self) -> None:
        while (order := self._orders.get()) is not None:
            order()

    def stop(self) -> None:
        """Stop the server, without waiting."""
        self._orders.put(self._server.shutdown)

    def stop_when_its_queue_is_empty(self, listening: int, withdrawal: Withdrawal, until: float) -> None:
        """Stop it when no client waits to be accepted any more, at the latest at ``until``; without waiting.

        listening: its descriptor. until: by the monotonic clock. withdrawal: what became of new clients.
        """
        self._orders.put(lambda: _wait_for_an_empty_queue(listening, withdrawal, until))
        self.stop()

    def dismiss(self) -> None:
        """End the thread when it has done what it was told."""
        self._orders.put(None)


def _wait_for_an_empty_queue(listening: int, withdrawal: Withdrawal, until: float) -> None:
    if withdrawal == "shared":
        return
    if withdrawal == "leaking":
        until = min(until, time.monotonic() + LEAKING_LIMIT)
    waiting = select.poll()
    waiting.register(listening, select.POLLIN)
    quiet_since = now = time.monotonic()
    while now < until and now - quiet_since < _QUIET:
        time.sleep(_LOOK)
        now = time.monotonic()
        if waiting.poll(0):
            quiet_since = now


class ForeignServing:
    """A server of a class that knows no attach, serving in a thread of its own."""

    def __init__(self, server: AnyServer, reactor: Reactor, ended: Ended, poll_interval: float) -> None:
        self._server = server
        self._reactor = reactor
        self._ended = ended
        self._poll_interval = poll_interval
        self.attached: bool = True
        # Whether it needs no shutdown() any more.
        self._ends = False
        self._stopper = Stopper(server)
        # A daemon, for the same reason as the stopper's.
        self._thread = threading.Thread(target=self._serve, name=f"serving {type(server).__name__}", daemon=True)
        try:
            self._thread.start()
        except BaseException:
            self._stopper.dismiss()
            raise

    def _serve(self) -> None:
        failure: BaseException | None = None
        try:
            self._server.serve_forever(self._poll_interval)
        except BaseException as error:  # noqa: BLE001 - it ends the group, whose serve_forever raises it
            failure = error
        if self.attached:
            self._ends = True
            self.attached = False
            self._reactor.call_soon_threadsafe(lambda: self._ended(failure))

    def is_this_thread(self) -> bool:
        """Whether the caller runs in this server's loop."""
        return threading.current_thread() is self._thread

    def begin_to_detach(self) -> None:
        """Shut the server down, if it still serves; it leaves the group when its loop has ended."""
        if not self._ends:
            self._stopper.stop()
            self._ends = True
        self._stopper.dismiss()

    def detach(self) -> None:
        """Shut the server down, if it still serves, and wait for its thread."""
        self.attached = False
        self.begin_to_detach()
        self._thread.join()
