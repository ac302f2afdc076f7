"""Prometheus: counts what happens, and shows it when it is asked.

The counts are plain numbers of its own (``counts.py``), so an event costs some additions. The package is used when
somebody scrapes, and makes its metrics of them then (``exposition.py``).
"""

import math
import re
import threading
import weakref
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from typedserver.errors import LifecycleError, RecipeError
from typedserver.events import (
    Accepted,
    AcceptFailed,
    Answered,
    Finished,
    Listening,
    MessageObserver,
    Outcome,
    Refused,
    ReportingObserver,
    ServerEvent,
    Started,
    WorkerEnded,
    WorkerStarted,
)
from typedserver.observers.counts import DEFAULT_BUCKETS, Counts, Key, Table
from typedserver.observers.exposition import Account, families, require_package
from typedserver.observers.names import kind_of, text_of
from typedserver.observers.workers import WorkerCounts
from typedserver.process.inheritance import leave_to_parent
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.servers import HasDescriptor
from typedserver.recipes import check_flags, shown
from typedserver.sockets.queues import ListenerQueue, queue_of

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric
else:
    Metric = object

# Each bucket is a series of its own for each server, and a number in each report of a worker.
MOST_BUCKETS: Final = 100

# By a name of its own: an enumeration's members are looked up in its class.
_SERVED: Final = Outcome.SERVED

# Requests that are counted at once: it takes the loop a twentieth of a millisecond.
_MANY: Final = 256

# Servers that have a name of their own: more than one program serves, and few enough if it makes servers all the time.
MOST_SERVERS: Final = 64


