"""Every source with every kind of handler of messages, under every strategy that fits: none is an error."""

import multiprocessing.queues
import queue
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_type

from typing_extensions import override

from typedserver import (
    Asyncio,
    BaseRequestHandler,
    BaseSource,
    Bounded,
    Delivery,
    Endpoint,
    Forks,
    Gettable,
    Group,
    Inline,
    Leased,
    Listener,
    Multiplexed,
    OnExecutor,
    Polled,
    Prefork,
    QueueSource,
    Retries,
    Server,
    ServerContext,
    Source,
    Spool,
    Submitted,
    ThreadPool,
    Threads,
    message_handler,
)
from typedserver.handlers.message_handler import MessageHandler


@dataclass(frozen=True)
class Order:
    number: int


class Orders(BaseSource[Order]):
    """All that a source must say; the rest is inherited."""

    @property
    @override
    def name(self) -> str:
        return "orders"

    @override
    def receive(self, most: int, wait: float, /) -> Sequence[Leased[Order]]:
        return [Leased(Order(1), Delivery(source="orders", key=1, attempt=1))]

    @override
    def acknowledge(self, leased: Leased[Order], /) -> None:
        assert_type(leased.message, Order)
        assert_type(leased.delivery, Delivery)


ORDERS: type[Source[Order]] = Orders


def ship(order: Order, delivery: Delivery, server: ServerContext) -> None:
    assert_type((order.number, delivery.key, delivery.attempt, server.draining), tuple[int, object, int, bool])


def ship_anything(_order: object, _delivery: object, _server: object) -> None: ...


async def ship_later(order: Order, _delivery: Delivery, _server: ServerContext) -> None:
    assert_type(order, Order)


class Ship(BaseRequestHandler[Order, ServerContext, Delivery]):
    @override
    def handle(self) -> None:
        assert_type(self.request, Order)
        assert_type(self.client_address, Delivery)


@message_handler
def shipped(order: Order) -> None:
    assert_type(order, Order)


def ship_elsewhere(order: Order) -> Future[int]:
    with ThreadPoolExecutor() as pool:
        return pool.submit(lambda: order.number)


assert_type(shipped, MessageHandler[Order, None])
assert_type(message_handler(ship_elsewhere), MessageHandler[Order, Coroutine[Any, Any, None]])

POLLED = Polled(Orders)
assert_type(POLLED, Polled[Order])
FITS: type[Endpoint[Order, Delivery]] = Polled[Order]
LISTENER: Listener[Order, Delivery] = POLLED.listen()
assert_type(POLLED.listen(), Listener[Order, Delivery])


def serve() -> None:
    assert_type(Server(POLLED, ship), Server[Order, Delivery])
    assert_type(Server(POLLED, ship, Inline()), Server[Order, Delivery])
    assert_type(Server(POLLED, ship, Threads()), Server[Order, Delivery])
    assert_type(Server(POLLED, ship, ThreadPool(workers=2)), Server[Order, Delivery])
    assert_type(Server(POLLED, ship, Forks()), Server[Order, Delivery])
    assert_type(Server(POLLED, ship, OnExecutor(ThreadPoolExecutor())), Server[Order, Delivery])
    assert_type(Server(POLLED, ship, Bounded(Threads(), 2)), Server[Order, Delivery])
    assert_type(Server(POLLED, ship_anything, Threads()), Server[Order, Delivery])
    assert_type(Server(POLLED, Ship, Threads()), Server[Order, Delivery])
    assert_type(Server(POLLED, shipped, Threads()), Server[Order, Delivery])
    assert_type(
        Server(POLLED, lambda order, delivery, _server: print(order.number, delivery.key)), Server[Order, Delivery]
    )


def serve_coroutines() -> None:
    assert_type(Server(POLLED, ship_later), Server[Order, Delivery])
    assert_type(Server(POLLED, ship_later, Threads()), Server[Order, Delivery])
    assert_type(Server(POLLED, ship_later, Forks()), Server[Order, Delivery])
    assert_type(Server(POLLED, ship_later, Multiplexed()), Server[Order, Delivery])
    assert_type(Server(POLLED, ship_later, Asyncio()), Server[Order, Delivery])
    assert_type(Server(POLLED, message_handler(ship_elsewhere), Multiplexed()), Server[Order, Delivery])
    assert_type(Server(POLLED, message_handler(ship_elsewhere), Threads()), Server[Order, Delivery])


def serve_submitted(pool: ThreadPoolExecutor) -> None:
    def weigh(order: Order) -> float:
        return float(order.number)

    assert_type(Server(POLLED, message_handler(Submitted(pool, weigh)), Multiplexed()), Server[Order, Delivery])


def serve_queues(
    others: "multiprocessing.queues.Queue[Order]", joinable: "multiprocessing.queues.JoinableQueue[Order]"
) -> None:
    numbers: queue.Queue[Order] = queue.Queue()
    simple: queue.SimpleQueue[Order] = queue.SimpleQueue()
    last_first: queue.LifoQueue[Order] = queue.LifoQueue()
    assert_type(QueueSource(numbers), QueueSource[Order])
    assert_type(Server(QueueSource(numbers), ship, Threads()), Server[Order, Delivery])
    assert_type(Server(QueueSource(simple), ship), Server[Order, Delivery])
    assert_type(Server(QueueSource(last_first, retries=Retries()), ship), Server[Order, Delivery])
    assert_type(Server(QueueSource(others), ship), Server[Order, Delivery])
    assert_type(Server(QueueSource(joinable), ship), Server[Order, Delivery])
    gettable: Gettable[Order] = simple
    QueueSource(gettable, dead_letter=lambda order, error: print(order.number, error))


def index(file: Path, _delivery: Delivery, _server: ServerContext) -> None:
    assert_type(file, Path)


def serve_spools() -> None:
    assert_type(Server(Spool("in"), index, Threads()), Server[Path, Delivery])
    Spool(Path("in"), pattern="*.job", when_done="move", dead_letter=lambda path, error: print(path.name, error))


class Keen(Server[Order, Delivery]):
    urgent: bool = True


def ask_the_server(order: Order, _delivery: Delivery, server: Keen) -> None:
    assert_type((order, server.urgent), tuple[Order, bool])


def serve_others() -> None:
    assert_type(Keen(POLLED, ask_the_server, Threads()), Keen)
    Group([Server(POLLED, ship), Server(Spool("in"), index)])
    Prefork(Server(POLLED, ship, Threads()), 2)
