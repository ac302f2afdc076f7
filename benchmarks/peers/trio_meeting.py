"""trio's events, channels and tasks, for ``benchmarks.meeting``. Only this file imports trio there."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import trio

from benchmarks.meeting import Library, Start, Workload


def _queue() -> tuple[Any, Any]:
    send, receive = trio.open_memory_channel[object](1)
    return send.send, receive.receive


@asynccontextmanager
async def _group() -> AsyncIterator[Start]:
    async with trio.open_nursery() as nursery:
        yield lambda function, arguments: nursery.start_soon(function, *arguments)


def run(timed: Callable[..., Any], workload: Workload, steps: int) -> float:
    """Take the steps in trio; returns the cost of one."""
    return trio.run(timed, Library(trio.Event, _queue, _group), workload, steps)
