"""The table of a source: its columns, the indexes that a claim needs, and what it lacks, as the statements that add it.

It knows how a table must look, and nothing of leases that are taken.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from typedserver.errors import ListenError, RecipeError
from typedserver.sources.extras import Extra
from typedserver.sources.sql_clock import Clock
from typedserver.sources.sql_rows import RowField, column_type
from typedserver.sources.sql_types import AnyColumn, ColumnType, Condition, Expression

if TYPE_CHECKING:
    import sqlalchemy
    import sqlalchemy.exc
    import sqlalchemy.schema
else:
    sqlalchemy = Extra("sqlalchemy", "sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseColumns:
    """The names of the columns that a source writes.

    leased_until: until when a row is lent; NULL before the first time. Of a failed row, when it is tried again. A row
        that is never tried again is lent until the end of the year 9999.
    attempts: how many times it was lent, and not given back before its handler began.
    done_at: when it was done, if ``when_done`` is "mark"; else the table needs no such column.
    last_error: what its handler raised last.
    """

    leased_until: str = "leased_until"
    attempts: str = "attempts"
    done_at: str = "done_at"
    last_error: str = "last_error"


DEFAULT_COLUMNS: Final = LeaseColumns()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableNames:
    """What a recipe says of its table; ``order_by`` with a "-" before a name that is sorted from high to low."""

    table: "str | sqlalchemy.Table"
    key: str
    columns: LeaseColumns
    order_by: tuple[str, ...]
    not_before: str | None
    group_by: str | None
    marks: bool

    @property
    def name(self) -> str:
        """The table's name, with its schema if it has one."""
        return self.table if isinstance(self.table, str) else self.table.fullname

    def written(self) -> Iterator[tuple[str, ColumnType, str | None]]:
        """Yield the columns that a source writes: the name, the type and the default of each."""
        time = sqlalchemy.DateTime(timezone=True)
        yield self.columns.leased_until, time, None
        yield self.columns.attempts, sqlalchemy.Integer(), "0"
        yield self.columns.last_error, sqlalchemy.Text(), None
        if self.marks:
            yield self.columns.done_at, time, None

    def chosen(self) -> Iterator[tuple[str, ColumnType, str | None]]:
        """Yield the columns that a claim looks at."""
        for name in self.order_by:
            yield name.removeprefix("-"), sqlalchemy.Integer(), "0"
        if self.not_before is not None:
            yield self.not_before, sqlalchemy.DateTime(timezone=True), None
        if self.group_by is not None:
            yield self.group_by, sqlalchemy.Text(), None


class Layout:
    """A table whose columns are known, as the statements name them."""

    def __init__(self, table: "sqlalchemy.Table", names: TableNames, fields: Sequence[RowField], dialect: str) -> None:
        columns = table.c
        self.table: Final = table
        self.names: Final = names
        self.dialect: Final = dialect
        self.key: Final[AnyColumn] = columns[names.key]
        self.leased_until: Final[AnyColumn] = columns[names.columns.leased_until]
        self.attempts: Final[AnyColumn] = columns[names.columns.attempts]
        self.last_error: Final[AnyColumn] = columns[names.columns.last_error]
        self.done_at: Final[AnyColumn | None] = columns[names.columns.done_at] if names.marks else None
        self.not_before: Final[AnyColumn | None] = columns[names.not_before] if names.not_before else None
        self.group_by: Final[AnyColumn | None] = columns[names.group_by] if names.group_by else None
        self.clock: Final = Clock(self.leased_until, dialect)
        self.values: Final[tuple[AnyColumn, ...]] = tuple(columns[field.name] for field in fields)

    def order(self, of: "sqlalchemy.FromClause", *, by_time: bool = False) -> list[Expression]:
        """Return how rows are sorted; ``by_time`` puts the time from which they may be taken before the key."""
        by: list[Expression] = [
            of.c[name[1:]].desc() if name.startswith("-") else of.c[name] for name in self.names.order_by
        ]
        if by_time and self.not_before is not None:
            by.append(of.c[self.not_before.name])
        return [*by, of.c[self.key.name]]

    def not_done(self, of: "sqlalchemy.FromClause") -> list[Condition]:
        """Return the condition that a row was not marked as done, if rows are marked."""
        return [] if self.done_at is None else [of.c[self.done_at.name].is_(None)]

    def indexes(self) -> "list[sqlalchemy.Index]":
        """Return the indexes that a claim needs. They are the table's from then on."""
        where: Condition = sqlalchemy.and_(self.leased_until.is_(None), *self.not_done(self.table))
        name = self.table.name
        found = [
            # Those that were never lent, in the order in which they are.
            sqlalchemy.Index(
                f"{name}_waiting",
                *self.order(self.table, by_time=True),
                postgresql_where=where,
                sqlite_where=where,
            ),
            # Those that come again. SQLite would take it for the others as well, if it had them.
            sqlalchemy.Index(
                f"{name}_leased",
                self.leased_until,
                postgresql_where=self.leased_until.is_not(None),
                sqlite_where=self.leased_until.is_not(None),
            ),
        ]
        if self.group_by is not None:
            # Which is the first of its group, and whether one of it is lent.
            by = (self.group_by, self.leased_until, *self.order(self.table, by_time=True))
            found.append(sqlalchemy.Index(f"{name}_groups", *by))
        return found


def _new_column(name: str, kind: ColumnType, default: str | None, *, nullable: bool = True) -> AnyColumn:
    server_default = None if default is None else sqlalchemy.text(default)
    return sqlalchemy.Column(name, kind, nullable=nullable and default is None, server_default=server_default)


