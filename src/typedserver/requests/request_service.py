"""The requests of one server, from the listener to the handler and back: what its Lifetime opens, serves and closes.

It owns the parts and wires them. It knows a composition by its contracts, and no state of a server's life.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Never

from typedserver.composition import answer_of, limits_its_waits, marks_of, receiving_of, replying_of
from typedserver.events import ContextObserver, Drained, DrainReport, Refused, emit, wants_messages, wants_requests
from typedserver.lifetime.attachment import Attachment
from typedserver.lifetime.drain_request import DrainRequest
from typedserver.lifetime.lifetime import Lifetime
from typedserver.lifetime.servable import Servable
from typedserver.lifetime.shared_port import SharedPort
from typedserver.protocols.endpoints import Endpoint, Listener
from typedserver.protocols.reactors import TimerHandle
from typedserver.protocols.servers import AnyServer
from typedserver.protocols.strategies import ConcurrencyStrategy, Dispatcher, LiveRequest, Place, PlainConnections
from typedserver.requests.accounts import Accounts
from typedserver.requests.admission import Admission
from typedserver.requests.counts import Counts
from typedserver.requests.datagram_turn import DatagramTurn
from typedserver.requests.dispatchers import Dispatchers
from typedserver.requests.drain import DrainCount
from typedserver.requests.establishing import Establishing, establishing_in
from typedserver.requests.hooks import HookedServer, Hooks
from typedserver.requests.intake import Intake
from typedserver.requests.lifespan import Entrance, Lifespan
from typedserver.requests.loop_session import LoopSession
from typedserver.requests.overdue import Watch
from typedserver.requests.owned_listener import OwnedListener
from typedserver.requests.pacing import Pacing, check_paced
from typedserver.requests.processor import Processor
from typedserver.requests.settling import SettlingProcessor
from typedserver.requests.table import LiveRequests
from typedserver.server_config import ServerConfig
from typedserver.sockets.connection import finish_ends
from typedserver.sockets.limits import limiter
from typedserver.sockets.lingering import LONGEST_AT_CLOSE

_log = logging.getLogger("typedserver")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a server is made of.

    defaults: the class whose hooks are the defaults.
    lifespan: makes the context that each process enters which serves; None: there is none.
    """

    endpoint: Endpoint[Any, Any]
    handler: Callable[[Any, Any, Any], object]
    strategy: ConcurrencyStrategy[Any]
    config: ServerConfig
    defaults: type[HookedServer]
    lifespan: Callable[[], object] | None = None


