"""Events: frozen values by which a server reports what happens in it, and the observer that gets them by default.

An observer is any callable that takes an event. It is called in the thread in which the event happens: the loop's, a
worker's, or the one that closes the server; so it must not wait. If it raises, the exception is logged, and no request
fails: SystemExit is no exception from that, because an observer is no part of what it observes. Nothing here knows a
server but by its contract.

An observer is called while no lock is held, so that it may call the server: what may happen under a lock is reported
by ``tell`` (lifetime/turns.py).
"""

import itertools
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Protocol, TypeAlias, runtime_checkable

from typedserver.errors import ends_the_program, is_disconnect, is_peers_fault, is_rejection
from typedserver.protocols.endpoints import CertificateState, Refusal
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.requests import Address
from typedserver.protocols.servers import AnyServer

_log = logging.getLogger("typedserver")

# A line for each request that is over. It is off until a program sets its level to INFO, because most programs that log
# at that level do not want as many lines as there are requests.
_access = logging.getLogger("typedserver.access")
_access.setLevel(logging.WARNING)


class Outcome(Enum):
    """How a request came to its end."""

    SERVED = "served"
    """Its handler returned."""
    DISCONNECTED = "disconnected"
    """The client left before."""
    GIVEN_UP = "given up"
    """The client broke a limit: it sent too much, or nothing for too long, or ended in the middle of a message."""
    REJECTED = "rejected"
    """The client was turned away before its handler: its handshake, its header or its authentication has failed."""
    FAILED = "failed"
    """Its handler raised, or its worker could not begin or was killed."""
    CUT = "cut"
    """The server has ended it, because its time was over."""


@dataclass(frozen=True, slots=True)
class DrainReport:
    """The result of a drain.

    served: requests that ended by themselves after it began.
    from_queue: requests that were accepted after it began, because they had waited in the kernel's queue.
    cut: the clients' addresses of the requests that were cut at the deadline; of a message, its Delivery.
    left: how many of these had not ended a second later: their threads compute, or wait for something other than their
    client.
    seconds: how long it took.
    """

    served: int
    from_queue: int
    cut: tuple[object, ...]
    left: int
    seconds: float

    def __add__(self, other: "DrainReport") -> "DrainReport":
        """Sum up two drains that ran at the same time."""
        return DrainReport(
            self.served + other.served,
            self.from_queue + other.from_queue,
            self.cut + other.cut,
            self.left + other.left,
            max(self.seconds, other.seconds),
        )


NOTHING_DRAINED: Final = DrainReport(0, 0, (), 0, 0.0)


# What each event says besides, by name alone: a pattern's positions are those of the fields above.
@dataclass(frozen=True, slots=True, kw_only=True)
class _OfServer:
    """What happens in a server.

    server: the one that it happens in, as its handlers see it.
    """

    server: ServerContext = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfConnection(_OfServer):
    """What happens to one request.

    connection_id: the number of the connection, or datagram, the same in all of its events. No other one of this
    process has it.
    """

    connection_id: int


@dataclass(frozen=True, slots=True)
class Listening(_OfServer):
    """The server is open: from now on clients may come."""

    server_address: Address


@dataclass(frozen=True, slots=True)
class Accepted(_OfConnection):
    """A request was taken from the kernel's queue, and given to the strategy."""

    client_address: object


@dataclass(frozen=True, slots=True)
class Refused(_OfConnection):
    """A request was closed before it was served; ``reason`` says why.

    limit: the limit that was reached; None if that was not the reason.
    error: what the hook or the strategy has raised, or what is wrong with a sealed datagram; None if that was not the
    reason.
    """

    client_address: object
    reason: Refusal
    limit: float | None = field(default=None, kw_only=True)
    error: BaseException | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Started(_OfConnection):
    """A worker of this process begins with a request. A child does not report this to its parent.

    If the connection must be established first, this tells that the handshake begins.
    """

    client_address: object


