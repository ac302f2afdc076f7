"""Stream: a connection as a handler's coroutine reads and writes it.

It knows one socket and the values of ``waits.py``. On a blocking socket it never suspends: the read waits in the
kernel. On a non-blocking one it suspends until the socket is ready, and whoever drives the coroutine waits. Method
names and meanings are those of asyncio's streams.
"""

import contextlib
import errno
import socket
import sys
import threading
import time
import types
from collections import deque
from collections.abc import Callable, Generator
from typing import Final, Generic, Self

from typing_extensions import Buffer, TypeVar

from typedserver.config import DEFAULT_STREAM_CONFIG, StreamConfig, time_to_begin, waits_of
from typedserver.coroutines.context import context_of
from typedserver.coroutines.waits import Parked, Readable, Sleep, Writable, wait_for
from typedserver.errors import IncompleteRead, LineTooLong, PeerTimedOut, ReadLimitExceeded
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.requests import Address
from typedserver.sockets.connection import REST_INTERVAL, disable_nagle, end_reading, limit_waits, may_still_send
from typedserver.sockets.silence import is_silence, sent_nothing, took_nothing

_StreamAddress_co = TypeVar("_StreamAddress_co", covariant=True, default=Address)
_StreamServer_co = TypeVar("_StreamServer_co", bound=ServerContext, covariant=True, default=ServerContext)

# Pieces read from the buffer and writes taken by the kernel that a connection may have before the others' turn, where
# they share a thread: a client that sends without pause would otherwise never let go. Tenths of a millisecond.
_TURN: Final = 64

# A read that brings as many bytes is a turn by itself.
_TURN_SIZE: Final = 4096

# One receive takes at most so much. glibc makes a buffer of 128 KiB by mmap(2) (mallopt(3), M_MMAP_THRESHOLD), which
# costs ten microseconds however little comes: only while receives come back full, bulk transfer gains by more.
_USUAL_RECEIVE: Final = 64 * 1024
LARGEST_RECEIVE: Final = 256 * 1024


class _Turn:
    """A write that waits until those before it are over."""

    __slots__ = ("_wake", "has_come", "in_vain")

    def __init__(self) -> None:
        self._wake: Callable[[], object] | None = None
        self.has_come = False
        # The peer took nothing of what was before it, for as long as it had.
        self.in_vain = False

    def start(self, wake: Callable[[], object]) -> None:
        """Keep how its coroutine is woken; what ``Parked`` calls."""
        self._wake = wake

    def come(self, *, in_vain: bool = False) -> None:
        """Have its coroutine go on."""
        self.has_come = True
        self.in_vain = in_vain
        if self._wake is not None:
            # A loop that was closed has nobody to wake.
            with contextlib.suppress(RuntimeError):
                self._wake()


