"""PostgreSQL for tests: Debian's programs on a cluster of our own, in a temporary folder, on a Unix socket alone."""

import itertools
import shutil
import signal
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import psycopg

from tests.foreign_servers import ForeignServer

# What is committed survives the server's end, not the machine's: a flush takes most of a transaction's time.
_FAST: Final = ("fsync=off", "full_page_writes=off")

DURABLE: Final = ("fsync=on", "full_page_writes=on")
"""Settings of a server that loses nothing if the machine ends, for measurements: those that it has by default."""

_PORT: Final = 5432  # Of the socket file's name alone; each server has a folder of its own.


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, of the newest version; None if it is not installed."""
    installed = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "postgres").exists()]
    if installed:
        return max(installed, key=lambda path: float(path.parent.name))
    on_path = shutil.which("postgres")
    return None if on_path is None else Path(on_path).resolve().parent


@dataclass(frozen=True, slots=True)
class Database:
    """A database, for SQLAlchemy by its ``url`` and for psycopg by its ``conninfo``."""

    name: str
    folder: Path

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@/{self.name}?host={self.folder}&port={_PORT}"

    @property
    def conninfo(self) -> str:
        return f"host={self.folder} port={_PORT} user=postgres dbname={self.name}"


class PostgreSQL:
    """A PostgreSQL server that runs until ``close``; raises ForeignServerError if it does not start.

    settings: of postgresql.conf, such as "max_connections=200"; later ones hold.
    """

    def __init__(self, *settings: str) -> None:
        found = programs()
        if found is None:
            raise RuntimeError("PostgreSQL is not installed: run sh tests/install_clients.sh as root")
        self._programs = found
        self._settings = (*_FAST, "listen_addresses=", "max_connections=100", *settings)
        self._numbers = itertools.count(1)
        self.server = ForeignServer("postgresql", "postgres")
        try:
            options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]
            self.server.run([str(found / "initdb"), "-D", str(self.server.folder / "data"), *options])
            self.start()
        except BaseException:
            self.server.close()
            raise

    def start(self) -> None:
        """Start it again after ``stop``, with all that it has stored."""
        command = [str(self._programs / "postgres"), "-D", str(self.server.folder / "data")]
        for setting in (*self._settings, f"unix_socket_directories={self.server.folder}", f"port={_PORT}"):
            command += ["-c", setting]
        self.server.start(command, self._is_ready)

    def _is_ready(self) -> bool:
        try:
            psycopg.connect(self.database("postgres").conninfo).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, *, crash: bool = False) -> None:
        """Stop it, all connections with it; ``crash``: at once, so that it has to recover when it starts."""
        self.server.stop(signal.SIGQUIT if crash else signal.SIGINT)

    def database(self, name: str) -> Database:
        """Return a database that exists."""
        return Database(name, self.server.folder)

    def execute(self, statement: str) -> None:
        """Run a statement in the database "postgres", in no transaction."""
        with psycopg.connect(self.database("postgres").conninfo, autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextmanager
    def new_database(self) -> Generator[Database, None, None]:
        """Make an empty database, and drop it with all connections to it at the end."""
        name = f"test{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        try:
            yield self.database(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        """Stop it for good and remove what it has stored."""
        self.server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
