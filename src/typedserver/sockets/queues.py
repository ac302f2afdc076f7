"""How many connections wait in a listener's queue for the server to accept them, as the kernel counts. Linux only.

It knows descriptors, nothing of servers. Nothing is taken out of the queue.
"""

import os
import socket
import stat
import struct
import sys
from dataclasses import dataclass
from typing import Final

# struct tcp_info (linux/tcp.h): the state, and where the two numbers stand that of a listener mean its queue
# (tcp_get_info in net/ipv4/tcp.c): tcpi_unacked and tcpi_sacked. Byte strings that are longer are the same up to here.
_TCP_LISTEN: Final = 10
_TCP_QUEUE: Final = struct.Struct("@II")
_TCP_QUEUE_AT: Final = 24
_TCP_INFO_READ: Final = _TCP_QUEUE_AT + _TCP_QUEUE.size

# Of a Unix socket only sock_diag knows (sock_diag(7), linux/unix_diag.h): a request for one socket by its inode, with
# any cookie, which asks for the attribute UNIX_DIAG_RQLEN.
_NETLINK_SOCK_DIAG: Final = 4
_SOCK_DIAG_BY_FAMILY: Final = 20
_NLM_F_REQUEST: Final = 1
_UDIAG_SHOW_RQLEN: Final = 0x10
_UNIX_DIAG_RQLEN: Final = 4
_ANY: Final = 0xFFFFFFFF
_HEADER: Final = struct.Struct("=IHHII")
_REQUEST: Final = struct.Struct("=BBHIIIII")
# family, type, state, pad, inode, two halves of the cookie
_ANSWER: Final = struct.Struct("=BBBBIII")
_ATTRIBUTE: Final = struct.Struct("=HH")
_UNIX_QUEUE: Final = struct.Struct("=II")
_ANSWER_READ: Final = 4096


@dataclass(frozen=True, slots=True)
class ListenerQueue:
    """A listener's queue.

    inode: of the listening socket: processes that share it see one queue (fstat(2)).
    length: how many connections wait.
    limit: how many may: the backlog, or the system's limit (net.core.somaxconn) if that is less.
    """

    inode: int
    length: int
    limit: int


def queue_of(descriptor: int) -> ListenerQueue | None:
    """Return the queue of a listening TCP or Unix stream socket; None of what is none, and where nobody counts.

    The descriptor may be closed at the same time by another thread. From any thread.
    """
    if sys.platform != "linux" or descriptor < 0:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISSOCK(status.st_mode):
            return None
        listener = socket.socket(fileno=os.dup(descriptor))
    except OSError:
        return None
    with listener:
        try:
            if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                return None
            pair = _of_unix(status.st_ino) if listener.family == socket.AF_UNIX else _of_tcp(listener)
        except OSError:
            return None
    return None if pair is None else ListenerQueue(status.st_ino, *pair)


def _of_tcp(listener: socket.socket) -> tuple[int, int] | None:
    # Its caller has asked; a type checker looks at each function by itself.
    if sys.platform != "linux":
        return None
    information = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_READ)
    if len(information) < _TCP_INFO_READ or information[0] != _TCP_LISTEN:
        return None
    length, limit = _TCP_QUEUE.unpack_from(information, _TCP_QUEUE_AT)
    return length, limit


def _of_unix(inode: int) -> tuple[int, int] | None:
    if sys.platform != "linux":
        return None
    request = _REQUEST.pack(socket.AF_UNIX, 0, 0, _ANY, inode, _UDIAG_SHOW_RQLEN, _ANY, _ANY)
    header = _HEADER.pack(_HEADER.size + len(request), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 0, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _NETLINK_SOCK_DIAG) as diagnosis:
        diagnosis.send(header + request)
        # The kernel has answered when ``send`` returns (netlink(7)).
        answer = diagnosis.recv(_ANSWER_READ, socket.MSG_DONTWAIT)
    length, kind, *_ = _HEADER.unpack_from(answer)
    if kind != _SOCK_DIAG_BY_FAMILY:
        # NLMSG_ERROR: no such socket, or a kernel without unix_diag.
        return None
    at = _HEADER.size + _ANSWER.size
    while at + _ATTRIBUTE.size <= min(length, len(answer)):
        size, attribute = _ATTRIBUTE.unpack_from(answer, at)
        if attribute == _UNIX_DIAG_RQLEN:
            waiting, limit = _UNIX_QUEUE.unpack_from(answer, at + _ATTRIBUTE.size)
            return waiting, limit
        # Each begins at a multiple of four (rtnetlink(7)).
        at += max(size + 3 & ~3, _ATTRIBUTE.size)
    return None
