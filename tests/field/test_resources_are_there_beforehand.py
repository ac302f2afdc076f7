"""A resource is needed at the moment of need: descriptors, threads, locks. It is there, or nothing in hand is lost."""

import contextlib
import logging
import os
import resource
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from tests.launched import RUN, is_served, launched, said, say, taking_a_while, wait_for
from tests.running import PATIENCE, connect, running

from typedserver import TCP, Inline, Server, Threads, inet_address
from typedserver.hot_restart import HotRestart, RestartFailed
from typedserver.service.notify import KeptOpen, notify

STRATEGIES = ("Inline", "Threads", "ThreadPool", "Multiplexed", "Asyncio")


def serve_nothing(_request: object, _client_address: object, _server: object) -> None:
    """Serve no one."""


def refuse(*_args: object, **_kwargs: object) -> None:
    raise RuntimeError("can't start new thread")


@pytest.fixture
def no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no thread be started any more."""
    for module, name in ((threading, "_start_new_thread"), (threading, "_start_joinable_thread")):
        monkeypatch.setattr(module, name, refuse, raising=False)
    monkeypatch.setattr("_thread.start_new_thread", refuse)


@contextlib.contextmanager
def no_descriptor() -> Generator[None, None, None]:
    """Take all descriptors, and give them back."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(map(int, os.listdir("/proc/self/fd")))
    held: list[int] = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 5, before[1]))
    try:
        with contextlib.suppress(OSError):
            while True:
                held.append(os.open("/dev/null", os.O_RDONLY))
        yield
    finally:
        for fd in held:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


# Descriptors


@pytest.fixture
def manager(tmp_path: Path) -> Generator[socket.socket, None, None]:
    """The service manager's socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(tmp_path / "n"))
        made.settimeout(PATIENCE)
        yield made
    (tmp_path / "n").unlink()


def test_watchdog_and_end_are_reported_while_clients_hold_all_descriptors(
    manager: socket.socket, tmp_path: Path
) -> None:
    environment = {"NOTIFY_SOCKET": str(tmp_path / "n"), "WATCHDOG_USEC": "200000"}
    server = "server = served(Multiplexed())"
    with launched(tmp_path, server, environment=environment) as process, connect(str(tmp_path / "s")) as client:
        assert manager.recv(1000) == b"READY=1"
        assert say(client, b"exhaust descriptors") == b"EXHAUST DESCRIPTORS"
        manager.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                manager.recv(1000)
        manager.settimeout(PATIENCE)
        for _ in range(3):
            assert manager.recv(1000) == b"WATCHDOG=1"
        process.terminate()
        while (message := manager.recv(1000)) == b"WATCHDOG=1":
            pass
        assert message == b"STOPPING=1"
        assert process.wait(PATIENCE) == 0


def test_message_arrives_at_a_manager_that_has_begun_anew(
    manager: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "n"))
    kept = KeptOpen()
    try:
        assert notify("READY=1")
        assert manager.recv(1000) == b"READY=1"
        manager.close()
        (tmp_path / "n").unlink()
        assert not notify("WATCHDOG=1")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as anew, no_descriptor():
            anew.bind(str(tmp_path / "n"))
            assert notify("WATCHDOG=1")
            assert anew.recv(1000) == b"WATCHDOG=1"
    finally:
        kept.close()


@pytest.mark.parametrize("strategy", ["Threads", "Multiplexed", "Asyncio"])
def test_drain_without_a_descriptor_has_new_clients_refused_and_loses_nothing(strategy: str, tmp_path: Path) -> None:
    factory = "asyncio.new_event_loop" if strategy == "Asyncio" else "SelectorReactor"
    server = f"""
plain = served({strategy}(), TCP(port=0)).open()
open("port", "w").write(str(plain.server_address[1]))
server = Group([plain, served(Threads())], reactor_factory={factory})
"""
    with launched(tmp_path, server, run=RUN) as process:
        address = "127.0.0.1", int((tmp_path / "port").read_text())
        with connect(address) as held, connect(str(tmp_path / "s")) as other:
            assert say(other, b"exhaust descriptors") == b"EXHAUST DESCRIPTORS"
            for client in (held, other):
                client.sendall(b"take a while\n")
            wait_for((tmp_path / "begun").exists)
            # It waits in the kernel's queue, because no descriptor is left for it.
            with connect(address) as queued:
                queued.sendall(b"queued\n")
                process.terminate()
                wait_for(lambda: is_refused(address))
                assert not select.select([held], [], [], 0)[0], "only when the drain was over"
                assert held.recv(100) == b"TAKE A WHILE\n"
                assert queued.recv(100) == b"QUEUED\n"
        assert process.wait(PATIENCE) == 0


def is_refused(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, 0.2).close()
    except ConnectionRefusedError:
        return True
    except TimeoutError:
        pass
    return False


def test_hot_restart_without_a_descriptor_has_failed_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with running(Server(TCP(port=0), serve_nothing, Threads())) as run:
        restart = HotRestart(run.server, command=["true"])
        with no_descriptor():
            with pytest.raises(RestartFailed, match=r"no process could be started.*Too many open files"):
                restart.restart()
            restart.request()
            wait_for(lambda: "hot restart failed: no process could be started" in caplog.text)
        restart.close()
        assert not run.server.draining


def test_command_line_shows_its_addresses_without_a_descriptor(tmp_path: Path) -> None:
    server = """
