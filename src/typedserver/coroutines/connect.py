"""Connecting: a handler calls out, to another server, and has a stream of that connection.

It knows the addresses that ``resolving.py`` finds, sockets, waits and tasks; nothing of what drives the coroutine. The
socket does not block in any case, so the stream suspends under every strategy.
"""

import contextlib
import errno
import os
import socket
import sys
import time
from collections.abc import Callable, Coroutine, Generator
from dataclasses import replace
from types import TracebackType
from typing import Any, Final, Literal, Self, cast, overload

from typing_extensions import TypeVar, override

from typedserver.config import (
    DEFAULT_ESTABLISH,
    DEFAULT_STREAM_CONFIG,
    DEFAULT_TIMEOUT,
    StreamConfig,
    check_stream_config,
)
from typedserver.coroutines.context import ForeignContext
from typedserver.coroutines.resolving import Candidate, SocketAddress, bound, interleaved, numeric, resolve
from typedserver.coroutines.runner import Task
from typedserver.coroutines.stream import Stream
from typedserver.coroutines.tasks import TaskGroup
from typedserver.coroutines.timeouts import Timeout
from typedserver.coroutines.waits import Parked, Sleep, Writable, wait_for
from typedserver.errors import CompositionError, ConnectError, ConnectTimedOut, PeerTimedOut, RecipeError
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.requests import Address, InetAddress, UnixAddress
from typedserver.reactor.calls import Backoff
from typedserver.recipes import check_positive, shown
from typedserver.security.openssl import ssl
from typedserver.security.tls_config import TLSConfig
from typedserver.sockets.accepted import Connection
from typedserver.sockets.announced import announce_end
from typedserver.sockets.connection import end_and_close
from typedserver.sockets.listening import unix_address
from typedserver.sockets.states import IP_FAMILIES, speaks_tls

_ClientAddress_co = TypeVar("_ClientAddress_co", covariant=True, default=Address)
_ClientSocket_co = TypeVar("_ClientSocket_co", bound=socket.socket, covariant=True, default=socket.socket)

_MAX_PORT: Final = 0xFFFF

# Seconds between the beginnings of two attempts, unless the first fails before: what RFC 8305, 5, recommends.
_STAGGER: Final = 0.25

# Seconds, the first and the last, between two attempts at a Unix socket whose queue is full: the kernel does not say
# when there is room (unix(7)).
_FIRST_PAUSE: Final = 0.001
_LAST_PAUSE: Final = 0.05

# How many items a TCP address may have: flow and scope follow in IPv6 (ipv6(7)).
_LENGTHS: Final = (2, 4)

# What connect(2) says on a socket that does not block, if the handshake has begun.
_BEGUN: Final = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EINTR)

# The server of a stream that no server has accepted.
_NO_SERVER: Final[ServerContext] = ForeignContext(None)

_DEFAULT_CONFIG: Final = StreamConfig(timeout=DEFAULT_TIMEOUT)


