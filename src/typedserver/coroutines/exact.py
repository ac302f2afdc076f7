"""ExactStream: a Stream that receives not a byte more than it is asked for.

For who speaks first on a connection that is another's afterwards: a header, a challenge, an upgrade. What comes behind
stays in the kernel, or in the TLS layer, where the next one finds it. It knows the buffer of ``reading.py``, and no
protocol.
"""

import socket
from collections.abc import Callable
from typing import Final, Generic

from typing_extensions import TypeVar, override

from typedserver.config import DEFAULT_STREAM_CONFIG, StreamConfig
from typedserver.coroutines.reading import USUAL_RECEIVE
from typedserver.coroutines.stream import Stream
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.requests import Address
from typedserver.sockets.accepted import Connection
from typedserver.sockets.states import speaks_tls
from typedserver.sockets.waiting import DONT_WAIT

_PEEK: Final = int(socket.MSG_PEEK)

_ExactAddress_co = TypeVar("_ExactAddress_co", covariant=True, default=Address)
_ExactServer_co = TypeVar("_ExactServer_co", bound=ServerContext, covariant=True, default=ServerContext)
_ExactSocket_co = TypeVar("_ExactSocket_co", bound=socket.socket, covariant=True, default=socket.socket)


class ExactStream(
    Stream[_ExactAddress_co, _ExactServer_co, _ExactSocket_co],
    Generic[_ExactAddress_co, _ExactServer_co, _ExactSocket_co],
):
    """A Stream whose reads leave with the connection what they do not return.

    Another Stream of the same connection reads on where this one has stopped, also after LineTooLong, PeerTimedOut or
    a cancellation if this one has read to the end of what it had begun. Everything else is as in ``Stream``: deadlines,
    drain, errors, writes.

    A line is looked at before it is taken (MSG_PEEK, recv(2)), so it costs some calls more for each piece in which it
    comes, and no busy loop. What is read by a framing that does not foresee how long a message is comes a byte at a
    time.
    """

    # How it works: each receive of ``reading.py`` brings at most ``_most`` bytes. That is one, which always belongs to
    # what is being read, unless it is known here that more does.

    __slots__ = ()

    def __init__(
        self,
        request: _ExactSocket_co,
        client_address: _ExactAddress_co,
        server: _ExactServer_co,
        config: StreamConfig = DEFAULT_STREAM_CONFIG,
    ) -> None:
        super().__init__(request, client_address, server, config)
        self._most = 1

    @override
    async def read(self, n: int = -1) -> bytes:
        """Read up to ``n`` bytes, as ``Stream.read`` does."""
        if not self._data and self._next is None:
            # Up to the end of file everything is asked for.
            self._most = n if type(n) is int and n > 0 else USUAL_RECEIVE
        try:
            return await super().read(n)
        finally:
            self._most = 1

    @override
    async def _gather(
        self,
        complete: Callable[[bytearray], bool],
        wanted: int | None,
        most: Callable[[bytearray], int] | None = None,
    ) -> None:
        def lacking(gathered: bytearray) -> int:
            return 1 if wanted is None else wanted - len(gathered)

        try:
            await super()._gather(complete, wanted, most or lacking)
        finally:
            self._most = 1

    @override
    async def _gather_until(self, separator: bytes) -> None:
        limit = self._config.limit
        searched = 0

        def complete(gathered: bytearray) -> bool:
            nonlocal searched
            if len(gathered) > limit or gathered.find(separator, searched) >= 0:
                return True
            searched = max(0, len(gathered) - len(separator) + 1)
            return False

        def belongs(gathered: bytearray) -> int:
            """Return how many bytes belong to the line at least."""
            seen = self._peek(limit + 1 - len(gathered))
            end = (gathered[searched:] + seen).find(separator)
            return max(1, len(seen) if end < 0 else searched + end + len(separator) - len(gathered))

        await self._gather(complete, None, belongs)

    def _peek(self, most: int) -> bytes:
        """Return what has come without taking it; b"" if that is nothing, or cannot be told without waiting."""
        connection = self._socket
        # A TLS layer that a handler has made by itself cannot, and a plain socket may wait by a timeout of its own.
        if not (self._suspends or self._flags) or (speaks_tls(connection) and not isinstance(connection, Connection)):
            return b""
        try:
            return connection.recv(min(most, USUAL_RECEIVE), _PEEK | DONT_WAIT)
        except OSError:
            # If it is no silence, the next receive says so.
            return b""
