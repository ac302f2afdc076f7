"""Directives: #include, #define, #undef, #if and its kin, #error. No C preprocessor is needed.

It gives the tokens of a file and of what it includes, macros replaced. A macro with parameters is refused: nothing in
the RPC language calls one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from typedserver.rpc.compiler.conditions import value_of
from typedserver.rpc.compiler.lexer import CompileError, Place, Token, tokens_of, without_comments

# Files that include one another would do so for ever.
_NESTED: Final = 50

_CONTINUED: Final = re.compile(r"\\[ \t\r]*\n")


@final
@dataclass(slots=True)
class _Condition:
    """An #if that is open: whether its present part counts, and whether any part of it has."""

    place: Place
    active: bool
    taken: bool
    last: bool = False


@final
class Preprocessor:
    """Reads a file and what it includes.

    ``folders`` are searched for what is included, after the folder of the file that includes; ``defined`` are macros
    from outside, each with its text.
    """

    def __init__(self, folders: Sequence[Path] = (), defined: Mapping[str, str] | None = None) -> None:
        self._folders = tuple(folders)
        self._macros: dict[str, tuple[Token, ...]] = {}
        self._nested = 0
        for name, text in (defined or {}).items():
            self._macros[name] = tuple(tokens_of(Path("<command line>"), 1, text))

    def read(self, path: Path, at: Place | None = None) -> Iterator[Token]:
        """Yield the tokens of a file; raises CompileError where it is wrong, or at ``at`` if it cannot be read."""
        try:
            text = path.read_text(encoding="utf-8", errors="surrogateescape")
        except OSError as error:
            raise CompileError(at or Place(path, 1, 1), f"{path} cannot be read: {error.strerror}") from error
        if self._nested == _NESTED:
            raise CompileError(at or Place(path, 1, 1), f"more than {_NESTED} files include one another")
        self._nested += 1
        yield from self.tokens(path, text)
        self._nested -= 1

    def tokens(self, path: Path, text: str) -> Iterator[Token]:
        """Yield the tokens of a text that stands in a file."""
        conditions: list[_Condition] = []
        for number, line in _lines(without_comments(path, text)):
            if line.lstrip().startswith("#"):
                yield from self._directive(path, number, line, conditions)
            elif all(each.active for each in conditions):
                for token in tokens_of(path, number, line):
                    yield from self._expanded(token)
        if conditions:
            raise CompileError(conditions[-1].place, "this condition has no end: '#endif' is expected")

    def _expanded(self, token: Token, inside: frozenset[str] = frozenset()) -> Iterator[Token]:
        body = self._macros.get(token.text) if token.kind == "name" and token.text not in inside else None
        if body is None:
            yield token
            return
        for each in body:
            # What a macro says is said where the macro is used.
            yield from self._expanded(Token(each.kind, each.text, token.place), inside | {token.text})

    def _directive(self, path: Path, number: int, line: str, conditions: list[_Condition]) -> Iterator[Token]:
        hash_at = line.index("#")
        rest = line[hash_at + 1 :]
        word = re.match(r"\s*([A-Za-z_]*)", rest)
        name = word[1] if word else ""
        start = word.end() if word else 0
        place = Place(path, number, hash_at + 1)
        argument, column = rest[start:], hash_at + 2 + start
        if name in ("if", "ifdef", "ifndef", "elif", "else", "endif"):
            self._condition(name, place, argument, column, conditions)
        elif all(each.active for each in conditions):
            if name == "include":
                yield from self.read(self._found(path, place, argument.strip()), place)
            elif name in ("define", "undef"):
                self._define(name, place, argument, column)
            elif name == "error":
                raise CompileError(place, argument.strip() or "#error")
            # A line's mark of another preprocessor, and what is for other compilers.
            elif name not in ("", "pragma", "line", "ident"):
                raise CompileError(place, f"'#{name}' is no directive: include, define, undef, if and error are")

    def _define(self, name: str, place: Place, argument: str, column: int) -> None:
        macro, *body = (*tokens_of(place.file, place.line, argument, column), Token("mark", ";", place))
        if macro.kind != "name":
            raise CompileError(macro.place if body else place, f"expected the name of a macro behind '#{name}'")
        end = macro.place.column - column + len(macro.text)
        if name == "undef":
            self._macros.pop(macro.text, None)
        elif argument[end : end + 1] == "(":
            raise CompileError(macro.place, f"'{macro.text}' has parameters: only macros without them are understood")
        else:
            self._macros[macro.text] = tuple(body[:-1])

    def _found(self, path: Path, place: Place, argument: str) -> Path:
        named = re.fullmatch(r'"([^"]+)"|<([^>]+)>', argument)
        if named is None:
            raise CompileError(place, f"expected \"file\" or <file> behind '#include', not {argument or 'nothing'}")
        name = named[1] or named[2]
        folders = (path.parent, *self._folders) if named[1] else self._folders
        for folder in folders:
            if (folder / name).is_file():
                return folder / name
        searched = ", ".join(str(each) for each in folders) or "no folder: name one by -I"
        raise CompileError(place, f"{name} is not found; searched: {searched}")

    def _condition(self, name: str, place: Place, argument: str, column: int, conditions: list[_Condition]) -> None:
        if name.startswith("if"):
            outer = all(each.active for each in conditions)
            active = outer and self._holds(name, place, argument, column)
            # Inside of a part that does not count, none of the parts does.
            conditions.append(_Condition(place, active, taken=active or not outer))
            return
        if not conditions:
            raise CompileError(place, f"'#{name}' without '#if'")
        innermost = conditions[-1]
        if name == "endif":
            conditions.pop()
            return
        if innermost.last:
            raise CompileError(place, f"'#{name}' behind '#else'")
        innermost.last = name == "else"
        innermost.active = not innermost.taken and (name == "else" or self._holds("if", place, argument, column))
        innermost.taken |= innermost.active

    def _holds(self, name: str, place: Place, argument: str, column: int) -> bool:
        tokens = list(tokens_of(place.file, place.line, argument, column))
        if name == "if":
            return value_of(place, list(self._decided(tokens))) != 0
        if len(tokens) != 1 or tokens[0].kind != "name":
            raise CompileError(place, f"expected one name behind '#{name}'")
        return (tokens[0].text in self._macros) == (name == "ifdef")

    def _decided(self, tokens: list[Token]) -> Iterator[Token]:
        """Replace ``defined`` before macros are, and macros then."""
        place = 0
        while place < len(tokens):
            token = tokens[place]
            place += 1
            if token.text != "defined":
                yield from self._expanded(token)
                continue
            words = [each.text for each in tokens[place : place + 3]]
            bare = words[:1] != ["("]
            name = words[0] if bare and words else words[1] if len(words) > 1 else ""
            if not name.isidentifier() or not (bare or words[2:] == [")"]):
                raise CompileError(token.place, "expected a name behind 'defined'")
            place += 1 if bare else 3
            yield Token("number", str(int(name in self._macros)), token.place)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line with its number; those that a backslash continues as one."""
    number = 1
    # The backslash becomes a blank, so that columns stay; the line's end stays inside, so that lines can be counted.
    joined = _CONTINUED.sub("\0", text)
    for line in joined.split("\n"):
        yield number, line.replace("\0", "\n")
        number += 1 + line.count("\0")
