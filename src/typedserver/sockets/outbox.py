"""The outbox: what is still to be sent on one connection, in the order in which it was given.

Two things wait in it: data that was given to be sent without anybody waiting for it, which the thread of
``emptying.py`` sends; and the turns of writers, who send by themselves when their turn has come. It is made when the
kernel first takes less than was given to it; until then nothing waits.

It knows one exchange, nothing of streams, handlers or loops. All of it may be used from any thread.
"""

import _socket
import contextlib
import math
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final, Literal, TypeAlias

from typedserver.sockets.accepted import Connection, end_both_ways
from typedserver.sockets.emptying import emptying
from typedserver.sockets.exchange import Exchange
from typedserver.sockets.lingering import LONGEST, lingering
from typedserver.sockets.paced import PacedSink
from typedserver.sockets.pacing import Pace
from typedserver.sockets.sinks import Sink
from typedserver.sockets.states import is_held_by_child, needs_peer
from typedserver.sockets.waiting import DONT_WAIT

# Bytes that are sent by one call, if many small pieces wait.
_AT_ONCE: Final = 64 * 1024


class Turn:
    """A write that waits until all that was given before it is over.

    has_come: whether it may begin; that it may not go on is found out then.
    """

    __slots__ = ("_wake", "has_come")

    def __init__(self) -> None:
        self._wake: Callable[[], object] | None = None
        self.has_come: bool = False

    def start(self, wake: Callable[[], object]) -> None:
        """Keep the wake-up of the coroutine that waits, and call it if the turn has come meanwhile."""
        self._wake = wake
        # It is kept first and asked then; ``come`` does it the other way round. So one of both threads sees the other.
        if self.has_come:
            self.come()

    def come(self) -> None:
        """Have the coroutine go on."""
        self.has_come = True
        wake = self._wake
        if wake is not None:
            # A loop that was closed raises: no coroutine of it will go on.
            with contextlib.suppress(RuntimeError):
                wake()


_Piece: TypeAlias = "memoryview | Turn | Literal['end']"