@dataclass(frozen=True, slots=True)
class Established(_OfConnection):
    """A connection's handshake is over, and its handler is called next; told only if there was anything to establish.

    client_address: what the handler gets: behind a proxy the client's own, after an authentication with its principal.
    """

    client_address: object


@dataclass(frozen=True, slots=True)
class Answered(_OfConnection):
    """A message of a connection has its reply, which may be none; told to a ``MessageObserver`` that wants it.

    seconds: from the message's being complete to its reply's being ready.
    error: what the message's function, or the pending reply that it has returned, has failed by.
    """

    client_address: object
    seconds: float
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Finished(_OfConnection):
    """A request is over.

    seconds: since it was accepted.
    error: the exception of a request that failed. Of a child (Forks) the server knows only whether it died: if its
    handler raises, the child reports that itself, and the request counts as served here. A message counts as failed
    then, and this is a ChildFailed.
    """

    client_address: object
    outcome: Outcome
    seconds: float
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class AcceptFailed(_OfServer):
    """The kernel gave no request; ``error`` says why.

    pauses: whether accepting pauses for a while, because the next attempt would fail too.
    """

    error: OSError
    pauses: bool


@dataclass(frozen=True, slots=True)
class Reloaded(_OfServer):
    """The listener has taken over what had changed outside, such as a certificate."""


@dataclass(frozen=True, slots=True)
class ReloadFailed(_OfServer):
    """The listener could not take over what has changed outside, and goes on with what it had; ``error`` says why."""

    error: Exception


@dataclass(frozen=True, slots=True)
class CertificateExpires(_OfServer):
    """A certificate has expired, or expires within 14 days; told when it is loaded.

    certificate: the file. name: whose certificate it is.
    seconds: how long it is still valid; negative if it has expired.
    """

    certificate: str
    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Draining(_OfServer):
    """The server drains; ``deadline``: seconds until it cuts the remaining requests, infinite for never."""

    server_address: Address
    deadline: float


@dataclass(frozen=True, slots=True)
class Drained(_OfServer):
    """The drain is over; ``report`` is its result."""

    server_address: Address
    report: DrainReport


@dataclass(frozen=True, slots=True)
class Closed(_OfServer):
    """The server is closed."""

    server_address: Address


@dataclass(frozen=True, slots=True)
class WorkerStarted:
    """A Prefork has forked a worker; told in the parent, to the observer of each server that the worker serves.

    number: its place among the workers, from 0; its replacement has the same.
    server: the Prefork.
    """

    pid: int
    number: int
    server: AnyServer = field(kw_only=True, repr=False)


@dataclass(frozen=True, slots=True)
class WorkerEnded:
    """A worker of a Prefork has ended; told in the parent, as its start.

    status: its exit status, negative for a signal, None if other code has reaped it.
    expected: whether it has ended in order: because it was asked to, or because its server has stopped.
    seconds: since it was started.
    """

    pid: int
    number: int
    status: int | None
    expected: bool
    seconds: float
    server: AnyServer = field(kw_only=True, repr=False)


ServerEvent: TypeAlias = (
    Listening
    | Accepted
    | Refused
    | Started
    | Established
    | Answered
    | Finished
    | AcceptFailed
    | Reloaded
    | ReloadFailed
    | CertificateExpires
    | Draining
    | Drained
    | Closed
    | WorkerStarted
    | WorkerEnded
)
"""All that a server reports."""

_numbers: Final = itertools.count(1)


def new_connection_id() -> int:
    """Return a number that no other connection of this process has; from any thread."""
    return next(_numbers)


class Observer(Protocol):
    """Any callable that takes an event; each event is reported to it. ``SelectiveObserver`` may leave some out."""

    def __call__(self, event: ServerEvent, /) -> object:
        """Take note of an event; must not wait. From any thread."""
        ...


