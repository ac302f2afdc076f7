"""Sessions: a function of messages for each connection, which knows who its peer is, and may push to it."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeAlias, cast

from typing_extensions import override

from typedserver.messages.exchange import Exchange
from typedserver.messages.plan import Plan
from typedserver.messages.pushes import Pushes
from typedserver.protocols.handlers import HandlerMarks
from typedserver.protocols.messages import Framing, Last, MessageExchange, MessageT, Reply, ReplyT
from typedserver.protocols.requests import Address_contra, Server_contra, StreamRequest
from typedserver.recipes import check_at_least, check_callable, recipe_repr

Push: TypeAlias = Callable[[ReplyT], bool]
"""Sends to a peer what it has not asked for: ``push(reply) -> bool``; see ``PushSessions``."""


@dataclass(frozen=True, slots=True)
class Sessions(Generic[Address_contra, Server_contra, MessageT, ReplyT]):
    """Answer the messages of each connection by a session of its own: ``session(client_address, server)``.

    Otherwise as Framed. A session is a function of a message that returns its reply: an object of a class that has
    ``__call__``, or a function that another one returns. If it is a context manager, it is entered before the first
    message, and left when the connection is over, however that came; what was outstanding is cancelled before.

    session: makes the session; if it fails, the connection ends.
    in_order: whether replies keep the order of their messages. False is for protocols whose messages bear a number:
    then each reply is sent as soon as it is there.
    framing, greeting, in_flight, timeout, on_error: as in Framed.

    Raises RecipeError if a value cannot work.
    """

    framing: Framing[MessageT, ReplyT]
    session: Callable[[Address_contra, Server_contra], Callable[[MessageT], Reply[ReplyT]]]
    greeting: ReplyT | None = None
    in_flight: int = 64
    timeout: float | None = None
    on_error: Callable[[Exception], ReplyT | Last[ReplyT] | None] | None = None
    in_order: bool = True
    _plan: Plan[MessageT, ReplyT] = field(init=False, repr=False, compare=False)

    marks: ClassVar[HandlerMarks] = HandlerMarks(request_kind="connections", limits_waits=True, gives_exchanges=True)

    def __post_init__(self) -> None:
        remedy = "give what makes a session of an address and a server"
        check_callable("Sessions", "session", self.session, remedy, takes=("client_address", "server"))
        plan = Plan(
            "Sessions",
            self.framing,
            self.greeting,
            self.in_flight,
            self.timeout,
            self.on_error,
            in_order=self.in_order,
        )
        object.__setattr__(self, "_plan", plan)

    def __call__(
        self, _request: StreamRequest, client_address: Address_contra, server: Server_contra, /
    ) -> MessageExchange:
        """Return the exchange of a connection, which the server runs."""
        return _SessionExchange(self._plan, lambda: self.session(client_address, server), None)

    __repr__ = recipe_repr


@dataclass(frozen=True, slots=True)
class PushSessions(Generic[Address_contra, Server_contra, MessageT, ReplyT]):
    """As Sessions, with sessions that may send what was not asked for: ``session(client_address, server, push)``.

    ``push(reply)`` may be called in any thread, as long as the session is there and afterwards. It returns whether the
    reply will be sent: False if the connection is over, or if the peer takes so little that it does not fit. What is
    pushed is sent in the order of the pushes, and not in the middle of a reply; what a message's function pushes comes
    before the reply to that message, unless that must wait. It raises ValueError if the framing cannot send the reply.

    outbox: the most bytes that wait to be sent for one connection; they are sent as soon as the peer takes them.
    framing, session, greeting, in_flight, timeout, on_error: as in Sessions.

    Raises RecipeError if a value cannot work.
    """

    framing: Framing[MessageT, ReplyT]
    session: Callable[[Address_contra, Server_contra, Push[ReplyT]], Callable[[MessageT], Reply[ReplyT]]]
    greeting: ReplyT | None = None
    in_flight: int = 64
    timeout: float | None = None
    on_error: Callable[[Exception], ReplyT | Last[ReplyT] | None] | None = None
    outbox: int = 128 * 1024
    _plan: Plan[MessageT, ReplyT] = field(init=False, repr=False, compare=False)

    marks: ClassVar[HandlerMarks] = HandlerMarks(request_kind="connections", limits_waits=True, gives_exchanges=True)

    def __post_init__(self) -> None:
        remedy = "give what makes a session of an address, a server and a function that pushes"
        check_callable("PushSessions", "session", self.session, remedy, takes=("client_address", "server", "push"))
        check_at_least("PushSessions", "outbox", self.outbox, 1, "give the most bytes to keep for a slow peer")
        plan = Plan("PushSessions", self.framing, self.greeting, self.in_flight, self.timeout, self.on_error)
        object.__setattr__(self, "_plan", plan)

    def __call__(
        self, _request: StreamRequest, client_address: Address_contra, server: Server_contra, /
    ) -> MessageExchange:
        """Return the exchange of a connection, which the server runs."""
        pushes = Pushes(self.outbox)
        encode, give = self.framing.encode, pushes.give

        def push(reply: ReplyT, /) -> bool:
            return give(encode(reply))

        return _SessionExchange(self._plan, lambda: self.session(client_address, server, push), pushes)

    __repr__ = recipe_repr


def _no_session(_message: object) -> None:
    """Stand for a session before it is made."""


def _manager_of(session: object) -> contextlib.AbstractContextManager[object] | None:
    if isinstance(session, contextlib.AbstractContextManager):
        return cast("contextlib.AbstractContextManager[object]", session)
    return None


class _SessionExchange(Exchange[MessageT, ReplyT]):
    """The messages of one connection, with the session that answers them.

    make: makes the session, when the exchange starts.
    """

    __slots__ = ("_entered", "_make")

    def __init__(
        self,
        plan: Plan[MessageT, ReplyT],
        make: Callable[[], Callable[[MessageT], Reply[ReplyT]]],
        pushes: Pushes | None,
    ) -> None:
        super().__init__(plan, _no_session, None, pushes)
        self._make: Callable[[], Callable[[MessageT], Reply[ReplyT]]] | None = make
        self._entered: contextlib.AbstractContextManager[object] | None = None

    @override
    def start(self, wake: Callable[[], object], /) -> bytes:
        """Make the session and enter it; returns the greeting, and what the session has pushed."""
        sent = super().start(wake)
        pushes, make = self._pushes, self._make
        self._make = None
        try:
            if make is not None:
                self._function = session = make()
                manager = _manager_of(session)
                if manager is not None:
                    manager.__enter__()
                    self._entered = manager
        except Exception as error:  # noqa: BLE001 - whoever runs it reports it, and ends the connection
            self._fail(error)
            return b""
        if pushes is not None:
            # Whoever pushes from here on wakes; what was pushed before is taken.
            pushes.start(wake)
            sent += pushes.take()
        return sent

    @override
    def close(self) -> None:
        """End it: what is outstanding is cancelled, then the session is left."""
        super().close()
        session, self._entered = self._entered, None
        self._function = _no_session
        self._answer = self.answer = None
        if session is None:
            return
        error = self.error
        try:
            session.__exit__(
                None if error is None else type(error), error, None if error is None else error.__traceback__
            )
        except Exception as raised:  # noqa: BLE001 - whoever runs it reads it then
            self.error = raised
