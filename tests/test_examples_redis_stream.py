"""The source of Redis streams in the examples, on a real redis-server."""

import threading
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any

import pytest
from examples.redis_stream import Order, RedisStream

from tests.redis_server import RedisServer
from tests.running import PATIENCE, running
from typedserver import ConcurrencyStrategy, Multiplexed, Server, ServerContext, ThreadPool, Threads
from typedserver.sources import Delivery, Polled

LEASE = 0.2

Stream = Callable[..., RedisStream]


@pytest.fixture
def stream(redis_url: str) -> Stream:
    """Opens the stream that ``orders`` fills; each call is another process's source."""
    return partial(RedisStream, redis_url, "orders", lease=LEASE, attempts=2, pause=0.05)


@pytest.fixture
def put(redis_server: RedisServer) -> Callable[[int], None]:
    def put(count: int) -> None:
        for number in range(count):
            redis_server.ask(f"XADD orders * number {number}")

    return put


def numbers(received: Any) -> list[tuple[str, int]]:
    return [(leased.message["number"], leased.delivery.attempt) for leased in received]


def length(redis_server: RedisServer, name: str) -> int:
    return int(redis_server.ask(f"XLEN {name}").removeprefix(":"))


# The source by itself


def test_entries_come_in_their_order_and_no_more_than_asked_for(stream: Stream, put: Callable[[int], None]) -> None:
    put(3)
    with closing(stream()) as source:
        assert numbers(source.receive(2, 0)) == [("0", 1), ("1", 1)]
        assert numbers(source.receive(2, 0)) == [("2", 1)]
        assert source.receive(2, 0) == []


def test_receive_waits_for_the_first(stream: Stream, put: Callable[[int], None]) -> None:
    with closing(stream()) as source:
        begun = time.monotonic()
        assert source.receive(1, 0.05) == []
        assert time.monotonic() - begun > 0.04
        adding = threading.Timer(0.02, put, (1,))
        adding.start()
        assert numbers(source.receive(1, PATIENCE)) == [("0", 1)]
        adding.join()


def test_entry_that_is_done_is_gone(stream: Stream, put: Callable[[int], None], redis_server: RedisServer) -> None:
    put(3)
    with closing(stream()) as source:
        first, *others = source.receive(3, 0)
        source.acknowledge(first)
        source.acknowledge_all(others)
    assert length(redis_server, "orders") == 0


def test_entry_that_is_given_back_comes_at_once_and_was_no_attempt(stream: Stream, put: Callable[[int], None]) -> None:
    put(1)
    with closing(stream()) as source, closing(stream()) as other:
        for _ in range(3):
            (leased,) = source.receive(1, 0)
            assert leased.delivery.attempt == 1
            source.release(leased)
        assert numbers(other.receive(1, 0)) == [("0", 1)]


def test_entry_of_a_dead_process_comes_when_its_lease_is_over(stream: Stream, put: Callable[[int], None]) -> None:
    put(1)
    with closing(stream()) as dead, closing(stream()) as other:
        begun = time.monotonic()
        dead.receive(1, 0)
        while not (received := other.receive(1, 0.01)):
            pass
        assert numbers(received) == [("0", 2)]
        assert time.monotonic() - begun > LEASE * 0.9


def test_lease_that_is_renewed_holds(stream: Stream, put: Callable[[int], None]) -> None:
    put(1)
    with closing(stream()) as source, closing(stream()) as other:
        (leased,) = source.receive(1, 0)
        for _ in range(6):
            time.sleep(LEASE / 4)
            source.renew(leased)
            assert other.receive(1, 0) == []


def test_entry_that_fails_is_tried_again_and_then_dead(
    stream: Stream, put: Callable[[int], None], redis_server: RedisServer
) -> None:
    put(1)
    with closing(stream()) as source:
        for attempt in (1, 2):
            while not (received := source.receive(1, 0.01)):
                pass
            assert numbers(received) == [("0", attempt)]
            source.reject(received[0], ValueError("no tea"))
    assert (length(redis_server, "orders"), length(redis_server, "orders:dead")) == (0, 1)


def test_stream_that_is_not_there_yet_is_made(stream: Stream, put: Callable[[int], None]) -> None:
    with closing(stream()), closing(stream()) as source:
        put(1)
        assert numbers(source.receive(1, 0)) == [("0", 1)]


# Served


@pytest.mark.parametrize("strategy", [Threads(), ThreadPool(workers=2)], ids=repr)
def test_server_works_off_the_stream(
    stream: Stream,
    put: Callable[[int], None],
    redis_server: RedisServer,
    strategy: ConcurrencyStrategy[None],
) -> None:
    handled: list[int] = []
    enough = threading.Event()

    def ship(order: Order, delivery: Delivery, _server: ServerContext) -> None:
        assert delivery.source == "orders@redis"
        handled.append(int(order["number"]))
        if len(handled) == 100:
            enough.set()

    put(100)
    with running(Server(Polled(stream, prefetch=16), ship, strategy)):
        assert enough.wait(PATIENCE)
    assert sorted(handled) == list(range(100))
    assert length(redis_server, "orders") == 0


def test_coroutines_work_off_the_stream(stream: Stream, put: Callable[[int], None], redis_server: RedisServer) -> None:
    enough = threading.Event()
    handled: list[int] = []

    async def ship(order: Order, _delivery: Delivery, _server: ServerContext) -> None:
        handled.append(int(order["number"]))
        if len(handled) == 100:
            enough.set()

    put(100)
    with running(Server(Polled(stream, prefetch=16), ship, Multiplexed())):
        assert enough.wait(PATIENCE)
    assert sorted(handled) == list(range(100))
    assert length(redis_server, "orders") == 0


def test_order_that_always_fails_is_dead_after_its_attempts(
    stream: Stream, put: Callable[[int], None], redis_server: RedisServer
) -> None:
    attempts: list[int] = []
    last = threading.Event()

    def ship(_order: Order, delivery: Delivery, _server: ServerContext) -> None:
        attempts.append(delivery.attempt)
        if delivery.attempt == 2:
            last.set()
        raise ValueError("no tea")

    put(1)
    with running(Server(Polled(stream), ship, Threads())):
        assert last.wait(PATIENCE)
    assert attempts == [1, 2]
    assert (length(redis_server, "orders"), length(redis_server, "orders:dead")) == (0, 1)


def test_redis_that_was_gone_for_a_while_is_served_again() -> None:
    shipped: list[str] = []
    came = threading.Event()

    def ship(order: Order, _delivery: Delivery, _server: ServerContext) -> None:
        shipped.append(order["number"])
        came.set()

    with RedisServer() as redis, running(Server(Polled(partial(RedisStream, redis.url, "orders")), ship, Threads())):
        redis.ask("XADD orders * number 1")
        assert came.wait(PATIENCE)
        redis.stop()
        came.clear()
        redis.start()
        redis.ask("XGROUP CREATE orders workers 0 MKSTREAM")
        redis.ask("XADD orders * number 2")
        assert came.wait(PATIENCE)
    assert shipped == ["1", "2"]
