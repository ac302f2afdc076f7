"""The tree of servers: a Group holds servers, a Prefork one, each of which may hold others. Walked here alone.

It knows servers by their contracts.
"""

from collections.abc import Iterator

from typedserver.lifetime.serving import Serving
from typedserver.protocols.servers import AnyServer


def nodes(server: AnyServer) -> Iterator[AnyServer]:
    """Yield a server, and all servers in it, from the outside inwards."""
    yield server
    if isinstance(server, Serving):
        for member in server.members:
            yield from nodes(member)


def leaves(server: AnyServer) -> Iterator[AnyServer]:
    """Yield the servers in it that hold no others: those that listen by themselves."""
    return (node for node in nodes(server) if not (isinstance(node, Serving) and node.members))
