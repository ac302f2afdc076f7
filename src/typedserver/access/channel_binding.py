"""What a proof is bound to if the connection is TLS: the server's certificate (RFC 5929, 4). It knows TLS sockets."""

import socket
from typing import cast

from typedserver.access.scram_extra import END_POINT, Binding
from typedserver.security.certificates import end_point_hash
from typedserver.security.openssl import ssl
from typedserver.sockets.states import speaks_tls


def own_end_point(connection: socket.socket) -> Binding:
    """Return the binding to the certificate that this server has sent on a connection; None if that is not known."""
    if not speaks_tls(connection):
        return None
    from typedserver.sockets.tls_connection import TLSConnection  # noqa: PLC0415 - loads OpenSSL

    return _binding(connection.certificate) if isinstance(connection, TLSConnection) else None


def peer_end_point(connection: socket.socket) -> Binding:
    """Return the binding to the certificate that a server has sent on a client's connection; None if there is none."""
    if not speaks_tls(connection):
        return None
    return _binding(cast("ssl.SSLSocket", connection).getpeercert(binary_form=True))


def _binding(certificate: bytes | None) -> Binding:
    bound = None if certificate is None else end_point_hash(certificate)
    return None if bound is None else (END_POINT, bound)
