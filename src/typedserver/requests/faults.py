"""What an error of accept means for the next accept: the one place where errnos are sorted.

It decides nothing: ``acceptor.py`` acts on the class that is returned.
"""

import errno
from enum import Enum
from typing import Final

from typedserver.errors import SourceFailed


class AcceptFault(Enum):
    """What a failed accept says about the next one."""

    CONNECTION = "this connection is lost, the next is not concerned"
    EXHAUSTION = "something ran out: the next will fail too until it is given back"
    SOURCE = "a source gives no messages, and its listener rests by itself"
    FATAL = "the listener itself cannot accept"


_BY_NAME: Final[dict[str, AcceptFault]] = {
    **dict.fromkeys(
        (
            "ECONNABORTED",  # reset by the peer while it waited in the queue
            "EPERM",  # a firewall rule forbade it
            "EINTR",
            # accept(2): Linux passes on errors that are pending on the new socket; they must be treated like EAGAIN.
            # udp(7): recvfrom passes on what ICMP has reported of earlier replies; those errors are of the same kinds.
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
            # recv(2), udp(7), ip(7), unix(7): what became of an earlier reply.
            "ECONNREFUSED",
            "ECONNRESET",  # the same on Windows
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
            # These have two meanings: a peer that is lost, and a socket that cannot accept. A pause is right for
            # neither, but it gives up no listener because of a peer, and does not spin on a broken socket.
            "EOPNOTSUPP",  # accept(2) names it twice
            "ENOTCONN",  # recv(2): no datagram socket; or the listener asked for the name of a peer that has gone
            "EACCES",  # a security module forbids it; or ICMPv6 has reported that of an earlier reply
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
    """Return the class of an error of accept or recvfrom, or of a source.

    An error that no manual page names counts as exhaustion: to pause and try again neither spins nor gives up.
    """
    if isinstance(error, SourceFailed):
        return AcceptFault.SOURCE
    return _ACCEPT_FAULTS.get(error.errno or 0, AcceptFault.EXHAUSTION)
