"""Operations on a listening socket: a cheaper accept, refusing new clients, its address. They know no server."""

import contextlib
import errno
import os
import socket
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from typedserver.sockets.states import IP_FAMILIES

# Linux' number for SO_BINDTOIFINDEX (asm-generic/socket.h, since 5.1), which the module ``socket`` does not name.
_SO_BINDTOIFINDEX: Final = 62

# The number of an interface that no machine has.
_NO_INTERFACE: Final = 0x7FFFFFFF


@cache
def _can_bind_to_no_interface() -> bool:
    # Tried on a scratch socket, because the option cannot be unset without CAP_NET_RAW.
    if sys.platform != "linux":
        return False
    with socket.socket() as scratch:
        try:
            scratch.setsockopt(socket.SOL_SOCKET, _SO_BINDTOIFINDEX, _NO_INTERFACE)
            return scratch.getsockopt(socket.SOL_SOCKET, _SO_BINDTOIFINDEX) == _NO_INTERFACE
        except OSError:
            # ENOPROTOOPT before Linux 5.1, EPERM before 5.7 without CAP_NET_RAW.
            return False


def prepare_to_refuse(listener: socket.socket) -> None:
    """Find out whether the kernel can refuse new connections, once for the process.

    To be called as the listener opens: when it must refuse them, clients may hold all descriptors, and the trial needs
    one.
    """
    if listener.family in IP_FAMILIES:
        with contextlib.suppress(OSError):
            _can_bind_to_no_interface()


def refuse_connections(listener: socket.socket) -> bool:
    """Have the kernel refuse new TCP connections for good; what waits in the queue can still be accepted.

    No SYN finds a listener that is bound to an interface which does not exist: new clients are refused at once, and
    handshakes that have begun continue. This changes the kernel's socket, so it must not be done if another process
    serves the same socket. Returns False if the kernel cannot refuse: then the queue is made as short as possible, and
    a few clients may still enter it.
    """
    try:
        if listener.family in IP_FAMILIES and _can_bind_to_no_interface():
            listener.setsockopt(socket.SOL_SOCKET, _SO_BINDTOIFINDEX, _NO_INTERFACE)
            return True
    except OSError:
        # EPERM: the socket is bound to an interface already.
        pass
    with contextlib.suppress(OSError):
        listener.listen(0)
    return False


def settle_queue(listener: socket.socket) -> bool:
    """Have the kernel refuse all new connections to a Unix socket at once; what waits can still be accepted.

    Linux looks at the listener's end of reading for each connect, under the lock of its queue (unix_stream_connect in
    net/unix/af_unix.c), so that nobody is on the way afterwards. From then on the listener is always readable, so it
    should be closed as soon as its queue is empty. Returns False if the kernel cannot do that.
    """
    if sys.platform != "linux" or listener.family != socket.AF_UNIX:
        return False
    try:
        listener.shutdown(socket.SHUT_RD)
    except OSError:
        return False
    return True


def accepting(listener: socket.socket) -> Callable[[], tuple[socket.socket, Any]]:
    """Return a function that accepts a plain socket as ``listener.accept`` does, but costs less if CPython lets it.

    ``accept`` reads the listener's family and kind as enumerations each time, which costs a microsecond and a half for
    every connection.
    """
    accept = plain_accept(listener)
    if accept is None:
        return listener.accept
    plain_accept_one = accept
    family, kind, proto = int(listener.family), int(listener.type), listener.proto

    def accept_one() -> tuple[socket.socket, Any]:
        fd, client_address = plain_accept_one()
        return socket.socket(family, kind, proto, fd), client_address

    return accept_one


def plain_accept(listener: socket.socket) -> Callable[[], tuple[int, object]] | None:
    """Return what accepts a connection as a descriptor, with its client's address: the C method below ``accept``.

    That is private, so it is tried before it is used. None: a subclass of socket keeps its own ``accept``, and on other
    systems than Linux a connection inherits the listener's blocking mode, which ``accept`` corrects (accept(2)).
    """
    if sys.platform == "linux" and type(listener) is socket.socket and _has_plain_accept():
        return _plain_accept_of(listener)
    return None


def _plain_accept_of(listener: socket.socket) -> Callable[[], tuple[int, object]]:
    plain: Callable[[], tuple[int, object]] = getattr(listener, "_accept")  # noqa: B009 - typeshed lacks it
    return plain


@cache
def _has_plain_accept() -> bool:
    """Return whether the private method exists and is accept(2): EINVAL for a socket that does not listen."""
    with socket.socket() as idle:
        try:
            _plain_accept_of(idle)()
        except OSError as error:
            return error.errno == errno.EINVAL
        except AttributeError:
            return False
    return False


def unix_address(address: str | bytes | None) -> str:
    r"""Write a Unix peer's address as text: ``""`` for none, ``"\0name"`` for an abstract one (unix(7))."""
    # CPython gives a str for a path, bytes for an abstract name, None or "" for a socket without a name.
    if type(address) is str:
        return address
    return os.fsdecode(address) if address else ""
