"""The recipe of a table: what it refuses, what it makes, what it says, and the plans of its claims."""

import dataclasses
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
import sqlalchemy.event
import sqlalchemy.exc
from sqlalchemy.pool import QueuePool, StaticPool

from tests.postgresql import Database, PostgreSQL, programs
from tests.reliability.programs import ROOT
from tests.sql_tables import Order, Orders, opened, postgresql_if_any, url
from typedserver.errors import CompositionError, ListenError, RecipeError
from typedserver.sources.sql_table import SQLTable, create_table

# Fixtures are found by their names.
__all__ = ["postgresql_if_any", "url"]

PATIENCE = 30.0

needs_postgresql = pytest.mark.skipif(programs() is None, reason="PostgreSQL")


def engine_at(url: str) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(url if "://" in url else f"sqlite:///{url}", poolclass=sqlalchemy.pool.NullPool)


def execute(url: str, *statements: str) -> None:
    with engine_at(url).begin() as connection:
        for statement in statements:
            connection.execute(sqlalchemy.text(statement))


# What is refused


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"engine": 5}, "path of a file"),
        ({"engine": "://"}, "Could not parse|Can't load"),
        ({"table": ""}, "must be a name"),
        ({"row": dict}, "must be a dataclass"),
        ({"row": Order(1, "tea")}, "must be a dataclass"),
        ({"lease": 0}, "lease"),
        ({"poll": -1}, "poll"),
        ({"prefetch": 0}, "prefetch"),
        ({"when_done": "forget"}, "when_done"),
        ({"dead_letter": 3}, "dead_letter"),
        ({"retries": 3}, "must be Retries"),
        ({"columns": "id"}, "must be LeaseColumns"),
        ({"notify": 5}, "notify"),
        ({"order_by": 5}, "order_by"),
        ({"order_by": ["-"]}, "order_by"),
        ({"not_before": ""}, "not_before"),
        ({"group_by": 5}, "group_by"),
        ({"key": ""}, "key"),
    ],
)
def test_recipe_refuses_what_cannot_work(changes: dict[str, Any], says: str, tmp_path: Path) -> None:
    given: dict[str, Any] = {"engine": str(tmp_path / "x.db"), "table": "orders", "row": Order, **changes}
    with pytest.raises(RecipeError, match=says):
        SQLTable(**given).open()


def test_row_whose_annotations_cannot_be_resolved_is_refused(tmp_path: Path) -> None:
    @dataclasses.dataclass
    class Odd:
        id: "Missing"  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(RecipeError, match="Missing"):
        SQLTable(str(tmp_path / "x.db"), "orders", Odd)


def test_channel_is_for_postgresql(tmp_path: Path) -> None:
    with pytest.raises(CompositionError, match="use poll="):
        SQLTable(str(tmp_path / "x.db"), "orders", Order, notify="orders").open()
    with pytest.raises(CompositionError, match="use poll="):
        create_table(SQLTable(str(tmp_path / "x.db"), "orders", Order, notify="orders"))


def test_database_that_is_not_known_is_refused_before_its_driver_is_asked_for() -> None:
    with pytest.raises(CompositionError, match="knows SQLite and PostgreSQL, not mysql"):
        SQLTable("mysql://localhost/x", "orders", Order).open()


def test_engine_that_is_made_for_coroutines_is_refused() -> None:
    with pytest.raises(CompositionError, match="coroutines"):
        SQLTable("postgresql+psycopg_async://localhost/x", "orders", Order).open()


def test_table_that_is_missing_is_named_with_its_remedy(url: str) -> None:
    with pytest.raises(ListenError, match=r"no table orders in .*create_table\(source\)"):
        SQLTable(url, "orders", Order).open()


def test_database_that_cannot_be_reached_is_named_without_its_password(tmp_path: Path) -> None:
    recipe = SQLTable(f"postgresql://me:secret@/x?host={tmp_path}&sslpassword=hidden", "orders", Order)
    with pytest.raises(ListenError, match="orders@postgresql") as caught:
        recipe.open()
    for text in (str(caught.value), repr(recipe)):
        assert "secret" not in text
        assert "hidden" not in text


def test_columns_that_are_missing_are_added_by_the_statements_of_the_error(url: str) -> None:
    execute(url, "CREATE TABLE orders (id INTEGER PRIMARY KEY, goods TEXT)", "INSERT INTO orders VALUES (1, 'tea')")
    recipe = SQLTable(url, "orders", Order, when_done="mark", order_by="-priority", not_before="due", group_by="client")
    with pytest.raises(ListenError) as caught:
        recipe.open()
    said, *statements = str(caught.value).splitlines()
    assert "no column priority, due, client, leased_until, attempts, last_error, done_at" in said
    assert sum(statement.startswith("CREATE INDEX") for statement in statements) == 3
    execute(url, *statements)
    with opened(recipe) as source:
        assert [each.message for each in source.receive(1, 0)] == [Order(1, "tea")]


