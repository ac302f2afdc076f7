"""Recipes that several rooms share, and the checks that all recipes use.

A recipe is a frozen value; its constructor is the one place where it is checked. Nothing here opens anything.
"""

from dataclasses import MISSING, Field, dataclass, fields
from threading import TIMEOUT_MAX
from typing import TYPE_CHECKING, Any, Final

from typedserver.errors import RecipeError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

# The stdlib waits for ever. A minute is what web servers give a silent client (Apache's Timeout, nginx's
# client_body_timeout): longer than any pause of a healthy exchange, short enough that the dead do not pile up.
DEFAULT_TIMEOUT: Final = 60.0

# asyncio's limit for a line; long enough for a line of HTTP, IMAP or a CSV, short enough for thousands of clients.
DEFAULT_LINE_LIMIT: Final = 64 * 1024

# Sizes and counts go to the kernel as a C int (listen(2), recvfrom(2)).
_MAX_INT: Final = 2**31 - 1

# What a read to the end of file may gather: a large upload must be read in pieces, not held in memory.
DEFAULT_READ_LIMIT: Final = 16 * 1024 * 1024


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


def recipe_repr(self: "DataclassInstance") -> str:
    """Write a recipe as the code that makes it: its ``__repr__``, with the fields that are not at their default."""
    given = [
        f"{field.name}={value!r}"
        for field in fields(self)
        if field.repr and not _is_default(field, value := getattr(self, field.name))
    ]
    return f"{type(self).__name__}({', '.join(given)})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StreamConfig:
    """How a stream handler treats its connection; what were class attributes of ``socketserver``'s handler.

    timeout: seconds that one read or write may wait for the peer, None for ever.
    limit: the longest line (or part up to a separator) in bytes that ``Stream`` and ``readuntil`` take.
    read_limit: the most bytes that a read to the end of file gathers.
    rbufsize, wbufsize: buffer sizes of ``rfile`` and ``wfile`` as in ``open``: -1 the default size, 0 none.
    disable_nagle_algorithm: whether to set TCP_NODELAY (tcp(7)).

    Raises RecipeError for values that can not work.
    """

    timeout: float | None = DEFAULT_TIMEOUT
    limit: int = DEFAULT_LINE_LIMIT
    read_limit: int = DEFAULT_READ_LIMIT
    rbufsize: int = -1
    wbufsize: int = 0
    disable_nagle_algorithm: bool = False

    def __post_init__(self) -> None:
        check_positive("StreamConfig", "timeout", self.timeout, "give seconds, or None to wait for ever")
        check_at_least("StreamConfig", "limit", self.limit, 1, "give the longest line in bytes")
        check_at_least("StreamConfig", "read_limit", self.read_limit, 1, "give the most bytes to gather")
        check_at_least("StreamConfig", "rbufsize", self.rbufsize, -1, "give a size, 0 for none or -1 for the default")
        check_at_least("StreamConfig", "wbufsize", self.wbufsize, -1, "give a size, 0 for none or -1 for the default")

    __repr__ = recipe_repr


DEFAULT_STREAM_CONFIG: Final = StreamConfig()
"""What a stream handler has that was given no config of its own."""
