"""What a server of sealed packets lets in, each packet once, and what seals its replies.

It knows packets, the keys and the time, no socket and no client.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, TypeAlias

from typedserver.errors import PacketRefused
from typedserver.process.inheritance import generation
from typedserver.security.sealed_packets import (
    OVERHEAD,
    REPLY,
    REPLY_HEAD,
    REQUEST,
    REQUEST_HEAD,
    SECOND,
    Cipher,
    Keys,
    check_keys,
    cipher_of_replies,
    cipher_of_requests,
    cryptography,
    new_name,
    now,
    opened,
    sealed,
)

# How many replies to one request are numbered.
_MOST_REPLIES: Final = 2**32 - 1

SealReply: TypeAlias = Callable[[bytes], bytes]
"""Seals a reply to the request that it came with."""


class _Replies:
    """Seals the replies to one request; from any thread, but each number is taken once."""

    __slots__ = ("_cipher", "_head", "_lock", "_number", "_request")

    def __init__(self, cipher: Cipher, head: tuple[int, bytes], request: int) -> None:
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
        head = REPLY_HEAD.pack(REPLY, key_id, name, self._request, number)
        return sealed(self._cipher, head, self._request, data, number)


class Sender:
    """A sender whose packets were let in, and which of them.

    last: when one came last, by the clock. stamped: the latest time that one was sealed at, by the sender's clock.
    highest: the highest number that was let in; seen: a bit for each of the numbers below, the lowest bit for the
    highest.
    """

    __slots__ = ("cipher", "highest", "last", "replies", "seen", "stamped")

    def __init__(self, cipher: Cipher, replies: Cipher) -> None:
        self.cipher: Cipher = cipher
        self.replies: Cipher = replies
        self.highest: int = -1
        self.seen: int = 0
        self.last: int = 0
        self.stamped: int = 0

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
    """What a server has let in; in the loop's thread, but ``reload`` from any.

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
        # What was stamped before may have been let in by a process that is gone.
        self.began: int = now()
        # By the key itself, not by its number: keys that come back are the same keys. The sender that has been silent
        # for longest comes first.
        self.known: OrderedDict[tuple[bytes, bytes], Sender] = OrderedDict()
        self._take_name()

    def _load(self) -> dict[int, bytes]:
        source = self._source
        return check_keys("Sealed", "keys", source() if callable(source) else source)

    def _take_name(self) -> None:
        self._generation = generation()
        self._name = new_name()
        for (key, name), sender in self.known.items():
            sender.replies = cipher_of_replies(key, name, self._name)

    def reload(self) -> None:
        """Ask for the keys anew; what was sealed by one that is gone is refused from now on.

        The senders stay known, because the key may come back while what they have sent could still be sent again.
        """
        self._keys = self._load()

    def open(self, packet: bytes) -> tuple[int, bytes, SealReply]:
        """Return the number of the key, what the packet holds, and what seals replies to it.

        Raises PacketRefused for a packet that is not whole, not authentic, too old, or came before.
        """
        if len(packet) < OVERHEAD or packet[0] != REQUEST:
            raise PacketRefused("it is no sealed packet")
        if self._generation != generation():
            # A copy that a fork has made would seal its replies by the nonces of the process that it is a copy of.
            self._take_name()
        head = packet[: REQUEST_HEAD.size]
        # Unpacked by the form of the head, which is unpacked into objects of any type.
        key_id: int
        name: bytes
        number: int
        stamp: int
        _, key_id, name, number, stamp = REQUEST_HEAD.unpack(head)
        key = self._keys.get(key_id)
        if key is None:
            raise PacketRefused(f"there is no key {key_id}")
        time = now()
        if abs(time - stamp) > self._validity * SECOND:
            raise PacketRefused(
                f"its time differs by {(stamp - time) / SECOND:+.1f} s, and {self._validity:g} s are allowed"
            )
        if stamp < self.began:
            raise PacketRefused(
                "it is older than this server, or than one it has forgotten, so it may have come before"
            )
        who = (key, name)
        sender = self.known.get(who)
        if sender is not None and (had := sender.has_had(number, self._window)) is not None:
            raise PacketRefused(had)
        cipher = cipher_of_requests(key, name) if sender is None else sender.cipher
        data = opened(cipher, head, number, packet)
        if data is None:
            raise PacketRefused(f"it was not sealed by key {key_id}, or was changed")
        # Only now: who has no key changes nothing here, and costs no more than this.
        if sender is None:
            self._make_room(time)
            sender = self.known[who] = Sender(cipher, cipher_of_replies(key, name, self._name))
        sender.take(number, self._window)
        sender.last = time
        sender.stamped = max(sender.stamped, stamp)
        self.known.move_to_end(who)
        return key_id, data, _Replies(sender.replies, (key_id, self._name), number).seal

    def _make_room(self, time: int) -> None:
        """Forget a sender if as many are known as may be; raises PacketRefused if all of them must be remembered."""
        if len(self.known) < self._most:
            return
        who, sender = next(iter(self.known.items()))
        # What was let in then is too old by now, so it cannot come again.
        if time - sender.last <= 2 * self._validity * SECOND:
            raise PacketRefused(
                f"{self._most} senders are known, none of which may be forgotten yet: raise Sealed(senders=)"
            )
        # Unless the clock is set back: so nothing that old is let in from whomever.
        self.began = max(self.began, sender.stamped + 1)
        del self.known[who]
