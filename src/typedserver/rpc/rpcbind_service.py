"""The procedures of an rpcbind, for one transport by which it is asked.

Who may change what is registered is decided here: whoever is on the host itself. It knows calls and the registry,
nothing of servers.
"""

import ipaddress
import socket
import struct
from typing import Final, Literal, NoReturn, TypeAlias, cast, final

from typedserver.access.credentials import Credentials
from typedserver.protocols.requests import Address
from typedserver.rpc.programs import AuthStat, Call, Denied, Program
from typedserver.rpc.rpcbind_lookup import PROTOCOLS
from typedserver.rpc.rpcbind_protocol import (
    PORTMAP_V2,
    RPCBIND_V3,
    RPCBIND_V4,
    CallArgs,
    Mapping,
    Netbuf,
    Pmaplist,
    PmaplistEntry,
    Rpcb,
    RpcbEntryList,
    RpcbEntryListEntry,
    Rpcblist,
    RpcblistEntry,
    RpcbRmtcallargs,
    RpcbStatByvers,
)
from typedserver.rpc.rpcbind_registry import SUPERUSER, Registry, now, port_in, reached
from typedserver.rpc.universal_addresses import Netid, parse_universal_address, universal_address
from typedserver.sockets.peers import UnixPeer

Transport: TypeAlias = Literal["tcp", "udp", "local"]

# Who owns what was registered by TCP or UDP: from there only the host is known, as rpcbind(8) says it.
_UNKNOWN: Final = "unknown"

_PMAP: Final = 2
_NETIDS: Final[dict[int, Netid]] = {PROTOCOLS["tcp"]: "tcp", PROTOCOLS["udp"]: "udp"}

# sockaddr_in and sockaddr_in6 (ip(7), ipv6(7)): the family in the host's order, the rest in the network's.
_INET: Final = struct.Struct("!H4s8x")
_INET6: Final = struct.Struct("!HI16s")
_FAMILY: Final = struct.Struct("=H")


def programs_of(registry: Registry, transport: Transport) -> tuple[Program, Program, Program]:
    """Return the programs of an rpcbind that is asked by one transport: versions 2, 3 and 4."""
    return (
        PORTMAP_V2.served_by(_PortMapper(registry, transport)),
        RPCBIND_V3.served_by(_Rpcbind(registry, transport, 3)),
        RPCBIND_V4.served_by(_Rpcbind4(registry, transport, 4)),
    )


@final
class _PortMapper:
    """Version 2."""

    def __init__(self, registry: Registry, transport: Transport) -> None:
        self._registry = registry
        self._transport = transport

    def set(self, argument: Mapping, call: Call, /) -> bool:
        _check_local(call)
        self._registry.count(_PMAP, call.procedure)
        netid = _NETIDS.get(argument.prot)
        if netid is None or not 0 < argument.port <= _MAX_PORT:
            return False
        address = universal_address(("", argument.port))
        done = self._registry.set(Rpcb(argument.prog, argument.vers, netid, address, _owner(call)))
        if done:
            self._registry.count_change(_PMAP, is_set=True)
        return done

    def unset(self, argument: Mapping, call: Call, /) -> bool:
        # The protocol and the port do not matter (RFC 1833, 3.2).
        _check_local(call)
        self._registry.count(_PMAP, call.procedure)
        done = self._registry.unset(argument.prog, argument.vers, tuple(PROTOCOLS), _owner(call))
        if done:
            self._registry.count_change(_PMAP, is_set=False)
        return done

    def getport(self, argument: Mapping, call: Call, /) -> int:
        self._registry.count(_PMAP, call.procedure)
        netid = _NETIDS.get(argument.prot)
        entry = None if netid is None else self._registry.find(argument.prog, argument.vers, netid)
        searched = argument.prog, argument.vers, netid or str(argument.prot)
        self._registry.count_search(_PMAP, searched, found=entry is not None)
        return 0 if entry is None else port_in(entry.r_addr)

    def dump(self, call: Call, /) -> Pmaplist:
        self._registry.count(_PMAP, call.procedure)
        return tuple(map(PmaplistEntry, self._registry.mappings()))

    def callit(self, _argument: CallArgs, call: Call, /) -> NoReturn:
        self._registry.count(_PMAP, call.procedure)
        _refuse_to_pass_on()


