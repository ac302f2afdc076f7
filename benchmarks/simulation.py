"""What N hosts would do: a balancer, servers in each host, one Dask scheduler, and workers behind; simulated.

``python -m benchmarks.simulation`` prints, for each number of hosts, which part breaks first, at which load, and how
long messages take before. The costs are what one message takes of a core in each part: measured ones by default
(docs/scaling.md says how), or those of the command line. It knows queues, no network and no program.
"""

import argparse
import heapq
import random
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from functools import partial
from statistics import quantiles
from typing import Literal

from benchmarks.tables import table

Times = Literal["fixed", "exponential"]

# How exactly a highest load is looked for, as a share of the capacity: chance alone makes more of a difference.
_EXACT = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Seconds of a core that one message takes in each part.

    balancer: both ways through it, with the header of the PROXY protocol once for each connection.
    server: receiving, handing it to the cluster, and replying.
    scheduler: of the cluster, which is one thread.
    worker: receiving the task and sending its result, beside the function.
    function: the program's own.
    """

    balancer: float = 0.05e-3
    server: float = 1.5e-3
    scheduler: float = 2.4e-3
    worker: float = 4.0e-3
    function: float = 50e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """How many of what there are.

    hosts: each has ``servers`` processes of a Prefork and ``workers`` of the cluster, a core for each.
    balancers: cores of the balancer. schedulers: clusters, among which the hosts are divided.
    """

    hosts: int
    servers: int = 1
    workers: int = 7
    balancers: int = 1
    schedulers: int = 1


def capacities(deployment: Deployment, costs: Costs) -> dict[str, float]:
    """Return the messages a second at which each part is busy all the time: the arithmetic."""
    workers = deployment.hosts * deployment.workers
    return {
        "balancer": deployment.balancers / costs.balancer,
        "servers": deployment.hosts * deployment.servers / costs.server,
        "scheduler": deployment.schedulers / costs.scheduler,
        "workers": workers / (costs.worker + costs.function),
    }


def breaks_first(deployment: Deployment, costs: Costs) -> tuple[str, float]:
    """Return the part with the least capacity, and that."""
    return min(capacities(deployment, costs).items(), key=lambda item: item[1])


class Clock:
    """The time of a simulation, and what happens when."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._made = 0

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Call a function so many seconds from now; what is due at the same time, in this order."""
        self._made += 1
        heapq.heappush(self._events, (self.now + seconds, self._made, call))

    def run(self) -> None:
        """Go on until nothing is due any more."""
        while self._events:
            self.now, _, call = heapq.heappop(self._events)
            call()


class Station:
    """A number of equal cores, and one line before them: first come, first served.

    busy: seconds of cores that were worked. longest: how many have waited at once.
    """

    def __init__(self, clock: Clock, cores: int) -> None:
        self._clock = clock
        self._cores = cores
        self._free = cores
        self._line: deque[tuple[float, Callable[[], None]]] = deque()
        self.busy = 0.0
        self.longest = 0

    def work(self, seconds: float, then: Callable[[], None]) -> None:
        """Have a core work for so long, when it is this one's turn; then call a function."""
        self._line.append((seconds, then))
        self._begin()
        self.longest = max(self.longest, len(self._line))

    def _begin(self) -> None:
        while self._free and self._line:
            self._free -= 1
            seconds, then = self._line.popleft()
            self.busy += seconds
            self._clock.after(seconds, partial(self._end, then))

    def _end(self, then: Callable[[], None]) -> None:
        self._free += 1
        then()
        self._begin()

    def used(self) -> float:
        """Return the share of its cores' time that was worked."""
        return self.busy / (self._cores * self._clock.now) if self._clock.now else 0.0


@dataclass(frozen=True, slots=True)
class Simulated:
    """The result: messages a second that were answered, seconds that they took, and how busy each part was."""

    rate: float
    median: float
    p99: float
    used: dict[str, float]
    longest: dict[str, int]


