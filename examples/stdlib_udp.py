"""A UDP server that answers a packet in upper case, and its client.

``python examples/stdlib_udp.py serve [HOST PORT]`` serves until Ctrl-C; ``... ask HOST PORT WORDS`` is the client.
"""

import socket
import sys

import typedserver.compat as socketserver


class UpperPacketHandler(socketserver.BaseRequestHandler):
    """There is no connection: a request is a packet, and the socket to answer it through."""

    def handle(self) -> None:
        data: bytes = self.request[0].strip()
        sock: socket.socket = self.request[1]
        print(f"Packet from {self.client_address[0]}: {data!r}")
        sock.sendto(data.upper(), self.client_address)


def make_server(host: str = "127.0.0.1", port: int = 0) -> socketserver.UDPServer:
    return socketserver.UDPServer((host, port), UpperPacketHandler)


def ask(host: str, port: int, words: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(f"{words}\n".encode(), (host, port))
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
