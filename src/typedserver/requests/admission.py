"""Admission: which of the requests that come are taken, by how many there are, of whom, and how fast they come.

It knows addresses and counts, and nothing of sockets. Questions are asked in the loop's thread; a place is given back
in any.
"""

import socket
import threading
import time
from collections.abc import Sized
from typing import Any, Final

from typedserver.config import Limits

_IPV6_BYTES: Final = 16
_BYTE: Final = 8


class Rate:
    """So many a second, on the average of a second: who was idle for long may come at once, up to that many.

    A bucket of tokens: it fills with time, each request takes one.
    """

    __slots__ = ("_full", "_per_second", "_since", "_tokens")

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        # At least one, or nobody would ever be taken.
        self._full = max(1.0, per_second)
        self._tokens = self._full
        self._since = time.monotonic()

    def wait(self) -> float:
        """Return the seconds until the next may be taken; 0 where it may be now."""
        now = time.monotonic()
        self._tokens = min(self._full, self._tokens + (now - self._since) * self._per_second)
        self._since = now
        return max(0.0, (1.0 - self._tokens) / self._per_second)

    def take(self) -> None:
        """Take note that one was taken."""
        self._tokens -= 1.0


class Admission:
    """Says of each request whether it is taken, for limits that can not be had by accepting nothing.

    live: the requests that are being served.
    """

    __slots__ = ("_limits", "_live", "_lock", "_peers", "_rate")

    def __init__(self, limits: Limits, live: Sized) -> None:
        self._limits = limits
        self._live = live
        self._peers: dict[object, int] = {}
        self._rate = Rate(limits.rate) if limits.rate is not None and limits.over == "refuse" else None
        # A count that is changed in many threads takes more than one step.
        self._lock = threading.Lock()

    @staticmethod
    def is_needed(limits: Limits) -> bool:
        """Whether there is anything to be asked of each request."""
        refuses = limits.over == "refuse" and (limits.connections is not None or limits.rate is not None)
        return refuses or limits.per_peer is not None

    def refusal(self, client_address: Any) -> str | None:
        """Return why this one is refused; None where it may be taken."""
        limits = self._limits
        if limits.over == "refuse" and limits.connections is not None and len(self._live) >= limits.connections:
            return f"there are {limits.connections} already: Limits(connections=)"
        if self._rate is not None and self._rate.wait() > 0:
            return f"more than {limits.rate:g} come a second: Limits(rate=)"
        if limits.per_peer is not None and (peer := self._peer(client_address)) is not None:
            # What others give back meanwhile only makes room: whoever takes is the one who asks.
            count = self._peers.get(peer, 0)
            if count >= limits.per_peer:
                return f"its peer has {count} already: Limits(per_peer=)"
        return None

    def take(self, client_address: Any) -> None:
        """Take note that one was taken; its place is to be given back."""
        if self._rate is not None:
            self._rate.take()
        if self._limits.per_peer is not None and (peer := self._peer(client_address)) is not None:
            with self._lock:
                self._peers[peer] = self._peers.get(peer, 0) + 1

    def give_back(self, client_address: Any) -> None:
        """Take note that one that was taken is over; from any thread."""
        if self._limits.per_peer is None or (peer := self._peer(client_address)) is None:
            return
        with self._lock:
            left = self._peers[peer] - 1
            if left:
                self._peers[peer] = left
            else:
                # Who has none is forgotten: of all that ever came there may be millions.
                del self._peers[peer]

    def forget_all(self) -> None:
        """Forget all, in a forked process: they are the parent's, and so was the lock."""
        self._peers.clear()
        self._lock = threading.Lock()

    def _peer(self, client_address: Any) -> object:
        # Of a Unix socket's peers mostly nothing is known but that they are on this machine.
        if isinstance(client_address, str):
            return None
        host: object = client_address[0]
        if not isinstance(host, str) or ":" not in host:
            return host
        try:
            packed = socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
        except OSError:
            return host
        spare = _IPV6_BYTES * _BYTE - self._limits.ipv6_prefix
        return int.from_bytes(packed, "big") >> spare
