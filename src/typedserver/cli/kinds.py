"""The kinds of values that options take: each as text, and as the config file has it. They know no option."""

import contextlib
import ipaddress
import math
import re
from pathlib import Path
from typing import Final, Literal

from typedserver.cli.options import Kind
from typedserver.recipes import shown

# What stands for no limit, and for no deadline.
NONE: Final = "none"

_NUMBER: Final = (int, float, str)


def _seconds(text: str) -> float:
    with contextlib.suppress(ValueError):
        if (seconds := float(text)) >= 0:
            return seconds
    raise ValueError(f"{shown(text)} is no number of seconds from 0 on")


def _deadline(text: str) -> float | None:
    if text == NONE:
        return None
    with contextlib.suppress(ValueError):
        if 0 < (seconds := float(text)) < math.inf:
            return seconds
    raise ValueError(f"{shown(text)} is no number of seconds above 0, nor {NONE!r} for no deadline")


def _count(text: str) -> int:
    with contextlib.suppress(ValueError):
        if (count := int(text)) >= 1:
            return count
    raise ValueError(f"{shown(text)} is no whole number from 1 on")


def _limit(text: str) -> int | None:
    if text == NONE:
        return None
    with contextlib.suppress(ValueError):
        return _count(text)
    raise ValueError(f"{shown(text)} is no whole number from 1 on, nor {NONE!r} for no limit")


def _rate(text: str) -> float | None:
    if text == NONE:
        return None
    with contextlib.suppress(ValueError):
        if 0 < (rate := float(text)) < math.inf:
            return rate
    raise ValueError(f"{shown(text)} is no number above 0, nor {NONE!r} for no limit")


def _file(text: str) -> Path:
    if not text:
        raise ValueError("'' names no file")
    return Path(text)


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(
            f"{shown(text)} is no address and no network ({error}): give 192.0.2.1, 192.0.2.0/24 or fd00::/8"
        ) from error
    return text


def _text(text: str) -> str:
    if not text:
        raise ValueError("'' is empty")
    return text


def _mask(text: str) -> int:
    if re.fullmatch(r"(0o?)?[0-7]{1,3}", text):
        return int(text.removeprefix("0o"), 8)
    raise ValueError(f"{shown(text)} is no mask in octal, from 000 to 777")


def one_of(metavar: str, *choices: str) -> Kind[str]:
    """Return the kind that has these texts only."""
    return Kind(metavar, str, {"type": "string", "enum": list(choices)}, choices=choices)


def _over(text: str) -> Literal["pause", "refuse"]:
    if text == "pause":
        return "pause"
    if text == "refuse":
        return "refuse"
    raise ValueError(f"{shown(text)} is neither pause nor refuse")


def _or_none(schema: dict[str, object]) -> dict[str, object]:
    return {"anyOf": [schema, {"const": NONE}]}


SECONDS: Final = Kind("SECONDS", _seconds, {"type": "number", "minimum": 0}, takes=_NUMBER)
DEADLINE: Final = Kind("SECONDS", _deadline, _or_none({"type": "number", "exclusiveMinimum": 0}), takes=_NUMBER)
COUNT: Final = Kind("N", _count, {"type": "integer", "minimum": 1}, takes=(int, str))
LIMIT: Final = Kind("N", _limit, _or_none({"type": "integer", "minimum": 1}), takes=(int, str))
RATE: Final = Kind("N", _rate, _or_none({"type": "number", "exclusiveMinimum": 0}), takes=_NUMBER)
FILE: Final = Kind("FILE", _file, {"type": "string", "minLength": 1})
FOLDER: Final = Kind("FOLDER", _file, {"type": "string", "minLength": 1})
NETWORK: Final = Kind("NETWORK", _network, {"type": "string", "minLength": 1})
APP: Final = Kind("MODULE:ATTRIBUTE", str, {"type": "string", "pattern": "^[^:]+:.+$"})
NAME: Final = Kind("NAME", _text, {"type": ["string", "integer"], "minLength": 1}, takes=(str, int))
OVER: Final = Kind("WORD", _over, {"type": "string", "enum": ["pause", "refuse"]}, choices=("pause", "refuse"))
MASK: Final = Kind("MASK", _mask, {"type": "string", "pattern": "^(0o?)?[0-7]{1,3}$"})
