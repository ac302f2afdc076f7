"""Challenge: the proof of multiprocessing.connection that both sides know a key, sans-IO.

Who challenges sends random bytes, and the other answers with an HMAC of them (RFC 2104). It is done in both directions,
the server's first, so a recorded proof is worth nothing: its random bytes never come again. It must not know a socket.

Each packet is preceded by its length, as four bytes in network order. Since Python 3.12 a challenge names its digest,
``#CHALLENGE#{sha256}`` and forty random bytes, and the answer names it once more, ``{sha256}`` and the HMAC of all that
follows ``#CHALLENGE#``. Python 3.11 knows HMAC-MD5 alone: it answers any challenge with the sixteen bytes of that, and
its own challenge is twenty random bytes.

The protocol does not say which side a challenge is of. So whom two clients take for their server could have the one
answer what the other has asked, and know no key. Hence the challenge of our own client ends with a mark, and our client
answers no challenge that has it. For everybody else it is a challenge like any other.
"""

import hmac
import os
import struct
from collections.abc import Iterable
from typing import Final, Literal, TypeAlias, get_args

from typing_extensions import TypeVar

ChallengeDigest: TypeAlias = Literal["sha256", "sha384", "sha3_256", "sha3_384"]
"""The digests that multiprocessing.connection knows and that are not broken."""

DIGESTS: Final[tuple[ChallengeDigest, ...]] = get_args(ChallengeDigest)

# Bytes: multiprocessing.connection reads no longer packet than this in its handshake, and neither do we.
LONGEST_PACKET: Final = 256

WELCOME: Final = b"#WELCOME#"
FAILURE: Final = b"#FAILURE#"

_CHALLENGE: Final = b"#CHALLENGE#"

# As many as multiprocessing.connection sends; who gets 20 takes the other for Python 3.11.
_RANDOM_BYTES: Final = 40
_LEGACY_RANDOM_BYTES: Final = 20
# In place of the last random bytes, of which enough are left.
_OF_CLIENT: Final = b"\0client\0"
_LEGACY_ANSWER_BYTES: Final = 16

_LENGTH: Final = struct.Struct("!i")

LENGTH_BYTES: Final = _LENGTH.size
"""How many bytes precede a packet."""

NameT = TypeVar("NameT")


class ProtocolBroken(ValueError):  # noqa: N818 - it says what the peer did, as the public ones do
    """A peer sent what its protocol does not allow; the text says what, and holds nothing secret."""


def packed(packet: bytes) -> bytes:
    """Return a packet with its length before it."""
    return _LENGTH.pack(len(packet)) + packet


def size_of_packet(prefix: bytes, most: int) -> int:
    """Return how many bytes follow the four of a length.

    most: the most that a packet may have.

    Raises ProtocolBroken for more, and for a negative length, which announces a longer form of it.
    """
    (size,) = _LENGTH.unpack(prefix)
    if not 0 <= size <= most:
        raise ProtocolBroken(f"a packet of {size} bytes was announced, where at most {most} are taken")
    return int(size)


def parse_answer(answer: bytes) -> tuple[str, bytes]:
    """Return the digest that an answer names, and its HMAC; raises ProtocolBroken if there is none that is known."""
    if len(answer) == _LEGACY_ANSWER_BYTES:
        return "md5", answer
    return _named_digest(answer, "an answer")


def _named_digest(packet: bytes, what: str) -> tuple[str, bytes]:
    if packet.startswith(b"{"):
        name, closed, rest = packet[1:].partition(b"}")
        for digest in ("md5", *DIGESTS):
            if closed and name == digest.encode():
                return digest, rest
    raise ProtocolBroken(f"{what} of {len(packet)} bytes names no digest that is known")


class Challenge:
    """One challenge that we have sent.

    digest: by which the peer is to answer.
    md5: whether an answer by HMAC-MD5, as Python 3.11 gives it, is taken as well.
    of_client: whether a client sends it.
    """

    __slots__ = ("_digest", "_md5", "_message")

    def __init__(self, digest: ChallengeDigest, *, md5: bool = False, of_client: bool = False) -> None:
        self._digest = digest
        self._md5 = md5
        mark = _OF_CLIENT if of_client else b""
        self._message = b"{%s}%s%s" % (digest.encode(), os.urandom(_RANDOM_BYTES - len(mark)), mark)

    @property
    def packet(self) -> bytes:
        """What is sent to the peer."""
        return _CHALLENGE + self._message

    def answered_by(self, answer: bytes, keys: Iterable[tuple[NameT, bytes]]) -> tuple[NameT] | None:
        """Return the name of the key by which a challenge was answered, in a tuple of its own; None if it is none.

        Every key is tried, and the comparison takes the same time wherever two values differ, so that the time it takes
        says nothing of the keys.

        Raises ProtocolBroken for what is no answer, and for one by another digest than was asked for.
        """
        digest, given = parse_answer(answer)
        if digest == "md5" and not self._md5:
            raise ProtocolBroken("the peer answered by HMAC-MD5, as Python 3.11 does, which must be allowed: md5=True")
        if digest not in (self._digest, "md5"):
            raise ProtocolBroken(f"the peer answered by {digest} to a challenge by {self._digest}")
        found: tuple[NameT] | None = None
        for name, key in keys:
            if hmac.compare_digest(hmac.digest(key, self._message, digest), given):
                found = (name,)
        return found


def answer(key: bytes, packet: bytes, *, md5: bool = False, to_server: bool = False) -> bytes:
    """Return the answer to a peer's challenge.

    md5: whether HMAC-MD5, the only one that Python 3.11 knows, may be used.
    to_server: whether the peer should be a server, so that the challenge of a client is not answered.

    Raises ProtocolBroken for what is no challenge, and for one that asks for HMAC-MD5 where that is not allowed: to
    answer it would give a forger the weakest proof there is.
    """
    if not packet.startswith(_CHALLENGE):
        raise ProtocolBroken(f"a challenge was expected, and {len(packet)} other bytes came")
    message = packet[len(_CHALLENGE) :]
    if to_server and message.endswith(_OF_CLIENT):
        raise ProtocolBroken("the peer passes on what another client has asked: it is not the server")
    is_legacy = len(message) == _LEGACY_RANDOM_BYTES
    digest = "md5" if is_legacy else _named_digest(message, "a challenge")[0]
    if digest == "md5" and not md5:
        raise ProtocolBroken("the peer asks for HMAC-MD5, as Python 3.11 does, which must be allowed: md5=True")
    if not is_legacy and len(message) < len(digest) + 2 + _LEGACY_RANDOM_BYTES:
        raise ProtocolBroken("a challenge holds too few random bytes to be one")
    proof = hmac.digest(key, message, digest)
    return proof if is_legacy else b"{%s}%s" % (digest.encode(), proof)
