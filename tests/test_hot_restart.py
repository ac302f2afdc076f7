"""Hot restart: the new process serves what the old one served, nothing is lost, and one that fails changes nothing."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest

from tests.running import PATIENCE, ask_datagram, connect
from tests.tls import client_context
from tests.tls_files import files
from typedserver import (
    TCP,
    EndpointWrapper,
    Group,
    InetAddress,
    LifecycleError,
    ListenerWrapper,
    Prefork,
    RecipeError,
    Server,
    StreamRequest,
)
from typedserver.endpoints import handed_over, passed
from typedserver.service import taking_over
from typedserver.service.hot_restart import HotRestart, RestartFailed
from typedserver.sockets.waiting import wait_until_ready

# Answers a connection with what it has sent and with the pid that serves it.
PROGRAM = """
import os
from typedserver import (
    TCP, TLS, UDP, Group, Listening, Multiplexed, Prefork, Server, ServerConfig, StreamConfig, ThreadPool, Threads,
    TLSConfig, UnixStream, stream_handler,
)

def answer(request, client_address, server):
    with request.makefile("rb") as lines:
        request.sendall(lines.readline().strip() + b" %d\\n" % os.getpid())

# Who has connected is about to ask, after however long on a loaded machine: longer than ``quiet`` now and then.
@stream_handler(config=StreamConfig(ends_idle=False))
async def answer_as_well(stream):
    await stream.write((await stream.readline()).strip() + b" %d\\n" % os.getpid())

tcp = Server(TCP(port=PORT, host=HOST), answer, Threads())
unix = Server(UnixStream("s.sock"), answer, Threads())
multiplexed = Server(TCP(port=PORT, host=HOST), answer_as_well, Multiplexed())
unix_as_well = Server(UnixStream("s.sock"), answer_as_well, Multiplexed())
group = Group([Server(TCP(port=PORT, host=HOST), answer, Threads()), unix_as_well])
prefork = Prefork(Server(TCP(port=PORT, host=HOST), answer, Threads()), 2)
prefork_unix = Prefork(Server(UnixStream("s.sock"), answer, Threads()), 2)
encrypted = TLS(TCP(port=PORT, host=HOST), TLSConfig(certificate="certificate", key="key"))
tls = Server(encrypted, answer, ThreadPool(workers=8))
prefork_tls = Prefork(Server(encrypted, answer, Threads()), 2)

def note(event):
    if isinstance(event, Listening):
        with open("ports", "a") as ports:
            print(event.server_address[1], file=ports)

def answer_packet(request, client_address, server):
    request[1].sendto(request[0] + b" %d" % os.getpid(), client_address)

noting = ServerConfig(observer=note)
pair = Group([
    Server(TCP(port=0, host=HOST, name="pair-tcp"), answer, Threads(), config=noting),
    Server(UDP(port=0, host=HOST, name="pair-udp"), answer_packet, config=noting),
], same_port=True)
apart = Prefork(Server(TCP(port=PORT, host=HOST), answer, Threads()), 2, reuse_port=True)
"""


# No client of another test has an end at this address, so a free port stays free.
HOST = "127.9.8.7"


def free_port() -> int:
    with socket.create_server((HOST, 0)) as made:
        port: int = made.getsockname()[1]
        return port


def wait_for_end(pid: int) -> None:
    """Wait until a process that is not a child of this one has ended."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert wait_until_ready(pidfd, readable=True, timeout=PATIENCE), f"process {pid} does not end"
    finally:
        os.close(pidfd)


