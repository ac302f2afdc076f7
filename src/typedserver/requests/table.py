"""The table of the requests that are being served: which there are, since when, and which have no time left.

It knows requests by their identity, and one callback that ends one. Requests are added in the loop's thread and taken
out in any; a look at all of them copies the table first, which is one step of the interpreter.
"""

import math
import time
from collections.abc import Callable
from typing import Any, Final, Literal

from typedserver.protocols.strategies import LiveRequest

# A request that is still alive so many seconds after it was cut is cut again, and not before: its coroutine may have
# swallowed the error and be waiting for something else, or it is cleaning up.
_CUT_AGAIN: Final = 1.0

# A loop that sleeps is not woken again within so many seconds: a deadline is kept to that (as the timer wheel's is).
PUNCTUALITY: Final = 1 / 16

# A timer for the next cut may come that early.
_SOONEST: Final = _CUT_AGAIN - PUNCTUALITY


class Live:
    """A live request that nothing else is known of."""

    __slots__ = ("began", "client_address", "request")

    def __init__(self, request: object, client_address: object, began: float) -> None:
        self.request: Any = request
        self.client_address: Any = client_address
        self.began: float = began


class LiveRequests:
    """The table of live requests, and the deadlines that hold for each of them alike.

    total: seconds that each request may take; None: for ever.
    establish: seconds until it must be established, for the requests in ``establishing``.
    end: ends a request, given as it was accepted and with its client's address; from any thread.

    The deadline is the same for all, so the request that is due next is always the first in the table: one timer is
    enough.
    """

    __slots__ = ("_end", "_establish", "_total", "cut", "cut_addresses", "establishing", "requests")

    def __init__(self, total: float | None, establish: float | None, end: Callable[[object, object], object]) -> None:
        # By identity: comparing datagrams would compare their bytes.
        self.requests: dict[int, LiveRequest] = {}
        # The requests that the listener has still to establish.
        self.establishing: set[int] = set()
        # The requests that were cut and are not over yet, and when they may be cut again; and the clients of all that a
        # drain's deadline has cut.
        self.cut: dict[int, float] = {}
        self.cut_addresses: list[object] = []
        self._total = math.inf if total is None else total
        self._establish = math.inf if establish is None else establish
        self._end = end

    def forget(self, request: object) -> None:
        """Forget what else is known of a request that was taken out of the table."""
        self.establishing.discard(id(request))
        self.cut.pop(id(request), None)

    def cut_all(self) -> None:
        """Cut every request, because the server ends; ``cut_addresses`` holds whose they were.

        May be called again and again: one that was cut within the last second is left to its ``finally`` clauses.
        """
        for key in list(self.requests):
            self._cut_one(key, self.cut_addresses)

    def state_of(self, key: int) -> Literal["establishing", "serving", "ending"]:
        """Return where a live request stands, by its identity: in its handshake, with its handler, or cut."""
        if key in self.cut:
            return "ending"
        return "establishing" if key in self.establishing else "serving"

    def cut_one(self, key: int, began: float) -> bool:
        """Cut one request, because somebody has asked for it; returns whether it is still there. From any thread.

        key, began: its identity, and when it was accepted: another request may have got the identity since.
        """
        # As long as it is referred to here, no other object has its identity.
        live = self.requests.get(key)
        if live is None or live.began != began:
            return False
        self._cut_one(key)
        return True

    def note_cut(self, request: object) -> None:
        """Note that a request is ended by whoever calls this, because the server ends."""
        if id(request) in self.requests:
            self.cut.setdefault(id(request), time.monotonic() + _SOONEST)

    def _cut_one(self, key: int, addresses: list[object] | None = None) -> None:
        live = self.requests.get(key)
        if live is None:
            return
        now = time.monotonic()
        may_be_cut = self.cut.get(key)
        if may_be_cut is not None and now < may_be_cut:
            return
        self.cut[key] = now + _SOONEST
        # A request that was cut before and is still here has maybe gone on to wait for something else.
        if may_be_cut is None and addresses is not None:
            # Before it ends: after the last request another thread may ask for the report.
            addresses.append(live.client_address)
        self._end(live.request, live.client_address)
        if key not in self.requests:
            # It has ended meanwhile, and its end did not see the cut.
            self.cut.pop(key, None)

    def look(self) -> float | None:
        """Cut what is overdue; returns the seconds until more may be, None if nothing has a deadline."""
        now = time.monotonic()
        next_due = math.inf
        for key, live in list(self.requests.items()):
            due = live.began + (min(self._establish, self._total) if key in self.establishing else self._total)
            if due <= now:
                self._cut_one(key)
                next_due = min(next_due, now + _CUT_AGAIN)
            else:
                next_due = min(next_due, due)
                if not self.establishing:
                    break
        return None if next_due == math.inf else max(PUNCTUALITY, next_due - now)

    @property
    def first_look(self) -> float | None:
        """How many seconds after a request has come it must be looked at first; None: never."""
        first = min(self._establish, self._total)
        return None if first == math.inf else first


_conforms: type[LiveRequest] = Live
