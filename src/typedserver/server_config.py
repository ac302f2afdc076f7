"""ServerConfig: how a server runs, whatever it serves. It refuses values that cannot work, and knows no server."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from typedserver.config import DEFAULT_DEADLINES, DEFAULT_LIMITS, DEFAULT_QUIET, Deadlines, Limits
from typedserver.errors import CompositionError, RecipeError
from typedserver.events import DEFAULT_OBSERVER, Observer
from typedserver.protocols.reactors import Reactor
from typedserver.reactor.selector_reactor import SelectorReactor
from typedserver.recipes import check_at_least, check_callable, check_positive, recipe_repr

# Enough to accept a burst with few wake-ups, few enough that other descriptors of the loop wait for a millisecond at
# most.
DEFAULT_BATCH: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ServerConfig:
    """How a server runs, whatever it serves.

    timeout: seconds that ``handle_request`` waits for a request before it calls ``handle_timeout``; None: for ever.
    reactor_factory: makes the loop: ``asyncio.new_event_loop`` and ``uvloop.new_event_loop`` fit. Leave it out if the
    strategy makes the loop (``Asyncio``).
    accept_batch: the most requests accepted in one wake-up of the loop.
    deadlines: how long a connection may take.
    limits: how much the server takes on.
    observer: gets each event; the default one writes to the logger ``typedserver``.
    quiet: seconds without a new connection after which a drain considers the kernel's queue empty. It must be longer
    than a client's round trip, because a handshake that is on its way when the server stops is reset. A new client has
    twenty times as long for its first byte, before a drain considers its connection idle.

    Raises RecipeError for values that cannot work.
    """

    timeout: float | None = None
    reactor_factory: Callable[[], Reactor] = SelectorReactor
    accept_batch: int = DEFAULT_BATCH
    deadlines: Deadlines = DEFAULT_DEADLINES
    limits: Limits = DEFAULT_LIMITS
    quiet: float = DEFAULT_QUIET
    observer: Observer = DEFAULT_OBSERVER

    def __post_init__(self) -> None:
        check_positive("ServerConfig", "timeout", self.timeout, "give seconds, or None to wait for ever")
        check_at_least("ServerConfig", "accept_batch", self.accept_batch, 1, "give the most to accept at once")
        check_positive(
            "ServerConfig", "quiet", self.quiet, "give the seconds that the queue must be quiet", needed=True
        )
        check_callable("ServerConfig", "observer", self.observer, "give a function that takes a ServerEvent")
        check_callable("ServerConfig", "reactor_factory", self.reactor_factory, "give what makes a loop")
        for field, kind in (("deadlines", Deadlines), ("limits", Limits)):
            if not isinstance(getattr(self, field), kind):
                raise RecipeError(f"ServerConfig({field}={getattr(self, field)!r}) must be {kind.__name__}(...)")

    __repr__ = recipe_repr


DEFAULT_CONFIG: Final = ServerConfig()


def check_config(config: object) -> None:
    """Raise CompositionError unless a value is a ServerConfig."""
    if not isinstance(config, ServerConfig):
        raise CompositionError(f"{config!r} is no ServerConfig: a handler's StreamConfig is given to the handler")
