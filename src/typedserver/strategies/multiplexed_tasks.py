"""The coroutines of one loop: each is resumed when what it waits for has come.

It knows a reactor and the waits of coroutines, nothing of handlers.
"""

import math
import threading
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from typedserver.coroutines.drive import foreign_awaitable, is_coroutine, not_a_connection, not_a_coroutine
from typedserver.coroutines.waits import Blocking, Parked, Readable, Sleep, Writable
from typedserver.process.callers import is_called_by
from typedserver.protocols.reactors import Reactor, ReleasesReaders
from typedserver.protocols.requests import StreamRequest
from typedserver.protocols.strategies import Place, RequestProcessor
from typedserver.reactor.calls import call_in_loop
from typedserver.reactor.timer_wheel import TimerWheel
from typedserver.sockets.silence import deadline_passed
from typedserver.strategies.bases import BaseDispatcher

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor


# How often it is looked, at a close that has a limit, whether what was given to threads has ended.
_CLOSE_INTERVAL: Final = 0.005


class MultiplexedDispatcher(BaseDispatcher):
    """Keeps the set of running coroutines, and the deadlines of what they wait for."""

    __slots__ = ("_blocked", "_threads", "deadlines", "forget_reader", "processor", "reactor", "running", "writers")

    place = Place.IN_LOOP
    has_capacity: bool = True

    def __init__(self, processor: RequestProcessor[Coroutine[Any, Any, object]], reactor: Reactor) -> None:
        self.processor: RequestProcessor[Coroutine[Any, Any, object]] = processor
        self.reactor: Reactor = reactor
        self.deadlines: TimerWheel = TimerWheel(reactor)
        # By the identity of the request as it was accepted.
        self.running: dict[int, _Task] = {}
        # Who waits to write, by the descriptor: it may be another request's than its own.
        self.writers: dict[int, _Task] = {}
        self._threads: ThreadPoolExecutor | None = None
        # The threads that call a request's function at this moment.
        self._blocked: set[int] = set()
        self.forget_reader: Callable[[int], object] = (
            reactor.release_reader if isinstance(reactor, ReleasesReaders) else reactor.remove_reader
        )

    def process_request(self, request: object, client_address: object, /) -> None:
        """Begin the request, and run its coroutine beside the others of the loop."""
        connection = cast("StreamRequest", request)
        try:
            connection.setblocking(False)
        except AttributeError:
            self.processor.close_request(request)
            self.processor.release(request, client_address, not_a_connection("Multiplexed"))
            return
        handling = self.processor.begin_request(request, client_address)
        if not is_coroutine(handling):
            # An exception that begin_request has reported, before there was a coroutine to run; or no coroutine at all.
            reported = isinstance(handling, Exception)
            error = None if reported else not_a_coroutine("Multiplexed", handling)
            self.processor.release(request, client_address, error)
            return
        task = _Task(self, handling, connection, client_address)
        self.running[id(request)] = task
        task.resume(None)

    def run_blocking(self, function: Callable[[], object], wake: "Callable[[Future[object]], object]") -> None:
        """Call the function in a thread, and ``wake`` in the loop with what became of it."""
        if self._threads is None:
            from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - most servers have no use for it

            self._threads = ThreadPoolExecutor(thread_name_prefix="typedserver blocking")
        given_up = threading.Event()
        try:
            call = self._threads.submit(self._block, function, given_up)
        except BaseException:
            # No thread is to be had; but it stays in the executor's queue, where a later one would find it.
            given_up.set()
            raise
        call.add_done_callback(lambda done: self.reactor.call_soon_threadsafe(partial(wake, done)))

    def _block(self, function: Callable[[], object], given_up: threading.Event) -> object:
        if given_up.is_set():
            return None
        self._blocked.add(threading.get_ident())
        try:
            return function()
        finally:
            self._blocked.discard(threading.get_ident())

    def is_worker(self) -> bool:
        """Whether this thread runs a request's coroutine or function."""
        return threading.get_ident() in self._blocked or is_called_by(_STEPS, lambda task: task.dispatcher is self)

    def cut(self, request: object, /) -> None:
        """End the coroutine of this request where it waits for something else than its connection."""
        task = self.running.get(id(request))
        if task is not None and not task.waits_for(cast("StreamRequest", request).fileno()):
            call_in_loop(self.reactor, task.abandon)

    def close(self, timeout: float | None = None, /) -> int:
        """End the coroutines that are still waiting: without the loop nothing would wake them.

        What they have given to threads is waited for, at most ``timeout`` seconds.
        """
        for task in list(self.running.values()):
            task.abandon()
        self.deadlines.close()
        if self._threads is not None:
            self._threads.shutdown(wait=timeout is None, cancel_futures=True)
            deadline = time.monotonic() + (timeout or 0.0)
            while self._blocked and time.monotonic() < deadline:
                time.sleep(_CLOSE_INTERVAL)
        return len(self._blocked)


# What a coroutine waits for whose wait to write has lost its descriptor: its turn.
_CLOSED: Final = object()


