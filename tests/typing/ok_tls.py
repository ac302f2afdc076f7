"""Handlers that ask for the kind of their socket, and such that do not care."""

import socket
import ssl
from typing import assert_type

from typedserver import (
    TCP,
    TLS,
    Address,
    Certificate,
    Identity,
    InetAddress,
    Multiplexed,
    Server,
    ServerContext,
    Stream,
    StreamRequestHandler,
    Threads,
    TLSConfig,
    UnixAddress,
    UnixStream,
    stream_handler,
)

CONFIG = TLSConfig(certificate="a.pem", key="a.key", alpn=["h2"], by_name={"b": Identity(certificate="b", key="b")})


@stream_handler
async def of_tls(stream: Stream[Address, ServerContext, ssl.SSLSocket]) -> None:
    assert_type(stream.socket, ssl.SSLSocket)
    assert_type(stream.socket.version(), str | None)
    assert_type(stream.alpn_protocol, str | None)
    assert_type(stream.server_name, str | None)
    assert_type(stream.peer_certificate, Certificate | None)


@stream_handler
async def of_any(stream: Stream[InetAddress]) -> None:
    assert_type(stream.socket, socket.socket)


class OfTLS(StreamRequestHandler[ServerContext, Address, ssl.SSLSocket]):
    def handle(self) -> None:
        assert_type(self.request, ssl.SSLSocket)


class OfAny(StreamRequestHandler):
    def handle(self) -> None:
        assert_type(self.request, socket.socket)


def takes_any(stream: Stream) -> None: ...


def gives_tls(stream: Stream[Address, ServerContext, ssl.SSLSocket]) -> None:
    takes_any(stream)


def compositions(context: ssl.SSLContext) -> None:
    Server(TLS(TCP(port=0), CONFIG), of_tls, Threads())
    Server(TLS(TCP(port=0), context), of_any, Multiplexed())
    Server(TLS(TCP(port=0), CONFIG), OfTLS, Threads())
    Server(TLS(UnixStream("a"), CONFIG), OfAny, Threads())
    assert_type(TLS(TCP(port=0), CONFIG), TLS[InetAddress])
    assert_type(TLS(UnixStream("a"), CONFIG), TLS[UnixAddress])
