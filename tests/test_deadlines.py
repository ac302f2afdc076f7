"""Deadlines: how long a connection may take, the same under every strategy and for everything a handler waits for."""

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.running import PATIENCE, Run, connect, running
from tests.test_draining import STRATEGIES, greeted, live_requests, stuck, upper
from typedserver import (
    TCP,
    Asyncio,
    Deadlines,
    EndpointWrapper,
    Finished,
    Forks,
    Framed,
    InetAddress,
    Inline,
    ListenerWrapper,
    Multiplexed,
    RecipeError,
    Server,
    ServerConfig,
    ServerContext,
    ServerEvent,
    Stream,
    StreamConfig,
    StreamRequest,
    StreamRequestHandler,
    Threads,
    from_stdlib,
    sleep,
    stream_handler,
)
from typedserver.messages.framings import Lines as ByLines


@pytest.fixture(params=list(STRATEGIES))
def strategy(request: pytest.FixtureRequest) -> Generator[Any, None, None]:
    with ThreadPoolExecutor(8) as executor:
        yield STRATEGIES[request.param](executor)


def config_of(**deadlines: float | None) -> ServerConfig:
    return ServerConfig(deadlines=Deadlines(**deadlines))


def drips(client: socket.socket) -> float:
    """Send a byte now and then until the server ends the connection; returns after how many seconds."""
    begun = time.monotonic()
    client.settimeout(0.05)
    while time.monotonic() - begun < PATIENCE:
        with contextlib.suppress(TimeoutError):
            try:
                client.sendall(b"x")
                if client.recv(100) == b"":
                    break
            except ConnectionError:
                break
    return time.monotonic() - begun


def test_client_that_drips_is_cut_at_the_total_deadline(strategy: Any) -> None:
    server = Server(TCP(port=0), upper, strategy, config=config_of(total=0.4))
    with running(server):
        with connect(server.server_address) as client:
            assert 0.3 < drips(client) < 2
        with greeted(server.server_address) as client:
            client.sendall(b"cd\n")
            assert client.recv(100) == b"CD\n", "the next one is served"


def test_total_deadline_applies_to_the_second_connection_as_to_the_first(strategy: Any) -> None:
    with running(Server(TCP(port=0), upper, strategy, config=config_of(total=0.3))) as run:
        for _ in range(2):
            with greeted(run.server.server_address) as client:
                assert drips(client) < 2


def test_total_deadline_cuts_only_overdue_requests() -> None:
    with running(Server(TCP(port=0), upper, Threads(), config=config_of(total=0.6))) as run:
        first = greeted(run.server.server_address)
        time.sleep(0.3)
        with greeted(run.server.server_address) as second:
            assert first.recv(100) == b""
            second.sendall(b"cd\n")
            assert second.recv(100) == b"CD\n"
            assert second.recv(100) == b""
        first.close()


def test_total_deadline_ends_a_handler_that_does_not_wait_for_its_client() -> None:
    @stream_handler
    async def asleep(stream: Stream) -> None:
        await stream.write(await stream.readline())
        await sleep(PATIENCE)

    for strategy in (Multiplexed(), Asyncio(), Forks()):
        server = Server(TCP(port=0), asleep, strategy, config=config_of(total=0.2))
        with running(server), connect(server.server_address) as client:
            client.sendall(b"ab\n")
            assert client.recv(100) == b"ab\n"
            begun = time.monotonic()
            assert client.recv(100) == b""
            assert time.monotonic() - begun < PATIENCE / 4


def test_cut_at_the_total_deadline_leaves_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    for strategy in (Inline(), Threads(), Forks(), Multiplexed()):
        server = Server(TCP(port=0), stuck, strategy, config=config_of(total=0.1))
        with running(server), connect(server.server_address) as client:
            client.sendall(b"ab\nc")
            assert client.recv(100) == b"ab\n"
            assert client.recv(100) == b""
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def silent_and_cut(server: Server[Any, Any]) -> float:
    with running(server), connect(server.server_address) as client:
        begun = time.monotonic()
        with contextlib.suppress(ConnectionError):
            assert client.recv(100) == b""
        return time.monotonic() - begun


