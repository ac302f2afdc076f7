"""Tables with handlers that do not fit their rows, and recipes that cannot be meant."""

import queue
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy
from sqlalchemy.ext.asyncio import AsyncConnection

from typedserver import (
    QueueSource,
    Server,
    ServerContext,
    SQLDelivery,
    SQLTable,
    Threads,
)


@dataclass(frozen=True)
class Order:
    number: int


class Plain:
    number: int


ORDERS = SQLTable("shop.db", "orders", Order)


def index(file: Path, _delivery: SQLDelivery, _server: ServerContext) -> None:
    print(file)


def by_key(order: Order, key: str, _server: ServerContext) -> None:
    print(order, key)


def ship(order: Order, delivery: SQLDelivery, _server: ServerContext) -> None:
    delivery.acknowledge(order)  # error: [arg-type] (reportArgumentType)


async def ship_later(_order: Order, delivery: SQLDelivery, connection: AsyncConnection) -> None:
    delivery.acknowledge(connection)  # error: [arg-type] (reportArgumentType)


def bury(_file: Path, _error: BaseException) -> None: ...


Server(ORDERS, index, Threads())  # error: [arg-type] (reportArgumentType)
Server(ORDERS, by_key, Threads())  # error: [arg-type] (reportArgumentType)
SQLTable("shop.db", "orders", Plain)  # error: [type-var] (reportArgumentType)
SQLTable("shop.db", "orders", Order(1))  # error: [arg-type] (reportArgumentType)
SQLTable("shop.db", "orders", Order, when_done="forget")  # error: [arg-type] (reportArgumentType)
SQLTable("shop.db", sqlalchemy.MetaData(), Order)  # error: [arg-type] (reportArgumentType)
SQLTable(5, "orders", Order)  # error: [arg-type] (reportArgumentType)


def ship_row(order: Order, delivery: SQLDelivery, _server: ServerContext) -> None:
    print(order, delivery)


# What only a table gives.
Server(QueueSource(queue.Queue[Order]()), ship_row, Threads())  # error: [arg-type] (reportArgumentType)