class RequestService:
    """What one server serves.

    server: whose hooks are called; what handlers get as their server.
    recipe: what it is made of.
    drain_request: whether a drain was asked for, and who is called then.
    listener: the listener, in a process that shares its parent's.
    counts: counts its requests from the next time on that serving begins; None: they are not counted.
    """

    __slots__ = (
        "_accounts",
        "_count",
        "_drain_request",
        "_drained",
        "_entrance",
        "_establishing",
        "_forking",
        "_handle",
        "_left_establishing",
        "_pacing",
        "_processor",
        "_server",
        "_session",
        "_settling",
        "_turn",
        "_watch",
        "counts",
        "dispatchers",
        "lifespan",
        "listener",
        "recipe",
        "table",
    )

    def __init__(
        self,
        server: HookedServer,
        recipe: Recipe,
        drain_request: DrainRequest,
        listener: OwnedListener | None = None,
        counts: Counts | None = None,
    ) -> None:
        config = recipe.config
        self.counts: Counts | None = counts
        self._server = server
        self.recipe: Recipe = recipe
        self.listener: OwnedListener = listener or OwnedListener(server, recipe.endpoint, config.observer)
        self._drain_request = drain_request
        self.dispatchers: Dispatchers = Dispatchers(recipe.strategy)
        self.table: LiveRequests = LiveRequests(config.deadlines.total, config.deadlines.establish, self._cut)
        limits = config.limits
        check_paced(recipe.endpoint, limits)
        admission = Admission(limits, self.table.requests) if Admission.is_needed(limits) else None
        self._accounts = Accounts(server, self.table, admission)
        self._handle = recipe.handler
        limits_waits = _must_limit_waits(recipe)
        if limits_waits:
            self._handle = _with_limits(recipe.handler, config.deadlines.read, config.deadlines.write)
        # Settling costs a request something, and only whoever lends messages wants to hear of their ends.
        self._settling: SettlingProcessor | None = None
        make = SettlingProcessor if recipe.endpoint.request_kind == "messages" else Processor
        self._processor: Processor = make(
            server,
            self._handle,
            limits_waits=limits_waits,
            accounts=self._accounts,
            drain_request=drain_request,
        )
        if isinstance(self._processor, SettlingProcessor):
            self._settling = self._processor
        self._pacing = Pacing(limits, drain_request)
        self._count = DrainCount(self.table)
        self._session: LoopSession | None = None
        # What serves plain datagrams in the loop that runs, or ran last.
        self._turn: DatagramTurn | None = None
        # What drives handshakes in the loop that runs, and in those before it, whose functions in threads may run on.
        self._establishing: Establishing | None = None
        self._left_establishing: list[Establishing] = []
        self.lifespan: Lifespan = Lifespan(server, recipe.lifespan, self._fail)
        # While the lifespan is entered in the loop.
        self._entrance: Entrance | None = None
        self._watch = Watch(self.table, config.quiet, drain_request.notify)
        self._drained = False
        # The threads in which a handler forks just now.
        self._forking: set[int] = set()

    # What its server asks

    def handle(self, request: object, client_address: object) -> object:
        """Call the handler: what ``finish_request`` does unless it is overridden."""
        return self._handle(request, client_address, self._server)

    def process_request(self, request: object, client_address: object) -> None:
        """Give a request to the strategy: what the hook does unless it is overridden."""
        known = None if self._establishing is None else self._establishing.take_accepted(request)
        if known is None:
            self._accounts.take(request, client_address)
        else:
            # It was noted when it was accepted; what the hook has got is what the handler will get.
            request, client_address = known
        self.dispatchers.current.process_request(request, client_address)
        self._accounts.given = id(request)

    def handle_one(self, lifetime: "Lifetime[RequestService]") -> bool:
        """Serve one request; returns whether the time was over before there was one."""
        timed_out = False
        timers: list[TimerHandle] = []
        timeout = self.recipe.config.timeout

        def begin(attachment: Attachment) -> None:
            session = self._enter(attachment, partial(self._handle_accepted_one, attachment), batch=1)

            def expire() -> None:
                nonlocal timed_out
                if not session.awaits_request:
                    timed_out = attachment.attached
                    attachment.detach()

            if timeout is not None:
                timers.append(attachment.reactor.call_later(timeout, expire))
            session.begin()

        # Whoever calls this again and again must learn that nothing will come any more.
        lifetime.check_that_it_is_not_over()
        try:
            lifetime.serve(lambda attachment: self._enter_lifespan(attachment, partial(begin, attachment)))
        finally:
            for timer in timers:
                timer.cancel()
        return timed_out

    def _handle_accepted_one(self, attachment: Attachment, request: object, client_address: object) -> None:
        session = self._session
        assert session is not None
        runs_here = self.dispatchers.current.place is Place.IN_LOOP or self._establishing is not None
        if runs_here:
            # Then the loop runs until the request is released, or established and given to its worker.
            session.await_end(request)
        try:
            runs_here &= session.intake.accepted(request, client_address)
        except BaseException as error:  # noqa: BLE001 - raised by Lifetime.serve
            attachment.end(error)
            return
        if not runs_here and not session.fails:
            attachment.detach()

    # What an operator asks, from any thread

    def connection_id(self, request: object) -> int | None:
        """Return the number that the events of a live request have; None if an observer gets none."""
        return self._accounts.known_id(request)

    def client_address(self, live: LiveRequest) -> object:
        """Return the client's address of a live request: as its handler gets it, once that is known."""
        return self._processor.client_address(live)

    # Servable

    @property
    def members(self) -> tuple[AnyServer, ...]:
        """None: it is one server."""
        return ()

    @property
    def needs_loop(self) -> str | None:
        """The strategy, if it serves in no loop but one of its own kind."""
        return None if self.recipe.strategy.reactor_factory is None else repr(self.recipe.strategy)

    def share_port(self, port: SharedPort, /) -> int:
        """Have its listener share a port, if its endpoint leaves that to the kernel."""
        return self.listener.share_port(port)

    def open(self) -> None:
        """Open the listener; all that is needed later is loaded by then."""
        self.recipe.strategy.load()
        self.listener.open()

    def retract(self) -> None:
        """Close the listener, so that it may be opened again."""
        self.listener.retract()

    def start(self, attachment: Attachment, poll_interval: float, /) -> None:
        """Begin to accept in the attachment's loop, as soon as the lifespan is entered."""
        self._enter_lifespan(attachment, partial(self._begin, attachment, poll_interval))

    def _begin(self, attachment: Attachment, poll_interval: float) -> None:
        session = self._enter(attachment, None, batch=self.recipe.config.accept_batch)
        session.begin()
        actions = Hooks.of(self._server, self.recipe.defaults).service_actions
        if actions is not None:
            session.tick(poll_interval, actions)
        watch = self.listener.watch
        if watch is not None:
            # It was opened some time ago: a worker of Prefork has it as its parent had loaded it.
            self.listener.reload_if_changed()
            session.tick(watch, self.listener.reload_if_changed)

    def _enter_lifespan(self, attachment: Attachment, begin: Callable[[], object]) -> None:
        """Begin to accept once the lifespan is entered: now, or later in the loop."""
        self.listener.begin_to_serve()
        dispatcher = self.dispatchers.of(attachment.reactor, self._processor)
        entrance = Entrance(attachment, begin, self.suspend, partial(self._drain_in, attachment))
        self._entrance = entrance
        if self.lifespan.enter(dispatcher, attachment.reactor, partial(self._pass, entrance), attachment.end):
            self._entrance = None
            begin()

    def _pass(self, entrance: Entrance) -> None:
        if self._entrance is entrance:
            self._entrance = None
            entrance.pass_through()

    def _fail(self, error: BaseException) -> bool:
        """End the loop by an exception that is no request's; returns whether there is one."""
        self._processor.fail(error)
        return self._session is not None

    def _enter(
        self, attachment: Attachment, accepted: Callable[[object, object], object] | None, *, batch: int
    ) -> LoopSession:
        config = self.recipe.config
        listener, dispatcher = self.listener.opened, self.dispatchers.current
        hooks = Hooks.of(self._server, self.recipe.defaults)
        # A message may wait for a worker: to unwrap it is no handshake, and has no deadline.
        self._accounts.establishes = listener.establishes and listener.request_kind != "messages"
        observer = config.observer
        self._accounts.observer = observer if wants_requests(observer) else None
        self._accounts.context_observer = (
            observer if isinstance(observer, ContextObserver) and wants_requests(observer) else None
        )
        self._accounts.message_observer = observer if wants_messages(observer) else None
        self._accounts.counts = self.counts
        # A datagram that is answered before the loop goes on is never there when the loop looks, and cannot be cut.
        # Only if it has a coroutine, which may wait, it is noted and looked after.
        passes_by = (
            listener.request_kind == "datagrams"
            and dispatcher.place is Place.IN_PLACE
            # An override may give it to the strategy itself, which notes it.
            and hooks.process_request is None
        )
        notes = self._accounts.has_more or not passes_by
        self._processor.compose(
            hooks,
            listener,
            notes=notes,
            alone=dispatcher.place is Place.IN_PLACE,
            runs_exchanges=dispatcher.runs_exchanges,
            begins_to_wait=self._watch.note if passes_by else None,
            rates=self._pacing.begin(),
        )
        establishing = self._establishing = establishing_in(
            attachment.reactor,
            listener,
            self._processor,
            dispatcher,
            strategy=self.recipe.strategy,
            by_hook=hooks.process_request,
        )
        # If handlers block the loop, a thread looks for what is overdue.
        blocks = dispatcher.place is Place.IN_PLACE
        watchdog = self._watch.in_thread() if blocks else None
        overdue = None if blocks else self._watch.in_loop(attachment.reactor)
        intake = Intake(
            self._accounts,
            verify=hooks.verify_request,
            process=hooks.process_request or dispatcher.process_request if establishing is None else establishing.begin,
            notes=notes and (hooks.process_request is None or establishing is not None),
            overdue=None if passes_by else watchdog or overdue,
            count=self._count if self._count.counts else None,
            refuse=self._refuse,
            failed=self._failed,
            let_out=self._processor.let_out,
            by_hook=hooks.process_request is not None,
            refusal=listener.refusal if listener.refuses else None,
        )
        accept = accepted or intake.accepted
        composed = turn = None
        at_once = accepted is None and establishing is None and hooks.process_request is None
        if at_once and self._processor.is_plain and not intake.asks:
            if passes_by:
                turn = self._datagram_turn(listener, dispatcher)
            else:
                handler = self.recipe.handler
                plain = PlainConnections(
                    self._handle,
                    gives_exchanges=marks_of(handler).gives_exchanges,
                    answer=answer_of(handler),
                    overdue=watchdog or overdue,
                    otherwise=intake.accepted,
                )
                composed = dispatcher.compose(plain)
        self._turn = turn
        if self._settling is not None:
            accept = partial(self._settling.take, accept)
        accept = self._pacing.paced(accept)
        session = LoopSession(
            self._server,
            attachment,
            listener,
            dispatcher if establishing is None else establishing,
            self.table,
            intake=intake,
            overdue=overdue,
            accepted=accept,
            batch=batch,
            limits=config.limits,
            observer=config.observer,
            counts=self.counts,
            quiet=config.quiet,
            # A drain that was left before its end may have emptied the queue already.
            accepts=not self.listener.closed,
            establishing=establishing,
            composed=composed,
            turn=turn,
        )
        self._session = self._processor.session = session
        if establishing is not None:
            establishing.session, establishing.handover = session, intake
        return session

    def _datagram_turn(self, listener: Listener[object, object], dispatcher: Dispatcher) -> DatagramTurn | None:
        """Return what serves plain datagrams in the place of all others; None if one of these may do more."""
        receiving = receiving_of(listener)
        if (
            receiving is None
            or dispatcher.calls_only is not self._processor
            or self.recipe.config.limits.rate is not None
        ):
            return None
        replying = replying_of(self.recipe.handler, receiving.socket, self._server)
        return None if replying is None else DatagramTurn(receiving, replying, self._processor)

    def _refuse(self, request: object, refused: Refused) -> None:
        if self.counts is not None:
            self.counts.refused(refused.reason)
        try:
            emit(self.recipe.config.observer, refused)
        finally:
            try:
                self._server.shutdown_request(request)
            except Exception:  # noqa: BLE001 - an override that fails concerns this request alone
                self._server.handle_error(request, refused.client_address)
            finally:
                if self._settling is not None:
                    self._settling.refused(request, refused)

    def _failed(self, request: object, client_address: object) -> None:
        self._server.handle_error(request, client_address)

    def call_when_ready(self, callback: Callable[[], object], /) -> None:
        """Call back now, unless the lifespan is still being entered: it serves as soon as its loop turns."""
        if self._entrance is None:
            callback()
        else:
            self._entrance.ready.append(callback)

    def halt(self) -> None:
        """Accept nothing more."""
        session = self._session
        if session is not None:
            session.acceptor.halt()

    def stop(self) -> None:
        """Leave the loop; running requests go on."""
        entrance, self._entrance = self._entrance, None
        if entrance is not None:
            entrance.leave()
        self.lifespan.give_up()
        if self._session is not None:
            self._session.stop()
            establishing, self._establishing = self._establishing, None
            if establishing is not None:
                self._left_establishing.append(establishing)
                establishing.stop()
                # Whoever calls handle_request again and again has one of them for each.
                self._left_establishing = [each for each in self._left_establishing if each.close(0)]
            self._session = self._processor.session = None
        self.listener.end_serving()
        if self._count.counts:
            self._count.end()

    def close(self) -> None:
        """Close the listener, wait for workers, and leave the lifespan."""
        try:
            self._close()
        finally:
            self.listener.report_close()

    def _close(self) -> None:
        # A connection is its worker's; a datagram is answered through the listener itself, which must outlive them.
        if self.listener.request_kind != "connections":
            self._close_dispatchers()
        self.listener.close()
        self._close_dispatchers()
        self._pacing.close()
        left = self._drain_request.seconds_to_close()
        finish_ends(LONGEST_AT_CLOSE if left is None else min(LONGEST_AT_CLOSE, left))
        self._watch.stop()
        self.lifespan.leave()

    def _close_dispatchers(self) -> None:
        self.dispatchers.close(self._drain_request, self.table.cut_all, self._processor.end_waits)
        while self._left_establishing:
            self._left_establishing[-1].close(self._drain_request.seconds_to_close())
            self._left_establishing.pop()

    def is_worker(self) -> bool:
        """Whether the calling thread serves one of its requests, or establishes it."""
        establishing, turn = self._establishing, self._turn
        return (
            self._processor.is_worker()
            or (turn is not None and turn.is_worker())
            or self.dispatchers.is_worker()
            or (establishing is not None and establishing.is_worker())
        )

    def serves_in_this_thread(self) -> bool:
        """False: its loop is its Lifetime's."""
        return False

    def pass_on_suspension(self, *, suspended: bool) -> None:
        """Do nothing: it has no members."""

    def suspend(self, *, suspended: bool) -> None:
        """Stop or start accepting, in the loop."""
        session = self._session
        if self._entrance is not None:
            self._entrance.suspended = suspended
        if session is None:
            return
        if suspended:
            session.acceptor.suspend()
        else:
            session.acceptor.resume()

    # Draining

    @property
    def drain_seconds(self) -> float | None:
        """As ``Deadlines(drain=)`` says."""
        return self.recipe.config.deadlines.drain

    @property
    def is_drained(self) -> bool:
        """Whether a drain has come to its end."""
        return self._drained

    def warn(self, until: float, _deadline: float | None, /) -> None:
        """Count from now on, and cut everything if its time is over and no loop would do it."""
        # Two threads may do this at once, with the same count.
        self._count.begin()
        self._processor.count = self._count
        session = self._session
        if session is not None:
            session.count_from_now(self._count)
        if not self._watch.drain(until) and session is None and until <= time.monotonic():
            # Its loop has ended, and whoever closes it waits for workers.
            self.table.cut_all()

    def drain(self, attachment: Attachment, until: float, /) -> None:
        """Take nothing new, serve what has come, cut what is left, then detach."""
        if self._entrance is not None:
            self._entrance.drain(until)
        else:
            self._drain_in(attachment, until)

    def _drain_in(self, attachment: Attachment, until: float) -> None:
        session = self._session
        assert session is not None
        # The drain may have been asked for while this session was made.
        session.count_from_now(self._count)
        session.drain(
            until,
            self._count,
            withdraw=self.listener.withdraw,
            notify=self._notify_workers,
            emptied=self._close_listener_of_connections,
            drained=partial(self._end_drain, attachment),
            # As it was given, not less the milliseconds since.
            seconds=round(until - time.monotonic(), 1),
        )
        self._watch.drain(until)

    def _notify_workers(self) -> None:
        self._drain_request.notify()
        self.dispatchers.drain()

    def _close_listener_of_connections(self) -> None:
        # At once: what still came in, if the kernel could not be made to refuse it, learns it now.
        if self.listener.request_kind == "connections":
            self.listener.close()

    def _end_drain(self, attachment: Attachment) -> None:
        self._drained = True
        try:
            emit(self.recipe.config.observer, Drained(self.listener.address, self._count.report(), server=self._server))
        finally:
            attachment.detach()

    def report(self) -> DrainReport | None:
        """Return what the drain has come to."""
        return self._count.report() if self._count.counts else None

    # Other processes

    def share(self) -> None:
        """Note that another process has the same listening socket, and goes on serving it."""
        self.listener.share()

    def reload(self) -> None:
        """Have the listener take over what has changed outside, such as a certificate."""
        self.listener.reload()

    def before_fork(self) -> None:
        """Prepare to share the listener with a process that the program forks next."""
        # Asked here: in the child, asyncio does not know any more which task runs.
        if self.is_worker():
            self._forking.add(threading.get_ident())
        self.listener.before_fork()

    def after_fork(self) -> None:
        """Go on, in the parent."""
        self._forking.discard(threading.get_ident())
        self.listener.after_fork()

    def enter_child(self) -> None:
        """In a process that the program has forked: leave the parent's requests alone, and have a share in the rest."""
        if threading.get_ident() in self._forking:
            self._processor.leave_to_parent()
        self.listener.enter_child()

    def in_child(self, drain_request: DrainRequest, /) -> "RequestService":
        """Return what serves the same listener in this process: no request and no thread of the parent's is in it."""
        _keep_for_parent(self, self._establishing)
        return RequestService(self._server, self.recipe, drain_request, self.listener, self._counts_anew())

    def for_worker(self, drain_request: DrainRequest) -> "RequestService":
        """Return what serves the same listener in a forked worker process: what is the parent's is not in it."""
        _keep_for_parent(self, self._establishing)
        return RequestService(self._server, self.recipe, drain_request, self.listener.for_worker(), self._counts_anew())

    def _counts_anew(self) -> Counts | None:
        return None if self.counts is None else Counts(with_messages=self.counts.with_messages)

    # What its parts call

    def _cut(self, request: object, client_address: object) -> None:
        """End a request now: its connection, and its worker if that can be ended; from any thread."""
        _log.debug("request of %r is cut", client_address)
        try:
            self._processor.cut(request)
            self.dispatchers.cut(request)
            establishing = self._establishing
            if establishing is not None:
                establishing.cut(request)
        except Exception:  # noqa: BLE001 - an endpoint or a strategy that fails here must not keep the others from their end
            _log.exception("request of %r could not be cut", client_address)


_conforms: type[Servable] = RequestService

_kept_for_parents: Final[list[RequestService]] = []


def _keep_for_parent(service: RequestService, establishing: Establishing | None) -> None:
    # What the parent has entered, and the handshakes that it drives, would be left here, by their ``finally`` clauses,
    # if nobody referred to them any more.
    if service.lifespan.is_entered or establishing is not None:
        _kept_for_parents.append(service)


def _must_limit_waits(recipe: Recipe) -> bool:
    """Whether the waits of a handler must be limited for it: it reads its connection by itself, and limits none."""
    strategy: ConcurrencyStrategy[Never] = recipe.strategy
    return (
        recipe.endpoint.request_kind == "connections"
        and not strategy.runs_coroutines
        and not limits_its_waits(recipe.handler)
    )


def _with_limits(
    handler: Callable[[Any, Any, Any], object], read: float | None, write: float | None
) -> Callable[[Any, Any, Any], object]:
    """Make of a handler one whose waits end at their deadlines."""
    limit = limiter(read, write)

    def with_limits(request: Any, client_address: object, server: object) -> object:  # noqa: ANN401 - the handler's own kind of request
        limit(request)
        return handler(request, client_address, server)

    return with_limits
