"""How long requests took: a histogram of a fixed size, whatever comes. It knows numbers.

Nothing here takes a lock: a time may be counted in a signal handler that has interrupted this very addition, and a lock
would wait for itself. Each addition is one to an element of a list, between whose read and write CPython runs nothing
else while it has its global lock.
"""

import math
from collections.abc import Iterator, Mapping
from math import log2
from typing import Final, Self

# Buckets for each doubling: a bucket is 4 % wide, and so is the error of a percentile.
_STEPS: Final = 16

# Seconds of the first bucket: less than any answer takes.
_LEAST: Final = 1e-6

_PER_LEAST: Final = 1 / _LEAST

# Up to 4,000 s.
_BUCKETS: Final = 32 * _STEPS


class Histogram:
    """Counts of times, in buckets whose width grows with the time.

    buckets: how many times are in each. count: how many there are in all. most: the longest.
    """

    __slots__ = ("buckets", "count", "most")

    def __init__(self) -> None:
        self.buckets: list[int] = [0] * _BUCKETS
        self.count: int = 0
        self.most: float = 0.0

    def add(self, seconds: float) -> None:
        """Count a time."""
        self.count += 1
        # Without min and max: their calls would cost more than all of the rest.
        if seconds > self.most:  # noqa: PLR1730 - see above
            self.most = seconds
        place = int(log2(seconds * _PER_LEAST) * _STEPS) if seconds > _LEAST else 0
        self.buckets[place if place < _BUCKETS else _BUCKETS - 1] += 1

    def merge(self, other: "Histogram") -> None:
        """Count what another one has counted as well."""
        for place, count in enumerate(other.buckets):
            if count:
                self.buckets[place] += count
        self.count += other.count
        self.most = max(self.most, other.most)

    def since(self, earlier: "Histogram") -> "Histogram":
        """Return what was counted since an earlier copy; what has got less, because a process has gone, counts as 0."""
        found = Histogram()
        for place, count in enumerate(self.buckets):
            found.buckets[place] = max(0, count - earlier.buckets[place])
        found.count = sum(found.buckets)
        highest = max((place for place, count in enumerate(found.buckets) if count), default=0)
        found.most = min(self.most, _end_of(highest)) if found.count else 0.0
        return found

    def places(self) -> dict[str, int]:
        """Return the buckets that are not empty, by their numbers as text: JSON has no other keys."""
        return {str(place): count for place, count in enumerate(self.buckets) if count}

    @classmethod
    def of_places(cls, places: Mapping[str, int], most: float) -> Self:
        """Make one of what ``places`` and ``most`` of another one were."""
        made = cls()
        for place, count in places.items():
            made.buckets[int(place)] = count
        made.count, made.most = sum(made.buckets), most
        return made

    def percentile(self, percent: float) -> float:
        """Return the time within which so many of a hundred requests were answered; 0 if there were none."""
        wanted = math.ceil(self.count * percent / 100)
        so_far = 0
        for place, count in enumerate(self.buckets):
            so_far += count
            if count and so_far >= wanted:
                return min(_end_of(place), self.most)
        return 0.0

    def doublings(self) -> Iterator[tuple[float, float, int]]:
        """Yield from when, until when, and how many, for each doubling of the time that has any between its ends."""
        counts = [sum(self.buckets[start : start + _STEPS]) for start in range(0, _BUCKETS, _STEPS)]
        having = [place for place, count in enumerate(counts) if count]
        for place in range(having[0], having[-1] + 1) if having else ():
            yield _LEAST * 2**place, _LEAST * 2 ** (place + 1), counts[place]


def _end_of(place: int) -> float:
    return float(_LEAST * 2 ** ((place + 1) / _STEPS))
