"""What a proof is bound to if the connection is TLS: the server's certificate (RFC 5929, 4). It knows TLS sockets."""

import socket
from typing import TYPE_CHECKING, cast

from typedserver.access.scram_extra import END_POINT, Binding
from typedserver.security.end_point import end_point_hash
from typedserver.sockets.states import speaks_tls

if TYPE_CHECKING:
    import ssl


def own_end_point(_connection: socket.socket) -> Binding:
    """Return the binding to the certificate that this server has sent on a connection; None if that is not known."""
    return None


def peer_end_point(connection: socket.socket) -> Binding:
    """Return the binding to the certificate that a server has sent on a client's connection; None if there is none."""
    if not speaks_tls(connection):
        return None
    return _binding(cast("ssl.SSLSocket", connection).getpeercert(binary_form=True))


def _binding(certificate: bytes | None) -> Binding:
    bound = None if certificate is None else end_point_hash(certificate)
    return None if bound is None else (END_POINT, bound)
