"""Many tasks in one handler after another, and the memory that they leave: ``python -m tests.reliability.many_tasks``.

The tasks end in every way: by a result, an exception, a cancellation, a limit of time.
"""

import argparse
import contextlib
import gc
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from tests.everywhere import STRATEGIES, serving
from tests.running import connect
from typedserver import Stream, TaskGroup, sleep, stream_handler, timeout

# How many tasks each request makes.
_BATCH: Final = 100


async def _end(way: int) -> int:
    match way % 4:
        case 0:
            return way
        case 1:
            await sleep(0)
            return way
        case 2:
            with contextlib.suppress(TimeoutError):
                async with timeout(0):
                    await sleep(3600)
            return way
        case _:
            await sleep(3600)
            return way


async def _fail() -> None:
    await sleep(0)
    raise ValueError("as it should")


@stream_handler
async def make_tasks(stream: Stream) -> None:
    """Make a batch of tasks for each line that comes."""
    async for _ in stream:
        async with TaskGroup() as tasks:
            made = [tasks.create_task(_end(way)) for way in range(_BATCH - 1)]
            await sleep(0)
            for number in range(3, len(made), 4):
                made[number].cancel()
        made.clear()
        with contextlib.suppress(ExceptionGroup):
            async with TaskGroup() as tasks:
                tasks.create_task(_fail())
        await stream.write(b".")


def growth(name: str, tasks: int, clock: Callable[[], float] = time.monotonic) -> tuple[int, float]:
    """Run so many tasks under a strategy; return how many blocks of memory half of them leave, and the seconds."""
    with serving(name, make_tasks) as server, connect(server.server_address) as client:

        def run(batches: int) -> None:
            for _ in range(batches):
                client.sendall(b"\n")
                assert client.recv(1) == b"."

        run(20)
        began = clock()
        run(tasks // 2 // _BATCH)
        gc.collect()
        before = sys.getallocatedblocks()
        run(tasks // 2 // _BATCH)
        gc.collect()
        return sys.getallocatedblocks() - before, clock() - began


def main() -> None:
    """Print the growth under each strategy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=1_000_000)
    parser.add_argument("--strategy", choices=STRATEGIES, action="append")
    arguments: Any = parser.parse_args()
    for name in arguments.strategy or ("threads", "multiplexed", "asyncio"):
        grown, seconds = growth(name, arguments.tasks)
        print(f"{name}: {arguments.tasks} tasks, {grown} blocks more, {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
