"""How a program of a benchmark serves by a server of ours: until SIGTERM, with its address on its first line."""

import signal
from typing import Any

from benchmarks.peers.command_line import announce
from typedserver import Prefork, Server


def serve_until_sigterm(server: Server[Any, Any] | Prefork[Any]) -> None:
    """Open a server, say where, and serve."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: server.request_stop())
    server.open()
    try:
        announce(server.server_address)
        server.serve_forever()
    finally:
        server.server_close()
