"""Calls by TLS that cannot work, and plain streams where an encrypted one is asked for."""

import ssl

from typedserver import ClientStream, InetAddress, connect


async def encrypted() -> "ClientStream[InetAddress, ssl.SSLSocket]":
    await connect(("a.example", 443), tls="yes")  # error: [call-overload] (reportArgumentType)
    stream = await connect(("a.example", 443))
    print(stream.peer_certificate)  # error: [misc] (reportAttributeAccessIssue)
    return stream  # error: [return-value] (reportReturnType)
