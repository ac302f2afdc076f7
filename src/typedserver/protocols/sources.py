"""Sources: where requests come from that are no socket's, such as the rows of a table. Typing, and two records.

A source is used by one thread at once, the listener's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol

from typing_extensions import TypeVar

SourceMessageT = TypeVar("SourceMessageT")
DeliveryMessage_co = TypeVar("DeliveryMessage_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Where a message came from: what its handler gets in the place of a client's address.

    source: the source's name.
    key: what the source knows the message by.
    attempt: how many times it was delivered, this one included.
    """

    source: str
    key: object
    attempt: int


@dataclass(frozen=True, slots=True, eq=False)
class Leased(Generic[DeliveryMessage_co]):
    """A message that a source has lent: it is the source's until it is settled. Two are never equal.

    message: what the handler gets.
    delivery: where it came from.
    """

    message: DeliveryMessage_co
    delivery: Delivery


class Source(Protocol[SourceMessageT]):
    """A source of messages. In ``typedserver.sources``, ``BaseSource`` has defaults for all but the first three.

    Every message that ``receive`` has returned is settled once, by ``acknowledge``, ``reject`` or ``release``. What
    raises is logged, and the message counts as settled: its lease runs out.
    """

    @property
    def name(self) -> str:
        """What it is called in errors, events and deliveries, without any password."""
        ...

    def receive(self, most: int, wait: float, /) -> Sequence[Leased[SourceMessageT]]:
        """Lend at most ``most`` messages; wait at most ``wait`` seconds for the first, then return none."""
        ...

    def acknowledge(self, leased: Leased[SourceMessageT], /) -> None:
        """Take a message as done."""
        ...

    @property
    def lease(self) -> float | None:
        """For how many seconds ``receive`` and ``renew`` lend a message; None: until it is settled."""
        ...

    def acknowledge_all(self, leased: Sequence[Leased[SourceMessageT]], /) -> None:
        """Take several messages as done."""
        ...

    def reject(self, leased: Leased[SourceMessageT], error: BaseException, /) -> None:
        """Take a message as failed: it comes again after a while, or never if it was tried often enough."""
        ...

    def release(self, leased: Leased[SourceMessageT], /) -> None:
        """Take a message back that was not begun, or was cut: it comes again at once, and this was no attempt."""
        ...

    def renew(self, leased: Leased[SourceMessageT], /) -> None:
        """Lend it for longer, because its handler still runs."""
        ...

    def renew_all(self, leased: Sequence[Leased[SourceMessageT]], /) -> None:
        """Lend several messages for longer."""
        ...

    def flush(self) -> None:
        """Carry out what the calls since the last one were only noted for; called after each round of settlements."""
        ...

    def close(self) -> None:
        """Close for good; nothing is lent any more."""
        ...
