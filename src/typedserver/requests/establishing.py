"""Handshakes: what a server's loop does for each connection between the accept and the strategy.

A client that is silent in its handshake must hold nothing that others need: no thread, no child, no bounded place. So
the loop drives the listener's ``establish``, beside the other work of its thread, and gives the connection to the
strategy when it is established. It knows a listener's coroutine, the processor and the strategy's dispatcher, nothing
of TLS or any other handshake. Loop's thread only, unless said otherwise.
"""

import contextlib
import socket
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from typing import Any, Never, Protocol

from typing_extensions import override

from typedserver.coroutines.drive import is_coroutine
from typedserver.coroutines.foreign import explained
from typedserver.coroutines.loop import CoroutineLoop
from typedserver.coroutines.loop_task import CUT, LoopTask, Run
from typedserver.process.inheritance import close_after_fork
from typedserver.protocols.endpoints import Listener
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.strategies import ConcurrencyStrategy, Dispatcher, Place
from typedserver.reactor.calls import call_in_loop
from typedserver.requests.processor import Processor
from typedserver.sockets.accepted import Connection
from typedserver.sockets.announced import announce_end


class Session(Protocol):
    """The stay in a loop that the handshakes belong to."""

    def wait_for_room(self) -> None:
        """Accept nothing until ``Establishing.dispatch_ready`` was called, which the next release has done."""
        ...

    def look_again(self) -> None:
        """Accept again, because nothing waits for room any more."""
        ...

    def released(self, request: object) -> None:
        """Note that a request is over."""
        ...

    def hand_over(self, request: object) -> bool:
        """Note that the loop has no more to do with a request; returns whether it was run for that alone."""
        ...

    def leave(self, error: BaseException | None) -> None:
        """Leave the loop, because of an error if there is one."""
        ...


class Handover(Protocol):
    """What becomes of a request that the strategy could not be given."""

    def not_taken(self, request: object, client_address: object, error: Exception, established: object) -> bool:
        """End it, and report the error; returns whether the strategy has it all the same."""
        ...


