"""Sockets that others have opened: found by what their unit says, left as they were, and described to nobody else."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.reactors import REACTORS
from tests.running import PATIENCE, ask_datagram, connect, running
from tests.test_endpoints_tcp import ipv6
from tests.test_hot_restart import Service, wait_for_end

from typedserver import Inherited, Server, ServerConfig, datagram_handler
from typedserver.sockets.datagram_options import IP_PKTINFO

loops = pytest.mark.parametrize("loop", list(REACTORS))
modes = pytest.mark.parametrize("blocks", [True, False], ids=["blocking", "non-blocking"])


def echo(request: socket.socket, _client_address: object, _server: object) -> None:
    request.sendall(request.recv(100))


@datagram_handler
def echo_datagram(data: bytes) -> bytes:
    return data


@contextmanager
def lent(kind: int, *, blocks: bool) -> Generator[tuple[socket.socket, int], None, None]:
    """Open a socket, and lend a copy of its descriptor."""
    with socket.socket(socket.AF_INET, kind) as mine:
        mine.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            mine.listen()
        mine.setblocking(blocks)
        yield mine, os.dup(mine.fileno())


def options_of(mine: socket.socket) -> tuple[bool, bytes]:
    return os.get_blocking(mine.fileno()), mine.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, 16)


# Found


ACTIVATED = """
import os, subprocess, sys
from typedserver import TCP, UDP, Server, datagram_handler

def nothing(request, client_address, server): pass

kind, port = sys.argv[1:]
handler = nothing if kind == "TCP" else datagram_handler(bytes)
server = Server((TCP if kind == "TCP" else UDP)(port=int(port)), handler)
server.open()
child = "import os; print(sorted(name for name in os.environ if name.startswith(('LISTEN_', 'TYPEDSERVER_'))))"
inherited = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True).stdout.strip()
print(server.fileno(), inherited)
server.server_close()
"""


# Becomes a program as systemd starts it, with a socket as descriptor 3.
BECOME = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="app.socket")
os.execv(sys.executable, [sys.executable, "-c", *sys.argv[2:]])
"""