class ClientStream(Stream[_ClientAddress_co, ServerContext, _ClientSocket_co]):
    """A connection that ``connect`` has made: a Stream that its caller closes, best by ``async with``.

    ``client_address`` is the address of the peer, which is a server here. No drain ends it, because only who has
    called out knows whether an answer is awaited; ``server`` is a ServerContext that never drains. The limits of a
    config hold as for any stream.
    """

    __slots__ = ("_asked", "_closed", "_encrypted")

    def __init__(
        self, connection: _ClientSocket_co, address: _ClientAddress_co, config: StreamConfig, asked: Address
    ) -> None:
        super().__init__(connection, address, _NO_SERVER, config)
        # What ``connect`` was asked for, mostly with a name, which the server must prove.
        self._asked = asked
        self._closed = False
        # What has become of it by ``start_tls``.
        self._encrypted: ClientStream[_ClientAddress_co, Any] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.close()

    @override
    def close(self) -> None:
        """End the connection both ways and close its descriptor; what was written before still arrives.

        A coroutine that reads it or writes to it meanwhile is woken by OSError or the end of the stream. Nothing
        happens if it is closed already.
        """
        # Asked of a flag: what the outbox keeps may have the descriptor open for a while.
        if not self._closed:
            self._closed = True
            if self._encrypted is not None:
                self._encrypted.close()
                return
            super().close()
            end_and_close(self._socket)

    @override
    async def start_tls(
        self,
        config: "TLSConfig | ssl.SSLContext | Literal[True]" = True,
        /,
        *,
        server_hostname: str | None = None,
    ) -> "ClientStream[_ClientAddress_co, ssl.SSLSocket]":
        """Go on by TLS, and return the stream of that, for a protocol that begins in plain text (STARTTLS).

        Call it when the server has said that it is ready. This stream is over then, and closing either closes the
        connection. All of the handshake may take as long as one read.

        config: True verifies the server by the authorities that this machine trusts; or an ``ssl.SSLContext`` of a
        client. A TLSConfig is a server's, and refused.
        server_hostname: the name that the server's certificate must prove; None: the host that ``connect`` was given.

        Raises ConnectError if the handshake fails, if the server's certificate is refused, or if the server has sent
        more behind its answer, which anybody may have put there; ConnectTimedOut if it takes too long. The connection
        is closed then. Raises RecipeError for values that cannot work, CompositionError if the connection is encrypted
        already, LifecycleError if another coroutine reads the stream.
        """
        raw: object = self._socket
        if speaks_tls(self._socket) or not isinstance(raw, Connection):
            raise CompositionError("start_tls on a connection that is encrypted already would encrypt it twice")
        from typedserver.coroutines.encrypting import encryption  # noqa: PLC0415 - it loads OpenSSL

        encrypt = encryption(config, server_hostname, self._asked, "start_tls()")
        early = await self._give_up_connection()
        if early:
            self.close()
            raise ConnectError(
                f"cannot go on with {self._asked!r} by TLS: it has sent {len(early)} bytes behind its answer, in plain "
                "text, which anybody may have put there"
            )
        limit = self._exchange.read_timeout
        with _named(self._asked, limit):
            connection: Any = await encrypt(raw, None if limit is None else time.monotonic() + limit)
        self._encrypted = made = ClientStream(connection, self._client_address, self._config, self._asked)
        return made


@overload
async def connect(
    address: InetAddress,
    *,
    tls: "Literal[True] | ssl.SSLContext",
    server_hostname: str | None = None,
    local_address: InetAddress | None = None,
    timeout: float | None = DEFAULT_ESTABLISH,  # noqa: ASYNC109 - it has a default, so that no peer is waited for for ever
    config: StreamConfig = DEFAULT_STREAM_CONFIG,
) -> "ClientStream[InetAddress, ssl.SSLSocket]": ...


@overload
async def connect(
    address: UnixAddress,
    *,
    tls: "Literal[True] | ssl.SSLContext",
    server_hostname: str | None = None,
    local_address: UnixAddress | None = None,
    timeout: float | None = DEFAULT_ESTABLISH,  # noqa: ASYNC109 - it has a default, so that no peer is waited for for ever
    config: StreamConfig = DEFAULT_STREAM_CONFIG,
) -> "ClientStream[UnixAddress, ssl.SSLSocket]": ...


@overload
async def connect(
    address: InetAddress,
    *,
    local_address: InetAddress | None = None,
    timeout: float | None = DEFAULT_ESTABLISH,  # noqa: ASYNC109 - it has a default, so that no peer is waited for for ever
    config: StreamConfig = DEFAULT_STREAM_CONFIG,
) -> ClientStream[InetAddress]: ...


@overload
async def connect(
    address: UnixAddress,
    *,
    local_address: UnixAddress | None = None,
    timeout: float | None = DEFAULT_ESTABLISH,  # noqa: ASYNC109 - it has a default, so that no peer is waited for for ever
    config: StreamConfig = DEFAULT_STREAM_CONFIG,
) -> ClientStream[UnixAddress]: ...


