"""The mix-ins that look at where a client comes from: the header of a proxy, and networks.

They know the recipes of both; when these are asked, ``establish_mixin.py`` knows.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from typedserver._mixins.establish_mixin import EstablishMixIn
from typedserver.access.filtered import Filtered
from typedserver.access.proxy_protocol import ProxyProtocol
from typedserver.protocols.endpoints import Endpoint
from typedserver.protocols.requests import StreamRequest


class ProxyProtocolMixIn(EstablishMixIn):
    """Takes each connection for the client's whom a proxy names in front of it, by the PROXY protocol.

    A handler's ``client_address`` is the client's, and ``self.request.proxy_header`` has the rest. Whoever is no proxy
    that is trusted is turned away. See ``typedserver.ProxyProtocol``.

    trusted_proxies: networks and addresses of the proxies, as text. The peers of a Unix socket are trusted.
    """

    trusted_proxies: Sequence[str] = ("127.0.0.0/8", "::1/128")

    if TYPE_CHECKING:
        # Datagrams have no header: a type checker refuses a UDPServer behind it.
        @override
        def get_request(self) -> tuple[StreamRequest, Any]: ...

    @override
    def _behind_proxy(self, endpoint: Endpoint[Any, Any]) -> Endpoint[Any, Any]:
        return ProxyProtocol(super()._behind_proxy(endpoint), self.trusted_proxies)


class FilterMixIn(EstablishMixIn):
    """Lets only clients of some networks in, of connections and of datagrams.

    Of all networks that an address belongs to, the longest decides; if it stands in both, it is denied. A client that
    is denied is turned away by ``verify_request``, and behind a ProxyProtocolMixIn when the header has named it. See
    ``typedserver.Filtered``.

    allow: who may come, as networks and addresses; empty: everybody who is not denied.
    deny: who may not.
    """

    allow: Sequence[str] = ()
    deny: Sequence[str] = ()

    @override
    def _filtered(self, endpoint: Endpoint[Any, Any]) -> Endpoint[Any, Any]:
        return Filtered(super()._filtered(endpoint), self.allow, self.deny)
