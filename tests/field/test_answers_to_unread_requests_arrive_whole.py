"""An answer that is sent before the whole request was read arrives whole, and so does the end behind it.

A refused upload, a message behind the last one: if the connection were closed at once, the kernel would reset it, and a
reset destroys what the client has not read yet (RFC 9112, 9.6). It costs others nothing: the close waits in a thread of
its own, and for a while only.
"""

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.running import PATIENCE, connect, running

from typedserver import (
    TCP,
    Asyncio,
    Deadlines,
    Endpoint,
    Forks,
    Inline,
    Multiplexed,
    Server,
    ServerConfig,
    Stream,
    StreamRequest,
    StreamRequestHandler,
    Threads,
    UnixStream,
    stream_handler,
)
from typedserver.sockets import lingering as module
from typedserver.sockets.lingering import Lingering, linger, lingering

STRATEGIES: dict[str, Callable[[], Any]] = {
    "inline": Inline,
    "threads": Threads,
    "forks": Forks,
    "multiplexed": Multiplexed,
    "asyncio": Asyncio,
    "uvloop": lambda: Asyncio(loop_factory=__import__("uvloop").new_event_loop),
}
IN_LOOPS = ("multiplexed", "asyncio", "uvloop")

# More than a client's receive buffer holds at once, so that the answer is on its way when the connection ends.
ANSWER = b"413 too large\n" + b"z" * 600_000


@stream_handler
async def stream_refuses(stream: Stream) -> None:
    await stream.readline()
    await stream.write(ANSWER)


@stream_handler
async def stream_closes(stream: Stream) -> None:
    await stream.readline()
    await stream.write(ANSWER)
    stream.close()


class FileRefuses(StreamRequestHandler):
    def handle(self) -> None:
        self.rfile.readline()
        self.wfile.write(ANSWER)


def function_refuses(request: StreamRequest, _client_address: object, _server: object) -> None:
    request.recv(5)
    request.sendall(ANSWER)


REFUSING: dict[str, Any] = {
    "stream": stream_refuses,
    "stream that it closes": stream_closes,
    "class": FileRefuses,
    "function": function_refuses,
}
REFUSED = [
    pytest.param(strategy, handler, id=f"{name}-{kind}")
    for name, strategy in STRATEGIES.items()
    for kind, handler in REFUSING.items()
    if name not in IN_LOOPS or kind.startswith("stream")
]


def received(client: socket.socket) -> int:
    """Read slowly to the end; returns how many bytes came before the end, or a reset, or nothing more."""
    size = 0
    with contextlib.suppress(OSError):
        while data := client.recv(65536):
            size += len(data)
            time.sleep(0.001)
    return size


@pytest.fixture(params=["tcp", "unix"])
def endpoint(request: pytest.FixtureRequest, tmp_path: Path) -> Endpoint[Any, Any]:
    return TCP(port=0) if request.param == "tcp" else UnixStream(str(tmp_path / "s"))


@pytest.mark.parametrize(("strategy", "handler"), REFUSED)
def test_answer_to_an_upload_that_has_come_arrives_whole(
    endpoint: Endpoint[Any, Any], strategy: Callable[[], Any], handler: Any
) -> None:
    with running(Server(endpoint, handler, strategy())) as run, connect(run.server.server_address) as client:
        with contextlib.suppress(BrokenPipeError):
            client.sendall(b"POST\n" + b"x" * 100_000)
        assert received(client) == len(ANSWER)


@pytest.mark.parametrize(("strategy", "handler"), REFUSED)
def test_answer_arrives_whole_although_the_client_goes_on_to_send(strategy: Callable[[], Any], handler: Any) -> None:
    with running(Server(TCP(port=0), handler, strategy())) as run, connect(run.server.server_address) as client:
        # All of what comes first may be in the handler's buffer, or in none.
        client.sendall(b"POST\n" + b"x" * 10_000)
        for _ in range(5):
            time.sleep(0.02)
            client.sendall(b"x" * 10_000)
        assert received(client) == len(ANSWER)


@pytest.mark.parametrize("strategy", list(STRATEGIES.values()), ids=list(STRATEGIES))
def test_last_answer_of_a_pipeline_arrives_whole(strategy: Callable[[], Any]) -> None:
    @stream_handler
    async def two(stream: Stream) -> None:
        for _ in range(2):
            await stream.readline()
            await stream.write(ANSWER)

    with running(Server(TCP(port=0), two, strategy())) as run, connect(run.server.server_address) as client:
        client.sendall(b"GET\n" * 50_000)
        assert received(client) == 2 * len(ANSWER)


def test_large_upload_is_thrown_away_beside_the_loop() -> None:
    with running(Server(TCP(port=0), stream_refuses, Inline())) as run, connect(run.server.server_address) as client:
        client.sendall(b"POST\n")
        sending = threading.Thread(target=client.sendall, args=(bytes(50_000_000),))
        sending.start()
        for _ in range(3):
            with connect(run.server.server_address) as other:
                other.settimeout(1)
                other.sendall(b"GET\n")
                assert received(other) == len(ANSWER), "the loop serves others meanwhile"
        assert received(client) == len(ANSWER)
        sending.join(PATIENCE)
        assert not sending.is_alive()


