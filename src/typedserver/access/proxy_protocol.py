"""ProxyProtocol: an endpoint behind a proxy that says whose connection it passes on.

It knows whom to believe and what becomes of the answer; the header itself is security/proxy_parser.py's.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeAlias, cast

from typing_extensions import override

from typedserver.access.layers import established_inside, layers, turn_away
from typedserver.access.tls import TLS
from typedserver.composition import check_endpoint
from typedserver.config import StreamConfig
from typedserver.coroutines.exact import ExactStream
from typedserver.endpoints.bases import EndpointWrapper, ListenerWrapper
from typedserver.errors import CompositionError, IncompleteRead, LineTooLong, ProxyHeaderRefused
from typedserver.protocols.endpoints import Endpoint, Listener
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.proxied import ProxyHeader
from typedserver.protocols.requests import Address, AddressT, InetAddress
from typedserver.recipes import recipe_repr
from typedserver.security.networks import NetworkTable, networks_of
from typedserver.security.proxy_block import HeaderError
from typedserver.security.proxy_parser import LONGEST_LINE, HeaderParser
from typedserver.sockets.accepted import Connection

_Trusted: TypeAlias = NetworkTable[bool]

_CONFIG: Final = StreamConfig(limit=LONGEST_LINE)

_THIS_MACHINE: Final = ("127.0.0.0/8", "::1/128")


@dataclass(frozen=True, slots=True, repr=False)
class ProxyProtocol(EndpointWrapper[socket.socket, "AddressT | InetAddress"], Generic[AddressT]):
    """Take each connection for the client's whom a proxy names in front of it, by the PROXY protocol.

    ``ProxyProtocol(TCP(port=8080), trusted=["192.0.2.0/28"])`` stands behind haproxy's ``send-proxy`` or
    ``send-proxy-v2``, or a cloud's balancer. Versions 1 and 2 are told apart by themselves. The handler gets the
    client's address, and ``stream.proxy_header`` has the rest: the destination, what the proxy says of the client's
    TLS, and its further fields.

    The header is read before the handler is called, under ``Deadlines(establish=)``, and holds no thread and no place
    of a strategy meanwhile. TLS goes around it, because the header comes before the handshake:
    ``TLS(ProxyProtocol(TCP(port=8443)), config)``.

    endpoint: an endpoint of connections.
    trusted: networks and addresses of the proxies, as text. A connection of anybody else is closed, because it may say
    whatever it likes of itself: name here whom you run, never all. The peers of a Unix socket are trusted, because the
    file's mode says who may connect.

    A connection that is the proxy's own (LOCAL: a health check), or of which it does not know the client (UNKNOWN), has
    the proxy's address. A further header behind the first one is the handler's data.

    ``Limits(per_peer=)`` and ``verify_request`` look at a connection when it is accepted, so they see the proxy.

    Raises RecipeError for what is no network, CompositionError for an endpoint that it cannot stand around.
    """

    endpoint: Endpoint[socket.socket, AddressT]
    trusted: Sequence[str] = _THIS_MACHINE

    def __post_init__(self) -> None:
        if check_endpoint(self.endpoint).request_kind != "connections":
            raise CompositionError(
                f"ProxyProtocol needs an endpoint of connections, and {self.endpoint!r} gives "
                f"{self.endpoint.request_kind}: give TCP(port=8080), say"
            )
        if any(isinstance(layer, TLS) for layer in layers(self.endpoint)):
            raise CompositionError(
                "ProxyProtocol around TLS reads a header where the handshake begins: write TLS(ProxyProtocol(...), ...)"
            )
        networks_of("ProxyProtocol", "trusted", self.trusted)
        object.__setattr__(self, "trusted", tuple(self.trusted))

    @property
    @override
    def inner(self) -> Endpoint[object, object]:
        """The endpoint that it wraps."""
        return self.endpoint

    def listen(self) -> "Listener[socket.socket, AddressT | InetAddress]":
        """Open the wrapped endpoint's listener; raises ListenError as that does."""
        table = NetworkTable(dict.fromkeys(networks_of("ProxyProtocol", "trusted", self.trusted), True))
        return ProxyListener(self.endpoint.listen(), table)

    __repr__ = recipe_repr


def stands_behind_proxy(endpoint: Endpoint[object, object]) -> bool:
    """Return whether the address that an endpoint gives is one that a proxy has said."""
    return any(isinstance(layer, ProxyProtocol) for layer in layers(endpoint))


class ProxyListener(ListenerWrapper[socket.socket, "AddressT | InetAddress"], Generic[AddressT]):
    """Reads the header of each connection before a handler gets that.

    trusted: the proxies' networks.
    """

    __slots__ = ("_trusted",)

    def __init__(self, inner: Listener[socket.socket, AddressT], trusted: _Trusted) -> None:
        super().__init__(inner)
        self._trusted = trusted

    @override
    async def establish(
        self, request: object, client_address: object, server: ServerContext, /
    ) -> "tuple[socket.socket, AddressT | InetAddress]":
        """Establish the request as the wrapped listener does, then read the header.

        Raises ProxyHeaderRefused; IncompleteRead if the peer leaves before it has sent anything.
        """
        connection, address = await established_inside(self.inner, request, client_address, server)
        try:
            self._check_trusted(address)
            header = await _read_header(connection, address, server)
        except BaseException:
            turn_away(self.inner, connection)
            raise
        finally:
            server.forget_when_draining(connection)
        if isinstance(connection, Connection):
            connection.proxy_header = header
        source = header.source
        # A Unix address would be none of this endpoint's, unless that has such by itself.
        if source is None or (isinstance(source, str) and not isinstance(address, str)):
            return connection, address
        return connection, cast("AddressT | InetAddress", source)

    def _check_trusted(self, address: Address) -> None:
        """Raise ProxyHeaderRefused unless this is a proxy's address, or that of a Unix socket's peer."""
        if not isinstance(address, str) and self._trusted.find(address[0]) is None:
            raise ProxyHeaderRefused(
                f"{address!r} is no proxy that is trusted: put its address into ProxyProtocol(trusted=) if it is yours"
            )


async def _read_header(connection: socket.socket, address: Address, server: ServerContext) -> ProxyHeader:
    """Read a header, and not a byte more; raises ProxyHeaderRefused, IncompleteRead if nothing has come."""
    stream = ExactStream(connection, address, server, _CONFIG)
    parser = HeaderParser()
    begun = False
    try:
        while parser.header is None:
            data = await (stream.readuntil(b"\n") if parser.is_line else stream.read(parser.wants))
            if not data:
                raise IncompleteRead(b"", None) if not begun else _refused(address, "it ended in the middle of one")
            begun = True
            parser.receive(data)
    except HeaderError as error:
        raise _refused(address, str(error)) from None
    except LineTooLong:
        raise _refused(address, f"it began a line of more than {LONGEST_LINE} bytes") from None
    except IncompleteRead:
        if begun:
            raise _refused(address, "it ended in the middle of one") from None
        raise
    return parser.header


def _refused(address: object, what: str) -> ProxyHeaderRefused:
    return ProxyHeaderRefused(
        f"{address!r} sent no PROXY header: {what}; have the proxy send one (haproxy: send-proxy)"
    )
