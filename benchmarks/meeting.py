"""What it costs that coroutines meet: ``python -m benchmarks.meeting``.

The same steps by typedserver under ``Multiplexed`` and ``Asyncio()``, as one request of a server, and by asyncio and
trio alone. All run in this process and take turns, so that a machine that changes its speed changes it for all.
Printed is the CPU time of a step, and its ratio to asyncio's within a round: the median, with the least and the most.
"""

import argparse
import asyncio
import importlib
import socket
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import typedserver
from benchmarks.ratios import ratios
from typedserver import TCP, ConcurrencyStrategy, Server, Stream, TaskGroup, inet_address, stream_handler


class AnyEvent(Protocol):
    """An event of any library."""

    def set(self) -> object:
        """Wake who waits."""
        ...

    def wait(self) -> Awaitable[object]:
        """Wait."""
        ...


Start: TypeAlias = Callable[[Callable[..., Coroutine[Any, Any, None]], tuple[object, ...]], object]
"""Starts a coroutine function with arguments as a task of a group."""


@dataclass(frozen=True)
class Library:
    """What the workloads need.

    event: makes an event.
    queue: makes a queue for one item; returns its coroutine functions that put and get.
    group: makes a group of tasks; entering it gives what starts one.
    """

    event: Callable[[], AnyEvent]
    queue: Callable[[], tuple[Callable[[object], Awaitable[object]], Callable[[], Awaitable[object]]]]
    group: Callable[[], AbstractAsyncContextManager[Start]]


Workload: TypeAlias = Callable[[Library, int], Coroutine[Any, Any, int]]
"""Takes at least so many steps; returns how many."""


class _Group:
    """The groups of typedserver and asyncio, which are alike."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._group = make()

    async def __aenter__(self) -> Start:
        tasks = await self._group.__aenter__()
        return lambda function, arguments: tasks.create_task(function(*arguments))

    async def __aexit__(self, *error: object) -> None:
        await self._group.__aexit__(*error)


def _queue_of(make: Callable[[int], Any]) -> Callable[[], tuple[Any, Any]]:
    def make_one() -> tuple[Any, Any]:
        queue = make(1)
        return queue.put, queue.get

    return make_one


OURS = Library(typedserver.Event, _queue_of(typedserver.Queue), lambda: _Group(TaskGroup))
ASYNCIO = Library(asyncio.Event, _queue_of(asyncio.Queue), lambda: _Group(asyncio.TaskGroup))


# The workloads


async def wake_up(library: Library, steps: int, pairs: int = 20) -> int:
    """Two tasks wake each other by events, again and again; a step is one wake-up."""
    turns = steps // (2 * pairs)

    async def play(own: list[AnyEvent], other: list[AnyEvent]) -> None:
        for _ in range(turns):
            await own[0].wait()
            # A new one for each turn, because trio's cannot be cleared.
            own[0] = library.event()
            other[0].set()

    async with library.group() as start:
        for _ in range(pairs):
            first, second = [library.event()], [library.event()]
            first[0].set()
            start(play, (first, second))
            start(play, (second, first))
    return 2 * pairs * turns


async def hand_over(library: Library, steps: int, pairs: int = 20) -> int:
    """Two tasks hand an item to and fro by two queues: who gets waits, and who puts finds room; a step is one item."""
    turns = steps // (2 * pairs)

    async def play(get: Callable[[], Awaitable[object]], put: Callable[[object], Awaitable[object]]) -> None:
        for _ in range(turns):
            await put(await get())

    async with library.group() as start:
        for _ in range(pairs):
            (put_there, get_there), (put_here, get_here) = library.queue(), library.queue()
            await put_there(1)
            start(play, (get_there, put_here))
            start(play, (get_here, put_there))
    return 2 * pairs * turns


async def hand_over_in_line(library: Library, steps: int, pairs: int = 20) -> int:
    """One task puts and another gets, through a queue for one item: both wait for each item."""
    turns = steps // pairs

    async def put_all(put: Callable[[object], Awaitable[object]]) -> None:
        for item in range(turns):
            await put(item)

    async def get_all(get: Callable[[], Awaitable[object]]) -> None:
        for _ in range(turns):
            await get()

    async with library.group() as start:
        for _ in range(pairs):
            put, get = library.queue()
            start(put_all, (put,))
            start(get_all, (get,))
    return pairs * turns


async def run_tasks(library: Library, steps: int, at_once: int = 50) -> int:
    """Groups of tasks, of which each waits once for an event; a step is one task."""
    groups = steps // at_once

    async def wait(event: AnyEvent) -> None:
        await event.wait()

    for _ in range(groups):
        event = library.event()

        async def set_last(event: AnyEvent = event) -> None:
            event.set()

        async with library.group() as start:
            for _ in range(at_once - 1):
                start(wait, (event,))
            start(set_last, ())
    return groups * at_once


WORKLOADS: dict[str, Workload] = {
    "Event wake-up": wake_up,
    "Queue hand-over": hand_over,
    "Queue, both wait": hand_over_in_line,
    "task of a group": run_tasks,
}


# Who runs them: each returns the microseconds of CPU of a step.


async def _timed(library: Library, workload: Workload, steps: int) -> float:
    # The least that a task needs to be made is not measured with the first step.
    await workload(library, max(100, steps // 20))
    began = time.thread_time()
    taken = await workload(library, steps)
    return (time.thread_time() - began) / taken * 1e6


def in_request(strategy: ConcurrencyStrategy[Any], workload: Workload, steps: int) -> float:
    """Take the steps in one request of a server."""
    costs: list[float] = []

    @stream_handler
    async def measure(stream: Stream) -> None:
        try:
            costs.append(await _timed(OURS, workload, steps))
        finally:
            stream.server.request_stop()

    with (
        Server(TCP(port=0), measure, strategy) as server,
        socket.create_connection(inet_address(server)),
    ):
        server.serve_forever()
    return costs[0]


def in_asyncio(workload: Workload, steps: int) -> float:
    """Take the steps in a loop of asyncio's own."""
    return asyncio.run(_timed(ASYNCIO, workload, steps))


