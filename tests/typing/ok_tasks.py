"""Tasks and limits of time, and the types that they keep."""

import asyncio
from typing import assert_type

from typedserver import Stream, Task, TaskGroup, Timeout, sleep, stream_handler, timeout


async def length(text: str) -> int:
    await sleep(0)
    return len(text)


def of_asyncio(task: asyncio.Task[int]) -> Task[int]:
    return task


def wider(task: Task[int]) -> Task[object]:
    return task


@stream_handler
async def work(stream: Stream) -> None:
    async with timeout(5) as limit, TaskGroup() as tasks:
        assert_type(limit, Timeout)
        assert_type(tasks, TaskGroup)
        task = tasks.create_task(length("text"), name="length")
        assert_type(task, Task[int])
        assert_type(await task, int)
        limit.reschedule(None)
        assert_type(limit.when(), float | None)
    assert_type(task.result(), int)
    assert_type(task.exception(), BaseException | None)
    assert_type(task.cancel(), bool)
    assert_type(limit.expired(), bool)
    async with timeout(None), timeout(1.5):
        await stream.write(task.get_name().encode())
