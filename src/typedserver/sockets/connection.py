"""Operations on a connection: its options and its end. They know no server and no loop."""

import contextlib
import math
import socket
import struct
import sys
import time
from functools import lru_cache
from typing import Final

from typedserver.process.inheritance import copies
from typedserver.sockets.accepted import Connection
from typedserver.sockets.emptying import emptying
from typedserver.sockets.farewell import end_in_other_words
from typedserver.sockets.lingering import linger, lingering
from typedserver.sockets.states import is_held_by_child, is_ip, needs_peer, speaks_tls
from typedserver.sockets.waiting import wait_until_ready

# Plain numbers, because the conversion of the enumerations would cost time for each request.
_SHUT_WR: Final = int(socket.SHUT_WR)
IPPROTO_TCP: Final = int(socket.IPPROTO_TCP)
TCP_NODELAY: Final = int(socket.TCP_NODELAY)
if sys.platform == "linux":
    _TCP_QUICKACK: Final = int(socket.TCP_QUICKACK)

# Past what a connection notes of a handler's own close.
_close = socket.socket.close
_fileno = socket.socket.fileno


@lru_cache(maxsize=64)
def timeval(seconds: float | None) -> bytes:
    """Write seconds as SO_RCVTIMEO and SO_SNDTIMEO take them; None means no limit."""
    # A timeval of zero means no timeout (socket(7)), so a tiny one is rounded up.
    microseconds = 0 if seconds is None else max(1, math.ceil(seconds * 1e6))
    return struct.pack("@ll", *divmod(microseconds, 1_000_000))


def disable_nagle(request: socket.socket) -> None:
    """Set TCP_NODELAY (tcp(7)); a Unix socket has no such delay."""
    if is_ip(request):
        request.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)


def acknowledge(request: socket.socket) -> None:
    """Have the kernel acknowledge at once what has come (TCP_QUICKACK, tcp(7)), where it would wait for an answer."""
    if sys.platform == "linux" and is_ip(request):
        request.setsockopt(IPPROTO_TCP, _TCP_QUICKACK, 1)


def end_reading(request: socket.socket) -> None:
    """Wake a reader that waits on a connection, with the end of the stream; from any thread.

    Nothing happens if data has come: then no reader waits, and on a Unix socket the peer's next send would fail. A TLS
    connection that a handler has wrapped by itself is ended both ways: OpenSSL answers an end of reading by a fatal
    alert, so the peer would find an error.
    """
    sees_end = speaks_tls(request) and not isinstance(request, Connection)
    how = socket.SHUT_RDWR if sees_end else socket.SHUT_RD
    # poll, because the socket may have a timeout. socket.socket's shutdown, because SSLSocket's would drop the TLS
    # layer and continue in plain text.
    with contextlib.suppress(OSError, ValueError):
        if not wait_until_ready(request.fileno(), readable=True, timeout=0.0):
            if isinstance(request, Connection):
                request.deaf = True
            socket.socket.shutdown(request, how)


def end_and_close(request: socket.socket) -> None:
    """Send the end of the stream to the peer, and close; the close waits if the peer may be sending what nobody reads.

    To close at once would reset the connection then, and destroy what the peer has not read yet: see lingering.py. What
    its outbox keeps is sent before: see outbox.py.
    """
    if isinstance(request, Connection) and request.became is not None:
        request = request.became
    if emptying.pending and _is_taken_over(request):
        return
    if isinstance(request, Connection):
        # Nearly every peer has ended its side by now: then nobody is asked.
        lingers = (request.unread is not False or request.deaf) and _must_linger(request)
        has_copies = request.copied or copies.possible
        if request.waits_by_itself:
            end_in_other_words(request, lingers=lingers, has_copies=has_copies)
            return
        if not (lingers or has_copies):
            # The close sends our end, if no forked child has a copy of the descriptor and no file of ``makefile`` is
            # open. It costs a call less, and wakes a Unix peer only once.
            request.end()
            if _fileno(request) < 0:
                return
    else:
        lingers = _needs_peer_here(request)
    try:
        request.shutdown(_SHUT_WR)
    except OSError:
        # ENOTCONN: the peer has reset the connection.
        lingers = False
    if lingers:
        linger(request)
    else:
        _close(request)


def _is_taken_over(request: socket.socket) -> bool:
    """Return whether the outbox of a connection keeps something, and closes the connection when that was sent."""
    if not isinstance(request, Connection):
        return emptying.take_over(request, lingers=False)
    unread = request.unread
    is_unread = unread if unread is None or isinstance(unread, bool) else unread.buffered > 0
    # What comes is read by who has a copy.
    lingers = None if request.copied else is_unread is True
    if not emptying.take_over(request, lingers=lingers):
        return False
    # As in ``_must_linger``.
    request.unread = None
    return True


def finish_ends(seconds: float) -> bool:
    """Wait until all connections that were ended are closed, at most so many seconds; returns whether that is so."""
    deadline = time.monotonic() + seconds
    return emptying.finish(seconds) and lingering.finish(max(0.0, deadline - time.monotonic()))


def _must_linger(request: Connection) -> bool:
    """Return whether the peer may be sending, so that a close could destroy what it has still to read."""
    if request.copied:
        # What comes is read by who has the copy.
        return False
    unread = request.unread
    if unread:
        # It holds the connection, which holds it: neither would be freed at once.
        request.unread = None
        if unread is True or unread.buffered:
            return not is_held_by_child(_fileno(request))
    return _needs_peer_here(request)


def _needs_peer_here(request: socket.socket) -> bool:
    return needs_peer(request) and not is_held_by_child(_fileno(request))
