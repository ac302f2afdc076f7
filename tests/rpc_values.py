"""Values of the types that a .x file declares, as the bytes that RFC 4506 gives them and as plain Python.

The bytes are written from the declarations, one after the other, by nothing of what is compiled: so the codecs can be
compared with them. Only the names in Python are the compiler's.
"""

import random
import struct
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

from typedserver.rpc import xdr
from typedserver.rpc.compiler.declarations import (
    Array,
    Base,
    DeclaredType,
    Enum,
    Named,
    Opaque,
    Optional,
    String,
    Struct,
    Type,
    Union,
)
from typedserver.rpc.compiler.lexer import Place
from typedserver.rpc.compiler.meaning import Meaning
from typedserver.rpc.compiler.parser import Parser
from typedserver.rpc.compiler.plan import Plan
from typedserver.rpc.compiler.preprocessor import Preprocessor

CORPUS: Final = Path(__file__).with_name("rpc_corpus")
PROTOCOLS: Final = Path(__file__).parents[1] / "examples" / "protocols"
SOURCES: Final = sorted([*CORPUS.glob("*.x"), *PROTOCOLS.glob("*.x")])

_INTEGERS: Final = {
    "int": (">i", -(2**31), 2**31 - 1),
    "unsigned int": (">I", 0, 2**32 - 1),
    "hyper": (">q", -(2**63), 2**63 - 1),
    "unsigned hyper": (">Q", 0, 2**64 - 1),
    "bool": (">i", 0, 1),
    "char": (">i", -(2**7), 2**7 - 1),
    "unsigned char": (">i", 0, 2**8 - 1),
    "short": (">i", -(2**15), 2**15 - 1),
    "unsigned short": (">i", 0, 2**16 - 1),
}
# No quick way down in a tree.
_DEPTH: Final = 6


class Of(NamedTuple):
    """A declared type of the corpus: the compiled module, and its codecs."""

    source: Path
    declared: DeclaredType
    encode: Any
    decode: Any

    @property
    def named(self) -> Named:
        return Named(self.declared.place, self.declared.name)


@cache
def plan_of(source: Path) -> Plan:
    tokens = Preprocessor().read(source)
    return Plan(Meaning(Parser(tokens, Place(source, 1, 1)).declarations()))


def module_of(source: Path) -> ModuleType:
    package = "examples.protocols" if source.parent == PROTOCOLS else "tests.rpc_corpus"
    return import_module(f"{package}.{source.stem}")


def types_of(source: Path) -> Iterator[Of]:
    """Yield the types of a source; a linked list's codecs are those of the list whose first element stands in place."""
    plan, module = plan_of(source), module_of(source)
    for declared in plan.meaning.types:
        encode: Any = getattr(module, plan.encoders[declared.name])
        decode: Any = getattr(module, plan.decoders[declared.name])
        if plan.meaning.chained(Named(declared.place, declared.name)) is declared:
            yield Of(source, declared, _chained(xdr.encode_chain, encode), _chained(xdr.decode_chain, decode))
        else:
            yield Of(source, declared, encode, decode)


def _chained(way: Any, codec: Any) -> Any:
    def chained(*given: Any) -> Any:
        return way(*given, codec)

    return chained


