"""Small things that several rooms do with a socket, each with the kernel's behaviour that makes it worth a function."""

import contextlib
import errno
import logging
import math
import os
import select
import socket
import struct
import sys
import time
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, Final, cast

from typedserver.inheritance import copies
from typedserver.protocols import Address

_log = logging.getLogger("typedserver")

_IP_FAMILIES: Final = (socket.AF_INET, socket.AF_INET6)

# poll(2) counts milliseconds in a C int; whoever waits longer waits again.
_LONGEST_WAIT: Final = 86_400.0

# The first pause before a reply is tried again on a descriptor that does not block; doubled each time.
_FIRST_RETRY: Final = 0.001

# A plain number: the enumeration would be made one for each request.
_SHUT_WR: Final = int(socket.SHUT_WR)


@lru_cache(maxsize=64)
def _timeval(seconds: float | None) -> bytes:
    # socket(7): a timeval of zero means no timeout, so a tiny one is rounded up.
    microseconds = 0 if seconds is None else max(1, math.ceil(seconds * 1e6))
    return struct.pack("@ll", *divmod(microseconds, 1_000_000))


def limit_waits(request: socket.socket, read: float | None, write: float | None) -> None:
    """Have reads and writes on a blocking socket end after ``read`` and ``write`` seconds without the peer.

    They end with BlockingIOError on a plain socket under Linux, with TimeoutError elsewhere; callers take both.
    The kernel's own timers (SO_RCVTIMEO, socket(7)) are used where they can be: ``settimeout`` makes the descriptor
    non-blocking and costs a poll(2) for each read.
    """
    if sys.platform == "linux" and type(request) is socket.socket and request.gettimeout() is None:
        request.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(read))
        request.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(write))
    else:
        # One for both is all that there is: the more patient one.
        request.settimeout(None if read is None or write is None else max(read, write))


def is_silence(error: OSError) -> bool:
    """Whether a read or write ended because its time was up, rather than because the kernel gave the peer up."""
    # Both come as TimeoutError, but the kernel's has an errno (ETIMEDOUT, tcp(7)); SO_RCVTIMEO's is EAGAIN.
    return isinstance(error, BlockingIOError) or (isinstance(error, TimeoutError) and error.errno is None)


def disable_nagle(request: socket.socket) -> None:
    """Set TCP_NODELAY (tcp(7)); a Unix socket has no delay to be disabled."""
    if request.family in _IP_FAMILIES:
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def limit_sends(listener: socket.socket, timeout: float) -> None:
    """Have a send through a blocking datagram socket end after ``timeout`` seconds."""
    if sys.platform == "linux":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(timeout))


def _send_timeout(listener: socket.socket) -> float:
    if sys.platform != "linux":
        return 0.0
    seconds, microseconds = struct.unpack("@ll", listener.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, 16))
    return float(seconds + microseconds / 1e6)


def _send_patiently(listener: socket.socket, data: bytes, client_address: Address) -> None:
    """Send as a blocking socket would, on a descriptor that another loop has made non-blocking.

    A Unix datagram socket polls as writable while the peer's queue is full (it is our own buffer that is polled), so
    waiting for it would spin.
    """
    deadline = time.monotonic() + _send_timeout(listener)
    pause = _FIRST_RETRY
    while True:
        try:
            listener.sendto(data, client_address)
        except BlockingIOError:
            if time.monotonic() + pause > deadline:
                raise
            time.sleep(pause)
            pause *= 2
        else:
            return


