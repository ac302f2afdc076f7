"""Submitted: functions of messages in executors, what bounds them, and what becomes of them when executors fail."""

import gc
import logging
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.running import PATIENCE
from tests.test_strategies_on_executor import InPlace
from typedserver import CompositionError, LifecycleError, RecipeError, Submitted
from typedserver.testing import FaultyExecutor


def double(number: int) -> int:
    return 2 * number


def outcomes(futures: "list[Future[Any]]") -> list[object]:
    """Return what each has ended with: its result, the class of its error, or "cancelled"."""
    # Of a cancelled one it would wait until a worker has come to it.
    wait_for([future for future in futures if not future.cancelled()], PATIENCE)
    return [
        "cancelled"
        if future.cancelled()
        else future.result(0)
        if future.exception(0) is None
        else type(future.exception(0))
        for future in futures
    ]


@pytest.fixture
def held() -> Iterator[FaultyExecutor]:
    with FaultyExecutor(held=True) as executor:
        yield executor


# What a call returns


def at(number: int) -> tuple[int, str]:
    return number, threading.current_thread().name


def test_submitted_calls_the_function_in_the_executor() -> None:
    with ThreadPoolExecutor(1, thread_name_prefix="elsewhere") as executor:
        submitted = Submitted(executor, at)
        assert submitted(7).result(PATIENCE) == (7, "elsewhere_0")


def test_submitted_raises_what_the_function_raises_through_the_future(held: FaultyExecutor) -> None:
    held.release()
    assert outcomes([Submitted(held, int)("x")]) == [ValueError]


def test_submitted_is_a_recipe() -> None:
    executor = InPlace()
    submitted = Submitted(executor, double, limit=3)
    assert repr(submitted) == f"Submitted(executor={executor!r}, function={double!r}, limit=3)"
    assert submitted == Submitted(executor, double, limit=3)
    with pytest.raises(AttributeError):
        submitted.limit = 4  # type: ignore[misc]


@pytest.mark.parametrize("limit", [0, -1, 1.5, True, "8"])
def test_submitted_refuses_a_limit_that_is_none(limit: Any) -> None:
    with pytest.raises(RecipeError, match=r"Submitted\(limit="):
        Submitted(InPlace(), double, limit=limit)


def test_submitted_refuses_what_is_no_executor_and_what_is_no_function() -> None:
    no_executor: Any = 8
    with pytest.raises(CompositionError, match=r"Submitted\(executor=8\) needs an Executor"):
        Submitted(no_executor, double)
    no_function: Any = "double"
    with pytest.raises(RecipeError, match="function"):
        Submitted(InPlace(), no_function)
    swapped: tuple[Any, Any] = double, InPlace
    with pytest.raises(RecipeError, match=r"executor.* must take no arguments.*it comes first"):
        Submitted(*swapped)

    async def waits(number: int) -> int:
        return number

    with pytest.raises(RecipeError, match="async def"):
        Submitted(InPlace(), waits)


# The line


def test_submitted_gives_the_executor_no_more_than_the_limit(held: FaultyExecutor) -> None:
    submitted = Submitted(held, double, limit=2)
    futures = [submitted(number) for number in range(5)]
    assert held.submitted == 2
    held.release(1)
    assert held.wait_submitted(3, PATIENCE)
    assert outcomes(futures[:1]) == [0]
    assert held.outstanding == 2
    held.release()
    assert outcomes(futures) == [0, 2, 4, 6, 8]


def test_submitted_serves_its_line_in_its_order(held: FaultyExecutor) -> None:
    called: list[int] = []
    submitted = Submitted(held, called.append, limit=1)
    futures = [submitted(number) for number in range(20)]
    held.release()
    assert outcomes(futures) == [None] * 20
    assert called == list(range(20))


def test_submitted_lets_nobody_overtake_the_line(held: FaultyExecutor) -> None:
    called: list[int] = []
    submitted = Submitted(held, called.append, limit=1)
    futures: list[Future[None]] = []
    first = submitted(0)
    # Submits as soon as there is a place, from the call back of what has had it; the line was there before.
    told = threading.Event()

    def overtake(_future: "Future[None]") -> None:
        futures.append(submitted(9))
        told.set()

    first.add_done_callback(overtake)
    futures += [submitted(1), submitted(2)]
    held.release()
    assert told.wait(PATIENCE)
    assert outcomes(futures) == [None] * 3
    assert called == [0, 1, 2, 9]


