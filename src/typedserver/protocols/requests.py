"""Addresses, requests and the type variables that the contracts share. Typing only."""

import socket
from typing import Literal, Protocol, TypeAlias, overload

from typing_extensions import Buffer, TypeVar

InetAddress: TypeAlias = tuple[str, int] | tuple[str, int, int, int]
"""A TCP or UDP peer: ``(host, port)``, for IPv6 with flow label and scope behind them (ip(7), ipv6(7))."""

UnixAddress: TypeAlias = str
"""A Unix peer: its path, ``"\\0name"`` for an abstract name, ``""`` for a socket that has no name (unix(7))."""

Address: TypeAlias = InetAddress | UnixAddress
"""Any client address that the endpoints of this library give."""

StreamRequest: TypeAlias = socket.socket
"""What a stream endpoint gives: the connected socket, blocking."""


class DatagramSocket(Protocol):
    """What a datagram is answered through: the listener's socket, or what stands for it with this one datagram."""

    @overload
    def sendto(self, data: Buffer, address: Address, /) -> int:  # noqa: D418 - each member of a contract has a docstring
        """Send a datagram; returns its length. Raises OSError, BlockingIOError among it, as a socket does."""
        ...

    @overload
    def sendto(self, data: Buffer, flags: int, address: Address, /) -> int:  # noqa: D418 - the same
        """Send a datagram, with flags such as MSG_DONTWAIT (send(2))."""
        ...

    def fileno(self) -> int:
        """Return the descriptor of the listener's socket; -1 once it is closed."""
        ...

    def getsockname(self) -> Address:
        """Return the address that the datagram was sent to, if that is known; else the one that is listened at."""
        ...


DatagramRequest: TypeAlias = tuple[bytes, DatagramSocket]
"""What a datagram endpoint gives: the packet, and the socket through which a reply goes."""

Principal_co = TypeVar("Principal_co", covariant=True)


class Identified(Protocol[Principal_co]):
    """A client address that says who the peer is: that of a connection which ``Authenticated`` has let in.

    ``Stream[Identified[str]]`` is a stream whose principal is a str.
    """

    @property
    def principal(self) -> Principal_co:
        """Who the peer is, as the authenticator has found out."""
        ...


RequestKind: TypeAlias = Literal["connections", "datagrams", "messages"]
"""What an endpoint gives, and what a handler or a strategy may be limited to."""

RequestT = TypeVar("RequestT")
AddressT = TypeVar("AddressT")
ResultT = TypeVar("ResultT")

# What an endpoint produces can only come out of it, what a handler consumes can only go in: hence the variances.
Request_co = TypeVar("Request_co", covariant=True)
Address_co = TypeVar("Address_co", covariant=True)
Result_co = TypeVar("Result_co", covariant=True)
Value_co = TypeVar("Value_co", covariant=True)
Request_contra = TypeVar("Request_contra", contravariant=True)
Address_contra = TypeVar("Address_contra", contravariant=True)
Server_contra = TypeVar("Server_contra", contravariant=True)
Result_contra = TypeVar("Result_contra", contravariant=True)