def test_server_that_closes_waits_until_the_answer_has_come() -> None:
    source = (
        "import sys\n"
        "from tests.field.test_answers_to_unread_requests_arrive_whole import *\n"
        "server = Server(TCP(port=0), stream_refuses, Threads())\n"
        "server.open()\n"
        "print(server.server_address[1], flush=True)\n"
        "sys.exit(server.run())\n"
    )
    program = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True)
    with program:
        assert program.stdout is not None
        with connect(("127.0.0.1", int(program.stdout.readline()))) as client:
            client.sendall(b"POST\n" + b"x" * 100_000)
            assert client.recv(1) == b"4"
            program.terminate()
            for _ in range(10):
                time.sleep(0.02)
                client.sendall(b"x" * 1000)
            assert 1 + received(client) == len(ANSWER)
        assert program.wait(PATIENCE) == 0


def test_client_that_neither_ends_nor_sends_is_kept_for_a_short_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IDLE", 0.2)
    with running(Server(TCP(port=0), stream_refuses, Threads())) as run, connect(run.server.server_address) as client:
        client.sendall(b"POST\n" + b"x" * 200_000)
        assert received(client) == len(ANSWER)
        assert lingering.finish(PATIENCE)


@pytest.mark.parametrize(("name", "value"), [("LONGEST", 0.2), ("MOST", 3_000_000)])
def test_client_that_sends_without_end_is_reset_in_the_end(
    name: str, value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, name, value)
    with running(Server(TCP(port=0), stream_refuses, Threads())) as run, connect(run.server.server_address) as client:
        with pytest.raises(OSError):
            for _ in range(100_000):
                client.sendall(b"POST\n" + b"x" * 100_000)
        assert lingering.finish(PATIENCE)


def test_only_so_many_linger_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_AT_ONCE", 2)
    kept = Lingering()
    pairs = [socket.socketpair() for _ in range(4)]
    monkeypatch.setattr(module, "lingering", kept)
    for ours, _ in pairs:
        ours.shutdown(socket.SHUT_WR)
        linger(ours)
    # The oldest are closed, so that their peers cannot send any more: at the latest when the thread looks no more.
    for _, peer in pairs[:2]:
        peer.settimeout(PATIENCE)
        with pytest.raises(BrokenPipeError):
            while True:
                peer.send(b"x")
                time.sleep(0.01)
    for _, peer in pairs[2:]:
        peer.send(b"x")
    for _, peer in pairs:
        peer.close()
    assert kept.finish(PATIENCE)


def test_connection_is_closed_if_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    monkeypatch.setattr(module, "lingering", Lingering())
    ours, peer = socket.socketpair()
    with peer:
        linger(ours)
        assert ours.fileno() == -1
        assert peer.recv(1) == b""


def test_connection_that_was_cut_does_not_linger() -> None:
    def wait(request: StreamRequest, _client_address: object, _server: object) -> None:
        request.recv(5)
        over.wait(PATIENCE)

    over = threading.Event()
    server = Server(TCP(port=0), wait, Threads(), config=ServerConfig(deadlines=Deadlines(total=0.1)))
    with running(server), connect(server.server_address) as client:
        client.sendall(b"POST\n" + b"x" * 1000)
        assert client.recv(1) == b""
        over.set()
        assert lingering.finish(0), "its thread would be there"


def test_usual_connection_needs_no_thread() -> None:
    @stream_handler
    async def answer(stream: Stream) -> None:
        await stream.write(await stream.readline())

    with running(Server(TCP(port=0), answer, Multiplexed())) as run:
        for end in (True, False):
            with connect(run.server.server_address) as client:
                client.sendall(b"GET\n")
                if end:
                    client.shutdown(socket.SHUT_WR)
                assert received(client) == 4
                assert "typedserver lingering" not in {thread.name for thread in threading.enumerate()}


def test_program_that_has_the_connection_gets_what_was_not_read(tmp_path: Path) -> None:
    programs: list[subprocess.Popen[bytes]] = []

    def hand_on(request: StreamRequest, _client_address: object, _server: object) -> None:
        request.recv(3)
        programs.append(subprocess.Popen(["sh", "-c", f"sleep 0.2; exec cat >{tmp_path}/read"], stdin=request.fileno()))

    with running(Server(TCP(port=0), hand_on, Threads())) as run, connect(run.server.server_address) as client:
        client.sendall(b"go\nand the rest")
        time.sleep(0.05)
        client.sendall(b", too")
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""
        programs[0].wait(PATIENCE)
        assert (tmp_path / "read").read_bytes() == b"and the rest, too"


def test_copy_of_the_connection_reads_on() -> None:
    copies: list[socket.socket] = []

    def hand_on(request: StreamRequest, _client_address: object, _server: object) -> None:
        request.recv(3)
        copies.append(request.dup())

    with running(Server(TCP(port=0), hand_on, Threads())) as run, connect(run.server.server_address) as client:
        client.sendall(b"go\nand the rest")
        assert client.recv(1) == b"", "the handler is over, and says so"
        with copies[0]:
            assert copies[0].recv(100) == b"and the rest"
