"""How long ``shutdown()`` takes of a server that has nothing to do: measured inside its process, printed as JSON.

``python -m benchmarks.shutdown_time SUBJECT [--times N]``, SUBJECT as in ``subjects.py``, ours or the standard library.
"""

import argparse
import json
import random
import shlex
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from benchmarks import echo
from benchmarks.peers.command_line import RECEIVED_AT_ONCE
from typedserver import compat

# Unrelated to one another: compat's classes are copies, not children, of the standard library's.
_CLASSES: dict[str, Any] = {
    "stdlib sync": socketserver.TCPServer,
    "stdlib threading": socketserver.ThreadingTCPServer,
    "stdlib forking": socketserver.ForkingTCPServer,
    "compat sync": compat.TCPServer,
    "compat threading": compat.ThreadingTCPServer,
    "compat forking": compat.ForkingTCPServer,
}

_BACK_TO_IDLE = 0.02
_LONGEST_POLL = 0.5


class _Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(RECEIVED_AT_ONCE):
            self.request.sendall(data)


def _make(command: str) -> Any:
    if command in _CLASSES:
        return _CLASSES[command](("127.0.0.1", 0), _Echo)
    server: Any = echo.make_server(echo.read_options([*shlex.split(command), "--port", "0"]))
    server.open()
    return server


def _ask(address: Any) -> None:
    with closing(socket.create_connection(address)) as client:
        client.sendall(b"x")
        client.shutdown(socket.SHUT_WR)
        while client.recv(RECEIVED_AT_ONCE):
            pass


def measure(make: Callable[[], Any]) -> float:
    """Return the seconds that shutdown took of a server that has served one request and waits for the next."""
    server = make()
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        _ask(server.server_address)
        # No event reports that a server waits again; and the call must meet a server that polls every half second at
        # any moment of its interval.
        time.sleep(_BACK_TO_IDLE + random.uniform(0, _LONGEST_POLL))  # noqa: S311 - no secret
    finally:
        started = time.perf_counter()
        server.shutdown()
        took = time.perf_counter() - started
        serving.join()
        server.server_close()
    return took


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subject", help="arguments of echo.py, without its address, or as 'stdlib threading'")
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    print(json.dumps([measure(lambda: _make(options.subject)) for _ in range(options.times)]))


if __name__ == "__main__":
    main()
