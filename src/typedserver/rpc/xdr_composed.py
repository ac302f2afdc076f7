"""The types of XDR that are made of others: arrays, optionals, linked lists; and whole values as bytes."""

import struct
from collections.abc import Iterator, Sequence
from operator import length_hint
from typing import Any, Final, Literal, TypeAlias, TypeVar, overload

from typedserver.rpc.xdr_basic import INT, UNSIGNED, checked_length, decode_bool, decode_length, pack
from typedserver.rpc.xdr_bytes import MAXIMUM, UNIT, Decode, Decoder, Encode, Encoder, Run, short
from typedserver.rpc.xdr_error import XDRError, undeclared
from typedserver.rpc.xdr_faults import DECODING, ENCODING, fault

T = TypeVar("T")

# struct's for one number each, of what XDR has.
IntegerCode: TypeAlias = Literal["i", "I", "q", "Q", "h", "H", "b", "B"]
FloatCode: TypeAlias = Literal["f", "d"]

# Whether an optional is there.
NO: Final = b"\0\0\0\0"


YES: Final = b"\0\0\0\1"


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
                pack(Encoder(), run, value)
            except XDRError as error:
                raise error.within(f"[{index}]") from None
        raise


@overload
def decode_fixed_numbers(data: Decoder, code: IntegerCode, length: int) -> tuple[int, ...]: ...


@overload
def decode_fixed_numbers(data: Decoder, code: FloatCode, length: int) -> tuple[float, ...]: ...


def decode_fixed_numbers(data: Decoder, code: str, length: int) -> tuple[Any, ...]:
    """Decode ``length`` numbers; ``code`` is struct's for one of them."""
    packing = struct.Struct(f">{length}{code}")
    try:
        values = packing.unpack_from(data.buffer, data.position)
    except struct.error:
        one = struct.calcsize(f">{code}")
        whole = data.remaining // one
        data.position += whole * one
        raise short(data, one).within(f"[{whole}]") from None
    data.position += packing.size
    return values


def encode_numbers(out: Encoder, values: Sequence[float], code: str, bound: int = MAXIMUM) -> None:
    """Encode numbers with how many they are; raises XDRError if there are more than ``bound``."""
    length = checked_length(values, bound)
    out += UNSIGNED.pack(length)
    encode_fixed_numbers(out, values, code, length)


@overload
def decode_numbers(data: Decoder, code: IntegerCode, bound: int = MAXIMUM) -> tuple[int, ...]: ...


@overload
def decode_numbers(data: Decoder, code: FloatCode, bound: int = MAXIMUM) -> tuple[float, ...]: ...


def decode_numbers(data: Decoder, code: Any, bound: int = MAXIMUM) -> tuple[Any, ...]:
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
    out += UNSIGNED.pack(checked_length(values, bound))
    _encode_elements(out, values, encode)


def decode_array(data: Decoder, decode: Decode[T], bound: int = MAXIMUM, least: int = UNIT) -> tuple[T, ...]:
    """Decode elements with their number; raises XDRError if there are more than ``bound``.

    Each takes ``least`` bytes at least, so that a number which cannot be true is refused before one is decoded.
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
    elements = iter(tuple(values))
    try:
        for value in elements:
            out += YES
            encode(out, value)
    except ENCODING as error:
        raise fault(error, _last(values, elements)) from None
    out += NO


def decode_list(data: Decoder, decode: Decode[T], before: Sequence[T] = ()) -> tuple[T, ...]:
    """Decode a linked list, however long; ``before`` are the elements that were decoded already."""
    values: list[T] = list(before)
    append = values.append
    unpack_from = INT.unpack_from
    try:
        while True:
            (more,) = unpack_from(data.buffer, data.position)
            if more != 1:
                break
            data.position += UNIT
            append(decode(data))
        if more != 0:
            raise undeclared(more)
    except DECODING as error:
        raise fault(error, f"[{len(values)}]", data) from None
    data.position += UNIT
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


def arguments(*decoders: Decode[object]) -> Decode[tuple[object, ...]]:
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


def _encode_elements(out: Encoder, values: Sequence[T], encode: Encode[T]) -> None:
    elements = iter(tuple(values))
    try:
        for value in elements:
            encode(out, value)
    except ENCODING as error:
        raise fault(error, _last(values, elements)) from None


def _last(values: Sequence[object], elements: Iterator[object]) -> str:
    """Return the place of the element that was taken last: counting on the way would take longer than this."""
    return f"[{len(values) - length_hint(elements) - 1}]"
