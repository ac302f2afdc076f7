"""Announced ends: a socket tells who waits for its descriptor, before that is closed or given away."""

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.running import PATIENCE
from typedserver.sockets.announced import AnnouncedSocket, Leaving, announce_end, tell_ends


class Watcher:
    """Notes the descriptors that end, and leaves them at once or when it is told to."""

    def __init__(self, *, later: bool = False) -> None:
        self.ended: list[int] = []
        self.after: list[Callable[[], object] | None] = []
        self._later = later
        tell_ends(self)

    def ends(self, connection: socket.socket, /) -> Leaving | None:
        self.ended.append(connection.fileno())
        return self.after.append if self._later else None


@pytest.fixture
def pair() -> Generator[tuple[socket.socket, socket.socket], None, None]:
    left, right = socket.socketpair()
    with left, right:
        yield left, right


Pair = tuple[socket.socket, socket.socket]


def is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def _close(left: socket.socket) -> None:
    left.close()


def _close_past_its_class(left: socket.socket) -> None:
    socket.socket.close(left)


def _detach(left: socket.socket) -> None:
    os.close(left.detach())


def _leave_its_block(left: socket.socket) -> None:
    with left:
        pass


@pytest.mark.parametrize("end", [_close, _close_past_its_class, _detach, _leave_its_block])
def test_socket_tells_its_end_once_and_before_its_number_is_free(end: Callable[..., object], pair: Pair) -> None:
    watcher = Watcher()
    left, right = pair
    fd = left.fileno()
    announce_end(left)
    announce_end(left)
    assert isinstance(left, AnnouncedSocket)
    left.sendall(b"as before")
    assert right.recv(100) == b"as before"
    assert watcher.ended == []
    end(left)
    left.close()
    assert watcher.ended == [fd]
    assert not is_open(fd)


def test_socket_that_a_file_holds_ends_with_the_file(pair: Pair) -> None:
    watcher = Watcher()
    left, _ = pair
    announce_end(left)
    fd = left.fileno()
    file = left.makefile("rb")
    left.close()
    assert watcher.ended == []
    file.close()
    assert watcher.ended == [fd]
    assert not is_open(fd)


def test_number_is_kept_until_all_have_left_it(pair: Pair) -> None:
    watchers = [Watcher(later=True), Watcher(later=True)]
    left, right = pair
    announce_end(left)
    fd = left.fileno()
    left.close()
    assert left.fileno() == -1
    assert is_open(fd)
    first, last = (watcher.after[0] for watcher in watchers)
    assert first is None
    assert last is not None
    last()
    assert not is_open(fd)
    assert right.recv(1) == b""


def test_descriptor_that_is_given_away_is_the_next_owners_at_once(pair: Pair) -> None:
    watcher = Watcher(later=True)
    left, right = pair
    announce_end(left)
    with socket.socket(fileno=left.detach()) as owner:
        assert watcher.after == [None]
        owner.sendall(b"x")
        assert right.recv(1) == b"x"


def test_watcher_that_is_gone_hears_nothing(pair: Pair) -> None:
    ended = Watcher().ended
    left, _ = pair
    announce_end(left)
    left.close()
    assert ended == []


def test_ends_in_a_forked_child_are_not_told(pair: Pair) -> None:
    watcher = Watcher()
    left, _ = pair
    announce_end(left)
    pid = os.fork()
    if pid == 0:
        left.close()
        os._exit(len(watcher.ended))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


class Own(socket.socket):
    """A class with a close of its own."""

    closed = False

    def close(self) -> None:
        self.closed = True
        super().close()


def test_socket_of_another_class_tells_its_end_and_ends_as_its_class_does() -> None:
    watcher = Watcher()
    own = Own()
    fd = own.fileno()
    announce_end(own)
    own.close()
    assert own.closed
    assert watcher.ended == [fd]
    assert isinstance(own, Own)


def test_session_of_tls_tells_its_end(pair: Pair) -> None:
    watcher = Watcher()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    announce_end(pair[0])
    fd = pair[0].fileno()
    session = context.wrap_socket(pair[0], server_side=True, do_handshake_on_connect=False)
    assert watcher.ended == [fd], "the session has the descriptor now"
    announce_end(session)
    session.close()
    assert watcher.ended == [fd, fd]
    assert not is_open(fd)


def test_what_is_no_socket_tells_nothing() -> None:
    watcher = Watcher()
    with open(os.devnull) as file:
        announce_end(file)
    assert watcher.ended == []


SENDER = """
import multiprocessing, socket, sys
from typedserver.sockets.accepted import Connection
from typedserver.sockets.announced import announce_end

def answer(connection):
    with connection:
        connection.sendall(b"from a child")

if __name__ == "__main__":
    left, right = socket.socketpair()
    if "accepted" in sys.argv[1]:
        left = Connection(fileno=left.detach())
    if "announced" in sys.argv[1]:
        announce_end(left)
    child = multiprocessing.get_context("spawn").Process(target=answer, args=(left,))
    child.start()
    left.close()
    print(right.recv(100))
    child.join()
"""


@pytest.mark.parametrize("kind", ["announced", "accepted", "accepted, announced"])
def test_socket_can_be_sent_to_a_process(kind: str, tmp_path: Path) -> None:
    # In a program of its own, because multiprocessing leaves a process behind.
    program = tmp_path / "sender.py"
    program.write_text(SENDER)
    command = [sys.executable, str(program), kind]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (ended.stdout, ended.stderr) == ("b'from a child'\n", "")
