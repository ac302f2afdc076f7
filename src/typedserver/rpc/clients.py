"""Clients of RPC servers: blocking ones and those of coroutines, over TCP, UDP and Unix sockets.

It knows how each is given its server, and finds it; how calls are made stands elsewhere (client_faces.py).
"""

from dataclasses import dataclass
from typing import Final, Literal

from typedserver.coroutines.connect import ClientStream
from typedserver.errors import ConnectError, RecipeError
from typedserver.protocols.requests import Address, InetAddress
from typedserver.recipes import check_at_least, check_positive, shown
from typedserver.rpc.client_calls import CallOptions, Calls, Program
from typedserver.rpc.client_faces import BlockingClient, CoroutineClient
from typedserver.rpc.client_links import DatagramLinks, Link, StreamLink, candidates_of, open_stream, remaining
from typedserver.rpc.errors import NotRegistered, RPCError
from typedserver.rpc.rpcbind_lookup import RPCBIND_PORT, port_of
from typedserver.rpc.universal_addresses import Netid
from typedserver.security.openssl import ssl

_TIMEOUT: Final = 10.0

# Bytes of a reply.
_LIMIT: Final = 2**24

# Seconds until a datagram is sent again (RFC 8085, 3.1.1: to begin by less without having measured is rude).
_RETRY: Final = 1.0

_MAX_PORT: Final = 0xFFFF

_LIMIT_REMEDY: Final = "it is the most bytes of a reply"


class TCPClient(BlockingClient):
    """Calls to a server over TCP.

    host, port: of the server; port None: the host's rpcbind is asked for each program and version.
    timeout: seconds that a call may take, with the connection if one must be made; None: for ever.
    limit: the most bytes of a reply.
    rpcbind_port: of the host's rpcbind, if it is another than usual.
    tls: True, or a client's context: each connection asks the server for TLS before anything else (RFC 9289), and is
    not used without. True takes TLS 1.3 alone, ALPN "sunrpc", and the authorities that this machine trusts; a context
    says all of that by itself.
    server_hostname: the name that the server's certificate must prove; None: the host.

    Raises RecipeError for values that cannot work.
    """

    def __init__(
        self,
        host: str,
        port: int | None = None,
        *,
        timeout: float | None = _TIMEOUT,
        limit: int = _LIMIT,
        rpcbind_port: int = RPCBIND_PORT,
        tls: "Literal[True] | ssl.SSLContext | None" = None,
        server_hostname: str | None = None,
    ) -> None:
        recipe = _TCP(host, port, timeout, limit, rpcbind_port, tls, server_hostname)
        super().__init__(recipe.calls(), CallOptions(timeout))


class AsyncTCPClient(CoroutineClient):
    """Calls to a server over TCP, to be awaited; as TCPClient."""

    def __init__(
        self,
        host: str,
        port: int | None = None,
        *,
        timeout: float | None = _TIMEOUT,
        limit: int = _LIMIT,
        rpcbind_port: int = RPCBIND_PORT,
        tls: "Literal[True] | ssl.SSLContext | None" = None,
        server_hostname: str | None = None,
    ) -> None:
        recipe = _TCP(host, port, timeout, limit, rpcbind_port, tls, server_hostname)
        super().__init__(recipe.calls(), CallOptions(timeout))


class UDPClient(BlockingClient):
    """Calls to a server over UDP.

    A call that has no reply is sent again, with the same number, after pauses that double from ``retry`` seconds on. So
    a server that does not know calls again may run one twice. Only datagrams of the server's own address count.

    The parameters otherwise, and what is raised, are TCPClient's.
    """

    def __init__(
        self,
        host: str,
        port: int | None = None,
        *,
        timeout: float | None = _TIMEOUT,
        retry: float = _RETRY,
        rpcbind_port: int = RPCBIND_PORT,
    ) -> None:
        super().__init__(_udp_calls(host, port, retry, rpcbind_port), CallOptions(timeout))


class AsyncUDPClient(CoroutineClient):
    """Calls to a server over UDP, to be awaited; as UDPClient."""

    def __init__(
        self,
        host: str,
        port: int | None = None,
        *,
        timeout: float | None = _TIMEOUT,
        retry: float = _RETRY,
        rpcbind_port: int = RPCBIND_PORT,
    ) -> None:
        super().__init__(_udp_calls(host, port, retry, rpcbind_port), CallOptions(timeout))


class UnixClient(BlockingClient):
    """Calls to a server at the path of a Unix socket; as TCPClient otherwise."""

    def __init__(self, path: str, *, timeout: float | None = _TIMEOUT, limit: int = _LIMIT) -> None:
        super().__init__(_unix_calls(path, timeout, limit), CallOptions(timeout))


