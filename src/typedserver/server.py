"""Server: the composition of an endpoint, a handler and a strategy.

It knows the contracts and the acceptor, and no concrete endpoint or strategy but its default. How it lives and ends is
``lifetime.py``'s and ``serving.py``'s, what happens to a single request is ``processing.py``'s.
"""

import math
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final, Generic, Never, Self

from typing_extensions import override

from typedserver.composition import check_composition, check_dispatcher, check_listener, check_reactor, limits_its_waits
from typedserver.errors import CompositionError
from typedserver.events import AcceptFailed, Closed, Drained, Draining, DrainReport, Listening, tell
from typedserver.lifetime.attachment import Attachment
from typedserver.lifetime.drain_request import CUT_GRACE
from typedserver.lifetime.serving import Serving
from typedserver.protocols.endpoints import Endpoint, Listener, Withdrawal
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.reactors import Reactor, TimerHandle
from typedserver.protocols.requests import AddressT, RequestT, ResultT
from typedserver.protocols.servers import ListeningServer
from typedserver.protocols.strategies import ConcurrencyStrategy, Dispatcher, Place, RequestProcessor
from typedserver.reactor.selector_reactor import SelectorReactor
from typedserver.recipes import name_of
from typedserver.requests.acceptor import Acceptor
from typedserver.requests.admission import Rate
from typedserver.requests.drain import Drain
from typedserver.requests.overdue import LoopLooks, ThreadLooks
from typedserver.requests.processor import RequestProcessing
from typedserver.server_config import DEFAULT_CONFIG, ServerConfig, check_config
from typedserver.strategies.inline import Inline

_INLINE: Final = Inline()


class _Ticker:
    """Calls back at intervals while a server with an overridden ``service_actions`` serves."""

    __slots__ = ("_action", "_attachment", "_interval", "_timer")

    def __init__(self, attachment: Attachment, interval: float, action: Callable[[], object]) -> None:
        self._attachment = attachment
        self._interval = interval
        self._action = action
        self._timer: TimerHandle = attachment.reactor.call_later(interval, self._tick)

    def _tick(self) -> None:
        self._timer = self._attachment.reactor.call_later(self._interval, self._tick)
        try:
            self._action()
        except BaseException as error:  # noqa: BLE001 - asyncio's loops swallow what a callback raises
            self._attachment.end(error)

    def cancel(self) -> None:
        self._timer.cancel()


