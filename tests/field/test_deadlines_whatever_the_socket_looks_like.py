"""Deadlines that depend on what the socket looks like: they hold, and mean the same, for every kind of handler.

A program sets a default timeout for its downloads, a handler wraps its connection in TLS or makes a copy of it, gevent
puts another class in the place of the socket, a profiler sends a signal ten times a second: the server's deadlines are
its own, and hold all the same.
"""

import contextlib
import os
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from tests.running import PATIENCE, Client, connect, running
from tests.test_compat import certificate

from typedserver import (
    TCP,
    Asyncio,
    Deadlines,
    Endpoint,
    Finished,
    Forks,
    Inline,
    Multiplexed,
    Server,
    ServerConfig,
    ServerEvent,
    Stream,
    StreamRequest,
    StreamRequestHandler,
    Threads,
    UnixStream,
    from_stdlib,
    stream_handler,
)
from typedserver.sockets.lingering import IDLE

# Seconds: a deadline that a test waits for, and by when it was kept.
SHORT = 0.3
SOON = 3.0

BLOCKING: dict[str, Callable[[], Any]] = {"inline": Inline, "threads": Threads, "forks": Forks}
ALL: dict[str, Callable[[], Any]] = {
    **BLOCKING,
    "multiplexed": Multiplexed,
    "asyncio": Asyncio,
}

# As much as no pair of sockets holds in its buffers.
MUCH = 12_000_000


@stream_handler
async def stream_echo(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line)


