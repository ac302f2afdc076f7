"""How the values that a program gives are checked, and how recipes are shown. It imports errors only, knows no recipe.

A value is checked where it is given, by a recipe as by a call: found out later, it would be another thread's error, or
be obeyed as something else. A number is an int or a float, or an heir of one: True is none, though Python calls it an
int, nor are Decimal and Fraction, which do not add up with the clock. What is shown in a message may be anything.
"""

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, fields
from threading import TIMEOUT_MAX
from typing import Any, ClassVar, Final, Protocol, SupportsIndex, TypeGuard

from typedserver.errors import RecipeError

# The largest C int, because sizes and counts are given to the kernel as one (listen(2), recvfrom(2)).
_MAX_INT: Final = 2**31 - 1

# The largest place in a file (off_t).
_MAX_OFFSET: Final = 2**63 - 1

# Characters of a value in a message: enough to recognise it.
_LONGEST_SHOWN: Final = 100


def shown(value: object) -> str:
    """Return a value as an error message shows it, whatever it is."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - an int of 5,000 digits has no repr, and a program's object may fail
        text = f"<{type(value).__name__}>"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def place_of(host: str, port: object) -> str:
    """Return a host and a port as people write them: an address of IPv6 in brackets (RFC 3986, 3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


# Bytes of a message in an error's text: enough to recognise it.
MOST_SHOWN: Final = 40


def beginning(data: bytes, start: int = 0) -> str:
    """Return the beginning of a message as an error shows it."""
    return shown(data[start : start + MOST_SHOWN]) + ("..." if len(data) - start > MOST_SHOWN else "")


def _refusal(recipe: str, field: str, value: object, must: str) -> RecipeError:
    return RecipeError(f"{recipe}({field}={shown(value)}) must {must}")


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def check_positive(recipe: str, field: str, value: object, remedy: str, *, needed: bool = False) -> None:
    """Raise RecipeError unless a value is a finite number above 0; None passes unless one is needed."""
    # The value is an object, because a program without types may give any, and a later TypeError would name no field.
    if value is None and not needed:
        return
    if not _is_number(value) or not 0 < value <= TIMEOUT_MAX:
        raise _refusal(recipe, field, value, f"be a number above 0, and finite: {remedy}")


def check_seconds(call: str, field: str, value: object) -> None:
    """Raise RecipeError unless a value is a number of seconds from 0 on; infinity and None pass, and mean no end."""
    if value is None:
        return
    if not _is_number(value) or not (0 <= value <= TIMEOUT_MAX or value == math.inf):
        raise _refusal(call, field, value, "be a number of seconds from 0 on; math.inf is for ever")


def check_number(call: str, field: str, value: object) -> None:
    """Raise RecipeError unless a value is a number; NaN is none."""
    if not _is_number(value) or value != value:  # noqa: PLR0124 - math.isnan fails for an int beyond all floats
        raise _refusal(call, field, value, "be a number of seconds; math.inf is for ever")


def check_at_least(recipe: str, field: str, value: object, least: int, remedy: str) -> None:
    """Raise RecipeError unless a value is an int, at least ``least``, and no larger than a C int."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= _MAX_INT:
        raise _refusal(recipe, field, value, f"be an int of at least {least}: {remedy}")


def check_buffers(recipe: str, **sizes: object) -> None:
    """Raise RecipeError unless each size of a socket's buffer is an int of at least 1; None passes."""
    for field, size in sizes.items():
        if size is not None:
            check_at_least(recipe, field, size, 1, "give bytes, or None for the system's default")


def check_flags(recipe: str, **flags: object) -> None:
    """Raise RecipeError unless each value is True or False: any other would be taken for one of them."""
    for field, value in flags.items():
        if not isinstance(value, bool):
            raise _refusal(recipe, field, value, "be True or False")


def check_one_of(recipe: str, field: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise RecipeError unless a value is one of these words."""
    if value not in choices:
        raise _refusal(recipe, field, value, "be one of " + ", ".join(map(repr, choices)))


def misfit(function: Callable[..., object], arguments: Sequence[object], *, follow_wrapped: bool) -> TypeError | None:
    """Return why a function cannot be called with these arguments, if that is known."""
    try:
        signature = inspect.signature(function, follow_wrapped=follow_wrapped)
    except (TypeError, ValueError):
        # Some builtins and extension types have no signature.
        return None
    try:
        signature.bind(*arguments)
    except TypeError as error:
        return error
    return None


def check_callable(
    recipe: str, field: str, value: object, remedy: str, *, needed: bool = True, takes: Sequence[str] | None = None
) -> None:
    """Raise RecipeError unless a value can be called, and does at once what it is called for.

    None passes if it is not needed. takes: names for the arguments that it is called with, all of them by position.
    """
    if value is None and not needed:
        return
    if not callable(value):
        raise _refusal(recipe, field, value, f"be a callable: {remedy}")
    if inspect.iscoroutinefunction(value):
        raise _refusal(recipe, field, value, f"be no `async def`, which nobody would await: {remedy}")
    if takes is not None and (error := misfit(value, takes, follow_wrapped=True)) is not None:
        taken = f"({', '.join(takes)})" if takes else "no arguments"
        raise _refusal(recipe, field, value, f"take {taken}, and fails by {error}: {remedy}")


def size_of(call: str, n: object, least: int) -> int:
    """Return a size that was given as something other than a plain int, or is below ``least``, if it is one after all.

    Raises TypeError for what is no int, RecipeError for a number below. To be called before anything is taken: an error
    in the middle of that would cost the bytes.
    """
    if isinstance(n, bool):
        raise TypeError(f"{call}({n}) takes a number of bytes, as an int")
    if not isinstance(n, SupportsIndex):
        raise TypeError(f"{call}({shown(n)}) takes a number of bytes, as an int")
    size = n.__index__()
    if size < least:
        raise RecipeError(f"{call}({shown(size)}) cannot read less than nothing")
    return size


def bytes_of(call: str, field: str, value: object) -> int:
    """Return a number of bytes, or a place in a file; raises TypeError for what is no int, RecipeError below 0."""
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise TypeError(f"{call}({field}={shown(value)}) takes a number of bytes, as an int")
    number = value.__index__()
    if not 0 <= number <= _MAX_OFFSET:
        raise _refusal(call, field, number, "be a number of bytes, from 0 on")
    return number


def separator_of(separator: object) -> bytes:
    """Return a separator that is not plain bytes, if it is one after all; raises TypeError or RecipeError otherwise."""
    if not isinstance(separator, bytes | bytearray):
        raise TypeError(f"readuntil takes a separator of bytes, not {shown(separator)}")
    if not separator:
        raise RecipeError("readuntil needs a separator of at least one byte")
    return bytes(separator)


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
    """Write a recipe as the code that makes it: its ``__repr__``, with the fields that are not at their default."""
    given = [
        f"{field.name}={value!r}"
        for field in fields(self)
        if field.repr and not _is_default(field, value := getattr(self, field.name))
    ]
    return f"{type(self).__name__}({', '.join(given)})"
