"""The text of a .x file as tokens, each with its place. It knows no directive and no grammar."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final, Literal, TypeAlias, final

from typedserver.errors import TypedServerError

Kind: TypeAlias = Literal["name", "number", "string", "mark"]

_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t\f\v\r]+)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<number>[0-9][A-Za-z0-9_]*)
      | (?P<string>"(?:[^"\\\n]|\\.)*")
      | (?P<mark>&&|\|\||==|!=|<=|>=|<<|>>|[-+*/%&|^~!?:;,=<>(){}\[\]\#.])""",
    re.VERBOSE,
)
_NUMBER: Final = re.compile(r"(?:0[xX](?P<hex>[0-9a-fA-F]+)|0(?P<octal>[0-7]*)|(?P<decimal>[1-9][0-9]*))[uUlL]*")
_COMMENT: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"|/\*.*?\*/|//[^\n]*|/\*', re.DOTALL)


@final
@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: file, line and column, both from 1 on."""

    file: PurePath
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@final
class CompileError(TypedServerError):
    """A source that cannot be compiled. Its text begins with the place: ``calc.x:3:12: expected ...``."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place
        self.message = message

    def __reduce__(self) -> "tuple[type[CompileError], tuple[Place, str]]":
        return type(self), (self.place, self.message)


@final
@dataclass(frozen=True, slots=True)
class Token:
    """A name, a number, a text in quotes, or a mark."""

    kind: Kind
    text: str
    place: Place

    @property
    def number(self) -> int:
        """The value of a number; raises CompileError if it is none."""
        found = _NUMBER.fullmatch(self.text)
        if found is None:
            raise CompileError(self.place, f"'{self.text}' is no number: decimal, 0x and octal ones are")
        if found["hex"]:
            return int(found["hex"], 16)
        return int(found["decimal"] or found["octal"] or "0", 10 if found["decimal"] else 8)


def without_comments(file: PurePath, text: str) -> str:
    """Return the text with blanks where its comments are, so that all else keeps its place."""
    # The lines that begin with % are C: a comment that begins there ends there.
    text = re.sub(r"^%[^\n]*", lambda line: " " * len(line[0]), text, flags=re.MULTILINE)

    def blank(found: re.Match[str]) -> str:
        if found[0] == "/*":
            line = text.count("\n", 0, found.start()) + 1
            column = found.start() - text.rfind("\n", 0, found.start())
            raise CompileError(Place(file, line, column), "this comment has no end: '*/' is expected")
        return found[0] if found[0].startswith('"') else re.sub(r"[^\n]", " ", found[0])

    return _COMMENT.sub(blank, text)


def tokens_of(file: PurePath, line: int, text: str, column: int = 1) -> Iterator[Token]:
    """Yield the tokens of a text that begins at a place; raises CompileError for a character that begins none."""
    position = 0
    begin = 0
    while position < len(text):
        # A line that a backslash continues is one line to the preprocessor.
        if text[position] == "\n":
            line, column, begin, position = line + 1, 1, position + 1, position + 1
            continue
        place = Place(file, line, column + position - begin)
        found = _TOKEN.match(text, position)
        if found is None:
            raise CompileError(place, f"{text[position]!r} begins nothing of the RPC language")
        position = found.end()
        if found["name"]:
            yield Token("name", found[0], place)
        elif found["number"]:
            yield Token("number", found[0], place)
        elif found["string"]:
            yield Token("string", found[0], place)
        elif found["mark"]:
            yield Token("mark", found[0], place)
