"""Mistakes with what the compiler writes: values of the wrong types, arms that have no such field."""

from examples.protocols import nfs3
from tests.rpc_corpus import calc, everything

from typedserver import rpc
from typedserver.rpc import xdr

calc.Pair("1", 2)  # error: [arg-type] (reportArgumentType)
calc.Pair(1)  # error: [call-arg] (reportCallIssue)
calc.Pair(1, 2).a = 3  # error: [misc] (reportAttributeAccessIssue)
everything.ShapeGreenOrBlue(everything.Colour.RED, everything.Point(1, 2))  # error: [arg-type] (reportArgumentType)
xdr.to_bytes(calc.encode_pair, 5)  # error: [arg-type] (reportArgumentType)


def size(result: nfs3.GETATTR3res) -> int:
    return result.resok.obj_attributes.size  # error: [union-attr] (reportAttributeAccessIssue)


def asked(client: rpc.Client) -> str:
    calculator = calc.CalcV1Client(client)
    calculator.add(1)  # error: [arg-type] (reportArgumentType)
    return calculator.add(calc.Pair(1, 2))  # error: [return-value] (reportReturnType)


class Half:
    def add(self, argument: calc.Pair, _call: rpc.Call, /) -> int:
        return argument.a


calc.CALC_V1.served_by(Half())  # error: [arg-type] (reportArgumentType)
