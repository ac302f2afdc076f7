"""A server that has a thread for each client, in the background of a program that talks to it.

``python examples/stdlib_threading.py [HOST PORT]``
"""

import socket
import sys
import threading

import typedserver.compat as socketserver


class ThreadNameHandler(socketserver.BaseRequestHandler):
    """Says whether a thread other than the main one serves the request."""

    def handle(self) -> None:
        data = str(self.request.recv(1024), "ascii")
        own = threading.current_thread() is not threading.main_thread()
        self.request.sendall(f"{own}: {data}".encode("ascii"))


class ThreadedTCPServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """The mix-in first: it overrides what the server does with a request."""


def ask(host: str, port: int, words: str) -> None:
    with socket.create_connection((host, port)) as sock:
        sock.sendall(bytes(words, "ascii"))
        print("Received:", str(sock.recv(1024), "ascii"))


def run(host: str = "127.0.0.1", port: int = 0) -> None:
    with ThreadedTCPServer((host, port), ThreadNameHandler) as server:
        # This thread accepts connections, and ends with the program.
        loop = threading.Thread(target=server.serve_forever, daemon=True)
        loop.start()
        bound_host, bound_port = server.socket.getsockname()
        for number in range(1, 4):
            ask(bound_host, bound_port, f"Hello World {number}")
        server.shutdown()


if __name__ == "__main__":
    given_host, given_port = sys.argv[1:] or ("127.0.0.1", "0")
    run(given_host, int(given_port))
