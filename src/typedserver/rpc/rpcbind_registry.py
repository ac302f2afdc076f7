"""What an rpcbind knows: which program is served where, who has said so, and how often it was asked.

It knows universal addresses and the values of the protocol; nothing of servers or calls.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final, final

from typedserver.protocols.requests import Address
from typedserver.rpc.rpcbind_lookup import PROTOCOLS
from typedserver.rpc.rpcbind_protocol import (
    RPCBIND,
    RPCBSTAT_HIGHPROC,
    RPCBVERS_STAT,
    Mapping,
    Rpcb,
    RpcbEntry,
    RpcbsAddrlistEntry,
    RpcbStat,
    RpcbStatByvers,
)
from typedserver.rpc.universal_addresses import NETIDS, parse_universal_address, universal_address

# Who may take back what anybody has registered.
SUPERUSER: Final = "superuser"

# How each transport is described (rpcb_entry of RFC 1833): semantics, family and protocol. 1 is datagrams, 3 a stream
# that ends in order.
_TRANSPORTS: Final[dict[str, tuple[int, str, str]]] = {
    "udp": (1, "inet", "udp"),
    "tcp": (3, "inet", "tcp"),
    "udp6": (1, "inet6", "udp"),
    "tcp6": (3, "inet6", "tcp"),
    "local": (3, "loopback", "-"),
}

# How many registrations there may be, and how many bytes of an owner's name are kept: whoever runs on the host may
# register.
_MOST: Final = 4096
_LONGEST_OWNER: Final = 64

_Key = tuple[int, int, str]


@final
class Registry:
    """Registrations by program, version and transport. From any thread.

    own: returns the registrations of the rpcbind itself, which nobody changes; asked once, when it serves.
    """

    def __init__(self, own: Callable[[], Iterable[Rpcb]]) -> None:
        self._lock = threading.Lock()
        self._own = own
        self._has_own = False
        self._entries: dict[_Key, Rpcb] = {}
        self._counts: list[_Counts] = [_Counts() for _ in range(RPCBVERS_STAT)]

    def _complete(self) -> "threading.Lock":
        """Return the lock, when the registrations of the rpcbind itself are there."""
        if not self._has_own:
            own = {(entry.r_prog, entry.r_vers, entry.r_netid): entry for entry in self._own()}
            with self._lock:
                self._entries = own | self._entries
                self._has_own = True
        return self._lock

    # Changing it

    def set(self, entry: Rpcb) -> bool:
        """Register; returns whether it is registered now, which it is not if another address is, or nothing fits."""
        if not _is_possible(entry):
            return False
        entry = Rpcb(entry.r_prog, entry.r_vers, entry.r_netid, entry.r_addr, entry.r_owner[:_LONGEST_OWNER])
        key = entry.r_prog, entry.r_vers, entry.r_netid
        with self._complete():
            known = self._entries.get(key)
            if known is not None:
                return known.r_addr == entry.r_addr
            if len(self._entries) >= _MOST:
                return False
            self._entries[key] = entry
            return True

    def unset(self, program: int, version: int, netids: Sequence[str], owner: str) -> bool:
        """Take registrations back, of all transports if none is named; returns whether there are none any more.

        Nothing is taken back if one of them is another owner's, and nothing of rpcbind's own.
        """
        with self._complete():
            keys = [key for key in self._entries if key[:2] == (program, version) and (not netids or key[2] in netids)]
            owners = {self._entries[key].r_owner for key in keys}
            if keys and (program == RPCBIND or not (owner == SUPERUSER or owners == {owner})):
                return False
            for key in keys:
                del self._entries[key]
            return True

    # Asking it

    def entries(self) -> tuple[Rpcb, ...]:
        """Return all registrations, in their order."""
        with self._complete():
            return tuple(self._entries.values())

    def mappings(self) -> tuple[Mapping, ...]:
        """Return those that version 2 knows: TCP and UDP over IPv4."""
        return tuple(
            Mapping(entry.r_prog, entry.r_vers, PROTOCOLS[entry.r_netid], port_in(entry.r_addr))
            for entry in self.entries()
            if entry.r_netid in PROTOCOLS
        )

    def find(self, program: int, version: int, netid: str, *, exactly: bool = False) -> Rpcb | None:
        """Return where a version of a program is; if it is not registered, another one of it, unless ``exactly``.

        So a client learns from the server itself which versions there are (RFC 1833, 2.2.1).
        """
        with self._complete():
            entry = self._entries.get((program, version, netid))
            if entry is None and not exactly:
                others = (each for key, each in self._entries.items() if (key[0], key[2]) == (program, netid))
                entry = next(others, None)
            return entry

    def addresses(self, program: int, version: int) -> tuple[RpcbEntry, ...]:
        """Return all addresses of a version of a program, with their transports."""
        return tuple(
            RpcbEntry(entry.r_addr, entry.r_netid, *_TRANSPORTS[entry.r_netid])
            for entry in self.entries()
            if (entry.r_prog, entry.r_vers) == (program, version)
        )

    # Counting

    def count(self, version: int, procedure: int) -> None:
        """Count a call."""
        with self._lock:
            self._counts[version - 2].calls[procedure] += 1

    def count_change(self, version: int, *, is_set: bool) -> None:
        """Count a registration, or that one was taken back."""
        with self._lock:
            counts = self._counts[version - 2]
            if is_set:
                counts.sets += 1
            else:
                counts.unsets += 1

    def count_search(self, version: int, searched: _Key, *, found: bool) -> None:
        """Count a search by whether it has found something."""
        with self._lock:
            searches = self._counts[version - 2].searches
            if searched in searches or len(searches) < _MOST:
                successes, failures = searches.get(searched, (0, 0))
                searches[searched] = (successes + found, failures + (not found))

    def statistics(self) -> RpcbStatByvers:
        """Return what was counted, by version."""
        with self._lock:
            return tuple(
                RpcbStat(
                    tuple(counts.calls),
                    counts.sets,
                    counts.unsets,
                    tuple(
                        RpcbsAddrlistEntry(program, version, found, failed, netid)
                        for (program, version, netid), (found, failed) in counts.searches.items()
                    ),
                    (),
                )
                for counts in self._counts
            )


class _Counts:
    """What is counted of one version."""

    def __init__(self) -> None:
        self.calls = [0] * RPCBSTAT_HIGHPROC
        self.sets = 0
        self.unsets = 0
        self.searches: dict[_Key, tuple[int, int]] = {}


def _is_possible(entry: Rpcb) -> bool:
    if entry.r_netid not in NETIDS:
        return False
    try:
        address = parse_universal_address(entry.r_addr)
    except ValueError:
        return False
    return isinstance(address, str) == (entry.r_netid == "local")


def port_in(text: str) -> int:
    """Return the port of a universal address; 0 if it has none."""
    try:
        address = parse_universal_address(text)
    except ValueError:
        return 0
    return address[1] if isinstance(address, tuple) else 0


def reached(entry: Rpcb, own: str | None) -> str:
    """Return where a caller finds what is registered: at a registered address, or at any of this host's.

    own: the address by which the caller has reached this host, which takes the place of "all addresses".
    """
    address: Address = parse_universal_address(entry.r_addr)
    if own is None or isinstance(address, str) or address[0] not in ("0.0.0.0", "::"):  # noqa: S104 - it is compared
        return entry.r_addr
    return universal_address((own, address[1]))


def now() -> int:
    """Return the time in seconds since 1970, as far as 32 bits go."""
    return int(time.time()) & 0xFFFFFFFF
