"""What everything of a source is called in Python: classes, fields, members, the arms of unions.

All names are chosen here, in the source's order, so that the same source gives the same names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from typedserver.rpc.compiler.declarations import (
    Array,
    Base,
    Const,
    DeclaredType,
    Enum,
    Named,
    Opaque,
    Optional,
    Procedure,
    Program,
    String,
    Struct,
    Type,
    Typedef,
    Union,
    Value,
    Version,
)
from typedserver.rpc.compiler.meaning import Meaning, is_void
from typedserver.rpc.compiler.names import ANNOTATED, Scope, camel, member_scope, module_scope, plain

# More labels would make a name that nobody reads.
_LABELS: Final = 3

_PYTHON: Final = {"float": "float", "double": "float", "bool": "bool", "void": "None"}


@final
@dataclass(frozen=True, slots=True)
class Cases:
    """The discriminants that an arm of several cases may have: a type's name, and that of the table of them."""

    name: str
    table: str
    values: tuple[tuple[int, str], ...]


@final
@dataclass(frozen=True, slots=True)
class ArmPlan:
    """An arm of a union: its class, its discriminants, its field.

    ``value`` is the one discriminant as Python spells it; of several, ``cases`` are; of all that no arm names, neither.
    """

    name: str
    numbers: tuple[int, ...]
    labels: tuple[str, ...]
    value: str
    cases: Cases | None
    field: str
    type: Type


@final
@dataclass(frozen=True, slots=True)
class VersionPlan:
    """A version of a program: its constant, its Protocol and its clients."""

    program: Program
    version: Version
    constant: str
    service: str
    client: str
    async_client: str
    procedures: tuple[tuple[str, Procedure], ...]


