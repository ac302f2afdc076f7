"""Rows as the user's dataclass: which columns its fields are, of which types, and how a row becomes an instance.

It reads annotations and knows no statement.
"""

import dataclasses
import datetime as dt
import decimal
import enum
import types
import typing
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Protocol

from typing_extensions import TypeVar

from typedserver.errors import RecipeError
from typedserver.recipes import shown
from typedserver.sources.extras import Extra
from typedserver.sources.sql_types import ColumnType

if TYPE_CHECKING:
    import sqlalchemy
else:
    sqlalchemy = Extra("sqlalchemy", "sql")


class DataclassInstance(Protocol):
    """What ``dataclasses.fields`` takes."""

    # Not typeshed's own name for it: that is none at run time, when annotations may be asked for.
    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]


RowT = TypeVar("RowT", bound=DataclassInstance)


@dataclasses.dataclass(frozen=True, slots=True)
class RowField:
    """A field of a row.

    name: the field's, and its column's.
    kind: its type, without None; None if it is none that a column can be made of.
    nullable: whether it may be None.
    """

    name: str
    kind: type[object] | None
    nullable: bool


class RowShape(Generic[RowT]):
    """How rows become instances of a dataclass; raises RecipeError for what is no dataclass.

    name: the dataclass's.
    fields: what is read, in their order; a field that ``__init__`` does not take is no column's.
    """

    def __init__(self, row: type[RowT]) -> None:
        if not _is_dataclass(row):
            raise RecipeError(f"SQLTable(row={shown(row)}) must be a dataclass: its fields are the columns")
        try:
            hints = typing.get_type_hints(row)
        except NameError as error:
            raise RecipeError(
                f"SQLTable(row={row.__name__}): the annotations cannot be resolved, because {error}: define the "
                "dataclass at the top of a module, with what it names imported there"
            ) from error
        self._row: Final = row
        self.name: Final = row.__name__
        self.fields: Final = tuple(_field(each.name, hints[each.name]) for each in dataclasses.fields(row) if each.init)
        self._names: Final = tuple(field.name for field in self.fields)
        enums = {field.name: field.kind for field in self.fields}
        self._enums: Final = {name: kind for name, kind in enums.items() if kind and issubclass(kind, enum.Enum)}

    def make(self, values: Sequence[object]) -> RowT:
        """Return the row with these values, in the fields' order; what the dataclass raises is passed on."""
        given = dict(zip(self._names, values, strict=True))
        for name, kind in self._enums.items():
            if given[name] is not None:
                given[name] = kind(given[name])
        return self._row(**given)


def _is_dataclass(row: object) -> bool:
    return isinstance(row, type) and dataclasses.is_dataclass(row)


def _field(name: str, hint: object) -> RowField:
    nullable = False
    while True:
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin in (typing.Union, types.UnionType):
            others = [each for each in arguments if each is not types.NoneType]
            nullable = nullable or len(others) < len(arguments)
            if len(others) != 1:
                return RowField(name, None, nullable)
            hint = others[0]
        elif origin is typing.Literal:
            kinds: set[type[object]] = {type(value) for value in arguments}
            return RowField(name, kinds.pop() if len(kinds) == 1 else None, nullable)
        elif isinstance(hint, typing.NewType):
            hint = hint.__supertype__
        else:
            kind = hint if origin is None else origin
            return RowField(name, kind if isinstance(kind, type) else None, nullable)


def _big_integer() -> ColumnType:
    # SQLite numbers the rows by itself only if the column is its INTEGER PRIMARY KEY.
    return sqlalchemy.BigInteger().with_variant(sqlalchemy.Integer(), "sqlite")


def _known() -> tuple[tuple[type[object], ColumnType], ...]:
    """Return the types that columns can hold; in this order, because bool is an int, and a datetime a date."""
    return (
        (bool, sqlalchemy.Boolean()),
        (int, _big_integer()),
        (float, sqlalchemy.Double()),
        (str, sqlalchemy.Text()),
        (bytes, sqlalchemy.LargeBinary()),
        (dt.datetime, sqlalchemy.DateTime(timezone=True)),
        (dt.date, sqlalchemy.Date()),
        (dt.time, sqlalchemy.Time()),
        (dt.timedelta, sqlalchemy.Interval()),
        (decimal.Decimal, sqlalchemy.Numeric(38, 10)),
        (uuid.UUID, sqlalchemy.Uuid()),
        (Mapping, sqlalchemy.JSON()),
        (list, sqlalchemy.JSON()),
    )


def column_type(kind: type[object] | None) -> "ColumnType | None":
    """Return the type of column that holds values of a type; None if there is none. Of an enum, that of its values."""
    if kind is None:
        return None
    if issubclass(kind, enum.Enum) and not issubclass(kind, int | str):
        kinds: set[type[object]] = {type(member.value) for member in kind}
        return column_type(kinds.pop()) if len(kinds) == 1 else None
    return next((column for known, column in _known() if issubclass(kind, known)), None)
