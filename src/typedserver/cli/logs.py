"""What a program logs, and how a line looks. It knows logging, and of servers their observers."""

import json
import logging
import time
from typing import Final

from typing_extensions import override

from typedserver.cli.settings import Settings
from typedserver.events import LogObserver
from typedserver.lifetime.tree import leaves
from typedserver.prefork.sharing import is_server
from typedserver.protocols.servers import AnyServer

_log = logging.getLogger("typedserver")

_TEXT: Final = "%(asctime)s %(levelname)s %(message)s"

# What every record has; the rest was given by whoever has logged it.
_OF_EVERY_RECORD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JSONFormatter(logging.Formatter):
    """Writes a record as one line of JSON: time (UTC), level, logger, message, what it has besides, and exception."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, object] = {
            "time": f"{seconds}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update((name, value) for name, value in vars(record).items() if name not in _OF_EVERY_RECORD)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=repr)


def warn_of_observers(server: AnyServer) -> None:
    """Warn of servers whose observer may not write the lines of single requests."""
    for leaf in leaves(server):
        if is_server(leaf) and not isinstance(leaf.config.observer, LogObserver):
            _log.warning(
                "--access-log: %r has an observer of its own, and lines are written only if that passes its events on "
                "to LogObserver()",
                leaf,
            )


def log_as(settings: Settings) -> None:
    """Set up the root logger, unless the program has done that; lines go to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(JSONFormatter() if settings.log_format == "json" else logging.Formatter(_TEXT))
    logging.basicConfig(level=settings.log_level, handlers=[handler])
    if settings.access_log:
        # Its own level decides, whatever the others log: records pass to the root's handlers in any case.
        logging.getLogger("typedserver.access").setLevel(logging.INFO)
