"""timeout: a limit of time for a block, which loses nothing that has come, under every strategy."""

import asyncio
import contextlib
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.everywhere import everywhere, serving, where_tasks_are_ours
from tests.everywhere import outcome as answer_of
from tests.running import PATIENCE, connect, running
from typedserver import (
    TCP,
    Cancelled,
    Event,
    Multiplexed,
    Queue,
    RecipeError,
    Server,
    Stream,
    TaskGroup,
    drive,
    run_blocking,
    sleep,
    stream_handler,
    timeout,
    wait_draining,
)

FOR_EVER = 86_400.0
CANCELLATIONS = (Cancelled, asyncio.CancelledError)


WAITS: dict[str, Callable[[Stream], Awaitable[object]]] = {
    "sleep": lambda _stream: sleep(FOR_EVER),
    "read": lambda stream: stream.readline(),
    "draining": lambda stream: wait_draining(stream.server),
    "event": lambda _stream: Event().wait(),
    "queue": lambda _stream: Queue[int](1).get(),
    "blocking": lambda _stream: run_blocking(time.sleep, 0.5),
}


@everywhere
def test_limit_ends_every_wait(name: str) -> None:
    async def program(stream: Stream) -> object:
        ended: list[str] = []
        for what, wait in WAITS.items():
            began = time.monotonic()
            limit = timeout(0.03)
            try:
                async with limit:
                    await wait(stream)
            except TimeoutError:
                if limit.expired() and time.monotonic() - began < 0.4:
                    ended.append(what)
        return ended

    assert answer_of(name, program) == list(WAITS)


@everywhere
def test_block_that_ends_in_time_is_left_alone(name: str) -> None:
    async def program(_stream: Stream) -> object:
        async with timeout(0.05) as limit:
            await sleep(0.001)
        # Its time is over here, and nobody hears of it.
        await sleep(0.1)
        async with timeout(None) as none, timeout(math.inf) as endless, timeout(10**400):
            await sleep(0.001)
        return limit.expired(), none.when(), endless.when()

    assert answer_of(name, program) == (False, None, None)


@everywhere
def test_limit_that_has_passed_ends_the_first_wait(name: str) -> None:
    async def program(_stream: Stream) -> object:
        seen: list[str] = []
        for seconds in (0, -1.0):
            try:
                async with timeout(seconds):
                    seen.append("runs")
                    await sleep(FOR_EVER)
            except TimeoutError:
                seen.append("ended")
        return seen

    assert answer_of(name, program) == ["runs", "ended", "runs", "ended"]


@everywhere
def test_inner_limit_ends_the_inner_block_alone(name: str) -> None:
    async def program(_stream: Stream) -> object:
        async with timeout(FOR_EVER) as outer:
            inner = timeout(0.02)
            try:
                async with inner:
                    await sleep(FOR_EVER)
            except TimeoutError:
                await sleep(0.001)
                return outer.expired(), inner.expired()
        return None

    assert answer_of(name, program) == (False, True)


@everywhere
def test_outer_limit_is_raised_from_the_outer_block(name: str) -> None:
    async def program(_stream: Stream) -> object:
        seen: list[str] = []
        outer, inner = timeout(0.02), timeout(FOR_EVER)
        try:
            async with outer:
                try:
                    async with inner:
                        await sleep(FOR_EVER)
                except TimeoutError:
                    seen.append("inner")
        except TimeoutError:
            seen.append("outer")
        return seen, outer.expired(), inner.expired()

    assert answer_of(name, program) == (["outer"], True, False)


@everywhere
def test_outer_limit_that_passes_while_an_inner_one_cleans_up_is_raised(name: str) -> None:
    async def program(_stream: Stream) -> object:
        seen: list[str] = []
        try:
            async with timeout(FOR_EVER) as outer:
                try:
                    async with timeout(0.02):
                        try:
                            await sleep(FOR_EVER)
                        finally:
                            outer.reschedule(time.monotonic() + 0.02)
                            await sleep(FOR_EVER)
                except TimeoutError:
                    seen.append("inner")
                    raise
        except TimeoutError:
            seen.append("outer")
        return seen

    assert answer_of(name, program) == ["outer"]


@everywhere
def test_error_of_the_block_passes(name: str) -> None:
    async def program(_stream: Stream) -> object:
        try:
            async with timeout(0.02):
                try:
                    await sleep(FOR_EVER)
                except CANCELLATIONS:
                    raise KeyError("its own") from None
        except KeyError:
            return True
        return None

    assert answer_of(name, program) is True


