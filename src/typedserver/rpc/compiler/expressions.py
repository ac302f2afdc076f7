"""Calls that encode and decode a value of a type. Which function that takes is said here alone."""

from collections.abc import Iterator, Mapping
from typing import Final, final

from typedserver.rpc.compiler.declarations import (
    Array,
    Base,
    Named,
    Opaque,
    Optional,
    String,
    Struct,
    Type,
    Value,
)
from typedserver.rpc.compiler.layout import Bracket, Indented, Statement, call
from typedserver.rpc.compiler.plan import Plan

# struct's codes of what has a fixed size and every value of it.
CODES: Final = {
    "int": "i",
    "unsigned int": "I",
    "hyper": "q",
    "unsigned hyper": "Q",
    "float": "f",
    "double": "d",
}


@final
class Expressions:
    """The calls for the types of a plan. ``chains`` grows by the structs whose chains need functions of their own.

    ``loops`` are the names of what decodes linked lists, each by its elements' struct, where there is such a one.
    """

    def __init__(self, plan: Plan, loops: Mapping[str, str]) -> None:
        self._plan = plan
        self.loops: Final = loops
        self.chains: Final[dict[str, Struct]] = {}

    def decoding(self, given: Type, before: str = "") -> Bracket:
        """Return the call that decodes a value of a type from ``data``."""
        function, arguments = self._function("decode", given)
        return call(function, ("data", *arguments), before)

    def encoding(self, given: Type, value: str) -> Iterator[Statement]:
        """Yield the statements that encode ``value`` to ``out``."""
        meant = self._plan.meaning.meant(given)
        if isinstance(meant, Optional) and self._plan.meaning.listed(given) is None:
            # Not by a function: mypy does not find out of what it is an optional if that is a union.
            yield f"if {value} is None:"
            yield Indented("out += xdr.NO")
            yield "else:"
            yield Indented("out += xdr.YES")
            yield Indented(call(self._reference("encode", meant.element), ("out", value)))
        else:
            function, arguments = self._function("encode", given)
            yield call(function, ("out", value, *arguments))

    def decoder(self, given: Type) -> str:
        """Return the name of a function that decodes a value of a type."""
        return self._reference("decode", given)

    def encoder(self, given: Type) -> str:
        """Return the name of a function that encodes a value of a type."""
        return self._reference("encode", given)

    def _named(self, way: str, name: str) -> str:
        return (self._plan.encoders if way == "encode" else self._plan.decoders)[name]

    def _reference(self, way: str, given: Type) -> str:
        if isinstance(given, Named):
            element = self._plan.meaning.chained(given)
            if element is not None:
                self.chains[element.name] = element
                return f"_{way}_chain_of_{element.name.lower()}"
            return self._named(way, given.name)
        if isinstance(given, String):
            return f"xdr.{way}_string"
        assert isinstance(given, Base), given
        return f"xdr.{way}_{_suffix(given)}"

    def _function(self, way: str, given: Type) -> tuple[str, list[str]]:
        meaning = self._plan.meaning
        element = meaning.listed(given) or meaning.chained(given)
        if element is not None:
            return self._list(way, given, element)
        meant = self._plan.meaning.meant(given)
        if isinstance(meant, Base):
            return f"xdr.{way}_{_suffix(meant)}", []
        if isinstance(meant, Opaque | String):
            return self._bytes(way, meant)
        if isinstance(meant, Array):
            return self._array(way, meant)
        if isinstance(meant, Optional):
            return f"xdr.{way}_optional", [self._reference(way, meant.element)]
        return self._named(way, meant.name), []

    def _list(self, way: str, given: Type, element: Struct) -> tuple[str, list[str]]:
        if self._plan.meaning.listed(given) is None:
            return f"xdr.{way}_chain", [self._named(way, element.name)]
        if way == "decode" and element.name in self.loops:
            return self.loops[element.name], []
        return f"xdr.{way}_list", [self._named(way, element.name)]

    def _bytes(self, way: str, given: Opaque | String) -> tuple[str, list[str]]:
        if isinstance(given, String):
            return f"xdr.{way}_string", self._bound(given.bound)
        if given.length is None:
            return f"xdr.{way}_opaque", self._bound(given.bound)
        return f"xdr.{way}_fixed_opaque", [self._plan.number(given.length)]

    def _array(self, way: str, array: Array) -> tuple[str, list[str]]:
        kind = "fixed_" if array.length is not None else ""
        size = [self._plan.number(array.length)] if array.length is not None else self._bound(array.bound)
        element = self._plan.meaning.meant(array.element)
        if isinstance(element, Base) and element.name in CODES:
            return f"xdr.{way}_{kind}numbers", [f'"{CODES[element.name]}"', *size]
        return f"xdr.{way}_{kind}array", [self._reference(way, array.element), *size]

    def _bound(self, bound: Value | None) -> list[str]:
        return [] if bound is None else [self._plan.number(bound)]


def _suffix(base: Base) -> str:
    return "unsigned" if base.name == "unsigned int" else base.name.replace(" ", "_")
