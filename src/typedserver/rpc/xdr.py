"""XDR (RFC 4506): values to bytes and back, strictly.

What a compiled module calls, and codecs of your own. An encoder is called with an Encoder and a value, a decoder with a
Decoder. What is wrong in either direction is an XDRError that names the path to it (``entries[3].name``). It knows
bytes and values, no call and no socket.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from operator import attrgetter
from typing import Any, Final, NoReturn, TypeAlias, TypeVar, cast, final, overload

from typing_extensions import ParamSpec

from typedserver.errors import TypedServerError

__all__ = [
    "BOOL",
    "DECODING",
    "DEPTH",
    "ENCODING",
    "MAXIMUM",
    "NO",
    "PADDING",
    "YES",
    "Decode",
    "Decoder",
    "Encode",
    "Encoder",
    "Run",
    "XDRError",
    "arguments",
    "checked_length",
    "constructor",
    "decode_array",
    "decode_bool",
    "decode_chain",
    "decode_char",
    "decode_double",
    "decode_enum",
    "decode_fixed_array",
    "decode_fixed_numbers",
    "decode_fixed_opaque",
    "decode_float",
    "decode_hyper",
    "decode_int",
    "decode_length",
    "decode_list",
    "decode_numbers",
    "decode_opaque",
    "decode_optional",
    "decode_short",
    "decode_string",
    "decode_unsigned",
    "decode_unsigned_char",
    "decode_unsigned_hyper",
    "decode_unsigned_short",
    "decode_void",
    "encode_array",
    "encode_bool",
    "encode_chain",
    "encode_char",
    "encode_double",
    "encode_enum",
    "encode_fixed_array",
    "encode_fixed_numbers",
    "encode_fixed_opaque",
    "encode_float",
    "encode_hyper",
    "encode_int",
    "encode_list",
    "encode_numbers",
    "encode_opaque",
    "encode_optional",
    "encode_short",
    "encode_string",
    "encode_unsigned",
    "encode_unsigned_char",
    "encode_unsigned_hyper",
    "encode_unsigned_short",
    "encode_void",
    "fault",
    "from_bytes",
    "opaque_of",
    "string_of",
    "text",
    "to_bytes",
    "undeclared",
    "unmatched",
]

T = TypeVar("T")
EnumT = TypeVar("EnumT", bound=IntEnum)
P = ParamSpec("P")

# A length is an unsigned int (RFC 4506, 4.10): what a declaration without a bound allows.
MAXIMUM: Final = 2**32 - 1

# How deep values of a recursive type may be nested. Python allows some 1,000 calls within one another, each level takes
# two or three, and whoever decodes is some way down already.
DEPTH: Final = 100

BOOL: Final = {0: False, 1: True}

_UNIT: Final = 4
# Whether an optional is there.
NO: Final = b"\0\0\0\0"
YES: Final = b"\0\0\0\1"
# What fills up to the next four bytes behind so many.
PADDING: Final = (b"", b"\0\0\0", b"\0\0", b"\0")
_SHOWN: Final = 40


@final
class XDRError(TypedServerError, ValueError):
    """Bytes that are not a value of the declared type, or a value that has no bytes of it.

    ``path`` leads to what is wrong, from the outermost value inwards (``entries[3].name``); it is empty for that value
    itself.
    """

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message

    def __reduce__(self) -> "tuple[type[XDRError], tuple[str, str]]":
        return type(self), (self.message, self.path)

    def within(self, outer: str) -> "XDRError":
        """Return this error as seen from the value that has ``outer``: a field's name, or ``[3]``."""
        inner = self.path
        path = outer + inner if not inner or not outer or inner.startswith("[") else f"{outer}.{inner}"
        return XDRError(self.message, path)


# What a decoder, and an encoder, may raise inside before it says where: ``fault`` makes an XDRError of each. A KeyError
# is a number that an enum does not have; the last two, a value of another type than is declared.
DECODING: Final = (XDRError, struct.error, KeyError)
ENCODING: Final = (XDRError, struct.error, OverflowError, KeyError, AttributeError, TypeError)