def test_cancelled_message_leaves_the_line_and_is_never_called(held: FaultyExecutor) -> None:
    called: list[int] = []
    submitted = Submitted(held, called.append, limit=1)
    futures = [submitted(number) for number in range(4)]
    assert futures[2].cancel()
    assert futures[2].cancel()
    held.release()
    assert outcomes(futures) == [None, None, "cancelled", None]
    assert called == [0, 1, 3]


def test_cancelled_message_that_waits_in_the_line_is_freed_at_once(held: FaultyExecutor) -> None:
    class Message: ...

    submitted = Submitted(held, repr, limit=1)
    first = submitted(Message())
    message = Message()
    gone = weakref.ref(message)
    waiting = submitted(message)
    waiting.cancel()
    del message, waiting
    gc.collect()
    assert gone() is None
    held.release()
    first.result(PATIENCE)


def test_waiting_message_that_was_begun_cannot_be_cancelled() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def wait(number: int) -> int:
        if number:
            begun.set()
            assert go_on.wait(PATIENCE)
        return number

    with ThreadPoolExecutor(1) as executor:
        submitted = Submitted(executor, wait, limit=1)
        first, second = submitted(0), submitted(1)
        assert begun.wait(PATIENCE)
        assert not second.cancel()
        assert second.running()
        go_on.set()
        assert outcomes([first, second]) == [0, 1]
        assert not second.running()


def test_cancelled_message_keeps_its_place_until_a_worker_has_come_to_it(held: FaultyExecutor) -> None:
    submitted = Submitted(held, double, limit=2)
    first, second, third = submitted(1), submitted(2), submitted(3)
    assert second.cancel()
    # It is still in the executor's queue: were its place free, who asks and goes again and again would fill that.
    assert held.submitted == 2
    held.release(1)
    assert outcomes([first]) == [2]
    held.release()
    assert outcomes([third]) == [6]


def test_all_places_are_free_again_when_everything_was_cancelled(held: FaultyExecutor) -> None:
    submitted = Submitted(held, double, limit=3)
    for future in [submitted(number) for number in range(3)]:
        future.cancel()
    futures = [submitted(number) for number in range(3)]
    assert held.submitted == 6
    held.release()
    assert outcomes(futures) == [0, 2, 4]


def test_submitted_does_not_recurse_down_its_line() -> None:
    class InPlaceLater(InPlace):
        """Keeps the first call, then calls at once."""

        kept: "Future[Any] | None" = None

        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
            if self.kept is None:
                self.kept = Future()
                return self.kept
            return super().submit(fn, *args, **kwargs)

    executor = InPlaceLater()
    submitted = Submitted(executor, double, limit=1)
    futures = [submitted(number) for number in range(3 * sys.getrecursionlimit())]
    assert executor.kept is not None
    executor.kept.set_result(0)
    assert outcomes(futures) == [2 * number for number in range(len(futures))]


def test_submitted_from_many_threads_keeps_its_limit_and_loses_nothing() -> None:
    most, now, lock = 0, 0, threading.Lock()

    def note(number: int) -> int:
        nonlocal most, now
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.0001)
        with lock:
            now -= 1
        return number

    with ThreadPoolExecutor(16) as executor:
        submitted = Submitted(executor, note, limit=5)

        def ask(seed: int) -> None:
            chance = random.Random(seed)
            for number in range(100):
                future = submitted(number)
                if chance.random() < 0.3:
                    future.cancel()
                if chance.random() < 0.3:
                    assert outcomes([future]) in ([number], ["cancelled"])
                futures.append((number, future))

        futures: list[tuple[int, Future[int]]] = []
        threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        for number, future in futures:
            assert outcomes([future]) in ([number], ["cancelled"])
        assert most <= 5
        # Every place is there again.
        gate = threading.Barrier(6, timeout=PATIENCE)

        def meet(_number: int) -> int:
            return gate.wait()

        together = Submitted(executor, meet, limit=5)
        last = [together(number) for number in range(5)]
        gate.wait()
        wait_for(last, PATIENCE)
        assert [submitted(number).result(PATIENCE) for number in range(10)] == list(range(10))


