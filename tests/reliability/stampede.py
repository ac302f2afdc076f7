"""The stampede: workers and children are killed, descriptors run out, rogues attack; afterwards all is as before.

This module knows what the kernel reports about processes, and the two programs that it runs. Linux only.
"""

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from tests.reliability.clients import END, Account, Order, account_of
from tests.reliability.held import Held, held_by, settle
from tests.reliability.programs import Program
from tests.reliability.rogues import Mischief
from tests.reliability.served import children_of

# Few, because the rogues must hold more than two processes can have; but enough for the interpreter's own files.
DESCRIPTORS: Final = 48
_HELD: Final = 300

# Seconds between two kills: the rate of ranch's own stampede.
_KILL_EVERY: Final = 0.1
_LOOK_EVERY: Final = 0.02

# A moment with all of them taken may lie between two looks.
_NEARLY_ALL: Final = 3

# The first second does not count, because the server then makes its lasting objects, such as threads and loops.
_WARM_UP: Final = 1.0

# Bytes by which an interpreter's memory may differ after thousands of connections: it frees only whole arenas, and
# loads what it has not needed before, as for errors that nobody has met yet. A leak goes on growing.
_SLACK: Final = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Stampede:
    """The result."""

    strategy: str
    seconds: float
    killed: int
    mischief: dict[str, int]
    most_descriptors: int
    before: Held
    after: Held
    good: Account
    status: int
    stop_seconds: float

    @property
    def faults(self) -> list[str]:
        """Return what is not as it was."""
        found: list[str] = []
        if self.most_descriptors < DESCRIPTORS - _NEARLY_ALL:
            found.append(f"it was never short of descriptors: it had {self.most_descriptors} at most")
        if self.after.exceeds(self.before, _SLACK):
            found.append(f"it holds {self.after}, and held {self.before}")
        if self.good.lost or self.good.failed or self.good.refused:
            found.append(f"afterwards it does not serve as before: {self.good}")
        if self.status:
            found.append(f"it ended with status {self.status}")
        return found


def _rampage(pid: int, address: Any, seconds: float, seed: int, passed: Callable[[float], Any]) -> tuple[int, int, Any]:
    """Let the rogues loose and kill at random; returns the number of kills, the most descriptors, and the mischief."""
    killed = most = 0
    choice = random.Random(seed)
    with Program(["-m", "tests.reliability.rogues"]) as rogues:
        rogues.send(asdict(Mischief(address=address, hold=_HELD, seed=seed)))
        rogues.hear()
        begun = time.monotonic()
        kill_at = _KILL_EVERY
        while (gone := time.monotonic() - begun) < seconds:
            passed(gone / seconds)
            # This waits for no event; it is the rate of the looks.
            time.sleep(_LOOK_EVERY)
            children = children_of(pid)
            most = max(most, *(held_by(member).descriptors for member in (pid, *children)))
            if children and gone > kill_at:
                kill_at += _KILL_EVERY
                with contextlib.suppress(ProcessLookupError):
                    os.kill(choice.choice(children), signal.SIGKILL)
                    killed += 1
        rogues.send(END)
        return killed, most, rogues.hear()


def _ask(address: Any, number: int) -> Account:
    with Program(["-m", "tests.reliability.clients"]) as clients:
        clients.send(asdict(Order(addresses=[address], clients=8, until="asked", total=number, loaded=number * 2)))
        return account_of(clients.hear())


def run(strategy: str, seconds: float, *, passed: Callable[[float], Any] = lambda _part: None) -> Stampede:
    """Run it for this long; calls ``passed`` with the share that is done, from 0 to 1."""
    with Program(["-m", "tests.reliability.stampeded", strategy, str(DESCRIPTORS)]) as server:
        address = server.hear()
        _rampage(server.pid, address, _WARM_UP, 1, lambda _part: None)
        _ask(address, 100)
        before = settle(server.pid)
        killed, most, mischief = _rampage(server.pid, address, seconds, 2, passed)
        good = _ask(address, 200)
        after = settle(server.pid, before, _SLACK)
        asked = time.monotonic()
        status = server.end(signal.SIGTERM)
        return Stampede(
            strategy, seconds, killed, mischief, most, before, after, good, status, time.monotonic() - asked
        )
