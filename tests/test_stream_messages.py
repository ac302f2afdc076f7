"""Stream.messages and Stream.send: the same messages on every kind of socket, in whatever pieces they come."""

import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.everywhere import everywhere, outcome, serving
from tests.running import PATIENCE, ask, connect, running
from tests.test_events import SeenAll
from tests.test_stream import Chopped, made_from, pieces, stream_of
from typedserver import (
    TCP,
    Finished,
    FramingError,
    IncompleteMessage,
    Lines,
    Multiplexed,
    Outcome,
    PeerTimedOut,
    RecipeError,
    Server,
    ServerConfig,
    Stream,
    StreamConfig,
    Threads,
    UnixStream,
    drive,
    stream_handler,
    timeout,
)
from typedserver import connect as call


@dataclass(frozen=True)
class Counted:
    """A length in decimal, a colon, and so many characters; a framing of str."""

    limit: int = 10_000

    def decode(self, data: bytes, start: int, /) -> tuple[str, int] | None:
        colon = data.find(b":", start, start + 6)
        if colon < 0:
            if len(data) - start >= 6 or not (data[start:].isdigit() or len(data) == start):
                raise FramingError(f"{data[start : start + 6]!r} is no length")
            return None
        length = int(data[start:colon])
        if length > self.limit:
            raise FramingError(f"a message of {length} bytes is longer than the limit of {self.limit}")
        end = colon + 1 + length
        return (data[colon + 1 : end].decode(), end) if end <= len(data) else None

    def encode(self, reply: str, /) -> bytes:
        if len(reply) > self.limit:
            raise ValueError(f"a message of {len(reply)} characters is longer than the limit of {self.limit}")
        return b"%d:%b" % (len(reply.encode()), reply.encode())


COUNTED = Counted()


async def all_messages(stream: Stream[Any]) -> list[str]:
    return [message async for message in stream.messages(COUNTED)]


@contextmanager
def sent(data: bytes, sizes: list[int], *, blocking: bool) -> Generator[Stream[Any], None, None]:
    """Make a stream of this data, which arrives in pieces of these sizes."""
    left, right = socket.socketpair()
    with right:
        right.sendall(data)
        right.shutdown(socket.SHUT_WR)
        left.setblocking(blocking)
        with made_from(left, Chopped) as end:
            cast("Chopped", end).sizes = [*sizes]
            yield stream_of(end)


# Any split of the input gives the same


@settings(deadline=None)
@given(messages=st.lists(st.text(max_size=12), max_size=20), sizes=pieces, blocking=st.booleans())
def test_any_split_gives_the_same_messages(messages: list[str], sizes: list[int], blocking: bool) -> None:
    with sent(b"".join(map(COUNTED.encode, messages)), sizes, blocking=blocking) as stream:
        assert drive(all_messages(stream)) == messages
        assert stream.at_eof()


parts = st.lists(
    st.one_of(
        st.tuples(st.just("message"), st.text(max_size=9)),
        st.tuples(st.just("line"), st.text("ab:1", max_size=9)),
        st.tuples(st.just("bytes"), st.binary(min_size=1, max_size=9)),
    ),
    max_size=15,
)


@settings(deadline=None)
@given(parts=parts, sizes=pieces, blocking=st.booleans())
def test_any_split_gives_the_same_to_reads_of_every_kind(
    parts: list[tuple[str, Any]], sizes: list[int], blocking: bool
) -> None:
    def encoded(kind: str, value: Any) -> bytes:
        if kind == "message":
            return COUNTED.encode(value)
        return f"{value}\n".encode() if kind == "line" else cast("bytes", value)

    async def read_all(stream: Stream[Any]) -> list[object]:
        read: list[object] = []
        for kind, value in parts:
            if kind == "message":
                read.append(await anext(stream.messages(COUNTED)))
            elif kind == "line":
                read.append((await stream.readline()).decode().removesuffix("\n"))
            else:
                read.append(await stream.readexactly(len(value)))
        return read

    with sent(b"".join(encoded(*part) for part in parts), sizes, blocking=blocking) as stream:
        assert drive(read_all(stream)) == [value for _, value in parts]


@settings(deadline=None)
@given(whole=st.lists(st.text(max_size=5), max_size=5), cut=st.integers(1, 7), sizes=pieces, blocking=st.booleans())
def test_any_split_finds_the_same_incomplete_message(
    whole: list[str], cut: int, sizes: list[int], blocking: bool
) -> None:
    read: list[str] = []

    async def read_all(stream: Stream[Any]) -> None:
        async for message in stream.messages(COUNTED):
            read.append(message)

    data = b"".join(map(COUNTED.encode, whole)) + b"6:broken"[:cut]
    with sent(data, sizes, blocking=blocking) as stream:
        with pytest.raises(IncompleteMessage, match=f"of which {cut} bytes had come"):
            drive(read_all(stream))
        assert read == whole
        assert stream.at_eof()


