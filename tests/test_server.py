"""Server: how it opens, serves, stops and closes, on our loop, asyncio's and uvloop's."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import partial
from queue import SimpleQueue
from typing import Any

import pytest

from tests.reactors import REACTORS
from tests.running import PATIENCE, Run, ask, connect, running
from typedserver import (
    TCP,
    UDP,
    Asyncio,
    BaseStrategy,
    Bounded,
    CompositionError,
    DatagramRequest,
    EndpointWrapper,
    Forks,
    Group,
    InetAddress,
    Inline,
    LifecycleError,
    ListenError,
    ListenerWrapper,
    Multiplexed,
    QueueSource,
    Reactor,
    RecipeError,
    SelectorReactor,
    Server,
    ServerConfig,
    ServerContext,
    State,
    Stream,
    StreamConfig,
    StreamRequest,
    StreamRequestHandler,
    Threads,
    UnixDatagram,
    UnixStream,
    datagram_handler,
    inet_address,
    run_blocking,
    sleep,
    stream_handler,
)
from typedserver.coroutines.exact import ExactStream


def upper(request: StreamRequest, _client_address: object, _server: object) -> None:
    while data := request.recv(65536):
        request.sendall(data.upper())


class Hooked(Server[StreamRequest, Any]):
    """Notes the hooks as they are called."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calls: list[str] = []
        self.called = threading.Condition()

    def note(self, name: str) -> None:
        with self.called:
            self.calls.append(name)
            self.called.notify_all()

    def wait_for(self, name: str, count: int = 1) -> None:
        with self.called:
            assert self.called.wait_for(lambda: self.calls.count(name) >= count, PATIENCE), self.calls

    def verify_request(self, request: Any, client_address: Any, /) -> bool:
        self.note("verify_request")
        return super().verify_request(request, client_address)

    def process_request(self, request: Any, client_address: Any, /) -> None:
        self.note("process_request")
        super().process_request(request, client_address)

    def finish_request(self, request: Any, client_address: Any, /) -> object:
        self.note("finish_request")
        return super().finish_request(request, client_address)

    def shutdown_request(self, request: Any, /) -> None:
        self.note("shutdown_request")
        super().shutdown_request(request)

    def close_request(self, request: Any, /) -> None:
        self.note("close_request")
        super().close_request(request)
        self.note("closed")

    def handle_error(self, _request: Any, _client_address: Any, /) -> None:
        self.note("handle_error")


# Making and opening


def state_of(server: Server[Any, Any]) -> State:
    """Read the state anew, because a type checker remembers the last comparison of a property."""
    return server.state


def test_server_touches_no_network_until_it_is_opened() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = Server(TCP(port=taken.getsockname()[1]), upper)
        assert state_of(server) is State.NEW
        with pytest.raises(ListenError, match="is in use"):
            server.open()
    with server:
        assert state_of(server) is State.LISTENING


def test_server_is_opened_by_serving(config: ServerConfig) -> None:
    server = Server(TCP(port=0), upper, config=config)
    server.request_stop()
    server.serve_forever()
    assert state_of(server) is State.LISTENING
    assert inet_address(server)[1] > 0
    server.server_close()


def test_server_has_no_address_before_it_is_open() -> None:
    server = Server(TCP(port=0), upper)
    with pytest.raises(LifecycleError, match="is not open"):
        _ = server.server_address
    with pytest.raises(LifecycleError, match="is not open"):
        server.fileno()


def test_server_repr_reads_like_the_code_that_made_it() -> None:
    assert repr(Server(TCP(port=9999), upper)) == "Server(TCP(port=9999), upper)"
    composed = Server(UnixStream("a.sock"), upper, Forks(max_children=3), config=ServerConfig(timeout=1))
    assert repr(composed) == (
        "Server(UnixStream(path='a.sock'), upper, Forks(max_children=3), config=ServerConfig(timeout=1))"
    )


def bare_function(data: bytes) -> bytes:
    return data


async def bare_coroutine(stream: Stream, *, limit: int = 1) -> None:
    await stream.read(limit)


class Answering(StreamRequestHandler):
    """Any handler class."""


