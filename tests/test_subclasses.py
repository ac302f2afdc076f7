"""What a subclass overrides is called, and what it names for itself stays its own."""

import os
import socket
import threading
from typing import Any

import pytest

from tests.running import PATIENCE, Run, ask_datagram, connect, running
from typedserver import (
    TCP,
    UDP,
    DrainReport,
    Group,
    Inline,
    ListenerWrapper,
    Prefork,
    Server,
    State,
    StreamConfig,
    StreamRequestHandler,
    Threads,
    datagram_handler,
)
from typedserver.endpoints.bases import EndpointWrapper


def who(request: socket.socket, _client_address: object, _server: object) -> None:
    request.sendall(b"%d\n" % os.getpid())


class Asked(Server[Any, Any]):
    """Notes what it was asked."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.asked: list[object] = []

    def request_stop(self) -> None:
        self.asked.append("stop")
        super().request_stop()

    def request_drain(self, deadline: float | None = None) -> None:
        self.asked.append(deadline)
        super().request_drain(deadline)


def test_overridden_request_drain_is_called_by_drain() -> None:
    server = Asked(TCP(port=0), who)
    with running(server) as run:
        run.server.drain(PATIENCE)
    assert server.asked[0] == PATIENCE


def test_overridden_request_stop_is_called_by_shutdown() -> None:
    server = Asked(TCP(port=0), who)
    with running(server):
        server.shutdown()
        assert server.asked == ["stop"]


def test_overridden_request_stop_is_called_by_a_close_while_it_serves() -> None:
    server = Asked(TCP(port=0), who)
    with running(server):
        server.server_close()
        assert server.asked == ["stop"]


def test_datagrams_that_an_overridden_process_request_passes_on_are_over_when_they_are_served() -> None:
    class Passes(Server[Any, Any]):
        def process_request(self, request: Any, client_address: Any, /) -> None:
            super().process_request(request, client_address)

    @datagram_handler
    def echo(packet: bytes, _address: object) -> bytes:
        return packet

    with running(Passes(UDP(port=0), echo, Inline())) as run:
        for _ in range(5):
            assert ask_datagram(run.server.server_address, b"x") == b"x"
        report = run.server.drain(PATIENCE)
    assert (report.cut, report.left) == ((), 0)


def test_workers_of_a_subclass_that_has_a_drain_report_of_its_own_report_their_drain() -> None:
    class Reports(Server[Any, Any]):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            vars(self)["drain_report"] = "mine"

    prefork = Prefork(Reports(TCP(port=0), who), 1).open()
    run = Run(prefork)
    assert ask_for_pid(prefork.server_address) != os.getpid()
    report = prefork.drain(PATIENCE)
    run.join()
    assert isinstance(report, DrainReport)
    assert report.left == 0


def test_server_that_was_suspended_before_its_prefork_serves_accepts_nothing() -> None:
    suspended, other = (Server[Any, Any](TCP(port=0), who, Threads()) for _ in range(2))
    suspended.suspend()
    with running(Prefork(Group([suspended, other]), 1)), connect(suspended.server_address) as client:
        # Its worker has begun.
        assert ask_for_pid(other.server_address) != os.getpid()
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(1)


def ask_for_pid(address: Any) -> int:
    with connect(address) as client, client.makefile("rb") as answers:
        return int(answers.readline())


def test_prefork_calls_no_ready_callback_once_it_has_left_its_loop() -> None:
    for _ in range(5):
        calls: list[tuple[State, bool]] = []
        prefork = Prefork(Server(TCP(port=0), who), 1).open()
        run = Run(prefork)

        def ready(prefork: Any = prefork, run: Any = run, calls: Any = calls) -> None:
            calls.append((prefork.state, threading.current_thread() is run.thread))

        prefork.when_ready(ready)
        prefork.request_stop()
        run.join()
        prefork.server_close()
        assert all(in_loop for _, in_loop in calls)


def test_setup_may_set_the_config_of_a_stream_handler() -> None:
    failures: list[BaseException] = []

    class Hasty(StreamRequestHandler[Any, Any]):
        def setup(self) -> None:
            self.config = StreamConfig(timeout=0.05)
            super().setup()

        def handle(self) -> None:
            try:
                self.rfile.read(1)
            except TimeoutError as error:
                failures.append(error)

    with running(Server(TCP(port=0), Hasty, Threads())) as run, connect(run.server.server_address) as client:
        assert client.recv(1) == b""
    assert len(failures) == 1


def test_listener_that_is_closed_is_not_left_in_a_forked_child() -> None:
    left: list[object] = []

    class Noting(ListenerWrapper[Any, Any]):
        def leave_in_child(self, request: object, /) -> None:
            left.append(request)
            super().leave_in_child(request)

    class NotingTCP(EndpointWrapper[Any, Any]):
        @property
        def inner(self) -> TCP:
            return TCP(port=0)

        def listen(self) -> Any:
            return Noting(self.inner.listen())

    server = Server[Any, Any](NotingTCP(), who).open()
    server.server_close()
    server.__lifetime__.servable.listener.leave_in_child(None)
    assert left == []
