"""Framings and codecs by themselves: where messages begin and end, what is refused and how, and what it costs."""

import copy
import pickle
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Literal, cast

import pytest

from typedserver import (
    Chunks,
    CodecOf,
    Coded,
    FixedLength,
    Framed,
    Framing,
    FramingError,
    Last,
    LengthPrefixed,
    Lines,
    Netstrings,
    RecipeError,
    Text,
)
from typedserver.protocols.messages import AnsweringFraming, BatchFraming, ForeseeingFraming

FRAMINGS: list[tuple[Framing[bytes, bytes], bytes, bytes]] = [
    (Lines(), b"hello", b"hello\n"),
    (Lines(separator=b"\r\n"), b"hel\rlo", b"hel\rlo\r\n"),
    (Lines(separator=b"aba"), b"hello", b"helloaba"),
    (LengthPrefixed(), b"hello", b"\0\0\0\5hello"),
    (LengthPrefixed(1), b"hello", b"\5hello"),
    (LengthPrefixed(2, "little"), b"hello", b"\5\0hello"),
    (LengthPrefixed(3), b"hello", b"\0\0\5hello"),
    (LengthPrefixed(5, "little"), b"hello", b"\5\0\0\0\0hello"),
    (LengthPrefixed(8, counts_itself=True), b"hello", b"\0\0\0\0\0\0\0\x0dhello"),
    (Netstrings(), b"hello", b"5:hello,"),
    (FixedLength(5), b"hello", b"hello"),
]
NAMES = [repr(framing) for framing, _, _ in FRAMINGS]


@pytest.mark.parametrize(("framing", "message", "sent"), FRAMINGS, ids=NAMES)
def test_framing_writes_and_reads_a_message(framing: Framing[bytes, bytes], message: bytes, sent: bytes) -> None:
    assert framing.encode(message) == sent
    assert framing.decode(b"?" + sent + sent, 1) == (message, 1 + len(sent))
    for end in range(len(sent)):
        assert framing.decode(b"?" + sent[:end], 1) is None


@pytest.mark.parametrize(("framing", "message", "sent"), FRAMINGS, ids=NAMES)
def test_framing_answers_one_message_as_it_decodes_and_encodes(
    framing: Framing[bytes, bytes], message: bytes, sent: bytes
) -> None:
    if not isinstance(framing, AnsweringFraming):
        assert framing == Netstrings()
        return
    asked: list[bytes] = []

    def same(asks: bytes) -> bytes:
        asked.append(asks)
        return asks

    # Of a separator that may begin in a reply, the slower way finds out where it ends.
    expected = None if framing == Lines(separator=b"aba") else sent
    assert framing.answering(same)(sent) == expected
    assert asked == ([] if expected is None else [message])
    for other in [*(sent[:end] for end in range(len(sent))), sent + sent, sent + sent[:1], b"", b"\n" * 2]:
        assert framing.answering(same)(other) is None


@pytest.mark.parametrize(("framing", "message", "sent"), FRAMINGS, ids=NAMES)
def test_framing_gives_back_a_reply_that_it_cannot_send(
    framing: Framing[bytes, bytes], message: bytes, sent: bytes
) -> None:
    if isinstance(framing, AnsweringFraming) and framing != Lines(separator=b"aba"):
        replies: tuple[object, ...] = (None, "hello", bytearray(message), 5)
        for reply in replies:

            def same(_message: bytes, reply: Any = reply) -> Any:
                return reply

            assert framing.answering(same)(sent) == (reply,)
    assert Lines().answering(lambda _message: b"a\nb")(b"hello\n") == (b"a\nb",)
    assert Lines(separator=b"\r\n").answering(lambda _message: b"a\r\nb")(b"hello\r\n") == (b"a\r\nb",)
    assert Lines(limit=5).answering(lambda _message: b"x" * 6)(b"hello\n") == (b"x" * 6,)
    assert Lines(limit=5).answering(lambda _message: b"")(b"hello!\n") is None
    assert LengthPrefixed(limit=5).answering(lambda _message: b"")(b"\0\0\0\6hello!") is None
    assert LengthPrefixed(1).answering(lambda _message: bytes(256))(b"\1!") == (bytes(256),)
    assert FixedLength(1).answering(lambda _message: b"!!")(b"!") == (b"!!",)


@pytest.mark.parametrize(("framing", "message", "sent"), FRAMINGS, ids=NAMES)
def test_framing_splits_and_joins_as_it_decodes_and_encodes(
    framing: Framing[bytes, bytes], message: bytes, sent: bytes
) -> None:
    if isinstance(framing, BatchFraming):
        for end in range(len(sent)):
            messages, rest = framing.split(sent * 3 + sent[:end])
            assert (list(messages), rest) == ([message] * 3, sent[:end])
        assert framing.join([message]) == sent
        assert framing.join([message] * 3) == sent * 3


