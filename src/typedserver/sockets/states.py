"""What the kernel says of a connection: whether its peer may still send, and whether something waits unread."""

import _socket
import os
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

IP_FAMILIES: Final = (socket.AF_INET, socket.AF_INET6)

# Linux' numbers: what the module ``socket`` does not name (asm-generic/socket.h, linux/sockios.h), and where in the
# answer the two queues stand (enum in linux/sock_diag.h).
_SO_MEMINFO: Final = 55
_SIOCOUTQNSD: Final = 0x894B
_MEMINFO_SIZE: Final = 36
_queues = struct.Struct("@I16xI12x").unpack

# Past what a connection does when it is asked, and past the enumeration that ``socket`` makes of a family.
_fileno: Callable[[Any], int] = socket.socket.fileno
_family: Callable[[Any], int] = _socket.socket.family.__get__
_kind: Callable[[Any], int] = _socket.socket.type.__get__

# The first byte of struct tcp_info, and the states in which the peer has not ended its side: neither side has, or only
# ours (include/net/tcp_states.h).
_TCP_STATE_SIZE: Final = 1
_TCP_ESTABLISHED: Final = 1
_TCP_PEER_OPEN: Final = (1, 4, 5)


def is_ip(connection: _socket.socket) -> bool:
    """Return whether a socket is one of IPv4 or IPv6."""
    return _family(connection) in IP_FAMILIES


def shape_of(connection: _socket.socket) -> tuple[int, int, int]:
    """Return the family, kind and protocol of a socket as plain numbers.

    The class ``socket`` makes an enumeration of each whenever it is asked, which takes some microseconds.
    """
    return _family(connection), _kind(connection), connection.proto


def _tcp_state(connection: _socket.socket) -> int:
    """Return the state of a TCP connection; 0 if it is none, or not under Linux."""
    if sys.platform != "linux" or connection.family not in IP_FAMILIES:
        return 0
    try:
        return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_STATE_SIZE)[0]
    except OSError:
        return 0


def may_still_send(connection: socket.socket) -> bool:
    """Return whether the peer may still send the rest of a message after ``end_reading``.

    TCP under Linux still receives then. The peer of a Unix socket sees the end at once, and can send no more.
    """
    return _tcp_state(connection) == _TCP_ESTABLISHED


def has_not_ended(connection: _socket.socket) -> bool:
    """Return whether a TCP peer has not ended its side, though reads find the end of the stream."""
    return _tcp_state(connection) in _TCP_PEER_OPEN


if sys.platform == "win32":

    def waits_unread(_fd: int) -> bool:
        """Return False: it cannot be asked."""
        return False

    def unsent(_fd: int) -> int:
        """Return 0: it cannot be asked."""
        return 0

else:
    import fcntl
    import termios

    _NOTHING: Final = bytes(4)
    # By their own names, because this is asked for each connection that its peer has not ended.
    _ioctl = fcntl.ioctl
    _FIONREAD: Final = termios.FIONREAD

    def waits_unread(fd: int) -> bool:
        """Return whether bytes have come on a descriptor that were not received yet (FIONREAD, tty_ioctl(4))."""
        try:
            return _ioctl(fd, _FIONREAD, _NOTHING) != _NOTHING
        except (OSError, ValueError):
            # It was closed, or given away.
            return False

    def unsent(fd: int) -> int:
        """Return how many bytes were written to a TCP connection that the kernel has not sent yet (SIOCOUTQNSD)."""
        if sys.platform != "linux":
            return 0
        try:
            return int.from_bytes(_ioctl(fd, _SIOCOUTQNSD, _NOTHING), sys.byteorder)
        except (OSError, ValueError):
            return 0


def _is_plain(connection: object) -> bool:
    """Return whether it is no socket that gevent or eventlet has put in the place of the usual ones."""
    return isinstance(connection, _socket.socket)


def needs_peer(connection: _socket.socket) -> bool:
    """Return whether a close would reset the connection, or a byte of the peer that comes after it would harm.

    That is so if something is unread; and if part of the answer is not sent yet, because the kernel drops that when the
    peer goes on to send.
    """
    # Of a class below, where gevent has put another one in its place.
    fd = connection.fileno() if type(connection) is _socket.socket else _fileno(connection)
    if fd < 0:
        return False
    if sys.platform == "linux" and _is_plain(connection) and is_ip(connection):
        # One question that costs half of what the others do, and mostly is enough: what both queues take in memory.
        try:
            receiving, sending = _queues(connection.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO_SIZE))
        except OSError:
            return False
        return (receiving > 0 or sending > 0) and (waits_unread(fd) or unsent(fd) > 0)
    return waits_unread(fd)


# More children than these are not looked through for one connection.
_MOST_CHILDREN: Final = 100


def is_held_by_child(fd: int) -> bool:
    """Return whether a child of this process has a copy of a descriptor, or may have: the program that it is now.

    Linux alone says that. It is asked only of a connection whose peer has sent what nobody here has read.
    """
    if sys.platform == "darwin":
        # It cannot be known: Python before 3.13 has no waitid there.
        return True
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        # Nearly always: there is none.
        return False
    try:
        held = f"socket:[{os.fstat(fd).st_ino}]"
        lists = [task / "children" for task in Path("/proc/self/task").iterdir()]
        children = [child for children in lists for child in children.read_text().split()]
        return len(children) > _MOST_CHILDREN or any(_holds(child, held) for child in children)
    except OSError:
        # It cannot be known: a child of another user, or no such file (CONFIG_PROC_CHILDREN, proc(5)).
        return True


def _holds(child: str, held: str) -> bool:
    folder = f"/proc/{child}/fd"
    try:
        return any(_link(f"{folder}/{name}") == held for name in os.listdir(folder))  # noqa: PTH208 - names are all
    except FileNotFoundError:
        # It has ended.
        return False


def _link(path: str) -> str:
    try:
        return os.readlink(path)  # noqa: PTH115 - the target is no path
    except FileNotFoundError:
        return ""


def speaks_tls(connection: socket.socket) -> bool:
    """Return whether a connection is an SSLSocket."""
    # Who has none need not load the module, and OpenSSL with it.
    ssl = sys.modules.get("ssl")
    return ssl is not None and isinstance(connection, ssl.SSLSocket)
