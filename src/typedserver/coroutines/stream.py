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
from collections.abc import Coroutine
from functools import partial
from threading import get_ident
from typing import Final, Generic, cast

from typing_extensions import Buffer, TypeVar

from typedserver.config import DEFAULT_STREAM_CONFIG, StreamConfig, waits_of
from typedserver.coroutines.awaited_by_asyncio import running_loop
from typedserver.coroutines.context import context_of
from typedserver.coroutines.gathering import MOST_GATHERED, gather_here, is_driven
from typedserver.coroutines.message_reading import MessageReading
from typedserver.coroutines.reading import SMALL_RECEIVE, TURN, USUAL_RECEIVE, read_already
from typedserver.coroutines.urgent import Urgent
from typedserver.coroutines.waits import DONE, Writable, end_of, wait_for
from typedserver.coroutines.write_turns import write_in_turn
from typedserver.errors import CompositionError, LifecycleError, PeerTimedOut
from typedserver.protocols.files import SendableFile
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.messages import Framing, ReplyT
from typedserver.protocols.proxied import ProxyHeader
from typedserver.protocols.requests import Address, Identified
from typedserver.recipes import check_seconds
from typedserver.security.certificates import Certificate, certificate_of, unverified
from typedserver.security.openssl import ssl
from typedserver.security.tls_config import TLSConfig
from typedserver.sockets.accepted import Connection, end_both_ways
from typedserver.sockets.announced import announce_end
from typedserver.sockets.connection import disable_nagle
from typedserver.sockets.exchange import Exchange
from typedserver.sockets.limits import limit_waits
from typedserver.sockets.outbox import Outbox, Turn
from typedserver.sockets.parcels import MOST_OF_FILE, Data, FilePart, Parcel, send_file, takes_files
from typedserver.sockets.silence import is_silence
from typedserver.sockets.sinks import Sink, sink_of
from typedserver.sockets.states import speaks_tls
from typedserver.sockets.urgent import have_inline, is_at_mark
from typedserver.sockets.waiting import DONT_WAIT

_StreamAddress_co = TypeVar("_StreamAddress_co", covariant=True, default=Address)
_StreamServer_co = TypeVar("_StreamServer_co", bound=ServerContext, covariant=True, default=ServerContext)

_StreamSocket_co = TypeVar("_StreamSocket_co", bound=socket.socket, covariant=True, default=socket.socket)

_PrincipalT = TypeVar("_PrincipalT")

_URGENT: Final = int(socket.MSG_OOB)


async def _done() -> None:
    """End at once."""


async def _failed(error: OSError) -> None:
    """Raise an error where it is awaited."""
    try:
        raise error
    finally:
        # Its traceback names this frame: neither would be freed without the garbage collector.
        del error


def _unchanging(data: Buffer) -> memoryview:
    """Return a view of bytes that nobody changes while they are kept."""
    return memoryview(data if type(data) is bytes else bytes(memoryview(data)))


