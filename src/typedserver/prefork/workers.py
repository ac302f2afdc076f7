"""The workers of a Prefork: what its Lifetime opens, starts, drains and closes.

It opens and closes what the workers share, and serves nothing itself: it forks from its loop alone, where no handler
runs. What a worker does is ``worker.py``'s, keeping them alive is ``supervisor.py``'s.
"""

import dataclasses
import math
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from typedserver.composition import check_listener
from typedserver.errors import LifecycleError
from typedserver.events import NOTHING_DRAINED, DrainReport, WorkerEnded, WorkerStarted
from typedserver.group import Group
from typedserver.lifecycle import State, Step, after
from typedserver.lifetime.attachment import Attachment
from typedserver.lifetime.drain_request import CUT_GRACE, DrainRequest
from typedserver.lifetime.servable import Servable
from typedserver.lifetime.shared_port import SharedPort
from typedserver.lifetime.tree import is_ours, leaves, nodes
from typedserver.lifetime.turns import tell
from typedserver.prefork.messages import ACCOUNT, ANSWER, REPORT, Order, report_of
from typedserver.prefork.reports import Reports, observers_of
from typedserver.prefork.restarts import StartLimits
from typedserver.prefork.sharing import is_server, make_non_blocking, withdraw
from typedserver.prefork.supervisor import Heartbeat, Supervisor
from typedserver.prefork.worker import Worker
from typedserver.process.channel import Message
from typedserver.protocols.endpoints import Listener, Withdrawal
from typedserver.protocols.servers import AnyServer, ListeningServer
from typedserver.server import Server

# Seconds that a worker has after the deadline of a drain before it is killed: what it has cut is waited for twice, by
# its loop and as it closes, and a busy machine may be late.
KILL_GRACE: Final = 2 * CUT_GRACE + 1.0


@dataclass(frozen=True, slots=True)
class WorkersRecipe:
    """How many workers there are, and when one is given up; the fields are Prefork's."""

    processes: int
    reuse_port: bool
    stop_timeout: float | None
    heartbeat: float | None
    limits: StartLimits