def test_missing_index_is_told_with_its_statement(url: str, caplog: pytest.LogCaptureFixture) -> None:
    recipe = SQLTable(url, "orders", Order)
    create_table(recipe)
    execute(url, "DROP INDEX orders_waiting")
    with opened(recipe):
        pass
    (record,) = caplog.records
    _, _, statement = record.getMessage().partition(": ")
    execute(url, statement)
    caplog.clear()
    with opened(recipe):
        pass
    assert caplog.records == []


def test_index_is_told_only_once_it_is_missing(url: str, caplog: pytest.LogCaptureFixture) -> None:
    recipe = SQLTable(url, "orders", Order, when_done="mark", order_by="-priority", group_by="customer")
    create_table(recipe)
    with opened(recipe):
        assert caplog.records == []


def test_key_must_be_unique(url: str) -> None:
    recipe = SQLTable(url, "orders", Order, key="goods")
    create_table(SQLTable(url, "orders", Order))
    with pytest.raises(ListenError, match="goods of orders is no key"):
        recipe.open()
    execute(url, "CREATE UNIQUE INDEX one ON orders (goods)")
    with opened(recipe):
        pass


def test_time_column_must_be_a_time(url: str) -> None:
    execute(
        url,
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, goods TEXT, leased_until BOOLEAN, attempts INT, last_error TEXT)",
    )
    with pytest.raises(ListenError, match=r"leased_until of orders is of the type .* no time"):
        SQLTable(url, "orders", Order).open()


def test_field_that_is_no_columns_type_is_named(url: str) -> None:
    @dataclasses.dataclass
    class Odd:
        id: int
        what: complex

    with pytest.raises(RecipeError, match="field what of the row"):
        create_table(SQLTable(url, "orders", Odd))


# What is made


def test_table_is_made_once_and_gets_the_indexes_that_it_lacks(url: str) -> None:
    recipe = SQLTable(url, "orders", Order)
    orders = Orders(recipe)
    orders.add("tea")
    execute(url, "DROP INDEX orders_waiting")
    create_table(recipe)
    assert orders.goods() == ["tea"]
    names = {index["name"] for index in sqlalchemy.inspect(orders.engine).get_indexes("orders")}
    assert names == {"orders_waiting", "orders_leased"}


def test_key_that_the_dataclass_has_not_is_numbered(url: str) -> None:
    @dataclasses.dataclass(frozen=True)
    class Note:
        text: str

    recipe = SQLTable(url, "notes", Note)
    orders = Orders(recipe)
    orders.insert([{"text": "a"}, {"text": "b"}])
    source = recipe.open()
    leased = source.receive(5, 0)
    source.close()
    assert [(each.message, each.delivery.key) for each in leased] == [(Note("a"), 1), (Note("b"), 2)]


@needs_postgresql
def test_table_may_be_in_a_schema(postgresql: Database) -> None:
    execute(postgresql.url, "CREATE SCHEMA shop")
    recipe = SQLTable(postgresql.url, "shop.orders", Order, notify="orders")
    Orders(recipe).add("tea")
    with opened(recipe) as source:
        assert [each.message.goods for each in source.receive(1, 0)] == ["tea"]
        assert source.name.startswith("shop.orders@")


def test_table_may_be_sqlalchemys_with_types_of_its_own(url: str) -> None:
    class Shouted(sqlalchemy.types.TypeDecorator[str]):
        impl = sqlalchemy.Text
        cache_ok = True

        def process_result_value(self, value: str | None, dialect: sqlalchemy.Dialect) -> str:
            return str(value).upper()

    create_table(SQLTable(url, "orders", Order))
    table = sqlalchemy.Table("orders", sqlalchemy.MetaData(), sqlalchemy.Column("goods", Shouted()))
    recipe = SQLTable(url, table, Order)
    execute(url, "INSERT INTO orders (goods) VALUES ('tea')")
    with opened(recipe) as source:
        assert [each.message.goods for each in source.receive(1, 0)] == ["TEA"]


# Engines


