"""Calls of start_tls that cannot work."""

import ssl

from typedserver import ClientStream, InetAddress, Stream, TLSConfig


async def of_a_server(stream: Stream, config: TLSConfig) -> None:
    await stream.start_tls(True)  # error: [arg-type] (reportArgumentType)
    await stream.start_tls("a.pem")  # error: [arg-type] (reportArgumentType)
    await stream.start_tls(config, server_hostname="a.example")  # error: [call-arg] (reportCallIssue)
    await stream.start_tls()  # error: [call-arg] (reportCallIssue)
    stream.start_tls(config)  # error: [unused-coroutine] (reportUnusedCoroutine)
    print(stream.alpn_protocol)  # error: [misc] (reportAttributeAccessIssue)


async def of_a_client(stream: ClientStream[InetAddress]) -> None:
    await stream.start_tls(False)  # error: [arg-type] (reportArgumentType)
    await stream.start_tls(True, "a.example")  # error: [call-arg] (reportCallIssue)
    plain: ssl.SSLSocket = stream.socket  # error: [assignment] (reportAssignmentType)
    print(plain)
