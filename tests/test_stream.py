"""Stream: the same on a blocking and on a non-blocking socket, in whatever pieces the input comes."""

import array
import errno
import io
import queue
import socket
import struct
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.contexts import Context
from tests.running import PATIENCE, connect, running
from tests.tls import client_context, server_context
from typedserver import (
    TCP,
    Asyncio,
    Deadlines,
    IncompleteRead,
    LineTooLong,
    Multiplexed,
    PeerTimedOut,
    ReadLimitExceeded,
    Server,
    SlowPeer,
    Stream,
    StreamConfig,
    Threads,
    stream_handler,
)
from typedserver.coroutines.drive import drive
from typedserver.coroutines.reading import LARGEST_RECEIVE
from typedserver.coroutines.waits import Parked, Readable, Sleep, Writable
from typedserver.sockets.accepted import Connection

PATIENT = StreamConfig(timeout=20)

Pair = tuple[socket.socket, socket.socket]


class Counted(socket.socket):
    """Counts the bytes received, the tries, and the tries that received nothing."""

    tries = 0
    vain = 0
    received = 0

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        self.tries += 1
        try:
            data = super().recv(size, flags)
        except BlockingIOError:
            self.vain += 1
            raise
        self.received += len(data)
        return data


class Chopped(socket.socket):
    """Receives in pieces of the given sizes, and repeats the last size."""

    sizes: list[int]

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        piece = self.sizes.pop(0) if len(self.sizes) > 1 else self.sizes[0]
        return super().recv(min(size, piece), flags)


class Failing(socket.socket):
    """Fails like a connection whose path has gone: the kernel gave up, and reports it once (tcp(7))."""

    def recv(self, _size: int, _flags: int = 0, /) -> bytes:
        raise OSError(errno.ETIMEDOUT, "gave up")

    def send(self, _data: object, _flags: int = 0, /) -> int:
        raise OSError(errno.ETIMEDOUT, "gave up")

    def sendall(self, _data: object, _flags: int = 0, /) -> None:
        raise OSError(errno.ETIMEDOUT, "gave up")


@pytest.fixture(params=[True, False], ids=["blocking", "non-blocking"])
def blocking(request: pytest.FixtureRequest) -> bool:
    return cast("bool", request.param)


@pytest.fixture
def pair(blocking: bool) -> Generator[Pair, None, None]:
    left, right = socket.socketpair()
    with left, right:
        left.setblocking(blocking)
        right.settimeout(20)
        yield left, right


@contextmanager
def tcp_pair() -> Generator[Pair, None, None]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname(), 20)
        served, _ = listener.accept()
    with client, served:
        yield served, client


def made_from(end: socket.socket, kind: type[socket.socket]) -> socket.socket:
    blocking = end.getblocking()
    made = kind(fileno=end.detach())
    made.setblocking(blocking)
    return made


def stream_of(end: socket.socket, config: StreamConfig = PATIENT) -> Stream[str, Context]:
    return Stream(end, "client", Context(), config)


def run(coroutine: Coroutine[Any, Any, bytes]) -> bytes:
    result: bytes = drive(coroutine)
    return result


async def all_of(lines: AsyncIterator[bytes]) -> list[bytes]:
    return [line async for line in lines]


def lines_of(stream: Stream[str, Context]) -> list[bytes]:
    return drive(all_of(stream))


# Any split of the input gives the same


@contextmanager
def chopped(
    data: bytes, sizes: list[int], *, blocking: bool, config: StreamConfig = PATIENT
) -> Generator[Any, None, None]:
    """Make a stream of all this data, which arrives in pieces of these sizes."""
    left, right = socket.socketpair()
    with right:
        right.sendall(data)
        right.shutdown(socket.SHUT_WR)
        left.setblocking(blocking)
        with made_from(left, Chopped) as end:
            cast("Chopped", end).sizes = [*sizes]
            yield stream_of(end, config)


pieces = st.lists(st.integers(1, 12), min_size=1, max_size=30)
# Many newlines and bytes of a longer separator, so that they fall on the edges of pieces.
texts = st.lists(st.sampled_from([b"\n", b"\r", b"a", b"bc", b"\r\n"]), max_size=60).map(b"".join)


@given(data=texts, sizes=pieces, blocking=st.booleans())
def test_any_split_gives_the_same_lines(data: bytes, sizes: list[int], blocking: bool) -> None:
    with chopped(data, sizes, blocking=blocking) as stream:
        assert lines_of(stream) == io.BytesIO(data).readlines()
        assert stream.at_eof()


reads = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["read", "readexactly"]), st.integers(0, 20)),
        st.tuples(st.just("readuntil"), st.sampled_from([b"\n", b"\r\n", b"a\n\n"])),
        st.tuples(st.just("readline"), st.none()),
        st.tuples(st.just("read"), st.just(-1)),
    ),
    max_size=12,
)


