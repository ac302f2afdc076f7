"""What calculator.x declares.

Written by typedserver-rpcgen: change calculator.x and compile it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Final, Literal, Protocol, TypeAlias

from typedserver import rpc
from typedserver.rpc import xdr

CALCULATOR: Final = 0x20000001


class Trouble(IntEnum):
    """``enum trouble``."""

    DIVISION_BY_ZERO = 1
    TOO_LARGE = 2


@dataclass(frozen=True, slots=True)
class Pair:
    """``struct pair``."""

    left: float
    right: float


@dataclass(frozen=True, slots=True)
class QuotientTrue:
    """``union quotient``: True."""

    divided: ClassVar[Literal[True]] = True
    value: float


@dataclass(frozen=True, slots=True)
class QuotientFalse:
    """``union quotient``: False."""

    divided: ClassVar[Literal[False]] = False
    why: Trouble


Quotient: TypeAlias = QuotientTrue | QuotientFalse


Terms: TypeAlias = tuple[float, ...]


def encode_trouble(out: xdr.Encoder, value: Trouble) -> None:
    """Encode ``trouble``."""
    xdr.encode_enum(out, value, Trouble)


def decode_trouble(data: xdr.Decoder) -> Trouble:
    """Decode ``trouble``."""
    return xdr.decode_enum(data, Trouble)


_PAIR_1: Final = xdr.Run("d d", "left", "right")
_new_pair: Final = xdr.unfrozen(Pair)


def encode_pair(out: xdr.Encoder, value: Pair) -> None:
    """Encode ``pair``."""
    try:
        out += _PAIR_1.pack(value.left, value.right)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _PAIR_1, value) from None


def decode_pair(data: xdr.Decoder) -> Pair:
    """Decode ``pair``."""
    new = _new_pair()
    try:
        new.left, new.right = _PAIR_1.unpack_from(data.buffer, data.position)
        data.position += 16
    except xdr.DECODING as error:
        raise xdr.fault(error, _PAIR_1, data) from None
    new.__class__ = Pair
    value: Pair = new
    return value


_TROUBLE: Final = {each: each for each in Trouble}
_QUOTIENT_1: Final = xdr.Run("i", "divided")
_QUOTIENTTRUE_2: Final = xdr.Run("i d", "divided", "value")
_QUOTIENTTRUE_3: Final = xdr.Run("d", "value")
_QUOTIENTFALSE_4: Final = xdr.Run("i i", "divided", "why")
_QUOTIENTFALSE_5: Final = xdr.Run("i", "why")
_new_quotienttrue: Final = xdr.unfrozen(QuotientTrue)
_new_quotientfalse: Final = xdr.unfrozen(QuotientFalse)


def encode_quotient(out: xdr.Encoder, value: Quotient) -> None:
    """Encode ``quotient``."""
    at: xdr.Place = "divided"
    try:
        if type(value) is QuotientTrue:
            at = _QUOTIENTTRUE_2
            out += _QUOTIENTTRUE_2.pack(1, value.value)
        elif type(value) is QuotientFalse:
            at = "why"
            why = _TROUBLE[value.why]
            at = _QUOTIENTFALSE_4
            out += _QUOTIENTFALSE_4.pack(0, why)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_quotient(data: xdr.Decoder) -> Quotient:
    """Decode ``quotient``."""
    try:
        (number,) = _QUOTIENT_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _QUOTIENT_1, data) from None
    return _decode_quotient_arm(data, number)


def _decode_quotient_arm(data: xdr.Decoder, number: int) -> Quotient:
    at: xdr.Place = "divided"
    try:
        if number == 1:  # True
            new = _new_quotienttrue()
            at = _QUOTIENTTRUE_3
            (new.value,) = _QUOTIENTTRUE_3.unpack_from(data.buffer, data.position)
            data.position += 8
            new.__class__ = QuotientTrue
            value: Quotient = new
        elif number == 0:  # False
            new = _new_quotientfalse()
            at = _QUOTIENTFALSE_5
            (why,) = _QUOTIENTFALSE_5.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "why"
            new.why = _TROUBLE[why]
            new.__class__ = QuotientFalse
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


def encode_terms(out: xdr.Encoder, value: Terms) -> None:
    """Encode ``terms``."""
    xdr.encode_numbers(out, value, "d", 1000)


def decode_terms(data: xdr.Decoder) -> Terms:
    """Decode ``terms``."""
    return xdr.decode_numbers(data, "d", 1000)


class CalculatorV1(Protocol):
    """What serves ``CALCULATOR_V1`` of ``CALCULATOR``."""

    def add(self, argument: Pair, call: rpc.Call, /) -> rpc.Result[float]:
        """Answer ``ADD``."""
        ...

    def divide(self, argument: Pair, call: rpc.Call, /) -> rpc.Result[Quotient]:
        """Answer ``DIVIDE``."""
        ...

    def sum(self, argument: Terms, call: rpc.Call, /) -> rpc.Result[float]:
        """Answer ``SUM``."""
        ...


CALCULATOR_V1: Final = rpc.Version[CalculatorV1](
    "CALCULATOR",
    CALCULATOR,
    1,
    {
        1: rpc.Procedure("add", xdr.arguments(decode_pair), xdr.encode_double),
        2: rpc.Procedure("divide", xdr.arguments(decode_pair), encode_quotient),
        3: rpc.Procedure("sum", xdr.arguments(decode_terms), xdr.encode_double),
    },
)


class CalculatorV1Client:
    """Calls ``CALCULATOR_V1`` of ``CALCULATOR`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def add(self, argument: Pair, /) -> float:
        """Call ``ADD``."""
        return self._client.call(CALCULATOR, 1, 1, encode_pair, argument, xdr.decode_double)

    def divide(self, argument: Pair, /) -> Quotient:
        """Call ``DIVIDE``."""
        return self._client.call(CALCULATOR, 1, 2, encode_pair, argument, decode_quotient)

    def sum(self, argument: Terms, /) -> float:
        """Call ``SUM``."""
        return self._client.call(CALCULATOR, 1, 3, encode_terms, argument, xdr.decode_double)


class CalculatorV1AsyncClient:
    """Calls ``CALCULATOR_V1`` of ``CALCULATOR`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def add(self, argument: Pair, /) -> float:
        """Call ``ADD``."""
        return await self._client.call(CALCULATOR, 1, 1, encode_pair, argument, xdr.decode_double)

    async def divide(self, argument: Pair, /) -> Quotient:
        """Call ``DIVIDE``."""
        return await self._client.call(CALCULATOR, 1, 2, encode_pair, argument, decode_quotient)

    async def sum(self, argument: Terms, /) -> float:
        """Call ``SUM``."""
        return await self._client.call(CALCULATOR, 1, 3, encode_terms, argument, xdr.decode_double)
