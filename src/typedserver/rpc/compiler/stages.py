"""Statements that encode and decode the steps of a value, in stages: during each the same part is at work."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

from typedserver.rpc.compiler.expressions import Expressions
from typedserver.rpc.compiler.layout import Bracket, Indented, Statement, Targets, call
from typedserver.rpc.compiler.plan import ArmPlan, Plan
from typedserver.rpc.compiler.steps import SIZES, Bytes, Call, Case, Run, Step, Steps, Within, Word

# With so many fields a struct inside is worth a name of its own.
_NAMED: Final = 2


@final
@dataclass(frozen=True, slots=True)
class Stage:
    """Statements, and what is at work meanwhile: a run's constant, or a path in quotes."""

    at: str
    statements: tuple[Statement, ...]


@final
@dataclass(frozen=True, slots=True)
class Reading:
    """Where bytes are read: their name, that of the position, and what refuses bytes (else an error is raised)."""

    buffer: str = "data.buffer"
    position: str = "data.position"
    refuse: str = ""


@final
class Stages:
    """Makes stages of steps."""

    def __init__(self, plan: Plan, calls: Expressions) -> None:
        self._plan = plan
        self._calls = calls

    def encoding(self, given: Steps) -> list[Stage]:
        """Return the stages that encode steps of ``value``."""
        measured = [part for step in given.steps for part in _bytes_of(step)]
        return [stage for step in given.steps for stage in self._encoding(step, measured, given.within)]

    def decoding(self, given: Steps) -> list[Stage]:
        """Return the stages that decode steps into the fields of ``new``, and of the structs inside."""
        places = {"": "new", **{within.path: within.local for within in given.within}}
        return [stage for step in given.steps for stage in self._decoding(step, places)]

    def _encoding(self, step: Step, measured: Sequence[Bytes], inside: Sequence[Within]) -> Iterator[Stage]:
        if isinstance(step, Run):
            for word in step.words:
                if word.table:
                    found = Bracket(f"{word.table}[", (f"value.{word.path}",), "]", before=f"{word.local} = ")
                    yield Stage(f'"{word.path}"', (found,))
            lengths = [word.path for word in step.words if word.purpose == "length"]
            for part in measured:
                if part.path in lengths:
                    yield Stage(f'"{part.path}"', tuple(_measured(part)))
            named = _named(step, inside)
            packing = step.constant if step.bytes is None else f"{step.constant}[{step.bytes.length}]"
            values = [_packed(part, named) for part in step.parts]
            yield Stage(step.constant, (*named.values(), call(f"{packing}.pack", values, "out += ")))
        elif isinstance(step, Bytes):
            filled = (f"if {step.length} & 3:", Indented(f"out += xdr.PADDING[{step.length} & 3]"))
            yield Stage(f'"{step.path}"', (f"out += {step.local}", *filled))
        elif isinstance(step, Call):
            yield Stage(f'"{step.path}"', tuple(self._calls.encoding(step.type, f"value.{step.path}")))

    def _decoding(self, step: Step, places: dict[str, str]) -> Iterator[Stage]:
        if isinstance(step, Run):
            yield Stage(step.constant, tuple(unpacked(step, places, Reading())))
            for word in step.words:
                if word.table:
                    before = f"{field_of(word.path, places)} = "
                    found = Bracket(f"{word.table}[", (word.local,), "]", before=before)
                    yield Stage(f'"{word.path}"', (found,))
            return
        before = f"{field_of(step.path, places)} = "
        if isinstance(step, Bytes):
            bound = [step.bound] if step.bound else []
            found = call("xdr.opaque_of", ("data", step.length, *bound), before)
        elif isinstance(step, Case):
            found = call(self._plan.arm_decoders[step.union.name], ("data", step.number), before)
        else:
            found = self._calls.decoding(step.type, before)
        yield Stage(f'"{step.path}"', (found,))


def _bytes_of(step: Step) -> Iterator[Bytes]:
    part = step.bytes if isinstance(step, Run) else step
    if isinstance(part, Bytes):
        yield part


def _measured(part: Bytes) -> Iterator[Statement]:
    """Yield what finds out the length of a text or of bytes before it is packed."""
    if part.text:
        # This is the fast way; the other knows what to do with what is not UTF-8.
        yield "try:"
        yield Indented(f"{part.local} = value.{part.path}.encode()")
        yield "except UnicodeEncodeError:"
        yield Indented(call("xdr.text", (f"value.{part.path}",), f"{part.local} = "))
    else:
        yield f"{part.local} = value.{part.path}"
    yield f"{part.length} = len({part.local})"
    yield from _bounded(part)


