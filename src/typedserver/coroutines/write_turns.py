"""Write turns: how a coroutine sends what the kernel does not take at once, between the writes of others.

It knows an outbox and the values of ``waits.py``, nothing of streams or of what drives the coroutine.
"""

import time
import types
from collections.abc import Generator
from typing import Final

from typedserver.coroutines.waits import Parked, Writable
from typedserver.errors import ForeignAwaitable, PeerTimedOut, TypedServerError
from typedserver.sockets.outbox import Outbox, Turn
from typedserver.sockets.paced import pause_of
from typedserver.sockets.pacing import Pause
from typedserver.sockets.parcels import Parcel

# Seconds between two looks whether a connection was closed, for a writer in a thread: poll(2) keeps the open file
# alive, so the thread would not hear of that. Somebody who writes to a connection that was just closed under it waits
# for so long.
_LOOK: Final = 0.25


async def write_in_turn(outbox: Outbox, turn: Turn | None, parcel: Parcel, *, waits: bool, looks: bool) -> None:
    """Send a parcel, when all that was given before is over.

    turn: the write's place in the line; None if it is its turn already.
    waits: whether the kernel takes nothing just now, so that it is not tried before a wait.
    looks: whether nobody tells the one who waits that the connection was closed.

    Raises SlowPeer if the peer takes nothing for too long, of this write or of what was before it: then its connection
    ends. Raises BrokenPipeError if a write was broken off, or the connection's handler is over; OSError if the
    connection is lost; ForeignAwaitable if what runs the coroutine knows none of this library's waits; and what the
    parcel raises, whose half is no less a half then.
    """
    if turn is not None:
        try:
            while not turn.has_come:
                await _ask(Parked(turn.start))
        except BaseException:
            outbox.leave(turn)
            raise
    exchange = outbox.exchange
    is_over = is_slow = False
    try:
        while parcel.load():
            in_time = await _room(outbox, looks=looks) if waits else True
            # Also if the kernel has taken all that it was given: others have their turn before more is.
            waits = True
            outbox.check()
            try:
                parcel.send(outbox.send)
            except BlockingIOError:
                paused = pause_of(exchange.connection, reads=False)
                if paused is not None:
                    with Pause(paused) as pause:
                        await _ask(Parked(pause.start, pause.until))
                    continue
                # The kernel reports a socket as writable only when a third of its buffer is free
                # (sk_stream_is_writeable): the peer may have taken less, so it is tried at the end of the time as well.
                if in_time:
                    continue
                exchange.is_slow = is_slow = True
                raise exchange.took_nothing() from None
            except OSError as error:
                raise exchange.write_error(error) from None
        is_over = True
    finally:
        outbox.end_turn(is_whole=is_over or not parcel.sent, is_slow=is_slow)


async def _room(outbox: Outbox, *, looks: bool) -> bool:
    """Wait until the kernel takes more; returns False if the peer took nothing in time."""
    exchange = outbox.exchange
    connection = exchange.connection
    timeout = exchange.write_timeout
    deadline = None if timeout is None else time.monotonic() + timeout
    while True:
        outbox.check()
        until = deadline
        if looks:
            look = time.monotonic() + _LOOK
            until = look if deadline is None else min(look, deadline)
        try:
            await _ask(Writable(connection.fileno(), until, connection))
        except PeerTimedOut:
            if until == deadline:
                return False
        else:
            return True


@types.coroutine
def _ask(wait: Parked | Writable) -> Generator[Parked | Writable, None, None]:
    """Wait, and say so if what runs the coroutine does not know the wait."""
    try:
        yield wait
    except (RuntimeError, TypeError) as error:
        if isinstance(error, TypedServerError):
            raise
        # asyncio's Task throws a RuntimeError into a coroutine that yields what is no future.
        raise ForeignAwaitable(
            "Stream.write must wait here, and what runs this coroutine knows nothing of typedserver's waits: in "
            "another program's event loop use try_write or broadcast, which never wait, or give "
            "drive(stream.write(...)) to a thread"
        ) from error
