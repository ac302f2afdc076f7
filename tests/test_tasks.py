"""TaskGroup: tasks of a handler begin, meet, fail, are cancelled and end with it, under every strategy."""

import asyncio
import contextlib
import contextvars
import gc
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
import weakref
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from tests.everywhere import STRATEGIES, everywhere, outcome, serving, where_tasks_are_ours
from tests.reactors import REACTORS
from tests.reliability.many_tasks import growth
from tests.running import PATIENCE, connect, running
from typedserver import (
    TCP,
    Cancelled,
    CannotMeet,
    Deadlines,
    Event,
    Finished,
    LifecycleError,
    Multiplexed,
    Prefork,
    Queue,
    Server,
    ServerConfig,
    Stream,
    Task,
    TaskGroup,
    drive,
    run_blocking,
    sleep,
    stream_handler,
    timeout,
)

FOR_EVER = 86_400.0

# What a cancellation is, under all strategies.
CANCELLATIONS = (Cancelled, asyncio.CancelledError)


async def twice(number: int, seconds: float = 0.0) -> int:
    await sleep(seconds)
    return number * 2


async def fail(error: BaseException, seconds: float = 0.0) -> None:
    await sleep(seconds)
    raise error


# Ends


@everywhere
def test_group_waits_for_all_tasks_and_keeps_their_results(name: str) -> None:
    async def program(_stream: Stream) -> object:
        async with TaskGroup() as tasks:
            made = [tasks.create_task(twice(number, 0.02 - number / 1000)) for number in range(10)]
        return [(task.result(), task.done(), task.cancelled(), task.exception()) for task in made]

    assert outcome(name, program) == [(number * 2, True, False, None) for number in range(10)]


@everywhere
def test_tasks_run_beside_one_another_and_beside_the_block(name: str) -> None:
    async def program(_stream: Stream) -> object:
        began = time.monotonic()
        async with TaskGroup() as tasks:
            for _ in range(20):
                tasks.create_task(sleep(0.1))
            await sleep(0.1)
        return time.monotonic() - began < 1

    assert outcome(name, program) is True


@everywhere
def test_task_begins_after_who_has_made_it_waits(name: str) -> None:
    async def program(_stream: Stream) -> object:
        seen: list[str] = []

        async def note() -> None:
            seen.append("task")

        async with TaskGroup() as tasks:
            tasks.create_task(note())
            seen.append("block")
        return seen

    assert outcome(name, program) == ["block", "task"]


@everywhere
def test_task_reads_the_connection_while_another_writes_it(name: str) -> None:
    async def program(stream: Stream) -> object:
        lines: list[bytes] = []
        come = Event()

        async def read() -> None:
            lines.append(await stream.readline())
            come.set()

        async with TaskGroup() as tasks:
            tasks.create_task(read())
            await sleep(0.01)
            with contextlib.suppress(TimeoutError):
                async with timeout(FOR_EVER):
                    await come.wait()
        return lines

    assert outcome(name, program, b"a line\n") == [b"a line\n"]


@everywhere
def test_functions_that_block_run_beside_one_another_in_tasks(name: str) -> None:
    async def program(_stream: Stream) -> object:
        both = threading.Barrier(2)
        async with TaskGroup() as tasks:
            made = [tasks.create_task(run_blocking(both.wait, PATIENCE)) for _ in range(2)]
        return sorted(task.result() for task in made)

    assert outcome(name, program) == [0, 1]


@everywhere
def test_task_is_awaited_for_its_result(name: str) -> None:
    async def program(_stream: Stream) -> object:
        async with TaskGroup() as tasks:
            first = tasks.create_task(twice(1, 0.01))

            async def add() -> int:
                return await first + await first

            second = tasks.create_task(add())
            return await first, await second, await second

    assert outcome(name, program) == (2, 4, 4)


@everywhere
def test_task_makes_tasks_of_its_group_while_the_block_waits(name: str) -> None:
    async def program(_stream: Stream) -> object:
        seen: list[int] = []

        async def count(number: int) -> None:
            await sleep(0)
            seen.append(number)
            if number < 5:
                tasks.create_task(count(number + 1))

        async with TaskGroup() as tasks:
            tasks.create_task(count(0))
        return seen

    assert outcome(name, program) == [0, 1, 2, 3, 4, 5]


