"""Addresses that mean another thing than they seem to: mapped, of a link, abstract, and by links to folders."""

import os
import signal
import socket
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.reactors import REACTORS
from tests.reliability.programs import Program
from tests.running import PATIENCE, connect, running
from tests.test_endpoints_tcp import ipv6
from tests.test_hot_restart import HOST, PROGRAM, Service, wait_for_end

from typedserver import (
    TCP,
    UDP,
    Asyncio,
    DatagramRequest,
    Forks,
    Limits,
    Multiplexed,
    Prefork,
    Server,
    ServerConfig,
    Stream,
    Threads,
    UnixDatagram,
    UnixStream,
    stream_handler,
)

# Peers


@ipv6
def test_ipv4_peers_of_a_dual_stack_udp_server_have_a_limit_each() -> None:
    go = threading.Event()

    def answer(request: DatagramRequest, client_address: Any, _server: object) -> None:
        go.wait(PATIENCE)
        request[1].sendto(b"ok", client_address)

    config = ServerConfig(limits=Limits(per_peer=1))
    server = Server(UDP(port=0, host="::", dual_stack=True), answer, Threads(), config=config)
    clients = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(4)]
    with running(server):
        port = server.server_address[1]
        for number, client in enumerate(clients, 1):
            client.settimeout(PATIENCE)
            client.bind((f"127.0.0.{number}", 0))
            client.sendto(b"?", ("127.0.0.1", port))
        go.set()
        assert [client.recv(10) for client in clients] == [b"ok"] * len(clients)
    for client in clients:
        client.close()


@ipv6
def test_ipv4_peer_of_a_dual_stack_tcp_server_has_one_limit_and_others_have_theirs() -> None:
    @stream_handler
    async def greet(stream: Stream) -> None:
        await stream.write(b"!")
        await stream.read()

    config = ServerConfig(limits=Limits(per_peer=1))
    with running(Server(TCP(port=0, host="::", dual_stack=True), greet, Multiplexed(), config=config)) as run:
        port = run.server.server_address[1]
        with connect(("127.0.0.1", port)) as one, connect(("::1", port)) as other, connect(("127.0.0.1", port)) as more:
            assert one.recv(1) == other.recv(1) == b"!"
            assert more.recv(1) == b""


# Abstract names


@stream_handler
async def answer(stream: Stream) -> None:
    await stream.write((await stream.readline()).upper())


class Askers:
    """Clients that connect and ask without a pause until they are refused."""

    def __init__(self, address: Any, count: int = 8) -> None:
        self.address = address
        self.lost: list[str] = []
        self.answered = 0
        self.busy = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def _ask(self) -> None:
        while True:
            try:
                client = connect(self.address)
            except OSError:
                return
            with client:
                try:
                    client.sendall(b"x\n")
                    answer = client.recv(100)
                except OSError as error:
                    self.lost.append(repr(error))
                else:
                    if not answer.endswith(b"\n"):
                        self.lost.append(repr(answer))
            self.answered += 1
            if self.answered > 100:
                self.busy.set()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()


def multiplexed(config: ServerConfig, path: str) -> Any:
    return Server(UnixStream(path), answer, Multiplexed(), config=config)


def servers() -> dict[str, Callable[[str], Any]]:
    return {
        **{
            f"multiplexed-{loop}": partial(multiplexed, ServerConfig(reactor_factory=make_loop))
            for loop, make_loop in REACTORS.items()
        },
        "asyncio": lambda path: Server(UnixStream(path), answer, Asyncio()),
        "threads": lambda path: Server(UnixStream(path), answer, Threads()),
        "forks": lambda path: Server(UnixStream(path), answer, Forks()),
        "prefork": lambda path: Prefork(Server(UnixStream(path), answer, Multiplexed()), 2),
    }


@pytest.mark.parametrize("abstract", [True, False], ids=["abstract", "file"])
@pytest.mark.parametrize("make", servers().values(), ids=servers())
def test_drain_of_a_unix_socket_under_load_loses_nothing(
    make: Callable[[str], Any], tmp_path: Path, abstract: bool
) -> None:
    path = str(tmp_path / "s")
    server = make("\0" + path if abstract else path)
    with running(server) as run:
        askers = Askers("\0" + path if abstract else path)
        assert askers.busy.wait(PATIENCE)
        server.request_drain(PATIENCE)
        run.join()
        askers.join()
    assert askers.lost == []
    assert not os.path.exists(path)


