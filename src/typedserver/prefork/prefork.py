"""Prefork: one server in many worker processes, which accept side by side.

It opens and closes what they share, and serves nothing itself: it forks from its loop alone, where no handler runs.
What a worker does is ``prefork_worker.py``'s, who keeps the workers alive is ``supervisor.py``.
"""

import dataclasses
import math
import os
import time
from collections.abc import Callable
from typing import Any, Final, Generic

from typing_extensions import TypeVar, override

from typedserver.config import DEFAULT_TIMEOUT
from typedserver.errors import CompositionError, LifecycleError
from typedserver.events import NOTHING_DRAINED, DrainReport
from typedserver.group import Group
from typedserver.lifetime.attachment import Attachment
from typedserver.lifetime.drain_request import CUT_GRACE
from typedserver.lifetime.lifecycle import State, Step, after
from typedserver.lifetime.serving import Serving
from typedserver.lifetime.tree import leaves, nodes
from typedserver.prefork.messages import REPORT, Order, report_of
from typedserver.prefork.sharing import (
    check_shareable,
    is_ours,
    make_non_blocking,
    withdraw,
)
from typedserver.prefork.supervisor import Heartbeat, StartLimits, Supervisor
from typedserver.prefork.worker import Worker
from typedserver.process.channel import Message
from typedserver.protocols.endpoints import Listener, Withdrawal
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.servers import AnyServer, ListeningServer
from typedserver.reactor.selector_reactor import SelectorReactor
from typedserver.recipes import check_at_least, check_positive
from typedserver.server import Server

ServerT_co = TypeVar("ServerT_co", bound=ListeningServer | Group, covariant=True, default=ListeningServer | Group)

# What gunicorn gives its workers, and Kubernetes a pod: who has not ended then is killed by somebody anyhow.
DEFAULT_STOP_TIMEOUT: Final = 30.0

# Longer than it takes to find out that a file or a port is missing. Who lives longer each time, or serves, is replaced
# for ever, at a rate that burns no processor.
DEFAULT_START_SECONDS: Final = 0.25

# Twice as long as a read may wait: under Inline a silent client holds the loop up for that, and is no error of the
# worker's. What holds it up for longer is, or it is a request that Inline should not have been given.
DEFAULT_HEARTBEAT: Final = 2 * DEFAULT_TIMEOUT

# Seconds that a worker has after the deadline of a drain before it is killed: what it has cut is waited for twice, by
# its loop and as it closes, and a busy machine may be late.
KILL_GRACE: Final = 2 * CUT_GRACE + 1.0

