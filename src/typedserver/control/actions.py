"""What an operator may ask of a server: by its name, with JSON for the question and for the answer.

It knows a board. Control socket and page have the same actions, because both call ``act``.
"""

import logging
import time
from collections.abc import Mapping
from typing import Final, cast

from typedserver.control.board import Board
from typedserver.control.census import Connection
from typedserver.control.said import Listing, Row
from typedserver.errors import TypedServerError
from typedserver.recipes import check_seconds, shown

_log = logging.getLogger("typedserver.control")

# Connections in one page of a list: a few screens, and far less than a line may have.
_PAGE: Final = 100
_LONGEST_PAGE: Final = 1000

READING: Final = ("status", "connections")
"""What changes nothing."""

ACTIONS: Final = (*READING, "suspend", "resume", "drain", "cut")

_KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "status": (),
    "connections": ("filter", "offset", "limit"),
    "suspend": (),
    "resume": (),
    "drain": ("deadline",),
    "cut": ("id",),
}


class ActionError(TypedServerError):
    """What was asked for cannot be done; the text says why, and what to do instead."""


async def act(board: Board, question: object, *, by: str) -> Mapping[str, object]:
    """Do what is asked, and return the answer; raises ActionError.

    question: ``{"do": ...}``, with what the action takes besides.
    by: who asks, for the log.
    """
    if not isinstance(question, dict):
        raise ActionError(f'{shown(question)} is no question: send an object, as {{"do": "status"}}')
    asked = cast("dict[str, object]", question)
    do = asked.get("do")
    if not isinstance(do, str) or do not in _KNOWN:
        raise ActionError(f"{shown(do)} is nothing that can be done: ask for {', '.join(ACTIONS)}")
    for name in asked:
        if name != "do" and name not in _KNOWN[do]:
            known = ", ".join(_KNOWN[do]) or "nothing"
            raise ActionError(f"{do} has no {shown(name)}: it takes {known}")
    if do not in READING:
        _log.warning("%s asks for %s", by, shown(asked))
    match do:
        case "status":
            await board.look(connections=False)
            return board.status()
        case "connections":
            return await _connections(board, asked)
        case "cut":
            return await _cut(board, asked)
        case "drain":
            return _drain(board, asked)
        case _:
            return _suspend(board, suspended=do == "suspend")


def _suspend(board: Board, *, suspended: bool) -> dict[str, object]:
    owner = board.owner
    if board.state == "draining":
        raise ActionError("the server drains, and accepts nothing any more: it can only be waited for")
    if owner is None:
        raise ActionError(f"{shown(board.server)} is of a class that cannot be suspended: drain it, or stop it")
    if suspended:
        owner.suspend()
    else:
        owner.resume()
    return {"state": board.state}


def _drain(board: Board, asked: Mapping[str, object]) -> dict[str, object]:
    deadline = asked.get("deadline")
    try:
        check_seconds("drain", "deadline", deadline)
    except TypedServerError as error:
        raise ActionError(str(error)) from error
    board.drain(cast("float | None", deadline))
    return {"state": board.state}


async def _cut(board: Board, asked: Mapping[str, object]) -> dict[str, object]:
    name = asked.get("id")
    if not isinstance(name, str):
        raise ActionError(f"cut needs the id of a connection, as text, and has {shown(name)}: `connections` lists them")
    if not await board.cut(name):
        raise ActionError(f"there is no connection {shown(name)}, or no more: `connections` lists those that there are")
    return {"cut": name}


async def _connections(board: Board, asked: Mapping[str, object]) -> Listing:
    wanted = asked.get("filter", "")
    if not isinstance(wanted, str):
        raise ActionError(f"filter={shown(wanted)} must be text, a part of an id, an address, a handler or a state")
    offset = _number(asked, "offset", 0, 2**31)
    limit = _number(asked, "limit", _PAGE, _LONGEST_PAGE)
    await board.look(connections=True)
    found = [each for each in board.connections() if not wanted or _matches(board, each, wanted)]
    found.sort(key=lambda each: each.began)
    now = time.monotonic()
    page = [row(board, each, now) for each in found[offset : offset + limit]]
    return {"total": len(found), "offset": offset, "connections": page}


def _number(asked: Mapping[str, object], name: str, default: int, most: int) -> int:
    value = asked.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ActionError(f"{name}={shown(value)} must be a whole number from 0 to {most}")
    return value


def _matches(board: Board, connection: Connection, wanted: str) -> bool:
    """Return whether a text is a part of what a connection is shown by."""
    handler = board.handlers[connection.server]
    return any(wanted in each for each in (board.name_of(connection), connection.address, handler, connection.state))


def row(board: Board, connection: Connection, now: float) -> Row:
    """Return a connection as it is shown, with its age in seconds; ``now``: by the monotonic clock."""
    return {
        "id": board.name_of(connection),
        "address": connection.address,
        "handler": board.handlers[connection.server],
        "seconds": max(0.0, now - connection.began),
        "state": connection.state,
    }
