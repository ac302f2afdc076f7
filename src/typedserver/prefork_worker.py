"""A worker of a Prefork: its life, from the fork to its end.

It knows the server that it runs, and the channel by which it tells how far it has come; nothing of its siblings, nor
of who replaces it. All of this runs in the worker's own process.
"""

import contextlib
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast

from typedserver.channel import Channel
from typedserver.group import Group
from typedserver.inheritance import leave_all_but
from typedserver.pidfd import open_pidfd
from typedserver.protocols import AnyServer, Listener, ListeningServer, Reactor
from typedserver.server import Server
from typedserver.serving import Serving
from typedserver.sharing import leaves, nodes
from typedserver.supervisor import BEATS, Progress

# What the kernel sends for a fault of the process itself: where that goes on, it commits the fault again, for ever.
_FAULTS: Final = frozenset((signal.SIGSEGV, signal.SIGFPE, signal.SIGILL, getattr(signal, "SIGBUS", signal.SIGSEGV)))

# Without pidfd_open (Linux 5.3) a worker asks who its parent is: a second is not long for a port to be held in vain.
_PARENT_INTERVAL: Final = 1.0


class Worker:
    """A worker's life: it serves until it is told to stop, or its parent has gone.

    parent: who made it. stop_timeout, heartbeat: Prefork's. poll_interval: ``serve_forever``'s.

    Made in the parent; all methods are called in the worker, ``begin`` first.
    """

    def __init__(
        self,
        server: "ListeningServer | Group",
        parent: int,
        *,
        stop_timeout: float | None,
        heartbeat: float | None,
        poll_interval: float,
    ) -> None:
        self._server = server
        self._parent = parent
        self._stop_timeout = stop_timeout
        # Seconds between two beats.
        self._interval = None if heartbeat is None else heartbeat / BEATS
        self._poll_interval = poll_interval
        self._channel: Channel | None = None
        self._stopping = False

    def begin(self, listeners: "list[tuple[Server[Any, Any], Listener[Any, Any]]]", channel: Channel) -> None:
        """Leave to the parent what is the parent's, and take over the server; all signals are held back at its end."""
        # All of them: so they are for the life of the thread below, and are the main thread's to take.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        self._channel = channel
        _leave_signals_to_the_parent()
        signal.signal(signal.SIGTERM, self._stop)
        leave_all_but(
            {listener.fileno() for _, listener in listeners}
            or {cast("ListeningServer", leaf).fileno() for leaf in leaves(self._server)}
        )
        for server in nodes(self._server):
            if isinstance(server, Serving):
                server.enter_worker(self._loop_begins if server is self._server else None)
        for server, listener in listeners:
            server.adopt(listener)
        if not isinstance(self._server, Serving):
            self._enter_foreign_loop(self._server)
        # Python's handlers run when the main thread looks for signals: not where one comes as it begins to wait.
        receiver, self._told = socket.socketpair()
        receiver.setblocking(False)
        self._told.setblocking(False)
        signal.set_wakeup_fd(self._told.fileno(), warn_on_full_buffer=False)
        os.register_at_fork(after_in_child=_take_no_signals_of_the_worker)
        os.register_at_fork(after_in_child=channel.close)
        threading.Thread(target=self._watch, args=(receiver,), name="waiting to be stopped", daemon=True).start()

    def _tell(self, progress: Progress) -> None:
        if self._channel is not None:
            self._channel.tell(progress)

    def _loop_begins(self, reactor: Reactor) -> None:
        self._tell(Progress.BEGUN)
        if self._interval is not None:
            self._beat(reactor, self._interval)

    def _beat(self, reactor: Reactor, interval: float) -> None:
        self._tell(Progress.BEAT)
        reactor.call_later(interval, partial(self._beat, reactor, interval))

    def _enter_foreign_loop(self, server: AnyServer) -> None:
        # socketserver's loop asks for what it waits on as it begins. Of one that does not, or whose class has no place
        # for this, the age tells.
        _call_before(server, "fileno", lambda: self._tell(Progress.BEGUN))
        if self._interval is None:
            return
        # It calls its service_actions after each request, and every poll_interval: half of both together.
        interval = self._interval / 2
        self._poll_interval = min(self._poll_interval, interval)
        due = 0.0

        def beat() -> None:
            nonlocal due
            now = time.monotonic()
            if now >= due:
                due = now + interval
                self._tell(Progress.BEAT)

        _call_before(server, "service_actions", beat)

    def serve(self) -> None:
        """Serve until the end."""
        try:
            self._server.serve_forever(self._poll_interval)
        finally:
            self._tell(Progress.LEAVING)
            self._server.server_close()

    def _stop(self, _number: int = 0, _frame: object = None) -> None:
        if self._stopping:
            return
        self._stopping = True
        if isinstance(self._server, Serving):
            self._server.request_stop()
        else:
            # A foreign shutdown waits for the loop that this very thread may run.
            threading.Thread(target=self._server.shutdown, name="stopping a foreign server", daemon=True).start()
        # Told here already: the loop may be in a handler, and end when that does.
        self._tell(Progress.LEAVING)

    def _watch(self, signals: socket.socket) -> None:
        watched = select.poll()
        watched.register(signals, select.POLLIN)
        pidfd = open_pidfd(self._parent)
        if pidfd is not None:
            watched.register(pidfd, select.POLLIN)
        # Asked for after the pidfd was opened: the pid of a parent that had ended before may be another's.
        while os.getppid() == self._parent:
            watched.poll(None if pidfd is not None else _PARENT_INTERVAL * 1000)
            with contextlib.suppress(BlockingIOError):
                if signal.SIGTERM in signals.recv(4096):
                    self._stop()
        # The parent has gone: what is in hand is still served. Whether it had told to stop can not be known, since
        # SIGTERM may have come to the whole group.
        self._stop()
        if self._stop_timeout is not None:
            time.sleep(self._stop_timeout)
            os._exit(1)


def _leave_signals_to_the_parent() -> None:
    """Take no notice of Ctrl-C, nor of what the parent handles: to the group it comes to the parent, which decides."""
    # A wake-up descriptor is the parent's loop's.
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        handler = signal.getsignal(number)
        if number in _FAULTS:
            meaning: Any = signal.SIG_DFL
        else:
            # A function, since programs that a worker starts inherit an SIG_IGN.
            meaning = _leave_it_to_the_parent
        if callable(handler) or (number == signal.SIGINT and handler is not signal.SIG_IGN):
            signal.signal(number, meaning)


def _leave_it_to_the_parent(_number: int, _frame: object) -> None:
    """Go on."""


def _take_no_signals_of_the_worker() -> None:
    """In whatever is forked from a worker: SIGTERM ends it, and tells the worker nothing."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _call_before(server: AnyServer, name: str, callback: Callable[[], object]) -> None:
    """Have a callback called before each call of a foreign server's method, where it has that and place for this."""
    method: Callable[[], object] | None = getattr(server, name, None)
    if method is None:
        return

    def called() -> object:
        callback()
        return method()

    with contextlib.suppress(AttributeError):
        setattr(server, name, called)