@settings(deadline=None)
@given(sizes=pieces, blocking=st.booleans())
def test_any_split_finds_the_same_framing_error(sizes: list[int], blocking: bool) -> None:
    read: list[str] = []

    async def read_all(stream: Stream[Any]) -> None:
        async for message in stream.messages(COUNTED):
            read.append(message)

    with sent(b"2:ok1:ano length at all", sizes, blocking=blocking) as stream:
        with pytest.raises(FramingError, match="is no length"):
            drive(read_all(stream))
        assert read == ["ok", "a"]


@settings(deadline=None)
@given(lines=st.lists(st.binary(max_size=9).map(lambda line: line.replace(b"\r", b"")), max_size=15), sizes=pieces)
def test_any_split_gives_the_same_messages_of_a_framing_that_foresees(lines: list[bytes], sizes: list[int]) -> None:
    framing = Lines(separator=b"\r\n", limit=20)

    async def read_all(stream: Stream[Any]) -> list[bytes]:
        return [message async for message in stream.messages(framing)]

    with sent(b"".join(map(framing.encode, lines)), sizes, blocking=False) as stream:
        assert drive(read_all(stream)) == lines


@pytest.mark.parametrize("separator", [b"\n", b"\r\n"])
def test_message_in_many_pieces_is_tried_only_when_it_may_be_complete(separator: bytes) -> None:
    tries: list[int] = []

    class Observed(Lines):
        def decode(self, data: bytes, start: int, /) -> tuple[bytes, int] | None:
            tries.append(len(data))
            return super().decode(data, start)

    async def read(stream: Stream[Any]) -> bytes:
        return await anext(stream.messages(Observed(separator=separator)))

    with sent(b"x" * 500 + separator, [1], blocking=True) as stream:
        assert drive(read(stream)) == b"x" * 500
    assert tries == [1, 500 + len(separator)]


# What is left for others


@everywhere
def test_messages_leave_what_follows_to_other_reads(name: str) -> None:
    async def upgrade(stream: Stream) -> list[object]:
        read: list[object] = [await stream.readline()]
        async for message in stream.messages(COUNTED):
            read.append(message)
            if message == "lines":
                break
        read.append(await stream.readline())
        read.append(await anext(stream.messages(COUNTED)))
        read.append(await stream.read(3))
        return read

    data = b"hello\n3:one5:linesa line\n3:twoxyz"
    assert outcome(name, upgrade, data) == [b"hello\n", "one", "lines", b"a line\n", "two", b"xyz"]


@everywhere
def test_message_that_was_waited_for_too_long_is_lost_to_nobody(name: str) -> None:
    async def patient(stream: Stream) -> list[object]:
        messages = stream.messages(COUNTED)
        read: list[object] = [await anext(messages)]
        try:
            async with timeout(0.02):
                await anext(messages)
        except TimeoutError:
            read.append("late")
        await stream.send(COUNTED, "go on")
        read.append(await anext(messages))
        return read

    @stream_handler
    async def serve(stream: Stream) -> None:
        read = await patient(stream)
        await stream.send(COUNTED, repr(read))

    with serving(name, serve) as server, connect(server.server_address) as client, client.makefile("rb") as received:
        client.sendall(b"3:one5:tw")
        assert received.read(7) == b"5:go on"
        client.sendall(b"ooo")
        assert received.read() == b"24:['one', 'late', 'twooo']"


@everywhere
def test_silent_peer_in_the_middle_of_a_message_times_out_and_may_go_on(name: str) -> None:
    @stream_handler(config=StreamConfig(timeout=0.05))
    async def serve(stream: Stream) -> None:
        messages = stream.messages(COUNTED)
        try:
            await anext(messages)
        except PeerTimedOut:
            await stream.send(COUNTED, "well?")
        await stream.send(COUNTED, await anext(messages))

    with serving(name, serve) as server, connect(server.server_address) as client, client.makefile("rb") as received:
        client.sendall(b"5:tw")
        assert received.read(7) == b"5:well?"
        client.sendall(b"ooo")
        assert received.read() == b"5:twooo"


@everywhere
def test_stream_goes_on_after_a_framing_error_behind_what_had_come(name: str) -> None:
    async def tolerant(stream: Stream) -> list[object]:
        read: list[object] = []
        try:
            async for message in stream.messages(Counted(limit=3)):
                read.append(message)
        except FramingError as error:
            read.append(str(error))
        await stream.send(COUNTED, "what?")
        read.append(stream.buffered)
        return read

    expected = ["one", "a message of 4 bytes is longer than the limit of 3", 0]

    @stream_handler
    async def serve(stream: Stream) -> None:
        await stream.send(COUNTED, repr(await tolerant(stream)))
        await stream.send(COUNTED, await anext(stream.messages(COUNTED)))

    with serving(name, serve) as server, connect(server.server_address) as client, client.makefile("rb") as received:
        client.sendall(b"3:one4:more3:two")
        assert received.read(7) == b"5:what?"
        assert received.read(len(COUNTED.encode(repr(expected)))) == COUNTED.encode(repr(expected))
        client.sendall(b"3:end")
        assert received.read() == b"3:end"


# Conversations