def _bounded(part: Bytes, refuse: str = "") -> Iterator[Statement]:
    if part.bound:
        yield f"if {part.length} > {part.bound}:"
        yield Indented(refuse or call("raise xdr.too_long", (part.length, part.bound)))


def _named(run: Run, inside: Sequence[Within]) -> dict[str, str]:
    """Return the statements that name the structs inside from which a run has several fields, each by its path."""
    found: dict[str, str] = {}
    for within in inside:
        before = f"{within.path}."
        words = {word.path[len(before) :] for word in run.words if word.path.startswith(before)}
        if len({path.partition(".")[0] for path in words}) >= _NAMED:
            found[within.path] = f"{within.local} = {_value(within.path, found)}"
    return found


def _value(path: str, named: dict[str, str]) -> str:
    """Return what a field is called, of a struct that has a name if there is one."""
    outer = path.rpartition(".")[0]
    while outer and outer not in named:
        outer = outer.rpartition(".")[0]
    return f"{named[outer].partition(' = ')[0]}{path[len(outer) :]}" if outer else f"value.{path}"


def _packed(part: Word | Bytes, named: dict[str, str]) -> str:
    if isinstance(part, Word) and part.literal:
        return part.literal
    found = isinstance(part, Bytes) or part.table or part.purpose == "length"
    return part.local if found else _value(part.path, named)


def begun(root: str, name: str, inside: Sequence[Within], plan: Plan) -> Iterator[Statement]:
    """Yield what makes the objects whose fields will be decoded: ``root``, and those of the structs inside."""
    yield f"{root} = {plan.maker(name)}()"
    yield from (f"{within.local} = {plan.maker(within.name)}()" for within in inside)


def finished(root: str, name: str, inside: Sequence[Within]) -> Iterator[Statement]:
    """Yield what makes values of the objects, the inner ones first."""
    places = {"": root, **{within.path: within.local for within in inside}}
    for within in reversed(inside):
        yield f"{within.local}.__class__ = {within.name}"
        yield f"{field_of(within.path, places)} = {within.local}"
    yield f"{root}.__class__ = {name}"


def condition(arm: ArmPlan, number: str, *, first: bool) -> str:
    """Return what asks whether the discriminant is an arm's."""
    test = "if" if first else "elif"
    if arm.value:
        label = "" if arm.value == str(arm.numbers[0]) else f"  # {arm.labels[0]}"
        return f"{test} {number} == {arm.numbers[0]}:{label}"
    if arm.cases:
        return f"{test} {number} in {arm.cases.table}:"
    return "else:"


def unpacked(run: Run, places: Mapping[str, str], reading: Reading) -> Iterator[Statement]:
    """Yield what unpacks a run, and checks and stores the bytes in it."""
    size = sum(SIZES[word.code] for word in run.words)
    targets = [target for part in run.parts for target in _targets(part, places)]
    source = (reading.buffer, reading.position)
    held = run.bytes
    if held is None:
        yield Targets(targets, call(f"{run.constant}.unpack_from", source))
        yield f"{reading.position} += {size}"
        return
    yield from _bounded(held, reading.refuse)
    yield Targets(targets, call(f"{run.constant}[{held.length}].unpack_from", source))
    yield "if padding not in xdr.ZEROS:"
    yield Indented(reading.refuse or "raise xdr.unclean(padding)")
    if held.text:
        field = field_of(held.path, places)
        yield "try:"
        yield Indented(f"{field} = {held.local}.decode()")
        yield "except UnicodeDecodeError:"
        yield Indented(call(f"{held.local}.decode", ('"utf-8"', '"surrogateescape"'), f"{field} = "))
    # The last two bits are those that fill it up.
    yield f"{reading.position} += ({held.length} + {size + 3}) & -4"


def _targets(part: Word | Bytes, places: Mapping[str, str]) -> Iterator[str]:
    if isinstance(part, Bytes):
        yield part.local if part.text else field_of(part.path, places)
        yield "padding"
    else:
        yield part.local if part.table or part.purpose != "value" else field_of(part.path, places)


def field_of(path: str, places: Mapping[str, str]) -> str:
    """Return where a decoded field is stored: in the object of its struct."""
    outer, _, name = path.rpartition(".")
    return f"{places[outer]}.{name}"
