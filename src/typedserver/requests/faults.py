"""What an error means: the one place where errnos and exceptions are sorted into the few cases that differ.

It decides nothing: ``acceptor.py`` and ``server.py`` act on the class it names.
"""

import errno
from enum import Enum
from typing import Final


class AcceptFault(Enum):
    """What a failed accept says about the next one."""

    CONNECTION = "this connection is lost, the next is not concerned"
    EXHAUSTION = "something ran out: the next will fail too until it is given back"
    FATAL = "the listener itself can not accept"


_BY_NAME: Final[dict[str, AcceptFault]] = {
    **dict.fromkeys(
        (
            "ECONNABORTED",  # reset by the peer while it waited in the queue
            "EPERM",  # a firewall rule forbade it
            "EINTR",
            # accept(2): Linux passes errors already pending on the new socket, to be treated like EAGAIN. udp(7):
            # recvfrom passes those that ICMP has told of earlier replies; they are of the same kinds.
            "EPROTO",  # as System V calls ECONNABORTED, too
            "ENETDOWN",
            "ENOPROTOOPT",
            "EHOSTDOWN",
            "ENONET",
            "EHOSTUNREACH",
            "ENETUNREACH",
            # accept(2): other errors that Linux kernels may return.
            "ESOCKTNOSUPPORT",
            "EPROTONOSUPPORT",
            "ETIMEDOUT",
            # recv(2), udp(7), ip(7), unix(7): what an earlier reply has come to.
            "ECONNREFUSED",
            "ECONNRESET",  # so says Windows
            "EMSGSIZE",  # past the path's MTU; on Windows, the datagram was cut
        ),
        AcceptFault.CONNECTION,
    ),
    **dict.fromkeys(
        (
            "EMFILE",  # this process has no descriptor left
            "ENFILE",  # nor has the system
            "ENOBUFS",  # no memory for the socket
            "ENOMEM",
            "ENOSR",  # nor STREAMS buffers
            # These have two meanings, one peer that is lost and a socket that can not accept: to pause is right for
            # neither, but gives up for none of the first, and does not spin on the second.
            "EOPNOTSUPP",  # accept(2) names it twice
            "ENOTCONN",  # recv(2): no datagram socket; or a listener has asked a peer that has gone for its name
            "EACCES",  # a security module forbids it; or ICMPv6 has told that of an earlier reply
        ),
        AcceptFault.EXHAUSTION,
    ),
    **dict.fromkeys(
        (
            "EBADF",  # closed under us
            "EINVAL",  # not listening
            "ENOTSOCK",
            "EFAULT",
        ),
        AcceptFault.FATAL,
    ),
}

_ACCEPT_FAULTS: Final[dict[int, AcceptFault]] = {
    getattr(errno, name): fault for name, fault in _BY_NAME.items() if hasattr(errno, name)
}


def accept_fault(error: OSError) -> AcceptFault:
    """Class an error of accept or recvfrom.

    One that no manual page names counts as exhaustion: to pause and try again neither spins nor gives up.
    """
    return _ACCEPT_FAULTS.get(error.errno or 0, AcceptFault.EXHAUSTION)
