"""Universal addresses (RFC 5665, 5.2): how rpcbind writes where a service is, and the names of its transports.

``192.0.2.1.8.1`` is port 2049 of 192.0.2.1; of a Unix socket it is the path. It knows texts and numbers, no socket.
"""

import ipaddress
from typing import Final, Literal, TypeAlias, get_args

from typedserver.errors import RecipeError
from typedserver.protocols.requests import Address
from typedserver.recipes import shown

# The transports that have names of their own (RFC 5665, 5.1.1); "local" is that of Unix sockets on all systems.
Netid: TypeAlias = Literal["tcp", "udp", "tcp6", "udp6", "local"]

NETIDS: Final[frozenset[str]] = frozenset(get_args(Netid))

_MAX_BYTE: Final = 0xFF
_MAX_PORT: Final = 0xFFFF


def universal_address(address: Address) -> str:
    """Write an address as rpcbind does; ``""`` as a host is all of IPv4.

    Raises RecipeError for a name, because only addresses have a form, and for no port.
    """
    if isinstance(address, str):
        return address
    host, port = address[:2]
    try:
        # A scope is only this machine's.
        known = ipaddress.ip_address((host or "0.0.0.0").partition("%")[0])  # noqa: S104 - it is written, not bound
    except ValueError:
        raise RecipeError(f"{shown(address)} has no universal address: give an IP address, not a name") from None
    if not 0 <= port <= _MAX_PORT:
        raise RecipeError(f"{shown(address)} has no universal address: a port is from 0 to {_MAX_PORT}")
    return f"{known}.{port >> 8}.{port & _MAX_BYTE}"


def parse_universal_address(text: str) -> Address:
    """Read an address as rpcbind writes it; raises ValueError for what is none."""
    if text.startswith("/"):
        return text
    host, *port = text.rsplit(".", 2)
    try:
        # bytes() takes numbers up to 255 alone; int() would take signs, spaces and other digits as well.
        high, low = bytes(int(each) for each in port if each.isascii() and each.isdigit())
        known = ipaddress.ip_address(host)
    except ValueError:
        raise ValueError(f"{shown(text)} is no universal address, as 192.0.2.1.8.1 is one") from None
    return str(known), high << 8 | low
