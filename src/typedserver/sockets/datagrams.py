"""Sending through a datagram socket without waiting for a peer for ever. It knows no server."""

import errno
import logging
import os
import socket
import struct
import sys
import time
from typing import Final

from typedserver.protocols.requests import Address, DatagramSocket
from typedserver.sockets.lent import socket_of

_log = logging.getLogger("typedserver")

# Seconds before a reply is sent again through a descriptor that does not block; doubled each time.
FIRST_RETRY: Final = 0.001


def send_timeout(through: DatagramSocket) -> float:
    """Return how many seconds a reply may wait for room."""
    if sys.platform != "linux":
        return 0.0
    try:
        # By the descriptor, because what stands for the listener's socket has no options. Its owner closes it.
        listener = socket_of(through.fileno())
    except OSError:
        # It was closed: the next send says so.
        return 0.0
    try:
        seconds, microseconds = struct.unpack("@ll", listener.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, 16))
    finally:
        listener.detach()
    return float(seconds + microseconds / 1e6)


def _send_patiently(through: DatagramSocket, data: bytes, client_address: Address) -> None:
    """Send as a blocking socket does, through a descriptor that another loop has made non-blocking.

    It sleeps instead of polling, because poll reports a Unix datagram socket as writable while the peer's queue is
    full: it looks at our own buffer.
    """
    deadline = time.monotonic() + send_timeout(through)
    pause = FIRST_RETRY
    while True:
        try:
            through.sendto(data, client_address)
        except BlockingIOError:
            left = deadline - time.monotonic()
            if left <= 0:
                raise
            time.sleep(min(pause, left))
            pause *= 2
        else:
            return


def send_reply(through: DatagramSocket, data: bytes, client_address: Address) -> bool:
    """Answer a datagram; returns False, with a line in the log, if the reply could not be delivered.

    It is no error if the peer has gone, has no name or does not read: datagrams promise nothing (udp(7), unix(7)).
    Raises OSError (EMSGSIZE) if the reply is longer than a datagram can be, because that is the handler's mistake.
    """
    try:
        through.sendto(data, client_address)
    except OSError as error:
        return send_after(error, through, data, client_address)
    return True


def send_after(error: OSError, through: DatagramSocket, data: bytes, client_address: Address) -> bool:
    """Do what is left of ``send_reply`` when ``sendto`` has raised this error."""
    if isinstance(error, BlockingIOError):
        try:
            if not os.get_blocking(through.fileno()):
                _send_patiently(through, data, client_address)
                return True
        except OSError as later:
            error = later
    note_dropped(data, client_address, error)
    return False


def note_dropped(data: bytes, client_address: Address, error: OSError) -> None:
    """Log that a reply could not be sent; raises the error if that was the handler's mistake."""
    if isinstance(error, BlockingIOError):
        _log.info("reply of %d bytes to %r dropped: the peer does not read", len(data), client_address)
    elif error.errno == errno.EMSGSIZE:
        raise error
    else:
        _log.info("reply of %d bytes to %r dropped: %s", len(data), client_address, error)
