"""OpenTelemetry: a span for each request, and metrics, by the API of OpenTelemetry.

It knows that API and events. What a program does with spans and metrics is its SDK's: without one the API does nothing.
The span of a single message is ``traced.py``'s.
"""

import weakref
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from typedserver.events import (
    Accepted,
    ContextObserver,
    Established,
    Finished,
    Outcome,
    Refused,
    SelectiveObserver,
    ServerEvent,
)
from typedserver.observers.counts import DEFAULT_BUCKETS
from typedserver.observers.names import host_and_port, kind_of, text_of, type_of
from typedserver.observers.otel_api import api
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.requests import RequestKind
from typedserver.sources.extras import Extra

if TYPE_CHECKING:
    from opentelemetry import metrics as otel_metrics
    from opentelemetry import trace as otel_trace
else:
    otel_metrics = Extra("opentelemetry.metrics", "opentelemetry")
    otel_trace = Extra("opentelemetry.trace", "opentelemetry")

Attributes: TypeAlias = Mapping[str, str | int]
"""What is said of a span or a number, by the names of OpenTelemetry's semantic conventions where these have one."""

SCOPE: Final = "typedserver"
"""The instrumentation scope of all spans and metrics."""

# A span's name must say little: what a request is.
_NAMES: Final[dict[RequestKind, str]] = {"connections": "connection", "datagrams": "datagram", "messages": "message"}


@dataclass(frozen=True, slots=True, eq=False)
class _Server:
    """A server, the name of its spans, and what is said of all of them."""

    reference: "weakref.ref[ServerContext]"
    name: str
    attributes: Attributes


class OpenTelemetry:
    """Makes a span of each request, which is the current one in its handler, and numbers of all.

    tracer_provider, meter_provider: who makes spans and metrics; None: the global ones, when this is made.

    docs/observing.md lists attributes and metrics. The provider's sampler decides which spans are recorded; one that is
    not costs less, and so do those of its handler. ``Traced`` makes a span of each message of a message handler. The
    current span is set in the handler's own context (contextvars), under all strategies but Forks, whose children tell
    nothing.

    Raises CompositionError if opentelemetry-api is not installed. May be called from any thread.
    """

    def __init__(
        self,
        *,
        tracer_provider: "otel_trace.TracerProvider | None" = None,
        meter_provider: "otel_metrics.MeterProvider | None" = None,
    ) -> None:
        meter = otel_metrics.get_meter(SCOPE, meter_provider=meter_provider)
        self.tracer: Final[otel_trace.Tracer] = otel_trace.get_tracer(SCOPE, tracer_provider=tracer_provider)
        self._duration: Final = meter.create_histogram(
            "typedserver.request.duration",
            "s",
            "From the accept of a request to its end.",
            explicit_bucket_boundaries_advisory=DEFAULT_BUCKETS,
        )
        self._refused: Final = meter.create_counter(
            "typedserver.refused_requests", "{request}", "Requests that were closed before they were served."
        )
        self.message_duration: Final[otel_metrics.Histogram] = meter.create_histogram(
            "typedserver.message.duration",
            "s",
            "From a message's coming to its function to its reply's being there.",
            explicit_bucket_boundaries_advisory=DEFAULT_BUCKETS,
        )
        self._api: Final = api()
        # The spans of requests that are not over, each with its server, by the request's number. Each step is one
        # operation of a dict.
        self._spans: dict[int, tuple[otel_trace.Span, _Server]] = {}
        self._servers: dict[int, _Server] = {}
        # When somebody reads it: to count up and down would cost each request as much as its span.
        meter.create_observable_up_down_counter(
            "typedserver.active_requests",
            [self._count_active],
            "{request}",
            "Requests that were accepted and are not over.",
        )

    def __repr__(self) -> str:
        return "OpenTelemetry()"

    @property
    def wants_requests(self) -> bool:
        """True: it makes a span of each."""
        return True

    def __call__(self, event: ServerEvent, /) -> None:
        """Begin a span, end it, or count."""
        match event:
            case Accepted(client_address):
                server = self._server(event.server)
                # No parent: a connection is the first of its trace, whatever runs the server.
                span = self.tracer.start_span(
                    server.name,
                    self._api.nowhere,
                    self._api.server,
                    {**server.attributes, **_peer("network.peer", client_address)},
                )
                self._spans[event.connection_id] = span, server
            case Established(client_address):
                known = self._spans.get(event.connection_id)
                if known is not None:
                    known[0].set_attributes(_peer("client", client_address))
            case Finished():
                self._finish(event)
            case Refused(_, reason):
                attributes = self._server(event.server).attributes
                self._refused.add(1, {**attributes, "typedserver.reason": reason})
            case _:
                pass

    def _finish(self, event: Finished) -> None:
        outcome = event.outcome
        ended: dict[str, str | int] = {"typedserver.outcome": outcome.value}
        if event.error is not None:
            ended["error.type"] = type_of(event.error)
        elif outcome is not Outcome.SERVED:
            ended["error.type"] = outcome.value
        self._duration.record(event.seconds, {**self._server(event.server).attributes, **ended})
        span, _ = self._spans.pop(event.connection_id, (None, None))
        # None: it was accepted before serving began with this observer.
        if span is not None and span.is_recording():
            span.set_attributes(ended)
            if outcome is Outcome.FAILED or outcome is Outcome.CUT:
                # Only what went wrong here: a client that leaves is no error of the server's.
                span.set_status(self._api.error)
            span.end()

    def _count_active(self, _options: object) -> "Iterator[otel_metrics.Observation]":
        active = Counter(server for _, server in list(self._spans.values()))
        # Also those that have none any more.
        for server in list(self._servers.values()):
            yield otel_metrics.Observation(active[server], server.attributes)

    def enter_handler(self, connection_id: int, /) -> None:
        """Make the request's span the current one of the handler's context."""
        known = self._spans.get(connection_id)
        if known is not None:
            # Never detached: the context ends with the request.
            self._api.attach(self._api.with_span(known[0], None))

    def _server(self, server: ServerContext) -> "_Server":
        number = id(server)
        known = self._servers.get(number)
        if known is None or known.reference() is not server:
            kind = kind_of(server)
            reference = weakref.ref(server, lambda _gone: self._servers.pop(number, None))
            known = self._servers[number] = _Server(reference, _NAMES[kind], _attributes_of(server, kind))
        return known


_conforms: type[SelectiveObserver] = OpenTelemetry
_enters: type[ContextObserver] = OpenTelemetry


def _attributes_of(server: ServerContext, kind: RequestKind) -> Attributes:
    address = server.server_address
    pair = host_and_port(address)
    if kind == "messages":
        return {"server.address": text_of(address)}
    if pair is None:
        return {"server.address": text_of(address), "network.transport": "unix"}
    host, port = pair
    return {
        "server.address": host,
        "server.port": port,
        "network.transport": "udp" if kind == "datagrams" else "tcp",
        "network.type": "ipv6" if ":" in host else "ipv4",
    }


def _peer(prefix: str, address: object) -> Attributes:
    pair = host_and_port(address)
    if pair is None:
        return {f"{prefix}.address": text_of(address)}
    return {f"{prefix}.address": pair[0], f"{prefix}.port": pair[1]}
