"""What a value consists of, in the order in which it is encoded: fields of fixed size, and what takes a call.

Structs inside are taken apart, so that what has a fixed size stands behind one another; the length of a text is such a
field before it, and so is the case of a union. It knows no statement; ``codecs`` writes them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, final

from typedserver.rpc.compiler.declarations import Base, Enum, Named, Opaque, String, Struct, Type, Union
from typedserver.rpc.compiler.expressions import CODES
from typedserver.rpc.compiler.names import Scope
from typedserver.rpc.compiler.plan import Plan

SIZES: Final = {"i": 4, "I": 4, "q": 8, "Q": 8, "f": 4, "d": 8}

# Bytes up to this bound are packed with what stands beside them, which copies them once more.
_SHORT: Final = 1024


@final
@dataclass(frozen=True, slots=True)
class Word:
    """A part of fixed size: its path in the value, struct's code, and the table that its number is looked up in.

    Some are not their path's own value: the ``length`` of it, or its ``case``. A ``literal`` is always the same.
    """

    path: str
    code: str
    table: str
    local: str
    purpose: Literal["value", "length", "case"] = "value"
    literal: str = ""


@final
@dataclass(frozen=True, slots=True)
class Bytes:
    """A text or bytes whose length is the word before; ``bound`` is empty if none is declared.

    What is ``short`` is packed and unpacked with the words beside it.
    """

    path: str
    text: bool
    bound: str
    local: str
    length: str
    short: bool


@final
@dataclass(frozen=True, slots=True)
class Within:
    """A struct that is taken apart: its parts follow, with paths below its own."""

    path: str
    name: str
    local: str


@final
@dataclass(frozen=True, slots=True)
class Case:
    """A union whose discriminant is the word before."""

    path: str
    union: Union
    local: str
    number: str


@final
@dataclass(frozen=True, slots=True)
class Call:
    """A part that a call encodes or decodes whole."""

    path: str
    type: Type
    local: str


@final
@dataclass(frozen=True, slots=True)
class Run:
    """Words behind one another, and short bytes among them, which the constant packs and unpacks at once."""

    constant: str
    parts: "list[Word | Bytes]"

    @property
    def words(self) -> list[Word]:
        """All but the bytes."""
        return [part for part in self.parts if isinstance(part, Word)]

    @property
    def bytes(self) -> Bytes | None:
        """The bytes, if there are any: a run has one field of a length that is not fixed."""
        return next((part for part in self.parts if isinstance(part, Bytes)), None)


Part: TypeAlias = Word | Bytes | Case | Call | Within
Step: TypeAlias = Run | Bytes | Case | Call
# What each constant of a run is made of.
Constants: TypeAlias = dict[str, tuple[str, ...]]


@final
@dataclass(frozen=True, slots=True)
class Steps:
    """What encodes or decodes the fields of a value one after the other, and the structs that are taken apart there."""

    within: Sequence[Within]
    steps: Sequence[Step]


@final
class Parts:
    """Takes the types of a plan apart, for decoding or for encoding: unions encode their discriminants themselves."""

    def __init__(self, plan: Plan, *, decoding: bool) -> None:
        self._plan = plan
        self._decoding = decoding

    def steps(self, prefix: str, parts: Sequence[Part], constants: Constants) -> Steps:
        """Return parts with the words among them gathered.

        The names of runs begin with ``prefix``, without which they have none; ``constants`` are those that there are
        already, and grow.
        """
        steps: list[Step] = []
        for part in parts:
            if isinstance(part, Word) or (isinstance(part, Bytes) and part.short):
                self._gather(part, steps)
            elif not isinstance(part, Within):
                steps.append(part)
        named = [self._named(prefix, step, constants) if prefix and isinstance(step, Run) else step for step in steps]
        return Steps([part for part in parts if isinstance(part, Within)], named)

    def _gather(self, part: Word | Bytes, steps: list[Step]) -> None:
        """Add a part to the run that steps end with, or begin another."""
        last = steps[-1] if steps else None
        # A decoder knows the length of bytes only after the run that it is in.
        apart = isinstance(part, Bytes) and (self._decoding or (isinstance(last, Run) and last.bytes is not None))
        if isinstance(last, Run) and not apart:
            last.parts.append(part)
        else:
            steps.append(Run("", [part]))

    def _named(self, prefix: str, run: Run, constants: Constants) -> Run:
        packing = arguments(run, "s" if self._decoding else "x")
        constant = next((name for name, known in constants.items() if known == packing), "")
        if not constant:
            constant = self._plan.scope.take(f"_{prefix}_{len(constants) + 1}".upper())
            constants[constant] = packing
        return Run(constant, run.parts)

    def scope(self) -> Scope:
        """Return the scope of a function that encodes or decodes."""
        return self._plan.scope.inner("at", "data", "out", "value", "error", "number", "new", "padding")

    def of_fields(self, fields: Sequence[tuple[str, Type]], scope: Scope, before: str = "") -> list[Part]:
        """Return the parts of fields, of which each has its path behind ``before``."""
        return [part for name, kind in fields for part in self.of(f"{before}{name}", kind, scope)]

    def of(self, path: str, given: Type, scope: Scope) -> Iterator[Part]:
        """Yield the parts of a type that stands at a path."""
        meant = self._plan.meaning.meant(given)
        local = scope.take(path.replace(".", "_").lower())
        table = self._table(meant)
        if isinstance(meant, Base) and meant.name in CODES:
            yield Word(path, CODES[meant.name], "", local)
        elif table:
            yield Word(path, "i", table, local)
        elif isinstance(meant, String) or (isinstance(meant, Opaque) and meant.length is None):
            length = scope.take(f"{local}_length")
            yield Word(path, "I", "", length, "length")
            bound = "" if meant.bound is None else self._plan.number(meant.bound)
            text = isinstance(meant, String)
            few = meant.bound is not None and self._plan.meaning.number(meant.bound) <= _SHORT
            yield Bytes(path, text, bound, local, length, short=text or few)
        elif isinstance(meant, Union) and self._decoding:
            number = scope.take(f"{local}_case")
            yield Word(path, self.code(meant), "", number, "case")
            yield Case(path, meant, local, number)
        elif isinstance(meant, Struct) and self.is_taken_apart(meant):
            yield Within(path, self._plan.types[meant.name], local)
            yield from self.of_fields(self._plan.fields[meant.name], scope, f"{path}.")
        else:
            yield Call(path, given, local)

    def code(self, union: Union) -> str:
        """Return struct's code of a union's discriminant."""
        meant = self._plan.meaning.meant(union.discriminant.type)
        return "I" if isinstance(meant, Base) and meant.name == "unsigned int" else "i"

    def is_taken_apart(self, struct: Struct) -> bool:
        """Return whether a struct's parts are those of what holds it: if they have a fixed size, or if it is one."""
        meaning, fields = self._plan.meaning, self._plan.fields[struct.name]
        if not fields or meaning.chained(Named(struct.place, struct.name)) or meaning.is_recursive(struct.name):
            return False
        return len(fields) == 1 or all(self._is_fixed(kind) for _, kind in fields)

    def _is_fixed(self, given: Type) -> bool:
        meant = self._plan.meaning.meant(given)
        if isinstance(meant, Struct):
            return self.is_taken_apart(meant) and all(self._is_fixed(kind) for _, kind in self._plan.fields[meant.name])
        return bool(self._table(meant)) or (isinstance(meant, Base) and meant.name in CODES)

    def _table(self, meant: object) -> str:
        if isinstance(meant, Enum):
            return self._plan.tables[meant.name]
        return "xdr.BOOL" if isinstance(meant, Base) and meant.name == "bool" else ""


def arguments(run: Run, filling: str) -> tuple[str, ...]:
    """Return what a run's constant is made of: the codes, and the parts' names; a # says that it is a length.

    ``filling`` is the code of what fills up bytes.
    """
    codes = " ".join(part.code if isinstance(part, Word) else f"* {filling}" for part in run.parts)
    return (f'"{codes}"', *(f'"{_mark(part)}{part.path}"' for part in run.parts))


def _mark(part: Word | Bytes) -> str:
    return "#" if isinstance(part, Word) and part.purpose == "length" else ""
