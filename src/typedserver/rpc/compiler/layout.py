"""Lines of Python as a formatter leaves them: what does not fit in a line is broken at its brackets.

It knows widths and brackets, nothing of what is said in them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, final

_STEP: Final = 4

Piece: TypeAlias = "str | Bracket"
Statement: TypeAlias = "Piece | Targets | Indented"


@final
@dataclass(frozen=True, slots=True)
class Bracket:
    """Pieces between brackets: ``head`` ends with the opening one, ``tail`` begins with the closing one.

    A call's may be together in one line of their own; those of a display (``each``) stand in a line each. ``before`` is
    what the value is assigned to or returned by: the value has lines of its own if it cannot begin in the same one.
    """

    head: str
    items: Sequence[Piece]
    tail: str
    each: bool = False
    before: str = ""

    def flat(self) -> str:
        """Return all in one line."""
        return f"{self.before}{self.head}{', '.join(flat(item) for item in self.items)}{self.tail}"


@final
@dataclass(frozen=True, slots=True)
class Indented:
    """A statement one level deeper than the one before."""

    statement: Piece


@final
@dataclass(frozen=True, slots=True)
class Targets:
    """An assignment of a tuple to names."""

    names: Sequence[str]
    value: Bracket


def flat(piece: Piece) -> str:
    """Return a piece in one line."""
    return piece if isinstance(piece, str) else piece.flat()


@final
class Lines:
    """A module's lines, of at most ``width`` characters where that can be done."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._lines: list[str] = []

    def text(self) -> str:
        """Return the module."""
        return "\n".join(self._lines).strip("\n") + "\n"

    def blank(self, count: int = 1) -> None:
        """Leave so many lines free, no more."""
        while self._lines and not self._lines[-1]:
            self._lines.pop()
        self._lines.extend([""] * count)

    def add(self, depth: int, *pieces: "Statement") -> None:
        """Add a statement in a line, or in as many as its pieces need, ``depth`` levels deep."""
        for piece in pieces:
            if isinstance(piece, Targets):
                self._assigned(depth * _STEP, piece)
            elif isinstance(piece, Indented):
                self._put((depth + 1) * _STEP, piece.statement, "")
            else:
                self._put(depth * _STEP, piece, "")

    def annotated(self, head: str, annotation: str, tail: str) -> None:
        """Add the first line of a display with its annotation, which has lines of its own if it is too long."""
        line = f"{head}{annotation}{tail}"
        self._lines += [line] if len(line) <= self._width else [head, f"{' ' * _STEP}{annotation}", tail]

    def assigned(self, depth: int, target: tuple[str, str, str], value: str) -> None:
        """Add an annotated assignment; ``target`` is what stands before the brackets, in them, and behind them."""
        indent, deeper = " " * depth * _STEP, " " * (depth + 1) * _STEP
        left = "".join(target)
        if len(f"{indent}{left} = {value}") <= self._width:
            self._lines.append(f"{indent}{left} = {value}")
        elif len(f"{indent}{left} = (") <= self._width:
            self._lines += [f"{indent}{left} = (", f"{deeper}{value}", f"{indent})"]
        else:
            self._lines += [f"{indent}{target[0]}", f"{deeper}{target[1]}", f"{indent}{target[2]} = {value}"]

    def alternatives(self, head: str, names: Sequence[str]) -> None:
        """Add an assignment of names with bars between them."""
        line = f"{head}{' | '.join(names)}"
        if len(line) <= self._width:
            self._lines.append(line)
            return
        inside = " | ".join(names)
        short = len(inside) + _STEP <= self._width
        each = [inside] if short else [names[0], *(f"| {name}" for name in names[1:])]
        self._lines += [f"{head}(", *(f"{' ' * _STEP}{line}" for line in each), ")"]

    def _assigned(self, indent: int, targets: "Targets") -> None:
        names, value = targets.names, targets.value
        left = f"({names[0]},)" if len(names) == 1 else ", ".join(names)
        if len(names) == 1 or indent + len(f"{left} = {value.flat()}") <= self._width:
            self._put(indent, replace(value, before=f"{left} = "), "")
            return
        self._lines.append(f"{' ' * indent}(")
        self._lines += [f"{' ' * (indent + _STEP)}{name}," for name in names]
        self._put(indent, replace(value, before="", head=f") = {value.head}"), "")

    def _put(self, indent: int, piece: Piece, behind: str) -> None:
        line = flat(piece) + behind
        if isinstance(piece, str) or not piece.items or indent + len(line) <= self._width:
            self._lines.append(" " * indent + line if line else "")
            return
        if piece.before and indent + len(f"{piece.before}{piece.head}") > self._width:
            self._lines.append(f"{' ' * indent}{piece.before}(")
            self._put(indent + _STEP, replace(piece, before=""), "")
            self._lines.append(f"{' ' * indent}){behind}")
            return
        inside = ", ".join(flat(item) for item in piece.items)
        self._lines.append(f"{' ' * indent}{piece.before}{piece.head}")
        if not piece.each and indent + _STEP + len(inside) <= self._width:
            self._lines.append(" " * (indent + _STEP) + inside)
        else:
            for item in piece.items:
                self._put(indent + _STEP, item, ",")
        self._lines.append(" " * indent + piece.tail + behind)


def call(function: str, arguments: Iterable[Piece], before: str = "") -> Bracket:
    """Return the call of a function; ``before`` is what becomes of its value."""
    return Bracket(f"{function}(", tuple(arguments), ")", before=before)
