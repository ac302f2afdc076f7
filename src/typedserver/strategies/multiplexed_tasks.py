"""The coroutines of one loop: each is resumed when its wait is over.

It knows a reactor and the values of ``waits.py``, nothing of handlers. Loop's thread only, unless said otherwise.
"""

import math
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from typedserver.coroutines.drive import foreign_awaitable, is_coroutine, not_a_connection, not_a_coroutine
from typedserver.coroutines.waits import Blocking, Parked, Readable, Sleep, Writable
from typedserver.process.callers import is_called_by
from typedserver.protocols.reactors import Reactor, ReleasesReaders, TimerHandle
from typedserver.protocols.strategies import Place, RequestProcessor
from typedserver.reactor.calls import call_in_loop
from typedserver.reactor.timer_wheel import TimerWheel
from typedserver.sockets.silence import deadline_passed
from typedserver.strategies.bases import BaseDispatcher
from typedserver.strategies.blocking_calls import BlockingCalls

if TYPE_CHECKING:
    from concurrent.futures import Future


class MultiplexedDispatcher(BaseDispatcher):
    """Keeps the running coroutines, and the deadlines of their waits.

    running: the coroutines, by the identity of the request as it was accepted.
    writers: those that wait to write, by the descriptor, which may be another request's than their own.
    forget_reader: makes the reactor forget a reader whose descriptor is closed next.
    """

    __slots__ = ("blocking_calls", "deadlines", "forget_reader", "processor", "reactor", "running", "writers")

    place = Place.IN_LOOP
    has_capacity: bool = True

    def __init__(self, processor: RequestProcessor[Coroutine[Any, Any, object]], reactor: Reactor) -> None:
        self.processor: RequestProcessor[Coroutine[Any, Any, object]] = processor
        self.reactor: Reactor = reactor
        self.deadlines: TimerWheel = TimerWheel(reactor)
        self.running: dict[int, _Task] = {}
        self.writers: dict[int, _Task] = {}
        self.blocking_calls: BlockingCalls = BlockingCalls(reactor)
        self.forget_reader: Callable[[int], object] = (
            reactor.release_reader if isinstance(reactor, ReleasesReaders) else reactor.remove_reader
        )

    def process_request(self, request: Any, client_address: object, /) -> None:  # noqa: ANN401 - a connection, which the strategy looks into
        """Begin the request, and run its coroutine beside the others of the loop."""
        try:
            request.setblocking(False)
        except AttributeError:
            self.processor.close_request(request)
            self.processor.release(request, client_address, not_a_connection("Multiplexed"))
            return
        handling: object
        try:
            handling = self.processor.begin_request(request, client_address)
        except BaseException as raised:
            if not isinstance(raised, Exception):
                self.processor.release(request, client_address, None)
                raise
            # An overridden hook raised it: it ends the loop, as elsewhere.
            self.processor.fail(raised)
            handling = raised
        if not is_coroutine(handling):
            # Either the exception that begin_request has reported, or the result of a handler that is no coroutine.
            reported = isinstance(handling, Exception)
            error = None if reported else not_a_coroutine("Multiplexed", handling)
            self.processor.release(request, client_address, error)
            return
        task = _Task(self, handling, request, client_address)
        self.running[id(request)] = task
        task.resume(None)

    def is_worker(self) -> bool:
        """Whether the calling thread runs a request's coroutine or function; from any thread."""
        return self.blocking_calls.runs_here() or is_called_by(_STEPS, lambda task: task.dispatcher is self)

    def cut(self, request: object, /) -> None:
        """End the coroutine of this request if it waits for something other than its connection; from any thread."""
        task = self.running.get(id(request))
        if task is not None and not task.waits_for(task.request.fileno()):
            call_in_loop(self.reactor, task.abandon)

    def close(self, timeout: float | None = None, /) -> int:
        """End the coroutines that still wait, because nothing wakes them without the loop.

        The functions that they have given to threads are waited for, at most ``timeout`` seconds; returns how many of
        them are left.
        """
        for task in list(self.running.values()):
            task.abandon()
        self.deadlines.close()
        return self.blocking_calls.close(timeout)


# What a coroutine waits for if the descriptor that it waited to write to was closed: for its next turn.
_CLOSED: Final = object()