class Lines(StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(line.upper())


class StdlibLines(__import__("socketserver").StreamRequestHandler):  # type: ignore[misc]  # the class, by its module's name
    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(line.upper())


def raw(request: StreamRequest, _client_address: object, _server: object) -> None:
    while data := request.recv(100):
        request.sendall(data.upper())


@pytest.mark.parametrize(
    "handler", [upper, Lines, from_stdlib(StdlibLines), raw], ids=["stream", "class", "stdlib", "raw"]
)
def test_silent_client_is_given_up_at_the_read_deadline_by_every_kind_of_handler(
    handler: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert 0.15 < silent_and_cut(Server(TCP(port=0), handler, Threads(), config=config_of(read=0.2))) < 2
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_silent_client_is_given_up_at_the_read_deadline_under_every_strategy(strategy: Any) -> None:
    assert 0.15 < silent_and_cut(Server(TCP(port=0), upper, strategy, config=config_of(read=0.2))) < 2


def test_handlers_own_config_overrides_the_servers_deadlines() -> None:
    patient = stream_handler(config=StreamConfig(timeout=0.2))

    @patient
    async def own(stream: Stream) -> None:
        await stream.readline()

    assert silent_and_cut(Server(TCP(port=0), own, Threads(), config=config_of(read=PATIENCE))) < 2


@stream_handler
async def flood(stream: Stream) -> None:
    while True:
        await stream.write(bytes(1 << 16))


def test_client_that_never_reads_is_cut_at_the_write_deadline(strategy: Any) -> None:
    ended = threading.Event()

    def note(event: ServerEvent) -> None:
        if isinstance(event, Finished):
            ended.set()

    config = ServerConfig(deadlines=Deadlines(write=0.3), observer=note)
    server = Server(TCP(port=0), flood, strategy, config=config)
    with running(server), connect(server.server_address):
        assert ended.wait(5)


def test_deadlines_of_thousands_cost_no_thread() -> None:
    with running(Server(TCP(port=0), upper, Multiplexed())) as run:
        clients = [greeted(run.server.server_address) for _ in range(200)]
        assert threading.active_count() == 2, "this one and the loop's"
        for client in clients:
            client.close()


@pytest.mark.parametrize("field", ["establish", "read", "write", "total", "drain"])
@pytest.mark.parametrize("value", [0, -1, "1", float("nan"), float("inf")])
def test_deadline_that_cannot_work_is_refused(field: str, value: Any) -> None:
    with pytest.raises(RecipeError, match=field):
        Deadlines(**{field: value})


def test_deadlines_are_on_by_default() -> None:
    deadlines = Server(TCP(port=0), upper).deadlines
    assert deadlines == Deadlines(establish=10, read=60, write=60, total=3600, drain=25)


class SlowListener(ListenerWrapper[StreamRequest, InetAddress]):
    """A listener whose requests must be established first, by a byte that the client may send late."""

    def establish(
        self, request: StreamRequest, client_address: InetAddress, _server: ServerContext, /
    ) -> tuple[StreamRequest, InetAddress]:
        if request.recv(1) != b"!":
            request.close()
            raise ConnectionResetError("gone before it was established")
        return request, client_address


@dataclass(frozen=True)
class Slow(EndpointWrapper[StreamRequest, InetAddress]):
    """An endpoint of such listeners."""

    endpoint: TCP = field(default_factory=lambda: TCP(port=0))

    @property
    def inner(self) -> TCP:
        return self.endpoint

    def listen(self) -> SlowListener:
        return SlowListener(self.endpoint.listen())


def test_client_that_is_not_established_in_time_is_cut_and_others_stay() -> None:
    for strategy in (Threads(), Inline()):
        server = Server(Slow(), upper, strategy, config=config_of(establish=0.3))
        with running(server):
            with connect(server.server_address) as silent:
                begun = time.monotonic()
                assert silent.recv(100) == b""
                assert 0.2 < time.monotonic() - begun < 2
            with connect(server.server_address) as good:
                good.sendall(b"!ab\n")
                assert good.recv(100) == b"AB\n"
                time.sleep(0.5)
                good.sendall(b"cd\n")
                assert good.recv(100) == b"CD\n"


def test_total_deadline_holds_for_a_request_of_an_earlier_run() -> None:
    with Server(TCP(port=0), upper, Threads(), config=config_of(total=0.4)) as server:
        first = Run(server)
        with greeted(server.server_address) as client:
            server.shutdown()
            first.join()
            second = Run(server)
            begun = time.monotonic()
            assert client.recv(100) == b""
            assert time.monotonic() - begun < 3
        server.shutdown()
        second.join()


def test_coroutine_that_goes_on_waiting_after_its_cut_is_cut_again() -> None:
    @stream_handler
    async def stubborn(stream: Stream) -> None:
        await stream.write(await stream.readline())
        await stream.readline()
        await sleep(PATIENCE)

    server = Server(TCP(port=0), stubborn, Multiplexed(), config=config_of(total=0.2))
    with running(server), connect(server.server_address) as client:
        client.sendall(b"ab\n")
        assert client.recv(100) == b"ab\n"
        until = time.monotonic() + 5
        while server.drain_report is None and live_requests(server):
            assert time.monotonic() < until
            time.sleep(0.01)


@pytest.mark.parametrize("kind", ["coroutine", "messages", "asyncio"])
def test_peer_that_has_sent_in_time_is_not_given_up_because_the_loop_was_busy(kind: str) -> None:
    held, sent = threading.Event(), threading.Event()

    def answer(line: bytes) -> bytes:
        if line == b"hold":
            held.set()
            assert sent.wait(PATIENCE)
            # As a handler does that blocks the loop, for longer than a peer may be silent.
            time.sleep(0.5)
        return line

    @stream_handler
    async def coroutine(stream: Stream) -> None:
        async for line in stream:
            await stream.write(answer(line.strip()) + b"\n")

    handler: Any = Framed(ByLines(), answer) if kind == "messages" else coroutine
    strategy: Any = Asyncio() if kind == "asyncio" else Multiplexed()
    server = Server[Any, Any](TCP(port=0), handler, strategy, config=ServerConfig(deadlines=Deadlines(read=0.3)))
    with running(server), connect(server.server_address) as holder, connect(server.server_address) as client:
        client.sendall(b"one\n")
        assert client.recv(10) == b"one\n"
        holder.sendall(b"hold\n")
        assert held.wait(PATIENCE)
        client.sendall(b"two\n")
        sent.set()
        assert client.recv(10) == b"two\n"
