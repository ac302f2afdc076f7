"""What Prometheus shows: the families of metrics, made of an account. It knows the package, and no event."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from typedserver.observers.counts import Counts, Key, Seconds, Table
from typedserver.observers.workers import Place
from typedserver.sockets.queues import ListenerQueue
from typedserver.sources.extras import Extra

if TYPE_CHECKING:
    import prometheus_client.metrics_core
    from prometheus_client.metrics_core import Metric
else:
    prometheus_client = Extra("prometheus_client", "prometheus")
    Metric = object

_SERVER: Final = ("server", "kind")
_WORKER: Final = ("worker",)


@dataclass(frozen=True, slots=True)
class Account:
    """All that is shown, as it was at one moment.

    bounds: of the histograms' buckets.
    messages: whether single messages are counted.
    counts: of each server, the workers' included.
    queues: of each server's listeners.
    places: of each worker by its place, with what was counted there.
    """

    bounds: Sequence[float]
    messages: bool
    counts: Table
    queues: Iterable[tuple[Key, Iterable[ListenerQueue]]]
    places: Sequence[tuple[int, Place, Table]]


def require_package() -> None:
    """Raise CompositionError, which names the extra, if the package is not installed."""
    # Its first member imports it.
    _ = prometheus_client.metrics_core


def families(namespace: str, account: Account) -> Iterator[Metric]:
    """Yield all families: of the servers, of their queues, and of workers, also if there are none yet."""
    yield from _of_servers(namespace, account)
    yield from _of_queues(namespace, account)
    yield from _of_places(namespace, account)
    yield from _of_work(namespace, account)


def _counter(name: str, text: str, labels: Sequence[str]) -> "prometheus_client.metrics_core.CounterMetricFamily":
    return prometheus_client.metrics_core.CounterMetricFamily(name, text, labels=labels)


def _gauge(name: str, text: str, labels: Sequence[str]) -> "prometheus_client.metrics_core.GaugeMetricFamily":
    return prometheus_client.metrics_core.GaugeMetricFamily(name, text, labels=labels)


def _histogram(name: str, text: str, found: Iterable[tuple[Key, Seconds]], bounds: Sequence[float]) -> Metric:
    family = prometheus_client.metrics_core.HistogramMetricFamily(name, text, labels=_SERVER, unit="seconds")
    ends = [*map(str, bounds), "+Inf"]
    for key, seconds in found:
        # Each bucket holds those below it as well.
        family.add_metric(key, list(zip(ends, map(float, accumulate(seconds.counts)), strict=True)), seconds.total)
    return family


def _of_servers(namespace: str, account: Account) -> Iterator[Metric]:
    found = account.counts.items()
    accepted = _counter(f"{namespace}_requests_accepted", "Requests that were taken from the kernel's queue.", _SERVER)
    active = _gauge(f"{namespace}_requests_active", "Requests that were accepted and are not over.", _SERVER)
    finished = _counter(f"{namespace}_requests", "Requests that are over, by their outcome.", (*_SERVER, "outcome"))
    refused = _counter(
        f"{namespace}_requests_refused", "Requests that were closed before they were served.", (*_SERVER, "reason")
    )
    failures = _counter(f"{namespace}_accept_failures", "Attempts to accept that failed.", _SERVER)
    for key, counts in found:
        accepted.add_metric(key, counts.accepted)
        active.add_metric(key, counts.active)
        finished.add_metric((*key, "served"), counts.served)
        for outcome, number in counts.unserved.items():
            finished.add_metric((*key, outcome), number)
        for reason, number in counts.refused.items():
            refused.add_metric((*key, reason), number)
        failures.add_metric(key, counts.accept_failures)
    yield from (accepted, active, finished, refused, failures)
    name = f"{namespace}_request_duration"
    seconds = [(key, counts.seconds) for key, counts in found]
    yield _histogram(name, "From the accept of a request to its end.", seconds, account.bounds)
    if account.messages:
        yield from _of_messages(namespace, account)


def _of_messages(namespace: str, account: Account) -> Iterator[Metric]:
    found = account.counts.items()
    failed = _counter(f"{namespace}_messages_failed", "Messages whose function has failed.", _SERVER)
    for key, counts in found:
        failed.add_metric(key, counts.failed_messages)
    yield failed
    name = f"{namespace}_message_duration"
    seconds = [(key, counts.messages) for key, counts in found]
    yield _histogram(name, "From a message's being complete to its reply's being ready.", seconds, account.bounds)


def _of_queues(namespace: str, account: Account) -> Iterator[Metric]:
    length = _gauge(f"{namespace}_queue_length", "Connections that wait to be accepted.", _SERVER)
    limit = _gauge(f"{namespace}_queue_limit", "Connections that may wait to be accepted.", _SERVER)
    by_server: dict[Key, dict[int, ListenerQueue]] = {}
    for key, queues in account.queues:
        # What processes share is one queue. The first was asked just now.
        known = by_server.setdefault(key, {})
        for queue in queues:
            known.setdefault(queue.inode, queue)
    for key, known in by_server.items():
        if known:
            length.add_metric(key, sum(queue.length for queue in known.values()))
            limit.add_metric(key, sum(queue.limit for queue in known.values()))
    yield from (length, limit)


def _of_places(namespace: str, account: Account) -> Iterator[Metric]:
    alive = _gauge(
        f"{namespace}_workers",
        "Processes that hold a worker's place: 0 until one that has died is replaced, 2 while one leaves.",
        _WORKER,
    )
    starts = _counter(f"{namespace}_worker_starts", "Workers that were started.", _WORKER)
    ends = _counter(
        f"{namespace}_worker_ends", "Workers that have ended, by whether it was in order.", (*_WORKER, "expected")
    )
    for number, place, _ in account.places:
        worker = str(number)
        alive.add_metric((worker,), place.alive)
        starts.add_metric((worker,), place.starts)
        for expected in (True, False):
            ends.add_metric((worker, str(expected).lower()), place.ends[expected])
    yield from (alive, starts, ends)


def _of_work(namespace: str, account: Account) -> Iterator[Metric]:
    labels = (*_SERVER, "worker")
    accepted = _counter(f"{namespace}_worker_requests_accepted", "Requests that a worker has accepted.", labels)
    finished = _counter(f"{namespace}_worker_requests", "Requests of a worker that are over.", labels)
    active = _gauge(f"{namespace}_worker_requests_active", "Requests that a worker has in hand.", labels)
    reads: tuple[tuple[Callable[[list[str], float], None], Callable[[Counts], int]], ...] = (
        (accepted.add_metric, lambda counts: counts.accepted),
        (finished.add_metric, lambda counts: counts.finished),
        (active.add_metric, lambda counts: counts.active),
    )
    for number, _, table in account.places:
        for key, counts in table.items():
            for add, read in reads:
                add([*key, str(number)], read(counts))
    yield from (accepted, finished, active)
