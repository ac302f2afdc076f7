"""What everything.x declares.

Written by typedserver-rpcgen: change everything.x and compile it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Final, Literal, Protocol, TypeAlias

from typedserver import rpc
from typedserver.rpc import xdr

LIMIT: Final = 0x10
OCTAL: Final = 15
BELOW: Final = -5
CHOSEN: Final = 1
EVERYTHING: Final = 0x20000077
ANOTHER: Final = 0x20000078


SharedToken: TypeAlias = bytes


class Colour(IntEnum):
    """``enum colour``."""

    RED = 0
    GREEN = 1
    BLUE = 7
    NAVY = 7
    DARK = -5


Hue: TypeAlias = Colour


Number: TypeAlias = int


Counted: TypeAlias = Number


Name: TypeAlias = str


Unbounded: TypeAlias = str


Blob: TypeAlias = bytes


ShortBlob: TypeAlias = bytes


Key: TypeAlias = bytes


OddKey: TypeAlias = bytes


Triple: TypeAlias = tuple[int, ...]


Curve: TypeAlias = tuple[float, ...]


Palette: TypeAlias = tuple[Hue, ...]


Names: TypeAlias = tuple[Name, ...]


Flags: TypeAlias = tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """``struct point``."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """``struct numbers``."""

    an_int: int
    an_unsigned: int
    a_short_spelling: int
    a_hyper: int
    an_unsigned_hyper: int
    a_float: float
    a_double: float
    a_bool: bool
    a_colour: Colour
    a_hue: Hue
    a_count: Counted
    a_char: int
    an_unsigned_char: int
    a_short: int
    an_unsigned_short: int
    a_long: int
    an_unsigned_long: int
    a_u_int: int
    a_uint64: int


@dataclass(frozen=True, slots=True)
class ByteKinds:
    """``struct byte_kinds``."""

    fixed: bytes
    padded: bytes
    varied: bytes
    unlimited: bytes
    text: str
    any_text: str
    a_name: Name
    a_blob: Blob
    a_key: Key
    an_odd_key: OddKey
    token: SharedToken


@dataclass(frozen=True, slots=True)
class Arrays:
    """``struct arrays``."""

    fixed: tuple[int, ...]
    varied: tuple[int, ...]
    floats: tuple[float, ...]
    points: tuple[Point, ...]
    more_points: tuple[Point, ...]
    some_names: Names
    a_palette: Palette
    some_flags: Flags
    triples: tuple[Triple, ...]
    a_triple: Triple
    a_curve: Curve
    shorts: tuple[int, ...]
    texts: tuple[Unbounded, ...]
    blobs: tuple[ShortBlob, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """``struct segment``."""

    start: Point
    end: Point
    middle: Point
    tint: Colour


@dataclass(frozen=True, slots=True)
class ShapeRed:
    """``union shape``: RED."""

    kind: ClassVar[Literal[Colour.RED]] = Colour.RED
    line: Segment


ColourGreenOrBlue: TypeAlias = Literal[Colour.GREEN, Colour.BLUE]


@dataclass(frozen=True, slots=True)
class ShapeGreenOrBlue:
    """``union shape``: GREEN, BLUE."""

    kind: ColourGreenOrBlue
    spot: Point


@dataclass(frozen=True, slots=True)
class ShapeDark:
    """``union shape``: DARK."""

    kind: ClassVar[Literal[Colour.DARK]] = Colour.DARK


Shape: TypeAlias = ShapeRed | ShapeGreenOrBlue | ShapeDark


@dataclass(frozen=True, slots=True)
class AnswerTrue:
    """``union answer``: True."""

    known: ClassVar[Literal[True]] = True
    reply: str


@dataclass(frozen=True, slots=True)
class AnswerFalse:
    """``union answer``: False."""

    known: ClassVar[Literal[False]] = False


Answer: TypeAlias = AnswerTrue | AnswerFalse


@dataclass(frozen=True, slots=True)
class ByNumber0:
    """``union by_number``: 0."""

    code: ClassVar[Literal[0]] = 0


@dataclass(frozen=True, slots=True)
class ByNumberMinus1:
    """``union by_number``: -1."""

    code: ClassVar[Literal[-1]] = -1
    reason: bytes


ByNumber5OrOctalCase: TypeAlias = Literal[5, 15]


@dataclass(frozen=True, slots=True)
class ByNumber5OrOctal:
    """``union by_number``: 5, OCTAL."""

    code: ByNumber5OrOctalCase
    several: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ByNumberDefault:
    """``union by_number``: all others."""

    code: int
    otherwise: int


ByNumber: TypeAlias = ByNumber0 | ByNumberMinus1 | ByNumber5OrOctal | ByNumberDefault


@dataclass(frozen=True, slots=True)
class ByUnsigned4294967295:
    """``union by_unsigned``: 4294967295."""

    code: ClassVar[Literal[4294967295]] = 4294967295
    last: bool


@dataclass(frozen=True, slots=True)
class ByUnsignedChosen:
    """``union by_unsigned``: CHOSEN."""

    code: ClassVar[Literal[1]] = 1
    nested: Answer


ByUnsigned: TypeAlias = ByUnsigned4294967295 | ByUnsignedChosen


@dataclass(frozen=True, slots=True)
class Entry:
    """An element of ``struct entry``, a linked list: a tuple of them stands for it."""

    id: int
    label: Name


@dataclass(frozen=True, slots=True)
class Link:
    """An element of ``struct link``, a linked list: a tuple of them stands for it."""

    value: int


Chain: TypeAlias = tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """``struct tree``."""

    left: Tree | None
    value: int
    right: Tree | None


@dataclass(frozen=True, slots=True)
class Optionals:
    """``struct optionals``."""

    maybe: int | None
    maybe_point: Point | None
    maybe_name: Name | None
    entries: tuple[Entry, ...]
    links: Chain
    maybe_shape: Shape | None
    root: Tree | None


@dataclass(frozen=True, slots=True)
class Keywords:
    """``struct keywords``."""

    class_: int
    from_: int
    bytes_: bytes
    at: int
    data: int
    value: int
    self: int
    len: str
    type: Answer


@dataclass(frozen=True, slots=True)
class Everything:
    """``struct everything``."""

    some_numbers: Numbers
    some_bytes: ByteKinds
    some_arrays: Arrays
    a_shape: Shape
    an_answer: Answer
    a_number: ByNumber
    an_unsigned: ByUnsigned
    some_optionals: Optionals
    some_keywords: Keywords


_COLOURGREENORBLUE: Final[dict[int, ColourGreenOrBlue]] = {
    1: Colour.GREEN,
    7: Colour.BLUE,
}
_BYNUMBER5OROCTALCASE: Final[dict[int, ByNumber5OrOctalCase]] = {
    5: 5,
    15: 15,
}


def encode_shared_token(out: xdr.Encoder, value: SharedToken) -> None:
    """Encode ``shared_token``."""
    xdr.encode_fixed_opaque(out, value, 7)


def decode_shared_token(data: xdr.Decoder) -> SharedToken:
    """Decode ``shared_token``."""
    return xdr.decode_fixed_opaque(data, 7)


def encode_colour(out: xdr.Encoder, value: Colour) -> None:
    """Encode ``colour``."""
    xdr.encode_enum(out, value, Colour)


def decode_colour(data: xdr.Decoder) -> Colour:
    """Decode ``colour``."""
    return xdr.decode_enum(data, Colour)


def encode_hue(out: xdr.Encoder, value: Hue) -> None:
    """Encode ``hue``."""
    encode_colour(out, value)


def decode_hue(data: xdr.Decoder) -> Hue:
    """Decode ``hue``."""
    return decode_colour(data)


def encode_number(out: xdr.Encoder, value: Number) -> None:
    """Encode ``number``."""
    xdr.encode_int(out, value)


def decode_number(data: xdr.Decoder) -> Number:
    """Decode ``number``."""
    return xdr.decode_int(data)


def encode_counted(out: xdr.Encoder, value: Counted) -> None:
    """Encode ``counted``."""
    xdr.encode_int(out, value)


def decode_counted(data: xdr.Decoder) -> Counted:
    """Decode ``counted``."""
    return xdr.decode_int(data)


def encode_name(out: xdr.Encoder, value: Name) -> None:
    """Encode ``name``."""
    xdr.encode_string(out, value, LIMIT)


def decode_name(data: xdr.Decoder) -> Name:
    """Decode ``name``."""
    return xdr.decode_string(data, LIMIT)


def encode_unbounded(out: xdr.Encoder, value: Unbounded) -> None:
    """Encode ``unbounded``."""
    xdr.encode_string(out, value)


def decode_unbounded(data: xdr.Decoder) -> Unbounded:
    """Decode ``unbounded``."""
    return xdr.decode_string(data)


def encode_blob(out: xdr.Encoder, value: Blob) -> None:
    """Encode ``blob``."""
    xdr.encode_opaque(out, value)


def decode_blob(data: xdr.Decoder) -> Blob:
    """Decode ``blob``."""
    return xdr.decode_opaque(data)


def encode_short_blob(out: xdr.Encoder, value: ShortBlob) -> None:
    """Encode ``short_blob``."""
    xdr.encode_opaque(out, value, 5)


def decode_short_blob(data: xdr.Decoder) -> ShortBlob:
    """Decode ``short_blob``."""
    return xdr.decode_opaque(data, 5)


def encode_key(out: xdr.Encoder, value: Key) -> None:
    """Encode ``key``."""
    xdr.encode_fixed_opaque(out, value, 8)


def decode_key(data: xdr.Decoder) -> Key:
    """Decode ``key``."""
    return xdr.decode_fixed_opaque(data, 8)


def encode_odd_key(out: xdr.Encoder, value: OddKey) -> None:
    """Encode ``odd_key``."""
    xdr.encode_fixed_opaque(out, value, 3)


def decode_odd_key(data: xdr.Decoder) -> OddKey:
    """Decode ``odd_key``."""
    return xdr.decode_fixed_opaque(data, 3)


def encode_triple(out: xdr.Encoder, value: Triple) -> None:
    """Encode ``triple``."""
    xdr.encode_fixed_numbers(out, value, "i", 3)


def decode_triple(data: xdr.Decoder) -> Triple:
    """Decode ``triple``."""
    return xdr.decode_fixed_numbers(data, "i", 3)


def encode_curve(out: xdr.Encoder, value: Curve) -> None:
    """Encode ``curve``."""
    xdr.encode_numbers(out, value, "d")


def decode_curve(data: xdr.Decoder) -> Curve:
    """Decode ``curve``."""
    return xdr.decode_numbers(data, "d")


def encode_palette(out: xdr.Encoder, value: Palette) -> None:
    """Encode ``palette``."""
    xdr.encode_array(out, value, encode_hue, 4)


def decode_palette(data: xdr.Decoder) -> Palette:
    """Decode ``palette``."""
    return xdr.decode_array(data, decode_hue, 4)


def encode_names(out: xdr.Encoder, value: Names) -> None:
    """Encode ``names``."""
    xdr.encode_array(out, value, encode_name)


def decode_names(data: xdr.Decoder) -> Names:
    """Decode ``names``."""
    return xdr.decode_array(data, decode_name)


def encode_flags(out: xdr.Encoder, value: Flags) -> None:
    """Encode ``flags``."""
    xdr.encode_fixed_array(out, value, xdr.encode_bool, 2)


def decode_flags(data: xdr.Decoder) -> Flags:
    """Decode ``flags``."""
    return xdr.decode_fixed_array(data, xdr.decode_bool, 2)


_POINT_1: Final = xdr.Run("i i", "x", "y")
_new_point: Final = xdr.unfrozen(Point)


def encode_point(out: xdr.Encoder, value: Point) -> None:
    """Encode ``point``."""
    try:
        out += _POINT_1.pack(value.x, value.y)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _POINT_1, value) from None


def decode_point(data: xdr.Decoder) -> Point:
    """Decode ``point``."""
    new = _new_point()
    try:
        new.x, new.y = _POINT_1.unpack_from(data.buffer, data.position)
        data.position += 8
    except xdr.DECODING as error:
        raise xdr.fault(error, _POINT_1, data) from None
    new.__class__ = Point
    value: Point = new
    return value


_COLOUR: Final = {each: each for each in Colour}
_NUMBERS_1: Final = xdr.Run(
    "i I I q Q f d i i i i",
    "an_int",
    "an_unsigned",
    "a_short_spelling",
    "a_hyper",
    "an_unsigned_hyper",
    "a_float",
    "a_double",
    "a_bool",
    "a_colour",
    "a_hue",
    "a_count",
)
_NUMBERS_2: Final = xdr.Run("i I I Q", "a_long", "an_unsigned_long", "a_u_int", "a_uint64")
_new_numbers: Final = xdr.unfrozen(Numbers)


def encode_numbers(out: xdr.Encoder, value: Numbers) -> None:
    """Encode ``numbers``."""
    at: xdr.Place = "a_bool"
    try:
        a_bool = xdr.BOOL[value.a_bool]
        at = "a_colour"
        a_colour = _COLOUR[value.a_colour]
        at = "a_hue"
        a_hue = _COLOUR[value.a_hue]
        at = _NUMBERS_1
        out += _NUMBERS_1.pack(
            value.an_int,
            value.an_unsigned,
            value.a_short_spelling,
            value.a_hyper,
            value.an_unsigned_hyper,
            value.a_float,
            value.a_double,
            a_bool,
            a_colour,
            a_hue,
            value.a_count,
        )
        at = "a_char"
        xdr.encode_char(out, value.a_char)
        at = "an_unsigned_char"
        xdr.encode_unsigned_char(out, value.an_unsigned_char)
        at = "a_short"
        xdr.encode_short(out, value.a_short)
        at = "an_unsigned_short"
        xdr.encode_unsigned_short(out, value.an_unsigned_short)
        at = _NUMBERS_2
        out += _NUMBERS_2.pack(value.a_long, value.an_unsigned_long, value.a_u_int, value.a_uint64)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_numbers(data: xdr.Decoder) -> Numbers:
    """Decode ``numbers``."""
    new = _new_numbers()
    at: xdr.Place = _NUMBERS_1
    try:
        (
            new.an_int,
            new.an_unsigned,
            new.a_short_spelling,
            new.a_hyper,
            new.an_unsigned_hyper,
            new.a_float,
            new.a_double,
            a_bool,
            a_colour,
            a_hue,
            new.a_count,
        ) = _NUMBERS_1.unpack_from(data.buffer, data.position)
        data.position += 56
        at = "a_bool"
        new.a_bool = xdr.BOOL[a_bool]
        at = "a_colour"
        new.a_colour = _COLOUR[a_colour]
        at = "a_hue"
        new.a_hue = _COLOUR[a_hue]
        at = "a_char"
        new.a_char = xdr.decode_char(data)
        at = "an_unsigned_char"
        new.an_unsigned_char = xdr.decode_unsigned_char(data)
        at = "a_short"
        new.a_short = xdr.decode_short(data)
        at = "an_unsigned_short"
        new.an_unsigned_short = xdr.decode_unsigned_short(data)
        at = _NUMBERS_2
        new.a_long, new.an_unsigned_long, new.a_u_int, new.a_uint64 = _NUMBERS_2.unpack_from(data.buffer, data.position)
        data.position += 20
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Numbers
    value: Numbers = new
    return value


_BYTEKINDS_1: Final = xdr.SizedRun("I * x I", "#varied", "varied", "#unlimited")
_BYTEKINDS_2: Final = xdr.SizedRun("I * x I", "#text", "text", "#any_text")
_BYTEKINDS_3: Final = xdr.SizedRun("* x I", "any_text", "#a_name")
_BYTEKINDS_4: Final = xdr.SizedRun("* x I", "a_name", "#a_blob")
_BYTEKINDS_5: Final = xdr.Run("I", "#varied")
_BYTEKINDS_6: Final = xdr.SizedRun("* s I", "varied", "#unlimited")
_BYTEKINDS_7: Final = xdr.Run("I", "#text")
_BYTEKINDS_8: Final = xdr.SizedRun("* s I", "text", "#any_text")
_BYTEKINDS_9: Final = xdr.SizedRun("* s I", "any_text", "#a_name")
_BYTEKINDS_10: Final = xdr.SizedRun("* s I", "a_name", "#a_blob")
_new_bytekinds: Final = xdr.unfrozen(ByteKinds)


def encode_byte_kinds(out: xdr.Encoder, value: ByteKinds) -> None:
    """Encode ``byte_kinds``."""
    at: xdr.Place = "fixed"
    try:
        xdr.encode_fixed_opaque(out, value.fixed, 4)
        at = "padded"
        xdr.encode_fixed_opaque(out, value.padded, 5)
        at = "varied"
        varied = value.varied
        varied_length = len(varied)
        if varied_length > 9:
            raise xdr.too_long(varied_length, 9)
        at = "unlimited"
        unlimited = value.unlimited
        unlimited_length = len(unlimited)
        at = _BYTEKINDS_1
        out += _BYTEKINDS_1[varied_length].pack(varied_length, varied, unlimited_length)
        at = "unlimited"
        out += unlimited
        if unlimited_length & 3:
            out += xdr.PADDING[unlimited_length & 3]
        at = "text"
        try:
            text = value.text.encode()
        except UnicodeEncodeError:
            text = xdr.text(value.text)
        text_length = len(text)
        if text_length > 12:
            raise xdr.too_long(text_length, 12)
        at = "any_text"
        try:
            any_text = value.any_text.encode()
        except UnicodeEncodeError:
            any_text = xdr.text(value.any_text)
        any_text_length = len(any_text)
        at = _BYTEKINDS_2
        out += _BYTEKINDS_2[text_length].pack(text_length, text, any_text_length)
        at = "a_name"
        try:
            a_name = value.a_name.encode()
        except UnicodeEncodeError:
            a_name = xdr.text(value.a_name)
        a_name_length = len(a_name)
        if a_name_length > LIMIT:
            raise xdr.too_long(a_name_length, LIMIT)
        at = _BYTEKINDS_3
        out += _BYTEKINDS_3[any_text_length].pack(any_text, a_name_length)
        at = "a_blob"
        a_blob = value.a_blob
        a_blob_length = len(a_blob)
        at = _BYTEKINDS_4
        out += _BYTEKINDS_4[a_name_length].pack(a_name, a_blob_length)
        at = "a_blob"
        out += a_blob
        if a_blob_length & 3:
            out += xdr.PADDING[a_blob_length & 3]
        at = "a_key"
        xdr.encode_fixed_opaque(out, value.a_key, 8)
        at = "an_odd_key"
        xdr.encode_fixed_opaque(out, value.an_odd_key, 3)
        at = "token"
        xdr.encode_fixed_opaque(out, value.token, 7)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_byte_kinds(data: xdr.Decoder) -> ByteKinds:
    """Decode ``byte_kinds``."""
    new = _new_bytekinds()
    at: xdr.Place = "fixed"
    try:
        new.fixed = xdr.decode_fixed_opaque(data, 4)
        at = "padded"
        new.padded = xdr.decode_fixed_opaque(data, 5)
        at = _BYTEKINDS_5
        (varied_length,) = _BYTEKINDS_5.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _BYTEKINDS_6
        if varied_length > 9:
            raise xdr.too_long(varied_length, 9)
        new.varied, padding, unlimited_length = _BYTEKINDS_6[varied_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (varied_length + 7) & -4
        at = "unlimited"
        new.unlimited = xdr.opaque_of(data, unlimited_length)
        at = _BYTEKINDS_7
        (text_length,) = _BYTEKINDS_7.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _BYTEKINDS_8
        if text_length > 12:
            raise xdr.too_long(text_length, 12)
        text, padding, any_text_length = _BYTEKINDS_8[text_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.text = text.decode()
        except UnicodeDecodeError:
            new.text = text.decode("utf-8", "surrogateescape")
        data.position += (text_length + 7) & -4
        at = _BYTEKINDS_9
        any_text, padding, a_name_length = _BYTEKINDS_9[any_text_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.any_text = any_text.decode()
        except UnicodeDecodeError:
            new.any_text = any_text.decode("utf-8", "surrogateescape")
        data.position += (any_text_length + 7) & -4
        at = _BYTEKINDS_10
        if a_name_length > LIMIT:
            raise xdr.too_long(a_name_length, LIMIT)
        a_name, padding, a_blob_length = _BYTEKINDS_10[a_name_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.a_name = a_name.decode()
        except UnicodeDecodeError:
            new.a_name = a_name.decode("utf-8", "surrogateescape")
        data.position += (a_name_length + 7) & -4
        at = "a_blob"
        new.a_blob = xdr.opaque_of(data, a_blob_length)
        at = "a_key"
        new.a_key = xdr.decode_fixed_opaque(data, 8)
        at = "an_odd_key"
        new.an_odd_key = xdr.decode_fixed_opaque(data, 3)
        at = "token"
        new.token = xdr.decode_fixed_opaque(data, 7)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = ByteKinds
    value: ByteKinds = new
    return value


_new_arrays: Final = xdr.unfrozen(Arrays)


def encode_arrays(out: xdr.Encoder, value: Arrays) -> None:
    """Encode ``arrays``."""
    at = "fixed"
    try:
        xdr.encode_fixed_numbers(out, value.fixed, "i", 4)
        at = "varied"
        xdr.encode_numbers(out, value.varied, "q", 2)
        at = "floats"
        xdr.encode_numbers(out, value.floats, "f")
        at = "points"
        xdr.encode_fixed_array(out, value.points, encode_point, 2)
        at = "more_points"
        xdr.encode_array(out, value.more_points, encode_point, LIMIT)
        at = "some_names"
        xdr.encode_array(out, value.some_names, encode_name)
        at = "a_palette"
        xdr.encode_array(out, value.a_palette, encode_hue, 4)
        at = "some_flags"
        xdr.encode_fixed_array(out, value.some_flags, xdr.encode_bool, 2)
        at = "triples"
        xdr.encode_array(out, value.triples, encode_triple, 2)
        at = "a_triple"
        xdr.encode_fixed_numbers(out, value.a_triple, "i", 3)
        at = "a_curve"
        xdr.encode_numbers(out, value.a_curve, "d")
        at = "shorts"
        xdr.encode_array(out, value.shorts, xdr.encode_short, 3)
        at = "texts"
        xdr.encode_fixed_array(out, value.texts, encode_unbounded, 1)
        at = "blobs"
        xdr.encode_array(out, value.blobs, encode_short_blob)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_arrays(data: xdr.Decoder) -> Arrays:
    """Decode ``arrays``."""
    new = _new_arrays()
    at = "fixed"
    try:
        new.fixed = xdr.decode_fixed_numbers(data, "i", 4)
        at = "varied"
        new.varied = xdr.decode_numbers(data, "q", 2)
        at = "floats"
        new.floats = xdr.decode_numbers(data, "f")
        at = "points"
        new.points = xdr.decode_fixed_array(data, decode_point, 2)
        at = "more_points"
        new.more_points = xdr.decode_array(data, decode_point, LIMIT)
        at = "some_names"
        new.some_names = xdr.decode_array(data, decode_name)
        at = "a_palette"
        new.a_palette = xdr.decode_array(data, decode_hue, 4)
        at = "some_flags"
        new.some_flags = xdr.decode_fixed_array(data, xdr.decode_bool, 2)
        at = "triples"
        new.triples = xdr.decode_array(data, decode_triple, 2)
        at = "a_triple"
        new.a_triple = xdr.decode_fixed_numbers(data, "i", 3)
        at = "a_curve"
        new.a_curve = xdr.decode_numbers(data, "d")
        at = "shorts"
        new.shorts = xdr.decode_array(data, xdr.decode_short, 3)
        at = "texts"
        new.texts = xdr.decode_fixed_array(data, decode_unbounded, 1)
        at = "blobs"
        new.blobs = xdr.decode_array(data, decode_short_blob)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Arrays
    value: Arrays = new
    return value


_SEGMENT_1: Final = xdr.Run("i i i i i i i", "start.x", "start.y", "end.x", "end.y", "middle.x", "middle.y", "tint")
_new_segment: Final = xdr.unfrozen(Segment)


def encode_segment(out: xdr.Encoder, value: Segment) -> None:
    """Encode ``segment``."""
    at: xdr.Place = "tint"
    try:
        tint = _COLOUR[value.tint]
        at = _SEGMENT_1
        start = value.start
        end = value.end
        middle = value.middle
        out += _SEGMENT_1.pack(start.x, start.y, end.x, end.y, middle.x, middle.y, tint)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_segment(data: xdr.Decoder) -> Segment:
    """Decode ``segment``."""
    new = _new_segment()
    start = _new_point()
    end = _new_point()
    middle = _new_point()
    at: xdr.Place = _SEGMENT_1
    try:
        start.x, start.y, end.x, end.y, middle.x, middle.y, tint = _SEGMENT_1.unpack_from(data.buffer, data.position)
        data.position += 28
        at = "tint"
        new.tint = _COLOUR[tint]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    middle.__class__ = Point
    new.middle = middle
    end.__class__ = Point
    new.end = end
    start.__class__ = Point
    new.start = start
    new.__class__ = Segment
    value: Segment = new
    return value


_SHAPE_1: Final = xdr.Run("i", "kind")
_SHAPERED_2: Final = xdr.Run(
    "i i i i i i i i",
    "kind",
    "line.start.x",
    "line.start.y",
    "line.end.x",
    "line.end.y",
    "line.middle.x",
    "line.middle.y",
    "line.tint",
)
_SHAPERED_3: Final = xdr.Run(
    "i i i i i i i",
    "line.start.x",
    "line.start.y",
    "line.end.x",
    "line.end.y",
    "line.middle.x",
    "line.middle.y",
    "line.tint",
)
_SHAPEGREENORBLUE_4: Final = xdr.Run("i i i", "kind", "spot.x", "spot.y")
_SHAPEGREENORBLUE_5: Final = xdr.Run("i i", "spot.x", "spot.y")
_new_shapered: Final = xdr.unfrozen(ShapeRed)
_new_shapegreenorblue: Final = xdr.unfrozen(ShapeGreenOrBlue)


def encode_shape(out: xdr.Encoder, value: Shape) -> None:
    """Encode ``shape``."""
    at: xdr.Place = "kind"
    try:
        if type(value) is ShapeRed:
            at = "line.tint"
            line_tint = _COLOUR[value.line.tint]
            at = _SHAPERED_2
            line = value.line
            line_start = line.start
            line_end = line.end
            line_middle = line.middle
            out += _SHAPERED_2.pack(
                0, line_start.x, line_start.y, line_end.x, line_end.y, line_middle.x, line_middle.y, line_tint
            )
        elif type(value) is ShapeGreenOrBlue:
            at = "kind"
            kind_ = _COLOURGREENORBLUE[value.kind]
            at = _SHAPEGREENORBLUE_4
            spot = value.spot
            out += _SHAPEGREENORBLUE_4.pack(kind_, spot.x, spot.y)
        elif type(value) is ShapeDark:
            at = _SHAPE_1
            out += _SHAPE_1.pack(-5)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_shape(data: xdr.Decoder) -> Shape:
    """Decode ``shape``."""
    try:
        (number,) = _SHAPE_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _SHAPE_1, data) from None
    return _decode_shape_arm(data, number)


def _decode_shape_arm(data: xdr.Decoder, number: int) -> Shape:
    at: xdr.Place = "kind"
    try:
        if number == 0:  # RED
            new = _new_shapered()
            line = _new_segment()
            line_start = _new_point()
            line_end = _new_point()
            line_middle = _new_point()
            at = _SHAPERED_3
            (
                line_start.x,
                line_start.y,
                line_end.x,
                line_end.y,
                line_middle.x,
                line_middle.y,
                line_tint,
            ) = _SHAPERED_3.unpack_from(data.buffer, data.position)
            data.position += 28
            at = "line.tint"
            line.tint = _COLOUR[line_tint]
            line_middle.__class__ = Point
            line.middle = line_middle
            line_end.__class__ = Point
            line.end = line_end
            line_start.__class__ = Point
            line.start = line_start
            line.__class__ = Segment
            new.line = line
            new.__class__ = ShapeRed
            value: Shape = new
        elif number in _COLOURGREENORBLUE:
            new = _new_shapegreenorblue()
            spot = _new_point()
            new.kind = _COLOURGREENORBLUE[number]
            at = _SHAPEGREENORBLUE_5
            spot.x, spot.y = _SHAPEGREENORBLUE_5.unpack_from(data.buffer, data.position)
            data.position += 8
            spot.__class__ = Point
            new.spot = spot
            new.__class__ = ShapeGreenOrBlue
            value = new
        elif number == -5:  # DARK
            value = ShapeDark()
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_ANSWER_1: Final = xdr.Run("i", "known")
_ANSWERTRUE_2: Final = xdr.SizedRun("i I * x", "known", "#reply", "reply")
_ANSWERTRUE_3: Final = xdr.Run("I", "#reply")
_ANSWERTRUE_4: Final = xdr.SizedRun("* s", "reply")
_new_answertrue: Final = xdr.unfrozen(AnswerTrue)


def encode_answer(out: xdr.Encoder, value: Answer) -> None:
    """Encode ``answer``."""
    at: xdr.Place = "known"
    try:
        if type(value) is AnswerTrue:
            at = "reply"
            try:
                reply = value.reply.encode()
            except UnicodeEncodeError:
                reply = xdr.text(value.reply)
            reply_length = len(reply)
            at = _ANSWERTRUE_2
            out += _ANSWERTRUE_2[reply_length].pack(1, reply_length, reply)
        elif type(value) is AnswerFalse:
            at = _ANSWER_1
            out += _ANSWER_1.pack(0)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_answer(data: xdr.Decoder) -> Answer:
    """Decode ``answer``."""
    try:
        (number,) = _ANSWER_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _ANSWER_1, data) from None
    return _decode_answer_arm(data, number)


def _decode_answer_arm(data: xdr.Decoder, number: int) -> Answer:
    at: xdr.Place = "known"
    try:
        if number == 1:  # True
            new = _new_answertrue()
            at = _ANSWERTRUE_3
            (reply_length,) = _ANSWERTRUE_3.unpack_from(data.buffer, data.position)
            data.position += 4
            at = _ANSWERTRUE_4
            reply, padding = _ANSWERTRUE_4[reply_length].unpack_from(data.buffer, data.position)
            if padding not in xdr.ZEROS:
                raise xdr.unclean(padding)
            try:
                new.reply = reply.decode()
            except UnicodeDecodeError:
                new.reply = reply.decode("utf-8", "surrogateescape")
            data.position += (reply_length + 3) & -4
            new.__class__ = AnswerTrue
            value: Answer = new
        elif number == 0:  # False
            value = AnswerFalse()
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_BYNUMBER_1: Final = xdr.Run("i", "code")
_BYNUMBERMINUS1_2: Final = xdr.SizedRun("i I * x", "code", "#reason", "reason")
_BYNUMBERMINUS1_3: Final = xdr.Run("I", "#reason")
_BYNUMBERMINUS1_4: Final = xdr.SizedRun("* s", "reason")
_BYNUMBERDEFAULT_5: Final = xdr.Run("i Q", "code", "otherwise")
_BYNUMBERDEFAULT_6: Final = xdr.Run("Q", "otherwise")
_new_bynumberminus1: Final = xdr.unfrozen(ByNumberMinus1)
_new_bynumber5oroctal: Final = xdr.unfrozen(ByNumber5OrOctal)
_new_bynumberdefault: Final = xdr.unfrozen(ByNumberDefault)


def encode_by_number(out: xdr.Encoder, value: ByNumber) -> None:
    """Encode ``by_number``."""
    at: xdr.Place = "code"
    try:
        if type(value) is ByNumber0:
            at = _BYNUMBER_1
            out += _BYNUMBER_1.pack(0)
        elif type(value) is ByNumberMinus1:
            at = "reason"
            reason = value.reason
            reason_length = len(reason)
            if reason_length > 8:
                raise xdr.too_long(reason_length, 8)
            at = _BYNUMBERMINUS1_2
            out += _BYNUMBERMINUS1_2[reason_length].pack(-1, reason_length, reason)
        elif type(value) is ByNumber5OrOctal:
            at = "code"
            code__ = _BYNUMBER5OROCTALCASE[value.code]
            at = _BYNUMBER_1
            out += _BYNUMBER_1.pack(code__)
            at = "several"
            xdr.encode_fixed_numbers(out, value.several, "i", 2)
        elif type(value) is ByNumberDefault:
            if value.code in (0, -1, 5, 15):
                raise xdr.undeclared(value.code)
            at = _BYNUMBERDEFAULT_5
            out += _BYNUMBERDEFAULT_5.pack(value.code, value.otherwise)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_by_number(data: xdr.Decoder) -> ByNumber:
    """Decode ``by_number``."""
    try:
        (number,) = _BYNUMBER_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _BYNUMBER_1, data) from None
    return _decode_by_number_arm(data, number)


def _decode_by_number_arm(data: xdr.Decoder, number: int) -> ByNumber:
    at: xdr.Place = "code"
    try:
        if number == 0:
            value: ByNumber = ByNumber0()
        elif number == -1:
            new = _new_bynumberminus1()
            at = _BYNUMBERMINUS1_3
            (reason_length,) = _BYNUMBERMINUS1_3.unpack_from(data.buffer, data.position)
            data.position += 4
            at = _BYNUMBERMINUS1_4
            if reason_length > 8:
                raise xdr.too_long(reason_length, 8)
            new.reason, padding = _BYNUMBERMINUS1_4[reason_length].unpack_from(data.buffer, data.position)
            if padding not in xdr.ZEROS:
                raise xdr.unclean(padding)
            data.position += (reason_length + 3) & -4
            new.__class__ = ByNumberMinus1
            value = new
        elif number in _BYNUMBER5OROCTALCASE:
            new = _new_bynumber5oroctal()
            new.code = _BYNUMBER5OROCTALCASE[number]
            at = "several"
            new.several = xdr.decode_fixed_numbers(data, "i", 2)
            new.__class__ = ByNumber5OrOctal
            value = new
        else:
            new = _new_bynumberdefault()
            new.code = number
            at = _BYNUMBERDEFAULT_6
            (new.otherwise,) = _BYNUMBERDEFAULT_6.unpack_from(data.buffer, data.position)
            data.position += 8
            new.__class__ = ByNumberDefault
            value = new
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_BYUNSIGNED_1: Final = xdr.Run("I", "code")
_BYUNSIGNED4294967295_2: Final = xdr.Run("I i", "code", "last")
_BYUNSIGNED4294967295_3: Final = xdr.Run("i", "last")
_BYUNSIGNEDCHOSEN_4: Final = xdr.Run("i", "nested")
_new_byunsigned4294967295: Final = xdr.unfrozen(ByUnsigned4294967295)
_new_byunsignedchosen: Final = xdr.unfrozen(ByUnsignedChosen)


def encode_by_unsigned(out: xdr.Encoder, value: ByUnsigned) -> None:
    """Encode ``by_unsigned``."""
    at: xdr.Place = "code"
    try:
        if type(value) is ByUnsigned4294967295:
            at = "last"
            last = xdr.BOOL[value.last]
            at = _BYUNSIGNED4294967295_2
            out += _BYUNSIGNED4294967295_2.pack(4294967295, last)
        elif type(value) is ByUnsignedChosen:
            at = _BYUNSIGNED_1
            out += _BYUNSIGNED_1.pack(1)
            at = "nested"
            encode_answer(out, value.nested)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_by_unsigned(data: xdr.Decoder) -> ByUnsigned:
    """Decode ``by_unsigned``."""
    try:
        (number,) = _BYUNSIGNED_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _BYUNSIGNED_1, data) from None
    return _decode_by_unsigned_arm(data, number)


def _decode_by_unsigned_arm(data: xdr.Decoder, number: int) -> ByUnsigned:
    at: xdr.Place = "code"
    try:
        if number == 4294967295:
            new = _new_byunsigned4294967295()
            at = _BYUNSIGNED4294967295_3
            (last,) = _BYUNSIGNED4294967295_3.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "last"
            new.last = xdr.BOOL[last]
            new.__class__ = ByUnsigned4294967295
            value: ByUnsigned = new
        elif number == 1:
            new = _new_byunsignedchosen()
            at = _BYUNSIGNEDCHOSEN_4
            (nested_case,) = _BYUNSIGNEDCHOSEN_4.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "nested"
            new.nested = _decode_answer_arm(data, nested_case)
            new.__class__ = ByUnsignedChosen
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_ENTRY_1: Final = xdr.SizedRun("Q I * x", "id", "#label", "label")
_ENTRY_2: Final = xdr.Run("Q I", "id", "#label")
_ENTRY_3: Final = xdr.SizedRun("* s", "label")
_ENTRY_4: Final = xdr.Run("i Q I", "more", "id", "#label")
_new_entry: Final = xdr.unfrozen(Entry)


def encode_entry(out: xdr.Encoder, value: Entry) -> None:
    """Encode ``entry``."""
    at: xdr.Place = "label"
    try:
        try:
            label = value.label.encode()
        except UnicodeEncodeError:
            label = xdr.text(value.label)
        label_length = len(label)
        if label_length > LIMIT:
            raise xdr.too_long(label_length, LIMIT)
        at = _ENTRY_1
        out += _ENTRY_1[label_length].pack(value.id, label_length, label)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_entry(data: xdr.Decoder) -> Entry:
    """Decode ``entry``."""
    new = _new_entry()
    at: xdr.Place = _ENTRY_2
    try:
        new.id, label_length = _ENTRY_2.unpack_from(data.buffer, data.position)
        data.position += 12
        at = _ENTRY_3
        if label_length > LIMIT:
            raise xdr.too_long(label_length, LIMIT)
        label, padding = _ENTRY_3[label_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.label = label.decode()
        except UnicodeDecodeError:
            new.label = label.decode("utf-8", "surrogateescape")
        data.position += (label_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Entry
    value: Entry = new
    return value


def _decode_list_of_entry(data: xdr.Decoder) -> tuple[Entry, ...]:
    values: list[Entry] = []
    append = values.append
    buffer = data.buffer
    position = end = data.position
    try:
        while True:
            new = _new_entry()
            more, new.id, label_length = _ENTRY_4.unpack_from(buffer, end)
            end += 16
            if more != 1:
                break
            if label_length > LIMIT:
                break
            label, padding = _ENTRY_3[label_length].unpack_from(buffer, end)
            if padding not in xdr.ZEROS:
                break
            try:
                new.label = label.decode()
            except UnicodeDecodeError:
                new.label = label.decode("utf-8", "surrogateescape")
            end += (label_length + 3) & -4
            new.__class__ = Entry
            append(new)
            position = end
    except xdr.DECODING:
        # The decoder of one element raises it again, with the path to what is wrong.
        pass
    data.position = position
    return xdr.decode_list(data, decode_entry, values)


_LINK_1: Final = xdr.Run("i", "value")
_LINK_2: Final = xdr.Run("i i", "more", "value")
_new_link: Final = xdr.unfrozen(Link)


def encode_link(out: xdr.Encoder, value: Link) -> None:
    """Encode ``link``."""
    try:
        out += _LINK_1.pack(value.value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _LINK_1, value) from None


def decode_link(data: xdr.Decoder) -> Link:
    """Decode ``link``."""
    new = _new_link()
    try:
        (new.value,) = _LINK_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _LINK_1, data) from None
    new.__class__ = Link
    value: Link = new
    return value


def _decode_list_of_link(data: xdr.Decoder) -> tuple[Link, ...]:
    values: list[Link] = []
    append = values.append
    buffer = data.buffer
    position = end = data.position
    try:
        while True:
            new = _new_link()
            more, new.value = _LINK_2.unpack_from(buffer, end)
            end += 8
            if more != 1:
                break
            new.__class__ = Link
            append(new)
            position = end
    except xdr.DECODING:
        # The decoder of one element raises it again, with the path to what is wrong.
        pass
    data.position = position
    return xdr.decode_list(data, decode_link, values)


def encode_chain(out: xdr.Encoder, value: Chain) -> None:
    """Encode ``chain``."""
    xdr.encode_list(out, value, encode_link)


def decode_chain(data: xdr.Decoder) -> Chain:
    """Decode ``chain``."""
    return _decode_list_of_link(data)


_TREE_1: Final = xdr.Run("i", "value")
_new_tree: Final = xdr.unfrozen(Tree)


def encode_tree(out: xdr.Encoder, value: Tree) -> None:
    """Encode ``tree``."""
    out.enter()
    at: xdr.Place = "left"
    try:
        if value.left is None:
            out += xdr.NO
        else:
            out += xdr.YES
            encode_tree(out, value.left)
        at = _TREE_1
        out += _TREE_1.pack(value.value)
        at = "right"
        if value.right is None:
            out += xdr.NO
        else:
            out += xdr.YES
            encode_tree(out, value.right)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None
    out.depth -= 1


def decode_tree(data: xdr.Decoder) -> Tree:
    """Decode ``tree``."""
    new = _new_tree()
    data.enter()
    at: xdr.Place = "left"
    try:
        new.left = xdr.decode_optional(data, decode_tree)
        at = _TREE_1
        (new.value,) = _TREE_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "right"
        new.right = xdr.decode_optional(data, decode_tree)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    data.depth -= 1
    new.__class__ = Tree
    value: Tree = new
    return value


_new_optionals: Final = xdr.unfrozen(Optionals)


def encode_optionals(out: xdr.Encoder, value: Optionals) -> None:
    """Encode ``optionals``."""
    at = "maybe"
    try:
        if value.maybe is None:
            out += xdr.NO
        else:
            out += xdr.YES
            xdr.encode_int(out, value.maybe)
        at = "maybe_point"
        if value.maybe_point is None:
            out += xdr.NO
        else:
            out += xdr.YES
            encode_point(out, value.maybe_point)
        at = "maybe_name"
        if value.maybe_name is None:
            out += xdr.NO
        else:
            out += xdr.YES
            encode_name(out, value.maybe_name)
        at = "entries"
        xdr.encode_list(out, value.entries, encode_entry)
        at = "links"
        xdr.encode_list(out, value.links, encode_link)
        at = "maybe_shape"
        if value.maybe_shape is None:
            out += xdr.NO
        else:
            out += xdr.YES
            encode_shape(out, value.maybe_shape)
        at = "root"
        if value.root is None:
            out += xdr.NO
        else:
            out += xdr.YES
            encode_tree(out, value.root)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_optionals(data: xdr.Decoder) -> Optionals:
    """Decode ``optionals``."""
    new = _new_optionals()
    at = "maybe"
    try:
        new.maybe = xdr.decode_optional(data, xdr.decode_int)
        at = "maybe_point"
        new.maybe_point = xdr.decode_optional(data, decode_point)
        at = "maybe_name"
        new.maybe_name = xdr.decode_optional(data, decode_name)
        at = "entries"
        new.entries = _decode_list_of_entry(data)
        at = "links"
        new.links = _decode_list_of_link(data)
        at = "maybe_shape"
        new.maybe_shape = xdr.decode_optional(data, decode_shape)
        at = "root"
        new.root = xdr.decode_optional(data, decode_tree)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Optionals
    value: Optionals = new
    return value


_KEYWORDS_1: Final = xdr.Run("i i I", "class_", "from_", "#bytes_")
_KEYWORDS_2: Final = xdr.SizedRun("i i i i I * x", "at", "data", "value", "self", "#len", "len")
_KEYWORDS_3: Final = xdr.Run("i i i i I", "at", "data", "value", "self", "#len")
_KEYWORDS_4: Final = xdr.SizedRun("* s i", "len", "type")
_new_keywords: Final = xdr.unfrozen(Keywords)


def encode_keywords(out: xdr.Encoder, value: Keywords) -> None:
    """Encode ``keywords``."""
    at: xdr.Place = "bytes_"
    try:
        bytes_ = value.bytes_
        bytes__length = len(bytes_)
        at = _KEYWORDS_1
        out += _KEYWORDS_1.pack(value.class_, value.from_, bytes__length)
        at = "bytes_"
        out += bytes_
        if bytes__length & 3:
            out += xdr.PADDING[bytes__length & 3]
        at = "len"
        try:
            len_ = value.len.encode()
        except UnicodeEncodeError:
            len_ = xdr.text(value.len)
        len__length = len(len_)
        at = _KEYWORDS_2
        out += _KEYWORDS_2[len__length].pack(value.at, value.data, value.value, value.self, len__length, len_)
        at = "type"
        encode_answer(out, value.type)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_keywords(data: xdr.Decoder) -> Keywords:
    """Decode ``keywords``."""
    new = _new_keywords()
    at: xdr.Place = _KEYWORDS_1
    try:
        new.class_, new.from_, bytes__length = _KEYWORDS_1.unpack_from(data.buffer, data.position)
        data.position += 12
        at = "bytes_"
        new.bytes_ = xdr.opaque_of(data, bytes__length)
        at = _KEYWORDS_3
        new.at, new.data, new.value, new.self, len__length = _KEYWORDS_3.unpack_from(data.buffer, data.position)
        data.position += 20
        at = _KEYWORDS_4
        len_, padding, type__case = _KEYWORDS_4[len__length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.len = len_.decode()
        except UnicodeDecodeError:
            new.len = len_.decode("utf-8", "surrogateescape")
        data.position += (len__length + 7) & -4
        at = "type"
        new.type = _decode_answer_arm(data, type__case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Keywords
    value: Keywords = new
    return value


_EVERYTHING_1: Final = xdr.Run("i", "a_shape")
_EVERYTHING_2: Final = xdr.Run("i", "an_answer")
_EVERYTHING_3: Final = xdr.Run("i", "a_number")
_EVERYTHING_4: Final = xdr.Run("I", "an_unsigned")
_new_everything: Final = xdr.unfrozen(Everything)


def encode_everything(out: xdr.Encoder, value: Everything) -> None:
    """Encode ``everything``."""
    at = "some_numbers"
    try:
        encode_numbers(out, value.some_numbers)
        at = "some_bytes"
        encode_byte_kinds(out, value.some_bytes)
        at = "some_arrays"
        encode_arrays(out, value.some_arrays)
        at = "a_shape"
        encode_shape(out, value.a_shape)
        at = "an_answer"
        encode_answer(out, value.an_answer)
        at = "a_number"
        encode_by_number(out, value.a_number)
        at = "an_unsigned"
        encode_by_unsigned(out, value.an_unsigned)
        at = "some_optionals"
        encode_optionals(out, value.some_optionals)
        at = "some_keywords"
        encode_keywords(out, value.some_keywords)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_everything(data: xdr.Decoder) -> Everything:
    """Decode ``everything``."""
    new = _new_everything()
    at: xdr.Place = "some_numbers"
    try:
        new.some_numbers = decode_numbers(data)
        at = "some_bytes"
        new.some_bytes = decode_byte_kinds(data)
        at = "some_arrays"
        new.some_arrays = decode_arrays(data)
        at = _EVERYTHING_1
        (a_shape_case,) = _EVERYTHING_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "a_shape"
        new.a_shape = _decode_shape_arm(data, a_shape_case)
        at = _EVERYTHING_2
        (an_answer_case,) = _EVERYTHING_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "an_answer"
        new.an_answer = _decode_answer_arm(data, an_answer_case)
        at = _EVERYTHING_3
        (a_number_case,) = _EVERYTHING_3.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "a_number"
        new.a_number = _decode_by_number_arm(data, a_number_case)
        at = _EVERYTHING_4
        (an_unsigned_case,) = _EVERYTHING_4.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "an_unsigned"
        new.an_unsigned = _decode_by_unsigned_arm(data, an_unsigned_case)
        at = "some_optionals"
        new.some_optionals = decode_optionals(data)
        at = "some_keywords"
        new.some_keywords = decode_keywords(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Everything
    value: Everything = new
    return value


def _encode_chain_of_entry(out: xdr.Encoder, value: tuple[Entry, ...]) -> None:
    xdr.encode_chain(out, value, encode_entry)


def _decode_chain_of_entry(data: xdr.Decoder) -> tuple[Entry, ...]:
    return xdr.decode_chain(data, decode_entry)


class EverythingV1(Protocol):
    """What serves ``EVERYTHING_V1`` of ``EVERYTHING``."""

    def echo(self, argument: Everything, call: rpc.Call, /) -> rpc.Result[Everything]:
        """Answer ``ECHO``."""
        ...

    def count(self, call: rpc.Call, /) -> rpc.Result[int]:
        """Answer ``COUNT``."""
        ...

    def take(self, argument: str, call: rpc.Call, /) -> rpc.Result[None]:
        """Answer ``TAKE``."""
        ...

    def give(self, call: rpc.Call, /) -> rpc.Result[str]:
        """Answer ``GIVE``."""
        ...

    def last(self, argument: tuple[Entry, ...], call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``LAST``."""
        ...