@pytest.mark.parametrize("path", ["\0typedserver-settled-{pid}", "{folder}/s"], ids=["abstract", "file"])
def test_withdrawn_unix_listener_gives_what_waits_and_refuses_at_once(path: str, tmp_path: Path) -> None:
    path = path.format(pid=os.getpid(), folder=tmp_path)
    listener = UnixStream(path).listen()
    clients = [connect(path) for _ in range(3)]
    assert listener.withdraw() == "settled"
    with pytest.raises((ConnectionRefusedError, FileNotFoundError)):
        connect(path)
    for client in clients:
        request, _ = listener.get_request()
        request.sendall(b"x")
        assert client.recv(1) == b"x"
        request.close()
        client.close()
    with pytest.raises(BlockingIOError):
        listener.get_request()
    listener.close()


def test_client_that_waits_for_room_in_the_queue_is_refused_at_the_withdrawal(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    listener = UnixStream(path, backlog=1).listen()
    waiting = [connect(path), connect(path)]
    refused = threading.Event()

    def wait_for_room() -> None:
        try:
            connect(path).close()
        except OSError:
            refused.set()

    thread = threading.Thread(target=wait_for_room)
    thread.start()
    # Whether it waits by now or comes later, it is refused.
    assert listener.withdraw() == "settled"
    for client in waiting:
        listener.get_request()[0].close()
        client.close()
    assert refused.wait(PATIENCE)
    thread.join()
    listener.close()


def test_drain_of_a_program_with_an_abstract_name_is_over_at_once() -> None:
    name = f"typedserver-program-{os.getpid()}"
    source = f"""
from typedserver import Multiplexed, Server, UnixStream, stream_handler
@stream_handler
async def answer(stream):
    await stream.write((await stream.readline()).upper())
server = Server(UnixStream("\\0{name}"), answer, Multiplexed())
server.open()
print("up", flush=True)
raise SystemExit(server.run())
"""
    with Program(["-c", source]) as program:
        assert program.hear_line() == b"up"
        askers = Askers(f"\0{name}")
        assert askers.busy.wait(PATIENCE)
        assert program.end(signal.SIGTERM) == 0
        askers.join()
    assert askers.lost == []


# Addresses that the new version does not serve


@pytest.mark.parametrize("left", ["tcp", "unix"])
def test_hot_restart_into_a_version_that_serves_fewer_addresses_loses_nothing(tmp_path: Path, left: str) -> None:
    with Service(tmp_path, "group") as service:
        served: Any = (HOST, service.port)
        dropped: Any = str(service.path)
        if left == "tcp":
            served, dropped = dropped, served
        askers = Askers(dropped)
        assert askers.busy.wait(PATIENCE)
        service.write(PROGRAM.replace("group =", f"group = {'tcp' if left == 'unix' else 'unix_as_well'} #"))
        before = service.restart()
        askers.join()
        wait_for_end(before)
        assert askers.lost == []
        assert service.ask(served) == service.pid
        with pytest.raises(OSError, match=r"refused|No such file"):
            connect(dropped)
        assert service.path.exists() is (left == "tcp")
        service.stop()


# Folders that a link leads to


@pytest.mark.parametrize("kind", [UnixStream, UnixDatagram])
@pytest.mark.parametrize("name", ["current/s", "current/../r1/s", "outer/current/s"])
def test_file_is_removed_from_the_folder_that_a_link_led_to_when_it_was_bound(
    kind: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for release in ("r1", "r2"):
        (tmp_path / release).mkdir()
    (tmp_path / "current").symlink_to("r1")
    (tmp_path / "outer").symlink_to(".")
    monkeypatch.chdir(tmp_path)
    listener = kind(name).listen()
    assert (tmp_path / "r1" / "s").is_socket()
    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to("r2")
    (tmp_path / "outer").unlink()
    monkeypatch.chdir("/")
    listener.close()
    assert not (tmp_path / "r1" / "s").exists()
    assert listener.server_address == name
