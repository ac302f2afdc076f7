"""The supervisor: keeps a number of worker processes alive, and ends them.

It knows pids, a reactor and what to call, nothing of servers: what a worker does is ``prefork.py``'s.
"""

import logging
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from typedserver.errors import CrashLoop, how_it_ended
from typedserver.forking import Children
from typedserver.protocols import Reactor, TimerHandle

_log = logging.getLogger("typedserver")

# What ends soon after its start is started again after a pause: none to be noticed at first, doubled each time, up to
# one that leaves the processor to others and still finds within a second that the reason has gone.
FIRST_PAUSE: Final = 0.005
LAST_PAUSE: Final = 1.0


@dataclass(frozen=True, slots=True)
class StartLimits:
    """When a worker's end counts as a failed start, and how many of them in a row are too many."""

    start_seconds: float
    failures: int


@dataclass(frozen=True, slots=True)
class _Worker:
    number: int
    started: float


def _pause(times: int) -> float:
    # The exponent is bounded as well: a float overflows.
    return min(FIRST_PAUSE * 2.0 ** min(times - 1, 16), LAST_PAUSE)


class Supervisor:
    """Runs ``count`` workers in children of this process, each replaced when it ends, until it is stopped.

    prepare: called with a worker's number, from 0, in its process, while signals are held back.
    work: what a worker is for, in its process.
    failed: called once with a CrashLoop, when ever new workers end soon after their start and none lives on.

    All methods belong to the loop's thread, or to who closes when the loop has ended; ``halt`` and ``pids`` to any.
    """

    def __init__(
        self,
        reactor: Reactor,
        count: int,
        limits: StartLimits,
        *,
        prepare: Callable[[int], object],
        work: Callable[[], object],
        failed: Callable[[BaseException], object],
    ) -> None:
        self._reactor = reactor
        self._count = count
        self._limits = limits
        self._prepare = prepare
        self._work = work
        self._failed = failed
        self._children: Children[_Worker] = Children(reactor, self._ended, signal.valid_signals())
        self._waiting: dict[int, TimerHandle] = {}
        self._stopping = False
        self._failures = 0
        self._last_failure = 0.0
        self._refusals = 0

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that were not reaped yet."""
        return tuple(self._children.about)

    def start(self) -> None:
        """Start all workers."""
        for number in range(self._count):
            self._start(number)

    def _start(self, number: int) -> None:
        self._waiting.pop(number, None)
        if self._stopping:
            return
        worker = _Worker(number, time.monotonic())
        refusal = self._children.fork(worker, partial(self._prepare, number), self._work)
        if refusal is None:
            self._refusals = 0
            return
        self._refusals += 1
        if self._refusals == 1:
            _log.error("no worker can be started: %s; it is tried again until there is one", refusal)
        self._start_later(number, _pause(self._refusals))

    def _start_later(self, number: int, pause: float) -> None:
        self._waiting[number] = self._reactor.call_later(pause, partial(self._start, number))

    def _ended(self, pid: int, status: int | None, worker: _Worker) -> None:
        lived = time.monotonic() - worker.started
        if self._stopping:
            # Told to end: a signal may have come before it was ready to take it.
            level = logging.DEBUG if status in (0, None, -signal.SIGTERM) else logging.ERROR
            _log.log(level, "worker %d %s while it stopped", pid, how_it_ended(status))
            return
        level = logging.INFO if status == 0 else logging.ERROR
        _log.log(level, "worker %d %s, %.1f s after its start; it is replaced", pid, how_it_ended(status), lived)
        if lived >= self._limits.start_seconds:
            self._failures = 0
            self._start(worker.number)
            return
        self._count_failure()
        if self._failures > self._limits.failures and not self._one_lives_on():
            self._failed(CrashLoop(pid, status, self._failures, self._limits.start_seconds))
        else:
            self._start_later(worker.number, _pause(self._failures))

    def _count_failure(self) -> None:
        now = time.monotonic()
        # The longest that one failure comes after the other, where each new worker fails.
        if now - self._last_failure > self._limits.start_seconds + LAST_PAUSE:
            self._failures = 0
        self._last_failure = now
        self._failures += 1

    def _one_lives_on(self) -> bool:
        now = time.monotonic()
        return any(now - worker.started >= self._limits.start_seconds for worker in self._children.about.values())

    def halt(self) -> None:
        """Start no more workers; ``stop`` is to follow. Takes no lock."""
        self._stopping = True

    def stop(self) -> None:
        """Tell the workers to end, and leave the loop; to be called again where an interrupt has cut it short."""
        self._stopping = True
        for timer in self._waiting.values():
            timer.cancel()
        self._waiting.clear()
        self._children.send_signal(signal.SIGTERM)
        self._children.leave_loop()

    def reap(self) -> int:
        """Take note of the workers that have ended; returns how many have not."""
        return self._children.reap()

    def wait(self, timeout: float | None) -> None:
        """Wait for the workers, and kill those that have not ended after ``timeout`` seconds."""
        if self._children.wait(timeout):
            _log.error(
                "workers %s did not end within %s s: they are killed, with the requests that they have in hand",
                ", ".join(map(str, self.pids)),
                timeout,
            )
            self._children.send_signal(signal.SIGKILL)
            self._children.wait()
