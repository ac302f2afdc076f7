"""The codecs of a compiled module: for each type what encodes it and what decodes it, as straight code.

Fields of fixed size behind one another are packed and unpacked at once, also those of structs inside; all else is
a call each. ``at`` says which field is at work, for the error.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, final

from typedserver.rpc.compiler.declarations import Base, DeclaredType, Enum, Named, Struct, Type, Typedef, Union
from typedserver.rpc.compiler.expressions import CODES, Expressions
from typedserver.rpc.compiler.layout import Bracket, Lines, Piece, Targets, call
from typedserver.rpc.compiler.names import Scope
from typedserver.rpc.compiler.plan import ArmPlan, Plan

_SIZES: Final = {"i": 4, "I": 4, "q": 8, "Q": 8, "f": 4, "d": 8}


_ESCAPED: Final = "\\x{:02x}"


@final
@dataclass(frozen=True, slots=True)
class _Leaf:
    """A field of fixed size: its path in the value, struct's code, the table that its number is looked up in."""

    path: str
    code: str
    table: str
    local: str


@final
@dataclass(frozen=True, slots=True)
class _Run:
    """Fields of fixed size behind one another, which the constant packs and unpacks."""

    constant: str
    leaves: list[_Leaf]


@final
@dataclass(frozen=True, slots=True)
class _Call:
    """A field that a call encodes or decodes."""

    name: str
    type: Type
    local: str


@final
@dataclass(frozen=True, slots=True)
class _Stage:
    """Statements during which the same is at work: a run's constant, or a field's name in quotes."""

    at: str
    statements: "tuple[Piece | Targets, ...]"


_Step: TypeAlias = _Run | _Call


