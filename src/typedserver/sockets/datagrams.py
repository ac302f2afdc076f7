"""Sending through a datagram socket without waiting for a peer for ever. It knows no server."""

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

# Seconds before a reply is sent again through a descriptor that does not block; doubled each time.
_FIRST_RETRY: Final = 0.001


def limit_sends(listener: socket.socket, timeout: float) -> None:
    """Limit how long a send through a blocking datagram socket may wait, in seconds."""
    if sys.platform == "linux":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeval(timeout))


def _send_timeout(listener: socket.socket) -> float:
    if sys.platform != "linux":
        return 0.0
    seconds, microseconds = struct.unpack("@ll", listener.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, 16))
    return float(seconds + microseconds / 1e6)


def _send_patiently(listener: socket.socket, data: bytes, client_address: Address) -> None:
    """Send as a blocking socket does, through a descriptor that another loop has made non-blocking.

    It sleeps instead of polling, because poll reports a Unix datagram socket as writable while the peer's queue is
    full: it looks at our own buffer.
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
    """Answer a datagram; returns False, with a line in the log, if the reply could not be delivered.

    It is no error if the peer has gone, has no name or does not read: datagrams promise nothing (udp(7), unix(7)).
    Raises OSError (EMSGSIZE) if the reply is longer than a datagram can be, because that is the handler's mistake.
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