def simulate(
    deployment: Deployment,
    costs: Costs,
    load: float,
    *,
    messages: int = 20_000,
    times: Times = "exponential",
    seed: int = 0,
) -> Simulated:
    """Let messages come at random, ``load`` a second, through all parts and back.

    times: how the function's times are spread about their mean. All other costs are the same for each message.
    """
    chance = random.Random(seed)  # noqa: S311 - nobody's secret
    clock = Clock()
    balancer = Station(clock, deployment.balancers)
    # A connection stays with the process that has accepted it; so each has a line of its own.
    servers = [Station(clock, 1) for _ in range(deployment.hosts * deployment.servers)]
    schedulers = [Station(clock, 1) for _ in range(deployment.schedulers)]
    share, more = divmod(deployment.hosts * deployment.workers, deployment.schedulers)
    workers = [Station(clock, share + (number < more)) for number in range(deployment.schedulers)]
    taken: list[float] = []
    last = 0.0

    def come(left: int) -> None:
        if left > 1:
            clock.after(chance.expovariate(load), lambda: come(left - 1))
        begun = clock.now
        number = chance.randrange(len(servers))
        server, cluster = servers[number], number % deployment.schedulers
        function = chance.expovariate(1 / costs.function) if times == "exponential" else costs.function

        def end() -> None:
            nonlocal last
            taken.append(clock.now - begun)
            last = clock.now

        steps: list[tuple[Station, float]] = [
            (balancer, costs.balancer / 2),
            (server, costs.server / 2),
            (schedulers[cluster], costs.scheduler / 2),
            (workers[cluster], costs.worker + function),
            (schedulers[cluster], costs.scheduler / 2),
            (server, costs.server / 2),
            (balancer, costs.balancer / 2),
        ]
        _walk(iter(steps), end)

    clock.after(chance.expovariate(load), lambda: come(messages))
    clock.run()
    median, p99 = _cuts(taken)
    return Simulated(
        len(taken) / last,
        median,
        p99,
        {
            "balancer": balancer.used(),
            "servers": _mean(server.used() for server in servers),
            "scheduler": _mean(scheduler.used() for scheduler in schedulers),
            "workers": _mean(worker.used() for worker in workers),
        },
        {
            "balancer": balancer.longest,
            "servers": max(server.longest for server in servers),
            "scheduler": max(scheduler.longest for scheduler in schedulers),
            "workers": max(worker.longest for worker in workers),
        },
    )


def _walk(steps: "Iterable[tuple[Station, float]]", end: Callable[[], None]) -> None:
    left = iter(steps)

    def go_on() -> None:
        step = next(left, None)
        if step is None:
            end()
        else:
            step[0].work(step[1], go_on)

    go_on()


def _cuts(values: Sequence[float]) -> tuple[float, float]:
    cuts = quantiles(values, n=100)
    return cuts[49], cuts[98]


def _mean(values: Iterable[float]) -> float:
    known = list(values)
    return sum(known) / len(known)


def highest_load(deployment: Deployment, costs: Costs, p99: float, *, messages: int = 20_000, seed: int = 0) -> float:
    """Return the largest load, about, at which 99 of 100 messages take less than ``p99`` seconds."""
    capacity = breaks_first(deployment, costs)[1]
    low, high = 0.0, 1.0
    while high - low > _EXACT:
        middle = (low + high) / 2
        if simulate(deployment, costs, middle * capacity, messages=messages, seed=seed).p99 <= p99:
            low = middle
        else:
            high = middle
    return low * capacity


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulation", description=__doc__)
    for cost in fields(Costs):
        parser.add_argument(
            f"--{cost.name}", type=float, default=1e3 * float(str(cost.default)), metavar="MILLISECONDS"
        )
    parser.add_argument("--hosts", type=int, nargs="+", default=[1, 2, 4, 8, 16, 32])
    for part, number in (("servers", 1), ("workers", 7), ("balancers", 1), ("schedulers", 1)):
        parser.add_argument(f"--{part}", type=int, default=number)
    parser.add_argument("--p99", type=float, default=300.0, metavar="MILLISECONDS", help="what 99 of 100 may take")
    parser.add_argument("--messages", type=int, default=20_000, help="of each simulation")
    options = parser.parse_args()
    costs = Costs(**{cost.name: getattr(options, cost.name) / 1e3 for cost in fields(Costs)})
    rows: list[list[str]] = []
    for hosts in options.hosts:
        deployment = Deployment(
            hosts=hosts,
            servers=options.servers,
            workers=options.workers,
            balancers=options.balancers,
            schedulers=options.schedulers,
        )
        part, capacity = breaks_first(deployment, costs)
        usual = simulate(deployment, costs, 0.7 * capacity, messages=options.messages)
        most = highest_load(deployment, costs, options.p99 / 1e3, messages=options.messages)
        rows.append(
            [
                str(hosts),
                part,
                f"{capacity:,.0f}",
                f"{1e3 * usual.median:.1f}",
                f"{1e3 * usual.p99:.1f}",
                f"{most:,.0f}",
                ", ".join(f"{name} {100 * used:.0f} %" for name, used in usual.used.items()),
            ]
        )
    titles = ["hosts", "breaks first", "at", "p50, ms", "p99, ms", f"p99 < {options.p99:g} ms up to", "busy at 70 %"]
    for line in table(titles, rows):
        print(line)


if __name__ == "__main__":
    main()