def expected(rest: bytes, read: str, argument: Any) -> tuple[bytes, bool]:
    """Return the result of a read of this rest, and whether the stream ends in the middle of it."""
    match read:
        case "readexactly":
            return rest[:argument], len(rest) < argument
        case "readuntil":
            before, separator, _ = rest.partition(argument)
            return before + separator, not separator
        case "readline":
            before, separator, _ = rest.partition(b"\n")
            return before + separator, False
        case _:
            return rest if argument < 0 else rest[:argument], False


@given(data=texts, sizes=pieces, blocking=st.booleans(), script=reads)
@example(b"ab\r\n", [3], False, [("readuntil", b"\r\n")])
def test_any_split_gives_the_same_reads(
    data: bytes, sizes: list[int], blocking: bool, script: list[tuple[str, Any]]
) -> None:
    rest = data
    with chopped(data, sizes, blocking=blocking) as stream:
        for read, argument in script:
            wanted, cut = expected(rest, read, argument)
            coroutine = getattr(stream, read)(*([] if argument is None else [argument]))
            if cut:
                with pytest.raises(IncompleteRead) as end:
                    run(coroutine)
                assert end.value.expected == (argument if read == "readexactly" else None)
                got = end.value.partial
            else:
                got = run(coroutine)
            if read == "read" and (argument or 0) > 0:
                # As much as there is, which is at least one byte unless the stream has ended.
                assert wanted.startswith(got)
                assert bool(got) == bool(rest)
            else:
                assert got == wanted
            rest = rest[len(got) :]
        assert run(stream.read()) == rest
        assert stream.at_eof()


@given(data=texts, sizes=pieces, blocking=st.booleans(), limit=st.integers(1, 8))
def test_any_split_finds_the_same_line_too_long(data: bytes, sizes: list[int], blocking: bool, limit: int) -> None:
    with chopped(data, sizes, blocking=blocking, config=StreamConfig(timeout=20, limit=limit)) as stream:
        for line in io.BytesIO(data):
            if len(line) > limit:
                with pytest.raises(LineTooLong):
                    run(stream.readline())
            else:
                assert run(stream.readline()) == line
        assert run(stream.readline()) == b""


@given(
    data=texts,
    sizes=pieces,
    blocking=st.booleans(),
    limit=st.integers(2, 8),
    separator=st.sampled_from([b"\r\n", b"\n\n"]),
)
def test_any_split_goes_on_behind_the_same_separator(
    data: bytes, sizes: list[int], blocking: bool, limit: int, separator: bytes
) -> None:
    with chopped(data, sizes, blocking=blocking, config=StreamConfig(timeout=20, limit=limit)) as stream:
        *parts, last = data.split(separator)
        for part in [*(part + separator for part in parts), last]:
            if len(part) > limit:
                with pytest.raises(LineTooLong):
                    run(stream.readuntil(separator))
            elif part.endswith(separator):
                assert run(stream.readuntil(separator)) == part
            else:
                assert run(stream.read()) == part
        assert run(stream.read()) == b""


@given(size=st.integers(0, 40), taken=st.integers(0, 40), sizes=pieces, blocking=st.booleans())
def test_any_split_finds_the_same_read_limit(size: int, taken: int, sizes: list[int], blocking: bool) -> None:
    data = bytes(size)
    with chopped(data, sizes, blocking=blocking, config=StreamConfig(timeout=20, read_limit=10)) as stream:
        taken = min(taken, size)
        run(stream.readexactly(taken))
        if size - taken > 10:
            rest = size - taken
            while rest > 10:
                with pytest.raises(ReadLimitExceeded, match="more than 10 bytes"):
                    run(stream.read())
                rest -= 10
            assert run(stream.read()) == bytes(rest)
        else:
            assert run(stream.read()) == data[taken:]


@settings(max_examples=20)
@given(parts=st.lists(st.binary(max_size=20), max_size=20), blocking=st.booleans())
def test_what_several_writes_send_arrives_in_order(parts: list[bytes], blocking: bool) -> None:
    left, right = socket.socketpair()
    with left, right:
        left.setblocking(blocking)
        stream = stream_of(left)
        for part in parts:
            drive(stream.write(part))
        stream.write_eof()
        assert right.makefile("rb").read() == b"".join(parts)


# Reading


def test_read_returns_what_is_there(pair: Pair) -> None:
    left, right = pair
    right.send(b"abcdef")
    stream = stream_of(left)
    assert run(stream.read(4)) == b"abcd"
    assert run(stream.read(100)) == b"ef"


def test_buffered_counts_what_was_received_and_not_read(pair: Pair) -> None:
    ours, peer = pair
    stream = stream_of(ours)
    peer.sendall(b"one\ntwo\n")
    assert stream.buffered == 0
    assert run(stream.readline()) == b"one\n"
    assert stream.buffered == 4
    assert run(stream.readline()) == b"two\n"
    assert stream.buffered == 0


