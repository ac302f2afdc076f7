"""The rows of a table as messages: a ``Source``, used by one thread, the listener's.

Rows are lent in batches. What becomes of them is noted and written by ``flush``, also in batches, and stays noted until
the database has taken it: so nothing is lost while that is away. It knows no server.
"""

import heapq
import logging
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic

from typedserver.errors import LifecycleError, RolledBack, TriedTooOften
from typedserver.protocols.sources import Leased
from typedserver.sources.extras import Extra
from typedserver.sources.retries import Retries
from typedserver.sources.sql_connection import Listening, StatementConnection
from typedserver.sources.sql_delivery import OwnSettlements, RowLease, SQLDelivery
from typedserver.sources.sql_layout import Layout
from typedserver.sources.sql_rows import RowShape, RowT
from typedserver.sources.sql_statements import Statements

if TYPE_CHECKING:
    import sqlalchemy
    import sqlalchemy.exc
else:
    sqlalchemy = Extra("sqlalchemy", "sql")

_logger: Final = logging.getLogger("typedserver")

# Rows in one statement: SQLite takes 32766 parameters.
_MOST_ROWS: Final = 1000

# Seconds between two tries to listen to a channel again; rows are polled for meanwhile.
_LISTEN_AGAIN: Final = 1.0

# Seconds: a database may count in milliseconds.
_TICK: Final = 0.002

# Characters of an error that are kept with its row.
_LONGEST_ERROR: Final = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms(Generic[RowT]):
    """How rows are lent: what a recipe says of it."""

    lease: float
    retries: Retries
    dead_letter: Callable[[RowT, BaseException], object] | None
    poll: float
    notify: str | None


@dataclass(frozen=True, slots=True)
class _Failure(Generic[RowT]):
    """A row that failed. delay: seconds until it is tried again, None for never. quietly: it may be done after all."""

    lease: RowLease
    row: RowT | None
    error: BaseException
    delay: float | None
    quietly: bool = False


@dataclass(frozen=True, slots=True)
class _Change:
    """A statement for several rows of one attempt. quietly: it is no fault if some are not found."""

    statement: "sqlalchemy.Executable"
    leases: list[RowLease]
    attempt: int
    given: Mapping[str, object]
    quietly: bool = False

    def execute(self, connection: "sqlalchemy.Connection") -> list[RowLease]:
        """Execute it, and return the leases that it has not found."""
        keys = [lease.key for lease in self.leases]
        given: dict[str, object] = {"keys": keys, "attempt": self.attempt, **self.given}
        found = connection.execute(self.statement, given).scalars().all()
        if self.quietly or len(found) == len(keys):
            return []
        return [lease for lease in self.leases if lease.key not in set(found)]


