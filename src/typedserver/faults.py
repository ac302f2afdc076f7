"""What an error means: the one place where errnos and exceptions are sorted into the few cases that differ.

It decides nothing: ``acceptor.py`` and ``server.py`` act on the class it names.
"""

import errno
from enum import Enum
from typing import Final

from typedserver.errors import IncompleteRead, LineTooLong, PeerTimedOut, ReadLimitExceeded


class AcceptFault(Enum):
    """What a failed accept says about the next one."""

    CONNECTION = "this connection is lost, the next is not concerned"
    EXHAUSTION = "something ran out: the next will fail too until it is given back"
    FATAL = "the listener itself can not accept"


_BY_NAME: Final[dict[str, AcceptFault]] = {
    # accept(2): Linux passes errors already pending on the new socket, to be treated like EAGAIN.
    **dict.fromkeys(
        (
            "ECONNABORTED",  # reset by the peer while it waited in the queue
            "EPROTO",  # the same, as System V says it
            "EPERM",  # a firewall rule forbade it
            "ENETDOWN",
            "ENOPROTOOPT",
            "EHOSTDOWN",
            "ENONET",
            "EHOSTUNREACH",
            "ENETUNREACH",
            "ETIMEDOUT",
            "ECONNRESET",  # recvfrom: an ICMP answer to an earlier reply (Windows)
            "ECONNREFUSED",  # the same, where the kernel reports it so
            "EINTR",
            "EMSGSIZE",  # recvfrom on Windows: the datagram was cut
            "ESOCKTNOSUPPORT",  # accept(2): other errors that Linux kernels may return
            "EPROTONOSUPPORT",
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
            # Named twice by accept(2), as a lost connection and as a socket that can not accept: to pause is right for
            # the first and does not spin on the second.
            "EOPNOTSUPP",
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


# What a peer that goes away makes of the next call (send(2), recv(2), shutdown(2)); without the ones that are
# ConnectionError already.
_GONE: Final = frozenset(
    (errno.ENOTCONN, errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.ENETRESET)
)


# ssl's exceptions for a peer that has ended its session or its connection: known by name, since the module and its
# library are loaded only where there is TLS.
_ENDS_OF_TLS: Final = frozenset(("SSLEOFError", "SSLZeroReturnError"))


def is_disconnect(error: BaseException) -> bool:
    """Whether an exception is the ordinary end of a connection by its peer or its path: no fault of ours."""
    if isinstance(error, ConnectionError) or type(error).__name__ in _ENDS_OF_TLS:
        return True
    # TimeoutError is what Python makes of ETIMEDOUT; a wait of ours that has ended has no errno.
    return isinstance(error, OSError) and type(error) in (OSError, TimeoutError) and error.errno in _GONE


def is_peers_fault(error: BaseException) -> bool:
    """Whether an exception tells of a peer that broke a limit: worth a line in a log, but no traceback."""
    return isinstance(error, PeerTimedOut | LineTooLong | ReadLimitExceeded | IncompleteRead)
