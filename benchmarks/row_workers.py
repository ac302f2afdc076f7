"""Our workers, and one written by hand: ``python -m benchmarks.row_workers NAME --help``.

The one by hand is what a program without a library does: in each thread a transaction that locks a row, skips what
others have locked, runs the handler and deletes the row.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg

from benchmarks.row_run import Counted, Options, read_options
from typedserver import Asyncio, Bounded, Multiplexed, Server, ServerContext, ThreadPool
from typedserver.sources import SQLDelivery, SQLTable, create_table

_TABLE = "CREATE TABLE orders (id bigserial PRIMARY KEY, number bigint NOT NULL, payload text NOT NULL)"
_FILL = "INSERT INTO orders (number, payload) SELECT number, repeat('x', 64) FROM generate_series(1, %s) AS number"
_LEFT = "SELECT count(*) FROM orders"


def by_hand(options: Options) -> None:
    """Work off the table by plain psycopg."""
    counted = Counted(options, _LEFT)
    with psycopg.connect(options.conninfo) as connection:
        connection.execute(_TABLE)
        connection.execute(_FILL, (options.rows,))
    counted.ready()

    def work() -> None:
        with psycopg.connect(options.conninfo) as connection:
            while True:
                with connection.transaction():
                    row = connection.execute(
                        "SELECT id, number, payload FROM orders ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
                    ).fetchone()
                    if row is None:
                        return
                    counted.count(row[0])
                    connection.execute("DELETE FROM orders WHERE id = %s", (row[0],))

    for _number in range(options.at_once):
        threading.Thread(target=work, daemon=True).start()
    threading.Event().wait()


@dataclass
class Row:
    """A row as the handler gets it."""

    number: int
    payload: str


def ours(strategy: Callable[[Options], Any], options: Options, *, prefetch: int | None = None) -> None:
    """Work off the table by ``SQLTable``; without ``prefetch`` as many as twice the handlers wait for them."""
    counted = Counted(options, _LEFT)
    parts = options.parts
    url = f"postgresql+psycopg://{parts['user']}@/{parts['dbname']}?host={parts['host']}&port={parts['port']}"
    endpoint = SQLTable(url, "orders", Row, prefetch=prefetch or 2 * options.at_once)
    create_table(endpoint)
    with psycopg.connect(options.conninfo) as connection:
        connection.execute(_FILL, (options.rows,))
    counted.ready()
    strategy_of_it = strategy(options)

    def ship(row: Row, _delivery: SQLDelivery, _server: ServerContext) -> None:
        counted.count(row.number)

    async def ship_in_loop(row: Row, _delivery: SQLDelivery, _server: ServerContext) -> None:
        counted.count(row.number)

    in_loop = isinstance(strategy_of_it, Bounded)
    server: Server[Any, Any] = Server(endpoint, ship_in_loop if in_loop else ship, strategy_of_it)
    server.serve_forever()


WORKERS: dict[str, Callable[[Options], None]] = {
    "by_hand": by_hand,
    "thread_pool": partial(ours, lambda options: ThreadPool(workers=options.at_once, queue=0)),
    "one_by_one": partial(ours, lambda options: ThreadPool(workers=options.at_once, queue=0), prefetch=1),
    "multiplexed": partial(ours, lambda options: Bounded(Multiplexed(), options.at_once)),
    "asyncio": partial(ours, lambda options: Bounded(Asyncio(), options.at_once)),
}

if __name__ == "__main__":
    given, choice = read_options(list(WORKERS))
    WORKERS[choice](given)