async def connect(
    address: Address,
    *,
    tls: "Literal[True] | ssl.SSLContext | None" = None,
    server_hostname: str | None = None,
    local_address: Address | None = None,
    timeout: float | None = DEFAULT_ESTABLISH,  # noqa: ASYNC109 - it has a default, so that no peer is waited for for ever
    config: StreamConfig = DEFAULT_STREAM_CONFIG,
) -> ClientStream[Address, Any]:
    r"""Call out to a server and return a stream of the connection; works under every strategy.

    For a handler that needs another server: ``async with await connect(("db", 5432)) as stream:``, which closes it.

    address: ``(host, port)`` for TCP, a path or ``"\0name"`` for a Unix socket. A name is resolved in another thread if
    other requests share this one. All addresses of a name are tried, IPv6 and IPv4 in turn.
    tls: how to encrypt: True verifies the server by the authorities that this machine trusts; or an ``ssl.SSLContext``
    of a client. None: not at all.
    server_hostname: the name that the server's certificate must prove (TLS); None: the host of the address.
    local_address: the own address, of the same form; port 0 lets the kernel choose the port. The file of a Unix path is
    left to the caller.
    timeout: seconds from the call to the connection, with the handshake of TLS; None: for ever.
    config: as for a handler's stream. If its timeout is "server", a read or write waits for a minute at most.

    Raises ConnectError (an OSError), which names every address that was tried, or why the server's certificate is
    refused; ConnectTimedOut (a TimeoutError besides)
    when the time is over; RecipeError for values that cannot work.
    """
    _check_addresses(address, local_address)
    check_positive("connect", "timeout", timeout, "give seconds, or None to wait for ever")
    check_stream_config("connect", config)
    encrypt = _encryption(tls, server_hostname, address)
    deadline = None if timeout is None else time.monotonic() + timeout
    try:
        candidates = await _candidates(address, local_address, deadline)
    except TimeoutError as error:
        raise ConnectTimedOut(
            f"cannot connect to {address!r}: the name has {_no_answer(timeout)}", errno.ETIMEDOUT
        ) from error
    except ConnectError:
        raise
    except OSError as error:
        # To ask for a name takes descriptors.
        raise _without_address(address, error.errno, error) from error
    race = _Race(candidates, deadline)
    # A race has tasks, and one address needs none.
    connected = await (race.run() if len(candidates) > 1 else race.attempt(candidates[0]))
    if connected is None:
        try:
            raise _failed(address, timeout, race.failures)
        finally:
            # Their tracebacks name the race: neither would be freed without the garbage collector.
            race.failures = {}
    with _named(address, timeout):
        if encrypt is not None:
            connected = await encrypt(connected, deadline)
        return _stream_of(connected, config, address)


@contextlib.contextmanager
def _named(address: Address, timeout: float | None) -> Generator[None, None, None]:
    """Raise what fails as ConnectError, which names the address."""
    try:
        yield
    except PeerTimedOut as error:
        said = f"cannot connect to {address!r} by TLS: {_no_answer(timeout)}"
        raise ConnectTimedOut(said, errno.ETIMEDOUT) from error
    except ConnectError:
        raise
    except OSError as error:
        # The peer has reset it since (ENOTCONN).
        number = errno.ECONNRESET if error.errno == errno.ENOTCONN else error.errno
        raise _without_address(address, number, error) from error


def _encryption(
    tls: object, server_hostname: object, address: Address
) -> Callable[[Connection, float | None], Coroutine[Any, Any, Connection]] | None:
    """Return what encrypts a connection to a server; None if nothing does. Raises RecipeError for wrong values."""
    if tls is None:
        if server_hostname is not None:
            raise RecipeError(
                f"connect(server_hostname={shown(server_hostname)}) is what TLS must prove: give tls=True as well"
            )
        return None
    from typedserver.coroutines.encrypting import encryption  # noqa: PLC0415 - it loads OpenSSL

    return encryption(tls, server_hostname, address)


def _check_addresses(address: Address, local_address: Address | None) -> None:
    _check_address("address", address, 1)
    if local_address is not None:
        _check_address("local_address", local_address, 0)
        if isinstance(local_address, str) != isinstance(address, str):
            raise RecipeError(f"connect(local_address={shown(local_address)}) must be of the same kind as the address")


