"""Sources with handlers and strategies that do not fit them, and sources that are incomplete."""

import queue
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from typedserver import (
    TCP,
    BaseRequestHandler,
    BaseSource,
    Delivery,
    Leased,
    Multiplexed,
    Polled,
    QueueSource,
    Retries,
    Server,
    ServerContext,
    Source,
    Spool,
    Stream,
    StreamRequestHandler,
    Threads,
    datagram_handler,
    message_handler,
    stream_handler,
)


@dataclass(frozen=True)
class Order:
    number: int


class Orders(BaseSource[Order]):
    @property
    @override
    def name(self) -> str:
        return "orders"

    @override
    def receive(self, most: int, wait: float, /) -> Sequence[Leased[Order]]:
        return []

    @override
    def acknowledge(self, leased: Leased[Order], /) -> None: ...


POLLED = Polled(Orders)


def ship(order: Order, _delivery: Delivery, _server: ServerContext) -> None:
    print(order)


async def ship_later(order: Order, _delivery: Delivery, _server: ServerContext) -> None:
    print(order)


def index(file: Path, _delivery: Delivery, _server: ServerContext) -> None:
    print(file)


def by_key(order: Order, key: str, _server: ServerContext) -> None:
    print(order, key)


class Index(BaseRequestHandler[Path, ServerContext, Delivery]): ...


class Lines(StreamRequestHandler): ...


@stream_handler
async def echo(stream: Stream) -> None:
    await stream.write(b"")


@datagram_handler
def reply(data: bytes) -> bytes:
    return data


@message_handler
def shipped(order: Order) -> None:
    print(order)


async def not_run(order: Order) -> None:
    print(order)


def number_of(order: Order) -> int:
    return order.number


Server(POLLED, index, Threads())  # error: [arg-type] (reportArgumentType)
Server(POLLED, by_key, Threads())  # error: [arg-type] (reportArgumentType)
Server(POLLED, Index, Threads())  # error: [arg-type] (reportArgumentType)
Server(POLLED, Lines, Threads())  # error: [arg-type] (reportArgumentType)
Server(POLLED, echo, Threads())  # error: [arg-type] (reportArgumentType)
Server(POLLED, reply, Threads())  # error: [arg-type] (reportArgumentType)
Server(POLLED, number_of, Threads())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), ship, Threads())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), shipped, Threads())  # error: [arg-type] (reportArgumentType)
Server(Spool("in"), ship)  # error: [arg-type] (reportArgumentType)
Server(Spool("in"), shipped)  # error: [arg-type] (reportArgumentType)
Server(POLLED, ship, Multiplexed())  # error: [arg-type] (reportArgumentType)
Server(POLLED, shipped, Multiplexed())  # error: [arg-type] (reportArgumentType)
message_handler(not_run)  # error: [arg-type] (reportArgumentType)
message_handler(number_of)  # error: [arg-type] (reportArgumentType)
message_handler(ship)  # error: [arg-type] (reportArgumentType)


def queues(numbers: queue.Queue[int], orders: queue.Queue[Order]) -> None:
    Server(QueueSource(numbers), ship)  # error: [arg-type] (reportArgumentType)
    QueueSource(orders, dead_letter=lambda order: order)  # error: [arg-type] (reportArgumentType)
    QueueSource([Order(1)])  # error: [arg-type] (reportArgumentType)
    QueueSource(orders, Retries())  # error: [call-arg] (reportCallIssue)
    QueueSource(orders, retries=3)  # error: [arg-type] (reportArgumentType)


Spool("in", when_done="keep")  # error: [arg-type] (reportArgumentType)
Spool("in", poll="1s")  # error: [arg-type] (reportArgumentType)
Polled(Orders())  # error: [arg-type] (reportArgumentType)
Polled(Order)  # error: [arg-type] (reportArgumentType)
Retries(5)  # error: [call-arg] (reportCallIssue)


class Lent:
    """Looks like a source, and lacks most of it."""

    name: str = "lent"

    def receive(self, most: int, wait: float, /) -> Sequence[Leased[Order]]:
        return []

    def acknowledge(self, leased: Leased[Order], /) -> None: ...


LENT: type[Source[Order]] = Lent  # error: [assignment] (reportAssignmentType)
Polled(Lent)  # error: [arg-type] (reportArgumentType)


class Miscalled(BaseSource[Order]):
    @override
    def renew(self) -> None: ...  # error: [override] (reportIncompatibleMethodOverride)

    @override
    def reject(self, leased: Leased[Order], /) -> None: ...  # error: [override] (reportIncompatibleMethodOverride)

    @override
    def acknowledge(self, leased: Leased[int], /) -> None: ...  # error: [override] (reportIncompatibleMethodOverride)


Leased(Order(1), "1")  # error: [arg-type] (reportArgumentType)
Delivery("orders", 1, 1)  # error: [call-arg] (reportCallIssue)
