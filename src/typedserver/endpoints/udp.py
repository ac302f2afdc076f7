"""UDP: datagrams over IP."""

import ipaddress
import socket
from dataclasses import dataclass, replace
from typing import Final, cast

from typing_extensions import override

from typedserver.endpoints.bases import BaseEndpoint
from typedserver.endpoints.datagram_listener import DatagramListener, listen_for_datagrams
from typedserver.endpoints.inet import LOOPBACK, check_dual_stack, check_inet, open_inet
from typedserver.endpoints.passed import check_name
from typedserver.errors import RecipeError
from typedserver.protocols.endpoints import Endpoint
from typedserver.protocols.requests import DatagramRequest, InetAddress, RequestKind
from typedserver.recipes import check_at_least, check_buffers, check_flags, check_positive, recipe_repr, shown
from typedserver.sockets.datagram_options import CAN_REPORT

# The longest datagram in bytes. Without jumbograms UDP has none longer (udp(7)), so by default none is refused.
MAX_PACKET_SIZE: Final = 0xFFFF

# Seconds: long enough for a peer that reads at all, short enough that one which does not delays no other client.
SEND_TIMEOUT: Final = 0.1

_IPV4: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class UDP(BaseEndpoint[DatagramRequest, InetAddress]):
    """Receive UDP datagrams (udp(7)).

    port, host, reuse_port, dual_stack, name: as for TCP.
    reuse_address: off by default, because two servers could bind one port, and one of them would receive nothing.
    max_packet_size: the longest datagram in bytes; a longer one is refused with a line in the log, never cut.
    send_timeout: seconds that a reply may wait for room before it is dropped.
    receive_buffer, send_buffer: bytes of datagrams that the kernel keeps for the server, and of replies; what does not
    fit is lost. None: as much as the system gives each socket (net.core.rmem_default, socket(7)). If the system allows
    less than this (net.core.rmem_max), a line in the log says so. A socket that systemd hands over keeps its unit's.
    packet_info: whether each reply leaves from the address that was asked (ip(7)), which some clients insist on; it
    costs two microseconds. None: if ``host`` means all interfaces, because the kernel chooses otherwise. Linux only.
    groups: multicast groups whose datagrams are received as well, such as ``"239.1.2.3"`` or ``"ff02::fb"``, and
    ``"ff02::fb%eth0"`` for those of one interface; ``host`` must then mean all interfaces, or be the group.

    Raises RecipeError for values that cannot work; ``listen`` raises ListenError.
    """

    port: int
    host: str = LOOPBACK
    max_packet_size: int = MAX_PACKET_SIZE
    send_timeout: float = SEND_TIMEOUT
    reuse_address: bool = False
    reuse_port: bool = False
    dual_stack: bool = False
    name: str | None = None
    receive_buffer: int | None = None
    send_buffer: int | None = None
    packet_info: bool | None = None
    groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_inet("UDP", self.host, self.port)
        check_dual_stack("UDP", self.host, dual_stack=self.dual_stack)
        check_name("UDP", self.name)
        check_flags("UDP", reuse_address=self.reuse_address, reuse_port=self.reuse_port, dual_stack=self.dual_stack)
        check_at_least("UDP", "max_packet_size", self.max_packet_size, 1, "give the longest datagram in bytes")
        check_positive("UDP", "send_timeout", self.send_timeout, "give the seconds that a reply may wait", needed=True)
        check_buffers("UDP", receive_buffer=self.receive_buffer, send_buffer=self.send_buffer)
        _check_packet_info(self.packet_info)
        _check_groups(self.host, self.groups, dual_stack=self.dual_stack)

    @property
    def request_kind(self) -> RequestKind:
        """Always "datagrams"."""
        return "datagrams"

    @property
    @override
    def fd_name(self) -> str | None:
        """The ``name`` of its socket."""
        return self.name

    @override
    def sharing_port(self, port: int, /) -> "UDP | None":
        """Return the recipe with SO_REUSEPORT, on this port; 0 keeps its own.

        None if it has groups, because the kernel gives what is sent to a group to each socket that shares the port.
        """
        return None if self.groups else replace(self, reuse_port=True, port=port or self.port)

    @override
    def on_port(self, port: int, /) -> "UDP | None":
        """Return the recipe on this port, if its own is 0."""
        return None if self.port else replace(self, port=port)

    def listen(self) -> DatagramListener[InetAddress]:
        """Open a listener, or take the socket that was handed over; raises ListenError if neither works."""
        # Mapped addresses stay as the kernel writes them, because the reply is sent through the same IPv6 socket.
        return listen_for_datagrams(
            open_inet(self, socket.SOCK_DGRAM),
            self,
            max_packet_size=self.max_packet_size,
            send_timeout=self.send_timeout,
            packet_info=self.packet_info,
            receive_buffer=self.receive_buffer,
            send_buffer=self.send_buffer,
            groups=self.groups,
        )

    __repr__ = recipe_repr


_conforms: type[Endpoint[DatagramRequest, InetAddress]] = UDP


def _check_packet_info(packet_info: object) -> None:
    if packet_info is not None:
        check_flags("UDP", packet_info=packet_info)
    if packet_info and not CAN_REPORT:
        raise RecipeError("UDP(packet_info=True) needs Linux: leave it out, and bind a server to each address")


def _check_groups(host: str, groups: object, *, dual_stack: bool) -> None:
    # Checked as an object, because a program without types may give any value: of a str each letter would be a group.
    if not isinstance(groups, tuple):
        raise RecipeError(f"UDP(groups={shown(groups)}) must be a tuple of addresses, such as ('239.1.2.3',)")
    for group in cast("tuple[object, ...]", groups):
        try:
            address = ipaddress.ip_address(group.partition("%")[0]) if isinstance(group, str) else None
        except ValueError:
            address = None
        if address is None or not address.is_multicast:
            raise RecipeError(
                f"UDP(groups=({shown(group)},)) is no address of a group: they are from 224.0.0.0 to 239.255.255.255, "
                "or begin with ff"
            )
        alls = ("", "::") if dual_stack else ("", "0.0.0.0") if address.version == _IPV4 else ("::",)  # noqa: S104
        if host not in (*alls, str(address)):
            raise RecipeError(
                f"UDP(host={host!r}, groups=({group!r},)) receives nothing of that group: give host={alls[0]!r}"
            )
