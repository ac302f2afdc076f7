"""What is said of new clients and of files is what the kernel has done; what could not be done is told."""

import errno
import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.running import PATIENCE, connect, running

from typedserver import Asyncio, Multiplexed, Server, Stream, UnixDatagram, UnixStream, sleep, stream_handler
from typedserver.endpoints import socket_listeners, unix_path
from typedserver.protocols.endpoints import Listener

both = pytest.mark.parametrize("kind", [UnixStream, UnixDatagram])


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "s")


@contextmanager
def locked(folder: Path, lock: int) -> Generator[None, None, None]:
    """Hold a lock on a folder, as a program does that keeps systemd-tmpfiles away from it."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(fd, lock)
        yield
    finally:
        os.close(fd)


def knock(path: str) -> int:
    """Return by which error the kernel refuses a client; 0 if it takes it."""
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(path)


# A drain in a folder that others have locked


TICKS = 30


@stream_handler
async def tick(stream: Stream) -> None:
    """Answer a line in many parts."""
    await stream.readline()
    for _ in range(TICKS):
        await stream.write(b"x")
        await sleep(0.01)


@pytest.mark.parametrize("strategy", [Multiplexed, Asyncio])
@pytest.mark.parametrize("lock", [fcntl.LOCK_SH, fcntl.LOCK_EX], ids=["shared", "exclusive"])
def test_drain_beside_a_lock_on_the_folder_removes_the_file_and_never_stops_the_loop(
    path: str, tmp_path: Path, strategy: Callable[[], Any], lock: int
) -> None:
    server = Server(UnixStream(path), tick, strategy())
    with locked(tmp_path, lock), running(server), connect(path) as client:
        client.sendall(b"begin\n")
        last, longest = time.monotonic(), 0.0
        for number in range(TICKS):
            assert client.recv(1) == b"x"
            now = time.monotonic()
            last, longest = now, max(longest, now - last)
            if number == 0:
                server.request_drain(PATIENCE)
        # Far less than anybody would wait for a lock.
        assert longest < 1
        assert not os.path.exists(path)
        assert knock(path) == errno.ENOENT


# The file


@both
def test_file_is_removed_where_no_descriptor_is_left(kind: Any, path: str) -> None:
    program = f"""
import errno, os, resource
from typedserver import {kind.__name__}
listener = {kind.__name__}({path!r}).listen()
resource.setrlimit(resource.RLIMIT_NOFILE, (listener.fileno() + 1, listener.fileno() + 1))
try:
    os.dup(0)
except OSError as error:
    assert error.errno == errno.EMFILE
else:
    raise AssertionError
print(listener.withdraw(), os.path.exists({path!r}))
listener.close()
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.stdout == f"{'settled' if kind is UnixStream else 'leaking'} False\n", done.stderr


@both
def test_file_that_cannot_be_removed_is_told_and_new_clients_are_refused_all_the_same(
    kind: Any, path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_path: str) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    listener = kind(path).listen()
    with monkeypatch.context() as patch:
        # As for a program that has dropped its rights.
        patch.setattr(os, "unlink", refuse)
        said = listener.withdraw()
        if kind is UnixStream:
            assert (said, knock(path)) == ("settled", errno.ECONNREFUSED)
        listener.close()
    assert caplog.messages == [f"the file of the socket {path!r} stays: Permission denied; remove it by hand"]
    # A server that starts finds it dead.
    kind(path).listen().close()
    assert not os.path.exists(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may change its root directory, or its rights")
@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("os.chroot(sys.argv[1] + '/jail')", "this process has another root directory by now"),
        ("os.setgroups([]); os.setgid(65534); os.setuid(65534)", "Permission denied"),
    ],
    ids=["chroot", "setuid"],
)
@both
def test_program_that_gives_up_its_rights_is_told_that_the_file_stays(
    kind: Any, tmp_path: Path, step: str, why: str
) -> None:
    (tmp_path / "jail").mkdir()
    program = f"""
import os, socket, sys
from typedserver import {kind.__name__}
listener = {kind.__name__}(sys.argv[1] + "/s").listen()
{step}
print(listener.withdraw())
listener.close()
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    path = f"{tmp_path}/s"
    assert done.stdout == ("settled\n" if kind is UnixStream else "leaking\n"), done.stderr
    assert done.stderr == f"the file of the socket {path!r} stays: {why}; remove it by hand\n"
    os.unlink(path)


def test_withdrawal_claims_no_more_than_the_kernel_does(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(_listener: socket.socket) -> bool:
        return False

    monkeypatch.setattr(socket_listeners, "settle_queue", cannot)
    kept: Listener[Any, Any] = UnixStream(path).listen()
    assert kept.withdraw() == "refusing"
    assert knock(path) == errno.ENOENT
    kept.close()
    # Its file has another name by now, by which clients still come.
    moved: Listener[Any, Any] = UnixStream(path).listen()
    os.rename(path, f"{path}.moved")
    assert moved.withdraw() == "leaking"
    assert knock(f"{path}.moved") == 0
    moved.close()
    os.unlink(f"{path}.moved")


def test_old_server_does_not_remove_the_file_of_one_that_has_started_meanwhile(path: str) -> None:
    old = UnixStream(path).listen()
    os.unlink(path)
    new = UnixStream(path).listen()
    assert old.withdraw() == "settled"
    old.close()
    assert knock(path) == 0
    new.close()
    assert not os.path.exists(path)


def test_server_that_was_overtaken_at_its_start_says_so(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listen = socket.socket.listen

    def overtaken(made: socket.socket, backlog: int) -> None:
        # By one that has not waited for the lock: it took the socket for dead.
        os.unlink(path)
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(path)
            listen(made, backlog)

    monkeypatch.setattr(socket.socket, "listen", overtaken)
    with pytest.raises(OSError, match="another process serves it") as refused:
        UnixStream(path).listen()
    assert refused.value.errno == errno.EADDRINUSE
    assert os.path.exists(path), "it is the other one's"
    os.unlink(path)


def test_start_needs_no_lock_if_none_can_be_had(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(_lock: str) -> None:
        return None

    monkeypatch.setattr(unix_path, "_hold", cannot)
    with running(Server(UnixStream(path), tick, Multiplexed())), connect(path) as client:
        client.sendall(b"begin\n")
        assert client.recv(1) == b"x"
