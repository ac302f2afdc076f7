"""What is set on a datagram socket once: how long it waits, how much it holds, which groups it hears, what it asks for.

It knows sockets and addresses; nothing of how an address was bound, or of who answers.
"""

import contextlib
import errno
import logging
import socket
import struct
import sys
from collections.abc import Iterable
from itertools import repeat
from typing import Final

from typedserver.sockets.connection import timeval

_log = logging.getLogger("typedserver")

# Linux' numbers of what the module ``socket`` does not name (asm-generic/socket.h, linux/in.h, linux/in6.h).
_SO_SNDBUFFORCE: Final = 32
_SO_RCVBUFFORCE: Final = 33
IP_PKTINFO: Final = 8
_IP_MULTICAST_ALL: Final = 49
_IPV6_MULTICAST_ALL: Final = 29

# Whether this kernel can report to which address a datagram was sent; others than Linux have options of their own.
CAN_REPORT: Final = sys.platform == "linux"

# The options by which it does. On a socket of both families a datagram of IPv4 has both, and the second one also says
# from where to answer what was sent to a broadcast address (ip(7), ipv6(7)).
_REPORTING: Final[dict[int, tuple[tuple[int, int], ...]]] = (
    {
        socket.AF_INET: ((socket.IPPROTO_IP, IP_PKTINFO),),
        socket.AF_INET6: ((socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO), (socket.IPPROTO_IP, IP_PKTINFO)),
    }
    if CAN_REPORT
    else {}
)


def limit_sends(listener: socket.socket, timeout: float) -> None:
    """Limit how long a send through a blocking datagram socket may wait, in seconds."""
    if sys.platform == "linux":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeval(timeout))


def set_buffers(listener: socket.socket, recipe: object, *, receive: int | None, send: int | None) -> None:
    """Set how many bytes the kernel keeps of what comes and of what goes; None leaves its default.

    If it takes less than that, a line in the log says how much, and how to have it take more.
    """
    for name, option, force, size in (
        ("receive_buffer", socket.SO_RCVBUF, _SO_RCVBUFFORCE, receive),
        ("send_buffer", socket.SO_SNDBUF, _SO_SNDBUFFORCE, send),
    ):
        if size is None:
            continue
        got = _set_buffer(listener, option, force, size)
        if got < size:
            which = "rmem_max" if option == socket.SO_RCVBUF else "wmem_max"
            _log.warning(
                "%r has a %s of %d bytes only: raise net.core.%s, or give CAP_NET_ADMIN (socket(7))",
                recipe,
                name,
                got,
                which,
            )


def _set_buffer(listener: socket.socket, option: int, force: int, size: int) -> int:
    """Set the size of a buffer, past the system's limit if this process may; returns what it is then."""
    with contextlib.suppress(OSError):
        # Others than Linux refuse a size beyond their limit; then it stays as it is.
        listener.setsockopt(socket.SOL_SOCKET, option, size)
    got = _buffer(listener, option)
    if got < size and sys.platform == "linux":
        with contextlib.suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, force, size)
        got = _buffer(listener, option)
    return got


def _buffer(listener: socket.socket, option: int) -> int:
    size = listener.getsockopt(socket.SOL_SOCKET, option)
    # Linux doubles what it is given, for its own account of each datagram (socket(7)).
    return size // 2 if sys.platform == "linux" else size


def join_group(listener: socket.socket, group: str) -> None:
    """Have a socket hear what is sent to a group.

    group: its address, with ``%`` and an interface behind it if the kernel shall not choose one.
    A socket that is in the group already stays so. Raises OSError if the kernel refuses, or has no such interface.
    """
    address, _, interface = group.partition("%")
    index = socket.if_nametoindex(interface) if interface else 0
    if ":" in address:
        level, option = socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP
        membership = socket.inet_pton(socket.AF_INET6, address) + struct.pack("@I", index)
    else:
        level, option = socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP
        membership = socket.inet_aton(address) + bytes(4)
        if index:
            # struct ip_mreqn, which Linux, macOS and FreeBSD take as well (ip(7)).
            membership += struct.pack("@i", index)
    try:
        listener.setsockopt(level, option, membership)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise


def hear_joined_groups_only(listener: socket.socket) -> None:
    """Have a socket hear no group that only another socket of this machine has joined (ip(7))."""
    if sys.platform == "linux":
        listener.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
        if listener.family == socket.AF_INET6:
            with contextlib.suppress(OSError):
                # Linux before 4.20 has no such option.
                listener.setsockopt(socket.IPPROTO_IPV6, _IPV6_MULTICAST_ALL, 0)


def reporting_of(listener: socket.socket) -> tuple[int, ...]:
    """Return how the options are set by which the kernel reports to which address each datagram was sent."""
    if listener.type != socket.SOCK_DGRAM:
        return ()
    return tuple(listener.getsockopt(level, option) for level, option in _REPORTING.get(listener.family, ()))


def set_reporting(listener: socket.socket, values: Iterable[int]) -> None:
    """Set these options again."""
    for (level, option), value in zip(_REPORTING.get(listener.family, ()), values, strict=False):
        listener.setsockopt(level, option, value)


def have_reported(listener: socket.socket) -> None:
    """Have the kernel report to which address each datagram was sent."""
    set_reporting(listener, repeat(1))