def test_read_of_nothing_is_nothing_and_waits_for_nothing(pair: Pair) -> None:
    assert run(stream_of(pair[0]).read(0)) == b""


def test_read_waits_for_the_peer(pair: Pair) -> None:
    left, right = pair
    timer = threading.Timer(0.02, right.send, [b"late"])
    timer.start()
    assert run(stream_of(left).read(10)) == b"late"
    timer.join()


def test_read_at_the_end_of_file_is_empty_for_ever(pair: Pair) -> None:
    left, right = pair
    right.close()
    stream = stream_of(left)
    assert not stream.at_eof()
    assert [run(stream.read(5)), run(stream.read(5)), run(stream.read()), run(stream.readline())] == [b""] * 4
    assert stream.at_eof()


def test_end_of_file_is_reached_when_all_was_read(pair: Pair) -> None:
    left, right = pair
    right.send(b"one\ntwo")
    right.close()
    stream = stream_of(left)
    assert run(stream.readline()) == b"one\n"
    assert not stream.at_eof()
    assert run(stream.readexactly(3)) == b"two"
    assert not stream.at_eof()
    assert run(stream.read(1)) == b""
    assert stream.at_eof()


def test_readexactly_gathers_over_many_receives(pair: Pair) -> None:
    left, right = pair
    data = bytes(range(256)) * 4000
    sender = threading.Thread(target=right.sendall, args=[data])
    sender.start()
    assert run(stream_of(left).readexactly(len(data))) == data
    sender.join()


def test_readexactly_of_nothing_waits_for_nothing(pair: Pair) -> None:
    assert run(stream_of(pair[0]).readexactly(0)) == b""


def test_readexactly_refuses_less_than_nothing(pair: Pair) -> None:
    with pytest.raises(ValueError, match=r"readexactly\(-1\)"):
        run(stream_of(pair[0]).readexactly(-1))


def test_readexactly_of_a_stream_that_ends_reports_the_partial_data(pair: Pair) -> None:
    left, right = pair
    right.send(b"abc")
    right.close()
    stream = stream_of(left)
    with pytest.raises(IncompleteRead) as cut:
        run(stream.readexactly(5))
    assert (cut.value.partial, cut.value.expected) == (b"abc", 5)
    assert stream.at_eof()


def test_readuntil_of_a_stream_that_ends_reports_the_partial_data(pair: Pair) -> None:
    left, right = pair
    right.send(b"abc")
    right.close()
    with pytest.raises(IncompleteRead) as cut:
        run(stream_of(left).readuntil(b";"))
    assert (cut.value.partial, cut.value.expected) == (b"abc", None)


def test_readuntil_needs_a_separator(pair: Pair) -> None:
    with pytest.raises(ValueError, match="at least one byte"):
        run(stream_of(pair[0]).readuntil(b""))


def test_iteration_gives_lines_and_the_last_without_its_newline(pair: Pair) -> None:
    left, right = pair
    right.send(b"one\n\ntwo")
    right.close()
    assert lines_of(stream_of(left)) == [b"one\n", b"\n", b"two"]


# Limits


SHORT = StreamConfig(timeout=20, limit=8)


@pytest.mark.parametrize("line", [b"1234567\n", b"\n"])
def test_line_of_the_limit_is_taken(pair: Pair, line: bytes) -> None:
    left, right = pair
    right.send(line + b"next")
    assert run(stream_of(left, SHORT).readline()) == line


def test_last_line_of_the_limit_is_taken_without_a_newline(pair: Pair) -> None:
    left, right = pair
    right.send(b"12345678")
    right.close()
    assert lines_of(stream_of(left, SHORT)) == [b"12345678"]


@pytest.mark.parametrize("line", [b"12345678\n", b"123456789"])
def test_line_past_the_limit_is_refused_once(pair: Pair, line: bytes) -> None:
    left, right = pair
    right.send(line)
    right.close()
    stream = stream_of(left, SHORT)
    with pytest.raises(LineTooLong, match=r"more than 8 bytes came without b'\\n': raise StreamConfig\(limit=\)"):
        run(stream.readline())
    assert run(stream.readline()) == b""


def test_separator_counts_within_the_limit(pair: Pair) -> None:
    left, right = pair
    right.send(b"123456\r\n1234567\r\n")
    stream = stream_of(left, SHORT)
    assert run(stream.readuntil(b"\r\n")) == b"123456\r\n"
    with pytest.raises(LineTooLong):
        run(stream.readuntil(b"\r\n"))


def test_endless_line_is_given_up_before_it_fills_memory(pair: Pair) -> None:
    left, right = pair

    def send_for_ever() -> None:
        with pytest.raises(OSError):
            while True:
                right.sendall(bytes(1 << 20))

    sender = threading.Thread(target=send_for_ever)
    sender.start()
    with made_from(left, Counted) as end:
        with pytest.raises(LineTooLong):
            run(stream_of(end, StreamConfig(timeout=20)).readline())
        assert cast("Counted", end).received <= StreamConfig().limit + LARGEST_RECEIVE
    sender.join()


