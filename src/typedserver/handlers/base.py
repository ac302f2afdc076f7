"""Handler classes: made for one request, which their constructor answers with setup, handle and finish.

They know the request, the client's address and the server they are given; nothing of endpoints or strategies.
"""

import contextlib
import io
import socket
import time
from collections.abc import Callable
from typing import Any, ClassVar, Final, Generic, TypeAlias, cast

from typing_extensions import Buffer, TypeVar

from typedserver.config import DEFAULT_STREAM_CONFIG, StreamConfig, time_to_begin, waits_of
from typedserver.drive import sent_nothing, took_nothing
from typedserver.errors import CompositionError, LineTooLong, PeerTimedOut, ReadLimitExceeded
from typedserver.protocols import Address, DatagramRequest, RequestKind, ServerContext, StreamRequest
from typedserver.sockets import (
    REST_INTERVAL,
    disable_nagle,
    end_reading,
    is_silence,
    limit_waits,
    may_still_send,
    send_reply,
)

HandlerRequestT = TypeVar("HandlerRequestT")
HandlerServerT = TypeVar("HandlerServerT", default=ServerContext)
HandlerAddressT = TypeVar("HandlerAddressT", default=Address)

# What socketserver's handlers read from their class.
_FIELDS: Final = {"timeout", "rbufsize", "wbufsize", "disable_nagle_algorithm"}

# Inside DatagramRequestHandler the module's name is taken by socketserver's own attribute.
_Socket: TypeAlias = socket.socket


class BaseRequestHandler(Generic[HandlerRequestT, HandlerServerT, HandlerAddressT]):
    """Answers one request of any kind: override ``handle``.

    The constructor runs ``setup``, ``handle`` and ``finish``; ``finish`` also runs when ``handle`` raises, but not when
    ``setup`` does. What they raise goes to the server's ``handle_error``. A handler class bound to its own server,
    ``BaseRequestHandler[StreamRequest, MyServer]``, fits that server alone.
    """

    def __init__(self, request: HandlerRequestT, client_address: HandlerAddressT, server: HandlerServerT, /) -> None:
        self.request = request
        self.client_address = client_address
        self.server = server
        self.setup()
        try:
            self.handle()
        finally:
            self.finish()

    def setup(self) -> None:
        """Prepare; does nothing unless overridden."""

    def handle(self) -> None:
        """Answer the request; does nothing unless overridden."""

    def finish(self) -> None:
        """Clean up; does nothing unless overridden."""


class StreamRequestHandler(BaseRequestHandler[StreamRequest, HandlerServerT, HandlerAddressT]):
    """Answers a connection through two files: ``rfile`` to read from, ``wfile`` to write to.

    config: what were class attributes of ``socketserver``'s handler; give it with
    ``functools.partial(Handler, config=StreamConfig(...))``.

    The files are made when they are first asked for, and closed by ``finish``. A read or write that finds the peer
    silent for ``config.timeout`` seconds raises PeerTimedOut; a line of more than ``config.limit`` bytes raises
    LineTooLong.

    When the server drains, a connection that waits between two messages ends, as if the peer had ended it: one of which
    nothing was read since it was last written to, or at all. What is in the middle of one goes on.
    """

    request_kind: ClassVar[RequestKind] = "connections"
    # What a server asks: whether it need not limit how long the handler waits for its peer.
    sets_timeout: ClassVar[bool] = True

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name in _FIELDS & vars(cls).keys():
            raise CompositionError(
                f"{cls.__qualname__}.{name} has no effect here, as it has in socketserver: give "
                f"functools.partial({cls.__qualname__}, config=StreamConfig({name}={vars(cls)[name]!r}))"
            )

    def __init__(
        self,
        request: StreamRequest,
        client_address: HandlerAddressT,
        server: HandlerServerT,
        /,
        *,
        config: StreamConfig = DEFAULT_STREAM_CONFIG,
    ) -> None:
        self.config = config
        self._exchange = _Exchange(request, client_address, config, server)
        self._rfile: io.BufferedIOBase | None = None
        self._wfile: io.BufferedIOBase | None = None
        super().__init__(request, client_address, server)

    @property
    def connection(self) -> socket.socket:
        """The connected socket: ``request`` by its other name.

        Under Linux its own ``recv`` and ``send`` raise BlockingIOError, not PeerTimedOut, after ``config.timeout``.
        """
        return self.request

    @property
    def rfile(self) -> io.BufferedIOBase:
        """What the client sends."""
        if self._rfile is None:
            self._rfile = _Reader(self._exchange, self.config)
        return self._rfile

    @property
    def wfile(self) -> io.BufferedIOBase:
        """What is sent to the client; unbuffered unless ``config.wbufsize`` says otherwise."""
        if self._wfile is None:
            if self.config.wbufsize == 0:
                self._wfile = _Writer(self._exchange)
            else:
                size = io.DEFAULT_BUFFER_SIZE if self.config.wbufsize < 0 else self.config.wbufsize
                self._wfile = io.BufferedWriter(_Connection(self._exchange), size)
        return self._wfile

    def setup(self) -> None:
        """Set the connection's limits and options as ``config`` says."""
        limit_waits(self.request, *waits_of(self.config, self.server))
        if self.config.disable_nagle_algorithm:
            disable_nagle(self.request)
        if self.config.ends_idle:
            # A server of another kind never drains.
            tell: Callable[[object, Callable[[], object]], object] | None
            tell = getattr(self.server, "call_when_draining", None)
            if tell is not None:
                tell(self.request, self._exchange.end_if_idle)

    def finish(self) -> None:
        """Flush and close the files; a client that has gone meanwhile is no error."""
        if self._wfile is not None:
            # Closing flushes again: both may find the client gone.
            with contextlib.suppress(OSError):
                self._wfile.close()
        if self._rfile is not None:
            self._rfile.close()


