"""``typedserver serve``: run a server, or say what would run (``--check``)."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

from typedserver.cli.checking import check
from typedserver.cli.composing import server_of
from typedserver.cli.config_file import read_config
from typedserver.cli.kinds import FILE
from typedserver.cli.logs import log_as, warn_of_observers
from typedserver.cli.mistakes import UsageError
from typedserver.cli.parser import Command, add_options, typed
from typedserver.cli.reloading import serve_reloading
from typedserver.cli.serving import failure_reported, run
from typedserver.cli.settings import OPTIONS, Settings, settings_of
from typedserver.endpoints.inherited import Inherited
from typedserver.service.terminal import show


def _declare(parser: argparse.ArgumentParser) -> None:
    # All of them would fill a screen above each error.
    parser.usage = "typedserver serve [OPTIONS] MODULE:ATTRIBUTE"
    declare_settings(parser)
    parser.add_argument(
        "--check", action="store_true", help="load everything, bind nothing, say what would be done, and end"
    )


def declare_settings(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that ``settings_from`` reads."""
    add_options(parser, OPTIONS)
    parser.add_argument(
        "--config",
        type=typed(FILE),
        metavar=FILE.metavar,
        help="read these options from a file of TOML, whose keys are their names; arguments come before it",
    )


def settings_from(values: dict[str, object]) -> Settings:
    """Return what arguments ask for, and the config file that they name; raises UsageError."""
    path = cast("Path | None", values.get("config"))
    known = {option.field for option in OPTIONS}
    given = {
        # argparse collects in a list what may be repeated.
        name: tuple(cast("list[object]", value)) if isinstance(value, list) else value
        for name, value in values.items()
        if name in known
    }
    return settings_of({**(read_config(path, OPTIONS) if path is not None else {}), **given}, path)


def _serve(values: dict[str, object], arguments: Sequence[str]) -> int:
    with failure_reported():
        settings = settings_from(values)
        if settings.reload and not values["check"]:
            if any(isinstance(endpoint, Inherited) for endpoint in settings.listen):
                raise UsageError(
                    "--reload starts the program anew, and descriptors are passed once: give --listen a port"
                )
            return serve_reloading(arguments, settings.reload_folder, settings.config)
        log_as(settings)
        if settings.umask is not None:
            os.umask(settings.umask)
        server = server_of(settings)
        if settings.access_log:
            warn_of_observers(server)
        if values["check"]:
            for line in check(server, settings):
                show(line, sys.stdout)
            return 0
        return run(server, settings)


COMMAND: Final = Command(
    "serve",
    "run a server until Ctrl-C",
    "Run a server until Ctrl-C or SIGTERM, which let it finish what it has accepted.",
    _declare,
    _serve,
)