class Workers:
    """What a Prefork serves: one server, in many processes.

    prefork: what events name.
    server: the server that runs in each worker.
    recipe: how many, and when one is given up.
    drain_request: until when they drain.

    answer: what each worker answers by when it is asked, in as many parts as there are; set before they are forked.
    answered: called in the loop with each part of an answer: the worker's process, the question's number, and the part;
    None for a part ends the answer.
    """

    __slots__ = (
        "_call_when_begun",
        "_drain_began",
        "_drain_ended",
        "_drain_request",
        "_drained",
        "_has_begun",
        "_in_loop",
        "_listeners",
        "_prefork",
        "_reports",
        "_shared",
        "_supervisors",
        "_suspended",
        "_withdrawals",
        "answer",
        "answered",
        "recipe",
        "server",
    )

    def __init__(
        self,
        prefork: AnyServer,
        server: ListeningServer | Group,
        recipe: WorkersRecipe,
        drain_request: DrainRequest,
    ) -> None:
        self._prefork = prefork
        self.answer: Callable[[object], Iterable[object]] = _nothing_to_say
        self.answered: Callable[[int, int, Any], object] = _nobody_asked
        self.server: ListeningServer | Group = server
        self.recipe: WorkersRecipe = recipe
        self._drain_request = drain_request
        # With reuse_port: the listeners of each server, one for each worker.
        self._listeners: list[tuple[Server[Any, Any], list[Listener[object, object]]]] = []
        # What became of new clients when it began to drain, for each server in it; None: it does not drain.
        self._withdrawals: list[Withdrawal] | None = None
        self._shared = False
        self._suspended = False
        self._in_loop = False
        self._drain_began = 0.0
        self._drain_ended: float | None = None
        # What observers in the workers report to those here.
        self._reports = Reports(server)
        # What the workers have reported of their drains.
        self._drained = NOTHING_DRAINED
        # One for each time that it served, the current one last: workers of an earlier one may still be ending.
        self._supervisors: list[Supervisor] = []
        # Whether a worker's loop has ever begun, and whom to call when one has.
        self._has_begun = False
        self._call_when_begun: list[Callable[[], object]] = []

    @property
    def members(self) -> tuple[AnyServer, ...]:
        """The server that runs in each worker."""
        return (self.server,)

    @property
    def needs_loop(self) -> str | None:
        """None: its loop only watches the workers."""
        return None

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes of the workers, those included that are about to end; from any thread."""
        return tuple(pid for supervisor in list(self._supervisors) for pid in supervisor.pids)

    # Opening

    def share_port(self, port: SharedPort, /) -> int:
        """Have the listeners of its server share a port."""
        return self.server.__lifetime__.servable.share_port(port) if is_ours(self.server) else 0

    def open(self) -> None:
        """Open what the workers share; also checks, before each time that it serves, whether they can be forked."""
        for leaf in leaves(self.server):
            if is_server(leaf):
                leaf.__lifetime__.servable.recipe.strategy.check_before_fork()
            elif not is_ours(leaf):
                make_non_blocking(leaf)
        if self.recipe.reuse_port and not self._listeners:
            self._listen_apart()
        if is_ours(self.server):
            self.server.open()

    def _listen_apart(self) -> None:
        servers = [server for server in leaves(self.server) if is_server(server)]
        for server in servers:
            if server.__lifetime__.state is not State.NEW:
                raise LifecycleError(f"{server!r} is open already, without reuse_port: have Prefork open it")
        owned = [server.__lifetime__.servable.listener for server in servers]
        shared_port = next((each.shared_port for each in owned if each.shared_port is not None), None)
        if shared_port is None:
            self._open_each(servers)
        else:
            shared_port.opened_by(lambda: self._open_each(servers))

    def _open_each(self, servers: "list[Server[Any, Any]]") -> None:
        """Open the listeners of each server, one for each worker; all or none."""
        try:
            for server in servers:
                listeners: list[Listener[object, object]] = []
                self._listeners.append((server, listeners))
                owned = server.__lifetime__.servable.listener
                endpoint = owned.recipe
                for _ in range(self.recipe.processes):
                    shared = endpoint.sharing_port(_port_of(listeners[0]) if listeners else 0)
                    assert shared is not None, "check_shareable has asked"
                    listener = shared.listen()
                    check_listener(listener)
                    listeners.append(listener)
                # At once: those that share its port open on it.
                owned.adopt(listeners[0])
                owned.report_open()
        except BaseException:
            for server, _ in self._listeners:
                server.__lifetime__.servable.listener.retract()
            self._close_listeners()
            raise

    def _close_listeners(self) -> None:
        for _, listeners in self._listeners:
            for listener in listeners:
                listener.close()
        self._listeners = []

    def retract(self) -> None:
        """Close what was opened, so that it may be opened again."""
        if is_ours(self.server):
            self.server.retract()
        self._close_listeners()

    # In a loop

    def start(self, attachment: Attachment, poll_interval: float, /) -> None:
        """Start the workers, and watch them in the attachment's loop."""
        for server in nodes(self.server):
            if is_ours(server):
                # Not to be served in two places.
                after(server.__lifetime__.state, Step.SERVE)
        self._supervisors = [supervisor for supervisor in self._supervisors if supervisor.reap()]
        for earlier in self._supervisors:
            earlier.enter_loop(attachment.reactor)
        if self._drain_request.until is not None:
            # They must find out before they accept.
            self._withdraw_listeners()
        recipe = self.recipe
        worker = Worker(
            self.server,
            os.getpid(),
            self._reports,
            stop_timeout=recipe.stop_timeout,
            heartbeat=recipe.heartbeat,
            poll_interval=poll_interval,
            answer=self.answer,
        )
        supervisor = Supervisor(
            attachment.reactor,
            recipe.processes,
            recipe.limits,
            prepare=lambda number, channel: worker.begin(self._listeners_of(number), channel),
            work=worker.serve,
            failed=attachment.end,
            stop_timeout=recipe.stop_timeout,
            # What a foreign class does in its loop is not known before it has done it.
            heartbeat=None if recipe.heartbeat is None else Heartbeat(recipe.heartbeat, expected=is_ours(self.server)),
            orders=self._orders,
            reported=self._take_report,
            begun=self._note_begun,
            started=self._tell_start,
            ended=self._tell_end,
        )
        for leaf in leaves(self.server):
            if is_server(leaf):
                leaf.__lifetime__.servable.listener.begin_to_serve()
        self._in_loop = True
        self._supervisors.append(supervisor)
        supervisor.start()

    def _tell_start(self, pid: int, number: int) -> None:
        self._tell(WorkerStarted(pid, number, server=self._prefork))

    def _tell_end(self, pid: int, number: int, status: int | None, expected: bool, seconds: float) -> None:
        self._tell(WorkerEnded(pid, number, status, expected, seconds, server=self._prefork))

    def _tell(self, event: WorkerStarted | WorkerEnded) -> None:
        """Tell the observers of the servers in the workers, each once."""
        for observer in observers_of(self.server):
            tell(observer, event)

    def _listeners_of(self, number: int) -> "list[tuple[Server[Any, Any], Listener[object, object]]]":
        return [(server, listeners[number]) for server, listeners in self._listeners]

    def call_when_ready(self, callback: Callable[[], object], /) -> None:
        """Call back when the loop of one worker has begun; a foreign server's loop is not waited for."""
        if self._has_begun or not is_ours(self.server):
            callback()
        else:
            self._call_when_begun.append(callback)

    def _note_begun(self) -> None:
        if not self._in_loop:
            # Read when a worker that had just begun was reaped at the close: nobody serves any more.
            return
        self._has_begun = True
        callbacks, self._call_when_begun = self._call_when_begun, []
        for callback in callbacks:
            callback()

    def halt(self) -> None:
        """Start no more workers."""
        for supervisor in self._supervisors:
            supervisor.halt()

    def stop(self) -> None:
        """Have the workers end, and leave the loop."""
        for supervisor in self._supervisors:
            supervisor.stop()
        for leaf in leaves(self.server):
            if is_server(leaf):
                leaf.__lifetime__.servable.listener.end_serving()
        self._in_loop = False
        if self._drain_ended is None:
            # It is over, or was given up.
            self._drain_ended = time.monotonic()

    def is_worker(self) -> bool:
        """False: its workers are other processes."""
        return False

    def serves_in_this_thread(self) -> bool:
        """False: its loop is its Lifetime's."""
        return False

    # Accepting or not

    def pass_on_suspension(self, *, suspended: bool) -> None:
        """Note it for workers that start later."""
        self._suspended = suspended

    def suspend(self, *, suspended: bool) -> None:
        """Order the workers to accept nothing, or again."""
        self._order(Order.SUSPEND if suspended else Order.RESUME)

    # Draining, and what else the workers are ordered

    def _orders(self) -> list[Message]:
        """Return what a worker that starts now must do besides serving."""
        orders: list[Message] = []
        if self._suspended:
            orders.append((Order.SUSPEND, None))
        if self._withdrawals is not None:
            orders.append(self._order_to_drain())
        return orders

    def _order_to_drain(self) -> Message:
        # Workers of a loop that has ended accept nothing more.
        withdrawals = self._withdrawals or ["shared" for _ in leaves(self.server)]
        return Order.DRAIN, (self._drain_request.until, withdrawals)

    def _order(self, what: str, about: object = None) -> None:
        for supervisor in list(self._supervisors):
            supervisor.order(what, about)

    def _take_report(self, pid: int, number: int, message: Message) -> None:
        what, about = message
        if what == REPORT:
            self._drained += report_of(about)
        elif what == ACCOUNT:
            self._reports.take(pid, number, about)
        elif what == ANSWER:
            self.answered(*about)

    def ask(self, number: int, question: object) -> None:
        """Ask all workers a question, any value that JSON can write; loop's thread only.

        Their answers come to ``answered``. One that hangs, or ends, does not answer.
        """
        self._order(Order.ASK, (number, question))

    def _note_killed(self, workers: int) -> None:
        # Nobody knows what these had in hand, but that something was left.
        self._drained = dataclasses.replace(self._drained, left=self._drained.left + workers)

    @property
    def drain_seconds(self) -> float | None:
        """As the server is configured; of a foreign one, ``stop_timeout``."""
        if is_ours(self.server):
            return self.server.__lifetime__.servable.drain_seconds
        return self.recipe.stop_timeout

    @property
    def is_drained(self) -> bool:
        """True once a drain has begun: one that was left before its end is not taken up again."""
        return self._withdrawals is not None

    def warn(self, _until: float, _deadline: float | None, /) -> None:
        """Order workers to drain whose loop here has ended: they are being waited for."""
        # In the loop the listeners are withdrawn before.
        if not self._in_loop:
            self._order(*self._order_to_drain())

    def drain(self, attachment: Attachment, until: float, /) -> None:
        """Have the kernel take nothing new, and every worker empty the queue and end."""
        self._withdraw_listeners()
        self._order(*self._order_to_drain())
        self._supervisors[-1].drain(until + KILL_GRACE, attachment.detach, self._note_killed)

    def _withdraw_listeners(self) -> None:
        # Once, and here: the sockets are the same in all workers, and it cannot be done twice.
        if self._withdrawals is None:
            self._drain_began = time.monotonic()
            self._drain_ended = None
            self._withdrawals = [
                withdraw(leaf, self._other_listeners_of(leaf), shared=self._shared) for leaf in leaves(self.server)
            ]

    def _other_listeners_of(self, leaf: AnyServer) -> list[Listener[object, object]]:
        return [listener for server, listeners in self._listeners if server is leaf for listener in listeners[1:]]

    def report(self) -> DrainReport | None:
        """Return the sum of what the workers have reported so far."""
        if self._withdrawals is None:
            return None
        ended = time.monotonic() if self._drain_ended is None else self._drain_ended
        return dataclasses.replace(self._drained, seconds=ended - self._drain_began)

    # Other processes

    def share(self) -> None:
        """Note that another process has the same listening sockets, and goes on serving them."""
        self._shared = True
        for leaf in leaves(self.server):
            if is_ours(leaf):
                leaf.__lifetime__.servable.share()
                for listener in self._other_listeners_of(leaf):
                    listener.share()

    def reload(self) -> None:
        """Have the server take over what has changed outside, here and in all workers; from any thread.

        Raises what the server's own ``reload`` raises; the workers are then not asked.
        """
        if is_ours(self.server):
            self.server.reload()
        for leaf in leaves(self.server):
            for listener in self._other_listeners_of(leaf):
                listener.reload()
        self._order(Order.RELOAD)

    def before_fork(self) -> None:
        """Do nothing: each server is called by itself."""

    def after_fork(self) -> None:
        """Do nothing, as before."""

    def enter_child(self) -> None:
        """Do nothing, as before."""

    def in_child(self, drain_request: DrainRequest, /) -> "Workers":
        """Return what serves the same server by workers of its own."""
        workers = Workers(self._prefork, self.server, self.recipe, drain_request)
        workers._listeners, workers._shared = self._listeners, self._shared
        workers._suspended, workers._call_when_begun = self._suspended, self._call_when_begun
        workers.answer, workers.answered = self.answer, self.answered
        return workers

    def for_worker(self, _drain_request: DrainRequest, /) -> "Workers":
        """Raise LifecycleError: workers fork no workers."""
        raise LifecycleError(f"{self.server!r} is forked by one Prefork, and cannot be by another inside it")

    # Closing

    def close(self) -> None:
        """Close what the workers share, then wait for them."""
        # An interrupt may have left the stop half done: workers that no longer serve are not replaced, but ordered.
        self.halt()
        # The name goes first: a client finds no server rather than workers that accept no more.
        try:
            self.server.server_close()
            self._close_listeners()
        finally:
            self.stop()
            while self._supervisors:
                # Taken out afterwards: whoever interrupts the wait may close again, and wait for the rest.
                self._supervisors[-1].wait(self._seconds_to_wait())
                self._supervisors.pop()

    def _seconds_to_wait(self) -> float | None:
        seconds = [self.recipe.stop_timeout]
        until = self._drain_request.until
        if until is not None:
            seconds.append(max(0.0, until + KILL_GRACE - time.monotonic()))
        return min((each for each in seconds if each is not None and each < math.inf), default=None)


_conforms: type[Servable] = Workers


def _nothing_to_say(_question: object) -> Iterable[object]:
    return ()


def _nobody_asked(_pid: int, _number: int, _part: object) -> None:
    """Do nothing."""


def _port_of(listener: Listener[object, object]) -> int:
    address = listener.server_address
    assert isinstance(address, tuple), "only what has a port can share it"
    return address[1]
