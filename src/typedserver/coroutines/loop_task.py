"""One coroutine of a loop, and what it waits for: it is resumed when its wait is over.

It knows a reactor and the values of ``waits.py``, nothing of requests: who makes a task says what its end means. Loop's
thread only.

A handler may close a socket, detach it or give it away at any time, its own or another's. Its number is the next
connection's then. So a number in the reactor belongs to the task in ``readers`` or ``writers``, and nobody else removes
it; who loses a number to another task is told.

Nothing of a handler is ever called but by ``LoopTask.run``, and never inside an ``except`` clause, whose exception
would be the handler's.
"""

import math
import time
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from functools import partial
from typing import Any, Final, Protocol, TypeAlias

from typedserver.coroutines.blocking_calls import DEFAULT_THREADS, BlockingCall, BlockingCalls
from typedserver.coroutines.ends import MOST_CUTS, cannot_meet, end_coroutine
from typedserver.coroutines.foreign import foreign_awaitable
from typedserver.coroutines.gathering import note_drivers, send_gathered, unsent
from typedserver.coroutines.runner import Runner
from typedserver.coroutines.waits import (
    CURRENT,
    Blocking,
    Cancelled,
    Current,
    Holder,
    Meeting,
    Parked,
    Readable,
    ReadableOrCalled,
    RequestCut,
    Sleep,
    Writable,
    check_held,
)
from typedserver.protocols.reactors import KeepsTime, Reactor, ReleasesReaders, TimerHandle
from typedserver.reactor.calls import MonotonicClock, call_in_loop
from typedserver.reactor.timer_wheel import TimerWheel
from typedserver.sockets.silence import deadline_passed
from typedserver.sockets.waiting import wait_until_ready

Run: TypeAlias = Callable[..., Any]
"""Calls a function with its arguments as a step of a coroutine, and returns what it returns."""


class Blocks(Runner, Protocol):
    """The groups and limits of time that a task is in.

    cancellations: those that were thrown into it, and whose cause is not over.
    """

    cancellations: list[Cancelled]

    def are_stuck(self) -> bool:
        """Whether all tasks of its groups wait for other coroutines alone."""
        ...

    def abandon(self) -> None:
        """End the tasks of its groups where they wait: their ``finally`` clauses run, and may wait for nothing."""
        ...


class Reads(Protocol):
    """Who has the reactor call it for a descriptor to read from."""

    def lose_reader(self) -> None:
        """Note that another reads under its number."""
        ...

    def leave_reader(self) -> None:
        """Read the descriptor no more, because its connection is over."""
        ...


class WaitTables:
    """What the coroutines of one loop wait by.

    clock: the loop's time.
    deadlines: those of waits for descriptors.
    readers, writers: those that the reactor calls for a descriptor, which may be another request's than their own.
    blocking_calls: the functions that threads run for them.
    meeting_limit: the most seconds of a wait for another handler, where none runs beside this loop's; None: any.
    root: whose tasks all others are, if only one coroutine runs here.
    release_reader: makes the reactor forget a reader whose descriptor is closed next, and which nobody has copied; None
    if the reactor must be told as always.
    """

    __slots__ = (
        "blocking_calls",
        "call_soon",
        "clock",
        "deadlines",
        "meeting_limit",
        "reactor",
        "readers",
        "release_reader",
        "root",
        "writers",
    )

    def __init__(self, reactor: Reactor, threads: int = DEFAULT_THREADS) -> None:
        self.reactor: Reactor = reactor
        # From any thread, as often as coroutines wake one another.
        self.call_soon: Callable[[Callable[[], object]], object] = partial(call_in_loop, reactor)
        self.clock: KeepsTime = reactor if isinstance(reactor, KeepsTime) else MonotonicClock()
        self.meeting_limit: float | None = None
        self.root: LoopTask | None = None
        self.deadlines: TimerWheel = TimerWheel(reactor)
        self.readers: dict[int, Reads] = {}
        self.writers: dict[int, LoopTask] = {}
        self.blocking_calls: BlockingCalls = BlockingCalls(reactor, threads)
        self.release_reader: Callable[[int], object] | None = (
            reactor.release_reader if isinstance(reactor, ReleasesReaders) else None
        )

    def step_in(self, context: Context) -> Run:
        """Return what calls a function as a step of a coroutine that has this context."""
        raise NotImplementedError

    def blocks_of(self, task: "LoopTask") -> Blocks:
        """Make what a task is asked for that asks what runs it."""
        raise NotImplementedError

    def leave(self, fd: int) -> None:
        """Leave a descriptor, because it is closed or given away next, or was just now; who waits for it is woken."""
        reader = self.readers.get(fd)
        if reader is not None:
            reader.leave_reader()
        writer = self.writers.get(fd)
        if writer is not None:
            writer.leave_writer()


