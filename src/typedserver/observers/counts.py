"""What has happened in servers, in plain numbers: what is counted for each, how workers' counts come to one sum.

It knows events by their numbers alone, and no package that shows them. Nothing here takes a lock: who counts does.
"""

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any, Final, TypeAlias, cast

DEFAULT_BUCKETS: Final = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0, 600.0, 3600.0)
"""Seconds: from a message that is answered at once to a connection that stays for an hour."""

# How a request ends whose worker has ended before it: no server has said how.
LOST: Final = "lost"

PlainCounts: TypeAlias = dict[str, Any]
"""The counts of one server as JSON has them: what ``Counts.plain`` returns."""

Key: TypeAlias = tuple[str, str]
"""Which server is meant: the text of its address, and what its requests are."""


class Seconds:
    """How long things took: how many fell between two bounds each, and the sum.

    bounds: of the buckets, rising, in seconds; what took longer than the last is in a bucket of its own.

    counts: of each bucket by itself; a bound belongs to the bucket below it. total: the sum of all seconds.
    """

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds: Sequence[float] = bounds
        self.counts: list[int] = [0] * (len(bounds) + 1)
        self.total: float = 0.0

    def add(self, seconds: float) -> None:
        """Note one more."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds


class Counts:
    """The counts of one server; all of them only grow.

    bounds: of the buckets of both histograms.

    accepted: requests that were accepted; counted in the thread of the server's loop alone.
    served: requests whose handler has returned. Their seconds are put down in ``ended`` by any thread, without a lock,
    and counted by ``fold``, many at once.
    unserved: requests that ended otherwise, by their outcome.
    refused: requests that were refused, by the reason.
    accept_failures: attempts to accept that failed.
    seconds: of requests. messages: the seconds of messages. failed_messages: how many of these have failed.
    """

    __slots__ = (
        "accept_failures",
        "accepted",
        "ended",
        "failed_messages",
        "messages",
        "refused",
        "seconds",
        "served",
        "unserved",
    )

    def __init__(self, bounds: Sequence[float]) -> None:
        self.accepted: int = 0
        self.served: int = 0
        self.ended: deque[float] = deque()
        self.unserved: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.accept_failures: int = 0
        self.seconds: Seconds = Seconds(bounds)
        self.messages: Seconds = Seconds(bounds)
        self.failed_messages: int = 0

    @property
    def finished(self) -> int:
        """How many requests are over."""
        return self.served + sum(self.unserved.values())

    @property
    def active(self) -> int:
        """How many requests were accepted and are not over."""
        # An observer may hear of the end of a request that had begun before it was asked.
        return max(0, self.accepted - self.finished)

    def fold(self) -> None:
        """Count the requests that were put down as served."""
        ended, lasted = self.ended, self.seconds
        counts, bounds, total = lasted.counts, lasted.bounds, lasted.total
        number = len(ended)
        # As ``Seconds.add``, without a call for each.
        for _ in range(number):
            seconds = ended.popleft()
            counts[bisect_left(bounds, seconds)] += 1
            total += seconds
        lasted.total = total
        self.served += number

    def plain(self) -> PlainCounts:
        """Return them as JSON has them."""
        # Before what was accepted is read: no more requests may seem to be over than have come.
        self.fold()
        return {
            "served": self.served,
            "accepted": self.accepted,
            "unserved": dict(self.unserved),
            "refused": dict(self.refused),
            "accept_failures": self.accept_failures,
            "seconds": [list(self.seconds.counts), self.seconds.total],
            "messages": [list(self.messages.counts), self.messages.total],
            "failed_messages": self.failed_messages,
        }

    def add(self, plain: PlainCounts) -> None:
        """Add the counts of another process, or another copy of these."""
        self.accepted += plain["accepted"]
        self.served += plain["served"]
        self.unserved.update(cast("dict[str, int]", plain["unserved"]))
        self.refused.update(cast("dict[str, int]", plain["refused"]))
        self.accept_failures += plain["accept_failures"]
        for own, (counts, total) in ((self.seconds, plain["seconds"]), (self.messages, plain["messages"])):
            own.counts = [mine + other for mine, other in zip(own.counts, counts, strict=True)]
            own.total += total
        self.failed_messages += plain["failed_messages"]

    def lose_active(self) -> None:
        """Note that nobody serves any more what is not over."""
        if self.active:
            self.unserved[LOST] += self.active


class Table:
    """The counts of several servers, by what names each.

    bounds: of the buckets.
    """

    __slots__ = ("_bounds", "_counts")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts: dict[Key, Counts] = {}

    def of(self, key: Key) -> Counts:
        """Return the counts of a server; the very same for the same name."""
        counts = self._counts.get(key)
        if counts is None:
            counts = self._counts[key] = Counts(self._bounds)
        return counts

    def put(self, key: Key, plain: PlainCounts) -> None:
        """Have a server's counts be these, which another process has counted."""
        counts = self._counts[key] = Counts(self._bounds)
        counts.add(plain)

    def items(self) -> list[tuple[Key, Counts]]:
        """Return all counts, with what names each."""
        return list(self._counts.items())

    def lose_active(self) -> None:
        """Note that nobody serves any more what is not over."""
        for counts in self._counts.values():
            counts.lose_active()

    def add(self, other: "Table") -> None:
        """Add all counts of another table."""
        for key, counts in other.items():
            self.of(key).add(counts.plain())