EVERYTHING_V1: Final = rpc.Version[EverythingV1](
    "EVERYTHING",
    EVERYTHING,
    1,
    {
        1: rpc.Procedure("echo", xdr.arguments(decode_everything), encode_everything),
        2: rpc.Procedure("count", xdr.arguments(), xdr.encode_int),
        3: rpc.Procedure("take", xdr.arguments(xdr.decode_string), xdr.encode_void),
        4: rpc.Procedure("give", xdr.arguments(), xdr.encode_string),
        5: rpc.Procedure("last", xdr.arguments(_decode_chain_of_entry), xdr.encode_bool),
    },
)


class EverythingV1Client:
    """Calls ``EVERYTHING_V1`` of ``EVERYTHING`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def nothing_at_all(self) -> None:
        """Call ``NOTHING_AT_ALL``."""
        self._client.call(EVERYTHING, 1, 0, xdr.encode_void, None, xdr.decode_void)

    def echo(self, argument: Everything, /) -> Everything:
        """Call ``ECHO``."""
        return self._client.call(EVERYTHING, 1, 1, encode_everything, argument, decode_everything)

    def count(self) -> int:
        """Call ``COUNT``."""
        return self._client.call(EVERYTHING, 1, 2, xdr.encode_void, None, xdr.decode_int)

    def take(self, argument: str, /) -> None:
        """Call ``TAKE``."""
        self._client.call(EVERYTHING, 1, 3, xdr.encode_string, argument, xdr.decode_void)

    def give(self) -> str:
        """Call ``GIVE``."""
        return self._client.call(EVERYTHING, 1, 4, xdr.encode_void, None, xdr.decode_string)

    def last(self, argument: tuple[Entry, ...], /) -> bool:
        """Call ``LAST``."""
        return self._client.call(EVERYTHING, 1, 5, _encode_chain_of_entry, argument, xdr.decode_bool)


class EverythingV1AsyncClient:
    """Calls ``EVERYTHING_V1`` of ``EVERYTHING`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def nothing_at_all(self) -> None:
        """Call ``NOTHING_AT_ALL``."""
        await self._client.call(EVERYTHING, 1, 0, xdr.encode_void, None, xdr.decode_void)

    async def echo(self, argument: Everything, /) -> Everything:
        """Call ``ECHO``."""
        return await self._client.call(EVERYTHING, 1, 1, encode_everything, argument, decode_everything)

    async def count(self) -> int:
        """Call ``COUNT``."""
        return await self._client.call(EVERYTHING, 1, 2, xdr.encode_void, None, xdr.decode_int)

    async def take(self, argument: str, /) -> None:
        """Call ``TAKE``."""
        await self._client.call(EVERYTHING, 1, 3, xdr.encode_string, argument, xdr.decode_void)

    async def give(self) -> str:
        """Call ``GIVE``."""
        return await self._client.call(EVERYTHING, 1, 4, xdr.encode_void, None, xdr.decode_string)

    async def last(self, argument: tuple[Entry, ...], /) -> bool:
        """Call ``LAST``."""
        return await self._client.call(EVERYTHING, 1, 5, _encode_chain_of_entry, argument, xdr.decode_bool)


class EverythingV2(Protocol):
    """What serves ``EVERYTHING_V2`` of ``EVERYTHING``."""

    def reverse(self, argument: Chain, call: rpc.Call, /) -> rpc.Result[Chain]:
        """Answer ``REVERSE``."""
        ...


EVERYTHING_V2: Final = rpc.Version[EverythingV2](
    "EVERYTHING",
    EVERYTHING,
    2,
    {1: rpc.Procedure("reverse", xdr.arguments(decode_chain), encode_chain)},
)


class EverythingV2Client:
    """Calls ``EVERYTHING_V2`` of ``EVERYTHING`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def reverse(self, argument: Chain, /) -> Chain:
        """Call ``REVERSE``."""
        return self._client.call(EVERYTHING, 2, 1, encode_chain, argument, decode_chain)


