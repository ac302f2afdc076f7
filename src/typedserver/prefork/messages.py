"""The messages between a parent and its workers: progress and reports up, orders down.

What they mean, and how they are written for a channel; who sends them, and what is done then, is not known here.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final, cast

from typedserver.events import DrainReport
from typedserver.protocols.requests import Address

BEATS: Final = 4
"""How often within the seconds of a heartbeat a worker tells that its loop turns: one that is held up for most of them
has not hung yet."""

# How many addresses are told at once: far less than a message may have, also where each is the longest of a Unix path.
_ADDRESSES: Final = 32


class Progress(StrEnum):
    """What a worker tells of how far it has come.

    BEGUN: its loop has begun: whatever happens from now on, it has started.
    BEAT: its loop turns; told again and again, until it leaves.
    LEAVING: it accepts nothing more, and ends with what it has in hand.
    DRAINED: as it was ordered to, it has served all that there was for it; it only has to end.
    """

    BEGUN = "begun"
    BEAT = "beat"
    LEAVING = "leaving"
    DRAINED = "drained"


class Order(StrEnum):
    """What a parent orders its workers.

    SUSPEND, RESUME: to accept nothing, and to accept again.
    RELOAD: to take over what has changed outside.
    DRAIN: to serve what there is and then end; with the time until when that may take, by the monotonic clock, and what
    became of new clients of each server when the parent withdrew the listeners.
    """

    SUSPEND = "suspend"
    RESUME = "resume"
    RELOAD = "reload"
    DRAIN = "drain"


REPORT: Final = "report"
"""What a worker tells that has drained, in as many messages as it takes."""


def parts_of(report: DrainReport) -> Iterator[object]:
    """Divide a report into what is told about each REPORT: the numbers come first, then the addresses."""
    counts = report.served, report.from_queue, report.left
    for begin in range(0, max(1, len(report.cut)), _ADDRESSES):
        served, from_queue, left = (0, 0, 0) if begin else counts
        yield served, from_queue, report.cut[begin : begin + _ADDRESSES], left


def report_of(part: Any) -> DrainReport:
    """Read what was told about a REPORT; the parts are to be summed up."""
    served, from_queue, addresses, left = part
    return DrainReport(served, from_queue, tuple(map(_address_of, addresses)), left, 0.0)


def _address_of(told: object) -> Address:
    # JSON knows no tuples.
    return cast("Address", tuple(cast("list[object]", told)) if isinstance(told, list) else told)
