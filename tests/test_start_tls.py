"""start_tls: a connection that begins in plain text and goes on by TLS, from either end."""

import smtplib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.everywhere import STRATEGIES, everywhere, serving
from tests.running import connect as connect_plainly
from tests.running import running
from tests.test_tls import Watching
from tests.tls import client_context
from tests.tls_files import files
from typedserver import (
    TCP,
    TLS,
    ClientStream,
    CompositionError,
    ConnectError,
    Deadlines,
    HandshakeFailed,
    LifecycleError,
    ListenError,
    Multiplexed,
    Outcome,
    RecipeError,
    Server,
    ServerConfig,
    Stream,
    StreamConfig,
    TaskGroup,
    Threads,
    TLSConfig,
    UnixStream,
    connect,
    drive,
    inet_address,
    run_blocking,
    stream_handler,
)

PATIENCE = 10.0

# The types of its overloads are for addresses of a known kind.
call_out: Any = connect
GO_AHEAD = b"220 go ahead\r\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return files(tmp_path)


@pytest.fixture
def config(folder: Path) -> TLSConfig:
    return TLSConfig(certificate=folder / "certificate", key=folder / "key")


def trusting(folder: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=folder / "certificate")


def upgrading(config: TLSConfig | ssl.SSLContext) -> Any:
    """Make a handler that begins in plain text, answers STARTTLS, and echoes in capitals."""

    @stream_handler
    async def serve(stream: Stream) -> None:
        await stream.write(b"220 ready\r\n")
        now: Stream = stream
        async for line in stream:
            if line == b"STARTTLS\r\n":
                await stream.write(GO_AHEAD)
                now = await stream.start_tls(config)
                break
            await stream.write(line.upper())
        async for line in now:
            await now.write(line.upper())

    return serve


@contextmanager
def begun(address: Any) -> Generator[socket.socket, None, None]:
    """Connect, and read on until the server waits for the handshake."""
    with connect_plainly(address) as client, client.makefile("rb", buffering=0) as lines:
        assert lines.readline() == b"220 ready\r\n"
        client.sendall(b"STARTTLS\r\n")
        assert lines.readline() == GO_AHEAD
        yield client


@contextmanager
def encrypted(
    raw: socket.socket, context: ssl.SSLContext | None = None, name: str | None = None
) -> Generator[ssl.SSLSocket, None, None]:
    with (context or client_context()).wrap_socket(raw, server_hostname=name, suppress_ragged_eofs=False) as client:
        client.settimeout(PATIENCE)
        try:
            yield client
        finally:
            # A forked child has a copy of it.
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)


@contextmanager
def encrypted_at_once(
    server: Server[Any, Any], context: ssl.SSLContext | None = None, name: str | None = None
) -> Generator[ssl.SSLSocket, None, None]:
    with connect_plainly(server.server_address) as raw, encrypted(raw, context, name) as client:
        yield client


@contextmanager
def upgraded(address: Any) -> Generator[ssl.SSLSocket, None, None]:
    with begun(address) as raw, encrypted(raw) as client:
        yield client


def read_all(client: socket.socket) -> bytes:
    """Read to the end, which may be a reset: the server has not read all that was sent."""
    client.settimeout(PATIENCE)
    received = b""
    try:
        while more := client.recv(65536):
            received += more
    except ConnectionResetError:
        pass
    return received


# The server's end


@everywhere
def test_connection_goes_on_by_tls_behind_starttls(name: str, config: TLSConfig) -> None:
    with serving(name, upgrading(config)) as server, upgraded(server.server_address) as client:
        for line in (b"hello\n", b"x" * 10_000 + b"\n"):
            client.sendall(line)
            with client.makefile("rb", buffering=0) as lines:
                assert lines.readline() == line.upper()


@everywhere
def test_bytes_behind_starttls_in_the_same_packet_are_refused(name: str, config: TLSConfig) -> None:
    with serving(name, upgrading(config)) as server, connect_plainly(server.server_address) as client:
        client.sendall(b"STARTTLS\r\nsecret\r\n")
        assert read_all(client) == b"220 ready\r\n" + GO_AHEAD


