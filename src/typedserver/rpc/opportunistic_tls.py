"""OpportunisticTLS: an endpoint whose callers may ask for TLS before their first call.

It is a recipe; ``opportunistic_listener.py`` does what it says.
"""

from dataclasses import dataclass, replace
from typing import Final, Generic

from typing_extensions import TypeVar, override

from typedserver.access.tls import TLS
from typedserver.endpoints.bases import EndpointWrapper
from typedserver.protocols.endpoints import Endpoint, Listener
from typedserver.protocols.requests import StreamRequest
from typedserver.recipes import check_flags, recipe_repr
from typedserver.security.openssl import ssl
from typedserver.security.tls_config import TLSConfig

AddressT = TypeVar("AddressT")

# The protocol that RPC is to TLS (RFC 9289, 8.2).
_ALPN: Final = ("sunrpc",)


@dataclass(frozen=True, slots=True, repr=False)
class OpportunisticTLS(EndpointWrapper[StreamRequest, AddressT], Generic[AddressT]):
    """Let callers ask for TLS: ``rpc.OpportunisticTLS(TCP(port=2049), TLSConfig(certificate=..., key=...))``.

    A caller asks by a call of procedure 0 with the credentials AUTH_TLS, before anything else. The reply lets it begin,
    and after the handshake everything is as before, encrypted. The first bytes of all others are looked at and left
    where they are. All of this comes before the handler, under ``Deadlines(establish=)``, and holds no thread and no
    place of a strategy meanwhile.

    endpoint: an endpoint of connections.
    config: as in ``TLS``. A TLSConfig is taken with TLS 1.3 alone and, if it names no protocol, with ALPN "sunrpc", as
    RFC 9289 wants it. A context of the program's own is used as it is.
    required: whether callers that do not ask are refused, by TOOWEAK. Without it nobody is kept from listening who can
    change what is sent: they make the caller believe that the server has no TLS.

    Raises CompositionError for what does not fit.
    """

    endpoint: Endpoint[StreamRequest, AddressT]
    config: "TLSConfig | ssl.SSLContext"
    required: bool = False

    def __post_init__(self) -> None:
        # What it asks of both is what TLS asks.
        TLS(self.endpoint, self.config)
        check_flags("OpportunisticTLS", required=self.required)

    @property
    @override
    def inner(self) -> Endpoint[object, object]:
        """The endpoint that it wraps."""
        return self.endpoint

    def listen(self) -> Listener[StreamRequest, AddressT]:
        """Load the files, then open the wrapped endpoint's listener; raises ListenError, which names the remedy."""
        from typedserver.rpc.opportunistic_listener import OpportunisticListener  # noqa: PLC0415 - loads OpenSSL

        config = self.config
        if isinstance(config, TLSConfig):
            config = replace(config, minimum_version="1.3", alpn=config.alpn or _ALPN)
        return OpportunisticListener(self.endpoint, config, required=self.required)

    __repr__ = recipe_repr
