"""The long run: each promise is a job that returns a row of the promise table with its figures."""

import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks import exhaustion
from benchmarks.ratios import spread

from tests.reliability import dasked, restarts, soak, sourced, stampede
from tests.reliability.compositions import PREFORKED, STRATEGIES, TRANSPORTS, transports_of
from tests.reliability.programs import ROOT
from tests.reliability.trials import Event, Stand

PARTS: Final = (
    "drain",
    "sigterm",
    "suspend",
    "crash",
    "restart",
    "stampede",
    "soak",
    "dask",
    "hostile",
    "exhaustion",
    "injection",
    "lifecycle",
    "sources",
)

# Enough to find a loss in one of some dozens of closes, which is the rate of other methods.
TRIALS: Final = 40
STAMPEDE_SECONDS: Final = 30.0
SOAKED: Final = 1_000_000
# Of the Dask cluster, and of PostgreSQL's table.
MESSAGES: Final = 100_000

# Of how many clients the cluster's messages are, and how many of its workers are killed meanwhile.
_DASK_CLIENTS: Final = 200
_DASK_KILLS: Final = 40

# With this many answers before each event, forty trials of every cell make far more than 200,000 requests.
_ANSWERS: Final = 120

# Clients, many more than descriptors, and for how many seconds there are none.
_EXHAUSTING: Final = 100
_EXHAUSTED_SECONDS: Final = 3.0

# Their soak has a million requests; the other strategies have a part of it, to see that they do not grow either.
_SOAKED_MOST: Final = "multiplexed"
_SOAKED_LESS: Final = ("threads", "thread_pool", "asyncio", "prefork_threads")
_STAMPEDED: Final = ("threads", "multiplexed", "forks", "prefork_threads", "prefork_multiplexed", "uvloop")

# The versions of a restarted program, in turn; one of them does not start.
_VERSIONS: Final = ("threads", "multiplexed", "prefork_threads", "asyncio", restarts.BROKEN, "thread_pool", "inline")

# Each of its workers has its own queue, which the new process does not have.
_APART: Final = "prefork_reuse_port"

# Of the messages that PostgreSQL has, the parts that other sources have; with whether the handler's effect is one with
# the acknowledgement. On SQLite such handlers take turns, so there are fewer.
_SOURCED: Final[tuple[tuple[sourced.Kind, bool, float], ...]] = (
    ("postgresql", False, 1.0),
    ("postgresql", True, 0.2),
    ("sqlite", False, 0.2),
    ("sqlite", True, 0.02),
    ("spool", False, 0.2),
    ("redis", False, 0.2),
)

# About how many messages a second the slowest of them works off.
_SOURCED_RATE: Final = 400.0

# Test files that are part of the long run, and about how many seconds they take.
_TESTS: Final = {
    "hostile": ("tests/proofs/test_hostile.py", 45.0),
    "injection": ("tests/reliability/test_injection.py", 20.0),
    "lifecycle": ("tests/proofs/test_lifecycle.py", 20.0),
}


@dataclass
class Row:
    """A line of the promise table."""

    part: str
    what: str
    trials: int = 0
    requests: int = 0
    lost: int = 0
    figures: str = ""
    faults: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Job:
    """A promise that the long run tests.

    work: about how many seconds it takes, from which the time left is computed.
    alone: whether nothing else may run meanwhile, because it measures times or takes all processors.
    run: does the work; its argument is a function that it calls with the share that is done, from 0 to 1.
    """

    part: str
    what: str
    work: float
    run: Callable[[Callable[[float], object]], Row]
    alone: bool = False


class Stands:
    """A stand for each thread, and a new one if the last was broken."""

    def __init__(self) -> None:
        self._of_thread = threading.local()
        self._all: list[Stand] = []

    def get(self) -> Stand:
        stand: Stand | None = getattr(self._of_thread, "stand", None)
        if stand is None:
            stand = Stand(seed=len(self._all))
            self._of_thread.stand = stand
            self._all.append(stand)
        return stand

    def give_up(self) -> None:
        """Drop this thread's stand, so that it gets another one."""
        self.get().close()
        self._of_thread.stand = None

    def close(self) -> None:
        for stand in self._all:
            stand.close()


