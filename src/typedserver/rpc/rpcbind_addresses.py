"""Where an open server is, as rpcbind writes it. It knows descriptors and universal addresses."""

import os
import socket
from pathlib import Path

from typedserver.errors import RecipeError
from typedserver.recipes import shown
from typedserver.rpc.universal_addresses import universal_address


def bound_addresses(fd: int, server: object) -> list[tuple[str, str]]:
    """Return the transports and universal addresses of a listening descriptor.

    server: whose it is, for the RecipeError that is raised if it has none.
    """
    with socket.socket(fileno=os.dup(fd)) as bound:
        family, kind, address = bound.family, bound.type, bound.getsockname()
        if family == socket.AF_UNIX and kind == socket.SOCK_STREAM and isinstance(address, str):
            return [("local", str(Path(address).absolute()))]
        transport = {socket.SOCK_STREAM: "tcp", socket.SOCK_DGRAM: "udp"}.get(kind)
        if family not in (socket.AF_INET, socket.AF_INET6) or transport is None:
            raise RecipeError(f"{shown(server)} cannot be registered: rpcbind knows TCP, UDP and Unix streams alone")
        if family == socket.AF_INET:
            return [(transport, universal_address(address))]
        found = [(f"{transport}6", universal_address(address))]
        if not bound.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) and address[0] == "::":
            found.append((transport, universal_address(("", address[1]))))
        return found