def test_read_to_the_end_of_file_gathers_up_to_its_limit(pair: Pair) -> None:
    left, right = pair
    right.send(bytes(100))
    right.close()
    assert run(stream_of(left, StreamConfig(timeout=20, read_limit=100)).read()) == bytes(100)


def test_read_to_the_end_of_file_is_refused_past_its_limit(pair: Pair) -> None:
    left, right = pair
    right.send(bytes(101))
    with pytest.raises(ReadLimitExceeded, match=r"read in pieces, or raise StreamConfig\(read_limit=\)"):
        run(stream_of(left, StreamConfig(timeout=20, read_limit=100)).read())


# Writing


@pytest.mark.parametrize(
    "data",
    [b"bytes", bytearray(b"array"), memoryview(b"view")[1:], array.array("I", [1, 2]), b"", memoryview(b"")],
    ids=lambda data: type(data).__name__,
)
def test_write_takes_whatever_holds_bytes(pair: Pair, data: Any) -> None:
    left, right = pair
    stream = stream_of(left)
    drive(stream.write(data))
    stream.write_eof()
    assert right.makefile("rb").read() == bytes(memoryview(data))


def test_write_sends_all_to_a_slow_reader(pair: Pair) -> None:
    left, right = pair
    data = bytes(range(256)) * 16 * 1024
    got = bytearray()

    def read_slowly() -> None:
        while len(got) < len(data):
            got.extend(right.recv(60_000))

    reader = threading.Thread(target=read_slowly)
    reader.start()
    drive(stream_of(left).write(data))
    reader.join()
    assert got == data


def test_write_that_is_not_awaited_is_sent_if_the_kernel_takes_it() -> None:
    left, right = socket.socketpair()
    with left, right:
        stream_of(left).write(b"forgotten")  # type: ignore[unused-coroutine]  # pyright: ignore[reportUnusedCoroutine]  # the fault under test
        assert right.recv(20) == b"forgotten"


def test_write_that_is_not_awaited_and_must_wait_is_reported() -> None:
    left, right = socket.socketpair()
    with left, right, pytest.warns(RuntimeWarning, match="was never awaited"):
        stream_of(left).write(bytes(1 << 24))  # type: ignore[unused-coroutine]  # pyright: ignore[reportUnusedCoroutine]  # the fault under test


# Several writers of one stream


class Stepped:
    """A write whose coroutine the test drives step by step."""

    def __init__(self, coroutine: Coroutine[Any, Any, object]) -> None:
        self.coroutine = coroutine
        self.wait: object = None
        self.woken = False
        self.ended = False
        self.step()

    def _wake(self) -> None:
        self.woken = True

    def step(self, error: BaseException | None = None) -> None:
        try:
            self.wait = self.coroutine.send(None) if error is None else self.coroutine.throw(error)
        except StopIteration:
            self.ended = True
            return
        except BaseException:
            self.ended = True
            raise
        self.woken = False
        if isinstance(self.wait, Parked):
            self.wait.start(self._wake)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.coroutine.close()


BIG = 1 << 22


@contextmanager
def stuck(*others: bytes) -> Generator[tuple[Stream[str, Context], socket.socket, list[Stepped]], None, None]:
    """Make a stream in the middle of a write, and other writes that wait behind it."""
    left, right = socket.socketpair()
    with left, right:
        left.setblocking(False)
        stream = stream_of(left)
        writes = [Stepped(stream.write(data)) for data in (b"a" * BIG, *others)]
        assert isinstance(writes[0].wait, Writable)
        assert all(isinstance(write.wait, Parked) for write in writes[1:])
        try:
            yield stream, right, writes
        finally:
            for write in writes:
                write.coroutine.close()


def pump(right: socket.socket, write: Stepped) -> bytes:
    """Read everything that a write sends, until the write ends."""
    got = bytearray()
    while True:
        with pytest.raises(BlockingIOError):
            while data := right.recv(1 << 20, socket.MSG_DONTWAIT):
                got += data
        if write.ended:
            return bytes(got)
        write.step()


def test_writes_of_many_go_out_whole_in_the_order_in_which_they_began() -> None:
    with stuck(b"b" * BIG, b"c", b"") as (stream, right, writes):
        got = pump(right, writes[0])
        # No other write overtakes between the turn and the wake-up.
        late = Stepped(stream.write(b"d"))
        assert isinstance(late.wait, Parked)
        for write in (*writes[1:], late):
            assert write.woken
            write.step()
            got += pump(right, write)
        assert got == b"a" * BIG + b"b" * BIG + b"c" + b"d"
        with pytest.raises(StopIteration):
            stream.write(b"e").send(None)
        assert right.recv(2) == b"e"


