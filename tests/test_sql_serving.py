"""Servers of a table's rows: on SQLite and on PostgreSQL, under each strategy, in several processes."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from tests.lending import BLOCKING, STRATEGIES, until
from tests.postgresql import Database, PostgreSQL, programs
from tests.running import PATIENCE, running
from tests.sql_tables import Order, Orders, postgresql_if_any, url
from typedserver import (
    Asyncio,
    Retries,
    Server,
    ServerContext,
    SQLDelivery,
    SQLTable,
    ThreadPool,
    Threads,
    sleep,
)

# Fixtures are found by their names.
__all__ = ["postgresql_if_any", "url"]

needs_postgresql = pytest.mark.skipif(programs() is None, reason="PostgreSQL")

FAST = Retries(max_attempts=2, min_backoff=0.01, max_backoff=0.02)


def fail_by_fives(row: Order, delivery: SQLDelivery, server: ServerContext) -> None:
    assert server.server_address == delivery.source
    assert delivery.key == row.id
    if row.id % 5 == 0:
        raise ValueError(row.goods)


async def fail_by_fives_later(row: Order, delivery: SQLDelivery, server: ServerContext) -> None:
    await sleep(0)
    fail_by_fives(row, delivery, server)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_rows_are_done_or_dead_under_each_strategy(url: str, strategy: str) -> None:
    recipe = SQLTable(url, "orders", Order, retries=FAST, poll=0.01, prefetch=4)
    orders = Orders(recipe)
    orders.add(*map(str, range(1, 21)))
    handler = fail_by_fives if strategy in BLOCKING else fail_by_fives_later
    with running(Server(recipe, handler, STRATEGIES[strategy])):
        until(lambda: [row["id"] for row in orders.rows() if row["attempts"] == 2 and row["leased_until"].year == 9999])
        until(lambda: len(orders.rows()) == 4 and all(row["leased_until"].year == 9999 for row in orders.rows()))
    errors = {row["id"]: row["last_error"] for row in orders.rows()}
    assert errors.keys() == {5, 10, 15, 20}
    assert ("ValueError: 5" if strategy != "forks" else "exited with status 70") in errors[5]


def test_drain_gives_back_what_was_not_begun_and_finishes_what_runs(url: str) -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def handle(_row: Order, _delivery: SQLDelivery, _server: ServerContext) -> None:
        begun.set()
        assert goes_on.wait(PATIENCE)

    recipe = SQLTable(url, "orders", Order, poll=0.01, prefetch=8)
    orders = Orders(recipe)
    orders.add(*map(str, range(20)))
    with running(Server(recipe, handler=handle, strategy=ThreadPool(workers=1, queue=1))) as run:
        assert begun.wait(PATIENCE)
        run.server.request_drain(PATIENCE)
        # While the handler runs, so that others may have them.
        until(lambda: sum(row["leased_until"] is None for row in orders.rows()) >= 18)
        goes_on.set()
        run.join()
    rows = orders.rows()
    assert len(rows) in (18, 19)
    assert {(row["attempts"], row["leased_until"]) for row in rows} == {(0, None)}


def test_lease_of_a_long_handler_is_renewed(url: str) -> None:
    goes_on = threading.Event()
    attempts: list[int] = []

    def handle(_row: Order, delivery: SQLDelivery, _server: ServerContext) -> None:
        attempts.append(delivery.attempt)
        assert goes_on.wait(PATIENCE)

    recipe = SQLTable(url, "orders", Order, poll=0.01, lease=9.0)
    orders = Orders(recipe)
    orders.add("tea")
    with running(Server(recipe, handle, Threads())), running(Server(recipe, handle, Threads())):
        until(lambda: attempts)
        first = orders.rows()[0]["leased_until"]
        until(lambda: orders.rows()[0]["leased_until"] > first)
        goes_on.set()
        until(lambda: not orders.rows())
    assert attempts == [1]


# The handler's own transaction


def effects(orders: Orders) -> list[str]:
    with orders.engine.begin() as connection:
        return list(connection.scalars(sqlalchemy.text("SELECT goods FROM shipped ORDER BY goods")))


@pytest.mark.parametrize("strategy", BLOCKING)
def test_effects_of_a_handler_that_acknowledges_are_there_once(url: str, strategy: str, tmp_path: Path) -> None:
    recipe = SQLTable(url, "orders", Order, retries=Retries(min_backoff=0.01, max_backoff=0.02), poll=0.01, prefetch=3)
    orders = Orders(recipe)
    orders.execute("CREATE TABLE shipped (goods TEXT)")
    orders.add(*"abcdefghi")

    def ship(row: Order, delivery: SQLDelivery, _server: ServerContext) -> None:
        with orders.engine.connect() as connection:
            connection.execute(sqlalchemy.text("INSERT INTO shipped VALUES (:goods)"), {"goods": row.goods})
            delivery.acknowledge(connection)
            if row.id % 3 == delivery.attempt == 1:
                raise ValueError("rolled back with an error")
            if row.id % 3 == 2 and delivery.attempt == 1:
                # Forgotten: the handler returns, and its transaction is rolled back.
                return
            connection.commit()
        with shipped.open("a") as file:
            file.write(row.goods)

    # Not by a look at the table: a child may not use SQLite if a thread of its parent was in the middle of that.
    shipped = tmp_path / "shipped"
    shipped.touch()
    with running(Server(recipe, ship, BLOCKING[strategy])):
        until(lambda: len(shipped.read_text()) == 9)
    assert orders.rows() == []
    assert effects(orders) == list("abcdefghi")


@needs_postgresql
def test_coroutine_acknowledges_within_its_own_transaction(postgresql: Database) -> None:
    recipe = SQLTable(postgresql.url, "orders", Order, poll=0.01, prefetch=3)
    orders = Orders(recipe)
    orders.execute("CREATE TABLE shipped (goods TEXT)")
    orders.add(*"abc")
    engine = create_async_engine(postgresql.url, poolclass=NullPool)

    async def ship(row: Order, delivery: SQLDelivery, _server: ServerContext) -> None:
        async with engine.begin() as connection:
            await connection.execute(sqlalchemy.text("INSERT INTO shipped VALUES (:goods)"), {"goods": row.goods})
            await connection.run_sync(delivery.acknowledge)

    with running(Server(recipe, ship, Asyncio())):
        until(lambda: not orders.rows())
    assert effects(orders) == list("abc")


# A database that goes away


@needs_postgresql
def test_server_outlives_its_database(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []
    goes_on = threading.Event()

    def handle(row: Order, _delivery: SQLDelivery, _server: ServerContext) -> None:
        seen.append(row.goods)
        assert goes_on.wait(PATIENCE)

    with PostgreSQL() as server:
        url = server.database("postgres").url
        # So long a row takes to come again whose claim was carried out as the database went, and never heard of.
        recipe = SQLTable(url, "orders", Order, poll=0.05, notify="orders", prefetch=2, lease=4.0)
        orders = Orders(recipe)
        orders.add(*"abc")
        with running(Server(recipe, handle, ThreadPool(workers=2))):
            until(lambda: len(seen) == 2)
            server.stop()
            goes_on.set()
            until(lambda: "gives no messages" in caplog.text)
            time.sleep(0.5)
            server.start()
            until(lambda: not orders.rows())
        assert sorted(seen) == ["a", "b", "c"]
        errors = [record for record in caplog.records if record.levelno >= logging.WARNING]
        assert len([record for record in errors if "gives no messages" in record.getMessage()]) == 1
        assert len([record for record in errors if "cannot be settled" in record.getMessage()]) <= 1
        assert not [record for record in errors if record.exc_info]


# Several processes

PREFORK = """
import dataclasses, os, sys
from pathlib import Path
from typedserver import Prefork, Server, SQLTable, Threads

