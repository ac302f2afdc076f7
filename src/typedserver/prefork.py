"""Prefork: one server in many worker processes, which accept side by side.

It knows servers by their contracts, and of a Server its endpoint; who keeps the workers alive is ``supervisor.py``. The
parent opens and closes, and serves nothing itself: it forks from its loop alone, where no handler runs.
"""

import contextlib
import dataclasses
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, Generic, cast

from typing_extensions import TypeIs, TypeVar

from typedserver.config import check_at_least, check_positive, has_methods
from typedserver.draining import DrainReport
from typedserver.errors import CompositionError, LifecycleError, ListenError
from typedserver.group import Group
from typedserver.inheritance import leave_all_but
from typedserver.lifecycle import State, Step, after
from typedserver.lifetime import Attachment
from typedserver.pidfd import open_pidfd
from typedserver.protocols import AnyServer, Endpoint, Listener, ListeningServer, Reactor
from typedserver.reactor import SelectorReactor
from typedserver.server import Server
from typedserver.serving import Serving
from typedserver.supervisor import Progress, StartLimits, Supervisor

ServerT_co = TypeVar("ServerT_co", bound=ListeningServer | Group, covariant=True, default=ListeningServer | Group)

# What gunicorn gives its workers, and Kubernetes a pod: who has not ended then is killed by somebody anyhow.
DEFAULT_STOP_TIMEOUT: Final = 30.0

# Longer than it takes to find out that a file or a port is missing. Who lives longer each time, or serves, is replaced
# for ever, at a rate that burns no processor.
DEFAULT_START_SECONDS: Final = 0.25

# With the pauses between them some seconds: enough for what mends itself, short enough for a new release that does not.
DEFAULT_START_RETRIES: Final = 5

# What the kernel sends for a fault of the process itself: where that goes on, it commits the fault again, for ever.
_FAULTS: Final = frozenset((signal.SIGSEGV, signal.SIGFPE, signal.SIGILL, getattr(signal, "SIGBUS", signal.SIGSEGV)))

# Without pidfd_open (Linux 5.3) a worker asks who its parent is: a second is not long for a port to be held in vain.
_PARENT_INTERVAL: Final = 1.0


