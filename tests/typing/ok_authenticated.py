"""Authenticated endpoints with every kind of handler: the principal's type is the authenticator's."""

import socket
import ssl
from typing import assert_type

from typedserver import (
    TCP,
    TLS,
    Address,
    Asyncio,
    Authenticated,
    Authenticator,
    Certificate,
    ClientCertificate,
    Credentials,
    Endpoint,
    Forks,
    HMACChallenge,
    Identified,
    InetAddress,
    InetPeer,
    Inline,
    Lines,
    Multiplexed,
    PeerCredentials,
    Prefork,
    Scram,
    ScramSecret,
    Server,
    ServerContext,
    Sessions,
    Stream,
    StreamRequest,
    StreamRequestHandler,
    Threads,
    TLSConfig,
    Token,
    UnixPeer,
    UnixStream,
    answer_challenge,
    connect,
    scram_login,
    stream_handler,
)


class Users:
    def secret(self, user: str, /) -> ScramSecret | None:
        return None if user else ScramSecret.of("password")


async def number(stream: Stream) -> int:
    return int(await stream.readexactly(4))


class Numbers:
    async def __call__(self, stream: Stream[InetAddress], /) -> int:
        return await number(stream)


def subject(certificate: Certificate) -> int | None:
    return len(certificate.subject) or None


by_key = Authenticated(TCP(port=0), HMACChallenge({"backup": b"key"}))
by_number = Authenticated(TCP(port=0), HMACChallenge({7: b"key"}, "sha384", md5=True))
by_password = Authenticated(TCP(port=0), Scram(Users()), max_failures=None)
by_kernel = Authenticated(UnixStream("/socket"), PeerCredentials())
by_token = Authenticated(UnixStream("/socket"), Token({"backup": b"token"}), failure_window=10)
encrypted = TLS(TCP(port=0), TLSConfig(certificate="c", key="k"))
by_certificate = Authenticated(encrypted, ClientCertificate())
by_subject = Authenticated(encrypted, ClientCertificate(subject))
by_key_inside = Authenticated(encrypted, HMACChallenge({"backup": b"key"}))
by_both = Authenticated(by_key, Token({7: b"token"}))

assert_type(by_key, Authenticated[socket.socket, InetPeer[str]])
assert_type(by_number, Authenticated[socket.socket, InetPeer[int]])
assert_type(by_password, Authenticated[socket.socket, InetPeer[str]])
assert_type(by_kernel, Authenticated[socket.socket, UnixPeer[Credentials]])
assert_type(by_token, Authenticated[socket.socket, UnixPeer[str]])
assert_type(by_certificate, Authenticated[ssl.SSLSocket, InetPeer[Certificate]])
assert_type(by_subject, Authenticated[ssl.SSLSocket, InetPeer[int]])
assert_type(by_key_inside, Authenticated[ssl.SSLSocket, InetPeer[str]])
assert_type(by_both, Authenticated[socket.socket, InetPeer[int]])
assert_type(Authenticated(TCP(port=0), number), Authenticated[socket.socket, InetPeer[int]])
assert_type(Authenticated(TCP(port=0), Numbers()), Authenticated[socket.socket, InetPeer[int]])


a: Authenticator[socket.socket, InetAddress, str] = HMACChallenge({"backup": b"key"})
b: Authenticator[socket.socket, Address, int] = number
c: Authenticator[ssl.SSLSocket, InetAddress, Certificate] = ClientCertificate()
d: Authenticator[socket.socket, str, Credentials] = PeerCredentials()
e: Authenticator[socket.socket, Address, str] = Scram(Users())


def either(endpoint: Endpoint[socket.socket, Address]) -> None:
    assert_type(Authenticated(endpoint, number), Authenticated[socket.socket, InetPeer[int] | UnixPeer[int]])


@stream_handler
async def named(stream: Stream[Identified[str]]) -> None:
    assert_type(stream.principal, str)
    await stream.write(stream.principal.encode())


@stream_handler
async def of_user(stream: Stream[UnixPeer[Credentials]]) -> None:
    assert_type(stream.principal, Credentials)
    assert_type(stream.client_address.principal.user, str | None)


@stream_handler
async def inside(stream: Stream[Identified[str], ServerContext, ssl.SSLSocket]) -> None:
    assert_type(stream.principal, str)
    assert_type(stream.socket, ssl.SSLSocket)


@stream_handler
async def careless(stream: Stream) -> None:
    await stream.write(b".")


def plain(_request: StreamRequest, client_address: InetPeer[str], _server: object) -> None:
    assert_type(client_address.principal, str)
    host, port = client_address
    print(host.upper(), port + 1)


class Files(StreamRequestHandler[ServerContext, Identified[str]]):
    def handle(self) -> None:
        assert_type(self.client_address.principal, str)


def session(client_address: Identified[str], _server: object) -> "Session":
    return Session(client_address.principal)


class Session:
    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, message: bytes) -> bytes:
        return self._name.encode() + message


Server(by_key, named, Threads())
Server(by_key, named, Multiplexed())
Server(by_password, named, Asyncio())
Server(by_token, named, Forks())
Server(by_kernel, of_user, Inline())
Server(by_key_inside, inside, Asyncio())
Server(by_key_inside, named, Threads())
Server(by_certificate, careless, Threads())
Server(by_key, careless, Threads())
Server(by_kernel, careless, Multiplexed())
Server(by_key, plain, Threads())
Server(by_key, Files, Threads())
Server(by_token, Files, Forks())
Server(by_key, Sessions(Lines(), session), Multiplexed())
Prefork(Server(by_key, named, Multiplexed()), processes=2)


async def clients() -> None:
    async with await connect(("localhost", 1)) as stream:
        await answer_challenge(stream, b"key", digest="sha384")
        await scram_login(stream, "anna", "password", max_iterations=100_000)