# With the pauses between them some seconds: enough for what mends itself, short enough for a new release that does not.
DEFAULT_START_RETRIES: Final = 5


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
    heartbeat: seconds after which a worker whose loop has not turned is killed and replaced; longer than the longest
    request where the loop itself serves it (Inline); None: never.
    reactor_factory: makes the loop that watches the workers. Theirs are made by the server's own config.

    The listener is opened once, by the parent. With one for all, whichever worker is free takes the next connection,
    and when a worker dies nothing is lost but what it had in hand. With one each, the kernel spreads connections evenly
    whether a worker is free or not, and what waits for one that has died waits for its replacement.

    A worker that ends is replaced, for whatever reason: also when its own server was asked to stop, by a handler, or by
    a SIGTERM to it alone. An exception that would have ended ``serve_forever`` ends one worker. One that stops is
    replaced at once, and ends when its requests are over. Workers that serve and soon end, again and again, are
    replaced with short pauses, fifty a second at the most. One whose loop hangs, for whatever reason, is killed
    (SIGKILL) with what it has in hand, after ``heartbeat`` to one and a half times that; what waits to be accepted is
    served by the others, or, with one listener each, by its replacement. Of threads and children that hang a loop knows
    nothing.

    Stopping sends the workers SIGTERM, by which each stops accepting, closes its server and waits as its strategy says;
    ``server_close`` waits for them. They take no notice of SIGINT, nor of any other signal that the parent handles by a
    function: one to the whole process group comes to the parent as well, which decides. When the parent has gone they
    stop by themselves, and end with what they have in hand, or after ``stop_timeout``.

    A drain has the kernel refuse new clients, once for all workers. Each of them then empties the queue, ends, and
    tells its report, of which Prefork's is the sum; SIGTERM means nothing more to it. One that ends in another way is
    replaced meanwhile, so that what waits is served. One that has not ended three seconds after the deadline is killed,
    and tells nothing of what it had in hand. ``suspend``, ``resume`` and ``reload`` reach all workers a moment after
    the call, and those that start later.

    A server of another class is made non-blocking, and its ``server_close`` runs in each worker as well. It is found to
    hang where it calls ``service_actions`` now and then, as ``socketserver``'s do, and not as a member of a Group. It
    is neither suspended nor reloaded; a drain stops it when nobody waits in its queue any more, and what it has in hand
    has until its worker is killed. In a Group a replacement is forked beside whatever threads the other servers of the
    group run (fork(2)).

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
        heartbeat: float | None = DEFAULT_HEARTBEAT,
        reactor_factory: Callable[[], Reactor] = SelectorReactor,
    ) -> None:
        check_at_least("Prefork", "processes", processes, 1, "give how many workers shall serve")
        check_positive("Prefork", "stop_timeout", stop_timeout, "give seconds, or None to wait for ever")
        check_positive("Prefork", "heartbeat", heartbeat, "give seconds, or None to take no worker for hung")
        check_positive("Prefork", "start_seconds", start_seconds, "give seconds")
        check_at_least("Prefork", "start_retries", start_retries, 0, "give how often to try again, or 0")
        for node in nodes(server):
            if isinstance(node, Prefork):
                raise CompositionError(
                    f"Prefork can not fork what forks workers itself: {node!r}; give processes= once"
                )
        check_shareable(server, reuse_port=reuse_port)
        super().__init__(reactor_factory)
        self._server = server
        self._processes = processes
        self._reuse_port = reuse_port
        self._stop_timeout = stop_timeout
        self._heartbeat = heartbeat
        self._limits = StartLimits(start_seconds, start_retries * processes)
        # With reuse_port: the listeners of each server, one for each worker.
        self._listeners: list[tuple[Server[Any, Any], list[Listener[Any, Any]]]] = []
        # What became of new clients when it began to drain, for each server in it; None: it does not drain.
        self._withdrawals: list[Withdrawal] | None = None
        self._shared = False
        self._drain_began = 0.0
        self._drain_ended: float | None = None
        # What the workers have told of their drains.
        self._told_of_drain = NOTHING_DRAINED
        # One for each time that it served, the current one last: workers of an earlier one may still be ending.
        self._supervisors: list[Supervisor] = []

    def __repr__(self) -> str:
        return f"Prefork({self._server!r}, {self._processes}{', reuse_port=True' if self._reuse_port else ''})"

    @property
    def server(self) -> ServerT_co:
        """The server that runs in each worker."""
        return self._server

    @property
    def reuse_port(self) -> bool:
        """Whether each worker has a listener of its own."""
        return self._reuse_port

    @property
    @override
    def members(self) -> tuple[AnyServer, ...]:
        """The server that runs in each worker."""
        return (self._server,)

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
        for server in leaves(self._server):
            if is_ours(server):
                server.check_before_fork()

    def _open_parts(self) -> None:
        # Also where it is open already: before each time that it serves.
        self._check_before_fork()
        for leaf in leaves(self._server):
            if not isinstance(leaf, Serving):
                make_non_blocking(leaf)
        if self._reuse_port and not self._listeners:
            self._listen_apart()
        if isinstance(self._server, Serving):
            self._server.open()

    def _listen_apart(self) -> None:
        servers = [server for server in leaves(self._server) if is_ours(server)]
        for server in servers:
            if server.state is not State.NEW:
                raise LifecycleError(f"{server!r} is open already, without reuse_port: have Prefork open it")
        try:
            for server in servers:
                listeners: list[Listener[Any, Any]] = []
                self._listeners.append((server, listeners))
                for _ in range(self._processes):
                    recipe = server.endpoint.sharing_port(_port_of(listeners[0]) if listeners else 0)
                    assert recipe is not None, "check_shareable has asked"
                    listeners.append(recipe.listen())
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
        for server in nodes(self._server):
            if isinstance(server, Serving):
                # Not to be served in two places.
                after(server.state, Step.SERVE)
        self._supervisors = [supervisor for supervisor in self._supervisors if supervisor.reap()]
        for earlier in self._supervisors:
            earlier.enter_loop(attachment.reactor)
        if self._drain_until is not None:
            # They are to find out before they accept.
            self._withdraw_listeners()
        worker = Worker(
            self._server,
            os.getpid(),
            stop_timeout=self._stop_timeout,
            heartbeat=self._heartbeat,
            poll_interval=poll_interval,
        )
        supervisor = Supervisor(
            attachment.reactor,
            self._processes,
            self._limits,
            prepare=lambda number, channel: worker.begin(self._listeners_of(number), channel),
            work=worker.serve,
            failed=attachment.end,
            stop_timeout=self._stop_timeout,
            # What a foreign class does in its loop is not known before it has done it.
            heartbeat=None
            if self._heartbeat is None
            else Heartbeat(self._heartbeat, expected=isinstance(self._server, Serving)),
            orders=self._orders,
            told=self._take_report,
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
        if self._drain_ended is None:
            # It is over, or was given up.
            self._drain_ended = time.monotonic()

    # Draining, and what else the workers are ordered

    def _orders(self) -> list[Message]:
        """Tell what a worker that starts now is to do besides serving."""
        orders: list[Message] = []
        if self.suspended:
            orders.append((Order.SUSPEND, None))
        if self._withdrawals is not None:
            orders.append(self._order_to_drain())
        return orders

    def _order_to_drain(self) -> Message:
        # Workers of a loop that has ended accept nothing more.
        withdrawals = self._withdrawals or ["shared" for _ in leaves(self._server)]
        return Order.DRAIN, (self._drain_until, withdrawals)

    def _order(self, what: str, about: object = None) -> None:
        for supervisor in list(self._supervisors):
            supervisor.order(what, about)

    def _take_report(self, message: Message) -> None:
        what, about = message
        if what == REPORT:
            self._told_of_drain += report_of(about)

    def _note_killed(self, workers: int) -> None:
        # What these had in hand nobody can tell any more, but that something was left.
        self._told_of_drain = dataclasses.replace(self._told_of_drain, left=self._told_of_drain.left + workers)

    def _drain_seconds(self) -> float | None:
        if isinstance(self._server, Serving):
            return self._server._drain_seconds()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # Serving's own, asked of another
        return self._stop_timeout

    def _tell_parts_to_drain(self, until: float) -> None:  # noqa: ARG002 - the order has it
        # In the loop the listeners are withdrawn before; where it has ended, workers are being waited for.
        if self._attachment is None:
            self._order(*self._order_to_drain())

    def _drain_parts(self, attachment: Attachment, until: float, /) -> None:
        self._withdraw_listeners()
        self._order(*self._order_to_drain())
        self._supervisors[-1].drain(until + KILL_GRACE, attachment.detach, self._note_killed)

    def _withdraw_listeners(self) -> None:
        # Once, and here: the sockets are the same in all workers, and it can not be done twice.
        if self._withdrawals is None:
            self._drain_began = time.monotonic()
            self._drain_ended = None
            self._withdrawals = [
                withdraw(leaf, self._other_listeners_of(leaf), shared=self._shared) for leaf in leaves(self._server)
            ]

    def _other_listeners_of(self, leaf: AnyServer) -> list[Listener[Any, Any]]:
        return [listener for server, listeners in self._listeners if server is leaf for listener in listeners[1:]]

    def _report_of_parts(self) -> DrainReport | None:
        if self._withdrawals is None:
            return None
        ended = time.monotonic() if self._drain_ended is None else self._drain_ended
        return dataclasses.replace(self._told_of_drain, seconds=ended - self._drain_began)

    def _suspend_parts(self, *, suspended: bool) -> None:
        self._order(Order.SUSPEND if suspended else Order.RESUME)

    def reload(self) -> None:
        """Have the server take over what has changed outside, here and in all workers; from any thread.

        Raises what the server's own ``reload`` raises; the workers are then not told.
        """
        if isinstance(self._server, Serving):
            self._server.reload()
        for leaf in leaves(self._server):
            for listener in self._other_listeners_of(leaf):
                listener.reload()
        self._order(Order.RELOAD)

    def share_listener(self) -> None:
        """Take note that another process has the same listening sockets, and serves on; as for a Server."""
        self._shared = True
        for leaf in leaves(self._server):
            if is_ours(leaf):
                leaf.share_listener()
                for listener in self._other_listeners_of(leaf):
                    listener.share()

    # Closing

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
                self._supervisors[-1].wait(self._time_to_wait())
                self._supervisors.pop()

    def _time_to_wait(self) -> float | None:
        seconds = [self._stop_timeout]
        if self._drain_until is not None:
            seconds.append(max(0.0, self._drain_until + KILL_GRACE - time.monotonic()))
        return min((each for each in seconds if each is not None and each < math.inf), default=None)


_conforms: type[AnyServer] = Prefork


def _port_of(listener: Listener[Any, Any]) -> int:
    address = listener.server_address
    assert isinstance(address, tuple), "only what has a port can share it"
    return address[1]