def send_reply(listener: socket.socket, data: bytes, client_address: Address) -> bool:
    """Answer a datagram; returns False, with a line in the log, where the reply could not be delivered.

    A peer that has gone, has no name or does not read is its own loss: datagrams promise nothing (udp(7), unix(7)).
    Raises OSError (EMSGSIZE) for a reply that is longer than a datagram can be: that is the handler's fault.
    """
    try:
        try:
            listener.sendto(data, client_address)
        except BlockingIOError:
            if os.get_blocking(listener.fileno()):
                raise
            _send_patiently(listener, data, client_address)
    except BlockingIOError:
        _log.info("reply of %d bytes to %r dropped: the peer does not read", len(data), client_address)
    except OSError as error:
        if error.errno == errno.EMSGSIZE:
            raise
        _log.info("reply of %d bytes to %r dropped: %s", len(data), client_address, error)
    else:
        return True
    return False


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
        if listener.family in _IP_FAMILIES and _can_bind_to_no_interface():
            listener.setsockopt(socket.SOL_SOCKET, _SO_BINDTOIFINDEX, _NO_INTERFACE)
            return True
    except OSError:
        # EPERM: it is bound to an interface already.
        pass
    with contextlib.suppress(OSError):
        listener.listen(0)
    return False


# How soon it is looked again for the rest of a message, where the kernel can not be asked to tell.
REST_INTERVAL: Final = 0.01

# The first byte of struct tcp_info, and the state in which neither side has ended (include/net/tcp_states.h).
_TCP_STATE_SIZE: Final = 1
_TCP_ESTABLISHED: Final = 1


def end_reading(request: socket.socket) -> None:
    """Have whoever waits to read find the end of the stream, if nothing has come; from any thread.

    Where something has, there is nobody to be woken; and of a Unix socket's peer it would break what it still sends.
    """
    # By poll, for the socket may have a timeout; past a class of its own, for SSLSocket's would go on in plain text.
    with contextlib.suppress(OSError, ValueError):
        if not wait_until_ready(request.fileno(), readable=True, timeout=0.0):
            socket.socket.shutdown(request, socket.SHUT_RD)


def may_still_send(request: socket.socket) -> bool:
    """Whether the rest of a message may come although the stream looks ended, because ``end_reading`` has ended it.

    TCP under Linux still takes what comes then. Of a Unix socket the peer is told at once, and can send no more.
    """
    if sys.platform != "linux" or request.family not in _IP_FAMILIES:
        return False
    try:
        state = request.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_STATE_SIZE)
    except OSError:
        return False
    return state[0] == _TCP_ESTABLISHED


def end_and_close(request: socket.socket) -> None:
    """Tell the peer that no more will come, and close.

    The close alone would reset a TCP connection of which not all was read (RFC 2525, 2.17).
    """
    try:  # noqa: SIM105 - contextlib.suppress costs a third of a microsecond for each connection
        request.shutdown(_SHUT_WR)
    except OSError:
        # ENOTCONN where the peer has reset it: nothing is left to be told.
        pass
    request.close()


def close_to_end(request: socket.socket) -> None:
    """Do for a Unix connection what ``end_and_close`` does; there the close itself tells the peer, and wakes it once.

    Unless something keeps it open: a copy in a forked child, or a file that was made of it and is still referred to.
    """
    if copies.possible:
        end_and_close(request)
        return
    request.close()
    if request.fileno() >= 0:
        end_and_close(request)


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


def wait_until_ready(fd: int, *, readable: bool, timeout: float | None) -> bool:
    """Wait in place until a descriptor is readable (or writable); returns False when the seconds have passed."""
    deadline = None if timeout is None else time.monotonic() + timeout
    while True:
        left = _LONGEST_WAIT if deadline is None else max(0.0, deadline - time.monotonic())
        if _is_ready_within(fd, min(left, _LONGEST_WAIT), readable=readable):
            return True
        if left < _LONGEST_WAIT:
            return False


def _is_ready_within(fd: int, seconds: float, *, readable: bool) -> bool:
    if sys.platform == "win32":
        reads, writes, _ = select.select([fd] if readable else [], [] if readable else [fd], [], seconds)
        return bool(reads or writes)
    poll = select.poll()
    poll.register(fd, select.POLLIN if readable else select.POLLOUT)
    return bool(poll.poll(seconds * 1000))


def unix_address(address: Any) -> str:
    r"""Write a Unix peer's address as text: ``""`` for none, ``"\0name"`` for an abstract one (unix(7))."""
    # CPython gives str for a path, bytes for an abstract name, None or "" for a socket that has no name.
    if type(address) is str:
        return address
    return os.fsdecode(address) if address else ""
