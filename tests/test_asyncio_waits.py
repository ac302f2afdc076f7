"""Our waits in an asyncio loop: every task of the loop may await them, and nothing is left in the loop afterwards."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any

import pytest
import uvloop

from tests.descriptors import lowest_free
from tests.running import PATIENCE
from typedserver import PeerTimedOut, run_blocking, sleep
from typedserver.coroutines.waits import Blocking, Parked, Readable, Writable, wait_for
from typedserver.strategies.asyncio_waits import AdaptedCoroutine, LoopWaits

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


class Runs:
    """Runs coroutines in a loop whose tasks may await the waits of waits.py."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.waits = LoopWaits.join(loop)

    def __call__(self, main: Coroutine[Any, Any, object]) -> object:
        return self.loop.run_until_complete(asyncio.wait_for(main, PATIENCE))

    def readers(self) -> list[int]:
        return list(self.waits._readers)  # pyright: ignore[reportPrivateUsage]  # there is no other way to see what is registered


@pytest.fixture(params=list(LOOPS))
def runs(request: pytest.FixtureRequest) -> Generator[Runs, None, None]:
    runs = Runs(LOOPS[request.param]())
    yield runs
    runs.waits.leave()
    runs.loop.run_until_complete(runs.loop.shutdown_asyncgens())
    runs.loop.run_until_complete(runs.loop.shutdown_default_executor())
    runs.loop.close()


@pytest.fixture
def pair() -> Generator[tuple[socket.socket, socket.socket], None, None]:
    left, right = socket.socketpair()
    with left, right:
        left.setblocking(False)
        yield left, right


async def readable(end: socket.socket, deadline: float | None = None) -> bytes:
    await wait_for(Readable(end.fileno(), deadline))
    return end.recv(100)


def fill(end: socket.socket) -> None:
    with pytest.raises(BlockingIOError):
        while True:
            end.send(bytes(65536))


def test_every_wait_ends_as_it_says(runs: Runs, pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair

    async def main() -> None:
        runs.loop.call_later(0.001, right.send, b"x")
        assert await readable(left) == b"x"
        fill(left)
        runs.loop.call_later(0.001, right.recv, 10_000_000)
        await wait_for(Writable(left.fileno()))
        begun = time.monotonic()
        await sleep(0.02)
        assert time.monotonic() - begun >= 0.019
        await sleep(0)
        await sleep(-1)
        await wait_for(Parked(lambda wake: wake()))
        assert await run_blocking(lambda: "done") == "done"

    runs(main())
    assert runs.readers() == []


def test_missed_deadline_is_the_peers_fault(runs: Runs, pair: tuple[socket.socket, socket.socket]) -> None:
    left, _right = pair
    fill(left)

    async def main() -> None:
        for wait in (Readable, Writable):
            with pytest.raises(PeerTimedOut):
                await wait_for(wait(left.fileno(), time.monotonic() + 0.01))
        with pytest.raises(PeerTimedOut):
            await wait_for(Readable(left.fileno(), time.monotonic() - 1))

    runs(main())
    assert runs.readers() == []


def test_several_tasks_wait_for_one_descriptor_each_until_its_own_deadline(
    runs: Runs, pair: tuple[socket.socket, socket.socket]
) -> None:
    left, right = pair

    async def main() -> None:
        async def wait(deadline: float | None) -> None:
            await wait_for(Readable(left.fileno(), deadline))

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(wait(None)), group.create_task(wait(time.monotonic() + PATIENCE))]
            with pytest.raises(PeerTimedOut):
                await wait(time.monotonic() + 0.01)
            assert not any(task.done() for task in tasks)
            right.send(b"x")

    runs(main())
    assert runs.readers() == []


def test_cancelled_wait_leaves_nothing_behind(runs: Runs, pair: tuple[socket.socket, socket.socket]) -> None:
    left, _right = pair

    async def main() -> None:
        for wait in (
            readable(left),
            sleep(PATIENCE),
            run_blocking(lambda: time.sleep(0.02)),
            wait_for(Parked(lambda _wake: None)),
        ):
            task = asyncio.ensure_future(wait)
            await asyncio.sleep(0.001)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    runs(main())
    assert runs.readers() == []


