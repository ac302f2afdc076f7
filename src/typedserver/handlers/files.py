"""rfile and wfile: bounded files over a connection, which distinguish a silent client from one that has ended.

They know a socket and its limits, nothing of handlers.
"""

import io
import socket
import time

from typing_extensions import Buffer, override

from typedserver.config import StreamConfig, waits_of
from typedserver.errors import LineTooLong, PeerTimedOut, ReadLimitExceeded
from typedserver.protocols.handlers import ServerContext
from typedserver.sockets.exchange import Exchange


class FileConnection:
    """A connection that is used through files: how far its exchange is, is known by counting bytes.

    What is read by other methods than ``read``, ``readline`` and iteration counts as not read: such a connection never
    counts as one that waits between two messages.

    exchange: the exchange on it.
    read: how many bytes the handler has read; the reader adds to it.
    """

    __slots__ = ("_answered", "_received", "exchange", "read")

    def __init__(
        self, request: socket.socket, client_address: object, config: StreamConfig, server: ServerContext
    ) -> None:
        read_timeout, write_timeout = waits_of(config, server)
        by_server = config.timeout == "server"
        self.exchange: Exchange = Exchange(request, client_address, server, read_timeout, write_timeout, by_server)
        self._received = 0
        self.read: int = 0
        # How much was read when something was sent last.
        self._answered = 0

    def note_answer(self) -> None:
        """Note that something was sent."""
        self._answered = self.read

    def receive_into(self, buffer: Buffer) -> int:
        """Receive, as the socket's ``recv_into`` does; half a message is waited for although the server drains."""
        exchange = self.exchange
        between_messages = self._received == self.read == self._answered
        if between_messages:
            exchange.mid_message = False if self._received else None
            exchange.idle = True
            if exchange.drains is not None:
                exchange.end_if_idle()
        else:
            exchange.mid_message = True
        received = exchange.connection.recv_into(buffer)
        exchange.idle = False
        if not received and exchange.mid_message and exchange.drains is not None:
            received = self._receive_rest_into(buffer)
        self._received += received
        return received

    def _receive_rest_into(self, buffer: Buffer) -> int:
        for seconds in self.exchange.pauses_for_rest():
            time.sleep(seconds)
            if received := self.exchange.connection.recv_into(buffer):
                return received
        return self.exchange.connection.recv_into(buffer)


class RawConnection(io.RawIOBase):
    """A connection as a raw file that raises PeerTimedOut if the peer is silent for too long.

    The socket's own ``makefile`` would take the EAGAIN of SO_RCVTIMEO for "nothing there" (socket(7)).
    """

    def __init__(self, connection: FileConnection) -> None:
        self._connection = connection

    @override
    def readable(self) -> bool:
        return True

    @override
    def writable(self) -> bool:
        return True

    @override
    def fileno(self) -> int:
        return self._connection.exchange.connection.fileno()

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        try:
            return self._connection.receive_into(buffer)
        except PeerTimedOut:
            raise
        except (BlockingIOError, TimeoutError) as error:
            raise self._connection.exchange.read_error(error) from None

    @override
    def write(self, data: Buffer, /) -> int:
        try:
            sent = self._connection.exchange.connection.send(data)
        except (BlockingIOError, TimeoutError) as error:
            raise self._connection.exchange.write_error(error) from None
        self._connection.note_answer()
        return sent


class Reader(io.BufferedReader):
    """rfile: bounded, because a client could otherwise make it hold any amount."""

    def __init__(self, connection: FileConnection, config: StreamConfig) -> None:
        # A buffer of one byte is as good as none, and keeps the interface of a buffered file.
        size = io.DEFAULT_BUFFER_SIZE if config.rbufsize < 0 else max(1, config.rbufsize)
        super().__init__(RawConnection(connection), size)
        self._connection = connection
        self._limit = config.limit
        self._read_limit = config.read_limit

    @override
    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size if size is not None and size >= 0 else self._limit + 1)
        self._connection.read += len(line)
        if size is not None and size >= 0:
            return line
        if len(line) > self._limit:
            raise LineTooLong(
                f"more than {self._limit} bytes came without a newline: raise StreamConfig(limit=) if that is right"
            )
        return line

    @override
    def readlines(self, hint: int | None = -1, /) -> list[bytes]:
        # All lines are a read to the end of file, so its limit applies.
        return super().readlines(hint) if hint is not None and hint > 0 else io.BytesIO(self.read()).readlines()

    @override
    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size if size is not None and size >= 0 else self._read_limit + 1)
        self._connection.read += len(data)
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

    def __init__(self, connection: FileConnection) -> None:
        self._connection = connection

    @override
    def writable(self) -> bool:
        return True

    @override
    def fileno(self) -> int:
        return self._connection.exchange.connection.fileno()

    @override
    def write(self, data: Buffer, /) -> int:
        try:
            self._connection.exchange.connection.sendall(data)
        except (BlockingIOError, TimeoutError) as error:
            raise self._connection.exchange.write_error(error) from None
        self._connection.note_answer()
        return memoryview(data).nbytes