def test_executor_whose_submit_fails_fails_that_message_alone() -> None:
    with FaultyExecutor(submits=[None, lambda: 1 / 0, None]) as executor:
        submitted = Submitted(executor, double)
        assert outcomes([submitted(1), submitted(2), submitted(3)]) == [2, ZeroDivisionError, 6]


def test_failure_of_a_submit_fails_that_message_of_the_line_alone(held: FaultyExecutor) -> None:
    with FaultyExecutor(submits=[None, lambda: 1 / 0, None], held=True) as executor:
        submitted = Submitted(executor, double, limit=1)
        futures = [submitted(number) for number in range(3)]
        executor.release()
        assert outcomes(futures) == [0, ZeroDivisionError, 4]


def test_interrupt_within_submit_is_raised_and_takes_no_place() -> None:
    def interrupt() -> NoReturn:
        raise KeyboardInterrupt

    with FaultyExecutor(submits=[interrupt]) as executor:
        submitted = Submitted(executor, double, limit=1)
        with pytest.raises(KeyboardInterrupt):
            submitted(1)
        assert submitted(2).result(PATIENCE) == 4


# The function that makes an executor


class Maker:
    """Makes executors and keeps them."""

    def __init__(self, *, held: bool = False) -> None:
        self.made: list[FaultyExecutor] = []
        self.held = held

    def __call__(self) -> FaultyExecutor:
        self.made.append(FaultyExecutor(held=self.held))
        return self.made[-1]


def test_executor_is_made_when_it_is_first_needed() -> None:
    make = Maker()
    with Submitted(make, double) as submitted:
        assert len(make.made) == 1
        assert [submitted(number).result(PATIENCE) for number in range(3)] == [0, 2, 4]
    assert len(make.made) == 1
    later = Submitted(make, double)
    assert len(make.made) == 1
    assert later(4).result(PATIENCE) == 8
    later.shutdown()
    assert len(make.made) == 2


def test_executor_is_made_once_for_all_threads() -> None:
    made: list[Executor] = []

    def make() -> Executor:
        time.sleep(0.02)
        made.append(ThreadPoolExecutor(1))
        return made[-1]

    with ThreadPoolExecutor(8) as pool:
        submitted = Submitted(make, double)

        def ask(number: int) -> int:
            return submitted(number).result(PATIENCE)

        answers = [pool.submit(ask, number) for number in range(8)]
        assert outcomes(answers) == [2 * number for number in range(8)]
    assert len(made) == 1
    submitted.shutdown()


def test_failure_to_make_an_executor_is_the_messages_and_is_tried_again() -> None:
    faults: list[Exception] = [OSError("no cluster")]

    def make() -> Executor:
        if faults:
            raise faults.pop()
        return InPlace()

    submitted = Submitted(make, double)
    assert outcomes([submitted(1), submitted(2)]) == [OSError, 4]


def test_function_that_makes_no_executor_is_told_so() -> None:
    make: Any = lambda: 8  # noqa: E731
    submitted = Submitted(make, double)
    with pytest.raises(CompositionError, match="returned 8, which is no Executor"):
        submitted(1).result(PATIENCE)
    with pytest.raises(CompositionError), submitted:
        pass


def test_function_that_needs_what_it_makes_is_told_so() -> None:
    def make() -> Executor:
        submitted(1).result(PATIENCE)
        return InPlace()

    submitted = Submitted(make, double)
    with pytest.raises(LifecycleError, match="has yet to make"):
        submitted(2).result(PATIENCE)


# Executors that break


def test_broken_executor_fails_what_it_has_and_the_line_is_served_by_the_next(
    caplog: pytest.LogCaptureFixture,
) -> None:
    make = Maker(held=True)
    with Submitted(make, double, limit=2) as submitted:
        futures = [submitted(number) for number in range(6)]
        make.held = False
        make.made[0].break_down("killed")
        assert outcomes(futures) == [BrokenExecutor, BrokenExecutor, 4, 6, 8, 10]
        assert len(make.made) == 2
    assert [(record.levelno, "was replaced by a new one" in record.message) for record in caplog.records] == [
        (logging.WARNING, True)
    ]


