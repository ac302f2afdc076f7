"""How servers and clients are named in metrics, spans and lines: short, printable and the same everywhere.

It knows the contracts of servers alone.
"""

from typing import Final, Protocol, cast, runtime_checkable

from typedserver.protocols.requests import RequestKind
from typedserver.recipes import place_of, shown

# Members of the address of a peer or a listener of IPv4 or IPv6: at least a host and a port.
_PAIR: Final = 2


def type_of(error: BaseException) -> str:
    """Return the full name of an error's class. Its text may hold what a client has sent."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


class HasKind(Protocol):
    """An endpoint, as far as it is asked."""

    @property
    def request_kind(self) -> RequestKind:
        """What it gives."""
        ...


@runtime_checkable
class HasEndpoint(Protocol):
    """A server that says where its requests come from: a Server of this library."""

    @property
    def endpoint(self) -> HasKind:
        """Where requests come from."""
        ...


def kind_of(server: object) -> RequestKind:
    """Return what a server's requests are; connections if it does not say."""
    return server.endpoint.request_kind if isinstance(server, HasEndpoint) else "connections"


def host_and_port(address: object) -> tuple[str, int] | None:
    """Return the host and port of an address; None if it has none."""
    if isinstance(address, tuple):
        known = cast("tuple[object, ...]", address)
        if len(known) >= _PAIR and isinstance(known[0], str) and isinstance(known[1], int):
            return known[0], known[1]
    return None


def text_of(address: object) -> str:
    """Return an address as text: ``127.0.0.1:9999``, ``[::1]:9999``, a path, the name of a source."""
    pair = host_and_port(address)
    if pair is not None:
        return printable(place_of(*pair))
    return printable(address if isinstance(address, str) else shown(address))


def printable(text: str) -> str:
    """Return text that takes one line and that any encoding can write."""
    # A path may hold any bytes, and a name in the abstract namespace begins with a zero byte (unix(7)).
    return text if text.isprintable() else ascii(text)[1:-1]
