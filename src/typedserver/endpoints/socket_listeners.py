"""The two live listeners that all socket endpoints open: one accepts connections, one receives datagrams.

They know an open, bound socket and nothing of how it was opened. A subclass or a callable of the endpoint's says how
an address is written and what is to be done at the close.
"""

import contextlib
import socket
import sys
from collections.abc import Callable
from typing import Any, cast

from typing_extensions import override

from typedserver.endpoints.bases import BaseListener
from typedserver.errors import DatagramTooLong
from typedserver.process.inheritance import close_after_fork
from typedserver.protocols.endpoints import Listener, Withdrawal
from typedserver.protocols.requests import AddressT, DatagramRequest, RequestKind, RequestT, StreamRequest
from typedserver.sockets.connection import close_to_end, end_and_close
from typedserver.sockets.datagrams import limit_sends
from typedserver.sockets.listening import accepting, refuse_connections

# What recvfrom is asked for at once: not to wait. Windows has no such flag; there the listener itself does not block.
_DONT_WAIT = getattr(socket, "MSG_DONTWAIT", 0)


class _SocketListener(BaseListener[RequestT, AddressT]):
    """What both listeners are: a bound socket, the spelling of its addresses, and what its close leaves to do."""

    __slots__ = ("__weakref__", "_on_close", "_server_address", "_shared", "_socket", "_spell")

    def __init__(
        self,
        bound: socket.socket,
        spell: Callable[[Any], AddressT],
        on_close: Callable[[], object] | None = None,
        spell_own: Callable[[Any], AddressT] | None = None,
        *,
        shared: bool = False,
    ) -> None:
        self._socket = bound
        self._spell = spell
        # Asked for once: a handler may want it in a forked child, or while the server closes, when the socket is gone.
        self._server_address = (spell_own or spell)(bound.getsockname())
        self._on_close = on_close
        # Whether another process has the same socket, and serves on: nothing may be done that reaches the kernel's.
        self._shared = shared
        close_after_fork(self)

    @override
    def leave_in_child(self, _request: object, /) -> None:
        """Close a forked child's copy of the socket; the file, where there is one, is the parent's to remove."""
        self._on_close = None
        self._socket.close()

    @override
    def share(self) -> None:
        """Note that another process has the same socket and goes on serving it; from any thread."""
        self._shared = True

    def own(self) -> None:
        """Note that the other process has gone, so that the socket is this one's alone; from any thread."""
        self._shared = False

    def __repr__(self) -> str:
        if self._socket.fileno() < 0:
            return f"<{type(self).__name__} closed>"
        return f"<{type(self).__name__} fd={self.fileno()} server_address={self.server_address!r}>"

    @property
    def server_address(self) -> AddressT:
        """The address it is bound to, as the kernel tells it."""
        return self._server_address

    def fileno(self) -> int:
        """The listening descriptor."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket, and remove its file where that is this process's; a second call does nothing."""
        on_close, self._on_close = self._on_close, None
        try:
            # The name goes first: a client finds no server rather than one that will never answer.
            if on_close is not None and not self._shared:
                on_close()
        finally:
            self._socket.close()


