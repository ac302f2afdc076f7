"""TCP: connections over IP."""

import socket
from dataclasses import dataclass, replace

from typing_extensions import override

from typedserver.endpoints.bases import BaseEndpoint
from typedserver.endpoints.inet import (
    LOOPBACK,
    check_backlog,
    check_dual_stack,
    check_inet,
    is_dual_stack,
    open_inet,
    spell_inet,
    spell_mapped,
)
from typedserver.endpoints.passed import check_name
from typedserver.endpoints.socket_listeners import StreamListener
from typedserver.protocols.endpoints import Endpoint
from typedserver.protocols.requests import InetAddress, RequestKind, StreamRequest
from typedserver.recipes import check_flags, recipe_repr


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TCP(BaseEndpoint[StreamRequest, InetAddress]):
    """Listen for TCP connections (tcp(7)).

    port: if 0, the kernel chooses one, and ``server_address`` has it.
    host: an address or name of this machine, whose family decides between IPv4 and IPv6. The default is loopback;
    ``""`` means all IPv4 interfaces, ``"::"`` all IPv6 ones.
    backlog: how many connections may wait to be accepted; the kernel has an upper bound of its own (listen(2)).
    reuse_address: bind even if connections of an earlier server linger in TIME_WAIT.
    reuse_port: share the port with other sockets that set this too (SO_REUSEPORT, socket(7)).
    dual_stack: with host ``"::"`` or ``""``, IPv4 and IPv6 on one socket; IPv4 peers keep their IPv4 addresses.
    name: finds the socket if it was handed over to this process (FileDescriptorName= in systemd.socket(5)); without a
    name, its address finds it, or its port if the unit's socket has all addresses (ListenStream=8080).

    A socket that was handed over is served as it is; systemd's unit decides on its address and options.

    Raises RecipeError for values that cannot work; ``listen`` raises ListenError.
    """

    port: int
    host: str = LOOPBACK
    backlog: int = socket.SOMAXCONN
    reuse_address: bool = True
    reuse_port: bool = False
    dual_stack: bool = False
    name: str | None = None

    def __post_init__(self) -> None:
        check_inet("TCP", self.host, self.port)
        check_backlog("TCP", self.backlog)
        check_dual_stack("TCP", self.host, dual_stack=self.dual_stack)
        check_name("TCP", self.name)
        check_flags("TCP", reuse_address=self.reuse_address, reuse_port=self.reuse_port, dual_stack=self.dual_stack)

    @property
    def request_kind(self) -> RequestKind:
        """Always "connections"."""
        return "connections"

    @property
    @override
    def fd_name(self) -> str | None:
        """The ``name`` of its socket."""
        return self.name

    @override
    def sharing_port(self, port: int, /) -> "TCP":
        """Return the recipe with SO_REUSEPORT, on this port; 0 keeps its own."""
        return replace(self, reuse_port=True, port=port or self.port)

    def listen(self) -> StreamListener[InetAddress]:
        """Open a listener, or take the socket that was handed over; raises ListenError if neither works."""
        bound = open_inet(self, socket.SOCK_STREAM, backlog=self.backlog)
        if is_dual_stack(bound.socket):
            bound = replace(bound, spell=spell_mapped, spell_own=spell_inet)
        return StreamListener(bound)

    __repr__ = recipe_repr


_conforms: type[Endpoint[StreamRequest, InetAddress]] = TCP
