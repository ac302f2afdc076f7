"""TLS: an endpoint whose connections are encrypted, under every strategy, and its recipe."""

import asyncio
import contextlib
import http.server
import os
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import pytest

from tests.matrix import LOOP_MAKING_STRATEGIES, MULTIPLEXING_STRATEGIES, NAMES, STRATEGIES, STREAM_HANDLERS
from tests.running import connect, running
from tests.tls import client_context, server_context
from tests.tls_files import files
from typedserver import (
    TCP,
    TLS,
    UDP,
    Address,
    Asyncio,
    CompositionError,
    Deadlines,
    Framed,
    HandshakeFailed,
    Identity,
    Lines,
    ListenError,
    Multiplexed,
    Outcome,
    Prefork,
    RecipeError,
    Server,
    ServerConfig,
    ServerContext,
    ServerEvent,
    Stream,
    StreamConfig,
    Threads,
    TLSConfig,
    UnixStream,
    from_stdlib,
    sleep,
    stream_handler,
)
from typedserver.events import Finished
from typedserver.sockets.tls_connection import TLSConnection

PATIENCE = 10.0

# The most plain bytes of one record (RFC 8446, 5.1).
RECORD = 16 * 1024


def config(folder: Path, **more: Any) -> TLSConfig:
    files(folder)
    given: dict[str, Any] = {"certificate": folder / "certificate", "key": folder / "key"} | more
    return TLSConfig(**given)


def config_of(given: dict[str, Any]) -> TLSConfig:
    named: dict[str, Any] = {"certificate": "c", "key": "k"} | given
    return TLSConfig(**named)


@contextlib.contextmanager
def encrypted(
    server: Server[Any, Any],
    context: ssl.SSLContext | None = None,
    name: str | None = None,
    *,
    session: ssl.SSLSession | None = None,
) -> Generator[ssl.SSLSocket, None, None]:
    """Connect to a server as Python's own client does."""
    raw = connect(server.server_address)
    with raw, (context or client_context()).wrap_socket(raw, server_hostname=name, session=session) as client:
        yield client


@contextlib.contextmanager
def strategy_of(name: str) -> Generator[Any, None, None]:
    """Make a strategy by its name."""
    with ThreadPoolExecutor(2) as pool:

        def executor(_threads: int) -> ThreadPoolExecutor:
            return pool

        yield eval(ALL_STRATEGIES[name], NAMES | {"ThreadPoolExecutor": executor})


def received(client: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size and (more := client.recv(65536)):
        data += more
    return bytes(data)


class Watching:
    """Keeps how requests have ended."""

    def __init__(self) -> None:
        self.finished: list[Finished] = []
        self._changed = threading.Condition()

    def __call__(self, event: ServerEvent) -> None:
        if isinstance(event, Finished):
            with self._changed:
                self.finished.append(event)
                self._changed.notify_all()

    def wait(self, number: int = 1) -> Finished:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.finished) >= number, PATIENCE)
            return self.finished[number - 1]


@stream_handler
async def echo(stream: Stream) -> None:
    while data := await stream.read(65536):
        await stream.write(data)


@stream_handler
async def facts(stream: Stream[Address, ServerContext, ssl.SSLSocket]) -> None:
    shown = stream.peer_certificate
    told = (stream.alpn_protocol, stream.server_name, None if shown is None else (shown.subject, shown.names))
    await stream.write(repr(told).encode())


# Every handler under every strategy

COROUTINES = {"stream_coroutine": STREAM_HANDLERS["stream_coroutine"], "framed": Framed(Lines(), bytes.upper)}
LINES = {"framed": b"HELLO\nTHERE\n"}
CASES = [
    *((strategy, name) for strategy in STRATEGIES for name in (*STREAM_HANDLERS, "framed")),
    *((strategy, name) for strategy in (*MULTIPLEXING_STRATEGIES, *LOOP_MAKING_STRATEGIES) for name in COROUTINES),
]
ALL_STRATEGIES = STRATEGIES | MULTIPLEXING_STRATEGIES | LOOP_MAKING_STRATEGIES


@pytest.mark.parametrize("family", ["tcp", "unix"])
@pytest.mark.parametrize(("strategy", "name"), CASES, ids=[f"{strategy}-{name}" for strategy, name in CASES])
def test_handler_answers_an_encrypted_connection(tmp_path: Path, strategy: str, name: str, family: str) -> None:
    endpoint: Any = TCP(port=0) if family == "tcp" else UnixStream(str(tmp_path / "socket"))
    handler: Any = (STREAM_HANDLERS | COROUTINES)[name]
    with strategy_of(strategy) as made, running(Server(TLS(endpoint, config(tmp_path)), handler, made)) as run:
        for _ in range(2):
            with encrypted(run.server) as client:
                client.sendall(b"hello\nthere\n")
                assert received(client, 12) == b"HELLO\nTHERE\n"
                client.unwrap()


