"""Ours and the standard library's servers for ``loss.py``: one minimal answer of HTTP to each connection.

``python -m benchmarks.loss_servers NAME``; SIGTERM stops it, gracefully as far as it knows how.
"""

import signal
import socketserver
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from benchmarks.peers.command_line import BACKLOG
from typedserver import (
    TCP,
    Asyncio,
    Bounded,
    Forks,
    Inline,
    Multiplexed,
    OnExecutor,
    Prefork,
    Server,
    Stream,
    ThreadPool,
    Threads,
    sleep,
    stream_handler,
)


def answer_to(request_line: bytes) -> tuple[bytes, float]:
    """Return the answer to ``GET /client/number/milliseconds``, and the seconds that it must take."""
    _method, path, _version = request_line.split()
    _, client, number, service = path.split(b"/")
    body = b"%s %s ok\n" % (client, number)
    return b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body), int(service) / 1000


@stream_handler
async def serve_stream(stream: Stream) -> None:
    """Answer a connection of ours."""
    head = await stream.readuntil(b"\r\n\r\n")
    answer, seconds = answer_to(head.partition(b"\r\n")[0])
    if seconds:
        await sleep(seconds)
    await stream.write(answer)


class _StdlibStream(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        request_line = self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        answer, seconds = answer_to(request_line)
        if seconds:
            time.sleep(seconds)
        self.wfile.write(answer)


class _StdlibHTTP(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        _answer, seconds = answer_to(self.requestline.encode())
        if seconds:
            time.sleep(seconds)
        _, client, number, _service = self.path.split("/")
        body = f"{client} {number} ok\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Log nothing, because we do not measure the terminal's speed."""


class _ThreadingTCP(socketserver.ThreadingTCPServer):
    request_queue_size = BACKLOG


class _ThreadingHTTP(ThreadingHTTPServer):
    request_queue_size = BACKLOG
    # Otherwise it waits for no thread at its end, and loses their requests too.
    daemon_threads = False


def _server(strategy: Any) -> Server[Any, Any]:
    return Server(TCP(port=0), serve_stream, strategy)


def _uvloop() -> Server[Any, Any]:
    import uvloop  # noqa: PLC0415 - the others run without it

    return _server(Asyncio(loop_factory=uvloop.new_event_loop))


OURS: Final[dict[str, Callable[[], Any]]] = {
    "Inline": lambda: _server(Inline()),
    "Threads": lambda: _server(Threads()),
    "ThreadPool": lambda: _server(ThreadPool()),
    "Bounded": lambda: _server(Bounded(Threads(), 16)),
    "OnExecutor": lambda: _server(OnExecutor(ThreadPoolExecutor(16))),
    "Forks": lambda: _server(Forks()),
    "Multiplexed": lambda: _server(Multiplexed()),
    "Asyncio": lambda: _server(Asyncio()),
    "Asyncio, uvloop": _uvloop,
    "Prefork of Threads": lambda: Prefork(_server(Threads()), 2),
    "Prefork of Multiplexed": lambda: Prefork(_server(Multiplexed()), 2),
}
STDLIB: Final[dict[str, Callable[[], Any]]] = {
    "stdlib ThreadingTCPServer": partial(_ThreadingTCP, ("127.0.0.1", 0), _StdlibStream),
    "stdlib ThreadingHTTPServer": partial(_ThreadingHTTP, ("127.0.0.1", 0), _StdlibHTTP),
}


def _announce(address: Any) -> None:
    print(f"listening on {address[0]}:{address[1]}", flush=True)


def main() -> int:
    """Run the command line; returns the exit status."""
    (name,) = sys.argv[1:]
    if name in OURS:
        server = OURS[name]().open()
        _announce(server.server_address)
        status: int = server.run()
        return status
    with STDLIB[name]() as server:
        # shutdown waits for the loop that this very thread runs.
        signal.signal(signal.SIGTERM, lambda _number, _frame: threading.Thread(target=server.shutdown).start())
        _announce(server.server_address)
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