@final
class Encoder(bytearray):
    """Bytes that are being written: a bytearray to which encoders append (``out += ...``)."""

    __slots__ = ("depth",)

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0

    def getvalue(self) -> bytes:
        """Return what was encoded up to now."""
        return bytes(self)

    def enter(self) -> None:
        """Go one level down in a value of a recursive type; raises XDRError below DEPTH levels."""
        self.depth += 1
        if self.depth > DEPTH:
            raise XDRError(f"is nested more than {DEPTH} levels deep")


@final
class Decoder:
    """Bytes that are being read, and how far.

    ``data`` is read from ``start`` on. What decoders return are copies, so that ``data`` may be written again after.
    No length inside can ask for more than what is there. So ``limit``, the most bytes that there may be, bounds the
    memory that a value takes: some tens of bytes for each of them. Raises XDRError if there are more.
    """

    __slots__ = ("buffer", "depth", "position")

    def __init__(self, data: "bytes | bytearray | memoryview[int]", start: int = 0, *, limit: int = MAXIMUM) -> None:
        # Of a memoryview each slice would have to be copied by another call; and a slice of bytes is a copy.
        self.buffer: Final = data if isinstance(data, bytes) else bytes(data)
        self.position = start
        self.depth = 0
        if len(self.buffer) - start > limit:
            raise XDRError(f"{len(self.buffer) - start} bytes are more than the limit of {limit}")

    @property
    def remaining(self) -> int:
        """How many bytes have not been decoded yet."""
        return len(self.buffer) - self.position

    def finish(self) -> None:
        """Check that everything was decoded; raises XDRError if bytes are left."""
        if self.position != len(self.buffer):
            raise XDRError(f"{self.remaining} bytes are left behind the value")

    def enter(self) -> None:
        """Go one level down in a value of a recursive type; raises XDRError below DEPTH levels."""
        self.depth += 1
        if self.depth > DEPTH:
            raise XDRError(f"is nested more than {DEPTH} levels deep")


Encode: TypeAlias = Callable[[Encoder, T], None]
Decode: TypeAlias = Callable[[Decoder], T]


@final
class Run:
    """Fields of fixed size behind one another, which are packed and unpacked at once.

    ``codes`` are struct's, one for each of ``names``. The names serve errors: they are attributes of the value, dotted
    if they are of a value inside.
    """

    __slots__ = ("codes", "lengths", "names", "pack", "size", "unpack_from")

    def __init__(self, codes: str, *names: str) -> None:
        packing = struct.Struct(f">{codes.replace(' ', '')}")
        self.codes: Final = codes.split()
        self.names: Final = tuple(name.removeprefix("#") for name in names)
        self.lengths: Final = frozenset(name[1:] for name in names if name.startswith("#"))
        self.size: Final = packing.size
        self.pack: Final = packing.pack
        self.unpack_from: Final = packing.unpack_from


_INT: Final = Run("i", "")
_UNSIGNED: Final = Run("I", "")
_HYPER: Final = Run("q", "")
_UNSIGNED_HYPER: Final = Run("Q", "")
_FLOAT: Final = Run("f", "")
_DOUBLE: Final = Run("d", "")


def _pack(out: Encoder, run: Run, value: float) -> None:
    try:
        out += run.pack(value)
    except (struct.error, OverflowError) as error:
        raise XDRError(f"{_shown(value)} is no value of this type: {error}") from None


def encode_void(_out: Encoder, _value: None) -> None:
    """Encode nothing."""


def decode_void(_data: Decoder) -> None:
    """Decode nothing."""


def encode_int(out: Encoder, value: int) -> None:
    """Encode an integer of 32 bits; raises XDRError if it has more."""
    _pack(out, _INT, value)


def decode_int(data: Decoder) -> int:
    """Decode an integer of 32 bits."""
    number: int
    try:
        (number,) = _INT.unpack_from(data.buffer, data.position)
    except struct.error:
        raise _short(data, 4) from None
    data.position += 4
    return number


