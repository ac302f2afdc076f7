"""What a proxy says of a connection that it passes on, by the PROXY protocol. Typing only, apart from the values."""

from dataclasses import dataclass
from typing import Literal

from typedserver.protocols.requests import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxiedTLS:
    """What a proxy says of the TLS connection that it has ended.

    version: as the proxy names it, such as "TLSv1.3"; "" if it does not.
    client_certificate: whether the client has shown a certificate, on this connection or in the session it resumes.
    verified: whether it has, and the proxy has verified that.
    common_name: the certificate's; None if the proxy does not say it.
    cipher: its name; None if the proxy does not say it.
    """

    version: str
    client_certificate: bool
    verified: bool
    common_name: str | None = None
    cipher: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyHeader:
    """What a proxy says of the connection that it passes on.

    command: "LOCAL" if the connection is the proxy's own, such as a health check's; all else is left out then.
    source, destination: whence the client came, and to which address; None if the proxy does not say.
    tlvs: all further fields of version 2 as they came, kind and value, without padding.
    tls: what is said of the client's TLS; None if there was none, or the proxy does not say.
    """

    version: Literal[1, 2]
    command: Literal["LOCAL", "PROXY"]
    source: Address | None = None
    destination: Address | None = None
    tlvs: tuple[tuple[int, bytes], ...] = ()
    tls: ProxiedTLS | None = None