class Prefork(Serving, Generic[ServerT_co]):
    """Serves with one server in many processes, each of which accepts and handles requests by itself. POSIX only.

    server: a Server, a Group, or any class with the methods of ListeningServer, such as ``http.server``'s, bound
    already.
    processes: how many workers.
    reuse_port: give each worker a listener of its own (SO_REUSEPORT, socket(7)) in place of one for all; for endpoints
    that have a ``reuse_port`` of their own (TCP, UDP), not opened before.
    stop_timeout: seconds that a worker has for its requests before it is killed, from when closing waits for it, or
    from when it leaves by itself; None: as long as they need.
    start_seconds: a worker that ends sooner after its start, and before its loop has begun, has failed to start.
    start_retries: of how many failed starts for each process, one after the other, it is tried again; where there are
    more, and no worker lives on, ``serve_forever`` raises CrashLoop.
    reactor_factory: makes the loop that watches the workers. Theirs are made by the server's own config.

    The listener is opened once, by the parent. With one for all, whichever worker is free takes the next connection,
    and when a worker dies nothing is lost but what it had in hand. With one each, the kernel spreads connections evenly
    whether a worker is free or not, and what waits for one that has died waits for its replacement.

    A worker that ends is replaced, for whatever reason: also when its own server was asked to stop, by a handler, or by
    a SIGTERM to it alone. An exception that would have ended ``serve_forever`` ends one worker. One that stops is
    replaced at once, and ends when its requests are over. Workers that serve and soon end, again and again, are
    replaced with short pauses, fifty a second at the most. Stopping sends the workers SIGTERM, by which each stops
    accepting, closes its server and waits as its strategy says; ``server_close`` waits for them. They take no notice of
    SIGINT, nor of any other signal that the parent handles by a function: one to the whole process group
    comes to the parent as well, which decides. When the parent has gone they stop by themselves, and end with what they
    have in hand, or after ``stop_timeout``.

    A server of another class is made non-blocking, and its ``server_close`` runs in each worker as well. In a Group a
    replacement is forked beside whatever threads the other servers of the group run (fork(2)).

    Raises RecipeError for numbers that can not work, CompositionError for what can not be shared by processes; opening
    and serving raise that for an executor (OnExecutor) that has started threads.
    """

    def __init__(
        self,
        server: ServerT_co,
        processes: int,
        *,
        reuse_port: bool = False,
        stop_timeout: float | None = DEFAULT_STOP_TIMEOUT,
        start_seconds: float = DEFAULT_START_SECONDS,
        start_retries: int = DEFAULT_START_RETRIES,
        reactor_factory: Callable[[], Reactor] = SelectorReactor,
    ) -> None:
        check_at_least("Prefork", "processes", processes, 1, "give how many workers shall serve")
        check_positive("Prefork", "stop_timeout", stop_timeout, "give seconds, or None to wait for ever")
        check_positive("Prefork", "start_seconds", start_seconds, "give seconds")
        check_at_least("Prefork", "start_retries", start_retries, 0, "give how often to try again, or 0")
        _check_shareable(server, reuse_port=reuse_port)
        super().__init__(reactor_factory)
        self._server = server
        self._processes = processes
        self._reuse_port = reuse_port
        self._stop_timeout = stop_timeout
        self._limits = StartLimits(start_seconds, start_retries * processes)
        # With reuse_port: the listeners of each server, one for each worker.
        self._listeners: list[tuple[Server[Any, Any], list[Listener[Any, Any]]]] = []
        # One for each time that it served, the current one last: workers of an earlier one may still be ending.
        self._supervisors: list[Supervisor] = []

    def __repr__(self) -> str:
        return f"Prefork({self._server!r}, {self._processes}{', reuse_port=True' if self._reuse_port else ''})"

    @property
    def server(self) -> ServerT_co:
        """The server that runs in each worker."""
        return self._server

    @property
    def processes(self) -> int:
        """How many workers it keeps."""
        return self._processes

    @property
    def server_address(self: "Prefork[ListeningServer]") -> Any:
        """The address that the server is bound to; a group has none, but each of its servers has."""
        return self._server.server_address

    def fileno(self: "Prefork[ListeningServer]") -> int:
        """Return the listening descriptor; with ``reuse_port`` that of the first worker."""
        return self._server.fileno()

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes of the workers, those included that are about to end; from any thread."""
        return tuple(pid for supervisor in list(self._supervisors) for pid in supervisor.pids)

    # What Serving asks of it

    def _check_before_fork(self) -> None:
        for server in _leaves(self._server):
            if _is_ours(server):
                server.check_before_fork()

    def _open_parts(self) -> None:
        # Also where it is open already: before each time that it serves.
        self._check_before_fork()
        for leaf in _leaves(self._server):
            if not isinstance(leaf, Serving):
                _make_non_blocking(leaf)
        if self._reuse_port and not self._listeners:
            self._listen_apart()
        if isinstance(self._server, Serving):
            self._server.open()

    def _listen_apart(self) -> None:
        servers = [server for server in _leaves(self._server) if _is_ours(server)]
        for server in servers:
            if server.state is not State.NEW:
                raise LifecycleError(f"{server!r} is open already, without reuse_port: have Prefork open it")
        try:
            for server in servers:
                listeners: list[Listener[Any, Any]] = []
                self._listeners.append((server, listeners))
                recipe = server.endpoint
                for _ in range(self._processes):
                    port = listeners[0].server_address[1] if listeners else None
                    listeners.append(_sharing_its_port(recipe, port).listen())
        except BaseException:
            self._close_listeners()
            raise
        for server, listeners in self._listeners:
            server.adopt(listeners[0])

    def _close_listeners(self) -> None:
        for _, listeners in self._listeners:
            for listener in listeners:
                listener.close()
        self._listeners = []

    def _retract_parts(self) -> None:
        if isinstance(self._server, Serving):
            self._server.retract()
        self._close_listeners()

    def _start_parts(self, attachment: Attachment, poll_interval: float) -> None:
        for server in _nodes(self._server):
            if isinstance(server, Serving):
                # Not to be served in two places.
                after(server.state, Step.SERVE)
        self._supervisors = [supervisor for supervisor in self._supervisors if supervisor.reap()]
        for earlier in self._supervisors:
            earlier.enter_loop(attachment.reactor)
        worker = _Worker(self._server, os.getpid(), self._stop_timeout, poll_interval)
        supervisor = Supervisor(
            attachment.reactor,
            self._processes,
            self._limits,
            prepare=lambda number, progress: worker.begin(self._listeners_of(number), progress),
            work=worker.serve,
            failed=attachment.end,
            stop_timeout=self._stop_timeout,
        )
        self._supervisors.append(supervisor)
        supervisor.start()

    def _listeners_of(self, number: int) -> "list[tuple[Server[Any, Any], Listener[Any, Any]]]":
        return [(server, listeners[number]) for server, listeners in self._listeners]

    def _halt_parts(self) -> None:
        for supervisor in self._supervisors:
            supervisor.halt()

    def _stop_parts(self) -> None:
        for supervisor in self._supervisors:
            supervisor.stop()

    def _drain_seconds(self) -> float | None:
        return self._stop_timeout

    def _tell_parts_to_drain(self, until: float) -> None:
        """Nothing yet."""

    def _drain_parts(self, attachment: Attachment, _until: float, /) -> None:
        attachment.detach()

    def _report_of_parts(self) -> DrainReport | None:
        return None

    def _suspend_parts(self, *, suspended: bool) -> None:
        """Nothing yet."""

    def _close_parts(self) -> None:
        # An interrupt may have left the stop half done: workers that no longer serve are neither replaced nor untold.
        self._halt_parts()
        # The name goes first: a client finds no server rather than workers that accept no more.
        try:
            self._server.server_close()
            self._close_listeners()
        finally:
            self._stop_parts()
            while self._supervisors:
                # Taken out afterwards: who interrupts the wait may close again, and wait for the rest.
                self._supervisors[-1].wait()
                self._supervisors.pop()


_conforms: type[AnyServer] = Prefork


class _Worker:
    """A worker's life: it serves until it is told to stop, or its parent has gone.

    Made in the parent; all methods are called in the worker, ``begin`` first.
    """

    def __init__(
        self, server: "ListeningServer | Group", parent: int, stop_timeout: float | None, poll_interval: float
    ) -> None:
        self._server = server
        self._parent = parent
        self._stop_timeout = stop_timeout
        self._poll_interval = poll_interval
        self._progress: Progress | None = None
        self._stopping = False

    def begin(self, listeners: "list[tuple[Server[Any, Any], Listener[Any, Any]]]", progress: Progress) -> None:
        """Leave to the parent what is the parent's, and take over the server; all signals are held back at its end."""
        # All of them: so they are for the life of the thread below, and are the main thread's to take.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        self._progress = progress
        _leave_signals_to_the_parent()
        signal.signal(signal.SIGTERM, self._stop)
        leave_all_but(
            {listener.fileno() for _, listener in listeners}
            or {cast("ListeningServer", leaf).fileno() for leaf in _leaves(self._server)}
        )
        for server in _nodes(self._server):
            if isinstance(server, Serving):
                server.enter_worker()
        for server, listener in listeners:
            server.adopt(listener)
        _call_when_its_loop_begins(self._server, progress.begun)
        # Python's handlers run when the main thread looks for signals: not where one comes as it begins to wait.
        receiver, self._told = socket.socketpair()
        receiver.setblocking(False)
        self._told.setblocking(False)
        signal.set_wakeup_fd(self._told.fileno(), warn_on_full_buffer=False)
        os.register_at_fork(after_in_child=_take_no_signals_of_the_worker)
        os.register_at_fork(after_in_child=progress.leave)
        threading.Thread(target=self._watch, args=(receiver,), name="waiting to be stopped", daemon=True).start()

    def serve(self) -> None:
        """Serve until the end."""
        try:
            self._server.serve_forever(self._poll_interval)
        finally:
            self._leave()
            self._server.server_close()

    def _leave(self) -> None:
        if self._progress is not None:
            self._progress.leaving()

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
        self._leave()

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