@pytest.mark.parametrize(
    ("pieces", "message"),
    [
        (("127.0.0.1", upper, Inline()), "no endpoint"),
        ((TCP(port=0), "handler", Inline()), "no handler"),
        ((TCP(port=0), upper, "threads"), "no strategy"),
        ((TCP(port=0), upper, Threads), "no strategy"),
        ((TCP(port=0), bare_coroutine, Inline()), "bare_coroutine cannot be called .*: too many .*@stream_handler"),
        ((UDP(port=0), bare_function, Inline()), "too many positional arguments.*@datagram_handler"),
        ((TCP(port=0), bare_function, Inline()), r"too many positional arguments.*Framed\(Lines\(\), bare_function\)"),
        (
            (QueueSource(SimpleQueue[bytes]()), bare_function, Inline()),
            r"too .*give message_handler\(bare_function\)",
        ),
        ((QueueSource(SimpleQueue[bytes]()), bare_coroutine, Inline()), "too many.*its Delivery"),
        ((TCP(port=0), partial(bare_coroutine, limit=1), Inline()), "bare_coroutine.* cannot be called"),
        ((UDP(port=0), stream_handler(bare_coroutine), Inline()), "bare_coroutine answers connections, and UDP.*TCP"),
        ((UnixStream("s"), datagram_handler(bytes.upper), Threads()), r"upper answers datagrams, and Unix.*UDP\("),
        ((UDP(port=0), partial(Answering), Threads()), "Answering answers connections"),
        ((UnixDatagram("s"), stream_handler(bare_coroutine), Multiplexed()), r"answers connections, and UnixDatagram"),
        ((TCP(port=0), Answering, Multiplexed()), r"the class Answering is none.*stream_handler"),
        ((TCP(port=0), partial(Answering), Bounded(Asyncio(), 2)), r"the class Answering is none.*stream_handler"),
    ],
)
def test_server_refuses_pieces_that_do_not_fit(pieces: tuple[Any, Any, Any], message: str) -> None:
    with pytest.raises(CompositionError, match=message):
        Server(*pieces)


def test_server_config_refuses_values_that_cannot_work() -> None:
    with pytest.raises(RecipeError, match="seconds"):
        ServerConfig(timeout=0)
    with pytest.raises(RecipeError, match="accept_batch"):
        ServerConfig(accept_batch=0)


# Serving and stopping


def test_server_serves_until_shutdown_and_again_after_it(config: ServerConfig) -> None:
    with Server(TCP(port=0), upper, Threads(), config=config) as server:
        for _ in range(3):
            run = Run(server)
            assert ask(server.server_address, b"again") == b"AGAIN"
            server.shutdown()
            run.join()
            assert run.result is None
            assert state_of(server) is State.LISTENING


def test_server_stop_asked_for_before_serving_is_kept(config: ServerConfig) -> None:
    with Server(TCP(port=0), upper, config=config) as server:
        server.request_stop()
        server.serve_forever()
        server.shutdown()
        server.handle_request()
        with running_until_stopped(server):
            assert ask(server.server_address, b"still") == b"STILL"


@contextlib.contextmanager
def running_until_stopped(server: Server[Any, Any]) -> Generator[None, None, None]:
    run = Run(server)
    yield
    server.shutdown()
    run.join()


def test_server_stop_is_idempotent_from_many_threads(config: ServerConfig) -> None:
    with Server(TCP(port=0), upper, config=config) as server:
        run = Run(server)
        assert ask(server.server_address, b"x") == b"X"
        stoppers = [threading.Thread(target=server.shutdown) for _ in range(8)]
        for stopper in stoppers:
            stopper.start()
        for stopper in stoppers:
            stopper.join(PATIENCE)
        run.join()


