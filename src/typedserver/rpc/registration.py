"""Registration: lets the rpcbind of this host know where programs are served, for as long as they are.

It calls an rpcbind as any client does. Of a server it knows the descriptor, and that it drains; what it serves is not
its matter.
"""

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol, final

from typedserver.errors import ConnectError
from typedserver.process.inheritance import close_after_fork
from typedserver.protocols.requests import Address, InetAddress
from typedserver.reactor.calls import Backoff
from typedserver.rpc.client_faces import BlockingClient
from typedserver.rpc.clients import TCPClient, UnixClient
from typedserver.rpc.errors import (
    AuthenticationRefused,
    ProcedureUnavailable,
    ProgramMismatch,
    RegistrationRefused,
)
from typedserver.rpc.programs import Program
from typedserver.rpc.rpcbind_addresses import bound_addresses
from typedserver.rpc.rpcbind_lookup import PROTOCOLS, RPCBIND_PORT
from typedserver.rpc.rpcbind_protocol import Mapping, PortmapV2Client, Rpcb, RpcbindV3Client, RpcbindV4Client
from typedserver.rpc.rpcbind_registry import port_in
from typedserver.sockets.bell import Bell

_log = logging.getLogger("typedserver")

# Where rpcbind(8) listens for the programs of its own host.
RPCBIND_SOCKET: Final = "/run/rpcbind.sock"

# Seconds that one call to it may take: it is on this host, and does nothing that takes time.
_TIMEOUT: Final = 5.0

# Seconds between two looks whether a server was closed, which nobody says.
_LOOK: Final = 0.5

# Seconds between two attempts to register with an rpcbind that is gone, the first and the last.
_FIRST_PAUSE: Final = 0.1
_LAST_PAUSE: Final = 5.0


class Registrable(Protocol):
    """A server whose address can be registered: a Server that is open."""

    def fileno(self) -> int:
        """Return its listening descriptor."""
        ...

    def call_when_draining(self, about: object, callback: Callable[[], object], /) -> None:
        """Have a function called when it is asked to drain, and now if it was asked before."""
        ...

    def forget_when_draining(self, about: object, /) -> None:
        """Take ``call_when_draining`` back."""
        ...


@contextmanager
def registered(
    programs: Sequence[Program], servers: Sequence[Registrable], *, rpcbind: Address | None = None
) -> Generator[None, None, None]:
    """Register programs with the rpcbind of this host while a block runs.

    ``with server, registered([CALC_V1.served_by(calculator)], [server]): server.serve_forever()``

    programs: with the services that answer them; each is registered at the address of each server.
    servers: open ones: of TCP, UDP, and Unix streams.
    rpcbind: the path of its socket, or its address; None: its usual socket, or port 111 if there is none.

    What was registered for the same programs and transports before is replaced, because a server that has crashed
    leaves that behind. As soon as the first of the servers drains or was closed, all are taken back, because clients
    that come anew should find another server, or hear that there is none.

    If rpcbind is started again, they are registered again: a connection to it is kept open, and after its end others
    are tried, until one is made and all is registered over it. What fails meanwhile is logged.

    Raises RecipeError for a server that no rpcbind can register, LifecycleError for one that is not open, ConnectError
    if there is no rpcbind, and RegistrationRefused if it refuses: all when the block is entered.
    """
    where = _usual_rpcbind() if rpcbind is None else rpcbind
    entries = [
        Rpcb(program.number, program.version, netid, address, "")
        for server in servers
        for netid, address in bound_addresses(server.fileno(), server)
        for program in programs
    ]
    registrar = _Registrar(where, entries, servers)
    registrar.begin()
    try:
        yield
    finally:
        registrar.end()


