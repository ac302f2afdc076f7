"""What rpcbind.x declares.

Written by typedserver-rpcgen: change rpcbind.x and compile it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from typedserver import rpc
from typedserver.rpc import xdr

RPCB_HIGHPROC_2: Final = 13
RPCBSTAT_HIGHPROC: Final = 13
RPCBVERS_STAT: Final = 3
RPCBVERS_4_STAT: Final = 2
RPCBVERS_3_STAT: Final = 1
RPCBVERS_2_STAT: Final = 0
RPCBPROG: Final = 100000


@dataclass(frozen=True, slots=True)
class Rpcb:
    """``struct rpcb``."""

    r_prog: int
    r_vers: int
    r_netid: str
    r_addr: str
    r_owner: str


@dataclass(frozen=True, slots=True)
class RpList:
    """An element of ``struct rp__list``, a linked list: a tuple of them stands for it."""

    rpcb_map: Rpcb


RpcblistPtr: TypeAlias = tuple[RpList, ...]


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
class RpcbEntry:
    """``struct rpcb_entry``."""

    r_maddr: str
    r_nc_netid: str
    r_nc_semantics: int
    r_nc_protofmly: str
    r_nc_proto: str


@dataclass(frozen=True, slots=True)
class RpcbEntryList:
    """An element of ``struct rpcb_entry_list``, a linked list: a tuple of them stands for it."""

    rpcb_entry_map: RpcbEntry


RpcbEntryListPtr: TypeAlias = tuple[RpcbEntryList, ...]


@dataclass(frozen=True, slots=True)
class RpcbsAddrlist:
    """An element of ``struct rpcbs_addrlist``, a linked list: a tuple of them stands for it."""

    prog: int
    vers: int
    success: int
    failure: int
    netid: str


@dataclass(frozen=True, slots=True)
class RpcbsRmtcalllist:
    """An element of ``struct rpcbs_rmtcalllist``, a linked list: a tuple of them stands for it."""

    prog: int
    vers: int
    proc: int
    success: int
    failure: int
    indirect: int
    netid: str


RpcbsProc: TypeAlias = tuple[int, ...]


RpcbsAddrlistPtr: TypeAlias = tuple[RpcbsAddrlist, ...]


RpcbsRmtcalllistPtr: TypeAlias = tuple[RpcbsRmtcalllist, ...]


@dataclass(frozen=True, slots=True)
class RpcbStat:
    """``struct rpcb_stat``."""

    info: RpcbsProc
    setinfo: int
    unsetinfo: int
    addrinfo: RpcbsAddrlistPtr
    rmtinfo: RpcbsRmtcalllistPtr


RpcbStatByvers: TypeAlias = tuple[RpcbStat, ...]


@dataclass(frozen=True, slots=True)
class Netbuf:
    """``struct netbuf_``."""

    maxlen: int
    buf: bytes


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


_new_rplist: Final = xdr.constructor(RpList)


def encode_rp__list(out: xdr.Encoder, value: RpList) -> None:
    """Encode ``rp__list``."""
    try:
        encode_rpcb(out, value.rpcb_map)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "rpcb_map", value) from None


def decode_rp__list(data: xdr.Decoder) -> RpList:
    """Decode ``rp__list``."""
    try:
        rpcb_map = decode_rpcb(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "rpcb_map", data) from None
    return _new_rplist(rpcb_map)


def encode_rpcblist_ptr(out: xdr.Encoder, value: RpcblistPtr) -> None:
    """Encode ``rpcblist_ptr``."""
    xdr.encode_list(out, value, encode_rp__list)


def decode_rpcblist_ptr(data: xdr.Decoder) -> RpcblistPtr:
    """Decode ``rpcblist_ptr``."""
    return xdr.decode_list(data, decode_rp__list)


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


_new_rpcbentrylist: Final = xdr.constructor(RpcbEntryList)


def encode_rpcb_entry_list(out: xdr.Encoder, value: RpcbEntryList) -> None:
    """Encode ``rpcb_entry_list``."""
    try:
        encode_rpcb_entry(out, value.rpcb_entry_map)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "rpcb_entry_map", value) from None


def decode_rpcb_entry_list(data: xdr.Decoder) -> RpcbEntryList:
    """Decode ``rpcb_entry_list``."""
    try:
        rpcb_entry_map = decode_rpcb_entry(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "rpcb_entry_map", data) from None
    return _new_rpcbentrylist(rpcb_entry_map)


def encode_rpcb_entry_list_ptr(out: xdr.Encoder, value: RpcbEntryListPtr) -> None:
    """Encode ``rpcb_entry_list_ptr``."""
    xdr.encode_list(out, value, encode_rpcb_entry_list)


def decode_rpcb_entry_list_ptr(data: xdr.Decoder) -> RpcbEntryListPtr:
    """Decode ``rpcb_entry_list_ptr``."""
    return xdr.decode_list(data, decode_rpcb_entry_list)


_RPCBSADDRLIST_1: Final = xdr.Run("I I i i I", "prog", "vers", "success", "failure", "#netid")
_new_rpcbsaddrlist: Final = xdr.constructor(RpcbsAddrlist)


def encode_rpcbs_addrlist(out: xdr.Encoder, value: RpcbsAddrlist) -> None:
    """Encode ``rpcbs_addrlist``."""
    at: str | xdr.Run = "netid"
    try:
        netid = xdr.text(value.netid)
        at = _RPCBSADDRLIST_1
        out += _RPCBSADDRLIST_1.pack(value.prog, value.vers, value.success, value.failure, len(netid))
        at = "netid"
        out += netid
        out += xdr.PADDING[len(netid) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcbs_addrlist(data: xdr.Decoder) -> RpcbsAddrlist:
    """Decode ``rpcbs_addrlist``."""
    at: str | xdr.Run = _RPCBSADDRLIST_1
    try:
        prog, vers, success, failure, netid_length = _RPCBSADDRLIST_1.unpack_from(data.buffer, data.position)
        data.position += 20
        at = "netid"
        netid = xdr.string_of(data, netid_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_rpcbsaddrlist(prog, vers, success, failure, netid)


_RPCBSRMTCALLLIST_1: Final = xdr.Run(
    "I I I i i i I", "prog", "vers", "proc", "success", "failure", "indirect", "#netid"
)
_new_rpcbsrmtcalllist: Final = xdr.constructor(RpcbsRmtcalllist)


def encode_rpcbs_rmtcalllist(out: xdr.Encoder, value: RpcbsRmtcalllist) -> None:
    """Encode ``rpcbs_rmtcalllist``."""
    at: str | xdr.Run = "netid"
    try:
        netid = xdr.text(value.netid)
        at = _RPCBSRMTCALLLIST_1
        out += _RPCBSRMTCALLLIST_1.pack(
            value.prog, value.vers, value.proc, value.success, value.failure, value.indirect, len(netid)
        )
        at = "netid"
        out += netid
        out += xdr.PADDING[len(netid) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcbs_rmtcalllist(data: xdr.Decoder) -> RpcbsRmtcalllist:
    """Decode ``rpcbs_rmtcalllist``."""
    at: str | xdr.Run = _RPCBSRMTCALLLIST_1
    try:
        (
            prog,
            vers,
            proc,
            success,
            failure,
            indirect,
            netid_length,
        ) = _RPCBSRMTCALLLIST_1.unpack_from(data.buffer, data.position)
        data.position += 28
        at = "netid"
        netid = xdr.string_of(data, netid_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_rpcbsrmtcalllist(prog, vers, proc, success, failure, indirect, netid)


def encode_rpcbs_proc(out: xdr.Encoder, value: RpcbsProc) -> None:
    """Encode ``rpcbs_proc``."""
    xdr.encode_fixed_numbers(out, value, "i", RPCBSTAT_HIGHPROC)


def decode_rpcbs_proc(data: xdr.Decoder) -> RpcbsProc:
    """Decode ``rpcbs_proc``."""
    return xdr.decode_fixed_numbers(data, "i", RPCBSTAT_HIGHPROC)


def encode_rpcbs_addrlist_ptr(out: xdr.Encoder, value: RpcbsAddrlistPtr) -> None:
    """Encode ``rpcbs_addrlist_ptr``."""
    xdr.encode_list(out, value, encode_rpcbs_addrlist)


def decode_rpcbs_addrlist_ptr(data: xdr.Decoder) -> RpcbsAddrlistPtr:
    """Decode ``rpcbs_addrlist_ptr``."""
    return xdr.decode_list(data, decode_rpcbs_addrlist)


def encode_rpcbs_rmtcalllist_ptr(out: xdr.Encoder, value: RpcbsRmtcalllistPtr) -> None:
    """Encode ``rpcbs_rmtcalllist_ptr``."""
    xdr.encode_list(out, value, encode_rpcbs_rmtcalllist)


def decode_rpcbs_rmtcalllist_ptr(data: xdr.Decoder) -> RpcbsRmtcalllistPtr:
    """Decode ``rpcbs_rmtcalllist_ptr``."""
    return xdr.decode_list(data, decode_rpcbs_rmtcalllist)


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
        xdr.encode_list(out, value.addrinfo, encode_rpcbs_addrlist)
        at = "rmtinfo"
        xdr.encode_list(out, value.rmtinfo, encode_rpcbs_rmtcalllist)
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
        addrinfo = xdr.decode_list(data, decode_rpcbs_addrlist)
        at = "rmtinfo"
        rmtinfo = xdr.decode_list(data, decode_rpcbs_rmtcalllist)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_rpcbstat(info, setinfo, unsetinfo, addrinfo, rmtinfo)


def encode_rpcb_stat_byvers(out: xdr.Encoder, value: RpcbStatByvers) -> None:
    """Encode ``rpcb_stat_byvers``."""
    xdr.encode_fixed_array(out, value, encode_rpcb_stat, RPCBVERS_STAT)


def decode_rpcb_stat_byvers(data: xdr.Decoder) -> RpcbStatByvers:
    """Decode ``rpcb_stat_byvers``."""
    return xdr.decode_fixed_array(data, decode_rpcb_stat, RPCBVERS_STAT)


_NETBUF_1: Final = xdr.Run("I I", "maxlen", "#buf")
_new_netbuf: Final = xdr.constructor(Netbuf)


def encode_netbuf_(out: xdr.Encoder, value: Netbuf) -> None:
    """Encode ``netbuf_``."""
    at: str | xdr.Run = _NETBUF_1
    try:
        out += _NETBUF_1.pack(value.maxlen, len(value.buf))
        at = "buf"
        out += value.buf
        out += xdr.PADDING[len(value.buf) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_netbuf_(data: xdr.Decoder) -> Netbuf:
    """Decode ``netbuf_``."""
    at: str | xdr.Run = _NETBUF_1
    try:
        maxlen, buf_length = _NETBUF_1.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "buf"
        buf = xdr.opaque_of(data, buf_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_netbuf(maxlen, buf)


class Rpcbvers(Protocol):
    """What serves ``RPCBVERS`` of ``RPCBPROG``."""

    def rpcbproc_set(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``RPCBPROC_SET``."""
        ...

    def rpcbproc_unset(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``RPCBPROC_UNSET``."""
        ...

    def rpcbproc_getaddr(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[str]:
        """Answer ``RPCBPROC_GETADDR``."""
        ...

    def rpcbproc_dump(self, call: rpc.Call, /) -> rpc.Result[RpcblistPtr]:
        """Answer ``RPCBPROC_DUMP``."""
        ...

    def rpcbproc_callit(self, argument: RpcbRmtcallargs, call: rpc.Call, /) -> rpc.Result[RpcbRmtcallres]:
        """Answer ``RPCBPROC_CALLIT``."""
        ...

    def rpcbproc_gettime(self, call: rpc.Call, /) -> rpc.Result[int]:
        """Answer ``RPCBPROC_GETTIME``."""
        ...

    def rpcbproc_uaddr2taddr(self, argument: str, call: rpc.Call, /) -> rpc.Result[Netbuf]:
        """Answer ``RPCBPROC_UADDR2TADDR``."""
        ...

    def rpcbproc_taddr2uaddr(self, argument: Netbuf, call: rpc.Call, /) -> rpc.Result[str]:
        """Answer ``RPCBPROC_TADDR2UADDR``."""
        ...


RPCBVERS: Final = rpc.Version[Rpcbvers](
    "RPCBPROG",
    RPCBPROG,
    3,
    {
        1: rpc.Procedure("rpcbproc_set", xdr.arguments(decode_rpcb), xdr.encode_bool),
        2: rpc.Procedure("rpcbproc_unset", xdr.arguments(decode_rpcb), xdr.encode_bool),
        3: rpc.Procedure("rpcbproc_getaddr", xdr.arguments(decode_rpcb), xdr.encode_string),
        4: rpc.Procedure("rpcbproc_dump", xdr.arguments(), encode_rpcblist_ptr),
        5: rpc.Procedure("rpcbproc_callit", xdr.arguments(decode_rpcb_rmtcallargs), encode_rpcb_rmtcallres),
        6: rpc.Procedure("rpcbproc_gettime", xdr.arguments(), xdr.encode_unsigned),
        7: rpc.Procedure("rpcbproc_uaddr2taddr", xdr.arguments(xdr.decode_string), encode_netbuf_),
        8: rpc.Procedure("rpcbproc_taddr2uaddr", xdr.arguments(decode_netbuf_), xdr.encode_string),
    },
)


class RpcbversClient:
    """Calls ``RPCBVERS`` of ``RPCBPROG`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def rpcbproc_set(self, argument: Rpcb, /) -> bool:
        """Call ``RPCBPROC_SET``."""
        return self._client.call(RPCBPROG, 3, 1, encode_rpcb, argument, xdr.decode_bool)

    def rpcbproc_unset(self, argument: Rpcb, /) -> bool:
        """Call ``RPCBPROC_UNSET``."""
        return self._client.call(RPCBPROG, 3, 2, encode_rpcb, argument, xdr.decode_bool)

    def rpcbproc_getaddr(self, argument: Rpcb, /) -> str:
        """Call ``RPCBPROC_GETADDR``."""
        return self._client.call(RPCBPROG, 3, 3, encode_rpcb, argument, xdr.decode_string)

    def rpcbproc_dump(self) -> RpcblistPtr:
        """Call ``RPCBPROC_DUMP``."""
        return self._client.call(RPCBPROG, 3, 4, xdr.encode_void, None, decode_rpcblist_ptr)

    def rpcbproc_callit(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``RPCBPROC_CALLIT``."""
        return self._client.call(RPCBPROG, 3, 5, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    def rpcbproc_gettime(self) -> int:
        """Call ``RPCBPROC_GETTIME``."""
        return self._client.call(RPCBPROG, 3, 6, xdr.encode_void, None, xdr.decode_unsigned)

    def rpcbproc_uaddr2taddr(self, argument: str, /) -> Netbuf:
        """Call ``RPCBPROC_UADDR2TADDR``."""
        return self._client.call(RPCBPROG, 3, 7, xdr.encode_string, argument, decode_netbuf_)

    def rpcbproc_taddr2uaddr(self, argument: Netbuf, /) -> str:
        """Call ``RPCBPROC_TADDR2UADDR``."""
        return self._client.call(RPCBPROG, 3, 8, encode_netbuf_, argument, xdr.decode_string)


class RpcbversAsyncClient:
    """Calls ``RPCBVERS`` of ``RPCBPROG`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def rpcbproc_set(self, argument: Rpcb, /) -> bool:
        """Call ``RPCBPROC_SET``."""
        return await self._client.call(RPCBPROG, 3, 1, encode_rpcb, argument, xdr.decode_bool)

    async def rpcbproc_unset(self, argument: Rpcb, /) -> bool:
        """Call ``RPCBPROC_UNSET``."""
        return await self._client.call(RPCBPROG, 3, 2, encode_rpcb, argument, xdr.decode_bool)

    async def rpcbproc_getaddr(self, argument: Rpcb, /) -> str:
        """Call ``RPCBPROC_GETADDR``."""
        return await self._client.call(RPCBPROG, 3, 3, encode_rpcb, argument, xdr.decode_string)

    async def rpcbproc_dump(self) -> RpcblistPtr:
        """Call ``RPCBPROC_DUMP``."""
        return await self._client.call(RPCBPROG, 3, 4, xdr.encode_void, None, decode_rpcblist_ptr)

    async def rpcbproc_callit(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``RPCBPROC_CALLIT``."""
        return await self._client.call(RPCBPROG, 3, 5, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    async def rpcbproc_gettime(self) -> int:
        """Call ``RPCBPROC_GETTIME``."""
        return await self._client.call(RPCBPROG, 3, 6, xdr.encode_void, None, xdr.decode_unsigned)

    async def rpcbproc_uaddr2taddr(self, argument: str, /) -> Netbuf:
        """Call ``RPCBPROC_UADDR2TADDR``."""
        return await self._client.call(RPCBPROG, 3, 7, xdr.encode_string, argument, decode_netbuf_)

    async def rpcbproc_taddr2uaddr(self, argument: Netbuf, /) -> str:
        """Call ``RPCBPROC_TADDR2UADDR``."""
        return await self._client.call(RPCBPROG, 3, 8, encode_netbuf_, argument, xdr.decode_string)


class Rpcbvers4(Protocol):
    """What serves ``RPCBVERS4`` of ``RPCBPROG``."""

    def rpcbproc_set(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``RPCBPROC_SET``."""
        ...

    def rpcbproc_unset(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``RPCBPROC_UNSET``."""
        ...

    def rpcbproc_getaddr(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[str]:
        """Answer ``RPCBPROC_GETADDR``."""
        ...

    def rpcbproc_dump(self, call: rpc.Call, /) -> rpc.Result[RpcblistPtr]:
        """Answer ``RPCBPROC_DUMP``."""
        ...

    def rpcbproc_bcast(self, argument: RpcbRmtcallargs, call: rpc.Call, /) -> rpc.Result[RpcbRmtcallres]:
        """Answer ``RPCBPROC_BCAST``."""
        ...

    def rpcbproc_gettime(self, call: rpc.Call, /) -> rpc.Result[int]:
        """Answer ``RPCBPROC_GETTIME``."""
        ...

    def rpcbproc_uaddr2taddr(self, argument: str, call: rpc.Call, /) -> rpc.Result[Netbuf]:
        """Answer ``RPCBPROC_UADDR2TADDR``."""
        ...

    def rpcbproc_taddr2uaddr(self, argument: Netbuf, call: rpc.Call, /) -> rpc.Result[str]:
        """Answer ``RPCBPROC_TADDR2UADDR``."""
        ...

    def rpcbproc_getversaddr(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[str]:
        """Answer ``RPCBPROC_GETVERSADDR``."""
        ...

    def rpcbproc_indirect(self, argument: RpcbRmtcallargs, call: rpc.Call, /) -> rpc.Result[RpcbRmtcallres]:
        """Answer ``RPCBPROC_INDIRECT``."""
        ...

    def rpcbproc_getaddrlist(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[RpcbEntryListPtr]:
        """Answer ``RPCBPROC_GETADDRLIST``."""
        ...

    def rpcbproc_getstat(self, call: rpc.Call, /) -> rpc.Result[RpcbStatByvers]:
        """Answer ``RPCBPROC_GETSTAT``."""
        ...


RPCBVERS4: Final = rpc.Version[Rpcbvers4](
    "RPCBPROG",
    RPCBPROG,
    4,
    {
        1: rpc.Procedure("rpcbproc_set", xdr.arguments(decode_rpcb), xdr.encode_bool),
        2: rpc.Procedure("rpcbproc_unset", xdr.arguments(decode_rpcb), xdr.encode_bool),
        3: rpc.Procedure("rpcbproc_getaddr", xdr.arguments(decode_rpcb), xdr.encode_string),
        4: rpc.Procedure("rpcbproc_dump", xdr.arguments(), encode_rpcblist_ptr),
        5: rpc.Procedure("rpcbproc_bcast", xdr.arguments(decode_rpcb_rmtcallargs), encode_rpcb_rmtcallres),
        6: rpc.Procedure("rpcbproc_gettime", xdr.arguments(), xdr.encode_unsigned),
        7: rpc.Procedure("rpcbproc_uaddr2taddr", xdr.arguments(xdr.decode_string), encode_netbuf_),
        8: rpc.Procedure("rpcbproc_taddr2uaddr", xdr.arguments(decode_netbuf_), xdr.encode_string),
        9: rpc.Procedure("rpcbproc_getversaddr", xdr.arguments(decode_rpcb), xdr.encode_string),
        10: rpc.Procedure("rpcbproc_indirect", xdr.arguments(decode_rpcb_rmtcallargs), encode_rpcb_rmtcallres),
        11: rpc.Procedure("rpcbproc_getaddrlist", xdr.arguments(decode_rpcb), encode_rpcb_entry_list_ptr),
        12: rpc.Procedure("rpcbproc_getstat", xdr.arguments(), encode_rpcb_stat_byvers),
    },
)


class Rpcbvers4Client:
    """Calls ``RPCBVERS4`` of ``RPCBPROG`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def rpcbproc_set(self, argument: Rpcb, /) -> bool:
        """Call ``RPCBPROC_SET``."""
        return self._client.call(RPCBPROG, 4, 1, encode_rpcb, argument, xdr.decode_bool)

    def rpcbproc_unset(self, argument: Rpcb, /) -> bool:
        """Call ``RPCBPROC_UNSET``."""
        return self._client.call(RPCBPROG, 4, 2, encode_rpcb, argument, xdr.decode_bool)

    def rpcbproc_getaddr(self, argument: Rpcb, /) -> str:
        """Call ``RPCBPROC_GETADDR``."""
        return self._client.call(RPCBPROG, 4, 3, encode_rpcb, argument, xdr.decode_string)

    def rpcbproc_dump(self) -> RpcblistPtr:
        """Call ``RPCBPROC_DUMP``."""
        return self._client.call(RPCBPROG, 4, 4, xdr.encode_void, None, decode_rpcblist_ptr)

    def rpcbproc_bcast(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``RPCBPROC_BCAST``."""
        return self._client.call(RPCBPROG, 4, 5, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    def rpcbproc_gettime(self) -> int:
        """Call ``RPCBPROC_GETTIME``."""
        return self._client.call(RPCBPROG, 4, 6, xdr.encode_void, None, xdr.decode_unsigned)

    def rpcbproc_uaddr2taddr(self, argument: str, /) -> Netbuf:
        """Call ``RPCBPROC_UADDR2TADDR``."""
        return self._client.call(RPCBPROG, 4, 7, xdr.encode_string, argument, decode_netbuf_)

    def rpcbproc_taddr2uaddr(self, argument: Netbuf, /) -> str:
        """Call ``RPCBPROC_TADDR2UADDR``."""
        return self._client.call(RPCBPROG, 4, 8, encode_netbuf_, argument, xdr.decode_string)

    def rpcbproc_getversaddr(self, argument: Rpcb, /) -> str:
        """Call ``RPCBPROC_GETVERSADDR``."""
        return self._client.call(RPCBPROG, 4, 9, encode_rpcb, argument, xdr.decode_string)

    def rpcbproc_indirect(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``RPCBPROC_INDIRECT``."""
        return self._client.call(RPCBPROG, 4, 10, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    def rpcbproc_getaddrlist(self, argument: Rpcb, /) -> RpcbEntryListPtr:
        """Call ``RPCBPROC_GETADDRLIST``."""
        return self._client.call(RPCBPROG, 4, 11, encode_rpcb, argument, decode_rpcb_entry_list_ptr)

    def rpcbproc_getstat(self) -> RpcbStatByvers:
        """Call ``RPCBPROC_GETSTAT``."""
        return self._client.call(RPCBPROG, 4, 12, xdr.encode_void, None, decode_rpcb_stat_byvers)


class Rpcbvers4AsyncClient:
    """Calls ``RPCBVERS4`` of ``RPCBPROG`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def rpcbproc_set(self, argument: Rpcb, /) -> bool:
        """Call ``RPCBPROC_SET``."""
        return await self._client.call(RPCBPROG, 4, 1, encode_rpcb, argument, xdr.decode_bool)

    async def rpcbproc_unset(self, argument: Rpcb, /) -> bool:
        """Call ``RPCBPROC_UNSET``."""
        return await self._client.call(RPCBPROG, 4, 2, encode_rpcb, argument, xdr.decode_bool)

    async def rpcbproc_getaddr(self, argument: Rpcb, /) -> str:
        """Call ``RPCBPROC_GETADDR``."""
        return await self._client.call(RPCBPROG, 4, 3, encode_rpcb, argument, xdr.decode_string)

    async def rpcbproc_dump(self) -> RpcblistPtr:
        """Call ``RPCBPROC_DUMP``."""
        return await self._client.call(RPCBPROG, 4, 4, xdr.encode_void, None, decode_rpcblist_ptr)

    async def rpcbproc_bcast(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``RPCBPROC_BCAST``."""
        return await self._client.call(RPCBPROG, 4, 5, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    async def rpcbproc_gettime(self) -> int:
        """Call ``RPCBPROC_GETTIME``."""
        return await self._client.call(RPCBPROG, 4, 6, xdr.encode_void, None, xdr.decode_unsigned)

    async def rpcbproc_uaddr2taddr(self, argument: str, /) -> Netbuf:
        """Call ``RPCBPROC_UADDR2TADDR``."""
        return await self._client.call(RPCBPROG, 4, 7, xdr.encode_string, argument, decode_netbuf_)

    async def rpcbproc_taddr2uaddr(self, argument: Netbuf, /) -> str:
        """Call ``RPCBPROC_TADDR2UADDR``."""
        return await self._client.call(RPCBPROG, 4, 8, encode_netbuf_, argument, xdr.decode_string)

    async def rpcbproc_getversaddr(self, argument: Rpcb, /) -> str:
        """Call ``RPCBPROC_GETVERSADDR``."""
        return await self._client.call(RPCBPROG, 4, 9, encode_rpcb, argument, xdr.decode_string)

    async def rpcbproc_indirect(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``RPCBPROC_INDIRECT``."""
        return await self._client.call(RPCBPROG, 4, 10, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    async def rpcbproc_getaddrlist(self, argument: Rpcb, /) -> RpcbEntryListPtr:
        """Call ``RPCBPROC_GETADDRLIST``."""
        return await self._client.call(RPCBPROG, 4, 11, encode_rpcb, argument, decode_rpcb_entry_list_ptr)

    async def rpcbproc_getstat(self) -> RpcbStatByvers:
        """Call ``RPCBPROC_GETSTAT``."""
        return await self._client.call(RPCBPROG, 4, 12, xdr.encode_void, None, decode_rpcb_stat_byvers)
