"""The establisher: what comes before a handler, for the connections of a server that was written in the old style.

It has the listeners of ``access`` do it, in the thread or child that serves the request: there is no second form of any
protocol. It knows sockets, recipes and the few attributes that each server of ``socketserver`` has; which class
attributes ask for what, the mix-ins know.
"""

import os
import socket
import sys
import time
from dataclasses import dataclass
from typing import Any, Protocol

from typing_extensions import override

from typedserver._mixins.told_attempts import ToldAttempts
from typedserver.access.authenticated import Authenticated
from typedserver.access.layers import established_inside
from typedserver.coroutines.context import context_of
from typedserver.coroutines.drive import drive
from typedserver.coroutines.timeouts import timeout
from typedserver.endpoints.bases import BaseEndpoint, BaseListener
from typedserver.errors import PeerTimedOut
from typedserver.protocols.endpoints import Endpoint, Listener
from typedserver.protocols.requests import Address, RequestKind
from typedserver.sockets.accepted import Connection, end_both_ways
from typedserver.sockets.connection import end_and_close, finish_ends
from typedserver.sockets.lingering import LONGEST_AT_CLOSE
from typedserver.sockets.listening import unix_address
from typedserver.sockets.states import IP_FAMILIES

# Past what an accepted connection does.
_gettimeout = socket.socket.gettimeout


class SocketServer(Protocol):
    """What each server of ``socketserver`` says of its socket."""

    address_family: int
    socket_type: int


class AcceptedConnection(Connection):
    """A connection as it was accepted. When TLS has taken its descriptor over, what ends it ends that one.

    So the hooks that a program has for a request's end, which know the request as it was accepted, do what they did.
    """

    __slots__ = ()

    @classmethod
    def taken_over(cls, request: socket.socket) -> "AcceptedConnection":
        """Take the descriptor of any socket over, with its timeout."""
        if isinstance(request, cls):
            return request
        limit = _gettimeout(request)
        family, kind, proto = request.family, request.type, request.proto
        connection = cls(family, kind, proto, request.detach())
        connection.settimeout(limit)
        return connection

    @override
    def shutdown(self, how: int, /) -> None:
        """Say the end of a direction, as TLS says it if that is spoken."""
        if self.became is None:
            super().shutdown(how)
        else:
            self.became.shutdown(how)

    @override
    def close(self) -> None:
        """Close the descriptor, whichever object has it."""
        if self.became is None:
            super().close()
        else:
            self.became.close()


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class OldStyle(BaseEndpoint[Any, Any]):
    """A server of the old style, as the recipes around it see it: its connections are accepted elsewhere."""

    server: SocketServer

    @property
    def request_kind(self) -> RequestKind:
        """Connections, unless its socket is one of datagrams."""
        return "connections" if self.server.socket_type == socket.SOCK_STREAM else "datagrams"

    @override
    def sharing_port(self, _port: int, /) -> Endpoint[Any, Any] | None:
        """Return itself if its clients come by IP: only what has a port can share it."""
        return self if self.server.address_family in IP_FAMILIES else None

    def listen(self) -> Listener[Any, Any]:
        """Return what stands for its socket."""
        return _Accepted(self.request_kind, has_ip=self.server.address_family in IP_FAMILIES)

    def __repr__(self) -> str:
        return type(self.server).__name__


class _Accepted(BaseListener[Any, Any]):
    """The innermost listener: its connections are there already."""

    __slots__ = ("_has_ip", "_request_kind")

    def __init__(self, request_kind: RequestKind, *, has_ip: bool) -> None:
        self._request_kind: RequestKind = request_kind
        self._has_ip = has_ip

    @property
    def request_kind(self) -> RequestKind:
        return self._request_kind

    @property
    def server_address(self) -> Address:
        # Of which kind it is, is all that is asked.
        return ("", 0) if self._has_ip else ""

    def fileno(self) -> int:
        return -1

    def get_request(self) -> tuple[Any, Any]:
        raise BlockingIOError

    def shutdown_request(self, request: Any, /) -> None:
        end_and_close(request)

    def close_request(self, request: Any, /) -> None:
        request.close()

    @override
    def cut_request(self, request: Any, /) -> None:
        end_both_ways(request)

    def close(self) -> None:
        """Do nothing: the server closes its socket."""


