"""What a .x file declares, as it stands there: names are not looked up yet, except that a number is one."""

from dataclasses import dataclass
from typing import TypeAlias, final

from typedserver.rpc.compiler.lexer import Place


@final
@dataclass(frozen=True, slots=True)
class Value:
    """A number, or the name of a constant."""

    place: Place
    text: str
    number: int | None


@final
@dataclass(frozen=True, slots=True)
class Base:
    """A type of the language: ``unsigned hyper``. ``void`` is one too, where it may stand."""

    place: Place
    name: str


@final
@dataclass(frozen=True, slots=True)
class Named:
    """The name of a declared type, and of what kind it is said to be (``struct pair``), if so."""

    place: Place
    name: str
    kind: str = ""


@final
@dataclass(frozen=True, slots=True)
class Opaque:
    """Bytes: ``length`` of them, or up to ``bound``."""

    place: Place
    length: Value | None = None
    bound: Value | None = None


@final
@dataclass(frozen=True, slots=True)
class String:
    """A text of up to ``bound`` bytes."""

    place: Place
    bound: Value | None = None


@final
@dataclass(frozen=True, slots=True)
class Array:
    """Elements: ``length`` of them, or up to ``bound``."""

    place: Place
    element: "Specifier"
    length: Value | None = None
    bound: Value | None = None


@final
@dataclass(frozen=True, slots=True)
class Optional:
    """A value or none."""

    place: Place
    element: "Specifier"


Specifier: TypeAlias = Base | Named
Type: TypeAlias = Base | Named | Opaque | String | Array | Optional


@final
@dataclass(frozen=True, slots=True)
class Field:
    """A name and its type; for ``void`` the name is empty."""

    place: Place
    name: str
    type: Type


@final
@dataclass(frozen=True, slots=True)
class Const:
    """``const A = 1``; or a text."""

    place: Place
    name: str
    value: Value | str


@final
@dataclass(frozen=True, slots=True)
class Enum:
    """``enum colour { RED = 1 }``; without a number it is the one after."""

    place: Place
    name: str
    members: "tuple[tuple[Place, str, Value | None], ...]"


@final
@dataclass(frozen=True, slots=True)
class Struct:
    """``struct pair { int a; int b; }``."""

    place: Place
    name: str
    fields: tuple[Field, ...]


@final
@dataclass(frozen=True, slots=True)
class Arm:
    """The cases of a union that share a declaration; without cases it is the default."""

    place: Place
    cases: tuple[Value, ...]
    field: Field


@final
@dataclass(frozen=True, slots=True)
class Union:
    """``union result switch (bool ok) { case TRUE: ... }``."""

    place: Place
    name: str
    discriminant: Field
    arms: tuple[Arm, ...]


@final
@dataclass(frozen=True, slots=True)
class Typedef:
    """``typedef string name<255>``."""

    place: Place
    name: str
    type: Type


@final
@dataclass(frozen=True, slots=True)
class Procedure:
    """``int ADD(pair) = 1``."""

    place: Place
    name: str
    arguments: tuple[Specifier | String, ...]
    result: Specifier | String
    number: Value


@final
@dataclass(frozen=True, slots=True)
class Version:
    """``version CALC_V1 { ... } = 1``."""

    place: Place
    name: str
    procedures: tuple[Procedure, ...]
    number: Value


@final
@dataclass(frozen=True, slots=True)
class Program:
    """``program CALC { ... } = 0x20000001``."""

    place: Place
    name: str
    versions: tuple[Version, ...]
    number: Value


DeclaredType: TypeAlias = Enum | Struct | Union | Typedef
Declaration: TypeAlias = Const | Enum | Struct | Union | Typedef | Program
