"""The receiver: the one thread that owns a source, and what passes between it and a loop.

It knows a source by its contract, nothing of servers. The loop takes messages from a short queue, and by finding that
empty it says that there is room for more. Settlements come from any thread, and are carried out in the receiver's.
"""

import contextlib
import errno
import itertools
import logging
import math
import queue
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Generic, Self, TypeAlias, cast

from typedserver.coroutines.waits import RequestCut
from typedserver.errors import SourceFailed
from typedserver.protocols.sources import Delivery, Leased, Source, SourceMessageT
from typedserver.reactor.calls import Backoff
from typedserver.recipes import check_at_least, check_positive, recipe_repr, shown

_log = logging.getLogger("typedserver")

# Seconds that one ``receive`` waits: a settlement, a drain and a close wait as long if they come just then. So short
# that nobody notices, and twenty looks a second cost a thousandth of a processor.
DEFAULT_WAIT: Final = 0.05

# Seconds that a message waits for the server before it is given back: others may have room for it.
DEFAULT_PATIENCE: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Pace:
    """How the listener of a source asks for messages.

    prefetch: the most messages that wait here for the server.
    wait: the most seconds of one ``receive``.
    patience: the seconds after which a message that waits here for the server is given back.
    """

    prefetch: int = 1
    wait: float = DEFAULT_WAIT
    patience: float = DEFAULT_PATIENCE

    __repr__ = recipe_repr


def check_pace(recipe: str, prefetch: object, wait: object = DEFAULT_WAIT, patience: object = DEFAULT_PATIENCE) -> None:
    """Raise RecipeError for values that cannot work."""
    check_at_least(recipe, "prefetch", prefetch, 1, "give the most messages that wait here for the server")
    check_positive(recipe, "wait", wait, "give the most seconds of one receive", needed=True)
    check_positive(recipe, "patience", patience, "give the seconds after which it is given back", needed=True)


# Seconds between two attempts of a source that fails: a short episode is soon over, and a database that is down is not
# asked more often than it can bear.
_FIRST_REST: Final = 0.1
_LAST_REST: Final = 5.0

# Seconds between two attempts after messages came back unbegun: the server has just refused them, or had no thread.
_FIRST_RETURN: Final = 0.01
_LAST_RETURN: Final = 1.0

# A lease is renewed when so much of it is over: two more attempts fit in before its end. Those that are nearly due are
# renewed with it, so that there are some calls a lease, and not one for each message.
_RENEWED_AFTER: Final = 1 / 3
_NEARLY_DUE: Final = 1 / 4

# Seconds that a close waits for the source to settle what is left. Kubernetes kills five seconds after a drain that
# took all of its time.
_LONGEST_CLOSE: Final = 5.0


_Settlement: TypeAlias = tuple[Leased[SourceMessageT], BaseException | None]


class _Lent(Generic[SourceMessageT]):
    """A message that the source has lent.

    since: when it was received, or renewed last. waits: until when it may wait for the server.
    """

    __slots__ = ("leased", "since", "waits")

    def __init__(self, leased: Leased[SourceMessageT], now: float, patience: float) -> None:
        self.leased = leased
        self.since = now
        self.waits = now + patience


