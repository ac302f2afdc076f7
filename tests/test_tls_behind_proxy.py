"""TLS around ProxyProtocol: the header comes in plain text, then the handshake, and both are known to the handler."""

import contextlib
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest

from tests.everywhere import STRATEGIES, everywhere
from tests.running import PATIENCE, connect
from tests.test_proxy_header import INET, block, tlv
from tests.test_proxy_protocol import CLIENT, LINE, Ends, asked_in_vain, serving
from tests.tls import client_context, server_context
from typedserver import (
    TCP,
    TLS,
    AddressDenied,
    CompositionError,
    ExactStream,
    Filtered,
    Outcome,
    ProxyHeaderRefused,
    ProxyProtocol,
    ServerConfig,
    ServerContext,
    Stream,
    stream_handler,
)


@stream_handler
async def told(stream: Stream[Any, ServerContext, ssl.SSLSocket]) -> None:
    """Answer each line with the client's address, its version of TLS, and the unique id that the proxy has given."""
    header = stream.proxy_header
    fields = {} if header is None else dict(header.tlvs)
    async for line in stream:
        await stream.write(
            f"{stream.client_address} {stream.socket.version()} {fields.get(5)!r} {line.decode()}".encode()
        )


def _encrypted(address: Any, header: bytes, *, together: bool) -> bytes:
    """Send a header, and a line by TLS behind it; return the answer."""
    with connect(address) as raw:
        if not together:
            raw.sendall(header)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        secured = client_context().wrap_bio(incoming, outgoing)
        while True:
            try:
                secured.do_handshake()
                break
            except ssl.SSLWantReadError:
                raw.sendall((header if together else b"") + outgoing.read())
                together = False
                incoming.write(raw.recv(65536))
        secured.write(b"hello\n")
        raw.sendall(outgoing.read())
        while True:
            try:
                return secured.read(65536)
            except ssl.SSLWantReadError:
                incoming.write(raw.recv(65536))


@everywhere
@pytest.mark.parametrize("together", [True, False], ids=["together", "apart"])
def test_header_and_handshake_reach_the_handler_under_every_strategy(name: str, together: bool, tmp_path: Path) -> None:
    endpoint = TLS(ProxyProtocol(TCP(port=0)), server_context(tmp_path))
    header = block(0x21, 0x11, INET + tlv(5, b"unique"))
    with serving(endpoint, told, STRATEGIES[name]()) as address:
        # What follows the header in one packet is the handshake's.
        answer = _encrypted(address, header, together=together)
    assert answer == f"{CLIENT} TLSv1.3 {b'unique'!r} hello\n".encode()


def test_handshake_without_a_header_is_refused(tmp_path: Path) -> None:
    ends = Ends()
    endpoint = TLS(ProxyProtocol(TCP(port=0)), server_context(tmp_path))
    with serving(endpoint, told, config=ServerConfig(observer=ends)) as address, connect(address) as raw:
        raw.settimeout(PATIENCE)
        with contextlib.suppress(OSError), client_context().wrap_socket(raw) as client:
            client.sendall(b"hello\n")
        end = ends.next()
    assert end.outcome is Outcome.REJECTED
    assert isinstance(end.error, ProxyHeaderRefused)


def test_client_is_judged_before_the_handshake(tmp_path: Path) -> None:
    ends = Ends()
    endpoint = TLS(Filtered(ProxyProtocol(TCP(port=0)), deny=["192.0.2.0/24"]), server_context(tmp_path))
    with serving(endpoint, told, config=ServerConfig(observer=ends)) as address:
        asked_in_vain(address, LINE)
        end = ends.next()
    assert end.outcome is Outcome.REJECTED
    assert isinstance(end.error, AddressDenied)


def test_proxy_around_tls_is_refused_with_the_right_order(tmp_path: Path) -> None:
    encrypted = TLS(TCP(port=0), server_context(tmp_path))
    for endpoint in (encrypted, Filtered(encrypted)):
        with pytest.raises(CompositionError, match=r"write TLS\(ProxyProtocol\(...\), ...\)"):
            ProxyProtocol(endpoint)


def test_surplus_of_a_header_is_no_plain_text(tmp_path: Path) -> None:
    ends = Ends()
    endpoint = TLS(ProxyProtocol(TCP(port=0)), server_context(tmp_path))
    with (
        serving(endpoint, told, config=ServerConfig(observer=ends)) as address,
        connect(address) as raw,
    ):
        raw.sendall(LINE + b"hello\n")
        raw.shutdown(socket.SHUT_WR)
        end = ends.next()
    assert end.outcome is Outcome.REJECTED


@pytest.mark.parametrize("size", [1, 5, 100])
@everywhere
def test_exact_stream_leaves_the_rest_in_the_tls_layer(name: str, size: int, tmp_path: Path) -> None:
    @stream_handler
    async def greeted(stream: Stream) -> None:
        exact = ExactStream(stream.socket, stream.client_address, stream.server)
        line = await exact.readline()
        line += await exact.readexactly(3) + await exact.read(1)
        assert exact.buffered == 0
        await stream.write(line + b"|" + await stream.readexactly(14))

    with (
        serving(TLS(TCP(port=0), server_context(tmp_path)), greeted, STRATEGIES[name]()) as address,
        client_context().wrap_socket(connect(address)) as client,
    ):
        sent = b"a line that is read exactly\n" + b"and the rest of it"
        for start in range(0, len(sent), size):
            # Each is a record of its own.
            client.sendall(sent[start : start + size])
        answer = b""
        while part := client.recv(65536):
            answer += part
    assert answer == b"a line that is read exactly\nand |the rest of it"