def test_executor_that_broke_while_idle_costs_no_message() -> None:
    make = Maker()
    with Submitted(make, double) as submitted:
        make.made[0].break_down()
        assert submitted(3).result(PATIENCE) == 6
        assert len(make.made) == 2


def test_given_executor_that_breaks_fails_all_messages_from_then_on(held: FaultyExecutor) -> None:
    submitted = Submitted(held, double, limit=1)
    futures = [submitted(number) for number in range(4)]
    held.break_down()
    futures.append(submitted(5))
    assert outcomes(futures) == [BrokenExecutor] * 5


def test_function_that_raises_broken_executor_itself_costs_no_executor() -> None:
    def breaks(number: int) -> int:
        if number == 1:
            raise BrokenExecutor("of a pool of its own")
        return number

    make = Maker()
    with Submitted(make, breaks, limit=1) as submitted:
        assert outcomes([submitted(number) for number in range(4)]) == [0, BrokenExecutor, 2, 3]
        assert len(make.made) == 1


@pytest.mark.parametrize("given", [True, False])
def test_pool_that_tells_of_its_break_under_the_lock_of_its_submit_blocks_nobody(given: bool) -> None:
    class Locked(FaultyExecutor):
        """As ProcessPoolExecutor of Python 3.12 does it."""

        def __init__(self) -> None:
            super().__init__(held=True)
            self.lock = threading.Lock()

        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
            with self.lock:
                return super().submit(fn, *args, **kwargs)

        def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
            with self.lock:
                super().shutdown(wait, cancel_futures=cancel_futures)

        def break_down(self, reason: str = "killed") -> None:
            with self.lock:
                super().break_down(reason)

    with Locked() as first, InPlace() as second:
        executors = iter([first, second])
        with Submitted(first if given else lambda: next(executors), double, limit=1) as submitted:
            futures = [submitted(number) for number in range(3)]
            breaking = threading.Thread(target=first.break_down)
            breaking.start()
            breaking.join(PATIENCE)
            assert not breaking.is_alive()
            assert outcomes(futures) == [BrokenExecutor, *([BrokenExecutor] * 2 if given else [2, 4])]


# Processes


def run(source: str) -> str:
    """Run a program; returns what it has printed."""
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source)],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


class Unpicklable:
    def __reduce__(self) -> NoReturn:
        raise TypeError("it does not leave this process")


