"""EventLog: each event as a record of ``logging``. It knows fields and a logger, nothing of how a line looks."""

import logging
from typing import Final

from typedserver.events import MessageObserver, ServerEvent
from typedserver.observers.fields import fields_of, level_of, title_of


class EventLog:
    """Writes each event to a logger: the record's message is the event's name, its attributes are the event's fields.

    logger: a logger, or its name.

    ``JSONFormatter`` makes a line of JSON of such a record. docs/observing.md names the events, their levels and their
    fields. Of the error of a request only the class is written, because its text may hold what a client has sent.

    The end of a request has level INFO, and its steps and single messages have DEBUG: if these are not enabled when
    serving begins, they cost nothing. From any thread.
    """

    def __init__(self, logger: logging.Logger | str = "typedserver.events") -> None:
        self._logger: Final = logging.getLogger(logger) if isinstance(logger, str) else logger

    def __repr__(self) -> str:
        return f"EventLog({self._logger.name!r})"

    @property
    def wants_requests(self) -> bool:
        """Whether the ends of requests are logged at the level that is set."""
        return self._logger.isEnabledFor(logging.INFO)

    @property
    def wants_messages(self) -> bool:
        """Whether single messages are logged at the level that is set."""
        return self._logger.isEnabledFor(logging.DEBUG)

    def __call__(self, event: ServerEvent, /) -> None:
        """Write a record."""
        level = level_of(event)
        if self._logger.isEnabledFor(level):
            self._logger.log(level, title_of(event), extra=fields_of(event))


_conforms: type[MessageObserver] = EventLog
