"""ClientCertificate, and proofs that are bound to TLS: over real handshakes."""

import socket
import ssl
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests import tls
from tests.contexts import Context
from tests.everywhere import STRATEGIES, everywhere
from tests.identities import ANYWHERE, BLOCKING, coroutine, hurry, received
from tests.running import PATIENCE, connect, running
from tests.tls_identities import anna
from typedserver import (
    TCP,
    TLS,
    Authenticated,
    AuthenticationFailed,
    Certificate,
    ClientCertificate,
    CompositionError,
    HMACChallenge,
    Identity,
    OnExecutor,
    RecipeError,
    Server,
    Stream,
    Threads,
    TLSConfig,
    UnixStream,
    answer_challenge,
    drive,
    scram_login,
    stream_handler,
)
from typedserver.access import scram_client
from typedserver.access.scram_extra import END_POINT, Binding


def config_of(folder: Path, **options: Any) -> TLSConfig:
    tls.server_context(folder)
    return TLSConfig(certificate=folder / "certificate", key=folder / "key", **options)


def mutual(folder: Path, **options: Any) -> TLSConfig:
    """Return the config of a server that trusts anna's certificate."""
    certificate, _key = anna(folder)
    return config_of(folder, client_ca=certificate, client_certificate="required", **options)


@contextmanager
def _closed(client: ssl.SSLSocket) -> Generator[ssl.SSLSocket, None, None]:
    try:
        yield client
    finally:
        # A child that the server under test has forked has a copy of the client, too.
        with suppress(OSError):
            socket.socket.shutdown(client, socket.SHUT_RDWR)
        client.close()


def client_of(address: Any, identity: tuple[Path, Path] | None = None, name: str | None = None) -> ssl.SSLSocket:
    context = tls.client_context()
    if identity is not None:
        context.load_cert_chain(*identity)
    plain = connect(address)
    plain.settimeout(PATIENCE)
    return context.wrap_socket(plain, server_hostname=name)


def common_name(certificate: Certificate) -> str | None:
    return certificate.common_name


def ask(address: Any, identity: tuple[Path, Path] | None, line: bytes = b"hello\n") -> bytes:
    with _closed(client_of(address, identity)) as client:
        client.sendall(line)
        return client.recv(100)


@everywhere
def test_principal_is_made_of_the_certificate(name: str, tmp_path: Path) -> None:
    strategy = STRATEGIES[name]()
    endpoint = Authenticated(TLS(TCP(port=0), mutual(tmp_path)), ClientCertificate(common_name))
    try:
        with running(Server(endpoint, coroutine, strategy)) as run:
            assert ask(run.server.server_address, anna(tmp_path)) == b"anna hello\n"
    finally:
        if isinstance(strategy, OnExecutor):
            strategy.executor.shutdown()


@pytest.mark.parametrize("kind", [*BLOCKING, *ANYWHERE])
def test_handler_of_any_kind_finds_the_principal(kind: str, tmp_path: Path) -> None:
    endpoint = Authenticated(TLS(TCP(port=0), mutual(tmp_path)), ClientCertificate(common_name))
    with running(Server(endpoint, (BLOCKING | ANYWHERE)[kind], Threads())) as run:
        assert ask(run.server.server_address, anna(tmp_path)).rstrip() == b"anna hello"


def test_principal_is_the_certificate_itself_by_default(tmp_path: Path) -> None:
    certificate, key = anna(tmp_path)
    seen: list[Certificate] = []

    @stream_handler
    async def handler(stream: Stream[Any]) -> None:
        seen.append(stream.principal)

    endpoint = Authenticated(TLS(TCP(port=0), mutual(tmp_path)), ClientCertificate())
    with (
        running(Server(endpoint, handler, Threads())) as run,
        _closed(client_of(run.server.server_address, (certificate, key))) as client,
    ):
        assert client.recv(1) == b""
    (shown,) = seen
    assert shown.subject == "CN=anna,O=Example"
    assert shown.names == ("anna.example", "anna@example.org")
    assert shown.der == ssl.PEM_cert_to_DER_cert(certificate.read_text())


def test_certificate_of_nobody_is_turned_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)

    def nobody(_certificate: Certificate) -> str | None:
        return None

    endpoint = Authenticated(TLS(TCP(port=0), mutual(tmp_path)), ClientCertificate(nobody))
    with running(Server(endpoint, coroutine, Threads())) as run:
        assert ask(run.server.server_address, anna(tmp_path)) == b""


def test_client_without_a_certificate_does_not_get_so_far(tmp_path: Path) -> None:
    endpoint = Authenticated(TLS(TCP(port=0), mutual(tmp_path)), ClientCertificate())
    with running(Server(endpoint, coroutine, Threads())) as run, pytest.raises((ssl.SSLError, ConnectionError)):
        ask(run.server.server_address, None)


# What is refused at construction

untyped: Any = Authenticated


