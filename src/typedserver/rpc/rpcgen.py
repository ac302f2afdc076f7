"""The compiler's command line: ``python -m typedserver.rpc.rpcgen calc.x -o calc.py``, or ``typedserver-rpcgen``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from typedserver.rpc.compiler.compiling import WIDTH, compiled
from typedserver.rpc.compiler.lexer import CompileError


def main(arguments: Sequence[str] | None = None) -> int:
    """Compile a file; returns 0, or 1 if it is wrong or, with ``--check``, if the output would change."""
    parser = argparse.ArgumentParser(
        prog="typedserver-rpcgen", description="Compile the RPC language (RFC 5531, RFC 4506) to a typed Python module."
    )
    parser.add_argument("source", type=Path, help="the .x file")
    parser.add_argument("-o", "--output", type=Path, help="the module to write; without it, it is printed")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if the module is not what would be written"
    )
    parser.add_argument(
        "-I",
        dest="folders",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="where to look for what is included",
    )
    parser.add_argument("-D", dest="macros", action="append", default=[], metavar="NAME[=VALUE]", help="define a macro")
    parser.add_argument("--line-length", type=int, default=WIDTH, help="of the module (default: %(default)s)")
    parser.add_argument(
        "--runtime",
        default="typedserver.rpc",
        metavar="MODULE",
        help="what the module imports Version, Call and Client from (default: %(default)s)",
    )
    given = parser.parse_args(arguments)
    if given.check and given.output is None:
        parser.error("--check needs the module: name it by --output")
    macros = {name: value or "1" for name, _, value in (each.partition("=") for each in given.macros)}
    try:
        text = compiled(
            given.source, folders=given.folders, defined=macros, width=given.line_length, runtime=given.runtime
        )
    except CompileError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if given.output is None:
        sys.stdout.write(text)
    elif not given.check:
        given.output.write_text(text, encoding="utf-8")
    elif not given.output.is_file() or given.output.read_text(encoding="utf-8") != text:
        sys.stderr.write(f"{given.output} is not what {given.source} compiles to: compile it again\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
