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
_new_point: Final = xdr.constructor(Point)


def encode_point(out: xdr.Encoder, value: Point) -> None:
    """Encode ``point``."""
    try:
        out += _POINT_1.pack(value.x, value.y)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _POINT_1, value) from None


def decode_point(data: xdr.Decoder) -> Point:
    """Decode ``point``."""
    try:
        x, y = _POINT_1.unpack_from(data.buffer, data.position)
        data.position += 8
    except xdr.DECODING as error:
        raise xdr.fault(error, _POINT_1, data) from None
    return _new_point(x, y)


_COLOUR: Final = {each.value: each for each in Colour}
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
_new_numbers: Final = xdr.constructor(Numbers)


def encode_numbers(out: xdr.Encoder, value: Numbers) -> None:
    """Encode ``numbers``."""
    at: str | xdr.Run = "a_bool"
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
    at: str | xdr.Run = _NUMBERS_1
    try:
        (
            an_int,
            an_unsigned,
            a_short_spelling,
            a_hyper,
            an_unsigned_hyper,
            a_float,
            a_double,
            a_bool,
            a_colour,
            a_hue,
            a_count,
        ) = _NUMBERS_1.unpack_from(data.buffer, data.position)
        data.position += 56
        at = "a_bool"
        a_bool = xdr.BOOL[a_bool]
        at = "a_colour"
        a_colour = _COLOUR[a_colour]
        at = "a_hue"
        a_hue = _COLOUR[a_hue]
        at = "a_char"
        a_char = xdr.decode_char(data)
        at = "an_unsigned_char"
        an_unsigned_char = xdr.decode_unsigned_char(data)
        at = "a_short"
        a_short = xdr.decode_short(data)
        at = "an_unsigned_short"
        an_unsigned_short = xdr.decode_unsigned_short(data)
        at = _NUMBERS_2
        a_long, an_unsigned_long, a_u_int, a_uint64 = _NUMBERS_2.unpack_from(data.buffer, data.position)
        data.position += 20
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_numbers(
        an_int,
        an_unsigned,
        a_short_spelling,
        a_hyper,
        an_unsigned_hyper,
        a_float,
        a_double,
        a_bool,
        a_colour,
        a_hue,
        a_count,
        a_char,
        an_unsigned_char,
        a_short,
        an_unsigned_short,
        a_long,
        an_unsigned_long,
        a_u_int,
        a_uint64,
    )


_BYTEKINDS_1: Final = xdr.Run("I", "#varied")
_BYTEKINDS_2: Final = xdr.Run("I", "#unlimited")
_BYTEKINDS_3: Final = xdr.Run("I", "#text")
_BYTEKINDS_4: Final = xdr.Run("I", "#any_text")
_BYTEKINDS_5: Final = xdr.Run("I", "#a_name")
_BYTEKINDS_6: Final = xdr.Run("I", "#a_blob")
_new_bytekinds: Final = xdr.constructor(ByteKinds)


