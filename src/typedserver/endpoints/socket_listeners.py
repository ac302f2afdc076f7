"""The live listener of connections, and what it has in common with that of datagrams (``datagram_listener.py``).

They know an open, bound socket, and what its endpoint says of it: how an address is written, what the close must do,
and whether another process serves it too. They do not know how it was opened.
"""

import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic

from typing_extensions import override

from typedserver.endpoints.bases import BaseListener
from typedserver.endpoints.handed_over import claim_later
from typedserver.process.inheritance import close_after_fork, leave_to_parent
from typedserver.protocols.endpoints import Listener, Withdrawal
from typedserver.protocols.requests import AddressT, RequestKind, RequestT, StreamRequest
from typedserver.sockets.accepted import Connection, end_both_ways
from typedserver.sockets.connection import end_and_close
from typedserver.sockets.lent import Before, Lent
from typedserver.sockets.listening import prepare_to_refuse, refuse_connections, settle_queue

_log = logging.getLogger("typedserver")


@dataclass(frozen=True, slots=True)
class Bound(Generic[AddressT]):
    """A bound socket, with what its listener must know of it.

    spell: writes a peer's address, as the kernel gives it; None: it stays so, for a call less with each request.
    spell_own: writes the socket's own; ``spell`` if None.
    on_close: called as the listener closes, while its socket lives, to take away the name by which clients come, such
    as a file; returns False if that was not done, and raises OSError if it could not be.
    shared: whether another process has the same socket and goes on serving it.
    claimable: whether that process is a predecessor, so that the socket is not shared any more once it was claimed.
    before: how the socket was before others have lent it to this process, for as long as they wish; None: they did not.
    """

    socket: socket.socket
    spell: Callable[[Any], AddressT] | None
    spell_own: Callable[[Any], AddressT] | None = None
    on_close: Callable[[], object] | None = None
    shared: bool = False
    claimable: bool = False
    before: Before | None = None


class SocketListener(BaseListener[RequestT, AddressT]):
    """What both listeners have in common: the socket, its addresses, and its close."""

    __slots__ = ("__weakref__", "_is_copy", "_lent", "_on_close", "_server_address", "_shared", "_socket", "_spell")

    def __init__(self, bound: Bound[AddressT]) -> None:
        self._socket = bound.socket
        self._spell = bound.spell
        # Read once, because a handler may want it in a forked child or while the server closes, without the socket.
        spell, own_address = bound.spell_own or bound.spell, bound.socket.getsockname()
        self._server_address: AddressT = own_address if spell is None else spell(own_address)
        self._on_close = bound.on_close
        # While another process serves the same socket, nothing may change the kernel's state of it.
        self._shared = bound.shared
        self._lent = None if bound.before is None else Lent(bound.socket, bound.before)
        # Nor in a process that the program has forked, unless the socket was left to it.
        self._is_copy = False
        close_after_fork(self)
        leave_to_parent(self)
        if bound.claimable:
            claim_later(self)

    @override
    def leave_in_child(self, _request: object, /) -> None:
        """Close a forked child's copy of the socket; only the parent removes the file, if there is one."""
        self._on_close = self._lent = None
        self._socket.close()

    def leave_to_parent(self) -> None:
        """In a process that the program has forked: leave the kernel's socket and its file as they are."""
        self._is_copy = True

    @override
    def inherit(self) -> None:
        """Note that the socket is this process's, which was forked from the one that has opened it."""
        self._is_copy = False

    @override
    def share(self) -> None:
        """Note that another process has the same socket and goes on serving it; from any thread."""
        self._shared = True
        # The other process gives it back.
        self._lent = None

    def own(self) -> None:
        """Note that the other process has gone, so that only this one serves the socket; from any thread."""
        self._shared = False

    def __repr__(self) -> str:
        if self._socket.fileno() < 0:
            return f"<{type(self).__name__} closed>"
        return f"<{type(self).__name__} fd={self.fileno()} server_address={self.server_address!r}>"

    @property
    def server_address(self) -> AddressT:
        """The address that the socket is bound to, as the kernel gives it."""
        return self._server_address

    def fileno(self) -> int:
        """The listening descriptor."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket, and remove its file if that belongs to this process; a second call does nothing."""
        try:
            # The name first: then a client finds no server, rather than one that never answers.
            self._remove_file()
            lent, self._lent = self._lent, None
            if lent is not None and self._socket.fileno() >= 0:
                lent.give_back()
        finally:
            self._socket.close()

    def _remove_file(self) -> bool:
        """Remove the socket's file, if it has one that no other process serves; returns whether that was done.

        If the file stays, that is logged.
        """
        on_close, self._on_close = self._on_close, None
        if on_close is None or self._shared or self._is_copy:
            return False
        try:
            return on_close() is not False
        except OSError as error:
            _log.warning("the file of the socket %r stays: %s; remove it by hand", self._server_address, error.strerror)
            return False


class StreamListener(SocketListener[StreamRequest, AddressT]):
    """Accepts connections; a request is the connected, blocking socket, whatever the program's default timeout is."""

    __slots__ = ("_accept",)

    def __init__(self, bound: Bound[AddressT]) -> None:
        super().__init__(bound)
        accept = Connection.accepting(bound.socket, bound.spell)
        # If it were blocking, a connection that is reset between wake-up and accept would hang the loop (accept(2)).
        if self._lent is None:
            bound.socket.setblocking(False)
        else:
            accept = self._lent.without_blocking(accept)
        self._accept: Callable[[], tuple[socket.socket, AddressT]] = accept
        prepare_to_refuse(bound.socket)

    @property
    def request_kind(self) -> RequestKind:
        """Always "connections"."""
        return "connections"

    def get_request(self) -> tuple[socket.socket, AddressT]:
        """Accept one connection; raises BlockingIOError if none waits."""
        return self._accept()

    def shutdown_request(self, request: socket.socket, /) -> None:
        """End the connection in an orderly way and close it."""
        end_and_close(request)

    def close_request(self, request: socket.socket, /) -> None:
        """Close this process's copy of the connection."""
        socket.socket.close(request)

    @override
    def cut_request(self, request: socket.socket, /) -> None:
        """End the connection both ways, so that a reader or writer finds its end; from any thread."""
        end_both_ways(request)

    @override
    def withdraw(self) -> Withdrawal:
        """Have the kernel refuse new connections for good; what waits in its queue can still be accepted."""
        if self._shared or self._is_copy:
            return "shared"
        # First, because a socket that refuses is taken for dead, and its file for anyone's.
        unnamed = self._remove_file()
        if settle_queue(self._socket):
            return "settled"
        return "refusing" if unnamed or refuse_connections(self._socket) else "leaking"


_stream_conforms: type[Listener[socket.socket, str]] = StreamListener[str]
