"""The time of a database, in the kind of column that a table has for it.

All times of a lease are the database's: the clocks of several hosts differ, and one that is ahead would take what
others still hold. A column is a timestamp or a number of seconds since 1970.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from typedserver.errors import ListenError
from typedserver.sources.extras import Extra
from typedserver.sources.sql_types import AnyColumn, ColumnType, Expression

if TYPE_CHECKING:
    import sqlalchemy
else:
    sqlalchemy = Extra("sqlalchemy", "sql")

# The end of the year 9999: what is leased until then is leased to nobody again. Not PostgreSQL's infinity, which no
# datetime of Python can be. A day before the last, because a client's time zone may be ahead.
_FOREVER_TEXT: Final = "9999-12-30 00:00:00.000000"
_FOREVER_SECONDS: Final = 253402128000.0
_FOREVER_INT: Final = 2**31 - 1


class Clock:
    """What the database's time is to a column.

    now: an expression that stays the same within a statement, so that an index can be searched by it.
    forever: a time that does not come, as a literal, so that it can stand in the condition of an index.
    """

    def __init__(self, column: AnyColumn, dialect: str) -> None:
        kind: ColumnType = column.type
        self.now: Expression
        if isinstance(kind, sqlalchemy.DateTime):
            self.now, self._after = _timestamps(kind, dialect)
            zone = "+00" if dialect == "postgresql" and kind.timezone else ""
            prefix = "TIMESTAMP WITH TIME ZONE " if zone else "TIMESTAMP " if dialect == "postgresql" else ""
            forever = f"{prefix}'{_FOREVER_TEXT}{zone}'"
        elif isinstance(kind, (sqlalchemy.Numeric, sqlalchemy.Float, sqlalchemy.Integer)):
            self.now, self._after = _numbers(dialect)
            narrow = isinstance(kind, sqlalchemy.Integer) and not isinstance(kind, sqlalchemy.BigInteger)
            forever = str(_FOREVER_INT if narrow else _FOREVER_SECONDS)
        else:
            raise ListenError(
                f"the column {column.name} of {column.table.name} is of the type {kind!r}, and no time: make it a "
                "TIMESTAMP WITH TIME ZONE, or a number of seconds since 1970"
            )

        self.forever: Expression = sqlalchemy.literal_column(forever, column.type)

    def after(self, seconds: Expression) -> Expression:
        """Return the time that is so many seconds from now."""
        return self._after(seconds)


_Later = Callable[[Expression], Expression]


def _timestamps(kind: "sqlalchemy.DateTime", dialect: str) -> tuple[Expression, _Later]:
    func, literal = sqlalchemy.func, sqlalchemy.literal_column
    if dialect == "sqlite":
        # As SQLAlchemy writes a datetime: six digits after the point, in UTC.
        def at(*modifiers: Expression) -> Expression:
            return func.strftime(literal("'%Y-%m-%d %H:%M:%f000'"), literal("'now'"), *modifiers, type_=kind)

        return at(), lambda seconds: at(func.printf(literal("'%+.3f seconds'"), seconds))
    now: Expression = func.statement_timestamp(type_=sqlalchemy.DateTime(timezone=True))
    if not kind.timezone:
        now = func.timezone(literal("'UTC'"), now, type_=kind)
    return now, lambda seconds: now + func.make_interval(*[literal("0")] * 6, seconds, type_=sqlalchemy.Interval())


def _numbers(dialect: str) -> tuple[Expression, _Later]:
    seconds = (
        "(julianday('now') - 2440587.5) * 86400.0"
        if dialect == "sqlite"
        else "CAST(extract(epoch from statement_timestamp()) AS DOUBLE PRECISION)"
    )
    now: Expression = sqlalchemy.literal_column(f"({seconds})", sqlalchemy.Double())
    return now, lambda more: now + more
