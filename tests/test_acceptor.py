"""The acceptor: what it does if an accept fails, if capacity is missing, and if it is stopped."""

import errno
import itertools
import logging
import os
import threading
import time
from typing import Any

import pytest

from tests.running import PATIENCE, Run, ask, connect, running
from typedserver import (
    TCP,
    BaseDispatcher,
    BaseEndpoint,
    BaseStrategy,
    Dispatcher,
    Forks,
    InetAddress,
    ListenerWrapper,
    RequestKind,
    RequestProcessor,
    SelectorReactor,
    Server,
    ServerConfig,
    StreamRequest,
    Threads,
)
from typedserver.endpoints.socket_listeners import StreamListener
from typedserver.requests import exhaustion
from typedserver.requests.acceptor import Acceptor
from typedserver.requests.exhaustion import FIRST_PAUSE, LAST_PAUSE


def unexpected(error: BaseException) -> None:
    raise error


class FlakyListener(ListenerWrapper[StreamRequest, InetAddress]):
    """A listener whose accepts fail with the given errors, and then succeed."""

    def __init__(self, inner: StreamListener[InetAddress], failures: list[int]) -> None:
        super().__init__(inner)
        self.failures = failures
        self.attempts: list[float] = []

    def get_request(self) -> tuple[StreamRequest, InetAddress]:
        self.attempts.append(time.monotonic())
        if self.failures:
            number = self.failures.pop(0)
            raise OSError(number, os.strerror(number))
        return self.inner.get_request()


class FlakyTCP(BaseEndpoint[StreamRequest, InetAddress]):
    request_kind: RequestKind = "connections"

    def __init__(self, *failures: int) -> None:
        self.listener = FlakyListener(TCP(port=0).listen(), list(failures))

    def listen(self) -> FlakyListener:
        return self.listener


def upper(request: StreamRequest, _client_address: object, _server: object) -> None:
    while data := request.recv(65536):
        request.sendall(data.upper())