def test_server_stop_at_idle_takes_under_five_milliseconds(config: ServerConfig) -> None:
    times: list[float] = []
    with Server(TCP(port=0), upper, config=config) as server:
        for _ in range(15):
            run = Run(server)
            assert ask(server.server_address, b"x") == b"X"
            begun = time.perf_counter()
            server.shutdown()
            times.append(time.perf_counter() - begun)
            run.join()
    # The median, because on a shared machine the other thread may not have a processor.
    assert sorted(times)[len(times) // 2] < 0.005, times


def test_server_shutdown_may_be_called_by_a_handler_in_a_thread(config: ServerConfig) -> None:
    def stop(_request: object, _client_address: object, server: Server[Any, Any]) -> None:
        server.shutdown()

    with Server(TCP(port=0), stop, Threads(), config=config) as server:
        run = Run(server)
        with connect(server.server_address) as client:
            assert client.recv(1) == b""
        run.join()
        assert run.result is None


def test_server_shutdown_in_its_serving_thread_raises_and_request_stop_works(config: ServerConfig) -> None:
    raised: list[BaseException] = []

    def stop(_request: object, _client_address: object, server: Server[Any, Any]) -> None:
        for call in (server.shutdown, server.server_close):
            try:
                call()
            except LifecycleError as error:
                raised.append(error)
        server.request_stop()

    with Server(TCP(port=0), stop, config=config) as server:
        run = Run(server)
        connect(server.server_address).close()
        run.join()
    assert len(raised) == 2
    assert "request_stop" in str(raised[0])


def test_server_accepts_nothing_after_a_stop_in_the_same_wake_up(config: ServerConfig) -> None:
    served: list[object] = []

    def stop_at_once(_request: object, client_address: object, server: ServerContext) -> None:
        served.append(client_address)
        server.request_stop()

    with Server(TCP(port=0), stop_at_once, config=config) as server:
        clients = [connect(server.server_address) for _ in range(5)]
        server.serve_forever()
        assert len(served) == 1
        for client in clients:
            client.close()


def test_server_refuses_two_loops_at_once(config: ServerConfig) -> None:
    with running(Server(TCP(port=0), upper, config=config)) as run:
        assert ask(run.server.server_address, b"x") == b"X"
        for serve in (run.server.serve_forever, run.server.handle_request):
            with pytest.raises(LifecycleError, match="serves already"):
                serve()


def test_server_cannot_serve_after_its_close() -> None:
    server = Server(TCP(port=0), upper).open()
    server.server_close()
    server.server_close()
    assert state_of(server) is State.CLOSED
    for call in (server.serve_forever, server.handle_request, server.open):
        with pytest.raises(LifecycleError, match="was closed"):
            call()


def test_server_close_shuts_a_loop_in_another_thread_down(config: ServerConfig) -> None:
    with Server(TCP(port=0), upper, config=config) as server:
        run = Run(server)
        assert ask(server.server_address, b"x") == b"X"
    run.join()
    assert run.result is None


def test_server_close_from_a_worker_raises(config: ServerConfig) -> None:
    raised: list[str] = []

    def close(_request: object, _client_address: object, server: Server[Any, Any]) -> None:
        with contextlib.suppress(LifecycleError):
            server.server_close()
            return
        raised.append("refused")

    with (
        running(Server(TCP(port=0), close, Threads(), config=config)) as run,
        connect(run.server.server_address) as client,
    ):
        assert client.recv(1) == b""
    assert raised == ["refused"]


def test_server_keyboard_interrupt_ends_serving_and_leaves_it_usable(config: ServerConfig) -> None:
    with Hooked(TCP(port=0), upper, config=config) as server:
        main = threading.main_thread().ident
        assert main is not None

        def interrupt() -> None:
            assert ask(server.server_address, b"x") == b"X"
            # An interrupt may come between any two instructions, but must not come while the test holds a socket.
            server.wait_for("closed")
            signal.pthread_kill(main, signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            server.serve_forever()
        thread.join()
        assert state_of(server) is State.LISTENING
        with running_until_stopped(server):
            assert ask(server.server_address, b"still") == b"STILL"


def test_server_stop_may_come_from_a_signal_handler(config: ServerConfig) -> None:
    with Server(TCP(port=0), upper, config=config) as server:
        before = signal.signal(signal.SIGUSR1, lambda _number, _frame: server.request_stop())
        try:
            main = threading.main_thread().ident
            assert main is not None

            def send() -> None:
                assert ask(server.server_address, b"x") == b"X"
                signal.pthread_kill(main, signal.SIGUSR1)

            thread = threading.Thread(target=send)
            thread.start()
            server.serve_forever()
            thread.join()
        finally:
            signal.signal(signal.SIGUSR1, before)


# Exceptions


class Stopping(BaseException):
    """A BaseException that is no Exception, like SystemExit and KeyboardInterrupt."""


def test_server_raises_a_base_exception_from_the_loop(config: ServerConfig) -> None:
    def fail(_request: object, _client_address: object, _server: object) -> None:
        raise Stopping

    with Server(TCP(port=0), fail, config=config) as server:
        with connect(server.server_address) as client:
            with pytest.raises(Stopping):
                server.serve_forever()
            assert client.recv(1) == b"", "the request was closed all the same"
        assert state_of(server) is State.LISTENING


def test_server_goes_on_after_a_handlers_exception(config: ServerConfig, caplog: pytest.LogCaptureFixture) -> None:
    def fail(request: StreamRequest, _client_address: object, _server: object) -> None:
        if request.recv(100) == b"bad":
            raise ValueError("a handler's fault")
        request.sendall(b"good")

    with running(Server(TCP(port=0), fail, config=config)) as run:
        address = run.server.server_address
        assert ask(address, b"bad") == b""
        assert ask(address, b"fine") == b"good"
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(errors) == 1
    assert errors[0].exc_info is not None


def test_server_hooks_are_called_in_socketservers_order(config: ServerConfig) -> None:
    with running(Hooked(TCP(port=0), upper, config=config)) as run:
        server = run.server
        assert isinstance(server, Hooked)
        assert ask(server.server_address, b"x") == b"X"
        server.wait_for("closed")
        assert server.calls == [
            "verify_request",
            "process_request",
            "finish_request",
            "shutdown_request",
            "close_request",
            "closed",
        ]


class Refusing(Hooked):
    def verify_request(self, request: Any, client_address: Any, /) -> bool:
        super().verify_request(request, client_address)
        return False


class FailingVerify(Hooked):
    def verify_request(self, request: Any, client_address: Any, /) -> bool:
        super().verify_request(request, client_address)
        raise ValueError("a check's fault")


@pytest.mark.parametrize(
    ("server_class", "calls"),
    [
        (Refusing, ["verify_request", "shutdown_request", "close_request", "closed"]),
        (FailingVerify, ["verify_request", "handle_error", "shutdown_request", "close_request", "closed"]),
    ],
)
def test_server_shuts_down_a_request_that_is_not_verified(server_class: type[Hooked], calls: list[str]) -> None:
    with running(server_class(TCP(port=0), upper)) as run:
        assert isinstance(run.server, Hooked)
        for _ in range(2):
            with connect(run.server.server_address) as client:
                assert client.recv(1) == b""
        run.server.wait_for("closed", 2)
        assert run.server.calls == calls * 2


class FailingProcess(Hooked):
    def process_request(self, request: Any, client_address: Any, /) -> None:
        self.note("process_request")
        raise ValueError("a strategy's fault")


def test_server_refuses_the_request_alone_whose_processing_fails(config: ServerConfig) -> None:
    with running(FailingProcess(TCP(port=0), upper, config=config)) as run:
        assert isinstance(run.server, Hooked)
        for _ in range(2):
            with connect(run.server.server_address) as client:
                assert client.recv(1) == b""
        run.server.wait_for("closed", 2)
        assert run.server.calls.count("handle_error") == 2


class RaisingHandleError(Server[StreamRequest, Any]):
    def handle_error(self, _request: Any, _client_address: Any, /) -> None:
        raise  # noqa: PLE0704 - socketserver's idiom: what is being handled goes on


def test_server_lets_out_what_an_overridden_handle_error_raises(config: ServerConfig) -> None:
    def fail(_request: object, _client_address: object, _server: object) -> None:
        raise ValueError("passed on")

    with RaisingHandleError(TCP(port=0), fail, config=config) as server, connect(server.server_address) as client:
        with pytest.raises(ValueError, match="passed on"):
            server.serve_forever()
        assert client.recv(1) == b""


def test_server_setup_that_fails_is_handled(config: ServerConfig) -> None:
    class Handler(StreamRequestHandler[Hooked]):
        def setup(self) -> None:
            raise ValueError("a setup's fault")

    with running(Hooked(TCP(port=0), Handler, config=config)) as run:
        assert isinstance(run.server, Hooked)
        with connect(run.server.server_address) as client:
            assert client.recv(1) == b""
        run.server.wait_for("closed")
        assert run.server.calls.count("handle_error") == 1


# handle_request


def test_handle_request_serves_one_and_leaves_the_next_waiting(config: ServerConfig) -> None:
    served: list[object] = []

    def note(_request: object, client_address: object, _server: object) -> None:
        served.append(client_address)

    with (
        Server(TCP(port=0), note, config=config) as server,
        connect(server.server_address) as first,
        connect(server.server_address) as second,
    ):
        server.handle_request()
        assert served == [first.getsockname()]
        server.handle_request()
        assert served == [first.getsockname(), second.getsockname()]


class TimingOut(Server[StreamRequest, Any]):
    timeouts = 0

    def handle_timeout(self) -> None:
        self.timeouts += 1


def test_handle_request_calls_handle_timeout_at_the_deadline(config: ServerConfig) -> None:
    timed = ServerConfig(timeout=0.05, reactor_factory=config.reactor_factory)
    with TimingOut(TCP(port=0), upper, config=timed) as server:
        begun = time.monotonic()
        server.handle_request()
        assert 0.04 <= time.monotonic() - begun < PATIENCE
        assert server.timeouts == 1


def test_handle_request_in_time_calls_no_handle_timeout(config: ServerConfig) -> None:
    timed = ServerConfig(timeout=PATIENCE, reactor_factory=config.reactor_factory)
    with TimingOut(TCP(port=0), upper, Threads(), config=timed) as server, connect(server.server_address) as client:
        server.handle_request()
        client.sendall(b"x")
        assert client.recv(1) == b"X"
        client.close()
        assert server.timeouts == 0


def test_handle_request_is_ended_by_a_stop_from_another_thread(config: ServerConfig) -> None:
    with Server(TCP(port=0), upper, config=config) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        server.shutdown()
        thread.join(PATIENCE)
        assert not thread.is_alive()


# service_actions


class Ticking(Server[StreamRequest, Any]):
    ticks = 0

    def service_actions(self) -> None:
        self.ticks += 1
        if self.ticks == 3:
            self.request_stop()


def test_server_calls_an_overridden_service_actions_at_the_interval(config: ServerConfig) -> None:
    with Ticking(TCP(port=0), upper, config=config) as server:
        begun = time.monotonic()
        server.serve_forever(0.02)
        assert server.ticks == 3
        assert time.monotonic() - begun >= 0.055


# In a foreign loop


def test_server_serves_in_a_running_asyncio_loop_beside_its_coroutines() -> None:
    async def main() -> bytes:
        with Server(TCP(port=0), upper, Threads()) as server:
            attachment = server.attach(asyncio.get_running_loop())
            assert state_of(server) is State.SERVING
            reader, writer = await asyncio.open_connection(*inet_address(server))
            writer.write(b"both")
            answer = await reader.read(100)
            writer.close()
            await writer.wait_closed()
            attachment.detach()
            attachment.detach()
            assert state_of(server) is State.LISTENING
            return answer

    assert asyncio.run(main()) == b"BOTH"


@pytest.mark.parametrize("factory", REACTORS.values(), ids=list(REACTORS))
def test_server_stopped_from_another_thread_leaves_a_foreign_loop_running(factory: Callable[[], Reactor]) -> None:
    reactor = factory()
    ended: list[BaseException | None] = []
    with Server(TCP(port=0), upper) as server:

        def left(error: BaseException | None) -> None:
            ended.append(error)
            reactor.stop()

        server.attach(reactor, ended=left)

        def client() -> None:
            assert ask(server.server_address, b"x") == b"X"
            server.shutdown()

        thread = threading.Thread(target=client)
        thread.start()
        reactor.run_forever()
        thread.join()
    assert ended == [None]
    reactor.close()


def test_server_shutdown_and_close_in_the_loops_thread_detach() -> None:
    reactor = SelectorReactor()
    server = Server(TCP(port=0), upper)
    server.attach(reactor)
    server.shutdown()
    assert state_of(server) is State.LISTENING
    server.attach(reactor)
    server.server_close()
    assert state_of(server) is State.CLOSED
    reactor.close()


def test_server_attached_elsewhere_is_not_closed_from_another_thread() -> None:
    reactor = SelectorReactor()
    server = Server(TCP(port=0), upper)
    server.attach(reactor)
    raised: list[BaseException] = []

    def close() -> None:
        try:
            server.server_close()
        except LifecycleError as error:
            raised.append(error)

    thread = threading.Thread(target=close)
    thread.start()
    thread.join()
    assert "detach" in str(raised[0])
    server.server_close()
    reactor.close()


def test_server_failure_in_a_foreign_loop_is_given_to_ended() -> None:
    def fail(_request: object, _client_address: object, _server: object) -> None:
        raise Stopping

    reactor = SelectorReactor()
    ended: list[BaseException | None] = []
    with Server(TCP(port=0), fail) as server:

        def left(error: BaseException | None) -> None:
            ended.append(error)
            reactor.stop()

        server.attach(reactor, ended=left)
        with connect(server.server_address):
            reactor.run_forever()
        assert isinstance(ended[0], Stopping)
        # Without `ended` the loop handles the exception.
        server.attach(reactor)
        with connect(server.server_address), pytest.raises(Stopping):
            reactor.run_forever()
    reactor.close()


def test_server_that_was_stopped_before_leaves_a_foreign_loop_at_once() -> None:
    reactor = SelectorReactor()
    with Server(TCP(port=0), upper) as server:
        server.request_stop()
        attachment = server.attach(reactor)
        assert not attachment.attached
        assert state_of(server) is State.LISTENING
    reactor.close()


# One client's fault


@pytest.mark.parametrize("strategy", [Inline(), Threads(), Forks()], ids=repr)
def test_server_read_timeout_ends_a_silent_client_under_every_strategy(
    strategy: Any, config: ServerConfig, caplog: pytest.LogCaptureFixture
) -> None:
    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(self.rfile.readline())

    def impatient(request: StreamRequest, client_address: Any, server: ServerContext) -> Handler:
        return Handler(request, client_address, server, config=StreamConfig(timeout=0.4))

    with running(Server(TCP(port=0), impatient, strategy, config=config)) as run:
        address = run.server.server_address
        with connect(address) as silent:
            assert silent.recv(1) == b""
        assert ask(address, b"prompt\n") == b"prompt\n"
    if not isinstance(strategy, Forks):
        assert [record.levelno for record in caplog.records if record.levelno > logging.DEBUG] == [logging.WARNING]
        assert all(record.exc_info is None for record in caplog.records)


def test_server_logs_a_datagram_that_is_too_long_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    def echo(request: DatagramRequest, client_address: Any, _server: object) -> None:
        request[1].sendto(request[0], client_address)

    with running(Server(UDP(port=0, max_packet_size=10), echo)) as run:
        address = run.server.server_address
        with connect(address, socket.SOCK_DGRAM) as client:
            client.send(b"x" * 11)
            client.send(b"y" * 10)
            assert client.recv(100) == b"y" * 10
    assert "max_packet_size=10" in caplog.text


# A listener that establishes its requests with a coroutine, as one with a handshake does


class Greeting(ListenerWrapper[StreamRequest, InetAddress]):
    """Wraps a TCP listener: a client must say hello before it becomes a request."""

    async def establish(
        self, request: StreamRequest, client_address: InetAddress, server: ServerContext, /
    ) -> tuple[StreamRequest, InetAddress]:
        await sleep(0.001)
        if await ExactStream(request, client_address, server).readexactly(5) != b"hello":
            request.close()
            raise ValueError("no hello")
        return request, client_address


@dataclass(frozen=True)
class GreetedTCP(EndpointWrapper[StreamRequest, InetAddress]):
    endpoint: TCP = field(default_factory=lambda: TCP(port=0))

    @property
    def inner(self) -> TCP:
        return self.endpoint

    def listen(self) -> Greeting:
        return Greeting(self.endpoint.listen())


@stream_handler
async def upper_coroutine(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())


@stream_handler
async def failing_coroutine(stream: Stream) -> None:
    await stream.readline()
    raise ValueError("a coroutine's fault")


@pytest.mark.parametrize("handler", [upper, upper_coroutine], ids=["function", "coroutine"])
@pytest.mark.parametrize("strategy", [Inline(), Threads(), Forks()], ids=repr)
def test_server_establishes_by_a_coroutine_what_the_listener_says(handler: Any, strategy: Any) -> None:
    with running(Server(GreetedTCP(), handler, strategy)) as run:
        assert ask(run.server.server_address, b"hellox\n") == b"X\n"


@pytest.mark.parametrize("handler", [upper, upper_coroutine], ids=["function", "coroutine"])
def test_server_that_cannot_establish_reports_it_once_and_goes_on(handler: Any) -> None:
    with running(Hooked(GreetedTCP(), handler)) as run:
        assert ask(run.server.server_address, b"howdy") == b""
        assert ask(run.server.server_address, b"hellox\n") == b"X\n"
        run.server.wait_for("closed")
        assert run.server.calls.count("handle_error") == 1


def test_server_reports_a_listener_that_fails_to_establish() -> None:
    class Broken(Greeting):
        def establish(self, request: StreamRequest, _client_address: Any, _server: object, /) -> Any:
            request.close()
            raise ValueError("cannot be established")

    class BrokenTCP(GreetedTCP):
        def listen(self) -> Greeting:
            return Broken(self.endpoint.listen())

    with running(Hooked(BrokenTCP(), upper)) as run:
        assert ask(run.server.server_address, b"") == b""
        run.server.wait_for("handle_error")


def test_server_reports_a_coroutines_exception_once_and_closes_the_request() -> None:
    with running(Hooked(TCP(port=0), failing_coroutine)) as run:
        assert ask(run.server.server_address, b"x\n") == b""
        run.server.wait_for("closed")
        assert run.server.calls.count("handle_error") == 1
        assert run.server.calls.count("shutdown_request") == 1


def test_server_exposes_its_endpoint_and_config() -> None:
    endpoint, config = TCP(port=0), ServerConfig(timeout=1)
    server = Server(endpoint, upper, config=config)
    assert server.endpoint is endpoint
    assert server.config is config
    assert server.draining is False


def test_server_that_fails_to_start_leaves_the_loop_and_may_try_again() -> None:
    class Unwilling(BaseStrategy):
        def start(self, _processor: Any, _reactor: Any, /) -> Any:
            raise ValueError("not today")

    with Server(TCP(port=0), upper, Unwilling()) as server:
        for _ in range(2):
            with pytest.raises(ValueError, match="not today"):
                server.serve_forever()
            assert state_of(server) is State.LISTENING
        reactor = SelectorReactor()
        with pytest.raises(ValueError, match="not today"):
            server.attach(reactor)
        reactor.close()


# Defects that a hostile review has found


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit])
def test_handle_request_lets_a_base_exception_out(raised: type[BaseException], config: ServerConfig) -> None:
    def fail(_request: object, _client_address: object, _server: object) -> None:
        raise raised

    with Server(TCP(port=0), fail, config=config) as server, connect(server.server_address), pytest.raises(raised):
        server.handle_request()