@runtime_checkable
class SelectiveObserver(Protocol):
    """An observer that can do without the events of single requests (Accepted, Started, Established, Finished)."""

    @property
    def wants_requests(self) -> bool:
        """Whether it wants them; read when serving begins. If not, they cost a request nothing."""
        ...

    def __call__(self, event: ServerEvent, /) -> object:
        """Take note of an event; must not wait. From any thread."""
        ...


@runtime_checkable
class MessageObserver(SelectiveObserver, Protocol):
    """An observer that may want the events of single messages (Answered). No other one gets them."""

    @property
    def wants_messages(self) -> bool:
        """Whether it wants them; read when serving begins. If not, they cost a message nothing."""
        ...


@runtime_checkable
class ContextObserver(Protocol):
    """An observer that sets context variables (contextvars) for a request's handler, such as the current span."""

    def __call__(self, event: ServerEvent, /) -> object:
        """Take note of an event; must not wait. From any thread."""
        ...

    def enter_handler(self, connection_id: int, /) -> None:
        """Set them: called in the context in which the handler runs, before it is called; must not wait.

        If one coroutine does the handshake and calls the handler, it is called before the handshake. It is not called
        in a child of Forks, and not unless the observer wants the events of single requests.

        connection_id: that of the events of the request.
        """
        ...


@runtime_checkable
class ReportingObserver(Protocol):
    """An observer that takes account of what it hears, and whose account under Prefork is of all workers.

    What happens in a worker is reported to the worker's copy of it. Prefork brings the copies' reports to the one in
    the parent, about twice a second while there is something new, and a last time when the worker ends in order. What a
    worker that is killed has not reported by then is lost.
    """

    def __call__(self, event: ServerEvent, /) -> object:
        """Take note of an event; must not wait. From any thread."""
        ...

    def enter_worker(self) -> None:
        """In a worker that was just forked, before anything happens in it: forget what the parent has heard.

        Locks may be held by threads that are not here.
        """
        ...

    def reports(self) -> Sequence[object]:
        """In a worker: return its account since the worker's beginning, in parts that JSON can write; from any thread.

        Each part is written in less than 32,768 bytes.
        """
        ...

    def take_report(self, pid: int, number: int, part: object, /) -> None:
        """In the parent: take a part of the account of a worker, in the place of what that has reported before.

        pid: the worker's process, of which WorkerStarted and WorkerEnded tell. number: its place among the workers.
        """
        ...


def wants_messages(observer: Observer) -> bool:
    """Return whether an observer wants the events of single messages; unless it says so, it does not."""
    return isinstance(observer, MessageObserver) and observer.wants_messages


def wants_requests(observer: Observer) -> bool:
    """Return whether an observer wants the events of single requests; unless it says otherwise, it does."""
    return not isinstance(observer, SelectiveObserver) or observer.wants_requests


class LogObserver:
    """Writes what a server's operator wants to know to the logger ``typedserver``, without tracebacks.

    The beginning, the end, a reload and each refusal have level INFO; a certificate that expires has WARNING, a reload
    that failed has ERROR. Single requests have level DEBUG, and are logged if that is enabled when serving begins. It
    does not log what a handler or a handshake raises, because the server's ``handle_error`` does.

    The logger ``typedserver.access`` gets a line of level INFO for each request that is over, if its own level is set
    to INFO before serving begins. The record has client, outcome, seconds and connection as attributes.
    """

    @property
    def wants_requests(self) -> bool:
        """Whether single requests are logged at the levels that are set."""
        return _log.isEnabledFor(logging.DEBUG) or _access.isEnabledFor(logging.INFO)

    def __call__(self, event: ServerEvent, /) -> None:
        """Write a line."""
        match event:
            case Listening(server_address):
                _log.info("listening on %r", server_address)
            case Refused(client_address):
                _log.info("request of %r refused: %s", client_address, _why(event))
            case Reloaded():
                _log.info("%r has reloaded", event.server.server_address)
            case ReloadFailed(error):
                _log.error("%r could not reload, and goes on as it was: %s", event.server.server_address, error)
            case CertificateExpires(certificate, name, seconds):
                _log.warning("the certificate %s of %s %s", certificate, name, _validity(seconds))
            case Draining(server_address, deadline):
                _log.info("%r drains; what is left in %g s is cut", server_address, deadline)
            case Drained(server_address, report):
                level = logging.WARNING if report.cut or report.left else logging.INFO
                _log.log(level, "%r has drained: %s", server_address, report)
            case Closed(server_address):
                _log.info("%r is closed", server_address)
            case Finished():
                _log_access(event)
                _log.debug("%s", event)
            case _:
                _log.debug("%s", event)


