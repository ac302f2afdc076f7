"""A source in memory for tests: it lends what it is given, and notes what becomes of each message."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import uvloop
from typing_extensions import override

from tests.running import PATIENCE
from typedserver import Asyncio, Delivery, Forks, Inline, Leased, Multiplexed, Polled, ThreadPool, Threads
from typedserver.sources import BaseSource

# Those that run handlers which block, in this process or in children; and those that run coroutines only.
BLOCKING: Final[dict[str, Any]] = {
    "inline": Inline(),
    "threads": Threads(),
    "pool": ThreadPool(workers=2),
    "forks": Forks(),
}
LOOPS: Final[dict[str, Any]] = {
    "multiplexed": Multiplexed(),
    "asyncio": Asyncio(),
    "uvloop": Asyncio(loop_factory=uvloop.new_event_loop),
}
STRATEGIES: Final = {**BLOCKING, **LOOPS}


class Lending(BaseSource[int]):
    """Lends numbers; what is released comes again at once, what is rejected never.

    lease: as the contract has it. waits: whether ``receive`` waits for a message.
    notes: what was done, in order: "acknowledge 1", say.
    """

    def __init__(self, *messages: int, lease: float | None = None, name: str = "numbers") -> None:
        self._messages = deque(messages)
        self._lease = lease
        self._name = name
        self._changed = threading.Condition()
        self.notes: list[str] = []
        self.errors: dict[int, BaseException] = {}
        self.threads: set[threading.Thread] = set()
        self.asked: list[int] = []

    @property
    @override
    def name(self) -> str:
        return self._name

    @property
    @override
    def lease(self) -> float | None:
        return self._lease

    def put(self, *messages: int) -> None:
        with self._changed:
            self._messages.extend(messages)
            self._changed.notify_all()

    def _note(self, what: str) -> None:
        with self._changed:
            self.threads.add(threading.current_thread())
            self.notes.append(what)
            self._changed.notify_all()

    @override
    def receive(self, most: int, wait: float, /) -> Sequence[Leased[int]]:
        with self._changed:
            self.asked.append(most)
            self._changed.wait_for(lambda: self._messages, wait)
            received = [self._messages.popleft() for _ in range(min(most, len(self._messages)))]
            self.notes.extend(f"lend {number}" for number in received)
            self._changed.notify_all()
        return [Leased(number, Delivery(source=self.name, key=number, attempt=1)) for number in received]

    @override
    def acknowledge(self, leased: Leased[int], /) -> None:
        self._note(f"acknowledge {leased.message}")

    @override
    def reject(self, leased: Leased[int], error: BaseException, /) -> None:
        self.errors[leased.message] = error
        self._note(f"reject {leased.message}")

    @override
    def release(self, leased: Leased[int], /) -> None:
        with self._changed:
            self._messages.appendleft(leased.message)
        self._note(f"release {leased.message}")

    @override
    def renew(self, leased: Leased[int], /) -> None:
        self._note(f"renew {leased.message}")

    @override
    def close(self) -> None:
        self._note("close")

    # What tests ask

    def did(self, what: str) -> list[int]:
        """Return the messages of which this was noted, in order."""
        return [int(note.split()[1]) for note in list(self.notes) if note.startswith(what)]

    def wait_until(self, condition: Callable[[], object]) -> None:
        """Wait until something of the notes is true."""
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE), self.notes

    def wait_for(self, *notes: str) -> None:
        """Wait until all of these were noted."""
        self.wait_until(lambda: set(notes) <= set(self.notes))

    def polled(self, prefetch: int = 1, **pace: float) -> Polled[int]:
        """Return the endpoint of this very source."""
        return Polled(lambda: self, prefetch=prefetch, **pace)


def until(condition: Callable[[], object], what: str = "") -> None:
    """Wait until a condition holds that nothing notifies of."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.002)


def live(server: Any) -> int:
    """Return how many messages the server has given to its strategy, and are not over."""
    return len(server.__lifetime__.servable.table.requests)
