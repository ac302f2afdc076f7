"""What a peer sends first, looked at and left where it is: whoever gets the connection finds every byte of it.

It knows a connection and its server's limits, and no protocol.
"""

import socket
import time
from collections.abc import Callable
from typing import Final

from typedserver.coroutines.context import context_of
from typedserver.coroutines.waits import Readable, sleep, wait_for
from typedserver.errors import PeerTimedOut
from typedserver.protocols.handlers import ServerContext
from typedserver.sockets.exchange import Exchange
from typedserver.sockets.waiting import DONT_WAIT

_PEEK: Final = int(socket.MSG_PEEK)

# Seconds that the rest of a beginning may take, which most often comes in one packet.
_REST: Final = 5.0

# Seconds between two looks: the kernel cannot report that more has come, because something is there all the time.
_FIRST_PAUSE: Final = 0.001
_LAST_PAUSE: Final = 0.05


async def peek(
    connection: socket.socket,
    client_address: object,
    server: ServerContext,
    most: int,
    suffices: Callable[[bytes], bool],
) -> bytes:
    """Return what a peer of TCP has sent first, at most so many bytes, without taking them; b"" if it has ended.

    suffices: whether what has come says enough, so that no more is waited for. If it takes long until it does, what
    there is must.

    Raises PeerTimedOut if nothing comes in time. A drain ends the connection if nothing has come.
    """
    context = context_of(server)
    deadlines = context.deadlines
    exchange = Exchange(connection, client_address, context, deadlines.read, deadlines.write, by_server=True)
    exchange.idle = True
    context.call_when_draining(connection, exchange.end_if_idle)
    try:
        seen = await _first(connection, exchange, most)
    finally:
        exchange.idle = False
        context.forget_when_draining(connection)
    pause, until = _FIRST_PAUSE, time.monotonic() + _REST
    while seen and len(seen) < most and not suffices(seen) and time.monotonic() < until:
        await sleep(pause)
        pause = min(2 * pause, _LAST_PAUSE)
        seen = connection.recv(most, _PEEK | DONT_WAIT)
    return seen


async def _first(connection: socket.socket, exchange: Exchange, most: int) -> bytes:
    """Wait until something has come, and return it."""
    fd = connection.fileno()
    while True:
        try:
            return connection.recv(most, _PEEK | DONT_WAIT)
        except BlockingIOError:
            pass
        if exchange.drains is not None:
            exchange.end_if_idle()
        timeout = exchange.read_timeout
        try:
            await wait_for(Readable(fd, None if timeout is None else time.monotonic() + timeout, connection))
        except PeerTimedOut:
            raise exchange.sent_nothing() from None
