"""Inline: each request in the loop's own thread, the next one after it."""

from dataclasses import dataclass
from typing import Any

from typedserver.protocols.reactors import Reactor
from typedserver.protocols.strategies import ConcurrencyStrategy, Dispatcher, RequestProcessor
from typedserver.recipes import recipe_repr


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Inline:
    """Serve each request where it was accepted: the cheapest for short ones, and a slow client holds up the rest."""

    def start(self, processor: RequestProcessor[object], _reactor: Reactor | None, /) -> Dispatcher:
        """Begin work for a server."""
        return _InlineDispatcher(processor)

    __repr__ = recipe_repr


_conforms: type[ConcurrencyStrategy[object]] = Inline


class _InlineDispatcher:
    """Has nothing to keep account of: when the loop asks, no request is running."""

    __slots__ = ("_processor",)

    has_capacity = True
    blocks_loop = True

    def __init__(self, processor: RequestProcessor[object]) -> None:
        self._processor = processor

    def process_request(self, request: Any, client_address: Any, /) -> None:
        try:
            self._processor.serve_request(request, client_address)
        finally:
            self._processor.release(request, client_address, None)

    def service_actions(self) -> None:
        """Nothing is left to a loop."""

    def drain(self) -> None:
        """No worker is out of this process."""

    def cut(self, request: Any, /) -> None:
        """Leave it to the request's socket: the loop's thread can not be ended."""

    def close(self, _timeout: float | None = None, /) -> int:
        """No worker is left when the loop has ended."""
        return 0
