"""The grammar of RFC 5531 (section 12) and RFC 4506 (section 6), with what rpcgen accepts besides.

Beyond the RFCs: numbers of enum members may be left out, ``struct pair`` may stand for ``pair``, C's names of integers
(``long``, ``u_int``, ``uint64_t``), ``string`` as an argument or result, and texts as constants.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final, NoReturn, TypeVar, final

from typedserver.rpc.compiler.declarations import (
    Arm,
    Array,
    Base,
    Const,
    Declaration,
    Enum,
    Field,
    Named,
    Opaque,
    Optional,
    Procedure,
    Program,
    Specifier,
    String,
    Struct,
    Type,
    Typedef,
    Union,
    Value,
    Version,
)
from typedserver.rpc.compiler.lexer import CompileError, Place, Token

T = TypeVar("T")

# What C has besides, each with its name here. C's long and short travel as XDR's int (xdr_long, xdr_short).
_BASES: Final = {
    **{name: name for name in ("int", "hyper", "float", "double", "quadruple", "bool", "char", "short")},
    **dict.fromkeys(("long", "int32_t", "signed"), "int"),
    **dict.fromkeys(("u_int", "u_long", "uint32_t", "u_int32_t"), "unsigned int"),
    **dict.fromkeys(("longlong_t", "quad_t", "int64_t"), "hyper"),
    **dict.fromkeys(("u_longlong_t", "u_quad_t", "uint64_t", "u_int64_t"), "unsigned hyper"),
    **dict.fromkeys(("u_short", "uint16_t", "u_int16_t"), "unsigned short"),
    **dict.fromkeys(("u_char", "uint8_t", "u_int8_t"), "unsigned char"),
    "bool_t": "bool",
    "int16_t": "short",
    "int8_t": "char",
}
_UNSIGNED: Final = {"int": "unsigned int", "long": "unsigned int", "hyper": "unsigned hyper"} | {
    name: f"unsigned {name}" for name in ("char", "short")
}
# Words that name nothing else, as RFC 5531 (12.3) and RFC 4506 (6.4) have them. C's names of integers may be declared.
_RESERVED: Final = frozenset(
    [
        "bool",
        "case",
        "const",
        "default",
        "double",
        "quadruple",
        "enum",
        "float",
        "hyper",
        "int",
        "opaque",
        "string",
        "struct",
        "switch",
        "typedef",
        "union",
        "unsigned",
        "void",
        "program",
        "version",
    ]
)


@final
class Parser:
    """Makes declarations of tokens; raises CompileError where something else was expected."""

    def __init__(self, tokens: Iterable[Token], start: Place) -> None:
        self._tokens = tuple(tokens)
        self._next = 0
        # Behind the last token, which says where the file ends; it is no token of any file.
        self._end = Token("mark", "", self._tokens[-1].place if self._tokens else start)
        self._declared: list[Declaration] = []
        # C's names of integers that the source declares itself: rpcgen's own files do so.
        self._own: set[str] = set()

    @property
    def _token(self) -> Token:
        return self._ahead(0)

    def _ahead(self, count: int) -> Token:
        place = self._next + count
        return self._tokens[place] if place < len(self._tokens) else self._end

    def declarations(self) -> tuple[Declaration, ...]:
        """Return all declarations of the source; types that stand inside of others have names of their own."""
        kinds: dict[str, Callable[[], None]] = {
            "const": self._const,
            "enum": self._enum,
            "struct": self._struct,
            "union": self._union,
            "typedef": self._typedef,
            "program": self._program,
        }
        while self._token is not self._end:
            token = self._token
            read = kinds.get(token.text)
            if read is None:
                self._fail("'const', 'enum', 'struct', 'union', 'typedef' or 'program'")
            self._advance()
            read()
            self._expect(";")
        return tuple(self._declared)

    def _fail(self, expected: str) -> NoReturn:
        token = self._token
        if token is self._end:
            raise CompileError(token.place, f"expected {expected}, but the file ends behind this")
        raise CompileError(token.place, f"expected {expected}, not '{token.text}'")

    def _advance(self) -> Token:
        token = self._token
        self._next += 1
        return token

    def _sees(self, text: str, count: int = 0) -> bool:
        token = self._ahead(count)
        return token.text == text and token.kind != "string" and token is not self._end

    def _accept(self, text: str) -> bool:
        if self._sees(text):
            self._advance()
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            self._fail(f"'{text}'")

    def _name(self, what: str) -> Token:
        if self._token.kind != "name" or self._token.text in _RESERVED:
            self._fail(what)
        return self._advance()

    def _value(self, what: str = "a number or a constant's name") -> Value:
        place = self._token.place
        if self._accept("-"):
            if self._token.kind != "number":
                self._fail("a number behind '-'")
            number = self._advance().number
            return Value(place, f"-{number}", -number)
        if self._token.kind == "number":
            token = self._advance()
            return Value(place, token.text, token.number)
        token = self._name(what)
        return Value(place, token.text, None)

    def _until(self, end: str, read: Callable[[], T]) -> tuple[T, ...]:
        """Read one after the other up to a mark, one at least."""
        found = [read()]
        while not self._accept(end):
            found.append(read())
        return tuple(found)

    def _const(self) -> None:
        name = self._name("the name of a constant")
        self._expect("=")
        if self._token.kind == "string":
            text = self._advance().text[1:-1].encode().decode("unicode_escape")
            self._declared.append(Const(name.place, name.text, text))
        else:
            self._declared.append(Const(name.place, name.text, self._value()))

    def _enum(self) -> None:
        name = self._name("the name of an enum")
        self._declared.append(self._enum_body(name.place, name.text))

    def _struct(self) -> None:
        name = self._name("the name of a struct")
        self._declared.append(self._struct_body(name.place, name.text))

    def _union(self) -> None:
        name = self._name("the name of a union")
        self._declared.append(self._union_body(name.place, name.text))

    def _enum_body(self, place: Place, name: str) -> Enum:
        self._expect("{")
        members = [self._member()]
        while self._accept(","):
            members.append(self._member())
        if not self._accept("}"):
            self._fail("',' or '}'")
        return Enum(place, name, tuple(members))

    def _member(self) -> tuple[Place, str, Value | None]:
        name = self._name("the name of a member")
        return name.place, name.text, self._value() if self._accept("=") else None

    def _struct_body(self, place: Place, name: str) -> Struct:
        self._expect("{")
        return Struct(place, name, self._until("}", lambda: self._field(name)))

    def _union_body(self, place: Place, name: str) -> Union:
        self._expect("switch")
        self._expect("(")
        discriminant = self._declaration(name)
        self._expect(")")
        self._expect("{")
        return Union(place, name, discriminant, self._until("}", lambda: self._arm(name)))

    def _arm(self, union: str) -> Arm:
        place = self._token.place
        cases: list[Value] = []
        if self._accept("default"):
            self._expect(":")
        elif not self._sees("case"):
            self._fail("'case', 'default' or '}'")
        while self._accept("case"):
            cases.append(self._value())
            self._expect(":")
        return Arm(place, tuple(cases), self._field(union, void=True))

    def _field(self, outer: str, *, void: bool = False) -> Field:
        field = self._declaration(outer, void=void)
        self._expect(";")
        return field

    def _typedef(self) -> None:
        field = self._declaration("")
        if isinstance(field.type, Named) and field.type.name == field.name:
            # `typedef struct {...} pair`, and C's `typedef struct pair pair`, which says nothing new.
            return
        self._own.add(field.name)
        self._declared.append(Typedef(field.place, field.name, field.type))

    def _declaration(self, outer: str, *, void: bool = False) -> Field:
        """Read a type and the name of what has it; a type inside is named after ``outer`` and that name."""
        place = self._token.place
        if self._sees("void"):
            if not void:
                self._fail("a type: 'void' stands in a union's arm, or as a procedure's argument or result")
            self._advance()
            return Field(place, "", Base(place, "void"))
        if self._accept("opaque"):
            name = self._name("a name")
            length, bound = self._size()
            return Field(name.place, name.text, Opaque(name.place, length, bound))
        if self._accept("string"):
            name = self._name("a name")
            if not self._sees("<"):
                self._fail("'<': a string's length varies")
            return Field(name.place, name.text, String(name.place, self._size()[1]))
        specifier = self._body(outer) or self._specifier()
        optional = self._accept("*")
        name = self._name("a name")
        if isinstance(specifier, Named) and not specifier.name:
            specifier = self._named_body(outer, specifier, name)
        return Field(
            name.place, name.text, Optional(name.place, specifier) if optional else self._sized(name.place, specifier)
        )

    def _body(self, outer: str) -> Named | None:
        """Read a type that is declared where it is used; its name follows from the name of what has it."""
        place = self._token.place
        inner: Enum | Struct | Union
        if self._sees("enum") and self._sees("{", 1):
            self._advance()
            inner = self._enum_body(place, "")
        elif self._sees("struct") and self._sees("{", 1):
            self._advance()
            inner = self._struct_body(place, outer)
        elif self._sees("union") and self._sees("switch", 1):
            self._advance()
            inner = self._union_body(place, outer)
        else:
            return None
        self._declared.append(inner)
        return Named(place, "")

    def _named_body(self, outer: str, specifier: Named, name: Token) -> Named:
        full = f"{outer}_{name.text}" if outer else name.text
        self._declared[-1] = replace(self._declared[-1], name=full, place=name.place)
        return Named(specifier.place, full)

    def _sized(self, place: Place, specifier: Specifier) -> Type:
        if self._sees("[") or self._sees("<"):
            length, bound = self._size()
            return Array(place, specifier, length, bound)
        return specifier

    def _size(self) -> tuple[Value | None, Value | None]:
        if self._accept("["):
            length = self._value("the length")
            self._expect("]")
            return length, None
        if not self._accept("<"):
            self._fail("'[' or '<'")
        bound = None if self._sees(">") else self._value("the greatest length, or '>'")
        self._expect(">")
        return None, bound

    def _specifier(self) -> Specifier:
        """Read a type that has a name."""
        place, text = self._token.place, self._token.text
        if text == "unsigned":
            self._advance()
            if self._token.kind == "name" and self._token.text in _UNSIGNED:
                text = self._advance().text
                return Base(place, _UNSIGNED[text])
            return Base(place, "unsigned int")
        if text in ("struct", "union", "enum"):
            self._advance()
            return Named(place, self._name(f"the name of the {text}").text, text)
        if text in _BASES and text not in self._own:
            self._advance()
            return Base(place, _BASES[text])
        return Named(place, self._name("a type").text)

    def _program(self) -> None:
        name = self._name("the name of a program")
        self._expect("{")
        versions = self._until("}", self._version)
        self._expect("=")
        self._declared.append(Program(name.place, name.text, versions, self._value("the program's number")))

    def _version(self) -> Version:
        if not self._accept("version"):
            self._fail("'version' or '}'")
        name = self._name("the name of a version")
        self._expect("{")
        procedures = self._until("}", self._procedure)
        self._expect("=")
        number = self._value("the version's number")
        self._expect(";")
        return Version(name.place, name.text, procedures, number)

    def _procedure(self) -> Procedure:
        result = self._passed("the type of a result")
        name = self._name("the name of a procedure")
        self._expect("(")
        arguments = [self._passed("the type of an argument")]
        while self._accept(","):
            arguments.append(self._passed("the type of an argument"))
        if not self._accept(")"):
            self._fail("',' or ')'")
        self._expect("=")
        number = self._value("the procedure's number")
        self._expect(";")
        void = [each for each in arguments if isinstance(each, Base) and each.name == "void"]
        if void and len(arguments) > 1:
            raise CompileError(void[0].place, "'void' is the only argument, or none")
        return Procedure(name.place, name.text, () if void else tuple(arguments), result, number)

    def _passed(self, what: str) -> Specifier | String:
        """Read the type of an argument or result."""
        place = self._token.place
        if self._accept("void"):
            return Base(place, "void")
        if self._accept("string"):
            return String(place, self._size()[1] if self._sees("<") else None)
        if self._token.kind != "name":
            self._fail(what)
        return self._specifier()