def test_workers_of_a_prefork_answer_encrypted_connections(tmp_path: Path) -> None:
    server = Server(TLS(TCP(port=0), config(tmp_path)), echo, Multiplexed())
    with running(Prefork(server, 2)):
        for _ in range(4):
            with encrypted(server) as client:
                client.sendall(b"hello")
                assert client.recv(10) == b"hello"


@pytest.mark.parametrize("strategy", ["threads", "forks", "multiplexed", "asyncio", "uvloop"])
def test_bulk_passes_byte_for_byte_both_ways(tmp_path: Path, strategy: str) -> None:
    data = os.urandom(1_000_000) * 8
    made = eval(ALL_STRATEGIES[strategy], dict(NAMES))
    # Before Python 3.13.4 no two threads may use a socket of the module ssl at once.
    with (
        running(Server(TLS(TCP(port=0), config(tmp_path)), echo, made)) as run,
        ThreadPoolExecutor(1) as pool,
        TLSConnection(connect(run.server.server_address), client_context(), server_side=False) as client,
    ):
        client.do_handshake()
        sent = pool.submit(client.sendall, data)
        assert received(client, len(data)) == data
        sent.result(PATIENCE)
        client.shutdown(socket.SHUT_WR)
        assert client.recv(10) == b""


@pytest.mark.parametrize("strategy", ["threads", "multiplexed"])
def test_request_and_end_that_come_together_are_both_found(tmp_path: Path, strategy: str) -> None:
    made = eval(ALL_STRATEGIES[strategy], dict(NAMES))
    with running(Server(TLS(TCP(port=0), config(tmp_path)), echo, made)) as run, encrypted(run.server) as client:
        client.setblocking(False)
        # Both in one segment.
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        client.send(b"hello")
        with contextlib.suppress(ssl.SSLWantReadError):
            client.unwrap()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
        # The descriptor stays open: the server answers the word, not the kernel's end.
        client.settimeout(PATIENCE)
        assert socket.socket.recv(client, 65536)
        while socket.socket.recv(client, 65536):
            pass


@pytest.mark.parametrize("strategy", ["threads", "multiplexed"])
def test_answer_of_two_small_writes_is_not_held_back(tmp_path: Path, strategy: str) -> None:
    @stream_handler
    async def twice(stream: Stream) -> None:
        async for _ in stream:
            await stream.write(b"a")
            await stream.write(b"b")

    made = eval(ALL_STRATEGIES[strategy], dict(NAMES))
    with running(Server(TLS(TCP(port=0), config(tmp_path)), twice, made)) as run, encrypted(run.server) as client:
        shortest = PATIENCE
        for _ in range(5):
            began = time.monotonic()
            client.sendall(b"x\n")
            assert received(client, 2) == b"ab"
            shortest = min(shortest, time.monotonic() - began)
        assert shortest < 0.03


@pytest.mark.parametrize("strategy", ["threads", "multiplexed"])
def test_first_request_of_a_client_with_nagles_algorithm_is_not_held_back(tmp_path: Path, strategy: str) -> None:
    made = eval(ALL_STRATEGIES[strategy], dict(NAMES))
    with running(Server(TLS(TCP(port=0), config(tmp_path)), echo, made)) as run:
        shortest = PATIENCE
        for _ in range(5):
            with encrypted(run.server) as client:
                began = time.monotonic()
                client.sendall(b"x")
                assert client.recv(1) == b"x"
                shortest = min(shortest, time.monotonic() - began)
    # A delayed acknowledgement is one of 40 ms.
    assert shortest < 0.03


def test_encrypted_connection_stays_registered_with_asyncios_loop_between_reads(tmp_path: Path) -> None:
    registered: list[int] = []

    @stream_handler
    async def counted(stream: Stream) -> None:
        loop: Any = asyncio.get_running_loop()
        add_reader = loop.add_reader

        def counting(fd: int, callback: Any) -> None:
            registered.append(fd)
            add_reader(fd, callback)

        await stream.write(await stream.read(10))
        # The second wait is the first of those that count.
        await stream.write(await stream.read(10))
        loop.add_reader = counting
        while data := await stream.read(10):
            await stream.write(data)

    server = Server(TLS(TCP(port=0), config(tmp_path)), counted, Asyncio())
    with running(server) as run, encrypted(run.server) as client:
        for _ in range(6):
            # After the server has begun to wait.
            time.sleep(0.01)
            client.sendall(b"hello")
            assert client.recv(10) == b"hello"
    assert not registered


