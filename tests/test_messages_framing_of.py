"""FramingOf: a framing of bytes and a codec as one framing of values."""

from typing import Any

import pytest

from tests.everywhere import everywhere, serving
from tests.running import ask
from typedserver import CodecOf, Framed, FramingError, FramingOf, Last, Lines, RecipeError, Stream, Text, stream_handler

TEXTS = FramingOf(Lines(), Text())


def test_message_is_the_codecs_value_of_the_framings_bytes() -> None:
    assert TEXTS.decode("x é\ny".encode(), 2) == ("é", 5)
    assert TEXTS.decode(b"half", 0) is None
    assert TEXTS.encode("é") == "é\n".encode()
    assert TEXTS.lacks(b"half") == Lines().lacks(b"half")


def test_framing_that_foresees_nothing_is_asked_at_each_piece() -> None:
    class Digits:
        def decode(self, data: bytes, start: int, /) -> tuple[bytes, int] | None:
            return (data[start : start + 1], start + 1) if start < len(data) else None

        def encode(self, reply: bytes, /) -> bytes:
            return reply

    assert FramingOf(Digits(), Text()).lacks(b"1") == (1, b"")


def test_framings_and_codecs_errors_are_passed_on() -> None:
    with pytest.raises(FramingError, match="within 3 bytes"):
        FramingOf(Lines(limit=3), Text()).decode(b"too long", 0)
    with pytest.raises(UnicodeDecodeError):
        TEXTS.decode(b"\xff\n", 0)
    with pytest.raises(ValueError, match="more than one"):
        TEXTS.encode("a\nb")


@pytest.mark.parametrize("arguments", [(None, Text()), (Lines(), None), (Text, Lines())])
def test_what_cannot_work_is_refused(arguments: tuple[Any, Any]) -> None:
    with pytest.raises(RecipeError, match=r"must be a (framing|codec)"):
        FramingOf(*arguments)


def count(number: int) -> str | Last[str]:
    if number < 0:
        return Last()
    return Last("bye") if number == 0 else "x" * number


COUNTING = Framed(FramingOf(Lines(), CodecOf(int, str.encode)), count)


@everywhere
def test_function_of_values_may_end_the_connection_by_its_last_reply(name: str) -> None:
    with serving(name, COUNTING) as server:
        assert ask(server.server_address, b"1\n2\n0\n") == b"x\nxx\nbye\n"


@everywhere
def test_function_may_end_the_connection_without_a_reply(name: str) -> None:
    with serving(name, COUNTING) as server:
        assert ask(server.server_address, b"1\n2\n-1\n3\n") == b"x\nxx\n"


@everywhere
def test_bytes_without_a_value_end_the_connection_behind_the_replies_before(name: str) -> None:
    with serving(name, COUNTING) as server:
        assert ask(server.server_address, b"1\ntwo\n3\n") == b"x\n"


@everywhere
def test_stream_reads_and_sends_values(name: str) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        async for text in stream.messages(TEXTS):
            await stream.send(TEXTS, text.upper())

    with serving(name, serve) as server:
        assert ask(server.server_address, "é\na\n".encode()) == "É\nA\n".encode()
