"""Attempts: how often each peer has failed to say who it is, for a while.

They know addresses and the monotonic clock, nothing of sockets. Failures are noted in whatever thread one happens; the
loop's thread asks at each accept.
"""

import threading
import time
from collections import OrderedDict
from typing import Final

from typedserver.config import DEFAULT_IPV6_PREFIX
from typedserver.security.subscribers import subscriber_of

# How many addresses are remembered, so that who has many cannot fill the memory: each costs half a kilobyte. If
# there are more, the one whose last failure is the longest ago is forgotten.
MOST_ADDRESSES: Final = 10_000


class Attempts:
    """Counts failures by address.

    most: how many failures an address may have within the window; None: any number, and nothing is counted.
    window: seconds.
    """

    __slots__ = ("_failures", "_lock", "_most", "_window")

    def __init__(self, most: int | None, window: float) -> None:
        self._most = most
        self._window = window
        # The times of each peer's failures, the peer that has failed last at the end.
        self._failures: OrderedDict[object, list[float]] = OrderedDict()
        # To find a peer, move it and forget another takes more than one step.
        self._lock = threading.Lock()

    def failed(self, client_address: object) -> None:
        """Note a failure; from any thread."""
        peer = _peer_of(client_address)
        if self._most is None or peer is None:
            return
        with self._lock:
            times = self._failures.get(peer)
            if times is None:
                times = self._failures[peer] = []
                if len(self._failures) > MOST_ADDRESSES:
                    self._failures.popitem(last=False)
            times.append(time.monotonic())
            # The last of them decide.
            del times[: -self._most]
            self._failures.move_to_end(peer)

    def is_refused(self, client_address: object) -> bool:
        """Return whether a peer has failed too often to be heard now; from any thread."""
        # Most servers have nobody who fails: then there is nothing to look up.
        if not self._failures or (peer := _peer_of(client_address)) is None:
            return False
        with self._lock:
            times = self._failures.get(peer)
            if times is None:
                return False
            now = time.monotonic()
            if now - times[-1] >= self._window:
                # The last is the longest ago, so none of them counts any more.
                del self._failures[peer]
                return False
            return len(times) == self._most and now - times[0] < self._window

    def __len__(self) -> int:
        """Return how many addresses are remembered."""
        return len(self._failures)


def _peer_of(client_address: object) -> object:
    return subscriber_of(client_address, DEFAULT_IPV6_PREFIX)