@everywhere
def test_block_that_swallows_the_end_of_its_time_goes_on(name: str) -> None:
    async def program(_stream: Stream) -> object:
        async with timeout(0.02) as limit:
            with contextlib.suppress(*CANCELLATIONS):
                await sleep(FOR_EVER)
            await sleep(0.001)
        await sleep(0.001)
        return limit.expired()

    assert answer_of(name, program) is True


@everywhere
def test_limit_is_put_off_and_brought_forward(name: str) -> None:
    async def program(_stream: Stream) -> object:
        began = time.monotonic()
        async with timeout(0.03) as limit:
            limit.reschedule(time.monotonic() + FOR_EVER)
            await sleep(0.06)
            limit.reschedule(None)
            none = limit.when()
            limit.reschedule(began + 0.1)
            with contextlib.suppress(*CANCELLATIONS):
                await sleep(FOR_EVER)
        return none, limit.expired(), time.monotonic() - began < 5

    assert answer_of(name, program) == (None, True, True)


@everywhere
def test_limit_that_is_over_cannot_be_put_off(name: str) -> None:
    async def program(_stream: Stream) -> object:
        refused = 0
        limit = timeout(FOR_EVER)
        try:
            limit.reschedule(None)
        except RuntimeError:
            refused += 1
        async with limit:
            pass
        try:
            limit.reschedule(None)
        except RuntimeError:
            refused += 1
        try:
            async with limit:
                pass
        except RuntimeError:
            refused += 1
        return refused

    assert answer_of(name, program) == 3


@everywhere
def test_limit_around_a_group_cancels_its_tasks(name: str) -> None:
    async def program(_stream: Stream) -> object:
        seen: list[str] = []

        async def wait() -> None:
            try:
                await sleep(FOR_EVER)
            finally:
                await sleep(0.001)
                seen.append("task")

        try:
            async with timeout(0.02), TaskGroup() as tasks:
                tasks.create_task(wait())
                tasks.create_task(wait())
        except TimeoutError:
            seen.append("time")
        return seen

    assert answer_of(name, program) == ["task", "task", "time"]


@everywhere
def test_failure_of_a_task_passes_a_limit_as_what_it_is(name: str) -> None:
    async def fail() -> None:
        await sleep(0.01)
        raise ValueError("task")

    async def program(_stream: Stream) -> object:
        try:
            async with timeout(FOR_EVER), TaskGroup() as tasks:
                tasks.create_task(fail())
                async with timeout(FOR_EVER):
                    await sleep(FOR_EVER)
        except ExceptionGroup as group:
            return repr(group.exceptions)
        return None

    assert answer_of(name, program) == "(ValueError('task'),)"


@everywhere
def test_failure_while_time_is_over_comes_out_and_the_end_of_time_is_not_lost(name: str) -> None:
    async def program(_stream: Stream) -> object:
        async def fail() -> None:
            try:
                await sleep(FOR_EVER)
            finally:
                raise ValueError("task")

        seen: list[str] = []
        try:
            async with timeout(0.02):
                try:
                    async with TaskGroup() as tasks:
                        tasks.create_task(fail())
                except* ValueError:
                    seen.append("failed")
                await sleep(FOR_EVER)
        except TimeoutError:
            seen.append("time")
        return seen

    if name in ("asyncio", "uvloop"):
        pytest.skip("asyncio itself loses it before Python 3.13")
    assert answer_of(name, program) == ["failed", "time"]


@everywhere
def test_limit_in_a_task_ends_that_task_alone(name: str) -> None:
    async def limited(seconds: float) -> str:
        try:
            async with timeout(seconds):
                await sleep(0.1)
        except TimeoutError:
            return "over"
        return "in time"

    async def program(_stream: Stream) -> object:
        async with TaskGroup() as tasks:
            made = [tasks.create_task(limited(seconds)) for seconds in (0.02, FOR_EVER)]
        return [task.result() for task in made]

    assert answer_of(name, program) == ["over", "in time"]