class DatagramRequestHandler(BaseRequestHandler[DatagramRequest, HandlerServerT, HandlerAddressT]):
    """Answers a datagram through two files: ``rfile`` holds the packet, ``wfile`` gathers the reply.

    ``finish`` sends what ``wfile`` holds as one datagram, and nothing where nothing was written.
    """

    request_kind: ClassVar[RequestKind] = "datagrams"

    packet: bytes
    socket: _Socket
    rfile: io.BytesIO
    wfile: io.BytesIO

    def setup(self) -> None:
        """Open the files."""
        self.packet, self.socket = self.request
        self.rfile = io.BytesIO(self.packet)
        self.wfile = io.BytesIO()

    def finish(self) -> None:
        """Send the reply; one that can not be delivered is dropped with a line in the log."""
        if reply := self.wfile.getvalue():
            # The endpoint gives one of the kernel's addresses, whatever the handler has narrowed it to.
            send_reply(self.socket, reply, cast("Address", self.client_address))


class _Exchange:
    """A connection, and how far its messages are: what was received, read by the handler, and answered, in bytes.

    What is read by other methods than ``read``, ``readline`` and iteration counts as not read: such a connection is
    never taken for one that waits between two messages.
    """

    __slots__ = (
        "_answered",
        "_client_address",
        "_config",
        "_drains",
        "_idle",
        "_received",
        "_server",
        "connection",
        "read",
    )

    def __init__(self, connection: socket.socket, client_address: object, config: StreamConfig, server: object) -> None:
        self.connection = connection
        self._client_address = client_address
        self._config = config
        self._server = server
        self._received = 0
        self.read: int = 0
        self._answered = 0
        self._idle = False
        # Since when it is to wait for no message any more.
        self._drains: float | None = None

    def read_error(self, error: OSError) -> OSError:
        """Return what a read that failed means."""
        return self._sent_nothing() if is_silence(error) else error

    def write_error(self, error: OSError) -> OSError:
        """Return what a write that failed means."""
        if not is_silence(error):
            return error
        seconds = waits_of(self._config, self._server)[1]
        return took_nothing(self._client_address, seconds, by_server=self._config.timeout == "server")

    def _sent_nothing(self) -> PeerTimedOut:
        seconds = waits_of(self._config, self._server)[0]
        return sent_nothing(self._client_address, seconds, by_server=self._config.timeout == "server")

    def answer(self) -> None:
        """Take note that something was sent."""
        self._answered = self.read

    def end_if_idle(self) -> None:
        """End it where it waits between two messages, now or next; from any thread."""
        # First this, then the question: the reader says first that it is idle, and asks for this then.
        if self._drains is None:
            self._drains = time.monotonic()
        # Who has connected in order to ask is not idle yet: what it asks is on its way, maybe.
        fresh = not self._received
        if self._idle and not (fresh and time.monotonic() < self._drains + time_to_begin(self._server)):
            end_reading(self.connection)

    def receive_into(self, buffer: Buffer) -> int:
        """Receive, as the socket's ``recv_into`` does."""
        between_messages = self._received == self.read == self._answered
        if between_messages:
            self._idle = True
            if self._drains is not None:
                self.end_if_idle()
        received = self.connection.recv_into(buffer)
        self._idle = False
        if not received and self._drains is not None and not between_messages:
            received = self._receive_rest_into(buffer)
        self._received += received
        return received

    def _receive_rest_into(self, buffer: Buffer) -> int:
        """Wait for what follows half a message, where our own end of reading hides whether more has come."""
        timeout, _ = waits_of(self._config, self._server)
        deadline = None if timeout is None else time.monotonic() + timeout
        while may_still_send(self.connection):
            if received := self.connection.recv_into(buffer):
                return received
            if deadline is not None and time.monotonic() > deadline:
                raise self._sent_nothing()
            time.sleep(REST_INTERVAL)
        return self.connection.recv_into(buffer)


