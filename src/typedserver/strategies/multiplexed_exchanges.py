"""Exchanges of messages in the loop of Multiplexed: it receives, hands on, and sends, without a coroutine or a task.

It knows exchanges by their contract, nothing of messages. What is rare is left to the coroutine that runs an exchange
under every other strategy (``coroutines/conversing.py``), until the connection is between two messages again: a peer
that does not take all at once, and one whose message a drain may have broken in two. Loop's thread only, unless said
otherwise.
"""

import contextlib
import errno
import math
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from time import monotonic
from typing import Any, Final

from typing_extensions import TypeIs, override

from typedserver.coroutines.conversing import converse_until_idle, is_exchange
from typedserver.coroutines.drive import not_a_coroutine
from typedserver.coroutines.foreign import explained
from typedserver.coroutines.loop_task import CUT, LoopTask, WaitTables
from typedserver.coroutines.reading import SMALL_RECEIVE, USUAL_RECEIVE
from typedserver.coroutines.stream import Stream
from typedserver.coroutines.waits import Calls
from typedserver.errors import CompositionError
from typedserver.process.callers import is_called_by
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.messages import Answer, AnsweringExchange, MessageExchange, Unfinished
from typedserver.protocols.reactors import KeepsTime, TimerHandle
from typedserver.protocols.strategies import LiveRequest, PlainConnections, RequestProcessor
from typedserver.reactor.calls import call_in_loop
from typedserver.reactor.timer_wheel import SLOT
from typedserver.sockets.accepted import Connection
from typedserver.sockets.connection import disable_nagle, end_reading
from typedserver.sockets.exchange import Exchange, time_to_begin
from typedserver.sockets.waiting import wait_until_ready


class Exchanges:
    """The exchanges of one dispatcher.

    loop: whose reactor watches their connections.
    clock: the loop's.
    live: these, among the processor's live requests, where each is its own entry.
    read_timeout: seconds that a peer may be silent for; None: for ever.
    looked: when it was last looked whose deadlines are to be watched, by the monotonic clock.
    timer: of the next look.
    drains: since when the server drains, by the monotonic clock; None: it does not.
    """

    __slots__ = ("__weakref__", "clock", "drains", "live", "looked", "loop", "processor", "read_timeout", "timer")

    def __init__(self, loop: WaitTables, processor: RequestProcessor[Unfinished]) -> None:
        self.loop: WaitTables = loop
        self.clock: KeepsTime = loop.clock
        self.processor: RequestProcessor[Unfinished] = processor
        self.live: dict[int, LiveRequest] = processor.live
        # It is the same for all that this server serves.
        self.read_timeout: float | None = processor.server.deadlines.read
        self.looked: float = -math.inf
        self.timer: TimerHandle | None = None
        self.drains: float | None = None

    def serve(
        self, exchange: MessageExchange, context: Context, request: Connection, fd: int, client_address: object
    ) -> None:
        """Run an exchange from its start to its close; context: what is called for the request runs in it."""
        connection = ExchangeConnection(self, exchange, context, request, fd, client_address)
        if _answers(exchange):
            connection.answering = exchange
        entry = self.live.get(id(request))
        if entry is not None:
            connection.began = entry.began
        self.live[id(request)] = connection
        try:
            connection.answer(context.run(connection.begin))
        except BaseException as error:  # noqa: BLE001 - as in ``readable``
            connection.break_off(error)

    def compose(self, plain: PlainConnections[object]) -> Callable[[object, object], object]:
        """Return what takes a connection from the acceptor; see ``Dispatcher``."""
        live, overdue, otherwise = self.live, plain.overdue, plain.otherwise
        fresh = _Fresh(plain, self.processor.server)
        answers = fresh.answer is not None

        def take(request: object, client_address: object) -> None:
            if type(request) is not Connection:
                otherwise(request, client_address)
                return
            if overdue is not None and not overdue.awake:
                overdue.begin()
            request.setblocking(False)
            connection = ExchangeConnection(self, fresh, copy_context(), request, request.fileno(), client_address)
            live[id(request)] = connection
            try:
                if answers:
                    connection.answering = fresh
                    connection.begin_fresh()
                else:
                    connection.answer(connection.make_exchange(connection.begin))
            except BaseException as error:  # noqa: BLE001 - as in ``readable``
                connection.break_off(error)

        return take

    # Most connections of one message end before the timer wheel would look at them first. They need not even be put
    # down there: those that have come since the last look are at the end of the table.

    def look_soon(self) -> None:
        """Have the deadlines watched of the connections that have come by then."""
        self.timer = self.loop.reactor.call_later(SLOT, self._look)

    def _look(self) -> None:
        self.timer = None
        last, self.looked = self.looked, monotonic()
        deadlines = self.loop.deadlines
        for connection in reversed(list(self.live.values())):
            if connection.began < last:
                return
            if isinstance(connection, ExchangeConnection) and connection.owner is self and not connection.is_over:
                deadline = connection.deadline
                if deadline is not None and deadline < connection.due:
                    deadlines.watch(connection)

    def _connections(self) -> "list[ExchangeConnection]":
        return [
            connection
            for connection in list(self.live.values())
            if isinstance(connection, ExchangeConnection) and connection.owner is self
        ]

    def drain(self) -> None:
        """End the connections that are between two messages, now and later; maybe more than once."""
        if self.drains is None:
            self.drains = monotonic()
        for connection in self._connections():
            connection.drain()

    def cut(self, request: object) -> None:
        """End the exchange of this request; from any thread."""
        connection = self.live.get(id(request))
        if isinstance(connection, ExchangeConnection) and connection.owner is self:
            call_in_loop(self.loop.reactor, connection.cut)

    def abandon(self) -> None:
        """End all of them, because nothing wakes them without the loop."""
        for connection in self._connections():
            connection.abandon()
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def runs_here(self) -> bool:
        """Whether the calling thread runs a message's function of one of them; from any thread."""
        return is_called_by(_STEPS, lambda connection: connection.owner is self)