def encode_byte_kinds(out: xdr.Encoder, value: ByteKinds) -> None:
    """Encode ``byte_kinds``."""
    at: str | xdr.Run = "fixed"
    try:
        xdr.encode_fixed_opaque(out, value.fixed, 4)
        at = "padded"
        xdr.encode_fixed_opaque(out, value.padded, 5)
        at = "varied"
        varied_length = xdr.checked_length(value.varied, 9)
        at = _BYTEKINDS_1
        out += _BYTEKINDS_1.pack(varied_length)
        at = "varied"
        out += value.varied
        out += xdr.PADDING[len(value.varied) & 3]
        at = _BYTEKINDS_2
        out += _BYTEKINDS_2.pack(len(value.unlimited))
        at = "unlimited"
        out += value.unlimited
        out += xdr.PADDING[len(value.unlimited) & 3]
        at = "text"
        text = xdr.text(value.text, 12)
        at = _BYTEKINDS_3
        out += _BYTEKINDS_3.pack(len(text))
        at = "text"
        out += text
        out += xdr.PADDING[len(text) & 3]
        at = "any_text"
        any_text = xdr.text(value.any_text)
        at = _BYTEKINDS_4
        out += _BYTEKINDS_4.pack(len(any_text))
        at = "any_text"
        out += any_text
        out += xdr.PADDING[len(any_text) & 3]
        at = "a_name"
        a_name = xdr.text(value.a_name, LIMIT)
        at = _BYTEKINDS_5
        out += _BYTEKINDS_5.pack(len(a_name))
        at = "a_name"
        out += a_name
        out += xdr.PADDING[len(a_name) & 3]
        at = _BYTEKINDS_6
        out += _BYTEKINDS_6.pack(len(value.a_blob))
        at = "a_blob"
        out += value.a_blob
        out += xdr.PADDING[len(value.a_blob) & 3]
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
    at: str | xdr.Run = "fixed"
    try:
        fixed = xdr.decode_fixed_opaque(data, 4)
        at = "padded"
        padded = xdr.decode_fixed_opaque(data, 5)
        at = _BYTEKINDS_1
        (varied_length,) = _BYTEKINDS_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "varied"
        varied = xdr.opaque_of(data, varied_length, 9)
        at = _BYTEKINDS_2
        (unlimited_length,) = _BYTEKINDS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "unlimited"
        unlimited = xdr.opaque_of(data, unlimited_length)
        at = _BYTEKINDS_3
        (text_length,) = _BYTEKINDS_3.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "text"
        text = xdr.string_of(data, text_length, 12)
        at = _BYTEKINDS_4
        (any_text_length,) = _BYTEKINDS_4.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "any_text"
        any_text = xdr.string_of(data, any_text_length)
        at = _BYTEKINDS_5
        (a_name_length,) = _BYTEKINDS_5.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "a_name"
        a_name = xdr.string_of(data, a_name_length, LIMIT)
        at = _BYTEKINDS_6
        (a_blob_length,) = _BYTEKINDS_6.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "a_blob"
        a_blob = xdr.opaque_of(data, a_blob_length)
        at = "a_key"
        a_key = xdr.decode_fixed_opaque(data, 8)
        at = "an_odd_key"
        an_odd_key = xdr.decode_fixed_opaque(data, 3)
        at = "token"
        token = xdr.decode_fixed_opaque(data, 7)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_bytekinds(fixed, padded, varied, unlimited, text, any_text, a_name, a_blob, a_key, an_odd_key, token)


_new_arrays: Final = xdr.constructor(Arrays)


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
    at = "fixed"
    try:
        fixed = xdr.decode_fixed_numbers(data, "i", 4)
        at = "varied"
        varied = xdr.decode_numbers(data, "q", 2)
        at = "floats"
        floats = xdr.decode_numbers(data, "f")
        at = "points"
        points = xdr.decode_fixed_array(data, decode_point, 2)
        at = "more_points"
        more_points = xdr.decode_array(data, decode_point, LIMIT)
        at = "some_names"
        some_names = xdr.decode_array(data, decode_name)
        at = "a_palette"
        a_palette = xdr.decode_array(data, decode_hue, 4)
        at = "some_flags"
        some_flags = xdr.decode_fixed_array(data, xdr.decode_bool, 2)
        at = "triples"
        triples = xdr.decode_array(data, decode_triple, 2)
        at = "a_triple"
        a_triple = xdr.decode_fixed_numbers(data, "i", 3)
        at = "a_curve"
        a_curve = xdr.decode_numbers(data, "d")
        at = "shorts"
        shorts = xdr.decode_array(data, xdr.decode_short, 3)
        at = "texts"
        texts = xdr.decode_fixed_array(data, decode_unbounded, 1)
        at = "blobs"
        blobs = xdr.decode_array(data, decode_short_blob)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_arrays(
        fixed,
        varied,
        floats,
        points,
        more_points,
        some_names,
        a_palette,
        some_flags,
        triples,
        a_triple,
        a_curve,
        shorts,
        texts,
        blobs,
    )