@final
class CodecWriter:
    """Writes the codecs of a plan."""

    def __init__(self, plan: Plan, expressions: Expressions, lines: Lines) -> None:
        self._plan = plan
        self._calls = expressions
        self._lines = lines
        self._tables: set[str] = set()

    def write(self) -> None:
        """Write the codecs of all types."""
        for cases in self._plan.cases.values():
            entries = [f"{number}: {value}" for number, value in cases.values]
            self._lines.add(0, Bracket(f"{cases.table}: Final[dict[int, {cases.name}]] = {{", entries, "}", each=True))
        for declared in self._plan.meaning.types:
            if isinstance(declared, Enum):
                self._enum(declared)
            elif isinstance(declared, Struct):
                self._struct(declared)
            elif isinstance(declared, Union):
                self._union(declared)
            else:
                self._typedef(declared)

    def chains(self) -> None:
        """Write the codecs of linked lists whose first element stands in place, where one is needed by its name."""
        for name, struct in self._calls.chains.items():
            given = Named(struct.place, name)
            annotation = self._plan.annotation(given)
            self._head(f"_encode_chain_of_{name.lower()}", "", annotation)
            self._lines.add(1, self._calls.encoding(given, "value"))
            self._head(f"_decode_chain_of_{name.lower()}", annotation)
            self._lines.add(1, self._calls.decoding(given, "return "))

    def _head(self, function: str, result: str, value: str = "") -> None:
        self._lines.blank(2)
        parameters = ["data: xdr.Decoder"] if result else ["out: xdr.Encoder", f"value: {value}"]
        self._lines.add(0, Bracket(f"def {function}(", parameters, f") -> {result or 'None'}:"))

    def _encoder(self, declared: DeclaredType) -> None:
        self._head(self._plan.encoders[declared.name], "", self._plan.types[declared.name])
        self._lines.add(1, f'"""Encode ``{declared.name}``."""')

    def _decoder(self, declared: DeclaredType) -> None:
        self._head(self._plan.decoders[declared.name], self._plan.types[declared.name])
        self._lines.add(1, f'"""Decode ``{declared.name}``."""')

    def _typedef(self, typedef: Typedef) -> None:
        self._encoder(typedef)
        self._lines.add(1, self._calls.encoding(typedef.type, "value"))
        self._decoder(typedef)
        self._lines.add(1, self._calls.decoding(typedef.type, "return "))

    def _enum(self, enum: Enum) -> None:
        name = self._plan.types[enum.name]
        self._encoder(enum)
        self._lines.add(1, call("xdr.encode_enum", ("out", "value", name)))
        self._decoder(enum)
        self._lines.add(1, call("xdr.decode_enum", ("data", name), "return "))

    def _steps(self, struct: Struct) -> list[_Step]:
        steps: list[_Step] = []
        scope = self._plan.scope.inner("at", "data", "out", "value", "error")
        for name, kind in self._plan.fields[struct.name]:
            leaves = self._leaves(name, kind, scope)
            if leaves is None:
                steps.append(_Call(name, kind, scope.take(name)))
                continue
            if not steps or isinstance(steps[-1], _Call):
                steps.append(_Run(self._plan.scope.take(f"_{self._plan.types[struct.name]}_{name}".upper()), []))
            last = steps[-1]
            assert isinstance(last, _Run)
            last.leaves.extend(leaves)
        return steps

    def _leaves(self, path: str, given: Type, scope: Scope) -> list[_Leaf] | None:
        """Return what a type consists of if that has a fixed size and can be packed as it is."""
        meant = self._plan.meaning.meant(given)
        local = path.replace(".", "_")
        if isinstance(meant, Enum):
            return [_Leaf(path, "i", self._plan.tables[meant.name], scope.take(local))]
        if isinstance(meant, Base) and meant.name == "bool":
            return [_Leaf(path, "i", "xdr.BOOL", scope.take(local))]
        if isinstance(meant, Base):
            return [_Leaf(path, CODES[meant.name], "", scope.take(local))] if meant.name in CODES else None
        if not isinstance(meant, Struct) or not self._is_flat(meant):
            return None
        found: list[_Leaf] = []
        for name, kind in self._plan.fields[meant.name]:
            found += self._leaves(f"{path}.{name}", kind, scope) or []
        return found

    def _is_flat(self, struct: Struct) -> bool:
        meaning = self._plan.meaning
        if meaning.chained(Named(struct.place, struct.name)) or meaning.is_recursive(struct.name):
            return False
        for _, kind in self._plan.fields[struct.name]:
            meant = meaning.meant(kind)
            base = isinstance(meant, Base) and (meant.name in CODES or meant.name == "bool")
            if not (base or isinstance(meant, Enum) or (isinstance(meant, Struct) and self._is_flat(meant))):
                return False
        return True

    def _struct(self, struct: Struct) -> None:
        steps = self._steps(struct)
        name = self._plan.types[struct.name]
        self._lines.blank(2)
        for step in steps:
            if isinstance(step, _Run):
                self._run(step)
        if steps:
            self._maker(name)
        deep = self._plan.meaning.is_recursive(struct.name)
        self._encoder(struct)
        self._tried("ENCODING", [stage for step in steps for stage in _encoded(self._calls, step)], deep=deep)
        self._decoder(struct)
        self._tried("DECODING", [stage for step in steps for stage in _decoded(self._calls, step)], deep=deep)
        found = {step.name: step.local for step in steps if isinstance(step, _Call)}
        found |= {leaf.path: leaf.local for step in steps if isinstance(step, _Run) for leaf in step.leaves}
        self._lines.add(1, self._construction(struct, "", found, "return ") if steps else f"return {name}()")

    def _run(self, run: _Run) -> None:
        for leaf in run.leaves:
            if leaf.table and leaf.table not in self._tables:
                self._tables.add(leaf.table)
                enum = next((name for name, table in self._plan.tables.items() if table == leaf.table), None)
                if enum is not None:
                    kind = self._plan.types[enum]
                    self._lines.add(0, f"{leaf.table}: Final = {{each.value: each for each in {kind}}}")
        codes = " ".join(leaf.code for leaf in run.leaves)
        names = [f'"{leaf.path}"' for leaf in run.leaves]
        self._lines.add(0, call("xdr.Run", (f'"{codes}"', *names), f"{run.constant}: Final = "))

    def _maker(self, name: str) -> None:
        self._lines.add(0, call("xdr.constructor", (name,), f"{self._plan.maker(name)}: Final = "))

    def _construction(self, struct: Struct, path: str, found: dict[str, str], before: str = "") -> Bracket:
        pieces: list[Piece] = []
        for name, kind in self._plan.fields[struct.name]:
            inner = self._plan.meaning.meant(kind)
            if f"{path}{name}" in found:
                pieces.append(found[f"{path}{name}"])
            else:
                assert isinstance(inner, Struct)
                pieces.append(self._construction(inner, f"{path}{name}.", found))
        return call(self._plan.maker(self._plan.types[struct.name]), pieces, before)

    def _tried(self, way: Literal["ENCODING", "DECODING"], stages: list[_Stage], *, deep: bool) -> None:
        """Write the stages, and what makes an error of what they raise."""
        if not stages:
            return
        source, target = ("value", "out") if way == "ENCODING" else ("data", "data")
        if deep:
            self._lines.add(1, f"{target}.enter()")
        one = stages[0].at if len(stages) == 1 else ""
        if not one:
            mixed = {stage.at.startswith('"') for stage in stages} == {True, False}
            self._lines.add(1, f"at{': str | xdr.Run' if mixed else ''} = {stages[0].at}")
        self._lines.add(1, "try:")
        for index, stage in enumerate(stages):
            if index:
                self._lines.add(2, f"at = {stage.at}")
            self._lines.add(2, *stage.statements)
        self._caught(way, one or "at", source)
        if deep:
            self._lines.add(1, f"{target}.depth -= 1")

    def _caught(self, way: Literal["ENCODING", "DECODING"], at: str, source: str) -> None:
        self._lines.add(1, f"except xdr.{way} as error:")
        self._lines.add(2, f"raise xdr.fault(error, {at}, {source}) from None")

    def _union(self, union: Union) -> None:
        self._lines.blank(2)
        for arm in self._plan.arms[union.name]:
            if arm.field or not arm.value:
                self._maker(arm.name)
        self._union_encoder(union)
        self._union_decoder(union)

    def _union_encoder(self, union: Union) -> None:
        deep = self._plan.meaning.is_recursive(union.name)
        discriminant = self._plan.discriminants[union.name]
        arms = self._plan.arms[union.name]
        fields = any(arm.field for arm in arms)
        self._encoder(union)
        if deep:
            self._lines.add(1, "out.enter()")
        if fields:
            self._lines.add(1, f'at = "{discriminant}"')
        self._lines.add(1, "try:")
        self._lines.add(2, "match value:")
        for arm in arms:
            self._lines.add(3, f"case {arm.name}():")
            self._lines.add(4, *self._discriminant(union, arm))
            if arm.field:
                self._lines.add(4, f'at = "{arm.field}"')
                self._lines.add(4, self._calls.encoding(arm.type, f"value.{arm.field}"))
        self._lines.add(3, "case _:")
        self._lines.add(4, "xdr.unmatched(value)")
        self._caught("ENCODING", "at" if fields else f'"{discriminant}"', "value")
        if deep:
            self._lines.add(1, "out.depth -= 1")

    def _discriminant(self, union: Union, arm: ArmPlan) -> Iterator[Piece]:
        """Yield the statements that encode an arm's discriminant."""
        given = f"value.{self._plan.discriminants[union.name]}"
        if arm.value:
            number = (arm.numbers[0] & 0xFFFF_FFFF).to_bytes(4, "big")
            yield f'out += b"{"".join(map(_ESCAPED.format, number))}"'
            return
        encode = f"xdr.encode_{'unsigned' if self._is_unsigned(union) else 'int'}"
        if arm.cases:
            yield call(encode, ("out", f"{arm.cases.table}[{given}]"))
            return
        named = [str(number) for each in self._plan.arms[union.name] for number in each.numbers]
        yield Bracket(f"if {given} in (", named, "):") if len(named) > 1 else f"if {given} == {named[0]}:"
        yield f"    raise xdr.undeclared({given})"
        yield call(encode, ("out", given))

    def _is_unsigned(self, union: Union) -> bool:
        meant = self._plan.meaning.meant(union.discriminant.type)
        return isinstance(meant, Base) and meant.name == "unsigned int"

    def _union_decoder(self, union: Union) -> None:
        deep = self._plan.meaning.is_recursive(union.name)
        discriminant = self._plan.discriminants[union.name]
        arms = self._plan.arms[union.name]
        fields = any(arm.field for arm in arms)
        self._decoder(union)
        if deep:
            self._lines.add(1, "data.enter()")
        if fields:
            self._lines.add(1, f'at = "{discriminant}"')
        self._lines.add(1, "try:")
        self._lines.add(2, f"number = xdr.decode_{'unsigned' if self._is_unsigned(union) else 'int'}(data)")
        for arm in arms:
            depth = 3
            if arm.value:
                label = "" if arm.value == str(arm.numbers[0]) else f"  # {arm.labels[0]}"
                self._lines.add(2, f"if number == {arm.numbers[0]}:{label}")
            elif arm.cases:
                self._lines.add(2, f"if number in {arm.cases.table}:")
            else:
                depth = 2
            self._arm(depth, arm, deep=deep)
        if arms[-1].value or arms[-1].cases:
            self._lines.add(2, "raise xdr.undeclared(number)")
        self._caught("DECODING", "at" if fields else f'"{discriminant}"', "data")

    def _arm(self, depth: int, arm: ArmPlan, *, deep: bool) -> None:
        """Write what decodes an arm whose number was found."""
        given: list[Piece] = [] if arm.value else [f"{arm.cases.table}[number]" if arm.cases else "number"]
        if arm.field:
            self._lines.add(depth, f'at = "{arm.field}"')
        if arm.field and deep:
            self._lines.add(depth, self._calls.decoding(arm.type, "found = "))
            given.append("found")
        elif arm.field:
            given.append(self._calls.decoding(arm.type))
        if deep:
            self._lines.add(depth, "data.depth -= 1")
        self._lines.add(depth, call(self._plan.maker(arm.name) if given else arm.name, given, "return "))


