"""What an endpoint and its wrappers are, cost and forbid, as a tree. It knows the endpoints of this library."""

from collections.abc import Iterator, Sequence
from typing import Final

from typedserver.access.authenticated import Authenticated
from typedserver.access.filtered import Filtered
from typedserver.access.layers import layers
from typedserver.access.proxy_protocol import ProxyProtocol
from typedserver.access.sealed import Sealed
from typedserver.access.tls import TLS
from typedserver.cli.tree import Node
from typedserver.config import Limits
from typedserver.endpoints.inherited import Inherited
from typedserver.endpoints.tcp import TCP
from typedserver.endpoints.udp import UDP
from typedserver.endpoints.unix import UnixDatagram, UnixStream
from typedserver.protocols.endpoints import Endpoint
from typedserver.security.tls_config import TLSConfig

_LOOPBACK: Final = ("127.", "::1", "localhost")
_EVERYWHERE: Final = ("", "0.0.0.0", "::")  # noqa: S104 - compared, not bound

_HANDSHAKE: Final = "a handshake comes before the handler, and takes no thread and no place of the strategy meanwhile"


def endpoint_of(endpoint: Endpoint[object, object], limits: Limits) -> Node:
    """Return the wrappers of an endpoint from the outside inwards, as they are written, each a branch of the former."""
    outer, *inner = layers(endpoint)
    branches = [_wrapped(inner, limits)] if inner else []
    return Node("endpoint", _name_of_layer(outer), tuple(_notes_of_layer(outer, limits)), branches)


def _wrapped(inner: Sequence[Endpoint[object, object]], limits: Limits) -> Node:
    first, *rest = inner
    branches = [_wrapped(rest, limits)] if rest else []
    return Node("around", _name_of_layer(first), tuple(_notes_of_layer(first, limits)), branches)


def _name_of_layer(layer: Endpoint[object, object]) -> str:
    name = type(layer).__name__
    match layer:
        case TLS(config=config):
            return f"TLS(..., {config!r})"
        case ProxyProtocol(trusted=trusted):
            return f"ProxyProtocol(..., trusted={list(trusted)})"
        case Filtered() | Authenticated() | Sealed():
            return f"{name}(...)"
        case _:
            return repr(layer)


def _notes_of_layer(layer: Endpoint[object, object], limits: Limits) -> Iterator[str]:
    match layer:
        case TLS(config=TLSConfig() as config):
            yield _HANDSHAKE
            yield from _notes_of_tls(config)
        case TLS():
            yield _HANDSHAKE
            yield "its context is the program's own, and never loaded anew"
        case ProxyProtocol():
            yield "a connection of anybody else than these is closed, because it may say whatever it likes of itself"
            if limits.per_peer is not None:
                yield "Limits(per_peer=) counts the proxy's connections, not its clients'"
        case Filtered():
            yield "an address that is denied is closed when it is accepted, before anything is read"
        case Authenticated():
            yield "the handler begins when the client has proven who it is: stream.principal"
        case Sealed():
            yield "processes cannot share it (Prefork), because each would let in what another one has let in"
        case _:
            yield from _notes_of_socket(layer)


def _notes_of_socket(layer: Endpoint[object, object]) -> Iterator[str]:
    match layer:
        case TCP():
            yield _reached_by(layer.host)
        case UDP():
            yield _reached_by(layer.host)
            yield "a datagram that the kernel has no room for is lost: receive_buffer="
        case UnixStream() | UnixDatagram() if layer.path.startswith("\0"):
            yield "an abstract name has no rights: every process of this machine may connect"
        case UnixStream() | UnixDatagram():
            yield f"who may write to the file may connect: mode {layer.mode:03o}"
        case Inherited():
            yield "whoever starts the program has bound it, and decides on its address and options"
        case _:
            yield f"it gives {layer.request_kind}"


def _notes_of_tls(config: TLSConfig) -> Iterator[str]:
    if config.client_certificate == "none":
        yield "anybody may connect, because no client is asked for a certificate"
    else:
        yield f"a certificate of the client is {config.client_certificate}"
    every = "by SIGHUP alone" if config.watch is None else f"by SIGHUP, and looked at every {config.watch:g} s"
    yield f"certificates that have changed are loaded {every}"


def _reached_by(host: str) -> str:
    if host.startswith(_LOOPBACK):
        return "only this machine can reach it"
    return f"other machines can reach it, at {'all interfaces' if host in _EVERYWHERE else host}"