class Values:
    """Makes values at random, small ones and the least and the greatest."""

    def __init__(self, source: Path, seed: int) -> None:
        self._plan = plan_of(source)
        self._random = random.Random(seed)

    def make(self, given: Type, depth: int = 0) -> tuple[bytes, Any]:
        """Return a value as bytes and as plain Python: structs as tuples, unions as discriminant and arm."""
        meant = self._plan.meaning.meant(given)
        if isinstance(meant, Base):
            return self._base(meant)
        if isinstance(meant, Opaque | String):
            return self._bytes(meant)
        if isinstance(meant, Enum):
            number = self._random.choice([*self._plan.meaning.members(meant.name).values()])
            return struct.pack(">i", number), number
        if isinstance(meant, Array):
            length = self._number(meant.length) if meant.length else self._length(meant.bound, depth)
            made = [self.make(meant.element, depth + 1) for _ in range(length)]
            head = b"" if meant.length else struct.pack(">I", length)
            return head + b"".join(each for each, _ in made), tuple(plain for _, plain in made)
        if isinstance(meant, Optional):
            return self._optional(meant, depth)
        if isinstance(meant, Union):
            return self._union(meant, depth)
        assert isinstance(meant, Struct)
        if self._plan.meaning.chained(given):
            data, plain = self._fields(meant, depth)
            rest, more = self._optional(Optional(meant.place, Named(meant.place, meant.name)), depth)
            return data + rest, (plain, *more)
        return self._fields(meant, depth)

    def _base(self, base: Base) -> tuple[bytes, Any]:
        if base.name in ("float", "double"):
            code = ">f" if base.name == "float" else ">d"
            data = struct.pack(
                code, self._random.choice([0.0, -0.0, 1.5, -2.25e10, float("inf"), self._random.random()])
            )
            return data, struct.unpack(code, data)[0]
        code, least, most = _INTEGERS[base.name]
        number = self._random.choice([least, most, max(least, -1), self._random.randint(least, most)])
        return struct.pack(code, number), number

    def _bytes(self, given: Opaque | String) -> tuple[bytes, Any]:
        fixed = isinstance(given, Opaque) and given.length is not None
        length = self._number(given.length) if fixed else self._length(given.bound, 0)  # type: ignore[union-attr]
        # No byte 0, at which a string ends for C.
        data = bytes(self._random.choice((65, 200, 255, self._random.randint(1, 255))) for _ in range(length))
        padded = data + bytes(-length % 4)
        plain = data.decode("utf-8", "surrogateescape") if isinstance(given, String) else data
        return padded if fixed else struct.pack(">I", length) + padded, plain

    def _length(self, bound: Any, depth: int) -> int:
        most = 5 if bound is None else min(self._number(bound), 5)
        return self._random.choice([0, self._random.randint(0, most), most]) if depth < _DEPTH else 0

    def _number(self, value: Any) -> int:
        return self._plan.meaning.number(value)

    def _optional(self, given: Optional, depth: int) -> tuple[bytes, Any]:
        element = self._plan.meaning.listed(given)
        if element is not None:
            made = [self._fields(element, depth + 1) for _ in range(self._length(None, depth))]
            data = b"".join(b"\0\0\0\1" + each for each, _ in made) + bytes(4)
            return data, tuple(plain for _, plain in made)
        if depth >= _DEPTH or self._random.random() < 0.4:
            return bytes(4), None
        data, plain = self.make(given.element, depth + 1)
        return b"\0\0\0\1" + data, plain

    def _fields(self, struct_: Struct, depth: int) -> tuple[bytes, Any]:
        made = [self.make(kind, depth + 1) for _, kind in self._plan.fields[struct_.name]]
        return b"".join(data for data, _ in made), tuple(plain for _, plain in made)

    def _union(self, union: Union, depth: int) -> tuple[bytes, Any]:
        numbers = {self._number(case): arm for arm in union.arms for case in arm.cases}
        default = next((arm for arm in union.arms if not arm.cases), None)
        discriminant = self._plan.meaning.meant(union.discriminant.type)
        if default is not None:
            others = [77, 2**31 - 1]
            if isinstance(discriminant, Enum):
                others = [*self._plan.meaning.members(discriminant.name).values()]
            elif isinstance(discriminant, Base) and discriminant.name == "bool":
                others = [0, 1]
            numbers = dict.fromkeys(others, default) | numbers
        number = self._random.choice([*numbers])
        data, plain = b"", None
        if numbers[number].field.name:
            data, plain = self.make(numbers[number].field.type, depth + 1)
        unsigned = isinstance(discriminant, Base) and discriminant.name == "unsigned int"
        return struct.pack(">I" if unsigned else ">i", number) + data, (number, plain)


def plain(source: Path, given: Type, value: Any) -> Any:
    """Return a decoded value as ``Values.make`` has it."""
    plan = plan_of(source)
    meant = plan.meaning.meant(given)
    listed = plan.meaning.listed(given) or plan.meaning.chained(given)
    if listed is not None:
        return tuple(_plain_fields(source, listed, each) for each in value)
    if isinstance(meant, Array):
        return tuple(plain(source, meant.element, each) for each in value)
    if isinstance(meant, Optional):
        return None if value is None else plain(source, meant.element, value)
    if isinstance(meant, Union):
        number = int(getattr(value, plan.discriminants[meant.name]))
        arm = next(each for each in plan.arms[meant.name] if each.name == type(value).__name__)
        return number, plain(source, arm.type, getattr(value, arm.field)) if arm.field else None
    if isinstance(meant, Struct):
        return _plain_fields(source, meant, value)
    return int(value) if isinstance(meant, Enum) else value


def _plain_fields(source: Path, struct_: Struct, value: Any) -> Any:
    fields = plan_of(source).fields[struct_.name]
    return tuple(plain(source, kind, getattr(value, name)) for name, kind in fields)
