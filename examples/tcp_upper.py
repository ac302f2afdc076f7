"""The first example of socketserver's documentation, composed: a handler class on TCP, and its client.

`python examples/tcp_upper.py [HOST PORT]` serves; `python examples/tcp_upper.py client HOST PORT TEXT` asks.
"""

import socket
import sys

from typedserver import TCP, BaseRequestHandler, Server, StreamRequest


class Upper(BaseRequestHandler[StreamRequest]):
    def handle(self) -> None:
        data = self.request.recv(1024).strip()
        print(f"{self.client_address[0]} wrote: {data!r}", flush=True)
        self.request.sendall(data.upper())


def ask(host: str, port: int, text: str) -> str:
    with socket.create_connection((host, port)) as connection:
        connection.sendall(f"{text}\n".encode())
        return connection.recv(1024).decode()


def main(host: str = "127.0.0.1", port: str = "9999") -> None:
    with Server(TCP(host=host, port=int(port)), Upper) as server:
        print("port", server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1:2] == ["client"]:
        print(ask(sys.argv[2], int(sys.argv[3]), " ".join(sys.argv[4:])))
    else:
        main(*sys.argv[1:])