def test_wait_that_is_cancelled_or_woken_leaves_no_timer(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    long: list[asyncio.TimerHandle] = []
    call_later = runs.loop.call_later

    def recorded(delay: float, *rest: Any, **options: Any) -> asyncio.TimerHandle:
        timer = call_later(delay, *rest, **options)
        if 900 < delay <= 1000:
            long.append(timer)
        return timer

    async def main() -> None:
        until = time.monotonic() + 1000
        for wait in (sleep(1000), wait_for(Parked(lambda _wake: None, until))):
            task = asyncio.ensure_future(wait)
            await asyncio.sleep(0.001)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await wait_for(Parked(lambda wake: wake(), until))

    monkeypatch.setattr(runs.loop, "call_later", recorded)
    runs(main())
    assert [timer.cancelled() for timer in long] == [True] * 3


def test_held_descriptor_stays_registered_until_it_is_dropped(
    runs: Runs, pair: tuple[socket.socket, socket.socket]
) -> None:
    left, right = pair
    runs.waits.hold(left)

    async def main() -> None:
        for _ in range(3):
            runs.loop.call_later(0.001, right.send, b"x")
            assert await readable(left) == b"x"
            assert runs.readers() == [left.fileno()]
        # A descriptor that no task awaits must leave the loop, or it would wake the loop for ever.
        right.send(b"y")
        while runs.readers():  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.001)
        assert await readable(left) == b"y"
        waiting = asyncio.create_task(readable(left))
        await asyncio.sleep(0.001)
        runs.waits.drop(left.fileno(), left)
        # It is woken, and its next read finds what has happened: nothing here.
        with pytest.raises(BlockingIOError):
            await waiting

    runs(main())
    assert runs.readers() == []


@pytest.mark.parametrize("held", [True, False])
def test_descriptor_that_its_owner_closed_belongs_to_the_next_owner(held: bool, runs: Runs) -> None:
    async def receive(left: socket.socket, right: socket.socket) -> None:
        waiting = asyncio.create_task(readable(left))
        await asyncio.sleep(0.001)
        # This may be long after it was closed.
        if left is not former:
            runs.waits.drop(fd, former)
        right.send(b"x")
        assert await waiting == b"x"

    former, former_right = socket.socketpair()
    fd = former.fileno()
    with former_right:
        with former:
            former.setblocking(False)
            runs.waits.hold(former)
            runs(receive(former, former_right))
            assert runs.readers() == [fd]
        with lowest_free(fd):
            left, right = socket.socketpair()
        with left, right:
            assert left.fileno() == fd
            left.setblocking(False)
            if held:
                runs.waits.hold(left)
            runs(receive(left, right))
            assert runs.readers() == [fd] * held
            runs.waits.drop(fd, left)
    assert runs.readers() == []


@pytest.mark.parametrize("taken", [True, False])
def test_descriptor_dropped_after_its_owner_closed_it_leaves_the_loop(taken: bool, runs: Runs) -> None:
    left, right = socket.socketpair()
    fd = left.fileno()
    with right:
        with left:
            left.setblocking(False)
            runs.waits.hold(left)
            right.send(b"x")
            runs(readable(left))
        with lowest_free(fd):
            other = os.dup(right.fileno()) if taken else -1
        runs.waits.drop(fd, left)
        assert runs.readers() == []
        if taken:
            assert other == fd
            os.close(other)
        assert not runs.loop.remove_reader(fd), "or the next owner of the number would never be woken"


def test_descriptor_that_another_owner_has_used_meanwhile_can_be_waited_for_again(
    runs: Runs, pair: tuple[socket.socket, socket.socket]
) -> None:
    left, right = pair
    runs.waits.hold(left)

    async def main() -> None:
        for _ in range(2):
            runs.loop.call_later(0.001, right.send, b"x")
            assert await readable(left) == b"x"
            runs.loop.call_later(0.001, right.send, b"y")
            assert await runs.loop.sock_recv(left, 10) == b"y"

    runs(main())
    runs.waits.drop(left.fileno(), left)
    assert runs.readers() == []