# Whether exchanges of a class can answer without them: to ask an exchange itself takes longer than to serve a message.
_answering: Final[dict[type, bool]] = {}


def _answers(exchange: MessageExchange) -> TypeIs[AnsweringExchange]:
    kind = type(exchange)
    can = _answering.get(kind)
    if can is None:
        can = _answering[kind] = isinstance(exchange, AnsweringExchange)
    return can


class _Fresh:
    """Stands for the exchange of each connection that needs none yet: all of them have this one.

    It knows no connection, so nothing but ``answer`` may be done with it: whatever else comes, the handler makes an
    exchange first. One that has received nothing is in the state of this one.
    """

    __slots__ = ("answer", "handle", "server")

    # Constants, because a property would cost each message a call.
    wants_data: bool = True
    waits_for_peer: bool = True
    awaits_wake: bool = False
    is_idle: bool = True
    is_over: bool = False
    deadline: float | None = None
    error: Exception | None = None

    def __init__(self, plain: PlainConnections[object], server: ServerContext) -> None:
        self.handle: Callable[[object, object, ServerContext], object] = plain.handle
        self.server: ServerContext = server
        self.answer: Answer | None = plain.answer

    def start(self, _wake: Callable[[], object], /) -> bytes:
        """Send nothing first."""
        return b""

    def proceed(self) -> bytes:
        """Send nothing: nobody wakes it."""
        return b""

    def receive(self, _data: bytes, /) -> bytes:
        """Refuse: nobody calls this."""
        raise NotImplementedError

    def go_on(self, _data: bytes, _answer: object, _error: Exception | None, /) -> bytes:
        """Refuse: nobody calls this."""
        raise NotImplementedError

    def close(self) -> None:
        """Do nothing: nothing was begun."""