class AsyncUnixClient(CoroutineClient):
    """Calls to a server at the path of a Unix socket, to be awaited; as UnixClient."""

    def __init__(self, path: str, *, timeout: float | None = _TIMEOUT, limit: int = _LIMIT) -> None:
        super().__init__(_unix_calls(path, timeout, limit), CallOptions(timeout))


@dataclass(frozen=True, slots=True)
class _TCP:
    """What both clients over TCP are given."""

    host: str
    port: int | None
    timeout: float | None
    limit: int
    rpcbind_port: int
    tls: "Literal[True] | ssl.SSLContext | None"
    server_hostname: str | None

    def __post_init__(self) -> None:
        _check_address("TCPClient", self.host, self.port, self.rpcbind_port)
        check_at_least("TCPClient", "limit", self.limit, 1, _LIMIT_REMEDY)
        if self.tls is not None:
            from typedserver.rpc.client_tls import check  # noqa: PLC0415 - it loads OpenSSL

            check(self.tls, self.server_hostname, self.host)
        elif self.server_hostname is not None:
            given = f"TCPClient(server_hostname={shown(self.server_hostname)})"
            raise RecipeError(f"{given} is what TLS must prove: give tls=True as well")

    def calls(self) -> Calls:
        place = f"{self.host}:{self.port or 'rpcbind'} (TCP{'' if self.tls is None else ' with TLS'})"
        return Calls(self._open_link, place, by_program=self.port is None)

    async def _open_link(self, program: Program, xid: int, deadline: float | None) -> Link:
        if self.port is None:
            address = await _look_up(self.host, self.rpcbind_port, "tcp", program, deadline)
        else:
            address = self.host, self.port
        stream: ClientStream[Address] = await open_stream(address, deadline, self.timeout)
        if self.tls is not None:
            from typedserver.rpc.client_tls import secured  # noqa: PLC0415 - it loads OpenSSL

            stream = await secured(stream, xid, program, self.tls, self.server_hostname or self.host)
        return StreamLink(stream, self.limit)


def _udp_calls(host: str, port: int | None, retry: float, rpcbind_port: int) -> Calls:
    _check_address("UDPClient", host, port, rpcbind_port)
    check_positive("UDPClient", "retry", retry, "give seconds until a call is sent again", needed=True)
    links = None if port is None else DatagramLinks((host, port), retry)

    async def open_link(program: Program, _xid: int, deadline: float | None) -> Link:
        if links is not None:
            return await links.open(deadline)
        address = await _look_up(host, rpcbind_port, "udp", program, deadline)
        return await DatagramLinks(address, retry).open(deadline)

    return Calls(open_link, f"{host}:{port or 'rpcbind'} (UDP)", by_program=port is None)


async def _look_up(
    host: str, rpcbind_port: int, transport: Literal["tcp", "udp"], program: Program, deadline: float | None
) -> InetAddress:
    """Return the address of a program on a host; raises NotRegistered, and what a call to its rpcbind does."""
    number, version = program
    candidates = await candidates_of((host, rpcbind_port), deadline)
    while True:
        candidate, *candidates = candidates
        address = candidate.address[0]
        left = remaining((host, rpcbind_port), deadline)
        # An address that does not answer must leave time for the others.
        timeout = None if left is None else left / (len(candidates) + 1)
        client: CoroutineClient
        if transport == "tcp":
            client = AsyncTCPClient(address, rpcbind_port, timeout=timeout)
        else:
            client = AsyncUDPClient(address, rpcbind_port, timeout=timeout)
        try:
            async with client:
                netid: Netid = transport
                if ":" in address:
                    netid = "tcp6" if transport == "tcp" else "udp6"
                return address, await port_of(client, number, version, netid)
        except (RPCError, ConnectError) as error:
            if not candidates:
                raise NotRegistered(f"the rpcbind of {host!r}: {error}: give the port if you know it") from error


def _unix_calls(path: str, timeout: float | None, limit: int) -> Calls:
    check_at_least("UnixClient", "limit", limit, 1, _LIMIT_REMEDY)
    if not path:
        raise RecipeError(f"UnixClient(path={shown(path)}) must name a Unix socket")

    async def open_link(_program: Program, _xid: int, deadline: float | None) -> Link:
        return StreamLink(await open_stream(path, deadline, timeout), limit)

    return Calls(open_link, path, by_program=False)


def _check_address(client: str, host: object, port: object, rpcbind_port: object) -> None:
    if not isinstance(host, str) or not host:
        raise RecipeError(f"{client}(host={shown(host)}) must be a name or an address")
    if port is not None and (type(port) is not int or not 0 < port <= _MAX_PORT):
        raise RecipeError(f"{client}(port={shown(port)}) must be from 1 to {_MAX_PORT}, or None to ask rpcbind")
    if type(rpcbind_port) is not int or not 0 < rpcbind_port <= _MAX_PORT:
        raise RecipeError(f"{client}(rpcbind_port={shown(rpcbind_port)}) must be from 1 to {_MAX_PORT}")
