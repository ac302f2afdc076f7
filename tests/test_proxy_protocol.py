"""ProxyProtocol: whom a handler takes its client for, and who is not believed."""

import contextlib
import errno
import logging
import socket
import socketserver
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.everywhere import STRATEGIES, everywhere
from tests.running import PATIENCE, ask, connect, running
from tests.test_proxy_header import INET, INET6, TLS, block, tlv
from typedserver import (
    TCP,
    UDP,
    Address,
    CompositionError,
    Deadlines,
    Established,
    Finished,
    IncompleteRead,
    Lines,
    Multiplexed,
    OnExecutor,
    Outcome,
    ProxyHeader,
    ProxyHeaderRefused,
    ProxyProtocol,
    RecipeError,
    Server,
    ServerConfig,
    ServerEvent,
    Sessions,
    Stream,
    StreamRequest,
    StreamRequestHandler,
    Threads,
    UnixStream,
    from_stdlib,
    stream_handler,
)

CLIENT = ("192.0.2.1", 56324)
LINE = b"PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n"


@stream_handler
async def told(stream: Stream) -> None:
    """Answer each line with the client's address and the line."""
    async for line in stream:
        await stream.write(f"{stream.client_address} {line.decode()}".encode())


def function(request: StreamRequest, client_address: Address, _server: object) -> None:
    with request.makefile("rb") as lines:
        for line in lines:
            request.sendall(f"{client_address} {line.decode()}".encode())