@everywhere
def test_groups_are_nested(name: str) -> None:
    async def tree(depth: int) -> int:
        if not depth:
            await sleep(0.001)
            return 1
        async with TaskGroup() as tasks:
            both = tasks.create_task(tree(depth - 1)), tasks.create_task(tree(depth - 1))
        return sum(task.result() for task in both)

    async def program(_stream: Stream) -> object:
        return await tree(6)

    assert outcome(name, program) == 64


@everywhere
def test_groups_follow_one_another(name: str) -> None:
    async def program(_stream: Stream) -> object:
        total = 0
        for number in range(2000):
            async with TaskGroup() as tasks:
                task = tasks.create_task(twice(number))
            total += task.result()
            async with TaskGroup(), timeout(FOR_EVER):
                pass
        return total

    assert outcome(name, program) == 2000 * 1999


# Failures


@everywhere
def test_failure_cancels_the_other_tasks_and_the_block(name: str) -> None:
    async def program(_stream: Stream) -> object:
        seen: list[str] = []

        async def wait(what: str) -> None:
            try:
                await sleep(FOR_EVER)
            except CANCELLATIONS:
                await sleep(0.01)
                seen.append(what)
                raise

        try:
            async with TaskGroup() as tasks:
                tasks.create_task(wait("task"))
                tasks.create_task(fail(ValueError("one"), 0.01))
                await wait("block")
        except* ValueError as group:
            seen.append(repr(group))
        return sorted(seen)

    unhandled = "ExceptionGroup('unhandled errors in a TaskGroup', [ValueError('one')])"
    assert outcome(name, program) == [unhandled, "block", "task"]


@everywhere
def test_all_failures_come_out_together(name: str) -> None:
    async def program(_stream: Stream) -> object:
        async def fail_when_cancelled() -> None:
            try:
                await sleep(FOR_EVER)
            finally:
                raise KeyError("two")

        try:
            async with TaskGroup() as tasks:
                tasks.create_task(fail_when_cancelled())
                tasks.create_task(fail(ValueError("one"), 0.01))
        except ExceptionGroup as group:
            return sorted(map(repr, group.exceptions))
        return None

    assert outcome(name, program) == ["KeyError('two')", "ValueError('one')"]


@everywhere
def test_block_that_fails_cancels_its_tasks(name: str) -> None:
    async def program(_stream: Stream) -> object:
        made: list[Task[None]] = []
        try:
            async with TaskGroup() as tasks:
                made.append(tasks.create_task(sleep(FOR_EVER)))
                await sleep(0)
                raise LookupError("block")
        except ExceptionGroup as group:
            return made[0].cancelled(), list(map(repr, group.exceptions))

    assert outcome(name, program) == (True, ["LookupError('block')"])


@everywhere
def test_failure_of_an_inner_group_is_the_failure_of_its_task(name: str) -> None:
    async def inner() -> None:
        async with TaskGroup() as tasks:
            tasks.create_task(fail(ValueError("deep")))
            await sleep(FOR_EVER)

    async def program(_stream: Stream) -> object:
        try:
            async with TaskGroup() as tasks:
                tasks.create_task(inner())
                await sleep(FOR_EVER)
        except ExceptionGroup as group:
            return repr(group.exceptions)
        return None

    assert outcome(name, program) == "(ExceptionGroup('unhandled errors in a TaskGroup', [ValueError('deep')]),)"


@everywhere
def test_handler_goes_on_after_a_failure(name: str) -> None:
    async def program(_stream: Stream) -> object:
        for _ in range(3):
            with contextlib.suppress(ExceptionGroup):
                async with TaskGroup() as tasks:
                    tasks.create_task(fail(ValueError("again")))
                    await sleep(FOR_EVER)
        await sleep(0.02)
        async with TaskGroup() as tasks:
            task = tasks.create_task(twice(21))
        return task.result()

    assert outcome(name, program) == 42


@everywhere
def test_task_keeps_what_it_raised(name: str) -> None:
    async def program(_stream: Stream) -> object:
        made: list[Task[None]] = []
        with contextlib.suppress(ExceptionGroup):
            async with TaskGroup() as tasks:
                made.append(tasks.create_task(fail(ValueError("kept"))))
        task = made[0]
        try:
            task.result()
        except ValueError as error:
            return error is task.exception(), task.done(), task.cancelled()
        return None

    assert outcome(name, program) == (True, True, False)