def _of_ledger(stands: Stands, event: Event, strategy: str, transport: str, trials: int) -> Job:
    def run(passed: Callable[[float], object]) -> Row:
        row = Row(event, f"{strategy}, {transport}")
        slowest = in_hand = 0.0
        late = 0
        for number in range(trials):
            try:
                trial = stands.get().run(event, strategy, transport, answers=_ANSWERS)
            except Exception as error:
                row.faults.append(f"trial {number}: {error}")
                stands.give_up()
                if len(row.faults) > 2:
                    break
                continue
            row.trials += 1
            row.requests += trial.comparison.sent
            row.lost += len(trial.comparison.losses)
            row.faults.extend(f"trial {number}: {fault}" for fault in trial.faults)
            slowest = max(slowest, trial.ended.seconds)
            in_hand += trial.in_hand
            late += len(trial.comparison.late)
            passed((number + 1) / trials)
        if event == "crash":
            row.figures = f"{in_hand:g} in hand of killed workers"
        elif event == "drain":
            row.figures = f"slowest {slowest * 1e3:.0f} ms"
        if late:
            row.figures = ", ".join(filter(None, [row.figures, f"{late} asked later than a drain waits"]))
        return row

    # Forking for each request takes its time.
    seconds = 0.8 if strategy == "forks" else 0.2
    return Job(event, f"{strategy}, {transport}", trials * seconds, run)


def _of_restart(transport: str, versions: Sequence[str], what: str) -> Job:
    def run(_passed: Callable[[float], object]) -> Row:
        row = Row("restart", what)
        try:
            found = restarts.run(transport, versions)
        except Exception as error:
            row.faults.append(str(error))
            return row
        row.trials = len(found.seconds)
        row.requests = found.comparison.sent
        row.lost = len(found.comparison.losses)
        row.figures = f"slowest {max(found.seconds):.2f} s, {found.comparison.refused} refused"
        if found.comparison.late:
            row.figures += f", {len(found.comparison.late)} asked later than a drain waits"
        if not found.comparison.kept:
            row.faults.append(found.comparison.describe())
        return row

    return Job("restart", what, len(versions) * 1.5, run)


def _of_stampede(strategy: str, seconds: float) -> Job:
    def run(passed: Callable[[float], object]) -> Row:
        row = Row("stampede", strategy, trials=1)
        try:
            found = stampede.run(strategy, seconds, passed=passed)
        except Exception as error:
            row.faults.append(str(error))
            return row
        row.requests = sum(found.mischief.values())
        row.figures = (
            f"{found.killed} killed, {found.most_descriptors} descriptors at most; "
            f"afterwards {found.after} (before {found.before})"
        )
        row.faults = found.faults
        return row

    return Job("stampede", strategy, seconds + 5, run)


