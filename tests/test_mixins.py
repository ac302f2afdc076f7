"""Mix-ins for servers in the old style: on the classes of ``typedserver.compat`` and of the standard library alike."""

import contextlib
import http.server
import logging
import os
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import xmlrpc.client
import xmlrpc.server
from collections.abc import Generator
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import typedserver.compat
from tests.lending import until
from tests.running import PATIENCE
from tests.tls import client_context
from tests.tls_files import files
from typedserver import (
    AuthenticationFailed,
    CompositionError,
    Credentials,
    ListenError,
    RecipeError,
    ScramSecret,
    TLSConfig,
    UnixPeer,
    connect,
    drive,
    mixins,
    scram_login,
)

MODULES: dict[str, Any] = {"compat": typedserver.compat, "stdlib": socketserver}
HERE = ("127.0.0.1", 0)
# Whether the client of this Python's multiprocessing knows HMAC-MD5 alone.
OLD = sys.version_info < (3, 12)
CONFIG = TLSConfig(certificate="a.pem", key="a.key")

every_module = pytest.mark.parametrize("module", list(MODULES))
concurrent = pytest.mark.parametrize("how", ["ThreadingMixIn", "ForkingMixIn"])


class Upper(socketserver.StreamRequestHandler):
    """Answers each line in capitals, behind who the client is."""

    def handle(self) -> None:
        principal = getattr(self.client_address, "principal", None)
        for line in self.rfile:
            if line == b"fail\n":
                raise ValueError("the handler's own fault")
            self.wfile.write(b"%s %s" % (repr(principal).encode(), line.upper()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return files(tmp_path_factory.mktemp("tls"))


def composed(*bases: Any, **members: Any) -> Any:
    return type("Composed", bases, members)


def server_class(mixin: Any, module: str = "stdlib", how: str = "ThreadingMixIn", kind: str = "TCPServer") -> Any:
    classes = MODULES[module]
    return (
        composed(mixin, getattr(classes, how), getattr(classes, kind))
        if how
        else composed(mixin, getattr(classes, kind))
    )


@contextlib.contextmanager
def serving(cls: Any, handler: Any = Upper, address: Any = HERE) -> Generator[Any, None, None]:
    with cls(address, handler) as server:
        loop = threading.Thread(target=server.serve_forever, args=(0.05,))
        loop.start()
        try:
            yield server
        finally:
            server.shutdown()
            loop.join(PATIENCE)
            if isinstance(address, str):
                # The old module leaves it there.
                Path(address).unlink()


def plain(server: Any) -> socket.socket:
    client = socket.socket(server.address_family)
    client.settimeout(PATIENCE)
    client.connect(server.socket.getsockname())
    return client


# A child of a ForkingMixIn has copies of what this process has open, also of its clients: each must say its end.


@contextlib.contextmanager
def encrypted(server: Any, context: ssl.SSLContext | None = None) -> Generator[ssl.SSLSocket, None, None]:
    raw = plain(server)
    try:
        with (context or client_context()).wrap_socket(raw, suppress_ragged_eofs=False) as client:
            yield client
    finally:
        raw.close()


def everything(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65536), b""))


def ask(server: Any, line: bytes = b"hello\n") -> bytes:
    """Ask by TLS, and end it as TLS does it: by a word of each side."""
    with encrypted(server) as client:
        client.sendall(line)
        answer = client.recv(100)
        client.unwrap().close()
        return answer


def tls(folder: Path, **more: Any) -> Any:
    return composed(mixins.TLSMixIn, certfile=folder / "certificate", keyfile=folder / "key", **more)


# TLS


@every_module
@concurrent
@pytest.mark.parametrize("kind", ["TCPServer", "UnixStreamServer"])
def test_connection_is_encrypted_on_every_class(module: str, how: str, kind: str, folder: Path, tmp_path: Path) -> None:
    address: Any = HERE if kind == "TCPServer" else str(tmp_path / "sock")
    with serving(server_class(tls(folder), module, how, kind), address=address) as server:
        assert ask(server) == b"None HELLO\n"


@every_module
def test_server_that_serves_one_after_the_other_is_encrypted(module: str, folder: Path) -> None:
    with serving(server_class(tls(folder), module, how="")) as server:
        assert [ask(server), ask(server)] == [b"None HELLO\n"] * 2


