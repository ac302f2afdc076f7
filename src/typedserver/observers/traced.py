"""Traced: a span for each message that a function answers. It knows the API of OpenTelemetry, and no server."""

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from dataclasses import KW_ONLY, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic

from typing_extensions import TypeVar

from typedserver.observers.names import type_of
from typedserver.observers.opentelemetry import OpenTelemetry
from typedserver.observers.otel_api import api
from typedserver.protocols.messages import Pending
from typedserver.recipes import check_callable, recipe_repr

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span
else:
    # Named in annotations, which are read at run time too.
    Context = Span = object

_log = logging.getLogger("typedserver")

_Message_contra = TypeVar("_Message_contra", contravariant=True)
_Result_co = TypeVar("_Result_co", covariant=True)

# What most functions return, which is no Pending.
_PLAIN: Final = frozenset((bytes, str, type(None)))


@dataclass(frozen=True, slots=True, repr=False)
class Traced(Generic[_Message_contra, _Result_co]):
    """A function of messages that makes a span of each: ``Framed(Lines(), Traced(telemetry, answer))``.

    telemetry: the observer of the server, or another one of the same providers.
    function: what answers. If it returns a Pending, the span ends when that is done.
    name: the spans' name; the same for all messages.
    carrier: returns what a message brings of its sender's context, such as ``{"traceparent": ...}``, for the
    propagators that the program has set (W3C Trace Context unless it says otherwise). If that is None or nothing, the
    span is a child of its connection's; a span with a parent elsewhere has a link to that. If it raises, the message
    has no parent elsewhere, and is answered all the same.

    While the function runs its span is the current one (contextvars), so what it calls makes children of it. It fits
    wherever a function of one message does: Framed, Coded, datagram_handler, message_handler, and in what Sessions
    returns. A function that another thread runs has the current span if it is traced there:
    ``Submitted(pool, Traced(telemetry, answer))``.

    Raises RecipeError for what cannot be called; a call raises what the function raises. From any thread.
    """

    telemetry: OpenTelemetry
    function: Callable[[_Message_contra], _Result_co]
    _: KW_ONLY
    name: str = "message"
    carrier: Callable[[_Message_contra], Mapping[str, str] | None] | None = None

    def __post_init__(self) -> None:
        check_callable("Traced", "function", self.function, "give a function of a message")
        if self.carrier is not None:
            check_callable("Traced", "carrier", self.carrier, "give a function from a message to a mapping, or None")

    __repr__ = recipe_repr

    def __call__(self, message: _Message_contra, /) -> _Result_co:
        """Call the function in a span of its own; returns what it returns."""
        known = api()
        here = known.current_span()
        elsewhere = None if self.carrier is None else self._parent_of(message, self.carrier)
        links = None
        if elsewhere is not None and known.span_of(elsewhere) is not here and here.get_span_context().is_valid:
            links = (known.link(here.get_span_context()),)
        began = time.monotonic()
        span = self.telemetry.tracer.start_span(self.name, elsewhere, known.server, links=links)
        token = known.attach(known.with_span(span, elsewhere))
        try:
            result = self.function(message)
        except BaseException as error:
            self._end(span, began, error)
            raise
        finally:
            known.detach(token)
        pending: Any = result
        if type(result) not in _PLAIN and isinstance(pending, Pending):
            pending.add_done_callback(partial(self._done, span, began))
        else:
            self._end(span, began, None)
        return result

    def _parent_of(
        self, message: _Message_contra, carrier: "Callable[[_Message_contra], Mapping[str, str] | None]"
    ) -> "Context | None":
        try:
            brought = carrier(message)
            return api().extract(brought, api().here()) if brought else None
        except Exception:  # noqa: BLE001 - it reads what a client has sent, and the message is answered all the same
            _log.debug("%r could not read the parent of a message", carrier, exc_info=True)
            return None

    def _done(self, span: "Span", began: float, pending: Pending[object]) -> None:
        try:
            error = pending.exception()
        except CancelledError as cancelled:
            error = cancelled
        self._end(span, began, error)

    def _end(self, span: "Span", began: float, error: BaseException | None) -> None:
        attributes = {"typedserver.message": self.name}
        if error is not None:
            attributes["error.type"] = type_of(error)
            span.set_attribute("error.type", type_of(error))
            span.set_status(api().error)
        self.telemetry.message_duration.record(time.monotonic() - began, attributes)
        span.end()
