"""Handlers that need TLS on endpoints that have none, and recipes of TLS that cannot work."""

import ssl

from typedserver import (
    TCP,
    TLS,
    UDP,
    Address,
    Server,
    ServerContext,
    Stream,
    StreamRequestHandler,
    Threads,
    TLSConfig,
    stream_handler,
)

CONFIG = TLSConfig(certificate="a.pem", key="a.key")


@stream_handler
async def of_tls(stream: Stream[Address, ServerContext, ssl.SSLSocket]) -> None: ...


class OfTLS(StreamRequestHandler[ServerContext, Address, ssl.SSLSocket]): ...


Server(TCP(port=0), of_tls, Threads())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), OfTLS, Threads())  # error: [arg-type] (reportArgumentType)
TLS(UDP(port=0), CONFIG)  # error: [arg-type] (reportArgumentType)
TLS(TCP(port=0), "a.pem")  # error: [arg-type] (reportArgumentType)
TLSConfig(certificate="a.pem", key="a.key", client_certificate="yes")  # error: [arg-type] (reportArgumentType)
TLSConfig(certificate="a.pem", key="a.key", minimum_version="1.1")  # error: [arg-type] (reportArgumentType)
TLSConfig(certificate="a.pem", key="a.key", password="secret")  # error: [arg-type] (reportArgumentType)
TLSConfig(certificate="a.pem")  # error: [call-arg] (reportCallIssue)


async def plain(stream: Stream) -> None:
    print(stream.alpn_protocol)  # error: [misc] (reportAttributeAccessIssue)
