"""TCP: connections over IP."""

import socket
from dataclasses import dataclass, replace

from typing_extensions import override

from typedserver.endpoints.bases import BaseEndpoint
from typedserver.endpoints.handed_over import check_name, expect
from typedserver.endpoints.inet import (
    LOOPBACK,
    bind_inet,
    check_backlog,
    check_dual_stack,
    check_inet,
    is_dual_stack,
    refusal,
    spell_inet,
    spell_mapped,
    take_inet,
)
from typedserver.endpoints.socket_listeners import StreamListener
from typedserver.protocols.endpoints import Endpoint
from typedserver.protocols.requests import InetAddress, RequestKind, StreamRequest
from typedserver.recipes import recipe_repr


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TCP(BaseEndpoint[StreamRequest, InetAddress]):
    """Listen for TCP connections (tcp(7)).

    port: 0 lets the kernel choose; ``server_address`` tells which.
    host: an address or name of this machine, whose family decides between IPv4 and IPv6; loopback unless told
    otherwise, ``""`` for all IPv4 interfaces, ``"::"`` for all IPv6 ones.
    backlog: how many connections may wait to be accepted; the kernel cuts it to its own bound (listen(2)).
    reuse_address: bind although connections of an earlier server linger in TIME_WAIT.
    reuse_port: share the port with other sockets that say so too (SO_REUSEPORT, socket(7)).
    dual_stack: with host ``"::"`` or ``""``, IPv4 and IPv6 on one socket; IPv4 peers keep their IPv4 addresses.
    name: by which to find the socket, where one was handed over to this process (FileDescriptorName= in
    systemd.socket(5)); without a name it is found by its address.

    A socket that was handed over is served as it is. systemd's has whatever address and options its unit gives it.

    Raises RecipeError for values that can not work; ``listen`` raises ListenError.
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

    @property
    def request_kind(self) -> RequestKind:
        """Connections alone."""
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
        """Open a listener, or take the one that was handed over; raises ListenError where neither can be had."""
        taken = take_inet(self, self.name, socket.SOCK_STREAM, self.host, self.port, dual_stack=self.dual_stack)
        bound = taken.socket if taken is not None else self._bind()
        spell = spell_mapped if is_dual_stack(bound) else spell_inet
        listener = StreamListener(bound, spell, spell_own=spell_inet, shared=taken is not None)
        expect(taken, listener)
        return listener

    def _bind(self) -> socket.socket:
        bound = bind_inet(
            self,
            socket.SOCK_STREAM,
            self.host,
            self.port,
            dual_stack=self.dual_stack,
            reuse=self.reuse_address,
            reuse_port=self.reuse_port,
        )
        try:
            bound.listen(self.backlog)
        except OSError as error:
            # Two sockets may bind one address with SO_REUSEADDR; only one of them may listen (ip(7)).
            bound.close()
            raise refusal(self, self.host, self.port, error) from error
        return bound

    __repr__ = recipe_repr


_conforms: type[Endpoint[StreamRequest, InetAddress]] = TCP