_conforms: type[SelectiveObserver] = LogObserver


def _log_access(event: Finished) -> None:
    if _access.isEnabledFor(logging.INFO):
        client, outcome = repr(event.client_address), event.outcome.value
        # What programs read is in the attributes, what people read in the line.
        fields = {
            "client": client,
            "outcome": outcome,
            "seconds": event.seconds,
            "connection": event.connection_id,
        }
        _access.info("%s %s in %.6f s", client, outcome, event.seconds, extra=fields)


_DAY: Final = 86_400

# Seconds. Those who renew certificates by themselves do so a month before the end, so by then that has failed; and two
# weeks are left to act.
_EXPIRES_SOON: Final = 14.0 * _DAY


def expiring(certificates: Iterable[CertificateState]) -> Iterator[tuple[CertificateState, float]]:
    """Yield those that have expired or soon will, each with how many seconds it is still valid."""
    now = time.time()
    for state in certificates:
        seconds = state.expires - now
        if seconds < _EXPIRES_SOON:
            yield state, seconds


def _validity(seconds: float) -> str:
    if seconds < 0:
        return "has expired, and clients refuse it: renew it, then reload"
    return f"expires in {seconds / _DAY:.1f} days: renew it, then reload"


_REASONS: Final[dict[Refusal, str]] = {
    "verify_request": "verify_request() has refused it",
    "connections": "there are {limit:g} already: Limits(connections=)",
    "rate": "more than {limit:g} come a second: Limits(rate=)",
    "per_peer": "its peer has {limit:g} already: Limits(per_peer=)",
    "filter": "its address is denied: Filtered()",
    "failures": "its peer has failed to authenticate too often: Authenticated(max_failures=)",
    "seal": "{error}: Sealed()",
    "error": "{error!r}",
}


def _why(event: Refused) -> str:
    return _REASONS[event.reason].format(limit=event.limit, error=event.error)


def outcome_of(error: BaseException | None, *, was_cut: bool) -> Outcome:
    """Return how a request came to its end, given its exception and whether the server has cut it."""
    if was_cut:
        return Outcome.CUT
    if error is None:
        return Outcome.SERVED
    if is_rejection(error):
        return Outcome.REJECTED
    if is_disconnect(error):
        return Outcome.DISCONNECTED
    return Outcome.GIVEN_UP if is_peers_fault(error) else Outcome.FAILED


def emit(observer: Observer, event: ServerEvent) -> None:
    """Report an event to an observer, and log what it raises.

    Raises nothing but what ends the program (``ends_the_program``). Whoever calls this keeps its own account right also
    then.
    """
    try:
        observer(event)
    except BaseException as error:
        if ends_the_program(error):
            raise
        _log.exception("the observer %r failed at %r", observer, event)


def enter_handler(observer: ContextObserver, connection_id: int) -> None:
    """Have an observer set the context of a handler, and log what it raises; raises as ``emit`` does."""
    try:
        observer.enter_handler(connection_id)
    except BaseException as error:
        if ends_the_program(error):
            raise
        _log.exception("the observer %r failed at the beginning of a handler", observer)


DEFAULT_OBSERVER: Final = LogObserver()
"""The observer of a server that was given none."""
