"""Filtered: an endpoint that only some networks reach.

It knows addresses and which of them may come. Where the client's address stands at the accept it is asked there; behind
a proxy, only once the header has said it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Generic, cast

from typing_extensions import TypeVar, override

from typedserver.access.layers import established_inside, turn_away
from typedserver.access.proxy_protocol import stands_behind_proxy
from typedserver.composition import check_endpoint
from typedserver.endpoints.bases import EndpointWrapper, ListenerWrapper
from typedserver.errors import AddressDenied, CompositionError
from typedserver.protocols.endpoints import Endpoint, Listener, Refusal
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.requests import InetAddress, RequestT
from typedserver.recipes import recipe_repr
from typedserver.security.networks import NetworkTable, networks_of

InetAddressT = TypeVar("InetAddressT", bound=InetAddress)

# What stands for a network whose addresses may come.
_ALLOWED: Final = ""


@dataclass(frozen=True, slots=True, repr=False)
class Filtered(EndpointWrapper[RequestT, InetAddressT], Generic[RequestT, InetAddressT]):
    """Let only clients of some networks in: ``Filtered(TCP(port=25), allow=["192.0.2.0/24"], deny=["192.0.2.66"])``.

    Of all networks that an address belongs to, the longest decides; if it stands in both, it is denied. A connection
    that is denied is closed when it is accepted, a datagram is dropped, and Refused ("filter") is reported. How many
    networks there are makes no difference.

    Around ProxyProtocol the client's address is judged once the header has said it, and AddressDenied ends the
    connection; the address of a proxy whose own connections (health checks) shall pass must be allowed, too.
    ``TLS(Filtered(ProxyProtocol(TCP(port=8443))), config)`` judges before the handshake.

    endpoint: an endpoint whose clients have IP addresses: TCP, UDP, or a wrapper of one.
    allow: who may come, as networks and addresses; empty: everybody who is not denied.
    deny: who may not.

    An IPv4 address that IPv6 has mapped (``::ffff:192.0.2.1``) is that IPv4 address, in a network as well. Networks of
    IPv4 hold also for the addresses that a translator has made (64:ff9b::/96).

    Raises RecipeError for what is no network, CompositionError for an endpoint whose clients have no IP address.
    """

    endpoint: Endpoint[RequestT, InetAddressT]
    allow: Sequence[str] = ()
    deny: Sequence[str] = ()

    def __post_init__(self) -> None:
        if check_endpoint(self.endpoint).request_kind == "messages":
            raise CompositionError(
                f"Filtered needs clients that have an IP address, and the messages of {self.endpoint!r} come from none"
            )
        networks_of("Filtered", "allow", self.allow)
        networks_of("Filtered", "deny", self.deny)
        object.__setattr__(self, "allow", tuple(self.allow))
        object.__setattr__(self, "deny", tuple(self.deny))

    @property
    @override
    def inner(self) -> Endpoint[object, object]:
        """The endpoint that it wraps."""
        return self.endpoint

    def listen(self) -> Listener[RequestT, InetAddressT]:
        """Open the wrapped endpoint's listener; raises ListenError as that does, CompositionError for a Unix one."""
        denial = _denial(tuple(self.allow), tuple(self.deny))
        listener = self.endpoint.listen()
        if stands_behind_proxy(self.endpoint):
            return FilteredBehindProxy(listener, denial)
        if isinstance(listener.server_address, str):
            listener.close()
            raise CompositionError(
                f"Filtered needs clients that have an IP address, and those of {self.endpoint!r} have none: give the "
                "socket's file a mode, or take Authenticated(..., PeerCredentials())"
            )
        return FilteredListener(listener, denial)

    __repr__ = recipe_repr


class Denial:
    """Says of each address whether it is denied, and why."""

    __slots__ = ("_allows_others", "_table")

    def __init__(self, allow: Sequence[str], deny: Sequence[str]) -> None:
        table = dict.fromkeys(networks_of("Filtered", "allow", allow), _ALLOWED)
        # After the others, because a network that stands in both is denied.
        for network in networks_of("Filtered", "deny", deny):
            table[network] = str(network)
        self._table = NetworkTable(table)
        self._allows_others = not allow

    def of(self, client_address: object) -> str | None:
        """Return by what an address is denied; None if it may come."""
        host = cast("tuple[object, ...]", client_address)[0] if isinstance(client_address, tuple) else None
        try:
            found = self._table.find(host) if isinstance(host, str) else None
        except ValueError:
            # No IP address is in no network.
            found = None
        if found is None:
            return None if self._allows_others else "it is in no network of Filtered(allow=)"
        return f"Filtered(deny=[{found!r}])" if found else None


# Made once for all listeners of a recipe.
@lru_cache(maxsize=4)
def _denial(allow: tuple[str, ...], deny: tuple[str, ...]) -> Denial:
    return Denial(allow, deny)


class FilteredListener(ListenerWrapper[RequestT, InetAddressT]):
    """Refuses clients of networks that are denied, when they are accepted."""

    __slots__ = ("_denial",)

    def __init__(self, inner: Listener[RequestT, InetAddressT], denial: Denial) -> None:
        super().__init__(inner)
        self._denial = denial

    @override
    def refusal(self, client_address: object, /) -> Refusal | None:
        """Refuse a client whose address is denied."""
        return "filter" if self._denial.of(client_address) is not None else self.inner.refusal(client_address)


class FilteredBehindProxy(ListenerWrapper[RequestT, InetAddressT]):
    """Refuses clients of networks that are denied, once the proxy has said who they are."""

    __slots__ = ("_denial",)

    def __init__(self, inner: Listener[RequestT, InetAddressT], denial: Denial) -> None:
        super().__init__(inner)
        self._denial = denial

    @override
    async def establish(
        self, request: object, client_address: object, server: ServerContext, /
    ) -> tuple[RequestT, InetAddressT]:
        """Establish the request as the wrapped listener does; raises AddressDenied for a client that is denied."""
        connection, address = await established_inside(self.inner, request, client_address, server)
        if (denial := self._denial.of(address)) is not None:
            turn_away(self.inner, connection)
            raise AddressDenied(f"{address!r} is denied: {denial}")
        return connection, address