def children_of(pid: int) -> list[int]:
    """Return the children of all threads of a process."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            found.extend(map(int, (task / "children").read_text().split()))
    return found


class Service:
    """A program run by ``python -m typedserver``, and its service manager, which follows the main process."""

    def __init__(self, folder: Path, app: str, *options: str) -> None:
        self.port = free_port()
        self.folder = folder
        self.path = folder / "s.sock"
        self._manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._manager.settimeout(PATIENCE)
        self._manager.bind(str(folder / "manager"))
        self.write(PROGRAM)
        files(folder)
        self._log = (folder / "log").open("w")
        environment = {**os.environ, "NOTIFY_SOCKET": str(folder / "manager"), "PYTHONDONTWRITEBYTECODE": "1"}
        self._first = subprocess.Popen(
            [sys.executable, "-m", "typedserver", f"app:{app}", "--log-level", "INFO", *options],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=self._log,
            # A process group, so that all of them can be ended after any outcome of a test.
            start_new_session=True,
        )
        self.pid = self._first.pid
        self.messages: list[str] = []

    def write(self, program: str) -> None:
        """Release a version of the program."""
        (self.folder / "app.py").write_text(program.replace("PORT", str(self.port)).replace("HOST", repr(HOST)))

    def hear(self) -> str:
        """Return the next message that came to the service manager."""
        message = self._manager.recv(4096).decode()
        self.messages.append(message)
        return message

    def signal(self, number: signal.Signals = signal.SIGUSR2) -> None:
        os.kill(self.pid, number)

    def restart(self) -> int:
        """Restart, and return the pid of the process before."""
        self.signal()
        assert self.hear().startswith("RELOADING=1\nMONOTONIC_USEC=")
        main_pid, ready, *_ = self.hear().split("\n")
        assert main_pid.startswith("MAINPID="), self.log
        assert ready == "READY=1"
        before, self.pid = self.pid, int(main_pid.removeprefix("MAINPID="))
        return before

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def ask(self, address: Any = None) -> int:
        """Return the pid of the process that answers."""
        return int(exchange(address or (HOST, self.port), b"hello").split()[1])

    def stop(self) -> None:
        self.signal(signal.SIGTERM)
        wait_for_end(self.pid)

    def __enter__(self) -> Self:
        assert self.hear() == "READY=1", self.log
        return self

    def __exit__(self, *_: object) -> None:
        with self._manager, self._log:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._first.pid, signal.SIGKILL)
            wait_for_end(self.pid)
            self._first.wait(PATIENCE)
        (self.folder / "manager").unlink()
        self.path.unlink(missing_ok=True)


def connect_by_tls(address: Any) -> socket.socket:
    raw = connect(address)
    try:
        return client_context().wrap_socket(raw)
    except OSError:
        raw.close()
        raise


def exchange(address: Any, line: bytes, how: Callable[[Any], socket.socket] = connect) -> bytes:
    with how(address) as client:
        client.sendall(line + b"\n")
        received = b""
        while not received.endswith(b"\n"):
            part = client.recv(100)
            if not part:
                raise ConnectionError(f"closed after {received!r}")
            received += part
        return received


class Load:
    """Clients that send one request after the other, each on a new connection, and keep the answers."""

    def __init__(self, *addresses: Any, clients: int = 32, how: Callable[[Any], socket.socket] = connect) -> None:
        self._addresses = addresses
        self._how = how
        self._stopping = False
        self.asked = self.answered = 0
        self.lost: list[str] = []
        self.served_by: set[bytes] = set()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(clients)]

    def _ask(self, number: int) -> None:
        address = self._addresses[number % len(self._addresses)]
        asked = 0
        while not self._stopping:
            asked += 1
            line = f"{number}-{asked}".encode()
            try:
                answer, pid = exchange(address, line, self._how).split()
                assert answer == line
            except (OSError, ValueError, AssertionError) as error:
                with self._lock:
                    self.lost.append(f"{line!r}: {error!r}")
            else:
                with self._lock:
                    self.answered += 1
                    self.served_by.add(pid)
        with self._lock:
            self.asked += asked

    def wait_for(self, answers: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.answered < answers:
            assert time.monotonic() < deadline
            time.sleep(0.001)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        for thread in self._threads:
            thread.join(PATIENCE)
        assert not any(thread.is_alive() for thread in self._threads)


def never(_request: object, _client_address: object, _server: object) -> None:
    raise AssertionError


# As a program


@pytest.mark.slow
@pytest.mark.parametrize("app", ["tcp", "prefork"])
def test_six_restarts_under_load_lose_nothing(tmp_path: Path, app: str) -> None:
    with Service(tmp_path, app) as service:
        path, port = str(service.path), (HOST, service.port)
        addresses = {"unix": (path,), "prefork_unix": (path,), "group": (path, port)}.get(app, (port,))
        with Load(*addresses, how=connect_by_tls if app in ("tls", "prefork_tls") else connect) as load:
            for _ in range(6):
                load.wait_for(load.answered + 200)
                before = service.restart()
                wait_for_end(before)
                load.wait_for(load.answered + 200)
        assert not load.lost, f"{len(load.lost)} of {load.asked}: {load.lost[:3]}; {service.log}"
        assert load.answered == load.asked
        assert len(load.served_by) >= 7
        service.stop()
        assert not service.path.exists()
        assert service.log.count("hot restart: process") == 6
        assert "Traceback" not in service.log


def test_unix_path_stays_when_the_old_process_goes_and_goes_with_the_last(tmp_path: Path) -> None:
    with Service(tmp_path, "unix") as service:
        file = service.path.stat()
        first = service.restart()
        wait_for_end(first)
        assert service.path.stat().st_ino == file.st_ino
        assert service.ask(str(service.path)) == service.pid != first
        service.restart()
        service.stop()
        assert not service.path.exists()


def test_port_that_two_servers_share_stays_theirs(tmp_path: Path) -> None:
    with Service(tmp_path, "pair") as service:
        wait_for_end(service.restart())
        opened = (tmp_path / "ports").read_text().split()
        # TCP and UDP of the first process, then those of the second.
        assert len(opened) == 4
        assert len(set(opened)) == 1
        address = HOST, int(opened[0])
        assert service.ask(address) == service.pid
        assert int(ask_datagram(address, b"hello ").split()[1]) == service.pid


def test_request_in_hand_is_served_to_its_end_by_the_old_process(tmp_path: Path) -> None:
    with Service(tmp_path, "tcp") as service:
        with connect((HOST, service.port)) as client:
            client.sendall(b"begun")
            # The old process has accepted it once it has answered a client that came later.
            service.ask()
            before = service.restart()
            wait_until(lambda: service.ask() == service.pid)
            client.sendall(b" ended\n")
            assert client.recv(100) == b"begun ended %d\n" % before
        wait_for_end(before)


def test_old_process_sends_the_manager_nothing_more(tmp_path: Path) -> None:
    with Service(tmp_path, "tcp") as service:
        before = service.restart()
        wait_for_end(before)
        service.signal(signal.SIGTERM)
        assert service.hear() == "STOPPING=1"
        wait_for_end(service.pid)
        assert service.messages.count("STOPPING=1") == 1


def test_new_version_may_serve_elsewhere(tmp_path: Path) -> None:
    with Service(tmp_path, "unix") as service:
        service.write("from typedserver import Server, TCP\nunix = Server(TCP(port=PORT, host=HOST), lambda *_: None)")
        wait_for_end(service.restart())
        # No process serves it any more, and a client must not wait in vain.
        assert not service.path.exists()
        connect((HOST, service.port)).close()
        assert "socket 3, 'unknown', is closed: no server here serves it" in service.log


FAILURES = {
    "syntax": ("def (:\n", "exited with status 1 before it took over: File", "SyntaxError: invalid syntax"),
    "import": ("raise RuntimeError('no luck')", "exited with status 1 before it took over: RuntimeError: no luck", ""),
    "name": ("", "exited with status 2 before it took over: module 'app' has no 'tcp'", ""),
    "listen": (
        "from typedserver import Server, TCP\ntcp = Server(TCP(port=1, host='192.0.2.1'), lambda *_: None)",
        "exited with status 2 before it took over: TCP(",
        "cannot listen on 192.0.2.1:1",
    ),
    "killed": ("import os\nos.kill(os.getpid(), 9)", "was killed by signal 9 before it took over", ""),
    "exit": ("raise SystemExit(0)", "exited with status 0 before it took over", ""),
    "exit with a reason": ("raise SystemExit('no key')", "exited with status 1 before it took over: no key", ""),
    "late": ("import time\ntime.sleep(600)", "was not ready within 0.5 s", ""),
    "stubborn": (
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(600)",
        "was not ready within 0.5 s",
        "",
    ),
    "lifespan": (
        PROGRAM + "import contextlib\n@contextlib.contextmanager\ndef database():\n"
        "    raise ConnectionError('no database')\n    yield\n"
        "tcp = Server(TCP(port=PORT, host=HOST), answer, Threads(), lifespan=database)",
        "exited with status 1 before it took over: ConnectionError: no database",
        "app.py",
    ),
    "lifespan in the loop": (
        PROGRAM + "import contextlib\nfrom typedserver import sleep\n@contextlib.asynccontextmanager\n"
        "async def database():\n    await sleep(0.05)\n    raise ConnectionError('no database')\n    yield\n"
        "tcp = Server(TCP(port=PORT, host=HOST), answer, Threads(), lifespan=database)",
        "exited with status 1 before it took over: ConnectionError: no database",
        "app.py",
    ),
    "crash loop": (
        PROGRAM + "from typedserver import ServerConfig\ntcp = Prefork(Server(TCP(port=PORT, host=HOST), answer,"
        " config=ServerConfig(reactor_factory=lambda: os._exit(5))), 1, start_retries=1)",
        "exited with status 1 before it took over: 2 workers in a row ended",
        "exited with status 5",
    ),
}


# The old process gives a stubborn new process seconds to end: tests/proofs/test_hot_restart.py waits for it.
@pytest.mark.parametrize("fault", [fault for fault in FAILURES if fault != "stubborn"])
def test_old_process_goes_on_and_says_why_if_the_new_version_fails(
    tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, *reasons = FAILURES[fault]
    late = fault in ("late", "stubborn")
    with Service(tmp_path, "tcp", *(("--start-deadline", "0.5") if late else ())) as service:
        first = service.pid
        for _ in range(2):
            service.write(program)
            service.signal()
            assert service.hear().startswith("RELOADING=1\n")
            ready, status = service.hear().split("\n")
            assert ready == "READY=1"
            for reason in ("STATUS=hot restart failed: process", *reasons):
                assert reason in status
            assert service.ask() == first
            assert children_of(first) == []
        assert service.log.count("ERROR hot restart failed: process") == 2
        assert "; this process goes on" in service.log
        if late:
            # The right version may take longer than that.
            return
        service.write(PROGRAM)
        assert service.restart() == first
        wait_for_end(first)
        assert service.ask() == service.pid


def test_unix_path_stays_if_the_new_version_fails_after_it_has_opened(tmp_path: Path) -> None:
    with Service(tmp_path, "unix") as service:
        service.write(
            "from typedserver import *\nclass Fails(Server):\n def fileno(self): raise RuntimeError('late')\n"
            "unix = Fails(UnixStream('s.sock'), lambda *_: None)"
        )
        service.signal()
        service.hear()
        assert "RuntimeError: late" in service.hear()
        assert service.ask(str(service.path)) == service.pid


def test_restart_of_a_prefork_is_refused_if_the_kernel_chose_its_ports(tmp_path: Path) -> None:
    with (
        Prefork(Server(TCP(port=0), never), 2, reuse_port=True) as server,
        pytest.raises(LifecycleError, match="could not know the ports"),
    ):
        HotRestart(server).restart()


# What a new process gets from a server without clients


class NotingListener(ListenerWrapper[StreamRequest, InetAddress]):
    """A listener that records that it is shared."""

    is_shared = False

    def share(self) -> None:
        self.is_shared = True
        self.inner.share()


@dataclass(frozen=True)
class Noting(EndpointWrapper[StreamRequest, InetAddress]):
    """An endpoint of such listeners, which the test sees as well."""

    endpoint: TCP
    opened: list[NotingListener] = field(default_factory=list[NotingListener])

    @property
    def inner(self) -> TCP:
        return self.endpoint

    def listen(self) -> NotingListener:
        self.opened.append(NotingListener(self.endpoint.listen()))
        return self.opened[-1]


class Standing(Server[StreamRequest, InetAddress]):
    """A server that is open and has no loop."""

    def __init__(self) -> None:
        self.noting = Noting(TCP(port=0, name="web"))
        super().__init__(self.noting, never)

    @property
    def is_shared(self) -> bool:
        return self.noting.opened[-1].is_shared


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch) -> Generator[Standing, None, None]:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    with Standing() as made:
        yield made


READY = """
import os, signal, socket
def notify(message):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.sendto(message, os.environ["NOTIFY_SOCKET"].replace("@", "\\0", 1))
def serve():
    notify(b"READY=1")
    signal.pause()
