"""What may be wrong in a source although its grammar is right. Each mistake is a CompileError at its place."""

from collections.abc import Callable, Iterator
from typing import Final

from typedserver.rpc.compiler.declarations import (
    Array,
    Base,
    Declaration,
    Enum,
    Named,
    Opaque,
    Optional,
    Procedure,
    Program,
    Struct,
    Type,
    Typedef,
    Union,
    Value,
    Version,
)
from typedserver.rpc.compiler.lexer import CompileError, Place
from typedserver.rpc.compiler.meaning import Meaning, sizes

_DISCRIMINANTS: Final = {"int": (-(2**31), 2**31 - 1), "unsigned int": (0, 2**32 - 1), "bool": (0, 1)}
_QUADRUPLE: Final = (
    "Python has no number of 128 bits to hold a quadruple without loss: declare it as 'opaque name[16]', "
    "which has the same encoding"
)


def check(meaning: Meaning) -> None:
    """Check all declarations; raises CompileError for the first that is wrong."""
    for declaration in meaning.declarations:
        for kind in _types_in(declaration):
            _check_type(meaning, kind)
        if isinstance(declaration, Struct):
            _check_names((each.place, each.name) for each in declaration.fields)
        elif isinstance(declaration, Union):
            _check_union(meaning, declaration)
        elif isinstance(declaration, Program):
            _check_program(meaning, declaration)
    for declaration in meaning.types:
        _check_finite(meaning, declaration, ())


def _types_in(declaration: Declaration) -> Iterator[Type]:
    if isinstance(declaration, Struct):
        yield from (each.type for each in declaration.fields)
    elif isinstance(declaration, Union):
        yield declaration.discriminant.type
        yield from (each.field.type for each in declaration.arms)
    elif isinstance(declaration, Typedef):
        yield declaration.type
    elif isinstance(declaration, Program):
        for version in declaration.versions:
            for procedure in version.procedures:
                yield from (*procedure.arguments, procedure.result)


def _check_type(meaning: Meaning, given: Type) -> None:
    for size in sizes(given):
        meaning.number(size, 0)
    if isinstance(given, Opaque | Array) and given.length is not None and meaning.number(given.length) == 0:
        raise CompileError(given.length.place, "a length of 0 leaves nothing to declare")
    element = given.element if isinstance(given, Array | Optional) else given
    if isinstance(element, Named):
        meaning.declared(element)
    elif isinstance(element, Base) and element.name == "quadruple":
        raise CompileError(element.place, _QUADRUPLE)
    inner = meaning.meant(given.element) if isinstance(given, Optional) else None
    if isinstance(inner, Optional) and meaning.listed(inner) is None:
        raise CompileError(given.place, "an optional of an optional: None could be either")


def _check_names(names: Iterator[tuple[Place, str]]) -> None:
    seen: dict[str, Place] = {}
    for place, name in names:
        if name in seen:
            raise CompileError(place, f"'{name}' is declared already, at {seen[name]}")
        seen[name] = place


def _check_union(meaning: Meaning, union: Union) -> None:
    allowed = _allowed(meaning, union)
    seen: dict[int, Place] = {}
    fallback: Place | None = None
    for arm in union.arms:
        if fallback is not None:
            raise CompileError(arm.place, f"'default' must be the last arm of a union; it stands at {fallback}")
        fallback = None if arm.cases else arm.place
        for case in arm.cases:
            number = allowed(case)
            if number in seen:
                raise CompileError(case.place, f"case {case.text} stands already at {seen[number]}")
            seen[number] = case.place
    _check_names((each.field.place, each.field.name) for each in union.arms if each.field.name)


def _allowed(meaning: Meaning, union: Union) -> Callable[[Value], int]:
    """Return what gives a case's number, and raises CompileError if the discriminant cannot be it."""
    discriminant = meaning.meant(union.discriminant.type)
    if isinstance(discriminant, Enum):
        members = meaning.members(discriminant.name)

        def member(case: Value) -> int:
            number = meaning.number(case)
            if number not in members.values():
                raise CompileError(case.place, f"'{case.text}' is no member of enum '{discriminant.name}'")
            return number

        return member
    if isinstance(discriminant, Base) and discriminant.name in _DISCRIMINANTS:
        least, most = _DISCRIMINANTS[discriminant.name]
        return lambda case: meaning.number(case, least, most)
    place = union.discriminant.place
    raise CompileError(place, "a union switches on an int, an unsigned int, a bool or an enum")


def _check_program(meaning: Meaning, program: Program) -> None:
    meaning.number(program.number, 0)
    _check_names((each.place, each.name) for each in program.versions)
    _check_numbers(meaning, program.versions)
    for version in program.versions:
        _check_names((each.place, each.name) for each in version.procedures)
        _check_numbers(meaning, version.procedures)


def _check_numbers(meaning: Meaning, numbered: "tuple[Version, ...] | tuple[Procedure, ...]") -> None:
    seen: dict[int, str] = {}
    for each in numbered:
        number = meaning.number(each.number, 0)
        if number in seen:
            raise CompileError(each.number.place, f"{number} is the number of '{seen[number]}' already")
        seen[number] = each.name


def _check_finite(meaning: Meaning, declaration: Declaration, within: tuple[str, ...]) -> None:
    """Refuse a type whose every value would hold another of the same type."""
    if not isinstance(declaration, Struct) or declaration.name in within[:-1]:
        return
    for field in declaration.fields:
        held = meaning.meant(field.type)
        while isinstance(held, Array) and held.length is not None:
            held = meaning.meant(held.element)
        if isinstance(held, Struct):
            if held.name in (*within, declaration.name):
                raise CompileError(field.place, f"'{held.name}' would hold itself without end: declare it optional")
            _check_finite(meaning, held, (*within, declaration.name))
