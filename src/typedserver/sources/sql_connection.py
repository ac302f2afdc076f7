"""The connections of a source: one for its statements, one that hears of new rows. Who uses them opens them again."""

import logging
import selectors
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final

from typedserver.errors import CompositionError
from typedserver.sources.extras import Extra
from typedserver.sources.sql_forks import StatementLock

if TYPE_CHECKING:
    import psycopg
    import psycopg.sql
    import sqlalchemy
    import sqlalchemy.exc
else:
    sqlalchemy = Extra("sqlalchemy", "sql")
    psycopg = Extra("psycopg", "postgresql")

_logger: Final = logging.getLogger("typedserver")

# Of a connection to PostgreSQL that is a source's alone. No statement waits longer for a row that another transaction
# has locked. Each is made for an index: without statistics, such as a queue's table often has none, the planner would
# prefer to read and sort all of it, because it takes the rows that wait for few.
_SETTINGS: Final = {
    "lock_timeout": "5s",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    # The planner takes such a plan for a costly one, and would spend a second on compiling it.
    "jit": "off",
}


class StatementConnection:
    """A connection in which each statement is a transaction by itself, unless ``transaction`` makes several one."""

    def __init__(self, engine: "sqlalchemy.Engine") -> None:
        self._engine: Final = engine
        self._is_sqlite: Final = engine.dialect.name == "sqlite"
        self._connection: sqlalchemy.Connection | None = None
        # PostgreSQL's client has no locks that a child would miss, and its statements wait for a network.
        self._guard: Final[AbstractContextManager[None]] = StatementLock() if self._is_sqlite else nullcontext()

    @contextmanager
    def statement(self) -> "Generator[sqlalchemy.Connection]":
        """Give the connection for statements that are a transaction each."""
        with self._guard:
            yield self._get()

    def _get(self) -> "sqlalchemy.Connection":
        """Return the connection; opens one if there is none, or if it broke."""
        connection = self._connection
        if connection is None or connection.invalidated or connection.closed:
            self.close()
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._connection = connection
            if not self._is_sqlite:
                for name, value in _SETTINGS.items():
                    connection.exec_driver_sql(f"SET {name} = '{value}'")
        return connection

    @contextmanager
    def transaction(self) -> "Generator[sqlalchemy.Connection]":
        """Make what is executed inside one transaction, which may write from the beginning."""
        with self._guard:
            connection = self._get()
            # SQLite: one that began to read cannot always write later.
            connection.exec_driver_sql("BEGIN IMMEDIATE" if self._is_sqlite else "BEGIN")
            try:
                yield connection
                connection.exec_driver_sql("COMMIT")
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """Close the connection, and roll back what it has begun. The next statement opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with self._guard:
                self._close(connection)

    def _close(self, connection: "sqlalchemy.Connection") -> None:
        try:
            # Not returned to a pool: it may be in the middle of something, and has settings of ours.
            connection.invalidate()
            connection.close()
        except sqlalchemy.exc.SQLAlchemyError:
            _logger.debug("a connection of a source was not closed in order", exc_info=True)


class Listening:
    """A connection that hears what is sent to a channel (LISTEN); raises what the driver raises."""

    def __init__(self, engine: "sqlalchemy.Engine", channel: str) -> None:
        if engine.dialect.driver != "psycopg":
            raise CompositionError(
                f"SQLTable(notify={channel!r}) needs the driver psycopg 3, not {engine.dialect.driver}: "
                "postgresql+psycopg://"
            )
        pooled = engine.raw_connection()
        driver: psycopg.Connection[Any] | None = pooled.driver_connection
        assert driver is not None
        # It is for itself from here on, and counts no more for the pool.
        pooled.detach()
        self._connection: Final = driver
        self._selector: Final = selectors.DefaultSelector()
        try:
            driver.autocommit = True
            driver.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
            self._selector.register(driver, selectors.EVENT_READ)
        except BaseException:
            self.close()
            raise

    def wait(self, seconds: float) -> bool:
        """Return whether something was sent since the last call, at once or within so many seconds.

        Raises psycopg.OperationalError if the connection broke.
        """
        if not self._selector.select(seconds):
            return False
        libpq = self._connection.pgconn
        libpq.consume_input()
        heard = False
        while libpq.notifies() is not None:
            heard = True
        return heard

    def close(self) -> None:
        """Close the connection."""
        self._selector.close()
        self._connection.close()
