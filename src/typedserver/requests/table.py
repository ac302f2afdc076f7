"""The requests that are being served: which there are, since when, and which of them have no more time.

It knows them by their identity, and one callback that ends one. Requests are added in the loop's thread and taken out
in any; a look at all of them copies the table first, which is one step of the interpreter.
"""

import math
import time
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from typedserver.protocols.requests import Address

LiveRequest: TypeAlias = tuple[Any, Any, float]
"""The request as it was accepted, its client's address, and when that was by the monotonic clock."""

# Who was cut and is still here is cut again so many seconds later: a coroutine that has found the end of its connection
# may wait for something else.
_CUT_AGAIN: Final = 1.0

# Below it a loop that sleeps is not woken again: a deadline is kept to so many seconds (as the timer wheel's).
PUNCTUALITY: Final = 1 / 16


class LiveRequests:
    """The table of live requests, and the deadlines that hold for each of them alike.

    total: seconds that each may take; None: for ever.
    establish: seconds until it is established, of those that ``establishing`` holds.
    end: ends one, given the request as it was accepted and its client's address; from any thread.

    All that wait longest are first in the table, for the time is the same for all: one timer is enough.
    """

    __slots__ = ("_end", "_establish", "_total", "cut", "cut_addresses", "establishing", "requests")

    def __init__(self, total: float | None, establish: float | None, end: Callable[[Any, Any], object]) -> None:
        # By identity: to compare datagrams would be to compare their bytes.
        self.requests: dict[int, LiveRequest] = {}
        # Those of them that the listener still works on; only where it does something then.
        self.establishing: set[int] = set()
        # Those that were cut and are not over yet, and the clients of all that the end of the server has cut.
        self.cut: set[int] = set()
        self.cut_addresses: list[Address] = []
        self._total = math.inf if total is None else total
        self._establish = math.inf if establish is None else establish
        self._end = end

    def forget(self, request: Any) -> None:
        """Forget what else was noted of a request that was taken out of the table."""
        self.establishing.discard(id(request))
        self.cut.discard(id(request))

    def forget_all(self) -> None:
        """Forget all, in a forked process: they are the parent's."""
        self.requests.clear()
        self.establishing.clear()
        self.cut.clear()

    def cut_all(self) -> None:
        """Cut all that there are, because the server ends; ``cut_addresses`` tells whose they were."""
        for key in list(self.requests):
            self._cut_one(key, self.cut_addresses)

    def _cut_one(self, key: int, addresses: list[Address] | None = None) -> None:
        live = self.requests.get(key)
        if live is None:
            return
        if key in self.cut:
            # Told once and still here: it has gone on to wait for something else, maybe.
            self._end(live[0], live[1])
            return
        self.cut.add(key)
        if addresses is not None:
            # Before it ends: with the last one the report is asked for, maybe in another thread.
            addresses.append(live[1])
        self._end(live[0], live[1])
        if key not in self.requests:
            # It ended meanwhile, and nobody asks any more.
            self.cut.discard(key)

    def look(self) -> float | None:
        """Cut what is overdue; returns the seconds until more may be, None where nothing has a deadline."""
        now = time.monotonic()
        next_due = math.inf
        for key, (_, _, began) in list(self.requests.items()):
            due = began + (min(self._establish, self._total) if key in self.establishing else self._total)
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
        """How many seconds after a request came it is to be looked at first; None: never."""
        first = min(self._establish, self._total)
        return None if first == math.inf else first
