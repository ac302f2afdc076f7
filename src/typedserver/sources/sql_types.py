"""Names for SQLAlchemy's types. What is in a column is known by the row's dataclass, not by these."""

from typing import TYPE_CHECKING, Any, TypeAlias

from typedserver.sources.extras import Extra

if TYPE_CHECKING:
    import sqlalchemy
    import sqlalchemy.types
else:
    sqlalchemy = Extra("sqlalchemy", "sql")

AnyColumn: TypeAlias = "sqlalchemy.Column[Any]"

Expression: TypeAlias = "sqlalchemy.ColumnElement[Any]"

Condition: TypeAlias = "sqlalchemy.ColumnElement[bool]"

ColumnType: TypeAlias = "sqlalchemy.types.TypeEngine[Any]"
