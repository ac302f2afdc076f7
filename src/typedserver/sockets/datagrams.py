"""Sending through a datagram socket without waiting for a peer for ever. Knows no server."""

import errno
import logging
import os
import socket
import struct
import sys
import time
from typing import Final

from typedserver.protocols.requests import Address
from typedserver.sockets.connection import timeval

_log = logging.getLogger("typedserver")

# The first pause before a reply is tried again on a descriptor that does not block; doubled each time.
_FIRST_RETRY: Final = 0.001


def limit_sends(listener: socket.socket, timeout: float) -> None:
    """Have a send through a blocking datagram socket end after ``timeout`` seconds."""
    if sys.platform == "linux":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeval(timeout))


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
