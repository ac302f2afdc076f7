"""What ``connect`` gives with TLS and without it."""

import socket
import ssl
from typing import assert_type

from typedserver import Certificate, ClientStream, InetAddress, UnixAddress, connect


async def encrypted(context: ssl.SSLContext) -> None:
    inet = await connect(("example.org", 443), tls=True)
    assert_type(inet, ClientStream[InetAddress, ssl.SSLSocket])
    assert_type(inet.peer_certificate, Certificate | None)
    assert_type(inet.socket, ssl.SSLSocket)
    unix = await connect("a.sock", tls=context, server_hostname="example.org")
    assert_type(unix, ClientStream[UnixAddress, ssl.SSLSocket])


async def plain() -> None:
    stream = await connect(("example.org", 80))
    assert_type(stream, ClientStream[InetAddress])
    assert_type(stream.socket, socket.socket)


def fits_where_any_stream_does(stream: "ClientStream[InetAddress, ssl.SSLSocket]") -> "ClientStream[InetAddress]":
    return stream
