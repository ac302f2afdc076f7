"""Inherited: a socket that another process has opened, given by its descriptor or by its name from systemd.

It is never bound here, and its file is never removed: both belong to the process that has opened it.
"""

import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, cast, overload

from typing_extensions import override

from typedserver.endpoints.bases import BaseEndpoint
from typedserver.endpoints.datagram_listener import DatagramListener, listen_for_datagrams
from typedserver.endpoints.handed_over import how_it_was, take_fd, why_not
from typedserver.endpoints.inet import spell_mapped
from typedserver.endpoints.passed import passed_sockets, variables
from typedserver.endpoints.socket_listeners import Bound, StreamListener
from typedserver.errors import ListenError, RecipeError
from typedserver.protocols.endpoints import Endpoint, Listener
from typedserver.protocols.requests import Address, DatagramRequest, RequestKind, StreamRequest
from typedserver.recipes import check_at_least, check_positive
from typedserver.sockets.listening import unix_address

InheritedT = TypeVar("InheritedT", StreamRequest, DatagramRequest)

# Host, port, flow label and scope.
_IPV6_PARTS: Final = 4

# Bytes and seconds, as for the other endpoints: no datagram is refused by default, and no slow peer delays the others.
_MAX_PACKET_SIZE: Final = 256 * 1024
_SEND_TIMEOUT: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Inherited(BaseEndpoint[InheritedT, Address]):
    """Serve a socket that is open already; made by ``Inherited.stream`` or ``Inherited.datagram``.

    Either fd, a descriptor, or name, the socket's name in LISTEN_FDNAMES (FileDescriptorName= in systemd.socket(5)).
    The listener owns the descriptor from ``listen`` on: closing the server closes it. Whoever holds the same socket by
    another descriptor finds its options and its mode as they were. Meanwhile a datagram socket keeps its mode; a
    listener does not block, because accept could wait for ever if another holder takes the connection.

    Raises RecipeError for values that cannot work; ``listen`` raises ListenError if no such socket was passed, or if
    it is of another kind.
    """

    kind: socket.SocketKind
    fd: int | None = None
    name: str | None = None
    max_packet_size: int = _MAX_PACKET_SIZE
    send_timeout: float = _SEND_TIMEOUT

    if TYPE_CHECKING:
        # More exact than what dataclass makes: the kind decides on the type of request.
        @overload
        def __init__(
            self: "Inherited[StreamRequest]",
            *,
            kind: Literal[socket.SocketKind.SOCK_STREAM],
            fd: int | None = ...,
            name: str | None = ...,
        ) -> None: ...
        @overload
        def __init__(
            self: "Inherited[DatagramRequest]",
            *,
            kind: Literal[socket.SocketKind.SOCK_DGRAM],
            fd: int | None = ...,
            name: str | None = ...,
            max_packet_size: int = ...,
            send_timeout: float = ...,
        ) -> None: ...
        def __init__(self, **_fields: Any) -> None: ...

    @property
    def request_kind(self) -> RequestKind:
        """Its requests, by its ``kind``."""
        return "datagrams" if self.kind == socket.SOCK_DGRAM else "connections"

    @property
    @override
    def fd_name(self) -> str | None:
        """The ``name`` of its socket."""
        return self.name

    def __post_init__(self) -> None:
        if self.kind not in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            raise RecipeError(f"Inherited(kind={self.kind!r}) is served by nothing here: use .stream() or .datagram()")
        if (self.fd is None) == (not self.name):
            raise RecipeError(f"{self!r} needs either fd= or name=, to name the socket")
        if self.fd is not None:
            check_at_least("Inherited", "fd", self.fd, 0, "give an open descriptor")
        check_at_least("Inherited", "max_packet_size", self.max_packet_size, 1, "give the longest datagram in bytes")
        check_positive(
            "Inherited", "send_timeout", self.send_timeout, "give the seconds that a reply may wait", needed=True
        )

    @staticmethod
    def stream(*, fd: int | None = None, name: str | None = None) -> "Inherited[StreamRequest]":
        """Take over a listening stream socket."""
        return Inherited(kind=socket.SOCK_STREAM, fd=fd, name=name)

    @staticmethod
    def datagram(
        *,
        fd: int | None = None,
        name: str | None = None,
        max_packet_size: int = _MAX_PACKET_SIZE,
        send_timeout: float = _SEND_TIMEOUT,
    ) -> "Inherited[DatagramRequest]":
        """Take over a bound datagram socket."""
        return Inherited(
            kind=socket.SOCK_DGRAM, fd=fd, name=name, max_packet_size=max_packet_size, send_timeout=send_timeout
        )

    def listen(self) -> Listener[InheritedT, Address]:
        """Take the socket over; raises ListenError if it was not passed, or is not of this kind."""
        taken = self._take_over()
        before = how_it_was(taken.fileno())
        listener: StreamListener[Address] | DatagramListener[Address]
        if self.kind == socket.SOCK_STREAM:
            listener = StreamListener(Bound(taken, _spell_peer, _spell, shared=True, before=before))
        else:
            listener = listen_for_datagrams(
                Bound(taken, _spell, shared=True, before=before),
                self,
                max_packet_size=self.max_packet_size,
                send_timeout=self.send_timeout,
            )
        # The overloads of the constructor bind the type to the kind.
        return cast("Listener[InheritedT, Address]", listener)

    def _take_over(self) -> socket.socket:
        fd = self.fd if self.fd is not None else _fd_of_name(self, self.name or "", self.kind)
        reason = why_not(fd, self.kind, remedy="; use the other constructor of Inherited")
        if reason:
            raise ListenError(f"{self!r} cannot serve descriptor {fd}: {reason}")
        passed = {each.fd: each.before for each in passed_sockets()}
        return take_fd(fd, passed.get(fd))

    def __repr__(self) -> str:
        kind = "stream" if self.kind == socket.SOCK_STREAM else "datagram"
        given = {
            "fd": self.fd,
            "name": self.name,
            "max_packet_size": None if self.max_packet_size == _MAX_PACKET_SIZE else self.max_packet_size,
            "send_timeout": None if self.send_timeout == _SEND_TIMEOUT else self.send_timeout,
        }
        return f"Inherited.{kind}({', '.join(f'{key}={value!r}' for key, value in given.items() if value is not None)})"


