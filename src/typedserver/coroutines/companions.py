"""Coroutines that live in a loop beside what it serves, and end after that: asynchronous lifespans.

It knows a loop of coroutines, nothing of servers. Loop's thread only, unless said otherwise.
"""

import threading
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import Final

from typing_extensions import override

from typedserver.coroutines.awaited_by_asyncio import running_loop
from typedserver.coroutines.loop import CoroutineLoop
from typedserver.coroutines.loop_task import LoopTask
from typedserver.process.callers import is_called_by
from typedserver.protocols.reactors import Reactor, TellsWhetherItRuns
from typedserver.protocols.strategies import Companion
from typedserver.reactor.calls import call_in_loop
from typedserver.reactor.selector_reactor import SelectorReactor


class Companions:
    """The companions of what one loop serves.

    loop: runs them.
    """

    __slots__ = ("_loop", "_over", "_tasks")

    def __init__(self, loop: CoroutineLoop) -> None:
        self._loop = loop
        self._tasks: list[_CompanionTask] = []
        # Called when the last one has ended; None: nobody waits for that.
        self._over: Callable[[], object] | None = None

    def accompany(self, companion: Companion) -> Callable[[], object]:
        """Run a companion from the loop's next turn on; returns what cancels it, in the loop's thread."""
        task = _CompanionTask(self._loop, companion, self._end)
        self._tasks.append(task)
        # In the loop, where what the coroutine begins is the loop's.
        call_in_loop(self._loop.reactor, task.begin)
        return task.cut

    def close(self) -> None:
        """Ask all to end, and wait until they have: it runs the loop for that, if nobody else does.

        For whoever closes a server. In a callback of the loop it only asks.
        """
        reactor = self._loop.reactor
        if reactor.is_closed():
            for task in list(self._tasks):
                task.abandon()
        elif not self._tasks:
            return
        elif isinstance(reactor, TellsWhetherItRuns) and reactor.is_running():
            over = threading.Event()
            call_in_loop(reactor, partial(self._ask, over.set))
            if not _runs_here(reactor):
                over.wait()
        else:
            call_in_loop(reactor, partial(self._ask, reactor.stop))
            # Again, if a stop that was meant for an earlier run ends this one.
            while self._tasks:
                reactor.run_forever()

    def _ask(self, over: Callable[[], object]) -> None:
        self._over = over
        for task in reversed(self._tasks):
            task.companion.end()
        self._look_whether_over()

    def _end(self, task: "_CompanionTask") -> None:
        self._tasks.remove(task)
        self._look_whether_over()

    def _look_whether_over(self) -> None:
        if self._over is not None and not self._tasks:
            over, self._over = self._over, None
            over()


class _CompanionTask(LoopTask):
    """A companion, as a coroutine of the loop."""

    __slots__ = ("_ended", "companion")

    def __init__(self, loop: CoroutineLoop, companion: Companion, ended: "Callable[[_CompanionTask], object]") -> None:
        super().__init__(loop, loop.step_in(copy_context()), companion.run())
        self.companion: Companion = companion
        self._ended = ended

    def begin(self) -> None:
        """Take the first step, unless it was cancelled before."""
        if not self.over:
            self.resume(None)

    @override
    def end(self, end: BaseException) -> None:
        # It has told what it has ended by.
        del end
        self.settle()
        self._ended(self)


def _runs_here(reactor: Reactor) -> bool:
    """Whether the calling thread runs this loop."""
    if is_called_by(_RUNS, lambda running: running is reactor):
        return True
    return running_loop() is reactor


_RUNS: Final = (SelectorReactor.run_forever.__code__,)
