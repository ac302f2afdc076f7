"""rfile and wfile: bounded files over a connection, which distinguish a silent client from one that has ended.

They know a socket and its limits, nothing of handlers. What a read that raises has taken, ``sockets/lines.py`` says.
"""

import io
import socket
import time
from typing import Final

from typing_extensions import Buffer, override

from typedserver.config import StreamConfig, waits_of
from typedserver.errors import CompositionError, PeerTimedOut
from typedserver.protocols.files import SendableFile
from typedserver.protocols.handlers import ServerContext
from typedserver.sockets.accepted import Connection
from typedserver.sockets.connection import disable_nagle
from typedserver.sockets.exchange import Exchange
from typedserver.sockets.limited import is_ready_within, must_wait_on, send_rest
from typedserver.sockets.limits import LimitedSocket, limit_waits
from typedserver.sockets.lines import RestOfLine, line_too_long, read_limit_exceeded
from typedserver.sockets.parcels import FilePart, send_file, takes_files
from typedserver.sockets.silence import SilenceError, is_silence
from typedserver.sockets.states import speaks_tls
from typedserver.sockets.urgent import have_inline

# The most bytes of one receive: glibc makes a larger buffer by mmap(2), which costs more than a second receive.
_LARGEST_RECEIVE: Final = 120 * 1024


class FileConnection:
    """A connection that is used through files; making one sets its limits and options as the config says.

    accepted: the request that the server has accepted. The connection may be another one, which has replaced it.
    config: how the connection is treated.
    connection: the connection itself.
    source: what the files receive from and send to: it keeps the limits of the waits.
    exchange: the exchange on it; a file that reads or writes something notes it there.
    reader, writer: the files that were made of it; None for one that nobody has asked for.
    """

    __slots__ = (
        "_accepted",
        "_client_address",
        "_server",
        "config",
        "connection",
        "exchange",
        "reader",
        "source",
        "writer",
    )

    def __init__(
        self,
        connection: socket.socket,
        client_address: object,
        config: StreamConfig,
        server: ServerContext,
        accepted: socket.socket,
    ) -> None:
        read_timeout, write_timeout = waits_of(config, server)
        by_server = config.timeout == "server"
        exchange = Exchange(connection, client_address, server, read_timeout, write_timeout, by_server)
        self.config: StreamConfig = config
        self.connection: socket.socket = connection
        self.source: LimitedSocket = limit_waits(connection, read_timeout, write_timeout)
        if isinstance(connection, Connection):
            connection.unread = self
        self.exchange: Exchange = exchange
        self.reader: Reader | None = None
        self.writer: io.BufferedIOBase | None = None
        self._client_address = client_address
        self._server = server
        self._accepted = accepted
        if config.disable_nagle_algorithm:
            disable_nagle(connection)
        if config.urgent == "deliver":
            raise CompositionError(
                'StreamConfig(urgent="deliver") needs a Stream: a handler that reads files asks the kernel by '
                'request.recv(1, socket.MSG_OOB), or takes urgent="inline"'
            )
        if config.urgent == "inline" and not speaks_tls(connection):
            have_inline(connection)
        if config.ends_idle:
            server.call_when_draining(accepted, exchange.end_if_idle)

    def replaced(self, connection: socket.socket, config: StreamConfig) -> "FileConnection":
        """Return what takes the place of this one, whose files are closed: another connection, or another config."""
        self.close()
        return FileConnection(connection, self._client_address, config, self._server, self._accepted)

    @property
    def buffered(self) -> int:
        """How many bytes were received and not read yet."""
        return 0 if self.reader is None else self.reader.buffered

    def open_reader(self) -> "Reader":
        """Make ``rfile``."""
        self.reader = reader = Reader(self)
        return reader

    def open_writer(self) -> io.BufferedIOBase:
        """Make ``wfile``."""
        size = self.config.wbufsize
        self.writer = writer = (
            Writer(self)
            if size == 0
            else io.BufferedWriter(RawWriter(self), io.DEFAULT_BUFFER_SIZE if size < 0 else size)
        )
        return writer

    def send_file(self, file: SendableFile, offset: int, count: int | None) -> int:
        """Send a part of a file, as ``Stream.sendfile`` does; returns how many bytes."""
        exchange = self.exchange
        if exchange.broken_off:
            raise exchange.gone()
        part = FilePart(file, offset, count, self._send_by_kernel if takes_files(self.connection) else None)
        is_over = False
        try:
            while part.load():
                try:
                    part.send(self.source.send)
                except (BlockingIOError, TimeoutError) as error:
                    if not must_wait_on(self.connection):
                        raise exchange.write_error(error) from None
            is_over = True
        finally:
            exchange.broken_off = not is_over and part.sent > 0
            part.settle()
        if exchange.mid_message and part.sent:
            exchange.mid_message = False
        return part.sent

    def _send_by_kernel(self, descriptor: int, offset: int, count: int) -> int:
        limit = self.exchange.write_timeout
        deadline = None if limit is None else time.monotonic() + limit
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            in_time = is_ready_within(self.connection.fileno(), left, readable=False)
            try:
                # At the end of the time as well: see PolledConnection.
                return send_file(self.connection, descriptor, offset, count)
            except BlockingIOError:
                if not in_time:
                    raise SilenceError from None

    def close(self) -> None:
        """Close the files that were made of it; what they still hold is sent, unless the client has gone."""
        if self.writer is not None:
            close_file(self.writer)
        if self.reader is not None:
            self.reader.close()

    def receive(self, size: int) -> bytes:
        """Receive, as the socket's ``recv`` does; half a message is waited for although the server drains.

        Raises PeerTimedOut if the peer is silent for too long.
        """
        exchange = self.exchange
        if not exchange.mid_message:
            exchange.idle = True
            if exchange.drains is not None:
                exchange.end_if_idle()
        try:
            data = self.source.recv(size)
            exchange.idle = False
            if not data:
                data = self._receive_at_end(size)
        except PeerTimedOut:
            raise
        except (BlockingIOError, TimeoutError) as error:
            if must_wait_on(self.connection):
                return self.receive(size)
            raise exchange.read_error(error) from None
        return data

    def _receive_at_end(self, size: int) -> bytes:
        if self.exchange.mid_message and self.exchange.drains is not None:
            data = self._receive_rest(size)
            if data:
                return data
        if isinstance(self.connection, Connection):
            self.connection.unread = False
        return b""

    def _receive_rest(self, size: int) -> bytes:
        source = self.source
        for seconds in self.exchange.pauses_for_rest():
            time.sleep(seconds)
            if data := source.recv(size):
                return data
        return source.recv(size)