def test_error_of_a_wait_is_raised_in_the_coroutine_that_awaits(runs: Runs) -> None:
    async def main() -> str:
        for wrong in (Readable(-1), Writable(-1), Parked(lambda _wake: 1 // 0), Blocking(lambda: 1 // 0)):
            with pytest.raises((ValueError, OSError, ZeroDivisionError)):
                await wait_for(wrong)
        return "went on"

    assert runs(main()) == "went on"


def test_futures_of_asyncio_pass_through(runs: Runs) -> None:
    class Foreign:
        def __await__(self) -> Generator[str, None, None]:
            yield "something of another loop's"

    async def foreign() -> None:
        await Foreign()

    async def numbers() -> AsyncGenerator[int, None]:
        for number in range(3):
            await sleep(0)
            yield number

    async def main() -> None:
        future = runs.loop.create_future()
        runs.loop.call_later(0.001, future.set_result, "result")
        assert await future == "result"
        with pytest.raises(RuntimeError, match="bad yield"):
            await asyncio.create_task(foreign())
        assert [number async for number in numbers()] == [0, 1, 2]
        with pytest.raises(ZeroDivisionError):
            await asyncio.gather(asyncio.sleep(0), asyncio.to_thread(lambda: 1 // 0))

    runs(main())


def test_wake_up_may_come_late_or_twice(runs: Runs) -> None:
    wakes: list[Callable[[], object]] = []

    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await wait_for(Parked(wakes.append))
        wakes[0]()
        runs.loop.call_soon(lambda: (wakes[1](), wakes[1]()))
        await wait_for(Parked(wakes.append))
        await asyncio.sleep(0)

    runs(main())
    with asyncio.Runner() as runner:
        other = LoopWaits.join(runner.get_loop())

        async def park() -> None:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.001):
                    await wait_for(Parked(wakes.append))

        runner.run(park())
        other.leave()
    # Its loop is closed.
    wakes[-1]()


def test_task_shows_its_coroutine(runs: Runs) -> None:
    async def shown() -> None:
        await sleep(0.01)

    async def main() -> None:
        task = asyncio.create_task(shown(), name="named")
        assert task.get_name() == "named"
        assert "shown()" in repr(task)
        await asyncio.sleep(0)
        assert [frame.f_code.co_name for frame in task.get_stack()] == ["shown"]
        await task

    runs(main())


def test_abandoned_coroutine_is_never_run_again(runs: Runs, pair: tuple[socket.socket, socket.socket]) -> None:
    ended: list[str] = []

    async def wait(what: Coroutine[Any, Any, object]) -> None:
        try:
            await what
        finally:
            ended.append("ended")

    async def main() -> None:
        for what in (readable(pair[0]), asyncio.sleep(0), sleep(PATIENCE)):
            adapted = AdaptedCoroutine(runs.waits, wait(what))
            task = asyncio.create_task(adapted)
            await asyncio.sleep(0)
            adapted.abandon()
            adapted.close()
            await asyncio.wait([task])

    runs(main())
    assert ended == ["ended"] * 3
    assert runs.readers() == []


def test_adapted_coroutine_behaves_like_the_original(runs: Runs) -> None:
    async def value() -> str:
        await sleep(0)
        return "value"

    async def main() -> None:
        assert await AdaptedCoroutine(runs.waits, value()) == "value"
        wrong: Any = "no coroutine"
        with pytest.raises(TypeError, match="a coroutine was expected"):
            await asyncio.create_task(wrong)

    runs(main())
    never_run = AdaptedCoroutine(runs.waits, value())
    assert asyncio.iscoroutine(never_run)
    never_run.close()
    with pytest.raises(KeyError):
        AdaptedCoroutine(runs.waits, value()).throw(KeyError())


def test_loop_gets_its_task_factory_back_when_the_last_user_leaves() -> None:
    loop = asyncio.new_event_loop()
    first, second = LoopWaits.join(loop), LoopWaits.join(loop)
    assert first is second
    first.leave()
    assert loop.get_task_factory() is first
    second.leave()
    assert loop.get_task_factory() is None
    loop.close()


def test_factory_set_over_ours_stays_and_ours_passes_on() -> None:
    loop = asyncio.new_event_loop()
    made: list[Any] = []

    async def value() -> str:
        return "value"

    def over(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> "asyncio.Task[Any]":
        task = waits(loop, coroutine, **options)
        made.append(task.get_coro())
        return task

    waits = LoopWaits.join(loop)
    loop.set_task_factory(over)
    assert loop.run_until_complete(value()) == "value"
    waits.leave()
    assert loop.get_task_factory() is over
    assert loop.run_until_complete(value()) == "value"
    assert [type(coroutine) is AdaptedCoroutine for coroutine in made] == [True, False]
    loop.close()