@everywhere
def test_error_that_ends_the_program_is_in_no_group(name: str) -> None:
    if name in ("asyncio", "uvloop"):
        pytest.skip("asyncio raises it from its loop as well")

    async def program(_stream: Stream) -> object:
        try:
            async with TaskGroup() as tasks:
                tasks.create_task(fail(SystemExit(3), 0.01))
                await sleep(FOR_EVER)
        except SystemExit as error:
            return error.code
        return None

    assert outcome(name, program) == 3


# Cancellation


@everywhere
def test_cancelled_task_ends_alone(name: str) -> None:
    async def program(_stream: Stream) -> object:
        async with TaskGroup() as tasks:
            ended = tasks.create_task(sleep(FOR_EVER))
            other = tasks.create_task(twice(4, 0.03))
            await sleep(0.01)
            first = ended.cancel()
        try:
            ended.result()
        except CANCELLATIONS:
            return first, ended.cancel(), ended.cancelled(), other.result()
        return None

    assert outcome(name, program) == (True, False, True, 8)


@everywhere
def test_task_that_is_cancelled_before_it_begins_runs_nothing(name: str) -> None:
    async def program(_stream: Stream) -> object:
        seen: list[int] = []

        async def run() -> None:
            seen.append(1)

        async with TaskGroup() as tasks:
            task = tasks.create_task(run())
            task.cancel()
        return seen, task.cancelled()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert outcome(name, program) == ([], True)


@everywhere
def test_task_may_swallow_its_cancellation(name: str) -> None:
    async def stubborn() -> str:
        with contextlib.suppress(*CANCELLATIONS):
            await sleep(FOR_EVER)
        await sleep(0.01)
        return "swallowed"

    async def program(_stream: Stream) -> object:
        async with TaskGroup() as tasks:
            task = tasks.create_task(stubborn())
            await sleep(0.01)
            task.cancel()
        return task.result(), task.cancelled()

    assert outcome(name, program) == ("swallowed", False)


@everywhere
def test_who_awaits_a_cancelled_task_is_told_so(name: str) -> None:
    async def program(_stream: Stream) -> object:
        async with TaskGroup() as tasks:
            task = tasks.create_task(sleep(FOR_EVER))
            await sleep(0)
            task.cancel()
            try:
                await task
            except CANCELLATIONS:
                return task.cancelled()
        return None

    assert outcome(name, program) is True


@everywhere
def test_who_is_cancelled_while_it_awaits_a_task_cancels_it(name: str) -> None:
    async def program(_stream: Stream) -> object:
        async with TaskGroup() as tasks:
            task = tasks.create_task(sleep(FOR_EVER))
            expired = False
            try:
                async with timeout(0.02):
                    await task
            except TimeoutError:
                expired = True
            return expired, task.cancelled()

    assert outcome(name, program) == (True, True)


@everywhere
def test_wait_of_a_cancelled_task_leaves_nothing(name: str) -> None:
    async def program(_stream: Stream) -> object:
        queue = Queue[int](10)
        async with TaskGroup() as tasks:
            waiting = [tasks.create_task(queue.get()) for _ in range(3)]
            await sleep(0.01)
            waiting[0].cancel()
            waiting[1].cancel()
            await sleep(0.01)
            queue.put_nowait(7)
        return waiting[2].result(), queue.qsize()

    assert outcome(name, program) == (7, 0)


# Refusals


@everywhere
def test_group_that_is_over_refuses_tasks(name: str) -> None:
    async def program(_stream: Stream) -> object:
        async with TaskGroup() as tasks:
            pass
        try:
            tasks.create_task(twice(1))
        except RuntimeError:
            return "refused"
        return None

    # The coroutine is closed: that it was never awaited would be an error.
    assert outcome(name, program) == "refused"


@everywhere
def test_group_without_a_block_refuses_tasks(name: str) -> None:
    async def program(_stream: Stream) -> object:
        try:
            TaskGroup().create_task(twice(1))
        except RuntimeError as error:
            return "async with" in str(error)
        return None

    assert outcome(name, program) is True


@everywhere
def test_group_refuses_tasks_of_another_thread(name: str) -> None:
    async def program(_stream: Stream) -> object:
        def make() -> str:
            try:
                tasks.create_task(twice(1))
            except RuntimeError as error:
                return str(error)
            return ""

        async with TaskGroup() as tasks:
            made: list[str] = []
            thread = threading.Thread(target=lambda: made.append(make()))
            thread.start()
            thread.join()
        return "another thread" in made[0]

    assert outcome(name, program) is True