@everywhere
def test_cancellation_of_a_task_is_no_end_of_its_time(name: str) -> None:
    async def program(_stream: Stream) -> object:
        seen: list[str] = []

        async def wait() -> None:
            try:
                async with timeout(FOR_EVER):
                    await sleep(FOR_EVER)
            except TimeoutError:
                seen.append("time")

        async with TaskGroup() as tasks:
            task = tasks.create_task(wait())
            await sleep(0.01)
            task.cancel()
        return seen, task.cancelled()

    assert answer_of(name, program) == ([], True)


@where_tasks_are_ours
def test_end_of_time_and_cancellation_at_once_are_a_cancellation(name: str) -> None:
    async def program(_stream: Stream) -> object:
        seen: list[str] = []
        over = Event()

        async def wait() -> None:
            try:
                async with timeout(0.02):
                    try:
                        await sleep(FOR_EVER)
                    finally:
                        over.set()
                        await sleep(FOR_EVER)
            except TimeoutError:
                seen.append("time")

        async with TaskGroup() as tasks:
            task = tasks.create_task(wait())
            await over.wait()
            task.cancel()
        return seen, task.cancelled()

    assert answer_of(name, program) == ([], True)


@pytest.mark.parametrize("wrong", ["5", True, math.nan])
def test_limit_that_is_no_number_is_refused(wrong: Any) -> None:
    with pytest.raises(RecipeError, match="timeout"):
        timeout(wrong)


def test_limits_leave_nothing_behind() -> None:
    async def main() -> None:
        for _ in range(1000):
            async with timeout(FOR_EVER):
                pass

    drive(main())


# What had come is there

# Each reads a part, then all of it.
READS: dict[str, Callable[[Stream], Awaitable[bytes]]] = {
    "readexactly": lambda stream: stream.readexactly(10),
    "readuntil": lambda stream: stream.readuntil(b"9"),
    "readline": lambda stream: stream.readline(),
    "read_all": lambda stream: stream.read(-1),
    "iteration": lambda stream: anext(aiter(stream)),
}


@everywhere
@pytest.mark.parametrize("read", READS)
def test_read_that_is_ended_loses_nothing(name: str, read: str) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        while True:
            try:
                async with timeout(0.05):
                    data = await READS[read](stream)
            except TimeoutError:
                await stream.write(b"again\n")
            else:
                await stream.write(data + b"!")
                return

    with serving(name, serve) as server, connect(server.server_address) as client, client.makefile("rb") as file:
        client.sendall(b"01234")
        assert file.readline() == b"again\n"
        client.sendall(b"5678")
        assert file.readline() == b"again\n"
        client.sendall(b"9" if read in ("readexactly", "readuntil") else b"9\n")
        if read == "read_all":
            client.shutdown(1)
        assert file.read().replace(b"again\n", b"").replace(b"\n", b"") == b"0123456789!"


@everywhere
def test_read_of_what_is_there_is_not_ended_by_the_next(name: str) -> None:
    async def program(stream: Stream) -> object:
        got = [await stream.read(3)]
        try:
            async with timeout(0.03):
                got.append(await stream.readexactly(3))
                await stream.readexactly(100)
        except TimeoutError:
            got.append(await stream.read(100))
        return got

    assert answer_of(name, program, b"abcdefgh") == [b"abc", b"def", b"gh"]


@everywhere
def test_frame_whose_header_is_kept_outside_the_block_loses_nothing(name: str) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        header = b""
        while True:
            try:
                async with timeout(0.03):
                    if not header:
                        header = await stream.readexactly(1)
                    body = await stream.readexactly(header[0])
            except TimeoutError:
                await stream.write(b".")
            else:
                await stream.write(body)
                return

    with serving(name, serve) as server, connect(server.server_address) as client, client.makefile("rb") as file:
        client.sendall(b"\x04ab")
        assert file.read(1) == b"."
        client.sendall(b"cd")
        assert file.read().strip(b".") == b"abcd"


def test_client_that_is_limited_leaves_the_others_alone() -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        seconds = float(await stream.readline())
        try:
            async with timeout(seconds):
                await stream.write(await stream.readline())
        except TimeoutError:
            await stream.write(b"over\n")

    with running(Server(TCP(port=0), serve, Multiplexed())) as run:
        address = run.server.server_address
        with connect(address) as first, connect(address) as second:
            first.sendall(b"0.05\n")
            second.sendall(b"%d\n" % PATIENCE)
            assert first.recv(100) == b"over\n"
            second.sendall(b"hello\n")
            assert second.recv(100) == b"hello\n"