class Establishing:
    """Drives the handshakes of one stay in a loop, and gives each connection to the strategy when it is established.

    reactor: the loop.
    listener: whose ``establish`` is driven.
    processor: where handshakes are begun, noted and released.
    dispatcher: the strategy's.
    by_hook: the overridden ``process_request``, which gets what the handler would get; None: it is not overridden.

    session, handover: set before the first request comes; None again when the server has left the loop.
    """

    __slots__ = (
        "__weakref__",
        "_accepted",
        "_by_hook",
        "_dispatcher",
        "_handshakes",
        "_listener",
        "_loop",
        "_processor",
        "_ready",
        "_scheduled",
        "_waits",
        "handover",
        "session",
    )

    def __init__(
        self,
        reactor: Reactor,
        listener: Listener[object, object],
        processor: Processor,
        dispatcher: Dispatcher,
        by_hook: Callable[[object, object], object] | None,
    ) -> None:
        self._loop = CoroutineLoop(reactor, processor.fail, beside=True)
        self._listener = listener
        self._processor = processor
        self._dispatcher = dispatcher
        self._by_hook = by_hook
        # By the identity of the request as it was accepted: the handshakes that run, and what is established and waits
        # for room, in the order in which it came.
        self._handshakes: dict[int, _Handshake] = {}
        self._ready: dict[int, tuple[object, object]] = {}
        # Whether a call of ``_dispatch`` is due, and whether what is ready waits for room.
        self._scheduled = self._waits = False
        # What the hook has just now: the established connection, and the request and address as they were accepted.
        self._accepted: tuple[object, object, object] | None = None
        self.session: Session | None = None
        self.handover: Handover | None = None
        close_after_fork(self)

    @property
    def has_capacity(self) -> bool:
        """Whether one more request may come: whoever waits for room is served before anybody new."""
        return not self._waits and self._dispatcher.has_capacity

    def is_worker(self) -> bool:
        """Whether the calling thread runs a handshake; from any thread."""
        return self._loop.is_worker()

    # The handshake

    def begin(self, request: object, client_address: object) -> None:
        """Begin the handshake of a request that was accepted."""
        loop = self._loop
        if isinstance(request, socket.socket):
            request.setblocking(False)
            if loop.release_reader is None:
                # As under ``Multiplexed``: such a loop must hear of it before a number is closed.
                announce_end(request)
        context = copy_context()
        # What runs no coroutine needs no more than its context.
        run: Run = context.run
        try:
            establishing = run(self._processor.establish, request, client_address)
        except BaseException as error:  # noqa: BLE001 - sorted there
            self._end_failed(run, request, client_address, error)
            return
        if is_coroutine(establishing):
            task = _Handshake(self, loop, context, establishing, request=request, client_address=client_address)
            self._handshakes[id(request)] = task
            task.resume(None)
        else:
            self._note(run, request, client_address, establishing)

    def over(self, task: "_Handshake", end: BaseException) -> None:
        """Note that the coroutine of a handshake has ended, by this exception."""
        del self._handshakes[id(task.request)]
        run: Run = task.context.run
        if type(end) is StopIteration:
            self._note(run, task.request, task.client_address, end.value)
        else:
            self._end_failed(run, task.request, task.client_address, end)

    def _note(self, run: Run, request: object, client_address: object, established: object) -> None:
        # By a name of its own: cast() would be a call.
        known: Any = established
        try:
            run(self._processor.note_established, request, known)
        except BaseException as error:  # noqa: BLE001 - an observer's wish that the program ends; or no pair at all
            self._end_failed(run, request, client_address, error)
            return
        self._ready[id(request)] = request, client_address
        # Not here: a handler that is called in place must not run inside the ``except`` clause of a step.
        self._dispatch_soon()

    def _end_failed(self, run: Run, request: object, client_address: object, error: BaseException) -> None:
        """End a request whose handshake has failed, or was ended; its listener has closed it."""
        if isinstance(request, socket.socket):
            # One that was ended before its first step, or by an observer, was not closed; this is nothing otherwise.
            with contextlib.suppress(OSError):
                request.close()
        processor = self._processor
        is_cut = isinstance(error, CUT)
        try:
            if isinstance(error, Exception) and not is_cut:
                run(processor.fail_to_establish, request, client_address, explained(error))
        except BaseException as raised:  # noqa: BLE001 - an overridden handle_error's: it ends the loop, as elsewhere
            processor.fail(raised)
        finally:
            self._end_unserved(request, client_address)
        if not isinstance(error, Exception) and not is_cut:
            processor.fail(error)

    # From the handshake to the strategy

    def _dispatch_soon(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            call_in_loop(self._loop.reactor, self._dispatch)

    def _dispatch(self) -> None:
        self._scheduled = False
        self.dispatch_ready()

    def dispatch_ready(self) -> None:
        """Give what is established to the strategy, as far as that has room."""
        session = self.session
        try:
            while self._ready and session is not None and session is self.session:
                if not self._dispatcher.has_capacity:
                    self._waits = True
                    session.wait_for_room()
                    # A release in another thread between the question and that call has seen nobody wait.
                    if not self._dispatcher.has_capacity:
                        return
                request, client_address = self._ready.pop(next(iter(self._ready)))
                self._give(session, request, client_address)
                if self._ready and self._dispatcher.place is Place.IN_PLACE:
                    # Handshakes go on between two handlers.
                    self._dispatch_soon()
                    break
            if self._waits and session is not None:
                self._waits = False
                session.look_again()
        except BaseException as error:  # noqa: BLE001 - asyncio's loops swallow what a callback raises
            if session is not None:
                session.leave(error)

    def _give(self, session: Session, request: object, client_address: object) -> None:
        established, address = self._processor.established_of(request)
        in_loop = self._dispatcher.place is Place.IN_LOOP
        was_awaited = not in_loop and session.hand_over(request)
        try:
            if isinstance(established, socket.socket):
                if not in_loop:
                    established.setblocking(True)
                elif self._loop.release_reader is None:
                    announce_end(established)
            if self._by_hook is None:
                self._dispatcher.process_request(request, client_address)
            else:
                self._give_by_hook(self._by_hook, (established, request, client_address), address)
        except Exception as error:  # noqa: BLE001 - a strategy or an override that fails refuses this request alone
            handover = self.handover
            if handover is None or not handover.not_taken(request, client_address, error, established):
                self._processor.forget_established(request)
                # It was not released, because no worker has had it.
                session.look_again()
                session.released(request)
        finally:
            if was_awaited:
                session.leave(None)

    def _give_by_hook(
        self, hook: Callable[[object, object], object], accepted: tuple[object, object, object], address: object
    ) -> None:
        self._accepted = accepted
        try:
            hook(accepted[0], address)
        except BaseException:
            self._accepted = None
            raise
        if self.take_accepted(accepted[0]) is not None:
            # The strategy did not get it: the override serves it by itself, and no account of it is ours.
            self._processor.forget_established(accepted[1])
            self._processor.release(accepted[1], accepted[2], None)

    def take_accepted(self, request: object) -> tuple[object, object] | None:
        """Return what the strategy must get for what the hook has given on: the request and address as accepted.

        None if the hook has not got that request just now.
        """
        accepted = self._accepted
        if accepted is None or accepted[0] is not request:
            return None
        self._accepted = None
        return accepted[1:]

    # Their ends

    def cut(self, request: object) -> None:
        """End what runs or waits for this request, if the end of its connection does not; from any thread."""
        if id(request) in self._handshakes or id(request) in self._ready:
            call_in_loop(self._loop.reactor, lambda: self._cut(request))

    def _cut(self, request: object) -> None:
        task = self._handshakes.get(id(request))
        if task is not None and task.request is request:
            task.cut_unless_woken()
            return
        known = self._ready.get(id(request))
        if known is not None and known[0] is request:
            del self._ready[id(request)]
            self._end_unserved(*known)

    def _end_unserved(self, request: object, client_address: object) -> None:
        try:
            self._processor.end_unserved(request)
        except BaseException as raised:  # noqa: BLE001 - an overridden shutdown_request's: it ends the loop, as elsewhere
            self._processor.fail(raised)
        finally:
            self._processor.release(request, client_address, None)

    def stop(self) -> None:
        """End all handshakes where they stand, and what waits for room, because the server leaves the loop."""
        self.session = self.handover = None
        while self._handshakes or self._loop.end_generators():
            for task in list(self._handshakes.values()):
                self._processor.note_cut(task.request)
                task.abandon()
        while self._ready:
            request, client_address = self._ready.pop(next(iter(self._ready)))
            self._processor.note_cut(request)
            self._end_unserved(request, client_address)

    def close(self, timeout: float | None) -> int:
        """Wait for the functions that handshakes have given to threads, when it has stopped; returns how many are left.

        May be called again.
        """
        return self._loop.close(timeout)

    def leave_in_child(self, request: object, /) -> None:
        """In a forked child: close this process's copies of all connections but that of ``request``."""
        for each in [task.request for task in self._handshakes.values()] + [known[0] for known in self._ready.values()]:
            if each is not request:
                connection = self._processor.connection_of(each)
                if isinstance(connection, Connection):
                    # In the middle of a handshake another object may have its descriptor.
                    connection.close_copy()
                else:
                    self._listener.close_request(connection)


def establishing_in(
    reactor: Reactor,
    listener: Listener[object, object],
    processor: Processor,
    dispatcher: Dispatcher,
    *,
    strategy: ConcurrencyStrategy[Never],
    by_hook: Callable[[object, object], object] | None,
) -> Establishing | None:
    """Make what drives handshakes in a loop, if the listener has any that a loop can drive.

    A strategy that serves in a loop of its own kind alone drives them there: they may await what is that loop's. One
    that establishes does so too, because a coroutine for both costs less than one each; unless an override wants to see
    what is established.
    """
    if dispatcher.place is Place.IN_LOOP and (
        strategy.reactor_factory is not None or (dispatcher.establishes and by_hook is None)
    ):
        return None
    if listener.request_kind != "connections" or not listener.establishes_in_loop:
        return None
    return Establishing(reactor, listener, processor, dispatcher, by_hook)


class _Handshake(LoopTask):
    """The coroutine that establishes a request, in a context of its own."""

    __slots__ = ("_establishing", "_was_cut", "client_address", "context", "request")

    def __init__(
        self,
        establishing: Establishing,
        loop: CoroutineLoop,
        context: Context,
        coroutine: Coroutine[Any, Any, object],
        *,
        request: object,
        client_address: object,
    ) -> None:
        super().__init__(loop, loop.step_in(context), coroutine)
        self.context: Context = context
        self._establishing = establishing
        self._was_cut = False
        self.request: object = request
        self.client_address: object = client_address

    def cut_unless_woken(self) -> None:
        """End it where it waits, unless it waits for its connection, which was ended: once that is left to itself."""
        if not self.over and (self._was_cut or not self.waits_for(-1)):
            self.cut()
        self._was_cut = True

    @override
    def served(self) -> object:
        return self.request

    @override
    def end(self, end: BaseException) -> None:
        self.settle()
        self._establishing.over(self, end)