@pytest.mark.parametrize("strategy", ["asyncio", "uvloop", "multiplexed"])
def test_number_of_an_encrypted_connection_that_its_handler_closes_serves_the_next(
    tmp_path: Path, strategy: str
) -> None:
    numbers: list[int] = []

    @stream_handler
    async def close(stream: Stream) -> None:
        await stream.write(await stream.read(10))
        numbers.append(stream.socket.fileno())
        stream.socket.close()

    made = eval(ALL_STRATEGIES[strategy], dict(NAMES))
    with running(Server(TLS(TCP(port=0), config(tmp_path)), close, made)) as run:
        for _ in range(3):
            with encrypted(run.server) as client:
                for data in (b"hello", b""):
                    client.sendall(b"hello")
                    with contextlib.suppress(ConnectionError, ssl.SSLEOFError):
                        assert client.recv(10) == data
    assert len(numbers) == 3
    assert len(set(numbers)) < 3


@pytest.mark.parametrize("strategy", ["threads", "forks", "multiplexed", "asyncio", "uvloop"])
def test_answers_pass_byte_for_byte_however_little_the_kernel_takes(tmp_path: Path, strategy: str) -> None:
    @stream_handler
    async def narrow(stream: Stream[Any, Any, Any]) -> None:
        stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        while data := await stream.read(1_000_000):
            await stream.write(data)

    data = os.urandom(1_500_000)
    made = eval(ALL_STRATEGIES[strategy], dict(NAMES))
    with (
        running(Server(TLS(UnixStream(str(tmp_path / "socket")), config(tmp_path)), narrow, made)),
        socket.socket(socket.AF_UNIX) as raw,
        ThreadPoolExecutor(1) as pool,
    ):
        raw.settimeout(PATIENCE)
        raw.connect(str(tmp_path / "socket"))
        with TLSConnection(raw, client_context(), server_side=False) as client:
            client.do_handshake()
            sent = pool.submit(client.sendall, data)
            pieces = bytearray()
            while len(pieces) < len(data) and (piece := client.recv(len(pieces) % 5000 + 1)):
                pieces += piece
            assert bytes(pieces) == data
            sent.result(PATIENCE)
            client.shutdown(socket.SHUT_WR)
            assert client.recv(1) == b""


@pytest.mark.parametrize("name", ["threads", "multiplexed", "asyncio", "uvloop"])
def test_rest_of_a_record_that_nobody_reads_costs_nothing_and_is_found(tmp_path: Path, name: str) -> None:
    used: list[float] = []

    @stream_handler
    async def nibble(stream: Stream) -> None:
        assert await stream.read(1) == b"x"
        began = time.process_time()
        await sleep(1.0)
        used.append(time.process_time() - began)
        # The kernel has nothing of it any more.
        await stream.write(await stream.readexactly(RECORD - 1))

    with contextlib.ExitStack() as stack:
        made = stack.enter_context(strategy_of(name))
        run = stack.enter_context(running(Server(TLS(TCP(port=0), config(tmp_path)), nibble, made)))
        client = stack.enter_context(encrypted(run.server))
        client.sendall(b"x" * RECORD)
        assert received(client, RECORD - 1) == b"x" * (RECORD - 1)
    assert used[0] < 0.2


def test_slow_reader_gets_all_that_try_write_has_kept(tmp_path: Path) -> None:
    data = os.urandom(1_000_000) * 12

    @stream_handler(config=StreamConfig(outbox=2**24))
    async def push(stream: Stream) -> None:
        assert stream.try_write(data)

    server = Server(TLS(TCP(port=0), config(tmp_path)), push, Multiplexed())
    with running(server), encrypted(server) as client:
        time.sleep(0.05)
        assert received(client, len(data) + 1) == data
        assert client.recv(1) == b""


