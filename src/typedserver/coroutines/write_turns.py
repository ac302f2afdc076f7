"""Write turns: the writers of one connection go one after the other when the kernel takes only a part of a write.

It knows one exchange and the values of ``waits.py``, nothing of streams. Loop's thread only.
"""

import contextlib
import time
from collections import deque
from collections.abc import Callable

from typedserver.coroutines.waits import Parked, Writable, wait_for
from typedserver.errors import PeerTimedOut
from typedserver.sockets.exchange import Exchange


class _Turn:
    """A write that waits until the writes before it are over.

    failed: whether the peer took nothing of the write before it, for as long as a write may wait.
    """

    __slots__ = ("_wake", "failed", "has_come")

    def __init__(self) -> None:
        self._wake: Callable[[], object] | None = None
        self.has_come = False
        self.failed = False

    def start(self, wake: Callable[[], object]) -> None:
        """Keep the wake-up of the coroutine that waits; ``Parked`` calls this."""
        self._wake = wake

    def wake(self, *, failed: bool) -> None:
        """Have the coroutine go on."""
        self.has_come = True
        self.failed = failed
        if self._wake is not None:
            # A loop that was closed raises: no coroutine of it will go on.
            with contextlib.suppress(RuntimeError):
                self._wake()


class WriteTurns:
    """The writers of one connection, from a write that waits for the kernel until none is left."""

    __slots__ = ("_busy", "_exchange", "_fd", "_waiting")

    def __init__(self, exchange: Exchange, fd: int) -> None:
        self._exchange = exchange
        self._fd = fd
        # Whether it is somebody's turn now.
        self._busy = False
        self._waiting: deque[_Turn] = deque()

    @property
    def are_over(self) -> bool:
        """Whether nobody writes or waits, so that the next write may go to the socket at once."""
        return not self._busy and not self._exchange.broken_off

    async def write(self, view: memoryview, sent: int) -> None:
        """Send what comes after the first ``sent`` bytes, when all earlier writes are over.

        Raises PeerTimedOut if the peer takes nothing for too long, of this write or of one before it; BrokenPipeError
        if a write was broken off, or the connection's handler is over; OSError if the connection is lost.
        """
        if self._exchange.broken_off:
            raise self._exchange.gone()
        if self._busy:
            await self._wait_for_turn()
        self._busy = True
        await self._send(view, sent)

    async def _wait_for_turn(self) -> None:
        turn = _Turn()
        self._waiting.append(turn)
        try:
            while not turn.has_come:
                await wait_for(Parked(turn.start))
        except BaseException:
            # If the turn has come already, nobody else would pass it on.
            if not turn.has_come:
                self._waiting.remove(turn)
            elif not turn.failed:
                self._pass_on(failed=False)
            raise
        if turn.failed:
            raise self._exchange.took_nothing()

    async def _send(self, view: memoryview, sent: int) -> None:
        exchange = self._exchange
        connection = exchange.connection
        timeout = exchange.write_timeout
        failed = False
        try:
            while sent < len(view):
                # Meanwhile the connection's handler may have ended, and its number be another's.
                if exchange.broken_off or connection.fileno() != self._fd:
                    raise exchange.gone()
                deadline = None if timeout is None else time.monotonic() + timeout
                in_time = True
                try:
                    await wait_for(Writable(self._fd, deadline, connection))
                except PeerTimedOut:
                    # The kernel reports a socket as writable only when a third of its buffer is free
                    # (sk_stream_is_writeable): the peer may have taken less.
                    in_time = False
                try:
                    sent += connection.send(view[sent:])
                except BlockingIOError:
                    if in_time:
                        continue
                    failed = True
                    raise exchange.took_nothing() from None
                except OSError as error:
                    raise exchange.write_error(error) from None
        finally:
            if 0 < sent < len(view):
                exchange.broken_off = True
            self._pass_on(failed=failed)

    def _pass_on(self, *, failed: bool) -> None:
        """End a turn to write: the next writer's comes."""
        if failed:
            # If each of them waited as long for a peer that takes nothing, the last would wait that many times longer.
            while self._waiting:
                self._waiting.popleft().wake(failed=True)
        if self._waiting:
            self._waiting.popleft().wake(failed=False)
        else:
            self._busy = False
