"""Clients of RPC servers: blocking ones and those of coroutines, over TCP, UDP and Unix sockets.

They are the faces of ``Calls`` (client_calls.py), in which all of it happens.
"""

import copy
from concurrent.futures import Future
from types import TracebackType
from typing import Final, Literal, Self, TypeVar, final

from typedserver.coroutines.drive import drive
from typedserver.errors import ConnectError, QueueClosed, RecipeError
from typedserver.protocols.requests import InetAddress
from typedserver.recipes import check_at_least, check_positive, shown
from typedserver.rpc import xdr
from typedserver.rpc.client_calls import Call, CallOptions, Calls, Program, with_options
from typedserver.rpc.client_later import Later
from typedserver.rpc.client_links import DatagramLinks, Link, candidates_of, open_stream, remaining
from typedserver.rpc.errors import NotRegistered, RPCError
from typedserver.rpc.programs import AuthSys
from typedserver.rpc.rpcbind_lookup import RPCBIND_PORT, port_of
from typedserver.rpc.universal_addresses import Netid

A = TypeVar("A")
R = TypeVar("R")

_TIMEOUT: Final = 10.0

# Bytes of a reply.
_LIMIT: Final = 2**24

# Seconds until a datagram is sent again (RFC 8085, 3.1.1: to begin by less without having measured is rude).
_RETRY: Final = 1.0

_MAX_PORT: Final = 0xFFFF

_LIMIT_REMEDY: Final = "it is the most bytes of a reply"


class _Client:
    """What all clients have: their connection, and how they make their calls."""

    def __init__(self, calls: Calls, options: CallOptions) -> None:
        self._calls = calls
        self._options = options

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._calls!r}>"

    def using(
        self, *, timeout: float | None = None, credentials: AuthSys | None = None, idempotent: bool | None = None
    ) -> Self:
        """Return a client that makes its calls otherwise, over the same connection; None leaves what is set.

        ``NFS3Client(client.using(idempotent=True))``: so a generated client makes all its calls.

        timeout: seconds that a call may take, with the connection if one must be made.
        credentials: who calls (AUTH_SYS), as far as the server believes it.
        idempotent: whether a call may run twice: then it is made again if the connection is lost, until its time is
        over. Without that it fails by ConnectionLost, because the server may have run it.

        Raises RecipeError for values that cannot work. The connection ends when any of its clients is closed.
        """
        other = copy.copy(self)
        other._options = with_options(self._options, timeout, credentials, idempotent)  # noqa: SLF001 - its own class
        return other

    def _encoded(self, program: Program, procedure: int, encode: xdr.Encode[A], argument: A) -> Call:
        return self._calls.encode(program, procedure, encode, argument, self._options.identity)


class BlockingClient(_Client):
    """Calls that block their thread, from any number of threads at once over one connection.

    They are matched to their replies by numbers, so that none waits for another's. The connection is made by the first
    call, and made again when it is lost. A process that is forked makes one of its own.

    Not for coroutines: their loop would stand still. It is a context manager that closes it.
    """

    def __init__(self, calls: Calls, options: CallOptions) -> None:
        super().__init__(calls, options)
        self._later = Later()

    def call(  # noqa: PLR0917 - the contract of generated clients
        self, program: int, version: int, procedure: int, encode: xdr.Encode[A], argument: A, decode: xdr.Decode[R], /
    ) -> R:
        """Make a call and return its result; this is what generated clients call.

        Raises a class of RPCError for what the server answers, or RPCTimedOut; ConnectError if it cannot be reached;
        XDRError if the argument has no bytes; LifecycleError in a callback of ``call_later``'s future.
        """
        self._later.check_caller()
        call = self._encoded((program, version), procedure, encode, argument)
        return drive(self._calls.perform(call, decode, self._options))

    def call_later(  # noqa: PLR0917 - the contract of generated clients
        self, program: int, version: int, procedure: int, encode: xdr.Encode[A], argument: A, decode: xdr.Decode[R], /
    ) -> Future[R]:
        """Make a call in another thread, and return the future of its result, which fails by what ``call`` raises.

        That the future is cancelled does not take the call back. Raises XDRError, and ClientClosed.
        """
        call = self._encoded((program, version), procedure, encode, argument)
        calls, options = self._calls, self._options
        try:
            return self._later.submit(lambda: calls.perform(call, decode, options))
        except QueueClosed:
            raise calls.was_closed() from None

    def send(self, program: int, version: int, procedure: int, encode: xdr.Encode[A], argument: A, /) -> None:
        """Make a call to which there is no reply (RFC 5531, 8.4.1), and return when the kernel has it.

        Raises ConnectionLost, ConnectError, DatagramTooLong and XDRError.
        """
        with self.batch() as batch:
            batch.send(program, version, procedure, encode, argument)

    def batch(self) -> "Batch":
        """Begin a block of calls without replies, ``with client.batch() as batch: batch.send(...)``.

        They are sent at once at its end, in their order (RFC 5531, 8.4.1); none if the block raises.
        """
        return Batch(self._calls, self._options)

    def close(self) -> None:
        """End the connection: calls that are under way fail by ClientClosed. From any thread, any number of times."""
        self._calls.close()
        self._later.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.close()


