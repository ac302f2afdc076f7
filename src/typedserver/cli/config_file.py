"""The config file of ``serve``: TOML, whose keys are the names of the options. An error names the file and the line.

It knows how options are declared, and which there are; nothing of what they mean.
"""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

from typedserver.cli.mistakes import UsageError
from typedserver.cli.options import Option, read
from typedserver.recipes import shown


def read_config(path: Path, options: Iterable[Option]) -> dict[str, object]:
    """Return what a file sets, by the names of the fields; raises UsageError, which names the file and the line."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}: is --config spelled right?") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: it is no UTF-8, which TOML is: {error}") from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}:{_line_of_error(text)}: it is no TOML: {error}") from error
    known = {each.name: each for each in options}
    values = dict[str, object]()
    for key, value in document.items():
        try:
            values[_option(key, known).field] = _value(_option(key, known), value)
        except ValueError as error:
            raise UsageError(f"{path}:{_line_of(text, key)}: {key}: {error}") from error
    return values


def _option(key: str, known: Mapping[str, Option]) -> Option:
    if key in known:
        return known[key]
    close = difflib.get_close_matches(key.replace("_", "-"), known, n=1)
    raise ValueError(f"there is no such key{f'; is {close[0]} meant?' if close else ', see typedserver serve --help'}")


def _value(option: Option, value: object) -> object:
    if option.kind is None:
        if not isinstance(value, bool):
            raise ValueError(f"{shown(value)} is neither true nor false")
        return value
    if not option.is_repeated:
        return read(option.kind, value)
    # One alone needs no brackets.
    values = cast("list[object]", value) if isinstance(value, list) else [value]
    return tuple(read(option.kind, each) for each in values)


# Lines


def _line_of(text: str, key: str) -> int:
    """Return the line in which a key of the document begins.

    tomllib does not say. The lines before it are a document of their own, without the key; with its last line they are
    one that has it.
    """
    lines = text.splitlines()
    begins = 1
    for number in range(len(lines) + 1):
        try:
            document = tomllib.loads("\n".join(lines[:number]))
        except tomllib.TOMLDecodeError:
            # In the middle of a value of several lines.
            continue
        if key in document:
            break
        begins = number + 1
    return begins


def _line_of_error(text: str) -> int:
    """Return the line behind the longest beginning that is a document."""
    lines = text.splitlines()
    begins = 1
    for number in range(len(lines) + 1):
        try:
            tomllib.loads("\n".join(lines[:number]))
        except tomllib.TOMLDecodeError:
            continue
        begins = number + 1
    return min(begins, max(len(lines), 1))
