"""Sealed packets: their wire form, which docs/sealed.md writes down. Sans-IO: it knows bytes and the time, no socket.

A request is sealed by a key of its sender's own, which both ends derive from the shared key and the sender's random
name; its number is the nonce, so a nonce comes twice only if a sender counts twice. A reply is sealed by a key of the
two ends' names, and its nonce is the number of the request that it answers with its own number among the replies to
that. All that is not encrypted is authenticated as well. Who counts, and what is let in, is known elsewhere.
"""

import hmac
import importlib
import secrets
import struct
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final, Protocol, TypeAlias, cast

from typedserver.errors import CompositionError, RecipeError
from typedserver.recipes import shown

# Version 1 in the upper half, the kind in the lower one: no text, and no other protocol's first byte that is in use
# beside it (DTLS 20 to 63, STUN 0 and 1, QUIC above 63 with another version).
REQUEST: Final = 0x10
"""The first byte of a request."""

REPLY: Final = 0x11
"""The first byte of a reply."""

REQUEST_HEAD: Final = struct.Struct("!BI16sQQ")
"""Kind, number of the key, name of the sender, number of the request, microseconds since 1970."""

REPLY_HEAD: Final = struct.Struct("!BI16sQI")
"""Kind, number of the key, name of the server, number of the request, number of the reply."""

_NAME_BYTES: Final = 16
_TAG_BYTES: Final = 16

OVERHEAD: Final = REQUEST_HEAD.size + _TAG_BYTES
"""How many bytes a sealed request is longer than what it holds."""

REPLY_OVERHEAD: Final = REPLY_HEAD.size + _TAG_BYTES
"""The same of a reply."""

SECOND: Final = 1_000_000
"""Of the clock that both ends tell the time by."""

# A key of ChaCha20 has as many (RFC 8439).
_KEY_BYTES: Final = 32

_MOST_KEY_ID: Final = 2**32 - 1

# What the keys of the two directions are derived for (HKDF-Expand, RFC 5869, 2.3, whose first block is all that 32
# bytes take; the shared key is as random as what would be extracted from it, RFC 5869, 3.3).
_FOR_REQUESTS: Final = b"typedserver sealed 1 request "
_FOR_REPLIES: Final = b"typedserver sealed 1 reply "

_NONCE: Final = struct.Struct("!QI")

Keys: TypeAlias = bytes | Mapping[int, bytes] | Callable[[], Mapping[int, bytes]]
"""One shared key, which has number 0; several by their numbers; or a function that returns them, asked at each load."""


class Cipher(Protocol):
    """ChaCha20-Poly1305 with a key, as ``cryptography`` has it; from any thread."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """Return what is encrypted, with its tag."""
        ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """Return what was encrypted; raises InvalidTag."""
        ...


@cache
def cryptography() -> tuple[Callable[[bytes], Cipher], type[Exception]]:
    """Load the package of that name; returns its cipher, and what that raises for a tag that is wrong.

    Raises CompositionError, which names the extra, if it is not installed.
    """
    try:
        ciphers = importlib.import_module("cryptography.hazmat.primitives.ciphers.aead")
        exceptions = importlib.import_module("cryptography.exceptions")
    except ModuleNotFoundError as error:
        # Another module's name: the package is there and is itself not complete.
        if error.name is None or error.name.partition(".")[0] != "cryptography":
            raise
        raise CompositionError("cryptography is not installed: pip install 'typedserver[sealed]'") from error
    return ciphers.ChaCha20Poly1305, exceptions.InvalidTag


def check_keys(recipe: str, field: str, keys: object) -> dict[int, bytes]:
    """Return the keys by their numbers; raises RecipeError, which shows none, for what cannot be keys."""
    remedy = "secrets.token_bytes(32) makes one"
    given: object = {0: keys} if isinstance(keys, bytes) else keys
    if not isinstance(given, Mapping) or not given:
        raise RecipeError(
            f"{recipe}({field}=) must be a key, a mapping of numbers to keys, or a function that returns one: {remedy}"
        )
    checked: dict[int, bytes] = {}
    for number, key in cast("Mapping[object, object]", given).items():
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= _MOST_KEY_ID:
            raise RecipeError(f"{recipe}({field}=): {shown(number)} must be a number from 0 to {_MOST_KEY_ID}")
        if not isinstance(key, bytes) or len(key) != _KEY_BYTES:
            what = f"has {len(key)} bytes" if isinstance(key, bytes) else f"is of type {type(key).__name__}"
            wanted = f"must be {_KEY_BYTES} random bytes"
            raise RecipeError(f"{recipe}({field}=): key {number} {what}, and {wanted}: {remedy}")
        checked[number] = key
    return checked


def new_name() -> bytes:
    """Return a name that nobody has had."""
    return secrets.token_bytes(_NAME_BYTES)


def cipher_of_requests(key: bytes, sender: bytes) -> Cipher:
    """Return what seals and opens the requests of a sender."""
    return _derived(key, _FOR_REQUESTS + sender)


def cipher_of_replies(key: bytes, sender: bytes, server: bytes) -> Cipher:
    """Return what seals and opens a server's replies to a sender."""
    return _derived(key, _FOR_REPLIES + sender + server)


def _derived(key: bytes, purpose: bytes) -> Cipher:
    return cryptography()[0](hmac.digest(key, purpose + b"\x01", "sha256"))


def now() -> int:
    """Return the time by the clock, in microseconds since 1970."""
    return time.time_ns() // 1000


def sealed(cipher: Cipher, head: bytes, request: int, data: bytes, reply: int = 0) -> bytes:
    """Return the packet that holds data behind a head; its numbers are used for no other."""
    return head + cipher.encrypt(_NONCE.pack(request, reply), data, head)


def opened(cipher: Cipher, head: bytes, request: int, packet: bytes, reply: int = 0) -> bytes | None:
    """Return what a packet with this head holds; None if it is not authentic."""
    try:
        return cipher.decrypt(_NONCE.pack(request, reply), packet[len(head) :], head)
    except cryptography()[1]:
        return None
