"""The API of OpenTelemetry, as far as it is called here, found once.

An extra's members are looked up by name each time, which would cost each request as much as its span.
"""

from collections.abc import Callable, Mapping
from contextvars import Token
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from typedserver.sources.extras import Extra

if TYPE_CHECKING:
    from opentelemetry import context, propagate, trace
    from opentelemetry.context import Context
else:
    context = Extra("opentelemetry.context", "opentelemetry")
    propagate = Extra("opentelemetry.propagate", "opentelemetry")
    trace = Extra("opentelemetry.trace", "opentelemetry")
    Context = object


@dataclass(frozen=True, slots=True)
class Api:
    """Functions and constants of the package, by their own names there or shorter ones."""

    attach: "Callable[[Context], Token[Context]]"
    detach: "Callable[[Token[Context]], None]"
    nowhere: "Context"
    with_span: "Callable[[trace.Span, Context | None], Context]"
    current_span: "Callable[[], trace.Span]"
    span_of: "Callable[[Context], trace.Span]"
    here: "Callable[[], Context]"
    extract: "Callable[[Mapping[str, str], Context], Context]"
    link: "type[trace.Link]"
    server: "trace.SpanKind"
    error: "trace.Status"


@cache
def api() -> Api:
    """Return it; raises CompositionError, which names the extra, if the package is not installed."""
    return Api(
        attach=context.attach,
        detach=context.detach,
        nowhere=context.Context(),
        with_span=trace.set_span_in_context,
        current_span=trace.get_current_span,
        span_of=trace.get_current_span,
        here=context.get_current,
        extract=propagate.extract,
        link=trace.Link,
        server=trace.SpanKind.SERVER,
        error=trace.Status(trace.StatusCode.ERROR),
    )
