"""The examples of ONC RPC: a calculator, a file server and an instrument, each asked by generated clients."""

import ipaddress
import socket
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, cast

import pytest
from examples import calculator, calculator_client
from examples.nfs import EXPORT, HELLO, programs
from examples.protocols import mount3, nfs3, vxi11
from examples.vxi11 import ABORTED, BAD_LINK, END, LOCKED, OK, TIMED_OUT, instrument

from tests.running import PATIENCE, running
from typedserver import TCP, UDP, Inline, Multiplexed, Prefork, Server, Threads, inet_address, rpc
from typedserver.rpc.rpcbind_protocol import Mapping, PortmapV2Client

# The calculator


def test_calculator_answers_over_tcp_and_udp() -> None:
    program = calculator.program
    tcp = Server(TCP(port=0), rpc.stream_handler(program), Multiplexed())
    udp = Server(UDP(port=0), rpc.datagram_handler(program), Multiplexed())
    with running(tcp), running(udp):
        for kind, server in ((rpc.TCPClient, tcp), (rpc.UDPClient, udp)):
            with kind("127.0.0.1", inet_address(server)[1]) as client:
                assert calculator_client.ask(client, 3, 4) == "sum 7, quotient 0.75"
                assert calculator_client.ask(client, 3, 0) == "sum 3, quotient DIVISION_BY_ZERO"
                assert calculator_client.ask(client, 1e300, 1e-300) == "sum 1e+300, quotient TOO_LARGE"


# Files


@contextmanager
def volume(strategy: Any = None) -> Generator[tuple[nfs3.NfsV3Client, nfs3.NfsFh3], None, None]:
    server = Server(TCP(port=0), rpc.stream_handler(*programs(HELLO)), strategy or Multiplexed())
    with running(server), rpc.TCPClient("127.0.0.1", inet_address(server)[1]) as client:
        mounted = mount3.MountV3Client(client).mountproc3_mnt(EXPORT)
        assert mounted.fhs_status == mount3.Mountstat3.MNT3_OK
        yield nfs3.NfsV3Client(client), nfs3.NfsFh3(mounted.mountinfo.fhandle)


def look_up(client: nfs3.NfsV3Client, folder: nfs3.NfsFh3, name: str) -> nfs3.NfsFh3:
    found = client.nfsproc3_lookup(nfs3.LOOKUP3args(nfs3.Diropargs3(folder, name)))
    assert found.status == nfs3.Nfsstat3.NFS3_OK
    return found.resok.object


@pytest.mark.parametrize("strategy", [Inline(), Threads(), Multiplexed()], ids=repr)
def test_files_are_listed_and_read(strategy: Any) -> None:
    with volume(strategy) as (client, root):
        arguments = nfs3.READDIRPLUS3args(root, 0, bytes(8), 4096, 8192)
        listed = client.nfsproc3_readdirplus(arguments)
        assert listed.status == nfs3.Nfsstat3.NFS3_OK
        assert listed.resok.reply.eof
        names = [entry.name for entry in listed.resok.reply.entries]
        assert names == [".", "..", *HELLO]
        read = client.nfsproc3_read(nfs3.READ3args(look_up(client, root, "hello.txt"), 6, 4))
        assert read.status == nfs3.Nfsstat3.NFS3_OK
        assert (read.resok.data, read.resok.eof) == (b"from", False)
        link = client.nfsproc3_readlink(nfs3.READLINK3args(look_up(client, root, "latest")))
        assert link.status == nfs3.Nfsstat3.NFS3_OK
        assert link.resok.data == "hello.txt"


def test_listing_comes_in_parts_that_fit() -> None:
    with volume() as (client, root):
        names: list[str] = []
        cookie, eof, parts = 0, False, 0
        while not eof:
            listed = client.nfsproc3_readdir(nfs3.READDIR3args(root, cookie, bytes(8), 200))
            assert listed.status == nfs3.Nfsstat3.NFS3_OK
            names += [entry.name for entry in listed.resok.reply.entries]
            cookie, eof = listed.resok.reply.entries[-1].cookie, listed.resok.reply.eof
            parts += 1
        assert names == [".", "..", *HELLO]
        assert parts > 2


def test_nothing_can_be_written_and_wrong_handles_are_refused() -> None:
    with volume() as (client, root):
        for name, expected in (("none", "NFS3ERR_NOENT"), ("hello.txt", None)):
            found = client.nfsproc3_lookup(nfs3.LOOKUP3args(nfs3.Diropargs3(root, name)))
            assert found.status.name == (expected or "NFS3_OK")
        file = look_up(client, root, "hello.txt")
        written = client.nfsproc3_write(nfs3.WRITE3args(file, 0, 1, nfs3.StableHow.FILE_SYNC, b"x"))
        assert written.status == nfs3.Nfsstat3.NFS3ERR_ROFS
        wrong = client.nfsproc3_getattr(nfs3.GETATTR3args(nfs3.NfsFh3(b"nobody's")))
        assert wrong.status == nfs3.Nfsstat3.NFS3ERR_BADHANDLE
        assert client.nfsproc3_read(nfs3.READ3args(root, 0, 1)).status == nfs3.Nfsstat3.NFS3ERR_ISDIR