class Establisher:
    """Establishes the connections of one server, in whichever thread or child serves them.

    server: whose handlers get them. endpoint: the recipe of what comes before a handler, around an ``OldStyle``.

    Raises ListenError and CompositionError, as the recipe's ``listen`` does.
    """

    __slots__ = ("_attempts", "_context", "_listener", "_looked", "_pid")

    def __init__(self, server: object, endpoint: Endpoint[Any, Any]) -> None:
        self._context = context_of(server)
        self._attempts: ToldAttempts | None = None
        if isinstance(endpoint, Authenticated) and sys.platform != "win32":
            self._attempts = ToldAttempts(endpoint.max_failures, endpoint.failure_window)
            self._listener: Listener[Any, Any] = endpoint.listen_counting(self._attempts)
        else:
            self._listener = endpoint.listen()
        self._looked = time.monotonic()
        self._pid = os.getpid()

    @property
    def listener(self) -> Listener[Any, Any]:
        """What it has them established by."""
        return self._listener

    def close(self) -> None:
        """Close what it has open by itself; it goes on for the requests that are still served."""
        if self._attempts is not None:
            self._attempts.close()

    # In the process that accepts

    def accepts(self) -> None:
        """Note that the calling process accepts: one that is forked from it serves one request, and ends."""
        self._pid = os.getpid()
        if self._attempts is not None:
            self._attempts.accepts()

    def is_refused(self, client_address: object) -> bool:
        """Return whether nobody may come from an address now; from any thread."""
        return self._listener.refusal(client_address) is not None

    def have_files_changed(self) -> bool:
        """Return whether files have changed that are watched, if it is time to look."""
        watch, now = self._listener.watch, time.monotonic()
        if watch is None or now - self._looked < watch:
            return False
        self._looked = now
        return self._listener.has_changed()

    # In the worker: a thread, or a child

    def establish(
        self, request: AcceptedConnection, client_address: Any, seconds: float | None
    ) -> tuple[socket.socket, Any]:
        """Return what the handler gets of a connection: what it is now, and whose it is.

        seconds: how long that may take; None: as long as the peer goes on with it.

        Raises what the listener raises, which has closed the connection then; PeerTimedOut if it takes too long.
        """
        limit = _gettimeout(request)
        # So that each wait ends with the time, whatever the peer does meanwhile.
        request.setblocking(False)
        # An abstract Unix address is bytes to the kernel; the steps know text, and the handler what it always knew.
        raw = unix_address(client_address) if isinstance(client_address, bytes) else client_address
        connection, address = drive(self._establish(request, raw, seconds))
        if address is raw:
            address = client_address
        connection.settimeout(limit)
        if isinstance(connection, Connection):
            # As the standard library's own TLS does, for which handlers of the old style were written.
            connection.take_any_end()
        return connection, address

    async def _establish(
        self, request: socket.socket, client_address: Any, seconds: float | None
    ) -> tuple[socket.socket, Any]:
        limit = timeout(seconds)
        try:
            async with limit:
                return await established_inside(self._listener, request, client_address, self._context)
        except TimeoutError:
            if not limit.expired():
                raise
            raise PeerTimedOut(
                f"it took more than establish_timeout={seconds:g} seconds for what comes before its handler"
            ) from None

    def end(self, connection: Connection) -> None:
        """Say the end to the peer, and close; a child waits until the peer has it, because it ends right afterwards."""
        if (connection.became or connection).fileno() < 0:
            # A listener has turned the peer away, or the handler has closed it.
            return
        end_and_close(connection)
        if os.getpid() != self._pid:
            finish_ends(LONGEST_AT_CLOSE)
