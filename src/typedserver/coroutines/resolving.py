"""Resolving: which addresses a client may connect to, and in which order it tries them.

It knows the resolver of the system (getaddrinfo(3)) and one wait, ``run_blocking``; it opens no socket.
"""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any, TypeAlias

from typedserver.coroutines.waits import run_blocking
from typedserver.errors import ConnectError
from typedserver.protocols.requests import InetAddress

# Where a socket of some family may be bound, or connect to: what the kernel takes.
SocketAddress: TypeAlias = tuple[Any, ...] | str


@dataclass(frozen=True, slots=True)
class Candidate:
    """One address to try, and the own address for it; None: the kernel chooses."""

    family: int
    address: SocketAddress
    local: SocketAddress | None = None


def numeric(address: InetAddress) -> list[Candidate] | None:
    """Return the one candidate of an address that names no host, but is written in numbers; None for a name."""
    try:
        return _look_up(address, socket.AI_NUMERICHOST)
    except socket.gaierror:
        return None


async def resolve(address: InetAddress) -> list[Candidate]:
    """Return the addresses of a name, in the order in which the system prefers them; the resolver runs off the loop.

    Raises ConnectError if the name has none.
    """
    try:
        return await run_blocking(_look_up, address, 0)
    except (socket.gaierror, UnicodeError) as error:
        # UnicodeError: of a name that cannot be written in the domain name system (RFC 3490).
        why = error.strerror if isinstance(error, socket.gaierror) else error
        raise ConnectError(f"cannot connect to {address!r}: the name {address[0]!r} has no address ({why})") from error


def _look_up(address: InetAddress, flags: int) -> list[Candidate]:
    found = socket.getaddrinfo(address[0], address[1], type=socket.SOCK_STREAM, flags=flags)
    # Flow and scope are in no name: they are taken as they were given.
    rest = address[2:]
    return [
        Candidate(family, (*sockaddr[:2], *rest) if rest and family == socket.AF_INET6 else sockaddr)
        for family, _, _, _, sockaddr in found
    ]


def interleaved(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates with their families in turn: if one family does not work, the other is tried soon.

    RFC 8305, 4: the order within a family is the system's, and its first candidate is the first of all.
    """
    families: dict[int, list[Candidate]] = {}
    for candidate in dict.fromkeys(candidates):
        families.setdefault(candidate.family, []).append(candidate)
    return [each for each in chain.from_iterable(zip_longest(*families.values())) if each is not None]


def bound(candidates: Iterable[Candidate], own: Iterable[Candidate]) -> list[Candidate]:
    """Return those candidates for whose family there is an own address, with the first such."""
    local: dict[int, SocketAddress] = {}
    for each in own:
        local.setdefault(each.family, each.address)
    return [Candidate(each.family, each.address, local[each.family]) for each in candidates if each.family in local]
