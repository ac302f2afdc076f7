"""The listener of OpportunisticTLS: who asks for TLS, and who is refused; loaded only if it is used.

It knows the one call that asks (RFC 9289, 4.1), byte for byte; no program and no other message.
"""

import ssl
import struct
from typing import Final

from typing_extensions import TypeVar, override

from typedserver.access.layers import established_inside, turn_away
from typedserver.access.tls_listener import TLSListener, listen_with_tls
from typedserver.coroutines.exact import ExactStream
from typedserver.coroutines.peeking import peek
from typedserver.endpoints.bases import ListenerWrapper
from typedserver.errors import HandshakeFailed
from typedserver.protocols.endpoints import Endpoint
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.requests import StreamRequest
from typedserver.rpc.programs import AuthStat
from typedserver.rpc.record_marking import RecordMarking
from typedserver.rpc.rpc_messages import AUTH_TLS, STARTTLS, denied
from typedserver.security.tls_config import TLSConfig

AddressT = TypeVar("AddressT")

# A call that asks, as a record: its mark; the number of the call; that it is one, of RPC 2; program and version, which
# may be any; procedure 0, AUTH_TLS with no more, and no verifier.
_XID_AT: Final = slice(4, 8)
_FIXED: Final = (
    (slice(0, 4), struct.pack(">I", 0x8000_0000 | 40)),
    (slice(8, 16), struct.pack(">2I", 0, 2)),
    (slice(24, 44), struct.pack(">5I", 0, AUTH_TLS, 0, 0, 0)),
)
_SIZE: Final = 44

_FRAMING: Final = RecordMarking()


class OpportunisticListener(ListenerWrapper[StreamRequest, AddressT]):
    """Looks at the first bytes of each connection, and encrypts it if these ask for that.

    It wraps a listener of TLS, and calls it for these connections alone.
    """

    __slots__ = ("_required", "_tls")

    def __init__(
        self, endpoint: Endpoint[StreamRequest, AddressT], config: TLSConfig | ssl.SSLContext, *, required: bool
    ) -> None:
        tls: TLSListener[AddressT] = listen_with_tls(endpoint, config)
        super().__init__(tls)
        self._tls: Final = tls
        self._required: Final = required

    @override
    async def establish(
        self, request: object, client_address: object, server: ServerContext, /
    ) -> tuple[StreamRequest, AddressT]:
        """Establish the request as the wrapped listener does, then look whether the peer asks for TLS.

        Raises HandshakeFailed; also for a peer that does not ask and must.
        """
        raw, address = await established_inside(self._tls.inner, request, client_address, server)
        try:
            encrypts = await self._is_asked(raw, address, server)
        except BaseException:
            turn_away(self._tls.inner, raw)
            raise
        return await self._tls.encrypt(raw, address, server, was_awaited=True) if encrypts else (raw, address)

    async def _is_asked(self, raw: StreamRequest, address: AddressT, server: ServerContext) -> bool:
        """Answer a call that asks for TLS; returns whether it has come."""
        seen = await peek(raw, address, server, _SIZE, lambda seen: not _may_ask(seen))
        asks = len(seen) == _SIZE and _may_ask(seen)
        if not asks and not (self._required and seen):
            return False
        stream = ExactStream(raw, address, server)
        try:
            if asks:
                await stream.readexactly(_SIZE)
                await stream.write(_FRAMING.encode(seen[_XID_AT] + STARTTLS))
                return True
            # Its first call, as far as it is there: if bytes were left unread, the refusal could be lost.
            began = await stream.read(_FRAMING.limit)
            await stream.write(_FRAMING.encode(began[_XID_AT] + denied(AuthStat.TOOWEAK)))
        finally:
            server.forget_when_draining(raw)
        raise HandshakeFailed(
            f"{address!r} has called without asking for TLS, which OpportunisticTLS(required=True) does not let in"
        )


def _may_ask(seen: bytes) -> bool:
    """Whether what has come is a call that asks for TLS, or may become one."""
    return all(fixed.startswith(seen[place]) for place, fixed in _FIXED)