def test_wake_up_before_its_turn_is_waited_on() -> None:
    with stuck(b"b") as (_, right, (first, second)):
        second.step()
        assert isinstance(second.wait, Parked)
        pump(right, first)
        assert second.woken


@pytest.mark.parametrize("end", [LookupError("cancelled"), None], ids=["cancelled", "closed"])
@pytest.mark.parametrize("come", [False, True], ids=["before its turn", "in its turn"])
def test_waiting_write_that_ends_holds_up_nobody(end: Exception | None, come: bool) -> None:
    with stuck(b"b", b"c") as (_, right, (first, second, third)):
        got = pump(right, first) if come else b""
        assert second.woken is come
        if end is None:
            second.coroutine.close()
        else:
            with pytest.raises(LookupError):
                second.step(end)
        got += pump(right, first)
        assert third.woken
        third.step()
        assert got + pump(right, third) == b"a" * BIG + b"c"


@pytest.mark.parametrize("end", [LookupError("cancelled"), None], ids=["cancelled", "closed"])
def test_write_after_half_a_message_is_refused(end: Exception | None) -> None:
    with stuck(b"b", b"c") as (stream, _, (first, *others)):
        if end is None:
            first.coroutine.close()
        else:
            with pytest.raises(LookupError):
                first.step(end)
        for write in others:
            assert write.woken
            with pytest.raises(BrokenPipeError, match="to 'client': a write was broken off in its middle"):
                write.step()
        with pytest.raises(BrokenPipeError, match="broken off"):
            drive(stream.write(b"d"))


def test_peer_that_takes_nothing_ends_all_waiting_writes() -> None:
    with stuck(b"b", b"c") as (stream, _, (first, *others)):
        with pytest.raises(SlowPeer, match="'client' took nothing for 20 s") as slow:
            first.step(PeerTimedOut())
        assert slow.value.client_address == "client"
        for write in others:
            assert write.woken
            with pytest.raises(SlowPeer, match="'client' took nothing"):
                write.step()
        with pytest.raises(SlowPeer):
            drive(stream.write(b"d"))


@pytest.mark.parametrize("size", [1, BIG], ids=["before its first byte", "in its middle"])
def test_write_that_timed_out_ends_the_connection_of_the_slow_peer(size: int) -> None:
    left, right = socket.socketpair()
    with left, right:
        left.setblocking(False)
        with pytest.raises(BlockingIOError):
            while size == 1:
                left.send(bytes(65536))
            left.recv(1)
        stream = stream_of(left)
        right.sendall(b"sent before")
        with Stepped(stream.write(bytes(size))) as first, pytest.raises(SlowPeer):
            first.step(PeerTimedOut())
        # Its own handler reads what has come, and learns then that the connection was given up.
        assert run(stream.read(100)) == b"sent before"
        with pytest.raises(SlowPeer, match="'client' took nothing for 20 s"):
            run(stream.read(100))
        while right.recv(1 << 20):
            pass


def test_peer_that_has_gone_fails_each_write_at_the_socket() -> None:
    with stuck(b"b", b"c") as (_, right, writes):
        right.close()
        for write in writes:
            with pytest.raises(ConnectionError):
                write.step()


def test_write_to_a_connection_whose_handler_is_over_finds_it_gone(blocking: bool) -> None:
    left, right = socket.socketpair()
    with left, right:
        left.setblocking(blocking)
        stream = stream_of(left)
        left.close()
        with pytest.raises(BrokenPipeError, match="nothing more can be sent to 'client': its handler is over"):
            drive(stream.write(b"x"))


def test_waiting_write_does_not_wait_for_the_next_owner_of_the_descriptor() -> None:
    with stuck(b"b") as (stream, _, (first, second)):
        stream.socket.close()
        for write in (first, second):
            with pytest.raises(BrokenPipeError, match="nothing more can be sent"):
                write.step()


def test_usual_write_makes_nothing_for_the_others() -> None:
    left, right = socket.socketpair()
    with left, right:
        left.setblocking(False)
        stream = stream_of(left)
        drive(stream.write(b"x"))
        assert stream._outbox is None  # pyright: ignore[reportPrivateUsage]  # what it costs


def test_write_of_a_thread_that_timed_out_is_the_last() -> None:
    left, right = socket.socketpair()
    with left, right:
        stream = stream_of(left, StreamConfig(timeout=0.02))
        with pytest.raises(PeerTimedOut):
            drive(stream.write(bytes(BIG)))
        with pytest.raises(SlowPeer):
            drive(stream.write(b"x"))


