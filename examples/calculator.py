"""A calculator as an RPC program, over TCP and UDP on one port; compiled from examples/protocols/calculator.x.

python -m typedserver examples.calculator:servers
python examples/calculator_client.py 1 2
"""

from typing import Final

from examples.protocols import calculator as protocol
from typedserver import TCP, UDP, Group, Multiplexed, Server, rpc

# What is beyond is refused, as a double's infinity would be no answer.
_MOST: Final = 1e300


class Calculator:
    """The service of ``CALCULATOR_V1``; a type checker compares it with what the protocol declares."""

    def add(self, argument: protocol.Pair, _call: rpc.Call, /) -> float:
        return argument.left + argument.right

    def divide(self, argument: protocol.Pair, _call: rpc.Call, /) -> protocol.Quotient:
        if argument.right == 0:
            return protocol.QuotientFalse(protocol.Trouble.DIVISION_BY_ZERO)
        value = argument.left / argument.right
        if abs(value) > _MOST:
            return protocol.QuotientFalse(protocol.Trouble.TOO_LARGE)
        return protocol.QuotientTrue(value)

    def sum(self, argument: protocol.Terms, _call: rpc.Call, /) -> float:
        return sum(argument)


program = protocol.CALCULATOR_V1.served_by(Calculator())
servers = Group(
    [
        Server(TCP(port=9111), rpc.stream_handler(program), Multiplexed()),
        Server(UDP(port=9111), rpc.datagram_handler(program, idempotent=("add", "divide", "sum")), Multiplexed()),
    ]
)
