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


_MAPPING_1: Final = xdr.Run("I I I I", "prog", "vers", "prot", "port")
_new_mapping: Final = xdr.constructor(Mapping)


def encode_mapping(out: xdr.Encoder, value: Mapping) -> None:
    """Encode ``mapping``."""
    try:
        out += _MAPPING_1.pack(value.prog, value.vers, value.prot, value.port)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _MAPPING_1, value) from None


def decode_mapping(data: xdr.Decoder) -> Mapping:
    """Decode ``mapping``."""
    try:
        prog, vers, prot, port = _MAPPING_1.unpack_from(data.buffer, data.position)
        data.position += 16
    except xdr.DECODING as error:
        raise xdr.fault(error, _MAPPING_1, data) from None
    return _new_mapping(prog, vers, prot, port)


_PMAPLISTENTRY_1: Final = xdr.Run("I I I I", "map.prog", "map.vers", "map.prot", "map.port")
_new_pmaplistentry: Final = xdr.constructor(PmaplistEntry, {"map": Mapping})


def encode_pmaplist_entry(out: xdr.Encoder, value: PmaplistEntry) -> None:
    """Encode ``pmaplist_entry``."""
    try:
        out += _PMAPLISTENTRY_1.pack(value.map.prog, value.map.vers, value.map.prot, value.map.port)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _PMAPLISTENTRY_1, value) from None


def decode_pmaplist_entry(data: xdr.Decoder) -> PmaplistEntry:
    """Decode ``pmaplist_entry``."""
    try:
        map_prog, map_vers, map_prot, map_port = _PMAPLISTENTRY_1.unpack_from(data.buffer, data.position)
        data.position += 16
    except xdr.DECODING as error:
        raise xdr.fault(error, _PMAPLISTENTRY_1, data) from None
    return _new_pmaplistentry(map_prog, map_vers, map_prot, map_port)


def encode_pmaplist(out: xdr.Encoder, value: Pmaplist) -> None:
    """Encode ``pmaplist``."""
    xdr.encode_list(out, value, encode_pmaplist_entry)


def decode_pmaplist(data: xdr.Decoder) -> Pmaplist:
    """Decode ``pmaplist``."""
    return xdr.decode_list(data, decode_pmaplist_entry)


_CALLARGS_1: Final = xdr.Run("I I I I", "prog", "vers", "proc", "#args")
_new_callargs: Final = xdr.constructor(CallArgs)


