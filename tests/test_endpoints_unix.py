"""Unix endpoints: their sockets, and how they create and remove the sockets' files."""

import contextlib
import copy
import dataclasses
import errno
import fcntl
import grp
import os
import pickle
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeAlias

import pytest
import uvloop

from tests.running import PATIENCE, connect
from typedserver import DatagramTooLong, ListenError, RecipeError, UnixDatagram, UnixStream
from typedserver.endpoints import unix_path
from typedserver.endpoints.datagram_listener import DatagramListener
from typedserver.endpoints.socket_listeners import StreamListener
from typedserver.sockets.datagrams import send_reply
from typedserver.sockets.waiting import wait_until_ready

Recipe: TypeAlias = UnixStream | UnixDatagram
KINDS: list[type[Recipe]] = [UnixStream, UnixDatagram]
both = pytest.mark.parametrize("kind", KINDS)


@contextmanager
def listening(recipe: Recipe) -> Generator[StreamListener[str] | DatagramListener[str], None, None]:
    listener = recipe.listen()
    try:
        yield listener
    finally:
        listener.close()


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "s")


@pytest.fixture
def umask() -> Generator[Callable[[int], object], None, None]:
    before = os.umask(0)
    os.umask(before)
    yield os.umask
    os.umask(before)


def mode_of(path: str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def in_child(function: Callable[[], object]) -> int:
    """Run a function in a forked child and return the child's pid; its status is 0 if the function returns."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            function()
            status = 0
        finally:
            os._exit(status)
    return pid


def ended_well(pid: int) -> bool:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def leave_dead_socket(path: str, kind: int = socket.SOCK_STREAM) -> None:
    with socket.socket(socket.AF_UNIX, kind) as made:
        made.bind(path)


# The recipes


@pytest.mark.parametrize(
    "recipe",
    [
        "UnixStream(path='/run/s')",
        "UnixStream(path='s', mode=438, backlog=5)",
        "UnixDatagram(path='\\x00name')",
        "UnixDatagram(path='s', mode=0, max_packet_size=512, send_timeout=1.5)",
        "UnixStream(path='s', mode=432, group='staff')",
        "UnixDatagram(path='s', group=0)",
    ],
)
def test_repr_is_the_code_that_makes_the_recipe(recipe: str) -> None:
    made = eval(recipe)
    assert repr(made) == recipe
    assert pickle.loads(pickle.dumps(made)) == copy.deepcopy(made) == made


@both
def test_recipe_is_frozen_and_slotted(kind: type[Recipe]) -> None:
    recipe: Any = kind("s")
    with pytest.raises(dataclasses.FrozenInstanceError):
        recipe.path = "t"
    assert not hasattr(recipe, "__dict__")


@both
@pytest.mark.parametrize(
    ("fields", "remedy"),
    [
        ({"path": ""}, "must be a str with a path, or '\\0name' for an abstract name"),
        ({"path": Path("s")}, "must be a str with a path"),
        ({"path": b"s"}, "must be a str with a path"),
        ({"path": "a\0b"}, "only an abstract name may"),
        ({"path": "x" * 108}, "is 1 bytes too long: the kernel takes 107 (unix(7)); use a shorter folder"),
        ({"path": "é" * 54}, "is 1 bytes too long"),
        ({"path": "\0" + "x" * 109}, "is 2 bytes too long: the kernel takes 108"),
        ({"path": "s", "mode": -1}, "rights from 0o000 to 0o777"),
        ({"path": "s", "mode": 0o1777}, "rights from 0o000 to 0o777"),
        ({"path": "s", "mode": "rw"}, "rights from 0o000 to 0o777"),
        ({"path": "s", "group": ""}, "must be the name of a group, or its number"),
        ({"path": "s", "group": True}, "must be the name of a group, or its number"),
        ({"path": "s", "group": b"staff"}, "must be the name of a group, or its number"),
        ({"path": "s", "group": -1}, "must be a number from 0 to 4294967294"),
        ({"path": "s", "group": 2**32 - 1}, "must be a number from 0 to 4294967294"),
        ({"path": "\0s", "group": 5}, "an abstract name has none: give a path"),
    ],
)
def test_recipe_refuses_what_cannot_work(kind: type[Recipe], fields: dict[str, Any], remedy: str) -> None:
    with pytest.raises(RecipeError) as refused:
        kind(**fields)
    assert str(refused.value).startswith(f"{kind.__name__}(")
    assert remedy in str(refused.value)


def test_recipe_refuses_numbers_of_its_kind() -> None:
    with pytest.raises(RecipeError, match="or leave it out"):
        UnixStream("s", backlog=0)
    with pytest.raises(RecipeError, match="longest datagram"):
        UnixDatagram("s", max_packet_size=0)
    with pytest.raises(RecipeError, match="seconds that a reply may wait"):
        UnixDatagram("s", send_timeout=0)


@both
def test_longest_path_can_be_bound(kind: type[Recipe], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with listening(kind("x" * 107)) as listener:
        assert listener.server_address == "x" * 107


# Rights


@both
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o777])
@pytest.mark.parametrize("mode", [0o000, 0o600, 0o660, 0o666, 0o777])
def test_mode_is_as_asked_whatever_the_umask(
    kind: type[Recipe], path: str, umask: Callable[[int], object], mode: int, mask: int
) -> None:
    umask(mask)
    with listening(kind(path, mode=mode)):
        assert mode_of(path) == mode


@both
def test_mode_is_for_the_owner_only_by_default(kind: type[Recipe], path: str) -> None:
    with listening(kind(path)):
        assert mode_of(path) == 0o600


def watch_rights(path: str, report: int, stop: int) -> None:
    """Read the file's mode as fast as possible until asked to stop, then report every bit that was ever set."""
    seen = 0
    os.set_blocking(stop, False)
    os.write(report, b".")
    while True:
        with contextlib.suppress(FileNotFoundError):
            seen |= mode_of(path)
        with contextlib.suppress(BlockingIOError):
            os.read(stop, 1)
            break
    os.write(report, f"{seen:o}".encode())


@pytest.mark.parametrize("platform", ["linux", "darwin"])
@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_rights_are_at_no_moment_wider_than_asked(
    path: str, umask: Callable[[int], object], mask: int, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unix_path, "sys", SimpleNamespace(platform=platform))
    report_read, report_write = os.pipe()
    stop_read, stop_write = os.pipe()
    watcher = in_child(lambda: watch_rights(path, report_write, stop_read))
    assert os.read(report_read, 1) == b"."
    umask(mask)
    for _ in range(100):
        UnixStream(path, mode=0o620).listen().close()
    os.write(stop_write, b".")
    seen = int(os.read(report_read, 10), 8)
    assert ended_well(watcher)
    for end in (report_read, report_write, stop_read, stop_write):
        os.close(end)
    assert seen & ~0o620 == 0


# The group


def gid_of(path: str) -> int:
    return os.stat(path).st_gid


def other_groups() -> list[int]:
    """Groups that this process may give a file to, besides its own."""
    return [4242] if os.geteuid() == 0 else [gid for gid in os.getgroups() if gid != os.getegid()]


@both
@pytest.mark.parametrize("mask", [0o000, 0o077])
@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_file_has_the_group_that_was_asked_for(
    kind: type[Recipe],
    path: str,
    umask: Callable[[int], object],
    mask: int,
    platform: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unix_path, "sys", SimpleNamespace(platform=platform))
    umask(mask)
    for gid in (*other_groups(), os.getegid()):
        with listening(kind(path, mode=0o660, group=gid)):
            assert (gid_of(path), mode_of(path)) == (gid, 0o660)


@both
def test_group_may_be_named(kind: type[Recipe], path: str) -> None:
    with listening(kind(path, mode=0o660, group=grp.getgrgid(os.getegid()).gr_name)):
        assert gid_of(path) == os.getegid()


@both
def test_group_that_this_machine_lacks_is_reported(kind: type[Recipe], path: str) -> None:
    with pytest.raises(ListenError, match="no group 'nobody-has-this'; make it, or give a number"):
        kind(path, group="nobody-has-this").listen()
    assert not os.path.lexists(path)


@both
def test_group_that_this_process_may_not_give_is_reported_and_leaves_no_file(kind: type[Recipe]) -> None:
    read_end, write_end = os.pipe()
    # Not in tmp_path, which another user cannot reach.
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)

        def try_it() -> None:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            with pytest.raises(ListenError) as refused:
                kind(os.path.join(folder, "s"), mode=0o660, group=0).listen()
            os.write(write_end, f"{refused.value.errno} {refused.value} {os.listdir(folder)}".encode())

        child = in_child(try_it)
        os.close(write_end)
        with open(read_end) as output:
            said = output.read()
        assert ended_well(child)
    assert said.startswith(f"{errno.EPERM} ")
    assert said.endswith("run it as a member of the group, or as root []")


