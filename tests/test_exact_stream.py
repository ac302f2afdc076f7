"""ExactStream: what a read does not return stays with the connection, in whatever pieces it comes."""

import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contexts import Context
from typedserver import (
    IncompleteRead,
    LengthPrefixed,
    Lines,
    LineTooLong,
    PeerTimedOut,
    ReadLimitExceeded,
    Stream,
    StreamConfig,
)
from typedserver.coroutines.drive import drive
from typedserver.coroutines.exact import ExactStream
from typedserver.sockets.accepted import Connection

PATIENT = StreamConfig(timeout=20)


@pytest.fixture(params=["blocking", "non-blocking"])
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[Connection, socket.socket]]:
    ours, theirs = socket.socketpair()
    connection = Connection(fileno=ours.detach())
    connection.setblocking(request.param == "blocking")
    with connection, theirs:
        yield connection, theirs


def _left(connection: socket.socket) -> bytes:
    """Return what the kernel has of a connection."""
    try:
        return socket.socket.recv(connection, 1 << 20, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return b""


def _exact(connection: socket.socket, config: StreamConfig = PATIENT) -> ExactStream:
    return ExactStream(connection, "", Context(), config)


async def _read(stream: ExactStream) -> bytes:
    return await stream.read(3)


async def _exactly(stream: ExactStream) -> bytes:
    return await stream.readexactly(4)


async def _nothing(stream: ExactStream) -> bytes:
    return await stream.readexactly(0)


async def _line(stream: ExactStream) -> bytes:
    return await stream.readline()


async def _head(stream: ExactStream) -> bytes:
    return await stream.readuntil(b"\r\n\r\n")


async def _next_line(stream: ExactStream) -> bytes:
    return await anext(aiter(stream))


async def _message(stream: ExactStream) -> bytes:
    return await anext(stream.messages(LengthPrefixed(2)))


async def _line_message(stream: ExactStream) -> bytes:
    return await anext(stream.messages(Lines()))


@pytest.mark.parametrize(
    ("sent", "read", "expected", "left"),
    [
        (b"abcdef", _read, b"abc", b"def"),
        (b"abcdef", _exactly, b"abcd", b"ef"),
        (b"abcdef", _nothing, b"", b"abcdef"),
        (b"one\ntwo\nthree", _line, b"one\n", b"two\nthree"),
        (b"\none", _line, b"\n", b"one"),
        (b"one\r\n\r\ntwo", _head, b"one\r\n\r\n", b"two"),
        (b"one\ntwo", _next_line, b"one\n", b"two"),
        (b"\0\3abc\0\2", _message, b"abc", b"\0\2"),
        (b"one\ntwo", _line_message, b"one", b"two"),
    ],
)
def test_read_leaves_what_it_does_not_return_in_the_kernel(
    pair: tuple[Connection, socket.socket],
    sent: bytes,
    read: Callable[[ExactStream], Coroutine[Any, Any, bytes]],
    expected: bytes,
    left: bytes,
) -> None:
    connection, peer = pair
    peer.sendall(sent)
    stream = _exact(connection)
    assert drive(read(stream)) == expected
    assert stream.buffered == 0
    assert _left(connection) == left


def test_read_without_a_size_reads_to_the_end(pair: tuple[Connection, socket.socket]) -> None:
    connection, peer = pair
    peer.sendall(b"x" * 10_000)
    peer.shutdown(socket.SHUT_WR)
    assert drive(_exact(connection).read()) == b"x" * 10_000


def test_read_without_a_size_keeps_its_limit(pair: tuple[Connection, socket.socket]) -> None:
    connection, peer = pair
    peer.sendall(b"x" * 100)
    with pytest.raises(ReadLimitExceeded):
        drive(_exact(connection, StreamConfig(timeout=20, read_limit=10)).read())


def test_next_stream_reads_on_behind_a_line_that_was_too_long(pair: tuple[Connection, socket.socket]) -> None:
    connection, peer = pair
    peer.sendall(b"x" * 50 + b"\nsecond\nthird\n")
    stream = _exact(connection, StreamConfig(timeout=20, limit=16))

    async def run() -> bytes:
        with pytest.raises(LineTooLong):
            await stream.readline()
        # Not even the rest of the line is taken before somebody reads on.
        assert stream.buffered == 0
        return await stream.readline()

    assert drive(run()) == b"second\n"
    assert _left(connection) == b"third\n"


def test_line_too_long_is_not_read_beyond_the_limit(pair: tuple[Connection, socket.socket]) -> None:
    connection, peer = pair
    peer.sendall(b"x" * 50)
    with pytest.raises(LineTooLong):
        drive(_exact(connection, StreamConfig(timeout=20, limit=16)).readuntil(b"\n"))
    assert len(_left(connection)) == 50 - 17


def test_line_that_just_fits_is_read(pair: tuple[Connection, socket.socket]) -> None:
    connection, peer = pair
    peer.sendall(b"x" * 14 + b"\r\n" + b"rest")
    assert drive(_exact(connection, StreamConfig(timeout=20, limit=16)).readuntil(b"\r\n")) == b"x" * 14 + b"\r\n"
    assert _left(connection) == b"rest"


def test_end_in_the_middle_is_an_incomplete_read(pair: tuple[Connection, socket.socket]) -> None:
    connection, peer = pair
    peer.sendall(b"abc")
    peer.shutdown(socket.SHUT_WR)
    stream = _exact(connection)
    with pytest.raises(IncompleteRead) as caught:
        drive(stream.readuntil(b"\n"))
    assert caught.value.partial == b"abc"
    assert drive(stream.read(1)) == b""


def test_what_has_come_before_a_timeout_is_still_there(pair: tuple[Connection, socket.socket]) -> None:
    connection, peer = pair
    stream = _exact(connection, StreamConfig(timeout=0.05))
    peer.sendall(b"abc")
    with pytest.raises(PeerTimedOut):
        drive(stream.readexactly(5))
    assert stream.buffered == 3
    peer.sendall(b"defg")
    assert drive(stream.readexactly(5)) == b"abcde"
    assert _left(connection) == b"fg"


def test_half_a_line_is_waited_for_without_a_busy_loop(pair: tuple[Connection, socket.socket]) -> None:
    connection, peer = pair
    stream = _exact(connection)
    peer.sendall(b"half")

    def send_rest() -> None:
        time.sleep(0.3)
        peer.sendall(b" a line\nrest")

    sender = threading.Thread(target=send_rest)
    sender.start()
    before = time.thread_time()
    try:
        assert drive(stream.readline()) == b"half a line\n"
        assert time.thread_time() - before < 0.1
    finally:
        sender.join()
    assert _left(connection) == b"rest"


def test_drain_ends_a_stream_of_which_nothing_was_read(pair: tuple[Connection, socket.socket]) -> None:
    connection, _ = pair
    context = Context()
    context.quiet = 0.0
    context.request_stop()
    assert drive(ExactStream(connection, "", context, PATIENT).readline()) == b""


def test_usual_stream_goes_on_with_the_same_connection(pair: tuple[Connection, socket.socket]) -> None:
    connection, peer = pair
    peer.sendall(b"header\nfirst\nsecond\n")
    peer.shutdown(socket.SHUT_WR)

    async def run() -> list[bytes]:
        await ExactStream(connection, "", Context(), PATIENT).readline()
        return [line async for line in Stream(connection, "", Context(), PATIENT)]

    assert drive(run()) == [b"first\n", b"second\n"]


def test_socket_with_a_timeout_of_its_own_is_read_exactly() -> None:
    ours, peer = socket.socketpair()
    with ours, peer:
        ours.settimeout(20)
        peer.sendall(b"line\nrest")
        assert drive(_exact(ours).readline()) == b"line\n"
        assert _left(ours) == b"rest"


_READS = st.one_of(
    st.tuples(st.just("read"), st.integers(1, 12)),
    st.tuples(st.just("readexactly"), st.integers(0, 12)),
    st.tuples(st.just("readuntil"), st.sampled_from([b"\n", b"\r\n", b"aab", b"abab"])),
)


@settings(max_examples=150, deadline=None)
@given(
    pieces=st.lists(st.lists(st.sampled_from([b"a", b"b", b"\r", b"\n"]), max_size=12).map(b"".join), max_size=6),
    reads=st.lists(_READS, max_size=8),
    blocking=st.booleans(),
)
def test_reads_take_exactly_what_they_return(
    pieces: list[bytes], reads: list[tuple[str, int | bytes]], blocking: bool
) -> None:
    ours, peer = socket.socketpair()
    connection = Connection(fileno=ours.detach())
    connection.setblocking(blocking)
    whole = b"".join(pieces)
    taken = b""
    with connection, peer:
        stream = _exact(connection)
        waiting = iter(pieces)

        async def run() -> None:
            nonlocal taken
            for name, argument in reads:
                # Each read finds one piece more; the last one finds the end.
                peer.sendall(next(waiting, b""))
                rest = whole[len(taken) :]
                if name == "readuntil":
                    assert isinstance(argument, bytes)
                    if argument not in rest:
                        return
                    for piece in waiting:
                        peer.sendall(piece)
                    read = await stream.readuntil(argument)
                    assert read == rest[: rest.find(argument) + len(argument)]
                else:
                    assert isinstance(argument, int)
                    if len(rest) < max(argument, 1):
                        return
                    for piece in waiting:
                        peer.sendall(piece)
                    read = await (stream.read(argument) if name == "read" else stream.readexactly(argument))
                    assert rest.startswith(read)
                    assert len(read) == argument or (name == "read" and read)
                taken += read

        drive(run())
        for piece in waiting:
            peer.sendall(piece)
        assert stream.buffered == 0
        assert taken + _left(connection) == whole
