"""Stream: a connection as a handler's coroutine reads and writes it.

It knows one socket and the values of ``waits.py``. On a blocking socket it never suspends: the read waits in the
kernel. On a non-blocking socket it suspends until the socket is ready, and the driver of the coroutine waits. Method
names and meanings are those of asyncio's streams.
"""

import contextlib
import socket
import sys
import threading
import time
import types
from collections.abc import Callable, Generator
from typing import Final, Generic, Literal, Self

from typing_extensions import Buffer, TypeVar

from typedserver.config import DEFAULT_STREAM_CONFIG, StreamConfig, waits_of
from typedserver.coroutines.context import context_of
from typedserver.coroutines.waits import Readable, Sleep, wait_for
from typedserver.coroutines.write_turns import write_in_turn
from typedserver.errors import CompositionError, IncompleteRead, LineTooLong, PeerTimedOut
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.requests import Address
from typedserver.recipes import separator_of, size_of
from typedserver.sockets.accepted import Connection, end_both_ways
from typedserver.sockets.announced import announce_end
from typedserver.sockets.connection import disable_nagle
from typedserver.sockets.exchange import Exchange
from typedserver.sockets.limited import must_wait_on, send_rest
from typedserver.sockets.limits import LimitedSocket, limit_waits
from typedserver.sockets.lines import RestOfLine, line_too_long, read_limit_exceeded
from typedserver.sockets.outbox import Outbox, Turn
from typedserver.sockets.silence import is_silence
from typedserver.sockets.sinks import Sink, sink_of
from typedserver.sockets.waiting import DONT_WAIT

_StreamAddress_co = TypeVar("_StreamAddress_co", covariant=True, default=Address)
_StreamServer_co = TypeVar("_StreamServer_co", bound=ServerContext, covariant=True, default=ServerContext)

# How many reads from the buffer and completed writes make up a connection's turn, if connections share a thread: a
# client that sends without pause would otherwise never let the others run. As many take some tenths of a millisecond.
_TURN: Final = 64

# A read that brings as many bytes is a turn by itself.
_TURN_SIZE: Final = 4096

# The most bytes of one receive. glibc makes a buffer of 128 KiB by mmap(2) (mallopt(3), M_MMAP_THRESHOLD), which costs
# ten microseconds however little comes. Only bulk transfer, whose receives come back full, gains by more.
_USUAL_RECEIVE: Final = 64 * 1024
LARGEST_RECEIVE: Final = 256 * 1024


def _unchanging(data: Buffer) -> memoryview:
    """Return a view of bytes that nobody changes while they are kept."""
    return memoryview(data if type(data) is bytes else bytes(memoryview(data)))


