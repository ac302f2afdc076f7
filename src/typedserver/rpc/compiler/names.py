"""Names in Python for names in the RPC language: no keyword, none twice in a module, a class or a function."""

import builtins
import enum
import keyword
from collections.abc import Iterable
from typing import Final, final

# What a compiled module says besides its own names.
_IMPORTED: Final = frozenset(
    ("ClassVar", "Final", "IntEnum", "Literal", "Protocol", "TypeAlias", "annotations", "dataclass", "rpc", "xdr")
)
# Names in an annotation behind which a field of the same name would stand.
ANNOTATED: Final = frozenset(("bool", "bytes", "float", "int", "str", "tuple"))
_BUILTINS: Final = frozenset(dir(builtins))


def camel(name: str) -> str:
    """Return a name as a class has it: CALC_V1 is CalcV1, post_op_attr is PostOpAttr, GETATTR3args stays."""
    parts = [part for part in name.split("_") if part]
    words = (part.capitalize() if part.isupper() else part[0].upper() + part[1:] for part in parts)
    found = "".join(words)
    return found if found[:1].isalpha() else f"X{found}"


@final
class Scope:
    """Names that are taken in one place: another that is asked for gets an underscore behind it."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def take(self, name: str) -> str:
        """Return a name that is free, and have it taken."""
        while name in self._taken or keyword.iskeyword(name):
            name += "_"
        self._taken.add(name)
        return name

    def __contains__(self, name: str) -> bool:
        return name in self._taken

    def inner(self, *names: str) -> "Scope":
        """Return a scope inside of this one, in which names of its own are taken too."""
        return Scope(self._taken.union(names))


def module_scope() -> Scope:
    """Return the scope of a compiled module."""
    return Scope(_IMPORTED | _BUILTINS)


def member_scope() -> Scope:
    """Return the scope of an enum's members."""
    return Scope({*dir(enum.IntEnum), "mro", "name", "value"})


def plain(name: str) -> str:
    """Return the name of a field or member without what Python would take for its own: underscores before it."""
    stripped = name.lstrip("_").rstrip("_") if name.startswith("_") else name
    return stripped if stripped and not stripped[0].isdigit() else f"x{stripped}"
