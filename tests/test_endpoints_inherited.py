"""Inherited: a socket that another program has opened is served, closed, and otherwise left as it was."""

import copy
import dataclasses
import fcntl
import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from tests.running import PATIENCE, ask, connect
from tests.test_endpoints_tcp import ipv6
from typedserver import DatagramTooLong, Inherited, Listener, ListenError, RecipeError
from typedserver.endpoints import passed as passed_module
from typedserver.sockets.datagrams import send_reply
from typedserver.sockets.waiting import wait_until_ready


def stream_socket() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def datagram_socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    return made


@contextmanager
def listening(recipe: Inherited[Any]) -> Generator[Listener[Any, Any], None, None]:
    listener = recipe.listen()
    try:
        yield listener
    finally:
        listener.close()


def accept(listener: Listener[Any, Any], address: Any) -> tuple[Any, Any]:
    """Connect, accept and close both ends; returns the client's address as each end sees it."""
    with connect(address) as client:
        assert wait_until_ready(listener.fileno(), readable=True, timeout=PATIENCE)
        request, client_address = listener.get_request()
        listener.close_request(request)
        return client_address, client.getsockname()


# The recipe


@pytest.mark.parametrize(
    "recipe",
    [
        "Inherited.stream(fd=0)",
        "Inherited.stream(name='web')",
        "Inherited.datagram(fd=3)",
        "Inherited.datagram(name='log', max_packet_size=512, send_timeout=1.5)",
    ],
)
def test_repr_is_the_code_that_makes_the_recipe(recipe: str) -> None:
    made = eval(recipe)
    assert repr(made) == recipe
    assert pickle.loads(pickle.dumps(made)) == copy.deepcopy(made) == made


