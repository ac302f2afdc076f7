"""What the names of a source mean: constants, types behind typedefs, linked lists, and types that hold themselves.

It raises CompileError for a name that is missing or declared twice; what else may be wrong, ``checks`` finds.
"""

from collections.abc import Iterator, Sequence
from typing import Final, final

from typedserver.rpc.compiler.declarations import (
    Array,
    Base,
    Const,
    Declaration,
    DeclaredType,
    Enum,
    Named,
    Opaque,
    Optional,
    Program,
    String,
    Struct,
    Type,
    Typedef,
    Union,
    Value,
)
from typedserver.rpc.compiler.lexer import CompileError, Place

_BOOLS: Final = {"FALSE": 0, "TRUE": 1}
_KINDS: Final = {"struct": Struct, "union": Union, "enum": Enum}


@final
class Meaning:
    """The names of a source's declarations."""

    def __init__(self, declarations: Sequence[Declaration]) -> None:
        self.declarations: Final = tuple(declarations)
        self._types: dict[str, DeclaredType] = {}
        self._constants: dict[str, int | str] = dict(_BOOLS)
        self._declared: dict[str, Place] = {}
        # Of each enum, its members' numbers by name, in order.
        self._members: dict[str, dict[str, int]] = {}
        for declaration in self.declarations:
            self._declare(declaration)
        for declaration in self._types.values():
            self._check_typedef(declaration)
        self._lists: Final = frozenset(each.name for each in self._types.values() if self._is_list(each))
        self._recursive: Final = frozenset(name for name in self._types if self._reaches_itself(name))

    @property
    def types(self) -> Sequence[DeclaredType]:
        """The declared types, in the source's order."""
        return tuple(self._types.values())

    def number(self, value: Value, least: int = -(2**31), most: int = 2**32 - 1) -> int:
        """Return the number that a value is; raises CompileError if there is none between ``least`` and ``most``."""
        number = value.number if value.number is not None else self._constants.get(value.text)
        if number is None:
            raise CompileError(value.place, f"'{value.text}' is no constant that is declared above")
        if isinstance(number, str):
            raise CompileError(value.place, f"'{value.text}' is a text; a number is expected")
        if not least <= number <= most:
            raise CompileError(value.place, f"{number} is not between {least} and {most}")
        return number

    def text(self, name: str) -> int | str:
        """Return the value of a constant that is declared."""
        return self._constants[name]

    def members(self, enum: str) -> dict[str, int]:
        """Return the numbers of an enum's members by name."""
        return self._members[enum]

    def declared(self, named: Named) -> DeclaredType:
        """Return the declaration of a type; raises CompileError if there is none, or if it is of another kind."""
        found = self._types.get(named.name)
        if found is None:
            raise CompileError(named.place, f"no type '{named.name}' is declared")
        if named.kind:
            behind = self.resolved(named=Named(named.place, named.name))
            if not isinstance(behind, _KINDS[named.kind]):
                raise CompileError(named.place, f"'{named.name}' is no {named.kind}")
        return found

    def resolved(self, named: Named) -> DeclaredType | Type:
        """Return the enum, struct or union that a name means, or the type behind its typedefs."""
        found = self.declared(named)
        while isinstance(found, Typedef):
            if not isinstance(found.type, Named):
                return found.type
            found = self.declared(found.type)
        return found

    def meant(self, given: Type) -> DeclaredType | Type:
        """Return what a type is behind its typedefs."""
        return self.resolved(given) if isinstance(given, Named) else given

    def listed(self, given: Type) -> Struct | None:
        """Return the element if a type is a linked list, which is an optional struct that ends with another such."""
        meant = self.meant(given)
        if isinstance(meant, Optional):
            element = self.meant(meant.element)
            if isinstance(element, Struct) and element.name in self._lists:
                return element
        return None

    def chained(self, given: Type) -> Struct | None:
        """Return the element if a type is a linked list of one element at least: its first stands in place."""
        meant = self.meant(given)
        return meant if isinstance(meant, Struct) and meant.name in self._lists else None

    def is_recursive(self, name: str) -> bool:
        """Return whether a type holds itself otherwise than as a linked list."""
        return name in self._recursive

    def fields(self, struct: Struct) -> Sequence[tuple[str, Type]]:
        """Return the fields of a struct; of a list's element without the one that leads to the next."""
        fields = [(each.name, each.type) for each in struct.fields]
        return fields[:-1] if struct.name in self._lists else fields

    def _declare(self, declaration: Declaration) -> None:
        if isinstance(declaration, Const):
            value = declaration.value
            self._constant(
                declaration.place, declaration.name, value if isinstance(value, str) else self.number(value, -(2**63))
            )
        elif isinstance(declaration, Program):
            self._own(declaration.place, declaration.name)
        else:
            self._own(declaration.place, declaration.name)
            self._types[declaration.name] = declaration
            if isinstance(declaration, Enum):
                self._enumerate(declaration)

    def _enumerate(self, enum: Enum) -> None:
        members = self._members[enum.name] = {}
        number = -1
        for place, name, value in enum.members:
            if value is None and number == 2**31 - 1:
                raise CompileError(place, f"'{name}' would be {number + 1}, which is above {number}")
            number = number + 1 if value is None else self.number(value, most=2**31 - 1)
            members[name] = number
            self._constant(place, name, number)

    def _constant(self, place: Place, name: str, value: int | str) -> None:
        if name in _BOOLS:
            # Some sources say again what they are.
            if value == _BOOLS[name]:
                return
            raise CompileError(place, f"'{name}' is {_BOOLS[name]} in every source")
        self._own(place, name)
        self._constants[name] = value

    def _own(self, place: Place, name: str) -> None:
        if name in self._declared:
            raise CompileError(place, f"'{name}' is declared already, at {self._declared[name]}")
        self._declared[name] = place

    def _check_typedef(self, declaration: DeclaredType) -> None:
        seen = {declaration.name}
        while isinstance(declaration, Typedef):
            behind = declaration.type
            if isinstance(behind, Array | Optional):
                behind = behind.element
            if not isinstance(behind, Named):
                return
            declaration = self.declared(behind)
            if declaration.name in seen:
                raise CompileError(behind.place, f"'{declaration.name}' is declared as itself")
            seen.add(declaration.name)

    def _is_list(self, declaration: DeclaredType) -> bool:
        if not isinstance(declaration, Struct):
            return False
        # A struct that has itself in several fields is a tree.
        own = [self._leads_to(each.type, declaration) for each in declaration.fields]
        return own[-1] and not any(own[:-1])

    def _leads_to(self, given: Type, struct: Struct) -> bool:
        meant = self.meant(given)
        return isinstance(meant, Optional) and self.meant(meant.element) is struct

    def _reaches_itself(self, name: str) -> bool:
        seen: set[str] = set()
        ahead = list(self._held(name))
        while ahead:
            held = ahead.pop()
            if held == name:
                return True
            if held not in seen:
                seen.add(held)
                ahead.extend(self._held(held))
        return False

    def _held(self, name: str) -> Iterator[str]:
        """Yield the names of the types of which a type's values hold values."""
        declaration = self._types[name]
        if isinstance(declaration, Struct):
            held = [kind for _, kind in self.fields(declaration)]
        elif isinstance(declaration, Union):
            held = [arm.field.type for arm in declaration.arms]
        else:
            held = [declaration.type] if isinstance(declaration, Typedef) else []
        for each in held:
            element = each.element if isinstance(each, Array | Optional) else each
            if isinstance(element, Named):
                yield self.declared(element).name


def is_void(given: Type) -> bool:
    """Return whether a type is ``void``."""
    return isinstance(given, Base) and given.name == "void"


def sizes(given: Type) -> Iterator[Value]:
    """Yield the lengths and bounds in a type."""
    if isinstance(given, Opaque | Array):
        yield from (each for each in (given.length, given.bound) if each is not None)
    elif isinstance(given, String) and given.bound is not None:
        yield given.bound
