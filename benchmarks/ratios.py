"""The arithmetic of comparisons: rounds, medians and spreads. It knows numbers, and nothing of what they stand for.

A figure of one run is worth little on a machine that changes its speed from minute to minute. What is compared is
therefore always of the same round, and we report the median of the rounds' ratios, with their quartiles.
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

DIGITS = 2
"""Decimals that we print and compare; no machine is quiet enough for a third."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Several values of one thing: their median, with the quartiles below and above it."""

    median: float
    low: float
    high: float
    rounds: int

    def __str__(self) -> str:
        return f"{self.median:.{DIGITS}f} ({self.low:.{DIGITS}f}-{self.high:.{DIGITS}f})"


def spread(values: Iterable[float]) -> Spread | None:
    """Return the median with the quartiles; None of nothing."""
    known = list(values)
    match len(known):
        case 0:
            return None
        case 1:
            low = median = high = known[0]
        case _:
            # Inclusive: the rounds are all there is, not a sample of them.
            low, median, high = statistics.quantiles(known, n=4, method="inclusive")
    return Spread(median, low, high, len(known))


def ratios(over: Sequence[float | None], under: Sequence[float | None]) -> Spread | None:
    """Divide round by round; a round in which either failed (None, or 0 to divide by) is left out."""
    pairs = zip(over, under, strict=False)
    return spread(one / other for one, other in pairs if one is not None and other)
