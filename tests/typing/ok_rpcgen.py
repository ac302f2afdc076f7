"""What the compiler writes: unions narrow by discriminant and by class, services and clients are typed."""

from typing import Literal, assert_type

from examples.protocols import nfs3
from tests.rpc_corpus import calc, everything

from typedserver import rpc
from typedserver.rpc import xdr


def size(result: nfs3.GETATTR3res) -> int:
    if result.status is nfs3.Nfsstat3.NFS3_OK:
        return assert_type(result.resok.obj_attributes.size, int)
    return -1


def handle(follows: nfs3.PostOpFh3) -> bytes | None:
    match follows:
        case nfs3.PostOpFh3True(handle):
            return assert_type(handle, nfs3.NfsFh3).data
        case nfs3.PostOpFh3False():
            return None


def spot(shape: everything.Shape) -> everything.Point | None:
    if isinstance(shape, everything.ShapeGreenOrBlue):
        assert_type(shape.kind, Literal[everything.Colour.GREEN, everything.Colour.BLUE])
        return shape.spot
    if shape.kind is everything.Colour.RED:
        return shape.line.start
    return None


class Calculator:
    def add(self, argument: calc.Pair, _call: rpc.Call, /) -> int:
        return argument.a + argument.b

    def sub(self, one: int, other: int, _call: rpc.Call, /) -> int:
        return one - other

    def clear(self, _call: rpc.Call, /) -> None:
        pass


assert_type(calc.CALC_V1.served_by(Calculator()), rpc.Program)


def asked(client: rpc.Client) -> int:
    calculator = calc.CalcV1Client(client)
    calculator.nullproc()
    assert_type(calculator.sub(1, 2), int)
    return assert_type(calculator.add(calc.Pair(1, 2)), int)


async def awaited(client: rpc.AsyncClient) -> int:
    return assert_type(await calc.CalcV1AsyncClient(client).add(calc.Pair(1, 2)), int)


assert_type(xdr.from_bytes(calc.decode_pair, bytes(8)), calc.Pair)
assert_type(xdr.to_bytes(calc.encode_pair, calc.Pair(1, 2)), bytes)