class _Connection(io.RawIOBase):
    """A connection as a raw file that tells a silent peer from one that has ended its stream.

    The socket's own ``makefile`` would take the EAGAIN of SO_RCVTIMEO for "nothing there" (socket(7)).
    """

    def __init__(self, exchange: _Exchange) -> None:
        self._exchange = exchange

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._exchange.connection.fileno()

    def readinto(self, buffer: Buffer, /) -> int:
        try:
            return self._exchange.receive_into(buffer)
        except PeerTimedOut:
            raise
        except (BlockingIOError, TimeoutError) as error:
            raise self._exchange.read_error(error) from None

    def write(self, data: Buffer, /) -> int:
        try:
            sent = self._exchange.connection.send(data)
        except (BlockingIOError, TimeoutError) as error:
            raise self._exchange.write_error(error) from None
        self._exchange.answer()
        return sent


class _Reader(io.BufferedReader):
    """rfile: bounded where a client could otherwise make it hold any amount."""

    def __init__(self, exchange: _Exchange, config: StreamConfig) -> None:
        # A buffer of one byte is as good as none, and keeps the interface of a buffered file.
        size = io.DEFAULT_BUFFER_SIZE if config.rbufsize < 0 else max(1, config.rbufsize)
        super().__init__(_Connection(exchange), size)
        self._exchange = exchange
        self._limit = config.limit
        self._read_limit = config.read_limit

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size if size is not None and size >= 0 else self._limit + 1)
        self._exchange.read += len(line)
        if size is not None and size >= 0:
            return line
        if len(line) > self._limit:
            raise LineTooLong(
                f"more than {self._limit} bytes came without a newline: raise StreamConfig(limit=) if that is right"
            )
        return line

    def readlines(self, hint: int | None = -1, /) -> list[bytes]:
        # All lines are a read to the end of file, with its limit.
        return super().readlines(hint) if hint is not None and hint > 0 else io.BytesIO(self.read()).readlines()

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size if size is not None and size >= 0 else self._read_limit + 1)
        self._exchange.read += len(data)
        if size is not None and size >= 0:
            return data
        if len(data) > self._read_limit:
            raise ReadLimitExceeded(
                f"more than {self._read_limit} bytes came before the end of file: "
                "read in pieces, or raise StreamConfig(read_limit=)"
            )
        return data


class _Writer(io.BufferedIOBase):
    """wfile without a buffer: what is written has been sent when ``write`` returns."""

    def __init__(self, exchange: _Exchange) -> None:
        self._exchange = exchange

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._exchange.connection.fileno()

    def write(self, data: Buffer, /) -> int:
        try:
            self._exchange.connection.sendall(data)
        except (BlockingIOError, TimeoutError) as error:
            raise self._exchange.write_error(error) from None
        self._exchange.answer()
        return memoryview(data).nbytes
