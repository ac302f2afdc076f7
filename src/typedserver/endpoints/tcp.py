"""TCP: connections over IP."""

import socket
from dataclasses import dataclass
from typing import ClassVar

from typedserver.config import recipe_repr
from typedserver.endpoints.base import StreamListener
from typedserver.endpoints.inet import (
    LOOPBACK,
    bind_inet,
    check_backlog,
    check_dual_stack,
    check_inet,
    refusal,
    spell_inet,
    spell_mapped,
)
from typedserver.protocols import Endpoint, InetAddress, RequestKind, StreamRequest


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TCP:
    """Listen for TCP connections (tcp(7)).

    port: 0 lets the kernel choose; ``server_address`` tells which.
    host: an address or name of this machine, whose family decides between IPv4 and IPv6; loopback unless told
    otherwise, ``""`` for all IPv4 interfaces, ``"::"`` for all IPv6 ones.
    backlog: how many connections may wait to be accepted; the kernel cuts it to its own bound (listen(2)).
    reuse_address: bind although connections of an earlier server linger in TIME_WAIT.
    reuse_port: share the port with other sockets that say so too (SO_REUSEPORT, socket(7)).
    dual_stack: with host ``"::"`` or ``""``, IPv4 and IPv6 on one socket; IPv4 peers keep their IPv4 addresses.

    Raises RecipeError for values that can not work; ``listen`` raises ListenError.
    """

    request_kind: ClassVar[RequestKind] = "connections"

    port: int
    host: str = LOOPBACK
    backlog: int = socket.SOMAXCONN
    reuse_address: bool = True
    reuse_port: bool = False
    dual_stack: bool = False

    def __post_init__(self) -> None:
        check_inet("TCP", self.host, self.port)
        check_backlog("TCP", self.backlog)
        check_dual_stack("TCP", self.host, dual_stack=self.dual_stack)

    def listen(self) -> StreamListener[InetAddress]:
        """Open a listener; raises ListenError where the address can not be had."""
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
        return StreamListener(bound, spell_mapped if self.dual_stack else spell_inet, spell_own=spell_inet)

    __repr__ = recipe_repr


_conforms: type[Endpoint[StreamRequest, InetAddress]] = TCP
