"""Endpoints that no proxy stands in front of, clients that have no IP address, and handlers that do not fit."""

from typedserver import (
    TCP,
    UDP,
    Filtered,
    ProxyProtocol,
    Server,
    Stream,
    Threads,
    UnixStream,
    stream_handler,
)


@stream_handler
async def of_unix(stream: Stream[str]) -> None:
    await stream.write(stream.client_address.encode())


# A datagram has no header.
ProxyProtocol(UDP(port=0))  # error: [arg-type] (reportArgumentType)
ProxyProtocol(TCP(port=0), trusted=[1])  # error: [list-item] (reportArgumentType)
ProxyProtocol(TCP(port=0), trusted=None)  # error: [arg-type] (reportArgumentType)
ProxyProtocol(TCP(port=0), ["192.0.2.1"], True)  # error: [call-arg] (reportCallIssue)

# A path is in no network.
Filtered(UnixStream("socket"))  # error: [type-var] (reportArgumentType)
Filtered(ProxyProtocol(UnixStream("socket")))  # error: [type-var] (reportArgumentType)
Filtered(TCP(port=0), allow=[10])  # error: [list-item] (reportArgumentType)
Filtered(TCP(port=0), deny=10)  # error: [arg-type] (reportArgumentType)
Filtered(TCP(port=0), block=["10.0.0.0/8"])  # error: [call-arg] (reportCallIssue)

# The client behind a proxy has an IP address, wherever the proxy connects.
Server(ProxyProtocol(TCP(port=0)), of_unix, Threads())  # error: [arg-type] (reportArgumentType)
Server(ProxyProtocol(UnixStream("socket")), of_unix, Threads())  # error: [arg-type] (reportArgumentType)
Server(Filtered(TCP(port=0)), of_unix, Threads())  # error: [arg-type] (reportArgumentType)


@stream_handler
async def takes_a_header(stream: Stream) -> None:
    # There may be none, and what it says cannot be changed.
    print(stream.proxy_header.source)  # error: [union-attr] (reportOptionalMemberAccess)
    if stream.proxy_header is not None:
        stream.proxy_header.source = ("192.0.2.1", 1)  # error: [misc] (reportAttributeAccessIssue)
