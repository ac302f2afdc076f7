"""Authenticators that do not fit their endpoint, and handlers that ask for another principal, or for one of nobody."""

from typedserver import (
    TCP,
    TLS,
    UDP,
    Authenticated,
    ClientCertificate,
    Credentials,
    HMACChallenge,
    Identified,
    Inline,
    PeerCredentials,
    Scram,
    ScramSecret,
    Server,
    Stream,
    StreamRequest,
    Threads,
    TLSConfig,
    Token,
    UnixPeer,
    UnixStream,
    stream_handler,
)

KEYS = {"backup": b"key"}
by_key = Authenticated(TCP(port=0), HMACChallenge(KEYS))
by_certificate = Authenticated(TLS(TCP(port=0), TLSConfig(certificate="c", key="k")), ClientCertificate())
by_kernel = Authenticated(UnixStream("/socket"), PeerCredentials())


@stream_handler
async def named(stream: Stream[Identified[str]]) -> None:
    await stream.write(stream.principal.encode())


@stream_handler
async def numbered(stream: Stream[Identified[int]]) -> None:
    await stream.write(b"%d" % stream.principal)


@stream_handler
async def of_user(stream: Stream[UnixPeer[Credentials]]) -> None:
    await stream.write(b"%d" % stream.principal.uid)


@stream_handler
async def unknown(stream: Stream) -> None:
    await stream.write(stream.principal)  # error: [misc] (reportAttributeAccessIssue)


def plain(_request: StreamRequest, client_address: Identified[int], _server: object) -> None:
    print(client_address.principal)


def no_coroutine(_stream: Stream) -> int:
    return 0


async def of_unix(_stream: Stream[str]) -> int:
    return 0


async def of_connection(_connection: StreamRequest) -> int:
    return 0


Server(by_key, numbered, Threads())  # error: [arg-type] (reportArgumentType)
Server(by_key, of_user, Threads())  # error: [arg-type] (reportArgumentType)
Server(by_key, plain, Threads())  # error: [arg-type] (reportArgumentType)
Server(by_kernel, named, Inline())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), named, Threads())  # error: [arg-type] (reportArgumentType)
Server(by_certificate, named, Threads())  # error: [arg-type] (reportArgumentType)
Authenticated(TCP(port=0), ClientCertificate())  # error: [arg-type] (reportArgumentType)
Authenticated(UnixStream("/socket"), ClientCertificate())  # error: [arg-type] (reportArgumentType)
ClientCertificate("CN")  # error: [call-overload] (reportArgumentType)
Authenticated(TCP(port=0), PeerCredentials())  # error: [arg-type] (reportArgumentType)
Authenticated(TCP(port=0), of_unix)  # error: [arg-type] (reportArgumentType)
Authenticated(TCP(port=0), no_coroutine)  # error: [arg-type] (reportArgumentType)
Authenticated(TCP(port=0), of_connection)  # error: [arg-type] (reportArgumentType)
Authenticated(TCP(port=0), PeerCredentials)  # error: [arg-type] (reportArgumentType)
Authenticated(UDP(port=0), HMACChallenge(KEYS))  # error: [type-var] (reportArgumentType)
Authenticated(TCP(port=0), HMACChallenge(KEYS), max_failures="10")  # error: [call-overload] (reportArgumentType)
Authenticated(TCP(port=0), HMACChallenge(KEYS), 10)  # error: [call-overload] (reportCallIssue)
HMACChallenge({"backup": "key"})  # error: [dict-item] (reportArgumentType)
HMACChallenge(KEYS, "md5")  # error: [arg-type] (reportArgumentType)
Token([b"token"])  # error: [arg-type] (reportArgumentType)
Scram({"anna": b"password"})  # error: [arg-type] (reportArgumentType)
ScramSecret.of(b"password")  # error: [arg-type] (reportArgumentType)
