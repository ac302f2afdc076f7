"""Links: one connection, or one socket of datagrams, over which messages of RPC go to a server and come back.

A link knows where a message begins and ends, and how its transport fails; nothing of what is in a message, or who waits
for one. Any number of coroutines send, in any threads; one receives at a time.
"""

import contextlib
import errno
import math
import socket
import time
from collections.abc import Sequence
from typing import Final, Protocol, final

from typedserver.config import StreamConfig
from typedserver.coroutines.connect import ClientStream, connect
from typedserver.coroutines.resolving import Candidate, interleaved, numeric, resolve
from typedserver.coroutines.timeouts import Timeout
from typedserver.coroutines.waits import Readable, wait_for
from typedserver.errors import ConnectError, ConnectTimedOut, DatagramTooLong
from typedserver.protocols.messages import Gathering
from typedserver.protocols.requests import Address, InetAddress
from typedserver.rpc.record_marking import RecordMarking
from typedserver.sockets.accepted import Connection
from typedserver.sockets.announced import announce_end

# How much is received at once; and what the largest datagram has.
_RECEIVE: Final = 256 * 1024
_DATAGRAM: Final = 65536

# How many datagrams are received before others of the loop have their turn.
_AT_ONCE: Final = 64

# What a send says that may succeed later: the datagram is lost, as one may be on its way.
_FULL: Final = (errno.EAGAIN, errno.ENOBUFS, errno.ENOMEM)


class Link(Protocol):
    """A way to a server and back."""

    @property
    def pause(self) -> float:
        """How many seconds after a message it is sent again, first; infinite if nothing gets lost."""
        ...

    @property
    def untried(self) -> bool:
        """Whether there are other addresses to try if nobody listens at this one."""
        ...

    async def send(self, messages: Sequence[bytes]) -> None:
        """Send messages; raises OSError if that fails, and then no message has arrived whole that was the last one."""
        ...

    async def receive(self, until: float | None) -> Sequence[bytes]:
        """Return messages that have come; raises TimeoutError at ``until``, OSError or FramingError at its end."""
        ...

    def received(self) -> Sequence[bytes] | None:
        """Return the messages that have come, without waiting; None if its peer has ended it, as far as is known."""
        ...

    def close(self) -> None:
        """End it; who receives gets OSError. From any thread, and any number of times."""
        ...

    def leave(self) -> None:
        """Close this process's copy of it, which is the parent's."""
        ...


@final
class Records:
    """Finds the records in what has come of a stream (RFC 5531, 11).

    framing: says where a record ends, and how long one may be.
    """

    __slots__ = ("_begun", "_framing")

    def __init__(self, framing: RecordMarking) -> None:
        self._framing = framing
        # What has come of a record that has not ended.
        self._begun: Gathering | None = None

    def take(self, data: bytes) -> Sequence[bytes]:
        """Return the records that end in ``data``; raises FramingError for one beyond the limit."""
        if self._begun is not None:
            whole = self._begun.add(data)
            if whole is None:
                return ()
            self._begun, data = None, whole
        records, rest = self._framing.split(data)
        if rest:
            # It says what is wrong, if anything is.
            self._framing.decode(rest, 0)
            self._begun = self._framing.gather(rest)
        return records


@final
class StreamLink:
    """A connection of TCP or of a Unix socket."""

    __slots__ = ("_framing", "_records", "_socket", "_stream", "pause", "untried")

    def __init__(self, stream: "ClientStream[Address]", limit: int) -> None:
        self.pause: Final = math.inf
        self.untried: Final = False
        self._stream = stream
        # Asked for once, because each time costs; what the stream reads would wait in its buffer.
        self._socket = stream.socket
        self._framing = RecordMarking(limit=limit)
        self._records = Records(self._framing)

    async def send(self, messages: Sequence[bytes]) -> None:
        """Send messages, each as a record of one fragment."""
        await self._stream.write(self._framing.join(messages))

    async def receive(self, until: float | None) -> Sequence[bytes]:
        """Return the records that have ended; perhaps none."""
        connection = self._socket
        if not (isinstance(connection, Connection) and connection.holds):
            await wait_for(Readable(connection.fileno(), until, connection))
        try:
            data = connection.recv(_RECEIVE)
        except BlockingIOError:
            return ()
        if not data:
            raise ConnectionResetError(errno.ECONNRESET, "the server has ended the connection")
        return self._records.take(data)

    def received(self) -> Sequence[bytes] | None:
        """Return the records that have ended; None if the peer has ended the connection."""
        records: list[bytes] = []
        try:
            while data := self._socket.recv(_RECEIVE):
                records += self._records.take(data)
        except BlockingIOError:
            return records
        except (OSError, ValueError):
            pass
        return None

    def close(self) -> None:
        """End the connection both ways."""
        self._stream.close()

    def leave(self) -> None:
        """Close the copy of the descriptor: the connection goes on."""
        self._socket.close()


