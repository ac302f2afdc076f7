"""The proof of multiprocessing.connection, sans-IO: what is taken for one, and what is not."""

import hmac
from multiprocessing import connection
from typing import Any, get_args

import pytest

from typedserver.security.challenge import (
    DIGESTS,
    Challenge,
    ChallengeDigest,
    ProtocolBroken,
    answer,
    packed,
    parse_answer,
    size_of_packet,
)

KEY = b"a key of ours"
KEYS = [("other", b"another key"), ("ours", KEY), ("third", b"a third key")]
LEGACY = b"#CHALLENGE#" + bytes(range(20))


@pytest.mark.parametrize("digest", DIGESTS)
def test_challenge_is_answered_by_the_key_that_both_sides_have(digest: ChallengeDigest) -> None:
    challenge = Challenge(digest)
    assert challenge.answered_by(answer(KEY, challenge.packet), KEYS) == ("ours",)
    assert challenge.answered_by(answer(b"a stranger's", challenge.packet), KEYS) is None


def test_challenge_names_a_digest_that_the_literal_has() -> None:
    assert get_args(ChallengeDigest) == DIGESTS
    assert Challenge("sha384").packet.startswith(b"#CHALLENGE#{sha384}")


def test_answer_to_one_challenge_answers_no_other() -> None:
    recorded = answer(KEY, Challenge("sha256").packet)
    assert Challenge("sha256").answered_by(recorded, KEYS) is None


def test_every_key_is_tried_even_after_the_right_one(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []
    compare = hmac.compare_digest
    challenge = Challenge("sha256")
    given = answer(KEY, challenge.packet)

    def comparing(one: bytes, other: bytes) -> bool:
        compared.append(one)
        return compare(one, other)

    monkeypatch.setattr(hmac, "compare_digest", comparing)
    assert challenge.answered_by(given, KEYS) == ("ours",)
    assert len(compared) == len(KEYS)


def _md5(message: bytes) -> bytes:
    return hmac.digest(KEY, message, "md5")


def test_md5_is_taken_only_if_it_is_allowed() -> None:
    strict, lenient = Challenge("sha256"), Challenge("sha256", md5=True)
    message = lenient.packet.removeprefix(b"#CHALLENGE#")
    assert lenient.answered_by(_md5(message), KEYS) == ("ours",)
    assert lenient.answered_by(b"{md5}" + _md5(message), KEYS) == ("ours",)
    for given in (_md5(strict.packet[11:]), b"{md5}" + _md5(strict.packet[11:])):
        with pytest.raises(ProtocolBroken, match="md5=True"):
            strict.answered_by(given, KEYS)
    assert answer(KEY, LEGACY, md5=True) == _md5(LEGACY[11:])
    for packet in (LEGACY, b"#CHALLENGE#{md5}" + bytes(40)):
        with pytest.raises(ProtocolBroken, match="md5=True"):
            answer(KEY, packet)


def test_answer_by_another_digest_than_was_asked_for_is_refused() -> None:
    challenge = Challenge("sha384")
    message = challenge.packet.removeprefix(b"#CHALLENGE#")
    given = b"{sha256}" + hmac.digest(KEY, message, "sha256")
    with pytest.raises(ProtocolBroken, match="by sha256 to a challenge by sha384"):
        challenge.answered_by(given, KEYS)


@pytest.mark.parametrize("given", [b"", b"x" * 15, b"{sha1}" + bytes(20), b"{sha256", b"{}" + bytes(32)])
def test_answer_that_names_no_known_digest_is_refused(given: bytes) -> None:
    with pytest.raises(ProtocolBroken, match="names no digest"):
        parse_answer(given)


def test_truncated_answer_is_none() -> None:
    challenge = Challenge("sha256")
    given = answer(KEY, challenge.packet)
    assert challenge.answered_by(given[:-1], KEYS) is None
    assert challenge.answered_by(given + b"\0", KEYS) is None


@pytest.mark.parametrize(
    "packet", [b"", b"#WELCOME#", b"#CHALLENGE#", b"#CHALLENGE#" + bytes(40), b"#CHALLENGE#{sha1}" + bytes(40)]
)
def test_what_is_no_challenge_is_not_answered(packet: bytes) -> None:
    with pytest.raises(ProtocolBroken):
        answer(KEY, packet)


def test_challenge_of_too_few_random_bytes_is_not_answered() -> None:
    with pytest.raises(ProtocolBroken, match="too few random bytes"):
        answer(KEY, b"#CHALLENGE#{sha256}" + bytes(19))


def test_client_does_not_answer_what_another_client_has_asked() -> None:
    of_client, of_server = Challenge("sha256", of_client=True), Challenge("sha256")
    with pytest.raises(ProtocolBroken, match="another client"):
        answer(KEY, of_client.packet, to_server=True)
    assert of_client.answered_by(answer(KEY, of_client.packet), KEYS) == ("ours",)
    assert of_server.answered_by(answer(KEY, of_server.packet, to_server=True), KEYS) == ("ours",)
    assert len(of_client.packet) == len(of_server.packet)


@pytest.mark.parametrize("prefix", [b"\xff\xff\xff\xff", b"\x00\x00\x01\x01", b"\x7f\xff\xff\xff"])
def test_length_that_is_negative_or_too_large_is_refused(prefix: bytes) -> None:
    with pytest.raises(ProtocolBroken, match="at most 256"):
        size_of_packet(prefix, 256)


def test_length_is_written_as_it_is_read() -> None:
    data = packed(b"abc")
    assert (size_of_packet(data[:4], 256), data[4:]) == (3, b"abc")


class _Pipe:
    """A connection of multiprocessing to itself: what it receives was put there before."""

    def __init__(self, *received: bytes) -> None:
        self.received = list(received)
        self.sent: list[bytes] = []

    def recv_bytes(self, _most: int) -> bytes:
        return self.received.pop(0)

    def send_bytes(self, data: bytes) -> None:
        self.sent.append(data)


def test_standard_library_answers_as_it_is_expected_here() -> None:
    library: Any = connection
    challenge = Challenge("sha256", md5=True)
    pipe = _Pipe(challenge.packet, b"#WELCOME#")
    library.answer_challenge(pipe, KEY)
    assert challenge.answered_by(pipe.sent[0], KEYS) == ("ours",)
