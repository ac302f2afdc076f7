"""The types of a compiled module: constants, enums, dataclasses, aliases, in an order in which each can be defined."""

from typing import Final, final

from typedserver.rpc.compiler.declarations import (
    Array,
    Const,
    DeclaredType,
    Enum,
    Named,
    Optional,
    Struct,
    Type,
    Typedef,
    Union,
)
from typedserver.rpc.compiler.layout import Bracket, Lines
from typedserver.rpc.compiler.plan import ArmPlan, Cases, Plan

# More would make a line that nobody reads.
_LABELS: Final = 4


@final
class TypeWriter:
    """Writes the types of a plan."""

    def __init__(self, plan: Plan, lines: Lines) -> None:
        self._plan = plan
        self._lines = lines
        self._written: set[str] = set()

    def write(self) -> None:
        """Write constants and types."""
        constants = [each for each in self._plan.meaning.declarations if isinstance(each, Const)]
        for constant in constants:
            value = constant.value
            text = _quoted(value) if isinstance(value, str) else self._plan.number(value)
            self._lines.add(0, f"{self._plan.constants[constant.name]}: Final = {text}")
        for program in self._plan.programs:
            number = next(each.program.number for each in self._plan.versions if each.program.name == program)
            self._lines.add(0, f"{self._plan.programs[program]}: Final = {self._plan.number(number)}")
        for declared in self._plan.meaning.types:
            self._write(declared)

    def _write(self, declared: DeclaredType) -> None:
        if declared.name in self._written:
            return
        self._written.add(declared.name)
        if isinstance(declared, Enum):
            self._enum(declared)
        elif isinstance(declared, Struct):
            self._struct(declared)
        elif isinstance(declared, Union):
            self._union(declared)
        else:
            self._typedef(declared)

    def _enum(self, enum: Enum) -> None:
        self._class(f"{self._plan.types[enum.name]}(IntEnum)", f"``enum {enum.name}``.", "")
        names = self._plan.members[enum.name]
        for name, number in self._plan.meaning.members(enum.name).items():
            self._lines.add(1, f"{names[name]} = {number}")

    def _struct(self, struct: Struct) -> None:
        told = f"``struct {struct.name}``."
        if self._plan.meaning.chained(Named(struct.place, struct.name)):
            told = f"An element of ``struct {struct.name}``, a linked list: a tuple of them stands for it."
        self._dataclass(self._plan.types[struct.name], told)
        for name, kind in self._plan.fields[struct.name]:
            self._lines.add(1, f"{name}: {self._plan.annotation(kind)}")

    def _union(self, union: Union) -> None:
        self._before(union.discriminant.type)
        for arm in self._plan.arms[union.name]:
            if arm.cases is not None and arm.cases.name not in self._written:
                self._written.add(arm.cases.name)
                self._alias(arm.cases)
            self._arm(union, arm)
        self._lines.blank(2)
        arms = [arm.name for arm in self._plan.arms[union.name]]
        self._lines.alternatives(f"{self._plan.types[union.name]}: TypeAlias = ", arms)

    def _alias(self, cases: Cases) -> None:
        self._lines.blank(2)
        values = [value for _, value in cases.values]
        self._lines.add(0, Bracket(f"{cases.name}: TypeAlias = Literal[", values, "]", each=True))

    def _arm(self, union: Union, arm: ArmPlan) -> None:
        labels = ", ".join(arm.labels) if arm.labels and len(arm.labels) <= _LABELS else "all others"
        self._dataclass(arm.name, f"``union {union.name}``: {labels}.")
        name = self._plan.discriminants[union.name]
        if arm.value:
            self._lines.assigned(1, (f"{name}: ClassVar[", f"Literal[{arm.value}]", "]"), arm.value)
        else:
            self._lines.add(1, f"{name}: {arm.cases.name if arm.cases else 'int'}")
        if arm.field:
            self._lines.add(1, f"{arm.field}: {self._plan.annotation(arm.type)}")

    def _typedef(self, typedef: Typedef) -> None:
        self._before(typedef.type)
        self._lines.blank(2)
        self._lines.add(0, f"{self._plan.types[typedef.name]}: TypeAlias = {self._plan.annotation(typedef.type)}")

    def _before(self, given: Type) -> None:
        """Write what an alias names: it must be there when that is defined."""
        element = given.element if isinstance(given, Array | Optional) else given
        if isinstance(element, Named):
            self._write(self._plan.meaning.declared(element))

    def _dataclass(self, name: str, told: str) -> None:
        self._class(name, told, "@dataclass(frozen=True, slots=True)")

    def _class(self, head: str, told: str, decorator: str) -> None:
        self._lines.blank(2)
        if decorator:
            self._lines.add(0, decorator)
        self._lines.add(0, f"class {head}:")
        self._lines.add(1, f'"""{told}"""')
        self._lines.blank()


def _quoted(text: str) -> str:
    escaped = text.encode("unicode_escape").decode().replace('"', '\\"')
    return f'"{escaped}"'
