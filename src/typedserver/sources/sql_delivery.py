"""What the handler of a table's row gets in the place of a client's address, and how it settles the row by itself."""

import mmap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from typedserver.errors import CompositionError, LeaseLost
from typedserver.protocols.sources import Delivery
from typedserver.sources.extras import Extra

if TYPE_CHECKING:
    import sqlalchemy
else:
    sqlalchemy = Extra("sqlalchemy", "sql")

# Rows that are lent at once; memory that is not written to costs nothing.
_MOST: Final = 2**20


class OwnSettlements:
    """Which of the rows that are lent were settled by their handler itself, also by one in a child of this process."""

    def __init__(self) -> None:
        # Never closed: a thread that was cut may go on with its handler after that.
        self._flags: Final = mmap.mmap(-1, _MOST)
        self._free: Final[list[int]] = []
        self._used = 0

    def take(self) -> int:
        """Return a number for a row that is lent."""
        if self._free:
            return self._free.pop()
        self._used += 1
        return self._used - 1

    def note(self, number: int) -> None:
        """Note that a row was settled by its handler; from any thread and any child."""
        self._flags[number] = 1

    def are_noted(self, number: int) -> bool:
        """Return whether it was."""
        return bool(self._flags[number])

    def give_back(self, number: int) -> None:
        """Take a number back; it will be another row's."""
        self._flags[number] = 0
        self._free.append(number)


class RowLease:
    """One row while it is lent. Its source makes and settles it; the handler's thread calls ``finish_within`` only."""

    __slots__ = ("_dialect", "_finish", "_number", "_own", "attempt", "key")

    def __init__(self, key: object, attempt: int, finish: "sqlalchemy.UpdateBase", dialect: str) -> None:
        self.key: Final = key
        self.attempt: Final = attempt
        self._finish: Final = finish
        self._dialect: Final = dialect
        self._own: OwnSettlements | None = None
        self._number = 0

    def begin(self, own: OwnSettlements) -> None:
        """Have it noted there if the handler settles the row."""
        self._number = own.take()
        self._own = own

    def finish_within(self, connection: "sqlalchemy.Connection") -> None:
        """Take the row as done in the connection's transaction; raises LeaseLost if it is another's by now."""
        if connection.dialect.name != self._dialect:
            raise CompositionError(
                f"acknowledge() was given a connection to {connection.dialect.name}, but the row is in a database of "
                f"{self._dialect}: it must be one to the same database"
            )
        # Noted first: if it is done and not noted, the source would take the row as lost.
        own = self._own
        if own is not None:
            own.note(self._number)
        if connection.execute(self._finish, {"of_key": self.key, "attempt": self.attempt}).rowcount != 1:
            raise LeaseLost(
                f"the row {self.key!r} is no longer lent to this handler: its lease has expired and another has taken "
                "it, or it is done; roll the transaction back"
            )

    def end(self) -> bool:
        """Return whether the handler has settled it; to be called once, after that it cannot be noted."""
        own, self._own = self._own, None
        if own is None:
            return False
        noted = own.are_noted(self._number)
        own.give_back(self._number)
        return noted


@dataclass(frozen=True, slots=True, kw_only=True)
class SQLDelivery(Delivery):
    """Where a row came from: the name of its table and database, its key, and how many times it was lent.

    A source makes it. lease: the row, as the source knows it.
    """

    lease: RowLease = field(repr=False, compare=False)

    def acknowledge(self, connection: "sqlalchemy.Connection", /) -> None:
        """Take the row as done within the handler's own transaction, so that its effects and the row's end are one.

        The server acknowledges nothing more then. If the transaction is rolled back, the row was not done, and comes
        again as after an exception. From any thread, and from a child that serves the row.

        connection: one to the same database, with the transaction that the handler commits.

        Raises LeaseLost if another has taken the row since: the handler must let the transaction be rolled back. Raises
        CompositionError if the connection is one to another kind of database.
        """
        self.lease.finish_within(connection)
