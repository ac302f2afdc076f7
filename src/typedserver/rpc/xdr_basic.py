"""The types of XDR that have no types inside: numbers, truth values, enums, bytes, texts."""

import struct
from collections.abc import Sequence
from enum import IntEnum
from typing import Final, TypeVar

from typedserver.rpc.xdr_bytes import MAXIMUM, UNIT, Decoder, Encoder, Run, short
from typedserver.rpc.xdr_error import XDRError, shown, too_long, unclean, undeclared

EnumT = TypeVar("EnumT", bound=IntEnum)

BOOL: Final = {0: False, 1: True}


# What fills up to the next four bytes behind so many.
PADDING: Final = (b"", b"\0\0\0", b"\0\0", b"\0")


ZEROS: Final = frozenset(PADDING)


INT: Final = Run("i", "")


UNSIGNED: Final = Run("I", "")


_HYPER: Final = Run("q", "")


_UNSIGNED_HYPER: Final = Run("Q", "")


_FLOAT: Final = Run("f", "")


_DOUBLE: Final = Run("d", "")


def pack(out: Encoder, run: Run, value: float) -> None:
    """Encode a number by a run of one; raises XDRError if it does not fit."""
    try:
        out += run.pack(value)
    except (struct.error, OverflowError) as error:
        raise XDRError(f"{shown(value)} is no value of this type: {error}") from None


def encode_void(_out: Encoder, _value: None) -> None:
    """Encode nothing."""


def decode_void(_data: Decoder) -> None:
    """Decode nothing."""


def encode_int(out: Encoder, value: int) -> None:
    """Encode an integer of 32 bits; raises XDRError if it has more."""
    pack(out, INT, value)


def decode_int(data: Decoder) -> int:
    """Decode an integer of 32 bits."""
    number: int
    try:
        (number,) = INT.unpack_from(data.buffer, data.position)
    except struct.error:
        raise short(data, 4) from None
    data.position += 4
    return number


def encode_unsigned(out: Encoder, value: int) -> None:
    """Encode an integer from 0 on of 32 bits; raises XDRError if it is another."""
    pack(out, UNSIGNED, value)


def decode_unsigned(data: Decoder) -> int:
    """Decode an integer from 0 on of 32 bits."""
    number: int
    try:
        (number,) = UNSIGNED.unpack_from(data.buffer, data.position)
    except struct.error:
        raise short(data, 4) from None
    data.position += 4
    return number


def encode_char(out: Encoder, value: int) -> None:
    """Encode an integer of 8 bits as one of 32, as C does; raises XDRError if it has more."""
    pack(out, INT, _within(value, -(2**7), 2**7 - 1))


def decode_char(data: Decoder) -> int:
    """Decode an integer of 8 bits; raises XDRError if it has more."""
    return _within(decode_int(data), -(2**7), 2**7 - 1)


def encode_unsigned_char(out: Encoder, value: int) -> None:
    """Encode an integer of 8 bits from 0 on as one of 32, as C does; raises XDRError if it has more."""
    pack(out, INT, _within(value, 0, 2**8 - 1))


def decode_unsigned_char(data: Decoder) -> int:
    """Decode an integer of 8 bits from 0 on; raises XDRError if it has more."""
    return _within(decode_int(data), 0, 2**8 - 1)


def encode_short(out: Encoder, value: int) -> None:
    """Encode an integer of 16 bits as one of 32, as C does; raises XDRError if it has more."""
    pack(out, INT, _within(value, -(2**15), 2**15 - 1))


def decode_short(data: Decoder) -> int:
    """Decode an integer of 16 bits; raises XDRError if it has more."""
    return _within(decode_int(data), -(2**15), 2**15 - 1)


def encode_unsigned_short(out: Encoder, value: int) -> None:
    """Encode an integer of 16 bits from 0 on as one of 32, as C does; raises XDRError if it has more."""
    pack(out, INT, _within(value, 0, 2**16 - 1))


