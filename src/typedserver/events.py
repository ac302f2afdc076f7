"""Events: what a server tells of itself while it lives, as frozen values, and the observer that is told by default.

An observer is any callable that takes one. It is called where the thing happens: in the loop's thread, in a worker, in
whichever thread has closed the server; so it must not wait. What it raises is logged, and harms no request. Nothing
here knows a server.
"""

import logging
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol, TypeAlias, runtime_checkable

from typedserver.errors import is_disconnect, is_peers_fault
from typedserver.protocols.requests import Address

_log = logging.getLogger("typedserver")


class Outcome(Enum):
    """How a request came to its end."""

    SERVED = "served"
    """Its handler returned."""
    DISCONNECTED = "disconnected"
    """The client has gone before."""
    GIVEN_UP = "given up"
    """The client broke a limit: it sent too much, or nothing for too long."""
    FAILED = "failed"
    """Its handler raised, or its worker could not begin or was killed."""
    CUT = "cut"
    """The server has ended it: its time was over."""


@dataclass(frozen=True, slots=True)
class DrainReport:
    """What a drain has come to.

    served: requests that ended by themselves after it began.
    from_queue: how many were accepted after it began: they had waited in the kernel's queue.
    cut: the clients of those that were ended at the deadline.
    left: how many of these had not ended even so, a second later: threads that compute, or wait for something else
    than their client.
    seconds: how long it took.
    """

    served: int
    from_queue: int
    cut: tuple[Address, ...]
    left: int
    seconds: float

    def __add__(self, other: "DrainReport") -> "DrainReport":
        """Sum up two that went on at the same time."""
        return DrainReport(
            self.served + other.served,
            self.from_queue + other.from_queue,
            self.cut + other.cut,
            self.left + other.left,
            max(self.seconds, other.seconds),
        )


NOTHING_DRAINED: Final = DrainReport(0, 0, (), 0, 0.0)


@dataclass(frozen=True, slots=True)
class Listening:
    """The server is open: from now on clients may come."""

    server_address: Address


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request was taken from the kernel's queue, and given to the strategy."""

    client_address: object


@dataclass(frozen=True, slots=True)
class Refused:
    """A request was closed before it was served: ``reason`` says why."""

    client_address: object
    reason: str


@dataclass(frozen=True, slots=True)
class Started:
    """A worker of this process begins with a request; what a child does its parent is not told."""

    client_address: object


@dataclass(frozen=True, slots=True)
class Finished:
    """A request is over.

    seconds: since it was accepted.
    error: what it failed by, where it did. Of a child (Forks) it is known only whether it died: what its handler has
    raised is told in the child, and counts as served here.
    """

    client_address: object
    outcome: Outcome
    seconds: float
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class AcceptFailed:
    """The kernel gave no request: ``error`` says why.

    pauses: whether accepting rests for a while, for the next would fail too.
    """

    error: OSError
    pauses: bool


@dataclass(frozen=True, slots=True)
class Draining:
    """The server drains; ``deadline``: seconds until what is left is cut, infinite for never."""

    server_address: Address
    deadline: float


@dataclass(frozen=True, slots=True)
class Drained:
    """The drain is over; ``report`` says what it has come to."""

    server_address: Address
    report: DrainReport


@dataclass(frozen=True, slots=True)
class Closed:
    """The server is closed."""

    server_address: Address


Event: TypeAlias = Listening | Accepted | Refused | Started | Finished | AcceptFailed | Draining | Drained | Closed
"""All that an observer is told."""


class Observer(Protocol):
    """What each event is reported to: any callable that takes one. ``SelectiveObserver`` may leave some out."""

    def __call__(self, event: Event, /) -> object:
        """Take note of it; must not wait. From any thread."""
        ...


@runtime_checkable
class SelectiveObserver(Protocol):
    """An observer that may have no use for the events of each single request (Accepted, Started, Finished)."""

    @property
    def wants_requests(self) -> bool:
        """Whether it wants them; asked when serving begins. If not, they cost a request nothing."""
        ...

    def __call__(self, event: Event, /) -> object:
        """Take note of an event; must not wait. From any thread."""
        ...


def wants_requests(observer: Observer) -> bool:
    """Whether an observer wants the events of each single request; one that does not say so wants them."""
    return not isinstance(observer, SelectiveObserver) or observer.wants_requests


class LogObserver:
    """Writes to the logger ``typedserver``: what a server's operator wants to know, and no traceback.

    A refusal is a line of level INFO, as are the beginning and the end; each single request is told at level DEBUG,
    where that is enabled when serving begins. What a handler raises is not told again: the server's ``handle_error``
    has told it.
    """

    @property
    def wants_requests(self) -> bool:
        """Whether single requests are told at the level that is set."""
        return _log.isEnabledFor(logging.DEBUG)

    def __call__(self, event: Event, /) -> None:
        """Write a line."""
        match event:
            case Listening(server_address):
                _log.info("listening on %r", server_address)
            case Refused(client_address, reason):
                _log.info("request of %r refused: %s", client_address, reason)
            case Draining(server_address, deadline):
                _log.info("%r drains; what is left in %g s is cut", server_address, deadline)
            case Drained(server_address, report):
                level = logging.WARNING if report.cut or report.left else logging.INFO
                _log.log(level, "%r has drained: %s", server_address, report)
            case Closed(server_address):
                _log.info("%r is closed", server_address)
            case _:
                _log.debug("%s", event)


_conforms: type[SelectiveObserver] = LogObserver


def outcome_of(error: BaseException | None, *, was_cut: bool) -> Outcome:
    """Say how a request came to its end, by the exception that it ended with."""
    if was_cut:
        return Outcome.CUT
    if error is None:
        return Outcome.SERVED
    if is_disconnect(error):
        return Outcome.DISCONNECTED
    return Outcome.GIVEN_UP if is_peers_fault(error) else Outcome.FAILED


def tell(observer: Observer, event: Event) -> None:
    """Tell an observer; what it raises is logged."""
    try:
        observer(event)
    except Exception:  # noqa: BLE001 - whatever it is, it is no fault of a request
        _log.exception("the observer %r failed at %r", observer, event)


DEFAULT_OBSERVER: Final = LogObserver()
"""What a server tells its events to that was given no observer."""