def test_other_group_has_no_rights_before_the_file_is_its_own(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    chown = os.chown

    def watch(path: str, *arguments: Any, **options: Any) -> None:
        seen.append(mode_of(path))
        chown(path, *arguments, **options)

    monkeypatch.setattr(os, "chown", watch)
    with listening(UnixStream(path, mode=0o664, group=os.getegid())):
        assert mode_of(path) == 0o664
    assert seen
    assert all(mode & 0o070 == 0 for mode in seen)


# The owner of a file


SERVE = """
import socket, sys
kind, path = getattr(socket, sys.argv[1]), sys.argv[2]
with socket.socket(socket.AF_UNIX, kind) as made:
    made.bind(path)
    if kind == socket.SOCK_STREAM:
        made.listen(1)
    print("serving", flush=True)
    sys.stdin.read()
"""


@contextmanager
def served_by_another_process(path: str, kind: str) -> Generator[None, None, None]:
    command = [sys.executable, "-c", SERVE, kind, path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"serving\n"
        try:
            yield
        finally:
            process.communicate()


@both
@pytest.mark.parametrize("other", ["SOCK_STREAM", "SOCK_DGRAM"])
def test_socket_of_a_live_process_is_never_stolen(kind: type[Recipe], other: str, path: str) -> None:
    with served_by_another_process(path, other):
        inode = os.stat(path).st_ino
        with pytest.raises(ListenError) as refused:
            kind(path).listen()
        assert str(refused.value) == (
            f"{kind(path)!r} cannot listen: Address already in use; "
            "another process serves it: stop that one, or choose another path"
        )
        assert refused.value.errno == errno.EADDRINUSE
        assert os.stat(path).st_ino == inode
        connect(path, getattr(socket, other)).close()
    # The process is dead now, and its file is still there.
    with listening(kind(path)):
        pass


def test_socket_of_a_process_too_busy_to_accept_is_live(path: str) -> None:
    with listening(UnixStream(path, backlog=1)), contextlib.ExitStack() as clients:
        with pytest.raises(BlockingIOError):
            while True:
                client = clients.enter_context(socket.socket(socket.AF_UNIX))
                client.setblocking(False)
                client.connect(path)
        with pytest.raises(ListenError, match="another process serves it"):
            UnixStream(path).listen()


@both
@pytest.mark.parametrize("dead", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_dead_socket_is_replaced(kind: type[Recipe], dead: int, path: str) -> None:
    leave_dead_socket(path, dead)
    with listening(kind(path)):
        connect(path, socket.SOCK_STREAM if kind is UnixStream else socket.SOCK_DGRAM).close()


def link_to_the_dead(path: Path) -> None:
    path.symlink_to("dead")


@both
@pytest.mark.parametrize("make", [Path.touch, Path.mkdir, link_to_the_dead])
def test_file_that_is_no_socket_is_never_removed(
    kind: type[Recipe], path: str, make: Callable[[Path], object], tmp_path: Path
) -> None:
    leave_dead_socket(str(tmp_path / "dead"))
    make(Path(path))
    before = os.lstat(path)
    with pytest.raises(ListenError, match="is not ours to remove: choose another path") as refused:
        kind(path).listen()
    assert refused.value.errno == errno.EEXIST
    assert os.lstat(path) == before
    (tmp_path / "dead").unlink()


@both
def test_own_file_is_removed_on_close(kind: type[Recipe], path: str) -> None:
    listener = kind(path).listen()
    assert stat.S_ISSOCK(os.stat(path).st_mode)
    listener.close()
    assert not os.path.exists(path)
    listener.close()


@both
def test_own_file_is_removed_from_the_folder_it_was_made_in(
    kind: type[Recipe], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    listener = kind("s").listen()
    assert listener.server_address == "s"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    listener.close()
    assert not (tmp_path / "s").exists()


@both
def test_file_of_somebody_else_by_the_same_name_stays(kind: type[Recipe], path: str) -> None:
    listener = kind(path).listen()
    os.unlink(path)
    with listening(kind(path)):
        listener.close()
        connect(path, socket.SOCK_STREAM if kind is UnixStream else socket.SOCK_DGRAM).close()


@both
def test_file_that_is_already_gone_is_no_error(kind: type[Recipe], path: str) -> None:
    listener = kind(path).listen()
    os.unlink(path)
    listener.close()


@both
def test_child_that_closes_its_copy_leaves_the_parents_file(kind: type[Recipe], path: str) -> None:
    with listening(kind(path)) as listener:
        assert ended_well(in_child(listener.close))
        assert ended_well(in_child(lambda: leave_and_close(listener)))
        connect(path, socket.SOCK_STREAM if kind is UnixStream else socket.SOCK_DGRAM).close()


def leave_and_close(listener: StreamListener[str] | DatagramListener[str]) -> None:
    listener.leave_in_child(None)
    listener.close()


def test_child_that_answers_a_datagram_leaves_the_parents_file(path: str) -> None:
    with listening(UnixDatagram(path)) as listener:
        with connect(path, socket.SOCK_DGRAM) as client:
            client.send(b"x")
            request, _ = listener.get_request()

        def answer() -> None:
            listener.leave_in_child(request)
            assert listener.fileno() >= 0
            listener.close()

        assert ended_well(in_child(answer))
        assert os.path.exists(path)


@pytest.mark.parametrize("rivals", [2, 4])
def test_exactly_one_of_processes_that_race_to_bind_wins(path: str, rivals: int) -> None:
    for _ in range(15):
        leave_dead_socket(path)
        go_read, go_write = os.pipe()
        won_read, won_write = os.pipe()
        end_read, end_write = os.pipe()

        def race(go: int = go_read, go_end: int = go_write, won: int = won_write, end: int = end_write) -> None:
            os.close(go_end)
            os.close(end)
            os.read(go, 1)
            try:
                listener = UnixStream(path).listen()
            except ListenError as lost:
                os.write(won, b"l" if lost.errno == errno.EADDRINUSE else b"?")
                return
            os.write(won, b"w")
            # Wait until the parent has counted.
            os.read(end_read, 1)  # noqa: B023 - it runs in this turn of the loop
            listener.close()

        racers = [in_child(race) for _ in range(rivals)]
        os.close(go_write)
        results = sorted(os.read(won_read, 1) for _ in racers)
        connect(path).close()
        os.close(end_write)
        assert [ended_well(racer) for racer in racers] == [True] * rivals
        for end in (go_read, won_read, won_write, end_read):
            os.close(end)
        assert results == [b"l"] * (rivals - 1) + [b"w"]
        assert not os.path.exists(path)


def test_listen_that_fails_after_the_bind_leaves_no_file(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_arguments: object) -> None:
        raise OSError(errno.ENOBUFS, "no room")

    monkeypatch.setattr(socket.socket, "listen", failing)
    with pytest.raises(ListenError, match=r"no room; see unix\(7\)"):
        UnixStream(path).listen()
    assert not os.path.exists(path)


# The folder


@both
@pytest.mark.parametrize(
    ("name", "reason", "remedy"),
    [
        ("missing/s", errno.ENOENT, "missing' does not exist: make it first"),
        ("file/s", errno.ENOTDIR, "file' is no folder: choose another path"),
    ],
)
def test_folder_that_cannot_hold_the_socket_is_reported(
    kind: type[Recipe], tmp_path: Path, name: str, reason: int, remedy: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ListenError) as refused:
        kind(str(tmp_path / name)).listen()
    assert remedy in str(refused.value)
    assert refused.value.errno == reason


def test_folder_without_rights_is_reported(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    tmp_path.chmod(0o500)

    def try_it() -> None:
        if os.geteuid() == 0:
            os.setuid(65534)
        with pytest.raises(ListenError) as refused:
            UnixStream(str(tmp_path / "s")).listen()
        os.write(write_end, str(refused.value).encode())

    child = in_child(try_it)
    os.close(write_end)
    with open(read_end) as output:
        assert "cannot be written to: choose another, or change its rights" in output.read()
    assert ended_well(child)
    tmp_path.chmod(0o700)


@both
@pytest.mark.parametrize("lock", [fcntl.LOCK_SH, fcntl.LOCK_EX])
def test_lock_on_the_folder_is_its_owners_affair(kind: type[Recipe], path: str, tmp_path: Path, lock: int) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(folder, lock)
    began = time.monotonic()
    with listening(kind(path)):
        assert os.listdir(tmp_path) == ["s"]
    assert os.listdir(tmp_path) == []
    assert time.monotonic() - began < 0.9
    os.close(folder)


def test_server_that_hangs_at_its_start_delays_another_on_its_path_and_does_not_keep_it_away(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(unix_path, "_LOCK_TIMEOUT", 0.03)
    rival = os.open(tmp_path / ".s.typedserver", os.O_RDWR | os.O_CREAT)
    fcntl.flock(rival, fcntl.LOCK_EX)
    began = time.monotonic()
    with listening(UnixStream(path)):
        assert time.monotonic() - began >= 0.03
        assert "is bound without it" in caplog.text
        connect(path).close()
    os.close(rival)
    # It was killed: what it has left is used, and removed.
    with listening(UnixStream(path)):
        assert os.listdir(tmp_path) == ["s"]


def test_child_forked_during_a_start_does_not_hold_its_lock(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unix_path, "_LOCK_TIMEOUT", 0.5)
    hold_read, hold_write = os.pipe()
    children: list[int] = []

    def hold() -> None:
        os.close(hold_write)
        os.read(hold_read, 1)

    listen: Callable[..., None] = socket.socket.listen

    def fork_and_listen(made: socket.socket, backlog: int) -> None:
        children.append(in_child(hold))
        listen(made, backlog)

    monkeypatch.setattr(socket.socket, "listen", fork_and_listen)
    began = time.monotonic()
    with listening(UnixStream(path)):
        os.unlink(path)
        UnixDatagram(path).listen().close()
    assert time.monotonic() - began < 0.4
    os.close(hold_write)
    os.close(hold_read)
    assert [ended_well(child) for child in children] == [True]


def test_lock_leaves_no_file_behind(path: str, tmp_path: Path) -> None:
    with listening(UnixStream(path)):
        assert os.listdir(tmp_path) == ["s"]
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("platform", ["darwin", "win32"])
@pytest.mark.parametrize("relative", [True, False])
def test_socket_is_made_in_a_folder_of_its_own_outside_linux(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, relative: bool
) -> None:
    monkeypatch.setattr(unix_path, "sys", SimpleNamespace(platform=platform))
    monkeypatch.chdir(tmp_path)
    path = "s" if relative else str(tmp_path / "s")
    with listening(UnixStream(path, mode=0o660)) as listener:
        assert mode_of(path) == 0o660
        assert listener.server_address == path
        assert os.listdir(tmp_path) == ["s"]
        connect(path).close()
    assert os.listdir(tmp_path) == []


# Abstract names


@both
def test_abstract_name_has_no_file_and_its_own_spelling(
    kind: type[Recipe], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = f"\0typedserver-{os.getpid()}"
    with listening(kind(name)) as listener:
        assert listener.server_address == name
        assert repr(name) in repr(listener)
        connect(name, socket.SOCK_STREAM if kind is UnixStream else socket.SOCK_DGRAM).close()
        with pytest.raises(ListenError, match="another process serves it") as refused:
            kind(name).listen()
        assert refused.value.errno == errno.EADDRINUSE
    assert os.listdir(tmp_path) == []


@both
def test_longest_abstract_name_can_be_bound(kind: type[Recipe]) -> None:
    with listening(kind("\0" + "x" * 107)) as listener:
        assert listener.server_address == "\0" + "x" * 107


# Peers


def request_from(path: str, name: str | None, kind: type[Recipe]) -> str:
    """Send a request from a socket of this name; returns the client address that the listener sees."""
    with listening(kind(path)) as listener:
        stream = kind is UnixStream
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM) as client:
            if name is not None:
                client.bind(name)
            client.connect(path)
            if not stream:
                client.send(b"x")
            request, client_address = listener.get_request()
            if isinstance(request, socket.socket):
                request.close()
    return client_address


@both
def test_peer_without_a_name_has_an_empty_address(kind: type[Recipe], path: str) -> None:
    assert request_from(path, None, kind) == ""


@both
def test_peer_with_a_path_has_it_for_an_address(kind: type[Recipe], path: str, tmp_path: Path) -> None:
    name = str(tmp_path / "peer")
    assert request_from(path, name, kind) == name
    os.unlink(name)


@both
def test_peer_with_an_abstract_name_is_written_with_its_nul(kind: type[Recipe], path: str) -> None:
    name = f"\0peer-{os.getpid()}"
    assert request_from(path, name, kind) == name


@contextmanager
def asked(recipe: UnixDatagram, tmp_path: Path) -> Generator[tuple[DatagramListener[str], socket.socket], None, None]:
    """Serve, with a named client that has sent a request."""
    name = tmp_path / "client"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        client.bind(str(name))
        listener = recipe.listen()
        try:
            client.sendto(b"ask", recipe.path)
            assert wait_until_ready(listener.fileno(), readable=True, timeout=PATIENCE)
            yield listener, client
        finally:
            listener.close()
            name.unlink()


def test_datagram_is_answered_from_the_address_that_was_asked(path: str, tmp_path: Path) -> None:
    with asked(UnixDatagram(path), tmp_path) as (listener, client):
        (packet, through), client_address = listener.get_request()
        assert packet == b"ask"
        assert send_reply(through, b"answer", client_address)
        assert client.recvfrom(10) == (b"answer", path)


def test_datagram_past_the_limit_is_refused(path: str, tmp_path: Path) -> None:
    with (
        asked(UnixDatagram(path, max_packet_size=2), tmp_path) as (listener, _),
        pytest.raises(DatagramTooLong, match="max_packet_size=2"),
    ):
        listener.get_request()


def reply_until_dropped(listener: DatagramListener[str]) -> float:
    """Reply until the peer's queue is full; returns the seconds that the dropped reply took."""
    (_, through), client_address = listener.get_request()
    while True:
        began = time.monotonic()
        if not send_reply(through, b"answer", client_address):
            return time.monotonic() - began


def test_peer_that_does_not_read_delays_a_reply_no_longer_than_send_timeout(path: str, tmp_path: Path) -> None:
    with asked(UnixDatagram(path, send_timeout=0.05), tmp_path) as (listener, _):
        assert 0.04 <= reply_until_dropped(listener) < 5


def test_listener_that_uvloop_watches_is_as_patient(path: str, tmp_path: Path) -> None:
    with asked(UnixDatagram(path, send_timeout=0.05), tmp_path) as (listener, client):
        loop = uvloop.new_event_loop()
        taken: list[float] = []

        def reply() -> None:
            taken.append(reply_until_dropped(listener))
            loop.remove_reader(listener.fileno())
            loop.stop()

        loop.add_reader(listener.fileno(), reply)
        assert not os.get_blocking(listener.fileno())
        loop.run_forever()
        loop.close()
        assert 0.02 <= taken[0] < 5
        assert client.recv(10) == b"answer"