@everywhere
def test_plain_text_behind_the_answer_is_refused(name: str, config: TLSConfig) -> None:
    with serving(name, upgrading(config)) as server, begun(server.server_address) as client:
        client.sendall(b"secret\r\n")
        # What TLS says then is an alert, or nothing.
        assert b"SECRET" not in read_all(client)


@pytest.mark.parametrize("name", [name for name in STRATEGIES if name != "forks"])
def test_request_of_a_client_that_sent_more_too_early_is_rejected(name: str, config: TLSConfig) -> None:
    watching = Watching()
    with serving(name, upgrading(config), ServerConfig(observer=watching)) as server:
        with connect_plainly(server.server_address) as client:
            client.sendall(b"STARTTLS\r\nsecret\r\n")
            read_all(client)
        finished = watching.wait()
    assert finished.outcome is Outcome.REJECTED
    assert isinstance(finished.error, HandshakeFailed)
    assert "sent 8 bytes behind its request for TLS" in str(finished.error)
    assert "secret" not in str(finished.error)


@pytest.mark.parametrize("name", [name for name in STRATEGIES if name != "forks"])
def test_request_of_a_client_that_speaks_no_tls_is_rejected(name: str, config: TLSConfig) -> None:
    watching = Watching()
    with serving(name, upgrading(config), ServerConfig(observer=watching)) as server:
        with begun(server.server_address) as client:
            client.sendall(b"MAIL FROM:<a@example.org>\r\n")
            read_all(client)
        finished = watching.wait()
    assert finished.outcome is Outcome.REJECTED
    assert "it speaks no TLS: it began with b'MAIL FROM" in str(finished.error)


@pytest.mark.parametrize("name", [name for name in STRATEGIES if name != "forks"])
def test_client_that_drips_its_handshake_is_given_up_at_the_deadline(name: str, config: TLSConfig) -> None:
    watching = Watching()
    limits = ServerConfig(observer=watching, deadlines=Deadlines(establish=0.3))
    with serving(name, upgrading(config), limits) as server, begun(server.server_address) as client:
        over = threading.Event()

        def drip() -> None:
            # The head of a record that is never complete.
            for byte in b"\x16\x03\x01\x02\x00" + bytes(500):
                if over.wait(0.05):
                    return
                try:
                    client.sendall(bytes([byte]))
                except OSError:
                    return

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            finished = watching.wait()
        finally:
            over.set()
            dripping.join()
    assert finished.outcome is Outcome.GIVEN_UP
    assert "has not ended its TLS handshake within 0.3 s (Deadlines(establish=))" in str(finished.error)


@everywhere
def test_drain_ends_a_connection_that_has_gone_on_by_tls_and_is_idle(name: str, config: TLSConfig) -> None:
    with serving(name, upgrading(config)) as server, upgraded(server.server_address) as client:
        client.sendall(b"hello\n")
        assert client.recv(100) == b"HELLO\n"
        server.request_drain()
        # By TLS's own end, or this would be an error.
        assert client.recv(100) == b""


@everywhere
def test_drain_ends_a_connection_whose_handshake_does_not_begin(name: str, config: TLSConfig) -> None:
    quiet = ServerConfig(quiet=0.005)
    with serving(name, upgrading(config), quiet) as server, begun(server.server_address) as client:
        server.request_drain()
        assert read_all(client) == b""


@pytest.mark.parametrize("name", [name for name in STRATEGIES if name != "forks"])
def test_cut_ends_a_connection_that_has_gone_on_by_tls(name: str, config: TLSConfig) -> None:
    watching = Watching()
    limits = ServerConfig(observer=watching, deadlines=Deadlines(total=0.3))
    with serving(name, upgrading(config), limits) as server, upgraded(server.server_address) as client:
        assert watching.wait().outcome is Outcome.CUT
        with pytest.raises(OSError, match=r"EOF|closed|reset"):
            client.recv(100)


