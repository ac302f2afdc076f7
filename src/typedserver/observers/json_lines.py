"""A record of ``logging`` as one line of JSON. It knows records, and nothing of what is logged."""

import json
import logging
import math
import time
from typing import Any, Final

from typing_extensions import override

# What every record has; the rest was given by whoever has logged it.
_OF_EVERY_RECORD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JSONFormatter(logging.Formatter):
    """Writes a record as one line of JSON: time (UTC), level, logger, message, what it has besides, and exception.

    Whatever is logged, the line is one, is ASCII and is JSON: what JSON cannot write is written as its repr. It is what
    ``typedserver serve --log-format json`` uses; ``handler.setFormatter(JSONFormatter())`` in a program. From any
    thread.
    """

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
        return dumps(line)


def dumps(line: dict[str, object]) -> str:
    """Write a line of JSON, whatever it holds."""
    try:
        return _encode(line)
    except (TypeError, ValueError, RecursionError):
        # Keys that are no str, an infinite number, a list that holds itself.
        return _encode({str(name): _plain(value) for name, value in line.items()})


# NaN and Infinity are no JSON (RFC 8259, section 6).
_encode: Final = json.JSONEncoder(default=repr, allow_nan=False).encode


def _plain(value: Any) -> object:  # noqa: ANN401 - whatever a program has logged
    if value is None or isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return repr(value)
