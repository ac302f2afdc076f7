"""The targets: each line compares a figure of ours with a reference's, and has the least and the aim.

Numbers that were decided, and how they are held against results; it measures nothing and prints nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from benchmarks.ratios import DIGITS, Spread, ratios, spread
from benchmarks.results import Results

Figure = Literal["cpu", "rate", "p50", "cpu_beside_idle", "p50_beside_idle", "memory_per_idle", "shutdown"]

MOST_IDLE = 4000


@dataclass(frozen=True, slots=True)
class Target:
    """A line of the table.

    cpu: how many times more CPU the reference spends on a request; rate: how many times more requests ours serves in a
    second; cpu_beside_idle: as cpu, with 4,000 idle connections. The others have no reference and are upper
    bounds: p50 (µs), p50_beside_idle (times that beside none), memory_per_idle (KiB), shutdown (ms).
    """

    ours: str
    workload: str
    reference: str | None
    least: float | None
    aim: float | None
    figure: Figure = "cpu"

    @property
    def is_ceiling(self) -> bool:
        """Whether less is better."""
        return self.reference is None

    @property
    def unit(self) -> str:
        """What the numbers are in."""
        units = {
            "memory_per_idle": "KiB",
            "shutdown": "ms",
            "p50": "µs",
            "p50_beside_idle": "x beside none",
            "rate": "x requests/s",
        }
        return units.get(self.figure, "x CPU")

    def reached(self, value: float, bound: float | None) -> bool | None:
        """Whether a value is as good as the bound, in the decimals that we print; None if there is none."""
        if bound is None:
            return None
        value = round(value, DIGITS)
        return value <= bound if self.is_ceiling else value >= bound


_STOPPED = (
    "Inline",
    "Threads",
    "ThreadPool",
    "Forks",
    "Multiplexed",
    "Asyncio",
    "Asyncio on uvloop",
    "Prefork 2 x Inline",
    "compat sync",
    "compat threading",
)

TARGETS: tuple[Target, ...] = (
    Target("Multiplexed", "tcp-64", "uvloop streams", 1.22, 1.28),
    Target("Multiplexed", "tcp-64", "uvloop protocol", 0.85, 0.88),
    Target("Multiplexed", "tcp-64", "stdlib threading", 1.35, None),
    Target("Multiplexed", "unix-64", "uvloop streams", 1.18, 1.28),
    Target("Multiplexed", "unix-64", "uvloop protocol", 0.72, 0.78),
    # Of a connection each, the kernel's own work is nearly all: so the limit is the measure.
    Target("Multiplexed", "connect-16", "C limit", 0.85, 0.90),
    Target("Multiplexed", "connect-16", "uvloop streams", None, None),
    Target("Multiplexed", "connect-16", "stdlib threading", None, None),
    Target("Multiplexed", "unix-connect-16", "uvloop streams", 1.45, 1.65),
    Target("Multiplexed", "unix-connect-16", "uvloop protocol", 0.88, 1.00),
    # A loop over lines, the commonest handler; pipelined, 16 in one send, their answers are gathered.
    Target("Multiplexed", "lines-64", "uvloop streams", 1.10, 1.20),
    Target("Multiplexed", "unix-lines-64", "uvloop streams", 1.10, 1.20),
    Target("Multiplexed", "lines-64x16", "uvloop streams", 3.00, 5.00),
    Target("Multiplexed", "lines-64x16", None, 2000.0, None, "p50"),
    Target("Multiplexed", "bulk", "uvloop protocol", 0.70, 0.75),
    # Messages: what one send and one receive bring is served by one call of a function, without a coroutine.
    Target("Multiplexed messages", "tcp-64", "uvloop protocol", 0.93, 1.00),
    Target("Multiplexed messages", "unix-64", "uvloop protocol", 0.83, 0.92),
    Target("Multiplexed messages", "lines-64", "uvloop protocol", 0.90, 1.00),
    Target("Multiplexed messages", "unix-lines-64", "uvloop protocol", 0.90, 1.00),
    Target("Multiplexed messages", "prefixed-64", "uvloop protocol", 0.90, 1.00),
    Target("Multiplexed messages", "unix-prefixed-64", "uvloop protocol", 0.90, 1.00),
    # 8 and 9 times what a coroutine cost before answers were gathered, which was 1.4 times cheaper than these.
    Target("Multiplexed messages", "lines-64x16", "uvloop streams", 5.70, 6.40),
    Target("Multiplexed messages", "lines-64x16", None, 1000.0, None, "p50"),
    Target("Multiplexed messages", "unix-connect-16", "uvloop protocol", 0.98, 1.05),
    Target("Multiplexed messages", "unix-lines-connect-16", "uvloop raw echo", 0.98, 1.05),
    Target("Multiplexed messages", "idle", None, 0.80, 0.65, "memory_per_idle"),
    # ... beside the coroutines, and what others' coroutines cost there.
    Target("Multiplexed messages", "lines-64", "Multiplexed", None, None),
    Target("Multiplexed messages", "unix-lines-64", "Multiplexed", None, None),
    Target("Multiplexed messages", "lines-64x16", "uvloop protocol", None, None),
    Target("Multiplexed messages", "lines-64x16", "Multiplexed", None, None),
    Target("Multiplexed messages", "lines-64", "asyncio streams", None, None),
    Target("ThreadPool", "connect-16", "stdlib threading", 3.60, 4.00),
    Target("ThreadPool", "connect-16", "uvloop streams", 1.55, None),
    Target("ThreadPool", "unix-connect-16", "stdlib threading", 4.20, 4.70),
    Target("Threads", "connect-16", "stdlib threading", 3.30, 3.80),
    Target("Threads", "connect-16", "stdlib threading", 3.30, 3.80, "rate"),
    Target("Threads", "tcp-64", "stdlib threading", 0.90, 1.00),
    Target("ThreadPool", "tcp-64", "stdlib threading", 0.90, 1.00),
    Target("Inline", "connect-16", "stdlib sync", 1.05, 1.15),
    Target("Inline", "unix-connect-16", "stdlib sync", 1.05, 1.15),
    Target("Inline", "udp-16", "stdlib sync", 1.30, 1.50),
    Target("Inline", "udp-16", "uvloop protocol", 1.03, 1.10),
    Target("Inline", "unixgram-8", "stdlib sync", 1.40, 1.50),
    Target("Prefork 2 x Inline", "connect-16", "stdlib threading", 3.50, 4.00),
    Target("Prefork 2 x Inline", "unix-connect-16", "stdlib threading", 4.50, 5.00),
    Target("Prefork 2 x Inline", "connect-16", "stdlib forking", 12.0, None, "rate"),
    Target("Forks", "connect-16", "stdlib forking", 0.80, 0.95),
    Target("compat sync", "connect-16", "stdlib sync", 1.00, 1.10),
    Target("compat sync", "unix-connect-16", "stdlib sync", 1.00, 1.10),
    Target("compat sync", "udp-16", "stdlib sync", 1.00, 1.10),
    Target("compat sync", "unixgram-8", "stdlib sync", 1.00, 1.10),
    Target("compat threading", "tcp-64", "stdlib threading", 1.00, 1.10),
    Target("compat threading", "connect-16", "stdlib threading", 1.00, 1.10),
    Target("compat threading", "unix-connect-16", "stdlib threading", 1.00, 1.10),
    Target("compat threading", "udp-16", "stdlib threading", 1.00, 1.10),
    Target("compat forking", "connect-16", "stdlib forking", 0.80, 0.95),
    Target("compat threading", "idle", "stdlib threading", 5.00, None, "cpu_beside_idle"),
    Target("Multiplexed", "idle", None, 2.0, 1.5, "memory_per_idle"),
    Target("Multiplexed", "idle", None, 1.3, 1.1, "p50_beside_idle"),
    Target("Threads", "idle", None, 1.3, 1.1, "p50_beside_idle"),
    *(Target(name, "shutdown", None, 5.0, 1.0, "shutdown") for name in _STOPPED),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target with what was measured; ``measured`` is None if it was not measured, or failed."""

    target: Target
    measured: Spread | None

    @property
    def met(self) -> bool | None:
        """Whether the least is reached."""
        return None if self.measured is None else self.target.reached(self.measured.median, self.target.least)

    @property
    def aim_met(self) -> bool | None:
        """Whether the aim is reached."""
        return None if self.measured is None else self.target.reached(self.measured.median, self.target.aim)


