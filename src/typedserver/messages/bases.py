"""BaseExchange: the base of an exchange of one's own. It knows nothing of framings, functions and replies."""

from collections.abc import Callable
from typing import Any


class BaseExchange:
    """Members of MessageExchange that an exchange need not define; what it must define is missing here.

    As they are here, an exchange sends nothing before it has received something, answers all that it receives at once,
    and ends by no error.
    """

    __slots__ = ()

    def start(self, _wake: Callable[[], object], /) -> bytes:
        """Begin; nothing is sent first."""
        return b""

    def proceed(self) -> bytes:
        """Go on after a wake; there is nothing to be sent."""
        return b""

    @property
    def wants_data(self) -> bool:
        """Whether it takes more now: always."""
        return True

    @property
    def waits_for_peer(self) -> bool:
        """Whether it waits for its peer: as long as it wants data, has no deadline of its own, and is not over."""
        exchange: Any = self
        return self.wants_data and self.deadline is None and not exchange.is_over

    @property
    def awaits_wake(self) -> bool:
        """Whether a wake may come: never."""
        return False

    @property
    def deadline(self) -> float | None:
        """When ``proceed`` is due without a wake: never."""
        return None

    @property
    def error(self) -> Exception | None:
        """What it has ended by: nothing has failed."""
        return None

    def close(self) -> None:
        """End it; nothing is outstanding."""