def decode_unsigned_short(data: Decoder) -> int:
    """Decode an integer of 16 bits from 0 on; raises XDRError if it has more."""
    return _within(decode_int(data), 0, 2**16 - 1)


def encode_hyper(out: Encoder, value: int) -> None:
    """Encode an integer of 64 bits; raises XDRError if it has more."""
    pack(out, _HYPER, value)


def decode_hyper(data: Decoder) -> int:
    """Decode an integer of 64 bits."""
    number: int
    try:
        (number,) = _HYPER.unpack_from(data.buffer, data.position)
    except struct.error:
        raise short(data, 8) from None
    data.position += 8
    return number


def encode_unsigned_hyper(out: Encoder, value: int) -> None:
    """Encode an integer from 0 on of 64 bits; raises XDRError if it is another."""
    pack(out, _UNSIGNED_HYPER, value)


def decode_unsigned_hyper(data: Decoder) -> int:
    """Decode an integer from 0 on of 64 bits."""
    number: int
    try:
        (number,) = _UNSIGNED_HYPER.unpack_from(data.buffer, data.position)
    except struct.error:
        raise short(data, 8) from None
    data.position += 8
    return number


def encode_float(out: Encoder, value: float) -> None:
    """Encode a number with the precision of 32 bits; raises XDRError if it is too large for them."""
    pack(out, _FLOAT, value)


def decode_float(data: Decoder) -> float:
    """Decode a number of 32 bits."""
    number: float
    try:
        (number,) = _FLOAT.unpack_from(data.buffer, data.position)
    except struct.error:
        raise short(data, 4) from None
    data.position += 4
    return number


def encode_double(out: Encoder, value: float) -> None:
    """Encode a number with the precision of 64 bits, which is that of Python's float."""
    pack(out, _DOUBLE, value)


def decode_double(data: Decoder) -> float:
    """Decode a number of 64 bits."""
    number: float
    try:
        (number,) = _DOUBLE.unpack_from(data.buffer, data.position)
    except struct.error:
        raise short(data, 8) from None
    data.position += 8
    return number


def encode_bool(out: Encoder, value: bool) -> None:
    """Encode a truth value."""
    pack(out, INT, value)


def decode_bool(data: Decoder) -> bool:
    """Decode a truth value; raises XDRError for another number than 0 and 1."""
    number = decode_int(data)
    if number not in BOOL:
        raise undeclared(number)
    return number == 1


def encode_enum(out: Encoder, value: EnumT, kind: type[EnumT]) -> None:
    """Encode a member of ``kind``; raises XDRError if it is none."""
    try:
        out += INT.pack(kind(value))
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
        raise too_long(length, bound)
    out += UNSIGNED.pack(length)
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
        # With a name of what to do with errors it takes twice as long.
        encoded = value.encode() if value.isascii() else value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise XDRError(f"{shown(value)} has no bytes in UTF-8: {error.reason}") from None
    if len(encoded) > bound:
        raise too_long(len(encoded), bound)
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
        raise too_long(length, bound)
    return length


def decode_length(data: Decoder, bound: int = MAXIMUM, least: int = UNIT) -> int:
    """Decode how many elements follow, of ``least`` bytes each at least.

    Raises XDRError if they are more than ``bound``, or more than what is left can hold.
    """
    length = decode_unsigned(data)
    if length > bound:
        raise too_long(length, bound)
    if length * least > data.remaining:
        raise short(data, length * least)
    return length


def _no_bytes(data: Decoder, length: int, bound: int) -> XDRError:
    """Return what is wrong with bytes of a length."""
    if length > bound:
        return too_long(length, bound)
    end = data.position + length
    position = end + (-length & 3)
    if position > len(data.buffer):
        return short(data, position - data.position)
    return unclean(data.buffer[end:position])


def _within(number: int, least: int, most: int) -> int:
    if not least <= number <= most:
        raise XDRError(f"{number} is not between {least} and {most}")
    return number