_SEGMENT_1: Final = xdr.Run("i i i i i i i", "start.x", "start.y", "end.x", "end.y", "middle.x", "middle.y", "tint")
_new_segment: Final = xdr.constructor(Segment, {"start": Point, "end": Point, "middle": Point})


def encode_segment(out: xdr.Encoder, value: Segment) -> None:
    """Encode ``segment``."""
    at: str | xdr.Run = "tint"
    try:
        tint = _COLOUR[value.tint]
        at = _SEGMENT_1
        out += _SEGMENT_1.pack(
            value.start.x, value.start.y, value.end.x, value.end.y, value.middle.x, value.middle.y, tint
        )
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_segment(data: xdr.Decoder) -> Segment:
    """Decode ``segment``."""
    at: str | xdr.Run = _SEGMENT_1
    try:
        start_x, start_y, end_x, end_y, middle_x, middle_y, tint = _SEGMENT_1.unpack_from(data.buffer, data.position)
        data.position += 28
        at = "tint"
        tint = _COLOUR[tint]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_segment(start_x, start_y, end_x, end_y, middle_x, middle_y, tint)


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
_new_shapered: Final = xdr.constructor(
    ShapeRed, {"line": Segment, "line.start": Point, "line.end": Point, "line.middle": Point}
)
_new_shapegreenorblue: Final = xdr.constructor(ShapeGreenOrBlue, {"spot": Point})


def encode_shape(out: xdr.Encoder, value: Shape) -> None:
    """Encode ``shape``."""
    at: str | xdr.Run = "kind"
    try:
        match value:
            case ShapeRed():
                at = "line.tint"
                line_tint = _COLOUR[value.line.tint]
                at = _SHAPERED_2
                out += _SHAPERED_2.pack(
                    0,
                    value.line.start.x,
                    value.line.start.y,
                    value.line.end.x,
                    value.line.end.y,
                    value.line.middle.x,
                    value.line.middle.y,
                    line_tint,
                )
            case ShapeGreenOrBlue():
                at = "kind"
                kind_ = _COLOURGREENORBLUE[value.kind]
                at = _SHAPEGREENORBLUE_4
                out += _SHAPEGREENORBLUE_4.pack(kind_, value.spot.x, value.spot.y)
            case ShapeDark():
                at = _SHAPE_1
                out += _SHAPE_1.pack(-5)
            case _:
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
    at: str | xdr.Run = "kind"
    try:
        if number == 0:  # RED
            at = _SHAPERED_3
            (
                line_start_x,
                line_start_y,
                line_end_x,
                line_end_y,
                line_middle_x,
                line_middle_y,
                line_tint,
            ) = _SHAPERED_3.unpack_from(data.buffer, data.position)
            data.position += 28
            at = "line.tint"
            line_tint = _COLOUR[line_tint]
            return _new_shapered(
                line_start_x, line_start_y, line_end_x, line_end_y, line_middle_x, line_middle_y, line_tint
            )
        if number in _COLOURGREENORBLUE:
            at = _SHAPEGREENORBLUE_5
            spot_x, spot_y = _SHAPEGREENORBLUE_5.unpack_from(data.buffer, data.position)
            data.position += 8
            return _new_shapegreenorblue(_COLOURGREENORBLUE[number], spot_x, spot_y)
        if number == -5:  # DARK
            return ShapeDark()
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_ANSWER_1: Final = xdr.Run("i", "known")
_ANSWERTRUE_2: Final = xdr.Run("i I", "known", "#reply")
_ANSWERTRUE_3: Final = xdr.Run("I", "#reply")
_new_answertrue: Final = xdr.constructor(AnswerTrue)