@final
class Plan:
    """The names of a module, and what follows from them: annotations, and numbers as the source spells them."""

    def __init__(self, meaning: Meaning) -> None:
        self.meaning: Final = meaning
        self.scope: Final = module_scope()
        self.constants: Final[dict[str, str]] = {}
        self.types: Final[dict[str, str]] = {}
        self.members: Final[dict[str, dict[str, str]]] = {}
        self.fields: Final[dict[str, tuple[tuple[str, Type], ...]]] = {}
        self.discriminants: Final[dict[str, str]] = {}
        self.arms: Final[dict[str, tuple[ArmPlan, ...]]] = {}
        self.encoders: Final[dict[str, str]] = {}
        self.decoders: Final[dict[str, str]] = {}
        # What decodes a union whose discriminant was read already.
        self.arm_decoders: Final[dict[str, str]] = {}
        self.programs: Final[dict[str, str]] = {}
        # Of an enum, its members by number.
        self.tables: Final[dict[str, str]] = {}
        self._makers: dict[str, str] = {}
        self.cases: Final[dict[tuple[str, tuple[int, ...]], Cases]] = {}
        for declaration in meaning.declarations:
            if isinstance(declaration, Const):
                self.constants[declaration.name] = self.scope.take(declaration.name)
            elif isinstance(declaration, Program):
                self.programs[declaration.name] = self.scope.take(declaration.name)
        for declared in meaning.types:
            self.types[declared.name] = self.scope.take(camel(declared.name))
            self.encoders[declared.name] = self.scope.take(f"encode_{declared.name.lower()}")
            self.decoders[declared.name] = self.scope.take(f"decode_{declared.name.lower()}")
            if isinstance(declared, Union):
                self.arm_decoders[declared.name] = self.scope.take(f"_decode_{declared.name.lower()}_arm")
        for declared in meaning.types:
            self._plan(declared)
        self.versions: Final = self._versions()

    def number(self, value: Value) -> str:
        """Return a number as it is written: a constant by its name."""
        if value.number is None and value.text in self.constants:
            return self.constants[value.text]
        number = self.meaning.number(value)
        return f"0x{number:X}" if value.text[:2] in ("0x", "0X") else str(number)

    def annotation(self, given: Type) -> str:
        """Return the type of a value as Python has it."""
        element = self.meaning.chained(given) or self.meaning.listed(given)
        # A typedef of a linked list has a name for it.
        alias = isinstance(given, Named) and isinstance(self.meaning.declared(given), Typedef)
        if element is not None and not alias:
            return f"tuple[{self.types[element.name]}, ...]"
        if isinstance(given, Named):
            return self.types[given.name]
        if isinstance(given, Opaque | String):
            return "bytes" if isinstance(given, Opaque) else "str"
        if isinstance(given, Array):
            return f"tuple[{self.annotation(given.element)}, ...]"
        if isinstance(given, Optional):
            return f"{self.annotation(given.element)} | None"
        return _PYTHON.get(given.name, "int")

    def maker(self, class_name: str) -> str:
        """Return the name of what makes values of a class."""
        if class_name not in self._makers:
            self._makers[class_name] = self.scope.take(f"_new_{class_name.lower()}")
        return self._makers[class_name]

    def _field(self, name: str, *others: str) -> str:
        return Scope((*self.types.values(), *ANNOTATED, *others)).take(plain(name))

    def _plan(self, declared: DeclaredType) -> None:
        if isinstance(declared, Enum):
            scope = member_scope()
            names = self.meaning.members(declared.name)
            self.tables[declared.name] = self.scope.take(f"_{self.types[declared.name].upper()}")
            self.members[declared.name] = {name: scope.take(plain(name)) for name in names}
        elif isinstance(declared, Struct):
            taken: list[str] = []
            fields: list[tuple[str, Type]] = []
            for name, kind in self.meaning.fields(declared):
                taken.append(self._field(name, *taken))
                fields.append((taken[-1], kind))
            self.fields[declared.name] = tuple(fields)
        elif isinstance(declared, Union):
            self._plan_union(declared)

    def _plan_union(self, union: Union) -> None:
        self.discriminants[union.name] = discriminant = self._field(union.discriminant.name)
        every = self._every(union)
        named: list[int] = []
        arms: list[ArmPlan] = []
        for arm in union.arms:
            own = tuple(self.meaning.number(case) for case in arm.cases)
            named += own
            rest = tuple(number for number in every if number not in named)
            if not own and every and not rest:
                # Every discriminant has an arm already: the default is never taken.
                continue
            numbers = own or rest
            labels = [self._label(union, number, arm.cases) for number in numbers]
            few = "Or".join(_cased(label) for label in labels) if own else "Default"
            if len(labels) == 1:
                few = _cased(labels[0])
            elif len(labels) > _LABELS and own:
                few = f"{_cased(labels[0])}OrOther"
            arms.append(
                ArmPlan(
                    name=self.scope.take(f"{self.types[union.name]}{few}"),
                    numbers=numbers,
                    labels=tuple(labels),
                    value=self._value(union, numbers[0]) if len(numbers) == 1 else "",
                    cases=self._cases(union, numbers, few, named) if len(numbers) > 1 else None,
                    field="" if is_void(arm.field.type) else self._field(arm.field.name, discriminant),
                    type=arm.field.type,
                )
            )
        self.arms[union.name] = tuple(arms)

    def _every(self, union: Union) -> Sequence[int]:
        """Return all discriminants there are, or none if they are the integers."""
        discriminant = self.meaning.meant(union.discriminant.type)
        if isinstance(discriminant, Enum):
            return tuple(dict.fromkeys(self.meaning.members(discriminant.name).values()))
        return (0, 1) if isinstance(discriminant, Base) and discriminant.name == "bool" else ()

    def _member(self, union: Union, number: int) -> tuple[str, str] | None:
        """Return the class of the discriminant and its member's name, if it is an enum."""
        discriminant = self.meaning.meant(union.discriminant.type)
        if not isinstance(discriminant, Enum):
            return None
        members = self.meaning.members(discriminant.name)
        name = next(name for name, value in members.items() if value == number)
        return self.types[discriminant.name], self.members[discriminant.name][name]

    def _label(self, union: Union, number: int, cases: Sequence[Value]) -> str:
        member = self._member(union, number)
        if member is not None:
            return member[1]
        if self._every(union):
            return str(bool(number))
        named = next((case.text for case in cases if case.number is None and self.meaning.number(case) == number), "")
        return named or str(number)

    def _value(self, union: Union, number: int) -> str:
        member = self._member(union, number)
        if member is not None:
            return f"{member[0]}.{member[1]}"
        return str(bool(number)) if self._every(union) else str(number)

    def _cases(self, union: Union, numbers: tuple[int, ...], few: str, named: list[int]) -> Cases:
        member = self._member(union, numbers[0])
        key = (member[0] if member else "", numbers)
        if key not in self.cases:
            base = member[0] if member else self.types[union.name]
            labels = [_cased(self._label(union, number, ())) for number in named]
            name = f"{base}{few}" if few != "Default" else f"{base}Except{'And'.join(labels[:_LABELS])}"
            name = self.scope.take(name if few == "Default" or member else f"{name}Case")
            values = tuple((number, self._value(union, number)) for number in numbers)
            self.cases[key] = Cases(name, self.scope.take(f"_{name.upper()}"), values)
        return self.cases[key]

    def _versions(self) -> tuple[VersionPlan, ...]:
        programs = [each for each in self.meaning.declarations if isinstance(each, Program)]
        names = [version.name for program in programs for version in program.versions]
        found: list[VersionPlan] = []
        for program in programs:
            for version in program.versions:
                # Versions of several programs may be called the same: V1.
                name = version.name if names.count(version.name) == 1 else f"{program.name}_{version.name}"
                methods = Scope(("self",))
                found.append(
                    VersionPlan(
                        program,
                        version,
                        self.scope.take(name.upper()),
                        self.scope.take(camel(name)),
                        self.scope.take(f"{camel(name)}Client"),
                        self.scope.take(f"{camel(name)}AsyncClient"),
                        tuple((methods.take(plain(each.name.lower())), each) for each in version.procedures),
                    )
                )
        return tuple(found)


def _cased(label: str) -> str:
    """Return a case as the end of a class's name."""
    return label.replace("-", "Minus") if label.lstrip("-").isdigit() else camel(label)