@stream_handler
async def upper(stream: Stream) -> None:
    async for message in stream.messages(COUNTED):
        await stream.send(COUNTED, message.upper())


@everywhere
def test_messages_are_answered_one_after_the_other(name: str) -> None:
    with serving(name, upper) as server, connect(server.server_address) as client:
        client.sendall(COUNTED.encode("read") + COUNTED.encode("me"))
        client.shutdown(socket.SHUT_WR)
        with client.makefile("rb") as received:
            assert received.read() == b"4:READ2:ME"


@pytest.mark.parametrize("strategy", [Threads, Multiplexed])
@pytest.mark.parametrize("sent", [b"what is this", b"5:half"[:3]])
def test_handler_that_lets_what_is_no_message_go_has_given_up(strategy: Any, sent: bytes) -> None:
    seen = SeenAll()
    with running(Server(TCP(port=0), upper, strategy(), config=ServerConfig(observer=seen))) as run:
        assert ask(run.server.server_address, b"2:me" + sent) == b"2:ME"
    assert [event.outcome for event in seen.events if isinstance(event, Finished)] == [Outcome.GIVEN_UP]


# A drain


@pytest.mark.parametrize("strategy", [Threads, Multiplexed])
def test_drain_ends_a_stream_between_two_messages(strategy: Any) -> None:
    with running(Server(TCP(port=0), upper, strategy())) as run, connect(run.server.server_address) as client:
        client.sendall(b"2:me")
        assert client.recv(100) == b"2:ME"
        before = time.monotonic()
        assert run.server.drain().cut == ()
        assert time.monotonic() - before < PATIENCE / 2
        assert client.recv(100) == b""


@pytest.mark.parametrize("strategy", [Threads, Multiplexed])
def test_drain_ends_a_stream_whose_messages_get_no_answer(strategy: Any) -> None:
    heard = threading.Event()

    @stream_handler
    async def listen(stream: Stream) -> None:
        async for _ in stream.messages(COUNTED):
            heard.set()

    with running(Server(TCP(port=0), listen, strategy())) as run, connect(run.server.server_address) as client:
        client.sendall(b"2:me")
        assert heard.wait(PATIENCE)
        before = time.monotonic()
        assert run.server.drain().cut == ()
        assert time.monotonic() - before < PATIENCE / 2


@pytest.mark.parametrize("strategy", [Threads, Multiplexed])
def test_drain_lets_a_message_in_the_middle_come_to_its_end(strategy: Any) -> None:
    with running(Server(TCP(port=0), upper, strategy())) as run, connect(run.server.server_address) as client:
        client.sendall(b"3:one5:t")
        assert client.recv(100) == b"3:ONE"
        thread = threading.Thread(target=run.server.drain)
        thread.start()
        while not run.server.draining:
            time.sleep(0.001)
        client.sendall(b"wooo")
        received = b""
        while part := client.recv(100):
            received += part
        thread.join(PATIENCE)
        assert received == b"5:TWOOO"
        assert run.server.drain_report is not None
        assert run.server.drain_report.cut == ()


# A client's stream


@everywhere
def test_stream_of_connect_sends_and_receives_messages(name: str, tmp_path: Any) -> None:
    path = str(tmp_path / "other.sock")

    async def ask(_stream: Stream) -> list[str]:
        async with await call(path) as other:
            replies = other.messages(COUNTED)
            answers: list[str] = []
            for question in ("read", "me"):
                await other.send(COUNTED, question)
                answers.append(await anext(replies))
            other.write_eof()
            answers.append(await anext(replies, "the end"))
            return answers

    with running(Server(UnixStream(path), upper, Threads())):
        assert outcome(name, ask) == ["READ", "ME", "the end"]


# Framings that cannot work, and what they cannot send


@pytest.mark.parametrize("end", [0, -1, 9])
def test_framing_that_returns_no_end_beyond_the_start_is_refused(end: int) -> None:
    class Stuck(Counted):
        def decode(self, data: bytes, start: int, /) -> tuple[str, int] | None:
            return "", end

    async def read(stream: Stream[Any]) -> str:
        return await anext(stream.messages(Stuck()))

    with sent(b"12345678", [100], blocking=True) as stream, pytest.raises(RecipeError, match="beyond the start"):
        drive(read(stream))


def test_framing_that_finds_no_value_says_so_as_a_framing_error() -> None:
    async def read(stream: Stream[Any]) -> str:
        with pytest.raises(FramingError, match=r"what has no value: 'utf-8' codec"):
            await anext(stream.messages(COUNTED))
        return str(stream.buffered)

    with sent(b"2:\xff\xff", [100], blocking=True) as stream:
        assert drive(read(stream)) == "0"


def test_message_that_cannot_be_sent_is_refused_and_nothing_is_sent() -> None:
    async def answer(stream: Stream[Any]) -> str:
        with pytest.raises(ValueError, match="longer than the limit of 3"):
            await stream.send(Counted(limit=3), "long")
        return await anext(stream.messages(COUNTED))

    with sent(b"2:me", [100], blocking=True) as stream:
        assert drive(answer(stream)) == "me"
