"""Handler classes: made for one request, which their constructor answers with setup, handle and finish.

They know the request, the client's address and the server they are given; nothing of endpoints or strategies.
"""

import contextlib
import io
import socket
from typing import ClassVar, Final, Generic, TypeAlias, cast

from typing_extensions import TypeVar

from typedserver.config import DEFAULT_STREAM_CONFIG, StreamConfig, waits_of
from typedserver.coroutines.context import context_of
from typedserver.errors import CompositionError
from typedserver.handlers.files import Exchange, RawConnection, Reader, Writer
from typedserver.protocols.handlers import HandlerMarks, ServerContext
from typedserver.protocols.requests import Address, DatagramRequest, StreamRequest
from typedserver.sockets.connection import disable_nagle, limit_waits
from typedserver.sockets.datagrams import send_reply

HandlerRequestT = TypeVar("HandlerRequestT")
HandlerServerT = TypeVar("HandlerServerT", bound=ServerContext, default=ServerContext)
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
        self._exchange = Exchange(request, client_address, config, context_of(server))
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
            self._rfile = Reader(self._exchange, self.config)
        return self._rfile

    @property
    def wfile(self) -> io.BufferedIOBase:
        """What is sent to the client; unbuffered unless ``config.wbufsize`` says otherwise."""
        if self._wfile is None:
            if self.config.wbufsize == 0:
                self._wfile = Writer(self._exchange)
            else:
                size = io.DEFAULT_BUFFER_SIZE if self.config.wbufsize < 0 else self.config.wbufsize
                self._wfile = io.BufferedWriter(RawConnection(self._exchange), size)
        return self._wfile

    def setup(self) -> None:
        """Set the connection's limits and options as ``config`` says."""
        limit_waits(self.request, *waits_of(self.config, context_of(self.server)))
        if self.config.disable_nagle_algorithm:
            disable_nagle(self.request)
        if self.config.ends_idle:
            context_of(self.server).call_when_draining(self.request, self._exchange.end_if_idle)

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
        """Send the reply; one that can not be delivered is dropped with a line in the log."""
        if reply := self.wfile.getvalue():
            # The endpoint gives one of the kernel's addresses, whatever the handler has narrowed it to.
            send_reply(self.socket, reply, cast("Address", self.client_address))