def encode_unsigned(out: Encoder, value: int) -> None:
    """Encode an integer from 0 on of 32 bits; raises XDRError if it is another."""
    _pack(out, _UNSIGNED, value)


def decode_unsigned(data: Decoder) -> int:
    """Decode an integer from 0 on of 32 bits."""
    number: int
    try:
        (number,) = _UNSIGNED.unpack_from(data.buffer, data.position)
    except struct.error:
        raise _short(data, 4) from None
    data.position += 4
    return number


def encode_char(out: Encoder, value: int) -> None:
    """Encode an integer of 8 bits as one of 32, as C does; raises XDRError if it has more."""
    _pack(out, _INT, _within(value, -(2**7), 2**7 - 1))


def decode_char(data: Decoder) -> int:
    """Decode an integer of 8 bits; raises XDRError if it has more."""
    return _within(decode_int(data), -(2**7), 2**7 - 1)


def encode_unsigned_char(out: Encoder, value: int) -> None:
    """Encode an integer of 8 bits from 0 on as one of 32, as C does; raises XDRError if it has more."""
    _pack(out, _INT, _within(value, 0, 2**8 - 1))


def decode_unsigned_char(data: Decoder) -> int:
    """Decode an integer of 8 bits from 0 on; raises XDRError if it has more."""
    return _within(decode_int(data), 0, 2**8 - 1)


def encode_short(out: Encoder, value: int) -> None:
    """Encode an integer of 16 bits as one of 32, as C does; raises XDRError if it has more."""
    _pack(out, _INT, _within(value, -(2**15), 2**15 - 1))


def decode_short(data: Decoder) -> int:
    """Decode an integer of 16 bits; raises XDRError if it has more."""
    return _within(decode_int(data), -(2**15), 2**15 - 1)


def encode_unsigned_short(out: Encoder, value: int) -> None:
    """Encode an integer of 16 bits from 0 on as one of 32, as C does; raises XDRError if it has more."""
    _pack(out, _INT, _within(value, 0, 2**16 - 1))


def decode_unsigned_short(data: Decoder) -> int:
    """Decode an integer of 16 bits from 0 on; raises XDRError if it has more."""
    return _within(decode_int(data), 0, 2**16 - 1)


def encode_hyper(out: Encoder, value: int) -> None:
    """Encode an integer of 64 bits; raises XDRError if it has more."""
    _pack(out, _HYPER, value)


def decode_hyper(data: Decoder) -> int:
    """Decode an integer of 64 bits."""
    number: int
    try:
        (number,) = _HYPER.unpack_from(data.buffer, data.position)
    except struct.error:
        raise _short(data, 8) from None
    data.position += 8
    return number


def encode_unsigned_hyper(out: Encoder, value: int) -> None:
    """Encode an integer from 0 on of 64 bits; raises XDRError if it is another."""
    _pack(out, _UNSIGNED_HYPER, value)


def decode_unsigned_hyper(data: Decoder) -> int:
    """Decode an integer from 0 on of 64 bits."""
    number: int
    try:
        (number,) = _UNSIGNED_HYPER.unpack_from(data.buffer, data.position)
    except struct.error:
        raise _short(data, 8) from None
    data.position += 8
    return number


def encode_float(out: Encoder, value: float) -> None:
    """Encode a number with the precision of 32 bits; raises XDRError if it is too large for them."""
    _pack(out, _FLOAT, value)


def decode_float(data: Decoder) -> float:
    """Decode a number of 32 bits."""
    number: float
    try:
        (number,) = _FLOAT.unpack_from(data.buffer, data.position)
    except struct.error:
        raise _short(data, 4) from None
    data.position += 4
    return number


def encode_double(out: Encoder, value: float) -> None:
    """Encode a number with the precision of 64 bits, which is that of Python's float."""
    _pack(out, _DOUBLE, value)


