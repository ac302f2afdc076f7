"""Framed: a function of messages as a handler of connections."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Generic

from typedserver.errors import RecipeError
from typedserver.messages.exchange import Exchange, Plan
from typedserver.protocols.handlers import HandlerMarks, ServerContext
from typedserver.protocols.messages import Framing, Last, MessageExchange, MessageT, Reply, ReplyT
from typedserver.protocols.requests import StreamRequest
from typedserver.recipes import check_at_least, check_callable, check_positive, has_methods, recipe_repr, shown


def plan_of(  # noqa: PLR0917 - the fields of a recipe, in their order
    recipe: str,
    framing: Framing[MessageT, ReplyT],
    greeting: ReplyT | None,
    in_flight: int,
    timeout: float | None,
    on_error: Callable[[Exception], ReplyT | Last[ReplyT] | None] | None,
) -> Plan[MessageT, ReplyT]:
    """Check the fields that every recipe of message handlers has; raises RecipeError if one cannot work."""
    if not has_methods(framing, "decode", "encode"):
        raise RecipeError(f"{recipe}(framing={shown(framing)}) must be a framing: give Lines(), say")
    check_at_least(recipe, "in_flight", in_flight, 1, "give the most replies that may be outstanding on one connection")
    check_positive(recipe, "timeout", timeout, "give the seconds that a reply may take, or None for no limit")
    check_callable(recipe, "on_error", on_error, "give a function of the exception that returns a reply", needed=False)
    first = b""
    if greeting is not None:
        try:
            first = framing.encode(greeting)
        except Exception as error:
            raise RecipeError(
                f"{recipe}(greeting={shown(greeting)}) cannot be sent by {shown(framing)}: {error}"
            ) from error
    return Plan(framing, first, in_flight, timeout, on_error)


@dataclass(frozen=True, slots=True)
class Framed(Generic[MessageT, ReplyT]):
    """Answer each message of a connection by a function; replies keep the order of their messages.

    A handler of connections, for every strategy and every stream endpoint. The function runs in place: in the loop's
    thread under Multiplexed and Asyncio, where it must not block. ``Submitted`` has it run elsewhere.

    framing: where messages begin and end.
    function: returns the reply, None for none, ``Last(reply)`` to end the connection after it, or a
    ``concurrent.futures.Future`` of either.
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

    marks: ClassVar[HandlerMarks] = HandlerMarks(request_kind="connections", limits_waits=True)

    def __post_init__(self) -> None:
        check_callable("Framed", "function", self.function, "give a function of a message that returns its reply")
        plan = plan_of("Framed", self.framing, self.greeting, self.in_flight, self.timeout, self.on_error)
        object.__setattr__(self, "_plan", plan)

    def __call__(self, _request: StreamRequest, _client_address: object, _server: ServerContext, /) -> MessageExchange:
        """Return the exchange of a connection, which the server runs."""
        return Exchange(self._plan, self.function)

    __repr__ = recipe_repr
