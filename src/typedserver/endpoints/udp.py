"""UDP: datagrams over IP."""

import socket
from dataclasses import dataclass, replace
from typing import Final

from typing_extensions import override

from typedserver.endpoints.bases import BaseEndpoint
from typedserver.endpoints.handed_over import check_name, expect
from typedserver.endpoints.inet import LOOPBACK, bind_inet, check_dual_stack, check_inet, spell_inet, take_inet
from typedserver.endpoints.socket_listeners import DatagramListener
from typedserver.protocols.endpoints import Endpoint
from typedserver.protocols.requests import DatagramRequest, InetAddress, RequestKind
from typedserver.recipes import check_at_least, check_positive, recipe_repr

# Nothing longer can come over UDP without jumbograms (udp(7)): by default none is refused.
MAX_PACKET_SIZE: Final = 0xFFFF

# Long enough for a peer that reads at all, short enough that one which does not holds up nobody.
SEND_TIMEOUT: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class UDP(BaseEndpoint[DatagramRequest, InetAddress]):
    """Receive UDP datagrams (udp(7)).

    port, host, reuse_port, dual_stack, name: as for TCP.
    reuse_address: off, for on a datagram socket it lets two servers bind one port and one of them starve.
    max_packet_size: the longest datagram in bytes; a longer one is refused with a line in the log, never cut.
    send_timeout: seconds that a reply may wait for room before it is dropped.

    Raises RecipeError for values that can not work; ``listen`` raises ListenError.
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
        check_at_least("UDP", "max_packet_size", self.max_packet_size, 1, "give the longest datagram in bytes")
        check_positive("UDP", "send_timeout", self.send_timeout, "give the seconds that a reply may wait")

    @property
    def request_kind(self) -> RequestKind:
        """Datagrams alone."""
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
        """Open a listener, or take the one that was handed over; raises ListenError where neither can be had."""
        taken = take_inet(self, self.name, socket.SOCK_DGRAM, self.host, self.port, dual_stack=self.dual_stack)
        bound = taken.socket if taken is not None else self._bind()
        listener = DatagramListener(
            bound,
            # A reply goes out through the same IPv6 socket, so a mapped address must stay as the kernel wrote it.
            spell_inet,
            max_packet_size=self.max_packet_size,
            send_timeout=self.send_timeout,
            shared=taken is not None,
        )
        expect(taken, listener)
        return listener

    def _bind(self) -> socket.socket:
        return bind_inet(
            self,
            socket.SOCK_DGRAM,
            self.host,
            self.port,
            dual_stack=self.dual_stack,
            reuse=self.reuse_address,
            reuse_port=self.reuse_port,
        )

    __repr__ = recipe_repr


_conforms: type[Endpoint[DatagramRequest, InetAddress]] = UDP