def _encoded(calls: Expressions, step: _Step) -> Iterator[_Stage]:
    if isinstance(step, _Call):
        yield _Stage(f'"{step.name}"', (calls.encoding(step.type, f"value.{step.name}"),))
        return
    for leaf in step.leaves:
        if leaf.table:
            yield _Stage(f'"{leaf.path}"', (f"{leaf.local} = {leaf.table}[value.{leaf.path}]",))
    values = [leaf.local if leaf.table else f"value.{leaf.path}" for leaf in step.leaves]
    yield _Stage(step.constant, (call(f"{step.constant}.pack", values, "out += "),))


def _decoded(calls: Expressions, step: _Step) -> Iterator[_Stage]:
    if isinstance(step, _Call):
        yield _Stage(f'"{step.name}"', (calls.decoding(step.type, f"{step.local} = "),))
        return
    unpacked = Targets([leaf.local for leaf in step.leaves], f"{step.constant}.unpack_from(data.buffer, data.position)")
    size = sum(_SIZES[leaf.code] for leaf in step.leaves)
    yield _Stage(step.constant, (unpacked, f"data.position += {size}"))
    for leaf in step.leaves:
        if leaf.table:
            yield _Stage(f'"{leaf.path}"', (f"{leaf.local} = {leaf.table}[{leaf.local}]",))