# What a coroutine raises that was ended from outside.
CUT: Final = (Cancelled, GeneratorExit)

# What a coroutine waits for if the descriptor that it waited for was closed: for its next turn.
_CLOSED: Final = object()


class LoopTask:
    """One coroutine, and its wait.

    Who makes it for something overrides ``end``, which is called once.

    run: calls a function as a part of what it runs for: in its context.
    send: ``coroutine.send``.
    waiting: what it waits for; ``Readable`` and ``Writable`` stand for all waits of that class.
    reading, writing: the descriptors that are registered for it, in the reactor and the loop's tables; -1: none.
    ``reading`` stays so between two waits, because most coroutines wait for the same descriptor again and again.
    holder: who has the descriptor that it reads or writes, if that is known.
    blocks: the groups and limits of time that it is in; None if it has never asked for one.
    cuts: how often it was cut.
    over: whether it has ended.
    timer: what ends a wait for a point in time, or for a function in a thread.
    again: the wait for the descriptor that it reads, if that has no deadline of its own. Mostly the next one is the
    same object, and nothing of it is looked at then.
    since: when ``again`` began, by the loop's clock.
    until: the deadline of any other wait; None: it has none.
    due: see ``Waiting`` of the timer wheel.
    """

    __slots__ = (
        "again",
        "blocks",
        "coroutine",
        "cuts",
        "due",
        "holder",
        "loop",
        "over",
        "reading",
        "run",
        "send",
        "since",
        "timer",
        "until",
        "waiting",
        "writing",
    )

    def __init__(self, loop: WaitTables, run: Run, coroutine: Coroutine[Any, Any, object]) -> None:
        self.loop: WaitTables = loop
        self.run: Run = run
        self.coroutine: Coroutine[Any, Any, object] = coroutine
        self.send: Callable[[Any], object] = coroutine.send
        self.blocks: Blocks | None = None
        self.cuts: int = 0
        self.over: bool = False
        self.again: Readable | None = None
        self.until: float | None = None
        self.due: float = math.inf
        self.reading: int = -1
        self.writing: int = -1
        self.waiting: object = None
        self.timer: TimerHandle | None = None

    # Set with each wait that they are looked at in.
    holder: Holder | None
    since: float

    @property
    def deadline(self) -> float | None:
        """When its wait ends, as the timer wheel asks."""
        again = self.again
        if again is None:
            return self.until
        return None if again.seconds is None else self.since + again.seconds

    def resume(self, value: object) -> None:
        """Run until the next wait, or to the end. Nothing else of the loop runs meanwhile."""
        try:
            wait = self.run(self.send, value)
        except BaseException as end:  # noqa: BLE001 - sorted below
            self.end(end)
        else:
            self._wait(wait)

    def throw(self, error: BaseException) -> None:
        """Raise an error where the coroutine waits, and run on."""
        try:
            wait = self.run(self.coroutine.throw, error)
        except BaseException as end:  # noqa: BLE001 - sorted below
            self.end(end)
        else:
            self._wait(wait)
        finally:
            # Its traceback names this frame: neither would be freed without the garbage collector.
            del error

    def _wait(self, wait: object) -> None:
        if unsent:
            send_gathered()
        try:
            if type(wait) is Readable:
                self._wait_readable(wait)
            elif type(wait) is Writable:
                self._wait_writable(wait)
            elif type(wait) is Current:
                self.waiting = None
                self.answer()
            elif type(wait) is Meeting:
                self.again = self.until = None
                self.waiting = wait
                wait.start(self.loop.call_soon, self._met)
                if self.loop.meeting_limit is not None:
                    self._limit_meeting(wait, self.loop.meeting_limit)
            else:
                self._wait_otherwise(wait)
        except Exception as error:  # noqa: BLE001 - whatever it is, it concerns this coroutine, and must not end the loop
            # The kernel has no room for the descriptor (ENOSPC, ENOMEM, epoll_ctl(2)), no thread can be started, or the
            # wait is another loop's.
            self.unwatch()
            self.waiting = self.again = self.until = None
            failure = error
        else:
            return
        try:
            self.throw(failure)
        finally:
            del failure

    def _wait_readable(self, wait: Readable) -> None:
        self.waiting = Readable
        self.holder = wait.holder
        fd = wait.fd
        loop = self.loop
        if self.reading != fd:
            if self.reading >= 0:
                self.unwatch_reader()
            readers = loop.readers
            former = readers.get(fd)
            if former is not None or loop.release_reader is None:
                # If the number is another's, that one must keep it. Otherwise our loop finds out by itself.
                check_held(wait)
            loop.reactor.add_reader(fd, self.readable)
            readers[fd] = self
            self.reading = fd
            if former is not None:
                former.lose_reader()
        until = wait.deadline
        if until is None:
            self.again = wait
            self.since = loop.clock.now
            if wait.seconds is not None:
                until = self.since + wait.seconds
        else:
            self.again = None
            self.until = until
        if until is not None and until < self.due:
            loop.deadlines.watch(self)

    def readable(self) -> None:
        """Resume it if it waits for its peer; the reactor calls this."""
        if self.waiting is not Readable:
            if type(self.waiting) is ReadableOrCalled:
                self.waiting = None
                self.resume(None)
                return
            # It waits for something else by now, and what its peer sends meanwhile would wake the loop again and again.
            self.unwatch_reader()
            return
        # As ``resume`` does, but without a call, because nearly every wake-up comes this way.
        try:
            wait = self.run(self.send, None)
        except BaseException as end:  # noqa: BLE001 - sorted below
            self.end(end)
            return
        if unsent:
            send_gathered()
        # Nearly every wait is the one before once more. It is watched already, and until later than it was.
        if wait is self.again:
            self.since = self.loop.clock.now
        else:
            self._wait(wait)

    def _wait_writable(self, wait: Writable) -> None:
        loop = self.loop
        fd = wait.fd
        self.waiting = Writable
        self.again = None
        self.until = until = wait.deadline
        if until is not None and until < self.due:
            loop.deadlines.watch(self)
        self.holder = wait.holder
        check_held(wait)
        loop.reactor.add_writer(fd, self._writable)
        former = loop.writers.get(fd)
        loop.writers[fd] = self
        self.writing = fd
        if former is not None:
            former.lose_writer()

    def _writable(self) -> None:
        # A socket is writable most of the time: unlike a reader, a writer that stays registered would wake the loop in
        # each turn.
        self.unwatch_writer()
        self.waiting = None
        self.resume(None)

    def unwatch_reader(self) -> None:
        """Leave the reactor with what it reads."""
        fd, self.reading = self.reading, -1
        self._leave_again()
        if fd >= 0:
            del self.loop.readers[fd]
            _leave(self.loop.reactor.remove_reader, fd)

    def unwatch_writer(self) -> None:
        """Leave the reactor with what it waits to write to."""
        fd, self.writing = self.writing, -1
        if fd >= 0:
            del self.loop.writers[fd]
            _leave(self.loop.reactor.remove_writer, fd)

    def lose_reader(self) -> None:
        """Note that another task reads under this number, because the connection was closed or for its own reasons."""
        self.reading = -1
        self._leave_again()
        if self._reads() and self.holder is not None and self.holder.fileno() < 0:
            self._find_it_closed()

    def lose_writer(self) -> None:
        """Note that another task waits to write under this number: this one's connection is over."""
        self.writing = -1
        if self.waiting is Writable:
            self._find_it_closed()

    def _find_it_closed(self) -> None:
        """Resume it soon, because its next read or write raises what has happened."""
        self.waiting = _CLOSED
        self.again = self.until = None
        call_in_loop(self.loop.reactor, self._resume_closed)

    def _resume_closed(self) -> None:
        # It may have been ended meanwhile.
        if self.waiting is _CLOSED:
            self.waiting = None
            self.resume(None)

    def _reads(self) -> bool:
        return self.waiting is Readable or type(self.waiting) is ReadableOrCalled

    def leave_reader(self) -> None:
        """Read the descriptor no more, because its connection is over."""
        self.unwatch_reader()
        if self._reads():
            self._find_it_closed()

    def leave_writer(self) -> None:
        """Wait no more to write to the descriptor, because its connection is over."""
        self.unwatch_writer()
        self._find_it_closed()

    def _leave_again(self) -> None:
        """Look at all of the next wait, because the descriptor of the present one is not registered any more."""
        # Its deadline stays.
        self.until = self.deadline
        self.again = None

    def expire(self) -> None:
        """Raise in the coroutine that its peer was silent for too long; the timer wheel calls this."""
        if self.waiting is Writable or self._reads():
            if self._reads() and self.reading >= 0 and wait_until_ready(self.reading, readable=True, timeout=0):
                # The loop was busy with others when its peer sent something, and resumes it in the next turn.
                self.loop.deadlines.watch(self)
                return
            self.unwatch()
            self.waiting = self.again = self.until = None
            self.throw(deadline_passed())

    def _wait_otherwise(self, wait: object) -> None:
        self.again = self.until = None
        self.waiting = wait
        match wait:
            case Sleep():
                self._wake_at(wait.until, wait)
            case Parked():
                reactor = self.loop.reactor
                wait.start(lambda: call_in_loop(reactor, partial(self._wake, wait, None)))
                if wait.until is not None:
                    self._wake_at(wait.until, wait)
            case ReadableOrCalled():
                reactor = self.loop.reactor
                self._wait_readable(wait)
                # Only the next look tells whether it was called.
                self._leave_again()
                self.waiting = wait
                wait.start(lambda: call_in_loop(reactor, partial(self._wake, wait, None)))
            case Blocking():
                # In a copy of the coroutine's context, as asyncio.to_thread does it.
                function = partial(self.run(copy_context).run, wait.function)
                self.timer = self.loop.blocking_calls.call(function, partial(self._wake, wait))
            case _:
                raise foreign_awaitable(wait)

    def answer(self) -> None:
        """Tell the coroutine what runs it, for as long as it asks nothing else, and wait for what it waits for then."""
        blocks = self.blocks
        if blocks is None:
            blocks = self.blocks = self.loop.blocks_of(self)
        wait: object = CURRENT
        while type(wait) is Current:
            try:
                wait = self.run(self.send, blocks)
            except BaseException as end:  # noqa: BLE001 - sorted there
                self.end(end)
                return
        self._wait(wait)

    def _met(self) -> None:
        """Resume it if what it waits for has happened; the reactor calls this."""
        # It may have been called for an earlier wait, which was cut; or this one may have been cut.
        wait = self.waiting
        if type(wait) is Meeting and wait.woken:
            self.waiting = None
            if self.timer is not None:
                self._cancel_timer(self.timer)
            self.resume(None)

    def _limit_meeting(self, wait: Meeting, seconds: float) -> None:
        self.timer = self.loop.reactor.call_later(seconds, partial(self._end_meeting, wait, seconds))

    def _end_meeting(self, wait: Meeting, seconds: float) -> None:
        if self.waiting is not wait or wait.woken:
            return
        self.timer = None
        root = self.loop.root
        if root is not None and not root.is_stuck():
            # What another task of the request waits for may still come.
            self._limit_meeting(wait, seconds)
            return
        self.waiting = None
        self.throw(cannot_meet(seconds))

    def is_stuck(self) -> bool:
        """Whether it waits for other coroutines alone, and all tasks of its groups do."""
        waiting = self.waiting
        if not (isinstance(waiting, Meeting) or (isinstance(waiting, Parked) and waiting.joins)):
            return False
        return self.blocks is None or self.blocks.are_stuck()

    def _wake_at(self, until: float, wait: object) -> None:
        delay = max(0.0, until - time.monotonic())
        self.timer = self.loop.reactor.call_later(delay, partial(self._wake, wait, None))

    def _cancel_timer(self, timer: TimerHandle) -> None:
        # One that is left keeps this coroutine alive until its time.
        self.timer = None
        timer.cancel()

    def _wake(self, wait: object, call: BlockingCall | None) -> None:
        # A late wake-up finds another wait, or the end.
        if self.waiting is not wait:
            return
        self.waiting = None
        value, error = (None, None) if call is None else call.take()
        if self.timer is not None:
            self._cancel_timer(self.timer)
        if error is None:
            self.resume(value)
            return
        try:
            self.throw(error)
        finally:
            # As in ``throw``, whose frame names this one.
            del error

    def waits_for(self, fd: int) -> bool:
        """Whether it waits for this connection; fd: its descriptor, -1 if another object has taken that over."""
        if self.waiting is Readable:
            return fd in (-1, self.reading)
        return self.waiting is Writable and fd in (-1, self.writing)

    def unwatch(self) -> None:
        """Leave the reactor, before the descriptors are closed."""
        if self.timer is not None:
            self._cancel_timer(self.timer)
        self.unwatch_reader()
        self.unwatch_writer()

    def end(self, end: BaseException) -> None:
        """Note that the coroutine has ended, by this exception; leaves the reactor."""
        raise NotImplementedError

    def leave_blocks(self) -> None:
        """End what is left of its groups, because it has ended."""
        blocks, self.blocks = self.blocks, None
        if blocks is not None:
            blocks.abandon()

    def settle(self) -> None:
        """Leave the reactor and the timer wheel for good, and end what is left of its groups."""
        if unsent:
            send_gathered()
        # Asked here, because most tasks have nothing of it, and each call costs as much as the rest.
        if self.blocks is not None:
            self.leave_blocks()
        if self.timer is not None:
            self._cancel_timer(self.timer)
        if self.reading >= 0:
            self.unwatch_reader()
        if self.writing >= 0:
            self.unwatch_writer()
        self.waiting = self.again = self.until = None
        if self.due != math.inf:
            self.loop.deadlines.forget(self)
        self.over = True

    def served(self) -> object:
        """Return the request that it serves, as it was accepted; None if it serves none."""
        return None

    def interrupt(self, error: BaseException) -> None:
        """Raise an error where the coroutine waits. A callback of the reactor calls this: no coroutine runs then."""
        try:
            if self.over:
                return
            if self.blocks is not None and isinstance(error, Cancelled) and error not in self.blocks.cancellations:
                self.blocks.cancellations.append(error)
            self.unwatch()
            self.waiting = self.again = self.until = None
            self.throw(error)
        finally:
            # As in ``throw``, whose frame names this one.
            del error

    def interrupt_soon(self, error: Cancelled, unless: Callable[[], bool] | None = None) -> None:
        """Raise a cancellation where it waits in the next turn, unless that is not needed any more then."""
        self.loop.reactor.call_soon_threadsafe(partial(self._interrupt_unless, error, unless))

    def _interrupt_unless(self, error: Cancelled, unless: Callable[[], bool] | None) -> None:
        try:
            if unless is None or not unless():
                self.interrupt(error)
        finally:
            del error

    def cut(self) -> None:
        """End the coroutine where it waits: its ``finally`` clauses run, and may wait until it is cut again."""
        if self.cuts >= MOST_CUTS:
            self.abandon()
        else:
            self.cuts += 1
            self.interrupt(RequestCut())

    def abandon(self) -> None:
        """End the coroutine where it waits: its ``finally`` clauses run, and may wait for nothing.

        The tasks of its groups end first, in the same way.
        """
        if self.over:
            return
        if self.blocks is not None:
            self.blocks.abandon()
        self.unwatch()
        try:
            self.run(end_coroutine, self.coroutine)
        except BaseException as error:  # noqa: BLE001 - no coroutine may keep the others from their end
            self.end(error)
        else:
            self.end(GeneratorExit())


# The methods that run a coroutine's own code.
STEPS: Final = frozenset(
    step.__code__ for step in (LoopTask.resume, LoopTask.throw, LoopTask.readable, LoopTask.abandon)
)
note_drivers(LoopTask.resume, LoopTask.throw, LoopTask.readable, LoopTask.abandon, LoopTask.answer)


def _leave(remove: Callable[[int], object], fd: int) -> None:
    try:
        remove(fd)
    except (OSError, RuntimeError):
        # The descriptor was closed before, and asyncio has just found that out; or a transport of asyncio's has it.
        return
