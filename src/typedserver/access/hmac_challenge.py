"""HMACChallenge: both sides prove that they know a key, as multiprocessing.connection has it; and its client.

It knows a stream, and the arithmetic of security/challenge.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Generic

from typing_extensions import TypeVar

from typedserver.access.packets import failing, read_packet
from typedserver.access.secrets import check_secrets
from typedserver.coroutines.stream import Stream
from typedserver.errors import AuthenticationFailed, RecipeError
from typedserver.recipes import check_flags, recipe_repr, shown
from typedserver.security.challenge import (
    DIGESTS,
    FAILURE,
    LONGEST_PACKET,
    WELCOME,
    Challenge,
    ChallengeDigest,
    answer,
    packed,
)

PrincipalT = TypeVar("PrincipalT")

_REMEDY: Final = (
    "give a name and its key, as in {'backup': key}, where the key is bytes such as secrets.token_bytes(32)"
)


@dataclass(frozen=True, slots=True, repr=False)
class HMACChallenge(Generic[PrincipalT]):
    """Have each peer prove that it knows one of these keys, by the protocol of ``multiprocessing.connection``.

    ``multiprocessing.connection.Client(address, authkey=key)`` of Python 3.12 and later connects, and what it receives
    by then is the handler's stream; ``answer_challenge`` is the client for a stream of this library. The proof is
    mutual: the client knows then that the server has the key, too. No key is sent. What follows is neither encrypted
    nor guarded, so use it on one machine, in a network that you trust, or inside ``TLS``.

    keys: the keys, each by the name of who has it. The principal is the name whose key has answered. They are looked
    at anew for each connection, so a key that is taken out of the mapping opens no new one.
    digest: by which HMAC the peer is to answer.
    md5: whether a peer may answer by HMAC-MD5 as well, which is all that Python 3.11 knows.

    Raises RecipeError for values that cannot work; it shows no key.
    """

    keys: Mapping[PrincipalT, bytes] = field(repr=False)
    digest: ChallengeDigest = "sha256"
    md5: bool = False

    def __post_init__(self) -> None:
        check_secrets("HMACChallenge", "keys", self.keys, _REMEDY)
        if self.digest not in DIGESTS:
            raise RecipeError(f"HMACChallenge(digest={shown(self.digest)}) must be one of {', '.join(DIGESTS)}")
        check_flags("HMACChallenge", md5=self.md5)

    async def __call__(self, stream: Stream[object], /) -> PrincipalT:
        """Authenticate a peer; returns the name whose key has answered, raises AuthenticationFailed."""
        refusal = packed(FAILURE)
        challenge = Challenge(self.digest, md5=self.md5)
        await stream.write(packed(challenge.packet))
        with failing(refusal):
            given = await read_packet(stream, LONGEST_PACKET)
            # A copy, because another thread may change what the program has given.
            keys = dict(self.keys)
            found = challenge.answered_by(given, keys.items())
        if found is None:
            raise AuthenticationFailed("no key that is known has answered the challenge", refusal)
        (name,) = found
        await stream.write(packed(WELCOME))
        with failing(refusal):
            proof = answer(keys[name], await read_packet(stream, LONGEST_PACKET), md5=self.md5)
            await stream.write(packed(proof))
            if await read_packet(stream, LONGEST_PACKET) != WELCOME:
                raise AuthenticationFailed(f"{name!r} does not take this server for the one it should be")
        return name

    __repr__ = recipe_repr


async def answer_challenge(
    stream: Stream[object], key: bytes, /, *, digest: ChallengeDigest = "sha256", md5: bool = False
) -> None:
    """Prove to a server that this client knows the key, and have the server prove it; await it before anything else.

    The server is one with ``HMACChallenge``, or a ``multiprocessing.connection.Listener(authkey=)``.

    key: the key. digest: by which HMAC the server is to answer. md5: whether HMAC-MD5 may be used, which is all that a
    server of Python 3.11 knows.

    Raises AuthenticationFailed if either side does not know the key; the connection is of no use then. Raises
    RecipeError for what is no key, and what the stream's reads and writes raise.
    """
    check_secrets("answer_challenge", "key", {"key": key}, "give the key as bytes")
    with failing():
        proof = answer(key, await read_packet(stream, LONGEST_PACKET), md5=md5, to_server=True)
        await stream.write(packed(proof))
        if await read_packet(stream, LONGEST_PACKET) != WELCOME:
            raise AuthenticationFailed("the server does not take this key")
        challenge = Challenge(digest, md5=md5, of_client=True)
        await stream.write(packed(challenge.packet))
        if challenge.answered_by(await read_packet(stream, LONGEST_PACKET), [("key", key)]) is None:
            await stream.write(packed(FAILURE))
            raise AuthenticationFailed("the server has answered by another key: it is not the one it should be")
    await stream.write(packed(WELCOME))