@dataclasses.dataclass(frozen=True)
class Order:
    id: int
    goods: str

folder = Path(sys.argv[2])

def handle(row, delivery, server):
    with open(folder / f"{os.getpid()}", "a") as file:
        file.write(f"{row.id} ")

Prefork(Server(SQLTable(sys.argv[1], "orders", Order, poll=0.05, prefetch=5), handle, Threads()), processes=3).run()
"""


def test_workers_of_a_prefork_share_the_rows(url: str, tmp_path: Path) -> None:
    orders = Orders(SQLTable(url, "orders", Order))
    orders.add(*map(str, range(300)))
    folder = tmp_path / "served"
    folder.mkdir()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    program = subprocess.Popen([sys.executable, "-c", PREFORK, url, str(folder)], env=environment)
    try:
        until(lambda: not orders.rows())
    finally:
        program.terminate()
        assert program.wait(PATIENCE) == 0
    served = [int(number) for path in folder.iterdir() for number in path.read_text().split()]
    assert sorted(served) == list(range(1, 301))
    assert str(program.pid) not in {path.name for path in folder.iterdir()}


CONSUMER = """
import dataclasses, os, sys, time
from typedserver import Server, SQLTable, ThreadPool

@dataclasses.dataclass(frozen=True)
class Order:
    id: int
    goods: str

def handle(row, delivery, server):
    os.write(1, f"{row.id}\\n".encode())
    time.sleep(0.01)

table = SQLTable(sys.argv[1], "orders", Order, poll=0.05, prefetch=4, lease=1.0)
server = Server(table, handle, ThreadPool(workers=2))
server.when_ready(lambda: os.write(1, b"0\\n"))
server.run()
"""


def test_rows_of_a_killed_process_are_done_by_another_and_no_others_twice(url: str, tmp_path: Path) -> None:
    orders = Orders(SQLTable(url, "orders", Order))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    outputs = [tmp_path / "killed", tmp_path / "drained"]
    processes: list[subprocess.Popen[bytes]] = []
    for output in outputs:
        with output.open("wb") as file:
            command = [sys.executable, "-c", CONSUMER, url]
            processes.append(subprocess.Popen(command, stdout=file, env=environment))
    try:
        until(lambda: all(output.read_bytes() for output in outputs))
        orders.add(*map(str, range(200)))
        until(lambda: all(output.read_bytes().count(b"\n") >= 5 for output in outputs))
        processes[0].send_signal(signal.SIGSTOP)
        held = {row["id"] for row in orders.rows() if row["leased_until"] is not None}
        processes[0].kill()
        until(lambda: not orders.rows())
    finally:
        for process in processes:
            process.terminate()
        status = [process.wait(PATIENCE) for process in processes]
    assert status == [-signal.SIGKILL, 0]
    done = [[int(number) for number in output.read_text().split()[1:]] for output in outputs]
    assert {*done[0], *done[1]} == set(range(1, 201))
    twice = {number for number in done[0] if number in done[1]}
    assert twice <= held
    assert len(done[1]) == len(set(done[1]))
