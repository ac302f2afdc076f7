"""A loop for one coroutine that is driven in place, from when it first asks for a task or a limit of time.

The thread turns the loop until the coroutine and all that it has begun have ended. It is the same loop as where many
requests share one, so tasks and limits mean the same. It knows coroutines and our reactor, nothing of requests or
servers. In the thread that drives, unless said otherwise.
"""

import math
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Final

from typing_extensions import override

from typedserver.coroutines.foreign import explained
from typedserver.coroutines.loop import CoroutineLoop
from typedserver.coroutines.loop_task import CUT, LoopTask
from typedserver.reactor.calls import call_in_loop
from typedserver.reactor.selector_reactor import SelectorReactor

# Seconds between two looks for signals in the main thread. Signals wake the loop of the server, if they wake any: one
# that comes just before this one waits would be handled at its next event only.
_SIGNAL_LOOK: Final = 0.5


class InPlaceLoop:
    """The loop of one coroutine.

    fileno: returns the descriptor of the connection that the coroutine serves, -1 if that was given away; None if it
    serves none.
    served: the request that it serves, as it was accepted.
    meeting_limit: see ``WaitTables``.
    """

    __slots__ = ("_failure", "_fileno", "_loop", "_reactor", "_root")

    def __init__(
        self,
        coroutine: Coroutine[Any, Any, object],
        served: object,
        fileno: Callable[[], int] | None,
        meeting_limit: float | None,
    ) -> None:
        self._reactor = SelectorReactor()
        self._reactor.turn_here()
        self._loop = CoroutineLoop(self._reactor, self._fail)
        self._loop.meeting_limit = meeting_limit
        self._fileno = fileno
        self._failure: BaseException | None = None
        self._root = self._loop.root = _Root(self._loop, coroutine, served)

    def run(self) -> object:
        """Run the coroutine, which has asked what runs it, to its end; returns its result, None if a cut has ended it.

        Raises what the coroutine raises. If an exception interrupts the wait (KeyboardInterrupt), it is thrown into the
        coroutine.
        """
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(None, self._loop.generator_left)
        try:
            self._turn_until_over()
            return self._root.outcome()
        finally:
            sys.set_asyncgen_hooks(*hooks)
            self._close()

    def _close(self) -> None:
        try:
            self._root.abandon()
            while self._loop.end_generators():
                pass
            # Functions whose coroutine has ended run on in their threads, and nobody waits for them.
            self._loop.close(0)
        finally:
            self._reactor.close()
            # They know one another.
            self._loop.root = None
            self._loop.fail = _forget

    def _turn_until_over(self) -> None:
        root = self._root
        interruption: BaseException | None = None
        thrown: BaseException | None = None
        begun = False
        try:
            while True:
                try:
                    if interruption is not None:
                        thrown, interruption = interruption, None
                        root.interrupt(thrown)
                    elif not begun:
                        begun = True
                        root.answer()
                    self._turn()
                except BaseException as raised:
                    if root.over:
                        raise
                    # Thrown in outside of this clause: what is handled here would be what the coroutine handles.
                    interruption = raised
                else:
                    return
                finally:
                    thrown = None
        finally:
            # Its traceback names this frame: neither would be freed without the garbage collector.
            interruption = None

    def _turn(self) -> None:
        reactor = self._reactor
        longest = _SIGNAL_LOOK if threading.current_thread() is threading.main_thread() else math.inf
        timeout: float | None = 0.0
        while not (self._root.over and self._loop.is_idle):
            if self._failure is not None:
                failure, self._failure = self._failure, None
                raise failure
            if reactor.is_closed():
                # In a process that the coroutine has forked: the loop is the parent's.
                return
            if longest < math.inf:
                timeout = longest if timeout is None else min(timeout, longest)
            timeout = reactor.turn(timeout)

    def _fail(self, error: BaseException) -> None:
        self._failure = error

    # From any thread or signal handler

    def cut(self) -> None:
        """End the coroutine if it waits for something other than its connection, whose end wakes it."""
        call_in_loop(self._reactor, self._cut)

    def abandon(self) -> None:
        """End the coroutine where it waits: its ``finally`` clauses run, and may wait for nothing."""
        call_in_loop(self._reactor, self._abandon)

    def _cut(self) -> None:
        if self._root.over:
            self._loop.end_generators()
        elif self._fileno is None or not self._root.waits_for(self._fileno()):
            self._root.cut()

    def _abandon(self) -> None:
        self._root.abandon()
        self._loop.end_generators()


class _Root(LoopTask):
    """The coroutine that the thread drives: it has the context of the thread itself."""

    __slots__ = ("_end", "_served")

    def __init__(self, loop: CoroutineLoop, coroutine: Coroutine[Any, Any, object], served: object) -> None:
        super().__init__(loop, _call, coroutine)
        self._served = served
        self._end: BaseException | None = None

    @override
    def served(self) -> object:
        return self._served

    @override
    def end(self, end: BaseException) -> None:
        self.settle()
        self._end = explained(end)

    def outcome(self) -> object:
        """Return what the coroutine returned, None if it was cut; raises what it raised."""
        end, self._end = self._end, None
        try:
            if isinstance(end, StopIteration):
                return end.value
            if end is None or isinstance(end, CUT):
                return None
            raise end
        finally:
            # Its traceback names this frame.
            del end


def _forget(_error: BaseException) -> None:
    """Do nothing: the loop is over."""


def _call(function: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401 - a step of any coroutine
    return function(*arguments)
