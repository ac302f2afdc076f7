"""Handlers that ask for the kind of their socket, and such that do not care."""

import socket
import ssl
from typing import assert_type

from typedserver import Address, InetAddress, ServerContext, Stream, StreamRequestHandler, stream_handler


@stream_handler
async def of_tls(stream: Stream[Address, ServerContext, ssl.SSLSocket]) -> None:
    assert_type(stream.socket, ssl.SSLSocket)
    assert_type(stream.socket.version(), str | None)


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