def test_file_of_sqlite_is_told_by_a_path_of_any_kind(tmp_path: Path) -> None:
    path = tmp_path / "orders.db"
    for engine in (path, str(path), f"sqlite:///{path}", sqlalchemy.URL.create("sqlite", database=str(path))):
        create_table(SQLTable(engine, "orders", Order))
        with opened(SQLTable(engine, "orders", Order)) as source:
            assert source.name == f"orders@sqlite:///{path}"
    assert path.exists()
    with engine_at(str(path)).connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_engine_of_the_programs_own_is_used_and_left_open(url: str) -> None:
    engine = sqlalchemy.create_engine(url if "://" in url else f"sqlite:///{url}", poolclass=QueuePool)
    recipe = SQLTable(engine, "orders", Order)
    table = create_table(recipe)
    with engine.begin() as connection:
        connection.execute(table.insert(), [{"goods": "tea"}])
    with opened(recipe) as source:
        source.acknowledge_all(source.receive(1, 0))
    with engine.begin() as connection:
        assert connection.scalar(sqlalchemy.select(sqlalchemy.func.count()).select_from(table)) == 0
        if "://" in url:
            # What a source sets for itself does not reach the program's connections.
            assert connection.scalar(sqlalchemy.text("SHOW enable_seqscan")) == "on"
    engine.dispose()


def test_database_in_memory_is_one_that_the_program_shares() -> None:
    engine = sqlalchemy.create_engine("sqlite://", poolclass=StaticPool)
    recipe = SQLTable(engine, "orders", Order)
    table = create_table(recipe)
    with engine.begin() as connection:
        connection.execute(table.insert(), [{"goods": "tea"}])
    source = recipe.open()
    assert [each.message.goods for each in source.receive(1, 0)] == ["tea"]
    source.close()
    engine.dispose()


def test_child_leaves_the_pool_of_the_programs_engine_to_its_parent(url: str) -> None:
    engine = sqlalchemy.create_engine(url if "://" in url else f"sqlite:///{url}", poolclass=QueuePool)
    recipe = SQLTable(engine, "orders", Order)
    table = create_table(recipe)
    with engine.begin() as connection:
        connection.execute(table.insert(), [{"goods": "a"}, {"goods": "b"}])
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            source = recipe.open()
            os.write(write, source.receive(1, 0)[0].message.goods.encode())
            source.close()
            engine.dispose()
        finally:
            os._exit(0)
    os.close(write)
    with open(read, "rb") as pipe:
        assert pipe.read() == b"a"
    os.waitpid(child, 0)
    with opened(recipe) as source:
        assert [each.message.goods for each in source.receive(1, 0)] == ["b"]
    engine.dispose()


