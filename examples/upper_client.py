"""Asks the three servers of upper.py, one after the other: `python examples/upper_client.py`."""

import socket


def over_stream(family: socket.AddressFamily, address: tuple[str, int] | str, text: bytes) -> bytes:
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.connect(address)
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(1024), b""))


def over_datagrams(address: tuple[str, int], text: bytes) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.sendto(text, address)
        return client.recv(1024)


if __name__ == "__main__":
    print(over_stream(socket.AF_INET, ("127.0.0.1", 9999), b"over tcp\n"))
    print(over_datagrams(("127.0.0.1", 9999), b"over udp\n"))
    print(over_stream(socket.AF_UNIX, "upper.sock", b"over a unix socket\n"))
