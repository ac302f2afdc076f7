"""A ledger of messages in one process: handlers that fail at random, drains, suspensions, and a source that fails.

The source keeps the books: it takes no settlement of what it has not lent, and each message must end once. Handlers are
coroutines, so that a drain's deadline ends them where they wait, and no handler of this test runs twice to its end.
"""

import errno
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from typing_extensions import override

from tests.lending import STRATEGIES
from tests.running import PATIENCE, Run
from typedserver import BaseSource, Delivery, Leased, Limits, Polled, Server, ServerConfig, ServerContext, sleep
from typedserver.testing import FaultySource

MAX_ATTEMPTS: Final = 3

# One message of so many fails always, and one of so many the first time.
_BAD_ONE_OF: Final = 50
_FLAKY_ONE_OF: Final = 7

# So at any time about a third of the handlers at work are slow ones.
_SLOW_SHARE: Final = 0.005
_SLOW_SECONDS: Final = 0.2


class Stock(BaseSource[int]):
    """Lends the numbers below ``size``, and keeps the books over all servers that open it.

    mistakes: settlements of what was not lent, in words.
    """

    def __init__(self, size: int) -> None:
        self._left = deque((number, 1) for number in range(size))
        self._lent: dict[int, int] = {}
        self._size = size
        self.done: Counter[int] = Counter()
        self.dead: Counter[int] = Counter()
        self.released = 0
        self.mistakes: list[str] = []
        self.changed = threading.Condition()

    @property
    @override
    def name(self) -> str:
        return "stock"

    @property
    def is_empty(self) -> bool:
        return len(self.done) + len(self.dead) == self._size

    @override
    def receive(self, most: int, wait: float, /) -> Sequence[Leased[int]]:
        with self.changed:
            self.changed.wait_for(lambda: self._left, wait)
            taken = [self._left.popleft() for _ in range(min(most, len(self._left)))]
            self._lent.update(taken)
        return [Leased(n, Delivery(source="stock", key=n, attempt=attempt)) for n, attempt in taken]

    def _take_back(self, leased: Leased[int], how: str) -> int:
        attempt = self._lent.pop(leased.message, 0)
        if attempt != leased.delivery.attempt:
            self.mistakes.append(f"{how} of {leased.message}, attempt {leased.delivery.attempt}: lent is {attempt}")
        return leased.delivery.attempt

    @override
    def acknowledge(self, leased: Leased[int], /) -> None:
        with self.changed:
            self._take_back(leased, "acknowledge")
            self.done[leased.message] += 1
            self.changed.notify_all()

    @override
    def reject(self, leased: Leased[int], error: BaseException, /) -> None:
        with self.changed:
            attempt = self._take_back(leased, "reject")
            if attempt == MAX_ATTEMPTS:
                self.dead[leased.message] += 1
            else:
                self._left.append((leased.message, attempt + 1))
            self.changed.notify_all()

    @override
    def release(self, leased: Leased[int], /) -> None:
        with self.changed:
            self._left.appendleft((leased.message, self._take_back(leased, "release")))
            self.released += 1

    @override
    def close(self) -> None:
        with self.changed:
            self.mistakes.extend(f"{number} was lent when it was closed" for number in self._lent)
            self._lent.clear()


@dataclass(slots=True)
class Entry:
    """What the handlers note of one message."""

    begun: int = 0
    returned: int = 0
    raised: int = 0
    cut: int = 0


@dataclass(slots=True)
class Ledger:
    """The result. faults: what does not add up; empty if all does."""

    messages: int
    drains: int = 0
    released: int = 0
    cut: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list[str])


def is_bad(number: int) -> bool:
    return number % _BAD_ONE_OF == 0


def _faults(rng: random.Random) -> Iterator[int | None]:
    while True:
        yield errno.EIO if rng.random() < 0.005 else None


def _counted_handler(entries: list[Entry], rng: random.Random) -> Callable[[int, Delivery, ServerContext], Any]:
    async def handle(number: int, _delivery: Delivery, _server: ServerContext) -> None:
        entry = entries[number]
        entry.begun += 1
        try:
            # A slow one outlasts a drain's deadline also where a loop looks at its clock now and then.
            await sleep(_SLOW_SECONDS if rng.random() < _SLOW_SHARE else rng.random() * 0.004)
            if is_bad(number) or (number % _FLAKY_ONE_OF == 0 and not entry.raised):
                raise ValueError(number)
            entry.returned += 1
        except ValueError:
            entry.raised += 1
            raise
        except BaseException:
            entry.cut += 1
            raise

    return handle


def run(strategy: str, messages: int, *, seed: int = 0, passed: Callable[[float], Any] = lambda _part: None) -> Ledger:
    """Serve so many messages while servers are drained and opened anew; calls ``passed`` with the share done."""
    rng = random.Random(seed)
    stock = Stock(messages)
    entries = [Entry() for _ in range(messages)]
    ledger = Ledger(messages)
    began = time.monotonic()
    faults = _faults(random.Random(seed))
    config = ServerConfig(limits=Limits(connections=rng.choice((8, 64))), observer=lambda _event: None)
    until = began + 60 + messages / 100
    while not stock.is_empty and time.monotonic() < until:
        endpoint = Polled(lambda: FaultySource(stock, receive=faults), prefetch=rng.choice((1, 4, 32)))
        server = Server(endpoint, _counted_handler(entries, rng), STRATEGIES[strategy], config=config)
        with server:
            running = Run(server)
            _wait(stock, rng.uniform(0.05, 0.4))
            if rng.random() < 0.3:
                server.suspend()
                _wait(stock, 0.01)
                server.resume()
                _wait(stock, 0.05)
            # Not all of them have time to end. In turn, because there may be six drains in all: the first is too short.
            server.drain((0.0001, 0.002, PATIENCE)[ledger.drains % 3])
            running.join()
        ledger.drains += 1
        passed((len(stock.done) + len(stock.dead)) / messages)
    ledger.seconds = time.monotonic() - began
    ledger.released, ledger.cut = stock.released, sum(entry.cut for entry in entries)
    ledger.faults = [*stock.mistakes, *_wrong(stock, entries)]
    return ledger


def _wait(stock: Stock, seconds: float) -> None:
    with stock.changed:
        stock.changed.wait_for(lambda: stock.is_empty, seconds)


def _wrong(stock: Stock, entries: list[Entry]) -> Iterator[str]:
    for number, entry in enumerate(entries):
        done, dead = stock.done[number], stock.dead[number]
        expected = (0, 1, 0, MAX_ATTEMPTS) if is_bad(number) else (1, 0, 1, int(number % _FLAKY_ONE_OF == 0))
        if (done, dead, entry.returned, entry.raised) != expected:
            yield f"message {number}: done {done}, dead {dead}, and {entry}"
        if entry.begun != entry.returned + entry.raised + entry.cut:
            yield f"message {number} was begun and did not end: {entry}"
