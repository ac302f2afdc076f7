"""Handler classes: an object is made for each request, and its constructor runs setup, handle and finish.

They know the request, the client's address and the server that they are given; nothing of endpoints or strategies.
"""

import io
import socket
import traceback
from typing import ClassVar, Final, Generic, cast

from typing_extensions import TypeVar

from typedserver.config import DEFAULT_STREAM_CONFIG, StreamConfig
from typedserver.coroutines.context import context_of
from typedserver.errors import CompositionError, PeerTimedOut
from typedserver.handlers.files import FileConnection, close_file
from typedserver.protocols.files import SendableFile
from typedserver.protocols.handlers import HandlerMarks, ServerContext
from typedserver.protocols.requests import Address, DatagramRequest, DatagramSocket
from typedserver.sockets.connection import end_and_close
from typedserver.sockets.datagrams import send_reply
from typedserver.sockets.silence import is_silence

HandlerRequestT = TypeVar("HandlerRequestT")
HandlerServerT = TypeVar("HandlerServerT", bound=ServerContext, default=ServerContext)
HandlerAddressT = TypeVar("HandlerAddressT", default=Address)
HandlerSocketT = TypeVar("HandlerSocketT", bound=socket.socket, default=socket.socket)

# The settings that socketserver's handlers read from their class.
_FIELDS: Final = {"timeout", "rbufsize", "wbufsize", "disable_nagle_algorithm"}

# The methods of a connection, or of a file that was made of one, that write.
_WRITES: Final = {"write", "send", "sendall", "sendfile", "sendmsg"}


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


class StreamRequestHandler(
    BaseRequestHandler[HandlerSocketT, HandlerServerT, HandlerAddressT],
    Generic[HandlerServerT, HandlerAddressT, HandlerSocketT],
):
    """Answers a connection through two files: ``rfile`` to read from, ``wfile`` to write to.

    config: the settings that are class attributes of ``socketserver``'s handler; give it by
    ``functools.partial(Handler, config=StreamConfig(...))``.

    The files are made on first use, and closed by ``finish``. A read or write that finds the peer silent for
    ``config.timeout`` seconds raises PeerTimedOut; a line of more than ``config.limit`` bytes raises LineTooLong.

    After PeerTimedOut what has come is still there to be read; after LineTooLong the next read begins at the next line.

    ``request``, ``connection``, ``rfile`` and ``wfile`` may be set, as in ``socketserver``: ``setup`` may set
    ``request`` to a TLS socket before it calls the inherited one, and ``handle`` may set ``connection`` to one later.
    The files are then made anew of that, within the same limits, unless the handler sets its own. When the handler is
    over, the files are closed, and so is the connection that was set.

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
        request: HandlerSocketT,
        client_address: HandlerAddressT,
        server: HandlerServerT,
        /,
        *,
        config: StreamConfig = DEFAULT_STREAM_CONFIG,
    ) -> None:
        self.config = config
        # Before ``setup``, which may read already, and may be overridden without calling the inherited one.
        self._files = FileConnection(request, client_address, config, context_of(server), request)
        self._is_settled = False
        self._rfile: io.BufferedIOBase | None = None
        self._wfile: io.BufferedIOBase | None = None
        try:
            super().__init__(request, client_address, server)
        except TimeoutError as error:
            if isinstance(error, PeerTimedOut) or not is_silence(error):
                raise
            silence = self._silence_in(error)
            if silence is None:
                raise
            raise silence from error
        finally:
            if self.request is not request or self._files.connection is not request:
                self._end_what_was_set(request)

    @property
    def connection(self) -> socket.socket:
        """The connected socket: what ``request`` is in ``setup``, or what it was set to.

        Under Linux the ``recv`` and ``send`` of a plain socket raise BlockingIOError, not PeerTimedOut, after
        ``config.timeout``.
        """
        return self._settle().connection

    @connection.setter
    def connection(self, connection: socket.socket) -> None:
        self._is_settled = True
        if connection is not self._files.connection:
            self._replace(connection)

    @property
    def rfile(self) -> io.BufferedIOBase:
        """What the client sends."""
        if self._rfile is None:
            self._rfile = self._settle().open_reader()
        return self._rfile

    @rfile.setter
    def rfile(self, file: io.BufferedIOBase) -> None:
        self._rfile = file

    @property
    def wfile(self) -> io.BufferedIOBase:
        """What is sent to the client; unbuffered unless ``config.wbufsize`` is set."""
        if self._wfile is None:
            self._wfile = self._settle().open_writer()
        return self._wfile

    @wfile.setter
    def wfile(self, file: io.BufferedIOBase) -> None:
        self._wfile = file

    def sendfile(self, file: SendableFile, offset: int = 0, count: int | None = None) -> int:
        """Send a part of a file behind what was written to ``wfile``; returns how many bytes.

        It is ``Stream.sendfile`` for this handler: the kernel sends the file if it can, within the same limits, and the
        arguments, the position of the file and what is raised are the same.
        """
        self.wfile.flush()
        return self._settle().send_file(file, offset, count)

    def _settle(self) -> FileConnection:
        """Settle what the files are made of, if this is asked for the first time: ``setup`` may set it before."""
        if not self._is_settled:
            self._is_settled = True
            if self.request is not self._files.connection or self.config is not self._files.config:
                self._replace(self.request)
        return self._files

    def _replace(self, connection: socket.socket) -> None:
        files = self._files
        # What was received before and not read is dropped with its file: a command that was sent in plain text must not
        # count as one that came by TLS (RFC 3207, 4.2).
        if self._rfile is files.reader:
            self._rfile = None
        if self._wfile is files.writer:
            self._wfile = None
        self._files = files.replaced(connection, self.config)

    def _silence_in(self, error: TimeoutError) -> PeerTimedOut | None:
        """Return what a timeout means that the handler's own use of its connection has raised; None for any other."""
        exchange = self._files.exchange
        # A handler may wait for others too. A timeout of its connection was raised in a method of that, or of a file
        # that was made of it.
        for frame, _ in traceback.walk_tb(error.__traceback__):
            place: object = frame.f_locals.get("self")
            if place is self._files.connection or isinstance(place, socket.SocketIO):
                writes = frame.f_code.co_name in _WRITES
                return exchange.took_nothing() if writes else exchange.sent_nothing()
        return None

    def _end_what_was_set(self, accepted: socket.socket) -> None:
        # The server ends the connection that it has accepted. A wrapped one has taken the descriptor from that.
        # A handler may use the name ``request`` for something else.
        for connection in cast("tuple[object, object]", (self._files.connection, self.request)):
            if connection is not accepted and isinstance(connection, socket.socket):
                end_and_close(connection)

    def setup(self) -> None:
        """Settle ``connection``, with the limits and options that ``config`` says."""
        self._settle()

    def finish(self) -> None:
        """Flush and close the files; it is no error if the client has gone meanwhile."""
        if self._wfile is not None:
            close_file(self._wfile)
        if self._rfile is not None:
            self._rfile.close()


class DatagramRequestHandler(BaseRequestHandler[DatagramRequest, HandlerServerT, HandlerAddressT]):
    """Answers a datagram through two files: ``rfile`` holds the packet, ``wfile`` gathers the reply.

    ``finish`` sends what ``wfile`` holds as one datagram; if nothing was written, it sends nothing. ``socket`` is what
    that is sent through, a DatagramSocket: its ``getsockname`` says which address was asked, if the endpoint knows.
    """

    marks: ClassVar[HandlerMarks] = HandlerMarks(request_kind="datagrams")

    packet: bytes
    socket: DatagramSocket
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
