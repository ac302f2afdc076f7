"""SQLTable: the rows of a table as requests. The recipe, and what is done with its table by hand.

SQLAlchemy is imported when a recipe is used, not before.
"""

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Generic, Literal

from typedserver.endpoints.bases import BaseEndpoint
from typedserver.errors import CompositionError, ListenError, RecipeError
from typedserver.protocols.requests import RequestKind
from typedserver.recipes import check_at_least, check_callable, check_positive, recipe_repr, shown
from typedserver.sources.extras import Extra
from typedserver.sources.polled import SourceListener
from typedserver.sources.receiver import Pace
from typedserver.sources.retries import DEFAULT_RETRIES, Retries
from typedserver.sources.sql_delivery import SQLDelivery
from typedserver.sources.sql_engines import check_engine, engine_of, name_of, shown_engine
from typedserver.sources.sql_layout import (
    DEFAULT_COLUMNS,
    Layout,
    LeaseColumns,
    TableNames,
    found_layout,
    index_statements,
    new_table,
)
from typedserver.sources.sql_rows import RowShape, RowT
from typedserver.sources.sql_source import SQLSource, Terms
from typedserver.sources.sql_statements import Statements

if TYPE_CHECKING:
    import sqlalchemy
    import sqlalchemy.exc
else:
    sqlalchemy = Extra("sqlalchemy", "sql")

_logger: Final = logging.getLogger("typedserver")

# Seconds: a row whose process was killed waits no longer for another one, and a renewal every 20 s costs nothing.
DEFAULT_LEASE: Final = 60.0

# Seconds between two looks for new rows.
DEFAULT_POLL: Final = 1.0


