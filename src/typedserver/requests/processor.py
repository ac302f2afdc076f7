"""The processor: a request's way from the strategy to the handler and back.

It knows a listener, a handler and the accounts, nothing of loops, states or strategies. What begins with
``serve_request`` runs in the worker. It outlives a loop: a worker that ends late makes room in the loop that runs then.
"""

import contextlib
import errno
import os
import socket
import sys
from collections.abc import Callable, Coroutine
from types import CoroutineType
from typing import Any, Final, NoReturn, Protocol, cast

from typedserver.coroutines.conversing import converse, is_exchange
from typedserver.coroutines.drive import Driver, exchange_classes, is_coroutine
from typedserver.coroutines.gathering import send_gathered, unsent
from typedserver.errors import is_peers_fault
from typedserver.events import Observer, emit
from typedserver.lifetime.drain_request import DrainRequest
from typedserver.process.callers import is_called_by, was_raised_in
from typedserver.process.forking import end_as_child
from typedserver.process.inheritance import leave_all_in_child
from typedserver.protocols.endpoints import Listener
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.messages import MessageExchange
from typedserver.protocols.strategies import LiveRequest, RequestProcessor
from typedserver.requests.acceptor import Acceptor
from typedserver.requests.accounts import Accounts
from typedserver.requests.drain import DrainCount
from typedserver.requests.hooks import HookedServer, Hooks
from typedserver.sockets.accepted import Connection
from typedserver.sockets.pacing import Rates
from typedserver.sockets.silence import deadline_passed, is_silence

# What a blocking socket says that has waited as long as it may: a plain one, by its own limit and by the kernel's, and
# one of a TLS wrap, whose words begin with "The read", "The write" or a line of the module.
_SILENCES: Final = ((errno.EAGAIN, os.strerror(errno.EAGAIN)), ("timed out",))
_TLS_SILENCE: Final = "operation timed out"


class Session(Protocol):
    """The loop that accepts now, as far as a request's end concerns it."""

    acceptor: Acceptor
    awaits_end: bool

    def released(self, request: object) -> None:
        """Note that a request is over; from any thread."""
        ...

    def fail(self, error: BaseException) -> None:
        """End the loop by an exception; from any thread."""
        ...