class CoroutineClient(_Client):
    """Calls to be awaited, from any number of coroutines at once over one connection, under every strategy.

    As BlockingClient otherwise. It is an async context manager that closes it.
    """

    async def call(  # noqa: PLR0917 - the contract of generated clients
        self, program: int, version: int, procedure: int, encode: xdr.Encode[A], argument: A, decode: xdr.Decode[R], /
    ) -> R:
        """Make a call and return its result, as BlockingClient's; if it is cancelled, the server may run it yet."""
        call = self._encoded((program, version), procedure, encode, argument)
        return await self._calls.perform(call, decode, self._options)

    async def send(self, program: int, version: int, procedure: int, encode: xdr.Encode[A], argument: A, /) -> None:
        """Make a call to which there is no reply, as BlockingClient's."""
        async with self.batch() as batch:
            batch.send(program, version, procedure, encode, argument)

    def batch(self) -> "AsyncBatch":
        """Begin a block of calls without replies, ``async with client.batch() as batch: batch.send(...)``."""
        return AsyncBatch(self._calls, self._options)

    def close(self) -> None:
        """End the connection: calls that are under way fail by ClientClosed."""
        self._calls.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.close()


class TCPClient(BlockingClient):
    """Calls to a server over TCP.

    host, port: of the server; port None: the host's rpcbind is asked for each program and version.
    timeout: seconds that a call may take, with the connection if one must be made; None: for ever.
    limit: the most bytes of a reply.
    rpcbind_port: of the host's rpcbind, if it is another than usual.

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
    ) -> None:
        super().__init__(_tcp_calls(host, port, timeout, limit, rpcbind_port), CallOptions(timeout))


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
    ) -> None:
        super().__init__(_tcp_calls(host, port, timeout, limit, rpcbind_port), CallOptions(timeout))


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


class _Gathering:
    """Calls that are gathered to be sent at once."""

    def __init__(self, calls: Calls, options: CallOptions) -> None:
        self._calls = calls
        self._options = options
        self._messages: dict[Program, list[bytes]] = {}

    def send(self, program: int, version: int, procedure: int, encode: xdr.Encode[A], argument: A, /) -> None:
        """Add a call; raises XDRError if the argument has no bytes."""
        key = program, version
        call = self._calls.encode(key, procedure, encode, argument, self._options.identity)
        self._messages.setdefault(key, []).append(call.message)


@final
class Batch(_Gathering):
    """Calls that are sent at once when their block ends, and get no replies; ``BlockingClient.batch`` makes it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        if kind is None:
            for program, messages in self._messages.items():
                drive(self._calls.send(program, messages, self._options))


@final
class AsyncBatch(_Gathering):
    """Calls that are sent at once when their block ends, and get no replies; ``CoroutineClient.batch`` makes it."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        if kind is None:
            for program, messages in self._messages.items():
                await self._calls.send(program, messages, self._options)


def _tcp_calls(host: str, port: int | None, timeout: float | None, limit: int, rpcbind_port: int) -> Calls:
    _check_address("TCPClient", host, port, rpcbind_port)
    check_at_least("TCPClient", "limit", limit, 1, _LIMIT_REMEDY)

    async def open_link(program: Program, deadline: float | None) -> Link:
        address = (host, port) if port is not None else await _look_up(host, rpcbind_port, "tcp", program, deadline)
        return await open_stream(address, deadline, timeout, limit)

    return Calls(open_link, f"{host}:{port or 'rpcbind'} (TCP)", by_program=port is None)


def _udp_calls(host: str, port: int | None, retry: float, rpcbind_port: int) -> Calls:
    _check_address("UDPClient", host, port, rpcbind_port)
    check_positive("UDPClient", "retry", retry, "give seconds until a call is sent again", needed=True)
    links = None if port is None else DatagramLinks((host, port), retry)

    async def open_link(program: Program, deadline: float | None) -> Link:
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
                said = f"the rpcbind of {host!r} does not say where program {number}, version {version}, is: {error}"
                raise NotRegistered(f"{said}; give the port if you know it") from error


def _unix_calls(path: str, timeout: float | None, limit: int) -> Calls:
    check_at_least("UnixClient", "limit", limit, 1, _LIMIT_REMEDY)
    if not path:
        raise RecipeError(f"UnixClient(path={shown(path)}) must name a Unix socket")

    async def open_link(_program: Program, deadline: float | None) -> Link:
        return await open_stream(path, deadline, timeout, limit)

    return Calls(open_link, path, by_program=False)


def _check_address(client: str, host: object, port: object, rpcbind_port: object) -> None:
    if not isinstance(host, str) or not host:
        raise RecipeError(f"{client}(host={shown(host)}) must be a name or an address")
    if port is not None and (type(port) is not int or not 0 < port <= _MAX_PORT):
        raise RecipeError(f"{client}(port={shown(port)}) must be from 1 to {_MAX_PORT}, or None to ask rpcbind")
    if type(rpcbind_port) is not int or not 0 < rpcbind_port <= _MAX_PORT:
        raise RecipeError(f"{client}(rpcbind_port={shown(rpcbind_port)}) must be from 1 to {_MAX_PORT}")
