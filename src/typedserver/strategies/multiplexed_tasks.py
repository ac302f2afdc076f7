"""The coroutines of one loop: each is resumed when its wait is over.

It knows a reactor and the values of ``waits.py``, nothing of handlers. Loop's thread only, unless said otherwise.

A handler may close its connection's socket, detach it or give it away at any time, its own or another's. Its number is
the next connection's then. So a number in the reactor belongs to the task in ``readers`` or ``writers``, and nobody
else removes it; who loses a number to another task is told.

All of them run in one thread, so what Python keeps for a thread is set for each step: the context (contextvars), and
who ends async generators. Nothing of a handler is ever called but by ``_Task.run``, and never inside an ``except``
clause, whose exception would be the handler's.
"""

import math
import socket
import sys
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextvars import Context, copy_context
from functools import partial
from typing import Any, Final

from typing_extensions import override

from typedserver.coroutines.drive import (
    MOST_CUTS,
    Driver,
    close_generator,
    end_coroutine,
    foreign_awaitable,
    is_coroutine,
    not_a_connection,
    not_a_coroutine,
)
from typedserver.coroutines.waits import (
    Blocking,
    Holder,
    Parked,
    Readable,
    RequestCut,
    Sleep,
    Writable,
    check_held,
)
from typedserver.process.callers import is_called_by
from typedserver.protocols.reactors import EndsGenerators, Reactor, ReleasesReaders, TimerHandle
from typedserver.protocols.strategies import Place, RequestProcessor
from typedserver.reactor.calls import call_in_loop
from typedserver.reactor.timer_wheel import TimerWheel
from typedserver.sockets.accepted import Connection
from typedserver.sockets.announced import Leaving, announce_end, tell_ends
from typedserver.sockets.silence import deadline_passed
from typedserver.strategies.bases import BaseDispatcher
from typedserver.strategies.blocking_calls import BlockingCall, BlockingCalls


class MultiplexedDispatcher(BaseDispatcher):
    """Keeps the running coroutines, and the deadlines of their waits.

    running: the coroutines, by the identity of the request as it was accepted.
    readers, writers: those that the reactor calls for a descriptor, which may be another request's than their own.
    release_reader: makes the reactor forget a reader whose descriptor is closed next, and which nobody has copied; None
    if the reactor must be told as always.
    """

    __slots__ = (
        "__weakref__",
        "_ends_own",
        "_left",
        "blocking_calls",
        "deadlines",
        "processor",
        "reactor",
        "readers",
        "release_reader",
        "running",
        "writers",
    )

    place = Place.IN_LOOP
    has_capacity: bool = True

    def __init__(self, processor: RequestProcessor[Coroutine[Any, Any, object]], reactor: Reactor) -> None:
        self.processor: RequestProcessor[Coroutine[Any, Any, object]] = processor
        self.reactor: Reactor = reactor
        self.deadlines: TimerWheel = TimerWheel(reactor)
        self.running: dict[int, _Task] = {}
        self.readers: dict[int, _Task] = {}
        self.writers: dict[int, _Task] = {}
        self.blocking_calls: BlockingCalls = BlockingCalls(reactor)
        self.release_reader: Callable[[int], object] | None = (
            reactor.release_reader if isinstance(reactor, ReleasesReaders) else None
        )
        tell_ends(self)
        # The async generators that were left open, with the context in which that was; from any thread.
        self._left: deque[tuple[AsyncGenerator[object, None], Context]] = deque()
        # The loop of another library ends generators by itself, but knows none of our waits.
        self._ends_own = isinstance(reactor, EndsGenerators)
        if isinstance(reactor, EndsGenerators):
            reactor.end_generators_by(self.generator_left)

    def process_request(self, request: Any, client_address: object, /) -> None:  # noqa: ANN401 - a connection, which the strategy looks into
        """Begin the request, and run its coroutine beside the others of the loop."""
        try:
            request.setblocking(False)
        except AttributeError:
            self.processor.close_request(request)
            self.processor.release(request, client_address, not_a_connection("Multiplexed"))
            return
        if self.release_reader is None:
            # asyncio's loops and uvloop's must be told in any case: a number that is closed before they have left it
            # is lost to everybody else in the loop.
            announce_end(request)
        fd: int = request.fileno()
        run: Callable[..., Any] = copy_context().run
        if not self._ends_own:
            run = partial(run, self._step)
        handling: object
        try:
            handling = run(self.processor.begin_request, request, client_address)
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
        task = _Task(self, run, handling, request, fd, client_address)
        self.running[id(request)] = task
        task.resume(None)

    def _step(self, function: Callable[..., Any], *arguments: object) -> object:
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
            Driver(is_over=True).run(close_generator(generator))
        else:
            self._left.append((generator, copy_context()))
            call_in_loop(self.reactor, self._end_left)

    def _end_left(self) -> None:
        while self._left:
            generator, context = self._left.popleft()
            run: Callable[..., Any] = context.run
            if not self._ends_own:
                run = partial(run, self._step)
            ending = _Ending(self, run, close_generator(generator))
            self.running[id(ending.request)] = ending
            ending.resume(None)

    def is_worker(self) -> bool:
        """Whether the calling thread runs a request's coroutine or function; from any thread."""
        return self.blocking_calls.runs_here() or is_called_by(_STEPS, lambda task: task.dispatcher is self)

    def ends(self, connection: socket.socket, /) -> Leaving | None:
        """Leave the descriptor of a connection, because it is closed or given away next; from any thread."""
        task = self.running.get(id(connection))
        if task is None or task.request is not connection or self.reactor.is_closed():
            return None
        if not is_called_by(_STEPS, lambda task: task.dispatcher.reactor is self.reactor):
            return task.lose_descriptor_soon
        task.lose_descriptor()
        return None

    def cut(self, request: object, /) -> None:
        """End the coroutine of this request if it waits for something other than its connection; from any thread."""
        task = self.running.get(id(request))
        if task is not None and not task.waits_for(task.request.fileno()):
            call_in_loop(self.reactor, task.cut)

    def close(self, timeout: float | None = None, /) -> int:
        """End the coroutines that still wait, because nothing wakes them without the loop.

        The functions that they have given to threads are waited for, at most ``timeout`` seconds; returns how many of
        them are left.
        """
        # Those that are abandoned may leave generators, whose ends may leave others.
        while self.running or self._left:
            for task in list(self.running.values()):
                task.abandon()
            self._end_left()
        self.deadlines.close()
        return self.blocking_calls.close(timeout)


