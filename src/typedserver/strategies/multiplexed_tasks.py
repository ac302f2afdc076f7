"""Requests as coroutines of one loop: the live side of the strategy Multiplexed.

It knows requests and their processor; ``coroutines/loop.py`` runs the coroutines. Loop's thread only, unless said
otherwise.
"""

import math
import socket
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from time import monotonic
from types import CoroutineType
from typing import Any

from typing_extensions import override

from typedserver.coroutines.companions import Companions
from typedserver.coroutines.conversing import is_exchange
from typedserver.coroutines.drive import exchange_classes, is_coroutine, not_a_coroutine
from typedserver.coroutines.foreign import explained
from typedserver.coroutines.loop import CoroutineLoop
from typedserver.coroutines.loop_task import CUT, STEPS, Blocks, LoopTask, Run
from typedserver.process.callers import is_called_by
from typedserver.protocols.messages import Unfinished
from typedserver.protocols.reactors import Reactor, TimerHandle
from typedserver.protocols.strategies import Companion, LiveRequest, Place, PlainConnections, RequestProcessor
from typedserver.reactor.calls import call_in_loop
from typedserver.sockets.accepted import Connection
from typedserver.sockets.announced import Leaving, announce_end, tell_ends
from typedserver.strategies.bases import BaseDispatcher
from typedserver.strategies.multiplexed_exchanges import Exchanges


class MultiplexedDispatcher(BaseDispatcher):
    """Runs the coroutines of requests.

    loop: runs the coroutines.
    exchanges: the connections of messages, which the loop runs without a coroutine.
    live: the tasks, among the processor's live requests, where each is its own entry.
    """

    __slots__ = ("__weakref__", "_companions", "exchanges", "live", "loop", "processor")

    place = Place.IN_LOOP
    runs_exchanges: bool = True
    establishes: bool = True
    has_capacity: bool = True

    def __init__(self, processor: RequestProcessor[Unfinished], reactor: Reactor, threads: int) -> None:
        self.processor: RequestProcessor[Unfinished] = processor
        self.loop: CoroutineLoop = CoroutineLoop(reactor, processor.fail, threads)
        self.live: dict[int, LiveRequest] = processor.live
        self.exchanges: Exchanges = Exchanges(self.loop, processor)
        self._companions = Companions(self.loop)
        tell_ends(self)

    @override
    def compose(self, plain: PlainConnections[object], /) -> Callable[[object, object], object] | None:
        """Return what takes connections whose handler gives exchanges."""
        if self.loop.release_reader is None:
            # In a loop of another library each socket must announce its end.
            return None
        return self.exchanges.compose(plain) if plain.gives_exchanges else self._composed(plain)

    def _composed(self, plain: PlainConnections[object]) -> Callable[[object, object], object]:
        live, overdue, otherwise, handle = self.live, plain.overdue, plain.otherwise, plain.handle
        step_in, server = self.loop.step_in, self.processor.server

        def take(request: object, client_address: object) -> None:
            if type(request) is not Connection:
                otherwise(request, client_address)
                return
            if overdue is not None and not overdue.awake:
                overdue.begin()
            request.setblocking(False)
            context = copy_context()
            run = step_in(context)
            task = _RequestTask(self, run, request, request.fileno(), client_address, monotonic())
            live[id(request)] = task
            try:
                handling = run(handle, request, client_address, server)
            except BaseException as error:  # noqa: BLE001 - sorted there
                task.end(error)
                return
            known: Any = handling
            if type(handling) is CoroutineType:
                task.serve(known)
            else:
                self._serve_otherwise(task, handling, context)

        return take

    def _serve_otherwise(self, task: "_RequestTask", handling: object, context: Context) -> None:
        """Go on with what a handler has returned in the place of a coroutine of Python's own."""
        if is_coroutine(handling):
            task.serve(handling)
        elif handling is not None and is_exchange(handling):
            self.exchanges.serve(handling, context, task.request, task.fd, task.client_address)
        else:
            task.end(not_a_coroutine("Multiplexed", handling))

    def process_request(self, request: Any, client_address: object, /) -> None:  # noqa: ANN401 - mostly a connection, which the strategy looks into
        """Begin the request, and run its coroutine beside the others of the loop."""
        fd = -1
        try:
            request.setblocking(False)
        except AttributeError:
            # A datagram or a message: it is answered through the listener, and has no descriptor of its own.
            pass
        except OSError:
            # What it was established as has its descriptor now, and does not block.
            fd = _descriptor_of(self.processor.connection_of(request))
        else:
            if self.loop.release_reader is None:
                # asyncio's loops and uvloop's must be told in any case: a number that is closed before they have left
                # it is lost to everybody else in the loop.
                announce_end(request)
            fd = request.fileno()
        context = copy_context()
        run = self.loop.step_in(context)
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
        # Its class first, because the calls would cost each request.
        kind = type(handling)
        known: Any = handling
        if kind is not CoroutineType and (kind in exchange_classes or not is_coroutine(handling)):
            if kind in exchange_classes or is_exchange(handling):
                self.exchanges.serve(known, context, request, fd, client_address)
                return
            # Either the exception that begin_request has reported, or the result of a handler that is no coroutine.
            reported = isinstance(handling, Exception)
            error = None if reported else not_a_coroutine("Multiplexed", handling)
            self.processor.release(request, client_address, error)
            return
        entry = self.live.get(id(request))
        began = monotonic() if entry is None else entry.began
        self.live[id(request)] = task = _RequestTask(self, run, request, fd, client_address, began)
        task.serve(known)

    def is_worker(self) -> bool:
        """Whether the calling thread runs a request's coroutine or function; from any thread."""
        return self.loop.is_worker() or self.exchanges.runs_here()

    def drain(self) -> None:
        """End the connections of messages that are between two; coroutines hear of a drain by themselves."""
        self.exchanges.drain()

    def _task_of(self, request: object) -> "_RequestTask | None":
        task = self.live.get(id(request))
        return task if isinstance(task, _RequestTask) and task.dispatcher is self else None

    def _tasks(self) -> "list[_RequestTask]":
        live = list(self.live.values())
        return [task for task in live if isinstance(task, _RequestTask) and task.dispatcher is self]

    def ends(self, connection: socket.socket, /) -> Leaving | None:
        """Leave the descriptor of a connection, because it is closed or given away next; from any thread."""
        task = self._task_of(connection)
        reactor = self.loop.reactor
        if task is None or task.request is not connection or reactor.is_closed():
            return None
        if not is_called_by(STEPS, lambda task: task.loop.reactor is reactor):
            return self.loop.leave_soon(task.fd)
        self.loop.leave(task.fd)
        return None

    def cut(self, request: object, /) -> None:
        """End the coroutine of this request if it waits for something other than its connection; from any thread."""
        task = self._task_of(request)
        if task is not None and (task.fd < 0 or not task.waits_for(task.request.fileno())):
            call_in_loop(self.loop.reactor, task.cut)
        else:
            self.exchanges.cut(request)

    def accompany(self, companion: Companion, /) -> Callable[[], object]:
        """Run a companion in the loop, beside the requests; returns what cancels it."""
        return self._companions.accompany(companion)

    def close(self, timeout: float | None = None, /) -> int:
        """End the coroutines that still wait, because nothing wakes them without the loop; then the companions.

        The functions that they have given to threads are waited for, at most ``timeout`` seconds; returns how many of
        them are left.
        """
        # Those that are abandoned may leave generators, whose ends may leave others.
        self.exchanges.abandon()
        while (tasks := self._tasks()) or self.loop.end_generators():
            for task in tasks:
                task.abandon()
        self._companions.close()
        return self.loop.close(timeout)