def test_endpoint_whose_peers_show_no_certificate_is_refused(tmp_path: Path) -> None:
    plain = TLSConfig(certificate="a", key="b")
    optional = TLSConfig(certificate="a", key="b", client_ca="c", client_certificate="optional")
    for endpoint in (
        TCP(port=0),
        UnixStream("/socket"),
        TLS(TCP(port=0), plain),
        TLS(TCP(port=0), optional),
        TLS(TCP(port=0), tls.server_context(tmp_path)),
        TLS(untyped(TCP(port=0), HMACChallenge({"a": b"key"})), plain),
    ):
        with pytest.raises(CompositionError, match="client_certificate='required'"):
            untyped(endpoint, ClientCertificate())


def test_context_of_ones_own_that_asks_for_certificates_is_taken(tmp_path: Path) -> None:
    context = tls.server_context(tmp_path)
    context.verify_mode = ssl.CERT_REQUIRED
    Authenticated(TLS(TCP(port=0), context), ClientCertificate())


@pytest.mark.parametrize("principal", ["CN", 7, lambda: "nobody"])
def test_principal_that_is_no_function_of_a_certificate_is_refused(principal: Any) -> None:
    with pytest.raises(RecipeError, match="principal"):
        ClientCertificate(principal)


# Proofs over TLS


def stream_of(connection: socket.socket) -> Stream:
    return Stream(connection, ("localhost", 1), Context())


def said(stream: Stream) -> bytes:
    drive(stream.write(b"hello\n"))
    return drive(stream.readline())


def test_shared_key_is_proven_inside_tls(tmp_path: Path) -> None:
    endpoint = Authenticated(TLS(TCP(port=0), config_of(tmp_path)), HMACChallenge({"anna": b"key"}))
    with (
        running(Server(endpoint, coroutine, Threads())) as run,
        _closed(client_of(run.server.server_address)) as client,
    ):
        stream = stream_of(client)
        drive(answer_challenge(stream, b"key"))
        assert said(stream) == b"anna hello\n"


class Users:
    def __init__(self) -> None:
        from typedserver import ScramSecret

        self._secret = ScramSecret.of("a password", iterations=4096)

    def secret(self, user: str, /) -> Any:
        return self._secret if user == "anna" else None


def bound(endpoint: Any) -> Server[Any, Any]:
    pytest.importorskip("scramp", reason="the extra [scram] is not installed")
    from typedserver import Scram

    return Server(Authenticated(endpoint, Scram(Users(), iterations=4096)), coroutine, Threads())


@pytest.mark.parametrize("name", [None, "localhost", "anna.example", "else.example"])
def test_password_is_proven_bound_to_the_certificate_of_this_handshake(name: str | None, tmp_path: Path) -> None:
    other = Identity(certificate=anna(tmp_path)[0], key=anna(tmp_path)[1])
    config = config_of(tmp_path, by_name={"anna.example": other})
    with (
        running(bound(TLS(TCP(port=0), config))) as run,
        _closed(client_of(run.server.server_address, name=name)) as client,
    ):
        shown = client.getpeercert(True)
        assert (shown == ssl.PEM_cert_to_DER_cert(anna(tmp_path)[0].read_text())) is (name == "anna.example")
        stream = stream_of(client)
        drive(scram_login(stream, "anna", "a password"))
        assert said(stream) == b"anna hello\n"


def test_password_is_proven_unbound_if_the_server_does_not_know_its_certificate(tmp_path: Path) -> None:
    with (
        running(bound(TLS(TCP(port=0), tls.server_context(tmp_path)))) as run,
        _closed(client_of(run.server.server_address)) as client,
    ):
        stream = stream_of(client)
        drive(scram_login(stream, "anna", "a password"))
        assert said(stream) == b"anna hello\n"


class _InTheMiddle:
    """A stream whose connection shows the certificate of somebody between the two, who passes all on as it is."""

    def __init__(self, stream: Stream, replaced: bytes | None = None) -> None:
        self._stream = stream
        self._replaced = replaced
        self.socket = stream.socket
        self.readexactly = stream.readexactly
        self.write = stream.write


@pytest.mark.parametrize("what", ["another certificate", "the -PLUS taken away"])
def test_password_proven_through_somebody_in_the_middle_lets_nobody_in(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    config = config_of(tmp_path)
    with running(bound(TLS(TCP(port=0), config))) as run, _closed(client_of(run.server.server_address)) as client:
        middle: Any = _InTheMiddle(stream_of(client))
        if what == "another certificate":

            def another(_connection: object) -> Binding:
                return END_POINT, bytes(32)

            monkeypatch.setattr(scram_client, "peer_end_point", another)
        else:
            reads = [4, 18]

            async def without_plus(size: int) -> bytes:
                data = await middle._stream.readexactly(size)
                if reads and reads.pop(0) == 4:
                    return b"\0\0\0\r"
                if data == b"SCRAM-SHA-256":
                    assert await middle._stream.readexactly(5) == b"-PLUS"
                return bytes(data)

            middle.readexactly = without_plus
        with pytest.raises(AuthenticationFailed, match="other-error"):
            drive(scram_login(middle, "anna", "a password"))


def test_stream_of_plain_tcp_gets_no_binding(tmp_path: Path) -> None:
    del tmp_path
    with running(bound(TCP(port=0))) as run, connect(run.server.server_address) as client:
        stream = stream_of(client)
        drive(scram_login(stream, "anna", "a password"))
        client.sendall(b"hello\n")
        client.shutdown(socket.SHUT_WR)
        assert received(client) == b"anna hello\n"
