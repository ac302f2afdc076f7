"""Calling out by TLS: who is verified, by what, and how each failure is told."""

import socket
import ssl
from pathlib import Path
from typing import Any

import pytest

from tests.matrix import LOOP_MAKING_STRATEGIES, MULTIPLEXING_STRATEGIES, NAMES
from tests.running import ask, running
from tests.running import connect as connect_plainly
from tests.tls import client_context
from tests.tls_files import files
from typedserver import (
    TCP,
    TLS,
    ClientStream,
    ConnectError,
    ConnectTimedOut,
    Multiplexed,
    RecipeError,
    Server,
    ServerContext,
    Stream,
    Threads,
    TLSConfig,
    UnixStream,
    connect,
    drive,
    stream_handler,
)
from typedserver.protocols.requests import Address

# The types of its overloads are for addresses of a known kind.
call: Any = connect


@stream_handler
async def upper(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())


def trusting(folder: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=folder / "certificate")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return files(tmp_path)


def encrypted(folder: Path, endpoint: Any = None, **more: Any) -> Server[Any, Any]:
    config = TLSConfig(certificate=folder / "certificate", key=folder / "key", **more)
    return Server(TLS(endpoint or TCP(port=0), config), upper, Threads())


async def talk(address: Any, **how: Any) -> bytes:
    made: ClientStream[Any, ssl.SSLSocket] = await call(address, **how)
    async with made as stream:
        await stream.write(b"hello\n")
        return await stream.readline()


def test_server_whose_authority_is_trusted_is_verified_by_its_name(folder: Path) -> None:
    with running(encrypted(folder)) as run:
        said = drive(talk(run.server.server_address, tls=trusting(folder), server_hostname="localhost"))
    assert said == b"HELLO\n"


def test_host_of_the_address_is_the_name_to_be_proven(folder: Path) -> None:
    with running(encrypted(folder)) as run:
        port = run.server.server_address[1]
        assert drive(talk(("localhost", port), tls=trusting(folder))) == b"HELLO\n"
        with pytest.raises(ConnectError, match=r"its certificate is refused: .*127\.0\.0\.1"):
            drive(talk(("127.0.0.1", port), tls=trusting(folder)))


def test_true_trusts_only_what_the_machine_trusts(folder: Path) -> None:
    with running(encrypted(folder)) as run, pytest.raises(ConnectError, match="certificate is refused") as raised:
        drive(talk(run.server.server_address, tls=True, server_hostname="localhost"))
    assert not isinstance(raised.value, ConnectTimedOut)
    assert isinstance(raised.value.__cause__, ssl.SSLCertVerificationError)


def test_unix_socket_speaks_tls_by_a_given_name(folder: Path) -> None:
    path = str(folder / "s.sock")
    with running(encrypted(folder, UnixStream(path))):
        assert drive(talk(path, tls=trusting(folder), server_hostname="localhost")) == b"HELLO\n"
        assert drive(talk(path, tls=client_context())) == b"HELLO\n"
        with pytest.raises(RecipeError, match="needs server_hostname="):
            drive(talk(path, tls=trusting(folder)))


def test_server_that_speaks_no_tls_is_named_with_the_reason() -> None:
    with running(Server(TCP(port=0), upper, Threads())) as run:
        with pytest.raises(ConnectError, match="by TLS: the handshake failed"):
            drive(talk_to_liar())
        assert ask(run.server.server_address, b"a\n") == b"A\n"


async def talk_to_liar() -> bytes:
    @stream_handler
    async def lie(stream: Stream) -> None:
        await stream.write(b"220 no TLS here\r\n" * 4)

    with running(Server(TCP(port=0), lie, Threads())) as run:
        return await talk(run.server.server_address, tls=client_context())


def test_server_that_says_nothing_is_given_up_after_the_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(ConnectTimedOut, match="by TLS: no answer"):
        drive(talk(silent.getsockname(), tls=client_context(), timeout=0.2))


def test_server_that_leaves_in_the_handshake_is_an_error_of_the_connection() -> None:
    @stream_handler
    async def leave(stream: Stream) -> None:
        await stream.read(10)

    with running(Server(TCP(port=0), leave, Threads())) as run, pytest.raises(ConnectError, match="has left in"):
        drive(talk(run.server.server_address, tls=client_context()))


@pytest.mark.parametrize("strategy", [*MULTIPLEXING_STRATEGIES, *LOOP_MAKING_STRATEGIES, "threads", "inline"])
def test_handler_calls_out_by_tls_under_every_strategy(strategy: str, folder: Path) -> None:
    made: Any = {"threads": "Threads()", "inline": "Inline()"} | MULTIPLEXING_STRATEGIES | LOOP_MAKING_STRATEGIES
    with running(encrypted(folder)) as behind:

        @stream_handler
        async def forward(stream: Stream) -> None:
            address = behind.server.server_address
            back: ClientStream[Any, ssl.SSLSocket] = await call(
                address, tls=trusting(folder), server_hostname="localhost"
            )
            async with back:
                async for line in stream:
                    await back.write(line)
                    await stream.write(await back.readline())

        with running(Server(TCP(port=0), forward, eval(made[strategy], dict(NAMES)))) as run:
            assert ask(run.server.server_address, b"a\nb\n") == b"A\nB\n"


def test_stream_tells_what_the_server_has_shown(folder: Path) -> None:
    async def shown(address: Any) -> tuple[str, str | None, str]:
        context = trusting(folder)
        context.set_alpn_protocols(["b"])
        made: ClientStream[Any, ssl.SSLSocket] = await call(address, tls=context, server_hostname="localhost")
        async with made as stream:
            certificate = stream.peer_certificate
            assert certificate is not None
            return certificate.subject, stream.alpn_protocol, stream.socket.version() or ""

    with running(encrypted(folder, alpn=["a", "b"])) as run:
        assert drive(shown(run.server.server_address)) == ("CN=localhost", "b", "TLSv1.3")


def test_client_shows_its_certificate(folder: Path) -> None:
    @stream_handler
    async def greet(stream: Stream[Address, ServerContext, ssl.SSLSocket]) -> None:
        certificate = stream.peer_certificate
        await stream.readline()
        await stream.write(f"{None if certificate is None else certificate.common_name}\n".encode())

    context = trusting(folder)
    context.load_cert_chain(folder / "alice.pem", folder / "alice.key")
    config = TLSConfig(
        certificate=folder / "certificate",
        key=folder / "key",
        client_ca=folder / "certificate",
        client_certificate="required",
    )
    with running(Server(TLS(TCP(port=0), config), greet, Multiplexed())) as run:
        assert drive(talk(run.server.server_address, tls=context, server_hostname="localhost")) == b"alice\n"


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"tls": "yes"}, r"connect\(tls=\) must be True.*, not 'yes'"),
        ({"tls": False}, r"connect\(tls=\) must be True.*, not False"),
        ({"server_hostname": "a"}, "give tls=True as well"),
        ({"tls": True, "server_hostname": ""}, "must be the name of a host"),
        ({"tls": True, "server_hostname": 7}, "must be the name of a host"),
        ({"tls": ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)}, "context of a client"),
    ],
)
def test_values_that_cannot_work_are_refused_before_anything_is_opened(how: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        drive(talk(("127.0.0.1", 1), **how))


def test_nothing_is_left_open_by_what_fails(folder: Path) -> None:
    with running(encrypted(folder)) as run:
        for _ in range(20):
            with pytest.raises(ConnectError):
                drive(talk(run.server.server_address, tls=True, server_hostname="localhost"))
        with connect_plainly(run.server.server_address):
            pass
