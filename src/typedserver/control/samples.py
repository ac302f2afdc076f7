"""How fast it goes just now: copies of the counts, one a second, and what has come between two of them.

It knows counts and times. It keeps a minute, whatever happens.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from typedserver.control.said import Latencies, Rates, Times
from typedserver.requests.counts import Counts
from typedserver.requests.histogram import Histogram

# Seconds over which a rate is averaged: long enough for a steady figure, short enough to see a change.
_RATE_OVER: Final = 10

# Seconds whose times the percentiles are of: a percentile of the last second would jump.
_TIMES_OVER: Final = 60


@dataclass(frozen=True, slots=True)
class _Sample:
    when: float
    requests: int
    refused: int
    request_seconds: Histogram
    message_seconds: Histogram


def _sample_of(when: float, counts: Counts) -> _Sample:
    return _Sample(
        when,
        counts.requests.count,
        sum(counts.refusals.values()),
        counts.requests,
        counts.messages,
    )


class Samples:
    """The counts of the last minute.

    began: when counting began, by the monotonic clock.
    """

    __slots__ = ("_kept",)

    def __init__(self, began: float) -> None:
        self._kept = deque([_sample_of(began, Counts())], maxlen=_TIMES_OVER + 1)

    def add(self, when: float, counts: Counts) -> None:
        """Keep counts, which nobody changes any more."""
        self._kept.append(_sample_of(when, counts))

    def rates(self) -> Rates:
        """Return how many requests, messages and refusals there were a second."""
        now, before = self._kept[-1], self._kept[max(0, len(self._kept) - 1 - _RATE_OVER)]
        seconds = max(now.when - before.when, 1e-9)
        return {
            "requests": max(0, now.requests - before.requests) / seconds,
            "messages": max(0, now.message_seconds.count - before.message_seconds.count) / seconds,
            "refused": max(0, now.refused - before.refused) / seconds,
        }

    def latencies(self) -> Latencies:
        """Return the median, the 99th percentile and the most seconds of requests and messages."""
        now, before = self._kept[-1], self._kept[0]
        return {
            "requests": _summary(now.request_seconds.since(before.request_seconds)),
            "messages": _summary(now.message_seconds.since(before.message_seconds)),
        }


def _summary(times: Histogram) -> Times:
    return {"count": times.count, "p50": times.percentile(50), "p99": times.percentile(99), "most": times.most}
