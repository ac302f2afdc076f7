"""The consumers of a trial of a source: a program that forks a process for each consumer that a line orders.

``python -m tests.reliability.consumers`` reads orders a line as JSON: ``{"start": plan}``, ``{"wait": pid}``. The fork
has all modules loaded, so that a consumer that was killed is replaced at once. SIGTERM drains a consumer. Its handler
writes the ledger's book; it serves a source by the public API, under the strategy that the plan names.
"""

import faulthandler
import json
import logging
import os
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import sqlalchemy
from examples.redis_stream import Order as Entry
from examples.redis_stream import RedisStream

from tests.reliability.clients import Lines
from tests.reliability.deliveries import DeliveryBook
from typedserver import Asyncio, Bounded, Multiplexed, Server, ServerContext, ThreadPool, Threads, sleep
from typedserver.sources import Delivery, Polled, Retries, Spool, SQLDelivery, SQLTable

STRATEGIES: Final = ("threads", "multiplexed", "thread_pool", "asyncio")

AT_ONCE: Final = 8
"""Handlers that run at the same time in one consumer."""

PREFETCH: Final = 16

MAX_ATTEMPTS: Final = 8
"""So many that no good message has all of its consumers killed, and is dead of that."""

LEASE: Final = 2.0
"""Seconds. What a killed consumer held comes again after so long; a loaded machine must renew within it."""

DEADLINE: Final = 30.0
"""Seconds that a drain may take: so long that no handler is cut, even on a loaded machine."""

RETRIES: Final = Retries(max_attempts=MAX_ATTEMPTS, min_backoff=0.02, max_backoff=0.1)

# Milliseconds that the handler takes, in turn: mostly little, and sometimes so long that others overtake it.
_SERVICE: Final = (0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 12, 0, 0, 1, 0, 0)


@dataclass
class Row:
    """A row of the table."""

    id: int
    bad: bool


@dataclass(kw_only=True)
class Plan:
    """What to consume, and how.

    kind: "sql" (``where`` is a URL), "spool" (a folder) or "redis" (a URL).
    once: whether the handler has an effect in the transaction that acknowledges its row.
    """

    kind: str
    where: str
    book: str
    consumer: int
    strategy: str
    once: bool = False


class RefusedError(Exception):
    """The message is a bad one."""


def table(where: str) -> SQLTable[Row]:
    """Return the table's endpoint."""
    notify = "rows" if where.startswith("postgresql") else None
    return SQLTable(
        where, "rows", Row, lease=LEASE, retries=RETRIES, prefetch=PREFETCH, when_done="delete", poll=0.1, notify=notify
    )


def spool(where: str) -> Spool:
    """Return the folder's endpoint."""
    return Spool(where, retries=RETRIES, poll=0.1, prefetch=PREFETCH)


def stream(where: str) -> Polled[Entry]:
    """Return the endpoint of a Redis stream."""
    return Polled(
        partial(RedisStream, where, "rows", lease=LEASE, attempts=MAX_ATTEMPTS, pause=RETRIES.min_backoff),
        prefetch=PREFETCH,
    )


Effect: TypeAlias = Callable[[int, Any], None]
Handler: TypeAlias = Callable[[Any, Any, Any], Any]


def _no_effect(_number: int, _delivery: Delivery) -> None:
    """Do nothing; the acknowledgement is the source's."""


