"""Tables with every kind of handler of their rows: none is an error."""

from dataclasses import dataclass
from pathlib import Path
from typing import assert_type

import sqlalchemy
from typing_extensions import override

from typedserver import (
    Asyncio,
    BaseRequestHandler,
    Delivery,
    Endpoint,
    LeaseColumns,
    Multiplexed,
    Prefork,
    Retries,
    Server,
    ServerContext,
    SQLDelivery,
    SQLTable,
    Threads,
    create_table,
    message_handler,
    redeliver,
)


@dataclass(frozen=True)
class Order:
    number: int


@dataclass
class Changing:
    number: int


def bury(order: Order, error: BaseException) -> None:
    print(order, error)


ORDERS = SQLTable(
    Path("shop.db"),
    "orders",
    Order,
    key="number",
    columns=LeaseColumns(done_at="shipped_at"),
    retries=Retries(max_attempts=3),
    dead_letter=bury,
    when_done="mark",
    order_by=("-priority", "due"),
    not_before="due",
    group_by="customer",
)
assert_type(ORDERS, SQLTable[Order])
ENDPOINT: Endpoint[Order, SQLDelivery] = ORDERS

URL = SQLTable(engine="postgresql://localhost/shop", table="orders", row=Order, notify="orders")
ENGINE = SQLTable(sqlalchemy.create_engine("sqlite://"), sqlalchemy.Table("orders", sqlalchemy.MetaData()), Changing)
assert_type(ENGINE, SQLTable[Changing])

assert_type(create_table(ORDERS), sqlalchemy.Table)
assert_type(redeliver(ORDERS), int)
assert_type(redeliver(ENGINE, keys=[1, 2]), int)


def ship(order: Order, delivery: SQLDelivery, server: ServerContext) -> None:
    assert_type(order.number, int)
    with sqlalchemy.create_engine("sqlite://").begin() as connection:
        delivery.acknowledge(connection)


async def ship_later(order: Order, delivery: SQLDelivery, server: ServerContext) -> None: ...


# One that does not acknowledge fits any source.
def ship_anything(order: object, delivery: Delivery, server: ServerContext) -> None: ...


@message_handler
def shipped(order: Order) -> None: ...


class Ship(BaseRequestHandler[Order, ServerContext, SQLDelivery]):
    @override
    def handle(self) -> None:
        assert_type(self.request, Order)
        assert_type(self.client_address, SQLDelivery)


Server(ORDERS, ship, Threads())
Server(ORDERS, Ship, Threads())
Server(ORDERS, ship_anything, Threads())
Server(ORDERS, shipped, Threads())
Server(ORDERS, ship_later, Multiplexed())
Server(ORDERS, ship_later, Asyncio())
Prefork(Server(URL, ship, Threads()), processes=2)