def encode_answer(out: xdr.Encoder, value: Answer) -> None:
    """Encode ``answer``."""
    at: str | xdr.Run = "known"
    try:
        match value:
            case AnswerTrue():
                at = "reply"
                reply = xdr.text(value.reply)
                at = _ANSWERTRUE_2
                out += _ANSWERTRUE_2.pack(1, len(reply))
                at = "reply"
                out += reply
                out += xdr.PADDING[len(reply) & 3]
            case AnswerFalse():
                at = _ANSWER_1
                out += _ANSWER_1.pack(0)
            case _:
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
    at: str | xdr.Run = "known"
    try:
        if number == 1:  # True
            at = _ANSWERTRUE_3
            (reply_length,) = _ANSWERTRUE_3.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "reply"
            reply = xdr.string_of(data, reply_length)
            return _new_answertrue(reply)
        if number == 0:  # False
            return AnswerFalse()
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_BYNUMBER_1: Final = xdr.Run("i", "code")
_BYNUMBERMINUS1_2: Final = xdr.Run("i I", "code", "#reason")
_BYNUMBERMINUS1_3: Final = xdr.Run("I", "#reason")
_BYNUMBERDEFAULT_4: Final = xdr.Run("i Q", "code", "otherwise")
_BYNUMBERDEFAULT_5: Final = xdr.Run("Q", "otherwise")
_new_bynumberminus1: Final = xdr.constructor(ByNumberMinus1)
_new_bynumber5oroctal: Final = xdr.constructor(ByNumber5OrOctal)
_new_bynumberdefault: Final = xdr.constructor(ByNumberDefault)


def encode_by_number(out: xdr.Encoder, value: ByNumber) -> None:
    """Encode ``by_number``."""
    at: str | xdr.Run = "code"
    try:
        match value:
            case ByNumber0():
                at = _BYNUMBER_1
                out += _BYNUMBER_1.pack(0)
            case ByNumberMinus1():
                at = "reason"
                reason_length = xdr.checked_length(value.reason, 8)
                at = _BYNUMBERMINUS1_2
                out += _BYNUMBERMINUS1_2.pack(-1, reason_length)
                at = "reason"
                out += value.reason
                out += xdr.PADDING[len(value.reason) & 3]
            case ByNumber5OrOctal():
                at = "code"
                code__ = _BYNUMBER5OROCTALCASE[value.code]
                at = _BYNUMBER_1
                out += _BYNUMBER_1.pack(code__)
                at = "several"
                xdr.encode_fixed_numbers(out, value.several, "i", 2)
            case ByNumberDefault():
                if value.code in (0, -1, 5, 15):
                    raise xdr.undeclared(value.code)
                at = _BYNUMBERDEFAULT_4
                out += _BYNUMBERDEFAULT_4.pack(value.code, value.otherwise)
            case _:
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
    at: str | xdr.Run = "code"
    try:
        if number == 0:
            return ByNumber0()
        if number == -1:
            at = _BYNUMBERMINUS1_3
            (reason_length,) = _BYNUMBERMINUS1_3.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "reason"
            reason = xdr.opaque_of(data, reason_length, 8)
            return _new_bynumberminus1(reason)
        if number in _BYNUMBER5OROCTALCASE:
            at = "several"
            several = xdr.decode_fixed_numbers(data, "i", 2)
            return _new_bynumber5oroctal(_BYNUMBER5OROCTALCASE[number], several)
        at = _BYNUMBERDEFAULT_5
        (otherwise,) = _BYNUMBERDEFAULT_5.unpack_from(data.buffer, data.position)
        data.position += 8
        return _new_bynumberdefault(number, otherwise)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_BYUNSIGNED_1: Final = xdr.Run("I", "code")
_BYUNSIGNED4294967295_2: Final = xdr.Run("I i", "code", "last")
_BYUNSIGNED4294967295_3: Final = xdr.Run("i", "last")
_BYUNSIGNEDCHOSEN_4: Final = xdr.Run("i", "nested")
_new_byunsigned4294967295: Final = xdr.constructor(ByUnsigned4294967295)
_new_byunsignedchosen: Final = xdr.constructor(ByUnsignedChosen)


