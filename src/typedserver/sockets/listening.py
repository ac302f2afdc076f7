"""Operations on a listening socket: accepting for less, refusing new clients, its address.

It knows no server.
"""

import contextlib
import errno
import os
import socket
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, Final, cast

from typedserver.sockets.connection import IP_FAMILIES

# Linux' number for SO_BINDTOIFINDEX (asm-generic/socket.h, since 5.1), which the module socket does not name, and the
# number of an interface that no machine has.
_SO_BINDTOIFINDEX: Final = 62

_NO_INTERFACE: Final = 0x7FFFFFFF


@cache
def _can_bind_to_no_interface() -> bool:
    # On a socket of its own: without CAP_NET_RAW it can not be taken back.
    if sys.platform != "linux":
        return False
    with socket.socket() as scratch:
        try:
            scratch.setsockopt(socket.SOL_SOCKET, _SO_BINDTOIFINDEX, _NO_INTERFACE)
            return scratch.getsockopt(socket.SOL_SOCKET, _SO_BINDTOIFINDEX) == _NO_INTERFACE
        except OSError:
            # ENOPROTOOPT before Linux 5.1, EPERM before 5.7 without CAP_NET_RAW.
            return False


def refuse_connections(listener: socket.socket) -> bool:
    """Have the kernel refuse new TCP connections for good, while the queue can still be accepted from.

    A listener that is bound to an interface which does not exist is found by no SYN: clients are refused at once, and
    handshakes that have begun go on. It is the kernel's socket that changes: never to be done to one that another
    process has too and serves on. Returns False where that can not be had: then the queue is made as short as it can
    be, and some may still come in.
    """
    try:
        if listener.family in IP_FAMILIES and _can_bind_to_no_interface():
            listener.setsockopt(socket.SOL_SOCKET, _SO_BINDTOIFINDEX, _NO_INTERFACE)
            return True
    except OSError:
        # EPERM: it is bound to an interface already.
        pass
    with contextlib.suppress(OSError):
        listener.listen(0)
    return False


def accepting(listener: socket.socket) -> Callable[[], tuple[socket.socket, Any]]:
    """Return what accepts a connection as ``listener.accept`` does, for less where CPython's own half of it is there.

    ``accept`` asks the listener for its family and kind anew each time, as enumerations: a microsecond and a half for
    every connection. What it is made of is private, so it is tried before it is used; and a subclass keeps its own.
    """
    if sys.platform != "linux" or type(listener) is not socket.socket or not _has_plain_accept():
        # Elsewhere a connection takes over its listener's mode, and accept() sees to that (accept(2)).
        return listener.accept
    accept = cast("Callable[[], tuple[int, Any]]", getattr(listener, "_accept"))  # noqa: B009 - typeshed has it not
    family, kind, proto = int(listener.family), int(listener.type), listener.proto

    def accept_one() -> tuple[socket.socket, Any]:
        fd, client_address = accept()
        return socket.socket(family, kind, proto, fd), client_address

    return accept_one


@cache
def _has_plain_accept() -> bool:
    """Whether the private method is there and is accept(2): of a socket that does not listen that is EINVAL."""
    with socket.socket() as idle:
        try:
            getattr(idle, "_accept")()  # noqa: B009 - typeshed has it not
        except OSError as error:
            return error.errno == errno.EINVAL
        except AttributeError:
            return False
    return False


def unix_address(address: Any) -> str:
    r"""Write a Unix peer's address as text: ``""`` for none, ``"\0name"`` for an abstract one (unix(7))."""
    # CPython gives str for a path, bytes for an abstract name, None or "" for a socket that has no name.
    if type(address) is str:
        return address
    return os.fsdecode(address) if address else ""
