"""Framed: a function of messages as a handler of connections."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Final, Generic

from typedserver.messages.exchange import Exchange
from typedserver.messages.plan import Plan
from typedserver.protocols.handlers import HandlerMarks, ServerContext
from typedserver.protocols.messages import (
    Answer,
    AnsweringHandler,
    Framing,
    Last,
    MessageExchange,
    MessageT,
    Reply,
    ReplyT,
)
from typedserver.protocols.requests import StreamRequest
from typedserver.recipes import check_callable, recipe_repr


@dataclass(frozen=True, slots=True)
class Framed(Generic[MessageT, ReplyT]):
    """Answer each message of a connection by a function; replies keep the order of their messages.

    A handler of connections, for every strategy and every stream endpoint. The function runs in place: in the loop's
    thread under Multiplexed and Asyncio, where it must not block. ``Submitted`` has it run elsewhere.

    framing: where messages begin and end.
    function: returns the reply, None for none, ``Last(reply)`` to end the connection after it, or a
    ``concurrent.futures.Future`` of any of these.
    greeting: sent first.
    in_flight: how many replies may be outstanding on one connection; beyond that, reading pauses.
    timeout: seconds that a pending reply may take; then it is cancelled, and TimeoutError takes its place.
    on_error: returns the reply if the function has failed, or its reply cannot be sent. Without it the replies before
    are sent, and the connection ends. A FramingError, which says that the peer is at fault, always ends it.

    Raises RecipeError if a value cannot work.
    """

    framing: Framing[MessageT, ReplyT]
    function: Callable[[MessageT], Reply[ReplyT]]
    greeting: ReplyT | None = None
    in_flight: int = 64
    timeout: float | None = None
    on_error: Callable[[Exception], ReplyT | Last[ReplyT] | None] | None = None
    _plan: Plan[MessageT, ReplyT] = field(init=False, repr=False, compare=False)
    _answer: Answer | None = field(init=False, repr=False, compare=False)

    marks: ClassVar[HandlerMarks] = HandlerMarks(request_kind="connections", limits_waits=True, gives_exchanges=True)

    def __post_init__(self) -> None:
        check_callable(
            "Framed",
            "function",
            self.function,
            "give a function of a message that returns its reply",
            takes=("message",),
        )
        plan = Plan("Framed", self.framing, self.greeting, self.in_flight, self.timeout, self.on_error)
        object.__setattr__(self, "_plan", plan)
        object.__setattr__(self, "_answer", None if plan.answering is None else plan.answering(self.function))

    def __call__(self, _request: StreamRequest, _client_address: object, _server: ServerContext, /) -> MessageExchange:
        """Return the exchange of a connection, which the server runs."""
        return Exchange(self._plan, self.function, self._answer)

    @property
    def answer(self) -> Answer | None:
        """What answers a message that came by itself, as long as nothing else is to be done (AnsweringHandler)."""
        # A subclass may give exchanges of its own.
        gives_ours = type(self).__call__ is _CALL
        return self._answer if gives_ours and self.greeting is None else None

    def __reduce__(self) -> tuple[object, ...]:
        # What it has made of its fields is made anew.
        fields = self.framing, self.function, self.greeting, self.in_flight, self.timeout, self.on_error
        return type(self), fields

    __repr__ = recipe_repr


_CALL: Final[object] = vars(Framed)["__call__"]

_answers: type[AnsweringHandler] = Framed[object, object]
