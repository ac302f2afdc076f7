"""registered(): what an rpcbind hears of servers, while they serve, when they end, and when it was started again."""

import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from tests.rpc_peers import PROGRAM, Connection, accepted, stream_server
from tests.running import PATIENCE, running
from typedserver import (
    TCP,
    UDP,
    ConnectError,
    Multiplexed,
    Prefork,
    RecipeError,
    Server,
    Stream,
    UnixDatagram,
    UnixStream,
    datagram_handler,
    inet_address,
    stream_handler,
)
from typedserver.rpc.clients import UnixClient
from typedserver.rpc.errors import RegistrationRefused
from typedserver.rpc.programs import Program, Version
from typedserver.rpc.registration import registered
from typedserver.rpc.rpcbind_protocol import Rpcb, RpcbindV4Client
from typedserver.rpc.rpcbind_server import rpcbind_server

HOST = "127.0.0.1"

FIRST: Program = Version[object]("FIRST", PROGRAM, 1, {}).served_by(object())
SECOND: Program = Version[object]("SECOND", PROGRAM, 2, {}).served_by(object())


@stream_handler
async def handler(stream: Stream) -> None:
    await stream.read()


@datagram_handler
def answer(data: bytes) -> bytes:
    return data


def tcp_server(host: str = HOST, *, dual_stack: bool = False) -> Server[Any, Any]:
    return Server(TCP(host=host, port=0, dual_stack=dual_stack), handler, strategy=Multiplexed())


@contextmanager
def binder_at(path: Path) -> Generator[None, None, None]:
    with running(rpcbind_server(port=0, path=str(path))):
        yield


@pytest.fixture
def path(tmp_path: Path) -> Generator[Path, None, None]:
    with binder_at(tmp_path / "rpcbind.sock"):
        yield tmp_path / "rpcbind.sock"


def known(path: Path) -> set[tuple[int, str, str]]:
    """Return what is registered of the tests' program: version, transport and address."""
    with UnixClient(str(path)) as client:
        entries = [each.rpcb_map for each in RpcbindV4Client(client).dump()]
    return {(each.r_vers, each.r_netid, each.r_addr) for each in entries if each.r_prog == PROGRAM}


def set_by_hand(path: Path, *entries: Rpcb) -> None:
    with UnixClient(str(path)) as client:
        for entry in entries:
            assert RpcbindV4Client(client).set(entry)


def until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def universal(server: Server[Any, Any], host: str = HOST) -> str:
    port = inet_address(server)[1]
    return f"{host}.{port >> 8}.{port & 255}"


def test_each_program_is_registered_at_each_server_while_the_block_runs(path: Path, tmp_path: Path) -> None:
    stream = tcp_server()
    datagrams = Server(UDP(host=HOST, port=0), answer)
    local = Server(UnixStream(str(tmp_path / "own.sock")), handler, strategy=Multiplexed())
    with stream, datagrams, local:
        with registered([FIRST, SECOND], [stream, datagrams, local], rpcbind=str(path)):
            assert known(path) == {
                (version, netid, address)
                for version in (1, 2)
                for netid, address in (
                    ("tcp", universal(stream)),
                    ("udp", universal(datagrams)),
                    ("local", str(tmp_path / "own.sock")),
                )
            }
        assert known(path) == set()


def test_it_registers_over_tcp_as_well(tmp_path: Path) -> None:
    with running(rpcbind_server(port=0, path=None)) as run, tcp_server() as server:
        address = (HOST, inet_address(cast("Server[Any, Any]", run.server.servers[0]))[1])
        with registered([FIRST], [server], rpcbind=address):
            pass


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_a_server_of_both_families_is_registered_for_both(path: Path) -> None:
    with (
        tcp_server("::", dual_stack=True) as both,
        tcp_server("::1") as one,
        tcp_server("") as old,
        registered([FIRST], [both], rpcbind=str(path)),
        registered([SECOND], [one, old], rpcbind=str(path)),
    ):
        assert known(path) == {
            (1, "tcp6", universal(both, "::")),
            (1, "tcp", universal(both, "0.0.0.0")),
            (2, "tcp6", universal(one, "::1")),
            (2, "tcp", universal(old, "0.0.0.0")),
        }


def test_what_a_crashed_server_has_left_is_replaced_and_other_transports_are_left_alone(path: Path) -> None:
    left = Rpcb(PROGRAM, 1, "tcp", "127.0.0.1.0.1", "")
    others = Rpcb(PROGRAM, 1, "udp", "127.0.0.1.0.2", "")
    set_by_hand(path, left, others)
    with tcp_server() as server, registered([FIRST], [server], rpcbind=str(path)):
        assert known(path) == {(1, "tcp", universal(server)), (1, "udp", "127.0.0.1.0.2")}
    assert known(path) == {(1, "udp", "127.0.0.1.0.2")}


