"""UDP: datagrams over IP."""

import socket
from dataclasses import dataclass, replace
from typing import Final

from typing_extensions import override

from typedserver.endpoints.bases import BaseEndpoint
from typedserver.endpoints.inet import LOOPBACK, check_dual_stack, check_inet, open_inet
from typedserver.endpoints.passed import check_name
from typedserver.endpoints.socket_listeners import DatagramListener
from typedserver.protocols.endpoints import Endpoint
from typedserver.protocols.requests import DatagramRequest, InetAddress, RequestKind
from typedserver.recipes import check_at_least, check_flags, check_positive, recipe_repr

# The longest datagram in bytes. Without jumbograms UDP has none longer (udp(7)), so by default none is refused.
MAX_PACKET_SIZE: Final = 0xFFFF

# Seconds: long enough for a peer that reads at all, short enough that one which does not delays no other client.
SEND_TIMEOUT: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class UDP(BaseEndpoint[DatagramRequest, InetAddress]):
    """Receive UDP datagrams (udp(7)).

    port, host, reuse_port, dual_stack, name: as for TCP.
    reuse_address: off by default, because two servers could bind one port, and one of them would receive nothing.
    max_packet_size: the longest datagram in bytes; a longer one is refused with a line in the log, never cut.
    send_timeout: seconds that a reply may wait for room before it is dropped.

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

    def __post_init__(self) -> None:
        check_inet("UDP", self.host, self.port)
        check_dual_stack("UDP", self.host, dual_stack=self.dual_stack)
        check_name("UDP", self.name)
        check_flags("UDP", reuse_address=self.reuse_address, reuse_port=self.reuse_port, dual_stack=self.dual_stack)
        check_at_least("UDP", "max_packet_size", self.max_packet_size, 1, "give the longest datagram in bytes")
        check_positive("UDP", "send_timeout", self.send_timeout, "give the seconds that a reply may wait", needed=True)

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
    def sharing_port(self, port: int, /) -> "UDP":
        """Return the recipe with SO_REUSEPORT, on this port; 0 keeps its own."""
        return replace(self, reuse_port=True, port=port or self.port)

    def listen(self) -> DatagramListener[InetAddress]:
        """Open a listener, or take the socket that was handed over; raises ListenError if neither works."""
        # Mapped addresses stay as the kernel writes them, because the reply is sent through the same IPv6 socket.
        return DatagramListener(
            open_inet(self, socket.SOCK_DGRAM), max_packet_size=self.max_packet_size, send_timeout=self.send_timeout
        )

    __repr__ = recipe_repr


_conforms: type[Endpoint[DatagramRequest, InetAddress]] = UDP