class Stream(Generic[_StreamAddress_co, _StreamServer_co]):
    """One connection, buffered for reading.

    Iterating yields lines, each with its newline; the last one may lack it. The server closes the socket when the
    handler is over.

    One coroutine reads the stream, mostly its handler's. Any handler of the same process may write to it (a chat, a
    gateway): each write goes out whole, in the order in which the writes began, under every strategy.

    ``write`` waits until the kernel has taken all. ``try_write`` and ``broadcast`` never wait: what the kernel does not
    take at once is kept in the connection's outbox, up to ``config.outbox`` bytes, and sent whatever its handler does.
    They may be called from any thread. ``write`` needs what runs handlers: in a thread of your own call
    ``drive(stream.write(data))``. In an event loop that no server of this library runs in, it raises ForeignAwaitable
    if it must wait, and half a message may be left.

    If the peer takes nothing for as long as a write may wait, its own connection is ended, by whomever the data was
    written. Whoever writes to it gets SlowPeer, which names it, and may catch that and go on. Its own handler gets it
    from the next read that finds no more data, or the next write, and ends as given up. If a write is cancelled when a
    part of it was sent, half a message is left: any later write raises BrokenPipeError, as does a write to a connection
    whose handler is over, whose socket was closed, or which was ended by ``write_eof`` or ``close``.

    A read that finds the peer silent for ``config.timeout`` seconds raises PeerTimedOut (a TimeoutError), as a write
    raises SlowPeer, which is one. If the peer has gone, both raise ConnectionError, or another OSError if the path to
    it is lost (tcp(7), ETIMEDOUT).

    A handler may catch what a read raises and read on. After PeerTimedOut and a cancellation what has come is still
    there; after LineTooLong the next read begins at the next line; after ReadLimitExceeded it begins behind what was
    too much.

    When the server drains, a stream that waits between two messages ends, as if the peer had ended it: that is one from
    which nothing was read since it was last written to, or nothing at all. For a loop over lines each line is a
    message. If the client alone speaks, tell after each of its messages that it is over: ``message_done``. A stream in
    the middle of a message goes on.
    """

    __slots__ = (
        "_budget",
        "_client_address",
        "_config",
        "_data",
        "_drained",
        "_exchange",
        "_fd",
        "_flags",
        "_holds_back",
        "_in_place",
        "_most",
        "_next",
        "_outbox",
        "_reads",
        "_server",
        "_sink",
        "_socket",
        "_source",
        "_start",
        "_suspends",
        "_wait",
    )

    def __init__(
        self,
        request: socket.socket,
        client_address: _StreamAddress_co,
        server: _StreamServer_co,
        config: StreamConfig = DEFAULT_STREAM_CONFIG,
    ) -> None:
        self._socket = request
        self._fd = request.fileno()
        self._client_address = client_address
        self._server = server
        self._config = config
        context = context_of(server)
        read_timeout, write_timeout = waits_of(config, context)
        by_server = config.timeout == "server"
        exchange = Exchange(request, client_address, context, read_timeout, write_timeout, by_server)
        self._exchange = exchange
        # What was received and not read yet begins at ``_start``: to read a line moves only that.
        self._data = b""
        self._start = 0
        # What comes next, if it is anything but what the kernel has: the rest of a line that was too long, or the end.
        self._next: RestOfLine | Literal["end"] | None = None
        self._most = _USUAL_RECEIVE
        # Whether a coroutine waits in a read.
        self._reads = False
        # Whether the last receive emptied the kernel's buffer. If so, another receive would only raise
        # BlockingIOError, which costs more than to wait first. A new connection is tried at once, because its request
        # has often come with it.
        self._drained = False
        self._wait: Readable | None = None
        # What is read from and written to: the connection itself, or what keeps the limits of its waits.
        self._source: LimitedSocket = request
        self._sink: Sink = request
        self._flags = 0
        # Held during a send, if that may wait although others of the thread must not: on a TLS layer over a blocking
        # socket.
        self._in_place: threading.Lock | None = None
        if request.getblocking():
            self._suspends = False
            # A handler shares its thread with no other.
            self._budget = sys.maxsize
            self._source = limit_waits(request, read_timeout, write_timeout)
            sink = sink_of(request, self._source)
            if sink is not None:
                self._sink, self._flags = sink, DONT_WAIT
            else:
                self._sink = self._source
                self._in_place = threading.Lock()
                exchange.may_send = False
        else:
            self._suspends = True
            self._budget = _TURN
        if isinstance(request, Connection):
            request.unread = self
        # What waits to be sent. The usual write makes none, and checks only this.
        self._outbox: Outbox | None = None
        # Before how many further writes the kernel may still hold back a small one.
        self._holds_back = 2
        if config.disable_nagle_algorithm:
            disable_nagle(request)
            self._holds_back = 0
        if config.ends_idle:
            context.call_when_draining(request, exchange.end_if_idle)

    def __repr__(self) -> str:
        return f"<Stream fd={self._fd} client_address={self._client_address!r}{' eof' if self._next == 'end' else ''}>"

    @property
    def client_address(self) -> _StreamAddress_co:
        """The peer's address."""
        return self._client_address

    @property
    def server(self) -> _StreamServer_co:
        """The server that accepted the connection."""
        return self._server

    @property
    def draining(self) -> bool:
        """Whether the server wants its handlers to end."""
        return context_of(self._server).draining

    @property
    def socket(self) -> socket.socket:
        """The connection itself, for options and credentials; reads from it bypass the stream's buffer.

        If it is closed or detached, its stream ends: a read of it raises OSError, a write BrokenPipeError.
        """
        if self._suspends:
            announce_end(self._socket)
        return self._socket

    @types.coroutine
    def _receive(self, size: int) -> Generator[Readable | Sleep, None, bytes]:  # noqa: C901, PLR0912, PLR0915 - a part of it would cost a call
        # A generator rather than a coroutine: it saves a tenth of a microsecond for each read.
        if self._next is not None:
            return (yield from self._receive_next(self._next, size).__await__())
        exchange = self._exchange
        most = self._most
        if size > most:  # noqa: PLR1730 - min() would cost a call
            size = most
        self._reads = True
        while True:
            if not exchange.mid_message:
                exchange.idle = True
                if exchange.drains is not None:
                    exchange.end_if_idle()
            if self._drained:
                # One object for all waits of a connection: its driver has read it before it is changed.
                wait = self._wait
                if wait is None:
                    wait = self._wait = Readable(self._fd, None, self._socket)
                timeout = exchange.read_timeout
                if timeout is not None:
                    wait.deadline = time.monotonic() + timeout
                try:
                    yield wait
                except PeerTimedOut:
                    # The driver knows neither the peer nor the limit.
                    raise exchange.sent_nothing() from None
                self._budget = _TURN
            try:
                data = self._source.recv(size)
            except (BlockingIOError, TimeoutError) as error:
                if not is_silence(error) or not (self._suspends or self._begins_to_suspend()):
                    if must_wait_on(self._socket):
                        continue
                    raise exchange.read_error(error) from None
                self._drained = True
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
                            raise exchange.took_nothing()
                        self._next = "end"
                        if isinstance(self._socket, Connection):
                            self._socket.note_end()
                elif most != _USUAL_RECEIVE:
                    self._most = _USUAL_RECEIVE
            elif size >= _TURN_SIZE:
                # So much work is a turn by itself. The next read waits for the others' turns, which costs it little.
                self._drained = self._suspends and self._source is self._socket
                if size == most:
                    self._most = LARGEST_RECEIVE
            else:
                self._budget -= 1
                # A TLS layer may hold more, of which the kernel does not know.
                self._drained = self._budget <= 0 and self._suspends and self._source is self._socket
            exchange.mid_message = True
            return data

    def _begins_to_suspend(self) -> bool:
        """Return whether the socket no longer blocks, as it did; if so, wait by suspending from now on.

        What runs the coroutine makes it non-blocking when the coroutine first asks for tasks or a timeout.
        """
        if self._socket.getblocking():
            return False
        self._suspends = True
        self._budget = _TURN
        # Who waits for the descriptor must hear of its end from now on.
        announce_end(self._socket)
        if self._in_place is not None:
            # From now on no send waits.
            self._in_place = None
            self._exchange.may_send = not self._exchange.is_slow
        return True

    async def _receive_next(self, following: RestOfLine | Literal["end"], size: int) -> bytes:
        """Receive at the end of the stream, or past the rest of a line that was too long."""
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
        self._budget = _TURN
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

    async def read(self, n: int = -1) -> bytes:
        """Read up to ``n`` bytes, as soon as there are any; b"" at the end of file.

        If n is -1, read everything up to the end of file. Raises ReadLimitExceeded if more than ``config.read_limit``
        bytes come before it: as many are gone then, and the next read begins behind them.
        Raises RecipeError for another number below 0, TypeError for what is no int.
        """
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

    async def _gather(self, complete: Callable[[bytearray], bool], wanted: int | None) -> None:
        """Receive until what is buffered is complete; raises IncompleteRead, with all of it, if the stream ends."""
        # To append to a bytearray costs next to nothing, however small the pieces are that the peer sends.
        gathered = bytearray(self._take(self.buffered))
        try:
            while not complete(gathered):
                data = await self._receive(LARGEST_RECEIVE)
                if not data:
                    partial = bytes(gathered)
                    gathered.clear()
                    raise IncompleteRead(partial, wanted)
                gathered += data
        finally:
            self._data = bytes(gathered)

    async def readline(self) -> bytes:
        """Read a line with its newline; at the end of file what is left without one, then b"".

        Raises LineTooLong as ``readuntil`` does.
        """
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

    async def __anext__(self) -> bytes:
        line = self._take_until(b"\n") if self._data else None
        if line is None:
            exchange = self._exchange
            if exchange.mid_message and not self._data:
                exchange.mid_message = False
            line = await self.readline()
        if not line:
            raise StopAsyncIteration
        return line

    async def write(self, data: Buffer) -> None:
        """Send all of ``data``; returns when the kernel has taken it, so there is nothing to drain.

        Any handler of the process may call it, at any time. Raises SlowPeer, BrokenPipeError, ConnectionError or
        OSError as the class says.
        """
        exchange = self._exchange
        if exchange.may_send:
            exchange.may_send = False
            try:
                if self._holds_back:
                    self._note_write()
                try:
                    sent = self._sink.send(data, self._flags) if self._flags else self._sink.send(data)
                except BlockingIOError:
                    sent = 0
                # Mostly the kernel takes all at once. ``send`` counts bytes; a buffer may have larger items.
                size = len(data) if type(data) is bytes else memoryview(data).nbytes
            except BaseException as error:
                exchange.may_send = True
                if isinstance(error, OSError):
                    raise exchange.write_error(error) from None
                raise
            if sent == size:
                exchange.may_send = True
            else:
                self._made_outbox().begin()
                await self._write_rest(None, data, sent)
        else:
            size = memoryview(data).nbytes
            await self._write_behind(data)
        # Not set before the first read: a greeting answers nothing. Nor does a write of nothing, such as a compressor's
        # that keeps what it was given.
        if exchange.mid_message and size:
            exchange.mid_message = False
        self._budget -= 1
        if self._budget <= 0:
            await self._rest()

    async def _write_behind(self, data: Buffer) -> None:
        """Send all of ``data`` behind what others send."""
        while True:
            if self._in_place is not None and not self._begins_to_suspend():
                self._write_in_place(self._in_place, data)
                return
            outbox = self._outbox
            turn = None if outbox is None else outbox.join()
            if turn is not None:
                await self._write_rest(turn, data, 0)
                return
            if self._exchange.may_send:
                await self.write(data)
                return
            # Another thread sends something just now, which does not wait.
            time.sleep(0)  # noqa: ASYNC251 - it only lets that thread run

    async def _write_rest(self, turn: Turn | None, data: Buffer, sent: int) -> None:
        looks = not self._suspends and not self._begins_to_suspend()
        try:
            await write_in_turn(self._made_outbox(), turn, memoryview(data).cast("B"), sent, looks=looks)
        finally:
            if self._suspends:
                # Others have run while it waited.
                self._budget = _TURN

    def _write_in_place(self, lock: threading.Lock, data: Buffer) -> None:
        """Write to a socket that cannot but wait by itself, as a TLS layer's does."""
        exchange = self._exchange
        with lock:
            try:
                send_rest(self._sink.send, data, 0)
            except OSError as error:
                if is_silence(error):
                    # A part may be on its way.
                    exchange.is_slow = True
                    end_both_ways(self._socket)
                raise exchange.write_error(error) from None

    def _made_outbox(self) -> Outbox:
        outbox = self._outbox
        if outbox is None:
            outbox = self._outbox = Outbox(self._exchange, self._sink, self._flags, self._config.outbox)
        return outbox

    def try_write(self, data: Buffer) -> bool:
        """Have all of ``data`` sent without waiting; from any thread, also from one that runs no handler.

        What the kernel does not take at once waits in the connection's outbox, which is emptied whatever the handler
        does; writes go behind that. Returns False if ``data`` does not fit: then nothing of it is sent or kept. Data of
        more than ``StreamConfig(outbox=)`` bytes never fits: await ``write`` for that. When the handler is over, what
        the outbox keeps is still sent before the connection is closed, if the peer takes it by the write deadline.

        Raises SlowPeer, BrokenPipeError, ConnectionError or OSError as the class says, CompositionError if a send on
        this kind of socket may wait, as on a TLS layer's.
        """
        exchange = self._exchange
        size = len(data) if type(data) is bytes else memoryview(data).nbytes
        if not self._flags and self._source is not self._socket:
            # Nor may two threads use a TLS layer at once, as its reader and the one that empties the outbox would.
            raise CompositionError(
                f"try_write and broadcast cannot send to {self._client_address!r}, because a send on a "
                f"{type(self._socket).__name__} may wait: await Stream.write"
            )
        if size > self._config.outbox:
            return False
        while True:
            if exchange.may_send:
                exchange.may_send = False
                self._send_or_keep(data, size)
                break
            outbox = self._outbox
            kept = None if outbox is None else outbox.keep(_unchanging(data))
            if kept:
                break
            if kept is False:
                return False
            # Another thread sends something just now, which does not wait.
            time.sleep(0)
        if exchange.mid_message and size:
            exchange.mid_message = False
        return True

    def _send_or_keep(self, data: Buffer, size: int) -> None:
        """Send what the kernel takes now, and keep the rest; nobody else sends."""
        exchange = self._exchange
        try:
            if self._holds_back:
                self._note_write()
            try:
                sent = self._sink.send(data, self._flags) if self._flags else self._sink.send(data)
            except BlockingIOError:
                sent = 0
        except BaseException as error:
            exchange.may_send = True
            if isinstance(error, OSError):
                raise exchange.write_error(error) from None
            raise
        if sent == size:
            exchange.may_send = True
        else:
            self._made_outbox().keep_rest(_unchanging(data)[sent:])

    def message_done(self) -> None:
        """Note that what was read was a whole message, which needs no answer: the connection is between two messages.

        For protocols in which only the client speaks (syslog, telemetry, publishers). A drain ends the connection at
        once then, instead of waiting for an answer until its deadline; if the server drains already, the next read
        finds the end of the stream. What has been received of the next message is read all the same.
        """
        if self._exchange.mid_message:
            self._exchange.mid_message = False

    def _note_write(self) -> None:
        """Have the kernel send small writes at once, from the second one on.

        Otherwise it holds them back until the first is acknowledged: 40 ms, because a peer that has nothing to send
        acknowledges late (RFC 1122, 4.2.3.2 and 4.2.3.4).
        """
        self._holds_back -= 1
        if not self._holds_back:
            with contextlib.suppress(OSError):
                disable_nagle(self._socket)

    def write_eof(self) -> None:
        """Signal the peer that no more will be sent, behind what the outbox keeps; reading goes on."""
        if not self._ends_behind_data():
            # ENOTCONN if the peer has reset the connection: the next read says so.
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)

    def _ends_behind_data(self) -> bool:
        """Have the stream end when the outbox is empty; returns False if it is."""
        return self._outbox is not None and self._outbox.end_behind_data()

    @property
    def buffered(self) -> int:
        """How many bytes were received and not read yet; if it is not 0, a pipelining client waits for no reply yet."""
        return len(self._data) - self._start

    def at_eof(self) -> bool:
        """Whether the peer has ended its stream and all that it sent was read."""
        return self._next == "end" and not self._data

    def close(self) -> None:
        """End the connection both ways; the server closes the descriptor when the handler is over.

        What the outbox keeps is sent before.
        """
        connection = self._socket
        if self.buffered and isinstance(connection, Connection) and connection.unread is not False:
            connection.unread = True
        self._data, self._start = b"", 0
        self._next = "end"
        # A reader that waits is another coroutine's, and must be woken. If there is none, our reading stays open:
        # otherwise the kernel would reset the connection when more comes, and destroy what was written last.
        ends_later = self._ends_behind_data()
        if self._reads:
            how = socket.SHUT_RD if ends_later else socket.SHUT_RDWR
        elif ends_later:
            return
        else:
            how = socket.SHUT_WR
        with contextlib.suppress(OSError):
            self._socket.shutdown(how)
