"""How a recipe checks its fields and shows them. Imports errors alone."""

from dataclasses import MISSING, Field, fields
from threading import TIMEOUT_MAX
from typing import Any, ClassVar, Final, Protocol

from typedserver.errors import RecipeError

# Sizes and counts go to the kernel as a C int (listen(2), recvfrom(2)).
_MAX_INT: Final = 2**31 - 1


def check_positive(recipe: str, field: str, value: object, remedy: str) -> None:
    """Refuse what is no number of seconds above 0; None passes. Raises RecipeError."""
    # Objects, not numbers: a program without types may give anything, and a later TypeError would name no field.
    if value is None:
        return
    if not isinstance(value, int | float) or not 0 < value <= TIMEOUT_MAX:
        raise RecipeError(f"{recipe}({field}={value!r}) must be a number above 0, and finite: {remedy}")


def check_at_least(recipe: str, field: str, value: object, least: int, remedy: str) -> None:
    """Refuse what is no integer, or one below the least that works or past a C int. Raises RecipeError."""
    if not isinstance(value, int) or not least <= value <= _MAX_INT:
        raise RecipeError(f"{recipe}({field}={value!r}) must be an int of at least {least}: {remedy}")


def has_methods(thing: object, *names: str) -> bool:
    """Whether a thing is a value with these methods: a class has them too, and was forgotten to be called."""
    return not isinstance(thing, type) and all(callable(getattr(thing, name, None)) for name in names)


def _is_default(field: "Field[Any]", value: object) -> bool:
    if field.default_factory is not MISSING:
        return bool(value == field.default_factory())
    return field.default is not MISSING and bool(value == field.default)


def name_of(handler: object) -> str:
    """Return a function or a class by its name, as the code that made the composition has it."""
    return getattr(handler, "__qualname__", None) or repr(handler)


class _Recipe(Protocol):
    # What ``dataclasses.fields`` takes. Not typeshed's own name for it: that is none at run time, when annotations of
    # a recipe's methods may be asked for.
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


def recipe_repr(self: _Recipe) -> str:
    """Write a recipe as the code that makes it: its ``__repr__``, with the fields that are not at their default."""
    given = [
        f"{field.name}={value!r}"
        for field in fields(self)
        if field.repr and not _is_default(field, value := getattr(self, field.name))
    ]
    return f"{type(self).__name__}({', '.join(given)})"
