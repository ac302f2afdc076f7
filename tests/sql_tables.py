"""Tables for tests of SQLTable: in a file of SQLite, and in PostgreSQL."""

import dataclasses
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy.pool import NullPool

from tests.postgresql import PostgreSQL, programs
from typedserver.sources.sql_source import SQLSource
from typedserver.sources.sql_table import SQLTable, create_table


@dataclasses.dataclass(frozen=True)
class Order:
    id: int
    goods: str


class Orders:
    """The table of a recipe, looked at from outside."""

    def __init__(self, recipe: SQLTable[Any]) -> None:
        self.recipe = recipe
        url = recipe.engine
        assert isinstance(url, str)
        self.engine = sqlalchemy.create_engine(url if "://" in url else f"sqlite:///{url}", poolclass=NullPool)
        self.table = create_table(recipe)

    def add(self, *goods: str, **columns: object) -> None:
        """Insert a row for each of the goods."""
        self.insert([{"goods": each, **columns} for each in goods])

    def insert(self, rows: Iterable[Mapping[str, object]]) -> None:
        with self.engine.begin() as connection:
            connection.execute(self.table.insert(), [dict(row) for row in rows])

    def execute(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(sqlalchemy.text(statement))

    def rows(self) -> list[dict[str, Any]]:
        """Return all rows, by their key."""
        with self.engine.begin() as connection:
            found = connection.execute(sqlalchemy.select(self.table).order_by(self.table.c.id))
            return [dict(row) for row in found.mappings()]

    def goods(self) -> list[str]:
        return [row["goods"] for row in self.rows()]

    def expire(self, *keys: int) -> None:
        """Let the leases of rows, or of all, expire, as if their time had passed."""
        column = self.table.c[self.recipe.columns.leased_until]
        long_ago = sqlalchemy.text("'2001-01-01 00:00:00.000000'")
        statement = self.table.update().values({column: long_ago}).where(column.is_not(None))
        with self.engine.begin() as connection:
            connection.execute(statement.where(self.table.c.id.in_(keys)) if keys else statement)


@contextmanager
def opened(recipe: SQLTable[Order]) -> Generator[SQLSource[Order]]:
    source = recipe.open()
    try:
        yield source
    finally:
        source.close()


@pytest.fixture(scope="session")
def postgresql_if_any(request: pytest.FixtureRequest) -> PostgreSQL | None:
    """The server, started before a test looks at which processes there are."""
    return request.getfixturevalue("postgresql_server") if programs() is not None else None


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path, postgresql_if_any: PostgreSQL | None) -> Generator[str]:
    """Where the table is: an empty database of each kind in turn."""
    if request.param == "sqlite":
        yield str(tmp_path / "orders.db")
    elif postgresql_if_any is None:
        pytest.skip("PostgreSQL")
    else:
        with postgresql_if_any.new_database() as database:
            yield database.url
