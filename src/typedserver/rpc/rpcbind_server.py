"""An rpcbind of this library, for hosts and tests that have none.

It puts the procedures (rpcbind_service.py) on servers of each transport, and knows nothing of what they answer.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from typedserver.access.authenticated import Authenticated
from typedserver.access.credentials import PeerCredentials
from typedserver.endpoints.tcp import TCP
from typedserver.endpoints.udp import UDP
from typedserver.endpoints.unix import UnixStream
from typedserver.group import Group
from typedserver.rpc.registration import RPCBIND_SOCKET
from typedserver.rpc.rpcbind_addresses import bound_addresses
from typedserver.rpc.rpcbind_lookup import RPCBIND_PORT
from typedserver.rpc.rpcbind_protocol import PORTMAP_V2, RPCBIND_V3, RPCBIND_V4, Rpcb
from typedserver.rpc.rpcbind_registry import SUPERUSER, Registry
from typedserver.rpc.rpcbind_service import programs_of
from typedserver.rpc.serving import datagram_handler, stream_handler
from typedserver.server import Server
from typedserver.strategies.multiplexed import Multiplexed

# Anybody on the host may ask, and register; what is registered has an owner, who is known by this socket.
_MODE: Final = 0o666

# Bytes of a call: names of transports and addresses are short.
_LIMIT: Final = 2**16


def rpcbind_server(*, host: str = "127.0.0.1", port: int = RPCBIND_PORT, path: str | None = RPCBIND_SOCKET) -> "Group":
    """Make an rpcbind: versions 2, 3 and 4 (RFC 1833) over TCP, UDP and a Unix socket, to be served as any Group is.

    host: the address that it is asked at; ``""`` for all of IPv4, ``"::"`` for all of IPv6 and IPv4.
    port: of TCP and UDP alike; 0: the kernel chooses. Ports below 1024 need rights.
    path: of the Unix socket; None: without. Its peers are known by their users, so that nobody but root takes back what
    another has registered.

    Anybody may ask. Only who is on this host may register and take back: from the socket, or a loopback address.
    Calls that it should pass on to others (CALLIT, BCAST, INDIRECT) are refused, because the server that is called so
    would take them for this host's own, and because of what they are misused for: long replies to whom did not ask.
    So clients that look for servers by broadcast do not find them here.

    What is registered is lost when it ends; ``registered`` of this library registers again.
    """
    dual = host == "::"
    servers: list[Server[Any, Any]] = []
    registry = Registry(lambda: _own_entries(servers))
    tcp, udp = programs_of(registry, "tcp"), programs_of(registry, "udp")
    # No replies are kept: whatever is asked twice may be done twice.
    streams = stream_handler(*tcp, limit=_LIMIT, replies_kept=0)
    servers.append(Server(TCP(host=host, port=port, dual_stack=dual), streams, Multiplexed()))
    datagrams = datagram_handler(*udp, replies_kept=0)
    servers.append(Server(UDP(host=host, port=port, dual_stack=dual), datagrams, Multiplexed()))
    if path is not None:
        local = programs_of(registry, "local")
        endpoint = Authenticated(UnixStream(path, mode=_MODE), PeerCredentials())
        servers.append(Server(endpoint, stream_handler(*local, limit=_LIMIT, replies_kept=0), Multiplexed()))
    return Group(servers, same_port=not port)


def _own_entries(servers: Sequence[Server[Any, Any]]) -> Iterator[Rpcb]:
    for server in servers:
        for netid, address in bound_addresses(server.fileno(), server):
            for version in (PORTMAP_V2, RPCBIND_V3, RPCBIND_V4):
                if version is not PORTMAP_V2 or not netid.endswith("6"):
                    yield Rpcb(version.program, version.version, netid, address, SUPERUSER)