def decode_double(data: Decoder) -> float:
    """Decode a number of 64 bits."""
    number: float
    try:
        (number,) = _DOUBLE.unpack_from(data.buffer, data.position)
    except struct.error:
        raise _short(data, 8) from None
    data.position += 8
    return number


def encode_bool(out: Encoder, value: bool) -> None:
    """Encode a truth value."""
    _pack(out, _INT, value)


def decode_bool(data: Decoder) -> bool:
    """Decode a truth value; raises XDRError for another number than 0 and 1."""
    number = decode_int(data)
    if number not in BOOL:
        raise undeclared(number)
    return number == 1


def encode_enum(out: Encoder, value: EnumT, kind: type[EnumT]) -> None:
    """Encode a member of ``kind``; raises XDRError if it is none."""
    try:
        out += _INT.pack(kind(value))
    except ValueError:
        raise undeclared(value) from None


def decode_enum(data: Decoder, kind: type[EnumT]) -> EnumT:
    """Decode a member of ``kind``; raises XDRError for a number that has no member."""
    number = decode_int(data)
    try:
        return kind(number)
    except ValueError:
        raise undeclared(number) from None


def encode_fixed_opaque(out: Encoder, value: bytes, length: int) -> None:
    """Encode ``length`` bytes; raises XDRError if ``value`` has another length."""
    if len(value) != length:
        raise XDRError(f"{len(value)} bytes, but {length} are declared")
    out += value
    out += PADDING[length & 3]


def decode_fixed_opaque(data: Decoder, length: int) -> bytes:
    """Decode ``length`` bytes."""
    return opaque_of(data, length)


def encode_opaque(out: Encoder, value: bytes, bound: int = MAXIMUM) -> None:
    """Encode bytes with their length; raises XDRError if there are more than ``bound``."""
    length = len(value)
    if length > bound:
        raise _long(length, bound)
    out += _UNSIGNED.pack(length)
    out += value
    if length & 3:
        out += PADDING[length & 3]


def decode_opaque(data: Decoder, bound: int = MAXIMUM) -> bytes:
    """Decode bytes with their length; raises XDRError if there are more than ``bound``."""
    return opaque_of(data, decode_unsigned(data), bound)


def opaque_of(data: Decoder, length: int, bound: int = MAXIMUM) -> bytes:
    """Decode bytes whose length was decoded; raises XDRError if there are more than ``bound``."""
    buffer, start = data.buffer, data.position
    end = start + length
    # An end behind the buffer's finds no padding there either, not even none.
    if length > bound or not buffer.startswith(PADDING[length & 3], end):
        raise _no_bytes(data, length, bound)
    data.position = end + (-length & 3)
    return buffer[start:end]


def string_of(data: Decoder, length: int, bound: int = MAXIMUM) -> str:
    """Decode a text whose length was decoded; raises XDRError if it has more than ``bound`` bytes."""
    buffer, start = data.buffer, data.position
    end = start + length
    if length > bound or not buffer.startswith(PADDING[length & 3], end):
        raise _no_bytes(data, length, bound)
    data.position = end + (-length & 3)
    try:
        return buffer[start:end].decode()
    except UnicodeDecodeError:
        return buffer[start:end].decode("utf-8", "surrogateescape")


def encode_string(out: Encoder, value: str, bound: int = MAXIMUM) -> None:
    """Encode a text as UTF-8; raises XDRError if that has more than ``bound`` bytes.

    What ``decode_string`` made of bytes that are no UTF-8 becomes these bytes again.
    """
    encode_opaque(out, text(value), bound)


def text(value: str, bound: int = MAXIMUM) -> bytes:
    """Return a text in UTF-8; raises XDRError if that has more than ``bound`` bytes."""
    try:
        encoded = value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise XDRError(f"{_shown(value)} has no bytes in UTF-8: {error.reason}") from None
    if len(encoded) > bound:
        raise _long(len(encoded), bound)
    return encoded