_stream_conforms: type[Endpoint[StreamRequest, Address]] = Inherited[StreamRequest]
_datagram_conforms: type[Endpoint[DatagramRequest, Address]] = Inherited[DatagramRequest]


def _spell(address: Any) -> Address:  # noqa: ANN401 - the kernel's answer has no type
    # A tuple for IP, any other value for Unix; the family of an inherited socket is known only at run time.
    return cast("Address", address) if isinstance(address, tuple) else unix_address(address)


def _spell_peer(address: Any) -> Address:  # noqa: ANN401 - the kernel's answer has no type
    # systemd's streams are dual-stack unless BindIPv6Only= says otherwise, and IPv4 peers should look like IPv4.
    spelled = _spell(address)
    return spell_mapped(address) if isinstance(spelled, tuple) and len(spelled) == _IPV6_PARTS else spelled


def _fd_of_name(recipe: object, name: str, kind: socket.SocketKind) -> int:
    passed = _passed_by_systemd(recipe)
    named = [fd for fd, its_name in passed if its_name == name]
    # If none fits, the one of the name is returned, so that the caller reports what is wrong with it.
    fitting = [fd for fd in named if not why_not(fd, kind)] or named
    match fitting:
        case [fd]:
            return fd
        case []:
            names = ", ".join(repr(its_name) for _, its_name in passed)
            raise ListenError(f"{recipe!r} cannot listen: no socket of that name was passed, only {names}")
        case _:
            raise ListenError(f"{recipe!r} cannot listen: descriptors {fitting} have that name; choose one by fd=")


def _passed_by_systemd(recipe: object) -> list[tuple[int, str]]:
    """Return the passed descriptors with their names (sd_listen_fds_with_names(3)); raises ListenError if none were."""
    given = variables()
    if given.get("LISTEN_PID") != str(os.getpid()):
        raise ListenError(
            f"{recipe!r} cannot listen: no sockets were passed to this process (LISTEN_PID is "
            f"{given.get('LISTEN_PID')!r}, this is {os.getpid()}); start it by socket activation, or use fd="
        )
    passed = passed_sockets()
    if not passed:
        raise ListenError(f"{recipe!r} cannot listen: LISTEN_FDS={given.get('LISTEN_FDS', '')!r} names no sockets")
    return [(each.fd, each.name) for each in passed]
