"""Records what real clients send to servers of this library, as tests/rpc_recorded has it.

``python -m tests.rpc_recording`` runs the clients on a host of their own, takes their bytes from its loopback, and
writes a file for each client: a line is a datagram, or a record of a stream with its marks, in hexadecimal. It needs
rights to read packets (packet(7)), and what ``make clients scanners`` installs.
"""

import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from examples.nfs import HELLO, programs
from examples.protocols import vxi11
from examples.vxi11 import instrument

from tests.proofs.test_tls_scans import SCANNERS
from tests.rpc_c_programs import built_in
from tests.rpc_corpus import echoes
from tests.rpc_echoes import Echoes
from tests.rpc_hosts import begin_host, in_host_of_its_own, ours, rpcinfo
from tests.rpc_laboratory import VISA
from tests.running import running
from typedserver import TCP, UDP, Multiplexed, Server, drive, inet_address, rpc
from typedserver.rpc.rpcbind_protocol import Mapping, PortmapV2Client

RECORDED: Final = Path(__file__).with_name("rpc_recorded")

# Of packet(7) and ip(7).
_ALL: Final = 0x0003
_TO_US: Final = 0
_TCP, _UDP = 6, 17

_RPCBIND: Final = 111


class _Packets:
    """The packets of the loopback, from when it is made until it is closed."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**24)
        self._socket.settimeout(0.5)
        self.packets: list[bytes] = []
        self._is_over = False
        self._thread = threading.Thread(target=self._take)
        self._thread.start()

    def _take(self) -> None:
        while True:
            try:
                packet, (_, _, direction, _, _) = self._socket.recvfrom(2**17)
            except TimeoutError:
                if self._is_over:
                    return
                continue
            # Each packet of the loopback is seen twice: when it leaves, and when it comes.
            if direction == _TO_US:
                self.packets.append(packet)

    def close(self) -> None:
        """End when nothing has come for half a second."""
        self._is_over = True
        self._thread.join()
        self._socket.close()


def _sent(packets: list[bytes], ports: set[int]) -> Iterator[tuple[str, bytes]]:
    """Yield what was sent to ports: whole datagrams, and the records of each stream with their marks."""
    streams: dict[tuple[int, int], dict[int, bytes]] = {}
    for packet in packets:
        if packet[0] >> 4 != 4:
            continue
        payload = packet[(packet[0] & 15) * 4 : struct.unpack_from(">H", packet, 2)[0]]
        source, port = struct.unpack_from(">HH", payload)
        if port not in ports:
            continue
        if packet[9] == _UDP:
            yield "udp", payload[8:]
        elif packet[9] == _TCP:
            data = payload[(payload[12] >> 4) * 4 :]
            (number,) = struct.unpack_from(">I", payload, 4)
            if data:
                streams.setdefault((source, port), {})[number] = data
    for pieces in streams.values():
        # Nothing is lost on the loopback; what is sent again is the same.
        for record in _records(b"".join(data for _, data in sorted(pieces.items()))):
            yield "tcp", record


def _records(stream: bytes) -> Iterator[bytes]:
    begun = at = 0
    while at < len(stream):
        (mark,) = struct.unpack_from(">I", stream, at)
        at += 4 + (mark & 0x7FFFFFFF)
        if mark >> 31:
            yield stream[begun:at]
            begun = at


def _write(name: str, packets: list[bytes], ports: set[int]) -> None:
    """Write what a client has sent, each call once: those that differ by their number alone are one."""
    known: set[tuple[str, bytes]] = set()
    lines: list[str] = []
    for kind, data in _sent(packets, ports):
        without_number = data[:4] + data[8:] if kind == "tcp" else data[4:]
        if (kind, without_number) not in known:
            known.add((kind, without_number))
            lines.append(f"{kind} {data.hex()}\n")
    (RECORDED / f"{name}.txt").write_text("".join(lines))
    print(f"{name}: {len(lines)} calls")


@contextmanager
def _recorded(name: str, *ports: int) -> Generator[None, None, None]:
    packets = _Packets()
    try:
        yield
    finally:
        packets.close()
    _write(name, packets.packets, {*ports, _RPCBIND})


@contextmanager
def _echoes() -> Generator[tuple[int, int], None, None]:
    """Serve the echoes; gives the ports of TCP and of UDP."""
    program = echoes.ECHOES_V1.served_by(Echoes())
    servers: list[Server[Any, Any]] = [
        Server(TCP(port=0), rpc.stream_handler(program), Multiplexed()),
        Server(UDP(port=0), rpc.datagram_handler(program), Multiplexed()),
    ]
    with ExitStack() as stack:
        for server in servers:
            stack.enter_context(running(server))
        stack.enter_context(rpc.registered([program], servers))
        tcp, udp = (inet_address(server)[1] for server in servers)
        yield tcp, udp


def _by_rpcinfo(_folder: Path) -> None:
    with _echoes() as (tcp, udp), _recorded("rpcinfo", tcp, udp):
        number = str(echoes.ECHOES)
        for arguments in (
            ("-p", "127.0.0.1"),
            ("-s", "127.0.0.1"),
            ("-m", "127.0.0.1"),
            ("-l", "127.0.0.1", number, "1"),
            ("-t", "127.0.0.1", number),
            ("-u", "127.0.0.1", number, "1"),
            ("-T", "tcp", "127.0.0.1", number),
            ("-T", "udp", "127.0.0.1", number, "1"),
        ):
            rpcinfo(*arguments)


def _by_libtirpc(folder: Path) -> None:
    client = built_in(folder) / "client"
    with _echoes() as (tcp, udp), _recorded("libtirpc", tcp, udp):
        for kind, port in (("tcp", tcp), ("udp", udp)):
            subprocess.run([client, kind, str(port), "1"], check=True, timeout=60)


def _by_libnfs(_folder: Path) -> None:
    served = programs(HELLO)
    server = Server(TCP(port=0), rpc.stream_handler(*served), Multiplexed())
    with running(server), rpc.registered(served, [server]), _recorded("libnfs", inet_address(server)[1]):
        for command in (["nfs-ls", "-R", "nfs://127.0.0.1/export"], ["nfs-cat", "nfs://127.0.0.1/export/large.bin"]):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60)


def _by_pyvisa(_folder: Path) -> None:
    with instrument(TCP(port=0)):
        with rpc.UDPClient("127.0.0.1", _RPCBIND) as client:
            port = PortmapV2Client(client).getport(Mapping(vxi11.DEVICE_CORE, 1, _TCP, 0))
        with _recorded("pyvisa", port):
            subprocess.run([SCANNERS / "bin" / "python", "-c", VISA], check=True, timeout=60)


def _by_ours(_folder: Path) -> None:
    user = rpc.AuthSys(1, "box", 1000, 100, (4, 24))
    with _echoes() as (tcp, udp), _recorded("ours", tcp, udp):
        clients: list[Any] = [
            rpc.TCPClient("127.0.0.1", tcp),
            rpc.UDPClient("127.0.0.1", udp),
            rpc.TCPClient("127.0.0.1"),
        ]
        for client in clients:
            with client:
                echoes.EchoesV1Client(client).nothing()
                called = echoes.EchoesV1Client(client.using(credentials=user))
                called.some_words("wörter")
                called.a_block(b"odd")
                called.a_choice(echoes.ChoiceGreen("leaf"))
                called.an_optional(echoes.Optional(None, (echoes.Node(1), echoes.Node(2))))

        async def call() -> None:
            async with rpc.AsyncTCPClient("127.0.0.1", tcp) as client:
                await echoes.EchoesV1AsyncClient(client.using(credentials=user)).some_words("later")

        drive(call())


RECORDINGS: Final[dict[str, Callable[[Path], None]]] = {
    "rpcinfo": _by_rpcinfo,
    "libtirpc": _by_libtirpc,
    "libnfs": _by_libnfs,
    "pyvisa": _by_pyvisa,
    "ours": _by_ours,
}


def main() -> None:
    """Record all clients, on a host of their own; this program calls itself there."""
    if len(sys.argv) == 1:
        RECORDED.mkdir(exist_ok=True)
        ended = in_host_of_its_own("there", module="tests.rpc_recording")
        print(ended.stdout)
        sys.exit(ended.returncode)
    begin_host()
    with ours(), tempfile.TemporaryDirectory() as folder:
        for record in RECORDINGS.values():
            record(Path(folder))


if __name__ == "__main__":
    main()