def test_recipe_is_frozen_and_slotted() -> None:
    recipe: Any = Inherited.stream(fd=3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        recipe.fd = 2
    assert not hasattr(recipe, "__dict__")


@pytest.mark.parametrize(
    ("make", "fields", "remedy"),
    [
        (Inherited.stream, {}, "needs either fd= or name="),
        (Inherited.datagram, {"fd": 3, "name": "web"}, "needs either fd= or name="),
        (Inherited.stream, {"name": ""}, "needs either fd= or name="),
        (Inherited.stream, {"fd": -1}, "give an open descriptor"),
        (Inherited.stream, {"fd": "3"}, "give an open descriptor"),
        (Inherited.datagram, {"fd": 3, "max_packet_size": 0}, "give the longest datagram"),
        (Inherited.datagram, {"fd": 3, "send_timeout": 0}, "give the seconds that a reply may wait"),
        (Inherited, {"fd": 3, "kind": socket.SOCK_RAW}, "use .stream() or .datagram()"),
    ],
)
def test_recipe_refuses_what_cannot_work(make: Callable[..., object], fields: dict[str, Any], remedy: str) -> None:
    with pytest.raises(RecipeError) as refused:
        make(**fields)
    assert str(refused.value).startswith("Inherited")
    assert remedy in str(refused.value)


# By descriptor


def test_listening_socket_is_served_and_closed() -> None:
    fd = stream_socket().detach()
    with listening(Inherited.stream(fd=fd)) as listener:
        assert listener.fileno() == fd
        seen, own = accept(listener, listener.server_address)
        assert seen == own
        with pytest.raises(BlockingIOError):
            listener.get_request()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


def test_bound_datagram_socket_is_served_and_answers() -> None:
    fd = datagram_socket().detach()
    with (
        listening(Inherited.datagram(fd=fd, max_packet_size=5)) as listener,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        client.settimeout(PATIENCE)
        client.sendto(b"12345", listener.server_address)
        assert wait_until_ready(fd, readable=True, timeout=PATIENCE)
        (packet, through), client_address = listener.get_request()
        assert packet == b"12345"
        assert send_reply(through, b"answer", client_address)
        assert client.recvfrom(10) == (b"answer", listener.server_address)
        client.sendto(b"123456", listener.server_address)
        assert wait_until_ready(fd, readable=True, timeout=PATIENCE)
        with pytest.raises(DatagramTooLong):
            listener.get_request()


def test_taken_socket_is_not_passed_on_to_children() -> None:
    made = stream_socket()
    made.set_inheritable(True)
    with listening(Inherited.stream(fd=made.detach())) as listener:
        assert not os.get_inheritable(listener.fileno())


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_unix_socket_is_written_as_text_and_its_file_stays(tmp_path: Path, kind: socket.SocketKind) -> None:
    path = tmp_path / "s"
    made = socket.socket(socket.AF_UNIX, kind)
    made.bind(str(path))
    if kind == socket.SOCK_STREAM:
        made.listen()
    make: Callable[..., Inherited[Any]] = Inherited.stream if kind == socket.SOCK_STREAM else Inherited.datagram
    with listening(make(fd=made.detach())) as listener:
        assert listener.server_address == str(path)
        with connect(str(path), kind) as client:
            client.send(b"x")
            request, client_address = listener.get_request()
            assert client_address == ""
            listener.shutdown_request(request)
    assert path.is_socket()
    path.unlink()


@ipv6
def test_dual_stack_stream_writes_ipv4_as_ipv4() -> None:
    made = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    port = made.getsockname()[1]
    with listening(Inherited.stream(fd=made.detach())) as listener:
        for host in ("127.0.0.1", "::1"):
            seen, own = accept(listener, (host, port))
            assert seen == own
        assert listener.server_address == ("::", port, 0, 0)


@pytest.mark.parametrize(
    ("make", "opened", "reason"),
    [
        (Inherited.stream, datagram_socket, "it is a SOCK_DGRAM socket, not SOCK_STREAM; use the other constructor"),
        (Inherited.datagram, stream_socket, "it is a SOCK_STREAM socket, not SOCK_DGRAM; use the other constructor"),
        (Inherited.stream, socket.socket, "it does not listen; call listen() on it before it is passed"),
    ],
)
def test_socket_of_another_kind_is_refused_and_stays_open(
    make: Callable[..., Inherited[Any]], opened: Callable[[], socket.socket], reason: str
) -> None:
    with opened() as made:
        with pytest.raises(ListenError) as refused:
            make(fd=made.fileno()).listen()
        assert f"cannot serve descriptor {made.fileno()}: {reason}" in str(refused.value)
        made.getsockname()


def test_descriptor_that_is_no_socket_is_refused_and_stays_open(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file:
        with pytest.raises(ListenError, match="it is no socket"):
            Inherited.stream(fd=file.fileno()).listen()
        file.write("still open")


def test_descriptor_that_is_not_open_is_refused() -> None:
    fd = stream_socket().detach()
    os.close(fd)
    with pytest.raises(ListenError, match=f"descriptor {fd}: Bad file descriptor; was it passed to this process"):
        Inherited.stream(fd=fd).listen()


def test_descriptor_is_served_by_one_listener_at_a_time() -> None:
    fd = 300
    with stream_socket() as made:
        os.dup2(made.fileno(), fd)
    recipe = Inherited.stream(fd=fd)
    with listening(recipe):
        with pytest.raises(ListenError, match="served by another listener of this process"):
            recipe.listen()
        os.fstat(fd)
    # The number is free again, so another socket may get it.
    with stream_socket() as made:
        os.dup2(made.fileno(), fd)
    with listening(recipe):
        pass


def test_socket_is_accepted_if_the_kernel_cannot_say_whether_it_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "SO_ACCEPTCONN")
    made = socket.socket()
    with listening(Inherited.stream(fd=made.detach())) as listener, pytest.raises(OSError, match="Invalid argument"):
        listener.get_request()


# By name


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[int]]:
    """Pass sockets to this process as systemd does, from a descriptor that is free here."""

    def pass_them(names: str | None, *opened: socket.socket) -> list[int]:
        first = 300
        for index, made in enumerate(opened):
            os.dup2(made.fileno(), first + index)
            made.close()
        monkeypatch.setattr(passed_module, "FIRST_FD", first)
        monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
        monkeypatch.setenv("LISTEN_FDS", str(len(opened)))
        if names is None:
            monkeypatch.delenv("LISTEN_FDNAMES", raising=False)
        else:
            monkeypatch.setenv("LISTEN_FDNAMES", names)
        return [first + index for index in range(len(opened))]

    return pass_them


def close_all(fds: list[int]) -> None:
    for fd in fds:
        os.close(fd)


def test_name_finds_its_socket(passed: Callable[..., list[int]]) -> None:
    fds = passed("web:log", stream_socket(), datagram_socket())
    with listening(Inherited.stream(name="web")) as web, listening(Inherited.datagram(name="log")) as log:
        assert [web.fileno(), log.fileno()] == fds


def test_name_of_two_sockets_finds_the_one_of_its_kind(passed: Callable[..., list[int]]) -> None:
    fds = passed("dns:dns", stream_socket(), datagram_socket())
    with listening(Inherited.datagram(name="dns")) as datagrams, listening(Inherited.stream(name="dns")) as streams:
        assert [streams.fileno(), datagrams.fileno()] == fds


def test_name_of_two_sockets_of_a_kind_is_not_guessed(passed: Callable[..., list[int]]) -> None:
    fds = passed("web:web", stream_socket(), stream_socket())
    with pytest.raises(ListenError, match=r"descriptors \[300, 301\] have that name; choose one by fd="):
        Inherited.stream(name="web").listen()
    with listening(Inherited.stream(fd=fds[1])):
        pass
    os.close(fds[0])


@pytest.mark.parametrize("names", [None, "", ":", "unknown"])
def test_socket_without_a_name_is_called_unknown(passed: Callable[..., list[int]], names: str | None) -> None:
    fds = passed(names, stream_socket())
    with listening(Inherited.stream(name="unknown")) as listener:
        assert listener.fileno() == fds[0]


def test_error_for_a_name_that_was_not_passed_lists_those_that_were(passed: Callable[..., list[int]]) -> None:
    fds = passed("web:log", stream_socket(), stream_socket())
    with pytest.raises(ListenError, match="no socket of that name was passed, only 'web', 'log'"):
        Inherited.stream(name="mail").listen()
    close_all(fds)


def test_named_socket_that_cannot_be_served_is_refused_with_the_reason(passed: Callable[..., list[int]]) -> None:
    fds = passed("web", datagram_socket())
    with pytest.raises(ListenError, match="cannot serve descriptor 300: it is a SOCK_DGRAM socket"):
        Inherited.stream(name="web").listen()
    close_all(fds)


@pytest.mark.parametrize("pid", [None, "", "1", "x"])
def test_sockets_of_another_process_are_not_taken(
    passed: Callable[..., list[int]], monkeypatch: pytest.MonkeyPatch, pid: str | None
) -> None:
    fds = passed("web", stream_socket())
    if pid is None:
        monkeypatch.delenv("LISTEN_PID")
    else:
        monkeypatch.setenv("LISTEN_PID", pid)
    with pytest.raises(
        ListenError, match=f"LISTEN_PID is {pid!r}, this is {os.getpid()}.; start it by socket activation"
    ):
        Inherited.stream(name="web").listen()
    close_all(fds)


@pytest.mark.parametrize("count", [None, "", "0", "-1", "many"])
def test_count_without_sockets_is_refused(
    passed: Callable[..., list[int]], monkeypatch: pytest.MonkeyPatch, count: str | None
) -> None:
    passed("web")
    if count is None:
        monkeypatch.delenv("LISTEN_FDS")
    else:
        monkeypatch.setenv("LISTEN_FDS", count)
    with pytest.raises(ListenError, match=f"LISTEN_FDS={count or ''!r} names no sockets"):
        Inherited.stream(name="web").listen()


# As systemd does it

# The fork of a launcher has its pid before it becomes the server: the descriptors go to 3 and after, then exec.
LAUNCH = """
import fcntl, os, sys
fds = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 100) for fd in sys.argv[2:]]
for index, fd in enumerate(fds):
    os.dup2(fd, 3 + index)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(fds)), LISTEN_FDNAMES="log:web")
os.execv(sys.executable, [sys.executable, "-c", sys.argv[1]])
"""

SERVE = """
from typedserver import Inherited, Server, stream_handler

@stream_handler
async def upper(stream):
    async for line in stream:
        await stream.write(line.upper())

with Server(Inherited.stream(name="web"), upper) as server:
    server.handle_request()
"""


def test_service_started_with_its_sockets_serves_them(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log, stream_socket() as web:
        log.bind(str(path))
        fds = (log.fileno(), web.fileno())
        command = [sys.executable, "-c", LAUNCH, SERVE, *map(str, fds)]
        with subprocess.Popen(command, pass_fds=fds) as service:
            assert ask(web.getsockname(), b"hello\n") == b"HELLO\n"
            assert service.wait(PATIENCE) == 0
        # This process still has what was passed to it: nothing was shut down or unlinked.
        assert path.is_socket()
        assert web.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    path.unlink()


def test_listener_leaves_the_passed_socket_to_its_parent() -> None:
    with stream_socket() as made:
        copy_of_it = fcntl.fcntl(made.fileno(), fcntl.F_DUPFD, 300)
        with listening(Inherited.stream(fd=copy_of_it)) as listener:
            cast("Any", listener).leave_in_child(None)
            assert listener.fileno() == -1
        with connect(made.getsockname()):
            made.accept()[0].close()
