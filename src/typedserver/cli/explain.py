"""``typedserver explain``: what a server is made of, and what each piece costs or forbids. Nothing is bound."""

import argparse
import sys
from collections.abc import Sequence
from typing import Final

from typedserver.cli.composing import server_of
from typedserver.cli.explaining import explained
from typedserver.cli.parser import Command
from typedserver.cli.serve import declare_settings, settings_from
from typedserver.cli.tree import drawn


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.usage = "typedserver explain [OPTIONS OF serve] MODULE:ATTRIBUTE"
    declare_settings(parser)


def _explain(values: dict[str, object], _arguments: Sequence[str]) -> int:
    settings = settings_from(values)
    server = server_of(settings)
    for line in drawn(explained(settings.app or "", server)):
        sys.stdout.write(f"{line}\n")
    return 0


COMMAND: Final = Command(
    "explain",
    "show what a server is made of",
    "Show what a server is made of, and what each piece costs or forbids. Takes the options of serve; binds nothing.",
    _declare,
    _explain,
)
