"""Sealed packets: their wire form, and which of them a server lets in. Sans-IO: it knows bytes and the time, no socket.

A request is sealed by a key of its sender's own, which both ends derive from the shared key and the sender's random
name; its number is the nonce, so a nonce comes twice only if a sender counts twice. A reply is sealed by a key of the
two ends' names, and its nonce is the number of the request that it answers with its own number among the replies to
that. All that is not encrypted is authenticated as well. The form is written down in docs/sealed.md.
"""

import hmac
import importlib
import os
import secrets
import struct
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final, Protocol, TypeAlias, TypeVar, cast

from typedserver.errors import CompositionError, PacketRefused, RecipeError
from typedserver.recipes import shown

# Version 1 in the upper half, the kind in the lower one: no text, and no other protocol's first byte that is in use
# beside it (DTLS 20 to 63, STUN 0 and 1, QUIC above 63 with another version).
_REQUEST: Final = 0x10
_REPLY: Final = 0x11

# Kind, key, sender, number of the request, microseconds since 1970.
_REQUEST_HEAD: Final = struct.Struct("!BI16sQQ")
# Kind, key, server, number of the request, number of the reply.
_REPLY_HEAD: Final = struct.Struct("!BI16sQI")

# A key of ChaCha20 has as many (RFC 8439).
_KEY_BYTES: Final = 32

_NAME_BYTES: Final = 16
_TAG_BYTES: Final = 16

OVERHEAD: Final = _REQUEST_HEAD.size + _TAG_BYTES
"""How many bytes a sealed request is longer than what it holds."""

REPLY_OVERHEAD: Final = _REPLY_HEAD.size + _TAG_BYTES
"""The same of a reply."""

_MOST_KEY_ID: Final = 2**32 - 1

# Of the clock that both ends tell the time by.
_SECOND: Final = 1_000_000

# What the keys of the two directions are derived for (HKDF-Expand, RFC 5869, 2.3, whose first block is all that 32
# bytes take; the shared key is as random as what would be extracted from it, RFC 5869, 3.3).
_FOR_REQUESTS: Final = b"typedserver sealed 1 request "
_FOR_REPLIES: Final = b"typedserver sealed 1 reply "

# How many servers' keys a client keeps: one that is restarted has another name.
_SERVERS_KEPT: Final = 16

# How many replies to one request are numbered, and for how many of the last requests a client knows which replies have
# come: whoever waits longer asks again.
_MOST_REPLIES: Final = 2**32 - 1
_REQUESTS_KEPT: Final = 1024


