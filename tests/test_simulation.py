"""The simulation of many hosts: it agrees with the formulas of queues, and with its own arithmetic."""

import math
import random
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from benchmarks.simulation import Clock, Costs, Deployment, Station, breaks_first, capacities, highest_load, simulate

COSTS = Costs(balancer=1e-5, server=1e-4, scheduler=2e-4, worker=1e-4, function=2e-3)


def waits(cores: int, load: float, seconds: float, messages: int) -> float:
    """Return the mean wait before a station whose clients and times are both exponential."""
    chance = random.Random(1)
    clock = Clock()
    station = Station(clock, cores)
    waited: list[float] = []

    def come(left: int) -> None:
        begun, needs = clock.now, chance.expovariate(1 / seconds)
        station.work(needs, lambda: waited.append(clock.now - begun - needs))
        if left:
            clock.after(chance.expovariate(load), lambda: come(left - 1))

    come(messages)
    clock.run()
    assert station.used() == pytest.approx(load * seconds / cores, rel=0.03)
    return sum(waited) / len(waited)


@pytest.mark.parametrize("cores", [1, 2, 8])
def test_station_makes_its_clients_wait_as_long_as_erlang_says(cores: int) -> None:
    used, seconds = 0.7, 0.01
    offered = used * cores
    blocked = offered**cores / math.factorial(cores) / (1 - used)
    waiting = blocked / (sum(offered**number / math.factorial(number) for number in range(cores)) + blocked)
    expected = waiting * seconds / (cores * (1 - used))
    assert waits(cores, offered / seconds, seconds, 60_000) == pytest.approx(expected, rel=0.12)


def test_what_comes_first_is_served_first() -> None:
    clock = Clock()
    station = Station(clock, 1)
    served: list[tuple[int, float]] = []

    def note(number: int) -> None:
        served.append((number, clock.now))

    for number in range(3):
        station.work(1.0, partial(note, number))
    clock.run()
    assert served == [(0, 1.0), (1, 2.0), (2, 3.0)]
    assert station.longest == 2


def test_capacity_is_cores_over_cost_and_the_least_breaks_first() -> None:
    found = capacities(Deployment(hosts=2, servers=1, workers=3), COSTS)
    assert found == pytest.approx({"balancer": 1e5, "servers": 2e4, "scheduler": 5e3, "workers": 6 / 2.1e-3})
    assert breaks_first(Deployment(hosts=2, workers=3), COSTS)[0] == "workers"
    # Workers and servers are added with the hosts; the scheduler stays one.
    assert breaks_first(Deployment(hosts=20, workers=3), COSTS)[0] == "scheduler"
    assert breaks_first(Deployment(hosts=200, workers=3, schedulers=200), COSTS)[0] == "balancer"


@pytest.mark.parametrize("deployment", [Deployment(hosts=2, workers=3), Deployment(hosts=20, workers=3)])
def test_below_its_capacity_everything_is_answered_and_above_it_what_breaks_first_is_all_busy(
    deployment: Deployment,
) -> None:
    part, capacity = breaks_first(deployment, COSTS)
    below = simulate(deployment, COSTS, 0.5 * capacity, messages=5_000)
    assert below.rate == pytest.approx(0.5 * capacity, rel=0.08)
    assert below.used[part] == pytest.approx(0.5, abs=0.05)
    above = simulate(deployment, COSTS, 1.5 * capacity, messages=5_000)
    assert above.rate == pytest.approx(capacity, rel=0.05)
    assert above.used[part] > 0.95
    assert max(above.longest, key=lambda name: above.longest[name]) == part
    assert above.p99 > 5 * below.p99


def test_message_that_meets_no_other_takes_the_sum_of_its_costs() -> None:
    alone = simulate(Deployment(hosts=1), COSTS, 1.0, messages=200, times="fixed")
    assert alone.median == pytest.approx(1e-5 + 1e-4 + 2e-4 + 1e-4 + 2e-3)


def test_highest_load_keeps_the_limit_and_lies_below_the_capacity() -> None:
    deployment = Deployment(hosts=2, workers=3)
    capacity = breaks_first(deployment, COSTS)[1]
    most = highest_load(deployment, COSTS, 0.015, messages=2_000)
    assert 0.3 * capacity < most < capacity
    assert simulate(deployment, COSTS, most, messages=2_000).p99 <= 0.015


def test_more_clusters_divide_the_hosts_among_them() -> None:
    one = simulate(Deployment(hosts=4), COSTS, 1_000.0, messages=2_000)
    two = simulate(Deployment(hosts=4, schedulers=2), COSTS, 1_000.0, messages=2_000)
    assert two.used["scheduler"] == pytest.approx(one.used["scheduler"] / 2, rel=0.1)


def test_command_prints_a_line_for_each_number_of_hosts() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.simulation", "--hosts", "1", "2", "--messages", "300"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.split("|")[1].strip() for line in ended.stdout.splitlines()[2:]] == ["1", "2"]
