"""An echo on gevent's StreamServer and DatagramServer.

``python -m benchmarks.peers.gevent_server (--port N | --path P) [--udp]``
"""

import contextlib
import signal
import socket
from pathlib import Path
from typing import Any

import gevent
from gevent.server import DatagramServer, StreamServer

from benchmarks.peers.command_line import RECEIVED_AT_ONCE, announce, make_listener, read_options


def echo(connection: Any, _address: object) -> None:
    """Answer a connection; the server closes it."""
    while data := connection.recv(RECEIVED_AT_ONCE):
        connection.sendall(data)


class EchoDatagram(DatagramServer):  # type: ignore[misc,unused-ignore]  # gevent has no types
    """Answers datagrams, in a greenlet each."""

    def handle(self, data: bytes, address: Any) -> None:
        """Send it back."""
        self.socket.sendto(data, address)


def main() -> None:
    """Serve until SIGTERM."""
    options = read_options()
    bound = make_listener(options, socket.SOCK_DGRAM if options.udp else socket.SOCK_STREAM)
    listener = gevent.socket.socket(bound.family, bound.type, 0, fileno=bound.detach())
    server = EchoDatagram(listener) if options.udp else StreamServer(listener, echo)
    gevent.signal_handler(signal.SIGTERM, server.stop)
    server.start()
    announce(server.socket.getsockname())
    server.serve_forever()
    if options.path is not None:
        with contextlib.suppress(FileNotFoundError):
            Path(options.path).unlink()


if __name__ == "__main__":
    main()