def _check_address(field: str, address: object, least: int) -> None:
    # Checked as objects, because a program without types may give any value.
    given = f"connect({field}={shown(address)})"
    if isinstance(address, str):
        if not address:
            raise RecipeError(f"{given} must name a Unix socket; (host, port) is for TCP")
        return
    items = list(cast("tuple[object, ...]", address)) if isinstance(address, tuple) else []
    if len(items) not in _LENGTHS:
        raise RecipeError(f"{given} must be (host, port), or the path of a Unix socket")
    host, port = items[:2]
    if not isinstance(host, str) or not host:
        raise RecipeError(f"{given} must have a host: an address, or a name")
    if not isinstance(port, int) or isinstance(port, bool) or not least <= port <= _MAX_PORT:
        raise RecipeError(f"{given} must have a port from {least} to {_MAX_PORT}")


async def _candidates(address: Address, local_address: Address | None, deadline: float | None) -> list[Candidate]:
    """Return what to try; raises TimeoutError at the deadline."""
    if isinstance(address, str):
        return [Candidate(socket.AF_UNIX, address, local_address)]
    if not isinstance(local_address, tuple):
        return interleaved(await _resolved(address, deadline))
    own = bound(interleaved(await _resolved(address, deadline)), await _resolved(local_address, deadline))
    if not own:
        raise ConnectError(
            f"cannot connect to {address!r} from {local_address!r}: there is no address of the same family, "
            "IPv4 or IPv6, for both"
        )
    return own


async def _resolved(address: InetAddress, deadline: float | None) -> list[Candidate]:
    found = numeric(address)
    if found is not None:
        # No limit of time, because a handler that has a thread of its own gets a loop for that.
        return found
    async with Timeout(deadline):
        return await resolve(address)


class _Race:
    """Attempts at several addresses, each begun a while after the one before; the first that connects wins.

    failures: what the attempts have failed by. RFC 8305, 5.
    """

    __slots__ = ("_candidates", "_deadline", "_wake", "_won", "failures")

    def __init__(self, candidates: list[Candidate], deadline: float | None) -> None:
        self._candidates = candidates
        self._deadline = deadline
        self.failures: dict[Candidate, OSError] = {}
        self._won: Connection | None = None
        self._wake: Callable[[], object] | None = None

    async def run(self) -> Connection | None:
        """Return the connection that was made first, with all others closed; None if all have failed."""
        try:
            async with TaskGroup() as tasks:
                attempts: list[Task[None]] = []
                for candidate in self._candidates:
                    attempts.append(tasks.create_task(self._take_part(candidate)))
                    await self._next_end(time.monotonic() + _STAGGER)
                    if self._won is not None:
                        break
                while self._won is None and len(self.failures) < len(self._candidates):
                    await self._next_end(None)
                for attempt in attempts:
                    attempt.cancel()
        except BaseException:
            # It is cancelled itself.
            if self._won is not None:
                self._won.close()
            raise
        return self._won

    async def _next_end(self, until: float | None) -> None:
        """Wait until one more attempt has failed, or one has won, or until a point in time."""
        failed = len(self.failures)
        while self._won is None and len(self.failures) == failed and (until is None or time.monotonic() < until):
            await wait_for(Parked(self._wake_by, until, joins=True))

    def _wake_by(self, wake: Callable[[], object]) -> None:
        self._wake = wake

    async def _take_part(self, candidate: Candidate) -> None:
        connection = await self.attempt(candidate)
        if connection is not None:
            if self._won is None:
                self._won = connection
            else:
                connection.close()
        if self._wake is not None:
            self._wake()

    async def attempt(self, candidate: Candidate) -> Connection | None:
        """Try one address; returns None, and notes why, if that fails."""
        try:
            return await _attempt(candidate, self._deadline)
        except OSError as error:
            self.failures[candidate] = error
            return None


