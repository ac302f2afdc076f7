"""Datagrams with the address to which each was sent, and replies that leave from there (ip(7), ipv6(7)).

A socket that is bound to all addresses leaves it to the kernel from which of them a reply goes, and a client that asked
another one drops it. It knows sockets whose kernel reports that; see ``datagram_options``.
"""

import socket
import struct
import sys
from typing import Final, overload

from typing_extensions import Buffer

from typedserver.protocols.requests import Address, DatagramSocket, InetAddress
from typedserver.sockets.datagram_options import IP_PKTINFO
from typedserver.sockets.waiting import DONT_WAIT

# What the kernel says of one datagram: level, option and content of each part.
_Report = list[tuple[int, int, bytes]]

# Linux' struct in_pktinfo has an interface, the address to answer from, and the one that was asked; struct in6_pktinfo
# has the address that was asked, and an interface.
_NOWHERE: Final = bytes(4)
_IN_SIZE: Final = 12
_IN6_SIZE: Final = 20

# What an IPv6 address begins with that stands for one of IPv4, which is that of a group, and which means something on
# one link alone (RFC 4291).
_MAPPED: Final = bytes(10) + b"\xff\xff"
_MULTICAST: Final = 0xFF
_LINK_LOCAL: Final = 0xFE80
_LINK_LOCAL_MASK: Final = 0xFFC0

# Bytes for what the kernel says of a datagram; of one of IPv4 on a socket of both families it says both.
_ROOM: Final = socket.CMSG_SPACE(_IN_SIZE) + socket.CMSG_SPACE(_IN6_SIZE) if sys.platform == "linux" else 0

# Plain numbers: the conversion of the enumerations would cost time for each datagram.
_IP: Final = int(socket.IPPROTO_IP)
_IPV6: Final = int(socket.IPPROTO_IPV6)
_IPV6_PKTINFO: Final = int(socket.IPV6_PKTINFO) if sys.platform == "linux" else -1


class AskedSocket:
    """Stands for a listener's socket with one datagram: what is sent through it leaves from the address that was asked.

    If that was a group's or a broadcast address, it leaves from the address of the interface by which it came.
    """

    __slots__ = ("_report", "_socket")

    def __init__(self, listener: socket.socket, report: _Report) -> None:
        self._socket = listener
        self._report = report

    @overload
    def sendto(self, data: Buffer, address: Address, /) -> int: ...
    @overload
    def sendto(self, data: Buffer, flags: int, address: Address, /) -> int: ...
    def sendto(self, data: Buffer, flags_or_address: int | Address, address: Address | None = None, /) -> int:
        """Send a datagram, as a socket does; raises OSError."""
        flags, to = (flags_or_address, address) if isinstance(flags_or_address, int) else (0, flags_or_address)
        return self._socket.sendmsg((data,), _answering(self._report), flags, to)

    def fileno(self) -> int:
        """Return the descriptor of the listener's socket; -1 once it is closed."""
        return self._socket.fileno()

    def getsockname(self) -> Address:
        """Return the address that was asked, which may be a group's or a broadcast address."""
        bound: InetAddress = self._socket.getsockname()
        ipv6 = self._socket.family == socket.AF_INET6
        asked = _asked(self._report, ipv6=ipv6)
        if asked is None:
            return bound
        host, scope = asked
        return (host, bound[1], 0, scope) if ipv6 else (host, bound[1])

    def __repr__(self) -> str:
        return f"<AskedSocket fd={self.fileno()}>"


def receive_asked(listener: socket.socket, size: int) -> tuple[bytes, DatagramSocket, InetAddress]:
    """Receive a datagram; returns it with what it is answered through, and its sender as the kernel writes it.

    Raises BlockingIOError if none waits.
    """
    packet, report, _, client_address = listener.recvmsg(size, _ROOM, DONT_WAIT)
    # Another process that has the socket may have taken that back.
    return packet, AskedSocket(listener, report) if report else listener, client_address


def _answering(report: _Report) -> _Report:
    """Return what makes the kernel answer from there."""
    answering: _Report = []
    for level, option, content in report:
        if level == _IP and option == IP_PKTINFO:
            # By which interface it goes is left to the routes, because the way back may be another one.
            return [(level, option, _NOWHERE + content[4:8] + _NOWHERE)]
        if level == _IPV6 and option == _IPV6_PKTINFO:
            first = int.from_bytes(content[:2], "big")
            if first >> 8 == _MULTICAST:
                # The kernel chooses an address of this interface.
                content = bytes(16) + content[16:20]  # noqa: PLW2901 - what is sent
            elif first & _LINK_LOCAL_MASK != _LINK_LOCAL:
                content = content[:16] + _NOWHERE  # noqa: PLW2901 - as above
            answering.append((level, option, content))
    return answering


def _asked(report: _Report, *, ipv6: bool) -> tuple[str, int] | None:
    """Return the address that was asked, as the socket's family writes it, and its scope."""
    for level, option, content in report:
        if level == _IP and option == IP_PKTINFO:
            asked = content[8:12]
            return (socket.inet_ntop(socket.AF_INET6, _MAPPED + asked) if ipv6 else socket.inet_ntoa(asked)), 0
        if level == _IPV6 and option == _IPV6_PKTINFO and not content.startswith(_MAPPED):
            (interface,) = struct.unpack("@I", content[16:20])
            address = content[:16]
            # The scope of what means something on one link alone, as the kernel writes the addresses of peers.
            is_local = int.from_bytes(address[:2], "big") & _LINK_LOCAL_MASK == _LINK_LOCAL
            is_local |= address[0] == _MULTICAST and address[1] & 0x0F in (1, 2)
            return socket.inet_ntop(socket.AF_INET6, address), interface if is_local else 0
    return None


_conforms: type[DatagramSocket] = AskedSocket
