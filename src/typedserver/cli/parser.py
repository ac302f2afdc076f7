"""The arguments of all commands, as argparse takes them; those of ``serve`` are made of its options."""

import argparse
import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn, cast

from typedserver.cli.options import Kind, Option

# Columns of the help, whatever the terminal: it is pasted into the documentation.
_WIDTH: Final = 100

# Where the explanation of an option begins.
_INDENT: Final = 30


class _Formatter(argparse.HelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=_INDENT, width=_WIDTH)


class Parser(argparse.ArgumentParser):
    """A parser that takes options by their whole names, and says which one may be meant by a wrong one."""

    def __init__(self, *, prog: str, description: str, epilog: str | None = None, add_help: bool = True) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            add_help=add_help,
            formatter_class=_Formatter,
            # A prefix that is one option's today may be two options' tomorrow.
            allow_abbrev=False,
        )

    def parse(self, arguments: Sequence[str]) -> dict[str, object]:
        """Return what was given, by the destinations' names; ends the program, as argparse does, for what is wrong."""
        namespace, unknown = self.parse_known_args(arguments)
        if unknown:
            self._refuse(unknown)
        return cast("dict[str, object]", vars(namespace))

    def _refuse(self, unknown: Sequence[str]) -> NoReturn:
        wrong = next((each for each in unknown if each.startswith("-")), None)
        if wrong is None:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        name = wrong.partition("=")[0]
        close = difflib.get_close_matches(name, self._option_string_actions, n=1)
        self.error(f"there is no option {name}{f'; is {close[0]} meant?' if close else ''}")


def typed(kind: Kind[object]) -> Callable[[str], object]:
    """Return what argparse calls for a value: its ValueErrors become messages that argparse shows as they are."""

    def parse(text: str) -> object:
        try:
            return kind.parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return parse


def add_options(parser: argparse.ArgumentParser, options: Iterable[Option]) -> None:
    """Declare options for argparse, by their sections; what is not given is not in the result."""
    by_section = dict[str, list[Option]]()
    for option in options:
        by_section.setdefault(option.section.title, []).append(option)
    for title, belonging in by_section.items():
        group = parser.add_argument_group(title)
        for option in belonging:
            _add(group.add_argument, option)


def _add(add_argument: Callable[..., object], option: Option) -> None:
    text = help_of(option).replace("%", "%%")
    if option.kind is None:
        add_argument(
            option.flag,
            dest=option.field,
            action=argparse.BooleanOptionalAction,
            default=argparse.SUPPRESS,
            help=text,
        )
    elif option.is_positional:
        add_argument(
            option.field,
            nargs="?",
            default=argparse.SUPPRESS,
            metavar=option.kind.metavar,
            type=typed(option.kind),
            help=text,
        )
    else:
        add_argument(
            option.flag,
            dest=option.field,
            action="append" if option.is_repeated else "store",
            default=argparse.SUPPRESS,
            metavar=option.kind.metavar,
            type=typed(option.kind),
            choices=option.kind.choices or None,
            help=text,
        )


def help_of(option: Option) -> str:
    """Return what an option is for, with what holds without it."""
    choices = option.kind.choices if option.kind is not None else ()
    named = f": {', '.join(choices)}" if choices else ""
    without = option.without
    return f"{option.says}{named}{f' (default: {without})' if without else ''}"


@dataclass(frozen=True, slots=True)
class Command:
    """What the program can be asked to do.

    says: what that is, in a few words. describes: the same in a sentence or two.
    declare: adds its arguments to a parser. run: does it, with what ``Parser.parse`` has returned and the arguments
    that this was made of; returns the exit status.
    """

    name: str
    says: str
    describes: str
    declare: Callable[[argparse.ArgumentParser], object]
    run: Callable[[dict[str, object], Sequence[str]], int]
