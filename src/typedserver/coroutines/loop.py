"""The coroutines of one loop: their thread's context, and the async generators that they leave open.

It knows a reactor, nothing of requests. All of them run in one thread, so what Python keeps for a thread is set for
each step: the context (contextvars), and who ends async generators. Loop's thread only, unless said otherwise.
"""

import socket
import sys
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextvars import Context, copy_context
from functools import partial
from typing import Any

from typing_extensions import override

from typedserver.coroutines.blocking_calls import DEFAULT_THREADS
from typedserver.coroutines.ends import close_generator, run_out
from typedserver.coroutines.loop_scopes import LoopBlocks
from typedserver.coroutines.loop_task import CUT, STEPS, Blocks, LoopTask, Run, WaitTables
from typedserver.process.callers import is_called_by
from typedserver.protocols.reactors import EndsGenerators, Reactor
from typedserver.reactor.calls import call_in_loop
from typedserver.sockets.announced import Leaving, tell_ends


class CoroutineLoop(WaitTables):
    """Runs coroutines in a reactor.

    fail: ends the loop by an exception that nobody's coroutine may keep.
    threads: how many threads there may be for functions that block.
    beside: whether the reactor runs the coroutines of somebody else as well, whose async generators are not ours.
    """

    __slots__ = ("__weakref__", "_endings", "_ends_own", "_left", "fail")

    def __init__(
        self,
        reactor: Reactor,
        fail: Callable[[BaseException], object],
        threads: int = DEFAULT_THREADS,
        *,
        beside: bool = False,
    ) -> None:
        super().__init__(reactor, threads)
        self.fail: Callable[[BaseException], object] = fail
        tell_ends(self)
        # The async generators that were left open, with the context in which that was; from any thread.
        self._left: deque[tuple[AsyncGenerator[object, None], Context]] = deque()
        # The ends of such, while they wait.
        self._endings: set[LoopTask] = set()
        # The loop of another library ends generators by itself, but knows none of our waits.
        self._ends_own = False
        if isinstance(reactor, EndsGenerators) and not beside:
            self._ends_own = True
            reactor.end_generators_by(self.generator_left)

    @override
    def step_in(self, context: Context) -> Run:
        """Return what calls a function as a step of a coroutine that has this context."""
        run: Run = context.run
        return run if self._ends_own else partial(run, self._step)

    def _step(self, function: Run, *arguments: object) -> object:
        """Run a step of a coroutine in a loop whose thread has other generators than ours."""
        former = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(None, self.generator_left)
        try:
            return function(*arguments)
        finally:
            sys.set_asyncgen_hooks(*former)
            # As in ``throw``.
            del arguments

    def generator_left(self, generator: AsyncGenerator[object, None]) -> None:
        """End an async generator that a coroutine has left open, in the loop; from any thread."""
        if self.reactor.is_closed():
            # Nothing is left to wait by.
            run_out(close_generator(generator))
        else:
            self._left.append((generator, copy_context()))
            call_in_loop(self.reactor, self._end_left)

    def _end_left(self) -> None:
        while self._left:
            generator, context = self._left.popleft()
            ending = _Ending(self, self.step_in(context), close_generator(generator))
            self._endings.add(ending)
            ending.resume(None)

    def ending_over(self, ending: LoopTask) -> None:
        """Forget the end of an async generator: it is over."""
        self._endings.discard(ending)

    @override
    def blocks_of(self, task: LoopTask) -> Blocks:
        return LoopBlocks(task)

    def ends(self, connection: socket.socket, /) -> Leaving | None:
        """Leave the descriptor of a connection that a coroutine waits for, because it ends; from any thread."""
        fd = connection.fileno()
        if (fd not in self.readers and fd not in self.writers) or self.reactor.is_closed():
            return None
        if not is_called_by(STEPS, lambda task: task.loop.reactor is self.reactor):
            return self.leave_soon(fd)
        self.leave(fd)
        return None

    def leave_soon(self, fd: int) -> Leaving:
        """Return what leaves a descriptor in the loop, and calls back there; from any thread."""

        def leave_soon(after: Callable[[], object] | None) -> None:
            call_in_loop(self.reactor, partial(self._leave_and, fd, after))

        return leave_soon

    def _leave_and(self, fd: int, after: Callable[[], object] | None) -> None:
        self.leave(fd)
        if after is not None:
            after()

    def is_worker(self) -> bool:
        """Whether the calling thread runs a coroutine of this loop or its function; from any thread."""
        return self.blocking_calls.runs_here() or self.runs_here()

    def runs_here(self) -> bool:
        """Whether the calling thread runs a coroutine of this loop; from any thread."""
        return is_called_by(STEPS, lambda task: task.loop is self)

    @property
    def is_idle(self) -> bool:
        """Whether no async generator that was left open is ending."""
        return not (self._endings or self._left)

    def end_generators(self) -> bool:
        """End the async generators that were left open, and wait for nothing; returns whether there were any."""
        if not (self._endings or self._left):
            return False
        for ending in list(self._endings):
            ending.abandon()
        self._end_left()
        return True

    def close(self, timeout: float | None) -> int:
        """Wait for the functions that coroutines have given to threads, at most ``timeout`` seconds.

        No coroutine may be left. Returns how many functions are.
        """
        self.deadlines.close()
        return self.blocking_calls.close(timeout)


class _Ending(LoopTask):
    """The end of an async generator that was left open, as a coroutine of its own: nobody waits for it."""

    __slots__ = ("_owner",)

    def __init__(self, loop: CoroutineLoop, run: Run, coroutine: Coroutine[Any, Any, object]) -> None:
        super().__init__(loop, run, coroutine)
        self._owner = loop

    @override
    def end(self, end: BaseException) -> None:
        self.settle()
        self._owner.ending_over(self)
        if not isinstance(end, (Exception, *CUT)):
            self._owner.fail(end)
