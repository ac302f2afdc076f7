"""A .x file to the text of a Python module."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from typedserver.rpc.compiler.checks import check
from typedserver.rpc.compiler.codecs import CodecWriter
from typedserver.rpc.compiler.expressions import Expressions
from typedserver.rpc.compiler.layout import Lines
from typedserver.rpc.compiler.lexer import Place, Token
from typedserver.rpc.compiler.loops import loops
from typedserver.rpc.compiler.meaning import Meaning
from typedserver.rpc.compiler.parser import Parser
from typedserver.rpc.compiler.plan import Plan
from typedserver.rpc.compiler.preprocessor import Preprocessor
from typedserver.rpc.compiler.programs import ProgramWriter
from typedserver.rpc.compiler.steps import Parts
from typedserver.rpc.compiler.types import TypeWriter

# The formatters' own default.
WIDTH: Final = 88

_TYPING: Final = ("ClassVar", "Final", "Literal", "Protocol", "TypeAlias")


def compiled(
    path: Path,
    *,
    folders: Sequence[Path] = (),
    defined: Mapping[str, str] | None = None,
    width: int = WIDTH,
    runtime: str = "typedserver.rpc",
) -> str:
    """Return the module of a .x file, in lines of at most ``width`` characters where that can be done.

    ``folders`` are searched for what it includes, ``defined`` are macros; ``runtime`` is the module from which the
    result imports what serves and calls. Raises CompileError where the file is wrong.
    """
    tokens = list(Preprocessor(folders, defined).read(path))
    return module_of(path.name, tokens, Place(path, 1, 1), width, runtime)


def module_of(name: str, tokens: Iterable[Token], start: Place, width: int, runtime: str) -> str:
    """Return the module of a source that is called ``name``, of its tokens."""
    meaning = Meaning(Parser(tokens, start).declarations())
    check(meaning)
    plan = Plan(meaning)
    expressions = Expressions(plan, loops(plan, Parts(plan, decoding=True)))
    types, codecs, programs, chains = (Lines(width) for _ in range(4))
    TypeWriter(plan, types).write()
    writer = CodecWriter(plan, expressions, codecs)
    writer.write()
    ProgramWriter(plan, expressions, programs).write()
    CodecWriter(plan, expressions, chains).chains()
    parts = [part for each in (types, codecs, chains, programs) if (part := each.text().strip("\n"))]
    body = "\n\n\n".join(parts)
    return (
        f"{_head(name, body, width, runtime)}{body}\n"
        if body
        else _head(name, body, width, runtime).rstrip("\n") + "\n"
    )


def _head(name: str, body: str, width: int, runtime: str) -> str:
    used = set(re.findall(r"\b[A-Za-z_]\w*", body))
    lines = [
        f'"""What {name} declares.',
        "",
        f"Written by typedserver-rpcgen: change {name} and compile it again.",
        '"""',
    ]
    lines += ["", "from __future__ import annotations", ""]
    if "dataclass" in used:
        lines.append("from dataclasses import dataclass")
    if "IntEnum" in used:
        lines.append("from enum import IntEnum")
    typing = [each for each in _TYPING if each in used]
    if typing:
        line = f"from typing import {', '.join(typing)}"
        lines += [line] if len(line) <= width else ["from typing import (", *(f"    {each}," for each in typing), ")"]
    if lines[-1]:
        lines.append("")
    if "rpc" in used:
        package, _, module = runtime.rpartition(".")
        lines.append(f"from {package} import {module}{'' if module == 'rpc' else ' as rpc'}")
    if "xdr" in used:
        lines.append("from typedserver.rpc import xdr")
    # Two lines before a class, one before a constant.
    free = 2 if body.startswith(("class ", "@", "def ")) else 1
    return "\n".join(lines).rstrip("\n") + "\n" * (free + 1)
