"""SealedClient: what seals the requests to a server of ``Sealed``, and opens its replies.

It knows packets, its key and in which process it is, no socket and no server.
"""

import threading
from collections import OrderedDict
from typing import Final, TypeVar

from typedserver.errors import PacketRefused
from typedserver.process.inheritance import generation
from typedserver.security.sealed_packets import (
    REPLY,
    REPLY_HEAD,
    REPLY_OVERHEAD,
    REQUEST,
    REQUEST_HEAD,
    Cipher,
    check_keys,
    cipher_of_replies,
    cipher_of_requests,
    cryptography,
    new_name,
    now,
    opened,
    sealed,
)

# How many servers' keys a client keeps: one that is restarted has another name.
_SERVERS_KEPT: Final = 16

# For how many of the last requests a client knows which replies have come: whoever waits longer asks again.
_REQUESTS_KEPT: Final = 1024

_KeyT = TypeVar("_KeyT")
_ValueT = TypeVar("_ValueT")


class _Life:
    """A client in one process: its name there, and what it has counted; from any thread.

    number: of the next packet.
    """

    __slots__ = ("_cipher", "_had", "_key", "_key_id", "_lock", "_name", "_servers", "number")

    def __init__(self, key: bytes, key_id: int) -> None:
        self._key = key
        self._key_id = key_id
        self._name = new_name()
        self._cipher = cipher_of_requests(key, self._name)
        self._lock = threading.Lock()
        self.number: int = 0
        self._servers: OrderedDict[bytes, Cipher] = OrderedDict()
        # Which replies have come to which request: of each the server and its number.
        self._had: OrderedDict[int, set[tuple[bytes, int]]] = OrderedDict()

    def seal(self, data: bytes) -> tuple[int, bytes]:
        """Return the number of a packet, and the packet."""
        with self._lock:
            number = self.number
            self.number = number + 1
        head = REQUEST_HEAD.pack(REQUEST, self._key_id, self._name, number, now())
        return number, sealed(self._cipher, head, number, data)

    def open(self, packet: bytes) -> tuple[int, bytes]:
        """Return the number of the request that a reply answers, and what it holds."""
        if len(packet) < REPLY_OVERHEAD or packet[0] != REPLY:
            raise PacketRefused("it is no sealed reply")
        head = packet[: REPLY_HEAD.size]
        # As in ``Seals.open``.
        key_id: int
        server: bytes
        request: int
        number: int
        _, key_id, server, request, number = REPLY_HEAD.unpack(head)
        with self._lock:
            if key_id != self._key_id or request >= self.number:
                raise PacketRefused("it answers nothing that was sent")
            if request < self.number - _REQUESTS_KEPT:
                raise PacketRefused(f"it answers a packet that was sent before the last {_REQUESTS_KEPT}")
            had = self._had.get(request) or set()
            if (server, number) in had:
                raise PacketRefused("it came before")
            cipher = self._servers.get(server) or cipher_of_replies(self._key, self._name, server)
            data = opened(cipher, head, request, packet, number)
            if data is None:
                raise PacketRefused("it was not sealed for this client, or was changed")
            # Only now: who has no key changes nothing here.
            had.add((server, number))
            _keep(self._servers, server, cipher, _SERVERS_KEPT)
            # Twice as many, because what was answered last need not be what was asked last: so none of the last is
            # forgotten.
            _keep(self._had, request, had, 2 * _REQUESTS_KEPT)
        return request, data


class SealedClient:
    """Seals what is sent to a server of ``Sealed``, and opens its replies. It does no I/O; see ``SealedSocket``.

    key: the shared key, 32 random bytes. key_id: its number at the server.

    It may be used from any thread, and after a fork in both processes: in each it is a sender of its own. Raises
    RecipeError for a key that cannot work, CompositionError if ``cryptography`` is not installed.
    """

    def __init__(self, key: bytes, key_id: int = 0) -> None:
        self._key = check_keys("SealedClient", "key", {key_id: key})[key_id]
        self._key_id = key_id
        cryptography()
        # By the generation of forks, which no two processes of a line share, as they may share a pid. A child that
        # counted on under its parent's name would use its nonces once more, and may find its lock held for ever.
        self._lives: dict[int, _Life] = {}
        self._life()

    def __repr__(self) -> str:
        return f"SealedClient(key_id={self._key_id})"

    def _life(self) -> _Life:
        life = self._lives.get(generation())
        # One step, because several threads may be the first in a child.
        return life or self._lives.setdefault(generation(), _Life(self._key, self._key_id))

    def seal(self, data: bytes) -> bytes:
        """Return a packet for the server; each has a number of its own, so send none twice."""
        return self._life().seal(data)[1]

    def seal_numbered(self, data: bytes) -> tuple[int, bytes]:
        """Return the number of a packet as well, by which ``open_numbered`` names what is a reply to it."""
        return self._life().seal(data)

    def open(self, packet: bytes) -> bytes:
        """Return what a reply holds; raises PacketRefused if it is none to this client, or came before."""
        return self._life().open(packet)[1]

    def open_numbered(self, packet: bytes) -> tuple[int, bytes]:
        """Return the number of the packet that is answered as well."""
        return self._life().open(packet)


def _keep(kept: OrderedDict[_KeyT, _ValueT], key: _KeyT, value: _ValueT, most: int) -> None:
    """Keep a value, and no more than so many of those that were used last."""
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > most:
        kept.popitem(last=False)
