"""The database of a recipe: an engine made of a path or a URL, or the program's own; its name has no password."""

import os
import weakref
from typing import TYPE_CHECKING, Any, Final

from typedserver.errors import CompositionError, RecipeError
from typedserver.process.inheritance import close_after_fork, leave_to_parent
from typedserver.recipes import shown
from typedserver.sources.extras import Extra

if TYPE_CHECKING:
    import sqlalchemy
    import sqlalchemy.event
    import sqlalchemy.exc
    import sqlalchemy.pool
else:
    sqlalchemy = Extra("sqlalchemy", "sql")

# Seconds that a statement waits for another process that writes to the same SQLite file.
_BUSY_TIMEOUT: Final = 5.0

# What a URL may have a secret in, besides its own place for a password.
_SECRETS: Final = ("password", "sslpassword")


class _Pool:
    """The pool of a program's engine, whose connections a child of this process must not use, nor close."""

    def __init__(self, engine: "sqlalchemy.Engine") -> None:
        self._engine: Final = weakref.ref(engine)
        # What a child has of its parent's. Kept, because the end of a connection would be heard by the database.
        self._left: Final[list[sqlalchemy.Pool]] = []
        close_after_fork(self)
        leave_to_parent(self)

    def leave_to_parent(self) -> None:
        engine = self._engine()
        if engine is not None:
            self._left.append(engine.pool)
            engine.dispose(close=False)

    def leave_in_child(self, _request: object, /) -> None:
        self.leave_to_parent()


_pools: Final[weakref.WeakKeyDictionary["sqlalchemy.Engine", _Pool]] = weakref.WeakKeyDictionary()


def check_engine(engine: object) -> None:
    """Raise RecipeError for what is no path, URL or engine. Of an engine, a child's pool is its own from here on."""
    if isinstance(engine, str | os.PathLike):
        return
    if isinstance(engine, sqlalchemy.Engine):
        if engine not in _pools:
            _pools[engine] = _Pool(engine)
    elif not isinstance(engine, sqlalchemy.URL):
        raise RecipeError(
            f"SQLTable(engine={shown(engine)}) must be a path of a file, a URL, or a sqlalchemy.Engine; an AsyncEngine "
            "has one, its sync_engine"
        )


def engine_of(given: "str | os.PathLike[str] | sqlalchemy.URL | sqlalchemy.Engine") -> "tuple[sqlalchemy.Engine, bool]":
    """Return the engine, and whether it is the caller's to dispose of; raises CompositionError for another database."""
    if isinstance(given, sqlalchemy.Engine):
        _check_dialect(given)
        return given, False
    url = _url_of(given)
    _check_database(url)
    sqlite = url.get_backend_name() == "sqlite"
    arguments: dict[str, Any] = {"timeout": _BUSY_TIMEOUT} if sqlite else {}
    try:
        # No pool: what a source needs it keeps open, and nothing is left over for a child.
        engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool, connect_args=arguments)
    except ModuleNotFoundError as error:
        raise CompositionError(
            f"{error.name} is not installed, which {url.drivername} needs: pip install 'typedserver[postgresql]'"
        ) from error
    _check_dialect(engine)
    if sqlite:
        sqlalchemy.event.listen(engine, "connect", _set_up_sqlite)
    return engine, True


def _url_of(given: "str | os.PathLike[str] | sqlalchemy.URL") -> "sqlalchemy.URL":
    if isinstance(given, str | os.PathLike):
        text = os.fspath(given)
        if "://" not in text:
            return sqlalchemy.URL.create("sqlite", database=text)
        try:
            given = sqlalchemy.make_url(text)
        except (sqlalchemy.exc.ArgumentError, ValueError) as error:
            raise RecipeError(f"SQLTable(engine=) is no URL of a database: {error}") from error
    # The driver that we know. SQLAlchemy 2.0 would take another one.
    return given.set(drivername="postgresql+psycopg") if given.drivername == "postgresql" else given


def _check_database(url: "sqlalchemy.URL") -> None:
    """Raise CompositionError for a database that is not known, before its driver is asked for."""
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise CompositionError(
            f"SQLTable knows SQLite and PostgreSQL, not {url.get_backend_name()}: write a Source of your own, and "
            "serve it by Polled"
        )


def _check_dialect(engine: "sqlalchemy.Engine") -> None:
    _check_database(engine.url)
    if engine.dialect.is_async:
        raise CompositionError(
            f"SQLTable runs in a thread, and {engine.dialect.driver} is made for coroutines: use "
            f"{'postgresql+psycopg' if engine.dialect.name == 'postgresql' else 'sqlite'}://"
        )


def _set_up_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's connection has no type
    cursor = connection.cursor()
    # Readers do not wait for a writer then, nor it for them.
    cursor.execute("PRAGMA journal_mode=WAL")
    # If the machine ends, the last rows that were settled are lent again; without it each waits for the disk.
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


def _public(url: "sqlalchemy.URL") -> str:
    secrets = [name for name in _SECRETS if name in url.query]
    return url.update_query_dict(dict.fromkeys(secrets, "***")).render_as_string(hide_password=True)


def name_of(table: str, engine: "sqlalchemy.Engine") -> str:
    """Return how a source is called: its table and its database, without anything secret."""
    return f"{table}@{_public(engine.url)}"


def shown_engine(
    given: "str | os.PathLike[str] | sqlalchemy.URL | sqlalchemy.Engine",
) -> "str | os.PathLike[str] | sqlalchemy.Engine":
    """Return what a recipe was given, without anything secret."""
    if isinstance(given, os.PathLike | sqlalchemy.Engine) or (isinstance(given, str) and "://" not in given):
        return given
    return _public(_url_of(given))
