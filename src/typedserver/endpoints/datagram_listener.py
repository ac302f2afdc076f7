"""The live listener of datagrams, which all endpoints of datagrams open, and what is set on its socket before.

It knows an open, bound socket, as ``socket_listeners.py`` does.
"""

import socket
from typing import Final, cast

from typing_extensions import override

from typedserver.endpoints.socket_listeners import Bound, SocketListener
from typedserver.errors import DatagramTooLong, ListenError
from typedserver.protocols.endpoints import Listener, Receiving, ReceivingListener, Withdrawal
from typedserver.protocols.requests import AddressT, DatagramRequest, DatagramSocket, RequestKind
from typedserver.recipes import has_methods
from typedserver.sockets.asked import receive_asked
from typedserver.sockets.datagram_options import (
    CAN_REPORT,
    have_reported,
    hear_joined_groups_only,
    join_group,
    limit_sends,
    set_buffers,
)
from typedserver.sockets.states import IP_FAMILIES
from typedserver.sockets.waiting import DONT_WAIT

# The addresses that stand for all of a family (ip(7), ipv6(7)).
_ALL_ADDRESSES: Final = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound


class DatagramListener(SocketListener[DatagramRequest, AddressT]):
    """Receives datagrams; a request is the packet with the socket to answer through.

    That socket blocks, unless another process that holds it too has it otherwise.
    """

    __slots__ = ("_size",)

    def __init__(self, bound: Bound[AddressT], *, max_packet_size: int, send_timeout: float) -> None:
        super().__init__(bound)
        if self._lent is None:
            bound.socket.setblocking(bool(DONT_WAIT))
            limit_sends(bound.socket, send_timeout)
        else:
            self._lent.limit_sends(send_timeout)
        # One byte more than the limit, to distinguish a datagram that is too long from one that just fits.
        self._size = max_packet_size + 1

    @property
    def request_kind(self) -> RequestKind:
        """Always "datagrams"."""
        return "datagrams"

    def get_request(self) -> tuple[DatagramRequest, AddressT]:
        """Receive one datagram; raises BlockingIOError if none waits, DatagramTooLong past the limit."""
        packet, client_address = self._socket.recvfrom(self._size, DONT_WAIT)
        spell = self._spell
        if spell is not None:
            client_address = spell(client_address)
        if len(packet) == self._size:
            raise self._too_long(client_address)
        return (packet, self._socket), client_address

    @property
    def receiving(self) -> Receiving | None:
        """All that ``get_request`` does; None of a subclass, which may do more."""
        if type(self) is not DatagramListener:
            return None
        return Receiving(self, self._socket, self._size, self._spell, self._too_long)

    def _too_long(self, client_address: AddressT) -> DatagramTooLong:
        return DatagramTooLong(
            f"a datagram from {client_address!r} is longer than max_packet_size={self._size - 1}; "
            "raise it if that is right"
        )

    def shutdown_request(self, request: DatagramRequest, /) -> None:
        """Leave the socket open: it belongs to the listener."""

    def close_request(self, request: DatagramRequest, /) -> None:
        """Leave the socket open: it belongs to the listener."""

    @override
    def withdraw(self) -> Withdrawal:
        """Remove the socket's file, if there is one; the kernel cannot refuse datagrams, and still queues some."""
        if self._shared or self._is_copy:
            return "shared"
        self._remove_file()
        return "leaking"

    @override
    def leave_in_child(self, request: object, /) -> None:
        """Close a forked child's copy of the socket, unless the child's request is answered through it."""
        if self._answers(request):
            self._on_close = self._lent = None
        else:
            super().leave_in_child(request)

    def _answers(self, request: object) -> bool:
        if not isinstance(request, tuple):
            return False
        # What is answered through may stand for the socket, with this one datagram.
        parts = cast("tuple[object, ...]", request)
        return any(has_methods(part, "fileno") and self._is_ours(cast("DatagramSocket", part)) for part in parts)

    def _is_ours(self, through: DatagramSocket) -> bool:
        return through.fileno() == self._socket.fileno() >= 0


class AskedDatagramListener(DatagramListener[AddressT]):
    """Receives datagrams with the address to which each was sent, so that its reply leaves from there."""

    __slots__ = ()

    @override
    def get_request(self) -> tuple[DatagramRequest, AddressT]:
        """Receive one datagram; raises BlockingIOError if none waits, DatagramTooLong past the limit."""
        packet, through, peer = receive_asked(self._socket, self._size)
        spell = self._spell
        # Without ``spell`` the kernel's own addresses are the listener's.
        client_address = cast("AddressT", peer) if spell is None else spell(peer)
        if len(packet) == self._size:
            raise self._too_long(client_address)
        return (packet, through), client_address


def listen_for_datagrams(
    bound: Bound[AddressT],
    recipe: object,
    *,
    max_packet_size: int,
    send_timeout: float,
    packet_info: bool | None = None,
    receive_buffer: int | None = None,
    send_buffer: int | None = None,
    groups: tuple[str, ...] = (),
) -> DatagramListener[AddressT]:
    """Make the listener of a bound socket.

    recipe: what it is made for, as errors and the log name it.
    packet_info: whether replies leave from the address that was asked; None: if the socket has several.
    receive_buffer, send_buffer: as ``set_buffers`` takes them; a socket that was lent keeps its own.
    groups: as ``join_group`` takes them. A socket that was lent stays in them, because its datagrams start the next
    server.

    Raises ListenError if the socket cannot be in one of them; it is closed then.
    """
    if packet_info is None:
        packet_info = CAN_REPORT and _has_several_addresses(bound.socket)
    listener: DatagramListener[AddressT]
    if packet_info:
        listener = AskedDatagramListener(bound, max_packet_size=max_packet_size, send_timeout=send_timeout)
        have_reported(bound.socket)
    else:
        listener = DatagramListener(bound, max_packet_size=max_packet_size, send_timeout=send_timeout)
    if bound.before is None:
        set_buffers(bound.socket, recipe, receive=receive_buffer, send=send_buffer)
    try:
        if groups:
            hear_joined_groups_only(bound.socket)
        for group in groups:
            _join(bound.socket, recipe, group)
    except ListenError:
        listener.close()
        raise
    return listener


def _has_several_addresses(bound: socket.socket) -> bool:
    return bound.family in IP_FAMILIES and bound.getsockname()[0] in _ALL_ADDRESSES


def _join(bound: socket.socket, recipe: object, group: str) -> None:
    try:
        join_group(bound, group)
    except OSError as error:
        raise ListenError(
            f"{recipe!r} cannot join the group {group!r}: {error.strerror or error}; name an interface of this machine "
            "that is up and takes multicast, as 'group%interface'",
            error.errno,
        ) from error


_conforms: type[Listener[DatagramRequest, str]] = DatagramListener[str]
_can_be_received_from: type[ReceivingListener] = DatagramListener[str]
