"""Makes a public class from a body and public bases. It knows no server and no handler."""

import types
from typing import Any, Final

# What a class statement adds for its own class: its place in a source file, its instances' layout, its type arguments.
_OF_THE_STATEMENT: Final = frozenset(
    ("__module__", "__firstlineno__", "__dict__", "__weakref__", "__orig_bases__", "__parameters__")
)


def compose(
    name: str, *bases: type[Any], module: str, body: type[Any] | None = None, doc: str | None = None
) -> type[Any]:
    """Make the class that ``class name(*bases)`` would make in ``module``.

    module: the name that the class bears as its ``__module__``.
    body: a class whose members become the new class's own. It does not become a base: its own bases are ignored.
    doc: the docstring, if the body has none or there is no body.

    This is a call and not a statement for two reasons. The line is data, from which the stub is generated. And the
    class belongs to the module that runs the line, so one source makes new classes for each name that it runs under.
    """

    def fill(namespace: dict[str, Any]) -> None:
        if body is not None:
            # type() stores the new class in this cell, as it does for a class statement.
            cell = namespace["__classcell__"] = types.CellType()
            namespace.update((key, _moved(member, cell)) for key, member in _members(body))
        if doc is not None:
            namespace["__doc__"] = doc
        namespace["__module__"] = module

    return types.new_class(name, bases, exec_body=fill)


def _members(body: type[Any]) -> list[tuple[str, object]]:
    return [(key, member) for key, member in vars(body).items() if key not in _OF_THE_STATEMENT]


def _moved(member: object, cell: types.CellType) -> object:
    """Copy a method that calls ``super()``, so that the call starts at the class in ``cell``; leave the rest alone."""
    if not isinstance(member, types.FunctionType) or "__class__" not in member.__code__.co_freevars:
        return member
    held = dict(zip(member.__code__.co_freevars, member.__closure__ or (), strict=True))
    closure = tuple({**held, "__class__": cell}.values())
    copied = types.FunctionType(member.__code__, member.__globals__, member.__name__, member.__defaults__, closure)
    copied.__kwdefaults__ = member.__kwdefaults__
    copied.__annotations__ = member.__annotations__
    return copied