class _Task:
    """One coroutine, and what it waits for."""

    __slots__ = (
        "client_address",
        "coroutine",
        "deadline",
        "dispatcher",
        "due",
        "reading",
        "request",
        "waiting",
        "writing",
    )

    def __init__(
        self,
        dispatcher: MultiplexedDispatcher,
        coroutine: Coroutine[Any, Any, object],
        request: StreamRequest,
        client_address: object,
    ) -> None:
        self.dispatcher = dispatcher
        self.coroutine = coroutine
        self.request = request
        self.client_address = client_address
        self.deadline: float | None = None
        self.due = math.inf
        # Registered descriptors stay so between two waits: most coroutines wait for the same one again and again.
        self.reading = -1
        self.writing = -1
        self.waiting: object = None

    def resume(self, value: object) -> None:
        """Run until the next wait, or to the end. Nothing else runs meanwhile, so this is what must be short."""
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
        except Exception as error:  # noqa: BLE001 - whatever it is, it concerns who asked, and must not end the loop
            # The kernel has no room for the descriptor (ENOSPC, ENOMEM, epoll_ctl(2)), no thread is to be had, or it is
            # something that only another loop could wait for.
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
            self.dispatcher.reactor.add_reader(fd, self._readable)
        self._set_deadline(wait.deadline)

    def _readable(self) -> None:
        if self.waiting is not Readable:
            # It waits for something else by now: what its peer sends meanwhile would wake it in vain, again and again.
            self.dispatcher.reactor.remove_reader(self.reading)
            self.reading = -1
            return
        # What ``resume`` does, without a call between: this is all but every wake-up.
        try:
            wait = self.coroutine.send(None)
        except BaseException as end:  # noqa: BLE001 - sorted below
            self._ended(end)
            return
        # ... and this all but every wait, for the connection that it waited for before.
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
        # A socket is writable most of the time: unlike a reader, a writer that is left would never rest.
        self.unwatch_writer()
        self.waiting = None
        self.resume(None)

    def unwatch_writer(self) -> None:
        """Wait to write no more."""
        if self.writing >= 0:
            self.dispatcher.writers.pop(self.writing, None)
            self.dispatcher.reactor.remove_writer(self.writing)
            self.writing = -1

    def lose_connection(self) -> None:
        """Go on where it waits to write to a connection that was closed under it: the write says so."""
        if self.waiting is _CLOSED:
            self.waiting = None
            self.resume(None)

    def _wake_who_writes(self) -> None:
        """Have a request that waits to write to this one's connection find out that it is over."""
        other = self.dispatcher.writers.get(self.request.fileno())
        if other is not None and other is not self:
            # Before the number may be another connection's.
            other.unwatch_writer()
            other.waiting = _CLOSED
            call_in_loop(self.dispatcher.reactor, other.lose_connection)

    def _set_deadline(self, deadline: float | None) -> None:
        self.deadline = deadline
        if deadline is not None and deadline < self.due:
            self.dispatcher.deadlines.watch(self)

    def expire(self) -> None:
        """Tell the coroutine that its peer was silent for too long."""
        if self.waiting is Readable or self.waiting is Writable:
            self._unwatch()
            self.waiting = None
            self.throw(deadline_passed())

    def _wait_otherwise(self, wait: object) -> None:
        self.deadline = None
        self.waiting = wait
        match wait:
            case Sleep():
                delay = max(0.0, wait.until - time.monotonic())
                self.dispatcher.reactor.call_later(delay, partial(self._wake, wait, None))
            case Parked():
                reactor = self.dispatcher.reactor
                if wait.until is not None:
                    delay = max(0.0, wait.until - time.monotonic())
                    reactor.call_later(delay, partial(self._wake, wait, None))
                wait.start(lambda: call_in_loop(reactor, partial(self._wake, wait, None)))
            case Blocking():
                self.dispatcher.run_blocking(wait.function, partial(self._wake, wait))
            case _:
                raise foreign_awaitable(wait)

    def _wake(self, wait: object, outcome: "Future[object] | None") -> None:
        # A wake-up that comes late finds another wait, or the end.
        if self.waiting is not wait:
            return
        self.waiting = None
        if outcome is None:
            self.resume(None)
        elif (error := outcome.exception()) is not None:
            self.throw(error)
        else:
            self.resume(outcome.result())

    def waits_for(self, fd: int) -> bool:
        """Whether it waits for this connection; one whose descriptor another object has taken over counts as this."""
        if self.waiting is Readable:
            return fd in (-1, self.reading)
        return self.waiting is Writable and fd in (-1, self.writing)

    def _unwatch(self) -> None:
        """Leave the reactor, before the descriptors are closed."""
        if self.reading >= 0:
            self.dispatcher.forget_reader(self.reading)
            self.reading = -1
        self.unwatch_writer()

    def _ended(self, end: BaseException) -> None:
        self._unwatch()
        dispatcher = self.dispatcher
        if dispatcher.writers:
            self._wake_who_writes()
        self.waiting = self.deadline = None
        dispatcher.deadlines.forget(self)
        dispatcher.running.pop(id(self.request), None)
        processor = dispatcher.processor
        error = None if type(end) is StopIteration or isinstance(end, GeneratorExit) else end
        try:
            processor.end_request(self.request, self.client_address, error)
        except BaseException as raised:  # noqa: BLE001 - an overridden hook's: it ends the loop, as elsewhere
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
        except BaseException as error:  # noqa: BLE001 - of many coroutines none may keep the others from their end
            self._ended(error)
        else:
            self._ended(GeneratorExit())


# What runs a coroutine's own code.
_STEPS: Final = frozenset(step.__code__ for step in (_Task.resume, _Task.throw, _Task._readable, _Task.abandon))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # its own, below it