def test_files_are_served_by_several_processes() -> None:
    server = Server(TCP(port=0), rpc.stream_handler(*programs(HELLO)), Threads())
    with running(Prefork(server, 2)):
        for _ in range(4):
            with rpc.TCPClient("127.0.0.1", inet_address(server)[1]) as client:
                assert mount3.MountV3Client(client).mountproc3_export() == (mount3.Exportnode(EXPORT, ()),)


# The instrument


class Lab:
    """What the meter calls on the interrupt channel."""

    def __init__(self) -> None:
        self.handles: list[bytes] = []
        self.was_called = threading.Event()

    def device_intr_srq(self, argument: vxi11.DeviceSrqParms, _call: rpc.Call, /) -> None:
        self.handles.append(argument.handle)
        self.was_called.set()


@contextmanager
def meter() -> Generator[int, None, None]:
    """Yield the port of a meter, as an rpcbind of our own tells it."""
    with running(rpc.rpcbind_server(port=0, path=None)) as run:
        host, port = inet_address(cast("Any", run.server.servers[0]))[:2]
        with instrument(TCP(port=0), rpcbind=(host, port)), rpc.TCPClient(host, port) as client:
            asked = Mapping(vxi11.DEVICE_CORE, 1, socket.IPPROTO_TCP, 0)
            yield PortmapV2Client(client).getport(asked)
            client.close()


@contextmanager
def laboratory(port: int) -> Generator[vxi11.DeviceCoreVersionClient, None, None]:
    with rpc.TCPClient("127.0.0.1", port) as client:
        yield vxi11.DeviceCoreVersionClient(client)


def opened(core: vxi11.DeviceCoreVersionClient, *, lock: bool = False) -> int:
    link = core.create_link(vxi11.CreateLinkParms(1, lock, 0, "inst0"))
    assert link.error == OK
    return link.lid


def write(core: vxi11.DeviceCoreVersionClient, link: int, command: bytes) -> int:
    return core.device_write(vxi11.DeviceWriteParms(link, 1000, 0, END, command)).error


def read(core: vxi11.DeviceCoreVersionClient, link: int, seconds: float = PATIENCE) -> tuple[int, bytes]:
    answer = core.device_read(vxi11.DeviceReadParms(link, 1000, int(seconds * 1000), 0, 0, 0))
    return answer.error, answer.data


def test_instrument_answers_commands() -> None:
    with meter() as port, laboratory(port) as core:
        link = opened(core)
        assert write(core, link, b"*IDN?") == OK
        assert read(core, link) == (OK, b"typedserver,Voltmeter,1,0\n")
        assert write(core, link, b"VOLT 2.5; MEAS:VOLT?") == OK
        assert core.device_readstb(vxi11.DeviceGenericParms(link, 0, 0, 0)).stb == 0x10
        assert read(core, link) == (OK, b"2.500\n")
        assert read(core, link, 0.01) == (TIMED_OUT, b"")
        assert core.destroy_link(link).error == OK
        assert core.destroy_link(link).error == BAD_LINK


def test_instrument_that_another_link_has_locked_is_refused() -> None:
    with meter() as port, laboratory(port) as first, laboratory(port) as second:
        one, other = opened(first, lock=True), opened(second)
        assert write(second, other, b"*IDN?") == LOCKED
        assert first.device_unlock(one).error == OK
        assert write(second, other, b"*IDN?") == OK


def test_read_that_waits_is_aborted_by_another_connection() -> None:
    with meter() as port, laboratory(port) as core, rpc.TCPClient("127.0.0.1", port) as aborting:
        link = opened(core)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(read, core, link)
            abort = vxi11.DeviceAsyncVersionClient(aborting)
            until = time.monotonic() + PATIENCE
            while not waiting.done():
                assert time.monotonic() < until
                assert abort.device_abort(link).error == OK
                time.sleep(0.005)
            assert waiting.result() == (ABORTED, b"")


def test_instrument_calls_its_client_when_it_requests_service() -> None:
    lab = Lab()
    called = Server(TCP(port=0), rpc.stream_handler(vxi11.DEVICE_INTR_VERSION.served_by(lab)), Threads())
    with running(called), meter() as port, laboratory(port) as core:
        link = opened(core)
        where = vxi11.DeviceRemoteFunc(
            int(ipaddress.IPv4Address("127.0.0.1")),
            inet_address(called)[1],
            vxi11.DEVICE_INTR,
            1,
            vxi11.DeviceAddrFamily.DEVICE_TCP,
        )
        assert core.create_intr_chan(where).error == OK
        assert core.device_enable_srq(vxi11.DeviceEnableSrqParms(link, True, b"handle of ours")).error == OK
        assert write(core, link, b"SRQ") == OK
        assert lab.was_called.wait(PATIENCE)
        assert lab.handles == [b"handle of ours"]
        assert core.destroy_intr_chan().error == OK
