"""What several processes can serve together, and what makes a server fit for that.

It knows servers by their contracts, and of a Server its endpoint. Nothing here forks, opens a listener or serves.
"""

import os
from collections.abc import Iterable
from typing import Any, cast

from typing_extensions import TypeIs

from typedserver.access.layers import layers
from typedserver.access.sealed import Sealed
from typedserver.errors import CompositionError, ListenError
from typedserver.lifetime.tree import leaves
from typedserver.protocols.endpoints import Listener, Withdrawal
from typedserver.protocols.servers import AnyServer, ListeningServer
from typedserver.recipes import has_methods
from typedserver.server import Server
from typedserver.sockets.lent import socket_of
from typedserver.sockets.listening import refuse_connections


def is_server(server: object) -> "TypeIs[Server[Any, Any]]":
    """Whether it is a Server, with an endpoint of its own."""
    return isinstance(server, Server)


def serves_messages(server: AnyServer) -> bool:
    """Whether a server's requests are messages: each process opens the source by itself, and there is no socket."""
    return is_server(server) and server.__lifetime__.servable.recipe.endpoint.request_kind == "messages"


def check_shareable(server: AnyServer, *, reuse_port: bool) -> None:
    """Raise CompositionError if processes cannot serve a server together, by one listener or by one each."""
    if not hasattr(os, "fork"):
        raise CompositionError("Prefork needs fork(), which this platform lacks: serve in one process")
    for leaf in leaves(server):
        if not has_methods(leaf, "serve_forever", "shutdown", "server_close", "fileno"):
            raise CompositionError(
                f"Prefork cannot share {leaf!r}: it lacks serve_forever, shutdown, server_close or fileno"
            )
        if is_server(leaf) and any(isinstance(layer, Sealed) for layer in layers(leaf.endpoint)):
            raise CompositionError(
                f"Prefork cannot serve {leaf!r}: each process would let in what another one has let in already, so a "
                "sealed datagram would come twice; serve it in one process, by Threads() or Multiplexed()"
            )
        if reuse_port and not (
            is_server(leaf) and leaf.__lifetime__.servable.recipe.endpoint.sharing_port(0) is not None
        ):
            raise CompositionError(
                f"Prefork(reuse_port=True) cannot open {leaf!r} once for each worker: that takes a Server of an "
                "endpoint that has reuse_port, such as TCP; leave it out to share one listener"
            )


def make_non_blocking(server: AnyServer) -> None:
    """Have a worker that loses the race for a connection find none, instead of waiting for the next one."""
    try:
        # By the descriptor: the socket may be wrapped, and connections that it accepts would inherit its timeout.
        os.set_blocking(cast("ListeningServer", server).fileno(), False)
    except OSError as error:
        raise ListenError(f"{server!r} cannot be shared: {error.strerror}; is it closed?", error.errno) from error


def withdraw(server: AnyServer, listeners: Iterable[Listener[object, object]], *, shared: bool) -> Withdrawal:
    """Have the kernel take nothing new for a server, by any of its listeners; returns what becomes of new clients.

    listeners: the server's listeners besides its own.
    shared: whether another process goes on serving the same sockets.
    """
    if shared:
        return "shared"
    if not is_server(server):
        with socket_of(os.dup(cast("ListeningServer", server).fileno())) as listening:
            return "refusing" if refuse_connections(listening) else "leaking"
    found = {server.__lifetime__.servable.listener.withdraw()}
    if "shared" in found:
        # Another process serves all of them: the program has forked it when all were open.
        return "shared"
    for listener in listeners:
        listener.inherit()
        found.add(listener.withdraw())
    # The weakest of their promises.
    weakest: tuple[Withdrawal, ...] = "shared", "leaking", "refusing", "settled"
    return next(each for each in weakest if each in found)