def _descriptor_of(connection: object) -> int:
    return connection.fileno() if isinstance(connection, socket.socket) else -1


class _RequestTask(LoopTask):
    """The coroutine that serves a request; its own entry among the live requests.

    began: when the request was accepted, by the monotonic clock.
    fd: the number of its request's descriptor, which may be another's once the request is closed; -1: it has none.
    """

    __slots__ = ("began", "client_address", "dispatcher", "fd", "request")

    def __init__(  # noqa: PLR0917 - names would cost each request
        self,
        dispatcher: MultiplexedDispatcher,
        run: Run,
        request: Any,  # noqa: ANN401 - a connection, which the strategy looks into
        fd: int,
        client_address: object,
        began: float,
    ) -> None:
        # As the base does, without the call, because it would cost each request.
        self.loop = dispatcher.loop
        self.run = run
        self.blocks: Blocks | None = None
        self.cuts = 0
        self.over = False
        self.again = None
        self.until: float | None = None
        self.due = math.inf
        self.reading = -1
        self.writing = -1
        self.waiting: object = None
        self.timer: TimerHandle | None = None
        self.dispatcher: MultiplexedDispatcher = dispatcher
        self.request: Any = request
        self.client_address: Any = client_address
        self.fd: int = fd
        self.began: float = began

    def serve(self, coroutine: Coroutine[Any, Any, object]) -> None:
        """Run the coroutine of the request."""
        self.coroutine = coroutine
        self.send = coroutine.send
        self.resume(None)

    @override
    def served(self) -> object:
        return self.request

    @override
    def end(self, end: BaseException) -> None:
        if self.blocks is not None:
            self.leave_blocks()
        loop = self.loop
        fd = self.reading
        # By the exact class: to find that it is none of another costs ten times more.
        if fd < 0 or loop.release_reader is None or type(self.request) is not Connection:
            self.unwatch()
            if self.fd in loop.readers:
                # Another request reads this one's connection.
                loop.leave(self.fd)
        else:
            # Nobody has asked for the socket itself, which would announce its end then, so there is no copy of it.
            self.reading = -1
            del loop.readers[fd]
            loop.release_reader(fd)
        if loop.writers:
            # Another request may wait to write to this one's connection.
            loop.leave(self.fd)
        self.waiting = self.again = self.until = None
        if self.due != math.inf:
            loop.deadlines.forget(self)
        self.over = True
        processor = self.dispatcher.processor
        error = None if type(end) is StopIteration or isinstance(end, CUT) else explained(end)
        try:
            self.run(processor.end_request, self.request, self.client_address, error)
        except BaseException as raised:  # noqa: BLE001 - an overridden hook raised it: it ends the loop, as elsewhere
            processor.fail(raised)
        processor.release(self.request, self.client_address, None)
        if error is not None and not isinstance(error, Exception):
            processor.fail(error)
