"""Inline: each request in the loop's own thread, one after the other.

It keeps nothing: when the loop runs, no request does.
"""

from contextvars import copy_context
from dataclasses import dataclass

from typedserver.protocols.reactors import Reactor
from typedserver.protocols.strategies import ConcurrencyStrategy, Dispatcher, Place, RequestProcessor
from typedserver.recipes import recipe_repr
from typedserver.strategies.bases import BaseDispatcher, BaseStrategy


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Inline(BaseStrategy):
    """Serve each request in the loop's thread: cheapest for short requests, but a slow client holds up all others.

    Each request has a context (contextvars) of its own, which begins as the loop's.
    """

    def start(self, processor: RequestProcessor[object], _reactor: Reactor | None, /) -> Dispatcher:
        """Begin work for a server."""
        return _InlineDispatcher(processor)

    __repr__ = recipe_repr


_conforms: type[ConcurrencyStrategy[object]] = Inline


class _InlineDispatcher(BaseDispatcher):
    """Serves a request before the loop goes on."""

    __slots__ = ("_fail", "_release", "_serve", "calls_only")

    place = Place.IN_PLACE
    has_capacity = True

    def __init__(self, processor: RequestProcessor[object]) -> None:
        self.calls_only: RequestProcessor[object] | None = processor
        # By their own names, because a datagram takes few steps besides.
        self._serve = processor.serve_request
        self._release = processor.release
        self._fail = processor.fail

    def process_request(self, request: object, client_address: object, /) -> None:
        try:
            copy_context().run(self._serve, request, client_address)
        except Exception as error:  # noqa: BLE001 - a hook's own: raised from here, it would say that the request was refused
            self._fail(error)
        finally:
            self._release(request, client_address, None)