def _call_when_its_loop_begins(server: AnyServer, callback: Callable[[], object]) -> None:
    if isinstance(server, Serving):
        make = server._reactor_factory  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # Serving's own, of another

        def make_reactor() -> Reactor:
            reactor = make()
            # Called in its first turn, before whatever is readable: where the start fails there is none.
            reactor.call_soon_threadsafe(callback)
            return reactor

        server._reactor_factory = make_reactor  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        return
    foreign = cast("Any", server)
    fileno: Callable[[], int] = foreign.fileno

    def fileno_for_the_loop() -> int:
        callback()
        return fileno()

    # socketserver's loop asks for what it waits on as it begins. Of one that does not, or whose class has no place for
    # this, the age tells.
    with contextlib.suppress(AttributeError):
        foreign.fileno = fileno_for_the_loop


def _nodes(server: AnyServer) -> Iterator[AnyServer]:
    """Tell a server, and all servers in it."""
    yield server
    if isinstance(server, Group):
        for member in server.servers:
            yield from _nodes(member)


def _leaves(server: AnyServer) -> Iterator[AnyServer]:
    return (node for node in _nodes(server) if not isinstance(node, Group))


def _is_ours(server: AnyServer) -> "TypeIs[Server[Any, Any]]":
    return isinstance(server, Server)


