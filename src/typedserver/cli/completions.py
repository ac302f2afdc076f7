"""Completions of the command line for bash, zsh and fish, made of the parsers.

Those of bash and zsh are shtab's. It has none for fish, so those are made here.
"""

import argparse
from collections.abc import Iterator, Mapping
from typing import Final, cast

from typedserver.cli.extras import shtab

SHELLS: Final = ("bash", "zsh", "fish")

_PROGRAM: Final = "typedserver"


def completions(shell: str, parser: argparse.ArgumentParser, commands: Mapping[str, argparse.ArgumentParser]) -> str:
    """Return the text that a shell reads.

    parser: the whole program's. commands: the parsers of its commands. Raises UsageError if shtab is not installed, and
    is needed.
    """
    if shell == "fish":
        return "".join(f"{line}\n" for line in _for_fish(parser, commands))
    package = shtab()
    offered = {"FILE": package.FILE, "FOLDER": package.DIRECTORY}
    for each in (parser, *commands.values()):
        for option in _options_of(each):
            if option.metavar in offered:
                # shtab asks for this attribute; argparse has none for what a shell offers.
                vars(option)["complete"] = offered[str(option.metavar)]
    return package.complete(parser, shell)


def _for_fish(parser: argparse.ArgumentParser, commands: Mapping[str, argparse.ArgumentParser]) -> Iterator[str]:
    """Yield the lines for fish (complete(1) of fish)."""
    # Files only where an option takes one.
    yield f"complete -c {_PROGRAM} -f"
    none_yet = "__fish_use_subcommand"
    for option in _options_of(parser):
        yield _line(none_yet, option)
    for name, command in commands.items():
        yield f"complete -c {_PROGRAM} -n {none_yet} -a {name} -d {_quoted(command.description or '')}"
        within = f"__fish_seen_subcommand_from {name}"
        for option in _options_of(command):
            yield _line(within, option)


def _options_of(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    # argparse has no public list of them; shtab reads the same.
    actions = cast("list[argparse.Action]", vars(parser)["_actions"])
    return [action for action in actions if action.option_strings and action.help != argparse.SUPPRESS]


def _line(condition: str, option: argparse.Action) -> str:
    names = "".join(
        f" -l {name.removeprefix('--')}" if name.startswith("--") else f" -s {name.removeprefix('-')}"
        for name in option.option_strings
    )
    takes = ""
    if option.nargs != 0:
        choices = cast("list[str] | None", option.choices)
        # -r: a value must follow. -F: which may be a file.
        takes = (
            f" -x -a {_quoted(' '.join(choices))}"
            if choices
            else " -r -F"
            if option.metavar in ("FILE", "FOLDER")
            else " -x"
        )
    explained = (option.help or "").replace("%%", "%")
    return f"complete -c {_PROGRAM} -n {_quoted(condition)}{names}{takes} -d {_quoted(explained)}"


def _quoted(text: str) -> str:
    # In single quotes fish knows two escapes (fish's documentation, Quotes).
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