class Prometheus:
    """Counts requests, and is a collector of prometheus-client: ``REGISTRY.register(metrics)``.

    namespace: how the names of its metrics begin.
    buckets: the upper bounds of the histograms' buckets, rising, in seconds; one for what takes longer is added.
    messages: whether the messages of message handlers are counted as well. That costs each message two readings of the
    clock.

    docs/observing.md lists the metrics. Their labels are the server's address, what its requests are, an outcome, a
    reason and a worker's place: never anything of a client's.

    One object may observe many servers. Under Prefork the one in the parent has the counts of all workers, also of
    those that have ended, so scrape the parent: serve the metrics beside the Prefork, not in it.

    Raises RecipeError for a name or buckets that cannot be, CompositionError if prometheus-client is not installed. All
    methods may be called from any thread.
    """

    def __init__(
        self, *, namespace: str = "typedserver", buckets: Sequence[float] = DEFAULT_BUCKETS, messages: bool = False
    ) -> None:
        _check_namespace(namespace)
        check_flags("Prometheus", messages=messages)
        require_package()
        self._namespace: Final = namespace
        self._bounds: Final = _bounds_of(buckets)
        self._messages: Final = messages
        # Held to count and to read. A signal handler may stop a server in the middle of a count, which is reported
        # in the same thread.
        self._lock = threading.RLock()
        self._workers = WorkerCounts(self._new_table)
        # The servers that were heard of, and the counts of each, by its identity: to name it for each event would
        # cost more than to count.
        self._servers: dict[int, tuple[weakref.ref[ServerContext], Key]] = {}
        self._counts: dict[int, Counts] = {}
        # What was counted of those that exist no more, and which names there have been.
        self._gone = self._new_table()
        self._names: set[Key] = set()
        leave_to_parent(self)

    def __repr__(self) -> str:
        return f"Prometheus(namespace={self._namespace!r})"

    def _new_table(self) -> Table:
        return Table(self._bounds)

    @property
    def wants_requests(self) -> bool:
        """True: it counts them."""
        return True

    @property
    def wants_messages(self) -> bool:
        """Whether it counts single messages."""
        return self._messages

    def __call__(self, event: ServerEvent, /) -> None:
        """Count an event."""
        # By comparisons and without calls, because a request has three events: ``match`` would double their cost. By a
        # name of its own: cast() would be a call.
        known: Any = event
        kind = type(event)
        if kind is Started:
            return
        if kind is Accepted:
            # In the thread of the server's loop alone, so that no lock is needed.
            counts = self._counts.get(id(known.server)) or self._note(known.server)
            counts.accepted += 1
        elif kind is Finished:
            counts = self._counts.get(id(known.server)) or self._note(known.server)
            if known.outcome is _SERVED:
                # To append to a deque needs no lock, which would cost as much as half of this.
                ended = counts.ended
                ended.append(known.seconds)
                if len(ended) >= _MANY:
                    with self._lock:
                        counts.fold()
            else:
                with self._lock:
                    counts.unserved[known.outcome.value] += 1
                    counts.seconds.add(known.seconds)
        else:
            with self._lock:
                self._count_rare(event)

    def _count_rare(self, event: ServerEvent) -> None:
        match event:
            case Answered():
                counts = self._counts_of(event.server)
                counts.messages.add(event.seconds)
                if event.error is not None:
                    counts.failed_messages += 1
            case Refused():
                self._counts_of(event.server).refused[event.reason] += 1
            case AcceptFailed():
                self._counts_of(event.server).accept_failures += 1
            case Listening():
                self._note(event.server)
            case WorkerStarted(pid, number):
                self._workers.started(pid, number)
            case WorkerEnded(pid, number):
                self._workers.ended(pid, number, expected=event.expected)
            case _:
                pass

    def _counts_of(self, server: ServerContext) -> Counts:
        return self._counts.get(id(server)) or self._note(server)

    def _note(self, server: ServerContext) -> Counts:
        """Note a server that is heard of for the first time, or that has opened at another address."""
        key = (text_of(server.server_address), kind_of(server))
        number = id(server)
        with self._lock:
            noted = self._servers.get(number)
            if noted is not None and noted[1] == key and noted[0]() is server:
                # Another thread has noted it meanwhile.
                return self._counts[number]
            if key not in self._names and len(self._names) >= MOST_SERVERS:
                key = ("other", key[1])
            self._names.add(key)
            self._keep(number)
            self._servers[number] = weakref.ref(server, lambda _gone: self._forget(number)), key
            counts = self._counts[number] = Counts(self._bounds)
        return counts

    def _forget(self, number: int) -> None:
        with self._lock:
            self._keep(number)
            self._servers.pop(number, None)

    def _keep(self, number: int) -> None:
        counts = self._counts.pop(number, None)
        if counts is not None:
            self._gone.of(self._servers[number][1]).add(counts.plain())

    def _own(self) -> Table:
        """Return what was counted in this process."""
        table = self._new_table()
        table.add(self._gone)
        for number, counts in list(self._counts.items()):
            table.of(self._servers[number][1]).add(counts.plain())
        return table

    # A scrape

    def collect(self) -> Iterable[Metric]:
        """Return the families of all metrics, as prometheus-client asks a collector for them."""
        queues = self._own_queues()
        with self._lock:
            counts = self._own()
            places = [(number, place, self._workers.of_place(number)) for number, place in self._workers.places]
            for _, _, table in places:
                counts.add(table)
            queues += self._workers.queues()
            account = Account(self._bounds, self._messages, counts, queues, places)
            return list(families(self._namespace, account))

    def describe(self) -> Iterable[Metric]:
        """Return the same, of which a registry needs the names when the collector is registered."""
        return self.collect()

    def _own_queues(self) -> list[tuple[Key, list[ListenerQueue]]]:
        with self._lock:
            servers = list(self._servers.values())
        return [(key, _queues_of(reference())) for reference, key in servers]

    # In workers, and of them

    def leave_to_parent(self) -> None:
        """In a process that the program has forked: go on, with a lock that no other thread holds."""
        self._lock = threading.RLock()

    def enter_worker(self) -> None:
        """In a worker of a Prefork: begin to count anew."""
        self._lock = threading.RLock()
        self._workers = WorkerCounts(self._new_table)
        self._counts = {number: Counts(self._bounds) for number in self._counts}
        self._gone = self._new_table()

    def reports(self) -> Sequence[object]:
        """Return what this worker has counted so far, for each server."""
        queues: dict[Key, list[list[int]]] = {}
        for key, found in self._own_queues():
            queues.setdefault(key, []).extend([queue.inode, queue.length, queue.limit] for queue in found)
        with self._lock:
            return [[*key, counts.plain(), queues.get(key, [])] for key, counts in self._own().items()]

    def take_report(self, pid: int, _number: int, part: object, /) -> None:
        """Take what a worker has counted of one server."""
        with self._lock:
            self._workers.take(pid, part)


_conforms: type[MessageObserver] = Prometheus
_reports: type[ReportingObserver] = Prometheus


def _queues_of(server: object) -> list[ListenerQueue]:
    if not isinstance(server, HasDescriptor):
        return []
    try:
        queue = queue_of(server.fileno())
    except (LifecycleError, OSError, ValueError):
        # It is not open any more.
        return []
    return [] if queue is None else [queue]


def _check_namespace(namespace: object) -> None:
    # What the text format takes for the name of a metric.
    if not isinstance(namespace, str) or not re.fullmatch(r"[a-zA-Z_:][a-zA-Z0-9_:]*", namespace):
        raise RecipeError(
            f"Prometheus(namespace={shown(namespace)}) cannot begin a metric's name: give letters, digits and _"
        )


def _bounds_of(buckets: Sequence[float]) -> tuple[float, ...]:
    try:
        bounds = tuple(map(float, buckets))
    except (TypeError, ValueError):
        bounds = tuple[float, ...]()
    rising = all(one < next_one for one, next_one in pairwise((0.0, *bounds, math.inf)))
    if not (0 < len(bounds) <= MOST_BUCKETS and rising):
        raise RecipeError(
            f"Prometheus(buckets={shown(buckets)}) must be 1 to {MOST_BUCKETS} numbers of seconds above 0, each larger "
            "than the one before; the bucket of what takes longer is added"
        )
    return bounds