@everywhere
def test_handler_may_run_tasks_when_it_has_gone_on_by_tls(name: str, config: TLSConfig) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        now = await stream.start_tls(config)

        async def copy() -> None:
            async for line in now:
                await now.write(line.upper())

        async with TaskGroup() as tasks:
            tasks.create_task(copy())

    with serving(name, serve) as server, encrypted_at_once(server) as client:
        client.sendall(b"hello\n")
        assert client.recv(100) == b"HELLO\n"


@everywhere
def test_handler_with_tasks_may_go_on_by_tls(name: str, config: TLSConfig) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        async def copy() -> None:
            now = await stream.start_tls(config)
            async for line in now:
                await now.write(line.upper())

        async with TaskGroup() as tasks:
            tasks.create_task(copy())

    with serving(name, serve) as server, encrypted_at_once(server) as client:
        client.sendall(b"hello\n")
        assert client.recv(100) == b"HELLO\n"


@pytest.mark.parametrize("name", ["threads", "multiplexed", "asyncio", "uvloop"])
def test_what_the_outbox_keeps_is_sent_in_plain_text_before(name: str, config: TLSConfig) -> None:
    size = 8 * 1024 * 1024

    @stream_handler(config=StreamConfig(outbox=size))
    async def serve(stream: Stream) -> None:
        assert stream.try_write(b"x" * (size - 1) + b"\n")
        await (await stream.start_tls(config)).write(b"by TLS")

    with serving(name, serve) as server, connect_plainly(server.server_address) as raw:
        with raw.makefile("rb", buffering=0) as file:
            received = 0
            while received < size:
                received += len(file.read(min(65536, size - received)) or b"")
        with encrypted(raw) as client:
            assert client.recv(100) == b"by TLS"


@pytest.mark.parametrize("name", ["threads", "multiplexed", "asyncio"])
def test_stream_of_before_takes_nothing_more(name: str, config: TLSConfig) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        now = await stream.start_tls(config)
        with pytest.raises(BrokenPipeError, match="start_tls has returned the stream that goes on with it"):
            await stream.write(b"plain")
        with pytest.raises(BrokenPipeError, match="start_tls has returned the stream that goes on with it"):
            stream.try_write(b"plain")
        with pytest.raises(OSError, match="Bad file descriptor"):
            await stream.read(10)
        await now.write(b"refused")

    with serving(name, serve) as server, encrypted_at_once(server) as client:
        assert client.recv(100) == b"refused"


def test_connection_that_is_encrypted_already_is_refused(config: TLSConfig) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        with pytest.raises(CompositionError, match="would encrypt it twice"):
            await stream.start_tls(config)
        await stream.write(b"still here")

    server = Server(TLS(TCP(port=0), config), serve, Multiplexed())
    with running(server), encrypted_at_once(server) as client:
        assert client.recv(100) == b"still here"


def test_second_reader_is_refused(config: TLSConfig) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        async with TaskGroup() as tasks:
            reading = tasks.create_task(stream.read(10))
            await run_blocking(time.sleep, 0)
            with pytest.raises(LifecycleError, match="another coroutine waits to read this stream"):
                await stream.start_tls(config)
            await stream.write(b"go on")
            await reading

    with serving("multiplexed", serve) as server, connect_plainly(server.server_address) as client:
        assert client.recv(100) == b"go on"
        client.sendall(b"x")


def test_wrong_files_leave_the_connection_as_it_was(folder: Path) -> None:
    missing = TLSConfig(certificate=folder / "none", key=folder / "key")

    @stream_handler
    async def serve(stream: Stream) -> None:
        with pytest.raises(ListenError, match="none"):
            await stream.start_tls(missing)
        await stream.write(b"454 no TLS now\r\n")

    with serving("multiplexed", serve) as server, connect_plainly(server.server_address) as client:
        assert client.recv(100) == b"454 no TLS now\r\n"


