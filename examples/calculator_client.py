"""Asks the calculator of calculator.py, over TCP and over UDP."""

import sys

from examples.protocols import calculator as protocol
from typedserver import rpc


def ask(client: rpc.TCPClient | rpc.UDPClient, left: float, right: float) -> str:
    """Return what the calculator says of two numbers."""
    calculator = protocol.CalculatorV1Client(client)
    pair = protocol.Pair(left, right)
    quotient = calculator.divide(pair)
    # A type checker knows which of both it is behind this.
    divided = f"{quotient.value:g}" if quotient.divided is True else quotient.why.name
    return f"sum {calculator.add(pair):g}, quotient {divided}"


def main() -> None:
    """Ask for the two numbers of the command line."""
    left, right = map(float, sys.argv[1:])
    with rpc.TCPClient("127.0.0.1", 9111) as tcp, rpc.UDPClient("127.0.0.1", 9111) as udp:
        print(ask(tcp, left, right))
        print(ask(udp, left, right))


if __name__ == "__main__":
    main()