@pytest.mark.parametrize("make", [Multiplexed, Asyncio, Threads])
def test_messages_of_many_clients_reach_a_slow_one_whole(make: Callable[[], Any]) -> None:
    size = 5_000_000
    devices: dict[bytes, Stream] = {}
    begun = threading.Semaphore(0)

    @stream_handler
    async def relay(stream: Stream) -> None:
        name = await stream.readline()
        if name == b"device\n":
            devices[name] = stream
            await stream.write(b"ready\n")
            await stream.read(1)
        else:
            message = await stream.readexactly(size)
            begun.release()
            await devices[b"device\n"].write(message)
            await stream.write(b"sent\n")

    server: Server[Any, Any] = Server(TCP(port=0), relay, make())
    with running(server) as run:
        address = run.server.server_address
        with connect(address) as device, connect(address) as one, connect(address) as two:
            device.sendall(b"device\n")
            assert device.recv(10) == b"ready\n"
            for client, letter in ((one, b"1"), (two, b"2")):
                client.sendall(b"client\n" + letter * size)
            # Both writes have begun before the peer reads anything.
            assert begun.acquire(timeout=PATIENCE)
            assert begun.acquire(timeout=PATIENCE)
            got = bytearray()
            while len(got) < 2 * size:
                data = device.recv(100_000)
                assert data
                got += data
                # The client reads more slowly than the server sends, so that writes find the kernel's buffer full.
                time.sleep(0.001)
            assert bytes(got) in (b"1" * size + b"2" * size, b"2" * size + b"1" * size)
            for client in (one, two):
                assert client.recv(10) == b"sent\n"


def test_half_closed_stream_still_reads(pair: Pair) -> None:
    left, right = pair
    stream = stream_of(left)
    stream.write_eof()
    assert right.recv(1) == b""
    right.send(b"reply")
    assert run(stream.read(10)) == b"reply"


def test_half_close_of_a_peer_that_has_reset_is_nothing() -> None:
    with tcp_pair() as (left, right):
        reset(right)
        with pytest.raises(ConnectionResetError):
            left.recv(1)
        stream_of(left).write_eof()


def test_closed_stream_is_at_its_end_both_ways(pair: Pair) -> None:
    left, right = pair
    right.send(b"a\nunread")
    stream = stream_of(left)
    assert run(stream.readline()) == b"a\n"
    stream.close()
    assert run(stream.read()) == b""
    assert stream.at_eof()
    assert right.recv(10) == b""
    with pytest.raises(BrokenPipeError):
        drive(stream.write(b"x"))
    stream.close()
    assert left.fileno() >= 0


# Peers that are silent, or gone


@pytest.mark.parametrize(
    ("read", "arguments"), [("read", [5]), ("read", []), ("readexactly", [9]), ("readuntil", [b";"]), ("readline", [])]
)
def test_silent_peer_times_out(pair: Pair, read: str, arguments: list[Any]) -> None:
    stream = stream_of(pair[0], StreamConfig(timeout=0.02))
    with pytest.raises(PeerTimedOut) as silent:
        run(getattr(stream, read)(*arguments))
    assert str(silent.value) == "'client' sent nothing for 0.02 s: raise StreamConfig(timeout=) if that is right"
    assert silent.value.__suppress_context__


def test_timeout_loses_nothing_that_has_come(pair: Pair) -> None:
    left, right = pair
    right.send(b"half a ")
    stream = stream_of(left, StreamConfig(timeout=0.02))
    with pytest.raises(PeerTimedOut):
        run(stream.readline())
    right.send(b"line\n")
    assert run(stream.readline()) == b"half a line\n"


def test_peer_that_never_reads_times_out(pair: Pair) -> None:
    with pytest.raises(PeerTimedOut) as silent:
        drive(stream_of(pair[0], StreamConfig(timeout=0.02)).write(bytes(1 << 24)))
    assert str(silent.value) == "'client' took nothing for 0.02 s: raise StreamConfig(timeout=) if that is right"
    assert silent.value.__suppress_context__


class Hasty(Context):
    """A server with deadlines of its own."""

    deadlines = Deadlines(read=0.02, write=0.03)


def test_silent_peer_is_reported_with_the_servers_deadline(pair: Pair) -> None:
    stream = Stream(pair[0], ("127.0.0.1", 5), Hasty())
    with pytest.raises(PeerTimedOut) as silent:
        run(stream.read(1))
    remedy = "or StreamConfig(timeout=) if that is right"
    assert str(silent.value) == f"('127.0.0.1', 5) sent nothing for 0.02 s: raise Deadlines(read=) {remedy}"
    with pytest.raises(PeerTimedOut) as silent:
        drive(stream.write(bytes(1 << 24)))
    assert str(silent.value) == f"('127.0.0.1', 5) took nothing for 0.03 s: raise Deadlines(write=) {remedy}"


@pytest.mark.parametrize("make", [Multiplexed, Asyncio, Threads])
def test_silent_peer_is_reported_in_the_same_words_under_every_strategy(make: Callable[[], Any]) -> None:
    messages: queue.SimpleQueue[str] = queue.SimpleQueue()

    @stream_handler(config=StreamConfig(timeout=0.02))
    async def listen(stream: Stream) -> None:
        with pytest.raises(PeerTimedOut) as silent:
            await stream.readline()
        messages.put(str(silent.value))
        with pytest.raises(PeerTimedOut) as silent:
            await stream.write(bytes(1 << 24))
        messages.put(str(silent.value))

    server: Server[Any, Any] = Server(TCP(port=0), listen, make())
    with running(server) as run, connect(run.server.server_address) as client:
        address = client.getsockname()
        for what in ("sent", "took"):
            words = f"{address!r} {what} nothing for 0.02 s: raise StreamConfig(timeout=) if that is right"
            assert messages.get(timeout=PATIENCE) == words