def _of_soak(strategy: str, requests: int) -> Job:
    def run(passed: Callable[[float], object]) -> Row:
        row = Row("soak", strategy, trials=1)
        try:
            found = soak.run(strategy, requests, passed=passed)
        except Exception as error:
            row.faults.append(str(error))
            return row
        row.requests = found.answered + found.lost
        row.lost = found.lost
        tenth, last = found.held[soak.PORTIONS // 10 - 1], found.held[-1]
        row.figures = f"{found.answered / found.seconds:,.0f}/s; after a tenth {tenth}, at the end {last}"
        row.faults = found.faults
        return row

    return Job("soak", strategy, requests / 10_000 + 5, run, alone=True)


def _of_dask(messages: int) -> Job:
    def run(passed: Callable[[float], object]) -> Row:
        what = f"{_DASK_CLIENTS} clients, TCP and UDP"
        row = Row("dask", what, trials=1)
        try:
            found = dasked.run(messages, _DASK_CLIENTS, kills=_DASK_KILLS, passed=passed)
        except Exception as error:
            row.faults.append(str(error))
            return row
        row.requests = found.messages
        row.lost = found.messages - found.answered
        row.figures = (
            f"{found.answered / found.seconds:,.0f}/s; {found.kills} workers killed, {found.executed:,} executions, "
            f"{found.repeats:,} datagrams repeated, {found.twice:,} replies to what was answered"
        )
        row.faults = found.faults
        return row

    return Job("dask", f"{messages:,} messages", messages / 500 + 20, run, alone=True)


def _of_exhaustion(subject: str, seconds: float) -> Job:
    def run(_passed: Callable[[float], object]) -> Row:
        row = Row("exhaustion", subject, trials=1)
        try:
            found = exhaustion.measure(subject, clients=_EXHAUSTING, seconds=seconds)
        except Exception as error:
            row.faults.append(str(error))
            return row
        row.trials = len(found.recovery_ms)
        row.requests = _EXHAUSTING
        row.lost = _EXHAUSTING - found.served
        row.figures = (
            f"CPU {found.cpu_percent:.2f} % while exhausted, {found.log_lines} lines logged, "
            f"served again after {spread(found.recovery_ms)} ms"
        )
        if not exhaustion.keeps_its_promise(found, _EXHAUSTING):
            row.faults.append(f"{row.figures}; {found.served} of {_EXHAUSTING} served")
        return row

    return Job("exhaustion", subject, seconds + 4, run, alone=True)


def _of_source(kind: sourced.Kind, messages: int, *, once: bool) -> Job:
    what = f"{kind}, acknowledged in the handler's transaction" if once else kind

    def run(passed: Callable[[float], object]) -> Row:
        row = Row("sources", what, trials=1)
        try:
            with tempfile.TemporaryDirectory(prefix="ledger") as folder, sourced.stock_of(kind, Path(folder)) as stock:
                found = sourced.run(stock, messages, once=once, passed=passed)
        except Exception as error:
            row.faults.append(str(error))
            return row
        row.requests = messages
        row.lost = len(found.verdict.lost)
        row.figures = f"{messages / found.seconds:,.0f}/s; {found.describe()}"
        row.faults = list(found.faults)
        return row

    return Job("sources", what, messages / _SOURCED_RATE + 5, run, alone=True)


def _of_tests(part: str, file: str, work: float) -> Job:
    def run(_passed: Callable[[float], object]) -> Row:
        row = Row(part, f"test_{part}.py")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", file],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
        )
        counted = re.search(r"(\d+) passed", done.stdout)
        row.trials = int(counted[1]) if counted else 0
        row.figures = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""
        if done.returncode:
            row.faults.append(
                f"pytest ended with status {done.returncode}:\n{done.stdout[-4000:]}{done.stderr[-1000:]}"
            )
        return row

    return Job(part, f"test_{part}.py", work, run, alone=True)


def jobs(stands: Stands, parts: set[str], *, trials: int, seconds: float, soaked: int, messages: int) -> Iterator[Job]:
    """Return the jobs of these parts."""
    ledgers: tuple[tuple[Event, tuple[str, ...], int], ...] = (
        ("drain", STRATEGIES, trials),
        ("sigterm", STRATEGIES, trials),
        ("suspend", STRATEGIES, max(1, trials // 4)),
        ("crash", PREFORKED, trials),
    )
    for strategy in _STAMPEDED if "stampede" in parts else ():
        yield _of_stampede(strategy, seconds)
    for transport in TRANSPORTS if "restart" in parts else ():
        versions = [_VERSIONS[number % len(_VERSIONS)] for number in range(trials + 1)]
        yield _of_restart(transport, versions, transport)
    for transport in transports_of(_APART) if "restart" in parts else ():
        yield _of_restart(transport, [_APART] * (trials // 2 + 1), f"{_APART}, {transport}")
    for event, strategies, times in ledgers:
        if event in parts:
            for strategy in strategies:
                for transport in transports_of(strategy):
                    yield _of_ledger(stands, event, strategy, transport, times)
    if "soak" in parts:
        yield _of_soak(_SOAKED_MOST, soaked)
        for strategy in _SOAKED_LESS:
            yield _of_soak(strategy, soaked // 20)
    if "dask" in parts:
        yield _of_dask(messages)
    if "exhaustion" in parts:
        for subject in exhaustion.SUBJECTS:
            if subject != "stdlib":
                yield _of_exhaustion(subject, _EXHAUSTED_SECONDS)
    for kind, once, share in _SOURCED if "sources" in parts else ():
        yield _of_source(kind, round(messages * share), once=once)
    for part, (file, work) in _TESTS.items():
        if part in parts:
            yield _of_tests(part, file, work)
