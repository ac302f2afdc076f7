"""The accounts of a server's requests: which are live, whose they are, and what each has come to.

It knows the table of live requests, the limits and an observer. Requests are taken in the loop's thread and settled in
any. The observer is told last, when the books are right: it is other people's code, and may ask or raise.
"""

from time import monotonic

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
from typedserver.requests.table import Live, LiveRequests
from typedserver.requests.telling import accepted, finished, started


class Accounts:
    """What is noted of each request from the accept to its end.

    server: what events name.
    table: the live requests.
    admission: the limits that are counted by request; None: there are none.

    observer: wants to be told of each request; None: it does not. Set when serving begins.
    message_observer: the same, of each message of a connection.
    context_observer: the same, of each handler's context.
    given: the last request that the default of ``process_request`` has given to the strategy, by its identity.
    establishes: whether the listener has something to do before the handler gets a request. Set when serving begins.
    """

    __slots__ = (
        "_connection_ids",
        "_errors",
        "_server",
        "admission",
        "context_observer",
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
        self.establishes: bool = False
        self.given: int | None = None
        # Of each request that an observer will hear of, by its identity: its number, and what it has failed by.
        self._connection_ids: dict[int, int] = {}
        self._errors: dict[int, BaseException | None] = {}

    @property
    def has_more(self) -> bool:
        """Whether more is done for each request than to note that it is live."""
        return self.admission is not None or self.observer is not None or self.establishes

    def take(self, request: object, client_address: object) -> None:
        """Note a request that is given to the strategy: it is live until it is settled."""
        self.table.requests[id(request)] = Live(request, client_address, monotonic())
        if self.has_more:
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
        """In a child that serves one request: report nothing, because the observers are the parent's."""
        self.observer = self.message_observer = self.context_observer = None

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
        """Have the observer of messages told of each message of an exchange; from any thread.

        request: as it was accepted. client_address: as its handler gets it.
        """
        observer = self.message_observer
        if observer is None or not isinstance(exchange, MeasurableExchange):
            return
        server, connection_id = self._server, self._connection_id(request)

        def report(seconds: float, error: Exception | None) -> None:
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

    def _connection_id(self, request: object) -> int:
        # Serving may have begun with an observer that did not want requests.
        return self._connection_ids.get(id(request)) or new_connection_id()

    def note_error(self, request: object, error: BaseException) -> None:
        """Note what a request has failed by, for its end."""
        # A hook that fails after the end of its request concerns no request any more.
        if self.observer is not None and id(request) in self.table.requests:
            self._errors[id(request)] = error

    def settle(self, request: object, live: LiveRequest | None, error: BaseException | None) -> bool:
        """Settle a request that was taken out of the table; returns whether it was cut. From any thread."""
        was_cut = id(request) in self.table.cut
        self.table.forget(request)
        # As ``has_more``, but for what is noted in the table alone.
        if live is not None and (self.admission is not None or self.observer is not None):
            client_address = live.client_address
            if self.admission is not None:
                self.admission.give_back(client_address)
            if self.observer is not None:
                if self._errors:
                    error = self._errors.pop(id(request), None) or error
                outcome = outcome_of(error, was_cut=was_cut) if was_cut or error is not None else Outcome.SERVED
                # Serving may have begun with an observer that did not want requests.
                connection_id = self._connection_ids.pop(id(request), None) or new_connection_id()
                seconds = monotonic() - live.began
                tell(self.observer, finished(client_address, outcome, seconds, error, self._server, connection_id))
        return was_cut