class EverythingV2AsyncClient:
    """Calls ``EVERYTHING_V2`` of ``EVERYTHING`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def reverse(self, argument: Chain, /) -> Chain:
        """Call ``REVERSE``."""
        return await self._client.call(EVERYTHING, 2, 1, encode_chain, argument, decode_chain)


class EverythingV3(Protocol):
    """What serves ``EVERYTHING_V3`` of ``ANOTHER``."""

    def add(self, argument1: int, argument2: int, call: rpc.Call, /) -> rpc.Result[int]:
        """Answer ``ADD``."""
        ...


EVERYTHING_V3: Final = rpc.Version[EverythingV3](
    "ANOTHER",
    ANOTHER,
    3,
    {1: rpc.Procedure("add", xdr.arguments(xdr.decode_hyper, xdr.decode_hyper), xdr.encode_hyper)},
)


def _encode_everything_v3_add(out: xdr.Encoder, value: tuple[int, int]) -> None:
    xdr.encode_hyper(out, value[0])
    xdr.encode_hyper(out, value[1])


class EverythingV3Client:
    """Calls ``EVERYTHING_V3`` of ``ANOTHER`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def add(self, argument1: int, argument2: int, /) -> int:
        """Call ``ADD``."""
        return self._client.call(ANOTHER, 3, 1, _encode_everything_v3_add, (argument1, argument2), xdr.decode_hyper)


class EverythingV3AsyncClient:
    """Calls ``EVERYTHING_V3`` of ``ANOTHER`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def add(self, argument1: int, argument2: int, /) -> int:
        """Call ``ADD``."""
        return await self._client.call(
            ANOTHER, 3, 1, _encode_everything_v3_add, (argument1, argument2), xdr.decode_hyper
        )
