"""How errors are classified: by accept(2), send(2), recv(2) and by the limits that a peer may break."""

import errno
import ssl

import pytest

from typedserver import IncompleteRead, LineTooLong, ListenError, PeerTimedOut, ReadLimitExceeded
from typedserver.errors import is_disconnect, is_peers_fault
from typedserver.requests.faults import AcceptFault, accept_fault

# accept(2), ERRORS; without EAGAIN, because it is no error for a listener that does not block.
LOST_CONNECTION = [
    *("ECONNABORTED", "EPROTO", "EPERM", "ENETDOWN", "ENOPROTOOPT", "EHOSTDOWN", "ENONET", "EHOSTUNREACH"),
    *("ENETUNREACH", "ETIMEDOUT", "ESOCKTNOSUPPORT", "EPROTONOSUPPORT", "EINTR"),
    # recvfrom(2), and errors of earlier replies that a UDP listener gets
    *("ECONNRESET", "ECONNREFUSED", "EMSGSIZE"),
]
EXHAUSTED = ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "ENOSR"]
# The error does not say whether it is the fault of one peer or of the listener.
AMBIGUOUS = ["EOPNOTSUPP", "ENOTCONN", "EACCES"]
FATAL = ["EBADF", "EINVAL", "ENOTSOCK", "EFAULT"]
GONE = [
    *("ENOTCONN", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ENETDOWN", "ENETRESET", "ESHUTDOWN"),
    *("EHOSTDOWN", "ENONET", "EPROTO"),
]


def error_of(name: str) -> OSError:
    return OSError(getattr(errno, name), name)


@pytest.mark.parametrize("name", LOST_CONNECTION)
def test_accept_that_lost_a_connection_goes_on(name: str) -> None:
    assert accept_fault(error_of(name)) is AcceptFault.CONNECTION


@pytest.mark.parametrize("name", EXHAUSTED + AMBIGUOUS)
def test_accept_that_ran_out_of_a_resource_pauses(name: str) -> None:
    assert accept_fault(error_of(name)) is AcceptFault.EXHAUSTION


@pytest.mark.parametrize("name", FATAL)
def test_accept_on_what_is_no_listener_ends(name: str) -> None:
    assert accept_fault(error_of(name)) is AcceptFault.FATAL


@pytest.mark.parametrize("error", [OSError(), OSError("no errno"), OSError(9999, "unheard of"), error_of("EIO")])
def test_accept_error_that_no_manual_names_pauses(error: OSError) -> None:
    assert accept_fault(error) is AcceptFault.EXHAUSTION


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(errno.ECONNRESET, "reset"),
        BrokenPipeError(errno.EPIPE, "pipe"),
        ConnectionAbortedError(),
        ssl.SSLEOFError(),
        ssl.SSLZeroReturnError(),
        *map(error_of, GONE),
        IncompleteRead(b"", 4),
    ],
    ids=repr,
)
def test_disconnect_is_a_peer_or_a_path_that_has_gone(error: Exception) -> None:
    assert is_disconnect(error)


@pytest.mark.parametrize(
    "error",
    [
        PeerTimedOut("silent"),
        TimeoutError("timed out"),
        FileNotFoundError(errno.ENOENT, "no file"),
        error_of("EINVAL"),
        error_of("ENOPROTOOPT"),
        ListenError("unreachable", errno.ENETUNREACH),
        ssl.SSLError("bad certificate"),
        ValueError("nothing of the network"),
        KeyboardInterrupt(),
    ],
    ids=repr,
)
def test_disconnect_is_nothing_else(error: BaseException) -> None:
    assert not is_disconnect(error)


@pytest.mark.parametrize("error", [PeerTimedOut(""), LineTooLong(""), ReadLimitExceeded(""), IncompleteRead(b"x", 2)])
def test_peers_fault_is_a_broken_limit(error: BaseException) -> None:
    assert is_peers_fault(error)
    assert not is_disconnect(error)


@pytest.mark.parametrize("error", [TimeoutError(), EOFError(), ValueError(), ConnectionResetError()])
def test_peers_fault_is_no_look_alike(error: BaseException) -> None:
    assert not is_peers_fault(error)