class _Task:
    """One coroutine, and its wait.

    waiting: what it waits for; ``Readable`` and ``Writable`` stand for all waits of that class.
    reading, writing: the descriptors that are registered for it; -1: none. ``reading`` stays so between two waits,
    because most coroutines wait for the same descriptor again and again.
    timer: what ends a wait for a point in time.
    deadline, due: see ``Waiting`` of the timer wheel.
    """

    __slots__ = (
        "client_address",
        "coroutine",
        "deadline",
        "dispatcher",
        "due",
        "reading",
        "request",
        "timer",
        "waiting",
        "writing",
    )

    def __init__(
        self,
        dispatcher: MultiplexedDispatcher,
        coroutine: Coroutine[Any, Any, object],
        request: Any,  # noqa: ANN401 - a connection, which the strategy looks into
        client_address: object,
    ) -> None:
        self.dispatcher = dispatcher
        self.coroutine = coroutine
        self.request = request
        self.client_address = client_address
        self.deadline: float | None = None
        self.due = math.inf
        self.reading = -1
        self.writing = -1
        self.waiting: object = None
        self.timer: TimerHandle | None = None

    def resume(self, value: object) -> None:
        """Run until the next wait, or to the end. Nothing else of the loop runs meanwhile."""
        try:
            wait = self.coroutine.send(value)
        except BaseException as end:  # noqa: BLE001 - sorted below
            self._ended(end)
        else:
            self._wait(wait)

    def throw(self, error: BaseException) -> None:
        """Raise an error where the coroutine waits, and run on."""
        try:
            wait = self.coroutine.throw(error)
        except BaseException as end:  # noqa: BLE001 - sorted below
            self._ended(end)
        else:
            self._wait(wait)

    def _wait(self, wait: object) -> None:
        try:
            if type(wait) is Readable:
                self._wait_readable(wait)
            elif type(wait) is Writable:
                self._wait_writable(wait)
            else:
                self._wait_otherwise(wait)
        except Exception as error:  # noqa: BLE001 - whatever it is, it concerns this coroutine, and must not end the loop
            # The kernel has no room for the descriptor (ENOSPC, ENOMEM, epoll_ctl(2)), no thread can be started, or the
            # wait is another loop's.
            self._unwatch()
            self.waiting = self.deadline = None
            self.throw(error)

    def _wait_readable(self, wait: Readable) -> None:
        self.waiting = Readable
        fd = wait.fd
        if self.reading != fd:
            if self.reading >= 0:
                self.dispatcher.reactor.remove_reader(self.reading)
            self.reading = fd
            self.dispatcher.reactor.add_reader(fd, self.readable)
        self._set_deadline(wait.deadline)

    def readable(self) -> None:
        """Resume it if it waits for its peer; the reactor calls this."""
        if self.waiting is not Readable:
            # It waits for something else by now, and what its peer sends meanwhile would wake the loop again and again.
            self.dispatcher.reactor.remove_reader(self.reading)
            self.reading = -1
            return
        # As ``resume`` does, but without a call, because nearly every wake-up comes this way.
        try:
            wait = self.coroutine.send(None)
        except BaseException as end:  # noqa: BLE001 - sorted below
            self._ended(end)
            return
        # As ``_wait`` does: nearly every wait is for the connection that it waited for before.
        if type(wait) is Readable and wait.fd == self.reading:
            self.deadline = deadline = wait.deadline
            if deadline is not None and deadline < self.due:
                self.dispatcher.deadlines.watch(self)
        else:
            self._wait(wait)

    def _wait_writable(self, wait: Writable) -> None:
        self.waiting = Writable
        self._set_deadline(wait.deadline)
        self.writing = wait.fd
        self.dispatcher.writers[wait.fd] = self
        self.dispatcher.reactor.add_writer(wait.fd, self._writable)

    def _writable(self) -> None:
        # A socket is writable most of the time: unlike a reader, a writer that stays registered would wake the loop in
        # each turn.
        self.unwatch_writer()
        self.waiting = None
        self.resume(None)

    def unwatch_writer(self) -> None:
        """Leave the reactor with what it waits to write to."""
        if self.writing >= 0:
            self.dispatcher.writers.pop(self.writing, None)
            self.dispatcher.reactor.remove_writer(self.writing)
            self.writing = -1

    def lose_connection(self) -> None:
        """Resume it if it waited to write to a connection that was closed meanwhile: the write raises that."""
        if self.waiting is _CLOSED:
            self.waiting = None
            self.resume(None)

    def _wake_writer(self) -> None:
        """Wake another request that waits to write to this one's connection, because that is over."""
        other = self.dispatcher.writers.get(self.request.fileno())
        if other is not None and other is not self:
            # Now, because the descriptor is closed next, and its number may then be another connection's.
            other.unwatch_writer()
            other.waiting = _CLOSED
            call_in_loop(self.dispatcher.reactor, other.lose_connection)

    def _set_deadline(self, deadline: float | None) -> None:
        self.deadline = deadline
        if deadline is not None and deadline < self.due:
            self.dispatcher.deadlines.watch(self)

    def expire(self) -> None:
        """Raise in the coroutine that its peer was silent for too long; the timer wheel calls this."""
        if self.waiting is Readable or self.waiting is Writable:
            self._unwatch()
            self.waiting = None
            self.throw(deadline_passed())

    def _wait_otherwise(self, wait: object) -> None:
        self.deadline = None
        self.waiting = wait
        match wait:
            case Sleep():
                self._wake_at(wait.until, wait)
            case Parked():
                reactor = self.dispatcher.reactor
                wait.start(lambda: call_in_loop(reactor, partial(self._wake, wait, None)))
                if wait.until is not None:
                    self._wake_at(wait.until, wait)
            case Blocking():
                self.dispatcher.blocking_calls.call(wait.function, partial(self._wake, wait))
            case _:
                raise foreign_awaitable(wait)

    def _wake_at(self, until: float, wait: object) -> None:
        delay = max(0.0, until - time.monotonic())
        self.timer = self.dispatcher.reactor.call_later(delay, partial(self._wake, wait, None))

    def _cancel_timer(self, timer: TimerHandle) -> None:
        # One that is left keeps this coroutine alive until its time.
        self.timer = None
        timer.cancel()

    def _wake(self, wait: object, outcome: "Future[object] | None") -> None:
        # A late wake-up finds another wait, or the end.
        if self.waiting is not wait:
            return
        self.waiting = None
        if self.timer is not None:
            self._cancel_timer(self.timer)
        if outcome is None:
            self.resume(None)
        elif (error := outcome.exception()) is not None:
            self.throw(error)
        else:
            self.resume(outcome.result())

    def waits_for(self, fd: int) -> bool:
        """Whether it waits for this connection; fd: its descriptor, -1 if another object has taken that over."""
        if self.waiting is Readable:
            return fd in (-1, self.reading)
        return self.waiting is Writable and fd in (-1, self.writing)

    def _unwatch(self) -> None:
        """Leave the reactor, before the descriptors are closed."""
        if self.timer is not None:
            self._cancel_timer(self.timer)
        if self.reading >= 0:
            self.dispatcher.forget_reader(self.reading)
            self.reading = -1
        self.unwatch_writer()

    def _ended(self, end: BaseException) -> None:
        self._unwatch()
        dispatcher = self.dispatcher
        if dispatcher.writers:
            self._wake_writer()
        self.waiting = self.deadline = None
        dispatcher.deadlines.forget(self)
        dispatcher.running.pop(id(self.request), None)
        processor = dispatcher.processor
        error = None if type(end) is StopIteration or isinstance(end, GeneratorExit) else end
        try:
            processor.end_request(self.request, self.client_address, error)
        except BaseException as raised:  # noqa: BLE001 - an overridden hook raised it: it ends the loop, as elsewhere
            processor.fail(raised)
        processor.release(self.request, self.client_address, None)
        if error is not None and not isinstance(error, Exception):
            processor.fail(error)

    def abandon(self) -> None:
        """End the coroutine where it waits: its ``finally`` clauses run, and may wait for nothing."""
        if self.dispatcher.running.get(id(self.request)) is not self:
            return
        self._unwatch()
        try:
            self.coroutine.close()
        except BaseException as error:  # noqa: BLE001 - no coroutine may keep the others from their end
            self._ended(error)
        else:
            self._ended(GeneratorExit())


# The methods that run a coroutine's own code.
_STEPS: Final = frozenset(step.__code__ for step in (_Task.resume, _Task.throw, _Task.readable, _Task.abandon))