@dataclass(frozen=True, slots=True, repr=False)
class SQLTable(BaseEndpoint[RowT, SQLDelivery], Generic[RowT]):
    """Serve the rows of a table, each to one handler at once, in as many processes and hosts as there are.

    engine: the database: the path of an SQLite file, a URL (SQLite, PostgreSQL), or an Engine of SQLAlchemy.
    table: its name, with its schema if it has one, or a Table, whose columns' types hold then.
    row: the dataclass that a row becomes; its fields are the columns that are read.
    key: the column by which rows differ; no two have the same value.
    columns: the names of the columns that the source writes.
    lease: seconds for which a row is lent. It is renewed while its handler runs, so only if a process has died, or
    cannot reach the database, is the row lent to another.
    retries: how often a row is tried whose handler raises, and after which pauses. What was tried as often is dead: it
    stays in the table, with its error in ``last_error``, and is never lent again until ``redeliver`` puts it back.
    dead_letter: called with a dead row and its error instead, in the source's thread, so it must be quick; then the row
    is done. If it raises, the row stays. At least once: a process may be killed between the call and the row's end.
    when_done: "delete" the row, or "mark" it, by the time in ``done_at``.
    poll: seconds between two looks for rows if none has come. A row that is added meanwhile waits for that.
    notify: a channel of PostgreSQL; rows are looked for as soon as something is sent to it (NOTIFY). ``create_table``
    adds a trigger that does it. ``poll`` holds as well, for what nothing is sent: leases that expire, delays.
    prefetch: rows that are claimed at once, and lent before a handler is free. More cost fewer statements a row.
    order_by: columns by which rows are sorted, before their key; "-priority" means from high to low. A row that comes
    again has its place in this order.
    not_before: a column with the time before which a row is not taken, by the database's clock; NULL means at once.
    group_by: a column; of the rows with the same value in it one is served at a time, in the order of ``order_by`` and
    the key. One that is tried again holds up those behind it, until it is done or dead. NULL means no group. A row
    whose ``not_before`` has not come holds up nothing.

    Times are the database's. At least once: after a crash, or a handler that outlives a drain, a row may run again; if
    the handler calls ``SQLDelivery.acknowledge`` within its own transaction, its effects and the row's end are one.

    Raises RecipeError for values that cannot work, CompositionError if SQLAlchemy is not installed.
    """

    engine: "str | os.PathLike[str] | sqlalchemy.URL | sqlalchemy.Engine"
    table: "str | sqlalchemy.Table"
    row: type[RowT]
    _: KW_ONLY
    key: str = "id"
    columns: LeaseColumns = DEFAULT_COLUMNS
    lease: float = DEFAULT_LEASE
    retries: Retries = DEFAULT_RETRIES
    dead_letter: Callable[[RowT, BaseException], object] | None = None
    when_done: Literal["delete", "mark"] = "delete"
    poll: float = DEFAULT_POLL
    notify: str | None = None
    prefetch: int = 1
    order_by: str | Sequence[str] = ()
    not_before: str | None = None
    group_by: str | None = None

    def __post_init__(self) -> None:
        check_engine(self.engine)
        _check_kind("table", self.table, (str, sqlalchemy.Table), "a name or a sqlalchemy.Table")
        _check_kind("retries", self.retries, (Retries,), "Retries")
        _check_kind("columns", self.columns, (LeaseColumns,), "LeaseColumns")
        RowShape(self.row)
        for field, name in (("key", self.key), ("not_before", self.not_before), ("group_by", self.group_by)):
            if name is not None or field == "key":
                _check_kind(field, name, (str,), "the name of a column")
        if self.notify is not None:
            _check_kind("notify", self.notify, (str,), "the name of a channel")
        _check_kind("order_by", self.order_by, (str, Sequence), "the names of columns")
        for name in _ordering(self.order_by):
            _check_kind("order_by", name.removeprefix("-"), (str,), "the names of columns, a - before one")
        if self.when_done not in ("delete", "mark"):
            raise RecipeError(f'SQLTable(when_done={shown(self.when_done)}) must be "delete" or "mark"')
        check_positive("SQLTable", "lease", self.lease, "give the seconds for which a row is lent", needed=True)
        check_positive("SQLTable", "poll", self.poll, "give the seconds between two looks for rows", needed=True)
        check_at_least("SQLTable", "prefetch", self.prefetch, 1, "give how many rows are claimed at once")
        remedy = "give a function of the row and its error, or None to keep dead rows in the table"
        check_callable("SQLTable", "dead_letter", self.dead_letter, remedy, needed=False)

    @property
    def request_kind(self) -> RequestKind:
        """Always "messages"."""
        return "messages"

    def listen(self) -> SourceListener[RowT, SQLDelivery]:
        """Open the source; raises as ``open`` does."""
        return SourceListener(self, self.open, Pace(prefetch=self.prefetch))

    def open(self) -> SQLSource[RowT]:
        """Return a source of the rows, which can be used without a server; each call opens another one.

        Raises ListenError if the database cannot be reached, if it has no such table, or if that lacks a column;
        CompositionError if what it needs is not installed, or does not fit.
        """
        engine, owned = engine_of(self.engine)
        try:
            _check_notify(self.notify, engine)
            name = name_of(_names_of(self).name, engine)
            layout = _look_up(self, engine, name)
        except BaseException:
            if owned:
                engine.dispose()
            raise
        terms = Terms(
            lease=self.lease,
            retries=self.retries,
            dead_letter=self.dead_letter,
            poll=self.poll,
            notify=self.notify,
        )
        return SQLSource(name, engine, layout, RowShape(self.row), terms, owns_engine=owned)

    def __repr__(self) -> str:
        """Return the recipe as code, without a password."""
        return recipe_repr(replace(self, engine=shown_engine(self.engine)))


def _check_kind(field: str, value: object, kinds: tuple[type[object], ...], must: str) -> None:
    if not isinstance(value, kinds) or value == "":
        raise RecipeError(f"SQLTable({field}={shown(value)}) must be {must}")