async def open_stream(address: Address, deadline: float | None, seconds: float | None) -> ClientStream[Address]:
    """Connect to a server; raises ConnectError.

    deadline: a time.monotonic value. seconds: how long a write may wait for the server.
    """
    left = remaining(address, deadline)
    config = StreamConfig(timeout=seconds, disable_nagle_algorithm=True)
    # The overloads are of each kind of address.
    if isinstance(address, str):
        return await connect(address, timeout=left, config=config)
    return await connect(address, timeout=left, config=config)


@final
class DatagramLink:
    """A socket of datagrams, which takes them from the server's address alone."""

    __slots__ = ("_has_received", "_others", "_socket", "pause")

    def __init__(self, connected: socket.socket, pause: float, *, untried: bool) -> None:
        self._socket = connected
        self.pause: Final = pause
        self._has_received = False
        self._others = untried

    @property
    def untried(self) -> bool:
        """Whether this address has never answered, and there are others."""
        return self._others and not self._has_received

    async def send(self, messages: Sequence[bytes]) -> None:
        """Send messages, each as a datagram; raises DatagramTooLong if one is none."""
        for message in messages:
            try:
                self._socket.send(message)
            except OSError as error:
                if error.errno == errno.EMSGSIZE:
                    raise DatagramTooLong(
                        f"a call of {len(message)} bytes is too long for a datagram: use TCPClient"
                    ) from error
                if error.errno not in _FULL:
                    raise

    async def receive(self, until: float | None) -> Sequence[bytes]:
        """Return the datagrams that have come; perhaps none."""
        await wait_for(Readable(self._socket.fileno(), until, self._socket))
        datagrams: list[bytes] = []
        try:
            while len(datagrams) < _AT_ONCE:
                datagrams.append(self._socket.recv(_DATAGRAM))
        except BlockingIOError:
            pass
        except OSError:
            # It is raised by the next receive as well, unless it was about one datagram that nobody took.
            if not datagrams:
                raise
        self._has_received = self._has_received or bool(datagrams)
        return datagrams

    def received(self) -> Sequence[bytes] | None:
        """Return nothing: there is no end of datagrams to be looked for."""
        return () if self._socket.fileno() >= 0 else None

    def close(self) -> None:
        """Close the socket; it is shut down first, so that a thread which waits for it wakes."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def leave(self) -> None:
        """Close the copy of the descriptor."""
        self._socket.close()


@final
class DatagramLinks:
    """Makes links of datagrams to the addresses of one name, the next one each time until all were tried.

    address: of the server. pause: see ``Link``.
    """

    __slots__ = ("_address", "_candidates", "_pause")

    def __init__(self, address: InetAddress, pause: float) -> None:
        self._address = address
        self._pause = pause
        self._candidates: list[Candidate] = []

    async def open(self, deadline: float | None) -> DatagramLink:
        """Make a socket for the next address; raises ConnectError."""
        if not self._candidates:
            self._candidates = await candidates_of(self._address, deadline)
        candidate = self._candidates.pop(0)
        connected = socket.socket(candidate.family, socket.SOCK_DGRAM)
        try:
            connected.setblocking(False)
            # It may be closed while another coroutine waits for it.
            announce_end(connected)
            connected.connect(candidate.address)
        except OSError as error:
            connected.close()
            if self._candidates:
                return await self.open(deadline)
            raise ConnectError(f"cannot send to {self._address!r}: {error.strerror}", error.errno) from error
        return DatagramLink(connected, self._pause, untried=bool(self._candidates))


async def candidates_of(address: InetAddress, deadline: float | None) -> list[Candidate]:
    """Return where to try, IPv6 and IPv4 in turn; raises ConnectError if a name has no address."""
    found = numeric(address)
    if found is not None:
        return found
    try:
        async with Timeout(deadline):
            return interleaved(await resolve(address))
    except TimeoutError as error:
        said = f"cannot connect to {address!r}: the name has no answer yet"
        raise ConnectTimedOut(said, errno.ETIMEDOUT) from error


def remaining(address: object, deadline: float | None) -> float | None:
    """Return how many seconds are left to connect; raises ConnectTimedOut if none are."""
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise ConnectTimedOut(f"cannot connect to {address!r}: the time of the call is over", errno.ETIMEDOUT)
    return left