def test_all_is_taken_back_when_the_first_server_drains(path: Path) -> None:
    first, second = tcp_server(), Server(UDP(host=HOST, port=0), answer)
    with running(first), running(second), registered([FIRST], [first, second], rpcbind=str(path)):
        assert len(known(path)) == 2
        first.request_drain()
        until(lambda: known(path) == set())


def test_all_is_taken_back_when_a_server_was_closed(path: Path) -> None:
    with (
        tcp_server() as first,
        tcp_server() as second,
        registered([FIRST], [first], rpcbind=str(path)),
        registered([SECOND], [second], rpcbind=str(path)),
    ):
        first.server_close()
        until(lambda: {version for version, _, _ in known(path)} == {2})


def test_a_server_that_drains_already_is_not_left_registered(path: Path) -> None:
    with tcp_server() as server:
        server.request_drain()
        with registered([FIRST], [server], rpcbind=str(path)):
            until(lambda: known(path) == set())


def test_all_is_registered_again_when_rpcbind_was_started_again(tmp_path: Path) -> None:
    path = tmp_path / "rpcbind.sock"
    with tcp_server() as server, ExitStack() as stack:
        with binder_at(path):
            stack.enter_context(registered([FIRST], [server], rpcbind=str(path)))
            assert known(path) == {(1, "tcp", universal(server))}
        with binder_at(path):
            until(lambda: known(path) == {(1, "tcp", universal(server))})
            stack.close()
            assert known(path) == set()


def test_an_rpcbind_that_has_gone_holds_up_nobody(tmp_path: Path) -> None:
    path = tmp_path / "rpcbind.sock"
    with tcp_server() as server, ExitStack() as stack:
        with binder_at(path):
            stack.enter_context(registered([FIRST], [server], rpcbind=str(path)))
        begun = time.monotonic()
        stack.close()
        assert time.monotonic() - begun < 5


def test_without_an_rpcbind_it_is_said_at_once(tmp_path: Path) -> None:
    with tcp_server() as server:
        for rpcbind in (str(tmp_path / "nobody"), (HOST, 1)):
            with pytest.raises(ConnectError, match="no rpcbind"), registered([FIRST], [server], rpcbind=rpcbind):
                pass


def test_what_another_owner_has_registered_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    """Rpcbind over TCP knows no owner, so what was registered by its socket is not its to replace."""
    path = tmp_path / "rpcbind.sock"
    with running(rpcbind_server(port=0, path=str(path))) as run, tcp_server() as server:
        set_by_hand(path, Rpcb(PROGRAM, 2, "tcp", "127.0.0.1.0.1", ""))
        address = (HOST, inet_address(cast("Server[Any, Any]", run.server.servers[0]))[1])
        with (
            pytest.raises(RegistrationRefused, match="version 2"),
            registered([FIRST, SECOND], [server], rpcbind=address),
        ):
            pass
        assert known(path) == {(2, "tcp", "127.0.0.1.0.1")}


def test_a_port_mapper_is_told_in_its_version(path: Path) -> None:
    came: list[tuple[int, bytes]] = []

    def port_mapper(connection: Connection) -> None:
        for call in connection.calls():
            if call.version > 2:
                connection.answer(accepted(call.xid, 2, b"\0\0\0\2\0\0\0\2"))
            else:
                came.append((call.procedure, call.argument))
                connection.answer(accepted(call.xid, 0, b"\0\0\0\1"))

    with stream_server(port_mapper) as port, tcp_server() as server:
        bound = inet_address(server)[1]
        with registered([FIRST], [server], rpcbind=(HOST, port)):
            pass
    numbers = [(procedure, tuple(memoryview(argument).cast("B")[12:16])) for procedure, argument in came]
    assert [procedure for procedure, _ in numbers] == [2, 1, 2]
    assert numbers[1][1] == tuple(bound.to_bytes(4, "big"))


def test_a_server_of_unix_datagrams_is_refused(path: Path, tmp_path: Path) -> None:
    with (
        Server(UnixDatagram(str(tmp_path / "datagrams")), answer) as server,
        pytest.raises(RecipeError, match="cannot be registered"),
        registered([FIRST], [server], rpcbind=str(path)),
    ):
        pass


def test_a_prefork_is_registered_once_and_until_it_drains(path: Path) -> None:
    seen: list[set[tuple[int, str, str]]] = []
    server = tcp_server()
    prefork = Prefork(server, 2)
    with prefork, registered([FIRST], [prefork], rpcbind=str(path)):
        expected = {(1, "tcp", universal(server))}

        def stop() -> None:
            seen.append(known(path))
            prefork.request_drain()

        prefork.when_ready(lambda: threading.Thread(target=stop).start())
        prefork.serve_forever()
        until(lambda: known(path) == set())
    assert seen == [expected]
