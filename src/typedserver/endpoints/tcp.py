"""TCP: connections over IP."""

import errno
import math
import socket
import sys
from dataclasses import dataclass, replace
from typing import Final

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
from typedserver.errors import RecipeError
from typedserver.protocols.endpoints import Endpoint
from typedserver.protocols.requests import InetAddress, RequestKind, StreamRequest
from typedserver.recipes import check_at_least, check_flags, check_positive, recipe_repr, shown

# The kernel's own bounds (MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL and MAX_TCP_KEEPCNT in Linux's net/tcp.h).
_LONGEST_PAUSE: Final = 32767
_MOST_PROBES: Final = 127

# One option, two names.
_IDLE: Final = "TCP_KEEPALIVE" if sys.platform == "darwin" else "TCP_KEEPIDLE"


@dataclass(frozen=True, slots=True, repr=False)
class Keepalive:
    """When the kernel asks a silent peer whether it is still there, and when it gives it up (tcp(7), SO_KEEPALIVE).

    idle: seconds of silence before the first probe.
    interval: seconds between two probes.
    count: how many probes without an answer end the connection.

    A peer that has vanished without a word (a power cut, a firewall that has forgotten it) is given up after
    ``idle + interval * count`` seconds: two minutes by default. The handler's read then raises TimeoutError
    (ETIMEDOUT). A peer that is there and sends nothing is a read deadline's affair (``Deadlines(read=)``).

    Raises RecipeError for what the kernel does not take: whole seconds up to 32767, and up to 127 probes.
    """

    idle: int = 60
    interval: int = 10
    count: int = 6

    def __post_init__(self) -> None:
        for field, value, most in (
            ("idle", self.idle, _LONGEST_PAUSE),
            ("interval", self.interval, _LONGEST_PAUSE),
            ("count", self.count, _MOST_PROBES),
        ):
            remedy = f"the kernel takes 1 to {most} (tcp(7))"
            check_at_least("Keepalive", field, value, 1, remedy)
            if value > most:
                raise RecipeError(f"Keepalive({field}={shown(value)}) is too much: {remedy}")

    __repr__ = recipe_repr


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
    keepalive: when a peer that has vanished is given up; None: as the system does, mostly never.
    user_timeout: seconds that data which was sent may stay unacknowledged before the connection ends, with ETIMEDOUT
    (TCP_USER_TIMEOUT, Linux); None: as the system does, some 15 minutes. With ``keepalive`` it also takes the place of
    ``count``.

    Connections inherit both from the listener, so they cost nothing for each. A socket that was handed over is served
    as it is; systemd's unit decides on its address and options.

    Raises RecipeError for values that cannot work; ``listen`` raises ListenError.
    """

    port: int
    host: str = LOOPBACK
    backlog: int = socket.SOMAXCONN
    reuse_address: bool = True
    reuse_port: bool = False
    dual_stack: bool = False
    name: str | None = None
    keepalive: Keepalive | None = None
    user_timeout: float | None = None

    def __post_init__(self) -> None:
        check_inet("TCP", self.host, self.port)
        check_backlog("TCP", self.backlog)
        check_dual_stack("TCP", self.host, dual_stack=self.dual_stack)
        check_name("TCP", self.name)
        check_flags("TCP", reuse_address=self.reuse_address, reuse_port=self.reuse_port, dual_stack=self.dual_stack)
        _check_keepalive(self.keepalive)
        check_positive("TCP", "user_timeout", self.user_timeout, "give seconds, or None to leave that to the system")

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

    @override
    def on_port(self, port: int, /) -> "TCP | None":
        """Return the recipe on this port, if its own is 0."""
        return None if self.port else replace(self, port=port)

    def listen(self) -> StreamListener[InetAddress]:
        """Open a listener, or take the socket that was handed over; raises ListenError if neither works."""
        bound = open_inet(self, socket.SOCK_STREAM, self._set_options, backlog=self.backlog)
        if is_dual_stack(bound.socket):
            bound = replace(bound, spell=spell_mapped, spell_own=spell_inet)
        return StreamListener(bound)

    def _set_options(self, made: socket.socket) -> None:
        keepalive = self.keepalive
        # Said in any case: a predecessor's socket may have been opened with other options.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, keepalive is not None)
        if keepalive is not None:
            _set_tcp(made, _IDLE, keepalive.idle, "keepalive")
            _set_tcp(made, "TCP_KEEPINTVL", keepalive.interval, "keepalive")
            _set_tcp(made, "TCP_KEEPCNT", keepalive.count, "keepalive")
        # Rounded up, because 0 leaves it to the system.
        _set_tcp(made, "TCP_USER_TIMEOUT", math.ceil((self.user_timeout or 0) * 1000), "user_timeout")

    __repr__ = recipe_repr


def _check_keepalive(keepalive: object) -> None:
    # Checked as an object, because a program without types may give any value.
    if not isinstance(keepalive, Keepalive | None):
        raise RecipeError(f"TCP(keepalive={shown(keepalive)}) must be a Keepalive(...), or None")


def _set_tcp(made: socket.socket, name: str, value: int, field: str) -> None:
    option: int | None = getattr(socket, name, None)
    if option is not None:
        made.setsockopt(socket.IPPROTO_TCP, option, value)
    elif value:
        raise OSError(errno.ENOPROTOOPT, f"this platform has no {name}, which {field} needs")


_conforms: type[Endpoint[StreamRequest, InetAddress]] = TCP