def test_no_timeout_is_no_deadline() -> None:
    left, right = socket.socketpair()
    with left, right:
        left.setblocking(False)
        stream = stream_of(left, StreamConfig(timeout=None))
        reading = stream.read(1)
        assert reading.send(None) == Readable(left.fileno(), None)
        reading.close()
        writing = stream.write(bytes(1 << 24))
        assert writing.send(None) == Writable(left.fileno(), None)
        writing.close()


def test_slow_peer_is_given_its_time_anew_with_each_step() -> None:
    left, right = socket.socketpair()
    with left, right:
        left.setblocking(False)
        writing = stream_of(left).write(bytes(1 << 22))
        first = writing.send(None)
        with pytest.raises(BlockingIOError):
            while True:
                right.recv(1 << 20, socket.MSG_DONTWAIT)
        second = writing.send(None)
        assert isinstance(first, Writable)
        assert isinstance(second, Writable)
        assert first.deadline is not None
        assert second.deadline is not None
        assert first.deadline < second.deadline
        writing.close()


def test_stream_takes_the_place_of_a_timeout_that_the_socket_had(pair: Pair) -> None:
    left, _ = pair
    if left.getblocking():
        left.settimeout(20)
    with pytest.raises(PeerTimedOut):
        run(stream_of(left, StreamConfig(timeout=0.02)).read(1))


