"""Inline: each request in the loop's own thread, the next one after it."""

from dataclasses import dataclass

from typedserver.protocols.reactors import Reactor
from typedserver.protocols.strategies import ConcurrencyStrategy, Dispatcher, Place, RequestProcessor
from typedserver.recipes import recipe_repr
from typedserver.strategies.bases import BaseDispatcher, BaseStrategy


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Inline(BaseStrategy):
    """Serve each request where it was accepted: the cheapest for short ones, and a slow client holds up the rest."""

    def start(self, processor: RequestProcessor[object], _reactor: Reactor | None, /) -> Dispatcher:
        """Begin work for a server."""
        return _InlineDispatcher(processor)

    __repr__ = recipe_repr


_conforms: type[ConcurrencyStrategy[object]] = Inline


class _InlineDispatcher(BaseDispatcher):
    """Has nothing to keep account of: when the loop asks, no request is running."""

    __slots__ = ("_processor",)

    place = Place.IN_PLACE
    has_capacity = True

    def __init__(self, processor: RequestProcessor[object]) -> None:
        self._processor = processor

    def process_request(self, request: object, client_address: object, /) -> None:
        try:
            self._processor.serve_request(request, client_address)
        finally:
            self._processor.release(request, client_address, None)
