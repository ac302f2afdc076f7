"""Handler classes: made for one request, which their constructor answers with setup, handle and finish.

They know the request, the client's address and the server they are given; nothing of endpoints or strategies.
"""

import contextlib
import io
import socket
from typing import Any, ClassVar, Final, Generic, TypeAlias, cast

from typing_extensions import Buffer, TypeVar

from typedserver.config import DEFAULT_STREAM_CONFIG, StreamConfig
from typedserver.drive import deadline_passed
from typedserver.errors import CompositionError, LineTooLong, ReadLimitExceeded
from typedserver.protocols import Address, DatagramRequest, RequestKind, ServerContext, StreamRequest
from typedserver.sockets import disable_nagle, is_silence, limit_waits, send_reply

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
    """

    request_kind: ClassVar[RequestKind] = "connections"

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
            self._rfile = _Reader(self.request, self.config)
        return self._rfile

    @property
    def wfile(self) -> io.BufferedIOBase:
        """What is sent to the client; unbuffered unless ``config.wbufsize`` says otherwise."""
        if self._wfile is None:
            if self.config.wbufsize == 0:
                self._wfile = _Writer(self.request)
            else:
                size = io.DEFAULT_BUFFER_SIZE if self.config.wbufsize < 0 else self.config.wbufsize
                self._wfile = io.BufferedWriter(_Connection(self.request), size)
        return self._wfile

    def setup(self) -> None:
        """Set the connection's limits and options as ``config`` says."""
        limit_waits(self.request, self.config.timeout)
        if self.config.disable_nagle_algorithm:
            disable_nagle(self.request)

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


class _Connection(io.RawIOBase):
    """A connection as a raw file that tells a silent peer from one that has ended its stream.

    The socket's own ``makefile`` would take the EAGAIN of SO_RCVTIMEO for "nothing there" (socket(7)).
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._connection.fileno()

    def readinto(self, buffer: Buffer, /) -> int:
        try:
            return self._connection.recv_into(buffer)
        except (BlockingIOError, TimeoutError) as error:
            raise (deadline_passed() if is_silence(error) else error) from None

    def write(self, data: Buffer, /) -> int:
        try:
            return self._connection.send(data)
        except (BlockingIOError, TimeoutError) as error:
            raise (deadline_passed() if is_silence(error) else error) from None


class _Reader(io.BufferedReader):
    """rfile: bounded where a client could otherwise make it hold any amount."""

    def __init__(self, connection: socket.socket, config: StreamConfig) -> None:
        # A buffer of one byte is as good as none, and keeps the interface of a buffered file.
        size = io.DEFAULT_BUFFER_SIZE if config.rbufsize < 0 else max(1, config.rbufsize)
        super().__init__(_Connection(connection), size)
        self._limit = config.limit
        self._read_limit = config.read_limit

    def readline(self, size: int | None = -1, /) -> bytes:
        if size is not None and size >= 0:
            return super().readline(size)
        line = super().readline(self._limit + 1)
        if len(line) > self._limit:
            raise LineTooLong(
                f"more than {self._limit} bytes came without a newline: raise StreamConfig(limit=) if that is right"
            )
        return line

    def readlines(self, hint: int | None = -1, /) -> list[bytes]:
        # All lines are a read to the end of file, with its limit.
        return super().readlines(hint) if hint is not None and hint > 0 else io.BytesIO(self.read()).readlines()

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size >= 0:
            return super().read(size)
        data = super().read(self._read_limit + 1)
        if len(data) > self._read_limit:
            raise ReadLimitExceeded(
                f"more than {self._read_limit} bytes came before the end of file: "
                "read in pieces, or raise StreamConfig(read_limit=)"
            )
        return data


class _Writer(io.BufferedIOBase):
    """wfile without a buffer: what is written has been sent when ``write`` returns."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._connection.fileno()

    def write(self, data: Buffer, /) -> int:
        try:
            self._connection.sendall(data)
        except (BlockingIOError, TimeoutError) as error:
            raise (deadline_passed() if is_silence(error) else error) from None
        return memoryview(data).nbytes
