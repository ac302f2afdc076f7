"""Stream: a connection as a handler's coroutine reads and writes it.

It knows one socket and the values of ``waits.py``. On a blocking socket it never suspends: the read waits in the
kernel. On a non-blocking one it suspends until the socket is ready, and whoever drives the coroutine waits. Method
names and meanings are those of asyncio's streams.
"""

import contextlib
import socket
import sys
import time
import types
from collections.abc import Callable, Generator
from typing import Final, Generic, Self, cast

from typing_extensions import Buffer, TypeVar

from typedserver.config import DEFAULT_STREAM_CONFIG, StreamConfig, time_to_begin, waits_of
from typedserver.drive import deadline_passed
from typedserver.errors import IncompleteRead, LineTooLong, ReadLimitExceeded
from typedserver.protocols import Address, ServerContext
from typedserver.sockets import (
    REST_INTERVAL,
    disable_nagle,
    end_reading,
    is_silence,
    limit_waits,
    may_still_send,
)
from typedserver.waits import Readable, Sleep, Writable, wait_for

_StreamAddress_co = TypeVar("_StreamAddress_co", covariant=True, default=Address)
_StreamServer_co = TypeVar("_StreamServer_co", covariant=True, default=ServerContext)

# Pieces read from the buffer and writes taken by the kernel that a connection may have before the others' turn, where
# they share a thread: a client that sends without pause would otherwise never let go. Tenths of a millisecond.
_TURN: Final = 64

# A read that brings as many bytes is a turn by itself.
_TURN_SIZE: Final = 4096

# One receive takes at most so much. glibc makes a buffer of 128 KiB by mmap(2) (mallopt(3), M_MMAP_THRESHOLD), which
# costs ten microseconds however little comes: only while receives come back full, bulk transfer gains by more.
_USUAL_RECEIVE: Final = 64 * 1024
LARGEST_RECEIVE: Final = 256 * 1024