def decode_string(data: Decoder, bound: int = MAXIMUM) -> str:
    """Decode a text; raises XDRError if it has more than ``bound`` bytes.

    Any bytes are a text, because a file may have any name: those that are no UTF-8 become surrogates, as they do in
    ``os.fsdecode``.
    """
    return string_of(data, decode_unsigned(data), bound)


def checked_length(value: "Sequence[object] | bytes", bound: int) -> int:
    """Return the length of a value; raises XDRError if it is above ``bound``."""
    length = len(value)
    if length > bound:
        raise _long(length, bound)
    return length


def decode_length(data: Decoder, bound: int = MAXIMUM, least: int = _UNIT) -> int:
    """Decode how many elements follow, of ``least`` bytes each at least.

    Raises XDRError if they are more than ``bound``, or more than what is left can hold.
    """
    length = decode_unsigned(data)
    if length > bound:
        raise _long(length, bound)
    if length * least > data.remaining:
        raise _short(data, length * least)
    return length


def encode_fixed_numbers(out: Encoder, values: Sequence[float], code: str, length: int) -> None:
    """Encode ``length`` numbers; raises XDRError if there are more or less. ``code`` is struct's for one of them."""
    if len(values) != length:
        raise XDRError(f"{len(values)} elements, but {length} are declared")
    try:
        out += struct.pack(f">{length}{code}", *values)
    except (struct.error, OverflowError):
        run = Run(code, "")
        for index, value in enumerate(values):
            try:
                _pack(Encoder(), run, value)
            except XDRError as error:
                raise error.within(f"[{index}]") from None
        raise


def decode_fixed_numbers(data: Decoder, code: str, length: int) -> tuple[Any, ...]:
    """Decode ``length`` numbers; ``code`` is struct's for one of them."""
    packing = struct.Struct(f">{length}{code}")
    try:
        values = packing.unpack_from(data.buffer, data.position)
    except struct.error:
        one = struct.calcsize(f">{code}")
        whole = data.remaining // one
        data.position += whole * one
        raise _short(data, one).within(f"[{whole}]") from None
    data.position += packing.size
    return values


def encode_numbers(out: Encoder, values: Sequence[float], code: str, bound: int = MAXIMUM) -> None:
    """Encode numbers with how many they are; raises XDRError if there are more than ``bound``."""
    length = checked_length(values, bound)
    out += _UNSIGNED.pack(length)
    encode_fixed_numbers(out, values, code, length)


def decode_numbers(data: Decoder, code: str, bound: int = MAXIMUM) -> tuple[Any, ...]:
    """Decode numbers with how many they are; raises XDRError if there are more than ``bound``."""
    return decode_fixed_numbers(data, code, decode_length(data, bound, struct.calcsize(f">{code}")))


def encode_fixed_array(out: Encoder, values: Sequence[T], encode: Encode[T], length: int) -> None:
    """Encode ``length`` elements; raises XDRError if there are more or less."""
    if len(values) != length:
        raise XDRError(f"{len(values)} elements, but {length} are declared")
    _encode_elements(out, values, encode)


def decode_fixed_array(data: Decoder, decode: Decode[T], length: int) -> tuple[T, ...]:
    """Decode ``length`` elements."""
    values: list[T] = []
    append = values.append
    try:
        for _ in range(length):
            append(decode(data))
    except XDRError as error:
        raise error.within(f"[{len(values)}]") from None
    return tuple(values)


def encode_array(out: Encoder, values: Sequence[T], encode: Encode[T], bound: int = MAXIMUM) -> None:
    """Encode elements with their number; raises XDRError if there are more than ``bound``."""
    out += _UNSIGNED.pack(checked_length(values, bound))
    _encode_elements(out, values, encode)


def decode_array(data: Decoder, decode: Decode[T], bound: int = MAXIMUM, least: int = _UNIT) -> tuple[T, ...]:
    """Decode elements with their number; raises XDRError if there are more than ``bound``.

    Each takes ``least`` bytes at least, so that a number which can not be true is refused before one is decoded.
    """
    return decode_fixed_array(data, decode, decode_length(data, bound, least))


