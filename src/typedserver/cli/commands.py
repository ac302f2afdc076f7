"""Which commands there are, and what becomes of a mistake. Each command is a module of its own.

Exit status: 2 for a mistake that the caller can mend (no such server, an address in use), 1 for what failed by itself,
otherwise the command's own.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Final, cast

from typedserver.cli import bench, connect, ctl, explain, serve, top
from typedserver.cli.completions import SHELLS, completions
from typedserver.cli.mistakes import UsageError
from typedserver.cli.parser import Parser
from typedserver.cli.schema import schema_of
from typedserver.cli.settings import OPTIONS
from typedserver.errors import CompositionError, CrashLoop, ListenError, RecipeError
from typedserver.service.terminal import show

FAILED: Final = 1
MISTAKEN: Final = 2

# Without the name of a command, this one is meant: `typedserver app:server`.
_SHORT: Final = "serve"

_COMMANDS: Final = serve.COMMAND, explain.COMMAND, connect.COMMAND, bench.COMMAND, ctl.COMMAND, top.COMMAND

COMMANDS: Final = {each.name: each for each in _COMMANDS}

# What is asked of the program itself, and not of a command.
_OF_THE_PROGRAM: Final = ("-h", "--help", "--version", "--print-completion", "--print-schema")


def version() -> str:
    """Return the line of ``--version``."""
    # Asked of the package itself, which imports this module when all of it is there.
    return f"typedserver {cast('str', vars(sys.modules['typedserver'])['__version__'])}"


def whole_parser() -> tuple[Parser, dict[str, argparse.ArgumentParser]]:
    """Return the parser of the program, which knows what can be asked for, and runs nothing; and those of commands."""
    parser = Parser(
        prog="typedserver",
        description="Run a server, look at one, or talk to one. Without the name of a command, serve is meant.",
        epilog="typedserver COMMAND --help has the options of a command.",
    )
    parser.add_argument("--version", action="version", version=version())
    parser.add_argument(
        "--print-completion", choices=SHELLS, help="print what a shell needs to complete options: bash, zsh, fish"
    )
    parser.add_argument("--print-schema", action="store_true", help="print the JSON Schema of serve's config file")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    parsers = dict[str, argparse.ArgumentParser]()
    for command in COMMANDS.values():
        made = commands.add_parser(
            command.name, prog=f"typedserver {command.name}", help=command.says, description=command.describes
        )
        command.declare(made)
        parsers[command.name] = made
    return parser, parsers


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status. Ends by SystemExit, as argparse does, for bad arguments."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(given)
    except (UsageError, ListenError, CompositionError, RecipeError) as error:
        show(f"typedserver: {error}", sys.stderr)
        return MISTAKEN
    except CrashLoop as error:
        show(f"typedserver: {error}", sys.stderr)
        return FAILED


def _run(given: list[str]) -> int:
    if not given or given[0].partition("=")[0] in _OF_THE_PROGRAM:
        return _ask_the_program(given)
    command = COMMANDS.get(given[0])
    if command is not None:
        del given[0]
    elif given[0].startswith("-") or ":" in given[0]:
        command = COMMANDS[_SHORT]
    else:
        raise UsageError(
            f"{given[0]!r} is no command ({', '.join(COMMANDS)}), and names no server: give module:attribute, as "
            "examples.upper:server"
        )
    parser = Parser(prog=f"typedserver {command.name}", description=command.describes)
    # Also here, because today's programs give it after the name of a server.
    parser.add_argument("--version", action="version", version=version())
    command.declare(parser)
    return command.run(parser.parse(given), given)


def _ask_the_program(given: list[str]) -> int:
    parser, commands = whole_parser()
    if not given:
        parser.error("there is nothing to do: give module:attribute, as examples.upper:server, or a command")
    asked = parser.parse(given)
    shell = cast("str | None", asked["print_completion"])
    text = schema_of(OPTIONS) if shell is None else completions(shell, parser, commands)
    sys.stdout.write(text)
    return 0
