"""Admission: which requests are taken, by how many there are, whose they are, and how fast they come.

It knows addresses and counts, and nothing of sockets. The loop's thread asks; a place is given back in any thread.
"""

import threading
import time
from collections.abc import Sized

from typedserver.config import Limits
from typedserver.protocols.endpoints import Refusal
from typedserver.security.subscribers import subscriber_of


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

    __slots__ = ("_asked", "_limits", "_live", "_lock", "_peer", "_peers", "_per_peer", "_prefix", "_rate", "_refuses")

    def __init__(self, limits: Limits, live: Sized) -> None:
        self._limits = limits
        self._live = live
        self._per_peer = limits.per_peer
        self._prefix = limits.ipv6_prefix
        self._refuses = limits.over == "refuse"
        self._peers: dict[object, int] = {}
        # The last client that was asked about, by its address, and whose that is: mostly it is taken next.
        self._asked: object = None
        self._peer: object = None
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
        if self._refuses:
            limits = self._limits
            if limits.connections is not None and len(self._live) >= limits.connections:
                return "connections", limits.connections
            if self._rate is not None and limits.rate is not None and self._rate.wait() > 0:
                return "rate", limits.rate
        if self._per_peer is not None:
            peer = self._peer = subscriber_of(client_address, self._prefix)
            self._asked = client_address
            # No lock: only this thread takes places. What other threads give back meanwhile only makes room.
            if peer is not None and self._peers.get(peer, 0) >= self._per_peer:
                return "per_peer", self._per_peer
        return None

    def take(self, client_address: object) -> None:
        """Note that a request was taken; its place must be given back."""
        if self._rate is not None:
            self._rate.take()
        if self._per_peer is None:
            return
        peer = self._peer if client_address is self._asked else subscriber_of(client_address, self._prefix)
        if peer is not None:
            with self._lock:
                self._peers[peer] = self._peers.get(peer, 0) + 1

    def give_back(self, client_address: object) -> None:
        """Note that a request that was taken is over; from any thread."""
        if self._per_peer is None or (peer := subscriber_of(client_address, self._prefix)) is None:
            return
        with self._lock:
            left = self._peers[peer] - 1
            if left:
                self._peers[peer] = left
            else:
                # A peer without a request is forgotten: over time there may be millions of peers.
                del self._peers[peer]
