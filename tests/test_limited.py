"""Limits of waits: one meaning for a connection in any thread, for a socket of another class, and under signals."""

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.running import PATIENCE
from typedserver.sockets import limits
from typedserver.sockets.accepted import Connection
from typedserver.sockets.announced import announce_end
from typedserver.sockets.limited import PolledConnection, TimedConnection
from typedserver.sockets.limits import limit_waits

T = TypeVar("T")

# Seconds: a limit that a test waits for.
SHORT = 0.1

SILENCES = (TimeoutError, BlockingIOError)


class Derived(socket.socket):
    """Stands for a TLS socket: a subclass that does not read from the kernel only."""


def accepted(made: socket.socket) -> Connection:
    return Connection(made.family, made.type, made.proto, made.detach())


@pytest.fixture
def pair() -> Generator[tuple[Connection, socket.socket], None, None]:
    left, right = socket.socketpair()
    with accepted(left) as ours, right:
        yield ours, right


Doing = Callable[[Callable[[], Any]], Any]


@pytest.fixture(params=["main thread", "main thread with signals", "another thread"])
def do(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Generator[Doing, None, None]:
    """Call something in a thread: the main one of a program that handles recurring signals, or not; or another one."""
    if request.param == "another thread":
        with ThreadPoolExecutor(1) as executor:
            yield lambda call: executor.submit(call).result(PATIENCE)
    elif request.param == "main thread":
        monkeypatch.setattr(limits, "_RECURRING", ())
        ask_anew(monkeypatch)
        yield lambda call: call()
    else:
        with handling_signals():
            ask_anew(monkeypatch)
            yield lambda call: call()


def ask_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have it asked anew what signals the program handles; pytest's timeout is one that handles SIGALRM."""
    monkeypatch.setattr(limits._main_thread, "_asked_until", 0.0)  # pyright: ignore[reportPrivateUsage]


@contextlib.contextmanager
def handling_signals() -> Generator[None, None, None]:
    former = signal.signal(signal.SIGALRM, lambda _number, _frame: None)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


def fill(end: socket.socket) -> None:
    end.setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:
            end.send(bytes(65536))
    end.settimeout(None)


def read_a_copy(made: socket.socket) -> None:
    with made.dup() as copy:
        copy.recv(1)


def send_a_file(made: socket.socket) -> None:
    with Path("/proc/self/exe").open("rb") as file:
        made.sendfile(file)


READS: dict[str, Callable[[socket.socket], object]] = {
    "recv": lambda made: made.recv(1),
    "recv, all": lambda made: made.recv(10, socket.MSG_WAITALL),
    "recv, peek": lambda made: made.recv(1, socket.MSG_PEEK),
    "recv_into": lambda made: made.recv_into(bytearray(1)),
    "recv_into, all": lambda made: made.recv_into(bytearray(2), 0, socket.MSG_WAITALL),
    "recvfrom": lambda made: made.recvfrom(1),
    "recvfrom_into": lambda made: made.recvfrom_into(bytearray(1)),
    "recvmsg": lambda made: made.recvmsg(1),
    "recvmsg_into": lambda made: made.recvmsg_into([bytearray(1)]),
    "dup": read_a_copy,
}


@pytest.mark.parametrize("read", list(READS.values()), ids=list(READS))
def test_every_read_ends_at_its_limit_and_leaves_the_descriptor_blocking(
    pair: tuple[Connection, socket.socket], do: Doing, read: Callable[[socket.socket], object]
) -> None:
    left, _ = pair

    def limited_read() -> float:
        limit_waits(left, SHORT, PATIENCE)
        began = time.monotonic()
        with pytest.raises(SILENCES):
            read(left)
        return time.monotonic() - began

    assert SHORT / 2 < do(limited_read) < PATIENCE / 2
    assert os.get_blocking(left.fileno())


WRITES: dict[str, Callable[[socket.socket], object]] = {
    "send": lambda made: made.send(b"x"),
    "sendall": lambda made: made.sendall(bytes(1 << 20)),
    "sendmsg": lambda made: made.sendmsg([b"x"]),
    "sendfile": send_a_file,
    "makefile": lambda made: made.makefile("wb", 0).write(b"x"),
}


@pytest.mark.parametrize("write", list(WRITES.values()), ids=list(WRITES))
def test_every_write_ends_at_its_limit(
    pair: tuple[Connection, socket.socket], do: Doing, write: Callable[[socket.socket], object]
) -> None:
    left, _ = pair
    fill(left)

    def limited_write() -> float:
        limit_waits(left, PATIENCE, SHORT)
        began = time.monotonic()
        with pytest.raises(SILENCES):
            write(left)
        return time.monotonic() - began

    assert SHORT / 2 < do(limited_write) < PATIENCE / 2
    assert os.get_blocking(left.fileno())


def test_file_of_a_connection_tells_a_silence_from_the_end(pair: tuple[Connection, socket.socket], do: Doing) -> None:
    def read_file() -> bool:
        limit_waits(pair[0], SHORT, SHORT)
        with pair[0].makefile("rb", 0) as file, pytest.raises(TimeoutError):
            file.read(1)
        return True

    assert do(read_file)


def test_tiny_limit_is_one(pair: tuple[Connection, socket.socket], do: Doing) -> None:
    with pytest.raises(SILENCES):
        do(lambda: limit_waits(pair[0], 1e-7, 1e-7).recv(1))


def test_limit_can_be_lifted(pair: tuple[Connection, socket.socket], do: Doing) -> None:
    left, right = pair

    def lifted() -> bytes:
        limit_waits(left, 0.01, 0.01)
        return limit_waits(left, None, None).recv(10)

    timer = threading.Timer(0.05, right.send, [b"late"])
    timer.start()
    assert do(lifted) == b"late"
    timer.join()


def test_limit_replaces_a_timeout_that_was_set(pair: tuple[Connection, socket.socket], do: Doing) -> None:
    pair[0].settimeout(60)
    with pytest.raises(SILENCES):
        do(lambda: limit_waits(pair[0], 0.01, 60).recv(1))


def test_timeout_that_the_handler_sets_holds_instead(pair: tuple[Connection, socket.socket], do: Doing) -> None:
    left, _ = pair

    def own() -> float:
        limit_waits(left, PATIENCE, PATIENCE)
        left.settimeout(0.02)
        began = time.monotonic()
        with pytest.raises(SILENCES):
            left.recv(1)
        left.setblocking(False)
        with pytest.raises(BlockingIOError):
            left.recv(1)
        with pytest.raises(BlockingIOError):
            left.recv_into(bytearray(1))
        return time.monotonic() - began

    assert do(own) < PATIENCE / 2


def test_connection_has_no_dict_however_it_waits(pair: tuple[Connection, socket.socket], do: Doing) -> None:
    left, _ = pair
    assert not hasattr(left, "__dict__")
    do(lambda: limit_waits(left, PATIENCE, PATIENCE))
    assert isinstance(left, (TimedConnection, PolledConnection))
    assert not hasattr(left, "__dict__")
    announce_end(left)
    assert not hasattr(left, "__dict__")


def test_read_that_must_not_wait_does_not(pair: tuple[Connection, socket.socket], do: Doing) -> None:
    def impatient() -> None:
        limit_waits(pair[0], PATIENCE, PATIENCE)
        with pytest.raises(BlockingIOError):
            pair[0].recv(1, socket.MSG_DONTWAIT)
        with pytest.raises(BlockingIOError):
            pair[0].recvfrom(1, socket.MSG_DONTWAIT)
        with pytest.raises(BlockingIOError):
            pair[0].recvmsg(1, 0, socket.MSG_DONTWAIT)

    do(impatient)


def test_read_for_all_waits_for_each_part(pair: tuple[Connection, socket.socket], do: Doing) -> None:
    left, right = pair
    timers = [threading.Timer(0.05 * number, right.send, [b"ab"]) for number in range(4)]
    for timer in timers:
        timer.start()

    def both() -> tuple[bytes, bytes]:
        limit_waits(left, PATIENCE, PATIENCE)
        buffer = bytearray(5)
        first = left.recv(3, socket.MSG_WAITALL)
        assert left.recv_into(buffer, 0, socket.MSG_WAITALL) == 5
        return first, bytes(buffer)

    assert do(both) == (b"aba", b"babab")
    for timer in timers:
        timer.join()


def test_file_that_others_have_made_non_blocking_is_waited_for_all_the_same(
    pair: tuple[Connection, socket.socket], do: Doing
) -> None:
    left, right = pair

    def read_both() -> tuple[bytes, float]:
        limit_waits(left, SHORT, SHORT)
        os.set_blocking(left.fileno(), False)
        timer = threading.Timer(SHORT / 4, right.send, [b"late"])
        timer.start()
        with left.makefile("rb", 0) as file:
            data = file.read(10)
            timer.join()
            began = time.monotonic()
            with pytest.raises(SILENCES):
                file.read(10)
        return data, time.monotonic() - began

    data, seconds = do(read_both)
    assert data == b"late"
    assert seconds > SHORT / 2


def test_peer_that_takes_something_all_the_time_is_not_silent(do: Doing) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.settimeout(PATIENCE)
        peer.connect(listener.getsockname())
        left = accepted(listener.accept()[0])
        left.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
        size = 300_000

        def take_slowly() -> int:
            taken = 0
            while taken < size:
                taken += len(peer.recv(6000))
                time.sleep(0.01)
            return taken

        def send() -> float:
            limit_waits(left, PATIENCE, 0.25)
            began = time.monotonic()
            left.sendall(bytearray(size))
            return time.monotonic() - began

        with left, ThreadPoolExecutor(1) as executor:
            taken = executor.submit(take_slowly)
            assert do(send) > 0.25, "it takes longer than one wait may"
            assert taken.result(PATIENCE) == size


@pytest.mark.parametrize("taker", ["plain", "derived"])
def test_object_that_takes_the_descriptor_over_inherits_the_limits(do: Doing, taker: str) -> None:
    left, right = socket.socketpair()
    ours = accepted(left)

    def read() -> float:
        limit_waits(ours, SHORT, PATIENCE)
        made = Derived if taker == "derived" else socket.socket
        timeout = ours.gettimeout()
        with made(fileno=ours.detach()) as taken:
            if taker == "derived":
                # As ssl.SSLSocket does.
                taken.settimeout(timeout)
            began = time.monotonic()
            with pytest.raises(SILENCES):
                taken.recv(1)
            return time.monotonic() - began

    with right:
        assert SHORT / 2 < do(read) < PATIENCE / 2


@pytest.mark.parametrize("kind", ["accepted", "another class"])
def test_signal_does_not_make_a_limit_begin_anew(
    pair: tuple[Connection, socket.socket], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = pair[0] if kind == "accepted" else Derived(fileno=pair[0].detach())
    with left, handling_signals():
        ask_anew(monkeypatch)
        source = limit_waits(left, 0.3, 0.3)
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        began = time.monotonic()
        with pytest.raises(SILENCES):
            source.recv(1)
        assert time.monotonic() - began < 2
        fill(left)
        source = limit_waits(left, 0.3, 0.3)
        began = time.monotonic()
        with pytest.raises(SILENCES):
            source.sendall(bytes(1 << 20))
        assert time.monotonic() - began < 2


def test_socket_of_another_class_has_a_limit_for_each_direction(do: Doing) -> None:
    left, right = socket.socketpair()
    with Derived(fileno=left.detach()) as derived, right:
        for read, write in ((SHORT, PATIENCE), (SHORT, None)):
            source = limit_waits(derived, read, write)
            with pytest.raises(SILENCES):
                do(partial(source.recv, 1))
        fill(derived)
        for longer in (PATIENCE, None):
            source = limit_waits(derived, longer, SHORT)
            with pytest.raises(SILENCES):
                do(partial(source.send, b"x"))


def test_limit_elsewhere_than_on_linux_is_pythons(
    pair: tuple[Connection, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_HAS_KERNELS_TIMERS", False)
    source = limit_waits(pair[0], 0.02, 3.5)
    assert pair[0].gettimeout() == 0.02
    with pytest.raises(SILENCES):
        source.recv(1)


def test_limited_connection_polls_only_where_signals_come_again(
    pair: tuple[Connection, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    with ThreadPoolExecutor(1) as executor, handling_signals():
        ask_anew(monkeypatch)
        executor.submit(limit_waits, pair[0], 1, 1).result()
        assert type(pair[0]) is TimedConnection
        limit_waits(pair[0], 1, 1)
        assert type(pair[0]) is PolledConnection
    monkeypatch.setattr(limits, "_RECURRING", ())
    ask_anew(monkeypatch)
    limit_waits(pair[0], 1, 1)
    assert type(pair[0]) is TimedConnection