@pytest.mark.parametrize("strategy", [Inline(), Threads(), Forks()], ids=repr)
def test_server_address_is_known_to_every_worker(strategy: Any) -> None:
    def answer(request: StreamRequest, _client_address: object, server: ServerContext) -> None:
        request.sendall(repr(server.server_address).encode())

    with running(Server(TCP(port=0), answer, strategy)) as run:
        assert ask(run.server.server_address, b"").decode() == repr(run.server.server_address)
    assert inet_address(run.server)[1] > 0, "it is known after the close as well"


def test_server_made_before_a_fork_is_stopped_and_closed_in_the_process_that_serves() -> None:
    server = Server(TCP(port=0), upper).open()
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            run = Run(server)
            server.shutdown()
            run.join()
            server.server_close()
            os._exit(0)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    server.server_close()


def test_server_close_from_many_threads_closes_once_and_waits_in_all() -> None:
    may_end, entered = threading.Event(), threading.Event()

    def hold(_request: object, _client_address: object, _server: object) -> None:
        entered.set()
        may_end.wait(PATIENCE)

    server = Server(TCP(port=0), hold, Threads()).open()
    run = Run(server)
    with connect(server.server_address):
        assert entered.wait(PATIENCE)
        failures: list[BaseException] = []

        def close() -> None:
            try:
                server.server_close()
                assert may_end.is_set()
            except BaseException as error:
                failures.append(error)

        closers = [threading.Thread(target=close) for _ in range(4)]
        for closer in closers:
            closer.start()
        threading.Timer(0.05, may_end.set).start()
        for closer in closers:
            closer.join(PATIENCE)
        run.join()
    assert not failures