class Reader(io.BufferedIOBase):
    """rfile: bounded, because a client could otherwise make it hold any amount.

    It has the methods of an ``io.BufferedReader``. It is none, because that drops what it has gathered if it then finds
    the peer silent.
    """

    def __init__(self, connection: FileConnection) -> None:
        config = connection.config
        self._connection = connection
        self._exchange = connection.exchange
        # A buffer of one byte is as good as none: no more is received than is asked for.
        self._size = io.DEFAULT_BUFFER_SIZE if config.rbufsize < 0 else max(1, config.rbufsize)
        self._limit = config.limit
        self._read_limit = config.read_limit
        # What was received and not read yet begins at ``_start``.
        self._data = b""
        self._start = 0
        # What is still to come of a line that was too long.
        self._rest: RestOfLine | None = None
        # Whether there is nothing of that kind, and the file is open.
        self._is_plain = True

    @override
    def readable(self) -> bool:
        return True

    @override
    def fileno(self) -> int:
        return self._connection.connection.fileno()

    @property
    def buffered(self) -> int:
        """How many bytes were received and not read yet."""
        return len(self._data) - self._start

    @override
    def close(self) -> None:
        connection = self._connection.connection
        if self.buffered and isinstance(connection, Connection) and connection.unread is not False:
            # The peer was not heard to its end.
            connection.unread = True
        self._is_plain = False
        self._data, self._start = b"", 0
        super().close()

    # The buffer

    def _take(self, size: int) -> bytes:
        """Take so many bytes of what is buffered, or all of it."""
        start = self._start
        data = self._data
        end = start + size
        if end < len(data):
            self._start = end
        else:
            self._data, self._start = b"", 0
        taken = data[start:end]
        # A read of nothing begins no message.
        if taken:
            self._exchange.mid_message = True
        return taken

    def _receive(self, wanted: int) -> bytes:
        """Receive what follows, once and for at least as many bytes as the buffer has; b"" at the end of file."""
        size = self._size
        if wanted > size:
            size = min(wanted, _LARGEST_RECEIVE)
        if self._is_plain:
            return self._connection.receive(size)
        if self.closed:
            raise ValueError("I/O operation on closed file")
        return self._receive_past(size)

    def _receive_past(self, size: int) -> bytes:
        """Receive past the rest of a line that was too long."""
        rest = self._rest
        while rest is not None and (data := self._connection.receive(size)):
            following = rest.after(data)
            if following is not None:
                self._rest = rest = None
                self._is_plain = True
                return following or self._connection.receive(size)
        self._rest = None
        self._is_plain = True
        return b""

    def _gather(self, most: int, separator: bytes | None) -> None:
        """Receive until as many bytes are buffered, or the separator is, or the file ends.

        What has come is buffered in any case, whatever a receive raises.
        """
        gathered = bytearray(self._data[self._start :])
        if gathered:
            # Half a message is buffered: a drain waits for the rest.
            self._exchange.mid_message = True
        try:
            while len(gathered) < most:
                searched = len(gathered)
                data = self._receive(most - searched if separator is None else 0)
                if not data:
                    break
                self._exchange.mid_message = True
                # To append to a bytearray costs next to nothing, however small the pieces are that the peer sends.
                gathered += data
                if separator is not None and gathered.find(separator, searched) >= 0:
                    break
        finally:
            self._data, self._start = bytes(gathered), 0

    # What a handler reads

    @override
    def readline(self, size: int | None = -1, /) -> bytes:
        # The usual line is found without a call of our own methods.
        limit = self._limit if size == -1 or size is None or size < 0 else size
        data = self._data
        if not data and limit:
            data = self._data = self._connection.receive(self._size) if self._is_plain else self._receive(0)
            if not data:
                return b""
        start = self._start
        # Found without the limit, whose end would cost more to hand over than what is searched in vain.
        end = data.find(b"\n", start) + 1
        if not end or end - start > limit:
            return self._readline_on(limit, sized=size is not None and size >= 0)
        if end < len(data):
            self._start = end
        else:
            self._data, self._start = b"", 0
        self._exchange.mid_message = True
        return data[start:end]

    def _readline_on(self, limit: int, *, sized: bool) -> bytes:
        """Read a line of which no end is buffered.

        sized: whether a line is read in parts of ``limit`` bytes, rather than refused past it.
        """
        most = limit if sized else limit + 1
        if self._data and len(self._data) - self._start < most:
            self._gather(most, b"\n")
        start = self._start
        end = self._data.find(b"\n", start, start + limit)
        if end >= 0:
            return self._take(end + 1 - start)
        if sized or len(self._data) - start <= limit:
            return self._take(limit)
        self._drop_line()
        raise line_too_long(limit, b"\n")

    def _drop_line(self) -> None:
        """Take what has come of a line that is too long, and have the rest of it discarded."""
        end = self._data.find(b"\n", self._start)
        if end >= 0:
            self._take(end + 1 - self._start)
        else:
            self._rest = RestOfLine(b"\n", self._take(len(self._data)))
            self._is_plain = False

    @override
    def readlines(self, hint: int | None = -1, /) -> list[bytes]:
        if hint is None or hint <= 0:
            # All lines are a read to the end of file, so its limit applies.
            return io.BytesIO(self.read()).readlines()
        lines: list[bytes] = []
        size = 0
        try:
            while size <= hint and (line := self.readline()):
                lines.append(line)
                size += len(line)
        except BaseException:
            self._data, self._start = b"".join(lines) + self._data[self._start :], 0
            raise
        return lines

    @override
    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            return self._read_all()
        if not self._data and size:
            data = self._receive(size)
            if len(data) == size:
                # All that was asked for, and no more, as a large read mostly brings.
                self._exchange.mid_message = True
                return data
            self._data = data
        if 0 < len(self._data) - self._start < size:
            self._gather(size, None)
        return self._take(size)

    def _read_all(self) -> bytes:
        limit = self._read_limit
        self._gather(limit + 1, None)
        if len(self._data) > limit:
            self._take(limit)
            raise read_limit_exceeded(limit)
        return self._take(limit)

    @override
    def read1(self, size: int = -1, /) -> bytes:
        if not self._data and size:
            self._data = self._receive(max(0, size))
        return self._take(size if size >= 0 else len(self._data))

    def peek(self, _size: int = 0, /) -> bytes:
        """Return what is buffered without taking it; if nothing is, receive once."""
        if not self._data:
            self._data = self._receive(0)
        return self._data[self._start :]