def encode_call_args(out: xdr.Encoder, value: CallArgs) -> None:
    """Encode ``call_args``."""
    at: str | xdr.Run = _CALLARGS_1
    try:
        out += _CALLARGS_1.pack(value.prog, value.vers, value.proc, len(value.args))
        at = "args"
        out += value.args
        out += xdr.PADDING[len(value.args) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_call_args(data: xdr.Decoder) -> CallArgs:
    """Decode ``call_args``."""
    at: str | xdr.Run = _CALLARGS_1
    try:
        prog, vers, proc, args_length = _CALLARGS_1.unpack_from(data.buffer, data.position)
        data.position += 16
        at = "args"
        args = xdr.opaque_of(data, args_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_callargs(prog, vers, proc, args)


_CALLRESULT_1: Final = xdr.Run("I I", "port", "#res")
_new_callresult: Final = xdr.constructor(CallResult)


def encode_call_result(out: xdr.Encoder, value: CallResult) -> None:
    """Encode ``call_result``."""
    at: str | xdr.Run = _CALLRESULT_1
    try:
        out += _CALLRESULT_1.pack(value.port, len(value.res))
        at = "res"
        out += value.res
        out += xdr.PADDING[len(value.res) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_call_result(data: xdr.Decoder) -> CallResult:
    """Decode ``call_result``."""
    at: str | xdr.Run = _CALLRESULT_1
    try:
        port, res_length = _CALLRESULT_1.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "res"
        res = xdr.opaque_of(data, res_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_callresult(port, res)


_RPCB_1: Final = xdr.Run("I I I", "r_prog", "r_vers", "#r_netid")
_RPCB_2: Final = xdr.Run("I", "#r_addr")
_RPCB_3: Final = xdr.Run("I", "#r_owner")
_new_rpcb: Final = xdr.constructor(Rpcb)


def encode_rpcb(out: xdr.Encoder, value: Rpcb) -> None:
    """Encode ``rpcb``."""
    at: str | xdr.Run = "r_netid"
    try:
        r_netid = xdr.text(value.r_netid)
        at = _RPCB_1
        out += _RPCB_1.pack(value.r_prog, value.r_vers, len(r_netid))
        at = "r_netid"
        out += r_netid
        out += xdr.PADDING[len(r_netid) & 3]
        at = "r_addr"
        r_addr = xdr.text(value.r_addr)
        at = _RPCB_2
        out += _RPCB_2.pack(len(r_addr))
        at = "r_addr"
        out += r_addr
        out += xdr.PADDING[len(r_addr) & 3]
        at = "r_owner"
        r_owner = xdr.text(value.r_owner)
        at = _RPCB_3
        out += _RPCB_3.pack(len(r_owner))
        at = "r_owner"
        out += r_owner
        out += xdr.PADDING[len(r_owner) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcb(data: xdr.Decoder) -> Rpcb:
    """Decode ``rpcb``."""
    at: str | xdr.Run = _RPCB_1
    try:
        r_prog, r_vers, r_netid_length = _RPCB_1.unpack_from(data.buffer, data.position)
        data.position += 12
        at = "r_netid"
        r_netid = xdr.string_of(data, r_netid_length)
        at = _RPCB_2
        (r_addr_length,) = _RPCB_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "r_addr"
        r_addr = xdr.string_of(data, r_addr_length)
        at = _RPCB_3
        (r_owner_length,) = _RPCB_3.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "r_owner"
        r_owner = xdr.string_of(data, r_owner_length)
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


_RPCBRMTCALLARGS_1: Final = xdr.Run("I I I I", "prog", "vers", "proc", "#args")
_new_rpcbrmtcallargs: Final = xdr.constructor(RpcbRmtcallargs)


def encode_rpcb_rmtcallargs(out: xdr.Encoder, value: RpcbRmtcallargs) -> None:
    """Encode ``rpcb_rmtcallargs``."""
    at: str | xdr.Run = _RPCBRMTCALLARGS_1
    try:
        out += _RPCBRMTCALLARGS_1.pack(value.prog, value.vers, value.proc, len(value.args))
        at = "args"
        out += value.args
        out += xdr.PADDING[len(value.args) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcb_rmtcallargs(data: xdr.Decoder) -> RpcbRmtcallargs:
    """Decode ``rpcb_rmtcallargs``."""
    at: str | xdr.Run = _RPCBRMTCALLARGS_1
    try:
        prog, vers, proc, args_length = _RPCBRMTCALLARGS_1.unpack_from(data.buffer, data.position)
        data.position += 16
        at = "args"
        args = xdr.opaque_of(data, args_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_rpcbrmtcallargs(prog, vers, proc, args)


_RPCBRMTCALLRES_1: Final = xdr.Run("I", "#addr")
_RPCBRMTCALLRES_2: Final = xdr.Run("I", "#results")
_new_rpcbrmtcallres: Final = xdr.constructor(RpcbRmtcallres)


def encode_rpcb_rmtcallres(out: xdr.Encoder, value: RpcbRmtcallres) -> None:
    """Encode ``rpcb_rmtcallres``."""
    at: str | xdr.Run = "addr"
    try:
        addr = xdr.text(value.addr)
        at = _RPCBRMTCALLRES_1
        out += _RPCBRMTCALLRES_1.pack(len(addr))
        at = "addr"
        out += addr
        out += xdr.PADDING[len(addr) & 3]
        at = _RPCBRMTCALLRES_2
        out += _RPCBRMTCALLRES_2.pack(len(value.results))
        at = "results"
        out += value.results
        out += xdr.PADDING[len(value.results) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcb_rmtcallres(data: xdr.Decoder) -> RpcbRmtcallres:
    """Decode ``rpcb_rmtcallres``."""
    at: str | xdr.Run = _RPCBRMTCALLRES_1
    try:
        (addr_length,) = _RPCBRMTCALLRES_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "addr"
        addr = xdr.string_of(data, addr_length)
        at = _RPCBRMTCALLRES_2
        (results_length,) = _RPCBRMTCALLRES_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "results"
        results = xdr.opaque_of(data, results_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_rpcbrmtcallres(addr, results)


_NETBUF_1: Final = xdr.Run("I I", "maxlen", "#buf")
_new_netbuf: Final = xdr.constructor(Netbuf)


def encode_netbuf(out: xdr.Encoder, value: Netbuf) -> None:
    """Encode ``netbuf``."""
    at: str | xdr.Run = _NETBUF_1
    try:
        out += _NETBUF_1.pack(value.maxlen, len(value.buf))
        at = "buf"
        out += value.buf
        out += xdr.PADDING[len(value.buf) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_netbuf(data: xdr.Decoder) -> Netbuf:
    """Decode ``netbuf``."""
    at: str | xdr.Run = _NETBUF_1
    try:
        maxlen, buf_length = _NETBUF_1.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "buf"
        buf = xdr.opaque_of(data, buf_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_netbuf(maxlen, buf)


_RPCBENTRY_1: Final = xdr.Run("I", "#r_maddr")
_RPCBENTRY_2: Final = xdr.Run("I", "#r_nc_netid")
_RPCBENTRY_3: Final = xdr.Run("I I", "r_nc_semantics", "#r_nc_protofmly")
_RPCBENTRY_4: Final = xdr.Run("I", "#r_nc_proto")
_new_rpcbentry: Final = xdr.constructor(RpcbEntry)


def encode_rpcb_entry(out: xdr.Encoder, value: RpcbEntry) -> None:
    """Encode ``rpcb_entry``."""
    at: str | xdr.Run = "r_maddr"
    try:
        r_maddr = xdr.text(value.r_maddr)
        at = _RPCBENTRY_1
        out += _RPCBENTRY_1.pack(len(r_maddr))
        at = "r_maddr"
        out += r_maddr
        out += xdr.PADDING[len(r_maddr) & 3]
        at = "r_nc_netid"
        r_nc_netid = xdr.text(value.r_nc_netid)
        at = _RPCBENTRY_2
        out += _RPCBENTRY_2.pack(len(r_nc_netid))
        at = "r_nc_netid"
        out += r_nc_netid
        out += xdr.PADDING[len(r_nc_netid) & 3]
        at = "r_nc_protofmly"
        r_nc_protofmly = xdr.text(value.r_nc_protofmly)
        at = _RPCBENTRY_3
        out += _RPCBENTRY_3.pack(value.r_nc_semantics, len(r_nc_protofmly))
        at = "r_nc_protofmly"
        out += r_nc_protofmly
        out += xdr.PADDING[len(r_nc_protofmly) & 3]
        at = "r_nc_proto"
        r_nc_proto = xdr.text(value.r_nc_proto)
        at = _RPCBENTRY_4
        out += _RPCBENTRY_4.pack(len(r_nc_proto))
        at = "r_nc_proto"
        out += r_nc_proto
        out += xdr.PADDING[len(r_nc_proto) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcb_entry(data: xdr.Decoder) -> RpcbEntry:
    """Decode ``rpcb_entry``."""
    at: str | xdr.Run = _RPCBENTRY_1
    try:
        (r_maddr_length,) = _RPCBENTRY_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "r_maddr"
        r_maddr = xdr.string_of(data, r_maddr_length)
        at = _RPCBENTRY_2
        (r_nc_netid_length,) = _RPCBENTRY_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "r_nc_netid"
        r_nc_netid = xdr.string_of(data, r_nc_netid_length)
        at = _RPCBENTRY_3
        r_nc_semantics, r_nc_protofmly_length = _RPCBENTRY_3.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "r_nc_protofmly"
        r_nc_protofmly = xdr.string_of(data, r_nc_protofmly_length)
        at = _RPCBENTRY_4
        (r_nc_proto_length,) = _RPCBENTRY_4.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "r_nc_proto"
        r_nc_proto = xdr.string_of(data, r_nc_proto_length)
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


_RPCBSADDRLISTENTRY_1: Final = xdr.Run("I I i i I", "prog", "vers", "success", "failure", "#netid")
_new_rpcbsaddrlistentry: Final = xdr.constructor(RpcbsAddrlistEntry)


def encode_rpcbs_addrlist_entry(out: xdr.Encoder, value: RpcbsAddrlistEntry) -> None:
    """Encode ``rpcbs_addrlist_entry``."""
    at: str | xdr.Run = "netid"
    try:
        netid = xdr.text(value.netid)
        at = _RPCBSADDRLISTENTRY_1
        out += _RPCBSADDRLISTENTRY_1.pack(value.prog, value.vers, value.success, value.failure, len(netid))
        at = "netid"
        out += netid
        out += xdr.PADDING[len(netid) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcbs_addrlist_entry(data: xdr.Decoder) -> RpcbsAddrlistEntry:
    """Decode ``rpcbs_addrlist_entry``."""
    at: str | xdr.Run = _RPCBSADDRLISTENTRY_1
    try:
        prog, vers, success, failure, netid_length = _RPCBSADDRLISTENTRY_1.unpack_from(data.buffer, data.position)
        data.position += 20
        at = "netid"
        netid = xdr.string_of(data, netid_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_rpcbsaddrlistentry(prog, vers, success, failure, netid)


def encode_rpcbs_addrlist(out: xdr.Encoder, value: RpcbsAddrlist) -> None:
    """Encode ``rpcbs_addrlist``."""
    xdr.encode_list(out, value, encode_rpcbs_addrlist_entry)


def decode_rpcbs_addrlist(data: xdr.Decoder) -> RpcbsAddrlist:
    """Decode ``rpcbs_addrlist``."""
    return xdr.decode_list(data, decode_rpcbs_addrlist_entry)


_RPCBSRMTCALLLISTENTRY_1: Final = xdr.Run(
    "I I I i i i I", "prog", "vers", "proc", "success", "failure", "indirect", "#netid"
)
_new_rpcbsrmtcalllistentry: Final = xdr.constructor(RpcbsRmtcalllistEntry)


def encode_rpcbs_rmtcalllist_entry(out: xdr.Encoder, value: RpcbsRmtcalllistEntry) -> None:
    """Encode ``rpcbs_rmtcalllist_entry``."""
    at: str | xdr.Run = "netid"
    try:
        netid = xdr.text(value.netid)
        at = _RPCBSRMTCALLLISTENTRY_1
        out += _RPCBSRMTCALLLISTENTRY_1.pack(
            value.prog, value.vers, value.proc, value.success, value.failure, value.indirect, len(netid)
        )
        at = "netid"
        out += netid
        out += xdr.PADDING[len(netid) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcbs_rmtcalllist_entry(data: xdr.Decoder) -> RpcbsRmtcalllistEntry:
    """Decode ``rpcbs_rmtcalllist_entry``."""
    at: str | xdr.Run = _RPCBSRMTCALLLISTENTRY_1
    try:
        (
            prog,
            vers,
            proc,
            success,
            failure,
            indirect,
            netid_length,
        ) = _RPCBSRMTCALLLISTENTRY_1.unpack_from(data.buffer, data.position)
        data.position += 28
        at = "netid"
        netid = xdr.string_of(data, netid_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_rpcbsrmtcalllistentry(prog, vers, proc, success, failure, indirect, netid)


def encode_rpcbs_rmtcalllist(out: xdr.Encoder, value: RpcbsRmtcalllist) -> None:
    """Encode ``rpcbs_rmtcalllist``."""
    xdr.encode_list(out, value, encode_rpcbs_rmtcalllist_entry)


def decode_rpcbs_rmtcalllist(data: xdr.Decoder) -> RpcbsRmtcalllist:
    """Decode ``rpcbs_rmtcalllist``."""
    return xdr.decode_list(data, decode_rpcbs_rmtcalllist_entry)


_RPCBSTAT_1: Final = xdr.Run("i i", "setinfo", "unsetinfo")
_new_rpcbstat: Final = xdr.constructor(RpcbStat)


def encode_rpcb_stat(out: xdr.Encoder, value: RpcbStat) -> None:
    """Encode ``rpcb_stat``."""
    at: str | xdr.Run = "info"
    try:
        xdr.encode_fixed_numbers(out, value.info, "i", RPCBSTAT_HIGHPROC)
        at = _RPCBSTAT_1
        out += _RPCBSTAT_1.pack(value.setinfo, value.unsetinfo)
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
        at = _RPCBSTAT_1
        setinfo, unsetinfo = _RPCBSTAT_1.unpack_from(data.buffer, data.position)
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
