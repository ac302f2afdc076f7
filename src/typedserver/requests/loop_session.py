"""One stay of a server in a loop, from attach to detach: made when it enters the loop, dropped when it leaves.

It knows an attachment, the accounts and the acceptor; nothing of how a server opens or closes.
"""

import math
from collections.abc import Callable
from functools import partial

from typedserver.config import Limits
from typedserver.errors import PacketRefused
from typedserver.events import AcceptFailed, Draining, Observer, Refused, emit, new_connection_id
from typedserver.lifetime.attachment import Attachment
from typedserver.protocols.endpoints import Listener, Withdrawal
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.reactors import TimerHandle
from typedserver.reactor.calls import every
from typedserver.requests.acceptor import Acceptor, Capacity, Turn
from typedserver.requests.admission import Rate
from typedserver.requests.counts import Counts
from typedserver.requests.drain import Drain, DrainCount
from typedserver.requests.establishing import Establishing
from typedserver.requests.intake import Intake
from typedserver.requests.overdue import DeadlineTimer
from typedserver.requests.table import LiveRequests


class LoopSession:
    """What a server has in one loop: its acceptor, its intake, the deadline timer, the tickers, the drain.

    server: what events name. attachment: its place in the loop.
    listener, table: as the server has them.
    capacity: whether one more request may come.
    establishing: what drives handshakes in this loop; None: workers do that, or there are none.
    intake: what becomes of accepted requests; ``accepted`` is what the acceptor calls with each.
    overdue: what looks for requests that are overdue, if this loop does that.
    batch: the most requests to accept for one wake-up.
    limits: how much the server takes on.
    observer: gets the events of failed accepts, and of a drain that begins.
    counts: counts what the listener refuses; None: nobody wants that.
    quiet: how many seconds without a new connection end a drain's accepting.
    accepts: whether the listener is still open.
    composed: called in the place of ``accepted`` until a drain begins; None: nothing is.
    turn: serves requests past all of this until a drain begins; None: nothing does.
    """

    __slots__ = (
        "_accepts",
        "_awaited",
        "_composed",
        "_counts",
        "_drain",
        "_listener",
        "_observer",
        "_overdue",
        "_quiet",
        "_server",
        "_table",
        "_tickers",
        "acceptor",
        "attachment",
        "awaits_end",
        "fails",
        "intake",
    )

    def __init__(
        self,
        server: ServerContext,
        attachment: Attachment,
        listener: Listener[object, object],
        capacity: Capacity,
        table: LiveRequests,
        *,
        intake: Intake,
        overdue: DeadlineTimer | None,
        accepted: Callable[[object, object], object],
        batch: int,
        limits: Limits,
        observer: Observer,
        counts: Counts | None,
        quiet: float,
        accepts: bool,
        establishing: Establishing | None = None,
        composed: Callable[[object, object], object] | None = None,
        turn: Turn | None = None,
    ) -> None:
        self._server = server
        self.attachment: Attachment = attachment
        self.intake: Intake = intake
        self._accepts = accepts
        self._composed = composed is not None or turn is not None
        self._listener = listener
        self._table = table
        self._overdue = overdue
        self._observer = observer
        self._counts = counts
        self._quiet = quiet
        self._tickers: list[TimerHandle] = []
        self._drain: Drain | None = None
        # The request that runs in the loop of handle_request.
        self._awaited: object = None
        # Whether an exception is about to end the loop.
        self.fails: bool = False
        # Whether the end of a request is waited for, by a drain or by handle_request; read in any thread.
        self.awaits_end: bool = False
        pauses = limits.over == "pause"
        self.acceptor: Acceptor = Acceptor(
            listener,
            capacity,
            attachment.reactor,
            accepted=accepted if composed is None else composed,
            failed=attachment.end,
            batch=batch,
            live=table.requests,
            most=limits.connections if limits.connections is not None and pauses else math.inf,
            rate=Rate(limits.rate) if limits.rate is not None and pauses else None,
            accept_failed=self._report_failed_accept,
            refused=self._report_refused_packet,
            turn=turn,
            first=None if establishing is None else establishing.dispatch_ready,
        )

    def begin(self) -> None:
        """Begin to accept, if the listener is still open."""
        if self._overdue is not None and self._table.requests and not self._overdue.awake:
            # Of a loop before this one.
            self._overdue.begin()
        if self._accepts:
            self.acceptor.start()
        else:
            self.acceptor.halt()

    def tick(self, interval: float, action: Callable[[], object]) -> None:
        """Call back at intervals; each call adds one more callback."""

        def act() -> None:
            try:
                action()
            except BaseException as error:  # noqa: BLE001 - asyncio's loops swallow what a callback raises
                self.attachment.end(error)

        self._tickers.append(every(self.attachment.reactor, interval, act))

    def _report_failed_accept(self, error: OSError, pauses: bool) -> None:
        emit(self._observer, AcceptFailed(error, pauses, server=self._server))

    def _report_refused_packet(self, error: PacketRefused) -> None:
        address = error.client_address
        # The listener refuses what its address alone keeps out at the same place.
        reason = self._listener.refusal(address) or "seal"
        number = new_connection_id()
        if self._counts is not None:
            self._counts.refused(reason)
        emit(self._observer, Refused(address, reason, error=error, server=self._server, connection_id=number))

    def count_from_now(self, count: DrainCount) -> None:
        """Count what comes, because the server drains; from any thread."""
        self.intake.count_from_now(count)
        if self._composed:
            # What does without the intake does not count.
            self._composed = False
            self.acceptor.hand_on_to(self.intake.accepted)

    # handle_request

    @property
    def awaits_request(self) -> bool:
        """Whether it runs until a single request is over."""
        return self._awaited is not None

    def await_end(self, request: object) -> None:
        """Accept nothing more, and leave the loop when this request is over."""
        self.acceptor.halt()
        self._awaited = request
        self.awaits_end = True

    # Of handshakes

    def wait_for_room(self) -> None:
        """Accept nothing until what is established has room."""
        self.acceptor.wait_for_room()

    def look_again(self) -> None:
        """Accept again, because nothing waits for room any more."""
        self.acceptor.look_again()

    def hand_over(self, request: object) -> bool:
        """Note that a request leaves the loop for its worker; returns whether the loop has waited for that alone."""
        if request is not self._awaited:
            return False
        # A worker in another thread may end it at once.
        self._awaited = None
        return True

    def leave(self, error: BaseException | None) -> None:
        """Leave the loop, because of an error if there is one; not if another error is about to end it."""
        if error is not None or not self.fails:
            self.attachment.end(error)

    # Draining

    def drain(
        self,
        until: float,
        count: DrainCount,
        *,
        withdraw: Callable[[], Withdrawal],
        notify: Callable[[], object],
        emptied: Callable[[], object],
        drained: Callable[[], object],
        seconds: float,
    ) -> None:
        """Begin to drain, or bring the end of a drain forward.

        seconds: how long that is from now, for the observer.
        """
        drain = self._drain
        if drain is None:
            drain = self._drain = Drain(
                self.attachment.reactor,
                self._listener,
                self.acceptor,
                self._table,
                count,
                withdraw=withdraw,
                quiet=self._quiet,
                notify=notify,
                emptied=emptied,
                drained=drained,
                accepts=self._accepts,
            )
            self.awaits_end = True
            emit(self._observer, Draining(self._listener.server_address, seconds, server=self._server))
            drain.begin()
        if self._drain is drain:
            # Otherwise the drain was over at once, and this session with it.
            drain.set_deadline(until)

    # From any thread

    def released(self, request: object) -> None:
        """Note that a request is over; from any thread."""
        drain = self._drain
        if drain is not None:
            drain.released()
        if request is self._awaited and not self.fails:
            self.attachment.detach()

    def fail(self, error: BaseException) -> None:
        """Accept nothing more, and end the loop by an exception; from any thread."""
        self.fails = True
        self.acceptor.halt()
        self.attachment.reactor.call_soon_threadsafe(partial(self.attachment.end, error))

    # Its end

    def stop(self) -> None:
        """Leave the loop; again, if that was interrupted."""
        while self._tickers:
            self._tickers.pop().cancel()
        self.acceptor.stop()
        if self._drain is not None:
            self._drain.stop()
            self._drain = None
        if self._overdue is not None:
            self._overdue.stop()
        self._awaited = None
