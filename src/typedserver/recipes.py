"""How a recipe checks its fields and shows them. It imports errors only, and knows no recipe."""

from dataclasses import MISSING, Field, fields
from threading import TIMEOUT_MAX
from typing import Any, ClassVar, Final, Protocol

from typedserver.errors import RecipeError

# The largest C int, because sizes and counts are given to the kernel as one (listen(2), recvfrom(2)).
_MAX_INT: Final = 2**31 - 1


def check_positive(recipe: str, field: str, value: object, remedy: str) -> None:
    """Raise RecipeError unless a value is a finite number above 0; None passes."""
    # The value is an object, because a program without types may give any, and a later TypeError would name no field.
    if value is None:
        return
    if not isinstance(value, int | float) or not 0 < value <= TIMEOUT_MAX:
        raise RecipeError(f"{recipe}({field}={value!r}) must be a number above 0, and finite: {remedy}")


def check_at_least(recipe: str, field: str, value: object, least: int, remedy: str) -> None:
    """Raise RecipeError unless a value is an int, at least ``least``, and no larger than a C int."""
    if not isinstance(value, int) or not least <= value <= _MAX_INT:
        raise RecipeError(f"{recipe}({field}={value!r}) must be an int of at least {least}: {remedy}")


def has_methods(thing: object, *names: str) -> bool:
    """Return whether a value has these methods; False for a class, which a program has forgotten to call."""
    return not isinstance(thing, type) and all(callable(getattr(thing, name, None)) for name in names)


def _is_default(field: "Field[Any]", value: object) -> bool:
    if field.default_factory is not MISSING:
        return bool(value == field.default_factory())
    return field.default is not MISSING and bool(value == field.default)


def name_of(handler: object) -> str:
    """Return the name of a function or a class, as a program writes it; the repr of any other object."""
    return getattr(handler, "__qualname__", None) or repr(handler)


class _Recipe(Protocol):
    # What ``dataclasses.fields`` takes. Not typeshed's own name for it: that is none at run time, when annotations of
    # a recipe's methods may be asked for.
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


def recipe_repr(self: _Recipe) -> str:
    """Write a recipe as the code that makes it, with the fields that are not at their default: a ``__repr__``."""
    given = [
        f"{field.name}={value!r}"
        for field in fields(self)
        if field.repr and not _is_default(field, value := getattr(self, field.name))
    ]
    return f"{type(self).__name__}({', '.join(given)})"
