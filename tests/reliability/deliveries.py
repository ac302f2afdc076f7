"""The ledger of a source: what its consumers have noted of each delivery, and what must be true of it.

The book is a file that all consumers append to, one write for each entry, so that a killed one leaves no half of an
entry. The order of the entries is that of the events; who kills a consumer notes it just before. This module
knows nothing of sources, servers or processes.
"""

import itertools
import os
import struct
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

# Kind, consumer, message, attempt.
_ENTRY: Final = struct.Struct("=cIII")
_BEGUN, _DONE, _FAILED, _KILLED, _OUTAGE = b"B", b"D", b"F", b"K", b"O"


class DeliveryBook:
    """A book, open for writing; any number of processes may have it open."""

    def __init__(self, path: str, consumer: int) -> None:
        """``consumer``: who writes; a number that no other process has."""
        # O_APPEND: every process writes at the end (open(2)).
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._consumer = consumer

    def begun(self, message: int, attempt: int) -> None:
        """Note that a handler has got a message."""
        os.write(self._fd, _ENTRY.pack(_BEGUN, self._consumer, message, attempt))

    def done(self, message: int, attempt: int) -> None:
        """Note that the handler is about to return."""
        os.write(self._fd, _ENTRY.pack(_DONE, self._consumer, message, attempt))

    def failed(self, message: int, attempt: int) -> None:
        """Note that the handler is about to raise."""
        os.write(self._fd, _ENTRY.pack(_FAILED, self._consumer, message, attempt))

    def killed(self, consumer: int) -> None:
        """Note that a consumer is killed now."""
        os.write(self._fd, _ENTRY.pack(_KILLED, consumer, 0, 0))

    def outage(self) -> None:
        """Note that the source goes, or is there again: what was lent meanwhile may come again."""
        os.write(self._fd, _ENTRY.pack(_OUTAGE, 0, 0, 0))

    def close(self) -> None:
        os.close(self._fd)


@dataclass(slots=True)
class Delivery:
    """A call of a handler.

    begun, ended: the places of its entries in the book; ``ended`` is None if there is no second one.
    since_outage: how many others its consumer had begun since the latest outage; None if there was none.
    """

    message: int
    consumer: int
    attempt: int
    begun: int
    ended: int | None = None
    failed: bool = False
    since_outage: int | None = None

    def __str__(self) -> str:
        how = "unfinished" if self.ended is None else "failed" if self.failed else "done"
        return f"message {self.message}, attempt {self.attempt}, by consumer {self.consumer} ({how})"


@dataclass(slots=True)
class Deliveries:
    """The content of a book: the deliveries of each message in their order, and when what was killed."""

    of: dict[int, list[Delivery]] = field(default_factory=dict[int, list[Delivery]])
    killed: dict[int, int] = field(default_factory=dict[int, int])
    outages: list[int] = field(default_factory=list[int])


