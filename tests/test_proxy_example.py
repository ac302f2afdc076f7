"""The proxy of the examples, run as its docstring says, with real clients: many megabytes both ways, and half-close."""

import hashlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager

import pytest
from examples.proxy import STRATEGIES, Proxy

from tests.running import PATIENCE, connect, running
from typedserver import inet_address

MEGABYTES = os.urandom(1 << 20) * 12

Backend = Callable[[socket.socket], None]


@contextmanager
def backend(answer: Backend) -> Generator[int, None, None]:
    """Answer connections in threads; yields the port."""
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(PATIENCE)
            answer(connection)

    def accept() -> None:
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=serve, args=(connection,)))
            threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads.append(threading.Thread(target=accept))
        threads[0].start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join(PATIENCE)


Running = Callable[[int], AbstractContextManager[int]]


@pytest.fixture(params=list(STRATEGIES))
def proxy(request: pytest.FixtureRequest) -> Running:
    @contextmanager
    def serve(target: int) -> Generator[int, None, None]:
        with running(Proxy(0, ("127.0.0.1", target), STRATEGIES[request.param]())) as run:
            yield inet_address(run.server)[1]

    return serve


def echo(connection: socket.socket) -> None:
    while data := connection.recv(1 << 18):
        connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)


def digest(connection: socket.socket) -> None:
    """Answer when the client has ended its side, and not before."""
    found = hashlib.sha256()
    while data := connection.recv(1 << 18):
        found.update(data)
    connection.sendall(found.hexdigest().encode())


def greet_and_digest(connection: socket.socket) -> None:
    """End the own side first, and read on."""
    connection.sendall(b"hello")
    connection.shutdown(socket.SHUT_WR)
    digests.append(hashlib.sha256(b"".join(iter(lambda: connection.recv(1 << 18), b""))).hexdigest())
    ended.set()


digests: list[str] = []
ended = threading.Event()


def output(data: bytes, *command: str) -> bytes:
    return subprocess.run(command, input=data, capture_output=True, check=True, timeout=PATIENCE).stdout


@pytest.mark.parametrize("client", [("socat", "-t20", "-", "TCP:127.0.0.1:{}"), ("nc", "-N", "127.0.0.1", "{}")])
def test_megabytes_come_back_as_they_were(proxy: Running, client: tuple[str, ...]) -> None:
    with backend(echo) as target, proxy(target) as port:
        assert output(MEGABYTES, *(part.format(port) for part in client)) == MEGABYTES


def test_end_of_the_client_reaches_the_target_and_its_answer_comes_back(proxy: Running) -> None:
    with backend(digest) as target, proxy(target) as port:
        answer = output(MEGABYTES, "socat", "-t20", "-", f"TCP:127.0.0.1:{port}")
    assert answer.decode() == hashlib.sha256(MEGABYTES).hexdigest()


def test_end_of_the_target_reaches_the_client_which_may_send_on(proxy: Running) -> None:
    digests.clear()
    ended.clear()
    with backend(greet_and_digest) as target, proxy(target) as port, connect(("127.0.0.1", port)) as client:
        assert client.recv(100) == b"hello"
        assert client.recv(100) == b""
        client.sendall(MEGABYTES)
        client.shutdown(socket.SHUT_WR)
        assert ended.wait(PATIENCE)
    assert digests == [hashlib.sha256(MEGABYTES).hexdigest()]


def test_many_clients_are_served_at_once(proxy: Running) -> None:
    with backend(echo) as target, proxy(target) as port:
        clients = [connect(("127.0.0.1", port)) for _ in range(20)]
        for number, client in enumerate(clients):
            client.sendall(f"client {number}\n".encode())
        for number, client in enumerate(clients):
            assert client.recv(100) == f"client {number}\n".encode()
            client.close()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_proxy_runs_as_a_program_and_says_that_its_target_is_not_there(strategy: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        target = closed.getsockname()[1]
    command = [sys.executable, "-m", "examples.proxy", "0", f"127.0.0.1:{target}", "--strategy", strategy]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        port = int(process.stdout.readline().split()[1])
        with connect(("127.0.0.1", port)) as client:
            assert client.recv(100) == b""
    finally:
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "Connection refused" in said
    assert "Traceback" not in said


def test_reset_of_a_client_ends_the_other_side(proxy: Running) -> None:
    ended.clear()

    def until_end(connection: socket.socket) -> None:
        connection.sendall(b"hello")
        connection.recv(100)
        ended.set()

    with backend(until_end) as target, proxy(target) as port:
        client = connect(("127.0.0.1", port))
        assert client.recv(100) == b"hello"
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        socket.socket.close(client)
        assert ended.wait(PATIENCE)