def encode_optional(out: Encoder, value: T | None, encode: Encode[T]) -> None:
    """Encode a value, or that there is none."""
    if value is None:
        out += NO
    else:
        out += YES
        encode(out, value)


def decode_optional(data: Decoder, decode: Decode[T]) -> T | None:
    """Decode a value, or None if there is none."""
    return decode(data) if decode_bool(data) else None


def encode_list(out: Encoder, values: Sequence[T], encode: Encode[T]) -> None:
    """Encode a linked list, however long: before each element that there is one, at the end that there is none."""
    index = 0
    try:
        for value in values:
            out += YES
            encode(out, value)
            index += 1
    except ENCODING as error:
        raise fault(error, f"[{index}]") from None
    out += NO


def decode_list(data: Decoder, decode: Decode[T]) -> tuple[T, ...]:
    """Decode a linked list, however long."""
    values: list[T] = []
    append = values.append
    unpack_from = _INT.unpack_from
    try:
        while True:
            (more,) = unpack_from(data.buffer, data.position)
            if more != 1:
                break
            data.position += _UNIT
            append(decode(data))
        if more != 0:
            raise undeclared(more)
    except DECODING as error:
        raise fault(error, f"[{len(values)}]", data) from None
    data.position += _UNIT
    return tuple(values)


def encode_chain(out: Encoder, values: Sequence[T], encode: Encode[T]) -> None:
    """Encode a linked list whose first element stands in place; raises XDRError if there is none."""
    if not values:
        raise XDRError("no element, but one at least is declared")
    try:
        encode(out, values[0])
    except ENCODING as error:
        raise fault(error, "[0]") from None
    encode_list(out, values[1:], encode)


def decode_chain(data: Decoder, decode: Decode[T]) -> tuple[T, ...]:
    """Decode a linked list whose first element stands in place."""
    try:
        first = decode(data)
    except XDRError as error:
        raise error.within("[0]") from None
    return (first, *decode_list(data, decode))


def arguments(*decoders: Decode[Any]) -> Decode[tuple[object, ...]]:
    """Return what decodes the arguments of a procedure: values behind one another, as a tuple."""
    if len(decoders) == 1:
        (decode,) = decoders
        return lambda data: (decode(data),)
    return lambda data: tuple([decode(data) for decode in decoders])


def to_bytes(encode: Encode[T], value: T) -> bytes:
    """Return a value as bytes."""
    out = Encoder()
    encode(out, value)
    return bytes(out)


def from_bytes(decode: Decode[T], data: bytes, *, limit: int = MAXIMUM) -> T:
    """Return the value that ``data`` is; raises XDRError if it is none, or if bytes are left behind it."""
    decoder = Decoder(data, limit=limit)
    value = decode(decoder)
    decoder.finish()
    return value


@overload
def constructor(kind: Callable[P, T]) -> Callable[P, T]: ...


@overload
def constructor(kind: Callable[..., T], inner: Mapping[str, type]) -> Callable[..., T]: ...


def constructor(kind: Callable[..., T], inner: Mapping[str, type] | None = None) -> Callable[..., T]:
    """Return what makes values of a frozen slotted dataclass of its fields, in half of the time.

    The dataclass's own ``__init__`` sets each field by a call, because its attributes can not be assigned to. Here they
    are assigned on a class of the same slots without that, and then the value is made one of the class. A field at a
    path of ``inner`` is not given but made of its own fields, which are given in its stead.
    """
    scope: dict[str, Any] = {}
    given: list[str] = []
    lines: list[str] = []
    made = _made(kind, "", inner or {}, scope, given, lines)
    exec("\n".join([f"def new({', '.join(given)}):", *lines, f" return {made}"]), scope)  # noqa: S102 - no text of others
    return cast("Callable[..., T]", scope["new"])


