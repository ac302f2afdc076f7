"""Handlers that need TLS on endpoints that have none."""

import ssl

from typedserver import TCP, Address, Server, ServerContext, Stream, StreamRequestHandler, Threads, stream_handler


@stream_handler
async def of_tls(stream: Stream[Address, ServerContext, ssl.SSLSocket]) -> None: ...


class OfTLS(StreamRequestHandler[ServerContext, Address, ssl.SSLSocket]): ...


Server(TCP(port=0), of_tls, strategy=Threads())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), OfTLS, strategy=Threads())  # error: [arg-type] (reportArgumentType)


async def wrong(
    stream: Stream[Address, ServerContext, bytes],
) -> None: ...  # error: [type-var] (reportInvalidTypeArguments)