"""


def new_program(code: str) -> list[str]:
    return [sys.executable, "-c", READY + code]


def restarted(server: Any, tmp_path: Path, code: str) -> Any:
    """Restart, and return what the new process has found by the code's ``found``."""
    answer = tmp_path / "found"
    code = f"import json, sys\nfound = {code}\nopen({str(answer)!r}, 'w').write(json.dumps(found))\nserve()"
    end(HotRestart(server, command=new_program(code)).restart())
    return json.loads(answer.read_text())


def end(pid: int) -> None:
    """End a new process, which is no child of this one."""
    os.kill(pid, signal.SIGKILL)
    wait_for_end(pid)


def test_new_process_has_the_sockets_from_3_on_and_no_other_descriptor(standing: Standing, tmp_path: Path) -> None:
    with socket.socket() as stray:
        os.set_inheritable(stray.fileno(), True)
        fds = restarted(standing, tmp_path, "sorted(int(fd) for fd in os.listdir('/proc/self/fd'))")
    # The last descriptor is the one that reads the folder.
    assert fds == [0, 1, 2, 3, 4]
    assert standing.is_shared
    assert standing.draining


def test_new_process_gets_its_sockets_as_from_systemd(standing: Standing, tmp_path: Path) -> None:
    found = restarted(
        standing,
        tmp_path,
        "[os.environ['LISTEN_PID'] == str(os.getpid()), os.environ['LISTEN_FDS'], os.environ['LISTEN_FDNAMES'],"
        " socket.socket(fileno=3).getsockname()]",
    )
    assert found == [True, "1", "web", list(standing.server_address)]


