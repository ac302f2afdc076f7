"""Reading: the half of a Stream that reads, with its buffer and the turns of connections that share a thread.

It knows one socket, its exchange and the values of ``waits.py``, nothing of how a stream writes.
"""

import socket
import sys
import time
import types
from collections.abc import Callable, Coroutine, Generator
from contextlib import AbstractContextManager
from typing import Final, Literal, Protocol, Self

from typedserver.config import StreamConfig
from typedserver.coroutines.waits import Parked, Readable, ReadableOrCalled, Sleep, by_generator, wait_for
from typedserver.errors import IncompleteRead, LifecycleError, LineTooLong, PeerTimedOut
from typedserver.recipes import separator_of, size_of
from typedserver.sockets.accepted import Connection
from typedserver.sockets.announced import announce_end
from typedserver.sockets.exchange import Exchange
from typedserver.sockets.limited import must_wait_on
from typedserver.sockets.lines import RestOfLine, line_too_long, read_limit_exceeded
from typedserver.sockets.paced import pause_of
from typedserver.sockets.pacing import Pace, Pause
from typedserver.sockets.silence import is_silence
from typedserver.sockets.waiting import DONT_WAIT, wait_until_ready

# How many reads from the buffer and completed writes make up a connection's turn, if connections share a thread: a
# client that sends without pause would otherwise never let the others run. As many take some tenths of a millisecond.
TURN: Final = 64

# A read that brings as many bytes is a turn by itself.
_TURN_SIZE: Final = 4096

# The most bytes of one receive. glibc makes a buffer of 128 KiB by mmap(2) (mallopt(3), M_MMAP_THRESHOLD), which costs
# ten microseconds however little comes. Only bulk transfer, whose receives come back full, gains by more.
USUAL_RECEIVE: Final = 64 * 1024

# Bytes to receive at once from a peer that has not sent more yet: for so few the interpreter's own allocator has a
# place, which saves a small message a tenth of its time. With what an object of bytes has besides, they are 512.
SMALL_RECEIVE: Final = 512 - sys.getsizeof(b"")
LARGEST_RECEIVE: Final = 256 * 1024


class Source(Protocol):
    """What a stream receives from: its connection, or what stands before it."""

    def recv(self, size: int, /) -> bytes:
        """Receive up to ``size`` bytes; at its limit it raises what ``is_silence`` knows."""
        ...


