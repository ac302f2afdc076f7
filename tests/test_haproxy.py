"""ProxyProtocol behind a real haproxy: what its headers say is what the handler gets."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.running import PATIENCE, running
from tests.tls import client_context, server_context
from typedserver import (
    TCP,
    Finished,
    Multiplexed,
    Outcome,
    ProxyProtocol,
    Server,
    ServerConfig,
    ServerEvent,
    Stream,
    Threads,
    inet_address,
    stream_handler,
)

HAPROXY = shutil.which("haproxy") or "/usr/sbin/haproxy"


@stream_handler
async def told(stream: Stream) -> None:
    """Answer a line with what the handler knows of its client."""
    await stream.readline()
    header = stream.proxy_header
    assert header is not None
    await stream.write(repr((stream.client_address, header.version, header.destination, header.tls)).encode())


@contextmanager
def behind_haproxy(
    folder: Path, port: int, front: str = "", back: str = "send-proxy", family: int = socket.AF_INET
) -> Generator[tuple[str, int], None, None]:
    """Have haproxy pass connections on to a port while the block runs; yield the address that it listens at.

    front, back: what its configuration says of the one side and of the other.
    """
    config = folder / "haproxy.cfg"
    with socket.socket(family) as listening:
        listening.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
        # Clients may connect before it serves: they wait in the queue.
        listening.listen()
        config.write_text(
            "defaults\n mode tcp\n timeout connect 10s\n timeout client 20s\n timeout server 20s\n"
            f"listen test\n bind fd@{listening.fileno()} {front}\n server one 127.0.0.1:{port} {back}\n"
        )
        process = subprocess.Popen(
            [HAPROXY, "-db", "-q", "-f", str(config)],
            pass_fds=[listening.fileno()],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        address = listening.getsockname()[:2]
        # The queue ends with haproxy, should that fail.
    try:
        yield address
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=PATIENCE)
        print(errors.decode())


def _asked(client: socket.socket) -> str:
    client.sendall(b"who am I\n")
    answer = b""
    while part := client.recv(65536):
        answer += part
    return answer.decode()


@pytest.mark.parametrize(("back", "version"), [("send-proxy", 1), ("send-proxy-v2", 2)])
@pytest.mark.parametrize("strategy", [Threads(), Multiplexed()], ids=repr)
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6], ids=["inet", "inet6"])
def test_haproxys_client_is_the_handlers(
    family: int, strategy: Threads | Multiplexed, back: str, version: int, tmp_path: Path
) -> None:
    with (
        running(Server(ProxyProtocol(TCP(port=0)), told, strategy)) as run,
        behind_haproxy(tmp_path, inet_address(run.server)[1], back=back, family=family) as front,
        socket.create_connection(front, timeout=PATIENCE) as client,
    ):
        own, peer = client.getsockname(), client.getpeername()
        assert _asked(client) == repr((own, version, peer, None))


def _pem(folder: Path) -> Path:
    server_context(folder)
    pem = folder / "both.pem"
    pem.write_bytes((folder / "certificate").read_bytes() + (folder / "key").read_bytes())
    return pem


@pytest.mark.parametrize("shows", [False, True], ids=["no certificate", "certificate"])
@pytest.mark.parametrize("tls", ["TLSv1.2", "TLSv1.3"])
def test_haproxys_tls_is_told(tls: str, shows: bool, tmp_path: Path) -> None:
    context = client_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2 if tls == "TLSv1.2" else ssl.TLSVersion.TLSv1_3
    pem = _pem(tmp_path)
    if shows:
        context.load_cert_chain(pem)
    front = f"ssl crt {pem} ca-file {tmp_path / 'certificate'} verify optional"
    back = "send-proxy-v2-ssl-cn proxy-v2-options crc32c,unique-id,cert-cn,ssl-cipher,authority"
    with (
        running(Server(ProxyProtocol(TCP(port=0)), told, Threads())) as run,
        behind_haproxy(tmp_path, inet_address(run.server)[1], front, back) as address,
        socket.create_connection(address, timeout=PATIENCE) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as client,
    ):
        answer = _asked(client)
        assert f"version='{tls}'" in answer
        assert f"client_certificate={shows}, verified={shows}" in answer
        assert f"common_name={'localhost' if shows else None!r}" in answer
        cipher = client.cipher()
        assert cipher is not None
        if tls == "TLSv1.3":
            assert f"cipher={cipher[0]!r}" in answer


@pytest.mark.parametrize("back", ["send-proxy", "send-proxy-v2"])
def test_haproxys_own_checks_are_no_errors(back: str, tmp_path: Path) -> None:
    ended: list[Finished] = []
    has_ended = threading.Event()

    def watch(event: ServerEvent) -> None:
        if isinstance(event, Finished):
            ended.append(event)
            has_ended.set()

    server = Server(ProxyProtocol(TCP(port=0)), told, Threads(), config=ServerConfig(observer=watch))
    with (
        running(server),
        behind_haproxy(tmp_path, inet_address(server)[1], back=f"{back} check inter 100ms"),
    ):
        assert has_ended.wait(PATIENCE)
    assert ended[0].outcome in {Outcome.DISCONNECTED, Outcome.SERVED}, ended[0].error