def _check_shareable(server: AnyServer, *, reuse_port: bool) -> None:
    if not hasattr(os, "fork"):
        raise CompositionError("Prefork needs fork(), which this platform lacks: serve in one process")
    for leaf in _leaves(server):
        if isinstance(leaf, Prefork):
            raise CompositionError(f"Prefork can not fork what forks workers itself: {leaf!r}; give processes= once")
        if not has_methods(leaf, "serve_forever", "shutdown", "server_close", "fileno"):
            raise CompositionError(
                f"Prefork can not share {leaf!r}: it lacks serve_forever, shutdown, server_close or fileno"
            )
        if reuse_port and not (_is_ours(leaf) and _may_share_its_port(leaf.endpoint)):
            raise CompositionError(
                f"Prefork(reuse_port=True) can not open {leaf!r} once for each worker: that takes a Server of an "
                "endpoint that has reuse_port, such as TCP; leave it out to share one listener"
            )


def _may_share_its_port(recipe: object) -> bool:
    return dataclasses.is_dataclass(recipe) and {"port", "reuse_port"} <= {
        field.name for field in dataclasses.fields(recipe)
    }


def _sharing_its_port(recipe: Endpoint[Any, Any], port: int | None) -> Endpoint[Any, Any]:
    """Make the recipe that shares its port, or the one that was found for a port 0."""
    changes: dict[str, Any] = {"reuse_port": True} if port is None else {"reuse_port": True, "port": port}
    return cast("Endpoint[Any, Any]", dataclasses.replace(cast("Any", recipe), **changes))


def _make_non_blocking(server: AnyServer) -> None:
    """Have a worker that loses the race for a connection find none, rather than wait for the next and never stop."""
    try:
        # Its descriptor, not its socket: that may be wrapped, and what it accepts takes its timeout.
        os.set_blocking(cast("ListeningServer", server).fileno(), False)
    except OSError as error:
        raise ListenError(f"{server!r} can not be shared: {error.strerror}; is it closed?", error.errno) from error