def reset(end: socket.socket) -> None:
    """Close with a reset in place of an orderly end (socket(7), SO_LINGER)."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


def test_reset_is_a_connection_error_in_reading_and_writing(blocking: bool) -> None:
    with tcp_pair() as (left, right):
        left.setblocking(blocking)
        stream = stream_of(left)
        right.send(b"mid")
        assert run(stream.read(3)) == b"mid"
        reset(right)
        with pytest.raises(ConnectionResetError):
            run(stream.readline())
        with pytest.raises(ConnectionError):
            drive(stream.write(b"x"))


@pytest.mark.parametrize(("use", "argument"), [("read", 1), ("write", b"x")])
def test_lost_path_is_neither_a_silent_peer_nor_an_end(pair: Pair, use: str, argument: object) -> None:
    with made_from(pair[0], Failing) as end, pytest.raises(TimeoutError) as lost:
        drive(getattr(stream_of(end), use)(argument))
    assert not isinstance(lost.value, PeerTimedOut)
    assert lost.value.errno == errno.ETIMEDOUT


# When it suspends


@contextmanager
def counted() -> Generator[tuple[Counted, socket.socket, Stream[str, Context]], None, None]:
    left, right = socket.socketpair()
    left.setblocking(False)
    with made_from(left, Counted) as end, right:
        yield cast("Counted", end), right, stream_of(end)


def test_new_connection_is_tried_at_once() -> None:
    with counted() as (end, right, stream):
        right.send(b"with the connection\n")
        with pytest.raises(StopIteration):
            stream.readline().send(None)
        assert (end.tries, end.vain) == (1, 0)


def test_drained_connection_is_waited_for_without_a_try() -> None:
    with counted() as (end, right, stream):
        right.send(b"one\n")
        assert run(stream.readline()) == b"one\n"
        reading = stream.readline()
        assert isinstance(reading.send(None), Readable)
        assert (end.tries, end.vain) == (1, 0)
        right.send(b"two\n")
        with pytest.raises(StopIteration):
            reading.send(None)
        assert (end.tries, end.vain) == (2, 0)


def test_full_receive_is_followed_by_another_try() -> None:
    with counted() as (end, right, stream):
        right.send(b"abcdef")
        assert run(stream.read(3)) == b"abc"
        with pytest.raises(StopIteration):
            stream.read(3).send(None)
        assert (end.tries, end.vain) == (2, 0)


def test_try_in_vain_is_followed_by_a_wait() -> None:
    with counted() as (end, _, stream):
        reading = stream.read(1)
        assert isinstance(reading.send(None), Readable)
        # A wake-up without data, because another reader took it: the read waits again, and does not end.
        assert isinstance(reading.send(None), Readable)
        assert (end.tries, end.vain) == (2, 2)
        reading.close()


def test_receives_are_large_only_while_they_come_back_full() -> None:
    class Noting(socket.socket):
        asked: ClassVar[list[int]] = []

        def recv(self, size: int, flags: int = 0, /) -> bytes:
            self.asked.append(size)
            return super().recv(size, flags)

    left, right = socket.socketpair()
    with Noting(fileno=left.detach()) as reading, right:
        right.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1_000_000)
        stream = stream_of(reading)
        for size in (64, 64 * 1024, 64, 64):
            right.sendall(bytes(size))
            assert len(run(stream.read(1_000_000))) == size
        assert Noting.asked == [64 * 1024, 64 * 1024, 256 * 1024, 64 * 1024]


def test_buffered_lines_need_no_receive() -> None:
    with counted() as (end, right, stream):
        right.send(b"one\ntwo\nthree")
        for line in (b"one\n", b"two\n"):
            with pytest.raises(StopIteration) as read:
                stream.readline().send(None)
            assert read.value.value == line
        assert run(stream.read(3)) == b"thr"
        assert run(stream.readexactly(2)) == b"ee"
        assert end.tries == 1


def test_buffered_pieces_are_a_turn_that_ends() -> None:
    with counted() as (_end, right, stream):
        right.send(b"x\n" * 3000)
        for read in (stream.readline, partial(stream.readexactly, 2), partial(stream.read, 2)):
            taken: list[bytes] = []
            wait = None
            while wait is None:
                try:
                    wait = read().send(None)
                except StopIteration as end:
                    taken.append(end.value)
            assert isinstance(wait, Sleep)
            assert set(taken) == {b"x\n"}
            assert 10 < len(taken) < 200


def test_blocking_stream_never_suspends() -> None:
    left, right = socket.socketpair()
    with left, right:
        right.send(b"line\n")
        stream = stream_of(left)
        for coroutine in (stream.readline(), stream.write(b"x")):
            with pytest.raises(StopIteration):
                coroutine.send(None)
        timer = threading.Timer(0.02, right.send, [b"late"])
        timer.start()
        with pytest.raises(StopIteration):
            stream.read(10).send(None)
        timer.join()


# Attributes and repr


def test_stream_knows_its_client_and_its_server(pair: Pair) -> None:
    left, _ = pair
    context = Context()
    stream = Stream(left, ("127.0.0.1", 5), context)
    assert stream.client_address == ("127.0.0.1", 5)
    assert stream.server is context
    assert stream.socket is left
    assert not stream.draining
    context.request_stop()
    assert stream.draining


def test_repr_shows_descriptor_client_and_end(pair: Pair) -> None:
    left, right = pair
    stream = stream_of(left)
    assert repr(stream) == f"<Stream fd={left.fileno()} client_address='client'>"
    right.close()
    run(stream.read(1))
    assert repr(stream) == f"<Stream fd={left.fileno()} client_address='client' eof>"


@pytest.mark.parametrize("disable", [True, False])
def test_nagle_is_as_the_config_says(disable: bool) -> None:
    with tcp_pair() as (left, _):
        stream_of(left, StreamConfig(disable_nagle_algorithm=disable))
        assert bool(left.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)) is disable


def test_nagle_is_nothing_to_a_unix_stream(pair: Pair) -> None:
    stream_of(pair[0], StreamConfig(disable_nagle_algorithm=True))


@pytest.mark.parametrize("kind", [socket.socket, Connection])
def test_stream_of_a_socket_that_no_longer_blocks_begins_to_suspend(kind: type[socket.socket]) -> None:
    left, right = socket.socketpair()
    with made_from(left, kind) as served, right:
        stream = stream_of(served)
        right.sendall(b"first\n")
        assert run(stream.readline()) == b"first\n"
        served.setblocking(False)
        reading = stream.readline()
        wait = reading.send(None)
        assert isinstance(wait, Readable)
        assert wait.fd == served.fileno()
        assert wait.seconds == 20
        right.sendall(b"second\n")
        with pytest.raises(StopIteration) as end:
            reading.send(None)
        assert end.value.value == b"second\n"
        # The limit of a wait is the driver's.
        with pytest.raises(PeerTimedOut, match="'client' sent nothing for 20 s"):
            Stepped(stream.read(1)).step(PeerTimedOut())


def test_tls_stream_whose_socket_no_longer_blocks_begins_to_suspend(tmp_path: Path) -> None:
    left, right = socket.socketpair()
    big = bytes(range(256)) * 8192
    with left, right:
        got = bytearray()

        def peer() -> None:
            with client_context().wrap_socket(right) as client:
                client.sendall(b"hello\n" + big)
                while len(got) <= len(big):
                    got.extend(client.recv(1 << 14))

        thread = threading.Thread(target=peer)
        thread.start()
        with server_context(tmp_path).wrap_socket(left, server_side=True) as served:
            stream = stream_of(served)
            assert run(stream.readline()) == b"hello\n"
            served.setblocking(False)
            # Less than a record of TLS, of which more is held than the kernel knows.
            read = bytearray()
            while len(read) < len(big):
                read += run(stream.read(4096))
            assert read == big
            drive(stream.write(big))
            drive(stream.write(b"x"))
            thread.join()
        assert got == big + b"x"
