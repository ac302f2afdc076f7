"""Endpoints behind a proxy, and endpoints that only some networks reach."""

import socket
import ssl
from typing import assert_type

from typedserver import (
    TCP,
    TLS,
    UDP,
    DatagramRequest,
    Endpoint,
    Filtered,
    InetAddress,
    Inline,
    Multiplexed,
    ProxiedTLS,
    ProxyHeader,
    ProxyProtocol,
    Server,
    ServerContext,
    Stream,
    StreamRequestHandler,
    Threads,
    UnixStream,
    datagram_handler,
    stream_handler,
)


@stream_handler
async def of_any(stream: Stream) -> None:
    assert_type(stream.proxy_header, ProxyHeader | None)
    header = stream.proxy_header
    if header is not None:
        assert_type(header.tls, ProxiedTLS | None)
        assert_type(header.tlvs, tuple[tuple[int, bytes], ...])


@stream_handler
async def of_ip(stream: Stream[InetAddress]) -> None:
    assert_type(stream.client_address, InetAddress)


@stream_handler
async def of_either(stream: Stream[InetAddress | str]) -> None:
    await stream.write(str(stream.client_address).encode())


class Lines(StreamRequestHandler[ServerContext, InetAddress]):
    def handle(self) -> None:
        assert_type(self.client_address, InetAddress)


@datagram_handler
def upper(data: bytes, _client_address: InetAddress) -> bytes:
    return data.upper()


# A proxy says IP addresses, so the handlers of TCP fit; behind a Unix socket the proxy's own may be a path.
behind: Endpoint[socket.socket, InetAddress] = ProxyProtocol(TCP(port=0))
Server(ProxyProtocol(TCP(port=0), trusted=["192.0.2.0/24"]), of_any, Threads())
Server(ProxyProtocol(TCP(port=0), trusted=("192.0.2.1",)), of_ip, Multiplexed())
Server(ProxyProtocol(TCP(port=0)), Lines, Threads())
Server(ProxyProtocol(UnixStream("socket")), of_either, Threads())

filtered: Endpoint[socket.socket, InetAddress] = Filtered(TCP(port=0), allow=["10.0.0.0/8"])
datagrams: Endpoint[DatagramRequest, InetAddress] = Filtered(UDP(port=0), deny=["10.0.0.0/8"])
Server(Filtered(TCP(port=0), deny=["10.0.0.0/8"]), of_ip, Threads())
Server(Filtered(TCP(port=0)), Lines, Threads())
Server(Filtered(UDP(port=0)), upper, Inline())

# TLS stands around the header.
encrypted: Endpoint[ssl.SSLSocket, InetAddress] = TLS(ProxyProtocol(TCP(port=0)), ssl.create_default_context())
Server(TLS(Filtered(ProxyProtocol(TCP(port=0))), ssl.create_default_context()), of_ip, Threads())

# Either order, which judges the client or the proxy.
Server(Filtered(ProxyProtocol(TCP(port=0)), allow=["192.0.2.0/24"]), of_ip, Multiplexed())
Server(ProxyProtocol(Filtered(TCP(port=0), allow=["192.0.2.0/24"])), of_ip, Multiplexed())
