"""What ``start_tls`` gives, to a server and to a client."""

import ssl
from typing import assert_type

from typedserver import Address, ClientStream, InetAddress, ServerContext, Stream, TLSConfig, connect


async def of_a_server(stream: Stream[InetAddress], config: TLSConfig) -> None:
    encrypted = await stream.start_tls(config)
    assert_type(encrypted, Stream[InetAddress, ServerContext, ssl.SSLSocket])
    assert_type(encrypted.alpn_protocol, str | None)
    now: Stream[Address] = stream
    now = encrypted
    await now.write(b"")


async def of_a_client(context: ssl.SSLContext) -> None:
    async with await connect(("mail.example", 25)) as stream:
        encrypted = await stream.start_tls(server_hostname="mail.example")
        assert_type(encrypted, ClientStream[InetAddress, ssl.SSLSocket])
        assert_type(encrypted.socket, ssl.SSLSocket)
        await stream.start_tls(context)
