"""The statements of a source: the claim of rows, and what becomes of them. Made once, run by the source.

A row that was lent is known by its key and by how often it was lent: each claim counts, so if another has taken it
since, the count is no longer ours. A claim waits for no row that another
transaction has locked, nor does what may meet a handler that settles its row by itself.
"""

from typing import TYPE_CHECKING, Final

from typedserver.sources.extras import Extra
from typedserver.sources.sql_clock import Clock
from typedserver.sources.sql_layout import Layout
from typedserver.sources.sql_types import AnyColumn, Condition, Expression

if TYPE_CHECKING:
    import sqlalchemy
else:
    sqlalchemy = Extra("sqlalchemy", "sql")


class Statements:
    """What a source says to its database.

    claim: lends at most ``most`` rows for ``lease`` seconds; gives the key and the attempt of each.
    read: the rows of ``keys``, in the order in which they are served; the key is the last column.
    finish, release, renew, fail, bury: of ``keys`` that were lent for the ``attempt``; each gives those that it found.
        After ``fail`` a row comes again when ``delay`` seconds are over, after ``bury`` never.
    finish_one: of the row ``of_key``, for a handler's own transaction.
    redeliver, redeliver_keys: of all dead rows, and of those among ``keys``.
    serialize: what must be executed before a claim in the same transaction; None if nothing.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout: Final = layout
        self.claim: Final = self._claim()
        self.read: Final = (
            sqlalchemy.select(*layout.values, layout.key).where(self._among()).order_by(*layout.order(layout.table))
        )
        at_end = self._marked() if layout.done_at is not None else sqlalchemy.delete(layout.table)
        self.finish: Final = at_end.where(self._among(), self._is_ours()).returning(layout.key)
        self.finish_one: Final = at_end.where(self._is_key(), self._is_ours())
        update = sqlalchemy.update(layout.table)
        self.release: Final = (
            update.where(self._among(), self._is_ours())
            .values({layout.leased_until: None, layout.attempts: layout.attempts - 1})
            .returning(layout.key)
        )
        self.renew: Final = (
            update.where(self._free(self._among()))
            .values({layout.leased_until: layout.clock.after(_seconds("lease"))})
            .returning(layout.key)
        )
        error = sqlalchemy.bindparam("error", type_=sqlalchemy.Text())
        failed = update.where(self._free(self._among())).returning(layout.key)
        self.fail: Final = failed.values(
            {layout.leased_until: layout.clock.after(_seconds("delay")), layout.last_error: error}
        )
        self.bury: Final = failed.values({layout.leased_until: layout.clock.forever, layout.last_error: error})
        self.redeliver: Final = update.where(
            layout.leased_until >= layout.clock.forever, *layout.not_done(layout.table)
        ).values({layout.leased_until: None, layout.attempts: 0, layout.last_error: None})
        self.redeliver_keys: Final = self.redeliver.where(self._among())
        # PostgreSQL's claims each see the table as it was when they began: two of them may take two rows of one group,
        # unless one waits for the other.
        self.serialize: Final = (
            sqlalchemy.select(sqlalchemy.func.pg_advisory_xact_lock(sqlalchemy.func.hashtext(layout.names.name)))
            if layout.group_by is not None and layout.dialect == "postgresql"
            else None
        )

    def _among(self) -> Condition:
        """Return that the key is one of ``keys``."""
        key = self._layout.key
        if self._layout.dialect != "postgresql":
            return key.in_(sqlalchemy.bindparam("keys", expanding=True))
        # One parameter, whatever their number, so that the server plans it once.
        array = sqlalchemy.ARRAY(key.type)
        return key == sqlalchemy.func.any(sqlalchemy.bindparam("keys", type_=array), type_=key.type)

    def _is_key(self) -> Condition:
        return self._layout.key == sqlalchemy.bindparam("of_key", type_=self._layout.key.type)

    def _is_ours(self) -> Condition:
        """Return that nobody else has taken the row since, and that it is not over."""
        layout = self._layout
        return sqlalchemy.and_(
            layout.attempts == sqlalchemy.bindparam("attempt", type_=sqlalchemy.Integer()),
            layout.leased_until < layout.clock.forever,
        )

    def _free(self, condition: Condition) -> Condition:
        """Return that a row is ours, and locked by nobody: its handler may just be settling it by itself."""
        layout = self._layout
        found = (
            sqlalchemy.select(layout.key)
            .where(condition, self._is_ours())
            .with_for_update(skip_locked=True, key_share=True)
        )
        return layout.key.in_(found)

    def _marked(self) -> "sqlalchemy.Update":
        layout = self._layout
        assert layout.done_at is not None
        now = Clock(layout.done_at, layout.dialect).now
        values = {layout.done_at: now, layout.leased_until: layout.clock.forever, layout.last_error: None}
        return sqlalchemy.update(layout.table).values(values)

    # The claim

    def _claim(self) -> "sqlalchemy.Executable":
        layout = self._layout
        parts = [self._waiting(part, number) for number, part in enumerate(self._times())]
        ways = [sqlalchemy.select(part) for part in (*parts, self._again())]
        every = sqlalchemy.union_all(*ways).subquery("every")
        chosen = sqlalchemy.select(every.c[layout.key.name]).order_by(*layout.order(every)).limit(_most()).cte("chosen")
        attempts = sqlalchemy.func.coalesce(layout.attempts, 0) + 1
        # PostgreSQL need not wait for the disk: if its machine ends, a claim that is forgotten has lent nothing for
        # good, and what is settled by it waits for the disk, which then has the claim as well.
        unwaited = [_unwaited()] if layout.dialect == "postgresql" else []
        return (
            sqlalchemy.update(layout.table)
            .where(layout.key.in_(sqlalchemy.select(chosen.c[layout.key.name])))
            .values({layout.leased_until: layout.clock.after(_seconds("lease")), layout.attempts: attempts})
            .returning(layout.key, layout.attempts, *unwaited)
        )

    def _times(self) -> list[list[Condition]]:
        """Return the conditions, each in turn, under which a row may be taken that was not lent before.

        Two rather than one with an OR, because an index can be searched for each.
        """
        column = self._layout.not_before
        if column is None:
            return [[]]
        return [[column.is_(None)], [column <= Clock(column, self._layout.dialect).now]]

    def _columns(self, of: "sqlalchemy.FromClause") -> list[Expression]:
        names = [name.removeprefix("-") for name in self._layout.names.order_by]
        return [of.c[name] for name in dict.fromkeys((self._layout.key.name, *names))]

    def _waiting(self, time: list[Condition], number: int) -> "sqlalchemy.CTE":
        layout = self._layout
        table = layout.table
        found = sqlalchemy.select(*self._columns(table)).where(
            layout.leased_until.is_(None), *layout.not_done(table), *time
        )
        if layout.group_by is not None:
            found = found.where(sqlalchemy.or_(layout.group_by.is_(None), self._is_first(layout.group_by)))
        by = layout.order(table, by_time=True)
        return (
            found.order_by(*by).limit(_most()).with_for_update(skip_locked=True, key_share=True).cte(f"waiting{number}")
        )

    def _is_first(self, group: AnyColumn) -> Condition:
        """Return that no row of the group is lent or comes again, and that of those that wait this is the first."""
        layout = self._layout
        other, mate = layout.table.alias("other"), layout.table.alias("mate")
        column = layout.leased_until.name
        lent = sqlalchemy.exists().where(
            mate.c[group.name] == group, mate.c[column] < layout.clock.forever, *layout.not_done(mate)
        )
        due: list[Condition] = []
        if layout.not_before is not None:
            name = layout.not_before.name
            now = Clock(layout.not_before, layout.dialect).now
            due = [sqlalchemy.or_(other.c[name].is_(None), other.c[name] <= now)]
        first = (
            sqlalchemy.select(other.c[layout.key.name])
            .where(other.c[group.name] == group, other.c[column].is_(None), *layout.not_done(other), *due)
            .order_by(other.c[column], *layout.order(other, by_time=True))
            .limit(sqlalchemy.literal_column("1"))
        )
        return sqlalchemy.and_(layout.key == first.scalar_subquery(), ~lent)

    def _again(self) -> "sqlalchemy.CTE":
        """Return the rows that have failed before, or whose lease has expired."""
        layout = self._layout
        table, column = layout.table, layout.leased_until
        found = sqlalchemy.select(*self._columns(table)).where(column <= layout.clock.now, *layout.not_done(table))
        if layout.group_by is not None:
            mate = table.alias("mate")
            # If several of a group were lent before it was one: the one that is lent the longest goes first.
            longest = (
                sqlalchemy.select(mate.c[layout.key.name])
                .where(
                    mate.c[layout.group_by.name] == layout.group_by,
                    mate.c[column.name] < layout.clock.forever,
                    *layout.not_done(mate),
                )
                .order_by(mate.c[column.name].desc(), mate.c[layout.key.name].desc())
                .limit(sqlalchemy.literal_column("1"))
            )
            found = found.where(sqlalchemy.or_(layout.group_by.is_(None), layout.key == longest.scalar_subquery()))
        by = layout.order(table) if layout.names.order_by else [column]
        return found.order_by(*by).limit(_most()).with_for_update(skip_locked=True, key_share=True).cte("again")


def _unwaited() -> "sqlalchemy.ColumnElement[str]":
    """Return what has the transaction in which it is evaluated not wait for the disk when it commits."""
    literal = sqlalchemy.literal_column
    return sqlalchemy.func.set_config(literal("'synchronous_commit'"), literal("'off'"), literal("true"))


def _seconds(name: str) -> "sqlalchemy.BindParameter[float]":
    return sqlalchemy.bindparam(name, type_=sqlalchemy.Double())


def _most() -> "sqlalchemy.BindParameter[int]":
    # In the text of the statement: a plan for any number would not trust the index.
    return sqlalchemy.bindparam("most", type_=sqlalchemy.Integer(), literal_execute=True)