def test_what_is_no_config_is_refused() -> None:
    wrong: Any = True

    @stream_handler
    async def serve(stream: Stream) -> None:
        with pytest.raises(CompositionError, match=r"needs a TLSConfig or an ssl.SSLContext, not True"):
            await stream.start_tls(wrong)
        await stream.write(b"refused")

    with serving("threads", serve) as server, connect_plainly(server.server_address) as client:
        assert client.recv(100) == b"refused"


def test_new_files_are_shown_to_those_who_come_later(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    config = TLSConfig(certificate=folder / "certificate", key=folder / "key", watch=0.001)

    def shown(address: Any) -> bytes | None:
        with upgraded(address) as client:
            time.sleep(0.002)
            return client.getpeercert(binary_form=True)

    with serving("multiplexed", upgrading(config)) as server:
        before = shown(server.server_address)
        (folder / "certificate").write_text("half")
        assert shown(server.server_address) == before
        assert "TLS goes on with the files that it had before" in caplog.text
        (folder / "certificate").write_bytes((folder / "other.pem").read_bytes())
        (folder / "key").write_bytes((folder / "other.key").read_bytes())
        assert shown(server.server_address) not in (before, None)


def test_facts_of_tls_are_there(folder: Path) -> None:
    config = TLSConfig(
        certificate=folder / "certificate",
        key=folder / "key",
        alpn=["smtp"],
        client_ca=folder / "certificate",
        client_certificate="required",
    )

    @stream_handler
    async def serve(stream: Stream) -> None:
        now = await stream.start_tls(config)
        certificate = now.peer_certificate
        assert certificate is not None
        await now.write(f"{now.server_name} {now.alpn_protocol} {certificate.common_name}".encode())

    context = trusting(folder)
    context.set_alpn_protocols(["smtp"])
    context.load_cert_chain(folder / "alice.pem", folder / "alice.key")
    with serving("multiplexed", serve) as server, encrypted_at_once(server, context, "localhost") as client:
        assert client.recv(100) == b"localhost smtp alice"


# Real clients


@everywhere
def test_smtplib_goes_on_by_tls(name: str, folder: Path, config: TLSConfig) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        now: Stream = stream
        await now.write(b"220 mail.example ESMTP\r\n")
        while line := (await now.readline()).upper():
            if line.startswith(b"EHLO"):
                await now.write(b"250-mail.example\r\n250 STARTTLS\r\n" if now is stream else b"250 mail.example\r\n")
            elif line == b"STARTTLS\r\n":
                await now.write(b"220 go ahead\r\n")
                now = await stream.start_tls(config)
            elif line == b"NOOP\r\n":
                await now.write(b"250 encrypted\r\n" if now is not stream else b"250 plain\r\n")
            elif line == b"QUIT\r\n":
                await now.write(b"221 bye\r\n")
                return

    with serving(name, serve) as server:
        host, port = inet_address(server)[:2]
        with smtplib.SMTP(host, port, timeout=PATIENCE) as client:
            assert client.noop() == (250, b"plain")
            context = trusting(folder)
            context.check_hostname = False
            assert client.starttls(context=context)[0] == 220
            assert client.noop() == (250, b"encrypted")


@everywhere
def test_libpq_goes_on_by_tls(name: str, config: TLSConfig) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        # protocol-message-formats of PostgreSQL: SSLRequest, StartupMessage, ErrorResponse.
        assert await stream.readexactly(8) == struct.pack("!II", 8, 80877103)
        await stream.write(b"S")
        now = await stream.start_tls(config)
        (size,) = struct.unpack("!I", await now.readexactly(4))
        startup = await now.readexactly(size - 4)
        user = startup[4:].split(b"\0")[1]
        fields = b"SFATAL\0C28000\0Mno role " + user + b" by TLS\0\0"
        await now.write(b"E" + struct.pack("!I", len(fields) + 4) + fields)

    with serving(name, serve) as server:
        host, port = inet_address(server)[:2]
        with pytest.raises(psycopg.OperationalError, match="no role nobody by TLS"):
            psycopg.connect(
                f"host={host} port={port} user=nobody sslmode=require connect_timeout=10 gssencmode=disable"
            )


# The client's end


async def calling(address: Any, tls: Any = True, **more: Any) -> bytes:
    made: ClientStream[Any] = await call_out(address)
    async with made as stream:
        assert await stream.readline() == b"220 ready\r\n"
        await stream.write(b"STARTTLS\r\n")
        assert await stream.readline() == GO_AHEAD
        encrypted: ClientStream[Any, Any] = await stream.start_tls(tls, **more)
        await encrypted.write(b"hello\n")
        return await encrypted.readline()


@everywhere
def test_client_of_our_own_goes_on_by_tls(name: str, folder: Path, config: TLSConfig) -> None:
    with serving("threads", upgrading(config)) as upstream:
        port = upstream.server_address[1]

        @stream_handler
        async def serve(stream: Stream) -> None:
            await stream.write(await calling(("localhost", port), trusting(folder)))

        with serving(name, serve) as server, connect_plainly(server.server_address) as client:
            assert client.recv(100) == b"HELLO\n"


def test_client_verifies_by_default(config: TLSConfig) -> None:
    with serving("multiplexed", upgrading(config)) as server:
        calls = calling(("localhost", server.server_address[1]))
        with pytest.raises(ConnectError, match="its certificate is refused: self-signed certificate"):
            drive(calls)


def test_client_refuses_another_servers_certificate(folder: Path, config: TLSConfig) -> None:
    with serving("multiplexed", upgrading(config)) as server:
        address = ("localhost", server.server_address[1])
        with pytest.raises(ConnectError, match=r"not valid for 'other\.example'"):
            drive(calling(address, trusting(folder), server_hostname="other.example"))


def test_client_refuses_bytes_behind_the_servers_answer(folder: Path) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        await stream.write(b"220 ready\r\n")
        await stream.readline()
        await stream.write(GO_AHEAD + b"250 injected\r\n")
        await stream.read(100)

    with serving("multiplexed", serve) as server:
        calls = calling(("localhost", server.server_address[1]), trusting(folder))
        with pytest.raises(ConnectError, match="has sent 14 bytes behind its answer, in plain text"):
            drive(calls)


def test_client_gives_a_silent_server_up(folder: Path) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        while await stream.read(100_000):
            pass

    async def call(address: Any) -> None:
        made: ClientStream[Any] = await call_out(address, config=StreamConfig(timeout=0.2))
        async with made as stream:
            await stream.start_tls(trusting(folder))

    with serving("multiplexed", serve) as server, pytest.raises(TimeoutError, match=r"no answer within 0.2 s"):
        drive(call(("localhost", server.server_address[1])))


def test_closing_the_stream_of_before_closes_the_connection(folder: Path, config: TLSConfig) -> None:
    async def call(address: Any) -> bool:
        stream: ClientStream[Any] = await call_out(address)
        await stream.readline()
        await stream.write(b"STARTTLS\r\n")
        await stream.readline()
        encrypted = await stream.start_tls(trusting(folder))
        connection = encrypted.socket
        stream.close()
        encrypted.close()
        return connection.fileno() < 0

    with serving("multiplexed", upgrading(config)) as server:
        assert drive(call(("localhost", server.server_address[1])))


def test_server_s_config_is_no_client_s(folder: Path, config: TLSConfig) -> None:
    with (
        serving("multiplexed", upgrading(config)) as server,
        pytest.raises(
            RecipeError, match=r"start_tls\(\) must be True, which verifies the server, or an ssl.SSLContext"
        ),
    ):
        drive(calling(("localhost", server.server_address[1]), config))


def test_client_of_a_unix_socket_must_name_the_server(tmp_path: Path, folder: Path, config: TLSConfig) -> None:
    server = Server(UnixStream(str(tmp_path / "s")), upgrading(config), Threads())
    with running(server):
        with pytest.raises(RecipeError, match="needs server_hostname="):
            drive(calling(str(tmp_path / "s"), trusting(folder)))
        assert drive(calling(str(tmp_path / "s"), trusting(folder), server_hostname="localhost")) == b"HELLO\n"
