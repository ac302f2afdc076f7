"""TLS: an endpoint whose connections are encrypted. It is a recipe; ``tls_listener.py`` does what it says."""

from dataclasses import dataclass
from typing import Generic

from typing_extensions import TypeVar, override

from typedserver.composition import check_endpoint
from typedserver.endpoints.bases import EndpointWrapper
from typedserver.errors import CompositionError
from typedserver.protocols.endpoints import Endpoint, Listener
from typedserver.protocols.requests import StreamRequest
from typedserver.recipes import recipe_repr, shown
from typedserver.security.openssl import ssl
from typedserver.security.tls_config import TLSConfig

AddressT = TypeVar("AddressT")


@dataclass(frozen=True, slots=True, repr=False)
class TLS(EndpointWrapper["ssl.SSLSocket", AddressT], Generic[AddressT]):
    """Encrypt the connections of an endpoint: ``TLS(TCP(port=443), TLSConfig(certificate=..., key=...))``.

    Each handler works as before. One that needs TLS says so: ``Stream[Address, ServerContext, ssl.SSLSocket]``,
    ``StreamRequestHandler[ServerContext, Address, ssl.SSLSocket]``. The handshake comes before the handler, under
    ``Deadlines(establish=)``, and holds no thread and no place of a strategy meanwhile. If it fails, the peer hears that
    as TLS says it, and the request's outcome is REJECTED.

    endpoint: an endpoint of connections, such as ``TCP``, ``UnixStream`` or ``ProxyProtocol`` around one.
    config: the files and rules; or a context of the program's own, which is used as it is and never loaded anew.

    Raises CompositionError for what does not fit.
    """

    endpoint: Endpoint[StreamRequest, AddressT]
    config: "TLSConfig | ssl.SSLContext"

    def __post_init__(self) -> None:
        kind = check_endpoint(self.endpoint).request_kind
        if kind != "connections":
            raise CompositionError(f"TLS needs an endpoint of connections, and {self.endpoint!r} gives {kind}")
        if not _is_config(self.config):
            raise CompositionError(f"TLS needs a TLSConfig or an ssl.SSLContext, not {shown(self.config)}")
        inner: object = self.endpoint
        while isinstance(inner, EndpointWrapper):
            if isinstance(inner, TLS):
                raise CompositionError("TLS around TLS encrypts twice, and no client expects that: leave one out")
            inner = inner.inner

    @property
    @override
    def inner(self) -> Endpoint[object, object]:
        """The endpoint that it wraps."""
        return self.endpoint

    def listen(self) -> "Listener[ssl.SSLSocket, AddressT]":
        """Load the files, then open the wrapped endpoint's listener; raises ListenError, which names the remedy."""
        from typedserver.access.tls_listener import listen_with_tls  # noqa: PLC0415 - loads OpenSSL

        return listen_with_tls(self.endpoint, self.config)

    __repr__ = recipe_repr


def _is_config(config: object) -> bool:
    # The second only if it must be, because it loads OpenSSL.
    return isinstance(config, TLSConfig) or isinstance(config, ssl.SSLContext)  # noqa: SIM101