def encode_by_unsigned(out: xdr.Encoder, value: ByUnsigned) -> None:
    """Encode ``by_unsigned``."""
    at: str | xdr.Run = "code"
    try:
        match value:
            case ByUnsigned4294967295():
                at = "last"
                last = xdr.BOOL[value.last]
                at = _BYUNSIGNED4294967295_2
                out += _BYUNSIGNED4294967295_2.pack(4294967295, last)
            case ByUnsignedChosen():
                at = _BYUNSIGNED_1
                out += _BYUNSIGNED_1.pack(1)
                at = "nested"
                encode_answer(out, value.nested)
            case _:
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
    at: str | xdr.Run = "code"
    try:
        if number == 4294967295:
            at = _BYUNSIGNED4294967295_3
            (last,) = _BYUNSIGNED4294967295_3.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "last"
            last = xdr.BOOL[last]
            return _new_byunsigned4294967295(last)
        if number == 1:
            at = _BYUNSIGNEDCHOSEN_4
            (nested_case,) = _BYUNSIGNEDCHOSEN_4.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "nested"
            nested = _decode_answer_arm(data, nested_case)
            return _new_byunsignedchosen(nested)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_ENTRY_1: Final = xdr.Run("Q I", "id", "#label")
_new_entry: Final = xdr.constructor(Entry)


def encode_entry(out: xdr.Encoder, value: Entry) -> None:
    """Encode ``entry``."""
    at: str | xdr.Run = "label"
    try:
        label = xdr.text(value.label, LIMIT)
        at = _ENTRY_1
        out += _ENTRY_1.pack(value.id, len(label))
        at = "label"
        out += label
        out += xdr.PADDING[len(label) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_entry(data: xdr.Decoder) -> Entry:
    """Decode ``entry``."""
    at: str | xdr.Run = _ENTRY_1
    try:
        id_, label_length = _ENTRY_1.unpack_from(data.buffer, data.position)
        data.position += 12
        at = "label"
        label = xdr.string_of(data, label_length, LIMIT)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_entry(id_, label)


_LINK_1: Final = xdr.Run("i", "value")
_new_link: Final = xdr.constructor(Link)


def encode_link(out: xdr.Encoder, value: Link) -> None:
    """Encode ``link``."""
    try:
        out += _LINK_1.pack(value.value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _LINK_1, value) from None


def decode_link(data: xdr.Decoder) -> Link:
    """Decode ``link``."""
    try:
        (value_,) = _LINK_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _LINK_1, data) from None
    return _new_link(value_)


def encode_chain(out: xdr.Encoder, value: Chain) -> None:
    """Encode ``chain``."""
    xdr.encode_list(out, value, encode_link)


def decode_chain(data: xdr.Decoder) -> Chain:
    """Decode ``chain``."""
    return xdr.decode_list(data, decode_link)


_TREE_1: Final = xdr.Run("i", "value")
_new_tree: Final = xdr.constructor(Tree)


def encode_tree(out: xdr.Encoder, value: Tree) -> None:
    """Encode ``tree``."""
    out.enter()
    at: str | xdr.Run = "left"
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
    data.enter()
    at: str | xdr.Run = "left"
    try:
        left = xdr.decode_optional(data, decode_tree)
        at = _TREE_1
        (value_,) = _TREE_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "right"
        right = xdr.decode_optional(data, decode_tree)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    data.depth -= 1
    return _new_tree(left, value_, right)


