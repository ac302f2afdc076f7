"""What a server counts of its requests: how they ended, how long they took, and how many were refused.

It knows outcomes and times. What counts here is called for each request, so it makes nothing: an event costs a
microsecond, and these counts a third of that. As in ``histogram.py``, nothing takes a lock.
"""

from collections.abc import Mapping
from typing import Any, Final, Self, cast, get_args

from typedserver.events import Outcome
from typedserver.protocols.endpoints import Refusal
from typedserver.requests.histogram import Histogram

# Compared by identity: an Enum's hash is a function of Python's.
_SERVED: Final = Outcome.SERVED
_SERVED_WORD: Final = Outcome.SERVED.value


class Counts:
    """What was counted since it was made.

    with_messages: whether each message of a connection is counted as well, which costs a message some microseconds:
    what would answer it without these counts cannot.

    outcomes: how many requests have come to each end, by its word (``Outcome``).
    refusals: how many were refused, by the reason (``Refusal``).
    requests: the seconds of each request that is over. messages: those of each message of a connection.
    failed_messages: how many messages have failed.
    """

    __slots__ = ("failed_messages", "messages", "outcomes", "refusals", "requests", "with_messages")

    def __init__(self, *, with_messages: bool = False) -> None:
        self.with_messages: bool = with_messages
        self.requests: Histogram = Histogram()
        self.messages: Histogram = Histogram()
        self.failed_messages: int = 0
        # By words, all of which are there: the hash of an Enum's member is a function of Python's, during which another
        # thread might run.
        self.outcomes: dict[str, int] = {each.value: 0 for each in Outcome}
        self.refusals: dict[str, int] = dict.fromkeys(get_args(Refusal), 0)

    def settled(self, outcome: Outcome, seconds: float) -> None:
        """Count a request that is over; from any thread."""
        # The usual one without asking for its word, which takes twice as long as this comparison.
        word = _SERVED_WORD if outcome is _SERVED else outcome.value
        self.outcomes[word] += 1
        self.requests.add(seconds)

    def answered(self, seconds: float, error: Exception | None) -> None:
        """Count a message of a connection; from any thread."""
        self.messages.add(seconds)
        if error is not None:
            self.failed_messages += 1

    def refused(self, reason: Refusal) -> None:
        """Count a request that was refused; from any thread."""
        self.refusals[reason] += 1

    def merge(self, other: "Counts") -> None:
        """Count what another one has counted as well."""
        self.requests.merge(other.requests)
        self.messages.merge(other.messages)
        self.failed_messages += other.failed_messages
        for word, count in other.outcomes.items():
            self.outcomes[word] += count
        for reason, count in other.refusals.items():
            self.refusals[reason] += count

    def as_message(self) -> dict[str, object]:
        """Return it as JSON can write it, for another process."""
        return {
            "requests": (self.requests.places(), self.requests.most),
            "messages": (self.messages.places(), self.messages.most),
            "failed_messages": self.failed_messages,
            "outcomes": self.outcomes,
            "refused": self.refusals,
        }

    @classmethod
    def of_message(cls, written: object) -> Self:
        """Make one of what ``as_message`` has returned in another process."""
        made, message = cls(), cast("Mapping[str, Any]", written)
        made.requests = Histogram.of_places(*message["requests"])
        made.messages = Histogram.of_places(*message["messages"])
        made.failed_messages = message["failed_messages"]
        made.outcomes.update(message["outcomes"])
        made.refusals.update(message["refused"])
        return made
