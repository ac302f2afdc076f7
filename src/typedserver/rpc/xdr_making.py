"""Values of dataclasses, made faster than by their own ``__init__``. It knows fields, nothing of XDR."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from typing_extensions import ParamSpec

T = TypeVar("T")
P = ParamSpec("P")


def unfrozen(kind: type) -> Callable[[], Any]:
    """Return what makes objects whose fields are assigned, and which then become values of a frozen slotted dataclass.

    ``value.__class__ = kind`` makes them that, when all fields are there; before, nobody else may see them. It takes
    half of the time of the dataclass's own ``__init__``, which sets each field by a call.
    """
    # Python assigns straight to a slot only if both are object's: a type has one entry for the two.
    assigning = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    return type(f"_{kind.__name__}", (kind,), {"__slots__": (), "__init__": object.__init__, **assigning})


def constructor(kind: Callable[P, T]) -> Callable[P, T]:
    """Return what makes values of a frozen slotted dataclass of its fields, in half of the time."""
    names = cast("tuple[str, ...]", getattr(kind, "__match_args__"))  # noqa: B009 - it is typed as a function
    given = [f"field{number}" for number in range(len(names))]
    lines = [f"def new({', '.join(given)}):", " value = unfrozen()"]
    lines += [f" value.{name} = {field}" for name, field in zip(names, given, strict=True)]
    lines += [" value.__class__ = kind", " return value"]
    scope: dict[str, Any] = {"kind": kind, "unfrozen": unfrozen(cast("type", kind))}
    exec("\n".join(lines), scope)  # noqa: S102 - no text of others
    return cast("Callable[P, T]", scope["new"])
