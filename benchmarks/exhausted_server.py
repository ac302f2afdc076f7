"""An echo server that has few descriptors, and loses them at a signal. For ``exhaustion.py``.

``python -m benchmarks.exhausted_server SUBJECT --descriptors N --log FILE``, SUBJECT one of ``echo.py``'s strategies,
``stdlib`` or ``compat``. SIGUSR1: it opens files until there is no descriptor left; SIGUSR2: it closes them; SIGTERM
ends it.
"""

import argparse
import contextlib
import logging
import os
import resource
import signal
import socketserver
import threading
from typing import Any

from benchmarks import echo
from typedserver import compat

PEERS: dict[str, Any] = {"stdlib": socketserver.ThreadingTCPServer, "compat": compat.ThreadingTCPServer}


class _Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(echo.RECEIVED_AT_ONCE):
            self.request.sendall(data)


def _make_peer(kind: Any) -> Any:
    class Peer(kind):  # type: ignore[misc]  # a base class of the command line's choice
        # With a short queue the kernel would refuse all but five of the clients.
        request_queue_size = 128
        daemon_threads = True

    server: Any = Peer(("127.0.0.1", 0), _Echo)
    # In the signal handler it would wait for the loop that the signal has interrupted.
    server.request_stop = lambda: threading.Thread(target=server.shutdown).start()
    return server


def _make_ours(strategy: str) -> Any:
    return echo.make_server(echo.read_options([strategy, "--port", "0"])).open()


class _Hoard:
    """What this program opens beside its server."""

    def __init__(self) -> None:
        self._descriptors: list[int] = []

    def take_all(self, _number: int, _frame: object) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._descriptors.append(os.dup(0))

    def give_back(self, _number: int, _frame: object) -> None:
        while self._descriptors:
            os.close(self._descriptors.pop())


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subject", choices=[*PEERS, *echo.STRATEGIES])
    parser.add_argument("--descriptors", type=int, default=64, metavar="N")
    parser.add_argument("--log", required=True, metavar="FILE", help="takes what is logged, and what goes to stderr")
    options = parser.parse_args()
    os.dup2(os.open(options.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    logging.basicConfig(format="%(levelname)s %(message)s")
    peer = PEERS.get(options.subject)
    server = _make_ours(options.subject) if peer is None else _make_peer(peer)
    hoard = _Hoard()
    signal.signal(signal.SIGTERM, lambda _number, _frame: server.request_stop())
    signal.signal(signal.SIGUSR1, hoard.take_all)
    signal.signal(signal.SIGUSR2, hoard.give_back)
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (options.descriptors, hard))
    host, port = server.server_address
    print(f"listening on {host}:{port}", flush=True)
    with server:
        server.serve_forever()


if __name__ == "__main__":
    main()
