"""The listener of TLS: when contexts are loaded, and whose handshake comes next; loaded only if TLS is used."""

import socket
import ssl
from typing import Any

from typing_extensions import TypeVar, override

from typedserver.access.layers import established_inside, turn_away
from typedserver.coroutines.tls import handshake
from typedserver.endpoints.bases import ListenerWrapper
from typedserver.protocols.endpoints import CertificateState, Endpoint, Listener
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.requests import StreamRequest
from typedserver.security.tls_config import TLSConfig
from typedserver.security.tls_loaded import Loaded
from typedserver.sockets.announced import announce_end
from typedserver.sockets.tls_connection import TLSConnection

AddressT = TypeVar("AddressT")


def listen_with_tls(
    endpoint: Endpoint[StreamRequest, AddressT], config: TLSConfig | ssl.SSLContext
) -> "TLSListener[AddressT]":
    """Load the files, then open the endpoint's listener; raises ListenError, which names the remedy."""
    # The files first: if one is wrong, nothing is open yet.
    loaded = Loaded(config)
    return TLSListener[AddressT](endpoint.listen(), loaded)


class TLSListener(ListenerWrapper[ssl.SSLSocket, AddressT]):
    """Does the handshake with each peer before a handler gets its connection."""

    __slots__ = ("_awaits", "_loaded")

    def __init__(self, inner: Listener[StreamRequest, AddressT], loaded: Loaded) -> None:
        super().__init__(inner)
        self._loaded = loaded
        # Whether the wrapped listener has a part of its own in this, which may wait for the peer.
        self._awaits = inner.establishes

    @property
    @override
    def certificates(self) -> tuple[CertificateState, ...]:
        """Those that it shows to new clients."""
        return (*self._loaded.contexts.states, *self.inner.certificates)

    @property
    @override
    def watch(self) -> float | None:
        """As the config says, or the wrapped listener, whichever is more often."""
        both = [seconds for seconds in (self._loaded.watch, self.inner.watch) if seconds is not None]
        return min(both, default=None)

    @override
    def has_changed(self) -> bool:
        """Return whether a file has changed since it was loaded."""
        return self._loaded.has_changed() or self.inner.has_changed()

    @override
    def reload(self) -> None:
        """Load the files anew, for the connections that come next; raises ListenError, and goes on with what it had."""
        self._loaded.reload()
        self.inner.reload()

    @override
    async def establish(
        self, request: object, client_address: object, server: ServerContext, /
    ) -> tuple[ssl.SSLSocket, AddressT]:
        """Establish the request as the wrapped listener does, then do the handshake; raises HandshakeFailed."""
        raw: Any = request
        address: Any = client_address
        if self._awaits:
            raw, address = await established_inside(self.inner, request, client_address, server)
        return await self.encrypt(raw, address, server, was_awaited=self._awaits)

    async def encrypt(
        self, raw: socket.socket, address: AddressT, server: ServerContext, *, was_awaited: bool
    ) -> tuple[ssl.SSLSocket, AddressT]:
        """Do the handshake with an established connection.

        was_awaited: whether a coroutine may have waited for it.

        Raises HandshakeFailed, and the connection is closed then.
        """
        if was_awaited and not raw.getblocking():
            # The loop in which it was waited for must leave the descriptor before another object has it.
            announce_end(raw)
        contexts = self._loaded.contexts
        connection = TLSConnection(raw, contexts.default)
        try:
            await handshake(connection, address, server, contexts)
        except BaseException:
            # What TLS had to say was sent.
            turn_away(self.inner, connection)
            raise
        return connection, address