def needed() -> set[tuple[str, str]]:
    """Return which subject the table needs at which workload."""
    pairs = {(target.ours, target.workload) for target in TARGETS}
    pairs.update((target.reference, target.workload) for target in TARGETS if target.reference is not None)
    return pairs


def judge(results: Results) -> Iterator[Verdict]:
    """Hold every target against the results."""
    for target in TARGETS:
        yield Verdict(target, _measured(target, results))


def _measured(target: Target, results: Results) -> Spread | None:
    ours, workload, reference = target.ours, target.workload, target.reference or ""
    measured: Spread | None = None
    match target.figure:
        case "cpu":
            measured = ratios(results.cpu_us(reference, workload), results.cpu_us(ours, workload))
        case "rate":
            measured = ratios(results.rate(ours, workload), results.rate(reference, workload))
        case "p50":
            measured = spread(value for value in results.p50_us(ours, workload) if value is not None)
        case "cpu_beside_idle":
            measured = ratios(results.cpu_us(reference, workload, MOST_IDLE), results.cpu_us(ours, workload, MOST_IDLE))
        case "p50_beside_idle":
            measured = ratios(results.p50_us(ours, workload, MOST_IDLE), results.p50_us(ours, workload, 0))
        case "memory_per_idle":
            measured = spread(results.memory_per_idle(ours, MOST_IDLE))
        case "shutdown":
            measured = spread(results.shutdown_ms(ours))
    return measured
