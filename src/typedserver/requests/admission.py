"""Admission: which requests are taken, by how many there are, whose they are, and how fast they come.

It knows addresses and counts, and nothing of sockets. The loop's thread asks; a place is given back in any thread.
"""

import socket
import threading
import time
from collections.abc import Sized
from typing import Final, cast

from typedserver.config import Limits
from typedserver.protocols.endpoints import Refusal

_IPV6_BYTES: Final = 16
_BYTE: Final = 8

# What an IPv6 address begins with if its last four bytes are an IPv4 address: one that the kernel has mapped (RFC 4291,
# 2.5.5.2), or one that a translator has, at a site that speaks IPv6 only (RFC 6052, 2.1).
_IPV4_PREFIXES: Final = (bytes(10) + b"\xff\xff", b"\x00\x64\xff\x9b" + bytes(8))
_IPV4_AT: Final = 12

# fe80::/10, the addresses that mean something on their own link alone (RFC 4291, 2.5.6).
_LINK_LOCAL: Final = b"\xfe\x80"
_LINK_LOCAL_MASK: Final = 0xC0


class Rate:
    """So many a second, on the average of a second: after an idle time up to that many may come at once.

    A token bucket: it fills with time, and each request takes one token.
    """

    __slots__ = ("_full", "_per_second", "_since", "_tokens")

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        # At least one token, or no request would ever be taken.
        self._full = max(1.0, per_second)
        self._tokens = self._full
        self._since = time.monotonic()

    def wait(self) -> float:
        """Return the seconds until the next request may be taken; 0 if it may be now."""
        now = time.monotonic()
        self._tokens = min(self._full, self._tokens + (now - self._since) * self._per_second)
        self._since = now
        return max(0.0, (1.0 - self._tokens) / self._per_second)

    def take(self) -> None:
        """Note that a request was taken."""
        self._tokens -= 1.0


class Admission:
    """Decides for each request whether it is taken, for those limits that a pause in accepting cannot keep.

    live: the requests that are being served.
    """

    __slots__ = ("_limits", "_live", "_lock", "_peers", "_rate")

    def __init__(self, limits: Limits, live: Sized) -> None:
        self._limits = limits
        self._live = live
        self._peers: dict[object, int] = {}
        self._rate = Rate(limits.rate) if limits.rate is not None and limits.over == "refuse" else None
        # To change a count that many threads change takes more than one step.
        self._lock = threading.Lock()

    @staticmethod
    def is_needed(limits: Limits) -> bool:
        """Whether any limit must be looked at for each request."""
        refuses = limits.over == "refuse" and (limits.connections is not None or limits.rate is not None)
        return refuses or limits.per_peer is not None

    def refusal(self, client_address: object) -> tuple[Refusal, float] | None:
        """Return which limit refuses a request, and its value; None if the request may be taken."""
        limits = self._limits
        if limits.over == "refuse" and limits.connections is not None and len(self._live) >= limits.connections:
            return "connections", limits.connections
        if self._rate is not None and limits.rate is not None and self._rate.wait() > 0:
            return "rate", limits.rate
        if limits.per_peer is not None and (peer := self._peer(client_address)) is not None:
            # No lock: only this thread takes places. What other threads give back meanwhile only makes room.
            count = self._peers.get(peer, 0)
            if count >= limits.per_peer:
                return "per_peer", limits.per_peer
        return None

    def take(self, client_address: object) -> None:
        """Note that a request was taken; its place must be given back."""
        if self._rate is not None:
            self._rate.take()
        if self._limits.per_peer is not None and (peer := self._peer(client_address)) is not None:
            with self._lock:
                self._peers[peer] = self._peers.get(peer, 0) + 1

    def give_back(self, client_address: object) -> None:
        """Note that a request that was taken is over; from any thread."""
        if self._limits.per_peer is None or (peer := self._peer(client_address)) is None:
            return
        with self._lock:
            left = self._peers[peer] - 1
            if left:
                self._peers[peer] = left
            else:
                # A peer without a request is forgotten: over time there may be millions of peers.
                del self._peers[peer]

    def _peer(self, client_address: object) -> object:
        # A peer of a Unix socket mostly has no address; it is on this machine.
        if not isinstance(client_address, tuple):
            return None
        address = cast("tuple[object, ...]", client_address)
        host = address[0]
        if not isinstance(host, str) or ":" not in host:
            return host
        return _ipv6_peer(host, address[3:], self._limits.ipv6_prefix)


def _ipv6_peer(host: str, scope: tuple[object, ...], prefix: int) -> object:
    """Return who an IPv6 address belongs to.

    A prefix stands for a subscriber, who has all its addresses, so it identifies a peer only where each subscriber has
    one of his own. An IPv4 address that is written as an IPv6 one is that IPv4 peer. On a link all hosts have one
    prefix, so each address is a peer, on the link that its scope names: two links may have the same address.
    """
    address, _, zone = host.partition("%")
    try:
        packed = socket.inet_pton(socket.AF_INET6, address)
    except OSError:
        return host
    if packed.startswith(_IPV4_PREFIXES):
        return socket.inet_ntop(socket.AF_INET, packed[_IPV4_AT:])
    if packed[0] == _LINK_LOCAL[0] and packed[1] & _LINK_LOCAL_MASK == _LINK_LOCAL[1]:
        return packed, scope or zone
    return int.from_bytes(packed, "big") >> (_IPV6_BYTES * _BYTE - prefix)
