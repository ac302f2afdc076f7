"""What a program logs, and how a line looks. It knows logging, and of servers their observers."""

import logging
from typing import Final

from typedserver.cli.settings import Settings
from typedserver.events import LogObserver
from typedserver.lifetime.tree import leaves
from typedserver.observers.json_lines import JSONFormatter
from typedserver.observers.several import each_observer
from typedserver.prefork.sharing import is_server
from typedserver.protocols.servers import AnyServer

_log = logging.getLogger("typedserver")

_TEXT: Final = "%(asctime)s %(levelname)s %(message)s"


def warn_of_observers(server: AnyServer) -> None:
    """Warn of servers whose observer may not write the lines of single requests."""
    for leaf in leaves(server):
        if is_server(leaf) and not any(
            isinstance(observer, LogObserver) for observer in each_observer(leaf.config.observer)
        ):
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
