"""Blocking calls: the functions that coroutines of one loop give to threads.

It knows a reactor, nothing of coroutines or requests.

The threads are daemons, and none is waited for beyond the limit that the close gets: a function that never returns
must not keep a program from its end, nor the thread that it has from those whose coroutines live. An executor of the
standard library does both.
"""

import contextlib
import queue
import threading
from collections.abc import Callable
from enum import Enum, auto
from typing import Final

from typedserver.process.forking import call_apart
from typedserver.protocols.reactors import Reactor
from typedserver.reactor.calls import call_in_loop
from typedserver.recipes import check_at_least

# Functions that block wait more than they compute, so their number has nothing to do with the number of processors. A
# thread that waits costs some tens of KiB, and each is made only when all others are busy.
DEFAULT_THREADS: Final = 64

# Seconds that a thread without a function waits for the next one.
_KEEP: Final = 10.0


def check_threads(recipe: str, threads: object) -> None:
    """Raise RecipeError unless a value is a number of threads."""
    check_at_least(recipe, "threads", threads, 1, "give how many functions of run_blocking may run at once")


class _State(Enum):
    WAITS = auto()
    RUNS = auto()
    OVER = auto()


class BlockingCall:
    """A function that was given to a thread, and what has become of it.

    state: written by ``BlockingCalls`` alone, under its lock. A call that was given up is over.
    """

    __slots__ = ("_calls", "_error", "_function", "_report", "_value", "state")

    def __init__(
        self, calls: "BlockingCalls", function: Callable[[], object], report: "Callable[[BlockingCall], object]"
    ) -> None:
        self._calls = calls
        self._function: Callable[[], object] | None = function
        self._report: Callable[[BlockingCall], object] | None = report
        self._value: object = None
        self._error: BaseException | None = None
        self.state: _State = _State.WAITS

    def cancel(self) -> None:
        """Give it up: it is not begun any more, and if it has begun, nobody hears of its end. Loop's thread only."""
        self._calls.give_up(self)
        self._report = self._function = None
        self.take()

    def run(self) -> None:
        """Call the function; in its thread."""
        function, self._function = self._function, None
        if function is None:
            return
        try:
            self._value = call_apart(function)
        except BaseException as error:  # noqa: BLE001 - it is raised where the function's end is awaited
            self._error = error

    def report(self) -> None:
        """Tell whoever waits for it that it has ended; in the loop."""
        report, self._report = self._report, None
        if report is not None:
            report(self)

    def take(self) -> tuple[object, BaseException | None]:
        """Return what the function has returned, and what it has raised, if it has; only once.

        A traceback names frames that know this call: as long as it kept the error, neither would be freed.
        """
        taken = self._value, self._error
        self._value = self._error = None
        return taken


class BlockingCalls:
    """Functions that run in threads, and are reported to a loop when they have ended.

    most: how many threads there may be.
    """

    __slots__ = ("_changed", "_closed", "_most", "_open", "_queue", "_reactor", "_running", "_started", "_threads")

    def __init__(self, reactor: Reactor, most: int = DEFAULT_THREADS) -> None:
        self._reactor = reactor
        self._most = most
        self._queue: queue.SimpleQueue[BlockingCall | None] = queue.SimpleQueue()
        # Held to read or change what follows.
        self._changed = threading.Condition(threading.Lock())
        # The calls that are not over, and the threads that there are for them. If a call is given up while it runs,
        # neither it nor its thread is counted any more: it may run for ever, and others need a thread.
        self._open = 0
        self._threads = 0
        self._started = 0
        self._closed = False
        # The threads that run a function at this moment.
        self._running: set[int] = set()

    def allow(self, threads: int) -> None:
        """Have as many threads at least, because another server shares them; loop's thread only."""
        self._most = max(self._most, threads)

    def call(self, function: Callable[[], object], report: Callable[[BlockingCall], object]) -> BlockingCall:
        """Call the function in a thread, and ``report`` in the loop when it has ended; loop's thread only.

        Raises RuntimeError or MemoryError if there is no thread for it, or the server was closed; it is not called
        then.
        """
        call = BlockingCall(self, function, report)
        with self._changed:
            if self._closed:
                raise RuntimeError("run_blocking() needs a server that is open: this one was closed")
            self._open += 1
        try:
            self._start_if_needed()
        except BaseException as error:
            # The threads that there are serve it, later.
            if not self._threads or not isinstance(error, Exception):
                self.give_up(call)
                raise
        self._queue.put(call)
        return call

    def _start_if_needed(self) -> None:
        with self._changed:
            if self._open <= self._threads or self._threads >= self._most or self._closed:
                return
            self._threads += 1
            self._started += 1
        try:
            threading.Thread(target=self._work, name=f"typedserver blocking {self._started}", daemon=True).start()
        except BaseException:
            with self._changed:
                self._threads -= 1
            raise

    def give_up(self, call: BlockingCall) -> None:
        """Note that nobody waits for a call any more; loop's thread only."""
        with self._changed:
            former, call.state = call.state, _State.OVER
            if former is not _State.OVER:
                self._open -= 1
            if former is _State.RUNS:
                self._threads -= 1
        if former is _State.RUNS:
            # If none can be started, the next call tries again.
            with contextlib.suppress(RuntimeError, MemoryError):
                self._start_if_needed()

    def _work(self) -> None:
        while True:
            try:
                call = self._queue.get(timeout=_KEEP)
            except queue.Empty:
                call = None
            if call is None:
                if self._may_leave():
                    return
            elif self._begin(call):
                call.run()
                if not self._end(call):
                    call.take()
                    return
                call_in_loop(self._reactor, call.report)
            # A thread that waits must not keep alive what was called last.
            del call

    def _may_leave(self) -> bool:
        with self._changed:
            # Somebody may have counted on this thread for a call that is not in the queue yet.
            if self._open >= self._threads and not self._closed:
                return False
            self._threads -= 1
            return True

    def _begin(self, call: BlockingCall) -> bool:
        with self._changed:
            if call.state is not _State.WAITS:
                return False
            call.state = _State.RUNS
            self._running.add(threading.get_ident())
            return True

    def _end(self, call: BlockingCall) -> bool:
        """Note that a function has ended; returns whether its thread goes on."""
        with self._changed:
            self._running.discard(threading.get_ident())
            self._changed.notify_all()
            if call.state is _State.OVER:
                return False
            call.state = _State.OVER
            self._open -= 1
            return True

    def runs_here(self) -> bool:
        """Whether the calling thread runs one of the functions; from any thread."""
        return threading.get_ident() in self._running

    def close(self, timeout: float | None) -> int:
        """Wait for the functions that run, at most ``timeout`` seconds (None: any); returns how many are left.

        Those that have not begun are not called any more.
        """
        with self._changed:
            self._closed = True
            threads = self._threads
        with contextlib.suppress(queue.Empty):
            while True:
                waiting = self._queue.get_nowait()
                if waiting is not None:
                    self.give_up(waiting)
        for _ in range(threads):
            self._queue.put(None)
        with self._changed:
            self._changed.wait_for(lambda: not self._running, timeout)
            return len(self._running)