def _made(  # noqa: PLR0917 - it calls itself with the same
    kind: Callable[..., object],
    path: str,
    inner: Mapping[str, type],
    scope: dict[str, Any],
    given: list[str],
    lines: list[str],
) -> str:
    """Write what makes a value at a path, and return its name."""
    number = len(scope)
    names = cast("tuple[str, ...]", getattr(kind, "__match_args__"))  # noqa: B009 - it is typed as a function
    scope[f"twin{number}"] = type(f"_{kind.__name__}", (), {"__slots__": names})
    scope[f"kind{number}"] = kind
    lines.append(f" made{number} = twin{number}()")
    for name in names:
        full = f"{path}{name}"
        if full in inner:
            field = _made(inner[full], f"{full}.", inner, scope, given, lines)
        else:
            given.append(field := f"field{len(given)}")
        lines.append(f" made{number}.{name} = {field}")
    lines.append(f" made{number}.__class__ = kind{number}")
    return f"made{number}"


def undeclared(number: object) -> XDRError:
    """Return the error for a number that an enum, or a union's discriminant, does not have."""
    return XDRError(f"{_shown(number)} is none of the declared values")


def unmatched(value: object) -> NoReturn:
    """Refuse a value that is no arm of a union; raises XDRError."""
    raise XDRError(f"{_shown(value)} is no arm of this union")


def fault(error: Exception, at: "str | Run", source: object = None) -> XDRError:
    """Return an XDRError of what was raised while the field ``at`` was decoded or encoded.

    ``source`` is what was decoded or encoded: the Decoder, or the value. It serves to find the field of a Run.
    """
    if isinstance(error, XDRError | KeyError):
        told = error if isinstance(error, XDRError) else undeclared(error.args[0])
        return told.within(at if isinstance(at, str) else at.names[0])
    if isinstance(source, Decoder):
        if isinstance(at, str):
            return XDRError("the bytes end here", at)
        return _short_run(source, at)
    if isinstance(at, Run):
        return _unpacked_field(error, at, source)
    return XDRError(f"is no value of this type: {error}", at)


def _encode_elements(out: Encoder, values: Sequence[T], encode: Encode[T]) -> None:
    index = 0
    try:
        for value in values:
            encode(out, value)
            index += 1
    except ENCODING as error:
        raise fault(error, f"[{index}]") from None


def _short_run(data: Decoder, run: Run) -> XDRError:
    left = data.remaining
    for code, name in zip(run.codes, run.names, strict=True):
        size = struct.calcsize(f">{code}")
        if size > left:
            return XDRError(f"{size} bytes are needed, {left} are left", name)
        left -= size
    return XDRError("the bytes end here", run.names[-1])


def _unpacked_field(error: Exception, run: Run, value: object) -> XDRError:
    for code, name in zip(run.codes, run.names, strict=True):
        try:
            field = attrgetter(name)(value)
            field = len(field) if name in run.lengths and not isinstance(field, str) else field
        except (AttributeError, TypeError) as missing:
            return XDRError(str(missing), name)
        if name in run.lengths and isinstance(field, str):
            continue
        try:
            struct.pack(f">{code}", field)
        except (struct.error, OverflowError, TypeError) as reason:
            return XDRError(f"{_shown(field)} is no value of this type: {reason}", name)
    return XDRError(f"is no value of this type: {error}")


def _short(data: Decoder, needed: int) -> XDRError:
    return XDRError(f"{needed} bytes are needed, {max(data.remaining, 0)} are left")


def _no_bytes(data: Decoder, length: int, bound: int) -> XDRError:
    """Return what is wrong with bytes of a length."""
    if length > bound:
        return _long(length, bound)
    end = data.position + length
    position = end + (-length & 3)
    if position > len(data.buffer):
        return _short(data, position - data.position)
    return XDRError(f"the padding is {data.buffer[end:position]!r}: only zeros are allowed")


def _long(length: int, bound: int) -> XDRError:
    return XDRError(f"a length of {length} is above the bound of {bound}")


def _within(number: int, least: int, most: int) -> int:
    if not least <= number <= most:
        raise XDRError(f"{number} is not between {least} and {most}")
    return number


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