server = served(Threads())
server.when_ready(lambda: (exhaust_descriptors(), threading.Timer(0.1, lambda: list(map(os.close, held))).start()))
"""
    with launched(tmp_path, server, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("listening on s ")
        process.terminate()
        assert process.wait(PATIENCE) == 0


# Threads


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_stop_needs_no_thread(strategy: str, tmp_path: Path) -> None:
    with launched(tmp_path, f"server = served({strategy}())") as process:
        if strategy != "Inline":
            with taking_a_while(tmp_path), connect(str(tmp_path / "s")) as other:
                if strategy == "Threads":
                    say(other, b"there is a thread for it")
                assert say(other, b"exhaust threads") == b"EXHAUST THREADS"
                process.terminate()
        else:
            assert said(tmp_path / "s", b"exhaust threads") == b"EXHAUST THREADS"
            with taking_a_while(tmp_path):
                process.terminate()
        assert process.wait(PATIENCE) == 0


def test_second_signal_needs_no_thread(tmp_path: Path) -> None:
    with launched(tmp_path, "server = served(Multiplexed())") as process, connect(str(tmp_path / "s")) as other:
        assert say(other, b"exhaust threads") == b"EXHAUST THREADS"
        other.sendall(b"take a while\n")
        wait_for((tmp_path / "begun").exists)
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130


def test_hot_restart_without_a_thread_has_failed_and_says_so(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as stderr, launched(tmp_path, "server = served(Multiplexed())", stderr=stderr) as process:
        assert said(tmp_path / "s", b"exhaust threads") == b"EXHAUST THREADS"
        process.send_signal(signal.SIGUSR2)
        wait_for(lambda: "hot restart failed: there is no thread to do it in" in log.read_text())
        assert is_served(tmp_path / "s")
        process.terminate()
        assert process.wait(PATIENCE) == 0


@pytest.mark.usefixtures("no_thread")
def test_blocking_handlers_are_served_without_a_thread_for_their_deadlines(caplog: pytest.LogCaptureFixture) -> None:
    def upper(request: socket.socket, _client_address: object, _server: object) -> None:
        request.sendall(request.recv(100).upper())

    server = Server(TCP(port=0), upper, Inline()).open()
    answers: list[bytes] = []

    def ask(number: int) -> None:
        # In the loop, because there is no thread for a client either.
        client = connect(inet_address(server))
        client.sendall(b"a%d" % number)
        clients.append(client)

    clients: list[socket.socket] = []
    for number in range(3):
        ask(number)
    server.request_drain(PATIENCE)
    server.serve_forever()
    server.server_close()
    for client in clients:
        answers.append(client.recv(100))
        client.close()
    assert answers == [b"A0", b"A1", b"A2"]
    said_once = [record for record in caplog.records if "no thread can watch them" in record.message]
    assert len(said_once) == 1
    assert said_once[0].levelno == logging.ERROR


FOREIGN = """
import socketserver

class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            if line == b"exhaust threads\\n":
                exhaust_threads()
            if line == b"take a while\\n":
                os.mkdir("begun")
                time.sleep(0.8)
            self.wfile.write(line.upper())

foreign = socketserver.UnixStreamServer("s", Handler)
"""


@pytest.mark.parametrize(
    "server", ["foreign", "Prefork(foreign, 1)", "Group([foreign, served(Threads(), TCP(port=0))])"]
)
def test_stop_of_a_foreign_server_needs_no_thread(server: str, tmp_path: Path) -> None:
    with launched(tmp_path, f"{FOREIGN}\nserver = {server}") as process:
        assert said(tmp_path / "s", b"exhaust threads") == b"EXHAUST THREADS"
        with taking_a_while(tmp_path):
            process.terminate()
        assert process.wait(PATIENCE) == 0


def test_end_of_functions_in_threads_is_not_waited_for_without_a_thread(tmp_path: Path) -> None:
    server = """
@stream_handler
async def blocking(stream):
    async for line in stream:
        if line == b"exhaust threads\\n":
            await asyncio.get_running_loop().run_in_executor(None, exhaust_threads)
        await stream.write(line.upper())

server = Server(UnixStream("s"), blocking, Asyncio())
"""
    with launched(tmp_path, server) as process:
        assert said(tmp_path / "s", b"exhaust threads") == b"EXHAUST THREADS"
        process.terminate()
        assert process.wait(PATIENCE) == 0


# What a signal's handler needs

ASKED = "import sys; import app; sys.exit(app.server.run(asked=lambda times: 1 / 0))"


def test_program_whose_own_function_fails_at_the_signal_drains(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as stderr, launched(tmp_path, "server = served(Threads())", run=ASKED, stderr=stderr) as process:
        with taking_a_while(tmp_path):
            process.terminate()
        assert process.wait(PATIENCE) == 0
    assert "ZeroDivisionError" in log.read_text()


# A thread that writes to a pipe which nobody empties holds the lock of the log's handler.
LOGGING = """
def log():
    while True:
        logging.getLogger().warning("%s", "x" * 1000)
        if os.path.exists("logs") is False:
            open("logs", "w").close()

server = served(Multiplexed())
server.when_ready(lambda: threading.Thread(target=log, daemon=True).start())
"""

DEADLOCKED = """
reads, writes = os.pipe()
os.set_inheritable(reads, True)
os.dup2(writes, 2)"""


def test_second_signal_ends_the_program_though_a_thread_holds_the_log(tmp_path: Path) -> None:
    with launched(tmp_path, LOGGING, setup=DEADLOCKED) as process, connect(str(tmp_path / "s")) as client:
        wait_for((tmp_path / "logs").exists)
        client.sendall(b"take a while\n")
        wait_for((tmp_path / "begun").exists)
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
