"""A stream that goes on by TLS: the server's half of what STARTTLS asks for. It is loaded only if TLS is used.

It knows a connection, its server and a config; what a stream keeps of it, ``stream.py`` knows.
"""

import ssl

from typedserver.coroutines.tls import handshake
from typedserver.errors import CompositionError, HandshakeFailed
from typedserver.protocols.handlers import ServerContext
from typedserver.recipes import shown
from typedserver.security.tls_config import TLSConfig
from typedserver.security.tls_loaded import contexts_now
from typedserver.sockets.accepted import Connection
from typedserver.sockets.announced import announce_end
from typedserver.sockets.tls_connection import TLSConnection


class Upgrade:
    """One connection's change to TLS, in three steps; ``Stream.start_tls`` takes them.

    Raises CompositionError if the connection, or the config, cannot be what TLS begins with; ListenError if the
    config's files are wrong. The connection is as it was then.
    """

    __slots__ = ("_client_address", "_contexts", "_raw", "_server")

    def __init__(self, raw: object, client_address: object, server: ServerContext, config: object) -> None:
        if isinstance(raw, ssl.SSLSocket):
            raise CompositionError("start_tls on a connection that is encrypted already would encrypt it twice")
        if not isinstance(raw, Connection):
            raise CompositionError(
                f"start_tls needs a connection that a server of this library has accepted, and this one is a "
                f"{type(raw).__name__}"
            )
        if not isinstance(config, TLSConfig | ssl.SSLContext):
            raise CompositionError(f"start_tls needs a TLSConfig or an ssl.SSLContext, not {shown(config)}")
        self._raw = raw
        self._client_address = client_address
        self._server = server
        self._contexts = contexts_now(config)

    def check_early(self, early: bytes) -> None:
        """Raise HandshakeFailed if the peer has sent more behind its request for TLS, before that was answered."""
        if early:
            raise HandshakeFailed(
                f"{self._client_address!r} sent {len(early)} bytes behind its request for TLS, in plain text, which "
                "anybody may have put there: a client must wait for the answer before it sends more"
            )

    async def run(self) -> TLSConnection:
        """Do the server's half of the handshake, and return what the connection has become.

        Raises what ``handshake`` raises: nothing goes on with the connection then, which the server closes when its
        handler is over.
        """
        raw = self._raw
        if not raw.getblocking():
            # The loop in which it was waited for must leave the descriptor before another object has it.
            announce_end(raw)
        connection = TLSConnection(raw, self._contexts.default)
        waits = connection.getblocking()
        # So that each wait ends at the deadline of the whole: a client that sends a byte now and then would go on.
        connection.setblocking(False)
        await handshake(
            connection, self._client_address, self._server, self._contexts, self._server.deadlines.establish
        )
        connection.setblocking(waits)
        return connection