class Stream(MessageReading, Generic[_StreamAddress_co, _StreamServer_co, _StreamSocket_co]):
    """One connection, buffered for reading.

    Iterating yields lines, each with its newline; the last one may lack it. The server closes the socket when the
    handler is over.

    One coroutine reads the stream, mostly its handler's. Any handler of the same process may write to it (a chat, a
    gateway): each write goes out whole, in the order in which the writes began, under every strategy.

    ``write`` waits until the kernel has taken all, but for the answers to pipelined requests, which it gathers.
    ``try_write`` and ``broadcast`` never wait: what the kernel does not
    take at once is kept in the connection's outbox, up to ``config.outbox`` bytes, and sent whatever its handler does.
    They may be called from any thread. ``write`` needs what runs handlers: in a thread of your own call
    ``drive(stream.write(data))``. In an event loop that no server of this library runs in, it raises ForeignAwaitable
    if it must wait, and half a message may be left; ``await`` it there, because a task of asyncio takes only what an
    ``async def`` returns.

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
    message, and for one over ``messages`` each of these. If the client alone speaks, tell after each of its messages
    that it is over: ``message_done``. A stream in the middle of a message goes on.
    """

    __slots__ = (
        "_client_address",
        "_flags",
        "_gathered",
        "_gathers_in",
        "_holds_back",
        "_outbox",
        "_server",
        "_sink",
        "_urgent",
    )

    # What waits to be sent. The usual write makes none of it.
    _outbox: Outbox | None
    # What is sent together, and the thread whose coroutine has written it; -1: nothing may be gathered.
    _gathered: bytearray | None
    _gathers_in: int
    # If the config has urgent bytes delivered.
    _urgent: Urgent | None

    def __init__(
        self,
        request: _StreamSocket_co,
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
        self._data = b""
        self._start = 0
        self._next = self._wait = self._outbox = self._gathered = self._urgent = None
        self._most = USUAL_RECEIVE
        self._reads = False
        self._drained = False
        self._source = request
        self._sink: Sink = request
        self._flags = 0
        self._in_place = None
        self._gathers_in = 0
        self._by_generators = running_loop() is None
        if request.getblocking():
            self._suspends = False
            # A handler shares its thread with no other.
            self._budget = sys.maxsize
            self._source = limited = limit_waits(request, read_timeout, write_timeout)
            sink = sink_of(request, limited)
            if sink is not None:
                self._sink, self._flags = sink, DONT_WAIT
            else:
                self._sink = limited
                self._in_place = threading.Lock()
                exchange.may_send = False
                self._gathers_in = -1
        else:
            self._suspends = True
            self._budget = TURN
        if isinstance(request, Connection):
            request.unread = self
            if self._suspends and not request.waits_by_itself:
                self._most = SMALL_RECEIVE
        # Before how many further writes the kernel may still hold back a small one.
        self._holds_back = 2
        if config.disable_nagle_algorithm:
            disable_nagle(request)
            self._holds_back = 0
        if config.urgent != "ignore":
            self._begin_urgent(config)
        if config.ends_idle:
            context.call_when_draining(request, exchange.end_if_idle)

    def _begin_urgent(self, config: StreamConfig) -> None:
        # TLS has no urgent data.
        if speaks_tls(self._socket):
            return
        # A receive ends where something urgent was sent, and what is behind that must not be joined to it.
        self._most = USUAL_RECEIVE
        if config.urgent == "inline":
            have_inline(self._socket)
        else:
            self._urgent = Urgent(self._socket, self._exchange.read_timeout)
            self._source = self._urgent.source

    def __repr__(self) -> str:
        return f"<Stream fd={self._fd} client_address={self._client_address!r}{' eof' if self._next == 'end' else ''}>"

    @property
    def client_address(self) -> _StreamAddress_co:
        """The peer's address."""
        return self._client_address

    @property
    def principal(self: "Stream[Identified[_PrincipalT], ServerContext]") -> _PrincipalT:
        """Who the peer is, if the server's endpoint is ``Authenticated``; else CompositionError, and a type error."""
        try:
            return self._client_address.principal
        except AttributeError:
            raise CompositionError(
                f"the peer {self._client_address!r} was not authenticated, so it has no principal: wrap the server's "
                "endpoint, as in Authenticated(UnixStream(path), PeerCredentials())"
            ) from None

    @property
    def proxy_header(self) -> ProxyHeader | None:
        """What the proxy has said of this connection, if the server's endpoint is a ProxyProtocol; else None."""
        return self._socket.proxy_header if isinstance(self._socket, Connection) else None

    @property
    def peer_certificate(self: "Stream[object, ServerContext, ssl.SSLSocket]") -> Certificate | None:
        """The certificate that the peer has shown (TLS); None if it has shown none."""
        connection = self._tls()
        der = connection.getpeercert(binary_form=True)
        return None if der is None else certificate_of(der) if connection.getpeercert() else unverified(der)

    @property
    def alpn_protocol(self: "Stream[object, ServerContext, ssl.SSLSocket]") -> str | None:
        """The protocol that was agreed on with the peer (ALPN); None if none was."""
        return self._tls().selected_alpn_protocol()

    @property
    def server_name(self: "Stream[object, ServerContext, ssl.SSLSocket]") -> str | None:
        """The name that the client has asked for (SNI); None if it has not, or the context is a program's own."""
        connection: Connection | ssl.SSLSocket = self._tls()
        return connection.server_name if isinstance(connection, Connection) else None

    def _tls(self) -> "ssl.SSLSocket":
        if not speaks_tls(self._socket):
            raise CompositionError(
                f"the connection with {self._client_address!r} is not encrypted: wrap the server's endpoint, as in "
                "TLS(TCP(port=443), TLSConfig(certificate=..., key=...))"
            )
        return cast("ssl.SSLSocket", self._socket)

    @property
    def server(self) -> _StreamServer_co:
        """The server that accepted the connection."""
        return self._server

    @property
    def draining(self) -> bool:
        """Whether the server wants its handlers to end."""
        return context_of(self._server).draining

    @property
    def socket(self) -> _StreamSocket_co:
        """The connection itself, for options and credentials; reads from it bypass the stream's buffer.

        If it is closed or detached, its stream ends: a read of it raises OSError, a write BrokenPipeError.
        """
        self.send_gathered()
        # What is sent by it must come behind what was written.
        self._gathers_in = -1
        if self._suspends:
            announce_end(self._socket)
        # As the constructor has got it.
        return cast("_StreamSocket_co", self._socket)

    def write(self, data: Buffer) -> Coroutine[object, None, None]:
        """Send all of ``data``; to be awaited, which lasts until the kernel has taken it, so there is nothing to drain.

        What a handler writes while more of what the peer has sent is still to be read is gathered, and sent together
        with the answers that follow: when all was read, when the handler waits for anything or ends, when ``flush`` is
        called, and at 64 KiB. If that fails, the next operation raises it.

        Any handler of the process may call it, at any time. Raises SlowPeer, BrokenPipeError, ConnectionError or
        OSError as the class says.
        """
        # Sent at the call: mostly the kernel takes all at once, and there is nothing to wait for.
        exchange = self._exchange
        if self._data or not exchange.may_send:
            return self._write_otherwise(data)
        exchange.may_send = False
        try:
            if self._holds_back:
                self._note_write()
            try:
                sent = self._sink.send(data, self._flags) if self._flags else self._sink.send(data)
            except BlockingIOError:
                sent = 0
            # ``send`` counts bytes; a buffer may have larger items.
            size = len(data) if type(data) is bytes else memoryview(data).nbytes
        except BaseException as error:
            exchange.may_send = True
            if isinstance(error, OSError):
                return _failed(exchange.write_error(error))
            raise
        if sent != size:
            self._made_outbox().begin()
            return self._write_on(data, sent)
        exchange.may_send = True
        # Not set before the first read: a greeting answers nothing. Nor does a write of nothing, such as a compressor's
        # that keeps what it was given.
        if exchange.mid_message and size:
            exchange.mid_message = False
        self._budget -= 1
        if self._budget > 0:
            return DONE if self._by_generators else _done()
        return self._rest()

    def _write_otherwise(self, data: Buffer) -> Coroutine[object, None, None]:
        """Write together with other answers, or behind what others send."""
        gathered = self._gathered
        if type(data) is not bytes or gathered is None or self._gathers_in != get_ident():
            if type(data) is not bytes or not self._begins_to_gather():
                self.send_gathered()
                return self._write_in_line(data)
            gathered = self._gathered = bytearray()
        gathered += data
        if not self._data or len(gathered) >= MOST_GATHERED:
            self.send_gathered()
        exchange = self._exchange
        if exchange.mid_message and data:
            exchange.mid_message = False
        self._budget -= 1
        if self._budget > 0:
            return DONE if self._by_generators else _done()
        return self._rest()

    def _begins_to_gather(self) -> bool:
        """Have others write behind what is gathered from now on; returns False if it must be sent at once."""
        exchange = self._exchange
        if self._gathers_in < 0 or not is_driven() or not exchange.may_send:
            return False
        exchange.may_send = False
        self._made_outbox().begin()
        self._gathers_in = gather_here(self)
        return True

    def send_gathered(self) -> None:
        """Send what this thread has gathered, and wait for nothing; the outbox keeps what the kernel does not take."""
        gathered = self._gathered
        if gathered is None or self._gathers_in != get_ident():
            return
        self._gathered = None
        outbox = self._made_outbox()
        try:
            sent = self._send_now(gathered)
        except OSError as error:
            self._fail_next(self._exchange.write_error(error))
            sent = len(gathered)
        if sent == len(gathered):
            outbox.end_turn(is_whole=True, is_slow=False)
        else:
            outbox.keep_rest(memoryview(bytes(gathered))[sent:])

    def _send_now(self, data: Buffer) -> int:
        """Send what the kernel takes, and return how much that is, as ``write`` does without the call."""
        if self._holds_back:
            self._note_write()
        try:
            return self._sink.send(data, self._flags) if self._flags else self._sink.send(data)
        except BlockingIOError:
            return 0

    async def flush(self) -> None:
        """Send what was gathered, and wait until the kernel has taken it.

        Raises what ``write`` raises.
        """
        self.send_gathered()
        if not self._exchange.may_send:
            await self._write_in_line(b"")

    async def _write_on(self, data: Buffer, sent: int) -> None:
        """Send what comes after the first ``sent`` bytes: the kernel has not taken it at once."""
        view = memoryview(data).cast("B")
        await self._write_in_turn(None, Data(view, sent), waits=True)
        await self._note_written(len(view), 1)

    async def _write_in_line(self, data: Buffer) -> None:
        """Send all of ``data`` behind what others send."""
        view = memoryview(data).cast("B")
        await self._write_behind(Data(view, 0))
        await self._note_written(len(view), 1)

    async def _note_written(self, size: int, cost: int) -> None:
        """Note a write that is over, as ``write`` does; cost: what it takes of this connection's turn."""
        exchange = self._exchange
        if exchange.mid_message and size:
            exchange.mid_message = False
        self._budget -= cost
        if self._budget <= 0:
            await self._rest()

    def send(self, framing: Framing[object, ReplyT], message: ReplyT) -> Coroutine[object, None, None]:
        """Write one message; to be awaited, as ``write`` is, and for the same exceptions.

        framing: how the message is sent, mostly that of ``messages``.

        Raises ValueError if the framing cannot send it.
        """
        # No coroutine of its own, which would cost each message a tenth of a microsecond.
        return self.write(framing.encode(message))

    async def sendfile(self, file: SendableFile, offset: int = 0, count: int | None = None) -> int:
        """Send a part of a file, in the place of one ``write``; returns how many bytes, when the kernel has taken all.

        The kernel sends it by itself (sendfile(2)) if the file is a regular one as ``open`` returns it in binary mode,
        over a plain connection. Any other file is read and written piece by piece, and so is each over TLS or with
        rates. Its reads are the file's own, and hold up all that share the thread: for what does not answer at once, as
        a pipe may not, use ``run_blocking``. Those of a regular file answer from the page cache, or wait for the disk,
        also if the kernel sends it.

        It is one write: it goes out whole and in order, others' go before and behind it, and the write deadline begins
        anew whenever the peer has taken something. Other connections have their turns meanwhile.

        file: it is read in bytes, and stays open. Afterwards, also if this raises, its position is behind what was
        sent, as ``socket.sendfile`` leaves it.
        offset: where to begin, in bytes, wherever the position of the file is. A file that cannot be sought in, as a
        pipe, is sent from where it is, without an offset.
        count: at most so many bytes; None: to the end, where the file has it now. What is appended later is not sent.

        Raises FileTruncated if a regular file has become shorter meanwhile: half a message is left then, as if a write
        was cancelled. Raises TypeError for a file of text and for numbers that are no int, RecipeError for an offset
        or a count below 0 and for an offset in a file that cannot be sought in, what reading the file raises, and what
        ``write`` raises. Like that it may be called by any handler of the process.
        """
        self.send_gathered()
        connection = self._socket
        by_kernel = self._in_place is None and takes_files(connection)
        part = FilePart(file, offset, count, partial(send_file, connection) if by_kernel else None)
        try:
            await self._write_behind(part)
        finally:
            part.settle()
        sent = part.sent
        await self._note_written(sent, 1 + min(sent, MOST_OF_FILE) * TURN // MOST_OF_FILE)
        return sent

    async def _write_behind(self, parcel: Parcel) -> None:
        """Send a parcel behind what others send."""
        exchange = self._exchange
        while True:
            if self._in_place is not None and not self._begins_to_suspend():
                self._write_in_place(self._in_place, parcel)
                return
            outbox = self._outbox
            turn = None if outbox is None else outbox.join()
            if turn is None:
                if exchange.may_send:
                    exchange.may_send = False
                    self._made_outbox().begin()
                else:
                    self._let_others_send()
                    continue
            await self._write_in_turn(turn, parcel, waits=False)
            return

    async def _write_in_turn(self, turn: Turn | None, parcel: Parcel, *, waits: bool) -> None:
        looks = not self._suspends and not self._begins_to_suspend()
        try:
            await write_in_turn(self._made_outbox(), turn, parcel, waits=waits, looks=looks)
        finally:
            if self._suspends:
                # Others have run while it waited.
                self._budget = TURN

    def _let_others_send(self) -> None:
        """Let the thread run that sends something just now, which takes no time; raises if nothing more can be sent."""
        exchange = self._exchange
        if exchange.broken_off or exchange.is_slow or self._socket.fileno() != self._fd:
            raise exchange.gone()
        time.sleep(0)

    def _write_in_place(self, lock: contextlib.AbstractContextManager[bool], parcel: Parcel) -> None:
        """Write to a socket that cannot but wait by itself, as a TLS layer's does."""
        exchange = self._exchange
        with lock:
            if exchange.broken_off:
                raise exchange.gone()
            is_over = False
            try:
                while parcel.load():
                    self._send_in_place(parcel)
                is_over = True
            finally:
                exchange.broken_off = not is_over and parcel.sent > 0

    def _send_in_place(self, parcel: Parcel) -> None:
        exchange = self._exchange
        try:
            parcel.send(self._sink.send)
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
        self.send_gathered()
        exchange = self._exchange
        size = len(data) if type(data) is bytes else memoryview(data).nbytes
        if not self._flags and self._sink is not self._socket:
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
            self._let_others_send()
        if exchange.mid_message and size:
            exchange.mid_message = False
        return True

    def _send_or_keep(self, data: Buffer, size: int) -> None:
        """Send what the kernel takes now, and keep the rest; nobody else sends."""
        exchange = self._exchange
        try:
            sent = self._send_now(data)
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

    def message_begun(self) -> None:
        """Note that the connection is in the middle of a message, whatever was written since it was read.

        For who reads on while replies are outstanding, and for a stream that is made when a message has begun.
        """
        self._exchange.mid_message = True

    def _note_write(self) -> None:
        """Have the kernel send small writes at once, from the second one on.

        Otherwise it holds them back until the first is acknowledged: 40 ms, because a peer that has nothing to send
        acknowledges late (RFC 1122, 4.2.3.2 and 4.2.3.4).
        """
        self._holds_back -= 1
        if not self._holds_back:
            with contextlib.suppress(OSError):
                disable_nagle(self._socket)

    @property
    def urgent(self) -> bytes:
        """The urgent bytes that have come since it was last asked, b"" for none; for a loop that sends.

        Raises LifecycleError without ``StreamConfig(urgent="deliver")``, and on TLS, which has none.
        """
        return self._delivered().source.take()

    async def wait_urgent(self, seconds: float | None = None) -> bytes:
        """Wait for urgent data, beside whoever reads the stream; returns it, or b"" when the time is over.

        TCP keeps one urgent byte, so of several that come together all but the last may be lost; whoever is told of one
        reads up to it (``at_mark``). There is no other limit of time: nobody must be interrupted.

        seconds: from now on; None: for ever.

        Raises IncompleteRead if the peer, or a drain, ends the stream before, LifecycleError as ``urgent`` does and if
        another coroutine waits for the same, RecipeError unless ``seconds`` is a number from 0 on, or None.
        """
        urgent = self._delivered()
        check_seconds("wait_urgent", "seconds", seconds)
        return await urgent.wait(None if seconds is None else end_of(seconds))

    def at_mark(self) -> bool:
        """Whether all was read that the peer has sent before its last urgent byte (SIOCATMARK, tcp(7)).

        A ``read`` never crosses the mark: it returns what comes before. One for a line, or for a number of bytes, goes
        on to what it wants. With "inline" the next byte is the urgent one then.

        Raises LifecycleError as ``urgent`` does, but works with ``StreamConfig(urgent="inline")`` as well; OSError if
        the connection was closed.
        """
        if self._config.urgent != "inline" or speaks_tls(self._socket):
            self._delivered()
        return not self._data and is_at_mark(self._socket)

    async def send_urgent(self, data: bytes) -> None:
        """Send one byte as urgent data, behind all that was written before.

        Raises ValueError unless it is one byte: of more, the kernel would send only the last as urgent. Raises
        LifecycleError as ``urgent`` does, and what ``write`` raises.
        """
        self._delivered()
        self.send_gathered()
        if len(data) != 1:
            raise ValueError(
                f"send_urgent({data!r}) must be one byte: of more the kernel sends only the last as urgent"
            )
        exchange = self._exchange
        until = None if exchange.write_timeout is None else time.monotonic() + exchange.write_timeout
        while True:
            # Others' writes, and what the outbox keeps, come before.
            await self.write(b"")
            if not exchange.may_send:
                continue
            exchange.may_send = False
            try:
                self._socket.send(data, _URGENT | DONT_WAIT)
            except BlockingIOError:
                pass
            except OSError as error:
                raise exchange.write_error(error) from None
            else:
                return
            finally:
                exchange.may_send = True
            try:
                await wait_for(Writable(self._fd, until, self._socket))
            except PeerTimedOut:
                raise exchange.took_nothing() from None

    def _delivered(self) -> Urgent:
        if self._urgent is None:
            why = "TLS has none" if speaks_tls(self._socket) else 'give StreamConfig(urgent="deliver")'
            raise LifecycleError(f"this stream does not deliver urgent data: {why}")
        return self._urgent

    async def start_tls(
        self, config: "TLSConfig | ssl.SSLContext", /
    ) -> "Stream[_StreamAddress_co, _StreamServer_co, ssl.SSLSocket]":
        """Go on by TLS, and return the stream of that, for a protocol that begins in plain text (STARTTLS).

        Call it when the answer that lets the client begin was written, in the task that reads. This stream is over
        then: forget what was read from it, because anybody may have sent that. The handshake ends within
        ``Deadlines(establish=)``.

        config: as for ``TLS``. Its files are loaded at the first call, and later when they have changed, which is
        looked for every ``TLSConfig(watch=)`` seconds at most, or every second; ``config.check()`` tells before whether
        they are right. What is loaded is kept for the object, so make one config and no new one for each connection.

        Raises HandshakeFailed if the handshake fails, or if the client has sent more behind its request before it had
        the answer, and another OSError if it is silent or leaves: nothing more can be read or written then. Raises
        ListenError if the files are wrong, CompositionError if the connection is encrypted already, LifecycleError if
        another coroutine reads the stream.
        """
        from typedserver.coroutines.upgrading import Upgrade  # noqa: PLC0415 - it loads OpenSSL

        context = context_of(self._server)
        upgrade = Upgrade(self._socket, self._client_address, context, config)
        upgrade.check_early(await self._give_up_connection())
        connection = await upgrade.run()
        stream = Stream(connection, self._client_address, self._server, self._config)
        # By the request that the server knows, which it forgets when that is over.
        context.forget_when_draining(connection)
        if self._config.ends_idle:
            context.call_when_draining(self._socket, stream._exchange.end_if_idle)
        return stream

    async def _give_up_connection(self) -> bytes:
        """Wait until all was sent, and let nobody send any more, because the connection goes on by TLS.

        Returns what has come by then. If that is anything, the connection has been ended.
        """
        if self._reads:
            raise read_already()
        self.send_gathered()
        while not self._exchange.may_send:
            # Others' writes, and what the outbox keeps, come before.
            await self.write(b"")
        # Whoever finds that nobody sends waits for the end of that, which comes with that of the descriptor.
        self._exchange.may_send = False
        context_of(self._server).forget_when_draining(self._socket)
        early = self._data[self._start :]
        if early:
            self._exchange.may_send = True
            self.close()
        return early

    def write_eof(self) -> None:
        """Signal the peer that no more will be sent, behind what the outbox keeps; reading goes on."""
        self.send_gathered()
        if not self._ends_behind_data():
            self._shut_down(socket.SHUT_WR)

    def _ends_behind_data(self) -> bool:
        """Have the stream end when the outbox is empty; returns False if it is."""
        return self._outbox is not None and self._outbox.end_behind_data()

    def close(self) -> None:
        """End the connection both ways; the server closes the descriptor when the handler is over.

        What the outbox keeps is sent before.
        """
        self.send_gathered()
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
        self._shut_down(how)

    def _shut_down(self, how: int) -> None:
        try:
            self._socket.shutdown(how)
        except BlockingIOError:
            # The kernel has no room for what TLS has to say at its end.
            if self._exchange.may_send:
                self._exchange.may_send = False
                self._made_outbox().end_later()
        except OSError:
            # ENOTCONN if the peer has reset the connection: the next read says so.
            pass