def activate(program: str, *arguments: str, unit: socket.socket) -> str:
    """Start a program as systemd does, with a socket; returns what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", BECOME, str(unit.fileno()), program, *arguments],
        pass_fds=[unit.fileno()],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.stdout.strip() or done.stderr


@ipv6
@pytest.mark.parametrize("kind", ["TCP", "UDP"])
def test_unit_that_names_a_port_alone_is_served_and_its_variables_reach_no_child(kind: str) -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM if kind == "TCP" else socket.SOCK_DGRAM) as unit:
        unit.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        unit.bind(("::", 0))
        if kind == "TCP":
            unit.listen()
        assert activate(ACTIVATED, kind, str(unit.getsockname()[1]), unit=unit) == "3 []"


# Left as they were


@modes
@loops
def test_datagram_socket_keeps_its_mode_and_is_given_back_as_it_was(loop: str, blocks: bool) -> None:
    with lent(socket.SOCK_DGRAM, blocks=blocks) as (mine, copy):
        before = options_of(mine)
        server = Server(Inherited.datagram(fd=copy), echo_datagram, config=ServerConfig(reactor_factory=REACTORS[loop]))
        with running(server):
            assert ask_datagram(mine.getsockname(), b"x") == b"x"
            # libuv makes each descriptor that it watches non-blocking.
            assert loop == "uvloop" or os.get_blocking(mine.fileno()) is blocks
        assert options_of(mine) == before


@pytest.mark.parametrize("reports", [0, 1])
def test_datagram_socket_at_all_addresses_says_after_the_server_what_it_said_before(reports: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine, socket.socket(type=socket.SOCK_DGRAM) as client:
        mine.bind(("", 0))
        mine.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, reports)
        client.settimeout(PATIENCE)
        client.connect(("127.0.0.2", mine.getsockname()[1]))
        with running(Server(Inherited.datagram(fd=os.dup(mine.fileno())), echo_datagram)):
            assert mine.getsockopt(socket.IPPROTO_IP, IP_PKTINFO)
            client.send(b"x")
            assert client.recv(10) == b"x"
        assert mine.getsockopt(socket.IPPROTO_IP, IP_PKTINFO) == reports


@modes
@loops
def test_listener_is_given_back_as_it_was(loop: str, blocks: bool) -> None:
    with lent(socket.SOCK_STREAM, blocks=blocks) as (mine, copy):
        before = options_of(mine)
        with (
            running(Server(Inherited.stream(fd=copy), echo, config=ServerConfig(reactor_factory=REACTORS[loop]))),
            connect(mine.getsockname()) as client,
        ):
            client.sendall(b"x")
            assert client.recv(10) == b"x"
        assert options_of(mine) == before


@pytest.mark.parametrize("make", [Inherited.stream, Inherited.datagram])
@modes
def test_default_timeout_of_the_program_does_not_change_what_is_lent(
    make: Callable[..., Inherited[Any]], blocks: bool
) -> None:
    with lent(socket.SOCK_STREAM if make is Inherited.stream else socket.SOCK_DGRAM, blocks=blocks) as (mine, copy):
        before = options_of(mine)
        socket.setdefaulttimeout(5)
        try:
            listener = make(fd=copy).listen()
        finally:
            socket.setdefaulttimeout(None)
        began = time.monotonic()
        with pytest.raises(BlockingIOError):
            listener.get_request()
        assert time.monotonic() - began < 2
        if make is Inherited.datagram:
            assert os.get_blocking(mine.fileno()) is blocks
        listener.close()
        assert options_of(mine) == before


def test_refused_socket_is_as_it_was() -> None:
    with lent(socket.SOCK_DGRAM, blocks=True) as (mine, copy), ExitStack() as stack:
        stack.callback(os.close, copy)
        stack.callback(socket.setdefaulttimeout, None)
        socket.setdefaulttimeout(5)
        with pytest.raises(OSError, match="it is a SOCK_DGRAM socket"):
            Inherited.stream(fd=copy).listen()
        assert os.get_blocking(mine.fileno())


def test_sibling_that_gives_a_listener_back_makes_nobody_wait() -> None:
    with lent(socket.SOCK_STREAM, blocks=True) as (mine, copy):
        first = Inherited.stream(fd=os.dup(copy)).listen()
        with running(Server(Inherited.stream(fd=copy), echo)):
            first.close()
            assert os.get_blocking(mine.fileno())
            # A connection wakes the server and is taken by another holder, which is whoever comes first.
            for _ in range(20):
                with connect(mine.getsockname()) as client:
                    client.sendall(b"x")
                    client.settimeout(0.2)
                    mine.setblocking(False)
                    try:
                        mine.accept()[0].close()
                    except BlockingIOError:
                        assert client.recv(10) == b"x"
                    mine.setblocking(True)
    # running() has joined the loop, so it never stood still.


def test_forked_child_gives_nothing_back() -> None:
    with lent(socket.SOCK_STREAM, blocks=True) as (mine, copy):
        listener = Inherited.stream(fd=copy).listen()
        pid = os.fork()
        if pid == 0:
            try:
                listener.close()
            finally:
                os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert not os.get_blocking(mine.fileno())
        listener.close()
        assert os.get_blocking(mine.fileno())


# Whose file has gone


@pytest.mark.parametrize("removed", [True, False], ids=["removed", "kept"])
def test_path_whose_file_was_removed_is_bound_anew_at_a_hot_restart(tmp_path: Path, removed: bool) -> None:
    with Service(tmp_path, "unix_as_well") as service:
        path = str(service.path)
        assert service.ask(path) == service.pid
        if removed:
            service.path.unlink()
        # Twice, because the second predecessor has made the file that the first one had lost.
        for _ in range(2):
            wait_for_end(service.restart())
            assert service.ask(path) == service.pid
        service.stop()
        assert not service.path.exists()