def new_table(names: TableNames, fields: Sequence[RowField]) -> "sqlalchemy.Table":
    """Return the table as the dataclass describes it; raises RecipeError for a field that no column can hold.

    A column that the dataclass does not have is an integer with the default 0 (``order_by``), a time (``not_before``),
    a text (``group_by``), or a number that the database counts (``key``).
    """
    made: dict[str, AnyColumn] = {}
    for field in fields:
        kind = column_type(field.kind)
        if kind is None:
            raise RecipeError(
                f"create_table: the field {field.name} of the row has no type that a column can be made of: "
                "make the table by yourself, and pass it as SQLTable(table=)"
            )
        if field.name != names.key:
            made[field.name] = _new_column(field.name, kind, None, nullable=field.nullable)
        else:
            made[field.name] = sqlalchemy.Column(field.name, kind, primary_key=True)
    if names.key not in made:
        big = column_type(int)
        assert big is not None
        made = {names.key: sqlalchemy.Column(names.key, big, primary_key=True), **made}
    for name, kind, default in (*names.chosen(), *names.written()):
        made.setdefault(name, _new_column(name, kind, default))
    schema, _, name = names.name.rpartition(".")
    return sqlalchemy.Table(name, sqlalchemy.MetaData(), *made.values(), schema=schema or None)


def found_layout(
    connection: "sqlalchemy.Connection", names: TableNames, fields: Sequence[RowField]
) -> "tuple[Layout, list[sqlalchemy.Index]]":
    """Return the table as the database has it, and the indexes that it lacks.

    Raises ListenError if there is none, or if it lacks a column.
    """
    schema, _, name = names.name.rpartition(".")
    try:
        there = sqlalchemy.Table(name, sqlalchemy.MetaData(), schema=schema or None, autoload_with=connection)
    except sqlalchemy.exc.NoSuchTableError as error:
        raise ListenError(
            f"there is no table {names.name} in {connection.engine.url.render_as_string()}: "
            "create_table(source) makes it"
        ) from error
    wanted = {field.name: column_type(field.kind) for field in fields}
    needed: list[tuple[str, ColumnType, str | None]] = [
        *((field, kind or sqlalchemy.Text(), None) for field, kind in wanted.items()),
        (names.key, sqlalchemy.BigInteger(), None),
        *names.chosen(),
        *names.written(),
    ]
    missing = {each: _new_column(each, kind, default) for each, kind, default in needed if each not in there.c}
    known = [tuple(column.name for column in index.columns) for index in there.indexes]
    if missing:
        for column in missing.values():
            there.append_column(column)
        raise ListenError(_lacking(Layout(there, names, fields, connection.dialect.name), missing, connection))
    _check_key(connection, there, names)
    if isinstance(names.table, str):
        for field, kind in wanted.items():
            if kind is not None and not _fits(there.c[field].type, kind):
                there.c[field].type = kind
    else:
        for column in names.table.c:
            if column.name in there.c:
                there.c[column.name].type = column.type
    layout = Layout(there, names, fields, connection.dialect.name)
    return layout, [
        index
        for index in layout.indexes()
        if not any(each[: len(index.columns)] == tuple(column.name for column in index.columns) for each in known)
    ]


def _fits(found: ColumnType, wanted: ColumnType) -> bool:
    """Return whether a column's own type gives what the annotation says; it knows more, such as a precision."""
    if isinstance(wanted, sqlalchemy.JSON):
        return isinstance(found, sqlalchemy.JSON)
    try:
        return bool(found.python_type is wanted.python_type)
    except NotImplementedError:
        return False


def _check_key(connection: "sqlalchemy.Connection", there: "sqlalchemy.Table", names: TableNames) -> None:
    inspector = sqlalchemy.inspect(connection)
    unique = [[column.name for column in there.primary_key.columns]]
    unique += [constraint["column_names"] for constraint in inspector.get_unique_constraints(there.name, there.schema)]
    unique += [[column.name for column in index.columns] for index in there.indexes if index.unique]
    if [names.key] not in unique:
        raise ListenError(
            f"the column {names.key} of {names.name} is no key: two rows may have the same value, and would be settled "
            f"together: CREATE UNIQUE INDEX ON {names.name} ({names.key}), or name another by SQLTable(key=)"
        )


def _lacking(layout: Layout, missing: Mapping[str, AnyColumn], connection: "sqlalchemy.Connection") -> str:
    """Say which columns a table lacks, with the statements that add them, and the indexes of a claim."""
    dialect = connection.dialect
    table = dialect.identifier_preparer.format_table(layout.table)
    statements = [
        f"ALTER TABLE {table} ADD COLUMN {sqlalchemy.schema.CreateColumn(column).compile(dialect=dialect)}"
        for column in missing.values()
    ]
    statements += index_statements(layout.indexes(), dialect)
    listed = "".join(f"\n{statement};" for statement in statements)
    return f"the table {layout.names.name} has no column {', '.join(missing)}; this adds what it needs:{listed}"


def index_statements(indexes: "Iterable[sqlalchemy.Index]", dialect: "sqlalchemy.Dialect") -> list[str]:
    """Return the statements that make the indexes."""
    created = [sqlalchemy.schema.CreateIndex(index, if_not_exists=True) for index in indexes]
    return [" ".join(str(each.compile(dialect=dialect)).split()) for each in created]