class Stream(Generic[_StreamAddress_co, _StreamServer_co]):
    """One connection, buffered for reading.

    Iterating yields lines, each with its newline (the last one maybe without). The server closes the socket when the
    handler is over. Belongs to the handler's coroutine: two may not read it at once.

    A read or write that finds the peer silent for ``config.timeout`` seconds raises PeerTimedOut (a TimeoutError); one
    that finds it gone raises ConnectionError, or another OSError where the path to it is lost (tcp(7), ETIMEDOUT).

    When the server drains, a stream that waits between two messages ends, as if the peer had ended it: one of which
    nothing was read since it was last written to, or at all. For a loop over lines each line is a message. What is in
    the middle of one goes on.
    """

    __slots__ = (
        "_budget",
        "_client_address",
        "_config",
        "_data",
        "_drained",
        "_drains",
        "_eof",
        "_fd",
        "_idle",
        "_mid_message",
        "_most",
        "_read_timeout",
        "_rest_until",
        "_server",
        "_socket",
        "_start",
        "_suspends",
        "_wait",
        "_write_timeout",
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
        self._read_timeout, self._write_timeout = waits_of(config, server)
        # What was received and not read yet begins at ``start``: to read a line moves that, and nothing else.
        self._data = b""
        self._start = 0
        self._eof = False
        self._most = _USUAL_RECEIVE
        # Whether the last receive emptied the kernel's buffer: then the next would only raise BlockingIOError, which
        # costs more than a wait that is needed anyway. A new connection is tried at once, for often its request came
        # with it.
        self._drained = False
        self._wait: Readable | None = None
        # On a blocking socket it never suspends: there is no other to have its turn.
        self._suspends = not request.getblocking()
        self._budget = _TURN if self._suspends else sys.maxsize
        if not self._suspends:
            limit_waits(request, self._read_timeout, self._write_timeout)
        if config.disable_nagle_algorithm:
            disable_nagle(request)
        # Whether something of a message was read that was not answered yet, None before the first one; whether it waits
        # for the next message; and since when it is to wait for none any more.
        self._mid_message: bool | None = None
        self._idle = False
        self._drains: float | None = None
        self._rest_until: float | None = None
        if config.ends_idle:
            # A server of another kind never drains.
            tell: Callable[[object, Callable[[], object]], object] | None = getattr(server, "call_when_draining", None)
            if tell is not None:
                tell(request, self._end_if_idle)

    def __repr__(self) -> str:
        return f"<Stream fd={self._fd} client_address={self._client_address!r}{' eof' if self._eof else ''}>"

    @property
    def client_address(self) -> _StreamAddress_co:
        """Who sent the request."""
        return self._client_address

    @property
    def server(self) -> _StreamServer_co:
        """The server that accepted it."""
        return self._server

    @property
    def draining(self) -> bool:
        """Whether the server wants its handlers to end."""
        # Whatever a handler asks of its server, the server is at least a ServerContext: Server.__init__ demands it.
        return cast("ServerContext", self._server).draining

    @property
    def socket(self) -> socket.socket:
        """The connection itself, for options and credentials; reading from it passes the buffer by."""
        return self._socket

    def _end_if_idle(self) -> None:
        """End it where it waits between two messages, now or next; from any thread."""
        # First this, then the question: the reader says first that it is idle, and asks for this then.
        if self._drains is None:
            self._drains = time.monotonic()
        # Who has connected in order to ask is not idle yet: what it asks is on its way, maybe.
        fresh = self._mid_message is None
        if self._idle and not (fresh and time.monotonic() < self._drains + time_to_begin(self._server)):
            end_reading(self._socket)

    @types.coroutine
    def _receive(self, size: int) -> Generator[Readable | Sleep, None, bytes]:  # noqa: C901, PLR0912 - a part of it would cost a call
        # A generator rather than a coroutine: it saves a tenth of a microsecond for each read.
        if self._eof:
            return b""
        most = self._most
        size = min(size, most)
        while True:
            if not self._mid_message:
                self._idle = True
                if self._drains is not None:
                    self._end_if_idle()
            if self._drained:
                # One object for all waits of a connection: its driver has read it when it is written anew.
                wait = self._wait
                if wait is None:
                    wait = self._wait = Readable(self._fd)
                if self._read_timeout is not None:
                    wait.deadline = time.monotonic() + self._read_timeout
                yield wait
                self._budget = _TURN
            try:
                data = self._socket.recv(size)
            except (BlockingIOError, TimeoutError) as error:
                self._check_silence(error)
                self._drained = True
                continue
            self._idle = False
            if len(data) < size:
                self._drained = self._suspends
                if not data:
                    if self._mid_message and self._drains is not None and may_still_send(self._socket):
                        yield from self._wait_for_the_rest()
                        continue
                    self._eof = True
                elif most != _USUAL_RECEIVE:
                    self._most = _USUAL_RECEIVE
            elif size >= _TURN_SIZE:
                # To work through so much was a turn: what comes next waits for the others', which costs it little.
                self._drained = self._suspends
                if size == most:
                    self._most = LARGEST_RECEIVE
            else:
                self._budget -= 1
                self._drained = self._suspends and self._budget <= 0
            self._mid_message = True
            return data

    def _wait_for_the_rest(self) -> Generator[Sleep, None, None]:
        """Wait a little for what follows half a message, where our own end of reading hides whether more has come."""
        # The kernel tells of no more that comes, for to it this end is read already: it is asked again and again, for
        # as long as a read may wait. It takes a drain between two packets of one message to come here.
        if self._rest_until is None and self._read_timeout is not None:
            self._rest_until = time.monotonic() + self._read_timeout
        if self._rest_until is not None and time.monotonic() > self._rest_until:
            raise deadline_passed()
        self._drained = False
        yield Sleep(time.monotonic() + REST_INTERVAL)

    def _check_silence(self, error: OSError) -> None:
        """Raise what a read that brought nothing means, unless it is to wait and be tried again."""
        if not is_silence(error):
            raise error
        if not self._suspends:
            raise deadline_passed() from None

    async def _rest(self) -> None:
        """Let others run, after as many pieces of work as were this connection's turn."""
        self._budget = _TURN
        await wait_for(Sleep(0.0))

    def _take(self, size: int) -> bytes:
        """Take so much of what is buffered, which is one piece of this connection's turn."""
        self._budget -= 1
        self._mid_message = True
        start = self._start
        end = start + size
        data = self._data
        if end < len(data):
            self._start = end
        else:
            # Nothing that was read is kept by a connection that waits.
            self._data, self._start = b"", 0
        return data[start:end]

    def _take_until(self, separator: bytes) -> bytes | None:
        """Take up to and with the separator; None where it is not there, or this connection's turn is over."""
        if self._budget <= 0:
            return None
        start = self._start
        end = self._data.find(separator, start, start + self._config.limit)
        return None if end < 0 else self._take(end + len(separator) - start)

    async def read(self, n: int = -1) -> bytes:
        """Read up to ``n`` bytes, as soon as there are any; b"" at the end of file.

        With n = -1 everything up to the end of file; raises ReadLimitExceeded past ``config.read_limit``.
        """
        if n > 0 and not self._data:
            return await self._receive(n)
        if n < 0:
            return await self._read_all()
        if self._budget <= 0:
            await self._rest()
        return self._take(n)

    async def _read_all(self) -> bytes:
        gathered = bytearray(self._take(self.buffered))
        while True:
            # Before the first receive as well: an earlier one may have brought more than it was asked for.
            if len(gathered) > self._config.read_limit:
                self._data = bytes(gathered)
                raise ReadLimitExceeded(
                    f"more than {self._config.read_limit} bytes came before the end of file: "
                    "read in pieces, or raise StreamConfig(read_limit=)"
                )
            try:
                data = await self._receive(LARGEST_RECEIVE)
            except BaseException:
                self._data = bytes(gathered)
                raise
            if not data:
                return bytes(gathered)
            gathered += data

    async def readexactly(self, n: int) -> bytes:
        """Read ``n`` bytes, not less; raises IncompleteRead with what came if the stream ends before."""
        if n < 0:
            raise ValueError(f"readexactly({n}) can not read less than nothing")
        if self._budget <= 0:
            await self._rest()
        while len(self._data) - self._start < n:
            if self._data:
                await self._gather(lambda gathered: len(gathered) >= n, n)
            else:
                # Mostly this brings what is asked for, which is taken from there as it came.
                self._data = await self._receive(LARGEST_RECEIVE)
                if not self._data:
                    raise IncompleteRead(b"", n)
        return self._take(n)

    async def readuntil(self, separator: bytes = b"\n") -> bytes:
        """Read up to and with the separator.

        Raises LineTooLong when more than ``config.limit`` bytes come without it, IncompleteRead when the stream ends
        before it.
        """
        if not separator:
            raise ValueError("readuntil needs a separator of at least one byte")
        while (found := self._take_until(separator)) is None:
            if self._budget <= 0:
                await self._rest()
            elif self._data:
                await self._gather_until(separator)
            else:
                self._data = await self._receive(LARGEST_RECEIVE)
                if not self._data:
                    raise IncompleteRead(b"", None)
        return found

    async def _gather_until(self, separator: bytes) -> None:
        limit = self._config.limit
        searched = 0

        def complete(gathered: bytearray) -> bool:
            nonlocal searched
            if gathered.find(separator, searched, limit) >= 0:
                return True
            # Up to the limit itself it may still be the last line, which has no separator.
            if len(gathered) > limit:
                raise LineTooLong(
                    f"more than {limit} bytes came without {separator!r}: raise StreamConfig(limit=) if that is right"
                )
            # A separator may lie across two receives; what was searched before that is not searched again.
            searched = max(0, len(gathered) - len(separator) + 1)
            return False

        await self._gather(complete, None)

    async def _gather(self, complete: Callable[[bytearray], bool], wanted: int | None) -> None:
        """Receive until what is buffered is complete; raises IncompleteRead, with all there is, if the stream ends."""
        # Appended to for next to nothing, however small the pieces are in which a peer sends.
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
        """Read a line with its newline; what is left without one at the end of file, then b"".

        Raises LineTooLong as ``readuntil`` does.
        """
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
        line = self._take_until(b"\n")
        if line is None:
            if self._mid_message and not self._data:
                self._mid_message = False
            line = await self.readline()
        if not line:
            raise StopAsyncIteration
        return line

    async def write(self, data: Buffer) -> None:
        """Send all of ``data``; returns when the kernel has taken it, so there is nothing to drain."""
        if not self._suspends:
            try:
                self._socket.sendall(data)
            except (BlockingIOError, TimeoutError) as error:
                raise (deadline_passed() if is_silence(error) else error) from None
            if self._mid_message:
                self._mid_message = False
            return
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        # Mostly the kernel takes all at once. A buffer of other items than bytes is counted in bytes, as send does.
        if sent != (len(data) if type(data) is bytes else memoryview(data).nbytes):
            await self._write_rest(memoryview(data).cast("B")[sent:])
        # A greeting answers nothing.
        if self._mid_message:
            self._mid_message = False
        self._budget -= 1
        if self._budget <= 0:
            await self._rest()

    async def _write_rest(self, view: memoryview) -> None:
        while view:
            timeout = self._write_timeout
            await wait_for(Writable(self._fd, None if timeout is None else time.monotonic() + timeout))
            self._budget = _TURN
            with contextlib.suppress(BlockingIOError):
                view = view[self._socket.send(view) :]

    def write_eof(self) -> None:
        """Tell the peer that no more will be sent; reading goes on."""
        # ENOTCONN where the peer has reset it: the next read says so.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    @property
    def buffered(self) -> int:
        """How many bytes were received and not read yet: above 0, a pipelining client waits for no reply yet."""
        return len(self._data) - self._start

    def at_eof(self) -> bool:
        """Whether the peer has ended its stream and all it sent was read."""
        return self._eof and not self._data

    def close(self) -> None:
        """End the connection both ways; the server closes the descriptor when the handler is over."""
        self._data, self._start = b"", 0
        self._eof = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