@pytest.mark.parametrize(("framing", "message", "sent"), FRAMINGS, ids=NAMES)
def test_framing_foresees_no_more_than_is_missing(framing: Framing[bytes, bytes], message: bytes, sent: bytes) -> None:
    assert isinstance(framing, ForeseeingFraming)
    for end in range(len(sent)):
        number, ends = framing.lacks(sent[:end])
        assert number >= 1
        assert end + number <= len(sent) or (ends and sent.endswith(ends))


@pytest.mark.parametrize(
    ("framing", "sent", "says"),
    [
        (Lines(limit=5), b"hello!", "Lines(limit=...)"),
        (Lines(limit=5), b"hello!\n", "Lines(limit=...)"),
        (Lines(separator=b"\r\n", limit=5), b"hello!\r", "Lines(limit=...)"),
        (LengthPrefixed(limit=5), b"\0\0\0\6", "LengthPrefixed(limit=...)"),
        (LengthPrefixed(1, counts_itself=True), b"\0", "counts_itself"),
        (Netstrings(limit=5), b"6:", "Netstrings(limit=...)"),
        (Netstrings(limit=5), b"66", "Netstrings(limit=...)"),
        (Netstrings(), b":", "5:hello,"),
        (Netstrings(), b"05:hello,", "5:hello,"),
        (Netstrings(), b"x", "5:hello,"),
        (Netstrings(), b"-5:hello,", "5:hello,"),
        (Netstrings(), b"5:hello;", "','"),
        (Netstrings(), b"GET / HTTP/1.1\r\n" * 1000, "..."),
    ],
)
def test_framing_refuses_what_is_no_message(framing: Framing[bytes, bytes], sent: bytes, says: str) -> None:
    with pytest.raises(FramingError) as raised:
        framing.decode(b"?" + sent, 1)
    assert says in str(raised.value)
    assert len(str(raised.value)) < 300
    if isinstance(framing, BatchFraming):
        assert framing.split(sent) == ([], sent)


@pytest.mark.parametrize(
    ("framing", "longest"),
    [
        (Lines(limit=5), b"hello\n"),
        (Lines(separator=b"\r\n", limit=5), b"hello\r\n"),
        (LengthPrefixed(limit=5), b"\0\0\0\5hello"),
        (Netstrings(limit=5), b"5:hello,"),
    ],
)
def test_longest_message_passes_in_any_piece(framing: Framing[bytes, bytes], longest: bytes) -> None:
    for end in range(len(longest)):
        assert framing.decode(longest[:end], 0) is None
    assert framing.decode(longest, 0) == (b"hello", len(longest))


@pytest.mark.parametrize(
    ("framing", "reply"),
    [
        (Lines(), b"two\nlines"),
        (Lines(separator=b"aa"), b"a"),
        (Lines(limit=5), b"hello!"),
        (LengthPrefixed(1), bytes(256)),
        (LengthPrefixed(1, counts_itself=True), bytes(255)),
        (LengthPrefixed(limit=5), b"hello!"),
        (Netstrings(limit=5), b"hello!"),
        (FixedLength(5), b"hi"),
    ],
)
def test_reply_that_could_not_be_read_again_is_refused(framing: Framing[bytes, bytes], reply: bytes) -> None:
    with pytest.raises(ValueError, match="the reply"):
        framing.encode(reply)
    if isinstance(framing, BatchFraming):
        with pytest.raises(ValueError, match="the reply"):
            framing.join([reply])
        with pytest.raises(ValueError, match="the reply"):
            framing.join([b"right", reply, b"right"])


@pytest.mark.parametrize("framing", [Lines(), LengthPrefixed(), Netstrings(), FixedLength(4), Chunks()])
def test_reply_that_is_no_bytes_is_refused(framing: Framing[bytes, bytes]) -> None:
    for reply in ("text", None, 4, [b"hello"]):
        with pytest.raises(TypeError):
            framing.encode(cast("Any", reply))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: LengthPrefixed(cast("Literal[4]", 0)),
        lambda: LengthPrefixed(cast("Literal[4]", 9)),
        lambda: LengthPrefixed(cast("Literal[4]", "4")),
        lambda: LengthPrefixed(4, cast("Literal['big']", "network")),
        lambda: LengthPrefixed(limit=0),
        lambda: LengthPrefixed(counts_itself=cast("bool", 1)),
        lambda: Netstrings(limit=0),
        lambda: FixedLength(0),
        lambda: FixedLength(cast("int", 1.5)),
        lambda: Text("klingon"),
        lambda: Text(errors="hope"),
        lambda: Text(cast("str", None)),
        lambda: CodecOf(cast("Any", "json"), bytes),
        lambda: CodecOf(bytes, cast("Any", None)),
    ],
)
def test_recipes_refuse_what_cannot_work(wrong: Callable[[], object]) -> None:
    with pytest.raises(RecipeError):
        wrong()


@pytest.mark.parametrize("framing", [framing for framing, _, _ in FRAMINGS], ids=NAMES)
def test_framings_are_values(framing: Framing[bytes, bytes]) -> None:
    assert copy.deepcopy(framing) == framing
    assert pickle.loads(pickle.dumps(framing)) == framing
    assert hash(framing) == hash(copy.copy(framing))
    assert eval(repr(framing)) == framing