@pytest.mark.parametrize("name", [name for name in vars(mixins)["__all__"] if name.endswith("Server")])
def test_alias_serves_encrypted_connections(name: str, folder: Path, tmp_path: Path) -> None:
    members = {"certfile": folder / "certificate", "keyfile": folder / "key"}
    cls = type(name, (getattr(mixins, name),), members)
    with serving(cls, address=str(tmp_path / "sock") if "Unix" in name else HERE) as server:
        assert ask(server) == b"None HELLO\n"


def test_silent_clients_hold_nobody(folder: Path) -> None:
    with serving(server_class(tls(folder, establish_timeout=0.5, request_queue_size=50))) as server:
        silent = [plain(server) for _ in range(20)]
        try:
            assert ask(server) == b"None HELLO\n"
            # They are ended by then, and no thread of theirs is left when the server closes.
            assert [client.recv(1) for client in silent] == [b""] * 20
        finally:
            for client in silent:
                client.close()


def test_handshake_that_drips_ends_in_time(folder: Path) -> None:
    with serving(server_class(tls(folder, establish_timeout=0.3))) as server, plain(server) as client:
        # The header of a record, of which never all comes.
        client.sendall(b"\x16\x03\x01\x02\x00\x01")
        stop = threading.Event()

        def drip() -> None:
            with contextlib.suppress(OSError):
                while not stop.wait(0.05):
                    client.send(b"\x00")

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            with contextlib.suppress(ConnectionError):
                assert client.recv(100) == b""
        finally:
            stop.set()
            dripping.join()


