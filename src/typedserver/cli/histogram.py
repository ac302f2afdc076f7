"""How long requests took: a histogram of a fixed size, whatever comes. It knows numbers."""

import math
from collections.abc import Iterator
from typing import Final

# Buckets for each doubling: a bucket is 4 % wide, and so is the error of a percentile.
_STEPS: Final = 16

# Seconds of the first bucket: less than any answer takes.
_LEAST: Final = 1e-6

# Up to 4,000 s.
_BUCKETS: Final = 32 * _STEPS


class Histogram:
    """Counts of times, in buckets whose width grows with the time."""

    def __init__(self) -> None:
        self._counts = [0] * _BUCKETS
        self.count: int = 0
        self.most: float = 0.0

    def add(self, seconds: float) -> None:
        """Count a time."""
        self.count += 1
        self.most = max(self.most, seconds)
        place = int(math.log2(seconds / _LEAST) * _STEPS) if seconds > _LEAST else 0
        self._counts[min(place, _BUCKETS - 1)] += 1

    def percentile(self, percent: float) -> float:
        """Return the time within which so many of a hundred requests were answered; 0 if there were none."""
        wanted = math.ceil(self.count * percent / 100)
        so_far = 0
        for place, count in enumerate(self._counts):
            so_far += count
            if count and so_far >= wanted:
                return min(_end_of(place), self.most)
        return 0.0

    def doublings(self) -> Iterator[tuple[float, float, int]]:
        """Yield from when, until when, and how many, for each doubling of the time that has any between its ends."""
        counts = [sum(self._counts[start : start + _STEPS]) for start in range(0, _BUCKETS, _STEPS)]
        having = [place for place, count in enumerate(counts) if count]
        for place in range(having[0], having[-1] + 1) if having else ():
            yield _LEAST * 2**place, _LEAST * 2 ** (place + 1), counts[place]


def _end_of(place: int) -> float:
    return float(_LEAST * 2 ** ((place + 1) / _STEPS))
