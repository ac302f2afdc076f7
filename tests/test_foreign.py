"""What belongs to another library's loop: if no such loop runs, it is one clear error with the remedy."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sniffio
import trio

from tests.running import ask, running
from typedserver import (
    TCP,
    Asyncio,
    ConcurrencyStrategy,
    ForeignAwaitable,
    Forks,
    InetAddress,
    Inline,
    Multiplexed,
    Server,
    Stream,
    StreamRequest,
    TaskGroup,
    ThreadPool,
    Threads,
    drive,
    run_blocking,
    sleep,
    stream_handler,
    timeout,
)

Work = Callable[[], Coroutine[Any, Any, object]]

STRATEGIES: dict[str, Callable[[], ConcurrencyStrategy[Coroutine[Any, Any, object]]]] = {
    "inline": Inline,
    "threads": Threads,
    "thread_pool": ThreadPool,
    "forks": Forks,
    "multiplexed": Multiplexed,
    "asyncio": Asyncio,
}
WITHOUT_ASYNCIO = [name for name in STRATEGIES if name != "asyncio"]


async def nothing() -> None:
    pass


async def asyncio_timeout() -> None:
    async with asyncio.timeout(1):
        await nothing()


async def asyncio_group() -> None:
    async with asyncio.TaskGroup():
        pass


async def asyncio_wait_for() -> None:
    coroutine = nothing()
    try:
        await asyncio.wait_for(coroutine, 1)
    finally:
        coroutine.close()


async def asyncio_create_task() -> None:
    coroutine = nothing()
    try:
        await asyncio.create_task(coroutine)
    finally:
        coroutine.close()


async def asyncio_executor() -> None:
    await asyncio.get_running_loop().run_in_executor(None, int)


async def asyncio_lock() -> None:
    lock = asyncio.Lock()
    async with lock, lock:
        pass


async def asyncio_semaphore() -> None:
    await asyncio.Semaphore(0).acquire()


async def trio_sleep() -> None:
    await trio.sleep(1)


async def trio_fail_after() -> None:
    with trio.fail_after(1):
        await nothing()


async def trio_nursery() -> None:
    async with trio.open_nursery():
        pass


async def library_of_any_loop() -> None:
    sniffio.current_async_library()


# What is awaited, how the error names it, and its counterpart here.
CASES: dict[str, tuple[Work, str, str]] = {
    "asyncio.sleep": (lambda: asyncio.sleep(1), "asyncio.sleep", "typedserver.sleep"),
    "asyncio.sleep(0)": (lambda: asyncio.sleep(0), "asyncio.sleep(0)", "typedserver.sleep(0)"),
    "asyncio.timeout": (asyncio_timeout, "asyncio.timeout", "typedserver.timeout"),
    "asyncio.wait_for": (asyncio_wait_for, "asyncio.wait_for", "typedserver.timeout"),
    "asyncio.TaskGroup": (asyncio_group, "asyncio.TaskGroup", "typedserver.TaskGroup"),
    "asyncio.create_task": (asyncio_create_task, "asyncio.create_task", "typedserver.TaskGroup"),
    "asyncio.to_thread": (lambda: asyncio.to_thread(int), "asyncio.to_thread", "typedserver.run_blocking"),
    "loop.run_in_executor": (asyncio_executor, "asyncio.get_running_loop", "run_blocking"),
    "asyncio.Event": (lambda: asyncio.Event().wait(), "asyncio.Event", "typedserver.Event"),
    "asyncio.Queue": (lambda: asyncio.Queue[int]().get(), "asyncio.Queue", "typedserver.Queue"),
    "asyncio.Lock": (asyncio_lock, "asyncio.Lock", "typedserver.Lock"),
    "asyncio.Semaphore": (asyncio_semaphore, "asyncio.Semaphore", "typedserver.Semaphore"),
    "asyncio.open_connection": (
        lambda: asyncio.open_connection("127.0.0.1", 1),
        "asyncio.open_connection",
        "typedserver.connect",
    ),
    "trio.sleep": (trio_sleep, "trio.sleep", "typedserver.sleep"),
    "trio.fail_after": (trio_fail_after, "trio.", "typedserver.timeout"),
    "trio.open_nursery": (trio_nursery, "trio.", "typedserver.TaskGroup"),
    "sniffio": (library_of_any_loop, "sniffio.current_async_library", "connect, sleep"),
}


class Telling(Server[StreamRequest, InetAddress]):
    """Tells the client what its handler has failed by."""

    def handle_error(self, request: Any, _client_address: object, /) -> None:
        request.send(repr(sys.exception()).encode())


def told(strategy: str, work: Work) -> str:
    """Run something as a handler, and return what it has failed by."""

    @stream_handler
    async def handler(_stream: Stream) -> None:
        await work()

    with running(Telling(TCP(port=0), handler, STRATEGIES[strategy]())) as run:
        return ask(run.server.server_address, b"").decode()


@pytest.mark.parametrize(("work", "named", "ours"), CASES.values(), ids=CASES)
def test_foreign_awaitable_is_named_with_its_counterpart(work: Work, named: str, ours: str) -> None:
    with pytest.raises(ForeignAwaitable) as raised:
        drive(work())
    said = str(raised.value)
    assert f"awaited {named}" in said or f"as {named}" in said
    assert ours in said.partition(": use ")[2]
    assert ("no strategy runs trio's" if "trio" in named else "Asyncio()") in said


@pytest.mark.parametrize("strategy", WITHOUT_ASYNCIO)
@pytest.mark.parametrize("work", [lambda: asyncio.sleep(1), lambda: asyncio.sleep(0), asyncio_group])
def test_foreign_awaitable_is_what_a_handler_fails_by(strategy: str, work: Work) -> None:
    assert told(strategy, work).startswith("ForeignAwaitable(")


@pytest.mark.parametrize("strategy", WITHOUT_ASYNCIO)
def test_foreign_awaitable_is_what_a_handler_with_tasks_fails_by(strategy: str) -> None:
    async def work() -> None:
        async with TaskGroup():
            pass
        await asyncio.sleep(1)

    assert told(strategy, work).startswith("ForeignAwaitable(")


def test_foreign_awaitable_of_trio_is_named_under_asyncio() -> None:
    assert "a handler awaited trio.sleep, which" in told("asyncio", trio_sleep)


@pytest.mark.parametrize("strategy", WITHOUT_ASYNCIO)
def test_foreign_awaitable_of_a_task_is_in_its_group(strategy: str) -> None:
    async def work() -> None:
        try:
            async with TaskGroup() as tasks:
                tasks.create_task(asyncio.sleep(1))
                tasks.create_task(asyncio.sleep(0))
        except* ForeignAwaitable as group:
            raise ValueError(len(group.exceptions)) from None

    # The first one cancels the other, which may have failed by then.
    assert told(strategy, work) in ("ValueError(1)", "ValueError(2)")


def test_error_of_asyncio_is_the_cause() -> None:
    with pytest.raises(ForeignAwaitable) as raised:
        drive(asyncio.sleep(1))
    assert str(raised.value.__cause__) == "no running event loop"


def test_gather_is_named_in_another_thread() -> None:
    async def gathering() -> None:
        coroutine = nothing()
        try:
            await asyncio.gather(coroutine)
        finally:
            coroutine.close()

    with ThreadPoolExecutor(1) as executor:
        error = executor.submit(drive, gathering()).exception()
    assert isinstance(error, ForeignAwaitable)
    assert "asyncio.gather" in str(error)
    assert "typedserver.TaskGroup" in str(error)


@pytest.mark.parametrize("error", [RuntimeError("no loop at all"), ValueError("no running event loop")])
def test_other_errors_are_left_as_they_are(error: Exception) -> None:
    async def failing() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        drive(failing())
    assert raised.value is error


def test_unknown_awaitable_is_shown() -> None:
    class Unknown:
        def __await__(self) -> Any:
            yield 42

    async def awaiting() -> None:
        await Unknown()

    with pytest.raises(ForeignAwaitable, match="awaited 42, which belongs to another event loop: use Stream"):
        drive(awaiting())


async def limited() -> None:
    async with timeout(1):
        pass


async def grouped() -> None:
    async with TaskGroup():
        pass


@pytest.mark.parametrize("work", [lambda: sleep(1), lambda: run_blocking(len, "x"), limited, grouped])
def test_asyncio_program_without_a_server_is_told_what_to_await(work: Work) -> None:
    with pytest.raises(ForeignAwaitable, match=r"run it by drive\(\) in a thread, or await what asyncio has for it"):
        asyncio.run(_awaiting(work))


async def _awaiting(work: Work) -> None:
    await work()