def test_http_server_of_the_standard_library_answers_curl(tmp_path: Path) -> None:
    class Hello(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's
            pass

    server = Server(TLS(TCP(port=0), config(tmp_path, alpn=("http/1.1",))), from_stdlib(Hello), Threads())
    with running(server) as run:
        url = f"https://localhost:{run.server.server_address[1]}/"
        done = subprocess.run(
            ["curl", "-sS", "--cacert", tmp_path / "certificate", url],
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        assert (done.stdout, done.stderr) == (b"hello", b"")


# Drains and ends


@pytest.mark.parametrize("strategy", ["threads", "multiplexed", "asyncio"])
def test_drain_ends_an_idle_connection_without_an_alert(tmp_path: Path, strategy: str) -> None:
    made = eval(ALL_STRATEGIES[strategy], dict(NAMES))
    with running(Server(TLS(TCP(port=0), config(tmp_path)), echo, made)) as run, encrypted(run.server) as client:
        client.sendall(b"hello")
        assert client.recv(10) == b"hello"
        run.server.drain()
        assert client.recv(10) == b""


@pytest.mark.parametrize("strategy", ["threads", "multiplexed"])
def test_client_that_leaves_without_a_word_is_a_disconnect(tmp_path: Path, strategy: str) -> None:
    watching = Watching()
    made = eval(ALL_STRATEGIES[strategy], dict(NAMES))
    server = Server(TLS(TCP(port=0), config(tmp_path)), echo, made, config=ServerConfig(observer=watching))
    with running(server) as run:
        with encrypted(run.server) as client:
            client.sendall(b"hello")
            assert client.recv(10) == b"hello"
        assert watching.wait().outcome is Outcome.DISCONNECTED


def test_client_that_leaves_without_a_word_ends_a_handler_of_the_standard_library(tmp_path: Path) -> None:
    class Upper(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for line in self.rfile:
                self.wfile.write(line.upper())
            ends.append(self.rfile.read())

    ends: list[bytes] = []
    watching = Watching()
    server = Server(
        TLS(TCP(port=0), config(tmp_path)), from_stdlib(Upper), Threads(), config=ServerConfig(observer=watching)
    )
    with running(server) as run:
        with encrypted(run.server) as client:
            client.sendall(b"hello\n")
            assert client.recv(10) == b"HELLO\n"
        finished = watching.wait()
        assert (finished.outcome, finished.error) == (Outcome.SERVED, None)
        assert ends == [b""]


# Handshakes that fail


@pytest.mark.parametrize("strategy", ["threads", "multiplexed", "inline"])
def test_plain_text_is_refused_and_named(tmp_path: Path, strategy: str) -> None:
    watching = Watching()
    made = eval(ALL_STRATEGIES[strategy], dict(NAMES))
    server = Server(TLS(TCP(port=0), config(tmp_path)), echo, made, config=ServerConfig(observer=watching))
    with running(server) as run:
        with connect(run.server.server_address) as client:
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            with contextlib.suppress(ConnectionError):
                while client.recv(100):
                    pass
        finished = watching.wait()
        assert finished.outcome is Outcome.REJECTED
        assert isinstance(finished.error, HandshakeFailed)
        assert "speaks no TLS: it began with b'GET / HTTP/1'" in str(finished.error)


def test_failed_handshake_is_one_line_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "typedserver"):
        server = Server(TLS(TCP(port=0), config(tmp_path)), echo, Threads())
        with running(server), connect(server.server_address) as client:
            client.sendall(b"hello\n")
            with contextlib.suppress(ConnectionError):
                while client.recv(100):
                    pass
    (line,) = [record.getMessage() for record in caplog.records if "handshake" in record.getMessage()]
    assert "was turned away" in line
    assert "\n" not in line
    assert "began with b'hello\\n'" in line
    assert not any(record.exc_info for record in caplog.records)


def test_plain_text_of_nc_is_refused_and_the_next_client_served(tmp_path: Path) -> None:
    watching = Watching()
    server = Server(
        TLS(TCP(port=0, host="127.0.0.1"), config(tmp_path)), greet, Threads(), config=ServerConfig(observer=watching)
    )
    with running(server) as run:
        said = subprocess.run(
            ["nc", "-w", "5", "127.0.0.1", str(run.server.server_address[1])],
            input=b"hello\n",
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        assert b"all right" not in said.stdout
        finished = watching.wait()
        assert finished.outcome is Outcome.REJECTED
        assert "speaks no TLS: it began with b'hello\\n'" in str(finished.error)
        with encrypted(run.server) as client:
            assert client.recv(100) == b"all right"


@pytest.mark.parametrize(
    "hello",
    [
        # SSL 3.0: a record of the handshake, its ClientHello, 32 random bytes, no session, two ciphers, no compression.
        b"\x16\x03\x00\x00\x2f" + b"\x01\x00\x00\x2b\x03\x00" + bytes(32) + b"\x00\x00\x04\x00\x2f\x00\x0a\x01\x00",
        # SSL 2.0: the length, a CLIENT-HELLO of version 2, one cipher, no session, a challenge of 16 bytes.
        b"\x80\x1c\x01\x00\x02\x00\x03\x00\x00\x00\x10\x01\x00\x80" + bytes(16),
    ],
    ids=["SSL 3.0", "SSL 2.0"],
)
def test_versions_before_tls_are_refused(tmp_path: Path, hello: bytes) -> None:
    watching = Watching()
    context = TLSConfig(certificate=files(tmp_path) / "certificate", key=tmp_path / "key")
    server = Server(TLS(TCP(port=0), context), greet, Threads(), config=ServerConfig(observer=watching))
    with running(server) as run, connect(run.server.server_address) as client:
        client.sendall(hello)
        answer = b""
        with contextlib.suppress(ConnectionError):
            while data := client.recv(100):
                answer += data
        # A fatal alert, if anything.
        assert not answer or answer[0] == 0x15
        finished = watching.wait()
        assert finished.outcome is Outcome.REJECTED
        assert isinstance(finished.error, HandshakeFailed)


def test_client_that_falls_back_is_told_that_a_newer_version_is_spoken(tmp_path: Path) -> None:
    # TLS_FALLBACK_SCSV (RFC 7507): whoever makes a client try again by an older version is found out.
    with running(Server(TLS(TCP(port=0, host="127.0.0.1"), config(tmp_path)), greet, Threads())) as run:
        _, said = s_client(run.server, "-fallback_scsv", "-tls1_2")
        assert b"inappropriate fallback" in said
        assert b"all right" in s_client(run.server, "-fallback_scsv")[1]


@pytest.mark.parametrize(("version", "marked"), [(ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, False)])
def test_hello_of_the_server_says_that_it_speaks_a_newer_version(
    tmp_path: Path, version: ssl.TLSVersion, marked: bool
) -> None:
    # RFC 8446, 4.1.3: by this a client finds out that somebody has cut 1.3 out of its own hello.
    context = client_context()
    context.maximum_version = version
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing).do_handshake()
    with (
        running(Server(TLS(TCP(port=0), config(tmp_path)), greet, Threads())) as run,
        connect(run.server.server_address) as client,
    ):
        client.sendall(outgoing.read())
        # A record, the hello's own beginning, its version, and 32 random bytes.
        assert (received(client, 43)[35:43] == b"DOWNGRD\x01") is marked


@pytest.mark.parametrize("strategy", ["threads", "multiplexed"])
def test_half_a_handshake_ends_by_the_deadline_or_by_its_client(tmp_path: Path, strategy: str) -> None:
    watching = Watching()
    made = eval(ALL_STRATEGIES[strategy], dict(NAMES))
    deadlines = Deadlines(establish=0.2)
    server = Server(
        TLS(TCP(port=0), config(tmp_path)), echo, made, config=ServerConfig(observer=watching, deadlines=deadlines)
    )
    with running(server) as run:
        with connect(run.server.server_address) as client:
            client.sendall(b"\x16\x03\x01\x02\x00\x01")
            client.shutdown(socket.SHUT_WR)
            assert watching.wait().outcome is Outcome.DISCONNECTED
        with connect(run.server.server_address) as client:
            client.sendall(b"\x16\x03\x01\x02\x00\x01")
            assert watching.wait(2).outcome in (Outcome.CUT, Outcome.GIVEN_UP)


def s_client(server: Server[Any, Any], *arguments: str, said: bytes = b"") -> tuple[int, bytes]:
    address = f"127.0.0.1:{server.server_address[1]}"
    done = subprocess.run(
        ["openssl", "s_client", "-connect", address, "-ign_eof", *arguments],
        input=said,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout


@stream_handler
async def greet(stream: Stream) -> None:
    await stream.write(b"all right")


@pytest.mark.parametrize("arguments", [["-tls1_2"], ["-tls1_3"], ["-alpn", "b,a"], ["-servername", "x.example"]])
def test_openssls_client_is_served(tmp_path: Path, arguments: list[str]) -> None:
    with running(Server(TLS(TCP(port=0, host="127.0.0.1"), config(tmp_path, alpn=("a",))), greet, Threads())) as run:
        status, said = s_client(run.server, *arguments)
        assert b"all right" in said
        assert status == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
        ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
        ["-tls1_2", "-cipher", "AES128-SHA"],
        ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"],
    ],
)
def test_old_versions_and_weak_ciphers_are_refused(tmp_path: Path, arguments: list[str]) -> None:
    watching = Watching()
    server = Server(
        TLS(TCP(port=0, host="127.0.0.1"), config(tmp_path)), greet, Threads(), config=ServerConfig(observer=watching)
    )
    with running(server) as run:
        status, said = s_client(run.server, *arguments)
        assert b"all right" not in said
        assert status != 0
        assert watching.wait().outcome is Outcome.REJECTED


class Interactive:
    """OpenSSL's client, whose lines "K" and "R" are orders."""

    def __init__(self, server: Server[Any, Any], *arguments: str) -> None:
        address = f"127.0.0.1:{server.server_address[1]}"
        self._process = subprocess.Popen(
            ["openssl", "s_client", "-connect", address, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.said = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def say(self, line: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line)
        self._process.stdin.flush()

    def expect(self, text: bytes) -> None:
        assert self._process.stdout is not None
        deadline = time.monotonic() + PATIENCE
        while text not in self.said:
            assert time.monotonic() < deadline
            more = os.read(self._process.stdout.fileno(), 65536)
            self.said += more
            assert more, self.said


@pytest.mark.parametrize("strategy", ["threads", "multiplexed"])
def test_new_keys_are_taken_over(tmp_path: Path, strategy: str) -> None:
    made = eval(ALL_STRATEGIES[strategy], dict(NAMES))
    server = Server(TLS(TCP(port=0, host="127.0.0.1"), config(tmp_path)), Framed(Lines(), bytes.upper), made)
    with running(server), Interactive(server, "-tls1_3") as client:
        client.say(b"before\n")
        client.expect(b"BEFORE")
        client.say(b"K\n")
        client.expect(b"KEYUPDATE")
        client.say(b"after\n")
        client.expect(b"AFTER")


def test_renegotiation_is_refused(tmp_path: Path) -> None:
    server = Server(TLS(TCP(port=0, host="127.0.0.1"), config(tmp_path)), Framed(Lines(), bytes.upper), Threads())
    with running(server), Interactive(server, "-tls1_2") as client:
        client.say(b"before\n")
        client.expect(b"BEFORE")
        client.say(b"R\n")
        client.expect(b"no renegotiation")


def test_minimum_version_refuses_what_is_older(tmp_path: Path) -> None:
    endpoint = TLS(TCP(port=0, host="127.0.0.1"), config(tmp_path, minimum_version="1.3"))
    with running(Server(endpoint, greet, Threads())) as run:
        assert b"all right" not in s_client(run.server, "-tls1_2")[1]
        assert b"all right" in s_client(run.server, "-tls1_3")[1]


def test_no_ticket_is_given(tmp_path: Path) -> None:
    with running(Server(TLS(TCP(port=0, host="127.0.0.1"), config(tmp_path)), greet, Threads())) as run:
        for version in ("-tls1_2", "-tls1_3"):
            assert b"TLS session ticket:" not in s_client(run.server, version)[1]


def test_keys_are_written_down_only_if_the_environment_asks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = config(tmp_path)
    file = tmp_path / "keys"
    monkeypatch.delenv("SSLKEYLOGFILE", raising=False)
    for asked in (False, True):
        if asked:
            monkeypatch.setenv("SSLKEYLOGFILE", str(file))
        with running(Server(TLS(TCP(port=0), recipe), greet, Threads())) as run, encrypted(run.server) as client:
            assert client.recv(100) == b"all right"
        assert file.exists() is asked
    assert b"SERVER_TRAFFIC_SECRET_0 " in file.read_bytes()
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path))
    with pytest.raises(ListenError, match=r"SSLKEYLOGFILE.*name a file that can be written, or unset it"):
        recipe.check()


# Names, protocols and clients' certificates


def test_certificate_is_chosen_by_the_name_that_the_client_asks_for(tmp_path: Path) -> None:
    other = Identity(certificate=tmp_path / "other.pem", key=tmp_path / "other.key")
    recipe = config(tmp_path, by_name={"other.example": other, "*.others.example": other})
    shown = {}
    with running(Server(TLS(TCP(port=0), recipe), facts, Threads())) as run:
        for name in ("localhost", "other.example", "a.others.example", "others.example", "OTHER.example"):
            with encrypted(run.server, name=name) as client:
                shown[name] = client.getpeercert(binary_form=True)
                assert repr(name) in client.recv(1000).decode()
    assert shown["other.example"] == shown["a.others.example"] == shown["OTHER.example"] != shown["localhost"]
    assert shown["others.example"] == shown["localhost"]


def test_protocol_is_agreed_on(tmp_path: Path) -> None:
    context = client_context()
    context.set_alpn_protocols(["x", "h2"])
    server = Server(TLS(TCP(port=0), config(tmp_path, alpn=("h2", "x"))), facts, Threads())
    with running(server), encrypted(server, context) as client:
        assert client.selected_alpn_protocol() == "h2"
        assert client.recv(1000).startswith(b"('h2', None,")


def _client_of(folder: Path, name: str | None) -> ssl.SSLContext:
    context = client_context()
    if name is not None:
        context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context


@pytest.mark.parametrize(
    ("wanted", "name", "allowed"),
    [
        ("required", "alice", True),
        ("required", "mallory", False),
        ("required", "other", False),
        ("required", None, False),
        ("optional", "alice", True),
        ("optional", "other", False),
        ("optional", None, True),
    ],
)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_certificate_of_a_client_is_verified(
    tmp_path: Path, wanted: str, name: str | None, allowed: bool, version: ssl.TLSVersion
) -> None:
    watching = Watching()
    recipe = config(
        tmp_path,
        client_ca=tmp_path / "certificate",
        client_crl=tmp_path / "withdrawn.crl",
        client_certificate=wanted,
        by_name={"other.example": Identity(certificate=tmp_path / "other.pem", key=tmp_path / "other.key")},
    )
    context = _client_of(tmp_path, name)
    context.maximum_version = version
    server = Server(TLS(TCP(port=0), recipe), facts, Threads(), config=ServerConfig(observer=watching))
    with running(server) as run:
        # A name whose context is another one must not let anybody in.
        for number, asked in enumerate(("localhost", "other.example")):
            said = b""
            with contextlib.suppress(OSError), encrypted(run.server, context, asked) as client:
                said = client.recv(1000)
            assert bool(said) is allowed
            if name is not None and allowed:
                assert b"'CN=alice,O=Example', ('alice@example.org',)" in said
            outcome = watching.wait(number + 1).outcome
            assert (outcome is Outcome.REJECTED) is not allowed


def test_facts_of_tls_are_a_composition_error_on_a_plain_connection(tmp_path: Path) -> None:
    failed: list[str] = []

    @stream_handler
    async def ask(stream: Stream[Any, Any, Any]) -> None:
        for name in ("peer_certificate", "alpn_protocol", "server_name"):
            with pytest.raises(CompositionError, match="not encrypted"):
                getattr(stream, name)
            failed.append(name)

    with running(Server(TCP(port=0), ask, Threads())) as run, connect(run.server.server_address) as client:
        assert client.recv(1) == b""
    assert len(failed) == 3


# Contexts of the program's own, and what is loaded


def test_context_of_the_program_is_used_as_it_is(tmp_path: Path) -> None:
    context = server_context(tmp_path)
    before = (context.options, context.minimum_version, context.verify_mode, context.num_tickets, context.sni_callback)
    server = Server(TLS(TCP(port=0), context), greet, Threads())
    with running(server) as run:
        with encrypted(run.server) as client:
            assert client.recv(100) == b"all right"
        run.server.reload()
        with encrypted(run.server) as client:
            assert client.recv(100) == b"all right"
    assert before == (
        context.options,
        context.minimum_version,
        context.verify_mode,
        context.num_tickets,
        context.sni_callback,
    )


@pytest.mark.parametrize("handler", [echo, from_stdlib(http.server.BaseHTTPRequestHandler)], ids=["stream", "stdlib"])
def test_what_is_no_tls_after_the_handshake_is_a_disconnect_without_a_traceback(
    handler: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    watching = Watching()
    server = Server(TLS(TCP(port=0), config(tmp_path)), handler, Threads(), config=ServerConfig(observer=watching))
    with running(server), encrypted(server) as client:
        socket.socket.sendall(client, b"no record of TLS at all\r\n" * 2)
        finished = watching.wait()
    assert finished.outcome is Outcome.DISCONNECTED
    assert isinstance(finished.error, ssl.SSLError)
    assert "Traceback" not in caplog.text


def test_client_that_names_no_protocol_of_the_servers_is_served_without_one(tmp_path: Path) -> None:
    context = client_context()
    context.set_alpn_protocols(["imap"])
    server = Server(TLS(TCP(port=0), config(tmp_path, alpn=("h2",))), facts, Threads())
    with running(server), encrypted(server, context) as client:
        assert client.selected_alpn_protocol() is None
        assert b"None" in received(client, 65536)


def test_config_keeps_what_was_checked(tmp_path: Path) -> None:
    protocols, names = ["h2"], {"a.example": Identity(certificate="c", key="k")}
    made = config(tmp_path, alpn=protocols, by_name=names)
    protocols.append("no ASCII: \u00e4")
    names.clear()
    assert made.alpn == ("h2",)
    assert list(made.by_name or ()) == ["a.example"]
    assert hash(made) == hash(config(tmp_path, alpn=["h2"], by_name={"a.example": Identity(certificate="c", key="k")}))


def test_files_that_are_replaced_while_they_are_loaded_are_loaded_again(tmp_path: Path) -> None:
    folder = files(tmp_path)
    both = folder / "certificate", folder / "key"
    loads = 0

    def password() -> str:
        nonlocal loads
        loads += 1
        if loads == 1:
            # The key is read, and its certificate is another one before OpenSSL looks.
            both[0].write_bytes((folder / "other.pem").read_bytes())
            both[1].write_bytes((folder / "other.key").read_bytes())
        return "secret"

    both[1].write_bytes((folder / "encrypted.key").read_bytes())
    made = TLSConfig(certificate=both[0], key=both[1], password=password)
    with Server(TLS(TCP(port=0), made), greet, Threads()) as server, running(server):
        context = client_context()
        with encrypted(server, context) as client:
            assert client.getpeercert(binary_form=True) == ssl.PEM_cert_to_DER_cert((folder / "other.pem").read_text())


def test_files_that_never_stay_are_refused(tmp_path: Path) -> None:
    folder = files(tmp_path)
    key = folder / "encrypted.key"
    times = iter(range(1, 100))

    def password() -> str:
        now = next(times)
        os.utime(key, (now, now))
        return "secret"

    made = TLSConfig(certificate=folder / "certificate", key=key, password=password)
    with pytest.raises(ListenError, match="change while they are loaded"):
        made.check()


def test_reload_serves_the_new_certificate_and_leaves_connections_alone(tmp_path: Path) -> None:
    with running(Server(TLS(TCP(port=0), config(tmp_path)), echo, Threads())) as run, encrypted(run.server) as old:
        (tmp_path / "certificate").write_text((tmp_path / "other.pem").read_text())
        with pytest.raises(ListenError, match="is not the key of"):
            run.server.reload()
        with encrypted(run.server) as between:
            assert between.getpeercert(binary_form=True) == old.getpeercert(binary_form=True)
        (tmp_path / "key").write_text((tmp_path / "other.key").read_text())
        run.server.reload()
        with encrypted(run.server) as new:
            assert new.getpeercert(binary_form=True) != old.getpeercert(binary_form=True)
        old.sendall(b"still here")
        assert old.recv(100) == b"still here"


def _listen(recipe: TLSConfig) -> None:
    TLS(TCP(port=0), recipe).listen()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"certificate": "missing"}, "missing.* cannot be used: No such file"),
        ({"key": "missing"}, "missing.* cannot be used: No such file"),
        ({"certificate": "key"}, "holds no certificate in PEM"),
        ({"key": "certificate"}, "holds no private key in PEM"),
        ({"key": "other.key"}, "is not the key of"),
        ({"key": "encrypted.key"}, "is encrypted: give password="),
        ({"client_ca": "key", "client_certificate": "required"}, "client_ca=.*holds no certificate"),
        ({"client_ca": "missing", "client_certificate": "required"}, "client_ca=.*No such file"),
        (
            {"client_ca": "certificate", "client_certificate": "required", "client_crl": "key"},
            "client_crl=.*holds no list of withdrawn",
        ),
    ],
)
def test_file_that_cannot_be_used_is_named_with_the_remedy(tmp_path: Path, given: dict[str, str], said: str) -> None:
    files(tmp_path)
    named = {name: value if name == "client_certificate" else tmp_path / value for name, value in given.items()}
    recipe = config(tmp_path, **named)
    with pytest.raises(ListenError, match=said):
        _listen(recipe)
    with pytest.raises(ListenError, match=said):
        recipe.check()


