"""The messages between a parent and its workers: progress and reports up, orders down.

Their meaning and their form stand here; who sends one, and what is done then, is not known here.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final, cast

from typedserver.events import DrainReport
from typedserver.recipes import shown

BEATS: Final = 4
"""How many beats a worker sends within the seconds of a heartbeat: a loop that is blocked for most of them has not hung
yet."""

# How many addresses are in one message: far fewer than fit, even if each is the longest possible Unix path.
_ADDRESSES: Final = 32


class Progress(StrEnum):
    """What a worker reports of its progress.

    BEGUN: its loop has begun: whatever happens from now on, it has started.
    FAILED: it cannot serve: what its server needs to begin, its lifespan say, has failed.
    BEAT: its loop turns; sent again and again, until the worker leaves.
    LEAVING: it accepts nothing more, and ends with what it has in hand.
    DRAINED: it has served everything, as it was ordered to; it only has to end.
    """

    BEGUN = "begun"
    FAILED = "failed"
    BEAT = "beat"
    LEAVING = "leaving"
    DRAINED = "drained"


class Order(StrEnum):
    """What a parent orders a worker to do.

    SUSPEND, RESUME: accept nothing, and accept again.
    RELOAD: take over what has changed outside.
    ASK: answer a question, whose number and text come with it.
    DRAIN: serve what there is and then end. With it come the time at which that must be over, by the monotonic clock,
    and what became of new clients of each server when the parent withdrew the listeners.
    """

    SUSPEND = "suspend"
    RESUME = "resume"
    RELOAD = "reload"
    DRAIN = "drain"
    ASK = "ask"


ANSWER: Final = "answer"
"""What a worker sends when it was asked, in as many messages as it takes: its process, the question's number, and a
part of the answer; None for a part ends it."""

REPORT: Final = "report"
"""What a worker sends when it has drained, in as many messages as it takes."""

ACCOUNT: Final = "account"
"""What a worker sends of what its observers have heard: the number of one of them, and a part of its account."""


def parts_of(report: DrainReport) -> Iterator[object]:
    """Divide a report into the parts of REPORT messages: the first has the numbers, each has some of the addresses."""
    counts = report.served, report.from_queue, report.left
    for begin in range(0, max(1, len(report.cut)), _ADDRESSES):
        served, from_queue, left = (0, 0, 0) if begin else counts
        yield served, from_queue, [_plain(each) for each in report.cut[begin : begin + _ADDRESSES]], left


def _plain(client: object) -> object:
    # A Delivery is no JSON, and its key may be anything.
    return cast("object", client) if isinstance(client, str | tuple) else shown(client)


def report_of(part: Any) -> DrainReport:  # noqa: ANN401 - JSON that the other process wrote
    """Read a part of a REPORT; the sum of all parts is the report."""
    served, from_queue, addresses, left = part
    return DrainReport(served, from_queue, tuple(map(_address_of, addresses)), left, 0.0)


def _address_of(read: object) -> object:
    # JSON knows no tuples.
    return tuple(cast("list[object]", read)) if isinstance(read, list) else read