async def _attempt(candidate: Candidate, deadline: float | None) -> Connection:
    """Connect to one address; raises OSError, with ETIMEDOUT if the deadline has passed."""
    connection = Connection(candidate.family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        # It is closed while the loop that it is waited for in goes on, and its number is another's then.
        announce_end(connection)
        if candidate.local is not None:
            _bind(connection, candidate.local)
        await _establish(connection, candidate, deadline)
    except BaseException:
        connection.close()
        raise
    return connection


def _bind(connection: socket.socket, local: SocketAddress) -> None:
    if sys.platform == "linux" and connection.family in IP_FAMILIES:
        # The port is chosen when it connects, so that each peer's connections have all ports (ip(7)).
        connection.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
    connection.bind(local)


# Its number in linux/in.h, because Python knows the name from 3.12 on.
_IP_BIND_ADDRESS_NO_PORT: Final = 24


async def _establish(connection: Connection, candidate: Candidate, deadline: float | None) -> None:
    pauses = Backoff(_FIRST_PAUSE, _LAST_PAUSE)
    status = connection.connect_ex(candidate.address)
    while status == errno.EAGAIN and candidate.family not in IP_FAMILIES:
        until = time.monotonic() + pauses.next()
        if deadline is not None and until > deadline:
            raise _timed_out()
        await wait_for(Sleep(until))
        status = connection.connect_ex(candidate.address)
    while status in _BEGUN:
        try:
            await wait_for(Writable(connection.fileno(), deadline, connection))
        except PeerTimedOut:
            raise _timed_out() from None
        status = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if not status:
            status = _state_of(connection)
    if status:
        raise OSError(status, os.strerror(status))


def _state_of(connection: socket.socket) -> int:
    """Return 0 if it is connected, else what connect(2) would say: a wait may end for another reason."""
    try:
        peer = connection.getpeername()
    except OSError as error:
        if error.errno != errno.ENOTCONN:
            raise
        return errno.EINPROGRESS
    # If nobody listens at a port that the kernel may choose, it may choose just that for this end, and connect the
    # socket to itself.
    is_own = connection.family in IP_FAMILIES and peer == connection.getsockname()
    return errno.ECONNREFUSED if is_own else 0


def _timed_out() -> TimeoutError:
    return TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))


def _stream_of(connection: Connection, config: StreamConfig, asked: Address) -> ClientStream[Address, Any]:
    try:
        peer = connection.getpeername()
        if connection.family not in IP_FAMILIES:
            peer = unix_address(peer)
        if config is DEFAULT_STREAM_CONFIG:
            config = _DEFAULT_CONFIG
        elif config.timeout == "server":
            # So that an error names the config: the deadlines of a server are not meant.
            config = replace(config, timeout=DEFAULT_TIMEOUT)
        return ClientStream(connection, peer, config, asked)
    except BaseException:
        connection.close()
        raise


def _failed(address: Address, timeout: float | None, failures: dict[Candidate, OSError]) -> ConnectError:
    first = next(iter(failures.values()))
    said = "; ".join(f"{_name(candidate)}: {_reason(error, timeout)}" for candidate, error in failures.items())
    kind = ConnectTimedOut if all(error.errno == errno.ETIMEDOUT for error in failures.values()) else ConnectError
    raised = kind(f"cannot connect to {address!r}: {said}", first.errno)
    raised.__cause__ = first
    return raised


def _without_address(address: Address, number: int | None, error: OSError) -> ConnectError:
    said = str(error) if number is None else os.strerror(number)
    return ConnectError(f"cannot connect to {address!r}: {said}", number)


def _name(candidate: Candidate) -> str:
    address = candidate.address
    name = repr(address) if isinstance(address, str) else f"{address[0]} port {address[1]}"
    return name if candidate.local is None else f"{name} from {candidate.local!r}"


def _reason(error: OSError, timeout: float | None) -> str:
    if error.errno == errno.ETIMEDOUT:
        return _no_answer(timeout)
    return error.strerror or str(error)


def _no_answer(timeout: float | None) -> str:
    return "no answer" if timeout is None else f"no answer within {timeout:g} s (raise timeout= if that is right)"
