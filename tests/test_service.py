"""A server as a service: it reports that it is ready, that its loop turns, and that it is stopping."""

import http.server
import os
import signal
import socket
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from tests.reactors import REACTORS
from tests.running import PATIENCE, Run, ask, connect
from typedserver import (
    TCP,
    Asyncio,
    CrashLoop,
    Forks,
    Group,
    Multiplexed,
    Prefork,
    Server,
    ServerConfig,
    Threads,
    inet_address,
    stream_handler,
)
from typedserver.service import notify
from typedserver.service.announced import announced


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[socket.socket, None, None]:
    """The service manager's socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.settimeout(PATIENCE)
        made.bind(f"\0{tmp_path}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{tmp_path}")
        yield made


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the watchdog so that the service sends a sign of life five times a second."""
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))


def upper(request: socket.socket, _client_address: object, _server: object) -> None:
    request.sendall(request.recv(100).upper())


@stream_handler
async def upper_as_well(stream: Any) -> None:
    await stream.write((await stream.readline()).upper())


SERVERS: dict[str, Callable[[], Any]] = {
    "server": lambda: Server(TCP(port=0), upper),
    "uvloop": lambda: Server(TCP(port=0), upper, config=ServerConfig(reactor_factory=REACTORS["uvloop"])),
    "asyncio": lambda: Server(TCP(port=0), upper_as_well, Asyncio()),
    "group": lambda: Group([Server(TCP(port=0), upper, Threads()), Server(TCP(port=0), upper_as_well, Multiplexed())]),
    "prefork": lambda: Prefork(Server(TCP(port=0), upper), 2),
    "prefork of a group": lambda: Prefork(Group([Server(TCP(port=0), upper)]), 2),
    "group of preforks": lambda: Group([Prefork(Server(TCP(port=0), upper), 1) for _ in range(2)]),
    "group of a foreign": lambda: Group(
        [http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler), Server(TCP(port=0), upper)]
    ),
    "prefork of a foreign": lambda: Prefork(
        http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler), 2
    ),
}


@pytest.mark.parametrize("kind", SERVERS)
def test_service_is_ready_lives_and_ends(kind: str, manager: socket.socket, watched: None) -> None:
    server = SERVERS[kind]()
    with announced(server, notify.ready):
        run = Run(server)
        assert manager.recv(100) == b"READY=1"
        for _ in range(3):
            assert manager.recv(100) == b"WATCHDOG=1"
        server.shutdown()
        run.join()
        server.server_close()
    assert run.result is None
    message = manager.recv(100)
    while message == b"WATCHDOG=1":
        message = manager.recv(100)
    assert message == b"STOPPING=1"


def test_service_that_is_asked_to_drain_says_so_once_and_at_once(manager: socket.socket) -> None:
    server = Server(TCP(port=0), upper)
    with announced(server, notify.ready):
        run = Run(server)
        assert manager.recv(100) == b"READY=1"
        for _ in range(2):
            server.request_drain()
        assert manager.recv(100) == b"STOPPING=1"
        run.join()
        server.server_close()
    manager.setblocking(False)
    with pytest.raises(BlockingIOError):
        manager.recv(100)


def test_service_is_its_own_process_and_not_a_forked_child(manager: socket.socket) -> None:
    def hold(request: socket.socket, _client_address: object, _server: object) -> None:
        request.sendall(b"held")
        request.recv(1)

    server = Server(TCP(port=0), hold, Forks())
    with announced(server, notify.ready):
        run = Run(server)
        assert manager.recv(100) == b"READY=1"
        with connect(server.server_address) as client:
            assert client.recv(4) == b"held"
            server.request_drain()
            assert manager.recv(100) == b"STOPPING=1"
            # Longer than the child takes to hear of the drain as well.
            manager.settimeout(0.3)
            with pytest.raises(TimeoutError):
                manager.recv(100)
            client.sendall(b"x")
            assert client.recv(1) == b""
        run.join()
        server.server_close()


def test_service_without_a_watchdog_sends_no_sign_of_life(manager: socket.socket) -> None:
    server = Server(TCP(port=0), upper)
    with announced(server, notify.ready):
        run = Run(server)
        assert manager.recv(100) == b"READY=1"
        assert ask(server.server_address, b"a") == b"A"
        server.shutdown()
        run.join()
        server.server_close()
    assert manager.recv(100) == b"STOPPING=1"


def test_service_whose_loop_hangs_falls_silent(manager: socket.socket, watched: None) -> None:
    release, held = socket.socketpair()

    def hang(_request: object, _client_address: object, _server: object) -> None:
        held.recv(1)

    server = Server(TCP(port=0), hang)
    with release, held, announced(server, notify.ready):
        run = Run(server)
        assert manager.recv(100) == b"READY=1"
        with socket.create_connection(inet_address(server)):
            manager.settimeout(0.5)
            with pytest.raises(TimeoutError):
                while True:
                    assert manager.recv(100) == b"WATCHDOG=1"
            release.send(b"x")
            manager.settimeout(PATIENCE)
            assert manager.recv(100) == b"WATCHDOG=1"
        server.shutdown()
        run.join()
        server.server_close()


def test_service_that_cannot_open_is_never_ready(manager: socket.socket) -> None:
    ready: list[bool] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = Server(TCP(port=taken.getsockname()[1]), upper)
        with pytest.raises(OSError), announced(server, lambda: ready.append(True)):
            server.serve_forever()
    server.server_close()
    assert not ready


def test_service_whose_workers_end_at_once_is_never_ready(manager: socket.socket) -> None:
    def end() -> Any:
        os._exit(3)

    ready: list[bool] = []
    server = Prefork(Server(TCP(port=0), upper, config=ServerConfig(reactor_factory=end)), 1, start_retries=0)
    with pytest.raises(CrashLoop), announced(server, lambda: ready.append(True)):
        server.serve_forever()
    server.server_close()
    assert not ready


def test_service_is_ready_once_however_many_workers_follow(manager: socket.socket) -> None:
    ready: list[float] = []
    server = Prefork(Server(TCP(port=0), upper), 1)
    with announced(server, lambda: ready.append(time.monotonic())):
        run = Run(server)
        for _ in range(3):
            assert ask_patiently(server, b"a") == b"A"
            (pid,) = server.pids
            os.kill(pid, signal.SIGKILL)
            deadline = time.monotonic() + PATIENCE
            while not server.pids or server.pids == (pid,):
                assert time.monotonic() < deadline
                time.sleep(0.005)
        assert ask_patiently(server, b"a") == b"A"
        server.shutdown()
        run.join()
        server.server_close()
    assert len(ready) == 1


def ask_patiently(server: Any, data: bytes) -> bytes:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return ask(server.server_address, data)
        except Exception:
            assert time.monotonic() < deadline
            time.sleep(0.01)