@final
class _Registrar:
    """Keeps entries registered, by a thread of its own that waits for the end of an rpcbind, or of a server."""

    def __init__(self, rpcbind: Address, entries: Sequence[Rpcb], servers: Sequence[Registrable]) -> None:
        self._rpcbind = rpcbind
        self._entries = entries
        self._servers = servers
        self._bell = Bell()
        self._is_over = False
        self._watched: socket.socket | None = None
        self._thread = threading.Thread(target=self._keep, name="typedserver rpcbind", daemon=True)
        close_after_fork(self)

    def begin(self) -> None:
        """Register all; raises ConnectError, RPCError."""
        # Before anything is registered, so that an rpcbind that ends in between is noticed.
        try:
            self._watch()
        except OSError as error:
            remedy = "start rpcbind(8), or rpcbind_server() of this library"
            said = f"there is no rpcbind at {self._rpcbind!r}: {error.strerror}; {remedy}"
            raise ConnectError(said, error.errno) from error
        try:
            with _client_of(self._rpcbind) as client:
                for entry in self._entries:
                    _unset(client, entry)
                self._set_each(client)
        except BaseException:
            self._take_back()
            self._unwatch()
            raise
        for server in self._servers:
            server.call_when_draining(self, self._stop)
        self._thread.start()

    def _set_each(self, client: BlockingClient) -> None:
        for entry in self._entries:
            if not _set(client, entry):
                raise _refused(entry, self._rpcbind)

    def end(self) -> None:
        """Take all back, and wait until that is done."""
        for server in self._servers:
            server.forget_when_draining(self)
        self._stop()
        self._thread.join()

    def _stop(self) -> None:
        # In any thread, or a signal handler.
        self._is_over = True
        self._bell.ring()

    def _is_wanted(self) -> bool:
        return not self._is_over and not any(map(_is_closed, self._servers))

    def _keep(self) -> None:
        try:
            while self._is_wanted():
                self._bell.mute()
                # It may have come just before that.
                if not self._is_wanted():
                    return
                if self._watched is None or self._bell.wait_readable(self._watched.fileno(), _LOOK):
                    self._register_again()
        finally:
            self._take_back()
            self._unwatch()

    def _register_again(self) -> None:
        """Register all with an rpcbind that has come back, if it is there; returns in the end in any case."""
        self._unwatch()
        pauses = Backoff(_FIRST_PAUSE, _LAST_PAUSE)
        while self._is_wanted():
            try:
                self._watch()
                self._set_all()
            except OSError as error:
                _log.info("cannot register with rpcbind at %r yet: %s", self._rpcbind, error)
                self._unwatch()
                self._pause(pauses.next())
            else:
                return

    def _set_all(self) -> None:
        with _client_of(self._rpcbind) as client:
            for entry in self._entries:
                # What is registered as it should be is no refusal.
                if not _set(client, entry):
                    _log.warning("%s", _refused(entry, self._rpcbind))

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._is_over and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _FIRST_PAUSE))

    def _take_back(self) -> None:
        try:
            with _client_of(self._rpcbind) as client:
                for entry in self._entries:
                    _unset(client, entry)
        except OSError as error:
            # It has gone, and all with it.
            _log.info("cannot take registrations back from rpcbind at %r: %s", self._rpcbind, error)

    def _watch(self) -> None:
        """Connect to rpcbind, only to hear of its end; raises OSError."""
        rpcbind = self._rpcbind
        if isinstance(rpcbind, tuple):
            self._watched = socket.create_connection(rpcbind[:2], _TIMEOUT)
            return
        watched = socket.socket(socket.AF_UNIX)
        try:
            watched.settimeout(_TIMEOUT)
            watched.connect(rpcbind)
        except OSError:
            watched.close()
            raise
        self._watched = watched

    def _unwatch(self) -> None:
        if self._watched is not None:
            self._watched.close()
            self._watched = None

    def leave_in_child(self, _request: object) -> None:
        """Close this process's copy of the connection, in a child of this library."""
        self._unwatch()


def _usual_rpcbind() -> Address:
    if Path(RPCBIND_SOCKET).is_socket():
        return RPCBIND_SOCKET
    address: InetAddress = ("127.0.0.1", RPCBIND_PORT)
    return address


def _client_of(rpcbind: Address) -> BlockingClient:
    if isinstance(rpcbind, str):
        return UnixClient(rpcbind, timeout=_TIMEOUT)
    host, port = rpcbind[:2]
    return TCPClient(host, port, timeout=_TIMEOUT)


def _set(client: BlockingClient, entry: Rpcb) -> bool:
    try:
        for newer in (RpcbindV4Client(client), RpcbindV3Client(client)):
            with contextlib.suppress(ProgramMismatch, ProcedureUnavailable):
                return newer.set(entry)
        # A port mapper, which knows TCP and UDP over IPv4 alone: what it cannot know is not refused.
        protocol = PROTOCOLS.get(entry.r_netid)
        return protocol is None or PortmapV2Client(client).set(_mapping(entry, protocol))
    except AuthenticationRefused:
        return False


def _unset(client: BlockingClient, entry: Rpcb) -> None:
    with contextlib.suppress(AuthenticationRefused):
        for newer in (RpcbindV4Client(client), RpcbindV3Client(client)):
            with contextlib.suppress(ProgramMismatch, ProcedureUnavailable):
                newer.unset(entry)
                return
        PortmapV2Client(client).unset(_mapping(entry, 0))


def _mapping(entry: Rpcb, protocol: int) -> Mapping:
    return Mapping(entry.r_prog, entry.r_vers, protocol, port_in(entry.r_addr))


def _refused(entry: Rpcb, rpcbind: Address) -> RegistrationRefused:
    return RegistrationRefused(
        f"rpcbind at {rpcbind!r} does not register program {entry.r_prog}, version {entry.r_vers}, for {entry.r_netid} "
        f"at {entry.r_addr}: another server is registered there, whose owner is another one, or it trusts nobody but "
        "its socket: see `rpcinfo`"
    )


def _is_closed(server: Registrable) -> bool:
    try:
        return server.fileno() < 0
    except Exception:  # noqa: BLE001 - as each kind of server says that it has no descriptor
        return True
