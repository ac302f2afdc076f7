"""The embedded rpcbind: what it answers in each version and over each transport, and whom it believes."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from tests.rpc_peers import PROGRAM, Connection, accepted, doubling, stream_server
from tests.running import PATIENCE, ask, running
from typedserver import TCP, Group, Multiplexed, Server, Stream, inet_address, stream_handler
from typedserver.protocols.requests import Address
from typedserver.rpc import rpcgen, xdr
from typedserver.rpc.client_faces import BlockingClient
from typedserver.rpc.clients import AsyncTCPClient, TCPClient, UDPClient, UnixClient
from typedserver.rpc.errors import AuthenticationRefused, NotRegistered
from typedserver.rpc.programs import AuthStat, Call, Denied
from typedserver.rpc.rpcbind_protocol import (
    CallArgs,
    Mapping,
    Netbuf,
    PmaplistEntry,
    PortmapV2Client,
    Rpcb,
    RpcbEntry,
    RpcbindV3Client,
    RpcbindV4Client,
    RpcbRmtcallargs,
)
from typedserver.rpc.rpcbind_registry import Registry
from typedserver.rpc.rpcbind_server import rpcbind_server
from typedserver.rpc.rpcbind_service import programs_of

HOST = "127.0.0.1"
ROOT = Path(rpcgen.__file__).parent


class Binder:
    """An rpcbind that serves, and clients of it."""

    def __init__(self, group: Group, path: str) -> None:
        self.path = path
        self.port = inet_address(cast("Server[Any, Any]", group.servers[0]))[1]

    def clients(self) -> list[BlockingClient]:
        return [UnixClient(self.path), TCPClient(HOST, self.port), UDPClient(HOST, self.port)]


@contextmanager
def binder_at(path: Path) -> Generator[Binder, None, None]:
    with running(rpcbind_server(port=0, path=str(path))) as run:
        yield Binder(run.server, str(path))


@pytest.fixture
def binder(tmp_path: Path) -> Generator[Binder, None, None]:
    with binder_at(tmp_path / "rpcbind.sock") as binder:
        yield binder


@pytest.fixture(params=["unix", "tcp", "udp"])
def client(request: pytest.FixtureRequest, binder: Binder) -> Generator[BlockingClient, None, None]:
    clients = binder.clients()
    with clients[["unix", "tcp", "udp"].index(request.param)] as client:
        yield client
    for each in clients:
        each.close()


def test_it_tells_of_itself(binder: Binder, client: BlockingClient) -> None:
    universal = f"{HOST}.{binder.port >> 8}.{binder.port & 255}"
    entries = [each.rpcb_map for each in RpcbindV4Client(client).dump()]
    assert {(each.r_vers, each.r_netid, each.r_addr, each.r_owner) for each in entries} == {
        (version, netid, address, "superuser")
        for version in (2, 3, 4)
        for netid, address in (("tcp", universal), ("udp", universal), ("local", binder.path))
    }
    assert RpcbindV3Client(client).dump() == RpcbindV4Client(client).dump()
    assert {(each.map.vers, each.map.prot, each.map.port) for each in PortmapV2Client(client).dump()} == {
        (version, protocol, binder.port) for version in (2, 3, 4) for protocol in (6, 17)
    }


def test_procedure_0_is_answered_in_each_version(client: BlockingClient) -> None:
    PortmapV2Client(client).null()
    RpcbindV3Client(client).null()
    RpcbindV4Client(client).null()


def test_what_is_registered_by_one_version_is_found_by_all(client: BlockingClient) -> None:
    second, third, fourth = PortmapV2Client(client), RpcbindV3Client(client), RpcbindV4Client(client)
    for netid in ("tcp", "udp", "local"):
        address = "/somewhere" if netid == "local" else "10.1.2.3.8.1"
        assert fourth.set(Rpcb(PROGRAM, 1, netid, address, ""))
    assert second.set(Mapping(PROGRAM, 2, 6, 700))
    assert second.getport(Mapping(PROGRAM, 1, 6, 0)) == 2049
    assert second.getport(Mapping(PROGRAM, 2, 6, 0)) == 700
    assert second.getport(Mapping(PROGRAM, 2, 5, 0)) == 0
    found = third.getaddr(Rpcb(PROGRAM, 1, "", "", ""))
    assert found == ("/somewhere" if isinstance(client, UnixClient) else "10.1.2.3.8.1")
    assert fourth.getaddr(Rpcb(PROGRAM, 1, "", "", "")) == found
    assert PmaplistEntry(Mapping(PROGRAM, 2, 6, 700)) in second.dump()
    assert {entry.rpcb_entry_map for entry in fourth.getaddrlist(Rpcb(PROGRAM, 1, "", "", ""))} == {
        RpcbEntry("10.1.2.3.8.1", "tcp", 3, "inet", "tcp"),
        RpcbEntry("10.1.2.3.8.1", "udp", 1, "inet", "udp"),
        RpcbEntry("/somewhere", "local", 3, "loopback", "-"),
    }


def test_a_version_that_is_not_registered_is_looked_for_among_the_others_unless_it_is_asked_for_exactly(
    binder: Binder,
) -> None:
    with TCPClient(HOST, binder.port) as client:
        assert RpcbindV4Client(client).set(Rpcb(PROGRAM, 3, "tcp", "1.2.3.4.0.9", ""))
        assert RpcbindV4Client(client).getaddr(Rpcb(PROGRAM, 1, "tcp", "", "")) == "1.2.3.4.0.9"
        assert PortmapV2Client(client).getport(Mapping(PROGRAM, 1, 6, 0)) == 9
        assert RpcbindV4Client(client).getversaddr(Rpcb(PROGRAM, 1, "tcp", "", "")) == ""
        assert RpcbindV4Client(client).getversaddr(Rpcb(PROGRAM, 3, "tcp", "", "")) == "1.2.3.4.0.9"
        assert RpcbindV4Client(client).getaddr(Rpcb(PROGRAM + 1, 1, "tcp", "", "")) == ""


def test_all_addresses_become_the_one_by_which_it_was_asked(binder: Binder) -> None:
    with TCPClient(HOST, binder.port) as client:
        assert PortmapV2Client(client).set(Mapping(PROGRAM, 1, 6, 2049))
        assert RpcbindV4Client(client).getaddr(Rpcb(PROGRAM, 1, "tcp", "", "")) == f"{HOST}.8.1"


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
@pytest.mark.parametrize("make", [TCPClient, UDPClient])
def test_each_family_is_answered_by_its_own_addresses(make: type[TCPClient] | type[UDPClient]) -> None:
    with running(rpcbind_server(host="::", port=0, path=None)) as run:
        port = inet_address(cast("Server[Any, Any]", run.server.servers[0]))[1]
        for host in (HOST, "::1"):
            with make(host, port) as client:
                found = RpcbindV4Client(client).getaddr(Rpcb(100000, 4, "", "", ""))
            assert found == f"{host}.{port >> 8}.{port & 255}"


def test_another_address_is_refused_until_the_first_was_taken_back(client: BlockingClient) -> None:
    binding = RpcbindV4Client(client)
    assert binding.set(Rpcb(PROGRAM, 1, "tcp", "0.0.0.0.8.1", ""))
    assert binding.set(Rpcb(PROGRAM, 1, "tcp", "0.0.0.0.8.1", ""))
    assert not binding.set(Rpcb(PROGRAM, 1, "tcp", "0.0.0.0.8.2", ""))
    assert binding.unset(Rpcb(PROGRAM, 1, "tcp", "", ""))
    # As rpcbind(8) has it: what is not there any more was taken back.
    assert binding.unset(Rpcb(PROGRAM, 1, "tcp", "", ""))
    assert binding.set(Rpcb(PROGRAM, 1, "tcp", "0.0.0.0.8.2", ""))


def test_unset_takes_back_one_transport_or_all(client: BlockingClient) -> None:
    binding, mapper = RpcbindV4Client(client), PortmapV2Client(client)
    for netid in ("tcp", "udp", "tcp6"):
        assert binding.set(Rpcb(PROGRAM, 1, netid, "::1.8.1", ""))
    assert binding.unset(Rpcb(PROGRAM, 1, "udp", "", ""))
    assert [each.r_netid for each in _of_program(binding)] == ["tcp", "tcp6"]
    # Version 2 knows nothing of IPv6.
    assert mapper.unset(Mapping(PROGRAM, 1, 17, 0))
    assert [each.r_netid for each in _of_program(binding)] == ["tcp6"]
    assert binding.set(Rpcb(PROGRAM, 1, "tcp", "127.0.0.1.8.1", ""))
    assert binding.unset(Rpcb(PROGRAM, 1, "", "", ""))
    assert _of_program(binding) == []


def _of_program(binding: RpcbindV4Client) -> list[Rpcb]:
    return [each.rpcb_map for each in binding.dump() if each.rpcb_map.r_prog == PROGRAM]


@pytest.mark.parametrize(
    "entry",
    [
        Rpcb(PROGRAM, 1, "sctp", "127.0.0.1.8.1", ""),
        Rpcb(PROGRAM, 1, "tcp", "somewhere", ""),
        Rpcb(PROGRAM, 1, "tcp", "/somewhere", ""),
        Rpcb(PROGRAM, 1, "local", "127.0.0.1.8.1", ""),
    ],
)
def test_what_is_no_address_of_a_transport_is_not_registered(binder: Binder, entry: Rpcb) -> None:
    with UnixClient(binder.path) as client:
        assert not RpcbindV4Client(client).set(entry)
        assert not PortmapV2Client(client).set(Mapping(PROGRAM, 1, 99, 1))
        assert not PortmapV2Client(client).set(Mapping(PROGRAM, 1, 6, 65536))


def test_only_the_owner_takes_back_and_nobody_what_is_rpcbinds_own(binder: Binder) -> None:
    with UnixClient(binder.path) as local, TCPClient(HOST, binder.port) as remote:
        assert RpcbindV4Client(local).set(Rpcb(PROGRAM, 1, "tcp", "127.0.0.1.8.1", "nobody"))
        assert not RpcbindV4Client(remote).unset(Rpcb(PROGRAM, 1, "tcp", "", "superuser"))
        assert not PortmapV2Client(remote).unset(Mapping(PROGRAM, 1, 6, 0))
        (entry,) = _of_program(RpcbindV4Client(local))
        assert entry.r_owner == ("superuser" if os.geteuid() == 0 else str(os.geteuid()))
        assert RpcbindV4Client(local).unset(Rpcb(PROGRAM, 1, "tcp", "", ""))
        assert not RpcbindV4Client(local).unset(Rpcb(100000, 4, "tcp", "", ""))
        assert RpcbindV4Client(local).getaddr(Rpcb(100000, 4, "local", "", "")) == binder.path


@pytest.mark.parametrize("address", [("192.0.2.1", 700), ("2001:db8::1", 700), ("::ffff:192.0.2.1", 700)])
def test_who_is_on_another_host_registers_nothing(address: Address) -> None:
    registry = Registry(list)
    entry = Rpcb(PROGRAM, 1, "tcp", "127.0.0.1.8.1", "")
    mapping = Mapping(PROGRAM, 1, 6, 2049)
    for program in programs_of(registry, "tcp"):
        for number in (1, 2):
            _, method = program.procedures[number]
            call = Call(1, 100000, program.version, number, None, address, cast("Any", None))
            argument: object = mapping if program.version == 2 else entry
            with pytest.raises(Denied) as caught:
                method(argument, call)
            assert caught.value.status is AuthStat.TOOWEAK
    assert registry.entries() == ()


@pytest.mark.parametrize("address", [(HOST, 700), ("127.9.9.9", 700), ("::1", 700), ("::ffff:127.0.0.1", 700), ""])
def test_who_is_on_the_host_registers(address: Address) -> None:
    registry = Registry(list)
    program = programs_of(registry, "tcp")[2]
    call = Call(1, 100000, 4, 1, None, address, cast("Any", None))
    assert program.procedures[1][1](Rpcb(PROGRAM, 1, "tcp", "127.0.0.1.8.1", ""), call)


def test_calls_for_others_are_refused_in_each_version(client: BlockingClient) -> None:
    passed_on = RpcbRmtcallargs(100000, 2, 0, b"")
    calls: list[Callable[[], object]] = [
        lambda: PortmapV2Client(client).callit(CallArgs(100000, 2, 0, b"")),
        lambda: RpcbindV3Client(client).callit(passed_on),
        lambda: RpcbindV4Client(client).bcast(passed_on),
        lambda: RpcbindV4Client(client).indirect(passed_on),
    ]
    for call in calls:
        with pytest.raises(AuthenticationRefused) as caught:
            call()
        assert caught.value.status == AuthStat.TOOWEAK


def test_it_tells_the_time(client: BlockingClient) -> None:
    assert abs(RpcbindV3Client(client).gettime() - time.time()) < 5


@pytest.mark.parametrize("address", ["127.0.0.1.8.1", "::1.255.1", "2001:db8::5.0.111", "/run/rpcbind.sock"])
def test_addresses_are_translated_both_ways(binder: Binder, address: str) -> None:
    with TCPClient(HOST, binder.port) as client:
        for binding in (RpcbindV3Client(client), RpcbindV4Client(client)):
            assert binding.taddr2uaddr(binding.uaddr2taddr(address)) == address
        assert RpcbindV3Client(client).uaddr2taddr("nonsense") == Netbuf(0, b"")
        for nonsense in (b"", b"\0", b"\xff\xff123", b"\2\0"):
            assert RpcbindV3Client(client).taddr2uaddr(Netbuf(0, nonsense)) == ""


def test_the_kernel_takes_a_translated_address(binder: Binder) -> None:
    with TCPClient(HOST, binder.port) as client:
        taken = RpcbindV3Client(client).uaddr2taddr("127.0.0.1.8.1")
    # As sockaddr_in: the family in the host's order.
    assert taken.buf[:2] == int(socket.AF_INET).to_bytes(2, sys.byteorder)
    assert taken.buf[2:] == b"\x08\x01\x7f\0\0\1" + bytes(8)


def test_it_counts_what_it_was_asked(binder: Binder) -> None:
    with TCPClient(HOST, binder.port) as client:
        binding = RpcbindV4Client(client)
        binding.set(Rpcb(PROGRAM, 1, "tcp", "127.0.0.1.8.1", ""))
        binding.getaddr(Rpcb(PROGRAM, 1, "tcp", "", ""))
        binding.getaddr(Rpcb(PROGRAM + 1, 1, "tcp", "", ""))
        PortmapV2Client(client).dump()
        counted = binding.getstat()
    assert len(counted) == 3
    assert counted[0].info == (0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
    assert counted[2].info == (0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1)
    assert (counted[2].setinfo, counted[2].unsetinfo) == (1, 0)
    assert [(each.prog, each.success, each.failure, each.netid) for each in counted[2].addrinfo] == [
        (PROGRAM, 1, 0, "tcp"),
        (PROGRAM + 1, 0, 1, "tcp"),
    ]


def test_a_client_without_a_port_asks_for_it(binder: Binder) -> None:
    with stream_server(doubling) as port, TCPClient(HOST, binder.port) as registering:
        assert PortmapV2Client(registering).set(Mapping(PROGRAM, 1, 6, port))
        with TCPClient(HOST, rpcbind_port=binder.port) as client:
            assert client.call(PROGRAM, 1, 1, xdr.encode_int, 4, xdr.decode_int) == 8
            with pytest.raises(NotRegistered, match=str(PROGRAM + 1)):
                client.call(PROGRAM + 1, 1, 1, xdr.encode_int, 4, xdr.decode_int)
        with UDPClient(HOST, rpcbind_port=binder.port) as client, pytest.raises(NotRegistered, match="udp"):
            client.call(PROGRAM, 1, 1, xdr.encode_int, 4, xdr.decode_int)
        with UDPClient("localhost", rpcbind_port=binder.port) as client:
            assert PortmapV2Client(client).getport(Mapping(PROGRAM, 1, 6, 0)) == port


def test_a_host_without_an_rpcbind_is_not_registered_with() -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
    for client in (TCPClient(HOST, rpcbind_port=port), UDPClient(HOST, rpcbind_port=port)):
        with client, pytest.raises(NotRegistered, match="give the port"):
            client.call(PROGRAM, 1, 1, xdr.encode_int, 4, xdr.decode_int)


def test_an_older_rpcbind_is_asked_in_its_version() -> None:
    asked: list[tuple[int, int]] = []

    def port_mapper(connection: Connection) -> None:
        for call in connection.calls():
            asked.append((call.version, call.procedure))
            if call.version > 2:
                connection.answer(accepted(call.xid, 2, b"\0\0\0\2\0\0\0\2"))
            else:
                connection.answer(accepted(call.xid, 0, target.to_bytes(4, "big")))

    with (
        stream_server(doubling) as target,
        stream_server(port_mapper) as port,
        TCPClient(HOST, rpcbind_port=port) as client,
    ):
        assert client.call(PROGRAM, 1, 1, xdr.encode_int, 4, xdr.decode_int) == 8
    assert asked == [(4, 3), (3, 3), (2, 3)]


def test_a_coroutine_client_looks_up_in_a_handler(binder: Binder) -> None:
    with stream_server(doubling) as port, TCPClient(HOST, binder.port) as registering:
        assert PortmapV2Client(registering).set(Mapping(PROGRAM, 1, 6, port))

        @stream_handler
        async def handler(stream: Stream) -> None:
            async with AsyncTCPClient("localhost", rpcbind_port=binder.port) as client:
                result = await client.call(PROGRAM, 1, 1, xdr.encode_int, 4, xdr.decode_int)
            await stream.write(b"%d" % result)

        with running(Server(TCP(host=HOST, port=0), handler, strategy=Multiplexed())) as run:
            assert ask(run.server.server_address, b"") == b"8"


def test_many_registrations_are_bounded() -> None:
    registry = Registry(list)
    accepted_entries = sum(registry.set(Rpcb(number, 1, "tcp", "127.0.0.1.8.1", "x" * 1000)) for number in range(5000))
    assert accepted_entries == 4096
    assert len(registry.entries()[0].r_owner) <= 64


def test_the_program_serves_until_it_is_asked_to_end(tmp_path: Path) -> None:
    path = tmp_path / "rpcbind.sock"
    command = [sys.executable, "-m", "typedserver.rpc.rpcbind", "--port", "0", "--path", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        try:
            said = served.stdout.readline()
            assert said.startswith("listening on tcp 127.0.0.1.")
            assert said.endswith(f"local {path}\n")
            with UnixClient(str(path)) as client:
                assert len(RpcbindV4Client(client).dump()) == 9
        finally:
            served.terminate()
        assert served.wait(PATIENCE) == 0
        assert served.stderr is not None
        assert served.stderr.read() == ""
    assert not path.exists()


def test_the_protocol_is_what_its_declarations_compile_to() -> None:
    source = ROOT / "rpcbind_protocol.x"
    compiled = ["--output", str(source.with_suffix(".py")), "--check"]
    assert rpcgen.main([str(source), *compiled, "--runtime", "typedserver.rpc.programs", "--line-length", "120"]) == 0