def test_chunks_are_what_has_come() -> None:
    assert Chunks().decode(b"?whatever", 1) == (b"whatever", 9)
    assert Chunks().decode(b"?", 1) is None
    assert Chunks().encode(b"whatever") == b"whatever"


# What it costs


def _seconds(framing: Framing[bytes, bytes], size: int, piece: int) -> float:
    """Return how long an exchange took to gather one message of ``size`` bytes that came in pieces."""
    sent = framing.encode(b"x" * size)
    lengths: list[int] = []

    def measure(message: bytes) -> None:
        lengths.append(len(message))

    exchange = Framed(framing, measure)(cast("Any", None), "", cast("Any", None))
    exchange.start(lambda: None)
    began = time.thread_time()
    for at in range(0, len(sent), piece):
        exchange.receive(sent[at : at + piece])
    took = time.thread_time() - began
    assert lengths == [size]
    assert exchange.is_idle
    return took


def _of_size(kind: str, size: int) -> Framing[bytes, bytes]:
    match kind:
        case "lines":
            return Lines(limit=size)
        case "long separator":
            return Lines(separator=b"\r\n", limit=size)
        case "length-prefixed":
            return LengthPrefixed()
        case "netstrings":
            return Netstrings()
        case _:
            return FixedLength(size)


@pytest.mark.parametrize("kind", ["lines", "long separator", "length-prefixed", "netstrings", "fixed length"])
def test_long_message_in_small_pieces_costs_each_byte_once(kind: str) -> None:
    # If each piece cost all that came before, four times the size would cost sixteen times the time, and these many
    # seconds. The least of three, because others use the machine too.
    small, large = (min(_seconds(_of_size(kind, size), size, 1400) for _ in range(3)) for size in (2**20, 2**22))
    assert large < 10 * small + 0.1


# Codecs


def test_text_is_bytes_by_its_encoding() -> None:
    assert Text().decode("ü".encode()) == "ü"
    assert Text("latin-1").encode("ü") == b"\xfc"
    with pytest.raises(ValueError, match="decode"):
        Text().decode(b"\xff")
    assert Text(errors="replace").decode(b"\xff") == "\ufffd"
    assert Text(errors="surrogateescape").encode(Text(errors="surrogateescape").decode(b"\xff")) == b"\xff"


def test_codec_of_is_made_of_two_functions() -> None:
    def decimal(number: int) -> bytes:
        return b"%d" % number

    codec = CodecOf(int, decimal)
    assert codec.decode(b"12") == 12
    assert codec.encode(12) == b"12"


def test_coded_function_takes_and_returns_bytes() -> None:
    title = Coded(Text(), lambda text: text.title() or None)
    assert title("straße".encode()) == "Straße".encode()
    assert title(b"") is None


def test_message_that_has_no_value_is_the_peers_fault() -> None:
    called: list[str] = []
    coded = Coded(Text(), called.append)
    with pytest.raises(FramingError) as raised:
        coded(b"\xff" * 1000)
    assert isinstance(raised.value.__cause__, UnicodeDecodeError)
    assert len(str(raised.value)) < 400
    assert not called


def test_message_that_has_no_value_may_be_answered() -> None:
    def sorry(error: ValueError) -> str:
        return f"sorry: {type(error).__name__}"

    assert Coded(Text(), str.upper, sorry)(b"\xff") == b"sorry: UnicodeDecodeError"
    assert Coded(Text(), str.upper, lambda _error: None)(b"\xff") is None


def test_failure_of_the_codec_that_is_no_value_error_is_its_own() -> None:
    def broken(_data: bytes) -> str:
        raise KeyError("broken")

    with pytest.raises(KeyError):
        Coded(CodecOf(broken, str.encode), str.upper)(b"")


def test_reply_that_the_codec_cannot_write_is_the_functions_failure() -> None:
    with pytest.raises(UnicodeEncodeError):
        Coded(Text("ascii"), lambda _text: "ü")(b"")


def of_two(first: bytes, second: bytes) -> bytes:
    return first + second


@pytest.mark.parametrize("returned", [Last("bye"), Future[str]()], ids=["last", "future"])
def test_coded_says_who_takes_what_it_cannot_write(returned: Any) -> None:
    with pytest.raises(TypeError, match="FramingOf"):
        Coded(Text(), lambda _text: returned)(b"quit")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Coded(Text(), cast("Any", lambda: "")),
        lambda: Coded(Text(), str.upper, cast("Any", lambda: "")),
        lambda: Framed(Lines(), cast("Any", of_two)),
        lambda: Framed(Lines(), bytes.upper, on_error=cast("Any", lambda: b"")),
        lambda: Coded(cast("Any", Text), str.upper),
        lambda: Coded(Text(), cast("Any", "upper")),
        lambda: Coded(Text(), str.upper, cast("Any", "sorry")),
    ],
)
def test_coded_refuses_what_cannot_work(wrong: Callable[[], object]) -> None:
    with pytest.raises(RecipeError):
        wrong()
