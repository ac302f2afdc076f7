"""What calc.x declares.

Written by typedserver-rpcgen: change calc.x and compile it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from typedserver import rpc
from typedserver.rpc import xdr

MAXNAME: Final = 0x20
CALC: Final = 0x20000001


@dataclass(frozen=True, slots=True)
class Pair:
    """``struct pair``."""

    a: int
    b: int


Name: TypeAlias = str


_PAIR_1: Final = xdr.Run("i i", "a", "b")
_new_pair: Final = xdr.unfrozen(Pair)


def encode_pair(out: xdr.Encoder, value: Pair) -> None:
    """Encode ``pair``."""
    try:
        out += _PAIR_1.pack(value.a, value.b)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _PAIR_1, value) from None


def decode_pair(data: xdr.Decoder) -> Pair:
    """Decode ``pair``."""
    new = _new_pair()
    try:
        new.a, new.b = _PAIR_1.unpack_from(data.buffer, data.position)
        data.position += 8
    except xdr.DECODING as error:
        raise xdr.fault(error, _PAIR_1, data) from None
    new.__class__ = Pair
    value: Pair = new
    return value


def encode_name(out: xdr.Encoder, value: Name) -> None:
    """Encode ``name``."""
    xdr.encode_string(out, value, MAXNAME)


def decode_name(data: xdr.Decoder) -> Name:
    """Decode ``name``."""
    return xdr.decode_string(data, MAXNAME)


class CalcV1(Protocol):
    """What serves ``CALC_V1`` of ``CALC``."""

    def add(self, argument: Pair, call: rpc.Call, /) -> rpc.Result[int]:
        """Answer ``ADD``."""
        ...

    def sub(self, argument1: int, argument2: int, call: rpc.Call, /) -> rpc.Result[int]:
        """Answer ``SUB``."""
        ...

    def clear(self, call: rpc.Call, /) -> rpc.Result[None]:
        """Answer ``CLEAR``."""
        ...


CALC_V1: Final = rpc.Version[CalcV1](
    "CALC",
    CALC,
    1,
    {
        1: rpc.Procedure("add", xdr.arguments(decode_pair), xdr.encode_int),
        2: rpc.Procedure("sub", xdr.arguments(xdr.decode_int, xdr.decode_int), xdr.encode_int),
        3: rpc.Procedure("clear", xdr.arguments(), xdr.encode_void),
    },
)


def _encode_calc_v1_sub(out: xdr.Encoder, value: tuple[int, int]) -> None:
    xdr.encode_int(out, value[0])
    xdr.encode_int(out, value[1])


class CalcV1Client:
    """Calls ``CALC_V1`` of ``CALC`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def nullproc(self) -> None:
        """Call ``NULLPROC``."""
        self._client.call(CALC, 1, 0, xdr.encode_void, None, xdr.decode_void)

    def add(self, argument: Pair, /) -> int:
        """Call ``ADD``."""
        return self._client.call(CALC, 1, 1, encode_pair, argument, xdr.decode_int)

    def sub(self, argument1: int, argument2: int, /) -> int:
        """Call ``SUB``."""
        return self._client.call(CALC, 1, 2, _encode_calc_v1_sub, (argument1, argument2), xdr.decode_int)

    def clear(self) -> None:
        """Call ``CLEAR``."""
        self._client.call(CALC, 1, 3, xdr.encode_void, None, xdr.decode_void)


class CalcV1AsyncClient:
    """Calls ``CALC_V1`` of ``CALC`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def nullproc(self) -> None:
        """Call ``NULLPROC``."""
        await self._client.call(CALC, 1, 0, xdr.encode_void, None, xdr.decode_void)

    async def add(self, argument: Pair, /) -> int:
        """Call ``ADD``."""
        return await self._client.call(CALC, 1, 1, encode_pair, argument, xdr.decode_int)

    async def sub(self, argument1: int, argument2: int, /) -> int:
        """Call ``SUB``."""
        return await self._client.call(CALC, 1, 2, _encode_calc_v1_sub, (argument1, argument2), xdr.decode_int)

    async def clear(self) -> None:
        """Call ``CLEAR``."""
        await self._client.call(CALC, 1, 3, xdr.encode_void, None, xdr.decode_void)