class _Rpcbind:
    """What versions 3 and 4 have in common."""

    def __init__(self, registry: Registry, transport: Transport, version: int) -> None:
        self._registry = registry
        self._transport: Final[Transport] = transport
        self._version = version

    def _count(self, call: Call) -> None:
        self._registry.count(self._version, call.procedure)

    def set(self, argument: Rpcb, call: Call, /) -> bool:
        _check_local(call)
        self._count(call)
        # Who it is by its own word does not count.
        done = self._registry.set(
            Rpcb(argument.r_prog, argument.r_vers, argument.r_netid, argument.r_addr, _owner(call))
        )
        if done:
            self._registry.count_change(self._version, is_set=True)
        return done

    def unset(self, argument: Rpcb, call: Call, /) -> bool:
        _check_local(call)
        self._count(call)
        netids = (argument.r_netid,) if argument.r_netid else ()
        done = self._registry.unset(argument.r_prog, argument.r_vers, netids, _owner(call))
        if done:
            self._registry.count_change(self._version, is_set=False)
        return done

    def getaddr(self, argument: Rpcb, call: Call, /) -> str:
        self._count(call)
        return self._found(argument, call, exactly=False)

    def dump(self, call: Call, /) -> Rpcblist:
        self._count(call)
        return tuple(map(RpcblistEntry, self._registry.entries()))

    def callit(self, _argument: RpcbRmtcallargs, call: Call, /) -> NoReturn:
        self._count(call)
        _refuse_to_pass_on()

    def gettime(self, call: Call, /) -> int:
        self._count(call)
        return now()

    def uaddr2taddr(self, argument: str, call: Call, /) -> Netbuf:
        self._count(call)
        packed = _packed(argument)
        return Netbuf(len(packed), packed)

    def taddr2uaddr(self, argument: Netbuf, call: Call, /) -> str:
        self._count(call)
        return _unpacked(argument.buf)

    def _found(self, asked: Rpcb, call: Call, *, exactly: bool) -> str:
        """Return where a program is by the transport that the caller has used; an empty text if it is nowhere."""
        netid = self._netid(call.client_address)
        entry = self._registry.find(asked.r_prog, asked.r_vers, netid, exactly=exactly)
        self._registry.count_search(self._version, (asked.r_prog, asked.r_vers, netid), found=entry is not None)
        return "" if entry is None else reached(entry, _own_address(call.client_address))

    def _netid(self, client_address: Address) -> Netid:
        if self._transport == "local" or isinstance(client_address, str):
            return "local"
        # An IPv4 peer of a socket for both families may be written as IPv6.
        if _ip(client_address[0]).version == _IPV4:
            return self._transport
        return "tcp6" if self._transport == "tcp" else "udp6"


@final
class _Rpcbind4(_Rpcbind):
    """What version 4 alone has."""

    def bcast(self, argument: RpcbRmtcallargs, call: Call, /) -> NoReturn:
        self.callit(argument, call)

    def indirect(self, argument: RpcbRmtcallargs, call: Call, /) -> NoReturn:
        self.callit(argument, call)

    def getversaddr(self, argument: Rpcb, call: Call, /) -> str:
        self._count(call)
        return self._found(argument, call, exactly=True)

    def getaddrlist(self, argument: Rpcb, call: Call, /) -> RpcbEntryList:
        self._count(call)
        found = self._registry.addresses(argument.r_prog, argument.r_vers)
        return tuple(map(RpcbEntryListEntry, found))

    def getstat(self, call: Call, /) -> RpcbStatByvers:
        self._count(call)
        return self._registry.statistics()


_MAX_PORT: Final = 0xFFFF

_IPV4: Final = 4


def _check_local(call: Call) -> None:
    """Refuse whoever is not on this host: a Unix socket or a loopback address must be where he comes from.

    A datagram's sender may be made up; but the kernel drops one that comes from elsewhere and says it is of a loopback
    address (RFC 1122, 3.2.1.3).
    """
    address = call.client_address
    if isinstance(address, tuple) and not _ip(address[0]).is_loopback:
        raise Denied(AuthStat.TOOWEAK)


def _owner(call: Call) -> str:
    # An object, because the type of an address does not know of what kind the principal is.
    address: object = call.client_address
    if not isinstance(address, UnixPeer):
        return _UNKNOWN
    principal = cast("UnixPeer[object]", address).principal
    if not isinstance(principal, Credentials):
        return _UNKNOWN
    return str(principal.uid) if principal.uid else SUPERUSER


def _refuse_to_pass_on() -> NoReturn:
    """Refuse a call that is to be passed on to another server of this host (CALLIT, BCAST, INDIRECT).

    That server would take it for the host's own, and trust it for that; and a short datagram that says it comes from
    somebody else would have a long reply sent to him.
    """
    raise Denied(AuthStat.TOOWEAK)


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    known = ipaddress.ip_address(host.partition("%")[0])
    mapped = known.ipv4_mapped if isinstance(known, ipaddress.IPv6Address) else None
    return mapped or known


def _own_address(client_address: Address) -> str | None:
    """Return the address of this host from which a packet to the caller would go; None if that is not known."""
    if isinstance(client_address, str):
        return None
    host = _ip(client_address[0])
    # With its scope, if it has one.
    target = str(host) if host.version == _IPV4 else client_address[0]
    family = socket.AF_INET if host.version == _IPV4 else socket.AF_INET6
    try:
        # Nothing is sent by that.
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect((target, client_address[1] or 1))
            own: str = asking.getsockname()[0]
            return own
    except OSError:
        return None


def _packed(text: str) -> bytes:
    """Return a universal address as the bytes that the kernel takes; none for what is no address."""
    try:
        address = parse_universal_address(text)
    except ValueError:
        return b""
    if isinstance(address, str):
        return _FAMILY.pack(socket.AF_UNIX) + address.encode("utf-8", "surrogateescape") + b"\0"
    host, port = address[:2]
    packed = _ip(host).packed if ":" not in host else ipaddress.ip_address(host).packed
    if len(packed) == len(ipaddress.IPv4Address(0).packed):
        return _FAMILY.pack(socket.AF_INET) + _INET.pack(port, packed)
    return _FAMILY.pack(socket.AF_INET6) + _INET6.pack(port, 0, packed) + bytes(4)


def _unpacked(data: bytes) -> str:
    """Return the universal address that the kernel's bytes are; an empty text for what they are not."""
    try:
        (family,) = _FAMILY.unpack_from(data)
        rest = data[_FAMILY.size :]
        if family == socket.AF_UNIX:
            return rest.rstrip(b"\0").decode("utf-8", "surrogateescape")
        if family == socket.AF_INET:
            port, host = _INET.unpack_from(rest)
        elif family == socket.AF_INET6:
            port, _flow, host = _INET6.unpack_from(rest)
        else:
            return ""
        return universal_address((str(ipaddress.ip_address(host)), port))
    except (struct.error, ValueError):
        return ""