class StreamListener(_SocketListener[StreamRequest, AddressT]):
    """Accepts connections; a request is the connected, blocking socket."""

    __slots__ = ("_accept", "_ends_by_close")

    def __init__(
        self,
        bound: socket.socket,
        spell: Callable[[Any], AddressT],
        on_close: Callable[[], object] | None = None,
        spell_own: Callable[[Any], AddressT] | None = None,
        *,
        shared: bool = False,
    ) -> None:
        # Or a connection that is reset between the wake-up and the accept would hang the loop (accept(2)).
        bound.setblocking(False)
        super().__init__(bound, spell, on_close, spell_own, shared=shared)
        self._accept = accepting(bound)
        self._ends_by_close = bound.family == getattr(socket, "AF_UNIX", None)

    @property
    def request_kind(self) -> RequestKind:
        """Connections alone."""
        return "connections"

    def get_request(self) -> tuple[socket.socket, AddressT]:
        """Accept one connection; raises BlockingIOError when none waits."""
        request, client_address = self._accept()
        if sys.platform != "linux":
            # BSD and Windows hand the listener's mode on to the connection, Linux does not (accept(2)).
            request.setblocking(True)
        return request, self._spell(client_address)

    def shutdown_request(self, request: socket.socket, /) -> None:
        """End the connection in an orderly way and close it."""
        if self._ends_by_close:
            close_to_end(request)
        else:
            end_and_close(request)

    def close_request(self, request: socket.socket, /) -> None:
        """Close this process's copy of the connection."""
        request.close()

    @override
    def cut_request(self, request: socket.socket, /) -> None:
        """End the connection both ways, so that whoever reads or writes finds its end; from any thread."""
        # It may be closed, or reset, just now.
        with contextlib.suppress(OSError):
            # Past a class of its own: SSLSocket's would go on in plain text.
            socket.socket.shutdown(request, socket.SHUT_RDWR)

    @override
    def withdraw(self) -> Withdrawal:
        """Have the kernel take no new connection, for good; what waits in its queue can still be accepted."""
        if self._shared:
            return "shared"
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            on_close()
            return "refusing"
        return "refusing" if refuse_connections(self._socket) else "leaking"


class DatagramListener(_SocketListener[DatagramRequest, AddressT]):
    """Receives datagrams; a request is the packet with the socket to answer through, which stays blocking."""

    __slots__ = ("_size",)

    def __init__(
        self,
        bound: socket.socket,
        spell: Callable[[Any], AddressT],
        *,
        max_packet_size: int,
        send_timeout: float,
        on_close: Callable[[], object] | None = None,
        spell_own: Callable[[Any], AddressT] | None = None,
        shared: bool = False,
    ) -> None:
        bound.setblocking(bool(_DONT_WAIT))
        limit_sends(bound, send_timeout)
        # One byte more than is taken tells a datagram that is too long from one that just fits.
        self._size = max_packet_size + 1
        super().__init__(bound, spell, on_close, spell_own, shared=shared)

    @property
    def request_kind(self) -> RequestKind:
        """Datagrams alone."""
        return "datagrams"

    def get_request(self) -> tuple[DatagramRequest, AddressT]:
        """Receive one datagram; raises BlockingIOError when none waits, DatagramTooLong for one past the limit."""
        packet, client_address = self._socket.recvfrom(self._size, _DONT_WAIT)
        if len(packet) == self._size:
            raise DatagramTooLong(
                f"a datagram from {self._spell(client_address)!r} is longer than max_packet_size={self._size - 1}; "
                "raise it if that is right"
            )
        return (packet, self._socket), self._spell(client_address)

    def shutdown_request(self, request: DatagramRequest, /) -> None:
        """Leave the socket open: it is the listener's."""

    def close_request(self, request: DatagramRequest, /) -> None:
        """Leave the socket open: it is the listener's."""

    @override
    def withdraw(self) -> Withdrawal:
        """Remove its file, where it has one; the kernel can not be told to take no more datagrams, but answer some."""
        if self._shared:
            return "shared"
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            on_close()
        return "leaking"

    @override
    def leave_in_child(self, request: object, /) -> None:
        """Close a forked child's copy of the socket, unless the child's request is answered through it."""
        if _is_part(self._socket, request):
            self._on_close = None
        else:
            super().leave_in_child(request)


def _is_part(listener: socket.socket, request: object) -> bool:
    return isinstance(request, tuple) and listener in cast("tuple[object, ...]", request)


_stream_conforms: type[Listener[socket.socket, str]] = StreamListener[str]
_datagram_conforms: type[Listener[DatagramRequest, str]] = DatagramListener[str]
