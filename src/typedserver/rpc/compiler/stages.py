"""Statements that encode and decode the steps of a value, in stages: during each the same part is at work."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

from typedserver.rpc.compiler.expressions import Expressions
from typedserver.rpc.compiler.layout import Bracket, Statement, Targets, call
from typedserver.rpc.compiler.plan import Plan
from typedserver.rpc.compiler.steps import SIZES, Bytes, Call, Case, Run, Step, Word


@final
@dataclass(frozen=True, slots=True)
class Stage:
    """Statements, and what is at work meanwhile: a run's constant, or a path in quotes."""

    at: str
    statements: tuple[Statement, ...]


@final
class Stages:
    """Makes stages of steps."""

    def __init__(self, plan: Plan, calls: Expressions) -> None:
        self._plan = plan
        self._calls = calls

    def encoding(self, steps: Sequence[Step]) -> list[Stage]:
        """Return the stages that encode steps."""
        return [stage for index, step in enumerate(steps) for stage in self._encoding(steps, index, step)]

    def decoding(self, steps: Sequence[Step]) -> list[Stage]:
        """Return the stages that decode steps."""
        return [stage for step in steps for stage in self._decoding(step)]

    def _encoding(self, steps: Sequence[Step], index: int, step: Step) -> Iterator[Stage]:
        if isinstance(step, Run):
            for word in step.words:
                if word.table:
                    found = Bracket(f"{word.table}[", (f"value.{word.path}",), "]", before=f"{word.local} = ")
                    yield Stage(f'"{word.path}"', (found,))
            behind = steps[index + 1] if index + 1 < len(steps) else None
            if isinstance(behind, Bytes):
                yield from _prepared(behind)
            values = [_packed(word, behind) for word in step.words]
            yield Stage(step.constant, (call(f"{step.constant}.pack", values, "out += "),))
        elif isinstance(step, Bytes):
            given = _sent(step)
            yield Stage(f'"{step.path}"', (f"out += {given}", f"out += xdr.PADDING[len({given}) & 3]"))
        elif isinstance(step, Call):
            yield Stage(f'"{step.path}"', tuple(self._calls.encoding(step.type, f"value.{step.path}")))

    def _decoding(self, step: Step) -> Iterator[Stage]:
        if isinstance(step, Run):
            unpacking = call(f"{step.constant}.unpack_from", ("data.buffer", "data.position"))
            size = sum(SIZES[word.code] for word in step.words)
            unpacked = Targets([word.local for word in step.words], unpacking)
            yield Stage(step.constant, (unpacked, f"data.position += {size}"))
            for word in step.words:
                if word.table:
                    found = Bracket(f"{word.table}[", (word.local,), "]", before=f"{word.local} = ")
                    yield Stage(f'"{word.path}"', (found,))
        elif isinstance(step, Bytes):
            function = "xdr.string_of" if step.text else "xdr.opaque_of"
            bound = [step.bound] if step.bound else []
            yield Stage(f'"{step.path}"', (call(function, ("data", step.length, *bound), f"{step.local} = "),))
        elif isinstance(step, Case):
            decoder = self._plan.arm_decoders[step.union.name]
            yield Stage(f'"{step.path}"', (call(decoder, ("data", step.number), f"{step.local} = "),))
        else:
            yield Stage(f'"{step.path}"', (self._calls.decoding(step.type, f"{step.local} = "),))


def results(steps: Sequence[Step]) -> list[str]:
    """Return the locals that hold what steps have decoded, in the order of the fields."""
    found: list[str] = []
    for step in steps:
        if isinstance(step, Run):
            found += [word.local for word in step.words if word.purpose == "value"]
        else:
            found.append(step.local)
    return found


def _prepared(step: Bytes) -> Iterator[Stage]:
    """Yield what finds out the length of a text or of bytes before it is packed."""
    bound = [step.bound] if step.bound else []
    if step.text:
        yield Stage(f'"{step.path}"', (call("xdr.text", (f"value.{step.path}", *bound), f"{step.local} = "),))
    elif step.bound:
        length = call("xdr.checked_length", (f"value.{step.path}", *bound), f"{step.length} = ")
        yield Stage(f'"{step.path}"', (length,))


def _sent(step: Bytes) -> str:
    return step.local if step.text else f"value.{step.path}"


def _packed(word: Word, behind: Step | None) -> str:
    if word.purpose == "length":
        assert isinstance(behind, Bytes)
        return word.local if behind.bound and not behind.text else f"len({_sent(behind)})"
    return word.literal or (word.local if word.table else f"value.{word.path}")