def read_book(path: Path) -> Deliveries:
    """Read a book; raises ValueError for entries that cannot be."""
    found = Deliveries()
    # By consumer: how many it has begun since the latest outage.
    begun: Counter[int] = Counter()
    for place, (kind, consumer, message, attempt) in enumerate(_ENTRY.iter_unpack(path.read_bytes())):
        if kind == _KILLED:
            found.killed[consumer] = place
            continue
        if kind == _OUTAGE:
            found.outages.append(place)
            begun.clear()
            continue
        of_one = found.of.setdefault(message, [])
        if kind == _BEGUN:
            since = begun[consumer] if found.outages else None
            of_one.append(Delivery(message, consumer, attempt, place, since_outage=since))
            begun[consumer] += 1
            continue
        # Another consumer may have begun meanwhile; that would be a fault, and is found as one.
        of_consumer = [each for each in of_one if each.consumer == consumer]
        if not of_consumer:
            raise ValueError(f"consumer {consumer} ended message {message} and never began it")
        of_consumer[-1].ended, of_consumer[-1].failed = place, kind == _FAILED
    return found


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a source says when all is over.

    left: how many messages are neither done nor dead.
    dead: the messages that it has given up, each as often as it is there.
    effects: how often each message had its effect, where the effect is one with the acknowledgement; else None.
    """

    left: int
    dead: list[int]
    effects: Mapping[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The book and the source beside what was put in."""

    messages: int
    deliveries: int
    lost: tuple[int, ...]
    """The good messages that no handler has done."""
    repeated: tuple[Delivery, ...]
    """The deliveries that came to nothing because their consumer was killed, or the source; another one followed."""
    faults: tuple[str, ...]

    def describe(self, most: int = 10) -> str:
        """Name what is not as promised."""
        more = f" and {len(self.faults) - most} more" if len(self.faults) > most else ""
        return "; ".join(self.faults[:most]) + more


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What was put in.

    messages: how many; they are numbered from 1.
    bad: those whose handler always fails.
    max_attempts: after how many of them a message is dead.
    most_held: the most messages that one consumer can hold.
    """

    messages: int
    bad: Collection[int]
    max_attempts: int
    most_held: int


def judge(found: Deliveries, outcome: Outcome, expected: Expected) -> Verdict:
    """Compare the book and the source with what was put in."""
    repeated: list[Delivery] = []
    lost: list[int] = []
    faults = list(_faults_of_outcome(outcome, expected))
    if unknown := found.of.keys() - set(range(1, expected.messages + 1)):
        faults.append(f"{len(unknown)} messages that nobody has put in, such as {min(unknown)}")
    for message in range(1, expected.messages + 1):
        of_one = found.of.get(message, [])
        faults.extend(_faults_of_order(of_one, found, expected.most_held))
        if message in expected.bad:
            faults.extend(_faults_of_bad(message, of_one, found, expected))
            continue
        repeated.extend(of_one[:-1])
        # A commit that came through when its answer did not: the handler has failed, and its effect is there.
        took_effect = outcome.effects is not None and outcome.effects.get(message) == 1
        if not took_effect and (not of_one or of_one[-1].ended is None or of_one[-1].failed):
            lost.append(message)
            faults.append(f"{of_one[-1]} was the last" if of_one else f"message {message} was never delivered")
    held: dict[int, int] = {}
    for each in repeated:
        if each.consumer in found.killed:
            held[each.consumer] = held.get(each.consumer, 0) + 1
    faults.extend(
        f"consumer {consumer} was killed and {count} of its messages came again, more than the {expected.most_held} "
        "that it can have held"
        for consumer, count in held.items()
        if count > expected.most_held
    )
    deliveries = sum(map(len, found.of.values()))
    return Verdict(expected.messages, deliveries, tuple(lost), tuple(repeated), tuple(faults))


def _faults_of_outcome(outcome: Outcome, expected: Expected) -> Iterator[str]:
    if outcome.left:
        yield f"{outcome.left} messages are left"
    if sorted(outcome.dead) != sorted(expected.bad):
        wrong = set(outcome.dead) ^ set(expected.bad)
        yield f"{len(outcome.dead)} dead messages instead of {len(expected.bad)}; wrong: {sorted(wrong)[:10]}"
    if outcome.effects is None:
        return
    for message in range(1, expected.messages + 1):
        times = outcome.effects.get(message, 0)
        if times != (message not in expected.bad):
            yield f"message {message} had its effect {times} times"


def _faults_of_order(of_one: list[Delivery], found: Deliveries, most_held: int) -> Iterable[str]:
    for earlier, later in itertools.pairwise(of_one):
        source_went = _source_went(earlier, later, found, most_held)
        if earlier.failed:
            if earlier.ended is not None and later.begun < earlier.ended:
                yield f"{later} began before the end of {earlier}"
        elif not source_went and not _was_killed(earlier, later, found):
            yield f"{later} came although nobody had killed the consumer of {earlier}"
        # A source that crashes may have forgotten that it had lent the message.
        if later.attempt < earlier.attempt or (later.attempt == earlier.attempt and not source_went):
            yield f"{later} came after {earlier}"


def _was_killed(earlier: Delivery, later: Delivery, found: Deliveries) -> bool:
    """Whether the later delivery came because the consumer of the earlier was killed."""
    death = found.killed.get(earlier.consumer)
    return death is not None and death < later.begun


def _source_went(earlier: Delivery, later: Delivery, found: Deliveries, most_held: int) -> bool:
    """Whether the source went after it had lent the earlier delivery: maybe before that was begun."""
    if any(earlier.begun < place < later.begun for place in found.outages):
        return True
    return earlier.since_outage is not None and earlier.since_outage < most_held


def _faults_of_bad(message: int, of_one: list[Delivery], found: Deliveries, expected: Expected) -> Iterable[str]:
    if any(each.ended is not None and not each.failed for each in of_one):
        yield f"message {message} is bad, and was done"
    if not of_one:
        yield f"bad message {message} was never delivered"
        return
    # A consumer that was killed may have held it, and its handler not yet begun: that was an attempt as well.
    kills = sum(death > of_one[-1].begun for death in found.killed.values())
    if of_one[-1].attempt < expected.max_attempts - kills:
        yield f"bad message {message} was given up after {of_one[-1]}"
    for each, later in itertools.pairwise(of_one):
        # Who was killed may not have had the time to say that it failed, and a source that went did not hear it.
        excused = each.consumer in found.killed or _source_went(each, later, found, expected.most_held)
        if each.failed and each.attempt >= expected.max_attempts and not excused:
            yield f"bad message {message} came again after {each}"