class Receiver(Generic[SourceMessageT]):
    """Receives from a source, and settles what it has lent.

    name: what the source is called in the log.
    open_source: makes the source, in the receiver's thread; called again and again if it fails.
    pace: how it asks for messages.

    Its thread starts when the loop first asks for a message. ``take`` belongs to the loop's thread, everything else may
    be called from any.
    """

    __slots__ = (
        "_ends",
        "_failed_since",
        "_failure",
        "_failures",
        "_lease",
        "_lent",
        "_near",
        "_open_source",
        "_orders",
        "_pace",
        "_renewal",
        "_resting",
        "_rests",
        "_returns",
        "_signalled",
        "_source",
        "_thread",
        "_waiting",
        "_wanted",
        "_withdrawn",
        "far",
        "name",
    )

    _numbers: Final = itertools.count(1)

    def __init__(self, name: str, open_source: Callable[[], Source[SourceMessageT]], pace: Pace) -> None:
        self.name: str = name
        self._open_source = open_source
        self._pace = pace
        self._source: Source[SourceMessageT] | None = None
        self._lease: float | None = None
        # What waits for the loop. Each end is popped in one step, so that no message is taken twice.
        self._waiting: deque[Leased[SourceMessageT]] = deque()
        # All that is not settled, by identity; the thread's own.
        self._lent: dict[int, _Lent[SourceMessageT]] = {}
        # None: look at what has changed. A SimpleQueue, because a signal handler may interrupt whoever puts.
        self._orders: queue.SimpleQueue[_Settlement[SourceMessageT] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        # Whether the loop has asked for messages, and takes them; whether no more may be received; whether it ends.
        self._wanted = False
        self._withdrawn = False
        self._ends = False
        # The episode of a source that fails: since when, how often, until when it rests, and what the loop is to hear.
        self._failed_since: float | None = None
        self._failures = 0
        self._resting = 0.0
        self._rests = Backoff(_FIRST_REST, _LAST_REST)
        self._returns = Backoff(_FIRST_RETURN, _LAST_RETURN)
        # When leases are renewed next.
        self._renewal = math.inf
        self._failure: SourceFailed | None = None
        self.far: socket.socket
        self.far, self._near = socket.socketpair()
        self.far.setblocking(False)
        self._near.setblocking(False)
        # Readable from the beginning: the loop's first question starts the thread.
        self._signalled = False
        self._signal()

    @classmethod
    def of(cls, source: Source[SourceMessageT], open_source: Callable[[], Source[SourceMessageT]], pace: Pace) -> Self:
        """Return the receiver of a source that is open already; raises what that raises."""
        receiver = cls(source.name, open_source, pace)
        try:
            receiver._adopt(source)
        except BaseException:
            receiver.close_descriptors()
            raise
        return receiver

    def _adopt(self, source: Source[SourceMessageT]) -> None:
        # Asked first: a source that cannot say it is not taken.
        self._lease = _checked_lease(source)
        self._source = source

    # In the loop's thread

    def take(self) -> Leased[SourceMessageT]:
        """Return a message that waits; raises BlockingIOError if none does, SourceFailed once if the source fails."""
        try:
            leased = self._waiting.popleft()
        except IndexError:
            leased = self._take_after_signal()
        if len(self._waiting) == self._pace.prefetch // 2:
            self._orders.put(None)
        return leased

    def _take_after_signal(self) -> Leased[SourceMessageT]:
        with contextlib.suppress(OSError):
            self.far.recv(64)
        # Cleared before the look: what comes between them signals anew.
        self._signalled = False
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure
        try:
            leased = self._waiting.popleft()
        except IndexError:
            self._ask()
            raise BlockingIOError from None
        if self._waiting:
            self._signal()
        return leased

    def _ask(self) -> None:
        if self._wanted or self._withdrawn:
            return
        self._wanted = True
        if self._thread is None:
            thread = threading.Thread(target=self._run, name=f"typedserver source {next(self._numbers)}", daemon=True)
            try:
                thread.start()
            except (RuntimeError, MemoryError) as error:
                # The loop asks again as soon as it looks.
                self._wanted = False
                self._signal()
                raise OSError(errno.EAGAIN, f"no thread can be started for {self.name}: {error}") from error
            self._thread = thread
        else:
            self._orders.put(None)

    def _signal(self) -> None:
        if not self._signalled:
            self._signalled = True
            # It is closed when the receiver has ended.
            with contextlib.suppress(OSError):
                self._near.send(b"\0")

    # From any thread

    def settle(self, leased: Leased[SourceMessageT], error: BaseException | None) -> None:
        """Have a message settled that was taken: see ``Listener.settle_request``."""
        self._orders.put((leased, error))

    def withdraw(self) -> None:
        """Receive nothing more, and give back what waits for the loop."""
        self._withdrawn = True
        self._give_back()

    def _give_back(self) -> None:
        with contextlib.suppress(IndexError):
            while True:
                self._orders.put((self._waiting.popleft(), RequestCut()))
        self._orders.put(None)

    def close(self) -> None:
        """Settle what there is, give back the rest, close the source; waits for that, but not for ever."""
        try:
            self._end()
        finally:
            self.close_descriptors()

    def _end(self) -> None:
        self.withdraw()
        self._ends = True
        thread, self._thread = self._thread, None
        if thread is None:
            self._close_source()
        else:
            self._orders.put(None)
            if thread is threading.current_thread():
                # A source's code has the server closed: the thread ends when that returns.
                return
            thread.join(_LONGEST_CLOSE)
            if thread.is_alive():
                _log.error(
                    "%s has not settled its messages within %g s: they come again when their leases are over",
                    self.name,
                    _LONGEST_CLOSE,
                )

    def close_descriptors(self) -> None:
        """Close this process's copies."""
        self.far.close()
        self._near.close()

    # In the receiver's thread

    def _run(self) -> None:
        while not self._ends:
            try:
                self._turn()
            except BaseException:  # noqa: BLE001 - a handler of the log for one: without the thread nothing would go on
                self._rest_after_failure()
        try:
            self._carry_out(self._next_orders())
            self._carry_out([(lent.leased, RequestCut()) for lent in self._lent.values()])
        finally:
            self._close_source()

    def _turn(self) -> None:
        self._carry_out(self._next_orders())
        if self._lent:
            self._look_after_lent()
        if self._may_receive():
            self._receive()

    def _rest_after_failure(self) -> None:
        with contextlib.suppress(BaseException):
            _log.exception("the thread of %s has failed, and goes on", self.name)
        time.sleep(_FIRST_REST)

    def _may_receive(self) -> bool:
        return (
            self._wanted
            and not self._withdrawn
            and len(self._waiting) <= self._pace.prefetch // 2
            and time.monotonic() >= self._resting
        )

    def _next_orders(self) -> "list[_Settlement[SourceMessageT] | None]":
        """Return what is to be done; waits for it if nothing can be received."""
        orders: list[_Settlement[SourceMessageT] | None] = []
        with contextlib.suppress(queue.Empty):
            if not self._ends and not self._may_receive():
                orders.append(self._orders.get(timeout=self._longest_wait()))
            while True:
                orders.append(self._orders.get_nowait())
        return orders

    def _longest_wait(self) -> float | None:
        now = time.monotonic()
        times = [self._resting] if self._wanted and now < self._resting else []
        if self._lent:
            times.append(self._renewal)
            times.extend(lent.waits for lent in self._first_waiting())
        first = min(times, default=math.inf)
        return max(0.0, first - now) if first < math.inf else None

    def _first_waiting(self) -> list[_Lent[SourceMessageT]]:
        try:
            return [self._lent[id(self._waiting[0])]]
        except (IndexError, KeyError):
            return []

    def _carry_out(self, orders: "Sequence[_Settlement[SourceMessageT] | None]") -> None:
        source = self._source
        done: list[Leased[SourceMessageT]] = []
        settled: list[Leased[SourceMessageT]] = []
        returned = False
        for order in orders:
            # What was given back when the receiver ended is not settled again.
            if order is None or source is None or self._lent.pop(id(order[0]), None) is None:
                continue
            leased, error = order
            settled.append(leased)
            if error is None:
                done.append(leased)
            elif isinstance(error, Exception | SystemExit):
                self._attempt("reject", partial(source.reject, leased, error), [leased])
            else:
                returned = True
                self._attempt("give back", partial(source.release, leased), [leased])
        if done and source is not None:
            self._attempt("acknowledge", partial(source.acknowledge_all, done), done)
        if settled and source is not None:
            self._attempt("settle", source.flush, settled)
        if returned:
            self._resting = max(self._resting, time.monotonic() + self._returns.next())
        elif settled:
            self._returns.reset()

    def _attempt(self, what: str, settle: Callable[[], object], about: "Sequence[Leased[SourceMessageT]]") -> None:
        try:
            settle()
        except BaseException:  # noqa: BLE001 - whatever it is, the other messages are still to be settled
            _log.exception("%s could not %s %s", self.name, what, _keys_of(about))

    def _look_after_lent(self) -> None:
        now = time.monotonic()
        if now >= self._renewal and self._lease is not None and self._source is not None:
            due = [lent for lent in self._lent.values() if now - lent.since >= self._lease * _NEARLY_DUE]
            if due:
                leased = [lent.leased for lent in due]
                for lent in due:
                    lent.since = now
                self._attempt("renew", partial(self._source.renew_all, leased), leased)
                self._attempt("renew", self._source.flush, leased)
            # Whatever is lent later is due later.
            self._renewal = min(lent.since for lent in self._lent.values()) + self._lease * _RENEWED_AFTER
        if any(now >= lent.waits for lent in self._first_waiting()):
            # The server has no room, or is suspended: others may have it. Asked again, it asks again.
            self._wanted = False
            self._give_back()
            self._signal()

    def _receive(self) -> None:
        began = time.monotonic()
        # Whoever runs is to be settled soon after it has ended.
        wait = min(self._pace.wait, DEFAULT_WAIT) if self._lent else self._pace.wait
        try:
            if self._source is None:
                self._open()
            assert self._source is not None
            received = _checked(self._source.receive(self._pace.prefetch - len(self._waiting), wait))
        except BaseException as error:  # noqa: BLE001 - the thread must live, whatever a source raises
            self._note_failure(error)
            return
        now = time.monotonic()
        if not self._lent and self._lease is not None:
            self._renewal = now + self._lease * _RENEWED_AFTER
        for leased in received:
            self._lent[id(leased)] = _Lent(leased, now, self._pace.patience)
        self._waiting.extend(received)
        if self._withdrawn:
            # Asked after they were put down: ``withdraw`` does both the other way round.
            self._give_back()
        elif received:
            self._signal()
        elif (left := began + wait - now) > 0:
            # A source that does not wait must not be asked without a pause.
            self._resting = now + left
        if self._failed_since is not None:
            self._note_recovery(self._failed_since)

    def _open(self) -> None:
        source = self._open_source()
        try:
            self._adopt(source)
        except BaseException:
            source.close()
            raise

    def _note_failure(self, error: BaseException) -> None:
        self._failures += 1
        self._resting = time.monotonic() + self._rests.next()
        if self._failed_since is None:
            self._failed_since = time.monotonic()
            said = _said(error)
            failure = SourceFailed(f"{self.name} gives no messages: {said}")
            failure.__cause__ = error
            self._failure = failure
            self._signal()
            _log.error("%s gives no messages, and is tried again: %s: %s", self.name, type(error).__name__, said)

    def _note_recovery(self, since: float) -> None:
        failures, self._failures = self._failures, 0
        self._failed_since = None
        self._rests.reset()
        seconds = time.monotonic() - since
        _log.warning("%s gives messages again: %d attempts had failed in %.2f s", self.name, failures, seconds)

    def _close_source(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            try:
                source.close()
            except BaseException:  # noqa: BLE001 - the server closes all the same
                _log.exception("%s could not be closed", self.name)


def _checked_lease(source: Source[SourceMessageT]) -> float | None:
    lease: object = source.lease
    if lease is None:
        return None
    check_positive(type(source).__name__, "lease", lease, "give the seconds for which it lends, or None", needed=True)
    assert isinstance(lease, int | float)
    return lease


def _checked(received: Iterable[Leased[SourceMessageT]]) -> list[Leased[SourceMessageT]]:
    """Return what a source has lent; raises TypeError if that is anything else."""
    # A source of the user's may be wrong about its types.
    if not isinstance(cast("object", received), Iterable):
        raise TypeError(
            f"receive has returned {shown(received)}: it must return a list of Leased, an empty one if none"
        )
    # An iterator would be empty the second time.
    lent = list(received)
    for each in lent:
        _check_lent(each)
    return lent


def _check_lent(lent: Leased[object]) -> None:
    is_lent = isinstance(cast("object", lent), Leased) and isinstance(cast("object", lent.delivery), Delivery)
    if not is_lent:
        raise TypeError(
            f"receive has returned {shown(lent)}: it must return each message as Leased(message, Delivery())"
        )


def _said(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - a program's class
        return shown(error)


def _keys_of(leased: Sequence[Leased[object]]) -> str:
    return ", ".join(shown(each.delivery.key) for each in leased)
