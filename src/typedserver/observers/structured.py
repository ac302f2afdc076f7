"""Structlog: each event as an event of structlog. It knows fields and that package's loggers, nothing of its setup."""

import logging
from typing import TYPE_CHECKING, Final, Protocol, cast

from typedserver.events import MessageObserver, ServerEvent
from typedserver.observers.fields import Fields, fields_of, level_of, title_of
from typedserver.sources.extras import Extra

if TYPE_CHECKING:
    import structlog
else:
    structlog = Extra("structlog", "structlog")


class BoundLogger(Protocol):
    """A logger of structlog, as far as it is used: any that has levels."""

    def log(self, level: int, event: str, /, **fields: str | float | bool | None) -> object:
        """Write an event with its fields."""
        ...


class Structlog:
    """Writes each event to a logger of structlog: its name as the event, and its fields as they are.

    logger: one of ``structlog.get_logger()``, which may be bound to values of your own; None: that of the name
    "typedserver.events". How lines look, and which are written, is structlog's own configuration.
    steps: whether the steps of requests and single messages go to the logger as well, with level DEBUG.
    structlog does not say in advance what it will write, so they cost a request their making even if nobody reads them.

    docs/observing.md names the events, their levels and their fields; of the error of a request only the class is
    written, because its text may hold what a client has sent. From any thread. Raises CompositionError if structlog is
    not installed.
    """

    def __init__(self, logger: BoundLogger | None = None, *, steps: bool = False) -> None:
        # If it is not installed, this says so now.
        get_logger = structlog.get_logger
        self._logger: Final = cast("BoundLogger", get_logger("typedserver.events")) if logger is None else logger
        self._steps: Final = steps

    def __repr__(self) -> str:
        return f"Structlog(steps={self._steps})"

    @property
    def wants_requests(self) -> bool:
        """True: it writes their ends."""
        return True

    @property
    def wants_messages(self) -> bool:
        """Whether it writes the steps."""
        return self._steps

    def __call__(self, event: ServerEvent, /) -> None:
        """Write an event."""
        level = level_of(event)
        if level > logging.DEBUG or self._steps:
            fields: Fields = fields_of(event)
            self._logger.log(level, title_of(event), **fields)


_conforms: type[MessageObserver] = Structlog