class RawWriter(io.RawIOBase):
    """What a buffered wfile writes to."""

    def __init__(self, connection: FileConnection) -> None:
        self._connection = connection

    @override
    def writable(self) -> bool:
        return True

    @override
    def fileno(self) -> int:
        return self._connection.connection.fileno()

    @override
    def write(self, data: Buffer, /) -> int:
        exchange = self._connection.exchange
        try:
            sent = self._connection.source.send(data)
        except (BlockingIOError, TimeoutError) as error:
            if must_wait_on(self._connection.connection):
                return self.write(data)
            raise exchange.write_error(error) from None
        if exchange.mid_message:
            exchange.mid_message = False
        return sent


class Writer(io.BufferedIOBase):
    """wfile without a buffer: what is written has been sent when ``write`` returns."""

    def __init__(self, connection: FileConnection) -> None:
        self._connection = connection

    @override
    def writable(self) -> bool:
        return True

    @override
    def fileno(self) -> int:
        return self._connection.connection.fileno()

    @override
    def write(self, data: Buffer, /) -> int:
        exchange = self._connection.exchange
        if exchange.broken_off:
            raise exchange.gone()
        # ``send`` counts bytes; a buffer may have larger items.
        size = len(data) if type(data) is bytes else memoryview(data).nbytes
        if not size:
            return 0
        send = self._connection.source.send
        try:
            # Mostly the kernel takes all at once.
            sent = send(data)
            if sent != size:
                send_rest(send, data, sent)
        except (BlockingIOError, TimeoutError) as error:
            # A part may have been sent, so nothing can follow.
            exchange.broken_off = is_silence(error)
            raise exchange.write_error(error) from None
        # Not before the first read: a greeting answers nothing. Nor does a write of nothing.
        if exchange.mid_message:
            exchange.mid_message = False
        return size


def close_file(file: io.IOBase) -> None:
    """Close a file that is written to; what it still holds is sent, and it is no error if that finds nobody."""
    try:  # noqa: SIM105 - contextlib.suppress costs a third of a microsecond for each request
        file.close()
    except (OSError, ValueError):
        # ValueError: a file over another one that was closed before.
        pass