def test_sqlalchemy_that_is_not_installed_is_told_with_its_extra() -> None:
    program = """
import sys
sys.modules["sqlalchemy"] = None
import dataclasses
from typedserver.sources.sql_table import SQLTable
@dataclasses.dataclass
class Order:
    id: int
try:
    SQLTable("orders.db", "orders", Order).open()
except TypeError as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "CompositionError sqlalchemy is not installed: pip install 'typedserver[sql]'\n"


def test_recipe_imports_sqlalchemy_no_sooner_than_it_is_used() -> None:
    program = "import sys, typedserver.sources.sql_table; print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "False\n"


# Notifications


@needs_postgresql
def test_notification_wakes_a_source_that_waits(postgresql: Database) -> None:
    recipe = SQLTable(postgresql.url, "orders", Order, notify="new orders", poll=PATIENCE * 2)
    orders = Orders(recipe)
    delays: list[float] = []
    with opened(recipe) as source:
        assert source.receive(1, 0.05) == []
        for number in range(20):
            added: list[float] = []

            def add(number: int = number, added: list[float] = added) -> None:
                orders.add(f"{number}")
                added.append(time.monotonic())

            adds = threading.Timer(0.02, add)
            adds.start()
            (leased,) = source.receive(1, PATIENCE)
            now = time.monotonic()
            adds.join()
            delays.append(now - added[0])
            source.acknowledge(leased)
    # The median, because the machine may do something else for a while.
    assert sorted(delays)[10] < 0.02


@needs_postgresql
def test_source_polls_while_it_cannot_listen_and_listens_again(
    postgresql: Database, caplog: pytest.LogCaptureFixture
) -> None:
    recipe = SQLTable(postgresql.url, "orders", Order, notify="orders", poll=0.05)
    orders = Orders(recipe)
    with opened(recipe) as source:
        assert source.receive(1, 0.05) == []
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        execute(postgresql.url, end)
        orders.add("tea")
        assert [each.message.goods for each in source.receive(1, PATIENCE)] == ["tea"]
        deadline = time.monotonic() + PATIENCE
        listens = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        again = False
        while not again and time.monotonic() < deadline:
            source.receive(1, 0.05)
            with orders.engine.begin() as connection:
                again = bool(caplog.records) and connection.scalar(sqlalchemy.text(listens)) == 1
        assert again
        assert [record.levelno for record in caplog.records] == [logging.WARNING]
        assert "cannot listen to orders" in caplog.text


# A database that goes away


@needs_postgresql
def test_nothing_is_lost_while_the_database_is_away() -> None:
    with PostgreSQL() as server:
        recipe = SQLTable(server.database("postgres").url, "orders", Order, notify="orders", poll=0.05)
        orders = Orders(recipe)
        orders.add(*"abc")
        with opened(recipe) as source:
            first, second = source.receive(2, 0)
            server.stop()
            source.acknowledge(first)
            source.reject(second, ValueError("bad"))
            for _ in range(2):
                with pytest.raises(sqlalchemy.exc.OperationalError):
                    source.receive(1, 0)
            server.start()
            assert [each.message.goods for each in source.receive(1, PATIENCE)] == ["c"]
            assert [(row["goods"], row["last_error"]) for row in orders.rows()] == [
                ("b", "ValueError: bad"),
                ("c", None),
            ]


def test_settlements_wait_for_a_writer_of_the_same_file(tmp_path: Path) -> None:
    recipe = SQLTable(str(tmp_path / "orders.db"), "orders", Order)
    orders = Orders(recipe)
    orders.add("tea")
    with opened(recipe) as source:
        leased = source.receive(1, 0)
        connection = orders.engine.connect()
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        ends = threading.Timer(0.2, connection.close)
        # SQLite's connections may be closed in another thread, of SQLAlchemy's pools.
        ends.start()
        source.acknowledge_all(leased)
        source.flush()
        ends.join()
        assert orders.goods() == []


# The plans of claims


def plans_of(orders: Orders, source: Any, name: str) -> list[str]:
    """Return how the database executes a statement of the source's, which is executed meanwhile."""
    executed: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        executed.append((statement, parameters))

    sqlalchemy.event.listen(source._engine, "before_cursor_execute", note)
    leased = source.receive(100, 0)
    assert len(leased) == 100
    source.acknowledge_all(leased)
    source.flush()
    statement, parameters = next(each for each in executed if each[0].startswith(name))
    explain = "EXPLAIN QUERY PLAN" if orders.engine.dialect.name == "sqlite" else "EXPLAIN"
    with source._database.statement() as connection:
        return [str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {statement}", parameters)]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"order_by": "-priority"},
        {"not_before": "due"},
        {"group_by": "customer"},
        {"order_by": "-priority", "not_before": "due", "group_by": "customer", "when_done": "mark"},
    ],
    ids=lambda options: "-".join(options) or "plain",
)
def test_claim_of_many_rows_uses_the_indexes(url: str, options: dict[str, Any]) -> None:
    recipe = SQLTable(url, "orders", Order, **options)
    orders = Orders(recipe)
    extra: dict[str, str] = {
        "order_by": "priority",
        "not_before": "due",
        "group_by": "customer",
    }
    columns = ["goods", *(column for option, column in extra.items() if option in options)]
    values = {"goods": "'tea'", "priority": "n % 5", "due": "NULL", "customer": "'c' || n"}
    count = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000)"
    orders.execute(
        f"INSERT INTO orders ({', '.join(columns)}) {count} SELECT {', '.join(values[each] for each in columns)} "
        "FROM numbers"
    )
    with opened(recipe) as source:
        for name in ("WITH", "SELECT", "UPDATE" if recipe.when_done == "mark" else "DELETE"):
            plan = plans_of(orders, source, name)
            scans = [line for line in plan if "Seq Scan" in line or "SCAN orders" in line]
            assert [line for line in scans if "USING" not in line] == [], plan
        claim = "\n".join(plans_of(orders, source, "WITH"))
        assert "orders_waiting" in claim
        assert "orders_leased" in claim
        assert ("orders_groups" in claim) == ("group_by" in options)
        began = time.perf_counter()
        for _ in range(5):
            source.acknowledge_all(source.receive(100, 0))
        assert time.perf_counter() - began < 5


def test_fork_waits_for_the_end_of_a_statement_to_sqlite(tmp_path: Path) -> None:
    recipe = SQLTable(str(tmp_path / "orders.db"), "orders", Order)
    Orders(recipe).add("tea")
    begun, goes_on = threading.Event(), threading.Event()
    ended: list[float] = []
    with opened(recipe) as source:
        database: Any = source._database  # pyright: ignore[reportPrivateUsage] - a statement that takes long

        def hold() -> None:
            with database.statement():
                begun.set()
                goes_on.wait(PATIENCE)
                ended.append(time.monotonic())

        holds = threading.Thread(target=hold)
        holds.start()
        assert begun.wait(PATIENCE)
        frees = threading.Timer(0.1, goes_on.set)
        frees.start()
        child = os.fork()
        if child == 0:
            free = False
            try:
                with database._guard:
                    free = True
            finally:
                os._exit(0 if free else 1)
        assert ended
        assert os.waitpid(child, 0)[1] == 0
        holds.join()
        frees.join()