def test_sockets_are_passed_in_the_order_of_their_descriptors(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        servers = sorted((stack.enter_context(Standing()) for _ in range(4)), key=lambda server: -server.fileno())
        group = Group(servers)
        ports = restarted(group, tmp_path, "[socket.socket(fileno=fd).getsockname()[1] for fd in (3, 4, 5, 6)]")
        assert ports == [server.server_address[1] for server in reversed(servers)]
        assert all(server.is_shared for server in servers)
        assert group.draining


def test_watchdog_and_manager_of_the_service_pass_to_the_new_process(
    standing: Standing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/no/such/manager")
    monkeypatch.setenv("WATCHDOG_USEC", "5000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    found = restarted(
        standing,
        tmp_path,
        "[os.environ['WATCHDOG_PID'] == str(os.getpid()), os.environ['TYPEDSERVER_NOTIFY_SOCKET']]",
    )
    assert found == [True, "/no/such/manager"]
    assert "NOTIFY_SOCKET" not in os.environ


def test_watchdog_of_another_process_is_not_passed_on(
    standing: Standing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "5000000")
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert restarted(standing, tmp_path, "[name for name in os.environ if 'WATCHDOG' in name]") == []


def test_new_process_runs_in_the_current_target_of_the_link(
    standing: Standing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for release in ("v1", "v2"):
        (tmp_path / release).mkdir()
    current = tmp_path / "current"
    current.symlink_to("v1")
    monkeypatch.chdir(current)
    monkeypatch.setenv("PWD", str(current))
    restart = HotRestart(standing, command=new_program("open('here', 'w')\nserve()"))
    current.unlink()
    current.symlink_to("v2")
    end(restart.restart())
    assert (tmp_path / "v2" / "here").exists()


@pytest.mark.parametrize("value", ["", "relative", "/no/such/folder", "/"])
def test_pwd_that_is_not_the_working_directory_is_ignored(
    standing: Standing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", value)
    assert restarted(standing, tmp_path, "os.getcwd()") == str(tmp_path)


def test_command_is_that_of_this_process(standing: Standing) -> None:
    assert HotRestart(standing)._command == (sys.executable, *sys.orig_argv[1:])  # pyright: ignore[reportPrivateUsage]


# Failures


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["/no/such/program"], "exited with status 127"),
        (new_program("notify(b'STATUS=why')\nraise SystemExit(7)"), "exited with status 7 before it took over: why"),
        (new_program("notify(b'READY=1')\nraise SystemExit(8)"), None),
        (new_program("notify(b'READY=0')\nraise SystemExit(9)"), "exited with status 9"),
    ],
)
def test_new_process_that_ends_is_reported(standing: Standing, command: list[str], reason: str | None) -> None:
    restart = HotRestart(standing, command=command)
    if reason is None:
        # It may have been ready for a moment, and then it has taken over.
        with contextlib.suppress(RestartFailed):
            wait_for_end(restart.restart())
        return
    with pytest.raises(RestartFailed) as failed:
        restart.restart()
    assert reason in str(failed.value)
    assert not standing.is_shared
    assert not standing.draining


def test_working_directory_that_is_gone_is_reported(
    standing: Standing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    restart = HotRestart(standing, command=new_program("serve()"))
    monkeypatch.chdir(tmp_path)
    gone.rmdir()
    with pytest.raises(RestartFailed, match=r"no process could be started: .*gone"):
        restart.restart()


def test_server_that_is_not_open_is_not_handed_over() -> None:
    with pytest.raises(LifecycleError):
        HotRestart(Server(TCP(port=0), never)).restart()


def test_message_of_another_process_does_not_count(standing: Standing) -> None:
    code = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', sys.argv[1] + 'notify(b\"READY=1\")'])"
    command = [*new_program(code), READY]
    with pytest.raises(RestartFailed, match="exited with status 0"):
        HotRestart(standing, command=command).restart()


def waiting(standing: Standing, tmp_path: Path) -> tuple[HotRestart, Callable[[], object]]:
    """Make a restart whose new process waits until the returned function lets it go on."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    command = new_program(f"open({str(gate)!r}, 'r').read()\nserve()")
    return HotRestart(standing, command=command), lambda: gate.write_text("go")


def test_second_restart_is_refused_while_one_is_under_way_and_after_it(
    standing: Standing, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    restart, go_on = waiting(standing, tmp_path)
    restart.request()
    wait_until(lambda: children_of(os.getpid()) != [])
    with pytest.raises(LifecycleError, match="another is under way"):
        restart.restart()
    restart.request()
    wait_until(lambda: "hot restart refused: another is under way" in caplog.text)
    go_on()
    wait_until(lambda: "this one ends with what it has in hand" in caplog.text)
    assert children_of(os.getpid()) == []
    pid = int(caplog.text.split("hot restart: process ")[1].split()[0])
    with pytest.raises(LifecycleError, match=f"process {pid} has taken over already"):
        restart.restart()
    end(pid)


@pytest.mark.parametrize("how", ["closed", "drains"])
def test_restart_is_given_up_when_the_server_must_end(
    standing: Standing, tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    restart, _ = waiting(standing, tmp_path)
    restart.request()
    wait_until(lambda: children_of(os.getpid()) != [])
    if how == "drains":
        standing.request_drain()
        wait_until(lambda: "hot restart failed: the server was asked to end" in caplog.text)
    restart.close()
    assert children_of(os.getpid()) == []
    with pytest.raises(LifecycleError, match="about to end"):
        restart.restart()
    assert not standing.is_shared
    assert standing.draining is (how == "drains")


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_restart_works_with_descriptors_beyond_those_of_select(standing: Standing) -> None:
    # FD_SETSIZE: a server with many clients has no lower descriptor left.
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] < 1200:
        pytest.skip("not so many descriptors are allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], 1200), before[1]))
    copies: list[int] = []
    try:
        while not copies or copies[-1] < 1050:
            copies.append(os.dup(standing.fileno()))
        end(HotRestart(standing, command=new_program("serve()")).restart())
    finally:
        for fd in copies:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("deadline", [0, -1, float("inf"), "soon"])
def test_deadline_that_cannot_work_is_refused(standing: Standing, deadline: Any) -> None:
    with pytest.raises(RecipeError, match="start_deadline"):
        HotRestart(standing, start_deadline=deadline)


# The new process's side


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[socket.socket, None, None]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.settimeout(PATIENCE)
        made.bind(f"\0{tmp_path}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{tmp_path}")
        yield made


def be_started_by(pid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
    monkeypatch.setenv("LISTEN_FDS", "0")
    monkeypatch.setenv("TYPEDSERVER_HANDOVER", json.dumps({"from": pid, "sockets": {}}))


def test_process_without_a_predecessor_notifies_its_manager(manager: socket.socket) -> None:
    taking_over.take_over()
    assert manager.recv(100) == b"READY=1"


def test_process_notifies_its_predecessor_first_and_then_the_manager(
    manager: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_started_by(os.getppid(), monkeypatch)
    monkeypatch.setenv("TYPEDSERVER_NOTIFY_SOCKET", "/the/manager")
    taking_over.take_over()
    assert manager.recv(100) == b"READY=1"
    assert os.environ["NOTIFY_SOCKET"] == "/the/manager"
    assert passed.predecessor() is None


def test_process_given_up_by_its_predecessor_takes_nothing_over(
    manager: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_started_by(os.getppid(), monkeypatch)
    manager.shutdown(socket.SHUT_RD)
    taking_over.take_over()
    assert passed.predecessor() == os.getppid()


def test_process_takes_over_and_says_so_if_its_predecessor_has_died(
    manager: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen(["true"]) as predecessor:
        pass
    be_started_by(predecessor.pid, monkeypatch)
    monkeypatch.setenv("TYPEDSERVER_NOTIFY_SOCKET", os.environ["NOTIFY_SOCKET"])
    monkeypatch.setenv("NOTIFY_SOCKET", "/nobody/any/more")
    taking_over.take_over()
    assert manager.recv(100) == b"MAINPID=%d\nREADY=1" % os.getpid()
    assert passed.predecessor() is None


def test_process_that_has_not_taken_over_yet_cannot_be_restarted(
    standing: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handed_over, "_unclaimed", {object()})
    with pytest.raises(LifecycleError, match="not ready itself"):
        HotRestart(standing).restart()
