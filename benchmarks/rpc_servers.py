"""The RPC servers that benchmarks/rpc_calls.py compares: ``python -m benchmarks.rpc_servers tcp multiplexed``."""

import sys
from typing import Any

from tests.rpc_corpus import echoes
from tests.rpc_echoes import Echoes

from benchmarks.serving import serve_until_sigterm
from typedserver import TCP, UDP, Inline, Multiplexed, Server, Threads, rpc

STRATEGIES = {"multiplexed": Multiplexed, "threads": Threads, "inline": Inline}


def main() -> None:
    """Serve until SIGTERM."""
    kind, strategy = sys.argv[1:]
    program = echoes.ECHOES_V1.served_by(Echoes())
    made: Any = STRATEGIES[strategy]()
    server: Server[Any, Any]
    if kind == "tcp":
        server = Server(TCP(port=0), rpc.stream_handler(program, idempotent=("a_block",)), made)
    else:
        server = Server(UDP(port=0), rpc.datagram_handler(program, idempotent=("a_block",)), made)
    serve_until_sigterm(server)


if __name__ == "__main__":
    main()
