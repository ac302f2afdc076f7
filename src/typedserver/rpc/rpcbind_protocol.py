"""What rpcbind_protocol.x declares.

Written by typedserver-rpcgen: change rpcbind_protocol.x and compile it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from typedserver.rpc import programs as rpc
from typedserver.rpc import xdr

RPCBSTAT_HIGHPROC: Final = 13
RPCBVERS_STAT: Final = 3
RPCBIND: Final = 100000


@dataclass(frozen=True, slots=True)
class Mapping:
    """``struct mapping``."""

    prog: int
    vers: int
    prot: int
    port: int


@dataclass(frozen=True, slots=True)
class PmaplistEntry:
    """An element of ``struct pmaplist_entry``, a linked list: a tuple of them stands for it."""

    map: Mapping


Pmaplist: TypeAlias = tuple[PmaplistEntry, ...]


@dataclass(frozen=True, slots=True)
class CallArgs:
    """``struct call_args``."""

    prog: int
    vers: int
    proc: int
    args: bytes


@dataclass(frozen=True, slots=True)
class CallResult:
    """``struct call_result``."""

    port: int
    res: bytes


@dataclass(frozen=True, slots=True)
class Rpcb:
    """``struct rpcb``."""

    r_prog: int
    r_vers: int
    r_netid: str
    r_addr: str
    r_owner: str


@dataclass(frozen=True, slots=True)
class RpcblistEntry:
    """An element of ``struct rpcblist_entry``, a linked list: a tuple of them stands for it."""

    rpcb_map: Rpcb


Rpcblist: TypeAlias = tuple[RpcblistEntry, ...]


@dataclass(frozen=True, slots=True)
class RpcbRmtcallargs:
    """``struct rpcb_rmtcallargs``."""

    prog: int
    vers: int
    proc: int
    args: bytes


@dataclass(frozen=True, slots=True)
class RpcbRmtcallres:
    """``struct rpcb_rmtcallres``."""

    addr: str
    results: bytes


@dataclass(frozen=True, slots=True)
class Netbuf:
    """``struct netbuf``."""

    maxlen: int
    buf: bytes


@dataclass(frozen=True, slots=True)
class RpcbEntry:
    """``struct rpcb_entry``."""

    r_maddr: str
    r_nc_netid: str
    r_nc_semantics: int
    r_nc_protofmly: str
    r_nc_proto: str


@dataclass(frozen=True, slots=True)
class RpcbEntryListEntry:
    """An element of ``struct rpcb_entry_list_entry``, a linked list: a tuple of them stands for it."""

    rpcb_entry_map: RpcbEntry


RpcbEntryList: TypeAlias = tuple[RpcbEntryListEntry, ...]


@dataclass(frozen=True, slots=True)
class RpcbsAddrlistEntry:
    """An element of ``struct rpcbs_addrlist_entry``, a linked list: a tuple of them stands for it."""

    prog: int
    vers: int
    success: int
    failure: int
    netid: str


RpcbsAddrlist: TypeAlias = tuple[RpcbsAddrlistEntry, ...]


@dataclass(frozen=True, slots=True)
class RpcbsRmtcalllistEntry:
    """An element of ``struct rpcbs_rmtcalllist_entry``, a linked list: a tuple of them stands for it."""

    prog: int
    vers: int
    proc: int
    success: int
    failure: int
    indirect: int
    netid: str


RpcbsRmtcalllist: TypeAlias = tuple[RpcbsRmtcalllistEntry, ...]


@dataclass(frozen=True, slots=True)
class RpcbStat:
    """``struct rpcb_stat``."""

    info: tuple[int, ...]
    setinfo: int
    unsetinfo: int
    addrinfo: RpcbsAddrlist
    rmtinfo: RpcbsRmtcalllist


RpcbStatByvers: TypeAlias = tuple[RpcbStat, ...]


_MAPPING_PROG: Final = xdr.Run("I I I I", "prog", "vers", "prot", "port")
_new_mapping: Final = xdr.constructor(Mapping)


def encode_mapping(out: xdr.Encoder, value: Mapping) -> None:
    """Encode ``mapping``."""
    try:
        out += _MAPPING_PROG.pack(value.prog, value.vers, value.prot, value.port)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _MAPPING_PROG, value) from None


def decode_mapping(data: xdr.Decoder) -> Mapping:
    """Decode ``mapping``."""
    try:
        prog, vers, prot, port = _MAPPING_PROG.unpack_from(data.buffer, data.position)
        data.position += 16
    except xdr.DECODING as error:
        raise xdr.fault(error, _MAPPING_PROG, data) from None
    return _new_mapping(prog, vers, prot, port)


_PMAPLISTENTRY_MAP: Final = xdr.Run("I I I I", "map.prog", "map.vers", "map.prot", "map.port")
_new_pmaplistentry: Final = xdr.constructor(PmaplistEntry)


def encode_pmaplist_entry(out: xdr.Encoder, value: PmaplistEntry) -> None:
    """Encode ``pmaplist_entry``."""
    try:
        out += _PMAPLISTENTRY_MAP.pack(value.map.prog, value.map.vers, value.map.prot, value.map.port)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _PMAPLISTENTRY_MAP, value) from None


def decode_pmaplist_entry(data: xdr.Decoder) -> PmaplistEntry:
    """Decode ``pmaplist_entry``."""
    try:
        map_prog, map_vers, map_prot, map_port = _PMAPLISTENTRY_MAP.unpack_from(data.buffer, data.position)
        data.position += 16
    except xdr.DECODING as error:
        raise xdr.fault(error, _PMAPLISTENTRY_MAP, data) from None
    return _new_pmaplistentry(_new_mapping(map_prog, map_vers, map_prot, map_port))


def encode_pmaplist(out: xdr.Encoder, value: Pmaplist) -> None:
    """Encode ``pmaplist``."""
    xdr.encode_list(out, value, encode_pmaplist_entry)


def decode_pmaplist(data: xdr.Decoder) -> Pmaplist:
    """Decode ``pmaplist``."""
    return xdr.decode_list(data, decode_pmaplist_entry)


_CALLARGS_PROG: Final = xdr.Run("I I I", "prog", "vers", "proc")
_new_callargs: Final = xdr.constructor(CallArgs)


def encode_call_args(out: xdr.Encoder, value: CallArgs) -> None:
    """Encode ``call_args``."""
    at: str | xdr.Run = _CALLARGS_PROG
    try:
        out += _CALLARGS_PROG.pack(value.prog, value.vers, value.proc)
        at = "args"
        xdr.encode_opaque(out, value.args)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_call_args(data: xdr.Decoder) -> CallArgs:
    """Decode ``call_args``."""
    at: str | xdr.Run = _CALLARGS_PROG
    try:
        prog, vers, proc = _CALLARGS_PROG.unpack_from(data.buffer, data.position)
        data.position += 12
        at = "args"
        args = xdr.decode_opaque(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_callargs(prog, vers, proc, args)


_CALLRESULT_PORT: Final = xdr.Run("I", "port")
_new_callresult: Final = xdr.constructor(CallResult)


def encode_call_result(out: xdr.Encoder, value: CallResult) -> None:
    """Encode ``call_result``."""
    at: str | xdr.Run = _CALLRESULT_PORT
    try:
        out += _CALLRESULT_PORT.pack(value.port)
        at = "res"
        xdr.encode_opaque(out, value.res)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_call_result(data: xdr.Decoder) -> CallResult:
    """Decode ``call_result``."""
    at: str | xdr.Run = _CALLRESULT_PORT
    try:
        (port,) = _CALLRESULT_PORT.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "res"
        res = xdr.decode_opaque(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_callresult(port, res)


_RPCB_R_PROG: Final = xdr.Run("I I", "r_prog", "r_vers")
_new_rpcb: Final = xdr.constructor(Rpcb)


def encode_rpcb(out: xdr.Encoder, value: Rpcb) -> None:
    """Encode ``rpcb``."""
    at: str | xdr.Run = _RPCB_R_PROG
    try:
        out += _RPCB_R_PROG.pack(value.r_prog, value.r_vers)
        at = "r_netid"
        xdr.encode_string(out, value.r_netid)
        at = "r_addr"
        xdr.encode_string(out, value.r_addr)
        at = "r_owner"
        xdr.encode_string(out, value.r_owner)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcb(data: xdr.Decoder) -> Rpcb:
    """Decode ``rpcb``."""
    at: str | xdr.Run = _RPCB_R_PROG
    try:
        r_prog, r_vers = _RPCB_R_PROG.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "r_netid"
        r_netid = xdr.decode_string(data)
        at = "r_addr"
        r_addr = xdr.decode_string(data)
        at = "r_owner"
        r_owner = xdr.decode_string(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_rpcb(r_prog, r_vers, r_netid, r_addr, r_owner)


_new_rpcblistentry: Final = xdr.constructor(RpcblistEntry)


def encode_rpcblist_entry(out: xdr.Encoder, value: RpcblistEntry) -> None:
    """Encode ``rpcblist_entry``."""
    try:
        encode_rpcb(out, value.rpcb_map)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "rpcb_map", value) from None


def decode_rpcblist_entry(data: xdr.Decoder) -> RpcblistEntry:
    """Decode ``rpcblist_entry``."""
    try:
        rpcb_map = decode_rpcb(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "rpcb_map", data) from None
    return _new_rpcblistentry(rpcb_map)


def encode_rpcblist(out: xdr.Encoder, value: Rpcblist) -> None:
    """Encode ``rpcblist``."""
    xdr.encode_list(out, value, encode_rpcblist_entry)


def decode_rpcblist(data: xdr.Decoder) -> Rpcblist:
    """Decode ``rpcblist``."""
    return xdr.decode_list(data, decode_rpcblist_entry)


_RPCBRMTCALLARGS_PROG: Final = xdr.Run("I I I", "prog", "vers", "proc")
_new_rpcbrmtcallargs: Final = xdr.constructor(RpcbRmtcallargs)


def encode_rpcb_rmtcallargs(out: xdr.Encoder, value: RpcbRmtcallargs) -> None:
    """Encode ``rpcb_rmtcallargs``."""
    at: str | xdr.Run = _RPCBRMTCALLARGS_PROG
    try:
        out += _RPCBRMTCALLARGS_PROG.pack(value.prog, value.vers, value.proc)
        at = "args"
        xdr.encode_opaque(out, value.args)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcb_rmtcallargs(data: xdr.Decoder) -> RpcbRmtcallargs:
    """Decode ``rpcb_rmtcallargs``."""
    at: str | xdr.Run = _RPCBRMTCALLARGS_PROG
    try:
        prog, vers, proc = _RPCBRMTCALLARGS_PROG.unpack_from(data.buffer, data.position)
        data.position += 12
        at = "args"
        args = xdr.decode_opaque(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_rpcbrmtcallargs(prog, vers, proc, args)


_new_rpcbrmtcallres: Final = xdr.constructor(RpcbRmtcallres)


def encode_rpcb_rmtcallres(out: xdr.Encoder, value: RpcbRmtcallres) -> None:
    """Encode ``rpcb_rmtcallres``."""
    at = "addr"
    try:
        xdr.encode_string(out, value.addr)
        at = "results"
        xdr.encode_opaque(out, value.results)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcb_rmtcallres(data: xdr.Decoder) -> RpcbRmtcallres:
    """Decode ``rpcb_rmtcallres``."""
    at = "addr"
    try:
        addr = xdr.decode_string(data)
        at = "results"
        results = xdr.decode_opaque(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_rpcbrmtcallres(addr, results)


_NETBUF_MAXLEN: Final = xdr.Run("I", "maxlen")
_new_netbuf: Final = xdr.constructor(Netbuf)


def encode_netbuf(out: xdr.Encoder, value: Netbuf) -> None:
    """Encode ``netbuf``."""
    at: str | xdr.Run = _NETBUF_MAXLEN
    try:
        out += _NETBUF_MAXLEN.pack(value.maxlen)
        at = "buf"
        xdr.encode_opaque(out, value.buf)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_netbuf(data: xdr.Decoder) -> Netbuf:
    """Decode ``netbuf``."""
    at: str | xdr.Run = _NETBUF_MAXLEN
    try:
        (maxlen,) = _NETBUF_MAXLEN.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "buf"
        buf = xdr.decode_opaque(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_netbuf(maxlen, buf)


_RPCBENTRY_R_NC_SEMANTICS: Final = xdr.Run("I", "r_nc_semantics")
_new_rpcbentry: Final = xdr.constructor(RpcbEntry)


def encode_rpcb_entry(out: xdr.Encoder, value: RpcbEntry) -> None:
    """Encode ``rpcb_entry``."""
    at: str | xdr.Run = "r_maddr"
    try:
        xdr.encode_string(out, value.r_maddr)
        at = "r_nc_netid"
        xdr.encode_string(out, value.r_nc_netid)
        at = _RPCBENTRY_R_NC_SEMANTICS
        out += _RPCBENTRY_R_NC_SEMANTICS.pack(value.r_nc_semantics)
        at = "r_nc_protofmly"
        xdr.encode_string(out, value.r_nc_protofmly)
        at = "r_nc_proto"
        xdr.encode_string(out, value.r_nc_proto)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcb_entry(data: xdr.Decoder) -> RpcbEntry:
    """Decode ``rpcb_entry``."""
    at: str | xdr.Run = "r_maddr"
    try:
        r_maddr = xdr.decode_string(data)
        at = "r_nc_netid"
        r_nc_netid = xdr.decode_string(data)
        at = _RPCBENTRY_R_NC_SEMANTICS
        (r_nc_semantics,) = _RPCBENTRY_R_NC_SEMANTICS.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "r_nc_protofmly"
        r_nc_protofmly = xdr.decode_string(data)
        at = "r_nc_proto"
        r_nc_proto = xdr.decode_string(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_rpcbentry(r_maddr, r_nc_netid, r_nc_semantics, r_nc_protofmly, r_nc_proto)


_new_rpcbentrylistentry: Final = xdr.constructor(RpcbEntryListEntry)


def encode_rpcb_entry_list_entry(out: xdr.Encoder, value: RpcbEntryListEntry) -> None:
    """Encode ``rpcb_entry_list_entry``."""
    try:
        encode_rpcb_entry(out, value.rpcb_entry_map)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "rpcb_entry_map", value) from None


def decode_rpcb_entry_list_entry(data: xdr.Decoder) -> RpcbEntryListEntry:
    """Decode ``rpcb_entry_list_entry``."""
    try:
        rpcb_entry_map = decode_rpcb_entry(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "rpcb_entry_map", data) from None
    return _new_rpcbentrylistentry(rpcb_entry_map)


def encode_rpcb_entry_list(out: xdr.Encoder, value: RpcbEntryList) -> None:
    """Encode ``rpcb_entry_list``."""
    xdr.encode_list(out, value, encode_rpcb_entry_list_entry)


def decode_rpcb_entry_list(data: xdr.Decoder) -> RpcbEntryList:
    """Decode ``rpcb_entry_list``."""
    return xdr.decode_list(data, decode_rpcb_entry_list_entry)


_RPCBSADDRLISTENTRY_PROG: Final = xdr.Run("I I i i", "prog", "vers", "success", "failure")
_new_rpcbsaddrlistentry: Final = xdr.constructor(RpcbsAddrlistEntry)


def encode_rpcbs_addrlist_entry(out: xdr.Encoder, value: RpcbsAddrlistEntry) -> None:
    """Encode ``rpcbs_addrlist_entry``."""
    at: str | xdr.Run = _RPCBSADDRLISTENTRY_PROG
    try:
        out += _RPCBSADDRLISTENTRY_PROG.pack(value.prog, value.vers, value.success, value.failure)
        at = "netid"
        xdr.encode_string(out, value.netid)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcbs_addrlist_entry(data: xdr.Decoder) -> RpcbsAddrlistEntry:
    """Decode ``rpcbs_addrlist_entry``."""
    at: str | xdr.Run = _RPCBSADDRLISTENTRY_PROG
    try:
        prog, vers, success, failure = _RPCBSADDRLISTENTRY_PROG.unpack_from(data.buffer, data.position)
        data.position += 16
        at = "netid"
        netid = xdr.decode_string(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_rpcbsaddrlistentry(prog, vers, success, failure, netid)


def encode_rpcbs_addrlist(out: xdr.Encoder, value: RpcbsAddrlist) -> None:
    """Encode ``rpcbs_addrlist``."""
    xdr.encode_list(out, value, encode_rpcbs_addrlist_entry)


def decode_rpcbs_addrlist(data: xdr.Decoder) -> RpcbsAddrlist:
    """Decode ``rpcbs_addrlist``."""
    return xdr.decode_list(data, decode_rpcbs_addrlist_entry)


_RPCBSRMTCALLLISTENTRY_PROG: Final = xdr.Run("I I I i i i", "prog", "vers", "proc", "success", "failure", "indirect")
_new_rpcbsrmtcalllistentry: Final = xdr.constructor(RpcbsRmtcalllistEntry)


def encode_rpcbs_rmtcalllist_entry(out: xdr.Encoder, value: RpcbsRmtcalllistEntry) -> None:
    """Encode ``rpcbs_rmtcalllist_entry``."""
    at: str | xdr.Run = _RPCBSRMTCALLLISTENTRY_PROG
    try:
        out += _RPCBSRMTCALLLISTENTRY_PROG.pack(
            value.prog, value.vers, value.proc, value.success, value.failure, value.indirect
        )
        at = "netid"
        xdr.encode_string(out, value.netid)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcbs_rmtcalllist_entry(data: xdr.Decoder) -> RpcbsRmtcalllistEntry:
    """Decode ``rpcbs_rmtcalllist_entry``."""
    at: str | xdr.Run = _RPCBSRMTCALLLISTENTRY_PROG
    try:
        (
            prog,
            vers,
            proc,
            success,
            failure,
            indirect,
        ) = _RPCBSRMTCALLLISTENTRY_PROG.unpack_from(data.buffer, data.position)
        data.position += 24
        at = "netid"
        netid = xdr.decode_string(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_rpcbsrmtcalllistentry(prog, vers, proc, success, failure, indirect, netid)


def encode_rpcbs_rmtcalllist(out: xdr.Encoder, value: RpcbsRmtcalllist) -> None:
    """Encode ``rpcbs_rmtcalllist``."""
    xdr.encode_list(out, value, encode_rpcbs_rmtcalllist_entry)


def decode_rpcbs_rmtcalllist(data: xdr.Decoder) -> RpcbsRmtcalllist:
    """Decode ``rpcbs_rmtcalllist``."""
    return xdr.decode_list(data, decode_rpcbs_rmtcalllist_entry)


_RPCBSTAT_SETINFO: Final = xdr.Run("i i", "setinfo", "unsetinfo")
_new_rpcbstat: Final = xdr.constructor(RpcbStat)


def encode_rpcb_stat(out: xdr.Encoder, value: RpcbStat) -> None:
    """Encode ``rpcb_stat``."""
    at: str | xdr.Run = "info"
    try:
        xdr.encode_fixed_numbers(out, value.info, "i", RPCBSTAT_HIGHPROC)
        at = _RPCBSTAT_SETINFO
        out += _RPCBSTAT_SETINFO.pack(value.setinfo, value.unsetinfo)
        at = "addrinfo"
        xdr.encode_list(out, value.addrinfo, encode_rpcbs_addrlist_entry)
        at = "rmtinfo"
        xdr.encode_list(out, value.rmtinfo, encode_rpcbs_rmtcalllist_entry)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcb_stat(data: xdr.Decoder) -> RpcbStat:
    """Decode ``rpcb_stat``."""
    at: str | xdr.Run = "info"
    try:
        info = xdr.decode_fixed_numbers(data, "i", RPCBSTAT_HIGHPROC)
        at = _RPCBSTAT_SETINFO
        setinfo, unsetinfo = _RPCBSTAT_SETINFO.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "addrinfo"
        addrinfo = xdr.decode_list(data, decode_rpcbs_addrlist_entry)
        at = "rmtinfo"
        rmtinfo = xdr.decode_list(data, decode_rpcbs_rmtcalllist_entry)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_rpcbstat(info, setinfo, unsetinfo, addrinfo, rmtinfo)


def encode_rpcb_stat_byvers(out: xdr.Encoder, value: RpcbStatByvers) -> None:
    """Encode ``rpcb_stat_byvers``."""
    xdr.encode_fixed_array(out, value, encode_rpcb_stat, RPCBVERS_STAT)


def decode_rpcb_stat_byvers(data: xdr.Decoder) -> RpcbStatByvers:
    """Decode ``rpcb_stat_byvers``."""
    return xdr.decode_fixed_array(data, decode_rpcb_stat, RPCBVERS_STAT)


class PortmapV2(Protocol):
    """What serves ``PORTMAP_V2`` of ``RPCBIND``."""

    def set(self, argument: Mapping, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``SET``."""
        ...

    def unset(self, argument: Mapping, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``UNSET``."""
        ...

    def getport(self, argument: Mapping, call: rpc.Call, /) -> rpc.Result[int]:
        """Answer ``GETPORT``."""
        ...

    def dump(self, call: rpc.Call, /) -> rpc.Result[Pmaplist]:
        """Answer ``DUMP``."""
        ...

    def callit(self, argument: CallArgs, call: rpc.Call, /) -> rpc.Result[CallResult]:
        """Answer ``CALLIT``."""
        ...


PORTMAP_V2: Final = rpc.Version[PortmapV2](
    "RPCBIND",
    RPCBIND,
    2,
    {
        1: rpc.Procedure("set", xdr.arguments(decode_mapping), xdr.encode_bool),
        2: rpc.Procedure("unset", xdr.arguments(decode_mapping), xdr.encode_bool),
        3: rpc.Procedure("getport", xdr.arguments(decode_mapping), xdr.encode_unsigned),
        4: rpc.Procedure("dump", xdr.arguments(), encode_pmaplist),
        5: rpc.Procedure("callit", xdr.arguments(decode_call_args), encode_call_result),
    },
)


class PortmapV2Client:
    """Calls ``PORTMAP_V2`` of ``RPCBIND`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def null(self) -> None:
        """Call ``NULL``."""
        self._client.call(RPCBIND, 2, 0, xdr.encode_void, None, xdr.decode_void)

    def set(self, argument: Mapping, /) -> bool:
        """Call ``SET``."""
        return self._client.call(RPCBIND, 2, 1, encode_mapping, argument, xdr.decode_bool)

    def unset(self, argument: Mapping, /) -> bool:
        """Call ``UNSET``."""
        return self._client.call(RPCBIND, 2, 2, encode_mapping, argument, xdr.decode_bool)

    def getport(self, argument: Mapping, /) -> int:
        """Call ``GETPORT``."""
        return self._client.call(RPCBIND, 2, 3, encode_mapping, argument, xdr.decode_unsigned)

    def dump(self) -> Pmaplist:
        """Call ``DUMP``."""
        return self._client.call(RPCBIND, 2, 4, xdr.encode_void, None, decode_pmaplist)

    def callit(self, argument: CallArgs, /) -> CallResult:
        """Call ``CALLIT``."""
        return self._client.call(RPCBIND, 2, 5, encode_call_args, argument, decode_call_result)


class PortmapV2AsyncClient:
    """Calls ``PORTMAP_V2`` of ``RPCBIND`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def null(self) -> None:
        """Call ``NULL``."""
        await self._client.call(RPCBIND, 2, 0, xdr.encode_void, None, xdr.decode_void)

    async def set(self, argument: Mapping, /) -> bool:
        """Call ``SET``."""
        return await self._client.call(RPCBIND, 2, 1, encode_mapping, argument, xdr.decode_bool)

    async def unset(self, argument: Mapping, /) -> bool:
        """Call ``UNSET``."""
        return await self._client.call(RPCBIND, 2, 2, encode_mapping, argument, xdr.decode_bool)

    async def getport(self, argument: Mapping, /) -> int:
        """Call ``GETPORT``."""
        return await self._client.call(RPCBIND, 2, 3, encode_mapping, argument, xdr.decode_unsigned)

    async def dump(self) -> Pmaplist:
        """Call ``DUMP``."""
        return await self._client.call(RPCBIND, 2, 4, xdr.encode_void, None, decode_pmaplist)

    async def callit(self, argument: CallArgs, /) -> CallResult:
        """Call ``CALLIT``."""
        return await self._client.call(RPCBIND, 2, 5, encode_call_args, argument, decode_call_result)


class RpcbindV3(Protocol):
    """What serves ``RPCBIND_V3`` of ``RPCBIND``."""

    def set(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``SET``."""
        ...

    def unset(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``UNSET``."""
        ...

    def getaddr(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[str]:
        """Answer ``GETADDR``."""
        ...

    def dump(self, call: rpc.Call, /) -> rpc.Result[Rpcblist]:
        """Answer ``DUMP``."""
        ...

    def callit(self, argument: RpcbRmtcallargs, call: rpc.Call, /) -> rpc.Result[RpcbRmtcallres]:
        """Answer ``CALLIT``."""
        ...

    def gettime(self, call: rpc.Call, /) -> rpc.Result[int]:
        """Answer ``GETTIME``."""
        ...

    def uaddr2taddr(self, argument: str, call: rpc.Call, /) -> rpc.Result[Netbuf]:
        """Answer ``UADDR2TADDR``."""
        ...

    def taddr2uaddr(self, argument: Netbuf, call: rpc.Call, /) -> rpc.Result[str]:
        """Answer ``TADDR2UADDR``."""
        ...


RPCBIND_V3: Final = rpc.Version[RpcbindV3](
    "RPCBIND",
    RPCBIND,
    3,
    {
        1: rpc.Procedure("set", xdr.arguments(decode_rpcb), xdr.encode_bool),
        2: rpc.Procedure("unset", xdr.arguments(decode_rpcb), xdr.encode_bool),
        3: rpc.Procedure("getaddr", xdr.arguments(decode_rpcb), xdr.encode_string),
        4: rpc.Procedure("dump", xdr.arguments(), encode_rpcblist),
        5: rpc.Procedure("callit", xdr.arguments(decode_rpcb_rmtcallargs), encode_rpcb_rmtcallres),
        6: rpc.Procedure("gettime", xdr.arguments(), xdr.encode_unsigned),
        7: rpc.Procedure("uaddr2taddr", xdr.arguments(xdr.decode_string), encode_netbuf),
        8: rpc.Procedure("taddr2uaddr", xdr.arguments(decode_netbuf), xdr.encode_string),
    },
)


class RpcbindV3Client:
    """Calls ``RPCBIND_V3`` of ``RPCBIND`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def null(self) -> None:
        """Call ``NULL``."""
        self._client.call(RPCBIND, 3, 0, xdr.encode_void, None, xdr.decode_void)

    def set(self, argument: Rpcb, /) -> bool:
        """Call ``SET``."""
        return self._client.call(RPCBIND, 3, 1, encode_rpcb, argument, xdr.decode_bool)

    def unset(self, argument: Rpcb, /) -> bool:
        """Call ``UNSET``."""
        return self._client.call(RPCBIND, 3, 2, encode_rpcb, argument, xdr.decode_bool)

    def getaddr(self, argument: Rpcb, /) -> str:
        """Call ``GETADDR``."""
        return self._client.call(RPCBIND, 3, 3, encode_rpcb, argument, xdr.decode_string)

    def dump(self) -> Rpcblist:
        """Call ``DUMP``."""
        return self._client.call(RPCBIND, 3, 4, xdr.encode_void, None, decode_rpcblist)

    def callit(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``CALLIT``."""
        return self._client.call(RPCBIND, 3, 5, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    def gettime(self) -> int:
        """Call ``GETTIME``."""
        return self._client.call(RPCBIND, 3, 6, xdr.encode_void, None, xdr.decode_unsigned)

    def uaddr2taddr(self, argument: str, /) -> Netbuf:
        """Call ``UADDR2TADDR``."""
        return self._client.call(RPCBIND, 3, 7, xdr.encode_string, argument, decode_netbuf)

    def taddr2uaddr(self, argument: Netbuf, /) -> str:
        """Call ``TADDR2UADDR``."""
        return self._client.call(RPCBIND, 3, 8, encode_netbuf, argument, xdr.decode_string)


class RpcbindV3AsyncClient:
    """Calls ``RPCBIND_V3`` of ``RPCBIND`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def null(self) -> None:
        """Call ``NULL``."""
        await self._client.call(RPCBIND, 3, 0, xdr.encode_void, None, xdr.decode_void)

    async def set(self, argument: Rpcb, /) -> bool:
        """Call ``SET``."""
        return await self._client.call(RPCBIND, 3, 1, encode_rpcb, argument, xdr.decode_bool)

    async def unset(self, argument: Rpcb, /) -> bool:
        """Call ``UNSET``."""
        return await self._client.call(RPCBIND, 3, 2, encode_rpcb, argument, xdr.decode_bool)

    async def getaddr(self, argument: Rpcb, /) -> str:
        """Call ``GETADDR``."""
        return await self._client.call(RPCBIND, 3, 3, encode_rpcb, argument, xdr.decode_string)

    async def dump(self) -> Rpcblist:
        """Call ``DUMP``."""
        return await self._client.call(RPCBIND, 3, 4, xdr.encode_void, None, decode_rpcblist)

    async def callit(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``CALLIT``."""
        return await self._client.call(RPCBIND, 3, 5, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    async def gettime(self) -> int:
        """Call ``GETTIME``."""
        return await self._client.call(RPCBIND, 3, 6, xdr.encode_void, None, xdr.decode_unsigned)

    async def uaddr2taddr(self, argument: str, /) -> Netbuf:
        """Call ``UADDR2TADDR``."""
        return await self._client.call(RPCBIND, 3, 7, xdr.encode_string, argument, decode_netbuf)

    async def taddr2uaddr(self, argument: Netbuf, /) -> str:
        """Call ``TADDR2UADDR``."""
        return await self._client.call(RPCBIND, 3, 8, encode_netbuf, argument, xdr.decode_string)


class RpcbindV4(Protocol):
    """What serves ``RPCBIND_V4`` of ``RPCBIND``."""

    def set(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``SET``."""
        ...

    def unset(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``UNSET``."""
        ...

    def getaddr(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[str]:
        """Answer ``GETADDR``."""
        ...

    def dump(self, call: rpc.Call, /) -> rpc.Result[Rpcblist]:
        """Answer ``DUMP``."""
        ...

    def bcast(self, argument: RpcbRmtcallargs, call: rpc.Call, /) -> rpc.Result[RpcbRmtcallres]:
        """Answer ``BCAST``."""
        ...

    def gettime(self, call: rpc.Call, /) -> rpc.Result[int]:
        """Answer ``GETTIME``."""
        ...

    def uaddr2taddr(self, argument: str, call: rpc.Call, /) -> rpc.Result[Netbuf]:
        """Answer ``UADDR2TADDR``."""
        ...

    def taddr2uaddr(self, argument: Netbuf, call: rpc.Call, /) -> rpc.Result[str]:
        """Answer ``TADDR2UADDR``."""
        ...

    def getversaddr(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[str]:
        """Answer ``GETVERSADDR``."""
        ...

    def indirect(self, argument: RpcbRmtcallargs, call: rpc.Call, /) -> rpc.Result[RpcbRmtcallres]:
        """Answer ``INDIRECT``."""
        ...

    def getaddrlist(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[RpcbEntryList]:
        """Answer ``GETADDRLIST``."""
        ...

    def getstat(self, call: rpc.Call, /) -> rpc.Result[RpcbStatByvers]:
        """Answer ``GETSTAT``."""
        ...


RPCBIND_V4: Final = rpc.Version[RpcbindV4](
    "RPCBIND",
    RPCBIND,
    4,
    {
        1: rpc.Procedure("set", xdr.arguments(decode_rpcb), xdr.encode_bool),
        2: rpc.Procedure("unset", xdr.arguments(decode_rpcb), xdr.encode_bool),
        3: rpc.Procedure("getaddr", xdr.arguments(decode_rpcb), xdr.encode_string),
        4: rpc.Procedure("dump", xdr.arguments(), encode_rpcblist),
        5: rpc.Procedure("bcast", xdr.arguments(decode_rpcb_rmtcallargs), encode_rpcb_rmtcallres),
        6: rpc.Procedure("gettime", xdr.arguments(), xdr.encode_unsigned),
        7: rpc.Procedure("uaddr2taddr", xdr.arguments(xdr.decode_string), encode_netbuf),
        8: rpc.Procedure("taddr2uaddr", xdr.arguments(decode_netbuf), xdr.encode_string),
        9: rpc.Procedure("getversaddr", xdr.arguments(decode_rpcb), xdr.encode_string),
        10: rpc.Procedure("indirect", xdr.arguments(decode_rpcb_rmtcallargs), encode_rpcb_rmtcallres),
        11: rpc.Procedure("getaddrlist", xdr.arguments(decode_rpcb), encode_rpcb_entry_list),
        12: rpc.Procedure("getstat", xdr.arguments(), encode_rpcb_stat_byvers),
    },
)


class RpcbindV4Client:
    """Calls ``RPCBIND_V4`` of ``RPCBIND`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def null(self) -> None:
        """Call ``NULL``."""
        self._client.call(RPCBIND, 4, 0, xdr.encode_void, None, xdr.decode_void)

    def set(self, argument: Rpcb, /) -> bool:
        """Call ``SET``."""
        return self._client.call(RPCBIND, 4, 1, encode_rpcb, argument, xdr.decode_bool)

    def unset(self, argument: Rpcb, /) -> bool:
        """Call ``UNSET``."""
        return self._client.call(RPCBIND, 4, 2, encode_rpcb, argument, xdr.decode_bool)

    def getaddr(self, argument: Rpcb, /) -> str:
        """Call ``GETADDR``."""
        return self._client.call(RPCBIND, 4, 3, encode_rpcb, argument, xdr.decode_string)

    def dump(self) -> Rpcblist:
        """Call ``DUMP``."""
        return self._client.call(RPCBIND, 4, 4, xdr.encode_void, None, decode_rpcblist)

    def bcast(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``BCAST``."""
        return self._client.call(RPCBIND, 4, 5, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    def gettime(self) -> int:
        """Call ``GETTIME``."""
        return self._client.call(RPCBIND, 4, 6, xdr.encode_void, None, xdr.decode_unsigned)

    def uaddr2taddr(self, argument: str, /) -> Netbuf:
        """Call ``UADDR2TADDR``."""
        return self._client.call(RPCBIND, 4, 7, xdr.encode_string, argument, decode_netbuf)

    def taddr2uaddr(self, argument: Netbuf, /) -> str:
        """Call ``TADDR2UADDR``."""
        return self._client.call(RPCBIND, 4, 8, encode_netbuf, argument, xdr.decode_string)

    def getversaddr(self, argument: Rpcb, /) -> str:
        """Call ``GETVERSADDR``."""
        return self._client.call(RPCBIND, 4, 9, encode_rpcb, argument, xdr.decode_string)

    def indirect(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``INDIRECT``."""
        return self._client.call(RPCBIND, 4, 10, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    def getaddrlist(self, argument: Rpcb, /) -> RpcbEntryList:
        """Call ``GETADDRLIST``."""
        return self._client.call(RPCBIND, 4, 11, encode_rpcb, argument, decode_rpcb_entry_list)

    def getstat(self) -> RpcbStatByvers:
        """Call ``GETSTAT``."""
        return self._client.call(RPCBIND, 4, 12, xdr.encode_void, None, decode_rpcb_stat_byvers)


class RpcbindV4AsyncClient:
    """Calls ``RPCBIND_V4`` of ``RPCBIND`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def null(self) -> None:
        """Call ``NULL``."""
        await self._client.call(RPCBIND, 4, 0, xdr.encode_void, None, xdr.decode_void)

    async def set(self, argument: Rpcb, /) -> bool:
        """Call ``SET``."""
        return await self._client.call(RPCBIND, 4, 1, encode_rpcb, argument, xdr.decode_bool)

    async def unset(self, argument: Rpcb, /) -> bool:
        """Call ``UNSET``."""
        return await self._client.call(RPCBIND, 4, 2, encode_rpcb, argument, xdr.decode_bool)

    async def getaddr(self, argument: Rpcb, /) -> str:
        """Call ``GETADDR``."""
        return await self._client.call(RPCBIND, 4, 3, encode_rpcb, argument, xdr.decode_string)

    async def dump(self) -> Rpcblist:
        """Call ``DUMP``."""
        return await self._client.call(RPCBIND, 4, 4, xdr.encode_void, None, decode_rpcblist)

    async def bcast(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``BCAST``."""
        return await self._client.call(RPCBIND, 4, 5, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    async def gettime(self) -> int:
        """Call ``GETTIME``."""
        return await self._client.call(RPCBIND, 4, 6, xdr.encode_void, None, xdr.decode_unsigned)

    async def uaddr2taddr(self, argument: str, /) -> Netbuf:
        """Call ``UADDR2TADDR``."""
        return await self._client.call(RPCBIND, 4, 7, xdr.encode_string, argument, decode_netbuf)

    async def taddr2uaddr(self, argument: Netbuf, /) -> str:
        """Call ``TADDR2UADDR``."""
        return await self._client.call(RPCBIND, 4, 8, encode_netbuf, argument, xdr.decode_string)

    async def getversaddr(self, argument: Rpcb, /) -> str:
        """Call ``GETVERSADDR``."""
        return await self._client.call(RPCBIND, 4, 9, encode_rpcb, argument, xdr.decode_string)

    async def indirect(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``INDIRECT``."""
        return await self._client.call(RPCBIND, 4, 10, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    async def getaddrlist(self, argument: Rpcb, /) -> RpcbEntryList:
        """Call ``GETADDRLIST``."""
        return await self._client.call(RPCBIND, 4, 11, encode_rpcb, argument, decode_rpcb_entry_list)

    async def getstat(self) -> RpcbStatByvers:
        """Call ``GETSTAT``."""
        return await self._client.call(RPCBIND, 4, 12, xdr.encode_void, None, decode_rpcb_stat_byvers)
