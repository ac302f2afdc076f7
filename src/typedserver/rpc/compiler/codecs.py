"""The codecs of a compiled module: for each type what encodes it and what decodes it, as straight code.

What has a fixed size and stands behind one another is packed and unpacked at once, also if it is of structs inside, and
with a text among it; all else is a call each. ``at`` says which field is at work, for the error. A decoder assigns to
the fields of objects that become frozen values at its end.
"""

from collections.abc import Sequence
from typing import Literal, final

from typedserver.rpc.compiler.declarations import DeclaredType, Enum, Named, Struct, Typedef, Union
from typedserver.rpc.compiler.expressions import Expressions
from typedserver.rpc.compiler.layout import Bracket, Lines, call
from typedserver.rpc.compiler.loops import LoopWriter, loop_of
from typedserver.rpc.compiler.plan import ArmPlan, Plan
from typedserver.rpc.compiler.stages import Stage, Stages, begun, condition, finished
from typedserver.rpc.compiler.steps import Constants, Parts, Run, Steps, Word


@final
class CodecWriter:
    """Writes the codecs of a plan."""

    def __init__(self, plan: Plan, expressions: Expressions, lines: Lines) -> None:
        self._plan = plan
        self._calls = expressions
        self._lines = lines
        self._encoded = Parts(plan, decoding=False)
        self._decoded = Parts(plan, decoding=True)
        self._stages = Stages(plan, expressions)
        self._loops = LoopWriter(plan, expressions.loops, lines)
        # Of each union, the runs in its arms.
        self._of_unions: dict[str, Constants] = {}
        # The tables that are written already.
        self._tables: set[str] = set()

    def write(self) -> None:
        """Write the codecs of all types."""
        for cases in self._plan.cases.values():
            entries = [f"{number}: {value}" for number, value in cases.values]
            self._lines.annotated(f"{cases.table}: Final[", f"dict[int, {cases.name}]", "] = {")
            self._lines.add(1, *(f"{entry}," for entry in entries))
            self._lines.add(0, "}")
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
            self._lines.add(1, *self._calls.encoding(given, "value"))
            self._head(f"_decode_chain_of_{name.lower()}", annotation)
            self._lines.add(1, self._calls.decoding(given, "return "))

    def _head(self, function: str, result: str, value: str = "") -> None:
        self._lines.blank(2)
        parameters = ["data: xdr.Decoder"] if result else ["out: xdr.Encoder", f"value: {value}"]
        head = f"def {function}("
        # A formatter leaves a comma behind a parameter that has a line of its own.
        self._lines.add(0, Bracket(head, parameters, f") -> {result or 'None'}:", each=len(parameters) == 1))

    def _encoder(self, declared: DeclaredType) -> None:
        self._head(self._plan.encoders[declared.name], "", self._plan.types[declared.name])
        self._lines.add(1, f'"""Encode ``{declared.name}``."""')

    def _decoder(self, declared: DeclaredType) -> None:
        self._head(self._plan.decoders[declared.name], self._plan.types[declared.name])
        self._lines.add(1, f'"""Decode ``{declared.name}``."""')

    def _typedef(self, typedef: Typedef) -> None:
        self._encoder(typedef)
        self._lines.add(1, *self._calls.encoding(typedef.type, "value"))
        self._decoder(typedef)
        self._lines.add(1, self._calls.decoding(typedef.type, "return "))

    def _enum(self, enum: Enum) -> None:
        name = self._plan.types[enum.name]
        self._encoder(enum)
        self._lines.add(1, call("xdr.encode_enum", ("out", "value", name)))
        self._decoder(enum)
        self._lines.add(1, call("xdr.decode_enum", ("data", name), "return "))

    def _struct(self, struct: Struct) -> None:
        fields = self._plan.fields[struct.name]
        name = self._plan.types[struct.name]
        constants: Constants = {}
        encoded = self._encoded.steps(name, self._encoded.of_fields(fields, self._encoded.scope()), constants)
        decoded = self._decoded.steps(name, self._decoded.of_fields(fields, self._decoded.scope()), constants)
        loop = None
        if struct.name in self._calls.loops:
            loop = loop_of(struct, self._plan, self._decoded, constants, self._of_unions)
        self._lines.blank(2)
        self._tables_of(encoded)
        self._runs(constants)
        if fields:
            self._maker(name)
        deep = self._plan.meaning.is_recursive(struct.name)
        self._encoder(struct)
        self._tried("ENCODING", self._stages.encoding(encoded), deep=deep)
        self._decoder(struct)
        if not fields:
            self._lines.add(1, f"return {name}()")
            return
        self._lines.add(1, *begun("new", name, decoded.within, self._plan))
        self._tried("DECODING", self._stages.decoding(decoded), deep=deep)
        self._lines.add(1, *finished("new", name, decoded.within), f"value: {name} = new", "return value")
        if loop:
            self._loops.write(loop)

    def _tables_of(self, given: Steps) -> None:
        """Write the tables of the enums among words, each once: by the members, which are numbers, and found sooner."""
        used = {word.table for step in given.steps if isinstance(step, Run) for word in step.words}
        for enum, table in self._plan.tables.items():
            if table in used and table not in self._tables:
                self._tables.add(table)
                inside = f"each: each for each in {self._plan.types[enum]}"
                self._lines.add(0, Bracket("{", (inside,), "}", before=f"{table}: Final = "))

    def _runs(self, constants: Constants) -> None:
        for constant, given in constants.items():
            kind = "xdr.SizedRun" if "*" in given[0] else "xdr.Run"
            self._lines.add(0, call(kind, given, f"{constant}: Final = "))

    def _maker(self, name: str) -> None:
        self._lines.add(0, call("xdr.unfrozen", (name,), f"{self._plan.maker(name)}: Final = "))

    def _tried(self, way: Literal["ENCODING", "DECODING"], stages: Sequence[Stage], *, deep: bool) -> None:
        """Write the stages, and what makes an error of what they raise."""
        if not stages:
            return
        source, target = ("value", "out") if way == "ENCODING" else ("data", "data")
        if deep:
            self._lines.add(1, f"{target}.enter()")
        one = stages[0].at if len(stages) == 1 else ""
        if not one:
            self._first_at(stages)
        self._lines.add(1, "try:")
        self._staged(2, stages, first=True)
        self._caught(way, one or "at", source)
        if deep:
            self._lines.add(1, f"{target}.depth -= 1")

    def _first_at(self, stages: Sequence[Stage]) -> None:
        # A path is seen to be one; what may be a run as well must be said.
        alike = all(stage.at.startswith('"') for stage in stages)
        self._lines.add(1, f"at{'' if alike else ': xdr.Place'} = {stages[0].at}")

    def _staged(self, depth: int, stages: Sequence[Stage], *, first: bool) -> None:
        """Write stages; before the ``first`` one ``at`` is right already."""
        for index, stage in enumerate(stages):
            if index or not first:
                self._lines.add(depth, f"at = {stage.at}")
            self._lines.add(depth, *stage.statements)

    def _caught(self, way: Literal["ENCODING", "DECODING"], at: str, source: str) -> None:
        self._lines.add(1, f"except xdr.{way} as error:")
        self._lines.add(2, Bracket("raise xdr.fault(", ("error", at, source), ") from None"))

    def _union(self, union: Union) -> None:
        name, discriminant = self._plan.types[union.name], self._plan.discriminants[union.name]
        code = self._decoded.code(union)
        constants: Constants = {}
        # A case is unpacked to a name: which object it belongs to is not known yet.
        read = self._decoded.steps(name, [Word(discriminant, code, "", "number", "case")], constants)
        # One scope for all arms: a local of the same name would have another type.
        scope, decoding = self._encoded.scope(), self._decoded.scope()
        encoded: list[tuple[ArmPlan, Steps]] = []
        decoded: list[tuple[ArmPlan, Steps]] = []
        for arm in self._plan.arms[union.name]:
            fields = [(arm.field, arm.type)] if arm.field else []
            literal, table = str(arm.numbers[0]) if arm.value else "", arm.cases.table if arm.cases else ""
            first = Word(discriminant, code, table, scope.take(discriminant), literal=literal)
            parts = [first, *self._encoded.of_fields(fields, scope)]
            encoded.append((arm, self._encoded.steps(arm.name, parts, constants)))
            inner = self._decoded.of_fields(fields, decoding)
            decoded.append((arm, self._decoded.steps(arm.name, inner, constants)))
        self._of_unions[union.name] = constants
        self._lines.blank(2)
        for _, steps in encoded:
            self._tables_of(steps)
        self._runs(constants)
        for arm in self._plan.arms[union.name]:
            if arm.field or not arm.value:
                self._maker(arm.name)
        self._union_encoder(union, encoded)
        self._union_decoder(union, read)
        self._arm_decoder(union, decoded)

    def _union_encoder(self, union: Union, arms: Sequence[tuple[ArmPlan, Steps]]) -> None:
        deep = self._plan.meaning.is_recursive(union.name)
        discriminant = self._plan.discriminants[union.name]
        self._encoder(union)
        if deep:
            self._lines.add(1, "out.enter()")
        self._lines.add(1, f'at: xdr.Place = "{discriminant}"')
        self._lines.add(1, "try:")
        for arm, steps in arms:
            self._lines.add(2, f"{'if' if arm is arms[0][0] else 'elif'} type(value) is {arm.name}:")
            if not arm.value and not arm.cases:
                named = [str(number) for each, _ in arms for number in each.numbers]
                head = Bracket(f"if value.{discriminant} in (", named, "):")
                self._lines.add(3, head if len(named) > 1 else f"if value.{discriminant} == {named[0]}:")
                self._lines.add(4, f"raise xdr.undeclared(value.{discriminant})")
            self._staged(3, self._stages.encoding(steps), first=False)
        self._lines.add(2, "else:")
        self._lines.add(3, "xdr.unmatched(value)")
        self._caught("ENCODING", "at", "value")
        if deep:
            self._lines.add(1, "out.depth -= 1")

    def _union_decoder(self, union: Union, read: Steps) -> None:
        self._decoder(union)
        stages = self._stages.decoding(read)
        self._tried("DECODING", stages, deep=False)
        self._lines.add(1, call(self._plan.arm_decoders[union.name], ("data", "number"), "return "))

    def _arm_decoder(self, union: Union, arms: Sequence[tuple[ArmPlan, Steps]]) -> None:
        deep = self._plan.meaning.is_recursive(union.name)
        self._lines.blank(2)
        head = f"def {self._plan.arm_decoders[union.name]}("
        self._lines.add(0, Bracket(head, ("data: xdr.Decoder", "number: int"), f") -> {self._plan.types[union.name]}:"))
        if deep:
            self._lines.add(1, "data.enter()")
        self._lines.add(1, f'at: xdr.Place = "{self._plan.discriminants[union.name]}"')
        self._lines.add(1, "try:")
        for arm, steps in arms:
            self._lines.add(2, condition(arm, "number", first=arm is arms[0][0]))
            self._arm(union, arm, steps, first=arm is arms[0][0])
        if arms[-1][0].value or arms[-1][0].cases:
            self._lines.add(2, "else:")
            self._lines.add(3, "raise xdr.undeclared(number)")
        self._caught("DECODING", "at", "data")
        if deep:
            self._lines.add(1, "data.depth -= 1")
        self._lines.add(1, "return value")

    def _arm(self, union: Union, arm: ArmPlan, steps: Steps, *, first: bool) -> None:
        """Write what decodes an arm to ``value``."""
        target = f"value: {self._plan.types[union.name]}" if first else "value"
        if arm.value and not arm.field:
            self._lines.add(3, f"{target} = {arm.name}()")
            return
        self._lines.add(3, *begun("new", arm.name, steps.within, self._plan))
        if not arm.value:
            discriminant = self._plan.discriminants[union.name]
            self._lines.add(3, f"new.{discriminant} = {f'{arm.cases.table}[number]' if arm.cases else 'number'}")
        self._staged(3, self._stages.decoding(steps), first=False)
        self._lines.add(3, *finished("new", arm.name, steps.within), f"{target} = new")
