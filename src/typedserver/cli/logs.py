"""What a program logs, and how a line looks. It knows logging, and no server."""

import logging

from typedserver.cli.settings import Settings


def log_as(settings: Settings) -> None:
    """Set up the root logger, unless the program has done that; lines go to stderr."""
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(message)s")
