"""``typedserver ctl``: look at a server that runs, and steer it, by its control socket."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

from typedserver.cli.kinds import COUNT, SECONDS
from typedserver.cli.mistakes import UsageError
from typedserver.cli.parser import Command, typed
from typedserver.cli.shown_status import cells, lines, table
from typedserver.control.actions import ACTIONS
from typedserver.control.client import ControlClient, ControlError
from typedserver.control.said import Listing, Status
from typedserver.recipes import shown

# The variable that names the socket, and its name in the working directory if there is no such variable.
VARIABLE: Final = "TYPEDSERVER_CONTROL"
DEFAULT_SOCKET: Final = "control.sock"

# Which action takes which option.
_TAKES: Final[Mapping[str, tuple[str, ...]]] = {
    "connections": ("filter", "offset", "limit"),
    "drain": ("deadline",),
    "cut": ("id",),
}
_OPTIONS: Final = ("id", "deadline", "filter", "offset", "limit")


def declare_socket(parser: argparse.ArgumentParser) -> None:
    """Add the option that ``socket_from`` reads."""
    parser.add_argument(
        "--socket", metavar="FILE", help=f"the server's control socket (default: ${VARIABLE}, else {DEFAULT_SOCKET})"
    )


def socket_from(values: Mapping[str, object]) -> str:
    """Return the path of the control socket."""
    return cast("str | None", values["socket"]) or os.environ.get(VARIABLE) or DEFAULT_SOCKET


def _declare(parser: argparse.ArgumentParser) -> None:
    declare_socket(parser)
    parser.add_argument("action", choices=ACTIONS, help="what to do")
    parser.add_argument("id", nargs="?", help="the connection to cut, as `connections` names it")
    parser.add_argument(
        "--deadline",
        metavar=SECONDS.metavar,
        type=typed(SECONDS),
        help="how long running requests have, of drain (default: as the server is configured)",
    )
    parser.add_argument("--filter", metavar="TEXT", help="a part of an id, an address, a handler or a state")
    parser.add_argument("--limit", metavar=COUNT.metavar, type=typed(COUNT), help="the most connections listed")
    parser.add_argument(
        "--offset", metavar=COUNT.metavar, type=typed(COUNT), help="how many of them are left out first"
    )
    parser.add_argument("--json", action="store_true", help="write the answer as JSON, for a program")


def _ctl(values: dict[str, object], _arguments: Sequence[str]) -> int:
    action = cast("str", values["action"])
    given = {name: values[name] for name in _OPTIONS if values[name] is not None}
    for name, value in given.items():
        if name not in _TAKES.get(action, ()):
            what = shown(value) if name == "id" else f"--{name}"
            raise UsageError(f"ctl {action} takes no {what}: leave it out")
    if action == "cut" and not given:
        raise UsageError("ctl cut needs the id of a connection: `typedserver ctl connections` lists them")
    try:
        with ControlClient(socket_from(values)) as client:
            answer = client.ask(action, **given)
    except ControlError as error:
        raise UsageError(str(error)) from error
    said = [json.dumps(answer)] if values["json"] else _said(action, answer)
    for line in said:
        sys.stdout.write(f"{line}\n")
    return 0


def _said(action: str, answer: Mapping[str, object]) -> Iterator[str]:
    match action:
        case "status":
            yield from lines(cast("Status", answer))
        case "connections":
            listing = cast("Listing", answer)
            found, first = listing["connections"], listing["offset"]
            yield from table(cells(each, each["seconds"]) for each in found)
            yield f"{len(found):,} of {listing['total']:,}{f', after the first {first:,}' if first else ''}"
        case "cut":
            yield f"{answer['cut']} is cut"
        case _:
            yield f"the server is {answer['state']}"


COMMAND: Final = Command(
    "ctl",
    "look at a server that runs, and steer it",
    "Look at a server that was started with --control, or has a Control, and steer it.",
    _declare,
    _ctl,
)