@every_module
@concurrent
def test_peers_fault_is_a_line_and_no_traceback(
    module: str, how: str, folder: Path, log_file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("typedserver").setLevel(logging.INFO)
    try:
        with serving(server_class(tls(folder), module, how)) as server:
            with plain(server) as client:
                client.sendall(b"GET / HTTP/1.0\r\n\r\n")
                everything(client)
            with plain(server) as client:
                client.shutdown(socket.SHUT_WR)
                everything(client)
            assert ask(server) == b"None HELLO\n"
            until(log_file.read_text)
    finally:
        logging.getLogger("typedserver").setLevel(logging.NOTSET)
    told = log_file.read_text()
    assert "was turned away" in told
    assert "it speaks no TLS: it began with b'GET / HTTP/1'" in told
    assert capfd.readouterr().err == ""


@every_module
@concurrent
def test_handlers_fault_is_reported_as_before(
    module: str, how: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with serving(server_class(tls(folder), module, how)) as server, encrypted(server) as client:
        client.sendall(b"fail\n")
        assert client.recv(100) == b""
        address = client.getsockname()
    told = capfd.readouterr().err
    assert told.count("Traceback") == 1
    assert "ValueError: the handler's own fault" in told
    assert f"Exception occurred during processing of request from {address}" in told


def test_hooks_of_a_requests_end_end_the_encrypted_connection(folder: Path) -> None:
    calls: list[str] = []

    base: Any = composed(tls(folder), socketserver.ThreadingTCPServer)

    class Server(base):  # type: ignore[misc]  # a class made by a function
        def verify_request(self, request: Any, client_address: Any) -> bool:
            calls.append("verify")
            return bool(base.verify_request(self, request, client_address))

        def shutdown_request(self, request: Any) -> None:
            calls.append("shutdown")
            request.shutdown(socket.SHUT_WR)
            self.close_request(request)

        def close_request(self, request: Any) -> None:
            calls.append("close")
            request.close()

    with serving(Server) as server:
        # The peer hears the end as TLS says it, else ``unwrap`` would raise.
        assert ask(server) == b"None HELLO\n"
    assert calls == ["verify", "shutdown", "close"]


def test_programs_own_get_request_is_encrypted_too(folder: Path) -> None:
    base: Any = composed(tls(folder), socketserver.ThreadingTCPServer)

    class Server(base):  # type: ignore[misc]  # a class made by a function
        def get_request(self) -> tuple[socket.socket, Any]:
            request, client_address = self.socket.accept()
            request.settimeout(PATIENCE)
            return request, client_address

    timeouts: list[float | None] = []

    class Handler(Upper):
        def setup(self) -> None:
            timeouts.append(self.request.gettimeout())
            super().setup()

    with serving(Server, Handler) as server:
        assert ask(server) == b"None HELLO\n"
    assert timeouts == [PATIENCE]


def test_handler_finds_what_tls_knows_and_a_client_must_prove_itself(folder: Path) -> None:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            assert isinstance(self.request, ssl.SSLSocket)
            self.request.sendall(repr((self.request.getpeercert(), self.request.selected_alpn_protocol())).encode())

    context = client_context()
    context.set_alpn_protocols(["upper"])
    cls = server_class(tls(folder, client_ca=folder / "certificate", alpn=("upper",)))
    with serving(cls, Handler) as server:
        with encrypted(server, context) as client, pytest.raises(ssl.SSLError):
            client.recv(1)
        context.load_cert_chain(folder / "alice.pem", folder / "alice.key")
        with encrypted(server, context) as client:
            said = client.recv(10_000).decode()
    assert "alice@example.org" in said
    assert said.endswith("'upper')")


@pytest.mark.parametrize("kind", ["config", "context"])
def test_config_or_context_of_the_programs_own_is_used(kind: str, folder: Path) -> None:
    config: Any = TLSConfig(certificate=folder / "certificate", key=folder / "key")
    if kind == "context":
        config = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        config.load_cert_chain(folder / "certificate", folder / "key")
    with serving(server_class(composed(mixins.TLSMixIn, tls_config=config))) as server:
        assert ask(server) == b"None HELLO\n"


def test_attributes_are_read_when_the_server_is_activated(folder: Path) -> None:
    with mixins.ThreadingTLSServer(HERE, Upper, bind_and_activate=False) as server:
        server.certfile, server.keyfile, server.password = folder / "certificate", folder / "encrypted.key", "secret"
        server.server_bind()
        server.server_activate()
        loop = threading.Thread(target=server.serve_forever, args=(0.05,))
        loop.start()
        try:
            assert ask(server) == b"None HELLO\n"
        finally:
            server.shutdown()
            loop.join(PATIENCE)


def test_server_that_was_never_activated_is_encrypted_too(folder: Path) -> None:
    with socket.create_server(HERE) as listening:
        server = server_class(tls(folder))(HERE, Upper, bind_and_activate=False)
        server.socket.close()
        server.socket = listening.dup()
        loop = threading.Thread(target=server.serve_forever, args=(0.05,))
        loop.start()
        try:
            assert ask(server) == b"None HELLO\n"
        finally:
            server.shutdown()
            loop.join(PATIENCE)
            server.server_close()


def shown(server: Any) -> bytes | None:
    with encrypted(server) as client:
        client.sendall(b"hello\n")
        assert client.recv(100) == b"None HELLO\n"
        certificate = client.getpeercert(binary_form=True)
        client.unwrap().close()
        return certificate


@pytest.mark.parametrize("watches", [True, False])
def test_new_certificate_is_shown_without_a_restart(watches: bool, folder: Path, tmp_path: Path) -> None:
    certificate, key = tmp_path / "certificate", tmp_path / "key"

    def write(name: str, name_of_key: str) -> None:
        certificate.write_bytes((folder / name).read_bytes())
        key.write_bytes((folder / name_of_key).read_bytes())

    write("certificate", "key")
    config = TLSConfig(certificate=certificate, key=key, watch=0.01 if watches else None)
    with serving(server_class(composed(mixins.TLSMixIn, tls_config=config))) as server:
        before = shown(server)
        write("other.pem", "other.key")
        if not watches:
            assert shown(server) == before
            server.reload()
            assert shown(server) != before
        until(lambda: shown(server) != before)


def test_bad_new_certificate_is_told_and_the_old_one_stays(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    certificate = tmp_path / "both"
    certificate.write_bytes((folder / "certificate").read_bytes() + (folder / "key").read_bytes())
    config = TLSConfig(certificate=certificate, key=certificate, watch=0.01)
    with serving(server_class(composed(mixins.TLSMixIn, tls_config=config))) as server:
        certificate.write_text("nothing")
        until(lambda: "goes on with the certificates that it had" in caplog.text)
        with pytest.raises(ListenError):
            server.reload()
        assert ask(server) == b"None HELLO\n"


# Servers of the standard library

WEB = """\
class Server(TLSMixIn, ThreadingHTTPServer):
    certfile, keyfile = "certificate", "key"
"""


def test_http_server_speaks_tls_with_three_lines_more(folder: Path, tmp_path: Path) -> None:
    content = os.urandom(1 << 20) * 5
    (tmp_path / "large").write_bytes(content)
    namespace: dict[str, Any] = {"TLSMixIn": mixins.TLSMixIn, "ThreadingHTTPServer": http.server.ThreadingHTTPServer}
    exec(WEB, namespace)
    cls = namespace["Server"]
    cls.certfile, cls.keyfile = folder / "certificate", folder / "key"

    class Files(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(tmp_path))

        def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - http.server's name
            pass

    with serving(cls, Files) as server:
        url = f"https://localhost:{server.server_port}/large"
        command = ["curl", "-sS", "--cacert", str(folder / "certificate"), "-o", str(tmp_path / "got"), url]
        subprocess.run(command, check=True, timeout=PATIENCE)
    assert (tmp_path / "got").read_bytes() == content


def test_xmlrpc_server_speaks_tls(folder: Path) -> None:
    cls = composed(tls(folder), socketserver.ThreadingMixIn, xmlrpc.server.SimpleXMLRPCServer)
    with cls(HERE, logRequests=False) as server:
        server.register_function(pow)
        loop = threading.Thread(target=server.serve_forever, args=(0.05,))
        loop.start()
        try:
            url = f"https://127.0.0.1:{server.server_address[1]}"
            with xmlrpc.client.ServerProxy(url, context=client_context()) as proxy:
                assert proxy.pow(2, 9) == 512
        finally:
            server.shutdown()
            loop.join(PATIENCE)


# Where a client comes from


def of_address(self: Any) -> None:
    self.request.sendall(repr((self.client_address, getattr(self.request, "proxy_header", None) is not None)).encode())


class TellAddress(socketserver.BaseRequestHandler):
    handle = of_address


HEADER = b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\r\n"


@every_module
@concurrent
def test_handler_gets_the_client_whom_the_proxy_names(module: str, how: str) -> None:
    with serving(server_class(mixins.ProxyProtocolMixIn, module, how), TellAddress) as server, plain(server) as client:
        client.sendall(HEADER)
        client.shutdown(socket.SHUT_WR)
        assert everything(client) == b"(('192.0.2.7', 4711), True)"


def test_header_of_somebody_else_is_refused() -> None:
    mixin = composed(mixins.ProxyProtocolMixIn, trusted_proxies=["192.0.2.0/24"])
    with serving(server_class(mixin), TellAddress) as server, plain(server) as client:
        client.sendall(HEADER)
        with contextlib.suppress(ConnectionResetError):
            assert everything(client) == b""


def test_error_of_a_handler_behind_a_proxy_names_the_client(capfd: pytest.CaptureFixture[str]) -> None:
    with serving(server_class(mixins.ProxyProtocolMixIn)) as server, plain(server) as client:
        client.sendall(HEADER + b"fail\n")
        assert everything(client) == b""
    assert "processing of request from ('192.0.2.7', 4711)" in capfd.readouterr().err


@every_module
@pytest.mark.parametrize("lists", [{"deny": ["127.0.0.0/8"]}, {"allow": ["192.0.2.0/24"]}])
def test_denied_client_is_not_served(module: str, lists: Any) -> None:
    with (
        serving(server_class(composed(mixins.FilterMixIn, **lists), module), TellAddress) as server,
        plain(server) as client,
    ):
        assert everything(client) == b""


def test_allowed_client_is_served_and_a_silent_verify_request_lets_nobody_else_in() -> None:
    class Lax(socketserver.ThreadingTCPServer):
        def verify_request(self, request: Any, client_address: Any) -> bool:
            return True

    with (
        serving(composed(composed(mixins.FilterMixIn, allow=["127.0.0.1"]), Lax), TellAddress) as server,
        plain(server) as client,
    ):
        assert b"127.0.0.1" in everything(client)

    class Laxer(composed(mixins.FilterMixIn, deny=["127.0.0.1"]), Lax):  # type: ignore[misc]  # as above
        def verify_request(self, request: Any, client_address: Any) -> bool:
            return True

    with serving(Laxer, TellAddress) as server, plain(server) as client:
        assert everything(client) == b""


@every_module
@pytest.mark.parametrize(("lists", "answers"), [({"deny": ["127.0.0.1"]}, False), ({"allow": ["127.0.0.1"]}, True)])
def test_filter_judges_datagrams_too(module: str, lists: Any, answers: bool) -> None:
    served: list[bytes] = []

    class Handler(socketserver.DatagramRequestHandler):
        def handle(self) -> None:
            served.append(self.packet)
            self.wfile.write(self.packet)

    cls: Any = server_class(composed(mixins.FilterMixIn, **lists), module, kind="UDPServer")
    seen = threading.Event()

    class Told(cls):  # type: ignore[misc]  # a class made by a function
        def verify_request(self, request: Any, client_address: Any) -> bool:
            verified = bool(cls.verify_request(self, request, client_address))
            seen.set()
            return verified

    with serving(Told, Handler) as server, socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        client.sendto(b"hello", server.server_address)
        assert seen.wait(PATIENCE)
        if answers:
            assert client.recv(100) == b"hello"
    assert served == [b"hello"] * answers


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_order_of_the_mixins_makes_no_difference(order: tuple[int, ...], folder: Path) -> None:
    bases = [tls(folder), mixins.ProxyProtocolMixIn, composed(mixins.FilterMixIn, deny=["198.51.100.0/24"])]
    cls = composed(*(bases[number] for number in order), socketserver.ThreadingTCPServer)
    with serving(cls, TellAddress) as server, plain(server) as client:
        client.sendall(HEADER)
        with client_context().wrap_socket(client) as inside:
            assert inside.recv(100) == b"(('192.0.2.7', 4711), True)"
        with plain(server) as denied:
            denied.sendall(HEADER.replace(b"192.0.2.7", b"198.51.100.7"))
            with contextlib.suppress(ConnectionResetError):
                assert everything(denied) == b""


# Who a peer is

KEYS = {"anna": b"the key of anna", "berta": b"the key of berta"}


def by_key(**more: Any) -> Any:
    return composed(mixins.HMACMixIn, hmac_keys=KEYS, hmac_md5=OLD, **more)


def ask_by_key(server: Any, key: bytes) -> bytes:
    address = server.socket.getsockname()
    with Client(address, authkey=key) as client, socket.socket(fileno=os.dup(client.fileno())) as raw:
        raw.settimeout(PATIENCE)
        raw.sendall(b"hello\n")
        raw.shutdown(socket.SHUT_WR)
        return everything(raw)


@every_module
@concurrent
@pytest.mark.parametrize("kind", ["TCPServer", "UnixStreamServer"])
def test_principal_is_the_name_whose_key_has_answered(module: str, how: str, kind: str, tmp_path: Path) -> None:
    address: Any = HERE if kind == "TCPServer" else str(tmp_path / "sock")
    with serving(server_class(by_key(), module, how, kind), address=address) as server:
        assert ask_by_key(server, KEYS["berta"]) == b"'berta' HELLO\n"


def test_peer_that_has_no_key_gets_one_answer_later_and_the_event_is_a_line(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO, "typedserver")
    with serving(server_class(by_key())) as server, pytest.raises(AuthenticationError):
        ask_by_key(server, b"another key")
    assert "no key that is known has answered the challenge" in caplog.text
    assert capfd.readouterr().err == ""


@every_module
@concurrent
def test_address_that_fails_too_often_is_not_heard(module: str, how: str) -> None:
    refused: list[Any] = []

    cls: Any = server_class(by_key(max_failures=1), module, how)

    class Server(cls):  # type: ignore[misc]  # as above
        def verify_request(self, request: Any, client_address: Any) -> bool:
            verified = bool(cls.verify_request(self, request, client_address))
            refused.append(not verified)
            return verified

    with serving(Server) as server:
        # Nobody who has failed that often hears whether a guess was right.
        with pytest.raises(EOFError):
            ask_by_key(server, b"another key")
        with plain(server) as client:
            assert everything(client) == b""
    assert refused == [False, True]


def test_scram_behind_tls_is_bound_to_the_certificate(folder: Path) -> None:
    pytest.importorskip("scramp", reason="the extra [scram] is not installed")
    secret = ScramSecret.of("pencil", iterations=4096)

    class Store:
        def secret(self, user: str, /) -> ScramSecret | None:
            return secret if user == "anna" else None

    # In either order it is done inside of TLS.
    mixin = composed(mixins.ScramMixIn, tls(folder), scram_store=Store(), scram_iterations=4096)

    async def log_in(password: str) -> bytes:
        host: tuple[str, int] = server.server_address
        context = ssl.create_default_context(cafile=folder / "certificate")
        async with await connect(host, tls=context, server_hostname="localhost") as stream:
            await scram_login(stream, "anna", password)
            await stream.write(b"hello\n")
            stream.write_eof()
            return await stream.read()

    with serving(server_class(mixin)) as server:
        assert drive(log_in("pencil")) == b"'anna' HELLO\n"
        with pytest.raises(AuthenticationFailed):
            drive(log_in("pen"))


@every_module
@concurrent
def test_principal_is_the_process_that_has_connected(module: str, how: str, tmp_path: Path) -> None:
    peers: list[Any] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            peer = self.client_address
            self.request.sendall(f"{peer.principal.uid} {peer.principal.pid} {isinstance(peer, str)}".encode())
            peers.append(peer)

    cls = server_class(mixins.PeerCredentialsMixIn, module, how, "UnixStreamServer")
    with serving(cls, Handler, str(tmp_path / "sock")) as server, plain(server) as client:
        assert everything(client).decode() == f"{os.geteuid()} {os.getpid()} True"
    if how == "ThreadingMixIn":
        assert peers == [UnixPeer(Credentials(pid=os.getpid(), uid=os.geteuid(), gid=os.getegid()), "")]


def test_client_with_an_abstract_address_has_a_principal(tmp_path: Path) -> None:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(repr((str(self.client_address), self.client_address.principal.pid)).encode())

    cls = server_class(mixins.PeerCredentialsMixIn, kind="UnixStreamServer")
    with serving(cls, Handler, str(tmp_path / "sock")) as server, socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PATIENCE)
        name = f"\0typedserver-test-{os.getpid()}"
        client.bind(name)
        client.connect(server.server_address)
        assert everything(client).decode() == repr((name, os.getpid()))


def no_secret(_user: str) -> None:
    return None


# What does not fit


@pytest.mark.parametrize(
    ("bases", "members", "says"),
    [
        ([mixins.TLSMixIn, socketserver.TCPServer], {}, "set certfile"),
        ([mixins.TLSMixIn, socketserver.UDPServer], {"certfile": "a.pem"}, "TLS needs an endpoint of connections"),
        ([mixins.ProxyProtocolMixIn, socketserver.UDPServer], {}, "ProxyProtocol needs an endpoint of connections"),
        ([mixins.PeerCredentialsMixIn, socketserver.TCPServer], {}, "PeerCredentials.. needs a Unix endpoint"),
        ([mixins.HMACMixIn, socketserver.TCPServer], {}, "set hmac_keys"),
        ([mixins.ScramMixIn, socketserver.TCPServer], {}, "set scram_store"),
        (
            [mixins.HMACMixIn, mixins.ScramMixIn, socketserver.TCPServer],
            {"hmac_keys": KEYS, "scram_store": SimpleNamespace(secret=no_secret)},
            "find out twice who a peer is",
        ),
        ([mixins.TLSMixIn, socketserver.TCPServer], {"certfile": "a", "tls_config": CONFIG}, "leave one out"),
        ([mixins.TLSMixIn, socketserver.TCPServer], {"certfile": "a", "establish_timeout": 0}, "establish_timeout"),
        ([mixins.FilterMixIn, socketserver.TCPServer], {"deny": ["everybody"]}, "everybody"),
    ],
)
def test_server_that_cannot_work_is_refused_when_it_is_made(
    bases: list[Any], members: dict[str, Any], says: str
) -> None:
    # Its socket is closed: nothing is left behind.
    with pytest.raises((CompositionError, RecipeError), match=says):
        composed(*bases, **members)(HERE, Upper)


def test_file_that_is_not_there_is_refused_before_anybody_can_connect() -> None:
    with pytest.raises(ListenError, match=r"nowhere\.pem"):
        composed(mixins.TLSMixIn, socketserver.TCPServer, certfile="nowhere.pem")(HERE, Upper)


def test_filter_of_a_unix_server_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sock"
    with pytest.raises(CompositionError, match="have none"):
        composed(mixins.FilterMixIn, socketserver.UnixStreamServer, deny=["::/0"])(str(path), Upper)
    path.unlink()


def test_mixins_that_do_not_encrypt_load_no_openssl() -> None:
    program = "import sys, typedserver.mixins as m; m.FilterMixIn, m.HMACMixIn; sys.exit('ssl' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=PATIENCE)