@pytest.mark.parametrize("number", [errno.ECONNABORTED, errno.EPROTO, errno.EPERM, errno.ENETDOWN])
def test_acceptor_goes_on_after_an_error_of_one_connection(number: int, config: ServerConfig) -> None:
    endpoint = FlakyTCP(number, number)
    with Server(endpoint, upper, config=config) as server:
        run = Run(server)
        assert ask(server.server_address, b"x") == b"X"
        server.shutdown()
        run.join()
    assert run.result is None


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, 9999])
def test_acceptor_pauses_while_something_is_exhausted_and_says_so_once(
    number: int, config: ServerConfig, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint = FlakyTCP(*[number] * 5)
    with Server(endpoint, upper, config=config) as server:
        run = Run(server)
        assert ask(server.server_address, b"x") == b"X"
        server.shutdown()
        run.join()
    pauses = [later - earlier for earlier, later in itertools.pairwise(endpoint.listener.attempts[:6])]
    # Loops keep time in milliseconds.
    assert all(pause >= min(FIRST_PAUSE * 2**i, LAST_PAUSE) - 0.003 for i, pause in enumerate(pauses))
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "accepting pauses" in caplog.text


def test_acceptor_that_pauses_for_descriptors_tries_again_when_a_request_of_its_own_ends(
    config: ServerConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exhaustion, "FIRST_PAUSE", PATIENCE)
    endpoint = FlakyTCP()
    with running(Server(endpoint, upper, Threads(), config=config)) as run:
        address = run.server.server_address
        with connect(address) as first:
            first.sendall(b"x")
            assert first.recv(1) == b"X"
            endpoint.listener.failures.append(errno.EMFILE)
            with connect(address) as waiting:
                waiting.sendall(b"y")
                deadline = time.monotonic() + PATIENCE
                while endpoint.listener.failures and time.monotonic() < deadline:
                    time.sleep(0.001)
                ended = time.monotonic()
                first.close()
                assert waiting.recv(1) == b"Y"
                assert time.monotonic() - ended < PATIENCE / 4, "it has not waited for the end of the pause"


class Always(BaseDispatcher):
    has_capacity = True

    def process_request(self, request: Any, client_address: Any, /) -> None:
        raise AssertionError("nothing is dispatched here")


def test_acceptor_stopped_in_a_pause_does_not_accept_again() -> None:
    endpoint = FlakyTCP(errno.EMFILE)
    with Server(endpoint, upper) as server, connect(server.server_address):
        run = Run(server)
        deadline = time.monotonic() + PATIENCE
        while not endpoint.listener.attempts and time.monotonic() < deadline:
            time.sleep(0.001)
        server.shutdown()
        run.join()
        assert run.result is None
        assert len(endpoint.listener.attempts) == 1


@pytest.mark.parametrize("number", [errno.EBADF, errno.EINVAL, errno.ENOTSOCK])
def test_acceptor_fatal_error_ends_serving_and_is_raised(number: int, config: ServerConfig) -> None:
    with Server(FlakyTCP(number), upper, config=config) as server, connect(server.server_address):
        with pytest.raises(OSError) as raised:
            server.serve_forever()
        assert raised.value.errno == number


class Turnstile(BaseStrategy, BaseDispatcher):
    """A strategy with a bound that the test sets; it is its own dispatcher."""

    def __init__(self) -> None:
        self.has_capacity = False
        self.processor: RequestProcessor[object] | None = None
        self.taken: list[tuple[Any, Any]] = []

    def start(self, processor: RequestProcessor[object], _reactor: Any, /) -> Dispatcher:
        self.processor = processor
        return self

    def process_request(self, request: Any, client_address: Any, /) -> None:
        self.taken.append((request, client_address))
        self.has_capacity = False

    def let_one_in(self) -> None:
        assert self.processor is not None
        self.has_capacity = True
        request, client_address = self.taken.pop() if self.taken else (None, None)
        if request is not None:
            self.processor.close_request(request)
        self.processor.release(request, client_address, None)

    def close(self, _timeout: float | None = None, /) -> int:
        while self.taken:
            self.let_one_in()
        return 0


def test_acceptor_accepts_only_while_there_is_capacity(config: ServerConfig) -> None:
    turnstile = Turnstile()
    with Server(TCP(port=0), upper, turnstile, config=config) as server:
        clients = [connect(server.server_address) for _ in range(3)]
        run = Run(server)
        used = time.process_time()
        for client in clients:
            client.settimeout(0.05)
            with pytest.raises(TimeoutError):
                client.recv(1)
            turnstile.let_one_in()
            deadline = time.monotonic() + PATIENCE
            while not turnstile.taken and time.monotonic() < deadline:
                time.sleep(0.001)
            assert len(turnstile.taken) == 1
        assert time.process_time() - used < 0.15, "it waits without using the processor"
        for client in clients:
            client.close()
        server.shutdown()
        run.join()


def test_acceptor_sees_a_release_that_comes_while_it_pauses() -> None:
    class Hesitant(Always):
        answers = iter([False, True])

        @property
        def has_capacity(self) -> bool:  # type: ignore[override]  # the same name, computed at each access
            return next(self.answers, True)

    reactor = SelectorReactor()
    accepted = threading.Event()
    listener = TCP(port=0).listen()

    def accept(request: Any, _client_address: object) -> None:
        request.close()
        accepted.set()
        reactor.stop()

    acceptor = Acceptor(listener, Hesitant(), reactor, accepted=accept, failed=unexpected, batch=1)
    acceptor.start()
    with connect(listener.server_address):
        reactor.run_forever()
    assert accepted.is_set()
    acceptor.stop()
    acceptor.look_again()
    listener.close()
    reactor.close()


@pytest.mark.parametrize("strategy", [Threads(), Forks()], ids=repr)
def test_acceptor_batch_serves_a_burst_completely(strategy: Any, config: ServerConfig) -> None:
    small = ServerConfig(accept_batch=3, reactor_factory=config.reactor_factory)
    with Server(TCP(port=0), upper, strategy, config=small) as server:
        clients = [connect(server.server_address) for _ in range(10)]
        run = Run(server)
        for client in clients:
            client.sendall(b"x")
        assert [client.recv(1) for client in clients] == [b"X"] * 10
        for client in clients:
            client.close()
        server.shutdown()
        run.join()
