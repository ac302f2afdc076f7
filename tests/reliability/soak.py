"""The soak: a connection for each of very many requests. After the last the server holds what it held after a tenth.

We look at it between two portions of the load, when no request is under way, because a busy server's holdings vary.
"""

import signal
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from tests.reliability.clients import LOADED, Order, account_of
from tests.reliability.held import Held, settle
from tests.reliability.programs import PATIENCE, Program

# Portions of the load; the first two are the tenth after which nothing may grow.
PORTIONS: Final = 20

# Enough clients to keep both processors busy.
_CLIENTS: Final = 32

# Bytes that an interpreter's memory may grow without a leak (its pools, a minute of noted deadlines). A million
# requests show a leak of five bytes a request.
_SLACK: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Soak:
    """The result: what the server held after each portion."""

    strategy: str
    answered: int
    lost: int
    seconds: float
    held: list[Held]
    status: int

    @property
    def faults(self) -> list[str]:
        """Return what has grown, or was lost."""
        settled = self.held[PORTIONS // 10 - 1]
        found = [
            f"after {number / PORTIONS:.0%} it holds {held}, and held {settled} after a tenth"
            for number, held in enumerate(self.held, 1)
            if number > PORTIONS // 10 and held.exceeds(settled, _SLACK)
        ]
        if self.lost:
            found.append(f"{self.lost} requests were lost")
        if self.status:
            found.append(f"it ended with status {self.status}")
        return found


def run(strategy: str, requests: int, *, passed: Callable[[float], Any] = lambda _part: None) -> Soak:
    """Ask this many times; calls ``passed`` with the share that is done, from 0 to 1."""
    portion = max(1, requests // PORTIONS)
    held: list[Held] = []
    answered = lost = 0
    seconds = 0.0
    with (
        Program(["-m", "tests.reliability.stampeded", strategy, "0"]) as server,
        Program(["-m", "tests.reliability.clients"]) as clients,
    ):
        address = server.hear()
        for number in range(PORTIONS):
            clients.send(
                asdict(Order(addresses=[address], clients=_CLIENTS, until="asked", total=portion, loaded=portion))
            )
            while (heard := clients.hear(patience=PATIENCE + portion / 100, suspects=[server.pid])) == LOADED:
                pass
            account = account_of(heard)
            answered += account.answered
            lost += len(account.lost) + len(account.failed) + account.refused
            seconds += account.seconds
            before = held[PORTIONS // 10 - 1] if number >= PORTIONS // 10 else None
            held.append(settle(server.pid, before, _SLACK))
            passed((number + 1) / PORTIONS)
            if before is not None and held[-1].exceeds(before, _SLACK):
                # It has grown, and the rest would show nothing else.
                break
        return Soak(strategy, answered, lost, seconds, held, server.end(signal.SIGTERM))
