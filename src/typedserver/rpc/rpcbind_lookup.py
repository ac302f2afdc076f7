"""Looking up where a program is served: what a client asks the rpcbind of a host, in the newest version that it has.

It knows rpcbind's protocol and a client to call by; who makes that is the caller's matter.
"""

from typing import Final

from typedserver.rpc.errors import NotRegistered, ProcedureUnavailable, ProgramMismatch, UnreadableReply
from typedserver.rpc.programs import AsyncClient
from typedserver.rpc.rpcbind_protocol import (
    Mapping,
    PortmapV2AsyncClient,
    Rpcb,
    RpcbindV3AsyncClient,
    RpcbindV4AsyncClient,
)
from typedserver.rpc.universal_addresses import Netid, parse_universal_address

RPCBIND_PORT: Final = 111

# The numbers of protocols in version 2 (RFC 1833, 3.1).
PROTOCOLS: Final[dict[str, int]] = {"tcp": 6, "udp": 17}


async def port_of(client: AsyncClient, program: int, version: int, netid: Netid) -> int:
    """Return the port of a program and version.

    client: calls a rpcbind by the transport that is asked for, because many answer for that alone.

    Raises NotRegistered, and whatever the client raises.
    """
    asked = Rpcb(program, version, netid, "", "")
    for newer in (RpcbindV4AsyncClient(client), RpcbindV3AsyncClient(client)):
        try:
            found = await newer.getaddr(asked)
        except (ProgramMismatch, ProcedureUnavailable):
            continue
        if not found:
            raise _not_registered(program, version, netid)
        try:
            address = parse_universal_address(found)
        except ValueError as error:
            raise UnreadableReply(f"rpcbind has answered by an address that is none: {error}") from error
        port = address[1] if isinstance(address, tuple) else 0
        break
    else:
        # It knows nothing of IPv6.
        protocol = PROTOCOLS.get(netid)
        port = 0
        if protocol is not None:
            port = await PortmapV2AsyncClient(client).getport(Mapping(program, version, protocol, 0))
    if not 0 < port <= _MAX_PORT:
        raise _not_registered(program, version, netid)
    return port


_MAX_PORT: Final = 0xFFFF


def _not_registered(program: int, version: int, netid: Netid) -> NotRegistered:
    return NotRegistered(f"program {program}, version {version}, is not registered for {netid}")
