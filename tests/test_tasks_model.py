"""TaskGroup and timeout against asyncio's: whatever tree of tasks runs, the same ends at the same time.

Both run in a time of their own, which jumps to the next timer: so nothing waits, and nothing depends on the machine.
"""

import asyncio
import itertools
import selectors
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

import typedserver
from typedserver import SelectorReactor
from typedserver.coroutines import in_place, loop_scopes, loop_task, timeouts, waits
from typedserver.coroutines.drive import Driver
from typedserver.reactor import selector_reactor, timer_wheel

OURS: Any = SimpleNamespace(
    TaskGroup=typedserver.TaskGroup,
    timeout=typedserver.timeout,
    sleep=typedserver.sleep,
    cancelled=typedserver.Cancelled,
)
ASYNCIO: Any = SimpleNamespace(
    TaskGroup=asyncio.TaskGroup, timeout=asyncio.timeout, sleep=asyncio.sleep, cancelled=asyncio.CancelledError
)


class Jumping(selectors.SelectSelector):
    """A selector that does not wait: its time goes on by as much."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "nothing would ever end this wait"
            self.now += max(0.0, timeout)
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.jumping = Jumping()
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.now


def _go_on(_seconds: float) -> None:
    """Let no other thread have its turn: there is none."""


@contextmanager
def jumping_loops() -> Generator[Callable[[], float], None, None]:
    """Have each loop of ours jump while the block runs; yields what tells its time."""
    selector = Jumping()
    clock: Any = SimpleNamespace(monotonic=lambda: selector.now, sleep=_go_on)
    with pytest.MonkeyPatch.context() as patch:
        for module in (waits, loop_task, loop_scopes, timeouts, selector_reactor, timer_wheel):
            if hasattr(module, "time"):
                patch.setattr(module, "time", clock)
        patch.setattr(in_place, "SelectorReactor", lambda: SelectorReactor(selector))
        # In the main thread the loop would look for signals.
        patch.setattr(in_place, "_SIGNAL_LOOK", 1e9)
        yield lambda: selector.now


# The most waits of a tree: the longest is as long as all the others together.
MOST = 24

# A tree of what a task does, one after the other. Each wait takes as long as no sum of others does.
SLEEP = st.just(("sleep",))
RAISE = st.just(("raise",))
BODIES = st.recursive(
    st.lists(st.one_of(SLEEP, SLEEP, RAISE), max_size=3),
    lambda inner: st.lists(
        st.one_of(
            SLEEP,
            st.tuples(st.just("group"), st.lists(inner, max_size=3), inner, st.none() | st.integers(0, 2)),
            st.tuples(st.just("timeout"), inner),
        ),
        max_size=3,
    ),
    max_leaves=12,
)


class Run:
    """One run of a tree, and what happened in it."""

    def __init__(self, library: Any, time: Callable[[], float], order: Sequence[int]) -> None:
        self.library = library
        self.order = order
        self.time = time
        self.began = time()
        self.log: list[tuple[float, str, str]] = []
        # In the order of the tree, whatever runs first: so both runs give the same waits the same times.
        self.numbered: dict[str, int] = {}

    def note(self, label: str, what: str) -> None:
        self.log.append((round(self.time() - self.began, 6), label, what))

    def seconds(self, label: str) -> float:
        # Exact, and never so long that a loop waits in more than one step.
        return 2.0 ** (self.order[self.numbered[label]] - 10)

    def number(self, body: list[Any], label: str) -> None:
        for index, action in enumerate(body):
            own = f"{label}.{index}"
            self.numbered[own] = len(self.numbered)
            if action[0] == "group":
                for child, inner in enumerate(action[1]):
                    self.number(inner, f"{own}/{child}")
                self.number(action[2], f"{own}/block")
            elif action[0] == "timeout":
                self.number(action[1], f"{own}/block")

    async def do(self, body: list[Any], label: str) -> None:
        for index, action in enumerate(body):
            await self.act(action, f"{label}.{index}")

    async def act(self, action: Any, label: str) -> None:
        library = self.library
        match action:
            case ("sleep",):
                await library.sleep(self.seconds(label))
            case ("raise",):
                await library.sleep(self.seconds(label))
                self.note(label, "raises")
                raise ValueError(label)
            case ("timeout", inner):
                limit = library.timeout(self.seconds(label))
                try:
                    async with limit:
                        await self.do(inner, f"{label}/block")
                except TimeoutError:
                    self.note(label, "times out")
                self.note(label, f"expired: {limit.expired()}")
            case ("group", children, block, cancelled):
                made: list[Any] = []
                try:
                    async with library.TaskGroup() as tasks:
                        made += [
                            tasks.create_task(self.task(inner, f"{label}/{child}"))
                            for child, inner in enumerate(children)
                        ]
                        await self.do(block, f"{label}/block")
                        if cancelled is not None and cancelled < len(made):
                            await library.sleep(self.seconds(label))
                            made[cancelled].cancel()
                except ExceptionGroup as group:
                    self.note(label, f"fails: {sorted(map(str, leaves(group)))}")
                finally:
                    assert all(task.done() for task in made)
                    self.note(label, f"cancelled: {[task.cancelled() for task in made]}")
            case _:
                raise AssertionError(action)

    async def task(self, body: list[Any], label: str) -> str:
        try:
            await self.do(body, label)
        except self.library.cancelled:
            self.note(label, "is cancelled")
            raise
        else:
            self.note(label, "ends")
        return label


def leaves(error: Any) -> Iterator[Any]:
    parts: Any = getattr(error, "exceptions", None)
    if parts is None:
        yield error
    for each in parts or ():
        yield from leaves(each)


async def run_to_the_end(run: Run, body: list[Any]) -> list[tuple[float, str, str]]:
    run.number(body, "0")
    try:
        await run.do(body, "0")
    except ValueError as error:
        run.note("0", f"raised {error}")
    return sorted(run.log)


def by_asyncio(body: list[Any], order: Sequence[int]) -> list[tuple[float, str, str]]:
    loop = JumpingLoop()
    try:
        return loop.run_until_complete(run_to_the_end(Run(ASYNCIO, loop.time, order), body))
    except asyncio.CancelledError:
        # Nobody cancels the root. Before 3.13 a group may lose that it has cancelled its own parent, so that this goes
        # on to the root: then there is nothing to compare with.
        assert sys.version_info < (3, 13)
        reject()
    finally:
        loop.close()


def by_us(body: list[Any], order: Sequence[int]) -> list[tuple[float, str, str]]:
    async def main() -> Any:
        # From here on it runs in a loop of its own.
        async with typedserver.TaskGroup():
            return await run_to_the_end(Run(OURS, time, order), body)

    with jumping_loops() as time:
        log: Any = Driver().run(main())
    return list(log)


@settings(max_examples=150, deadline=None)
@given(BODIES, st.permutations(range(MOST)))
def test_tree_of_tasks_ends_as_under_asyncio(body: list[Any], order: list[int]) -> None:
    counting = Run(OURS, lambda: 0.0, order)
    counting.number(body, "0")
    assume(len(counting.numbered) <= MOST)
    assert by_us(body, order) == by_asyncio(body, order)


def test_trees_are_told_apart() -> None:
    bodies: list[list[Any]] = [
        [("group", [[("raise",)], [("sleep",)] * 3], [("sleep",)], None)],
        [("timeout", [("group", [[("sleep",)], [("sleep",)]], [], 1)])],
        [("sleep",)],
    ]
    assert len({str(by_us(body, range(MOST))) for body in bodies}) == len(list(itertools.chain(bodies)))
