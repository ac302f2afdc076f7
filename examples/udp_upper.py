"""The third example of socketserver's documentation, composed: a function of a datagram, and its client.

`python examples/udp_upper.py [HOST PORT]` serves; `python examples/udp_upper.py client HOST PORT TEXT` asks.
"""

import socket
import sys

from typedserver import UDP, InetAddress, Server, datagram_handler


@datagram_handler
def upper(data: bytes, client_address: InetAddress) -> bytes:
    print(f"{client_address[0]} wrote: {data.strip()!r}", flush=True)
    return data.strip().upper()


def ask(host: str, port: int, text: str) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        client.sendto(f"{text}\n".encode(), (host, port))
        return client.recv(1024).decode()


def main(host: str = "127.0.0.1", port: str = "9999") -> None:
    with Server(UDP(host=host, port=int(port)), upper) as server:
        print("port", server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1:2] == ["client"]:
        print(ask(sys.argv[2], int(sys.argv[3]), " ".join(sys.argv[4:])))
    else:
        main(*sys.argv[1:])
