"""Requests from a Redis stream, on any number of hosts: how a broker's client becomes a source, in some 50 lines.

`python -m typedserver examples.redis_stream:server`, then `redis-cli xadd orders '*' item tea`. An order that fails is
tried again after `pause` seconds, and goes to the stream `orders:dead` after `attempts` times. What a dead process held
is lent again when its `lease`, in seconds, is over.
"""

import contextlib
import socket
from collections.abc import Sequence
from functools import partial
from typing import Any

from redis import Redis, ResponseError

from typedserver import Server, ServerContext, Threads
from typedserver.sources import BaseSource, Delivery, Leased, Polled

Order = dict[str, str]


GROUP = "workers"


class RedisStream(BaseSource[Order]):
    def __init__(self, url: str, stream: str, *, lease: float = 60.0, attempts: int = 5, pause: float = 5.0) -> None:
        self._lease, self._lease_ms, self._pause_ms = lease, int(lease * 1000), int(pause * 1000)
        self._attempts, self._next = attempts, "0-0"
        # An entry is claimed by its age, whoever holds it: the processes of a host may all have the same name.
        self._us = (stream, GROUP, socket.gethostname())
        # Any, because redis leaves out half of its types.
        self._redis: Any = Redis.from_url(url, decode_responses=True, protocol=2)  # pyright: ignore[reportUnknownMemberType]
        with contextlib.suppress(ResponseError):  # the group exists
            self._redis.xgroup_create(stream, GROUP, "0", mkstream=True)

    @property
    def name(self) -> str:
        return f"{self._us[0]}@redis"

    @property
    def lease(self) -> float:
        return self._lease

    def receive(self, most: int, wait: float, /) -> Sequence[Leased[Order]]:
        # First the entries of a process that is dead, those that failed, and those that were given back.
        self._next, old, *_ = self._redis.xautoclaim(*self._us, self._lease_ms, self._next, most)
        if old:
            return [self._lent(key, order, self._attempt(key)) for key, order in old]
        stream, *us = self._us
        new = self._redis.xreadgroup(*us, {stream: ">"}, most, max(1, int(wait * 1000)))  # 0 would be for ever
        return [self._lent(key, order, 1) for _stream, entries in new for key, order in entries]

    def _attempt(self, key: str) -> int:
        return int(self._redis.xpending_range(*self._us[:2], key, key, 1)[0]["times_delivered"])

    def _lent(self, key: str, order: Order, attempt: int) -> Leased[Order]:
        return Leased(order, Delivery(source=self.name, key=key, attempt=attempt))

    def acknowledge(self, leased: Leased[Order], /) -> None:
        self.acknowledge_all([leased])

    def acknowledge_all(self, leased: Sequence[Leased[Order]], /) -> None:
        self._end(self._redis.pipeline(), *(each.delivery.key for each in leased))

    def _end(self, transaction: Any, *keys: object) -> None:  # noqa: ANN401
        transaction.xack(*self._us[:2], *keys).xdel(self._us[0], *keys).execute()

    def reject(self, leased: Leased[Order], error: BaseException, /) -> None:
        if leased.delivery.attempt < self._attempts:
            self._claim(leased, idle=self._lease_ms - self._pause_ms)
            return
        dead = leased.message | {"error": repr(error)}
        self._end(self._redis.pipeline().xadd(f"{self._us[0]}:dead", dead), leased.delivery.key)

    def release(self, leased: Leased[Order], /) -> None:
        self._claim(leased, idle=self._lease_ms, retrycount=leased.delivery.attempt - 1)

    def renew(self, leased: Leased[Order], /) -> None:
        self._claim(leased)

    def _claim(self, leased: Leased[Order], **how: int) -> None:
        self._redis.xclaim(*self._us, 0, [leased.delivery.key], justid=True, **how)

    def close(self) -> None:
        self._redis.close()


def ship(order: Order, delivery: Delivery, _server: ServerContext) -> None:
    print(f"{delivery.key}: {order}", flush=True)


server = Server(Polled(partial(RedisStream, "redis://127.0.0.1:6379", "orders"), prefetch=16), ship, Threads())