@everywhere
def test_group_serves_one_block(name: str) -> None:
    async def program(_stream: Stream) -> object:
        tasks = TaskGroup()
        async with tasks:
            pass
        try:
            async with tasks:
                return "entered"
        except RuntimeError:
            return "refused"

    assert outcome(name, program) == "refused"


@everywhere
def test_group_refuses_what_is_no_coroutine(name: str) -> None:
    async def program(_stream: Stream) -> object:
        given: Any = twice
        async with TaskGroup() as tasks:
            try:
                tasks.create_task(given)
            except TypeError as error:
                return "call the" in str(error)
        return None

    assert outcome(name, program) is True


@where_tasks_are_ours
def test_task_that_runs_has_no_result_yet(name: str) -> None:
    async def program(_stream: Stream) -> object:
        async with TaskGroup() as tasks:
            task = tasks.create_task(twice(1), name="doubling")
            try:
                task.result()
            except RuntimeError as error:
                return task.done(), task.get_name(), "doubling" in str(error)
        return None

    assert outcome(name, program) == (False, "doubling", True)


@where_tasks_are_ours
def test_task_that_awaits_itself_is_told(name: str) -> None:
    async def program(_stream: Stream) -> object:
        own: list[Any] = []

        async def wait() -> str:
            try:
                await own[0]
            except RuntimeError as error:
                return str(error)
            return ""

        async with TaskGroup() as tasks:
            own.append(tasks.create_task(wait()))
        return "itself" in own[0].result()

    assert outcome(name, program) is True


# Context


@everywhere
def test_each_task_has_a_copy_of_the_context_of_who_made_it(name: str) -> None:
    variable = contextvars.ContextVar("variable", default=0)

    async def change(number: int) -> int:
        found = variable.get()
        variable.set(number)
        await sleep(0.001)
        assert variable.get() == number
        return found

    async def program(_stream: Stream) -> object:
        variable.set(100)
        async with TaskGroup() as tasks:
            first = tasks.create_task(change(1))
            variable.set(200)
            second = tasks.create_task(change(2))
        return first.result(), second.result(), variable.get()

    assert outcome(name, program) == (100, 200, 200)


# The end of the request


def _cut(name: str, handler: Any, *, total: float | None = 0.1, drain: float | None = None) -> None:
    """Serve a client until its request is cut: by its deadline, or by that of a drain."""
    over = threading.Event()

    def observe(event: object) -> None:
        if isinstance(event, Finished):
            over.set()

    config = ServerConfig(deadlines=Deadlines(total=total), observer=observe)
    server = Server(TCP(port=0), stream_handler(handler), STRATEGIES[name](), config=config)
    with running(server), connect(server.server_address) as client:
        if drain is not None:
            assert client.recv(5) == b"begun"
            server.drain(drain)
        assert over.wait(PATIENCE)


IN_PROCESS = [name for name in STRATEGIES if name not in ("forks", "executor")]


@pytest.mark.parametrize("name", IN_PROCESS)
@pytest.mark.parametrize("how", ["deadline", "drain"])
def test_cut_reaches_all_tasks_and_their_clauses_may_wait(name: str, how: str) -> None:
    ended: list[str] = []

    async def wait(what: str) -> None:
        try:
            await sleep(FOR_EVER)
        finally:
            await sleep(0.01)
            ended.append(what)

    async def nested() -> None:
        async with TaskGroup() as tasks:
            tasks.create_task(wait("inner"))

    async def serve(stream: Stream) -> None:
        try:
            async with TaskGroup() as tasks:
                tasks.create_task(wait("task"))
                tasks.create_task(nested())
                await sleep(0)
                await stream.write(b"begun")
                await wait("block")
        finally:
            ended.append("handler")

    if how == "deadline":
        _cut(name, serve)
    else:
        _cut(name, serve, total=None, drain=0.1)
    assert sorted(ended[:3]) == ["block", "inner", "task"]
    assert ended[3:] == ["handler"]