def in_trio(workload: Workload, steps: int) -> float:
    """Take the steps in trio."""
    # It imports trio, which only `make bench` installs.
    trio_meeting: Any = importlib.import_module("benchmarks.peers.trio_meeting")
    return float(trio_meeting.run(_timed, workload, steps))


SUBJECTS: dict[str, Callable[[Workload, int], float]] = {
    "asyncio": in_asyncio,
    "Multiplexed": lambda workload, steps: in_request(typedserver.Multiplexed(), workload, steps),
    "Asyncio()": lambda workload, steps: in_request(typedserver.Asyncio(), workload, steps),
    "trio": in_trio,
}


def compare(workload: Workload, rounds: int, steps: int, names: Iterable[str]) -> dict[str, list[float | None]]:
    """Return the cost of a step of each round, by the subject; None if it is not installed."""
    costs: dict[str, list[float | None]] = {name: [] for name in names}
    for _ in range(rounds):
        for name, found in costs.items():
            try:
                found.append(SUBJECTS[name](workload, steps))
            except ImportError:
                found.append(None)
    return costs


def main() -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.meeting", description="What it costs to meet.")
    parser.add_argument("--rounds", type=int, default=9, metavar="N")
    parser.add_argument("--steps", type=int, default=20_000, metavar="N", help="of each turn")
    parser.add_argument("--only", metavar="WORD", default="", help="workloads with this in their name")
    options = parser.parse_args()
    print(f"{'CPU us a step':<20}" + "".join(f"{name:>13}" for name in SUBJECTS) + "   ratio to asyncio (least-most)")
    for label, workload in WORKLOADS.items():
        if options.only in label:
            costs = compare(workload, options.rounds, options.steps, SUBJECTS)
            medians = {name: [cost for cost in found if cost is not None] for name, found in costs.items()}
            figures = "".join(
                f"{statistics.median(found):>13.2f}" if found else f"{'-':>13}" for found in medians.values()
            )
            compared = ", ".join(
                f"{name} {ratios(found, costs['asyncio']) or '-'}" for name, found in costs.items() if name != "asyncio"
            )
            print(f"{label:<20}{figures}   {compared}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
