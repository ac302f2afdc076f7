"""A TCP server that answers one message in upper case, through the socket itself, and its client.

``python examples/stdlib_tcp.py serve [HOST PORT]`` serves until Ctrl-C; ``... ask HOST PORT WORDS`` is the client.
"""

import socket
import sys

import typedserver.compat as socketserver


class UpperHandler(socketserver.BaseRequestHandler):
    """One is made for each connection."""

    def handle(self) -> None:
        data: bytes = self.request.recv(1024).strip()
        print(f"Received from {self.client_address[0]}: {data!r}")
        self.request.sendall(data.upper())


def make_server(host: str = "127.0.0.1", port: int = 0) -> socketserver.TCPServer:
    return socketserver.TCPServer((host, port), UpperHandler)


def ask(host: str, port: int, words: str) -> None:
    with socket.create_connection((host, port)) as sock:
        sock.sendall(f"{words}\n".encode())
        received = sock.recv(1024).decode()
    print(f"Sent:     {words}")
    print(f"Received: {received}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", *address]:
            host, port = address or ("127.0.0.1", "9999")
            with make_server(host, int(port)) as server:
                print("Serving on port", server.socket.getsockname()[1], flush=True)
                server.serve_forever()
        case ["ask", host, port, *words]:
            ask(host, int(port), " ".join(words))
        case _:
            sys.exit(__doc__)