class Server(Serving, RequestProcessing, Generic[RequestT, AddressT]):
    """Serves what ``endpoint`` gives with ``handler``, as many at once as ``strategy`` says.

    Making one touches nothing; ``with``, ``open()`` or serving opens the endpoint. The hooks of ``socketserver`` may be
    overridden as there: verify_request, process_request, finish_request, shutdown_request, close_request,
    handle_error, handle_timeout, service_actions.

    Raises CompositionError for pieces that do not fit, nearly all of which a type checker finds before.
    """

    def __init__(
        self,
        endpoint: Endpoint[RequestT, AddressT],
        # A HandlerFactory, spelled as a Callable: only of that do lambdas get their parameters' types in mypy.
        handler: Callable[[RequestT, AddressT, Self], ResultT],
        strategy: ConcurrencyStrategy[ResultT] = _INLINE,
        *,
        config: ServerConfig = DEFAULT_CONFIG,
    ) -> None:
        check_composition(endpoint, handler, strategy)
        check_config(config)
        Serving.__init__(self, _reactor_factory_of(strategy, config))
        RequestProcessing.__init__(self, handler, config.deadlines, config.limits, config.observer)
        if endpoint.request_kind == "connections" and not strategy.runs_coroutines and not limits_its_waits(handler):
            self._limit_waits()
        self._endpoint = endpoint
        # From here on the result's type is settled: the signature has matched the handler's with the strategy's.
        self._strategy: ConcurrencyStrategy[Any] = strategy
        self._config = config
        # One for each loop that was served in, the current one last: workers of an earlier one may still be running.
        self._dispatchers: list[tuple[Reactor, Dispatcher]] = []
        self._acceptor: Acceptor | None = None
        self._ticker: _Ticker | None = None
        self._drain: Drain | None = None
        self._drained = False
        self._told_close = False
        # Whether other processes accept from the same listener, which is then theirs to close for good.
        self._shares_listener = False
        # What became of new clients when the listener was withdrawn; None: it was not.
        self._withdrawal: Withdrawal | None = None
        # The request that runs in the loop of handle_request, and what to call when it is over.
        self._awaited: tuple[Any, Callable[[], object]] | None = None

    def __repr__(self) -> str:
        parts = [repr(self._endpoint), name_of(self._handler)]
        if self._strategy != _INLINE:
            parts.append(repr(self._strategy))
        if self._config != DEFAULT_CONFIG:
            parts.append(f"config={self._config!r}")
        return f"{type(self).__name__}({', '.join(parts)})"

    @property
    def endpoint(self) -> Endpoint[RequestT, AddressT]:
        """Where requests come from."""
        return self._endpoint

    @property
    def strategy(self) -> ConcurrencyStrategy[Never]:
        """How many requests are served at once, and where."""
        return self._strategy

    @property
    def config(self) -> ServerConfig:
        """How it runs."""
        return self._config

    @property
    def quiet(self) -> float:
        """How many seconds without a new connection end a drain's accepting; as configured."""
        return self._config.quiet

    @property
    def server_address(self) -> Any:
        """The address it is bound to, a port 0 resolved; raises LifecycleError before it is open."""
        return self._opened_listener().server_address

    def fileno(self) -> int:
        """Return the listening descriptor; raises LifecycleError before it is open."""
        return self._opened_listener().fileno()

    def handle_request(self) -> None:
        """Serve one request, or call ``handle_timeout`` after ``config.timeout`` seconds without one.

        Returns when the request was handed to its worker or, where the loop itself is the worker, when it is over. A
        stop that is asked for ends it without a request. Raises as ``serve_forever`` does.
        """
        timed_out = False
        timers: list[TimerHandle] = []

        def start(attachment: Attachment) -> None:
            def expire() -> None:
                nonlocal timed_out
                if self._awaited is None:
                    timed_out = attachment.attached
                    attachment.detach()

            if self._config.timeout is not None:
                timers.append(attachment.reactor.call_later(self._config.timeout, expire))
            self._accept(attachment, partial(self._handle_one, attachment), batch=1)

        try:
            self._serve(start)
        finally:
            for timer in timers:
                timer.cancel()
        if timed_out:
            self.handle_timeout()

    def _handle_one(self, attachment: Attachment, request: Any, client_address: Any) -> None:
        runs_here = False
        if self._current_dispatcher().place is Place.IN_LOOP:
            # Then the loop runs until the request is released, and accepts nothing more.
            self._halt_parts()
            self._awaited = (request, attachment.detach)
            runs_here = True
        try:
            runs_here &= self._handle_accepted(request, client_address)
        except BaseException as error:  # noqa: BLE001 - raised by _serve
            attachment.end(error)
            return
        if not runs_here:
            attachment.detach()

    # What Serving asks of it

    def _open_parts(self) -> None:
        if self._listener is None:
            listener = self._endpoint.listen()
            check_listener(listener)
            self._listener = listener
            tell(self._observer, Listening(self._listener.server_address))

    def _start_parts(self, attachment: Attachment, poll_interval: float) -> None:
        self._accept(attachment, self._handle_accepted, batch=self._config.accept_batch)
        if type(self).service_actions is not RequestProcessing.service_actions:
            self._ticker = _Ticker(attachment, poll_interval, self.service_actions)

    def _accept(self, attachment: Attachment, accepted: Callable[[Any, Any], object], *, batch: int) -> None:
        listener, dispatcher = self._opened_listener(), self._dispatcher_of(attachment.reactor)
        self._compose_hooks(listener, dispatcher)
        # A datagram has no deadline: nothing of it is left open for longer than its handler runs.
        if listener.request_kind != "datagrams":
            if dispatcher.place is not Place.IN_PLACE:
                self._looks = LoopLooks(self._live, attachment.reactor)
                if self._requests and not self._looks.awake:
                    # Of a loop before this one.
                    self._looks.begin()
            elif self._looks is None:
                self._looks = ThreadLooks(self._live, self._config.quiet, self._tell_that_it_drains)
        limits = self._config.limits
        self._acceptor = Acceptor(
            listener,
            dispatcher,
            attachment.reactor,
            accepted=accepted,
            failed=attachment.end,
            batch=batch,
            live=self._live.requests,
            most=math.inf if limits.connections is None or limits.over == "refuse" else limits.connections,
            rate=Rate(limits.rate) if limits.rate is not None and limits.over == "pause" else None,
            accept_failed=self._tell_of_failed_accept,
        )
        self._acceptor.start()

    def _dispatcher_of(self, reactor: Reactor) -> Dispatcher:
        """Return the dispatcher of this loop, started if need be, as the current one."""
        known = next((entry for entry in self._dispatchers if entry[0] is reactor), None)
        if known is None:
            self._forget_ended_dispatchers()
            check_reactor(reactor)
            dispatcher = self._strategy.start(self, reactor)
            check_dispatcher(dispatcher)
            known = (reactor, dispatcher)
        else:
            self._dispatchers.remove(known)
        self._dispatchers.append(known)
        return known[1]

    def _forget_ended_dispatchers(self) -> None:
        self._dispatchers = [
            (reactor, dispatcher)
            for reactor, dispatcher in self._dispatchers
            if not reactor.is_closed() or dispatcher.close(0)
        ]

    def _tell_of_failed_accept(self, error: OSError, pauses: bool) -> None:
        tell(self._observer, AcceptFailed(error, pauses))

    def _halt_parts(self) -> None:
        acceptor = self._acceptor
        if acceptor is not None:
            acceptor.halt()

    def _stop_parts(self) -> None:
        if self._ticker is not None:
            self._ticker.cancel()
            self._ticker = None
        if self._acceptor is not None:
            self._acceptor.stop()
            self._acceptor = None
        if self._drain is not None:
            self._drain.stop()
            self._drain = None
        if self._drain_count is not None:
            self._drain_count.end()
        if isinstance(self._looks, LoopLooks):
            self._looks.stop()
            self._looks = None
        self._awaited = None

    # Draining

    def _drain_seconds(self) -> float | None:
        return self._config.deadlines.drain

    def _is_drained(self) -> bool:
        return self._drained

    def _tell_parts_to_drain(self, until: float) -> None:
        # Two threads may do this at once, with the same one.
        self._count.begin()
        self._drain_count = self._count
        self._asks_before = True
        if isinstance(self._looks, ThreadLooks):
            self._looks.drain(until)
        elif self._attachment is None and until <= time.monotonic():
            # Its loop has ended, and whoever closes it waits for workers.
            self._live.cut_all()

    def _drain_parts(self, attachment: Attachment, until: float, /) -> None:
        assert self._acceptor is not None
        assert self._drain_count is not None
        if self._drain is None:
            self._drain = Drain(
                attachment.reactor,
                self._opened_listener(),
                self._acceptor,
                self._live,
                self._drain_count,
                withdraw=self.withdraw,
                quiet=self._config.quiet,
                tell=self._tell_workers_to_drain,
                emptied=self._close_listener_of_connections,
                drained=partial(self._end_drain, attachment),
            )
            # As it was given, not less the milliseconds since.
            tell(self._observer, Draining(self.server_address, round(until - time.monotonic(), 1)))
            self._drain.begin()
        self._drain.set_deadline(until)
        if isinstance(self._looks, ThreadLooks):
            self._looks.drain(until)

    def _tell_workers_to_drain(self) -> None:
        self._tell_that_it_drains()
        for _, dispatcher in self._dispatchers:
            dispatcher.drain()

    def _end_drain(self, attachment: Attachment) -> None:
        self._drained = True
        if self._drain_count is not None:
            tell(self._observer, Drained(self.server_address, self._drain_count.report()))
        attachment.detach()

    def _close_listener_of_connections(self) -> None:
        # At once: what still came in, where the kernel could not be told to refuse it, learns it now.
        if self._listener is not None and self._listener.request_kind == "connections":
            self._close_listener()

    def _report_of_parts(self) -> DrainReport | None:
        return None if self._drain_count is None else self._drain_count.report()

    def _suspend_parts(self, *, suspended: bool) -> None:
        if self._acceptor is None:
            return
        if suspended:
            self._acceptor.suspend()
        else:
            self._acceptor.resume()

    def withdraw(self) -> Withdrawal:
        """Have the kernel take nothing new, once and for good; returns what becomes of new clients.

        Not where other processes serve on by the same listener: this one's siblings, in a worker, unless it was told
        otherwise by ``note_withdrawal``.
        """
        if self._withdrawal is None:
            self._withdrawal = self._opened_listener().withdraw()
        return self._withdrawal

    def note_withdrawal(self, withdrawal: Withdrawal) -> None:
        """Take note that another process has withdrawn the listener that both have: a drain empties its queue."""
        self._withdrawal = withdrawal

    @property
    @override
    def needs_loop(self) -> str | None:
        """The strategy, if it serves in no loop but one of its own kind."""
        return None if self._strategy.reactor_factory is None else repr(self._strategy)

    @override
    def share_listener(self) -> None:
        """Note that another process has the same listening socket, and goes on serving it; as for any server."""
        self._opened_listener().share()

    def enter_child(self, request: Any, /) -> None:
        """In a forked child: leave to the parent what is the parent's (RequestProcessor)."""
        # Who waits to be told there is the parent's, too.
        self._told = {}
        super().enter_child(request)

    def drain_in_child(self) -> None:
        """In a forked child: tell its handler that the parent drains (RequestProcessor)."""
        self._drain_until = math.inf
        # Before that it has none, and what it has is a copy of the parent's.
        if self._is_copy():
            self._tell_that_it_drains()

    def _cut_worker(self, request: Any) -> None:
        for _, dispatcher in list(self._dispatchers):
            dispatcher.cut(request)

    def reload(self) -> None:
        """Have the listener take over what has changed outside, where it can: a certificate. From any thread."""
        if self._listener is not None:
            self._listener.reload()

    def adopt(self, listener: Listener[RequestT, AddressT]) -> None:
        """Serve what this listener gives, in place of one that the endpoint would open; not while it serves.

        From then on it is the server's own: closing the server closes it.
        """
        self._listener = listener

    def check_before_fork(self) -> None:
        """Raise CompositionError where workers that are forked now could not serve by its strategy."""
        self._strategy.check_before_fork()

    def enter_worker(self, begun: Callable[[Reactor], object] | None = None) -> None:
        """In a forked worker process: begin a life there, as one of those that share the listener."""
        super().enter_worker(begun)
        self._shares_listener = True
        self._withdrawal = "shared"
        # Threads and children of a loop that the parent has run are the parent's.
        self._dispatchers = []
        self._forget_all()
        self._drain = self._drain_count = None
        self._looks = None

    def _retract_parts(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _close_parts(self) -> None:
        # A connection is its worker's; a datagram is answered through the listener itself, which must outlive them.
        if self._listener is not None and self._listener.request_kind != "connections":
            self._close_dispatchers()
        if self._listener is not None:
            self._close_listener()
        self._close_dispatchers()
        if self._looks is not None:
            self._looks.stop()
            self._looks = None
        if self._listener is not None and not self._told_close:
            self._told_close = True
            tell(self._observer, Closed(self.server_address))

    def _close_listener(self) -> None:
        listener = self._opened_listener()
        if self._shares_listener:
            listener.leave_in_child(None)
        else:
            listener.close()

    def _close_dispatchers(self) -> None:
        while self._dispatchers:
            # Taken out afterwards: who interrupts the wait may close again, and wait for the rest.
            if self._dispatchers[-1][1].close(self._time_to_close()) and self._drain_until is not None:
                # A drain that was left before its end has cut nobody.
                self._live.cut_all()
                self._dispatchers[-1][1].close(CUT_GRACE)
            self._dispatchers.pop()

    def _in_worker(self) -> bool:
        return (
            super()._in_worker()
            or self._is_worker()
            or any(dispatcher.is_worker() for _, dispatcher in self._dispatchers)
        )

    def fail(self, error: BaseException, /) -> None:
        """End the loop by an exception; what a strategy calls that serves in the loop (RequestProcessor)."""
        attachment = self._attachment
        if attachment is not None:
            attachment.reactor.call_soon_threadsafe(lambda: attachment.end(error))

    def release(self, request: Any, client_address: Any, error: BaseException | None, /) -> None:
        """Take note that a request is over (RequestProcessor)."""
        was_cut = False
        if self._keeps_table:
            entry = self._requests.pop(id(request), None)
            # The set afterwards: who cuts it now looks for it first, and then here.
            if self._counts_more or self._cut_now:
                was_cut = self._account_for(request, entry, error)
        if error is not None and not was_cut:
            try:
                self._report(request, client_address, error)
            except BaseException as raised:  # noqa: BLE001 - an overridden handle_error's: it ends the loop, as elsewhere
                self.fail(raised)
        acceptor = self._acceptor
        if acceptor is not None and acceptor.paused:
            acceptor.look_again()
        if self._drain_count is not None:
            if not was_cut:
                self._drain_count.served()
            if self._drain is not None:
                self._drain.released()
        awaited = self._awaited
        if awaited is not None and awaited[0] is request:
            awaited[1]()

    # What RequestProcessing asks of it

    def _current_dispatcher(self) -> Dispatcher:
        return self._dispatchers[-1][1]


_serves: type[ListeningServer] = Server[Any, Any]

_processes: type[RequestProcessor[object]] = Server[Any, Any]

_is_context: type[ServerContext] = Server[Any, Any]


def _reactor_factory_of(strategy: ConcurrencyStrategy[Never], config: ServerConfig) -> Callable[[], Reactor]:
    """Return what makes the loop: the strategy, where it names one that it needs."""
    needed = strategy.reactor_factory
    if needed is None:
        return config.reactor_factory
    if config.reactor_factory is not SelectorReactor:
        raise CompositionError(
            f"{strategy!r} makes the loop itself: leave out ServerConfig(reactor_factory={config.reactor_factory!r}), "
            "and tell the strategy which loop to make"
        )
    return needed