def test_password_opens_the_key_and_is_never_shown(tmp_path: Path) -> None:
    for password in (lambda: "secret", lambda: b"secret"):
        recipe = config(tmp_path, key=tmp_path / "encrypted.key", password=password)
        recipe.check()
        assert "lambda" not in repr(recipe)
        assert "password=" not in repr(recipe)
    with pytest.raises(ListenError, match="does not open") as raised:
        config(tmp_path, key=tmp_path / "encrypted.key", password=lambda: "guessed").check()
    assert "guessed" not in str(raised.value)

    def broken() -> str:
        raise KeyError("no vault")

    with pytest.raises(ListenError, match="has failed by KeyError"):
        config(tmp_path, key=tmp_path / "encrypted.key", password=broken).check()


def test_listener_says_whose_certificates_it_shows_and_when_they_end(tmp_path: Path) -> None:
    other = Identity(certificate=tmp_path / "other.pem", key=tmp_path / "other.key")
    listener = TLS(TCP(port=0), config(tmp_path, by_name={"other.example": other}, watch=5.0)).listen()
    try:
        assert [state.name for state in listener.certificates] == ["localhost", "other.example"]
        assert all(state.expires > time.time() + 90 * 365 * 86_400 for state in listener.certificates)
        assert listener.watch == 5.0
        assert not listener.has_changed()
        (tmp_path / "new").write_text((tmp_path / "key").read_text())
        (tmp_path / "new").replace(tmp_path / "key")
        assert listener.has_changed()
        listener.reload()
        assert not listener.has_changed()
        (tmp_path / "key").unlink()
        assert listener.has_changed()
    finally:
        listener.close()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"client_certificate": "yes"}, "must be one of 'none'"),
        ({"client_certificate": "required"}, "trusts nobody"),
        ({"client_ca": "x"}, "has no effect"),
        ({"minimum_version": "1.1"}, "must be one of '1.2'"),
        ({"alpn": "h2"}, "must be a sequence"),
        ({"alpn": ["\u00e4"]}, "must be ASCII"),
        ({"alpn": [""]}, "must be ASCII"),
        ({"certificate": ""}, "must be the path"),
        ({"password": "secret"}, "must be a function"),
        ({"watch": 0}, "above 0"),
        ({"configure": 3}, "callable"),
        ({"by_name": {"": None}}, "give a host name"),
        ({"by_name": {"x": 3}}, "give an Identity"),
    ],
)
def test_recipe_refuses_what_cannot_work(given: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said) as raised:
        config_of(given)
    assert "secret" not in str(raised.value)


def test_tls_refuses_what_does_not_fit(tmp_path: Path) -> None:
    recipe = config(tmp_path)
    wrong: list[tuple[Any, Any, str]] = [
        (UDP(port=0), recipe, "needs an endpoint of connections"),
        (TLS(TCP(port=0), recipe), recipe, "TLS around TLS"),
        (TCP(port=0), "certificate", "needs a TLSConfig"),
    ]
    for endpoint, given, said in wrong:
        with pytest.raises(CompositionError, match=said):
            TLS(endpoint, given)


def test_openssl_is_loaded_only_if_it_is_used() -> None:
    source = "import sys, typedserver; typedserver.TLSConfig(certificate='a', key='b'); sys.exit('ssl' in sys.modules)"
    path = os.pathsep.join(sys.path)
    done = subprocess.run([sys.executable, "-c", source], env={"PYTHONPATH": path}, timeout=PATIENCE, check=False)
    assert done.returncode == 0
