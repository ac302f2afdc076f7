"""What observers cost: ``python -m benchmarks.observers``.

A client sends datagrams to one server for each observer, turn and turn about, 16 at a time, so that a machine that
changes its speed changes it for all. Datagrams, because a connection costs several times as much, and an observer's
part would drown in that. Printed are the medians, in nanoseconds of the server's CPU a request: above a server whose
observer wants no requests, and above the bare observer, a function that takes the events and does nothing. Lines are
written to /dev/null, and spans are dropped by the exporter of a BatchSpanProcessor.

Each name is what it starts itself: ``python -m benchmarks.observers prometheus`` serves until SIGTERM.
"""

import argparse
import logging
import os
import socket
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence

import structlog
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from benchmarks.processes import cpu_seconds_of
from benchmarks.ratios import spread
from benchmarks.serving import serve_until_sigterm
from typedserver import (
    UDP,
    EventLog,
    JSONFormatter,
    Observer,
    Observers,
    OpenTelemetry,
    Prometheus,
    Server,
    ServerConfig,
    ServerEvent,
    Structlog,
    datagram_handler,
)

DATA = bytes(64)
EXCHANGES = 2048
AT_ONCE = 16


class Silent:
    """Wants no requests: what a server costs without an observer of them."""

    wants_requests = False

    def __call__(self, _event: ServerEvent, /) -> None:
        """Do nothing."""


def bare(_event: ServerEvent) -> None:
    """Do nothing with each event."""


def _json() -> Observer:
    handler = logging.StreamHandler(open(os.devnull, "w"))  # noqa: SIM115, PTH123 - as long as the process
    handler.setFormatter(JSONFormatter())
    logger = logging.getLogger("benchmarks.observers")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    return EventLog(logger)


def _structlog() -> Observer:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(open(os.devnull, "w")),  # noqa: SIM115, PTH123 - as above
        cache_logger_on_first_use=True,
    )
    return Structlog()


class _Dropping(SpanExporter):
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        del spans
        return SpanExportResult.SUCCESS


def _opentelemetry(ratio: float) -> Observer:
    tracers = TracerProvider(sampler=ParentBased(TraceIdRatioBased(ratio)))
    tracers.add_span_processor(BatchSpanProcessor(_Dropping()))
    return OpenTelemetry(tracer_provider=tracers, meter_provider=MeterProvider([InMemoryMetricReader()]))


OBSERVERS: dict[str, Callable[[], Observer]] = {
    "none": Silent,
    "bare": lambda: bare,
    "prometheus": Prometheus,
    "two": lambda: Observers(bare, Prometheus()),
    "json": _json,
    "structlog": _structlog,
    "opentelemetry-1": lambda: _opentelemetry(0.01),
    "opentelemetry-100": lambda: _opentelemetry(1.0),
}


@datagram_handler
def echo(data: bytes) -> bytes:
    """Answer in place."""
    return data


class Subject:
    """A server with an observer, in a process of its own, and what asks it."""

    def __init__(self, name: str) -> None:
        command = [sys.executable, "-m", "benchmarks.observers", name]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        port = int(self._process.stdout.readline().rpartition(":")[2])
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(10)
        self._socket.connect(("127.0.0.1", port))

    def turn(self, exchanges: int = EXCHANGES) -> float:
        """Return the nanoseconds of CPU that each datagram of a turn has cost the server."""
        before = cpu_seconds_of(self._process.pid)
        for _ in range(exchanges // AT_ONCE):
            for _ in range(AT_ONCE):
                self._socket.send(DATA)
            for _ in range(AT_ONCE):
                self._socket.recv(1000)
        return (cpu_seconds_of(self._process.pid) - before) / exchanges * 1e9

    def close(self) -> None:
        """End the server."""
        self._socket.close()
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def compare(names: Iterable[str], processes: int, rounds: int, exchanges: int = EXCHANGES) -> dict[str, list[float]]:
    """Return what a datagram costs with each observer, round by round.

    processes: how many servers there are of each, one after the other, because where a process has its memory makes
    half a microsecond. rounds: of each of them.
    """
    costs: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(processes):
        subjects = dict[str, Subject]()
        try:
            for name in costs:
                subjects[name] = Subject(name)
                subjects[name].turn(exchanges)
            for _ in range(rounds):
                for name, subject in subjects.items():
                    costs[name].append(subject.turn(exchanges))
        finally:
            for subject in subjects.values():
                subject.close()
    return costs


def show(costs: dict[str, list[float]]) -> None:
    """Print the medians, and what each costs more than none and than the bare one, of the same round."""
    print(f"{'observer':<20}{'ns a request':>14}{'above none':>12}{'above bare':>12}  (quartiles)")
    for name, each in costs.items():
        above_none = spread(one - none for one, none in zip(each, costs["none"], strict=True))
        above_bare = spread(one - one_bare for one, one_bare in zip(each, costs["bare"], strict=True))
        assert above_none is not None
        assert above_bare is not None
        medians = f"{statistics.median(each):>14.0f}{above_none.median:>12.0f}{above_bare.median:>12.0f}"
        print(f"{name:<20}{medians}  ({above_bare.low:.0f} to {above_bare.high:.0f})")


def main() -> None:
    """Compare, or serve if that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("observer", nargs="?", choices=OBSERVERS)
    parser.add_argument("--processes", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", nargs="*", choices=OBSERVERS, default=list(OBSERVERS))
    options = parser.parse_args()
    if options.observer is None:
        show(compare(dict.fromkeys(["none", "bare", *options.only]), options.processes, options.rounds))
    else:
        config = ServerConfig(observer=OBSERVERS[options.observer]())
        serve_until_sigterm(Server(UDP(port=0), echo, config=config))


if __name__ == "__main__":
    main()