class Processor:
    """What a strategy sees of its server (RequestProcessor).

    server: whose hooks are called; what handlers get as their server.
    handle: calls the handler with a request, its client's address and the server.
    limits_waits: whether ``handle`` limits the handler's waits, so that their end is the client's fault.
    accounts: where requests are noted.
    drain_request: whether the server drains, and who is called then.

    session: the loop that accepts now; set while there is one.
    count: what a drain counts; set once one was asked for.
    """

    __slots__ = (
        "_accounts",
        "_alone",
        "_begins_to_wait",
        "_cut",
        "_drain_request",
        "_drivers",
        "_establish",
        "_established",
        "_failure",
        "_finish",
        "_handle",
        "_in_child",
        "_is_over",
        "_left",
        "_limits_waits",
        "_listener",
        "_live",
        "_more",
        "_notes",
        "_prepares",
        "_rates",
        "_runs_exchanges",
        "_server",
        "_shut_down",
        "_waiting",
        "count",
        "session",
    )

    def __init__(
        self,
        server: HookedServer,
        handle: Callable[[Any, Any, Any], object],
        *,
        limits_waits: bool,
        accounts: Accounts,
        drain_request: DrainRequest,
    ) -> None:
        self._server = server
        self._handle = handle
        self._limits_waits = limits_waits
        self._accounts = accounts
        self._drain_request = drain_request
        # What is looked at for each request, by its own name: an attribute less on the way.
        self._waiting = drain_request.callbacks
        self._live = accounts.table.requests
        self._cut = accounts.table.cut
        # Whether this is a child of the library's own, with the one request that it serves.
        self._in_child = False
        # Whether no other request is served while one is: the loop that accepts does nothing else meanwhile.
        self._alone = False
        # Whether this is a child that a handler has forked, and that only the handler knows of; what it has failed by.
        self._left = False
        self._failure: BaseException | None = None
        self._listener: Listener[object, object] | None = None
        self._establish: Callable[[object, object, ServerContext], object] | None = None
        self._finish: Callable[[object, object], object] | None = None
        self._shut_down: Callable[[object], object] | None = None
        # Whether there is anything to do before the handler is called.
        self._prepares = False
        # Whether the strategy runs exchanges of messages by itself.
        self._runs_exchanges = False
        # How fast connections may move their bytes; None: as fast as it goes.
        self._rates: Rates | None = None
        # Called with a request that is served in place and waits there after all; None: those are noted as they come.
        self._begins_to_wait: Callable[[object, object], object] | None = None
        # Whether requests are noted in the table of live ones, and whether anything is noted besides.
        self._notes = True
        self._more = False
        # What an accepted request has become, by its identity, if that is known only after it has begun: the request
        # and client's address that the handler has, or None if the connection could not be established.
        self._established: dict[int, tuple[object, object] | None] = {}
        # What drives the coroutine of a request in its worker's thread, by the request's identity.
        self._drivers: dict[int, Driver] = {}
        # Whether such coroutines may wait for nothing more.
        self._is_over = False
        self.session: Session | None = None
        self.count: DrainCount | None = None

    def compose(
        self,
        hooks: Hooks,
        listener: Listener[object, object],
        *,
        notes: bool,
        alone: bool,
        runs_exchanges: bool,
        begins_to_wait: Callable[[object, object], object] | None,
        rates: Rates | None,
    ) -> None:
        """Find out, before requests come, what is to be called for each of them.

        notes: whether requests are noted in the table of live ones.
        alone: whether no other request is served while one is.
        runs_exchanges: whether the strategy runs exchanges of messages by itself.
        begins_to_wait: called with a request, and its client's address, whose coroutine is about to wait in place.
        rates: those that connections keep; None: none.
        """
        self._alone = alone
        # A stream knows how to pause.
        self._runs_exchanges = runs_exchanges and rates is None
        self._rates = rates
        self._begins_to_wait = begins_to_wait
        self._listener = listener
        self._establish = listener.establish if listener.establishes else None
        self._finish = hooks.finish_request
        if hooks.shutdown_request is not None:
            self._shut_down = hooks.shutdown_request
        else:
            self._shut_down = listener.shutdown_request if listener.request_kind == "connections" else None
        self._prepares = self._accounts.observer is not None or self._establish is not None
        self._notes = notes
        self._more = self._accounts.has_more

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to do for a request but to call the handler.

        And, for a connection, to note it, and to close it at its end; any other request must not be noted.
        """
        listener = self._listener
        connects = listener is not None and listener.request_kind == "connections"
        return (
            listener is not None
            and not (self._prepares or self._more or self._limits_waits or self._left)
            and self._notes is connects
            and self._finish is None
            and self._shut_down == (listener.shutdown_request if connects else None)
            and self._rates is None
            and not self._accounts.measures
            and self.count is None
        )

    @property
    def live(self) -> dict[int, LiveRequest]:
        """The live requests, by the identity of each."""
        return self._live

    @property
    def server(self) -> ServerContext:
        """The server as its handlers see it."""
        return self._server

    def client_address(self, live: LiveRequest) -> object:
        """Return the client's address as its handler gets it, or as it was accepted until that is known."""
        established = self._established.get(id(live.request))
        address: object = live.client_address if established is None else established[1]
        return address

    def is_worker(self) -> bool:
        """Whether the calling thread is in one of these methods; a coroutine is run by its strategy."""
        # Asked of the stack, and only here: an account of workers would cost each request more than its hooks do.
        return is_called_by(_CODE_OF_WORKERS, lambda processor: processor is self)

    def let_out(self, error: BaseException) -> bool:
        """Whether an exception has left one of these methods, because a hook had raised it there."""
        return was_raised_in(error, _CODE_OF_WORKERS, lambda processor: processor is self)

    def cut(self, request: object) -> None:
        """End the connection of a request now, and what its coroutine waits for in its thread; from any thread."""
        # First, because the end of its connection may wake the coroutine, and the wait after that is its cleaning up.
        driver = self._drivers.get(id(request))
        if driver is not None:
            driver.cut()
        established = self._established.get(id(request))
        if self._listener is not None:
            self._listener.cut_request(request if established is None else established[0])

    def end_waits(self) -> None:
        """End the coroutines that wait in their threads, now and later: nobody is there to cut them again."""
        self._is_over = True
        for driver in list(self._drivers.values()):
            driver.cut_for_good()

    # In the worker: a thread, a child, or the loop

    def serve_request(self, request: object, client_address: object, /) -> None:
        """Live a request's whole life."""
        result = self.begin_request(request, client_address)
        if result is not None and is_coroutine(result):
            self.run_in_place(result, request, client_address)

    def run_in_place(self, handling: Coroutine[Any, Any, object], request: object, client_address: object) -> None:
        """Run the coroutine that a handler has returned to its end, in this thread, and end its request."""
        if self._begins_to_wait is not None:
            self._begins_to_wait(request, client_address)
        driver = self._drivers[id(request)] = Driver(self, request)
        # Asked after it was put down: ``end_waits`` does both the other way round. The request may have been cut while
        # it waited for a thread.
        if self._is_over or id(request) in self._cut:
            driver.cut_for_good()
        try:
            self._drive(driver, handling, request, client_address)
        finally:
            # Only now: what an exception has kept open ends with it, and may wait until then.
            del self._drivers[id(request)]

    def unblock(self, accepted: object, /) -> Callable[[], int] | None:
        """Have the connection that a handler got for an accepted request block no more; its driver asks for that."""
        established = self._established.get(id(accepted))
        request = accepted if established is None else established[0]
        if not isinstance(request, socket.socket):
            return None
        if isinstance(request, Connection) and request.became is not None:
            request = request.became
        # The handler may have closed it.
        with contextlib.suppress(OSError):
            request.setblocking(False)
        return request.fileno

    def meeting_limit(self) -> float | None:
        """Return the most seconds of a wait for another handler, if none can run beside this one; None: any."""
        return self._server.deadlines.read if self._alone or self._in_child else None

    def _drive(
        self, driver: Driver, handling: Coroutine[Any, Any, object], request: object, client_address: object
    ) -> None:
        try:
            driver.run(handling)
        except BaseException as error:
            self.end_request(request, client_address, error)
            if not isinstance(error, Exception):
                raise
        else:
            self.end_request(request, client_address, None)

    def begin_request(self, request: object, client_address: object, /) -> object:  # noqa: C901, PLR0912 - a part of it would cost each request a call
        """Begin a request's life; ``end_request`` ends it if this returns a coroutine or an exchange."""
        accepted = request
        if self._prepares:
            prepared = self._prepare(request, client_address)
            if not isinstance(prepared, tuple):
                return prepared
            request, client_address = prepared
        runs_on = False
        try:
            if self._finish is None:
                result = self._handle(request, client_address, self._server)
            else:
                result = self._finish(request, client_address)
            if result is not None:
                kind = type(result)
                # What nearly all handlers return, asked as these two functions do: calls would cost each request.
                if kind is CoroutineType or (kind not in exchange_classes and is_coroutine(result)):
                    runs_on = True
                elif kind in exchange_classes or is_exchange(result):
                    runs_on = True
                    if self._accounts.measures:
                        self._accounts.measure(cast("MessageExchange", result), accepted, client_address)
                    if not self._runs_exchanges or self._establish is not None or not isinstance(request, Connection):
                        result = converse(cast("MessageExchange", result), request, client_address, self._server)
        except Exception as error:  # noqa: BLE001 - whatever the handler raises is handle_error's
            self._failed(accepted, request, client_address, error)
            return error
        else:
            return result
        finally:
            if not runs_on:
                if self._waiting:
                    self._drain_request.forget(request)
                if self._established:
                    self._established.pop(id(accepted), None)
                # Looked up only now: the handler may have forked.
                if self._shut_down is not None:
                    self._shut_down(request)

    def _report_start(self, observer: Observer, request: object, client_address: object) -> None:
        try:
            emit(observer, self._accounts.started(request, client_address))
        except BaseException:
            if self._shut_down is not None:
                self._shut_down(request)
            raise

    def _prepare(
        self, request: object, client_address: object
    ) -> tuple[object, object] | Coroutine[Any, Any, None] | Exception:
        """Return what the handler gets; else what must run before that, or what the request has failed by."""
        if self._accounts.context_observer is not None:
            self._accounts.enter_handler(request)
        if self._established and (known := self._established.get(id(request))) is not None:
            # The loop has established it, and reported its start.
            return known
        if self._accounts.observer is not None:
            self._report_start(self._accounts.observer, request, client_address)
        if self._establish is None:
            return request, client_address
        try:
            established = self._establish(request, client_address, self._server)
        except Exception as error:  # noqa: BLE001 - the listener has closed the request
            self._failed(request, request, client_address, error)
            return error
        if is_coroutine(established):
            return self.handle_established(established, request, client_address)
        pair = cast("tuple[object, object]", established)
        try:
            self.note_established(request, pair)
        except BaseException:
            self.end_unserved(request)
            raise
        return pair

    async def handle_established(
        self, establishing: Coroutine[Any, Any, object], accepted: object, client_address: object
    ) -> None:
        """Wait until a request is established, then call the handler, and wait for that if it is a coroutine."""
        try:
            established = cast("tuple[object, object]", await establishing)
        except Exception as error:  # noqa: BLE001 - the listener has closed the request
            self._established[id(accepted)] = None
            if self._waiting:
                self._drain_request.forget(accepted)
            self._failed(accepted, accepted, client_address, error)
            return
        self.note_established(accepted, established)
        result = self._handle(*established, self._server) if self._finish is None else self._finish(*established)
        if result is not None and not is_coroutine(result) and is_exchange(result):
            if self._accounts.measures:
                self._accounts.measure(result, accepted, established[1])
            # Under the same name, because a failure of the exchange knows this frame.
            result = converse(result, *established, self._server)
        if is_coroutine(result):
            await result

    def end_request(self, request: object, client_address: object, error: BaseException | None, /) -> None:
        """End the life of a request whose coroutine has ended."""
        if unsent:
            send_gathered()
        accepted = request
        if self._establish is not None and id(request) in self._established:
            established = self._established[id(request)]
            if established is None:
                # Its failure was reported, and the listener has closed it. What comes besides is that report's own.
                del self._established[id(accepted)]
                if error is not None:
                    raise error
                return
            request, client_address = established
        # What was known of it besides that it is live, before it is closed.
        if self._waiting:
            self._drain_request.forget(request)
        if self._established:
            self._established.pop(id(accepted), None)
        try:
            if error is not None:
                if isinstance(error, Exception):
                    self._failed(accepted, request, client_address, error)
                else:
                    self._failure = error if self._left else None
        finally:
            if self._shut_down is not None:
                self._shut_down(request)

    def _failed(self, accepted: object, request: object, client_address: object, error: Exception) -> None:
        if self._limits_waits and _is_of_limited_socket(error):
            # By the limit that was set for a handler which knows none: that is its client's fault.
            silence = deadline_passed()
            silence.__cause__ = error
            error = silence
        if isinstance(request, Connection) and is_peers_fault(error):
            # Who has broken a limit is not waited for at the end.
            request.give_up()
        if self._left:
            self._failure = SystemExit(1)
        self._accounts.note_error(accepted, error)
        self.report(request, client_address, error)

    def note_established(self, accepted: object, established: tuple[object, object]) -> None:
        """Note what a request has become: the worker that serves it establishes no more."""
        self._established[id(accepted)] = established
        accounts = self._accounts
        accounts.table.establishing.discard(id(accepted))
        if self._waiting:
            # Whoever has read the handshake; the handler notes its own stream.
            self._drain_request.forget(accepted)
        if accounts.observer is not None and accounts.establishes:
            emit(accounts.observer, accounts.established(accepted, established[1]))

    # What the loop establishes before a worker gets it

    def establish(self, request: object, client_address: object) -> object:
        """Begin to establish a request in the loop; returns what its listener's ``establish`` does."""
        # The number of an earlier request may be this one's: it must not pass for established.
        self._established.pop(id(request), None)
        self._accounts.given = None
        if self._accounts.observer is not None:
            self._report_start(self._accounts.observer, request, client_address)
        return None if self._establish is None else self._establish(request, client_address, self._server)

    def fail_to_establish(self, request: object, client_address: object, error: Exception) -> None:
        """Report why a request could not be established; its listener has closed it."""
        self._failed(request, request, client_address, error)

    def established_of(self, accepted: object) -> tuple[object, object]:
        """Return what a request has become, with its client's address; the request itself if that is not known."""
        return self._established.get(id(accepted)) or (accepted, None)

    def connection_of(self, request: object, /) -> object:
        """Return what a request has become, if it was established by now; else the request itself."""
        return self.established_of(request)[0]

    def forget_established(self, accepted: object) -> None:
        """Forget what a request has become, because no worker of this process serves it."""
        self._established.pop(id(accepted), None)

    def end_unserved(self, accepted: object) -> None:
        """Shut down a request that was established, and which no worker will get."""
        if self._waiting:
            self._drain_request.forget(accepted)
        established = self._established.pop(id(accepted), None)
        if established is not None and self._shut_down is not None:
            self._shut_down(established[0])

    def note_cut(self, request: object) -> None:
        """Note that a request is ended because the server ends."""
        self._accounts.table.note_cut(request)

    def close_request(self, request: object, /) -> None:
        """Close this process's copy of a request, by the hook."""
        established = self._established.pop(id(request), None) if self._established else None
        self._server.close_request(request if established is None else established[0])

    def leave_to_child(self, _request: object, /) -> None:
        """Do nothing: a connection is over when its last copy is closed."""

    # In a forked child

    def enter_child(self, request: object, /) -> None:
        """Leave to the parent what is the parent's: who observes, who waits for a drain, all other descriptors."""
        self._in_child = True
        self._drain_request.enter_child()
        if self._rates is not None:
            self._drain_request.call(self._rates, self._rates.lift)
        self._accounts.leave_to_parent()
        leave_all_in_child(request)

    def drain_in_child(self) -> None:
        """Note that the parent drains, and call the handler that wants to know."""
        self._drain_request.ask_in_child()
        # Before ``enter_child`` there is no handler, and those who wait are a copy of the parent's.
        if self._in_child:
            self._drain_request.notify()

    def leave_to_parent(self) -> None:
        """In a process that a handler has forked in this thread: it ends when the handler does.

        The request is still the parent's, who goes on with it. Here it is closed, and neither shut down nor accounted.
        """
        self._left = True
        if self.session is not None:
            # What waits is the parent's.
            self.session.acceptor.halt()
        self._accounts.leave_to_parent()
        self._drain_request.enter_child()
        self._shut_down = self._end_child

    def _end_child(self, _request: object) -> NoReturn:
        error = self._failure or sys.exception()
        # An Exception was reported, and is noted as the failure; what else is handled here is a coroutine's end.
        end_as_child(None if error is None or isinstance(error, Exception) else error)

    # When it is over

    def release(self, request: object, client_address: object, error: BaseException | None, /) -> None:
        """Note that a request is over."""
        was_cut = False
        # Observers and handle_error are other people's code: whatever comes out of them, the loop hears of the end.
        try:
            if self._notes or self._live:
                # Out of the table first, then the question whether it was cut. ``LiveRequests`` notes a cut first and
                # looks into the table then. So one of the two threads always sees the other.
                live = self._live.pop(id(request), None)
                if self._more or self._cut:
                    was_cut = self._accounts.settle(request, live, error)
            if error is not None and not was_cut:
                try:
                    self.report(request, client_address, error)
                except BaseException as raised:  # noqa: BLE001 - an overridden handle_error's: it ends the loop, as elsewhere
                    self.fail(raised)
        finally:
            if self.count is not None and not was_cut:
                self.count.served()
            session = self.session
            if session is not None:
                if session.acceptor.paused:
                    session.acceptor.look_again()
                if session.awaits_end:
                    session.released(request)

    def fail(self, error: BaseException, /) -> None:
        """End the loop by an exception that left a request served in it."""
        session = self.session
        if session is not None:
            session.fail(error)

    def report(self, request: object, client_address: object, error: BaseException) -> None:
        """Have ``handle_error`` report an exception, as the one that is being handled."""
        if sys.exception() is error:
            self._server.handle_error(request, client_address)
            return
        former = error.__traceback__
        try:
            # handle_error finds the exception where socketserver's overrides look for it: in sys.exc_info().
            raise error  # noqa: TRY301 - there is nobody else to raise it
        except BaseException:  # noqa: BLE001 - it is reported, whatever it is
            self._server.handle_error(request, client_address)
        finally:
            # This frame is in its traceback, and all that have called it with what they refer to: who keeps the error,
            # as the exchange that has ended by it does, would not be freed without the garbage collector.
            error.__traceback__ = former
            del error, former


def _is_of_limited_socket(error: Exception) -> bool:
    return (
        isinstance(error, OSError)
        and is_silence(error)
        and (error.args in _SILENCES or str(error).endswith(_TLS_SILENCE))
    )


_CODE_OF_WORKERS: Final = frozenset(
    function.__code__
    for function in (
        Processor.serve_request,
        Processor.begin_request,
        Processor.end_request,
        Processor.handle_established,
        # An observer and handle_error are called in it, in the worker's thread.
        Processor.release,
    )
)

_conforms: type[RequestProcessor[object]] = Processor
