"""Mistakes with what handlers wait for one another by."""

from typedserver import Lock, Queue, Semaphore, Stream, stream_handler

numbers: Queue[int] = Queue(1)
lock = Lock()

Queue()  # error: [call-arg] (reportCallIssue)
Queue[int]("3")  # error: [arg-type] (reportArgumentType)
Semaphore()  # error: [call-arg] (reportCallIssue)


@stream_handler
async def misuse(stream: Stream) -> None:
    await numbers.put("x")  # error: [arg-type] (reportArgumentType)
    numbers.put_nowait("x")  # error: [arg-type] (reportArgumentType)
    _text: str = await numbers.get()  # error: [assignment] (reportAssignmentType)
    async for number in numbers:
        await stream.write(number)  # error: [arg-type] (reportArgumentType)
    for _ in numbers:  # error: [attr-defined] (reportGeneralTypeIssues)
        pass
    numbers.get()  # error: [unused-coroutine] (reportUnusedCoroutine)
    lock.acquire()  # error: [unused-coroutine] (reportUnusedCoroutine)
    with lock:  # error: [attr-defined] (reportGeneralTypeIssues)
        pass
    numbers.maxsize = 3  # error: [misc] (reportAttributeAccessIssue)
