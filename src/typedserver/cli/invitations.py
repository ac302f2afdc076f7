"""Where a server listens, each place with a command that talks to it. It knows servers by their contract."""

import contextlib
import shlex
import socket
from collections.abc import Iterator
from typing import cast

from typedserver.access.layers import layers
from typedserver.access.tls import TLS
from typedserver.control.operated import Operated
from typedserver.lifetime.tree import leaves
from typedserver.prefork.sharing import is_server, serves_messages
from typedserver.protocols.servers import AnyServer, HasDescriptor, ListeningServer
from typedserver.recipes import place_of
from typedserver.sockets.lent import socket_of
from typedserver.sockets.listening import unix_address


def invitations(server: AnyServer) -> Iterator[str]:
    """Yield each address, with a command that talks to it, and how an operator sees the server."""
    if isinstance(server, Operated):
        yield from invitations(server.server)
        yield from server.invitations()
        return
    for leaf in leaves(server):
        if serves_messages(leaf):
            yield f"receiving from {cast('ListeningServer', leaf).server_address}"
            continue
        # A foreign server may listen on something else than a socket.
        with contextlib.suppress(OSError):
            if isinstance(leaf, HasDescriptor):
                yield _invitation_of(leaf.fileno(), speaks_tls=_speaks_tls(leaf))


def _speaks_tls(server: AnyServer) -> bool:
    return is_server(server) and any(isinstance(layer, TLS) for layer in layers(server.endpoint))


def _invitation_of(listening: int, *, speaks_tls: bool) -> str:
    # Not by a copy of the descriptor, because there may be none left.
    borrowed = socket_of(listening)
    try:
        return _invitation(borrowed, speaks_tls=speaks_tls)
    finally:
        borrowed.detach()


def _invitation(listening: socket.socket, *, speaks_tls: bool) -> str:
    address = listening.getsockname()
    datagrams = listening.type == socket.SOCK_DGRAM
    if listening.family == getattr(socket, "AF_UNIX", None):
        path = unix_address(address)
        if path.startswith("\0"):
            kind = "ABSTRACT-SENDTO" if datagrams else "ABSTRACT-CONNECT"
            return f"listening on @{path[1:]:<24} try: socat - {kind}:{shlex.quote(path[1:])}"
        client = "openssl s_client -quiet -unix" if speaks_tls else f"nc {'-uU' if datagrams else '-U'}"
        return f"listening on {path:<25} try: {client} {shlex.quote(path)}"
    host, port = cast("tuple[str, int]", address[:2])
    # A client cannot connect to "all interfaces", but it can to loopback.
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    kind = "udp" if datagrams else "tcp"
    place = f"{kind} {place_of(host, port)}"
    if speaks_tls:
        return f"listening on {place:<25} try: openssl s_client -quiet -connect {place_of(target, port)}"
    return f"listening on {place:<25} try: nc {'-u ' if datagrams else ''}{target} {port}"