_new_optionals: Final = xdr.constructor(Optionals)


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
    at = "maybe"
    try:
        maybe = xdr.decode_optional(data, xdr.decode_int)
        at = "maybe_point"
        maybe_point = xdr.decode_optional(data, decode_point)
        at = "maybe_name"
        maybe_name = xdr.decode_optional(data, decode_name)
        at = "entries"
        entries = xdr.decode_list(data, decode_entry)
        at = "links"
        links = xdr.decode_list(data, decode_link)
        at = "maybe_shape"
        maybe_shape = xdr.decode_optional(data, decode_shape)
        at = "root"
        root = xdr.decode_optional(data, decode_tree)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_optionals(maybe, maybe_point, maybe_name, entries, links, maybe_shape, root)


_KEYWORDS_1: Final = xdr.Run("i i I", "class_", "from_", "#bytes_")
_KEYWORDS_2: Final = xdr.Run("i i i i I", "at", "data", "value", "self", "#len")
_KEYWORDS_3: Final = xdr.Run("i", "type")
_new_keywords: Final = xdr.constructor(Keywords)


def encode_keywords(out: xdr.Encoder, value: Keywords) -> None:
    """Encode ``keywords``."""
    at: str | xdr.Run = _KEYWORDS_1
    try:
        out += _KEYWORDS_1.pack(value.class_, value.from_, len(value.bytes_))
        at = "bytes_"
        out += value.bytes_
        out += xdr.PADDING[len(value.bytes_) & 3]
        at = "len"
        len_ = xdr.text(value.len)
        at = _KEYWORDS_2
        out += _KEYWORDS_2.pack(value.at, value.data, value.value, value.self, len(len_))
        at = "len"
        out += len_
        out += xdr.PADDING[len(len_) & 3]
        at = "type"
        encode_answer(out, value.type)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_keywords(data: xdr.Decoder) -> Keywords:
    """Decode ``keywords``."""
    at: str | xdr.Run = _KEYWORDS_1
    try:
        class_, from_, bytes__length = _KEYWORDS_1.unpack_from(data.buffer, data.position)
        data.position += 12
        at = "bytes_"
        bytes_ = xdr.opaque_of(data, bytes__length)
        at = _KEYWORDS_2
        at_, data_, value_, self, len__length = _KEYWORDS_2.unpack_from(data.buffer, data.position)
        data.position += 20
        at = "len"
        len_ = xdr.string_of(data, len__length)
        at = _KEYWORDS_3
        (type__case,) = _KEYWORDS_3.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "type"
        type_ = _decode_answer_arm(data, type__case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_keywords(class_, from_, bytes_, at_, data_, value_, self, len_, type_)


_EVERYTHING_1: Final = xdr.Run("i", "a_shape")
_EVERYTHING_2: Final = xdr.Run("i", "an_answer")
_EVERYTHING_3: Final = xdr.Run("i", "a_number")
_EVERYTHING_4: Final = xdr.Run("I", "an_unsigned")
_new_everything: Final = xdr.constructor(Everything)


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
    at: str | xdr.Run = "some_numbers"
    try:
        some_numbers = decode_numbers(data)
        at = "some_bytes"
        some_bytes = decode_byte_kinds(data)
        at = "some_arrays"
        some_arrays = decode_arrays(data)
        at = _EVERYTHING_1
        (a_shape_case,) = _EVERYTHING_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "a_shape"
        a_shape = _decode_shape_arm(data, a_shape_case)
        at = _EVERYTHING_2
        (an_answer_case,) = _EVERYTHING_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "an_answer"
        an_answer = _decode_answer_arm(data, an_answer_case)
        at = _EVERYTHING_3
        (a_number_case,) = _EVERYTHING_3.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "a_number"
        a_number = _decode_by_number_arm(data, a_number_case)
        at = _EVERYTHING_4
        (an_unsigned_case,) = _EVERYTHING_4.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "an_unsigned"
        an_unsigned = _decode_by_unsigned_arm(data, an_unsigned_case)
        at = "some_optionals"
        some_optionals = decode_optionals(data)
        at = "some_keywords"
        some_keywords = decode_keywords(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_everything(
        some_numbers, some_bytes, some_arrays, a_shape, an_answer, a_number, an_unsigned, some_optionals, some_keywords
    )


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