class _Cipher(Protocol):
    """ChaCha20-Poly1305 with a key, as ``cryptography`` has it."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """Return what is encrypted, with its tag."""
        ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """Return what was encrypted; raises InvalidTag."""
        ...


@cache
def cryptography() -> tuple[Callable[[bytes], _Cipher], type[Exception]]:
    """Load the package of that name; returns its cipher, and what that raises for a tag that is wrong.

    Raises CompositionError, which names the extra, if it is not installed.
    """
    try:
        ciphers = importlib.import_module("cryptography.hazmat.primitives.ciphers.aead")
        exceptions = importlib.import_module("cryptography.exceptions")
    except ModuleNotFoundError as error:
        if error.name != "cryptography":
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


def _derived(key: bytes, purpose: bytes) -> _Cipher:
    return cryptography()[0](hmac.digest(key, purpose + b"\x01", "sha256"))


def _now() -> int:
    return time.time_ns() // 1000


def _nonce(request: int, reply: int) -> bytes:
    return struct.pack("!QI", request, reply)


def _opened(cipher: _Cipher, nonce: bytes, packet: bytes, head: bytes) -> bytes | None:
    """Return what a packet holds; None if it is not authentic."""
    try:
        return cipher.decrypt(nonce, packet[len(head) :], head)
    except cryptography()[1]:
        return None


class _Replies:
    """Seals the replies to one request; from any thread, but each number is taken once."""

    __slots__ = ("_cipher", "_head", "_lock", "_number", "_request")

    def __init__(self, cipher: _Cipher, head: tuple[int, bytes], request: int) -> None:
        self._cipher = cipher
        self._head = head
        self._request = request
        self._number = 0
        self._lock = threading.Lock()

    def seal(self, data: bytes) -> bytes:
        """Return one more reply, sealed."""
        with self._lock:
            number = self._number
            if number > _MOST_REPLIES:
                raise PacketRefused("a request is answered by so many replies that their numbers are used up")
            self._number = number + 1
        key_id, name = self._head
        head = _REPLY_HEAD.pack(_REPLY, key_id, name, self._request, number)
        return head + self._cipher.encrypt(_nonce(self._request, number), data, head)


Keys: TypeAlias = bytes | Mapping[int, bytes] | Callable[[], Mapping[int, bytes]]
"""One shared key, which has number 0; several by their numbers; or a function that returns them, asked at each load."""

_KeyT = TypeVar("_KeyT")
_ValueT = TypeVar("_ValueT")

SealReply: TypeAlias = Callable[[bytes], bytes]
"""Seals a reply to the request that it came with."""


class Sender:
    """A sender whose packets were let in, and which of them.

    last: when one came last, by the clock. highest: the highest number that was let in; seen: a bit for each of the
    numbers below, the lowest bit for the highest.
    """

    __slots__ = ("cipher", "highest", "last", "replies", "seen")

    def __init__(self, cipher: _Cipher, replies: _Cipher) -> None:
        self.cipher = cipher
        self.replies = replies
        self.highest = -1
        self.seen = 0
        self.last = 0

    def has_had(self, number: int, window: int) -> str | None:
        """Return why a number cannot be let in; None if it can."""
        behind = self.highest - number
        if behind < 0:
            return None
        if behind >= window:
            return f"its number is {behind} below the highest, and the window has {window}"
        return "it came before" if self.seen >> behind & 1 else None

    def take(self, number: int, window: int) -> None:
        """Note that a number was let in."""
        ahead = number - self.highest
        if ahead > 0:
            # One that is far ahead would make a number of as many bits.
            self.seen = (self.seen << ahead | 1) & ((1 << window) - 1) if ahead < window else 1
            self.highest = number
        else:
            self.seen |= 1 << -ahead


class Seals:
    """What a server has let in; in the loop's thread.

    keys: as ``Sealed`` takes them.
    window: how many numbers behind the highest of a sender may still come.
    validity: how many seconds a packet's time may differ from the server's.
    senders: how many senders are known at once.

    began: from when on packets are let in, in microseconds since 1970. known: the senders, by their keys and names.
    """

    def __init__(self, keys: Keys, *, window: int, validity: float, senders: int) -> None:
        cryptography()
        self._source = keys
        self._window = window
        self._validity = validity
        self._most = senders
        self._keys = self._load()
        self._name = secrets.token_bytes(_NAME_BYTES)
        # What was stamped before may have been let in by a process that is gone.
        self.began: int = _now()
        # The one that has been silent for longest comes first.
        self.known: OrderedDict[tuple[int, bytes], Sender] = OrderedDict()

    def _load(self) -> dict[int, bytes]:
        source = self._source
        return check_keys("Sealed", "keys", source() if callable(source) else source)

    def reload(self) -> None:
        """Ask for the keys anew; what was sealed by one that is gone is refused from now on."""
        keys = self._load()
        former, self._keys = self._keys, keys
        gone = {number for number, key in former.items() if keys.get(number) != key}
        if gone:
            # One step, because the loop may look while another thread reloads.
            self.known = OrderedDict((who, sender) for who, sender in self.known.items() if who[0] not in gone)

    def open(self, packet: bytes) -> tuple[int, bytes, SealReply]:
        """Return the number of the key, what the packet holds, and what seals replies to it.

        Raises PacketRefused for a packet that is not whole, not authentic, too old, or came before.
        """
        if len(packet) < OVERHEAD or packet[0] != _REQUEST:
            raise PacketRefused("it is no sealed packet")
        head = packet[: _REQUEST_HEAD.size]
        _, key_id, name, number, stamp = _REQUEST_HEAD.unpack(head)
        key = self._keys.get(key_id)
        if key is None:
            raise PacketRefused(f"there is no key {key_id}")
        now = _now()
        if abs(now - stamp) > self._validity * _SECOND:
            raise PacketRefused(
                f"its time differs by {(stamp - now) / _SECOND:+.1f} s, and {self._validity:g} s are allowed"
            )
        if stamp < self.began:
            raise PacketRefused("it is older than this server, which cannot know whether it came before")
        who = (key_id, name)
        sender = self.known.get(who)
        is_new = sender is None
        if sender is None:
            sender = Sender(_derived(key, _FOR_REQUESTS + name), _derived(key, _FOR_REPLIES + name + self._name))
        elif (had := sender.has_had(number, self._window)) is not None:
            raise PacketRefused(had)
        data = _opened(sender.cipher, _nonce(number, 0), packet, head)
        if data is None:
            raise PacketRefused(f"it was not sealed by key {key_id}, or was changed")
        # Only now: who has no key changes nothing here.
        if is_new:
            self._make_room(now)
            self.known[who] = sender
        sender.take(number, self._window)
        sender.last = now
        self.known.move_to_end(who)
        return key_id, data, _Replies(sender.replies, (key_id, self._name), number).seal

    def _make_room(self, now: int) -> None:
        """Forget a sender if as many are known as may be; raises PacketRefused if all of them must be remembered."""
        if len(self.known) < self._most:
            return
        who, sender = next(iter(self.known.items()))
        # What was let in then is too old by now, so it cannot come again.
        if now - sender.last <= 2 * self._validity * _SECOND:
            raise PacketRefused(
                f"{self._most} senders are known, none of which may be forgotten yet: raise Sealed(senders=)"
            )
        del self.known[who]


class SealedClient:
    """Seals what is sent to a server of ``Sealed``, and opens its replies. It does no I/O; see ``SealedSocket``.

    key: the shared key, 32 random bytes. key_id: its number at the server.
    number: of the next packet.

    It may be used from any thread, and after a fork in both processes. Raises RecipeError for a key that cannot work,
    CompositionError if ``cryptography`` is not installed.
    """

    def __init__(self, key: bytes, key_id: int = 0) -> None:
        self._key = check_keys("SealedClient", "key", {key_id: key})[key_id]
        self._key_id = key_id
        self._lock = threading.Lock()
        cryptography()
        self._begin()

    def __repr__(self) -> str:
        return f"SealedClient(key_id={self._key_id})"

    def _begin(self) -> None:
        # A child of a fork that counted on under the same name would use its parent's nonces once more.
        self._process = os.getpid()
        self._name = secrets.token_bytes(_NAME_BYTES)
        self._cipher = _derived(self._key, _FOR_REQUESTS + self._name)
        self.number: int = 0
        self._servers: OrderedDict[bytes, _Cipher] = OrderedDict()
        # Which replies have come, by the server and the number of the request.
        self._had: OrderedDict[tuple[bytes, int], set[int]] = OrderedDict()

    def seal(self, data: bytes) -> bytes:
        """Return a packet for the server; each has a number of its own, so send none twice."""
        return self.seal_numbered(data)[1]

    def seal_numbered(self, data: bytes) -> tuple[int, bytes]:
        """Return the number of a packet as well, by which ``open_numbered`` names what is a reply to it."""
        with self._lock:
            if self._process != os.getpid():
                self._begin()
            number = self.number
            self.number = number + 1
            name, cipher = self._name, self._cipher
        head = _REQUEST_HEAD.pack(_REQUEST, self._key_id, name, number, _now())
        return number, head + cipher.encrypt(_nonce(number, 0), data, head)

    def open(self, packet: bytes) -> bytes:
        """Return what a reply holds; raises PacketRefused if it is none to this client, or came before."""
        return self.open_numbered(packet)[1]

    def open_numbered(self, packet: bytes) -> tuple[int, bytes]:
        """Return the number of the packet that is answered as well."""
        if len(packet) < REPLY_OVERHEAD or packet[0] != _REPLY:
            raise PacketRefused("it is no sealed reply")
        head = packet[: _REPLY_HEAD.size]
        _, key_id, server, request, number = _REPLY_HEAD.unpack(head)
        with self._lock:
            if key_id != self._key_id or request >= self.number:
                raise PacketRefused("it answers nothing that was sent")
            if request < self.number - _REQUESTS_KEPT:
                raise PacketRefused(f"it answers a packet that was sent before the last {_REQUESTS_KEPT}")
            had = self._had.get((server, request), set())
            if number in had:
                raise PacketRefused("it came before")
            cipher = self._servers.get(server) or _derived(self._key, _FOR_REPLIES + self._name + server)
            data = _opened(cipher, _nonce(request, number), packet, head)
            if data is None:
                raise PacketRefused("it was not sealed for this client, or was changed")
            # Only now: who has no key changes nothing here.
            had.add(number)
            _keep(self._servers, server, cipher, _SERVERS_KEPT)
            _keep(self._had, (server, request), had, 2 * _REQUESTS_KEPT)
        return request, data


def _keep(kept: OrderedDict[_KeyT, _ValueT], key: _KeyT, value: _ValueT, most: int) -> None:
    """Keep a value, and no more than so many of those that were used last."""
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > most:
        kept.popitem(last=False)
