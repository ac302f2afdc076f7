"""What handlers wait for one another by, and the types that it keeps."""

from typing import assert_type

from typedserver import Event, Lock, Queue, Semaphore, Stream, stream_handler


class Job:
    def __init__(self, name: str) -> None:
        self.name = name


jobs = Queue[Job](10)
numbers: Queue[int] = Queue(1)
started = Event()
lock = Lock()
semaphore = Semaphore(3)


@stream_handler
async def work(stream: Stream) -> None:
    await started.wait()
    assert_type(await jobs.get(), Job)
    async for job in jobs:
        assert_type(job, Job)
        await stream.write(job.name.encode())
    await numbers.put(3)
    numbers.put_nowait(4)
    assert_type(numbers.get_nowait(), int)
    async with lock, semaphore:
        await stream.write(b".")
    jobs.close()


def block() -> None:
    assert_type(started.wait_blocking(), bool)
    assert_type(started.wait_blocking(timeout=1), bool)
    assert_type(numbers.get_blocking(0.5), int)
    numbers.put_blocking(3, timeout=1)
    if lock.acquire_blocking(1.0):
        lock.release()
    assert_type(lock.locked(), bool)
    assert_type(numbers.maxsize, int)