class _Consumer:
    """The handler's two forms, with one book."""

    def __init__(self, plan: Plan, unpack: Callable[[Any], tuple[int, bool]]) -> None:
        self._book = DeliveryBook(plan.book, plan.consumer)
        self._unpack = unpack
        self._effect: Effect = _no_effect
        if plan.once:
            # SQLite has one writer: those that wait in a queue get their turn, those that try again and again may not.
            sqlite = plan.where.startswith("sqlite")
            engine = sqlalchemy.create_engine(
                plan.where,
                pool_size=1 if sqlite else AT_ONCE,
                max_overflow=0,
                connect_args={"timeout": 30} if sqlite else {},
            )
            self._effect = partial(_insert_effect, engine)

    def handle(self, message: Any, delivery: Delivery, _server: ServerContext) -> None:
        number, bad, seconds = self._begin(message, delivery)
        if seconds:
            time.sleep(seconds)
        self._end(number, delivery, bad=bad)

    async def handle_in_loop(self, message: Any, delivery: Delivery, _server: ServerContext) -> None:
        number, bad, seconds = self._begin(message, delivery)
        if seconds:
            await sleep(seconds)
        self._end(number, delivery, bad=bad)

    def _begin(self, message: Any, delivery: Delivery) -> tuple[int, bool, float]:
        number, bad = self._unpack(message)
        self._book.begun(number, delivery.attempt)
        return number, bad, _SERVICE[number % len(_SERVICE)] / 1000

    def _end(self, number: int, delivery: Delivery, *, bad: bool) -> None:
        if bad:
            self._book.failed(number, delivery.attempt)
            raise RefusedError(f"message {number}")
        # First, because a consumer may be killed between the two: what has had its effect is done, and written as such.
        self._book.done(number, delivery.attempt)
        try:
            self._effect(number, delivery)
        except BaseException:
            self._book.failed(number, delivery.attempt)
            raise


EFFECTS: Final = sqlalchemy.Table(
    "effects", sqlalchemy.MetaData(), sqlalchemy.Column("message", sqlalchemy.BigInteger, nullable=False)
)
"""Has a row for each effect; no key keeps two of one message out."""


def _insert_effect(engine: sqlalchemy.Engine, number: int, delivery: SQLDelivery) -> None:
    with engine.begin() as connection:
        connection.execute(sqlalchemy.insert(EFFECTS).values(message=number))
        delivery.acknowledge(connection)


def unpack_row(row: Row) -> tuple[int, bool]:
    return row.id, row.bad


def unpack_path(path: Path) -> tuple[int, bool]:
    return int(path.name), path.read_text() == "bad"


def unpack_entry(entry: Entry) -> tuple[int, bool]:
    return int(entry["number"]), entry["bad"] == "1"


def serve(plan: Plan) -> int:
    """Consume until SIGTERM; returns the exit status."""
    endpoint: Any
    unpack: Callable[[Any], tuple[int, bool]]
    match plan.kind:
        case "sql":
            endpoint, unpack = table(plan.where), unpack_row
        case "spool":
            endpoint, unpack = spool(plan.where), unpack_path
        case "redis":
            endpoint, unpack = stream(plan.where), unpack_entry
        case _:
            raise ValueError(f"there is no kind {plan.kind!r}")
    consumer = _Consumer(plan, unpack)
    server: Server[Any, Any]
    match plan.strategy:
        case "threads":
            server = Server(endpoint, consumer.handle, Bounded(Threads(), AT_ONCE))
        case "thread_pool":
            server = Server(endpoint, consumer.handle, ThreadPool(workers=AT_ONCE, queue=0))
        case "multiplexed":
            server = Server(endpoint, consumer.handle_in_loop, Bounded(Multiplexed(), AT_ONCE))
        case "asyncio":
            server = Server(endpoint, consumer.handle_in_loop, Bounded(Asyncio(), AT_ONCE))
        case _:
            raise ValueError(f"there is no strategy {plan.strategy!r}")
    # Until it runs it has nothing that a drain could finish.
    signal.signal(signal.SIGTERM, lambda _number, _frame: os._exit(0))
    server.open()
    _say({"serves": plan.consumer, "pid": os.getpid()})
    return server.run(deadline=DEADLINE)


def _say(thing: object) -> None:
    os.write(1, json.dumps(thing).encode() + b"\n")


def _start(plan: Plan) -> None:
    if os.fork():
        return
    status = 1
    try:
        status = serve(plan)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def main() -> None:
    """Run the command line."""
    # On SIGABRT a process that hangs prints its stacks.
    faulthandler.enable()
    # What the bad messages raise is in the book.
    logging.getLogger("typedserver").setLevel(logging.CRITICAL)
    orders = Lines(0)
    while line := orders.read():
        order = json.loads(line)
        if "start" in order:
            _start(Plan(**order["start"]))
        else:
            _pid, status = os.waitpid(order["wait"], 0)
            _say({"ended": order["wait"], "status": os.waitstatus_to_exitcode(status)})


if __name__ == "__main__":
    main()
