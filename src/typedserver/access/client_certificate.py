"""ClientCertificate: who a peer is by the certificate that it has shown in the handshake of TLS (mTLS).

It knows a stream over TLS, and what asks for certificates. Whether one is to be trusted, the handshake has found out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar, cast, overload

from typedserver.access.layers import layers
from typedserver.access.tls import TLS
from typedserver.coroutines.stream import Stream
from typedserver.errors import AuthenticationFailed, CompositionError
from typedserver.protocols.endpoints import Endpoint
from typedserver.protocols.handlers import ServerContext
from typedserver.recipes import check_callable, recipe_repr
from typedserver.security.certificates import Certificate
from typedserver.security.openssl import ssl
from typedserver.security.tls_config import TLSConfig

PrincipalT = TypeVar("PrincipalT")
_P = TypeVar("_P")


@dataclass(frozen=True, slots=True, repr=False, init=False)
class ClientCertificate(Generic[PrincipalT]):
    """Know each peer by its certificate, which ``TLSConfig(client_certificate="required", client_ca=)`` has verified.

    ``Authenticated(TLS(TCP(port=443), config), ClientCertificate())``: the principal is the ``Certificate`` itself.

    principal: makes the principal of the certificate; None for one whose peer is not to be let in. It is called in the
    server's loop, so it must not wait. It trusts what the authorities of ``client_ca`` have signed: a subject or a name
    says who somebody is only if these give it to nobody else.

    Raises RecipeError for what is no function of a certificate; in ``Authenticated`` CompositionError for an endpoint
    whose peers need not show a certificate.
    """

    principal: Callable[[Certificate], object] | None = None

    @overload
    def __init__(self: "ClientCertificate[Certificate]", principal: None = None) -> None: ...

    @overload
    def __init__(self: "ClientCertificate[_P]", principal: Callable[[Certificate], _P | None]) -> None: ...

    def __init__(self, principal: Callable[[Certificate], object] | None = None) -> None:
        check_callable(
            "ClientCertificate",
            "principal",
            principal,
            "give a function of a Certificate that returns the principal, or None for nobody",
            needed=False,
            takes=("certificate",),
        )
        object.__setattr__(self, "principal", principal)

    def check_endpoint(self, endpoint: Endpoint[object, object], /) -> None:
        """Raise CompositionError for an endpoint whose peers need not show a certificate."""
        if any(isinstance(layer, TLS) and _requires_certificate(layer.config) for layer in layers(endpoint)):
            return
        raise CompositionError(
            f"ClientCertificate() needs TLS that asks each client for a certificate, and {endpoint!r} does not: give "
            "TLS(TCP(port=443), TLSConfig(..., client_ca=..., client_certificate='required'))"
        )

    async def __call__(self, stream: "Stream[object, ServerContext, ssl.SSLSocket]", /) -> PrincipalT:
        """Return who the peer is; raises AuthenticationFailed for a certificate of nobody who may come in."""
        certificate = stream.peer_certificate
        if certificate is None:
            raise AuthenticationFailed("it has shown no certificate")
        principal = certificate if self.principal is None else self.principal(certificate)
        if principal is None:
            raise AuthenticationFailed(f"its certificate is of nobody who may come in: {certificate.subject}")
        return cast("PrincipalT", principal)

    __repr__ = recipe_repr


def _requires_certificate(config: "TLSConfig | ssl.SSLContext") -> bool:
    if isinstance(config, TLSConfig):
        return config.client_certificate == "required"
    return config.verify_mode is ssl.CERT_REQUIRED
