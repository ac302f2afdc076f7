"""Handler classes: an object is made for each request, and its constructor runs setup, handle and finish.

They know the request, the client's address and the server that they are given; nothing of endpoints or strategies.
"""

import contextlib
import io
import socket
from typing import ClassVar, Final, Generic, TypeAlias, cast

from typing_extensions import TypeVar

from typedserver.config import DEFAULT_STREAM_CONFIG, StreamConfig
from typedserver.coroutines.context import context_of
from typedserver.errors import CompositionError
from typedserver.handlers.files import FileConnection, RawConnection, Reader, Writer
from typedserver.protocols.handlers import HandlerMarks, ServerContext
from typedserver.protocols.requests import Address, DatagramRequest, StreamRequest
from typedserver.sockets.connection import disable_nagle, limit_waits
from typedserver.sockets.datagrams import send_reply

HandlerRequestT = TypeVar("HandlerRequestT")
HandlerServerT = TypeVar("HandlerServerT", bound=ServerContext, default=ServerContext)
HandlerAddressT = TypeVar("HandlerAddressT", default=Address)

# The settings that socketserver's handlers read from their class.
_FIELDS: Final = {"timeout", "rbufsize", "wbufsize", "disable_nagle_algorithm"}

# Inside DatagramRequestHandler, ``socket`` is the attribute of that name, which socketserver has.
_Socket: TypeAlias = socket.socket


class BaseRequestHandler(Generic[HandlerRequestT, HandlerServerT, HandlerAddressT]):
    """Answers one request of any kind: override ``handle``.

    The constructor runs ``setup``, ``handle`` and ``finish``; ``finish`` also runs if ``handle`` raises, but not if
    ``setup`` does. What they raise goes to the server's ``handle_error``. If a handler class names its own server,
    ``BaseRequestHandler[StreamRequest, MyServer]``, it fits only that server.
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

    config: the settings that are class attributes of ``socketserver``'s handler; give it by
    ``functools.partial(Handler, config=StreamConfig(...))``.

    The files are made on first use, and closed by ``finish``. A read or write that finds the peer silent for
    ``config.timeout`` seconds raises PeerTimedOut; a line of more than ``config.limit`` bytes raises LineTooLong.

    When the server drains, a connection that waits between two messages ends, as if the peer had ended it: that is one
    from which nothing was read since it was last written to, or nothing at all. A connection in the middle of a message
    goes on.
    """

    marks: ClassVar[HandlerMarks] = HandlerMarks(request_kind="connections", limits_waits=True)

    def __init_subclass__(cls, **options: object) -> None:
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
        self._opened_files: FileConnection | None = None
        self._rfile: io.BufferedIOBase | None = None
        self._wfile: io.BufferedIOBase | None = None
        super().__init__(request, client_address, server)

    @property
    def connection(self) -> socket.socket:
        """The connected socket, the same as ``request``.

        Under Linux its own ``recv`` and ``send`` raise BlockingIOError, not PeerTimedOut, after ``config.timeout``.
        """
        return self.request

    @property
    def _files(self) -> FileConnection:
        # Made when it is needed: an overridden ``setup`` may set ``config`` before.
        if self._opened_files is None:
            context = context_of(self.server)
            self._opened_files = FileConnection(self.request, self.client_address, self.config, context)
        return self._opened_files

    @property
    def rfile(self) -> io.BufferedIOBase:
        """What the client sends."""
        if self._rfile is None:
            self._rfile = Reader(self._files, self.config)
        return self._rfile

    @property
    def wfile(self) -> io.BufferedIOBase:
        """What is sent to the client; unbuffered unless ``config.wbufsize`` is set."""
        if self._wfile is None:
            if self.config.wbufsize == 0:
                self._wfile = Writer(self._files)
            else:
                size = io.DEFAULT_BUFFER_SIZE if self.config.wbufsize < 0 else self.config.wbufsize
                self._wfile = io.BufferedWriter(RawConnection(self._files), size)
        return self._wfile

    def setup(self) -> None:
        """Set the connection's limits and options as ``config`` says."""
        exchange = self._files.exchange
        limit_waits(self.request, exchange.read_timeout, exchange.write_timeout)
        if self.config.disable_nagle_algorithm:
            disable_nagle(self.request)
        if self.config.ends_idle:
            context_of(self.server).call_when_draining(self.request, exchange.end_if_idle)

    def finish(self) -> None:
        """Flush and close the files; it is no error if the client has gone meanwhile."""
        if self._wfile is not None:
            # Closing flushes what is left, and may find that the client has gone.
            with contextlib.suppress(OSError):
                self._wfile.close()
        if self._rfile is not None:
            self._rfile.close()


class DatagramRequestHandler(BaseRequestHandler[DatagramRequest, HandlerServerT, HandlerAddressT]):
    """Answers a datagram through two files: ``rfile`` holds the packet, ``wfile`` gathers the reply.

    ``finish`` sends what ``wfile`` holds as one datagram; if nothing was written, it sends nothing.
    """

    marks: ClassVar[HandlerMarks] = HandlerMarks(request_kind="datagrams")

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
        """Send the reply; if it cannot be delivered, it is dropped with a line in the log."""
        if reply := self.wfile.getvalue():
            # The endpoint gives one of the kernel's addresses, whatever type the handler declares.
            send_reply(self.socket, reply, cast("Address", self.client_address))
