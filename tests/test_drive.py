"""drive: a coroutine runs to its end in the calling thread, which waits in place."""

import asyncio
import errno
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Generator
from typing import Any

import pytest

from typedserver import ForeignAwaitable, PeerTimedOut, TaskGroup, run_blocking, sleep
from typedserver.coroutines.drive import drive, is_coroutine
from typedserver.coroutines.waits import Parked, Readable, Writable, wait_for
from typedserver.sockets.silence import silence


@pytest.fixture
def pair() -> Generator[tuple[socket.socket, socket.socket], None, None]:
    left, right = socket.socketpair()
    with left, right:
        left.setblocking(False)
        yield left, right


def fill(end: socket.socket) -> None:
    """Send until the kernel takes no more."""
    with pytest.raises(BlockingIOError):
        while True:
            end.send(bytes(65536))


@pytest.mark.parametrize("result", [None, 5, "text", object])
def test_result_that_is_no_coroutine_is_returned(result: object) -> None:
    assert drive(result) is result


def test_coroutine_that_never_waits_returns_its_value() -> None:
    async def handler() -> str:
        return "value"

    assert drive(handler()) == "value"


class HandMade(Coroutine[Any, Any, str]):
    """A coroutine of a type that is not the interpreter's, like Cython's."""

    def send(self, _value: object, /) -> str:
        raise StopIteration("by hand")

    def throw(self, *_error: object) -> str:
        raise AssertionError("nothing is thrown into it")

    def close(self) -> None:
        return

    def __await__(self) -> Generator[Any, Any, str]:
        raise AssertionError("it is driven, not awaited")


def test_coroutine_of_another_make_is_driven() -> None:
    assert is_coroutine(HandMade())
    assert drive(HandMade()) == "by hand"


def test_exception_of_the_coroutine_is_raised() -> None:
    async def handler() -> None:
        raise LookupError("from the handler")

    with pytest.raises(LookupError, match="from the handler"):
        drive(handler())


def test_wait_for_reading_ends_when_the_peer_has_sent(pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair

    async def handler() -> bytes:
        await wait_for(Readable(left.fileno()))
        return left.recv(10)

    timer = threading.Timer(0.02, right.send, [b"here"])
    timer.start()
    assert drive(handler()) == b"here"
    timer.join()


def test_wait_for_writing_ends_when_the_peer_has_read(pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    fill(left)

    async def handler() -> int:
        await wait_for(Writable(left.fileno(), time.monotonic() + 20))
        return left.send(b"x")

    def read_all() -> None:
        while len(right.recv(1 << 20)) == 1 << 20:
            pass

    timer = threading.Timer(0.02, read_all)
    timer.start()
    assert drive(handler()) == 1
    timer.join()


@pytest.mark.parametrize("wait", [Readable, Writable])
def test_deadline_throws_into_the_coroutine(
    pair: tuple[socket.socket, socket.socket], wait: Callable[[int, float], Readable | Writable]
) -> None:
    left, _ = pair
    fill(left)
    seen: list[str] = []

    async def handler() -> None:
        try:
            await wait_for(wait(left.fileno(), time.monotonic() + 0.02))
        finally:
            seen.append("finally")

    began = time.monotonic()
    with pytest.raises(PeerTimedOut, match="before the deadline"):
        drive(handler())
    assert time.monotonic() - began >= 0.02
    assert seen == ["finally"]


def test_silence_error_names_the_peer_the_seconds_and_the_remedy() -> None:
    assert str(silence("sent nothing", "", 60.0, "Deadlines(read=)")) == (
        "the peer sent nothing for 60 s: raise Deadlines(read=) if that is right"
    )
    assert str(silence("took nothing", "/a", None, "X")) == (
        "'/a' took nothing before the deadline: raise X if that is right"
    )


def test_deadline_that_has_passed_still_takes_what_is_there(pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    right.send(b"early")

    async def handler() -> bytes:
        await wait_for(Readable(left.fileno(), time.monotonic() - 1))
        return left.recv(10)

    assert drive(handler()) == b"early"


def test_coroutine_may_go_on_after_a_deadline(pair: tuple[socket.socket, socket.socket]) -> None:
    left, _ = pair

    async def handler() -> str:
        try:
            await wait_for(Readable(left.fileno(), time.monotonic()))
        except TimeoutError:
            await sleep(0)
        return "went on"

    assert drive(handler()) == "went on"


@pytest.mark.parametrize(("seconds", "least"), [(0.02, 0.02), (0, 0), (-5, 0)])
def test_sleep_lasts_as_long_as_asked(seconds: float, least: float) -> None:
    began = time.monotonic()
    drive(sleep(seconds))
    assert least <= time.monotonic() - began < least + 10


def test_parked_coroutine_is_woken_from_another_thread() -> None:
    threads: list[threading.Timer] = []

    def start(wake: Callable[[], object]) -> None:
        threads.append(threading.Timer(0.02, wake))
        threads[0].start()

    assert drive(wait_for_parked(start)) == "woken"
    threads[0].join()


async def wait_for_parked(start: Callable[[Callable[[], object]], object]) -> str:
    await wait_for(Parked(start))
    return "woken"


def test_parked_coroutine_may_be_woken_before_it_waits() -> None:
    assert drive(wait_for_parked(lambda wake: wake())) == "woken"


def test_parked_coroutine_that_cannot_be_started_gets_the_error() -> None:
    def start(_wake: Callable[[], object]) -> None:
        raise LookupError("nobody will call back")

    with pytest.raises(LookupError, match="nobody will call back"):
        drive(wait_for_parked(start))


def test_blocking_function_runs_right_here() -> None:
    assert drive(run_blocking(threading.get_ident)) == threading.get_ident()


def test_blocking_functions_exception_reaches_the_coroutine() -> None:
    async def handler() -> str:
        try:
            await run_blocking(lambda: 1 // 0)
        except ZeroDivisionError:
            return "caught"
        return "not raised"

    assert drive(handler()) == "caught"


def test_future_of_asyncio_is_foreign() -> None:
    loop = asyncio.new_event_loop()
    try:
        future = loop.create_future()

        async def handler() -> None:
            await future

        with pytest.raises(ForeignAwaitable, match="belongs to another event loop, asyncio's: use Stream"):
            drive(handler())
    finally:
        loop.close()


def test_sleep_of_asyncio_is_foreign_and_may_be_handled() -> None:
    async def handler() -> str:
        try:
            await asyncio.sleep(0)
        except ForeignAwaitable:
            return "handled"
        return "slept"

    assert drive(handler()) == "handled"


def test_signal_that_raises_runs_the_coroutines_finally() -> None:
    seen: list[str] = []

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    async def handler() -> None:
        try:
            await wait_for(Parked(lambda _wake: os.kill(os.getpid(), signal.SIGUSR1)))
        finally:
            seen.append("finally")

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            drive(handler())
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert seen == ["finally"]


def test_coroutine_without_a_descriptor_for_its_loop_is_told_so_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> list[object]:
        seen: list[object] = []
        try:
            async with TaskGroup():
                seen.append("in vain")
        except OSError as error:
            seen.append(error.errno)
        await sleep(0)
        monkeypatch.undo()
        async with TaskGroup() as tasks:
            seen.append(await tasks.create_task(answer()))
        return seen

    async def answer() -> str:
        await sleep(0)
        return "later"

    def exhausted() -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr("typedserver.coroutines.in_place.SelectorReactor", exhausted)
    assert drive(work()) == [errno.EMFILE, "later"]
