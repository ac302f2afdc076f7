"""One minimal answer of HTTP to each connection, on gevent's StreamServer.

``python -m benchmarks.peers.gevent_http``
"""

import signal
from typing import Any

import gevent
from gevent.pool import Pool
from gevent.server import StreamServer

from benchmarks.loss_servers import answer_to
from benchmarks.peers.command_line import BACKLOG, announce


def answer(connection: Any, _address: object) -> None:
    """Answer a connection; the server closes it."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        part = connection.recv(4096)
        if not part:
            return
        head += part
    said, seconds = answer_to(head.partition(b"\r\n")[0])
    if seconds:
        gevent.sleep(seconds)
    connection.sendall(said)


def main() -> None:
    """Serve until SIGTERM."""
    # With a pool stop() waits for what is in hand; without one it waits for nothing.
    server = StreamServer(("127.0.0.1", 0), answer, backlog=BACKLOG, spawn=Pool(1000))
    gevent.signal_handler(signal.SIGTERM, server.stop, 10)
    server.start()
    announce(server.socket.getsockname())
    server.serve_forever(stop_timeout=10)


if __name__ == "__main__":
    main()
