"""The servers of others that tests use: they serve, are empty for each test, and end with the tests."""

import os
import select
import shutil
import subprocess
import sys

import psycopg
import pytest
import sqlalchemy

from tests.postgresql import Database, PostgreSQL, programs
from tests.redis_server import RedisServer
from tests.reliability.programs import PATIENCE, ROOT

needs_postgresql = pytest.mark.skipif(programs() is None, reason="PostgreSQL")


@pytest.mark.parametrize("number", [1, 2])
def test_each_test_has_a_database_that_is_empty(postgresql: Database, number: int) -> None:
    with psycopg.connect(postgresql.conninfo) as connection:
        connection.execute("CREATE TABLE once (number int)")


def test_database_is_reached_by_its_url(postgresql: Database) -> None:
    engine = sqlalchemy.create_engine(postgresql.url)
    with engine.connect() as connection:
        assert connection.scalar(sqlalchemy.text("SELECT current_database()")) == postgresql.name
    engine.dispose()


def test_database_goes_even_if_a_test_leaves_it_connected(postgresql_server: PostgreSQL) -> None:
    with postgresql_server.new_database() as database:
        connection = psycopg.connect(database.conninfo)
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    connection.close()


@needs_postgresql
def test_postgresql_that_starts_again_has_what_it_stored() -> None:
    with PostgreSQL() as server:
        conninfo = server.database("postgres").conninfo
        server.execute("CREATE TABLE kept (number int)")
        for crash in (False, True):
            server.stop(crash=crash)
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(conninfo)
            server.start()
            with psycopg.connect(conninfo) as connection:
                assert connection.execute("SELECT * FROM kept").fetchall() == []


@needs_postgresql
def test_postgresql_ends_with_a_process_that_is_killed() -> None:
    source = (
        "from tests.postgresql import PostgreSQL\n"
        "server = PostgreSQL().server\n"
        "print(server.pid, server.folder, flush=True)\n"
        "input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", source],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        pid, folder = process.stdout.readline().split()
        pidfd = os.pidfd_open(int(pid))
        process.kill()
    try:
        assert select.select([pidfd], [], [], PATIENCE)[0]
    finally:
        os.close(pidfd)
        shutil.rmtree(folder.decode())


@pytest.mark.parametrize("number", [1, 2])
def test_each_test_has_a_redis_that_is_empty(redis_url: str, redis_server: RedisServer, number: int) -> None:
    assert redis_server.ask("INCR once") == ":1"


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server")
def test_redis_that_starts_again_is_empty() -> None:
    with RedisServer() as server:
        assert server.ask("SET key value") == "+OK"
        server.stop()
        with pytest.raises(OSError):
            server.ask("PING")
        server.start()
        assert server.ask("EXISTS key") == ":0"