class SQLSource(Generic[RowT]):
    """A source of rows, used in one thread.

    engine: the database, which it disposes of at the end if ``owns_engine``.
    """

    def __init__(
        self,
        name: str,
        engine: "sqlalchemy.Engine",
        layout: Layout,
        shape: RowShape[RowT],
        terms: Terms[RowT],
        *,
        owns_engine: bool,
    ) -> None:
        self._name: Final = name
        self._engine: Final = engine
        self._owns_engine: Final = owns_engine
        self._layout: Final = layout
        self._shape: Final = shape
        self._terms: Final = terms
        self._statements: Final = Statements(layout)
        self._database: Final = StatementConnection(engine)
        self._own: Final = OwnSettlements()
        self._done: list[RowLease] = []
        self._released: list[RowLease] = []
        self._renewed: list[RowLease] = []
        self._failed: list[_Failure[RowT]] = []
        # When rows are looked for again, by time.monotonic, if nothing is heard of new ones before.
        self._next_claim = 0.0
        # When rows that have failed here come again, the first one first.
        self._rests: Final[list[float]] = []
        self._listening: Listening | None = None
        self._next_listen = 0.0
        self._is_deaf = False
        # Whether the log has said that the database takes no settlements just now.
        self._is_stuck = False
        self._is_closed = False

    @property
    def name(self) -> str:
        """The table's name and the database's address, without a password."""
        return self._name

    @property
    def lease(self) -> float:
        """Seconds after which a row that was not renewed is lent to another."""
        return self._terms.lease

    # Lending

    def receive(self, most: int, wait: float, /) -> Sequence[Leased[RowT]]:
        """Lend at most ``most`` rows; wait at most ``wait`` seconds for the first.

        Raises what the database raises.
        """
        if self._is_closed:
            raise LifecycleError(f"{self._name} is closed")
        self._write()
        deadline = time.monotonic() + wait
        while True:
            self._listen()
            now = time.monotonic()
            if now >= self._next_claim or wait <= 0:
                leased = self._claim(min(most, _MOST_ROWS))
                if leased:
                    return leased
                # What could not be delivered is settled already.
                self._write()
                now = time.monotonic()
            if now >= deadline:
                return []
            self._wait(max(min(deadline, self._next_claim) - now, 0.0))

    def _claim(self, most: int) -> list[Leased[RowT]]:
        statements = self._statements
        found: dict[object, int] = {}
        given = {"most": most, "lease": self._terms.lease}
        if statements.serialize is None:
            with self._database.statement() as connection:
                claimed = connection.execute(statements.claim, given).all()
        else:
            with self._database.transaction() as connection:
                connection.execute(statements.serialize)
                claimed = connection.execute(statements.claim, given).all()
        found.update((key, attempt) for key, attempt, *_ in claimed)
        self._next_claim = 0.0 if len(found) == most else self._next_look()
        return [leased for key, row in self._read(list(found)) if (leased := self._lent(key, row, found[key]))]

    def _next_look(self) -> float:
        now = time.monotonic()
        while self._rests and self._rests[0] <= now:
            heapq.heappop(self._rests)
        return min([now + self._terms.poll, *self._rests[:1]])

    def _read(self, keys: list[object]) -> Iterator[tuple[object, "Sequence[object] | Exception"]]:
        """Yield the rows, each with its key; in the place of one that cannot be read, the error."""
        if not keys:
            return
        try:
            with self._database.statement() as connection:
                rows = connection.execute(self._statements.read, {"keys": keys}).all()
        except sqlalchemy.exc.OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 - what a type of column makes of a value that does not fit it
            if len(keys) == 1:
                yield keys[0], error
            else:
                # One value must not keep the other rows from being served.
                for key in keys:
                    yield from self._read([key])
            return
        yield from ((row[-1], tuple(row[:-1])) for row in rows)

    def _lent(self, key: object, values: Sequence[object] | Exception, attempt: int) -> Leased[RowT] | None:
        lease = RowLease(key, attempt, self._statements.finish_one, self._layout.dialect)
        row = self._made(values)
        if isinstance(row, Exception):
            _logger.error("%s: the row %r is no %s: %s", self._name, key, self._shape.name, row)
            self._fail(lease, None, row)
            return None
        most = self._terms.retries.max_attempts
        if most is not None and attempt > most:
            error = TriedTooOften(f"was lent {attempt - 1} times, and its lease has expired each time or the last")
            self._failed.append(_Failure(lease, row, error, None))
            return None
        lease.begin(self._own)
        return Leased(row, SQLDelivery(source=self._name, key=key, attempt=attempt, lease=lease))

    def _made(self, values: Sequence[object] | Exception) -> RowT | Exception:
        if isinstance(values, Exception):
            return values
        try:
            return self._shape.make(values)
        except Exception as error:  # noqa: BLE001 - what the user's dataclass raises for a row that does not fit it
            return error

    # Settling

    def acknowledge(self, leased: Leased[RowT], /) -> None:
        """Note that a row is done; if its handler has said so within a transaction, see what became of that."""
        lease = _lease_of(leased)
        if lease.end():
            error = RolledBack("the transaction in which its handler had acknowledged it was rolled back")
            self._fail(lease, leased.message, error, quietly=True)
        else:
            self._done.append(lease)

    def acknowledge_all(self, leased: Sequence[Leased[RowT]], /) -> None:
        """Note that several are done."""
        for each in leased:
            self.acknowledge(each)

    def reject(self, leased: Leased[RowT], error: BaseException, /) -> None:
        """Note that a row failed: it comes again after a while, or is dead if it was tried often enough."""
        lease = _lease_of(leased)
        self._fail(lease, leased.message, error, quietly=lease.end())

    def release(self, leased: Leased[RowT], /) -> None:
        """Note that a row was not begun, or was cut: it comes again at once, and this was no attempt."""
        lease = _lease_of(leased)
        lease.end()
        self._released.append(lease)

    def renew(self, leased: Leased[RowT], /) -> None:
        """Note that a row must stay lent, because its handler still runs."""
        self._renewed.append(_lease_of(leased))

    def renew_all(self, leased: Sequence[Leased[RowT]], /) -> None:
        """Note that several must stay lent."""
        for each in leased:
            self.renew(each)

    def _fail(self, lease: RowLease, row: RowT | None, error: BaseException, *, quietly: bool = False) -> None:
        self._failed.append(_Failure(lease, row, error, self._terms.retries.backoff(lease.attempt), quietly))

    def flush(self) -> None:
        """Write what was noted; if the database does not take it, it stays noted for the next call."""
        try:
            self._write()
        except sqlalchemy.exc.SQLAlchemyError as error:
            if not self._is_stuck:
                self._is_stuck = True
                _logger.warning("%s: rows cannot be settled, which is tried again: %s", self._name, error)

    def _write(self) -> None:
        """Write what was noted, in one transaction; raises what the database raises, and keeps it noted then."""
        self._send_dead_letters()
        changes = list(self._changes())
        if not changes:
            return
        if len(changes) == 1:
            # It is a transaction by itself.
            with self._database.statement() as connection:
                lost = changes[0].execute(connection)
        else:
            with self._database.transaction() as connection:
                lost = [lease for change in changes for lease in change.execute(connection)]
        self._is_stuck = False
        now = time.monotonic()
        if self._released or self._layout.group_by is not None:
            self._next_claim = 0.0
        for failure in self._failed:
            if failure.delay is not None:
                heapq.heappush(self._rests, now + failure.delay + _TICK)
                self._next_claim = min(self._next_claim, self._rests[0])
        self._done, self._released, self._renewed, self._failed = [], [], [], []
        for each in lost:
            _logger.warning(
                "%s: the lease of the row %r (attempt %d) was lost before it was settled: it was taken again, or "
                "settled elsewhere, and may be done twice",
                self._name,
                each.key,
                each.attempt,
            )

    def _changes(self) -> "Iterator[_Change]":
        """Yield what is to be executed for all that was noted."""
        statements = self._statements
        for attempt, leases in _by_attempt(self._done):
            yield _Change(statements.finish, leases, attempt, {})
        for attempt, leases in _by_attempt(self._released):
            yield _Change(statements.release, leases, attempt, {})
        for attempt, leases in _by_attempt(self._renewed):
            # One that is not found may be being settled by its handler. If it is lost, that is noticed when it ends.
            yield _Change(statements.renew, leases, attempt, {"lease": self._terms.lease}, quietly=True)
        for failure in self._failed:
            lease = failure.lease
            given: dict[str, object] = {"error": _text_of(failure.error)}
            statement = statements.bury
            if failure.delay is not None:
                statement = statements.fail
                given["delay"] = failure.delay
            yield _Change(statement, [lease], lease.attempt, given, quietly=failure.quietly)

    def _send_dead_letters(self) -> None:
        """Pass on what is dead, if there is a function for it: those rows are done then."""
        dead_letter = self._terms.dead_letter
        if dead_letter is None:
            return
        for failure in [each for each in self._failed if each.delay is None and each.row is not None]:
            assert failure.row is not None
            lease = failure.lease
            # Not if it is another's by now, who will see to it.
            given = {"keys": [lease.key], "attempt": lease.attempt, "lease": self._terms.lease}
            with self._database.statement() as connection:
                ours = connection.execute(self._statements.renew, given).scalars().all()
            if not ours:
                continue
            self._failed.remove(failure)
            try:
                dead_letter(failure.row, failure.error)
            except Exception as error:
                _logger.exception("%s: dead_letter failed for the row %r, which stays", self._name, lease.key)
                error.add_note(f"while it was given {_text_of(failure.error)}")
                self._failed.append(_Failure(lease, None, error, None))
            else:
                self._done.append(lease)

    # The channel

    def _listen(self) -> None:
        """Listen to the channel, if there is one and it is not listened to."""
        channel = self._terms.notify
        if channel is None or self._listening is not None or time.monotonic() < self._next_listen:
            return
        try:
            listening = Listening(self._engine, channel)
        except (sqlalchemy.exc.SQLAlchemyError, OSError) as error:
            self._be_deaf(error)
            return
        self._is_deaf = False
        self._listening = listening
        # What came before it listened.
        self._next_claim = 0.0

    def _wait(self, seconds: float) -> None:
        """Wait until something was sent to the channel, or for so many seconds."""
        listening = self._listening
        if listening is None:
            time.sleep(seconds)
            return
        try:
            heard = listening.wait(seconds)
        except Exception as error:  # noqa: BLE001 - the driver's errors, whose classes only the driver has
            self._stop_listening()
            self._be_deaf(error)
            heard = True
        if heard:
            self._next_claim = 0.0

    def _be_deaf(self, error: Exception) -> None:
        self._next_listen = time.monotonic() + _LISTEN_AGAIN
        if not self._is_deaf:
            self._is_deaf = True
            _logger.warning(
                "%s: cannot listen to %s, and polls until it can: %s", self._name, self._terms.notify, error
            )

    def _stop_listening(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.close()

    def close(self) -> None:
        """Write what was noted, and close the connections; a second call does nothing.

        What cannot be written any more comes again when its lease has expired.
        """
        if self._is_closed:
            return
        self._is_closed = True
        try:
            self._write()
        except Exception:
            count = len(self._done) + len(self._released) + len(self._failed)
            _logger.exception("%s: %d rows could not be settled, and come again", self._name, count)
        self._stop_listening()
        self._database.close()
        if self._owns_engine:
            self._engine.dispose()


def _lease_of(leased: Leased[Any]) -> RowLease:
    delivery = leased.delivery
    assert isinstance(delivery, SQLDelivery)
    return delivery.lease


def _by_attempt(leases: Iterable[RowLease]) -> Iterator[tuple[int, list[RowLease]]]:
    """Yield the leases of each attempt, not more at once than a statement takes."""
    by_attempt: dict[int, list[RowLease]] = {}
    for lease in leases:
        by_attempt.setdefault(lease.attempt, []).append(lease)
    for attempt, all_of_it in by_attempt.items():
        for start in range(0, len(all_of_it), _MOST_ROWS):
            yield attempt, all_of_it[start : start + _MOST_ROWS]


def _text_of(error: BaseException) -> str:
    """Return what is kept of an error: text that every database takes."""
    text = "".join(traceback.format_exception_only(error)).rstrip()[:_LONGEST_ERROR].replace("\0", "\\0")
    return text.encode("utf-8", "backslashreplace").decode()
