"""Decoders of linked lists that call nothing for an element: for those whose parts all have a plain form.

A page of a directory is such a list, and so is most of what is long. A loop only decodes: it leaves everything that it
does not expect, and the end of the list, to the decoder of one element, which knows what is wrong and where.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

from typedserver.rpc.compiler.declarations import Named, Struct
from typedserver.rpc.compiler.layout import Bracket, Lines
from typedserver.rpc.compiler.names import Scope
from typedserver.rpc.compiler.plan import ArmPlan, Plan
from typedserver.rpc.compiler.stages import Reading, begun, condition, field_of, finished, unpacked
from typedserver.rpc.compiler.steps import Case, Constants, Parts, Run, Step, Steps, Word

# Whether there is an element: it is read together with what the element begins with.
_MORE: Final = Word("more", "i", "", "more", "case")

_READING: Final = Reading("buffer", "end", "break")

_NAMES: Final = ("append", "buffer", "data", "end", "more", "new", "padding", "position", "values")


@final
@dataclass(frozen=True, slots=True)
class Loop:
    """What decodes the elements of a list: the steps of one, and by their paths the arms of the unions in it."""

    struct: Struct
    steps: Steps
    arms: Mapping[str, Sequence[tuple[ArmPlan, Steps]]]


def loops(plan: Plan, parts: Parts) -> dict[str, str]:
    """Return the names of the loops, each by the struct that is an element; their names are taken here."""
    return {
        struct.name: plan.scope.take(f"_decode_list_of_{struct.name.lower()}")
        for struct in plan.meaning.types
        if isinstance(struct, Struct)
        and plan.meaning.chained(Named(struct.place, struct.name)) is not None
        and _is_plain(struct, plan, parts)
    }


def _is_plain(struct: Struct, plan: Plan, parts: Parts) -> bool:
    """Return whether an element is made of runs, and of unions whose arms are."""
    steps = parts.steps("", parts.of_fields(plan.fields[struct.name], plan.scope.inner()), {}).steps
    arms = [arm for step in steps if isinstance(step, Case) for arm in plan.arms[step.union.name]]
    inner = [step for arm in arms for step in _steps_of("", arm, parts, plan.scope.inner(), {}).steps]
    return bool(steps) and all(
        isinstance(step, Run) for step in [*inner, *(each for each in steps if not isinstance(each, Case))]
    )


def loop_of(struct: Struct, plan: Plan, parts: Parts, constants: Constants, of_unions: Mapping[str, Constants]) -> Loop:
    """Return the loop over elements of a struct; ``constants`` grow, ``of_unions`` are those of the unions' arms."""
    scope = plan.scope.inner(*_NAMES)
    inner = parts.of_fields(plan.fields[struct.name], scope)
    steps = parts.steps(plan.types[struct.name], [_MORE, *inner], constants)
    arms: dict[str, list[tuple[ArmPlan, Steps]]] = {}
    for step in steps.steps:
        if isinstance(step, Case):
            known = of_unions[step.union.name]
            arms[step.path] = [
                (arm, _steps_of(arm.name, arm, parts, scope, known)) for arm in plan.arms[step.union.name]
            ]
    return Loop(struct, steps, arms)


def _steps_of(prefix: str, arm: ArmPlan, parts: Parts, scope: Scope, constants: Constants) -> Steps:
    fields = [(arm.field, arm.type)] if arm.field else []
    return parts.steps(prefix, parts.of_fields(fields, scope), constants)


@final
class LoopWriter:
    """Writes the loops of a plan."""

    def __init__(self, plan: Plan, names: Mapping[str, str], lines: Lines) -> None:
        self._plan = plan
        self._names = names
        self._lines = lines

    def write(self, loop: Loop) -> None:
        """Write a loop."""
        name, add = self._plan.types[loop.struct.name], self._lines.add
        self._lines.blank(2)
        head = f"def {self._names[loop.struct.name]}("
        add(0, Bracket(head, ("data: xdr.Decoder",), f") -> tuple[{name}, ...]:", each=True))
        add(1, f"values: list[{name}] = []", "append = values.append", "buffer = data.buffer")
        add(1, "position = end = data.position", "try:")
        add(2, "while True:")
        add(3, *begun("new", name, loop.steps.within, self._plan))
        places = {"": "new", **{within.path: within.local for within in loop.steps.within}}
        for number, step in enumerate(loop.steps.steps):
            if isinstance(step, Case):
                self._case(step, loop.arms[step.path], field_of(step.path, places))
            else:
                self._run(3, step, places)
            if number == 0:
                add(3, "if more != 1:")
                add(4, "break")
        add(3, *finished("new", name, loop.steps.within))
        add(3, "append(new)", "position = end")
        add(1, "except xdr.DECODING:")
        add(2, "# The decoder of one element raises it again, with the path to what is wrong.", "pass")
        add(1, "data.position = position")
        add(1, f"return xdr.decode_list(data, {self._plan.decoders[loop.struct.name]}, values)")

    def _run(self, depth: int, step: Step, places: Mapping[str, str]) -> None:
        assert isinstance(step, Run)
        self._lines.add(depth, *unpacked(step, places, _READING))
        for word in step.words:
            if word.table:
                self._lines.add(depth, f"{field_of(word.path, places)} = {word.table}[{word.local}]")

    def _case(self, case: Case, arms: Sequence[tuple[ArmPlan, Steps]], field: str) -> None:
        """Write what decodes a union: what else would be a call of its decoder."""
        add, union = self._lines.add, case.union.name
        for arm, steps in arms:
            add(3, condition(arm, case.number, first=arm is arms[0][0]))
            if arm.value and not arm.field:
                add(4, f"{field} = {arm.name}()")
                continue
            add(4, *begun(case.local, arm.name, steps.within, self._plan))
            if not arm.value:
                number = f"{arm.cases.table}[{case.number}]" if arm.cases else case.number
                add(4, f"{case.local}.{self._plan.discriminants[union]} = {number}")
            places = {"": case.local, **{within.path: within.local for within in steps.within}}
            for step in steps.steps:
                self._run(4, step, places)
            add(4, *finished(case.local, arm.name, steps.within), f"{field} = {case.local}")
        if arms[-1][0].value or arms[-1][0].cases:
            add(3, "else:")
            add(4, "break")
