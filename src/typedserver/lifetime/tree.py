"""The tree of servers: a Group holds servers, a Prefork one, each of which may hold others. Walked here alone.

It knows servers by their contracts.
"""

from collections.abc import Iterator

from typing_extensions import TypeIs

from typedserver.lifetime.serving import Serving
from typedserver.protocols.servers import AnyServer


def is_ours(server: object) -> "TypeIs[Serving]":
    """Whether a server is of this library, and not of another's class."""
    return isinstance(server, Serving)


def members_of(server: AnyServer) -> tuple[AnyServer, ...]:
    """Return the servers that a server holds; none of a plain one, or of one of another library's class."""
    return server.__lifetime__.servable.members if is_ours(server) else ()


def nodes(server: AnyServer) -> Iterator[AnyServer]:
    """Yield a server, and all servers in it, from the outside inwards."""
    yield server
    for member in members_of(server):
        yield from nodes(member)


def leaves(server: AnyServer) -> Iterator[AnyServer]:
    """Yield the servers in it that hold no others: those that listen by themselves."""
    return (node for node in nodes(server) if not members_of(node))
