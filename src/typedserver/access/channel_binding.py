"""What a proof is bound to if the connection is TLS: the server's certificate (RFC 5929, 4). It knows TLS sockets."""

import socket

from typedserver.access.scram_extra import Binding


def own_end_point(_connection: socket.socket) -> Binding:
    """Return the binding to the certificate that this server has sent on a connection; None if that is not known."""
    return None


def peer_end_point(_connection: socket.socket) -> Binding:
    """Return the binding to the certificate that a server has sent on a client's connection; None if there is none."""
    return None