@pytest.mark.parametrize("name", IN_PROCESS)
def test_client_that_breaks_off_in_a_task_is_logged_with_a_reason(name: str, caplog: pytest.LogCaptureFixture) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        async with TaskGroup() as tasks:
            tasks.create_task(stream.readexactly(5))

    with serving(name, serve) as server, connect(server.server_address) as client:
        client.sendall(b"abc")
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""
    logged = [record.getMessage() for record in caplog.records if "given up" in record.getMessage()]
    assert logged
    assert logged[0].endswith("was given up: the stream ended after 3 bytes, while 5 bytes were awaited")


@pytest.mark.parametrize("name", IN_PROCESS)
def test_tasks_that_do_not_end_are_abandoned_with_their_request(
    name: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    ended: list[str] = []

    async def stubborn(what: str) -> None:
        try:
            while True:
                with contextlib.suppress(*CANCELLATIONS):
                    await sleep(FOR_EVER)
        finally:
            ended.append(what)

    async def serve(stream: Stream) -> None:
        try:
            async with TaskGroup() as tasks:
                tasks.create_task(stubborn("task"))
                await sleep(0)
                await stream.write(b"begun")
                await sleep(FOR_EVER)
        finally:
            ended.append("handler")

    _cut(name, serve)
    assert ended == ["task", "handler"]
    gc.collect()
    assert "GeneratorExit" not in caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize("name", IN_PROCESS)
def test_generator_that_a_task_leaves_open_ends_with_it(name: str, caplog: pytest.LogCaptureFixture) -> None:
    ended = threading.Event()

    async def numbers() -> AsyncGenerator[int, None]:
        try:
            while True:
                yield 1
        finally:
            await sleep(0.01)
            ended.set()

    async def take() -> int:
        async for number in numbers():
            return number
        return 0

    async def program(_stream: Stream) -> object:
        async with TaskGroup() as tasks:
            task = tasks.create_task(take())
        return task.result(), await run_blocking(ended.wait, PATIENCE)

    assert outcome(name, program) == (1, True)
    assert not caplog.records


@pytest.mark.parametrize("name", IN_PROCESS)
def test_generator_of_a_cut_task_waits_in_its_end(name: str, caplog: pytest.LogCaptureFixture) -> None:
    ended = threading.Event()

    async def numbers() -> AsyncGenerator[int, None]:
        try:
            yield 1
            await sleep(FOR_EVER)
        finally:
            await sleep(0.01)
            ended.set()

    async def take() -> None:
        async for _ in numbers():
            await sleep(0)

    async def serve(_stream: Stream) -> None:
        async with TaskGroup() as tasks:
            tasks.create_task(take())

    _cut(name, serve)
    assert ended.wait(PATIENCE)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("reactor", REACTORS)
def test_server_that_closes_ends_tasks_where_they_wait(reactor: str) -> None:
    ended: list[str] = []

    @stream_handler
    async def serve(stream: Stream) -> None:
        async def wait() -> None:
            try:
                await sleep(FOR_EVER)
            finally:
                ended.append("task")

        async with TaskGroup() as tasks:
            tasks.create_task(wait())
            await sleep(0)
            await stream.write(b"begun")

    config = ServerConfig(reactor_factory=REACTORS[reactor])
    server = Server(TCP(port=0), serve, Multiplexed(), config=config)
    with running(server) as run, connect(server.server_address) as client:
        assert client.recv(5) == b"begun"
        server.shutdown()
        run.join()
        server.server_close()
        assert ended == ["task"]


@pytest.mark.parametrize("name", ["threads", "multiplexed"])
def test_tasks_that_are_over_leave_nothing_behind(name: str) -> None:
    class Local:
        pass

    alive: list[weakref.ref[Local]] = []

    async def work(seconds: float) -> None:
        local = Local()
        alive.append(weakref.ref(local))
        await sleep(seconds)

    async def program(_stream: Stream) -> object:
        async with TaskGroup() as tasks:
            for _ in range(5):
                tasks.create_task(work(0))
                tasks.create_task(work(FOR_EVER)).cancel()
            ending = [tasks.create_task(work(FOR_EVER)) for _ in range(5)]
            await sleep(0.01)
            for _ in range(5):
                with contextlib.suppress(TimeoutError):
                    async with timeout(0.001):
                        await work(FOR_EVER)
            while ending:
                ending.pop().cancel()
            await sleep(0.01)
            return sum(reference() is not None for reference in alive), len(alive)

    gc.collect()
    gc.disable()
    try:
        left = outcome(name, program)
    finally:
        gc.enable()
    assert left == (0, 15)


# Where handlers run in place


@pytest.mark.parametrize("name", ["inline", "forks"])
def test_wait_for_a_handler_that_cannot_run_ends_by_the_read_deadline(name: str) -> None:
    async def alone(_stream: Stream) -> object:
        try:
            await Event().wait()
        except CannotMeet as error:
            return "Threads()" in str(error)
        return None

    async def with_tasks(_stream: Stream) -> object:
        made: list[Task[object]] = []
        with contextlib.suppress(ExceptionGroup):
            async with TaskGroup() as tasks:
                made.append(tasks.create_task(Event().wait()))
                made.append(tasks.create_task(Queue[int](1).get()))
        return [isinstance(task.exception(), CannotMeet) for task in made if not task.cancelled()]

    config = ServerConfig(deadlines=Deadlines(read=0.1))
    assert outcome(name, alone, config=config) is True
    assert True in outcome(name, with_tasks, config=config)


@pytest.mark.parametrize("name", ["inline", "forks"])
def test_tasks_of_one_handler_meet_where_no_other_can_run(name: str) -> None:
    async def program(_stream: Stream) -> object:
        queue = Queue[int](1)
        got: list[int] = []

        async def take() -> None:
            got.extend([number async for number in queue])

        async with TaskGroup() as tasks:
            tasks.create_task(take())
            for number in range(3):
                # Longer than the deadline, which is for those that nobody can wake.
                await sleep(0.1)
                await queue.put(number)
            queue.close()
        return got

    assert outcome(name, program, config=ServerConfig(deadlines=Deadlines(read=0.05))) == [0, 1, 2]


@pytest.mark.parametrize("name", ["inline", "forks"])
def test_thread_outside_wakes_a_handler_that_no_other_could(name: str) -> None:
    async def program(_stream: Stream) -> object:
        event = Event()
        timer = threading.Timer(0.02, event.set)
        timer.start()
        await event.wait()
        timer.join()
        return True

    assert outcome(name, program) is True


def test_coroutine_without_a_server_has_tasks() -> None:
    async def main() -> int:
        async with TaskGroup() as tasks, timeout(PATIENCE):
            made = [tasks.create_task(twice(number, 0.001)) for number in range(3)]
            await sleep(0.01)
        return sum([await task for task in made])

    before = len(os.listdir("/proc/self/fd"))
    assert drive(main()) == 6
    assert len(os.listdir("/proc/self/fd")) == before


def test_loop_in_place_does_not_spin() -> None:
    async def main() -> float:
        async with TaskGroup() as tasks:
            for _ in range(10):
                tasks.create_task(sleep(0.3))
            began = time.thread_time()
            await sleep(0.3)
        return time.thread_time() - began

    used = drive(main())
    assert isinstance(used, float)
    assert used < 0.1


IN_MAIN_THREAD = """
import os, signal, sys
from typedserver import *

@stream_handler
async def serve(stream):
    ended = []
    async def wait(what):
        try:
            await sleep(86400)
        finally:
            await sleep(0.01)
            ended.append(what)
    try:
        async with TaskGroup() as tasks:
            tasks.create_task(wait("task"))
            await sleep(0)
            await stream.write(b"begun")
            {wait}
    finally:
        print(ended, flush=True)

server = Server(TCP(port=0), serve, {strategy}())
server.open()
print(server.server_address[1], flush=True)
{run}
"""


def _program(tmp_path: Path, **parts: str) -> subprocess.Popen[str]:
    file = tmp_path / "program.py"
    file.write_text(IN_MAIN_THREAD.format(**parts))
    return subprocess.Popen([sys.executable, str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("strategy", ["Inline", "Multiplexed"])
@pytest.mark.parametrize("wait", ["pass", "await sleep(86400)"])
def test_ctrl_c_ends_tasks_in_the_main_thread(tmp_path: Path, strategy: str, wait: str) -> None:
    run = "signal.signal(signal.SIGINT, signal.default_int_handler)\nserver.serve_forever()"
    with _program(tmp_path, strategy=strategy, wait=wait, run=run) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        with connect(("127.0.0.1", int(program.stdout.readline()))) as client:
            assert client.recv(5) == b"begun"
            program.send_signal(signal.SIGINT)
            try:
                assert program.wait(PATIENCE) == -signal.SIGINT
            finally:
                program.kill()
            said = program.stdout.read()
            # If it comes while the loop waits, that turns no more, and a clause that waits is ended there.
            assert said in (["['task']\n"] if strategy == "Inline" else ["['task']\n", "[]\n"])
            assert "KeyboardInterrupt" in program.stderr.read()


def test_order_to_drain_reaches_a_handler_that_waits_for_its_tasks_in_the_main_thread(tmp_path: Path) -> None:
    wait = "tasks.create_task(stream.readline()); await wait_draining(stream.server); raise ValueError('drained')"
    with _program(tmp_path, strategy="Inline", wait=wait, run="server.run()") as program:
        assert program.stdout is not None
        with connect(("127.0.0.1", int(program.stdout.readline()))) as client:
            assert client.recv(5) == b"begun"
            program.send_signal(signal.SIGTERM)
            try:
                program.wait(PATIENCE)
            finally:
                program.kill()
            assert program.stdout.read() == "['task']\n"


@pytest.mark.parametrize("name", ["threads", "inline"])
def test_process_that_a_handler_with_tasks_forks_ends_with_the_handler(name: str) -> None:
    async def program(_stream: Stream) -> object:
        async with TaskGroup() as tasks:
            task = tasks.create_task(twice(3, 0.05))
            await sleep(0)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                pid = os.fork()
            if not pid:
                await sleep(0)
                return "child"
            _, status = await run_blocking(os.waitpid, pid, 0)
            return await task, os.waitstatus_to_exitcode(status)

    assert outcome(name, program)[0] == 6


def test_worker_of_a_prefork_has_tasks() -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        async with TaskGroup() as tasks:
            task = tasks.create_task(twice(int(await stream.readline())))
        await stream.write(b"%d\n" % task.result())

    server = Server(TCP(port=0), serve, Multiplexed())
    with running(Prefork(server, 1)), connect(server.server_address) as client:
        client.sendall(b"21\n")
        assert client.recv(100) == b"42\n"


@pytest.mark.parametrize("name", ["threads", "multiplexed", "asyncio"])
def test_memory_is_flat_over_many_tasks(name: str) -> None:
    grown, _ = growth(name, 20_000)
    assert grown < 200


@everywhere
def test_second_task_that_reads_the_same_stream_is_refused_and_the_first_one_reads_on(name: str) -> None:
    async def program(stream: Stream) -> list[object]:
        async with TaskGroup() as tasks:
            reading = tasks.create_task(stream.readline())
            for _ in range(3):
                await sleep(0)
            with pytest.raises(LifecycleError, match="another coroutine waits to read this stream"):
                await stream.readline()
            await stream.write(b"ready\n")
            first = await reading
        return [first, await stream.readline()]

    @stream_handler
    async def handler(stream: Stream) -> None:
        await stream.write(repr(await program(stream)).encode())

    with serving(name, handler) as server, connect(server.server_address) as client:
        assert client.recv(100) == b"ready\n"
        client.sendall(b"a\nb\n")
        assert client.recv(100) == repr([b"a\n", b"b\n"]).encode()


@everywhere
def test_stream_is_read_again_after_a_read_that_was_ended(name: str) -> None:
    async def program(stream: Stream) -> bytes:
        async with TaskGroup() as tasks:
            reading = tasks.create_task(stream.readline())
            await sleep(0)
            reading.cancel()
        with contextlib.suppress(TimeoutError):
            async with timeout(0.001):
                await stream.read()
        await stream.write(b"ready\n")
        return await stream.readline()

    @stream_handler
    async def handler(stream: Stream) -> None:
        await stream.write(await program(stream))

    with serving(name, handler) as server, connect(server.server_address) as client:
        assert client.recv(100) == b"ready\n"
        client.sendall(b"a\n")
        assert client.recv(100) == b"a\n"


def test_process_that_a_coroutine_forks_before_its_first_wait_ends_quietly_in_that(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def program(_stream: Stream) -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pid = os.fork()
        # The loop is the parent's, so the child's wait has no end.
        await sleep(0)
        _, status = await run_blocking(os.waitpid, pid, 0)
        return os.waitstatus_to_exitcode(status)

    assert outcome("multiplexed", program) == 0
    assert "Traceback" not in capfd.readouterr().err