class ExchangeConnection:
    """A connection, and the exchange that it serves; its own entry among the live requests.

    answering: the exchange, if it is one that can answer by a function.
    began: when it was accepted, by the monotonic clock.
    is_over: whether it has ended.
    is_usual: whether it waits for its peer and for nothing else, as nearly always.
    has_begun: whether anything was received.
    holds_back: before how many further sends the kernel may still hold back a small one; see ``Stream``.
    is_called: whether ``proceed`` is due in the loop.
    conversation: the coroutine that runs the exchange just now.
    size: the most bytes to receive at once.
    silent_since: since when it waits for its peer, by the monotonic clock; None: it does not.
    due: see ``Waiting`` of the timer wheel.
    """

    __slots__ = (
        "_until",
        "answering",
        "began",
        "client_address",
        "context",
        "conversation",
        "due",
        "exchange",
        "fd",
        "has_begun",
        "holds_back",
        "is_called",
        "is_over",
        "is_usual",
        "owner",
        "request",
        "silent_since",
        "size",
    )

    def __init__(  # noqa: PLR0917 - names would cost each request
        self,
        owner: Exchanges,
        exchange: MessageExchange,
        context: Context,
        request: Connection,
        fd: int,
        client_address: object,
    ) -> None:
        self.owner: Exchanges = owner
        self.exchange: MessageExchange = exchange
        self.answering: AnsweringExchange | None = None
        self.request: Connection = request
        self.client_address: object = client_address
        self.fd: int = fd
        self.context: Context = context
        # When the exchange must go on, if it does not wait for its peer.
        self._until: float | None = None
        self.due: float = math.inf
        self.began: float = monotonic()
        self.size: int = SMALL_RECEIVE
        self.silent_since: float | None = None
        self.is_over: bool = False
        self.is_usual: bool = False
        self.is_called: bool = False
        self.has_begun: bool = False
        # A Unix socket holds nothing back, and the address of its peer is text.
        self.holds_back: int = 0 if type(client_address) is str else 2
        self.conversation: _Conversation | None = None

    # Found out, because it is rarely asked: a field costs an idle connection eight bytes, and a message its time.

    @property
    def deadline(self) -> float | None:
        """When it expires, as the timer wheel asks."""
        since = self.silent_since
        if since is None:
            return self._until
        timeout = self.owner.read_timeout
        return None if timeout is None else since + timeout

    def begin_fresh(self) -> None:
        """Serve it without an exchange, as long as none is needed. Often a message has come with the client."""
        self.silent_since = self.began
        owner = self.owner
        self.is_usual = owner.drains is None
        if owner.timer is None and owner.read_timeout is not None:
            owner.look_soon()
        self._watch()
        self.readable()

    def make_exchange(self, begin: Callable[[], bytes] | None = None) -> bytes:
        """Have the handler make the exchange if there is none yet, and begin it; returns what is to be sent."""
        fresh = self.exchange
        return self.context.run(self._make, fresh, begin) if type(fresh) is _Fresh else b""

    def _make(self, fresh: _Fresh, begin: Callable[[], bytes] | None) -> bytes:
        made = fresh.handle(self.request, self.client_address, fresh.server)
        if not is_exchange(made):
            raise not_a_coroutine("Multiplexed", made)
        self.exchange = made
        self.answering = made if _answers(made) else None
        if begin is not None:
            return begin()
        if made.start(self):
            raise CompositionError(f"{made!r} sends something first, but its handler's `answer` says that it does not")
        return b""

    def begin(self) -> bytes:
        """Start the exchange, in its context; returns what is to be sent. Often a message has come with the client."""
        exchange = self.exchange
        data = exchange.start(self)
        if data or not exchange.waits_for_peer:
            return data
        try:
            received = self._received()
        except BlockingIOError:
            return data
        self.has_begun = True
        if not received:
            self.request.unread = False
        return exchange.receive(received)

    def __call__(self) -> None:
        """Wake the exchange; from any thread. By the object itself, because it would have to keep a bound method."""
        # ``_proceed`` sets it to False before it looks.
        if not self.is_called:
            self.is_called = True
            call_in_loop(self.owner.loop.reactor, self._proceed)

    def _proceed(self) -> None:
        self.is_called = False
        if self.conversation is not None:
            self.conversation.calls.come()
        elif not self.is_over:
            self.step(self.exchange.proceed)

    def break_off(self, error: BaseException) -> None:
        """End it by what its exchange has raised, or has returned in the place of bytes: that is nobody else's."""
        if self.is_over:
            raise error
        self.end(error)

    # The usual way, in one method: a call costs a message as much as its framing.

    def readable(self) -> None:  # noqa: C901, PLR0912 - see above
        """Receive once, and send what there is to be answered; the reactor calls this."""
        if not self.is_usual:
            self._look()
            return
        size = self.size
        try:
            received = self.request.recv(size)
            if len(received) == size:
                received = self._with_more(received)
        except BlockingIOError:
            return
        except OSError as error:
            self.end(error)
            return
        self.has_begun = True
        answering = self.answering
        try:
            if answering is None or (answer := answering.answer) is None or not received:
                if not received and type(self.exchange) is _Fresh:
                    self.request.unread = False
                    self.end(None)
                    return
                self.make_exchange()
                data = self.context.run(self.exchange.receive, received)
            else:
                try:
                    answered = self.context.run(answer, received)
                except Exception as error:  # noqa: BLE001 - the message's own
                    data = self._go_on(received, None, error)
                else:
                    data = answered if type(answered) is bytes else self._go_on(received, answered, None)
            if data:
                if self.holds_back:
                    self._hold_back_less()
                try:
                    sent = self.request.send(data)
                except BlockingIOError:
                    sent = 0
                if sent != len(data):
                    self._hand_over(data[sent:])
                    return
            if self.exchange.waits_for_peer:
                self.silent_since = self.owner.clock.now
                return
            if not received:
                self.request.unread = False
            self._settle()
        except BaseException as error:  # noqa: BLE001 - an exchange raises only what ends the loop
            self.break_off(error)

    def _go_on(self, received: bytes, answered: object, error: Exception | None) -> bytes:
        """Go on with what was no message by itself, or whose reply was a special one or has failed."""
        self.make_exchange()
        answering = self.answering
        if answering is None:
            # Of one handler one connection could be answered without an exchange, and another has one of another kind.
            raise CompositionError(f"the exchange {self.exchange!r} does not answer as its handler's `answer` says")
        return self.context.run(answering.go_on, received, answered, error)

    def _hold_back_less(self) -> None:
        """Note that something is sent."""
        self.holds_back -= 1
        if not self.holds_back:
            with contextlib.suppress(OSError):
                disable_nagle(self.request)

    # The same, with all that may come between

    def _look(self) -> None:
        """Receive, if it is the time for that."""
        if self.is_over or self.conversation is not None:
            return
        try:
            self.make_exchange()
            if self.exchange.wants_data:
                self._receive()
            else:
                # What its peer sends meanwhile would wake the loop again and again.
                self._unwatch()
        except BaseException as error:  # noqa: BLE001 - as in ``readable``
            self.break_off(error)

    def _receive(self) -> None:
        request, exchange = self.request, self.exchange
        try:
            received = self._received()
        except BlockingIOError:
            self._settle()
            return
        except OSError as error:
            self.end(error)
            return
        if received:
            self.has_begun = True
        elif request.deaf and exchange.waits_for_peer and not exchange.is_idle:
            # Our own end of reading, by a drain, may hide that the rest of a message comes.
            self._hand_over(b"")
            return
        else:
            request.unread = False
        self.step(exchange.receive, received)

    def _received(self) -> bytes:
        """Receive what has come; ``readable`` does so without the call."""
        received = self.request.recv(self.size)
        return self._with_more(received) if len(received) == self.size else received

    def _with_more(self, received: bytes) -> bytes:
        """Return what has come with what may have come besides, because it may be more than was asked for."""
        if self.size == USUAL_RECEIVE:
            return received
        # Whoever has sent much once will do so again.
        self.size = USUAL_RECEIVE
        try:
            return received + self.request.recv(USUAL_RECEIVE - len(received))
        except OSError:
            # Nothing has; or the next receive says what has happened.
            return received

    def step(self, step: Callable[..., bytes], *arguments: bytes) -> None:
        """Run a step of the exchange, and send what it returns."""
        try:
            self.answer(self.context.run(step, *arguments))
        except BaseException as error:  # noqa: BLE001 - as in ``readable``
            self.break_off(error)

    def answer(self, data: bytes) -> None:
        """Send, then wait for what the exchange waits for."""
        if data:
            request = self.request
            if self.holds_back:
                self._hold_back_less()
            try:
                sent = request.send(data)
            except BlockingIOError:
                sent = 0
            except OSError as error:
                self.end(error)
                return
            if sent != len(data):
                self._hand_over(data[sent:])
                return
        self._settle()

    def _settle(self) -> None:
        """Wait for what the exchange waits for, or end."""
        exchange, owner = self.exchange, self.owner
        if exchange.waits_for_peer:
            takes = True
            self._until = None
            self.silent_since = now = monotonic()
            timeout = owner.read_timeout
            deadline = math.inf if timeout is None else now + timeout
            self.is_usual = owner.drains is None and not self.request.waits_by_itself
        elif exchange.is_over:
            self.end(None)
            return
        else:
            takes = exchange.wants_data
            self.is_usual = False
            self.silent_since = None
            self._until = until = exchange.deadline
            deadline = math.inf if until is None else until
        loop = owner.loop
        if takes and loop.readers.get(self.fd) is not self:
            self._watch()
        if takes and self.request.waits_by_itself and self.request.holds:
            # The kernel does not know of it.
            call_in_loop(owner.loop.reactor, self._look)
        if takes and owner.drains is not None:
            self._end_if_idle(owner.drains)
        if deadline < self.due:
            if self.began < owner.looked:
                loop.deadlines.watch(self)
            elif owner.timer is None:
                owner.look_soon()

    def expire(self) -> None:
        """End it because its peer was silent for too long, or have the exchange go on; the timer wheel calls this."""
        exchange, owner = self.exchange, self.owner
        if self.silent_since is None:
            self.step(exchange.proceed)
        elif wait_until_ready(self.fd, readable=True, timeout=0):
            # The loop was busy with others when its peer sent something, and receives it in the next turn.
            owner.loop.deadlines.watch(self)
        else:
            told = Exchange(
                self.request, self.client_address, owner.processor.server, owner.read_timeout, None, by_server=True
            )
            self.end(told.sent_nothing())

    def drain(self) -> None:
        """End it now or later, between two messages."""
        self.is_usual = False
        drains = self.owner.drains
        if drains is not None and self.conversation is None:
            try:
                self._end_if_idle(drains)
            except BaseException as error:  # noqa: BLE001 - as in ``readable``
                self.break_off(error)

    def _end_if_idle(self, drains: float) -> None:
        if self.exchange.is_idle and (
            self.has_begun or monotonic() >= time_to_begin(drains, self.owner.processor.server.quiet)
        ):
            # What has come by now is still received.
            end_reading(self.request)

    # Its descriptor

    def _watch(self) -> None:
        loop, fd = self.owner.loop, self.fd
        former = loop.readers.get(fd)
        # As a request's coroutine asks: if the number is another's, that one must keep it.
        if (former is not None or loop.release_reader is None) and self.request.fileno() != fd:
            raise OSError(errno.EBADF, f"descriptor {fd} was closed or given away: there is nothing to wait for")
        loop.reactor.add_reader(fd, self.readable)
        loop.readers[fd] = self
        if former is not None:
            former.lose_reader()

    def _unwatch(self) -> None:
        self.is_usual = False
        readers = self.owner.loop.readers
        if readers.get(self.fd) is self:
            del readers[self.fd]
            self._remove_reader()

    def _remove_reader(self) -> None:
        # The descriptor was closed before, and asyncio has just found that out; or a transport of asyncio's has it.
        with contextlib.suppress(OSError, RuntimeError):
            self.owner.loop.reactor.remove_reader(self.fd)

    def leave_reader(self) -> None:
        """Read the descriptor no more, because it is closed or given away next: the next receive says so."""
        self._unwatch()
        call_in_loop(self.owner.loop.reactor, self._look)

    def lose_reader(self) -> None:
        """Note that another reads under this number, because the connection was closed."""
        self.is_usual = False
        call_in_loop(self.owner.loop.reactor, self._look)

    # In a coroutine

    def _hand_over(self, unsent: bytes) -> None:
        """Have a coroutine send what the kernel did not take, and run the exchange until it is idle again."""
        self._unwatch()
        self.silent_since = self._until = None
        self.make_exchange()
        server = self.owner.processor.server
        stream: Stream[object, ServerContext] = Stream(self.request, self.client_address, server)
        stream.message_begun()
        calls = Calls()
        coroutine = converse_until_idle(self.exchange, stream, calls, unsent)
        conversation = self.conversation = _Conversation(self, coroutine, calls)
        conversation.resume(None)

    def take_back(self) -> None:
        """Go on without the coroutine, which has ended."""
        self.conversation = None
        self.owner.processor.server.forget_when_draining(self.request)
        # It has read all that it had received.
        if self.request.unread is not False:
            self.request.unread = None
        try:
            self._settle()
        except BaseException as error:  # noqa: BLE001 - as in ``readable``
            self.break_off(error)

    # Its end

    def cut(self) -> None:
        """End it where it waits."""
        if self.conversation is None:
            self.end(None)
        else:
            self.conversation.cut()

    def abandon(self) -> None:
        """End it at once."""
        if self.conversation is None:
            self.end(None)
        else:
            self.conversation.abandon()

    def end(self, error: BaseException | None) -> None:
        """End the request; error: what it has ended by, if the exchange does not say that."""
        if self.is_over:
            return
        self.is_over = True
        owner, request = self.owner, self.request
        self.conversation = None
        self.is_usual = False
        loop, fd = owner.loop, self.fd
        if loop.readers.get(fd) is self:
            del loop.readers[fd]
            # As a request's coroutine does at its end (multiplexed_tasks.py).
            if loop.release_reader is not None and type(request) is Connection:
                loop.release_reader(fd)
            else:
                self._remove_reader()
        self.silent_since = self._until = None
        if self.due < math.inf:
            loop.deadlines.forget(self)
        processor = owner.processor
        try:
            if error is None and type(self.exchange) is _Fresh:
                # Nobody's code is called.
                processor.end_request(request, self.client_address, None)
            else:
                error = self.context.run(self.end_request, error)
        except BaseException as raised:  # noqa: BLE001 - an overridden hook raised it: it ends the loop, as elsewhere
            processor.fail(raised)
        processor.release(request, self.client_address, None)
        try:
            if error is not None and not isinstance(error, Exception):
                processor.fail(error)
        finally:
            # Its traceback names this frame: neither would be freed without the garbage collector.
            del error

    def end_request(self, error: BaseException | None) -> BaseException | None:
        """Close the exchange, and end the request by what it has ended by, which is returned; in its context."""
        exchange = self.exchange
        try:
            exchange.close()
            if error is None:
                error = exchange.error
        except BaseException as raised:  # noqa: BLE001 - as in ``readable``
            error = error or raised
        try:
            self.owner.processor.end_request(self.request, self.client_address, error)
            return error
        finally:
            del error


class _Conversation(LoopTask):
    """The coroutine that runs an exchange for a while.

    calls: the wakes of the exchange.
    """

    __slots__ = ("_connection", "calls")

    def __init__(self, connection: ExchangeConnection, coroutine: Coroutine[Any, Any, object], calls: Calls) -> None:
        loop = connection.owner.loop
        super().__init__(loop, loop.step_in(connection.context), coroutine)
        self._connection = connection
        self.calls: Calls = calls

    @override
    def served(self) -> object:
        return self._connection.request

    @override
    def end(self, end: BaseException) -> None:
        self.settle()
        if type(end) is StopIteration:
            self._connection.take_back()
        else:
            self._connection.end(None if isinstance(end, CUT) else explained(end))


# The methods that run the code of an exchange.
_STEPS: Final = frozenset(
    step.__code__
    for step in (
        ExchangeConnection.begin,
        ExchangeConnection.make_exchange,
        ExchangeConnection.readable,
        ExchangeConnection.step,
        ExchangeConnection.end_request,
    )
)