class FileEcho(StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(line)


class StdlibEcho(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(line)


class DirectEcho(StreamRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(100):
            self.request.sendall(data)


def function_echo(request: StreamRequest, _client_address: object, _server: object) -> None:
    while data := request.recv(100):
        request.sendall(data)


def file_of_function_echo(request: StreamRequest, _client_address: object, _server: object) -> None:
    with request.makefile("rwb", 0) as file:
        while line := file.readline():
            file.write(line)


ECHOES: dict[str, Any] = {
    "stream": stream_echo,
    "class": FileEcho,
    "class, its socket": DirectEcho,
    "stdlib": from_stdlib(StdlibEcho),
    "function": function_echo,
    "function, a file": file_of_function_echo,
}


@pytest.fixture
def default_timeout() -> Generator[None, None, None]:
    socket.setdefaulttimeout(30)
    yield
    socket.setdefaulttimeout(None)


def config_of(**deadlines: float | None) -> ServerConfig:
    return ServerConfig(deadlines=Deadlines(**deadlines))


class Quiet(Server[Any, Any]):
    """Reports no error of a handler: those that are looked for are its client's."""

    def handle_error(self, _request: object, _client_address: object, /) -> None: ...


def ended_after(client: socket.socket, most: float = SOON) -> float:
    """Wait for the end of a connection; returns after how many seconds it came."""
    began = time.monotonic()
    client.settimeout(most)
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while client.recv(65536):
            pass
    return time.monotonic() - began


@pytest.mark.usefixtures("default_timeout")
@pytest.mark.parametrize("handler", list(ECHOES.values()), ids=list(ECHOES))
@pytest.mark.parametrize("strategy", list(BLOCKING.values()), ids=list(BLOCKING))
def test_silent_client_is_cut_at_the_read_deadline_in_a_program_with_a_default_timeout(
    strategy: Callable[[], Any], handler: Any
) -> None:
    server = Quiet(TCP(port=0), handler, strategy(), config=config_of(read=SHORT))
    with running(server), connect(server.server_address) as client:
        client.sendall(b"half a li")
        assert SHORT / 2 < ended_after(client) < SOON


@pytest.mark.usefixtures("default_timeout")
def test_coroutine_of_a_loop_has_its_deadline_in_a_program_with_a_default_timeout() -> None:
    for strategy in (Multiplexed(), Asyncio()):
        server = Quiet(TCP(port=0), stream_echo, strategy, config=config_of(read=SHORT))
        with running(server), connect(server.server_address) as client:
            client.sendall(b"half a li")
            assert SHORT / 2 < ended_after(client) < SOON


@pytest.mark.usefixtures("default_timeout")
def test_handler_gets_a_connection_that_blocks_in_a_program_with_a_default_timeout() -> None:
    modes: list[tuple[bool, bool]] = []

    def look(request: StreamRequest, _client_address: object, _server: object) -> None:
        modes.append((os.get_blocking(request.fileno()), request.getblocking()))
        subprocess.run(["cat"], stdin=request.fileno(), stdout=request.fileno(), check=True)

    with running(Server(TCP(port=0), look, Threads())) as run, connect(run.server.server_address) as client:
        time.sleep(0.1)
        client.sendall(b"late")
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100) == b"late", "a program that got it reads as from any file"
    assert modes == [(True, True)]


# A peer that takes nothing, and one that takes a little all the time


@stream_handler
async def stream_flood(stream: Stream) -> None:
    await stream.write(bytes(MUCH))


class FileFlood(StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(bytes(MUCH))


def function_flood(request: StreamRequest, _client_address: object, _server: object) -> None:
    request.sendall(bytes(MUCH))


FLOODS: dict[str, Any] = {"stream": stream_flood, "class": FileFlood, "function": function_flood}
FLOODED = [
    pytest.param(strategy, handler, id=f"{name}-{kind}")
    for name, strategy in ALL.items()
    for kind, handler in FLOODS.items()
    if kind == "stream" or name not in ("multiplexed", "asyncio")
]


@pytest.mark.usefixtures("default_timeout")
@pytest.mark.parametrize(("strategy", "handler"), FLOODED)
def test_peer_that_takes_nothing_is_cut_at_the_write_deadline(strategy: Callable[[], Any], handler: Any) -> None:
    ended = threading.Event()

    def note(event: ServerEvent) -> None:
        if isinstance(event, Finished):
            ended.set()

    config = ServerConfig(deadlines=Deadlines(read=PATIENCE, write=SHORT), observer=note)
    server = Quiet(TCP(port=0), handler, strategy(), config=config)
    with running(server), connect(server.server_address):
        began = time.monotonic()
        assert ended.wait(PATIENCE)
        # A child of Forks is over only when it has waited for the peer to take the rest.
        assert SHORT / 2 < time.monotonic() - began < SOON + IDLE


@pytest.mark.parametrize(("strategy", "handler"), FLOODED)
def test_peer_that_takes_something_all_the_time_gets_the_whole_answer(
    strategy: Callable[[], Any], handler: Any
) -> None:
    server = Server(TCP(port=0), handler, strategy(), config=config_of(write=0.6))
    with running(server), Client() as client:
        # Small, so that the server's own buffer is what the peer is slow to empty.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.settimeout(PATIENCE)
        client.connect(server.server_address)
        began = time.monotonic()
        received = 0
        while data := client.recv(400_000):
            received += len(data)
            time.sleep(0.01)
        assert received == MUCH
        assert time.monotonic() - began > 0.6, "the whole write takes longer than one wait of it may"


# What a handler does with its connection


@pytest.fixture(scope="module")
def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts of a server and a client, with the certificate that CPython tests its own ssl module with."""
    found = certificate()
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(found)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    theirs.check_hostname = False
    theirs.verify_mode = ssl.CERT_NONE
    return ours, theirs


def wrapped(request: StreamRequest, context: ssl.SSLContext) -> socket.socket:
    return context.wrap_socket(request, server_side=True)


def copied(request: StreamRequest, _context: ssl.SSLContext) -> socket.socket:
    copy = request.dup()
    request.close()
    return copy


def copied_by_number(request: StreamRequest, _context: ssl.SSLContext) -> socket.socket:
    copy = socket.socket(fileno=os.dup(request.fileno()))
    request.close()
    return copy


def detached(request: StreamRequest, _context: ssl.SSLContext) -> socket.socket:
    return socket.socket(fileno=request.detach())


def moved(request: StreamRequest, _context: ssl.SSLContext) -> socket.socket:
    with socket.socket(fileno=request.detach()) as former:
        return former.dup()


USES = {use.__name__: use for use in (wrapped, copied, copied_by_number, detached, moved)}
Use = Callable[[StreamRequest, ssl.SSLContext], socket.socket]
Contexts = tuple[ssl.SSLContext, ssl.SSLContext]


def user(use: Use, contexts: Contexts, then: Callable[[socket.socket], object]) -> Any:
    def handler(request: StreamRequest, _client_address: object, _server: object) -> None:
        with use(request, contexts[0]) as used:
            then(used)

    return handler


def receive(used: socket.socket) -> None:
    while used.recv(10):
        pass


@contextlib.contextmanager
def client_of(server: Any, use: Use, contexts: Contexts) -> Generator[socket.socket, None, None]:
    with connect(server.server_address) as client:
        if use is not wrapped:
            yield client
            return
        with contexts[1].wrap_socket(client) as over_tls:
            yield over_tls
            # Nothing of TLS is said at the end: the server has cut the connection.


def drip(client: socket.socket) -> float:
    """Send a byte now and then; returns after how many seconds that failed, or the end came."""
    began = time.monotonic()
    client.settimeout(0.05)
    while time.monotonic() - began < SOON:
        try:
            client.sendall(b"x")
            if not client.recv(10):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - began


@pytest.mark.parametrize("use", list(USES.values()), ids=list(USES))
@pytest.mark.parametrize("strategy", [Threads, Inline, Forks])
def test_total_deadline_reaches_what_a_handler_has_made_of_its_connection(
    strategy: Callable[[], Any], use: Use, contexts: Contexts
) -> None:
    server = Quiet(TCP(port=0), user(use, contexts, receive), strategy(), config=config_of(total=0.4))
    with running(server), client_of(server, use, contexts) as client:
        assert 0.2 < drip(client) < SOON


@pytest.mark.parametrize("use", list(USES.values()), ids=list(USES))
def test_drain_cuts_what_a_handler_has_made_of_its_connection(use: Use, contexts: Contexts) -> None:
    begun = threading.Event()

    def receive_on(used: socket.socket) -> None:
        used.recv(10)
        begun.set()
        receive(used)

    server = Quiet(TCP(port=0), user(use, contexts, receive_on), Threads())
    with running(server) as run, client_of(server, use, contexts) as client:
        client.sendall(b"x")
        assert begun.wait(PATIENCE)
        began = time.monotonic()
        report = server.drain(deadline=SHORT)
        assert report is not None
        assert len(report.cut) == 1
        assert ended_after(client) < SOON
        run.join()
        assert time.monotonic() - began < SOON


@pytest.mark.parametrize("use", list(USES.values()), ids=list(USES))
@pytest.mark.parametrize("strategy", [Threads, Inline])
def test_silent_client_is_cut_at_the_read_deadline_whatever_the_handler_has_made_of_its_connection(
    strategy: Callable[[], Any], use: Use, contexts: Contexts
) -> None:
    server = Quiet(TCP(port=0), user(use, contexts, receive), strategy(), config=config_of(read=SHORT))
    with running(server), client_of(server, use, contexts) as client:
        assert SHORT / 2 < ended_after(client) < SOON


@pytest.mark.parametrize("strategy", [Threads, Inline])
def test_peer_that_takes_nothing_over_tls_is_cut_at_the_write_deadline(
    strategy: Callable[[], Any], contexts: Contexts
) -> None:
    ended = threading.Event()

    def flood(used: socket.socket) -> None:
        try:
            while True:
                used.sendall(bytes(1 << 20))
        except OSError:
            ended.set()

    server = Quiet(TCP(port=0), user(wrapped, contexts, flood), strategy(), config=config_of(write=SHORT))
    with running(server), client_of(server, wrapped, contexts):
        assert ended.wait(SOON)


def test_cut_of_a_connection_that_was_given_away_does_not_end_who_has_its_number_now() -> None:
    strangers: list[tuple[socket.socket, socket.socket]] = []
    closed, over = threading.Event(), threading.Event()

    def close_and_stay(request: StreamRequest, _client_address: object, _server: object) -> None:
        number = request.fileno()
        request.close()
        while not any(end.fileno() == number for pair in strangers for end in pair):
            strangers.append(socket.socketpair())
        closed.set()
        over.wait(PATIENCE)

    server = Quiet(TCP(port=0), close_and_stay, Threads(), config=config_of(total=0.2))
    try:
        with running(server), connect(server.server_address):
            assert closed.wait(PATIENCE)
            time.sleep(0.5)
            for one, other in strangers:
                one.sendall(b"x")
                assert other.recv(1) == b"x"
            over.set()
    finally:
        over.set()
        for one, other in strangers:
            one.close()
            other.close()


def test_unix_connection_that_was_wrapped_is_cut(tmp_path: Path) -> None:
    endpoint: Endpoint[Any, Any] = UnixStream(str(tmp_path / "s"))

    def hand_on(request: StreamRequest, _client_address: object, _server: object) -> None:
        with socket.socket(fileno=request.detach()) as taken:
            receive(taken)

    server = Quiet(endpoint, hand_on, Threads(), config=config_of(total=SHORT))
    with running(server), connect(server.server_address) as client:
        assert ended_after(client) < SOON


# Programs that must run by themselves


def run_program(source: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", source, *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


BESIDE_A_TIMER = """
import os, signal, socket, sys, threading, time
from typedserver import *

@stream_handler
async def stream(stream):
    async for line in stream:
        await stream.write(line)

def function(request, client_address, server):
    while data := request.recv(100):
        request.sendall(data)

def file(request, client_address, server):
    with request.makefile("rb") as file:
        for line in file:
            pass

class Class(StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line)

def flood(request, client_address, server):
    request.sendall(bytes(16_000_000))

class Flood(StreamRequestHandler):
    def handle(self):
        self.wfile.write(bytes(16_000_000))

def interrupt():
    # As a profiler of processes does.
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)

strategy, handler, read, write = sys.argv[1:]
signal.signal(signal.SIGALRM, lambda *_: None)
os.register_at_fork(after_in_child=interrupt)
config = ServerConfig(deadlines=Deadlines(read=float(read), write=float(write)))
strategies = {"inline": Inline, "forks": Forks, "threads": Threads}
server = Server(TCP(port=0), globals()[handler], strategies[strategy](), config=config)
server.handle_error = lambda *_: None
took = []
ended = threading.Event()

def shutdown_request(request):
    Server.shutdown_request(server, request)
    ended.set()

def client():
    began = time.monotonic()
    with socket.create_connection(server.server_address, 8) as client:
        if handler.lower() == "flood":
            if strategy == "forks":
                time.sleep(1.5)
                while client.recv(1 << 20):
                    pass
            else:
                ended.wait(8)
        else:
            client.recv(1)
    took.append(time.monotonic() - began)
    server.request_stop()

with server:
    server.shutdown_request = shutdown_request
    threading.Thread(target=client).start()
    interrupt()
    server.serve_forever()
    signal.setitimer(signal.ITIMER_REAL, 0)
print(took[0])
"""


@pytest.mark.parametrize(
    ("strategy", "handler"),
    [(strategy, handler) for strategy in ("inline", "forks") for handler in ("stream", "function", "file", "Class")],
)
def test_silent_client_is_cut_at_the_read_deadline_in_a_program_with_an_interval_timer(
    strategy: str, handler: str
) -> None:
    assert float(run_program(BESIDE_A_TIMER, strategy, handler, "0.3", "20")) < SOON


@pytest.mark.parametrize("handler", ["flood", "Flood"])
def test_peer_that_takes_nothing_is_cut_at_the_write_deadline_in_a_program_with_an_interval_timer(
    handler: str,
) -> None:
    assert float(run_program(BESIDE_A_TIMER, "inline", handler, "20", "0.3")) < SOON


IN_GREENLETS = """
from gevent import monkey
monkey.patch_all()
import socket, sys, time
import gevent
from typedserver import *

@stream_handler
async def stream(stream):
    async for line in stream:
        await stream.write(line.upper())

def function(request, client_address, server):
    while data := request.recv(100):
        request.sendall(data.upper())

class Class(StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())

def refuse(request, client_address, server):
    request.recv(4)
    request.sendall(b"TOO LARGE" * 10_000)

def serve(handler, **deadlines):
    config = ServerConfig(deadlines=Deadlines(**deadlines))
    server = Server(TCP(port=0), handler, Threads(daemon=True), config=config)
    server.handle_error = lambda *_: None
    server.open()
    gevent.spawn(server.serve_forever)
    return server, socket.create_connection(server.server_address, 5)

def end(server):
    server.shutdown()
    server.server_close()

for handler, deadline in ((stream, "read"), (function, "read"), (Class, "read"), (stream, "total")):
    server, client = serve(handler, **{deadline: 0.3})
    client.sendall(b"hey\\n")
    assert client.recv(10) == b"HEY\\n"
    client.sendall(b"half")
    began = time.monotonic()
    try:
        while client.recv(10):
            if deadline == "total":
                client.sendall(b"x")
    except ConnectionError:
        pass
    assert 0.1 < time.monotonic() - began < 3, (handler, deadline)
    end(server)

server, client = serve(refuse)
client.sendall(b"x" * 300_000)
time.sleep(0.1)
received = 0
while data := client.recv(65536):
    received += len(data)
assert received == 90_000, received
client.close()
end(server)
"""


def test_deadlines_hold_in_a_program_that_gevent_has_patched() -> None:
    pytest.importorskip("gevent")
    run_program(IN_GREENLETS)


def test_thread_whose_connection_others_have_made_non_blocking_waits_until_its_deadline() -> None:
    took: list[float] = []

    @stream_handler
    async def read_on(stream: Stream) -> None:
        os.set_blocking(stream.socket.fileno(), False)
        began = time.monotonic()
        try:
            await stream.readline()
        finally:
            took.append(time.monotonic() - began)

    server = Quiet(TCP(port=0), read_on, Threads(), config=config_of(read=SHORT))
    with running(server), connect(server.server_address) as client:
        assert ended_after(client) < SOON
    assert took[0] > SHORT / 2