# What a coroutine raises that was ended from outside.
_CUT: Final = (RequestCut, GeneratorExit)

# What a coroutine waits for if the descriptor that it waited for was closed: for its next turn.
_CLOSED: Final = object()


class _Task:
    """One coroutine, and its wait.

    run: calls a function as a part of the request: in its context.
    send: ``coroutine.send``.
    waiting: what it waits for; ``Readable`` and ``Writable`` stand for all waits of that class.
    fd: the number of its request's descriptor, which may be another's once the request is closed.
    reading, writing: the descriptors that are registered for it, in the reactor and the dispatcher's tables; -1: none.
    ``reading`` stays so between two waits, because most coroutines wait for the same descriptor again and again.
    holder: who has the descriptor that it reads or writes, if that is known.
    cuts: how often it was cut.
    timer: what ends a wait for a point in time, or for a function in a thread.
    deadline, due: see ``Waiting`` of the timer wheel.
    """

    __slots__ = (
        "client_address",
        "coroutine",
        "cuts",
        "deadline",
        "dispatcher",
        "due",
        "fd",
        "holder",
        "reading",
        "request",
        "run",
        "send",
        "timer",
        "waiting",
        "writing",
    )

    def __init__(  # noqa: PLR0917 - names would cost each request
        self,
        dispatcher: MultiplexedDispatcher,
        run: Callable[..., Any],
        coroutine: Coroutine[Any, Any, object],
        request: Any,  # noqa: ANN401 - a connection, which the strategy looks into
        fd: int,
        client_address: object,
    ) -> None:
        self.dispatcher = dispatcher
        self.run = run
        self.coroutine = coroutine
        self.send = coroutine.send
        self.request = request
        self.client_address = client_address
        self.fd = fd
        self.cuts = 0
        self.deadline: float | None = None
        self.due = math.inf
        self.reading = -1
        self.writing = -1
        self.waiting: object = None
        self.timer: TimerHandle | None = None

    # Set with each wait that it is looked at in.
    holder: Holder | None

    def resume(self, value: object) -> None:
        """Run until the next wait, or to the end. Nothing else of the loop runs meanwhile."""
        try:
            wait = self.run(self.send, value)
        except BaseException as end:  # noqa: BLE001 - sorted below
            self._ended(end)
        else:
            self._wait(wait)

    def throw(self, error: BaseException) -> None:
        """Raise an error where the coroutine waits, and run on."""
        try:
            wait = self.run(self.coroutine.throw, error)
        except BaseException as end:  # noqa: BLE001 - sorted below
            self._ended(end)
        else:
            self._wait(wait)
        finally:
            # Its traceback names this frame: neither would be freed without the garbage collector.
            del error

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
        dispatcher = self.dispatcher
        if self.reading != fd:
            if self.reading >= 0:
                self.unwatch_reader()
            readers = dispatcher.readers
            former = readers.get(fd)
            if former is not None or dispatcher.release_reader is None:
                # If the number is another's, that one must keep it. Otherwise our loop finds out by itself.
                check_held(wait)
            dispatcher.reactor.add_reader(fd, self.readable)
            readers[fd] = self
            self.reading = fd
            if former is not None:
                former.lose_reader()
        # As ``_set_deadline`` does, without the call.
        self.deadline = deadline = wait.deadline
        if deadline is not None and deadline < self.due:
            dispatcher.deadlines.watch(self)

    def readable(self) -> None:
        """Resume it if it waits for its peer; the reactor calls this."""
        if self.waiting is not Readable:
            # It waits for something else by now, and what its peer sends meanwhile would wake the loop again and again.
            self.unwatch_reader()
            return
        # As ``resume`` does, but without a call, because nearly every wake-up comes this way.
        try:
            wait = self.run(self.send, None)
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
        dispatcher = self.dispatcher
        fd = wait.fd
        self.waiting = Writable
        self._set_deadline(wait.deadline)
        self.holder = wait.holder
        check_held(wait)
        dispatcher.reactor.add_writer(fd, self._writable)
        former = dispatcher.writers.get(fd)
        dispatcher.writers[fd] = self
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
        if fd >= 0:
            del self.dispatcher.readers[fd]
            _leave(self.dispatcher.reactor.remove_reader, fd)

    def unwatch_writer(self) -> None:
        """Leave the reactor with what it waits to write to."""
        fd, self.writing = self.writing, -1
        if fd >= 0:
            del self.dispatcher.writers[fd]
            _leave(self.dispatcher.reactor.remove_writer, fd)

    def lose_reader(self) -> None:
        """Note that another task reads under this number, because the connection was closed or for its own reasons."""
        self.reading = -1
        if self.waiting is Readable and self.holder is not None and self.holder.fileno() < 0:
            self._find_it_closed()

    def lose_writer(self) -> None:
        """Note that another task waits to write under this number: this one's connection is over."""
        self.writing = -1
        if self.waiting is Writable:
            self._find_it_closed()

    def _find_it_closed(self) -> None:
        """Resume it soon, because its next read or write raises what has happened."""
        self.waiting = _CLOSED
        self.deadline = None
        call_in_loop(self.dispatcher.reactor, self._resume_closed)

    def _resume_closed(self) -> None:
        # It may have been ended meanwhile.
        if self.waiting is _CLOSED:
            self.waiting = None
            self.resume(None)

    def lose_descriptor(self) -> None:
        """Leave the request's descriptor, because it is closed or given away next, or was just now."""
        reader = self.dispatcher.readers.get(self.fd)
        if reader is not None:
            reader.leave_reader()
        writer = self.dispatcher.writers.get(self.fd)
        if writer is not None:
            writer.leave_writer()

    def lose_descriptor_soon(self, after: Callable[[], object] | None) -> None:
        """Leave the request's descriptor in the loop, and call back there; from any thread."""
        call_in_loop(self.dispatcher.reactor, partial(self._lose_descriptor_and, after))

    def _lose_descriptor_and(self, after: Callable[[], object] | None) -> None:
        self.lose_descriptor()
        if after is not None:
            after()

    def leave_reader(self) -> None:
        """Read the descriptor no more, because its connection is over."""
        self.unwatch_reader()
        if self.waiting is Readable:
            self._find_it_closed()

    def leave_writer(self) -> None:
        """Wait no more to write to the descriptor, because its connection is over."""
        self.unwatch_writer()
        self._find_it_closed()

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
                # In a copy of the coroutine's context, as asyncio.to_thread does it.
                function = partial(self.run(copy_context).run, wait.function)
                self.timer = self.dispatcher.blocking_calls.call(function, partial(self._wake, wait))
            case _:
                raise foreign_awaitable(wait)

    def _wake_at(self, until: float, wait: object) -> None:
        delay = max(0.0, until - time.monotonic())
        self.timer = self.dispatcher.reactor.call_later(delay, partial(self._wake, wait, None))

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

    def _unwatch(self) -> None:
        """Leave the reactor, before the descriptors are closed."""
        if self.timer is not None:
            self._cancel_timer(self.timer)
        self.unwatch_reader()
        self.unwatch_writer()

    def _ended(self, end: BaseException) -> None:
        dispatcher = self.dispatcher
        fd = self.reading
        # By the exact class: to find that it is none of another costs ten times more.
        if fd < 0 or dispatcher.release_reader is None or type(self.request) is not Connection:
            self._unwatch()
            if self.fd in dispatcher.readers:
                # Another request reads this one's connection.
                self.lose_descriptor()
        else:
            # Nobody has asked for the socket itself, which would announce its end then, so there is no copy of it.
            self.reading = -1
            del dispatcher.readers[fd]
            dispatcher.release_reader(fd)
        if dispatcher.writers:
            # Another request may wait to write to this one's connection.
            self.lose_descriptor()
        self.waiting = self.deadline = None
        dispatcher.deadlines.forget(self)
        dispatcher.running.pop(id(self.request), None)
        processor = dispatcher.processor
        error = None if type(end) is StopIteration or isinstance(end, _CUT) else end
        try:
            self.run(processor.end_request, self.request, self.client_address, error)
        except BaseException as raised:  # noqa: BLE001 - an overridden hook raised it: it ends the loop, as elsewhere
            processor.fail(raised)
        processor.release(self.request, self.client_address, None)
        if error is not None and not isinstance(error, Exception):
            processor.fail(error)

    def cut(self) -> None:
        """End the coroutine where it waits: its ``finally`` clauses run, and may wait until it is cut again."""
        if self.cuts >= MOST_CUTS:
            self.abandon()
        elif self.dispatcher.running.get(id(self.request)) is self:
            self.cuts += 1
            self._unwatch()
            self.waiting = self.deadline = None
            self.throw(RequestCut())

    def abandon(self) -> None:
        """End the coroutine where it waits: its ``finally`` clauses run, and may wait for nothing."""
        if self.dispatcher.running.get(id(self.request)) is not self:
            return
        self._unwatch()
        try:
            self.run(end_coroutine, self.coroutine)
        except BaseException as error:  # noqa: BLE001 - no coroutine may keep the others from their end
            self._ended(error)
        else:
            self._ended(GeneratorExit())


class _Ending(_Task):
    """The end of an async generator that was left open, as a coroutine of its own: nobody waits for it."""

    __slots__ = ()

    def __init__(
        self, dispatcher: MultiplexedDispatcher, run: Callable[..., Any], coroutine: Coroutine[Any, Any, object]
    ) -> None:
        # The coroutine is what it is known by.
        super().__init__(dispatcher, run, coroutine, coroutine, -1, None)

    @override
    def _ended(self, end: BaseException) -> None:
        self._unwatch()
        self.waiting = None
        self._set_deadline(None)
        self.dispatcher.deadlines.forget(self)
        self.dispatcher.running.pop(id(self.request), None)
        if not isinstance(end, (Exception, *_CUT)):
            self.dispatcher.processor.fail(end)


# The methods that run a coroutine's own code.
_STEPS: Final = frozenset(step.__code__ for step in (_Task.resume, _Task.throw, _Task.readable, _Task.abandon))


def _leave(remove: Callable[[int], object], fd: int) -> None:
    try:
        remove(fd)
    except (OSError, RuntimeError):
        # The descriptor was closed before, and asyncio has just found that out; or a transport of asyncio's has it.
        return
