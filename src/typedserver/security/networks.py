"""Networks: which of many prefixes an IP address belongs to, the longest of them.

An address is looked up by one bisection, however many prefixes there are and whatever their lengths: they are cut into
ranges that do not overlap when the table is made. It knows addresses as text, no socket and no client.
"""

import ipaddress
import socket
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Generic, TypeAlias, TypeVar, cast

from typedserver.errors import RecipeError
from typedserver.recipes import shown

Value = TypeVar("Value")

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

# Addresses whose last four bytes are an IPv4 address: one that the kernel has mapped (RFC 4291, 2.5.5.2), which is that
# IPv4 peer; and one that a translator has (RFC 6052, 2.1), which is both that peer and one of IPv6.
_MAPPED: Final = bytes(10) + b"\xff\xff"
_TRANSLATED: Final = b"\x00\x64\xff\x9b" + bytes(8)
_MAPPED_NETWORK: Final = ipaddress.IPv6Network("::ffff:0:0/96")
_MAPPED_BITS: Final = 96
_IPV4_MASK: Final = 0xFFFF_FFFF


def networks_of(recipe: str, field: str, given: Sequence[str]) -> tuple[Network, ...]:
    """Return what a recipe's field names: addresses and networks as text; IPv4 ones that IPv6 maps as IPv4.

    Raises RecipeError for what is neither, and for a network with bits behind its prefix.
    """
    # A program without types may give anything.
    each = cast("object", given)
    if isinstance(each, str | bytes) or not isinstance(each, Sequence):
        raise RecipeError(f"{recipe}({field}={shown(each)}) must be a sequence of networks: write [{shown(each)}], say")
    for text in cast("Sequence[object]", each):
        if not isinstance(text, str):
            raise RecipeError(f'{recipe}({field}=[{shown(text)}]) must name networks as text, such as "192.0.2.0/24"')
    return _networks(recipe, field, tuple(given))


# A recipe is checked when it is made, and asks once more when it listens: 100,000 networks take a second.
@lru_cache(maxsize=4)
def _networks(recipe: str, field: str, given: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(_network(recipe, field, text) for text in given)


def _network(recipe: str, field: str, text: str) -> Network:
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        raise RecipeError(f"{recipe}({field}=[{shown(text)}]) is no network: {error}{_remedy(text)}") from None
    if isinstance(network, ipaddress.IPv6Network):
        if network.network_address.scope_id is not None:
            raise RecipeError(f"{recipe}({field}=[{shown(text)}]) is no network: leave the scope out")
        if network.subnet_of(_MAPPED_NETWORK):
            mapped = int(network.network_address) & _IPV4_MASK
            return ipaddress.IPv4Network((mapped, network.prefixlen - _MAPPED_BITS))
    return network


def _remedy(text: str) -> str:
    try:
        return f"; write {str(ipaddress.ip_network(text, strict=False))!r}"
    except ValueError:
        return ""


class NetworkTable(Generic[Value]):
    """What stands for the longest network that an address belongs to.

    values: what stands for each network.
    """

    __slots__ = ("_inet", "_inet6")

    def __init__(self, values: "dict[Network, Value]") -> None:
        self._inet = _Ranges[Value](
            [
                (int(network.network_address), network.prefixlen, value)
                for network, value in values.items()
                if isinstance(network, ipaddress.IPv4Network)
            ],
            32,
        )
        self._inet6 = _Ranges[Value](
            [
                (int(network.network_address), network.prefixlen, value)
                for network, value in values.items()
                if isinstance(network, ipaddress.IPv6Network)
            ],
            128,
        )

    def find(self, host: str, /) -> Value | None:
        """Return what stands for the longest network of an address, as text; None if it belongs to none.

        Raises ValueError if it is no address.
        """
        try:
            if ":" not in host:
                found = self._inet.find(int.from_bytes(socket.inet_pton(socket.AF_INET, host), "big"))
                return None if found is None else found[1]
            packed = socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
        except (OSError, ValueError):
            raise ValueError(f"{shown(host)} is no IP address") from None
        if packed.startswith(_MAPPED):
            found = self._inet.find(int.from_bytes(packed[12:], "big"))
        else:
            found = self._inet6.find(int.from_bytes(packed, "big"))
            if packed.startswith(_TRANSLATED):
                inner = self._inet.find(int.from_bytes(packed[12:], "big"))
                if inner is not None and (found is None or inner[0] + _MAPPED_BITS > found[0]):
                    found = inner
        return None if found is None else found[1]


class _Ranges(Generic[Value]):
    """The networks of one family as ranges that do not overlap, each with the longest network that it belongs to.

    networks: first address, length of the prefix, and value of each.
    """

    __slots__ = ("_found", "_starts")

    def __init__(self, networks: list[tuple[int, int, Value]], bits: int) -> None:
        # Behind the last network that ends nothing is found, as before the first one.
        self._starts: list[int] = [0]
        self._found: list[tuple[int, Value] | None] = [None]
        # The networks that surround the present one: where each ends, and what is found there.
        around: list[tuple[int, tuple[int, Value]]] = []
        # Of two with the same beginning the shorter one surrounds the other.
        for start, length, value in sorted(networks, key=lambda network: network[:2]):
            self._close(around, start)
            found = length, value
            self._begin(start, found)
            around.append((start + (1 << (bits - length)), found))
        self._close(around, 1 << bits)

    def _close(self, around: list[tuple[int, tuple[int, Value]]], start: int) -> None:
        """End those networks that end before an address."""
        while around and around[-1][0] <= start:
            end, _ = around.pop()
            self._begin(end, around[-1][1] if around else None)

    def _begin(self, start: int, found: tuple[int, Value] | None) -> None:
        if self._starts[-1] == start:
            self._found[-1] = found
        else:
            self._starts.append(start)
            self._found.append(found)

    def find(self, address: int) -> tuple[int, Value] | None:
        """Return length and value of the longest network that an address belongs to."""
        return self._found[bisect_right(self._starts, address) - 1]
