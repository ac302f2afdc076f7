"""Whose an address is: what counts as one peer, where peers are counted.

It knows addresses as an endpoint gives them, and no socket.
"""

import socket
from typing import Any, Final

_IPV6_BYTES: Final = 16
_BYTE: Final = 8

# What an IPv6 address begins with if its last four bytes are an IPv4 address: one that the kernel has mapped (RFC 4291,
# 2.5.5.2), or one that a translator has, at a site that speaks IPv6 only (RFC 6052, 2.1).
_IPV4_PREFIXES: Final = (bytes(10) + b"\xff\xff", b"\x00\x64\xff\x9b" + bytes(8))
_IPV4_AT: Final = 12

# fe80::/10, the addresses that mean something on their own link alone (RFC 4291, 2.5.6).
_LINK_LOCAL: Final = b"\xfe\x80"
_LINK_LOCAL_MASK: Final = 0xC0


def subscriber_of(client_address: object, prefix: int) -> object:
    """Return whose an address is, to be compared and hashed; None for a Unix peer, which has none.

    prefix: the bits of an IPv6 address that one subscriber has.
    """
    # A peer of a Unix socket mostly has no address; it is on this machine.
    # By a name of its own, because ``cast`` would be a call for each request.
    address: Any = client_address
    if not isinstance(client_address, tuple):
        return None
    host: object = address[0]
    if not isinstance(host, str) or ":" not in host:
        return host
    return _ipv6_subscriber(host, address[3:], prefix)


def _ipv6_subscriber(host: str, scope: tuple[object, ...], prefix: int) -> object:
    """Return who an IPv6 address belongs to.

    A prefix stands for a subscriber, who has all its addresses, so it identifies a peer only where each subscriber has
    one of his own. An IPv4 address that is written as an IPv6 one is that IPv4 peer. On a link all hosts have one
    prefix, so each address is a peer, on the link that its scope names: two links may have the same address.
    """
    address, _, zone = host.partition("%")
    try:
        packed = socket.inet_pton(socket.AF_INET6, address)
    except OSError:
        return host
    if packed.startswith(_IPV4_PREFIXES):
        return socket.inet_ntop(socket.AF_INET, packed[_IPV4_AT:])
    if packed[0] == _LINK_LOCAL[0] and packed[1] & _LINK_LOCAL_MASK == _LINK_LOCAL[1]:
        # The scope stands behind the flow, or in the host itself.
        return packed, zone or "".join(map(str, scope))
    return int.from_bytes(packed, "big") >> (_IPV6_BYTES * _BYTE - prefix)
