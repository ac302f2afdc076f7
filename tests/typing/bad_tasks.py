"""Mistakes with tasks and limits of time."""

from typedserver import Stream, Task, TaskGroup, sleep, stream_handler, timeout


async def length(text: str) -> int:
    await sleep(0)
    return len(text)


def plain() -> int:
    return 1


@stream_handler
async def misuse(stream: Stream) -> None:
    async with TaskGroup() as tasks:
        tasks.create_task(plain)  # error: [arg-type] (reportArgumentType)
        tasks.create_task(length)  # error: [arg-type] (reportArgumentType)
        tasks.create_task(plain())  # error: [arg-type] (reportArgumentType)
        tasks.create_task(length(3))  # error: [arg-type] (reportArgumentType)
        _text: Task[str] = tasks.create_task(length("text"))  # error: [arg-type] (reportAssignmentType)
        task = tasks.create_task(length("text"))
        _other: str = await task  # error: [assignment] (reportAssignmentType)
    await stream.write(task.result())  # error: [arg-type] (reportArgumentType)
    async with timeout("5"):  # error: [arg-type] (reportArgumentType)
        pass
    with timeout(5):  # error: [attr-defined] (reportGeneralTypeIssues)
        pass
    with TaskGroup():  # error: [attr-defined] (reportGeneralTypeIssues)
        pass
