"""The accounts of a server's requests: which are live, whose they are, and what each has come to.

It knows the table of live requests, the limits and an observer. Requests are taken in the loop's thread and settled in
any. The observer is told last, when the books are right: it is other people's code, and may ask or raise.
"""

from time import monotonic
from typing import Final

from typedserver.events import (
    Answered,
    ContextObserver,
    Established,
    Observer,
    Outcome,
    Refused,
    Started,
    emit,
    enter_handler,
    new_connection_id,
    outcome_of,
)
from typedserver.lifetime.turns import tell
from typedserver.protocols.endpoints import Refusal
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.messages import MeasurableExchange, MessageExchange
from typedserver.protocols.strategies import LiveRequest
from typedserver.requests.admission import Admission
from typedserver.requests.counts import Counts
from typedserver.requests.table import Live, LiveRequests
from typedserver.requests.telling import accepted, finished, started

# Looked up once: a member of an Enum costs more than an attribute.
_SERVED: Final = Outcome.SERVED


class Accounts:
    """What is noted of each request from the accept to its end.

    server: what events name.
    table: the live requests.
    admission: the limits that are counted by request; None: there are none.

    observer: wants to be told of each request; None: it does not. Set when serving begins.
    message_observer: the same, of each message of a connection.
    context_observer: the same, of each handler's context.
    counts: counts each request that is over, each message and each refusal; None: nobody wants that. Set as these.
    given: the last request that the default of ``process_request`` has given to the strategy, by its identity.
    establishes: whether the listener has something to do before the handler gets a request. Set when serving begins.
    """

    __slots__ = (
        "_connection_ids",
        "_errors",
        "_server",
        "admission",
        "context_observer",
        "counts",
        "establishes",
        "given",
        "message_observer",
        "observer",
        "table",
    )

    def __init__(self, server: ServerContext, table: LiveRequests, admission: Admission | None) -> None:
        self._server = server
        self.table: LiveRequests = table
        self.admission: Admission | None = admission
        self.observer: Observer | None = None
        self.message_observer: Observer | None = None
        self.context_observer: ContextObserver | None = None
        self.counts: Counts | None = None
        self.establishes: bool = False
        self.given: int | None = None
        # Of each request that an observer will hear of, by its identity: its number, and what it has failed by.
        self._connection_ids: dict[int, int] = {}
        self._errors: dict[int, BaseException | None] = {}

    @property
    def has_more(self) -> bool:
        """Whether more is done for each request than to note that it is live."""
        return self.counts is not None or self.takes_more

    @property
    def takes_more(self) -> bool:
        """Whether more is done than that when a request is taken, as opposed to settled."""
        return self.admission is not None or self.observer is not None or self.establishes

    @property
    def measures(self) -> bool:
        """Whether anybody wants to hear of the single messages of connections."""
        return self.message_observer is not None or (self.counts is not None and self.counts.with_messages)

    def take(self, request: object, client_address: object) -> None:
        """Note a request that is given to the strategy: it is live until it is settled."""
        self.table.requests[id(request)] = Live(request, client_address, monotonic())
        if self.takes_more:
            self.take_more(request, client_address)

    def take_more(self, request: object, client_address: object) -> None:
        """Note of a live request what there is besides."""
        if self.establishes:
            self.table.establishing.add(id(request))
        if self.admission is not None:
            self.admission.take(client_address)
        if self.observer is not None:
            connection_id = self._connection_ids[id(request)] = new_connection_id()
            emit(self.observer, accepted(client_address, self._server, connection_id))

    def leave_to_parent(self) -> None:
        """In a child that serves one request of its parent's: report and count nothing, because the parent does."""
        self.observer = self.message_observer = self.context_observer = self.counts = None

    def enter_handler(self, request: object) -> None:
        """Have the observer set the context in which this is called, for the handler; from any thread."""
        if self.context_observer is not None:
            enter_handler(self.context_observer, self._connection_id(request))

    def started(self, request: object, client_address: object) -> Started:
        """Return what is told of a request that begins; from any thread."""
        return started(client_address, self._server, self._connection_id(request))

    def established(self, request: object, client_address: object) -> Established:
        """Return the event of a request that was established; from any thread.

        request: as it was accepted. client_address: as its handler gets it.
        """
        return Established(client_address, server=self._server, connection_id=self._connection_id(request))

    def measure(self, exchange: MessageExchange, request: object, client_address: object) -> None:
        """Have the observer of messages told of each message of an exchange, and each counted; from any thread.

        request: as it was accepted. client_address: as its handler gets it.
        """
        observer, counts = self.message_observer, self.counts
        if counts is not None and not counts.with_messages:
            counts = None
        if not isinstance(exchange, MeasurableExchange):
            return
        if observer is None:
            if counts is not None:
                exchange.measure(counts.answered)
            return
        server, connection_id = self._server, self._connection_id(request)

        def report(seconds: float, error: Exception | None) -> None:
            if counts is not None:
                counts.answered(seconds, error)
            emit(observer, Answered(client_address, seconds, error, server=server, connection_id=connection_id))

        exchange.measure(report)

    def refused(
        self,
        request: object,
        client_address: object,
        reason: Refusal,
        *,
        limit: float | None = None,
        error: BaseException | None = None,
    ) -> Refused:
        """Return what is told of a request that is refused, whether it was taken or not."""
        connection_id = self._connection_id(request)
        return Refused(
            client_address, reason, limit=limit, error=error, server=self._server, connection_id=connection_id
        )

    def known_id(self, request: object) -> int | None:
        """Return the number that the events of a live request have; None if there are none. From any thread."""
        return self._connection_ids.get(id(request))

    def _connection_id(self, request: object) -> int:
        # Serving may have begun with an observer that did not want requests.
        return self._connection_ids.get(id(request)) or new_connection_id()

    def note_error(self, request: object, error: BaseException) -> None:
        """Note what a request has failed by, for its end."""
        # A hook that fails after the end of its request concerns no request any more.
        if (self.observer is not None or self.counts is not None) and id(request) in self.table.requests:
            self._errors[id(request)] = error

    def settle(self, request: object, live: LiveRequest | None, error: BaseException | None) -> bool:
        """Settle a request that was taken out of the table; returns whether it was cut. From any thread."""
        table = self.table
        was_cut = id(request) in table.cut
        # Mostly both are empty.
        if table.cut or table.establishing:
            table.forget(request)
        # As ``has_more``, but for what is noted in the table alone.
        if live is None:
            return was_cut
        client_address = live.client_address
        if self.admission is not None:
            self.admission.give_back(client_address)
        observer, counts = self.observer, self.counts
        if observer is not None or counts is not None:
            error = (self._errors.pop(id(request), None) if self._errors else None) or error
            outcome = outcome_of(error, was_cut=was_cut) if error is not None or was_cut else _SERVED
            seconds = monotonic() - live.began
            if counts is not None:
                counts.settled(outcome, seconds)
            if observer is not None:
                # Serving may have begun with an observer that did not want requests.
                connection_id = self._connection_ids.pop(id(request), None) or new_connection_id()
                tell(observer, finished(client_address, outcome, seconds, error, self._server, connection_id))
        return was_cut
