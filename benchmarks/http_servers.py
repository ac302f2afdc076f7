"""One handler class of ``http.server``, under its own threading server or under ours, until SIGTERM.

``python benchmarks/http_servers.py (stdlib|thread_pool|prefork)``; the handler is the same code for all three, and
http.server's: they differ in what accepts connections and where the handler runs.
"""

import argparse
import signal
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from benchmarks.peers.command_line import announce
from benchmarks.serving import serve_until_sigterm
from typedserver import TCP, Prefork, Server, ThreadPool, from_stdlib

BODY = b"hello, world\n"
BACKLOG = 1024


class Hello(BaseHTTPRequestHandler):
    """Answers every GET alike."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Log nothing, because we do not measure the terminal's speed."""


class Threading(ThreadingHTTPServer):
    """With a queue as long as ours, so that none of its clients waits for a lost SYN."""

    request_queue_size = BACKLOG


def _serve_stdlib() -> None:
    with Threading(("127.0.0.1", 0), Hello) as server:
        # shutdown waits for the loop that this very thread runs.
        signal.signal(signal.SIGTERM, lambda _number, _frame: threading.Thread(target=server.shutdown).start())
        announce(server.server_address)
        server.serve_forever()


def _serve_ours(processes: int | None) -> None:
    pooled = Server(TCP(port=0), from_stdlib(Hello), ThreadPool())
    server = pooled if processes is None else Prefork(pooled, processes)
    serve_until_sigterm(server)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="http.server's handler under three servers.")
    parser.add_argument("server", choices=("stdlib", "thread_pool", "prefork"))
    parser.add_argument("--processes", type=int, default=2, metavar="N", help="of prefork")
    options = parser.parse_args()
    # http.server looks up the name of every server, which costs seconds if no resolver answers.
    socket.getfqdn = lambda name="": name
    match options.server:
        case "stdlib":
            _serve_stdlib()
        case "thread_pool":
            _serve_ours(None)
        case _:
            _serve_ours(options.processes)


if __name__ == "__main__":
    main()