COROUTINES = [
    Inline(),
    Threads(),
    Multiplexed(),
    Asyncio(),
    Bounded(Multiplexed(), 2),
    Bounded(Bounded(Asyncio(), 2), 2),
]


async def close_now(server: Server[Any, Any]) -> None:
    server.server_close()


async def close_after_a_wait(server: Server[Any, Any]) -> None:
    await sleep(0.001)
    server.server_close()


async def close_in_a_function(server: Server[Any, Any]) -> None:
    await run_blocking(server.server_close)


async def close_in_a_task(server: Server[Any, Any]) -> None:
    await asyncio.gather(close_after_a_wait(server))


async def close_in_a_tasks_function(server: Server[Any, Any]) -> None:
    await asyncio.gather(close_in_a_function(server))


CLOSES = [
    (strategy, close)
    for strategy in COROUTINES
    for close in (
        close_now,
        close_after_a_wait,
        close_in_a_function,
        *((close_in_a_task, close_in_a_tasks_function) if "Asyncio" in repr(strategy) else ()),
    )
]


@pytest.mark.parametrize("attached", [False, True])
@pytest.mark.parametrize(("strategy", "close"), CLOSES)
def test_server_close_from_a_coroutines_worker_raises(strategy: Any, close: Any, attached: bool) -> None:
    loop = asyncio.new_event_loop() if "Asyncio" in repr(strategy) else SelectorReactor()

    @stream_handler
    async def serve(stream: Stream[Any, Server[Any, Any]]) -> None:
        try:
            await close(stream.server)
        except LifecycleError as error:
            await stream.write(b"refused" if "by one of its workers" in str(error) else b"refused otherwise")

    server = Server(TCP(port=0), serve, strategy)
    with contextlib.ExitStack() as ends:
        ends.callback(loop.close)
        if attached:
            ends.enter_context(server)
            server.attach(loop)
            thread = threading.Thread(target=loop.run_forever)
            ends.callback(thread.join)
            ends.callback(loop.call_soon_threadsafe, loop.stop)
            ends.callback(server.request_stop)
            thread.start()
        else:
            ends.enter_context(running(server))
        assert ask(server.server_address, b"") == b"refused"