class Files(StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(f"{self.client_address} {line.decode()}".encode())


class StdlibFiles(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(f"{self.client_address} {line.decode()}".encode())


class Session:
    def __init__(self, client_address: Address, _server: object) -> None:
        self._client_address = client_address

    def __call__(self, message: bytes) -> bytes:
        return f"{self._client_address} {message.decode()}".encode()


HANDLERS: dict[str, Any] = {
    "coroutine": told,
    "sessions": Sessions(Lines(), Session),
    "function": function,
    "files": Files,
    "stdlib": from_stdlib(StdlibFiles),
}


class Ends:
    """An observer that keeps how each connection ended, and as whom it was established."""

    def __init__(self) -> None:
        self.finished: list[Finished] = []
        self.established: list[object] = []
        self.has_finished = threading.Semaphore(0)

    def __call__(self, event: ServerEvent) -> None:
        if isinstance(event, Established):
            self.established.append(event.client_address)
        if isinstance(event, Finished):
            self.finished.append(event)
            self.has_finished.release()

    def next(self) -> Finished:
        assert self.has_finished.acquire(timeout=PATIENCE)
        return self.finished[-1]


@contextmanager
def serving(
    endpoint: Any, handler: Any = told, strategy: Any = None, config: ServerConfig | None = None
) -> Generator[Address, None, None]:
    recipe = strategy or Threads()
    try:
        with running(Server(endpoint, handler, recipe, config=config or ServerConfig())) as run:
            yield run.server.server_address
    finally:
        if isinstance(recipe, OnExecutor):
            recipe.executor.shutdown()


@everywhere
@pytest.mark.parametrize("header", [LINE, block(0x21, 0x11, INET)], ids=["v1", "v2"])
def test_handler_sees_the_client_under_every_strategy(name: str, header: bytes) -> None:
    with serving(ProxyProtocol(TCP(port=0)), strategy=STRATEGIES[name]()) as address:
        for _ in range(2):
            assert ask(address, header + b"hello\n") == f"{CLIENT} hello\n".encode()


@pytest.mark.parametrize("kind", HANDLERS)
def test_every_kind_of_handler_sees_the_client(kind: str) -> None:
    with serving(ProxyProtocol(TCP(port=0)), HANDLERS[kind]) as address:
        assert ask(address, LINE + b"hello\n") == f"{CLIENT} hello\n".encode()


@pytest.mark.parametrize("name", ["threads", "multiplexed"])
def test_header_comes_in_single_bytes(name: str) -> None:
    with serving(ProxyProtocol(TCP(port=0)), strategy=STRATEGIES[name]()) as address:
        for header in (LINE, block(0x21, 0x21, INET6)):
            with connect(address) as client:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for byte in header:
                    client.sendall(bytes([byte]))
                    time.sleep(0.0002)
                client.sendall(b"hello\n")
                client.shutdown(socket.SHUT_WR)
                assert client.makefile("rb").read().endswith(b" hello\n")


@pytest.mark.parametrize("header", [LINE, block(0x21, 0x11, INET)], ids=["v1", "v2"])
@pytest.mark.parametrize("name", ["threads", "multiplexed", "asyncio"])
def test_second_header_is_the_handlers_data(name: str, header: bytes) -> None:
    smuggled = b"PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n"
    with serving(ProxyProtocol(TCP(port=0)), strategy=STRATEGIES[name]()) as address:
        assert ask(address, header + smuggled) == f"{CLIENT} ".encode() + smuggled


def asked_in_vain(address: Address, sent: bytes) -> None:
    """Send to a server that must end the connection without an answer, perhaps before all was sent."""
    with connect(address) as client:
        try:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            assert client.recv(1) == b""
        except OSError as error:
            # ENOTCONN: the shutdown came behind the reset.
            if not isinstance(error, ConnectionError) and error.errno != errno.ENOTCONN:
                raise


def _refused(endpoint: Any, sent: bytes, ends: Ends) -> None:
    with serving(endpoint, config=ServerConfig(observer=ends)) as address:
        asked_in_vain(address, sent)


def test_header_of_somebody_who_is_not_trusted_is_refused() -> None:
    ends = Ends()
    _refused(ProxyProtocol(TCP(port=0), trusted=["192.0.2.0/24"]), LINE + b"hello\n", ends)
    end = ends.next()
    assert end.outcome is Outcome.REJECTED
    assert isinstance(end.error, ProxyHeaderRefused)
    assert "ProxyProtocol(trusted=)" in str(end.error)
    assert ends.established == []


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "it began with b'GET / HTTP/1'"),
        (b"hello\n", "it began with b'hello\\\\n'"),
        (b"proxy TCP4 192.0.2.1 198.51.100.2 1 2\r\n", "it began with"),
        (LINE.replace(b"56324", b"056324"), "no port"),
        (LINE[:20], "in the middle"),
        (LINE[:7], "in the middle"),
        (block(0x21, 0x11, INET)[:20], "in the middle"),
        (b"PROXY UNKNOWN " + b"x" * 200 + b"\r\n", "107 bytes"),
        (b"PROXY UNKNOWN " + b"x" * 92 + b"\r\n", "107 bytes"),
        (block(0x21, 0x11, INET + tlv(3, bytes(4))), "checksum"),
        (block(0x31, 0x11, INET), "version"),
    ],
)
def test_what_is_no_header_is_rejected_and_named(sent: bytes, words: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    ends = Ends()
    _refused(ProxyProtocol(TCP(port=0)), sent, ends)
    end = ends.next()
    assert end.outcome is Outcome.REJECTED
    assert isinstance(end.error, ProxyHeaderRefused)
    assert words.replace("\\\\", "\\") in str(end.error)
    # It is the peer's fault, and no traceback's worth.
    assert "Traceback" not in caplog.text


def test_peer_that_says_nothing_has_only_left() -> None:
    ends = Ends()
    _refused(ProxyProtocol(TCP(port=0)), b"", ends)
    end = ends.next()
    assert end.outcome is Outcome.DISCONNECTED
    assert isinstance(end.error, IncompleteRead)


def test_other_protocol_is_refused_before_its_peer_sends_more() -> None:
    with serving(ProxyProtocol(TCP(port=0))) as address, connect(address) as client:
        client.sendall(b"EHLO")
        assert client.recv(1) == b""


@pytest.mark.parametrize(
    "header",
    [
        b"PROXY UNKNOWN\r\n",
        b"PROXY UNKNOWN 192.0.2.1 192.0.2.2 1 2\r\n",
        block(0x20, 0x11, INET),
        block(0x20, 0x00, b""),
        block(0x21, 0x00, b""),
        # None of a TCP endpoint's.
        block(0x21, 0x31, bytes(216)),
    ],
)
def test_connection_of_an_unknown_client_is_the_proxys_own(header: bytes) -> None:
    with serving(ProxyProtocol(TCP(port=0))) as address, connect(address) as client:
        own = client.getsockname()
        client.sendall(header + b"hello\n")
        client.shutdown(socket.SHUT_WR)
        assert client.makefile("rb").read() == f"{own} hello\n".encode()


def test_peers_of_a_unix_socket_are_trusted(tmp_path: Path) -> None:
    endpoint = ProxyProtocol(UnixStream(str(tmp_path / "socket")), trusted=())
    with serving(endpoint) as address:
        assert ask(address, LINE + b"hello\n") == f"{CLIENT} hello\n".encode()
        path = block(0x21, 0x31, b"/run/client".ljust(108, b"\0") + bytes(108))
        assert ask(address, path + b"hello\n") == b"/run/client hello\n"


def test_mapped_address_of_a_proxy_is_trusted() -> None:
    # It is told by its IPv4 address, however the socket was opened.
    with serving(ProxyProtocol(TCP(port=0, host="::", dual_stack=True), trusted=["127.0.0.1"])) as address:
        assert isinstance(address, tuple)
        assert ask(("127.0.0.1", address[1]), LINE + b"hello\n") == f"{CLIENT} hello\n".encode()


def test_stream_has_the_whole_header() -> None:
    headers: list[ProxyHeader | None] = []

    @stream_handler
    async def keep(stream: Stream) -> None:
        headers.append(stream.proxy_header)

    with serving(ProxyProtocol(TCP(port=0)), keep) as address:
        assert ask(address, block(0x21, 0x11, INET + tlv(5, b"unique") + tlv(0x20, TLS))) == b""
    (header,) = headers
    assert header is not None
    assert (header.version, header.command) == (2, "PROXY")
    assert (header.source, header.destination) == (CLIENT, ("198.51.100.2", 443))
    assert dict(header.tlvs)[5] == b"unique"
    assert header.tls is not None
    assert header.tls.common_name == "Zoë"


def test_stream_of_another_endpoint_has_no_header() -> None:
    headers: list[ProxyHeader | None] = []

    @stream_handler
    async def keep(stream: Stream) -> None:
        headers.append(stream.proxy_header)

    with serving(TCP(port=0), keep) as address:
        assert ask(address, b"") == b""
    assert headers == [None]


def test_established_names_the_client() -> None:
    ends = Ends()
    with serving(ProxyProtocol(TCP(port=0)), config=ServerConfig(observer=ends)) as address:
        assert ask(address, LINE + b"hello\n") == f"{CLIENT} hello\n".encode()
    assert ends.established == [CLIENT]
    assert ends.next().outcome is Outcome.SERVED


@pytest.mark.parametrize("sent", [b"", LINE[:20], block(0x21, 0x11, INET)[:14]], ids=["silent", "v1", "v2"])
@pytest.mark.parametrize("name", ["inline", "threads", "multiplexed"])
def test_peer_that_keeps_its_header_is_cut_by_the_deadline_to_establish(name: str, sent: bytes) -> None:
    config = ServerConfig(deadlines=Deadlines(establish=0.2))
    with (
        serving(ProxyProtocol(TCP(port=0)), strategy=STRATEGIES[name](), config=config) as address,
        connect(address) as silent,
    ):
        silent.sendall(sent)
        with contextlib.suppress(ConnectionError):
            assert silent.recv(1) == b""


def test_drain_ends_a_peer_of_which_no_header_has_come() -> None:
    server = Server(ProxyProtocol(TCP(port=0)), told, Multiplexed(), config=ServerConfig(quiet=0.01))
    with running(server), connect(server.server_address) as silent, connect(server.server_address) as served:
        served.sendall(LINE + b"hello\n")
        assert served.recv(100) == f"{CLIENT} hello\n".encode()
        began = time.monotonic()
        server.request_drain()
        assert silent.recv(1) == b""
        assert time.monotonic() - began < PATIENCE / 2


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: ProxyProtocol(UDP(port=0)), CompositionError, "needs an endpoint of connections"),  # type: ignore[arg-type]  # pyright: ignore
        (lambda: ProxyProtocol(TCP(port=0), trusted=[1]), RecipeError, "as text"),  # type: ignore[list-item]  # pyright: ignore
        (lambda: ProxyProtocol(TCP(port=0), trusted="127.0.0.1"), RecipeError, "a sequence of networks"),
        (lambda: ProxyProtocol(TCP(port=0), trusted=["127.0.0.1/8"]), RecipeError, "write '127.0.0.0/8'"),
        (lambda: ProxyProtocol(None), CompositionError, "lacks"),  # type: ignore[arg-type]  # pyright: ignore
    ],
)
def test_what_cannot_work_is_refused_at_construction(make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()


def test_recipe_shows_itself_and_shares_its_port() -> None:
    recipe = ProxyProtocol(TCP(port=0), trusted=["192.0.2.1"])
    assert repr(recipe) == "ProxyProtocol(endpoint=TCP(port=0), trusted=('192.0.2.1',))"
    assert recipe.on_port(7) == ProxyProtocol(TCP(port=7), trusted=("192.0.2.1",))
    assert hash(recipe) == hash(ProxyProtocol(TCP(port=0), trusted=("192.0.2.1",)))
