"""The TCP server with files: it reads lines, however they arrive, until an empty one.

``python examples/stdlib_stream.py [HOST PORT]`` serves until Ctrl-C; try it with ``nc``.
"""

import sys

import typedserver.compat as socketserver


class UpperLineHandler(socketserver.StreamRequestHandler):
    """``rfile`` joins what arrives in pieces, ``wfile`` sends at once."""

    def handle(self) -> None:
        while line := self.rfile.readline(10_000).strip():
            print(f"Received from {self.client_address[0]}: {line!r}")
            self.wfile.write(line.upper() + b"\n")


def make_server(host: str = "127.0.0.1", port: int = 0) -> socketserver.TCPServer:
    return socketserver.TCPServer((host, port), UpperLineHandler)


if __name__ == "__main__":
    host, port = sys.argv[1:] or ("127.0.0.1", "9999")
    with make_server(host, int(port)) as server:
        print("Serving on port", server.socket.getsockname()[1], flush=True)
        server.serve_forever()