@pytest.mark.parametrize("strategy", [Multiplexed(), Asyncio(grace=0)], ids=repr)
def test_server_close_from_a_coroutine_that_a_close_ends_raises(strategy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("typedserver.strategies.asyncio_end._CLEAN_UP", 0.01)
    refused: list[str] = []

    @stream_handler
    async def serve(stream: Stream[Any, Server[Any, Any]]) -> None:
        await stream.write(b"waiting")
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await stream.readline()
            await sleep(PATIENCE)
        finally:
            try:
                stream.server.server_close()
            except LifecycleError as error:
                refused.append(str(error))

    with running(Server(TCP(port=0), serve, strategy)) as run, connect(run.server.server_address) as client:
        assert client.recv(10) == b"waiting"
        run.server.shutdown()
        run.join()
        run.server.server_close()
    assert len(refused) == 1


def test_server_close_from_a_function_of_nobodys_request_waits_for_the_requests() -> None:
    ended: list[str] = []

    @stream_handler
    async def serve(stream: Stream) -> None:
        try:
            await stream.write(b"waiting")
            await stream.readline()
        finally:
            ended.append("ended")

    async def main() -> None:
        server = Server(TCP(port=0), serve, Asyncio(grace=0)).open()
        attachment = server.attach(asyncio.get_running_loop())
        with await asyncio.to_thread(connect, server.server_address) as client:
            assert await asyncio.to_thread(client.recv, 10) == b"waiting"
            attachment.detach()
            # A function in the loop's own threads that belongs to no request.
            await asyncio.create_task(close_in_a_function(server))
            assert ended == ["ended"]

    asyncio.run(main())


def test_server_close_right_after_a_start_always_closes() -> None:
    for _ in range(100):
        server = Server(TCP(port=0), upper).open()
        run = Run(server)
        server.shutdown()
        server.server_close()
        run.join()
        assert state_of(server) is State.CLOSED
        assert run.result is None or isinstance(run.result, LifecycleError)


def test_server_attached_to_a_loop_that_was_closed_may_be_stopped_and_closed() -> None:
    for _ in range(2):
        loop = asyncio.new_event_loop()
        server = Server(TCP(port=0), upper)
        thread = threading.Thread(target=server.attach, args=(loop,))
        thread.start()
        thread.join()
        loop.close()
        server.request_stop()
        assert state_of(server) is State.LISTENING
        server.server_close()


def test_server_raises_what_service_actions_raises(config: ServerConfig) -> None:
    class Failing(Server[StreamRequest, Any]):
        def service_actions(self) -> None:
            raise ValueError("an action's fault")

    with Failing(TCP(port=0), upper, config=config) as server, pytest.raises(ValueError, match="an action's fault"):
        server.serve_forever(0.01)


def test_server_answers_datagrams_in_hand_before_its_socket_is_closed() -> None:
    entered, may_end = threading.Event(), threading.Event()

    @datagram_handler
    def slow(data: bytes) -> bytes:
        entered.set()
        assert may_end.wait(PATIENCE)
        return data

    server = Server(UDP(port=0), slow, Threads()).open()
    run = Run(server)
    with connect(server.server_address, socket.SOCK_DGRAM) as client:
        client.send(b"in hand")
        assert entered.wait(PATIENCE)
        threading.Timer(0.05, may_end.set).start()
        server.server_close()
        assert client.recv(100) == b"in hand"
    run.join()


def test_server_refusal_that_fails_concerns_its_request_alone(config: ServerConfig) -> None:
    class Failing(Hooked):
        def verify_request(self, _request: Any, _client_address: Any, /) -> bool:
            return False

        def shutdown_request(self, request: Any, /) -> None:
            super().shutdown_request(request)
            raise ValueError("a refusal's fault")

    with running(Failing(TCP(port=0), upper, config=config)) as run:
        for _ in range(2):
            assert ask(run.server.server_address, b"") == b""
        run.server.wait_for("handle_error", 2)


def test_server_forgets_the_loops_that_were_closed() -> None:
    with Server(TCP(port=0), upper) as server:
        for _ in range(5):
            loop = asyncio.new_event_loop()
            server.attach(loop).detach()
            loop.close()
        assert len(server.__lifetime__.servable.dispatchers) <= 2


def test_server_refuses_classes_and_configs_in_the_wrong_place() -> None:
    wrong: Any = TCP
    with pytest.raises(CompositionError, match="no endpoint"):
        Server(wrong, upper)
    other_config: Any = StreamConfig()
    with pytest.raises(CompositionError, match="no ServerConfig"):
        Server(TCP(port=0), upper, config=other_config)


# Names that a subclass is likely to give its attributes, and former private names of the library.
OWN_NAMES = (
    *("state", "config", "endpoint", "strategy", "suspended", "drain_report"),
    *("members", "listener", "lifetime", "table", "_told", "_attachment"),
    *("_state", "_requests", "_listener", "_handler", "_config", "_live", "_lifetime", "_server"),
)


@pytest.mark.parametrize("strategy", [Inline(), Threads(), Multiplexed(), Asyncio(), Forks()])
@pytest.mark.parametrize("grouped", [False, True])
def test_server_subclass_may_name_its_own_attributes_as_it_likes(strategy: Any, grouped: bool) -> None:
    class Own(Server[StreamRequest, InetAddress]):
        def __init__(self, *pieces: Any) -> None:
            super().__init__(*pieces)
            for name in OWN_NAMES:
                setattr(self, name, f"my {name}")

    @stream_handler
    async def name_state(stream: Stream[InetAddress, Own]) -> None:
        async for line in stream:
            own: Any = stream.server
            await stream.write(line.upper() + own.state.encode() + b"\n")

    server = Own(TCP(port=0), name_state, strategy)
    factory = asyncio.new_event_loop if isinstance(strategy, Asyncio) else SelectorReactor
    serving: Any = Group([server], reactor_factory=factory) if grouped else server
    with running(serving), connect(server.server_address) as client, client.makefile("rb") as answers:
        client.sendall(b"hello\n")
        assert (answers.readline(), answers.readline()) == (b"HELLO\n", b"my state\n")
        serving.request_drain()
        assert answers.readline() == b"", "the drain has found the connection between two messages"
    assert all(getattr(server, name) == f"my {name}" for name in OWN_NAMES)
    assert repr(server).startswith("Own(TCP(")