class Stream(Generic[_StreamAddress_co, _StreamServer_co]):
    """One connection, buffered for reading.

    Iterating yields lines, each with its newline (the last one maybe without). The server closes the socket when the
    handler is over.

    One coroutine reads it: its handler's, mostly. Any handler of the same server may write to it, in the same process
    (a chat, a gateway): each write goes out whole, one after the other in the order in which they began, under every
    strategy. One whose peer is so slow that it takes nothing ends those that wait behind it, too. One that is broken
    off when part of it was sent, by its deadline or a cancellation, leaves half a message behind: any later write
    raises BrokenPipeError, as does one to a connection whose handler is over.

    A read or write that finds the peer silent for ``config.timeout`` seconds raises PeerTimedOut (a TimeoutError); one
    that finds it gone raises ConnectionError, or another OSError where the path to it is lost (tcp(7), ETIMEDOUT).

    When the server drains, a stream that waits between two messages ends, as if the peer had ended it: one of which
    nothing was read since it was last written to, or at all. For a loop over lines each line is a message. What is in
    the middle of one goes on.
    """

    __slots__ = (
        "_broken_off",
        "_budget",
        "_client_address",
        "_config",
        "_data",
        "_drained",
        "_drains",
        "_eof",
        "_fd",
        "_idle",
        "_lock",
        "_mid_message",
        "_most",
        "_read_timeout",
        "_server",
        "_socket",
        "_start",
        "_suspends",
        "_turns",
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
        context = context_of(server)
        self._read_timeout, self._write_timeout = waits_of(config, context)
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
        # Who writes from a thread, one at a time: sendall() of two would mingle.
        self._lock = None if self._suspends else threading.Lock()
        # Who waits to write while another is in the middle of a write; None where nobody is, so that the usual write
        # makes nothing and asks for no more than this. Of one thread: the loop's.
        self._turns: deque[_Turn] | None = None
        # Whether half a message was sent, whose other half will never be.
        self._broken_off = False
        # Whether something of a message was read that was not answered yet, None before the first one; whether it waits
        # for the next message; and since when it is to wait for none any more.
        self._mid_message: bool | None = None
        self._idle = False
        self._drains: float | None = None
        if config.ends_idle:
            context.call_when_draining(request, self._end_if_idle)

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
        return context_of(self._server).draining

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
                try:
                    yield wait
                except PeerTimedOut:
                    # The driver knows neither whom it waited for nor by which limit.
                    raise self._sent_nothing() from None
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
        if self._read_timeout is not None and time.monotonic() > (self._drains or 0.0) + self._read_timeout:
            raise self._sent_nothing()
        self._drained = False
        yield Sleep(time.monotonic() + REST_INTERVAL)

    def _check_silence(self, error: OSError) -> None:
        """Raise what a read that brought nothing means, unless it is to wait and be tried again."""
        if not is_silence(error):
            raise error
        if not self._suspends:
            raise self._sent_nothing() from None

    def _sent_nothing(self) -> PeerTimedOut:
        return sent_nothing(self._client_address, self._read_timeout, by_server=self._config.timeout == "server")

    def _took_nothing(self) -> PeerTimedOut:
        return took_nothing(self._client_address, self._write_timeout, by_server=self._config.timeout == "server")

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

    async def write(self, data: Buffer) -> None:  # noqa: C901 - a part of it would cost a call
        """Send all of ``data``; returns when the kernel has taken it, so there is nothing to drain.

        Any handler of the server may call it, at any time: see the class.
        """
        lock = self._lock
        if lock is not None:
            with lock:
                if self._broken_off:
                    raise self._gone()
                try:
                    self._socket.sendall(data)
                except OSError as error:
                    # How much of it was sent, nobody knows.
                    self._broken_off = is_silence(error)
                    raise self._write_error(error) from None
            if self._mid_message:
                self._mid_message = False
            return
        if self._turns is not None:
            await self._write_in_turn(self._turns, memoryview(data).cast("B"))
        else:
            try:
                sent = self._socket.send(data)
            except BlockingIOError:
                sent = 0
            except OSError as error:
                raise self._write_error(error) from None
            # Mostly the kernel takes all at once. A buffer of other items than bytes is counted in bytes, as send does.
            if sent != (len(data) if type(data) is bytes else memoryview(data).nbytes):
                self._turns = deque()
                await self._write_rest(memoryview(data).cast("B"), sent)
        # A greeting answers nothing.
        if self._mid_message:
            self._mid_message = False
        self._budget -= 1
        if self._budget <= 0:
            await self._rest()

    async def _write_in_turn(self, turns: deque[_Turn], view: memoryview) -> None:
        """Write after those that came before."""
        if self._broken_off:
            raise self._gone()
        turn = _Turn()
        turns.append(turn)
        try:
            while not turn.has_come:
                await wait_for(Parked(turn.start))
        except BaseException:
            # It may have come, and nobody else would pass it on.
            if not turn.has_come:
                turns.remove(turn)
            elif not turn.in_vain:
                self._pass_on()
            raise
        if turn.in_vain:
            raise self._took_nothing()
        await self._write_rest(view, 0)

    async def _write_rest(self, view: memoryview, sent: int) -> None:
        """Send what is left of a write whose turn it is, then pass the turn on."""
        in_vain = False
        try:
            while sent < len(view):
                # Meanwhile its handler may have ended, and the number be another's.
                if self._broken_off or self._socket.fileno() != self._fd:
                    raise self._gone()
                timeout = self._write_timeout
                await wait_for(Writable(self._fd, None if timeout is None else time.monotonic() + timeout))
                self._budget = _TURN
                try:
                    sent += self._socket.send(view[sent:])
                except BlockingIOError:
                    continue
                except OSError as error:
                    raise self._write_error(error) from None
        except PeerTimedOut:
            in_vain = True
            raise self._took_nothing() from None
        finally:
            if 0 < sent < len(view):
                self._broken_off = True
            self._pass_on(in_vain=in_vain)

    def _pass_on(self, *, in_vain: bool = False) -> None:
        """End a turn to write: the next one's comes."""
        turns = self._turns
        if in_vain:
            # None of them waits as long again, each after the other, for a peer that takes nothing.
            while turns:
                turns.popleft().come(in_vain=True)
        if turns:
            turns.popleft().come()
        elif not self._broken_off:
            self._turns = None

    def _write_error(self, error: OSError) -> OSError:
        """Return what a write that failed means."""
        if is_silence(error):
            return self._took_nothing()
        return self._gone() if self._socket.fileno() < 0 else error

    def _gone(self) -> BrokenPipeError:
        """Make the error of a write to a connection that can take none any more."""
        why = "a write was broken off in its middle" if self._broken_off else "its handler is over"
        return BrokenPipeError(errno.EPIPE, f"nothing more can be sent to {self._client_address!r}: {why}")

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