def _ordering(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _check_notify(channel: str | None, engine: "sqlalchemy.Engine") -> None:
    if channel is not None and engine.dialect.name != "postgresql":
        raise CompositionError(
            f"SQLTable(notify={channel!r}) is for PostgreSQL: {engine.dialect.name} notifies nobody of new rows, so "
            "use poll="
        )


def _names_of(source: SQLTable[Any]) -> TableNames:
    return TableNames(
        table=source.table,
        key=source.key,
        columns=source.columns,
        order_by=_ordering(source.order_by),
        not_before=source.not_before,
        group_by=source.group_by,
        marks=source.when_done == "mark",
    )


def _look_up(source: SQLTable[RowT], engine: "sqlalchemy.Engine", name: str) -> Layout:
    """Return the table as it is; what is missing is an error, or a line in the log if it only makes claims slow."""
    try:
        with engine.connect() as connection:
            layout, missing = found_layout(connection, _names_of(source), RowShape(source.row).fields)
            if missing:
                _logger.warning(
                    "%s has no index for claims, which read all of it so: %s",
                    name,
                    "; ".join(index_statements(missing, connection.dialect)),
                )
            return layout
    except sqlalchemy.exc.DBAPIError as error:
        raise ListenError(f"{name} cannot be opened: {error.orig}") from error


def create_table(source: SQLTable[Any]) -> "sqlalchemy.Table":
    """Make the table of a source, with the columns and the indexes that it needs; of one that exists, the indexes.

    If the source has ``notify=``, a trigger notifies that channel of rows that are inserted.

    Returns the table, for statements that insert rows. Raises ListenError if the database cannot be reached, or if the
    table exists and lacks a column; RecipeError for a field that no column can be made of; CompositionError for
    ``notify=`` with SQLite.
    """
    names = _names_of(source)
    engine, owned = engine_of(source.engine)
    try:
        _check_notify(source.notify, engine)
        with engine.begin() as connection:
            schema, _, name = names.name.rpartition(".")
            fields = RowShape(source.row).fields
            if not sqlalchemy.inspect(connection).has_table(name, schema or None):
                new_table(names, fields).create(connection)
            layout, missing = found_layout(connection, names, fields)
            for index in missing:
                index.create(connection, checkfirst=True)
            if source.notify is not None:
                _add_trigger(connection, layout, source.notify)
            return layout.table
    except sqlalchemy.exc.DBAPIError as error:
        raise ListenError(f"{name_of(names.name, engine)} cannot be made: {error.orig}") from error
    finally:
        if owned:
            engine.dispose()


def _add_trigger(connection: "sqlalchemy.Connection", layout: Layout, channel: str) -> None:
    preparer = connection.dialect.identifier_preparer
    table = preparer.format_table(layout.table)
    schema = f"{preparer.quote(layout.table.schema)}." if layout.table.schema else ""
    name = preparer.quote(f"{layout.table.name}_notify")
    quoted = channel.replace("'", "''")
    body = f"$typedserver$ BEGIN PERFORM pg_notify('{quoted}', ''); RETURN NULL; END $typedserver$"
    statements = (
        f"CREATE OR REPLACE FUNCTION {schema}{name}() RETURNS trigger LANGUAGE plpgsql AS {body}",
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        # Of a statement, not of each row: one notification is enough.
        f"CREATE TRIGGER {name} AFTER INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {schema}{name}()",
    )
    for statement in statements:
        connection.exec_driver_sql(statement.replace("%", "%%"))


def redeliver(source: SQLTable[Any], keys: Iterable[object] | None = None) -> int:
    """Put dead rows of a table back: each is tried again as often as a new one, and its error is gone.

    keys: of which rows; None means all that are dead. Others are left alone.

    Returns how many it were. Raises ListenError as the source does.
    """
    names = _names_of(source)
    engine, owned = engine_of(source.engine)
    try:
        layout = _look_up(source, engine, name_of(names.name, engine))
        statements = Statements(layout)
        with engine.begin() as connection:
            if keys is None:
                return connection.execute(statements.redeliver).rowcount
            return connection.execute(statements.redeliver_keys, {"keys": list(keys)}).rowcount
    except sqlalchemy.exc.DBAPIError as error:
        raise ListenError(f"{name_of(names.name, engine)} cannot be reached: {error.orig}") from error
    finally:
        if owned:
            engine.dispose()