class Reading:
    """What ``Stream`` inherits for reading; it is made and explained there, and nobody uses it by itself.

    A class and no object of its own, because a call between the two would cost each read as much as its buffer does.
    Its fields are set by the constructor of ``Stream``.

    _socket, _fd: the connection, and the number that it had in the beginning.
    _source: what is read from: the connection itself, or what keeps the limits of its waits.
    _data, _start: what was received and not read yet begins at ``_start``: to read a line moves only that.
    _next: what comes next, if it is anything but what the kernel has: the rest of a line that was too long, the end, or
    how a write has failed that was awaited no more.
    _most: how much is received at most.
    _reads: whether a coroutine waits in a read.
    _drained: whether the last receive emptied the kernel's buffer. If so, another receive would only raise
    BlockingIOError, which costs more than to wait first. A new connection is tried at once, because its request has
    often come with it.
    _wait: what a read waits for.
    _suspends: whether the socket does not block, so that a read that waits suspends.
    _budget: how much of the connection's turn is left.
    _by_generators: whether what it returns to be awaited may be a generator, which is cheaper than a coroutine. A task
    of asyncio takes only a coroutine (Python 3.12).
    _in_place: held during a send, if that may wait although others of the thread must not: on a TLS layer over a
    blocking socket.
    """

    __slots__ = (
        "_budget",
        "_by_generators",
        "_config",
        "_data",
        "_drained",
        "_exchange",
        "_fd",
        "_in_place",
        "_most",
        "_next",
        "_reads",
        "_socket",
        "_source",
        "_start",
        "_suspends",
        "_wait",
    )

    _budget: int
    _by_generators: bool
    _config: StreamConfig
    _data: bytes
    _drained: bool
    _exchange: Exchange
    _fd: int
    _in_place: AbstractContextManager[bool] | None
    _most: int
    _next: RestOfLine | OSError | Literal["end"] | None
    _reads: bool
    _socket: socket.socket
    _source: Source
    _start: int
    _suspends: bool
    _wait: Readable | None

    @by_generator
    def _receive(  # noqa: C901, PLR0912, PLR0915 - a part of it would cost a call
        self, size: int, line: Callable[[], Coroutine[object, None, bytes]] | None = None
    ) -> Generator[Readable | Sleep | Parked, None, bytes]:
        """Receive up to ``size`` bytes; b"" at the end of the stream. Nothing may be buffered.

        line: finds a line in the buffer, or receives the rest of it, if what has come is not one line by itself; None:
        what has come is returned as it is.
        """
        if self._next is not None:
            data = yield from self._receive_next(self._next, size).__await__()
            if line is None:
                return data
            if data:
                self._data, self._start = data, 0
            return (yield from line().__await__())
        exchange = self._exchange
        asked, most = size, self._most
        if size > most:  # noqa: PLR1730 - min() would cost a call
            size = most
        if self._reads:
            raise read_already()
        self._reads = True
        data = b""
        try:
            while True:
                if not exchange.mid_message:
                    exchange.idle = True
                    if exchange.drains is not None:
                        exchange.end_if_idle()
                if self._drained:
                    # One object for all waits of a connection, which never changes.
                    wait = self._wait
                    if wait is None:
                        wait = self._wait = Readable(self._fd, None, self._socket, exchange.read_timeout)
                    try:
                        yield wait
                    except PeerTimedOut:
                        # The driver knows neither the peer nor the limit.
                        raise exchange.sent_nothing() from None
                    self._budget = TURN
                elif not self._suspends:
                    # The receive waits.
                    self.send_gathered()
                elif self._budget <= 0:
                    # A TLS layer holds more, but this connection's turn is over.
                    yield Sleep(0.0)
                    self._budget = TURN
                try:
                    data = self._source.recv(size)
                except (BlockingIOError, TimeoutError) as error:
                    if not is_silence(error) or not (self._suspends or self._begins_to_suspend()):
                        if must_wait_on(self._socket):
                            continue
                        raise exchange.read_error(error) from None
                    paused = pause_of(self._socket, reads=True)
                    if paused is None:
                        self._drained = True
                    else:
                        with Pause(paused) as pause:
                            yield Parked(pause.start, pause.until)
                        self._drained = False
                    continue
                exchange.idle = self._reads = False
                if len(data) < size:
                    self._drained = self._suspends
                    if not data:
                        if exchange.mid_message and exchange.drains is not None:
                            data = yield from self._receive_rest(size)
                        if not data:
                            if exchange.is_slow:
                                # It was ended because its peer took nothing.
                                raise exchange.took_nothing()  # noqa: TRY301 - a part of it would cost a call
                            self._next = "end"
                            if isinstance(self._socket, Connection):
                                self._socket.unread = False
                    elif most == LARGEST_RECEIVE:
                        self._most = USUAL_RECEIVE
                elif size == SMALL_RECEIVE and most == size:
                    # Whoever has sent more once will do so again.
                    self._most = USUAL_RECEIVE
                    data = self._receive_behind(data, asked)
                elif size >= _TURN_SIZE:
                    # So much work is a turn by itself. The next read waits for the others' turns, at little cost.
                    self._drained = self._suspends and not self._may_hold()
                    if self._suspends and not self._drained:
                        self._budget = 0
                    if size == most:
                        self._most = LARGEST_RECEIVE
                else:
                    self._budget -= 1
                    self._drained = self._budget <= 0 and self._suspends and not self._may_hold()
                exchange.mid_message = True
                break
        except BaseException:
            self._reads = False
            raise
        if line is None:
            return data
        if data.find(b"\n") + 1 == len(data) <= self._config.limit and data:
            # Mostly a client sends a line, and waits for the answer.
            self._budget -= 1
            return data
        self._data, self._start = data, 0
        return (yield from line().__await__())

    @types.coroutine
    def receive_or_call(  # noqa: C901, PLR0912 - it is ``_receive`` once more, with another wait
        self, start: Callable[[Callable[[], object]], object], until: float | None, *, waits_for_peer: bool
    ) -> Generator[ReadableOrCalled | Sleep | Parked, None, bytes | None]:
        """Receive what comes, b"" at the end of the stream; returns None after a call, and perhaps without one.

        For who waits for its peer and for others at once. Nothing may be buffered.

        start, until: see ``Parked``.
        waits_for_peer: whether the peer must send something within ``config.timeout``; if not, the peer waits for us.
        """
        if self._next is not None:
            return (yield from self._receive_next(self._next, USUAL_RECEIVE).__await__())
        if self._reads:
            raise read_already()
        exchange = self._exchange
        self._reads = True
        try:
            if not exchange.mid_message:
                exchange.idle = True
                if exchange.drains is not None:
                    exchange.end_if_idle()
            timeout = exchange.read_timeout if waits_for_peer else None
            silent = None if timeout is None else time.monotonic() + timeout
            deadline = until if silent is None or (until is not None and until < silent) else silent
            try:
                if isinstance(self._socket, Connection) and self._socket.holds:
                    yield Sleep(0.0)
                else:
                    yield ReadableOrCalled(self._fd, deadline, self._socket, start=start)
            except PeerTimedOut:
                if deadline != silent:
                    return None
                raise exchange.sent_nothing() from None
            self._budget = TURN
            try:
                data = self._receive_now()
            except BlockingIOError:
                paused = pause_of(self._socket, reads=True)
                if paused is not None:
                    yield from _wait_or_call(paused, start, until)
                return None
            exchange.idle = False
            if not data and waits_for_peer and exchange.mid_message and exchange.drains is not None:
                data = yield from self._receive_rest(USUAL_RECEIVE)
        finally:
            exchange.idle = self._reads = False
        if not data:
            if exchange.is_slow:
                raise exchange.took_nothing()
            self._next = "end"
            if isinstance(self._socket, Connection):
                self._socket.unread = False
        self._drained = self._suspends
        exchange.mid_message = True
        return data

    def _receive_behind(self, data: bytes, asked: int) -> bytes:
        """Return what was received with what may have come besides, because it may be more than was asked for."""
        lacks = min(asked, USUAL_RECEIVE) - len(data)
        if not lacks:
            return data
        try:
            more = self._source.recv(lacks)
        except OSError:
            # Nothing has; or the next receive says what has happened.
            return data
        self._drained = 0 < len(more) < lacks
        return data + more

    def _may_hold(self) -> bool:
        """Return whether a TLS layer may hold more, of which the kernel does not know."""
        connection = self._socket
        return connection.holds if isinstance(connection, Connection) else self._source is not connection

    def _receive_now(self) -> bytes:
        """Receive what has come; raises BlockingIOError if that is nothing."""
        if self._suspends:
            return self._source.recv(USUAL_RECEIVE)
        if self._source is not self._socket:
            # It blocks, and a call may be all that has come. A TLS layer waits for the rest of what it takes at once,
            # but its peer has sent some of that.
            if not wait_until_ready(self._fd, readable=True, timeout=0):
                raise BlockingIOError
            return self._source.recv(USUAL_RECEIVE)
        return self._socket.recv(USUAL_RECEIVE, DONT_WAIT)

    def _begins_to_suspend(self) -> bool:
        """Return whether the socket no longer blocks, as it did; if so, wait by suspending from now on.

        What runs the coroutine makes it non-blocking when the coroutine first asks for tasks or a timeout.
        """
        if self._socket.getblocking():
            return False
        self._suspends = True
        self._budget = TURN
        # Who waits for the descriptor must hear of its end from now on.
        announce_end(self._socket)
        if self._in_place is not None:
            # From now on no send waits.
            self._in_place = None
            self._exchange.may_send = not self._exchange.is_slow
        return True

    def send_gathered(self) -> None:
        """Send what was written and is gathered still."""
        raise NotImplementedError

    def _fail_next(self, error: OSError) -> None:
        """Have the next read raise an error, whatever has come meanwhile."""
        if self._next is None:
            self._data, self._start = b"", 0
            self._next = error

    async def _receive_next(self, following: RestOfLine | OSError | Literal["end"], size: int) -> bytes:
        """Receive at the end of the stream, or past the rest of a line that was too long."""
        if isinstance(following, OSError):
            self._next = None
            try:
                raise following
            finally:
                # As in ``_failed`` of stream.py.
                del following
        if following == "end":
            # A handler that takes no notice of the end reads again and again, and never waits.
            self._budget -= 1
            if self._budget <= 0:
                await self._rest()
            return b""
        exchange = self._exchange
        # What is discarded is no message: if the line was answered, the connection waits for the next one.
        mid_message = exchange.mid_message
        rest: bytes | None = None
        while rest is None:
            self._next = None
            try:
                data = await self._receive(LARGEST_RECEIVE)
            except BaseException:
                # The rest of the line is still to come.
                self._next = following
                raise
            if not data:
                return b""
            exchange.mid_message = mid_message
            rest = following.after(data)
        if not rest:
            return await self._receive(size)
        exchange.mid_message = True
        if len(rest) > size:
            # Only ``read`` asks for less than the largest receive, and it does so when nothing is buffered.
            self._data, self._start = rest, size
        return rest[:size]

    def _receive_rest(self, size: int) -> Generator[Sleep, None, bytes]:
        """Receive what follows half a message, if our own end of reading may hide that more has come."""
        for seconds in self._exchange.pauses_for_rest():
            yield Sleep(time.monotonic() + seconds)
            if data := self._source.recv(size):
                return data
        return self._source.recv(size)

    async def _rest(self) -> None:
        """Let others run, because this connection's turn is over."""
        self._budget = TURN
        await wait_for(Sleep(0.0))

    def _take(self, size: int) -> bytes:
        """Take so many bytes of what is buffered; costs one unit of this connection's turn."""
        self._budget -= 1
        self._exchange.mid_message = True
        start = self._start
        end = start + size
        data = self._data
        if end < len(data):
            self._start = end
        else:
            # A connection that waits keeps nothing of what was read.
            self._data, self._start = b"", 0
        return data[start:end]

    def _take_until(self, separator: bytes) -> bytes | None:
        """Take up to and including the separator; None if it is not there, or this connection's turn is over."""
        if self._budget <= 0:
            return None
        start = self._start
        end = self._data.find(separator, start, start + self._config.limit)
        return None if end < 0 else self._take(end + len(separator) - start)

    def read(self, n: int = -1) -> Coroutine[object, None, bytes]:
        """Read up to ``n`` bytes, as soon as there are any; b"" at the end of file. To be awaited.

        If n is -1, read everything up to the end of file. Raises ReadLimitExceeded if more than ``config.read_limit``
        bytes come before it: as many are gone then, and the next read begins behind them.
        Raises RecipeError for another number below 0, TypeError for what is no int.
        """
        # No coroutine between the handler and its wait: each would be resumed anew at each wait.
        if self._by_generators and not self._data and type(n) is int and n > 0:
            return self._receive(n)
        return self._read(n)

    async def _read(self, n: int) -> bytes:
        if type(n) is not int or n <= 0:
            n = size_of("read", n, -1)
            if n <= 0:
                if self._budget <= 0:
                    await self._rest()
                return await self._read_all() if n else self._take_nothing()
        if not self._data:
            return await self._receive(n)
        if self._budget <= 0:
            await self._rest()
        return self._take(n)

    def _take_nothing(self) -> bytes:
        # It begins no message: a connection of which nothing was read is idle.
        self._budget -= 1
        return b""

    async def _read_all(self) -> bytes:
        limit = self._config.read_limit
        # Nothing that was read begins a message: whoever reads to the end waits for its first byte like others.
        gathered = bytearray(self._take(self.buffered)) if self._data else bytearray()
        while True:
            # Before the first receive as well: an earlier one may have brought more than it was asked for.
            if len(gathered) > limit:
                self._data = bytes(gathered[limit:])
                raise read_limit_exceeded(limit)
            try:
                data = await self._receive(LARGEST_RECEIVE)
            except BaseException:
                self._data = bytes(gathered)
                raise
            if not data:
                return bytes(gathered)
            gathered += data

    async def readexactly(self, n: int) -> bytes:
        """Read exactly ``n`` bytes; raises IncompleteRead with what has come if the stream ends before.

        Raises RecipeError for a number below 0, TypeError for what is no int.
        """
        if type(n) is not int or n < 0:
            n = size_of("readexactly", n, 0)
        if self._budget <= 0:
            await self._rest()
        if not n:
            return self._take_nothing()
        while len(self._data) - self._start < n:
            if self._data:
                await self._gather(lambda gathered: len(gathered) >= n, n)
            else:
                # Mostly this brings all that is wanted, so nothing has to be gathered.
                self._data = await self._receive(LARGEST_RECEIVE)
                if not self._data:
                    raise IncompleteRead(b"", n)
        return self._take(n)

    async def readuntil(self, separator: bytes = b"\n") -> bytes:
        """Read up to and including the separator.

        Raises LineTooLong if more than ``config.limit`` bytes come without it: the next read begins behind the
        separator, and the rest of the line is discarded as it comes. Raises IncompleteRead if the stream ends before.
        Raises RecipeError for an empty separator, TypeError for what is no bytes.
        """
        if not separator or type(separator) is not bytes:
            separator = separator_of(separator)
        while (found := self._take_until(separator)) is None:
            if self._budget <= 0:
                await self._rest()
            elif not self._data:
                self._data = await self._receive(LARGEST_RECEIVE)
                if not self._data:
                    raise IncompleteRead(b"", None)
            elif self.buffered > self._config.limit:
                raise self._line_too_long(separator)
            else:
                await self._gather_until(separator)
        return found

    def _line_too_long(self, separator: bytes) -> LineTooLong:
        """Take what has come of a line that is too long, have the rest of it discarded, and make the error."""
        end = self._data.find(separator, self._start)
        if end >= 0:
            self._take(end + len(separator) - self._start)
        else:
            self._next = RestOfLine(separator, self._take(self.buffered))
        return line_too_long(self._config.limit, separator)

    async def _gather_until(self, separator: bytes) -> None:
        """Receive until what is buffered holds the separator, or is longer than the limit."""
        limit = self._config.limit
        searched = 0

        def complete(gathered: bytearray) -> bool:
            nonlocal searched
            # If it is not longer than the limit, it may still be the last line, which has no separator.
            if len(gathered) > limit or gathered.find(separator, searched, limit) >= 0:
                return True
            # A separator may lie across two receives; what comes before such a one is not searched again.
            searched = max(0, len(gathered) - len(separator) + 1)
            return False

        await self._gather(complete, None)

    async def _gather(
        self,
        complete: Callable[[bytearray], bool],
        wanted: int | None,
        most: Callable[[bytearray], int] | None = None,
    ) -> None:
        """Receive until what is buffered is complete; raises IncompleteRead, with all of it, if the stream ends.

        most: how many bytes the next receive may bring, given what there is; None: as many as come.
        """
        # To append to a bytearray costs next to nothing, however small the pieces are that the peer sends.
        gathered = bytearray(self._take(self.buffered))
        try:
            while not complete(gathered):
                if most is not None:
                    self._most = most(gathered)
                data = await self._receive(LARGEST_RECEIVE)
                if not data:
                    partial = bytes(gathered)
                    gathered.clear()
                    raise IncompleteRead(partial, wanted)
                gathered += data
        finally:
            self._data = bytes(gathered)

    def readline(self) -> Coroutine[object, None, bytes]:
        """Read a line with its newline; at the end of file what is left without one, then b"". To be awaited.

        Raises LineTooLong as ``readuntil`` does.
        """
        if self._by_generators and not self._data:
            return self._receive(LARGEST_RECEIVE, self._read_line)
        return self._read_line()

    async def _read_line(self) -> bytes:
        if self._data:
            line = self._take_until(b"\n")
            if line is not None:
                return line
        try:
            return await self.readuntil(b"\n")
        except IncompleteRead as end:
            return end.partial

    def __aiter__(self) -> Self:
        return self

    def __anext__(self) -> Coroutine[object, None, bytes]:
        if self._data:
            return self._next_line()
        exchange = self._exchange
        if exchange.mid_message:
            exchange.mid_message = False
        return self._receive(LARGEST_RECEIVE, self._next_line) if self._by_generators else self._next_line()

    async def _next_line(self) -> bytes:
        data = self._data
        if data and self._budget > 0:
            # As ``_take_until`` and ``_take`` do, without the calls: a pipelining client sends thousands of them.
            start = self._start
            # Without the limit, whose end would cost more to hand over than what is searched in vain.
            end = data.find(b"\n", start) + 1
            if end and end - start <= self._config.limit:
                self._budget -= 1
                self._exchange.mid_message = True
                if end < len(data):
                    self._start = end
                else:
                    self._data, self._start = b"", 0
                return data[start:end]
        line = await self._read_line()
        if not line:
            raise StopAsyncIteration
        return line

    @property
    def buffered(self) -> int:
        """How many bytes were received and not read yet; if it is not 0, a pipelining client waits for no reply yet."""
        return len(self._data) - self._start

    def at_eof(self) -> bool:
        """Whether the peer has ended its stream and all that it sent was read."""
        return self._next == "end" and not self._data


def _wait_or_call(
    paused: Pace, start: Callable[[Callable[[], object]], object], until: float | None
) -> Generator[Parked, None, None]:
    """Wait until more may be read, a call comes, or it is time; see ``Parked``."""
    with Pause(paused) as pause:

        def begin(wake: Callable[[], object]) -> None:
            pause.start(wake)
            start(wake)

        yield Parked(begin, pause.until if until is None else min(until, pause.until))


def read_already() -> LifecycleError:
    """Make the error of a second reader."""
    return LifecycleError(
        "another coroutine waits to read this stream, and what comes next is its own: read in one task, and hand on to "
        "others what it has read, by a Queue"
    )