class Outbox:
    """What waits to be sent on one connection.

    sink, flags: what the connection is written to through, and the flags of a send that must not wait.
    limit: how many bytes may be kept.

    closes: whether the connection's handler is over, so that the connection is closed when all was sent.
    exchange: the conversation on the connection.
    """

    __slots__ = (
        "_connection",
        "_deadline",
        "_ends",
        "_fd",
        "_flags",
        "_is_emptied",
        "_is_idle",
        "_kept",
        "_limit",
        "_lingers",
        "_lock",
        "_pace",
        "_pieces",
        "_sink",
        "closes",
        "exchange",
    )

    def __init__(self, exchange: Exchange, sink: Sink, flags: int, limit: int) -> None:
        self.exchange: Exchange = exchange
        self._connection: _socket.socket = exchange.connection
        self._fd = exchange.connection.fileno()
        pacer = exchange.connection.pacer if isinstance(exchange.connection, Connection) else None
        self._pace: Pace | None = None if pacer is None else pacer.writes
        self._sink = sink
        self._flags = flags
        self._limit = limit
        # Never held across a wait.
        self._lock = threading.Lock()
        # Whether nothing waits: then who writes sends by itself.
        self._is_idle = True
        self._pieces: deque[_Piece] = deque()
        self._kept = 0
        # Whether the thread that empties outboxes has the turn now, and when it gives the peer up.
        self._is_emptied = False
        self._deadline = math.inf
        # Whether the end of the stream is among what waits: nothing may follow it.
        self._ends = False
        self._lingers: bool | None = False
        self.closes: bool = False

    @property
    def connection(self) -> object:
        """The connection as its handler knows it."""
        return self.exchange.connection

    def fileno(self) -> int:
        """Return the connection's descriptor; -1 if it was closed or given away."""
        return self._connection.fileno()

    @property
    def rests_until(self) -> float:
        """Until when nothing may be sent because of its rates, by the monotonic clock; 0 if something may."""
        pace = self._pace
        return pace.until if pace is not None and pace.is_paused else 0.0

    def send(self, view: memoryview) -> int:
        """Send what the kernel takes now, and return how much; raises BlockingIOError if that is nothing."""
        return self._sink.send(view, self._flags) if self._flags else self._sink.send(view)

    def check(self) -> None:
        """Raise what a write must raise if nothing more can be sent."""
        exchange = self.exchange
        # The connection's handler may have ended, and its number be another's.
        if exchange.broken_off or exchange.is_slow or exchange.connection.fileno() != self._fd:
            raise exchange.gone()
        if self._ends:
            raise exchange.gone("the stream was ended")

    # For who sends, and has found that the kernel does not take all of it

    def begin(self) -> None:
        """Note that it waits to send the rest."""
        with self._lock:
            self._is_idle = False

    def keep_rest(self, rest: memoryview) -> None:
        """Keep the rest, of bytes that nobody will change; others may have come behind it by now."""
        with self._lock:
            self._is_idle = False
            self._pieces.appendleft(rest)
            self._kept += len(rest)
            self._pass_on()

    # For others

    def join(self) -> Turn | None:
        """Put a write at the end of the line; returns None if there is none.

        Raises what a write must raise if nothing more can be sent.
        """
        with self._lock:
            if self._is_idle:
                return None
            self.check()
            turn = Turn()
            self._pieces.append(turn)
            return turn

    def keep(self, data: memoryview) -> bool | None:
        """Keep data behind what waits; returns False, and keeps nothing, if it does not fit; None if nothing waits.

        data: of bytes that nobody will change. Raises what a write must raise if nothing more can be sent.
        """
        with self._lock:
            if self._is_idle:
                return None
            self.check()
            if self._kept + len(data) > self._limit:
                return False
            if data:
                self._pieces.append(data)
                self._kept += len(data)
            return True

    def end_behind_data(self) -> bool:
        """End the stream when what is kept was sent; returns False if nothing is kept."""
        with self._lock:
            if self._kept and not self._ends:
                self._pieces.append("end")
                self._ends = True
            return self._kept > 0

    def end_later(self) -> None:
        """End the stream when the kernel has room for what TLS has to say then; nobody may wait to send."""
        with self._lock:
            self._is_idle = False
            self._pieces.append("end")
            self._ends = True
            self._pass_on()

    # The turns, with the lock held

    def _pass_on(self) -> None:
        """Give the turn to what comes next."""
        if self.closes:
            # What is left is the emptying thread's, and writers only find the connection gone.
            return
        if self.exchange.broken_off or self.exchange.is_slow:
            self._drop()
        first = pieces[0] if (pieces := self._pieces) else None
        if first is None:
            # What was broken off, given up or ended takes nothing more.
            if not (self.exchange.broken_off or self.exchange.is_slow or self._ends):
                self._is_idle = True
                self.exchange.may_send = True
        elif isinstance(first, Turn):
            pieces.popleft()
            first.come()
        else:
            self._is_emptied = True
            self._expect(time.monotonic())
            if not emptying.add(self):
                # There is no thread left to send it: that is as good as a peer that takes nothing.
                self._is_emptied = False
                self._give_up()
                self._pass_on()

    def _drop(self) -> None:
        """Forget what is kept; writers find out by themselves why."""
        self._pieces = deque(piece for piece in self._pieces if isinstance(piece, Turn))
        self._kept = 0

    def _give_up(self) -> None:
        self.exchange.is_slow = True
        self._drop()
        if not self.closes:
            end_both_ways(self.exchange.connection)

    def _expect(self, now: float) -> None:
        timeout = self.exchange.write_timeout
        self._deadline = math.inf if timeout is None else now + timeout

    # For writers

    def leave(self, turn: Turn) -> None:
        """Take back a write that waits in the line: it was ended from outside."""
        with self._lock:
            if turn.has_come:
                # Nobody else would pass it on.
                self._pass_on()
            else:
                self._pieces.remove(turn)

    def end_turn(self, *, is_whole: bool, is_slow: bool) -> None:
        """End the turn of a write.

        is_whole: whether all of it was sent, or nothing; if not, nothing may follow the half of it.
        is_slow: whether the peer took nothing for as long as a write may wait: then its connection ends.
        """
        with self._lock:
            if not is_whole:
                self.exchange.broken_off = True
            if is_slow:
                self._give_up()
            self._pass_on()

    # For the thread that empties outboxes

    def empty(self, now: float) -> bool:
        """Send what the kernel takes of what is kept; returns whether that thread must go on with it."""
        with self._lock:
            if not self._is_emptied:
                return False
            if self._send_kept(now):
                return True
            self._is_emptied = False
            emptying.remove(self)
            if self.closes:
                self._close()
            else:
                self._pass_on()
            return False

    def is_overdue(self, now: float) -> bool:
        """Return whether the peer took nothing for too long, or the connection is not what it was."""
        return now >= self._deadline or self.fileno() != self._fd

    def _send_kept(self, now: float) -> bool:
        pieces = self._pieces
        while pieces and not isinstance(pieces[0], Turn):
            try:
                if pieces[0] == "end":
                    self._end()
                    continue
                sent = self.send(self._next_data())
            except BlockingIOError:
                rests_until = self.rests_until
                if rests_until and self._deadline > 0:
                    # Its peer is not to blame.
                    self._deadline += max(0.0, rests_until - now)
                    return True
                if now < self._deadline:
                    return True
                self._give_up()
                return False
            except OSError:
                # The peer has gone, or the handler has closed the connection: those who write find that out. If the
                # kernel would take something later, it must not follow half a message.
                self.exchange.broken_off = self.fileno() == self._fd
                self._drop()
                return False
            self._take(sent)
            if not self.closes:
                self._expect(now)
        return False

    def _end(self) -> None:
        """End the stream; raises BlockingIOError if the kernel has no room for what TLS has to say then."""
        try:
            self._connection.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            raise
        except OSError:
            # ENOTCONN: the peer has reset the connection.
            pass
        self._pieces.popleft()

    def _next_data(self) -> memoryview:
        first = self._pieces[0]
        assert isinstance(first, memoryview)
        if len(first) >= _AT_ONCE or len(self._pieces) == 1:
            return first
        joined = bytearray()
        for piece in self._pieces:
            if not isinstance(piece, memoryview) or len(joined) >= _AT_ONCE:
                break
            joined += piece
        return memoryview(joined)

    def _take(self, sent: int) -> None:
        self._kept -= sent
        pieces = self._pieces
        while sent:
            first = pieces[0]
            assert isinstance(first, memoryview)
            if sent < len(first):
                pieces[0] = first[sent:]
                return
            sent -= len(first)
            pieces.popleft()

    # The end of the connection

    def take_over(self, *, lingers: bool | None) -> bool:
        """Take the connection, whose handler is over, to close it when what is kept was sent.

        lingers: whether something that its peer has sent was not read; None if somebody else reads what comes.
        Returns False if nothing is kept.
        """
        with self._lock:
            if not self._is_emptied or not self._kept:
                return False
            connection = self.exchange.connection
            # What is still to be sent, as it goes over the descriptor.
            kept = [piece for piece in self._pieces if isinstance(piece, memoryview)]
            sealed = connection.seal(kept) if isinstance(connection, Connection) else None
            family, kind, proto = connection.family, connection.type, connection.proto
            # Whoever waits for the descriptor hears that the connection has ended, as at a close (announced.py).
            number = connection.detach()
            if number < 0:
                return False
            # The class below all others: gevent's would wait by itself.
            self._connection = rest = _socket.socket(family, kind, proto, number)
            self._sink = rest if self._pace is None else PacedSink(rest, self._pace)
            self._flags = DONT_WAIT
            if rest.gettimeout() is not None:
                # The program's default timeout.
                rest.settimeout(None)
            self._lingers = lingers
            self.closes = True
            # In all, because nobody else bounds how long a slow peer takes for it.
            timeout = self.exchange.write_timeout
            self._deadline = time.monotonic() + (LONGEST if timeout is None else min(LONGEST, timeout))
            pieces, self._pieces = self._pieces, deque[_Piece]()
            for piece in pieces:
                if isinstance(piece, Turn):
                    # It finds the connection gone.
                    piece.come()
                elif sealed is None:
                    self._pieces.append(piece)
            if sealed is not None:
                self._pieces.append(memoryview(sealed))
                self._kept = len(sealed)
        return True

    def _close(self) -> None:
        rest = self._connection
        try:
            rest.shutdown(socket.SHUT_WR)
        except OSError:
            rest.close()
            return
        lingers = self._lingers
        waits = lingers is not None and not self.exchange.is_slow and (lingers or needs_peer(rest))
        if waits and not is_held_by_child(rest.fileno()):
            lingering.add(rest)
        else:
            rest.close()

    def hurry(self) -> None:
        """Have its time be over."""
        self._deadline = -math.inf

    def leave_to_parent(self) -> None:
        """Forget all, in a child that was forked: the parent sends it."""
        self._pieces.clear()
        self._kept = 0
        self._is_emptied = False
        self._is_idle = True
        self.exchange.may_send = True
        if self.closes:
            self._connection.close()