class CannotComeBackError(Exception):
    """Pickles, but its constructor wants more than the pickle has."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


def act(message: object) -> object:
    match message:
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "unpicklable":
            return Unpicklable()
        case "cannot come back":
            raise CannotComeBackError("a", "b")
        case _:
            pass
    return message


def spawned() -> ProcessPoolExecutor:
    # Not forked: this process has threads, and a pool is made anew by one of them.
    return ProcessPoolExecutor(1, mp_context=get_context("forkserver"))


@pytest.mark.slow
def test_each_failure_of_a_process_is_one_messages_and_the_pool_goes_on_or_is_made_anew() -> None:
    source = """
        from tests.test_submitted import *
        with Submitted(spawned, act) as submitted:
            for message in [1, Unpicklable(), 2, "unpicklable", 3, "die", 4, "cannot come back", 5]:
                print(outcomes([submitted(message)]), flush=True)
    """
    assert run(source).splitlines() == [
        "[1]",
        "[<class 'TypeError'>]",
        "[2]",
        "[<class 'TypeError'>]",
        "[3]",
        "[<class 'concurrent.futures.process.BrokenProcessPool'>]",
        "[4]",
        "[<class 'concurrent.futures.process.BrokenProcessPool'>]",
        "[5]",
    ]


# Its end


def test_shutdown_finishes_what_the_executor_has_and_cancels_the_line(held: FaultyExecutor) -> None:
    submitted = Submitted(held, double, limit=1)
    futures = [submitted(number) for number in range(3)]
    ending = threading.Thread(target=submitted.shutdown)
    ending.start()
    assert outcomes(futures[1:]) == ["cancelled"] * 2
    assert ending.is_alive()
    held.release()
    ending.join(PATIENCE)
    assert outcomes(futures) == [0, "cancelled", "cancelled"]
    with pytest.raises(LifecycleError, match="was shut down"):
        submitted(4).result(PATIENCE)
    # The executor is the caller's.
    assert held.submit(double, 4).result(PATIENCE) == 8


def test_shutdown_cancels_what_the_executor_has_if_it_is_asked_to(held: FaultyExecutor) -> None:
    submitted = Submitted(held, double, limit=2)
    futures = [submitted(number) for number in range(3)]
    submitted.shutdown(cancel_futures=True)
    submitted.shutdown()
    assert outcomes(futures) == ["cancelled"] * 3


def test_shutdown_ends_an_executor_that_was_made(held: FaultyExecutor) -> None:
    make = Maker()
    with Submitted(make, double) as submitted:
        assert submitted(1).result(PATIENCE) == 2
    with pytest.raises(RuntimeError, match="after shutdown"):
        make.made[0].submit(double, 1)
    assert outcomes([submitted(1)]) == [LifecycleError]
    # A block begins anew.
    with submitted:
        assert submitted(1).result(PATIENCE) == 2
    assert len(make.made) == 2


def test_shutdown_without_wait_leaves_the_executor_to_its_work(held: FaultyExecutor) -> None:
    submitted = Submitted(held, double)
    future = submitted(1)
    submitted.shutdown(wait=False)
    held.release()
    assert outcomes([future]) == [2]


def test_executor_that_was_made_ends_with_the_program() -> None:
    source = """
        from concurrent.futures import Future
        from tests.test_strategies_on_executor import InPlace
        from typedserver import Submitted

        class Ended(InPlace):
            def shutdown(self, wait=True, *, cancel_futures=False):
                print("ended", wait, flush=True)

        submitted = Submitted(Ended, str)
        print(submitted(1).result())
    """
    assert run(source) == "1\nended True\n"


# Forks


def test_forked_process_makes_an_executor_of_its_own_and_refuses_the_parents() -> None:
    source = """
        import os, sys
        from concurrent.futures import ThreadPoolExecutor
        from typedserver import CompositionError, Submitted

        pool = ThreadPoolExecutor(1)
        given = Submitted(pool, lambda _: os.getpid())
        made = Submitted(lambda: ThreadPoolExecutor(1), lambda _: os.getpid())
        assert given(0).result() == made(0).result() == os.getpid()
        if (child := os.fork()) == 0:
            assert made(0).result(10) == os.getpid()
            try:
                given(0).result(10)
            except CompositionError as error:
                assert "belongs to the parent of this process: give a function" in str(error)
                sys.exit(7)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        assert given(0).result() == made(0).result() == os.getpid()
    """
    assert run(source) == "7\n"


SERVED = """
    import os, signal, socket, sys, threading
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context
    from typedserver import *
    from typedserver.testing import serving

    # The processes of its pool have the writing end alone, so its reading end tells when all of them are gone.
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)

    def pid(_: bytes) -> bytes:
        return b"%d %d" % (os.getppid(), os.getpid())

    made = Submitted(lambda: ProcessPoolExecutor(1, mp_context=get_context("fork")), pid)
    server = Server(UDP(port=0), datagram_handler(made), {strategy})
    with serving({whole}):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(20)
            client.sendto(b"x", server.server_address)
            parent, child = map(int, client.recv(100).split())
            assert os.getpid() not in (parent, child), (os.getpid(), parent, child)
    os.close(writing)
    # Its end comes when the last process that has the other end is gone.
    assert os.read(reading, 1) == b""
    print("all gone")
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("strategy", "whole"),
    [("Forks()", "server"), ("Threads()", "Prefork(server, 1)"), ("Multiplexed()", "Prefork(server, 1)")],
)
def test_pool_of_processes_ends_with_the_child_that_has_made_it(strategy: str, whole: str) -> None:
    assert run(SERVED.format(strategy=strategy, whole=whole)) == "all gone\n"
