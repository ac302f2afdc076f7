"""rfile and wfile: bounded files over a connection that tell a silent client from one that has ended.

They know a socket and its limits, nothing of handlers.
"""

import io
import socket
import time

from typing_extensions import Buffer, override

from typedserver.config import StreamConfig, time_to_begin, waits_of
from typedserver.errors import LineTooLong, PeerTimedOut, ReadLimitExceeded
from typedserver.protocols.handlers import ServerContext
from typedserver.sockets.connection import REST_INTERVAL, end_reading, may_still_send
from typedserver.sockets.silence import is_silence, sent_nothing, took_nothing


class Exchange:
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

    def __init__(
        self, connection: socket.socket, client_address: object, config: StreamConfig, server: ServerContext
    ) -> None:
        self.connection: socket.socket = connection
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


class RawConnection(io.RawIOBase):
    """A connection as a raw file that tells a silent peer from one that has ended its stream.

    The socket's own ``makefile`` would take the EAGAIN of SO_RCVTIMEO for "nothing there" (socket(7)).
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    @override
    def readable(self) -> bool:
        return True

    @override
    def writable(self) -> bool:
        return True

    @override
    def fileno(self) -> int:
        return self._exchange.connection.fileno()

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        try:
            return self._exchange.receive_into(buffer)
        except PeerTimedOut:
            raise
        except (BlockingIOError, TimeoutError) as error:
            raise self._exchange.read_error(error) from None

    @override
    def write(self, data: Buffer, /) -> int:
        try:
            sent = self._exchange.connection.send(data)
        except (BlockingIOError, TimeoutError) as error:
            raise self._exchange.write_error(error) from None
        self._exchange.answer()
        return sent


class Reader(io.BufferedReader):
    """rfile: bounded where a client could otherwise make it hold any amount."""

    def __init__(self, exchange: Exchange, config: StreamConfig) -> None:
        # A buffer of one byte is as good as none, and keeps the interface of a buffered file.
        size = io.DEFAULT_BUFFER_SIZE if config.rbufsize < 0 else max(1, config.rbufsize)
        super().__init__(RawConnection(exchange), size)
        self._exchange = exchange
        self._limit = config.limit
        self._read_limit = config.read_limit

    @override
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

    @override
    def readlines(self, hint: int | None = -1, /) -> list[bytes]:
        # All lines are a read to the end of file, with its limit.
        return super().readlines(hint) if hint is not None and hint > 0 else io.BytesIO(self.read()).readlines()

    @override
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


class Writer(io.BufferedIOBase):
    """wfile without a buffer: what is written has been sent when ``write`` returns."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    @override
    def writable(self) -> bool:
        return True

    @override
    def fileno(self) -> int:
        return self._exchange.connection.fileno()

    @override
    def write(self, data: Buffer, /) -> int:
        try:
            self._exchange.connection.sendall(data)
        except (BlockingIOError, TimeoutError) as error:
            raise self._exchange.write_error(error) from None
        self._exchange.answer()
        return memoryview(data).nbytes
