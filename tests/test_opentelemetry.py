"""OpenTelemetry: the spans of requests and messages, whose parents they are, and the metrics; all by its own SDK."""

import threading
import time
from collections.abc import Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Sampler
from opentelemetry.trace import SpanKind, StatusCode

from tests import tls
from tests.running import PATIENCE, ask, ask_datagram, connect, running
from typedserver import (
    TCP,
    TLS,
    UDP,
    Asyncio,
    Deadlines,
    Forks,
    Framed,
    Inline,
    Limits,
    Lines,
    LogObserver,
    Multiplexed,
    Observers,
    OnExecutor,
    OpenTelemetry,
    RecipeError,
    Server,
    ServerConfig,
    Sessions,
    Stream,
    StreamRequest,
    ThreadPool,
    Threads,
    Traced,
    UnixStream,
    datagram_handler,
    inet_address,
    stream_handler,
)

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


@dataclass
class Telemetry:
    observer: OpenTelemetry
    tracer: trace.Tracer
    exporter: InMemorySpanExporter
    reader: InMemoryMetricReader

    def spans(self, count: int) -> dict[str, ReadableSpan]:
        """Wait for so many spans; returns the last of each name."""
        until = time.monotonic() + PATIENCE
        while len(spans := self.exporter.get_finished_spans()) < count:
            assert time.monotonic() < until, [span.name for span in spans]
            time.sleep(0.002)
        assert len(spans) == count
        return {span.name: span for span in spans}

    def numbers(self) -> dict[str, list[Any]]:
        """Return the points of each metric by its name."""
        data = self.reader.get_metrics_data()
        assert data is not None
        return {
            metric.name: list(metric.data.data_points)
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


def made(sampler: Sampler | None = None) -> Telemetry:
    exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
    tracers = TracerProvider(sampler=sampler, shutdown_on_exit=False)
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    meters = MeterProvider([reader], shutdown_on_exit=False)
    observer = OpenTelemetry(tracer_provider=tracers, meter_provider=meters)
    return Telemetry(observer, tracers.get_tracer("user"), exporter, reader)


@pytest.fixture
def telemetry() -> Telemetry:
    return made()


STRATEGIES: dict[str, Any] = {
    "inline": Inline,
    "threads": Threads,
    "thread_pool": lambda: ThreadPool(workers=2),
    "multiplexed": Multiplexed,
    "asyncio": Asyncio,
}


@pytest.fixture(params=[*STRATEGIES, "on_executor"])
def strategy(request: pytest.FixtureRequest) -> Generator[Any, None, None]:
    if request.param == "on_executor":
        with ThreadPoolExecutor(2) as executor:
            yield OnExecutor(executor)
    else:
        yield STRATEGIES[request.param]()


def config(telemetry: Telemetry, **settings: Any) -> ServerConfig:
    return ServerConfig(observer=Observers(LogObserver(), telemetry.observer), **settings)


def parent_of(span: ReadableSpan) -> int | None:
    return None if span.parent is None else span.parent.span_id


def context_of(span: ReadableSpan) -> trace.SpanContext:
    context = span.get_span_context()
    assert context is not None
    return context


def id_of(span: ReadableSpan) -> int:
    return context_of(span).span_id


def says(telemetry: Telemetry) -> Any:
    @stream_handler
    async def say(stream: Stream) -> None:
        async for line in stream:
            with telemetry.tracer.start_as_current_span("inner"):
                await stream.write(line)

    return say


# Requests


def test_span_of_a_connection_is_the_parent_of_its_handlers_spans(telemetry: Telemetry, strategy: Any) -> None:
    with running(Server(TCP(port=0), says(telemetry), strategy, config=config(telemetry))) as run:
        host, port = inet_address(run.server)[:2]
        with connect((host, port)) as client:
            own = client.getsockname()
            client.sendall(b"a\n")
            assert client.recv(9) == b"a\n"
        spans = telemetry.spans(2)
    connection, inner = spans["connection"], spans["inner"]
    assert parent_of(inner) == id_of(connection)
    assert parent_of(connection) is None
    assert connection.kind is SpanKind.SERVER
    assert connection.status.status_code is StatusCode.UNSET
    assert dict(connection.attributes or {}) == {
        "server.address": host,
        "server.port": port,
        "network.transport": "tcp",
        "network.type": "ipv4",
        "network.peer.address": own[0],
        "network.peer.port": own[1],
        "typedserver.outcome": "served",
    }


def test_span_of_a_connection_is_the_parent_after_a_handshake(
    telemetry: Telemetry, strategy: Any, tmp_path: Path
) -> None:
    server = Server(TLS(TCP(port=0), tls.server_context(tmp_path)), says(telemetry), strategy, config=config(telemetry))
    with (
        running(server) as run,
        connect(run.server.server_address) as raw,
        tls.client_context().wrap_socket(raw, server_hostname="localhost") as client,
    ):
        client.sendall(b"a\n")
        assert client.recv(9) == b"a\n"
        client.unwrap()
        client.close()
        spans = telemetry.spans(2)
    assert parent_of(spans["inner"]) == id_of(spans["connection"])
    assert (spans["connection"].attributes or {})["client.address"] == "127.0.0.1"


def test_connections_at_once_have_a_trace_each(telemetry: Telemetry, strategy: Any) -> None:
    if isinstance(strategy, Inline):
        strategy = Threads()
    with running(Server(TCP(port=0), says(telemetry), strategy, config=config(telemetry))) as run:
        clients = [connect(run.server.server_address) for _ in range(2)]
        for client in (*clients, *clients):
            client.sendall(b"a\n")
            assert client.recv(9) == b"a\n"
        for client in clients:
            client.close()
        telemetry.spans(6)
    spans = telemetry.exporter.get_finished_spans()
    traces = [context_of(span).trace_id for span in spans]
    assert sorted(map(traces.count, set(traces))) == [3, 3]
    connections = {id_of(span) for span in spans if span.name == "connection"}
    assert {parent_of(span) for span in spans if span.name == "inner"} == connections


def test_span_of_a_datagram_names_its_transport(telemetry: Telemetry) -> None:
    server = Server(UDP(port=0, host="::1"), datagram_handler(lambda data: data), config=config(telemetry))
    with running(server) as run:
        assert ask_datagram(run.server.server_address, b"a") == b"a"
        attributes = telemetry.spans(1)["datagram"].attributes or {}
    assert (attributes["network.transport"], attributes["network.type"]) == ("udp", "ipv6")


def test_span_of_a_unix_connection_has_the_path(telemetry: Telemetry, tmp_path: Path) -> None:
    path = str(tmp_path / "a.sock")
    with running(Server(UnixStream(path=path), says(telemetry), Threads(), config=config(telemetry))) as run:
        assert ask(run.server.server_address, b"") == b""
        attributes = telemetry.spans(1)["connection"].attributes or {}
    assert (attributes["network.transport"], attributes["server.address"]) == ("unix", path)


def test_failure_of_a_handler_is_an_error_that_tells_its_class_alone(telemetry: Telemetry, strategy: Any) -> None:
    @stream_handler
    async def fail(_stream: Stream) -> None:
        raise ZeroDivisionError("hunter2")

    with running(Server(TCP(port=0), fail, strategy, config=config(telemetry))) as run:
        assert ask(run.server.server_address, b"") == b""
        span = telemetry.spans(1)["connection"]
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "ZeroDivisionError"
    assert "hunter2" not in span.to_json()


def test_client_that_breaks_a_limit_is_no_error_of_the_server(telemetry: Telemetry) -> None:
    settings = config(telemetry, deadlines=Deadlines(read=0.05))
    with (
        running(Server(TCP(port=0), says(telemetry), Threads(), config=settings)) as run,
        connect(run.server.server_address) as client,
    ):
        span = telemetry.spans(1)["connection"]
        client.close()
    assert span.status.status_code is StatusCode.UNSET
    assert (span.attributes or {})["typedserver.outcome"] == "given up"
    assert "error.type" in (span.attributes or {})


def test_children_of_forks_have_a_span_in_the_parent(telemetry: Telemetry) -> None:
    with running(Server(TCP(port=0), says(made()), Forks(), config=config(telemetry))) as run:
        assert ask(run.server.server_address, b"a\n") == b"a\n"
        telemetry.spans(1)


def test_nothing_is_kept_of_requests_that_are_over(telemetry: Telemetry) -> None:
    with running(Server(TCP(port=0), says(telemetry), Threads(), config=config(telemetry))) as run:
        for _ in range(5):
            assert ask(run.server.server_address, b"") == b""
        telemetry.spans(5)
    assert telemetry.numbers()["typedserver.active_requests"][0].value == 0


def test_request_that_is_not_sampled_has_no_spans_inside() -> None:
    telemetry = made(ALWAYS_OFF)
    with running(Server(TCP(port=0), says(telemetry), Threads(), config=config(telemetry))) as run:
        assert ask(run.server.server_address, b"a\n") == b"a\n"
    assert telemetry.exporter.get_finished_spans() == ()
    assert telemetry.numbers()["typedserver.request.duration"][0].count == 1


def test_metrics_have_counts_by_outcome_and_reason_and_nothing_of_a_client(telemetry: Telemetry) -> None:
    settings = config(telemetry, limits=Limits(per_peer=1))
    with running(Server(TCP(port=0), says(telemetry), Threads(), config=settings)) as run:
        host, port = inet_address(run.server)[:2]
        with connect((host, port)) as client:
            client.sendall(b"a\n")
            assert client.recv(9) == b"a\n"
            with connect((host, port)) as refused:
                assert refused.recv(1) == b""
            assert telemetry.numbers()["typedserver.active_requests"][0].value == 1
        telemetry.spans(2)
    numbers = telemetry.numbers()
    of_server = {
        "server.address": host,
        "server.port": port,
        "network.transport": "tcp",
        "network.type": "ipv4",
    }
    [duration] = numbers["typedserver.request.duration"]
    assert (duration.count, dict(duration.attributes)) == (1, of_server | {"typedserver.outcome": "served"})
    [active] = numbers["typedserver.active_requests"]
    assert (active.value, dict(active.attributes)) == (0, of_server)
    [refusals] = numbers["typedserver.refused_requests"]
    assert (refusals.value, dict(refusals.attributes)) == (1, of_server | {"typedserver.reason": "per_peer"})


# Messages


def answering(telemetry: Telemetry) -> Any:
    def answer(message: bytes) -> bytes:
        with telemetry.tracer.start_as_current_span("inner"):
            return message.upper()

    return answer


def carried(message: bytes) -> Mapping[str, str] | None:
    parent, _, _ = message.partition(b" ")
    return {"traceparent": parent.decode("ascii")} if parent.startswith(b"00-") else None


def test_span_of_a_message_is_between_its_connections_and_its_functions(telemetry: Telemetry, strategy: Any) -> None:
    framed = Framed(Lines(), Traced(telemetry.observer, answering(telemetry)))
    with running(Server(TCP(port=0), framed, strategy, config=config(telemetry))) as run:
        assert ask(run.server.server_address, b"a\n") == b"A\n"
        spans = telemetry.spans(3)
    assert parent_of(spans["inner"]) == id_of(spans["message"])
    assert parent_of(spans["message"]) == id_of(spans["connection"])
    assert spans["message"].kind is SpanKind.SERVER


def test_parent_of_a_message_is_what_its_carrier_brings(telemetry: Telemetry, strategy: Any) -> None:
    traced = Traced(telemetry.observer, answering(telemetry), carrier=carried)
    with running(Server(TCP(port=0), Framed(Lines(), traced), strategy, config=config(telemetry))) as run:
        sent = f"{PARENT} a\n".encode()
        assert ask(run.server.server_address, sent) == sent.upper()
        spans = telemetry.spans(3)
    message = spans["message"]
    assert parent_of(message) == int("b7ad6b7169203331", 16)
    assert context_of(message).trace_id == int(TRACE, 16)
    assert context_of(spans["inner"]).trace_id == int(TRACE, 16)
    assert [link.context.span_id for link in message.links] == [id_of(spans["connection"])]


@pytest.mark.parametrize("sent", [b"a", b"00-x a", b"00-\xff a", b"00-" + b"0" * 60, b""])
def test_message_that_brings_no_parent_is_its_connections_child(telemetry: Telemetry, sent: bytes) -> None:
    traced = Traced(telemetry.observer, answering(telemetry), carrier=carried)
    with running(Server(TCP(port=0), Framed(Lines(), traced), Multiplexed(), config=config(telemetry))) as run:
        assert ask(run.server.server_address, sent + b"\n") == sent.upper() + b"\n"
        spans = telemetry.spans(3)
    assert parent_of(spans["message"]) == id_of(spans["connection"])
    assert list(spans["message"].links) == []


def test_span_of_a_pending_reply_ends_when_that_is_done(telemetry: Telemetry) -> None:
    replies: list[Future[bytes]] = []
    begun = threading.Event()

    def answer(_message: bytes) -> Future[bytes]:
        replies.append(Future())
        begun.set()
        return replies[-1]

    framed = Framed(Lines(), Traced(telemetry.observer, answer), on_error=lambda _error: b"failed")
    with (
        running(Server(TCP(port=0), framed, Multiplexed(), config=config(telemetry))) as run,
        connect(run.server.server_address) as client,
    ):
        client.sendall(b"a\n")
        assert begun.wait(PATIENCE)
        assert telemetry.exporter.get_finished_spans() == ()
        replies[0].set_exception(ZeroDivisionError())
        assert client.recv(9) == b"failed\n"
        message = telemetry.spans(1)["message"]
        client.close()
    assert (message.attributes or {})["error.type"] == "ZeroDivisionError"
    assert message.status.status_code is StatusCode.ERROR


def test_span_of_a_reply_that_is_cancelled_ends(telemetry: Telemetry) -> None:
    reply: Future[bytes] = Future()

    def answer(_message: bytes) -> Future[bytes]:
        return reply

    assert Traced(telemetry.observer, answer)(b"a") is reply
    assert reply.cancel()
    message = telemetry.spans(1)["message"]
    assert (message.attributes or {})["error.type"] == "concurrent.futures._base.CancelledError"


def test_function_that_fails_is_an_error_that_tells_its_class_alone(telemetry: Telemetry) -> None:
    def fail(_message: bytes) -> bytes:
        raise ValueError("hunter2")

    with pytest.raises(ValueError, match="hunter2"):
        Traced(telemetry.observer, fail, name="failing")(b"a")
    message = telemetry.spans(1)["failing"]
    assert (message.attributes or {})["error.type"] == "ValueError"
    assert "hunter2" not in message.to_json()
    assert trace.get_current_span() is trace.INVALID_SPAN
    [point] = telemetry.numbers()["typedserver.message.duration"]
    assert dict(point.attributes) == {"typedserver.message": "failing", "error.type": "ValueError"}


def test_function_is_traced_in_a_session_and_of_a_datagram(telemetry: Telemetry) -> None:
    traced: Traced[bytes, bytes] = Traced(telemetry.observer, answering(telemetry))

    def session(_address: object, _server: object) -> Traced[bytes, bytes]:
        return traced

    with running(Server(TCP(port=0), Sessions(Lines(), session), Multiplexed(), config=config(telemetry))) as run:
        assert ask(run.server.server_address, b"a\n") == b"A\n"
        telemetry.spans(3)
    telemetry.exporter.clear()
    datagrams = Server(UDP(port=0), datagram_handler(traced), config=config(telemetry))
    with running(datagrams):
        assert ask_datagram(datagrams.server_address, b"a") == b"A"
        spans = telemetry.spans(3)
    assert parent_of(spans["message"]) == id_of(spans["datagram"])


def test_what_cannot_be_called_is_not_traced(telemetry: Telemetry) -> None:
    unfit: Any = b"answer"
    with pytest.raises(RecipeError, match="must be a callable"):
        Traced(telemetry.observer, unfit)
    with pytest.raises(RecipeError, match="must be a callable"):
        Traced(telemetry.observer, answering(telemetry), carrier=unfit)


def test_context_of_a_thread_that_serves_many_is_its_own_again(telemetry: Telemetry) -> None:
    seen: list[object] = []

    def look(request: StreamRequest, _client: object, _server: object) -> None:
        del request
        seen.append(trace.get_current_span())

    with running(Server(TCP(port=0), look, Inline(), config=config(telemetry))) as run:
        for _ in range(2):
            assert ask(run.server.server_address, b"") == b""
        telemetry.spans(2)
    assert len(set(map(id, seen))) == 2
    assert trace.get_current_span() is trace.INVALID_SPAN
