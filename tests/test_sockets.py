"""The small functions over sockets, each against the behaviour of the kernel that it handles."""

import errno
import logging
import os
import socket
import threading
import time
from collections.abc import Generator
from pathlib import Path
from types import SimpleNamespace

import pytest

from typedserver.sockets import datagrams, waiting
from typedserver.sockets.connection import disable_nagle, end_and_close
from typedserver.sockets.datagram_options import limit_sends
from typedserver.sockets.datagrams import send_reply
from typedserver.sockets.listening import unix_address
from typedserver.sockets.silence import is_silence
from typedserver.sockets.waiting import wait_until_ready


@pytest.fixture
def pair() -> Generator[tuple[socket.socket, socket.socket], None, None]:
    left, right = socket.socketpair()
    with left, right:
        yield left, right


# is_silence, disable_nagle, end_and_close, unix_address


@pytest.mark.parametrize("error", [BlockingIOError(errno.EAGAIN, "again"), TimeoutError("timed out")])
def test_silence_is_a_wait_that_has_ended(error: OSError) -> None:
    assert is_silence(error)


@pytest.mark.parametrize("error", [OSError(errno.ETIMEDOUT, "no answer to keep-alive"), ConnectionResetError()])
def test_silence_is_not_what_the_kernel_gave_up(error: OSError) -> None:
    assert not is_silence(error)


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_nagle_is_disabled_on_tcp(family: socket.AddressFamily) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as made:
        disable_nagle(made)
        assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_nagle_is_nothing_to_a_unix_socket(pair: tuple[socket.socket, socket.socket]) -> None:
    disable_nagle(pair[0])


def test_ended_connection_gives_its_peer_the_rest_and_the_end(pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    left.send(b"rest")
    end_and_close(left)
    assert left.fileno() == -1
    assert (right.recv(10), right.recv(10)) == (b"rest", b"")


def test_ended_connection_reaches_every_copy_of_it(pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    with left.dup():
        end_and_close(left)
        assert right.recv(1) == b""


def test_connection_that_was_never_made_is_closed_all_the_same() -> None:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    end_and_close(made)
    assert made.fileno() == -1


@pytest.mark.parametrize(
    ("address", "written"), [("/a/path", "/a/path"), (b"\0name", "\0name"), (None, ""), ("", ""), (b"", "")]
)
def test_unix_address_is_text(address: str | bytes | None, written: str) -> None:
    assert unix_address(address) == written


# wait_until_ready


def test_ready_descriptor_is_found_at_once(pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    right.send(b"x")
    assert wait_until_ready(left.fileno(), readable=True, timeout=0)
    assert wait_until_ready(left.fileno(), readable=False, timeout=None)


def test_silent_descriptor_is_waited_for_until_the_timeout(pair: tuple[socket.socket, socket.socket]) -> None:
    began = time.monotonic()
    assert not wait_until_ready(pair[0].fileno(), readable=True, timeout=0.02)
    assert time.monotonic() - began >= 0.02


def test_ended_peer_is_readable(pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    right.close()
    assert wait_until_ready(left.fileno(), readable=True, timeout=20)


@pytest.mark.parametrize("timeout", [None, 1e7, 1e9])
def test_longest_wait_of_the_kernel_is_no_bound(pair: tuple[socket.socket, socket.socket], timeout: float) -> None:
    left, right = pair
    timer = threading.Timer(0.02, right.send, [b"x"])
    timer.start()
    assert wait_until_ready(left.fileno(), readable=True, timeout=timeout)
    timer.join()


def test_long_wait_is_made_of_shorter_ones(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "LONGEST_WAIT", 0.01)
    began = time.monotonic()
    assert not wait_until_ready(pair[0].fileno(), readable=True, timeout=0.035)
    assert time.monotonic() - began >= 0.035


def test_readiness_on_windows_is_asked_of_select(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    left, right = pair
    monkeypatch.setattr(waiting, "sys", SimpleNamespace(platform="win32"))
    assert not wait_until_ready(left.fileno(), readable=True, timeout=0.01)
    assert wait_until_ready(left.fileno(), readable=False, timeout=0.01)
    right.send(b"x")
    assert wait_until_ready(left.fileno(), readable=True, timeout=20)


# send_reply


@pytest.fixture
def listener(tmp_path: Path) -> Generator[socket.socket, None, None]:
    path = tmp_path / "l"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(path))
        yield made
    path.unlink()


@pytest.fixture
def peer(tmp_path: Path) -> Generator[socket.socket, None, None]:
    path = tmp_path / "p"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(path))
        made.settimeout(20)
        yield made
    path.unlink()


def test_reply_reaches_its_peer_from_the_listeners_address(listener: socket.socket, peer: socket.socket) -> None:
    assert send_reply(listener, b"reply", peer.getsockname())
    assert peer.recvfrom(10) == (b"reply", listener.getsockname())


def stuff(listener: socket.socket, peer: socket.socket) -> None:
    """Fill the peer's queue."""
    with pytest.raises(BlockingIOError):
        while True:
            listener.sendto(b"x", socket.MSG_DONTWAIT, peer.getsockname())


@pytest.mark.parametrize("blocking", [True, False])
def test_reply_to_a_peer_that_does_not_read_is_dropped_in_time(
    listener: socket.socket, peer: socket.socket, blocking: bool, caplog: pytest.LogCaptureFixture
) -> None:
    limit_sends(listener, 0.05)
    # As uvloop leaves it: the descriptor does not block, but Python's socket object does not know it.
    os.set_blocking(listener.fileno(), blocking)
    stuff(listener, peer)
    caplog.set_level(logging.INFO, "typedserver")
    began = time.monotonic()
    assert not send_reply(listener, b"late", peer.getsockname())
    assert 0.02 <= time.monotonic() - began < 5
    assert caplog.messages == [f"reply of 4 bytes to {peer.getsockname()!r} dropped: the peer does not read"]


@pytest.mark.parametrize("blocking", [True, False])
def test_reply_waits_for_a_peer_that_reads_slowly(listener: socket.socket, peer: socket.socket, blocking: bool) -> None:
    limit_sends(listener, 20)
    os.set_blocking(listener.fileno(), blocking)
    stuff(listener, peer)
    reader = threading.Timer(0.02, peer.recv, [10])
    reader.start()
    assert send_reply(listener, b"late", peer.getsockname())
    reader.join()


def test_reply_to_a_peer_without_a_name_is_dropped(listener: socket.socket, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "typedserver")
    assert not send_reply(listener, b"x", "")
    assert caplog.messages[0].startswith("reply of 1 bytes to '' dropped: ")


def test_reply_to_a_peer_that_has_gone_is_dropped(listener: socket.socket, tmp_path: Path) -> None:
    assert not send_reply(listener, b"x", str(tmp_path / "never"))


def test_reply_that_is_no_datagram_is_its_handlers_fault() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        with pytest.raises(OSError, match="too long") as refused:
            send_reply(udp, bytes(70_000), udp.getsockname())
        assert refused.value.errno == errno.EMSGSIZE


def test_patience_elsewhere_than_on_linux_is_the_kernels(
    listener: socket.socket, peer: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datagrams, "sys", SimpleNamespace(platform="darwin"))
    limit_sends(listener, 20)
    os.set_blocking(listener.fileno(), False)
    stuff(listener, peer)
    began = time.monotonic()
    assert not send_reply(listener, b"late", peer.getsockname())
    assert time.monotonic() - began < 5
