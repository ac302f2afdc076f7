"""What wrappers of endpoints share: which endpoints one has inside, and how a connection is turned away."""

import socket
from collections.abc import Coroutine, Iterator

from typedserver.endpoints.bases import EndpointWrapper
from typedserver.protocols.endpoints import Endpoint, Listener
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.requests import AddressT, RequestT
from typedserver.sockets.announced import announce_end


def layers(endpoint: Endpoint[object, object]) -> Iterator[Endpoint[object, object]]:
    """Yield an endpoint, the one that it wraps, the one that this wraps, and so on."""
    while isinstance(endpoint, EndpointWrapper):
        yield endpoint
        endpoint = endpoint.inner
    yield endpoint


async def established_inside(
    inner: Listener[RequestT, AddressT], request: object, client_address: object, server: ServerContext
) -> tuple[RequestT, AddressT]:
    """Have the wrapped listener establish a request, in whichever way it does that."""
    established = inner.establish(request, client_address, server)
    # The tuple first, because to find that it is no Coroutine costs more than the rest of this.
    if type(established) is tuple or not isinstance(established, Coroutine):
        return established
    return await established


def turn_away(listener: Listener[object, object], connection: socket.socket) -> None:
    """Close a connection without a word, whoever still waits for its descriptor."""
    if not connection.getblocking():
        # The loop in which it was waited for must leave the descriptor first.
        announce_end(connection)
    listener.close_request(connection)
